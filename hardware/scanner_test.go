package hardware

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/hardware/hwtest"
)

// till is what a Scanner reports to.
type till struct {
	*device
	scanner *Scanner
	frames  chan Frame
}

// startTill runs a scanner until stop, or the end of the test.
func startTill(t testing.TB, cfg Config) *till {
	t.Helper()
	x := &till{device: newDevice(t), frames: make(chan Frame, 1000)}
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	x.scanner = NewScanner(cfg, func(f Frame) {
		if x.returned {
			t.Error("a frame after Run returned")
		}
		x.frames <- f
	}, x.report)
	x.runs(x.scanner.Run, noneLeft(t))
	return x
}

// next returns the next frame.
func (x *till) next() Frame {
	x.t.Helper()
	select {
	case f := <-x.frames:
		return f
	case <-time.After(patience):
		x.t.Fatal("no frame")
		return Frame{}
	}
}

// want takes frames and compares them; "~" marks suspect ones.
func (x *till) want(codes ...string) {
	x.t.Helper()
	for i, c := range codes {
		if got := show([]Frame{x.next()})[0]; got != c {
			x.t.Fatalf("frame %d is %q, want %q", i, got, c)
		}
	}
}

// quiet checks that no frame came beside those taken, by sending one more code and getting it next.
func (x *till) quiet(gun *hwtest.Gun) {
	x.t.Helper()
	gun.Type("END\r")
	x.want("END")
}

func scan(n int) string { return fmt.Sprintf("13%016d", n) }

func TestScannerTerminators(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path()})
	if s := x.until(Open); !strings.Contains(s.Detail, gun.Path()+" at 9600 baud") || s.Since.IsZero() {
		t.Errorf("open as %+v", s)
	}
	for i, end := range []string{"\r", "\n", "\r\n", "\t", "\x03", "\x04"} {
		before := time.Now()
		gun.Type(scan(i) + end)
		f := x.next()
		if string(f.Data) != scan(i) || f.End != Terminated || f.At.Before(before) || f.At.After(time.Now()) {
			t.Errorf("end %q: %q, %v, at %v", end, f.Data, f.End, f.At)
		}
	}
	x.quiet(gun)
}

func TestScannerSplitAndGlued(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path(), IdleMS: 10_000}) // a stall of the test must not cut a code
	x.until(Open)
	line := code18 + "\r\n"
	for n := range len(line) + 1 {
		s := scan(n) + "\r\n"
		gun.Split(s, n)
		x.want(scan(n))
	}
	gun.Glue(scan(100)+"\r", scan(101)+"\r\n", scan(102)+"\n")
	x.want(scan(100), scan(101), scan(102))
	gun.Burst(scan(110)+"\r", scan(111)+"\r", scan(112)+"\r")
	x.want(scan(110), scan(111), scan(112))
	gun.TypePaced(scan(120)+"\r", time.Millisecond)
	x.want(scan(120))
	gun.Split(scan(130)+"\r"+scan(131)+"\r"+scan(132), 25)
	gun.Type("\r")
	x.want(scan(130), scan(131), scan(132))
	x.quiet(gun)
}

func TestScannerRefuses(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path(), IdleMS: 10_000})
	x.until(Open)
	gun.Type("1\x1B[31m2\r" + strings.Repeat("7", 600) + "\r%%NoRead\r" + scan(1) + "\r" + scan(1) + "\r" + scan(2) + "\r" + scan(1) + "\r")
	x.want(scan(1), scan(2))
	x.quiet(gun)
	x.stop()
	close(x.statuses)
	var last Status
	for s := range x.statuses {
		last = s
	}
	if last.BadFrames != 1 || last.Dropped != 2 || last.Rereads != 2 {
		t.Errorf("counts %+v, want 1 bad, 2 dropped, 2 re-reads", last)
	}
}

func TestScannerWithoutTerminator(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path()})
	x.until(Open)
	gun.Type(scan(1))
	x.want("~" + scan(1))
}

func TestScannerNoise(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path()})
	x.until(Open)
	for i := range garbledRun {
		gun.Noise(12, uint64(i))
		gun.Type("\r")
	}
	if s := x.until(Noise); s.BadFrames != garbledRun || !strings.Contains(s.Detail, "speed or the parity") {
		t.Errorf("noise as %+v", s)
	}
	gun.Type(scan(1) + "\r")
	x.want(scan(1))
	x.until(Open)
}

