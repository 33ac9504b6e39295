package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// longDrawer works at the drawer, with sales and Z reports in between. It goes on whatever is refused.
func longDrawer(b *Book) {
	ctx := context.Background()
	z := func() {
		_, _ = b.XReport(ctx, supervisor, nil)
		_, _ = b.CloseDay(ctx, supervisor, DayWish{Last: zOf(b)})
	}
	shift := func(float int64) {
		number, _ := b.OpenShift(ctx, Trainee, Fen(float))
		_ = b.MoveCash(ctx, Trainee, CashWish{Shift: number, In: true, Amount: Fen(500), Why: "change"})
		_ = b.OpenDrawer(ctx, Trainee, DrawerWish{Why: "stuck"})
		_ = b.CountCash(ctx, Trainee, number, piecesOf(float))
		_ = b.CountCash(ctx, Trainee, number, piecesOf(float+490))
	}
	shift(1000)
	longDay(b)
	z() // while the shift runs and things are unresolved
	open, _ := shiftOf(b)
	_, _ = b.HandOver(ctx, Trainee, HandOverWish{CloseWish: CloseWish{Shift: open.Number, Counts: 2}, To: Trainee.Person})
	z()
	open, _ = shiftOf(b)
	_ = b.CountCash(ctx, Trainee, open.Number, piecesOf(7))
	_ = b.CloseShift(ctx, Trainee, CloseWish{Shift: open.Number, Counts: 1})
	shift(3000)
	z()
}

// naive adds up a period's figures straight from its events, knowing nothing of the fold.
func naive(t *testing.T, records [][]byte, z *DayClosed) (sales, refunds, drawer, noSale, dropped, refused, in, counted Tally) {
	t.Helper()
	amounts := map[OrderNo]int64{}
	paid := map[OrderNo]bool{}
	returned := map[RefundNo]bool{}
	for i, stored := range records[:z.Report.Head.Seq] {
		event, err := DecodeEvent(stored)
		if err != nil {
			t.Fatal(err)
		}
		inside := uint64(i+1) >= z.Report.From
		add := func(to *Tally, fen int64) {
			if inside {
				to.plus(fen)
			}
		}
		switch b := event.Body.(type) {
		case *AttemptOpened:
			amounts[b.Order] = b.Amount.Fen
		case *AttemptAnswered:
			if b.Became == Paid && !paid[b.Order] {
				paid[b.Order] = true
				add(&sales, amounts[b.Order])
			}
		case *RefundAnswered:
			if b.Became == RefundReturned && !returned[b.Refund] && paid[b.Order] {
				returned[b.Refund] = true
				add(&refunds, b.Named.Amount.Fen)
			}
		case *DrawerOpened:
			add(&drawer, 0)
			if b.Sale == "" {
				add(&noSale, 0)
			}
		case *SaleDropped:
			add(&dropped, 0)
		case *CodeRefused:
			add(&refused, 0)
		case *CashMoved:
			if b.In {
				add(&in, b.Amount.Fen)
			}
		case *ShiftClosed:
			add(&counted, b.Counted.Fen-b.Expected.Fen)
		}
	}
	return
}

