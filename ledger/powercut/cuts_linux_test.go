package powercut

import (
	"fmt"
	"path/filepath"
	"runtime/debug"
	"testing"
)

var (
	diskModes   = []mode{none, all, prefix, subset, torn}
	strictModes = []mode{none, subset, middle}
)

// side is one file system with its cuts.
type side struct {
	name    string
	kind    *kindOfFS // nil: the strict file system
	modes   []mode
	share   int // of the cuts, in percent
	perTape int
	tape    func(t *testing.T, s side, nth int) *tape
}

var sides = []side{
	{"ext4", &ext4, diskModes, 40, 20, told},
	{"xfs", &xfs, diskModes, 20, 20, told},
	{strictName, nil, strictModes, 20, 20, told},
	{"ext4-again", &ext4, diskModes, 10, 5, toldAgain()},
	{"strict-again", nil, strictModes, 10, 5, toldAgain()},
}

// TestCuts: whatever the moment, whatever survives, everything acknowledged is there, nothing is invented, both copies
// agree and the till goes on. "Again" is power that fails while the till recovers from a power cut.
func TestCuts(t *testing.T) {
	for _, s := range sides {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			need(t, s.kind)
			cuts := *cutsFlag * s.share / 100
			for nth := 0; nth*s.perTape < cuts || nth*s.perTape <= *cutFlag; nth++ {
				if numbers := s.wanted(nth, cuts); len(numbers) > 0 {
					s.cutTape(t, nth, numbers)
				}
			}
		})
	}
}

// wanted gives the numbers of the cuts to make on the nth tape.
func (s side) wanted(nth, all int) (numbers []int) {
	for n := nth * s.perTape; n < (nth+1)*s.perTape; n++ {
		if n == *cutFlag || *cutFlag < 0 && n < all {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func (s side) cutTape(t *testing.T, nth int, numbers []int) {
	t.Helper()
	defer debug.FreeOSMemory() // a disk and its tape are some hundred MB
	tp := s.tapeFor(t, nth)
	var cuts []cut
	for _, number := range numbers {
		cuts = append(cuts, tp.cut(*seedFlag, number, s.modes))
	}
	if !allGood(t, s.name, s.kind, tp, cuts) {
		keep(t, tp, fmt.Sprintf("%s-seed%d-tape%d", s.name, *seedFlag, nth))
	}
}

func (s side) tapeFor(t *testing.T, nth int) *tape {
	t.Helper()
	if *tapeFlag == "" {
		return s.tape(t, s, nth)
	}
	tp, err := load(*tapeFlag)
	if err != nil {
		t.Fatal(err)
	}
	return tp
}

// told records writers of whom all but the last are killed: five short ones, so that much of the tape is openings, and for
// every fourth tape two heavy ones.
func told(t *testing.T, s side, nth int) *tape {
	t.Helper()
	writers, batches, shape := 5, 40, shapeMixed
	if nth%4 == 0 {
		writers, batches, shape = 2, 250, shapeHeavy
	}
	on := raised(t, setting{kind: s.kind, slowTables: shape == shapeHeavy})
	j := job{Store: ledgerStore, Seed: *seedFlag + 1000*uint64(nth), Shape: shape, Count: batches}
	if err := on.story(j, writers); err != nil {
		t.Fatal(err)
	}
	tables, _ := filepath.Glob(filepath.Join(on.dir, "till/ledger/*.sst"))
	tp := lower(t, on)
	t.Logf("tape %d: %s; Badger has %d tables", nth, tp.summary(), len(tables))
	return tp
}

// toldAgain gives what records a writer on what a cut has left. Five such tapes share the one that was cut.
func toldAgain() func(t *testing.T, s side, nth int) *tape {
	var first *tape
	var number int
	return func(t *testing.T, s side, nth int) *tape {
		t.Helper()
		if first == nil || number != nth/5 {
			number = nth / 5
			first = told(t, s, number+1) // a short one first
		}
		on := raised(t, setting{kind: s.kind, before: &past{first, first.cut(*seedFlag, nth, s.modes)}})
		j := job{Store: ledgerStore, Seed: *seedFlag, Day: firstDay + 8, Shape: shapeMixed, Count: 10}
		if err := on.perform(j, killing(0)); err != nil {
			keep(t, first, fmt.Sprintf("%s-seed%d-before%d", s.name, *seedFlag, nth))
			t.Fatalf("on what cut %d has left: %v", nth, err)
		}
		return lower(t, on)
	}
}

// allGood makes cuts of a ledger's tape, of which none may lose anything.
func allGood(t *testing.T, what string, kind *kindOfFS, tp *tape, cuts []cut) bool {
	t.Helper()
	good := true
	for _, r := range replayed(t, kind, ledgerStore, tp, cuts) {
		tally.add(what, r)
		if !r.verdict.good() {
			good = false
			t.Errorf("-seed %d -cut %d (mode %s, entry %d of %d): %s", *seedFlag, r.cut.number, r.cut.mode, r.cut.point,
				len(tp.Entries), r.verdict)
		}
	}
	return good
}

func replayed(t *testing.T, kind *kindOfFS, store string, tp *tape, cuts []cut) []result {
	t.Helper()
	results, err := replay{rootFor(t), kind, store, tp}.run(cuts)
	if err != nil {
		t.Fatal(err)
	}
	return results
}
