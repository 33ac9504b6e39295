package hardware

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"guitai/assets"
)

const (
	// answerIn is how long a printer may take to tell its status: the usual ones take a few milliseconds, on a slow line 30.
	answerIn = 300 * time.Millisecond
	// confirmIn is how long the printer's word is awaited that everything before was worked off. One that tells its status and never
	// that is believed when it still is well at the end: it took the whole slip.
	confirmIn = 3 * time.Second
	// silentFor is how long one that told its status before may say nothing: requests wait behind a full buffer, and 10 kB of it are
	// some twelve seconds of paper.
	silentFor = 15 * time.Second
	// confirmMost is how long one that is printing may take; a report of two hundred people is a minute of paper.
	confirmMost = time.Minute
	// takeIn is how long a printer may take no byte before the job is broken off. Printing a full buffer takes less.
	takeIn = 5 * time.Second
	// slice bounds every wait inside a job, so that the drawer is not kept waiting.
	slice = 20 * time.Millisecond
	// kickFor is how long a pulse is tried: a drawer that opens later surprises somebody.
	kickFor = 3 * time.Second
	// kickAgain is the pause before the next try.
	kickAgain = 100 * time.Millisecond
	// lookEvery is how often an idle printer is asked how it is, so that missing paper is known before the next slip.
	lookEvery = 10 * time.Second
	// finishIn is how long the end of the till waits for the slip that is being printed.
	finishIn = 2 * time.Second
	// retryMost is the longest pause before a slip that was sent in vain comes again: each time costs paper.
	retryMost = time.Minute
)

// ErrNoPrinter is what Test returns where none is configured.
var ErrNoPrinter = errors.New("no printer is configured")

// Printer prints slips for as long as Run runs, each once, and sends the drawer's pulse. Everything but Run may be called from any
// goroutine, before, during and after Run; nothing waits but Test.
//
// The owner is the goroutine in Run: it alone has the way to the printer, the spool and the status.
type Printer struct {
	cfg  PrinterConfig
	desk Desk
	face typeface

	// Owned by the goroutine in Run.
	reporter
	spool    *spool
	attempts backoff
	due      time.Time       // when to try next
	kickAt   time.Time       // a pulse is owed since; zero: none
	kicked   time.Time       // the last pulse was asked for
	kickLast time.Time       // the pulse that is owed was tried in vain; zero: not yet
	mute     bool            // it did not answer last time
	notes    []string        // what went wrong for good, for the detail
	noKick   string          // why the last pulse was dropped
	broken   bool            // it may wait for the rest of a command
	asking   bool            // an answer about its status is awaited
	word     func(byte) bool // while a slip is confirmed: takes the printer's word that it is done
	inOrder  bool            // it has answered GS r before, and will again
	closing  sync.WaitGroup

	kicks  chan time.Time
	tests  chan printerTest
	news   chan struct{}
	cursor atomic.Uint64

	mu    sync.Mutex
	inbox []order
}

// order is one call of Print, or of Skip where it has no key.
type order struct {
	seq    uint64
	key    string
	slip   Slip
	rewind bool
}

type printerTest struct {
	ctx  context.Context
	done chan error
}

// NewPrinter returns a Printer for cfg, which must have passed Check. dir is the folder of its spool, which must exist and belong to
// this till's mode alone. report is called from the goroutine in Run and gets every change of the status.
func NewPrinter(cfg PrinterConfig, desk Desk, lang assets.Lang, dir string, report func(Status)) *Printer {
	if cfg.ascii() {
		lang = assets.En
	}
	p := &Printer{
		cfg: cfg, desk: desk, reporter: reporter{report: report},
		face:  typeface{columns: cfg.columns(), ascii: cfg.ascii(), words: assets.For(lang)},
		kicks: make(chan time.Time, 1), tests: make(chan printerTest), news: make(chan struct{}, 1),
	}
	if cfg.To == "" {
		return p
	}
	var aside string
	p.spool, aside = openSpool(dir)
	p.note(aside)
	p.cursor.Store(p.spool.file.Cursor)
	first := p.spool.first()
	p.broken = first != nil && first.Begun
	return p
}

// Words are those of its slips: English where the printer has no Chinese characters.
func (p *Printer) Words() *assets.Phrases { return p.face.words }

// Cursor is the newest event of which jobs are durably in the spool, or that was skipped; 0 when none is known: the printer is new, or
// its spool was lost. After a restart the caller gives the jobs of the events from the cursor on, its own event included: what the
// spool has had is passed over. At 0 it begins at the ledger's head with Skip, or all of the past would be printed.
func (p *Printer) Cursor() uint64 { return p.cursor.Load() }

// Print queues a slip. seq is the event that it is of, never falling from call to call, or 0; key names the slip among all. The same
// key given again prints nothing.
func (p *Printer) Print(seq uint64, key string, slip Slip) {
	p.give(order{seq: seq, key: key, slip: slip})
}

// Skip says that events up to seq have nothing more to print. It is made durable with the next slip, or when Run ends.
func (p *Printer) Skip(seq uint64) { p.give(order{seq: seq}) }

