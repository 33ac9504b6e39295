package powercut

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// store is what stands on the file system.
type store interface {
	append(ledger.Batch) error
	each(func(seq uint64, stored []byte) error) error
	close() error
}

// Kinds of store. All but the first must be found losing.
const (
	ledgerStore = "ledger"
	badgerAsync = "badger"
	badgerSync  = "badger-sync"
	lateStore   = "late"
)

func openStore(kind, dir string) (store, error) {
	switch kind {
	case ledgerStore:
		if err := anotherBoot(filepath.Join(dir, "till", "ledger.clean")); err != nil {
			return nil, err
		}
		s, err := disk.Open(filepath.Join(dir, "till"), disk.Config{})
		return both{s}, err
	case lateStore:
		file, err := os.OpenFile(filepath.Join(dir, "late"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		return late{file}, err
	}
	if err := makeDurably(dir, "badger"); err != nil { // Badger leaves this to its caller
		return nil, err
	}
	opts := badger.DefaultOptions(filepath.Join(dir, "badger")).WithSyncWrites(kind == badgerSync).WithLogger(nil)
	opts = opts.WithMemTableSize(256 << 10).WithValueThreshold(32 << 10).WithValueLogFileSize(1 << 20).WithNumMemtables(2)
	db, err := badger.Open(opts)
	return alone{db}, err
}

// anotherBoot takes away the mark by which a ledger knows that the machine has been up since it was opened: here it has not.
func anotherBoot(mark string) error {
	content, err := os.ReadFile(mark)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !strings.HasPrefix(string(content), "open") {
		return nil
	}
	return errors.Join(err, os.Remove(mark))
}

// makeDurably makes a folder whose name survives a cut.
func makeDurably(dir, name string) error {
	if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
		return err
	}
	parent, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close())
}

// both is the ledger with its two copies.
type both struct{ s *disk.Store }

func (b both) append(batch ledger.Batch) error { return b.s.Append(context.Background(), batch) }
func (b both) each(fn func(seq uint64, stored []byte) error) error {
	return b.s.Read(1, fn)
}
func (b both) close() error { return b.s.Close() }

// alone is Badger with nothing before it: an event is a key.
type alone struct{ db *badger.DB }

func (a alone) append(batch ledger.Batch) error {
	txn := a.db.NewTransaction(true)
	defer txn.Discard()
	for i, stored := range batch.Records {
		if err := txn.Set(binary.BigEndian.AppendUint64(nil, batch.First+uint64(i)), stored); err != nil {
			return err
		}
	}
	return txn.Commit()
}

func (a alone) each(fn func(seq uint64, stored []byte) error) error {
	return a.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			stored, err := it.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			if err := fn(binary.BigEndian.Uint64(it.Item().Key()), stored); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a alone) close() error { return a.db.Close() }

// late is a file that is synced before each append and not after it: one append at a time is in danger.
type late struct{ file *os.File }

func (l late) append(batch ledger.Batch) error {
	var frame []byte
	for _, stored := range batch.Records {
		frame = append(binary.BigEndian.AppendUint32(frame, uint32(len(stored))), stored...)
	}
	err := l.file.Sync()
	if err == nil {
		_, err = l.file.Write(frame)
	}
	return err
}

func (l late) each(fn func(seq uint64, stored []byte) error) error {
	rest, err := os.ReadFile(l.file.Name())
	for seq := uint64(1); err == nil && len(rest) > 4; seq++ {
		size := int(binary.BigEndian.Uint32(rest))
		if size > len(rest)-4 {
			return nil // torn
		}
		err = fn(seq, rest[4:4+size])
		rest = rest[4+size:]
	}
	return err
}

func (l late) close() error { return l.file.Close() }

// readAll gives each event's hash, and the state that the events lead to. An error is of the state: there is a hole, or an
// event that does not fit.
func readAll(s store) (found map[uint64]ledger.Hash, state *ledger.State, err error) {
	found, state = map[uint64]ledger.Hash{}, ledger.NewState()
	readErr := s.each(func(seq uint64, stored []byte) error {
		hash := ledger.Hash(sha256.Sum256(stored))
		found[seq] = hash
		event, decodeErr := ledger.DecodeEvent(stored)
		if decodeErr == nil && err == nil {
			_, decodeErr = state.Apply(&event, hash)
		}
		if decodeErr != nil && err == nil {
			err = fmt.Errorf("event %d: %w", seq, decodeErr)
		}
		return nil
	})
	return found, state, errors.Join(readErr, err)
}
