package disk

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/ledger"
)

// This file has what a hostile reader of the code has found, one test each.

// TestNoQuestionIsAnsweredFromABrokenTable: after a tidy end the till reads the tables behind its first screen. Until then, and
// when they turn out broken, a question about sales is answered rightly or not at all; nobody dies of it, neither now nor at
// the next start.
func TestNoQuestionIsAnsweredFromABrokenTable(t *testing.T) {
	source, pen := fill(t, 300)
	for seed := range map[bool]uint64{false: 20, true: 4}[underRace] {
		random := rand.New(rand.NewPCG(seed, 5))
		dir := cloned(t, source)
		wantNil(t, os.WriteFile(filepath.Join(dir, cleanMark), encodeHead(pen.State.Head), 0o600))
		tables, _ := filepath.Glob(filepath.Join(dir, ledgerFolder, "*.sst"))
		content := []byte(readFile(t, tables[0]))
		content[random.IntN(len(content))] ^= 1 << random.IntN(8)
		wantNil(t, os.WriteFile(tables[0], content, 0o600))
		for range 3 {
			s, err := Open(dir, Config{Quick: true})
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			board := ledger.NewBoard()
			go s.CheckRest(t.Context(), board)
			sales, err := s.DaySales(monday)
			totals, totalsErr := s.DayTotals(monday)
			switch {
			case err == nil && len(sales) != 300, totalsErr == nil && totals[0].Count != 300:
				t.Errorf("seed %d: %d sales, %+v", seed, len(sales), totals)
			case err != nil && ledger.ReasonOf(err) != ledger.ReasonLedgerDamaged:
				t.Errorf("seed %d: %v", seed, err)
			}
			wantNil(t, s.Close())
		}
		s := openAt(t, dir) // a command, which reads all tables first
		if sales, err := s.DaySales(monday); err != nil || len(sales) != 300 {
			t.Errorf("seed %d: a command has %d sales, %v", seed, len(sales), err)
		}
		wantNil(t, s.Close())
	}
}

// TestTheHeadThatAccusesIsNotReplaced: the second device was not there when a rolled-back till was opened.
func TestTheHeadThatAccusesIsNotReplaced(t *testing.T) {
	dir, outside := t.TempDir(), Outside{t.TempDir(), "T1"}
	s := openAt(t, dir)
	book, err := ledger.OpenBook(t.Context(), s, ledger.NewBoard(), ledger.BookConfig{Till: "T1", TillKey: s.TillKey()})
	wantNil(t, err)
	accusing := Checkpoint{"T1", 1, ledger.Head{Seq: 40, Hash: ledger.HashOf([]byte("gone"))}, noonUTC}
	wantNil(t, s.SendHead(accusing, outside))
	s.sendHead(t.Context(), book, outside, noonUTC)
	if ledger.ReasonOf(book.Err()) != ledger.ReasonRolledBack {
		t.Errorf("the till goes on: %v", book.Err())
	}
	if c, err := s.CheckOutside(outside); ledger.ReasonOf(err) != ledger.ReasonRolledBack || c != accusing {
		t.Errorf("outside stands %+v, %v", c, err)
	}
	wantNil(t, os.Remove(s.own(outside).newest()))
	if c, err := s.CheckOutside(outside); ledger.ReasonOf(err) != ledger.ReasonRolledBack || c != accusing {
		t.Errorf("with the newest removed: %+v, %v", c, err)
	}
	_ = book.Close("test")
}

// TestAnOldKeyIsAWrongKey after a rotation: it opens nothing and changes nothing.
func TestAnOldKeyIsAWrongKey(t *testing.T) {
	dir, pen := fill(t, 1)
	old := readFile(t, filepath.Join(dir, ledgerKeyName))
	wantNil(t, Rekey(dir, Master{}))
	fresh, wrapped := readFile(t, filepath.Join(dir, ledgerKeyName)), readFile(t, filepath.Join(dir, dataKeyName))
	wantNil(t, os.WriteFile(filepath.Join(dir, ledgerKeyName), []byte(old), 0o600))
	if err := opens(t, dir, 0); ledger.ReasonOf(err) != ledger.ReasonNoKey {
		t.Errorf("the old key: %v", err)
	}
	if readFile(t, filepath.Join(dir, dataKeyName)) != wrapped {
		t.Error("the data key was wrapped anew")
	}
	wantNil(t, os.WriteFile(filepath.Join(dir, ledgerKeyName), []byte(fresh), 0o600))
	wantNil(t, opens(t, dir, int(pen.State.Head.Seq)))
}

