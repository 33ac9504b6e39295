package ledger

import (
	"strings"
	"time"
)

// Channel is a payment channel.
type Channel string

// The channels, and their fixed order on every list.
const (
	Alipay   Channel = "alipay"
	WeChat   Channel = "wechat"
	UnionPay Channel = "unionpay"
)

// Channels in the order of every list and total.
var Channels = []Channel{Alipay, WeChat, UnionPay}

// Way is who scans whom.
type Way uint8

// The two ways. Numbers are on disk.
const (
	ByCode Way = 1 // the till scans the customer's code
	ByQR   Way = 2 // the customer scans the till's QR
)

// Request is what was asked of a channel.
type Request uint8

// The requests. Numbers are on disk.
const (
	RequestPay         Request = 1 // charge a customer's code
	RequestOrder       Request = 2 // make a QR
	RequestQuery       Request = 3
	RequestClose       Request = 4 // close (QR) or cancel/reverse (code)
	RequestRefund      Request = 5 // give money back under a refund number
	RequestRefundQuery Request = 6 // ask how a refund stands
	RequestNotice      Request = 7 // nothing was asked: the channel has sent word by itself
	RequestStatement   Request = 8 // nothing was asked: the channel's statement of a day says so
)

// Class is what an answer amounts to, the same for every channel.
type Class uint8

// The classes. Numbers are on disk. All but Unknown and Unsent rest on a verified signature.
const (
	ClassUnknown  Class = 1  // no trustworthy answer: time-out, 5xx, HTML, bad or missing signature, "system error"
	ClassUnsent   Class = 2  // not one byte left this process
	ClassPaid     Class = 3  // the channel says: paid
	ClassWaiting  Class = 4  // the customer is keying a password
	ClassOpen     Class = 5  // the order exists, nobody is paying it yet
	ClassShown    Class = 6  // the QR was made
	ClassAbsent   Class = 7  // the channel does not know the order
	ClassRefused  Class = 8  // final: this order will never be paid
	ClassFailed   Class = 9  // failed, and the channel wants it reversed before it is final
	ClassClosed   Class = 10 // ended without money
	ClassReversed Class = 11 // money had moved and went back
	ClassAccepted Class = 12 // the close or cancel was accepted: ask how the order stands now
	ClassDenied   Class = 13 // the close or cancel is refused for good
	ClassRefunded Class = 14 // was paid, and somebody has refunded it since, wholly or in part
	ClassReturned Class = 15 // of a refund: the money has gone back to the customer
	ClassHeld     Class = 16 // of a refund: not now, the shop's balance at the channel is too low; the same number later
	ClassAbnormal Class = 17 // of a refund: the channel cannot bring it to the customer, and the shop has to act
)

// The till's own codes for a request that brought no answer of the channel, or was not sent. They stand in Answer.Code;
// the client libraries' error texts do not, because some of them contain the whole request. Each needs a phrase in every
// language; a test walks Faults.
const (
	FaultTimeout      = "GUITAI.TIMEOUT"       // no answer in time
	FaultNoConnection = "GUITAI.NO_CONNECTION" // no name, no route, refused
	FaultTLS          = "GUITAI.TLS"           // no trust: wrong certificate, captive portal
	FaultCutOff       = "GUITAI.CUT_OFF"       // the connection broke after the request had left
	FaultTooLong      = "GUITAI.TOO_LONG"      // an answer of more than a mebibyte
	FaultHTTP         = "GUITAI.HTTP"          // an HTTP status that is no success; Message has it
	FaultNotJSON      = "GUITAI.NOT_JSON"      // something else than the channel answered
	FaultBadSignature = "GUITAI.BAD_SIGNATURE" // missing, wrong, or a probe
	FaultCodeStale    = "GUITAI.CODE_STALE"    // not sent: the customer code had become too old
	FaultCodeGone     = "GUITAI.CODE_GONE"     // not sent: the customer code was no longer there
	FaultLinkDown     = "GUITAI.LINK_DOWN"     // not sent: the line is known to be dead
)

// Faults lists them, for tests that demand a phrase for each.
var Faults = []string{
	FaultTimeout, FaultNoConnection, FaultTLS, FaultCutOff, FaultTooLong, FaultHTTP, FaultNotJSON, FaultBadSignature,
	FaultCodeStale, FaultCodeGone, FaultLinkDown,
}

// Named is what an answer itself says about the payment. All five must equal the attempt's before PAID is believed:
// the order number, amount, currency (both in Amount), merchant and app.
type Named struct {
	Order         OrderNo
	Amount        Money
	Merchant, App string
	ChannelNo     string    // the channel's own number: what the customer's bill shows; of a refund, that of the refund where there is one
	PaidAt        time.Time // the channel's time of payment, or of the refund
	Refund        RefundNo  // of an answer about a refund; Amount is then the refund's own
}

// Answer is what came of one request. Code and Message are the channel's own words, for support and, cleaned, for the
// cashier; they never hold a customer code.
type Answer struct {
	Order    OrderNo
	Request  Request
	Class    Class
	Verified bool      // the signature over these very bytes was checked and is good
	Began    uint64    // the journal's last sequence number when the request started: order without a clock
	BeganAt  time.Time // wall clock, for people
	EndedAt  time.Time
	Named    Named
	QR       string   // the payload to show, of ClassShown
	Code     string   // the channel's own code, or the till's for a failed connection
	Message  string   // the channel's own words
	Returned bool     // a cancel's answer, or a refund's, says that by this very request money was moved back
	Note     Note     // what the Book noticed about it
	Refund   RefundNo // which refund was asked about; empty for a payment
	// ChannelAt is the channel's own clock when it answered, where it says so. It is for the board and is not written.
	ChannelAt time.Time
	// InState and Known are how long the worker has seen the order in its present state, and at all, by a clock that
	// nobody can set. They say whether patience is over; what follows from it is written, they are not.
	InState, Known time.Duration
}

