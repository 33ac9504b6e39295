package main

import (
	"slices"
	"time"

	"guitai/ledger"
)

// orderInfo is what the simulation knows of an order number beside both sides.
type orderInfo struct {
	number    ledger.OrderNo
	sale      ledger.SaleID
	channel   ledger.Channel
	unit      int // the action that has keyed its sale
	key       uint64
	amount    int64
	paid      bool                     // the channel has taken money
	shown     bool                     // its QR was on the screen
	closed    bool                     // a cancel has been carried out
	settled   bool                     // a supervisor has taken it off the list by word
	elses     bool                     // somebody else has refunded it, and the till knows
	known     time.Duration            // when the till was told that it is paid, by a word it may believe; 0: not
	word      time.Duration            // when the till was last told something about it past the worker
	failed    map[ledger.RefundNo]bool // refunds that have failed here
	refused   map[ledger.RefundNo]bool // the channel has refused them for good, and was not asked since
	afterLife bool                     // its pay request was carried out after the life of its code
	cancel    *message                 // the last one that was carried out
	wished    int                      // refunds that persons were granted
	sent      map[ledger.RefundNo]int64
	was       ledger.AttemptState // at the last look
	standing  stood
}

// stood is what a channel has said of an order.
type stood struct {
	answer ledger.Answer
	at     time.Duration
}

// touch has the oracle look at an order's sale.
func (s *sim) touch(info *orderInfo) { s.oracle.mark(info.sale) }

// attempt is an order as the ledger's rows have it.
func (s *sim) attempt(number ledger.OrderNo) (ledger.Attempt, bool) {
	sale, ok, err := s.store.SaleOf(number)
	if err != nil || !ok {
		return ledger.Attempt{}, false
	}
	a := sale.Attempt(number)
	if a == nil {
		return ledger.Attempt{}, false
	}
	return *a, true
}

// named is what a true answer says of an order.
func (s *sim) named(info *orderInfo) ledger.Named {
	account := s.bank(info.channel).Account()
	return ledger.Named{
		Order: info.number, Amount: ledger.Fen(info.amount), Merchant: account.Merchant, App: account.App,
		ChannelNo: "C" + string(info.number), PaidAt: time.Now(),
	}
}

// twist changes one of the five fields.
func (s *sim) twist(d *dice, named ledger.Named) ledger.Named {
	switch d.n(5) {
	case 0:
		named.Order = s.inOrder[d.n(len(s.inOrder))].number + "X"
	case 1:
		named.Amount.Fen += int64(d.n(5)) - 5
	case 2:
		named.Amount.Currency = "USD"
	case 3:
		named.Merchant = "M-other"
	default:
		named.App = "A-other"
	}
	return named
}

// spoil is what may become of an answer on its way.
func (s *sim) spoil(m *message, answer ledger.Answer) ledger.Answer {
	refund := m.Request == ledger.RequestRefund || m.Request == ledger.RequestRefundQuery
	busy := systemError
	if m.Request == ledger.RequestRefund {
		busy = refundSystemError
	}
	if d, hit := s.hits(busy, m.key); hit {
		s.Faults[busy]++
		return ledger.Answer{Class: ledger.ClassUnknown, Code: "SYSTEMERROR", Verified: d.chance(0.5)}
	}
	if d, hit := s.hits(malformed, m.key); hit {
		s.Faults[malformed]++
		return ledger.Answer{Class: []ledger.Class{0, 99}[d.n(2)], Code: ledger.FaultNotJSON, Verified: d.chance(0.3)}
	}
	if d, hit := s.hits(answerForged, m.key); hit {
		s.Faults[answerForged]++
		return s.forged(m, &d, refund)
	}
	if d, hit := s.hits(otherField, m.key); hit {
		s.Faults[otherField]++
		if refund {
			answer = s.forged(m, &d, true)
			answer.Verified, answer.Named.Amount.Fen = true, answer.Named.Amount.Fen+1
			return answer
		}
		return ledger.Answer{Class: ledger.ClassPaid, Verified: true, Named: s.twist(&d, s.named(m.info))}
	}
	if d, hit := s.hits(noticeOld, m.key); hit && !refund {
		if other := s.inOrder[d.n(len(s.inOrder))]; other.paid && other != m.info {
			s.Faults[noticeOld]++
			return ledger.Answer{Class: ledger.ClassPaid, Verified: true, Named: s.named(other)}
		}
	}
	return answer
}

// forged says what somebody without the channel's key would like the till to believe.
func (s *sim) forged(m *message, d *dice, refund bool) ledger.Answer {
	named := s.named(m.info)
	if refund {
		named.Refund, named.Amount = m.Refund.Number, m.Refund.Amount
		return ledger.Answer{Class: []ledger.Class{ledger.ClassReturned, ledger.ClassClosed, ledger.ClassDenied}[d.n(3)], Named: named, Code: "FORGED"}
	}
	classes := []ledger.Class{ledger.ClassPaid, ledger.ClassPaid, ledger.ClassRefused, ledger.ClassClosed, ledger.ClassReversed, ledger.ClassAbsent, ledger.ClassDenied}
	return ledger.Answer{Class: classes[d.n(len(classes))], Named: named, Code: "FORGED"}
}

