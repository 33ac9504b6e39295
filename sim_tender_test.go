package main

import (
	"fmt"
	"time"

	"guitai/ledger"
)

// This file is money that comes without a channel: what the desk's book says of it, and what people do.

// money folds what happens to sales and their money.
func (k *desk) money(e *ledger.Event) {
	switch b := e.Body.(type) {
	case *ledger.SaleOpened:
		k.sales[b.Sale] = &deskSale{amount: b.Amount.Fen, seq: e.Seq, day: e.Day, by: e.Actor.Person}
		if k.shift == nil {
			k.breaks("K2", "a sale is keyed, and nobody has opened a shift")
		}
	case *ledger.AttemptOpened:
		k.asked(b)
	case *ledger.AttemptStopped:
		k.orders[b.Order].state = b.Became
	case *ledger.AttemptAnswered:
		o := k.orders[b.Order]
		was := o.state
		o.state = b.Became
		if b.Became == ledger.Paid && was != ledger.Paid {
			if o.goesBack {
				k.breaks("M12", "order %s was to go back, and is PAID", tail(b.Order))
			}
			k.takes(o.sale, ledger.TenderScan, o.amount)
		}
		if b.Became == ledger.Orphan && was != ledger.Orphan && o.goesBack {
			k.sim.Desk[deskCameAfterAll]++
		}
	case *ledger.RefundOpened:
		k.refunds[b.Refund] = &deskRefund{order: b.Order, amount: b.Amount.Fen, person: b.Cause == ledger.CausePerson}
	case *ledger.RefundAnswered:
		r := k.refunds[b.Refund]
		if o := k.orders[r.order]; b.Became == ledger.RefundReturned && !r.back {
			if r.back = true; o.state == ledger.Paid {
				k.givesBack(o.sale, ledger.TenderScan, r.amount)
			}
		}
	case *ledger.TenderTaken:
		k.tendered(e, b)
	case *ledger.TenderProven:
		if t := k.tender(b.Sale, b.Tender); t != nil {
			t.proven = true
		}
	case *ledger.TenderReturned:
		k.tenderBack(b)
	}
}

// asked is M9 for a sale in parts: an attempt asks for what is due, or for the part that was chosen.
func (k *desk) asked(b *ledger.AttemptOpened) {
	sale := k.sales[b.Sale]
	want := sale.amount - sale.taken
	if k.part.sale == b.Sale && k.part.fen > 0 {
		want = min(want, k.part.fen)
	}
	if b.Amount.Fen != want {
		k.breaks("M9", "order %s of sale %s asks for %s, due are %d", tail(b.Order), b.Sale.Tail(), b.Amount, want)
	}
	o := &deskOrder{sale: b.Sale, amount: b.Amount.Fen, state: ledger.Intent}
	k.orders[b.Order] = o
	sale.orders = append(sale.orders, o)
}

// takes is money that has come for a sale.
func (k *desk) takes(id ledger.SaleID, tender string, fen int64) {
	sale := k.sales[id]
	if sale.taken += fen; sale.taken > sale.amount {
		k.breaks("M12", "sale %s over %s has taken %s", id.Tail(), ledger.Fen(sale.amount), ledger.Fen(sale.taken))
	}
	k.counts(sale, tender, sums{sold: fen})
	switch scan := tender == ledger.TenderScan; {
	case sale.taken != sale.amount || fen == sale.amount:
	case scan:
		k.sim.Desk[deskScanLast]++
	default:
		k.sim.Desk[deskTenderLast]++
	}
}

func (k *desk) givesBack(id ledger.SaleID, tender string, fen int64) {
	sale := k.sales[id]
	sale.undone += fen
	k.counts(sale, tender, sums{back: fen})
}

// counts adds to the period, and to the totals for ever.
func (k *desk) counts(sale *deskSale, tender string, by sums) {
	plus := func(s sums) sums { return sums{s.sold + by.sold, s.back + by.back} }
	p := &k.period
	p.all, p.tenders[tender] = plus(p.all), plus(p.tenders[tender])
	if sale.seq < p.from {
		p.days[sale.day] = plus(p.days[sale.day])
	}
	k.sold, k.returned = k.sold+by.sold, k.returned+by.back
}

// cash is what goes into the drawer for a sale.
func (k *desk) cash(fen int64) {
	k.period.cash += fen
	if k.shift != nil {
		k.shift.cash += fen
	}
	k.moved()
}