// zReports gives a store's Z reports, and checks what they promise one another: numbers without gaps, periods without gaps, figures
// that are those of the period's events, and a grand total that is the sum of all.
func zReports(t *testing.T, name string, records [][]byte) (all []DayClosed) {
	t.Helper()
	var grand Line
	from, s := uint64(1), NewState()
	for _, stored := range records {
		event, err := DecodeEvent(stored)
		if err != nil {
			t.Fatal(err)
		}
		z, ok := event.Body.(*DayClosed)
		var want Report
		if ok {
			want = s.report(event.At)
		}
		if _, err := s.Apply(&event, HashOf(stored)); err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		r := &z.Report
		if z.Z != uint64(len(all)+1) || r.Z != z.Z || r.From != from || r.Head != (Head{event.Seq - 1, event.Prev}) {
			t.Fatalf("%s: Z %d on %d to %d, where %d begins", name, z.Z, r.From, r.Head.Seq, from)
		}
		from = event.Seq + 1
		sales, refunds, drawer, noSale, dropped, refused, in, counted := naive(t, records, z)
		sum, people := r.Total(), r.Of()
		if (Tally{sum.Count, sum.Fen}) != sales || (Tally{sum.Refunds, sum.Returned}) != refunds || people.Drawer != drawer.Count || people.NoSale != noSale.Count ||
			people.Dropped != dropped.Count || r.Refused != refused.Count || r.CashIn != in || r.OverShort != counted.Fen || uint64(len(r.Shifts)) != counted.Count {
			t.Fatalf("%s: Z %d: %+v\nbut %v %v %v %v %v %v %v %v", name, z.Z, r, sales, refunds, drawer, noSale, dropped, refused, in, counted)
		}
		for _, lines := range [][]Line{r.Channels, linesOf(r.People)} {
			if got := sumOf(lines); got != (Line{"", sum.Count, sum.Fen, sum.Refunds, sum.Returned}) {
				t.Fatalf("%s: Z %d: the parts make %+v", name, z.Z, got)
			}
		}
		grand.Count, grand.Fen, grand.Refunds, grand.Returned = grand.Count+sum.Count, grand.Fen+sum.Fen, grand.Refunds+sum.Refunds, grand.Returned+sum.Returned
		if r.Grand != grand {
			t.Fatalf("%s: Z %d: in all %+v, not %+v", name, z.Z, r.Grand, grand)
		}
		want.Z, want.Trained = z.Z, r.Trained
		if !bytes.Equal(encode(&want), encode(r)) { // it is what a fold of the events before it reports
			t.Fatalf("%s: Z %d is not the fold", name, z.Z)
		}
		all = append(all, *z)
	}
	return all
}

// sumOf adds lines up in which no sale stands twice.
func sumOf(lines []Line) (sum Line) {
	for _, l := range lines {
		sum.Count, sum.Fen, sum.Refunds, sum.Returned = sum.Count+l.Count, sum.Fen+l.Fen, sum.Refunds+l.Refunds, sum.Returned+l.Returned
	}
	return sum
}

func linesOf(people []PersonLine) (lines []Line) {
	for _, p := range people {
		lines = append(lines, p.Line)
	}
	return lines
}

// TestZReports: several on one day, of one period after another, chained, each as its events say.
func TestZReports(t *testing.T) {
	store := NewMemory()
	b := testBook(t, store, nil)
	longDrawer(b)
	all := zReports(t, "whole", store.records)
	if len(all) != 3 || all[0].Report.Total().Count != 3 || len(all[0].Report.Unresolved) < 3 || all[0].Report.Running.Number != 1 || all[2].Report.OverShort == 0 {
		t.Fatalf("the drawer has become idle: %+v", all)
	}
	last, ok, err := b.LastZ(supervisor)
	for i := len(all) - 1; ok && err == nil && i >= 0; i-- { // back along the chain
		if !reflect.DeepEqual(last, all[i]) {
			t.Fatalf("Z %d reads back as %+v", all[i].Z, last)
		}
		last, ok, err = ZReport(store, last.Report.From-1)
	}
	if ok || err != nil {
		t.Fatal(last.Z, err)
	}
	_, err = b.CloseDay(context.Background(), supervisor, DayWish{Last: 2})
	wants(t, err, ReasonZOther)
	running, z, ok, err := LoadReport(store, time.Now())
	if err != nil || !ok || z.Z != 3 || running.From != foldOf(t, store).ZSeq+1 || running.Trained != (Tally{}) || z.Report.Trained != (Tally{}) {
		t.Fatalf("%+v %+v %v", running, z, err)
	}
	b.Close("test")
}

