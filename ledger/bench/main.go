// Command bench compares the ledger's store with the bare disk and with other stores, side by side in one run, and prints
// one table of ratios with the goals beside them.
//
//	cd ledger/bench && go run .            # some ten minutes
//	cd ledger/bench && go run . -quick     # under a minute, coarse
//	cd ledger/bench && go run . -events 5000000 -only open,verify
//
// It is a module of its own, so that none of the stores it compares with becomes part of the till. Figures are no test: the
// exit code tells only whether it ran. A goal in microseconds belongs to the machine it was set on; a ratio travels.
//
// A slower disk is not modelled: the store calls fdatasync itself and has no place to put a wait. Flushes are not counted
// here either: that needs a block device of its own.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
)

// bench is one run.
type bench struct {
	dir      string
	rounds   int
	events   int // of the large ledger
	commits  int // a round and engine
	daySales int // of the day whose memory is looked at
	verifies int // rounds of full verification, which takes long
	notes    []string
	many     *fixture
	oneDay   *fixture
}

func (b *bench) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// parts in the order they run. Those after "open" share the large ledger; "kill" comes last because it adds to it.
var parts = []struct {
	name string
	run  func(*bench) ([]row, error)
}{
	{"commit", commitRows},
	{"writers", writersRows},
	{"heap", heapRows},
	{"size", sizeRows},
	{"open", openRows},
	{"day", dayRows},
	{"verify", verifyRows},
	{"kill", killRows},
}

func main() {
	if is, err := runChild(os.Args[1:]); is || err != nil {
		exit(err)
	}
	exit(run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// request is what the command line asks for.
type request struct {
	dir, only, profile string
	quick              bool
}

func parse(b *bench) (r request) {
	flag.IntVar(&b.rounds, "rounds", 9, "how often each comparison is repeated, in turn")
	flag.IntVar(&b.events, "events", 1_000_000, "size of the large ledger")
	flag.StringVar(&r.dir, "dir", "", "folder on a real disk; a fresh one is made in it and removed (default: the temporary folder)")
	flag.StringVar(&r.only, "only", "", "parts to run, by commas: "+partNames())
	flag.BoolVar(&r.quick, "quick", false, "a small version, in under a minute")
	flag.StringVar(&r.profile, "cpuprofile", "", "write a CPU profile of this process to a file; what makes the large ledger is another")
	flag.Parse()
	b.commits, b.daySales, b.verifies = 400, salesADay, 3
	if r.quick {
		b.rounds, b.events, b.commits, b.daySales = min(b.rounds, 3), min(b.events, 50_000), 100, 1000
	}
	if b.verifies = min(b.verifies, b.rounds); r.quick || b.events >= 5_000_000 {
		b.verifies = 1
	}
	return r
}

func run() (err error) {
	b := &bench{}
	r := parse(b)
	if b.dir, err = realFolder(r.dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := os.Setenv("TMPDIR", b.dir); err != nil { // verification copies into the temporary folder
		return err
	}
	stop, err := startProfile(r.profile)
	if err != nil {
		return err
	}
	rows, err := b.all(r.only)
	if err = errors.Join(err, stop()); err != nil {
		return err
	}
	return b.print(rows)
}

func (b *bench) all(only string) (rows []row, err error) {
	b.note("%d cores, load average %s before", runtime.NumCPU(), load())
	for _, part := range parts {
		if only != "" && !strings.Contains(","+only+",", ","+part.name+",") {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s...\n", part.name)
		some, err := part.run(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		rows = append(rows, some...)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("-only %s: there are %s", only, partNames())
	}
	b.note("load average %s after; %d rounds, medians; no GOMEMLIMIT unless the environment sets one", load(), b.rounds)
	return rows, nil
}

func (b *bench) print(rows []row) error {
	for _, note := range b.notes {
		fmt.Println(note)
	}
	fmt.Println()
	return printTable(os.Stdout, rows)
}

func partNames() string {
	var names []string
	for _, part := range parts {
		names = append(names, part.name)
	}
	return strings.Join(names, ",")
}

// realFolder makes a folder for this run. One that is in memory is refused: nothing is flushed there.
func realFolder(parent string) (string, error) {
	dir, err := os.MkdirTemp(parent, "guitai-bench-")
	if err != nil {
		return "", fmt.Errorf("making a folder: %w", err)
	}
	memory, err := inMemory(dir)
	if err == nil && memory {
		err = fmt.Errorf("%s is in memory, where a flush costs nothing: give a folder on a disk with -dir", dir)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(dir))
	}
	return dir, nil
}

func startProfile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() error { pprof.StopCPUProfile(); return file.Close() }, nil
}
