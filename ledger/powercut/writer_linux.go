package powercut

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// Shapes of a writer's batches.
const (
	shapeMixed  = "mixed"  // single events, groups, large groups, snapshots, and now and then a new opening
	shapeHeavy  = "heavy"  // the same without new openings, of twenty times the bytes: Badger fills memtables
	shapeSmall  = "small"  // one short event each
	shapeLong   = "long"   // one event each, a quarter of them of 3 KB
	shapeGroups = "groups" // 1, 2, 3 ... events
)

// writer appends as fast as it can and says so.
type writer struct {
	job
	rng     *rand.Rand
	store   store
	pen     *ledgertest.Pen
	waiting []ledgertest.Entry // of payments that are begun
	answers *bufio.Reader
	known   uint64 // events that have been said to be acknowledged
}

func newWriter(j job) *writer {
	return &writer{job: j, rng: rand.New(rand.NewPCG(j.Seed, 0)), answers: lineReader(os.Stdin)}
}

func (w *writer) run() error {
	state, err := w.open()
	if err != nil {
		return err
	}
	w.pen = ledgertest.NewPen(w.Day)
	w.pen.State = state
	for n := range w.Count {
		if n > 0 && w.Shape == shapeMixed && w.rng.IntN(60) == 0 {
			if err := w.store.close(); err != nil {
				return fmt.Errorf("closing: %w", err)
			}
			if _, err := w.open(); err != nil {
				return err
			}
		}
		if w.Shape == shapeMixed && w.rng.IntN(5) == 0 || w.Shape == shapeHeavy && w.rng.IntN(2) == 0 {
			if err := w.stir(); err != nil {
				return err
			}
		}
		batch := w.batch(n)
		if err := w.say(wordTry, batch.First, hashesOf(batch)...); err != nil {
			return err
		}
		if err := w.store.append(batch); err != nil {
			return w.refused(batch, err)
		}
		if err := w.say(wordAck, batch.First, hashesOf(batch)...); err != nil {
			return err
		}
		w.known += uint64(len(batch.Records))
	}
	return w.store.close()
}

// open opens the store and says what it shows that had not been said.
func (w *writer) open() (state *ledger.State, err error) {
	if err := w.say(wordOpen, 0); err != nil {
		return nil, err
	}
	if w.store, err = openStore(w.Store, w.Dir); err != nil {
		return nil, fmt.Errorf("opening: %w", err)
	}
	found, state, err := readAll(w.store)
	if err != nil {
		return nil, err
	}
	for ; w.known < uint64(len(found)); w.known++ {
		if err := w.say(wordAck, w.known+1, found[w.known+1]); err != nil {
			return nil, err
		}
	}
	return state, w.say(wordOpened, uint64(len(found)))
}

// stir has the kernel write part of one of Badger's files, or all of it and flush, as it does by itself when a till has run
// for half a minute: a cut then finds logs of which the middle is there and the beginning is not.
func (w *writer) stir() error {
	pattern := [...]string{"*", "*.mem", "*.mem"}[w.rng.IntN(3)]
	files, err := filepath.Glob(filepath.Join(w.Dir, "till/ledger", pattern))
	if err != nil || len(files) == 0 {
		return err
	}
	file, err := os.Open(files[w.rng.IntN(len(files))])
	if errors.Is(err, fs.ErrNotExist) {
		return nil // Badger has removed it
	}
	if err != nil {
		return err
	}
	if w.rng.IntN(5) == 0 {
		return errors.Join(file.Sync(), file.Close())
	}
	const write = 2 // SYNC_FILE_RANGE_WRITE
	off, length := w.rng.Int64N(1<<(16+w.rng.IntN(7))), int64(1)<<(14+w.rng.IntN(6))
	return errors.Join(syscall.SyncFileRange(int(file.Fd()), off, length, write), file.Close())
}

// refused tries on after a refusal. Nothing may be taken any more, and what is taken is said, to be found out.
func (w *writer) refused(batch ledger.Batch, cause error) error {
	if err := w.say(wordRefuse, batch.First); err != nil {
		return err
	}
	for range 50 {
		if w.store.append(batch) == nil {
			if err := w.say(wordAck, batch.First, hashesOf(batch)...); err != nil {
				return err
			}
		}
		one := w.pen.Write(quit{}, w.pen.Opening())
		if w.store.append(one) == nil {
			if err := w.say(wordAck, one.First, hashesOf(one)...); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("refused: %w", cause) // and not closed: a till would end here, too
}

func (w *writer) say(word string, seq uint64, hashes ...ledger.Hash) error {
	line := fmt.Sprintf("%s %d", word, seq)
	for _, hash := range hashes {
		line += " " + hex.EncodeToString(hash[:])
	}
	if _, err := fmt.Println(line); err != nil {
		return err
	}
	_, err := w.answers.ReadByte()
	return err
}

func hashesOf(batch ledger.Batch) (hashes []ledger.Hash) {
	for _, stored := range batch.Records {
		hashes = append(hashes, sha256.Sum256(stored))
	}
	return hashes
}

// batch makes the nth batch.
func (w *writer) batch(n int) ledger.Batch {
	switch w.Shape {
	case shapeSmall:
		return w.pen.Write(quit{}, w.pen.Opening())
	case shapeLong:
		return w.take(1, 3000)
	case shapeGroups:
		return w.take(1+n, 0)
	}
	var batch ledger.Batch
	switch dice := w.rng.IntN(40); {
	case dice == 0 || w.Shape == shapeHeavy && dice < 6:
		batch = w.take(20+w.rng.IntN(20), 30_000) // some twenty of these fill a memtable
	case dice < 12:
		batch = w.take(2+w.rng.IntN(10), 100)
	default:
		batch = w.take(1, w.rng.IntN(600))
	}
	if w.rng.IntN(20) == 0 {
		batch.Snapshot = w.pen.State.Snapshot()
	}
	return batch
}

// take makes a batch of the next events of payments, whose answers have so many words.
func (w *writer) take(count, words int) ledger.Batch {
	w.pen.Words = words
	for len(w.waiting) < count {
		_, _, payment := w.pen.Payment()
		w.waiting = append(w.waiting, payment...)
	}
	some := w.waiting[:count]
	w.waiting = w.waiting[count:]
	return w.pen.Write(quit{}, some...)
}

// heard is a line that a writer has said.
type heard struct {
	word   string
	seq    uint64
	hashes []ledger.Hash
}

func hear(line string) (h heard, err error) {
	field := strings.Fields(line)
	if len(field) < 2 {
		return h, fmt.Errorf("not a word: %q", line)
	}
	h.word = field[0]
	if _, err := fmt.Sscan(field[1], &h.seq); err != nil {
		return h, err
	}
	for _, text := range field[2:] {
		var hash ledger.Hash
		if _, err := hex.Decode(hash[:], []byte(text)); err != nil {
			return h, err
		}
		h.hashes = append(h.hashes, hash)
	}
	return h, nil
}
