package main

import (
	"path/filepath"

	"go.etcd.io/bbolt"
)

// boltPeer is bbolt with its defaults: every commit is synced.
type boltPeer struct{ db *bbolt.DB }

var boltBucket = []byte("till")

func openBolt(dir string) (engine, error) {
	db, err := bbolt.Open(filepath.Join(dir, "bolt"), 0o600, nil)
	if err != nil {
		return nil, err
	}
	return &boltPeer{db}, db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket(boltBucket)
		return err
	})
}

func (b *boltPeer) put(group []item) error {
	return b.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(boltBucket)
		for _, it := range group {
			for _, p := range it.keys {
				if err := bucket.Put(p.key, p.value); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (b *boltPeer) settle() error { return nil }
func (b *boltPeer) close() error  { return b.db.Close() }
