package ledgertest

import (
	"sync"
	"testing"

	"guitai/ledger"
)

func dayOrder(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	var want []ledger.Sale
	for range 12 {
		id, _, payment := pen.Payment()
		batch := pen.Write(t, payment...)
		appendTo(t, store, batch)
		sale := pen.State.Sale(id)
		want = append(want, decoded(t, sale))
	}
	pen.Day = tuesday
	_, _, payment := pen.Payment()
	appendTo(t, store, pen.Write(t, payment...))
	for range 2 {
		got, err := store.DaySales(monday)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "monday", got, want)
		same(t, "tuesday", len(daySales(t, store, tuesday)), 1)
		same(t, "sunday", len(daySales(t, store, monday-1)), 0)
		store = twin.Open(t)
	}
}

// decoded gives a sale as a row brings it back.
func decoded(t *testing.T, sale *ledger.Sale) ledger.Sale {
	t.Helper()
	row, err := ledger.DecodeSale(sale.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func daySales(t *testing.T, store ledger.Store, day ledger.Day) []ledger.Sale {
	t.Helper()
	sales, err := store.DaySales(day)
	if err != nil {
		t.Fatal(err)
	}
	return sales
}

// dayRows: rows say what their sales say, for every end a sale can have, and the last so many are the last so many.
func dayRows(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	for i := range 25 {
		id, opened := pen.Sale()
		entries := []Entry{opened}
		if i%5 > 0 {
			order, attempt := pen.Attempt(id)
			entries = append(entries, attempt)
			if i%5 > 1 {
				entries = append(entries, pen.Asked(order))
			}
			if i%5 > 2 {
				entries = append(entries, pen.Answered(order, map[int]ledger.AttemptState{3: ledger.Paid, 4: ledger.Refused}[i%5]))
			}
		}
		appendTo(t, store, pen.Write(t, entries...))
	}
	for range 2 {
		sales := daySales(t, store, monday)
		var want []ledger.Row
		for i := range sales {
			want = append(want, ledger.RowOf(&sales[i]))
		}
		for _, last := range []int{0, 1, 7, 25, 26} {
			rows, err := store.DayRows(monday, last)
			if err != nil {
				t.Fatal(err)
			}
			from := 0
			if last > 0 {
				from = max(0, len(want)-last)
			}
			same(t, "rows", rows, want[from:])
		}
		rows, err := store.DayRows(tuesday, 0)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "tuesday", len(rows), 0)
		rows, err = store.DayRows(monday, 0)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "totals", ledger.SumRows(rows, nil), ledger.SumDay(sales, monday))
		totals, err := store.DayTotals(monday)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "totals kept", totals, ledger.SumDay(sales, monday))
		store = twin.Open(t)
	}
}

// dayMoves: a sale keyed on monday and paid on tuesday is only on tuesday's list, and its order still finds it.
func dayMoves(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	id, opened := pen.Sale()
	order, attempt := pen.Attempt(id)
	appendTo(t, store, pen.Write(t, opened, attempt, pen.Asked(order)))
	same(t, "monday before", len(daySales(t, store, monday)), 1)
	pen.Day = tuesday
	appendTo(t, store, pen.Write(t, pen.Answered(order, ledger.Paid)))
	for range 2 {
		same(t, "monday", len(daySales(t, store, monday)), 0)
		if rows, err := store.DayRows(monday, 0); err != nil || len(rows) != 0 {
			t.Fatalf("monday's rows: %+v, %v", rows, err)
		}
		moved := daySales(t, store, tuesday)
		if len(moved) != 1 || moved[0].ID != id || moved[0].Paid() == nil || moved[0].Opened != monday {
			t.Fatalf("tuesday: %+v", moved)
		}
		found, ok, err := store.SaleOf(order)
		if err != nil || !ok {
			t.Fatalf("the order is lost: %v", err)
		}
		same(t, "by order", found, moved[0])
		same(t, "totals", ledger.SumDay(moved, tuesday), pen.State.Totals())
		totals, err := store.DayTotals(tuesday)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "totals kept", totals, pen.State.Totals())
		store = twin.Open(t)
	}
}

func saleOf(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	id, opened := pen.Sale()
	first, attempt := pen.Attempt(id)
	appendTo(t, store, pen.Write(t, opened, attempt, pen.Asked(first), pen.Answered(first, ledger.Refused)))
	second, attempt := pen.Attempt(id)
	appendTo(t, store, pen.Write(t, attempt))
	for range 2 {
		for _, order := range []ledger.OrderNo{first, second} {
			sale, ok, err := store.SaleOf(order)
			if err != nil || !ok || sale.ID != id || len(sale.Attempts) != 2 || sale.Attempt(order) == nil {
				t.Fatalf("order %s: %v %v %+v", order, ok, err, sale)
			}
		}
		if _, ok, err := store.SaleOf(second + "X"); ok || err != nil {
			t.Fatalf("an order that only begins alike is found: %v %v", ok, err)
		}
		store = twin.Open(t)
	}
}

// readersDuringAppends: every look is at whole batches.
func readersDuringAppends(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	const batches = 60
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for before := 0; ; {
				sales, err := store.DaySales(monday)
				if err != nil || len(sales) < before {
					t.Errorf("the day has %d sales after %d: %v", len(sales), before, err)
					return
				}
				before = len(sales)
				count := 0
				err = store.Read(1, func(uint64, []byte) error { count++; return nil })
				if err != nil || count%4 != 0 || count/4 < before {
					t.Errorf("%d events with %d sales: %v", count, before, err)
					return
				}
				for i := range sales {
					if _, ok, err := store.SaleOf(sales[i].Attempts[0].Order); !ok || err != nil {
						t.Errorf("the order of a listed sale: %v %v", ok, err)
						return
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range batches {
		_, _, payment := pen.Payment()
		appendTo(t, store, pen.Write(t, payment...))
	}
	close(done)
	readers.Wait()
	same(t, "sales", len(daySales(t, store, monday)), batches)
}
