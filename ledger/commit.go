package ledger

import (
	"context"
	"fmt"
	"time"
)

// plan is what an intent decided: the events to append, what to do in memory once they are durable, and the refusal to
// give back although something is recorded (a refused code leaves its trace).
type plan struct {
	entries []entry
	refusal error
	after   func() // runs under Book.mu, when the events are durable and folded in
}

type entry struct {
	body Body
	task Task  // nothing owed when its kind is TaskNone
	also Task  // the same: a refund's answer may owe something about its order, too
	by   Actor // who has done it, where that is not the intent's actor
}

func (p *plan) add(body Body, task Task) {
	p.entries = append(p.entries, entry{body: body, task: task})
}

// decision looks at the state as it will be when every earlier intent is durable. It must not keep or change it.
type decision func(s *State, now time.Time) (plan, error)

type intent struct {
	actor  Actor
	decide decision
	reply  chan error
}

// groupMax bounds how many waiting intents share one append.
const groupMax = 64

// commit hands an intent to the committer and waits until its events are durable or it is refused. ctx ends the wait
// for a place in the queue only: once taken, the outcome is always told.
func (b *Book) commit(ctx context.Context, actor Actor, decide decision) error {
	return b.commitAs(ctx, alone(actor), decide)
}

// commitAs is commit for an intent that a second person may have agreed to.
func (b *Book) commitAs(ctx context.Context, w witness, decide decision) error {
	actor := w.Actor
	it := &intent{actor: actor, decide: decide, reply: make(chan error, 1)}
	select {
	case b.intents <- it:
		return <-it.reply
	case <-b.stopped:
		return Refuse(ReasonClosedLedger)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// committer is the one goroutine that decides and appends. It owns b.next, the state that runs ahead of b.seen by the
// group in hand. When power fails before Append returns, nobody has been told anything and whatever of the group is on
// the disk is taken up at the next opening. When it fails after, the group is durable and readers find it there.
func (b *Book) committer() {
	defer close(b.stopped)
	for {
		select {
		case it := <-b.intents:
			b.commitGroup(b.gather(it))
		case <-b.retry:
			b.recover()
		case <-b.quit:
			return
		}
	}
}

// gather takes every intent that is waiting already, so that they share one append.
func (b *Book) gather(first *intent) []*intent {
	group := []*intent{first}
	for len(group) < groupMax {
		select {
		case it := <-b.intents:
			group = append(group, it)
		default:
			return group
		}
	}
	return group
}

// decided is an intent on its way through one append.
type decided struct {
	*intent
	plan   plan
	events []Event
	hashes []Hash
}

func (b *Book) commitGroup(group []*intent) {
	now := time.Now()
	batch := Batch{First: b.next.Head.Seq + 1}
	changed := map[SaleID]*Sale{}
	accepted := append(b.sealDay(now, &batch), b.closeForgotten(now, &batch)...)
	refused := map[*intent]error{} // told after the append: a refusal may rest on what is only becoming durable
	for _, it := range group {
		d, err := b.decideOne(it, now, &batch, changed)
		if err != nil {
			refused[it] = err
			continue
		}
		accepted = append(accepted, d)
	}
	for _, sale := range changed {
		batch.Sales = append(batch.Sales, sale)
		if sale.Counts(b.next.Day) {
			batch.Day, batch.Totals = b.next.Day, b.next.Totals()
		}
	}
	if err := b.append(batch); err != nil {
		for _, it := range group {
			it.reply <- err
		}
		return
	}
	b.publish(accepted)
	Failpoint("commit: published")
	for it, err := range refused {
		it.reply <- err
	}
	for _, d := range accepted {
		d.reply <- d.plan.refusal
	}
}

// day is the business day of now. A clock that runs back does not lead back into a day that another one has followed.
func (b *Book) day(s *State, now time.Time) Day { return max(b.cfg.Calendar.Day(now), s.Day) }

// decideOne lets an intent decide, folds its events into b.next, and adds their bytes to the batch.
func (b *Book) decideOne(it *intent, now time.Time, batch *Batch, changed map[SaleID]*Sale) (*decided, error) {
	if b.broken != nil {
		return nil, b.broken
	}
	p, err := it.decide(b.next, now)
	if err != nil {
		return nil, err
	}
	d := &decided{intent: it, plan: p}
	for i, en := range p.entries {
		event := Event{Actor: it.actor, Day: b.day(b.next, now), Body: en.body}
		if en.by != (Actor{}) {
			event.Actor = en.by
		}
		for _, task := range []Task{en.task, en.also} {
			if task.Kind != TaskNone {
				event.Tasks = append(event.Tasks, task)
			}
		}
		if err := b.fold(d, event, now, batch, changed); err != nil {
			if i > 0 { // half an intent is folded in: the state in memory can no longer be trusted
				b.stop(err)
			}
			return nil, err
		}
	}
	return d, nil
}

// sealDay ends the day before, in front of the first group of the next one.
func (b *Book) sealDay(now time.Time, batch *Batch) []*decided {
	if b.broken != nil || b.next.tree.leaves == 0 || b.next.tree.onlySeal() || b.day(b.next, now) <= b.next.Day {
		return nil
	}
	d := &decided{intent: &intent{reply: make(chan error, 1)}}
	seal := Event{Actor: Till, Day: b.next.Day, Body: &DaySealed{b.next.Sealing()}}
	if err := b.fold(d, seal, now, batch, nil); err != nil {
		b.stop(err)
		return nil
	}
	return []*decided{d}
}

// fold writes an event's bytes and folds it in.
func (b *Book) fold(d *decided, event Event, now time.Time, batch *Batch, changed map[SaleID]*Sale) error {
	event.Seq, event.Epoch, event.Prev = b.next.Head.Seq+1, epochOf(b.next, event.Body), b.next.Head.Hash
	event.At = now.UTC().Truncate(time.Millisecond)
	stored := event.Encode()
	event, err := DecodeEvent(stored) // what is folded now is what a restart will fold: no finer times, no longer words
	if err != nil {
		return err
	}
	hash := HashOf(stored)
	sales, err := b.next.Apply(&event, hash)
	if err != nil {
		return err
	}
	for _, sale := range sales {
		changed[sale.ID] = sale
	}
	batch.Note(&event)
	d.events, d.hashes = append(d.events, event), append(d.hashes, hash)
	batch.Records = append(batch.Records, stored)
	return nil
}

// epochOf is the epoch of an event to be written.
func epochOf(s *State, body Body) uint32 {
	if _, begins := body.(*EpochBegun); begins {
		return max(1, s.Epoch) + 1
	}
	return max(1, s.Epoch)
}

func (b *Book) append(batch Batch) error {
	if len(batch.Records) == 0 {
		return nil
	}
	if b.broken != nil {
		return b.broken
	}
	if b.snapshotDue || b.next.Head.Seq-b.snapshotAt >= b.cfg.SnapshotEvery {
		batch.Snapshot = b.next.Snapshot()
		b.snapshotAt, b.snapshotDue = b.next.Head.Seq, false
	}
	Failpoint("commit: decided")
	if err := b.store.Append(context.Background(), batch); err != nil {
		Failpoint("commit: write failed")
		b.stop(err)
		return b.broken
	}
	Failpoint("commit: durable")
	return nil
}

// stop ends all writing: after a failed append nobody knows what is on the disk, so nothing more is acknowledged until
// the ledger has been opened and verified again (recover.go).
func (b *Book) stop(cause error) {
	b.cfg.Log.Error("the ledger stops", "cause", cause)
	b.scheduleRecovery()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = RefuseBecause(ReasonLedgerStopped, cause)
	b.wipe()
	b.wake()
}

// publish folds durable events into the state that readers see, and wakes them.
func (b *Book) publish(accepted []*decided) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range accepted {
		for i := range d.events {
			if _, err := b.seen.Apply(&d.events[i], d.hashes[i]); err != nil {
				panic(fmt.Sprintf("ledger: the same event folds differently twice: %v", err))
			}
		}
		if d.plan.after != nil {
			d.plan.after()
		}
	}
	b.forgetCodes()
	b.wake()
}

// wake tells everyone who waits on Changed. The caller holds b.mu.
func (b *Book) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}
