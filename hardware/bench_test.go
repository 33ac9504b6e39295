package hardware

import (
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"guitai/assets"
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
	reports(b, took)
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
			idles(b, 4*time.Second)
		})
	}
}

// BenchmarkIdlePrinter measures the processor time of a printer that nothing is given to: two looks.
func BenchmarkIdlePrinter(b *testing.B) {
	p := hwtest.NewPrinter(b)
	startPrinter(b, PrinterConfig{To: p.To()}, b.TempDir()).awaitIdle()
	idles(b, 2*lookEvery+time.Second)
}

// idles reports the processor time of doing nothing.
func idles(b *testing.B, watched time.Duration) {
	var used, wall time.Duration
	for b.Loop() {
		cpu, start := cpuTime(b), time.Now()
		time.Sleep(watched)
		used += cpuTime(b) - cpu
		wall += time.Since(start)
	}
	b.ReportMetric(float64(used)/float64(wall)*100, "%-of-a-core")
}

// reports reports the median and the 99th percentile of times.
func reports(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkVoice measures from Say to the first byte in the player's hands, the start of its program included. It is a
// shell with a pipe; aplay is another program of that size.
func BenchmarkVoice(b *testing.B) {
	player := hwtest.NewPlayer(b)
	heard := player.Pipes()
	clips := b.TempDir()
	for _, clip := range assets.For(assets.Zh).Voice.Clips {
		writeClip(b, filepath.Join(clips, "zh"), clip.Name, formatWAV(toneRate, ToneGood.Samples(toneRate)))
	}
	x := startVoice(b, VoiceConfig{On: true, Player: player.Path(), Clips: clips})
	x.until(Open)
	for name, between := range map[string]time.Duration{"silent": 50 * time.Millisecond, "speaking": 0} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				x.Say(paid)
				<-heard
				took = append(took, time.Since(start))
				time.Sleep(between)
			}
			reports(b, took)
		})
	}
}

// BenchmarkPole measures from Show to the last byte of a picture at the display, and how long a pause the line needs is
// left out: each view finds the line free.
func BenchmarkPole(b *testing.B) {
	pole := hwtest.NewPole(b)
	x := startPole(b, PoleConfig{Serial: pole.Path(), Kind: poleEpson, Baud: 921600})
	x.until(Open)
	var took []time.Duration
	for fen := int64(1); b.Loop(); fen++ {
		time.Sleep(2 * time.Millisecond)
		before, start := pole.Glass().Shown, time.Now()
		x.Show(PoleView{Kind: PoleKeying, Fen: fen})
		for pole.Glass().Shown == before {
			runtime.Gosched()
		}
		took = append(took, time.Since(start))
	}
	reports(b, took)
}

// BenchmarkIdleCustomer measures the processor time of a voice and a pole display that do nothing.
func BenchmarkIdleCustomer(b *testing.B) {
	startVoice(b, VoiceConfig{On: true, Player: hwtest.NewPlayer(b).Path()})
	startPole(b, PoleConfig{Serial: hwtest.NewGun(b).Path(), Kind: poleLED8})
	time.Sleep(time.Second) // past the opening
	idles(b, 4*time.Second)
}
