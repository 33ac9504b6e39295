package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// This file is the worker's side of the Book.

// Owed is an attempt that owes something to a channel, as the worker needs it.
type Owed struct {
	Attempt         // with what is owed in Task: the attempt's own, or that of the refund
	Return   Refund // which refund it is about; without a number: the attempt itself
	Sale     SaleID
	OnScreen bool   // the customer of this one stands at the counter
	Head     uint64 // the journal's last sequence number at this look: what Answer.Began must be
}

// Owed lists what is owed to the channels, oldest first. While nothing can be written down nothing is owed: what a channel
// is told or says then would be forgotten.
func (b *Book) Owed() []Owed {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.broken != nil {
		return nil
	}
	var owed []Owed
	for _, sale := range b.seen.Open() {
		for _, a := range sale.Attempts {
			o := Owed{Attempt: a, Sale: sale.ID, OnScreen: sale.ID == b.seen.Current, Head: b.seen.Head.Seq}
			if a.Task != TaskNone {
				owed = append(owed, o)
			}
			for _, o.Return = range a.Refunds {
				if o.Task = o.Return.Task; o.Task != TaskNone {
					owed = append(owed, o)
				}
			}
		}
	}
	return owed
}

// AskNow has the worker ask the channel about an order at once, where the till waits to ask again. Nothing is written down. Refusals:
// UNKNOWN-ORDER for one that the till does not work on, and whatever keeps the actor from answering a visitor.
func (b *Book) AskNow(actor Actor, order OrderNo) error {
	if err := b.mayNow(actor, RightHand); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, attempt := b.seen.Attempt(order); attempt == nil {
		return Refuse(ReasonUnknownOrder)
	}
	if !slices.Contains(b.asked, order) {
		b.asked = append(b.asked, order)
	}
	b.wake()
	return nil
}

// AskedNow gives the worker the orders of AskNow, each once.
func (b *Book) AskedNow() (orders []OrderNo) {
	b.mu.Lock()
	defer b.mu.Unlock()
	orders, b.asked = b.asked, nil
	return orders
}

// Key tells what is owed apart: a refund's number, or an order's.
func (o *Owed) Key() string {
	if o.Return.Number != "" {
		return string(o.Return.Number)
	}
	return string(o.Order)
}

// TakeCode hands a customer code to the worker, once. fresh is false when it waited too long to be sent; it is then
// wiped already. ok is false when there is none: the till has restarted, or somebody has it.
func (b *Book) TakeCode(order OrderNo) (code PayCode, fresh, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	code, ok = b.codes[order]
	delete(b.codes, order)
	if ok && !code.Fresh(time.Now()) {
		code.Wipe()
		return PayCode{}, false, true
	}
	return code, ok, ok
}

// Asking is called before the first byte of a request that can move money leaves, and returns when that is durable.
// Afterwards a query is owed, never the payment again: a code is sent from an intent alone. A QR's order may be repeated
// under its number. It gives the sequence number for Answer.Began.
func (b *Book) Asking(ctx context.Context, order OrderNo, request Request) (uint64, error) {
	var began uint64
	err := b.commit(ctx, Till, func(s *State, _ time.Time) (plan, error) {
		_, a := s.Attempt(order)
		if a == nil {
			return plan{}, Refuse(ReasonUnknownOrder)
		}
		task, may := TaskQuery, request == RequestPay && a.State == Intent
		if a.Way == ByQR {
			task, may = TaskOrder, request == RequestOrder && arrow(a.State, Asking)
		}
		if !may {
			return plan{}, RefuseBecause(ReasonStateForbidden, fmt.Errorf("order %s is %s", order, a.State))
		}
		began = s.Head.Seq + 1
		var p plan
		p.add(&AttemptAsked{Order: order, Request: request}, Task{Kind: task, Order: order})
		return p, nil
	})
	return began, err
}

// Report tells what came of a request. An answer that changes nothing is not written; one that does is durable, with
// what is owed next, when Report returns. It also carries out a wish that waited for a QR's withdrawal.
//
// An answer about a sale of the past brings that sale back when it changes something. A notice, which nobody has asked for, is
// refused with FOREIGN unless it confirms one of this till's own payments or refunds in every field.
func (b *Book) Report(ctx context.Context, answer Answer) error {
	answer = answer.bounded()
	if answer.Refund != "" {
		return b.reportRefund(ctx, answer)
	}
	err := b.onSale(ctx, witness{Actor: Till}, answer.Order, func(s *State, _ time.Time, sale *Sale, a *Attempt) (plan, error) {
		var p plan
		if a == nil {
			return p, Refuse(ReasonUnknownOrder)
		}
		switch notice := answer.Request == RequestNotice; {
		case notice && (!answer.Verified || answer.Class == ClassPaid && a.disagreement(answer) != NoteNone):
			return p, Refuse(ReasonForeign)
		case notice && answer.Class != ClassPaid: // the till asks by itself
			return p, nil
		}
		m := a.next(answer)
		if !arrow(a.State, m.to) {
			return p, RefuseBecause(ReasonStateForbidden, fmt.Errorf("order %s: %s to %s", a.Order, a.State, m.to))
		}
		if !m.record {
			return p, nil
		}
		if m.to == Orphan && a.State != Orphan && m.note != NoteRefunded {
			if sale.Paid() != nil || sale.Settled() || a.ReturnIfPaid {
				m.note = NoteSecondPayment
			}
			if b.cfg.ReturnUpTo == 0 || a.Amount.Fen <= b.cfg.ReturnUpTo {
				m.task = TaskQuery // whether it is still there; then it goes back
			}
		}
		if m.note != NoteNone {
			answer.Note = m.note
		}
		if m.back { // before the answer, which ends what the order itself owes: the sale would leave the working set
			giveBack(&p, sale, a)
		}
		p.add(&AttemptAnswered{Answer: answer, Became: m.to}, Task{Kind: m.task, Order: a.Order})
		if m.to == Orphan || a.over() && m.task == TaskClose || m.to == Withdrawn && m.task == TaskClose {
			stopOthers(&p, sale, a)
		}
		return p, nil
	})
	if err != nil {
		return err
	}
	Failpoint("report: answer written")
	if err := b.resume(ctx); err != nil { // the answer is durable all the same
		b.cfg.Log.Info("a waiting code or QR was not taken up", "cause", err)
	}
	return nil
}

