package main

import (
	"fmt"

	"guitai/ledger"
)

// This file is what people do with the drawer, and at the end of the day.

// What the counter has met: the places of tally.Desk.
const (
	deskSignIn = iota
	deskSwitched
	deskWrongPIN
	deskLockedOut
	deskStranger
	deskConsent
	deskConsentRefused
	deskConsentAgain
	deskTender0 // and the kinds follow
	deskCash
	deskSlip
	deskTransfer
	deskChange
	deskPartChosen
	deskScanLast
	deskTenderLast
	deskInstead
	deskCameAfterAll
	deskTenderBack
	deskHeld
	deskResumed
	deskMoved
	deskCounted
	deskTold
	deskShiftClosed
	deskDifference
	deskHandedOver
	deskForgotten
	deskX
	deskZ
	deskCorrected
	numDesk
)

var deskWords = [numDesk]string{
	deskSignIn: "sign-ins", deskSwitched: "of them in somebody's place", deskWrongPIN: "wrong PINs", deskLockedOut: "tries while a PIN is locked",
	deskStranger: "intents of somebody who has left, or locked the screen", deskConsent: "consents that served", deskConsentRefused: "wishes refused for want of one",
	deskConsentAgain: "consents handed in again", deskTender0: "", deskCash: "paid in cash", deskSlip: "by card slip", deskTransfer: "by transfer",
	deskChange: "with change", deskPartChosen: "parts chosen for a scan", deskScanLast: "sales in parts settled by a scan", deskTenderLast: "sales in parts settled by a tender",
	deskInstead: "taken for an unknown payment", deskCameAfterAll: "of which the payment came after all", deskTenderBack: "tenders given back",
	deskHeld: "sales held", deskResumed: "brought back", deskMoved: "cash put in or taken out", deskCounted: "counts", deskTold: "looks at what was expected, after a count",
	deskShiftClosed: "shifts closed", deskDifference: "with a difference", deskHandedOver: "handed over", deskForgotten: "forgotten",
	deskX: "X reports", deskZ: "Z reports", deskCorrected: "corrections of days before in them",
}

func (s *sim) opensShift() {
	d := dice(mix(s.seed, 62, uint64(s.unit), s.desk.turn()))
	float := ledger.Fen(int64(d.n(50000)))
	w := &wishing{actor: s.works(), kind: ledger.KindShiftOpened, body: &ledger.ShiftOpened{Float: float}}
	err := s.wants(w, func() error {
		number, err := s.proc.book.OpenShift(simCtx, w.actor, float)
		if err == nil && number != s.desk.shift.number {
			s.breaks("K2", "shift %d is called %d", s.desk.shift.number, number)
		}
		return err
	})
	s.say("%s opens a shift with %s%s", w.actor.Person, float, because(err))
}

// shiftAct is what somebody does about the drawer.
func (s *sim) shiftAct(a *action) {
	d, k := a.dice, s.desk
	if k.shift == nil {
		s.opensShift()
		return
	}
	switch n := d.n(20); {
	case n < 5:
		s.movesCash(&d)
	case n < 15:
		if !k.shift.current {
			s.countsDrawer(&d)
		} else if d.chance(0.5) {
			s.closesShift(&d)
		} else {
			s.handsOver(&d)
		}
	case n < 16:
		s.opensDrawer(&d)
	case n < 18:
		s.seesX(&d)
	default:
		s.closesDay(&d)
	}
}

func (s *sim) movesCash(d *dice) {
	k := s.desk
	move := &ledger.CashMoved{In: d.chance(0.5), Amount: ledger.Fen(int64(1 + d.n(30000)))}
	w := &wishing{actor: s.works(), kind: ledger.KindCashMoved, body: move}
	second := s.secondFor(d, w, func() bool { return !move.In && move.Amount.Fen > k.rules.PayOutAbove })
	wish := ledger.CashWish{Shift: k.seenShift(), In: move.In, Amount: move.Amount, Why: "change", Second: second}
	err := s.wants(w, func() error { return s.proc.book.MoveCash(simCtx, w.actor, wish) })
	s.say("%s moves %s, in: %v%s", w.actor.Person, move.Amount, move.In, because(err))
	s.agreed(w, err)
	if err == nil {
		s.Desk[deskMoved]++
	}
}

// seenShift is the number on the screen; 0 when the shift was closed meanwhile.
func (k *desk) seenShift() uint64 {
	if k.shift == nil {
		return 0
	}
	return k.shift.number
}

// countsDrawer counts what lies in the drawer, or a little more or less.
func (s *sim) countsDrawer(d *dice) {
	k := s.desk
	by := s.works()
	if k.shift == nil {
		return
	}
	fen := max(0, k.shift.expects())
	if d.chance(0.4) {
		fen = max(0, fen+int64(d.n(6000))-3000)
	}
	var pieces []ledger.Pieces
	for left, i := fen, 0; left > 0; i++ {
		worth := ledger.Denominations[i]
		pieces = append(pieces, ledger.Pieces{Fen: worth, Count: uint64(left / worth)})
		left %= worth
	}
	if by.Role != ledger.RoleSupervisor && by.Person != k.shift.person && d.chance(0.7) {
		by = s.boss() // who may count somebody else's
	}
	w := &wishing{actor: by, kind: ledger.KindCashCounted, body: &ledger.CashCounted{Sum: ledger.Fen(fen)}}
	w.needs = by.Role != ledger.RoleSupervisor && k.shift != nil && by.Person != k.shift.person
	err := s.wants(w, func() error { return s.proc.book.CountCash(simCtx, w.actor, k.seenShift(), pieces) })
	s.say("%s counts %s%s", by.Person, ledger.Fen(fen), because(err))
	if err == nil {
		s.Desk[deskCounted]++
	}
}

