package ledger

import (
	"fmt"
	"time"
)

// Shift is the time in which one person answers for the drawer, from a float to a count.
//
//	open ──► counted ──► closed          by its person, or a supervisor
//	 ▲          │   └──► handed over ──► open, under the next number: what was counted is its float
//	 └─ cash ───┘                        cash that moves after a count makes it one of another time
//	open ──────────────► closed          by the till, at the hour of forgotten shifts: nobody has counted
//
// There is one drawer, and at most one open shift. Others may sell in it; the person of the shift answers for the cash.
type Shift struct {
	Number             uint64
	Person             string
	OpenedAt, ClosedAt time.Time
	Float              int64 // fen in the drawer at the beginning
	In, Out            Tally // put in and taken out, for no sale
	Cash               int64 // fen of sales in cash, without what went back in cash

	Counts        uint32 // how often it was counted
	First         int64  // fen of the first count, which stays on record
	FirstExpected int64  // fen that should have been there at that moment
	Counted       int64  // fen of the last count
	Current       bool   // nothing has moved since that count

	Expected  int64  // fen that should have been there at its end
	Automatic bool   // closed by the till
	By        string // who has closed it
	Accepted  string // the second person, where one was needed for a difference
	To        string // who has taken the drawer over
	After     uint64 // the shift that has handed the drawer over to this one

	Drawer, NoSale uint64 // how often the drawer was let open, and how often for no sale
}

// expects is what should lie in the drawer now, in fen. It may be below zero: to refuse what would take it there would tell how much
// is in it.
func (s *Shift) expects() int64 { return s.Float + s.In.Fen - s.Out.Fen + s.Cash }

// Difference is by how much the last count differs from what was expected; ok is false where there is no count that counts.
func (s *Shift) Difference() (fen int64, ok bool) { return s.Counted - s.Expected, s.Current }

// blind is the shift as everybody may see it: while it is not counted, nothing that tells what should be in the drawer.
func (s *Shift) blind() Shift {
	seen := *s
	if s.Current {
		seen.Expected = s.expects()
		return seen
	}
	seen.In, seen.Out, seen.Cash, seen.FirstExpected, seen.Expected = Tally{}, Tally{}, 0, 0, 0
	return seen
}

// Shift gives the open shift without what its count has to find out; ok is false when none is open.
func (s *State) Shift() (shift Shift, ok bool) {
	if s.shift == nil {
		return Shift{}, false
	}
	return s.shift.blind(), true
}

// DrawerUncounted reports whether the drawer holds the cash of a shift that nobody has counted: one that was closed by the hour, without
// another since, whose float would be a count. Whoever opens the next one has it still to find out.
func (r *Report) DrawerUncounted() bool {
	n := len(r.Shifts)
	if n == 0 || r.Running.Number > 0 {
		return false
	}
	_, counted := r.Shifts[n-1].Difference()
	return !counted
}

// shown is a report as it may be shown now. While the shift that runs in it is not counted, nothing in it tells what should be in the
// drawer, nor any sum that cash is a part of. How many they were stays, and the event of a Z report keeps every figure.
func (s *State) shown(r Report) Report {
	if s.shift == nil || s.shift.Number != r.Running.Number || s.shift.Current || r.Running.Current {
		return r
	}
	r.Blind, r.Running, r.Counts = true, r.Running.blind(), r.Counts.copy()
	r.Cash, r.CashIn.Fen, r.CashOut.Fen = 0, 0, 0
	for i := range r.Tenders {
		if r.Tenders[i].Name == Cash.String() {
			r.Tenders[i].blind()
		}
	}
	for i := range r.People {
		r.People[i].Cash = 0
		r.People[i].blind()
	}
	for i := range r.Corrections {
		r.Corrections[i].blind()
	}
	r.Grand.blind()
	return r
}

func (l *Line) blind() { l.Fen, l.Returned = 0, 0 }

