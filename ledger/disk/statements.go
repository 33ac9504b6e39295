package disk

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// This file keeps what statements have confirmed of sales, and what does not agree with them. A sale's own bytes have nothing of it: one
// event confirms the rows of hundreds of sales, most of them long out of the working set.

// matchKey is where a confirmation stands; without a number, where a sale's begin.
func matchKey(id ledger.SaleID, number string) []byte {
	return []byte(prefixMatch + string(id) + "\x00" + number)
}

// differKey is where a difference stands; without a place, where a statement's begin.
func differKey(key ledger.StatementKey, place string) []byte {
	out := binary.BigEndian.AppendUint32([]byte(prefixDiffer), uint32(key.Day))
	out = append(out, byte(key.Kind))
	return append(out, string(key.Channel)+"\x00"+place...)
}

// takenKey is where the event stands that has taken a statement's present file.
func takenKey(key ledger.StatementKey) []byte {
	return append([]byte(prefixTaken), differKey(key, "")[len(prefixDiffer):]...)
}

// statements writes what a batch puts down about statements.
func (p *prepared) statements(batch *ledger.Batch) {
	for _, at := range batch.Taken {
		p.set(takenKey(at.Key), binary.BigEndian.AppendUint64(nil, at.Seq))
	}
	for i := range batch.Matches {
		m := &batch.Matches[i]
		p.set(matchKey(m.Sale, m.Number), m.Encode())
	}
	for i := range batch.Differences {
		d := &batch.Differences[i]
		p.set(differKey(d.Key, d.Place()), d.Encode())
	}
}

// matchesOf gives the confirmations of one sale. Most have none yet, which a look-up by key tells without reading a block; a seek reads
// one for every level of the tree.
func matchesOf(txn *badger.Txn, sale *ledger.Sale) (matches []ledger.StatementMatch, err error) {
	numbers, more := sale.Numbers()
	for _, number := range numbers {
		item, err := txn.Get(matchKey(sale.ID, number))
		if errors.Is(err, badger.ErrKeyNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading what a statement has confirmed: %w", err)
		}
		match, err := matchOf(item)
		if err != nil {
			return nil, err
		}
		matches = append(matches, match)
	}
	if len(matches) == 0 && !more {
		return nil, nil
	}
	it := rowIterator(txn, string(matchKey(sale.ID, ""))) // there may be some under numbers that are not this ledger's
	defer it.Close()
	return matchesAt(it, sale.ID)
}

// matchesAt gives the confirmations of one sale.
func matchesAt(it *badger.Iterator, id ledger.SaleID) (matches []ledger.StatementMatch, err error) {
	prefix := matchKey(id, "")
	for it.Seek(prefix); it.Valid() && bytes.HasPrefix(it.Item().Key(), prefix); it.Next() {
		match, err := matchOf(it.Item())
		if err != nil {
			return nil, err
		}
		matches = append(matches, match)
	}
	return matches, nil
}

func matchOf(item *badger.Item) (match ledger.StatementMatch, err error) {
	err = item.Value(func(value []byte) error {
		match, err = ledger.DecodeMatch(value)
		return err
	})
	if err != nil {
		return match, damaged(fmt.Errorf("what a statement has confirmed under %q: %w", item.Key(), err))
	}
	return match, nil
}

