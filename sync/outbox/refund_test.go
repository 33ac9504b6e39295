package outbox

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

// TestClockSetBackBetweenRefunds: a refund was sent, and then the machine's clock was set back by a day, by a time
// server or by a restart with an empty battery. The next one, or the same one again, is due after one distance of real time.
func TestClockSetBackBetweenRefunds(t *testing.T) {
	s := channeltest.NewBank(ledger.WeChat).Schedule(ledger.ByCode)
	o := &ledger.Owed{Attempt: ledger.Attempt{State: ledger.Paid, Task: ledger.TaskRefund, Refunds: []ledger.Refund{
		{Number: "R01", State: ledger.RefundReturned, AskedAt: t0.Add(24 * time.Hour)},
		{Number: "R02", State: ledger.RefundOwed, Task: ledger.TaskRefund},
	}}}
	o.Return = o.Refunds[1]
	j := newJob(o, t0)
	j.owes(o, t0)
	for passed := time.Duration(0); passed <= time.Hour; passed += 10 * time.Second {
		if now := t0.Add(passed); j.wait(o, s, now) <= 0 {
			return
		}
	}
	t.Errorf("an hour later it is still due in %v, and it will be so for a day", j.wait(o, s, t0.Add(time.Hour)))
}

// paidBook is a Book with one paid order of WeChat Pay, its channel and its worker.
func paidBook(t *testing.T) (*ledger.Book, *channeltest.Bank, *Worker, ledger.Attempt) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	book, err := ledger.OpenBook(ctx, ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Version: "test", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef")})
	must(err)
	t.Cleanup(func() { book.Close("test") })
	bank := channeltest.NewBank(ledger.WeChat)
	w := New(book, Config{})
	w.Add(bank)
	must(book.Key('9'))
	must(book.Settle(ctx, ledger.Trainee, true))
	must(book.Ask(ctx, ledger.Trainee, ledger.WeChat))
	var a ledger.Attempt
	book.Read(func(s *ledger.State) { a = *s.CurrentSale().Last() })
	began, err := book.Asking(ctx, a.Order, ledger.RequestOrder)
	must(err)
	must(book.Report(ctx, ledger.Answer{Order: a.Order, Request: ledger.RequestQuery, Class: ledger.ClassPaid, Verified: true, Began: began,
		Named: ledger.Named{Order: a.Order, Amount: a.Amount, Merchant: a.Merchant, App: a.App}}))
	return book, bank, w, a
}

// TestTwoRefundsAtOnce: two refunds of one order are owed. While the first is being written down and sent, the second
// must wait.
func TestTwoRefundsAtOnce(t *testing.T) {
	book, _, w, a := paidBook(t)
	ctx := context.Background()
	for n := range 2 {
		_, err := book.Refund(ctx, ledger.Trainee, ledger.RefundWish{Order: a.Order, Amount: ledger.Fen(100), Why: "x", Seen: n})
		if err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	first, _ := w.claim(ctx, now)
	second, _ := w.claim(ctx, now.Add(time.Second)) // the disk takes its time: the first send is not durable yet
	if first == nil || second != nil {
		t.Errorf("two refunds of one order are sent within a second: %v, %v", first.owed.Return.Number, second.owed.Return.Number)
	}
}

// TestRefundOnADeadLineIsNamed: the channel's line is dead for two days (or the channel was taken out of the
// configuration). The refund that cannot be sent is on the list.
func TestRefundOfAChannelThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book, bank, w, a := paidBook(t)
		ctx := context.Background()
		bank.Before = func(ledger.Request, channel.Order) channeltest.Fault { return channeltest.Fault{Unsent: true} }
		w.mu.Lock()
		w.lines[ledger.WeChat].faults = breakAfter
		w.mu.Unlock()
		_, err := book.Refund(ctx, ledger.Trainee, ledger.RefundWish{Order: a.Order, Amount: ledger.Fen(100), Why: "x"})
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(48 * time.Hour); time.Now().Before(end); {
			did, next := w.Step(ctx, time.Now())
			if !did {
				time.Sleep(max(time.Until(next), time.Second))
			}
		}
		book.Read(func(s *ledger.State) {
			if len(s.Exceptions) == 0 {
				t.Errorf("after two days the refund is %s and on no list", s.CurrentSale().Last().Refunds[0].State)
			}
		})
	})
}

// TestDoingForgotten: an order that a notice has settled is not being worked on any more.
func TestDoingForgotten(t *testing.T) {
	ctx := context.Background()
	book, err := ledger.OpenBook(ctx, ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Version: "test", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef")})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close("test")
	bank := channeltest.NewBank(ledger.WeChat)
	bank.Customer = func(channel.Order) channeltest.Customer { return channeltest.Customer{Never: true} }
	w := New(book, Config{})
	w.Add(bank)
	_ = book.Key('9')
	_ = book.Settle(ctx, ledger.Trainee, true)
	_ = book.Ask(ctx, ledger.Trainee, ledger.WeChat)
	w.Step(ctx, time.Now())
	var a ledger.Attempt
	book.Read(func(s *ledger.State) { a = *s.CurrentSale().Last() })
	if err := book.Report(ctx, ledger.Answer{Order: a.Order, Request: ledger.RequestNotice, Class: ledger.ClassPaid, Verified: true,
		Named: ledger.Named{Order: a.Order, Amount: a.Amount, Merchant: a.Merchant, App: a.App}}); err != nil {
		t.Fatal(err)
	}
	w.Step(ctx, time.Now())
	if n := len(book.Board().View().Doing); n != 0 || len(book.Owed()) != 0 {
		t.Errorf("%d on the board, %d owed", n, len(book.Owed()))
	}
}
