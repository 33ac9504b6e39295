package ui

import (
	"slices"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// This file is what the counter's screen keeps of visitors who have gone: the ledger's state has their talk no more, and somebody may
// just have been with a customer.

// goneFor is for how long what was said is shown after whoever said it has gone; the next one who comes in ends it, too.
const goneFor = 30 * time.Minute

// gone is the talk of those who have gone.
type gone struct {
	talk []ledger.TalkLine
	at   time.Time // when the last of them went
}

// said is the talk as the counter's screen has it: with those who have gone a little while ago.
func (a *App) said() []ledger.TalkLine {
	if a.guest != nil || len(a.gone.talk) == 0 || a.now.Sub(a.gone.at) > goneFor {
		return a.scene.talk
	}
	return slices.SortedFunc(slices.Values(slices.Concat(a.gone.talk, a.scene.talk)), func(l, m ledger.TalkLine) int { return int(int64(l.Event - m.Event)) })
}

// seeGone keeps the talk of those who have gone since the look before, and says what nobody may have seen.
func (a *App) seeGone(was *scene) {
	s := &a.scene
	switch {
	case a.guest != nil:
		return
	case len(was.visits) == 0 && len(s.visits) > 0:
		a.gone = gone{}
	}
	unread := false
	for i := range was.talk {
		l := &was.talk[i]
		if l.Visit != 0 && s.visitor(l.Visit) != nil || l.Visit == 0 && len(s.visits) > 0 {
			continue
		}
		a.gone.talk, a.gone.at = append(a.gone.talk, *l), a.now
		unread = unread || l.Event > a.heard && !a.mine(l)
	}
	if s.shut() || a.now.Before(s.shutTo) { // for those who work here; and whom the counter has thrown out has not just gone
		return
	}
	for i := range was.visits {
		if v := &was.visits[i]; s.visitor(v.Number) == nil {
			a.sayGone(was, v, unread)
		}
	}
}

// sayGone says that what a visitor has asked for is dropped, or that there is something of theirs to read.
func (a *App) sayGone(was *scene, v *ledger.Visit, unread bool) {
	w := &a.words.Guest
	for i := range was.wishes {
		if one := &was.wishes[i]; one.Visit == v.Number {
			a.sayOnly(a.about(assets.Sentence{Says: w.LeftAsking}, one))
			return
		}
	}
	if unread {
		a.sayOnly(assets.Sentence{Says: a.put(w.LeftSaid, "person", clean(v.Person, 24))})
	}
}

// visitor finds somebody who is inside, or gives nil.
func (s *scene) visitor(number uint64) *ledger.Visit {
	at := slices.IndexFunc(s.visits, func(v ledger.Visit) bool { return v.Number == number })
	if at < 0 {
		return nil
	}
	return &s.visits[at]
}
