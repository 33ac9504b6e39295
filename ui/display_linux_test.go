package ui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"guitai/assets"
	"guitai/ledger"
)

// process is this test binary as a till or a display of its own, so that it can be killed and stopped like one.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	to  io.Writer
	out *bufio.Reader
}

// roleOf names the role and the data folder in the environment of a process.
const roleOf = "GUITAI_TEST_ROLE"

// TestProcess is not a test by itself: it is what a process does.
func TestProcess(t *testing.T) {
	role, dir, _ := strings.Cut(os.Getenv(roleOf), ":")
	switch role {
	case "till":
		till := openTill(t, dir)
		fmt.Println("done open")
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			what, amount, _ := strings.Cut(in.Text(), " ")
			switch what {
			case "sell":
				till.sell(amount)
			case "qr":
				till.showQR()
			case "pay":
				till.report(ledger.RequestQuery, ledger.ClassPaid)
			}
			fmt.Println("done", what)
		}
	case "display":
		err := Display(t.Context(), DisplayOptions{Dir: dir, Lang: assets.En, In: os.Stdin, Out: os.Stdout, Getenv: xterm})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func xterm(name string) string { return map[string]string{"TERM": "xterm-256color"}[name] }

func startTill(t *testing.T, dir string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], "-test.run=^TestProcess$")}
	p.cmd.Env = append(os.Environ(), roleOf+"=till:"+dir)
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.to, p.out = in, bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	p.answers("open")
	return p
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// do lets a till do something and waits until it is done.
func (p *process) do(what string) {
	p.t.Helper()
	fmt.Fprintln(p.to, what)
	word, _, _ := strings.Cut(what, " ")
	p.answers(word)
}

func (p *process) answers(word string) {
	p.t.Helper()
	for {
		line, err := p.out.ReadString('\n')
		if err != nil {
			p.t.Fatalf("the process ends: %v", err)
		}
		if line == "done "+word+"\n" {
			return
		}
	}
}

// shownDisplay is a display on a pseudo-terminal, and what its terminal got.
type shownDisplay struct {
	t      *testing.T
	master *os.File
	tty    *os.File
	text   *screenText
	before unix.Termios
	ended  chan error
}

func openPty(t *testing.T) *shownDisplay {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := pty.Setsize(master, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	s := &shownDisplay{t: t, master: master, tty: tty, before: termios(t, tty), text: &screenText{grew: make(chan struct{}, 1)}, ended: make(chan error, 1)}
	go io.Copy(s.text, master)
	return s
}

func showDisplay(t *testing.T, ctx context.Context, dir, renderer string) *shownDisplay {
	t.Helper()
	s := openPty(t)
	go func() {
		s.ended <- Display(ctx, DisplayOptions{Dir: dir, Lang: assets.En, In: s.tty, Out: s.tty, Renderer: renderer, Getenv: xterm})
	}()
	return s
}

// process starts a display as a process whose terminal this is.
func (s *shownDisplay) process(dir string) *process {
	s.t.Helper()
	p := &process{t: s.t, cmd: exec.Command(os.Args[0], "-test.run=^TestProcess$")}
	p.cmd.Env = append(os.Environ(), roleOf+"=display:"+dir)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = s.tty, s.tty, s.tty
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(p.kill)
	return p
}

// after forgets what the terminal got, does something, and waits for what comes of it.
func (s *shownDisplay) after(do func(), want string) {
	s.t.Helper()
	s.text.mu.Lock()
	s.text.text.Reset()
	s.text.mu.Unlock()
	do()
	s.text.waitFor(s.t, want)
}

func (s *shownDisplay) got() string {
	s.text.mu.Lock()
	defer s.text.mu.Unlock()
	return s.text.text.String()
}

// leaves presses keys and looks whether the terminal is as before.
func (s *shownDisplay) leaves(do func()) {
	s.t.Helper()
	s.after(do, leaveAltScreen)
	if err := wait(s.t, s.ended); err != nil {
		s.t.Error(err)
	}
	if termios(s.t, s.tty) != s.before {
		s.t.Error("the terminal is not as before")
	}
}

const (
	closedWord = "This till is closed"
	idleSays   = "The amount appears here."
	scanWord   = "Scan to pay"
)

// TestDisplayFollowsTheTill through a sale, its death with a QR up, and its return; two displays see the same.
func TestDisplayFollowsTheTill(t *testing.T) {
	for _, renderer := range []string{RendererOwn, RendererStock} {
		t.Run(renderer, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			one, two := showDisplay(t, t.Context(), dir, renderer), showDisplay(t, t.Context(), dir, renderer)
			both := func(do func(), want string) {
				t.Helper()
				one.after(func() { two.after(do, want) }, want)
			}
			one.text.waitFor(t, closedWord)
			two.text.waitFor(t, closedWord)
			var till *process
			both(func() { till = startTill(t, dir) }, idleSays)
			both(func() { till.do("sell 12.5") }, "Show your Alipay")
			both(func() { till.do("qr") }, "48;5;231")
			both(func() { till.do("pay") }, "Thank you!")
			both(func() { till.do("sell 7"); till.do("qr") }, "48;5;231")
			both(till.kill, closedWord)
			both(func() { startTill(t, dir) }, idleSays) // over the socket that the dead one has left
			one.leaves(func() { one.master.WriteString("q") })
			two.leaves(func() { two.master.WriteString("\x03") })
		})
	}
}

