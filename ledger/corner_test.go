package ledger

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// This file has the corners in which money, or a customer's code, was once held wrongly.

// TestWaitingWithoutAQR has no arrow back to unknown: it goes on waiting until it is stopped.
func TestWaitingWithoutAQR(t *testing.T) {
	a := attemptIn(Waiting, ByQR)
	a.QR = ""
	for _, class := range allClasses {
		if m := a.next(agreeing(&a, class, RequestQuery, 25)); !arrow(Waiting, m.to) {
			t.Errorf("class %d: no arrow to %s", class, m.to)
		}
	}
}

// TestAbsentEndsNothingBeforeTheCancelIsAnswered: the cancel stays owed, however old the code is.
func TestAbsentEndsNothingBeforeTheCancelIsAnswered(t *testing.T) {
	a := attemptIn(Closing, ByCode)
	for _, d := range []time.Duration{0, a.life() + time.Hour} {
		if m := a.next(known(d, agreeing(&a, ClassAbsent, RequestQuery, 25))); m.to != Closing || m.task != TaskClose {
			t.Errorf("%+v", m)
		}
	}
}

// TestWatchedQRAlwaysEnds: whatever final word a channel has for it.
func TestWatchedQRAlwaysEnds(t *testing.T) {
	for class, want := range map[Class]move{
		ClassClosed: {to: ClosedOff}, ClassReversed: {to: ClosedOff}, ClassRefused: {to: ClosedOff},
		ClassWaiting: {to: Withdrawn, task: TaskClose}, ClassOpen: {to: Withdrawn, task: TaskClose}, ClassFailed: {to: Withdrawn, task: TaskClose},
	} {
		a := attemptIn(Withdrawn, ByQR)
		if m := a.next(agreeing(&a, class, RequestQuery, 25)); m.to != want.to || m.task != want.task {
			t.Errorf("class %d: %s owes %s", class, m.to, m.task)
		}
	}
	a := attemptIn(Withdrawn, ByQR)
	if m := a.next(known(a.life()+watchMargin, agreeing(&a, ClassAbsent, RequestQuery, 25))); m.task != TaskQuery {
		t.Errorf("within its life and margin: %+v", m)
	}
	if m := a.next(known(a.life()+watchMargin+1, agreeing(&a, ClassAbsent, RequestQuery, 25))); m.to != Withdrawn || m.task != TaskNone {
		t.Errorf("after them: %+v", m)
	}
}

// TestNothingUnsignedEndsAnAttempt: a new order number would be allowed on anybody's word.
func TestNothingUnsignedEndsAnAttempt(t *testing.T) {
	for _, state := range []AttemptState{Asking, Waiting, Unknown, Stopping, Closing} {
		for _, class := range allClasses {
			for _, request := range allRequests {
				a := attemptIn(state, ByCode)
				ans := agreeing(&a, class, request, 25)
				ans.Verified = false
				m := a.next(ans)
				unsent := class == ClassUnsent && m.to == Unsent
				if !m.to.Live() && !unsent || state != Closing && m.to == Closing {
					t.Errorf("%s, class %d of request %d: %s", state, class, request, m.to)
				}
			}
		}
	}
}

// refusals counts the journal's refused codes with a reason.
func refusals(t *testing.T, store Store, reason Reason) (n int) {
	t.Helper()
	err := store.Read(1, func(_ uint64, stored []byte) error {
		event, err := DecodeEvent(stored)
		if refused, ok := event.Body.(*CodeRefused); ok && refused.Why == reason && refused.Last4 != "" && refused.Mark != (Mark{}) {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWaitingCodeIsRefusedOnRecord when it has grown old behind a QR that is still in the way, and when the QR is paid.
func TestWaitingCodeIsRefusedOnRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, nil)
		defer b.Close("test")
		qr := qrUp(t, b, Alipay)
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
		held := b.waiting.code
		time.Sleep(codeFresh + time.Millisecond)
		wants(t, b.Sweep(ctx), ReasonCodeStale)
		if b.waiting != nil || held.Reveal() == wechatCode || refusals(t, store, ReasonCodeStale) != 1 {
			t.Fatal("an old code waits on, or is thrown away in silence")
		}
		answer(t, b, qr.Order, RequestQuery, ClassPaid)
		next := qrUp(t, b, WeChat)
		wants(t, b.Scan(ctx, Trainee, scanOf(alipayCode)), "")
		answer(t, b, next.Order, RequestQuery, ClassPaid)
		if refusals(t, store, ReasonAlreadyPaid) != 1 {
			t.Fatal("what became of the code is not on record")
		}
	})
}

