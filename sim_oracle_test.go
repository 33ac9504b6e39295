package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"guitai/ledger"
	"guitai/sync/channeltest"
)

// oracle sees both sides. What it demands carries the invariants' numbers of the project's catalogue (M1–M15, L1–L7):
//
//	M1  one live attempt of a sale, one paid; charged above the price never where cancels are final, else named in time (with M5)
//	M2  what can move money has a durable record before it leaves, with the amount that leaves
//	M3  PAID is durable before it is seen, and never goes
//	M4  closed, reversed, refused, unsent are said only when the channel keeps nothing
//	M5  money that is known and belongs to no sale is on its way back, or named, within 60 s
//	M6  what goes back is at most what was paid; a refund's number and amount never change; none is granted twice
//	M7  an order number is used once
//	M8  PAID means this much, at the channel, not given back by the till's own cancel; a code is charged under one number
//	M9  the amount of every request is the row's
//	M10 totals are the fold of the rows, at every look
//	M11 each event is in one day, and a sealed day gets none
//	M13 what the accounts say the channels owe is what the channels hold, when all is over
//	M14 a message changes its own sale; M15 twice is once
//	L1–L3 the chain holds from the first event, without gaps; L7 opening again changes nothing
//
// M12 (cash) and the rules of the counter stand at desk. L4–L6 (several tills, the head office, the disk) have no part in this core.
type oracle struct {
	seq     uint64 // the last durable event
	dirty   []ledger.SaleID
	behind  bool // accounts and totals have still to be compared
	upSince time.Duration
	refunds map[ledger.RefundNo]int64
	above   map[ledger.SaleID]bool
	parts   map[ledger.SaleID]*part
	sums    map[dayTotal]ledger.Total
	purses  map[ledger.Purse]int64
	looks   int
}

func newOracle() oracle {
	return oracle{
		refunds: map[ledger.RefundNo]int64{}, above: map[ledger.SaleID]bool{},
		parts: map[ledger.SaleID]*part{}, sums: map[dayTotal]ledger.Total{}, purses: map[ledger.Purse]int64{},
	}
}

func (o *oracle) mark(sale ledger.SaleID) {
	if !slices.Contains(o.dirty, sale) {
		o.dirty = append(o.dirty, sale)
	}
}

