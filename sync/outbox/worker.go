// Package outbox is the worker that carries out what the ledger's events owe the channels. It decides when; the Book
// decides what an answer means. It keeps no money state of its own: kill it anywhere, and the ledger still says what is
// owed.
package outbox

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// Config is the worker's settings.
type Config struct {
	Subject string // what the customer's bill shows
	Seed    uint64 // of the jitter
	Log     *slog.Logger
}

// Worker drives every attempt to its end. Step does one thing and is what a simulation calls; Run is a loop around it.
type Worker struct {
	book *ledger.Book
	cfg  Config
	done chan struct{} // a request has ended; holds one token

	mu    sync.Mutex
	lines map[ledger.Channel]*line
	jobs  map[string]*job // by Owed.Key
	rand  *rand.Rand
}

// New makes a worker for a book.
func New(book *ledger.Book, cfg Config) *Worker {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Worker{
		book: book, cfg: cfg, done: make(chan struct{}, 1),
		lines: make(map[ledger.Channel]*line), jobs: make(map[string]*job),
		rand: rand.New(rand.NewPCG(cfg.Seed, 1)),
	}
}

// Add makes a channel usable: from now on it can be sold on.
func (w *Worker) Add(c channel.Connector) {
	w.mu.Lock()
	w.lines[c.Channel()] = &line{connector: c}
	w.mu.Unlock()
	w.book.Board().Post(func(v *ledger.BoardView) {
		v.Links[c.Channel()] = ledger.Link{State: ledger.LinkUp, Since: time.Now()}
	})
	w.book.SetAccount(c.Channel(), c.Account())
}

