package ui

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"guitai/assets"
	"guitai/ledger"
)

// This file is how people sign in, and agree to something, by lines. Nothing of it is shown while it is typed, as nothing is here.

// door is somebody who is saying who they are: to work here, or to agree to something.
type door struct {
	who
	approval
	forced bool        // nothing else can be done before
	then   func(error) // what follows the intent; nil: nothing
}

// touched puts the lock off: somebody is here.
func (p *plain) touched() {
	if p.app.lockAfter > 0 {
		p.idle.Reset(p.app.lockAfter)
	}
}

func (p *plain) lock(why ledger.SignOutWhy) {
	if !p.app.scene.staffed || p.app.scene.shut() {
		return
	}
	if p.flight != 0 { // it is looked at again
		p.touched()
		return
	}
	desk := p.app.desk
	p.intend(actLock, func(ctx context.Context) ([]string, error) { return nil, desk.LockScreen(ctx, placeConsole, why) })
}

// openDoor asks who works here; with an intent, who agrees to it, and what follows it then.
func (p *plain) openDoor(do *approval, then func(error)) {
	people := p.app.scene.people
	if do != nil {
		people = p.app.approvers()
	}
	p.closeDoor()
	p.door = &door{who: newWho(people), forced: do == nil && p.app.scene.shut(), then: then}
	if do != nil {
		p.door.approval = *do
	}
	if s := &p.app.scene; do == nil && s.locked {
		p.door.named(p.app, s.actor.Person)
		p.shelf, p.talk = p.talk, nil
		p.shelf.forget()
	} else if len(people) == 1 {
		p.door.choose(p.app, 0)
	}
	p.endTalk()
	p.rest = nil
	p.tellDoor()
}

func (p *plain) closeDoor() {
	if p.door != nil {
		p.door.wipe()
		p.door = nil
	}
}

// consented sends an intent, and asks for a second person where one is needed. then follows whatever came of it, unless nobody agreed.
func (p *plain) consented(do approval, needed bool, then func(error)) {
	if needed {
		p.openDoor(&do, then)
		return
	}
	p.intendThen(do.do, func(ctx context.Context) ([]string, error) { return nil, do.call(ctx, nil) }, func(err error) {
		if ledger.ReasonOf(err) == ledger.ReasonSecondPerson {
			p.openDoor(&do, then)
			return
		}
		then(err)
	})
	p.mute = ledger.ReasonSecondPerson
}

// atDoor takes a line while somebody says who they are. An empty line goes a step back.
func (p *plain) atDoor(line *typed) (left bool) {
	d := p.door
	p.app.quiet()
	fast := line.fast || line.long || d.step == whoPick && len(line.text) >= codeDigits
	switch {
	case len(line.text) == 0, d.call != nil && len(line.text) == 1 && string(line.text) == p.letterOf(actDrop): // of a consent, as of any talk
		p.doorBack()
	case fast && p.badgeAt(line.text):
		p.tellDoor()
	case d.step == whoPick && strings.EqualFold(string(line.text), wordLeave):
		return p.leave()
	case fast && d.step == whoPick:
		p.tellNote(note{sentence: p.app.words.Staff.NotStaff})
	case fast:
		p.tellNote(note{sentence: p.app.words.Staff.Scanned})
	case d.step == whoPick:
		p.pickAt(string(line.text))
	default:
		p.prove(line.text)
	}
	return false
}

func (p *plain) badgeAt(text []byte) bool {
	name, ok := p.app.book.BadgeOf(text)
	return ok && p.door.named(p.app, name)
}

// doorBack goes a step back; from the first one nothing is done, where that is possible.
func (p *plain) doorBack() {
	d := p.door
	if d.stepBack() || d.forced {
		p.tellDoor()
		return
	}
	p.closeDoor()
	p.say(p.app.words.Plain.NotDone, p.app.words.Staff.PlainGone.Says)
	p.tellStanding()
}

// pickAt takes the number before a name, or the name.
func (p *plain) pickAt(text string) {
	d := p.door
	if n, err := strconv.Atoi(text); err == nil {
		d.choose(p.app, n-1)
	} else {
		for i := range d.people {
			if strings.EqualFold(d.people[i].name, text) {
				d.choose(p.app, i)
			}
		}
	}
	p.tellDoor()
}

