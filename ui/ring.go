package ui

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// ringScreen shows what support will get, before it is sent. It stays until it is closed: a key that comes just when a ring has ended
// was not meant for the sale.
type ringScreen struct {
	text          string
	opened        time.Time // or when the last letter of a word came that was meant for the talk
	until         time.Time // of the lock of which the text tells
	sending, sent bool
}

// rangMsg brings the end of a ring.
type rangMsg struct {
	of  *ringScreen
	err error
}

// openRing writes the text of a ring: which till, which sale, how it stands, and what the screen has refused last. It names no amount.
func (a *App) openRing() tea.Cmd {
	if a.door == nil {
		a.say(note{sentence: a.words.Guest.NoDoor})
		return nil
	}
	a.push(newRing(a))
	return nil
}

func newRing(a *App) *ringScreen {
	return &ringScreen{text: a.ringText(), opened: a.now, until: a.lockedTo()}
}

func (a *App) ringText() string {
	w := &a.words.Guest
	parts := []string{a.put(w.RingText, "id", cleanCode(a.scene.till, 4), "time", a.book.Calendar().In(a.now).Format(time.DateTime))}
	if until := a.lockedTo(); !until.IsZero() { // or whoever is called stands before it
		parts = append(parts, a.put(w.RingLocked, "time", a.clockOf(until)))
	}
	if a.scene.hasSale {
		state := a.headOf(&a.scene.sale)
		if at := a.scene.shown(); at != nil {
			state = a.outcome(at).Word
			if at.Code != "" {
				state += " [" + cleanCode(at.Code, 40) + "]"
			}
		}
		parts = append(parts, a.put(w.RingSale, "tail", cleanCode(a.scene.sale.ID.Tail(), 4), "state", state))
	}
	if a.quieted != "" {
		parts = append(parts, a.put(w.RingCode, "text", "["+string(a.quieted)+"]"))
	}
	var links []string
	for _, channel := range ledger.Channels {
		if link, ok := a.scene.board.Links[channel]; ok && link.State != ledger.LinkUp {
			links = append(links, a.words.Channels[channel]+" "+a.words.Links[link.State])
		}
	}
	links = append(links, a.troubles()...)
	if len(links) > 0 {
		parts = append(parts, strings.Join(links, " · "))
	}
	return strings.Join(parts, " ")
}

func (*ringScreen) place() place { return atRing }
func (*ringScreen) leave()       {}

func (r *ringScreen) typed(a *App, _ rune) tea.Cmd {
	r.opened = a.now
	return nil
}

func (r *ringScreen) next(a *App) string {
	switch {
	case r.sending:
		return a.words.Guest.RingSending
	case r.sent:
		return a.words.Guest.RingSent.Next
	case !a.lockedTo().IsZero():
		return a.words.Guest.RingLockedNext
	}
	return a.words.Guest.RingNext
}

// hear writes the text anew when the door was locked or opened. What was sent stays.
func (r *ringScreen) hear(a *App, _ tea.Msg) tea.Cmd {
	if until := a.lockedTo(); !until.Equal(r.until) {
		r.until, r.opened = until, a.now
		if !r.sending && !r.sent {
			r.text = a.ringText()
		}
	}
	return nil
}

// act sends the text, once. A ring may take seconds, and no sale waits for it.
func (r *ringScreen) act(a *App, do action) tea.Cmd {
	if do == actOpenDoor {
		if a.soon(r.opened) { // a letter of a word
			return r.typed(a, 0)
		}
		return a.openAgain()
	}
	if do != actEnter || r.sending || r.sent || a.soon(r.opened) {
		return nil
	}
	r.sending = true
	door, ctx, text := a.door, a.feed.ctx, r.text
	return func() tea.Msg { return rangMsg{r, ring(ctx, door, text)} }
}

// ringFor bounds a ring: whoever waits for it calls by telephone instead.
const ringFor = 20 * time.Second

func ring(ctx context.Context, door Door, text string) error {
	ctx, cancel := context.WithTimeout(ctx, ringFor)
	defer cancel()
	return door.Ring(ctx, text)
}

// rang says how a ring has ended.
func (a *App) rang(err error) assets.Sentence {
	w := a.words.Guest.RingSent
	if err != nil {
		w = a.words.Guest.RingFailed
	}
	return assets.Sentence{Says: a.put(w.Says, "text", a.causeOf(err)), Next: w.Next}
}

func (r *ringScreen) draw(a *App, width, height int) []string {
	w := &a.words.Guest
	var rows []string
	if until := a.lockedTo(); !until.IsZero() {
		for _, row := range wrap(a.put(w.Locked, "time", a.clockOf(until)), width, 3) {
			rows = append(rows, a.palette.inside.Render(pad(row, width)))
		}
		rows = append(rows, "")
	}
	rows = append(rows, a.palette.bold.Render(cut(w.RingTitle, width)), "")
	return fit(append(rows, wrap(clean(r.text, 12*width), width, 10)...), height)
}
