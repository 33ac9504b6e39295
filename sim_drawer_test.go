package main

import (
	"maps"
	"slices"
	"time"

	"guitai/ledger"
)

// This file is the desk's book of the drawer and of the reports.

// forgotten is K2 for a shift that nobody has closed by the shop's hour: nothing comes after that before its end.
func (k *desk) forgotten(e *ledger.Event) {
	closed, ends := e.Body.(*ledger.ShiftClosed)
	_, seals := e.Body.(*ledger.DaySealed)
	switch over := k.shift != nil && k.closeAt > 0 && !e.At.Before(k.due); {
	case over && !seals && !(ends && closed.Automatic):
		k.breaks("K2", "%T comes while shift %d should have been closed at %s", e.Body, k.shift.number, k.due)
	case ends && closed.Automatic && !over && !e.At.Add(time.Millisecond).After(k.due):
		k.breaks("K2", "shift %d is closed by itself before %s", closed.Shift, k.due)
	}
}

// forgottenAt is the first time the shop's hour comes when a shift is an hour old.
func (k *desk) forgottenAt(opened time.Time) time.Time {
	old := k.sim.calendar.In(opened.Add(time.Hour))
	at := time.Date(old.Year(), old.Month(), old.Day(), 0, 0, 0, 0, old.Location()).Add(k.closeAt)
	for at.Before(old) {
		at = at.Add(24 * time.Hour)
	}
	return at
}

// drawer folds what happens to the drawer beside sales.
func (k *desk) drawer(e *ledger.Event) {
	now := k.shift
	switch b := e.Body.(type) {
	case *ledger.ShiftOpened:
		if now != nil || b.Shift != k.shifts+1 || b.Person != e.Actor.Person {
			k.breaks("K2", "shift %d of %s is opened by %s; the last was %d, still open: %v", b.Shift, b.Person, e.Actor.Person, k.shifts, now != nil)
		}
		k.shifts, k.due = b.Shift, k.forgottenAt(e.At)
		k.shift = &deskShift{number: b.Shift, person: b.Person, float: b.Float.Fen}
	case *ledger.CashMoved:
		switch {
		case now == nil || b.Shift != now.number:
			k.breaks("K2", "cash moves in shift %d", b.Shift)
		case b.In:
			now.in, k.period.in = now.in+b.Amount.Fen, k.period.in+b.Amount.Fen
		default:
			now.out, k.period.out = now.out+b.Amount.Fen, k.period.out+b.Amount.Fen
		}
		k.moved()
	case *ledger.CashCounted:
		if now == nil || b.Shift != now.number {
			k.breaks("K2", "shift %d is counted", b.Shift)
			return
		}
		if now.counts++; now.counts == 1 {
			now.first, now.firstExpected = b.Sum.Fen, now.expects()
		}
		now.counted, now.current = b.Sum.Fen, true
	case *ledger.ShiftClosed:
		k.ends(e, b)
	}
}

// moved: whatever was counted before is of another time.
func (k *desk) moved() {
	if k.shift != nil {
		k.shift.current = false
	}
}

func (k *desk) ends(e *ledger.Event, b *ledger.ShiftClosed) {
	now := k.shift
	if now == nil || b.Shift != now.number {
		k.breaks("K2", "shift %d is closed, and not open", b.Shift)
		return
	}
	counted, first := ledger.Money{}, ledger.Money{}
	if now.current {
		counted = ledger.Fen(now.counted)
	}
	if now.counts > 0 {
		first = ledger.Fen(now.first - now.firstExpected)
	}
	if b.Expected.Fen != now.expects() || b.Counted != counted || b.First != first {
		k.breaks("M12", "shift %d ends with %s expected, %s counted, first difference %s; on paper %d, %d, %d",
			b.Shift, b.Expected, b.Counted, b.First, now.expects(), counted.Fen, first.Fen)
	}
	if !b.Automatic && !now.current {
		k.breaks("K2", "shift %d ends uncounted", b.Shift)
	}
	k.period.shifts++
	k.shift = nil
	k.sim.Desk[deskShiftClosed]++
	if b.Automatic {
		k.sim.Desk[deskForgotten]++
	} else if counted.Fen != b.Expected.Fen {
		k.sim.Desk[deskDifference]++
	}
}