// tells refuses who may not know yet what should be in the drawer. Whoever has counted may know it until cash moves again; before
// that only who may see reports, and not about a drawer of their own that they have never counted.
func (b *Book) tells(s *State, actor Actor) error {
	switch shift := s.shift; {
	case shift == nil || shift.Current:
		return nil
	case b.may(s, actor, RightReport) != nil:
		return Refuse(ReasonBlind)
	case shift.Person == actor.Person && shift.Counts == 0:
		return Refuse(ReasonCountFirst)
	}
	return nil
}

// CashHidden reports whether somebody must not be told the cash of a business day, or a sum that it is part of: it would tell what
// the count of the open shift has to find out.
func (b *Book) CashHidden(actor Actor, day Day) (hidden bool) {
	b.Read(func(s *State) {
		hidden = s.shift != nil && day >= b.cfg.Calendar.Day(s.shift.OpenedAt) && b.tells(s, actor) != nil
	})
	return hidden
}

// Denominations are the notes and coins of the renminbi in circulation, in fen. The two kinds of one yuan, five jiao and one jiao
// are counted together.
var Denominations = []int64{100_00, 50_00, 20_00, 10_00, 5_00, 1_00, 50, 10, 5, 2, 1}

// maxPieces bounds how many notes or coins of one kind a count can have.
const maxPieces = 1_000_000

// sumPieces adds a count up; ok is false when it is none: kinds that do not stand in falling order, or numbers that cannot be.
func sumPieces(pieces []Pieces) (fen int64, ok bool) {
	last := Denominations[0] + 1
	for _, p := range pieces {
		if p.Fen <= 0 || p.Fen >= last || p.Count == 0 || p.Count > maxPieces {
			return 0, false
		}
		last = p.Fen
		fen += p.Fen * int64(p.Count)
	}
	return fen, true
}

// maxCash bounds what is keyed as cash at once: as much as a sale.
const maxCash = MaxFen

// applyShift folds what happens to the drawer, and the reports.
func (s *State) applyShift(e *Event) (*Sale, error) {
	var err error
	switch b := e.Body.(type) {
	case *ShiftOpened:
		err = s.shiftOpened(e, b)
	case *CashMoved:
		err = s.cashMoved(e, b)
	case *DrawerOpened:
		return s.drawerOpened(e, b)
	case *CashCounted:
		err = s.cashCounted(e, b)
	case *ShiftClosed:
		err = s.shiftClosed(e, b)
	case *Reported:
		if b.X != s.period.Counts.Xs+1 {
			return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("the X report %d follows %d", b.X, s.period.Counts.Xs))
		}
		s.startDay(e.Day)
		s.period.Counts.Xs = b.X
	case *DayClosed:
		err = s.dayClosed(e, b)
	case *Reprinted:
		return s.reprinted(e, b)
	default:
		return nil, s.applyStaff(e)
	}
	return nil, err
}

// inShift refuses what does not belong to the open shift.
func (s *State) inShift(number uint64) error {
	if s.shift == nil || s.shift.Number != number {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("shift %d is not open", number))
	}
	return nil
}

func cashOf(m Money, least int64) error {
	if m.Currency != CNY || m.Fen < least || m.Fen > maxCash {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("%s %s is no amount of cash", m, m.Currency))
	}
	return nil
}

func (s *State) shiftOpened(e *Event, b *ShiftOpened) error {
	if s.shift != nil || b.Shift != s.Shifts+1 || b.Person == "" {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("shift %d follows %d, which is open: %v", b.Shift, s.Shifts, s.shift != nil))
	}
	if b.Float.Currency != CNY || b.Float.Fen < 0 { // a float that was handed over is as large as its count
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("a float of %s", b.Float))
	}
	s.startDay(e.Day)
	s.Shifts = b.Shift
	s.shift = &Shift{Number: b.Shift, Person: b.Person, OpenedAt: e.At, Float: b.Float.Fen, After: b.After}
	return nil
}

