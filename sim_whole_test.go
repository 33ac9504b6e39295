package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"guitai/assets"
	"guitai/hardware"
	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
	"guitai/sync/outbox"
	"guitai/ui"
)

var wholePayments = flag.Int("whole.payments", 60, "how many payments the simulation of the whole till makes")

// TestWholeTill runs the till as it is sold: the Bubble Tea program with its own painter on a terminal in memory, the
// attendant, the scanner's framer, the worker and the Book, each in its own goroutines, under fake time. One thing happens at a
// time, up to where everything rests; then an oracle compares what the screen says with the ledger, and the ledger with what the
// channels hold. Which goroutine runs first is not fixed, so a seed need not repeat its run; what must hold does not depend on it.
// The long run:
//
//	go test . -run TestWholeTill -whole.payments=20000 -timeout 4h -v
//
// and one seed, with its story: go test . -run TestWholeTill -sim.seed=7 -v
func TestWholeTill(t *testing.T) {
	primeSignals()
	var sum wholeTally
	began := time.Now()
	for seed := uint64(1); sum.Payments < *wholePayments && !t.Failed(); seed++ {
		if *simSeed != 0 {
			seed = *simSeed
		}
		synctest.Test(t, func(t *testing.T) {
			w := newWhole(t, seed)
			w.run()
			sum.add(w)
		})
		if *simSeed != 0 {
			break
		}
	}
	t.Logf("%+v in %v", sum, time.Since(began).Round(time.Second))
	if sum.Payments >= 1000 && *simSeed == 0 {
		sum.hasMetAll(t)
	}
}

// primeSignals starts the runtime's goroutine for signals outside every bubble: the screen asks for signals, and what is started
// in a bubble has to end in it.
func primeSignals() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH, syscall.SIGCONT)
	signal.Stop(c)
}

// wholeTally is what the worlds have met.
type wholeTally struct {
	sidesTally
	Worlds, Stimuli, Looks, Crashes, Writes, Faults int
	Kinds                                           map[string]int
	Shown                                           map[string]int // banners that were read off the screen
}

func (n *wholeTally) add(w *whole) {
	n.sum(w.tally.sidesTally)
	n.Worlds++
	n.Stimuli += w.tally.Stimuli
	n.Looks += w.tally.Looks
	n.Crashes += w.tally.Crashes
	n.Writes += w.tally.Writes
	n.Faults += w.tally.Faults
	for _, each := range []struct{ to, from *map[string]int }{{&n.Kinds, &w.tally.Kinds}, {&n.Shown, &w.tally.Shown}} {
		if *each.to == nil {
			*each.to = map[string]int{}
		}
		for k, v := range *each.from {
			(*each.to)[k] += v
		}
	}
}

// hasMetAll: a simulation that no longer meets something proves nothing about it.
func (n *wholeTally) hasMetAll(t *testing.T) {
	for what, count := range map[string]int{
		"crashes": n.Crashes, "writes that fail": n.Writes, "faults": n.Faults, "paid": n.Paid, "late money": n.Late,
		"cancelled": n.Cancelled, "refused": n.Refused, "withdrawn": n.Withdrawn, "returned": n.Returned,
	} {
		if count == 0 {
			t.Errorf("%s: not once in %d payments", what, n.Payments)
		}
	}
	for _, stimulus := range stimuli {
		if n.Kinds[stimulus.name] == 0 {
			t.Errorf("%s: not once in %d payments", stimulus.name, n.Payments)
		}
	}
	for _, state := range []ledger.AttemptState{ledger.Waiting, ledger.Unknown, ledger.Paid, ledger.Refused, ledger.Stopping, ledger.Closing, ledger.ClosedOff, ledger.Orphan} {
		if n.Shown[state.String()] == 0 {
			t.Errorf("no screen has shown %s", state)
		}
	}
}

