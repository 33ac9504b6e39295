package outbox

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channeltest"
)

// TestAskedNow: somebody at the counter wants a question asked that waits for its time. It is asked once, and then at its own pace
// again; nobody from outside can ask for it.
func TestAskedNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		book, err := ledger.OpenBook(ctx, ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{
			Till: "T1", Mode: "training", Version: "test", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef")})
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close("test")
		w := New(book, Config{})
		w.Add(channeltest.NewBank(ledger.Alipay))
		for _, fails := range []error{book.Key('9'), book.Settle(ctx, ledger.Trainee, true), book.Ask(ctx, ledger.Trainee, ledger.Alipay)} {
			if fails != nil {
				t.Fatal(fails)
			}
		}
		w.Step(ctx, time.Now()) // asks for the QR
		var order ledger.OrderNo
		book.Read(func(s *ledger.State) { order = s.CurrentSale().Last().Order })
		c, due := w.claim(ctx, time.Now())
		if c != nil || !due.After(time.Now()) {
			t.Fatalf("the question is due at once: %v, %v", c, due)
		}
		changed := book.Changed()
		visitor := ledger.Actor{Person: "zhou", Role: ledger.RoleSupervisor, Place: ledger.VisitPlace(7)}
		if err := book.AskNow(visitor, order); ledger.ReasonOf(err) != ledger.ReasonNotAllowed {
			t.Errorf("a visitor: %v", err)
		}
		if err := book.AskNow(ledger.Trainee, "T1999"); ledger.ReasonOf(err) != ledger.ReasonUnknownOrder {
			t.Errorf("an order that is not there: %v", err)
		}
		if c, _ := w.claim(ctx, time.Now()); c != nil {
			t.Error("asked for nobody")
		}
		for range 2 {
			if err := book.AskNow(ledger.Trainee, order); err != nil {
				t.Fatal(err)
			}
		}
		<-changed // the worker wakes
		if c, _ = w.claim(ctx, time.Now()); c == nil || c.owed.Task != ledger.TaskQuery || c.order != order {
			t.Fatalf("it is not asked: %+v", c)
		}
		w.perform(ctx, c)
		if c, due := w.claim(ctx, time.Now()); c != nil || !due.After(time.Now()) {
			t.Errorf("asked twice: %+v", c)
		}
	})
}

// TestAnswersAreCounted: of the last fifteen minutes, those before are forgotten, and a clock that was set back counts nothing twice.
func TestAnswersAreCounted(t *testing.T) {
	var l line
	for i := range 40 {
		l.ended(ledger.Answer{Verified: i%4 > 0}, t0.Add(time.Duration(i)*time.Minute))
	}
	for _, tc := range []struct {
		at              time.Duration
		answers, failed uint32
	}{{39 * time.Minute, 15, 3}, {47 * time.Minute, 7, 1}, {2 * time.Hour, 0, 0}, {0, 0, 0}} {
		if answers, failed := l.counted(t0.Add(tc.at)); answers != tc.answers || failed != tc.failed {
			t.Errorf("after %v: %d, %d failed; want %+v", tc.at, answers, failed, tc)
		}
	}
	link := l.link(ledger.Link{}, ledger.Answer{}, t0.Add(39*time.Minute))
	if link.Answers != 15 || link.Failed != 3 || !link.At.Equal(t0.Add(39*time.Minute)) {
		t.Errorf("%+v", link)
	}
}
