package ledger

import (
	"fmt"
	"time"
)

// Kind numbers the kinds of events. A number is never reused and a kind never changes its meaning: a later need gets a
// new kind, or a new field in an old one with a number that was never used (codec.go has the rules for bytes).
type Kind uint16

// The kinds of events.
const (
	KindOpened            Kind = 1
	KindClosed            Kind = 2
	KindSaleOpened        Kind = 3
	KindSaleDropped       Kind = 4
	KindSaleSetAside      Kind = 5
	KindCodeRefused       Kind = 6
	KindAttemptOpened     Kind = 7
	KindAttemptAsked      Kind = 8
	KindAttemptAnswered   Kind = 9
	KindAttemptStopped    Kind = 10
	KindMaintained        Kind = 11
	KindEpochBegun        Kind = 12
	KindDaySealed         Kind = 13
	KindSaleRecalled      Kind = 14
	KindRefundOpened      Kind = 15
	KindRefundSent        Kind = 16
	KindRefundAnswered    Kind = 17
	KindResolved          Kind = 18
	KindStaffSet          Kind = 19
	KindPINSet            Kind = 20
	KindSignedIn          Kind = 21
	KindSignedOut         Kind = 22
	KindScreenLocked      Kind = 23
	KindPINFailed         Kind = 24
	KindTenderTaken       Kind = 25
	KindTenderProven      Kind = 26
	KindTenderReturned    Kind = 27
	KindSaleNoted         Kind = 28
	KindSaleHeld          Kind = 29
	KindSaleResumed       Kind = 30
	KindShiftOpened       Kind = 31
	KindCashMoved         Kind = 32
	KindDrawerOpened      Kind = 33
	KindCashCounted       Kind = 34
	KindShiftClosed       Kind = 35
	KindReported          Kind = 36
	KindDayClosed         Kind = 37
	KindReprinted         Kind = 38
	KindTrainingBegan     Kind = 39
	KindTrainingEnded     Kind = 40
	KindPINsLost          Kind = 41
	KindStatementTaken    Kind = 42
	KindStatementMatched  Kind = 43
	KindStatementDiffered Kind = 44
	KindStatementCompared Kind = 45
	KindVisitBegan        Kind = 46
	KindVisitEnded        Kind = 47
	KindVisitSaid         Kind = 48
	KindHandAsked         Kind = 49
	KindHandAnswered      Kind = 50
	KindDoorLocked        Kind = 51
	KindDoorUnlocked      Kind = 52
)

// Event is one immutable fact. Seq has no gaps and is the only order; At is for people.
type Event struct {
	Seq   uint64
	Epoch uint32
	Actor Actor
	At    time.Time // wall clock, milliseconds, UTC
	Day   Day       // business day at the time of the event
	Prev  Hash      // link to the event before
	Tasks []Task    // what this event owes the outside world
	Body  Body
}

// Body is what happened. Every kind has one type.
type Body interface {
	message
	Kind() Kind
}

// Opened is the ledger's opening. Salt is the random part of the order numbers made until the next opening.
type Opened struct {
	Till, Mode, Version, Salt string
}

// Closed is an orderly end.
type Closed struct{ Why string }

// SaleOpened is an amount settled by the cashier.
type SaleOpened struct {
	Sale   SaleID
	Amount Money
	Quiet  bool // settled by a scan after a pause, not by Enter
}

// SaleDropped is a sale given up before anything was paid on it.
type SaleDropped struct {
	Sale SaleID
	Why  string
}

// SaleSetAside takes a sale whose end is not known yet off the screen; the till goes on resolving it.
type SaleSetAside struct{ Sale SaleID }

// CodeRefused is a scan that was not charged. It never holds the text: four digits and a keyed mark at most.
type CodeRefused struct {
	Why   Reason
	Looks Looks
	Last4 string
	Mark  Mark
	Sale  SaleID
}

// AttemptOpened is the intent to ask one channel for the sale's money, or for a part of it, under a fresh order number.
type AttemptOpened struct {
	Order         OrderNo
	Sale          SaleID
	Channel       Channel
	Way           Way
	Amount        Money
	Merchant, App string    // what a confirming answer must name
	Last4         string    // of the customer code
	Mark          Mark      // of the customer code
	Expires       time.Time // no payment can begin on this order afterwards
}

