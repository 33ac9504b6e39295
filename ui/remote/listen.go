package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"
)

// SocketName is the unix socket in the data folder.
const SocketName = "remote.sock"

const (
	openAgain = 5 * time.Second        // until an address that cannot be had is tried again
	takeAgain = 100 * time.Millisecond // until the next connection is taken, when one could not be
)

// Run keeps the door open until ctx ends, and gives nil then, or at once where no door is configured. Nothing that goes wrong here is a
// reason not to sell: an address that cannot be had is tried again, and Options.Report hears of it. When Run returns everybody is out
// and no goroutine of the door is left.
func (d *Door) Run(ctx context.Context) error {
	told := "?"
	for d.cfg.On() && ctx.Err() == nil {
		listeners, key, err := d.open(ctx)
		if text := fmt.Sprint(err); text != told {
			told = text
			d.opt.Report(err)
		}
		if err == nil {
			d.serve(ctx, key, listeners)
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(openAgain):
		}
	}
	return nil
}

// open listens at every configured place, or at none.
func (d *Door) open(ctx context.Context) (listeners []net.Listener, key ssh.Signer, err error) {
	if key, err = hostKey(d.opt.Keys); err != nil {
		return nil, nil, err
	}
	for _, at := range d.cfg.Listen {
		l, err := (&net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: d.limits.stall}}).Listen(ctx, "tcp", at)
		if err != nil {
			shut(listeners)
			return nil, nil, fmt.Errorf("opening the door for visitors: %w", err)
		}
		listeners = append(listeners, l)
	}
	if d.cfg.Socket {
		l, err := listenUnix(ctx, d.opt.Dir)
		if err != nil {
			shut(listeners)
			return nil, nil, err
		}
		listeners = append(listeners, l)
	}
	return listeners, key, nil
}

func shut(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

// SocketPath is where a till with that data folder has its socket; an error where no socket can be.
func SocketPath(dir string) (string, error) {
	path := filepath.Join(dir, SocketName)
	if limit := len(unix.RawSockaddrUnix{}.Path) - 1; len(path) > limit {
		return "", fmt.Errorf("the path %s has %d bytes and a socket's may have %d: choose a shorter data folder", path, len(path), limit)
	}
	return path, nil
}

// listenUnix opens the socket, which the till's own user alone may reach. The caller holds the folder's lock, so a socket that is
// there belongs to a till that was killed.
func listenUnix(ctx context.Context, dir string) (net.Listener, error) {
	path, err := SocketPath(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the door's socket: %w", err)
	}
	info, err := os.Lstat(path)
	switch {
	case err == nil && info.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("opening the door's socket: %s is not a socket and is left alone", path)
	case err == nil:
		err = os.Remove(path)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening the door's socket: %w", err)
	}
	mode := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		// Linux gives the file the mode of the unbound socket, so that it is never open to others.
		return c.Control(func(fd uintptr) { _ = unix.Fchmod(int(fd), 0o600) })
	}}
	l, err := mode.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the door's socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the door's socket: %w", err), l.Close())
	}
	return l, nil
}

// serve takes connections until ctx ends, and returns when all of them are gone.
func (d *Door) serve(ctx context.Context, key ssh.Signer, listeners []net.Listener) {
	d.setClosing(false)
	stop := context.AfterFunc(ctx, func() { shut(listeners) })
	defer stop()
	defer shut(listeners)
	var all sync.WaitGroup
	for _, l := range listeners {
		all.Go(func() { d.accept(ctx, key, l, &all) })
	}
	<-ctx.Done()
	d.setClosing(true)
	all.Wait()
	d.tally.flush()
}

func (d *Door) setClosing(closing bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closing = closing
}

func (d *Door) accept(ctx context.Context, key ssh.Signer, l net.Listener, all *sync.WaitGroup) {
	for ctx.Err() == nil {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() == nil { // too many open files: visitors go on, and this is no reason to spin
				d.tally.add(l.Addr().String(), errNoPlace)
				select {
				case <-ctx.Done():
				case <-time.After(takeAgain):
				}
			}
			continue
		}
		from, now, locked := originOf(conn.RemoteAddr()), time.Now(), d.Locked()
		switch {
		case ctx.Err() != nil:
			conn.Close()
		case !d.mayKnock(conn):
			d.tally.add(from.String(), errOtherUser)
			conn.Close()
		case !locked.IsZero():
			decline(conn, sayLocked+locked.UTC().Format(time.RFC3339))
		case !d.gate.enter(from.network(), now):
			d.tally.add(from.String(), errNoPlace)
			decline(conn, sayFull)
		default:
			all.Go(func() { d.handle(ctx, key, newWire(conn, d.limits, now), from) })
		}
	}
}

var (
	errNoPlace   = errors.New("too many at the door")
	errHandshake = errors.New("no login came of it")
	errNameless  = errors.New("they did not say who they are")
)

// hungUp reports whether the other end has closed the line: a client that does not know the till's key, or somebody who only looks whether
// there is a door.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}

// handle brings one connection through its login, within the time for that, and then serves it.
func (d *Door) handle(ctx context.Context, key ssh.Signer, w *wire, from origin) {
	defer w.Close()
	stop := context.AfterFunc(ctx, func() { w.Close() })
	late := time.AfterFunc(d.limits.login, func() { w.Close() })
	why := errHandshake
	conn, channels, requests, err := ssh.NewServerConn(w, d.server(key, func(err error) {
		if err != errUnknownKey || why == errHandshake { // a client shows its certificate, and then the bare key in it
			why = err
		}
	}))
	inTime := late.Stop()
	d.gate.leave(from.network(), err == nil)
	if err != nil {
		stop()
		if why == errHandshake && inTime && hungUp(err) {
			why = errNameless
		}
		d.tally.add(from.String(), why)
		return
	}
	v := newVisit(ctx, d, w, from)
	var known bool
	v.who, known = admitted(conn.Permissions)
	if !known || !inTime || !d.admit(v) {
		v.end(ErrClosed) // nor does what was asked for together with the login
		w.Close()
	}
	w.loggedIn()
	stop() // from here on the visit ends in order when ctx does
	v.run(channels, requests)
	d.dismiss(v)
}
