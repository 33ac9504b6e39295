package main

import (
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

// doing is what somebody does.
type doing uint8

const (
	doSale doing = iota
	doStop
	doSwitch
	doAside
	doLogOff
	doRefund
	doShopRefund
	doResolve
	doStaff
	doShift
	doHold
	doTender
	doTenderBack
	doProve
	doDown
	doSlow
	doFlap
	doSleep
)

// action is one line of a seed's script. Its place in the script is its name.
type action struct {
	at    time.Duration
	what  doing
	sale  int // the action that has keyed the sale it is about
	lasts time.Duration
	ch    int
	dice  dice
}

const salesOfSeed = 32

// staffedSeeds is how many seeds have a whole counter: staff, tenders, a drawer. In the others the trainee sells.
const staffedSeeds = 0.5

func newSim(seed uint64) *sim {
	s := &sim{
		seed: seed, visits: map[uint64]int{}, store: ledger.NewMemory(), orders: map[ledger.OrderNo]*orderInfo{},
		sales: map[ledger.SaleID]int{}, codes: map[string]ledger.OrderNo{}, firstOrder: map[ledger.SaleID]ledger.OrderNo{}, oracle: newOracle(),
	}
	d := dice(mix(seed, 1))
	for f := range numFaults { // each seed has its own mix: some are quiet, some are terrible
		on, u := d.chance(0.55) || f == crashes && d.chance(0.7), d.float()
		if on && f.chosen() {
			s.rates[f] = simFaults[f].often * (0.1 + 0.9*u*u)
			if f == crashes {
				s.rates[f] = simFaults[f].often * (0.3 + 0.7*u)
			}
		}
	}
	if d.chance(0.25) {
		s.limit = int64(1 + d.n(20000))
	}
	for i, ch := range simChannels {
		b := channeltest.NewBank(ch)
		b.Tombstones = d.chance(0.6)
		r := dice(mix(seed, 40, uint64(i)))
		b.RefusesRepeats = r.chance(0.5)
		if s.rates[skewed] > 0 && d.chance(0.5) {
			b.Clock = d.within(0, 2*time.Hour) - time.Hour
		}
		b.Customer, b.Refunds = s.customer, s.fate
		s.banks[i] = b
	}
	if k := dice(mix(seed, 63)); k.chance(staffedSeeds) {
		s.store, s.desk = staffStore(), newDesk(s, &k)
	}
	return s
}

// write draws the script, once fake time runs.
func (s *sim) write() {
	d := dice(mix(s.seed, 2))
	s.setCut(&d)
	at := time.Duration(0)
	away := s.opensDesk()
	for i := range salesOfSeed {
		if i == salesOfSeed/2 {
			at += away
		}
		at += d.within(2*time.Second, 25*time.Second)
		if d.chance(0.06) {
			at += d.within(time.Minute, 6*time.Minute)
		}
		s.writeSale(&d, at)
	}
	s.writeWeather(&d, at)
	for f, what := range map[fault]doing{suspended: doSleep} {
		if d.chance(s.rates[f]) {
			lasts := time.Minute
			if d.chance(0.5) {
				lasts = d.within(time.Minute, 8*time.Hour)
			}
			s.add(action{at: d.within(0, at), what: what, lasts: lasts})
		}
	}
}

// setCut puts the end of the business day into the story, in one seed of two.
func (s *sim) setCut(d *dice) {
	s.calendar = ledger.Calendar{Zone: ledger.Shanghai}
	if d.chance(0.5) {
		midnight := s.began.Add(d.within(time.Minute, 8*time.Minute)).UTC()
		east := 24*time.Hour - time.Duration(midnight.Hour())*time.Hour - time.Duration(midnight.Minute())*time.Minute - time.Duration(midnight.Second())*time.Second
		s.calendar.Zone = time.FixedZone("the shop's", int(east.Seconds()))
	}
}

func (s *sim) add(a action) int {
	a.dice = dice(mix(s.seed, 3, uint64(len(s.script))))
	s.script = append(s.script, a)
	return len(s.script) - 1
}

func (s *sim) writeSale(d *dice, at time.Duration) {
	sale := s.add(action{at: at, what: doSale})
	for _, also := range []struct {
		p        float64
		from, to time.Duration
		what     doing
	}{
		{s.rates[stopped], 2 * time.Second, 30 * time.Second, doStop},
		{0.12, 3 * time.Second, 30 * time.Second, doSwitch},
		{s.rates[loggedOff], 2 * time.Second, 30 * time.Second, doAside},
		{s.rates[loggedOff] / 5, 2 * time.Second, 20 * time.Second, doLogOff},
		{0.22, 5 * time.Second, 5 * time.Minute, doRefund},
		{0.05, 5 * time.Second, 5 * time.Minute, doRefund},
		{s.rates[shopRefunds] / 12, 5 * time.Second, 3 * time.Minute, doShopRefund},
		{0.15, 20 * time.Second, 6 * time.Minute, doResolve},
	} {
		if d.chance(also.p) {
			s.add(action{at: at + d.within(also.from, also.to), what: also.what, sale: sale})
		}
	}
	if s.desk != nil {
		s.writeDesk(at, sale)
	}
}

// opensDesk draws the hour at which a forgotten shift is closed, and how long everybody is away at noon.
func (s *sim) opensDesk() (away time.Duration) {
	if s.desk == nil {
		return 0
	}
	d := dice(mix(s.seed, 64))
	hour := s.calendar.In(s.began.Add(d.within(61*time.Minute, 80*time.Minute).Truncate(time.Second)))
	s.desk.closeAt = time.Duration(hour.Hour())*time.Hour + time.Duration(hour.Minute())*time.Minute + time.Duration(hour.Second())*time.Second
	if d.chance(0.2) {
		s.desk.closeAt = 0
	}
	if d.chance(0.2) {
		away = d.within(60*time.Minute, 80*time.Minute)
	}
	return away
}

// writeDesk is what else people do around a sale, where there is a whole counter.
func (s *sim) writeDesk(at time.Duration, sale int) {
	d := dice(mix(s.seed, 65, uint64(sale)))
	for _, also := range []struct {
		p        float64
		from, to time.Duration
		what     doing
	}{
		{0.10, 0, 10 * time.Second, doStaff},
		{0.30, 0, 20 * time.Second, doShift},
		{0.07, time.Second, 20 * time.Second, doHold},
		{0.25, 500 * time.Millisecond, 40 * time.Second, doTender},
		{0.15, 5 * time.Second, 3 * time.Minute, doTenderBack},
		{0.04, 5 * time.Second, time.Minute, doProve},
	} {
		if d.chance(also.p) {
			s.add(action{at: at + d.within(also.from, also.to), what: also.what, sale: sale})
		}
	}
}

func (s *sim) writeWeather(d *dice, end time.Duration) {
	for _, w := range []struct {
		f    fault
		what doing
	}{{lineDown, doDown}, {lineSlow, doSlow}, {lineFlaps, doFlap}} {
		if s.rates[w.f] == 0 || !d.chance(0.3) {
			continue
		}
		lasts := d.within(5*time.Second, 3*time.Minute)
		if w.f == lineDown && d.chance(0.15) {
			lasts = d.within(10*time.Minute, time.Hour)
		}
		s.add(action{at: d.within(0, end), what: w.what, lasts: lasts, ch: d.n(2)})
	}
}

// told reports whether an action is part of the story.
func (s *sim) told(unit int) bool { return s.only == nil || s.only[uint64(unit)] }

// lastAct is when the script is over, with what it does to the machine.
func (s *sim) lastAct() time.Duration {
	last := time.Duration(0)
	for i := range s.script {
		if s.told(i) {
			last = max(last, s.script[i].at+s.script[i].lasts+20*time.Second)
		}
	}
	return last
}

// begin puts an action into the run.
func (s *sim) begin(unit int) {
	if !s.told(unit) {
		return
	}
	s.after(s.script[unit].at, func() {
		a := s.script[unit]
		s.unit = unit
		if s.proc != nil && s.crash(s.proc, mix(6, uint64(unit)), "at rest") {
			return
		}
		s.act(unit, &a)
	})
}

func (s *sim) act(unit int, a *action) {
	switch a.what {
	case doDown, doSlow, doFlap:
		s.say("%s is %s for %v", simChannels[a.ch], map[doing]string{doDown: "down", doSlow: "slow", doFlap: "up and down"}[a.what], a.lasts)
		s.weather[a.ch] = weather{what: a.what, until: s.now() + a.lasts}
		return
	case doSleep:
		s.sleeps(a.lasts)
		return
	case doShopRefund:
		s.shopRefund(a)
		return
	}
	if !s.up() {
		return
	}
	switch a.what {
	case doSale:
		s.sale(unit, a, 0)
	case doStop:
		s.stop()
	case doSwitch:
		s.switchWay(unit, a)
	case doAside:
		s.aside(a)
	case doLogOff:
		s.logOff()
	case doRefund:
		s.refund(a)
	case doResolve:
		s.resolve(a)
	case doStaff:
		s.staffAct(a)
	case doShift:
		s.shiftAct(a)
	case doHold:
		s.holds(a)
	case doTender:
		if _, ok := s.isCurrent(a.sale); ok {
			s.tendersNow(&a.dice)
		}
	case doTenderBack:
		s.returnsTender(a)
	case doProve:
		s.proves(a)
	}
}

func (s *sim) sleeps(lasts time.Duration) {
	s.say("the machine sleeps for %v", lasts)
	s.Faults[suspended]++
	s.asleep = s.now() + lasts
	s.after(lasts, func() { s.say("the machine wakes up") })
}

// weather is how a channel's line is.
type weather struct {
	what  doing
	until time.Duration
}

// customer is what a customer does with an order: the same whatever else is left out of the story.
func (s *sim) customer(o channel.Order) channeltest.Customer {
	info := s.orders[o.Number]
	if info == nil {
		return channeltest.Customer{Never: true}
	}
	d := dice(mix(s.seed, info.key, 8))
	var c channeltest.Customer
	switch k := d.n(20); {
	case k < 2 && o.Way == ledger.ByCode:
		c.Refuse = "BALANCE"
	case k < 3 && s.rates[codeExpired] > 0 && o.Way == ledger.ByCode:
		c.Refuse = "AUTH_CODE_EXPIRED"
		s.Faults[codeExpired]++
	case k < 5:
		c.Never = true
	case k < 10:
		c.PaysAfter = d.within(0, 70*time.Second)
	}
	if c.Refuse == "" && !c.Never {
		s.after(c.PaysAfter, func() { s.hasPaid(info) })
	}
	return c
}

// fate is what becomes of a refund.
func (s *sim) fate(o channel.Order, r channel.Refund) channeltest.RefundFate {
	info := s.orders[o.Number]
	key := mix(info.key, 9, hashOf(string(r.Number)[len(o.Number):]))
	d := dice(mix(s.seed, key))
	fate := channeltest.RefundFate{}
	if d.chance(0.4) {
		fate.Takes = d.within(0, 40*time.Second)
	}
	for _, could := range []struct {
		f  fault
		do func()
	}{
		{refundHeld, func() { fate.Hold = true }}, {refundAbnormal, func() { fate.Abnormal = true }},
		{refundClosed, func() { fate.Closed = true }}, {refundDenied, func() { fate.Deny = "TRADE_NOT_ALLOW_REFUND" }},
	} {
		if _, hit := s.hits(could.f, key); hit {
			could.do()
			s.Faults[could.f]++
			s.say("%s: refund %s: %s", info.channel, tailOf(r.Number), simFaults[could.f].what)
			break
		}
	}
	if fate.Takes > 0 {
		s.after(fate.Takes+time.Millisecond, func() { s.still = true; s.touch(info) })
	}
	if d.chance(0.3) {
		s.after(fate.Takes+d.within(time.Millisecond, 20*time.Second), func() { s.refundNotice(info, r.Number) })
	}
	return fate
}

func hashOf(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}
