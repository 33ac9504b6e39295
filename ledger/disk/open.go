package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// Config is what a Store needs beside its folder.
type Config struct {
	Log *slog.Logger // Badger's words and what the opening had to do; nil keeps them to itself
	// Progress is told how many of how many events have been applied, while an opening has to make up for many. Nil: nobody.
	Progress func(done, all uint64)
	// Backup is a backup of this ledger, from which events are taken that both copies have lost. Empty: none.
	Backup string
	// Quick is for the till: after a tidy end the tables are read behind the first screen. Whoever sets it calls CheckRest at
	// once; until that has read them, questions about sales wait.
	Quick bool
}

const (
	ledgerFolder = "ledger"
	cleanMark    = "ledger.clean"
	openTries    = 16 // each failed try of the known transient error heals one file
)

// Open takes the folder and opens the ledger in it; the first time it makes both. The ritual, in this order: lock; make
// keys durable before there is a ledger, and every name durable in its folder; read the journal's headers and walk its
// last segment to the journal's end; move Badger's empty logs and unlisted tables aside, verify its tables, open it, again
// while the known transient error comes; compare both ends; mend what one copy lacks from the other.
//
// Errors: ReasonDiskInUse when another process has the folder (named by its number), ReasonLedgerDamaged when both copies
// are damaged at the same place, ReasonNoKey when a key is missing, wrong or readable by others, ReasonReadOnlyDisk and
// ReasonDiskFull, and any other error when the ledger cannot be reached: a later schema, a folder that is forbidden.
func Open(dir string, cfg Config) (*Store, error) {
	s, err := open(dir, cfg)
	switch {
	case err == nil || ledger.ReasonOf(err) != "":
		return s, err
	case fromDisk(err, syscall.EROFS):
		return nil, ledger.RefuseBecause(ledger.ReasonReadOnlyDisk, err)
	case fromDisk(err, syscall.ENOSPC):
		return nil, ledger.RefuseBecause(ledger.ReasonDiskFull, err)
	}
	return nil, err
}

// fromDisk tells whether an error comes from the disk's state. Badger keeps only the text of most causes.
func fromDisk(err error, cause syscall.Errno) bool {
	return errors.Is(err, cause) || strings.Contains(err.Error(), cause.Error())
}

