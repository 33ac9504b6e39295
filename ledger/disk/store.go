package disk

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// Store is a ledger.Store in a folder. One goroutine may append; any number may read meanwhile.
type Store struct {
	dir        string
	cfg        Config
	db         *badger.DB
	behind     *behind
	lock       *folderLock
	keys       folderKeys
	maintained []ledger.Maintained
	copied     bool
	read       chan struct{} // closed when Badger's tables have been read and are good

	writing sync.Mutex // held through an append; guards the next two
	journal *journal
	broken  error

	mu      sync.Mutex // guards shut, and readers against it
	broke   error      // damage in Badger's tables: no question about sales is answered before they are mended
	shut    error      // why nobody may read: the ledger is closed, or could not be opened again
	readers sync.WaitGroup
}

// TillKey is the key of the marks of customer codes.
func (s *Store) TillKey() []byte { return s.keys.till }

// Recover opens the ledger again from the disk after a failed append, with the whole ritual of an opening; the folder's lock
// is kept. Readers wait for it. What it cannot open stays shut, and a later Recover may try again.
func (s *Store) Recover() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if ledger.ReasonOf(s.shut) == ledger.ReasonClosedLedger {
		return s.shut
	}
	if !roomFor(s.dir) { // what is open stays open: closing Badger writes, too
		return ledger.Refuse(ledger.ReasonDiskFull)
	}
	s.readers.Wait()
	distrust(s.dir)
	if s.shut == nil {
		if err := s.letGo(); err != nil {
			return err
		}
	}
	ledger.Failpoint("recover: store let go")
	cfg := s.cfg
	cfg.Quick = false
	fresh, err := openLocked(s.dir, cfg)
	if err != nil {
		s.shut = err
		return err
	}
	s.db, s.behind, s.journal, s.maintained = fresh.db, fresh.behind, fresh.journal, fresh.maintained
	s.openRead()
	s.broken, s.shut, s.broke = nil, nil, nil
	return nil
}

// letGo closes files whose content is in doubt: everything is read anew. Only a Badger that does not end keeps them.
func (s *Store) letGo() error {
	s.journal.abandon()
	err := s.behind.close()
	if errors.Is(err, errStuck) {
		return err
	}
	s.shut = ledger.Refuse(ledger.ReasonLedgerStopped)
	if err = errors.Join(err, closeBadger(s.db)); errors.Is(err, errStuck) {
		return err
	}
	if err != nil {
		s.cfg.Log.Warn("closing a ledger that has stopped", "cause", err)
	}
	return nil
}

// closeBadger closes Badger, unless it is stuck: a flush that fails is tried again for ever.
func closeBadger(db *badger.DB) error {
	closed := make(chan error, 1)
	go func() { closed <- db.Close() }()
	select {
	case err := <-closed:
		return err
	case <-time.After(closeAfter):
		return errStuck
	}
}

// closeAfter is how long a Badger may take to end: a compaction under way takes seconds.
const closeAfter = 30 * time.Second

// Close waits for the append and the readers at work, lets Badger catch up, closes it and lets the folder go. Everything
// acknowledged is durable before it; it only leaves a tidier folder and a quicker opening. A second Close does nothing.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	shut := s.shut
	s.shut = ledger.Refuse(ledger.ReasonClosedLedger)
	s.mu.Unlock()
	if ledger.ReasonOf(shut) == ledger.ReasonClosedLedger {
		return nil
	}
	s.readers.Wait()
	if shut != nil { // nothing is open
		return s.lock.release()
	}
	behindErr := s.behind.close()
	err := errors.Join(behindErr, s.journal.closeSegment())
	if errors.Is(behindErr, errStuck) {
		return errors.Join(err, s.lock.release())
	}
	if !roomToClose(s.dir) { // it ends like a killed process, which loses nothing
		return errors.Join(err, s.lock.release())
	}
	if closeErr := closeBadger(s.db); closeErr != nil {
		err = errors.Join(err, fmt.Errorf("closing the ledger: %w", closeErr))
	}
	if err == nil && s.broken == nil {
		err = markClean(s.dir, s.journal.head)
	}
	return errors.Join(err, s.lock.release())
}