func (k *desk) tendered(e *ledger.Event, b *ledger.TenderTaken) {
	sale, w := k.sales[b.Sale], k.wish
	for _, o := range sale.orders {
		if o.state.Live() && !o.goesBack && o != k.orders[b.Instead] {
			k.breaks("M12", "%s is taken for sale %s while a payment is under way", b.Amount, b.Sale.Tail())
		}
	}
	if b.Instead != "" {
		if k.orders[b.Instead].goesBack = true; e.Actor.Approver == "" {
			k.breaks("C2", "%s is taken in the place of an unknown payment, and nobody else has agreed", b.Amount)
		}
		k.sim.Desk[deskInstead]++
	}
	if w == nil {
		return
	}
	if want, ok := w.body.(*ledger.TenderTaken); ok && (b.By != want.By || want.Amount.Fen != 0 && b.Amount != want.Amount || want.Given.Fen != 0 && b.Given != want.Given) {
		k.breaks("C3", "%s wanted %+v, and %+v is written", w.actor.Person, want, b)
	}
	kept := b.Amount.Fen
	if b.By == ledger.Cash {
		kept = b.Given.Fen - b.Change.Fen
		if off := kept - b.Amount.Fen; b.Change.Fen < 0 || off != b.Rounding || max(off, -off)*2 > k.step || off != 0 && kept%k.step != 0 {
			k.breaks("M12", "%s given for %s, %s change, rounded by %d", b.Given, b.Amount, b.Change, b.Rounding)
		}
		if b.Change.Fen > 0 {
			k.sim.Desk[deskChange]++
		}
		k.cash(kept)
	}
	t := &deskTender{id: e.Seq, sale: b.Sale, kind: b.By, kept: kept, by: e.Actor.Person}
	sale.tenders, k.tenders = append(sale.tenders, t), append(k.tenders, t)
	k.sim.Desk[deskTender0+int(b.By)]++
	k.takes(b.Sale, b.By.String(), b.Amount.Fen)
}

func (k *desk) tender(id ledger.SaleID, number uint64) *deskTender {
	if sale := k.sales[id]; sale != nil {
		for _, t := range sale.tenders {
			if t.id == number {
				return t
			}
		}
	}
	return nil
}

func (k *desk) tenderBack(b *ledger.TenderReturned) {
	t := k.tender(b.Sale, b.Tender)
	if t == nil || t.kind != b.By || t.back+b.Amount.Fen > t.kept {
		k.breaks("M12", "%s of %s go back: %+v", b.Amount, b.By, t)
		return
	}
	t.back += b.Amount.Fen
	t.times++
	if t.kind == ledger.Cash {
		k.cash(-b.Amount.Fen)
	}
	k.sim.Desk[deskTenderBack]++
	k.givesBack(b.Sale, b.By.String(), b.Amount.Fen)
}

// tendersNow pays the sale on the screen, or a part of it, another way.
func (s *sim) tendersNow(d *dice) {
	now, ok := s.current()
	k := s.desk
	sale := k.sales[now.ID]
	if !ok || sale == nil || now.Settled() {
		return
	}
	if ledger.ReasonOf(now.MayTender(false)) == ledger.ReasonLiveAttempt && d.chance(0.3) { // who cannot wait for the phone pays cash
		s.stop()
		if now, ok = s.current(); !ok || !s.up() || now.Settled() {
			return
		}
	}
	kind := []ledger.TenderKind{ledger.Cash, ledger.Cash, ledger.Cash, ledger.CardSlip, ledger.Transfer}[d.n(5)]
	due := sale.amount - sale.taken
	taken := &ledger.TenderTaken{By: kind}
	pays := due
	if d.chance(0.4) && due > 1 {
		if pays = 1 + int64(d.n(int(due))); kind == ledger.Cash && k.step > 1 {
			pays = max(k.step, pays/k.step*k.step)
		}
		taken.Amount = ledger.Fen(pays)
	}
	if kind == ledger.Cash && d.chance(0.7) {
		note := []int64{1000, 2000, 5000, 10000}[d.n(4)]
		taken.Given = ledger.Fen((pays + note) / note * note)
	}
	seen := len(sale.tenders)
	if d.chance(0.05) {
		seen++
	}
	w := &wishing{actor: s.works(), kind: ledger.KindTenderTaken, body: taken}
	second := s.secondFor(d, w, func() bool { return now.MayTender(false) != nil && now.MayTender(true) == nil })
	wish := ledger.TenderWish{Sale: now.ID, Kind: kind, Amount: taken.Amount, Given: taken.Given, Number: fmt.Sprint(k.turn()), Seen: seen, Second: second}
	err := s.wants(w, func() error { return s.proc.book.Tender(simCtx, w.actor, wish) })
	s.say("takes %s %s, given %s%s", kind, ledger.Fen(pays), taken.Given, because(err))
	s.agreed(w, err)
	if err == nil {
		s.oracle.mark(now.ID)
	}
}

// secondFor brings a second person where one is asked for.
func (s *sim) secondFor(d *dice, w *wishing, needs func() bool) *ledger.Consent {
	if w.needs = needs(); !w.needs {
		return nil
	}
	return s.consent(d, w)
}

// choosesPart says how much the next scan is to ask for.
func (s *sim) choosesPart(d *dice) {
	now, ok := s.current()
	sale := s.desk.sales[now.ID]
	if !ok || sale == nil || !d.chance(0.15) || sale.amount-sale.taken < 2 {
		return
	}
	fen := 1 + int64(d.n(int(sale.amount-sale.taken)))
	err := s.proc.book.SetPart(ledger.Fen(fen))
	s.say("a part of %s by scan%s", ledger.Fen(fen), because(err))
	if err == nil {
		s.desk.part = deskPart{now.ID, fen}
		s.Desk[deskPartChosen]++
	}
}

