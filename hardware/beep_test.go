package hardware

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/hardware/hwtest"
)

func TestSSIPackets(t *testing.T) {
	for name, tt := range map[string]struct{ got, want []byte }{
		"start, as the manual computes it": {ssi(0xE4, 0x04), []byte{0x04, 0xE4, 0x04, 0x00, 0xFF, 0x14}},
		"enable":                           {ssi(0xE9, 0x04), []byte{0x04, 0xE9, 0x04, 0x00, 0xFF, 0x0F}},
		"good":                             {ssiBeep(0), []byte{0x00, 0x05, 0xE6, 0x04, 0x00, 0x00, 0xFF, 0x11}},
		"acknowledge":                      {profiles["ssi"].answer, []byte{0x04, 0xD0, 0x00, 0x00, 0xFF, 0x2C}},
	} {
		if !bytes.Equal(tt.got, tt.want) {
			t.Errorf("%s: % X, want % X", name, tt.got, tt.want)
		}
	}
}

func TestGoodAndBadReachTheScanner(t *testing.T) {
	for family, p := range profiles {
		t.Run("family "+family, func(t *testing.T) {
			gun := hwtest.NewGun(t)
			gun.Unplug()
			x := startTill(t, Config{Serial: gun.Path(), Beeps: family})
			x.until(Absent)
			x.scanner.Good() // it must not wait, and must not be heard later
			gun.Replug()
			x.until(Open)
			gun.Type(scan(1) + "\r")
			x.want(scan(1))
			if family == "" {
				x.scanner.Good()
				x.scanner.Bad()
				x.scanner.mu.Lock()
				port := x.scanner.port
				x.scanner.mu.Unlock()
				if err := port.write([]byte("#")); err != nil {
					t.Fatal(err)
				}
				if got := gun.ReadBack(1); got != "#" {
					t.Errorf("%q was sent to a scanner whose family is not named", got)
				}
				return
			}
			x.scanner.Bad()
			got := gun.ReadBack(len(p.bad))
			if strings.HasPrefix(got, string(p.good)) && family != "cipherlab" { // the one from before the opening
				t.Errorf("an old sound was sent: %q", got)
			}
			if got != string(p.bad) {
				t.Errorf("bad is %q, want %q", got, p.bad)
			}
			x.scanner.Good()
			if got := gun.ReadBack(len(p.good)); got != string(p.good) {
				t.Errorf("good is %q, want %q", got, p.good)
			}
			gun.Type(scan(2) + "\r")
			x.want(scan(2))
		})
	}
}

// TestAcknowledgeIsNoScan: the answers of the scanner come between its codes, in any pieces.
func TestAcknowledgeIsNoScan(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path(), Beeps: "ssi", IdleMS: 10_000})
	x.until(Open)
	ack := string(profiles["ssi"].answer)
	for n := range len(ack) + 1 {
		x.scanner.Good()
		gun.ReadBack(len(profiles["ssi"].good))
		gun.Split(ack+scan(n)+"\r", n)
		x.want(scan(n))
	}
	x.stop()
	close(x.statuses)
	for s := range x.statuses {
		if s.BadFrames != 0 || s.Dropped != 0 {
			t.Fatalf("an answer was taken for a scan: %+v", s)
		}
	}
}

func TestAnswersAreStripped(t *testing.T) {
	want := profiles["ssi"].answer
	ack := string(want)
	tests := []struct {
		name   string
		pieces []string
		out    string
		late   bool
	}{
		{"whole", []string{ack}, "", false},
		{"before a code", []string{ack + "123\r"}, "123\r", false},
		{"in pieces", []string{ack[:2], ack[2:] + "1"}, "1", false},
		{"what only begins like one", []string{"\x04\xD0", "12\r"}, "\x04\xD012\r", false},
		{"begun twice", []string{"\x04" + ack + "9"}, "\x049", false},
		{"only as many as are owed", []string{ack + ack}, ack, false},
		{"too late", []string{ack}, ack, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := answers{}
			a.expect(want, t0)
			now := t0
			if tt.late {
				now = t0.Add(answerWithin + 1)
			}
			var out []byte
			for _, p := range tt.pieces {
				out = append(out, a.strip([]byte(p), now)...)
			}
			if string(out) != tt.out {
				t.Errorf("%q, want %q", out, tt.out)
			}
		})
	}
}

// TestDeafScannerIsAnswered: with Host ACK on, the scanner reads nothing until it is answered, a re-read too.
func TestDeafScannerIsAnswered(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path(), Beeps: "honeywell"})
	x.until(Open)
	gun.Type(scan(1) + "\r")
	x.want(scan(1))
	x.scanner.Good()
	if got := gun.ReadBack(3); got != "\x1B7," {
		t.Fatalf("%q", got)
	}
	gun.Type(scan(1) + "\r")
	if got := gun.ReadBack(3); got != "\x1B7," {
		t.Errorf("a re-read is answered with %q", got)
	}
}

// TestSoundsNeverWait: nobody reads at the other end, nobody is there at all, and many call at once.
func TestSoundsNeverWait(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path(), Beeps: "cipherlab"})
	x.until(Open)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5000 {
				x.scanner.Bad()
				x.scanner.Good()
			}
		})
	}
	all.Wait()
	gun.Type(scan(1) + "\r")
	x.want(scan(1))
	gun.Unplug()
	x.until(Absent)
	x.scanner.Bad()
	gun.Replug()
	x.until(Open)
	x.scanner.Good()
	if got := gun.ReadBack(len(profiles["cipherlab"].good)); got != string(profiles["cipherlab"].good) {
		t.Errorf("after the replug: %q", got)
	}
}

func TestListeningChargesNothing(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path()})
	x.until(Open)
	var mu sync.Mutex
	var heard []byte
	stop := x.scanner.Listen(func(data []byte, at time.Time) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, data...)
	})
	gun.Type(scan(1) + "\r" + scan(2)[:9])
	gun.Drained()
	wantHeard := scan(1) + "\r" + scan(2)[:9]
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		mu.Lock()
		got := string(heard)
		mu.Unlock()
		if got == wantHeard {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("heard %q", got)
		}
	}
	stop()
	stop()
	gun.Type(scan(2)[9:] + "\r" + scan(3) + "\r")
	x.want(scan(3)) // the rest of what was begun on the page is not charged
	x.quiet(gun)
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(heard, []byte(wantHeard)) {
		t.Errorf("heard %q after the end", heard[len(wantHeard):])
	}
}
