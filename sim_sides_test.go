package main

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"guitai/ledger"
)

// sides sees both sides of the counter: what the ledger has, and what the channels hold. It is the oracle of the whole till
// and of the wire, and carries the numbers of the catalogue of invariants.
type sides struct {
	calendar ledger.Calendar
	since    ledger.Day // the first business day
	store    func() *ledger.Memory
	book     func() *ledger.Book // nil: no till runs
	held     func() map[ledger.OrderNo]heldOrder
	breaks   func(invariant, format string, args ...any)

	parts map[ledger.SaleID]bool  // sales of which a channel was to be asked for a part
	paid  map[ledger.OrderNo]bool // orders that the ledger has called PAID

	mu   sync.Mutex                             // guards what follows: the committer and the worker's goroutines touch it
	was  map[ledger.OrderNo]ledger.AttemptState // at the last append
	told map[ledger.OrderNo]time.Time           // since when the till could know of money on an order that had ended
}

// heldOrder is an order as its channel holds it, in fen.
type heldOrder struct {
	paid, returned int64
	refunds        map[ledger.RefundNo]heldRefund
}

type heldRefund struct {
	fen  int64
	done bool
}

// cancelled is what went back other than by a refund.
func (h heldOrder) cancelled() int64 {
	fen := h.returned
	for _, r := range h.refunds {
		if r.done {
			fen -= r.fen
		}
	}
	return fen
}

func (h heldOrder) kept() int64 { return h.paid - h.returned }

func (o *sides) begin() {
	o.paid, o.was, o.told = map[ledger.OrderNo]bool{}, map[ledger.OrderNo]ledger.AttemptState{}, map[ledger.OrderNo]time.Time{}
	o.since, o.parts = o.calendar.Today(), map[ledger.SaleID]bool{}
}

// sales are all that were ever keyed, from the ledger's rows.
func (o *sides) sales() (all []ledger.Sale) {
	store := o.store()
	for at := time.Now().Add(24 * time.Hour); ; at = at.Add(-24 * time.Hour) {
		day := o.calendar.Day(at)
		if day < o.since {
			return all
		}
		sales, err := store.DaySales(day)
		if err != nil {
			o.breaks("M10", "the rows of %s: %v", day, err)
		}
		all = append(all, sales...)
	}
}

// appends is M4 and M3 at each append that happens: at that moment "closed, no money came" is true at the channel.
func (o *sides) appends(b ledger.Batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var held map[ledger.OrderNo]heldOrder
	for _, sale := range b.Sales {
		for i := range sale.Attempts {
			a := &sale.Attempts[i]
			before := o.was[a.Order]
			o.was[a.Order] = a.State
			if before == a.State || !saysNothing(a.State) {
				continue
			}
			if held == nil {
				held = o.held()
			}
			if kept := held[a.Order].kept(); kept > 0 {
				o.breaks("M4", "sale %s: order %s goes from %s to %s, and the channel keeps %s", sale.ID.Tail(), a.Order, before, a.State, ledger.Fen(kept))
			}
		}
	}
}

// saysNothing reports whether a state tells that the order has ended without money.
func saysNothing(state ledger.AttemptState) bool {
	switch state {
	case ledger.ClosedOff, ledger.Reversed, ledger.Refused, ledger.Unsent:
		return true
	}
	return false
}

// look is the instant oracle.
func (o *sides) look() []ledger.Sale {
	book := o.book()
	if book == nil || book.Err() != nil { // the rows may have what nobody has been told
		return o.sales()
	}
	sales, held, known := o.sales(), o.held(), map[ledger.OrderNo]bool{}
	listed := o.listed()
	for i := range sales {
		o.lookAt(&sales[i], held, known, listed)
	}
	for number, order := range held {
		if !known[number] && order.paid > 0 {
			o.breaks("M2", "order %s was charged and is in no record", number)
		}
	}
	book.Read(func(state *ledger.State) {
		if want := ledger.SumDay(sales, state.Day); !slices.Equal(want, state.Totals()) {
			o.breaks("M10", "totals %+v, the rows say %+v", state.Totals(), want)
		}
		sum := int64(0)
		for _, b := range state.Balances() {
			sum += b.Fen
		}
		if sum != 0 {
			o.breaks("M10", "the accounts do not balance: %+v", state.Balances())
		}
	})
	return sales
}

