package outbox

import (
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// job is what the worker remembers about one order that owes something. It is volatile: after a restart every job
// starts anew, and everything owed is due by the times in the ledger, which have usually passed.
type job struct {
	order    ledger.OrderNo
	channel  ledger.Channel
	state    ledger.AttemptState
	task     ledger.TaskKind
	tries    int       // requests made for this task in this state
	faults   int       // of the latest tries, how many in a row brought nothing trustworthy
	turns    int       // good answers in this state
	last     time.Time // when the latest try ended
	age      time.Duration
	seen     time.Time // first look at this order; with age it gives the order's age without trusting the wall clock twice
	life     time.Duration
	inFlight bool
	jitter   float64 // 0 to 1, drawn anew for every wait
}

// ageAt is how old the order is.
func (j *job) ageAt(now time.Time) time.Duration { return j.age + now.Sub(j.seen) }

const (
	orderPatience = 30 * time.Second // how long a QR is asked for under one number before the attempt is given up
	faultCap      = 30 * time.Second // longest wait between requests while the line is bad
	patientFaults = 10               // bad answers in a row before the slow pace
	patientTurns  = 30               // good answers that did not end a closing before the slow pace
)

// giveUpAfter is the age at which the attempt is stopped: the channel's limit for a code, the QR's life for a QR.
func giveUpAfter(o *ledger.Owed, s channel.Schedule, life time.Duration) (time.Duration, bool) {
	switch o.State {
	case ledger.Asking, ledger.Waiting, ledger.Unknown:
	default:
		return 0, false
	}
	if o.Task == ledger.TaskOrder {
		return orderPatience, true
	}
	if o.Way == ledger.ByQR {
		return life, true
	}
	return s.GiveUp, true
}

// wait is how long after now the job's next request is due; zero or less means at once. It is pure.
func (j *job) wait(o *ledger.Owed, s channel.Schedule, now time.Time) time.Duration {
	if j.tries > 0 {
		return j.pace(o.Task, s) - now.Sub(j.last)
	}
	if o.Task == ledger.TaskClose {
		return s.CloseFrom - j.ageAt(now)
	}
	if o.Task != ledger.TaskQuery {
		return 0
	}
	inState := max(0, now.Sub(o.SinceAt)) // a clock that ran back must not put the query off for ever
	switch o.State {
	case ledger.Stopping:
		return s.CloseFrom - j.ageAt(now) // the cancel follows directly after this query, and the channel takes it from then on
	case ledger.Closing:
		return 0
	case ledger.Unknown, ledger.Asking:
		return s.AfterFault - inState
	}
	return s.FirstQuery - inState
}

// pace is the wait between two requests of one kind: the channel's own, longer while the line is bad, and slow for an
// order that has resisted closing for long.
func (j *job) pace(task ledger.TaskKind, s channel.Schedule) time.Duration {
	every := s.Every
	switch task {
	case ledger.TaskClose:
		every = s.CloseEvery
	case ledger.TaskOrder:
		every = s.AfterFault
	}
	switch {
	case j.faults > patientFaults, j.state == ledger.Closing && j.turns > patientTurns:
		return j.spread(s.CloseSlowly)
	case j.faults > 1:
		return min(j.spread(every<<min(j.faults-1, 4)), faultCap)
	}
	return j.spread(every)
}

// spread lengthens a wait by up to a tenth, so that tills that lost the same link do not all come back at once.
func (j *job) spread(d time.Duration) time.Duration {
	return d + time.Duration(j.jitter*float64(d)/10)
}
