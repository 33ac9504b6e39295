package ledger

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// showQR brings the sale on the screen to a shown QR and gives its attempt.
func showQR(t *testing.T, b *Book, channel Channel) Attempt {
	t.Helper()
	ctx := context.Background()
	wants(t, b.Ask(ctx, Trainee, channel), "")
	a := lastAttempt(t, b)
	began, err := b.Asking(ctx, a.Order, RequestOrder)
	wants(t, err, "")
	wants(t, b.Report(ctx, Answer{Order: a.Order, Request: RequestOrder, Class: ClassShown, Verified: true, Began: began, QR: "https://qr.example.invalid/x"}), "")
	if a = lastAttempt(t, b); a.State != Waiting || a.QR == "" {
		t.Fatalf("the QR is not up: %+v", a)
	}
	return a
}

func lastAttempt(t *testing.T, b *Book) Attempt {
	t.Helper()
	sale := current(t, b)
	if len(sale.Attempts) == 0 {
		t.Fatal("no attempt")
	}
	return *sale.Last()
}

// say reports a verified answer to a query begun now.
func say(t *testing.T, b *Book, order OrderNo, request Request, class Class) {
	t.Helper()
	var head uint64
	b.Read(func(s *State) { head = s.Head.Seq })
	wants(t, b.Report(context.Background(), Answer{Order: order, Request: request, Class: class, Verified: true, Began: head}), "")
}

// refusedWith counts the journal's refused codes with a reason.
func refusedWith(t *testing.T, store Store, reason Reason) (n int) {
	t.Helper()
	err := store.Read(1, func(_ uint64, stored []byte) error {
		event, err := DecodeEvent(stored)
		if refused, ok := event.Body.(*CodeRefused); ok && refused.Why == reason {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestCodeWhileAQRIsUp: the QR is withdrawn first, and the code follows while it is fresh; later it is refused by name,
// recorded, and gone from memory.
func TestCodeWhileAQRIsUp(t *testing.T) {
	for pause, charged := range map[time.Duration]bool{4 * time.Second: true, 5001 * time.Millisecond: false} {
		synctest.Test(t, func(t *testing.T) {
			ctx, store := context.Background(), NewMemory()
			b := testBook(t, store, nil)
			defer b.Close("test")
			settle(t, b, "5")
			qr := showQR(t, b, Alipay)
			wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
			if sale := current(t, b); len(sale.Attempts) != 1 || sale.Last().State != Stopping || sale.Last().StopWhy != StopSwitched {
				t.Fatalf("the QR is not being withdrawn: %+v", sale.Attempts)
			}
			held := b.waiting.code
			wants(t, b.Sweep(ctx), "") // the QR is still in the way
			time.Sleep(pause)
			say(t, b, qr.Order, RequestQuery, ClassAbsent)
			sale := current(t, b)
			if sale.Attempt(qr.Order).State != Withdrawn || sale.Attempt(qr.Order).Task != TaskQuery {
				t.Fatalf("the QR is not on the watch list: %+v", sale.Attempts)
			}
			if charged {
				if a := sale.Last(); len(sale.Attempts) != 2 || a.Way != ByCode || a.Task != TaskPay {
					t.Fatalf("the code is not charged: %+v", sale.Attempts)
				}
				return
			}
			if len(sale.Attempts) != 1 || b.waiting != nil || held.Reveal() == wechatCode {
				t.Fatalf("an old code is kept or charged: %+v", sale.Attempts)
			}
			if bad := b.Board().View().BadScan; bad == nil || bad.Reason != ReasonCodeStale || refusedWith(t, store, ReasonCodeStale) != 1 {
				t.Fatalf("the old code is refused in silence: %+v", bad)
			}
		})
	}
}

// TestCodeBehindAQRThatIsPaid is refused by name: nobody pays twice.
func TestCodeBehindAQRThatIsPaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, nil)
		defer b.Close("test")
		settle(t, b, "5")
		qr := showQR(t, b, WeChat)
		wants(t, b.Scan(ctx, Trainee, scanOf(alipayCode)), "")
		var head uint64
		b.Read(func(s *State) { head = s.Head.Seq })
		wants(t, b.Report(ctx, paidAnswer(&qr, RequestQuery, head)), "") // the answer is taken, whatever becomes of the code
		if sale := current(t, b); sale.Paid() == nil || len(sale.Attempts) != 1 {
			t.Fatalf("%+v", sale.Attempts)
		}
		if refusedWith(t, store, ReasonAlreadyPaid) != 1 || b.waiting != nil {
			t.Fatal("the waiting code has no end")
		}
	})
}

// TestStopAlsoStopsWhatWaits: the stop key during a withdrawal leaves nothing behind that would charge by itself.
func TestStopAlsoStopsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		defer b.Close("test")
		settle(t, b, "5")
		qr := showQR(t, b, Alipay)
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
		held := b.waiting.code
		wants(t, b.Stop(ctx, Trainee), ReasonStopping)
		if held.Reveal() == wechatCode {
			t.Error("the code stays in memory")
		}
		say(t, b, qr.Order, RequestQuery, ClassAbsent)
		if sale := current(t, b); len(sale.Attempts) != 1 {
			t.Fatalf("charged after the stop key: %+v", sale.Attempts)
		}
	})
}

func TestSwitchingQRs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		defer b.Close("test")
		settle(t, b, "5")
		qr := showQR(t, b, WeChat)
		wants(t, b.Ask(ctx, Trainee, WeChat), ReasonLiveAttempt) // its own key again
		wants(t, b.Ask(ctx, Trainee, UnionPay), ReasonNotSetUp)  // must not withdraw what is up
		if lastAttempt(t, b).State != Waiting {
			t.Fatal("a channel that cannot be sold on withdraws the QR")
		}
		wants(t, b.Ask(ctx, Trainee, Alipay), "")
		wants(t, b.Ask(ctx, Trainee, Alipay), ReasonUnresolved)
		say(t, b, qr.Order, RequestQuery, ClassOpen)
		say(t, b, qr.Order, RequestClose, ClassAccepted)
		say(t, b, qr.Order, RequestQuery, ClassClosed)
		sale := current(t, b)
		if sale.Attempt(qr.Order).State != ClosedOff || len(sale.Attempts) != 2 || sale.Last().Channel != Alipay {
			t.Fatalf("%+v", sale.Attempts)
		}
	})
}

// TestQRScannedAfterItsWithdrawal: while somebody is paying it, the sale is not charged another way.
func TestQRScannedAfterItsWithdrawal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		defer b.Close("test")
		settle(t, b, "5")
		qr := showQR(t, b, Alipay)
		wants(t, b.Stop(ctx, Trainee), "")
		say(t, b, qr.Order, RequestQuery, ClassAbsent)
		say(t, b, qr.Order, RequestQuery, ClassWaiting)
		if a := lastAttempt(t, b); a.State != Withdrawn || a.Task != TaskClose {
			t.Fatalf("it is not being closed: %+v", a)
		}
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonUnresolved)
		say(t, b, qr.Order, RequestClose, ClassAccepted)
		say(t, b, qr.Order, RequestQuery, ClassClosed)
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	})
}
