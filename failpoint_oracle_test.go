//go:build failpoints

package main

import (
	"bytes"
	"slices"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channeltest"
)

// This file has what must hold whenever the till is at rest for a moment (look), and when all is over (judge).

// sales are all sales ever keyed, from the ledger's rows.
func (m *mortal) sales() (all []ledger.Sale) {
	for at := m.began.Add(-24 * time.Hour); !at.After(time.Now().Add(24 * time.Hour)); at = at.Add(24 * time.Hour) {
		sales, err := m.store.DaySales(ledger.Calendar{}.Day(at))
		if err != nil {
			m.t.Fatal(err)
		}
		all = append(all, sales...)
	}
	return all
}

func (m *mortal) held() map[ledger.OrderNo]channeltest.BankOrder {
	held := map[ledger.OrderNo]channeltest.BankOrder{}
	for _, bank := range m.banks {
		for number, order := range bank.Orders() {
			held[number] = order
		}
	}
	return held
}

// look compares what the till believes at this moment with what the channels hold.
func (m *mortal) look() {
	for synctest.Wait(); m.isDead(); synctest.Wait() { // until nothing is on its way between the two sides
		m.live()
	}
	book := m.book.Load()
	if book.Err() != nil { // the rows may have what nobody has been told
		return
	}
	sales, held := m.sales(), m.held()
	known := map[ledger.OrderNo]bool{}
	for i := range sales {
		for j := range sales[i].Attempts {
			known[sales[i].Attempts[j].Order] = true
		}
		m.lookAt(&sales[i], held)
	}
	for number, order := range held {
		if !known[number] {
			m.t.Errorf("the channel knows order %s, of which no record exists: %+v", number, order)
		}
	}
	book.Read(func(s *ledger.State) {
		if want := ledger.SumDay(sales, s.Day); !slices.Equal(want, s.Totals()) {
			m.t.Errorf("totals %+v, the sales say %+v", s.Totals(), want)
		}
		var sum int64
		for _, b := range s.Balances() {
			sum += b.Fen
		}
		if sum != 0 {
			m.t.Errorf("the accounts do not balance: %+v", s.Balances())
		}
	})
}

// lookAt compares one sale with what the channels hold.
func (m *mortal) lookAt(sale *ledger.Sale, held map[ledger.OrderNo]channeltest.BankOrder) {
	var net int64
	live, paid, onlyCodes := 0, 0, true
	for i := range sale.Attempts {
		a := &sale.Attempts[i]
		order := held[a.Order]
		net += order.Paid - order.Returned
		onlyCodes = onlyCodes && a.Way == ledger.ByCode
		if a.State.Live() {
			live++
		}
		if a.State == ledger.Paid {
			paid++
			if order.Paid != a.Amount.Fen || order.Returned != returned(order) {
				m.t.Errorf("order %s is PAID here; the channel holds %+v", a.Order, order)
			}
		}
		m.mu.Lock()
		lost := m.told.paid[a.Order] && a.State != ledger.Paid
		m.mu.Unlock()
		if lost {
			m.t.Errorf("order %s was PAID on a screen and is %s now", a.Order, a.State)
		}
		m.lookAtRefunds(a, order)
	}
	if live > 1 || paid > 1 {
		m.t.Errorf("sale %s has %d live and %d paid attempts", sale.ID.Tail(), live, paid)
	}
	if onlyCodes && net > sale.Amount.Fen {
		m.t.Errorf("sale %s over %s is charged %s at this moment", sale.ID.Tail(), sale.Amount, ledger.Fen(net))
	}
}

// returned is what has gone back by refunds, in fen.
func returned(order channeltest.BankOrder) (sum int64) {
	for _, r := range order.Refunds {
		if r.Done {
			sum += r.Amount
		}
	}
	return sum
}

// lookAtRefunds: every refund at the channel is one of ours, under its number and of its amount, and all together are no more
// than the payment; what is RETURNED here has gone back there.
func (m *mortal) lookAtRefunds(a *ledger.Attempt, order channeltest.BankOrder) {
	asked := a.ByHand
	for number, there := range order.Refunds {
		if here := a.Refund(number); here == nil || here.Amount.Fen != there.Amount {
			m.t.Errorf("the channel has a refund %s over %d fen; the record says %+v", number, there.Amount, here)
		}
		if !there.Closed {
			asked += there.Amount
		}
	}
	if asked > order.Paid {
		m.t.Errorf("%d fen go back on order %s, which brought %d", asked, a.Order, order.Paid)
	}
	for i := range a.Refunds {
		r := &a.Refunds[i]
		if there := order.Refunds[r.Number]; r.State == ledger.RefundReturned && (there == nil || !there.Done) {
			m.t.Errorf("refund %s is returned here; the channel holds %+v", r.Number, there)
		}
	}
}

