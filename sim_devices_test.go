package main

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"guitai/hardware"
	"guitai/ledger"
)

// This file is what stands on the counter of the simulated till: a printer with its spool, a voice and a pole display, which fail, hold
// up whoever calls them, lose power, and die with the process. What they do is told to the oracle (sim_paper_test.go).

// The devices that can hold up their caller.
const (
	simPrints = iota
	simSpeaks
	simShows
	simDevices
)

// simSpool is what a printer's spool has on the disk, by the contract of hardware.Printer: jobs at or below the cursor are passed over,
// for the cursor's own event by their keys.
type simSpool struct {
	cursor uint64
	keys   []string
	jobs   []simJob
}

type simJob struct {
	seq   uint64
	key   string
	slip  hardware.Slip
	begun bool
}

func (s *simSpool) copy() simSpool {
	return simSpool{s.cursor, slices.Clone(s.keys), slices.Clone(s.jobs)}
}

func (s *simSpool) add(o simOrder) {
	waits := slices.ContainsFunc(s.jobs, func(j simJob) bool { return j.key == o.key })
	if waits || o.seq < s.cursor || o.seq == s.cursor && slices.Contains(s.keys, o.key) {
		return
	}
	s.skip(o.seq)
	s.keys = append(s.keys, o.key)
	s.jobs = append(s.jobs, simJob{seq: o.seq, key: o.key, slip: o.slip})
}

func (s *simSpool) skip(seq uint64) {
	if seq > s.cursor {
		s.cursor, s.keys = seq, nil
	}
}

// simOrder is a call of Print, of Skip where it has no key, or of Rewind.
type simOrder struct {
	seq    uint64
	key    string
	slip   hardware.Slip
	rewind bool
}

// simDesk is the devices in one life of the till's process. It is the printer, too.
type simDesk struct {
	w     *whole
	r     *running
	store *ledger.Memory
	began time.Time
	ended <-chan struct{}

	cursor atomic.Uint64
	spool  simSpool // as this process has it; its own goroutine's
	news   chan struct{}

	mu      sync.Mutex
	inbox   []simOrder
	stuck   [simDevices]time.Time
	doubted time.Time       // up to here the devices may have missed what happened
	said    map[uint64]bool // settling events that this process has spoken of
	opened  map[uint64]bool // events for which this process has opened the drawer
	pole    hardware.PoleView
}

// simVoice and simPole are the other two.
type (
	simVoice struct{ *simDesk }
	simPole  struct{ *simDesk }
)

func newSimDesk(w *whole, r *running, ctx context.Context) *simDesk {
	d := &simDesk{w: w, r: r, store: w.store, began: time.Now(), ended: ctx.Done(), news: make(chan struct{}, 1),
		said: map[uint64]bool{}, opened: map[uint64]bool{}, spool: w.spool.copy()}
	d.cursor.Store(d.spool.cursor)
	return d
}

// counter is the attendant of these devices.
func (d *simDesk) counter(scanner *hardware.Scanner) *hardware.Counter {
	w := d.w
	return &hardware.Counter{
		Scanner: scanner, Printer: d, Voice: simVoice{d}, Pole: simPole{d}, Words: w.words, Asked: w.paper.asked, Twice: w.paper.twice,
		Desk: hardware.Desk{Shop: "小店", Till: "T1", Mode: "training", Calendar: w.calendar}, Log: quietLog,
	}
}

// called is every method: what the oracle has to say of the call, and then a device that breaks its promise may hold up the counter's
// own goroutine. There is no other one that it could hold up.
func (d *simDesk) called(device int, oracle func()) (alive bool) {
	if !d.byFollower() {
		d.w.breaks("P6", "a device is called by somebody whom it could hold up")
	}
	if !d.r.dead.Load() {
		oracle()
	}
	d.mu.Lock()
	wait := time.Until(d.stuck[device])
	d.mu.Unlock()
	if wait > 0 {
		select {
		case <-time.After(wait):
		case <-d.ended:
		}
	}
	return !d.r.dead.Load()
}

func (d *simDesk) byFollower() (follows bool) {
	var at [32]uintptr
	frames := runtime.CallersFrames(at[:runtime.Callers(2, at[:])])
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if strings.Contains(frame.Function, "hardware.(*Counter).follow") {
			follows = true
		}
		if strings.Contains(frame.Function, "ledger.(*Book).") && !strings.HasSuffix(frame.Function, "(*Book).Follow") && !strings.Contains(frame.Function, "Follow.func") {
			return false
		}
	}
	return follows
}

// holdsUp lets a device hold its caller up for so long.
func (d *simDesk) holdsUp(device int, long time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stuck[device] = time.Now().Add(long)
	d.doubts(d.stuck[device])
}

// unsureFor: what happens for so long may be seen late.
func (d *simDesk) unsureFor(long time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.doubts(time.Now().Add(long))
}

// doubts: what happens up to then may be seen so late that nothing is said of it. d.mu is held.
func (d *simDesk) doubts(until time.Time) {
	if until.After(d.doubted) {
		d.doubted = until
	}
}

