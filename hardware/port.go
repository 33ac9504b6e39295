package hardware

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"sync"
	"syscall"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// maxFD is where the serial library's select(2) bitmap ends: its Read panics from this file number on.
const maxFD = 1024

var (
	errHungUp = errors.New("the device hung up")
	errClosed = errors.New("the port is closed")
	// errStuck is returned instead of waiting: a device that does not take a dozen bytes at once will not take them.
	errStuck = errors.New("the device does not take data")
)

// port is an open serial line. Between opening and closing, every call of the library is made under mu and returns at
// once; only wait blocks, and it blocks outside the library. So nothing is ever in the middle of a library call when
// the descriptor is closed and its number goes to some other file.
type port struct {
	lib serial.Port
	fd  int // of lib's line, for wait

	wakeR, wakeW *os.File // closing wakeW ends wait
	wakeFD       int      // of wakeR

	mu     sync.Mutex
	closed bool
}

// openPort opens path at 8N1, exclusively, and throws away what had arrived before.
func openPort(path string, baud int) (*port, error) {
	// The library opens without O_CLOEXEC. A child that inherits the port would keep the device node alive after an
	// unplug, and the scanner would come back under another name.
	syscall.ForkLock.RLock()
	lib, err := serial.Open(path, &serial.Mode{BaudRate: baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit})
	if err != nil {
		syscall.ForkLock.RUnlock()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	fds, err := descriptors(lib)
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err == nil {
		err = prepare(lib, fds)
	}
	if err != nil {
		_ = lib.Close() // the reason to give up is err
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	p := &port{lib: lib, fd: fds[0]}
	if p.wakeR, p.wakeW, err = os.Pipe(); err != nil {
		_ = lib.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	p.wakeFD = int(p.wakeR.Fd())
	return p, nil
}

// descriptors returns the file numbers inside the library's port: the line first, then its two pipe ends. The library
// does not export them, and without them neither its limit of 1024 nor its blocking calls can be dealt with.
func descriptors(lib serial.Port) ([]int, error) {
	v := reflect.Indirect(reflect.ValueOf(lib))
	if v.Kind() != reflect.Struct {
		return nil, errors.New("the serial library has changed: its port is no struct")
	}
	line, pipe := v.FieldByName("handle"), reflect.Indirect(v.FieldByName("closeSignal"))
	if !line.CanInt() || pipe.Kind() != reflect.Struct {
		return nil, errors.New("the serial library has changed: no handle or no pipe in its port")
	}
	rd, wr := pipe.FieldByName("rd"), pipe.FieldByName("wr")
	if !rd.CanInt() || !wr.CanInt() {
		return nil, errors.New("the serial library has changed: no descriptors in its pipe")
	}
	return []int{int(line.Int()), int(rd.Int()), int(wr.Int())}, nil
}

// prepare makes the library's calls return at once, before anything else can be using the port.
func prepare(lib serial.Port, fds []int) error {
	for _, fd := range fds {
		if fd >= maxFD {
			return fmt.Errorf("file number %d: the serial library reads only below %d, too many files are open", fd, maxFD)
		}
	}
	if err := unix.SetNonblock(fds[0], true); err != nil {
		return fmt.Errorf("set non-blocking: %w", err)
	}
	if err := lib.SetReadTimeout(0); err != nil {
		return fmt.Errorf("set read timeout: %w", err)
	}
	if err := lib.ResetInputBuffer(); err != nil {
		return fmt.Errorf("flush input: %w", err)
	}
	return nil
}

// wait blocks until bytes, a hang-up or wake. It returns errClosed after wake.
func (p *port) wait() error {
	fds := []unix.PollFd{
		{Fd: int32(p.fd), Events: unix.POLLIN},
		{Fd: int32(p.wakeFD), Events: unix.POLLIN},
	}
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return fmt.Errorf("poll: %w", err)
		case fds[1].Revents != 0:
			return errClosed
		default:
			return nil
		}
	}
}

// read takes what has arrived, without waiting: 0 bytes and no error mean that nothing has.
func (p *port) read(buf []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, errClosed
	}
	n, err := p.lib.Read(buf)
	if err == nil || errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return n, nil
	}
	// The library says "closed" for a hang-up too. We did not close, so it is the device.
	if code, ok := portCode(err); ok && code == serial.PortClosed {
		err = io.EOF
	}
	return n, fmt.Errorf("%w: %w", errHungUp, err)
}

// write sends b whole or fails, without waiting. After close it sends nothing, whoever has the file number by then.
func (p *port) write(b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errClosed
	}
	n, err := p.lib.Write(b)
	switch {
	case errors.Is(err, unix.EAGAIN), err == nil && n < len(b):
		return errStuck
	case err != nil:
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// writeSome sends what the device takes now of b.
func (p *port) writeSome(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, errClosed
	}
	n, err := p.lib.Write(b)
	if err == nil || errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return n, nil
	}
	return n, fmt.Errorf("write: %w", err)
}

// wake ends wait, now and for ever. Call close after whoever was in wait has left it.
func (p *port) wake() { _ = p.wakeW.Close() }

// close gives the device back. Only the owner calls it, once, after wake.
func (p *port) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	// Bytes that the device never took would hold the kernel's close for as long as 30 s. Errors are of no use here:
	// the device may be gone, and then there is nothing to give back.
	_ = p.lib.ResetOutputBuffer()
	_ = p.lib.Close()
	_ = p.wakeR.Close()
}

func portCode(err error) (serial.PortErrorCode, bool) {
	var p *serial.PortError
	if !errors.As(err, &p) {
		return 0, false
	}
	return p.Code(), true
}

// stateOf says what a failed opening means. A missing node is a plain ENOENT from the library; whatever has no word of
// its own counts as absent and keeps its cause in the detail.
func stateOf(err error) State {
	code, ok := portCode(err)
	switch {
	case ok && code == serial.PermissionDenied, errors.Is(err, fs.ErrPermission):
		return NoPermission
	case ok && code == serial.PortBusy:
		return Busy
	}
	return Absent
}

// backoff spaces the attempts to open. It never gives up.
type backoff struct{ tries int }

// next returns the wait before the following attempt: 100, 200, 400 ms, and from then on 400 ms for a device that is
// not there, so that a replugged one is in use well within 2 s, and 1 s for one that is there and refuses. What an
// attempt costs is the waking up: every 250 ms took 0.12 % of a core, every 400 ms takes less than 0.1 %.
func (b *backoff) next(s State) time.Duration {
	b.tries++
	switch {
	case b.tries <= 3:
		return 50 * time.Millisecond << b.tries
	case s == Absent:
		return 400 * time.Millisecond
	}
	return time.Second
}
