package sandbox

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Bills that a channel makes of a day.
const (
	BillTrades = "trades" // what was paid and given back, with the fees
	BillFunds  = "funds"  // WeChat Pay: what moved on the shop's balance
)

const (
	feeRate     = 6000           // millionths of a payment: 0.60 %, the standard rate of both channels
	billMade    = 33 * time.Hour // after the day's midnight: what a row says is as of then (WeChat Pay: made from 09:00 on)
	billReady   = 34 * time.Hour // the same: from then on the bill can be fetched (both channels: 10:00)
	payoutHour  = 8 * time.Hour  // after midnight: the day before is paid out
	billTime    = time.DateTime  // both channels, in Beijing time
	billSubject = "柜台收款,测试"      // with a comma: neither channel quotes its fields
)

// billKind is what a row of a bill of trades is about.
type billKind int

const (
	rowTrade    billKind = iota
	rowRefund            // money back under a refund number
	rowReversal          // an order taken back as a whole
)

// billRow is one row of a bill of trades in neutral words. Amounts are fen and never negative: the kind says which way.
type billRow struct {
	kind            billKind
	at, created     time.Time
	order, business string // the merchant's number and the channel's own
	refund, id      string // the refund's, likewise
	state           RefundState
	merchant        string
	way             string // KindCode or KindQR
	store, terminal string
	amount          int64
	discount        int64 // borne by the shop, and said so
	aside           int64 // missing from what the shop gets without a word
	fee             int64 // taken for a payment, given back for the rest
	garbage         bool
}

// happened reports that the row has moved money.
func (r *billRow) happened() bool { return r.state != RefundClosed && r.state != RefundAbnormal }

// billFee is the fee of an amount in fen, half up to the fen.
func billFee(fen int64) int64 { return (fen*feeRate + 500_000) / 1_000_000 }

// beijingDay is the midnight in Beijing with which an instant's day begins.
func beijingDay(at time.Time) time.Time {
	year, month, day := at.In(beijing).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, beijing)
}

// bill is one day's file before it is written.
type bill struct {
	channel, kind string
	day           time.Time // its midnight in Beijing
	merchant      string
	rows          []billRow
	funds         []fundRow
	opens         int64 // the balance before the first row, fen
	off           int64 // by how much the file's own sums are wrong, fen
	cut           bool  // the file ends after half of its rows
	wrongHash     bool
}

// errCut ends the writing of a bill that is cut.
var errCut = errors.New("the bill is cut here")

// write streams the file out.
func (b *bill) write(w io.Writer) error {
	switch {
	case b.channel == Alipay:
		return b.writeAlipay(w)
	case b.kind == BillFunds:
		return b.writeFunds(w)
	}
	return b.writeWechat(w)
}

// length is how many rows the bill has.
func (b *bill) length() int { return len(b.rows) + len(b.funds) }

// ends reports that a bill that is cut ends before its row i.
func (b *bill) ends(i int) bool { return b.cut && i == b.length()/2 }

// WriteBill writes the file of a day, 2006-01-02, as a client that fetches it gets it from the channel (WeChat Pay's
// without gzip), as things stand now and with its defects. A day without rows is a file without rows.
func (s *Server) WriteBill(w io.Writer, channel, kind, day string) error {
	at, err := time.ParseInLocation(time.DateOnly, day, beijing)
	if err != nil {
		return fmt.Errorf("bill: %w", err)
	}
	b, _, err := s.bill(channel, kind, at, time.Now())
	if err != nil {
		return fmt.Errorf("bill: %w", err)
	}
	if err := b.write(w); err != nil && err != errCut {
		return fmt.Errorf("bill: %w", err)
	}
	return nil
}

