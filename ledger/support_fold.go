package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// This file folds what is put down about visitors. What they may do at all is in support.go.

// placeVisit begins the place of every visitor.
const placeVisit = "ssh "

// VisitPlace is where a visitor is: "ssh 7". Nobody signs in there, and who is there has no right of the table.
func VisitPlace(visit uint64) string { return fmt.Sprint(placeVisit, visit) }

// Visiting reports whether the actor looks in from outside.
func (a Actor) Visiting() bool { return strings.HasPrefix(a.Place, placeVisit) }

// Visit is somebody who is inside.
type Visit struct {
	Number uint64 // of the event that has let them in
	Since  time.Time
	Said   uint32 // lines of talk so far
	Asked  uint32 // hands asked for so far
	VisitWish
}

// Actor is the visitor on the events of the visit.
func (v *Visit) Actor() Actor {
	return Actor{Person: v.Person, Role: v.Role, Place: VisitPlace(v.Number)}
}

// Hand is what a visitor has asked for, and nobody has answered yet.
type Hand struct {
	Asked  uint64 // the event that asked; AnswerHand takes it
	Visit  uint64
	Person string // who asks
	At     time.Time
	HandWish
}

// TalkLine is a line of talk.
type TalkLine struct {
	Event  uint64
	Visit  uint64 // whose visitor spoke; 0: the counter
	Person string
	At     time.Time
	Text   string
}

// keptTalk bounds the lines kept for a screen. All of them are in the journal.
const keptTalk = 20

// inside is what is known of visitors now.
type inside struct {
	visits      []Visit // in the order in which they came
	hands       []Hand  // one for each visit at most
	talk        []TalkLine
	lockedUntil time.Time // wall clock; stays when that has passed
}

func (i *inside) nothing() bool {
	return len(i.visits) == 0 && len(i.hands) == 0 && len(i.talk) == 0 && i.lockedUntil.IsZero()
}

// Visits lists who is inside, who came first before. Whoever is not in it any more must be shown nothing: an opening of the ledger, also
// the one after a failed write, ends all visits.
func (s *State) Visits() []Visit { return slices.Clone(s.inside.visits) }

// Hands lists what waits for an answer, the oldest first.
func (s *State) Hands() []Hand { return slices.Clone(s.inside.hands) }

// Talk gives the last lines of those who are inside now, and of the counter to them; the oldest first.
func (s *State) Talk() []TalkLine { return slices.Clone(s.inside.talk) }

// DoorLockedUntil is until when nobody is let in, on the wall clock. It may be past; zero: the door was not locked, or is open again.
func (s *State) DoorLockedUntil() time.Time { return s.inside.lockedUntil }

// visit finds a visit that is open, or gives nil.
func (s *State) visit(number uint64) *Visit {
	at := slices.IndexFunc(s.inside.visits, func(v Visit) bool { return v.Number == number })
	if at < 0 {
		return nil
	}
	return &s.inside.visits[at]
}

// visitorAt gives the visitor who is at a place; nobody when the visit is over.
func (s *State) visitorAt(place Actor) Actor {
	for i := range s.inside.visits {
		if v := s.inside.visits[i].Actor(); v.Place == place.Place {
			return v
		}
	}
	return place
}

// without drops what is over; nothing is nil, as in a snapshot.
func without[T any](list []T, over func(T) bool) []T {
	if list = slices.DeleteFunc(list, over); len(list) == 0 {
		return nil
	}
	return list
}

var (
	errNoVisit = errors.New("nobody is inside with this number")
	errNoHand  = errors.New("nobody waits for this answer")
	errVisitor = errors.New("the actor is not the visitor")
	errHand    = errors.New("that is nothing to ask for")
	errSaid    = errors.New("nothing was said, or to nobody")
	errLock    = errors.New("the door cannot be locked so")
)

