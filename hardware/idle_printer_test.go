package hardware

import (
	"syscall"
	"testing"
	"time"

	"guitai/hardware/hwtest"
)

// BenchmarkPrinterIdle is the processor time of a printer that nothing is given to, in per cent of a core: -benchtime 1x.
func BenchmarkPrinterIdle(b *testing.B) {
	p := hwtest.NewPrinter(b)
	x := startPrinter(b, PrinterConfig{To: p.To()}, b.TempDir())
	x.awaitIdle()
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	const watched = 21 * time.Second // two looks
	for b.Loop() {
		before := used()
		time.Sleep(watched)
		b.ReportMetric(100*float64(used()-before)/float64(watched), "%core")
	}
}
