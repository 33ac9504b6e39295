package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// TestDeclined: whoever may be at the socket is told why the door closes; another user is told nothing.
func TestDeclined(t *testing.T) {
	dir, until := t.TempDir(), time.Now().Add(time.Hour).Truncate(time.Second)
	var other atomic.Bool
	asked := make(chan struct{}, 10)
	d, err := New(Config{Socket: true}, &book{}, Options{Dir: dir, Keys: filepath.Join(dir, "keys"), Peer: func(*net.UnixConn) error {
		defer func() { asked <- struct{}{} }()
		if other.Load() {
			return errors.New("another user")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.gate.limits.handshakes = 0 // no place for anybody
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	path := filepath.Join(dir, SocketName)
	var conn net.Conn
	hears := func() string {
		t.Helper()
		eventually(t, "there is a socket", func() bool { conn, err = net.Dial("unix", path); return err == nil })
		defer conn.Close()
		text, err := io.ReadAll(conn)
		if err != nil {
			t.Error(err)
		}
		<-asked
		return string(text)
	}
	if got := Declined(hears()); !errors.Is(got, ErrFull) {
		t.Error(got)
	}
	d.Lock(until)
	var locked *LockedError
	if got := Declined(hears()); !errors.As(got, &locked) || !locked.Until.Equal(until) {
		t.Error(got)
	}
	other.Store(true)
	if got := hears(); got != "" {
		t.Errorf("another user hears %q", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, line := range []string{"", "SSH-2.0-Guitai", sayLocked, sayLocked + "noon", sayFull + " "} {
		if got := Declined(line); got != nil {
			t.Errorf("%q is %v", line, got)
		}
	}
}
