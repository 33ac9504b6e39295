//go:build failpoints

package main

import (
	"context"
	"errors"
	"fmt"
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

var errDisk = errors.New("the disk says no")

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
