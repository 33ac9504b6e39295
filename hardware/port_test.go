package hardware

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"guitai/hardware/hwtest"
)

func openGun(t *testing.T, gun *hwtest.Gun) *port {
	t.Helper()
	p, err := openPort(gun.Path(), defaultBaud)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPortReadsWithoutWaiting(t *testing.T) {
	gun := hwtest.NewGun(t)
	p := openGun(t, gun)
	defer func() { p.wake(); p.close() }()
	buf := make([]byte, 64)
	if n, err := p.read(buf); n != 0 || err != nil {
		t.Fatalf("read of a silent line: %d, %v", n, err)
	}
	gun.Type("12\r\n\t")
	if err := p.wait(); err != nil {
		t.Fatal(err)
	}
	if n, err := p.read(buf); string(buf[:n]) != "12\r\n\t" || err != nil {
		t.Fatalf("read %q, %v: the line is not raw", buf[:n], err)
	}
}

func TestPortOpenFlushes(t *testing.T) {
	gun := hwtest.NewGun(t)
	gun.Type(code18 + "\r")
	for gun.Queued() < 19 {
		runtime.Gosched()
	}
	p := openGun(t, gun)
	defer func() { p.wake(); p.close() }()
	if n, err := p.read(make([]byte, 64)); n != 0 || err != nil {
		t.Fatalf("%d bytes from before opening, %v", n, err)
	}
}

func TestPortHangUpIsNotClose(t *testing.T) {
	gun := hwtest.NewGun(t)
	p := openGun(t, gun)
	gun.Unplug()
	if err := p.wait(); err != nil {
		t.Fatalf("wait after a hang-up: %v", err)
	}
	if _, err := p.read(make([]byte, 8)); !errors.Is(err, errHungUp) {
		t.Errorf("read after a hang-up: %v", err)
	}
	if err := p.write([]byte("E")); err == nil {
		t.Error("write after a hang-up succeeds")
	}
	p.wake()
	p.close()
	if _, err := p.read(make([]byte, 8)); !errors.Is(err, errClosed) {
		t.Errorf("read after close: %v", err)
	}
}

func TestPortWakeEndsWait(t *testing.T) {
	p := openGun(t, hwtest.NewGun(t))
	ended := make(chan error)
	go func() { ended <- p.wait() }()
	p.wake()
	if err := <-ended; !errors.Is(err, errClosed) {
		t.Errorf("wait ended with %v", err)
	}
	p.close()
}

// TestPortWriteAfterClose gives the port's file number to a ledger-like file and then writes to the port.
func TestPortWriteAfterClose(t *testing.T) {
	gun := hwtest.NewGun(t)
	p := openGun(t, gun)
	if err := p.write([]byte("BEEP")); err != nil {
		t.Fatal(err)
	}
	if got := gun.ReadBack(4); got != "BEEP" {
		t.Fatalf("the gun got %q", got)
	}
	p.wake()
	p.close()
	taken := false
	var files []*os.File
	for range 8 {
		f, err := os.Create(filepath.Join(t.TempDir(), "ledger"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		taken = taken || int(f.Fd()) == p.fd
		files = append(files, f)
	}
	if !taken {
		t.Fatalf("no file took number %d: this test shows nothing", p.fd)
	}
	if err := p.write([]byte("BEEP")); !errors.Is(err, errClosed) {
		t.Errorf("write after close: %v", err)
	}
	for _, f := range files {
		if info, err := f.Stat(); err != nil || info.Size() != 0 {
			t.Errorf("a file has %d bytes of a beep, %v", info.Size(), err)
		}
	}
}

func TestPortWriteNeverBlocks(t *testing.T) {
	p := openGun(t, hwtest.NewGun(t)) // and nobody reads back
	defer func() { p.wake(); p.close() }()
	for range 10_000 {
		if err := p.write(make([]byte, 64)); err != nil {
			if !errors.Is(err, errStuck) {
				t.Errorf("write to a full line: %v", err)
			}
			return
		}
	}
	t.Error("640 kB went to a gun that reads nothing")
}

// TestPortRefusesHighNumbers holds that a till with too many open files gets an error and not the library's panic.
func TestPortRefusesHighNumbers(t *testing.T) {
	gun := hwtest.NewGun(t)
	var files []*os.File
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
	}()
	for last := 0; last < maxFD-1; {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		last = int(f.Fd())
	}
	check := func(which string) {
		t.Helper()
		before := openFiles(t)
		_, err := openPort(gun.Path(), defaultBaud)
		if err == nil || !strings.Contains(err.Error(), "below 1024, too many files are open") {
			t.Fatalf("%s is 1024 or more: %v", which, err)
		}
		if after := openFiles(t); after != before {
			t.Errorf("%d files are open after the refusal, %d before", after, before)
		}
	}
	check("the line")
	_ = files[len(files)-1].Close() // makes room for one number below the limit
	files = files[:len(files)-1]
	check("the pipe")
}

func TestPortIsNotInherited(t *testing.T) {
	p := openGun(t, hwtest.NewGun(t))
	defer func() { p.wake(); p.close() }()
	fds, err := descriptors(p.lib)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		child := exec.Command("sh", "-c", "test ! -e /proc/self/fd/"+strconv.Itoa(fd))
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("a child has file number %d: %v %s", fd, err, out)
		}
	}
}