func (s *State) cashMoved(e *Event, b *CashMoved) error {
	if err := s.inShift(b.Shift); err != nil {
		return err
	}
	if err := cashOf(b.Amount, 1); err != nil {
		return err
	}
	s.startDay(e.Day)
	of, all := &s.shift.Out, &s.period.Counts.CashOut
	if b.In {
		of, all = &s.shift.In, &s.period.Counts.CashIn
	}
	of.plus(b.Amount.Fen)
	all.plus(b.Amount.Fen)
	s.shift.Current = false
	return nil
}

// drawerOpened gives the sale it was for, so that it stands in that sale's story.
func (s *State) drawerOpened(e *Event, b *DrawerOpened) (*Sale, error) {
	if b.Shift != 0 && !s.telling {
		if err := s.inShift(b.Shift); err != nil {
			return nil, err
		}
	}
	s.startDay(e.Day)
	by := s.period.Counts.by(e.Actor.Person)
	by.Drawer++
	if b.Sale == "" {
		by.NoSale++
	}
	if s.shift != nil {
		s.shift.Drawer++
		if b.Sale == "" {
			s.shift.NoSale++
		}
	}
	return s.sales[b.Sale], nil
}

func (s *State) cashCounted(e *Event, b *CashCounted) error {
	if err := s.inShift(b.Shift); err != nil {
		return err
	}
	sum, ok := sumPieces(b.Pieces)
	if !ok || b.Sum != Fen(sum) || b.Nth != s.shift.Counts+1 {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("count %d of shift %d: its pieces are not %s", b.Nth, b.Shift, b.Sum))
	}
	s.startDay(e.Day)
	if s.shift.Counts++; s.shift.Counts == 1 {
		s.shift.First, s.shift.FirstExpected = sum, s.shift.expects()
	}
	s.shift.Counted, s.shift.Current = sum, true
	return nil
}

func (s *State) shiftClosed(e *Event, b *ShiftClosed) error {
	if err := s.inShift(b.Shift); err != nil {
		return err
	}
	closed := *s.shift
	closed.Expected = closed.expects()
	if want := closed.closing(); b.Expected != want.Expected || b.Counted != want.Counted || b.First != want.First {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("shift %d: expected %s, counted %s", b.Shift, want.Expected, want.Counted))
	}
	if !closed.Current && !b.Automatic {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("shift %d was not counted", b.Shift))
	}
	s.startDay(e.Day)
	closed.ClosedAt, closed.Automatic, closed.By, closed.Accepted, closed.To = e.At, b.Automatic, e.Actor.Person, e.Actor.Approver, b.To
	s.shift = nil
	s.period.Counts.closed(closed)
	return nil
}

// closing is what the event that ends the shift has to say.
func (s *Shift) closing() ShiftClosed {
	c := ShiftClosed{Shift: s.Number, Expected: Fen(s.expects())}
	if s.Current {
		c.Counted = Fen(s.Counted)
	}
	if s.Counts > 0 {
		c.First = Fen(s.First - s.FirstExpected)
	}
	return c
}

// closed lists a shift that has ended.
func (n *Counts) closed(shift Shift) {
	if difference, counted := shift.Difference(); counted {
		n.OverShort += difference
	} else {
		n.Uncounted++
	}
	if n.Shifts = append(n.Shifts, shift); len(n.Shifts) > maxShifts {
		n.Shifts = append([]Shift(nil), n.Shifts[1:]...)
		n.MoreShifts++
	}
}

func (s *State) reprinted(e *Event, b *Reprinted) (*Sale, error) {
	sale := s.sales[b.Sale]
	if sale == nil || b.Copy != sale.Copies+1 {
		return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("copy %d of sale %s", b.Copy, b.Sale))
	}
	s.startDay(e.Day)
	sale.Copies = b.Copy
	s.period.Counts.by(e.Actor.Person).Copies++
	return sale, nil
}
