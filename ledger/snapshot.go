package ledger

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// A snapshot is the State in the one encoding, so that opening folds only the events after it. It is never a source of
// truth: it is written beside the events it was folded from, and a fold from the first event gives the same bytes.

// Snapshot gives the state's bytes. The same events always give the same bytes.
func (s *State) Snapshot() []byte { return encode(&snapshot{s, snapshotVersion}) }

// snapshotVersion is raised whenever a State knows more: a snapshot that lacks it is passed over, and all is folded anew.
const snapshotVersion = 11

// RestoreState reads a snapshot.
func RestoreState(data []byte) (*State, error) {
	s := NewState()
	s.period = period{} // a snapshot has all of it
	snap := snapshot{State: s}
	if err := decode(data, &snap); err != nil {
		return nil, err
	}
	if snap.version != snapshotVersion {
		return nil, fmt.Errorf("%w: a snapshot of version %d", errEncoding, snap.version)
	}
	return s, nil
}

type snapshot struct {
	*State
	version uint32
}

func (s *snapshot) fields(c *codec) {
	c.nested(1, &s.Head, true)
	text(c, 2, &s.Till)
	text(c, 3, &s.Mode)
	number(c, 4, &s.Epoch)
	text(c, 5, &s.Salt)
	number(c, 6, &s.Day)
	number(c, 7, &s.SaleCount)
	number(c, 8, &s.OrderCount)
	text(c, 9, &s.Current)
	list(c, 10, &s.Used)
	list(c, 11, &s.Exceptions)
	open, today := s.copies()
	list(c, 12, &open)
	list(c, 13, &today)
	number(c, 14, &s.Mended)
	c.nested(15, &s.tree, s.tree.leaves > 0)
	balances := s.Balances()
	if !c.wiring {
		balances = nil
	}
	list(c, 16, &balances)
	number(c, 17, &s.version)
	c.nested(18, &s.GaveUp, s.GaveUp != (Head{}))
	number(c, 19, &s.EpochFrom)
	text(c, 20, &s.recalled)
	people, seats := s.staff(c.wiring)
	list(c, 21, &people)
	list(c, 22, &seats)
	c.nested(23, &s.Last, s.Last != (Money{}))
	text(c, 24, &s.training)
	c.nested(25, &s.inside, !s.inside.nothing())
	s.drawer(c)
	statements := s.Statements()
	if !c.wiring {
		statements = nil
	}
	list(c, 46, &statements)
	if !c.wiring {
		for i := range statements {
			s.statements[statements[i].StatementKey] = &statements[i]
		}
		s.fill(open, today, balances)
		s.fillStaff(people, seats)
	}
}

// drawer has the shift and the period.
func (s *snapshot) drawer(c *codec) {
	number(c, 40, &s.Shifts)
	number(c, 41, &s.Z)
	number(c, 42, &s.ZSeq)
	c.nested(43, &s.period, true)
	c.nested(44, &s.grand, true)
	var shift Shift
	if s.shift != nil {
		shift = *s.shift
	}
	if c.nested(45, &shift, s.shift != nil); !c.wiring && shift.Number > 0 {
		s.shift = &shift
	}
}

func (s *snapshot) copies() ([]Sale, []Total) {
	var open []Sale
	for _, sale := range s.Open() {
		open = append(open, *sale)
	}
	return open, s.today.list()
}

func (s *snapshot) fill(open []Sale, today []Total, balances []Balance) {
	for i := range open {
		s.sales[open[i].ID] = &open[i]
		for j := range open[i].Attempts {
			s.orders[open[i].Attempts[j].Order] = open[i].ID
		}
	}
	for i := range today {
		s.today[today[i].key()] = &today[i]
	}
	for _, b := range balances {
		s.purses[b.Purse] = b.Fen
	}
}

// staff gives who there is and who works where, in one order; nothing while a snapshot is read.
func (s *snapshot) staff(wiring bool) (people []Person, seats []seat) {
	if !wiring {
		return nil, nil
	}
	for place, session := range s.sessions {
		seats = append(seats, seat{place, session})
	}
	slices.SortFunc(seats, func(a, b seat) int { return cmp.Compare(a.place, b.place) })
	return s.People(), seats
}

func (s *snapshot) fillStaff(people []Person, seats []seat) {
	for i := range people {
		s.people[people[i].Name] = &people[i]
	}
	for _, seat := range seats {
		s.sessions[seat.place] = seat.Session
	}
}

func (t *Total) fields(c *codec) {
	text(c, 1, &t.Channel)
	count := uint64(t.Count)
	number(c, 2, &count)
	t.Count = int(count)
	c.money(3, &t.Amount)
	refunds := uint64(t.Refunds)
	number(c, 4, &refunds)
	t.Refunds = int(refunds)
	c.money(5, &t.Returned)
	number(c, 6, &t.Tender)
}

func (t *tree) fields(c *codec) {
	number(c, 1, &t.first)
	number(c, 2, &t.leaves)
	peaks := make([]byte, 0, len(t.peaks)*len(Hash{}))
	for i := range t.peaks {
		peaks = append(peaks, t.peaks[i][:]...)
	}
	c.blob(3, peaks, func(b []byte) {
		if len(b) != bits.OnesCount64(t.leaves)*len(Hash{}) {
			c.fail(3, "wrong length")
			return
		}
		for ; len(b) > 0; b = b[len(Hash{}):] {
			t.peaks = append(t.peaks, Hash(b))
		}
	})
}

