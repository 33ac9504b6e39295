package ledger

import (
	"context"
	"testing"
	"time"
)

// TestRefundTable: every answer that decides something about a refund, and those that must not.
func TestRefundTable(t *testing.T) {
	const number, order = RefundNo("T1AR01"), OrderNo("T1A")
	at := t0
	for _, tt := range []struct {
		name    string
		state   RefundState
		task    TaskKind
		denied  bool
		request Request
		class   Class
		to      RefundState
		owes    TaskKind
		note    Note
		record  bool
	}{
		{"accepted is not done", RefundAsked, TaskRefundQuery, false, RequestRefund, ClassAccepted, RefundPending, TaskRefundQuery, 0, true},
		{"no balance: the same number later", RefundAsked, TaskRefundQuery, false, RequestRefund, ClassHeld, RefundHeld, TaskRefund, NoteRefundHeld, true},
		{"denied is asked about", RefundAsked, TaskRefundQuery, false, RequestRefund, ClassDenied, RefundAsked, TaskRefundQuery, 0, true},
		{"denied and not known is failed", RefundAsked, TaskRefundQuery, true, RequestRefundQuery, ClassAbsent, RefundFailed, 0, NoteRefundFailed, true},
		{"denied and done is done", RefundAsked, TaskRefundQuery, true, RequestRefundQuery, ClassReturned, RefundReturned, 0, 0, true},
		{"not known is sent again", RefundAsked, TaskRefundQuery, false, RequestRefundQuery, ClassAbsent, RefundAsked, TaskRefund, 0, true},
		{"pending and then not known is sent again", RefundPending, TaskRefundQuery, false, RequestRefundQuery, ClassAbsent, RefundAsked, TaskRefund, 0, true},
		{"nothing left", RefundAsked, TaskRefundQuery, false, RequestRefund, ClassUnsent, RefundAsked, TaskRefund, 0, true},
		{"nothing is known", RefundAsked, TaskRefundQuery, false, RequestRefund, ClassUnknown, RefundAsked, TaskRefundQuery, 0, false},
		{"still pending", RefundPending, TaskRefundQuery, false, RequestRefundQuery, ClassAccepted, RefundPending, TaskRefundQuery, 0, false},
		{"a late answer of the send", RefundPending, TaskRefundQuery, false, RequestRefund, ClassHeld, RefundPending, TaskRefundQuery, 0, false},
		{"done", RefundPending, TaskRefundQuery, false, RequestRefundQuery, ClassReturned, RefundReturned, 0, 0, true},
		{"ended without money", RefundPending, TaskRefundQuery, false, RequestRefundQuery, ClassClosed, RefundFailed, 0, NoteRefundFailed, true},
		{"abnormal is named and asked about", RefundPending, TaskRefundQuery, false, RequestRefundQuery, ClassAbnormal, RefundAbnormal, TaskRefundQuery, NoteRefundAbnormal, true},
		{"abnormal, then settled at the channel", RefundAbnormal, TaskRefundQuery, false, RequestRefundQuery, ClassReturned, RefundReturned, 0, 0, true},
		{"abnormal and not known stays", RefundAbnormal, TaskRefundQuery, false, RequestRefundQuery, ClassAbsent, RefundAbnormal, TaskRefundQuery, 0, false},
		{"done stays done", RefundReturned, 0, false, RequestRefundQuery, ClassClosed, RefundReturned, 0, 0, false},
		{"by hand, and by the channel, too", RefundByHand, 0, false, RequestRefundQuery, ClassReturned, RefundByHand, 0, NoteReturnedAfterAll, true},
		{"by hand stays by hand", RefundByHand, 0, false, RequestRefundQuery, ClassClosed, RefundByHand, 0, 0, false},
		{"failed, and announced after all", RefundFailed, 0, false, RequestNotice, ClassAccepted, RefundFailed, TaskRefundQuery, 0, true},
		{"failed, asked again, and failed", RefundFailed, TaskRefundQuery, false, RequestRefundQuery, ClassAbsent, RefundFailed, 0, 0, true},
		{"done after all", RefundFailed, 0, false, RequestNotice, ClassReturned, RefundReturned, 0, NoteReturnedAfterAll, true},
		{"failed stays failed", RefundFailed, 0, false, RequestNotice, ClassAbnormal, RefundFailed, 0, 0, false},
		{"a notice says done", RefundAsked, TaskRefundQuery, false, RequestNotice, ClassReturned, RefundReturned, 0, 0, true},
	} {
		a := &Attempt{Order: order, Amount: Fen(900), State: Paid}
		r := &Refund{Number: number, Amount: Fen(500), State: tt.state, Task: tt.task, Denied: tt.denied, OpenedAt: at}
		m := r.next(a, refundAnswer(order, number, Fen(500), tt.request, tt.class, 9), at)
		if m.to != tt.to || m.task != tt.owes || m.note != tt.note || m.record != tt.record {
			t.Errorf("%s: %+v", tt.name, m)
		}
	}
}