// learns notes since when the till could know that money has come.
func (s *sim) learns(info *orderInfo, answer ledger.Answer, began uint64) {
	good := s.named(info)
	good.PaidAt = answer.Named.PaidAt
	if answer.Class != ledger.ClassPaid || !answer.Verified || answer.Named != good || info.known != 0 {
		return
	}
	if row, ok := s.attempt(info.number); ok && began >= row.CloseSeq {
		info.known = s.now()
		s.after(nameWithin+2*time.Millisecond, func() { s.isNamed(info) })
	}
}

// nameWithin is how long late money may be known without being on its way back or on the list (M5).
const nameWithin = time.Minute

// isNamed: M5, and M1 where a second charge cannot be prevented.
func (s *sim) isNamed(info *orderInfo) {
	if info.known == 0 || info.settled {
		return
	}
	if !s.up() || s.proc.book.Err() != nil || s.now() < s.oracle.upSince+nameWithin {
		s.after(10*time.Second, func() { s.isNamed(info) })
		return
	}
	row, ok := s.attempt(info.number)
	held, _ := s.bank(info.channel).Held(info.number)
	if !ok || held.Paid-held.Returned-byHand(&row) <= 0 || row.State == ledger.Paid || row.State.Live() || row.Returning() || s.listed(info.number) {
		return
	}
	s.breaks("M5", "%s keeps %s on order %s; the till was told %v ago, calls it %s, does not give it back and names it nowhere",
		info.channel, ledger.Fen(held.Paid-held.Returned), tail(info.number), s.now()-info.known, row.State)
}

// byHand is what persons have given back of an order outside its channel.
func byHand(a *ledger.Attempt) int64 {
	sum := a.ByHand
	for i := range a.Refunds {
		if a.Refunds[i].State == ledger.RefundByHand {
			sum += a.Refunds[i].Amount.Fen
		}
	}
	return sum
}

// listed reports whether an order is on the list of exceptions.
func (s *sim) listed(number ledger.OrderNo) (is bool) {
	s.proc.book.Read(func(state *ledger.State) {
		is = slices.ContainsFunc(state.Exceptions, func(x ledger.Exception) bool { return x.Order == number })
	})
	return is
}

// forgetsKnown: what a process had in hand and nobody had written down is not known to the next.
func (s *sim) forgetsKnown() {
	for _, info := range s.inOrder {
		if info.known != 0 && info.was != ledger.Orphan {
			info.known = 0
		}
	}
}

func (s *sim) afterOpening() {
	s.oracle.upSince = s.now()
	s.oracle.behind = true
}

// againLater brings an answer a second time, late.
func (s *sim) againLater(m *message, answer ledger.Answer) {
	d, hit := s.hits(answerTwice, m.key)
	if !hit {
		return
	}
	answer.Began, answer.Refund = m.began, m.Refund.Number
	wait := d.within(0, 3*time.Second)
	if d.chance(0.5) {
		wait = d.within(3*time.Second, 10*time.Minute)
	}
	info := m.info
	s.after(wait, func() {
		if s.up() {
			s.Faults[answerTwice]++
			s.report(info, answer, "an old answer comes again")
		}
	})
}

// hasPaid is the moment in which a customer has paid.
func (s *sim) hasPaid(info *orderInfo) {
	s.still = true
	s.touch(info)
	held, ok := s.bank(info.channel).Held(info.number)
	if !ok || held.Paid == 0 || info.paid {
		return
	}
	info.paid = true
	s.say("the customer has paid %s for %s at %s", ledger.Fen(held.Paid), tail(info.number), info.channel)
	s.sendNotices(info)
	if d, hit := s.hits(cancelRaces, mix(info.key, 33)); hit && info.closed { // the cancel came before the money, and comes once more
		again := *info.cancel
		again.late, again.key = true, mix(again.key, 34)
		s.after(d.within(50*time.Millisecond, 20*time.Second), func() { s.execute(&again) })
	}
}

// sendNotices has the channel tell the till by itself, as badly as networks do.
func (s *sim) sendNotices(info *orderInfo) {
	d := dice(mix(s.seed, info.key, 30))
	key := mix(info.key, 31)
	wait := d.within(50*time.Millisecond, 20*time.Second)
	if _, hit := s.hits(noticeFirst, key); hit {
		wait = 0
	} else if d.chance(0.4) && !info.afterLife {
		return
	}
	s.after(wait, func() { s.notice(info, numFaults) })
	if t, hit := s.hits(noticeTwice, key); hit {
		for range 1 + t.n(4) {
			s.after(wait+t.within(0, 2*time.Minute), func() { s.notice(info, noticeTwice) })
		}
	}
	if t, hit := s.hits(noticeOld, key); hit {
		s.after(wait+t.within(time.Minute, 15*time.Minute), func() { s.notice(info, noticeOld) })
	}
}

