package ledger

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// This file plays the Book against a small bank that keeps its own truth, over a line that delays, loses and doubles. Each
// walk is drawn from a seed; afterwards the two must agree about every fen.

// flight is a request on its way, with its place in the journal when it began.
type flight struct {
	order   OrderNo
	refund  RefundNo
	request Request
	began   uint64
}

// world is one walk: the Book, the bank, the line between them, and a cashier who presses anything.
type world struct {
	*testing.T
	*rand.Rand
	book     *Book
	tenders  bool // people pay in other ways, too
	tombs    bool // the bank remembers a cancel of an order it does not know
	bank     map[OrderNo]*bankOrder
	flights  []flight // requests the till waits for
	ghosts   []flight // requests the till has given up, which may still arrive
	codes    int
	happened []string
}

func (w *world) note(format string, args ...any) {
	w.happened = append(w.happened, fmt.Sprintf(format, args...))
}

// sends lets the worker begin one owed request.
func (w *world) sends() {
	owed := w.book.Owed()
	if len(owed) == 0 {
		return
	}
	o, ctx := owed[w.IntN(len(owed))], context.Background()
	if o.State.Live() && o.State != Stopping && o.State != Closing && time.Since(o.OpenedAt) > time.Minute { // the channel's limit
		w.note("limit of %s: %v", o.Order, w.book.StopOrder(ctx, o.Order))
		return
	}
	f := flight{o.Order, o.Return.Number, map[TaskKind]Request{TaskPay: RequestPay, TaskOrder: RequestOrder, TaskQuery: RequestQuery, TaskClose: RequestClose,
		TaskRefund: RequestRefund, TaskRefundQuery: RequestRefundQuery}[o.Task], o.Head}
	for _, other := range w.flights {
		if other.order == f.order && other.refund == f.refund && other.request == f.request {
			return
		}
	}
	if o.Task == TaskPay {
		if _, fresh, _ := w.book.TakeCode(o.Order); !fresh {
			w.reports(f, ClassUnsent, false)
			return
		}
	}
	if o.Task == TaskPay || o.Task == TaskOrder {
		var err error
		if f.began, err = w.book.Asking(ctx, o.Order, f.request); err != nil {
			w.Fatalf("asking for what is owed: %v", err)
		}
	}
	if o.Task == TaskRefund {
		var err error
		if f.began, err = w.book.Sending(ctx, o.Order, f.refund); err != nil {
			w.Fatalf("sending what is owed: %v", err)
		}
	}
	if w.bank[f.order] == nil {
		w.bank[f.order] = &bankOrder{way: o.Way, amount: o.Amount.Fen, expires: o.Expires, deniesCancel: w.IntN(4) == 0}
	}
	w.note("send %d of %s", f.request, f.order)
	w.flights = append(w.flights, f)
}

// reports tells the Book what came of a request.
func (w *world) reports(f flight, class Class, returned bool) {
	w.note("%s: class %d of request %d, returned %v", f.order, class, f.request, returned)
	ans := Answer{Order: f.order, Request: f.request, Class: class, Began: f.began, Verified: class != ClassUnknown && class != ClassUnsent, Returned: returned}
	if f.refund != "" {
		ans = refundAnswer(f.order, f.refund, w.refunded(f), f.request, class, f.began)
	}
	var a Attempt
	if sale, ok, _ := w.book.Lookup().SaleOf(f.order); ok {
		a = *sale.Attempt(f.order)
		ans.Known, ans.InState = time.Since(a.OpenedAt), time.Since(a.SinceAt)
	}
	switch {
	case f.refund != "":
	case class == ClassPaid:
		ans.Named = paidAnswer(&a, f.request, f.began).Named
	case class == ClassShown:
		ans.QR = "qr"
	}
	if err := w.book.Report(context.Background(), ans); err != nil && ReasonOf(err) != ReasonUnknownOrder {
		w.Fatalf("report: %v", err)
	}
}

// take draws one flight out of a list.
func take(w *world, from *[]flight) (f flight, ok bool) {
	if len(*from) == 0 {
		return f, false
	}
	i := w.IntN(len(*from))
	f = (*from)[i]
	*from = append((*from)[:i:i], (*from)[i+1:]...)
	return f, true
}

