package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/charmbracelet/x/term"
)

// This file is the terminal at which somebody looks at a replay.

// replaySeat is one; nil is none, where a picture goes into a file or a test.
type replaySeat struct {
	out     *os.File
	keys    bool            // it has keys
	pressed chan struct{}   // somebody has pressed Enter
	left    <-chan struct{} // somebody has left
	stood   bool            // the last picture has stood already
}

var errNoSeat = errors.New("a replay needs a terminal; --plain needs none")

// newSeat looks whether a picture can be shown. A window that is too small would show another picture than the visitor has seen.
func newSeat(stdout io.Writer, columns, rows int) (*replaySeat, error) {
	file, is := stdout.(*os.File)
	switch {
	case !is:
		return nil, nil
	case !term.IsTerminal(file.Fd()):
		return nil, errNoSeat
	}
	if c, r, err := term.GetSize(file.Fd()); err == nil && c > 0 && r > 0 && (c < columns || r < rows) {
		return nil, fmt.Errorf("the visitor's window was %dx%d, and this one is %dx%d: make it larger, or add --plain", columns, rows, c, r)
	}
	return &replaySeat{out: file}, nil
}

// take says which keys there are, and waits for Enter. The context that it gives ends with the key that leaves; release gives the keys back.
func (s *replaySeat) take(ctx context.Context, stdin io.Reader, say io.Writer) (seated context.Context, release func(), err error) {
	if s == nil {
		return ctx, func() {}, nil
	}
	file, is := stdin.(*os.File)
	if !is || !term.IsTerminal(file.Fd()) {
		fmt.Fprintln(say, "Ctrl-C ends it")
		return ctx, func() {}, nil
	}
	before, err := term.MakeRaw(file.Fd())
	if err != nil {
		return ctx, nil, err
	}
	fmt.Fprint(say, "Enter shows it; q, Esc or Ctrl-C ends it\r\n") // keys are keys from here on
	seated, leave := context.WithCancel(ctx)
	s.keys, s.pressed, s.left = true, make(chan struct{}), seated.Done()
	go s.read(file, leave)
	s.wait()
	return seated, func() { leave(); _ = term.Restore(file.Fd(), before) }, nil
}

// otherKeys begin as Esc does, and are none: arrows, F-keys, keys with Alt.
var otherKeys = regexp.MustCompile(`(?s)\x1b(\[[0-9;?]*.|O.|.)`)

// read takes keys, for as long as the process lives: nothing ends a read of a terminal but the terminal.
func (s *replaySeat) read(keys io.Reader, leave func()) {
	defer leave()
	buffer := make([]byte, 64)
	for {
		n, err := keys.Read(buffer)
		if err != nil {
			return
		}
		key := otherKeys.ReplaceAllString(string(buffer[:n]), "")
		switch {
		case strings.ContainsAny(key, "qQ\x1b\x03\x04"):
			return
		case strings.ContainsAny(key, "\r\n"):
			select {
			case s.pressed <- struct{}{}:
			default: // nobody waits for it
			}
		}
	}
}

func (s *replaySeat) wait() {
	select {
	case <-s.pressed:
	case <-s.left:
	}
}

// leaves reports whether what was sent gives the visitor's terminal back: the painter takes the picture away with it.
func leaves(sent []byte) bool { return bytes.Contains(sent, []byte("\x1b[?7h")) }

// stand keeps the last picture until somebody has seen it, once.
func (s *replaySeat) stand(rows int) error {
	if s == nil || !s.keys || s.stood {
		return nil
	}
	s.stood = true
	if _, has, err := term.GetSize(s.out.Fd()); err == nil && has > rows {
		rows++
	}
	if _, err := fmt.Fprintf(s.out, "\x1b[m\x1b[%d;1H\x1b[7m the end · Enter \x1b[m", rows); err != nil {
		return err
	}
	s.wait()
	return nil
}
