package statement

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// Each test here fails: it names something that the worker does wrongly, and why that is wrong.

var li = ledger.Actor{Person: "li", Role: ledger.RoleSupervisor}

// opened is a book of a till whose business day ends at an hour of the next one.
func opened(t *testing.T, store ledger.Store, cut time.Duration) *ledger.Book {
	t.Helper()
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Version: "test",
		Codes: ledger.DefaultCodes(), TillKey: make([]byte, 32), Calendar: ledger.Calendar{Cut: cut}})
	if err != nil {
		t.Fatal(err)
	}
	book.SetAccount(ledger.WeChat, ledger.Account{Merchant: "1900000001", App: "A", QRLife: 2 * time.Minute})
	return book
}

// sell has a sale of 12.50 paid by code.
func sell(t *testing.T, book *ledger.Book, n int) ledger.Attempt {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range "12.5" {
		must(book.Key(r))
	}
	must(book.Settle(ctx, ledger.Trainee, false))
	must(book.Scan(ctx, ledger.Trainee, ledger.Scan{Text: []byte(fmt.Sprintf("1300000000%08d", n)), At: time.Now()}))
	var a ledger.Attempt
	book.Read(func(s *ledger.State) { a = *s.CurrentSale().Last() })
	book.TakeCode(a.Order)
	began, err := book.Asking(ctx, a.Order, ledger.RequestPay)
	must(err)
	must(book.Report(ctx, ledger.Answer{Order: a.Order, Request: ledger.RequestPay, Class: ledger.ClassPaid, Verified: true, Began: began,
		Named: ledger.Named{Order: a.Order, Amount: a.Amount, Merchant: a.Merchant, App: a.App, ChannelNo: fmt.Sprint(42000000 + n), PaidAt: time.Now()}}))
	return a
}

// TestABillThatIsNotMadeIsNoDayWithoutTrades: a shop whose business day ends at 04:00 sells at 01:00 only. "Does not exist" is what
// Alipay says of a bill that it has not made, too: "not ready" is told apart from "no trades" by whether the ledger has money of the
// day. It is the channel's day that counts, and the business day is asked: the empty statement is taken for good, and the payments of
// that night are named as lacking.
func TestABillThatIsNotMadeIsNoDayWithoutTrades(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 25, 1, 0, 0, 0, ledger.Shanghai)))
		book := opened(t, ledger.NewMemory(), 4*time.Hour)
		defer book.Close("end")
		sell(t, book, 1)
		b := &bringer{err: channel.ErrNoTrades}
		w := New(book, shelf{}.archive(), Config{})
		w.Add(b)
		key := ledger.StatementKey{Channel: ledger.WeChat, Day: 20261125, Kind: ledger.StatementTrades}
		if _, err := w.Fetch(context.Background(), li, key, w.Opens(key.Day)); err == nil {
			t.Error("a day on which money came was taken to be without trades")
		}
	})
}

// TestADayThatIsNeverAskedForIsNamed: the till was off for longer than it asks back. Of the last day's payments no statement was
// fetched, none will be, and nobody is told.
func TestADayThatIsNeverAskedForIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 24, 12, 0, 0, 0, ledger.Shanghai)))
		book := opened(t, ledger.NewMemory(), 0)
		defer book.Close("end")
		sell(t, book, 1)
		w := New(book, shelf{}.archive(), Config{})
		w.Add(&bringer{err: channel.ErrNoTrades})
		time.Sleep(40 * 24 * time.Hour)
		for w.Step(context.Background(), time.Now()) {
		}
		named := 0
		book.Read(func(s *ledger.State) { named = len(s.Exceptions) })
		if named == 0 {
			t.Error("no statement of the day is here or will be, and nothing says so")
		}
	})
}

// TestAFileThatIsGoneIsFetchedAgain: after a restore the journal says that a statement is here, and its file is not. The channel could
// give it once more; the worker tries to read what is not there every ten minutes, for ever.
func TestAFileThatIsGoneIsFetchedAgain(t *testing.T) {
	ctx := context.Background()
	book := opened(t, ledger.NewMemory(), 0)
	defer book.Close("end")
	b, kept := &bringer{text: golden(t, "wechat-trade.csv")}, shelf{}
	key := ledger.StatementKey{Channel: ledger.WeChat, Day: 20261127, Kind: ledger.StatementTrades}
	taken := ledger.StatementTaken{Key: key, Source: ledger.SourceFetched, File: fileName(key, ledger.SourceFetched), Hash: ledger.HashOf([]byte(b.text)), Rows: 3}
	if err := book.TakeStatement(ctx, ledger.Till, taken); err != nil {
		t.Fatal(err)
	}
	w := New(book, kept.archive(), Config{})
	w.Add(b)
	for hour := range 48 {
		_, _ = w.Fetch(ctx, li, key, w.Opens(key.Day).Add(time.Duration(hour)*time.Hour))
	}
	if b.asked == 0 {
		t.Error("the channel was not asked for it once more")
	}
}

