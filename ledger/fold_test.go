package ledger

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// head is the journal's last sequence number: what a query that begins now carries.
func head(b *Book) (seq uint64) {
	b.Read(func(s *State) { seq = s.Head.Seq })
	return seq
}

// says reports a verified answer to a query or cancel that began at a place in the journal.
func says(t *testing.T, b *Book, a Attempt, request Request, class Class, began uint64) Attempt {
	t.Helper()
	ans := Answer{Order: a.Order, Request: request, Class: class, Verified: true, Began: began}
	if class == ClassPaid {
		ans = paidAnswer(&a, request, began)
	}
	wants(t, b.Report(context.Background(), ans), "")
	return stateOf(t, b, a.Order)
}

// TestQueryBegunBeforeTheCancelDecidesNothing: it began before the event that owes the cancel.
func TestQueryBegunBeforeTheCancelDecidesNothing(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	qr := qrUp(t, b, Alipay)
	wants(t, b.Stop(ctx, Trainee), "")
	slow := head(b)
	says(t, b, qr, RequestQuery, ClassWaiting, slow)
	for _, class := range []Class{ClassAbsent, ClassClosed, ClassPaid, ClassRefused} {
		if a := says(t, b, qr, RequestQuery, class, slow); a.State != Closing || a.Task != TaskClose {
			t.Fatalf("class %d: %s owes %s", class, a.State, a.Task)
		}
	}
}

// TestQueryBegunBeforeTheCancelsAnswerDecidesNothing: only one begun after "finally refused" makes PAID, only one begun after
// "accepted" closes.
func TestQueryBegunBeforeTheCancelsAnswerDecidesNothing(t *testing.T) {
	for _, tt := range []struct{ cancel, query Class }{{ClassDenied, ClassPaid}, {ClassAccepted, ClassClosed}, {ClassAccepted, ClassReversed}} {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		a, _ := charged(t, b, wechatCode)
		wants(t, b.Stop(ctx, Trainee), "")
		says(t, b, a, RequestQuery, ClassWaiting, head(b))
		slow := head(b)
		says(t, b, a, RequestClose, tt.cancel, slow)
		if got := says(t, b, a, RequestQuery, tt.query, slow); got.State != Closing || got.Task != TaskQuery {
			t.Errorf("cancel class %d, query class %d begun before: %s owes %s", tt.cancel, tt.query, got.State, got.Task)
		}
		want := map[Class]AttemptState{ClassPaid: Paid, ClassClosed: ClosedOff, ClassReversed: Reversed}[tt.query]
		if got := says(t, b, a, RequestQuery, tt.query, head(b)); got.State != want || got.Task != TaskNone {
			t.Errorf("cancel class %d, query class %d begun after: %s owes %s", tt.cancel, tt.query, got.State, got.Task)
		}
		b.Close("test")
	}
}

// TestPatienceIsCountedFromTheStop: an answer that is only written down does not make the customer wait anew.
func TestPatienceIsCountedFromTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		defer b.Close("test")
		a, _ := charged(t, b, wechatCode)
		wants(t, b.Stop(ctx, Trainee), "")
		time.Sleep(stopPatience - time.Second)
		doubtful := paidAnswer(&a, RequestQuery, head(b))
		doubtful.Named.App = "B"
		wants(t, b.Report(ctx, doubtful), "")
		if got := stateOf(t, b, a.Order); got.State != Stopping || got.Note != NoteOtherApp {
			t.Fatalf("%+v", got)
		}
		time.Sleep(time.Second)
		answer(t, b, a.Order, RequestQuery, ClassUnknown)
		if got := stateOf(t, b, a.Order); got.State != Closing || got.Task != TaskClose {
			t.Errorf("after a minute: %s owes %s", got.State, got.Task)
		}
	})
}

// TestMayAskOfEveryState: the reason a sale gives for each state its attempt can be in.
func TestMayAskOfEveryState(t *testing.T) {
	for state, reason := range map[AttemptState]Reason{
		Intent: ReasonLiveAttempt, Asking: ReasonLiveAttempt, Waiting: ReasonLiveAttempt, Unknown: ReasonUnresolved, Stopping: ReasonUnresolved,
		Closing: ReasonUnresolved, Paid: ReasonAlreadyPaid, Orphan: ReasonLateMoney, Refused: "", Unsent: "", Withdrawn: "", ClosedOff: "", Reversed: "",
	} {
		for _, first := range []bool{true, false} {
			sale := Sale{Attempts: []Attempt{attemptIn(state, ByCode), attemptIn(ClosedOff, ByQR)}}
			if !first {
				sale.Attempts[0], sale.Attempts[1] = sale.Attempts[1], sale.Attempts[0]
			}
			if err := sale.MayAsk(); ReasonOf(err) != reason {
				t.Errorf("%s: %v", state, err)
			}
			if live := sale.Live() != nil; live != state.Live() {
				t.Errorf("%s: live %v", state, live)
			}
		}
	}
	if err := (&Sale{Dropped: true}).MayAsk(); ReasonOf(err) != ReasonNoSale {
		t.Errorf("dropped: %v", err)
	}
}

