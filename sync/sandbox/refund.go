package sandbox

import (
	"strings"
	"time"
)

// RefundState is a refund's state at the channel.
type RefundState string

const (
	RefundHeld       RefundState = "held"       // refused for want of balance; nobody but the simulator remembers it
	RefundLost       RefundState = "lost"       // Alipay: accepted and not carried out; a repeat carries it out
	RefundProcessing RefundState = "processing" // accepted, the money is on its way
	RefundDone       RefundState = "done"       // the money is back
	RefundClosed     RefundState = "closed"     // WeChat Pay: it has failed, no money has moved
	RefundAbnormal   RefundState = "abnormal"   // WeChat Pay: the customer's account cannot take it
)

// Refund is what the channel knows about one refund number. The amount is fen.
type Refund struct {
	Number    string      `json:"refund"`
	Amount    int64       `json:"amount"`
	State     RefundState `json:"state"`
	ID        string      `json:"id"` // the channel's own number
	Behaviour int         `json:"behaviour"`
	Tried     time.Time   `json:"tried"`             // the first request
	Accepted  time.Time   `json:"accepted,omitzero"` // zero while it is held
	Done      time.Time   `json:"done,omitzero"`     // when it came into a state that is its last

	// What happens by itself, carried out like a step of the order when somebody looks.
	Due  time.Time   `json:"due,omitzero"`
	Then RefundState `json:"then,omitempty"`
}

const (
	errUnpaid    refusal = "the order is not paid"
	errAllBack   refusal = "the order's money is back already"
	errTooMuch   refusal = "the refund is more than what is left of the order"
	errDiscord   refusal = "this refund number was used with another amount or for another order"
	errTotal     refusal = "the order's amount is another one"
	errPoor      refusal = "the shop's balance is not enough"
	errAccount   refusal = "the customer's account takes no refund"
	errTooMany   refusal = "the order has 50 refunds"
	errTooSoon   refusal = "the order's last refund was less than a minute ago"
	errRefunded  refusal = "the order has refunds: it cannot be taken back as a whole"
	errNoRefund  refusal = "there is no such refund"
	errRefundEnd refusal = "the time for refunds of this order is over"
)

// Waits and limits of refunds.
const (
	refundTakes  = 5 * time.Second      // WeChat Pay: from accepted to done, in life some seconds to the customer's balance
	refundSlow   = 10 * time.Minute     // behaviour 66
	heldFor      = 30 * time.Second     // behaviour 61: then the shop has topped up
	refundApart  = time.Minute          // WeChat Pay, between two refunds of one order
	refundMost   = 50                   // WeChat Pay, of one order
	wechatRefund = 365 * 24 * time.Hour // WeChat Pay, after the payment
	alipayRefund = 90 * 24 * time.Hour  // Alipay, the contract's default
)

// refundAsked is a refund request in neutral words.
type refundAsked struct {
	channel, order, transaction string
	number                      string
	amount, total               int64 // fen; total is 0 where the protocol has none
}

// refund gives money back. moved tells that this very request has moved it. A repeat with the same number and amount
// answers what is true now.
func (s *Server) refund(now time.Time, q refundAsked) (o *order, r Refund, moved bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err = s.find(now, q.channel, q.order, q.transaction)
	switch {
	case err != nil:
		return nil, r, false, err
	case o == nil || !o.exists():
		return nil, r, false, errNotExist
	case q.total != 0 && q.total != o.Amount:
		return nil, r, false, errTotal
	}
	if at, known := s.refunds[q.channel+"/"+q.number]; known && at != q.channel+"/"+o.Number && q.channel == WechatPay {
		return nil, r, false, errDiscord // Alipay's numbers are an order's own, WeChat Pay's the merchant's
	}
	i, known := o.findRefund(q.number)
	if known && o.Refunds[i].Amount != q.amount {
		return nil, r, false, errDiscord
	}
	if !known {
		if err := o.mayRefund(now, q.amount); err != nil {
			return nil, r, false, err
		}
		i = len(o.Refunds)
		o.Refunds = append(o.Refunds, Refund{Number: q.number, Amount: q.amount, ID: transaction(q.channel, now),
			Behaviour: chooseRefund(q.amount), Tried: now})
	}
	moved, err = o.giveBack(i, now)
	if wrote := s.put(o); wrote != nil {
		return nil, r, false, wrote
	}
	return o, o.Refunds[i], moved, err
}

