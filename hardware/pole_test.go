package hardware

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/hardware/hwtest"
	"guitai/ledger"
)

// counterPole is a Pole that runs, and what it reports.
type counterPole struct {
	*device
	*Pole
}

func startPole(t testing.TB, cfg PoleConfig, set ...func(*Pole)) *counterPole {
	t.Helper()
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	x := &counterPole{device: newDevice(t)}
	x.Pole = NewPole(cfg, x.device.report)
	x.Pole.test = 300 * time.Millisecond // nobody has to walk around a counter
	for _, f := range set {
		f(x.Pole)
	}
	x.runs(x.Run, noneLeft(t))
	return x
}

var poleViews = []struct {
	v          PoleView
	lines, led string // as the glass reads
}{
	{PoleView{}, "      WELCOME\n", ""},
	{PoleView{Kind: PoleKeying, Fen: 1}, "AMOUNT          0.01\n", "0.01 [total]"},
	{PoleView{Kind: PoleDue, Fen: 1250}, "TOTAL          12.50\nPLEASE PAY", "12.50 [total]"},
	{PoleView{Kind: PoleScan, Fen: 1250}, "TOTAL          12.50\nSCAN THE QR CODE", "12.50 [total]"},
	{PoleView{Kind: PolePaid, Fen: 10050008, Tail: "0117"}, "PAID       100500.08\nTHANK YOU      #0117", "100500.08 [received]"},
	{PoleView{Kind: PolePaid, Fen: 1250}, "PAID           12.50\nTHANK YOU", "12.50 [received]"},
	{PoleView{Kind: PolePaid, Fen: 1250, Tail: "1\x1B\r中4567890123456789012345"}, "PAID           12.50\n#1???456789012345678", "12.50 [received]"},
	{PoleView{Kind: PoleFailed, Fen: 1250}, "NOT PAID       12.50\nASK THE CASHIER", "12.50 [total]"},
	{PoleView{Kind: PoleUnknown, Fen: 1250}, "CHECKING       12.50\nDO NOT PAY AGAIN", "-------- []"},
	{PoleView{Kind: PoleChange, Fen: 750}, "CHANGE          7.50\nTHANK YOU", "7.50 [change]"},
	{PoleView{Kind: PoleDue, Fen: 99_999_999}, "TOTAL      999999.99\nPLEASE PAY", "999999.99 [total]"},
	{PoleView{Kind: PoleDue, Fen: 123_456_700}, "TOTAL     1234567.00\nPLEASE PAY", "1234567 [total]"},
	{PoleView{Kind: PoleDue, Fen: ledger.MaxFen}, "TOTAL     9999999.99\nPLEASE PAY", "-------- [total]"},
	{PoleView{Kind: PoleDue, Fen: -1}, "TOTAL           ----\nPLEASE PAY", "-------- [total]"},
	{PoleView{Kind: PoleDue, Fen: 1 << 62}, "TOTAL           ----\nPLEASE PAY", "-------- [total]"},
	{PoleView{Training: true}, "TRAINING\nWELCOME", "- []"},
	{PoleView{Kind: PolePaid, Fen: 1250, Tail: "0117", Training: true}, "TRAINING       12.50\nPAID           #0117", "----12.50 [received]"},
	{PoleView{Kind: PoleUnknown, Fen: ledger.MaxFen, Training: true}, "TRAINING  9999999.99\nCHECKING", "-------- []"},
	{PoleView{Kind: PoleDue, Fen: 99_999_999, Training: true}, "TRAINING   999999.99\nTOTAL", "-------- [total]"},
	{PoleView{Kind: PoleDue, Fen: 9_999_999, Training: true}, "TRAINING    99999.99\nTOTAL", "-99999.99 [total]"},
	{PoleView{Kind: poleTest}, "TEST\n12345678901234567890", "8.8.8.8.8.8.8.8 [total]"},
	{PoleView{Kind: 99, Fen: 1250}, "CHECKING       12.50\nDO NOT PAY AGAIN", ""},
}

// TestPoleViews sends every view anew after each of its beginnings, as to a display that has refused the rest.
func TestPoleViews(t *testing.T) {
	for _, family := range poleKinds {
		for _, tc := range poleViews {
			want := tc.lines
			if family == poleLED8 {
				want = tc.led
			}
			b := poleBytes(family, tc.v)
			for _, c := range b {
				if c > '~' {
					t.Errorf("%s, %+v: byte %#x is not ASCII", family, tc.v, c)
				}
			}
			for cut := range len(b) { // the line lost the rest of another picture
				var glass hwtest.Glass
				glass.Write(b[:cut])
				glass.Write(append(poleOpening(family), b...))
				if glass.String() != want || cut == 0 && glass.Unknown != "" {
					t.Errorf("%s, %+v after %q shows\n%v\nwant\n%v\nnot understood: %q", family, tc.v, b[:cut], glass, want, glass.Unknown)
				}
			}
		}
	}
}

