// Package channel is the contract between the till and a payment channel. A Connector speaks one channel's protocol
// and turns whatever comes back into one of the answer classes of package ledger. It holds no state of any payment,
// decides nothing, retries nothing, and keeps no customer code.
package channel

import (
	"context"
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
	// Schedule gives the channel's documented times for one way of paying.
	Schedule(way ledger.Way) Schedule
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
}
