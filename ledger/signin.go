package ledger

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"
)

// This file is the Book's side of people: who works where, who they are, and what a second person agrees to.

// Consent is a second person's word for exactly the intent it is handed in with. That call checks it and forgets it, so it serves
// no other action and no other amount.
type Consent struct {
	Person string
	PIN    PIN
	Code   string // of the person's authenticator, where the shop asks for one
}

// Format prints whose consent it is, and no more.
func (c Consent) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "consent of %s", c.Person) }

// tried is how often in a row somebody's PIN was keyed wrongly, and until when nobody can try again. It is counted before a try, on a
// clock that nobody can set; what the journal knows of earlier counts from the opening on, which can only make a lock longer.
type tried struct {
	wrong uint32
	until time.Time
}

// maxStrangers bounds the memory of tries for people who do not exist, which are told like any other.
const maxStrangers = 1000

// triesKey: everybody who is not at PlaceCommand shares one count.
func (b *Book) triesKey(person, place string) Mark {
	if place != PlaceCommand {
		place = "counter"
	}
	return markOf([]byte(place+"\x00"+person), b.cfg.TillKey)
}

// triedBy gives the count of a name at a place. What was typed in the place of a name may be a PIN: it is kept as a mark. The caller
// holds b.counting.
func (b *Book) triedBy(person, place string) *tried {
	key := b.triesKey(person, place)
	if t := b.tries[key]; t != nil {
		return t
	}
	t := new(tried)
	b.Read(func(s *State) {
		if p := s.people[person]; p != nil {
			t.wrong = *p.failed(place)
			t.until = b.openedAt.Add(lockTime(t.wrong))
		}
	})
	if t.wrong == 0 && len(b.tries) >= maxStrangers {
		for key, old := range b.tries {
			if time.Until(old.until) <= 0 {
				delete(b.tries, key)
			}
		}
	}
	b.tries[key] = t
	return t
}

// counts a try before it is made, unless nobody can try.
func (b *Book) counts(person, place string) error {
	b.counting.Lock()
	defer b.counting.Unlock()
	t := b.triedBy(person, place)
	if time.Until(t.until) > 0 {
		return Refuse(ReasonPINLocked)
	}
	t.wrong = max(t.wrong, t.wrong+1)
	t.until = time.Now().Add(lockTime(t.wrong))
	return nil
}

// LockedFor is how long somebody cannot try a PIN at a place; zero when they can.
func (b *Book) LockedFor(place, person string) time.Duration {
	b.counting.Lock()
	defer b.counting.Unlock()
	return max(0, time.Until(b.triedBy(person, place).until))
}

// maxPlaces bounds how many places people can be signed in at, and maxPlace a place's name.
const maxPlaces, maxPlace = 64, 32

// SignIn begins somebody's session at a place, in the place of whoever worked there, or unlocks their screen. It gives the actor
// whose intents are theirs. The PIN is wiped. Refusals: PIN-WRONG for a wrong PIN as for somebody who does not exist or was
// disabled, PIN-LOCKED after too many of them.
func (b *Book) SignIn(ctx context.Context, place, person string, pin PIN, code string) (Actor, error) {
	b.trying.Lock() // a try ends before the next begins, so that five are five
	defer b.trying.Unlock()
	pin = pin.take()
	defer pin.Wipe()
	if place == "" || len(place) > maxPlace || (Actor{Place: place}).Visiting() { // no PIN is tried from outside
		return Actor{}, Refuse(ReasonNotAllowed)
	}
	p, err := b.proven(ctx, Actor{Person: Till.Person, Role: RoleTill, Place: place}, person, pin, code, "sign in")
	if err != nil {
		return Actor{}, err
	}
	actor := Actor{Person: p.Name, Role: p.Role, Place: place}
	err = b.commit(ctx, actor, func(s *State, _ time.Time) (plan, error) {
		plan := plan{after: func() { b.leave(place, p.Name) }}
		now, _ := s.Person(p.Name)
		if now.Gone || now.Role != p.Role || !bytes.Equal(now.Check.Hash, p.Check.Hash) {
			return plan, Refuse(ReasonPINWrong)
		}
		was, in := s.sessions[place]
		if !in && len(s.sessions) >= maxPlaces {
			return plan, Refuse(ReasonNotAllowed)
		}
		if in && was.Person != p.Name {
			plan.add(&SignedOut{Person: was.Person, Why: SignOutSwitched}, Task{})
		}
		plan.add(&SignedIn{}, Task{})
		return plan, nil
	})
	if err != nil {
		return Actor{}, err
	}
	return actor, nil
}

