package ledgertest

import (
	"testing"

	"guitai/ledger"
)

// statements: what a statement has confirmed of a sale is found with the sale, wherever it is looked up, and what does not agree with the
// statement. Both are there after the next opening, too.
func statements(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	var ids []ledger.SaleID
	var orders []ledger.OrderNo
	for range 3 {
		id, order, payment := pen.Payment()
		appendTo(t, store, pen.Write(t, payment...))
		ids, orders = append(ids, id), append(orders, order)
	}
	key := ledger.StatementKey{Channel: ledger.WeChat, Day: monday, Kind: ledger.StatementTrades}
	match := func(i int) ledger.StatementMatch {
		return ledger.StatementMatch{Sale: ids[i], Number: string(orders[i]), Kind: ledger.RowTrade, Source: ledger.SourceFetched, Day: monday, Line: uint64(i + 1),
			Amount: 1250, Fee: 8, Booked: monday}
	}
	differs := ledger.Difference{Why: ledger.NoteStatementUnknown, Kind: ledger.RowTrade, Order: "WEB1", Theirs: ledger.Fen(100), Line: 9}
	appendTo(t, store, pen.Write(t,
		Entry{Body: &ledger.StatementTaken{Key: key, Source: ledger.SourceFetched, Rows: 3}},
		Entry{Body: &ledger.StatementMatched{Key: key, Source: ledger.SourceFetched, Rows: []ledger.StatementMatch{match(0), match(2)}}},
		Entry{Body: &ledger.StatementDiffered{Key: key, Source: ledger.SourceFetched, Difference: differs}},
	))
	differs.Event = pen.State.Head.Seq
	want := []ledger.StatementSource{ledger.SourceFetched, 0, ledger.SourceFetched}
	for range 2 {
		of, err := store.SalesOf(append(orders, "T1"))
		if err != nil || len(of) != 4 || of[3] != nil {
			t.Fatalf("by their orders: %v, %v", of, err)
		}
		on, err := store.SalesOn(monday, ids)
		if err != nil {
			t.Fatal(err)
		}
		if none, err := store.SalesOn(tuesday, ids); err != nil || none[0] != nil {
			t.Errorf("on another day: %v, %v", none[0], err)
		}
		rows, err := store.DayRows(monday, 0)
		if err != nil {
			t.Fatal(err)
		}
		last, err := store.DayRows(monday, 1)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "the last row", last[0].Confirmed, want[2])
		for i, sale := range daySales(t, store, monday) {
			one, _, err := store.SaleOf(orders[i])
			if err != nil {
				t.Fatal(err)
			}
			for name, got := range map[string]ledger.StatementSource{
				"a day's sale": sale.Paid().Confirmed, "a day's row": rows[i].Confirmed, "one of many orders": of[i].Paid().Confirmed,
				"one of many sales": on[i].Paid().Confirmed, "one order": one.Paid().Confirmed,
			} {
				if got != want[i] {
					t.Errorf("%s %d: confirmed by %d, want %d", name, i, got, want[i])
				}
			}
		}
		found, err := store.DayDifferences(key)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "what does not agree", found, []ledger.Difference{differs})
		key := key
		key.Day = tuesday
		if none, err := store.DayDifferences(key); err != nil || len(none) != 0 {
			t.Errorf("another day's: %v, %v", none, err)
		}
		store = twin.Open(t)
	}
}
