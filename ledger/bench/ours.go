package main

import (
	"context"

	"guitai/ledger/disk"
)

// ours is the store under test.
type ours struct {
	store *disk.Store
	last  uint64
}

func openOurs(dir string) (engine, error) {
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		return nil, err
	}
	return &ours{store: store}, nil
}

func (o *ours) put(group []item) error {
	o.last = group[len(group)-1].seq
	return o.store.Append(context.Background(), batchOf(group))
}

// settle waits for Badger, whose work would otherwise fall into the time of who comes next.
func (o *ours) settle() error { return o.store.WaitApplied(context.Background(), o.last) }
func (o *ours) close() error  { return o.store.Close() }
