package hardware

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/hardware/hwtest"
)

// press is a Printer that runs, and what it reports.
type press struct {
	*device
	printer *Printer
	last    Status
}

// startPrinter runs a printer with its spool in dir until stop, or the end of the test.
func startPrinter(t testing.TB, cfg PrinterConfig, dir string) *press {
	t.Helper()
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	x := &press{device: newDevice(t)}
	x.printer = NewPrinter(cfg, desk, assets.En, dir, x.report)
	x.runs(x.printer.Run, func() {}) // its fake comes and goes, and the tests run side by side
	return x
}

// await waits for a status.
func (x *press) await(what string, is func(Status) bool) Status {
	x.t.Helper()
	if is(x.last) {
		return x.last
	}
	for end := time.After(3 * patience); ; {
		select {
		case x.last = <-x.statuses:
			if is(x.last) {
				return x.last
			}
		case <-end:
			x.t.Fatalf("never %s; at last %v: %s", what, x.last.State, x.last.Detail)
		}
	}
}

func (x *press) awaitState(s State) Status {
	x.t.Helper()
	return x.await(s.String(), func(is Status) bool { return is.State == s })
}

func (x *press) awaitIdle() Status {
	x.t.Helper()
	return x.await("idle", func(s Status) bool {
		return s.Waiting == 0 && (s.State == Open || s.State == Mute || s.State == PaperLow)
	})
}

// numbered is a short slip that tells which it is.
func numbered(n int) Slip {
	slip := Slip{Kind: SlipPayment, Shop: "Shop", Till: "T1", Mode: "production", Time: noon, Sale: fmt.Sprintf("S%06d", n), Tail: "0427", Order: orderNo, Amount: 1250}
	slip.Parts = []SlipPart{{Channel: "wechat", Way: 1, Order: orderNo, Amount: 1250}}
	return slip
}

// has reports whether text stands on a slip.
func has(slip hwtest.Paper, text string) bool {
	for _, item := range slip.Items {
		if item.Kind == hwtest.Text && strings.Contains(item.Text, text) {
			return true
		}
	}
	return false
}

func marked(slip hwtest.Paper) bool { return has(slip, assets.For(assets.En).Slip.Twice) }

// whole reports whether the slip is all there.
func whole(slip hwtest.Paper) bool {
	return slip.Count(hwtest.Cut) == 1 && has(slip, assets.For(assets.En).Slip.Keep[:10])
}

// printers runs f on every kind of way.
func printers(t *testing.T, f func(t *testing.T, p *hwtest.Printer, cfg PrinterConfig)) {
	t.Parallel()
	t.Run("tcp", func(t *testing.T) {
		t.Parallel()
		p := hwtest.NewPrinter(t)
		f(t, p, PrinterConfig{To: p.To(), Drawer: "1"})
	})
	t.Run("serial", func(t *testing.T) {
		t.Parallel()
		p := hwtest.NewSerialPrinter(t)
		f(t, p, PrinterConfig{To: p.To(), Baud: 115200, Drawer: "1"})
	})
	t.Run("usb", func(t *testing.T) {
		t.Parallel()
		p := hwtest.NewSerialPrinter(t)
		f(t, p, PrinterConfig{To: p.ToUSB(), Drawer: "1"})
	})
}

func TestPrintsEachOnce(t *testing.T) {
	printers(t, func(t *testing.T, p *hwtest.Printer, cfg PrinterConfig) {
		dir := t.TempDir()
		x := startPrinter(t, cfg, dir)
		for n := 1; n <= 3; n++ {
			x.printer.Print(uint64(n), fmt.Sprint("customer ", n), numbered(n))
			x.printer.Print(uint64(n), fmt.Sprint("merchant ", n), numbered(n))
			x.printer.Print(uint64(n), fmt.Sprint("customer ", n), numbered(n))
		}
		p.WaitCuts(6)
		x.awaitIdle()
		if got := x.printer.Cursor(); got != 3 {
			t.Errorf("the cursor is %d", got)
		}
		x.stop()
		x = startPrinter(t, cfg, dir) // the caller gives its last events again
		for n := 2; n <= 4; n++ {
			x.printer.Print(uint64(n), fmt.Sprint("customer ", n), numbered(n))
			x.printer.Print(uint64(n), fmt.Sprint("merchant ", n), numbered(n))
		}
		p.WaitCuts(8)
		x.awaitIdle()
		x.stop()
		slips := p.Paper().Slips()
		if len(slips) != 8 || len(p.Paper().Faults) > 0 {
			t.Errorf("%d slips, %v", len(slips), p.Paper().Faults)
		}
		for i, slip := range slips {
			if !whole(slip) || marked(slip) || !has(slip, fmt.Sprintf("S%06d", i/2+1)) {
				t.Errorf("slip %d:\n%s", i, slip.Text(32))
			}
		}
	})
}

