package channeltest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// Bank is a payment channel in memory: it follows the channels' published semantics without their wire. It is the
// channel of whole-till tests and of the simulation. It runs on time.Now, so that under testing/synctest its minutes
// cost nothing, and it starts no goroutine of its own.
//
// Everything it holds can be looked at, which no real channel allows: an oracle compares it with what the till believes.
type Bank struct {
	// Before is asked about each request before it is carried out; nil means no fault.
	Before func(ledger.Request, channel.Order) Fault
	// Customer says what the customer does with an order; nil pays at once.
	Customer func(channel.Order) Customer
	// Clock is how far the channel's clock is ahead of the till's.
	Clock time.Duration
	// Refunds says what happens to a new refund; nil lets it succeed.
	Refunds func(channel.Order, channel.Refund) RefundFate
	// Tombstones: a cancel of an order that is not there yet refuses it for ever.
	Tombstones bool
	// RefusesRepeats: a refund that is sent again although it is done is refused, as on a trade that a full refund has closed.
	RefusesRepeats bool

	channel ledger.Channel
	life    time.Duration

	mu     sync.Mutex
	orders map[ledger.OrderNo]*BankOrder
	codes  map[string]ledger.OrderNo // used customer codes
	late   []lateCall
}

// BankOrder is an order as the channel holds it.
type BankOrder struct {
	Order    channel.Order
	State    BankState
	Paid     int64 // fen taken from the customer
	Returned int64 // fen given back
	// Of Returned: what a cancel has given back, and what the shop has given back at the channel itself, without the till.
	Cancelled, ByShop int64
	Refunds           map[ledger.RefundNo]*BankRefund
	Asked             time.Time
	Customer          Customer
	Scanned           time.Time // when a customer scanned the QR; zero for none
}

// BankState is an order's state at the channel.
type BankState string

// The states of an order at the channel.
const (
	BankOpen    BankState = "open" // made, nobody is paying
	BankWaiting BankState = "waiting"
	BankPaid    BankState = "paid"
	BankClosed  BankState = "closed"
	BankTomb    BankState = "tombstone" // cancelled before it came
)

// Customer is what a customer does with an order.
type Customer struct {
	Refuse    string        // the channel's final refusal; empty: none
	PaysAfter time.Duration // keys a password for so long, then pays
	Never     bool          // keys a password and walks away
}

// Fault is what happens to one request.
type Fault struct {
	Unsent bool          // no connection
	Lose   bool          // lost on its way there
	Forget bool          // carried out, the answer lost
	Late   time.Duration // the answer is lost, and the request is carried out only after so long
	Twice  bool          // carried out twice
	Delay  time.Duration // before it is carried out
	Twist  func(*ledger.Answer)
}

type lateCall struct {
	at  time.Time
	run func()
}

// NewBank makes an empty channel.
func NewBank(ch ledger.Channel) *Bank {
	return &Bank{
		Tombstones: true, channel: ch, life: 2 * time.Minute,
		orders: make(map[ledger.OrderNo]*BankOrder), codes: make(map[string]ledger.OrderNo),
	}
}

// Channel implements channel.Connector.
func (b *Bank) Channel() ledger.Channel { return b.channel }

// Account implements channel.Connector.
func (b *Bank) Account() ledger.Account {
	account := ledger.Account{Merchant: "M-" + string(b.channel), App: "A-" + string(b.channel), QRLife: b.life, RefundWindow: 90 * 24 * time.Hour}
	if b.channel == ledger.WeChat {
		account.RefundMost, account.RefundWindow = 50, 365*24*time.Hour
	}
	return account
}

// Schedule implements channel.Connector with the real channels' times.
func (b *Bank) Schedule(way ledger.Way) channel.Schedule {
	s := channel.Schedule{
		FirstQuery: 3 * time.Second, AfterFault: time.Second, Every: 5 * time.Second, GiveUp: time.Minute,
		CloseEvery: 2 * time.Second, CloseSlowly: 15 * time.Minute, Timeout: 10 * time.Second,
		RefundFirst: 10 * time.Second, RefundApart: 3 * time.Second,
	}
	if b.channel == ledger.WeChat {
		s.RefundApart = time.Minute
		s.FirstQuery, s.AfterFault, s.GiveUp = 5*time.Second, 5*time.Second, 45*time.Second
		if way == ledger.ByCode {
			s.CloseFrom, s.CloseEvery = 15*time.Second, 3*time.Second
		}
	}
	return s
}

// Orders gives a copy of everything the channel holds, with every late request carried out that is due by now.
func (b *Bank) Orders() map[ledger.OrderNo]BankOrder {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.catchUp()
	all := make(map[ledger.OrderNo]BankOrder, len(b.orders))
	for number, order := range b.orders {
		all[number] = order.copy()
	}
	return all
}

