package main

import (
	"guitai/ledger"
)

// This file is money that goes back by a channel, and what a supervisor does about the list of exceptions.

var simSupervisor = ledger.Actor{Person: "li", Role: ledger.RoleSupervisor, Place: "console"}

// refund gives some or all of a sale back, for one cashier or for two who do not know of each other.
func (s *sim) refund(a *action) {
	d := a.dice
	info := s.paidOrderOf(a.sale)
	if info == nil {
		return
	}
	row, ok := s.attempt(info.number)
	if !ok {
		return
	}
	s.countsRefundOf(info, &row)
	amount := row.Left()
	if d.chance(0.6) {
		amount = 1 + int64(d.n(int(max(1, row.Left()))))
	}
	w := &wishing{actor: ledger.Trainee, kind: ledger.KindRefundOpened}
	switch {
	case s.desk == nil && row.State == ledger.Orphan:
		w.actor = simSupervisor
	case s.desk != nil && row.State == ledger.Orphan && d.chance(0.7):
		w.actor = s.boss()
	case s.desk != nil:
		w.actor = s.works()
	}
	wish := ledger.RefundWish{Order: info.number, Amount: ledger.Fen(amount), Why: "brought back", Seen: len(row.Refunds)}
	number, err := s.refunds(&d, w, &row, wish)
	if _, hit := s.hits(refundByTwo, mix(14, uint64(a.dice))); hit && s.up() {
		s.Faults[refundByTwo]++
		colleague := &wishing{actor: simSupervisor, kind: ledger.KindRefundOpened}
		if s.desk != nil {
			colleague.actor = s.boss()
		}
		other, again := s.refunds(&d, colleague, &row, wish)
		if err == nil && again == nil {
			s.breaks("M6", "two refunds for one look at order %s: %s and %s", tail(info.number), number, other)
		}
	}
}

// refunds wants money back on an order.
func (s *sim) refunds(d *dice, w *wishing, row *ledger.Attempt, wish ledger.RefundWish) (number ledger.RefundNo, err error) {
	info := s.orders[wish.Order]
	w.body = &ledger.RefundOpened{Order: wish.Order, Amount: wish.Amount}
	if s.desk != nil {
		wish.Second = s.secondFor(d, w, func() bool { return s.desk.refundNeeds(w.actor, row, wish.Amount.Fen) })
	}
	err = s.wants(w, func() (err error) {
		number, err = s.proc.book.Refund(simCtx, w.actor, wish)
		return err
	})
	s.say("%s refunds %s of %s%s", w.actor.Person, wish.Amount, row.Amount, because(err))
	s.agreed(w, err)
	if err == nil {
		s.Refunds++
		info.wished++
	}
	if err == nil && s.desk != nil && d.chance(0.4) {
		s.refundsAgain(wish, w.actor)
	}
	return number, err
}

// refundsAgain wants the rest back at once: with the consent that has served, if there was one.
func (s *sim) refundsAgain(wish ledger.RefundWish, actor ledger.Actor) {
	row, ok := s.attempt(wish.Order)
	if !ok || row.Left() == 0 || !s.up() {
		return
	}
	if wish.Second != nil {
		s.Desk[deskConsentAgain]++
	}
	wish.Amount, wish.Seen = ledger.Fen(row.Left()), len(row.Refunds)
	w := &wishing{actor: actor, kind: ledger.KindRefundOpened, body: &ledger.RefundOpened{Order: wish.Order, Amount: wish.Amount}}
	w.needs = s.desk.refundNeeds(actor, &row, wish.Amount.Fen)
	err := s.wants(w, func() error {
		_, err := s.proc.book.Refund(simCtx, actor, wish)
		return err
	})
	s.say("%s refunds the rest, %s, with the same consent or none%s", actor.Person, wish.Amount, because(err))
	if err == nil {
		s.Refunds++
		s.orders[wish.Order].wished++
	}
}

func (s *sim) countsRefundOf(info *orderInfo, row *ledger.Attempt) {
	if row.State == ledger.Paid && row.Booked < s.proc.book.Today() {
		s.Faults[refundOfPast]++
	}
	if w := s.weather[indexOf(info.channel)]; w.what == doDown && w.until > s.now() {
		s.Faults[refundOutage]++
	}
}

// paidOrderOf is the order of an action's sale that money has come on, or nil.
func (s *sim) paidOrderOf(unit int) *orderInfo {
	for _, info := range s.inOrder {
		if info.unit == unit && info.paid {
			return info
		}
	}
	return nil
}

// shopRefund gives money back at the channel, past the till.
func (s *sim) shopRefund(a *action) {
	d := a.dice
	info := s.paidOrderOf(a.sale)
	if info == nil {
		return
	}
	fen := info.amount
	if d.chance(0.5) {
		fen = 1 + int64(d.n(int(fen)))
	}
	if back := s.bank(info.channel).GiveBack(info.number, fen); back > 0 {
		s.Faults[shopRefunds]++
		s.say("the shop refunds %s at %s, past the till", ledger.Fen(back), info.channel)
		s.touch(info)
	}
}

// resolve has a supervisor settle an entry of the list, in cash where money is owed.
func (s *sim) resolve(a *action) {
	d := a.dice
	var list []ledger.Exception
	s.proc.book.Read(func(state *ledger.State) { list = append(list, state.Exceptions...) })
	if len(list) == 0 {
		return
	}
	x := list[d.n(len(list))]
	word := ledger.Resolution{Exception: x.ID, Note: "settled"}
	switch x.Note {
	case ledger.NoteLateMoney, ledger.NoteSecondPayment, ledger.NoteRefundAbnormal, ledger.NoteRefundFailed:
		word.Returned = true
	}
	w := &wishing{actor: simSupervisor, kind: ledger.KindResolved}
	if s.desk != nil {
		w.actor = s.boss()
		word.Second = s.secondFor(&d, w, func() bool { return s.desk.resolveNeeds(w.actor, &x, &word) })
	}
	err := s.wants(w, func() error { return s.proc.book.Resolve(simCtx, w.actor, word) })
	s.say("the supervisor settles entry %d about order %s (note %d)%s", x.ID, tail(x.Order), x.Note, because(err))
	if info := s.orders[x.Order]; info != nil && err == nil && !word.Returned {
		info.settled = true
	}
}

// refundNeeds reports whether giving back on an order takes a second person.
func (k *desk) refundNeeds(by ledger.Actor, row *ledger.Attempt, fen int64) bool {
	sum := fen + row.ByHand
	for i := range row.Refunds {
		if r := &row.Refunds[i]; r.Cause == ledger.CausePerson && r.State != ledger.RefundFailed {
			sum += r.Amount.Fen
		}
	}
	o := k.orders[row.Order]
	late := row.State == ledger.Orphan && (k.rules.Resolve || by.Role != ledger.RoleSupervisor)
	return late || sum > k.rules.RefundAbove || k.rules.OwnSale && k.sales[o.sale].by == by.Person
}

// resolveNeeds is refundNeeds for a word on an entry of the list; it says how much was given back by hand.
func (k *desk) resolveNeeds(by ledger.Actor, x *ledger.Exception, word *ledger.Resolution) bool {
	if k.rules.Resolve {
		if row, ok := k.sim.attempt(x.Order); ok && word.Returned {
			word.Amount = ledger.HandAmount(x, &row)
		}
		return true
	}
	row, ok := k.sim.attempt(x.Order)
	if !ok || !word.Returned {
		return false
	}
	if word.Amount = ledger.HandAmount(x, &row); word.Amount == (ledger.Money{}) {
		return false
	}
	return k.refundNeeds(by, &row, word.Amount.Fen)
}
