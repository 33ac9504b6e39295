package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// repairJournal writes a damaged or missing segment anew. Its events come from the segment's own good frames, and those
// that are lost there from Badger; the chain decides which are right. The damaged file is moved aside. When the
// chain cannot be closed, both copies are damaged at the same place, and nothing is changed.
func repairJournal(dir string, keys *folderKeys, bad *badSegment, db *badger.DB, log *slog.Logger, say func(ledger.Maintained) error, backup string) error {
	folder := filepath.Join(dir, journalFolder)
	start, next, err := around(folder, keys, bad, db)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, segmentName(bad.number))
	found, err := salvage(path, keys.data)
	if unknown(err) && next == nil { // nobody knows where the journal ended
		return fmt.Errorf("reading the journal's last segment: %w", err)
	}
	header := newHeader(bad.number, start, keys.wrapped)
	content, seal := header.encode(keys.data), header.sealer(keys.data)
	chain, spare := ledger.VerifierAt(start), spareEvents{backup: backup, keys: keys}
	err = db.View(func(txn *badger.Txn) error {
		for next == nil || chain.Head().Seq+1 < next.First {
			seq := chain.Head().Seq + 1
			stored := found[seq] // what opens is authentic; Badger's copy is only as good as the chain says
			if stored == nil || chain.Link(stored) != nil {
				var err error
				if stored, err = get(txn, eventKey(seq)); err != nil {
					return err
				}
				if stored == nil || chain.Link(stored) != nil {
					if stored = spare.event(seq); stored == nil || chain.Link(stored) != nil {
						break
					}
				}
			}
			content = appendFrame(content, seal, seq, [][]byte{stored})
		}
		return nil
	})
	if err != nil {
		return err
	}
	end, want := chain.Head(), lastOf(found, db)
	if next != nil {
		want = next.First - 1
	}
	if end.Seq < want || next != nil && end.Hash != next.Prev {
		return damaged(fmt.Errorf("%w; and the ledger behind it does not have event %d either, nor has a backup%s", bad, end.Seq+1, spare.name()))
	}
	// If power fails after say: the repair is noted and done again. It is never done without a note.
	err = say(ledger.Maintained{File: filepath.Join(journalFolder, segmentName(bad.number)), From: start.Seq + 1, To: end.Seq, What: bad.cause.Error()})
	if err != nil {
		return err
	}
	ledger.Failpoint("repair: noted")
	if err := moveAside(path, dir, log); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ledger.Failpoint("repair: segment aside")
	if err := errors.Join(writeWhole(path, content), syncFolder(folder)); err != nil {
		return fmt.Errorf("writing a repaired segment: %w", err)
	}
	return nil
}

// spareEvents are those of a backup, read when both copies lack one.
type spareEvents struct {
	backup string
	keys   *folderKeys
	found  map[uint64][]byte
}

func (e *spareEvents) event(seq uint64) []byte {
	if e.found == nil {
		e.found = map[uint64][]byte{}
		if e.backup != "" {
			files, _ := filepath.Glob(filepath.Join(e.backup, journalFolder+"*", "????????.seg")) // also what was kept of earlier ones
			for _, path := range files {
				events, _ := salvage(path, e.keys.data)
				for seq, stored := range events {
					if e.found[seq] == nil {
						e.found[seq] = stored
					}
				}
			}
		}
	}
	return e.found[seq]
}

// name says where was looked.
func (e *spareEvents) name() string {
	if e.backup == "" {
		return ": none is configured"
	}
	return " in " + e.backup
}

