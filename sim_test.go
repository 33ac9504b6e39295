package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

var (
	simSeeds = flag.Int("sim.seeds", 1000, "how many seeds the simulation runs")
	simSeed  = flag.Uint64("sim.seed", 0, "run this one seed and tell its story")
)

// TestSimulation lets a hasty cashier and difficult customers use a till whose channels lose, delay and repeat things
// and whose process dies at any moment. An oracle that sees both sides compares them after every step: what the till
// believes with what the channels hold.
func TestSimulation(t *testing.T) {
	seeds := make([]uint64, 0, *simSeeds)
	for i := range *simSeeds {
		seeds = append(seeds, uint64(i+1))
	}
	if *simSeed != 0 {
		seeds = []uint64{*simSeed}
	}
	var sum tally
	for _, seed := range seeds {
		inWorld(t, func(w *world) {
			s := newSim(w, seed)
			s.run()
			sum.add(s.tally)
		})
		if t.Failed() {
			t.Fatalf("replay with: go test . -run TestSimulation -sim.seed=%d -v", seed)
		}
	}
	t.Logf("%d seeds: %+v", len(seeds), sum)
	if *simSeed == 0 && (sum.Crashes == 0 || sum.Writes == 0 || sum.Faults == 0 || sum.Paid == 0 || sum.Late == 0 || sum.Cancelled == 0) {
		t.Errorf("the simulation has not met everything it is for: %+v", sum)
	}
}

type tally struct{ Sales, Paid, Cancelled, Late, Crashes, Writes, Faults int } // Writes: those of the ledger that failed

func (a *tally) add(b tally) {
	a.Sales += b.Sales
	a.Paid += b.Paid
	a.Cancelled += b.Cancelled
	a.Late += b.Late
	a.Crashes += b.Crashes
	a.Writes += b.Writes
	a.Faults += b.Faults
}

// sim is one seed's run.
type sim struct {
	*world
	tally
	mu    sync.Mutex // guards rand and quiet: the channels ask from the worker's goroutines
	rand  *rand.Rand
	quiet bool // faults have stopped
	opens bool // the till is being opened: a ledger that cannot be opened is another test's
	calm  float64
	paid  map[ledger.OrderNo]bool // orders the till has called PAID
	shown []string                // QR payloads that were on the screen
}

func newSim(w *world, seed uint64) *sim {
	s := &sim{world: w, rand: rand.New(rand.NewPCG(seed, 7)), paid: map[ledger.OrderNo]bool{}}
	s.calm = s.rand.Float64() // each seed has its own mix: some are quiet, some are terrible
	for _, bank := range w.banks {
		bank.Before, bank.Customer, bank.Tombstones = s.fault, s.customer, s.chance(0.5)
	}
	fail := s.failWrite
	w.fail.Store(&fail)
	return s
}

// failWrite lets a write of the ledger fail now and then, sometimes after it has happened. The till then stops, tries the disk
// again, and goes on.
func (s *sim) failWrite() (happens bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.quiet || s.opens || s.rand.Float64() > 0.03*(1-s.calm) {
		return true, nil
	}
	s.Writes++
	return s.rand.IntN(2) == 0, errors.New("the disk says no")
}

// dies ends the process and starts the next.
func (s *sim) dies() {
	s.opening(true)
	s.crash()
	s.opening(false)
}

func (s *sim) opening(is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opens = is
}

func (s *sim) chance(p float64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rand.Float64() < p
}

func (s *sim) pick(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rand.IntN(n)
}

func (s *sim) fault(request ledger.Request, order channel.Order) channeltest.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.quiet || s.rand.Float64() < s.calm {
		return channeltest.Fault{}
	}
	s.Faults++
	switch s.rand.IntN(8) {
	case 0:
		return channeltest.Fault{Unsent: true}
	case 1:
		return channeltest.Fault{Lose: true}
	case 2:
		return channeltest.Fault{Forget: true}
	case 3:
		return channeltest.Fault{Late: time.Duration(s.rand.IntN(40)) * time.Second}
	case 4:
		return channeltest.Fault{Twice: true}
	case 5:
		return channeltest.Fault{Twist: s.forge(order)}
	}
	return channeltest.Fault{Delay: time.Duration(s.rand.IntN(9)) * time.Second}
}

// forge makes an answer that says everything right about a payment and whose signature is not good.
func (s *sim) forge(order channel.Order) func(*ledger.Answer) {
	return func(a *ledger.Answer) {
		account := s.banks[ledger.Alipay].Account()
		if strings.HasPrefix(a.Named.Merchant, "M-wechat") {
			account = s.banks[ledger.WeChat].Account()
		}
		a.Verified, a.Class, a.Code = false, ledger.ClassPaid, "FORGED"
		a.Named = ledger.Named{Order: order.Number, Amount: order.Amount, Merchant: account.Merchant, App: account.App}
	}
}

