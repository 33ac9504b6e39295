package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// Report is what Verify found.
type Report struct {
	Events      uint64          // good events of the journal from the first on
	Head        ledger.Head     // the last of them
	BadLink     *ledger.BadLink // the first event of the journal that does not hold, or nil; nothing after it was compared
	File        string          // the journal's file in which that is
	Segments    int             // of the journal
	Archived    uint64          // the last event that stands in the journal alone, and in backups
	Behind      uint64          // events that the ledger has not been given yet: the next opening does it; no damage
	Unreadable  string          // why the ledger's files cannot even be opened; empty when they can
	Sales       int             // sales folded from the events
	Differences int             // events, rows, order entries and snapshots of the ledger that are not what the journal says
	First       string          // the first of them
	Key         string          // the public key of this ledger's checkpoints
	Outside     OutsideReport

	witness *witness
}

// Damaged reports whether anything is wrong.
func (r Report) Damaged() bool {
	return r.BadLink != nil || r.Unreadable != "" || r.Differences > 0 || len(r.Outside.Against) > 0
}

func (r *Report) differ(format string, args ...any) {
	r.Differences++
	if r.First == "" {
		r.First = fmt.Sprintf(format, args...)
	}
}

// Verify walks both copies of a data folder: every frame of the journal with every event's number and link; then the
// ledger's events against the journal's, and every row, every order entry and the snapshot against a fresh fold. It
// changes nothing in the folder: Badger cuts and removes files even when it opens only to read, so it is given a copy,
// which needs as much room in the temporary folder.
//
// outside names files of checkpoints, and folders that hold some: each is compared with the event it is about.
//
// An error means that nothing could be verified: the folder is in use (ReasonDiskInUse), holds no ledger, or a key is
// missing or wrong. Damage is no error; the report names it.
func Verify(dir string, outside ...string) (Report, error) {
	if !Holds(dir) {
		return Report{}, fmt.Errorf("%s holds no ledger: %w", dir, fs.ErrNotExist)
	}
	lock, err := shareFolder(dir)
	if err != nil {
		return Report{}, err
	}
	report, err := verifyLocked(dir, outside)
	return report, errors.Join(err, lock.release())
}