// whole is one world: a shop's counter with its till, its two channels and its customers.
type whole struct {
	t        *testing.T
	seed     uint64
	tally    wholeTally
	calendar ledger.Calendar
	lang     assets.Lang
	words    *assets.Phrases
	sides    sides
	store    *ledger.Memory
	banks    map[ledger.Channel]*channeltest.Bank
	glass    *glass
	till     *running // nil while it is off
	digits   int      // of customer codes given out
	last     string   // the customer code shown last
	shown    []string // QR payloads that were on the screen

	mu     sync.Mutex // guards what follows: the channels and the store ask from other goroutines
	rand   *rand.Rand
	calm   float64
	quiet  bool
	opens  bool
	disk   time.Time // until then writes fail
	down   map[ledger.Channel]time.Time
	story  []string
	broken bool
}

func newWhole(t *testing.T, seed uint64) *whole {
	w := &whole{
		t: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 11)), banks: map[ledger.Channel]*channeltest.Bank{}, store: ledger.NewMemory(),
		down: map[ledger.Channel]time.Time{}, glass: newGlass(80, 24), lang: assets.Langs[seed%uint64(len(assets.Langs))],
	}
	w.words, w.calm = assets.For(w.lang), w.rand.Float64()
	w.tally.Kinds, w.tally.Shown = map[string]int{}, map[string]int{}
	toMidnight := time.Duration(1+w.rand.IntN(1200)) * time.Second
	w.calendar.Zone = time.FixedZone("shop", -int(toMidnight.Seconds())) // the bubble's clock begins at midnight UTC
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		bank := channeltest.NewBank(ch)
		bank.Before = func(r ledger.Request, o channel.Order) channeltest.Fault { return w.fault(ch, o) }
		bank.Customer, bank.Refunds, bank.Tombstones = w.customer, w.refundFate, w.rand.Float64() < 0.5
		w.banks[ch] = bank
	}
	w.sides = sides{
		calendar: w.calendar, store: func() *ledger.Memory { return w.store }, held: w.held, breaks: w.breaks,
		book: func() *ledger.Book {
			if w.till == nil {
				return nil
			}
			return w.till.book
		},
	}
	w.sides.begin()
	w.start()
	return w
}

func (w *whole) held() map[ledger.OrderNo]heldOrder {
	all := map[ledger.OrderNo]heldOrder{}
	for _, bank := range w.banks {
		for number, order := range bank.Orders() {
			held := heldOrder{paid: order.Paid, returned: order.Returned, refunds: map[ledger.RefundNo]heldRefund{}}
			for refund, r := range order.Refunds {
				held.refunds[refund] = heldRefund{r.Amount, r.Done}
			}
			all[number] = held
		}
	}
	return all
}

// breaks ends the world with its story.
func (w *whole) breaks(invariant, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return
	}
	w.broken = true
	w.tell("HERE: %s: %s", invariant, fmt.Sprintf(format, args...))
	w.t.Errorf("seed %d breaks %s: %s\n%s\nagain: go test . -run TestWholeTill -sim.seed=%d -v",
		w.seed, invariant, fmt.Sprintf(format, args...), strings.Join(w.story[max(0, len(w.story)-60):], "\n"), w.seed)
}

// say adds to the story.
func (w *whole) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(format, args...)
}

func (w *whole) tell(format string, args ...any) {
	w.story = append(w.story, w.calendar.In(time.Now()).Format("02 15:04:05.000 ")+fmt.Sprintf(format, args...))
}

func (w *whole) chance(p float64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.Float64() < p
}

func (w *whole) pick(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.IntN(n)
}

// running is one life of the till's process.
type running struct {
	dead   atomic.Bool // nothing it writes has an effect any more
	book   *ledger.Book
	board  *ledger.Board
	keys   *keyboard
	out    *writer
	framer *hardware.Framer
	cancel context.CancelFunc
	sides  sync.WaitGroup
	ended  chan error // of the screen
}