// AttemptAsked is written before the first byte of a request that can move money leaves.
type AttemptAsked struct {
	Order   OrderNo
	Request Request
}

// AttemptAnswered is what came of a request, and what the attempt became by it.
type AttemptAnswered struct {
	Answer
	Became AttemptState
}

// AttemptStopped is the wish to end an attempt: by the cashier, a time-out, or because another way was chosen.
type AttemptStopped struct {
	Order  OrderNo
	Why    StopWhy
	Became AttemptState
}

// Maintained is work on the ledger's files themselves: a repair from the other copy, a restored backup, a new master key.
// It is done where no event can be written, kept beside the ledger, and appended at the next opening; power that fails in
// between can bring it twice, never not at all.
type Maintained struct {
	Work     Work
	File     string // in the data folder
	From, To uint64 // events taken from the other copy; both zero when only the file was
	What     string // what was wrong, for support
}

// EpochBegun is an authorised person's word that this folder is the one that goes on: it was copied, restored, or moved.
// It raises Event.Epoch by one, which no other kind does.
type EpochBegun struct {
	Why     string
	Outside Head // the last head that was seen outside the folder, where it is later than the ledger's: what lies between is lost
}

// SaleRecalled brings a sale of the past back into the working set, because something is to be done about it. It carries
// the sale as its own events have made it, which the Book has checked: folding asks nobody.
type SaleRecalled struct{ Sale Sale }

// RefundOpened is the intent to give money back on a paid order under a fresh refund number.
type RefundOpened struct {
	Refund RefundNo
	Order  OrderNo
	Amount Money
	Cause  RefundCause
	Why    string // the person's reason
}

// RefundSent is written before the first byte of a refund leaves.
type RefundSent struct {
	Refund RefundNo
	Order  OrderNo
}

// RefundAnswered is what came of a request about a refund, and what the refund became by it.
type RefundAnswered struct {
	Answer
	Became RefundState
}

// Resolved is a person's word that an entry of the list of exceptions is settled.
type Resolved struct {
	Exception uint64 // the event that has put it there
	Note      string // what was done about it
	Returned  Money  // what was given back by hand, outside the channel
	Order     OrderNo
	Refund    RefundNo // empty where the entry is about the payment
}

// Work is a kind of work on the ledger's files.
type Work string

// The kinds of work.
const (
	WorkRepair  Work = "repair"
	WorkRestore Work = "restore"
	WorkRekey   Work = "rekey"
)

func (*Opened) Kind() Kind          { return KindOpened }
func (*Closed) Kind() Kind          { return KindClosed }
func (*SaleOpened) Kind() Kind      { return KindSaleOpened }
func (*SaleDropped) Kind() Kind     { return KindSaleDropped }
func (*SaleSetAside) Kind() Kind    { return KindSaleSetAside }
func (*CodeRefused) Kind() Kind     { return KindCodeRefused }
func (*AttemptOpened) Kind() Kind   { return KindAttemptOpened }
func (*AttemptAsked) Kind() Kind    { return KindAttemptAsked }
func (*AttemptAnswered) Kind() Kind { return KindAttemptAnswered }
func (*AttemptStopped) Kind() Kind  { return KindAttemptStopped }
func (*Maintained) Kind() Kind      { return KindMaintained }
func (*EpochBegun) Kind() Kind      { return KindEpochBegun }
func (*DaySealed) Kind() Kind       { return KindDaySealed }
func (*SaleRecalled) Kind() Kind    { return KindSaleRecalled }
func (*RefundOpened) Kind() Kind    { return KindRefundOpened }
func (*RefundSent) Kind() Kind      { return KindRefundSent }
func (*RefundAnswered) Kind() Kind  { return KindRefundAnswered }
func (*Resolved) Kind() Kind        { return KindResolved }