// append is asked by the store about each append: the process may die before it or after it, and it may fail.
func (s *sim) append(p *process, b ledger.Batch) (happens bool, err error) {
	if p.dead.Load() {
		return false, errDead
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := s.batchKey(b)
	if s.crash(p, mix(key, 1), "before a write") {
		return false, errDead
	}
	if s.full {
		return false, errors.New("no space left")
	}
	d, fails := s.hits(writeFails, key)
	if fails && !p.opening {
		s.Writes++
		s.Faults[writeFails]++
		happens = d.chance(0.5)
		s.say("a write fails; it has happened: %v", happens)
		err = errors.New("the disk says no")
	} else if d, hit := s.hits(diskFull, key); hit && !p.opening {
		s.Writes++
		s.Faults[diskFull]++
		s.say("the disk is full")
		s.full, err = true, errors.New("no space left")
		s.after(d.within(time.Second, time.Minute), func() { s.full = false; s.say("the disk has room again") })
	} else {
		happens = true
	}
	if happens {
		s.durable(b)
	}
	if s.crash(p, mix(key, 2), "after a write") {
		err = errDead
	}
	return happens, err
}

// batchKey says which append this is: that of a sale's so-and-so-many-th event.
func (s *sim) batchKey(b ledger.Batch) uint64 {
	key := uint64(0)
	if s.desk != nil && len(b.Sales) == 0 {
		key = mix(uint64(s.unit), 44)
	}
	for _, sale := range b.Sales {
		unit, ok := s.sales[sale.ID]
		if !ok {
			unit = s.unit
		}
		key ^= mix(uint64(unit), uint64(len(sale.Trail)))
	}
	return mix(key, 40)
}

// durable takes note of what is in the ledger from now on.
func (s *sim) durable(b ledger.Batch) {
	s.oracle.seq = b.First + uint64(len(b.Records)) - 1
	for _, record := range b.Records {
		s.trace = mix(s.trace, hashOf(string(record)))
		if s.desk == nil {
			continue
		}
		e, err := ledger.DecodeEvent(record)
		if err != nil {
			s.breaks("L1", "an event that cannot be read: %v", err)
			return
		}
		s.desk.hears(&e, ledger.HashOf(record))
	}
	for _, sale := range b.Sales {
		if _, ok := s.sales[sale.ID]; !ok {
			s.sales[sale.ID] = s.unit
		}
		s.oracle.mark(sale.ID)
		for i := range sale.Attempts {
			s.register(sale, i)
		}
	}
}

// register makes an order known. M7: its number is new.
func (s *sim) register(sale *ledger.Sale, i int) {
	a := &sale.Attempts[i]
	info := s.orders[a.Order]
	if info != nil {
		if info.sale != sale.ID {
			s.breaks("M7", "order number %s of sale %s is used for sale %s too", a.Order, info.sale, sale.ID)
		}
		return
	}
	unit := s.sales[sale.ID]
	info = &orderInfo{
		number: a.Order, sale: sale.ID, channel: a.Channel, unit: unit, key: mix(uint64(unit), uint64(i), 41), amount: a.Amount.Fen,
		sent: map[ledger.RefundNo]int64{}, failed: map[ledger.RefundNo]bool{}, refused: map[ledger.RefundNo]bool{},
	}
	s.orders[a.Order] = info
	s.inOrder = append(s.inOrder, info)
	if _, ok := s.firstOrder[sale.ID]; !ok {
		s.firstOrder[sale.ID] = a.Order
	}
	s.Payments++
	s.forgeLater(info)
}

// look is the instant oracle. It looks at whatever has changed on either side since it looked last.
func (s *sim) look() {
	if s.desk != nil && s.broken == nil && s.up() && s.proc.book.Err() == nil {
		s.desk.look()
	}
	if s.broken != nil || len(s.oracle.dirty) == 0 && !s.oracle.behind {
		return
	}
	s.oracle.looks++
	slices.Sort(s.oracle.dirty)
	tills := s.proc != nil && !s.proc.dead.Load() && s.proc.book.Err() == nil
	for _, id := range s.oracle.dirty {
		row, ok := s.row(id)
		if !ok {
			continue // it was keyed by a write that has not happened
		}
		s.lookAt(&row)
		s.book(&row)
		if tills {
			s.lookAtSeen(&row)
		}
	}
	if len(s.oracle.dirty) > 0 {
		s.oracle.behind = true
	}
	s.oracle.dirty = s.oracle.dirty[:0]
	if tills && s.broken == nil {
		s.lookAtBooks()
		s.oracle.behind = false
	}
}

// row is a sale as the ledger has it.
func (s *sim) row(id ledger.SaleID) (ledger.Sale, bool) {
	order, ok := s.firstOrder[id]
	if !ok {
		order = ledger.OrderNo(id) // it may have money that came another way; else nothing was asked for it yet
	}
	sale, ok, err := s.store.SaleOf(order)
	return sale, ok && err == nil
}

// lookAt compares one sale of the ledger with what the channels hold.
func (s *sim) lookAt(sale *ledger.Sale) {
	var net, paid, live, going, late int64
	final := true
	for i := range sale.Attempts {
		a := &sale.Attempts[i]
		info := s.orders[a.Order]
		held, _ := s.bank(a.Channel).Held(a.Order)
		net += held.Paid - held.Returned
		final = final && a.Way == ledger.ByCode && s.bank(a.Channel).Tombstones
		s.lookAtAttempt(sale, a, info, &held)
		switch {
		case a.State == ledger.Paid:
			paid++
		case a.State == ledger.Orphan && a.Back() < a.Amount.Fen:
			late++
		}
		if a.ReturnIfPaid {
			final = false // it may be charged beside the cash that was taken in its place, and goes back
		}
		if a.State.Live() {
			live++
			if a.State != ledger.Stopping && a.State != ledger.Closing {
				going++
			}
		}
	}
	for i := range sale.Tenders {
		net += sale.Tenders[i].Amount.Fen - min(sale.Tenders[i].Amount.Fen, sale.Tenders[i].Returned())
	}
	switch {
	case live > 1 || paid > 1:
		s.breaks("M1", "sale %s has %d live attempts and %d paid", sale.ID.Tail(), live, paid)
	case late > 0 && going > 0:
		s.breaks("M1", "sale %s goes on charging although money has come on another of its orders", sale.ID.Tail())
	case net > sale.Amount.Fen && final:
		s.breaks("M1", "sale %s over %s is charged %s at this moment", sale.ID.Tail(), sale.Amount, ledger.Fen(net))
	}
	if above := net > sale.Amount.Fen; above != s.oracle.above[sale.ID] {
		s.oracle.above[sale.ID] = above
		if above {
			s.Above++
		} else {
			s.backAfter(sale)
		}
	}
}

// backAfter notes how long a sale was charged above its price since the till could know.
func (s *sim) backAfter(sale *ledger.Sale) {
	known := s.now()
	for i := range sale.Attempts {
		if a := &sale.Attempts[i]; a.State != ledger.Paid && s.orders[a.Order].known != 0 {
			known = min(known, s.orders[a.Order].known)
		}
	}
	s.Longest = max(s.Longest, int((s.now()-known)/time.Second))
}

func (s *sim) lookAtAttempt(sale *ledger.Sale, a *ledger.Attempt, info *orderInfo, held *channeltest.BankOrder) {
	name := func() string { return fmt.Sprintf("sale %s: order %s", sale.ID.Tail(), tail(a.Order)) }
	kept := held.Paid - held.Returned
	if s.lies && a.State == ledger.Paid {
		held.Paid = 0
	}
	switch {
	case info.was == ledger.Paid && a.State != ledger.Paid:
		s.breaks("M3", "%s was PAID and is %s now", name(), a.State)
	case a.State == ledger.Paid && (held.Paid != a.Amount.Fen || held.Cancelled != 0):
		s.breaks("M8", "%s over %s is PAID here; %s has taken %s and a cancel has given %s back",
			name(), a.Amount, a.Channel, ledger.Fen(held.Paid), ledger.Fen(held.Cancelled))
	case a.State != info.was && saysNothingCame(a.State) && kept > 0:
		s.breaks("M4", "%s is %s here, and %s keeps %s", name(), a.State, a.Channel, ledger.Fen(kept))
	case s.desk != nil && a.Amount.Fen != s.desk.orders[a.Order].amount || s.desk == nil && a.Amount != sale.Amount:
		s.breaks("M9", "%s asks for %s of a sale over %s", name(), a.Amount, sale.Amount)
	}
	if a.State == ledger.Orphan && a.Elsewhere {
		info.elses = true
	}
	info.was = a.State
	s.lookAtRefunds(a, info, held, name)
}

// saysNothingCame reports whether a state tells the cashier that this order has ended without money.
func saysNothingCame(state ledger.AttemptState) bool {
	switch state {
	case ledger.ClosedOff, ledger.Reversed, ledger.Refused, ledger.Unsent:
		return true
	}
	return false
}

// lookAtRefunds is M6.
func (s *sim) lookAtRefunds(a *ledger.Attempt, info *orderInfo, held *channeltest.BankOrder, name func() string) {
	sum, persons := a.ByHand, 0
	for i := range a.Refunds {
		r := &a.Refunds[i]
		if was, ok := s.oracle.refunds[r.Number]; ok && was != r.Amount.Fen {
			s.breaks("M6", "%s: refund %s was over %s and is over %s", name(), r.Number, ledger.Fen(was), r.Amount)
		}
		s.oracle.refunds[r.Number] = r.Amount.Fen
		if r.Holds() && r.Note != ledger.NoteReturnedAfterAll { // refused for good, and done all the same: named, and bounded by the channel
			sum += r.Amount.Fen
		}
		if r.Cause == ledger.CausePerson {
			persons++
		}
		if r.State == ledger.RefundFailed && !info.failed[r.Number] {
			info.failed[r.Number] = true
			s.lookAtFailure(r, info, held, name)
		}
		if back := held.Refunds[r.Number]; r.State == ledger.RefundReturned && (back == nil || !back.Done || back.Amount != r.Amount.Fen) {
			s.breaks("M6", "%s: refund %s over %s is returned here, the channel holds %+v", name(), tailOf(r.Number), r.Amount, back)
		}
	}
	switch {
	case sum > a.Amount.Fen:
		s.breaks("M6", "%s: %s of %s are promised back", name(), ledger.Fen(sum), a.Amount)
	case held.Returned > held.Paid:
		s.breaks("M6", "%s: the channel has given %s back of %s", name(), ledger.Fen(held.Returned), ledger.Fen(held.Paid))
	case persons > info.wished+s.Writes+s.Crashes: // a wish whose answer died may have been granted all the same
		s.breaks("M6", "%s: %d refunds are written, %d were granted", name(), persons, info.wished)
	}
}

// lookAtFailure is M6 where a refund has just failed here: the channel has refused it for good and was asked once more since, or
// it has closed it. Anything less frees money that may be on its way.
func (s *sim) lookAtFailure(r *ledger.Refund, info *orderInfo, held *channeltest.BankOrder, name func() string) {
	made := held.Refunds[r.Number]
	switch {
	case made != nil && made.Closed:
	case !r.Denied:
		s.breaks("M6", "%s: refund %s is given up, and the channel has never refused it", name(), tailOf(r.Number))
	case info.refused[r.Number]:
		s.breaks("M6", "%s: refund %s has failed by a refusal alone: nobody has asked since", name(), tailOf(r.Number))
	}
}

// lookAtSeen is M3: what the till shows of a sale is what is durable.
func (s *sim) lookAtSeen(row *ledger.Sale) {
	s.proc.book.Read(func(state *ledger.State) {
		seen := state.Sale(row.ID)
		if seen == nil {
			return
		}
		if len(seen.Tenders) != len(row.Tenders) {
			s.breaks("M3", "sale %s has %d tenders on the screen, %d in the ledger", row.ID.Tail(), len(seen.Tenders), len(row.Tenders))
		}
		if len(seen.Attempts) != len(row.Attempts) {
			s.breaks("M3", "sale %s has %d attempts on the screen, %d in the ledger", row.ID.Tail(), len(seen.Attempts), len(row.Attempts))
			return
		}
		for i := range row.Attempts {
			a, b := &row.Attempts[i], &seen.Attempts[i]
			if a.State != b.State || a.Task != b.Task || a.Note != b.Note || len(a.Refunds) != len(b.Refunds) {
				s.breaks("M3", "order %s is %s on the screen, %s in the ledger", tail(a.Order), b.State, a.State)
			}
		}
		if qr := row.Last(); row.ID == state.Current && qr != nil && qr.QR != "" {
			s.showsQR(s.orders[qr.Order], qr.QR)
		}
	})
}

// lookBefore is M2, M8 and M9, before a request leaves.
func (s *sim) lookBefore(m *message) {
	row, ok := s.attempt(m.Order.Number)
	if !ok || row.Amount != m.Order.Amount {
		s.breaks("M2", "a %s over %s leaves for order %s, whose record says %s", requestNames[m.Request], m.Order.Amount, tail(m.Order.Number), row.Amount)
		return
	}
	durable := true
	switch m.Request {
	case ledger.RequestPay, ledger.RequestOrder:
		durable = row.Asks > 0
	case ledger.RequestClose:
		durable = row.Task == ledger.TaskClose
	case ledger.RequestRefund:
		r := row.Refund(m.Refund.Number)
		durable = r != nil && r.State == ledger.RefundAsked && r.Amount == m.Refund.Amount
		s.sendsBack(m)
	}
	if !durable {
		s.breaks("M2", "a %s leaves for order %s (%s) without a record of it", requestNames[m.Request], tail(m.Order.Number), row.State)
	}
}

// onceOnly is M8 for customer codes: one that has left is never sent for another order.
func (s *sim) onceOnly(m *message) {
	if m.Request != ledger.RequestPay || m.unsent {
		return
	}
	if was, ok := s.codes[m.Digits]; ok && was != m.Order.Number {
		s.breaks("M8", "one customer code is sent for orders %s and %s", tail(was), tail(m.Order.Number))
	}
	s.codes[m.Digits] = m.Order.Number
}

// sendsBack is M6 at the door: all the numbers ever sent of an order, without those that have failed, are at most the payment.
func (s *sim) sendsBack(m *message) {
	m.info.sent[m.Refund.Number] = m.Refund.Amount.Fen
	row, _ := s.attempt(m.info.number)
	sum := int64(0)
	for number, fen := range m.info.sent {
		if r := row.Refund(number); r == nil || r.State != ledger.RefundFailed {
			sum += fen
		}
	}
	if sum > m.info.amount {
		s.breaks("M6", "%s are asked back of order %s over %s", ledger.Fen(sum), tail(m.info.number), ledger.Fen(m.info.amount))
	}
}

// showsQR lets somebody scan a QR that is on the screen for the first time.
func (s *sim) showsQR(info *orderInfo, payload string) {
	if info.shown {
		return
	}
	info.shown = true
	d := dice(mix(s.seed, info.key, 42))
	wait := d.within(500*time.Millisecond, 15*time.Second)
	switch k := d.n(20); {
	case k < 3:
		return
	case k < 7:
		wait = d.within(15*time.Second, 2*time.Minute)
	}
	s.after(wait, func() {
		s.still = true
		err := s.bank(info.channel).ScanQR(payload)
		s.say("a customer scans the QR of %s%s", tail(info.number), because(err))
		s.touch(info)
	})
}