// closes is Z1 and Z2 for a Z report.
func (k *desk) closes(e *ledger.Event, b *ledger.DayClosed, hash ledger.Hash) {
	if b.Z != uint64(len(k.zs))+1 || b.Report.Z != b.Z {
		k.breaks("Z1", "Z report %d (%d) follows %d", b.Z, b.Report.Z, len(k.zs))
	}
	if b.Report.From != k.period.from || b.Report.Head.Seq != e.Seq-1 {
		k.breaks("Z1", "Z report %d is on events %d to %d, not %d to %d", b.Z, b.Report.From, b.Report.Head.Seq, k.period.from, e.Seq-1)
	}
	k.compares(&b.Report)
	k.zs = append(k.zs, madeZ{e.Seq, hash, k.period, k.sold})
	for _, c := range k.period.days {
		if c != (sums{}) {
			k.sim.Desk[deskCorrected]++
		}
	}
	k.period = newDeskPeriod(e.Seq + 1)
	k.sim.Desk[deskZ]++
}

// seesX is Z2 for a report that is shown, and K1: before the count it leaves out what cash is a part of.
func (k *desk) seesX(r *ledger.Report) {
	switch total := r.Total(); {
	case r.Blind != (k.shift != nil && !k.shift.current):
		k.breaks("K1", "the report leaves cash out: %v; on paper %+v", r.Blind, k.shift)
	case !r.Blind:
		k.compares(r)
	case r.Running.Expected != 0 || r.Running.Cash != 0 || r.Cash != 0 || r.CashIn.Fen != 0 || r.CashOut.Fen != 0 || r.Grand.Fen != 0:
		k.breaks("K1", "a report before the count tells %+v, %d in cash, %d ever", r.Running, r.Cash, r.Grand.Fen)
	case total.Fen != k.period.all.sold-k.period.tenders[ledger.Cash.String()].sold:
		k.breaks("Z2", "the report has %d taken without cash, on paper %+v", total.Fen, k.period.tenders)
	}
}

// compares is Z2.
func (k *desk) compares(r *ledger.Report) {
	p, total := &k.period, r.Total()
	switch {
	case total.Fen != p.all.sold || total.Returned != p.all.back:
		k.breaks("Z2", "the report has %d taken and %d back, on paper %+v", total.Fen, total.Returned, p.all)
	case r.Grand.Fen != k.sold || r.Grand.Returned != k.returned:
		k.breaks("Z2", "ever %d taken and %d back, on paper %d and %d", r.Grand.Fen, r.Grand.Returned, k.sold, k.returned)
	case r.Cash != p.cash || r.CashIn.Fen != p.in || r.CashOut.Fen != p.out:
		k.breaks("Z2", "cash %d, in %d, out %d; on paper %d, %d, %d", r.Cash, r.CashIn.Fen, r.CashOut.Fen, p.cash, p.in, p.out)
	case uint64(len(r.Shifts))+r.MoreShifts != p.shifts || r.Xs != p.xs:
		k.breaks("Z2", "%d shifts and %d X reports, on paper %d and %d", len(r.Shifts), r.Xs, p.shifts, p.xs)
	case (r.Running.Number != 0) != (k.shift != nil) || k.shift != nil && (r.Running.Number != k.shift.number || r.Running.Expected != k.shift.expects()):
		k.breaks("M12", "the running shift is %d with %d expected, on paper %+v", r.Running.Number, r.Running.Expected, k.shift)
	}
	tenders := map[string]sums{}
	for _, l := range r.Tenders {
		tenders[l.Name] = sums{l.Fen, l.Returned}
	}
	days := map[ledger.Day]sums{}
	for _, l := range r.Corrections {
		days[l.Day] = sums{l.Fen, l.Returned}
	}
	if !maps.Equal(tenders, p.tenders) || !maps.Equal(days, p.days) {
		k.breaks("Z2", "by tender %v and corrections %v, on paper %v and %v", tenders, days, p.tenders, p.days)
	}
}