// prove takes the line that is a PIN, or an authenticator's code.
func (p *plain) prove(text []byte) {
	d, a := p.door, p.app
	if len(bytes.Trim(text, "0123456789")) > 0 {
		p.tellNote(a.noteFor(ledger.ReasonPINShape, ""))
		return
	}
	for _, c := range text {
		d.typed(a, rune(c))
	}
	if d.step == whoPIN && a.needsCode != nil && a.needsCode(d.name()) {
		d.step = whoCode
		p.tellDoor()
		return
	}
	word, call := d.consent(), d.call
	if call == nil {
		desk := a.desk
		call = func(ctx context.Context, word *ledger.Consent) error {
			_, err := desk.SignIn(ctx, placeConsole, word.Person, word.PIN, word.Code)
			return err
		}
	}
	p.intendThen(actSwitch, func(ctx context.Context) ([]string, error) {
		return nil, call(ctx, word)
	}, func(err error) { p.proved(d, err) })
}

// proved keeps the door open where the word was not good.
func (p *plain) proved(d *door, err error) {
	switch ledger.ReasonOf(err) {
	case ledger.ReasonPINWrong, ledger.ReasonPINLocked, ledger.ReasonNotAllowed, ledger.ReasonSamePerson, ledger.ReasonNoPepper:
		d.refused(p.app)
		p.tellDoor()
		return
	}
	p.proof = p.app.now
	if p.door == d {
		p.closeDoor()
	}
	if d.then != nil {
		d.then(err)
	}
}

// tellDoor says what the next line is for.
func (p *plain) tellDoor() {
	d, a := p.door, p.app
	s := &a.words.Staff
	lead, asks := s.SignInWord, s.PlainPick
	switch {
	case d.call != nil:
		lead, asks = s.ConsentWord, s.PlainWhat
	case a.scene.locked:
		lead = s.LockWord
	}
	if d.step == whoPIN {
		asks = s.PlainPIN
	} else if d.step == whoCode {
		asks = s.PlainCode
	}
	what := p.agreed(d.what)
	switch {
	case len(d.people) == 0 && d.call != nil:
		p.say(lead, what, a.fill(s.ApproveNobody))
		p.closeDoor()
		return
	case len(d.people) == 0:
		p.say(lead, p.all(s.Nobody))
		return
	case d.until.After(a.now):
		p.say(lead, a.put(s.LockedFor, "seconds", secondsLeft(d.until.Sub(a.now))))
	}
	trainer := ""
	if a.training && d.call != nil {
		trainer = sentence(a.put(s.Trainer, "pin", ledger.TrainerPIN), p.stop())
	}
	p.say(lead, what, trainer, assets.Fill(a.fill(asks.Says), "person", clean(d.name(), 24)), p.next(asks.Next))
	if d.step == whoPick {
		for i := range d.people {
			p.say(strconv.Itoa(i+1)+":", clean(d.people[i].name, 24)+p.comma()+s.Roles[d.people[i].role]+p.stop())
		}
	}
}

// agreed is what somebody agrees to, a sentence for each part.
func (p *plain) agreed(what []string) string {
	var parts []string
	for _, part := range what {
		if !strings.HasSuffix(part, "?") && !strings.HasSuffix(part, "？") {
			part = sentence(part, p.stop())
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

// tellWho says who works here now, or asks for it. A badge begins a change of cashier.
func (p *plain) tellWho(was *told) {
	s, a := &p.app.scene, p.app
	switch {
	case s.shut() && !was.shut:
		p.openDoor(nil, nil)
	case s.shut() || !s.staffed:
	case was.shut || s.actor.Person != was.person:
		p.closeDoor()
		says := a.words.Staff.Welcome
		if s.learner {
			says = a.words.Staff.WelcomeLearner
		}
		p.say(a.words.Staff.SignInWord, a.put(says.Says, "person", clean(s.actor.Person, 24)))
		if p.shelf != nil && was.person == s.actor.Person {
			p.talk, p.shelf = p.shelf, nil
			p.turn(p.talk.step)
			break
		}
		p.shelf = nil
		p.tellStanding()
	}
	if b := s.board.Badge; b == nil || b == was.badge {
		return
	} else if p.door == nil && b.Person != s.actor.Person {
		p.openDoor(nil, nil)
	}
	if p.door != nil && p.door.named(a, s.board.Badge.Person) {
		p.tellDoor()
	}
}
