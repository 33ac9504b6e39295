package ui

import (
	"context"
	"strings"
	"testing"

	"guitai/assets"
	"guitai/ledger"
)

// TestAskingReadsBesideTheScreen: what can be asked about is read by commands, and no list is drawn before it has come.
func TestAskingReadsBesideTheScreen(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		r.key("8", "enter")
		sale, _ := r.sale()
		if err := r.book.Tender(ctx, ledger.Trainee, ledger.TenderWish{Sale: sale.ID, Kind: ledger.Cash}); err != nil {
			t.Fatal(err)
		}
		c := comesIn(t, ctx, r, nil, ledger.RoleSupport)
		c.key("5", "down", "enter")
		c.sees("Which sale of today?", sale.ID.Tail())
		c.key(sale.ID.Tail()[:2], "enter")
		c.sees("print the receipt of sale " + sale.ID.Tail())
		if c.v.sight() != sightAsk {
			t.Errorf("the counter is told %q", c.v.sight())
		}
		c.key("f11")
		c.sees("Talk with the counter")
		c.key("esc", "esc", "up", "enter")
		c.sees("The till works on no payment now.")
		cancel()
	})
}

// TestSupportIsShownNoAmounts where it picks a sale.
func TestSupportIsShownNoAmounts(t *testing.T) {
	all := []ledger.Row{{Settled: true, Amount: ledger.Fen(800), Returned: ledger.Fen(500)}, {Amount: ledger.Fen(100)}}
	a := drawnApp(t, assets.En, false, 80, 24)
	asGuest(a, ledger.RoleSupport)
	s := &askScreen{step: askSale, rows: printable(all), stop: func() {}}
	s.narrow()
	a.push(s)
	if frame := a.frame(); len(s.fits) != 1 || strings.Contains(frame, "¥") || strings.Contains(frame, "5.00") {
		t.Errorf("%d sales:\n%s", len(s.fits), frame)
	}
	if all[0].Returned != ledger.Fen(500) {
		t.Error("the day's own rows are another's")
	}
}