// TestRefundAnswersThatProveNothing: without a signature, about another refund, or older than the latest send.
func TestRefundAnswersThatProveNothing(t *testing.T) {
	a := &Attempt{Order: "T1A", Amount: Fen(900), State: Paid, Merchant: "M", App: "A"}
	r := &Refund{Number: "T1AR01", Amount: Fen(500), State: RefundAsked, Task: TaskRefundQuery, AskSeq: 7, OpenedAt: t0}
	good := refundAnswer(a.Order, r.Number, r.Amount, RequestRefundQuery, ClassReturned, 9)
	if m := r.next(a, good, t0); m.to != RefundReturned {
		t.Fatalf("the good one: %+v", m)
	}
	for name, spoil := range map[string]func(*Answer){
		"unsigned":       func(ans *Answer) { ans.Verified = false },
		"other order":    func(ans *Answer) { ans.Named.Order = "T1B" },
		"other refund":   func(ans *Answer) { ans.Named.Refund = "T1AR02" },
		"no refund":      func(ans *Answer) { ans.Named.Refund = "" },
		"other amount":   func(ans *Answer) { ans.Named.Amount = Fen(499) },
		"other currency": func(ans *Answer) { ans.Named.Amount.Currency = "USD" },
		"other merchant": func(ans *Answer) { ans.Named.Merchant = "N" },
		"other app":      func(ans *Answer) { ans.Named.App = "B" },
	} {
		for _, class := range []Class{ClassReturned, ClassClosed, ClassAbnormal} {
			ans := good
			ans.Class = class
			spoil(&ans)
			m := r.next(a, ans, t0)
			if m.to != RefundAsked || m.task != TaskRefundQuery || ans.Verified && m.note != NoteOtherRefund {
				t.Errorf("%s, class %d: %+v", name, class, m)
			}
		}
	}
	absent := refundAnswer(a.Order, r.Number, r.Amount, RequestRefundQuery, ClassAbsent, 6)
	if m := r.next(a, absent, t0); m.record {
		t.Errorf("a question older than the latest send: %+v", m)
	}
	if m := r.next(a, refundAnswer(a.Order, r.Number, r.Amount, RequestRefundQuery, ClassAccepted, 9), t0.Add(25*time.Hour)); m.note != NoteRefundSlow {
		t.Errorf("after a day: %+v", m)
	}
}

// TestRefundNextIsTotal: every state meets every request and class, signed or not, and never leaves the arrows; nothing but a
// signed word makes an end.
func TestRefundNextIsTotal(t *testing.T) {
	a := &Attempt{Order: "T1A", Amount: Fen(900), State: Paid}
	for state := RefundOwed; state <= RefundByHand; state++ {
		for request := RequestPay; request <= RequestNotice; request++ {
			for class := ClassUnknown; class <= ClassAbnormal; class++ {
				for _, verified := range []bool{true, false} {
					r := &Refund{Number: "T1AR01", Amount: Fen(500), State: state, Task: TaskRefundQuery, Denied: true, OpenedAt: t0}
					ans := refundAnswer(a.Order, r.Number, r.Amount, request, class, 9)
					ans.Verified = verified
					m := r.next(a, ans, t0)
					ends := m.to != state && (m.to.Final() || m.to == RefundFailed || m.to == RefundAbnormal)
					if !refundArrow(state, m.to) && m.record && state != RefundOwed || ends && !verified || m.to == RefundByHand && state != RefundByHand {
						t.Errorf("%s, request %d, class %d, verified %v: %+v", state, request, class, verified, m)
					}
				}
			}
		}
	}
}

