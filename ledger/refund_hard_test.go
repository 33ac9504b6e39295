package ledger

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode/utf8"
)

// This file has what a hostile reading of the refunds has found.

// hostile is a paid order with one refund that has been sent.
func hostile(t *testing.T, amount int64) (*Book, *Memory, OrderNo, RefundNo) {
	t.Helper()
	b, store, a := paidAndGone(t)
	number, err := b.Refund(context.Background(), Trainee, RefundWish{Order: a.Order, Amount: Fen(amount), Why: "x"})
	wants(t, err, "")
	resend(t, b, a.Order, number)
	return b, store, a.Order, number
}

func resend(t *testing.T, b *Book, order OrderNo, number RefundNo) {
	t.Helper()
	_, err := b.Sending(context.Background(), order, number)
	wants(t, err, "")
}

func hears(t *testing.T, b *Book, order OrderNo, number RefundNo, amount int64, request Request, class Class) {
	t.Helper()
	var head uint64
	b.Read(func(s *State) { head = s.Head.Seq })
	wants(t, b.Report(context.Background(), refundAnswer(order, number, Fen(amount), request, class, head)), "")
}

func listed(b *Book) (all []Exception) {
	b.Read(func(s *State) { all = append(all, s.Exceptions...) })
	return all
}

// asked is a Book whose sale on the screen has an attempt that was sent, and says lets the channel answer about it.
func asked(t *testing.T) (b *Book, a Attempt, says func(Request, Class)) {
	t.Helper()
	b, _, _ = paidAndGone(t)
	ctx := context.Background()
	wants(t, b.Scan(ctx, Trainee, scanOf("130000000000000003")), "")
	b.Read(func(s *State) { a = *s.CurrentSale().Last() })
	b.TakeCode(a.Order)
	_, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	return b, a, func(request Request, class Class) {
		t.Helper()
		var head uint64
		b.Read(func(s *State) { head = s.Head.Seq })
		ans := Answer{Order: a.Order, Request: request, Class: class, Verified: true, Began: head}
		if class == ClassPaid {
			ans = paidAnswer(&a, request, head)
		}
		wants(t, b.Report(ctx, ans), "")
	}
}

// A refund that waits for balance leaves the list after one lost answer, and does not come back.
func TestHeldStaysListed(t *testing.T) {
	b, _, order, number := hostile(t, 500)
	defer b.Close("test")
	hears(t, b, order, number, 500, RequestRefund, ClassHeld)
	if len(listed(b)) != 1 {
		t.Fatal("not listed at first")
	}
	resend(t, b, order, number) // its answer is lost; the query says that nothing is known; it is sent again
	hears(t, b, order, number, 500, RequestRefundQuery, ClassAbsent)
	resend(t, b, order, number)
	hears(t, b, order, number, 500, RequestRefund, ClassHeld)
	if len(listed(b)) != 1 {
		t.Errorf("a held refund is not on the list: %+v", listed(b))
	}
}

// The entry of an abnormal refund goes when the channel has ended it, or with a word that the money was given back by hand; a
// note alone leaves it there: nothing more may be given back of that order meanwhile.
func TestAbnormalDeadEnd(t *testing.T) {
	b, _, order, number := hostile(t, 500)
	defer b.Close("test")
	ctx := context.Background()
	hears(t, b, order, number, 500, RequestRefundQuery, ClassAbnormal)
	wants(t, b.Resolve(ctx, supervisor, Resolution{Exception: listed(b)[0].ID, Note: "seen"}), ReasonRefundOpen)
	hears(t, b, order, number, 500, RequestRefundQuery, ClassAbnormal) // hourly, for ever
	_, err := b.Refund(ctx, supervisor, RefundWish{Order: order, Amount: Fen(1), Why: "x", Seen: 1})
	wants(t, err, ReasonRefundAbnormal)
	if len(listed(b)) != 1 {
		t.Errorf("listed: %+v", listed(b))
	}
}

