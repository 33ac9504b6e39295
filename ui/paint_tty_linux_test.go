package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"guitai/assets"
	"guitai/ledger"
)

// TestRunEndsWithItsContext ends the screen as the program's main does: by a context that signals cancel.
func TestRunEndsWithItsContext(t *testing.T) {
	for _, renderer := range renderers {
		for _, sign := range []syscall.Signal{0, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
			t.Run(fmt.Sprint(renderer, " ", sign), func(t *testing.T) {
				ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
				defer cancel()
				_, screen, before, tty, ended := runOnPty(t, ctx, func(o *Options) { o.Renderer = renderer })
				screen.waitFor(t, "Guitai")
				if termios(t, tty) == before {
					t.Fatal("the terminal is not raw")
				}
				if sign == 0 {
					cancel()
				} else {
					syscall.Kill(os.Getpid(), sign)
				}
				if err := wait(t, ended); err != nil {
					t.Fatal(err)
				}
				screen.waitFor(t, leaveAltScreen)
				if termios(t, tty) != before {
					t.Fatal("the terminal is not as before")
				}
				if renderer == RendererOwn {
					screen.endsWith(t, "\x1b[m\x1b[H\x1b[2J\x1b[?7h\x1b[?25h\x1b[?2004l\x1b[?1049l")
				}
			})
		}
	}
}

// TestAProcessGivesItsTerminalBack is the same with a process of its own and a terminal that it controls.
func TestAProcessGivesItsTerminalBack(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer tty.Close()
	fresh := termios(t, tty)
	for _, sign := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		cmd, master, screen := alone(t, RendererOwn)
		if termios(t, master) == fresh {
			t.Fatal("the terminal is not raw")
		}
		cmd.Process.Signal(sign)
		screen.endsWith(t, leaveAltScreen)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", sign, err)
		}
		if termios(t, master) != fresh {
			t.Errorf("%v: the terminal is not as before", sign)
		}
	}
	cmd, master, _ := alone(t, RendererOwn)
	master.Close() // the window is closed
	if err := cmd.Wait(); err != nil {
		t.Errorf("the line was hung up: %v", err)
	}
}

// TestResizesOfARealWindow lets tmux resize the window of a process again and again, to one cell as well.
func TestResizesOfARealWindow(t *testing.T) {
	w := openWindow(t, 120, 40, fmt.Sprintf("exec env %s=%s %s", aloneEnv, RendererOwn, os.Args[0]))
	a := drawnApp(t, assets.Zh, false, 120, 40)
	a.practice, a.feed.practice = nil, false
	a.init()
	for i, size := range [][2]int{{1, 1}, {400, 120}, {2, 2}, {80, 24}, {60, 20}, {59, 19}, {120, 40}, {100, 3}, {121, 41}, {1, 120}, {400, 1}, {80, 24}} {
		w.resize(size[0], size[1])
		if i%3 != 2 {
			continue // and on, before the till may have seen it
		}
		a.width, a.height = size[0], size[1]
		want := read(a.frame(), size[0], size[1])
		clock := want[0][max(size[0]-8, 0):]
		for deadline := time.Now().Add(10 * time.Second); ; {
			got := w.shows()
			copy(got[0][size[0]-len(clock):], clock)
			wrong := differ(got, want)
			if wrong == "" {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%dx%d: %s", size[0], size[1], wrong)
			}
		}
	}
}

// TestASilentTerminalHoldsNothing gives the screen a terminal that takes no byte, and a cashier who goes on.
func TestASilentTerminalHoldsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var book *ledger.Book
	unread, out := io.Pipe()
	defer unread.Close()
	master, _, before, tty, ended := runOnPty(t, ctx, func(o *Options) {
		book, o.Out = o.Book, out
	})
	if _, err := unread.Read(make([]byte, 1)); err != nil { // it has begun, and that was all
		t.Fatal(err)
	}
	master.WriteString("12.5\r")
	for sold := false; !sold; {
		changed := book.Changed()
		book.Read(func(s *ledger.State) { sold = s.CurrentSale() != nil })
		if !sold {
			select {
			case <-changed:
			case <-time.After(5 * time.Second):
				t.Fatal("no sale: the silent terminal holds the till")
			}
		}
	}
	cancel()
	if err := wait(t, ended); err != nil {
		t.Fatal(err)
	}
	if termios(t, tty) != before {
		t.Fatal("the terminal is not as before")
	}
}

