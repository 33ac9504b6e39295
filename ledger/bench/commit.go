package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// contender is an engine with its name, and what it took in each round.
type contender struct {
	name string
	engine
	p50 []float64 // microseconds, the median of one round
}

// commitRows compares the commit of one event, the one that says PAID, with its row. In each round every engine commits
// the same ones, each by itself, and the order of the engines changes with the round.
func commitRows(b *bench) (rows []row, err error) {
	all, err := openAll(b.dir)
	if err != nil {
		return nil, err
	}
	pen, bytes := newPen(), 0
	for round := range b.rounds + 1 { // the first warms up
		items := pen.payments(b.commits)
		for i := range items {
			items[i].keys = keysOf(items[i])
		}
		bytes = len(items[len(items)-1].record)
		for i := range all {
			c := &all[(i+round)%len(all)]
			took, err := timed(c.engine, items)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if round > 0 {
				c.p50 = append(c.p50, took)
			}
		}
	}
	b.note("commit: events of %d bytes, %d commits a round and engine", bytes, b.commits)
	return judgeCommits(all), closeAll(all)
}

func openAll(dir string) (all []contender, err error) {
	open := func(name string, opener func(string) (engine, error), path string) {
		if err != nil {
			return
		}
		var e engine
		if e, err = opener(path); err != nil {
			err = fmt.Errorf("opening %s: %w", name, err)
			return
		}
		all = append(all, contender{name: name, engine: e})
	}
	open("ours", openOurs, filepath.Join(dir, "commit-ours"))
	open("bare pwrite+fdatasync", openBare, filepath.Join(dir, "commit-bare"))
	for i, p := range peers {
		folder := filepath.Join(dir, fmt.Sprintf("commit-peer-%d", i))
		if err == nil {
			err = os.MkdirAll(folder, 0o700)
		}
		open(p.name, p.open, folder)
	}
	return all, err
}

// timed commits what leads up to the payments in groups, then the payments one by one, and gives the median of those in
// microseconds.
func timed(e engine, items []item) (float64, error) {
	first := len(items) / eventsASale * (eventsASale - 1)
	for group := range slices.Chunk(items[:first], groupMax) {
		if err := e.put(group); err != nil {
			return 0, err
		}
	}
	if err := e.settle(); err != nil {
		return 0, err
	}
	var took []time.Duration
	for one := range slices.Chunk(items[first:], 1) {
		start := time.Now()
		if err := e.put(one); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start))
	}
	return micros(median(took)), e.settle()
}

func judgeCommits(all []contender) (rows []row) {
	ours := all[0].p50
	for i, c := range all[1:] {
		p := pairs{ours, c.p50}
		ratio, _, _ := p.ratio()
		r := row{
			what: "commit one event, against " + c.name, ours: fmt.Sprintf("%.0f µs", mid(ours)),
			theirs: fmt.Sprintf("%.0f µs", mid(c.p50)), ratio: p.String(),
		}
		if i == 0 {
			r.target, r.verdict = "<= 1.2 quiet, 1.36 busy", againstBare(ratio)
		} else {
			target := peers[i-1].target
			r.target, r.verdict = fmt.Sprintf("<= %.2g", target), atMost(ratio, target)
		}
		rows = append(rows, r)
	}
	return rows
}

// againstBare says which of the two targets holds.
func againstBare(ratio float64) string {
	if ratio > 1.2 && ratio <= 1.36 {
		return "PASS (busy)"
	}
	return atMost(ratio, 1.2)
}

func closeAll(all []contender) error {
	for _, c := range all {
		if err := c.close(); err != nil {
			return fmt.Errorf("closing %s: %w", c.name, err)
		}
	}
	return nil
}