// view runs fn on one consistent look at the ledger, which has everything that was acknowledged before the call. A panic of
// Badger's on a broken block is damage.
func (s *Store) view(fn func(*badger.Txn) error) (err error) {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.readers.Done()
	defer func() {
		if p := recover(); p != nil {
			err = damaged(errors.New(line("badger panicked: %v", p)))
		}
	}()
	if err := s.behind.caughtUp(); err != nil {
		return err
	}
	return s.db.View(fn)
}

// sales is view for questions about sales: it waits until Badger's tables have been read, because a broken block does not
// always look like one.
func (s *Store) sales(fn func(*badger.Txn) error) error {
	if err := s.waitRead(); err != nil {
		return err
	}
	s.mu.Lock()
	err := s.broke
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.view(fn)
}

func (s *Store) waitRead() error {
	select {
	case <-s.read:
		return nil
	default:
	}
	select {
	case <-s.read:
		return nil
	case <-time.After(stuckAfter):
		return errNotRead
	}
}

var errNotRead = errors.New("the ledger's tables are still being read: ask again in a moment")

// openRead lets questions about sales through. It may be called again.
func (s *Store) openRead() {
	select {
	case <-s.read:
	default:
		close(s.read)
	}
}

// enter keeps db and behind as they are until readers.Done.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut != nil {
		return s.shut
	}
	s.readers.Add(1)
	return nil
}

// Read implements ledger.Journal. It sees the journal as it was when it began, and reports a gap in it as damage.
// each may keep the bytes it is given.
func (s *Store) Read(from uint64, each func(seq uint64, stored []byte) error) error {
	return s.view(func(txn *badger.Txn) error {
		archived, err := archivedIn(txn)
		if err != nil {
			return err
		}
		if from = max(from, 1); from <= archived {
			if err := s.readArchived(from, archived, each); err != nil {
				return err
			}
			from = archived + 1
		}
		return walk(txn, from, each)
	})
}

// walk gives the stored events from a sequence number on up to the head. A missing or extra event is a *ledger.BadLink
// with ReasonLedgerDamaged.
func walk(txn *badger.Txn, from uint64, each func(seq uint64, stored []byte) error) error {
	head, err := headOf(txn)
	if err != nil {
		return err
	}
	opts := badger.DefaultIteratorOptions
	opts.PrefetchValues = false // values lie beside their keys; prefetching starts a goroutine for each
	opts.Prefix = []byte(prefixEvent)
	it := txn.NewIterator(opts)
	defer it.Close()
	next := max(from, 1)
	for it.Seek(eventKey(next)); it.Valid(); it.Next() {
		seq, ok := seqOf(it.Item().Key())
		switch {
		case !ok:
			return damaged(&ledger.BadLink{Seq: next, What: "a key that is no event's stands here"})
		case seq > head.Seq:
			return damaged(&ledger.BadLink{Seq: seq, What: fmt.Sprintf("it stands after the ledger's end at %d", head.Seq)})
		case seq != next:
			return damaged(&ledger.BadLink{Seq: next, What: "it is missing"})
		}
		stored, err := it.Item().ValueCopy(nil)
		if err != nil {
			return damaged(&ledger.BadLink{Seq: next, What: err.Error()})
		}
		if err := each(seq, stored); err != nil {
			return err
		}
		next++
	}
	if next <= head.Seq {
		return damaged(&ledger.BadLink{Seq: next, What: "it is missing"})
	}
	return nil
}

