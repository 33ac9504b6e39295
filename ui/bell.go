package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// This file is the till's tone. A payment's end is heard by a cashier who looks at the customer: once for money, twice
// for what needs a look, three times for what needs a person who decides. Waiting is silent.

// ringsApart is the time between two strokes: terminals make one of those that come closer.
const ringsApart = 300 * time.Millisecond

// ringMsg asks for so many strokes of the bell, the first one now.
type ringMsg int

// rings is how often the bell rings for a change.
func rings(was, is *scene) int {
	n := 0
	if was.standing() != is.standing() {
		if at := is.shown(); at != nil {
			n = faces[at.State].rings
		}
	}
	if is.warnings > was.warnings || is.broken != nil && was.broken == nil {
		n = 3
	}
	return n
}

// ringing starts what a change has asked for.
func (a *App) ringing() tea.Cmd {
	n := ringMsg(a.rings)
	if a.rings = 0; n == 0 || a.cfg.Bell == BellOff {
		return nil
	}
	return func() tea.Msg { return n }
}

// stroke is one sound, and the next one later. Our painter rings by itself; its terminal never sees the raw bytes.
func stroke(n ringMsg) tea.Cmd {
	if n <= 1 {
		return tea.Raw("\a")
	}
	return tea.Batch(tea.Raw("\a"), tea.Tick(ringsApart, func(time.Time) tea.Msg { return n - 1 }))
}
