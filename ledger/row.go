package ledger

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// Row is a sale as a day's list shows it: short, so that a list of thousands is read in a millisecond. Like every row it follows
// from events and is rebuilt from them; what is not in it is in the Sale.
type Row struct {
	Sale      SaleID
	Amount    Money
	OpenedAt  time.Time
	Cashier   string       // the person who keyed it
	Channel   Channel      // of the attempt that speaks for the sale; empty when there is none
	Way       Way          // of it
	State     AttemptState // of it
	Note      Note         // of it
	Paid      Channel      // of the attempt that has settled the sale; empty while none has
	Dropped   bool
	Aside     bool
	Late      bool       // money came too late on another attempt
	Returned  Money      // what has gone back to the customer, of all its attempts
	Going     bool       // a refund is on its way
	Stuck     bool       // a refund has failed, or the channel cannot bring it to the customer
	Elsewhere bool       // of the attempt that speaks for the sale
	Settled   bool       // by tenders and the paid attempt
	Tender    TenderKind // of the first money that came without a channel; 0 when none has
	Split     bool       // several payments settle it, or what has come does not settle it: its parts are not in this row
	Pending   bool       // a transfer of it has not been seen
	Held      bool
	Wrong     bool // somebody has said that something was not right with it
}

// RowOf is a sale's row.
func RowOf(s *Sale) Row {
	r := Row{Sale: s.ID, Amount: s.Amount, OpenedAt: s.OpenedAt, Cashier: s.Actor.Person, Dropped: s.Dropped, Aside: s.Aside, Returned: Fen(0),
		Settled: s.Settled(), Split: s.split(), Pending: s.Pending(), Held: s.Held, Wrong: s.Wrong}
	shown := s.Shown()
	if shown != nil {
		r.Channel, r.Way, r.State, r.Note, r.Elsewhere = shown.Channel, shown.Way, shown.State, shown.Note, shown.Elsewhere
	}
	if paid := s.Paid(); paid != nil {
		r.Paid = paid.Channel
	}
	for i := range s.Attempts {
		a := &s.Attempts[i]
		r.Late = r.Late || a.State == Orphan && a != shown
		r.Returned.Fen += a.Back()
		r.Going = r.Going || a.Returning()
		r.Stuck = r.Stuck || a.refundStuck()
	}
	for i := range s.Tenders {
		r.Returned.Fen += s.Tenders[i].Returned()
	}
	if len(s.Tenders) > 0 {
		r.Tender = s.Tenders[0].Kind
	}
	return r
}

// Shown gives the attempt that speaks for the sale, with what a row knows of it; ok is false when there is none.
func (r *Row) Shown() (a Attempt, ok bool) {
	return Attempt{Channel: r.Channel, Way: r.Way, State: r.State, Note: r.Note, Elsewhere: r.Elsewhere}, r.Channel != ""
}

// SumRows folds a day's rows, and the refunds and parts of that day, into totals; it equals SumDay of the same sales.
func SumRows(rows []Row, refunds []RefundRow) []Total {
	totals := newTotals()
	totals.refunds(refunds)
	for i := range rows {
		totals.row(&rows[i])
	}
	return totals.list()
}

const (
	rowBytes     = 32 // of the part whose length is fixed; the cashier's name follows it
	rowDropped   = 1
	rowAside     = 2
	rowLate      = 4
	rowGoing     = 8
	rowStuck     = 16
	rowElsewhere = 32
	rowSettled   = 64
	rowSplit     = 128

	rowPending = 1 // in the byte of tender flags
	rowHeld    = 2
	rowWrong   = 4
)

// Encode gives the row's bytes without the sale's number, which is in its key:
//
//	0  8  fen    8  8  opened, milliseconds    16  channel    17  paid channel    18  way    19  state    20  note    21  flags
//	22  tender    23  tender flags    24 8  fen that have gone back    32 …  the cashier
func (r *Row) Encode() []byte {
	b := make([]byte, rowBytes, rowBytes+len(r.Cashier))
	binary.BigEndian.PutUint64(b, uint64(r.Amount.Fen))
	binary.BigEndian.PutUint64(b[8:], uint64(r.OpenedAt.UnixMilli()))
	b[16], b[17] = channelNumber(r.Channel), channelNumber(r.Paid)
	b[18], b[19], b[20] = byte(r.Way), byte(r.State), byte(r.Note)
	if r.Dropped {
		b[21] |= rowDropped
	}
	if r.Aside {
		b[21] |= rowAside
	}
	if r.Late {
		b[21] |= rowLate
	}
	if r.Going {
		b[21] |= rowGoing
	}
	if r.Stuck {
		b[21] |= rowStuck
	}
	if r.Elsewhere {
		b[21] |= rowElsewhere
	}
	if r.Settled {
		b[21] |= rowSettled
	}
	if r.Split {
		b[21] |= rowSplit
	}
	b[22] = byte(r.Tender)
	if r.Pending {
		b[23] |= rowPending
	}
	if r.Held {
		b[23] |= rowHeld
	}
	if r.Wrong {
		b[23] |= rowWrong
	}
	binary.BigEndian.PutUint64(b[24:], uint64(r.Returned.Fen))
	return append(b, r.Cashier...)
}

// DecodeRow reads a row.
func DecodeRow(sale SaleID, b []byte) (Row, error) {
	if len(b) < rowBytes || int(max(b[16], b[17])) > len(Channels) {
		return Row{}, fmt.Errorf("%w: a row of %d bytes", errEncoding, len(b))
	}
	return Row{
		Sale: sale, Amount: Fen(int64(binary.BigEndian.Uint64(b))), OpenedAt: time.UnixMilli(int64(binary.BigEndian.Uint64(b[8:]))).UTC(),
		Channel: channelOf(b[16]), Paid: channelOf(b[17]), Way: Way(b[18]), State: AttemptState(b[19]), Note: Note(b[20]),
		Cashier: string(b[rowBytes:]), Dropped: b[21]&rowDropped != 0, Aside: b[21]&rowAside != 0, Late: b[21]&rowLate != 0,
		Going: b[21]&rowGoing != 0, Stuck: b[21]&rowStuck != 0, Elsewhere: b[21]&rowElsewhere != 0, Returned: Fen(int64(binary.BigEndian.Uint64(b[24:]))),
		Settled: b[21]&rowSettled != 0, Split: b[21]&rowSplit != 0, Tender: TenderKind(b[22]),
		Pending: b[23]&rowPending != 0, Held: b[23]&rowHeld != 0, Wrong: b[23]&rowWrong != 0,
	}, nil
}

// channelNumber is a channel's place in Channels, from 1; 0 is none.
func channelNumber(c Channel) byte { return byte(slices.Index(Channels, c) + 1) }

func channelOf(number byte) Channel {
	if number == 0 {
		return ""
	}
	return Channels[number-1]
}

// sortRows puts rows in the order they were keyed.
func sortRows(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Sale, b.Sale) })
}
