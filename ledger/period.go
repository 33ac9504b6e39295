package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A period runs from one Z report to the next. What is counted in it is counted when its event comes, whatever day the sale was
// keyed on: so a Z report, once made, is never touched again, and what is late counts in the period in which it came.

// Tally is how many, and how much.
type Tally struct {
	Count uint64 `json:"count"`
	Fen   int64  `json:"amount"`
}

func (t *Tally) plus(fen int64) {
	t.Count++
	t.Fen += fen
}

// Line is what was sold and given back under one name. Sales and refunds are counted as in a day's totals: late money, which
// belongs to no sale, and money given back by hand have counters of their own.
type Line struct {
	Name     string
	Count    uint64
	Fen      int64
	Refunds  uint64
	Returned int64 // fen
}

func (l *Line) plus(fen int64) {
	l.Count++
	l.Fen += fen
}

// part is plus for money that may be a further part of a sale.
func (l *Line) part(first bool, fen int64) {
	if first {
		l.Count++
	}
	l.Fen += fen
}

func (l *Line) minus(fen int64) {
	l.Refunds++
	l.Returned += fen
}

// PersonLine is what one person has done. A sale is theirs who keyed it, a refund theirs who asked for it.
type PersonLine struct {
	Line
	Cash      int64  // fen of sales in cash, without what went back in cash
	Dropped   uint64 // sales given up before anything was paid
	Stopped   uint64 // payments stopped
	Drawer    uint64 // the drawer let open, for a sale or not
	NoSale    uint64 // of them for no sale
	Copies    uint64 // receipts printed again
	WrongPINs uint64 // with this person's name
}

// DayCorrection is what this period has changed about sales that were keyed on a day before it began.
type DayCorrection struct {
	Day Day // 0: earlier ones, where there are too many to list
	Line
}

// Counts is what is counted in a period.
type Counts struct {
	Channels    []Line
	Tenders     []Line
	People      []PersonLine
	Corrections []DayCorrection // part of the lines above: of sales that an earlier period has seen being keyed
	Shifts      []Shift         // closed in this period, the newest last
	MoreShifts  uint64          // older ones that are not listed any more
	Late        Tally           // money that came to an ended or paid sale
	LateBack    Tally           // late money that the channels have given back
	ByHand      Tally           // money that people have given back outside the channels
	CashIn      Tally           // put into the drawer, beside floats
	CashOut     Tally           // taken out
	Cash        int64           // fen of sales in cash, without what went back in cash
	OverShort   int64           // fen counted more than expected, over the shifts that were counted
	Uncounted   uint64          // shifts that were closed without a count
	Strangers   uint64          // wrong PINs with nobody's name
	Refused     uint64          // codes that were not charged
	Xs          uint64          // X reports
}

// OpenItem is something that is not settled when a report is made: a payment, or one of its refunds, or an entry of the list of
// exceptions.
type OpenItem struct {
	ID      uint64 // of the entry; 0 for a payment, a refund, or a sale that waits
	Sale    SaleID
	Order   OrderNo  // empty where it is about a sale that waits
	Refund  RefundNo // empty where it is about the payment
	Channel Channel
	Fen     int64 // of a sale that waits: what has come of it, or where nothing has, all of it
	State   uint8 // of the refund where there is one, else of the payment; of a sale that waits: Paid where something has come
	Note    Note
	Since   time.Time
}

// Report is an X or a Z report: what has happened from one Z report on.
type Report struct {
	Z          uint64 // 0: an X report
	Till, Mode string
	From       uint64    // the period's first event
	Since      time.Time // of the Z report before, or of the first event
	FirstDay   Day       // business day of the first event
	At         time.Time
	Head       Head // the last event before the report
	Counts
	Grand          Line  // of all that was ever sold and given back at this till; never starts anew
	Running        Shift // the shift that goes on; without a number: none
	Unresolved     []OpenItem
	MoreUnresolved uint64 // that are not listed
	Exceptions     []OpenItem
	MoreExceptions uint64
	Trained        Tally  // sales paid in training that was begun at this till; they are in no other figure
	Trainings      uint64 // how often this screen was given to training
	TrainingsLost  uint64 // of them those that did not end in order, so that nobody knows what was paid in them
	Blind          bool   // as shown before the count: sums with cash in them are left out, and are 0. Never so in an event
}

// Total sums the tenders up. A sale in parts is in several of their lines, but it is one.
func (n *Counts) Total() (sum Line) {
	for _, l := range n.Tenders {
		sum.Fen += l.Fen
		sum.Refunds, sum.Returned = sum.Refunds+l.Refunds, sum.Returned+l.Returned
	}
	for _, l := range n.People {
		sum.Count += l.Count
	}
	return sum
}

// Rounded is what the drawer has got more of than the sales in cash come to, in fen, because there is no coin for it; below zero it was
// let off.
func (n *Counts) Rounded() int64 {
	for _, l := range n.Tenders {
		if l.Name == Cash.String() {
			return n.Cash - (l.Fen - l.Returned)
		}
	}
	return n.Cash
}