// TestSynchronizedOutputIsUsedWhereTheTerminalKnowsIt answers as a terminal would, or not at all.
func TestSynchronizedOutputIsUsedWhereTheTerminalKnowsIt(t *testing.T) {
	const begin, end = "\x1b[?2026h", "\x1b[?2026l"
	for _, tc := range []struct {
		name, reply string
		want        bool
	}{
		{"known", "\x1b[?2026;2$y", true},
		{"unknown", "\x1b[?2026;0$y", false},
		{"forbidden", "\x1b[?2026;4$y", false},
		{"silent", "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			master, screen, _, _, ended := runOnPty(t, ctx, nil)
			screen.waitFor(t, "\x1b[?2026$p")
			screen.waitFor(t, "Guitai")
			master.WriteString(tc.reply + "\x1bOP") // F1
			screen.waitFor(t, "Backspace")
			cancel()
			wait(t, ended)
			screen.waitFor(t, leaveAltScreen)
			text := screen.String()
			if got := strings.Contains(text, begin) && strings.Contains(text, end); got != tc.want {
				t.Fatalf("synchronized output: %v", got)
			}
			if strings.Count(text, begin) > strings.Count(text, end) {
				t.Fatal("a frame is not ended")
			}
		})
	}
}

// TestTheWindowAndTheShellAreHeard resizes the terminal, and then takes it as a shell does while the till is stopped.
func TestTheWindowAndTheShellAreHeard(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	master, screen, before, tty, ended := runOnPty(t, ctx, nil)
	screen.waitFor(t, "Guitai")
	raw := termios(t, tty)
	if err := pty.Setsize(master, &pty.Winsize{Cols: 100, Rows: 30}); err != nil {
		t.Fatal(err)
	}
	screen.forget()
	syscall.Kill(os.Getpid(), syscall.SIGWINCH)
	screen.waitFor(t, "\x1b[30;1H") // the status row has a new place
	screen.forget()
	syscall.Kill(os.Getpid(), syscall.SIGWINCH) // there and back again
	screen.waitFor(t, "\x1b[2J")
	screen.waitFor(t, "\x1b[30;1H")

	if err := unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, &before); err != nil {
		t.Fatal(err)
	}
	screen.forget()
	syscall.Kill(os.Getpid(), syscall.SIGCONT)
	screen.waitFor(t, "\x1b[?1049h")
	screen.waitFor(t, "Guitai")
	if termios(t, tty) != raw {
		t.Fatal("the line is not raw again")
	}
	screen.forget()
	master.WriteString("\x0c") // Ctrl-L
	screen.waitFor(t, "\x1b[2J")
	screen.waitFor(t, "Guitai")
	cancel()
	if err := wait(t, ended); err != nil {
		t.Fatal(err)
	}
	if termios(t, tty) != before {
		t.Fatal("the terminal is not as before")
	}
}

// TestALineThatWasLeftRawIsGivenBackCooked: the till before this one was killed, and its shell set nothing right.
func TestALineThatWasLeftRawIsGivenBackCooked(t *testing.T) {
	master, line, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer line.Close()
	cooked := termios(t, line)
	for round := range 2 { // the second finds what a killed till has left
		taken, err := takeTTY(line, line)
		if err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			continue
		}
		if err := taken.restore(); err != nil {
			t.Fatal(err)
		}
	}
	got := termios(t, line)
	for name, lost := range map[string]uint32{
		"input": cooked.Iflag &^ got.Iflag, "output": cooked.Oflag &^ got.Oflag, "local": cooked.Lflag &^ got.Lflag,
	} {
		if lost != 0 {
			t.Errorf("%s flags %#o are missing", name, lost)
		}
	}
}
