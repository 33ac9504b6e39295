package ledger

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// This file is the Book's side of visitors: support people and remote supervisors who look in over SSH. A visitor works nowhere, so the
// table of rights refuses them everything (Actor.May). What they can do is here: come, speak, ask for one of the hands, and go.

// What is taken of visitors. Each event of theirs is on the disk before they are told, so one who never stops must not fill it.
const (
	maxVisits     = 16  // at once
	maxVisitSaid  = 200 // lines of one visit
	maxVisitAsked = 50  // hands that one visit asks for
	maxTalk       = 200 // characters of a line
	maxTyped      = 1024
	maxVisitor    = 24 // characters of a name
	maxProof      = 96 // characters of a key's fingerprint, a certificate's name, an address
)

// A door is locked for at least as long as a visitor tries again, and for no longer than a day: what was keyed wrong ends by itself.
const minDoorLock, maxDoorLock = time.Minute, 24 * time.Hour

// valid reports whether the door may send somebody in so.
func (w *VisitWish) valid() bool {
	return (w.Role == RoleSupport || w.Role == RoleSupervisor) && MayVisit(w.Person) &&
		shown(w.Key, 1, maxProof) && shown(w.Cert, 0, maxProof) && shown(w.From, 1, maxProof)
}

// MayVisit reports whether somebody may come in under a name: one that can be shown, is none of the till's own, and looks like no code or
// PIN.
func MayVisit(person string) bool {
	for _, taken := range []Actor{Till, Trainee, Trainer} {
		if strings.EqualFold(person, taken.Person) {
			return false
		}
	}
	return !looksSecret(person) && shown(person, 1, maxVisitor)
}

// shown reports whether a text has so many characters, and all of them are seen.
func shown(text string, least, most int) bool {
	n := utf8.RuneCountInString(text)
	return n >= least && n <= most && text == cutText(text, most)
}

// BeginVisit lets somebody in, and gives the visit's number. Refusals: VISITOR for who cannot come in so, DOOR-LOCKED, VISIT-MOST.
func (b *Book) BeginVisit(ctx context.Context, wish VisitWish) (visit uint64, err error) {
	if !wish.valid() {
		return 0, Refuse(ReasonVisitor)
	}
	err = b.commit(ctx, Till, func(s *State, now time.Time) (plan, error) {
		switch {
		case now.Before(s.inside.lockedUntil):
			return plan{}, Refuse(ReasonDoorLocked)
		case len(s.inside.visits) >= maxVisits:
			return plan{}, Refuse(ReasonVisitMost)
		}
		v := Visit{Number: s.Head.Seq + 1, VisitWish: wish}
		visit = v.Number
		return planOf(v.Actor(), &VisitBegan{wish}), nil
	})
	if err != nil {
		visit = 0
	}
	return visit, err
}

// planOf is one event of somebody's.
func planOf(by Actor, body Body) plan {
	return plan{entries: []entry{{body: body, by: by}}}
}

// EndVisit notes that a visit is over, also when ctx is. A word that is none of VisitWhys counts as VisitCut. Refusals: NO-VISIT, also
// where an opening of the ledger has ended it already.
func (b *Book) EndVisit(ctx context.Context, visit uint64, end VisitEnd) error {
	if !slices.Contains(VisitWhys, end.Why) {
		end.Why = VisitCut
	}
	return b.commit(context.WithoutCancel(ctx), Till, func(s *State, _ time.Time) (plan, error) {
		v := s.visit(visit)
		if v == nil {
			return plan{}, Refuse(ReasonNoVisit)
		}
		by := v.Actor()
		if end.Why != VisitLeft { // the till has ended it
			by.Person, by.Role = Till.Person, RoleTill
		}
		return planOf(by, &VisitEnded{visit, end}), nil
	})
}

// asVisitor is commit for what a visitor wants. While the door is locked they are on their way out, and want nothing.
func (b *Book) asVisitor(ctx context.Context, visit uint64, decide func(*State, *Visit) (Body, error)) error {
	return b.commit(ctx, Till, func(s *State, now time.Time) (plan, error) {
		v := s.visit(visit)
		switch {
		case v == nil:
			return plan{}, Refuse(ReasonNoVisit)
		case now.Before(s.inside.lockedUntil):
			return plan{}, Refuse(ReasonDoorLocked)
		}
		body, err := decide(s, v)
		return planOf(v.Actor(), body), err
	})
}

