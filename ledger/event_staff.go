package ledger

import "bytes"

// This file has the events about people. Person names are the shop's own; what somebody typed in the place of one is never kept,
// because it may be a PIN.

// StaffSet is how a person stands from now on.
type StaffSet struct {
	Person  string
	Role    Role
	Learner bool
	Gone    bool
	Badge   Mark
}

// PINSet is a person's new PIN, as a verifier.
type PINSet struct {
	Person string
	Check  PINCheck
}

// SignedIn begins the actor's session at the actor's place, or unlocks it.
type SignedIn struct{}

// SignedOut ends the session at the actor's place.
type SignedOut struct {
	Person string
	Why    SignOutWhy
}

// ScreenLocked keeps the session at the actor's place, and nothing can be done in it.
type ScreenLocked struct {
	Person string
	Why    SignOutWhy
}

// PINFailed is a wrong PIN. Person is empty when it was nobody's.
type PINFailed struct {
	Person string
	What   string // what it was keyed for
}

// PINsLost is the key of the PINs gone for good: no PIN is anybody's any more, and a supervisor is made anew.
type PINsLost struct{}

// SignOutWhy says why a session ended, or was locked.
type SignOutWhy string

// The reasons.
const (
	SignOutKey      SignOutWhy = "key"      // by hand
	SignOutSwitched SignOutWhy = "switched" // somebody else has signed in
	SignOutIdle     SignOutWhy = "idle"     // nobody has touched the till for a while
	SignOutDone     SignOutWhy = "done"     // a command, or the till, has ended
)

func (*StaffSet) Kind() Kind     { return KindStaffSet }
func (*PINSet) Kind() Kind       { return KindPINSet }
func (*SignedIn) Kind() Kind     { return KindSignedIn }
func (*SignedOut) Kind() Kind    { return KindSignedOut }
func (*ScreenLocked) Kind() Kind { return KindScreenLocked }
func (*PINFailed) Kind() Kind    { return KindPINFailed }
func (*PINsLost) Kind() Kind     { return KindPINsLost }

func (*PINsLost) fields(*codec) {}

func (b *StaffSet) fields(c *codec) {
	text(c, 1, &b.Person)
	text(c, 2, &b.Role)
	c.bool(3, &b.Learner)
	c.bool(4, &b.Gone)
	c.fixed(5, b.Badge[:])
}

func (b *PINSet) fields(c *codec) {
	text(c, 1, &b.Person)
	c.nested(2, &b.Check, true)
}

func (b *SignedIn) fields(*codec) {}

func (b *SignedOut) fields(c *codec) {
	text(c, 1, &b.Person)
	text(c, 2, &b.Why)
}

func (b *ScreenLocked) fields(c *codec) {
	text(c, 1, &b.Person)
	text(c, 2, &b.Why)
}

func (b *PINFailed) fields(c *codec) {
	text(c, 1, &b.Person)
	text(c, 2, &b.What)
}

func (v *PINCheck) fields(c *codec) {
	c.blob(1, v.Salt, func(b []byte) { v.Salt = bytes.Clone(b) })
	number(c, 2, &v.Passes)
	number(c, 3, &v.Memory)
	number(c, 4, &v.Threads)
	c.blob(5, v.Hash, func(b []byte) { v.Hash = bytes.Clone(b) })
	c.fixed(6, v.Pepper[:])
}

func (p *Person) fields(c *codec) {
	text(c, 1, &p.Name)
	text(c, 2, &p.Role)
	c.bool(3, &p.Learner)
	c.bool(4, &p.Gone)
	c.fixed(5, p.Badge[:])
	c.nested(6, &p.Check, p.HasPIN())
	number(c, 7, &p.Failed)
	number(c, 8, &p.FailedCommand)
}

// seat is a session with its place, in a snapshot.
type seat struct {
	place string
	Session
}

func (s *seat) fields(c *codec) {
	text(c, 1, &s.place)
	text(c, 2, &s.Person)
	c.bool(3, &s.Locked)
}
