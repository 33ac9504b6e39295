package baddisk

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	every = flag.Bool("every", false, "fail every call in turn, not a sample: some minutes")
	nth   = flag.Int("nth", 0, "fail this call only")
	say   = flag.Bool("say", false, "say what each failing call led to")
)

// needFUSE skips where nothing can be mounted.
func needFUSE(t *testing.T) {
	t.Helper()
	needRoot(t)
	file, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no FUSE here: %v", err)
	}
	_ = file.Close()
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
}

// TestFailingCall lets one call fail, or all from one on, at every step of a till's life, and compares what the till was
// told with what is left. A run is named by place, kind, error and how often: -run 'TestFailingCall/journal/write/EIO/once'
// -nth 12 repeats one.
//
// A call that concerns the journal or the files beside it must never end the process. One on Badger's files may: it
// maps them, and it tries some things again for ever. Then, too, everything acknowledged must be there afterwards.
func TestFailingCall(t *testing.T) {
	needFUSE(t)
	t.Parallel()
	counts := countCalls(t)
	sum := &summary{rows: map[string]map[string]int{}}
	t.Run("all", func(t *testing.T) { // ends when all of them have
		for i, f := range everyFault(counts) {
			pick := 1 + i*7%counts[f.place][f.kind]
			t.Run(f.path(), func(t *testing.T) {
				t.Parallel()
				failInTurn(t, f, pick, sum)
			})
		}
	})
	sum.print(t)
}

// everyFault gives what can fail, without saying which call. Once is once, wherever it is counted. In a sample the three
// errors take turns where the journal is not concerned alone.
func everyFault(counts map[place]map[kind]int) (all []fault) {
	for _, where := range []place{journal, badger, rest, anywhere} {
		for _, what := range []kind{opens, creates, writes, syncs, renames, truncates, unlinks, mkdirs} {
			if counts[where][what] == 0 {
				continue
			}
			for i, errno := range errnos {
				if sample := !*every && *nth == 0; sample && where != journal && i != len(all)/2%len(errnos) {
					continue
				}
				all = append(all, fault{kind: what, place: where, errno: errno, forever: true})
				if where != anywhere {
					all = append(all, fault{kind: what, place: where, errno: errno})
				}
			}
		}
	}
	return all
}

// path names a fault's test.
func (f fault) path() string {
	often := "once"
	if f.forever {
		often = "forever"
	}
	return fmt.Sprintf("%s/%s/%s/%s", f.place, f.kind, errnoName(f.errno), often)
}

// countCalls runs the till on a healthy disk and gives how many calls there are to fail.
func countCalls(t *testing.T) map[place]map[kind]int {
	t.Helper()
	d := mountBad(t, fault{})
	a := run(t, "till", d.mount, patience)
	if a.end != ended || a.stage != "done" || len(a.trouble)+len(a.broken) > 0 {
		t.Fatalf("on a healthy disk: %s in %q: %q %q %s", a.end, a.stage, a.trouble, a.broken, a.last())
	}
	if err := d.unmount(); err != nil {
		t.Fatal(err)
	}
	if _, wrong := compare(t, d.below, a); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	counts := maps.Clone(d.counts)
	counts[anywhere] = map[kind]int{}
	for _, at := range []place{journal, badger, rest} {
		for k, n := range counts[at] {
			counts[anywhere][k] += n
		}
	}
	return counts
}

// failInTurn fails one call after the other until there is none left, or the one that is asked for.
func failInTurn(t *testing.T, f fault, pick int, sum *summary) {
	switch {
	case *nth > 0:
		f.nth = *nth
		failOne(t, f, sum)
	case !*every:
		f.nth = pick
		failOne(t, f, sum)
	default:
		first, step := 1, 1
		if f.place == anywhere { // each call was failed at its own place; here the three errors share them
			first, step = 1+slices.Index(errnos, f.errno), len(errnos)
		}
		for f.nth = first; failOne(t, f, sum); f.nth += step {
		}
	}
}

// mayEnd reports whether a fault may end the process, or keep it for ever.
func (f fault) mayEnd() bool { return f.place == anywhere || f.place == badger }

// patience is how long a till may be silent. Badger waits a second before it tries again what failed.
func (f fault) patience() time.Duration {
	if f.mayEnd() {
		return 3 * time.Second
	}
	return patience
}

var errnos = []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EROFS}

// failOne reports whether the call was made at all.
func failOne(t *testing.T, f fault, sum *summary) bool {
	d := mountBad(t, f)
	defer func() { _ = os.RemoveAll(d.below) }()
	till := run(t, "till", d.mount, f.patience())
	hits := d.hits()
	if err := d.unmount(); err != nil {
		t.Fatalf("%s: unmounting: %v", f, err)
	}
	after, wrong := compare(t, d.below, till)
	wrong = append(wrong, till.broken...)
	if till.end != ended && !f.mayEnd() {
		wrong = append(wrong, fmt.Sprintf("the till ended in %q by %s: %s", till.stage, till.end, till.last()))
	}
	if till.end == ended && !f.forever && till.stage != "done" {
		wrong = append(wrong, fmt.Sprintf("the till never got over it: %q", till.stage))
	}
	if len(wrong) > 0 {
		t.Errorf("%s, nth %d\n failed %q\n%s\n the till said %q and ended in %q by %s\n repairs %q",
			f, f.nth, hits, strings.Join(wrong, "\n"), till.trouble, till.stage, till.end, after.repairs)
	}
	if *say {
		t.Logf("%s %q: %s in %q, said %q, repairs %q %s", f, hits, till.end, till.stage, till.trouble, after.repairs, where(till.stderr))
	}
	if len(hits) > 0 {
		sum.add(f, till, after)
	}
	return len(hits) > 0
}

// summary counts how tills ended. Tests add to it at the same time.
type summary struct {
	mu   sync.Mutex
	rows map[string]map[string]int
}

func (s *summary) add(f fault, till, after *account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	often := "once"
	if f.forever {
		often = "for ever"
	}
	row := fmt.Sprintf("%-8s %-8s %s", f.place, f.kind, often)
	if s.rows[row] == nil {
		s.rows[row] = map[string]int{}
	}
	s.rows[row]["runs"]++
	if till.end != ended {
		s.rows[row][fmt.Sprintf("%s in %q", till.end, strings.Trim(till.stage, " 0123456789"))]++
	}
	if len(till.trouble) == 0 && till.end == ended {
		s.rows[row]["unnoticed"]++
	}
	if len(after.repairs) > 0 {
		s.rows[row]["mended afterwards"]++
	}
}

func (s *summary) print(t *testing.T) {
	for _, row := range slices.Sorted(maps.Keys(s.rows)) {
		text := ""
		for _, what := range slices.Sorted(maps.Keys(s.rows[row])) {
			if what != "runs" {
				text += fmt.Sprintf("; %s %d", what, s.rows[row][what])
			}
		}
		t.Logf("%s: %d runs%s", row, s.rows[row]["runs"], text)
	}
}