// look is K1, and C1 for the till's own idea of who stands where.
func (k *desk) look() {
	if !k.dirty {
		return
	}
	k.dirty = false
	s := k.sim
	s.proc.book.Read(func(state *ledger.State) {
		for _, place := range []string{atCounter, atOffice} {
			is, _ := state.Session(place)
			if (seat{is.Person, is.Locked}) != k.seats[place] {
				k.breaks("C1", "the till has %+v at the %s, and %+v is there", is, place, k.seats[place])
			}
		}
		shift, open := state.Shift()
		if open != (k.shift != nil) || open && shift.Number != k.shift.number {
			k.breaks("K2", "the till's shift is %d, open: %v; on paper %+v", shift.Number, open, k.shift)
		} else if open && !k.shift.current && (shift.Cash != 0 || shift.In != (ledger.Tally{}) || shift.Out != (ledger.Tally{}) || shift.Expected != 0 || shift.FirstExpected != 0) {
			k.breaks("K1", "shift %d is not counted, and it shows %+v", shift.Number, shift)
		}
	})
	if seat := k.seats[atCounter]; k.shift != nil && seat.person != "" && !seat.locked && roleOf(seat.person) == ledger.RoleCashier {
		k.asks(actorOf(seat.person, atCounter))
	}
	for _, day := range k.sealing {
		totals, err := s.store.DayTotals(day)
		if err != nil {
			k.breaks("Z3", "the rows of %s: %v", day, err)
		}
		if _, was := k.sealed[day]; !was {
			k.sealed[day] = totals
		}
	}
	k.sealing = k.sealing[:0]
}

// asks has a cashier ask what should be in the drawer.
func (k *desk) asks(cashier ledger.Actor) {
	expected, err := k.sim.proc.book.Expected(cashier)
	switch {
	case !k.shift.current && ledger.ReasonOf(err) != ledger.ReasonBlind:
		k.breaks("K1", "%s is told %s before the count of shift %d is durable (%v)", cashier.Person, expected, k.shift.number, err)
	case k.shift.current && (err != nil || expected.Fen != k.shift.expects()):
		k.breaks("M12", "shift %d should have %s (%v), on paper %d", k.shift.number, expected, err, k.shift.expects())
	case k.shift.current:
		k.sim.Desk[deskTold]++
	}
}

// finish is Z1, Z2 and Z3 when all is over.
func (k *desk) finish() {
	s, sum, n := k.sim, int64(0), 0
	for _, z := range k.zs {
		made, ok, err := ledger.ZReport(s.store, z.seq)
		var hash ledger.Hash
		_ = s.store.Read(z.seq, func(_ uint64, stored []byte) error { hash = ledger.HashOf(stored); return errDead })
		n++
		sum += made.Report.Total().Fen
		if !ok || err != nil || hash != z.hash || made.Z != uint64(n) {
			k.breaks("Z1", "Z report %d is not what it was: %v", n, err)
		}
		if made.Report.Grand.Fen != sum || made.Report.Grand.Fen != z.sold {
			k.breaks("Z2", "Z report %d says %d for ever, all of them together %d", n, made.Report.Grand.Fen, sum)
		}
	}
	for day, totals := range k.sealed {
		if now, err := s.store.DayTotals(day); err != nil || !slices.Equal(now, totals) {
			k.breaks("Z3", "%s was sealed with %+v and has %+v now (%v)", day, totals, now, err)
		}
	}
}
