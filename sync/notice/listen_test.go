package notice

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guitai/ledger"
)

func TestCheckNamesTheAddress(t *testing.T) {
	for listen, good := range map[string]bool{
		"": true, "127.0.0.1:8089": true, "[::1]:8089": true, "192.168.3.4:8089": true, "10.0.0.1:80": true, "[fd12::1]:8089": true,
		"8089": false, ":8089": false, "0.0.0.0:8089": false, "[::]:8089": false, "203.0.113.4:8089": false, "127.0.0.1": false,
		"127.0.0.1:0": false, "127.0.0.1:99999": false, "shop.example:8089": false,
	} {
		err := Config{Listen: listen}.Check()
		if (err == nil) != good || err != nil && !strings.HasPrefix(err.Error(), "listen = ") {
			t.Errorf("%q: %v", listen, err)
		}
	}
}

// free gives an address that nobody has.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// receives runs a receiver until the test ends, and gives its address and what leaves it.
func (w *world) receives(t *testing.T) (leave func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.server.Run(ctx) }()
	leave = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(leave)
	for {
		conn, err := net.Dial("tcp", w.server.cfg.Listen)
		if err == nil {
			conn.Close()
			return leave
		}
		time.Sleep(time.Millisecond)
	}
}

// TestManyAtOnce: each of the sale's copies is answered, the sale is paid once, and the receiver ends in order.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t, Config{Listen: free(t)})
	leave := w.receives(t)
	n := paidNews("1", w.shown(t, "12.5", ledger.WeChat))
	var senders sync.WaitGroup
	for i := range 20 {
		senders.Go(func() {
			mine := n
			if i%2 == 1 {
				mine.ID = fmt.Sprint(i)
			}
			r := w.signed(ledger.WeChat, mine)
			r.URL.Scheme, r.URL.Host, r.RequestURI = "http", w.server.cfg.Listen, ""
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("status %d", answer.StatusCode)
			}
		})
	}
	senders.Wait()
	leave()
	http.DefaultClient.CloseIdleConnections()
	if got := w.counts(); got.Taken+got.Repeated != 20 || w.last().State != ledger.Paid {
		t.Errorf("%s, the attempt is %s", tally(got), w.last().State)
	}
	paid := 0
	w.store.Read(1, func(_ uint64, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		if b, ok := event.Body.(*ledger.AttemptAnswered); ok && b.Became == ledger.Paid {
			paid++
		}
		return err
	})
	if paid != 1 {
		t.Errorf("paid in %d events", paid)
	}
}

// TestSlowBodyIsCutOff by the server's own clock.
func TestSlowBodyIsCutOff(t *testing.T) {
	w := newWorld(t, Config{})
	front := w.server.front()
	if front.ReadHeaderTimeout == 0 || front.ReadTimeout == 0 || front.WriteTimeout == 0 || front.IdleTimeout == 0 || front.MaxHeaderBytes == 0 {
		t.Fatal("a limit is missing")
	}
	front.ReadTimeout = 50 * time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go front.Serve(listener)
	defer front.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /wechatpay HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	said, err := io.ReadAll(conn) // ends, because the server closes
	if err != nil || !strings.HasPrefix(string(said), "HTTP/1.1 408") {
		t.Errorf("%q, %v", said, err)
	}
	if got := tally(w.counts()); got != "taken 0 repeated 0 forged 0 foreign 0 failed 0" {
		t.Error(got)
	}
}

// TestConnectionsAreLimited: beyond the limit they are closed at once, and places come back.
func TestConnectionsAreLimited(t *testing.T) {
	track := limited(2)
	var conns []*counted
	for range 4 {
		c := &counted{}
		track(c, http.StateNew)
		conns = append(conns, c)
	}
	if conns[0].closed.Load()+conns[1].closed.Load() != 0 || conns[2].closed.Load() != 1 || conns[3].closed.Load() != 1 {
		t.Error("not the first two are kept")
	}
	for _, c := range conns[1:] {
		track(c, http.StateClosed)
	}
	next := &counted{}
	if track(next, http.StateNew); next.closed.Load() != 0 {
		t.Error("a free place is not given")
	}
}

type counted struct {
	net.Conn
	closed atomic.Int32
}

func (c *counted) Close() error { c.closed.Add(1); return nil }

// TestTakenPortIsTold on the board, and stops nothing.
func TestTakenPortIsTold(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	w := newWorld(t, Config{Listen: taken.Addr().String()})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.server.Run(ctx) }()
	for w.counts().Fault == "" {
		time.Sleep(time.Millisecond)
	}
	w.shown(t, "12.5", ledger.WeChat)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !strings.Contains(w.log.String(), "notices are not received") {
		t.Error(w.log.String())
	}
}

// TestOffByDefault: without an address nobody listens, and the till is not stopped by that.
func TestOffByDefault(t *testing.T) {
	w := newWorld(t, Config{})
	if err := w.server.Run(context.Background()); err != nil || w.counts().Fault != "" {
		t.Errorf("%v, %q", err, w.counts().Fault)
	}
}
