package outbox

import (
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

var t0 = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// owedIn is an attempt by code that has been in its state for so long.
func owedIn(state ledger.AttemptState, task ledger.TaskKind, since time.Duration) *ledger.Owed {
	return &ledger.Owed{Attempt: ledger.Attempt{Way: ledger.ByCode, State: state, Task: task, SinceAt: t0.Add(-since), OpenedAt: t0.Add(-since)}}
}

func TestWhenTheNextRequestIsDue(t *testing.T) {
	schedule := channeltest.NewBank(ledger.WeChat).Schedule(ledger.ByCode)
	const s = time.Second
	for _, tt := range []struct {
		name string
		job  job
		owed *ledger.Owed
		want time.Duration
	}{
		{"a scanned code is sent at once", job{}, owedIn(ledger.Intent, ledger.TaskPay, 0), 0},
		{"the first query after a password", job{}, owedIn(ledger.Waiting, ledger.TaskQuery, 2*s), 3 * s},
		{"after an answer that says nothing", job{}, owedIn(ledger.Unknown, ledger.TaskQuery, 0), 5 * s},
		{"a clock that ran back puts nothing off", job{}, owedIn(ledger.Unknown, ledger.TaskQuery, -time.Hour), 5 * s},
		{"at the pace of the channel", job{tries: 1, last: t0.Add(-2 * s)}, owedIn(ledger.Waiting, ledger.TaskQuery, 9*s), 3 * s},
		{"the last query waits for the earliest reverse", job{age: 4 * s}, owedIn(ledger.Stopping, ledger.TaskQuery, 0), 11 * s},
		{"so does the reverse", job{age: 4 * s}, owedIn(ledger.Closing, ledger.TaskClose, 0), 11 * s},
		{"the query after a reverse's answer is due at once", job{age: 20 * s}, owedIn(ledger.Closing, ledger.TaskQuery, 0), 0},
		{"slower while the line is bad", job{tries: 3, faults: 3, last: t0}, owedIn(ledger.Unknown, ledger.TaskQuery, 0), 20 * s},
		{"never slower than half a minute at first", job{tries: 9, faults: 9, last: t0}, owedIn(ledger.Unknown, ledger.TaskQuery, 0), 30 * s},
		{"at last slowly", job{tries: 20, faults: 11, last: t0}, owedIn(ledger.Unknown, ledger.TaskQuery, 0), 15 * time.Minute},
		{"the next close keeps its distance to the last one", job{closes: 1, closed: t0.Add(-s), last: t0}, owedIn(ledger.Closing, ledger.TaskClose, 0), 2 * s},
		{"an order that resists its close", job{closes: 31, closed: t0}, owedIn(ledger.Closing, ledger.TaskClose, 0), 15 * time.Minute},
		{"a watched QR in its life", job{age: 10 * s, life: 120 * s, tries: 31, last: t0}, owedIn(ledger.Withdrawn, ledger.TaskQuery, 0), 5 * s},
		{"a watched QR that the channel answers with another's news", job{age: 121 * s, life: 120 * s, tries: 31, last: t0}, owedIn(ledger.Withdrawn, ledger.TaskQuery, 0), 15 * time.Minute},
		{"a close that it answers so", job{age: 121 * s, life: 90 * s, tries: 31, last: t0}, owedIn(ledger.Closing, ledger.TaskQuery, 0), 15 * time.Minute},
		{"a customer who is still keying", job{age: 121 * s, life: 90 * s, tries: 31, last: t0}, owedIn(ledger.Waiting, ledger.TaskQuery, 0), 5 * s},
		{"the query after a watched QR's close", job{closes: 1, closed: t0}, owedIn(ledger.Withdrawn, ledger.TaskQuery, 0), 0},
	} {
		tt.job.seen, tt.job.since = t0, t0.Add(-max(0, t0.Sub(tt.owed.SinceAt)))
		if got := tt.job.wait(tt.owed, schedule, t0); got != tt.want {
			t.Errorf("%s: in %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestClockSetBack: the machine's clock stands an hour behind when the worker first looks, as after a battery's end. The
// first query is due by the time that has passed, not by what the clock says.
func TestClockSetBack(t *testing.T) {
	schedule := channel.Schedule{FirstQuery: 3 * time.Second, AfterFault: time.Second, Every: 5 * time.Second}
	o := owedIn(ledger.Waiting, ledger.TaskQuery, -time.Hour)
	j := newJob(o, t0)
	for _, passed := range []time.Duration{0, time.Second, time.Minute} {
		j.owes(o, t0.Add(passed))
		if got, want := j.wait(o, schedule, t0.Add(passed)), 3*time.Second-passed; got != want {
			t.Errorf("after %v it is due in %v, want %v", passed, got, want)
		}
	}
}

func TestSpreadIsAtMostATenth(t *testing.T) {
	for _, jitter := range []float64{0, 0.5, 1} {
		j := job{jitter: jitter}
		if got := j.spread(10 * time.Second); got < 10*time.Second || got > 11*time.Second {
			t.Errorf("jitter %v: %v", jitter, got)
		}
	}
}

// TestBreaker: five dead answers break a line; one good one mends it.
func TestBreaker(t *testing.T) {
	l := &line{connector: channel.Connector(channeltest.NewBank(ledger.Alipay))}
	dead, good := ledger.Answer{Class: ledger.ClassUnknown}, ledger.Answer{Class: ledger.ClassAbsent, Verified: true}
	for n := range breakAfter {
		if l.broken() {
			t.Fatalf("broken after %d", n)
		}
		l.started(&ledger.Owed{Attempt: ledger.Attempt{State: ledger.Waiting}}, t0)
		l.ended(dead, t0)
	}
	if admitted, again := l.admits(&ledger.Owed{Attempt: ledger.Attempt{State: ledger.Waiting}}, t0); !l.broken() || admitted || again != t0.Add(probeEvery) {
		t.Fatalf("broken %v, a query may go: %v, again %v", l.broken(), admitted, again)
	}
	l.started(&ledger.Owed{Attempt: ledger.Attempt{State: ledger.Waiting}}, t0)
	if !l.ended(good, t0) || l.broken() || l.flying != 0 {
		t.Fatalf("a good answer does not mend the line: %+v", l)
	}
}

// TestProbesKeepTheirDistance: payments that could not be sent have broken the line, and it stays dead.
func TestProbesKeepTheirDistance(t *testing.T) {
	l := &line{connector: channel.Connector(channeltest.NewBank(ledger.Alipay))}
	w := &Worker{lines: map[ledger.Channel]*line{ledger.Alipay: l}}
	for range breakAfter {
		l.started(&ledger.Owed{Attempt: ledger.Attempt{State: ledger.Intent}}, t0)
		l.ended(ledger.Answer{Class: ledger.ClassUnsent}, t0)
	}
	probes := 0
	for now := t0; now.Before(t0.Add(time.Minute)); now = now.Add(100 * time.Millisecond) {
		for range 3 {
			if c, _ := w.probeDue(now, t0.Add(time.Hour)); c != nil {
				probes++
				l.ended(ledger.Answer{Class: ledger.ClassUnsent}, now)
			}
		}
	}
	if want := int(time.Minute/probeEvery) - 1; probes != want {
		t.Errorf("%d probes in a minute, want %d", probes, want)
	}
}