// TestZNumbersOverCrashes: every append of a day at the drawer fails, before it happens or after; the day is begun again on what is
// left. No Z number is left out or stands twice, and what was shown to somebody is there.
func TestZNumbersOverCrashes(t *testing.T) {
	for _, happens := range []bool{false, true} {
		failed := 0
		for nth := 2; ; nth++ {
			name := fmt.Sprintf("append %d fails, left behind: %v", nth, happens)
			store, appends := NewMemory(), 0
			store.FailAppend = func(Batch) (bool, error) {
				if appends++; appends == nth {
					return happens, errors.New("no space left on device")
				}
				return true, nil
			}
			b := testBook(t, store, func(c *BookConfig) { c.SnapshotEvery = 5 })
			longDrawer(b)
			if b.Err() == nil {
				b.Close("test")
				break
			}
			failed++
			shown := zOf(b)
			left := store.Reopen()
			b.Close("dead")
			again := testBook(t, left, func(c *BookConfig) { c.SnapshotEvery = 5 })
			if zOf(again) < shown {
				t.Fatalf("%s: Z %d was shown, %d is there", name, shown, zOf(again))
			}
			longDrawer(again)
			again.Close("test")
			if all := zReports(t, name, left.records); len(all) < 3 {
				t.Fatalf("%s: only %d Z reports", name, len(all))
			}
		}
		if failed < 60 {
			t.Fatalf("only %d appends failed", failed)
		}
	}
}

// TestSalesThatWaitAreListed: what has come of a sale in parts, held or not, and a held sale of which nothing has.
func TestSalesThatWaitAreListed(t *testing.T) {
	ctx := context.Background()
	b := testBook(t, NewMemory(), nil)
	defer b.Close("test")
	pays := func(sale SaleID, fen int64, seen int) {
		t.Helper()
		wants(t, b.Tender(ctx, Trainee, TenderWish{Sale: sale, Kind: Cash, Amount: Fen(fen), Seen: seen}), "")
	}
	settle(t, b, "7")
	held := current(t, b).ID
	wants(t, b.Hold(ctx, Trainee), "")
	settle(t, b, "50")
	part := current(t, b).ID
	pays(part, 49_00, 0)
	for _, hold := range []bool{false, true} {
		if hold {
			wants(t, b.Hold(ctx, Trainee), "")
		}
		x, err := b.XReport(ctx, supervisor, nil)
		wants(t, err, "")
		if open := x.Unresolved; len(open) != 2 || open[0].Sale != held || open[0].Fen != 7_00 || open[0].State != 0 ||
			open[1].Sale != part || open[1].Fen != 49_00 || open[1].State != uint8(Paid) {
			t.Fatalf("%+v", open)
		}
	}
	wants(t, b.Resume(ctx, Trainee, part), "")
	pays(part, 1_00, 1)
	wants(t, b.Resume(ctx, Trainee, held), "")
	wants(t, b.Drop(ctx, Trainee, "gone"), "")
	z, err := b.CloseDay(ctx, supervisor, DayWish{})
	if wants(t, err, ""); len(z.Unresolved) != 0 {
		t.Fatalf("%+v", z.Unresolved)
	}
}

// TestAClosedPeriodNeverChanges: a sale is keyed before a Z report, paid after it, and given back after the next; each is a correction
// under the day on which it was keyed, and the bytes of the reports stay.
func TestAClosedPeriodNeverChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, nil)
		defer b.Close("test")
		settle(t, b, "8")
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
		a := lastAttempt(t, b)
		began, err := b.Asking(ctx, a.Order, RequestPay)
		wants(t, err, "")
		keyed := b.Today()
		first, err := b.CloseDay(ctx, supervisor, DayWish{})
		wants(t, err, "")
		if len(first.Unresolved) != 1 || first.Unresolved[0].Order != a.Order || first.Unresolved[0].Fen != 800 {
			t.Fatalf("%+v", first.Unresolved)
		}
		time.Sleep(26 * time.Hour)
		wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
		sellOne(t, b, "5", alipayCode)
		second, err := b.CloseDay(ctx, supervisor, DayWish{Last: 1})
		wants(t, err, "")
		if len(second.Corrections) != 1 || second.Corrections[0] != (DayCorrection{keyed, Line{Count: 1, Fen: 800}}) || second.Total().Fen != 1300 {
			t.Fatalf("%+v", second)
		}
		time.Sleep(24 * time.Hour)
		number, err := b.Refund(ctx, Trainee, RefundWish{Order: a.Order, Amount: Fen(300), Why: "broken"})
		wants(t, err, "")
		began, err = b.Sending(ctx, a.Order, number)
		wants(t, err, "")
		wants(t, b.Report(ctx, refundAnswer(a.Order, number, Fen(300), RequestRefund, ClassReturned, began)), "")
		x, err := b.XReport(ctx, supervisor, nil)
		wants(t, err, "")
		if len(x.Corrections) != 1 || x.Corrections[0] != (DayCorrection{keyed, Line{Refunds: 1, Returned: 300}}) || x.Grand != (Line{Count: 2, Fen: 1300, Refunds: 1, Returned: 300}) {
			t.Fatalf("%+v", x)
		}
		if all := zReports(t, "after all", store.records); len(all) != 2 || !reflect.DeepEqual(all[0].Report, first) || !reflect.DeepEqual(all[1].Report, second) {
			t.Fatal("a Z report has changed")
		}
	})
}

