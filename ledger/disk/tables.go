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

// checkTables verifies the checksums of every table before Badger opens them. Badger v4.9.6 reads tables in goroutines
// of its own, where a cut or flipped one is a panic that nobody can recover: the till would die at its start without a
// word. Here it is an error. Badger is told not to verify a second time.
func checkTables(opts badger.Options, log *slog.Logger) error {
	manifest, err := readManifest(opts)
	if err != nil {
		return err
	}
	if err := unlistedAside(opts.Dir, manifest, log); err != nil || len(manifest.Tables) == 0 {
		return err
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
				ChkMode: options.OnTableRead, BlockSize: opts.BlockSize, Compression: known.Compression,
				DataKey: key, IndexCache: indexes,
			})
		}
		if err != nil {
			return fmt.Errorf("table %06d: %w", id, err)
		}
	}
	return nil
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
