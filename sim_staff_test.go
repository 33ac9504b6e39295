package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"golang.org/x/crypto/argon2"

	"guitai/ledger"
)

// This file is who works at the counter: people with PINs, who sign in and out, and agree to what others want.

// Places at which people sign in: the counter, and the supervisors' own screen.
const atCounter, atOffice = "console", "office"

// staffPIN are the people of the shop and their PINs.
var staffPIN = map[string]string{"anna": "1357", "bert": "2468", "wang": "8642", "zhao": "9753"}

var staffCashiers, staffBosses = []string{"anna", "bert"}, []string{"wang", "zhao"}

func roleOf(person string) ledger.Role {
	if person == staffBosses[0] || person == staffBosses[1] {
		return ledger.RoleSupervisor
	}
	return ledger.RoleCashier
}

func actorOf(person, place string) ledger.Actor {
	return ledger.Actor{Person: person, Role: roleOf(person), Place: place}
}

var simPepper = []byte("pepper of a simulated shop")

// staffStore is the ledger of a till whose people were added long ago. Their PINs are as cheap to check as argon2id can be: a
// verifier says how dear it is, so a journal may hold cheaper ones than a till makes.
func staffStore() *ledger.Memory {
	bodies := []ledger.Body{&ledger.Opened{Till: "T1", Mode: "sandbox", Salt: "SIMULATE"}}
	for _, person := range append(staffCashiers[:2:2], staffBosses...) {
		bodies = append(bodies, &ledger.StaffSet{Person: person, Role: roleOf(person)}, &ledger.PINSet{Person: person, Check: cheapCheck(staffPIN[person])})
	}
	at := time.Date(1999, 12, 1, 9, 0, 0, 0, time.UTC)
	var records [][]byte
	var prev ledger.Hash
	for i, body := range bodies {
		e := ledger.Event{Seq: uint64(i + 1), Epoch: 1, Actor: ledger.Till, At: at, Day: ledger.Calendar{}.Day(at), Prev: prev, Body: body}
		stored := e.Encode()
		records, prev = append(records, stored), ledger.HashOf(stored)
	}
	store, err := ledger.MemoryOf(records)
	if err != nil {
		panic(err)
	}
	return store
}