func open(dir string, cfg Config) (*Store, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Progress == nil {
		cfg.Progress = func(uint64, uint64) {}
	}
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	if !roomFor(dir) { // opening Badger writes, too
		return nil, errors.Join(ledger.Refuse(ledger.ReasonDiskFull), lock.release())
	}
	how := openLocked
	if marked(dir) {
		how = mendMarked
	}
	s, err := how(dir, cfg)
	if err != nil {
		return nil, errors.Join(err, lock.release())
	}
	s.lock = lock
	if s.copied, err = elsewhere(dir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func openLocked(dir string, cfg Config) (*Store, error) {
	if !Holds(dir) {
		if _, err := os.Stat(filepath.Join(dir, placeName)); err == nil {
			return nil, damaged(errors.New("the journal and the ledger behind it are both gone, and there was a ledger in this folder"))
		}
		if err := begin(dir, cfg.Log); err != nil {
			return nil, fmt.Errorf("beginning a ledger: %w", err)
		}
	}
	keys, err := readKeys(dir)
	if err == nil {
		err = finishRekey(dir, &keys)
	}
	if err != nil {
		return nil, err
	}
	o := opening{dir: dir, keys: &keys, Config: cfg}
	if o.done, err = readMaintained(dir); err != nil {
		return nil, err
	}
	if err = o.takeMark(); err == nil {
		ledger.Failpoint("open: mark taken")
		err = o.run()
		ledger.Failpoint("open: copies agree")
	}
	if err == nil && !o.quick { // else CheckRest does it, when it has read the tables
		err = markOpen(dir)
	}
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	store := &Store{
		dir: dir, cfg: cfg, db: o.db, behind: newBehind(o.db, o.journal.head, func() bool { return roomFor(dir) }), journal: o.journal,
		keys: keys, maintained: o.done, read: make(chan struct{}),
	}
	if !o.quick {
		close(store.read)
	}
	return store, nil
}

// begin makes the keys and an empty ledger. Badger's folder gets its name last, so a folder of that name is never merely
// unfinished.
func begin(dir string, log *slog.Logger) error {
	if err := makeKeys(dir); err != nil {
		return err
	}
	ledger.Failpoint("begin: keys made")
	keys, err := readKeys(dir)
	if err != nil {
		return err
	}
	return emptyLedger(dir, &keys, log)
}

// emptyLedger makes a Badger ledger without events.
func emptyLedger(dir string, keys *folderKeys, log *slog.Logger) error {
	unfinished := filepath.Join(dir, ledgerFolder+".new")
	if err := os.RemoveAll(unfinished); err != nil { // of a beginning that power or a kill cut short
		return err
	}
	db, err := openBadger(unfinished, keys.badger(), log, false)
	if err != nil {
		return err
	}
	err = db.Update(func(txn *badger.Txn) error {
		if err := txn.Set([]byte(keySchema), []byte{schemaVersion}); err != nil {
			return err
		}
		return txn.Set([]byte(keyHead), encodeHead(ledger.Head{}))
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	ledger.Failpoint("begin: ledger made")
	if err := os.Rename(unfinished, filepath.Join(dir, ledgerFolder)); err != nil {
		return err
	}
	ledger.Failpoint("begin: ledger named")
	return syncFolder(dir)
}

// opening brings the two copies together.
type opening struct {
	Config
	dir     string
	keys    *folderKeys
	mark    []byte // of the end before; read and taken away before anything is opened
	quick   bool   // tables were not read whole
	journal *journal
	db      *badger.DB
	done    []ledger.Maintained
}

// say notes a repair, durably.
func (o *opening) say(r ledger.Maintained) error {
	r.Work, r.What = ledger.WorkRepair, line("%s", r.What)
	o.Log.Warn("the ledger was mended", "file", r.File, "from", r.From, "to", r.To, "what", r.What)
	o.done = append(o.done, r)
	return keepMaintained(o.dir, r)
}

func (o *opening) close() error {
	if o.db == nil {
		return nil
	}
	return o.db.Close()
}

// run tries until nothing of the journal is left to mend.
func (o *opening) run() error {
	files, err := segmentFiles(filepath.Join(o.dir, journalFolder))
	if err != nil {
		return err
	}
	for range highest(files) + 2 {
		err = o.once()
		var bad *badSegment
		if !errors.As(err, &bad) || ledger.ReasonOf(err) != "" {
			return err
		}
		if err := repairJournal(o.dir, o.keys, bad, o.db, o.Log, o.say, o.Backup); err != nil {
			return err
		}
	}
	return damaged(err)
}

// highest is the number of the last segment there is: those before it that are missing are mended one by one.
func highest(files []string) (number int) {
	if len(files) > 0 {
		_, _ = fmt.Sscanf(filepath.Base(files[len(files)-1]), "%d", &number)
	}
	return number
}

// once opens both copies and lets them agree. A *badSegment is what can be mended from Badger, which is open then.
func (o *opening) once() error {
	journal, journalErr := openJournal(o.dir, o.keys, o.Log)
	var bad *badSegment
	if journalErr != nil && !errors.As(journalErr, &bad) {
		return journalErr
	}
	head, ledgerErr := o.openLedger()
	switch {
	case ledgerErr != nil && ledger.ReasonOf(ledgerErr) != ledger.ReasonLedgerDamaged:
		return ledgerErr
	case bad != nil && ledgerErr != nil:
		return damaged(errors.Join(bad, ledgerErr))
	case bad != nil:
		return bad
	}
	o.journal = journal
	if err := o.keepDataKey(); err != nil {
		return err
	}
	if ledgerErr != nil {
		return bothBad(o.rebuild(ledgerErr))
	}
	return o.agree(head)
}

// bothBad: while Badger is being rebuilt there is nothing to mend the journal from.
func bothBad(err error) error {
	var bad *badSegment
	if errors.As(err, &bad) {
		return damaged(fmt.Errorf("%w; and the ledger behind it is damaged, too", err))
	}
	return err
}

// keepDataKey writes the data key's file anew when it was lost or damaged and the journal had it.
func (o *opening) keepDataKey() error {
	path := filepath.Join(o.dir, dataKeyName)
	if kept, err := os.ReadFile(path); err == nil && bytes.Equal(kept, o.keys.wrapped[:]) {
		return nil
	}
	if err := o.say(ledger.Maintained{File: dataKeyName, What: "it was missing or damaged"}); err != nil {
		return err
	}
	if err := errors.Join(writeWhole(path, o.keys.wrapped[:]), syncFolder(o.dir)); err != nil {
		return fmt.Errorf("keeping the data key: %w", err)
	}
	return nil
}

// openLedger opens Badger and looks at what the till will work on. A ledger that is not there, though the journal is, is
// damage like any other.
func (o *opening) openLedger() (head ledger.Head, err error) {
	if o.db != nil { // it is open since the try before
		return firstLook(o.db, o.keys)
	}
	folder := filepath.Join(o.dir, ledgerFolder)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return head, damaged(errors.New("the ledger's folder is missing"))
	}
	o.quick = o.Quick && o.wasClosed() && mayOpenQuickly(badgerOptions(folder, o.keys.badger(), o.Log))
	if o.db, err = openBadger(folder, o.keys.badger(), o.Log, o.quick); err != nil {
		return head, err
	}
	if head, err = firstLook(o.db, o.keys); err == nil || !o.quick {
		return head, err
	}
	// What was read may be a broken block: it is judged once the tables have been checked.
	if err := o.close(); err != nil {
		o.Log.Warn("closing a ledger whose tables were not checked", "cause", err)
	}
	o.quick = false
	if o.db, err = openBadger(folder, o.keys.badger(), o.Log, false); err != nil {
		return head, err
	}
	return firstLook(o.db, o.keys)
}

// agree compares the ends of both copies and gives Badger what it lacks. Badger can be behind the journal, or, after a
// power cut, miss something before its end. It is never ahead, unless the journal has lost its end.
func (o *opening) agree(head ledger.Head) error {
	if head.Seq > o.journal.head.Seq {
		return extendJournal(o.journal, o.db, head, o.say)
	}
	hole := head.Seq + 1
	if !o.closedClean(head) {
		first, err := o.firstDifference(head)
		if err != nil {
			return err
		}
		hole = min(hole, first)
	}
	if hole > o.journal.head.Seq {
		if head != o.journal.head {
			return bothBad(o.rebuild(fmt.Errorf("the ledger's record of its end is not event %d of the journal", head.Seq)))
		}
		return nil
	}
	return o.refill(hole)
}

// refill applies the journal from hole on. What stands behind a hole is written again, the same or right.
func (o *opening) refill(hole uint64) error {
	if err := refill(o.db, o.keys, o.journal, hole, o.Progress); err != nil {
		return err
	}
	ledger.Failpoint("open: ledger refilled")
	head, err := firstLook(o.db, o.keys)
	if err == nil && head != o.journal.head {
		err = damaged(fmt.Errorf("the ledger ends at event %d after the journal's %d were applied", head.Seq, o.journal.head.Seq))
	}
	return err
}

// rebuild moves Badger's files aside and applies the whole journal to an empty ledger.
func (o *opening) rebuild(cause error) error {
	if err := o.close(); err != nil {
		o.Log.Warn("closing the damaged ledger", "cause", err)
	}
	o.db = nil
	if err := roomToRebuild(o.dir); err != nil {
		return err
	}
	if err := o.say(ledger.Maintained{File: ledgerFolder, From: 1, To: o.journal.head.Seq, What: insideOf(cause).Error()}); err != nil {
		return err
	}
	folder := filepath.Join(o.dir, ledgerFolder)
	onlyNewestAside(o.dir)
	ledger.Failpoint("rebuild: noted")
	if err := moveAside(folder, o.dir, o.Log); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ledger.Failpoint("rebuild: ledger aside")
	err := emptyLedger(o.dir, o.keys, o.Log)
	if err == nil {
		o.quick = false
		o.db, err = openBadger(folder, o.keys.badger(), o.Log, false)
	}
	if err != nil {
		return err
	}
	if o.journal.head.Seq == 0 {
		return nil
	}
	return o.refill(1)
}

// insideOf is what a refusal wraps: its own words are for a cashier.
func insideOf(err error) error {
	var refusal *ledger.Refusal
	if errors.As(err, &refusal) && refusal.Unwrap() != nil {
		return refusal.Unwrap()
	}
	return err
}

// unflushed bounds, in bytes of events, what Badger may have had in memory alone: two full memtables and the one that is written.
const unflushed = 24 << 20

// firstDifference compares the last events of Badger, as many as a power cut can have taken, with the journal's.
func (o *opening) firstDifference(head ledger.Head) (first uint64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged(errors.New(line("badger panicked: %v", p)))
		}
	}()
	err = o.db.View(func(txn *badger.Txn) error {
		from, err := lastBytes(txn, head.Seq, unflushed)
		if err != nil {
			return err
		}
		archived, err := archivedIn(txn)
		if err != nil {
			return err
		}
		from = max(from, archived+1)
		first = head.Seq + 1
		events := newCursor(txn, from)
		defer events.close()
		err = o.journal.read(from, func(at ledger.Head, stored []byte) error {
			if at.Seq > head.Seq {
				return errEnough
			}
			known, err := events.has(at.Seq, stored)
			if err == nil && known != sameEvent {
				first, err = at.Seq, errEnough
			}
			return err
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		return err
	})
	if err == nil && first <= head.Seq {
		err = o.say(ledger.Maintained{File: ledgerFolder, From: first, To: head.Seq, What: "events were missing before its end"})
	}
	return first, err
}

var errEnough = errors.New("enough")

// lastBytes gives the sequence number from which on the events up to last take so many bytes. It goes on behind events that are
// missing: a power cut can take any memtable, and leave the one before it.
func lastBytes(txn *badger.Txn, last uint64, most int64) (from uint64, err error) {
	opts := badger.DefaultIteratorOptions
	opts.PrefetchValues, opts.Reverse = false, true
	opts.Prefix = []byte(prefixEvent)
	it := txn.NewIterator(opts)
	defer it.Close()
	from = last + 1
	for it.Seek(eventKey(last)); it.Valid() && most > 0 && from > 1; it.Next() {
		seq, ok := seqOf(it.Item().Key())
		if !ok {
			break
		}
		from, most = seq, most-it.Item().ValueSize()
	}
	return max(1, from-1), nil
}

// makeFolder makes a folder, if need be, and its name durable.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	return syncFolder(filepath.Dir(filepath.Clean(dir)))
}

// firstLook checks what the till is about to work on: the schema, and the chain from the snapshot to the head.
// A panic of Badger's on a broken block is damage.
func firstLook(db *badger.DB, keys *folderKeys) (head ledger.Head, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged(errors.New(line("badger panicked: %v", p)))
		}
	}()
	err = db.View(func(txn *badger.Txn) error {
		if err := checkSchema(txn); err != nil {
			return err
		}
		at, _, err := keys.snapshotIn(txn)
		if err != nil {
			return err
		}
		if head, err = headOf(txn); err != nil {
			return err
		}
		return checkTail(txn, at, head)
	})
	return head, err
}

