// Package channel is the contract between the till and a payment channel. A Connector speaks one channel's protocol
// and turns whatever comes back into one of the answer classes of package ledger. It holds no state of any payment,
// decides nothing, retries nothing, and keeps no customer code.
package channel

import (
	"context"
	"net/http"
	"time"

	"guitai/ledger"
)

// Order is what a connector needs to know about an attempt.
type Order struct {
	Number  ledger.OrderNo
	Way     ledger.Way
	Amount  ledger.Money
	Subject string    // what the customer's bill shows; cleaned, at most 127 characters
	Person  string    // the cashier, for the channel's record
	Expires time.Time // a QR can be paid until then
}

// Refund is money to give back on an order, under one number for ever.
type Refund struct {
	Number ledger.RefundNo
	Amount ledger.Money // at most the order's
	Why    string       // what the customer's bill may show; cleaned, at most 80 characters
}

// Connector is one channel. Every method makes exactly one request, bounded by ctx, and always returns an answer: an
// error of any kind is a class. Answers carry Order, Request, Class, Verified, BeganAt, EndedAt, and what the channel
// said; Began is set by the caller.
//
// The classes' promises (ledger.Class): anything but ClassUnknown and ClassUnsent rests on a signature that was checked
// over the received bytes; ClassUnsent is given only when not one byte of the request can have left (no connection, no
// TLS); ClassRefused is given only for a reason the channel documents as final for this order number.
type Connector interface {
	// Channel says which channel this is.
	Channel() ledger.Channel
	// Account is what a confirming answer of this connector names.
	Account() ledger.Account
	// Pay charges a customer's code. The connector must not keep the code or let it into an error or a log.
	Pay(ctx context.Context, order Order, code ledger.PayCode) ledger.Answer
	// Show has the channel make a QR. Repeating it with the same order is allowed.
	Show(ctx context.Context, order Order) ledger.Answer
	// Query asks how an order stands.
	Query(ctx context.Context, order Order) ledger.Answer
	// Close ends an order: close for a QR, cancel or reverse for a code. Repeating it is allowed.
	Close(ctx context.Context, order Order) ledger.Answer
	// Refund gives money back on a paid order. Repeating it with the same number gives nothing back twice. Whatever it
	// answers, only QueryRefund tells that the money has gone back: ClassAccepted, ClassHeld, ClassDenied (refused for good),
	// ClassUnknown or ClassUnsent.
	Refund(ctx context.Context, order Order, refund Refund) ledger.Answer
	// QueryRefund asks how a refund stands: ClassReturned, ClassAccepted (under way), ClassClosed (ended without money),
	// ClassAbnormal, ClassAbsent (the channel does not know the number), ClassUnknown or ClassUnsent. What names a refund has
	// Named.Order, Named.Refund and Named.Amount, the refund's own.
	QueryRefund(ctx context.Context, order Order, refund Refund) ledger.Answer
	// Schedule gives the channel's documented times for one way of paying.
	Schedule(way ledger.Way) Schedule
}

// Notice is a message that a channel has sent by itself (a callback), verified.
type Notice struct {
	ID     string        // the channel's own: the same on every delivery
	Answer ledger.Answer // its Request is ledger.RequestNotice; what it is about is in Order and Refund
}

// Notifier is a connector whose channel sends notices.
type Notifier interface {
	// Notice checks a received message and reads it. An error means that nothing it says may be believed; its text holds
	// nothing of the message.
	Notice(header http.Header, body []byte) (Notice, error)
	// Acknowledge answers the channel: taken, or to be sent again later.
	Acknowledge(w http.ResponseWriter, taken bool)
}

// Schedule is when the worker asks again, how long it waits for the customer, and how it closes. Every duration has a
// documented source in the connector.
type Schedule struct {
	FirstQuery  time.Duration // after the first request was answered with "waiting", or the QR was shown
	AfterFault  time.Duration // after an answer that says nothing: when to ask again
	Every       time.Duration // between queries
	GiveUp      time.Duration // after the attempt was opened: stop waiting for the customer; 0 for a QR: at its expiry
	CloseFrom   time.Duration // after the attempt was opened: the earliest close the channel takes
	CloseEvery  time.Duration // between repeated closes while somebody waits
	CloseSlowly time.Duration // between repeated closes later on
	Timeout     time.Duration // for one request
	RefundFirst time.Duration // after a refund was sent: when to ask how it stands
	RefundApart time.Duration // between two refunds of one order, and between two tries of one
}