// maxWord bounds what is kept of any one word of a channel, in bytes: more than a QR code can hold for a screen, and so
// little that an event stays far below what its readers take.
const maxWord = 2048

// bounded gives the answer as it may be written: cut words, and no QR rather than a cut one.
func (a Answer) bounded() Answer {
	for _, word := range []*string{&a.Code, &a.Message, &a.Named.Merchant, &a.Named.App, &a.Named.ChannelNo, (*string)(&a.Named.Order), (*string)(&a.Named.Refund)} {
		if len(*word) > maxWord {
			*word = strings.ToValidUTF8((*word)[:maxWord], "")
		}
	}
	if a.Class == ClassShown && (a.QR == "" || len(a.QR) > maxWord) {
		a.Class, a.QR = ClassUnknown, ""
	}
	return a
}

// Note is something about an answer that a supervisor must be able to see.
type Note uint8

// The notes. Numbers are on disk.
const (
	NoteNone             Note = 0
	NoteStale            Note = 1 // it began before the last cancel and changes nothing
	NoteUnverified       Note = 2 // it says paid without a good signature
	NoteOtherOrder       Note = 3 // paid, but it names another order
	NoteOtherAmount      Note = 4 // paid, but another amount or currency
	NoteOtherMerchant    Note = 5 // paid, but another merchant
	NoteOtherApp         Note = 6 // paid, but another app
	NoteLateMoney        Note = 7 // paid, after the attempt had ended
	NoteSecondPayment    Note = 8 // paid, though another attempt of the sale is paid, or it was settled another way
	NoteGoneAfterPaid    Note = 9 // the channel no longer says paid
	NoteCodeStale        Note = 10
	NoteRestart          Note = 11 // the till restarted before it could know
	NoteFasterThanCancel Note = 12 // paid just before the stop took effect
	NoteRefunded         Note = 13 // paid, and refunded by somebody else, wholly or in part
	NoteStubborn         Note = 14 // the channel does not let the order end
	NoteRefundAbnormal   Note = 15 // the channel cannot bring a refund to the customer
	NoteRefundFailed     Note = 16 // a refund has ended without money
	NoteRefundHeld       Note = 17 // a refund waits until the shop's balance at the channel is higher
	NoteRefundSlow       Note = 18 // a refund has been under way for a day
	NoteOtherRefund      Note = 19 // an answer tells of another refund, amount, order, merchant or app
	NoteReturnedAfterAll Note = 20 // a refund that had ended without money was done after all
	NoteTransferPending  Note = 21 // a bank transfer that nobody has seen arrive
	NoteWrong            Note = 22 // somebody has said that something was not right with the sale
)

// The notes of what a statement and the ledger do not agree on. Numbers are on disk.
const (
	NoteStatementPaid        Note = 23 // a payment of a sale here that the till does not have: the channel is asked
	NoteStatementUnknown     Note = 24 // a payment under a number that no till has made
	NoteStatementOwn         Note = 25 // an order number of this till that its ledger does not have
	NoteStatementLacks       Note = 26 // paid here, and in no statement of the days around
	NoteStatementLacksRefund Note = 27 // given back here, and in no statement of the days around
	NoteStatementAmount      Note = 28 // another amount of the order
	NoteStatementBackAmount  Note = 29 // another amount of the refund
	NoteStatementDiscount    Note = 30 // the parts of the row do not add up
	NoteStatementFee         Note = 31 // the fee is not the amount times the rate
	NoteStatementState       Note = 32 // paid here, taken back in the statement
	NoteStatementNotReversed Note = 33 // taken back here, and not in the statement
	NoteStatementTwice       Note = 34 // a number stands in statements more than once
	NoteStatementRefund      Note = 35 // a refund of a sale here that the till has not asked for
	NoteStatementRefundOpen  Note = 36 // a refund that has not ended with money here has done so at the channel: it is asked
	NoteStatementRefundState Note = 37 // given back here, and failed in the statement; or given back by hand, and in the statement, too
	NoteStatementNumber      Note = 38 // another number of the channel
	NoteStatementCurrency    Note = 39 // another currency
	NoteStatementMerchant    Note = 40 // another merchant or app
	NoteStatementTooMuch     Note = 41 // more was given back than was paid
	NoteStatementFunds       Note = 42 // what moved on the balance is not what the statement of trades comes to
	NoteStatementMissing     Note = 43 // two days after a day with payments the channel has given no statement of it
	NoteStatementMany        Note = 44 // more does not agree than the list of exceptions takes: all of it is with the statement
)

// StopWhy is why an attempt is to end.
type StopWhy uint8

// The reasons. Numbers are on disk.
const (
	StopCashier  StopWhy = 1 // the cashier's stop key
	StopTimeout  StopWhy = 2 // the channel's documented limit
	StopSwitched StopWhy = 3 // another way or channel was chosen
	StopOtherWay StopWhy = 4 // money arrives, or may arrive, on another order of the same sale
)
