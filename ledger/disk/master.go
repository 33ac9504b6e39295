package disk

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"golang.org/x/crypto/argon2"

	"guitai/ledger"
)

// The master key wraps the data key, and nothing else: a new one rewrites no history. ledger.key is the key itself, 32 bytes,
// or one line of text that says where it comes from:
//
//	credential NAME                       a systemd credential: $CREDENTIALS_DIRECTORY/NAME, 32 bytes
//	passphrase SALT                       a person types it: Argon2id over it, below
//
// A key file on the same disk stops nobody who takes the disk; the other two do.
const (
	masterCredential = "credential "
	masterPassphrase = "passphrase "
)

// Argon2id for the passphrase: above the least that OWASP's password storage cheat sheet gives (19 MiB, t=2, p=1), because
// it is paid once at an opening.
const (
	passTime   = 3
	passMemory = 64 << 10 // KiB
	passLanes  = 1
)

// AskPassphrase is how this process asks a person for the ledger's passphrase; again tells that the last one was wrong. Nil when
// nobody can be asked. It is set once, before anything is opened.
var AskPassphrase func(again bool) ([]byte, error)

// passTries is how often a person may mistype it.
const passTries = 3

// readMaster gives the master key that a key file holds or points to.
func readMaster(path string) ([]byte, error) { return readMasterAgain(path, false) }

// readMasterAgain is readMaster after a passphrase was wrong.
func readMasterAgain(path string, again bool) ([]byte, error) {
	content, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	switch text := string(content); {
	case strings.HasPrefix(text, masterCredential):
		return readCredential(strings.TrimSpace(strings.TrimPrefix(text, masterCredential)))
	case strings.HasPrefix(text, masterPassphrase):
		salt, err := hex.DecodeString(strings.TrimSpace(strings.TrimPrefix(text, masterPassphrase)))
		if err != nil || len(salt) != 16 {
			return nil, fmt.Errorf("the key file %s names a passphrase, and no salt that can be read", path)
		}
		return passphraseKey(salt, again)
	}
	if len(content) != keyLength {
		return nil, fmt.Errorf("the key file %s has %d bytes: it must have %d", path, len(content), keyLength)
	}
	return content, nil
}

func readCredential(name string) ([]byte, error) {
	folder := os.Getenv("CREDENTIALS_DIRECTORY")
	if folder == "" || name == "" || filepath.Base(name) != name {
		return nil, fmt.Errorf("the key is the systemd credential %q, and this process was given none: start it as its service", name)
	}
	key, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return nil, fmt.Errorf("the systemd credential %q: %w", name, err)
	}
	if len(key) != keyLength {
		return nil, fmt.Errorf("the systemd credential %q has %d bytes: it must have %d", name, len(key), keyLength)
	}
	return key, nil
}

var errNobodyToAsk = errors.New("the key is a passphrase, and there is nobody to ask for it: run this at a terminal")

func passphraseKey(salt []byte, again bool) ([]byte, error) {
	if AskPassphrase == nil {
		return nil, errNobodyToAsk
	}
	passphrase, err := AskPassphrase(again)
	if err != nil {
		return nil, fmt.Errorf("asking for the passphrase: %w", err)
	}
	return argon2.IDKey(passphrase, salt, passTime, passMemory, passLanes, keyLength), nil
}

// Master is a kind of master key to change to.
type Master struct {
	Credential string // the name of a systemd credential
	Passphrase []byte // one that a person has typed, twice
}

// make gives a new master key and the content of its key file.
func (m Master) make() (key, file []byte, err error) {
	switch {
	case m.Credential != "":
		key, err = readCredential(m.Credential)
		return key, []byte(masterCredential + m.Credential + "\n"), err
	case m.Passphrase != nil:
		salt := make([]byte, 16)
		rand.Read(salt)
		key = argon2.IDKey(m.Passphrase, salt, passTime, passMemory, passLanes, keyLength)
		return key, []byte(masterPassphrase + hex.EncodeToString(salt) + "\n"), nil
	}
	key = make([]byte, keyLength)
	rand.Read(key)
	return key, key, nil
}

const newMaster = ledgerKeyName + ".next"