// listed are the orders on the list of exceptions.
func (o *sides) listed() map[ledger.OrderNo]bool {
	listed := map[ledger.OrderNo]bool{}
	o.book().Read(func(state *ledger.State) {
		for _, x := range state.Exceptions {
			listed[x.Order] = true
		}
	})
	return listed
}

func (o *sides) lookAt(sale *ledger.Sale, held map[ledger.OrderNo]heldOrder, known, listed map[ledger.OrderNo]bool) {
	live, going, late, paid := 0, 0, 0, 0
	for i := range sale.Attempts {
		a := &sale.Attempts[i]
		known[a.Order] = true
		if a.State.Live() {
			live++
		}
		switch a.State {
		case ledger.Intent, ledger.Asking, ledger.Waiting, ledger.Unknown:
			going++
		case ledger.Paid:
			paid++
		case ledger.Orphan:
			if a.Back() < a.Amount.Fen {
				late++
			}
		}
		o.lookAtAttempt(sale, a, held[a.Order])
		o.lookAtRefunds(a, held[a.Order])
		o.backInTime(a, held[a.Order], listed)
	}
	if live > 1 || paid > 1 {
		o.breaks("M1", "sale %s has %d live attempts and %d paid", sale.ID.Tail(), live, paid)
	}
	if late > 0 && going > 0 {
		o.breaks("M1", "sale %s goes on charging although money has come on another of its orders", sale.ID.Tail())
	}
}

func (o *sides) lookAtAttempt(sale *ledger.Sale, a *ledger.Attempt, held heldOrder) {
	switch {
	case a.State == ledger.Paid && (held.paid != a.Amount.Fen || held.cancelled() != 0):
		o.breaks("M8", "sale %s: order %s over %s is PAID here; the channel has taken %s and a cancel has given %s back",
			sale.ID.Tail(), a.Order, a.Amount, ledger.Fen(held.paid), ledger.Fen(held.cancelled()))
	case a.State != ledger.Paid && o.paid[a.Order]:
		o.breaks("M3", "sale %s: order %s was PAID and is %s now", sale.ID.Tail(), a.Order, a.State)
	case a.Amount != sale.Amount && (!sale.ByNumber() && !o.parts[sale.ID] || a.Amount.Fen > sale.Amount.Fen): // of a sale in parts it is what was due
		o.breaks("M9", "sale %s over %s: order %s asks for %s", sale.ID.Tail(), sale.Amount, a.Order, a.Amount)
	case a.State == ledger.Paid:
		o.paid[a.Order] = true
	}
}

// lookAtRefunds is M6.
func (o *sides) lookAtRefunds(a *ledger.Attempt, held heldOrder) {
	sum := a.ByHand
	for i := range a.Refunds {
		r := &a.Refunds[i]
		if r.Holds() && r.Note != ledger.NoteReturnedAfterAll { // refused for good, and done all the same: named, and bounded by the channel
			sum += r.Amount.Fen
		}
		if back := held.refunds[r.Number]; r.State == ledger.RefundReturned && (!back.done || back.fen != r.Amount.Fen) {
			o.breaks("M6", "refund %s over %s is returned here, the channel holds %+v", r.Number, r.Amount, back)
		}
	}
	for number, back := range held.refunds {
		if r := a.Refund(number); r == nil || r.Amount.Fen != back.fen {
			o.breaks("M6", "the channel has refund %s over %s, the ledger %+v", number, ledger.Fen(back.fen), r)
		}
	}
	if sum > a.Amount.Fen || held.returned > held.paid {
		o.breaks("M6", "order %s over %s: %s are promised back, the channel has given %s of %s",
			a.Order, a.Amount, ledger.Fen(sum), ledger.Fen(held.returned), ledger.Fen(held.paid))
	}
}