// TestLateMoneyStopsWhatFollowed: an earlier QR is paid, or is being paid, while something else is charged. That is
// stopped in the same append: the customer must not pay twice.
func TestLateMoneyStopsWhatFollowed(t *testing.T) {
	ctx := context.Background()
	for _, news := range []Class{ClassPaid, ClassWaiting} {
		for _, asked := range []bool{false, true} {
			b := testBook(t, NewMemory(), nil)
			qr := qrUp(t, b, Alipay)
			wants(t, b.Stop(ctx, Trainee), "")
			answer(t, b, qr.Order, RequestQuery, ClassAbsent)
			wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
			code, want := lastAttempt(t, b), Unsent
			if asked {
				_, err := b.Asking(ctx, code.Order, RequestPay)
				wants(t, err, "")
				want = Stopping
			}
			answer(t, b, qr.Order, RequestQuery, news)
			if got := stateOf(t, b, code.Order); got.State != want || got.StopWhy != StopOtherWay {
				t.Errorf("class %d, asked %v: the code's attempt is %s", news, asked, got.State)
			}
			if _, held, _ := b.TakeCode(code.Order); held {
				t.Errorf("class %d, asked %v: the code can still be sent", news, asked)
			}
			wants(t, b.SetAside(ctx, Trainee), "")
			b.Close("test")
		}
	}
}

// TestWallClockEndsNoPatience: a clock set back an hour after the stop does not hold the order open, one set forward
// does not close it early.
func TestWallClockEndsNoPatience(t *testing.T) {
	a := attemptIn(Stopping, ByCode)
	a.SinceAt = t0.Add(time.Hour)
	if m := a.next(known(stopPatience, Answer{Order: a.Order, Request: RequestQuery, Class: ClassUnknown, Began: 25})); m.to != Closing {
		t.Errorf("patience never ends: %s", m.to)
	}
	a.SinceAt = t0.Add(-time.Hour)
	if m := a.next(known(time.Second, Answer{Order: a.Order, Request: RequestQuery, Class: ClassUnknown, Began: 25})); m.to != Stopping {
		t.Errorf("patience ends at once: %s", m.to)
	}
}

// TestRefundedElsewhere: somebody gave money back at the channel. That is neither PAID nor a clean end; it is named.
func TestRefundedElsewhere(t *testing.T) {
	for _, state := range []AttemptState{Asking, Waiting, Unknown, Stopping, Closing, Withdrawn, ClosedOff, Refused, Reversed} {
		a := attemptIn(state, ByCode)
		if m := a.next(agreeing(&a, ClassRefunded, RequestQuery, 25)); m.to != Orphan || m.note != NoteRefunded || m.task != TaskNone || !m.record {
			t.Errorf("%s: %+v", state, m)
		}
	}
	a := attemptIn(Paid, ByCode)
	if m := a.next(agreeing(&a, ClassRefunded, RequestQuery, 25)); m.to != Paid || m.note != NoteGoneAfterPaid {
		t.Errorf("paid: %+v", m)
	}
}

// TestOrderThatWillNotEnd is on the list of exceptions after ten minutes, once, until it has ended after all.
func TestOrderThatWillNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		defer b.Close("test")
		a, _ := charged(t, b, wechatCode)
		wants(t, b.Stop(ctx, Trainee), "")
		answer(t, b, a.Order, RequestQuery, ClassWaiting)
		listed := func() (notes []Note) {
			b.Read(func(s *State) {
				for _, x := range s.Exceptions {
					notes = append(notes, x.Note)
				}
			})
			return notes
		}
		for minute := range 13 {
			answer(t, b, a.Order, RequestClose, ClassAccepted)
			answer(t, b, a.Order, RequestQuery, ClassWaiting)
			if notes := listed(); (minute < 10 && len(notes) != 0) || (minute > 10 && (len(notes) != 1 || notes[0] != NoteStubborn)) {
				t.Fatalf("after %d minutes: %v", minute, notes)
			}
			time.Sleep(time.Minute)
		}
		answer(t, b, a.Order, RequestClose, ClassAccepted)
		answer(t, b, a.Order, RequestQuery, ClassClosed)
		if notes := listed(); len(notes) != 0 {
			t.Errorf("it has ended and is still listed: %v", notes)
		}
	})
}
