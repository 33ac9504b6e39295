//go:build failpoints

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
	"guitai/sync/outbox"
)

// This file has a till that dies at a failpoint. Its process ends at that instant: the next one starts on what was durable
// then; what the dying one still appends goes to a store that nobody reads again, and what it still asks reaches no channel.

// death is where a process dies: the nth process of a story, when it comes by a failpoint for the nth time.
type death struct {
	life int // from 0
	name string
	nth  int // from 1
}

func (d death) String() string { return fmt.Sprintf("process %d, %q %d", d.life, d.name, d.nth) }

// mortal is a till with both channels in memory, under fake time, whose processes die one after another.
type mortal struct {
	t       testing.TB
	banks   map[ledger.Channel]*channeltest.Bank
	config  func(*ledger.BookConfig) // what the story wants of the next process; nil: nothing
	fail    func(ledger.Batch) (happens bool, err error)
	pause   time.Duration // between a death and the next start
	codes   int
	forgets bool // at a death, the last event
	began   time.Time

	store *ledger.Memory // of the process that runs, as the next two
	book  atomic.Pointer[ledger.Book]
	end   func()

	mu     sync.Mutex // guards the fields below: every goroutine of the till comes by
	deaths []death    // to come, each in the life after the one before
	died   chan struct{}
	dead   bool
	ended  bool           // the story is over: nobody dies any more
	left   *ledger.Memory // what was durable at the last death
	passed map[string]int // how often this process has come by
	lives  [][]death      // where each process came by, in order
	told   told
	moves  []string // what the story did otherwise than it was told, because of a death
}

// told is what people and screens were told, whichever process it was.
type told struct {
	heads   map[uint64]ledger.Hash // of the journal, by its last event
	paid    map[ledger.OrderNo]bool
	refunds map[ledger.RefundNo]toldRefund
}

type toldRefund struct {
	order ledger.OrderNo
	fen   int64
}

func newMortal(t testing.TB, f fate) *mortal {
	m := &mortal{t: t, banks: map[ledger.Channel]*channeltest.Bank{}, deaths: f.deaths, pause: f.pause, forgets: f.forgets, end: func() {}, began: time.Now()}
	m.told = told{heads: map[uint64]ledger.Hash{}, paid: map[ledger.OrderNo]bool{}, refunds: map[ledger.RefundNo]toldRefund{}}
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		m.banks[ch] = channeltest.NewBank(ch)
	}
	return m
}

// passes is what every goroutine of the till does at a failpoint.
func (m *mortal) passes(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead || m.ended {
		return
	}
	m.listen()
	m.passed[name]++
	life := len(m.lives) - 1
	here := death{life, name, m.passed[name]}
	m.lives[life] = append(m.lives[life], here)
	if len(m.deaths) > 0 && m.deaths[0] == here {
		m.deaths = m.deaths[1:]
		m.dead = true
		close(m.died) // first: what is asked of a channel until now was durable before, and is in what the next process finds
		m.left = m.durable()
	}
}

// durable is what the next process finds.
func (m *mortal) durable() *ledger.Memory {
	store := m.store.Reopen()
	if !m.forgets {
		return store
	}
	var records [][]byte
	err := store.Read(1, func(_ uint64, stored []byte) error { records = append(records, stored); return nil })
	if err == nil {
		store, err = ledger.MemoryOf(records[:max(0, len(records)-1)])
	}
	if err != nil {
		panic(err)
	}
	return store
}

// hears is listen for the story.
func (m *mortal) hears() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dead {
		m.listen()
	}
}

// listen notes what anybody could have seen by now. The caller holds m.mu.
func (m *mortal) listen() {
	book := m.book.Load()
	if book == nil {
		return
	}
	book.Read(func(s *ledger.State) {
		if was, known := m.told.heads[s.Head.Seq]; known && was != s.Head.Hash {
			m.t.Errorf("event %d was another one on a screen before", s.Head.Seq)
		}
		m.told.heads[s.Head.Seq] = s.Head.Hash
		for _, sale := range s.Open() {
			for i := range sale.Attempts {
				a := &sale.Attempts[i]
				if a.State == ledger.Paid {
					m.told.paid[a.Order] = true
				}
				for j := range a.Refunds {
					m.told.refunds[a.Refunds[j].Number] = toldRefund{a.Order, a.Refunds[j].Amount.Fen}
				}
			}
		}
	})
}

func (m *mortal) isDead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

func (m *mortal) hasDied() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.left != nil
}