func checkSchema(txn *badger.Txn) error {
	value, err := get(txn, []byte(keySchema))
	switch {
	case err != nil:
		return err
	case len(value) != 1:
		return damaged(errors.New("the record of the ledger's schema is missing: Badger has lost its tables or its log"))
	case value[0] < schemaVersion:
		return damaged(fmt.Errorf("its rows are of the earlier schema %d", value[0])) // the journal makes them anew
	case value[0] != schemaVersion:
		return fmt.Errorf("the ledger has schema %d, this program knows %d: use the version that wrote it", value[0], schemaVersion)
	}
	return nil
}

func checkTail(txn *badger.Txn, at, head ledger.Head) error {
	chain := ledger.VerifierAt(at)
	err := walk(txn, at.Seq+1, func(_ uint64, stored []byte) error {
		if err := chain.Link(stored); err != nil {
			return damaged(err)
		}
		return nil
	})
	if err == nil && chain.Head() != head {
		err = damaged(&ledger.BadLink{Seq: head.Seq, What: fmt.Sprintf("the ledger's end is %s here and %s in its record",
			chain.Head().Hash, head.Hash)})
	}
	return err
}

// Holds tells whether a data folder has a ledger in it. Open makes one where there is none; who only wants to look asks
// first.
func Holds(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, ledgerFolder))
	if errors.Is(err, syscall.ENOTDIR) {
		return false
	}
	if !errors.Is(err, fs.ErrNotExist) { // it is there, or nobody can tell
		return true
	}
	files, err := segmentFiles(filepath.Join(dir, journalFolder))
	return err != nil || len(files) > 0
}
