package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
)

// fixture is a ledger that several rows share. It is made once, by a child, when the first row asks.
type fixture struct {
	dir string
	told
}

// large is the ledger of many events. They were appended in groups, as the Book's committer makes them under load.
func (b *bench) large() (*fixture, error) {
	if b.many != nil {
		return b.many, nil
	}
	f, err := makeFixture(childBuild, filepath.Join(b.dir, "large"), b.events)
	if err != nil {
		return nil, err
	}
	b.note("large ledger: %d events in %.0f s", f.Events, f.Seconds)
	b.many = f
	return f, nil
}

// single is the ledger of one day, each event appended by itself, as one cashier does.
func (b *bench) single() (*fixture, error) {
	if b.oneDay != nil {
		return b.oneDay, nil
	}
	f, err := makeFixture(childDay, filepath.Join(b.dir, "one-day"), b.daySales)
	b.oneDay = f
	return f, err
}

func makeFixture(kind, dir string, n int) (*fixture, error) {
	t, err := child(kind, dir, n)
	if err != nil {
		return nil, fmt.Errorf("making a ledger (%s %d): %w", kind, n, err)
	}
	return &fixture{dir, t}, nil
}

// sizeRows counts what a closed ledger takes on the disk: the journal where each event has a frame of its own, which is
// the larger, and Badger where its tables have been merged.
func sizeRows(b *bench) ([]row, error) {
	day, err := b.single()
	if err != nil {
		return nil, err
	}
	f, err := b.large()
	if err != nil {
		return nil, err
	}
	journal, err := day.bytesAnEvent("journal")
	if err != nil {
		return nil, err
	}
	behind, err := f.bytesAnEvent("ledger")
	if err != nil {
		return nil, err
	}
	return []row{{
		what: "bytes an event in both copies", ours: fmt.Sprintf("%.0f", journal+behind), theirs: noFigure,
		ratio: fmt.Sprintf("journal %.0f, Badger %.0f", journal, behind), target: "<= 600", verdict: atMost(journal+behind, 600),
	}}, nil
}

func (f *fixture) bytesAnEvent(folder string) (float64, error) {
	total, err := bytesIn(filepath.Join(f.dir, folder))
	return float64(total) / float64(f.Events), err
}

func bytesIn(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += allocated(info)
		}
		return err
	})
	return total, err
}

// heapRows looks at the Go heap of a process that writes a day of sales, and of the one that wrote the large ledger.
func heapRows(b *bench) ([]row, error) {
	day, err := b.single()
	if err != nil {
		return nil, err
	}
	f, err := b.large()
	if err != nil {
		return nil, err
	}
	return []row{
		heapRow(fmt.Sprintf("Go heap after %d sales in one day", b.daySales), day.Heap, 64, day.Peak),
		heapRow(fmt.Sprintf("Go heap at its peak while %d events are appended", f.Events), f.Peak, 160, f.Peak),
	}, nil
}

func heapRow(what string, heap uint64, target float64, peak uint64) row {
	const mega = 1e6
	return row{
		what: what, ours: fmt.Sprintf("%.0f MB", float64(heap)/mega), theirs: noFigure, ratio: fmt.Sprintf("peak %.0f MB", float64(peak)/mega),
		target: fmt.Sprintf("<= %.0f MB", target), verdict: atMost(float64(heap)/mega, target),
	}
}
