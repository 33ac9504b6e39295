package ui

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"guitai/assets"
)

// The figures of the painter beside the stock renderer's, on the Chinese screen at 120×40:
// go test ./ui -run '^$' -bench 'Key|Idle|Paint|Frame' -benchtime 200x
// Nothing passes or fails by a clock.

// BenchmarkKeyToFirstByte: from a key's byte on a real line to the first byte of the frame that shows it. Keys come at
// random moments, to both renderers in turn.
func BenchmarkKeyToFirstByte(b *testing.B) {
	type till struct {
		master *os.File
		screen *screenText
		took   []time.Duration
		bytes  int
	}
	tills := map[string]*till{}
	for _, renderer := range renderers {
		ctx, cancel := context.WithCancel(context.Background())
		master, screen, _, _, ended := runSized(b, ctx, assets.Zh, 120, 40, func(o *Options) { o.Renderer = renderer })
		b.Cleanup(func() { cancel(); wait(b, ended) })
		screen.waitFor(b, "Guitai")
		tills[renderer] = &till{master: master, screen: screen}
	}
	time.Sleep(time.Second)
	keys := []string{"1", "\x7f"}
	for b.Loop() {
		for _, key := range keys {
			for _, renderer := range renderers {
				till := tills[renderer]
				time.Sleep(time.Duration(100+rand.IntN(100)) * time.Millisecond) // also the longest pause inside a scan
				till.screen.forget()
				select {
				case <-till.screen.grew:
				default:
				}
				began := time.Now()
				till.master.WriteString(key)
				<-till.screen.grew
				till.took = append(till.took, time.Since(began))
				time.Sleep(80 * time.Millisecond)
				till.bytes += len(till.screen.String())
			}
		}
	}
	for _, renderer := range renderers {
		till := tills[renderer]
		slices.Sort(till.took)
		ms := func(part int) float64 {
			return float64(till.took[len(till.took)*part/100].Microseconds()) / 1000
		}
		b.ReportMetric(ms(50), renderer+"-median-ms")
		b.ReportMetric(ms(99), renderer+"-p99-ms")
		b.ReportMetric(float64(till.bytes)/float64(len(till.took)), renderer+"-bytes/key")
	}
}

// BenchmarkIdleSecond: how often a process is woken and what it writes in a second in which nobody does anything: the
// screen with each renderer, and the same process without one.
func BenchmarkIdleSecond(b *testing.B) {
	const seconds = 10
	for b.Loop() {
		for _, renderer := range append([]string{noScreen}, renderers...) {
			cmd, _, screen := alone(b, renderer)
			time.Sleep(2 * time.Second)
			screen.forget()
			before := wakeups(b, cmd.Process.Pid)
			time.Sleep(seconds * time.Second)
			b.ReportMetric(float64(wakeups(b, cmd.Process.Pid)-before)/seconds, renderer+"-wakes/s")
			b.ReportMetric(float64(len(screen.String()))/seconds, renderer+"-bytes/s")
		}
	}
}

// wakeups counts how often the threads of a process have gone to sleep.
func wakeups(b *testing.B, pid int) (sum int) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(files) == 0 {
		b.Fatalf("no threads to look at: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		_, rest, _ := strings.Cut(string(text), "\nvoluntary_ctxt_switches:")
		n, err := strconv.Atoi(strings.Fields(rest)[0])
		if err != nil {
			b.Fatal(err)
		}
		sum += n
	}
	return sum
}

// BenchmarkPaint: the bytes of one frame after another, without the line.
func BenchmarkPaint(b *testing.B) {
	a := drawnApp(b, assets.Zh, false, 120, 40)
	frame := func(set func(*App)) string {
		a.scene, a.stack = baseScene(), []screen{&saleScreen{}}
		set(a)
		return a.View().Content
	}
	keyed := func(amount string) func(*App) {
		return func(a *App) { a.scene.draft = keyedAmount(amount) }
	}
	for _, tc := range []struct{ name, one, other string }{
		{"digit", frame(keyed("12")), frame(keyed("128"))},
		{"screen", frame(keyed("12")), frame(func(a *App) { a.push(newHelp(a)) })},
		{"nothing", frame(keyed("12")), frame(keyed("12"))},
	} {
		b.Run(tc.name, func(b *testing.B) {
			c := newCanvas("xterm-256color", colorprofile.ANSI256)
			out := c.paint(nil, tc.one, 120, 40, true)
			bytes := 0
			b.ReportAllocs()
			for b.Loop() {
				out = c.paint(out[:0], tc.other, 120, 40, false)
				bytes += len(out)
				tc.one, tc.other = tc.other, tc.one
			}
			b.ReportMetric(float64(bytes)/float64(b.N), "bytes/op")
		})
	}
}
