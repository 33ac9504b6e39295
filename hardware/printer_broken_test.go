package hardware

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/hardware/hwtest"
)

// shortLink is a way to a printer that breaks after so many bytes.
type shortLink struct {
	requests
	room int
}

func (l *shortLink) Write(b []byte) (int, error) {
	n := min(l.room, len(b))
	if l.room -= n; n < len(b) {
		return n, errHungUp
	}
	return n, nil
}
func (*shortLink) Read([]byte) (int, error)         { return 0, errHungUp }
func (*shortLink) Close() error                     { return nil }
func (*shortLink) SetReadDeadline(time.Time) error  { return nil }
func (*shortLink) SetWriteDeadline(time.Time) error { return nil }
func (*shortLink) sent() bool                       { return true }
func (*shortLink) chunk() int                       { return 64 }
func (*shortLink) abandon()                         {}

// TestAByteMakesACopy: one byte that has left, and none.
func TestAByteMakesACopy(t *testing.T) {
	for room := range 3 {
		dir := t.TempDir()
		p := NewPrinter(PrinterConfig{To: "tcp:127.0.0.1:1"}, desk, assets.En, dir, func(Status) {})
		p.Print(1, "1", numbered(1))
		p.takeIn()
		p.printNext(context.Background(), &shortLink{room: room}, condition{state: Open})
		s, aside := openSpool(dir)
		if aside != "" || s.first() == nil {
			t.Fatalf("the job is lost, %s", aside)
		}
		if left := room > 0; s.first().Begun != left || p.broken != left {
			t.Errorf("after %d bytes: begun %v, broken %v", room, s.first().Begun, p.broken)
		}
	}
}

// TestHalfACommand: a till that was killed has left the printer within a command, of every length, and of characters.
func TestHalfACommand(t *testing.T) {
	t.Parallel()
	slip := numbered(1)
	slip.Shop = "老王便利店"
	face := typeface{columns: 48, words: assets.For(assets.En)}
	var whatever []byte
	for _, part := range face.bytes(&slip, false) {
		whatever = append(whatever, part...)
	}
	dir := t.TempDir()
	s, _ := openSpool(dir)
	s.add(1, "1", slip)
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join(dir, spoolName))
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < len(whatever); cut += 5 {
		if err := os.WriteFile(filepath.Join(dir, spoolName), kept, 0o600); err != nil {
			t.Fatal(err)
		}
		p := hwtest.NewPrinter(t)
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.To(), "tcp:"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(whatever[:cut]); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		p.WaitFor("half a command", func(hwtest.Paper) bool { return len(p.Taken()) == cut })
		x := startPrinter(t, PrinterConfig{To: p.To(), Columns: 48}, dir)
		paper := p.WaitFor("copy", func(paper hwtest.Paper) bool {
			slips := paper.Slips()
			return len(slips) > 0 && whole(slips[len(slips)-1]) && marked(slips[len(slips)-1])
		})
		x.awaitIdle()
		x.stop()
		if len(paper.Faults) > 0 || paper.Count(hwtest.Pulse) > 0 {
			t.Errorf("cut after %d bytes: %v", cut, paper.Faults)
		}
	}
}
