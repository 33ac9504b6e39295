package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// tried is a counter that remembers what was asked of it.
type tried struct {
	tested []ledger.DeviceKind
	hushed bool
	err    error
}

func (c *tried) Test(_ context.Context, kind ledger.DeviceKind) error {
	c.tested = append(c.tested, kind)
	return c.err
}
func (c *tried) Mute(on bool)     { c.hushed = on }
func (c *tried) Pairing() Pairing { return nil }

// withDevices has a scanner and a voice that are well, a printer without paper, a display that tells nothing, and no page.
func withDevices(a *App) {
	since := noon.Add(-5 * time.Minute)
	a.scene.board.Devices = map[ledger.DeviceKind]ledger.Device{
		ledger.DeviceScanner: {State: ledger.DeviceReady, Since: since},
		ledger.DevicePrinter: {State: ledger.DeviceNoPaper, Since: since, Cause: "the printer says: no paper; 2 slips wait"},
		ledger.DeviceVoice:   {State: ledger.DeviceReady, Since: since},
		ledger.DevicePole:    {State: ledger.DeviceMute, Since: since},
	}
}

func devicePictures() []picture {
	page := func(set func(*App, *devicesScreen)) func(*App) {
		return func(a *App) {
			withDevices(a)
			d := &devicesScreen{at: 1}
			a.push(d)
			set(a, d)
		}
	}
	return []picture{
		{"devices", page(func(*App, *devicesScreen) {})},
		{"a device is tested", page(func(_ *App, d *devicesScreen) { d.testing = ledger.DevicePrinter })},
		{"a device was tested", page(func(a *App, d *devicesScreen) {
			d.tested, d.says = ledger.DevicePrinter, a.testEnd(ledger.DevicePrinter, nil)
		})},
		{"a device fails its test", page(func(a *App, d *devicesScreen) {
			d.tested, d.says = ledger.DevicePrinter, a.testEnd(ledger.DevicePrinter, errors.New("the printer says: no paper"))
		})},
		{"the voice is off", page(func(a *App, _ *devicesScreen) { a.scene.board.Hushed = true })},
		{"a printer without paper", func(a *App) {
			withSale(nil, ledger.Paid)(a)
			withDevices(a)
		}},
	}
}

// TestDevicesAreTested: Enter tests the chosen one, once at a time, what is not there is not tested, and the voice is switched off and on.
func TestDevicesAreTested(t *testing.T) {
	a := drawnApp(t, assets.En, false, 80, 24)
	c := &tried{}
	a.counter, a.scene = c, baseScene()
	withDevices(a)
	d := &devicesScreen{}
	a.push(d)
	run := func(cmd tea.Cmd) {
		if cmd != nil {
			d.hear(a, cmd())
		}
	}
	d.act(a, actEnter)
	if _, ok := a.top().(*pairScreen); !ok {
		t.Errorf("Enter on the scanner opens %T", a.top())
	}
	a.pop()
	d.act(a, actDown)
	first := d.act(a, actEnter)
	if d.act(a, actEnter) != nil {
		t.Error("two tests at once")
	}
	run(first)
	if len(c.tested) != 1 || c.tested[0] != ledger.DevicePrinter || !strings.Contains(d.says, "was sent") {
		t.Errorf("tested %v, says %q", c.tested, d.says)
	}
	c.err = errors.New("a \x1b[2Jcause")
	run(d.act(a, actEnter))
	if !strings.Contains(d.says, "cause") || strings.Contains(d.says, "\x1b") {
		t.Errorf("says %q", d.says)
	}
	for range 3 {
		d.act(a, actDown)
	}
	if d.act(a, actEnter) != nil || len(c.tested) != 2 {
		t.Errorf("a page that is not there was tested: %v", c.tested)
	}
	d.act(a, actMute)
	if !c.hushed || !a.scene.board.Hushed {
		t.Error("the voice is not off")
	}
	d.act(a, actMute)
	if c.hushed || a.scene.board.Hushed {
		t.Error("the voice is not on")
	}
}

// TestPrintAgain: a copy is an event with its number; without a printer there is none.
func TestPrintAgain(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("8", "m", "enter")
		r.sees("PAID")
		r.key("=")
		r.sees("no printer")
		r.book.Board().Post(func(v *ledger.BoardView) {
			v.Devices[ledger.DevicePrinter] = ledger.Device{State: ledger.DeviceReady}
		})
		r.sleep(time.Second)
		r.key("=")
		r.sees("Copy 1 goes to the printer")
		r.key("=")
		r.sees("Copy 2 goes to the printer")
		sale, _ := r.sale()
		if sale.Copies != 2 {
			t.Errorf("%d copies", sale.Copies)
		}
	})
}

// TestPrintAgainOfAnEarlierSale: from its story, once another sale has taken the screen.
func TestPrintAgainOfAnEarlierSale(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.book.Board().Post(func(v *ledger.BoardView) {
			v.Devices[ledger.DevicePrinter] = ledger.Device{State: ledger.DeviceNoPaper}
		})
		paid := r.pay("12.5", "130000000000000007")
		r.key("8", "m", "enter")
		r.sleep(time.Second)
		r.key("d", "down", "enter")
		r.sees(string(paid.Order))
		r.key("=")
		r.sees("Copy 1 waits for the printer")
		sale, _, err := r.book.Lookup().SaleOf(paid.Order)
		if err != nil || sale.Copies != 1 {
			t.Errorf("%d copies, %v", sale.Copies, err)
		}
	})
}
