package powercut

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

var (
	cutsFlag = flag.Int("cuts", 200, "power cuts in all: 40 % on ext4, 20 % each on XFS and on the strict file system, 20 % in recoveries")
	seedFlag = flag.Uint64("seed", 1, "of the writers, the cuts and what survives them")
	cutFlag  = flag.Int("cut", -1, "make only this cut")
	tapeFlag = flag.String("tape", "", "cut this tape, which a failure has kept, and record none")
	keepFlag = flag.String("keep", "", "an existing folder in which failures keep their tapes")
)

// base is the folder below which everything is put up, in memory.
var base string

func TestMain(m *testing.M) {
	if code, ok := child(); ok {
		os.Exit(code)
	}
	flag.Parse()
	code, err := guarded(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// guarded runs the tests with a process beside them that sweeps when they have ended, also by a signal or a time limit.
func guarded(m *testing.M) (code int, err error) {
	memory := "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		memory = ""
	}
	if base, err = os.MkdirTemp(memory, "guitai-powercut-"); err != nil {
		return 1, err
	}
	stop, err := startGuard(base)
	if err != nil {
		return 1, err
	}
	code = m.Run()
	tally.print(os.Stdout)
	return code, stop()
}

// rootFor gives a test a folder of its own.
func rootFor(t *testing.T) string {
	t.Helper()
	root, err := os.MkdirTemp(base, strings.ReplaceAll(t.Name(), "/", "-")+"-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	return root
}

// need skips a test where the machine lacks what it takes, and says what.
func need(t *testing.T, kind *kindOfFS) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting needs root")
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		t.Skipf("no FUSE here: %v", err)
	}
	if kind == nil {
		return
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		t.Skipf("no loop devices here: %v", err)
	}
	for _, tool := range []string{kind.mkfs[0], "losetup", "mount"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%v", err)
		}
	}
	known, _ := os.ReadFile("/proc/filesystems")
	if !strings.Contains(string(known), "\t"+kind.name+"\n") {
		t.Skipf("this kernel has no %s", kind.name)
	}
}

// raised puts a stage up for the length of a test.
func raised(t *testing.T, set setting) *stage {
	t.Helper()
	need(t, set.kind)
	s, err := raise(rootFor(t), set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Errorf("taking the stage down: %v", err)
		}
	})
	return s
}

// lower takes a stage down before the test's end and gives its tape, which ends before that: power stays on.
func lower(t *testing.T, s *stage) *tape {
	t.Helper()
	tp := s.recorded()
	if err := s.close(); err != nil {
		t.Errorf("taking the stage down: %v", err)
	}
	return tp
}

// tally counts the cuts of a whole run.
var tally = tallies{rows: map[[2]string]*row{}}

type tallies struct {
	mu   sync.Mutex
	rows map[[2]string]*row
}

type row struct {
	points, lost, invented, notOpen, notWhole, mended int
	took                                              time.Duration
}

func (a *tallies) add(what string, r result) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := [2]string{what, r.cut.mode.String()}
	if a.rows[key] == nil {
		a.rows[key] = &row{}
	}
	one := a.rows[key]
	one.points++
	one.took += r.took
	one.lost += count(r.verdict.Lost > 0)
	one.invented += count(r.verdict.Invented > 0)
	one.notOpen += count(r.verdict.NotOpen != "")
	one.notWhole += count(r.verdict.NotWhole != "")
	one.mended += count(r.verdict.Mended > 0)
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (a *tallies) print(out io.Writer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.rows) == 0 {
		return
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "file system\tmode\tpoints\tlost\tinvented\tnot openable\tnot whole\tmended\ts/point")
	keys := slices.SortedFunc(maps.Keys(a.rows), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	for _, key := range keys {
		r := a.rows[key]
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.2f\n", key[0], key[1], r.points, r.lost, r.invented, r.notOpen, r.notWhole,
			r.mended, r.took.Seconds()/float64(r.points))
	}
	_ = w.Flush()
}

// keep saves the tape of a failure, if there is a place for it.
func keep(t *testing.T, tp *tape, name string) {
	t.Helper()
	if *keepFlag == "" {
		t.Logf("the tape is not kept: -keep FOLDER keeps it, -tape FILE cuts it again")
		return
	}
	path := filepath.Join(*keepFlag, name+".tape")
	if err := tp.keep(path); err != nil {
		t.Errorf("keeping the tape: %v", err)
	}
	t.Logf("the tape is kept as %s", path)
}
