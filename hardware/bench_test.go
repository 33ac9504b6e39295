package hardware

import (
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"guitai/hardware/hwtest"
)

// BenchmarkScan measures from the write of a code's last byte to its coming out of a channel that deliver
// fills, on a pseudo-terminal.
func BenchmarkScan(b *testing.B) {
	gun := hwtest.NewGun(b)
	x := startTill(b, Config{Serial: gun.Path(), RereadMS: -1})
	x.until(Open)
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		gun.Type(code18 + "\r")
		<-x.frames
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
}

// BenchmarkReplug measures from a device's return to its first code in deliver.
func BenchmarkReplug(b *testing.B) {
	gun := hwtest.NewGun(b)
	x := startTill(b, Config{Serial: gun.Path(), RereadMS: -1})
	x.until(Open)
	var took, seen []time.Duration
	for b.Loop() {
		start := time.Now()
		gun.Unplug()
		x.until(Absent)
		seen = append(seen, time.Since(start))
		time.Sleep(1300 * time.Millisecond) // past the quick attempts, as a hand is
		start = time.Now()
		gun.Replug()
		x.until(Open)
		gun.Type(code18 + "\r")
		x.want(code18)
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	slices.Sort(seen)
	b.ReportMetric(float64(seen[len(seen)/2].Microseconds()), "µs-unplug-median")
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms-median")
	b.ReportMetric(float64(took[len(took)-1].Milliseconds()), "ms-max")
}

// BenchmarkIdle measures the processor time of a scanner that does nothing.
func BenchmarkIdle(b *testing.B) {
	for name, path := range map[string]string{
		"open":   hwtest.NewGun(b).Path(),
		"absent": filepath.Join(b.TempDir(), "missing"),
	} {
		b.Run(name, func(b *testing.B) {
			startTill(b, Config{Serial: path})
			time.Sleep(time.Second) // past the first attempts
			var used, wall time.Duration
			for b.Loop() {
				cpu, start := cpuTime(b), time.Now()
				time.Sleep(4 * time.Second)
				used += cpuTime(b) - cpu
				wall += time.Since(start)
			}
			b.ReportMetric(float64(used)/float64(wall)*100, "%-of-a-core")
		})
	}
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
