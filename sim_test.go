package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	simSeeds     = flag.Int("sim.seeds", 0, "how many seeds the simulation runs; 0: as many as -sim.payments need")
	simSeed      = flag.Uint64("sim.seed", 0, "run this one seed and tell its story")
	simPayments  = flag.Int("sim.payments", 1000, "run until so many payments were made")
	simFaultList = flag.String("sim.faults", "", "only these faults, by name: F20,F23")
	simOnly      = flag.String("sim.only", "", "of -sim.seed, only these parts, as a shrunk story names them")
	simCanary    = flag.Bool("sim.canary", false, "one seed of a hundred fails because the oracle lies")
	simBrief     = flag.Bool("sim.brief", false, "only name the first seeds that fail: shrink none")
	simTwice     = flag.Int("sim.twice", 10, "how many seeds are run twice, to the same trace")
)

// longRun is from how many payments on every fault must have been met often enough.
const longRun, oftenEnough = 1_000_000, 100

// TestSimulation lets a hasty cashier and difficult customers use a till whose channels lose, delay, forge and repeat things, and
// whose process dies at any moment. An oracle that sees both sides compares them after every step: what the till believes, shows
// and owes with what the channels hold. The long run:
//
//	go test . -run TestSimulation -sim.payments=1000000 -timeout 30m -v
func TestSimulation(t *testing.T) {
	if *simSeed != 0 {
		tellSeed(t, *simSeed, parts(t, *simOnly))
		return
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // seeds leave much behind, and nothing stays
	r := newRuns()
	t.Run("seeds", func(t *testing.T) {
		for shard := range 2 {
			t.Run(fmt.Sprint(shard+1), func(t *testing.T) {
				t.Parallel()
				r.shard(t, r.first+uint64(shard))
			})
		}
	})
	t.Logf("%d violations\n%s", len(r.failed), r.sum.table())
	for _, s := range r.failed[:min(len(r.failed), 3)] {
		if *simBrief {
			t.Errorf("seed %d breaks %s: %s", s.seed, s.broken.invariant, s.broken.text)
			continue
		}
		explain(t, s.seed, s.broken.invariant)
	}
	if len(r.failed) == 0 && r.sum.Payments >= longRun && *simFaultList == "" {
		for f, n := range r.sum.Faults {
			if n < oftenEnough {
				t.Errorf("%s was met %d times only: %s", simFaults[f].name, n, simFaults[f].what)
			}
		}
		for i, n := range r.sum.Desk {
			if n < oftenEnough && deskWords[i] != "" {
				t.Errorf("only %d %s", n, deskWords[i])
			}
		}
	}
}

// runs adds up what the shards meet.
type runs struct {
	first, last uint64 // seeds
	wanted      int64  // payments
	mu          sync.Mutex
	sum         tally
	failed      []*sim
	payments    atomic.Int64
}

func newRuns() *runs {
	if *simSeeds > 0 {
		return &runs{first: 1, last: uint64(*simSeeds), wanted: math.MaxInt64}
	}
	return &runs{first: 1, last: math.MaxUint64, wanted: int64(*simPayments)}
}

// shard runs every second seed.
func (r *runs) shard(t *testing.T, first uint64) {
	for seed := first; seed <= r.last && r.payments.Load() < r.wanted; seed += 2 {
		s := runSeed(t, seed, nil, false)
		r.payments.Add(int64(s.Payments))
		r.mu.Lock()
		r.sum.add(&s.tally)
		if s.broken != nil {
			r.failed = append(r.failed, s)
		}
		many := len(r.failed) >= 5 || *simBrief && len(r.failed) >= 2
		r.mu.Unlock()
		if many {
			return
		}
	}
}

// tellSeed tells one seed's story.
func tellSeed(t *testing.T, seed uint64, only map[uint64]bool) {
	s := runSeed(t, seed, only, true)
	t.Logf("seed %d\n%s\n%s", seed, strings.Join(s.story, "\n"), s.table())
	if s.broken != nil {
		t.Errorf("%s: %s", s.broken.invariant, s.broken.text)
	}
}

// explain shrinks a seed that fails and tells what is left of it.
func explain(t *testing.T, seed uint64, invariant string) {
	t.Helper()
	kept, s := shrink(t, seed, invariant)
	if s == nil {
		t.Errorf("seed %d breaks %s, and not when it is run again", seed, invariant)
		return
	}
	t.Errorf("seed %d breaks %s; %d events are enough:\n%s\nreplay: go test . -run TestSimulation -sim.seed=%d -sim.only=%s -v",
		seed, invariant, len(kept), short(s.story), seed, partsText(kept))
}

// short tells a story without what repeats itself.
func short(story []string) string {
	var lines []string
	var said []string // the last few, without their times
	left := 0
	for _, line := range story {
		_, what, _ := strings.Cut(line, " ")
		if slices.Contains(said, what) && !strings.HasPrefix(what, "HERE") {
			left++
			continue
		}
		if left > 0 {
			lines = append(lines, fmt.Sprintf("             … the same again, %d times", left))
		}
		lines, left = append(lines, line), 0
		said = append(said[max(0, len(said)-7):], what)
	}
	return strings.Join(lines, "\n")
}

// parts reads what partsText writes.
func parts(t *testing.T, text string) map[uint64]bool {
	if text == "" {
		return nil
	}
	only := map[uint64]bool{}
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseUint(word, 36, 64)
		if err != nil {
			t.Fatalf("-sim.only: %v", err)
		}
		only[n] = true
	}
	return only
}

