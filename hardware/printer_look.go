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
	state, answers, err := p.ask(l)
	p.mute = err == nil && !answers
	if p.mute {
		return p.silence(), nil
	}
	return p.conditionOf(state), err
}

func (p *Printer) silence() condition {
	return condition{Mute, p.cfg.To + " takes data and does not tell its status"}
}

// ask sends the real-time requests one by one: their answers do not say which of them they are of.
func (p *Printer) ask(l printerLink) (state paper, answers bool, err error) {
	p.asking = true
	defer func() { p.asking = false }()
	p.drain(l)
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
		ok, err := p.answer(l, n, &state)
		if err != nil || !ok {
			return state, answers, err
		}
		answers = true
	}
	return state, answers, nil
}

// answer awaits the answer to a request. A printer that works requests off in order answers the earlier ones first, some of which may
// have been given up: as many answers are theirs. Where it answers only to those the others were lost, and are awaited no longer.
func (p *Printer) answer(l printerLink, n byte, state *paper) (ok bool, err error) {
	owed, late := l.unanswered(), false
	*owed++
	ok, err = p.hear(l, time.Now().Add(answerIn), func(b byte) bool {
		late = late || isRealTime(b) && *owed > 0
		return *owed == 0 && state.realTime(n, b)
	})
	if late && !ok {
		*owed = 0
	}
	return ok, err
}

// drain takes what has come unasked, or late. A way that fails is found by the request.
func (p *Printer) drain(l printerLink) {
	for range maxAnswers {
		if l.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
			return
		}
		if _, n, _ := p.read(l); n == 0 {
			return
		}
	}
}

// maxAnswers is more than a printer ever says at once.
const maxAnswers = 64

// read takes a byte, and whom it is for: of the requests an answer is to the earliest.
func (p *Printer) read(l printerLink) (byte, int, error) {
	var b [1]byte
	n, err := l.Read(b[:])
	switch owed := l.unanswered(); {
	case n == 0:
	case isRealTime(b[0]):
		*owed = max(0, *owed-1)
	case p.word != nil:
		p.word(b[0])
	}
	return b[0], n, err
}

// hear reads until a byte is what is awaited, or until a moment. Reading that fails is a printer that does not talk; only a broken way
// is an error.
func (p *Printer) hear(l printerLink, until time.Time, awaited func(byte) bool) (ok bool, err error) {
	for time.Now().Before(until) {
		p.kick(l)
		end := time.Now().Add(slice)
		if end.After(until) {
			end = until
		}
		if err := l.SetReadDeadline(end); err != nil {
			return false, err
		}
		b, n, err := p.read(l)
		switch {
		case n == 1 && awaited(b):
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

// confirm waits until the printer has worked the slip off, and finds out whether it could. That it could not it has to say twice in a
// row: the paper is gone then, and the slip comes again.
func (p *Printer) confirm(ctx context.Context, l printerLink, before condition) (condition, error) {
	var end paper
	heard := false
	p.word = func(b byte) bool {
		heard = heard || end.inOrder(b)
		return heard
	}
	defer func() { p.word = nil }()
	e := &escpos{}
	e.askInOrder()
	if _, err := p.write(ctx, l, e.parts[0]); err != nil {
		return before, err
	}
	var said condition
	for begun := time.Now(); ctx.Err() == nil && time.Since(begun) < confirmMost; {
		if _, err := p.hear(l, time.Now().Add(answerIn), func(byte) bool { return heard }); err != nil {
			return before, err
		}
		if heard {
			p.inOrder = true
			return p.ended(end)
		}
		state, answers, err := p.ask(l)
		if err != nil {
			return before, err
		}
		c, waited := p.conditionOf(state), time.Since(begun)
		waits := answers && c.waits()
		switch {
		case heard: // it ended the asking, whose answers count for nothing
		case !answers && waited > silentFor:
			return before, condition{Offline, "the printer has fallen silent"}
		case waits && c.state == said.state:
			return c, c
		case answers && !waits && waited > confirmIn && !p.inOrder:
			return c, nil
		}
		if said = (condition{}); waits {
			said = c
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
