package main

import (
	"context"
	"io"
	"time"

	"github.com/codenotary/immudb/embedded/logger"
	immu "github.com/codenotary/immudb/embedded/store"
)

// immuPeer is immudb's store inside the process, synced, and told to wait for no other commit: its default waits 20 ms.
type immuPeer struct{ store *immu.ImmuStore }

func openImmu(dir string) (engine, error) {
	quiet := logger.NewSimpleLoggerWithLevel("immudb", io.Discard, logger.LogError)
	opts := immu.DefaultOptions().WithSynced(true).WithSyncFrequency(100 * time.Microsecond).WithLogger(quiet)
	store, err := immu.Open(dir, opts)
	return &immuPeer{store}, err
}

func (i *immuPeer) put(group []item) error {
	ctx := context.Background()
	tx, err := i.store.NewWriteOnlyTx(ctx)
	if err != nil {
		return err
	}
	for _, it := range group {
		for _, p := range it.keys {
			if err := tx.Set(p.key, nil, p.value); err != nil {
				return err
			}
		}
	}
	_, err = tx.Commit(ctx)
	return err
}

func (i *immuPeer) settle() error { return nil }
func (i *immuPeer) close() error  { return i.store.Close() }
