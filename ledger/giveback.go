package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// This file is the Book's side of money that goes back, and of sales that have left the working set.

// maxReason bounds a refund's reason, in characters (WeChat Pay v3 refund, reason: at most 80).
const maxReason = 80

// RefundWish is what a person wants to give back.
type RefundWish struct {
	Order  OrderNo
	Amount Money
	Why    string   // the reason; required
	Seen   int      // how many refunds of this order the person was shown: with another one since then the wish is refused
	Second *Consent // a second person's, where one is needed; its PIN is wiped
}

// Refund gives money back on a paid order, to whoever paid it. The refund's number is durable when it returns; the worker
// sends it until the channel says how it ended. Refusals are those of MayRefund, and REFUND-SEEN, REFUND-REASON, UNKNOWN-ORDER,
// SECOND-PERSON where somebody else has to agree.
func (b *Book) Refund(ctx context.Context, actor Actor, wish RefundWish) (number RefundNo, err error) {
	defer b.forget(wish.Second)
	if err := b.mayNow(actor, RightRefund); err != nil {
		return "", err
	}
	wish.Why = cutText(maskCodes(wish.Why), maxReason)
	if wish.Why == "" {
		return "", Refuse(ReasonRefundReason)
	}
	w, err := b.witnessed(ctx, actor, RightRefund, "refund "+wish.Amount.String()+" "+string(wish.Order), wish.Second)
	if err != nil {
		return "", err
	}
	err = b.onSale(ctx, w, wish.Order, func(s *State, now time.Time, sale *Sale, a *Attempt) (plan, error) {
		var p plan
		if err := b.may(s, actor, RightRefund); err != nil {
			return p, err
		}
		if a == nil {
			return p, Refuse(ReasonUnknownOrder)
		}
		if err := b.mayRefund(s, w, sale, a, wish, now); err != nil {
			return p, err
		}
		number = newRefundNo(a.Order, len(a.Refunds)+1)
		p.add(&RefundOpened{Refund: number, Order: a.Order, Amount: wish.Amount, Cause: CausePerson, Why: wish.Why},
			Task{TaskRefund, a.Order, number})
		return p, nil
	})
	if err != nil {
		number = ""
	}
	return number, err
}

func (b *Book) mayRefund(s *State, w witness, sale *Sale, a *Attempt, wish RefundWish, now time.Time) error {
	if a.State == Orphan {
		if err := b.agreed(s, w, RightResolve, b.cfg.Seconds.Resolve); err != nil {
			return err
		}
	}
	if wish.Seen != len(a.Refunds) {
		return Refuse(ReasonRefundSeen)
	}
	account, err := b.account(a.Channel)
	if err != nil && a.State != Orphan { // money that has to go back does not wait for its channel: it is sent when that is there
		return err
	}
	if b.board.View().Disk.Full {
		return Refuse(ReasonDiskFull)
	}
	if err := a.MayRefund(wish.Amount, account, now); err != nil {
		return err
	}
	return b.agreed(s, w, RightRefund, b.cfg.Seconds.refund(w.Actor, sale, a, wish.Amount))
}

// refund reports whether giving so much back on an order needs a second person: all that people have given back of its sale counts,
// and whoever keyed the sale or charged it has sold it.
func (rule Seconds) refund(actor Actor, sale *Sale, a *Attempt, amount Money) bool {
	own := actor.Person == sale.Actor.Person || actor.Person == a.By
	return rule.OwnSale && own || rule.RefundAbove > 0 && sale.given()+amount.Fen > rule.RefundAbove
}

// given is what people have given back of a sale, by all its ways, in fen.
func (s *Sale) given() (sum int64) {
	for i := range s.Attempts {
		a := &s.Attempts[i]
		sum += a.ByHand
		for j := range a.Refunds {
			if r := &a.Refunds[j]; r.Cause == CausePerson && r.Holds() {
				sum += r.Amount.Fen
			}
		}
	}
	for i := range s.Tenders {
		sum += s.Tenders[i].Returned()
	}
	return sum
}

