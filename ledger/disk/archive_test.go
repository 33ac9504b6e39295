package disk

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// years makes a ledger of some sealed days with sales, and a backup of it.
func years(t *testing.T, days int) (dir, backup string, pen *ledgertest.Pen, order ledger.OrderNo) {
	t.Helper()
	dir, backup, pen = t.TempDir(), filepath.Join(t.TempDir(), "backup"), ledgertest.NewPen(monday)
	s := openAt(t, dir)
	for range days {
		for range 3 {
			_, paid, entries := pen.Payment()
			wantNil(t, s.Append(t.Context(), pen.Write(t, entries...)))
			order = paid
		}
		batch := pen.Write(t, ledgertest.Entry{Body: &ledger.DaySealed{Seal: pen.State.Sealing()}})
		batch.Snapshot = pen.State.Snapshot()
		wantNil(t, s.Append(t.Context(), batch))
		pen.Day++
	}
	wantNil(t, s.Close())
	_, err := Backup(dir, backup)
	wantNil(t, err)
	return dir, backup, pen, order
}

// TestArchive: old days leave Badger when the backup has them, and only then; every event, sale and total is answered as
// before, both copies verify, and a rebuilt ledger has everything again.
func TestArchive(t *testing.T) {
	dir, backup, pen, _ := years(t, 6)
	s := openAt(t, dir)
	all := map[uint64]string{}
	wantNil(t, s.Read(1, func(seq uint64, stored []byte) error { all[seq] = string(stored); return nil }))
	if _, err := s.Archive(t.Context(), monday+4, t.TempDir()); err == nil {
		t.Error("archived without a backup")
	}
	last, err := s.Archive(t.Context(), monday+4, backup)
	if err != nil || last != 4*13-1 {
		t.Fatalf("archived up to %d, %v", last, err)
	}
	if again, err := s.Archive(t.Context(), monday+4, backup); err != nil || again != last {
		t.Errorf("again: %d, %v", again, err)
	}
	check := func(s *Store) {
		t.Helper()
		for _, from := range []uint64{1, 2, last - 1, last, last + 1, uint64(len(all))} {
			next := from
			wantNil(t, s.Read(from, func(seq uint64, stored []byte) error {
				if seq != next || all[seq] != string(stored) {
					t.Fatalf("from %d: event %d", from, seq)
				}
				next++
				return nil
			}))
			if next != uint64(len(all))+1 {
				t.Errorf("from %d: ended before event %d", from, next)
			}
		}
		for day := monday; day < pen.Day; day++ {
			sales, err := s.DaySales(day)
			totals, totalsErr := s.DayTotals(day)
			if err != nil || totalsErr != nil || len(sales) != 3 || totals[0].Count != 3 {
				t.Errorf("%s: %d sales, %+v, %v %v", day, len(sales), totals, err, totalsErr)
			}
		}
		board := ledger.NewBoard()
		if s.CheckRest(t.Context(), board); board.View().LedgerFault != "" {
			t.Error(board.View().LedgerFault)
		}
	}
	check(s)
	if err := s.compare(Checkpoint{Head: ledger.Head{Seq: 5, Hash: ledger.HashOf([]byte(all[5]))}}); err != nil {
		t.Errorf("a checkpoint of an archived event: %v", err)
	}
	sell(t, s, pen, 1)
	for seq, stored := range readAll(t, s) {
		all[seq] = stored
	}
	wantNil(t, s.Close())
	if report, err := Verify(dir); err != nil || report.Damaged() || report.Archived != last {
		t.Errorf("%+v, %v", report, err)
	}
	s = openAt(t, killed(t, dir))
	check(s)
	wantNil(t, s.Close())
	inBadger(t, dir, func(txn *badger.Txn) error { return txn.Delete(eventKey(last + 3)) })
	if work, err := Mend(dir, Config{}); err != nil || len(work) == 0 {
		t.Errorf("mended %+v, %v", work, err)
	}
	s = openAt(t, dir)
	check(s)
	wantNil(t, s.Close())
	if report, err := Verify(dir); err != nil || report.Damaged() || report.Archived != 0 {
		t.Errorf("rebuilt: %+v, %v", report, err)
	}
}

func readAll(t *testing.T, s *Store) map[uint64]string {
	t.Helper()
	all := map[uint64]string{}
	wantNil(t, s.Read(1, func(seq uint64, stored []byte) error { all[seq] = string(stored); return nil }))
	return all
}

// TestArchiveCutShort: events that have not left yet, below the mark, do no harm.
func TestArchiveCutShort(t *testing.T) {
	dir, backup, _, order := years(t, 4)
	s := openAt(t, dir)
	stored := readAll(t, s)[7]
	_, err := s.Archive(context.Background(), monday+2, backup)
	wantNil(t, err)
	wantNil(t, s.Close())
	inBadger(t, dir, func(txn *badger.Txn) error { return txn.Set(eventKey(7), []byte(stored)) })
	if report, err := Verify(dir); err != nil || report.Damaged() {
		t.Errorf("%+v, %v", report, err)
	}
	s = openAt(t, dir)
	if _, ok, err := s.SaleOf(order); err != nil || !ok {
		t.Error(err)
	}
}