// returnsTender gives money of some sale back the way it came.
func (s *sim) returnsTender(a *action) {
	d, k := a.dice, s.desk
	if len(k.tenders) == 0 {
		return
	}
	t := k.tenders[d.n(len(k.tenders))]
	left := t.kept - t.back
	fen := left + int64(d.n(2))
	if d.chance(0.5) && left > 1 {
		fen = 1 + int64(d.n(int(left)))
	}
	w := &wishing{actor: s.works(), kind: ledger.KindTenderReturned, body: &ledger.TenderReturned{Tender: t.id, Amount: ledger.Fen(fen)}}
	second := s.secondFor(&d, w, func() bool {
		own := k.rules.OwnSale && (w.actor.Person == t.by || w.actor.Person == k.sales[t.sale].by)
		return own || t.back+fen > k.rules.RefundAbove || t.kind == ledger.Transfer && !t.proven
	})
	wish := ledger.TenderReturnWish{Sale: t.sale, Tender: t.id, Amount: ledger.Fen(fen), Why: "brought back", Seen: t.times, Second: second}
	err := s.wants(w, func() error { return s.proc.book.ReturnTender(simCtx, w.actor, wish) })
	s.say("gives %s of %s back%s", wish.Amount, t.kind, because(err))
	s.agreed(w, err)
	if second != nil && d.chance(0.4) {
		s.returnsAgain(t, second)
	}
}

// returnsAgain wants the rest of a tender back, with a consent that was handed in already.
func (s *sim) returnsAgain(t *deskTender, c *ledger.Consent) {
	k := s.desk
	if !s.up() || t.kept-t.back <= 0 {
		return
	}
	s.Desk[deskConsentAgain]++
	fen := t.kept - t.back
	w := &wishing{actor: s.works(), kind: ledger.KindTenderReturned, body: &ledger.TenderReturned{Tender: t.id, Amount: ledger.Fen(fen)}}
	own := k.rules.OwnSale && (w.actor.Person == t.by || w.actor.Person == k.sales[t.sale].by)
	w.needs = own || t.back+fen > k.rules.RefundAbove || t.kind == ledger.Transfer && !t.proven
	wish := ledger.TenderReturnWish{Sale: t.sale, Tender: t.id, Amount: ledger.Fen(fen), Why: "again", Seen: t.times, Second: c}
	err := s.wants(w, func() error { return s.proc.book.ReturnTender(simCtx, w.actor, wish) })
	s.say("with the same consent, %s of %s%s", wish.Amount, t.kind, because(err))
}

// proves says that a transfer has arrived.
func (s *sim) proves(a *action) {
	d, k := a.dice, s.desk
	for _, t := range k.tenders {
		if t.kind != ledger.Transfer || t.proven || !d.chance(0.5) {
			continue
		}
		w := &wishing{actor: s.works(), kind: ledger.KindTenderProven}
		second := s.secondFor(&d, w, func() bool { return w.actor.Role != ledger.RoleSupervisor })
		err := s.wants(w, func() error {
			return s.proc.book.Prove(simCtx, w.actor, ledger.ProveWish{Sale: t.sale, Tender: t.id, Second: second})
		})
		s.say("a transfer has arrived%s", because(err))
		s.agreed(w, err)
		return
	}
}

// holds puts the sale on the screen away for later, or brings one back.
func (s *sim) holds(a *action) {
	d := a.dice
	var held []ledger.SaleID
	s.proc.book.Read(func(state *ledger.State) {
		for _, sale := range state.Held() {
			held = append(held, sale.ID)
		}
	})
	if len(held) > 0 && d.chance(0.6) {
		id := held[d.n(len(held))]
		err := s.does(func(by ledger.Actor) error { return s.proc.book.Resume(simCtx, by, id) })
		s.say("brings a held sale back%s", because(err))
		if err == nil {
			s.Desk[deskResumed]++
			s.after(d.within(time.Second, 5*time.Second), func() {
				if !s.up() {
					return
				}
				if now, ok := s.current(); ok && now.ID == id {
					s.tendersNow(&d)
				}
			})
		}
		return
	}
	s.puts()
}

func (s *sim) puts() error {
	err := s.does(func(by ledger.Actor) error { return s.proc.book.Hold(simCtx, by) })
	s.say("holds the sale%s", because(err))
	if err == nil {
		s.Desk[deskHeld]++
	}
	return err
}

// paysOtherwise has the customer pay by other means in one case of four.
func (s *sim) paysOtherwise(unit, round int) bool {
	d := dice(mix(s.seed, 66, uint64(unit), uint64(round)))
	if d.chance(0.25) {
		s.tendersNow(&d)
		return true
	}
	s.choosesPart(&d)
	return !s.up()
}