// NeedsSecond reports whether a refund will be refused with SECOND-PERSON, so that a screen can ask for both at once. The intent is
// what decides.
func (b *Book) NeedsSecond(actor Actor, sale *Sale, wish RefundWish) bool {
	a := sale.Attempt(wish.Order)
	late := a != nil && a.State == Orphan && (b.cfg.Seconds.Resolve || actor.May(RightResolve) != nil)
	return late || a != nil && b.cfg.Seconds.refund(actor, sale, a, wish.Amount)
}

// giveBack adds the refund of late money that the channel says is still there. When one has failed already it is a person's
// turn.
func giveBack(p *plan, sale *Sale, a *Attempt) {
	if a.Left() <= 0 || len(a.Refunds) > 0 {
		return
	}
	cause := CauseLate
	if paid := sale.Paid(); paid != nil && paid != a || a.ReturnIfPaid || sale.Settled() {
		cause = CauseSecond
	}
	number := newRefundNo(a.Order, len(a.Refunds)+1)
	p.add(&RefundOpened{Refund: number, Order: a.Order, Amount: Money{a.Left(), a.Amount.Currency}, Cause: cause}, Task{TaskRefund, a.Order, number})
}

// Sending is Asking for a refund: it returns when it is durable that the number is being sent. Afterwards a query is owed.
func (b *Book) Sending(ctx context.Context, order OrderNo, refund RefundNo) (began uint64, err error) {
	err = b.commit(ctx, Till, func(s *State, _ time.Time) (plan, error) {
		var p plan
		_, a := s.Attempt(order)
		if a == nil || a.Refund(refund) == nil {
			return p, Refuse(ReasonUnknownOrder)
		}
		if r := a.Refund(refund); r.Task != TaskRefund || !refundArrow(r.State, RefundAsked) {
			return p, RefuseBecause(ReasonStateForbidden, fmt.Errorf("refund %s is %s", refund, r.State))
		}
		began = s.Head.Seq + 1
		p.add(&RefundSent{Refund: refund, Order: order}, Task{TaskRefundQuery, order, refund})
		return p, nil
	})
	return began, err
}

// reportRefund is Report for an answer about a refund.
func (b *Book) reportRefund(ctx context.Context, answer Answer) error {
	return b.onSale(ctx, witness{Actor: Till}, answer.Order, func(s *State, now time.Time, _ *Sale, a *Attempt) (plan, error) {
		var p plan
		if a == nil || a.Refund(answer.Refund) == nil {
			return p, Refuse(ReasonUnknownOrder)
		}
		r := a.Refund(answer.Refund)
		if answer.Request == RequestNotice && answer.names() && r.disagrees(a, answer) {
			return p, Refuse(ReasonForeign)
		}
		m := r.next(a, answer, now)
		if !refundArrow(r.State, m.to) {
			return p, RefuseBecause(ReasonStateForbidden, fmt.Errorf("refund %s: %s to %s", r.Number, r.State, m.to))
		}
		if !m.record {
			return p, nil
		}
		answer.Note = m.note
		p.add(&RefundAnswered{Answer: answer, Became: m.to}, Task{m.task, a.Order, r.Number})
		if a.State == Orphan && m.to == RefundFailed && r.State != RefundFailed { // perhaps because the money is back already
			p.entries[0].also = Task{Kind: TaskQuery, Order: a.Order}
		}
		return p, nil
	})
}

// onSale lets a decision look at the sale of an order, which may have left the working set long ago. It is then told again
// from its own events, and brought back in the same append as what the decision adds. A decision that adds nothing brings
// nothing back. order may be empty: then there is no sale.
func (b *Book) onSale(ctx context.Context, w witness, order OrderNo, decide saleDecision) error {
	if b.holds(order) {
		if err := b.commitOnSale(ctx, w, order, nil, decide); !errors.Is(err, errForgotten) {
			return err
		}
	}
	b.recalling.Lock() // what is outside the working set changes by this door alone
	defer b.recalling.Unlock()
	for {
		old, err := b.recall(order)
		if err == nil {
			Failpoint("recall: sale told")
			err = b.commitOnSale(ctx, w, order, old, decide)
		}
		if !errors.Is(err, errForgotten) {
			return err
		}
	}
}

