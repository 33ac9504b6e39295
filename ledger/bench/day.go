package main

import (
	"errors"
	"fmt"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// dayRows asks for a whole day of 5,000 sales.
func dayRows(b *bench) ([]row, error) {
	f, err := b.large()
	if err != nil {
		return nil, err
	}
	store, err := disk.Open(f.dir, disk.Config{})
	if err != nil {
		return nil, err
	}
	day := newPen().day() // the first is full
	var took []time.Duration
	for range b.rounds * 5 {
		t, err := wholeDay(store, day)
		if err != nil {
			return nil, errors.Join(err, store.Close())
		}
		took = append(took, t)
	}
	figure := micros(median(took)) / 1e3
	return []row{
		absent("last 50 of a day of 5,000 sales", "no such query yet", "<= 15 µs"),
		{
			what: "a day of 5,000 sales decoded and summed", ours: fmt.Sprintf("%.2f ms", figure), theirs: noFigure,
			ratio:  fmt.Sprintf("%.1fx of target (%.1f-%.1f ms)", figure/0.7, millis(took[0]), millis(took[len(took)-1])),
			target: "<= 0.7 ms", verdict: atMost(figure, 0.7),
		},
	}, store.Close()
}

func wholeDay(store *disk.Store, day ledger.Day) (time.Duration, error) {
	start := time.Now()
	sales, err := store.DaySales(day)
	if err != nil {
		return 0, err
	}
	paid := 0
	for _, total := range ledger.SumDay(sales, day) {
		paid += total.Count
	}
	took := time.Since(start)
	if paid != salesADay {
		return 0, fmt.Errorf("the day has %d paid sales, not %d", paid, salesADay)
	}
	return took, nil
}