// Of sums what the people have done.
func (n *Counts) Of() (sum PersonLine) {
	for _, l := range n.People {
		sum.Dropped, sum.Stopped, sum.Copies = sum.Dropped+l.Dropped, sum.Stopped+l.Stopped, sum.Copies+l.Copies
		sum.Drawer, sum.NoSale, sum.WrongPINs = sum.Drawer+l.Drawer, sum.NoSale+l.NoSale, sum.WrongPINs+l.WrongPINs
	}
	sum.WrongPINs += n.Strangers
	return sum
}

// TenderScan is the name under which payments through a channel are counted.
const TenderScan = "scan-to-pay"

const (
	maxLines  = 200 // of people, or days
	maxShifts = 64  // listed in a period
	maxOpen   = 100 // listed in a report
	others    = "*" // whoever comes after the last line; nobody's name
)

// lineOf finds a line by its name, or begins one. Lines stand in the order of their names.
func lineOf(lines *[]Line, name string) *Line {
	at, found := slices.BinarySearchFunc(*lines, name, func(l Line, name string) int { return strings.Compare(l.Name, name) })
	if !found {
		*lines = slices.Insert(*lines, at, Line{Name: name})
	}
	return &(*lines)[at]
}

// by is the line of a person.
func (n *Counts) by(person string) *PersonLine {
	search := func() (int, bool) {
		return slices.BinarySearchFunc(n.People, person, func(l PersonLine, name string) int { return strings.Compare(l.Name, name) })
	}
	at, found := search()
	if !found && len(n.People) >= maxLines {
		person = others
		at, found = search()
	}
	if !found {
		n.People = slices.Insert(n.People, at, PersonLine{Line: Line{Name: person}})
	}
	return &n.People[at]
}

// corrected is the line of a day before the period.
func (n *Counts) corrected(day Day) *DayCorrection {
	search := func() (int, bool) {
		return slices.BinarySearchFunc(n.Corrections, day, func(l DayCorrection, day Day) int { return cmp.Compare(l.Day, day) })
	}
	at, found := search()
	if !found && len(n.Corrections) >= maxLines {
		day = 0
		at, found = search()
	}
	if !found {
		n.Corrections = slices.Insert(n.Corrections, at, DayCorrection{Day: day})
	}
	return &n.Corrections[at]
}

// earlier reports whether a sale was keyed before this period began.
func (s *State) earlier(sale *Sale) bool { return len(sale.Trail) > 0 && sale.Trail[0] < s.period.From }

// countSale counts money that was just paid on a sale, which has it. channel is empty where none has brought it. Each payment counts
// in the line of its tender; the sale counts once, with the first of them.
func (s *State) countSale(sale *Sale, tender string, channel Channel, fen int64) {
	n := &s.period.Counts
	first := len(sale.Tenders) == 0 || len(sale.Tenders) == 1 && sale.Paid() == nil
	s.grand.part(first, fen)
	lineOf(&n.Tenders, tender).plus(fen)
	n.by(sale.Actor.Person).part(first, fen)
	if channel != "" {
		lineOf(&n.Channels, string(channel)).plus(fen)
	}
	if s.earlier(sale) {
		n.corrected(sale.Opened).part(first, fen)
	}
}

// countReturn counts money that has gone back on a sale, at somebody's wish.
func (s *State) countReturn(sale *Sale, person, tender string, channel Channel, fen int64) {
	n := &s.period.Counts
	s.grand.minus(fen)
	lineOf(&n.Tenders, tender).minus(fen)
	n.by(person).minus(fen)
	if channel != "" {
		lineOf(&n.Channels, string(channel)).minus(fen)
	}
	if s.earlier(sale) {
		n.corrected(sale.Opened).minus(fen)
	}
}

// cash is where the cash of a sale enters the drawer, or leaves it again when fen is negative. Whatever was counted before is no
// longer what lies there.
func (s *State) cash(fen int64, actor Actor) {
	s.period.Counts.Cash += fen
	s.period.Counts.by(actor.Person).Cash += fen
	if s.shift != nil {
		s.shift.Cash += fen
		s.shift.Current = false
	}
}

// countMove counts what an attempt's new state means for the period.
func (s *State) countMove(sale *Sale, a *Attempt, from AttemptState) {
	n := &s.period.Counts
	switch {
	case a.State == from || a.Elsewhere:
	case a.State == Paid:
		s.countSale(sale, TenderScan, a.Channel, a.Amount.Fen)
	case a.State == Orphan:
		n.Late.plus(a.Amount.Fen)
	case a.State == Reversed && from == Orphan:
		n.LateBack.plus(a.Amount.Fen - a.Back())
	}
}

