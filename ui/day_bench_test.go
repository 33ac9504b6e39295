package ui

import (
	"context"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ledger/ledgertest"
)

var (
	dayEvents = flag.Int("day.events", 20_000, "how many events the ledger of BenchmarkDayScreen has: 5,000 sales a day, 4 events a sale")
	dayDir    = flag.String("day.dir", "", "a folder that keeps that ledger for the next run; empty: it is made anew")
)

const daySales = 5000

// longLedger makes, or finds, a ledger whose last day is today and has 5,000 paid sales.
func longLedger(b *testing.B) *disk.Store {
	b.Helper()
	dir := *dayDir
	if dir == "" {
		dir = b.TempDir()
	}
	had := disk.Holds(dir)
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	if had {
		return store
	}
	const group = 20 // sales in an append
	days := max(*dayEvents/4/daySales, 1)
	pen := ledgertest.NewPen(shift(ledger.Calendar{}.Today(), 1-days))
	for n := range days * daySales / group {
		if n > 0 && n*group%daySales == 0 {
			pen.Day = shift(pen.Day, 1)
		}
		var entries []ledgertest.Entry
		if n == 0 {
			entries = append(entries, pen.Opening())
		}
		for range group {
			_, _, payment := pen.Payment()
			entries = append(entries, payment...)
		}
		batch := pen.Write(b, entries...)
		if n%500 == 0 || n == days*daySales/group-1 {
			batch.Snapshot = pen.State.Snapshot()
		}
		if err := store.Append(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	return store
}

// BenchmarkDayScreen opens the day of 5,000 sales with F10 and narrows it, and reads the same rows bare in the same run. first is
// from the key to the frame with the first rows, totals to the frame with the totals (the same frame), filter the slowest of all
// keys that narrow, each to its frame. A letter waits 35 ms more for a scanner that types (burst.go); that is in none of them.
func BenchmarkDayScreen(b *testing.B) {
	store := longLedger(b)
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { book.Close("benchmark") })
	a := newApp(context.Background(), Config{Lang: assets.Zh}, Options{Book: book, Actor: ledger.Trainee, Training: true, Getenv: func(string) string { return "" }}, terminal{colors: 256})
	a.width, a.height = 120, 40
	a.see(a.feed.look().scene)
	var bare, first, filter []time.Duration
	for b.Loop() {
		start := time.Now()
		rows, err := store.DayRows(book.Today(), 0)
		if _, failed := store.DayRefunds(book.Today()); err != nil || failed != nil || len(rows) != daySales {
			b.Fatal(len(rows), err, failed)
		}
		bare = append(bare, time.Since(start))

		start = time.Now()
		runNow(a, a.update(keyMsg("f10")))
		frame := a.frame()
		first = append(first, time.Since(start))
		if plain := ansi.Strip(frame); !strings.Contains(plain, "12.50") || !strings.Contains(plain, "5000 笔 ¥62500.00") {
			b.Fatal(plain)
		}
		filter = append(filter, slowestFilter(a))
		a.pop()
	}
	report := func(what string, took []time.Duration) {
		slices.Sort(took)
		slices.Sort(bare)
		mid := took[len(took)/2]
		b.ReportMetric(float64(mid.Microseconds())/1000, "ms/"+what)
		b.ReportMetric(float64(mid)/float64(bare[len(bare)/2]), "x-bare/"+what)
	}
	report("bare", bare)
	report("first", first)
	report("filter", filter)
}

// slowestFilter presses every key that narrows, one after the other.
func slowestFilter(a *App) (worst time.Duration) {
	for _, key := range []string{"t", "c", "z", "1", "2", "backspace", ".", "5", "esc", "1", "-", "2", "0", "esc"} {
		start := time.Now()
		p := press{key: key}
		if len(key) == 1 {
			p.char = rune(key[0])
		}
		a.act(p)
		a.frame()
		worst = max(worst, time.Since(start))
	}
	return worst
}

// runNow runs a command, and what follows from it, here.
func runNow(a *App, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, cmd := range msg {
			runNow(a, cmd)
		}
	default:
		runNow(a, a.update(msg))
	}
}