func (s *sim) customer(channel.Order) channeltest.Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.rand.IntN(6) {
	case 0:
		return channeltest.Customer{Refuse: "BALANCE"}
	case 1:
		return channeltest.Customer{Never: true}
	case 2:
		return channeltest.Customer{PaysAfter: time.Duration(s.rand.IntN(70)) * time.Second}
	}
	return channeltest.Customer{}
}

// run plays the seed, then lets the faults stop and demands that everything ends.
func (s *sim) run() {
	for range 25 {
		s.act()
		s.look()
		if s.t.Failed() {
			return
		}
	}
	s.mu.Lock()
	s.quiet = true
	s.mu.Unlock()
	for range 40 { // a shown QR has its life, a lost request its code's; then nothing may be left
		s.after(10 * time.Second)
		s.look()
	}
	if owed := s.book.Owed(); len(owed) > 0 {
		s.t.Errorf("seed never ends: %+v", owed)
	}
	s.everythingIsNamed()
}

func (s *sim) say(format string, args ...any) {
	if *simSeed != 0 {
		s.t.Logf("%s %s", time.Now().Format("04:05.000"), fmt.Sprintf(format, args...))
	}
}

// act does one thing a cashier, a customer or fate does.
func (s *sim) act() {
	ctx := context.Background()
	ch := []ledger.Channel{ledger.Alipay, ledger.WeChat}[s.pick(2)]
	var err error
	what := ""
	switch s.pick(12) {
	case 0, 1, 2, 3:
		what = "key and settle"
		for _, r := range fmt.Sprint(1 + s.pick(500)) {
			err = s.book.Key(r)
		}
		if err == nil {
			if err = s.book.Settle(ctx, ledger.Trainee, true); err == nil {
				s.Sales++
			}
		}
		s.book.ClearDraft()
		if s.chance(0.8) {
			s.tryScan(ch)
		}
	case 4:
		what = "scan"
		s.tryScan(ch)
	case 5, 6:
		what, err = "show a QR of "+string(ch), s.book.Ask(ctx, ledger.Trainee, ch)
	case 7:
		what, err = "stop", s.book.Stop(ctx, ledger.Trainee)
	case 8:
		what, err = "set aside", s.book.SetAside(ctx, ledger.Trainee)
	case 9:
		what = "a customer scans a QR, perhaps an old one"
		if len(s.shown) > 0 {
			qr := s.shown[s.pick(len(s.shown))]
			err = cmpErrors(s.banks[ledger.Alipay].ScanQR(qr), s.banks[ledger.WeChat].ScanQR(qr))
		}
	case 10:
		if s.chance(0.5) {
			what = "the process dies"
			s.Crashes++
			s.dies()
		}
	case 11:
		what, err = "give the sale up", s.book.Drop(ctx, ledger.Trainee, "changed mind")
	}
	s.say("%s: %v", what, err)
	waits := []time.Duration{0, time.Millisecond, 300 * time.Millisecond, 2 * time.Second, 6 * time.Second, 20 * time.Second, 70 * time.Second}
	s.after(waits[s.pick(len(waits))])
	if qr := s.last().QR; qr != "" {
		s.shown = append(s.shown, qr)
	}
	s.say("now %s", s.last().State)
}

// cmpErrors is nil when either is.
func cmpErrors(a, b error) error {
	if a == nil || b == nil {
		return nil
	}
	return a
}

func (s *sim) tryScan(ch ledger.Channel) {
	s.codes++
	prefix := map[ledger.Channel]string{ledger.WeChat: "13", ledger.Alipay: "28"}[ch]
	code := fmt.Appendf(nil, "%s%016d", prefix, s.codes)
	err := s.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: code, At: time.Now()})
	s.say("scan: %v", err)
}

// sales are all sales ever keyed, from the ledger's rows.
func (s *sim) sales() []ledger.Sale {
	var all []ledger.Sale
	today := s.book.Today()
	for _, day := range []ledger.Day{today - 1, today, today + 1} {
		sales, err := s.store.DaySales(day)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, sales...)
	}
	return all
}

func (s *sim) held() map[ledger.OrderNo]channeltest.BankOrder {
	held := map[ledger.OrderNo]channeltest.BankOrder{}
	for _, bank := range s.banks {
		maps.Copy(held, bank.Orders())
	}
	return held
}

