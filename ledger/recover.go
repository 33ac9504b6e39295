package ledger

import (
	"errors"
	"fmt"
	"time"
)

// This file is what the Book does after a failed write: nothing more is acknowledged until the store was opened again from
// the disk and has everything that was.

const (
	recoverFirst = time.Second // after the failure; each further try waits twice as long
	recoverLast  = time.Minute
)

// scheduleRecovery sets when to try next. The committer calls it.
func (b *Book) scheduleRecovery() {
	if b.cfg.Recover == nil || b.lost {
		return
	}
	b.patience = min(max(2*b.patience, recoverFirst), recoverLast)
	b.retry = time.After(b.patience)
}

// recover opens the store again, takes up what it has, and goes on. What the failed group wanted may be in it or not: its
// writers were told that it failed, and an attempt among it is asked about like after any restart.
func (b *Book) recover() {
	b.retry = nil
	err := b.cfg.Recover()
	if err == nil {
		Failpoint("recover: store opened")
		err = b.takeUpStore()
	}
	if err == nil {
		Failpoint("recover: journal folded")
		err = b.reopened()
		Failpoint("recover: opening written")
	}
	if err != nil {
		b.cfg.Log.Error("the ledger stays stopped", "cause", err)
		b.staysStopped(err)
		return
	}
	b.patience = 0
	b.cfg.Log.Warn("the ledger is open again", "event", b.next.Head.Seq)
}

// staysStopped keeps the reason that a person has to know, and tries again if that can help.
func (b *Book) staysStopped(err error) {
	if b.retry == nil { // the opening's own append has not scheduled it
		b.scheduleRecovery()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken == nil || ReasonOf(err) == ReasonLedgerDamaged {
		b.broken = err
	}
	b.wake()
}

// takeUpStore reads the state anew. A store that lacks anything acknowledged is never written again.
func (b *Book) takeUpStore() error {
	state, err := load(b.store, b.cfg.Log)
	if err == nil {
		err = b.hasAcknowledged(state.Head)
	}
	if err != nil {
		return err
	}
	next, err := RestoreState(state.Snapshot())
	if err != nil {
		return err
	}
	b.next, b.snapshotAt = next, state.Head.Seq
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = state
	return nil
}

// hasAcknowledged checks that the last event anybody was told about is in the store.
func (b *Book) hasAcknowledged(end Head) error {
	was := b.seen.Head
	found := was.Seq == 0
	err := b.store.Read(was.Seq, func(seq uint64, stored []byte) error {
		found = found || seq == was.Seq && HashOf(stored) == was.Hash
		return errSeen
	})
	if err != nil && err != errSeen {
		return err
	}
	if !found {
		b.lost = true
		return RefuseBecause(ReasonLedgerDamaged, fmt.Errorf("event %d was acknowledged, and the ledger that ends at %d does not have it", was.Seq, end.Seq))
	}
	return nil
}

var errSeen = errors.New("seen")

// reopened writes the opening, as a new process would.
func (b *Book) reopened() error {
	b.mu.Lock()
	b.broken = nil
	b.mu.Unlock()
	it := &intent{actor: Till, decide: b.opening, reply: make(chan error, 1)}
	b.commitGroup([]*intent{it})
	return <-it.reply
}
