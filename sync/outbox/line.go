package outbox

import (
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

const (
	breakAfter = 5               // answers in a row that show a dead line
	probeEvery = 5 * time.Second // while broken, one query in this time finds out whether the line is back
	inFlight   = 4               // requests at once on one channel
	queryGap   = 50 * time.Millisecond
	slowAnswer = 3 * time.Second
)

// line is one channel as the worker uses it: its connector, its breaker and its limits. Guarded by Worker.mu.
type line struct {
	connector channel.Connector
	flying    int
	faults    int       // dead answers in a row
	nextProbe time.Time // while broken
	nextQuery time.Time // queries keep a distance, payments do not
	last      ledger.Owed
	minutes   [countedFor]minute // of the answers, each at its number modulo countedFor
}

// minute counts the answers of one.
type minute struct {
	number          int64 // since the epoch
	answers, failed uint32
}

// countedFor is of how many minutes the board tells how many answers were good.
const countedFor = 15

func (l *line) count(failed bool, now time.Time) {
	number := now.Unix() / 60
	m := &l.minutes[number%countedFor]
	if m.number != number {
		*m = minute{number: number}
	}
	m.answers++
	if failed {
		m.failed++
	}
}

// counted gives the answers of the last minutes.
func (l *line) counted(now time.Time) (answers, failed uint32) {
	for _, m := range l.minutes {
		if age := now.Unix()/60 - m.number; age >= 0 && age < countedFor {
			answers, failed = answers+m.answers, failed+m.failed
		}
	}
	return answers, failed
}

func (l *line) broken() bool { return l.faults >= breakAfter }

// admits tells whether a request may start now, and if not, when to look again. A first request is never held back
// here: while the line is broken it is not sent at all and ends as unsent, which the cashier sees at once.
func (l *line) admits(o *ledger.Owed, now time.Time) (bool, time.Time) {
	if o.State == ledger.Intent {
		return true, now
	}
	if l.flying >= inFlight-1 { // the last place is kept for a payment
		return false, now.Add(queryGap)
	}
	at := l.nextQuery
	if l.broken() && l.nextProbe.After(at) {
		at = l.nextProbe
	}
	return !at.After(now), at
}

func (l *line) started(o *ledger.Owed, now time.Time) {
	l.flying++
	l.last = *o
	if o.State != ledger.Intent {
		l.nextQuery = now.Add(queryGap)
		l.nextProbe = now.Add(probeEvery)
	}
}

// ended notes an answer and tells whether the line came back with it.
func (l *line) ended(answer ledger.Answer, now time.Time) (recovered bool) {
	l.flying--
	l.count(!answer.Verified, now)
	if answer.Verified {
		recovered = l.faults > 0
		l.faults = 0
		return recovered
	}
	l.faults++
	if l.faults == breakAfter {
		l.nextProbe = now.Add(probeEvery)
	}
	return false
}

// link is what the board shows of the line.
func (l *line) link(before ledger.Link, answer ledger.Answer, now time.Time) ledger.Link {
	link := ledger.Link{State: ledger.LinkUp, Since: before.Since, Latency: answer.EndedAt.Sub(answer.BeganAt), At: now}
	link.Answers, link.Failed = l.counted(now)
	switch {
	case l.broken(), answer.Class == ledger.ClassUnsent:
		link.State, link.Cause = ledger.LinkDown, answer.Code
	case l.faults > 0, link.Latency > slowAnswer:
		link.State, link.Cause = ledger.LinkSlow, answer.Code
	}
	if link.State != before.State {
		link.Since = now
	}
	return link
}