func newBody(kind Kind) (Body, error) {
	switch kind {
	case KindOpened:
		return new(Opened), nil
	case KindClosed:
		return new(Closed), nil
	case KindSaleOpened:
		return new(SaleOpened), nil
	case KindSaleDropped:
		return new(SaleDropped), nil
	case KindSaleSetAside:
		return new(SaleSetAside), nil
	case KindCodeRefused:
		return new(CodeRefused), nil
	case KindAttemptOpened:
		return new(AttemptOpened), nil
	case KindAttemptAsked:
		return new(AttemptAsked), nil
	case KindAttemptAnswered:
		return new(AttemptAnswered), nil
	case KindAttemptStopped:
		return new(AttemptStopped), nil
	case KindMaintained:
		return new(Maintained), nil
	case KindEpochBegun:
		return new(EpochBegun), nil
	case KindDaySealed:
		return new(DaySealed), nil
	case KindSaleRecalled:
		return new(SaleRecalled), nil
	case KindRefundOpened:
		return new(RefundOpened), nil
	case KindRefundSent:
		return new(RefundSent), nil
	case KindRefundAnswered:
		return new(RefundAnswered), nil
	case KindResolved:
		return new(Resolved), nil
	case KindStaffSet:
		return new(StaffSet), nil
	case KindPINSet:
		return new(PINSet), nil
	case KindSignedIn:
		return new(SignedIn), nil
	case KindSignedOut:
		return new(SignedOut), nil
	case KindScreenLocked:
		return new(ScreenLocked), nil
	case KindPINFailed:
		return new(PINFailed), nil
	case KindTenderTaken:
		return new(TenderTaken), nil
	case KindTenderProven:
		return new(TenderProven), nil
	case KindTenderReturned:
		return new(TenderReturned), nil
	case KindSaleNoted:
		return new(SaleNoted), nil
	case KindSaleHeld:
		return new(SaleHeld), nil
	case KindSaleResumed:
		return new(SaleResumed), nil
	case KindPINsLost:
		return new(PINsLost), nil
	case KindTrainingBegan:
		return new(TrainingBegan), nil
	case KindTrainingEnded:
		return new(TrainingEnded), nil
	}
	for _, of := range []func(Kind) Body{newShiftBody, newStatementBody, newSupportBody} {
		if body := of(kind); body != nil {
			return body, nil
		}
	}
	return nil, fmt.Errorf("%w: event kind %d is not known to this version", errEncoding, kind)
}

func (b *Opened) fields(c *codec) {
	text(c, 1, &b.Till)
	text(c, 2, &b.Mode)
	text(c, 3, &b.Version)
	text(c, 4, &b.Salt)
}

func (b *Closed) fields(c *codec) { text(c, 1, &b.Why) }

func (b *SaleOpened) fields(c *codec) {
	text(c, 1, &b.Sale)
	c.money(2, &b.Amount)
	c.bool(3, &b.Quiet)
}

func (b *SaleDropped) fields(c *codec) {
	text(c, 1, &b.Sale)
	text(c, 2, &b.Why)
}

func (b *SaleSetAside) fields(c *codec) { text(c, 1, &b.Sale) }

func (b *CodeRefused) fields(c *codec) {
	text(c, 1, &b.Why)
	text(c, 2, &b.Looks)
	text(c, 3, &b.Last4)
	c.fixed(4, b.Mark[:])
	text(c, 5, &b.Sale)
}

func (b *AttemptOpened) fields(c *codec) {
	text(c, 1, &b.Order)
	text(c, 2, &b.Sale)
	text(c, 3, &b.Channel)
	number(c, 4, &b.Way)
	c.money(5, &b.Amount)
	text(c, 6, &b.Merchant)
	text(c, 7, &b.App)
	text(c, 8, &b.Last4)
	c.fixed(9, b.Mark[:])
	c.time(10, &b.Expires)
}

func (b *AttemptAsked) fields(c *codec) {
	text(c, 1, &b.Order)
	number(c, 2, &b.Request)
}

func (b *AttemptAnswered) fields(c *codec) {
	number(c, 1, &b.Became)
	c.nested(2, &b.Answer, true)
}

