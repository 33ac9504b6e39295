package remote

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// heard is a log that keeps of each line what it says.
type heard struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lines.Write(p)
}

func (h *heard) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(h, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.MessageKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// now gives what it heard since the last time, sorted.
func (h *heard) now() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := strings.Split(strings.TrimSuffix(h.lines.String(), "\n"), "\n")
	h.lines.Reset()
	slices.Sort(lines)
	return lines
}

// TestTally: each cause has its own line at once; what comes behind is told a minute later, also when nobody knocks any more.
func TestTally(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heard{}
		tally := &tally{log: h.log()}
		wants := func(lines ...string) {
			t.Helper()
			if got := h.now(); !slices.Equal(got, lines) {
				t.Errorf("%q, want %q", got, lines)
			}
		}
		told := func(n int, from string, why error) string {
			return fmt.Sprintf("level=WARN times=%d last=%s cause=%q", n, from, why)
		}
		tally.add("a:1", errNotNow)
		tally.add("a:2", errUnknownKey)
		wants(told(1, "a:1", errNotNow), told(1, "a:2", errUnknownKey))
		time.Sleep(10 * time.Second)
		for range 1000 {
			tally.add("a:3", errNotNow)
		}
		tally.add("a:4", errWeakKey)
		wants(told(1, "a:4", errWeakKey))
		time.Sleep(51 * time.Second)
		wants(told(1000, "a:3", errNotNow))
		time.Sleep(time.Hour)
		wants("")
		tally.add("a:5", errNotNow)
		tally.add("a:6", errNotNow)
		wants(told(1, "a:5", errNotNow))
		tally.flush()
		wants(told(1, "a:6", errNotNow))
		tally.add("a:7", errNotNow) // the door has opened again
		wants(told(1, "a:7", errNotNow))
		tally.flush()
		wants("")
	})
}

// TestTurnedAwayInTheLog: the log says what was wrong with a certificate, though its bare key is tried behind it, and does not call those
// turned away who only looked.
func TestTurnedAwayInTheLog(t *testing.T) {
	ca, cara := testKey(t), testKey(t)
	cfg := Config{Listen: []string{"127.0.0.1:2222"}, Authorities: []string{line(ca)}, Person: []Person{{Name: "cara", Role: "support", Principals: []string{"cara"}}}}
	h := &heard{}
	o := open(t, cfg, &book{}, Options{Log: h.log()})
	old, err := ssh.NewCertSigner(newCert(t, ca, cara, valid(-120, -60)), cara)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := with(old, cara).to(o.at); err == nil {
		t.Error("came in")
	}
	looks := with(cara)
	looks.known = func(string, net.Addr, ssh.PublicKey) error { return errHandshake }
	if _, err := looks.to(o.at); err == nil {
		t.Error("came in")
	}
	conn, err := net.Dial("tcp", o.at)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	eventually(t, "all are gone", func() bool {
		o.tally.mu.Lock()
		defer o.tally.mu.Unlock()
		looked := o.tally.counts[errNameless]
		return looked != nil && looked.n == 1 && o.tally.counts[errNotNow] != nil
	})
	o.stop()
	var all []string
	for _, line := range h.now() {
		all = append(all, strings.Fields(line)[0]+" "+line[strings.Index(line, "cause="):])
	}
	want := []string{fmt.Sprintf("level=INFO cause=%q", errNameless), fmt.Sprintf("level=INFO cause=%q", errNameless), fmt.Sprintf("level=WARN cause=%q", errNotNow)}
	if !slices.Equal(all, want) {
		t.Errorf("%q, want %q", all, want)
	}
}
