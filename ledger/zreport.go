package ledger

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// This file is the Book's side of the reports, and of shifts that somebody has forgotten.

// XReport gives a report on the running period, without what the count of an open shift has to find out, whoever asks: it is shown at
// the till. That it was made is an event. Refusals: SECOND-PERSON for who may not see reports.
func (b *Book) XReport(ctx context.Context, actor Actor, second *Consent) (report Report, err error) {
	defer b.forget(second)
	err = b.intendWith(ctx, actor, RightShift, consentTo{"see a report", second}, func(s *State, now time.Time, w witness) (plan, error) {
		var p plan
		if err := b.lent(s, w, RightReport, false); err != nil {
			return p, err
		}
		report = s.shown(s.report(now))
		p.add(&Reported{X: s.period.Counts.Xs + 1}, Task{})
		return p, nil
	})
	if err != nil {
		report = Report{}
	}
	return report, err
}

// DayWish is the end of a period.
type DayWish struct {
	Last   uint64   // the number of the last Z report that the person has seen: with another one since then the wish is refused
	Second *Consent // a second person's, who lends the right; its PIN is wiped
}

// CloseDay makes a Z report. What is unresolved is listed in it and forbids nothing, and a shift that runs goes on. What it
// gives to be shown is without what that shift's count has to find out; the event has it. Refusals: Z-OTHER, SECOND-PERSON for who may not do this.
func (b *Book) CloseDay(ctx context.Context, actor Actor, wish DayWish) (report Report, err error) {
	defer b.forget(wish.Second)
	err = b.intendWith(ctx, actor, RightShift, consentTo{"make a Z report", wish.Second}, func(s *State, now time.Time, w witness) (plan, error) {
		var p plan
		if s.Z != wish.Last {
			return p, Refuse(ReasonZOther)
		}
		if err := b.lent(s, w, RightDay, false); err != nil {
			return p, err
		}
		made := s.report(now)
		made.Z = s.Z + 1
		p.add(&DayClosed{Z: made.Z, Day: b.day(s, now), Report: made}, Task{})
		report = s.shown(made)
		return p, nil
	})
	if err != nil {
		report = Report{}
	}
	return report, err
}

// ZReport reads a Z report from the event that made it: State.ZSeq is the last one's, and one less than a report's From is that of
// the one before. ok is false when there is none.
func ZReport(journal Journal, seq uint64) (z DayClosed, ok bool, err error) {
	if seq == 0 {
		return z, false, nil
	}
	event, err := eventAt(journal, seq)
	if err != nil {
		return z, false, err
	}
	closed, ok := event.Body.(*DayClosed)
	if !ok {
		return z, false, RefuseBecause(ReasonLedgerDamaged, errors.New("no Z report stands there"))
	}
	return *closed, true, nil
}

// LastZ gives the last Z report as it may be shown; ok is false when there is none. It may be seen by who may see reports.
func (b *Book) LastZ(actor Actor) (z DayClosed, ok bool, err error) {
	var seq uint64
	b.Read(func(s *State) {
		seq = s.ZSeq
		err = b.may(s, actor, RightReport)
	})
	if err != nil {
		return z, false, err
	}
	z, ok, err = ZReport(b.store, seq)
	b.Read(func(s *State) { z.Report = s.shown(z.Report) })
	return z, ok, err
}

// LoadReport gives the last Z report and the running period of a ledger, for whoever only looks at its folder: without what the count
// of an open shift has to find out.
func LoadReport(store Store, now time.Time) (running Report, last DayClosed, ok bool, err error) {
	s, err := load(store, slog.New(slog.DiscardHandler))
	if err != nil {
		return running, last, false, err
	}
	last, ok, err = ZReport(store, s.ZSeq)
	last.Report = s.shown(last.Report)
	return s.shown(s.report(now)), last, ok, err
}

const (
	leastShift = time.Hour                 // one that was opened this shortly before the hour is not forgotten
	mostShift  = 24*time.Hour + leastShift // longer than this no shift can have lasted, whatever the clock says
	midnights  = 24 * time.Hour            // the latest CloseAt: the midnight that ends a day
)

// closingOf is when a shift is forgotten: at the shop's hour, the first time an hour or more after it was opened.
func (c Calendar) closingOf(opened time.Time, at time.Duration) time.Time {
	least := c.In(opened.Add(leastShift))
	for day := -1; ; day++ {
		due := time.Date(least.Year(), least.Month(), least.Day()+day, 0, 0, int(min(at, midnights)/time.Second), 0, c.zone())
		if !due.Before(least) {
			return due
		}
	}
}

// closeForgotten ends a shift that nobody has closed by the shop's hour, in front of whatever comes after it. A clock that was set
// back does not keep it open: what this process has watched for longer than a day is over.
func (b *Book) closeForgotten(now time.Time, batch *Batch) []*decided {
	shift := b.next.shift
	if b.cfg.CloseAt == 0 || b.broken != nil || shift == nil {
		return nil
	}
	if b.watched != shift.Number {
		b.watched, b.watchedAt = shift.Number, now
	}
	if now.Before(b.cfg.Calendar.closingOf(shift.OpenedAt, b.cfg.CloseAt)) && now.Sub(b.watchedAt) < mostShift {
		return nil
	}
	closed := shift.closing()
	closed.Automatic = true
	d := &decided{intent: &intent{reply: make(chan error, 1)}}
	if err := b.fold(d, Event{Actor: Till, Day: b.day(b.next, now), Body: &closed}, now, batch, nil); err != nil {
		b.stop(err)
		return nil
	}
	return []*decided{d}
}

// sweepShift gives the committer the chance to close a forgotten shift while nobody does anything.
func (b *Book) sweepShift(ctx context.Context) {
	if b.cfg.CloseAt == 0 {
		return
	}
	open := false
	b.Read(func(s *State) { open = s.shift != nil })
	if !open {
		return
	}
	if err := b.commit(ctx, Till, func(*State, time.Time) (plan, error) { return plan{}, nil }); err != nil {
		b.cfg.Log.Warn("the shift was not looked at", "cause", err)
	}
}

// PaperReport is the report that an event has made, as it may lie on a counter: without what the count of an open shift has to find out.
// An X report is made anew, as long as nothing has come after it: later it would tell other figures than were shown. ok is false for
// every other event.
func (b *Book) PaperReport(e *Event) (report Report, ok bool) {
	b.Read(func(s *State) {
		switch body := e.Body.(type) {
		case *Reported:
			if ok = s.Head.Seq == e.Seq; ok {
				report = s.shown(s.report(e.At))
			}
		case *DayClosed:
			report, ok = s.shown(body.Report), true
		}
	})
	return report, ok
}
