package disk

import (
	"fmt"
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

// inBadger changes a closed ledger through Badger's own interface, as somebody would who has the key and the time.
func inBadger(t *testing.T, dir string, change func(txn *badger.Txn) error) {
	t.Helper()
	keys, err := readKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	db, err := openBadger(filepath.Join(dir, ledgerFolder), keys.badger(), quietLog(), false)
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

// TestVerifyNamesWhatIsWrong plants one harm in the ledger of 6 payments (24 events, snapshot at 16); the journal beside it
// is whole. says is a part of the first difference; Mend puts everything right.
func TestVerifyNamesWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		harm func(*badger.Txn) error
		says string
	}{
		"nothing":                {func(*badger.Txn) error { return nil }, ""},
		"format byte flipped":    {flip(9, first), "event 9 is another one"},
		"content flipped":        {flip(9, last), "event 9 is another one"},
		"after the snapshot":     {flip(20, first), "event 20 is another one"},
		"last event flipped":     {flip(24, last), "event 24 is another one"},
		"event deleted":          {func(txn *badger.Txn) error { return txn.Delete(eventKey(7)) }, "event 7 is missing"},
		"first event deleted":    {func(txn *badger.Txn) error { return txn.Delete(eventKey(1)) }, "event 1 is missing"},
		"last event deleted":     {func(txn *badger.Txn) error { return txn.Delete(eventKey(24)) }, "event 24 is missing"},
		"event added":            {func(txn *badger.Txn) error { return txn.Set(eventKey(25), []byte{1, 2}) }, "25 entries for 24 events"},
		"events swapped":         {swap(5, 6), "event 5 is another one"},
		"amount in a row":        {changeRow(2, func(s *ledger.Sale) { s.Amount.Fen = 1 }), "the row of sale 26112300031003 on 2026-11-23 is not"},
		"state in a row":         {changeRow(3, func(s *ledger.Sale) { s.Attempts[0].State = ledger.Refused }), "the row of sale 26112300041004"},
		"row removed":            {func(txn *badger.Txn) error { return txn.Delete(rowKey(monday, "26112300021002")) }, "the row of sale 26112300021002 on 2026-11-23 is missing"},
		"row added":              {func(txn *badger.Txn) error { return txn.Set(rowKey(monday, "26112300099999"), []byte{1}) }, "no event says"},
		"row on another day":     {func(txn *badger.Txn) error { return txn.Set(rowKey(monday+1, "26112300021002"), []byte{1}) }, "no event says"},
		"short row changed":      {func(txn *badger.Txn) error { return txn.Set(briefKey(monday, "26112300021002"), []byte{1}) }, "the short row of sale 26112300021002"},
		"short row removed":      {func(txn *badger.Txn) error { return txn.Delete(briefKey(monday, "26112300021002")) }, "the short row of sale 26112300021002"},
		"totals changed":         {func(txn *badger.Txn) error { return txn.Set(totalsKey(monday), []byte{}) }, "the totals of 2026-11-23"},
		"totals removed":         {func(txn *badger.Txn) error { return txn.Delete(totalsKey(monday)) }, "the totals of 2026-11-23"},
		"totals added":           {func(txn *badger.Txn) error { return txn.Set(totalsKey(monday+1), []byte{1}) }, "the totals of 2026-11-24"},
		"short row added":        {func(txn *badger.Txn) error { return txn.Set(briefKey(monday, "x"), []byte{1}) }, "7 short rows for 6 sales"},
		"order removed":          {func(txn *badger.Txn) error { return txn.Delete(orderKey("T101261123" + "00002SALTSALT0")) }, `entry "o|T10126112300002SALTSALT0"`},
		"order points elsewhere": {pointElsewhere, `entry "o|T10126112300002SALTSALT0"`},
		"order added":            {func(txn *badger.Txn) error { return txn.Set(orderKey("T1"), placeOf(monday, "1")) }, "13 entries where there must be 12"},
		"snapshot changed":       {flipKey(keySnapshot), "the snapshot is not one that this till has sealed"},
		"snapshot cut":           {func(txn *badger.Txn) error { return txn.Set([]byte(keySnapshot), []byte{0xff}) }, "the snapshot is not one that this till has sealed"},
		"head changed":           {flipKey(keyHead), "the record of the ledger's end"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, pen := fill(t, 6)
			inBadger(t, dir, test.harm)
			report := verified(t, dir)
			if report.Damaged() != (test.says != "") || report.Unreadable != "" || report.BadLink != nil || !strings.Contains(report.First, test.says) {
				t.Fatalf("%+v, want %q", report, test.says)
			}
			repairs, err := Mend(dir, Config{})
			if err != nil || (len(repairs) > 0) != report.Damaged() && test.says != "" {
				t.Fatalf("mending: %v, %v", repairs, err)
			}
			if report := verified(t, dir); report.Damaged() || report.Head != pen.State.Head || report.Sales != 6 {
				t.Errorf("after mending: %+v", report)
			}
		})
	}
}

// flipKey changes the last byte of a value.
func flipKey(key string) func(*badger.Txn) error {
	return func(txn *badger.Txn) error {
		value, err := get(txn, []byte(key))
		if err != nil {
			return err
		}
		value[len(value)-1] ^= 1
		return txn.Set([]byte(key), value)
	}
}

