package ui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"
)

// guestHome is the floor of a visitor's screens: what can be looked at, by number.
type guestHome struct {
	leaving bool // one more Esc leaves
}

// menu is what a visitor's numbers open. A number means the same for every role.
var menu = []sight{sightScreen, sightSupport, sightDay, sightExceptions, sightAsk, sightTalk}

// offers reports whether a visitor may open something: what is money's is the supervisors'.
func (g *guest) offers(what sight) bool {
	return g.supervises || what != sightDay && what != sightExceptions
}

func (*guestHome) place() place { return atGuest }
func (*guestHome) leave()       {}

func (h *guestHome) next(a *App) string {
	if h.leaving {
		return a.words.Guest.LeaveNext
	}
	return a.words.Guest.MenuNext
}

func (h *guestHome) typed(a *App, char rune) tea.Cmd {
	h.leaving = false
	n := int(char - '1')
	switch {
	case n < 0 || n >= len(menu) || !a.guest.offers(menu[n]):
		return nil
	}
	switch menu[n] {
	case sightScreen:
		return func() tea.Msg { return lookMsg{} }
	case sightSupport:
		return a.openSupport()
	case sightDay:
		return a.openDay()
	case sightExceptions:
		return a.openExceptions()
	case sightAsk:
		a.push(newAsk())
		return nil
	}
	return a.openTalk()
}

// act leaves on the second Esc in a row.
func (h *guestHome) act(_ *App, do action) tea.Cmd {
	if do == actEsc && h.leaving {
		return tea.Quit
	}
	h.leaving = do == actEsc
	return nil
}

func (h *guestHome) draw(a *App, width, height int) []string {
	w := &a.words.Guest
	rows := []string{a.palette.bold.Render(a.put(w.MenuTitle, "id", cleanCode(a.scene.till, 4))), ""}
	for i, what := range menu {
		if a.guest.offers(what) {
			rows = append(rows, cut("  "+strconv.Itoa(i+1)+"  "+a.put(w.Menu[string(what)]), width))
		}
	}
	return rows[:min(len(rows), height)]
}
