package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

const writers = 64

// writersRows compares 64 writers at once: behind one committer in front of the store and of the bare file, and through
// a Book.
func writersRows(b *bench) ([]row, error) {
	bare, err := openBare(filepath.Join(b.dir, "writers-bare"))
	if err != nil {
		return nil, err
	}
	store, err := openOurs(filepath.Join(b.dir, "writers-ours"))
	if err != nil {
		return nil, err
	}
	book, closeBook, err := openBook(filepath.Join(b.dir, "writers-book"))
	if err != nil {
		return nil, err
	}
	var alone, whole pairs
	pen, each := newPen(), b.commits/2
	for round := range b.rounds + 1 {
		speeds, err := oneRound(pen, each, store, bare, book, round%2 == 0)
		if err != nil {
			return nil, err
		}
		if round > 0 {
			alone.add(speeds[0], speeds[1])
			whole.add(speeds[2], speeds[1])
		}
	}
	b.note("writers: %d commits a round in groups of up to %d; a Book's intents are refused codes, which owe no row", writers*each, groupMax)
	return []row{
		speedRow("64 writers, one committer before the store", &alone),
		shareRow("64 writers, the store against the bare file in the same groups", &alone),
		speedRow("64 writers through ledger.Book", &whole),
		shareRow("64 writers, the Book against the bare file in groups", &whole),
	}, errors.Join(store.close(), bare.close(), closeBook())
}

// oneRound gives the commits a second of the store, of the bare file and of the Book.
func oneRound(pen *pen, each int, store, bare engine, book *ledger.Book, bareFirst bool) (speeds [3]float64, err error) {
	var items []item
	for len(items) < writers*each {
		items = append(items, pen.payments(writers)...)
	}
	order := []int{0, 1}
	if bareFirst {
		order = []int{1, 0}
	}
	for _, i := range order {
		e := []engine{store, bare}[i]
		if speeds[i], err = shared(e, items); err == nil {
			err = e.settle()
		}
		if err != nil {
			return speeds, err
		}
	}
	speeds[2], err = throughBook(book, each)
	return speeds, err
}

// shared lets 64 writers commit all items through one committer, which puts whatever waits into one group.
func shared(e engine, items []item) (perSecond float64, err error) {
	requests := make(chan chan error)
	start := time.Now()
	var all sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(len(items)))
	for range writers {
		all.Go(func() {
			reply := make(chan error, 1)
			for left.Add(-1) >= 0 {
				requests <- reply
				<-reply
			}
		})
	}
	for done := 0; done < len(items); {
		group := gather(requests)
		err = errors.Join(err, e.put(items[done:done+len(group)]))
		done += len(group)
		for _, reply := range group {
			reply <- nil
		}
	}
	all.Wait()
	return float64(len(items)) / time.Since(start).Seconds(), err
}

// gather takes every request that waits already.
func gather(requests chan chan error) []chan error {
	group := []chan error{<-requests}
	for len(group) < groupMax {
		select {
		case reply := <-requests:
			group = append(group, reply)
		default:
			return group
		}
	}
	return group
}

func openBook(dir string) (*ledger.Book, func() error, error) {
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		return nil, nil, err
	}
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Version: "bench", Codes: ledger.DefaultCodes(), TillKey: store.TillKey(),
	})
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return book, func() error { return errors.Join(book.Close("bench"), store.Close()) }, nil
}

// throughBook lets 64 writers scan codes that are refused, each of which is an event, and counts the events.
func throughBook(book *ledger.Book, each int) (perSecond float64, err error) {
	before, start := seqOf(book), time.Now()
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				_ = book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte("no customer code"), At: time.Now()})
			}
		})
	}
	all.Wait()
	took, events := time.Since(start), seqOf(book)-before
	if want := uint64(writers * each); events != want {
		return 0, fmt.Errorf("%d events for %d scans: %w", events, want, book.Err())
	}
	return float64(events) / took.Seconds(), nil
}

func seqOf(book *ledger.Book) (seq uint64) {
	book.Read(func(s *ledger.State) { seq = s.Head.Seq })
	return seq
}

func speedRow(what string, p *pairs) row {
	speed := mid(p.ours)
	return row{
		what: what, ours: fmt.Sprintf("%.0f/s", speed), theirs: noFigure, ratio: noFigure,
		target: ">= 40,000/s", verdict: atLeast(speed, 40_000),
	}
}

func shareRow(what string, p *pairs) row {
	ratio, _, _ := p.ratio()
	return row{
		what: what, ours: fmt.Sprintf("%.0f/s", mid(p.ours)), theirs: fmt.Sprintf("%.0f/s", mid(p.theirs)), ratio: p.String(),
		target: ">= 0.5", verdict: atLeast(ratio, 0.5),
	}
}
