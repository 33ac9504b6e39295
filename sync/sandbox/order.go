package sandbox

import (
	"slices"
	"time"
)

// State of an order as the channel holds it. Each protocol has its own words for them.
type State string

const (
	Issued   State = "issued"   // a QR was given out and nobody has scanned it (Alipay: no trade yet)
	Waiting  State = "waiting"  // the customer has the order on the phone and has not paid
	Paid     State = "paid"     // money has moved
	Refused  State = "refused"  // the code was refused; no trade ever existed
	Failed   State = "failed"   // WeChat code orders: the customer declined (PAYERROR)
	Closed   State = "closed"   // ended without money
	Reversed State = "reversed" // cancelled or reversed; money that had moved is back
	Returned State = "returned" // paid, and all of it given back by refunds
	Voided   State = "voided"   // cancelled before it existed, and barred from coming into being
)

// Kinds of orders: the till scans the customer, or the customer scans the till.
const (
	KindCode = "code"
	KindQR   = "qr"
)

// Change is one thing that happened to an order.
type Change struct {
	Time  time.Time `json:"time"`
	State State     `json:"state"`
	What  string    `json:"what"`
}

// Order is what the channel knows about one order number. Amounts are fen of CNY.
type Order struct {
	Channel     string    `json:"channel"`
	Number      string    `json:"order"`
	Kind        string    `json:"kind"`
	Amount      int64     `json:"amount"`
	State       State     `json:"state"`
	Paid        int64     `json:"paid"`
	Refunded    int64     `json:"refunded"`
	Behaviour   int       `json:"behaviour"`
	Transaction string    `json:"transaction,omitempty"` // the channel's own number
	QR          string    `json:"qr,omitempty"`          // payload last given out
	Created     time.Time `json:"created"`
	PaidAt      time.Time `json:"paid_at,omitzero"`
	Refunds     []Refund  `json:"refunds,omitempty"`
	Changes     []Change  `json:"changes,omitempty"`
}

// order adds what only the simulator needs. It is a value: rules work on a copy, and the copy becomes true when its
// line is written.
type order struct {
	Order
	Asked     string        `json:"asked,omitempty"`     // digest of the request's parameters
	Code      string        `json:"code,omitempty"`      // digest of the customer code that this order used up
	Reason    refusal       `json:"reason,omitempty"`    // why it is Refused
	Store     string        `json:"store,omitempty"`     // echoed in answers
	Terminal  string        `json:"terminal,omitempty"`  // echoed in answers
	Expires   time.Time     `json:"expires,omitzero"`    // last moment at which anybody can pay
	TradeLife time.Duration `json:"tradelife,omitempty"` // Alipay: life of the trade that the first scan or pay starts
	QRs       []qr          `json:"qrs,omitempty"`
	Plan      []step        `json:"plan,omitempty"` // what will happen by itself, in order of time
	Lost      int           `json:"lost,omitempty"` // answers swallowed by behaviour 88

	fresh []Change // changes since it was read, not yet written
}

type qr struct {
	Payload string    `json:"payload"`
	Until   time.Time `json:"until"`
}

// step is a change with a date: a customer who pays in 6 s, a channel that gives up after 45 s. It is carried out when
// somebody looks at the order after that time, with the time it was due.
type step struct {
	At   time.Time `json:"at"`
	To   State     `json:"to"`
	What string    `json:"what"`
}

func (o *order) clone() *order {
	c := *o
	c.Changes = slices.Clip(o.Changes)
	c.QRs = slices.Clip(o.QRs)
	c.Plan = slices.Clip(o.Plan)
	c.Refunds = slices.Clone(o.Refunds) // they are changed in place
	c.fresh = nil
	return &c
}

func (o *order) move(to State, at time.Time, what string) {
	o.State = to
	if to == Paid {
		o.Paid, o.PaidAt = o.Amount, at
	}
	if to != Waiting {
		o.Plan = nil
	}
	o.note(at, what)
}

func (o *order) note(at time.Time, what string) {
	o.fresh = append(o.fresh, Change{Time: at, State: o.State, What: what})
}

// settle carries out every planned step that has come due by now.
func (o *order) settle(now time.Time) {
	for len(o.Plan) > 0 && !o.Plan[0].At.After(now) {
		next := o.Plan[0]
		o.Plan = o.Plan[1:]
		o.move(next.To, next.At, next.What)
	}
	o.settleRefunds(now)
}

func (o *order) plan(at time.Time, to State, what string) {
	o.Plan = append(o.Plan, step{At: at, To: to, What: what})
	slices.SortStableFunc(o.Plan, func(a, b step) int { return a.At.Compare(b.At) })
}

// meet lets the customer act on an order that may be paid, and sets the channel's own clock on it.
func (o *order) meet(now time.Time) {
	if o.TradeLife > 0 { // the first time, an Alipay trade comes into being and its own time starts
		if end := now.Add(o.TradeLife); o.Expires.IsZero() || end.Before(o.Expires) {
			o.Expires = end
		}
	}
	switch o.Behaviour {
	case password, passwordForever, passwordRefused, lostCancels, paidAtCancel, noBalance:
		o.Plan = nil
		o.move(Waiting, now, "the customer is asked for the password")
		o.deadlines(now)
	default:
		o.move(Paid, now, "the customer paid")
		return
	}
	switch o.Behaviour {
	case password:
		if at := now.Add(passwordTime); o.Expires.IsZero() || !at.After(o.Expires) {
			o.plan(at, Paid, "the customer keyed the password and paid")
		}
	case passwordRefused:
		if o.Channel == Alipay {
			o.plan(now.Add(declinedTime), Closed, "the customer had declined; the trade is closed")
		} else if o.Kind == KindCode {
			o.plan(now.Add(passwordTime), Failed, "the customer declined")
		}
	}
}

func (o *order) deadlines(now time.Time) {
	switch {
	case o.Channel == Alipay:
		o.plan(o.Expires, Closed, "not paid in time; the trade is closed")
	case o.Kind == KindCode:
		o.plan(now.Add(autoRevoke), Reversed, "not paid within 45 s; revoked by the channel")
	}
}

// exists tells whether the channel admits to knowing the order: refused codes and unscanned Alipay QRs leave no trade.
func (o *order) exists() bool {
	switch o.State {
	case Refused, Voided:
		return false
	case Issued:
		return o.Channel == WechatPay
	default:
		return true
	}
}

// told gives the number and the amount (fen) that answers name: the true ones except under behaviours 90 and 91
// once the order is paid.
func (o *order) told() (number string, amount int64) {
	number, amount = o.Number, o.Amount
	if o.Paid == 0 {
		return number, amount
	}
	if o.Behaviour == otherAmount {
		amount--
	}
	if o.Behaviour == otherMerchant && o.Channel == Alipay {
		number = "OTHER" + number[min(5, len(number)):]
	}
	return number, amount
}
