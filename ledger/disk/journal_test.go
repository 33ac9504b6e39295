package disk

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// lives writes payments into a fresh folder in several lives of a till, of which some end in a kill, and closes it at last.
func lives(t *testing.T, n, payments int) (dir string, pen *ledgertest.Pen) {
	t.Helper()
	dir, pen = t.TempDir(), ledgertest.NewPen(monday)
	for life := range n {
		s := openAt(t, dir)
		for range payments {
			_, _, payment := pen.Payment()
			batch := pen.Write(t, payment...)
			if life == n/2 {
				batch.Snapshot = pen.State.Snapshot()
			}
			if err := s.Append(context.Background(), batch); err != nil {
				t.Fatal(err)
			}
		}
		if life%2 == 1 { // both copies have everything, so that either can be the one that is lost
			if err := s.behind.caughtUp(); err != nil {
				t.Fatal(err)
			}
			dir = killed(t, dir)
			continue
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir, pen
}

// whole demands that a folder holds everything the pen has written.
func whole(t *testing.T, dir string, pen *ledgertest.Pen) {
	t.Helper()
	if report := verified(t, dir); report.Damaged() || report.Head != pen.State.Head {
		t.Errorf("%+v, want head %v", report, pen.State.Head)
	}
}

// TestHarmedJournalIsMended from the ledger behind it, and the repair is told.
func TestHarmedJournalIsMended(t *testing.T) {
	segment := func(dir string, n int) string { return filepath.Join(dir, journalFolder, segmentName(uint64(n))) }
	for name, harm := range map[string]func(dir string) error{
		"first header":     func(dir string) error { return flipAt(segment(dir, 1), 20) },
		"middle header":    func(dir string) error { return flipAt(segment(dir, 2), 100) },
		"last header":      func(dir string) error { return flipAt(segment(dir, 4), 3) },
		"first frame":      func(dir string) error { return flipAt(segment(dir, 1), headerBytes+30) },
		"middle frame":     func(dir string) error { return flipAt(segment(dir, 3), headerBytes+2000) },
		"last, inside":     func(dir string) error { return flipAt(segment(dir, 4), headerBytes+30) },
		"last, its length": func(dir string) error { return flipAt(segment(dir, 4), headerBytes+1) },
		"last, its end":    func(dir string) error { return os.Truncate(segment(dir, 4), headerBytes+500) },
		"cut in a header":  func(dir string) error { return os.Truncate(segment(dir, 2), 100) },
		"emptied":          func(dir string) error { return os.Truncate(segment(dir, 3), 0) },
		"first missing":    func(dir string) error { return os.Remove(segment(dir, 1)) },
		"middle missing":   func(dir string) error { return os.Remove(segment(dir, 2)) },
		"last missing":     func(dir string) error { return os.Remove(segment(dir, 4)) },
		"all missing":      func(dir string) error { return os.RemoveAll(filepath.Join(dir, journalFolder)) },
		"swapped":          func(dir string) error { return swapFiles(segment(dir, 2), segment(dir, 3)) },
		"copied over":      func(dir string) error { return overwrite(segment(dir, 2), segment(dir, 3)) },
		"data key missing": func(dir string) error { return os.Remove(filepath.Join(dir, dataKeyName)) },
	} {
		if underRace && !slices.Contains([]string{"middle header", "last, its end", "middle missing", "swapped"}, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			dir, pen := lives(t, 4, 3)
			if err := harm(dir); err != nil {
				t.Fatal(err)
			}
			damage := name != "data key missing"
			if report := verified(t, dir); report.Damaged() != damage || damage && !strings.HasPrefix(report.File, journalFolder) {
				t.Errorf("Verify: %+v", report)
			}
			repairs, err := Mend(dir, Config{})
			if err != nil || len(repairs) == 0 {
				t.Fatalf("Mend: %+v %v", repairs, err)
			}
			whole(t, dir, pen)
			s := openAt(t, dir)
			_, _, payment := pen.Payment()
			if err := s.Append(context.Background(), pen.Write(t, payment...)); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			whole(t, dir, pen)
		})
	}
}

func flipAt(path string, at int64) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[at] ^= 1
	return os.WriteFile(path, data, 0o600)
}

