package outbox

import (
	"context"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// perform carries one claim out and reports it.
func (w *Worker) perform(ctx context.Context, c *claim) {
	if !c.probe {
		defer w.release(c)
	}
	ledger.Failpoint("worker: task taken")
	if c.giveUp {
		if err := w.book.StopOrder(ctx, c.order); err != nil {
			w.cfg.Log.Warn("a time-out was not taken", "order", c.order, "cause", err)
		}
		return
	}
	if c.broken {
		w.unsent(ctx, c, ledger.FaultLinkDown, ledger.NoteNone)
		return
	}
	answer, asked := w.ask(ctx, c)
	ledger.Failpoint("worker: answered")
	now := time.Now()
	w.mu.Lock()
	c.job.ended(&c.owed, answer, now)
	c.jitter = w.rand.Float64()
	recovered := asked && c.line.ended(answer, now)
	if !asked {
		c.line.flying--
	}
	if recovered {
		w.restart(c.channel, now)
	}
	w.mu.Unlock()
	if asked {
		w.post(c, answer, now)
	}
	if asked && !c.probe {
		w.report(ctx, answer)
		ledger.Failpoint("worker: reported")
	}
}

// restart makes everything that waits out a fault on a channel due now: its line is back.
func (w *Worker) restart(ch ledger.Channel, now time.Time) {
	for _, j := range w.jobs {
		if j.channel == ch && j.faults > 0 {
			j.faults, j.tries, j.sends = 0, 0, 0
		}
	}
	w.cfg.Log.Info("the line is back", "channel", ch)
}

// ask makes the one request that is owed. asked is false when nothing was sent and the Book knows already.
func (w *Worker) ask(ctx context.Context, c *claim) (answer ledger.Answer, asked bool) {
	o, conn := &c.owed, c.line.connector
	order := channel.Order{Number: o.Order, Way: o.Way, Amount: o.Amount, Subject: w.cfg.Subject, Expires: o.Expires}
	ctx, cancel := context.WithTimeout(ctx, conn.Schedule(o.Way).Timeout)
	defer cancel()
	began := o.Head
	switch o.Task {
	case ledger.TaskPay:
		return w.pay(ctx, c, order)
	case ledger.TaskOrder:
		var err error
		if began, err = w.book.Asking(ctx, o.Order, ledger.RequestOrder); err != nil {
			return ledger.Answer{}, false // stopped meanwhile
		}
		ledger.Failpoint("worker: QR to be asked for")
		w.doing(c, ledger.RequestOrder)
		answer = conn.Show(ctx, order)
	case ledger.TaskQuery:
		w.doing(c, ledger.RequestQuery)
		answer = conn.Query(ctx, order)
	case ledger.TaskClose:
		w.doing(c, ledger.RequestClose)
		answer = conn.Close(ctx, order)
	case ledger.TaskRefund:
		var err error
		if began, err = w.book.Sending(ctx, o.Order, o.Return.Number); err != nil {
			return ledger.Answer{}, false // settled meanwhile
		}
		ledger.Failpoint("worker: refund to be sent")
		w.doing(c, ledger.RequestRefund)
		answer = conn.Refund(ctx, order, refundOf(o))
	case ledger.TaskRefundQuery:
		w.doing(c, ledger.RequestRefundQuery)
		answer = conn.QueryRefund(ctx, order, refundOf(o))
	}
	answer.Refund = o.Return.Number
	answer.Began, answer.InState, answer.Known = began, c.inState, c.known
	return answer, true
}

// pay sends the customer's code, once. The code is wiped whatever happens.
func (w *Worker) pay(ctx context.Context, c *claim, order channel.Order) (ledger.Answer, bool) {
	code, fresh, ok := w.book.TakeCode(order.Number)
	defer code.Wipe()
	ledger.Failpoint("worker: code in hand")
	switch {
	case !ok:
		w.unsent(ctx, c, ledger.FaultCodeGone, ledger.NoteRestart)
		return ledger.Answer{}, false
	case !fresh:
		w.unsent(ctx, c, ledger.FaultCodeStale, ledger.NoteCodeStale)
		return ledger.Answer{}, false
	}
	began, err := w.book.Asking(ctx, order.Number, ledger.RequestPay)
	if err != nil { // stopped between the scan and now: nothing was sent, and the Book knows
		return ledger.Answer{}, false
	}
	if !code.Fresh(time.Now()) { // the disk was slow
		w.unsent(ctx, c, ledger.FaultCodeStale, ledger.NoteCodeStale)
		return ledger.Answer{}, false
	}
	ledger.Failpoint("worker: code to be sent")
	w.doing(c, ledger.RequestPay)
	answer := c.line.connector.Pay(ctx, order, code)
	answer.Began = began
	return answer, true
}

// unsent reports that a request was not sent and will not be.
func (w *Worker) unsent(ctx context.Context, c *claim, code string, note ledger.Note) {
	request := ledger.RequestPay
	if c.owed.Way == ledger.ByQR {
		request = ledger.RequestOrder
	}
	if held, _, ok := w.book.TakeCode(c.order); ok {
		held.Wipe()
	}
	ledger.Failpoint("worker: nothing was sent")
	now := time.Now()
	w.report(ctx, ledger.Answer{
		Order: c.order, Request: request, Class: ledger.ClassUnsent, Began: c.owed.Head, BeganAt: now, EndedAt: now,
		Code: code, Note: note,
	})
}

// report tells the Book. An answer that has come must reach it although the worker is being ended.
func (w *Worker) report(ctx context.Context, answer ledger.Answer) {
	if err := w.book.Report(context.WithoutCancel(ctx), answer); err != nil {
		w.cfg.Log.Warn("an answer was not taken", "order", answer.Order, "class", answer.Class, "cause", err)
	}
}

// doing shows on the board what is being asked.
func (w *Worker) doing(c *claim, request ledger.Request) {
	if c.probe {
		return
	}
	tries := c.tries + 1
	w.book.Board().Post(func(v *ledger.BoardView) {
		v.Doing[c.key] = ledger.Doing{Request: request, Since: time.Now(), Tries: tries}
	})
}

// post shows on the board how the line is.
func (w *Worker) post(c *claim, answer ledger.Answer, now time.Time) {
	w.mu.Lock()
	line := *c.line
	w.mu.Unlock()
	w.book.Board().Post(func(v *ledger.BoardView) {
		v.Links[c.channel] = line.link(v.Links[c.channel], answer, now)
		if !answer.ChannelAt.IsZero() {
			v.ClockSkew = skew(answer)
		}
	})
}

// skew is how far the channel's clock is ahead of ours. The channel writes whole seconds, so less than two is none.
func skew(answer ledger.Answer) time.Duration {
	d := answer.ChannelAt.Sub(answer.EndedAt)
	if d.Abs() < 2*time.Second {
		return 0
	}
	return d.Truncate(time.Second)
}

// release gives the job back and shows when it is due again.
func (w *Worker) release(c *claim) {
	owed := w.book.Owed()
	now := time.Now()
	w.mu.Lock()
	c.inFlight = false
	w.refresh(owed, now)
	var next time.Time
	var task ledger.TaskKind
	for i := range owed {
		if owed[i].Key() == c.key {
			task = owed[i].Task
			_, next = w.dueAt(&owed[i], now)
		}
	}
	w.mu.Unlock()
	w.book.Board().Post(func(v *ledger.BoardView) {
		doing := v.Doing[c.key]
		if next.IsZero() {
			delete(v.Doing, c.key)
			return
		}
		doing.Next, doing.Since, doing.Request = next, now, requestOf(task)
		v.Doing[c.key] = doing
	})
}

func requestOf(task ledger.TaskKind) ledger.Request {
	return map[ledger.TaskKind]ledger.Request{
		ledger.TaskPay: ledger.RequestPay, ledger.TaskOrder: ledger.RequestOrder,
		ledger.TaskQuery: ledger.RequestQuery, ledger.TaskClose: ledger.RequestClose,
		ledger.TaskRefund: ledger.RequestRefund, ledger.TaskRefundQuery: ledger.RequestRefundQuery,
	}[task]
}
