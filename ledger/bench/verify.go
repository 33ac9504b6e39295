package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"guitai/ledger/disk"
)

// verifyRows compares full verification with what cannot be done without: SHA-256 over the same records, in memory, on
// one core. The journal alone is walked on all cores.
func verifyRows(b *bench) ([]row, error) {
	f, err := b.large()
	if err != nil {
		return nil, err
	}
	records, err := recordsOf(f.dir)
	if err != nil {
		return nil, err
	}
	var journal, both pairs
	for range b.rounds {
		limit := hashAll(records)
		speed, err := verifySpeed(disk.VerifyChain, f.dir)
		if err != nil {
			return nil, err
		}
		journal.add(speed, limit)
	}
	for range b.verifies {
		limit := hashAll(records)
		speed, err := verifySpeed(disk.Verify, f.dir)
		if err != nil {
			return nil, err
		}
		both.add(speed, limit)
	}
	return []row{
		verifyRow("walk of the journal against SHA-256 in memory", &journal),
		verifyRow("verification of both copies against SHA-256 in memory", &both),
		fiveMillionRow("walk of the journal, 5,000,000 events", f, &journal),
		fiveMillionRow("verification of both copies, 5,000,000 events", f, &both),
	}, nil
}

// recordsOf reads up to a million records.
func recordsOf(dir string) (records [][]byte, err error) {
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		return nil, err
	}
	enough := errors.New("enough")
	err = store.Read(1, func(_ uint64, stored []byte) error {
		records = append(records, slices.Clip(stored))
		if len(records) == 1_000_000 {
			return enough
		}
		return nil
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return records, errors.Join(err, store.Close())
}

// hashAll gives the records a second.
func hashAll(records [][]byte) float64 {
	start := time.Now()
	var sum byte
	for _, record := range records {
		h := sha256.Sum256(record)
		sum ^= h[0]
	}
	took := time.Since(start)
	runtime.KeepAlive(sum) // so that no hash is left out
	return float64(len(records)) / took.Seconds()
}

// verifySpeed gives the events a second of a verification.
func verifySpeed(verify func(dir string, outside ...string) (disk.Report, error), dir string) (float64, error) {
	start := time.Now()
	report, err := verify(dir)
	took := time.Since(start)
	if err == nil && (report.BadLink != nil || report.Differences > 0 || report.Events == 0) {
		err = fmt.Errorf("a ledger that nobody has harmed: %+v", report)
	}
	return float64(report.Events) / took.Seconds(), err
}

func verifyRow(what string, p *pairs) row {
	ratio, _, _ := p.ratio()
	return row{
		what: what, ours: fmt.Sprintf("%.2f M/s", mid(p.ours)/1e6), theirs: fmt.Sprintf("%.2f M/s", mid(p.theirs)/1e6),
		ratio: p.String(), target: ">= 0.7", verdict: atLeast(ratio, 0.7),
	}
}

// fiveMillionRow gives the seconds that five million events take, at the speed of as many as there are.
func fiveMillionRow(what string, f *fixture, p *pairs) row {
	seconds := 5e6 / mid(p.ours)
	how := "measured"
	if f.Events < 5_000_000 {
		how = fmt.Sprintf("scaled from %d", f.Events)
	}
	return row{
		what: what, ours: fmt.Sprintf("%.1f s", seconds), theirs: noFigure, ratio: how,
		target: "<= 2 s", verdict: atMost(seconds, 2),
	}
}