// TestWhatIsComparedIsWhatWasTaken: a file is brought in the place of another one of the same day, and does not get into the journal (the
// process is killed, or the book is closed). The first one's bytes are gone though the journal has their hash ("nothing lost"), and the
// second one's rows are compared as the first's: nobody compares the hash.
func TestWhatIsComparedIsWhatWasTaken(t *testing.T) {
	ctx, store := context.Background(), ledger.NewMemory()
	book := opened(t, store, 0)
	kept, merchants := shelf{}, map[ledger.Channel]string{ledger.WeChat: "1900000001"}
	first := golden(t, "wechat-trade.csv")
	w := New(book, kept.archive(), Config{})
	key, err := w.Import(ctx, li, strings.NewReader(first), 0, merchants)
	if err != nil {
		t.Fatal(err)
	}
	book.Close("end")
	second := strings.Replace(first, "K10726112700001A1B2C3D4X", "K10726112700009A1B2C3D4X", 1)
	if _, err := w.Import(ctx, li, strings.NewReader(second), 0, merchants); err == nil {
		t.Fatal("it was taken")
	}
	book = opened(t, store, 0)
	defer book.Close("end")
	var st ledger.Statement
	book.Read(func(s *ledger.State) { st, _ = s.Statement(key) })
	if ledger.HashOf([]byte(kept[st.File])) != st.Hash {
		t.Error("the file that the journal has the hash of is gone")
		if err := New(book, kept.archive(), Config{}).Compare(ctx, li, key); err == nil {
			t.Error("and another file's rows were compared in its name")
		}
	}
}

// TestADayOfRefundsIsNoDayWithoutTrades: on D the shop only gives money back. "Does not exist" at 10:00 may be a bill that is not made;
// it is taken as an empty statement for good, and D's refunds are named as lacking.
func TestADayOfRefundsIsNoDayWithoutTrades(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		time.Sleep(time.Until(time.Date(2026, 11, 24, 12, 0, 0, 0, ledger.Shanghai)))
		book := opened(t, ledger.NewMemory(), 0)
		defer book.Close("end")
		a := sell(t, book, 1)
		time.Sleep(24 * time.Hour)
		number, err := book.Refund(ctx, ledger.Trainer, ledger.RefundWish{Order: a.Order, Amount: a.Amount, Why: "returned goods"})
		if err != nil {
			t.Fatal(err)
		}
		began, err := book.Sending(ctx, a.Order, number)
		if err != nil {
			t.Fatal(err)
		}
		for _, class := range []ledger.Class{ledger.ClassAccepted, ledger.ClassReturned} {
			request := ledger.RequestRefund
			if class == ledger.ClassReturned {
				request = ledger.RequestRefundQuery
			}
			err := book.Report(ctx, ledger.Answer{Order: a.Order, Refund: number, Request: request, Class: class, Verified: true, Began: began,
				Named: ledger.Named{Order: a.Order, Refund: number, Amount: a.Amount, Merchant: a.Merchant, App: a.App, PaidAt: time.Now()}})
			if err != nil {
				t.Fatal(err)
			}
		}
		if refunds, err := book.Lookup().DayRefunds(20261125); err != nil || len(refunds) != 1 {
			t.Fatal(refunds, err)
		}
		w := New(book, shelf{}.archive(), Config{})
		w.Add(&bringer{err: channel.ErrNoTrades})
		key := ledger.StatementKey{Channel: ledger.WeChat, Day: 20261125, Kind: ledger.StatementTrades}
		if _, err := w.Fetch(ctx, li, key, w.Opens(key.Day)); err == nil {
			t.Error("a day on which money went back was taken to be without trades")
		}
	})
}

// TestAClockThatWasAheadStopsNothing: the till was opened for the first time with a clock a year ahead. Since it was set right no
// statement is ever fetched, and nothing says so: the first event's day is the first that is asked for.
func TestAClockThatWasAheadStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2027, 11, 24, 12, 0, 0, 0, ledger.Shanghai)))
		book := opened(t, ledger.NewMemory(), 0)
		defer book.Close("end")
		b := &bringer{err: channel.ErrNotReady}
		w := New(book, shelf{}.archive(), Config{})
		w.Add(b)
		now := time.Date(2026, 11, 28, 12, 0, 0, 0, ledger.Shanghai)
		for w.Step(context.Background(), now) {
		}
		if b.asked == 0 {
			t.Error("no statement was asked for")
		}
	})
}

// alipay is a bringer of the other channel.
type alipayBringer struct{ bringer }

func (*alipayBringer) Channel() ledger.Channel { return ledger.Alipay }

// TestABillThatComesLateIsRead: the day's only sale here ended without money, and the customer has paid it late: it is in the statement
// alone. At 10:00 the bill is not made yet, and Alipay says "does not exist", which it also says of a day without trades. Because the
// ledger has no money of the day that is believed at once and for good; the bill that comes at noon is never read (promise 4: at the
// latest by the statement).
func TestABillThatComesLateIsRead(t *testing.T) {
	ctx := context.Background()
	book := opened(t, ledger.NewMemory(), 0)
	defer book.Close("end")
	b := &alipayBringer{bringer{err: channel.ErrNoTrades}}
	w := New(book, shelf{}.archive(), Config{})
	w.Add(b)
	key := ledger.StatementKey{Channel: ledger.Alipay, Day: 20261127, Kind: ledger.StatementTrades}
	_, _ = w.Fetch(ctx, li, key, w.Opens(key.Day))
	_, _ = w.Fetch(ctx, li, key, w.Opens(key.Day).Add(2*time.Hour))
	if b.asked != 2 {
		t.Errorf("asked %d times", b.asked)
	}
}