func (u *UsedCode) fields(c *codec) {
	c.fixed(1, u.Mark[:])
	text(c, 2, &u.Order)
}

func (x *Exception) fields(c *codec) {
	text(c, 1, &x.Sale)
	text(c, 2, &x.Order)
	number(c, 3, &x.Note)
	c.time(4, &x.At)
	c.money(5, &x.Named)
	number(c, 6, &x.ID)
	text(c, 7, &x.Refund)
	c.nested(8, &x.From, x.From != (StatementKey{}))
}

// Encode gives the sale's bytes for a ledger row. Rows are rebuilt from events, so their form is not a promise.
func (s *Sale) Encode() []byte { return encode(s) }

// DecodeSale reads a row.
func DecodeSale(data []byte) (Sale, error) {
	var s Sale
	err := decode(data, &s)
	return s, err
}

func (s *Sale) fields(c *codec) {
	text(c, 1, &s.ID)
	c.money(2, &s.Amount)
	c.time(3, &s.OpenedAt)
	number(c, 4, &s.Opened)
	number(c, 5, &s.Day)
	c.nested(6, &s.Actor, true)
	list(c, 7, &s.Attempts)
	c.bool(8, &s.Dropped)
	c.bool(9, &s.Aside)
	c.trail(11, &s.Trail)
	list(c, 12, &s.Tenders)
	c.bool(13, &s.Held)
	text(c, 14, &s.Note)
	c.bool(15, &s.Wrong)
	number(c, 16, &s.Copies)
}

// trail keeps growing numbers as the steps between them.
func (c *codec) trail(number int, v *[]uint64) {
	var steps []byte
	last := uint64(0)
	for _, seq := range *v {
		steps = binary.AppendUvarint(steps, seq-last)
		last = seq
	}
	c.blob(number, steps, func(b []byte) {
		for last := uint64(0); len(b) > 0; {
			step, n := binary.Uvarint(b)
			if n <= 0 {
				c.fail(number, "a step that is no number")
				return
			}
			last += step
			*v, b = append(*v, last), b[n:]
		}
	})
}

func (a *Attempt) fields(c *codec) {
	text(c, 1, &a.Order)
	text(c, 2, &a.Channel)
	number(c, 3, &a.Way)
	c.money(4, &a.Amount)
	text(c, 5, &a.Merchant)
	text(c, 6, &a.App)
	text(c, 7, &a.Last4)
	c.fixed(8, a.Mark[:])
	c.time(9, &a.Expires)
	number(c, 10, &a.State)
	number(c, 11, &a.Task)
	c.time(12, &a.OpenedAt)
	c.time(13, &a.SinceAt)
	number(c, 14, &a.Asks)
	text(c, 15, &a.QR)
	text(c, 16, &a.ChannelNo)
	c.time(17, &a.PaidAt)
	text(c, 18, &a.Code)
	text(c, 19, &a.Message)
	number(c, 20, &a.Note)
	number(c, 21, &a.StopWhy)
	number(c, 22, &a.StopSeq)
	number(c, 23, &a.CloseSeq)
	c.bool(24, &a.Accepted)
	c.bool(25, &a.Denied)
	c.bool(26, &a.Returned)
	number(c, 27, &a.Booked)
	list(c, 28, &a.Refunds)
	c.int64(29, &a.ByHand)
	c.bool(30, &a.Elsewhere)
	c.bool(31, &a.ReturnIfPaid)
	text(c, 32, &a.By)
}

// Encode gives the bytes of a day's refund, for a ledger that keeps it beside the rows. Like a row they are no promise.
func (r *RefundRow) Encode() []byte { return encode(r) }

// DecodeRefundRow reads one.
func DecodeRefundRow(data []byte) (r RefundRow, err error) {
	err = decode(data, &r)
	return r, err
}

func (r *RefundRow) fields(c *codec) {
	text(c, 1, &r.Number)
	text(c, 2, &r.Sale)
	text(c, 3, &r.Channel)
	c.money(4, &r.Amount)
	number(c, 5, &r.State)
	number(c, 6, &r.Cause)
	c.bool(7, &r.Late)
	c.time(8, &r.At)
	number(c, 9, &r.Tender)
	c.bool(10, &r.Part)
	number(c, 11, &r.Day)
	text(c, 12, &r.Cashier)
}

func (r *Refund) fields(c *codec) {
	text(c, 1, &r.Number)
	c.money(2, &r.Amount)
	number(c, 3, &r.Cause)
	text(c, 4, &r.Why)
	c.nested(5, &r.Actor, r.Actor != (Actor{}))
	number(c, 6, &r.State)
	number(c, 7, &r.Task)
	c.time(8, &r.OpenedAt)
	c.time(9, &r.SinceAt)
	c.time(10, &r.AskedAt)
	number(c, 11, &r.Asks)
	number(c, 12, &r.AskSeq)
	c.bool(13, &r.Denied)
	text(c, 14, &r.Code)
	text(c, 15, &r.Message)
	text(c, 16, &r.ChannelNo)
	c.time(17, &r.ReturnedAt)
	number(c, 18, &r.Note)
	number(c, 19, &r.Booked)
	number(c, 20, &r.Day)
}