// start opens the till as main.go does.
func (w *whole) start() {
	w.opening(true)
	defer w.opening(false)
	r := &running{board: ledger.NewBoard(), keys: newKeyboard(), out: &writer{glass: w.glass}, framer: hardware.NewFramer(30 * time.Millisecond), ended: make(chan error, 1)}
	w.store.FailAppend = func(b ledger.Batch) (bool, error) { return w.append(r, b) }
	var err error
	r.book, err = ledger.OpenBook(context.Background(), w.store, r.board, ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"), Calendar: w.calendar,
		Recover: w.store.Recover, AskAbove: 100_000,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	worker := outbox.New(r.book, outbox.Config{Seed: w.seed})
	for _, bank := range w.banks {
		worker.Add(&listening{bank, &w.sides, w.store})
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	scanner := hardware.NewScanner(hardware.Config{}, func(hardware.Frame) {}, func(hardware.Status) {})
	for _, side := range []func(context.Context) error{
		worker.Run, scanner.Run, func(ctx context.Context) error { return hardware.Attend(ctx, r.book, scanner) },
	} {
		r.sides.Go(func() { _ = side(ctx) })
	}
	go func() {
		r.ended <- ui.Run(ctx, ui.Config{Lang: w.lang}, ui.Options{
			Book: r.book, Actor: ledger.Trainee, In: r.keys, Out: r.out,
			Getenv: func(name string) string { return map[string]string{"TERM": "xterm-256color", "TTY_FORCE": "1"}[name] },
		})
	}()
	w.till = r
	synctest.Wait()
	w.window(w.glass.width, w.glass.height)
	w.rest(100 * time.Millisecond)
}

// listening is a channel whose words about money the oracle hears.
type listening struct {
	channel.Connector
	sides *sides
	store *ledger.Memory
}

func (l *listening) Query(ctx context.Context, o channel.Order) ledger.Answer {
	answer := l.Connector.Query(ctx, o)
	if ctx.Err() == nil {
		l.sides.answered(l.store, &answer)
	}
	return answer
}

// end ends the process: in order, or as a power cut does, after which nothing of it is seen or written any more.
func (w *whole) end(crash bool) {
	r := w.till
	w.till = nil
	if crash {
		r.dead.Store(true)
		w.store = w.store.Reopen()
		r.out.cut()
	}
	r.cancel()
	r.keys.close()
	r.sides.Wait()
	if err := <-r.ended; err != nil {
		w.breaks("panic", "the screen ends with %v", err)
	}
	_ = r.book.Close("test")
	if !crash {
		w.store = w.store.Reopen()
	}
	w.sides.forgetsTold()
}

func (w *whole) opening(is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opens = is
}

// append is asked by the store about each append.
func (w *whole) append(r *running, b ledger.Batch) (happens bool, err error) {
	if r.dead.Load() {
		return false, errors.New("this process is dead")
	}
	w.mu.Lock()
	happens = true
	if !w.quiet && !w.opens && (time.Now().Before(w.disk) || w.rand.Float64() < 0.01*(1-w.calm)) {
		w.tally.Writes++
		happens, err = w.rand.IntN(2) == 0, errors.New("the disk says no")
		w.tell("a write fails; it has happened: %v", happens)
	}
	w.mu.Unlock()
	if happens {
		w.sides.appends(b)
	}
	if err != nil {
		w.sides.forgetsTold()
	}
	return happens, err
}

func (w *whole) fault(ch ledger.Channel, order channel.Order) channeltest.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.quiet:
		return channeltest.Fault{}
	case time.Now().Before(w.down[ch]):
		w.tally.Faults++
		return channeltest.Fault{Unsent: w.rand.IntN(2) == 0, Lose: true}
	case w.rand.Float64() < w.calm:
		return channeltest.Fault{}
	}
	w.tally.Faults++
	switch w.rand.IntN(8) {
	case 0:
		return channeltest.Fault{Unsent: true}
	case 1:
		return channeltest.Fault{Lose: true}
	case 2:
		return channeltest.Fault{Forget: true}
	case 3:
		return channeltest.Fault{Late: time.Duration(w.rand.IntN(80)) * time.Second} // less than a customer code lives
	case 4:
		return channeltest.Fault{Twice: true}
	case 5:
		account := w.banks[ch].Account()
		says := []ledger.Class{ledger.ClassPaid, ledger.ClassRefused, ledger.ClassClosed, ledger.ClassAbsent}[w.rand.IntN(4)]
		return channeltest.Fault{Twist: func(a *ledger.Answer) { // everything right, but for the signature
			a.Verified, a.Class, a.Code = false, says, "FORGED"
			a.Named = ledger.Named{Order: order.Number, Amount: order.Amount, Merchant: account.Merchant, App: account.App}
		}}
	}
	return channeltest.Fault{Delay: time.Duration(w.rand.IntN(12)) * time.Second}
}

