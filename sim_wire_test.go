package main

import (
	"context"
	"slices"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

// conn is a channel as one process has it: the bank behind a line on which everything goes wrong.
type conn struct {
	s    *sim
	p    *process
	bank *channeltest.Bank
}

func (c *conn) Channel() ledger.Channel                  { return c.bank.Channel() }
func (c *conn) Account() ledger.Account                  { return c.bank.Account() }
func (c *conn) Schedule(way ledger.Way) channel.Schedule { return c.bank.Schedule(way) }
func (c *conn) Show(ctx context.Context, o channel.Order) ledger.Answer {
	return c.send(ctx, channeltest.Call{Request: ledger.RequestOrder, Order: o})
}
func (c *conn) Query(ctx context.Context, o channel.Order) ledger.Answer {
	return c.send(ctx, channeltest.Call{Request: ledger.RequestQuery, Order: o})
}
func (c *conn) Close(ctx context.Context, o channel.Order) ledger.Answer {
	return c.send(ctx, channeltest.Call{Request: ledger.RequestClose, Order: o})
}
func (c *conn) Pay(ctx context.Context, o channel.Order, code ledger.PayCode) ledger.Answer {
	return c.send(ctx, channeltest.Call{Request: ledger.RequestPay, Order: o, Digits: code.Reveal()})
}
func (c *conn) Refund(ctx context.Context, o channel.Order, r channel.Refund) ledger.Answer {
	return c.send(ctx, channeltest.Call{Request: ledger.RequestRefund, Order: o, Refund: r})
}
func (c *conn) QueryRefund(ctx context.Context, o channel.Order, r channel.Refund) ledger.Answer {
	return c.send(ctx, channeltest.Call{Request: ledger.RequestRefundQuery, Order: o, Refund: r})
}

// message is one request on its way, and its answer on its way back.
type message struct {
	channeltest.Call
	p                *process
	info             *orderInfo
	key              uint64
	began            uint64 // what Answer.Began will be
	at               time.Time
	reply            chan ledger.Answer
	late             bool // it was late, and its sender has gone
	queued           bool // the channel had it in time
	unsent, answered bool
}

var (
	unsentAnswer  = ledger.Answer{Class: ledger.ClassUnsent, Code: ledger.FaultNoConnection}
	timeoutAnswer = ledger.Answer{Class: ledger.ClassUnknown, Code: ledger.FaultTimeout}
)

// send is one request of the worker, in the worker's own goroutine.
func (c *conn) send(ctx context.Context, call channeltest.Call) ledger.Answer {
	if c.p.dead.Load() {
		return unsentAnswer
	}
	c.s.mu.Lock()
	m := c.s.leaves(c.p, call)
	if m != nil {
		c.s.flying = append(c.s.flying, m)
		defer c.s.lands(m)
	}
	c.s.mu.Unlock()
	if m == nil {
		return unsentAnswer
	}
	answer := unsentAnswer
	if !m.unsent {
		select {
		case answer = <-m.reply:
		case <-ctx.Done():
			answer = timeoutAnswer
		}
	}
	if c.p.dead.Load() {
		return answer
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.s.arrives(m, answer)
}

// lands takes a request off the list of those under way.
func (s *sim) lands(m *message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying = slices.DeleteFunc(s.flying, func(f *message) bool { return f == m })
}

// giveUp tells the senders of all requests under way, one after the other, that nothing has come: an end would wake them all at once,
// in any order.
func (s *sim) giveUp(p *process) {
	s.mu.Lock()
	flying := slices.Clone(s.flying)
	s.mu.Unlock()
	for _, m := range flying {
		if m.p == p && !p.dead.Load() {
			select {
			case m.reply <- timeoutAnswer:
			default:
			}
			synctest.Wait()
		}
	}
}

var classWords = [...]string{"nonsense", "nothing", "not sent", "paid", "waiting", "open", "QR made", "no such order", "refused", "failed",
	"closed", "given back", "accepted", "denied", "refunded", "returned", "balance too low", "abnormal"}

// wordOf is an answer for a story.
func wordOf(a ledger.Answer) string {
	word := classWords[0]
	if int(a.Class) < len(classWords) {
		word = classWords[a.Class]
	}
	if a.Code != "" {
		word += ", " + a.Code
	}
	if !a.Verified {
		word += ", unsigned"
	}
	return word
}

var requestNames = [...]string{"", "pay request", "QR request", "query", "cancel", "refund", "refund query", "notice"}

// leaves is the moment before the first byte. It gives nil when the process dies in it.
func (s *sim) leaves(p *process, call channeltest.Call) *message {
	info := s.orders[call.Order.Number]
	if info == nil {
		s.breaks("M2", "a %s leaves for order %s, which is in no record", requestNames[call.Request], call.Order.Number)
		return nil
	}
	key := mix(info.key, 20, uint64(call.Request), hashOf(string(call.Refund.Number)[min(len(call.Refund.Number), len(info.number)):]))
	n := s.visits[key]
	s.visits[key] = n + 1
	m := &message{Call: call, p: p, info: info, key: mix(key, uint64(n)), at: time.Now(), reply: make(chan ledger.Answer, 1)}
	if s.crash(p, m.key, "before a "+requestNames[call.Request]+" leaves") {
		return nil
	}
	s.Requests++
	s.lookBefore(m)
	m.began = s.head()
	s.route(m)
	s.onceOnly(m)
	return m
}

// head is the number of the last durable event.
func (s *sim) head() (seq uint64) { return s.oracle.seq }

// arrives is the moment in which the worker has the answer.
func (s *sim) arrives(m *message, answer ledger.Answer) ledger.Answer {
	now := time.Now()
	answer.Order, answer.Request, answer.BeganAt, answer.EndedAt = m.info.number, m.Request, m.at, now
	if answer.Verified {
		answer.ChannelAt = now.Add(s.bank(m.info.channel).Clock)
		if s.bank(m.info.channel).Clock != 0 {
			s.Faults[skewed]++
		}
	}
	if d, hit := s.hits(oddTimes, m.key); hit {
		s.Faults[oddTimes]++
		odd := []time.Time{time.Unix(0, 0), time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC), time.Date(2100, 2, 28, 23, 59, 59, 0, time.UTC), now.Add(-time.Hour)}
		answer.EndedAt, answer.Named.PaidAt = odd[d.n(len(odd))], odd[d.n(len(odd))]
	}
	s.trace = mix(s.trace, uint64(answer.Class), uint64(answer.Request))
	if !m.answered {
		s.say("no answer to the %s of %s", requestNames[m.Request], tail(m.info.number))
	}
	if s.crash(m.p, m.key+1, "with an answer in hand") {
		return answer
	}
	s.learns(m.info, answer, m.began)
	switch {
	case m.Request == ledger.RequestRefund && answer.Verified && answer.Class == ledger.ClassDenied:
		m.info.refused[m.Refund.Number] = true
	case m.Request == ledger.RequestRefundQuery && answer.Verified:
		delete(m.info.refused, m.Refund.Number)
	}
	s.againLater(m, answer)
	return answer
}

// route decides what becomes of a request.
func (s *sim) route(m *message) {
	d := dice(mix(s.seed, m.key, 21))
	out := d.within(5*time.Millisecond, 150*time.Millisecond)
	switch {
	case s.inBadWeather(m, &d, &out), s.neverArrives(m), s.arrivesLate(m):
		return
	}
	if _, hit := s.hits(rateLimit, m.key); hit {
		s.Faults[rateLimit]++
		busy := ledger.Answer{Class: ledger.ClassUnknown, Code: "RATE_LIMIT", Verified: d.chance(0.5)}
		s.after(out, func() { s.deliver(m, busy) })
		return
	}
	s.arrivesTwice(m, out)
	_, forget := s.meets(m, answerLost, refundAnswerLost)
	if forget {
		s.silence()
	}
	s.after(out, func() {
		if answer, ok := s.execute(m); ok && !forget {
			s.comesBack(m, answer, &d)
		}
	})
}

// meets decides about a fault that has one name where a customer pays and another where money goes back, counts it and tells it.
func (s *sim) meets(m *message, payment, back fault) (dice, bool) {
	f := payment
	if m.Request == ledger.RequestRefund {
		f = back
	}
	d, hit := s.hits(f, m.key)
	if hit {
		s.say("the %s of %s: %s", requestNames[m.Request], tail(m.info.number), simFaults[f].what)
		if f != executedLate { // that is counted when a cancel has come before it
			s.Faults[f]++
		}
	}
	return d, hit
}

func (s *sim) neverArrives(m *message) bool {
	if _, m.unsent = s.meets(m, noLine, noLine); m.unsent {
		return true
	}
	_, gone := s.meets(m, lost, refundLost)
	if gone {
		s.silence()
	}
	return gone
}

func (s *sim) arrivesLate(m *message) bool {
	d, late := s.meets(m, executedLate, refundLate)
	if late {
		m.late, m.queued = true, d.chance(0.5)
		s.after(d.within(5*time.Second, 200*time.Second), func() { s.execute(m) })
		s.silence()
	}
	return late
}

func (s *sim) arrivesTwice(m *message, out time.Duration) {
	if d, twice := s.meets(m, requestTwice, refundTwice); twice {
		second := *m
		second.late, second.key = true, mix(m.key, 22)
		s.after(out+d.within(0, 4*time.Minute), func() { s.execute(&second) })
	}
}

// silence wakes the worker when its request has timed out.
func (s *sim) silence() { s.after(10*time.Second+2*time.Millisecond, func() {}) }

// inBadWeather meets a line that is down, flaps or is slow.
func (s *sim) inBadWeather(m *message, d *dice, out *time.Duration) bool {
	w := s.weather[indexOf(m.info.channel)]
	if s.quiet || s.now() >= w.until {
		return false
	}
	down := w.what == doDown || w.what == doFlap && s.now()/(3*time.Second)%2 == 0
	switch {
	case !down && w.what == doSlow:
		s.Faults[lineSlow]++
		if *out += d.within(2*time.Second, 11*time.Second); *out > 9*time.Second {
			s.silence()
		}
		return false
	case !down:
		return false
	case w.what == doDown:
		s.Faults[lineDown]++
	default:
		s.Faults[lineFlaps]++
	}
	if m.unsent = d.chance(0.5); !m.unsent {
		s.silence()
	}
	return true
}

// execute is the moment in which the channel carries a request out.
func (s *sim) execute(m *message) (answer ledger.Answer, ok bool) {
	info := m.info
	s.still = true
	if m.Request == ledger.RequestPay && time.Now().After(m.Order.Expires) {
		if m.queued && !s.bank(info.channel).Tombstones {
			info.afterLife = true // the channel had it in time, and did it late
		}
	}
	if m.Request == ledger.RequestPay && time.Now().After(m.Order.Expires) && !info.afterLife {
		s.say("%s: a pay request arrives after its code's life", info.channel)
		return ledger.Answer{Class: ledger.ClassRefused, Verified: true, Code: "AUTH_CODE_EXPIRED"}, true
	}
	if m.Request == ledger.RequestClose {
		info.closed, info.cancel = true, m
		held, _ := s.bank(info.channel).Held(info.number)
		row, ok := s.attempt(info.number)
		if ok && m.late && m.Order.Way == ledger.ByCode && held.Paid > held.Returned && row.State != ledger.Paid {
			s.Faults[cancelRaces]++
		}
	} else if m.late && info.closed && (m.Request == ledger.RequestPay || m.Request == ledger.RequestOrder) {
		s.Faults[executedLate]++
	}
	before := info.standing
	call := m.Call
	if call.Request == ledger.RequestPay && info.afterLife {
		call.Order.Expires = time.Now() // it was good when the channel had it
	}
	answer = s.bank(info.channel).Carry(call)
	s.say("%s carries out the %s of %s: %s", info.channel, requestNames[m.Request], tail(info.number), wordOf(answer))
	s.touch(info)
	if m.Request == ledger.RequestQuery {
		info.standing = stood{answer, s.now()}
		if s.now()-before.at < 5*time.Second && before.answer.Class != 0 && !m.late {
			if _, hit := s.hits(staleAnswer, m.key); hit {
				s.Faults[staleAnswer]++
				answer = before.answer
				s.say("its answer is what was true %v ago: %s", s.now()-before.at, wordOf(answer))
			}
		}
	}
	if m.p != s.proc || m.late || s.crash(m.p, m.key+2, "after "+string(info.channel)+" has carried out the "+requestNames[m.Request]) {
		return answer, false
	}
	return answer, true
}

// comesBack spoils an answer, or not, and sends it.
func (s *sim) comesBack(m *message, answer ledger.Answer, d *dice) {
	spoiled := s.spoil(m, answer)
	if spoiled.Class != answer.Class || spoiled.Verified != answer.Verified || spoiled.Named != answer.Named {
		s.say("what comes back says: %s", wordOf(spoiled))
	}
	s.after(d.within(2*time.Millisecond, 80*time.Millisecond), func() { s.deliver(m, spoiled) })
}

// deliver hands an answer to whoever waits for it.
func (s *sim) deliver(m *message, answer ledger.Answer) {
	if m.p != s.proc || m.p.dead.Load() || s.now() < s.asleep {
		return
	}
	m.answered = true
	select {
	case m.reply <- answer:
	default:
	}
}
