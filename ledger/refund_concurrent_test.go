package ledger

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// till is a Book that dies and comes back while others use it.
type till struct {
	t     *testing.T
	mu    sync.RWMutex // held for writing while the process is replaced
	store *Memory
	book  *Book
}

// dies ends the process at whatever it is doing: only what is durable at this instant is there for the next one.
func (c *till) dies() {
	again := c.current().store.(*Memory).Reopen()
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.book
	c.store, c.book = again, testBook(c.t, again, nil)
	go old.Close("dead") // into a store that nobody reads any more
}

func (c *till) current() *Book {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.book
}

// paidTill is a till with one payment of a hundred thousand fen that has left the working set.
func paidTill(t *testing.T) (*till, OrderNo) {
	store := NewMemory()
	b := testBook(t, store, nil)
	ctx := context.Background()
	settle := func(digits string) {
		for _, r := range digits {
			wants(t, b.Key(r), "")
		}
		wants(t, b.Settle(ctx, Trainee, false), "")
	}
	settle("1000")
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	var a Attempt
	b.Read(func(s *State) { a = *s.CurrentSale().Last() })
	b.TakeCode(a.Order)
	began, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
	settle("1")
	return &till{t: t, store: store, book: b}, a.Order
}

// TestManyRefundOneOrder: sixty-four people at once give back random parts of one payment, the channel answers anything, and
// the till dies again and again. What is asked for never exceeds the payment, and a number never stands for two refunds.
// GUITAI_LONG=1 tries a hundred thousand times.
func TestManyRefundOneOrder(t *testing.T) {
	tries := int64(8_000)
	if os.Getenv("GUITAI_LONG") != "" {
		tries = 100_000
	}
	var done, given, orders, crashes atomic.Int64
	for round := uint64(1); done.Load() < tries; round++ {
		c, order := paidTill(t)
		orders.Add(1)
		var people sync.WaitGroup
		for person := range uint64(64) {
			people.Go(func() {
				random := rand.New(rand.NewPCG(round, person))
				for range 12 {
					done.Add(1)
					if c.tries(random, order) {
						given.Add(1)
					}
					if random.IntN(200) == 0 {
						crashes.Add(1)
						c.dies()
					}
				}
			})
		}
		people.Wait()
		c.exact(order)
		if t.Failed() {
			return
		}
		c.book.Close("test")
	}
	t.Logf("%d tries, %d refunds of %d orders, %d crashes", done.Load(), given.Load(), orders.Load(), crashes.Load())
	if given.Load() < tries/50 || crashes.Load() == 0 {
		t.Error("the till was too quiet")
	}
}

// tries has one person give something back, or the channel answer about something that is owed.
func (c *till) tries(random *rand.Rand, order OrderNo) bool {
	ctx, book := context.Background(), c.current()
	if random.IntN(3) == 0 {
		c.answers(random, book)
		return false
	}
	sale, ok, err := book.Lookup().SaleOf(order)
	if err != nil || !ok {
		c.t.Errorf("the order is not found: %v", err)
		return false
	}
	wish := RefundWish{Order: order, Amount: Fen(1 + random.Int64N(9_000)), Why: "brought back", Seen: len(sale.Attempt(order).Refunds)}
	_, err = book.Refund(ctx, Trainee, wish)
	switch ReasonOf(err) {
	case "", ReasonRefundSeen, ReasonNothingLeft, ReasonRefundAmount, ReasonRefundMost, ReasonRefundAbnormal, ReasonClosedLedger:
	default:
		c.t.Errorf("refused: %v", err)
	}
	return err == nil
}

func (c *till) answers(random *rand.Rand, book *Book) {
	ctx := context.Background()
	owed := book.Owed()
	if len(owed) == 0 {
		return
	}
	o := owed[random.IntN(len(owed))]
	fate := fateOf(o.Return.Number)
	class, request := []Class{fate.query, fate.query, ClassAccepted, ClassUnknown}[random.IntN(4)], RequestRefundQuery
	began := o.Head
	if o.Task == TaskRefund {
		var err error
		if began, err = book.Sending(ctx, o.Order, o.Return.Number); err != nil {
			return
		}
		class, request = []Class{fate.send, fate.send, ClassHeld, ClassUnknown}[random.IntN(4)], RequestRefund
	}
	_ = book.Report(ctx, refundAnswer(o.Order, o.Return.Number, o.Return.Amount, request, class, began))
}

// fateOf is how a refund ends at the channel, whoever asks and how often.
func fateOf(number RefundNo) struct{ send, query Class } {
	switch number[len(number)-1] {
	case '3', '6':
		return struct{ send, query Class }{ClassAccepted, ClassClosed}
	case '4', '8':
		return struct{ send, query Class }{ClassDenied, ClassAbsent}
	}
	return struct{ send, query Class }{ClassAccepted, ClassReturned}
}

// exact reads the journal: what counts is written there.
func (c *till) exact(order OrderNo) {
	amounts, ended := map[RefundNo]int64{}, map[RefundNo]RefundState{}
	err := c.store.Read(1, func(seq uint64, stored []byte) error {
		event, err := DecodeEvent(stored)
		if err != nil {
			return err
		}
		switch b := event.Body.(type) {
		case *RefundOpened:
			if _, twice := amounts[b.Refund]; twice {
				return fmt.Errorf("event %d opens %s again", seq, b.Refund)
			}
			amounts[b.Refund] = b.Amount.Fen
		case *RefundAnswered:
			ended[b.Refund] = b.Became
		}
		var sum int64
		for number, fen := range amounts {
			if ended[number] != RefundFailed {
				sum += fen
			}
		}
		if sum > 100_000 {
			return fmt.Errorf("after event %d refunds of %d are under way", seq, sum)
		}
		return nil
	})
	if err != nil {
		c.t.Error(err)
	}
	sale, _, _ := c.book.Lookup().SaleOf(order)
	if left := sale.Attempt(order).Left(); left < 0 {
		c.t.Errorf("%d fen are left", left)
	}
	refold(c.t, c.store, fmt.Sprintf("after %s", time.Now().Format(time.TimeOnly)))
}
