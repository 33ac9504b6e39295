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
	Kinds     uint8      // of everything that came without a channel: the bit 1<<(kind-1) for each
	Split     bool       // several payments settle it, or what has come does not settle it: its parts are not in this row
	Pending   bool       // a transfer of it has not been seen
	Held      bool
	Wrong     bool // somebody has said that something was not right with it

	Confirmed StatementSource // by which a statement has the payment that speaks for the sale; set where it is looked up, and in no bytes
}

// RowOf is a sale's row.
func RowOf(s *Sale) Row {
	r := Row{Sale: s.ID, Amount: s.Amount, OpenedAt: s.OpenedAt, Cashier: s.Actor.Person, Dropped: s.Dropped, Aside: s.Aside, Returned: Fen(0),
		Settled: s.Settled(), Split: s.split(), Pending: s.Pending(), Held: s.Held && s.stays(), Wrong: s.Wrong}
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
		if a.State != Orphan || !r.Settled { // late money that went back is no money of a sale that was settled another way
			r.Returned.Fen += a.Back()
		}
		r.Going = r.Going || a.Returning()
		r.Stuck = r.Stuck || a.refundStuck()
	}
	for i := range s.Tenders {
		r.Returned.Fen += s.Tenders[i].Returned()
		r.Kinds |= s.Tenders[i].Kind.bit()
	}
	if len(s.Tenders) > 0 {
		r.Tender = s.Tenders[0].Kind
	}
	return r
}

func (k TenderKind) bit() uint8 { return 1 << (k - 1) }

// Has reports whether some of the sale's money came in a kind without a channel.
func (r *Row) Has(kind TenderKind) bool { return kind != 0 && r.Kinds&kind.bit() != 0 }

// Shown gives the attempt that speaks for the sale, with what a row knows of it; ok is false when there is none.
func (r *Row) Shown() (a Attempt, ok bool) {
	return Attempt{Channel: r.Channel, Way: r.Way, State: r.State, Note: r.Note, Elsewhere: r.Elsewhere, Confirmed: r.Confirmed}, r.Channel != ""
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

// rowBytes is the length of a row without the cashier's name, which follows it.
const rowBytes = 32

// flags are the row's yes-or-no facts by the two bytes that hold them, the lowest bit first.
func (r *Row) flags() [2][]*bool {
	return [2][]*bool{
		{&r.Dropped, &r.Aside, &r.Late, &r.Going, &r.Stuck, &r.Elsewhere, &r.Settled, &r.Split},
		{&r.Pending, &r.Held, &r.Wrong},
	}
}

// flagBytes are where flags stand in a row's bytes.
var flagBytes = [2]int{21, 23}

// Encode gives the row's bytes without the sale's number, which is in its key:
//
//	0  8  fen    8  8  opened, milliseconds    16  channel    17  paid channel    18  way    19  state    20  note    21  flags
//	22  tender, and the kinds in the upper half    23  tender flags    24 8  fen that have gone back    32 …  the cashier
func (r *Row) Encode() []byte {
	b := make([]byte, rowBytes, rowBytes+len(r.Cashier))
	binary.BigEndian.PutUint64(b, uint64(r.Amount.Fen))
	binary.BigEndian.PutUint64(b[8:], uint64(r.OpenedAt.UnixMilli()))
	b[16], b[17] = channelNumber(r.Channel), channelNumber(r.Paid)
	b[18], b[19], b[20] = byte(r.Way), byte(r.State), byte(r.Note)
	b[22] = byte(r.Tender) | r.Kinds<<4
	for i, flags := range r.flags() {
		for bit, set := range flags {
			if *set {
				b[flagBytes[i]] |= 1 << bit
			}
		}
	}
	binary.BigEndian.PutUint64(b[24:], uint64(r.Returned.Fen))
	return append(b, r.Cashier...)
}

// DecodeRow reads a row.
func DecodeRow(sale SaleID, b []byte) (Row, error) {
	if len(b) < rowBytes || int(max(b[16], b[17])) > len(Channels) {
		return Row{}, fmt.Errorf("%w: a row of %d bytes", errEncoding, len(b))
	}
	r := Row{
		Sale: sale, Amount: Fen(int64(binary.BigEndian.Uint64(b))), OpenedAt: time.UnixMilli(int64(binary.BigEndian.Uint64(b[8:]))).UTC(),
		Channel: channelOf(b[16]), Paid: channelOf(b[17]), Way: Way(b[18]), State: AttemptState(b[19]), Note: Note(b[20]),
		Tender: TenderKind(b[22] & 0xf), Kinds: b[22] >> 4, Returned: Fen(int64(binary.BigEndian.Uint64(b[24:]))), Cashier: string(b[rowBytes:]),
	}
	for i, flags := range r.flags() {
		for bit, set := range flags {
			*set = b[flagBytes[i]]&(1<<bit) != 0
		}
	}
	return r, nil
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
