package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
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
	"guitai/ui"
)

// TestScanSoak plays a seeded script of scans into tills with sales opened and closed: through a serial scanner and one that
// types, each on a pseudo-terminal of its own, into a real Book behind the real screen. No code with a terminator may be lost
// or doubled, each has to reach the sale that was waiting for it, and one without a terminator nothing without an Enter.
// GUITAI_SOAK_ENTRIES sets its length (160), GUITAI_SOAK_SEED its seed (1); eight tills share it.
func TestScanSoak(t *testing.T) {
	const tills = 8
	entries, seed := soakNumber(t, "GUITAI_SOAK_ENTRIES", 160), soakNumber(t, "GUITAI_SOAK_SEED", 1)
	var mu sync.Mutex
	counts := map[string]int{}
	t.Run("tills", func(t *testing.T) {
		for i := range tills {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				s := newSoak(t, uint64(seed), i)
				for range (entries + tills - 1) / tills {
					s.entry()
				}
				s.books()
				mu.Lock()
				defer mu.Unlock()
				for kind, n := range s.counts {
					counts[kind] += n
				}
			})
		}
	})
	total := 0
	for _, n := range counts {
		total += n
	}
	t.Logf("%d entries, seed %d: %v", total, seed, counts)
	if counts["typed"] == 0 && counts["typed, not told from a hand"] > 0 { // one till's few can all meet a machine that stalls
		t.Error("no scan that was typed was told from a hand")
	}
}

