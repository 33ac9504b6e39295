package ui

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"guitai/assets"
	"guitai/ledger"
)

// aloneEnv makes the test's program a till instead: the screen alone on its terminal, drawn by the renderer that the
// variable names, or no screen at all.
const aloneEnv, noScreen = "GUITAI_TEST_RENDERER", "none"

func TestMain(m *testing.M) {
	renderer := os.Getenv(aloneEnv)
	if renderer == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
	defer stop()
	book, err := ledger.OpenBook(ctx, ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"),
	})
	if err == nil && renderer == noScreen {
		<-ctx.Done()
	} else if err == nil {
		hub := &Hub{}
		lookOnMany(ctx, book, hub)
		err = Run(ctx, Config{Lang: assets.Zh}, Options{
			Book: book, Actor: ledger.Trainee, Training: true, In: os.Stdin, Out: os.Stdout, Renderer: renderer, Hub: hub,
		})
	}
	if err != nil {
		os.Exit(1)
	}
}

// alone starts the test's program as a till of its own on a terminal.
func alone(t testing.TB, renderer string) (cmd *exec.Cmd, master *os.File, screen *screenText) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), aloneEnv+"="+renderer, "TERM=xterm-256color")
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		t.Fatal(err)
	}
	screen = &screenText{grew: make(chan struct{}, 1)}
	go io.Copy(screen, master)
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait(); master.Close() })
	if renderer != noScreen {
		screen.waitFor(t, "Guitai")
	}
	return cmd, master, screen
}

// screenText collects what a terminal would have got.
type screenText struct {
	mu   sync.Mutex
	text strings.Builder
	grew chan struct{}
}

func (s *screenText) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	select {
	case s.grew <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (s *screenText) waitFor(t testing.TB, want string) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		s.mu.Lock()
		found := strings.Contains(s.text.String(), want)
		s.mu.Unlock()
		if found {
			return
		}
		select {
		case <-s.grew:
		case <-deadline:
			t.Fatalf("%q never came", want)
		}
	}
}

// runOnPty runs the screen on a real pseudo-terminal and gives its end.
func runOnPty(t *testing.T, ctx context.Context, change func(*Options)) (master *os.File, screen *screenText, before unix.Termios, tty *os.File, ended chan error) {
	t.Helper()
	return runSized(t, ctx, assets.En, 80, 24, change)
}

func runSized(t testing.TB, ctx context.Context, lang assets.Lang, width, height uint16, change func(*Options)) (master *os.File, screen *screenText, before unix.Termios, tty *os.File, ended chan error) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() }) // tty stays open: after a kill Bubble Tea's reader may still hold it
	if err := pty.Setsize(master, &pty.Winsize{Cols: width, Rows: height}); err != nil {
		t.Fatal(err)
	}
	before = termios(t, tty)
	screen = &screenText{grew: make(chan struct{}, 1)}
	go io.Copy(screen, master)
	book, err := ledger.OpenBook(context.Background(), ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close("test") })
	opts := Options{
		Book: book, Actor: ledger.Trainee, Training: true, In: tty, Out: tty,
		Getenv: func(name string) string { return map[string]string{"TERM": "xterm-256color"}[name] },
	}
	if change != nil {
		change(&opts)
	}
	ended = make(chan error, 1)
	go func() { ended <- Run(ctx, Config{Lang: lang}, opts) }()
	return master, screen, before, tty, ended
}

func termios(t testing.TB, tty *os.File) unix.Termios {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *state
}

func wait(t testing.TB, ended chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(5 * time.Second):
		t.Fatal("the screen does not end")
		return nil
	}
}

func (s *screenText) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// forget makes waitFor look only at what comes from now on.
func (s *screenText) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Reset()
}

// endsWith waits until nothing but want is left to come.
func (s *screenText) endsWith(t *testing.T, want string) {
	t.Helper()
	s.waitFor(t, want)
	if text := s.String(); !strings.HasSuffix(text, want) {
		t.Fatalf("after the end comes %q", text[strings.LastIndex(text, want)+len(want):])
	}
}

const leaveAltScreen = "\x1b[?1049l"

func TestRunSellsAndLeaves(t *testing.T) {
	shown := make(chan struct{}, 2)
	var book *ledger.Book
	master, screen, before, tty, ended := runOnPty(t, t.Context(), func(o *Options) {
		o.FirstFrame = func() { shown <- struct{}{} }
		book = o.Book
	})
	screen.waitFor(t, "Guitai")
	<-shown
	if len(shown) != 0 {
		t.Fatal("the first frame is told twice")
	}
	master.WriteString("12.5\r")
	screen.waitFor(t, "tail")
	book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale == nil || sale.Amount != ledger.Fen(1250) {
			t.Errorf("the sale is %+v", sale)
		}
	})
	master.WriteString("\x03")
	screen.waitFor(t, "Leave")
	master.WriteString("\x03")
	if err := wait(t, ended); err != nil {
		t.Fatal(err)
	}
	screen.waitFor(t, leaveAltScreen)
	if after := termios(t, tty); after != before {
		t.Fatalf("the terminal is not as before: %+v", after)
	}
}

// renderers are all there are.
var renderers = []string{RendererOwn, RendererStock}

// badCustomers panics where a bug would.
type badCustomers struct{ twoCustomers }

func (badCustomers) Customers() []Customer           { panic("planted") }
func (badCustomers) Code(ledger.Channel, int) []byte { panic("planted") }

// goodList has a bug in its commands alone.
type goodList struct{ badCustomers }

func (goodList) Customers() []Customer { return twoCustomers{}.Customers() }

func TestRunRestoresTheTerminalAfterAPanic(t *testing.T) {
	for _, tc := range []struct {
		where    string
		practice Practice
		keys     []string
	}{
		{"update", badCustomers{}, []string{"\x1b[20~"}},        // F9 asks for the list
		{"view", badCustomers{}, []string{"\x1bOP"}},            // F1 draws it
		{"command", goodList{}, []string{"\x1b[20~", "\x1bOQ"}}, // F9, F2 ask for a code
	} {
		for _, renderer := range renderers {
			t.Run(tc.where+" "+renderer, func(t *testing.T) {
				master, screen, before, tty, ended := runOnPty(t, t.Context(), func(o *Options) {
					o.Practice, o.Renderer = tc.practice, renderer
				})
				screen.waitFor(t, "Guitai")
				for i, key := range tc.keys {
					if i > 0 {
						screen.waitFor(t, "pays at once")
					}
					master.WriteString(key)
				}
				err := wait(t, ended)
				var failure *PanicError
				if !errors.As(err, &failure) || failure.Value != "planted" || !strings.Contains(failure.Stack, "Customers") {
					t.Errorf("%v", err)
				}
				screen.waitFor(t, leaveAltScreen)
				if termios(t, tty) != before {
					t.Error("the terminal is not as before")
				}
			})
		}
	}
}