func TestOpenPortFaults(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := errors.Join(os.WriteFile(file, []byte("content"), 0o666), os.Chmod(file, 0o666)); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink(filepath.Join(dir, "gone"), dangling); err != nil {
		t.Fatal(err)
	}
	forbidden := hwtest.NewGun(t)
	forbidden.Chmod(0)
	held := hwtest.NewGun(t)
	held.Chmod(0o666)
	p := openGun(t, held)
	defer func() { p.wake(); p.close() }()

	tests := []struct {
		name, path string
		want       State
	}{
		{"missing", filepath.Join(dir, "missing"), Absent},
		{"dangling link", dangling, Absent},
		{"missing directory", filepath.Join(dir, "no", "way"), Absent},
		{"a file", file, Absent},
		{"a directory", dir, Absent},
		{"not a line", os.DevNull, Absent},
		{"forbidden", forbidden.Path(), NoPermission},
		{"held by another", held.Path(), Busy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			open(t, tt.path)
			asNobody(t, func() {
				p, err := openPort(tt.path, defaultBaud)
				if err == nil {
					p.wake()
					p.close()
					t.Error("it opens")
				} else if got := stateOf(err); got != tt.want || !strings.Contains(err.Error(), tt.path) {
					t.Errorf("state %v, want %v: %v", got, tt.want, err)
				}
			})
		})
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != "content" {
		t.Errorf("the file now holds %q, %v", content, err)
	}
}

func TestBackoff(t *testing.T) {
	tests := []struct {
		state State
		want  []time.Duration
	}{
		{Absent, []time.Duration{100, 200, 400, 400, 400, 400}},
		{Busy, []time.Duration{100, 200, 400, 1000, 1000, 1000}},
		{NoPermission, []time.Duration{100, 200, 400, 1000, 1000, 1000}},
	}
	for _, tt := range tests {
		var b backoff
		for i, want := range tt.want {
			if got := b.next(tt.state); got != want*time.Millisecond {
				t.Errorf("%v, wait %d: %v, want %d ms", tt.state, i, got, want)
			}
		}
	}
}

// open lets everybody into the temporary folders above path.
func open(t *testing.T, path string) {
	t.Helper()
	for d := filepath.Dir(path); strings.HasPrefix(d, os.TempDir()+"/"); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// asNobody runs f on a thread without privileges: root is exempt from file modes and from exclusive lines. The raw
// system calls change the one thread only, which ends with its goroutine.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if os.Geteuid() == 0 {
			runtime.LockOSThread()
			const nobody = 65534
			if _, _, errno := syscall.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
				t.Errorf("drop privileges: %v", errno)
				return
			}
		}
		f()
	}()
	<-done
}

func openFiles(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
