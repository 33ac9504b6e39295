package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"guitai/assets"
	"guitai/ledger"
)

// This file is the till's side of the second screen: a unix socket in the data folder that tells every reader the newest
// customerView. There is no queue: each reader's goroutine looks at the Book when its last message has been taken, so a
// slow reader misses what lies between, and one that takes nothing is dropped. The Book never waits for any of them.

// Shared is what the customer displays of a till are told.
type Shared struct {
	Book *ledger.Book
	Dir  string // the data folder; its lock must be held by this process
	Shop string
	Lang assets.Lang // of displays that have chosen none
	Log  *slog.Logger

	receipts *receiptDesk // of whoever serves them
}

const (
	socketName  = "display.sock"
	heartbeat   = time.Second     // a till that is silent for viewFresh counts as closed
	takeWithin  = 2 * time.Second // a reader that takes nothing for so long is dropped
	readersMax  = 16              // more are turned away, so that nobody can use up the till's file descriptors
	socketBytes = 4 << 10         // what the kernel keeps for a reader: a few messages, so that a stopped one is noticed
)

// socketPath gives the path of a till's socket, or one sentence when the system takes no path that long (unix(7):
// sun_path holds 108 bytes, on BSD systems 104, one of them for the end).
func socketPath(dir string) (string, error) {
	path := filepath.Join(dir, socketName)
	if limit := len(unix.RawSockaddrUnix{}.Path) - 1; len(path) > limit {
		return "", fmt.Errorf("no second screen: the path %s has %d bytes and a socket's may have %d; choose a shorter data folder",
			path, len(path), limit)
	}
	return path, nil
}

// Share serves the customer displays until ctx ends. Nothing that goes wrong here is a reason not to sell: it is logged,
// and the till goes on without a second screen. When Share returns, nobody looks at the Book any more.
func Share(ctx context.Context, what Shared) {
	listener, err := listenForDisplays(ctx, what.Dir)
	if err != nil {
		what.Log.Warn("the second screen is off", "cause", err)
		return
	}
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	defer listener.Close()
	var readers sync.WaitGroup
	defer readers.Wait()
	what.receipts = newReceiptDesk()
	readers.Go(func() { what.receipts.follow(ctx, what.Book, what.Log) })
	places := make(chan struct{}, readersMax)
	for {
		conn, err := listener.AcceptUnix()
		switch {
		case ctx.Err() != nil:
			if conn != nil {
				conn.Close()
			}
			return
		case err != nil: // too many open files: the other displays go on, and this is no reason to spin
			what.Log.Info("a display could not be taken", "cause", err)
			pause(ctx, time.Second)
			continue
		}
		select {
		case places <- struct{}{}:
			readers.Go(func() {
				defer func() { <-places }()
				what.serve(ctx, conn)
			})
		default:
			conn.Close()
		}
	}
}

// listenForDisplays opens the socket. The caller holds the folder's lock, so a socket that is there belongs to a till
// that was killed; it is taken over, unless somebody answers on it all the same.
func listenForDisplays(ctx context.Context, dir string) (*net.UnixListener, error) {
	path, err := socketPath(dir)
	if err != nil {
		return nil, err
	}
	if err := removeStale(ctx, path); err != nil {
		return nil, err
	}
	mode := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		// Linux gives the file the mode of the unbound socket, so that it is never open to others.
		return c.Control(func(fd uintptr) { _ = unix.Fchmod(int(fd), 0o600) })
	}}
	listener, err := mode.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the displays' socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the displays' socket: %w", err), listener.Close())
	}
	return listener.(*net.UnixListener), nil
}

func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("looking for a socket that was left: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is not a socket and is left alone", path)
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err == nil {
		conn.Close()
	}
	if !errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("%s is in use by another program", path)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("taking over a socket that was left: %w", err)
	}
	return nil
}

// serve tells one reader what a customer may see, at once and whenever it changes, and each second at least.
func (w *Shared) serve(ctx context.Context, conn *net.UnixConn) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := SameUser(conn); err != nil {
		w.Log.Warn("a display was turned away", "cause", err)
		return
	}
	_ = conn.SetWriteBuffer(socketBytes)
	left := make(chan struct{})
	go func() {
		defer close(left)
		_, _ = conn.Read(make([]byte, 1)) // a display has nothing to say: this ends when it leaves, or is none
	}()
	counted := false
	defer func() {
		if counted {
			w.count(-1)
		}
	}()
	var told customerView
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for due := true; ; {
		changed, receipt := w.Book.Changed(), w.receipts.next()
		view := w.view(time.Now())
		if due || !view.same(told) {
			line, err := view.encode()
			if err != nil {
				w.Log.Warn("a display was dropped", "cause", err)
				return
			}
			_ = conn.SetWriteDeadline(time.Now().Add(takeWithin))
			if _, err := conn.Write(line); err != nil {
				return // it has left, or takes nothing
			}
			told = view
		}
		select {
		case <-ctx.Done():
			return
		case <-left:
			return
		case <-changed:
			due = false
		case <-receipt:
			due = false
		case <-beat.C:
			due = true
			if !counted { // one that stays; a program that only asks whether somebody is here does not
				counted = true
				w.count(1)
			}
		}
	}
}

// count tells the board that a display has come or left.
func (w *Shared) count(by int) {
	w.Book.Board().Post(func(v *ledger.BoardView) {
		v.Displays += by
		v.Dark = v.Displays == 0
	})
}

func (w *Shared) view(now time.Time) customerView {
	v := lookForCustomer(w.Book, w.receipts, now)
	v.Shop, v.Lang = clean(w.Shop, shopCells), w.Lang
	return v
}

// pause waits, or less when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// SameUser refuses a socket's other end when it belongs to another user.
func SameUser(conn *net.UnixConn) error {
	var peer uint32
	var asked error
	raw, err := conn.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { peer, asked = peerUser(int(fd)) })
	}
	if err = errors.Join(err, asked); err != nil {
		return fmt.Errorf("asking who is at the other end: %w", err)
	}
	return checkUser(int(peer), os.Getuid())
}

// checkUser compares the user at the other end with our own.
func checkUser(peer, own int) error {
	if peer != own {
		return fmt.Errorf("user %d is not user %d, to whom the till belongs", peer, own)
	}
	return nil
}
