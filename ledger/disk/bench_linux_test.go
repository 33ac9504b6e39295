package disk

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// BenchmarkAppend writes one attempt event with its row, order entry and head, and, in turn with it, the same event's
// bytes into preallocated, written space with one fdatasync: what the device itself costs. It prints both medians and
// their ratio.
func BenchmarkAppend(b *testing.B) {
	s, pen := openAt(b, b.TempDir()), ledgertest.NewPen(monday)
	bare, err := os.OpenFile(filepath.Join(b.TempDir(), "bare"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	const space = 8 << 20
	if _, err := bare.Write(make([]byte, space)); err != nil {
		b.Fatal(err)
	}
	if err := bare.Sync(); err != nil {
		b.Fatal(err)
	}
	var appends, writes []time.Duration
	var at int64
	for b.Loop() {
		id, opened := pen.Sale()
		order, attempt := pen.Attempt(id)
		add(b, s, pen.Write(b, opened))
		batch := pen.Write(b, attempt)
		start := time.Now()
		add(b, s, batch)
		appends = append(appends, time.Since(start))
		start = time.Now()
		if _, err := bare.WriteAt(batch.Records[0], at); err != nil {
			b.Fatal(err)
		}
		if err := syscall.Fdatasync(int(bare.Fd())); err != nil {
			b.Fatal(err)
		}
		writes = append(writes, time.Since(start))
		at = (at + int64(len(batch.Records[0]))) % (space - 4096)
		add(b, s, pen.Write(b, pen.Asked(order), pen.Answered(order, ledger.Paid)))
	}
	slices.Sort(appends)
	slices.Sort(writes)
	mid, bareMid := appends[len(appends)/2], writes[len(writes)/2]
	b.ReportMetric(float64(mid.Microseconds()), "µs/append")
	b.ReportMetric(float64(bareMid.Microseconds()), "µs/bare")
	b.ReportMetric(float64(mid)/float64(bareMid), "x-bare")
	if err := bare.Close(); err != nil {
		b.Fatal(err)
	}
}

func add(tb testing.TB, s *Store, batch ledger.Batch) {
	tb.Helper()
	if err := s.Append(context.Background(), batch); err != nil {
		tb.Fatal(err)
	}
}

// tenThousand makes a closed ledger of 10,000 events, of which the last 400 are after the snapshot.
func tenThousand(b *testing.B) string {
	b.Helper()
	dir, pen := b.TempDir(), ledgertest.NewPen(monday)
	s := openAt(b, dir)
	for i := range 25 {
		var entries []ledgertest.Entry
		for range 100 {
			_, _, payment := pen.Payment()
			entries = append(entries, payment...)
		}
		batch := pen.Write(b, entries...)
		if i == 23 {
			batch.Snapshot = pen.State.Snapshot()
		}
		add(b, s, batch)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return dir
}

// BenchmarkOpen opens a ledger of 10,000 events; closing it is not counted.
func BenchmarkOpen(b *testing.B) {
	dir := tenThousand(b)
	for b.Loop() {
		s, err := Open(dir, Config{})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkFirstOpen makes a ledger where there is none.
func BenchmarkFirstOpen(b *testing.B) {
	for b.Loop() {
		s, err := Open(b.TempDir(), Config{})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkVerify walks 10,000 events and compares 2,500 rows, the copy included.
func BenchmarkVerify(b *testing.B) {
	dir := tenThousand(b)
	for b.Loop() {
		if report, err := Verify(dir); err != nil || report.Damaged() || report.Events != 10_000 {
			b.Fatalf("%+v %v", report, err)
		}
	}
}

// BenchmarkDay reads one day's 2,500 rows and sums them.
func BenchmarkDay(b *testing.B) {
	s := openAt(b, tenThousand(b))
	for b.Loop() {
		rows, err := s.DayRows(monday, 0)
		if err != nil || ledger.SumRows(rows, nil)[0].Count != 2500 {
			b.Fatal(len(rows), err)
		}
	}
}

func BenchmarkLastFifty(b *testing.B) {
	s := openAt(b, tenThousand(b))
	for b.Loop() {
		if rows, err := s.DayRows(monday, 50); err != nil || len(rows) != 50 {
			b.Fatal(len(rows), err)
		}
	}
}