func TestArmDropsWhatCameBefore(t *testing.T) {
	t.Run("half a code", func(t *testing.T) {
		gun := hwtest.NewGun(t)
		x := startTill(t, Config{Serial: gun.Path(), IdleMS: 10_000})
		x.until(Open)
		gun.Split(scan(1)[:9], 4)
		x.scanner.Arm()
		gun.Type(scan(1)[9:] + "\r") // alone it would be a terminated code
		x.quiet(gun)
	})
	t.Run("half a code without an end", func(t *testing.T) {
		gun := hwtest.NewGun(t)
		x := startTill(t, Config{Serial: gun.Path(), IdleMS: 50})
		x.until(Open)
		gun.Type(scan(1))
		gun.Drained()
		x.scanner.Arm()
		time.Sleep(200 * time.Millisecond) // the pace of a cashier
		x.quiet(gun)
	})
	t.Run("in the kernel", func(t *testing.T) {
		gun := hwtest.NewGun(t)
		x := startTill(t, Config{Serial: gun.Path(), IdleMS: 10_000})
		x.until(Open)
		x.scanner.mu.Lock() // the reader cannot take anything in
		gun.Type(scan(1) + "\r" + scan(2)[:5])
		for gun.Queued() < 24 {
			runtime.Gosched()
		}
		x.scanner.discard()
		x.scanner.mu.Unlock()
		gun.Type(scan(2)[5:] + "\r")
		x.quiet(gun)
	})
	t.Run("read and not yet delivered", func(t *testing.T) {
		gun := hwtest.NewGun(t)
		inside, leave := make(chan Frame), make(chan struct{})
		s := NewScanner(Config{Serial: gun.Path()}, func(f Frame) { inside <- f; <-leave }, func(Status) {})
		opened := make(chan struct{})
		s.report = func(Status) { close(opened); s.report = func(Status) {} }
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		<-opened
		gun.Type(scan(1) + "\r")
		first := <-inside
		gun.Burst(scan(2)+"\r", scan(3)+"\r")
		gun.Drained()
		armed := s.Arm() // does not wait for deliver
		if !first.At.Before(armed) {
			t.Errorf("the frame in delivery is from %v, armed at %v", first.At, armed)
		}
		gun.Type(scan(2) + "\r") // never delivered, so it is no re-read
		leave <- struct{}{}
		if f := <-inside; string(f.Data) != scan(2) || f.At.Before(armed) {
			t.Errorf("got %q from %v, armed at %v", f.Data, f.At, armed)
		}
		cancel()
		leave <- struct{}{}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Run("while absent, and by deliver itself", func(t *testing.T) {
		gun := hwtest.NewGun(t)
		got := make(chan string, 10)
		var s *Scanner
		s = NewScanner(Config{Serial: gun.Path()}, func(f Frame) { s.Arm(); got <- string(f.Data) }, func(Status) {})
		s.Arm()
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		opened := make(chan struct{})
		s.report = func(Status) { close(opened); s.report = func(Status) {} }
		go func() { ended <- s.Run(ctx) }()
		<-opened
		for i := range 3 {
			gun.Type(scan(i) + "\r")
			if c := <-got; c != scan(i) {
				t.Errorf("got %q", c)
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.Arm()
	})
}

func TestScannerUnplugDuringACode(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path(), IdleMS: 10_000})
	x.until(Open)
	gun.Split(scan(1)[:9], 4)
	gun.Unplug()
	if s := x.until(Absent); !strings.Contains(s.Detail, "hung up") {
		t.Errorf("unplugged as %+v", s)
	}
	gun.Replug()
	x.until(Open)
	gun.Type(scan(1)[9:] + "\r") // the two halves are not one code
	x.want(scan(1)[9:])
	x.quiet(gun)
}

func TestScannerReplugs(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path()})
	x.until(Open)
	gun.Type(scan(9999) + "\r")
	x.want(scan(9999))
	files := openFiles(t)
	for i := range 20 {
		gun.Unplug()
		x.until(Absent)
		gun.Replug()
		x.until(Open)
		gun.Type(scan(i) + "\r")
		x.want(scan(i))
	}
	if now := openFiles(t); now != files {
		t.Errorf("%d files are open after 20 replugs, %d before", now, files)
	}
}

