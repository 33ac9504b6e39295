package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/sandbox"
)

var swarmPayments = flag.Int("wire.payments", 40, "how many payments the swarm sends over the real wire protocols")

// swarmKeys are made once: that takes longer than a world.
var swarmKeys = sync.OnceValues(sandbox.GenerateKeys)

// TestWireSwarm sends payments, refunds and notices through the real connectors and the simulator of the channels' wire
// protocols, with real signatures both ways, over connections in memory with a hostile line between. The oracle compares the
// ledger with what the simulator holds after every step. 5,000 payments:
//
//	go test . -run TestWireSwarm -wire.payments=5000 -timeout 2h -v
//
// and one seed, with its story: go test . -run TestWireSwarm -sim.seed=7 -v
func TestWireSwarm(t *testing.T) {
	if _, err := swarmKeys(); err != nil { // outside every bubble
		t.Fatal(err)
	}
	sum := swarmTally{Met: map[string]int{}}
	began := time.Now()
	for seed := uint64(1); sum.Payments < *swarmPayments && !t.Failed(); seed++ {
		if *simSeed != 0 {
			seed = *simSeed
		}
		synctest.Test(t, func(t *testing.T) {
			w := newSwarm(t, seed)
			w.run()
			sum.add(w)
		})
		if *simSeed != 0 {
			break
		}
	}
	took := time.Since(began)
	t.Logf("%+v: %.1f payments a second", sum, float64(sum.Payments)/took.Seconds())
	if sum.Payments >= 1000 && *simSeed == 0 {
		sum.hasMetAll(t)
	}
}

// swarmTally is what the worlds have met.
type swarmTally struct {
	sidesTally
	Worlds, Looks, Crashes, Writes, Notices, Forged int
	Met                                             map[string]int // what the line and the simulator did
}

func (n *swarmTally) add(w *swarm) {
	n.sum(w.tally.sidesTally)
	n.Worlds++
	n.Looks += w.tally.Looks
	n.Crashes += w.tally.Crashes
	n.Writes += w.tally.Writes
	n.Notices += w.tally.Notices
	n.Forged += w.tally.Forged
	for k, v := range w.line.met {
		n.Met[k] += v
	}
}

// hasMetAll: a swarm that no longer meets something proves nothing about it.
func (n *swarmTally) hasMetAll(t *testing.T) {
	for what, count := range map[string]int{
		"crashes": n.Crashes, "writes that fail": n.Writes, "notices": n.Notices, "forged notices": n.Forged, "paid": n.Paid,
		"late money": n.Late, "cancelled": n.Cancelled, "refused": n.Refused, "withdrawn": n.Withdrawn, "returned": n.Returned,
	} {
		if count == 0 {
			t.Errorf("%s: not once in %d payments", what, n.Payments)
		}
	}
	for _, fault := range append(lineFaults, sandboxFaults...) {
		if n.Met[fault] == 0 {
			t.Errorf("%s: not once in %d payments", fault, n.Payments)
		}
	}
	for _, b := range append(sandbox.Behaviours, sandbox.RefundBehaviours...) {
		if n.Met[b.Name] == 0 {
			t.Errorf("behaviour %d, %s: not once in %d payments", b.Number, b.Name, n.Payments)
		}
	}
}

// sandboxFaults are those that the simulator is asked for.
var sandboxFaults = []string{sandbox.FaultDelay, sandbox.FaultDropBefore, sandbox.FaultCommitDrop, sandbox.Fault500, sandbox.FaultHTML,
	sandbox.FaultTruncated, sandbox.FaultBadSign, sandbox.FaultNoSign, sandbox.FaultProbeSign, sandbox.FaultSkew, sandbox.FaultDown,
	sandbox.FaultSystemError, sandbox.FaultSystemErrorBefore}

// swarm is one world: a till's Book and worker, the connectors, the line and the simulator.
type swarm struct {
	t      *testing.T
	seed   uint64
	tally  swarmTally
	sides  sides
	store  *ledger.Memory
	server *sandbox.Server
	line   *hostile
	wire   *memoryLine
	till   *selling
	posted []posted // notices on their way
	qrs    []string
	kept   map[string][]byte // statements, sealed for this world's till

	mu     sync.Mutex // guards what follows
	rand   *rand.Rand
	quiet  bool
	opens  bool
	story  []string
	broken bool
}

// posted is a notice on its way, several times perhaps.
type posted struct {
	at     time.Time
	ch     ledger.Channel
	header http.Header
	body   []byte
	sent   []byte // before somebody changed it
}