// Rekey changes the master key of a ledger that nobody has open. The folder does not open with the old one any more; old
// backups do, and so does whatever somebody makes by hand of the old segments' headers: a stolen key is not made harmless by
// a new one. It is noted for the journal.
func Rekey(dir string, to Master) (err error) {
	return withKeys(dir, func(keys *folderKeys) error { return rekey(dir, keys.data, to, "the master key was changed") })
}

// withKeys locks a folder for work on its keys.
func withKeys(dir string, work func(*folderKeys) error) (err error) {
	if !Holds(dir) {
		return fmt.Errorf("%s holds no ledger: %w", dir, fs.ErrNotExist)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	keys, err := readKeys(dir)
	if err == nil {
		err = finishRekey(dir, &keys)
	}
	if err != nil {
		return err
	}
	return work(&keys)
}

// rekey writes the new key file beside the old one, then the data key under it, then puts the file in its place. If power
// fails in between, findKeys finds whichever of the two opens the data key, and finishes.
func rekey(dir string, data dataKey, to Master, what string) error {
	key, file, err := to.make()
	if err != nil {
		return err
	}
	wrapped := wrap(data, key)
	note := ledger.Maintained{Work: ledger.WorkRekey, File: ledgerKeyName, What: what}
	for _, step := range []func() error{
		func() error { return writeWhole(filepath.Join(dir, newMaster), file) },
		func() error { return syncFolder(dir) },
		func() error { return writeWhole(filepath.Join(dir, dataKeyName), wrapped[:]) },
		func() error { return syncFolder(dir) },
		func() error { return keepMaintained(dir, note) }, // from here on the new one counts
		func() error { return os.Rename(filepath.Join(dir, newMaster), filepath.Join(dir, ledgerKeyName)) },
		func() error { return syncFolder(dir) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("changing the master key: %w", err)
		}
	}
	return nil
}

// finishRekey ends a change of the master key that power or a kill has cut short: the new one is put in place when it opens
// the data key already, and is forgotten when it does not.
func finishRekey(dir string, keys *folderKeys) error {
	path := filepath.Join(dir, newMaster)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	err := os.Remove
	if keys.next {
		err = func(path string) error { return os.Rename(path, filepath.Join(dir, ledgerKeyName)) }
	}
	if err := errors.Join(err(path), syncFolder(dir)); err != nil {
		return fmt.Errorf("ending a change of the master key: %w", err)
	}
	keys.next = false
	return nil
}

// The recovery code is the data key itself, for a person to write down: with it everything opens again, whatever became of
// the key file, and whatever master key was changed to since. 56 characters of 5 bits: 256 of the key, 24 that check it.
const (
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // without I, L, O and U, which are misread
	codeLength   = 56
)

func recoveryCode(data dataKey) string {
	bytes := append(data[:], checkBytes(data)...)
	var code strings.Builder
	for i := range codeLength {
		if i > 0 && i%4 == 0 {
			code.WriteByte('-')
		}
		code.WriteByte(codeAlphabet[bitsAt(bytes, i*5)])
	}
	return code.String()
}

// checkBytes stand behind the key: 24 bits, so that a slip is noticed before anything is tried with it.
func checkBytes(data dataKey) []byte {
	sum := ledger.HashOf(append([]byte("guitai recovery code "), data[:]...))
	return sum[:3]
}

func bitsAt(bytes []byte, at int) (value int) {
	for i := at; i < at+5; i++ {
		value <<= 1
		if i/8 < len(bytes) {
			value |= int(bytes[i/8]>>(7-i%8)) & 1
		}
	}
	return value
}

// ErrRecoveryCode: the code has a slip; nothing was tried with it.
var ErrRecoveryCode = errors.New("this is not a recovery code: 14 groups of 4, and every character counts")

// readCode reads a code as a person types it: small letters, blanks, and the letters that are misread.
func readCode(code string) (data dataKey, err error) {
	var found []int
	for _, r := range strings.ToUpper(code) {
		switch {
		case r == '-' || unicode.IsSpace(r):
			continue
		case r == 'O':
			r = '0'
		case r == 'I' || r == 'L':
			r = '1'
		}
		value := strings.IndexRune(codeAlphabet, r)
		if value < 0 {
			return data, ErrRecoveryCode
		}
		found = append(found, value)
	}
	if len(found) != codeLength {
		return data, ErrRecoveryCode
	}
	bytes := make([]byte, 35)
	for i := range codeLength * 5 {
		bytes[i/8] |= byte(found[i/5]>>(4-i%5)&1) << (7 - i%8)
	}
	copy(data[:], bytes)
	if string(bytes[keyLength:]) != string(checkBytes(data)) {
		return data, ErrRecoveryCode
	}
	return data, nil
}

// RecoveryCode gives the code to write down, of a ledger that nobody has open, and notes for the journal that it was given
// out. Once it has been it is only given again when that is said.
func RecoveryCode(dir string, again bool) (code string, err error) {
	err = withKeys(dir, func(keys *folderKeys) error {
		mark := filepath.Join(dir, recoveryTaken)
		if _, err := os.Stat(mark); err == nil && !again {
			return ErrRecoveryTaken
		}
		note := ledger.Maintained{Work: ledger.WorkRekey, File: recoveryTaken, What: "the recovery code was given out"}
		if err := errors.Join(keepMaintained(dir, note), writeWhole(mark, nil), syncFolder(dir)); err != nil {
			return err
		}
		code = recoveryCode(keys.data)
		return nil
	})
	return code, err
}

// recoveryTaken is the mark that the recovery code was given out.
const recoveryTaken = "recovery.taken"

// ErrRecoveryTaken: the code was given out before.
var ErrRecoveryTaken = errors.New("the recovery code was given out before")

// RecoveryTaken reports whether anybody has ever taken the recovery code.
func RecoveryTaken(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, recoveryTaken))
	return err == nil
}