func overwrite(path, with string) error {
	data, err := os.ReadFile(with)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

func swapFiles(a, b string) error {
	one, err := os.ReadFile(a)
	if err != nil {
		return err
	}
	if err := overwrite(a, b); err != nil {
		return err
	}
	return os.WriteFile(b, one, 0o600)
}

// TestBothCopiesDamagedAtOnePlace is said, with the event, and nothing is made up or thrown away.
func TestBothCopiesDamagedAtOnePlace(t *testing.T) {
	dir, _ := lives(t, 4, 3)
	inBadger(t, dir, flip(10, last))
	path := filepath.Join(dir, journalFolder, segmentName(1))
	if err := flipAt(path, headerBytes+1500); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Mend(dir, Config{}); ledger.ReasonOf(err) != ledger.ReasonLedgerDamaged || !strings.Contains(err.Error(), "event 11") {
		t.Errorf("Mend: %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the damaged segment was changed: %v", err)
	}
}

// TestLostLedgerIsRebuilt from the journal alone, rows and all.
func TestLostLedgerIsRebuilt(t *testing.T) {
	dir, pen := lives(t, 3, 3)
	if err := os.RemoveAll(filepath.Join(dir, ledgerFolder)); err != nil {
		t.Fatal(err)
	}
	told := uint64(0)
	s, err := Open(dir, Config{Progress: func(done, all uint64) { told = max(told, done); _ = all }})
	if err != nil {
		t.Fatal(err)
	}
	if repairs := s.Maintained(); len(repairs) != 1 || repairs[0].To != pen.State.Head.Seq || told != pen.State.Head.Seq {
		t.Errorf("mended: %+v, progress told to %d", repairs, told)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole(t, dir, pen)
}

// TestTornEndIsNoDamage: whatever the last write left behind, an event that nobody was told about is passed over, and what
// was acknowledged is there.
func TestTornEndIsNoDamage(t *testing.T) {
	dir, pen := t.TempDir(), ledgertest.NewPen(monday)
	s := openAt(t, dir)
	_, _, payment := pen.Payment()
	if err := s.Append(context.Background(), pen.Write(t, payment...)); err != nil {
		t.Fatal(err)
	}
	head := s.journal.head
	_, _, payment = pen.Payment()
	frame := appendFrame(nil, s.journal.seal, head.Seq+1, pen.Write(t, payment...).Records)
	used := s.journal.used
	for cut := 1; cut < len(frame); cut += map[bool]int{false: 37, true: 211}[underRace] {
		again := killed(t, dir)
		file, err := os.OpenFile(filepath.Join(again, journalFolder, segmentName(1)), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(frame[:cut], used); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		if report := verified(t, again); report.Damaged() || report.Head != head {
			t.Fatalf("cut at %d of %d: %+v", cut, len(frame), report)
		}
		if s := openAt(t, again); s.journal.head != head || len(s.Maintained()) != 0 {
			t.Fatalf("cut at %d of %d: opened at %v, mended %+v", cut, len(frame), s.journal.head, s.Maintained())
		}
	}
}

// TestSegmentsGrowAndFollow: a segment grows by steps and is followed by the next one when it is full.
func TestSegmentsGrowAndFollow(t *testing.T) {
	dir, pen := t.TempDir(), ledgertest.NewPen(monday)
	pen.Words = 2000
	s := openAt(t, dir)
	for range 60 {
		var entries []ledgertest.Entry
		for range 50 {
			_, _, payment := pen.Payment()
			entries = append(entries, payment...)
		}
		if err := s.Append(context.Background(), pen.Write(t, entries...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if files, _ := segmentFiles(filepath.Join(dir, journalFolder)); len(files) != 2 && len(files) != 1 {
		t.Errorf("%d segments", len(files))
	}
	whole(t, dir, pen)
}

var (
	harms    = flag.Int("harms", 12, "how many random harms TestRandomHarm does")
	harmSeed = flag.Uint64("harm.seed", 0, "do this one harm")
)

// TestRandomHarm harms one file of a folder in a random way. Nothing may pass in silence, nothing may panic, and as the
// other copy is whole, everything comes back.
func TestRandomHarm(t *testing.T) {
	source, pen := lives(t, 4, 4)
	old, _ := lives(t, 2, 4)
	seeds := []uint64{*harmSeed}
	if *harmSeed == 0 {
		seeds = nil
		for i := range *harms {
			seeds = append(seeds, uint64(i+1))
		}
	}
	kinds := map[string]int{}
	for _, seed := range seeds {
		random := rand.New(rand.NewPCG(seed, 11))
		dir := cloned(t, source)
		what := harmOne(t, random, dir, old)
		kinds[strings.Fields(what)[0]]++
		report, err := Verify(dir)
		if err != nil {
			t.Errorf("seed %d, %s: Verify: %v", seed, what, err)
			continue
		}
		if !report.Damaged() && report.Head != pen.State.Head {
			t.Errorf("seed %d, %s: not noticed: %+v", seed, what, report)
		}
		mended, err := Mend(dir, Config{})
		if *harmSeed != 0 {
			t.Logf("%s\n%+v\n%+v", what, report, mended)
		}
		if err != nil {
			t.Errorf("seed %d, %s: Mend: %v", seed, what, err)
			continue
		}
		if report := verified(t, dir); report.Damaged() || report.Head != pen.State.Head || report.Sales != 16 {
			t.Errorf("seed %d, %s: after mending: %+v", seed, what, report)
		}
	}
	t.Logf("%d harms: %v", len(seeds), kinds)
}

func cloned(t *testing.T, dir string) string {
	t.Helper()
	again := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(again, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{ledgerKeyName, tillKeyName, dataKeyName} {
		if err := os.Chmod(filepath.Join(again, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return again
}

// harmOne harms one file and says how.
func harmOne(t *testing.T, random *rand.Rand, dir, old string) string {
	t.Helper()
	folder := []string{journalFolder, ledgerFolder}[random.IntN(2)]
	found, err := filepath.Glob(filepath.Join(dir, folder, "*"))
	if err != nil || len(found) == 0 {
		t.Fatal(err)
	}
	slices.Sort(found)
	path := found[random.IntN(len(found))]
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	if len(data) > 0 {
		at = random.IntN(min(len(data), 64<<10))
	}
	how := []string{"flipped", "zeroed", "cut", "deleted", "swapped", "old"}[random.IntN(6)]
	other := found[random.IntN(len(found))]
	switch how {
	case "flipped":
		if len(data) > 0 {
			data[at] ^= 1 << random.IntN(8)
		}
		err = os.WriteFile(path, data, 0o600)
	case "zeroed":
		clear(data[at&^511 : min(len(data), at&^511+512)])
		err = os.WriteFile(path, data, 0o600)
	case "cut":
		err = os.Truncate(path, int64(at))
	case "deleted":
		err = os.Remove(path)
	case "swapped":
		err = swapFiles(path, other)
	case "old":
		if earlier, readErr := os.ReadFile(filepath.Join(old, folder, filepath.Base(path))); readErr == nil {
			err = os.WriteFile(path, earlier, 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s at %d (%s)", how, filepath.Base(path), at, filepath.Base(other))
}
