package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// loginScreen lies over everything while nobody works here, or the screen is locked. The sale in hand stays under it: how it stands
// is shown, its amount is not. Another cashier can take over from it at any time.
type loginScreen struct {
	who
	from string // whom somebody relieves by hand: then Esc goes back to them; empty: nobody can do anything before
}

func newLogin(a *App, from string) *loginScreen {
	l := &loginScreen{who: newWho(a.scene.people), from: from}
	if a.scene.locked {
		l.named(a, a.scene.actor.Person)
	}
	return l
}

// login is where in the stack somebody signs in; 0: nowhere.
func (a *App) login() (at int, l *loginScreen) {
	for i, s := range a.stack {
		if l, is := s.(*loginScreen); is {
			return i, l
		}
	}
	return 0, nil
}

// popTo takes every screen away that lies above so many.
func (a *App) popTo(height int) {
	for len(a.stack) > max(height, 1) {
		a.pop()
	}
}

// atDoor follows who works here: the sign-in comes when nobody may do anything, and goes when somebody has signed in. What another
// person had begun on a screen does not become theirs.
func (a *App) atDoor(was *scene) {
	s := &a.scene
	if !s.staffed || a.guest != nil {
		return
	}
	before := a.actor.Person
	if a.actor = s.actor; a.lines {
		return
	}
	at, l := a.login()
	switch {
	case s.broken != nil && l != nil: // nothing can be written, and what is wrong has to be read
		a.popTo(at)
	case s.broken != nil:
	case s.shut() && l == nil:
		a.asked, a.note = askNothing, note{}
		clear(a.pasted)
		a.endPairing()
		a.push(newLogin(a, ""))
	case s.shut():
		l.from = ""
	case before != a.actor.Person:
		a.popTo(1)
	case l != nil && (l.from == "" || was.shut()):
		a.popTo(at)
	}
	if b := s.board.Badge; b != nil && b != was.board.Badge && was.turn > 0 {
		a.badged(b.Person)
	}
}

// badger is a screen that wants to know whose badge was scanned.
type badger interface{ badge(a *App, name string) }

// badged fills a badge's person in where somebody says who they are; over a sale it begins a change of cashier.
func (a *App) badged(name string) {
	switch s, wants := a.top().(badger); {
	case wants:
		s.badge(a, name)
	case a.top().place() == atSale && name != a.actor.Person:
		a.changeCashier(name)
	default: // whoever is signed in, or a screen that wants no badge
		a.say(a.noteFor(ledger.ReasonCodeUnknown, ledger.LooksBadge))
	}
}

// changeCashier lets somebody take over; a name that a badge has given is filled in.
func (a *App) changeCashier(name string) {
	if !a.scene.staffed {
		return
	}
	l := newLogin(a, a.actor.Person)
	a.push(l)
	if name != "" {
		l.badge(a, name)
	}
}

// lock keeps the session and lets nothing be done before a PIN.
func (a *App) lock(why ledger.SignOutWhy) tea.Cmd {
	if !a.scene.staffed || a.scene.shut() {
		return nil
	}
	desk := a.desk
	return a.intend(actLock, func(ctx context.Context) error { return desk.LockScreen(ctx, placeConsole, why) })
}

// autoLock locks a till that nobody has touched for a while.
func (a *App) autoLock() tea.Cmd {
	if a.lockAfter <= 0 || a.flying() || a.now.Sub(a.touched) < a.lockAfter {
		return nil
	}
	return a.lock(ledger.SignOutIdle)
}

// stepBack keeps the screen where nobody may go on without signing in.
func (l *loginScreen) stepBack(*App) (stepped bool) { return l.who.stepBack() || l.from == "" }

func (l *loginScreen) act(a *App, do action) tea.Cmd {
	if do != actEnter {
		l.edit(a, do)
		return nil
	}
	if !l.enter(a) {
		return nil
	}
	word, desk := l.consent(), a.desk
	return a.prove(actSwitch, func(ctx context.Context) error {
		_, err := desk.SignIn(ctx, placeConsole, word.Person, word.PIN, word.Code)
		return err
	}, func(a *App, err error) tea.Cmd {
		if err != nil {
			l.refused(a)
			return nil
		}
		if at, open := a.login(); open == l { // whoever worked here has signed in once more
			a.popTo(at)
		}
		says := a.words.Staff.Welcome
		if a.scene.learner {
			says = a.words.Staff.WelcomeLearner
		}
		says.Says = assets.Fill(says.Says, "person", clean(word.Person, 24))
		a.say(note{sentence: says})
		return nil
	})
}

func (l *loginScreen) next(a *App) string {
	s := &a.words.Staff
	switch {
	case len(l.people) == 0:
		return a.put(s.Nobody[2])
	case l.step == whoPIN:
		return s.PINNext
	case l.step == whoCode:
		return s.CodeNext
	case l.from != "":
		return s.SwitchNext
	}
	return s.PickNext
}

func (l *loginScreen) draw(a *App, width, height int) []string {
	s := &a.words.Staff
	head := s.SignIn
	switch {
	case l.from != "":
		head = a.put(s.Switch, "person", clean(l.from, 24))
	case a.scene.locked:
		head = a.put(s.Locked, "person", clean(a.scene.actor.Person, 24))
	}
	rows := []string{"", a.palette.bold.Render(cut(head, width)), ""}
	if len(l.people) == 0 {
		for _, text := range s.Nobody {
			rows = append(rows, wrap(a.fill(text), width, 3)...)
		}
		return rows
	}
	var hand []string
	if a.scene.hasSale && a.scene.draft.Empty() {
		state := a.headOf(&a.scene.sale)
		if at := a.scene.shown(); at != nil && !a.tendered(&a.scene.sale) {
			state = a.outcome(at).Word
		}
		hand = []string{"", cut(a.put(s.InHand, "tail", a.scene.sale.ID.Tail(), "state", state), width)}
	}
	return append(append(rows, l.who.draw(a, width, height-len(rows)-len(hand))...), hand...)
}