// start begins a process on a store. It may die before it has begun.
func (m *mortal) start(store *ledger.Memory) {
	m.mu.Lock()
	m.store, m.dead, m.died, m.passed = store, false, make(chan struct{}), map[string]int{}
	m.lives = append(m.lives, nil)
	died := m.died
	m.mu.Unlock()
	store.FailAppend = m.fail
	cfg := ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"), Recover: store.Recover,
		SnapshotEvery: 7,
	}
	if m.config != nil {
		m.config(&cfg)
	}
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), cfg)
	if err != nil {
		m.end = func() {}
		m.doesNotOpen(err)
		return
	}
	m.book.Store(book)
	m.hears()
	worker := outbox.New(book, outbox.Config{Seed: 1})
	for _, bank := range m.banks {
		worker.Add(&wire{bank, died})
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = worker.Run(ctx); close(done) }()
	m.end = func() {
		cancel()
		<-done
		if err := book.Close("test"); err != nil && !m.isDead() {
			m.t.Errorf("the end was not written: %v", err)
		}
	}
}

// doesNotOpen: a till whose disk fails at the opening says so and ends; somebody starts it again.
func (m *mortal) doesNotOpen(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.dead:
	case errors.Is(err, errDisk):
		m.dead, m.left = true, m.store.Reopen()
		close(m.died)
	default:
		m.t.Fatalf("the ledger does not open: %v", err)
	}
}

// live starts the next process when this one has died.
func (m *mortal) live() {
	for m.isDead() {
		m.end()
		m.book.Store(nil)
		time.Sleep(m.pause)
		m.start(m.left)
	}
}

// again ends the process in order, or as far as it gets, and starts the next.
func (m *mortal) again() {
	m.live()
	m.end()
	m.book.Store(nil)
	if m.isDead() {
		time.Sleep(m.pause)
		m.start(m.left)
	} else {
		m.start(m.store.Reopen())
	}
	m.live()
}

// after lets time pass, through whatever deaths there are.
func (m *mortal) after(d time.Duration) {
	end := time.Now().Add(d)
	for m.live(); time.Now().Before(end); m.live() {
		timer := time.NewTimer(time.Until(end))
		select {
		case <-timer.C:
		case <-m.died:
		}
		timer.Stop()
	}
	synctest.Wait()
	m.live()
}

// wire is the way of one process to a channel. It carries nothing once the process is dead.
type wire struct {
	channel.Connector
	died <-chan struct{}
}

func (w *wire) cut() bool {
	select {
	case <-w.died:
		return true
	default:
		return false
	}
}

func (w *wire) carry(request ledger.Request, o channel.Order, ask func() ledger.Answer) ledger.Answer {
	if w.cut() {
		now := time.Now()
		return ledger.Answer{Order: o.Number, Request: request, Class: ledger.ClassUnknown, BeganAt: now, EndedAt: now}
	}
	return ask()
}

func (w *wire) Pay(ctx context.Context, o channel.Order, code ledger.PayCode) ledger.Answer {
	return w.carry(ledger.RequestPay, o, func() ledger.Answer { return w.Connector.Pay(ctx, o, code) })
}

func (w *wire) Show(ctx context.Context, o channel.Order) ledger.Answer {
	return w.carry(ledger.RequestOrder, o, func() ledger.Answer { return w.Connector.Show(ctx, o) })
}

func (w *wire) Query(ctx context.Context, o channel.Order) ledger.Answer {
	return w.carry(ledger.RequestQuery, o, func() ledger.Answer { return w.Connector.Query(ctx, o) })
}

func (w *wire) Close(ctx context.Context, o channel.Order) ledger.Answer {
	return w.carry(ledger.RequestClose, o, func() ledger.Answer { return w.Connector.Close(ctx, o) })
}

func (w *wire) Refund(ctx context.Context, o channel.Order, r channel.Refund) ledger.Answer {
	return w.carry(ledger.RequestRefund, o, func() ledger.Answer { return w.Connector.Refund(ctx, o, r) })
}

func (w *wire) QueryRefund(ctx context.Context, o channel.Order, r channel.Refund) ledger.Answer {
	return w.carry(ledger.RequestRefundQuery, o, func() ledger.Answer { return w.Connector.QueryRefund(ctx, o, r) })
}

// tells lets somebody look at the state.
func (m *mortal) tells(look func(*ledger.State) bool) (yes bool) {
	m.live()
	m.book.Load().Read(func(s *ledger.State) { yes = look(s) })
	return yes
}