func (w *whole) customer(channel.Order) channeltest.Customer {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch w.rand.IntN(7) {
	case 0:
		return channeltest.Customer{Refuse: "BALANCE"}
	case 1:
		return channeltest.Customer{Never: true}
	case 2, 3:
		return channeltest.Customer{PaysAfter: time.Duration(w.rand.IntN(70)) * time.Second}
	}
	return channeltest.Customer{}
}

func (w *whole) refundFate(channel.Order, channel.Refund) channeltest.RefundFate {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.quiet {
		return channeltest.RefundFate{}
	}
	switch w.rand.IntN(10) {
	case 0:
		return channeltest.RefundFate{Deny: "ACCOUNT"}
	case 1:
		return channeltest.RefundFate{Hold: true}
	case 2:
		return channeltest.RefundFate{Takes: time.Duration(w.rand.IntN(120)) * time.Second}
	case 3:
		return channeltest.RefundFate{Closed: true}
	}
	return channeltest.RefundFate{}
}

// rest lets time pass, and everybody come to rest.
func (w *whole) rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// run plays the world, then lets the faults stop and demands that everything ends.
func (w *whole) run() {
	for range 60 {
		if w.act(); w.over() {
			break
		}
	}
	w.mu.Lock()
	w.quiet = true
	w.mu.Unlock()
	w.say("from now on everything works")
	for began := time.Now(); !w.over(); {
		w.rest(20 * time.Second)
		w.look()
		if w.over() || time.Since(began) > 3*time.Minute && len(w.sides.owes()) == 0 {
			break
		}
		if time.Since(began) > time.Hour {
			w.breaks("V1", "an hour after everything works: %s", strings.Join(w.sides.owes(), "; "))
		}
	}
	if !w.over() {
		w.sides.ends(&w.tally.sidesTally)
	}
	w.end(false)
	w.rest(3 * time.Minute) // what was sent late has arrived
	if *simSeed != 0 {
		w.t.Logf("%s", strings.Join(w.story, "\n"))
	}
}

func (w *whole) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

// act is one stimulus. What a key does shows within a second (V2); then some time passes.
func (w *whole) act() {
	total := 0
	for _, s := range stimuli {
		total += s.weight
	}
	nth := w.pick(total)
	i := slices.IndexFunc(stimuli, func(s stimulus) bool { nth -= s.weight; return nth < 0 })
	w.say("%s", stimuli[i].name)
	w.tally.Stimuli++
	w.tally.Kinds[stimuli[i].name]++
	stimuli[i].do(w)
	w.rest(900 * time.Millisecond)
	w.look()
	waits := []time.Duration{0, 0, 300 * time.Millisecond, 2 * time.Second, 6 * time.Second, 20 * time.Second, 70 * time.Second}
	if wait := waits[w.pick(len(waits))]; wait > 0 && !w.over() {
		w.rest(wait)
		w.look()
	}
}

// look compares the screen with the ledger, and the ledger with the channels.
func (w *whole) look() {
	w.tally.Looks++
	if err := w.glass.strange; err != nil {
		w.breaks("screen", "%v", err)
	}
	select {
	case err := <-w.till.ended:
		w.till.ended <- err
		w.breaks("panic", "the screen has ended: %v", err)
		return
	default:
	}
	sales := w.sides.look()
	if qr := w.currentQR(); qr != "" && !slices.Contains(w.shown, qr) {
		w.shown = append(w.shown, qr)
	}
	problem := ""
	var rows []string
	for range 5 { // what has changed at this instant is on the screen a few frames later
		rows = w.glass.rows()
		if problem = w.paidIsTrue(rows, sales); problem != "" {
			break
		}
		if problem = w.agrees(rows); problem == "" {
			return
		}
		w.rest(50 * time.Millisecond)
		sales = w.sides.sales()
	}
	w.breaks("screen", "%s\n%s", problem, strings.Join(rows, "\n"))
}

