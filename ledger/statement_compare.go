package ledger

import (
	"cmp"
	"strings"
	"time"
)

// comparison is what the rows of one statement are compared with. It is pure: the same row, sale and facts give the same verdict.
type comparison struct {
	key    StatementKey
	source StatementSource
	taken  uint64            // the event of the file
	till   string            // this till's name in order numbers
	rate   int64             // of the fee that the shop has agreed on, in millionths; -1: not told
	seen   map[string]uint64 // lines of this file by numbers that an earlier file of the day has confirmed
}

// wanted is what the channel has to be asked because of a row.
type wanted uint8

const (
	wantNothing wanted = iota
	wantOrder          // how the order stands
	wantRefund         // how the refund stands
)

// verdict is what comes of comparing a row.
type verdict struct {
	match   *StatementMatch
	differs []Difference
	want    wanted
	other   bool // it is another till's of the same shop
	down    bool // it agrees, and that is written already
	wait    bool // the till is still at it: neither agrees nor differs yet
}

func (v *verdict) differ(d Difference, why Note) {
	d.Why = why
	v.differs = append(v.differs, d)
}

// row compares one row with the sale of its order number, nil when this ledger has none.
func (c *comparison) row(r *StatementRow, sale *Sale) (v verdict) {
	d := Difference{Kind: r.Kind, Order: r.Order, Refund: r.Refund, ChannelNo: r.ChannelNo, At: r.At, Line: r.Line,
		Theirs: Money{Fen: r.Amount, Currency: cmp.Or(r.Currency, CNY)}}
	if sale == nil {
		c.stranger(&v, d)
		return v
	}
	a := sale.Attempt(r.Order)
	if a == nil { // a sale's own number is no order's
		c.stranger(&v, d)
		return v
	}
	d.Sale, d.Ours = sale.ID, a.Amount
	if note := c.names(r, a); note != NoteNone {
		v.differ(d, note)
		return v
	}
	switch r.Kind {
	case RowTrade:
		c.trade(&v, d, r, a)
	case RowRefund:
		c.refund(&v, d, r, a, sale)
	case RowReversal:
		c.reversal(&v, d, r, a, sale)
	}
	if v.match == nil {
		return v
	}
	v.match.Sale = sale.ID
	if c.twice(r, sale.matchOf(v.match.Number), &v) {
		v.match, v.differs, v.down = nil, nil, false
		v.differ(d, NoteStatementTwice)
		return v
	}
	c.money(&v, d, r)
	return v
}

// twice reports whether a row that agrees stands there once more, and otherwise whether it is down already. What a file of the channel's
// own has booked is not booked again because the file comes again.
func (c *comparison) twice(r *StatementRow, known *StatementMatch, v *verdict) bool {
	switch {
	case known == nil, known.Source < c.source:
		return false
	case known.Day != c.key.Day:
		return true
	case known.Taken == c.taken:
		v.down = true
		return known.Line != r.Line
	}
	line, seen := c.seen[v.match.Number]
	if !seen && c.seen != nil {
		c.seen[v.match.Number] = r.Line
	}
	v.down = known.Source == SourceFetched
	return seen && line != r.Line
}

// stranger: the ledger has no such order.
func (c *comparison) stranger(v *verdict, d Difference) {
	switch till, ok := d.Order.till(); {
	case ok && till != c.till:
		v.other = true
	case ok:
		v.differ(d, NoteStatementOwn)
	default:
		v.differ(d, NoteStatementUnknown)
	}
}

// till is the name of the till that has made a number; ok is false when none has.
func (o OrderNo) till() (name string, ok bool) {
	const rest = 2 + 6 + counterLength + saltLength + 1 // epoch, day, counter, salt, check character
	if !o.Valid() || len(o) <= rest || len(o) > rest+maxTillLetters {
		return "", false
	}
	return string(o[:len(o)-rest]), true
}

