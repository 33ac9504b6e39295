package ui

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

// saysOnce is something at the other end of a socket: it says one thing to the first caller, and then keeps or ends the line.
func saysOnce(t *testing.T, says []byte, ends bool) *tillLink {
	t.Helper()
	path := filepath.Join(t.TempDir(), socketName)
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		conn.Write(says)
		if ends {
			conn.Close()
			return
		}
		t.Cleanup(func() { conn.Close() })
	}()
	return &tillLink{path: path}
}

func lineOf(t *testing.T, v customerView) []byte {
	t.Helper()
	line, err := v.encode()
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// TestLinkTakesTheNewest of what has arrived, and nothing that has grown old on its way.
func TestLinkTakesTheNewest(t *testing.T) {
	t.Parallel()
	scan, paid := viewIn(customerScan), viewIn(customerPaid)
	scan.At, paid.At = time.Now().UnixMilli(), time.Now().UnixMilli()
	old := scan
	old.At -= viewFresh.Milliseconds() + 1
	if v, err := saysOnce(t, append(lineOf(t, scan), lineOf(t, paid)...), true).next(t.Context()); err != nil || v != paid {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err := saysOnce(t, lineOf(t, old), true).next(t.Context()); err == nil {
		t.Errorf("an old one is taken: %+v", v)
	}
}

// TestLinkGivesUpASilentTill, so that it looks for another one on the same path.
func TestLinkGivesUpASilentTill(t *testing.T) {
	t.Parallel()
	link := saysOnce(t, nil, false)
	given := make(chan error, 1)
	go func() {
		_, err := link.next(t.Context())
		given <- err
	}()
	if err := wait(t, given); err == nil || link.conn != nil {
		t.Errorf("%v, and the line is kept", err)
	}
}
