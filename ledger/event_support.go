package ledger

import "time"

// This file has the events about visitors: support people and remote supervisors who look in over SSH.

// VisitWish is who wants to come in, as the door has found it.
type VisitWish struct {
	Person string // by the configuration of the door
	Role   Role   // RoleSupport or RoleSupervisor
	Key    string // the fingerprint of the key that was used, SHA256:…, or what else has proven who it is
	Cert   string // a certificate's id and serial number; empty for a pinned key
	From   string // the address, or the word for the socket
}

// VisitBegan is somebody let in. The event's number is the visit's, from which its place follows (VisitPlace).
type VisitBegan struct{ VisitWish }

// VisitEnd is how a visit was, when it is over.
type VisitEnd struct {
	Why       VisitWhy
	Recording Hash   // of what the visitor was shown, sealed; none where nothing was recorded
	Bytes     uint64 // sent to the visitor
	Keys      uint64 // that the visitor has pressed
}

// VisitEnded is somebody gone.
type VisitEnded struct {
	Visit uint64
	VisitEnd
}

// VisitWhy says why a visit is over.
type VisitWhy string

// The reasons.
const (
	VisitLeft      VisitWhy = "left"       // by the visitor
	VisitIdle      VisitWhy = "idle"       // no key for too long
	VisitTime      VisitWhy = "time"       // as long as a visit may be
	VisitThrownOut VisitWhy = "thrown out" // by the counter
	VisitTill      VisitWhy = "till"       // the till is closing
	VisitCut       VisitWhy = "cut"        // by the door, or by a fault
)

// VisitWhys lists them.
var VisitWhys = []VisitWhy{VisitLeft, VisitIdle, VisitTime, VisitThrownOut, VisitTill, VisitCut}

// VisitSaid is a line of talk. The actor has said it.
type VisitSaid struct {
	Visit uint64 // whose visitor speaks; 0: the counter does, to everybody inside
	Text  string
}

// HandKind is what a visitor may ask the counter to do. Nothing that moves money, opens the drawer, or lets anybody work can be one.
type HandKind string

// The kinds.
const (
	HandQuery   HandKind = "query"   // ask the channel about a payment again
	HandReprint HandKind = "reprint" // print a sale's receipt again
	HandRestart HandKind = "restart" // close and open a device
	HandBundle  HandKind = "bundle"  // make a support bundle
)

// HandKinds lists all there are. Folding knows them: one that was ever written stays.
var HandKinds = []HandKind{HandQuery, HandReprint, HandRestart, HandBundle}

// HandWish is one thing that a visitor asks for. Of the three targets there is the kind's own, and no other.
type HandWish struct {
	What   HandKind
	Order  OrderNo    // of HandQuery
	Sale   SaleID     // of HandReprint
	Device DeviceKind // of HandRestart
	Why    string     // the visitor's words, or empty
}

// HandAsked is a visitor's wish, which waits for somebody at the counter. The actor is the visitor.
type HandAsked struct {
	Visit uint64
	HandWish
}

// HandAnswered is what the counter has said to it. The actor is whoever has pressed the key; who asked stands in the event asked.
type HandAnswered struct {
	Asked uint64 // the event that asked
	Yes   bool
}

// DoorLocked lets nobody in until then, and drops what visitors have asked for.
type DoorLocked struct{ Until time.Time }

// DoorUnlocked lets people in again before that.
type DoorUnlocked struct{}

func (*VisitBegan) Kind() Kind   { return KindVisitBegan }
func (*VisitEnded) Kind() Kind   { return KindVisitEnded }
func (*VisitSaid) Kind() Kind    { return KindVisitSaid }
func (*HandAsked) Kind() Kind    { return KindHandAsked }
func (*HandAnswered) Kind() Kind { return KindHandAnswered }
func (*DoorLocked) Kind() Kind   { return KindDoorLocked }
func (*DoorUnlocked) Kind() Kind { return KindDoorUnlocked }

// newSupportBody is newBody for these kinds; nil for every other one.
func newSupportBody(kind Kind) Body {
	switch kind {
	case KindVisitBegan:
		return new(VisitBegan)
	case KindVisitEnded:
		return new(VisitEnded)
	case KindVisitSaid:
		return new(VisitSaid)
	case KindHandAsked:
		return new(HandAsked)
	case KindHandAnswered:
		return new(HandAnswered)
	case KindDoorLocked:
		return new(DoorLocked)
	case KindDoorUnlocked:
		return new(DoorUnlocked)
	}
	return nil
}

func (w *VisitWish) fields(c *codec) {
	text(c, 1, &w.Person)
	text(c, 2, &w.Role)
	text(c, 3, &w.Key)
	text(c, 4, &w.Cert)
	text(c, 5, &w.From)
}

func (b *VisitEnded) fields(c *codec) {
	number(c, 1, &b.Visit)
	text(c, 2, &b.Why)
	c.fixed(3, b.Recording[:])
	number(c, 4, &b.Bytes)
	number(c, 5, &b.Keys)
}

func (b *VisitSaid) fields(c *codec) {
	number(c, 1, &b.Visit)
	text(c, 2, &b.Text)
}

func (w *HandWish) fields(c *codec) {
	text(c, 1, &w.What)
	text(c, 2, &w.Order)
	text(c, 3, &w.Sale)
	text(c, 4, &w.Device)
	text(c, 5, &w.Why)
}

func (b *HandAsked) fields(c *codec) {
	b.HandWish.fields(c)
	number(c, 6, &b.Visit)
}

func (b *HandAnswered) fields(c *codec) {
	number(c, 1, &b.Asked)
	c.bool(2, &b.Yes)
}

func (b *DoorLocked) fields(c *codec) { c.time(1, &b.Until) }

func (*DoorUnlocked) fields(*codec) {}

// What a State keeps of visitors, in a snapshot.

func (i *inside) fields(c *codec) {
	list(c, 1, &i.visits)
	list(c, 2, &i.hands)
	list(c, 3, &i.talk)
	c.time(4, &i.lockedUntil)
}

func (v *Visit) fields(c *codec) {
	v.VisitWish.fields(c)
	number(c, 6, &v.Number)
	c.time(7, &v.Since)
	number(c, 8, &v.Said)
	number(c, 9, &v.Asked)
}

func (h *Hand) fields(c *codec) {
	h.HandWish.fields(c)
	number(c, 6, &h.Asked)
	number(c, 7, &h.Visit)
	text(c, 8, &h.Person)
	c.time(9, &h.At)
}

func (l *TalkLine) fields(c *codec) {
	number(c, 1, &l.Event)
	number(c, 2, &l.Visit)
	text(c, 3, &l.Person)
	c.time(4, &l.At)
	text(c, 5, &l.Text)
}
