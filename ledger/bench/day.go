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
	var kept, whole, last, full []time.Duration
	for range b.rounds * 5 {
		t, err := wholeDay(store, day)
		if err == nil {
			whole = append(whole, t)
			t, err = lastFifty(store, day)
		}
		if err == nil {
			last = append(last, t)
			t, err = keptTotals(store, day)
		}
		if err == nil {
			kept = append(kept, t)
			t, err = everySale(store, day)
		}
		if err != nil {
			return nil, errors.Join(err, store.Close())
		}
		full = append(full, t)
	}
	return []row{
		queryRow("last 50 of a day of 5,000 sales", last, 15),
		queryRow("the sums of a day of 5,000 sales", kept, 700),
		queryRow("the same from its 5,000 short rows", whole, 700),
		{
			what: "the same from the whole sales", ours: fmt.Sprintf("%.2f ms", micros(median(full))/1e3), theirs: noFigure,
			ratio: noFigure, target: noFigure, verdict: noFigure,
		},
	}, store.Close()
}

// queryRow compares a query's median with its target, in microseconds.
func queryRow(what string, took []time.Duration, target float64) row {
	figure := micros(median(took)) // which sorts them
	return row{
		what: what, ours: fmt.Sprintf("%.0f µs", figure), theirs: noFigure,
		ratio:  fmt.Sprintf("%.1fx of target (%.0f-%.0f µs)", figure/target, micros(took[0]), micros(took[len(took)-1])),
		target: fmt.Sprintf("<= %.0f µs", target), verdict: atMost(figure, target),
	}
}

func wholeDay(store *disk.Store, day ledger.Day) (time.Duration, error) {
	start := time.Now()
	rows, err := store.DayRows(day, 0)
	paid := 0
	for _, total := range ledger.SumRows(rows, nil) {
		paid += total.Count
	}
	took := time.Since(start)
	if err == nil && paid != salesADay {
		err = fmt.Errorf("the day has %d paid sales, not %d", paid, salesADay)
	}
	return took, err
}

func keptTotals(store *disk.Store, day ledger.Day) (time.Duration, error) {
	start := time.Now()
	totals, err := store.DayTotals(day)
	paid := 0
	for _, total := range totals {
		paid += total.Count
	}
	took := time.Since(start)
	if err == nil && paid != salesADay {
		err = fmt.Errorf("the day's totals count %d paid sales, not %d", paid, salesADay)
	}
	return took, err
}

func lastFifty(store *disk.Store, day ledger.Day) (time.Duration, error) {
	start := time.Now()
	rows, err := store.DayRows(day, 50)
	took := time.Since(start)
	if err == nil && len(rows) != 50 {
		err = fmt.Errorf("%d rows, not 50", len(rows))
	}
	return took, err
}

func everySale(store *disk.Store, day ledger.Day) (time.Duration, error) {
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
