package main

import (
	"errors"
	"fmt"
	"time"

	"guitai/ledger/disk"
)

// openRows opens the large ledger as its last process left it, up to what the first screen needs.
func openRows(b *bench) ([]row, error) {
	f, err := b.large()
	if err != nil {
		return nil, err
	}
	var took []float64
	for range b.rounds {
		t, err := openAndLook(f.dir)
		if err != nil {
			return nil, err
		}
		took = append(took, t)
	}
	target := 30.0
	if b.events >= 5_000_000 {
		target = 60
	}
	what := fmt.Sprintf("open to the first look, %d events", f.Events)
	return []row{openRow(what, took, target)}, nil
}

// killRows opens it after a process was killed that left events unflushed. Each round adds events to the ledger.
func killRows(b *bench) ([]row, error) {
	f, err := b.large()
	if err != nil {
		return nil, err
	}
	var took []float64
	rounds := min(b.rounds, 5)
	for range rounds {
		t, err := killedChild(f.dir, unflushed)
		if err != nil {
			return nil, err
		}
		f.Events = t.Events
		opened, err := openAndLook(f.dir)
		if err != nil {
			return nil, err
		}
		took = append(took, opened)
	}
	what := fmt.Sprintf("open after kill -9, %d events, the last %d unflushed", f.Events, unflushed)
	return []row{openRow(what, took, 120)}, nil
}

// unflushed is nearly as many events with their rows as Badger's two memtables hold; by the kill it may have flushed some.
const unflushed = 20_000

// openAndLook gives the milliseconds until the state is known; closing is not counted.
func openAndLook(dir string) (float64, error) {
	start := time.Now()
	store, err := disk.Open(dir, disk.Config{Quick: true})
	if err != nil {
		return 0, err
	}
	_, err = firstLook(store)
	took := millis(time.Since(start))
	return took, errors.Join(err, store.Close())
}

func openRow(what string, took []float64, target float64) row {
	figure := median(took)
	return row{
		what: what, ours: fmt.Sprintf("%.0f ms", figure), theirs: noFigure,
		ratio:  fmt.Sprintf("%.1fx of target (%.0f-%.0f ms)", figure/target, took[0], took[len(took)-1]),
		target: fmt.Sprintf("<= %.0f ms", target), verdict: atMost(figure, target),
	}
}
