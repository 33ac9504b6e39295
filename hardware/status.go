package hardware

import (
	"context"
	"time"
)

// State is what the till can say about a device at this moment.
type State int

const (
	// Off: none is configured.
	Off State = iota
	// Absent: configured and not there, or there and not usable as a serial port; Status.Detail says which.
	Absent
	// NoPermission: the port is there and this user may not open it.
	NoPermission
	// Busy: another process holds the port.
	Busy
	// Open: the port is open and what it sends makes sense.
	Open
	// Noise: the port is open and sends what no scanner means: the speed or the parity is wrong.
	Noise
	// Failed: it is there, it was used, and it did not do it; Status.Detail says how. It is tried again the next time.
	Failed
	// PaperOut: the printer has no paper. What is to be printed waits.
	PaperOut
	// PaperLow: the roll is near its end; it prints.
	PaperLow
	// CoverOpen: the printer's cover is open. What is to be printed waits.
	CoverOpen
	// Offline: the printer says that it does not print, or takes nothing, and not why.
	Offline
	// Mute: the device takes what is sent and does not tell its status. It is used all the same.
	Mute
	// Unsaved: what waits to be printed cannot be kept on the disk. Nothing is printed until it can: it might be printed twice.
	Unsaved
)

// String names the state for logs.
func (s State) String() string {
	return [...]string{"off", "absent", "no permission", "busy", "open", "noise", "failed",
		"paper out", "paper low", "cover open", "offline", "mute", "unsaved"}[s]
}

// Status is a device's health, for the status line and for support.
type Status struct {
	State State
	// Since is when State became what it is.
	Since time.Time
	// Detail is the cause in English, for support. It never holds anything that was scanned.
	Detail string
	// BadFrames had control bytes in them. Dropped were over-long, a no-read text, or more than a stuck till could
	// take. Rereads were the same code once more. All count from the start of the process.
	BadFrames, Dropped, Rereads int
	// Waiting is how many slips are still to be printed.
	Waiting int
}

// permissionGrace is how long after a node appears a refusal may still be udev at work on its group.
const permissionGrace = 2 * time.Second

// reporter keeps a device's status and reports it. It belongs to the goroutine in the device's Run.
type reporter struct {
	report   func(Status)
	status   Status // as last reported, plus what was counted since
	reported Status
	refused  time.Time // when the port was first found forbidden; zero while it is not
}

// publish reports the status if anything about it has changed: the same fault once more is no news. What was counted goes out with it.
func (r *reporter) publish(state State, detail string) {
	if state != r.status.State || r.status.Since.IsZero() {
		r.status.Since = time.Now()
	}
	r.status.State, r.status.Detail = state, detail
	if r.status != r.reported {
		r.reported = r.status
		r.report(r.status)
	}
}

// off is the whole run of a device that is not configured.
func (r *reporter) off(ctx context.Context, detail string) error {
	r.publish(Off, detail)
	<-ctx.Done()
	return nil
}

// noPort tells what a serial port that could not be opened is.
func (r *reporter) noPort(err error) (State, string) {
	state, detail := stateOf(err), err.Error()
	if state != NoPermission {
		r.refused = time.Time{}
		return state, detail
	}
	if r.refused.IsZero() {
		r.refused = time.Now()
	}
	if time.Since(r.refused) < permissionGrace {
		return Absent, detail + " (the node may have appeared just now)"
	}
	return NoPermission, detail + " (add the till's user to the group dialout and sign in again)"
}

// nudge tells a loop that something has changed, through a channel that holds one: if that is full the loop has yet to look, and will
// find this too.
func nudge(news chan<- struct{}) {
	select {
	case news <- struct{}{}:
	default:
	}
}