// SayVisitor takes a line of talk from a visitor. Refusals: TEXT-EMPTY, TEXT-SECRET, NO-VISIT, DOOR-LOCKED, VISIT-MOST.
func (b *Book) SayVisitor(ctx context.Context, visit uint64, words string) error {
	words, err := talked(words)
	if err != nil {
		return err
	}
	return b.asVisitor(ctx, visit, func(_ *State, v *Visit) (Body, error) {
		if v.Said >= maxVisitSaid {
			return nil, Refuse(ReasonVisitMost)
		}
		return &VisitSaid{Visit: visit, Text: words}, nil
	})
}

// Say takes a line of talk from the counter to everybody inside. Refusals: TEXT-EMPTY, TEXT-SECRET, NO-VISIT where nobody is.
func (b *Book) Say(ctx context.Context, actor Actor, words string) error {
	if err := b.mayNow(actor, RightHand); err != nil {
		return err
	}
	words, err := talked(words)
	if err != nil {
		return err
	}
	return b.intend(ctx, actor, RightHand, func(s *State, _ time.Time) (plan, error) {
		var p plan
		if len(s.inside.visits) == 0 {
			return p, Refuse(ReasonNoVisit)
		}
		p.add(&VisitSaid{Text: words}, Task{})
		return p, nil
	})
}

// Tell is Say for the till itself: what came of something that a visitor has asked for.
func (b *Book) Tell(ctx context.Context, words string) error {
	words, err := talked(words)
	if err != nil {
		return err
	}
	return b.commit(ctx, Till, func(s *State, _ time.Time) (plan, error) {
		if len(s.inside.visits) == 0 {
			return plan{}, Refuse(ReasonNoVisit)
		}
		return planOf(Till, &VisitSaid{Text: words}), nil
	})
}

// AskHand asks the counter for something, and gives the number by which it is answered. A query has to be about a payment that the till
// still works on. Refusals: HAND for what cannot be asked for, UNKNOWN-ORDER, HAND-OPEN while an earlier wish of the visit waits,
// TEXT-SECRET, NO-VISIT, DOOR-LOCKED, VISIT-MOST.
func (b *Book) AskHand(ctx context.Context, visit uint64, wish HandWish) (asked uint64, err error) {
	if wish.Why, err = harmless(wish.Why, maxReason); err != nil {
		return 0, err
	}
	if !wish.fits() || wish.Sale != "" && !validSale(wish.Sale) || wish.Device != "" && !slices.Contains(DeviceKinds, wish.Device) {
		return 0, Refuse(ReasonHand)
	}
	err = b.asVisitor(ctx, visit, func(s *State, v *Visit) (Body, error) {
		_, attempt := s.Attempt(wish.Order)
		switch {
		case wish.Order != "" && attempt == nil:
			return nil, Refuse(ReasonUnknownOrder)
		case s.waits(visit) != nil:
			return nil, Refuse(ReasonHandOpen)
		case v.Asked >= maxVisitAsked:
			return nil, Refuse(ReasonVisitMost)
		}
		asked = s.Head.Seq + 1
		return &HandAsked{Visit: visit, HandWish: wish}, nil
	})
	if err != nil {
		asked = 0
	}
	return asked, err
}

// AnswerHand notes what somebody at the counter says to a visitor's wish. Whoever carries it out does that afterwards, as the actor, with
// the rights that it takes. Refusals: NO-HAND where it was answered, its visitor has gone, or the door was locked since.
func (b *Book) AnswerHand(ctx context.Context, actor Actor, asked uint64, yes bool) error {
	return b.intend(ctx, actor, RightHand, func(s *State, _ time.Time) (plan, error) {
		var p plan
		if !slices.ContainsFunc(s.inside.hands, func(h Hand) bool { return h.Asked == asked }) {
			return p, Refuse(ReasonNoHand)
		}
		p.add(&HandAnswered{Asked: asked, Yes: yes}, Task{})
		return p, nil
	})
}

// LockDoor lets nobody in for a while, between a minute and a day, and drops what visitors have asked for; throwing them out is the
// door's, which does not wait for this. Whoever stands at the screen of a place may do it, signed in or not, and a lock that runs longer
// stays. The end is the wall clock's: the door counts on one that nobody can set, while the process runs.
func (b *Book) LockDoor(ctx context.Context, place string, long time.Duration) error {
	if place == "" || len(place) > maxPlace || (Actor{Place: place}).Visiting() {
		return Refuse(ReasonNotAllowed)
	}
	long = min(max(long, minDoorLock), maxDoorLock)
	return b.commit(ctx, Till, func(s *State, now time.Time) (plan, error) {
		until := now.Add(long)
		if s.inside.lockedUntil.After(until) {
			until = s.inside.lockedUntil
		}
		return planOf(b.standsAt(s, place), &DoorLocked{Until: until}), nil
	})
}

