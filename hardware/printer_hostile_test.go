package hardware

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/hardware/hwtest"
)

// inOrderPrinter is a cheap printer on TCP: it works everything off in order, requests of the status too, takes a moment for a slip, does not
// know GS r, and its drawer connector's pin is high, as it is on most printers with no drawer or a closed one. It is perfectly well.
type inOrderPrinter struct {
	listener net.Listener
	mu       sync.Mutex
	cuts     int
}

func newInOrderPrinter(t *testing.T, takes time.Duration) *inOrderPrinter {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &inOrderPrinter{listener: listener}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(conn, takes)
		}
	}()
	return p
}

func (p *inOrderPrinter) serve(conn net.Conn, takes time.Duration) {
	defer conn.Close()
	var last [3]byte
	b := make([]byte, 1)
	for {
		if _, err := conn.Read(b); err != nil {
			return
		}
		last[0], last[1], last[2] = last[1], last[2], b[0]
		switch {
		case last[0] == 0x10 && last[1] == 0x04 && last[2] == 1:
			_, _ = conn.Write([]byte{0x16}) // on line; the drawer's pin is high
		case last[0] == 0x10 && last[1] == 0x04:
			_, _ = conn.Write([]byte{0x12})
		case last[0] == 0x1D && last[1] == 'V': // the cut: the head has to get there
			time.Sleep(takes)
			p.mu.Lock()
			p.cuts++
			p.mu.Unlock()
		}
	}
}

// TestHostilePrinterAnswersInOrder: one receipt comes out of such a printer once.
func TestHostilePrinterAnswersInOrder(t *testing.T) {
	t.Parallel()
	fake := newInOrderPrinter(t, 1700*time.Millisecond)
	dir := t.TempDir()
	x := startPrinter(t, PrinterConfig{To: "tcp:" + fake.listener.Addr().String()}, dir)
	slip := hostileDesk.Test(time.Now())
	x.printer.Print(1, "receipt 1", slip)
	cuts := func() int {
		fake.mu.Lock()
		defer fake.mu.Unlock()
		return fake.cuts
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		waiting, err := SpoolWaiting(dir)
		switch n := cuts(); {
		case err != nil:
			t.Fatal(err)
		case n > 1:
			t.Fatalf("%d slips of one receipt, and it goes on", n)
		case n == 1 && waiting == 0: // for good
			return
		case time.Now().After(end):
			t.Fatalf("%d slips, %d wait", n, waiting)
		}
	}
}

// TestHostileDrawerAfterThePaperIsBack: a pulse is tried for 3 s and then dropped: "a drawer that opens later surprises somebody". A printer
// without paper takes the pulse into its buffer and opens the drawer when somebody has put paper in, minutes later.
func TestHostileDrawerAfterThePaperIsBack(t *testing.T) {
	t.Parallel()
	fake := hwtest.NewPrinter(t)
	x := startPrinter(t, PrinterConfig{To: fake.To(), Drawer: "1"}, t.TempDir())
	x.awaitState(Open)
	fake.PaperOutAfter(0)
	for range 3 { // three sales in cash while the roll is out
		x.printer.Kick()
		time.Sleep(300 * time.Millisecond)
	}
	time.Sleep(kickFor + time.Second)
	before := fake.Paper().Count(hwtest.Pulse)
	fake.PaperBack()
	time.Sleep(2 * time.Second)
	if n := fake.Paper().Count(hwtest.Pulse) - before; n != 0 {
		t.Errorf("the drawer opens %d times when paper is put in, seconds after its events (%d before)", n, before)
	}
}

// TestHostileSpoolOfAnotherLedger: a slip of a ledger that is no more waits (the printer was away), the ledger was restored and goes on from an
// earlier event. The new ledger's event of the same number has a receipt of its own, and that must be printed.
func TestHostileSpoolOfAnotherLedger(t *testing.T) {
	s, _ := openSpool(t.TempDir())
	s.add(7, "receipt 7", Slip{Kind: SlipPayment, Sale: "old"})
	s.rewind(3)
	s.add(7, "receipt 7", Slip{Kind: SlipPayment, Sale: "new"})
	if len(s.file.Jobs) != 1 || s.file.Jobs[0].Slip.Sale != "new" {
		t.Errorf("the new sale's receipt is never printed, or the old one's is: %+v", s.file.Jobs)
	}
}

// TestRewindTells: slips that are dropped with a lost end are counted and named; those of before it are printed.
func TestRewindTells(t *testing.T) {
	t.Parallel()
	fake := hwtest.NewPrinter(t)
	fake.PaperOutAfter(0)
	x := startPrinter(t, PrinterConfig{To: fake.To()}, t.TempDir())
	x.printer.Print(2, "receipt 2", numbered(2))
	x.printer.Print(7, "receipt 7", numbered(7))
	x.await("two wait", func(s Status) bool { return s.Waiting == 2 })
	x.printer.Rewind(3)
	x.await("one dropped", func(s Status) bool {
		return s.Waiting == 1 && s.Dropped == 1 && strings.Contains(s.Detail, "receipt 7 is of a ledger that has lost its end")
	})
	fake.PaperBack()
	fake.WaitCuts(1)
	x.awaitIdle()
	if slips := fake.Paper().Slips(); len(slips) != 1 || !has(slips[0], "S000002") || x.printer.Cursor() != 3 {
		t.Errorf("%d slips, cursor %d", len(slips), x.printer.Cursor())
	}
}