// TestPoleBytes holds the bytes of the makers' manuals.
func TestPoleBytes(t *testing.T) {
	due, paid := PoleView{Kind: PoleDue, Fen: 1250}, PoleView{Kind: PolePaid, Fen: 1250, Tail: "0117"}
	for _, tc := range []struct {
		family string
		v      PoleView
		want   string
	}{
		{poleLED8, PoleView{}, "\x0C\x1Bs0"},
		{poleLED8, due, "\x1Bs2\x1BQA12.50\r"},
		{poleLED8, paid, "\x1Bs3\x1BQA12.50\r"},
		{poleLED8, PoleView{Kind: PoleChange, Fen: 50}, "\x1Bs4\x1BQA0.50\r"},
		{poleCD5220, due, "\x0C\x1BQATOTAL          12.50\r\x1BQBPLEASE PAY          \r"},
		{poleCD5220, paid, "\x0C\x1BQAPAID           12.50\r\x1BQBTHANK YOU      #0117\r"},
		{poleEpson, due, "\x1F$\x01\x01TOTAL          12.50\x1F$\x01\x02PLEASE PAY          "},
	} {
		if got := string(poleBytes(tc.family, tc.v)); got != tc.want {
			t.Errorf("%s, %+v:\n%q, want\n%q", tc.family, tc.v, got, tc.want)
		}
	}
	if string(poleOpening(poleEpson)) != "\x1B@\x0C" || string(poleOpening(poleLED8)) != "\x0C" || string(poleOpening(poleCD5220)) != "\x0C" {
		t.Error("opened with other bytes")
	}
}

func TestPoleShows(t *testing.T) {
	for _, family := range poleKinds {
		pole := hwtest.NewPole(t)
		x := startPole(t, PoleConfig{Serial: pole.Path(), Kind: family, Baud: 115200}, func(p *Pole) { p.leave = time.Second }) // a busy machine's display
		if s := x.until(Open); !strings.Contains(s.Detail, pole.Path()+" at 115200 baud, 8N1, "+family) {
			t.Errorf("open as %+v", s)
		}
		reads := func(n int) string {
			if family == poleLED8 {
				return poleViews[n].led
			}
			return poleViews[n].lines
		}
		for n := range 10 {
			pole.Echo("\x06\x06OK") // some answer without being asked
			x.Show(poleViews[n].v)
			pole.Shows(reads(n))
		}
		x.stop()
		pole.Shows(reads(0)) // no amount stands where no till is
		if unknown := pole.Glass().Unknown; unknown != "" {
			t.Errorf("%s does not understand %q", family, unknown)
		}
	}
}

// TestPoleLastValueWins: on a slow line the views in between are not shown one after the other.
func TestPoleLastValueWins(t *testing.T) {
	pole := hwtest.NewPole(t)
	x := startPole(t, PoleConfig{Serial: pole.Path(), Kind: poleCD5220, Baud: 1200}) // 0.4 s a picture
	x.until(Open)
	for fen := range int64(300) {
		x.Show(PoleView{Kind: PoleKeying, Fen: fen})
		time.Sleep(time.Millisecond)
	}
	x.Show(PoleView{Kind: PolePaid, Fen: 1250, Tail: "0117"})
	pole.Shows("PAID           12.50\nTHANK YOU      #0117")
	if n := pole.Glass().Shown; n > 50 {
		t.Errorf("%d of 300 pictures were sent", n)
	}
}

func TestPoleReplugs(t *testing.T) {
	pole := hwtest.NewPole(t)
	x := startPole(t, PoleConfig{Serial: pole.Path(), Kind: poleEpson})
	x.Show(PoleView{Kind: PoleDue, Fen: 1250})
	pole.Shows("TOTAL          12.50\nPLEASE PAY")
	files := openFiles(t)
	for range 3 {
		pole.Unplug()
		x.until(Absent)
		pole.Replug()
		pole.Shows("TOTAL          12.50\nPLEASE PAY") // by itself
		x.until(Open)
	}
	pole.Unplug()
	x.until(Absent)
	x.Show(PoleView{Kind: PoleChange, Fen: 1})
	if err := tried(x.Test); err == nil {
		t.Error("tested while it is away")
	}
	pole.Replug()
	x.until(Open)
	if now := openFiles(t); now != files {
		t.Errorf("%d files are open, %d before", now, files)
	}
}

