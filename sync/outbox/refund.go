package outbox

import (
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// refundOf is what a connector needs to know about a refund that is owed.
func refundOf(o *ledger.Owed) channel.Refund {
	return channel.Refund{Number: o.Return.Number, Amount: o.Return.Amount, Why: o.Return.Why}
}

// waitRefund is wait for a refund. It is sent again under its one number at the channel's distance, and asked about ever more
// slowly: an accepted refund can take days.
func (j *job) waitRefund(o *ledger.Owed, s channel.Schedule, now time.Time) time.Duration {
	switch {
	case o.Task == ledger.TaskRefund && j.sends > 0:
		return max(j.apart(o, s, now), j.spread(refundPace(j.sends))-now.Sub(j.sent))
	case o.Task == ledger.TaskRefund:
		return j.apart(o, s, now)
	case j.tries > 0:
		return j.spread(refundPace(j.tries)) - now.Sub(j.last)
	case j.sends > 0:
		return s.RefundFirst - now.Sub(j.sent)
	}
	return 0 // the till has restarted
}

// apart is how long the order's refunds still have to keep their distance. The latest may have been sent by the process before:
// where a wall clock that was set back says that it lies ahead, one distance is waited from the first look on.
func (j *job) apart(o *ledger.Owed, s channel.Schedule, now time.Time) time.Duration {
	var last time.Time
	for i := range o.Refunds {
		if at := o.Refunds[i].AskedAt; at.After(last) {
			last = at
		}
	}
	if last.IsZero() {
		return 0
	}
	if last.After(now) {
		last = j.seen
		if j.sent.After(last) {
			last = j.sent
		}
	}
	return max(0, s.RefundApart-now.Sub(last))
}

// refundPace is the wait after so many requests: somebody stands at the counter, then nobody does, then it is a matter for the
// channel and the bank.
func refundPace(requests int) time.Duration {
	switch {
	case requests <= 6:
		return 10 * time.Second
	case requests <= 16:
		return time.Minute
	case requests <= 40:
		return 15 * time.Minute
	}
	return time.Hour
}
