package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/alipay"
	"guitai/sync/channel"
	"guitai/sync/notice"
	"guitai/sync/outbox"
	"guitai/sync/sandbox"
	"guitai/sync/wechatpay"
)

var swarmPayments = flag.Int("wire.payments", 150, "how many payments the swarm sends over the real wire protocols")

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

// selling is one life of the till.
type selling struct {
	dead    atomic.Bool
	book    *ledger.Book
	conns   map[ledger.Channel]channel.Connector
	notices *notice.Server
	cancel  context.CancelFunc
	done    chan struct{}
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

// start opens the till with connectors of its own.
func (w *swarm) start() {
	w.opening(true)
	defer w.opening(false)
	s := &selling{conns: map[ledger.Channel]channel.Connector{}, done: make(chan struct{})}
	w.store.FailAppend = func(b ledger.Batch) (bool, error) { return w.append(s, b) }
	book, err := ledger.OpenBook(context.Background(), w.store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"), Recover: w.store.Recover,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	s.book = book
	transport := &http.Transport{DialContext: w.wire.dial, DisableKeepAlives: true}
	for ch, connect := range map[ledger.Channel]func(http.RoundTripper, sandbox.Credentials) (channel.Connector, error){
		ledger.Alipay: swarmAlipay, ledger.WeChat: swarmWechat,
	} {
		if s.conns[ch], err = connect(transport, w.server.Client()); err != nil {
			w.t.Fatal(err)
		}
	}
	worker := outbox.New(book, outbox.Config{Seed: w.seed, Subject: "test"})
	s.notices = notice.New(book, notice.Config{}, nil)
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		worker.Add(&listening{s.conns[ch], &w.sides, w.store})
		s.notices.Add(s.conns[ch])
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go func() { defer close(s.done); _ = worker.Run(ctx) }()
	w.till = s
}

func swarmAlipay(transport http.RoundTripper, c sandbox.Credentials) (channel.Connector, error) {
	return alipay.FromKeys(alipay.Keys{
		GatewayURL: "http://127.0.0.1/gateway.do", AppID: c.Alipay.AppID, SellerID: c.Alipay.SellerID,
		PrivateKey: c.Alipay.AppPrivateKey, PublicKey: c.Alipay.AlipayPublicKey, Transport: transport,
	})
}

func swarmWechat(transport http.RoundTripper, c sandbox.Credentials) (channel.Connector, error) {
	return wechatpay.FromKeys(wechatpay.Keys{
		BaseURL: "http://127.0.0.1", MchID: c.WechatPay.MchID, AppID: c.WechatPay.AppID, MerchantSerial: c.WechatPay.MerchantSerial,
		PrivateKey: c.WechatPay.MerchantPrivateKey, PublicKeyID: c.WechatPay.PublicKeyID, PublicKey: c.WechatPay.PublicKey,
		APIv3Key: c.WechatPay.APIv3Key, StoreID: "STORE-1", NotifyURL: "https://notify.guitai.invalid/wechatpay", Transport: transport,
	})
}

// end ends the till: in order, or as a power cut does.
func (w *swarm) end(crash bool) {
	s := w.till
	w.till = nil
	if crash {
		s.dead.Store(true)
		w.store = w.store.Reopen()
	}
	s.cancel()
	<-s.done
	_ = s.book.Close("test")
	if !crash {
		w.store = w.store.Reopen()
	}
	w.sides.forgetsTold()
}

func (w *swarm) opening(is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opens = is
}

func (w *swarm) append(s *selling, b ledger.Batch) (happens bool, err error) {
	if s.dead.Load() {
		return false, errors.New("this process is dead")
	}
	w.mu.Lock()
	happens = true
	if !w.quiet && !w.opens && w.rand.IntN(150) == 0 {
		w.tally.Writes++
		happens, err = w.rand.IntN(2) == 0, errors.New("the disk says no")
		w.tell("  a write fails; it has happened: %v", happens)
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

// act is one thing that a cashier, a customer or fate does.
func (w *swarm) act() {
	ctx := context.Background()
	book := w.till.book
	ch := []ledger.Channel{ledger.Alipay, ledger.WeChat}[w.pick(2)]
	var err error
	what := ""
	switch w.pick(24) {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		what, err = "keys and settles", w.settle()
		w.rest(200 * time.Millisecond)
		if w.chance(0.6) {
			w.scan(ch)
		} else {
			w.say("  shows a QR of %s: %v", ch, book.Ask(ctx, ledger.Trainee, ch))
		}
	case 8, 9:
		what = "scans"
		w.scan(ch)
	case 10:
		what, err = "shows a QR of "+string(ch), book.Ask(ctx, ledger.Trainee, ch)
	case 11, 12:
		what, err = "stops", book.Stop(ctx, ledger.Trainee)
	case 13:
		what, err = "sets aside", book.SetAside(ctx, ledger.Trainee)
	case 14:
		what, err = "gives the sale up", book.Drop(ctx, ledger.Trainee, "changed mind")
	case 15, 16, 17:
		what, err = "a customer scans a QR, perhaps an old one", w.scansQR()
	case 18, 19:
		what, err = "refund", w.refund()
	case 20, 21:
		what = "the channel sends a notice"
		w.notice()
	case 22:
		kind := sandboxFaults[w.pick(len(sandboxFaults))]
		what, err = "the simulator will "+kind, w.server.Fault(sandbox.Fault{Channel: "*", Operation: "*", Fault: kind, DelayMs: w.delay(kind), Count: 1})
		w.line.count(kind)
	case 23:
		if w.chance(0.4) {
			what = "the process dies"
			w.tally.Crashes++
			w.end(true)
			w.start()
		}
	}
	w.say("%s: %v", what, err)
	waits := []time.Duration{time.Millisecond, 300 * time.Millisecond, 2 * time.Second, 6 * time.Second, 6 * time.Second, 20 * time.Second, 70 * time.Second}
	w.rest(waits[w.pick(len(waits))])
	w.remembersQR()
	w.deliver()
	w.tally.Looks++
	w.sides.look()
}

func (w *swarm) delay(kind string) int {
	if kind == sandbox.FaultDelay {
		return 1 + w.pick(20_000)
	}
	return 0
}

func (w *swarm) settle() (err error) {
	book := w.till.book
	book.ClearDraft()
	fen := 1 + w.pick(40_000)
	for _, r := range fmt.Sprintf("%d.%02d", fen/100, fen%100) {
		err = errors.Join(err, book.Key(r))
	}
	if err == nil {
		err = book.Settle(context.Background(), ledger.Trainee, true)
	}
	book.ClearDraft()
	return err
}

var swarmNames = map[ledger.Channel]string{ledger.Alipay: sandbox.Alipay, ledger.WeChat: sandbox.WechatPay}

// behaviour is what a customer does: most pay.
func (w *swarm) behaviour() int {
	if w.chance(0.6) {
		return 0
	}
	return sandbox.Behaviours[w.pick(len(sandbox.Behaviours))].Number
}

func (w *swarm) scan(ch ledger.Channel) {
	code := w.server.NewCode(swarmNames[ch], w.behaviour())
	err := w.till.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte(code), At: time.Now()})
	w.say("  scans a code of %s: %v", ch, err)
}

func (w *swarm) remembersQR() {
	w.till.book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale != nil && sale.Last() != nil && sale.Last().QR != "" && (len(w.qrs) == 0 || w.qrs[len(w.qrs)-1] != sale.Last().QR) {
			w.qrs = append(w.qrs, sale.Last().QR)
		}
	})
}