// compareStatements compares what is kept about statements with what the events say, and finds what no event says.
func compareStatements(txn *badger.Txn, report *Report, noted map[string][sha256.Size]byte) error {
	for _, prefix := range []string{prefixMatch, prefixDiffer, prefixTaken} {
		it := rowIterator(txn, prefix)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			key := string(it.Item().Key())
			want, known := noted[key]
			delete(noted, key)
			value, err := it.Item().ValueCopy(nil)
			if err != nil {
				return fmt.Errorf("reading %q: %w", key, err)
			}
			if !known || sha256.Sum256(value) != want {
				report.differ("the entry %q about a statement is not what the events say", key)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(noted)) {
		report.differ("the entry %q about a statement is missing", key)
	}
	return nil
}

// joinSales sets what statements have confirmed of sales that stand in the order of their numbers.
func joinSales(txn *badger.Txn, sales []ledger.Sale) error {
	if len(sales) == 0 {
		return nil
	}
	it := rowIterator(txn, prefixMatch)
	defer it.Close()
	for i := range sales {
		matches, err := matchesAt(it, sales[i].ID)
		if err != nil {
			return err
		}
		sales[i].Join(matches)
	}
	return nil
}

// confirmRows is joinSales for rows: one walk over all confirmations between the first and the last.
func confirmRows(txn *badger.Txn, rows []ledger.Row) error {
	if len(rows) == 0 {
		return nil
	}
	it := rowIterator(txn, prefixMatch)
	defer it.Close()
	at := 0
	for it.Seek(matchKey(rows[0].Sale, "")); it.Valid() && at < len(rows); it.Next() {
		id, _, ok := bytes.Cut(it.Item().Key()[len(prefixMatch):], []byte{0})
		if !ok {
			return damaged(fmt.Errorf("a confirmation under %q", it.Item().Key()))
		}
		for at < len(rows) && string(rows[at].Sale) < string(id) {
			at++
		}
		if at == len(rows) || string(rows[at].Sale) != string(id) {
			continue
		}
		match, err := matchOf(it.Item())
		if err != nil {
			return err
		}
		rows[at].Confirm([]ledger.StatementMatch{match})
	}
	return nil
}

// SalesOf implements ledger.Lookup.
func (s *Store) SalesOf(orders []ledger.OrderNo) ([]*ledger.Sale, error) {
	return s.some(len(orders), func(txn *badger.Txn, i int) ([]byte, error) { return get(txn, orderKey(orders[i])) })
}

// SalesOn implements ledger.Lookup.
func (s *Store) SalesOn(day ledger.Day, ids []ledger.SaleID) ([]*ledger.Sale, error) {
	return s.some(len(ids), func(_ *badger.Txn, i int) ([]byte, error) { return placeOf(day, ids[i]), nil })
}

// some finds sales by their places in one look; nil for a place that is empty.
func (s *Store) some(n int, place func(txn *badger.Txn, i int) ([]byte, error)) (found []*ledger.Sale, err error) {
	err = s.sales(func(txn *badger.Txn) error {
		found = make([]*ledger.Sale, n)
		for i := range found {
			at, err := place(txn, i)
			if err != nil {
				return err
			}
			if at == nil {
				continue
			}
			item, err := txn.Get(append([]byte(prefixRow), at...))
			if errors.Is(err, badger.ErrKeyNotFound) {
				continue
			}
			if err != nil {
				return fmt.Errorf("reading a row: %w", err)
			}
			sale, err := rowOf(item)
			if err != nil {
				return err
			}
			matches, err := matchesOf(txn, &sale)
			if err != nil {
				return err
			}
			sale.Join(matches)
			found[i] = &sale
		}
		return nil
	})
	return found, err
}

// DayDifferences implements ledger.Lookup.
func (s *Store) DayDifferences(key ledger.StatementKey) (differs []ledger.Difference, err error) {
	err = s.sales(func(txn *badger.Txn) error {
		taken, err := get(txn, takenKey(key))
		if err != nil || taken != nil && len(taken) != 8 {
			return cmp.Or(err, damaged(fmt.Errorf("who has taken the statement of %s cannot be read", key.Day)))
		}
		it := rowIterator(txn, string(differKey(key, "")))
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			var d ledger.Difference
			if err := it.Item().Value(func(value []byte) error {
				d, err = ledger.DecodeDifference(value)
				return err
			}); err != nil {
				return damaged(fmt.Errorf("a difference of %s: %w", key.Day, err))
			}
			if taken == nil || d.Event >= binary.BigEndian.Uint64(taken) { // else an earlier file's
				differs = append(differs, d)
			}
		}
		return nil
	})
	ledger.SortDifferences(differs)
	return differs, err
}