// TestALookAtAReportIsACopy: what is counted later does not reach it.
func TestALookAtAReportIsACopy(t *testing.T) {
	s := busyState(t)
	report := s.report(t0)
	before := encode(&report)
	for i := range s.period.Counts.Tenders {
		s.period.Counts.Tenders[i].plus(5)
	}
	s.period.Counts.by("").Drawer++
	s.period.Counts.closed(Shift{})
	if !bytes.Equal(before, encode(&report)) {
		t.Fatal("the report has changed")
	}
}

// TestReportsAreBounded: whatever happens in a period, its report fits into an event.
func TestReportsAreBounded(t *testing.T) {
	s, _ := folded(t, busyEntries()...)
	n := &s.period.Counts
	for i := range 5000 {
		s.countSale(&Sale{Actor: Actor{Person: fmt.Sprintf("person %05d", i)}, Trail: []uint64{1}, Opened: Day(20200101 + i)}, TenderScan, Alipay, 1)
		n.closed(Shift{Number: uint64(i), Person: "somebody"})
		s.Exceptions = append(s.Exceptions, Exception{ID: uint64(i), Order: OrderNo(fmt.Sprint(i))})
	}
	r := s.report(t0)
	if len(n.People) > maxLines+1 || len(n.Corrections) > maxLines+1 || len(n.Shifts) != maxShifts || len(r.Exceptions) != maxOpen || r.MoreExceptions < 4900 {
		t.Fatalf("%d people, %d days, %d shifts, %d exceptions", len(n.People), len(n.Corrections), len(n.Shifts), len(r.Exceptions))
	}
	if size := len(encode(&r)); size > maxEvent/8 {
		t.Fatalf("%d bytes", size)
	}
	if sum := sumOf(linesOf(n.People)); sum.Count != 5000 || n.MoreShifts != 5000-maxShifts {
		t.Fatalf("%+v, %d", sum, n.MoreShifts)
	}
}

// TestClosingHour: the first time the hour strikes when the shift is an hour old.
func TestClosingHour(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, Shanghai) }
	for _, tt := range []struct {
		opened time.Time
		hour   time.Duration
		want   time.Time
	}{
		{at(25, 9, 0), 4 * time.Hour, at(26, 4, 0)}, {at(25, 22, 0), 4 * time.Hour, at(26, 4, 0)}, {at(25, 3, 0), 4 * time.Hour, at(25, 4, 0)},
		{at(25, 3, 1), 4 * time.Hour, at(26, 4, 0)}, {at(25, 9, 0), 24 * time.Hour, at(26, 0, 0)}, {at(25, 23, 30), 24 * time.Hour, at(27, 0, 0)},
		{at(25, 9, 0), 23*time.Hour + 30*time.Minute, at(25, 23, 30)}, {at(30, 9, 0), 4 * time.Hour, at(31, 4, 0)},
	} {
		if got := (Calendar{}).closingOf(tt.opened.UTC(), tt.hour); !got.Equal(tt.want) {
			t.Errorf("opened %s, hour %s: %s, not %s", tt.opened, tt.hour, got, tt.want)
		}
	}
}