// look is the instant oracle.
func (s *sim) look() {
	s.t.Helper()
	if s.book.Err() != nil { // the rows may have what nobody has been told
		return
	}
	held, known := s.held(), map[ledger.OrderNo]bool{}
	sales := s.sales()
	for i := range sales {
		s.lookAt(&sales[i], held, known)
	}
	for number, order := range held {
		if !known[number] && order.Paid > 0 {
			s.t.Errorf("order %s was charged and is in no ledger record", number)
		}
	}
	s.book.Read(func(state *ledger.State) {
		if want := ledger.SumDay(sales, state.Day); !slices.Equal(want, state.Totals()) {
			s.t.Errorf("totals %+v, the rows say %+v", state.Totals(), want)
		}
		s.lookAtBooks(state.Balances(), sales)
	})
}

// lookAtBooks compares the accounts with the rows: debits equal credits, and the channels owe what they have taken.
func (s *sim) lookAtBooks(balances []ledger.Balance, sales []ledger.Sale) {
	var sum int64
	got, want := map[ledger.LedgerAccount]int64{}, map[ledger.LedgerAccount]int64{}
	for _, b := range balances {
		sum += b.Fen
		got[b.Account] += b.Fen
	}
	for i := range sales {
		for j := range sales[i].Attempts {
			switch a := &sales[i].Attempts[j]; {
			case a.State == ledger.Paid:
				want[ledger.AccountReceivable] += a.Amount.Fen
				want[ledger.AccountSales] -= a.Amount.Fen
			case a.State == ledger.Orphan && a.Note != ledger.NoteRefunded:
				want[ledger.AccountReceivable] += a.Amount.Fen
				want[ledger.AccountSuspense] -= a.Amount.Fen
			}
		}
	}
	for account, fen := range want {
		if got[account] != fen {
			s.t.Errorf("account %s has %d, the rows say %d", account, got[account], fen)
		}
	}
	if sum != 0 {
		s.t.Errorf("the accounts do not balance: %+v", balances)
	}
}

// lookAt compares one sale with what the channels hold.
func (s *sim) lookAt(sale *ledger.Sale, held map[ledger.OrderNo]channeltest.BankOrder, known map[ledger.OrderNo]bool) {
	var net int64
	live, going, late, onlyCodes := 0, 0, 0, true
	for i := range sale.Attempts {
		a := &sale.Attempts[i]
		order := held[a.Order]
		known[a.Order] = true
		net += order.Paid - order.Returned
		onlyCodes = onlyCodes && a.Way == ledger.ByCode
		if a.State.Live() {
			live++
		}
		switch a.State {
		case ledger.Intent, ledger.Asking, ledger.Waiting, ledger.Unknown:
			going++
		case ledger.Orphan:
			late++
		}
		switch {
		case a.State == ledger.Paid && (order.Paid != a.Amount.Fen || order.Returned != 0):
			s.t.Errorf("sale %s: order %s is PAID here; the channel holds %+v", sale.ID.Tail(), a.Order, order)
		case a.State != ledger.Paid && s.paid[a.Order]:
			s.t.Errorf("sale %s: order %s was PAID and is %s now", sale.ID.Tail(), a.Order, a.State)
		case a.State == ledger.Paid:
			s.paid[a.Order] = true
		}
	}
	if live > 1 {
		s.t.Errorf("sale %s has %d live attempts", sale.ID.Tail(), live)
	}
	if late > 0 && going > 0 {
		s.t.Errorf("sale %s goes on charging although money has come on another of its orders", sale.ID.Tail())
	}
	if onlyCodes && net > sale.Amount.Fen {
		s.t.Errorf("sale %s over %s is charged %s at this moment", sale.ID.Tail(), sale.Amount, ledger.Fen(net))
	}
}

// everythingIsNamed: when all is over, every fen a channel holds is PAID here or on the list of exceptions.
func (s *sim) everythingIsNamed() {
	held := s.held()
	named := map[ledger.OrderNo]bool{}
	s.book.Read(func(state *ledger.State) {
		for _, x := range state.Exceptions {
			named[x.Order] = true
		}
	})
	sales := s.sales()
	for i := range sales {
		for j := range sales[i].Attempts {
			a := &sales[i].Attempts[j]
			order := held[a.Order]
			kept := order.Paid - order.Returned
			switch {
			case a.State == ledger.Paid:
				s.Paid++
			case a.State == ledger.Orphan:
				s.Late++
			case a.State == ledger.ClosedOff || a.State == ledger.Reversed:
				s.Cancelled++
			}
			if kept > 0 && a.State != ledger.Paid && !named[a.Order] {
				s.t.Errorf("sale %s: the channel keeps %s on order %s, which is %s here and on no list",
					sales[i].ID.Tail(), ledger.Fen(kept), a.Order, a.State)
			}
		}
	}
	synctest.Wait()
}
