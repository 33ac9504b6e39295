package ledger

import (
	"context"
	"errors"
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

// authentic are the Book's memory of wrong PINs. Locks are counted on a clock that nobody can set, and anew after a restart: that
// can only make them longer.
type authentic struct {
	until map[string]time.Time // by person; "" is everybody who does not exist; nil until somebody asks
}

// SignIn begins somebody's session at a place, in the place of whoever worked there, or unlocks their screen. It gives the actor
// whose intents are theirs. The PIN is wiped. Refusals: PIN-WRONG for a wrong PIN as for somebody who does not exist or was
// disabled, PIN-LOCKED after too many of them.
func (b *Book) SignIn(ctx context.Context, place, person string, pin PIN, code string) (Actor, error) {
	defer pin.Wipe()
	if len(b.cfg.Pepper) < minPepper {
		return Actor{}, Refuse(ReasonNoPepper)
	}
	b.trying.Lock() // a try ends before the next begins, so that five are five
	defer b.trying.Unlock()
	p, err := b.proven(ctx, Actor{Person: Till.Person, Role: RoleTill, Place: place}, person, pin, code, "sign in")
	if err != nil {
		return Actor{}, err
	}
	actor := Actor{Person: p.Name, Role: p.Role, Place: place}
	return actor, b.commit(ctx, actor, func(s *State, _ time.Time) (plan, error) {
		var plan plan
		now, ok := s.Person(p.Name)
		if !ok || now.Gone || now.Role != p.Role {
			return plan, Refuse(ReasonPINWrong)
		}
		if was, in := s.sessions[place]; in && was.Person != p.Name {
			plan.add(&SignedOut{Person: was.Person, Why: SignOutSwitched}, Task{})
		}
		plan.add(&SignedIn{}, Task{})
		return plan, nil
	})
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
		var p plan
		if session, in := s.sessions[place]; in {
			if body := end(session); body != nil {
				p.add(body, Task{})
			}
		}
		return p, nil
	})
}

// LockedFor is how long somebody cannot try a PIN; zero when they can.
func (b *Book) LockedFor(person string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lockedFor(person)
}

// lockedFor: the caller holds b.mu.
func (b *Book) lockedFor(person string) time.Duration {
	if b.auth.until == nil { // since the opening nobody has asked: what the journal knows counts from now
		b.auth.until = make(map[string]time.Time)
		for _, p := range b.seen.people {
			b.auth.until[p.Name] = time.Now().Add(lockTime(p.Failed))
		}
		b.auth.until[""] = time.Now().Add(lockTime(b.seen.strangers))
	}
	p := b.seen.people[person]
	if p == nil {
		person = ""
	} else if lockTime(p.Failed) == 0 { // a new PIN ends a lock
		return 0
	}
	return max(0, time.Until(b.auth.until[person]))
}

