package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"guitai/ledger"
)

// Outside is a folder that keeps heads, best on another device: a copy of the till's disk that is put back does not take it
// along. In it stand the newest checkpoint of each till, and one file a day with all of them. The folder is never made: a
// device that is not there would be a folder on the till's own disk.
type Outside struct {
	Folder string
	Till   string
}

// own gives the names that are this ledger's alone: two ledgers may call their tills the same and share a folder.
func (s *Store) own(o Outside) Outside {
	id := strings.TrimPrefix(s.keys.headSigner().Name(), originPrefix)
	o.Till += "-" + id[:8]
	return o
}

func (o Outside) newest() string { return filepath.Join(o.Folder, o.Till+".checkpoint") }

// Keep writes a signed checkpoint and syncs it. If power fails in between, the newest file has the one before or this one.
func (o Outside) Keep(signed []byte, at time.Time) error {
	if info, err := os.Stat(o.Folder); err != nil || !info.IsDir() {
		return fmt.Errorf("the folder %s is not there", o.Folder)
	}
	day := filepath.Join(o.Folder, o.Till+at.UTC().Format("-2006-01-02")+".checkpoints")
	file, err := os.OpenFile(day, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err == nil {
		_, err = file.Write(append(signed, '\n'))
		if err == nil {
			err = file.Sync()
		}
		err = errors.Join(err, file.Close())
	}
	if err == nil {
		err = errors.Join(writeWhole(o.newest(), signed), syncFolder(o.Folder))
	}
	if err != nil {
		return fmt.Errorf("keeping a checkpoint outside: %w", err)
	}
	return nil
}

// CheckOutside compares the newest head outside with the ledger. A ledger that is shorter than it, or has another event
// there, was cut, rolled back or rewritten: ReasonRolledBack, with that head. A checkpoint that is missing or cannot be read
// is another error; it proves nothing about the ledger.
func (s *Store) CheckOutside(o Outside) (Checkpoint, error) {
	if o.Folder == "" {
		return Checkpoint{}, nil
	}
	c, found, err := s.own(o).last(s.keys.headSigner())
	if err != nil || !found {
		return c, err
	}
	return c, s.compare(c)
}

// last gives the newest checkpoint that this ledger has signed: of the newest file, or, should that be gone or spoiled, of the
// days' files.
func (o Outside) last(verifier note.Verifier) (c Checkpoint, found bool, err error) {
	if info, err := os.Stat(o.Folder); err != nil || !info.IsDir() {
		return c, false, fmt.Errorf("the folder %s is not there", o.Folder)
	}
	signed, err := os.ReadFile(o.newest())
	if err == nil {
		if c, err = readCheckpoint(signed, verifier); err == nil {
			return c, true, nil
		}
	}
	days, _ := filepath.Glob(filepath.Join(o.Folder, o.Till+"-*.checkpoints")) // sorted
	for _, path := range slices.Backward(days) {
		content, err := os.ReadFile(path)
		if err != nil {
			return c, false, fmt.Errorf("reading checkpoints: %w", err)
		}
		for _, signed := range slices.Backward(splitNotes(content)) {
			if c, err := readCheckpoint(signed, verifier); err == nil {
				return c, true, nil
			}
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return c, false, err
}

func (s *Store) compare(c Checkpoint) error {
	var stored []byte
	err := s.Read(c.Head.Seq, func(seq uint64, known []byte) error {
		if seq == c.Head.Seq {
			stored = known
		}
		return errEnough
	})
	switch {
	case err != nil && !errors.Is(err, errEnough):
		return err
	case stored == nil:
		err = fmt.Errorf("a checkpoint of %s says that the ledger had %d events; it has %d", c.At.Format(time.RFC3339), c.Head.Seq, s.head().Seq)
	case ledger.HashOf(stored) != c.Head.Hash:
		err = fmt.Errorf("a checkpoint of %s says that event %d was %s; it is %s", c.At.Format(time.RFC3339), c.Head.Seq, c.Head.Hash, ledger.HashOf(stored))
	default:
		return nil
	}
	if state, stateErr := ledger.LoadState(s); stateErr == nil && c.Epoch < state.Epoch &&
		(c.Head == state.GaveUp || state.EpochFrom <= c.Head.Seq && c.Head.Seq <= state.GaveUp.Seq) {
		return nil // a later epoch has given it up, in so many words
	}
	return ledger.RefuseBecause(ledger.ReasonRolledBack, err)
}

func (s *Store) head() ledger.Head {
	s.behind.mu.Lock()
	defer s.behind.mu.Unlock()
	return s.behind.durable
}

// headsEvery is how often a head leaves the till: what happens in between can be cut off unseen.
const headsEvery = time.Minute

// SendHeads keeps a checkpoint outside whenever there are new events, once a minute until ctx ends, and tells the board. A
// folder that is not there is tried again; it stops no sale.
func (s *Store) SendHeads(ctx context.Context, book *ledger.Book, o Outside) {
	tick := time.NewTicker(headsEvery)
	defer tick.Stop()
	for {
		s.sendHead(ctx, book, o, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sendHead never replaces a head that accuses this ledger: it may have been put away while the till was opened.
func (s *Store) sendHead(ctx context.Context, book *ledger.Book, o Outside, now time.Time) {
	c := Checkpoint{At: now}
	book.Read(func(state *ledger.State) { c.Head, c.Till, c.Epoch = state.Head, state.Till, state.Epoch })
	if was := book.Board().View().Outside; was.Seq == c.Head.Seq && was.Fault == "" {
		return
	}
	_, err := s.CheckOutside(o)
	if ledger.ReasonOf(err) == ledger.ReasonRolledBack {
		s.cfg.Log.Error("the ledger is not what it was", "cause", err)
		_ = book.Halt(ctx, err)
		return
	}
	err = s.SendHead(c, o)
	book.Board().Post(func(v *ledger.BoardView) {
		if v.Outside.Fault = ""; err != nil {
			v.Outside.Fault = err.Error()
			return
		}
		v.Outside.Seq, v.Outside.At = c.Head.Seq, now
	})
}

// SendHead keeps one checkpoint outside.
func (s *Store) SendHead(c Checkpoint, o Outside) error {
	signed, err := s.Sign(c)
	if err != nil {
		return err
	}
	return s.own(o).Keep(signed, c.At)
}