// TestStoppedLedgerForgetsEveryCode: the one on its way to the worker, the one behind a QR, and the suspect one.
func TestStoppedLedgerForgetsEveryCode(t *testing.T) {
	ctx := context.Background()
	for name, hold := range map[string]func(*Book) []byte{
		"on its way": func(b *Book) []byte {
			settle(t, b, "5")
			wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
			return b.codes[lastAttempt(t, b).Order].digits()
		},
		"behind a QR": func(b *Book) []byte {
			qrUp(t, b, Alipay)
			wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
			return b.waiting.code.digits()
		},
		"suspect": func(b *Book) []byte {
			settle(t, b, "5")
			wants(t, b.Scan(ctx, Trainee, Scan{Text: []byte(wechatCode), At: time.Now(), Suspect: true}), ReasonCodeSuspect)
			return b.suspect.Text
		},
	} {
		store := NewMemory()
		b := testBook(t, store, nil)
		digits := hold(b)
		if string(digits) != wechatCode {
			t.Fatalf("%s: the code is not held", name)
		}
		store.FailAppend = func(Batch) (bool, error) { return false, errors.New("the disk says no") }
		if name == "suspect" { // a scan would drop it by itself
			wants(t, b.Drop(ctx, Trainee, "x"), ReasonLedgerStopped)
		} else {
			wants(t, b.Scan(ctx, Trainee, Scan{Text: []byte("hello"), At: time.Now()}), ReasonLedgerStopped)
		}
		if string(digits) == wechatCode {
			t.Errorf("%s: the code outlives the ledger", name)
		}
		b.Close("test")
	}
}

// TestDoubtIsListedOnceForEachCause although answers come again and again.
func TestDoubtIsListedOnceForEachCause(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	settle(t, b, "5")
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	a := lastAttempt(t, b)
	began, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	for range 3 {
		dear, foreign := paidAnswer(&a, RequestQuery, began), paidAnswer(&a, RequestQuery, began)
		dear.Named.Amount.Fen++
		foreign.Named.Merchant = "N"
		wants(t, b.Report(ctx, dear), "")
		wants(t, b.Report(ctx, foreign), "")
	}
	b.Read(func(s *State) {
		if len(s.Exceptions) != 2 {
			t.Errorf("%+v", s.Exceptions)
		}
	})
	if a := lastAttempt(t, b); a.State != Unknown || a.Task != TaskQuery {
		t.Errorf("%s owes %s", a.State, a.Task)
	}
}

// TestAnOldWordOfMoneyHoldsTheSale: a "paid" older than the cancel decides nothing, but before the channel has been asked about it
// once more the sale is not charged a second time.
func TestAnOldWordOfMoneyHoldsTheSale(t *testing.T) {
	for _, state := range []AttemptState{Refused, Unsent, ClosedOff, Reversed} {
		a := attemptIn(state, ByCode)
		a.Task, a.CloseSeq = TaskNone, 30
		m := a.next(agreeing(&a, ClassPaid, RequestNotice, 25))
		if m.to != state || m.task != TaskQuery {
			t.Errorf("%s: %+v", state, m)
		}
		sale := Sale{ID: "261125000017316", Amount: a.Amount, Attempts: []Attempt{a}}
		if err := sale.MayAsk(); err != nil {
			t.Errorf("%s without such a word: %v", state, err)
		}
		sale.Attempts[0].Task = TaskQuery
		wantReason(t, sale.MayAsk(), ReasonUnresolved)
	}
	watched := attemptIn(Withdrawn, ByQR)
	watched.Task = TaskQuery
	if err := (&Sale{ID: "261125000017316", Amount: watched.Amount, Attempts: []Attempt{watched}}).MayAsk(); err != nil {
		t.Errorf("a withdrawn QR on the watch list: %v", err)
	}
}