// leave forgets what waits in the name of somebody who does not work at a place any more. The caller holds b.mu.
func (b *Book) leave(place, stays string) {
	if b.waiting != nil && b.waiting.actor.Place == place && b.waiting.actor.Person != stays {
		b.dropWaiting()
	}
	b.dropSuspect()
}

// SignOut ends the session at a place. Nothing happens where nobody works.
func (b *Book) SignOut(ctx context.Context, place string, why SignOutWhy) error {
	return b.atPlace(ctx, place, func(session Session) Body { return &SignedOut{Person: session.Person, Why: why} })
}

// LockScreen keeps the session at a place, and lets nothing be done there before its person, or another one, has signed in.
func (b *Book) LockScreen(ctx context.Context, place string, why SignOutWhy) error {
	return b.atPlace(ctx, place, func(session Session) Body {
		if session.Locked {
			return nil
		}
		return &ScreenLocked{Person: session.Person, Why: why}
	})
}

func (b *Book) atPlace(ctx context.Context, place string, end func(Session) Body) error {
	return b.commit(ctx, Actor{Person: Till.Person, Role: RoleTill, Place: place}, func(s *State, _ time.Time) (plan, error) {
		p := plan{after: func() { b.leave(place, "") }}
		if session, in := s.sessions[place]; in {
			if body := end(session); body != nil {
				p.add(body, Task{})
			}
		}
		return p, nil
	})
}

// proven gives the person whose PIN it is. A try is counted before it is made, and a wrong one is an event before anybody is told; a
// ledger that cannot write lets nobody try. The caller holds b.trying.
func (b *Book) proven(ctx context.Context, actor Actor, person string, pin PIN, code, what string) (Person, error) {
	if err := b.writes(); err != nil {
		return Person{}, err
	}
	if len(b.cfg.Pepper) < minPepper {
		return Person{}, Refuse(ReasonNoPepper)
	}
	if pin.spent() {
		return Person{}, Refuse(ReasonPINShape)
	}
	if err := b.counts(person, actor.Place); err != nil {
		return Person{}, err
	}
	p, known := Person{}, false
	b.Read(func(s *State) { p, known = s.Person(person) })
	check, real := &stranger, known && !p.Gone && p.HasPIN()
	if real {
		check = &p.Check
	}
	if check.matches(pin, b.cfg.Pepper) && real && (b.cfg.SecondFactor == nil || b.cfg.SecondFactor(person, code) == nil) {
		b.counting.Lock()
		defer b.counting.Unlock()
		*b.triedBy(person, actor.Place) = tried{}
		return p, nil
	}
	failed := &PINFailed{What: what}
	if known {
		failed.Person = person
	}
	err := b.commit(context.WithoutCancel(ctx), actor, func(*State, time.Time) (plan, error) {
		var p plan
		p.add(failed, Task{})
		return p, nil
	})
	if err != nil {
		return Person{}, err
	}
	return Person{}, Refuse(ReasonPINWrong)
}

// writes tells why nothing can be written, or gives nil.
func (b *Book) writes() error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return Refuse(ReasonClosedLedger)
	}
	return b.broken
}

// Seconds says which intents need a second person's consent. Its zero value asks for nobody.
type Seconds struct {
	RefundAbove int64 // refunds of more than so many fen; 0: of no amount
	OwnSale     bool  // refunds by whoever has sold it
	Resolve     bool  // settling an entry of the list of exceptions

	NoSale          bool   // the drawer let open for no sale
	CopiesAbove     uint32 // copies of one receipt beyond so many; 0: of no number
	DifferenceAbove int64  // the end of a shift whose count differs by more than so many fen; 0: by no amount
	Training        bool   // this till's screen given to training mode
	PayOutAbove     int64  // more than so many fen taken out of the drawer at once; 0: of no amount
}

// witness is an actor with the second person who has agreed, and the PIN by which that was proven.
type witness struct {
	Actor
	hash []byte
}

// alone is an actor with whom nobody has agreed.
func alone(actor Actor) witness {
	actor.Approver = ""
	return witness{Actor: actor}
}