// TestPoleThatTakesNothing: the till goes on, says so, and shows the last view when the display takes bytes again.
func TestPoleThatTakesNothing(t *testing.T) {
	pole := hwtest.NewPole(t)
	x := startPole(t, PoleConfig{Serial: pole.Path(), Kind: poleCD5220, Baud: 921600})
	x.until(Open)
	pole.Stop(true)
	filling := make(chan struct{})
	go func() { // until the line is full
		defer close(filling)
		for fen := int64(0); ; fen++ {
			x.Show(PoleView{Kind: PoleKeying, Fen: fen})
			select {
			case s := <-x.statuses:
				if s.State == Failed && strings.Contains(s.Detail, "does not take data") {
					return
				}
				t.Errorf("full as %+v", s)
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	select {
	case <-filling:
	case <-time.After(4 * patience):
		t.Fatal("the line never fills")
	}
	if err := tried(x.Test); err == nil || !strings.Contains(err.Error(), "does not take data") {
		t.Errorf("tested: %v", err)
	}
	x.Show(PoleView{Kind: PolePaid, Fen: 1250, Tail: "0117"})
	pole.Stop(false)
	pole.Shows("PAID           12.50\nTHANK YOU      #0117")
	x.until(Open)
}

func TestPoleTest(t *testing.T) {
	pole := hwtest.NewPole(t)
	x := startPole(t, PoleConfig{Serial: pole.Path(), Kind: poleLED8})
	x.Show(PoleView{Kind: PoleDue, Fen: 1250})
	pole.Shows("12.50 [total]")
	if err := tried(x.Test); err != nil {
		t.Error(err)
	}
	pole.Showed("8.8.8.8.8.8.8.8 [total]")
	pole.Shows("12.50 [total]") // by itself, after a while
}

func TestPoleForbiddenAndMissing(t *testing.T) {
	x := startPole(t, PoleConfig{Serial: filepath.Join(t.TempDir(), "missing"), Kind: poleLED8})
	if s := x.until(Absent); !strings.Contains(s.Detail, "no such file") {
		t.Errorf("missing as %+v", s)
	}
	off := startPole(t, PoleConfig{})
	off.until(Off)
	off.Show(PoleView{Kind: PoleDue})
	if err := tried(off.Test); err == nil {
		t.Error("tested a display that there is not")
	}
	pole := hwtest.NewPole(t)
	pole.Chmod(0)
	var mu sync.Mutex
	var last Status
	p := NewPole(PoleConfig{Serial: pole.Path(), Kind: poleLED8}, func(s Status) { mu.Lock(); last = s; mu.Unlock() })
	for range 2 {
		p.publish(p.noPort(fmt.Errorf("open: %w", os.ErrPermission)))
		p.refused = p.refused.Add(-permissionGrace)
	}
	if last.State != NoPermission || !strings.Contains(last.Detail, "dialout") {
		t.Errorf("forbidden as %+v", last)
	}
}

func TestPoleConfigCheck(t *testing.T) {
	for _, tc := range []struct {
		cfg  PoleConfig
		want []string
	}{
		{PoleConfig{}, nil},
		{PoleConfig{Serial: "/dev/ttyUSB0", Kind: "led8", Baud: 2400}, nil},
		{PoleConfig{Serial: "/dev/ttyUSB0"}, []string{"kind"}},
		{PoleConfig{Serial: "a\x00", Kind: "dsp800", Baud: 2401}, []string{"serial", "baud", "kind"}},
	} {
		wantsLines(t, tc.cfg.Check(), tc.want)
	}
	if (PoleConfig{Kind: poleLED8}).baud() != 2400 || (PoleConfig{Kind: poleEpson}).baud() != 9600 || (PoleConfig{Kind: poleLED8, Baud: 1200}).baud() != 1200 {
		t.Error("other speeds")
	}
}

// TestPoleBesideEverything lets the race detector look at all parties at once.
func TestPoleBesideEverything(t *testing.T) {
	pole := hwtest.NewPole(t)
	x := startPole(t, PoleConfig{Serial: pole.Path(), Kind: poleEpson, Baud: 921600})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for fen := range int64(200) {
				x.Show(PoleView{Kind: PoleKeying, Fen: fen})
				ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
				_ = x.Test(ctx)
				cancel()
			}
		})
	}
	pole.Unplug()
	pole.Replug()
	wg.Wait()
	x.Show(PoleView{Kind: PoleDue, Fen: 1250})
	pole.Shows("TOTAL          12.50\nPLEASE PAY")
}
