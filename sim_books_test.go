package main

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"time"

	"guitai/ledger"
)

// This file adds up by hand what the ledger adds up, and looks at everything once more when a seed is over.

// dayTotal is a place in the day's totals.
type dayTotal struct {
	day    ledger.Day
	ch     ledger.Channel
	tender ledger.TenderKind
}

// part is what one sale stands for in totals and accounts.
type part struct {
	sums   map[dayTotal]ledger.Total
	purses map[ledger.Purse]int64
}

// book puts what a sale stands for now in the place of what it stood for before.
func (s *sim) book(row *ledger.Sale) {
	if was := s.oracle.parts[row.ID]; was != nil {
		s.addPart(was, -1)
	}
	now := s.partOf(row)
	s.oracle.parts[row.ID] = now
	s.addPart(now, 1)
}

func (s *sim) addPart(p *part, sign int64) {
	for k, t := range p.sums {
		sum := s.oracle.sums[k]
		sum.Count += int(sign) * t.Count
		sum.Refunds += int(sign) * t.Refunds
		sum.Amount.Fen += sign * t.Amount.Fen
		sum.Returned.Fen += sign * t.Returned.Fen
		s.oracle.sums[k] = sum
	}
	for purse, fen := range p.purses {
		s.oracle.purses[purse] += sign * fen
		if s.oracle.purses[purse] == 0 {
			delete(s.oracle.purses, purse)
		}
	}
}

func (s *sim) partOf(row *ledger.Sale) *part {
	p := &part{map[dayTotal]ledger.Total{}, map[ledger.Purse]int64{}}
	for i := range row.Attempts {
		a := &row.Attempts[i]
		held := ledger.AccountSales
		switch {
		case a.State == ledger.Orphan && !s.orders[a.Order].elses:
			held = ledger.AccountSuspense
		case a.State != ledger.Paid:
			continue
		}
		at := func(account ledger.LedgerAccount, day ledger.Day) *ledger.Purse {
			return &ledger.Purse{Account: account, Channel: a.Channel, Day: day}
		}
		p.move(at(ledger.AccountReceivable, a.Booked), at(held, a.Booked), a.Amount.Fen)
		p.move(at(held, a.Booked), at(ledger.AccountHand, a.Booked), a.ByHand)
		if a.State == ledger.Paid {
			day := row.Day
			if a.Amount != row.Amount { // a part counts on the day on which it came
				day = a.Booked
			}
			p.count(dayTotal{day: day, ch: a.Channel}, func(t *ledger.Total) { t.Count++; t.Amount.Fen += a.Amount.Fen })
		}
		for j := range a.Refunds {
			r := &a.Refunds[j]
			from := at(held, a.Booked)
			if held == ledger.AccountSales {
				from = at(ledger.AccountReturns, r.Booked)
			}
			p.goesBack(a, r, from, at)
		}
	}
	for i := range row.Tenders {
		p.tender(&row.Tenders[i])
	}
	return p
}

// tender is what money that came without a channel stands for.
func (p *part) tender(t *ledger.Tender) {
	where := map[ledger.TenderKind]ledger.LedgerAccount{
		ledger.Cash: ledger.AccountDrawer, ledger.CardSlip: ledger.AccountSlips, ledger.Transfer: ledger.AccountPending,
	}[t.Kind]
	if t.Proven {
		where = ledger.AccountBank
	}
	at := func(account ledger.LedgerAccount, day ledger.Day) *ledger.Purse {
		return &ledger.Purse{Account: account, Day: day}
	}
	p.move(at(where, t.Day), at(ledger.AccountSales, t.Day), t.Amount.Fen)
	if t.Kind == ledger.Cash {
		p.move(at(where, t.Day), at(ledger.AccountRounding, t.Day), t.Given.Fen-t.Change.Fen-t.Amount.Fen)
	}
	p.count(dayTotal{day: t.Day, tender: t.Kind}, func(sum *ledger.Total) { sum.Count++; sum.Amount.Fen += t.Amount.Fen })
	for i := range t.Returns {
		r := &t.Returns[i]
		from := at(where, r.Day)
		if where == ledger.AccountPending {
			from = at(where, t.Day)
		}
		p.move(at(ledger.AccountReturns, r.Day), from, r.Amount.Fen)
		p.count(dayTotal{day: r.Day, tender: t.Kind}, func(sum *ledger.Total) { sum.Refunds++; sum.Returned.Fen += r.Amount.Fen })
	}
}