// do has a person do something: whoever sees that it is done already does not do it again, and whoever is refused tries again
// after a while. What a dying process has answered is not known to anybody.
func (m *mortal) do(what string, done func(*ledger.State) bool, act func(*ledger.Book) error) bool {
	m.t.Helper()
	var err error
	for range 8 {
		m.live()
		if done != nil && m.tells(done) {
			return true
		}
		err = act(m.book.Load())
		switch {
		case m.isDead():
			continue
		case err == nil:
			m.look()
			return true
		}
		m.after(3 * time.Second)
	}
	m.elsewise(what + ": " + fmt.Sprint(err))
	return false
}

// elsewise notes that the story went on otherwise than it was told. Without a death it may not.
func (m *mortal) elsewise(what string) {
	m.t.Helper()
	if !m.hasDied() {
		m.t.Errorf("without any death: %s", what)
	}
	m.moves = append(m.moves, what)
}

// until lets time pass until somebody sees what they wait for, at most for so long.
func (m *mortal) until(what string, limit time.Duration, seen func(*ledger.State) bool) bool {
	m.t.Helper()
	for waited := time.Duration(0); ; waited += time.Second {
		if m.tells(seen) {
			m.look()
			return true
		}
		if waited >= limit {
			break
		}
		m.after(time.Second)
	}
	m.elsewise("not seen: " + what)
	return false
}

// digits keys an amount of yuan.
func digits(b *ledger.Book, amount string) error {
	b.ClearDraft()
	for _, r := range amount {
		if err := b.Key(r); err != nil {
			return err
		}
	}
	return b.Settle(context.Background(), ledger.Trainee, true)
}

// sells keys a sale of so many yuan and settles it.
func (m *mortal) sells(amount string) {
	m.t.Helper()
	var before ledger.SaleID
	m.tells(func(s *ledger.State) bool { before = s.Current; return true })
	m.do("key "+amount, func(s *ledger.State) bool {
		return s.CurrentSale() != nil && s.Current != before && strings.HasPrefix(s.CurrentSale().Amount.String(), amount)
	}, func(b *ledger.Book) error { return digits(b, amount) })
}

// sale gives the sale on the screen as it is now; none is an empty one.
func (m *mortal) sale() (sale ledger.Sale) {
	m.tells(func(s *ledger.State) bool {
		if current := s.CurrentSale(); current != nil {
			sale = *current
		}
		return true
	})
	return sale
}

// scans holds the same customer code out until it is taken.
func (m *mortal) scans(ch ledger.Channel) {
	m.t.Helper()
	n := len(m.sale().Attempts)
	m.codes++
	code := fmt.Sprintf("%s%016d", map[ledger.Channel]string{ledger.WeChat: "13", ledger.Alipay: "28"}[ch], m.codes)
	m.do("scan", func(s *ledger.State) bool {
		sale := s.CurrentSale()
		return sale == nil || sale.Paid() != nil || len(sale.Attempts) > n
	}, func(b *ledger.Book) error {
		return b.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte(code), At: time.Now()})
	})
}

// asks shows a QR.
func (m *mortal) asks(ch ledger.Channel) {
	m.t.Helper()
	n := len(m.sale().Attempts)
	m.do("show a QR", func(s *ledger.State) bool {
		sale := s.CurrentSale()
		return sale == nil || sale.Paid() != nil || len(sale.Attempts) > n
	}, func(b *ledger.Book) error { return b.Ask(context.Background(), ledger.Trainee, ch) })
}

// shown waits for a channel's QR and gives it; an attempt that ended before is made anew.
func (m *mortal) shown(ch ledger.Channel) (order ledger.OrderNo, qr string) {
	m.t.Helper()
	for range 3 {
		m.until("a QR, or its end", 3*time.Minute, func(s *ledger.State) bool {
			a := lastOf(s)
			return a != nil && a.Channel == ch && (!a.State.Live() || a.State == ledger.Waiting && a.QR != "")
		})
		a := ledger.Attempt{}
		if sale := m.sale(); sale.Last() != nil {
			a = *sale.Last()
		}
		if a.QR != "" && a.Channel == ch {
			return a.Order, a.QR
		}
		m.asks(ch)
	}
	m.elsewise("no QR was shown")
	return "", ""
}

func lastOf(s *ledger.State) *ledger.Attempt {
	if sale := s.CurrentSale(); sale != nil {
		return sale.Last()
	}
	return nil
}

// pays lets a customer scan a QR with a phone.
func (m *mortal) pays(ch ledger.Channel, qr string) {
	m.t.Helper()
	if err := m.banks[ch].ScanQR(qr); err != nil {
		m.elsewise("the QR is not taken: " + err.Error())
	}
}

