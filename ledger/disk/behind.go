package disk

import (
	"cmp"
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
	held    bool // there is no room: what waits stays in memory, and in the journal
	failed  error
}

// behindMax bounds what may wait, in bytes: an append waits for room, which is the disk's word that it cannot follow.
const behindMax = 8 << 20

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
	for b.bytes > behindMax && b.failed == nil && !b.held {
		b.changed.Wait()
	}
	b.waiting, b.bytes, b.durable = append(b.waiting, p), b.bytes+p.bytes, p.head
	b.changed.Broadcast()
}

// wait returns when Badger has event seq, or at once with the reason why it never will.
func (b *behind) wait(seq uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.applied.Seq < seq && b.failed == nil && !b.held {
		if seq > b.durable.Seq {
			return fmt.Errorf("event %d is not in the ledger, which ends at %d", seq, b.durable.Seq)
		}
		b.changed.Wait()
	}
	if b.applied.Seq < seq {
		return cmp.Or(b.failed, error(ledger.Refuse(ledger.ReasonDiskFull)))
	}
	return nil
}

// caughtUp waits until Badger has everything that is durable now.
func (b *behind) caughtUp() error {
	b.mu.Lock()
	seq := b.durable.Seq
	b.mu.Unlock()
	return b.wait(seq)
}

func (b *behind) err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

// stuffed reports whether no more may wait for room.
func (b *behind) stuffed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held && b.bytes > behindMax
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

// close carries over what is left and ends the goroutine.
func (b *behind) close() error {
	b.mu.Lock()
	b.closing = true
	b.changed.Broadcast()
	b.mu.Unlock()
	<-b.done
	return b.err()
}

// carry is the goroutine. Everything that waits goes into one transaction, as far as one holds it.
func (b *behind) carry() {
	defer close(b.done)
	for b.pending() && b.hold() {
		some := b.take()
		err := apply(b.db, some)
		b.mu.Lock()
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
