package ui

import (
	"io"
	"sync"
	"time"

	"github.com/charmbracelet/colorprofile"
)

// drawing is one frame on its way to the terminal.
type drawing struct {
	text          string
	width, height int
	whole         bool // what the terminal holds is not known: paint every cell
	enter         bool // someone else had the terminal in between: make it ours again
	secret        bool // a secret is being typed
	turn          uint64
}

// painter owns the terminal's output. A goroutine of its own writes, so that a terminal that takes nothing holds nobody:
// of the frames that come meanwhile the latest is painted.
type painter struct {
	out    io.Writer
	canvas canvas
	failed func(*PanicError) // told of a bug in the painter, once

	mu   sync.Mutex
	next *drawing
	hub  *Hub // of those who look on; nil: nobody can
	sync bool // frames are wrapped in synchronized output
	ring bool // the bell is to ring
	stop bool

	wake  chan struct{}
	ended chan struct{}
}

func newPainter(out io.Writer, can abilities, profile colorprofile.Profile, failed func(*PanicError)) *painter {
	p := &painter{
		out: out, failed: failed, sync: can.sync,
		canvas: canvas{can: can, inks: inks{profile: profile, attrs: can.attrs, weaker: map[colour]colour{}}},
		wake:   make(chan struct{}, 1), ended: make(chan struct{}),
	}
	go p.run()
	return p
}

// show gives the next frame; it never waits. A frame that was not painted yet gives way, but not what it had to say
// about the terminal.
func (p *painter) show(d drawing) {
	p.mu.Lock()
	hub, behind := p.hub, p.next != nil
	d.turn = hub.turn()
	if behind {
		d.whole, d.enter = d.whole || p.next.whole, d.enter || p.next.enter
	}
	p.next = &d
	if behind && hub != nil { // the terminal takes nothing: who looks on need not wait for it
		hub.publish(d.shot(true))
	}
	p.mu.Unlock()
	p.poke()
}

// shot is the frame for those who look on.
func (d *drawing) shot(behind bool) *shot {
	return &shot{turn: d.turn, shows: showsScreen, text: d.text, width: d.width, height: d.height, secret: d.secret, behind: behind}
}

// watched gives every frame to a hub, once the terminal has it.
func (p *painter) watched(hub *Hub) {
	p.mu.Lock()
	p.hub = hub
	p.mu.Unlock()
}

// synchronized tells that the terminal knows mode 2026.
func (p *painter) synchronized() {
	p.mu.Lock()
	p.sync = true
	p.mu.Unlock()
}

// bell rings once the frames before it are painted; it never waits.
func (p *painter) bell() {
	p.mu.Lock()
	p.ring = true
	p.mu.Unlock()
	p.poke()
}

// close gives the terminal back and reports whether it took everything within patience.
func (p *painter) close(patience time.Duration) bool {
	p.mu.Lock()
	p.stop = true
	p.mu.Unlock()
	p.poke()
	select {
	case <-p.ended:
		return true
	case <-time.After(patience):
		return false
	}
}

func (p *painter) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *painter) run() {
	defer close(p.ended)
	can := &p.canvas.can
	io.WriteString(p.out, can.enter())
	known := false
	for range p.wake {
		p.mu.Lock()
		next, ring, stop, hub := p.next, p.ring, p.stop, p.hub
		p.next, p.ring, can.sync = nil, false, p.sync
		p.mu.Unlock()
		if stop {
			break
		}
		if next != nil {
			next.whole = next.whole || !known
			known = p.write(next)
			if hub != nil {
				hub.publish(next.shot(false))
			}
		}
		if ring {
			io.WriteString(p.out, "\a")
		}
	}
	io.WriteString(p.out, can.leave())
	p.canvas = canvas{} // it held what customers see: order numbers, a QR
}

// write paints one frame and reports whether the terminal holds it now. An error (the line is gone, or is full and does
// not wait) leaves that open; the next frame is then painted whole.
func (p *painter) write(d *drawing) (known bool) {
	defer func() {
		if value := recover(); value != nil {
			p.failed(panicError(value))
		}
	}()
	var out []byte
	if d.enter {
		out = append(out, p.canvas.can.enter()...)
	}
	lead := len(out)
	if p.canvas.can.sync {
		out = append(out, "\x1b[?2026h"...)
	}
	before := len(out)
	out = p.canvas.paint(out, d.text, d.width, d.height, d.whole)
	switch {
	case len(out) == before:
		out = out[:lead]
	case p.canvas.can.sync:
		out = append(out, "\x1b[?2026l"...)
	}
	if len(out) == 0 {
		return true
	}
	_, err := p.out.Write(out)
	return err == nil
}