// witnessed gives the actor with the second person whose consent was good; without a consent it is the actor alone. The actor has to
// have the right to want it at all, so that nobody tries PINs on a screen where nobody works.
func (b *Book) witnessed(ctx context.Context, actor Actor, right Right, what string, consent *Consent) (witness, error) {
	w := alone(actor)
	if consent == nil {
		return w, nil
	}
	b.trying.Lock()
	defer b.trying.Unlock()
	pin := consent.PIN.take() // whoever else has this consent has a spent one now
	defer pin.Wipe()
	if err := b.mayNow(actor, right); err != nil {
		return w, err
	}
	if consent.Person == actor.Person {
		return w, Refuse(ReasonSamePerson)
	}
	if b.cfg.Mode == training && consent.Person == Trainer.Person {
		if string(pin.digits()) != TrainerPIN {
			return w, Refuse(ReasonPINWrong)
		}
		w.Approver = Trainer.Person
		return w, nil
	}
	var known *Person
	b.Read(func(s *State) {
		if p, ok := s.Person(consent.Person); ok {
			known = &p
		}
	})
	if known != nil && !known.approves() { // a role is no secret, a PIN is
		return w, Refuse(ReasonNotAllowed)
	}
	p, err := b.proven(ctx, w.Actor, consent.Person, pin, consent.Code, what)
	if err != nil {
		return w, err
	}
	w.Approver, w.hash = p.Name, p.Check.Hash
	return w, nil
}

// approves reports whether somebody can be a second person.
func (p *Person) approves() bool {
	return !p.Gone && !p.Learner && Actor{Role: p.Role}.May(RightApprove) == nil
}

// forget wipes a consent that was not used.
func (b *Book) forget(consent *Consent) {
	if consent != nil {
		b.trying.Lock()
		defer b.trying.Unlock()
		consent.PIN.Wipe()
	}
}

// agreed tells whether what an actor wants was agreed to as it has to be, by somebody who can still agree to it in the state that
// decides. A second person lends the right to somebody who lacks it.
func (b *Book) agreed(s *State, w witness, right Right, second bool) error {
	switch {
	case w.Approver == Trainer.Person && b.cfg.Mode == training:
		return nil
	case w.Approver != "":
		if p := s.people[w.Approver]; p == nil || !p.approves() || !bytes.Equal(p.Check.Hash, w.hash) {
			return Refuse(ReasonPINWrong)
		}
		return nil
	case second:
		return Refuse(ReasonSecondPerson)
	}
	return w.May(right)
}

// staffed reports whether people sign in here. A till that has people keeps asking for them, whatever its configuration says since.
func (b *Book) staffed(s *State) bool {
	return b.cfg.Staffed || b.cfg.Mode != training && len(s.people) > 0
}

// Staffed reports whether nobody may do anything here who has not signed in.
func (b *Book) Staffed() (staffed bool) {
	b.Read(func(s *State) { staffed = b.staffed(s) })
	return staffed
}

// At gives whose intents come from a place: of whoever is signed in there, else of nobody, which is refused as SIGNED-OUT. On a till
// without staff it is the trainee, but at a visitor's place, where it is the visitor.
func (b *Book) At(place string) Actor {
	actor := Trainee
	b.Read(func(s *State) {
		if visitor := (Actor{Place: place}); visitor.Visiting() {
			actor = s.visitorAt(visitor)
			return
		}
		if !b.staffed(s) {
			return
		}
		actor = Actor{Role: RoleCashier, Place: place}
		if session, in := s.sessions[place]; in {
			if p := s.people[session.Person]; p != nil {
				actor.Person, actor.Role = p.Name, p.Role
			}
		}
	})
	return actor
}

// agreedNow is agreed for what is asked before anything is decided: who has not the right learns nothing of what it is about.
func (b *Book) agreedNow(w witness, right Right, second bool) (err error) {
	b.Read(func(s *State) { err = b.agreed(s, w, right, second) })
	return err
}

// training is the mode in which the built-in people work.
const training = "training"

// may asks whether the actor may do something. Where the till has staff, only who is signed in may.
func (b *Book) may(s *State, actor Actor, right Right) error {
	if s.training != "" && actor.Place == s.training {
		return Refuse(ReasonTraining)
	}
	if b.staffed(s) && actor != Till {
		return s.may(actor, right)
	}
	return actor.May(right)
}

// mayNow is may before anything else is looked at: nobody who may do nothing learns of orders, or tries a second person's PIN. The
// state that decides is asked again.
func (b *Book) mayNow(actor Actor, right Right) (err error) {
	b.Read(func(s *State) { err = b.may(s, actor, right) })
	return err
}

// intend is commit for a person's intent: the right is asked for in the state that decides.
func (b *Book) intend(ctx context.Context, actor Actor, right Right, decide decision) error {
	if err := actor.May(right); err != nil {
		return err
	}
	return b.commit(ctx, actor, func(s *State, now time.Time) (plan, error) {
		if err := b.may(s, actor, right); err != nil {
			return plan{}, err
		}
		return decide(s, now)
	})
}