func headOf(txn *badger.Txn) (ledger.Head, error) {
	value, err := get(txn, []byte(keyHead))
	if err != nil {
		return ledger.Head{}, err
	}
	if value == nil {
		return ledger.Head{}, damaged(errors.New("the record of the ledger's end is missing"))
	}
	head, err := decodeHead(value)
	if err != nil {
		return head, damaged(err)
	}
	return head, nil
}

// get gives a copy of a value, or nil when there is none.
func get(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", key, err)
	}
	return item.ValueCopy(nil)
}

// LastSnapshot implements ledger.Journal. A snapshot that this till has not sealed, or that belongs to another past, is
// none.
func (s *Store) LastSnapshot() (data []byte, err error) {
	err = s.view(func(txn *badger.Txn) error {
		_, data, err = s.keys.snapshotIn(txn)
		return err
	})
	return data, err
}

// snapshotIn gives the snapshot with the event it stands at, if it is authentic and that event is in this ledger; else
// zero values.
func (k *folderKeys) snapshotIn(txn *badger.Txn) (ledger.Head, []byte, error) {
	sealed, err := get(txn, []byte(keySnapshot))
	if err != nil || len(sealed) < headBytes+12 {
		return ledger.Head{}, nil, err
	}
	at, err := decodeHead(sealed[:headBytes])
	if err != nil {
		return ledger.Head{}, nil, err
	}
	stored, err := get(txn, eventKey(at.Seq))
	if err != nil || ledger.HashOf(stored) != at.Hash {
		return ledger.Head{}, nil, err
	}
	data, err := newSealer(k.snapshots()).Open(nil, sealed[headBytes:headBytes+12], sealed[headBytes+12:], sealed[:headBytes])
	if err != nil {
		return ledger.Head{}, nil, nil
	}
	return at, data, nil
}

// sealSnapshot binds a snapshot to the event it stands at.
func (k *folderKeys) sealSnapshot(at ledger.Head, data []byte) []byte {
	out := encodeHead(at)
	nonce := make([]byte, 12)
	rand.Read(nonce)
	return newSealer(k.snapshots()).Seal(append(out, nonce...), nonce, data, out)
}

// DaySales implements ledger.Lookup. It reads the day's rows in one look and nothing else.
func (s *Store) DaySales(day ledger.Day) (sales []ledger.Sale, err error) {
	err = s.sales(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.PrefetchValues = false
		opts.Prefix = dayPrefix(day)
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			sale, err := rowOf(it.Item())
			if err != nil {
				return err
			}
			sales = append(sales, sale)
		}
		return joinSales(txn, sales)
	})
	return sales, err
}

// DayTotals implements ledger.Lookup.
func (s *Store) DayTotals(day ledger.Day) (all []ledger.Total, err error) {
	err = s.sales(func(txn *badger.Txn) error {
		value, err := get(txn, totalsKey(day))
		if err != nil || value == nil {
			return err
		}
		if all, err = ledger.DecodeTotals(value); err != nil {
			err = damaged(fmt.Errorf("the totals of %s: %w", day, err))
		}
		return err
	})
	return all, err
}

// DayRefunds implements ledger.Lookup.
func (s *Store) DayRefunds(day ledger.Day) (rows []ledger.RefundRow, err error) {
	err = s.sales(func(txn *badger.Txn) error {
		rows, err = dayRefunds(txn, day)
		return err
	})
	return rows, err
}