// TestManySegmentsLost are mended at one opening, and the next backup goes on beside what it knew.
func TestManySegmentsLost(t *testing.T) {
	dir, pen := lives(t, 7, 2)
	to := filepath.Join(t.TempDir(), "backup")
	_, err := Backup(dir, to)
	wantNil(t, err)
	for number := uint64(2); number < 7; number++ {
		wantNil(t, os.Remove(filepath.Join(dir, journalFolder, segmentName(number))))
	}
	wantNil(t, opens(t, dir, int(pen.State.Head.Seq)))
	if report, err := Backup(dir, to); err != nil || report.Events != pen.State.Head.Seq {
		t.Errorf("the backup: %+v, %v", report, err)
	}
}

// TestALinkOnTheStickDoesNotLeadToTheKey: what a backup writes never goes through a link that somebody has prepared.
func TestALinkOnTheStickDoesNotLeadToTheKey(t *testing.T) {
	dir, _ := fill(t, 1)
	key, to := filepath.Join(dir, ledgerKeyName), t.TempDir()
	before := readFile(t, key)
	for _, name := range []string{dataKeyName, "T1.checkpoint"} {
		wantNil(t, os.Symlink(key, filepath.Join(to, name+".new")))
	}
	_, err := Backup(dir, to)
	wantNil(t, err)
	s := openAt(t, dir)
	wantNil(t, s.SendHead(Checkpoint{Head: s.head(), At: noonUTC}, Outside{to, "T1"}))
	if readFile(t, key) != before {
		t.Error("the master key was overwritten")
	}
}

// TestBothCopiesGone is no new till.
func TestBothCopiesGone(t *testing.T) {
	dir, _ := fill(t, 1)
	for _, name := range []string{journalFolder, ledgerFolder} {
		wantNil(t, os.RemoveAll(filepath.Join(dir, name)))
	}
	if _, err := Open(dir, Config{}); ledger.ReasonOf(err) != ledger.ReasonLedgerDamaged || !strings.Contains(err.Error(), "both gone") {
		t.Errorf("%v", err)
	}
}

// TestASlowDiskIsNoDamage: a Badger that does not answer proves nothing about the ledger.
func TestASlowDiskIsNoDamage(t *testing.T) {
	dir, _ := fill(t, 1)
	s, board := openAt(t, dir), ledger.NewBoard()
	s.foundDamage(context.Background(), board, errStuck)
	if board.View().LedgerFault != "" || marked(dir) {
		t.Error("marked as damaged")
	}
}