// closing is what the end of the shift asks for.
func (s *sim) closing(d *dice, w *wishing) ledger.CloseWish {
	k := s.desk
	wish := ledger.CloseWish{Shift: k.seenShift(), Note: "end"}
	if k.shift == nil {
		return wish
	}
	if wish.Counts = k.shift.counts; d.chance(0.05) {
		wish.Counts--
	}
	off := k.shift.counted - k.shift.expects()
	wish.Second = s.secondFor(d, w, func() bool {
		others := w.actor.Role != ledger.RoleSupervisor && w.actor.Person != k.shift.person
		return max(off, -off) > k.rules.DifferenceAbove || others
	})
	return wish
}

func (s *sim) closesShift(d *dice) {
	w := &wishing{actor: s.works(), kind: ledger.KindShiftClosed}
	wish := s.closing(d, w)
	err := s.wants(w, func() error { return s.proc.book.CloseShift(simCtx, w.actor, wish) })
	s.say("%s closes shift %d%s", w.actor.Person, wish.Shift, because(err))
	s.agreed(w, err)
}

// handsOver lets somebody else take the drawer, with what was counted as the float.
func (s *sim) handsOver(d *dice) {
	k := s.desk
	w := &wishing{actor: s.works(), kind: ledger.KindShiftClosed}
	closing := s.closing(d, w)
	to := []string{"anna", "bert", "wang"}[d.n(3)]
	counted := int64(0)
	if k.shift != nil {
		counted = k.shift.counted
	}
	w.enters, w.proves = to, d.chance(0.85)
	if !w.proves {
		if w.tries != "" { // the second person's is tried first, and ends it
			w.proves = true
		} else {
			w.tries = to
		}
	}
	wish := ledger.HandOverWish{CloseWish: closing, To: to, PIN: pinOf(to, w.proves)}
	err := s.wants(w, func() error {
		taker, err := s.proc.book.HandOver(simCtx, w.actor, wish)
		if err == nil && (taker != actorOf(to, atCounter) || k.shift == nil || k.shift.person != to || k.shift.float != counted || k.seats[atCounter].person != to) {
			s.breaks("K2", "%s hands %d over to %s: %+v works, the shift is %+v", w.actor.Person, counted, to, taker, k.shift)
		}
		return err
	})
	s.say("%s hands shift %d over to %s, PIN right: %v%s", w.actor.Person, wish.Shift, to, w.proves, because(err))
	s.agreed(w, err)
	if err == nil {
		s.Desk[deskHandedOver]++
	}
}

func (s *sim) opensDrawer(d *dice) {
	w := &wishing{actor: s.works(), kind: ledger.KindDrawerOpened}
	second := s.secondFor(d, w, func() bool { return s.desk.rules.NoSale })
	err := s.wants(w, func() error {
		return s.proc.book.OpenDrawer(simCtx, w.actor, ledger.DrawerWish{Why: "change", Second: second})
	})
	s.say("%s opens the drawer%s", w.actor.Person, because(err))
	s.agreed(w, err)
}

// reporter is who makes a report: a supervisor, or a cashier to whom one lends the right.
func (s *sim) reporter(d *dice, w *wishing) *ledger.Consent {
	w.actor = s.boss()
	if d.chance(0.4) {
		w.actor = s.works()
	}
	return s.secondFor(d, w, func() bool { return w.actor.Role != ledger.RoleSupervisor })
}

func (s *sim) seesX(d *dice) {
	w := &wishing{kind: ledger.KindReported}
	second := s.reporter(d, w)
	var report ledger.Report
	err := s.wants(w, func() (err error) {
		report, err = s.proc.book.XReport(simCtx, w.actor, second)
		return err
	})
	s.say("%s sees an X report%s", w.actor.Person, because(err))
	s.agreed(w, err)
	if err == nil {
		report.Xs++ // the report is of before it was made
		s.desk.seesX(&report)
		s.Desk[deskX]++
	}
}

// closesDay makes a Z report. It may be wanted twice, by one who has not seen the first.
func (s *sim) closesDay(d *dice) {
	w := &wishing{kind: ledger.KindDayClosed}
	second := s.reporter(d, w)
	wish := ledger.DayWish{Last: uint64(len(s.desk.zs)), Second: second}
	err := s.wants(w, func() error {
		report, err := s.proc.book.CloseDay(simCtx, w.actor, wish)
		if err == nil && report.Z != uint64(len(s.desk.zs)) {
			s.breaks("Z1", "Z report %d is called %d", len(s.desk.zs), report.Z)
		}
		return err
	})
	s.say("%s makes a Z report%s", w.actor.Person, because(err))
	s.agreed(w, err)
	if err == nil && s.up() && d.chance(0.5) {
		s.closesDayAgain(wish)
	}
}

// closesDayAgain makes a Z report on the look on which one was made already.
func (s *sim) closesDayAgain(wish ledger.DayWish) {
	w := &wishing{actor: s.boss(), kind: ledger.KindDayClosed}
	wish.Second = nil
	err := s.wants(w, func() error { _, err := s.proc.book.CloseDay(simCtx, w.actor, wish); return err })
	if err == nil && s.broken == nil {
		s.breaks("Z1", "%s makes a second Z report on one look", w.actor.Person)
	}
}

func deskTable(n *[numDesk]int) (text string) {
	for i, count := range n {
		if deskWords[i] != "" {
			text += fmt.Sprintf("desk  %9d  %s\n", count, deskWords[i])
		}
	}
	return text
}
