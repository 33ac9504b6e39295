package ledgertest

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"guitai/ledger"
)

// BookOn opens a Book on a store, on a business day that does not end during a test, with WeChat Pay ready.
func BookOn(tb testing.TB, store ledger.Store) *ledger.Book {
	tb.Helper()
	now := time.Now().UTC()
	noon := time.FixedZone("noon", (12-now.Hour())*60*60)
	b, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Version: "test", Codes: ledger.DefaultCodes(), TillKey: make([]byte, 32),
		Calendar: ledger.Calendar{Zone: noon}, SnapshotEvery: 10,
	})
	if err != nil {
		tb.Fatal(err)
	}
	b.SetAccount(ledger.WeChat, ledger.Account{Merchant: "1900000001", App: "wx0000000001", QRLife: 2 * time.Minute})
	return b
}

// Ask keys an amount, settles it, charges a code, and writes that the request is about to leave. It gives the order and
// what Answer.Began must be.
func Ask(b *ledger.Book, nth int) (order ledger.OrderNo, began uint64, err error) {
	for _, r := range "12.5" {
		if err := b.Key(r); err != nil {
			return "", 0, err
		}
	}
	if err := b.Settle(ctx, ledger.Trainee, false); err != nil {
		return "", 0, err
	}
	code := ledger.Scan{Text: fmt.Appendf(nil, "13%016d", nth), At: time.Now()}
	if err := b.Scan(ctx, ledger.Trainee, code); err != nil {
		return "", 0, err
	}
	b.Read(func(s *ledger.State) { order = s.CurrentSale().Last().Order })
	began, err = b.Asking(ctx, order, ledger.RequestPay)
	return order, began, err
}

// Answer reports what a channel said of an order asked by Ask.
func Answer(b *ledger.Book, order ledger.OrderNo, began uint64, request ledger.Request, class ledger.Class) error {
	return b.Report(ctx, ledger.Answer{
		Order: order, Request: request, Class: class, Verified: class != ledger.ClassUnknown, Began: began,
		Named: ledger.Named{Order: order, Amount: ledger.Fen(1250), Merchant: "1900000001", App: "wx0000000001", ChannelNo: "4200001"},
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wholeBook takes payments to different ends, is killed with one in flight, and goes on with it after reopening.
func wholeBook(t *testing.T, twin Twin) {
	store := twin.Open(t)
	b := BookOn(t, store)
	for i, class := range []ledger.Class{ledger.ClassPaid, ledger.ClassRefused, ledger.ClassPaid, ledger.ClassUnknown} {
		order, began, err := Ask(b, i)
		must(t, err)
		must(t, Answer(b, order, began, ledger.RequestPay, class))
	}
	must(t, b.SetAside(ctx, ledger.Trainee))
	flying, began, err := Ask(b, 99)
	must(t, err)
	checkFold(t, b, store)

	before := headOf(b)
	store = twin.Open(t) // the kill: nothing was closed
	t.Cleanup(func() { _ = b.Close("the killed one") })
	b = BookOn(t, store)
	if head := headOf(b); head.Seq <= before.Seq {
		t.Fatalf("the head went from %d to %d", before.Seq, head.Seq)
	}
	owed := b.Owed()
	if len(owed) != 2 || owed[1].Order != flying || owed[1].Task != ledger.TaskQuery {
		t.Fatalf("after the kill: %+v", owed)
	}
	for _, o := range owed {
		must(t, Answer(b, o.Order, max(began, o.Head), ledger.RequestQuery, ledger.ClassPaid))
	}
	checkFold(t, b, store)
	sales := daySales(t, store, b.Today())
	if totals := ledger.SumDay(sales, b.Today()); len(sales) != 5 || len(totals) != 1 || totals[0].Count != 4 {
		t.Fatalf("%d sales, %+v", len(sales), totals)
	}
	must(t, b.Close("test"))
	again := BookOn(t, twin.Open(t))
	checkFold(t, again, store)
	must(t, again.Close("test"))
}

func headOf(b *ledger.Book) (head ledger.Head) {
	b.Read(func(s *ledger.State) { head = s.Head })
	return head
}

// checkFold compares what the store says with a fresh fold of its events, and both with the Book.
func checkFold(t *testing.T, b *ledger.Book, store ledger.Store) {
	t.Helper()
	state, rows := ledger.NewState(), map[ledger.SaleID]ledger.Sale{}
	for _, stored := range records(t, store, 1) {
		event, err := ledger.DecodeEvent(stored)
		must(t, err)
		changed, err := state.Apply(&event, sha256.Sum256(stored))
		must(t, err)
		for _, sale := range changed {
			rows[sale.ID] = decoded(t, sale)
		}
	}
	day := b.Today()
	sales := daySales(t, store, day)
	same(t, "the number of rows", len(sales), len(rows))
	for i := range sales {
		same(t, "a row", sales[i], rows[sales[i].ID])
	}
	same(t, "totals", ledger.SumDay(sales, day), state.Totals())
	b.Read(func(s *ledger.State) {
		same(t, "the Book's totals", s.Totals(), state.Totals())
	})
}