func (a *Answer) fields(c *codec) {
	text(c, 1, &a.Order)
	number(c, 2, &a.Request)
	number(c, 3, &a.Class)
	c.bool(4, &a.Verified)
	number(c, 5, &a.Began)
	c.time(6, &a.BeganAt)
	c.time(7, &a.EndedAt)
	c.nested(8, &a.Named, a.Named != (Named{}))
	text(c, 9, &a.QR)
	text(c, 10, &a.Code)
	text(c, 11, &a.Message)
	number(c, 12, &a.Note)
	c.bool(13, &a.Returned)
	text(c, 14, &a.Refund)
}

func (n *Named) fields(c *codec) {
	text(c, 1, &n.Order)
	c.money(2, &n.Amount)
	text(c, 3, &n.Merchant)
	text(c, 4, &n.App)
	text(c, 5, &n.ChannelNo)
	c.time(6, &n.PaidAt)
	text(c, 7, &n.Refund)
}

func (b *AttemptStopped) fields(c *codec) {
	text(c, 1, &b.Order)
	number(c, 2, &b.Why)
	number(c, 3, &b.Became)
}

func (b *Maintained) fields(c *codec) {
	text(c, 1, &b.Work)
	text(c, 2, &b.File)
	number(c, 3, &b.From)
	number(c, 4, &b.To)
	text(c, 5, &b.What)
}

func (b *EpochBegun) fields(c *codec) {
	text(c, 1, &b.Why)
	c.nested(2, &b.Outside, b.Outside != (Head{}))
}

func (b *SaleRecalled) fields(c *codec) { c.nested(1, &b.Sale, true) }

func (b *RefundOpened) fields(c *codec) {
	text(c, 1, &b.Refund)
	text(c, 2, &b.Order)
	c.money(3, &b.Amount)
	number(c, 4, &b.Cause)
	text(c, 5, &b.Why)
}

func (b *RefundSent) fields(c *codec) {
	text(c, 1, &b.Refund)
	text(c, 2, &b.Order)
}

func (b *RefundAnswered) fields(c *codec) {
	number(c, 1, &b.Became)
	c.nested(2, &b.Answer, true)
}

func (b *Resolved) fields(c *codec) {
	number(c, 1, &b.Exception)
	text(c, 2, &b.Note)
	c.money(3, &b.Returned)
	text(c, 4, &b.Order)
	text(c, 5, &b.Refund)
}

func (a *Actor) fields(c *codec) {
	text(c, 1, &a.Person)
	text(c, 2, &a.Role)
	text(c, 3, &a.Place)
	text(c, 4, &a.Approver)
}

func (t *Task) fields(c *codec) {
	number(c, 1, &t.Kind)
	text(c, 2, &t.Order)
	text(c, 3, &t.Refund)
}

// envelope is an Event on its way to or from bytes.
type envelope struct {
	Event
	kind Kind
	body []byte
}

func (e *envelope) fields(c *codec) {
	number(c, 1, &e.Seq)
	number(c, 2, &e.Epoch)
	number(c, 3, &e.kind)
	c.nested(4, &e.Actor, e.Actor != (Actor{}))
	c.time(5, &e.At)
	number(c, 6, &e.Day)
	c.fixed(7, e.Prev[:])
	c.blob(8, e.body, func(b []byte) { e.body = b })
	list(c, 9, &e.Tasks)
}

// formatVersion is the first byte of every stored event.
const formatVersion = 1

// Encode gives the event's stored bytes. They are what is hashed, sealed and kept; nothing re-encodes them.
func (e *Event) Encode() []byte {
	env := envelope{Event: *e, kind: e.Body.Kind(), body: encode(e.Body)}
	return append([]byte{formatVersion}, encode(&env)...)
}

// DecodeEvent reads stored bytes. It fails on damage and on a format or kind of a later version.
func DecodeEvent(stored []byte) (Event, error) {
	if len(stored) == 0 || len(stored) > maxEvent || stored[0] != formatVersion {
		return Event{}, fmt.Errorf("%w: not an event of format %d", errEncoding, formatVersion)
	}
	var env envelope
	if err := decode(stored[1:], &env); err != nil {
		return Event{}, err
	}
	body, err := newBody(env.kind)
	if err != nil {
		return Event{}, err
	}
	if err := decode(env.body, body); err != nil {
		return Event{}, fmt.Errorf("event %d: %w", env.Seq, err)
	}
	env.Body = body
	return env.Event, nil
}