// countOther counts events whose fold has nothing else to do with the period.
func (s *State) countOther(e *Event) {
	n := &s.period.Counts
	switch b := e.Body.(type) {
	case *Opened:
		if s.period.Since.IsZero() {
			s.period.Since, s.period.FirstDay = e.At, e.Day
		}
	case *SaleDropped:
		n.by(e.Actor.Person).Dropped++
	case *AttemptStopped:
		if b.Why == StopCashier {
			n.by(e.Actor.Person).Stopped++
		}
	case *CodeRefused:
		n.Refused++
	case *Resolved:
		if b.Returned != (Money{}) {
			n.ByHand.plus(b.Returned.Fen)
		}
	case *PINFailed:
		if s.people[b.Person] != nil {
			n.by(b.Person).WrongPINs++
		} else {
			n.Strangers++
		}
	}
}

// report is an X report on the state as it is.
func (s *State) report(at time.Time) Report {
	r := Report{
		Till: s.Till, Mode: s.Mode, From: s.period.From, Since: s.period.Since, FirstDay: s.period.FirstDay,
		At: at.UTC().Truncate(time.Millisecond), Head: s.Head, Counts: s.period.Counts.copy(), Grand: s.grand, Trained: s.period.Trained,
		Trainings: s.period.Trainings, TrainingsLost: s.period.TrainingsLost,
	}
	if s.shift != nil {
		r.Running = *s.shift
		r.Running.Expected = s.shift.expects()
	}
	unresolved, exceptions := s.Unsettled()
	r.Unresolved, r.MoreUnresolved = atMost(unresolved)
	r.Exceptions, r.MoreExceptions = atMost(exceptions)
	return r
}

// Unsettled lists what a report made now would list: payments whose end is not known, money on its way back, sales that wait; and the
// list of exceptions.
func (s *State) Unsettled() (unresolved, exceptions []OpenItem) { return s.unresolved(), s.listed() }

func (n *Counts) copy() Counts {
	c := *n
	c.Channels, c.Tenders, c.People = slices.Clone(n.Channels), slices.Clone(n.Tenders), slices.Clone(n.People)
	c.Corrections, c.Shifts = slices.Clone(n.Corrections), slices.Clone(n.Shifts)
	return c
}

func atMost(items []OpenItem) (listed []OpenItem, more uint64) {
	if len(items) <= maxOpen {
		return items, 0
	}
	return items[:maxOpen], uint64(len(items) - maxOpen)
}

// waits gives the item of a sale that is held, or has been paid for in part; ok is false for any other.
func (s *Sale) waits() (item OpenItem, ok bool) {
	if !s.stays() {
		return item, false
	}
	item = OpenItem{Sale: s.ID, Fen: s.Kept(), State: uint8(Paid), Since: s.OpenedAt}
	if item.Fen == 0 {
		item.Fen, item.State = s.Due(), 0
	}
	return item, true
}

// unresolved lists payments whose end is not known, money that is on its way back, and sales that wait for the rest or for all of
// their money.
func (s *State) unresolved() (items []OpenItem) {
	for _, sale := range s.Open() {
		if item, ok := sale.waits(); ok {
			items = append(items, item)
		}
		for i := range sale.Attempts {
			a := &sale.Attempts[i]
			item := OpenItem{Sale: sale.ID, Order: a.Order, Channel: a.Channel, Note: a.Note}
			if a.State.Live() || a.returning() {
				item.Fen, item.State, item.Since = a.Amount.Fen, uint8(a.State), a.SinceAt
				items = append(items, item)
			}
			for j := range a.Refunds {
				if r := &a.Refunds[j]; r.Task != TaskNone {
					item.Refund, item.Fen, item.State, item.Note, item.Since = r.Number, r.Amount.Fen, uint8(r.State), r.Note, r.SinceAt
					items = append(items, item)
				}
			}
		}
	}
	return items
}

// listed gives the list of exceptions as a report has it.
func (s *State) listed() (items []OpenItem) {
	for _, x := range s.Exceptions {
		item := OpenItem{ID: x.ID, Sale: x.Sale, Order: x.Order, Refund: x.Refund, Fen: x.Named.Fen, Note: x.Note, Since: x.At.UTC()}
		if _, a := s.Attempt(x.Order); a != nil {
			item.Channel, item.State = a.Channel, uint8(a.State)
			if r := a.Refund(x.Refund); r != nil {
				item.State = uint8(r.State)
			}
		}
		items = append(items, item)
	}
	return items
}

// dayClosed folds a Z report. Its number and its place are checked; its figures are what was told on that day, and whoever folds
// the events before it again can compare them.
func (s *State) dayClosed(e *Event, b *DayClosed) error {
	want := s.Head
	switch r := &b.Report; {
	case b.Z != s.Z+1 || r.Z != b.Z:
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("the Z report %d follows %d", b.Z, s.Z))
	case r.From != s.period.From || r.Head != want || b.Day != e.Day:
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("the Z report %d is on events %d to %d: they are %d to %d", b.Z, r.From, r.Head.Seq, s.period.From, want.Seq))
	}
	s.startDay(e.Day)
	s.Z, s.ZSeq = b.Z, e.Seq
	s.period = period{From: e.Seq + 1, Since: e.At, FirstDay: e.Day}
	return nil
}