func newSwarm(t *testing.T, seed uint64) *swarm {
	keys, _ := swarmKeys()
	w := &swarm{t: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 13)), store: ledger.NewMemory(), wire: newMemoryLine()}
	server, err := sandbox.Open(sandbox.Config{Dir: t.TempDir(), Keys: keys, NoTombstone: w.rand.IntN(3) == 0})
	if err != nil {
		t.Fatal(err)
	}
	under, cancel := context.WithCancel(context.Background())
	w.server = server
	w.line = &hostile{channels: server.Handler(), under: under, rand: rand.New(rand.NewPCG(seed, 17)), calm: 0.4 + 0.6*w.rand.Float64(),
		met: map[string]int{}, tells: w.say}
	front := &http.Server{Handler: w.line}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = front.Serve(w.wire) }()
	t.Cleanup(func() { cancel(); _ = front.Close(); <-ended; w.line.late.Wait(); _ = server.Close() })
	w.sides = sides{
		store: func() *ledger.Memory { return w.store }, held: w.held, breaks: w.breaks,
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

func (w *swarm) held() map[ledger.OrderNo]heldOrder {
	all := map[ledger.OrderNo]heldOrder{}
	for _, order := range w.server.Orders() {
		held := heldOrder{paid: order.Paid, returned: order.Refunded, refunds: map[ledger.RefundNo]heldRefund{}}
		for _, r := range order.Refunds {
			held.refunds[ledger.RefundNo(r.Number)] = heldRefund{r.Amount, r.State == sandbox.RefundDone}
		}
		all[ledger.OrderNo(order.Number)] = held
	}
	return all
}

func (w *swarm) breaks(invariant, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return
	}
	w.broken = true
	w.tell("HERE: %s: %s", invariant, fmt.Sprintf(format, args...))
	w.t.Errorf("seed %d breaks %s: %s\n%s\nagain: go test . -run TestWireSwarm -sim.seed=%d -v",
		w.seed, invariant, fmt.Sprintf(format, args...), strings.Join(w.story[max(0, len(w.story)-80):], "\n"), w.seed)
}

func (w *swarm) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(format, args...)
}

func (w *swarm) tell(format string, args ...any) {
	w.story = append(w.story, ledger.Calendar{}.In(time.Now()).Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

func (w *swarm) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

func (w *swarm) pick(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.IntN(n)
}

func (w *swarm) chance(p float64) bool { return float64(w.pick(1000)) < 1000*p }

func (w *swarm) rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// run plays the world, then lets the faults stop and demands that everything ends.
func (w *swarm) run() {
	for range 70 {
		if w.act(); w.over() {
			break
		}
	}
	w.mu.Lock()
	w.quiet = true
	w.mu.Unlock()
	w.line.mu.Lock()
	w.line.calm = 1
	w.line.mu.Unlock()
	w.server.ClearFaults()
	w.say("from now on everything works")
	for began := time.Now(); !w.over(); {
		w.rest(20 * time.Second)
		w.deliver()
		w.sides.look()
		if time.Since(began) > 3*time.Minute && len(w.sides.owes()) == 0 {
			break
		}
		if time.Since(began) > 3*time.Hour {
			w.breaks("V1", "three hours after everything works: %s", strings.Join(w.sides.owes(), "; "))
		}
	}
	if !w.over() {
		w.sides.ends(&w.tally.sidesTally)
		w.countBehaviours()
	}
	w.end(false)
	if *simSeed != 0 {
		w.t.Logf("%s", strings.Join(w.story, "\n"))
	}
}

func (w *swarm) countBehaviours() {
	names := map[int]string{}
	for _, b := range append(sandbox.RefundBehaviours, sandbox.Behaviours...) {
		names[b.Number] = b.Name
	}
	for _, order := range w.server.Orders() {
		w.line.met[names[order.Behaviour]]++
		for _, r := range order.Refunds {
			name := names[r.Behaviour]
			if r.Behaviour == 0 {
				name = sandbox.RefundBehaviours[0].Name
			}
			w.line.met[name]++
		}
	}
	if w.tally.Refunds > 0 {
		w.line.met["refund-denied"] += w.denied()
	}
}

// denied counts refunds that were refused for good: the simulator keeps none of them.
func (w *swarm) denied() (n int) {
	for _, sale := range w.sides.sales() {
		for i := range sale.Attempts {
			for _, r := range sale.Attempts[i].Refunds {
				if r.State == ledger.RefundFailed && r.Amount.Fen%100 == 67 {
					n++
				}
			}
		}
	}
	return n
}
