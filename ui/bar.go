package ui

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// This file is what the counter sees of those who look in from outside: a bar for as long as somebody is inside, the key that
// throws them out, and the one that opens the door again.

// Door is where people come in from outside. Its methods are called from commands.
type Door interface {
	// ThrowOut ends every visit at once and lets nobody in for an hour.
	ThrowOut()
	// Open lets people in again, once write has written that down. A lock that came meanwhile stays.
	Open(write func() error) error
	// Ring asks support to come, with a text for people; an error tells why it did not reach them.
	Ring(ctx context.Context, text string) error
}

// doorLock is for how long nobody comes in after somebody at the counter has thrown them out.
const doorLock = time.Hour

// wish is what a visitor asks for, with the tail of the sale that it is about.
type wish struct {
	ledger.Hand
	role ledger.Role
	tail string
}

// readVisits copies who is inside, what they ask for and what was said.
func (s *scene) readVisits(state *ledger.State) {
	s.visits, s.talk, s.shutTo = state.Visits(), state.Talk(), state.DoorLockedUntil()
	for _, hand := range state.Hands() {
		w := wish{Hand: hand, tail: hand.Sale.Tail()}
		if sale, at := state.Attempt(hand.Order); at != nil {
			w.tail = sale.ID.Tail()
		}
		for i := range s.visits {
			if s.visits[i].Number == hand.Visit {
				w.role = s.visits[i].Role
			}
		}
		s.wishes = append(s.wishes, w)
	}
}

// wishSays is what a visitor asks for, in words.
func (a *App) wishSays(w *wish) string {
	return a.put(a.words.Guest.Hands[w.What], "tail", cleanCode(w.tail, 4), "device", a.words.Device.Names[w.Device])
}

// unheard counts the lines of talk that others have said since this screen showed the talk.
func (a *App) unheard() (n int, last *ledger.TalkLine) {
	for i := range a.scene.talk {
		if l := &a.scene.talk[i]; l.Event > a.heard && !a.mine(l) {
			n, last = n+1, l
		}
	}
	return n, last
}

// mine reports whether a line was said from this side.
func (a *App) mine(l *ledger.TalkLine) bool {
	if a.guest != nil {
		return l.Visit == a.guest.visit
	}
	return l.Visit == 0
}

// listened notes that the talk is in sight.
func (a *App) listened() {
	if said := a.said(); len(said) > 0 {
		a.heard = max(a.heard, said[len(said)-1].Event)
	}
}

// bar tells who is inside and what they see, what they ask for or have said, and the keys; empty while nobody is. Of its forms the
// longest that fits is taken; who it is and the key that throws them out are in all of them.
func (a *App) bar(width int) string {
	visits, w := a.scene.visits, &a.words.Guest
	if len(visits) == 0 || a.guest != nil {
		return ""
	}
	who := a.put(w.Inside, "person", clean(visits[0].Person, 24), "role", a.words.Staff.Roles[visits[0].Role])
	if len(visits) > 1 {
		var names []string
		for i := range visits {
			names = append(names, clean(visits[i].Person, 24))
		}
		who = a.put(w.Many, "n", strconv.Itoa(len(visits)), "text", strings.Join(names, " "))
	}
	sign, sees, talk, key, out, short := "▲ ", a.seesWhat(), a.put(w.BarTalk), keyLabel(a.keyOf(actTalk)), a.put(w.BarOut), a.put(w.BarOutShort)
	brief := clean(visits[0].Person, 12)
	if len(visits) > 1 {
		brief += " +" + strconv.Itoa(len(visits)-1)
	}
	_, line := a.unheard()
	news := ""
	switch {
	case a.scene.shut(): // what is asked and said is for those who work here
		talk, key = "", ""
	case len(a.scene.wishes) > 0:
		sign, news = "? ", a.put(w.Asks, "person", clean(a.scene.wishes[0].Person, 24), "text", a.wishSays(&a.scene.wishes[0]))
		if a.top().place() != atHand { // there the keys answer at once, and here they are the screen's own
			talk, key = a.put(w.BarAnswer), a.put(w.BarAnswerShort)
		}
	case line != nil:
		news = a.put(w.Says, "person", clean(line.Person, 24), "text", clean(line.Text, width))
	}
	if news != "" {
		who, sees, brief = news, "", cut(news, width-wide(sign+" · "+key+" · "+short))
	}
	for _, parts := range [][]string{{who, sees, talk, out}, {who, sees, talk, short}, {who, sees, key, short}, {who, talk, out}, {who, key, short}, {brief, key, short}} {
		if text := sign + strings.Join(present(parts...), " · "); wide(text) <= width {
			return a.palette.inside.Render(pad(text, width))
		}
	}
	return a.palette.inside.Render(pad(sign+short+" · "+brief, width))
}

