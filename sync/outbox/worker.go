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
	jobs  map[ledger.OrderNo]*job
	rand  *rand.Rand
}

// New makes a worker for a book.
func New(book *ledger.Book, cfg Config) *Worker {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Worker{
		book: book, cfg: cfg, done: make(chan struct{}, 1),
		lines: make(map[ledger.Channel]*line), jobs: make(map[ledger.OrderNo]*job),
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
	owed   ledger.Owed
	line   *line
	tries  int  // requests made for this task before
	giveUp bool // the attempt's time is over: stop it
	broken bool // the line is broken: do not send
	probe  bool // nothing is owed: find out whether the line is back
}

const idleLook = 10 * time.Second // how often the worker looks for work when nothing wakes it

// claim brings the jobs in step with the ledger and takes the one that is due longest. It also throws away what is too
// old to be sent.
func (w *Worker) claim(ctx context.Context, now time.Time) (*claim, time.Time) {
	if w.book.Err() != nil {
		return nil, now.Add(idleLook)
	}
	if err := w.book.Sweep(ctx); err != nil {
		w.cfg.Log.Info("a waiting code or QR was not taken up", "cause", err)
	}
	owed := w.book.Owed()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refresh(owed, now)
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
		case best == nil || at.Before(bestAt):
			best, bestAt = c, at
		}
	}
	w.postBacklog(len(owed))
	if best == nil {
		return w.probeDue(now, next)
	}
	best.inFlight, best.tries = true, best.job.tries
	if !best.giveUp && !best.broken {
		best.line.started(&best.owed, now)
	}
	return best, now
}

// probeDue takes a query of a broken line's last order, whatever became of it: a line is tried with a question, never
// with a customer's money.
func (w *Worker) probeDue(now, next time.Time) (*claim, time.Time) {
	for ch, l := range w.lines {
		if !l.broken() || l.flying > 0 {
			continue
		}
		if l.nextProbe.After(now) {
			next = earlier(next, l.nextProbe)
			continue
		}
		c := &claim{job: &job{order: l.last.Order, channel: ch}, owed: l.last, line: l, probe: true}
		c.owed.Task = ledger.TaskQuery
		l.started(&c.owed, now)
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

// refresh makes one job for each order that owes something and restarts its count when what it owes has changed.
func (w *Worker) refresh(owed []ledger.Owed, now time.Time) {
	still := make(map[ledger.OrderNo]bool, len(owed))
	for i := range owed {
		o := &owed[i]
		still[o.Order] = true
		j := w.jobs[o.Order]
		if j == nil {
			life := max(0, o.Expires.Sub(o.OpenedAt))
			j = &job{order: o.Order, channel: o.Channel, seen: now, life: life, age: max(0, min(now.Sub(o.OpenedAt), life+time.Hour))}
			w.jobs[o.Order] = j
		}
		if j.state != o.State {
			j.turns = 0
		}
		if j.task == o.Task && o.Task == ledger.TaskOrder {
			j.state = o.State // asking for the same QR again: the pace goes on
		}
		if j.state != o.State || j.task != o.Task {
			j.state, j.task, j.tries, j.faults, j.jitter = o.State, o.Task, 0, 0, w.rand.Float64()
		}
	}
	for order, j := range w.jobs {
		if !still[order] && !j.inFlight {
			delete(w.jobs, order)
		}
	}
}

// dueAt tells when an order's next action is due. It gives nil for one that is being worked on or has no channel yet.
func (w *Worker) dueAt(o *ledger.Owed, now time.Time) (*claim, time.Time) {
	j, l := w.jobs[o.Order], w.lines[o.Channel]
	if j.inFlight || l == nil {
		return nil, time.Time{}
	}
	schedule := l.connector.Schedule(o.Way)
	if limit, ok := giveUpAfter(o, schedule, j.life); ok && j.ageAt(now) >= limit {
		return &claim{job: j, owed: *o, line: l, giveUp: true}, now
	}
	c := &claim{job: j, owed: *o, line: l}
	if l.broken() && (o.Task == ledger.TaskPay || o.Task == ledger.TaskOrder && o.State == ledger.Intent) {
		c.broken = true
		return c, now
	}
	at := now.Add(j.wait(o, schedule, now))
	if limit, ok := giveUpAfter(o, schedule, j.life); ok {
		at = earlier(at, now.Add(limit-j.ageAt(now)))
	}
	if admitted, free := l.admits(o.Task, now); !admitted && free.After(at) {
		at = free
	}
	return c, at
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
