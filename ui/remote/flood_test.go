package remote

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

var flood = flag.Int("remote.flood", 1000, "hostile logins of TestFlood")

// knock comes from a loopback address, sends something and waits for the end.
func knock(at, from string, send []byte) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.Dial("tcp", at)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	_, _ = conn.Write(send)
	_, _ = io.Copy(io.Discard, conn)
}

// TestFlood: hostile logins from fifty addresses, while somebody from another network comes and goes. Nobody comes in who should not,
// the other one is never turned away, and nothing is left behind.
func TestFlood(t *testing.T) {
	key, stranger, host := testKey(t), testKey(t), &book{}
	o := open(t, one("anna", "supervisor", key), host, Options{}, func(l *limits) { l.arrivals = 1 << 30 })
	var wrong, tries atomic.Int32
	before := inUse()
	var all sync.WaitGroup
	stop := make(chan struct{})
	for w := range 4 {
		all.Go(func() {
			for i := w; i < *flood; i += 4 {
				from := fmt.Sprintf("127.0.0.%d", 1+i%50)
				tries.Add(1)
				switch i % 3 {
				case 0:
					knock(o.at, from, []byte("SSH-2.0-x\r\n\x00\x00\x00\x0c\x0a\x15 no new keys"))
				case 1:
					knock(o.at, from, []byte("\x16\x03\x01 no SSH at all"))
				default:
					c := with(stranger)
					c.from, c.user = from, "anna"
					if _, err := c.to(o.at); err == nil {
						wrong.Add(1)
					}
				}
			}
		})
	}
	go func() { all.Wait(); close(stop) }()
	good := 0
	for flooded := true; flooded || good < 3; good++ {
		c := with(key)
		c.from = "127.9.9.9"
		client, err := c.to(o.at)
		if err != nil {
			t.Fatalf("turned away after %d visits and %d tries: %v", good, tries.Load(), err)
		}
		s, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		var exit *ssh.ExitError
		if err := s.Run("day"); !errors.As(err, &exit) || exit.ExitStatus() != 7 {
			t.Fatal(err)
		}
		client.Close()
		select {
		case <-stop:
			flooded = false
		default:
		}
	}
	if wrong.Load() != 0 {
		t.Errorf("%d strangers came in", wrong.Load())
	}
	eventually(t, "each visit has ended", func() bool { return len(host.leftNow()) == good })
	t.Logf("%d tries, %d visits, %+d KB", tries.Load(), good, (inUse()-before)/1024)
}

// TestSilent: who says nothing is shown out when the time to log in is over, and meanwhile others come in.
func TestSilent(t *testing.T) {
	key := testKey(t)
	o := open(t, one("anna", "supervisor", key), &book{}, Options{}, func(l *limits) { l.login = 500 * time.Millisecond })
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() { knock(o.at, fmt.Sprintf("127.0.%d.1", i%3), []byte("SSH-2.0-x\r\n"[:i%12])) })
	}
	c := with(key)
	c.from = "127.9.9.9"
	client, err := c.to(o.at)
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	all.Wait() // each of them was cut
	eventually(t, "all places are free", func() bool { return o.gateNow() == 0 })
}

// TestDrip: a stranger who sends a byte now and then has no more time than others.
func TestDrip(t *testing.T) {
	o := open(t, one("anna", "supervisor", testKey(t)), &book{}, Options{}, func(l *limits) { l.login = 300 * time.Millisecond })
	conn, err := net.Dial("tcp", o.at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := 0; ; i++ {
		if _, err := conn.Write([]byte("SSH-2.0-" + string(slices.Repeat([]byte("x"), 1000)))[i%200 : i%200+1]); err != nil {
			return // cut
		}
		if i > 10_000 {
			t.Fatal("never cut")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// BenchmarkSilentHandshakes measures what 200 connections that say nothing make the till keep.
func BenchmarkSilentHandshakes(b *testing.B) {
	for range b.N {
		o := open(b, one("anna", "supervisor", testKey(b)), &book{}, Options{})
		before := inUse()
		var conns []net.Conn
		for i := range 200 {
			dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(i%50), 1)}}
			if conn, err := dialer.Dial("tcp", o.at); err == nil {
				_, _ = conn.Write([]byte("SSH-2.0-x\r\n\x00\x00\x9c\x40\x04\x14")) // and a packet as large as may be is announced
				conns = append(conns, conn)
			}
		}
		eventually(b, "all places are taken", func() bool { return o.gateNow() == o.limits.handshakes })
		time.Sleep(100 * time.Millisecond)
		b.ReportMetric(float64(inUse()-before)/1024, "KB/200-silent")
		for _, c := range conns {
			c.Close()
		}
		o.stop()
	}
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// BenchmarkLogin is what one login costs the till, client included.
func BenchmarkLogin(b *testing.B) {
	key := testKey(b)
	o := open(b, one("anna", "supervisor", key), &book{}, Options{}, patient)
	for range b.N {
		client, err := with(key).to(o.at)
		if err != nil {
			b.Fatal(err)
		}
		client.Close()
	}
}
