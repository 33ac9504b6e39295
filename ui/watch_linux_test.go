package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"guitai/assets"
	"guitai/ledger"
)

// onlookerTTY looks on from a real pseudo-terminal.
type onlookerTTY struct {
	master, tty *os.File
	screen      *screenText
	before      unix.Termios
	ended       chan error
}

func lookOnTTY(t *testing.T, ctx context.Context, hub *Hub, width, height uint16) *onlookerTTY {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := pty.Setsize(master, &pty.Winsize{Cols: width, Rows: height}); err != nil {
		t.Fatal(err)
	}
	o := &onlookerTTY{master: master, tty: tty, screen: &screenText{grew: make(chan struct{}, 1)}, before: termios(t, tty), ended: make(chan error, 1)}
	go io.Copy(o.screen, master)
	go func() {
		o.ended <- watchOn(ctx, hub, tty, tty, getenv("TERM=xterm-256color LANG=en_US.UTF-8"), Size{}, nil)
	}()
	return o
}

// gone waits for the end of a viewer and looks at the terminal it has left.
func (o *onlookerTTY) gone(t *testing.T) {
	t.Helper()
	if err := wait(t, o.ended); err != nil {
		t.Error(err)
	}
	o.screen.endsWith(t, leaveAltScreen)
	if termios(t, o.tty) != o.before {
		t.Error("the terminal is not as before")
	}
}

// TestLookingOnFromTerminals: a till and viewers on terminals of other sizes; each leaves in another way, and the till goes on.
func TestLookingOnFromTerminals(t *testing.T) {
	hub := &Hub{}
	var book *ledger.Book
	tillCtx, endTill := context.WithCancel(t.Context())
	defer endTill()
	master, screen, _, _, tillEnded := runSized(t, tillCtx, assets.En, 100, 30, func(o *Options) { o.Hub, book = hub, o.Book })
	screen.waitFor(t, "Guitai")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ways := []struct {
		keys          string
		width, height uint16
	}{{"q", 80, 24}, {"\x1b", 120, 40}, {"\x03", 100, 30}, {"\x04", 61, 11}, {"", 100, 31}}
	var viewers []*onlookerTTY
	for _, way := range ways {
		o := lookOnTTY(t, ctx, hub, way.width, way.height)
		o.screen.waitFor(t, "Guitai")
		o.screen.waitFor(t, "q back")
		viewers = append(viewers, o)
	}
	for _, o := range viewers { // none of it is the till's
		o.master.WriteString("77\r")
	}
	master.WriteString("12.5\r")
	screen.waitFor(t, "tail")
	for _, o := range viewers[:3] {
		o.master.WriteString("\x0c")
		o.screen.waitFor(t, "The amount is settled.")
	}
	small := viewers[0]
	small.screen.waitFor(t, "cols 1-80/100 · rows 1-23/30 · arrows")
	small.screen.forget()
	if err := pty.Setsize(small.master, &pty.Winsize{Cols: 90, Rows: 20}); err != nil {
		t.Fatal(err)
	}
	syscall.Kill(os.Getpid(), syscall.SIGWINCH)
	small.screen.waitFor(t, "cols 1-90/100 · rows 1-19/30 · arrows")
	for i, way := range ways {
		if viewers[i].master.WriteString(way.keys); way.keys == "" {
			cancel()
		}
		viewers[i].gone(t)
	}
	if hub.looks.Load() != 0 {
		t.Errorf("%d look on", hub.looks.Load())
	}
	book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale == nil || sale.Amount != ledger.Fen(1250) {
			t.Errorf("the sale is %+v", sale)
		}
	})
	last := lookOnTTY(t, t.Context(), hub, 80, 24)
	last.screen.waitFor(t, "Guitai")
	endTill()
	if err := wait(t, tillEnded); err != nil {
		t.Fatal(err)
	}
	last.screen.waitFor(t, "The till shows no screen now.")
	last.master.WriteString("q")
	last.gone(t)
}

