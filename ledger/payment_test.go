package ledger

import (
	"fmt"
	"testing"
	"time"
)

var (
	allStates   = []AttemptState{Intent, Asking, Waiting, Unknown, Paid, Refused, Unsent, Stopping, Withdrawn, Closing, ClosedOff, Reversed, Orphan}
	allClasses  = []Class{ClassUnknown, ClassUnsent, ClassPaid, ClassWaiting, ClassOpen, ClassShown, ClassAbsent, ClassRefused, ClassFailed, ClassClosed, ClassReversed, ClassAccepted, ClassDenied, ClassRefunded}
	allRequests = []Request{RequestPay, RequestOrder, RequestQuery, RequestClose}
)

// attemptIn is an attempt in a state as it would have come there.
func attemptIn(state AttemptState, way Way) Attempt {
	a := Attempt{Order: "T1X", Channel: WeChat, Way: way, Amount: Fen(1250), Merchant: "M", App: "A", State: state,
		OpenedAt: t0, SinceAt: t0, Expires: t0.Add(90 * time.Second), StopSeq: 10, CloseSeq: 0}
	switch state {
	case Intent:
		a.Task = TaskPay
	case Asking, Waiting, Unknown, Stopping, Withdrawn:
		a.Task, a.Asks = TaskQuery, 1
	case Closing:
		a.Task, a.Asks, a.CloseSeq = TaskClose, 1, 20
	}
	if way == ByQR && state == Intent {
		a.Task = TaskOrder
	}
	if way == ByQR && state != Intent && state != Asking {
		a.QR = "https://qr.example.invalid/x"
	}
	return a
}

func agreeing(a *Attempt, class Class, request Request, began uint64) Answer {
	ans := Answer{Order: a.Order, Request: request, Class: class, Verified: class != ClassUnknown && class != ClassUnsent, Began: began}
	if class == ClassPaid {
		ans.Named = Named{Order: a.Order, Amount: a.Amount, Merchant: a.Merchant, App: a.App}
	}
	return ans
}

// known makes an answer about an order that the worker has watched for so long.
func known(d time.Duration, ans Answer) Answer {
	ans.InState, ans.Known = d, d
	return ans
}

// TestEveryStateMeetsEveryAnswer walks the whole table: every move has an arrow, what is live owes something, what has
// ended owes nothing but a withdrawn QR's watch, and PAID comes from "paid" alone.
func TestEveryStateMeetsEveryAnswer(t *testing.T) {
	for _, state := range allStates {
		for _, way := range []Way{ByCode, ByQR} {
			for _, class := range allClasses {
				for _, request := range allRequests {
					for _, began := range []uint64{5, 15, 25} {
						for _, later := range []time.Duration{time.Second, 3 * time.Minute} {
							a := attemptIn(state, way)
							ans := agreeing(&a, class, request, began)
							ans.InState, ans.Known = later, later
							m := a.next(ans)
							name := fmt.Sprintf("%s way %d, class %d of request %d, began %d, after %v", state, way, class, request, began, later)
							if !arrow(state, m.to) {
								t.Errorf("%s: no arrow to %s", name, m.to)
							}
							if m.to.Live() && m.task == TaskNone {
								t.Errorf("%s: %s owes nothing and would stay for ever", name, m.to)
							}
							if !m.to.Live() && m.task != TaskNone && m.to != Withdrawn {
								t.Errorf("%s: %s still owes %s", name, m.to, m.task)
							}
							if m.to == Paid && state != Paid && class != ClassPaid {
								t.Errorf("%s: PAID without a payment", name)
							}
							if m.task == TaskPay && state != Intent {
								t.Errorf("%s: would pay again", name)
							}
						}
					}
				}
			}
		}
	}
}