// TestOpeningMendsWhatItMeets: a till that opens works on a whole ledger, whatever was done to the end of it in Badger.
func TestOpeningMendsWhatItMeets(t *testing.T) {
	for name, harm := range map[string]func(*badger.Txn) error{
		"after the snapshot": flip(20, first),
		"last event flipped": flip(24, last),
		"last event deleted": func(txn *badger.Txn) error { return txn.Delete(eventKey(24)) },
		"event added":        func(txn *badger.Txn) error { return txn.Set(eventKey(25), []byte{1, 2}) },
		"head changed":       flipKey(keyHead),
		"head removed":       func(txn *badger.Txn) error { return txn.Delete([]byte(keyHead)) },
		"schema removed":     func(txn *badger.Txn) error { return txn.Delete([]byte(keySchema)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, pen := fill(t, 6)
			inBadger(t, dir, harm)
			s := openAt(t, dir)
			if repairs := s.Maintained(); len(repairs) != 1 || repairs[0].File != ledgerFolder || repairs[0].To != 24 {
				t.Errorf("mended: %+v", repairs)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if report := verified(t, dir); report.Damaged() || report.Head != pen.State.Head || report.Sales != 6 {
				t.Errorf("%+v", report)
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

// TestReadingReportsDamage: the till's own reading finds a gap, a broken row and an order without its row.
func TestReadingReportsDamage(t *testing.T) {
	dir, _ := fill(t, 6)
	inBadger(t, dir, func(txn *badger.Txn) error {
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

// TestSchemaIsChecked: a later version's ledger is left alone and is not called damaged.
func TestSchemaIsChecked(t *testing.T) {
	dir, _ := fill(t, 1)
	inBadger(t, dir, func(txn *badger.Txn) error { return txn.Set([]byte(keySchema), []byte{schemaVersion + 1}) })
	_, openErr := Open(dir, Config{})
	_, verifyErr := Verify(dir)
	for _, err := range []error{openErr, verifyErr} {
		if err == nil || ledger.ReasonOf(err) != "" || !strings.Contains(err.Error(), fmt.Sprintf("schema %d", schemaVersion+1)) {
			t.Errorf("%v", err)
		}
	}
}

// TestAnEarlierSchemaIsMadeAnew from the journal, with every row in its new form.
func TestAnEarlierSchemaIsMadeAnew(t *testing.T) {
	dir, _ := fill(t, 3)
	inBadger(t, dir, func(txn *badger.Txn) error { return txn.Set([]byte(keySchema), []byte{schemaVersion - 1}) })
	s := openAt(t, dir)
	if rows, err := s.DayRows(monday, 0); err != nil || len(rows) != 3 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	wantNil(t, s.Close())
	if report, err := Verify(dir); err != nil || report.Damaged() {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestDamagedFilesAreNamed harms Badger's own files; none may panic, kill, or pass, and the opening rebuilds the ledger.
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
			s := openAt(t, dir)
			board := ledger.NewBoard()
			if len(s.Maintained()) == 0 { // the opening has not looked there: the walk behind it does
				if s.CheckRest(t.Context(), board); board.View().LedgerFault == "" {
					t.Error("neither the opening nor the walk behind it has noticed")
				}
			}
			wantNil(t, s.Close())
			if repairs := openAt(t, dir).Maintained(); len(repairs) != 1 || repairs[0].File != ledgerFolder || repairs[0].What == "" {
				t.Errorf("mended: %+v", repairs)
			}
			if report := verified(t, killed(t, dir)); report.Damaged() || report.Sales != 6 {
				t.Errorf("after the opening: %+v", report)
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
	wantNil(t, s.WaitApplied(t.Context(), pen.State.Head.Seq))
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

// TestVerifyChainAgreesWithVerify: on whole and harmed journals, beside an open till, and on the heads outside.
func TestVerifyChainAgreesWithVerify(t *testing.T) {
	dir, pen := lives(t, 5, 3)
	outside := Outside{t.TempDir(), "T1"}
	s := openAt(t, dir)
	wantNil(t, s.SendHead(Checkpoint{Till: "T1", Epoch: 1, Head: s.head(), At: noonUTC}, outside))
	if report, err := VerifyChain(dir, outside.Folder); err != nil || report.Damaged() || report.Head != pen.State.Head || report.Outside.Good != 1 {
		t.Errorf("beside an open till: %+v, %v", report, err)
	}
	wantNil(t, s.Close())
	files, err := segmentFiles(filepath.Join(dir, journalFolder))
	wantNil(t, err)
	for _, path := range files {
		for name, harm := range map[string]func(string) error{
			"flipped": flippedAt(headerBytes + 40), "header flipped": flippedAt(3000), "removed": os.Remove,
			"cut": func(path string) error { return os.Truncate(path, must(os.Stat(path)).Size()-20) },
		} {
			again := cloned(t, dir)
			wantNil(t, harm(filepath.Join(again, journalFolder, filepath.Base(path))))
			chain, err := VerifyChain(again, outside.Folder)
			wantNil(t, err)
			both, err := Verify(again, outside.Folder)
			wantNil(t, err)
			last := path == files[len(files)-1]
			if chain.Events != both.Events || chain.File != both.File && both.File != journalFolder || !chain.Damaged() && !last {
				t.Errorf("%s %s: %+v\nand\n%+v", filepath.Base(path), name, chain, both)
			}
			if last && !both.Damaged() {
				t.Errorf("%s %s passes", filepath.Base(path), name)
			}
		}
	}
}

func flippedAt(at int) func(string) error {
	return func(path string) error {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		content[at] ^= 1
		return os.WriteFile(path, content, 0o600)
	}
}

func must(info fs.FileInfo, err error) fs.FileInfo {
	if err != nil {
		panic(err)
	}
	return info
}
