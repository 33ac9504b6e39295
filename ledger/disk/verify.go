package disk

import (
	"crypto/sha256"
	"errors"
	"fmt"
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
	Events      uint64          // good events from the first on
	Head        ledger.Head     // the last good event
	BadLink     *ledger.BadLink // the first event that does not hold, or nil; nothing after it was compared
	Unreadable  string          // why the files cannot even be opened; empty when they can
	Sales       int             // sales folded from the events
	Differences int             // rows, order entries and snapshots that are not what the events say
	First       string          // the first of them
}

// Damaged reports whether anything is wrong.
func (r Report) Damaged() bool {
	return r.BadLink != nil || r.Unreadable != "" || r.Differences > 0
}

func (r *Report) differ(format string, args ...any) {
	r.Differences++
	if r.First == "" {
		r.First = fmt.Sprintf(format, args...)
	}
}

// Verify walks the whole ledger of a data folder: every event's number, link and encoding, then every row, every order
// entry and the snapshot against a fresh fold of the events. It changes nothing in the folder: Badger cuts and removes
// files even when it opens only to read, so it is given a copy, which needs as much room in the temporary folder.
//
// An error means that nothing could be verified: the folder is in use (ReasonDiskInUse), holds no ledger, or a key is
// missing or wrong. Damage is no error; the report names it.
func Verify(dir string) (Report, error) {
	if _, err := os.Stat(filepath.Join(dir, ledgerFolder)); err != nil {
		return Report{}, fmt.Errorf("%s holds no ledger: %w", dir, err)
	}
	lock, err := shareFolder(dir)
	if err != nil {
		return Report{}, err
	}
	report, err := verifyLocked(dir)
	return report, errors.Join(err, lock.release())
}

func verifyLocked(dir string) (report Report, err error) {
	keys, err := readKeys(dir)
	if err != nil {
		return report, err
	}
	temp, err := os.MkdirTemp("", "guitai-verify-")
	if err != nil {
		return report, fmt.Errorf("making room for a copy: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	folder, quiet := filepath.Join(temp, ledgerFolder), slog.New(slog.DiscardHandler)
	if err := copyFolder(filepath.Join(dir, ledgerFolder), folder); err != nil {
		return report, err
	}
	db, err := openBadger(folder, keys.ledger, quiet)
	if ledger.ReasonOf(err) == ledger.ReasonLedgerDamaged {
		report.Unreadable = strings.ReplaceAll(err.Error(), temp, dir)
		return report, nil
	}
	if err != nil {
		return report, err
	}
	err = verifyDB(db, &report)
	return report, errors.Join(err, db.Close())
}

func verifyDB(db *badger.DB, report *Report) (err error) {
	defer func() {
		if p := recover(); p != nil {
			report.Unreadable, err = line("badger panicked: %v", p), nil
		}
	}()
	return db.View(func(txn *badger.Txn) error {
		err := checkSchema(txn)
		if err == nil {
			err = verifyTxn(txn, report)
		}
		switch {
		case errors.As(err, &report.BadLink):
			return nil
		case ledger.ReasonOf(err) == ledger.ReasonLedgerDamaged:
			report.Unreadable = err.Error()
			return nil
		}
		return err
	})
}

// folded is what the events say about every sale: the day and the hash of its row as its last event left it.
type folded map[ledger.SaleID]foldedRow

type foldedRow struct {
	day ledger.Day
	sum [sha256.Size]byte
}

func verifyTxn(txn *badger.Txn, report *Report) error {
	snapshot, err := get(txn, []byte(keySnapshot))
	if err != nil {
		return err
	}
	rows, err := refold(txn, report, snapshot)
	if err != nil {
		return err
	}
	head, err := headOf(txn)
	if err != nil {
		return err
	}
	if head != report.Head {
		return &ledger.BadLink{Seq: report.Head.Seq, What: fmt.Sprintf("it is %s, but %s was acknowledged", report.Head.Hash, head.Hash)}
	}
	report.Sales = len(rows)
	orders, err := compareRows(txn, report, rows)
	if err != nil {
		return err
	}
	return countOrders(txn, report, orders)
}

// refold verifies and folds every event. The snapshot is compared when the fold reaches its place.
func refold(txn *badger.Txn, report *Report, snapshot []byte) (folded, error) {
	var chain ledger.Verifier
	state, rows := ledger.NewState(), folded{}
	snapshotSeq, err := snapshotPlace(snapshot)
	if err != nil {
		report.differ("%v", err)
	}
	err = walk(txn, 1, func(seq uint64, stored []byte) error {
		event, err := chain.Next(stored)
		if err != nil {
			return err
		}
		changed, err := state.Apply(&event, chain.Head().Hash)
		if err != nil {
			return &ledger.BadLink{Seq: seq, What: err.Error()}
		}
		for _, sale := range changed {
			rows[sale.ID] = foldedRow{sale.Day, sha256.Sum256(sale.Encode())}
		}
		report.Events, report.Head = seq, chain.Head()
		if seq == snapshotSeq && string(state.Snapshot()) != string(snapshot) {
			report.differ("the snapshot at event %d is not the fold of the events before it", seq)
		}
		return nil
	})
	if err == nil && snapshotSeq > report.Events {
		report.differ("the snapshot stands at event %d, after the ledger's end", snapshotSeq)
	}
	return rows, err
}

func snapshotPlace(snapshot []byte) (uint64, error) {
	if snapshot == nil {
		return 0, nil
	}
	state, err := ledger.RestoreState(snapshot)
	if err != nil {
		return 0, fmt.Errorf("the snapshot cannot be read: %w", err)
	}
	return state.Head.Seq, nil
}

// compareRows compares every stored row, and what its orders point to, with the fold. It returns how many order entries
// there must be.
func compareRows(txn *badger.Txn, report *Report, rows folded) (orders int, err error) {
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
		for i := range sale.Attempts {
			orders++
			points, err := get(txn, orderKey(sale.Attempts[i].Order))
			if err != nil {
				return 0, err
			}
			if string(points) != string(place) {
				report.differ("order %s of sale %s does not point to its row", sale.Attempts[i].Order, id)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		report.differ("the row of sale %s on %s is missing", id, rows[id].day)
	}
	return orders, nil
}

// countOrders finds order entries that belong to no sale.
func countOrders(txn *badger.Txn, report *Report, want int) error {
	it := rowIterator(txn, prefixOrder)
	defer it.Close()
	found := 0
	for it.Rewind(); it.Valid(); it.Next() {
		found++
	}
	if found != want {
		report.differ("there are %d order entries for %d orders", found, want)
	}
	return nil
}

func rowIterator(txn *badger.Txn, prefix string) *badger.Iterator {
	opts := badger.DefaultIteratorOptions
	opts.PrefetchValues = false
	opts.Prefix = []byte(prefix)
	return txn.NewIterator(opts)
}