// names compares what a row says of who was paid, in what.
func (c *comparison) names(r *StatementRow, a *Attempt) Note {
	switch {
	case a.Channel != c.key.Channel,
		r.Merchant != "" && r.Merchant != a.Merchant,
		r.App != "" && a.App != "" && r.App != a.App:
		return NoteStatementMerchant
	case r.Currency != "" && r.Currency != a.Amount.Currency:
		return NoteStatementCurrency
	case a.ChannelNo != "" && r.ChannelNo != "" && a.ChannelNo != r.ChannelNo:
		return NoteStatementNumber
	}
	return NoteNone
}

// trade: the order amount is what is compared; what the channel or the shop has taken off it is booked beside.
func (c *comparison) trade(v *verdict, d Difference, r *StatementRow, a *Attempt) {
	switch {
	case !r.Done:
	case r.Amount != a.Amount.Fen:
		v.differ(d, NoteStatementAmount)
	case a.State == Paid, a.State == Orphan, a.State == Reversed:
		v.match = c.matched(r, 0)
		if a.holds() != "" {
			v.match.Booked = a.Booked
		}
		switch {
		case a.Elsewhere:
			v.match.Booked, v.match.How = c.key.Day, MatchedNobodys
		case c.key.Day != shanghaiDay(a.OpenedAt):
			v.match.How = MatchedMidnight
		}
	default:
		v.differ(d, NoteStatementPaid)
		v.want = wantOrder
	}
}

func (c *comparison) refund(v *verdict, d Difference, r *StatementRow, a *Attempt, sale *Sale) {
	refund := a.Refund(r.Refund)
	if refund == nil {
		c.strangeRefund(v, d, r, a, sale)
		return
	}
	d.Ours = refund.Amount
	switch {
	case r.Amount != refund.Amount.Fen:
		v.differ(d, NoteStatementBackAmount)
	case refund.State == RefundByHand && r.Done, refund.State == RefundReturned && !r.Done:
		v.differ(d, NoteStatementRefundState)
	case !r.Done: // neither side has moved money
	case refund.State == RefundReturned:
		v.match = c.matched(r, 0)
		if a.holds() != "" {
			v.match.Booked = refund.Day
		}
		if c.key.Day != shanghaiDay(refund.ReturnedAt) {
			v.match.How = MatchedStarted
		}
	case refund.State != RefundFailed && refund.State != RefundAbnormal: // both sides have it under way
		v.wait = true
	default:
		v.differ(d, NoteStatementRefundOpen)
		v.want = wantRefund
	}
}

// strangeRefund: money went back under a number that the till has not made: the order was taken back as a whole, or somebody has
// given money back past the till.
func (c *comparison) strangeRefund(v *verdict, d Difference, r *StatementRow, a *Attempt, sale *Sale) {
	whole := r.Amount == a.Amount.Fen && (r.Refund == "" || OrderNo(r.Refund) == r.Order)
	switch {
	case !r.Done:
	case whole && (a.State == Reversed || a.State == ClosedOff || a.Elsewhere):
		row := *r
		row.Kind = RowReversal
		c.reversal(v, d, &row, a, sale)
	case a.Elsewhere: // the list has it already
		v.match = c.matched(r, c.key.Day)
		v.match.How = MatchedNobodys
	case r.Amount > a.Amount.Fen-a.Back():
		c.pastTheTill(v, d, r, NoteStatementTooMuch)
	default:
		c.pastTheTill(v, d, r, NoteStatementRefund)
	}
}

// pastTheTill: the channel owes less by it, whoever has done it; the entry says that nobody here has.
func (c *comparison) pastTheTill(v *verdict, d Difference, r *StatementRow, note Note) {
	if r.Refund == "" {
		v.differ(d, note)
		return
	}
	v.match = c.matched(r, c.key.Day)
	v.match.How = MatchedPast
	v.differ(d, note)
}

// bookedBy is the purse out of which a statement has taken an attempt's payment that stands there no more: what goes back is put there.
func (s *Sale) bookedBy(a *Attempt) Day {
	if m := s.matchOf(string(a.Order)); m != nil && m.Source == SourceFetched && a.holds() == "" {
		return m.Booked
	}
	return 0
}