// TestPaperOutInTheMiddle: what has not come out whole comes again from its start, as a copy; what follows is unmarked.
func TestPaperOutInTheMiddle(t *testing.T) {
	printers(t, func(t *testing.T, p *hwtest.Printer, cfg PrinterConfig) {
		x := startPrinter(t, cfg, t.TempDir())
		x.awaitIdle()
		p.PaperOutAfter(200)
		x.printer.Print(1, "1", numbered(1))
		x.printer.Print(2, "2", numbered(2))
		x.awaitState(PaperOut)
		if p.Paper().Count(hwtest.Cut) != 0 {
			t.Fatal("the slip came out whole")
		}
		p.PowerCycle() // with the cover open the roll is changed, and the printer forgets what it had
		if cfg.To != p.To() || strings.HasPrefix(cfg.To, "serial") {
			p.Unplug() // a power cycle ends the line of a device
			p.Plug()
		}
		p.PaperBack()
		p.WaitCuts(2)
		x.awaitIdle()
		slips := p.Paper().Slips()
		if len(slips) != 2 || !marked(slips[0]) || !whole(slips[0]) || marked(slips[1]) || !has(slips[1], "S000002") {
			t.Errorf("slips:\n%s", p.Paper().Text(32))
		}
		if faults := p.Paper().Faults; len(faults) > 0 {
			t.Error(faults)
		}
	})
}

// TestABufferThatIsKept: the printer goes on with what it had when the paper is back, and the copy after it is marked.
func TestABufferThatIsKept(t *testing.T) {
	t.Parallel()
	p := hwtest.NewPrinter(t)
	x := startPrinter(t, PrinterConfig{To: p.To()}, t.TempDir())
	x.awaitIdle()
	p.PaperOutAfter(200)
	x.printer.Print(1, "1", numbered(1))
	x.awaitState(PaperOut)
	p.PaperBack()
	p.WaitCuts(2)
	x.awaitIdle()
	slips := p.Paper().Slips()
	if len(slips) != 2 || marked(slips[0]) || !marked(slips[1]) || len(p.Paper().Faults) > 0 {
		t.Errorf("%v\n%s", p.Paper().Faults, p.Paper().Text(32))
	}
}

// TestNothingLeft: a slip of which not a byte has left is no copy later.
func TestNothingLeft(t *testing.T) {
	printers(t, func(t *testing.T, p *hwtest.Printer, cfg PrinterConfig) {
		p.PaperOutAfter(0)
		dir := t.TempDir()
		x := startPrinter(t, cfg, dir)
		x.printer.Print(1, "1", numbered(1))
		if s := x.await("a slip waits", func(s Status) bool { return s.Waiting == 1 }); s.State != PaperOut {
			t.Errorf("%v with a slip waiting", s.State)
		}
		x.stop()
		x = startPrinter(t, cfg, dir)
		x.await("a slip waits", func(s Status) bool { return s.Waiting == 1 && s.State == PaperOut })
		p.PaperBack()
		p.WaitCuts(1)
		x.awaitIdle()
		if slips := p.Paper().Slips(); len(slips) != 1 || marked(slips[0]) || !whole(slips[0]) {
			t.Errorf("slips:\n%s", p.Paper().Text(32))
		}
	})
}

// TestStates: what the printer tells is what is reported, and a printer that does not talk prints.
func TestStates(t *testing.T) {
	printers(t, func(t *testing.T, p *hwtest.Printer, cfg PrinterConfig) {
		for _, c := range []struct {
			make, unmake func()
			state        State
			prints       bool
		}{
			{func() { p.NearEnd(true) }, func() { p.NearEnd(false) }, PaperLow, true},
			{func() { p.Cover(true) }, func() { p.Cover(false) }, CoverOpen, false},
			{func() { p.Mute(true) }, func() { p.Mute(false) }, Mute, true},
			{func() { p.NoWord(true) }, func() { p.NoWord(false) }, Open, true},
		} {
			c.make()
			before := p.Paper().Count(hwtest.Cut)
			x := startPrinter(t, cfg, t.TempDir())
			x.awaitState(c.state)
			x.printer.Print(1, "1", numbered(1))
			if !c.prints {
				x.await("a slip waits", func(s Status) bool { return s.Waiting == 1 && s.State == c.state })
				if p.Paper().Count(hwtest.Cut) != before {
					t.Errorf("%v prints", c.state)
				}
				c.unmake()
			}
			p.WaitCuts(before + 1)
			x.awaitIdle()
			x.stop()
			c.unmake()
		}
		for _, slip := range p.Paper().Slips() {
			if marked(slip) || !whole(slip) {
				t.Errorf("slip:\n%s", slip.Text(32))
			}
		}
	})
}

