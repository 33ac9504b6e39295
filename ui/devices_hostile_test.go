package ui

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// hung is a counter whose devices take as long as they may, and whose scanner is there.
type hung struct {
	pairing Pairing
	entered chan struct{}
}

func (c *hung) Test(ctx context.Context, _ ledger.DeviceKind) error {
	if c.entered != nil {
		close(c.entered)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // as the program has it
	defer cancel()
	<-ctx.Done()
	return ctx.Err()
}
func (c *hung) Mute(bool)        {}
func (c *hung) Pairing() Pairing { return c.pairing }

// TestHostilePairingFromTheDevices: a cashier comes to the pairing page by / and Enter, and it follows what the scanner sends.
func TestHostilePairingFromTheDevices(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		f := &fakePairing{}
		r.app.counter = &hung{pairing: f}
		r.key("/")
		r.key("enter")
		r.sees("What the scanner sends")
		f.mu.Lock()
		f.view.Readings = []assets.PairReading{sent(0, "CR", "]C013****89")}
		f.mu.Unlock()
		r.sleep(5 * time.Second)
		r.sees("ends with CR")
	})
}

// TestHostileLockOverThePairing: when the till locks itself the pairing page is not on the screen any more, and the scanner has to read badges.
func TestHostileLockOverThePairing(t *testing.T) {
	a := drawnApp(t, assets.En, false, 80, 24)
	a.scene = baseScene()
	f := &fakePairing{}
	a.openPair(f)
	was := a.scene
	a.scene.staffed, a.scene.actor = true, ledger.Actor{}
	if !a.scene.shut() {
		t.Skip("not shut")
	}
	a.atDoor(&was)
	if a.top().place()&atWho == 0 {
		t.Fatal("no sign-in")
	}
	if f.open != 0 {
		t.Error("the sign-in is on the screen, and whatever the scanner reads, badges too, still goes to the pairing page below")
	}
}

// TestHostileIdeographicComma: under a Chinese input method the key / gives 、 as . gives 。; the devices' key has to go through.
func TestHostileIdeographicComma(t *testing.T) {
	for text, want := range map[string]string{"、": "/", "／": "/", "％": "%", "＝": "=", "。": "."} {
		if p := readKey(tea.KeyPressMsg{Text: text, Code: []rune(text)[0]}); p.key != want {
			t.Errorf("%s is %q, not %q", text, p.key, want)
		}
	}
}

// TestHostileLineModeSellsDuringATest: devices never block a sale. In line mode a printer that does not answer its test holds up every line.
func TestHostileLineModeSellsDuringATest(t *testing.T) {
	change := func(*ledger.BookConfig, *Options) {}
	withRobotOn(t, ledger.NewMemory(), Config{Lang: assets.En}, change, func(r *robot) {
		r.book.Board().Post(func(v *ledger.BoardView) { v.Devices[ledger.DevicePrinter] = ledger.Device{State: ledger.DeviceReady} })
		ctx, cancel := context.WithCancel(context.Background())
		in, keys := io.Pipe()
		p := &plainRobot{robot: r, paper: &paper{}, keys: keys, end: cancel, ended: make(chan error, 1)}
		c := &hung{entered: make(chan struct{})}
		opts := Options{Book: r.book, Counter: c, Actor: ledger.Trainee, Training: true, In: in, Out: p.paper,
			Getenv: func(name string) string { return map[string]string{"TERM": "dumb", "LANG": "en_US.UTF-8"}[name] }}
		go func() { p.ended <- performPlain(ctx, Config{Lang: assets.En}, opts, true) }()
		r.pump()
		defer func() { cancel(); in.Close(); <-p.ended }()
		p.line("/ 2")
		select {
		case <-c.entered:
		default:
			t.Fatalf("no test began: %s", p.paper.all())
		}
		p.line("12.50")
		time.Sleep(2 * time.Second)
		r.pump()
		if sale, ok := r.sale(); !ok || sale.Amount != ledger.Fen(1250) {
			t.Error("two seconds after the amount was typed nothing is settled: the line waits for the printer's test")
		}
	})
}

// TestHostilePageFromAnotherSite: a web page in the browser on this machine, under names of its own that point here, holds connections that were
// answered 421. They must not keep the customer's window out.
func TestHostilePageFromAnotherSite(t *testing.T) {
	store := ledger.NewMemory()
	book, err := ledger.OpenBook(t.Context(), store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close("test")
	address := freeAddress(t)
	ctx, cancel := context.WithCancel(t.Context())
	var showing sync.WaitGroup
	defer showing.Wait()
	defer cancel()
	there := make(chan struct{})
	showing.Go(func() {
		_ = Page(ctx, PageConfig{Listen: address}, Shared{Book: book, Lang: assets.En, Log: slog.New(slog.DiscardHandler)}, func(err error) {
			if err == nil {
				close(there)
			}
		})
	})
	<-there
	for range pageConns { // one hostile page with a few names: six connections each
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4096)
		if _, err := conn.Read(b); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := (&http.Client{Transport: &http.Transport{}}).Get("http://" + address + "/")
	if err != nil {
		t.Fatalf("the customer's own window is turned away: %v", err)
	}
	answer.Body.Close()
}

// TestHostileEqualsBehindAnAmount: who types 12.5= as on a calculator has an amount in hand; the sale before is not printed again, with an event and
// a count on the Z report. (The footer hides the key then; the key does it all the same.)
func TestHostileEqualsBehindAnAmount(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.book.Board().Post(func(v *ledger.BoardView) {
			v.Devices[ledger.DevicePrinter] = ledger.Device{State: ledger.DeviceReady}
		})
		r.key("8", "m", "enter")
		r.sees("PAID")
		before, _ := r.sale()
		r.sleep(time.Second)
		r.key("1", "2")
		r.sleep(time.Second)
		r.key("=")
		r.sleep(time.Second)
		copies := before.Copies
		r.book.Read(func(s *ledger.State) {
			if sale := s.Sale(before.ID); sale != nil {
				copies = sale.Copies
			}
		})
		if copies != before.Copies {
			t.Errorf("the sale before was printed %d times again, over the amount %q", copies, r.book.Draft().Keyed.String())
		}
	})
}