// StaffWish is how somebody is to stand from now on.
type StaffWish struct {
	Person  string
	Role    Role
	Learner bool // of a new cashier, unless whoever adds them says that they are trained
	Gone    bool
	Badge   []byte // what the badge reads as; nil leaves it as it is, empty takes it away
	PIN     *PIN   // a new one, which ends the person's sessions; nil leaves it as it is
}

// SetStaff adds somebody, or changes how they stand. The first person can be set by whoever runs a command of the program on this
// machine, and must be a supervisor. Refusals: PERSON for a name that cannot be one, PIN-SHAPE, PIN-EASY, LAST-SUPERVISOR when
// nobody would be left who may do this, BADGE.
func (b *Book) SetStaff(ctx context.Context, actor Actor, wish StaffWish) error {
	if wish.PIN != nil {
		defer wish.PIN.Wipe()
	}
	if err := actor.May(RightStaff); err != nil {
		return err
	}
	set := &StaffSet{Person: wish.Person, Role: wish.Role, Learner: wish.Learner, Gone: wish.Gone}
	if !slices.Contains(StaffRoles, wish.Role) {
		return Refuse(ReasonPerson)
	}
	pin, err := b.newPIN(wish)
	if err != nil {
		return err
	}
	if len(wish.Badge) > 0 {
		if err := goodBadge(wish.Badge); err != nil {
			return err
		}
		set.Badge = badgeMark(wish.Badge, b.cfg.TillKey)
	}
	b.trying.Lock() // nobody is being proven by a PIN that is just changing
	defer b.trying.Unlock()
	err = b.commit(ctx, actor, func(s *State, _ time.Time) (plan, error) {
		var p plan
		if err := b.maySet(s, actor, set, pin != nil); err != nil {
			return p, err
		}
		old, _ := s.Person(set.Person)
		if wish.Badge == nil {
			set.Badge = old.Badge
		}
		p.add(set, Task{})
		if pin != nil {
			p.add(pin, Task{})
		}
		return p, nil
	})
	if err == nil && pin != nil {
		b.counting.Lock()
		defer b.counting.Unlock()
		for _, place := range []string{"", PlaceCommand} {
			delete(b.tries, b.triesKey(set.Person, place)) // the event has ended them
		}
	}
	return err
}

// maySet tells whether somebody may stand so.
func (b *Book) maySet(s *State, actor Actor, set *StaffSet, pin bool) error {
	old, known := s.Person(set.Person)
	will := Person{Role: set.Role, Learner: set.Learner, Gone: set.Gone, Check: old.Check}
	manages := will.manages() || pin && set.Role == RoleSupervisor && !set.Gone && !set.Learner
	if first := !s.anyPIN() && actor.Place == PlaceCommand && pin && manages; !first {
		if err := b.may(s, actor, RightStaff); err != nil {
			return err
		}
	}
	switch {
	case !known && (!validPerson(set.Person) || s.sameName(set.Person) != set.Person):
		return Refuse(ReasonPerson)
	case set.Badge != (Mark{}) && s.badgeTaken(set):
		return Refuse(ReasonBadge)
	case old.manages() && !manages && s.managers() == 1:
		return Refuse(ReasonLastSupervisor)
	}
	return nil
}

// LosePINs takes everybody's PIN away, after their key was lost; the next thing can only be a supervisor's new one. It is for who runs a
// command on this machine and has the ledger's keys. It is refused while the key is there.
func (b *Book) LosePINs(ctx context.Context, actor Actor) error {
	if actor.Place != PlaceCommand {
		return Refuse(ReasonNotAllowed)
	}
	if err := actor.May(RightStaff); err != nil {
		return err
	}
	return b.commit(ctx, actor, func(s *State, _ time.Time) (plan, error) {
		var p plan
		if s.peppered(b.cfg.Pepper) {
			return p, Refuse(ReasonNotAllowed)
		}
		p.add(&PINsLost{}, Task{})
		return p, nil
	})
}

func (b *Book) newPIN(wish StaffWish) (*PINSet, error) {
	if wish.PIN == nil {
		return nil, nil
	}
	if len(b.cfg.Pepper) < minPepper {
		return nil, Refuse(ReasonNoPepper)
	}
	if err := wish.PIN.good(); err != nil {
		return nil, err
	}
	check, err := newPINCheck(*wish.PIN, b.cfg.Pepper, b.cfg.Random)
	return &PINSet{Person: wish.Person, Check: check}, err
}
