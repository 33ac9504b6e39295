package disk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"guitai/ledger"
)

// maintainedName is the file of what was done to the ledger's files and has not become an event yet: one JSON object a
// line. Repairs happen where nothing can be appended, so each is durable here before the next step is taken.
const maintainedName = "maintained.jsonl"

// keepMaintained adds to the file. It is synced before it returns.
func keepMaintained(dir string, work ledger.Maintained) error {
	row, err := json.Marshal(work)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, maintainedName)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("noting what was done to the ledger: %w", err)
	}
	_, err = file.Write(append(row, '\n'))
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("noting what was done to the ledger: %w", err)
	}
	return syncFolder(dir)
}

// readMaintained reads the file. A row that power cut short says nothing and is passed over.
func readMaintained(dir string) (all []ledger.Maintained, err error) {
	content, err := os.ReadFile(filepath.Join(dir, maintainedName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was done to the ledger: %w", err)
	}
	for row := range bytes.Lines(content) {
		var work ledger.Maintained
		if json.Unmarshal(row, &work) == nil {
			all = append(all, work)
		}
	}
	return all, nil
}

// Maintained lists what was done to the ledger's files since it was last written down: by this opening, by the ones before
// that came to no end, and by commands. Whoever has made events of it calls Recorded.
func (s *Store) Maintained() []ledger.Maintained { return s.maintained }

// Recorded forgets what Maintained lists.
func (s *Store) Recorded() error {
	s.maintained = nil
	err := os.Remove(filepath.Join(s.dir, maintainedName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncFolder(s.dir)
	}
	return err
}
