package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"guitai/hardware"
	"guitai/hardware/hwtest"
	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/sync/channel"
	"guitai/sync/outbox"
	"guitai/sync/sandbox"
	"guitai/sync/wechatpay"
)

// The figures of "how good", as one command: go test . -run '^$' -bench . -benchtime 50x
// They are medians of one run on one machine; nothing passes or fails by a clock.

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkScanToRequest: from the last byte of a scan to the request's arrival at the gateway's socket, beside one
// durable append of the same run. The target is at most two appends and 5 ms.
func BenchmarkScanToRequest(b *testing.B) {
	dir := b.TempDir()
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: modeSandbox, Codes: ledger.DefaultCodes(), TillKey: store.TillKey(),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer book.Close("bench")
	arrived := make(chan time.Time, 1)
	worker := outbox.New(book, outbox.Config{Subject: "bench"})
	worker.Add(benchGateway(b, arrived))
	gun := hwtest.NewGun(b)
	scanner := newScanner(hardware.Config{Serial: gun.Path()}, book, nil, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go worker.Run(ctx)
	go scanner.Run(ctx)
	for book.Board().View().Devices[ledger.DeviceScanner].State != ledger.DeviceReady {
		time.Sleep(time.Millisecond)
	}
	var appends, scans []time.Duration
	for b.Loop() {
		book.Key('8')
		began := time.Now()
		if err := book.Settle(ctx, ledger.Trainee, false); err != nil {
			b.Fatal(err)
		}
		appends = append(appends, time.Since(began))
		scanner.Arm()
		time.Sleep(5 * time.Millisecond)
		began = time.Now()
		gun.Type(code("wechat", 0) + "\r")
		scans = append(scans, (<-arrived).Sub(began))
		for unpaid(book) {
			time.Sleep(time.Millisecond)
		}
	}
	b.ReportMetric(ms(median(appends)), "append-ms")
	b.ReportMetric(ms(median(scans)), "scan→request-ms")
	b.ReportMetric(ms(median(scans)-2*median(appends)), "beyond-two-appends-ms")
}

func unpaid(book *ledger.Book) (unpaid bool) {
	book.Read(func(s *ledger.State) { unpaid = s.CurrentSale().Paid() == nil })
	return unpaid
}

// benchGateway is the simulator with a witness in front that notes when a payment's first bytes arrive.
func benchGateway(b *testing.B, arrived chan<- time.Time) *wechatpay.Connector {
	server, err := sandbox.Open(sandbox.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { server.Close() })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	handler := server.Handler()
	front := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/codepay") {
			arrived <- time.Now()
		}
		handler.ServeHTTP(w, r)
	})}
	go front.Serve(listener)
	b.Cleanup(func() { front.Close() })
	connector, err := wechatpay.FromKeys(wechatKeys("http://"+listener.Addr().String(), server.Client()))
	if err != nil {
		b.Fatal(err)
	}
	return connector
}

// BenchmarkStart: from the start of the process to its first frame, the first time ever and with 10,000 events.
func BenchmarkStart(b *testing.B) {
	b.Run("first", func(b *testing.B) {
		var took []time.Duration
		for b.Loop() {
			took = append(took, firstFrame(b, b.TempDir()))
		}
		b.ReportMetric(ms(median(took)), "median-ms")
	})
	b.Run("10000-events", func(b *testing.B) {
		dir := b.TempDir()
		fill(b, dir, 10_000)
		var took []time.Duration
		for b.Loop() {
			took = append(took, firstFrame(b, dir))
		}
		b.ReportMetric(ms(median(took)), "median-ms")
	})
}

// firstFrame starts the till on a pseudo-terminal and waits for the amount's place.
func firstFrame(b *testing.B, dir string) time.Duration {
	cmd := exec.Command(binary, "--data-dir", dir, "--lang", "en")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	began := time.Now()
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait(); terminal.Close() }()
	seen := ""
	for buffer := make([]byte, 64<<10); !strings.Contains(seen, "Guitai"); {
		n, err := terminal.Read(buffer)
		if err != nil {
			b.Fatalf("no frame: %v: %q", err, seen)
		}
		seen += string(buffer[:n])
	}
	return time.Since(began)
}

// fill keys sales until the ledger of a training till holds so many events.
func fill(b *testing.B, dir string, events uint64) {
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: modeTraining, Codes: ledger.DefaultCodes(), TillKey: store.TillKey(),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer book.Close("bench")
	for head := uint64(0); head < events; {
		book.Key('8')
		if err := book.Settle(context.Background(), ledger.Trainee, false); err != nil {
			b.Fatal(err)
		}
		book.Read(func(s *ledger.State) { head = s.Head.Seq })
	}
}

// BenchmarkIdle: processor time of a till that nobody touches, in per cent of one core, over twenty seconds; and of the
// same parts without a screen, for the difference.
func BenchmarkIdle(b *testing.B) {
	b.Run("till", benchIdleTill)
	b.Run("without-screen", benchIdleParts)
}

func benchIdleParts(b *testing.B) {
	dir := b.TempDir()
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	log := slog.New(slog.DiscardHandler)
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: modeTraining, Codes: ledger.DefaultCodes(), TillKey: store.TillKey(),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer book.Close("bench")
	worker := outbox.New(book, outbox.Config{})
	scanner := newScanner(hardware.Config{}, book, nil, log)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go (&practice{dir: filepath.Join(dir, "sandbox"), log: log}).run(ctx, func(c channel.Connector) { worker.Add(c) })
	go worker.Run(ctx)
	go scanner.Run(ctx)
	go (&hardware.Counter{Scanner: scanner}).Attend(ctx, book)
	time.Sleep(5 * time.Second)
	for b.Loop() {
		before := cpuTime(b, os.Getpid())
		time.Sleep(20 * time.Second)
		b.ReportMetric(100*(cpuTime(b, os.Getpid())-before).Seconds()/20, "%core")
	}
}

func benchIdleTill(b *testing.B) {
	dir := b.TempDir()
	cmd := exec.Command(binary, "--data-dir", dir, "--lang", "zh")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait(); terminal.Close() }()
	go func() {
		for buffer := make([]byte, 64<<10); ; {
			if _, err := terminal.Read(buffer); err != nil {
				return
			}
		}
	}()
	time.Sleep(5 * time.Second) // keys are made, the first frames are out
	for b.Loop() {
		before := cpuTime(b, cmd.Process.Pid)
		time.Sleep(20 * time.Second)
		b.ReportMetric(100*(cpuTime(b, cmd.Process.Pid)-before).Seconds()/20, "%core")
	}
}

// cpuTime sums what the scheduler gave all threads of a process.
func cpuTime(b *testing.B, pid int) (sum time.Duration) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		b.Fatalf("no threads to look at: %v", err)
	}
	for _, path := range threads {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		ns, _ := strconv.ParseInt(strings.Fields(string(data))[0], 10, 64)
		sum += time.Duration(ns)
	}
	return sum
}