// paidAndGone is a Book with one paid sale that has left the working set.
func paidAndGone(t *testing.T) (*Book, *Memory, Attempt) {
	t.Helper()
	c, order := paidTill(t)
	sale, ok, err := c.store.SaleOf(order)
	if err != nil || !ok {
		t.Fatal(err)
	}
	return c.book, c.store, *sale.Attempt(order)
}

// TestRefundNeedsTheTruth: a row that somebody has changed in the ledger behind the journal is not believed.
func TestRefundNeedsTheTruth(t *testing.T) {
	for name, change := range map[string]func(*Sale){
		"more was paid":   func(s *Sale) { s.Attempts[0].Amount = Fen(900_000); s.Amount = Fen(900_000) },
		"a refund is out": func(s *Sale) { s.Trail = s.Trail[:len(s.Trail)-1] },
		"another's event": func(s *Sale) { s.Trail[1]++ },
		"no trail":        func(s *Sale) { s.Trail = nil },
	} {
		b, store, a := paidAndGone(t)
		store.mu.Lock()
		sale, err := DecodeSale(ptr(store.sales[store.orders[a.Order]]).Encode())
		wants(t, err, "")
		change(&sale)
		store.sales[sale.ID] = sale
		store.mu.Unlock()
		_, err = b.Refund(context.Background(), Trainee, RefundWish{Order: a.Order, Amount: Fen(1), Why: "x"})
		if ReasonOf(err) != ReasonLedgerDamaged {
			t.Errorf("%s: %v", name, err)
		}
		b.Close("test")
	}
}

func ptr[T any](v T) *T { return &v }

