package ledgertest

import (
	"testing"

	"guitai/ledger"
)

// tenders: a sale is paid in part on monday, settled on tuesday, and all its cash goes back on tuesday. Each part counts on its own
// day, the sale stands on tuesday's list, and it is found by its own number.
func tenders(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	id, opened := pen.Sale()
	part := Entry{Body: &ledger.TenderTaken{Sale: id, By: ledger.Cash, Amount: ledger.Fen(250), Given: ledger.Fen(500), Change: ledger.Fen(250)}}
	appendTo(t, store, pen.Write(t, opened, part, Entry{Body: &ledger.SaleHeld{Sale: id}}))
	first := pen.State.Sale(id).Tenders[0].ID
	pen.Day = tuesday
	appendTo(t, store, pen.Write(t, Entry{Body: &ledger.SaleResumed{Sale: id}},
		Entry{Body: &ledger.TenderTaken{Sale: id, By: ledger.CardSlip, Amount: ledger.Fen(1000), Number: "4217"}}))
	_, _, next := pen.Payment()
	appendTo(t, store, pen.Write(t, next...)) // the sale leaves the working set
	sale, ok, err := store.SaleOf(ledger.OrderNo(id))
	if err != nil || !ok {
		t.Fatalf("%s: %v", id, err)
	}
	appendTo(t, store, pen.Write(t, Entry{Body: &ledger.SaleRecalled{Sale: sale}},
		Entry{Body: &ledger.TenderReturned{Sale: id, Tender: first, By: ledger.Cash, Amount: ledger.Fen(250), Why: "test"}}))
	for range 2 {
		if sale, ok, err = store.SaleOf(ledger.OrderNo(id)); err != nil || !ok {
			t.Fatalf("%s: %v", id, err)
		}
		same(t, "kept", sale.Kept(), int64(1000))
		same(t, "monday's sales", len(daySales(t, store, monday)), 0)
		same(t, "tuesday's sales", len(daySales(t, store, tuesday)), 2)
		for day, want := range map[ledger.Day][]ledger.Total{
			monday: {{Tender: ledger.Cash, Count: 1, Amount: ledger.Fen(250), Returned: ledger.Fen(0)}},
			tuesday: {{Channel: ledger.WeChat, Count: 1, Amount: ledger.Fen(1250), Returned: ledger.Fen(0)},
				{Tender: ledger.Cash, Amount: ledger.Fen(0), Refunds: 1, Returned: ledger.Fen(250)},
				{Tender: ledger.CardSlip, Count: 1, Amount: ledger.Fen(1000), Returned: ledger.Fen(0)}},
		} {
			totals, err := store.DayTotals(day)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := store.DayRows(day, 0)
			if err != nil {
				t.Fatal(err)
			}
			beside, err := store.DayRefunds(day)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "totals of "+day.String(), totals, want)
			same(t, "the sum of what its list shows", ledger.SumRows(rows, beside), want)
			same(t, "their definition", ledger.SumDay(daySales(t, store, tuesday), day), want)
		}
		if story, err := ledger.Story(store, &sale); err != nil || len(story) != 6 {
			t.Errorf("its story has %d events, %v", len(story), err)
		}
		store = twin.Open(t)
	}
}