// TestPaidNeedsFiveEqualFields: one field off, or no good signature, and it is not PAID and has a name.
func TestPaidNeedsFiveEqualFields(t *testing.T) {
	for note, twist := range map[Note]func(*Answer){
		NoteUnverified:    func(a *Answer) { a.Verified = false },
		NoteOtherOrder:    func(a *Answer) { a.Named.Order = "T1Y" },
		NoteOtherAmount:   func(a *Answer) { a.Named.Amount.Fen-- },
		NoteOtherMerchant: func(a *Answer) { a.Named.Merchant = "N" },
		NoteOtherApp:      func(a *Answer) { a.Named.App = "B" },
	} {
		for _, state := range []AttemptState{Asking, Waiting, Unknown, Stopping, Closing, ClosedOff, Withdrawn} {
			a := attemptIn(state, ByCode)
			a.Denied = true
			ans := agreeing(&a, ClassPaid, RequestQuery, 25)
			twist(&ans)
			if m := a.next(ans); m.to == Paid || m.to == Orphan || m.note != note || !m.record {
				t.Errorf("%s with note %d: becomes %s, note %d, record %v", state, note, m.to, m.note, m.record)
			}
		}
	}
	other := attemptIn(Asking, ByCode)
	ans := agreeing(&other, ClassPaid, RequestQuery, 25)
	ans.Named.Amount.Currency = "USD"
	if m := other.next(ans); m.to == Paid {
		t.Error("another currency is PAID")
	}
}

// Case 6: a cancel on its way gives the money back, so a "paid" means nothing until the cancel is finally refused.
func TestPaidWhileACancelIsOnItsWay(t *testing.T) {
	a := attemptIn(Closing, ByCode)
	a.Accepted, a.Task = true, TaskQuery // the cancel has been answered
	if m := a.next(agreeing(&a, ClassPaid, RequestQuery, 25)); m.to != Closing || m.task != TaskClose {
		t.Errorf("accepted, still paid: %+v", m)
	}
	a.Accepted, a.Denied = false, true
	if m := a.next(agreeing(&a, ClassPaid, RequestQuery, 25)); m.to != Paid {
		t.Errorf("finally refused, paid: %+v", m)
	}
	if m := a.next(agreeing(&a, ClassPaid, RequestQuery, 19)); m.to != Closing || m.note != NoteStale {
		t.Errorf("an answer older than the cancel: %+v", m)
	}
}

// TestLastQueryBeginsAfterTheStop: what was under way when the stop came does not end the attempt, except with money.
func TestLastQueryBeginsAfterTheStop(t *testing.T) {
	a := attemptIn(Stopping, ByCode)
	for _, class := range []Class{ClassWaiting, ClassAbsent, ClassOpen} {
		if m := a.next(agreeing(&a, class, RequestQuery, 9)); m.to != Stopping {
			t.Errorf("class %d begun before the stop: %s", class, m.to)
		}
		if m := a.next(agreeing(&a, class, RequestQuery, 10)); m.to != Closing {
			t.Errorf("class %d begun after the stop: %s", class, m.to)
		}
	}
	if m := a.next(agreeing(&a, ClassPaid, RequestPay, 3)); m.to != Paid || m.note != NoteFasterThanCancel {
		t.Errorf("the customer was faster: %+v", m)
	}
}

// TestLateMoneyBecomesAnOrphan: whatever the end was, money that comes after it is recorded and named.
func TestLateMoneyBecomesAnOrphan(t *testing.T) {
	for _, state := range []AttemptState{Refused, Unsent, Withdrawn, ClosedOff, Reversed} {
		a := attemptIn(state, ByQR)
		if m := a.next(agreeing(&a, ClassPaid, RequestQuery, 25)); m.to != Orphan || m.note != NoteLateMoney || m.task != TaskNone {
			t.Errorf("%s: %+v", state, m)
		}
	}
	a := attemptIn(Orphan, ByQR)
	if m := a.next(agreeing(&a, ClassPaid, RequestQuery, 25)); m.record {
		t.Error("the same late money is recorded twice")
	}
}

// TestAbsentIsNotClosedBeforeTheCodesLifeIsOver: the request may still be on its way.
func TestAbsentIsNotClosedBeforeTheCodesLifeIsOver(t *testing.T) {
	a := attemptIn(Closing, ByCode)
	a.Accepted, a.Task = true, TaskQuery // the cancel has been answered
	if m := a.next(known(a.life(), agreeing(&a, ClassAbsent, RequestQuery, 25))); m.to != Closing {
		t.Errorf("at the end of its life: %s", m.to)
	}
	if m := a.next(known(a.life()+1, agreeing(&a, ClassAbsent, RequestQuery, 25))); m.to != ClosedOff {
		t.Errorf("after it: %s", m.to)
	}
}

// TestCancelsAnswerEndsNothing: only a query begun after it does.
func TestCancelsAnswerEndsNothing(t *testing.T) {
	for _, class := range allClasses {
		a := attemptIn(Closing, ByCode)
		if m := a.next(agreeing(&a, class, RequestClose, 25)); m.to != Closing {
			t.Errorf("class %d: %s", class, m.to)
		}
	}
}