// standsAt is who presses a key at a place that asks for no right: whoever is signed in, else somebody whom the till does not know.
func (b *Book) standsAt(s *State, place string) Actor {
	if !b.staffed(s) {
		return Actor{Person: Trainee.Person, Role: Trainee.Role, Place: place}
	}
	if session, in := s.sessions[place]; in && !session.Locked {
		if p := s.people[session.Person]; p != nil {
			return Actor{Person: p.Name, Role: p.Role, Place: place}
		}
	}
	return Actor{Person: Till.Person, Role: RoleTill, Place: place}
}

// DoorWish is the door to be opened again before its lock has run out.
type DoorWish struct {
	Until  time.Time // of the lock that the person has seen: one that came since then stays
	Second *Consent  // a second person's, who lends the right; its PIN is wiped
}

// UnlockDoor lets people in again. Nothing happens where the door is not locked. Refusals: SECOND-PERSON for who may not do this alone,
// DOOR-LOCKED where the door was locked anew.
func (b *Book) UnlockDoor(ctx context.Context, actor Actor, wish DoorWish) error {
	defer b.forget(wish.Second)
	return b.intendWith(ctx, actor, RightHand, consentTo{"open the door", wish.Second}, func(s *State, now time.Time, w witness) (plan, error) {
		var p plan
		if err := b.lent(s, w, RightDoor, false); err != nil {
			return p, err
		}
		switch until := s.inside.lockedUntil; {
		case !now.Before(until): // it has run out
		case !until.Equal(wish.Until):
			return p, Refuse(ReasonDoorLocked)
		default:
			p.add(&DoorUnlocked{}, Task{})
		}
		return p, nil
	})
}

// validSale reports whether a number could be a sale's: digits, as many as newSaleID makes, and nothing like a customer's code.
func validSale(id SaleID) bool {
	return len(id) >= 15 && strings.Trim(string(id), "0123456789") == "" && maskCodes(string(id)) == string(id)
}

// talked gives a line of talk as it is kept, or refuses it.
func talked(words string) (string, error) {
	words, err := harmless(words, maxTalk)
	if err == nil && words == "" {
		err = Refuse(ReasonTextEmpty)
	}
	return words, err
}

// harmless gives at most so many characters of what somebody has typed, without what nobody sees, and refuses what looks like a customer's
// code or a PIN: unlike the words of the till's own people, these are read outside the shop at once, so leaving some digits out comes too late.
func harmless(words string, characters int) (string, error) {
	words = cutText(words[:min(len(words), maxTyped)], maxTyped)
	if looksSecret(words) {
		return "", Refuse(ReasonTextSecret)
	}
	return cutText(words, characters), nil
}

// looksSecret reports whether words hold what looks like a customer's code or a PIN.
func looksSecret(words string) bool { return maskCodes(words) != words || looksOfPIN(words) }

// looksOfPIN reports whether words are as many digits as a PIN has, and nothing else; or speak of one and have as many together. Four
// digits among other words are a sale's, or an amount.
func looksOfPIN(words string) bool {
	digits, other := 0, false
	for _, r := range strings.TrimRight(words, ".,;:!?。，；：！？") {
		if _, is := digitOf(r); is {
			digits++
		} else if !unicode.In(r, unicode.Zs, unicode.Pd) {
			other = true
		}
	}
	if !other {
		return digits >= minPIN && digits <= maxPIN
	}
	return namesPIN(words) && digitsTogether(words) >= minPIN
}

// digitsTogether counts the most digits between which nothing but blanks and dashes stand.
func digitsTogether(words string) (most int) {
	together := 0
	for i, run := range digitRuns(words) {
		if i == 0 || !run.close {
			together = 0
		}
		together += len(run.digits)
		most = max(most, together)
	}
	return most
}

// namesPIN reports whether words speak of a PIN or a password.
func namesPIN(words string) bool {
	words = strings.ToLower(strings.Map(func(r rune) rune {
		if r >= 'Ａ' && r <= 'ｚ' { // as an input method writes them full-width
			return r - 'Ａ' + 'A'
		}
		return r
	}, words))
	letters := strings.FieldsFunc(words, func(r rune) bool { return r < 'a' || r > 'z' })
	return strings.Contains(words, "密码") || strings.Contains(words, "口令") ||
		slices.ContainsFunc(letters, func(word string) bool {
			return slices.Contains([]string{"pin", "pins", "pincode", "password", "passcode", "mima"}, word)
		})
}