func verifyLocked(dir string, outside []string) (report Report, err error) {
	keys, err := readKeys(dir)
	if err != nil {
		return report, err
	}
	report.Key, report.witness = keys.headSigner().vkey, newWitness(&keys, outside)
	defer func() { report.Outside = report.witness.judge(report.Events, report.BadLink != nil) }()
	temp, err := os.MkdirTemp("", "guitai-verify-")
	if err != nil {
		return report, fmt.Errorf("making room for a copy: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	folder, quiet := filepath.Join(temp, ledgerFolder), slog.New(slog.DiscardHandler)
	var db *badger.DB
	if err = copyFolder(filepath.Join(dir, ledgerFolder), folder); err == nil {
		db, err = openBadger(folder, keys.badger(), quiet, false)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		report.Unreadable = "the ledger's folder is missing"
	case ledger.ReasonOf(err) == ledger.ReasonLedgerDamaged:
		report.Unreadable = strings.ReplaceAll(err.Error(), temp, dir)
	case err != nil:
		return report, err
	}
	if db == nil {
		return report, verifyJournal(dir, &keys, &report, func(ledger.Head, []byte) error { return nil })
	}
	err = verifyDB(db, dir, &keys, &report)
	return report, errors.Join(err, db.Close())
}

// verifyJournal walks all segments and gives their events. Damage goes into the report.
func verifyJournal(dir string, keys *folderKeys, report *Report, each func(at ledger.Head, stored []byte) error) error {
	j := &journal{folder: filepath.Join(dir, journalFolder), keys: keys}
	var bad *badSegment
	var headerErr error
	if j.headers, headerErr = readHeaders(j.folder, keys.data); headerErr != nil && !errors.As(headerErr, &bad) {
		return headerErr
	}
	report.Segments = len(j.headers)
	err := j.read(1, func(at ledger.Head, stored []byte) error {
		report.Events, report.Head = at.Seq, at
		report.witness.see(at, stored)
		return each(at, stored)
	})
	if err == nil {
		err = headerErr
	}
	if errors.As(err, &bad) {
		report.File = filepath.Join(journalFolder, segmentName(bad.number))
		report.BadLink = &ledger.BadLink{Seq: report.Events + 1, What: bad.cause.Error()}
		return nil
	}
	return err
}

func verifyDB(db *badger.DB, dir string, keys *folderKeys, report *Report) (err error) {
	defer func() {
		if p := recover(); p != nil {
			report.Unreadable, err = line("badger panicked: %v", p), nil
		}
	}()
	return db.View(func(txn *badger.Txn) error {
		err := checkSchema(txn)
		if err == nil {
			err = verifyTxn(txn, dir, keys, report)
		}
		if ledger.ReasonOf(err) == ledger.ReasonLedgerDamaged {
			report.Unreadable = err.Error()
			return verifyJournal(dir, keys, report, func(ledger.Head, []byte) error { return nil })
		}
		return err
	})
}

// folded is what the events say about every sale: the day and the hash of its row as its last event left it. noted is what they say
// about statements: the hash of each entry.
type folded struct {
	sales map[ledger.SaleID]foldedRow
	noted map[string][sha256.Size]byte
}

type foldedRow struct {
	day ledger.Day
	sum [sha256.Size]byte
}

func verifyTxn(txn *badger.Txn, dir string, keys *folderKeys, report *Report) error {
	head, err := headOf(txn)
	if err != nil {
		return err
	}
	rows, err := refold(txn, dir, keys, report, head)
	if err != nil || report.BadLink != nil {
		return err
	}
	switch {
	case head.Seq > report.Head.Seq:
		report.BadLink = &ledger.BadLink{Seq: report.Head.Seq + 1, What: fmt.Sprintf("the journal ends here, the ledger has %d events", head.Seq)}
		report.File = journalFolder
		return nil
	case head.Seq == report.Head.Seq && head != report.Head:
		report.differ("the record of the ledger's end is %s, event %d is %s", head.Hash, head.Seq, report.Head.Hash)
	}
	report.Behind = report.Head.Seq - head.Seq
	report.Sales = len(rows.sales)
	entries, err := compareRows(txn, report, rows.sales)
	if err != nil {
		return err
	}
	if err := countBriefs(txn, report); err != nil {
		return err
	}
	if err := compareTotals(txn, report); err != nil {
		return err
	}
	if err := compareStatements(txn, report, rows.noted); err != nil {
		return err
	}
	return countIndex(txn, report, entries)
}

// refold verifies and folds the journal, compares each event with the ledger's as far as that goes, and the snapshot when
// the fold reaches its place.
func refold(txn *badger.Txn, dir string, keys *folderKeys, report *Report, head ledger.Head) (rows folded, err error) {
	rows = folded{map[ledger.SaleID]foldedRow{}, map[string][sha256.Size]byte{}}
	snapshotAt, snapshot, err := keys.snapshotIn(txn)
	if err != nil {
		return rows, err
	}
	if sealed, err := get(txn, []byte(keySnapshot)); err != nil || sealed != nil && snapshot == nil {
		report.differ("the snapshot is not one that this till has sealed")
	}
	if report.Archived, err = archivedIn(txn); err != nil {
		return rows, err
	}
	var missing bool
	state := ledger.NewState()
	events := newCursor(txn, 1)
	defer events.close()
	err = verifyJournal(dir, keys, report, func(at ledger.Head, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		if err != nil {
			return &badSegment{segmentOf(dir, keys, at.Seq), ledger.Head{}, err}
		}
		if at.Seq > head.Seq {
			return nil
		}
		changed, err := state.Apply(&event, at.Hash)
		if err != nil {
			return &badSegment{segmentOf(dir, keys, at.Seq), ledger.Head{}, err}
		}
		var batch ledger.Batch
		batch.Note(&event)
		var p prepared
		p.statements(&batch)
		for _, w := range p.writes {
			rows.noted[string(w.key)] = sha256.Sum256(w.value)
		}
		_, recalls := event.Body.(*ledger.SaleRecalled)
		for _, sale := range changed {
			row := foldedRow{sale.Day, sha256.Sum256(sale.Encode())}
			if recalls && rows.sales[sale.ID] != row {
				report.differ("event %d brings sale %s back otherwise than its events have left it", at.Seq, sale.ID)
			}
			rows.sales[sale.ID] = row
		}
		known := sameEvent
		if at.Seq > report.Archived {
			if known, err = events.has(at.Seq, stored); err != nil {
				return err
			}
		}
		if known != sameEvent {
			report.differ("event %d is %s in the ledger", at.Seq, known)
			missing = missing || known == missingEvent
		}
		if at.Seq == snapshotAt.Seq && snapshot != nil && string(state.Snapshot()) != string(snapshot) {
			report.differ("the snapshot at event %d is not the fold of the events before it", at.Seq)
		}
		return nil
	})
	if err == nil && !missing {
		err = countEvents(txn, report, head)
	}
	return rows, err
}

// countEvents finds entries that no append has written.
func countEvents(txn *badger.Txn, report *Report, head ledger.Head) error {
	it := rowIterator(txn, prefixEvent)
	defer it.Close()
	found := report.Archived
	for it.Seek(eventKey(report.Archived + 1)); it.Valid(); it.Next() { // what has not left yet, below it, does no harm
		found++
	}
	if found != head.Seq {
		report.differ("the ledger has %d entries for %d events", found-report.Archived, head.Seq-report.Archived)
	}
	return nil
}

// segmentOf is the number of the segment that has an event.
func segmentOf(dir string, keys *folderKeys, seq uint64) (number uint64) {
	headers, _ := readHeaders(filepath.Join(dir, journalFolder), keys.data)
	for i := range headers {
		if headers[i].First <= seq {
			number = headers[i].Number
		}
	}
	return number
}

// compareRows compares every stored row, and what leads to it, with the fold. It returns how many entries of the indexes there
// must be.
func compareRows(txn *badger.Txn, report *Report, rows map[ledger.SaleID]foldedRow) (entries int, err error) {
	it := rowIterator(txn, prefixRow)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		place := it.Item().KeyCopy(nil)[len(prefixRow):]
		day, id, ok := dayOfPlace(place)
		want, known := rows[id]
		if !ok || !known || want.day != day {
			report.differ("row %q: no event says that sale %q is on %s", place, id, day)
			continue
		}
		delete(rows, id)
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return 0, fmt.Errorf("reading the row of sale %s: %w", id, err)
		}
		if sha256.Sum256(value) != want.sum {
			report.differ("the row of sale %s on %s is not what its events say", id, day)
		}
		sale, err := ledger.DecodeSale(value)
		if err != nil { // its row is counted already
			continue
		}
		brief := ledger.RowOf(&sale)
		if known, err := get(txn, briefKey(day, id)); err != nil {
			return 0, err
		} else if !bytes.Equal(known, brief.Encode()) {
			report.differ("the short row of sale %s on %s is not what its events say", id, day)
		}
		for _, want := range indexOf(&sale) {
			entries++
			points, err := get(txn, want.key)
			if err != nil {
				return 0, err
			}
			if !bytes.Equal(points, want.value) {
				report.differ("the entry %q is not what the events of sale %s say", want.key, id)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		report.differ("the row of sale %s on %s is missing", id, rows[id].day)
	}
	return entries, nil
}

// countBriefs finds short rows that belong to no sale.
func countBriefs(txn *badger.Txn, report *Report) error {
	it := rowIterator(txn, prefixBrief)
	defer it.Close()
	found := 0
	for it.Rewind(); it.Valid(); it.Next() {
		found++
	}
	if found != report.Sales {
		report.differ("there are %d short rows for %d sales", found, report.Sales)
	}
	return nil
}

// compareTotals sums the short rows and the refunds, which are compared already, and compares each day's sum with the totals
// kept for it.
func compareTotals(txn *badger.Txn, report *Report) error {
	kept, err := keptTotals(txn)
	if err != nil {
		return err
	}
	addRefundDays(txn, kept)
	var day ledger.Day
	var rows []ledger.Row
	compare := func() {
		if err := compareDay(txn, report, day, rows, kept[day]); err != nil {
			report.differ("%v", err)
		}
		delete(kept, day)
		rows = rows[:0]
	}
	it := rowIterator(txn, prefixBrief)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if at, _, ok := dayOfPlace(it.Item().Key()[len(prefixBrief):]); ok && at != day {
			compare()
			day = at
		}
		if row, err := briefOf(it.Item()); err == nil { // one that cannot be read is counted already
			rows = append(rows, row)
		}
	}
	compare()
	for _, day := range slices.Sorted(maps.Keys(kept)) { // of days without sales, which may have refunds
		if err := compareDay(txn, report, day, nil, kept[day]); err != nil {
			return err
		}
	}
	return nil
}

// addRefundDays adds the days that have refunds, so that none is left out because its totals are missing.
func addRefundDays(txn *badger.Txn, kept map[ledger.Day][]byte) {
	it := rowIterator(txn, prefixRefund)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if day, _, ok := dayOfPlace(it.Item().Key()[len(prefixRefund):]); ok && kept[day] == nil {
			kept[day] = []byte{}
		}
	}
}

