package disk

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// behind is what the journal has and Badger does not have yet. One goroutine carries it over, in order.
type behind struct {
	db   *badger.DB
	room func() bool   // whether Badger may be written
	done chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	changed sync.Cond // of any field below
	waiting []prepared
	bytes   int         // of waiting
	durable ledger.Head // where the journal ends, as readers are to see it
	applied ledger.Head // where Badger ends
	closing bool
	asked   int  // how many wait
	busy    bool // a transaction is under way
	held    bool // there is no room: what waits stays in memory, and in the journal
	failed  error
}

const (
	// behindMax bounds what may wait, in bytes: the next append waits until there is less, which is the disk's word that it
	// cannot follow.
	behindMax = 16 << 20
	// heldMax bounds what may wait in memory while the disk is nearly full, in bytes: enough for some thousand events that end
	// what is under way, and little enough that it finds room once somebody has made some.
	heldMax = 2 << 20
	// stuckAfter is how long anybody waits for Badger. It takes a transaction in microseconds; when its flush or compaction
	// fails it tries again each second, for ever and without a word.
	stuckAfter = 10 * time.Second
)

var errStuck = errors.New("what is written behind the journal has not moved for 10 s: Badger is stuck")

func newBehind(db *badger.DB, at ledger.Head, room func() bool) *behind {
	b := &behind{db: db, room: room, done: make(chan struct{}), durable: at, applied: at}
	b.changed.L = &b.mu
	go b.carry()
	return b
}

// put hands a batch over that has become durable.
func (b *behind) put(p prepared) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting, b.bytes, b.durable = append(b.waiting, p), b.bytes+p.bytes, p.head
	b.changed.Broadcast()
}

// until waits until done, which is asked under the lock, or gives false when nothing has come of it.
func (b *behind) until(done func() bool) bool {
	if done() {
		return true
	}
	b.asked++
	defer func() { b.asked-- }()
	began := time.Now()
	late := time.AfterFunc(stuckAfter, b.changed.Broadcast)
	defer late.Stop()
	for !done() {
		if time.Since(began) >= stuckAfter {
			return false
		}
		b.changed.Wait()
	}
	return true
}

// wait returns when Badger has event seq, or with the reason why it has not.
func (b *behind) wait(seq uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if seq > b.durable.Seq {
		return fmt.Errorf("event %d is not in the ledger, which ends at %d", seq, b.durable.Seq)
	}
	moved := b.until(func() bool { return b.applied.Seq >= seq || b.failed != nil || b.held })
	switch {
	case b.applied.Seq >= seq:
		return nil
	case !moved:
		return errStuck
	}
	return cmp.Or(b.failed, error(ledger.Refuse(ledger.ReasonDiskFull)))
}

// caughtUp waits until Badger has everything that is durable now.
func (b *behind) caughtUp() error {
	b.mu.Lock()
	seq := b.durable.Seq
	b.mu.Unlock()
	return b.wait(seq)
}

// drained returns when nothing waits any more, or with the reason why something still does.
func (b *behind) drained() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.until(func() bool { return len(b.waiting) == 0 && !b.busy || b.failed != nil || b.held }) {
		return errStuck
	}
	if b.held {
		return ledger.Refuse(ledger.ReasonDiskFull)
	}
	return b.failed
}

func (b *behind) err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

// mayPut waits until more may wait, and tells why not.
func (b *behind) mayPut() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bytes > behindMax && !b.until(func() bool { return b.bytes <= behindMax || b.failed != nil || b.held }) {
		b.failed = ledger.RefuseBecause(ledger.ReasonLedgerStopped, errStuck)
	}
	if b.failed == nil && b.held && b.bytes > heldMax {
		return ledger.Refuse(ledger.ReasonDiskFull)
	}
	return b.failed
}

// hold waits for room. It gives false when the store is closed without any: the next opening applies what waits.
func (b *behind) hold() bool {
	for !b.room() {
		b.mu.Lock()
		b.held = true
		closing := b.closing
		b.changed.Broadcast()
		b.mu.Unlock()
		if closing {
			return false
		}
		time.Sleep(roomEvery)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = false
	return true
}

// close carries over what is left and ends the goroutine, unless it is stuck.
func (b *behind) close() error {
	b.mu.Lock()
	b.closing = true
	b.changed.Broadcast()
	b.mu.Unlock()
	select {
	case <-b.done:
		return b.err()
	case <-time.After(stuckAfter):
		return errStuck
	}
}

// carry is the goroutine. Everything that waits goes into one transaction, as far as one holds it.
func (b *behind) carry() {
	defer close(b.done)
	for b.pending() && b.hold() {
		b.gather()
		some := b.take()
		ledger.Failpoint("behind: taken")
		err := apply(b.db, some)
		ledger.Failpoint("behind: applied")
		b.mu.Lock()
		b.busy = false
		if err != nil {
			b.failed = ledger.RefuseBecause(ledger.ReasonLedgerStopped, err)
		} else {
			b.applied = some[len(some)-1].head
		}
		b.changed.Broadcast()
		b.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// pending waits for something to carry; it gives false at the end.
func (b *behind) pending() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.waiting) == 0 && !b.closing {
		b.changed.Wait()
	}
	return len(b.waiting) > 0
}

// gatherFor is how long an event may wait for more while nobody asks for it. Badger's share of an append costs a core as much
// as a sixth of a flush; on two cores that is felt by the next append.
const gatherFor = time.Millisecond

// gather lets more come, unless somebody waits.
func (b *behind) gather() {
	b.mu.Lock()
	hurry := b.asked > 0 || b.closing
	b.mu.Unlock()
	if !hurry {
		time.Sleep(gatherFor)
	}
}

// take gives what goes into the next transaction.
func (b *behind) take() (some []prepared) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, bytes, keys := 0, 0, 0
	for n < len(b.waiting) {
		bytes, keys = bytes+b.waiting[n].bytes, keys+len(b.waiting[n].writes)
		if n > 0 && (bytes > batchBytes || keys > batchKeys) {
			break
		}
		n++
	}
	b.busy = true
	some = b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	for i := range some {
		b.bytes -= some[i].bytes
	}
	b.changed.Broadcast()
	return some
}

// apply writes batches and the head they lead to as one transaction.
func apply(db *badger.DB, some []prepared) error {
	txn := db.NewTransaction(true)
	defer txn.Discard()
	for i := range some {
		for _, w := range some[i].writes {
			err := error(nil)
			if w.value == nil {
				err = txn.Delete(w.key)
			} else {
				err = txn.Set(w.key, w.value)
			}
			if err != nil {
				return fmt.Errorf("writing %q behind the journal: %w", w.key, err)
			}
		}
	}
	if err := txn.Set([]byte(keyHead), encodeHead(some[len(some)-1].head)); err != nil {
		return fmt.Errorf("writing the head behind the journal: %w", err)
	}
	if err := txn.Commit(); err != nil {
		return fmt.Errorf("writing behind the journal: %w", err)
	}
	return nil
}
