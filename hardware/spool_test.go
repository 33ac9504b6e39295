package hardware

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/hardware/hwtest"
)

// childJobs is how many slips the child gives, as often as it is started.
const childJobs = 40

// TestPrinterChild is the till that TestKilledWhilePrinting kills.
func TestPrinterChild(t *testing.T) {
	to, dir := os.Getenv("GUITAI_PRINTER_CHILD"), os.Getenv("GUITAI_PRINTER_SPOOL")
	if to == "" {
		t.Skip("only as a child")
	}
	idle := make(chan struct{}, 1)
	p := NewPrinter(PrinterConfig{To: to}, desk, assets.En, dir, func(s Status) {
		if s.Waiting == 0 && s.State == Open {
			select {
			case idle <- struct{}{}:
			default:
			}
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	fmt.Println("ready")
	for n := max(1, int(p.Cursor())); n <= childJobs; n++ {
		for _, copyOf := range []string{"customer", "merchant"} {
			p.Print(uint64(n), copyOf+strconv.Itoa(n), childSlip(n, copyOf == "merchant"))
		}
		time.Sleep(time.Millisecond)
	}
	for p.Cursor() < childJobs || len(idle) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-ended
}

func childSlip(n int, merchant bool) Slip {
	slip := numbered(n)
	slip.MerchantCopy = merchant
	return slip
}

// TestKilledWhilePrinting: every slip comes out whole, once without the mark at most, and whatever comes again is marked.
func TestKilledWhilePrinting(t *testing.T) {
	p := hwtest.NewPrinter(t)
	p.Slow(500_000)
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	kills, ended := 0, false
	for run := 0; !ended; run++ {
		child := exec.Command(exe, "-test.run", "^TestPrinterChild$")
		child.Env = append(os.Environ(), "GUITAI_PRINTER_CHILD="+p.To(), "GUITAI_PRINTER_SPOOL="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		if line, err := lines.ReadString('\n'); line != "ready\n" {
			t.Fatalf("the child says %q, %v", line, err)
		}
		if run < 40 {
			time.Sleep(time.Duration(rand.IntN(30_000)) * time.Microsecond)
			_ = child.Process.Kill()
		}
		switch err := child.Wait(); {
		case err == nil:
			ended = true
		case run < 40:
			kills++
		default:
			t.Fatalf("the child: %v", err)
		}
	}
	if kills < 5 {
		t.Fatalf("only %d kills", kills)
	}
	p.WaitFor("last slip", func(paper hwtest.Paper) bool {
		slips := paper.Slips()
		return len(slips) > 0 && whole(slips[len(slips)-1]) && slipKey(slips[len(slips)-1]) == fmt.Sprintf("S%06d Merchant copy", childJobs)
	})
	first, all := map[string]int{}, map[string]int{}
	copies := 0
	for _, slip := range p.Paper().Slips() {
		if !whole(slip) {
			continue
		}
		key := slipKey(slip)
		if all[key]++; !marked(slip) {
			first[key]++
		} else {
			copies++
		}
	}
	for n := 1; n <= childJobs; n++ {
		for _, merchant := range []string{"Customer copy", "Merchant copy"} {
			key := fmt.Sprintf("S%06d %s", n, merchant)
			if all[key] == 0 || first[key] > 1 {
				t.Errorf("%s came out %d times, %d of them without the mark", key, all[key], first[key])
			}
		}
	}
	if len(all) != 2*childJobs {
		t.Errorf("%d different slips", len(all))
	}
	if faults := p.Paper().Faults; len(faults) > 0 {
		t.Error(faults)
	}
	t.Logf("%d kills, %d copies", kills, copies)
}

func slipKey(slip hwtest.Paper) string {
	var number, copyOf string
	for _, item := range slip.Items {
		if i := strings.Index(item.Text, "S0"); i >= 0 && strings.HasPrefix(item.Text, "Sale") {
			number = item.Text[i:]
		}
		if strings.HasSuffix(item.Text, " copy") {
			copyOf = item.Text
		}
	}
	return number + " " + copyOf
}

// TestSpoolRemembers: what was given, begun and done, over restarts.
func TestSpoolRemembers(t *testing.T) {
	dir := t.TempDir()
	s, aside := openSpool(dir)
	if aside != "" {
		t.Fatal(aside)
	}
	s.add(5, "a", numbered(1))
	s.add(5, "b", numbered(2))
	s.add(5, "a", numbered(1))
	s.add(4, "late", numbered(9))
	s.add(0, "loose", numbered(3))
	s.add(0, "loose", numbered(3))
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	again := func() *spool {
		t.Helper()
		s, aside := openSpool(dir)
		if aside != "" {
			t.Fatal(aside)
		}
		return s
	}
	keys := func(s *spool) (list string) {
		for _, j := range s.file.Jobs {
			list += j.Key
			if j.Begun {
				list += "!"
			}
			list += " "
		}
		return list
	}
	s = again()
	if got := keys(s); got != "a! b loose " || s.file.Cursor != 5 {
		t.Fatalf("%q, cursor %d", got, s.file.Cursor)
	}
	if got := s.first().Slip; got.Sale != "S000001" || !got.Time.Equal(noon) || got.Time.Format(time.DateTime) != noon.Format(time.DateTime) || len(got.Parts) != 1 {
		t.Errorf("the slip is %+v", got)
	}
	s.done()
	s.spared()
	s.add(5, "a", numbered(1))
	s.add(5, "c", numbered(4))
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	s = again()
	if got := keys(s); got != "b loose c " {
		t.Fatal(got)
	}
	s.skip(9)
	s.skip(7)
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	s = again()
	s.add(8, "d", numbered(5))
	s.add(9, "e", numbered(5))
	if got := keys(s); got != "b loose c e " || s.file.Cursor != 9 {
		t.Fatalf("%q, cursor %d", got, s.file.Cursor)
	}
}

// TestDamagedSpool: every byte of it damaged is found; the file is set aside, and the till goes on.
func TestDamagedSpool(t *testing.T) {
	dir := t.TempDir()
	s, _ := openSpool(dir)
	s.add(5, "a", numbered(1))
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, spoolName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 0x20
		var f spoolFile
		if f.decode(bad) == nil {
			t.Fatalf("byte %d of %d may be anything", i, len(good))
		}
	}
	for _, bad := range [][]byte{nil, good[:len(good)/2], []byte("\n"), append(good, ' ')} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		p := NewPrinter(PrinterConfig{To: "tcp:127.0.0.1:1"}, desk, assets.Zh, dir, func(Status) {})
		if p.Cursor() != 0 || p.spool.first() != nil || !strings.Contains(strings.Join(p.notes, ""), "set aside as "+spoolName) {
			t.Errorf("cursor %d, notes %v", p.Cursor(), p.notes)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Error("the damaged one is still there")
		}
		time.Sleep(2 * time.Millisecond) // its name is the time
	}
	aside, err := fs.Glob(os.DirFS(dir), spoolName+".damaged-*")
	if err != nil || len(aside) != 4 {
		t.Errorf("%v, %v", aside, err)
	}
}

// TestSpoolIsBounded: the oldest make room, and are named; the file stays small.
func TestSpoolIsBounded(t *testing.T) {
	p := hwtest.NewPrinter(t)
	p.PaperOutAfter(0)
	dir := t.TempDir()
	x := startPrinter(t, PrinterConfig{To: p.To()}, dir)
	for n := 1; n <= maxJobs+2; n++ {
		x.printer.Print(uint64(n), fmt.Sprint("slip ", n), numbered(n))
	}
	s := x.await("full", func(s Status) bool { return s.Waiting == maxJobs && s.Dropped == 2 })
	if !strings.Contains(s.Detail, "slip 1 was dropped") || !strings.Contains(s.Detail, "slip 2 was dropped") {
		t.Error(s.Detail)
	}
	x.stop()
	info, err := os.Stat(filepath.Join(dir, spoolName))
	if err != nil || info.Size() > maxJobs*2000 || info.Mode().Perm() != 0o600 {
		t.Errorf("%d bytes, %v, %v", info.Size(), info.Mode(), err)
	}
}

// TestUnsavedIsNotPrinted: a slip that could come out twice does not come out until the disk takes it.
func TestUnsavedIsNotPrinted(t *testing.T) {
	p := hwtest.NewPrinter(t)
	dir := filepath.Join(t.TempDir(), "later")
	x := startPrinter(t, PrinterConfig{To: p.To()}, dir)
	x.printer.Print(1, "1", numbered(1))
	x.awaitState(Unsaved)
	if x.printer.Cursor() != 0 || p.Paper().Count(hwtest.Text) != 0 {
		t.Error("it was printed, or counts as given")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p.WaitCuts(1)
	x.awaitIdle()
	if slips := p.Paper().Slips(); len(slips) != 1 || marked(slips[0]) {
		t.Errorf("slips:\n%s", p.Paper().Text(32))
	}
}

// firstByte is how long after something the printer gets its next byte.
func firstByte(p *hwtest.Printer, after func()) time.Duration {
	came := make(chan time.Time, 1)
	p.OnByte(func(at time.Time) { came <- at })
	begun := time.Now()
	after()
	return (<-came).Sub(begun)
}

// BenchmarkFirstByte is from Print to the first byte of the slip at the printer, the spool's durable mark before it.
func BenchmarkFirstByte(b *testing.B) {
	p := hwtest.NewPrinter(b)
	dir := b.TempDir()
	x := startPrinter(b, PrinterConfig{To: p.To()}, dir)
	x.awaitIdle()
	var sum time.Duration
	n := 0
	for b.Loop() {
		n++
		sum += firstByte(p, func() { x.printer.Print(uint64(n), strconv.Itoa(n), numbered(n)) })
		p.WaitCuts(n)
		for kept, _ := openSpool(dir); kept.first() != nil || kept.file.Cursor < uint64(n); kept, _ = openSpool(dir) {
			time.Sleep(time.Millisecond)
		}
	}
	b.ReportMetric(float64(sum.Microseconds())/float64(n)/1000, "ms/first-byte")
}

// BenchmarkSlip is a receipt from values to bytes.
func BenchmarkSlip(b *testing.B) {
	slip, _ := desk.Payment(scanned())
	face := typeface{columns: 32, words: assets.For(assets.Zh)}
	bytes := 0
	for b.Loop() {
		bytes = 0
		for _, part := range face.bytes(&slip, false) {
			bytes += len(part)
		}
	}
	b.ReportMetric(float64(bytes), "bytes")
}

// BenchmarkKick is from Kick to the pulse at an idle printer.
func BenchmarkKick(b *testing.B) {
	p := hwtest.NewPrinter(b)
	x := startPrinter(b, PrinterConfig{To: p.To(), Drawer: "1"}, b.TempDir())
	x.awaitIdle()
	var sum time.Duration
	n := 0
	for b.Loop() {
		n++
		sum += firstByte(p, x.printer.Kick)
	}
	b.ReportMetric(float64(sum.Microseconds())/float64(n)/1000, "ms/pulse")
}