// TestPrinterComesAndGoes: unplugged, plugged in again, and broken off in the middle.
func TestPrinterComesAndGoes(t *testing.T) {
	printers(t, func(t *testing.T, p *hwtest.Printer, cfg PrinterConfig) {
		x := startPrinter(t, cfg, t.TempDir())
		x.awaitState(Open)
		p.Unplug()
		x.printer.Print(1, "1", numbered(1))
		x.awaitState(Absent)
		p.Plug()
		p.WaitCuts(1)
		x.awaitIdle()
		p.DropAfter(300)
		x.printer.Print(2, "2", numbered(2))
		x.await("broken off", func(s Status) bool { return s.State == Absent || s.State == Offline })
		if cfg.To != p.To() || strings.HasPrefix(cfg.To, "serial") {
			p.Unplug()
			p.Plug()
		}
		p.WaitFor("copy", func(paper hwtest.Paper) bool {
			slips := paper.Slips()
			last := slips[len(slips)-1]
			return whole(last) && marked(last)
		})
		if faults := p.Paper().Faults; len(faults) > 0 {
			t.Error(faults)
		}
	})
}

// TestDrawer: the pulse goes out at once when nothing prints, while a long job prints, while one waits for paper, and to a printer that
// comes within three seconds.
func TestDrawer(t *testing.T) {
	printers(t, func(t *testing.T, p *hwtest.Printer, cfg PrinterConfig) {
		p.ServeMany() // others have the pulse wait for the job's connection, whatever the till does
		x := startPrinter(t, cfg, t.TempDir())
		x.awaitIdle()
		pulses := 0
		kicked := func(when string) {
			t.Helper()
			pulses++
			x.printer.Kick()
			p.WaitFor("pulse "+when, func(hwtest.Paper) bool { return strings.Count(p.Taken(), string(drawerPulse(0))) >= pulses })
		}
		kicked("idle")
		long := numbered(1)
		long.Kind = SlipX
		for n := range 200 {
			long.Rows = append(long.Rows, SlipRow{"row", "1", fmt.Sprint(n)})
		}
		p.Slow(4000)
		x.printer.Print(1, "1", long)
		p.WaitFor("line", func(paper hwtest.Paper) bool { return len(paper.Items) > 10 })
		kicked("while it prints")
		if p.Paper().Count(hwtest.Cut) != 0 {
			t.Error("the pulse waited for the end of the job")
		}
		p.Slow(0)
		p.WaitCuts(1)
		x.awaitIdle()
		p.Unplug()
		x.printer.Kick()
		time.Sleep(300 * time.Millisecond) // it is tried in vain
		p.Plug()
		pulses++
		p.WaitFor("pulse after all", func(paper hwtest.Paper) bool { return paper.Count(hwtest.Pulse) >= pulses })
		p.Unplug()
		x.printer.Kick()
		x.await("dropped", func(s Status) bool { return strings.Contains(s.Detail, "the drawer was not opened") })
		p.Plug()
		kicked("again")
		p.WaitFor("every pulse", func(paper hwtest.Paper) bool { return paper.Count(hwtest.Pulse) >= pulses })
		x.awaitIdle()
		if got := p.Paper().Count(hwtest.Pulse); got != pulses || len(p.Paper().Faults) > 0 {
			t.Errorf("%d pulses instead of %d, %v", got, pulses, p.Paper().Faults)
		}
	})
}

// TestDrawerWithoutPaper: a printer that would keep the pulse in its buffer does not get it, while a job waits or none does, and the status
// says that the drawer was not opened. With paper the next one opens it.
func TestDrawerWithoutPaper(t *testing.T) {
	t.Parallel()
	p := hwtest.NewPrinter(t)
	x := startPrinter(t, PrinterConfig{To: p.To(), Drawer: "2"}, t.TempDir())
	x.awaitIdle()
	p.PaperOutAfter(100)
	x.printer.Print(1, "1", numbered(1))
	x.awaitState(PaperOut)
	x.printer.Kick()
	x.await("dropped", func(s Status) bool {
		return s.State == PaperOut && strings.Contains(s.Detail, "the drawer was not opened: the printer is out of paper")
	})
	p.PaperBack()
	x.awaitIdle()
	if strings.Contains(p.Taken(), "\x1Bp\x01") {
		t.Error("the pulse went to a printer without paper")
	}
	x.printer.Kick()
	p.WaitFor("pulse", func(paper hwtest.Paper) bool { return paper.Count(hwtest.Pulse) == 1 })
	x.await("no word of it", func(s Status) bool { return !strings.Contains(s.Detail, "drawer") })
}

