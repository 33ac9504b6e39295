package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"guitai/ledger"
)

// Beside is what a look at the journal beside an open till has found.
type Beside struct {
	Head ledger.Head // the last event that follows from the first
	// Damage is where the journal stops to hold, and why; nil where all of it follows.
	Damage *ledger.BadLink
	// Tidy tells that the till was closed in order, and that its second copy then had everything up to Head. While a till is open it is
	// not so.
	Tidy bool
}

// ReadBeside gives every event of the journal, in order, as far as each follows from the one before. It takes no lock and changes
// nothing, so it may be used beside an open till, whose last append it may or may not see. An error of each ends it and is given back.
// Errors: there is no ledger, no key that opens it (ReasonNoKey), or the disk does not let it be read.
func ReadBeside(dir string, each func(at ledger.Head, stored []byte) error) (found Beside, err error) {
	if !Holds(dir) {
		return found, fmt.Errorf("%s holds no ledger: %w", dir, fs.ErrNotExist)
	}
	keys, err := readKeys(dir)
	if err != nil {
		return found, err
	}
	return readBeside(dir, keys.data, each)
}

func readBeside(dir string, data dataKey, each func(at ledger.Head, stored []byte) error) (found Beside, err error) {
	folder := filepath.Join(dir, journalFolder)
	headers, headerErr := readHeaders(folder, data)
	var bad *badSegment
	if headerErr != nil && !errors.As(headerErr, &bad) {
		return found, headerErr
	}
	for i := range headers {
		var until *segmentHeader
		if i+1 < len(headers) {
			until = &headers[i+1]
		}
		found.Head, _, err = walkSegment(folder, &headers[i], data, until, each)
		if err != nil {
			break
		}
	}
	if err == nil {
		err = headerErr
	}
	if errors.As(err, &bad) {
		found.Damage, err = &ledger.BadLink{Seq: found.Head.Seq + 1, What: bad.cause.Error()}, nil
	}
	mark, _ := os.ReadFile(filepath.Join(dir, cleanMark)) // without one there was no tidy end
	found.Tidy = found.Damage == nil && bytes.Equal(mark, encodeHead(found.Head))
	return found, err
}

// KeyElsewhere reports whether the master key of a folder is not in it: a person types a passphrase, or the system gives a credential to
// the till alone. Whoever only looks then has no key, and that is no fault.
func KeyElsewhere(dir string) bool {
	content, err := readSecret(filepath.Join(dir, ledgerKeyName))
	return err == nil && (bytes.HasPrefix(content, []byte(masterPassphrase)) || bytes.HasPrefix(content, []byte(masterCredential)))
}
