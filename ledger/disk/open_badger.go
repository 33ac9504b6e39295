package disk

import (
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

// openBadger opens, once more for each file that an earlier end left half made. Tables are checked first, because Badger
// panics on a broken one: whole, or, where they were closed in order, their indexes. The rest takes 400 ms for a million events,
// and CheckRest does it behind the first screen.
func openBadger(folder string, key []byte, log *slog.Logger, closed bool) (db *badger.DB, err error) {
	if err := emptyAside(folder, log); err != nil {
		return nil, err
	}
	opts := badgerOptions(folder, key, log)
	if tables, err := firstLevel(opts); closed && err == nil {
		opts.NumLevelZeroTables = max(opts.NumLevelZeroTables, tables+2)
	}
	for range openTries {
		db, err = tryOpen(opts, log, closed)
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
func tryOpen(opts badger.Options, log *slog.Logger, closed bool) (db *badger.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, errors.New(line("badger panicked: %v", p))
		}
	}()
	if err := readableFolder(opts.Dir); err != nil {
		return nil, err
	}
	if err := checkTables(opts, log, closed); err != nil {
		return nil, err
	}
	return badger.Open(opts)
}

// readableFolder asks first what Badger would end the process for: its folder cannot be listed, or its list of what may be
// discarded cannot be opened.
func readableFolder(folder string) error {
	if _, err := os.ReadDir(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(filepath.Join(folder, "DISCARD"), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = file.Close()
	}
	return err
}

// whyNotOpen tells what is damaged from what cannot be reached.
func whyNotOpen(err error) error {
	text := err.Error()
	switch {
	case ledger.ReasonOf(err) != "":
		return err
	case strings.Contains(text, badger.ErrEncryptionKeyMismatch.Error()):
		return damaged(fmt.Errorf("%s: %w", badger.KeyRegistryFileName, err)) // the data key is right: it was unwrapped
	case strings.Contains(text, "Cannot acquire directory lock"):
		return ledger.RefuseBecause(ledger.ReasonDiskInUse, err)
	}
	for _, no := range []syscall.Errno{
		syscall.EACCES, syscall.EPERM, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EMFILE, syscall.ENOMEM,
	} {
		if fromDisk(err, no) {
			return fmt.Errorf("opening the ledger: %w", err)
		}
	}
	return damaged(fmt.Errorf("the ledger's files: %w", err))
}
