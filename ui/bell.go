package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// This file is the till's tone. A payment's end is heard by a cashier who looks at the customer: once for money, twice
// for what needs a look, three times for what needs a person who decides. Waiting is silent.

// ringsApart is the time between two strokes: terminals make one of those that come closer.
const ringsApart = 300 * time.Millisecond

// ringMsg asks for so many strokes of the bell, the first one now. A newer one ends it.
type ringMsg struct{ left, turn int }

// rings is how often the bell rings for a change.
func rings(was, is *scene) int {
	n := 0
	stood, stands := was.standing(), is.standing()
	switch {
	case stood == stands:
	case stood.taken != stands.taken:
		if is.hasSale && is.sale.Settled() && len(is.sale.Tenders) > 0 {
			n = faces[ledger.Paid].rings
		}
	default:
		if at := is.shown(); at != nil {
			n = faceOf(at).rings
		}
	}
	if is.warnings > was.warnings || is.warning.id > was.warning.id || is.broken != nil && was.broken == nil {
		n = 3
	}
	return n
}

// ringing starts what a change has asked for.
func (a *App) ringing() tea.Cmd {
	n := a.rings
	if a.rings = 0; n == 0 || a.cfg.Bell == BellOff {
		return nil
	}
	a.ring++
	msg := ringMsg{n, a.ring}
	return func() tea.Msg { return msg }
}

// stroke is one sound, and the next one later. Bubble Tea writes it where it draws itself; else our painter does.
func (a *App) stroke(msg ringMsg) tea.Cmd {
	if msg.turn != a.ring {
		return nil
	}
	if msg.left--; msg.left == 0 {
		return tea.Raw("\a")
	}
	return tea.Batch(tea.Raw("\a"), tea.Tick(ringsApart, func(time.Time) tea.Msg { return msg }))
}
