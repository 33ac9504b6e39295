package ledger

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// The hard cases of payment by QR and code, as far as they are decided in the domain. The whole till plays them again.

// charged settles ¥5, charges a code, and writes that its request leaves.
func charged(t *testing.T, b *Book, code string) (Attempt, uint64) {
	t.Helper()
	ctx := context.Background()
	settle(t, b, "5")
	wants(t, b.Scan(ctx, Trainee, scanOf(code)), "")
	a := *new(current(t, b)).Last()
	b.TakeCode(a.Order)
	began, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	return a, began
}

// exceptions gives the notes on an order's exceptions.
func exceptions(b *Book, order OrderNo) (notes []Note) {
	b.Read(func(s *State) {
		for _, x := range s.Exceptions {
			if x.Order == order {
				notes = append(notes, x.Note)
			}
		}
	})
	return notes
}

// TestCase02AnswerWithoutAGoodSignature neither pays nor fails: the same number is asked about.
func TestCase02AnswerWithoutAGoodSignature(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	a, began := charged(t, b, wechatCode)
	forged := paidAnswer(&a, RequestPay, began)
	forged.Verified = false
	wants(t, b.Report(ctx, forged), "")
	if got := stateOf(t, b, a.Order); got.State != Unknown || got.Task != TaskQuery || got.ChannelNo != "" || got.Truth() >= TruthConfirmed {
		t.Fatalf("%+v", got)
	}
	wants(t, b.Scan(ctx, Trainee, scanOf(alipayCode)), ReasonUnresolved)
	if notes := exceptions(b, a.Order); len(notes) != 1 || notes[0] != NoteUnverified {
		t.Errorf("exceptions: %v", notes)
	}
	answer(t, b, a.Order, RequestQuery, ClassPaid)
	if got := stateOf(t, b, a.Order); got.State != Paid {
		t.Errorf("the true answer comes: %s", got.State)
	}
}

// TestCase04DoubleSubmit: the same scan twice, a second code, a second request under the number: one charge.
func TestCase04DoubleSubmit(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	a, _ := charged(t, b, wechatCode)
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonCodeUsed)
	wants(t, b.Scan(ctx, Trainee, scanOf(alipayCode)), ReasonLiveAttempt)
	_, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, ReasonStateForbidden)
	if sale := current(t, b); len(sale.Attempts) != 1 || sale.Attempts[0].Asks != 1 {
		t.Errorf("%+v", sale.Attempts)
	}
}

// TestCase06CancelAgainstPay: a payment that a cancel returned is confirmed by a query begun after the cancel's answer.
func TestCase06CancelAgainstPay(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	a, began := charged(t, b, wechatCode)
	wants(t, b.Stop(ctx, Trainee), "")
	answer(t, b, a.Order, RequestQuery, ClassWaiting)
	answer(t, b, a.Order, RequestQuery, ClassPaid) // the cancel is on its way
	if got := stateOf(t, b, a.Order); got.State != Closing || got.Task != TaskClose {
		t.Fatalf("paid under a cancel: %s owes %s", got.State, got.Task)
	}
	wants(t, b.Report(ctx, Answer{Order: a.Order, Request: RequestClose, Class: ClassAccepted, Verified: true, Returned: true, Began: began}), "")
	if got := stateOf(t, b, a.Order); got.State != Closing || got.Task != TaskQuery {
		t.Fatalf("the cancel's answer ends it: %s owes %s", got.State, got.Task)
	}
	wants(t, b.Report(ctx, Answer{Order: a.Order, Request: RequestQuery, Class: ClassClosed, Verified: true, Began: began}), "") // stale
	if got := stateOf(t, b, a.Order); got.State != Closing {
		t.Fatalf("a stale query ends it: %s", got.State)
	}
	answer(t, b, a.Order, RequestQuery, ClassClosed)
	if got := stateOf(t, b, a.Order); got.State != Reversed || got.Task != TaskNone {
		t.Errorf("money was moved back: %s", got.State)
	}
	if len(exceptions(b, a.Order)) != 0 {
		t.Error("an orderly return is an exception")
	}
}