// cashier presses one key or scans a code; whether that is refused is the Book's business.
func (w *world) cashier() {
	ctx, b := context.Background(), w.book
	if w.tenders && w.IntN(2) == 0 {
		w.counter()
		return
	}
	switch w.IntN(7) {
	case 6:
		w.wantsBack()
	case 0:
		_ = b.Key('5')
		w.note("settle: %v", b.Settle(ctx, Trainee, false))
	case 1, 2:
		w.codes++
		w.note("scan: %v", b.Scan(ctx, Trainee, scanOf(fmt.Sprintf("13%016d", w.codes))))
	case 3:
		w.note("qr: %v", b.Ask(ctx, Trainee, Channels[w.IntN(2)]))
	case 4:
		w.note("stop: %v", b.Stop(ctx, Trainee))
	case 5:
		w.note("aside: %v", b.SetAside(ctx, Trainee))
	}
}

// wantsBack has somebody give back some of what any sale of the day has brought.
func (w *world) wantsBack() {
	orders := slices.Sorted(maps.Keys(w.bank))
	if len(orders) == 0 {
		return
	}
	order := orders[w.IntN(len(orders))]
	sale, _, _ := w.book.Lookup().SaleOf(order)
	a := sale.Attempt(order)
	number, err := w.book.Refund(context.Background(), supervisor, RefundWish{Order: order, Amount: Fen(1 + w.Int64N(a.Amount.Fen)), Why: "brought back", Seen: len(a.Refunds)})
	w.note("give back of %s: %s %v", order, number, err)
	if err == nil && a.State != Paid && a.State != Orphan {
		w.fails("%s is %s and is refunded", order, a.State)
	}
}

// refunded is the amount of a refund as the till has asked for it.
func (w *world) refunded(f flight) Money {
	sale, _, _ := w.book.Lookup().SaleOf(f.order)
	if r := sale.Attempt(f.order).Refund(f.refund); r != nil {
		return r.Amount
	}
	return Money{}
}

// killed ends the process without a word and starts another one on what is durable.
func (w *world) killed() {
	w.note("killed")
	old, store := w.book, w.book.store.(*Memory).Reopen()
	w.book = testBook(w.T, store, nil)
	wants(w.T, old.Close("test"), "")
	w.ghosts, w.flights = append(w.ghosts, w.flights...), nil
}

// step is one thing that happens.
func (w *world) step() {
	if w.IntN(60) == 0 {
		w.killed()
	}
	switch w.IntN(10) {
	case 0, 1:
		w.cashier()
	case 2, 3, 4:
		w.sends()
	case 5, 6:
		if f, ok := take(w, &w.flights); ok {
			class, returned := w.arrives(f)
			w.reports(f, class, returned)
		}
	case 7:
		if f, ok := take(w, &w.flights); ok { // given up; it arrived, arrives later, or never
			w.ghosts = append(w.ghosts, f)
			w.reports(f, ClassUnknown, false)
		} else if f, ok := take(w, &w.ghosts); ok && w.IntN(3) > 0 {
			w.arrives(f)
			w.note("%s: request %d arrives late", f.order, f.request)
		}
	case 8:
		w.customer()
	case 9:
		time.Sleep(time.Duration(w.IntN(15_000)) * time.Millisecond)
		_ = w.book.Sweep(context.Background())
	}
	w.check()
}

// check holds at every instant: PAID is money at the bank, and no sale is asked for twice at once.
func (w *world) check() {
	w.book.Read(func(s *State) {
		balanced(w.T, s, "walking")
		for _, sale := range s.Open() {
			w.split(sale)
			live := 0
			for _, a := range sale.Attempts {
				o := w.bank[a.Order]
				if o != nil && a.Back() > o.returned {
					w.fails("%s has given %d back, the bank %d", a.Order, a.Back(), o.returned)
				}
				if o != nil && a.State == Paid && a.Left() > o.amount-o.returned && !w.failedOnce(&a) {
					w.fails("%s may still give %d back, the bank has given %d", a.Order, a.Left(), o.returned)
				}
				if a.State == Paid && o.state != "paid" {
					w.fails("%s is PAID, at the bank it is %q", a.Order, o.state)
				}
				if a.State.Live() {
					live++
				}
				if a.State == Waiting && a.QR != "" {
					o.shown = true
				}
			}
			if live > 1 || live > 0 && sale.Paid() != nil {
				w.fails("sale %s has %d live attempts", sale.ID, live)
			}
		}
	})
}