// saleDecision is a decision about the sale of an order.
type saleDecision func(s *State, now time.Time, sale *Sale, a *Attempt) (plan, error)

func (b *Book) commitOnSale(ctx context.Context, w witness, order OrderNo, old *Sale, decide saleDecision) error {
	return b.commitAs(ctx, w, func(s *State, now time.Time) (plan, error) {
		if sale, a := s.about(order); sale != nil || order == "" {
			return decide(s, now, sale, a)
		}
		if old == nil {
			return plan{}, errForgotten
		}
		p, err := decide(s, now, old, old.Attempt(order))
		if err == nil && len(p.entries) > 0 {
			p.entries = slices.Insert(p.entries, 0, entry{body: &SaleRecalled{Sale: *old}})
		}
		return p, err
	})
}

// about gives the sale of an order's number, with that attempt, or of a sale's own number; nil when the working set has neither.
func (s *State) about(order OrderNo) (*Sale, *Attempt) {
	if sale := s.sales[SaleID(order)]; sale != nil {
		return sale, nil
	}
	return s.Attempt(order)
}

// holds reports whether the working set has an order, or a sale by its own number.
func (b *Book) holds(order OrderNo) bool {
	known := order == ""
	b.Read(func(s *State) {
		sale, _ := s.about(order)
		known = known || sale != nil
	})
	return known
}

// errForgotten: the sale left the working set between the look at it and the decision.
var errForgotten = errors.New("the sale has just left the working set")

// recall gives the sale of an order that has left the working set; nil when it has not. Badger's encryption does not
// authenticate, so the sale is folded from its own events, and must equal the row that named them.
func (b *Book) recall(order OrderNo) (*Sale, error) {
	if b.holds(order) {
		return nil, nil
	}
	row, ok, err := b.store.SaleOf(order)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, Refuse(ReasonUnknownOrder)
	}
	return retell(b.store, &row)
}

// retell folds a sale from the events its row names.
func retell(journal Journal, row *Sale) (*Sale, error) {
	told := NewState()
	told.telling = true
	story, err := Story(journal, row)
	if err != nil {
		return nil, err
	}
	for i := range story {
		sale, err := told.apply(&story[i])
		if err != nil || sale == nil || sale.ID != row.ID {
			return nil, RefuseBecause(ReasonLedgerDamaged, fmt.Errorf("event %d does not belong to sale %s: %w", story[i].Seq, row.ID, err))
		}
		sale.Trail = append(sale.Trail, story[i].Seq)
	}
	sale := told.sales[row.ID]
	if sale == nil || !bytes.Equal(sale.Encode(), row.Encode()) {
		return nil, RefuseBecause(ReasonLedgerDamaged, fmt.Errorf("the row of sale %s is not what its events say", row.ID))
	}
	return sale, nil
}

