package main

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channeltest"
	"guitai/sync/outbox"
)

// sim is one seed's run. One goroutine, the driver, decides everything: it takes the next event, lets the till and the worker come
// to rest, and looks. Requests wait in goroutines of their own until an event of the driver answers them; no two of them ever
// become runnable at one instant, so the same seed always runs the same way.
type sim struct {
	tally
	seed    uint64
	lies    bool // the oracle itself is wrong, to see that it is heard
	rates   [numFaults]float64
	only    map[uint64]bool // the parts of the story that are told; nil: all
	quiet   bool            // faults have stopped
	still   bool            // what has just happened has not reached the till
	over    bool            // and nothing is owed any more
	telling bool
	story   []string

	mu       sync.Mutex // held by the worker's goroutines and by the ledger's committer while they touch what follows
	visits   map[uint64]int
	sites    []uint64 // the faults that were met
	trace    uint64
	idle     int // steppers that wait for work
	events   events
	counts   int // of events, ever made
	happened int // of them

	steps    chan *stepping
	began    time.Time
	calendar ledger.Calendar
	limit    int64 // ReturnUpTo
	store    *ledger.Memory
	proc     *process // nil while the till is off
	boots    uint64
	asleep   time.Duration // the machine sleeps until then
	wakesAt  time.Duration // of the worker
	full     bool          // the disk takes no writes
	banks    [2]*channeltest.Bank
	weather  [2]weather

	script     []action
	unit       int // the action that is being done
	orders     map[ledger.OrderNo]*orderInfo
	inOrder    []*orderInfo
	sales      map[ledger.SaleID]int // the action that has keyed it
	codes      map[string]ledger.OrderNo
	flying     []*message // requests whose senders wait, in the order in which they left
	firstOrder map[ledger.SaleID]ledger.OrderNo
	oracle     oracle
	desk       *desk // nil where nobody signs in: the trainee sells, by code and QR alone
	broken     *violation
}

// simChannels in the order of sim.banks.
var simChannels = [2]ledger.Channel{ledger.Alipay, ledger.WeChat}

func (s *sim) bank(ch ledger.Channel) *channeltest.Bank { return s.banks[indexOf(ch)] }

func indexOf(ch ledger.Channel) int {
	if ch == ledger.WeChat {
		return 1
	}
	return 0
}

// violation is a broken invariant, by its number in the catalogue.
type violation struct{ invariant, text string }

func (s *sim) breaks(invariant, format string, args ...any) {
	if s.broken == nil {
		s.broken = &violation{invariant, fmt.Sprintf(format, args...)}
		s.say("HERE: %s: %s", invariant, s.broken.text)
	}
}

func (s *sim) say(format string, args ...any) {
	if s.telling {
		s.story = append(s.story, s.calendar.In(time.Now()).Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
	}
}

// event is something that happens at an instant of its own.
type event struct {
	at  time.Duration
	run func()
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at < e[j].at }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := len(*e) - 1
	ev := (*e)[last]
	(*e)[last].run = nil
	*e = (*e)[:last]
	return ev
}

func (s *sim) now() time.Duration { return time.Since(s.began) }

// after lets something happen, at an instant at which nothing else does: whole milliseconds, and as many nanoseconds as there
// have been events. What starts a timer of whole milliseconds, as every request does, therefore never shares its instant.
func (s *sim) after(d time.Duration, run func()) {
	s.counts++
	at := (s.now() + max(d, 0)).Truncate(time.Millisecond) + time.Millisecond + time.Duration(s.counts%int(time.Millisecond))
	heap.Push(&s.events, event{at, run})
}

// play lets everything happen that is due before an instant.
func (s *sim) play(until time.Duration) {
	for s.broken == nil && !s.over && len(s.events) > 0 && s.events[0].at < until {
		ev := heap.Pop(&s.events).(event)
		s.mu.Lock()
		s.happened++ // what a time-out wakes meanwhile sees all that was done before
		s.mu.Unlock()
		time.Sleep(ev.at - s.now())
		synctest.Wait()
		s.trace = mix(s.trace, uint64(ev.at))
		s.still = false
		ev.run()
		s.goOn()
	}
}

// goOn lets till and worker come to rest, through as many deaths as it takes.
func (s *sim) goOn() {
	synctest.Wait()
	for s.broken == nil && s.proc != nil {
		if s.proc.dead.Load() {
			s.afterDeath()
			s.still = false
			continue
		}
		s.look()
		if s.still || !s.step() {
			break
		}
	}
	s.look()
}

// process is one life of the till.
type process struct {
	dead    atomic.Bool // nothing it does has an effect any more
	opening bool
	book    *ledger.Book
	worker  *outbox.Worker
	ctx     context.Context
	cancel  context.CancelFunc
	spins   int // steps at this instant
	at      time.Duration
}

var errDead = errors.New("this process is dead")

// crash is a point at which the process may die. what says where.
func (s *sim) crash(p *process, key uint64, what string) bool {
	s.Points++
	f := crashes
	if p.opening {
		f = crashesAgain
	}
	if _, hit := s.hits(f, key); !hit || p.dead.Load() {
		return false
	}
	s.say("the till dies %s", what)
	s.Faults[f]++
	s.Crashes++
	p.dead.Store(true)
	return true
}

