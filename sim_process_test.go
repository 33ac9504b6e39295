package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"guitai/hardware"
	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
	"guitai/sync/outbox"
	"guitai/ui"
)

// running is one life of the till's process.
type running struct {
	dead   atomic.Bool // nothing it writes has an effect any more
	book   *ledger.Book
	board  *ledger.Board
	keys   *keyboard
	out    *writer
	framer *hardware.Framer
	desk   *simDesk
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
		Recover: w.store.Recover, AskAbove: 100_000, Receipts: newSimSigner(),
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
	r.desk = newSimDesk(w, r, ctx)
	scanner := hardware.NewScanner(hardware.Config{}, func(hardware.Frame) {}, func(hardware.Status) {})
	for _, side := range []func(context.Context) error{
		worker.Run, scanner.Run, r.desk.run, func(ctx context.Context) error { return r.desk.counter(scanner).Attend(ctx, r.book) },
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
		if r.desk != nil {
			r.desk.unsureFor(2 * time.Minute) // what has happened is known when the store is open again
		}
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
