package disk

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// TestRecoverInPlace: after a write that failed, the same Store opens the folder again, has every acknowledged event, and
// takes the next append into a fresh segment. Readers work before, between and after.
func TestRecoverInPlace(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s := openAt(t, dir)
	pen := ledgertest.NewPen(monday)
	for range 3 {
		wantNil(t, s.Append(ctx, payment(t, pen)))
	}
	was := s.journal.head
	wantNil(t, s.journal.file.Close()) // the next write of the segment fails
	batch := payment(t, pen)
	if err := s.Append(ctx, batch); ledger.ReasonOf(err) != ledger.ReasonLedgerStopped {
		t.Fatalf("an append to a closed file: %v", err)
	}
	if err := s.Append(ctx, batch); ledger.ReasonOf(err) != ledger.ReasonLedgerStopped {
		t.Fatalf("the next: %v", err)
	}
	wantNil(t, s.Recover())
	if s.journal.head != was {
		t.Fatalf("recovered at %v, acknowledged was %v", s.journal.head, was)
	}
	wantNil(t, s.Append(ctx, batch))
	if n := len(s.journal.headers); n != 2 {
		t.Errorf("%d segments", n)
	}
	events := 0
	wantNil(t, s.Read(1, func(uint64, []byte) error { events++; return nil }))
	if events != int(s.journal.head.Seq) {
		t.Errorf("%d events read", events)
	}
	wantNil(t, s.Close())
	if report, err := Verify(dir); err != nil || report.Damaged() {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestRecoverWaitsForTheDisk: as long as the folder cannot be opened the store stays shut, and says why; then it opens.
func TestRecoverWaitsForTheDisk(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s := openAt(t, dir)
	pen := ledgertest.NewPen(monday)
	wantNil(t, s.Append(ctx, payment(t, pen)))
	wantNil(t, s.journal.file.Close())
	_ = s.Append(ctx, payment(t, pen))
	key := dir + "/" + ledgerKeyName
	wantNil(t, os.Rename(key, key+".away"))
	for range 2 {
		if err := s.Recover(); err == nil {
			t.Fatal("opened without its key")
		}
	}
	if _, err := s.DaySales(monday); err == nil {
		t.Error("read while shut")
	}
	wantNil(t, os.Rename(key+".away", key))
	wantNil(t, s.Recover())
	_, err := s.DaySales(monday)
	wantNil(t, err)
	wantNil(t, s.Close())
	if err := s.Recover(); ledger.ReasonOf(err) != ledger.ReasonClosedLedger {
		t.Errorf("after Close: %v", err)
	}
}

// TestCloseWhileShut lets the folder go.
func TestCloseWhileShut(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	key := dir + "/" + ledgerKeyName
	wantNil(t, os.Rename(key, key+".away"))
	if err := s.Recover(); err == nil {
		t.Fatal("opened without its key")
	}
	wantNil(t, s.Close())
	wantNil(t, os.Rename(key+".away", key))
	wantNil(t, openAt(t, dir).Close())
}

// payment is the events of one sale paid at once.
func payment(t *testing.T, pen *ledgertest.Pen) ledger.Batch {
	_, _, entries := pen.Payment()
	return pen.Write(t, entries...)
}

func wantNil(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAHoleInBadgerIsFilledWhole: a power cut can take several events in a row from before Badger's end, and leave what stands
// behind them.
func TestAHoleInBadgerIsFilledWhole(t *testing.T) {
	for _, hole := range []int{1, 2, 3, 9} {
		dir, pen := fill(t, 20)
		wantNil(t, os.Remove(filepath.Join(dir, cleanMark)))
		inBadger(t, dir, func(txn *badger.Txn) error {
			for i := range hole {
				if err := txn.Delete(eventKey(uint64(20 + i))); err != nil {
					return err
				}
			}
			return nil
		})
		s := openAt(t, dir)
		if work := s.Maintained(); len(work) != 1 || work[0].From != 20 {
			t.Errorf("a hole of %d: mended %+v", hole, work)
		}
		events := uint64(0)
		wantNil(t, s.Read(1, func(uint64, []byte) error { events++; return nil }))
		wantNil(t, s.Close())
		if report, err := Verify(dir); err != nil || report.Damaged() || events != pen.State.Head.Seq {
			t.Errorf("a hole of %d: %d events, %+v, %v", hole, events, report, err)
		}
	}
}