// TestSilentTillIsClosed: a till that hangs with a QR up is no till, and comes back when it goes on.
func TestSilentTillIsClosed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	till := startTill(t, dir)
	d := showDisplay(t, t.Context(), dir, "")
	d.text.waitFor(t, idleSays)
	d.after(func() { till.do("sell 12.5"); till.do("qr") }, "48;5;231")
	d.after(func() { till.signal(syscall.SIGSTOP) }, closedWord)
	d.after(func() { till.signal(syscall.SIGCONT) }, scanWord)
}

// TestStoppedDisplay holds the till in nothing, and shows nothing old when it goes on.
func TestStoppedDisplay(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir())
	d := openPty(t)
	p := d.process(till.dir)
	d.text.waitFor(t, idleSays)
	p.signal(syscall.SIGSTOP)
	till.sell("12.5")
	till.showQR()
	till.report(ledger.RequestQuery, ledger.ClassPaid)
	for i := range 200 { // far more than the kernel keeps
		till.sell(fmt.Sprint(i + 1))
	}
	other := till.reader()
	for v := other.waitFor(customerReady); v.Fen != 20000; v = other.waitFor(customerReady) {
	}
	for end := time.Now().Add(viewFresh + heartbeat); time.Now().Before(end); { // what was sent to it grows old
		if _, err := other.next(); err != nil {
			t.Fatal(err)
		}
	}
	till.sell("4321")
	d.after(func() { p.signal(syscall.SIGCONT) }, "Show your Alipay")
	for end := time.Now().Add(2 * heartbeat); time.Now().Before(end); {
		if _, err := other.next(); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.got(); strings.Contains(got, "48;5;231") || strings.Contains(got, "Thank you") {
		t.Errorf("what was true while it stood still was shown: %q", got)
	}
	d.master.WriteString("q")
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
	if termios(t, d.tty) != d.before {
		t.Error("the terminal is not as before")
	}
}

// TestKilledDisplay leaves the till as it was, and its place free.
func TestKilledDisplay(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir())
	for range 3 * readersMax / 2 {
		d := openPty(t)
		p := d.process(till.dir)
		d.text.waitFor(t, "\x1b[?1049h")
		p.kill()
	}
	var r *reader
	till.until(func() bool {
		r = till.reader()
		_, err := r.next()
		return err == nil
	})
	till.sell("12.5")
	r.waitFor(customerReady)
}

// TestDisplayOnItsTerminal: redrawn after a resize, ended by its context, restored after a bug.
func TestDisplayOnItsTerminal(t *testing.T) {
	t.Parallel()
	till := openTill(t, t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	d := showDisplay(t, ctx, till.dir, "")
	d.text.waitFor(t, idleSays)
	d.leaves(cancel)

	d = openPty(t)
	d.process(till.dir) // a resize is told to a terminal's own processes
	d.text.waitFor(t, idleSays)
	d.after(func() { till.sell("12.5"); till.showQR() }, "48;5;231")
	d.after(func() {
		if err := pty.Setsize(d.master, &pty.Winsize{Cols: 59, Rows: 20}); err != nil {
			t.Fatal(err)
		}
	}, "60x19")

	d = openPty(t)
	stage := newStage(d.tty, d.tty, xterm)
	broken := newDisplay(t.Context(), "", DisplayOptions{Lang: assets.En, Getenv: xterm}, terminal{colors: 256})
	broken.link = nil
	go func() { d.ended <- stage.perform(t.Context(), broken) }()
	var failure *PanicError
	if err := wait(t, d.ended); !errors.As(err, &failure) {
		t.Errorf("a bug gives %v", err)
	}
	d.text.waitFor(t, leaveAltScreen)
	if termios(t, d.tty) != d.before {
		t.Error("the terminal is not as before")
	}
}

// TestDisplayOfAHostileTill: whatever sits at the other end, the display says that there is no till, and goes on looking.
func TestDisplayOfAHostileTill(t *testing.T) {
	t.Parallel()
	old := viewIn(customerScan)
	old.At = time.Now().Add(-2 * viewFresh).UnixMilli()
	stale, err := old.encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ says, want string }{
		"endless line":  {strings.Repeat("x", 1<<20), closedWord},
		"no message":    {"hello\n", closedWord},
		"only old ones": {strings.Repeat(string(stale), 50), closedWord},
		"a later one":   {"{\"v\":3,\"state\":\"paid\"}\n", "restart this display"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			listener, err := net.Listen("unix", filepath.Join(dir, socketName))
			if err != nil {
				t.Fatal(err)
			}
			calls := make(chan struct{}, 100)
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					conn.SetWriteDeadline(time.Now().Add(time.Second))
					io.WriteString(conn, tc.says)
					conn.Close()
					select {
					case calls <- struct{}{}:
					default:
					}
				}
			}()
			d := showDisplay(t, t.Context(), dir, "")
			d.text.waitFor(t, tc.want)
			for range 3 {
				<-calls
			}
			if hasQR(d.got()) || strings.Contains(d.got(), "Thank you") {
				t.Error("it was believed")
			}
			listener.Close()
			d.after(func() { openTill(t, dir) }, idleSays)
			d.leaves(func() { d.master.WriteString("q") })
		})
	}
}