// A refund that no repetition brings about (another one under its number, INVALID_REQUEST for ever) can be ended by a person.
func TestStuckRefundCanBeEnded(t *testing.T) {
	b, _, order, number := hostile(t, 500)
	defer b.Close("test")
	ctx := context.Background()
	hears(t, b, order, number, 300, RequestRefundQuery, ClassReturned) // a restored till's number: there it is another refund
	wants(t, b.Resolve(ctx, supervisor, Resolution{Exception: listed(b)[0].ID, Note: "looked at"}), ReasonRefundOpen)
	wants(t, b.Resolve(ctx, supervisor, Resolution{Exception: listed(b)[0].ID, Note: "given from the drawer", Returned: true}), "")
	if len(listed(b)) != 0 || len(b.Owed()) != 0 {
		t.Errorf("%+v, owed %d", listed(b), len(b.Owed()))
	}
}

// Money given back by hand for an abnormal refund, and then the channel brings it to the customer after all.
func TestByHandAndReturned(t *testing.T) {
	b, _, order, number := hostile(t, 500)
	defer b.Close("test")
	hears(t, b, order, number, 500, RequestRefundQuery, ClassAbnormal)
	wants(t, b.Resolve(context.Background(), supervisor, Resolution{Exception: listed(b)[0].ID, Note: "drawer", Returned: true}), "")
	hears(t, b, order, number, 500, RequestNotice, ClassReturned)
	if len(listed(b)) == 0 {
		t.Errorf("the customer has it twice, and nobody is told")
	}
}

// A customer's code that the scanner types into the reason.
func TestCodeInReason(t *testing.T) {
	b, store, a := paidAndGone(t)
	defer b.Close("test")
	if _, err := b.Refund(context.Background(), Trainee, RefundWish{Order: a.Order, Amount: Fen(1), Why: "130000000000000007"}); err != nil {
		return
	}
	for seq, r := range store.records {
		if bytes.Contains(r, []byte("130000000000000007")) {
			t.Errorf("event %d holds a customer code", seq+1)
		}
	}
}

// The fold refuses a resolution and changes nothing.
func TestRefusedResolutionLeavesNoTrace(t *testing.T) {
	b, store, order, number := hostile(t, 500)
	hears(t, b, order, number, 500, RequestRefundQuery, ClassAbnormal)
	id := listed(b)[0].ID
	b.Close("test")
	s := refold(t, store, "x")
	before := string(s.Snapshot())
	event := Event{Seq: s.Head.Seq + 1, Epoch: s.Epoch, Actor: supervisor, At: t0, Day: s.Day, Prev: s.Head.Hash,
		Body: &Resolved{Exception: id, Note: "x", Returned: Fen(501), Order: order, Refund: number}}
	if _, err := s.Apply(&event, HashOf(event.Encode())); err == nil {
		t.Error("folded")
	} else if string(s.Snapshot()) != before {
		t.Error("it leaves a trace")
	}
}

// All of an orphan's money is back by hand: nothing about it is left on the list.
func TestLateMoneyBackByHand(t *testing.T) {
	b, a, says := asked(t)
	defer b.Close("test")
	says(RequestPay, ClassRefused)
	says(RequestNotice, ClassPaid)
	says(RequestQuery, ClassPaid)
	number := newRefundNo(a.Order, 1)
	resend(t, b, a.Order, number)
	hears(t, b, a.Order, number, a.Amount.Fen, RequestRefundQuery, ClassClosed)
	says(RequestQuery, ClassPaid) // the money is still there
	for _, x := range listed(b) {
		if x.Note == NoteRefundFailed {
			wants(t, b.Resolve(context.Background(), supervisor, Resolution{Exception: x.ID, Note: "drawer", Returned: true}), "")
		}
	}
	if len(listed(b)) != 0 {
		t.Errorf("still listed: %+v", listed(b))
	}
}

// The reason must fit WeChat Pay: 80 characters, whatever bytes they take (the simulator answers PARAM_ERROR, which is a denial
// for good, and the refund ends as failed).
func TestReasonFits(t *testing.T) {
	b, _, a := paidAndGone(t)
	defer b.Close("test")
	_, err := b.Refund(context.Background(), Trainee, RefundWish{Order: a.Order, Amount: Fen(1), Why: strings.Repeat("brought back ", 10)})
	wants(t, err, "")
	if n := utf8.RuneCountInString(b.Owed()[0].Return.Why); n > 80 {
		t.Errorf("a reason of %d characters", n)
	}
}