// Held gives a copy of one order, with what its customer and its refunds have done by now. ok is false when there is none.
func (b *Bank) Held(number ledger.OrderNo) (order BankOrder, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := b.orders[number]
	if found == nil {
		return BankOrder{}, false
	}
	b.settle(found)
	b.settleRefunds(found)
	return found.copy(), true
}

// Call is one request as it is under way: a connector's method with its arguments.
type Call struct {
	Request ledger.Request
	Order   channel.Order
	Digits  string // the customer's code, of RequestPay
	Refund  channel.Refund
}

// Carry carries a request out, now and without any fault, for whoever plays the network in between.
func (b *Bank) Carry(c Call) ledger.Answer {
	ctx := context.Background()
	switch c.Request {
	case ledger.RequestPay:
		return b.call(ctx, c.Request, c.Order, func() ledger.Answer { return b.pay(c.Order, c.Digits) })
	case ledger.RequestOrder:
		return b.Show(ctx, c.Order)
	case ledger.RequestQuery:
		return b.Query(ctx, c.Order)
	case ledger.RequestClose:
		return b.Close(ctx, c.Order)
	case ledger.RequestRefund:
		return b.Refund(ctx, c.Order, c.Refund)
	}
	return b.QueryRefund(ctx, c.Order, c.Refund)
}

// ScanQR lets a customer scan a QR of this channel.
func (b *Bank) ScanQR(payload string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.catchUp()
	for _, o := range b.orders {
		if qrOf(o.Order.Number) != payload {
			continue
		}
		if o.State != BankOpen || time.Now().After(o.Order.Expires) {
			return fmt.Errorf("the QR is %s or over", o.State)
		}
		o.State, o.Scanned, o.Customer = BankWaiting, time.Now(), b.customer(o.Order)
		b.settle(o)
		return nil
	}
	return fmt.Errorf("no such QR")
}

func qrOf(order ledger.OrderNo) string { return "https://qr.bank.invalid/" + string(order) }

func (b *Bank) customer(o channel.Order) Customer {
	if b.Customer == nil {
		return Customer{}
	}
	return b.Customer(o)
}

// Pay implements channel.Connector.
func (b *Bank) Pay(ctx context.Context, o channel.Order, code ledger.PayCode) ledger.Answer {
	digits := code.Reveal()
	return b.call(ctx, ledger.RequestPay, o, func() ledger.Answer { return b.pay(o, digits) })
}

func (b *Bank) pay(o channel.Order, digits string) ledger.Answer {
	if found := b.orders[o.Number]; found != nil {
		if found.State == BankTomb {
			return verified(ledger.ClassClosed, "CLOSED")
		}
		return b.standing(found)
	}
	if used, ok := b.codes[digits]; ok && used != o.Number {
		return verified(ledger.ClassRefused, "CODE_USED")
	}
	if time.Now().After(o.Expires) { // a customer code is good for about a minute (Alipay, auth_code)
		return verified(ledger.ClassRefused, "CODE_EXPIRED")
	}
	b.codes[digits] = o.Number
	customer := b.customer(o)
	if customer.Refuse != "" {
		return verified(ledger.ClassRefused, customer.Refuse)
	}
	made := &BankOrder{Order: o, State: BankWaiting, Asked: time.Now(), Scanned: time.Now(), Customer: customer}
	b.orders[o.Number] = made
	return b.standing(made)
}

// Show implements channel.Connector.
func (b *Bank) Show(ctx context.Context, o channel.Order) ledger.Answer {
	return b.call(ctx, ledger.RequestOrder, o, func() ledger.Answer {
		if b.orders[o.Number] == nil {
			b.orders[o.Number] = &BankOrder{Order: o, State: BankOpen, Asked: time.Now()}
		}
		answer := verified(ledger.ClassShown, "")
		answer.QR = qrOf(o.Number)
		return answer
	})
}

// Query implements channel.Connector.
func (b *Bank) Query(ctx context.Context, o channel.Order) ledger.Answer {
	return b.call(ctx, ledger.RequestQuery, o, func() ledger.Answer {
		found := b.orders[o.Number]
		if found == nil || found.State == BankTomb || b.channel == ledger.Alipay && found.State == BankOpen {
			return verified(ledger.ClassAbsent, "NOT_EXIST") // Alipay makes no trade before the scan
		}
		return b.standing(found)
	})
}

// Close implements channel.Connector.
func (b *Bank) Close(ctx context.Context, o channel.Order) ledger.Answer {
	return b.call(ctx, ledger.RequestClose, o, func() ledger.Answer { return b.end(o) })
}