// TestForgottenShift: closed at the hour by the next append, by the worker's look when nobody does anything, or by the next opening; it
// says that nobody has counted, and nothing is sold before somebody opens another one.
func TestForgottenShift(t *testing.T) {
	for name, wake := range map[string]func(*testing.T, *Book, *Memory) *Book{
		"the worker": func(t *testing.T, b *Book, _ *Memory) *Book {
			wants(t, b.Sweep(context.Background()), "")
			return b
		},
		"an append": func(t *testing.T, b *Book, _ *Memory) *Book {
			keyAmount(t, b, "5")
			wants(t, b.Settle(context.Background(), Trainee, false), ReasonNoShift)
			return b
		},
		"an opening": func(t *testing.T, b *Book, store *Memory) *Book {
			wants(t, b.Close("night"), "")
			return testBook(t, store.Reopen(), atFour)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, store := context.Background(), NewMemory()
			b := testBook(t, store, atFour)
			shift := openShift(t, b, Trainee, 100_00)
			wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift, Amount: Fen(5), Why: "w"}), "")
			four := b.Calendar().closingOf(time.Now(), b.cfg.CloseAt)
			time.Sleep(time.Until(four) - time.Second)
			wants(t, b.Sweep(ctx), "")
			if _, open := shiftOf(b); !open {
				t.Fatalf("%s: closed before its hour", name)
			}
			time.Sleep(2 * time.Minute)
			if b = wake(t, b, store); name == "an append" {
				b.ClearDraft()
			}
			defer func() { b.Close("test") }()
			if _, open := shiftOf(b); open {
				t.Fatalf("%s: the shift is still open", name)
			}
			b.Read(func(s *State) {
				closed := s.period.Counts.Shifts
				if _, counted := closed[0].Difference(); len(closed) != 1 || counted || !closed[0].Automatic || closed[0].By != Till.Person || closed[0].Expected != 100_00-5 || s.period.Counts.Uncounted != 1 {
					t.Fatalf("%s: %+v", name, closed)
				}
			})
			keyAmount(t, b, "5")
			wants(t, b.Settle(ctx, Trainee, false), ReasonNoShift)
			openShift(t, b, Trainee, 0)
			wants(t, b.Settle(ctx, Trainee, false), "")
			refold(t, b.store.(*Memory), name)
		})
	}
}

func atFour(c *BookConfig) { c.CloseAt, c.Shifts = 4*time.Hour, true }

// TestForgottenShiftAndTheClock: a clock that was far ahead when the shift was opened, or was set back across the hour, keeps no shift
// open for longer than a day of the till's own; one that jumps ahead closes it once, and the next one can be opened.
func TestForgottenShiftAndTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := testBook(t, NewMemory(), atFour)
		defer b.Close("test")
		openShift(t, b, Trainee, 0)
		b.next.shift.OpenedAt = b.next.shift.OpenedAt.AddDate(80, 0, 0) // its clock stood in another century; the committer waits
		b.seen.shift.OpenedAt = b.next.shift.OpenedAt
		for range 24 * 60 {
			time.Sleep(time.Minute)
			wants(t, b.Sweep(context.Background()), "")
			if _, open := shiftOf(b); !open {
				t.Fatal("closed within a day")
			}
		}
		time.Sleep(2 * time.Hour)
		wants(t, b.Sweep(context.Background()), "")
		if _, open := shiftOf(b); open {
			t.Fatal("it stays open for ever")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := testBook(t, NewMemory(), atFour)
		defer b.Close("test")
		openShift(t, b, Trainee, 0)
		time.Sleep(20 * 365 * 24 * time.Hour) // the clock jumps
		again := openShift(t, b, Trainee, 700)
		if now, _ := shiftOf(b); now.Number != again || again != 2 || now.Float != 700 {
			t.Fatalf("%+v", now)
		}
		wants(t, b.Sweep(context.Background()), "")
		if now, open := shiftOf(b); !open || now.Number != 2 {
			t.Fatal("the new shift was closed, too")
		}
	})
}
