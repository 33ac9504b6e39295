package ledger

import "time"

// This file has the events about the cash drawer: shifts, counts, what is put in and taken out, and the reports on them.

// ShiftOpened begins a shift: from now on one person answers for the drawer.
type ShiftOpened struct {
	Shift  uint64 // counts up, for ever
	Person string
	Float  Money  // what lies in the drawer at the beginning
	After  uint64 // the shift that has handed the drawer over; 0 when nobody has
}

// CashMoved is cash that goes into the drawer, or out of it, and belongs to no sale.
type CashMoved struct {
	Shift  uint64
	In     bool
	Amount Money
	Why    string
}

// DrawerOpened is the drawer let open by hand, or for a sale.
type DrawerOpened struct {
	Shift uint64 // 0 where nobody has opened one
	Sale  SaleID // empty: for no sale
	Why   string // a person's words; required where there is no sale
}

// Pieces are equal notes or coins.
type Pieces struct {
	Fen   int64  // what one of them is worth
	Count uint64 // how many
}

// CashCounted is what somebody has counted in the drawer, before the till told what should be there.
type CashCounted struct {
	Shift  uint64
	Nth    uint32 // among the shift's counts, from 1; the first one stays on record whatever follows
	Pieces []Pieces
	Sum    Money
}

// ShiftClosed ends a shift.
type ShiftClosed struct {
	Shift     uint64
	Expected  Money  // what should lie in the drawer
	Counted   Money  // what does; without a currency: nobody has counted it
	First     Money  // by how much the shift's first count differed from what was expected then; without a currency: there was none
	Note      string // a person's words
	Automatic bool   // by the till, at the hour of forgotten shifts
	To        string // who has taken the drawer over; empty: nobody
}

// Reported is a report on the running period, shown to somebody (an X report).
type Reported struct {
	X uint64 // counts up from the last Z report
}

// DayClosed is a Z report. It ends a period: what follows counts in the next one, and nothing changes this one.
type DayClosed struct {
	Z      uint64 // counts up, for ever
	Day    Day    // the business day on which it was made
	Report Report
}

// Reprinted is a further copy of a sale's receipt.
type Reprinted struct {
	Sale SaleID
	Copy uint32 // from 1, beside the first print
}

func (*ShiftOpened) Kind() Kind  { return KindShiftOpened }
func (*CashMoved) Kind() Kind    { return KindCashMoved }
func (*DrawerOpened) Kind() Kind { return KindDrawerOpened }
func (*CashCounted) Kind() Kind  { return KindCashCounted }
func (*ShiftClosed) Kind() Kind  { return KindShiftClosed }
func (*Reported) Kind() Kind     { return KindReported }
func (*DayClosed) Kind() Kind    { return KindDayClosed }
func (*Reprinted) Kind() Kind    { return KindReprinted }

// newShiftBody is newBody for these kinds; nil for every other one.
func newShiftBody(kind Kind) Body {
	switch kind {
	case KindShiftOpened:
		return new(ShiftOpened)
	case KindCashMoved:
		return new(CashMoved)
	case KindDrawerOpened:
		return new(DrawerOpened)
	case KindCashCounted:
		return new(CashCounted)
	case KindShiftClosed:
		return new(ShiftClosed)
	case KindReported:
		return new(Reported)
	case KindDayClosed:
		return new(DayClosed)
	case KindReprinted:
		return new(Reprinted)
	}
	return nil
}

func (b *ShiftOpened) fields(c *codec) {
	number(c, 1, &b.Shift)
	text(c, 2, &b.Person)
	c.money(3, &b.Float)
	number(c, 4, &b.After)
}

func (b *CashMoved) fields(c *codec) {
	number(c, 1, &b.Shift)
	c.bool(2, &b.In)
	c.money(3, &b.Amount)
	text(c, 4, &b.Why)
}

func (b *DrawerOpened) fields(c *codec) {
	number(c, 1, &b.Shift)
	text(c, 2, &b.Sale)
	text(c, 3, &b.Why)
}

func (p *Pieces) fields(c *codec) {
	c.int64(1, &p.Fen)
	number(c, 2, &p.Count)
}

func (b *CashCounted) fields(c *codec) {
	number(c, 1, &b.Shift)
	number(c, 2, &b.Nth)
	list(c, 3, &b.Pieces)
	c.money(4, &b.Sum)
}

func (b *ShiftClosed) fields(c *codec) {
	number(c, 1, &b.Shift)
	c.money(2, &b.Expected)
	c.money(3, &b.Counted)
	c.money(4, &b.First)
	text(c, 5, &b.Note)
	c.bool(6, &b.Automatic)
	text(c, 7, &b.To)
}

func (b *Reported) fields(c *codec) { number(c, 1, &b.X) }

func (b *DayClosed) fields(c *codec) {
	number(c, 1, &b.Z)
	number(c, 2, &b.Day)
	c.nested(3, &b.Report, true)
}