// TestRestoreIntoAnEmptyFolder, which may be where a disk is mounted, or a link to one.
func TestRestoreIntoAnEmptyFolder(t *testing.T) {
	dir, pen := fill(t, 2)
	to := filepath.Join(t.TempDir(), "b.tar")
	_, err := Backup(dir, to)
	wantNil(t, err)
	place := t.TempDir()
	link := filepath.Join(t.TempDir(), "till")
	wantNil(t, os.Symlink(place, link))
	report, err := Restore(to, link, []byte(readFile(t, filepath.Join(dir, ledgerKeyName))), "")
	if err != nil || report.Events != pen.State.Head.Seq {
		t.Fatalf("%+v, %v", report, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	wantNil(t, opens(t, place, int(pen.State.Head.Seq)))
}

// TestArchivedDamageIsMendedFromTheBackup: what has left Badger has the backup for its second copy.
func TestArchivedDamageIsMendedFromTheBackup(t *testing.T) {
	dir, backup, pen, _ := years(t, 5)
	s := openAt(t, dir)
	_, err := s.Archive(t.Context(), monday+4, backup)
	wantNil(t, err)
	wantNil(t, s.Close())
	wantNil(t, flippedAt(headerBytes+40)(filepath.Join(dir, journalFolder, segmentName(1))))
	if _, err := Mend(dir, Config{}); ledger.ReasonOf(err) != ledger.ReasonLedgerDamaged || !strings.Contains(err.Error(), "backup: none is configured") {
		t.Errorf("without a backup: %v", err)
	}
	if work, err := Mend(dir, Config{Backup: backup}); err != nil || len(work) != 1 {
		t.Errorf("mended %+v, %v", work, err)
	}
	if report, err := Verify(dir); err != nil || report.Damaged() || report.Events != pen.State.Head.Seq {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestADamagedTillSpoilsNoBackup: a segment that ends too early takes the place of nothing.
func TestADamagedTillSpoilsNoBackup(t *testing.T) {
	dir, pen := lives(t, 3, 3)
	to := filepath.Join(t.TempDir(), "backup")
	_, err := Backup(dir, to)
	wantNil(t, err)
	kept := everyFile(t, to)
	wantNil(t, flippedAt(headerBytes+40)(filepath.Join(dir, journalFolder, segmentName(1))))
	if _, err := Backup(dir, to); ledger.ReasonOf(err) != ledger.ReasonLedgerDamaged {
		t.Errorf("%v", err)
	}
	if everyFile(t, to) != kept {
		t.Error("the backup has changed")
	}
	_, err = Mend(dir, Config{})
	wantNil(t, err)
	if report, err := Backup(dir, to); err != nil || report.Events != pen.State.Head.Seq {
		t.Errorf("after mending: %+v, %v", report, err)
	}
}

// TestTwoLedgersOfOneName share a folder for checkpoints, and a spoiled newest file takes nothing away.
func TestTwoLedgersOfOneName(t *testing.T) {
	folder := t.TempDir()
	a, _ := fill(t, 2)
	b, _ := fill(t, 3)
	one, two := openAt(t, a), openAt(t, b)
	first := keep(t, one, Outside{folder, "T1"}, noonUTC)
	keep(t, two, Outside{folder, "T1"}, noonUTC)
	wantNil(t, os.WriteFile(one.own(Outside{folder, "T1"}).newest(), nil, 0o600))
	if c, err := one.CheckOutside(Outside{folder, "T1"}); err != nil || c != first {
		t.Errorf("%+v, %v", c, err)
	}
	wantNil(t, one.Close())
	if report, err := Verify(a, folder); err != nil || report.Damaged() || report.Outside.Good != 1 || len(report.Outside.Useless) != 1 {
		t.Errorf("%+v, %v", report.Outside, err)
	}
}

// TestAFlippedBitInTheDataKey is mended, wherever it is.
func TestAFlippedBitInTheDataKey(t *testing.T) {
	source, pen := fill(t, 1)
	for at := range wrappedBytes {
		dir := cloned(t, source)
		wantNil(t, flippedAt(at)(filepath.Join(dir, dataKeyName)))
		wantNil(t, opens(t, dir, int(pen.State.Head.Seq)))
		if readFile(t, filepath.Join(dir, dataKeyName)) != readFile(t, filepath.Join(source, dataKeyName)) {
			t.Errorf("byte %d is not mended", at)
		}
	}
}

// TestAQuickOpeningTrustsNothingItHasNotRead, not even for its own next start.
func TestAQuickOpeningTrustsNothingItHasNotRead(t *testing.T) {
	dir, _ := lives(t, 1, 3)
	s, err := Open(dir, Config{Quick: true})
	wantNil(t, err)
	if _, err := os.Stat(filepath.Join(dir, cleanMark)); err == nil {
		t.Error("marked before the tables were read")
	}
	s.CheckRest(t.Context(), ledger.NewBoard())
	if mark := readFile(t, filepath.Join(dir, cleanMark)); !killedOnly([]byte(mark)) {
		t.Errorf("after they were: %q", mark)
	}
	wantNil(t, s.Close())
}
