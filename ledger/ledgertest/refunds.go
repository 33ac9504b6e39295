package ledgertest

import (
	"testing"

	"guitai/ledger"
)

// refunds: monday's sale is refunded on tuesday. It stays on monday's list, what has gone back counts on tuesday, and the sale is
// found by its order, by the channel's number, and told again from its own events.
func refunds(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	id, order, payment := pen.Payment()
	appendTo(t, store, pen.Write(t, payment...))
	_, _, next := pen.Payment()
	appendTo(t, store, pen.Write(t, next...)) // the first sale leaves the working set
	pen.Day = tuesday
	sale, ok, err := store.SaleOf(order)
	if err != nil || !ok {
		t.Fatalf("%s: %v", id, err)
	}
	number, entries := pen.Refund(sale, order, 250)
	appendTo(t, store, pen.Write(t, entries...))
	for range 2 {
		sale, _, err = store.SaleOf(order)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "back", sale.Attempt(order).Back(), int64(250))
		if other, ok, err := store.SaleOfChannelNo("4200001"); err != nil || !ok || other.Day != monday {
			t.Errorf("by the channel's number: %+v, %v, %v", other, ok, err)
		}
		if _, ok, err := store.SaleOfChannelNo("420000"); err != nil || ok {
			t.Errorf("by half a number: %v, %v", ok, err)
		}
		same(t, "monday's sales", len(daySales(t, store, monday)), 2)
		same(t, "tuesday's sales", len(daySales(t, store, tuesday)), 0)
		refunds, err := store.DayRefunds(tuesday)
		if err != nil || len(refunds) != 1 || refunds[0].Number != number || refunds[0].Sale != id || refunds[0].Amount != ledger.Fen(250) {
			t.Errorf("tuesday's refunds: %+v, %v", refunds, err)
		}
		if none, err := store.DayRefunds(monday); err != nil || len(none) != 0 {
			t.Errorf("monday's refunds: %+v, %v", none, err)
		}
		for day, want := range map[ledger.Day][]ledger.Total{
			monday:  {{Channel: ledger.WeChat, Count: 2, Amount: ledger.Fen(2500), Returned: ledger.Fen(0)}},
			tuesday: {{Channel: ledger.WeChat, Amount: ledger.Fen(0), Refunds: 1, Returned: ledger.Fen(250)}},
		} {
			totals, err := store.DayTotals(day)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "totals of "+day.String(), totals, want)
			same(t, "their definition", ledger.SumDay(daySales(t, store, monday), day), want)
		}
		story, err := ledger.Story(store, &sale)
		if err != nil || len(story) != len(payment)+len(entries)-1 {
			t.Errorf("its story has %d events, %v", len(story), err)
		}
		store = twin.Open(t)
	}
}
