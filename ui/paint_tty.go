package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"
)

// tty is the terminal's line: raw while the till has it, as before when it is given back.
type tty struct {
	in, out term.File   // nil where there is no terminal
	before  *term.State // of in

	mu       sync.Mutex
	returned bool
}

// takeTTY puts the line in raw mode.
func takeTTY(in io.Reader, out io.Writer) (*tty, error) {
	t := &tty{}
	if f, ok := in.(term.File); ok && term.IsTerminal(f.Fd()) {
		t.in = f
	}
	if f, ok := out.(term.File); ok && term.IsTerminal(f.Fd()) {
		t.out = f
	}
	if t.in == nil {
		return t, nil
	}
	var err error
	if t.before, err = term.MakeRaw(t.in.Fd()); err != nil {
		return nil, fmt.Errorf("raw mode: %w", err)
	}
	cook(t.before)
	return t, nil
}

// cook makes a line that was raw already, because the till before this one was killed, one that a shell can be read from: it would
// be given back as it was found, and stay deaf for good.
func cook(line *term.State) {
	if line.Lflag&(unix.ICANON|unix.ECHO) != 0 {
		return
	}
	line.Iflag |= unix.ICRNL | unix.IXON | unix.BRKINT
	line.Oflag |= unix.OPOST | unix.ONLCR
	line.Lflag |= unix.ICANON | unix.ECHO | unix.ECHOE | unix.ECHOK | unix.ISIG | unix.IEXTEN
}

// Hold keeps a terminal's line quiet from the first screen to the last: between two of them, and while another program has it, no key
// is echoed and none ends or stops a program. release gives it back as it was. Where in is no terminal nothing is done.
func Hold(in io.Reader) (release func(), err error) {
	file, ok := in.(term.File)
	if !ok || !term.IsTerminal(file.Fd()) {
		return func() {}, nil
	}
	before, err := term.GetState(file.Fd())
	if err != nil {
		return nil, fmt.Errorf("the terminal's line: %w", err)
	}
	cook(before)
	quiet := *before
	quiet.Lflag &^= unix.ISIG | unix.ECHO | unix.IEXTEN // ICANON stays: whoever finds the line so gives it back so
	if err := term.SetState(file.Fd(), &quiet); err != nil {
		return nil, fmt.Errorf("the terminal's line: %w", err)
	}
	return func() { _ = term.SetState(file.Fd(), before) }, nil // an error: the line is gone
}

// again puts the line back in raw mode after a shell had it. What fails here fails because the line is gone.
func (t *tty) again() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.in != nil && !t.returned {
		term.MakeRaw(t.in.Fd())
	}
}

// restore gives the line back as it was.
func (t *tty) restore() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.returned || t.in == nil {
		return nil
	}
	t.returned = true
	return term.Restore(t.in.Fd(), t.before)
}

// size gives the window, or 80 by 24 where the line does not know it.
func (t *tty) size() (width, height int) {
	if t.out != nil {
		width, height, _ = term.GetSize(t.out.Fd())
	}
	if width <= 0 || height <= 0 {
		return 80, 24
	}
	return width, height
}

// watch sends the window's size when it changes, and says when the process goes on after having been stopped: a shell
// had the terminal meanwhile. It ends with ctx.
func (t *tty) watch(ctx context.Context, send func(tea.Msg)) {
	resized, resumed := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	defer signal.Stop(resized)
	signal.Notify(resumed, syscall.SIGCONT)
	defer signal.Stop(resumed)
	for {
		select {
		case <-ctx.Done():
			return
		case <-resized:
		case <-resumed:
			t.again()
			send(resumedMsg{})
		}
		width, height := t.size()
		send(tea.WindowSizeMsg{Width: width, Height: height})
	}
}