func compareDay(txn *badger.Txn, report *Report, day ledger.Day, rows []ledger.Row, kept []byte) error {
	refunds, err := dayRefunds(txn, day)
	if err != nil {
		return err
	}
	sum := ledger.SumRows(rows, refunds)
	if (sum != nil || len(kept) > 0) && !bytes.Equal(kept, ledger.EncodeTotals(sum)) {
		report.differ("the totals of %s are not the sum of its rows", day)
	}
	return nil
}

func keptTotals(txn *badger.Txn) (map[ledger.Day][]byte, error) {
	kept := map[ledger.Day][]byte{}
	it := rowIterator(txn, prefixTotal)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return nil, err
		}
		if key := it.Item().Key(); len(key) == len(prefixTotal)+4 {
			kept[ledger.Day(binary.BigEndian.Uint32(key[len(prefixTotal):]))] = value
		}
	}
	return kept, nil
}

// countIndex finds entries of the indexes that belong to no sale.
func countIndex(txn *badger.Txn, report *Report, want int) error {
	found := 0
	for _, prefix := range []string{prefixOrder, prefixChannelNo, prefixRefund} {
		it := rowIterator(txn, prefix)
		for it.Rewind(); it.Valid(); it.Next() {
			found++
		}
		it.Close()
	}
	if found != want {
		report.differ("the indexes have %d entries where there must be %d", found, want)
	}
	return nil
}

func rowIterator(txn *badger.Txn, prefix string) *badger.Iterator {
	opts := badger.DefaultIteratorOptions
	opts.PrefetchValues = false
	opts.Prefix = []byte(prefix)
	return txn.NewIterator(opts)
}