func (w *whole) currentQR() (qr string) {
	w.till.book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale != nil && sale.Last() != nil && sale.Last().State == ledger.Waiting {
			qr = sale.Last().QR
		}
	})
	return qr
}

// paidIsTrue is M3 and M8 on the screen: PAID stands there only for a sale that is paid in the ledger and at the channel.
func (w *whole) paidIsTrue(rows []string, sales []ledger.Sale) (problem string) {
	tail := tailOn(rows, w.words)
	if tail == "" || !slices.Contains(banners(rows, w.words), ledger.Paid) {
		return ""
	}
	held := w.held()
	for i := range sales {
		if paid := sales[i].Paid(); sales[i].ID.Tail() == tail && paid != nil && held[paid.Order].paid == sales[i].Amount.Fen && showsAmount(rows, "¥"+sales[i].Amount.String()) {
			return ""
		}
	}
	return "PAID is on the screen, and no paid sale of the ledger has tail " + tail + " and this amount"
}

// agrees compares the whole screen with the ledger: it names a next key (V2), and shows the current sale as it is.
func (w *whole) agrees(rows []string) (problem string) {
	if w.glass.width < 60 || w.glass.height < 20 {
		return ""
	}
	if !slices.ContainsFunc(rows, func(row string) bool { _, next, ok := strings.Cut(row, "▶ "); return ok && next != "" }) && !w.hasWholeQR(rows) {
		return "no next key is named"
	}
	broken, drafts := w.till.book.Err() != nil, !w.till.book.Draft().Keyed.Empty()
	if broken || drafts || w.covered(rows) {
		return ""
	}
	var current *ledger.Sale
	w.till.book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale != nil {
			c := *sale
			c.Attempts = slices.Clone(sale.Attempts)
			current = &c
		}
	})
	tail, found := tailOn(rows, w.words), banners(rows, w.words)
	if current == nil {
		if tail != "" || len(found) > 0 {
			return fmt.Sprintf("no sale is open, and the screen shows tail %s, %v", tail, found)
		}
		return ""
	}
	if tail != current.ID.Tail() {
		return fmt.Sprintf("sale %s is open, and the screen shows tail %q", current.ID.Tail(), tail)
	}
	if !showsAmount(rows, "¥"+current.Amount.String()) { // M9
		return fmt.Sprintf("the amount %s is not on the screen", current.Amount)
	}
	return w.bannerAgrees(rows, current, found)
}

func (w *whole) bannerAgrees(rows []string, current *ledger.Sale, found []ledger.AttemptState) (problem string) {
	at := current.Shown()
	switch {
	case w.hasWholeQR(rows):
		if at == nil || at.State != ledger.Waiting {
			return "a whole QR is on the screen, and nobody is to scan one"
		}
	case at == nil && len(found) > 0:
		return fmt.Sprintf("nothing was asked, and the screen shows %v", found)
	case at != nil && (len(found) != 1 || found[0] != at.State):
		return fmt.Sprintf("sale %s is %s, and the screen shows %v", current.ID.Tail(), at.State, found)
	case at != nil && hasBanner(rows, "↩ "+w.words.Refund.PaidFull.Word) && w.held()[at.Order].kept() != 0:
		return "the screen says that all of the money went back, and the channel keeps some"
	case at != nil:
		w.tally.Shown[at.State.String()]++
	}
	return ""
}

// covered reports whether another screen lies over the sale.
func (w *whole) covered(rows []string) bool {
	for _, title := range []string{w.words.DayTitle, w.words.HelpTitle, w.words.CodeTitle, w.words.TestTitle, w.words.Refund.FindTitle, w.words.Refund.Title, w.words.Exception.Title} {
		title, _, _ = strings.Cut(title, "{")
		if slices.ContainsFunc(rows[1:min(8, len(rows))], func(row string) bool { return strings.HasPrefix(strings.TrimSpace(row), strings.TrimSpace(title)) }) {
			return true
		}
	}
	return false
}

func (w *whole) hasWholeQR(rows []string) bool {
	return len(rows) > 0 && strings.Contains(rows[0], assets.Fill(w.words.QRBack, "zoom", "F7"))
}