func soakNumber(t *testing.T, name string, otherwise int) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv(name))
	if os.Getenv(name) == "" {
		return otherwise
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// soak is one till with both scanners. Its goroutine is the cashier, the customer and the channel.
type soak struct {
	t       *testing.T
	random  *rand.Rand
	till    int
	book    *ledger.Book
	store   *ledger.Memory
	scanner *hardware.Scanner
	gun     *hwtest.Gun
	keys    *os.File // the keyboard's end of the screen's terminal

	seen                    uint64 // the journal is counted up to here
	refusedSeen, openedSeen int
	number                  int
	sale                    ledger.SaleID
	charged                 int // codes that had to be charged so far
	refused                 int // and refused
	counts                  map[string]int
	before                  map[string]bool // codes of this till
}

// soakPatience is how long something that has to happen may take before the test calls it lost.
const soakPatience = 20 * time.Second

func newSoak(t *testing.T, seed uint64, till int) *soak {
	s := &soak{t: t, random: rand.New(rand.NewPCG(seed, uint64(till))), till: till, store: ledger.NewMemory(), gun: hwtest.NewGun(t), counts: map[string]int{}, before: map[string]bool{}}
	book, err := ledger.OpenBook(context.Background(), s.store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: modeSandbox, Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.book = book
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		book.SetAccount(ch, ledger.Account{Merchant: "M", App: "A", QRLife: 2 * time.Minute})
	}
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	_ = pty.Setsize(keys, &pty.Winsize{Cols: 80, Rows: 24})
	go io.Copy(io.Discard, keys)
	s.keys = keys
	ctx, cancel := context.WithCancel(context.Background())
	// A silence that a stall of the machine does not reach: pauses of up to 200 ms belong to a code.
	s.scanner = newScanner(hardware.Config{Serial: s.gun.Path(), IdleMS: 600}, book, nil, slog.New(slog.DiscardHandler))
	shown := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() { _ = s.scanner.Run(ctx) })
	running.Go(func() {
		if err := ui.Run(ctx, ui.Config{Lang: assets.En}, ui.Options{
			Book: book, Actor: ledger.Trainee, In: tty, Out: tty, FirstFrame: func() { close(shown) },
			Getenv: func(name string) string { return map[string]string{"TERM": "xterm-256color"}[name] },
		}); err != nil {
			t.Errorf("the screen: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
		keys.Close()
		tty.Close()
		book.Close("test")
	})
	s.until("the scanner is ready", func() bool { return book.Board().View().Devices[ledger.DeviceScanner].State == ledger.DeviceReady })
	<-shown
	return s
}

// until waits for what has to happen.
func (s *soak) until(what string, happened func() bool) {
	s.t.Helper()
	if !s.within(soakPatience, happened) {
		s.t.Fatalf("never: %s (entry %d of till %d)", what, s.number, s.till)
	}
}

func (s *soak) within(patience time.Duration, happened func() bool) bool {
	for end := time.Now().Add(patience); !happened(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// fresh is a customer's code that was never shown before: WeChat's, or Alipay's of 16 to 24 digits.
func (s *soak) fresh() string {
	s.number++
	if s.random.IntN(3) == 0 {
		code := fmt.Sprintf("28%d%013d", s.till, s.number)
		return code + strings.Repeat("7", s.random.IntN(24-len(code)+1))
	}
	return fmt.Sprintf("13%d%015d", s.till, s.number)
}

// opens keys and settles the next sale, and arms the scanner as the till does then.
func (s *soak) opens() {
	for _, key := range strconv.Itoa(1 + s.random.IntN(99)) {
		if err := s.book.Key(key); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.book.Settle(context.Background(), ledger.Trainee, false); err != nil {
		s.t.Fatal(err)
	}
	s.book.Read(func(state *ledger.State) { s.sale = state.CurrentSale().ID })
	s.scanner.Arm()
}

// attempts gives those of the sale that is open, and fails if another one has taken its place.
func (s *soak) attempts() (list []ledger.Attempt) {
	s.book.Read(func(state *ledger.State) {
		if sale := state.CurrentSale(); sale.ID != s.sale {
			s.t.Errorf("sale %s has taken the place of %s", sale.ID, s.sale)
		} else {
			list = append(list, sale.Attempts...)
		}
	})
	return list
}

func (s *soak) isCharged() bool { return len(s.attempts()) > 0 }

// pays checks that one code, one of these, was charged to the open sale, answers for the channel, and gives the code.
func (s *soak) pays(kind string, codes ...string) (charged string) {
	s.t.Helper()
	s.until(kind+": a code is charged", s.isCharged)
	list := s.attempts()
	at := list[0]
	code, _, ok := s.book.TakeCode(at.Order)
	charged = code.Reveal()
	code.Wipe()
	if known := strings.Contains(" "+strings.Join(codes, " ")+" ", " "+charged+" "); len(list) != 1 || !ok || !known {
		s.t.Fatalf("%s: %d attempts; a code of %d digits was charged, one of those scanned: %v, one scanned before: %v", kind, len(list), len(charged), known, s.before[charged])
	}
	began, err := s.book.Asking(context.Background(), at.Order, ledger.RequestPay)
	if err != nil {
		s.t.Fatal(err)
	}
	err = s.book.Report(context.Background(), ledger.Answer{
		Order: at.Order, Request: ledger.RequestPay, Class: ledger.ClassPaid, Verified: true, Began: began,
		Named: ledger.Named{Order: at.Order, Amount: at.Amount, Merchant: at.Merchant, App: at.App, ChannelNo: fmt.Sprint("42", s.till, s.number)},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.charged++
	s.counts[kind]++
	return charged
}

// refusals counts the codes that were refused, on the ledger.
func (s *soak) refusals() (n int) {
	n, _ = s.journal()
	return n
}

func (s *soak) journal() (refused, opened int) {
	err := s.store.Read(s.seen, func(seq uint64, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		switch event.Body.(type) {
		case *ledger.CodeRefused:
			s.refusedSeen++
		case *ledger.AttemptOpened:
			s.openedSeen++
		}
		s.seen = seq + 1
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.refusedSeen, s.openedSeen
}

// isRefused checks that one more code was refused, and nothing charged beside.
func (s *soak) isRefused(kind string) {
	s.t.Helper()
	s.refused++
	s.until(kind+": it is refused", func() bool { return s.refusals() >= s.refused })
}

// types has a scanner type as a keyboard does.
func (s *soak) types(text string, gap time.Duration) {
	for i := range len(text) {
		if i > 0 && gap > 0 {
			time.Sleep(gap)
		}
		_, _ = s.keys.WriteString(text[i : i+1])
	}
}

// typed is a scan by keyboard into the open sale. Only its pace tells it from a hand's keys, and a machine that stalls in the
// middle changes that: then it has to have done nothing, and the customer is asked again.
func (s *soak) typed(text, code string) {
	gap := []time.Duration{0, 1, 2, 4, 8, 12, 20}[s.random.IntN(7)] * time.Millisecond
	s.types(text, gap)
	if s.within(2*time.Second, s.isCharged) {
		s.pays("typed", code)
		return
	}
	s.missed("typed, not told from a hand")
	s.scans("after that", s.fresh())
}

// missed clears what a scan that was not recognised has left: digits of an amount that counts for nothing.
func (s *soak) missed(kind string) {
	s.counts[kind]++
	s.attempts() // the sale is the same
	s.keysTaken()
	s.refused = s.refusals()
}

// keysTaken waits until the screen has taken every key that was typed, so that none of them meets the next sale: the amounts of this
// test do not come through the same keyboard.
func (s *soak) keysTaken() {
	digit := 0
	s.until("the screen has taken all keys", func() bool {
		digit = digit%9 + 1 // another one each time: a late one proves nothing
		for range 2 {       // a question, or the help: where the machine has stalled, a letter was a command
			s.types("\x1b", 0)
			time.Sleep(100 * time.Millisecond) // those that a stalled screen reads together are one
		}
		s.types(strconv.Itoa(digit), 0)
		return s.within(2*time.Second, func() bool { return s.book.Draft().Keyed.String() == strconv.Itoa(digit) })
	})
	s.book.ClearDraft()
	s.book.DropSuspect()
	time.Sleep(150 * time.Millisecond) // or the digit would be the first digit of the next scan that is typed
}

// scans sends one code whole by the serial scanner and pays with it.
func (s *soak) scans(kind, code string) {
	s.gun.Type(code + s.end())
	s.pays(kind, code)
}

func (s *soak) end() string {
	return []string{"\r", "\n", "\r\n", "\t", "\x03"}[s.random.IntN(5)]
}

// entry is one scene at the counter.
func (s *soak) entry() {
	s.opens()
	code := s.fresh()
	defer func() { s.before[code] = true }()
	switch n := s.random.IntN(200); {
	case n < 40:
		s.scans("plain", code)
	case n < 70:
		s.split(code)
	case n < 80:
		second := s.fresh()
		s.gun.Glue(code+s.end(), second+s.end(), code+s.end())
		s.isRefused("glued")
		s.pays("glued", code)
	case n < 90:
		s.gun.Burst(code+s.end(), code+s.end())
		time.Sleep(time.Millisecond) // the kernel passes the bytes on in a worker of its own
		s.gun.Drained()
		s.pays("twice", code)
	case n < 100:
		s.gun.Noise(1+s.random.IntN(60), s.random.Uint64())
		s.gun.Type("\r")
		s.scans("noise", code)
	case n < 110:
		s.gun.Type([]string{"https://例え.cn/?" + code, "柜台" + code, "]E0" + code, "]C1" + code, "6901234567892", "\xB9\xF1\xCC\xA8"}[s.random.IntN(6)] + s.end())
		s.isRefused("foreign")
		s.scans("foreign", s.fresh())
	case n < 118:
		s.gun.Type([]string{"]C0", "]Q1", "]d1"}[s.random.IntN(3)] + code + s.end())
		s.pays("with an AIM identifier", code)
	case n < 122:
		s.gun.Split(code[:9], 5)
		s.scanner.Arm()
		s.gun.Type(code[9:] + s.end())
		s.scans("armed in the middle", s.fresh())
	case n < 128:
		s.suspect(code)
	case n < 133:
		s.gun.Type(code[:1+s.random.IntN(len(code)-1)])
		s.replugs()
		s.scans("unplugged in the middle", code)
	case n < 160:
		s.typed(code+[]string{"\r", "\t"}[s.random.IntN(2)], code)
	case n < 166:
		s.types([]string{"HTTPS://EXAMPLE.CN/" + code, "6901234567892"}[s.random.IntN(2)]+"\r", 2*time.Millisecond)
		if !s.within(2*time.Second, func() bool { return s.refusals() > s.refused }) {
			s.missed("typed foreign, not told from a hand")
		}
		s.keysTaken()
		s.refused = s.refusals()
		s.scans("typed foreign", code)
	case n < 180:
		s.scans("plain", code)
	default:
		s.both(code)
	}
}

// split sends a code with pauses of 1 to 200 ms in it.
func (s *soak) split(code string) {
	rest := code + s.end()
	for range 1 + s.random.IntN(3) {
		n := s.random.IntN(len(rest))
		s.gun.Type(rest[:n])
		rest = rest[n:]
		time.Sleep(time.Duration(1+s.random.IntN(200)) * time.Millisecond)
	}
	s.gun.Type(rest)
	s.pays("with pauses", code)
}

// suspect sends a code without an end: nothing of it is charged before somebody says so.
func (s *soak) suspect(code string) {
	s.gun.Type(code)
	s.until("the code without an end is shown", func() bool { _, ok := s.book.Suspect(); return ok })
	if s.isCharged() {
		s.t.Fatal("a code without an end was charged by itself")
	}
	if s.random.IntN(2) == 0 {
		if err := s.book.AgreeSuspect(context.Background(), ledger.Trainee); err != nil {
			s.t.Fatal(err)
		}
		s.pays("without an end, agreed", code)
		return
	}
	s.book.DropSuspect()
	time.Sleep(150 * time.Millisecond) // until then the next one would be taken for its rest
	s.scans("without an end, dropped", s.fresh())
}

func (s *soak) replugs() {
	s.gun.Unplug()
	s.until("it is gone", func() bool { return s.book.Board().View().Devices[ledger.DeviceScanner].State == ledger.DeviceAbsent })
	s.gun.Replug()
	s.until("it is back", func() bool { return s.book.Board().View().Devices[ledger.DeviceScanner].State == ledger.DeviceReady })
}

// both has two customers hold their codes out at the same moment, one to each scanner: one of them pays, the other is refused.
func (s *soak) both(code string) {
	typed := s.fresh()
	var done sync.WaitGroup
	gap := time.Duration(s.random.IntN(10)) * time.Millisecond
	done.Go(func() { s.types(typed+"\r", gap) })
	time.Sleep(time.Duration(s.random.IntN(100)) * time.Millisecond)
	s.gun.Type(code + s.end())
	done.Wait()
	if !s.within(2*time.Second, s.isCharged) {
		// The first digits of a typed code stood in the amount when the other came: that one has to be refused by name.
		s.isRefused("two at once, neither charged")
		s.missed("two at once, the typed one not told from a hand")
		s.scans("after that", s.fresh())
		return
	}
	answered := s.within(2*time.Second, func() bool { return s.refusals() > s.refused })
	if s.pays("two at once", code, typed) == typed && !answered {
		s.t.Fatal("two at once: the serial scanner's code was lost")
	}
	if !answered {
		s.counts["typed beside another, not told from a hand"]++
	}
	s.keysTaken()
	s.refused = s.refusals()
}

// books compares what the ledger holds with what was scanned.
func (s *soak) books() {
	refused, opened := s.journal()
	if opened != s.charged || refused != s.refused {
		s.t.Errorf("till %d: %d codes charged and %d refused, the ledger has %d and %d", s.till, s.charged, s.refused, opened, refused)
	}
}