// knownWithin is the promise: money that belongs to no sale is on its way back, or named, so long after it could be known.
const knownWithin = 120 * time.Second

// backInTime is M5.
func (o *sides) backInTime(a *ledger.Attempt, held heldOrder, listed map[ledger.OrderNo]bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	since, ok := o.told[a.Order]
	switch {
	case !ok:
	case a.State == ledger.Paid || held.kept() == 0:
		delete(o.told, a.Order)
	case time.Since(since) > knownWithin && !a.Returning() && !listed[a.Order]:
		o.breaks("M5", "order %s is %s, and the till was told %v ago that the channel keeps %s", a.Order, a.State, time.Since(since), ledger.Fen(held.kept()))
	}
}

// answered takes note of a signed word, right in every field, that money is there, while the order has ended for the till.
func (o *sides) answered(store *ledger.Memory, answer *ledger.Answer) {
	sale, ok, err := store.SaleOf(answer.Order)
	if !ok || err != nil || !answer.Verified || answer.Class != ledger.ClassPaid {
		return
	}
	a, n := sale.Attempt(answer.Order), answer.Named
	if n.Order != a.Order || n.Amount != a.Amount || n.Merchant != a.Merchant || n.App != a.App {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch a.State {
	case ledger.Refused, ledger.Unsent, ledger.Withdrawn, ledger.ClosedOff, ledger.Reversed, ledger.Orphan:
		if _, ok := o.told[answer.Order]; !ok {
			o.told[answer.Order] = time.Now()
		}
	}
}

// forgetsTold begins anew: what was answered may not have been written down.
func (o *sides) forgetsTold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.told)
}

// owes tells what is still owed, without what does not end by itself though everything works: orders on the list are asked about for ever.
func (o *sides) owes() (owed []string) {
	listed := o.listed()
	for _, one := range o.book().Owed() {
		if !listed[one.Order] {
			owed = append(owed, fmt.Sprintf("order %s over %s of sale %s is %s (%s) and owes a %s; its refund %s over %s is %s (%s); the channel holds %+v",
				one.Order, one.Amount, one.Sale.Tail(), one.State, one.Code, one.Task, one.Return.Number, one.Return.Amount, one.Return.State, one.Return.Code,
				o.held()[one.Order]))
		}
	}
	return owed
}

// ends looks at everything when all is over, and counts.
func (o *sides) ends(count *sidesTally) {
	sales, held, listed := o.look(), o.held(), o.listed()
	for i := range sales {
		count.Sales++
		for j := range sales[i].Attempts {
			a := &sales[i].Attempts[j]
			count.add(a)
			kept := held[a.Order].kept() - a.ByHand
			if kept > 0 && a.State != ledger.Paid && !listed[a.Order] {
				o.breaks("M5", "sale %s: the channel keeps %s on order %s, which is %s here and on no list",
					sales[i].ID.Tail(), ledger.Fen(kept), a.Order, a.State)
			}
		}
	}
}

// sidesTally counts what the worlds came to.
type sidesTally struct{ Sales, Payments, Paid, Refused, Cancelled, Withdrawn, Late, Refunds, Returned int }

func (n *sidesTally) add(a *ledger.Attempt) {
	n.Payments++
	switch a.State {
	case ledger.Paid:
		n.Paid++
	case ledger.Refused, ledger.Unsent:
		n.Refused++
	case ledger.ClosedOff, ledger.Reversed:
		n.Cancelled++
	case ledger.Withdrawn:
		n.Withdrawn++
	case ledger.Orphan:
		n.Late++
	}
	n.Refunds += len(a.Refunds)
	for i := range a.Refunds {
		if a.Refunds[i].State == ledger.RefundReturned {
			n.Returned++
		}
	}
}

func (n *sidesTally) sum(b sidesTally) {
	n.Sales += b.Sales
	n.Payments += b.Payments
	n.Paid += b.Paid
	n.Refused += b.Refused
	n.Cancelled += b.Cancelled
	n.Withdrawn += b.Withdrawn
	n.Late += b.Late
	n.Refunds += b.Refunds
	n.Returned += b.Returned
}
