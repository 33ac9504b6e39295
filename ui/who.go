package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// This file is the part of a screen in which a person says who they are and proves it.

// placeConsole is where everybody works who works at the till's own screen.
var placeConsole = ledger.Trainee.Place

// colleague is a person as the screens know them.
type colleague struct {
	name           string
	role           ledger.Role
	learner, noPIN bool
}

// readStaff copies who works here, and who could.
func (s *scene) readStaff(state *ledger.State) {
	s.actor = ledger.Actor{Role: ledger.RoleCashier, Place: placeConsole}
	if session, in := state.Session(placeConsole); in {
		p, _ := state.Person(session.Person)
		s.actor.Person, s.actor.Role, s.locked, s.learner = p.Name, p.Role, session.Locked, p.Learner
	}
	for _, p := range state.People() {
		if !p.Gone {
			s.people = append(s.people, colleague{p.Name, p.Role, p.Learner, !p.HasPIN()})
		}
	}
}

// shut reports whether nothing can be done before somebody has signed in.
func (s *scene) shut() bool { return s.staffed && (s.actor.Person == "" || s.locked) }

// pinPad holds what is keyed and must not be seen: digits live in one buffer and are wiped.
type pinPad struct{ digits []byte }

// pinMost is more than a PIN has (ledger.PIN): a longer one is refused and not cut.
const pinMost = 16

func newPinPad() pinPad { return pinPad{make([]byte, 0, pinMost)} }

func (p *pinPad) add(char rune) {
	if char >= '0' && char <= '9' && len(p.digits) < pinMost {
		p.digits = append(p.digits, byte(char))
	}
}

func (p *pinPad) back() {
	if n := len(p.digits); n > 0 {
		p.digits[n-1] = 0
		p.digits = p.digits[:n-1]
	}
}

func (p *pinPad) wipe() {
	clear(p.digits[:cap(p.digits)]) // what was taken back too
	p.digits = p.digits[:0]
}

// take gives the digits away and forgets them.
func (p *pinPad) take() []byte {
	digits := append(make([]byte, 0, pinMost), p.digits...)
	p.wipe()
	return digits
}

func (p *pinPad) draw(label string) string {
	return "  " + label + ": " + secret(pad(strings.Repeat("*", len(p.digits))+"_", pinMost+1))
}

// whoStep is how far somebody has come.
type whoStep int

const (
	whoPick whoStep = iota
	whoPIN
	whoCode
)

// pickSigns pick a person with one key, whoever it is.
const pickSigns = "123456789abcdefghijklmnopqrstuvwxyz"

// who is one of several people, and what they key to prove it.
type who struct {
	people []colleague
	at     list
	step   whoStep
	pin    pinPad
	code   pinPad
	until  time.Time // before then nobody can try this person's PIN
}

func newWho(people []colleague) who {
	return who{people: people, pin: newPinPad(), code: newPinPad()}
}

func (w *who) place() place {
	if w.step == whoPick {
		return atPick
	}
	return atPIN
}

func (w *who) wipe() {
	w.pin.wipe()
	w.code.wipe()
}

func (w *who) leave() { w.wipe() }

// name is the chosen person; empty when there is nobody.
func (w *who) name() string {
	if int(w.at) >= len(w.people) {
		return ""
	}
	return w.people[w.at].name
}

// choose takes a person. Whatever was keyed for another one is wiped.
func (w *who) choose(a *App, at int) {
	if at < 0 || at >= len(w.people) {
		return
	}
	w.wipe()
	w.at, w.step = list(at), whoPIN
	w.lookLocked(a)
}

// named chooses a person by name; ok is false when they are not among those who can be chosen.
func (w *who) named(a *App, name string) (ok bool) {
	for i := range w.people {
		if w.people[i].name == name {
			w.choose(a, i)
			return true
		}
	}
	return false
}

func (w *who) lookLocked(a *App) {
	w.until = time.Time{}
	if left := a.book.LockedFor(a.actor.Place, w.name()); left > 0 {
		w.until = a.now.Add(left)
	}
}

func (w *who) typed(a *App, char rune) tea.Cmd {
	switch w.step {
	case whoPick:
		w.choose(a, strings.IndexRune(pickSigns, char))
	case whoPIN:
		w.pin.add(char)
	case whoCode:
		w.code.add(char)
	}
	return nil
}