// Alipay announces a refund by a notice that only says "ask" (its refund_fee is a sum). One that had ended without money is
// not asked about then, so that "done after all" is never found on Alipay.
func TestFailedThenAnnounced(t *testing.T) {
	b, _, order, number := hostile(t, 500)
	defer b.Close("test")
	hears(t, b, order, number, 500, RequestRefund, ClassDenied)
	hears(t, b, order, number, 500, RequestRefundQuery, ClassAbsent)
	hears(t, b, order, number, 500, RequestNotice, ClassAccepted)
	if len(b.Owed()) == 0 {
		t.Errorf("nothing is asked")
	}
}

// Late money whose refund was denied, because a late cancel was faster, is asked about before a person is told to give it back.
func TestDeniedLateRefundIsAskedAbout(t *testing.T) {
	b, a, says := asked(t)
	defer b.Close("test")
	says(RequestPay, ClassRefused)
	says(RequestNotice, ClassPaid)
	says(RequestQuery, ClassPaid) // still there: R01
	number := newRefundNo(a.Order, 1)
	resend(t, b, a.Order, number)
	hears(t, b, a.Order, number, a.Amount.Fen, RequestRefund, ClassDenied) // TRADE_HAS_CLOSE: the money is back already
	hears(t, b, a.Order, number, a.Amount.Fen, RequestRefundQuery, ClassAbsent)
	if len(b.Owed()) == 0 {
		t.Errorf("the list says to give it back by hand: %+v", listed(b))
	}
}

// A story with a resolution in it is told again, and so is what comes after it.
func TestStoryWithResolution(t *testing.T) {
	b, store, order, number := hostile(t, 500)
	ctx := context.Background()
	hears(t, b, order, number, 500, RequestRefundQuery, ClassAbnormal)
	wants(t, b.Resolve(ctx, supervisor, Resolution{Exception: listed(b)[0].ID, Note: "drawer", Returned: true}), "")
	second, err := b.Refund(ctx, Trainee, RefundWish{Order: order, Amount: Fen(100), Why: "x", Seen: 1})
	wants(t, err, "")
	resend(t, b, order, second)
	hears(t, b, order, second, 100, RequestRefundQuery, ClassClosed)
	wants(t, b.Resolve(ctx, supervisor, Resolution{Exception: listed(b)[0].ID, Note: "drawer", Returned: true}), "")
	_, err = b.Refund(ctx, Trainee, RefundWish{Order: order, Amount: Fen(100), Why: "x", Seen: 2})
	wants(t, err, "")
	var before string
	b.Read(func(s *State) { before = string(s.Snapshot()) })
	if string(refold(t, store, "again").Snapshot()) != before {
		t.Error("folded otherwise")
	}
	b.Close("test")
	testBook(t, store.Reopen(), nil).Close("y")
}

// An event of before: an order was paid, refunded by somebody else, and its sale is paid on another order (the note said
// second payment then). Its money is not there any more.
func TestOldRefundedElsewhere(t *testing.T) {
	a := &Attempt{Order: "T1A", State: ClosedOff, Amount: Fen(900)}
	s := NewState()
	s.sales["1"], s.orders["T1A"] = &Sale{ID: "1", Attempts: []Attempt{*a}}, "1"
	e := &Event{Seq: 1, At: t0, Day: 20261125, Body: &AttemptAnswered{Became: Orphan,
		Answer: Answer{Order: "T1A", Class: ClassRefunded, Request: RequestQuery, Verified: true, Note: NoteSecondPayment}}}
	sale, err := s.apply(e)
	wants(t, err, "")
	if left := sale.Attempts[0].Left(); left != 0 {
		t.Errorf("%d fen are said to be left", left)
	}
}

// A signed "paid" of an order that was closed has come as a notice; the question that follows hears that somebody is just paying
// it (the cancel did not hold), or meets a copy of the channel that does not know yet. The order must not be forgotten.
func TestClosedOrderIsAlive(t *testing.T) {
	for _, class := range []Class{ClassWaiting, ClassOpen} {
		b, a, says := asked(t)
		ctx := context.Background()
		wants(t, b.Stop(ctx, Trainee), "")
		says(RequestQuery, ClassWaiting)
		says(RequestClose, ClassAccepted)
		says(RequestQuery, ClassClosed)
		wants(t, b.Drop(ctx, Trainee, "gone"), "")
		wants(t, b.Report(ctx, paidAnswer(&a, RequestNotice, 0)), "")
		says(RequestQuery, class)
		if len(b.Owed()) == 0 && len(listed(b)) == 0 {
			t.Errorf("class %d: nothing is owed and nothing is named", class)
		}
		b.Close("test")
	}
}