// TestCase08PaidAfterTheEnd, whatever the end was: an orphan with one name, never booked, and no new charge on the sale.
func TestCase08PaidAfterTheEnd(t *testing.T) {
	for end, class := range map[AttemptState]Class{Refused: ClassRefused, ClosedOff: ClassClosed, Reversed: ClassReversed, Unsent: ClassUnsent} {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		a, began := charged(t, b, wechatCode)
		wants(t, b.Report(ctx, Answer{Order: a.Order, Request: RequestPay, Class: class, Verified: class != ClassUnsent, Began: began}), "")
		if got := stateOf(t, b, a.Order); got.State != end {
			t.Fatalf("class %d ends %s", class, got.State)
		}
		for range 3 {
			answer(t, b, a.Order, RequestQuery, ClassPaid)
		}
		if notes := exceptions(b, a.Order); len(notes) != 1 || notes[0] != NoteLateMoney {
			t.Errorf("%s: exceptions %v", end, notes)
		}
		wants(t, b.Scan(ctx, Trainee, scanOf(alipayCode)), ReasonLateMoney)
		b.Read(func(s *State) {
			if s.CurrentSale().Paid() != nil || len(s.Totals()) != 0 {
				t.Errorf("%s: late money is booked to the sale", end)
			}
		})
		b.Close("test")
	}
}

// TestCase09QRScannableAfterTheSale: it is watched to the end of its life, also when the sale has gone, and then let go.
func TestCase09QRScannableAfterTheSale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, nil)
		qr := qrUp(t, b, Alipay)
		wants(t, b.Stop(ctx, Trainee), "")
		answer(t, b, qr.Order, RequestQuery, ClassAbsent)
		wants(t, b.Drop(ctx, Trainee, "cashier"), "")
		b.Close("test")
		b = testBook(t, store.Reopen(), nil)
		defer b.Close("test")
		owed := b.Owed()
		if len(owed) != 1 || owed[0].Order != qr.Order || owed[0].Task != TaskQuery {
			t.Fatalf("the watch is forgotten: %+v", owed)
		}
		time.Sleep(time.Until(qr.Expires.Add(watchMargin)))
		answer(t, b, qr.Order, RequestQuery, ClassAbsent)
		if len(b.Owed()) != 1 {
			t.Fatal("let go while it may still be scanned")
		}
		time.Sleep(time.Millisecond)
		answer(t, b, qr.Order, RequestQuery, ClassAbsent)
		if len(b.Owed()) != 0 {
			t.Error("watched for ever")
		}
	})
}

// TestCase16PowerLoss between every two steps of a charge: the next process asks about the number and never pays it again.
func TestCase16PowerLoss(t *testing.T) {
	ctx := context.Background()
	for _, steps := range []int{1, 2, 3} {
		store := NewMemory()
		b := testBook(t, store, nil)
		settle(t, b, "5")
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
		a := *new(current(t, b)).Last()
		if steps >= 2 {
			_, err := b.Asking(ctx, a.Order, RequestPay)
			wants(t, err, "")
		}
		if steps >= 3 {
			answer(t, b, a.Order, RequestPay, ClassWaiting)
		}
		again := testBook(t, store.Reopen(), nil)
		if owed := again.Owed(); len(owed) != 1 || owed[0].Order != a.Order || owed[0].Task != TaskQuery {
			t.Fatalf("after %d steps: %+v", steps, owed)
		}
		if _, _, ok := again.TakeCode(a.Order); ok {
			t.Error("a code outlived its process")
		}
		_, err := again.Asking(ctx, a.Order, RequestPay)
		wants(t, err, ReasonStateForbidden)
		wants(t, again.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonCodeUsed)
		answer(t, again, a.Order, RequestQuery, ClassPaid)
		if sale := current(t, again); sale.Paid() == nil || len(sale.Attempts) != 1 {
			t.Errorf("after %d steps: %+v", steps, sale)
		}
		again.Close("test")
		b.Close("test")
	}
}