// applySupport folds what visitors do, and what is done about them.
func (s *State) applySupport(e *Event) error {
	var err error
	switch b := e.Body.(type) {
	case *VisitBegan:
		err = s.visitBegan(e, b)
	case *VisitEnded:
		err = s.visitEnded(b)
	case *VisitSaid:
		err = s.visitSaid(e, b)
	case *HandAsked:
		err = s.handAsked(e, b)
	case *HandAnswered:
		err = s.handAnswered(e, b)
	case *DoorLocked:
		if !b.Until.After(e.At) {
			err = errLock
			break
		}
		s.inside.hands, s.inside.lockedUntil = nil, b.Until
	case *DoorUnlocked:
		if s.inside.lockedUntil.IsZero() || e.Actor.Visiting() {
			err = errLock
			break
		}
		s.inside.lockedUntil = time.Time{}
	}
	if err != nil {
		return RefuseBecause(ReasonStateForbidden, err)
	}
	s.startDay(e.Day)
	return nil
}

// visitsEnd: the process that had the visitors is gone, and so are they. A locked door stays locked.
func (s *State) visitsEnd() { s.inside = inside{lockedUntil: s.inside.lockedUntil} }

func (s *State) visitBegan(e *Event, b *VisitBegan) error {
	v := Visit{Number: e.Seq, Since: e.At, VisitWish: b.VisitWish}
	if e.Actor != v.Actor() || v.Person == "" || v.Role != RoleSupport && v.Role != RoleSupervisor {
		return errVisitor
	}
	if e.At.Before(s.inside.lockedUntil) {
		return errLock
	}
	s.inside.visits = append(s.inside.visits, v)
	return nil
}

func (s *State) visitEnded(b *VisitEnded) error {
	if s.visit(b.Visit) == nil {
		return errNoVisit
	}
	s.inside.visits = without(s.inside.visits, func(v Visit) bool { return v.Number == b.Visit })
	s.inside.hands = without(s.inside.hands, func(h Hand) bool { return h.Visit == b.Visit })
	alone := len(s.inside.visits) == 0
	s.inside.talk = without(s.inside.talk, func(l TalkLine) bool { return l.Visit == b.Visit || alone })
	return nil
}

// speaks finds the visit whose visitor the actor is.
func (s *State) speaks(visit uint64, actor Actor) (*Visit, error) {
	switch v := s.visit(visit); {
	case v == nil:
		return nil, errNoVisit
	case actor != v.Actor():
		return nil, errVisitor
	default:
		return v, nil
	}
}

func (s *State) visitSaid(e *Event, b *VisitSaid) error {
	switch {
	case b.Text == "", b.Visit == 0 && len(s.inside.visits) == 0:
		return errSaid
	case b.Visit == 0 && e.Actor.Visiting():
		return errVisitor
	case b.Visit != 0:
		v, err := s.speaks(b.Visit, e.Actor)
		if err != nil {
			return err
		}
		v.Said++
	}
	talk := append(s.inside.talk, TalkLine{Event: e.Seq, Visit: b.Visit, Person: e.Actor.Person, At: e.At, Text: b.Text})
	s.inside.talk = slices.Clone(talk[max(0, len(talk)-keptTalk):])
	return nil
}

// fits reports whether a wish is one of the kinds, with the target that it needs and no other.
func (w *HandWish) fits() bool {
	order, sale, device := w.Order != "", w.Sale != "", w.Device != ""
	return slices.Contains(HandKinds, w.What) &&
		order == (w.What == HandQuery) && sale == (w.What == HandReprint) && device == (w.What == HandRestart)
}

func (s *State) handAsked(e *Event, b *HandAsked) error {
	v, err := s.speaks(b.Visit, e.Actor)
	if err = cmp.Or(err, s.waits(b.Visit)); err != nil {
		return err
	}
	if !b.fits() {
		return errHand
	}
	v.Asked++
	s.inside.hands = append(s.inside.hands, Hand{Asked: e.Seq, Visit: b.Visit, Person: v.Person, At: e.At, HandWish: b.HandWish})
	return nil
}

// waits tells that a visitor has asked for something already.
func (s *State) waits(visit uint64) error {
	if slices.ContainsFunc(s.inside.hands, func(h Hand) bool { return h.Visit == visit }) {
		return errHand
	}
	return nil
}

func (s *State) handAnswered(e *Event, b *HandAnswered) error {
	if e.Actor.Visiting() {
		return errVisitor
	}
	left := without(slices.Clone(s.inside.hands), func(h Hand) bool { return h.Asked == b.Asked })
	if len(left) == len(s.inside.hands) {
		return errNoHand
	}
	s.inside.hands = left
	return nil
}