// TestNoPictureToLookAt: the other renderer's, and a terminal that cannot place its cursor.
func TestNoPictureToLookAt(t *testing.T) {
	hub := &Hub{}
	ctx, cancel := context.WithCancel(t.Context())
	_, screen, _, _, ended := runOnPty(t, ctx, func(o *Options) { o.Hub, o.Renderer = hub, RendererStock })
	screen.waitFor(t, "Guitai")
	o := lookOnTTY(t, t.Context(), hub, 80, 24)
	o.screen.waitFor(t, "--renderer stock")
	cancel()
	if err := wait(t, ended); err != nil {
		t.Fatal(err)
	}
	o.screen.waitFor(t, "no screen now")
	o.master.WriteString("q")
	o.gone(t)

	var out strings.Builder
	err := watchOn(t.Context(), hub, strings.NewReader(""), &out, getenv("TERM=dumb"), Size{}, nil)
	if !errors.Is(err, ErrNoCursor) || out.Len() > 0 {
		t.Errorf("%v after %q", err, out.String())
	}
}

// viewersEnv is how many look on at the till of aloneEnv; the first of them takes nothing.
const viewersEnv = "GUITAI_TEST_VIEWERS"

func lookOnMany(ctx context.Context, book *ledger.Book, hub *Hub) {
	viewers, _ := strconv.Atoi(os.Getenv(viewersEnv))
	for i := range viewers {
		visit, err := book.BeginVisit(ctx, ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:c", From: "socket"})
		if err != nil {
			panic(err)
		}
		in, keys := io.Pipe()
		out := io.Writer(&counter{})
		if i == 0 {
			_, out = io.Pipe()
		}
		go Receive(ctx, Config{Lang: assets.Zh}, GuestOptions{Book: book, Hub: hub, Visit: visit, Role: ledger.RoleSupport, In: in, Out: out,
			Getenv: getenv("TERM=xterm-256color"), Size: Size{120, 40}, Resized: make(chan Size)})
		go io.WriteString(keys, "1") // the cashier's screen
	}
}

// BenchmarkKeyWithViewers: from a key's byte on a real line to the first byte of the frame that shows it, on a till at which nobody
// looks and on one with ten viewers, of whom one takes nothing. Each is a process of its own; keys go to both in turn, so that both
// meet the same machine.
// go test ./ui -run '^$' -bench KeyWithViewers -benchtime 100x
func BenchmarkKeyWithViewers(b *testing.B) {
	type till struct {
		master *os.File
		screen *screenText
		took   []time.Duration
		pid    int
		used   float64
	}
	tills := make([]*till, 2)
	for i, viewers := range []string{"0", "10"} {
		b.Setenv(viewersEnv, viewers)
		cmd, master, screen := alone(b, RendererOwn)
		tills[i] = &till{master: master, screen: screen, pid: cmd.Process.Pid}
	}
	time.Sleep(2 * time.Second)
	for _, till := range tills {
		till.used = processorTime(b, till.pid)
	}
	for b.Loop() {
		for _, key := range []string{"1", "\x7f"} {
			for _, i := range rand.Perm(len(tills)) {
				till := tills[i]
				time.Sleep(time.Duration(100+rand.IntN(100)) * time.Millisecond)
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
			}
		}
	}
	part := func(i, percent int) float64 {
		took := slices.Sorted(slices.Values(tills[i].took))
		return float64(took[(len(took)-1)*percent/100].Microseconds()) / 1000
	}
	for i, name := range []string{"alone", "watched"} {
		b.ReportMetric(1000*(processorTime(b, tills[i].pid)-tills[i].used)/float64(len(tills[i].took)), name+"-cpu-ms/key")
	}
	for _, percent := range []int{50, 99} {
		name := map[int]string{50: "median", 99: "p99"}[percent]
		b.ReportMetric(part(0, percent), "alone-"+name+"-ms")
		b.ReportMetric(part(1, percent), "watched-"+name+"-ms")
		b.ReportMetric(part(1, percent)/part(0, percent), name+"-ratio")
	}
}

// processorTime is what a process has used, in seconds (proc(5): utime and stime of stat, in hundredths on Linux).
func processorTime(b *testing.B, pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')'):]))
	user, _ := strconv.ParseFloat(fields[12], 64)
	system, _ := strconv.ParseFloat(fields[13], 64)
	return (user + system) / 100
}
