package disk

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// Append implements ledger.Journal. The events, the rows they changed, the order index, the snapshot and the new head
// are one transaction, so they are on the disk together or not at all; Badger syncs its log before it answers.
//
// A batch that does not follow, that has an empty or oversized record, or that comes after ctx has ended, is refused
// before anything is written, and the next right one is taken. Any other error leaves it open what is on the disk: from
// then on every append is refused with ReasonLedgerStopped until the folder has been opened again.
//
// A batch is never split. One transaction holds 1.2 MiB and 13,000 keys; a group of 64 intents with their rows and a
// snapshot is some 200 KiB. A batch that is larger all the same is refused whole.
func (s *Store) Append(ctx context.Context, batch ledger.Batch) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.mayAppend(ctx, batch); err != nil {
		return err
	}
	head := s.head
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	if err := put(txn, batch, &head); err != nil {
		return err // the transaction is only in memory
	}
	// If power fails before or in Commit: the log ends in a transaction that is missing or torn. Badger drops it at the
	// next opening, nobody has been told anything, and the ledger is the one before this batch.
	if err := txn.Commit(); err != nil {
		// It may be on the disk or not. Going on could put acknowledged events behind a hole in Badger's log.
		s.broken = ledger.RefuseBecause(ledger.ReasonLedgerStopped, err)
		return s.broken
	}
	// If power fails here: the batch is on the disk although its writer was never told. The next opening finds it.
	s.head = head
	return nil
}

func (s *Store) mayAppend(ctx context.Context, batch ledger.Batch) error {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return ledger.Refuse(ledger.ReasonClosedLedger)
	case s.broken != nil:
		return s.broken
	case batch.First != s.head.Seq+1:
		return &ledger.BadLink{Seq: s.head.Seq + 1, What: "the append does not follow"}
	}
	return ctx.Err()
}

// put adds a batch to a transaction and moves head to its end.
func put(txn *badger.Txn, batch ledger.Batch, head *ledger.Head) error {
	for _, stored := range batch.Records {
		*head = ledger.Head{Seq: head.Seq + 1, Hash: sha256.Sum256(stored)}
		if err := set(txn, eventKey(head.Seq), stored); err != nil {
			return err
		}
	}
	for _, sale := range batch.Sales {
		if err := putSale(txn, sale); err != nil {
			return err
		}
	}
	if batch.Snapshot != nil {
		if err := set(txn, []byte(keySnapshot), batch.Snapshot); err != nil {
			return err
		}
	}
	return set(txn, []byte(keyHead), encodeHead(*head))
}

// putSale writes a sale's row and the index of its orders. A sale that is paid on a later day than it was keyed moves
// to that day: its old row goes in the same transaction, so that it is on exactly one day's list at any time.
func putSale(txn *badger.Txn, sale *ledger.Sale) error {
	if sale.Day != sale.Opened {
		if err := txn.Delete(rowKey(sale.Opened, sale.ID)); err != nil {
			return fmt.Errorf("moving sale %s to %s: %w", sale.ID, sale.Day, err)
		}
	}
	if err := set(txn, rowKey(sale.Day, sale.ID), sale.Encode()); err != nil {
		return err
	}
	for i := range sale.Attempts {
		if err := set(txn, orderKey(sale.Attempts[i].Order), placeOf(sale.Day, sale.ID)); err != nil {
			return err
		}
	}
	return nil
}

// set refuses what Badger would not keep beside its key.
func set(txn *badger.Txn, key, value []byte) error {
	if len(value) == 0 || len(value) >= valueLimit {
		return fmt.Errorf("writing %q: a value of %d bytes", key, len(value))
	}
	if err := txn.Set(key, value); err != nil {
		return fmt.Errorf("writing %q: %w", key, err)
	}
	return nil
}