func partsText(parts []uint64) string {
	var words []string
	for _, p := range parts {
		words = append(words, strconv.FormatUint(p, 36))
	}
	return strings.Join(words, ",")
}

// TestSimulationRepeats: the same seed gives the same trace: every byte that was written, every answer, every fen.
func TestSimulationRepeats(t *testing.T) {
	for seed := uint64(1); seed <= uint64(*simTwice); seed++ {
		one, two := runSeed(t, seed, nil, false), runSeed(t, seed, nil, false)
		if one.trace != two.trace || one.tally != two.tally {
			t.Fatalf("seed %d: trace %x, then %x", seed, one.trace, two.trace)
		}
	}
}

// canary seeds fail when -sim.canary is set: the oracle takes every PAID for a lie.
func canary(seed uint64) bool { return seed%100 == 42 }

// TestSimulationCanary: a run in which one seed of a hundred must fail reports exactly that one, and tells it shortly.
func TestSimulationCanary(t *testing.T) {
	defer func(was bool) { *simCanary = was }(*simCanary)
	*simCanary = true
	r := &runs{first: 27, last: 56, wanted: math.MaxInt64}
	r.shard(t, 27)
	r.shard(t, 28)
	if len(r.failed) != 1 || r.failed[0].seed != 42 || r.failed[0].broken.invariant != "M8" {
		t.Fatalf("%d seeds failed", len(r.failed))
	}
	kept, s := shrink(t, 42, "M8")
	if s == nil || len(kept) > shortStory || !strings.Contains(strings.Join(s.story, "\n"), "Enter") {
		t.Fatalf("shrunk to %d events", len(kept))
	}
	if again := runSeed(t, 42, parts(t, partsText(kept)), false); again.broken == nil || *again.broken != *s.broken {
		t.Errorf("the printed command does not replay it: %+v", again.broken)
	}
}

// shortStory is how many events a shrunk seed may have.
const shortStory = 25

// TestRealTillDrawsAtRandom: only a simulation gives the Book a source of its own for order numbers and tails.
func TestRealTillDrawsAtRandom(t *testing.T) {
	for _, file := range []string{"main.go", "opening.go", "training.go", "config.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`\bRandom\s*[:=]`).Match(text) {
			t.Errorf("%s sets Random", file)
		}
	}
}