func (b *Reprinted) fields(c *codec) {
	text(c, 1, &b.Sale)
	number(c, 2, &b.Copy)
}

// A report stands in an event: the numbers of its fields are as frozen as those of a kind.

func (r *Report) fields(c *codec) {
	number(c, 1, &r.Z)
	text(c, 2, &r.Till)
	text(c, 3, &r.Mode)
	number(c, 4, &r.From)
	c.time(5, &r.Since)
	number(c, 6, &r.FirstDay)
	c.time(7, &r.At)
	c.nested(8, &r.Head, r.Head != (Head{}))
	c.nested(9, &r.Counts, true)
	c.nested(10, &r.Grand, true)
	c.nested(11, &r.Running, r.Running.Number > 0)
	list(c, 12, &r.Unresolved)
	number(c, 13, &r.MoreUnresolved)
	list(c, 14, &r.Exceptions)
	number(c, 15, &r.MoreExceptions)
	c.nested(16, &r.Trained, r.Trained != (Tally{}))
	number(c, 17, &r.Trainings)
	number(c, 18, &r.TrainingsLost)
}

func (n *Counts) fields(c *codec) {
	list(c, 1, &n.Channels)
	list(c, 2, &n.Tenders)
	list(c, 3, &n.People)
	list(c, 4, &n.Corrections)
	list(c, 5, &n.Shifts)
	number(c, 6, &n.MoreShifts)
	c.nested(7, &n.Late, n.Late != (Tally{}))
	c.nested(8, &n.LateBack, n.LateBack != (Tally{}))
	c.nested(9, &n.ByHand, n.ByHand != (Tally{}))
	c.nested(10, &n.CashIn, n.CashIn != (Tally{}))
	c.nested(11, &n.CashOut, n.CashOut != (Tally{}))
	c.int64(12, &n.Cash)
	c.int64(13, &n.OverShort)
	number(c, 14, &n.Uncounted)
	number(c, 15, &n.Strangers)
	number(c, 16, &n.Refused)
	number(c, 17, &n.Xs)
}

func (t *Tally) fields(c *codec) {
	number(c, 1, &t.Count)
	c.int64(2, &t.Fen)
}

func (l *Line) fields(c *codec) {
	text(c, 1, &l.Name)
	number(c, 2, &l.Count)
	c.int64(3, &l.Fen)
	number(c, 4, &l.Refunds)
	c.int64(5, &l.Returned)
}

func (l *PersonLine) fields(c *codec) {
	c.nested(1, &l.Line, true)
	c.int64(2, &l.Cash)
	number(c, 3, &l.Dropped)
	number(c, 4, &l.Stopped)
	number(c, 5, &l.Drawer)
	number(c, 6, &l.NoSale)
	number(c, 7, &l.Copies)
	number(c, 8, &l.WrongPINs)
}

func (l *DayCorrection) fields(c *codec) {
	number(c, 1, &l.Day)
	c.nested(2, &l.Line, true)
}

func (s *Shift) fields(c *codec) {
	number(c, 1, &s.Number)
	text(c, 2, &s.Person)
	c.time(3, &s.OpenedAt)
	c.time(4, &s.ClosedAt)
	c.int64(5, &s.Float)
	c.nested(6, &s.In, s.In != (Tally{}))
	c.nested(7, &s.Out, s.Out != (Tally{}))
	c.int64(8, &s.Cash)
	number(c, 9, &s.Counts)
	c.int64(10, &s.First)
	c.int64(11, &s.FirstExpected)
	c.int64(12, &s.Counted)
	c.bool(13, &s.Current)
	c.int64(14, &s.Expected)
	c.bool(15, &s.Automatic)
	text(c, 16, &s.By)
	text(c, 17, &s.Accepted)
	text(c, 18, &s.To)
	number(c, 19, &s.Drawer)
	number(c, 20, &s.NoSale)
	number(c, 21, &s.After)
}

func (o *OpenItem) fields(c *codec) {
	number(c, 1, &o.ID)
	text(c, 2, &o.Sale)
	text(c, 3, &o.Order)
	text(c, 4, &o.Refund)
	text(c, 5, &o.Channel)
	c.int64(6, &o.Fen)
	number(c, 7, &o.State)
	number(c, 8, &o.Note)
	c.time(9, &o.Since)
}

// period is what a State keeps of the running period, in a snapshot.
type period struct {
	From     uint64 // its first event: the one after the last Z report
	Since    time.Time
	FirstDay Day
	Counts   Counts
	Trained  Tally

	Trainings, TrainingsLost uint64
}

func (p *period) fields(c *codec) {
	number(c, 1, &p.From)
	c.time(2, &p.Since)
	number(c, 3, &p.FirstDay)
	c.nested(4, &p.Counts, true)
	c.nested(5, &p.Trained, p.Trained != (Tally{}))
	number(c, 6, &p.Trainings)
	number(c, 7, &p.TrainingsLost)
}