func (c *comparison) reversal(v *verdict, d Difference, r *StatementRow, a *Attempt, sale *Sale) {
	switch {
	case !r.Done:
	case a.State == Reversed, a.State == ClosedOff, a.Elsewhere:
		v.match = c.matched(r, sale.bookedBy(a))
		v.match.How = MatchedReversed
	case a.State == Paid, a.State == Orphan:
		v.differ(d, NoteStatementState)
	default:
		v.differ(d, NoteStatementPaid)
		v.want = wantOrder
	}
}

func (c *comparison) matched(r *StatementRow, booked Day) *StatementMatch {
	return &StatementMatch{Number: r.number(), Kind: r.Kind, Source: c.source, Day: c.key.Day, Line: r.Line, Amount: r.Amount,
		Discount: r.Discount, Fee: r.Fee, Booked: booked, Taken: c.taken}
}

// feeTolerance is how far a fee may be off, in fen: channels round each row, and not all in the same way.
const feeTolerance = 1

// money checks the parts of a row that agrees: it does not make it disagree, because the order amount is what was sold.
func (c *comparison) money(v *verdict, d Difference, r *StatementRow) {
	d.Ours = Money{Fen: r.Amount, Currency: CNY}
	if r.Aside != 0 {
		d.Theirs = Money{Fen: r.Amount + r.Aside, Currency: CNY}
		v.differ(d, NoteStatementDiscount)
	}
	for _, rate := range []int64{r.Rate, c.rate} {
		if rate < 0 {
			continue
		}
		if want := feeOf(r.Amount-r.Discount, rate); r.Fee < want-feeTolerance || r.Fee > want+feeTolerance {
			d.Ours, d.Theirs = Money{Fen: want, Currency: CNY}, Money{Fen: r.Fee, Currency: CNY}
			v.differ(d, NoteStatementFee)
			return
		}
	}
}

// feeOf is a rate in millionths of an amount in fen, half up.
func feeOf(fen, rate int64) int64 { return (fen*rate + 500_000) / 1_000_000 }

// shanghaiDay is the channels' own day.
func shanghaiDay(at time.Time) Day { return Calendar{}.Day(at) }

// matchOf finds what a statement has confirmed under a number; nil when none has.
func (s *Sale) matchOf(number string) *StatementMatch {
	for i := len(s.Matches) - 1; i >= 0; i-- { // the last counts
		if s.Matches[i].Number == number {
			return &s.Matches[i]
		}
	}
	return nil
}

// lacking names what a sale has that a statement should have, and none has. It is judged with the day of the payment, or with the one on
// which it became known here where that is later; has tells of which days there are statements.
func (c *comparison) lacking(sale *Sale, has func(Day) bool) (missing []Difference) {
	judge := func(d Difference, booked Day, m *StatementMatch) {
		day := shanghaiDay(d.At)
		if max(day, booked) == c.key.Day && has(day) && (m == nil || m.Source < c.source) {
			missing = append(missing, d)
		}
	}
	for i := range sale.Attempts {
		a := &sale.Attempts[i]
		if a.Channel != c.key.Channel {
			continue
		}
		if a.holds() != "" {
			judge(Difference{Kind: RowTrade, Sale: sale.ID, Order: a.Order, ChannelNo: a.ChannelNo, Ours: a.Amount, At: a.paidAt(),
				Why: NoteStatementLacks}, a.Booked, sale.matchOf(string(a.Order)))
		}
		for j := range a.Refunds {
			if r := &a.Refunds[j]; r.State == RefundReturned {
				judge(Difference{Kind: RowRefund, Sale: sale.ID, Order: a.Order, Refund: r.Number, ChannelNo: r.ChannelNo,
					Ours: r.Amount, At: r.ReturnedAt, Why: NoteStatementLacksRefund}, r.Day, sale.matchOf(string(r.Number)))
			}
		}
	}
	return missing
}

// unreversed reports whether a statement has a payment of the sale that was taken back here, and no row that takes it back.
func (s *Sale) unreversed(a *Attempt) bool {
	return a.State == Reversed && s.matchOf(string(a.Order)) != nil && s.matchOf(string(a.Order)+reversalMark) == nil
}

// cutMark gives the order of a reversal's number.
func cutMark(number string) string { return strings.TrimSuffix(number, reversalMark) }
