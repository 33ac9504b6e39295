package ui

import (
	"sync"
	"sync/atomic"
)

// This file is the till's side of looking on: the newest frame of the cashier's screen, and who is told that it came. The till gives
// a frame as it stands, which costs it a pointer and, where somebody looks, a sign to each; it waits for nobody, and what a viewer
// does not take in time the next frame replaces.

// Hub has the newest frame of a till's screen for those who look on. The zero value is ready, its methods may be called from any
// goroutine, and a nil Hub is one at which nobody looks.
type Hub struct {
	latest atomic.Pointer[shot]
	turns  atomic.Uint64
	looks  atomic.Int32 // how many look on

	mu      sync.Mutex // never held while anything is drawn or written
	viewers map[chan struct{}]struct{}
	sights  map[uint64]sighted // what each visitor looks at, by the visit's number

	eyes sync.Mutex // of viewers alone
	mask masker
	seen view // latest, masked
}

// shot is one frame as the till drew it, with all that is on it: look is the only way to it. It never changes.
type shot struct {
	turn          uint64 // later frames have higher ones
	shows         showing
	text          string
	width, height int
	secret        bool // a secret is typed on this screen, so a frame that marks none is shown to nobody
	behind        bool // the cashier's terminal has not taken the frame before it yet
}

// showing is what a till has for viewers.
type showing int

const (
	showsNothing showing = iota // no screen is up
	showsScreen
	showsLines // line mode: what was said last
	showsStock // a screen that Bubble Tea's renderer draws: there is nothing to look at
)

// view is what viewers may see of a shot.
type view struct {
	of            *shot
	shows         showing
	rows          []string
	width, height int
	withheld      bool // it should have marked a secret, and did not
	behind        bool
}

// turn numbers a frame that is on its way: two goroutines publish, and the older frame must not come last.
func (h *Hub) turn() uint64 {
	if h == nil {
		return 0
	}
	return h.turns.Add(1)
}

// publish makes s the newest frame, unless a newer one is there, and tells the viewers. It never waits for one.
func (h *Hub) publish(s *shot) {
	if h == nil {
		return
	}
	for {
		last := h.latest.Load()
		if last != nil && last.turn > s.turn {
			return
		}
		if h.latest.CompareAndSwap(last, s) {
			break
		}
	}
	if h.looks.Load() == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for woken := range h.viewers {
		select {
		case woken <- struct{}{}:
		default: // it has not looked since the last one
		}
	}
}

// dark takes the picture away.
func (h *Hub) dark(shows showing) {
	if h != nil {
		h.publish(&shot{turn: h.turn(), shows: shows})
	}
}

// join gives what is signalled when there is another frame.
func (h *Hub) join() (woken <-chan struct{}, leave func()) {
	sign := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.viewers == nil {
		h.viewers = map[chan struct{}]struct{}{}
	}
	h.viewers[sign] = struct{}{}
	h.looks.Add(1)
	return sign, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.viewers, sign)
		h.looks.Add(-1)
	}
}

// look gives the newest frame without what nobody else may see. The first viewer that asks for a frame masks it for all.
func (h *Hub) look() view {
	s := h.latest.Load()
	if s == nil {
		return view{}
	}
	h.eyes.Lock()
	defer h.eyes.Unlock()
	if h.seen.of == nil || h.seen.of.turn < s.turn || h.seen.of.turn == s.turn && h.seen.of != s {
		h.seen = h.mask.view(s)
	}
	return h.seen
}
