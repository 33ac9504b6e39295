// Package hwtest holds the fakes that stand on the counter in tests. They are real kernel objects: the till opens the
// same kind of file that a device would give it, so what the tests see of hang-ups, queues and permissions is what a
// shop sees. What a pseudo-terminal does not have, parity, modem lines and line speed, cannot be tested with it.
package hwtest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// patience is how long a verb waits for the till before the test fails.
const patience = 10 * time.Second

// Gun is a scanner on a serial line: a pseudo-terminal, and a symlink to it as udev makes under /dev/serial/by-id. All
// verbs fail the test by themselves. Use it from one goroutine; ReadBack may be called from another.
type Gun struct {
	tb   testing.TB
	link string

	mu     sync.Mutex // guards the files against a Cleanup or Unplug beside ReadBack
	master *os.File   // nil while unplugged
	slave  *os.File   // held so that the line stays raw and its queue can be looked at
}

// NewGun returns a gun that is plugged in. It is unplugged when the test ends.
func NewGun(tb testing.TB) *Gun {
	tb.Helper()
	g := &Gun{tb: tb, link: filepath.Join(tb.TempDir(), "usb-Gun_Model_1-if00")}
	g.Replug()
	tb.Cleanup(func() {
		if g.plugged() {
			g.Unplug()
		}
	})
	return g
}

// Path is what the till's configuration names. It stays the same through every replug.
func (g *Gun) Path() string { return g.link }

// Type sends s in one write, as a USB gun sends a code. The terminator is part of s.
func (g *Gun) Type(s string) {
	g.tb.Helper()
	if err := g.send([]byte(s)); err != nil {
		g.tb.Fatalf("gun: type %d bytes: %v", len(s), err)
	}
}

// TypePaced sends s byte by byte with the gap in between, as a slow line does.
func (g *Gun) TypePaced(s string, gap time.Duration) {
	g.tb.Helper()
	for i := range len(s) {
		if i > 0 {
			time.Sleep(gap)
		}
		g.Type(s[i : i+1])
	}
}

// Burst sends each code in a write of its own, without a pause. The terminators are part of the codes.
func (g *Gun) Burst(codes ...string) {
	g.tb.Helper()
	for _, c := range codes {
		g.Type(c)
	}
}

// Glue sends all codes in one write.
func (g *Gun) Glue(codes ...string) {
	g.tb.Helper()
	g.Type(strings.Join(codes, ""))
}

// Split sends s in two writes, cut before byte n, with a pause in between that lets the till read the first alone.
func (g *Gun) Split(s string, n int) {
	g.tb.Helper()
	g.Type(s[:n])
	time.Sleep(200 * time.Microsecond) // the kernel passes the bytes on in a worker of its own
	g.Drained()
	g.Type(s[n:])
}

// Noise sends n bytes as a line at the wrong speed gives them: random, with control bytes among them, and no
// terminator.
func (g *Gun) Noise(n int, seed uint64) {
	g.tb.Helper()
	r := rand.New(rand.NewPCG(seed, seed))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(0x80 + r.IntN(0x80))
	}
	for i := 0; i < n; i += 4 {
		b[i] = byte(0x0E + r.IntN(0x0F)) // control bytes that end nothing
	}
	g.Type(string(b))
}

// Unplug hangs the line up and takes its name away. What the till has not read by then is lost, as on a real line.
func (g *Gun) Unplug() {
	g.tb.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.master == nil {
		g.tb.Fatal("gun: unplugged twice")
	}
	if err := os.Remove(g.link); err != nil {
		g.tb.Errorf("gun: unplug: %v", err)
	}
	_ = g.master.Close()
	_ = g.slave.Close()
	g.master, g.slave = nil, nil
}

// Replug brings the gun back as another device under the same name.
func (g *Gun) Replug() {
	g.tb.Helper()
	master, slave, err := open()
	if err != nil {
		g.tb.Fatalf("gun: %v", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.master != nil {
		g.tb.Fatal("gun: plugged in twice")
	}
	if err := os.Symlink(slave.Name(), g.link); err != nil {
		g.tb.Fatalf("gun: %v", err)
	}
	g.master, g.slave = master, slave
}

// ReadBack returns the next n bytes that the till wrote to the gun.
func (g *Gun) ReadBack(n int) string {
	g.tb.Helper()
	master, _ := g.files()
	_ = master.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, n)
	for got := 0; got < n; {
		k, err := master.Read(buf[got:])
		got += k
		if err != nil {
			g.tb.Fatalf("gun: read back: %d of %d bytes: %v", got, n, err)
		}
	}
	return string(buf)
}

// Queued returns how many bytes the kernel holds that the till has not read.
func (g *Gun) Queued() int {
	g.tb.Helper()
	_, slave := g.files()
	var n int
	err := control(slave, func(fd int) (err error) {
		n, err = unix.IoctlGetInt(fd, unix.TIOCINQ)
		return err
	})
	if err != nil {
		g.tb.Fatalf("gun: look at the queue: %v", err)
	}
	return n
}

// Drained waits until the till has read everything.
func (g *Gun) Drained() {
	g.tb.Helper()
	for end := time.Now().Add(patience); g.Queued() > 0; time.Sleep(50 * time.Microsecond) {
		if time.Now().After(end) {
			g.tb.Fatalf("gun: the till leaves %d bytes unread", g.Queued())
		}
	}
}

// Chmod sets who may open the line.
func (g *Gun) Chmod(mode os.FileMode) {
	g.tb.Helper()
	_, slave := g.files()
	if err := os.Chmod(slave.Name(), mode); err != nil {
		g.tb.Fatalf("gun: %v", err)
	}
}

// Release ends the exclusive hold of a till that was killed. The kernel does this by itself for a real device when its
// last opener is gone; a pseudo-terminal remembers it for as long as the gun's side is open.
func (g *Gun) Release() {
	g.tb.Helper()
	_, slave := g.files()
	if err := control(slave, func(fd int) error { return unix.IoctlSetInt(fd, unix.TIOCNXCL, 0) }); err != nil {
		g.tb.Fatalf("gun: release: %v", err)
	}
}

func (g *Gun) send(b []byte) error {
	master, _ := g.files()
	if err := master.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := master.Write(b)
	return err
}

func (g *Gun) plugged() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.master != nil
}

func (g *Gun) files() (master, slave *os.File) {
	g.tb.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.master == nil {
		g.tb.Fatal("gun: it is unplugged")
	}
	return g.master, g.slave
}

// open returns a pseudo-terminal with a raw line, as a serial driver gives it: a cooked one would turn CR into LF.
func open() (master, slave *os.File, err error) {
	m, slave, err := pty.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("open a pseudo-terminal: %w", err)
	}
	defer func() { _ = m.Close() }()
	// The pty package leaves its file in blocking mode, where deadlines do nothing and Close does not end a Read.
	fd, err := unix.FcntlInt(m.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("duplicate: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, nil, fmt.Errorf("set non-blocking: %w", err)
	}
	return os.NewFile(uintptr(fd), "gun"), slave, control(slave, makeRaw)
}

func makeRaw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("get line settings: %w", err)
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag |= unix.CREAD | unix.CLOCAL
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return fmt.Errorf("set line settings: %w", err)
	}
	return nil
}

// control runs f on the file's descriptor without taking the file out of the runtime's poller.
func control(file *os.File, f func(fd int) error) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := conn.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}
