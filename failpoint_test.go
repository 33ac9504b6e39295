//go:build failpoints

package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

var (
	doubles     = flag.Int("doubles", 300, "how many pairs of deaths are sampled")
	doublesSeed = flag.Uint64("doubles.seed", 1, "of the sample")
)

// telling is what came of one telling of a story.
type telling struct {
	lives   [][]death
	missed  bool // a death that was meant did not come about
	moves   []string
	failure string
}

// recorder collects what goes wrong instead of ending the test.
type recorder struct {
	testing.TB
	mu    sync.Mutex
	wrong []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); panic(r) }
func (r *recorder) Fatal(args ...any)                 { r.Errorf("%s", fmt.Sprint(args...)); panic(r) }

// fate is what is to happen to the processes of a story.
type fate struct {
	deaths  []death
	pause   time.Duration // between a death and the next start
	forgets bool          // a canary: the store loses its last event at a death
}

// tellOnce tells a story under a fate, in its own bubble of fake time. A goroutine that is left behind ends the test.
func tellOnce(t *testing.T, s story, f fate) (out telling) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{TB: t}
		m := newMortal(r, f)
		ledger.OnFailpoint(m.passes)
		defer ledger.OnFailpoint(nil)
		defer func() {
			if p := recover(); p != nil && p != any(r) {
				panic(p)
			}
			m.mu.Lock()
			m.ended = true
			out = telling{lives: m.lives, missed: len(m.deaths) > 0, moves: m.moves}
			m.mu.Unlock()
			m.end()
			out.failure = strings.Join(r.wrong, "\n\t")
		}()
		m.start(ledger.NewMemory())
		m.live()
		s.tell(m)
		m.judge()
	})
	return out
}

// tell tells a story until the deaths that are meant have come about, in so many tries: which goroutine goes first is not the
// same each time. What goes wrong is an error.
func tell(t *testing.T, s story, f fate, tries int) (out telling) {
	t.Helper()
	for range tries {
		if out = tellOnce(t, s, f); out.failure != "" || !out.missed {
			break
		}
	}
	if out.failure != "" {
		t.Errorf("%s, death at %v, next start after %v:\n\t%s\n\totherwise: %q", s.name, f.deaths, f.pause, out.failure, out.moves)
	}
	return out
}

// TestFailpoints tells every story once without a death, once for every failpoint that its processes come by, with the death
// there, and then samples pairs of deaths: the second in the life that follows the first, its opening included. The long run:
//
//	go test -tags failpoints -run TestFailpoints . -doubles 10000 -timeout 60m -v
func TestFailpoints(t *testing.T) {
	names := ledgertest.Failpoints(t, ".")
	reached := map[string]int{}
	var pairs []pair
	for _, s := range stories {
		began := time.Now()
		before := len(pairs)
		pairs = append(pairs, everySingle(t, s, reached)...)
		t.Logf("%-60s %4d deaths, %v", s.name, len(pairs)-before, time.Since(began).Round(time.Millisecond))
	}
	t.Logf("%d single deaths", len(pairs))
	if !t.Failed() {
		sampleDoubles(t, pairs)
	}
	for name, at := range names {
		if filepath.Dir(at.Filename) != filepath.Join("ledger", "disk") && reached[name] == 0 {
			t.Errorf("%s: no story comes by the failpoint %q", at, name)
		}
	}
}

// everySingle tells a story once for every failpoint that it comes by, and counts in reached where the processes died.
func everySingle(t *testing.T, s story, reached map[string]int) (pairs []pair) {
	t.Helper()
	otherwise := map[string]int{}
	for _, d := range slices.Concat(tell(t, s, fate{}, 1).lives...) {
		out := tell(t, s, fate{deaths: []death{d}, pause: time.Second}, 4)
		if t.Failed() {
			return pairs
		}
		if out.missed {
			t.Errorf("%s: the death at %v never came about", s.name, d)
			continue
		}
		reached[d.name]++
		for _, move := range out.moves {
			otherwise[move]++
		}
		pairs = append(pairs, pair{s, d, out.lives[d.life+1]})
	}
	if len(otherwise) > 0 {
		t.Logf("%s: otherwise %v", s.name, otherwise)
	}
	return pairs
}

// pair is a first death, and where the life after it came by.
type pair struct {
	story
	first death
	next  []death
}

// sampleDoubles tells stories with two deaths.
func sampleDoubles(t *testing.T, pairs []pair) {
	t.Helper()
	random := rand.New(rand.NewPCG(*doublesSeed, 11))
	pauses := []time.Duration{50 * time.Millisecond, time.Second, 20 * time.Second, 3 * time.Minute}
	died, missed, otherwise := 0, 0, 0
	for died < *doubles && missed < 1000+*doubles && !t.Failed() {
		p := pairs[random.IntN(len(pairs))]
		second := p.next[random.IntN(len(p.next))]
		out := tell(t, p.story, fate{deaths: []death{p.first, second}, pause: pauses[random.IntN(len(pauses))]}, 1)
		if out.missed { // after another pause the second life is another one
			missed++
			continue
		}
		died++
		otherwise += min(1, len(out.moves))
	}
	t.Logf("%d double deaths, %d stories among them went otherwise than told; %d were not reached", died, otherwise, missed)
	if died < *doubles {
		t.Errorf("only %d pairs of %d have come about", died, *doubles)
	}
}

// TestFailpointsSeeALoss: a store that loses its last event at a death is told on wherever a screen has shown that event.
func TestFailpointsSeeALoss(t *testing.T) {
	seen := 0
	for _, d := range slices.Concat(tell(t, stories[0], fate{}, 1).lives...) {
		if d.name != "commit: published" || d.nth == 1 { // before the first one returns there is no screen
			continue
		}
		out := tellOnce(t, stories[0], fate{deaths: []death{d}, pause: time.Second, forgets: true})
		if out.failure == "" && !out.missed {
			t.Errorf("death at %v: nobody has noticed that an event is gone", d)
		}
		seen++
	}
	if seen == 0 {
		t.Error("nothing was published")
	}
}
