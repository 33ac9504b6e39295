package hardware

import (
	"context"
	"errors"
	"os"
	"time"
)

// This file asks the printer how it is.

// condition is what a printer told, or did not. As an error it is why a slip did not come out.
type condition struct {
	state  State
	detail string
}

func (c condition) Error() string { return c.detail }

// waits reports whether nothing can be printed now.
func (c condition) waits() bool {
	return c.state == PaperOut || c.state == CoverOpen || c.state == Offline
}

func (p *Printer) conditionOf(s paper) condition {
	switch {
	case s.CoverOpen:
		return condition{CoverOpen, "the printer's cover is open"}
	case s.Out:
		return condition{PaperOut, "the printer is out of paper"}
	case s.Offline:
		return condition{Offline, "the printer says that it is off line"}
	case s.NearEnd:
		return condition{PaperLow, "the printer's paper is near its end"}
	}
	return condition{Open, p.cfg.To}
}

// look asks for the status. A printer that was mute the last time is not waited for while something is to be printed: that would hold
// up every slip.
func (p *Printer) look(l printerLink) (condition, error) {
	if p.mute && p.spool.first() != nil {
		return p.silence(), nil
	}
	state, answers, err := p.ask(l, nil)
	p.mute = err == nil && !answers
	if p.mute {
		return p.silence(), nil
	}
	return p.conditionOf(state), err
}

func (p *Printer) silence() condition {
	return condition{Mute, p.cfg.To + " takes data and does not tell its status"}
}

// ask sends the real-time requests one by one: their answers do not say which of them they are of. other gets
// what else comes in between, and may be nil.
func (p *Printer) ask(l printerLink, other func(byte) bool) (state paper, answers bool, err error) {
	drain(l, other)
	for _, n := range []byte{1, 2, 4} {
		if err := l.SetWriteDeadline(time.Now().Add(answerIn)); err != nil {
			return state, answers, err
		}
		switch _, err := l.Write(askStatus(n)); {
		case timedOut(err):
			return state, answers, condition{Offline, "the printer takes no data"}
		case err != nil:
			return state, answers, err
		}
		ok, err := p.hear(l, time.Now().Add(answerIn), func(b byte) bool {
			return state.realTime(n, b) || other != nil && other(b)
		})
		if err != nil || !ok {
			return state, answers, err
		}
		answers = true
	}
	return state, answers, nil
}

// drain takes what has come unasked: a late answer to an earlier request would be taken for the next one's, and each one after it for
// the one before. A way that fails is found by the request.
func drain(l printerLink, other func(byte) bool) {
	var b [1]byte
	for range maxAnswers {
		if l.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
			return
		}
		if n, _ := l.Read(b[:]); n == 0 {
			return
		}
		if other != nil {
			other(b[0])
		}
	}
}

// maxAnswers is more than a printer ever says at once.
const maxAnswers = 64

// hear reads until a byte is what is awaited, or until a moment. Reading that fails is a printer that does not talk; only a broken way
// is an error.
func (p *Printer) hear(l printerLink, until time.Time, awaited func(byte) bool) (ok bool, err error) {
	var b [1]byte
	for time.Now().Before(until) {
		p.kick(l)
		end := time.Now().Add(slice)
		if end.After(until) {
			end = until
		}
		if err := l.SetReadDeadline(end); err != nil {
			return false, err
		}
		n, err := l.Read(b[:])
		switch {
		case n == 1 && awaited(b[0]):
			return true, nil
		case n == 1 || timedOut(err):
		case p.oneWay():
			return false, nil
		case err != nil:
			return false, err
		}
	}
	return false, nil
}

// oneWay tells that reading may fail or end for other reasons than a lost printer: with a USB printer that only listens.
func (p *Printer) oneWay() bool {
	kind, _, _ := p.cfg.target()
	return kind == "usb"
}

// confirm waits until the printer has worked the slip off, and finds out whether it could.
func (p *Printer) confirm(ctx context.Context, l printerLink, before condition) (condition, error) {
	e := &escpos{}
	e.askInOrder()
	if _, err := p.write(ctx, l, e.parts[0]); err != nil {
		return before, err
	}
	var end paper
	heard := false
	word := func(b byte) bool {
		heard = heard || end.inOrder(b)
		return heard
	}
	for begun := time.Now(); ctx.Err() == nil && time.Since(begun) < confirmMost; {
		if !heard {
			if _, err := p.hear(l, time.Now().Add(answerIn), word); err != nil {
				return before, err
			}
		}
		if heard {
			p.inOrder = true
			return p.ended(end)
		}
		state, answers, err := p.ask(l, word)
		if err != nil {
			return before, err
		}
		c, waited := p.conditionOf(state), time.Since(begun)
		switch {
		case heard: // it ended the asking, whose answers count for nothing
		case !answers && waited > silentFor:
			return before, condition{Offline, "the printer has fallen silent"}
		case answers && c.waits():
			return c, c
		case answers && waited > confirmIn && !p.inOrder:
			return c, nil
		}
	}
	if ctx.Err() != nil {
		return before, ctx.Err()
	}
	return before, condition{Offline, "the printer does not come to an end"}
}

// ended reads the printer's word after the last line.
func (p *Printer) ended(end paper) (condition, error) {
	c := p.conditionOf(end)
	if c.waits() {
		return c, c
	}
	return c, nil
}

func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
