package powercut

import (
	"testing"
	"time"
)

// cutsOf gives cuts all over a tape, and the one at its very end at which nothing survives but what was flushed.
func cutsOf(tp *tape, n int, modes []mode) (cuts []cut) {
	for number := range n {
		cuts = append(cuts, tp.cut(*seedFlag, number, modes))
	}
	last := tp.cut(*seedFlag, n, []mode{none})
	last.point = len(tp.Entries)
	return append(cuts, last)
}

// TestOneErrorEndsAllWriting: one write or one flush fails with EIO, once. The append it belonged to fails, and none
// succeeds after it, although the disk is well again. The next opening, with what it finds in the machine's memory, may go
// on; what it shows and what it acknowledges survives a cut.
func TestOneErrorEndsAllWriting(t *testing.T) {
	t.Parallel()
	for _, side := range []struct {
		name  string
		kind  *kindOfFS
		fault func(*faults)
	}{
		{"ext4 write", &ext4, func(f *faults) { f.failWrite = true }},
		{"ext4 flush", &ext4, func(f *faults) { f.failFlush = true }},
		{"xfs write", &xfs, func(f *faults) { f.failWrite = true }},
		{"xfs flush", &xfs, func(f *faults) { f.failFlush = true }},
	} {
		t.Run(side.name, func(t *testing.T) {
			s := raised(t, setting{kind: side.kind})
			failOnce(t, s, side.fault)
			goOn := job{Store: ledgerStore, Seed: *seedFlag + 1, Day: firstDay + 1, Shape: shapeMixed, Count: 100}
			if err := s.perform(goOn, killing(0)); err != nil {
				t.Logf("after the error this file system has to be mounted anew: %v", err)
			}
			tp := s.recorded()
			if !allGood(t, side.name+" EIO", side.kind, tp, cutsOf(tp, 5, diskModes)) {
				keep(t, tp, side.name)
			}
		})
	}
}

// failOnce lets the 60th append meet an error and checks what is said from then on.
func failOnce(t *testing.T, s *stage, fault func(*faults)) {
	t.Helper()
	tries, refused, after := 0, 0, 0
	err := s.perform(job{Store: ledgerStore, Seed: *seedFlag, Day: firstDay, Shape: shapeMixed, Count: 200}, func(h heard) bool {
		switch h.word {
		case wordTry:
			if tries++; tries == 60 {
				s.disk.set(fault)
			}
		case wordRefuse:
			refused++
		case wordAck:
			after += refused
		}
		return false
	})
	failed := 0
	s.disk.set(func(f *faults) { failed = f.failed })
	if failed != 1 || refused != 1 || after != 0 || tries != 60 {
		t.Fatalf("%d errors at try 60: %d tries, %d refused, %d acknowledged afterwards; the writer said %v", failed, tries, refused, after, err)
	}
}

// TestSlowFlush: an append waits for its flush, however long that takes, and what is acknowledged meanwhile is nothing.
func TestSlowFlush(t *testing.T) {
	t.Parallel()
	for _, side := range []struct {
		name  string
		times int
		delay time.Duration
	}{{"3 ms each", 1 << 30, 3 * time.Millisecond}, {"5 s once", 1, 5 * time.Second}} {
		t.Run(side.name, func(t *testing.T) {
			t.Parallel()
			s := raised(t, setting{kind: &ext4})
			tries, shortest := 0, time.Hour
			var began time.Time
			err := s.perform(job{Store: ledgerStore, Seed: *seedFlag, Day: firstDay, Shape: shapeMixed, Count: 150}, func(h heard) bool {
				switch h.word {
				case wordTry:
					if tries++; tries == 60 {
						s.disk.set(func(f *faults) { f.slow, f.delay = side.times, side.delay })
					}
					began = time.Now()
				case wordAck:
					if tries == 60 || tries > 60 && side.times > 1 {
						shortest = min(shortest, time.Since(began))
					}
				}
				return false
			})
			if err != nil || shortest < side.delay {
				t.Fatalf("an append was acknowledged after %v: %v", shortest, err)
			}
			tp := s.recorded()
			if !allGood(t, "ext4 flush "+side.name, &ext4, tp, cutsOf(tp, 5, diskModes)) {
				keep(t, tp, side.name)
			}
		})
	}
}
