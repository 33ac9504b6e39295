package outbox

import (
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// job is what the worker remembers about one order, or one refund, that owes something. It is volatile: after a restart every job
// starts anew. Its times are instants of this process, so that setting the machine's clock changes no wait.
type job struct {
	key      string
	order    ledger.OrderNo
	channel  ledger.Channel
	stage    stage
	task     ledger.TaskKind
	age      time.Duration // of the order at the first look, by the wall clock
	life     time.Duration // of the order: how long it can be paid
	seen     time.Time     // first look at this order
	since    time.Time     // first look at this state, or that state's beginning where it is older than the job
	last     time.Time     // when the latest request of this state ended; zero before
	tries    int           // requests of the present task since it has been owed
	faults   int           // of the latest answers, how many in a row were not trustworthy
	closes   int           // closes sent in this state
	closed   time.Time     // when the latest of them ended
	sends    int           // of a refund, since the line was bad
	sent     time.Time     // when the latest of them ended; zero before
	inFlight bool
	hurry    bool    // somebody wants it asked about now
	jitter   float64 // 0 to 1, drawn anew for every wait
}

// newJob starts from what the ledger knows. A wall clock that was set back makes an order look young, never old.
func newJob(o *ledger.Owed, now time.Time) *job {
	life := max(0, o.Expires.Sub(o.OpenedAt))
	j := &job{key: o.Key(), order: o.Order, channel: o.Channel, seen: now, life: life}
	j.age = min(max(0, now.Sub(o.OpenedAt)), life+time.Hour)
	return j
}

// owes brings the job in step with what its order owes now. A new state starts every count anew; in one state a task
// that comes and goes keeps the count of its closes, so that an order that resists is asked at a pace.
func (j *job) owes(o *ledger.Owed, now time.Time) {
	switch {
	case j.stage != stageOf(o) && !j.repeats(o):
		began := min(max(0, now.Sub(o.SinceAt)), j.ageAt(now))
		if j.stage != (stage{}) {
			began = 0
		}
		j.since, j.last, j.tries, j.faults, j.closes = now.Add(-began), time.Time{}, 0, 0, 0
	case j.task != o.Task:
		j.tries, j.faults = 0, 0
	}
	j.stage, j.task = stageOf(o), o.Task
}

// stage is where an order, or a refund, stands.
type stage struct {
	order  ledger.AttemptState
	refund ledger.RefundState
}

func stageOf(o *ledger.Owed) stage { return stage{o.State, o.Return.State} }

// repeats tells that the same QR is being asked for, whatever the state is called meanwhile.
func (j *job) repeats(o *ledger.Owed) bool {
	return j.task == ledger.TaskOrder && o.Task == ledger.TaskOrder
}

// ended counts a request that has come to an end. One of a state that is over does not count for the present one.
func (j *job) ended(o *ledger.Owed, answer ledger.Answer, now time.Time) {
	if o.Task == ledger.TaskRefund { // it counts whatever came of it meanwhile
		j.sends++
		j.sent = now
	}
	if j.task != o.Task || j.stage != stageOf(o) && !j.repeats(o) {
		return
	}
	j.tries++
	j.last = now
	j.faults++
	if answer.Verified {
		j.faults = 0
	}
	if o.Task == ledger.TaskClose {
		j.closes++
		j.closed = now
	}
}

// ageAt is how old the order is.
func (j *job) ageAt(now time.Time) time.Duration { return j.age + now.Sub(j.seen) }

const (
	orderPatience = 30 * time.Second // how long a QR is asked for under one number before the attempt is given up
	faultCap      = 30 * time.Second // longest wait between requests while the line is bad
	patientFaults = 10               // bad answers in a row before the slow pace
	patientCloses = 30               // closes that did not end an order before the slow pace
	// patientQueries is how often an order that is ending or has ended, and that cannot be paid any more, is asked about before the
	// slow pace: a channel that answers with another order's news would be asked every few seconds, for ever.
	patientQueries = 30
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
	switch {
	case o.Return.Number != "":
		return j.waitRefund(o, s, now)
	case o.Task == ledger.TaskClose && j.closes > 0:
		return j.pace(o.Task, s) - now.Sub(j.closed)
	case j.tries > patientQueries && (!o.State.Live() || o.State == ledger.Closing) && j.ageAt(now) > j.life:
		return j.spread(s.CloseSlowly) - now.Sub(j.last)
	case j.tries > 0:
		return j.pace(o.Task, s) - now.Sub(j.last)
	case o.Task == ledger.TaskClose:
		return s.CloseFrom - j.ageAt(now)
	case o.Task != ledger.TaskQuery:
		return 0
	}
	switch o.State {
	case ledger.Stopping:
		return s.CloseFrom - j.ageAt(now) // the cancel follows directly after this query, and the channel takes it from then on
	case ledger.Closing:
		return 0
	case ledger.Unknown, ledger.Asking:
		return s.AfterFault - now.Sub(j.since)
	case ledger.Withdrawn:
		if j.closes > 0 {
			return 0
		}
	}
	return s.FirstQuery - now.Sub(j.since)
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
	case j.faults > patientFaults, j.closes > patientCloses:
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
