package channeltest

import (
	"context"
	"fmt"
	"maps"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// BankRefund is a refund as the channel holds it.
type BankRefund struct {
	Amount int64 // fen
	Fate   RefundFate
	Asked  time.Time // when it was accepted
	Done   bool      // the money has gone back
	Closed bool      // ended without money
}

// RefundFate is what becomes of a refund.
type RefundFate struct {
	Deny     string        // refused for good
	Hold     bool          // the shop's balance is too low, now; it is asked again at the next try
	Takes    time.Duration // from being accepted to the money
	Closed   bool          // ends without money
	Abnormal bool          // the channel cannot bring it to the customer
}

// copy gives an order that nobody changes any more.
func (o *BankOrder) copy() BankOrder {
	c := *o
	c.Refunds = maps.Clone(o.Refunds)
	for number, r := range c.Refunds {
		refund := *r
		c.Refunds[number] = &refund
	}
	return c
}

// Refund implements channel.Connector.
func (b *Bank) Refund(ctx context.Context, o channel.Order, r channel.Refund) ledger.Answer {
	return b.call(ctx, ledger.RequestRefund, o, func() ledger.Answer { return b.refund(o, r) })
}

func (b *Bank) refund(o channel.Order, r channel.Refund) ledger.Answer {
	found := b.orders[o.Number]
	if found == nil || found.Paid == 0 {
		return verified(ledger.ClassDenied, "NOT_EXIST")
	}
	b.settleRefunds(found)
	if known := found.Refunds[r.Number]; known != nil {
		if known.Amount != r.Amount.Fen {
			return verified(ledger.ClassDenied, "DISCORDANT_REPEAT_REQUEST")
		}
		if b.RefusesRepeats && known.Done {
			return verified(ledger.ClassDenied, "TRADE_HAS_CLOSE")
		}
		return verified(ledger.ClassAccepted, "")
	}
	var fate RefundFate
	if b.Refunds != nil {
		fate = b.Refunds(o, r)
	}
	switch {
	case fate.Deny != "":
		return verified(ledger.ClassDenied, fate.Deny)
	case fate.Hold:
		return verified(ledger.ClassHeld, "NOT_ENOUGH")
	case found.spoken()+r.Amount.Fen > found.Paid:
		return verified(ledger.ClassDenied, "REFUND_FEE_ERROR")
	}
	if found.Refunds == nil {
		found.Refunds = map[ledger.RefundNo]*BankRefund{}
	}
	found.Refunds[r.Number] = &BankRefund{Amount: r.Amount.Fen, Fate: fate, Asked: time.Now()}
	answer := verified(ledger.ClassAccepted, "")
	answer.Returned = true
	return answer
}

// GiveBack is a refund that the shop makes at the channel itself, past the till. It gives what was given back.
func (b *Bank) GiveBack(number ledger.OrderNo, fen int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.catchUp()
	found := b.orders[number]
	if found == nil || found.State != BankPaid || found.spoken()+fen > found.Paid || fen <= 0 {
		return 0
	}
	if found.Refunds == nil {
		found.Refunds = map[ledger.RefundNo]*BankRefund{}
	}
	shops := ledger.RefundNo(fmt.Sprintf("SHOP%02d", len(found.Refunds)))
	found.Refunds[shops] = &BankRefund{Amount: fen, Asked: time.Now(), Done: true}
	found.Returned += fen
	found.ByShop += fen
	return fen
}

// spoken is what has gone back or is on its way, in fen.
func (o *BankOrder) spoken() int64 {
	sum := o.Returned
	for _, r := range o.Refunds {
		if !r.Done && !r.Closed {
			sum += r.Amount
		}
	}
	return sum
}

// QueryRefund implements channel.Connector.
func (b *Bank) QueryRefund(ctx context.Context, o channel.Order, r channel.Refund) ledger.Answer {
	return b.call(ctx, ledger.RequestRefundQuery, o, func() ledger.Answer { return b.refundStands(o, r) })
}

func (b *Bank) refundStands(o channel.Order, r channel.Refund) ledger.Answer {
	found := b.orders[o.Number]
	if found == nil || found.Refunds[r.Number] == nil {
		return verified(ledger.ClassAbsent, "NOT_EXIST")
	}
	b.settleRefunds(found)
	known := found.Refunds[r.Number]
	answer := verified(ledger.ClassAccepted, "PROCESSING")
	switch {
	case known.Done:
		answer = verified(ledger.ClassReturned, "")
	case known.Closed:
		answer = verified(ledger.ClassClosed, "CLOSED")
	case known.Fate.Abnormal && time.Since(known.Asked) >= known.Fate.Takes:
		answer = verified(ledger.ClassAbnormal, "ABNORMAL")
	}
	answer.Named = ledger.Named{Order: o.Number, Refund: r.Number, Amount: ledger.Fen(known.Amount), ChannelNo: "B" + string(r.Number), PaidAt: time.Now()}
	return answer
}

// settleRefunds lets the channel do what is due by now.
func (b *Bank) settleRefunds(o *BankOrder) {
	for _, r := range o.Refunds {
		if r.Done || r.Closed || time.Since(r.Asked) < r.Fate.Takes {
			continue
		}
		switch {
		case r.Fate.Closed:
			r.Closed = true
		case !r.Fate.Abnormal:
			r.Done = true
			o.Returned += r.Amount
		}
	}
}
