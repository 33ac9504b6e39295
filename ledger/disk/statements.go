package disk

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
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

// matchesAt gives the confirmations of one sale.
func matchesAt(w *walker, id ledger.SaleID) (matches []ledger.StatementMatch, err error) {
	prefix := matchKey(id, "")
	for item := w.to(prefix); item != nil && bytes.HasPrefix(item.Key(), prefix); item = w.next() {
		match, err := matchOf(item)
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
	w := walkKeys(txn, prefixMatch)
	defer w.close()
	for i := range sales {
		matches, err := matchesAt(w, sales[i].ID)
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
func (s *Store) SalesOf(orders []ledger.OrderNo) (found []*ledger.Sale, err error) {
	keys := make([][]byte, len(orders))
	for i := range orders {
		keys[i] = orderKey(orders[i])
	}
	err = s.sales(func(txn *badger.Txn) error {
		places := make([][]byte, len(orders))
		err := findAll(txn, prefixOrder, keys, func(i int, item *badger.Item) error {
			place, err := item.ValueCopy(nil)
			places[i] = append([]byte(prefixRow), place...)
			return err
		})
		if err == nil {
			found, err = salesAt(txn, places)
		}
		return err
	})
	return found, err
}

// SalesOn implements ledger.Lookup.
func (s *Store) SalesOn(day ledger.Day, ids []ledger.SaleID) (found []*ledger.Sale, err error) {
	places := make([][]byte, len(ids))
	for i := range ids {
		places[i] = rowKey(day, ids[i])
	}
	err = s.sales(func(txn *badger.Txn) error {
		found, err = salesAt(txn, places)
		return err
	})
	return found, err
}

// salesAt gives the sales under the keys of their rows, with what statements have confirmed of them; nil for a key that is nil, or under
// which there is nothing.
func salesAt(txn *badger.Txn, rows [][]byte) ([]*ledger.Sale, error) {
	found := make([]*ledger.Sale, len(rows))
	matches := make([][]byte, len(rows))
	err := findAll(txn, prefixRow, rows, func(i int, item *badger.Item) error {
		sale, err := rowOf(item)
		found[i], matches[i] = &sale, matchKey(sale.ID, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	w := walkKeys(txn, prefixMatch)
	defer w.close()
	for _, i := range rising(matches) {
		confirmed, err := matchesAt(w, found[i].ID)
		if err != nil {
			return nil, err
		}
		found[i].Join(confirmed)
	}
	return found, nil
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
