package disk

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/ristretto/v2/z"

	"guitai/ledger"
)

// Config is what a Store needs beside its folder.
type Config struct {
	Log *slog.Logger // Badger's words and what the opening had to do; nil keeps them to itself
}

const (
	ledgerFolder = "ledger"
	openTries    = 16 // each failed try of the known transient error heals one file
)

// Open takes the folder and opens the ledger in it; the first time it makes both. The ritual, in this order: lock; make
// keys durable before there is a ledger, and the ledger's name durable in its parent, which Badger does not do; move
// empty logs and unlisted tables aside; verify the tables; open, again while the known transient error comes; check
// schema, head and the events since the snapshot.
//
// Errors: ReasonDiskInUse when another process has the folder (named by its number), ReasonLedgerDamaged when the files
// or the events in them do not hold together, and any other error when the ledger cannot be reached: a key that is
// missing, wrong or readable by others, a later schema, a disk that is full, read-only or forbidden.
func Open(dir string, cfg Config) (*Store, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	s, err := openLocked(dir, cfg.Log)
	if err != nil {
		return nil, errors.Join(err, lock.release())
	}
	s.lock = lock
	return s, nil
}

func openLocked(dir string, log *slog.Logger) (*Store, error) {
	folder := filepath.Join(dir, ledgerFolder)
	_, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		err = begin(dir, log)
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the ledger: %w", err)
	}
	keys, err := readKeys(dir)
	if err != nil {
		return nil, err
	}
	db, err := openBadger(folder, keys.ledger, log)
	if err != nil {
		return nil, err
	}
	head, err := firstLook(db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{db: db, head: head, tillKey: keys.till}, nil
}

// begin makes the keys and an empty ledger. The ledger gets its name last, so a folder of that name is never merely
// unfinished: if nothing is found in it, something has been lost.
func begin(dir string, log *slog.Logger) error {
	if err := makeKeys(dir); err != nil {
		return err
	}
	keys, err := readKeys(dir)
	if err != nil {
		return err
	}
	unfinished := filepath.Join(dir, ledgerFolder+".new")
	if err := os.RemoveAll(unfinished); err != nil { // of a beginning that power or a kill cut short
		return err
	}
	db, err := openBadger(unfinished, keys.ledger, log)
	if err != nil {
		return err
	}
	err = db.Update(func(txn *badger.Txn) error {
		if err := set(txn, []byte(keySchema), []byte{schemaVersion}); err != nil {
			return err
		}
		return set(txn, []byte(keyHead), encodeHead(ledger.Head{}))
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Rename(unfinished, filepath.Join(dir, ledgerFolder)); err != nil {
		return err
	}
	return syncFolder(dir)
}

// makeFolder makes a folder, if need be, and its name durable.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	return syncFolder(filepath.Dir(filepath.Clean(dir)))
}

// openBadger opens, once more for each file that an earlier end left half made.
func openBadger(folder string, key []byte, log *slog.Logger) (db *badger.DB, err error) {
	if err := emptyAside(folder, log); err != nil {
		return nil, err
	}
	opts := badgerOptions(folder, key, log)
	for range openTries {
		db, err = tryOpen(opts, log)
		if err == nil || !strings.Contains(err.Error(), z.NewFile.Error()) {
			break
		}
	}
	if err != nil {
		return nil, whyNotOpen(err)
	}
	return db, nil
}

// tryOpen checks the tables, opens, and turns a panic of Badger's into an error: it panics on a cut key registry.
func tryOpen(opts badger.Options, log *slog.Logger) (db *badger.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, errors.New(line("badger panicked: %v", p))
		}
	}()
	if err := checkTables(opts, log); err != nil {
		return nil, err
	}
	return badger.Open(opts)
}

// whyNotOpen tells what is damaged from what cannot be reached. Badger keeps only the text of most causes.
func whyNotOpen(err error) error {
	text := err.Error()
	switch {
	case ledger.ReasonOf(err) != "":
		return err
	case strings.Contains(text, badger.ErrEncryptionKeyMismatch.Error()):
		return fmt.Errorf("%s does not fit this ledger (or %s is damaged): put the right key back: %w",
			ledgerKeyName, badger.KeyRegistryFileName, err)
	case strings.Contains(text, "Cannot acquire directory lock"):
		return ledger.RefuseBecause(ledger.ReasonDiskInUse, err)
	}
	for _, outside := range []syscall.Errno{
		syscall.EACCES, syscall.EPERM, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EMFILE, syscall.ENOMEM,
	} {
		if strings.Contains(text, outside.Error()) {
			return fmt.Errorf("opening the ledger: %w", err)
		}
	}
	return damaged(fmt.Errorf("the ledger's files: %w", err))
}

// firstLook checks what the till is about to work on.
func firstLook(db *badger.DB) (head ledger.Head, err error) {
	err = db.View(func(txn *badger.Txn) error {
		if err := checkSchema(txn); err != nil {
			return err
		}
		head, err = checkTail(txn)
		return err
	})
	return head, err
}

func checkSchema(txn *badger.Txn) error {
	value, err := get(txn, []byte(keySchema))
	switch {
	case err != nil:
		return err
	case len(value) != 1:
		return damaged(errors.New("the record of the ledger's schema is missing: Badger has lost its tables or its log"))
	case value[0] != schemaVersion:
		return fmt.Errorf("the ledger has schema %d, this program knows %d: use the version that wrote it", value[0], schemaVersion)
	}
	return nil
}

// checkTail verifies the chain from the last snapshot to the head: what the opening till folds. verify.go does it for
// the whole ledger.
func checkTail(txn *badger.Txn) (ledger.Head, error) {
	head, err := headOf(txn)
	if err != nil {
		return head, err
	}
	var at ledger.Head
	snapshot, err := get(txn, []byte(keySnapshot))
	if err != nil {
		return head, err
	}
	if snapshot != nil {
		state, err := ledger.RestoreState(snapshot)
		if err != nil {
			return head, damaged(fmt.Errorf("the snapshot: %w", err))
		}
		at = state.Head
	}
	err = walk(txn, at.Seq+1, func(seq uint64, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		if err != nil {
			return damaged(&ledger.BadLink{Seq: seq, What: err.Error()})
		}
		if event.Seq != seq || event.Prev != at.Hash {
			return damaged(&ledger.BadLink{Seq: seq, What: "it does not follow the event before"})
		}
		at = ledger.Head{Seq: seq, Hash: sha256.Sum256(stored)}
		return nil
	})
	if err == nil && at != head {
		err = damaged(&ledger.BadLink{Seq: head.Seq, What: fmt.Sprintf("the ledger's end is %d %s here and %d %s in its record",
			at.Seq, at.Hash, head.Seq, head.Hash)})
	}
	return head, err
}

// Holds tells whether a data folder has a ledger in it. Open makes one where there is none; who only wants to look asks
// first.
func Holds(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, ledgerFolder))
	return err == nil
}