func TestScannerAppearsLater(t *testing.T) {
	gun := hwtest.NewGun(t)
	link := filepath.Join(t.TempDir(), "by-id", "gun") // like /dev/serial/by-id, the folder is missing too
	x := startTill(t, Config{Serial: link, Baud: 115200})
	if s := x.until(Absent); !strings.Contains(s.Detail, "no such file") {
		t.Errorf("missing as %+v", s)
	}
	if err := os.Mkdir(filepath.Dir(link), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(gun.Path(), link); err != nil {
		t.Fatal(err)
	}
	x.until(Open)
	gun.Type(scan(1) + "\r")
	x.want(scan(1))
}

// TestScannerForbiddenAndBusy runs without privileges: first udev is slow, then another process holds the line.
func TestScannerForbiddenAndBusy(t *testing.T) {
	gun := hwtest.NewGun(t)
	gun.Chmod(0)
	open(t, gun.Path())
	var mu sync.Mutex
	var states []State
	changed := make(chan Status, 1000)
	s := NewScanner(Config{Serial: gun.Path()}, func(Frame) {}, func(s Status) {
		mu.Lock()
		defer mu.Unlock()
		if len(states) == 0 || states[len(states)-1] != s.State {
			states = append(states, s.State)
			changed <- s
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		asNobody(t, func() { _ = s.Run(ctx) })
	}()
	await := func(want State) Status {
		t.Helper()
		select {
		case s := <-changed:
			if s.State != want {
				t.Fatalf("%v, want %v: %+v", s.State, want, s)
			}
			return s
		case <-time.After(patience):
			t.Fatalf("never %v", want)
		}
		return Status{}
	}
	absent := await(Absent)
	forbidden := await(NoPermission)
	if got := forbidden.Since.Sub(absent.Since); got < permissionGrace {
		t.Errorf("called forbidden after %v", got)
	}
	if !strings.Contains(forbidden.Detail, "dialout") {
		t.Errorf("no hint in %q", forbidden.Detail)
	}
	p, err := openPort(gun.Path(), defaultBaud)
	if err != nil && os.Geteuid() == 0 {
		t.Fatal(err)
	}
	gun.Chmod(0o666)
	if p != nil { // root holds it; an ordinary user could not open it while it was forbidden
		await(Busy)
		p.wake()
		p.close()
	}
	await(Open)
	cancel()
	<-ended
}

func TestScannerOff(t *testing.T) {
	x := startTill(t, Config{})
	x.until(Off)
	x.scanner.Arm()
}

func TestScannerTooManyFiles(t *testing.T) {
	gun := hwtest.NewGun(t)
	var files []*os.File
	for range maxFD {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	x := startTill(t, Config{Serial: gun.Path()})
	if s := x.until(Absent); !strings.Contains(s.Detail, "too many files") {
		t.Errorf("reported as %+v", s)
	}
	for _, f := range files {
		_ = f.Close()
	}
	x.until(Open)
}

// TestArmBesideEverything lets the race detector look at all parties at once, and holds that codes keep their order.
func TestArmBesideEverything(t *testing.T) {
	gun := hwtest.NewGun(t)
	x := startTill(t, Config{Serial: gun.Path(), Beeps: "datalogic"})
	x.until(Open)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					x.scanner.Arm()
					x.scanner.Good()
					runtime.Gosched()
				}
			}
		})
	}
	for i := range 300 {
		gun.Type(scan(i) + "\r")
	}
	gun.Unplug()
	x.until(Absent)
	close(stop)
	wg.Wait()
	gun.Replug()
	x.until(Open)
	gun.Type(scan(300) + "\r")
	var got []string
	for len(got) == 0 || got[len(got)-1] != scan(300) {
		f := x.next()
		if f.End != Terminated || len(f.Data) != 18 {
			t.Fatalf("a piece came through: %q, %v", f.Data, f.End)
		}
		got = append(got, string(f.Data))
	}
	if !slices.IsSorted(got) {
		t.Error("out of order")
	}
}
