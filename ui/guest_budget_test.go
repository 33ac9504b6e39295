package ui

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"guitai/assets"
	"guitai/ledger"
)

// TestBytesOfAVisit: what a visitor's line is sent at 120×40 while the cashier keys, while nothing happens, and for the day's page.
func TestBytesOfAVisit(t *testing.T) {
	hub := &Hub{}
	withRobotOn(t, ledger.NewMemory(), Config{Lang: assets.Zh}, func(_ *ledger.BookConfig, o *Options) { o.Hub = hub }, func(r *robot) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		for i := range 60 {
			r.key("8", "enter")
			if err := r.scan(fmt.Sprintf("1300000000000%05d", i)); err != nil {
				t.Fatal(err)
			}
			r.asked(ledger.RequestPay)
			r.answered(ledger.RequestPay, ledger.ClassPaid, nil)
		}
		r.send(sizeMsg(120, 40))
		c := comesIn(t, ctx, r, hub, ledger.RoleSupervisor)
		c.send(sizeMsg(120, 40))
		far := newCanvas("xterm-kitty", colorprofile.ANSI256)
		show := func() int {
			hub.publish(&shot{turn: hub.turn(), shows: showsScreen, text: r.app.frame(), width: 120, height: 40})
			time.Sleep(time.Second)
			r.pump()
			c.pump()
			return len(far.paint(nil, c.v.View().Content, 120, 40, false))
		}
		within := func(what string, most int, do func()) {
			t.Helper()
			do()
			bytes := show()
			if t.Logf("%-24s %5d bytes of %d", what, bytes, most); bytes > most {
				t.Errorf("%s: %d bytes of %d", what, bytes, most)
			}
		}
		within("menu", 5_000, func() {})
		within("the day", 4_000, func() { c.key("3") })
		within("its next page", 4_000, func() { c.key("pgdown") })
		within("the cashier's screen", 5_000, func() { c.key("esc", "1") })
		within("a first digit", 5_000, func() { r.key("1") })
		for _, digit := range []string{"2", "8", ".", "5", "0"} {
			within("digit "+digit, 300, func() { r.key(digit) })
		}
		for range 3 {
			within("an idle second", 120, func() {})
		}
		cancel()
		c.v.looked()
		time.Sleep(2 * healthEvery)
	})
}
