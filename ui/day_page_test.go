package ui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// cashSales sells so many times for ¥1.00 each, by the Book alone.
func (r *robot) cashSales(n int) {
	r.t.Helper()
	ctx := r.t.Context()
	for range n {
		for _, key := range "1" {
			r.book.Key(key)
		}
		err := r.book.Settle(ctx, r.app.actor, false)
		if sale, ok := r.sale(); err == nil && ok {
			err = r.book.Tender(ctx, r.app.actor, ledger.TenderWish{Sale: sale.ID, Kind: ledger.Cash})
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
	r.pump()
}

// step runs one command to its message and takes it, and nothing that follows.
func (r *robot) step(cmd tea.Cmd) (next tea.Cmd) {
	r.t.Helper()
	if cmd == nil {
		r.t.Fatal("nothing is on its way")
	}
	return r.app.update(cmd())
}

// TestTheFirstPageOfADayComesFirst: the newest sales are on the screen before the day is read; until it is, no sum is told, no count,
// and not that nothing fits. The chosen row stays chosen.
func TestTheFirstPageOfADayComesFirst(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.cashSales(dayPage + 7)
		r.pay("20", wechatPay)
		for _, turned := range []bool{false, true} {
			var cmd tea.Cmd
			if turned { // to a day, and back to this one
				d := r.app.top().(*dayScreen)
				d.turn(r.app, shift(d.shown(r.app), -1))
				d.reading = false
				cmd = d.turnTo(r.app, runningDay(r.book))
			} else {
				cmd = r.app.update(keyMsg("f10"))
			}
			r.sees("Reading…")
			cmd = r.step(cmd)
			d := r.app.top().(*dayScreen)
			if len(d.items) != dayPage || !d.begun {
				t.Fatalf("%d rows, begun %v", len(d.items), d.begun)
			}
			r.sees("20.00", "1.00", "Reading…", "…")
			r.seesNot(" for ¥", "total", " of 5")
			d.act(r.app, actDown)
			chosen := d.pick.key
			for _, char := range "99-" {
				d.typed(r.app, char)
			}
			r.sees("Only: 99-_", "Reading…")
			r.seesNot("No sale fits")
			r.step(cmd)
			r.sees("0 of 58", "No sale fits", "total 0 for")
			d.stepBack(r.app)
			r.sees("Cash 57 for ¥57.00", "total 58 for ¥77.00")
			if len(d.items) != dayPage+8 || d.keys()[d.pick.at] == "" || turned && chosen == "" {
				t.Fatalf("%d rows", len(d.items))
			}
		}
	})
}

// TestADayShorterThanAPageIsReadAtOnce.
func TestADayShorterThanAPageIsReadAtOnce(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.cashSales(3)
		r.step(r.app.update(keyMsg("f10")))
		if d := r.app.top().(*dayScreen); d.begun || len(d.items) != 3 || !strings.Contains(r.frame(), "total 3 for ¥3.00") {
			t.Fatalf("%+v\n%s", d.items, r.frame())
		}
	})
}
