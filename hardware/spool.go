package hardware

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// This file keeps what is to be printed, so that a restart neither loses a slip nor prints one twice.

const (
	spoolName = "printer.spool"
	spoolHead = "guitai printer spool 1 " // then the SHA-256 of what follows the line, in hexadecimal
	// maxJobs wait at most. A printer that was away for so long has slips that nobody waits for.
	maxJobs = 500
)

// job is one slip that is still to be printed.
type job struct {
	Seq   uint64
	Key   string
	Slip  Slip
	Begun bool // some of it may be on paper

	tries int // how often it was sent in vain by this process
}

// spoolFile is what is on the disk.
type spoolFile struct {
	Cursor uint64   // the newest event of which jobs were given
	Keys   []string // of the jobs of that event
	Jobs   []job
}

// spool is the queue of the printer. Only the printer's owner touches it. Its file is replaced as a whole: whoever reads it finds the
// one before or the one after.
type spool struct {
	dir     string
	file    spoolFile
	dirty   bool     // the disk does not know all of it
	dropped []string // keys that had to make room
}

// openSpool reads the spool of a folder. A file that cannot be read is set aside, and aside says so; the spool then is empty, and
// knows no cursor.
func openSpool(dir string) (s *spool, aside string) {
	s = &spool{dir: dir}
	path := filepath.Join(dir, spoolName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, ""
	}
	if err == nil {
		err = s.file.decode(b)
	}
	if err == nil {
		return s, ""
	}
	s.file = spoolFile{}
	name := spoolName + ".damaged-" + time.Now().UTC().Format("20060102-150405.000")
	if moved := os.Rename(path, filepath.Join(dir, name)); moved != nil {
		return s, fmt.Sprintf("the list of what is to be printed cannot be read (%v) nor set aside (%v)", err, moved)
	}
	return s, fmt.Sprintf("the list of what is to be printed could not be read (%v) and was set aside as %s", err, name)
}

func (f *spoolFile) decode(b []byte) error {
	head, body, ok := bytes.Cut(b, []byte("\n"))
	sum := sha256.Sum256(body)
	if !ok || string(head) != spoolHead+hex.EncodeToString(sum[:]) {
		return errors.New("its check sum differs")
	}
	return json.Unmarshal(body, f)
}

func (f *spoolFile) encode() ([]byte, error) {
	body, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return append([]byte(spoolHead+hex.EncodeToString(sum[:])+"\n"), body...), nil
}

// save makes the disk know all of it.
func (s *spool) save() error {
	if !s.dirty {
		return nil
	}
	b, err := s.file.encode()
	if err == nil {
		err = replaceFile(filepath.Join(s.dir, spoolName), b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("keep what is to be printed: %w", err)
	}
	s.dirty = false
	return nil
}

// replaceFile writes a file beside the old one and puts it in its place. It is durable when it returns.
func replaceFile(path string, b []byte, perm os.FileMode) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// add queues a slip. A job of an event at or below the cursor was given before, and is passed over: for the cursor's own event that
// goes by the keys. Without an event (seq 0) a key is known as long as its job waits.
func (s *spool) add(seq uint64, key string, slip Slip) {
	waits := slices.ContainsFunc(s.file.Jobs, func(j job) bool { return j.Key == key })
	switch {
	case waits, seq != 0 && seq < s.file.Cursor, seq != 0 && seq == s.file.Cursor && slices.Contains(s.file.Keys, key):
		return
	}
	s.skip(seq)
	if seq != 0 {
		s.file.Keys = append(s.file.Keys, key)
	}
	s.file.Jobs = append(s.file.Jobs, job{Seq: seq, Key: key, Slip: slip})
	s.dirty = true
	for len(s.file.Jobs) > maxJobs {
		s.dropped = append(s.dropped, s.file.Jobs[0].Key)
		s.file.Jobs = slices.Delete(s.file.Jobs, 0, 1)
	}
}

// skip moves the cursor on to an event.
func (s *spool) skip(seq uint64) {
	if seq > s.file.Cursor {
		s.file.Cursor, s.file.Keys, s.dirty = seq, nil, true
	}
}

// rewind sets the cursor to an event, wherever it was, and gives the keys of the jobs of later events, which it takes out: they are of a
// ledger that has lost its end, and the one that goes on will have other events in their places.
func (s *spool) rewind(seq uint64) (lost []string) {
	if seq != s.file.Cursor {
		s.file.Cursor, s.file.Keys, s.dirty = seq, nil, true
	}
	s.file.Jobs = slices.DeleteFunc(s.file.Jobs, func(j job) bool {
		if j.Seq > seq {
			lost = append(lost, j.Key)
		}
		return j.Seq > seq
	})
	s.dirty = s.dirty || len(lost) > 0
	return lost
}

// first is the job to be printed next, or nil.
func (s *spool) first() *job {
	if len(s.file.Jobs) == 0 {
		return nil
	}
	return &s.file.Jobs[0]
}

// done takes the first job out.
func (s *spool) done() {
	s.file.Jobs = slices.Delete(s.file.Jobs, 0, 1)
	s.dirty = true
}

// begin marks the first job as one that may be on paper, and makes that durable.
func (s *spool) begin() error {
	j := s.first()
	before := j.Begun
	s.dirty = s.dirty || !before
	j.Begun = true
	err := s.save()
	if err != nil {
		j.Begun = before
	}
	return err
}

// spared takes the mark back: not a byte of it has left.
func (s *spool) spared() {
	s.first().Begun = false
	s.dirty = true
}

// SpoolWaiting is how many slips wait in the spool of a folder, for whoever only looks. It changes nothing.
func SpoolWaiting(dir string) (slips int, err error) {
	b, err := os.ReadFile(filepath.Join(dir, spoolName))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	var f spoolFile
	if err == nil {
		err = f.decode(b)
	}
	return len(f.Jobs), err
}