func (p *part) goesBack(a *ledger.Attempt, r *ledger.Refund, from *ledger.Purse, at func(ledger.LedgerAccount, ledger.Day) *ledger.Purse) {
	switch r.State {
	case ledger.RefundFailed:
		return
	case ledger.RefundReturned:
		p.move(from, at(ledger.AccountReceivable, r.Day), r.Amount.Fen)
	case ledger.RefundByHand:
		p.move(from, at(ledger.AccountHand, r.Day), r.Amount.Fen)
	default:
		p.move(from, at(ledger.AccountPayable, r.Booked), r.Amount.Fen)
		return
	}
	if a.State == ledger.Paid && r.State == ledger.RefundReturned { // a channel's totals have what the channel has given back
		p.count(dayTotal{day: r.Day, ch: a.Channel}, func(t *ledger.Total) { t.Refunds++; t.Returned.Fen += r.Amount.Fen })
	}
}

func (p *part) move(debit, credit *ledger.Purse, fen int64) {
	p.purses[*debit] += fen
	p.purses[*credit] -= fen
}

func (p *part) count(in dayTotal, change func(*ledger.Total)) {
	t := p.sums[in]
	change(&t)
	p.sums[in] = t
}

// lookAtBooks is M10 and the accounts: what the till shows is what the rows add up to.
func (s *sim) lookAtBooks() {
	s.proc.book.Read(func(state *ledger.State) {
		s.lookAtTotals(state.Day, state.Totals())
		sum, purses := int64(0), 0
		for _, b := range state.Balances() {
			sum += b.Fen
			purses++
			if want := s.oracle.purses[b.Purse]; want != b.Fen {
				s.breaks("M10", "account %s of %s on %s has %d, the rows say %d", b.Account, b.Channel, b.Day, b.Fen, want)
			}
		}
		if sum != 0 || purses != len(s.oracle.purses) {
			s.breaks("M10", "the accounts: %+v, in sum %d; the rows say %+v", state.Balances(), sum, s.oracle.purses)
		}
	})
}

func (s *sim) lookAtTotals(day ledger.Day, totals []ledger.Total) {
	places := []dayTotal{{day: day, ch: simChannels[0]}, {day: day, ch: simChannels[1]}}
	if s.desk != nil {
		for _, kind := range ledger.TenderKinds {
			places = append(places, dayTotal{day: day, tender: kind})
		}
	}
	for _, place := range places {
		want := s.oracle.sums[place]
		var got ledger.Total
		for _, t := range totals {
			if t.Channel == place.ch && t.Tender == place.tender {
				got = t
			}
		}
		if got.Count != want.Count || got.Amount.Fen != want.Amount.Fen || got.Refunds != want.Refunds || got.Returned.Fen != want.Returned.Fen {
			s.breaks("M10", "totals of %s on %s: %+v, the rows say %+v", cmp.Or(string(place.ch), place.tender.String()), day, got, want)
		}
	}
}

// recover is the store's opening after a failed write; the disk may still be full.
func (s *sim) recover(p *process, store *ledger.Memory) error {
	if p.dead.Load() {
		return errDead
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return errors.New("no space left")
	}
	p.opening = true // until the worker has something to do again, a death here is one while recovering
	defer func() { p.opening = false }()
	if s.crash(p, 50, "while the store is opened again") {
		return errDead
	}
	s.oracle.upSince = s.now()
	s.oracle.behind = true
	return store.Recover()
}

// latest is when everything that was under way has arrived: a request up to four minutes late, and the notice about what it did.
const latest = 5 * time.Minute

// calmDown lets the faults stop and the links recover, and demands that everything ends (V1, and M5 for good).
func (s *sim) calmDown() {
	s.quiet, s.full, s.weather = true, false, [2]weather{}
	s.say("from now on everything works")
	if s.proc == nil {
		s.open()
	}
	calm := s.now()
	s.goOn()
	var check func()
	check = func() {
		if s.over = !s.owes(calm) && s.now() >= calm+latest; !s.over {
			s.after(10*time.Second, check)
		}
	}
	s.after(2*time.Minute, check)
	s.play(calm + 6*time.Hour)
}

// owes reports whether anything is still to come, and complains when it should have ended.
func (s *sim) owes(calm time.Duration) bool {
	some := false
	for _, o := range s.proc.book.Owed() {
		if o.Return.State == ledger.RefundAbnormal {
			continue // it is on the list, and asked about for ever
		}
		some = true
		if o.Return.Number == "" && s.now() > s.endsBy(&o, calm) {
			s.breaks("V1", "order %s is still %s and owes a %s %v after everything works again", tail(o.Order), o.State, o.Task, s.now()-calm)
		}
	}
	if some && s.now() > calm+5*time.Hour {
		s.breaks("V1", "refunds are owed for hours after everything works again")
	}
	return some
}

// endsBy is when an attempt has to be over: a minute after all works, after the life of its QR or customer code, and after a
// restart, or an old word about it, has begun to count that life anew.
func (s *sim) endsBy(o *ledger.Owed, calm time.Duration) time.Duration {
	by := max(calm+2*time.Minute, o.Expires.Sub(s.began))
	if o.State == ledger.Closing || o.State == ledger.Withdrawn {
		by = max(by, max(s.oracle.upSince, s.orders[o.Order].word)+o.Expires.Sub(o.OpenedAt)+30*time.Second)
	}
	return by + time.Minute + 10*time.Second // the last question leaves within five seconds and may take as long
}

