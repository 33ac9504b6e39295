package ledger_test

import (
	"context"
	"flag"
	"slices"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ledger/ledgertest"
)

var alertDays = flag.Int("alert.days", 2, "how many days of 1,000 sales, 4 events each, the ledger of BenchmarkAlertsBegin has")

// weeksOnDisk is a ledger of that many days, up to today.
func weeksOnDisk(b *testing.B) *disk.Store {
	b.Helper()
	store, err := disk.Open(b.TempDir(), disk.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	const group, daily = 20, 1000
	pen := ledgertest.NewPen(ledger.Calendar{}.Day(time.Now().AddDate(0, 0, 1-*alertDays)))
	for n := range *alertDays * daily / group {
		pen.Day = ledger.Calendar{}.Day(time.Now().AddDate(0, 0, 1-*alertDays+n*group/daily))
		var entries []ledgertest.Entry
		if n == 0 {
			entries = append(entries, pen.Opening())
		}
		for range group {
			_, _, payment := pen.Payment()
			entries = append(entries, payment...)
		}
		batch := pen.Write(b, entries...)
		if n == *alertDays*daily/group-1 {
			batch.Snapshot = pen.State.Snapshot()
		}
		if err := store.Append(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	return store
}

// BenchmarkAlertsBegin reads the last weeks beside a till at work: how long until today's alerts are known, and what a
// commit takes meanwhile and before (median, and slowest of a hundred).
func BenchmarkAlertsBegin(b *testing.B) {
	store := weeksOnDisk(b)
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey(), Alerts: ledger.DefaultThresholds(),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { book.Close("benchmark") })
	commit := func() time.Duration {
		began := time.Now()
		if err := book.OpenDrawer(context.Background(), ledger.Trainee, ledger.DrawerWish{Why: "change"}); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	report := func(name string, took []time.Duration) {
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), name+"-p50-µs")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), name+"-p99-µs")
	}
	var quiet, beside []time.Duration
	for range 200 {
		quiet = append(quiet, commit())
		time.Sleep(5 * time.Millisecond)
	}
	for b.Loop() {
		ctx, stop := context.WithCancel(context.Background())
		began, done := time.Now(), make(chan time.Duration)
		go book.FollowAlerts(ctx)
		go func() {
			if _, err := book.Alerts(ctx, ledger.Actor{Person: "li", Role: ledger.RoleSupervisor}, 1); err != nil {
				b.Error(err)
			}
			done <- time.Since(began)
		}()
		var known time.Duration
		for known == 0 {
			select {
			case known = <-done:
			case <-time.After(5 * time.Millisecond):
				beside = append(beside, commit())
			}
		}
		stop()
		b.ReportMetric(known.Seconds(), "known-s")
	}
	report("quiet", quiet)
	report("beside", beside)
}