// bill collects a day's rows and spoils them as was asked for. empty tells that nothing has happened on the day, whatever
// was spoiled. For a day that is over the same call gives the same bill for ever: no row learns of what happened after
// the bill was made.
func (s *Server) bill(channel, kind string, day, now time.Time) (b *bill, empty bool, err error) {
	b = &bill{channel: channel, kind: kind, day: day, merchant: SellerID}
	if channel == WechatPay {
		b.merchant = MchID
	}
	nets := map[time.Time]int64{} // of the days before, fen
	defects, err := s.eachRow(channel, now, func(r *billRow) {
		switch at := r.at.Sub(day); {
		case at >= 0 && at < 24*time.Hour: // Beijing has no daylight saving
			b.rows = append(b.rows, *r)
		case at < 0 && kind == BillFunds:
			nets[beijingDay(r.at)] += r.net()
		}
	})
	if err != nil {
		return nil, false, err
	}
	slices.SortStableFunc(b.rows, func(a, b billRow) int { return a.at.Compare(b.at) })
	if kind == BillFunds {
		b.fund(nets)
	}
	empty = b.length() == 0
	for _, d := range defects {
		if d.concerns(b) {
			d.spoil(b)
		}
	}
	return b, empty, nil
}

// eachRow gives all rows of a channel, of whatever day, and the defects that bills are to have.
func (s *Server) eachRow(channel string, now time.Time, give func(*billRow)) ([]BillDefect, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range s.sequence {
		known := s.orders[key]
		if known.Channel != channel {
			continue
		}
		o, err := s.look(channel, known.Number, now)
		if err != nil {
			return nil, err
		}
		o.billRows(give)
	}
	return slices.Clone(s.defects), nil
}

// billRows gives the rows that an order has in bills. A payment stands on the day on which it succeeded. A refund of WeChat
// Pay stands on the day on which it was started, with its state when that day's bill was made; one of Alipay on the day on
// which it was done, if ever. A reversal that gave money back has a row of its own. Fees go back in proportion, so that
// the parts add up to the whole.
func (o *order) billRows(give func(*billRow)) {
	if o.Paid == 0 {
		return
	}
	row := billRow{kind: rowTrade, at: o.PaidAt, created: o.Created, order: o.Number, business: o.Transaction, way: o.Kind,
		merchant: SellerID, store: o.Store, terminal: o.Terminal, amount: o.Paid, fee: billFee(o.Paid)}
	if o.Channel == WechatPay {
		row.merchant = MchID
	}
	give(&row)
	var back int64
	for _, r := range o.billRefunds() {
		row.kind, row.at, row.state, row.refund, row.id, row.amount, row.fee = rowRefund, r.Done, r.State, r.Number, r.ID, r.Amount, 0
		if o.Channel == WechatPay {
			row.at, row.state = r.Accepted, r.standing()
		}
		if row.happened() {
			row.fee = billFee(back+r.Amount) - billFee(back)
			back += r.Amount
		}
		give(&row)
	}
	if at, ok := o.reversed(); ok {
		row.kind, row.at, row.state, row.refund, row.id, row.amount, row.fee = rowReversal, at, RefundDone, "", "", o.Paid, billFee(o.Paid)
		give(&row)
	}
}

// billRefunds are the refunds that have rows, in order of their rows.
func (o *order) billRefunds() []Refund {
	var list []Refund
	for _, r := range o.Refunds {
		if o.Channel == WechatPay && !r.Accepted.IsZero() || o.Channel == Alipay && r.State == RefundDone {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b Refund) int {
		if o.Channel == WechatPay {
			return a.Accepted.Compare(b.Accepted)
		}
		return a.Done.Compare(b.Done)
	})
	return list
}

// standing is the state of a WeChat Pay refund when the bill of its starting day was made.
func (r *Refund) standing() RefundState {
	if r.Done.After(beijingDay(r.Accepted).Add(billMade)) {
		return RefundProcessing
	}
	return r.State
}

// reversed gives the time at which an order that had been paid was taken back as a whole.
func (o *order) reversed() (time.Time, bool) {
	for _, c := range o.Changes {
		if c.State == Reversed {
			return c.Time, o.State == Reversed
		}
	}
	return time.Time{}, false
}
