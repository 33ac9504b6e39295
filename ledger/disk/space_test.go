package disk

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// TestBoundsAreInOrder: each comes before the next, on a small card and on a large disk, and the ballast is worth having.
func TestBoundsAreInOrder(t *testing.T) {
	for _, total := range []uint64{32 << 20, 48 << 20, 256 << 20, 1 << 30, 4 << 30, 1 << 40} {
		r := roomOn(total)
		if r.low <= r.full || r.full <= r.release || r.release <= r.reserve || r.reserve < 20<<20 || r.ballast == 0 {
			t.Errorf("%d MiB: %+v", total>>20, r)
		}
	}
}

func TestBallast(t *testing.T) {
	dir := t.TempDir()
	wantNil(t, keepBallast(dir, 3<<20))
	if info, err := os.Stat(filepath.Join(dir, ballastName)); err != nil || info.Size() != 3<<20 {
		t.Fatal(info, err)
	}
	wantNil(t, keepBallast(dir, 3<<20))
	if !dropBallast(dir) || dropBallast(dir) {
		t.Error("the ballast goes once")
	}
}

// TestWithoutRoomTheJournalGoesOnAlone: what is under way is still acknowledged; a question about it is answered when there
// is room again; and a store that is closed before has lost nothing.
func TestWithoutRoomTheJournalGoesOnAlone(t *testing.T) {
	dir := t.TempDir()
	s, pen := openAt(t, dir), ledgertest.NewPen(monday)
	var full atomic.Bool
	s.behind.room = func() bool { return !full.Load() }
	sell(t, s, pen, 1)
	wantNil(t, s.WaitApplied(t.Context(), 4))
	full.Store(true)
	sell(t, s, pen, 2)
	for begun := time.Now(); ; time.Sleep(time.Millisecond) {
		_, err := s.DaySales(monday)
		if ledger.ReasonOf(err) == ledger.ReasonDiskFull {
			break
		}
		if time.Since(begun) > 10*time.Second {
			t.Fatalf("without room: %v", err)
		}
	}
	full.Store(false)
	wantNil(t, appliedSoon(s))
	full.Store(true)
	sell(t, s, pen, 1)
	wantNil(t, s.Close())
	s = openAt(t, dir)
	if sales, err := s.DaySales(monday); err != nil || len(sales) != 4 {
		t.Errorf("after reopening: %d sales, %v", len(sales), err)
	}
}

// appliedSoon waits until what was held back is applied.
func appliedSoon(s *Store) (err error) {
	for begun := time.Now(); time.Since(begun) < 10*time.Second; time.Sleep(time.Millisecond) {
		if err = s.behind.caughtUp(); err == nil {
			return nil
		}
	}
	return err
}

// TestTheBoardSaysHowMuchIsLeft, once, and only where it matters.
func TestTheBoardSaysHowMuchIsLeft(t *testing.T) {
	s, board := openAt(t, t.TempDir()), ledger.NewBoard()
	s.watchRoom(board)
	version := board.View().Version
	s.watchRoom(board)
	if view := board.View(); view.Version != version {
		t.Errorf("posted twice: %+v", view.Disk)
	}
}