// proven gives the person whose PIN it is. A wrong one is an event before anybody is told.
func (b *Book) proven(ctx context.Context, actor Actor, person string, pin PIN, code, what string) (Person, error) {
	b.mu.Lock()
	locked := b.lockedFor(person)
	p, known := b.seen.Person(person)
	b.mu.Unlock()
	if locked > 0 {
		return Person{}, Refuse(ReasonPINLocked)
	}
	verifier := &stranger
	if known && !p.Gone && p.HasPIN() {
		verifier = &p.Check
	}
	right := verifier.matches(pin, b.cfg.Pepper) && verifier != &stranger
	if right && b.cfg.SecondFactor != nil {
		right = b.cfg.SecondFactor(person, code) == nil
	}
	if right {
		return p, nil
	}
	failed := &PINFailed{What: what}
	if known {
		failed.Person = person
	}
	err := b.commit(ctx, actor, func(*State, time.Time) (plan, error) {
		var p plan
		p.add(failed, Task{})
		return p, nil
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	count := b.seen.strangers
	if now := b.seen.people[failed.Person]; now != nil {
		count = now.Failed
	}
	b.auth.until[failed.Person] = time.Now().Add(lockTime(count))
	return Person{}, errors.Join(Refuse(ReasonPINWrong), err)
}

// Seconds says which intents need a second person's consent. Its zero value asks for nobody.
type Seconds struct {
	RefundAbove int64 // refunds of more than so many fen; 0: of no amount
	OwnSale     bool  // refunds by whoever has sold it
	Resolve     bool  // settling an entry of the list of exceptions
}

// witnessed gives the actor with the second person whose consent was good; without a consent it is the actor alone.
func (b *Book) witnessed(ctx context.Context, actor Actor, what string, consent *Consent) (Actor, error) {
	actor.Approver = ""
	if consent == nil {
		return actor, nil
	}
	defer consent.PIN.Wipe()
	if consent.Person == actor.Person {
		return actor, Refuse(ReasonSamePerson)
	}
	b.trying.Lock()
	defer b.trying.Unlock()
	if b.cfg.Mode == training && consent.Person == Trainer.Person {
		if string(consent.PIN.digits) != TrainerPIN {
			return actor, Refuse(ReasonPINWrong)
		}
		actor.Approver = Trainer.Person
		return actor, nil
	}
	if len(b.cfg.Pepper) < minPepper {
		return actor, Refuse(ReasonNoPepper)
	}
	p, err := b.proven(ctx, actor, consent.Person, consent.PIN, consent.Code, what)
	if err != nil {
		return actor, err
	}
	if err := (Actor{Role: p.Role}).May(RightApprove); err != nil || p.Learner {
		return actor, Refuse(ReasonNotAllowed)
	}
	actor.Approver = p.Name
	return actor, nil
}

// agreed tells whether what an actor wants was agreed to as it has to be. A second person lends the right to somebody who lacks it.
func (b *Book) agreed(actor Actor, right Right, second bool) error {
	switch {
	case actor.Approver != "":
		return nil
	case second:
		return Refuse(ReasonSecondPerson)
	}
	return actor.May(right)
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
// without staff it is the trainee.
func (b *Book) At(place string) Actor {
	actor := Trainee
	b.Read(func(s *State) {
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

// training is the mode in which the built-in people work.
const training = "training"

// may asks whether the actor may do something. Where the till has staff, only who is signed in may.
func (b *Book) may(s *State, actor Actor, right Right) error {
	if b.staffed(s) && actor != Till {
		return s.may(actor, right)
	}
	return actor.May(right)
}

// intend is commit for a person's intent: the right is asked for in the state that decides.
func (b *Book) intend(ctx context.Context, actor Actor, right Right, decide decision) error {
	if err := actor.May(right); err != nil {
		return err
	}
	actor.Approver = ""
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
	Learner bool
	Gone    bool
	Badge   []byte // what the badge reads as; nil leaves it as it is
	PIN     *PIN   // a new one; nil leaves it as it is
}

// SetStaff adds somebody, or changes how they stand. The first person can be set by whoever runs a command of the program on this
// machine, and must be a supervisor. Refusals: PERSON for a name that cannot be one, PIN-SHAPE, PIN-EASY, LAST-SUPERVISOR when
// nobody would be left who may do this, BADGE.
func (b *Book) SetStaff(ctx context.Context, actor Actor, wish StaffWish) error {
	if err := actor.May(RightStaff); err != nil {
		return err
	}
	set := &StaffSet{Person: wish.Person, Role: wish.Role, Learner: wish.Learner, Gone: wish.Gone}
	if !validPerson(wish.Person) || !slices.Contains(StaffRoles, wish.Role) {
		return Refuse(ReasonPerson)
	}
	pin, err := b.newPIN(wish)
	if err != nil {
		return err
	}
	if wish.Badge != nil {
		if err := goodBadge(wish.Badge); err != nil {
			return err
		}
		set.Badge = badgeMark(wish.Badge, b.cfg.TillKey)
	}
	return b.commit(ctx, actor, func(s *State, _ time.Time) (plan, error) {
		var p plan
		first := len(s.people) == 0 && actor.Place == PlaceCommand && wish.Role == RoleSupervisor && pin != nil && !wish.Gone && !wish.Learner
		if !first {
			if err := b.may(s, actor, RightStaff); err != nil {
				return p, err
			}
		}
		old, known := s.Person(wish.Person)
		if wish.Badge == nil {
			set.Badge = old.Badge
		} else if s.badgeTaken(set) {
			return p, Refuse(ReasonBadge)
		}
		if known && old.Role == RoleSupervisor && !old.Gone && old.HasPIN() && (wish.Gone || wish.Role != RoleSupervisor) && s.supervisors() == 1 {
			return p, Refuse(ReasonLastSupervisor)
		}
		p.add(set, Task{})
		if pin != nil {
			p.add(pin, Task{})
		}
		return p, nil
	})
}

func (b *Book) newPIN(wish StaffWish) (*PINSet, error) {
	if wish.PIN == nil {
		return nil, nil
	}
	defer wish.PIN.Wipe()
	if len(b.cfg.Pepper) < minPepper {
		return nil, Refuse(ReasonNoPepper)
	}
	if err := wish.PIN.good(); err != nil {
		return nil, err
	}
	check, err := newPINCheck(*wish.PIN, b.cfg.Pepper, b.cfg.Random)
	return &PINSet{Person: wish.Person, Check: check}, err
}
