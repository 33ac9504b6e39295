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
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"guitai/assets"
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
	till := openBench(b)
	ctx, book, scanner, gun, arrived := till.ctx, till.book, till.scanner, till.gun, till.arrived
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

// benchTill is a till on a disk with a scanner and one channel, whose gateway tells when a payment's first bytes arrive.
type benchTill struct {
	ctx     context.Context
	dir     string
	book    *ledger.Book
	scanner *hardware.Scanner
	gun     *hwtest.Gun
	arrived chan time.Time
}

func openBench(b *testing.B) *benchTill {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	till := &benchTill{ctx: ctx, dir: b.TempDir(), gun: hwtest.NewGun(b), arrived: make(chan time.Time, 1)}
	store, err := disk.Open(till.dir, disk.Config{})
	if err != nil {
		b.Fatal(err)
	}
	till.book, err = ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: modeSandbox, Codes: ledger.DefaultCodes(), TillKey: store.TillKey(), Receipts: store,
	})
	if err != nil {
		b.Fatal(err)
	}
	worker := outbox.New(till.book, outbox.Config{Subject: "bench"})
	worker.Add(benchGateway(b, till.arrived))
	till.scanner = newScanner(hardware.Config{Serial: till.gun.Path()}, till.book, nil, slog.New(slog.DiscardHandler))
	var running sync.WaitGroup
	running.Go(func() { worker.Run(ctx) })
	running.Go(func() { till.scanner.Run(ctx) })
	b.Cleanup(func() {
		cancel()
		running.Wait()
		till.book.Close("bench")
		store.Close()
	})
	for till.book.Board().View().Devices[ledger.DeviceScanner].State != ledger.DeviceReady {
		time.Sleep(time.Millisecond)
	}
	return till
}

// BenchmarkPaidToDevices: from PAID in the ledger, as whoever follows the Book sees it, to the first byte in the player's hands and to the
// first byte of the receipt at the printer.
func BenchmarkPaidToDevices(b *testing.B) {
	till := openBench(b)
	printer, player := hwtest.NewPrinter(b), hwtest.NewPlayer(b)
	sounds, firsts := player.Pipes(), make(chan time.Time, 1)
	nothing := func(hardware.Status) {}
	desk := hardware.Desk{Shop: "bench", Till: "T1", Mode: modeSandbox, Calendar: till.book.Calendar()}
	paper := hardware.NewPrinter(hardware.PrinterConfig{To: printer.To()}, desk, assets.En, b.TempDir(), nothing)
	voice := hardware.NewVoice(hardware.VoiceConfig{On: true, Player: player.Path()}, assets.En, nil, nothing)
	counter := hardware.Counter{Scanner: till.scanner, Printer: paper, Voice: voice, Desk: desk, Words: paper.Words(), Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(till.ctx)
	var running sync.WaitGroup
	running.Go(func() { paper.Run(ctx) })
	running.Go(func() { voice.Run(ctx) })
	running.Go(func() { counter.Attend(ctx, till.book) })
	defer running.Wait()
	defer cancel()
	time.Sleep(time.Second) // the printer was looked at
	var heard, printed []time.Duration
	cuts := 0
	for b.Loop() {
		till.book.Key('8')
		if err := till.book.Settle(ctx, ledger.Trainee, false); err != nil {
			b.Fatal(err)
		}
		till.scanner.Arm()
		time.Sleep(20 * time.Millisecond)
		printer.OnByte(func(at time.Time) { firsts <- at })
		till.gun.Type(code("wechat", 0) + "\r")
		<-till.arrived
		for changed := till.book.Changed(); unpaid(till.book); changed = till.book.Changed() {
			<-changed
		}
		paid := time.Now()
		<-sounds
		heard = append(heard, time.Since(paid))
		printed = append(printed, (<-firsts).Sub(paid))
		cuts++
		printer.WaitCuts(cuts)
	}
	b.ReportMetric(ms(median(heard)), "paid→sound-ms")
	b.ReportMetric(ms(heard[len(heard)*95/100]), "p95-sound-ms")
	b.ReportMetric(ms(median(printed)), "paid→printer-ms")
	b.ReportMetric(ms(printed[len(printed)*95/100]), "p95-printer-ms")
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