// Run works until ctx ends, then waits for the requests in flight, which ctx has cut short; their answers are unknown
// and are reported as such. It returns nil.
func (w *Worker) Run(ctx context.Context) error {
	var flying sync.WaitGroup
	defer flying.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		changed := w.book.Changed()
		claimed, next := w.claim(ctx, time.Now())
		if claimed != nil {
			flying.Go(func() {
				w.perform(ctx, claimed)
				select {
				case w.done <- struct{}{}:
				default:
				}
			})
			continue
		}
		timer.Reset(time.Until(next))
		select {
		case <-changed:
		case <-w.done:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// Step does the one thing that is due first, if anything is due at now, and tells when to come again.
func (w *Worker) Step(ctx context.Context, now time.Time) (did bool, next time.Time) {
	claimed, next := w.claim(ctx, now)
	if claimed == nil {
		return false, next
	}
	w.perform(ctx, claimed)
	return true, now
}

// claim is a job that has been taken, with what is owed.
type claim struct {
	*job
	owed  ledger.Owed
	line  *line
	tries int // requests made for this task before
	// How long the order has been in this state, and known at all, when the request began.
	inState, known time.Duration

	rank   int  // of two that are due, the lower one goes first
	giveUp bool // the attempt's time is over: stop it
	broken bool // the line is broken: do not send
	probe  bool // nothing is owed: find out whether the line is back
}

const idleLook = 10 * time.Second // how often the worker looks for work when nothing wakes it

// claim brings the jobs in step with the ledger and takes the one that is due longest, the customer at the counter
// first. It also throws away what is too old to be sent.
func (w *Worker) claim(ctx context.Context, now time.Time) (*claim, time.Time) {
	if err := w.book.Sweep(ctx); err != nil {
		w.cfg.Log.Info("a waiting code or QR was not taken up", "cause", err)
	}
	if w.book.Err() != nil {
		return nil, now.Add(idleLook)
	}
	owed := w.book.Owed()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refresh(owed, now)
	w.hurry()
	next := now.Add(idleLook)
	var best *claim
	var bestAt time.Time
	for i := range owed {
		c, at := w.dueAt(&owed[i], now)
		switch {
		case c == nil || at.After(now):
			if c != nil && at.Before(next) {
				next = at
			}
		case best == nil || c.rank < best.rank || c.rank == best.rank && at.Before(bestAt):
			best, bestAt = c, at
		}
	}
	w.postBacklog(len(owed))
	if best == nil {
		return w.probeDue(now, next)
	}
	best.inFlight, best.hurry, best.tries = true, false, best.job.tries
	best.inState, best.known = now.Sub(best.since), now.Sub(best.seen)
	if !best.giveUp && !best.broken {
		best.line.started(&best.owed, now)
	}
	return best, now
}

// probeDue takes a query of a broken line's last order, whatever became of it: a line is tried with a question, never
// with a customer's money.
func (w *Worker) probeDue(now, next time.Time) (*claim, time.Time) {
	for _, ch := range ledger.Channels { // always in one order, so that a simulation repeats
		l := w.lines[ch]
		if l == nil || !l.broken() || l.flying > 0 {
			continue
		}
		if l.nextProbe.After(now) {
			next = earlier(next, l.nextProbe)
			continue
		}
		c := &claim{job: &job{order: l.last.Order, channel: ch}, owed: l.last, line: l, probe: true}
		c.owed.Task, c.owed.Return = ledger.TaskQuery, ledger.Refund{}
		l.started(&c.owed, now)
		l.nextProbe = now.Add(probeEvery) // also where the last request was a payment, whose line is never waited for
		return c, now
	}
	return nil, next
}

func (w *Worker) postBacklog(n int) {
	board := w.book.Board()
	if board.View().Backlog != n {
		board.Post(func(v *ledger.BoardView) { v.Backlog = n })
	}
}

// refresh keeps one job for each order and each refund that owes something.
func (w *Worker) refresh(owed []ledger.Owed, now time.Time) {
	still := make(map[string]bool, len(owed))
	for i := range owed {
		o := &owed[i]
		key := o.Key()
		still[key] = true
		j := w.jobs[key]
		if j == nil {
			j = newJob(o, now)
			w.jobs[key] = j
		}
		j.owes(o, now)
	}
	var gone []string
	for key, j := range w.jobs {
		if !still[key] && !j.inFlight {
			delete(w.jobs, key)
			gone = append(gone, key)
		}
	}
	w.forget(gone)
}

// hurry makes the questions due that somebody at the counter wants asked now. What else is owed keeps its pace.
func (w *Worker) hurry() {
	for _, order := range w.book.AskedNow() {
		for _, j := range w.jobs {
			if j.order == order && (j.task == ledger.TaskQuery || j.task == ledger.TaskRefundQuery) {
				j.hurry = true
			}
		}
	}
}

// forget takes off the board what is not owed any more: a notice may have settled it.
func (w *Worker) forget(keys []string) {
	board := w.book.Board()
	doing := board.View().Doing
	for _, key := range keys {
		if _, shown := doing[key]; shown {
			board.Post(func(v *ledger.BoardView) { delete(v.Doing, key) })
		}
	}
}

// sendsRefund reports whether a refund of the order is being sent: the next one waits until that is durable, and then keeps its
// distance.
func (w *Worker) sendsRefund(o *ledger.Owed) bool {
	for i := range o.Refunds {
		if j := w.jobs[string(o.Refunds[i].Number)]; j != nil && j.inFlight && j.task == ledger.TaskRefund {
			return true
		}
	}
	return false
}

// dueAt tells when an order's next action is due. It gives nil for one that is being worked on or has no channel yet.
func (w *Worker) dueAt(o *ledger.Owed, now time.Time) (*claim, time.Time) {
	j, l := w.jobs[o.Key()], w.lines[o.Channel]
	if j.inFlight || l == nil || o.Task == ledger.TaskRefund && w.sendsRefund(o) {
		return nil, time.Time{}
	}
	schedule := l.connector.Schedule(o.Way)
	c := &claim{job: j, owed: *o, line: l, rank: rank(o, j)}
	if limit, ok := giveUpAfter(o, schedule, j.life); ok && j.ageAt(now) >= limit {
		c.giveUp = true
		return c, now
	}
	if l.broken() && (o.Task == ledger.TaskPay || o.Task == ledger.TaskOrder && o.State == ledger.Intent) {
		c.broken = true
		return c, now
	}
	if l.broken() && o.Task == ledger.TaskRefund { // a line is tried with a question
		return c, l.nextProbe.Add(probeEvery)
	}
	at := now.Add(j.wait(o, schedule, now))
	if j.hurry {
		at = now
	}
	if limit, ok := giveUpAfter(o, schedule, j.life); ok {
		at = earlier(at, now.Add(limit-j.ageAt(now)))
	}
	if admitted, free := l.admits(o, now); !admitted && free.After(at) {
		at = free
	}
	return c, at
}

// rank puts the customer at the counter before everything, and then the first close of an order, because it has to follow
// directly after the last query, and the first send of a refund, for which somebody waits. Neither can be many, so the others get their turn.
func rank(o *ledger.Owed, j *job) int {
	switch {
	case o.OnScreen:
		return 0
	case o.Task == ledger.TaskClose && j.closes == 0, o.Task == ledger.TaskRefund && j.sends == 0:
		return 1
	}
	return 2
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
