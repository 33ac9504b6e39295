package disk

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
)

const asideFolder = "aside"

// logHeader is what each of Badger's logs begins with, in bytes; a shorter one holds nothing.
const logHeader = 20

// emptyAside takes empty logs out of Badger's way: it creates a log before it sizes it and empties one before it removes
// it, so a kill in between leaves a file that holds nothing and fails the next opening.
func emptyAside(folder string, log *slog.Logger) error {
	for _, pattern := range []string{"*.mem", "*.vlog"} {
		found, _ := filepath.Glob(filepath.Join(folder, pattern))
		for _, path := range found {
			info, err := os.Stat(path)
			if err != nil {
				return fmt.Errorf("looking for empty files: %w", err)
			}
			if info.Size() >= logHeader {
				continue
			}
			if err := moveAside(path, filepath.Dir(folder), log); err != nil {
				return err
			}
		}
	}
	return nil
}

// unlistedAside takes tables that the list of tables does not name out of Badger's reach, because it removes them. A kill
// during a flush or a compaction leaves such tables, and they are of no use; but so does a list that lost its end, and
// then they hold the ledger.
func unlistedAside(folder string, manifest badger.Manifest, log *slog.Logger) error {
	found, _ := filepath.Glob(filepath.Join(folder, "*.sst"))
	for _, path := range found {
		id, ok := table.ParseFileID(path)
		if _, listed := manifest.Tables[id]; listed || !ok {
			continue
		}
		if err := moveAside(path, filepath.Dir(folder), log); err != nil {
			return err
		}
	}
	return nil
}

// moveAside moves a file or folder of a data folder out of the way, under its name and the time.
func moveAside(path, dir string, log *slog.Logger) error {
	aside := filepath.Join(dir, asideFolder)
	name := time.Now().UTC().Format("20060102-150405.000000-") + filepath.Base(path)
	err := os.MkdirAll(aside, 0o700)
	if err == nil {
		err = os.Rename(path, filepath.Join(aside, name))
	}
	if err != nil {
		return fmt.Errorf("moving a file aside: %w", err)
	}
	log.Warn("a file of the ledger is moved aside", "file", filepath.Base(path), "to", name)
	return nil
}

// onlyNewestAside removes ledger folders that were moved aside before: each is as large as the ledger, and was rebuilt.
func onlyNewestAside(dir string) {
	found, _ := filepath.Glob(filepath.Join(dir, asideFolder, "*-"+ledgerFolder))
	for _, path := range found {
		_ = os.RemoveAll(path)
	}
}
