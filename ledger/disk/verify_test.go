package disk

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// behind changes a closed ledger through Badger's own interface, as somebody would who has the key and the time.
func behind(t *testing.T, dir string, change func(txn *badger.Txn) error) {
	t.Helper()
	keys, err := readKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	db, err := openBadger(filepath.Join(dir, ledgerFolder), keys.ledger, quietLog())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(change); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// flip changes one byte of a stored event.
func flip(seq uint64, place func(length int) int) func(*badger.Txn) error {
	return func(txn *badger.Txn) error {
		stored, err := get(txn, eventKey(seq))
		if err != nil {
			return err
		}
		stored[place(len(stored))] ^= 1
		return txn.Set(eventKey(seq), stored)
	}
}

func first(int) int       { return 0 }
func last(length int) int { return length - 1 }

// changeRow edits the row of the day's nth sale.
func changeRow(nth int, edit func(*ledger.Sale)) func(*badger.Txn) error {
	return func(txn *badger.Txn) error {
		it := rowIterator(txn, prefixRow)
		defer it.Close()
		it.Rewind()
		for range nth {
			it.Next()
		}
		sale, err := rowOf(it.Item())
		if err != nil {
			return err
		}
		edit(&sale)
		return txn.Set(it.Item().KeyCopy(nil), sale.Encode())
	}
}

// TestVerifyNamesWhatIsWrong plants one harm in a ledger of 6 payments (24 events, snapshot at 16). bad is the event
// named, row a part of the first difference. opens tells whether the till still opens: it looks at what it works on.
func TestVerifyNamesWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		harm  func(*badger.Txn) error
		bad   uint64
		row   string
		opens bool
	}{
		"nothing":                {func(*badger.Txn) error { return nil }, 0, "", true},
		"format byte flipped":    {flip(9, first), 9, "", true},
		"content flipped":        {flip(9, last), 10, "", true},
		"after the snapshot":     {flip(20, first), 20, "", false},
		"last event flipped":     {flip(24, last), 24, "", false},
		"event deleted":          {func(txn *badger.Txn) error { return txn.Delete(eventKey(7)) }, 7, "", true},
		"first event deleted":    {func(txn *badger.Txn) error { return txn.Delete(eventKey(1)) }, 1, "", true},
		"last event deleted":     {func(txn *badger.Txn) error { return txn.Delete(eventKey(24)) }, 24, "", false},
		"event added":            {func(txn *badger.Txn) error { return txn.Set(eventKey(25), []byte{1, 2}) }, 25, "", false},
		"events swapped":         {swap(5, 6), 5, "", true},
		"amount in a row":        {changeRow(2, func(s *ledger.Sale) { s.Amount.Fen = 1 }), 0, "the row of sale 26112300031003 on 2026-11-23 is not", true},
		"state in a row":         {changeRow(3, func(s *ledger.Sale) { s.Attempts[0].State = ledger.Refused }), 0, "the row of sale 26112300041004", true},
		"row removed":            {func(txn *badger.Txn) error { return txn.Delete(rowKey(monday, "26112300021002")) }, 0, "the row of sale 26112300021002 on 2026-11-23 is missing", true},
		"row added":              {func(txn *badger.Txn) error { return txn.Set(rowKey(monday, "26112300099999"), []byte{1}) }, 0, "no event says", true},
		"row on another day":     {func(txn *badger.Txn) error { return txn.Set(rowKey(monday+1, "26112300021002"), []byte{1}) }, 0, "no event says", true},
		"order removed":          {func(txn *badger.Txn) error { return txn.Delete(orderKey("T101261123" + "00002SALTSALT0")) }, 0, "order T10126112300002SALTSALT0", true},
		"order points elsewhere": {pointElsewhere, 0, "order T10126112300002SALTSALT0", true},
		"order added":            {func(txn *badger.Txn) error { return txn.Set(orderKey("T1"), placeOf(monday, "1")) }, 0, "7 order entries for 6", true},
		"snapshot changed":       {changeSnapshot, 0, "the snapshot at event 16", true},
		"snapshot unreadable":    {func(txn *badger.Txn) error { return txn.Set([]byte(keySnapshot), []byte{0xff}) }, 0, "the snapshot cannot be read", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := fill(t, 6)
			behind(t, dir, test.harm)
			report := verified(t, dir)
			if report.Damaged() != (test.bad > 0 || test.row != "") || report.Unreadable != "" {
				t.Fatalf("%+v", report)
			}
			if test.bad > 0 && (report.BadLink == nil || report.BadLink.Seq != test.bad) {
				t.Errorf("the bad link is %v, want event %d", report.BadLink, test.bad)
			}
			if test.row != "" && (report.Differences == 0 || !strings.Contains(report.First, test.row)) {
				t.Errorf("%d differences, first %q, want %q", report.Differences, report.First, test.row)
			}
			s, err := Open(dir, Config{})
			if err == nil {
				err = s.Close()
			}
			if test.opens && err != nil || !test.opens && ledger.ReasonOf(err) != ledger.ReasonLedgerDamaged {
				t.Errorf("opening: %v", err)
			}
		})
	}
}

func swap(a, b uint64) func(*badger.Txn) error {
	return func(txn *badger.Txn) error {
		one, err := get(txn, eventKey(a))
		if err != nil {
			return err
		}
		two, err := get(txn, eventKey(b))
		if err != nil {
			return err
		}
		if err := txn.Set(eventKey(a), two); err != nil {
			return err
		}
		return txn.Set(eventKey(b), one)
	}
}

func pointElsewhere(txn *badger.Txn) error {
	return txn.Set(orderKey("T10126112300002SALTSALT0"), placeOf(monday, "26112300031003"))
}

