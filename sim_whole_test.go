package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"guitai/assets"
	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
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
	paperTally
	Worlds, Stimuli, Looks, Crashes, Writes, Faults int
	Kinds                                           map[string]int
	Shown                                           map[string]int // banners that were read off the screen
}

func (n *wholeTally) add(w *whole) {
	n.sidesTally.sum(w.tally.sidesTally)
	n.paperTally.sum(w.paper.count)
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
		"slips": n.Slips, "slips marked as printed again": n.Marked, "copies": n.Copies, "refund slips": n.Backs, "notices": n.Notices,
		"PAID is said": n.SaidPaid, "openings of the drawer": n.Kicks, "the pole display's views": n.Views,
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
	paper    *paperBook
	store    *ledger.Memory
	banks    map[ledger.Channel]*channeltest.Bank
	glass    *glass
	till     *running // nil while it is off
	digits   int      // of customer codes given out
	last     string   // the customer code shown last
	shown    []string // QR payloads that were on the screen

	mu    sync.Mutex // guards what follows: the channels and the store ask from other goroutines
	rand  *rand.Rand
	calm  float64
	quiet bool
	opens bool
	disk  time.Time // until then writes fail
	down  map[ledger.Channel]time.Time
	story []string
	printerWorld
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
	w.paper = newPaperBook(w.breaks)
	w.paper.asked, w.paper.twice = w.rand.IntN(5) == 0, w.rand.IntN(4) == 0
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
		w.paper.look(w, true)
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
