package hardware

import (
	"context"
	"fmt"
	"time"
)

// This file is the drawer's pulse, and the test button.

// kick sends the pulse that is owed: between two commands of a job, or where l is nil on a way of its own.
func (p *Printer) kick(l printerLink) { p.kickOver(l, false) }

// kickApart sends the pulse beside a job that does not move: only the network has a second way.
func (p *Printer) kickApart(l printerLink) {
	if _, tcp := l.(*tcpLink); tcp {
		p.kickOver(nil, true)
	}
}

// kickOver is kick; stuck tells that a job does not move.
func (p *Printer) kickOver(l printerLink, stuck bool) {
	if p.asking { // a pulse asks too; the next slice has it
		return
	}
	select {
	case p.kickAt = <-p.kicks:
	default:
	}
	if p.kickAt.IsZero() || time.Since(p.kickLast) < kickAgain {
		return
	}
	at := p.kickAt
	p.kickAt = time.Time{} // what follows comes by here again
	err := p.pulse(l, stuck)
	if err == nil {
		if p.noKick != "" { // the status says so, after a look
			p.noKick, p.due = "", time.Time{}
		}
		p.kicked, p.kickLast = at, time.Time{}
		return
	}
	p.kickLast = time.Now()
	if time.Since(at) <= kickFor {
		p.kickAt = at
		return
	}
	p.noKick = "the drawer was not opened: " + err.Error()
	if l == nil && !stuck { // else the job finds it out
		p.fault(err)
	}
}

// pulse asks the printer first: one without paper would take the pulse into its buffer, and open the drawer when somebody puts paper in.
// One that does not answer gets it, unless its job does not move.
func (p *Printer) pulse(l printerLink, stuck bool) (err error) {
	if l == nil {
		if l, err = p.open(); err != nil {
			return err
		}
		defer p.closeLink(l)
	}
	if !p.mute {
		state, answers, err := p.ask(l)
		switch c := p.conditionOf(state); {
		case err != nil:
			return err
		case answers && c.waits():
			return c
		case !answers && stuck:
			return condition{Offline, "the printer takes no data"}
		}
	}
	if err := l.SetWriteDeadline(time.Now().Add(slice)); err != nil {
		return err
	}
	connector := 0
	if p.cfg.Drawer == "2" {
		connector = 1
	}
	_, err = l.Write(drawerPulse(connector))
	return err
}

// test is Test, in the owner's goroutine.
func (p *Printer) test(ctx context.Context) error {
	l, err := p.open()
	if err != nil {
		p.fault(err)
		return fmt.Errorf("reach the printer: %w", err)
	}
	defer p.closeLink(l)
	state, err := p.look(l)
	if err != nil {
		return fmt.Errorf("ask the printer: %w", err)
	}
	p.publish(state.state, state.detail)
	if state.waits() {
		return state
	}
	slip := p.desk.Test(time.Now())
	_, err = p.send(ctx, l, p.face.bytes(&slip, false))
	if err == nil && !p.mute {
		_, err = p.confirm(ctx, l, state)
	}
	if err != nil {
		l.abandon()
		return fmt.Errorf("print the test slip: %w", err)
	}
	return nil
}
