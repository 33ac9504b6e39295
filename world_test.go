package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channeltest"
	"guitai/sync/outbox"
)

// world is a Book on a memory store, a worker, and both channels in memory, under fake time.
type world struct {
	t          *testing.T
	store      *ledger.Memory
	book       *ledger.Book
	banks      map[ledger.Channel]*channeltest.Bank
	stop       func()
	codes      int
	returnUpTo int64                                            // of the next process
	fail       atomic.Pointer[func() (happens bool, err error)] // asked before each append; nil lets it be
}

// inWorld runs a story in its own bubble of fake time.
func inWorld(t *testing.T, story func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: ledger.NewMemory(), banks: map[ledger.Channel]*channeltest.Bank{}}
		for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
			w.banks[ch] = channeltest.NewBank(ch)
		}
		w.start()
		defer func() { w.stop() }()
		story(w)
	})
}

func (w *world) start() {
	w.store.FailAppend = func(ledger.Batch) (bool, error) {
		if fail := w.fail.Load(); fail != nil {
			return (*fail)()
		}
		return true, nil
	}
	book, err := ledger.OpenBook(context.Background(), w.store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"), Recover: w.store.Recover,
		ReturnUpTo: w.returnUpTo,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.book = book
	worker := outbox.New(book, outbox.Config{Seed: 1})
	for _, bank := range w.banks {
		worker.Add(bank)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { worker.Run(ctx); close(done) }()
	w.stop = func() { cancel(); <-done; book.Close("test") }
}

// crash ends the process without an orderly close and starts the next one on what was durable.
func (w *world) crash() {
	again := w.store.Reopen()
	w.stop()
	w.store = again
	w.start()
}

func (w *world) settle(digits string) {
	w.t.Helper()
	for _, r := range digits {
		if err := w.book.Key(r); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.book.Settle(context.Background(), ledger.Trainee, false); err != nil {
		w.t.Fatal(err)
	}
}

// scan holds out a fresh customer code.
func (w *world) scan(ch ledger.Channel) {
	w.t.Helper()
	w.codes++
	prefix := map[ledger.Channel]string{ledger.WeChat: "13", ledger.Alipay: "28"}[ch]
	code := fmt.Sprintf("%s%016d", prefix, w.codes)
	if err := w.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte(code), At: time.Now()}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ask(ch ledger.Channel) {
	w.t.Helper()
	if err := w.book.Ask(context.Background(), ledger.Trainee, ch); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) after(d time.Duration) *world {
	time.Sleep(d)
	synctest.Wait()
	return w
}

// last is the newest attempt of the sale on the screen.
func (w *world) last() ledger.Attempt {
	w.t.Helper()
	var a ledger.Attempt
	w.book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale != nil && sale.Last() != nil {
			a = *sale.Last()
		}
	})
	return a
}

func (w *world) wants(state ledger.AttemptState) {
	w.t.Helper()
	if a := w.last(); a.State != state {
		w.t.Fatalf("the attempt is %s (owes %s, code %s), wanted %s", a.State, a.Task, a.Code, state)
	}
}

func (w *world) net(ch ledger.Channel) (sum int64) {
	for _, o := range w.banks[ch].Orders() {
		sum += o.Paid - o.Returned
	}
	return sum
}