// Rewind sets the cursor to an event, wherever it was: of a new printer, or of a ledger whose end was lost. Slips of later
// events are dropped.
func (p *Printer) Rewind(seq uint64) { p.give(order{seq: seq, rewind: true}) }

func (p *Printer) give(o order) {
	if p.cfg.To == "" {
		return
	}
	p.mu.Lock()
	last := len(p.inbox) - 1
	switch {
	case o.key == "" && !o.rewind && last >= 0 && p.inbox[last].key == "" && !p.inbox[last].rewind:
		p.inbox[last] = o
	case len(p.inbox) < 2*maxJobs: // Run takes them in at once; where it does not run, the caller gives them again after the cursor
		p.inbox = append(p.inbox, o)
	}
	p.mu.Unlock()
	nudge(p.news)
}

// Kick opens the drawer, where the printer has one, within a few milliseconds; it is dropped when the printer stays away for 3 s, or
// says for so long that it has no paper, an open cover or is off line. To have the drawer open before the slip comes out, call it before
// Print.
func (p *Printer) Kick() {
	if p.cfg.To == "" || p.cfg.Drawer == "" {
		return
	}
	select {
	case p.kicks <- time.Now():
	default: // one is on its way already
	}
}

// Test prints the test slip and tells what is wrong. It waits for the printer until ctx ends.
func (p *Printer) Test(ctx context.Context) error {
	if p.cfg.To == "" {
		return ErrNoPrinter
	}
	t := printerTest{ctx, make(chan error, 1)}
	select {
	case p.tests <- t:
	case <-ctx.Done():
		return fmt.Errorf("the printer is busy: %w", ctx.Err())
	}
	select {
	case err := <-t.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the printer does not come to an end: %w", ctx.Err())
	}
}

// Run prints what is queued until ctx ends. It returns nil: a device fault is a status, not the end of a till. Call it once.
func (p *Printer) Run(ctx context.Context) error {
	if p.cfg.To == "" {
		return p.off(ctx, "no printer is configured")
	}
	for ctx.Err() == nil {
		p.takeIn()
		select {
		case p.kickAt = <-p.kicks: // before what was given after it
		default:
		}
		p.kick(nil)
		if !time.Now().Before(p.due) {
			p.work(ctx)
		}
		p.rest(ctx)
	}
	p.takeIn()
	_ = p.spool.save() // what is not kept now is given again from the cursor on
	p.closing.Wait()
	return nil
}

// rest waits for something to do.
func (p *Printer) rest(ctx context.Context) {
	wake := p.due
	if !p.kickAt.IsZero() {
		wake = time.Now().Add(kickAgain)
	}
	t := time.NewTimer(time.Until(wake))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-p.news:
		p.takeIn()
		switch {
		case p.spool.first() == nil: // how far the ledger was looked at is kept with the next slip
		case p.attempts.tries == 0:
			p.due = time.Time{}
		default: // a printer that is away, or has no paper, is tried when it is due
			p.save()
		}
	case at := <-p.kicks:
		p.kickAt = at
	case test := <-p.tests:
		test.done <- p.test(test.ctx)
	}
}

// takeIn moves what was given into the spool.
func (p *Printer) takeIn() {
	p.mu.Lock()
	inbox := p.inbox
	p.inbox = nil
	p.mu.Unlock()
	for _, o := range inbox {
		if o.rewind {
			for _, key := range p.spool.rewind(o.seq) {
				p.dropped(key + " is of a ledger that has lost its end: it was dropped")
			}
			continue
		}
		if o.key == "" {
			p.spool.skip(o.seq)
			continue
		}
		p.spool.add(o.seq, o.key, o.slip)
	}
	for _, key := range p.spool.dropped {
		p.dropped("too many slips waited: " + key + " was dropped")
	}
	p.spool.dropped = nil
}

// dropped counts a slip that will not be printed, and says why.
func (p *Printer) dropped(why string) {
	p.status.Dropped++
	p.note(why)
}

func (p *Printer) note(text string) {
	if text == "" {
		return
	}
	p.notes = append(p.notes, text)
	p.notes = p.notes[max(0, len(p.notes)-3):]
}

// save keeps the spool, and tells the cursor only then.
func (p *Printer) save() bool {
	if err := p.spool.save(); err != nil {
		p.unsaved(err)
		return false
	}
	p.cursor.Store(p.spool.file.Cursor)
	return true
}

func (p *Printer) unsaved(err error) {
	p.publish(Unsaved, err.Error())
	p.later()
}

// later sets when to try next: soon for a printer that was just lost, then once a second.
func (p *Printer) later() {
	wait := p.attempts.next(Busy)
	if j := p.spool.first(); j != nil && j.tries > 0 {
		wait = max(wait, min(retryMost, time.Second<<min(j.tries-1, 6)))
	}
	p.due = time.Now().Add(wait)
}

// publish reports the status with what waits and what went wrong for good.
func (p *Printer) publish(state State, detail string) {
	if p.spool != nil {
		p.status.Waiting = len(p.spool.file.Jobs)
	}
	details := append([]string{detail}, p.notes...)
	if p.noKick != "" {
		details = append(details, p.noKick)
	}
	p.reporter.publish(state, strings.Join(details, "; "))
}
