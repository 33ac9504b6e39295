package disk

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// walker finds many keys of one prefix in rising order. Every look-up of its own decrypts a block of each level; neighbours in one walk
// share them.
type walker struct {
	it    *badger.Iterator
	begun bool
}

// walkSteps is how far the next key may be before it is sought anew: a step costs a fraction of a seek.
const walkSteps = 16

func walkKeys(txn *badger.Txn, prefix string) *walker { return &walker{it: rowIterator(txn, prefix)} }

func (w *walker) close() { w.it.Close() }

// to gives the first item at the key or after it, or nil. The key must not be below the one that was asked for before.
func (w *walker) to(key []byte) *badger.Item {
	for steps := 0; ; steps++ {
		switch {
		case !w.begun || steps > walkSteps:
			w.it.Seek(key)
			w.begun = true
			return w.item()
		case !w.it.Valid() || bytes.Compare(w.it.Item().Key(), key) >= 0:
			return w.item()
		}
		w.it.Next()
	}
}

func (w *walker) next() *badger.Item {
	w.it.Next()
	return w.item()
}

func (w *walker) item() *badger.Item {
	if !w.it.Valid() {
		return nil
	}
	return w.it.Item()
}

// findAll gives what lies under each key, with the key's number; a key that is nil, or under which there is nothing, is passed over.
func findAll(txn *badger.Txn, prefix string, keys [][]byte, each func(i int, item *badger.Item) error) error {
	w := walkKeys(txn, prefix)
	defer w.close()
	for _, i := range rising(keys) {
		item := w.to(keys[i])
		if item == nil || !bytes.Equal(item.Key(), keys[i]) {
			continue
		}
		if err := each(i, item); err != nil {
			return fmt.Errorf("reading %q: %w", keys[i], err)
		}
	}
	return nil
}

// rising gives the numbers of the keys in the order of the keys, without those that are nil.
func rising(keys [][]byte) []int {
	var order []int
	for i := range keys {
		if keys[i] != nil {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(keys[a], keys[b]) })
	return order
}
