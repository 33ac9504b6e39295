package ui

import "time"

// sight is what a visitor looks at.
type sight string

// The sights, as assets.GuestPhrases names them.
const (
	sightMenu       sight = "menu"
	sightScreen     sight = "screen"
	sightSupport    sight = "support"
	sightDay        sight = "day"
	sightExceptions sight = "exceptions"
	sightTalk       sight = "talk"
	sightAsk        sight = "ask"
)

type sighted struct {
	what  sight
	since time.Time
}

// sees notes what a visitor looks at from now on; nothing: they have gone.
func (h *Hub) sees(visit uint64, what sight, at time.Time) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case what == "":
		delete(h.sights, visit)
	case h.sights[visit].what != what:
		if h.sights == nil {
			h.sights = map[uint64]sighted{}
		}
		h.sights[visit] = sighted{what, at}
	}
}

// sightOf gives what a visitor looks at; nothing where that is not known.
func (h *Hub) sightOf(visit uint64) sighted {
	if h == nil {
		return sighted{}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sights[visit]
}
