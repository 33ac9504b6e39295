package hardware

import (
	"slices"
	"time"

	"guitai/ledger"
)

// SlipKind is what a slip tells. Numbers are on disk.
type SlipKind uint8

// The kinds.
const (
	SlipPayment SlipKind = 1 // settled, whichever way
	SlipRefund  SlipKind = 2 // gone back for good
	SlipUnknown SlipKind = 3 // a payment whose end is not known: a notice, and no receipt
	SlipX       SlipKind = 4 // shift report
	SlipZ       SlipKind = 5 // day report
	SlipTest    SlipKind = 6
)

// Slip is one slip of paper as plain values. It waits in the spool as such and is laid out when it is printed. All sums are fen.
type Slip struct {
	Kind             SlipKind
	Shop, Till, Mode string // Mode is training, sandbox or production: all but the last are marked on the paper
	Cashier          string
	Time             time.Time // in the zone in which it is printed
	Sale, Tail       string
	Order            string // the number that a refund is found by; of a refund: its own
	Original, Why    string // of a refund: the payment's order
	Amount           int64
	Returned         int64 // what has gone back of it by the time it is printed
	Discount, Paid   int64 // what the wallet has given off, and what the customer's account was charged: 0 where nothing was given off
	Parts            []SlipPart
	Receipt          string // the e-receipt, for a QR; empty: none
	Copy             uint32 // counts the copies somebody has asked for; 0: the original
	MerchantCopy     bool

	Title, Period, Foot string // of a report
	Rows                []SlipRow
}

// SlipPart is one payment of a sale, or one way by which money went back. It has a channel or a tender.
type SlipPart struct {
	Channel   ledger.Channel
	Way       ledger.Way
	Merchant  string // the shop's number at the channel
	Order     string
	ChannelNo string
	Last4     string // of the customer's code

	Tender   ledger.TenderKind
	Number   string // of a card slip or a transfer
	Pending  bool
	Given    int64 // cash
	Change   int64
	Rounding int64

	Amount int64
}

// pending reports whether money of it was promised, and nobody has seen it arrive.
func (s *Slip) pending() bool {
	return slices.ContainsFunc(s.Parts, func(p SlipPart) bool { return p.Pending })
}

// received reports whether money of it has come, so that there is something to refund.
func (s *Slip) received() bool {
	return slices.ContainsFunc(s.Parts, func(p SlipPart) bool { return !p.Pending })
}

// SlipRow is a row of a report. Count and Amount are texts as printed, and empty where there is none.
type SlipRow struct{ Label, Count, Amount string }

// Desk is what stands on every slip of one till.
type Desk struct {
	Shop, Till, Mode string
	Calendar         ledger.Calendar
}

func (d Desk) slip(kind SlipKind, at time.Time) Slip {
	return Slip{Kind: kind, Shop: d.Shop, Till: d.Till, Mode: d.Mode, Time: d.Calendar.In(at)}
}

// Payment is the receipt of a sale; ok is false while it is not settled.
func (d Desk) Payment(s *ledger.Sale) (slip Slip, ok bool) {
	if !s.Settled() {
		return Slip{}, false
	}
	slip = d.slip(SlipPayment, s.OpenedAt)
	slip.Cashier, slip.Sale, slip.Tail = s.Actor.Person, string(s.ID), s.ID.Tail()
	slip.Order, slip.Amount = string(s.ID), s.Amount.Fen
	slip.Returned = ledger.RowOf(s).Returned.Fen
	latest := time.Time{}
	if paid := s.Paid(); paid != nil {
		slip.Order = string(paid.Order)
		slip.Parts = append(slip.Parts, scanPart(paid))
		latest = paymentTime(paid)
	}
	for i := range s.Tenders {
		t := &s.Tenders[i]
		slip.Parts = append(slip.Parts, SlipPart{Tender: t.Kind, Number: t.Number, Pending: t.Pending(), Amount: t.Amount.Fen,
			Given: t.Given.Fen, Change: t.Change.Fen, Rounding: t.Rounding})
		if t.At.After(latest) {
			latest = t.At
		}
	}
	slip.Time = d.Calendar.In(latest)
	return slip, true
}

func scanPart(a *ledger.Attempt) SlipPart {
	return SlipPart{Channel: a.Channel, Way: a.Way, Merchant: a.Merchant, Order: string(a.Order), ChannelNo: a.ChannelNo, Last4: a.Last4, Amount: a.Amount.Fen}
}

// paymentTime is the channel's time of the payment, or the till's where it told none.
func paymentTime(a *ledger.Attempt) time.Time {
	if a.PaidAt.IsZero() {
		return a.SinceAt
	}
	return a.PaidAt
}

// Refund is the slip of money that went back, by the number under which ledger.AllRefundRows has it; ok is false while it has not.
func (d Desk) Refund(s *ledger.Sale, number ledger.RefundNo) (slip Slip, ok bool) {
	for _, row := range ledger.AllRefundRows(s) {
		if row.Number != number || row.Part || !row.State.Final() {
			continue
		}
		slip = d.slip(SlipRefund, row.At)
		slip.Cashier, slip.Sale, slip.Tail = row.Cashier, string(s.ID), s.ID.Tail()
		slip.Order, slip.Original, slip.Amount = string(number), string(row.Of()), row.Amount.Fen
		part := SlipPart{Channel: row.Channel, Tender: row.Tender, Amount: row.Amount.Fen}
		if a := s.Attempt(row.Of()); a != nil {
			part = scanPart(a)
			part.Amount, part.Way = row.Amount.Fen, 0
			if r := a.Refund(number); r != nil {
				slip.Why, part.ChannelNo = r.Why, r.ChannelNo
			}
		}
		for i := range s.Tenders {
			for _, back := range s.Tenders[i].Returns {
				if row.Tender == s.Tenders[i].Kind && back.At.Equal(row.At) {
					slip.Why = back.Why
				}
			}
		}
		slip.Parts = []SlipPart{part}
		return slip, true
	}
	return Slip{}, false
}

// Unknown is the notice for a customer whose payment's end is not known; ok is false where it is.
func (d Desk) Unknown(s *ledger.Sale) (slip Slip, ok bool) {
	a := s.Live()
	if a == nil || s.Settled() {
		return Slip{}, false
	}
	slip = d.slip(SlipUnknown, a.OpenedAt)
	slip.Cashier, slip.Sale, slip.Tail = s.Actor.Person, string(s.ID), s.ID.Tail()
	slip.Order, slip.Amount, slip.Parts = string(a.Order), a.Amount.Fen, []SlipPart{scanPart(a)}
	return slip, true
}

// Test is the slip of the test button.
func (d Desk) Test(now time.Time) Slip { return d.slip(SlipTest, now) }
