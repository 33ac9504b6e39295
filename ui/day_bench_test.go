package ui

import (
	"context"
	"flag"
	"slices"
	"strings"
	"syscall"
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
// from the key to the frame with the first rows, totals to the frame with the totals, filter the slowest of all keys that narrow,
// each to its frame. A letter waits 50 ms more for a scanner that types (burst.go); that is in none of them. Each is told as time, as
// a multiple of the bare reading, and as the processor time that it takes, which other programs on the machine change less.
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
	var bare, first, totals, filter laps
	for b.Loop() {
		watch := startWatch()
		rows, err := store.DayRows(book.Today(), 0)
		if _, failed := store.DayRefunds(book.Today()); err != nil || failed != nil || len(rows) != daySales {
			b.Fatal(len(rows), err, failed)
		}
		bare.add(watch)

		watch = startWatch()
		pages := 0
		var frame string
		runNow(a, a.update(keyMsg("f10")), func() {
			frame = ansi.Strip(a.frame())
			if pages++; pages == 1 {
				first.add(watch)
			}
			if !strings.Contains(frame, "12.50") {
				b.Fatal(frame)
			}
		})
		totals.add(watch)
		if pages != 2 || !strings.Contains(frame, "5000 笔 ¥62500.00") {
			b.Fatal(pages, frame)
		}
		filter.most(slowestFilter(a))
		a.pop()
	}
	bare.report(b, "bare", &bare)
	first.report(b, "first", &bare)
	totals.report(b, "totals", &bare)
	filter.report(b, "filter", &bare)
}

// watch is when something began, on the wall and on this process's processors.
type watch struct{ wall, cpu time.Duration }

var watchZero = time.Now()

func startWatch() watch {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return watch{time.Since(watchZero), time.Duration(used.Utime.Nano() + used.Stime.Nano())}
}

func (w watch) took() watch {
	now := startWatch()
	return watch{now.wall - w.wall, now.cpu - w.cpu}
}

// laps are how long something took, each time.
type laps struct{ wall, cpu []time.Duration }

func (l *laps) add(began watch) { l.most(began.took()) }

func (l *laps) most(took watch) {
	l.wall, l.cpu = append(l.wall, took.wall), append(l.cpu, took.cpu)
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}

func (l *laps) report(b *testing.B, what string, bare *laps) {
	mid := median(l.wall)
	b.ReportMetric(float64(mid.Microseconds())/1000, "ms/"+what)
	b.ReportMetric(float64(mid)/float64(median(bare.wall)), "x-bare/"+what)
	b.ReportMetric(float64(median(l.cpu).Microseconds())/1000, "cpu-ms/"+what)
}

// slowestFilter presses every key that narrows, one after the other.
func slowestFilter(a *App) (worst watch) {
	for _, key := range []string{"t", "c", "z", "1", "2", "backspace", ".", "5", "esc", "1", "-", "2", "0", "esc"} {
		began := startWatch()
		p := press{key: key}
		if len(key) == 1 {
			p.char = rune(key[0])
		}
		a.act(p)
		a.frame()
		took := began.took()
		worst.wall, worst.cpu = max(worst.wall, took.wall), max(worst.cpu, took.cpu)
	}
	return worst
}

// runNow runs a command, and what follows from it, here; seen is called after each message.
func runNow(a *App, cmd tea.Cmd, seen func()) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, cmd := range msg {
			runNow(a, cmd, seen)
		}
	default:
		next := a.update(msg)
		seen()
		runNow(a, next, seen)
	}
}