// keyOf is an action's first key.
func (a *App) keyOf(do action) string {
	at := slices.IndexFunc(a.keys, func(b binding) bool { return b.do == do })
	return a.keys[at].keys[0]
}

// seesWhat is what those inside look at.
func (a *App) seesWhat() string {
	w, on, first := &a.words.Guest, 0, sighted{}
	for i := range a.scene.visits {
		s := a.hub.sightOf(a.scene.visits[i].Number)
		if s.what == sightScreen {
			on++
		}
		if i == 0 {
			first = s
		}
	}
	switch {
	case len(a.scene.visits) > 1 && on > 0:
		return a.put(w.SeesMany, "n", strconv.Itoa(on))
	case len(a.scene.visits) > 1, first.what == "": // of several it is told who sees this screen; a command sees none
		return ""
	}
	return a.put(w.Sees, "text", a.put(w.Since, "text", w.Sights[string(first.what)], "time", a.clockOf(first.since)))
}

// barSign is the bar for where no row is left.
func (a *App) barSign() string {
	if len(a.scene.visits) == 0 || a.guest != nil {
		return ""
	}
	return a.palette.inside.Render("▲ " + strconv.Itoa(len(a.scene.visits)))
}

// thrownMsg tells that everybody was thrown out.
type thrownMsg struct {
	until time.Time
	err   error // the lock could not be written down
}

// throwOut ends all visits and locks the door, without a question: whoever presses this key wants it now. It waits for no intent, and
// those inside go before anything is written.
func (a *App) throwOut() tea.Cmd {
	if a.guest != nil {
		return nil
	}
	if a.door == nil && len(a.scene.visits) == 0 {
		a.say(note{sentence: a.words.Guest.NoDoor})
		return nil
	}
	door, desk, ctx, until := a.door, a.desk, a.feed.ctx, a.now.Add(doorLock)
	return func() tea.Msg { return thrownMsg{until, shutDoor(ctx, door, desk)} }
}

// shutDoor throws everybody out, and writes the lock down.
func shutDoor(ctx context.Context, door Door, desk desk) error {
	if door != nil {
		door.ThrowOut()
	}
	return desk.LockDoor(ctx, placeConsole, doorLock)
}

// thrown is what is said when everybody is out.
func (a *App) thrown(msg thrownMsg) assets.Sentence {
	w := a.words.Guest.Thrown
	if msg.err != nil {
		w = a.words.Guest.ThrownOnly
	}
	return assets.Sentence{Says: a.put(w.Says, "time", a.clockOf(msg.until), "text", a.causeOf(msg.err)), Next: w.Next}
}

// lockedTo is until when the door is locked; the zero time when it is not.
func (a *App) lockedTo() time.Time {
	if until := a.scene.shutTo; until.After(a.now) {
		return until
	}
	return time.Time{}
}

// openAgain opens the door before its lock has run out, with a second person for who may not do this alone.
func (a *App) openAgain() tea.Cmd {
	if a.guest != nil {
		return nil
	}
	do, ok := a.opening()
	if !ok {
		a.say(note{sentence: a.words.Guest.NotLocked})
		return nil
	}
	do.then = func(a *App, err error) tea.Cmd {
		if err == nil {
			a.sayOnly(a.words.Guest.Opened)
		}
		return nil
	}
	return a.consented(do, a.actor.May(ledger.RightDoor) != nil)
}

// opening is the intent that opens the door whose lock is seen now; ok is false where it is not locked. It is written down first, and
// the ledger lets nobody in either way, so no door stands open of which the journal does not know.
func (a *App) opening() (do approval, ok bool) {
	book, actor, door, until := a.book, a.actor, a.door, a.lockedTo()
	if door == nil || until.IsZero() {
		return do, false
	}
	return approval{do: actOpenDoor, what: []string{a.put(a.words.Guest.OpenWhat, "time", a.clockOf(until))}, call: func(ctx context.Context, second *ledger.Consent) error {
		return door.Open(func() error { return book.UnlockDoor(ctx, actor, ledger.DoorWish{Until: until, Second: second}) })
	}}, true
}

// causeOf says an error in a sentence of the screen.
func (a *App) causeOf(err error) string {
	if err == nil {
		return ""
	}
	if reason := ledger.ReasonOf(err); reason != "" {
		return a.fill(a.words.Reasons[reason].Says) + " [" + string(reason) + "]"
	}
	if errors.Is(err, errNotFound) || errors.Is(err, errNoPrinter) {
		return a.fill(a.noteOf(err).sentence.Says)
	}
	return clean(err.Error(), 120)
}
