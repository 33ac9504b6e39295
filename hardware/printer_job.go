package hardware

import (
	"context"
	"errors"
	"time"
)

// This file is one slip on its way to the printer.

// work prints the next slip, or where none waits looks how the printer is.
func (p *Printer) work(ctx context.Context) {
	l, err := p.open()
	if err != nil {
		p.fault(err)
		return
	}
	defer p.closeLink(l)
	state, err := p.look(l)
	switch {
	case err != nil:
		p.fault(err)
	case state.waits():
		p.save()
		p.publish(state.state, state.detail)
		p.later()
	case p.spool.first() == nil:
		if p.save() {
			p.well(state)
		}
	default:
		p.printNext(ctx, l, state)
	}
}

// open opens the way to the printer, and ends what a broken job may have left there: everything that is sent, also the requests of the
// status, would else be taken for the rest of it.
func (p *Printer) open() (printerLink, error) {
	l, err := openPrinter(p.cfg)
	if err != nil || !p.broken {
		return l, err
	}
	err = l.SetWriteDeadline(time.Now().Add(answerIn))
	if err == nil {
		_, err = l.Write(resync())
	}
	if err != nil {
		l.abandon()
		_ = l.Close()
		if timedOut(err) {
			err = condition{Offline, "the printer takes no data"}
		}
		return nil, err
	}
	p.broken = false
	return l, nil
}

func (p *Printer) fault(err error) {
	p.save()
	state, detail := printerStateOf(err), err.Error()
	var c condition
	if errors.As(err, &c) {
		state = c.state
	}
	if state == NoPermission {
		detail += " (add the till's user to the group lp for a USB printer, dialout for a serial one, and sign in again)"
	}
	p.publish(state, detail)
	p.later()
}

// well publishes a printer that prints, and sets when to look again.
func (p *Printer) well(s condition) {
	p.attempts = backoff{}
	p.publish(s.state, s.detail)
	p.due = time.Now().Add(lookEvery)
	if p.spool.first() != nil {
		p.due = time.Time{}
	}
}

// printNext prints the first slip of the spool.
func (p *Printer) printNext(ctx context.Context, l printerLink, state condition) {
	ctx, cancel := afterwards(ctx, finishIn)
	defer cancel()
	j := p.spool.first()
	again := j.Begun
	if err := p.spool.begin(); err != nil {
		p.unsaved(err)
		return
	}
	p.cursor.Store(p.spool.file.Cursor)
	sent, err := p.send(ctx, l, p.face.bytes(&j.Slip, again))
	if err == nil && !p.mute {
		state, err = p.confirm(ctx, l, state)
	}
	switch {
	case sent == 0 && !again:
		p.spool.spared()
	case err != nil:
		j.tries++
	}
	if err == nil {
		p.spool.done()
		if p.save() {
			p.well(state)
		}
		return
	}
	l.abandon()
	if time.Since(p.kicked) < kickFor { // it may have been thrown away with the rest; a second one finds an open drawer
		p.kickAt = p.kicked
	}
	p.fault(err)
}

// afterwards gives a context that ends so much later than ctx: a till that is closed ends the slip that it is printing, which would
// come again as a copy otherwise.
func afterwards(ctx context.Context, later time.Duration) (context.Context, context.CancelFunc) {
	after, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(later, cancel) })
	return after, func() { stop(); cancel() }
}

// send writes a slip and returns how many bytes of it have left.
func (p *Printer) send(ctx context.Context, l printerLink, parts [][]byte) (sent int, err error) {
	for _, b := range chunks(parts, l.chunk()) {
		p.kick(l)
		n, err := p.write(ctx, l, b)
		sent += n
		if err != nil {
			p.broken = p.broken || n > 0
			return sent, err
		}
	}
	return sent, nil
}

// chunks joins parts up to a length. A part is never cut.
func chunks(parts [][]byte, most int) (all [][]byte) {
	var now []byte
	for _, part := range parts {
		if len(now) > 0 && len(now)+len(part) > most {
			all, now = append(all, now), nil
		}
		now = append(now, part...)
	}
	return append(all, now)
}

// write writes b whole, however slowly the printer takes it, and gives up when it takes nothing for takeIn.
func (p *Printer) write(ctx context.Context, l printerLink, b []byte) (done int, err error) {
	last := time.Now()
	for done < len(b) {
		if err := l.SetWriteDeadline(time.Now().Add(slice)); err != nil {
			return done, err
		}
		n, err := l.Write(b[done:])
		done += n
		switch {
		case n > 0:
			last = time.Now()
		case timedOut(err) && time.Since(last) < takeIn && ctx.Err() == nil:
			p.kickApart(l)
		case timedOut(err):
			return done, condition{Offline, "the printer takes no data"}
		case err == nil:
			return done, errStuck
		}
		if err != nil && !timedOut(err) {
			return done, err
		}
	}
	return done, nil
}

// closeLink gives the way back. A network printer is heard out beside everything else.
func (p *Printer) closeLink(l printerLink) {
	if _, tcp := l.(*tcpLink); tcp {
		p.closing.Go(func() { _ = l.Close() })
		return
	}
	for end := time.Now().Add(takeIn); !l.sent() && time.Now().Before(end); time.Sleep(slice / 4) {
		p.kick(l)
	}
	_ = l.Close()
}