// stops ends what is under way on the sale on the screen.
func (m *mortal) stops() {
	m.t.Helper()
	m.do("stop", func(s *ledger.State) bool {
		sale := s.CurrentSale()
		return sale == nil || sale.Live() == nil || sale.Live().State == ledger.Stopping || sale.Live().State == ledger.Closing
	}, func(b *ledger.Book) error { return b.Stop(context.Background(), ledger.Trainee) })
}

// ends waits until the sale on the screen has no live attempt.
func (m *mortal) ends() {
	m.t.Helper()
	m.until("its end", 5*time.Minute, func(s *ledger.State) bool { return s.CurrentSale() == nil || s.CurrentSale().Live() == nil })
}

// paid waits for PAID. Where an attempt ended without money the customer tries again by code.
func (m *mortal) paid(ch ledger.Channel) ledger.OrderNo {
	m.t.Helper()
	for range 6 {
		m.until("PAID, or that the sale may be charged again", 6*time.Minute, func(s *ledger.State) bool {
			sale := s.CurrentSale()
			return sale == nil || sale.Paid() != nil || sale.MayAsk() == nil
		})
		sale := m.sale()
		if paid := sale.Paid(); paid != nil {
			return paid.Order
		}
		m.scans(ch)
	}
	m.elsewise("never paid")
	return ""
}

// drops gives the sale on the screen up.
func (m *mortal) drops() {
	m.t.Helper()
	m.do("drop", func(s *ledger.State) bool { return s.CurrentSale() == nil || s.CurrentSale().Dropped },
		func(b *ledger.Book) error { return b.Drop(context.Background(), ledger.Trainee, "changed mind") })
}

// order is an order as the ledger's rows have it now.
func (m *mortal) order(number ledger.OrderNo) (a ledger.Attempt) {
	m.live()
	sale, ok, err := m.store.SaleOf(number)
	if err != nil || !ok {
		m.t.Errorf("order %s is in no row: %v", number, err)
		return a
	}
	return *sale.Attempt(number)
}

// gives refunds some fen of an order. Whoever got no answer says the same again: it must not give twice.
func (m *mortal) gives(actor ledger.Actor, order ledger.OrderNo, fen int64) {
	m.t.Helper()
	if order == "" {
		return
	}
	n := len(m.order(order).Refunds)
	wish := ledger.RefundWish{Order: order, Amount: ledger.Fen(fen), Why: "brought back", Seen: n}
	m.do("refund", nil, func(b *ledger.Book) error {
		_, err := b.Refund(context.Background(), actor, wish)
		if ledger.ReasonOf(err) == ledger.ReasonRefundSeen && m.hasDied() {
			return nil
		}
		return err
	})
	if a := m.order(order); len(a.Refunds) > n+1 {
		m.t.Errorf("one wish made %d refunds", len(a.Refunds)-n)
	}
}

// stands waits until the newest refund of an order is in a state.
func (m *mortal) stands(order ledger.OrderNo, limit time.Duration, want ledger.RefundState) {
	m.t.Helper()
	if order == "" {
		return
	}
	m.until("a refund that is "+want.String(), limit, func(*ledger.State) bool {
		sale, ok, err := m.store.SaleOf(order)
		if err != nil || !ok {
			return false
		}
		all := sale.Attempt(order).Refunds
		return len(all) > 0 && all[len(all)-1].State == want
	})
}

// resolves has a supervisor settle the entry that bears a note.
func (m *mortal) resolves(note ledger.Note, returned bool) {
	m.t.Helper()
	m.do("resolve", nil, func(b *ledger.Book) error {
		word := ledger.Resolution{Note: "paid out in cash", Returned: returned}
		b.Read(func(s *ledger.State) {
			for _, x := range s.Exceptions {
				if x.Note == note {
					word.Exception = x.ID
				}
			}
		})
		err := b.Resolve(context.Background(), supervisor, word)
		if ledger.ReasonOf(err) == ledger.ReasonNoException && m.hasDied() {
			return nil
		}
		return err
	})
}

// rests lets time pass until nothing is owed any more.
func (m *mortal) rests() {
	m.t.Helper()
	for range 400 {
		m.live()
		if b := m.book.Load(); b.Err() == nil && len(b.Owed()) == 0 {
			m.look()
			return
		}
		m.after(10 * time.Second)
	}
	m.t.Errorf("owed for ever: %+v (%v)", m.book.Load().Owed(), m.book.Load().Err())
}

var errDisk = errors.New("the disk says no")