// stopOthers ends the sale's other attempt when money has come, or somebody is paying, on an order that was over: the
// customer must not be charged a second time. A wish that waits behind it is refused when its turn comes.
func stopOthers(p *plan, sale *Sale, late *Attempt) {
	if live := sale.Live(); live != nil && live != late {
		if to, task, err := live.stop(); err == nil {
			p.add(&AttemptStopped{Order: live.Order, Why: StopOtherWay, Became: to}, Task{Kind: task, Order: live.Order})
		}
	}
}

// StopOrder ends an attempt because its channel's limit is reached.
func (b *Book) StopOrder(ctx context.Context, order OrderNo) error {
	return b.commit(ctx, Till, func(s *State, _ time.Time) (plan, error) {
		_, a := s.Attempt(order)
		if a == nil {
			return plan{}, Refuse(ReasonUnknownOrder)
		}
		return stopPlan(a, StopTimeout)
	})
}

// resume carries out a wish that waited for a QR's withdrawal, when the way is free now. A code that cannot be charged any
// more, because the sale was paid after all or the code has grown old, is refused like any other.
func (b *Book) resume(ctx context.Context) error {
	wish := b.takeWish()
	if wish == nil {
		return nil
	}
	Failpoint("report: wish taken")
	err := b.commit(ctx, wish.actor, func(s *State, now time.Time) (plan, error) {
		p, err := b.takeUp(s, now, wish)
		if wish.code != nil && ReasonOf(err) != "" {
			return refuseCode(s, err, wish.code.Last4(), wish.code.mark(b.cfg.TillKey)), nil
		}
		return p, err
	})
	if wish.code == nil {
		return err
	}
	if err != nil {
		wish.code.Wipe()
	}
	return b.showRefusal(err)
}

// takeWish gives the waiting wish, once, unless it has to go on waiting.
func (b *Book) takeWish() *waitingAsk {
	b.mu.Lock()
	defer b.mu.Unlock()
	wish, sale := b.waiting, b.seen.CurrentSale()
	if wish == nil || wish.fresh(time.Now()) && sale != nil && sale.ID == wish.sale && sale.Live() != nil {
		return nil
	}
	b.waiting = nil
	return wish
}

func (b *Book) takeUp(s *State, now time.Time, wish *waitingAsk) (plan, error) {
	sale := s.CurrentSale()
	if sale == nil || sale.ID != wish.sale {
		return plan{}, Refuse(ReasonNoSale)
	}
	if !wish.fresh(now) {
		return plan{}, Refuse(ReasonCodeStale)
	}
	if err := b.may(s, wish.actor, RightSell); err != nil { // who wanted it may have gone meanwhile
		return plan{}, err
	}
	if err := sale.MayAsk(); err != nil {
		return plan{}, err
	}
	return b.open(s, now, sale, wish)
}

// Sweep throws away what has grown too old to be sent: a suspect scan, a code waiting for a QR's withdrawal. Once a minute it names
// refunds that take too long, and closes a shift that nobody has. The worker calls it each time it looks for work.
func (b *Book) Sweep(ctx context.Context) error {
	b.mu.Lock()
	if b.suspect != nil && time.Since(b.suspect.At) > codeFresh {
		b.dropSuspect()
		b.wake()
	}
	due := time.Since(b.slowAt) >= time.Minute
	if due {
		b.slowAt = time.Now()
	}
	b.mu.Unlock()
	if due {
		b.nameSlowRefunds(ctx)
		b.sweepShift(ctx)
	}
	return b.resume(ctx)
}

// nameSlowRefunds puts refunds on the list that have been under way for a day without a word from their channel: its line may be
// dead, or the shop may have taken the channel out.
func (b *Book) nameSlowRefunds(ctx context.Context) {
	for _, o := range b.Owed() {
		if r := o.Return; r.Number == "" || r.Note == NoteRefundSlow || time.Since(r.OpenedAt) <= slowRefund {
			continue
		}
		if err := b.reportRefund(ctx, Answer{Order: o.Order, Refund: o.Return.Number, Request: RequestRefundQuery, Class: ClassUnknown, Began: o.Head}); err != nil {
			b.cfg.Log.Warn("a slow refund was not named", "refund", o.Return.Number, "cause", err)
		}
	}
}