// mayRefund applies the channel's rules to a refund under a new number.
func (o *order) mayRefund(now time.Time, amount int64) error {
	window := alipayRefund
	if o.Channel == WechatPay {
		window = wechatRefund
	}
	switch {
	case o.State == Closed || o.State == Reversed || o.State == Returned:
		return errAllBack
	case o.State != Paid:
		return errUnpaid
	case now.After(o.PaidAt.Add(window)):
		return errRefundEnd
	case amount > o.Paid-o.promised():
		return errTooMuch
	case chooseRefund(amount) == refundDenied:
		return errAccount
	}
	if o.Channel == WechatPay {
		return o.mayRefundMore(now)
	}
	return nil
}

func (o *order) mayRefundMore(now time.Time) error {
	accepted := 0
	for _, r := range o.Refunds {
		if r.Accepted.IsZero() {
			continue
		}
		accepted++
		if now.Before(r.Accepted.Add(refundApart)) {
			return errTooSoon
		}
	}
	if accepted >= refundMost {
		return errTooMany
	}
	return nil
}

// promised is what has gone back or may yet go back.
func (o *order) promised() (fen int64) {
	for _, r := range o.Refunds {
		if r.State == RefundProcessing || r.State == RefundDone || r.State == RefundAbnormal {
			fen += r.Amount
		}
	}
	return fen
}

// giveBack carries a refund out, or begins to, where that has not been done before.
func (o *order) giveBack(i int, now time.Time) (moved bool, err error) {
	r := &o.Refunds[i]
	first := r.State == ""
	switch {
	case r.State != "" && r.State != RefundHeld && r.State != RefundLost:
		return false, nil
	case !first && r.Amount > o.Paid-o.promised():
		return false, errTooMuch
	case r.Behaviour == refundHeld && now.Before(r.Tried.Add(heldFor)):
		if first {
			o.turn(i, RefundHeld, now, "the shop's balance is not enough")
		}
		return false, errPoor
	}
	r.Accepted = now
	switch {
	case r.Behaviour == refundFails && o.Channel == Alipay && first:
		o.turn(i, RefundLost, now, "accepted and not carried out")
	case r.Behaviour == refundSlowly:
		o.later(i, now, refundSlow, RefundDone)
	case o.Channel == Alipay:
		o.turn(i, RefundDone, now, "the money is back")
		return true, nil
	case r.Behaviour == refundFails:
		o.later(i, now, refundTakes, RefundClosed)
	case r.Behaviour == refundStuck:
		o.later(i, now, refundTakes, RefundAbnormal)
	default:
		o.later(i, now, refundTakes, RefundDone)
	}
	return false, nil
}

func (o *order) later(i int, now time.Time, after time.Duration, then RefundState) {
	o.Refunds[i].Due, o.Refunds[i].Then = now.Add(after), then
	o.turn(i, RefundProcessing, now, "accepted")
}

// turn brings a refund into a state.
func (o *order) turn(i int, to RefundState, at time.Time, what string) {
	r := &o.Refunds[i]
	r.State = to
	if to != RefundProcessing {
		r.Done = at
	}
	if to == RefundDone {
		o.Refunded += r.Amount
		if o.Refunded >= o.Paid {
			o.State = Returned
		}
	}
	o.note(at, "refund "+r.Number+": "+what)
}

// settleRefunds carries out what has come due by now.
func (o *order) settleRefunds(now time.Time) {
	for i := range o.Refunds {
		if r := &o.Refunds[i]; r.State == RefundProcessing && !r.Due.After(now) {
			what := map[RefundState]string{RefundDone: "the money is back", RefundClosed: "it has failed, no money has moved",
				RefundAbnormal: "the customer's account does not take it"}[r.Then]
			o.turn(i, r.Then, r.Due, what)
		}
	}
}

func (o *order) findRefund(number string) (int, bool) {
	for i := range o.Refunds {
		if o.Refunds[i].Number == number {
			return i, true
		}
	}
	return 0, false
}

// queryRefund finds a refund that the channel admits to knowing: one that is held was refused. Where no order is named,
// the number is looked up among the merchant's.
func (s *Server) queryRefund(now time.Time, q refundAsked) (*order, Refund, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.order == "" && q.transaction == "" {
		q.order = strings.TrimPrefix(s.refunds[q.channel+"/"+q.number], q.channel+"/")
	}
	o, err := s.find(now, q.channel, q.order, q.transaction)
	switch {
	case err != nil:
		return nil, Refund{}, err
	case o == nil || !o.exists():
		return nil, Refund{}, errNotExist
	}
	i, known := o.findRefund(q.number)
	if !known || o.Refunds[i].State == RefundHeld {
		return o, Refund{}, errNoRefund
	}
	return o, o.Refunds[i], nil
}

// told gives the amount (fen) that answers name: the true one except under behaviour 68.
func (r Refund) told() int64 {
	if r.Behaviour == refundLess && r.State == RefundDone {
		return r.Amount - 1
	}
	return r.Amount
}