// finish looks at everything.
func (s *sim) finish() {
	if s.broken != nil {
		return
	}
	s.goOn()
	for _, info := range s.inOrder {
		s.touch(info)
	}
	s.look()
	s.everyFenIsNamed()
	if s.desk != nil {
		s.desk.finish()
	}
	s.lookAtJournal()
}

// everyFenIsNamed: what a channel keeps is PAID here, or on the list, or a person has said that it is settled.
func (s *sim) everyFenIsNamed() {
	for _, info := range s.inOrder {
		row, ok := s.attempt(info.number)
		held, _ := s.bank(info.channel).Held(info.number)
		s.trace = mix(s.trace, uint64(held.Paid), uint64(held.Returned), uint64(row.State))
		kept := held.Paid - held.Returned
		switch {
		case !ok && kept > 0:
			s.breaks("M2", "order %s was charged and is in no record", tail(info.number))
		case row.State == ledger.Paid:
			s.Paid++
		case row.State == ledger.Orphan:
			s.Late++
		case row.State == ledger.ClosedOff || row.State == ledger.Reversed:
			s.Cancelled++
		}
		for i := range row.Refunds {
			if row.Refunds[i].State == ledger.RefundReturned {
				s.Returned++
			}
		}
		if kept-byHand(&row) > 0 && row.State != ledger.Paid && !s.listed(info.number) && !info.settled {
			s.breaks("M5", "%s keeps %s on order %s, which is %s here and on no list", info.channel, ledger.Fen(kept), tail(info.number), row.State)
		}
		if s.liesAround(info, &row, kept) {
			s.breaks("M5", "%s came late on order %s; nothing forbids the till to give it back, and it does not", ledger.Fen(kept), tail(info.number))
		}
	}
	s.proc.book.Read(func(state *ledger.State) { s.Exceptions += len(state.Exceptions) })
}

// liesAround reports whether late money that the till gives back by itself has been left where it is.
func (s *sim) liesAround(info *orderInfo, row *ledger.Attempt, kept int64) bool {
	return row.State == ledger.Orphan && !row.Elsewhere && !info.settled && kept-byHand(row) > 0 && len(row.Refunds) == 0 &&
		row.Task == ledger.TaskNone && (s.limit == 0 || row.Amount.Fen <= s.limit)
}

// lookAtJournal is L1 to L3, L7, M10 and M11 over all that was written: a fold from the first event gives what the till believes.
func (s *sim) lookAtJournal() {
	fold, last, sealed := ledger.NewState(), ledger.Day(0), ledger.Day(0)
	err := s.store.Read(1, func(seq uint64, stored []byte) error {
		e, err := ledger.DecodeEvent(stored)
		if err != nil {
			return err
		}
		if e.Day < last || e.Day <= sealed {
			s.breaks("M11", "event %d is of %s after one of %s; %s is sealed", seq, e.Day, last, sealed)
		}
		last = e.Day
		if _, seals := e.Body.(*ledger.DaySealed); seals {
			sealed = e.Day
		}
		_, err = fold.Apply(&e, ledger.HashOf(stored))
		return err
	})
	if err != nil {
		s.breaks("L1", "the journal does not fold: %v", err)
		return
	}
	loaded, err := ledger.LoadState(s.store)
	if err != nil {
		s.breaks("L7", "the store does not load: %v", err)
		return
	}
	s.proc.book.Read(func(state *ledger.State) {
		seen := state.Snapshot()
		if !bytes.Equal(seen, fold.Snapshot()) || !bytes.Equal(seen, loaded.Snapshot()) {
			s.breaks("L7", "the till's state is not the fold of its events")
		}
	})
	s.lookAtDays(last)
}

func (s *sim) lookAtDays(last ledger.Day) {
	var all []ledger.Sale
	days := []ledger.Day{}
	for key := range s.oracle.sums {
		days = append(days, key.day)
	}
	days = append(days, last)
	if s.desk != nil { // what was keyed on a day on which nothing was paid, and paid in part on another, belongs to the first
		for _, sale := range s.desk.sales {
			days = append(days, sale.day)
		}
	}
	slices.Sort(days)
	days = slices.Compact(days)
	for _, day := range days {
		sales, err := s.store.DaySales(day)
		if err != nil {
			s.breaks("M10", "the rows of %s: %v", day, err)
		}
		all = append(all, sales...)
	}
	for _, day := range days {
		s.lookAtTotals(day, ledger.SumDay(all, day))
		if totals, _ := s.store.DayTotals(day); !slices.Equal(totals, ledger.SumDay(all, day)) {
			s.breaks("M10", "totals of %s: %+v, its sales say %+v", day, totals, ledger.SumDay(all, day))
		}
	}
}
