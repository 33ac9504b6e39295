package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// Salvaged is what can still be read of a ledger, whatever has happened to it.
type Salvaged struct {
	Records [][]byte // stored events from the first on, without a gap, each one checked against the one before
	Lost    uint64   // the first event that neither copy has any more; 0 when nothing is lost
	Behind  []Stray  // events behind it, in order: their seal is good, what they follow is gone
	TillKey []byte   // of the marks of customer codes; nil when its file is gone
}

// Stray is an authentic event behind a gap.
type Stray struct {
	Seq    uint64
	Stored []byte
}

// Salvage reads everything that can be read, from both copies, and changes nothing. It holds the whole ledger in memory: it
// is for a till that cannot open it. Errors: the folder is in use, holds no ledger, or has no key that fits (ReasonNoKey).
func Salvage(dir string) (found Salvaged, err error) {
	if !Holds(dir) {
		return found, fmt.Errorf("%s holds no ledger: %w", dir, fs.ErrNotExist)
	}
	lock, err := shareFolder(dir)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	keys, err := readKeys(dir)
	if err != nil {
		return found, err
	}
	sealed := map[uint64][]byte{}
	files, err := segmentFiles(filepath.Join(dir, journalFolder))
	if err != nil {
		return found, err
	}
	for _, path := range files {
		events, _ := salvage(path, keys.data) // one that cannot be read is a gap
		maps.Copy(sealed, events)
	}
	found = follow(sealed, badgerEvents(dir, &keys))
	found.TillKey = keys.till
	return found, nil
}

// follow walks the chain through what both copies have. Badger's copy counts only where the chain proves it.
func follow(sealed, unsealed map[uint64][]byte) (found Salvaged) {
	chain := ledger.Verifier{}
	for {
		seq := chain.Head().Seq + 1
		stored := sealed[seq]
		if stored == nil || chain.Link(stored) != nil {
			if stored = unsealed[seq]; stored == nil || chain.Link(stored) != nil {
				break
			}
		}
		found.Records = append(found.Records, stored)
	}
	end := chain.Head().Seq
	for _, seq := range slices.Sorted(maps.Keys(sealed)) {
		if seq > end {
			found.Behind = append(found.Behind, Stray{seq, sealed[seq]})
		}
	}
	if len(found.Behind) > 0 || slices.ContainsFunc(slices.Collect(maps.Keys(unsealed)), func(seq uint64) bool { return seq > end }) {
		found.Lost = end + 1
	}
	return found
}

// badgerEvents reads the events of Badger's copy, from a copy of its files. What cannot be read is left out.
func badgerEvents(dir string, keys *folderKeys) map[uint64][]byte {
	found := map[uint64][]byte{}
	temp, err := os.MkdirTemp("", "guitai-salvage-")
	if err != nil {
		return found
	}
	defer os.RemoveAll(temp)
	folder := filepath.Join(temp, ledgerFolder)
	if err := copyFolder(filepath.Join(dir, ledgerFolder), folder); err != nil {
		return found
	}
	db, err := openBadger(folder, keys.badger(), slog.New(slog.DiscardHandler), false)
	if err != nil {
		return found
	}
	defer db.Close()
	defer func() { _ = recover() }() // Badger panics on some damage; what was read before it counts
	_ = db.View(func(txn *badger.Txn) error {
		it := rowIterator(txn, prefixEvent)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			seq, ok := seqOf(it.Item().Key())
			stored, err := it.Item().ValueCopy(nil)
			if ok && err == nil {
				found[seq] = bytes.Clone(stored)
			}
		}
		return nil
	})
	return found
}
