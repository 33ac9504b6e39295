package disk

import (
	"fmt"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// behind is what the journal has and Badger does not have yet. One goroutine carries it over, in order.
type behind struct {
	db   *badger.DB
	done chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	changed sync.Cond // of any field below
	waiting []prepared
	bytes   int         // of waiting
	durable ledger.Head // where the journal ends, as readers are to see it
	applied ledger.Head // where Badger ends
	closing bool
	failed  error
}

// behindMax bounds what may wait, in bytes: an append waits for room, which is the disk's word that it cannot follow.
const behindMax = 8 << 20

func newBehind(db *badger.DB, at ledger.Head) *behind {
	b := &behind{db: db, done: make(chan struct{}), durable: at, applied: at}
	b.changed.L = &b.mu
	go b.carry()
	return b
}

// put hands a batch over that has become durable.
func (b *behind) put(p prepared) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.bytes > behindMax && b.failed == nil {
		b.changed.Wait()
	}
	b.waiting, b.bytes, b.durable = append(b.waiting, p), b.bytes+p.bytes, p.head
	b.changed.Broadcast()
}

// wait returns when Badger has event seq, or at once with the reason why it never will.
func (b *behind) wait(seq uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.applied.Seq < seq && b.failed == nil {
		if seq > b.durable.Seq {
			return fmt.Errorf("event %d is not in the ledger, which ends at %d", seq, b.durable.Seq)
		}
		b.changed.Wait()
	}
	if b.applied.Seq < seq {
		return b.failed
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
	for {
		some, ok := b.take()
		if !ok {
			return
		}
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

// take gives what goes into the next transaction; ok is false at the end.
func (b *behind) take() (some []prepared, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.waiting) == 0 {
		if b.closing {
			return nil, false
		}
		b.changed.Wait()
	}
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
	return some, true
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