// stepBack goes one step back, and wipes what was keyed.
func (w *who) stepBack() (stepped bool) {
	w.wipe()
	switch {
	case w.step == whoCode:
		w.step = whoPIN
	case w.step == whoPIN && len(w.people) > 1:
		w.step = whoPick
	default:
		return false
	}
	return true
}

// edit does what keys other than Enter ask for.
func (w *who) edit(a *App, do action) {
	switch {
	case do == actBack && w.step == whoPIN:
		w.pin.back()
	case do == actBack && w.step == whoCode:
		w.code.back()
	case do == actUp || do == actDown:
		was, step := w.at, w.step
		if w.at.move(do, len(w.people), 1); w.at != was && step != whoPick {
			w.choose(a, int(w.at))
		}
	}
}

// enter goes on; ready is true when everything is keyed.
func (w *who) enter(a *App) (ready bool) {
	switch {
	case len(w.people) == 0:
	case w.step == whoPick:
		w.choose(a, int(w.at))
	case w.step == whoPIN && len(w.pin.digits) == 0, w.step == whoCode && len(w.code.digits) == 0:
		a.say(note{sentence: a.words.Staff.Empty})
	case w.step == whoPIN && a.needsCode != nil && a.needsCode(w.name()):
		w.step = whoCode
	default:
		return true
	}
	return false
}

// consent gives what was keyed, and forgets it.
func (w *who) consent() *ledger.Consent {
	code := w.code.take()
	defer clear(code)
	return &ledger.Consent{Person: w.name(), PIN: ledger.NewPIN(w.pin.take()), Code: string(code)}
}

// refused begins again with the PIN.
func (w *who) refused(a *App) {
	w.wipe()
	w.step = whoPIN
	w.lookLocked(a)
}

// sees takes scans: a badge names its person, and anything else that came as fast is thrown away with what was keyed before it.
func (w *who) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan == nil {
		return false, nil
	}
	defer p.scan.Wipe()
	if name, ok := a.book.BadgeOf(p.scan.Text); ok {
		w.badge(a, name)
		return true, nil
	}
	w.suspected(a)
	return true, nil
}

func (w *who) suspected(a *App) {
	w.wipe()
	if w.step == whoPick {
		a.say(note{sentence: a.words.Staff.NotStaff})
	} else {
		a.say(note{sentence: a.words.Staff.Scanned})
	}
}

// badge fills in the person, and never the PIN.
func (w *who) badge(a *App, name string) {
	if !w.named(a, name) {
		a.say(note{sentence: a.words.Staff.NotStaff})
	}
}

// draw gives the list, and what is keyed under it.
func (w *who) draw(a *App, width, height int) []string {
	if len(w.people) == 0 {
		return nil
	}
	s := &a.words.Staff
	var form []string
	switch {
	case w.step == whoPick:
	case w.until.After(a.now):
		form = []string{secret(""), a.palette.alarm.Render(cut("  "+a.put(s.LockedFor, "seconds", secondsLeft(w.until.Sub(a.now))), width))}
	case w.step == whoPIN:
		form = []string{"", cut("  "+s.Name+": "+clean(w.name(), 24), width), cut(w.pin.draw(s.PIN), width)}
	default:
		form = []string{"", cut("  "+s.Name+": "+clean(w.name(), 24), width), cut(w.code.draw(s.Code), width)}
	}
	var rows []string
	from, to, more := w.at.window(a, len(w.people), height-len(form), true)
	for i := from; i < to; i++ {
		rows = append(rows, a.chosen(i == int(w.at), w.row(a, i), width))
	}
	if more != "" {
		rows = append(rows, more)
	}
	return append(rows, form...)
}

// row is one person in the list.
func (w *who) row(a *App, i int) string {
	p, sign := &w.people[i], " "
	if i < len(pickSigns) {
		sign = pickSigns[i : i+1]
	}
	text := a.put(a.words.Staff.Row, "mark", sign, "person", clean(p.name, 24), "role", a.words.Staff.Roles[p.role])
	if p.learner {
		text += " · " + a.words.Staff.Learner
	}
	if p.noPIN {
		text += " · " + a.words.Staff.NoPIN
	}
	return text
}