func dayRefunds(txn *badger.Txn, day ledger.Day) (rows []ledger.RefundRow, err error) {
	it := rowIterator(txn, string(refundKey(day, "")))
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		var row ledger.RefundRow
		if err := it.Item().Value(func(value []byte) error {
			row, err = ledger.DecodeRefundRow(value)
			return err
		}); err != nil {
			return nil, damaged(fmt.Errorf("a refund of %s: %w", day, err))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// DayRows implements ledger.Lookup. A reverse walk begins behind the day's last key.
func (s *Store) DayRows(day ledger.Day, last int) (rows []ledger.Row, err error) {
	err = s.sales(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.PrefetchValues, opts.Reverse = false, last > 0
		opts.Prefix = briefKey(day, "")
		it := txn.NewIterator(opts)
		defer it.Close()
		rows = make([]ledger.Row, 0, max(last, 64))
		from := opts.Prefix
		if opts.Reverse {
			from = append(bytes.Clone(opts.Prefix), 0xff)
		}
		for it.Seek(from); it.Valid() && (last == 0 || len(rows) < last); it.Next() {
			row, err := briefOf(it.Item())
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		if last > 0 {
			slices.Reverse(rows)
		}
		return confirmRows(txn, rows)
	})
	return rows, err
}

func briefOf(item *badger.Item) (row ledger.Row, err error) {
	id := ledger.SaleID(item.Key()[min(len(item.Key()), len(prefixBrief)+4):])
	err = item.Value(func(value []byte) error {
		row, err = ledger.DecodeRow(id, value)
		return err
	})
	if err != nil {
		return row, damaged(fmt.Errorf("the short row of sale %q: %w", id, err))
	}
	return row, nil
}

func rowOf(item *badger.Item) (sale ledger.Sale, err error) {
	err = item.Value(func(value []byte) error {
		sale, err = ledger.DecodeSale(value)
		return err
	})
	if err != nil {
		id := item.Key()[min(len(item.Key()), len(prefixRow)+4):]
		return sale, damaged(fmt.Errorf("the row of sale %q: %w", id, err))
	}
	return sale, nil
}

// SaleOf implements ledger.Lookup.
func (s *Store) SaleOf(order ledger.OrderNo) (sale ledger.Sale, ok bool, err error) {
	return s.saleAt(func(txn *badger.Txn) ([]byte, error) { return orderKey(order), nil })
}

// SaleOfChannelNo implements ledger.Lookup. Of several orders with one number it is the latest.
func (s *Store) SaleOfChannelNo(number string) (sale ledger.Sale, ok bool, err error) {
	return s.saleAt(func(txn *badger.Txn) (key []byte, err error) {
		it := rowIterator(txn, string(channelNoKey(number, "")))
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			key = it.Item().KeyCopy(nil)
		}
		return key, nil
	})
}

// saleAt finds the sale that an entry of an index points to.
func (s *Store) saleAt(find func(*badger.Txn) ([]byte, error)) (sale ledger.Sale, ok bool, err error) {
	err = s.sales(func(txn *badger.Txn) error {
		key, err := find(txn)
		if err != nil || key == nil {
			return err
		}
		place, err := get(txn, key)
		if err != nil || place == nil {
			return err
		}
		item, err := txn.Get(append([]byte(prefixRow), place...))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return damaged(fmt.Errorf("the row that %q points to is missing", key))
		}
		if err != nil {
			return fmt.Errorf("reading the row that %q points to: %w", key, err)
		}
		if sale, err = rowOf(item); err != nil {
			return err
		}
		ok = true
		w := walkKeys(txn, string(matchKey(sale.ID, "")))
		defer w.close()
		matches, err := matchesAt(w, sale.ID)
		sale.Join(matches)
		return err
	})
	return sale, ok, err
}

// WaitApplied implements ledger.Lookup. It fails for an event that was not acknowledged.
func (s *Store) WaitApplied(_ context.Context, seq uint64) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.readers.Done()
	return s.behind.wait(seq)
}

// damaged is a refusal that says what does not hold together.
func damaged(cause error) error { return ledger.RefuseBecause(ledger.ReasonLedgerDamaged, cause) }

// dayOfPlace reads the day in front of a row's place; ok is false when it is too short to be one.
func dayOfPlace(place []byte) (day ledger.Day, id ledger.SaleID, ok bool) {
	if len(place) < 5 {
		return 0, "", false
	}
	return ledger.Day(binary.BigEndian.Uint32(place)), ledger.SaleID(place[4:]), true
}