func (b *Bank) end(o channel.Order) ledger.Answer {
	found := b.orders[o.Number]
	if found == nil && o.Way == ledger.ByQR {
		return verified(ledger.ClassAbsent, "NOT_EXIST")
	}
	if found == nil {
		if b.Tombstones {
			b.orders[o.Number] = &BankOrder{Order: o, State: BankTomb, Asked: time.Now()}
		}
		return verified(ledger.ClassAccepted, "")
	}
	b.settle(found)
	switch {
	case o.Way == ledger.ByQR && found.State == BankPaid:
		return verified(ledger.ClassDenied, "PAID")
	case o.Way == ledger.ByQR && b.channel == ledger.Alipay && found.State == BankOpen:
		return verified(ledger.ClassAbsent, "NOT_EXIST")
	case found.State == BankTomb:
		return verified(ledger.ClassAccepted, "")
	}
	answer := verified(ledger.ClassAccepted, "")
	back := found.Paid - found.spoken()
	found.State, found.Returned, answer.Returned = BankClosed, found.Returned+back, back > 0
	found.Cancelled += back
	return answer
}

// settle lets the customer do what is due by now.
func (b *Bank) settle(o *BankOrder) {
	c := o.Customer
	if o.State != BankWaiting || c.Never || c.Refuse != "" || time.Since(o.Scanned) < c.PaysAfter {
		return
	}
	o.State, o.Paid = BankPaid, o.Order.Amount.Fen
}

// standing says how an order stands.
func (b *Bank) standing(o *BankOrder) ledger.Answer {
	b.settle(o)
	switch o.State {
	case BankOpen:
		return verified(ledger.ClassOpen, "")
	case BankWaiting:
		return verified(ledger.ClassWaiting, "")
	case BankPaid:
		switch {
		case b.channel == ledger.WeChat && len(o.Refunds) > 0:
			return verified(ledger.ClassRefunded, "REFUND")
		case o.Returned == o.Paid: // Alipay closes a trade that was refunded wholly
			return verified(ledger.ClassReversed, "")
		}
		answer := verified(ledger.ClassPaid, "")
		answer.Named = ledger.Named{
			Order: o.Order.Number, Amount: o.Order.Amount, Merchant: b.Account().Merchant, App: b.Account().App,
			ChannelNo: "C" + string(o.Order.Number), PaidAt: time.Now(),
		}
		return answer
	case BankClosed:
		if o.Returned > 0 {
			return verified(ledger.ClassReversed, "")
		}
	}
	return verified(ledger.ClassClosed, "")
}

func verified(class ledger.Class, code string) ledger.Answer {
	return ledger.Answer{Class: class, Verified: true, Code: code}
}

// call carries one request out under its fault.
func (b *Bank) call(ctx context.Context, request ledger.Request, o channel.Order, run func() ledger.Answer) ledger.Answer {
	began := time.Now()
	var fault Fault
	if b.Before != nil {
		fault = b.Before(request, o)
	}
	answer := b.faulted(ctx, fault, run)
	answer.Order, answer.Request, answer.BeganAt, answer.EndedAt = o.Number, request, began, time.Now()
	if answer.Verified {
		answer.ChannelAt = time.Now().Add(b.Clock)
	}
	return answer
}

func (b *Bank) faulted(ctx context.Context, f Fault, run func() ledger.Answer) ledger.Answer {
	nothing := ledger.Answer{Class: ledger.ClassUnknown, Code: ledger.FaultTimeout}
	if f.Unsent {
		return ledger.Answer{Class: ledger.ClassUnsent, Code: ledger.FaultNoConnection}
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-ctx.Done():
		}
	}
	b.mu.Lock()
	b.catchUp()
	if f.Late > 0 {
		b.late = append(b.late, lateCall{time.Now().Add(f.Late), func() { run() }})
	}
	var answer ledger.Answer
	if f.Late == 0 && !f.Lose {
		answer = run()
		if f.Twice {
			answer = run()
		}
	}
	b.mu.Unlock()
	if f.Late > 0 || f.Lose || f.Forget || ctx.Err() != nil {
		if ctx.Err() == nil && f.Delay == 0 {
			<-ctx.Done() // a lost answer is a time-out
		}
		return nothing
	}
	if f.Twist != nil {
		f.Twist(&answer)
	}
	return answer
}

// catchUp carries out the late requests that are due. The caller holds b.mu.
func (b *Bank) catchUp() {
	rest := b.late[:0]
	for _, call := range b.late {
		if call.at.After(time.Now()) {
			rest = append(rest, call)
			continue
		}
		call.run()
	}
	b.late = rest
	for _, o := range b.orders {
		b.settle(o)
		b.settleRefunds(o)
	}
}