// RecoverKey makes a new master key for a ledger whose key is gone, with its recovery code. The till key is made anew when it
// is gone, too: all that is lost with it is that a code used minutes before is known again.
func RecoverKey(dir, code string, to Master) (err error) {
	data, err := readCode(code)
	if err != nil {
		return err
	}
	if !Holds(dir) {
		return fmt.Errorf("%s holds no ledger: %w", dir, fs.ErrNotExist)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	if !opensAnything(dir, data) {
		return errors.New("this code is not this ledger's")
	}
	till := make([]byte, keyLength)
	rand.Read(till)
	if err := keepKey(filepath.Join(dir, tillKeyName), till); err != nil {
		return err
	}
	return rekey(dir, data, to, "the master key was made anew with the recovery code")
}

// opensAnything tells whether a data key is that of this folder's journal.
func opensAnything(dir string, data dataKey) bool {
	files, _ := segmentFiles(filepath.Join(dir, journalFolder)) // none to compare with opens nothing
	for _, path := range files {
		if b, err := readStart(path); err == nil {
			if _, err := decodeHeader(b, data); err == nil {
				return true
			}
		}
	}
	return false
}

// KeyInfo is what may be told about a ledger's keys.
type KeyInfo struct {
	Kind        string // what the key file is, in words
	Fingerprint string // of the master key
	Public      string // the public key of checkpoints and proofs
}

// ShowKey tells about a ledger's keys, and changes nothing.
func ShowKey(dir string) (info KeyInfo, err error) {
	lock, err := shareFolder(dir)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	keys, err := readKeys(dir)
	if err != nil {
		return info, err
	}
	info.Kind = "a file of this folder: whoever has the disk has the key"
	content, err := readSecret(filepath.Join(dir, ledgerKeyName))
	switch text := string(content); {
	case strings.HasPrefix(text, masterCredential):
		info.Kind = "the systemd " + strings.TrimSpace(text)
	case strings.HasPrefix(text, masterPassphrase):
		info.Kind = "a passphrase"
	}
	info.Fingerprint, info.Public = hex.EncodeToString(keys.wrapped[1:9]), keys.headSigner().vkey
	return info, err
}

// isPassphrase reports whether a key file names a passphrase.
func isPassphrase(path string) bool {
	content, err := readSecret(path)
	return err == nil && strings.HasPrefix(string(content), masterPassphrase)
}

// Free reports why nothing can be done to a folder just now: a till has it open, or there is no ledger in it.
func Free(dir string) error {
	if !Holds(dir) {
		return fmt.Errorf("%s holds no ledger: %w", dir, fs.ErrNotExist)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	return lock.release()
}
