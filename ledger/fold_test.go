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
		wants(t, b.Report(ctx, Answer{Order: a.Order, Request: RequestQuery, Class: ClassUnknown, Began: head(b)}), "")
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

// TestLateMoneyUnderALiveAttempt: an earlier QR is paid while a code is being charged. Until that has ended, the sale is
// neither set aside nor replaced.
func TestLateMoneyUnderALiveAttempt(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	qr := qrUp(t, b, Alipay)
	wants(t, b.Stop(ctx, Trainee), "")
	answer(t, b, qr.Order, RequestQuery, ClassAbsent)
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	code := *new(current(t, b)).Last()
	answer(t, b, qr.Order, RequestQuery, ClassPaid)
	if err := b.SetAside(ctx, Trainee); ReasonOf(err) != ReasonLiveAttempt {
		t.Errorf("set aside while a code is being charged: %v", err)
	}
	if err := b.Key('5'); err == nil {
		t.Error("an amount can be keyed while a code is being charged")
	}
	wants(t, b.Stop(ctx, Trainee), "")
	if a := stateOf(t, b, code.Order); a.State != Unsent {
		t.Errorf("%s", a.State)
	}
	wants(t, b.SetAside(ctx, Trainee), "")
}
