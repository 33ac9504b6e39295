package disk

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"guitai/ledger"
)

// OutsideReport is what the heads outside say about a ledger.
type OutsideReport struct {
	Good    int        // checkpoints that the ledger agrees with
	Newest  Checkpoint // the newest of them
	Unknown int        // checkpoints about events behind the first damage
	Since   uint64     // events after it: an end cut off within them would not be noticed
	Against []string   // what the ledger cannot have forgotten by itself: it was cut, rolled back or rewritten
	Excused []string   // what a new epoch has given up, as its event says
	Useless []string   // files that cannot be read, or were signed by somebody else: they prove nothing
}

// witness compares checkpoints with the ledger while it is walked.
type witness struct {
	heads  []Checkpoint
	wanted map[uint64]bool
	found  map[uint64]ledger.Hash
	epochs []begunEpoch
	report OutsideReport
}

type begunEpoch struct {
	seq   uint64
	epoch uint32
	body  ledger.EpochBegun
}

// newWitness reads the checkpoints in files, and in folders all files of them.
func newWitness(keys *folderKeys, paths []string) *witness {
	w := &witness{wanted: map[uint64]bool{}, found: map[uint64]ledger.Hash{}}
	signer, seen := keys.headSigner(), map[Checkpoint]bool{}
	for _, path := range w.files(paths, signer.Name()) {
		content, err := os.ReadFile(path)
		if err != nil {
			w.useless(path, err)
			continue
		}
		notes := splitNotes(content)
		if len(notes) == 0 {
			w.useless(path, errors.New("it is empty"))
		}
		for _, signed := range notes {
			c, err := readCheckpoint(signed, signer)
			if err != nil {
				w.useless(path, err)
				continue
			}
			if !seen[c] { // the newest stands in its day's file, too
				seen[c] = true
				w.heads, w.wanted[c.Head.Seq] = append(w.heads, c), true
			}
		}
	}
	return w
}

// take adds what another witness of the same heads has seen behind this one.
func (w *witness) take(other *witness) {
	maps.Copy(w.found, other.found)
	w.epochs = append(w.epochs, other.epochs...)
}

func (w *witness) useless(path string, err error) {
	w.report.Useless = append(w.report.Useless, fmt.Sprintf("%s: %v", path, err))
}

func (w *witness) files(paths []string, signer string) (files []string) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			files = append(files, path)
			continue
		}
		id := strings.TrimPrefix(signer, originPrefix) // other tills keep theirs there, too
		found, _ := filepath.Glob(filepath.Join(path, "*-"+id[:8]+"*.checkpoint*"))
		files = append(files, found...)
	}
	return files
}

// see takes an event of the walk.
func (w *witness) see(at ledger.Head, stored []byte) {
	if w.wanted[at.Seq] {
		w.found[at.Seq] = at.Hash
	}
	if len(w.heads) == 0 {
		return
	}
	if event, err := ledger.DecodeEvent(stored); err == nil {
		if body, begins := event.Body.(*ledger.EpochBegun); begins {
			w.epochs = append(w.epochs, begunEpoch{at.Seq, event.Epoch, *body})
		}
	}
}

// judge compares, once the walk has come to its end. A walk that damage has ended says nothing about what lies behind it.
func (w *witness) judge(end uint64, damaged bool) OutsideReport {
	slices.SortStableFunc(w.heads, func(a, b Checkpoint) int { return a.At.Compare(b.At) })
	for _, c := range w.heads {
		switch hash, known := w.found[c.Head.Seq]; {
		case known && hash == c.Head.Hash:
			w.report.Good++
			if c.Head.Seq >= w.report.Newest.Head.Seq {
				w.report.Newest = c
			}
		case !known && damaged && c.Head.Seq > end:
			w.report.Unknown++
		case w.givenUp(c):
			w.report.Excused = append(w.report.Excused, disagreement(c, known, end))
		default:
			w.report.Against = append(w.report.Against, disagreement(c, known, end))
		}
	}
	if w.report.Good > 0 {
		w.report.Since = end - w.report.Newest.Head.Seq
	}
	return w.report
}

// givenUp tells whether a later epoch was begun in the knowledge of this head: what it had is lost, and somebody has said so.
func (w *witness) givenUp(c Checkpoint) bool {
	return slices.ContainsFunc(w.epochs, func(e begunEpoch) bool {
		return e.epoch > c.Epoch && (c.Head == e.body.Outside || e.seq <= c.Head.Seq && c.Head.Seq <= e.body.Outside.Seq)
	})
}

func disagreement(c Checkpoint, known bool, end uint64) string {
	what := "the ledger has another event there"
	if !known {
		what = fmt.Sprintf("the ledger ends at event %d", end)
	}
	return fmt.Sprintf("checkpoint of %s: event %d was %s; %s", c.At.Format(time.RFC3339), c.Head.Seq, c.Head.Hash, what)
}
