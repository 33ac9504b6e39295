package console

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"guitai/ledger/disk"
)

// aVisitorsPicture is what the painter sends, from entering to leaving.
func aVisitorsPicture(out io.Writer) {
	for _, sent := range []string{"\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[m\x1b[H\x1b[2J\x1b[1;1Hthe picture", "\x1b[m\x1b[H\x1b[2J\x1b[?7h\x1b[?25h\x1b[?1049l", "thrown out\r\n"} {
		io.WriteString(out, sent)
	}
}

// looks has somebody at a terminal look at a visit.
func looks(t *testing.T, dir string, visit uint64, columns, rows uint16) (seat *looker) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); tty.Close() })
	if err := pty.Setsize(master, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	before, err := term.GetState(tty.Fd())
	if err != nil {
		t.Fatal(err)
	}
	seat = &looker{t: t, master: master, tty: tty, before: *before, ended: make(chan int, 1)}
	go func() {
		find := func(_, dataDir string) (Place, error) { return Place{Dir: dataDir}, nil }
		seat.ended <- Visits(t.Context(), []string{"replay", fmt.Sprint(visit), "--speed", "1000", "--data-dir", dir}, find, tty, tty, tty)
	}()
	return seat
}

type looker struct {
	t           *testing.T
	master, tty *os.File
	before      term.State
	seen        string
	ended       chan int
}

// sees waits for a text.
func (l *looker) sees(text string) {
	l.t.Helper()
	buffer := make([]byte, 4096)
	for !strings.Contains(l.seen, text) {
		n, err := l.master.Read(buffer)
		if l.seen += string(buffer[:n]); err != nil {
			l.t.Fatalf("%v; no %q in %q", err, text, l.seen)
		}
	}
}

// leaves waits for the end, after which the terminal is as before.
func (l *looker) leaves(want int) {
	l.t.Helper()
	if code := <-l.ended; code != want {
		l.t.Errorf("exit %d, not %d: %q", code, want, l.seen)
	}
	if now, err := term.GetState(l.tty.Fd()); err != nil || *now != l.before {
		l.t.Errorf("the terminal is not as before: %v", err)
	}
}

// TestAReplayAtATerminal: it begins with Enter, its last picture stands until Enter, and q ends it at any time.
func TestAReplayAtATerminal(t *testing.T) {
	dir, visit := taped(t, disk.RecordingHead{Term: "xterm", Columns: 80, Rows: 24}, aVisitorsPicture)
	t.Run("to its end", func(t *testing.T) {
		l := looks(t, dir, visit, 80, 25)
		l.sees("q, Esc or Ctrl-C ends it")
		if strings.Contains(l.seen, "the picture") {
			t.Errorf("it has begun: %q", l.seen)
		}
		io.WriteString(l.master, "\r")
		l.sees("\x1b[25;1H\x1b[7m the end · Enter ")
		if strings.Contains(l.seen, "\x1b[?1049l") {
			t.Errorf("the picture is gone: %q", l.seen)
		}
		io.WriteString(l.master, "\x1bOQ\x1b[B\r") // keys that mean nothing here come before it
		io.WriteString(l.master, "\r")
		l.sees("thrown out")
		l.leaves(exitGood)
	})
	for name, key := range map[string]string{"q": "q", "Esc": "\x1b", "Ctrl-C": "\x03"} {
		t.Run(name, func(t *testing.T) {
			l := looks(t, dir, visit, 80, 24)
			l.sees("q, Esc or Ctrl-C ends it")
			io.WriteString(l.master, "\r")
			l.sees("\x1b[24;1H\x1b[7m the end")
			io.WriteString(l.master, key)
			l.sees("\x1b[?1049l")
			l.leaves(exitGood)
		})
		t.Run(name+" before it", func(t *testing.T) {
			l := looks(t, dir, visit, 80, 24)
			l.sees("q, Esc or Ctrl-C ends it")
			io.WriteString(l.master, key)
			l.leaves(exitGood)
			if l.sees("\n"); strings.Contains(l.seen, "\x1b") {
				t.Errorf("shows %q", l.seen)
			}
		})
	}
	t.Run("too small", func(t *testing.T) {
		l := looks(t, dir, visit, 79, 24)
		l.sees("the visitor's window was 80x24, and this one is 79x24")
		l.leaves(exitCannot)
	})
}
