package disk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	keyLength     = 32 // bytes: AES-256 for the ledger, HMAC-SHA-256 for the marks
	ledgerKeyName = "ledger.key"
	tillKeyName   = "till.key"
)

// folderKeys are the keys in the data folder. They are never logged and never part of an error.
type folderKeys struct{ ledger, till []byte }

// readKeys reads both key files. A key that others can read, that has another length, or that is missing, is refused.
func readKeys(dir string) (keys folderKeys, err error) {
	if keys.ledger, err = readKey(filepath.Join(dir, ledgerKeyName)); err != nil {
		return folderKeys{}, err
	}
	if keys.till, err = readKey(filepath.Join(dir, tillKeyName)); err != nil {
		return folderKeys{}, err
	}
	return keys, nil
}

func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the key file %s is missing although a ledger exists: put it back from where it is "+
			"kept; a fresh key cannot read this ledger and is never made for it: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s can be read by others (mode %04o): make it 0600", path, info.Mode().Perm())
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a key file: %w", err)
	}
	if len(key) != keyLength {
		return nil, fmt.Errorf("the key file %s has %d bytes: it must have %d", path, len(key), keyLength)
	}
	return key, nil
}

// makeKeys draws the keys that are missing. It is called only before the ledger's folder exists; when it returns, the
// keys are durable, so a ledger never outlives a power cut without them.
func makeKeys(dir string) error {
	for _, name := range []string{ledgerKeyName, tillKeyName} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("looking for a key file: %w", err)
		}
		if err := makeKey(path); err != nil {
			return fmt.Errorf("making a key file: %w", err)
		}
	}
	return syncFolder(dir)
}

// makeKey writes a key beside its place and moves it there whole.
func makeKey(path string) error {
	key := make([]byte, keyLength)
	rand.Read(key)
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(key)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// syncFolder makes a folder's entries durable.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("syncing a folder: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("syncing a folder: %w", err)
	}
	return nil
}