func cheapCheck(pin string) ledger.PINCheck {
	keyed := func(text string) []byte {
		mac := hmac.New(sha256.New, simPepper)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	c := ledger.PINCheck{Salt: []byte("salt of sixteen."), Passes: 1, Memory: 8, Threads: 1}
	c.Hash = argon2.IDKey(keyed(pin), c.Salt, c.Passes, c.Memory, uint8(c.Threads), 32)
	copy(c.Pepper[:], keyed("pepper of the PINs"))
	return c
}

func pinOf(person string, right bool) ledger.PIN {
	if !right {
		return ledger.NewPIN([]byte("0852"))
	}
	return ledger.NewPIN([]byte(staffPIN[person]))
}

// wishing is what somebody wants at this moment, as the oracle knows it.
type wishing struct {
	actor   ledger.Actor
	kind    ledger.Kind     // of the event that comes of it; 0: of a sale's everyday, or none
	second  string          // whose right and fresh consent was handed in for this very wish; empty: nobody's
	needs   bool            // somebody else has to agree
	consent *ledger.Consent // a fresh one, right or not
	enters  string          // who proves by a PIN that they take the place
	proves  bool            // and it is the right one
	tries   string          // whose PIN is tried, and is wrong
	body    ledger.Body     // what the event has to say, as far as the person said it
	met     int             // events that have come of it
}

// does is an everyday intent of whoever works at the counter.
func (s *sim) does(do func(ledger.Actor) error) error {
	if s.desk == nil {
		return do(ledger.Trainee)
	}
	w := &wishing{actor: s.works()}
	return s.wants(w, func() error { return do(w.actor) })
}

// wants lets somebody want something: what was acknowledged is durable, and what was refused is not.
func (s *sim) wants(w *wishing, do func() error) error {
	if s.desk == nil {
		return do()
	}
	if !s.up() {
		return errDead
	}
	s.desk.wish = w
	p, stopped := s.proc, s.proc.book.Err() != nil
	err := do()
	s.desk.wish = nil
	if w.consent != nil {
		s.desk.spent = w.consent // whatever came of this wish, it serves no other
	}
	if !stopped && ledger.ReasonOf(err) == ledger.ReasonLedgerStopped {
		s.desk.proven(w)
	}
	if p.dead.Load() || p.book.Err() != nil || w.kind == 0 {
		return err
	}
	if err == nil && w.met != 1 {
		s.breaks("C3", "%s is told that it is done (kind %d), and %d events say so", w.actor.Person, w.kind, w.met)
	}
	if err != nil && w.met != 0 {
		s.breaks("C3", "%s is refused (kind %d: %v), and it is done", w.actor.Person, w.kind, err)
	}
	return err
}

// proven: a right PIN ends the count of wrong ones, also where what it was for could not be written.
func (k *desk) proven(w *wishing) {
	if w.proves {
		k.tries[w.enters] = tries{}
	}
	if w.second != "" {
		k.tries[w.second] = tries{}
	}
}

// works gives whoever stands at the counter. Where nobody is signed in, or the screen is locked, somebody signs in first; now and
// then they forget to.
func (s *sim) works() ledger.Actor {
	d := dice(mix(s.seed, 60, uint64(s.unit), s.desk.turn()))
	seat := s.desk.seats[atCounter]
	person := seat.person
	if person == "" {
		person = staffCashiers[d.n(2)]
	}
	if (seat.person == "" || seat.locked) && !d.chance(0.04) {
		if d.chance(0.06) {
			s.signsIn(atCounter, person, false)
		}
		if s.signsIn(atCounter, person, true) != nil {
			person = staffBosses[d.n(2)]
			s.signsIn(atCounter, person, true)
		}
	}
	return actorOf(person, atCounter)
}

// boss gives a supervisor who works at the office.
func (s *sim) boss() ledger.Actor {
	seat := s.desk.seats[atOffice]
	if seat.person == "" || seat.locked {
		d := dice(mix(s.seed, 61, uint64(s.unit), s.desk.turn()))
		person := staffBosses[d.n(2)]
		s.signsIn(atOffice, person, true)
		return actorOf(person, atOffice)
	}
	return actorOf(seat.person, atOffice)
}

func (s *sim) signsIn(place, person string, right bool) error {
	w := &wishing{actor: ledger.Actor{Person: ledger.Till.Person, Role: ledger.RoleTill, Place: place}, enters: person, proves: right, kind: ledger.KindSignedIn}
	if !right {
		w.tries = person
	}
	err := s.wants(w, func() error {
		actor, err := s.proc.book.SignIn(simCtx, place, person, pinOf(person, right), "")
		if err == nil && actor != actorOf(person, place) {
			s.breaks("C1", "%s has signed in and is called %+v", person, actor)
		}
		return err
	})
	s.say("%s signs in at the %s, PIN right: %v%s", person, place, right, because(err))
	switch {
	case err == nil:
		s.Desk[deskSignIn]++
	case ledger.ReasonOf(err) == ledger.ReasonPINWrong:
		s.Desk[deskWrongPIN]++
	case ledger.ReasonOf(err) == ledger.ReasonPINLocked:
		s.Desk[deskLockedOut]++
	}
	return err
}

// consent is the second person whom somebody brings, if any: the right one, or not.
func (s *sim) consent(d *dice, w *wishing) *ledger.Consent {
	other := staffBosses[d.n(2)]
	if other == w.actor.Person {
		other = staffBosses[0]
		if other == w.actor.Person {
			other = staffBosses[1]
		}
	}
	give := func(person string, right bool) *ledger.Consent {
		w.consent = &ledger.Consent{Person: person, PIN: pinOf(person, right)}
		return w.consent
	}
	switch k := d.n(20); {
	case k < 10:
		w.second = other
		return give(other, true)
	case k < 12:
		w.tries = other
		return give(other, false)
	case k < 14:
		return give(w.actor.Person, true)
	case k < 15:
		return give(staffCashiers[d.n(2)], true)
	case k < 17 && s.desk.spent != nil:
		s.Desk[deskConsentAgain]++
		return s.desk.spent
	}
	return nil
}

// agreed counts what came of a wish that needed a second person.
func (s *sim) agreed(w *wishing, err error) {
	if s.desk == nil || !w.needs {
		return
	}
	if err == nil {
		s.Desk[deskConsent]++
	} else if reason := ledger.ReasonOf(err); reason == ledger.ReasonSecondPerson || reason == ledger.ReasonSamePerson || reason == ledger.ReasonPINWrong ||
		reason == ledger.ReasonNotAllowed || reason == ledger.ReasonPINShape || reason == ledger.ReasonPINLocked {
		s.Desk[deskConsentRefused]++
	}
}

// staffAct is what people do about their sessions.
func (s *sim) staffAct(a *action) {
	d := a.dice
	seat := s.desk.seats[atCounter]
	till := &wishing{actor: ledger.Actor{Person: ledger.Till.Person, Role: ledger.RoleTill, Place: atCounter}}
	switch k := d.n(20); {
	case k < 7:
		person := staffCashiers[d.n(2)]
		if d.chance(0.2) {
			person = staffBosses[d.n(2)]
		}
		if s.signsIn(atCounter, person, true) == nil && seat.person != "" && seat.person != person {
			s.Desk[deskSwitched]++
		}
	case k < 10:
		err := s.wants(till, func() error { return s.proc.book.SignOut(simCtx, atCounter, ledger.SignOutKey) })
		s.say("%s signs out%s", seat.person, because(err))
		s.stranger(&d, seat.person)
	case k < 14:
		err := s.wants(till, func() error { return s.proc.book.LockScreen(simCtx, atCounter, ledger.SignOutIdle) })
		s.say("the screen is locked%s", because(err))
		s.stranger(&d, seat.person)
	case k < 17:
		for range 1 + d.n(7) {
			if s.signsIn(atCounter, staffCashiers[0], false); !s.up() {
				return
			}
		}
		s.signsIn(atCounter, staffCashiers[0], true)
	default:
		if s.seed%50 == 7 { // argon2id at its full price
			_, err := s.proc.book.SignIn(simCtx, atCounter, "carl", pinOf("anna", true), "")
			if err == nil {
				s.breaks("C1", "nobody is called carl, and he has signed in")
			}
		}
	}
}

// stranger goes on in the name of somebody who has left, or locked the screen.
func (s *sim) stranger(d *dice, person string) {
	if person == "" || !s.up() || !d.chance(0.5) {
		return
	}
	w := &wishing{actor: actorOf(person, atCounter)}
	s.proc.book.ClearDraft()
	_ = s.proc.book.Key('7')
	if err := s.wants(w, func() error { return s.proc.book.Settle(simCtx, w.actor, true) }); err != nil {
		s.Desk[deskStranger]++
	}
	s.proc.book.ClearDraft()
}
