package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2"
	"github.com/dgraph-io/ristretto/v2/z"
)

// checkTables verifies every table before Badger opens them. Badger v4.9.6 reads tables in goroutines of its own, where a
// cut or flipped one is a panic that nobody can recover: the till would die at its start without a word. Here it is an
// error. Where all were closed in order only the indexes are read; CheckRest reads the rest.
func checkTables(opts badger.Options, log *slog.Logger, closed bool) error {
	manifest, err := readManifest(opts)
	if err != nil {
		return err
	}
	if err := unlistedAside(opts.Dir, manifest, log); err != nil {
		return err
	}
	mode := options.OnTableRead
	if closed {
		mode = options.NoVerification
	}
	return eachTable(opts, manifest, mode, false)
}

// checkOpenTables verifies the checksums of the tables of a Badger that is open. One that a compaction removes meanwhile is
// gone, and a list that is being written says nothing.
func checkOpenTables(opts badger.Options) error {
	manifest, err := readManifest(opts)
	if err != nil {
		return nil
	}
	return eachTable(opts, manifest, options.OnTableRead, true)
}

// eachTable opens every table of a list; gone tells that one may have been removed meanwhile.
func eachTable(opts badger.Options, manifest badger.Manifest, mode options.ChecksumVerificationMode, gone bool) error {
	if len(manifest.Tables) == 0 {
		return nil
	}
	registry, err := badger.OpenKeyRegistry(badger.KeyRegistryOptions{Dir: opts.Dir, ReadOnly: true, EncryptionKey: opts.EncryptionKey})
	if err != nil {
		return err
	}
	indexes, err := ristretto.NewCache(&ristretto.Config[uint64, *fb.TableIndex]{NumCounters: 100, MaxCost: 8 << 20, BufferItems: 64})
	if err != nil {
		return fmt.Errorf("making room for table indexes: %w", err)
	}
	defer indexes.Close()
	for id, known := range manifest.Tables {
		key, err := registry.DataKey(known.KeyID)
		if err == nil {
			err = checkTable(table.NewFilename(id, opts.Dir), table.Options{
				ChkMode: mode, BlockSize: opts.BlockSize, Compression: known.Compression,
				DataKey: key, IndexCache: indexes,
			})
		}
		if gone && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("table %06d: %w", id, err)
		}
	}
	return nil
}

// firstLevel counts the tables of Badger's first level. Badger compacts them when there are five: it must not do so before
// they have been read, because a broken table would get a good checksum, or end the process. A quick opening therefore puts
// that off by one flush (openBadger); where it was put off too often, it is no quick one.
func firstLevel(opts badger.Options) (tables int, err error) {
	manifest, err := readManifest(opts)
	for _, known := range manifest.Tables {
		if known.Level == 0 {
			tables++
		}
	}
	return tables, err
}

// firstLevelMost is how many a quick opening puts up with. Badger stalls writers at 15.
const firstLevelMost = 9

func mayOpenQuickly(opts badger.Options) bool {
	tables, err := firstLevel(opts)
	return err == nil && tables <= firstLevelMost
}

// readManifest reads the list of tables. A folder with tables or logs but without the list is damaged: Badger would
// begin a new list and remove every table that is not on it.
func readManifest(opts badger.Options) (manifest badger.Manifest, err error) {
	file, err := os.Open(filepath.Join(opts.Dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		for _, pattern := range []string{"*.sst", "*.mem"} {
			if found, _ := filepath.Glob(filepath.Join(opts.Dir, pattern)); len(found) > 0 {
				return manifest, damaged(fmt.Errorf("%s is missing, but %s is there", badger.ManifestFilename, filepath.Base(found[0])))
			}
		}
		return manifest, nil
	}
	if err != nil {
		return manifest, err
	}
	manifest, _, err = badger.ReplayManifestFile(file, opts.ExternalMagicVersion, opts)
	if err = errors.Join(err, file.Close()); err != nil {
		return manifest, fmt.Errorf("%s: %w", badger.ManifestFilename, err)
	}
	return manifest, nil
}

// checkTable reads one table whole. The mapping of a table that fails is left to the process's end.
func checkTable(path string, opts table.Options) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New(line("its structure is broken: %v", p))
		}
	}()
	file, err := z.OpenMmapFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	if len(file.Data) < 8 { // too short for its two lengths
		return errors.Join(errors.New("it is cut off"), file.Close(-1))
	}
	if _, err := table.OpenTable(file, opts); err != nil {
		return err
	}
	return file.Close(-1)
}
