package remote

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// fed is a wire whose other end has sent something and waits.
func fed(t *testing.T, sent []byte, l limits) *wire {
	t.Helper()
	here, there := net.Pipe()
	t.Cleanup(func() { there.Close() })
	go there.Write(sent)
	w := newWire(here, l, time.Now())
	t.Cleanup(func() { w.Close() })
	return w
}

func sealedShape(n int) []byte {
	p := binary.BigEndian.AppendUint32(nil, uint32(n))
	return append(p, make([]byte, n+gcmTag)...)
}

// TestPacketsBeforeLogin: eighteen packets are handed on, and the next one when somebody is logged in, or never.
func TestPacketsBeforeLogin(t *testing.T) {
	start := []byte(rawVersion + "\r\n")
	start = append(start, packed(myInit(), 8, 4)...)
	start = append(start, packed([]byte{30, 1}, 8, 4)...)
	start = append(start, packed([]byte{msgNewKeys}, 8, 4)...)
	before := len(start)
	for range packetsBeforeLogin - 3 {
		start = append(start, sealedShape(32)...)
	}
	all := append(append([]byte(nil), start...), sealedShape(48)...)
	if before >= len(start) {
		t.Fatal("nothing is sealed")
	}
	w := fed(t, all, usualLimits())
	if got, err := io.ReadAll(io.LimitReader(w, int64(len(start)))); err != nil || len(got) != len(start) {
		t.Fatal(len(got), err)
	}
	more := make(chan int)
	go func() {
		n, _ := io.ReadFull(w, make([]byte, 4+48+gcmTag))
		more <- n
	}()
	select {
	case n := <-more:
		t.Fatal("one packet too many:", n)
	case <-time.After(100 * time.Millisecond): // can only miss a fault, never invent one
	}
	w.loggedIn()
	if n := <-more; n != 4+48+gcmTag {
		t.Error(n)
	}

	w = fed(t, all, usualLimits())
	_, _ = io.ReadAll(io.LimitReader(w, int64(len(start))))
	go func() { n, _ := w.Read(make([]byte, 100)); more <- n }()
	w.Close()
	if n := <-more; n != 0 {
		t.Error(n)
	}
}

func TestWhatIsNoSSH(t *testing.T) {
	for _, c := range []struct {
		sent string
		want error
	}{
		{"GET / HTTP/1.1\r\n", errNotSSH},
		{"hello\r\nSSH-2.0-x\r\n", errNotSSH},
		{"SSH-1.5-x\r\n", errNotSSH},
		{"SSH-2.0-" + strings.Repeat("x", 300), errNotSSH},
		{"SSH-2.0-x\r\n\xff\xff\xff\xff\x04\x14", errTooLarge},
		{"SSH-2.0-x\r\n\x00\x00\x9c\x41\x04\x14", errTooLarge},
		{"SSH-2.0-x\r\n\x00\x00\x00\x01\x04\x14", errTooLarge},
	} {
		w := fed(t, []byte(c.sent), usualLimits())
		if _, err := io.Copy(io.Discard, struct{ io.Reader }{w}); !errors.Is(err, c.want) {
			t.Errorf("%q: %v", c.sent, err)
		}
	}
}

// TestRate: a flood is taken as slowly as the limits say. Seen by bytes and not by time: at most a burst at once.
func TestRate(t *testing.T) {
	l := usualLimits()
	l.rate, l.rateBurst = leastRead, 4*leastRead // nothing more within the next second
	w := fed(t, make([]byte, 64<<10), l)
	taken := make(chan int, 100)
	go func() {
		for {
			n, err := w.bytes.Read(make([]byte, 8<<10))
			if err != nil {
				close(taken)
				return
			}
			taken <- n
		}
	}()
	sum := 0
	for sum <= 3*leastRead {
		sum += <-taken
	}
	w.Close()
	for n := range taken {
		sum += n
	}
	if sum > 6*leastRead {
		t.Errorf("%d bytes were taken", sum)
	}
}

// TestStalledLine: a visitor whose system takes nothing does not hold a writer, before the login and after it.
func TestStalledLine(t *testing.T) {
	l := usualLimits()
	l.stall, l.login = 50*time.Millisecond, 50*time.Millisecond
	for _, in := range []bool{false, true} {
		w := fed(t, nil, l)
		if in {
			w.loggedIn()
		}
		if _, err := w.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(in, err)
		}
	}
}