// around finds where a bad segment begins and which header follows it, nil for none.
func around(folder string, keys *folderKeys, bad *badSegment, db *badger.DB) (start ledger.Head, next *segmentHeader, err error) {
	files, err := segmentFiles(folder)
	if err != nil {
		return start, nil, err
	}
	for _, path := range files {
		b, readErr := readStart(path)
		if unknown(readErr) && filepath.Base(path) != segmentName(bad.number) {
			return start, nil, fmt.Errorf("reading the journal: %w", readErr)
		}
		if readErr != nil {
			continue
		}
		h, headErr := decodeHeader(b, keys.data)
		switch {
		case headErr != nil || filepath.Base(path) != segmentName(h.Number):
		case h.Number == bad.number:
			start = ledger.Head{Seq: h.First - 1, Hash: h.Prev}
		case h.Number > bad.number:
			return start, &h, nil // those between, if any, are bad as well, and will be written without events
		case h.Number == bad.number-1: // the bad one's header is lost: it begins where this one's events leave the ledger's
			start = ledger.Head{Seq: h.First - 1, Hash: h.Prev}
			err = db.View(func(txn *badger.Txn) error {
				_, _, err := walkSegment(folder, &h, keys.data, nil, func(at ledger.Head, stored []byte) error {
					if known, err := get(txn, eventKey(at.Seq)); err != nil || known != nil && !bytes.Equal(known, stored) {
						return errors.Join(err, errOtherPast)
					}
					start = at
					return nil
				})
				return err
			})
			if err != nil && !errors.Is(err, errOtherPast) {
				return start, nil, damaged(fmt.Errorf("%w; and so is the segment before: %w", bad, err))
			}
			err = nil
		}
	}
	return start, next, err
}

var errOtherPast = errors.New("the ledger has another event here")

// salvage gives every event of a segment's frames that still open, wherever they stand.
func salvage(path string, data dataKey) (map[uint64][]byte, error) {
	found := map[uint64][]byte{}
	content, err := os.ReadFile(path)
	if err != nil {
		return found, err
	}
	h, err := decodeHeader(content, data)
	if err != nil {
		return found, nil
	}
	seal, rest := h.sealer(data), content[headerBytes:]
	for len(rest) > frameHead {
		body, count, size := anyFrame(rest, seal)
		if size == 0 {
			rest = rest[1:]
			continue
		}
		first := firstOf(rest)
		_ = eachRecord(body, count, func(stored []byte) error {
			found[first] = bytes.Clone(stored)
			first++
			return nil
		})
		rest = rest[size:]
	}
	return found, nil
}

// lastOf is the last event that either copy is known to have had.
func lastOf(found map[uint64][]byte, db *badger.DB) (last uint64) {
	for seq := range found {
		last = max(last, seq)
	}
	_ = db.View(func(txn *badger.Txn) error {
		head, err := headOf(txn)
		last = max(last, head.Seq)
		return err
	})
	return last
}

// extendJournal appends to the journal what Badger has and the journal has lost: its end was cut off.
func extendJournal(j *journal, db *badger.DB, head ledger.Head, say func(ledger.Maintained) error) error {
	from, chain := j.head.Seq+1, ledger.VerifierAt(j.head)
	err := say(ledger.Maintained{File: journalFolder, From: from, To: head.Seq, What: "its end was missing"})
	if err != nil {
		return err
	}
	ledger.Failpoint("repair: end to be appended")
	err = db.View(func(txn *badger.Txn) error {
		return walk(txn, from, func(_ uint64, stored []byte) error {
			if err := chain.Link(stored); err != nil {
				return damaged(fmt.Errorf("the journal ends at event %d, and the ledger behind it does not follow: %w", from-1, err))
			}
			return j.append(chain.Head().Seq, [][]byte{stored})
		})
	})
	if err == nil {
		err = j.closeSegment()
	}
	if err != nil {
		return err
	}
	if j.head != head {
		return damaged(fmt.Errorf("the journal lost its end at event %d, and the ledger's record of its end does not fit", from))
	}
	return nil
}