// TestRefundWishes: what a person may not give back, with the reason.
func TestRefundWishes(t *testing.T) {
	b, _, a := paidAndGone(t)
	defer b.Close("test")
	b.SetAccount(a.Channel, Account{Merchant: a.Merchant, App: a.App, RefundMost: 50})
	ctx := context.Background()
	wish := func(change func(*RefundWish)) RefundWish {
		w := RefundWish{Order: a.Order, Amount: Fen(100), Why: "brought back"}
		change(&w)
		return w
	}
	for name, tt := range map[string]struct {
		actor  Actor
		wish   RefundWish
		reason Reason
	}{
		"support":        {Actor{Person: "s", Role: RoleSupport}, wish(func(*RefundWish) {}), ReasonNotAllowed},
		"no reason":      {Trainee, wish(func(w *RefundWish) { w.Why = " \t" }), ReasonRefundReason},
		"nothing":        {Trainee, wish(func(w *RefundWish) { w.Amount = Fen(0) }), ReasonRefundAmount},
		"less":           {Trainee, wish(func(w *RefundWish) { w.Amount = Fen(-5) }), ReasonRefundAmount},
		"too much":       {Trainee, wish(func(w *RefundWish) { w.Amount = Fen(100_001) }), ReasonRefundAmount},
		"other currency": {Trainee, wish(func(w *RefundWish) { w.Amount.Currency = "USD" }), ReasonRefundAmount},
		"no such order":  {Trainee, wish(func(w *RefundWish) { w.Order = "T1X" }), ReasonUnknownOrder},
		"empty order":    {Trainee, wish(func(w *RefundWish) { w.Order = "" }), ReasonUnknownOrder},
		"seen too many":  {Trainee, wish(func(w *RefundWish) { w.Seen = 1 }), ReasonRefundSeen},
	} {
		if _, err := b.Refund(ctx, tt.actor, tt.wish); ReasonOf(err) != tt.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	number, err := b.Refund(ctx, Trainee, wish(func(*RefundWish) {}))
	if err != nil || number != newRefundNo(a.Order, 1) {
		t.Fatalf("%s, %v", number, err)
	}
	if _, err := b.Refund(ctx, Trainee, wish(func(*RefundWish) {})); ReasonOf(err) != ReasonRefundSeen {
		t.Errorf("the second Enter: %v", err)
	}
	for range 49 {
		if _, err = b.Refund(ctx, Trainee, wish(func(w *RefundWish) { w.Seen = refundsOf(b, a.Order) })); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = b.Refund(ctx, Trainee, wish(func(w *RefundWish) { w.Seen = 50 })); ReasonOf(err) != ReasonRefundMost {
		t.Errorf("WeChat Pay takes fifty refunds of an order: %v", err)
	}
}

func refundsOf(b *Book, order OrderNo) int {
	sale, _, _ := b.Lookup().SaleOf(order)
	return len(sale.Attempt(order).Refunds)
}

// TestRefundOutOfTime: the channel's time for refunds is over.
func TestRefundOutOfTime(t *testing.T) {
	a := Attempt{State: Paid, Amount: Fen(100), PaidAt: t0}
	terms := Account{RefundWindow: 24 * time.Hour}
	if err := a.MayRefund(Fen(1), terms, t0.Add(24*time.Hour)); err != nil {
		t.Errorf("in time: %v", err)
	}
	if err := a.MayRefund(Fen(1), terms, t0.Add(24*time.Hour+1)); ReasonOf(err) != ReasonRefundLate {
		t.Errorf("late: %v", err)
	}
}

// TestFoldRefusesRefunds that exceed the payment, stand twice, or belong to nothing, whoever wrote them.
func TestFoldRefusesRefunds(t *testing.T) {
	b, store, a := paidAndGone(t)
	_, err := b.Refund(context.Background(), Trainee, RefundWish{Order: a.Order, Amount: Fen(60_000), Why: "x"})
	wants(t, err, "")
	b.Close("test")
	first := newRefundNo(a.Order, 1)
	for name, body := range map[string]Body{
		"above what is left":   &RefundOpened{Refund: newRefundNo(a.Order, 2), Order: a.Order, Amount: Fen(40_001), Cause: CausePerson},
		"the same number":      &RefundOpened{Refund: first, Order: a.Order, Amount: Fen(1), Cause: CausePerson},
		"nothing":              &RefundOpened{Refund: newRefundNo(a.Order, 2), Order: a.Order, Amount: Fen(0), Cause: CausePerson},
		"no such order":        &RefundOpened{Refund: "x", Order: "T1X", Amount: Fen(1), Cause: CausePerson},
		"no such refund":       &RefundSent{Refund: "x", Order: a.Order},
		"no arrow":             &RefundAnswered{Answer: Answer{Order: a.Order, Refund: first}, Became: RefundReturned},
		"no such entry":        &Resolved{Exception: 4711, Note: "x"},
		"a sale that is there": &SaleRecalled{Sale: *refold(t, store, "folded").sales[store.orders[a.Order]]},
	} {
		s := refold(t, store, name)
		before := string(s.Snapshot())
		event := Event{Seq: s.Head.Seq + 1, Epoch: s.Epoch, Actor: Till, At: t0, Day: s.Day, Prev: s.Head.Hash, Body: body}
		if _, err := s.Apply(&event, HashOf(event.Encode())); err == nil {
			t.Errorf("%s is folded", name)
		} else if string(s.Snapshot()) != before {
			t.Errorf("%s is refused and leaves a trace", name)
		}
	}
}

// TestNotices: one that confirms a payment in every field is an answer; everything else changes nothing.
func TestNotices(t *testing.T) {
	b, _, a := paidAndGone(t)
	defer b.Close("test")
	ctx := context.Background()
	wants(t, b.Ask(ctx, Trainee, Alipay), "")
	var qr Attempt
	b.Read(func(s *State) { qr = *s.CurrentSale().Last() })
	notice := func(of *Attempt, change func(*Answer)) Answer {
		ans := paidAnswer(of, RequestNotice, 0)
		change(&ans)
		return ans
	}
	for name, tt := range map[string]struct {
		of     *Attempt
		change func(*Answer)
		reason Reason
	}{
		"no such order":     {&qr, func(ans *Answer) { ans.Order = "T1X" }, ReasonUnknownOrder},
		"unsigned":          {&qr, func(ans *Answer) { ans.Verified = false }, ReasonForeign},
		"other order named": {&qr, func(ans *Answer) { ans.Named.Order = a.Order }, ReasonForeign},
		"other amount":      {&qr, func(ans *Answer) { ans.Named.Amount.Fen++ }, ReasonForeign},
		"other currency":    {&qr, func(ans *Answer) { ans.Named.Amount.Currency = "USD" }, ReasonForeign},
		"other merchant":    {&qr, func(ans *Answer) { ans.Named.Merchant = "X" }, ReasonForeign},
		"other app":         {&qr, func(ans *Answer) { ans.Named.App = "X" }, ReasonForeign},
		"closed":            {&qr, func(ans *Answer) { ans.Class = ClassClosed }, ""},
		"of a paid order":   {&a, func(*Answer) {}, ""},
	} {
		var before, after Head
		b.Read(func(s *State) { before = s.Head })
		if err := b.Report(ctx, notice(tt.of, tt.change)); ReasonOf(err) != tt.reason {
			t.Errorf("%s: %v", name, err)
		}
		b.Read(func(s *State) { after = s.Head })
		if after != before {
			t.Errorf("%s: it is written down", name)
		}
	}
	b.TakeCode(qr.Order)
	_, err := b.Asking(ctx, qr.Order, RequestOrder)
	wants(t, err, "")
	wants(t, b.Report(ctx, notice(&qr, func(*Answer) {})), "")
	b.Read(func(s *State) {
		if s.CurrentSale().Paid() == nil {
			t.Errorf("it is %s", s.CurrentSale().Last().State)
		}
	})
}

// TestNoticeOfLateMoney: an order that ended long ago, with a cancel, is asked about before anything is believed.
func TestNoticeOfLateMoney(t *testing.T) {
	b, _, _ := paidAndGone(t)
	defer b.Close("test")
	ctx := context.Background()
	wants(t, b.Scan(ctx, Trainee, scanOf("130000000000000003")), "")
	var a Attempt
	look := func() Attempt {
		sale, ok, err := b.Lookup().SaleOf(a.Order)
		if err != nil || !ok {
			t.Fatal(err)
		}
		return *sale.Attempt(a.Order)
	}
	b.Read(func(s *State) { a = *s.CurrentSale().Last() })
	b.TakeCode(a.Order)
	_, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	wants(t, b.Stop(ctx, Trainee), "")
	for _, step := range []struct {
		request Request
		class   Class
	}{{RequestQuery, ClassWaiting}, {RequestClose, ClassAccepted}, {RequestQuery, ClassClosed}} {
		var head uint64
		b.Read(func(s *State) { head = s.Head.Seq })
		wants(t, b.Report(ctx, Answer{Order: a.Order, Request: step.request, Class: step.class, Verified: true, Began: head}), "")
	}
	wants(t, b.Drop(ctx, Trainee, "gone"), "")
	if a = look(); a.State != ClosedOff || a.Task != TaskNone {
		t.Fatalf("%s, owes %s", a.State, a.Task)
	}
	wants(t, b.Report(ctx, paidAnswer(&a, RequestNotice, 0)), "")
	if a = look(); a.State != ClosedOff || a.Task != TaskQuery || len(b.Owed()) != 1 {
		t.Fatalf("%s, owes %s", a.State, a.Task)
	}
	wants(t, b.Report(ctx, paidAnswer(&a, RequestQuery, b.Owed()[0].Head)), "")
	if a = look(); a.State != Orphan || a.Task != TaskQuery {
		t.Fatalf("%s, owes %s", a.State, a.Task)
	}
	wants(t, b.Report(ctx, paidAnswer(&a, RequestQuery, b.Owed()[0].Head)), "")
	if a = look(); len(a.Refunds) != 1 || a.Refunds[0].Cause != CauseLate || a.Refunds[0].Amount != a.Amount {
		t.Fatalf("%+v", a.Refunds)
	}
}