// unsure is up to when nothing need have been said.
func (d *simDesk) unsure() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.doubted
}

func (v simVoice) Say(a hardware.Announcement) {
	v.called(simSpeaks, func() { v.w.paper.says(v.simDesk, a) })
}

func (p simPole) Show(view hardware.PoleView) {
	p.called(simShows, func() { p.w.paper.shows(p.simDesk, view) })
}

func (d *simDesk) Kick() {
	d.called(simPrints, func() { d.w.paper.opens(d) })
}

func (d *simDesk) Cursor() uint64 { return d.cursor.Load() }

func (d *simDesk) Print(seq uint64, key string, slip hardware.Slip) {
	if d.called(simPrints, func() { d.w.paper.given(d, seq, &slip) }) {
		d.give(simOrder{seq: seq, key: key, slip: slip})
	}
}

func (d *simDesk) Skip(seq uint64) {
	d.called(simPrints, func() {})
	d.give(simOrder{seq: seq})
}

func (d *simDesk) Rewind(seq uint64) {
	d.called(simPrints, func() {
		if d.Cursor() == 0 {
			d.w.paper.forgives(seq)
		}
	})
	d.give(simOrder{seq: seq, rewind: true})
}

func (d *simDesk) give(o simOrder) {
	d.mu.Lock()
	d.inbox = append(d.inbox, o)
	d.mu.Unlock()
	select {
	case d.news <- struct{}{}:
	default:
	}
}

// run is the printer at work, until the process ends. A printer that hangs takes nothing in.
func (d *simDesk) run(ctx context.Context) error {
	for ctx.Err() == nil {
		wait := d.w.hangsFor()
		if wait <= 0 {
			d.takeIn()
			wait = d.work(ctx)
		}
		select {
		case <-ctx.Done():
		case <-d.newsIf(wait > time.Minute):
		case <-time.After(min(wait, 10*time.Second)):
		}
	}
	if !d.r.dead.Load() {
		d.takeIn()
		d.save()
	}
	return nil
}

// newsIf: one that is away is tried when it is due.
func (d *simDesk) newsIf(idle bool) <-chan struct{} {
	if idle {
		return d.news
	}
	return nil
}

func (d *simDesk) takeIn() {
	d.mu.Lock()
	inbox := d.inbox
	d.inbox = nil
	d.mu.Unlock()
	for _, o := range inbox {
		switch {
		case o.rewind:
			d.spool.cursor, d.spool.keys = o.seq, nil
		case o.key == "":
			d.spool.skip(o.seq)
		default:
			d.spool.add(o)
		}
	}
}

// save makes the spool durable, where the process lives and the disk works; the cursor is told only then.
func (d *simDesk) save() bool {
	if !d.w.keeps(d.r, &d.spool) {
		return false
	}
	d.cursor.Store(d.spool.cursor)
	return true
}

// work prints the first job, and tells when to come again.
func (d *simDesk) work(ctx context.Context) time.Duration {
	if len(d.spool.jobs) == 0 {
		d.w.idle(func() { d.save() })
		return time.Hour
	}
	j := &d.spool.jobs[0]
	again := j.begun
	if !d.save() || d.w.printerAway() {
		return time.Second
	}
	j.begun = true
	if !d.save() {
		j.begun = again
		return time.Second
	}
	select { // the paper moves
	case <-time.After(time.Duration(d.w.pick(2000)) * time.Millisecond):
	case <-ctx.Done():
	}
	if d.r.dead.Load() && d.w.chance(0.5) || d.w.spoils() {
		return time.Second // half of it is on the paper
	}
	d.w.paper.printed(d.w, j.seq, &j.slip, again)
	if d.r.dead.Load() {
		return time.Second
	}
	d.spool.jobs = slices.Delete(d.spool.jobs, 0, 1)
	d.save()
	return 0
}

// printerWorld is the printer itself, which stays when the process dies: guarded by whole.mu.
type printerWorld struct {
	spool simSpool
	away  time.Time // without paper or power until then
	hangs time.Time // the process's printer hangs until then
	saved time.Time
}

func (w *whole) hangsFor() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.quiet {
		return 0
	}
	return time.Until(w.hangs)
}

func (w *whole) printerAway() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.quiet && time.Now().Before(w.away)
}

func (w *whole) spoils() bool { return !w.isQuiet() && w.chance(0.05) }

func (w *whole) isQuiet() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.quiet
}

func (w *whole) keeps(r *running, s *simSpool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.dead.Load() || !w.quiet && time.Now().Before(w.disk) {
		return false
	}
	w.spool, w.saved = s.copy(), time.Now()
	return true
}

// idle keeps what was only looked at as seldom as the printer does.
func (w *whole) idle(save func()) {
	w.mu.Lock()
	due := time.Since(w.saved) >= 10*time.Second
	w.mu.Unlock()
	if due {
		save()
	}
}