// refill applies the journal to Badger from event hole on. The rows before it are folded, not written.
func refill(db *badger.DB, keys *folderKeys, j *journal, hole uint64, progress func(done, all uint64)) error {
	state := ledger.NewState()
	err := db.View(func(txn *badger.Txn) error {
		at, data, err := keys.snapshotIn(txn)
		if err != nil || data == nil || at.Seq >= hole {
			return err
		}
		if restored, err := ledger.RestoreState(data); err == nil && restored.Head == at {
			state = restored
		}
		return nil
	})
	if err != nil {
		return err
	}
	var p prepared
	flush := func() error {
		if len(p.writes) == 0 {
			return nil
		}
		if !roomFor(filepath.Dir(j.folder)) {
			return ledger.Refuse(ledger.ReasonDiskFull)
		}
		err := apply(db, []prepared{p})
		p = prepared{}
		progress(state.Head.Seq, j.head.Seq)
		return err
	}
	began := state.Head
	err = j.read(began.Seq+1, func(at ledger.Head, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		if err != nil {
			return damaged(&ledger.BadLink{Seq: at.Seq, What: err.Error()})
		}
		changed, err := state.Apply(&event, at.Hash)
		if err != nil {
			return damaged(&ledger.BadLink{Seq: at.Seq, What: err.Error()})
		}
		if at.Seq < hole {
			return nil
		}
		p.head = state.Head
		p.set(eventKey(at.Seq), bytes.Clone(stored))
		var batch ledger.Batch
		batch.Note(&event)
		p.statements(&batch)
		for _, sale := range changed {
			p.sale(sale)
			if totals := state.Totals(); sale.Counts(state.Day) && totals != nil {
				p.set(totalsKey(state.Day), ledger.EncodeTotals(totals))
			}
		}
		if p.bytes > batchBytes/2 || len(p.writes) > batchKeys/2 {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// Mend brings a data folder's two copies together, all of them and not only what an opening looks at: each segment of the
// journal is walked, and mended from the ledger; if anything in the ledger is not what the journal says, the ledger is
// rebuilt. It gives what was mended. Verify is its dry run.
//
// Errors are those of Open. What both copies have lost at the same place is ReasonLedgerDamaged, and is left as it is.
func Mend(dir string, cfg Config) ([]ledger.Maintained, error) {
	before, err := Verify(dir)
	if err != nil {
		return nil, err
	}
	noted, err := readMaintained(dir)
	if err != nil {
		return nil, err
	}
	s, err := Open(dir, cfg)
	if err != nil {
		return nil, err
	}
	work, err := s.mend(before, cfg)
	return work[len(noted):], errors.Join(err, s.Close())
}

// TryMend is Mend on a copy of the folder, which needs as much room in the temporary folder: it says what Mend would do, and
// changes nothing.
func TryMend(dir string, cfg Config) (work []ledger.Maintained, err error) {
	if !Holds(dir) {
		return nil, fmt.Errorf("%s holds no ledger: %w", dir, fs.ErrNotExist)
	}
	lock, err := shareFolder(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	temp, err := os.MkdirTemp("", "guitai-repair-")
	if err != nil {
		return nil, fmt.Errorf("making room for a copy: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if err := copyLedger(dir, temp); err != nil {
		return nil, err
	}
	return Mend(temp, cfg)
}

func (s *Store) mend(before Report, cfg Config) ([]ledger.Maintained, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Progress == nil {
		cfg.Progress = func(uint64, uint64) {}
	}
	o := opening{Config: cfg, dir: s.dir, keys: &s.keys, journal: s.journal, db: s.db, done: s.maintained}
	for range len(s.journal.headers) + 1 {
		err := s.journal.read(1, func(ledger.Head, []byte) error { return nil })
		var bad *badSegment
		if !errors.As(err, &bad) {
			if err != nil {
				return o.done, err
			}
			break
		}
		if err := repairJournal(s.dir, &s.keys, bad, s.db, cfg.Log, o.say, cfg.Backup); err != nil {
			return o.done, err
		}
		if s.journal.headers, err = readHeaders(s.journal.folder, s.keys.data); err != nil {
			return o.done, err
		}
	}
	rebuilt := slices.ContainsFunc(o.done, func(r ledger.Maintained) bool { return r.File == ledgerFolder && r.From == 1 })
	if rebuilt || before.Differences == 0 && before.Unreadable == "" {
		return o.done, nil
	}
	if err := s.behind.close(); err != nil {
		return o.done, err
	}
	err := o.rebuild(errors.New(before.First + before.Unreadable))
	if err != nil { // nothing of it is open any more
		s.shut = err
		return o.done, err
	}
	s.db, s.behind = o.db, newBehind(o.db, o.journal.head, func() bool { return roomFor(s.dir) })
	return o.done, err
}