// hits decides whether a fault happens here. key says where "here" is, whatever else is left out of the story.
func (s *sim) hits(f fault, key uint64) (dice, bool) {
	if s.rates[f] == 0 || s.quiet {
		return 0, false
	}
	key = mix(key, uint64(f)+1)
	n := s.visits[key]
	s.visits[key] = n + 1
	site := mix(key, uint64(n))
	d := dice(mix(s.seed, site))
	hit := d.chance(s.rates[f])
	if s.only != nil {
		hit = s.only[site]
	}
	if hit {
		s.sites = append(s.sites, site)
	}
	return d, hit
}

// open starts the till, as often as it takes.
func (s *sim) open() {
	for tries := 0; s.broken == nil && s.proc == nil; tries++ {
		if tries > 50 {
			s.breaks("L7", "the till does not open")
			return
		}
		if s.full {
			s.say("the till does not open: no room")
			s.after(10*time.Second, s.open)
			return
		}
		s.boots++
		if p := s.boot(); p != nil {
			s.proc = p
			s.afterOpening()
		}
		if s.proc == nil {
			s.store = s.store.Reopen()
		}
	}
}

// boot gives nil when the opening came to nothing.
func (s *sim) boot() *process {
	p := &process{opening: true}
	store := s.store
	store.FailAppend = func(b ledger.Batch) (bool, error) { return s.append(p, b) }
	random := dice(mix(s.seed, s.boots, 4))
	cfg := ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"), Random: &random,
		Calendar: s.calendar, ReturnUpTo: s.limit, SnapshotEvery: 25,
		Recover: func() error { return s.recover(p, store) },
	}
	if k := s.desk; k != nil {
		cfg.Mode, cfg.Staffed, cfg.Pepper, cfg.Seconds = "sandbox", true, simPepper, k.rules
		cfg.Shifts, cfg.CloseAt, cfg.CashStep = true, k.closeAt, k.step
		k.restarts()
	}
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), cfg)
	if err != nil {
		if !p.dead.Load() && s.quiet {
			s.breaks("L7", "the till does not open: %v", err)
		}
		return nil
	}
	p.opening = false
	p.book = book
	p.worker = outbox.New(book, outbox.Config{Seed: s.boots})
	p.ctx, p.cancel = context.WithCancel(context.Background())
	for i := range s.banks {
		p.worker.Add(&conn{s: s, p: p, bank: s.banks[i]})
	}
	return p
}

// afterDeath clears away what is left of a process, and starts the next.
func (s *sim) afterDeath() {
	s.end()
	s.store = s.store.Reopen()
	s.forgetsKnown()
	d := dice(mix(s.seed, s.boots, 5))
	if d.chance(0.6) {
		s.open()
		return
	}
	away := d.within(time.Second, time.Minute)
	s.say("and is started again after %v", away)
	s.after(away, s.open)
}

// end stops a process, dead or alive, and waits for its goroutines.
func (s *sim) end() {
	p := s.proc
	s.proc = nil
	s.giveUp(p)
	p.cancel()
	synctest.Wait()
	_ = p.book.Close("end")
	synctest.Wait()
}

// up reports whether somebody can use the till.
func (s *sim) up() bool {
	return s.broken == nil && s.proc != nil && !s.proc.dead.Load() && s.now() >= s.asleep
}

// step lets the worker do one thing, and tells whether there may be more.
func (s *sim) step() bool {
	if !s.up() {
		return false
	}
	p := s.proc
	if p.at != s.now() {
		p.at, p.spins = s.now(), 0
	}
	if p.spins++; p.spins > 2000 {
		s.breaks("V1", "the worker does not come to rest")
		return false
	}
	st := &stepping{p: p}
	if s.idle == 0 {
		go s.stepper()
		s.idle++
	}
	s.steps <- st
	synctest.Wait()
	s.Steps++
	switch {
	case p.dead.Load() || st.done && st.did:
		return true
	case !st.done: // a request is on its way; the next one leaves at another instant, so that they do not time out together
		s.after(0, func() {})
		return false
	}
	s.wake(p, time.Until(st.next))
	return false
}

// stepping is one call of Worker.Step, in a goroutine of its own because the channel lets it wait.
type stepping struct {
	p         *process
	did, done bool
	next      time.Time
}

// stepper is such a goroutine. It is used again, because its stack has grown.
func (s *sim) stepper() {
	for st := range s.steps {
		s.mu.Lock()
		s.idle--
		s.mu.Unlock()
		st.did, st.next = st.p.worker.Step(st.p.ctx, time.Now())
		st.done = true
		s.mu.Lock()
		s.idle++
		s.mu.Unlock()
	}
}

// wake comes back to the worker when it has asked for it. A worker that owes nothing is not asked again before something happens.
func (s *sim) wake(p *process, wait time.Duration) {
	if p.book.Err() == nil && len(p.book.Owed()) == 0 {
		return
	}
	at := s.now() + wait
	if s.wakesAt > s.now() && s.wakesAt <= at {
		return
	}
	s.wakesAt = at
	s.after(wait, func() {})
}

// runSeed plays one seed in a bubble of fake time. only names the parts that are told; nil: all.
func runSeed(t *testing.T, seed uint64, only map[uint64]bool, telling bool) *sim {
	s := newSim(seed)
	s.lies = *simCanary && canary(seed)
	s.only, s.telling = only, telling
	synctest.Test(t, func(*testing.T) {
		s.began, s.steps = time.Now(), make(chan *stepping)
		defer close(s.steps)
		s.write()
		s.open()
		for i := range s.script {
			s.begin(i)
		}
		s.play(s.lastAct())
		if s.broken == nil {
			s.calmDown()
		}
		if s.proc != nil {
			s.finish()
			s.end()
		}
	})
	s.Seeds = 1
	return s
}
