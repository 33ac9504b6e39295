package ui

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOtherUserIsTurnedAway: even where a socket's mode would let somebody in, the kernel's word keeps him out. Only
// root can be somebody else for the length of a call; anyone else tries the mode alone, which is all he can.
func TestOtherUserIsTurnedAway(t *testing.T) {
	if os.Getuid() != 0 {
		return
	}
	dir, err := os.MkdirTemp("", "guitai-other")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	till := openTill(t, dir)
	path := filepath.Join(dir, socketName)
	if got := asNobody(t, path); got != unix.EACCES {
		t.Errorf("the socket's folder lets another user in: %v", got)
	}
	for name, mode := range map[string]os.FileMode{dir: 0o755, path: 0o666} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	if got := asNobody(t, path); got != nil {
		t.Errorf("another user cannot even reach the socket: %v", got)
	}
	till.until(func() bool { return strings.Contains(till.logs.String(), "user 65534") })
	till.reader().waitFor(customerIdle)
}

// asNobody connects as user 65534, checks that nothing is said to it, and gives the connection's error.
func asNobody(t *testing.T, path string) error {
	t.Helper()
	ended := make(chan error)
	go func() {
		defer close(ended)
		runtime.LockOSThread() // the thread dies with the goroutine, and its user with it
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, 65534, 65534, 65534); errno != 0 {
			ended <- errno
			return
		}
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			ended <- err
			return
		}
		defer unix.Close(fd)
		if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != nil {
			ended <- err
			return
		}
		buf := make([]byte, 64)
		if n, _ := unix.Read(fd, buf); n > 0 {
			t.Errorf("another user hears %q", buf[:n])
		}
	}()
	return <-ended
}
