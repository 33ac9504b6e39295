package disk

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"guitai/ledger"
)

const (
	keyLength     = 32 // bytes: AES-256 for the ledger, HMAC-SHA-256 for the marks
	ledgerKeyName = "ledger.key"
	tillKeyName   = "till.key"
	dataKeyName   = "data.key"
)

// folderKeys are the keys of a data folder. They are never logged and never part of an error.
type folderKeys struct {
	till    []byte
	data    dataKey
	wrapped [wrappedBytes]byte // the data key as it stands in data.key and in every segment's header
	next    bool               // the master key is one whose change was cut short
}

// badger is the key of the ledger behind the journal.
func (k *folderKeys) badger() []byte { return k.data.derive(nil, "guitai ledger") }

// snapshots seals what is kept in Badger and must not be believed without proof: Badger's encryption does not
// authenticate.
func (k *folderKeys) snapshots() []byte { return k.data.derive(nil, "guitai snapshot") }

// wrappedBytes: version, the master key's fingerprint, nonce, and the sealed data key.
const wrappedBytes = 1 + 8 + 12 + keyLength + sealBytes

const wrapVersion = 1

// wrap seals the data key under the master key.
func wrap(data dataKey, master []byte) (w [wrappedBytes]byte) {
	w[0] = wrapVersion
	fingerprint := fingerprintOf(master)
	copy(w[1:], fingerprint[:])
	rand.Read(w[9:21])
	newSealer(master).Seal(w[21:21], w[9:21], data[:], w[:9])
	return w
}

// errWrongMaster: the data key is wrapped by another master key.
var errWrongMaster = errors.New("another master key has wrapped this data key")

func unwrap(w []byte, master []byte) (data dataKey, err error) {
	fingerprint := fingerprintOf(master)
	switch {
	case len(w) != wrappedBytes || w[0] != wrapVersion:
		return data, errors.New("it is not a wrapped key")
	}
	// The fingerprint that stands there is not believed before the key was tried with its own: one flipped bit of it must not
	// make the right key a wrong one.
	plain, err := newSealer(master).Open(nil, w[9:21], w[21:], append([]byte{wrapVersion}, fingerprint[:]...))
	if err != nil && string(w[1:9]) != string(fingerprint[:]) {
		return data, errWrongMaster
	}
	if err != nil {
		return data, errors.New("the wrapped key is damaged")
	}
	copy(data[:], plain)
	return data, nil
}

// fingerprintOf names a master key without telling it.
func fingerprintOf(master []byte) (f [8]byte) {
	sum := sha256.Sum256(append([]byte("guitai master key "), master...))
	copy(f[:], sum[:])
	return f
}

// readKeys reads the key files. A key that others can read, that has another length, or that is missing, is refused with
// ReasonNoKey. A data key whose file is lost or damaged is taken from the journal, which carries it in every segment.
func readKeys(dir string) (folderKeys, error) {
	keys, err := findKeys(dir)
	if err != nil {
		err = ledger.RefuseBecause(ledger.ReasonNoKey, err)
	}
	return keys, err
}

func findKeys(dir string) (keys folderKeys, err error) {
	if keys.till, err = readKey(filepath.Join(dir, tillKeyName), keyLength); err != nil {
		return keys, err
	}
	// A change of the master key that was cut short counts as soon as the new one opens the data key.
	if keys.openWith(dir, newMaster) == nil {
		keys.next = true
		return keys, nil
	}
	return keys, keys.openWith(dir, ledgerKeyName)
}

// openWith unwraps the data key with the master key of a file.
func (k *folderKeys) openWith(dir, name string) error {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); name == newMaster && err != nil {
		return err
	}
	master, err := readMaster(path)
	if err != nil {
		return err
	}
	err = k.unwrapWith(dir, name, master)
	for try := 1; try < passTries && errors.Is(err, errWrongMaster) && isPassphrase(path); try++ {
		if master, err = readMasterAgain(path, true); err == nil {
			err = k.unwrapWith(dir, name, master)
		}
	}
	if errors.Is(err, errWrongMaster) && isPassphrase(path) {
		return errors.New("the passphrase is wrong")
	}
	return err
}

// unwrapWith unwraps the data key with a master key.
func (k *folderKeys) unwrapWith(dir, name string, master []byte) error {
	file, fileErr := readKey(filepath.Join(dir, dataKeyName), wrappedBytes)
	candidates := [][]byte{file}
	if name == ledgerKeyName {
		candidates = append(candidates, wrappedInJournal(dir)...)
	}
	for _, wrapped := range candidates {
		data, err := unwrap(wrapped, master)
		if err == nil {
			k.data = data
			copy(k.wrapped[:], wrapped)
			fingerprint := fingerprintOf(master)
			copy(k.wrapped[1:9], fingerprint[:])
			return nil
		}
		if fileErr == nil {
			fileErr = err
		}
		if errors.Is(fileErr, errWrongMaster) { // data.key is whole: an old key that an old segment knows is a wrong key all the same
			break
		}
	}
	if errors.Is(fileErr, errWrongMaster) {
		return fmt.Errorf("the key that %s holds or names does not fit this ledger: put the right one back: %w", name, fileErr)
	}
	return fmt.Errorf("the data key in %s: %w", filepath.Join(dir, dataKeyName), fileErr)
}

func readKey(path string, length int) ([]byte, error) {
	key, err := readSecret(path)
	if err == nil && len(key) != length {
		err = fmt.Errorf("the key file %s has %d bytes: it must have %d", path, len(key), length)
	}
	return key, err
}

// readSecret reads a file that only its owner may read.
func readSecret(path string) ([]byte, error) {
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
	return key, nil
}

// makeKeys draws the keys that are missing. It is called only before there is a ledger; when it returns, the keys are
// durable, so a ledger never outlives a power cut without them.
func makeKeys(dir string) error {
	for _, name := range []string{ledgerKeyName, tillKeyName} {
		key := make([]byte, keyLength)
		rand.Read(key)
		if err := keepKey(filepath.Join(dir, name), key); err != nil {
			return err
		}
	}
	master, err := readMaster(filepath.Join(dir, ledgerKeyName))
	if err != nil {
		return err
	}
	var data dataKey
	rand.Read(data[:])
	wrapped := wrap(data, master)
	if err := keepKey(filepath.Join(dir, dataKeyName), wrapped[:]); err != nil {
		return err
	}
	return syncFolder(dir)
}

// keepKey writes a key where there is none, beside its place first, and moves it there whole.
func keepKey(path string, key []byte) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("looking for a key file: %w", err)
	}
	if err := writeWhole(path, key); err != nil {
		return fmt.Errorf("making a key file: %w", err)
	}
	return nil
}

// writeWhole writes a file beside its place, makes it durable and moves it there. The folder is the caller's to sync.
func writeWhole(path string, content []byte) error {
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // never through a link that somebody has put there
	if err != nil {
		return err
	}
	_, err = file.Write(content)
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
