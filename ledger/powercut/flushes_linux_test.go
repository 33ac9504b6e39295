package powercut

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// flushesOf is how many flush requests a block device has completed, as the kernel counts them: the 16th field.
func flushesOf(t *testing.T, device string) (n int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(device), "stat"))
	field := strings.Fields(string(text))
	if err != nil || len(field) < 16 {
		t.Fatalf("the device's counters: %q %v", text, err)
	}
	if _, err := fmt.Sscan(field[15], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// window is what one append cost.
type window struct {
	events  int
	flushes int
	grew    bool // the journal was lengthened, or a segment begun
}

// windows runs a writer on ext4 and counts the flushes between each try and its acknowledgement. The file system's own
// commits, which are for times and lengths and come every five seconds, are put off: they are not the ledger's.
func windows(t *testing.T, j job) (all []window) {
	t.Helper()
	s := raised(t, setting{kind: &ext4, options: ",commit=600"})
	began, before, size := flushesOf(t, s.device), 0, int64(0) // the kernel counts since the device was made
	arrivedBefore := flushesOn(s.recorded())
	j.Store, j.Seed, j.Day = ledgerStore, *seedFlag, firstDay
	err := s.perform(j, func(h heard) bool {
		switch h.word {
		case wordTry:
			before = flushesOf(t, s.device)
		case wordAck:
			after, now := flushesOf(t, s.device), journalBytes(s.dir)
			all = append(all, window{len(h.hashes), after - before, now != size})
			size = now
		}
		return false
	})
	if err != nil {
		t.Fatal(err)
	}
	counted, arrived := flushesOf(t, s.device)-began, flushesOn(s.recorded())-arrivedBefore
	if counted < len(all) || arrived < counted {
		t.Errorf("the kernel counts %d flushes, %d arrived: the loop device does not pass them on", counted, arrived)
	}
	return all
}

func flushesOn(tp *tape) (n int) {
	for i := range tp.Entries {
		n += count(tp.Entries[i].Kind == flushed)
	}
	return n
}

func journalBytes(dir string) (sum int64) {
	files, _ := filepath.Glob(filepath.Join(dir, "till/journal/*.seg"))
	for _, path := range files {
		if info, err := os.Stat(path); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

// TestOneFlushAnAppend: in space that was written before, an append of one event is exactly one flush of the device, and
// so is one of many.
func TestOneFlushAnAppend(t *testing.T) {
	for _, shape := range []string{shapeSmall, shapeGroups} {
		t.Run(shape, func(t *testing.T) {
			n := map[string]int{shapeSmall: 1001, shapeGroups: 60}[shape]
			sum, counted, events := 0, 0, 0
			for i, w := range windows(t, job{Shape: shape, Count: n}) {
				if w.grew {
					continue
				}
				sum, counted, events = sum+w.flushes, counted+1, events+w.events
				if w.flushes != 1 {
					t.Errorf("append %d of %d events: %d flushes", i, w.events, w.flushes)
				}
			}
			if counted < n-2 {
				t.Fatalf("only %d appends of %d without a longer journal", counted, n)
			}
			t.Logf("%d appends of %d events: %d flushes, %.2f an append", counted, events, sum, float64(sum)/float64(counted))
		})
	}
}

// TestFlushesInTheLongRun prints what lengthening the journal and Badger's own work add. Badger does not sync for a commit,
// but when a memtable is full it syncs the new table and its list of tables, at a time of its own: such flushes fall into
// some append's window, or between two.
func TestFlushesInTheLongRun(t *testing.T) {
	var appends, journal, grown, behind int
	for _, w := range windows(t, job{Shape: shapeLong, Count: 3000}) {
		appends++
		switch {
		case w.grew:
			grown += w.flushes - 1
		default:
			behind += w.flushes - 1
		}
		journal++
	}
	all := journal + grown + behind
	t.Logf("%d appends: %d flushes of their own, %d for a longer journal, %d of Badger's that met them: %.3f an append",
		appends, journal, grown, behind, float64(all)/float64(appends))
	if float64(all) > 1.1*float64(appends) {
		t.Errorf("%d flushes for %d appends", all, appends)
	}
}