// notice delivers a true one. f is what is wrong about it.
func (s *sim) notice(info *orderInfo, f fault) {
	if !s.up() {
		if s.broken == nil && f == numFaults { // a channel repeats it until somebody takes it
			s.after(30*time.Second, func() { s.notice(info, f) })
		}
		return
	}
	if row, ok := s.attempt(info.number); ok && f == numFaults && (row.State == ledger.Asking || row.State == ledger.Unknown) {
		f = noticeFirst
	}
	if f < numFaults {
		s.Faults[f]++
	}
	s.Notices++
	err := s.report(info, ledger.Answer{
		Order: info.number, Request: ledger.RequestNotice, Class: ledger.ClassPaid, Verified: true, Named: s.named(info),
		BeganAt: time.Now(), EndedAt: time.Now(),
	}, "a notice says paid")
	if err != nil && ledger.ReasonOf(err) != ledger.ReasonForeign { // it is not acknowledged
		s.after(30*time.Second, func() { s.notice(info, numFaults) })
	}
}

// refundNotice tells that a refund has been made, when it has.
func (s *sim) refundNotice(info *orderInfo, number ledger.RefundNo) {
	held, _ := s.bank(info.channel).Held(info.number)
	if r := held.Refunds[number]; s.up() && r != nil && r.Done {
		named := ledger.Named{Order: info.number, Refund: number, Amount: ledger.Fen(r.Amount), PaidAt: time.Now()}
		s.Notices++
		s.report(info, ledger.Answer{
			Order: info.number, Refund: number, Request: ledger.RequestNotice, Class: ledger.ClassReturned, Verified: true, Named: named,
			BeganAt: time.Now(), EndedAt: time.Now(),
		}, "a notice says refunded")
	}
}

// forgeLater prepares a forged notice about a new order.
func (s *sim) forgeLater(info *orderInfo) {
	d, hit := s.hits(noticeForged, mix(info.key, 32))
	if !hit {
		return
	}
	s.after(d.within(0, 90*time.Second), func() {
		if !s.up() {
			return
		}
		s.Faults[noticeForged]++
		answer := ledger.Answer{Order: info.number, Request: ledger.RequestNotice, Class: ledger.ClassPaid, Named: s.named(info), BeganAt: time.Now(), EndedAt: time.Now()}
		if d.chance(0.7) {
			answer.Verified, answer.Named = true, s.twist(&d, answer.Named)
		}
		s.look()
		err := s.proc.book.Report(simCtx, answer)
		s.say("a forged notice about %s%s", tail(info.number), because(err))
		if err == nil || len(s.oracle.dirty) > 0 {
			s.breaks("M8", "a forged notice about order %s was taken", tail(info.number))
		}
	})
}

// report brings a message to the till past the worker, twice: M14, only its own sale changes; M15, the second changes nothing.
func (s *sim) report(info *orderInfo, answer ledger.Answer, what string) error {
	s.look()
	p := s.proc
	info.word = s.now()
	err := p.book.Report(simCtx, answer)
	s.say("%s: %s, about %s%s", what, wordOf(answer), tail(info.number), because(err))
	if p.dead.Load() {
		return errDead
	}
	if p.book.Err() != nil {
		return err
	}
	if sale, ok := s.current(); ok || len(s.oracle.dirty) > 0 {
		for _, id := range s.oracle.dirty {
			if id != info.sale && id != sale.ID {
				s.breaks("M14", "an answer about order %s of sale %s has changed sale %s", tail(info.number), info.sale.Tail(), id.Tail())
			}
		}
	}
	if err != nil {
		return err
	}
	s.learns(info, answer, answer.Began)
	once := s.standsAs(info)
	_ = p.book.Report(simCtx, answer)
	if !p.dead.Load() && p.book.Err() == nil && once != s.standsAs(info) {
		s.breaks("M15", "the same message about order %s a second time changes what the till believes", tail(info.number))
	}
	return nil
}

// standsAs is what the till believes of an order and owes to it.
func (s *sim) standsAs(info *orderInfo) uint64 {
	a, _ := s.attempt(info.number)
	sum := mix(uint64(a.State), uint64(a.Task), uint64(a.Left()), uint64(a.Back()))
	for _, r := range a.Refunds {
		sum = mix(sum, uint64(r.State), uint64(r.Task))
	}
	s.proc.book.Read(func(state *ledger.State) { sum = mix(sum, uint64(len(state.Exceptions))) })
	return sum
}
