package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"guitai/ledger"
)

// Recordings is what a data folder has of visits. It takes no lock, and may be looked at beside an open till.
type Recordings struct {
	dir  string
	keys folderKeys
}

// OpenRecordings opens the recordings of a data folder. It needs the ledger's key and nothing else.
func OpenRecordings(dir string) (*Recordings, error) {
	if !Holds(dir) {
		return nil, fmt.Errorf("%s holds no ledger: %w", dir, fs.ErrNotExist)
	}
	keys, err := readKeys(dir)
	if err != nil {
		return nil, err
	}
	return &Recordings{dir, keys}, nil
}

// Journal is ReadBeside with the key that was read once already: a person who types a passphrase types it once.
func (r *Recordings) Journal(each func(at ledger.Head, stored []byte) error) (Beside, error) {
	return readBeside(r.dir, r.keys.data, each)
}

// Recording is what a visitor was shown.
type Recording struct {
	Head RecordingHead
	Rows []RecordingRow
	Hash ledger.Hash // of all of it, as VisitEnd has it; of one that was cut off it says nothing
	Cut  bool        // it has no end
}

// RecordingRow is one row. Data is what was sent, of a RowOut, and else the row's text.
type RecordingRow struct {
	At   time.Duration // since the start
	Kind string
	Data []byte
}

// Recording reads a visit's. It fails with ErrSealBroken, or as fs.ErrNotExist.
func (r *Recordings) Recording(visit uint64) (*Recording, error) {
	content, cut, err := r.keys.readTape(r.dir, visit)
	if err != nil {
		return nil, err
	}
	out := &Recording{Hash: sha256.Sum256(content), Cut: cut}
	first, rest, whole := bytes.Cut(content, []byte{'\n'})
	if !whole {
		return out, nil // cut before anything was shown
	}
	if err := json.Unmarshal(first, &out.Head); err != nil || out.Head.Visit != visit {
		return nil, ErrSealBroken
	}
	for {
		line, after, whole := bytes.Cut(rest, []byte{'\n'})
		if !whole {
			return out, nil
		}
		row, err := readRow(line)
		if err != nil {
			return nil, errors.Join(ErrSealBroken, err)
		}
		out.Rows, rest = append(out.Rows, row), after
	}
}

func readRow(line []byte) (row RecordingRow, err error) {
	var at int64
	var text string
	if err := json.Unmarshal(line, &[]any{&at, &row.Kind, &text}); err != nil {
		return row, err
	}
	row.At, row.Data = time.Duration(at)*time.Millisecond, []byte(text)
	if row.Kind == RowOut {
		row.Data, err = base64.StdEncoding.DecodeString(text)
	}
	return row, err
}