func (w *world) fails(format string, args ...any) {
	for _, line := range w.happened {
		w.Log(line)
	}
	w.Fatalf(format, args...)
}

// settleUp lets everything arrive and be answered, until nothing is owed.
func (w *world) settleUp() {
	for {
		f, ok := take(w, &w.ghosts)
		if !ok {
			break
		}
		w.arrives(f)
		w.check()
	}
	for range 1000 {
		if len(w.book.Owed()) == 0 && len(w.flights) == 0 {
			break
		}
		_ = w.book.Sweep(context.Background())
		w.sends()
		if f, ok := take(w, &w.flights); ok {
			class, returned := w.arrives(f)
			w.reports(f, class, returned)
		}
		time.Sleep(time.Second)
		w.customer()
		w.check()
	}
	if owed := w.book.Owed(); len(owed) > 0 {
		w.fails("for ever owed: %+v", owed)
	}
	paid := map[SaleID]int{}
	for order, o := range w.bank {
		sale, _, _ := w.book.Lookup().SaleOf(order)
		a := sale.Attempt(order)
		named := false
		w.book.Read(func(s *State) {
			for _, x := range s.Exceptions {
				named = named || x.Order == order
			}
		})
		if a.State == Orphan && a.Back() == o.amount && o.returned == o.amount {
			continue
		}
		if o.state == "paid" && !named {
			paid[sale.ID]++
		}
		for _, r := range a.Refunds {
			if (r.State == RefundReturned) != o.refunds[r.Number] {
				w.fails("refund %s is %s, at the bank done: %v", r.Number, r.State, o.refunds[r.Number])
			}
		}
		if (o.state == "paid") != (a.State == Paid || a.State == Orphan) || a.State == Orphan && !named {
			w.fails("%s is %s at the till and %q at the bank; named: %v", order, a.State, o.state, named)
		}
	}
	for id, n := range paid {
		if settled, _, _ := w.book.Lookup().SaleOf(OrderNo(id)); n > 1 || n == 1 && settled.Settled() && settled.Paid() == nil {
			w.fails("sale %s was charged %d times without a word", id, n)
		}
	}
}

// TestBookAgainstABank draws walks from seeds. GUITAI_LONG=1 draws a hundred times as many.
func TestBookAgainstABank(t *testing.T) {
	walks := 400
	if os.Getenv("GUITAI_LONG") != "" {
		walks *= 100
	}
	ends, refunds, tendered := map[AttemptState]int{}, map[RefundState]int{}, map[string]int{}
	for seed := range 2 * walks {
		synctest.Test(t, func(t *testing.T) {
			w := &world{T: t, Rand: rand.New(rand.NewPCG(uint64(seed), 1)), book: testBook(t, NewMemory(), nil), tombs: seed%2 == 0, tenders: seed >= walks, bank: map[OrderNo]*bankOrder{}}
			defer func() { w.book.Close("test") }()
			w.note("seed %d", seed)
			for range 80 {
				w.step()
			}
			w.settleUp()
			store := w.book.store.(*Memory)
			refold(t, store, "walked")
			for id, sale := range store.sales {
				if w.tenders {
					w.retells(store, id)
				}
				countTenders(tendered, &sale)
				for _, a := range sale.Attempts {
					ends[a.State]++
					for _, r := range a.Refunds {
						refunds[r.State]++
					}
				}
			}
		})
	}
	for _, state := range []AttemptState{Paid, Refused, Unsent, Withdrawn, ClosedOff, Reversed, Orphan} {
		if ends[state] == 0 {
			t.Errorf("no walk ends %s: the bank has become too kind", state)
		}
	}
	for _, state := range []RefundState{RefundReturned, RefundFailed} {
		if refunds[state] == 0 {
			t.Errorf("no refund ends %s: the bank has become too kind", state)
		}
	}
	for _, what := range []string{"cash", "card slip", "transfer", "returned", "split by scan", "return if paid, and was", "held", "undone"} {
		if tendered[what] == 0 {
			t.Errorf("no walk has %s", what)
		}
	}
	t.Logf("ends: %v, of refunds: %v, tenders: %v", ends, refunds, tendered)
}