// Story gives a sale's own events, in their order.
func Story(journal Journal, sale *Sale) (events []Event, err error) {
	for _, seq := range sale.Trail {
		event, err := eventAt(journal, seq)
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

func eventAt(journal Journal, seq uint64) (Event, error) {
	_, event, err := storedAt(journal, seq)
	return event, err
}

func (s *State) saleRecalled(e *Event, b *SaleRecalled) (*Sale, error) {
	if s.sales[b.Sale.ID] != nil || b.Sale.ID == "" || b.Sale.Owes() {
		return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("sale %q is in the working set", b.Sale.ID))
	}
	sale, err := DecodeSale(b.Sale.Encode()) // two states fold the same event
	if err != nil {
		return nil, err
	}
	s.startDay(e.Day)
	s.sales[sale.ID] = &sale
	for i := range sale.Attempts {
		s.orders[sale.Attempts[i].Order] = sale.ID
	}
	return &sale, nil
}

func (s *State) refundOpened(e *Event, b *RefundOpened) (*Sale, error) {
	sale, a := s.Attempt(b.Order)
	if a == nil {
		return nil, RefuseBecause(ReasonUnknownOrder, fmt.Errorf("order %s is not in the working set", b.Order))
	}
	if a.Refund(b.Refund) != nil || b.Amount.Fen <= 0 || b.Amount.Currency != a.Amount.Currency || b.Amount.Fen > a.Left() {
		return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("refund %s of %s: %d fen are left", b.Refund, b.Amount, a.Left()))
	}
	s.startDay(e.Day)
	was := booksOf(a)
	a.Refunds = append(slices.Clip(a.Refunds), Refund{
		Number: b.Refund, Amount: b.Amount, Cause: b.Cause, Why: b.Why, Actor: e.Actor, State: RefundOwed,
		Task: refundTask(e, b.Order, b.Refund), OpenedAt: e.At, SinceAt: e.At, Booked: e.Day,
	})
	s.rebook(was, a)
	return sale, nil
}

// onRefund moves a refund along an arrow; change sets what the event knows beside.
func (s *State) onRefund(e *Event, order OrderNo, number RefundNo, to RefundState, change func(*Refund)) (*Sale, error) {
	sale, a := s.Attempt(order)
	if a == nil || a.Refund(number) == nil {
		return nil, RefuseBecause(ReasonUnknownOrder, fmt.Errorf("refund %s is not in the working set", number))
	}
	a.Refunds = slices.Clone(a.Refunds) // readers hold copies of the attempt
	r := a.Refund(number)
	if !refundArrow(r.State, to) {
		return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("refund %s: %s to %s", number, r.State, to))
	}
	s.startDay(e.Day)
	was, from := booksOf(a), r.State
	if from != to {
		r.SinceAt = e.At
	}
	r.State, r.Task = to, refundTask(e, order, number)
	if to != from && to == RefundReturned {
		r.Day = e.Day
	}
	change(r)
	s.rebook(was, a)
	if to == RefundReturned && from != to {
		s.countRefund(sale, r)
	}
	return sale, nil
}

// countRefund adds a refund that has ended with money to the running day's totals, and to the period.
func (s *State) countRefund(sale *Sale, r *Refund) {
	for _, row := range RefundRows(sale, r.Day) {
		switch {
		case row.Number != r.Number:
		case row.counts():
			s.today.minus(totalKey{channel: row.Channel}, row.Amount.Fen)
			s.countReturn(sale, r.Actor.Person, TenderScan, row.Channel, row.Amount.Fen)
		case row.Late:
			s.period.Counts.LateBack.plus(row.Amount.Fen)
		}
	}
}

func (s *State) refundAnswered(e *Event, b *RefundAnswered) (*Sale, error) {
	sale, err := s.onRefund(e, b.Order, b.Refund, b.Became, func(r *Refund) {
		if b.Request != RequestStatement {
			r.Code, r.Message = b.Code, b.Message
		}
		if b.Note != NoteNone {
			r.Note = b.Note
		}
		if b.Class == ClassDenied && b.Verified {
			r.Denied, r.AskSeq = true, e.Seq
		}
		if b.Class == ClassReturned && b.Became == RefundReturned {
			if r.ChannelNo, r.ReturnedAt = b.Named.ChannelNo, b.Named.PaidAt; r.ReturnedAt.IsZero() {
				r.ReturnedAt = e.At
			}
		}
	})
	if err == nil {
		a := sale.Attempt(b.Order)
		if task := taskFor(e, b.Order); task != TaskNone {
			a.Task = task
		}
		s.exceptRefund(e, a, a.Refund(b.Refund), b.Note)
	}
	return sale, err
}