// judge says what has to be so when all is over.
func (m *mortal) judge() {
	m.rests()
	m.allIsNamed()
	m.allIsKept()
	m.allFollows()
}

// allIsNamed: every fen a channel keeps is PAID here, or on the list of exceptions, or was given back by hand.
func (m *mortal) allIsNamed() {
	listed := map[ledger.OrderNo]bool{}
	m.book.Load().Read(func(s *ledger.State) {
		for _, x := range s.Exceptions {
			listed[x.Order] = true
		}
	})
	held, sales := m.held(), m.sales()
	for i := range sales {
		for j := range sales[i].Attempts {
			a := &sales[i].Attempts[j]
			kept := held[a.Order].Paid - held[a.Order].Returned
			switch {
			case listed[a.Order]:
			case a.State == ledger.Paid:
				if want := a.Amount.Fen - a.Back(); kept != want && handedBack(a) == 0 {
					m.t.Errorf("order %s: the channel keeps %d fen, the till says %d", a.Order, kept, want)
				}
			case kept > handedBack(a):
				m.t.Errorf("order %s: the channel keeps %d fen; it is %s here and on no list", a.Order, kept, a.State)
			}
		}
	}
}

// byHand is what a person has given back beside the channel, in fen.
func handedBack(a *ledger.Attempt) int64 {
	sum := a.ByHand
	for i := range a.Refunds {
		if a.Refunds[i].State == ledger.RefundByHand {
			sum += a.Refunds[i].Amount.Fen
		}
	}
	return sum
}

// allIsKept: what anybody was told is still so.
func (m *mortal) allIsKept() {
	m.mu.Lock()
	heard := m.told
	m.mu.Unlock()
	for number := range heard.paid {
		if a := m.order(number); a.State != ledger.Paid {
			m.t.Errorf("order %s was PAID on a screen and is %s now", number, a.State)
		}
	}
	for number, was := range heard.refunds {
		a := m.order(was.order)
		if r := a.Refund(number); r == nil || r.Amount.Fen != was.fen {
			m.t.Errorf("refund %s over %d fen was on a screen; the record says %+v", number, was.fen, r)
		}
	}
}

// allFollows: the chain holds, every event told on a screen is in it, and the state, the rows and the snapshot are what a fresh
// fold of the events gives.
func (m *mortal) allFollows() {
	var chain ledger.Verifier
	fresh := ledger.NewState()
	var records [][]byte
	err := m.store.Read(1, func(seq uint64, stored []byte) error {
		event, err := chain.Next(stored)
		if err != nil {
			return err
		}
		records = append(records, stored)
		_, err = fresh.Apply(&event, ledger.HashOf(stored))
		return err
	})
	if err != nil {
		m.t.Errorf("the chain does not hold: %v", err)
		return
	}
	for seq, hash := range m.told.heads {
		if uint64(len(records)) < seq || ledger.HashOf(records[seq-1]) != hash {
			m.t.Errorf("event %d was on a screen, and is not in the journal, which ends at %d", seq, len(records))
		}
	}
	m.book.Load().Read(func(s *ledger.State) {
		if !bytes.Equal(s.Snapshot(), fresh.Snapshot()) {
			m.t.Errorf("the running till does not know what a fresh one knows")
		}
	})
	m.rowsFollow(records)
}

func (m *mortal) rowsFollow(records [][]byte) {
	twin, err := ledger.MemoryOf(records)
	if err != nil {
		m.t.Errorf("the rows do not follow: %v", err)
		return
	}
	have := m.sales()
	was := m.store
	m.store = twin
	want := m.sales()
	m.store = was
	if len(have) != len(want) {
		m.t.Errorf("%d sales in the rows, %d in the events", len(have), len(want))
		return
	}
	for i := range have {
		if !bytes.Equal(have[i].Encode(), want[i].Encode()) {
			m.t.Errorf("the row of sale %s is not what its events say", have[i].ID.Tail())
		}
	}
}
