package disk

import (
	"bytes"

	"github.com/dgraph-io/badger/v4"
)

// cursor reads Badger's events in order, beside a walk through the journal: one step an event, where a look-up by key costs
// twenty times as much.
type cursor struct{ it *badger.Iterator }

func newCursor(txn *badger.Txn, from uint64) cursor {
	c := cursor{rowIterator(txn, prefixEvent)}
	c.it.Seek(eventKey(from))
	return c
}

func (c cursor) close() { c.it.Close() }

// likeness is how Badger's copy of an event is to the journal's.
type likeness string

const (
	sameEvent    likeness = "the same"
	otherEvent   likeness = "another one"
	missingEvent likeness = "missing"
)

// has compares Badger's copy of an event. Sequence numbers must rise from call to call.
func (c cursor) has(seq uint64, stored []byte) (is likeness, err error) {
	for ; c.it.Valid(); c.it.Next() {
		switch at, ok := seqOf(c.it.Item().Key()); {
		case ok && at > seq:
			return missingEvent, nil
		case ok && at == seq:
			is = otherEvent
			err = c.it.Item().Value(func(known []byte) error {
				if bytes.Equal(known, stored) {
					is = sameEvent
				}
				return nil
			})
			return is, err
		}
	}
	return missingEvent, nil
}