// changeSnapshot gives the till a total that no event supports.
func changeSnapshot(txn *badger.Txn) error {
	data, err := get(txn, []byte(keySnapshot))
	if err != nil {
		return err
	}
	state, err := ledger.RestoreState(data)
	if err != nil {
		return err
	}
	state.SaleCount += 5
	return txn.Set([]byte(keySnapshot), state.Snapshot())
}

// TestReadingReportsDamage: the till's own reading finds a gap, a broken row and an order without its row.
func TestReadingReportsDamage(t *testing.T) {
	dir, _ := fill(t, 6)
	behind(t, dir, func(txn *badger.Txn) error {
		if err := txn.Delete(eventKey(7)); err != nil {
			return err
		}
		if err := txn.Delete(rowKey(monday, "26112300021002")); err != nil {
			return err
		}
		return txn.Set(rowKey(monday, "26112300031003"), []byte{0xff})
	})
	s := openAt(t, dir)
	readErr := s.Read(1, func(uint64, []byte) error { return nil })
	_, dayErr := s.DaySales(monday)
	_, _, orderErr := s.SaleOf("T10126112300002SALTSALT0")
	for what, err := range map[string]error{"Read": readErr, "DaySales": dayErr, "SaleOf": orderErr} {
		if ledger.ReasonOf(err) != ledger.ReasonLedgerDamaged {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestSchemaIsChecked: a later version's ledger is left alone and is not called damaged; a lost mark is damage.
func TestSchemaIsChecked(t *testing.T) {
	dir, _ := fill(t, 1)
	behind(t, dir, func(txn *badger.Txn) error { return txn.Set([]byte(keySchema), []byte{schemaVersion + 1}) })
	_, openErr := Open(dir, Config{})
	_, verifyErr := Verify(dir)
	for _, err := range []error{openErr, verifyErr} {
		if err == nil || ledger.ReasonOf(err) != "" || !strings.Contains(err.Error(), "schema 2") {
			t.Errorf("%v", err)
		}
	}
	for _, key := range []string{keySchema, keyHead} {
		dir, _ := fill(t, 1)
		behind(t, dir, func(txn *badger.Txn) error { return txn.Delete([]byte(key)) })
		if _, err := Open(dir, Config{}); ledger.ReasonOf(err) != ledger.ReasonLedgerDamaged {
			t.Errorf("without %s: %v", key, err)
		}
		if report := verified(t, dir); report.Unreadable == "" {
			t.Errorf("without %s: %+v", key, report)
		}
	}
}

// TestDamagedFilesAreNamed harms Badger's own files; none may panic, kill, or pass.
func TestDamagedFilesAreNamed(t *testing.T) {
	for name, test := range map[string]struct {
		pattern string
		harm    func(path string, info fs.FileInfo) error
	}{
		"table cut":        {"*.sst", func(path string, info fs.FileInfo) error { return os.Truncate(path, info.Size()/2) }},
		"table flipped":    {"*.sst", flipByte(2)},
		"table deleted":    {"*.sst", func(path string, _ fs.FileInfo) error { return os.Remove(path) }},
		"manifest flipped": {"MANIFEST", flipByte(2)},
		"registry cut":     {"KEYREGISTRY", func(path string, info fs.FileInfo) error { return os.Truncate(path, 3) }},
		"table emptied":    {"*.sst", func(path string, _ fs.FileInfo) error { return os.Truncate(path, 0) }},
		"table's end cut":  {"*.sst", func(path string, info fs.FileInfo) error { return os.Truncate(path, info.Size()-5) }},
		"end flipped":      {"*.sst", flipByte(1)},
		"manifest emptied": {"MANIFEST", func(path string, _ fs.FileInfo) error { return os.Truncate(path, 8) }},
		"manifest deleted": {"MANIFEST", func(path string, _ fs.FileInfo) error { return os.Remove(path) }},
		"registry deleted": {"KEYREGISTRY", func(path string, _ fs.FileInfo) error { return os.Remove(path) }},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := fill(t, 6)
			found, err := filepath.Glob(filepath.Join(dir, ledgerFolder, test.pattern))
			if err != nil || len(found) == 0 {
				t.Fatalf("no %s: %v", test.pattern, err)
			}
			info, err := os.Stat(found[len(found)-1])
			if err != nil {
				t.Fatal(err)
			}
			if err := test.harm(found[len(found)-1], info); err != nil {
				t.Fatal(err)
			}
			if report, err := Verify(dir); err != nil || !report.Damaged() || strings.Contains(report.Unreadable, "guitai-verify") {
				t.Errorf("Verify: %+v %v", report, err)
			}
			if _, err := Open(dir, Config{}); ledger.ReasonOf(err) != ledger.ReasonLedgerDamaged {
				t.Errorf("Open: %v", err)
			}
		})
	}
}

func flipByte(part int64) func(string, fs.FileInfo) error {
	return func(path string, info fs.FileInfo) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data[min(info.Size()/part, info.Size()-1)] ^= 1
		return os.WriteFile(path, data, 0o600)
	}
}

// TestVerifyChangesNothing compares every byte and name of a folder left by a kill.
func TestVerifyChangesNothing(t *testing.T) {
	dir, pen := fill(t, 2)
	s := openAt(t, dir)
	_, _, payment := pen.Payment()
	if err := s.Append(t.Context(), pen.Write(t, payment...)); err != nil {
		t.Fatal(err)
	}
	dir = killed(t, dir)
	before := contents(t, dir)
	if report := verified(t, dir); report.Damaged() || report.Sales != 3 || report.Events != 12 {
		t.Fatalf("%+v", report)
	}
	after := contents(t, dir)
	for path, data := range before {
		if after[path] != data {
			t.Errorf("%s changed", path)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files became %d", len(before), len(after))
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
