package main

import "github.com/dgraph-io/badger/v4"

// badgerPeer is Badger alone as the durability point.
type badgerPeer struct{ db *badger.DB }

func openBadger(dir string) (engine, error) {
	db, err := badger.Open(badger.DefaultOptions(dir).WithSyncWrites(true).WithDetectConflicts(false).WithLogger(nil))
	return &badgerPeer{db}, err
}

func (b *badgerPeer) put(group []item) error {
	return b.db.Update(func(txn *badger.Txn) error {
		for _, it := range group {
			for _, p := range it.keys {
				if err := txn.Set(p.key, p.value); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (b *badgerPeer) settle() error { return nil }
func (b *badgerPeer) close() error  { return b.db.Close() }
