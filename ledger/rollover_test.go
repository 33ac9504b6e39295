package ledger

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// sellOne settles, charges and pays one sale and gives its numbers.
func sellOne(t *testing.T, b *Book, digits, code string) (SaleID, OrderNo) {
	t.Helper()
	ctx := context.Background()
	settle(t, b, digits)
	wants(t, b.Scan(ctx, Trainee, scanOf(code)), "")
	a := lastAttempt(t, b)
	began, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
	return current(t, b).ID, a.Order
}

// wantTotals compares the running totals with the sum of the day's rows.
func wantTotals(t *testing.T, b *Book) {
	t.Helper()
	b.Read(func(s *State) {
		rows, err := b.Lookup().DaySales(s.Day)
		if err != nil {
			t.Fatal(err)
		}
		if sum := SumDay(rows, s.Day); !reflect.DeepEqual(sum, s.Totals()) {
			t.Errorf("%s: the totals are %v, the rows' sum is %v", s.Day, s.Totals(), sum)
		}
	})
}

// TestSaleBelongsToTheDayOfItsPayment: keyed before midnight, paid after it.
func TestSaleBelongsToTheDayOfItsPayment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		defer b.Close("test")
		midnight := time.Now().In(Shanghai).Truncate(24 * time.Hour).Add(16 * time.Hour) // of Shanghai, in UTC
		if midnight.Before(time.Now()) {
			midnight = midnight.Add(24 * time.Hour)
		}
		time.Sleep(time.Until(midnight.Add(-2 * time.Second)))
		before := b.Today()
		settle(t, b, "5")
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
		a := lastAttempt(t, b)
		began, err := b.Asking(ctx, a.Order, RequestPay)
		wants(t, err, "")
		time.Sleep(4 * time.Second)
		wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
		sale := current(t, b)
		if b.Today() == before || sale.Opened != before || sale.Day != b.Today() {
			t.Errorf("opened %s, belongs to %s, today %s", sale.Opened, sale.Day, b.Today())
		}
		wantTotals(t, b)
		if old, _ := b.Lookup().DaySales(before); len(SumDay(old, before)) != 0 {
			t.Error("the sale counts on two days")
		}
		id, order := sellOne(t, b, "6", alipayCode)
		if id[:6] == sale.ID[:6] || id[6:11] != "00001" || order[4:10] == a.Order[4:10] {
			t.Errorf("the counters do not start anew: %s after %s, %s after %s", id, sale.ID, order, a.Order)
		}
		wantTotals(t, b)
	})
}

// TestClockThatRunsBack: the business day stays, numbers go on, totals and rows agree, also after a restart. The clock is
// turned by the calendar's cut, which moves the day just as the clock would.
func TestClockThatRunsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory()
		b := testBook(t, store, nil)
		sales, orders := map[SaleID]bool{}, map[OrderNo]bool{}
		sell := func(code string) {
			id, order := sellOne(t, b, "5", code)
			if sales[id] || orders[order] {
				t.Errorf("a number again: %s %s", id, order)
			}
			sales[id], orders[order] = true, true
			wantTotals(t, b)
		}
		sell("130000000000000101")
		day := b.Today()
		b.Close("test")
		store = store.Reopen()
		b = testBook(t, store, func(c *BookConfig) { c.Calendar.Cut = 48 * time.Hour })
		sell("130000000000000102")
		if b.Today() != day || current(t, b).Day != day {
			t.Errorf("a day came back: %s after %s", current(t, b).Day, day)
		}
		b.Read(func(s *State) {
			if s.SaleCount != 2 || s.Totals()[0].Count != 2 {
				t.Errorf("%d sales, %v", s.SaleCount, s.Totals())
			}
		})
		b.Close("test")
		last := Day(0)
		err := store.Read(1, func(_ uint64, stored []byte) error {
			event, err := DecodeEvent(stored)
			if event.Day < last {
				t.Errorf("event %d lies on %s, after %s", event.Seq, event.Day, last)
			}
			last = event.Day
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
