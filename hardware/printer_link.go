package hardware

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// This file is the ways to a printer.

// printerLink is an open way to a printer.
type printerLink interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
	// sent reports whether what was written has left this machine, so that Close does not cut it off.
	sent() bool
	// chunk is how many bytes to write at once, so that a drawer pulse does not wait long behind them.
	chunk() int
	// abandon lets Close throw away what has not left yet: the job comes again from its start.
	abandon()
	// unanswered is how many requests of the status have no answer yet. Answers do not say what they are to, and come in order.
	unanswered() *int
}

// requests is unanswered of every way.
type requests int

func (r *requests) unanswered() *int { return (*int)(r) }

// dialPrinter bounds how long a network printer may take to accept. On a shop's own net it takes less than a millisecond.
const dialPrinter = time.Second

// openPrinter opens the way to the printer.
func openPrinter(cfg PrinterConfig) (printerLink, error) {
	kind, where, err := cfg.target()
	switch {
	case err != nil:
		return nil, err
	case kind == "tcp":
		conn, err := net.DialTimeout("tcp", where, dialPrinter)
		if err != nil {
			return nil, err
		}
		tcp := conn.(*net.TCPConn)
		// What waits in this machine a pulse waits behind, and the answers about paper too. Without the option it only takes longer.
		_ = tcp.SetWriteBuffer(4096)
		return &tcpLink{TCPConn: tcp}, nil
	case kind == "usb":
		return openUSB(where)
	}
	p, err := openPort(where, cfg.baud())
	if err != nil {
		return nil, err
	}
	return &serialLink{port: p, perSecond: cfg.baud() / 10}, nil
}

type tcpLink struct {
	*net.TCPConn
	requests
	abandoned bool
}

func (*tcpLink) sent() bool { return true } // Close goes on sending
func (*tcpLink) chunk() int { return 512 }
func (l *tcpLink) abandon() { l.abandoned = true }

// farewell is how long a printer may go on talking after the till has said everything.
const farewell = 200 * time.Millisecond

// Close says that nothing more comes, and hears the printer out: to close on bytes that nobody has read resets the connection, and the
// printer would lose what it has not taken yet.
func (l *tcpLink) Close() error {
	if l.abandoned { // else the rest would come out between the lines of the next connection
		_ = l.SetLinger(0)
		return l.TCPConn.Close()
	}
	_ = l.CloseWrite()
	_ = l.SetReadDeadline(time.Now().Add(farewell))
	_, _ = io.Copy(io.Discard, l.TCPConn)
	return l.TCPConn.Close()
}

type usbLink struct {
	*os.File
	requests
}

func (*usbLink) sent() bool { return true } // the driver has taken it
func (*usbLink) chunk() int { return 512 }
func (*usbLink) abandon()   {}

// openUSB opens a printer device without waiting: one without paper takes nothing, for as long as it has none.
func openUSB(path string) (printerLink, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	if err := f.SetWriteDeadline(time.Time{}); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("open %s: this is no device of a printer: %w", path, err)
	}
	return &usbLink{File: f}, nil
}

// serialLink gives a serial port deadlines. One goroutine uses it.
type serialLink struct {
	requests
	port      *port
	perSecond int // bytes
	readBy    time.Time
	writeBy   time.Time
	failed    bool
}

func (l *serialLink) SetReadDeadline(t time.Time) error  { l.readBy = t; return nil }
func (l *serialLink) SetWriteDeadline(t time.Time) error { l.writeBy = t; return nil }

// chunk is about 25 ms of line time.
func (l *serialLink) chunk() int { return max(16, l.perSecond/40) }

// Read waits for bytes until the deadline.
func (l *serialLink) Read(b []byte) (int, error) {
	for {
		n, err := l.port.read(b)
		if n > 0 || err != nil {
			return n, err
		}
		if err := l.poll(unix.POLLIN, l.readBy); err != nil {
			return 0, err
		}
	}
}

// Write writes until the deadline. It keeps the kernel's queue short, so that what comes next does not wait behind seconds of it.
func (l *serialLink) Write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		if l.queued() > l.chunk() {
			if time.Now().After(l.writeBy) {
				return done, os.ErrDeadlineExceeded
			}
			time.Sleep(2 * time.Millisecond)
			continue
		}
		n, err := l.port.writeSome(b[done:])
		done += n
		switch {
		case err != nil:
			l.failed = true
			return done, err
		case n > 0:
			continue
		}
		if err := l.poll(unix.POLLOUT, l.writeBy); err != nil {
			return done, err
		}
	}
	return done, nil
}

// poll waits for an event of the line until a moment.
func (l *serialLink) poll(event int16, by time.Time) error {
	for {
		left := time.Until(by)
		if left <= 0 {
			return os.ErrDeadlineExceeded
		}
		fds := []unix.PollFd{{Fd: int32(l.port.fd), Events: event}}
		n, err := unix.Poll(fds, int(left/time.Millisecond)+1)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return fmt.Errorf("poll: %w", err)
		case n > 0 && fds[0].Revents&event == 0:
			return errHungUp
		case n > 0:
			return nil
		}
	}
}

// queued is how many bytes the kernel has still to send. A line that does not tell has none.
func (l *serialLink) queued() int {
	n, err := unix.IoctlGetInt(l.port.fd, unix.TIOCOUTQ)
	if err != nil {
		return 0
	}
	return n
}

func (l *serialLink) abandon() { l.failed = true }

func (l *serialLink) sent() bool { return l.queued() == 0 }

// Close gives the line back. What is queued is thrown away where it cannot leave: the kernel would wait for it for half a minute.
func (l *serialLink) Close() error {
	if l.failed || !l.sent() {
		l.port.wake()
		l.port.close()
		return nil
	}
	return l.port.release()
}

// release is close without a flush, for a line with nothing left to send: on a pseudo-terminal a flush takes from the other end what it
// has not read.
func (p *port) release() error {
	p.wake()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	err := p.lib.Close()
	_ = p.wakeR.Close()
	return err
}

// printerStateOf says what a failed opening means.
func printerStateOf(err error) State {
	if errors.Is(err, syscall.EBUSY) {
		return Busy
	}
	if errors.Is(err, fs.ErrPermission) {
		return NoPermission
	}
	return stateOf(err)
}