func TestTestButton(t *testing.T) {
	printers(t, func(t *testing.T, p *hwtest.Printer, cfg PrinterConfig) {
		ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
		defer cancel()
		x := startPrinter(t, cfg, t.TempDir())
		if err := x.printer.Test(ctx); err != nil {
			t.Error(err)
		}
		if slips := p.Paper().Slips(); len(slips) != 1 || !has(slips[0], "rulers fill") {
			t.Errorf("slips:\n%s", p.Paper().Text(32))
		}
		p.Cover(true)
		if err := x.printer.Test(ctx); err == nil || !strings.Contains(err.Error(), "cover is open") {
			t.Errorf("with the cover open: %v", err)
		}
		p.Cover(false)
		p.Unplug()
		if err := x.printer.Test(ctx); err == nil || !strings.Contains(err.Error(), "reach the printer") {
			t.Errorf("unplugged: %v", err)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	none := NewPrinter(PrinterConfig{}, desk, assets.Zh, "", func(Status) {})
	if err := none.Test(ctx); err != ErrNoPrinter {
		t.Errorf("without a printer: %v", err)
	}
	idle := NewPrinter(PrinterConfig{To: "tcp:127.0.0.1:1"}, desk, assets.Zh, t.TempDir(), func(Status) {})
	if err := idle.Test(ctx); err == nil {
		t.Error("a printer that does not run tests well")
	}
}

// TestNoPrinter: everything may be called, nothing happens.
func TestNoPrinter(t *testing.T) {
	x := startPrinter(t, PrinterConfig{}, "/nonexistent")
	x.awaitState(Off)
	x.printer.Print(1, "1", numbered(1))
	x.printer.Skip(2)
	x.printer.Kick()
	if x.printer.Cursor() != 0 {
		t.Error("a cursor of nothing")
	}
}

// TestNothingBlocks: a printer that nobody runs, and one that is away, hold nobody up and end whole.
func TestNothingBlocks(t *testing.T) {
	gone := noneLeft(t)
	p := NewPrinter(PrinterConfig{To: "tcp:127.0.0.1:1", Drawer: "1"}, desk, assets.Zh, t.TempDir(), func(Status) {})
	for n := range 3 * maxJobs {
		p.Print(uint64(n+1), fmt.Sprint(n), numbered(n))
		p.Skip(uint64(n + 1))
		p.Kick()
	}
	if p.Cursor() != 0 {
		t.Errorf("the cursor is %d before anything is durable", p.Cursor())
	}
	x := startPrinter(t, PrinterConfig{To: "tcp:127.0.0.1:1"}, t.TempDir())
	x.awaitState(Absent)
	x.stop()
	gone()
}

func TestPrinterConfig(t *testing.T) {
	for to, want := range map[string]string{
		"": " ", "tcp:printer": "tcp printer:9100", "tcp:10.0.0.7:9101": "tcp 10.0.0.7:9101", "tcp:[::1]": "tcp [::1]:9100", "tcp:[::1]:99": "tcp [::1]:99",
		"usb:/dev/usb/lp0": "usb /dev/usb/lp0", "serial:/dev/ttyUSB0": "serial /dev/ttyUSB0",
	} {
		kind, where, err := PrinterConfig{To: to}.target()
		if err != nil || kind+" "+where != want {
			t.Errorf("%s: %s %s, %v", to, kind, where, err)
		}
	}
	for _, to := range []string{"printer", "tcp:", "tcp::9100", "tcp:host:0", "tcp:host:99999", "tcp:a b", "usb:", "lpt:1"} {
		if err := (PrinterConfig{To: to}).Check(); err == nil || !strings.HasPrefix(err.Error(), "to = ") {
			t.Errorf("%s: %v", to, err)
		}
	}
	err := PrinterConfig{Baud: 1, Columns: 40, Charset: "big5", Drawer: "3"}.Check()
	if err == nil {
		t.Fatal("no error")
	}
	for i, name := range []string{"baud", "columns", "charset", "drawer"} {
		if line := strings.Split(err.Error(), "\n")[i]; !strings.HasPrefix(line, name+" = ") {
			t.Errorf("%q does not begin with %s", line, name)
		}
	}
}

// TestNoPrinterThere: what cannot be a printer is said and named.
func TestNoPrinterThere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"usb:" + file, "serial:" + file, "usb:/nonexistent", "serial:/nonexistent", "tcp:127.0.0.1:1"} {
		x := startPrinter(t, PrinterConfig{To: to}, t.TempDir())
		if s := x.awaitState(Absent); s.Detail == "" {
			t.Errorf("%s: no detail", to)
		}
		x.stop()
	}
}