func (w *swarm) scansQR() error {
	if len(w.qrs) == 0 {
		return nil
	}
	qr := w.qrs[len(w.qrs)-1]
	if w.chance(0.3) {
		qr = w.qrs[w.pick(len(w.qrs))]
	}
	_, err := w.server.Scan(qr, w.behaviour())
	return err
}

// refund gives some or all of a sale back, of an early one, too.
func (w *swarm) refund() error {
	sales := w.sides.sales()
	for range 8 {
		if len(sales) == 0 {
			return nil
		}
		a := sales[w.pick(len(sales))].Paid()
		if a == nil || a.Left() == 0 {
			continue
		}
		fen := a.Left()
		switch w.pick(4) {
		case 0, 1:
			fen = 1 + int64(w.pick(int(fen)))
		case 2: // one with trouble
			if trouble := int64(sandbox.RefundBehaviours[w.pick(len(sandbox.RefundBehaviours))].Number); trouble > 0 && trouble <= fen {
				fen = trouble
			}
		}
		number, err := w.till.book.Refund(context.Background(), supervisor,
			ledger.RefundWish{Order: a.Order, Amount: ledger.Fen(fen), Why: "brought back", Seen: len(a.Refunds)})
		w.say("  %s over %s of order %s", number, ledger.Fen(fen), a.Order)
		return err
	}
	return nil
}

// notice has the simulator send word of an order or a refund up to three times, soon or late, and sometimes changed on its way.
func (w *swarm) notice() {
	orders := w.server.Orders()
	if len(orders) == 0 {
		return
	}
	order := orders[max(0, len(orders)-1-w.pick(4))]
	refund := ""
	if len(order.Refunds) > 0 && w.chance(0.6) {
		refund = order.Refunds[w.pick(len(order.Refunds))].Number
	}
	header, body, err := w.server.Notice(order.Number, refund)
	if err != nil {
		return
	}
	ch := ledger.Alipay
	if order.Channel == sandbox.WechatPay {
		ch = ledger.WeChat
	}
	for range w.pick(4) {
		p := posted{time.Now().Add(time.Duration(w.pick(240)) * time.Second), ch, header, body, body}
		if w.chance(0.5) {
			p.at = time.Now()
		}
		if w.chance(0.2) {
			p.body = bytes.Clone(body)
			p.body[w.pick(len(body))]++
		}
		w.posted = append(w.posted, p)
	}
}

// deliver brings the notices that are due to the till.
func (w *swarm) deliver() {
	var rest []posted
	for _, p := range w.posted {
		if p.at.After(time.Now()) {
			rest = append(rest, p)
			continue
		}
		notifier := w.till.conns[p.ch].(channel.Notifier)
		n, err := notifier.Notice(p.header, p.body)
		if !bytes.Equal(p.body, p.sent) {
			w.tally.Forged++
			if was, _ := notifier.Notice(p.header, p.sent); err == nil && n != was {
				w.breaks("M14", "a notice that was changed on its way is believed: %+v, sent was %+v", n, was)
			}
		}
		if err == nil {
			w.tally.Notices++
		}
		r := httptest.NewRequest(http.MethodPost, map[ledger.Channel]string{ledger.Alipay: "/alipay", ledger.WeChat: "/wechatpay"}[p.ch], bytes.NewReader(p.body))
		r.Header = p.header.Clone()
		answer := httptest.NewRecorder()
		w.till.notices.ServeHTTP(answer, r)
		w.say("  a notice about %s %s: class %d: %d %s", n.Answer.Order, n.Answer.Refund, n.Answer.Class, answer.Code, answer.Body)
	}
	w.posted = rest
	synctest.Wait()
}
