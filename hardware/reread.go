package hardware

import (
	"hash/maphash"
	"slices"
	"time"
)

// rereads recognises readings of a code that was read a moment ago. It keeps keyed hashes, not codes: a customer's code
// must not outlive its use.
type rereads struct {
	within time.Duration // zero: nothing is a re-read
	seed   maphash.Seed
	recent []sighting // of frames that were handed over, oldest first

	latest sighting // the frame before, handed over or not
	beats  int      // how often in a row it came again as a scanner resends
	resent bool     // the scanner sends its codes again and again: it waits for an ACK
}

// Scanners that wait for an ACK send a code again after 2 s without one, and then once more (SSI: response time-out 2 s, two
// resends). Two such pauses in a row are no hand.
const (
	resendFrom  = 1700 * time.Millisecond
	resendTo    = 2400 * time.Millisecond
	resendTimes = 2
)

// beat takes note of one more frame. A code that did not come again tells that no ACK is waited for any more.
func (r *rereads) beat(now sighting) {
	pause := now.at.Sub(r.latest.at)
	switch {
	case now.sum != r.latest.sum:
		r.resent = r.beats >= resendTimes
		r.beats = 0
	case pause >= resendFrom && pause <= resendTo:
		r.beats++
		r.resent = r.resent || r.beats >= resendTimes
	default:
		r.beats = 0
	}
	r.latest = now
}

type sighting struct {
	sum uint64
	at  time.Time
	end End
}

func newRereads(within time.Duration) *rereads {
	return &rereads{within: within, seed: maphash.MakeSeed()}
}

// again reports whether the same bytes were handed over less than the window before. The window runs from that
// handing over and is not prolonged by re-reads, so a code that is held out for long comes again and gets an answer.
// What was handed over before the till was armed does not count: a phone held out too early is heard when its turn comes.
// A whole code after a suspect one with the same bytes is news: it can be trusted and the suspect one could not.
func (r *rereads) again(f Frame, armed time.Time) bool {
	r.recent = slices.DeleteFunc(r.recent, func(s sighting) bool {
		return f.At.Sub(s.at) >= r.within || s.at.Before(armed)
	})
	now := sighting{maphash.Bytes(r.seed, f.Data), f.At, f.End}
	r.beat(now)
	for _, s := range r.recent {
		if s.sum == now.sum && (s.end == Terminated || now.end == Gap) {
			return true
		}
	}
	if r.within > 0 {
		r.recent = append(r.recent, now)
	}
	return false
}
