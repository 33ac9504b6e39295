package disk

import (
	"context"
	"fmt"

	"guitai/ledger"
)

// Append implements ledger.Journal. The events are durable, as one sealed frame of the journal, when it returns nil; the
// rows, the order index, the snapshot and the head follow behind in Badger, in the same order and never before.
//
// A batch that does not follow, that has an empty or oversized record, or that comes after ctx has ended, is refused
// before anything is written, and the next right one is taken. Any other error leaves it open what is on the disk: from
// then on every append is refused with ReasonLedgerStopped until the folder has been opened again.
//
// A batch is never split. One takes 1 MiB with its rows and 10,000 keys; a group of 64 intents with their rows and a
// snapshot is some 200 KiB. A batch that is larger all the same is refused whole.
func (s *Store) Append(ctx context.Context, batch ledger.Batch) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.mayAppend(ctx, batch); err != nil {
		return err
	}
	// What Badger gets is fixed now: the sales in the batch change with the next one.
	p, err := s.prepare(batch)
	if err != nil {
		return err
	}
	// If power fails before or in append: the journal ends in a frame that is missing or torn. The next opening passes
	// it over, nobody has been told anything, and the ledger is the one before this batch.
	if err := s.journal.append(batch.First, batch.Records); err != nil {
		// It may be on the disk or not. Going on could put acknowledged events behind a hole.
		distrust(s.dir)
		ledger.Failpoint("disk: write failed")
		s.journal.abandon()
		s.broken = ledger.RefuseBecause(ledger.ReasonLedgerStopped, err)
		return s.broken
	}
	// If power fails here: the batch is in the journal although its writer was never told, and Badger does not have it.
	// The next opening applies it.
	ledger.Failpoint("disk: frame durable")
	s.behind.put(p)
	return nil
}

func (s *Store) mayAppend(ctx context.Context, batch ledger.Batch) error {
	s.mu.Lock()
	shut := s.shut
	s.mu.Unlock()
	switch {
	case shut != nil:
		return shut
	case s.broken != nil:
		return s.broken
	case batch.First != s.journal.head.Seq+1:
		return &ledger.BadLink{Seq: s.journal.head.Seq + 1, What: "the append does not follow"}
	}
	if err := s.behind.mayPut(); err != nil {
		if ledger.ReasonOf(err) == ledger.ReasonLedgerStopped {
			s.broken = err
		}
		return err
	}
	return ctx.Err()
}

const (
	batchBytes = 1 << 20 // of keys and values; a Badger transaction holds 15 % of a memtable
	batchKeys  = 10_000
)

// prepare turns a batch into what Badger gets.
func (s *Store) prepare(batch ledger.Batch) (p prepared, err error) {
	p.head = s.journal.head
	for _, stored := range batch.Records {
		p.head = ledger.Head{Seq: p.head.Seq + 1, Hash: ledger.HashOf(stored)}
		p.set(eventKey(p.head.Seq), stored)
	}
	for _, sale := range batch.Sales {
		p.sale(sale)
	}
	p.statements(&batch)
	if batch.Totals != nil {
		p.set(totalsKey(batch.Day), ledger.EncodeTotals(batch.Totals))
	}
	if sealed := s.keys.sealSnapshot(p.head, batch.Snapshot); batch.Snapshot != nil && p.bytes+len(sealed) < batchBytes/2 {
		p.set([]byte(keySnapshot), sealed)
	} else if batch.Snapshot != nil { // it only saves time at the next opening
		s.cfg.Log.Warn("the working set is too large for a snapshot", "bytes", len(batch.Snapshot))
	}
	return p, p.check()
}

// prepared is what goes into Badger in one transaction, beside the head it leads to.
type prepared struct {
	head   ledger.Head
	writes []write
	bytes  int
}

// write is a key with its value; nil removes it.
type write struct{ key, value []byte }

func (p *prepared) set(key, value []byte) {
	p.writes = append(p.writes, write{key, value})
	p.bytes += len(key) + len(value)
}

// sale writes a sale's row and what leads to it. A sale that is paid on a later day than it was keyed moves to
// that day: its old row goes in the same transaction, so that it is on exactly one day's list at any time.
func (p *prepared) sale(sale *ledger.Sale) {
	if sale.Day != sale.Opened {
		p.set(rowKey(sale.Opened, sale.ID), nil)
		p.set(briefKey(sale.Opened, sale.ID), nil)
	}
	brief := ledger.RowOf(sale)
	p.set(rowKey(sale.Day, sale.ID), sale.Encode())
	p.set(briefKey(sale.Day, sale.ID), brief.Encode())
	for _, w := range indexOf(sale) {
		p.set(w.key, w.value)
	}
}

// indexOf is what leads to a sale, and what stands on the lists of other days because of it.
func indexOf(sale *ledger.Sale) (entries []write) {
	place := placeOf(sale.Day, sale.ID)
	for i := range sale.Attempts {
		a := &sale.Attempts[i]
		entries = append(entries, write{orderKey(a.Order), place})
		if a.ChannelNo != "" {
			entries = append(entries, write{channelNoKey(a.ChannelNo, a.Order), place})
		}
	}
	if sale.ByNumber() {
		entries = append(entries, write{orderKey(ledger.OrderNo(sale.ID)), place})
	}
	for _, row := range ledger.AllRefundRows(sale) {
		entries = append(entries, write{refundKey(row.Day, row.Number), row.Encode()})
	}
	return entries
}

// check refuses what Badger would not keep beside its key, or not in one transaction.
func (p *prepared) check() error {
	if p.bytes > batchBytes || len(p.writes) > batchKeys {
		return fmt.Errorf("an append of %d bytes under %d keys: at most %d and %d", p.bytes, len(p.writes), batchBytes, batchKeys)
	}
	for _, w := range p.writes {
		if w.value != nil && (len(w.value) == 0 || len(w.value) >= valueLimit) {
			return fmt.Errorf("writing %q: a value of %d bytes", w.key, len(w.value))
		}
	}
	return nil
}
