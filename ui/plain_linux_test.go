package ui

import (
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"guitai/assets"
	"guitai/ledger"
)

// startsALine are the words that a line of the test may begin with.
var startsALine = regexp.MustCompile(`^(Guitai|READY|TO PAY|CODE|QUESTION|LEFT)\b`)

// plainOnPty runs the line mode on a real pseudo-terminal and gives its end.
func plainOnPty(t *testing.T, ctx context.Context, practice Practice) (master *os.File, screen *screenText, before unix.Termios, tty *os.File, ended chan error) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() }) // tty stays open: the reader that was left behind still holds it
	if err := pty.Setsize(master, &pty.Winsize{Cols: 40, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	before = termios(t, tty)
	screen = &screenText{grew: make(chan struct{}, 1)}
	go io.Copy(screen, master)
	book := bookIn(t, "training")
	ended = make(chan error, 1)
	go func() {
		ended <- RunPlain(ctx, Config{Lang: assets.En}, Options{
			Book: book, Practice: practice, Actor: ledger.Trainee, Training: true, In: tty, Out: tty,
			Getenv: func(name string) string { return map[string]string{"TERM": "dumb", "LANG": "en_US.UTF-8"}[name] },
		})
	}()
	return master, screen, before, tty, ended
}

// bookIn is a Book in memory, in a mode.
func bookIn(t *testing.T, mode string) *ledger.Book {
	t.Helper()
	book, err := ledger.OpenBook(context.Background(), ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: mode, Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close("test") })
	return book
}

// TestRunPlainLetsTheTerminalGo: whoever asks for training gets it on a terminal from which this mode reads nothing any more.
func TestRunPlainLetsTheTerminalGo(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer tty.Close()
	before := termios(t, tty)
	screen := &screenText{grew: make(chan struct{}, 1)}
	go io.Copy(screen, master)
	ended := make(chan error, 1)
	go func() {
		ended <- RunPlain(t.Context(), Config{Lang: assets.En}, Options{
			Book: bookIn(t, "sandbox"), Actor: ledger.Actor{Person: "li", Role: ledger.RoleSupervisor, Place: placeConsole}, In: tty, Out: tty,
			Getenv: func(name string) string { return map[string]string{"TERM": "dumb", "LANG": "en_US.UTF-8"}[name] },
		})
	}()
	screen.waitFor(t, "READY.")
	master.WriteString("y\r")
	if err := wait(t, ended); !errors.Is(err, ErrTraining) {
		t.Fatalf("it ends with %v", err)
	}
	if termios(t, tty) != before {
		t.Fatal("the terminal is not as before")
	}
	master.WriteString("next\n")
	read := make(chan error, 1)
	go func() {
		buf := make([]byte, 16)
		n, err := tty.Read(buf)
		if err == nil && string(buf[:n]) != "next\n" {
			err = errors.New("read " + string(buf[:n]))
		}
		read <- err
	}()
	if err := wait(t, read); err != nil {
		t.Fatal(err)
	}
}

func TestRunPlainHidesWhatIsTypedAndRestores(t *testing.T) {
	master, screen, before, tty, ended := plainOnPty(t, t.Context(), nil)
	screen.waitFor(t, "READY.")
	master.WriteString("12.50\r")
	screen.waitFor(t, "TO PAY ¥12.50")
	master.WriteString("99" + aCode + "99") // no end yet: nothing of it may have been shown
	master.WriteString("\x15c\r")
	screen.waitFor(t, "CODE")
	master.WriteString("\x03\x03")
	if err := wait(t, ended); err != nil {
		t.Fatal(err)
	}
	screen.waitFor(t, "LEFT\r\n")
	if after := termios(t, tty); after != before {
		t.Fatalf("the terminal is not as before: %+v", after)
	}
	screen.mu.Lock()
	defer screen.mu.Unlock()
	text := screen.text.String()
	if strings.ContainsAny(text, "\x1b\x07\x08") || strings.Contains(text, aCode[:8]) {
		t.Fatalf("the terminal was sent %q", text)
	}
	for _, line := range strings.SplitAfter(text, "\n") {
		if line != "" && !strings.HasSuffix(line, "\r\n") {
			t.Fatalf("a line ends badly: %q", line)
		}
		if wide(strings.TrimSuffix(line, "\r\n")) >= 40 || line != "" && line[0] != ' ' && !startsALine.MatchString(line) {
			t.Fatalf("the row %q", line)
		}
	}
}

func TestRunPlainEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, screen, before, tty, ended := plainOnPty(t, ctx, nil)
	screen.waitFor(t, "READY.")
	cancel()
	if err := wait(t, ended); err != nil {
		t.Fatal(err)
	}
	if termios(t, tty) != before {
		t.Fatal("the terminal is not as before")
	}
}

func TestRunPlainRestoresTheTerminalAfterAPanic(t *testing.T) {
	for _, tc := range []struct {
		where    string
		practice Practice
		keys     string
	}{
		{"line", badCustomers{}, "t\r"},
		{"intent", goodList{}, "t 0\r"},
	} {
		t.Run(tc.where, func(t *testing.T) {
			master, screen, before, tty, ended := plainOnPty(t, t.Context(), tc.practice)
			screen.waitFor(t, "READY.")
			master.WriteString(tc.keys)
			err := wait(t, ended)
			var failure *PanicError
			if !errors.As(err, &failure) || failure.Value != "planted" {
				t.Errorf("%v", err)
			}
			if termios(t, tty) != before {
				t.Error("the terminal is not as before")
			}
		})
	}
}
