package main

import (
	"context"
	"fmt"
	"time"

	"guitai/ledger"
)

// This file is the counter: a cashier in a hurry, customers, a supervisor.

var simCtx = context.Background()

// current is the sale on the screen; ok is false when there is none.
func (s *sim) current() (sale ledger.Sale, ok bool) {
	s.proc.book.Read(func(state *ledger.State) {
		if now := state.CurrentSale(); now != nil {
			sale, ok = *now, true
		}
	})
	return sale, ok
}

// isCurrent reports whether an action's sale is on the screen, and may be charged.
func (s *sim) isCurrent(unit int) (ledger.Sale, bool) {
	sale, ok := s.current()
	return sale, ok && s.sales[sale.ID] == unit
}

// sale keys an amount and presses Enter, as soon as what is on the screen gives way.
func (s *sim) sale(unit int, a *action, tries int) {
	s.unit = unit
	if !s.up() || s.makesWay(unit, a, tries) {
		return
	}
	if s.desk != nil && s.desk.shift == nil {
		s.opensShift()
		if !s.up() {
			return
		}
	}
	d := a.dice
	book := s.proc.book
	fen := 1 + d.n(50000)
	book.ClearDraft()
	for _, r := range fmt.Sprintf("%d.%02d", fen/100, fen%100) {
		if err := book.Key(r); err != nil {
			s.say("keys an amount: %v", err)
			return
		}
	}
	err := s.does(func(by ledger.Actor) error { return book.Settle(simCtx, by, true) })
	s.say("keys %d.%02d, Enter%s", fen/100, fen%100, because(err))
	if err == nil {
		s.Sales++
	}
	if _, hit := s.hits(enterTwice, mix(10, uint64(unit))); hit && s.up() {
		s.Faults[enterTwice]++
		again := s.does(func(by ledger.Actor) error { return book.Settle(simCtx, by, true) })
		s.say("Enter again%s", because(again))
		if err == nil && again == nil {
			s.breaks("F40", "a second Enter has made a second sale")
		}
	}
	if err != nil {
		return
	}
	wait := d.within(300*time.Millisecond, 4*time.Second)
	if _, hit := s.hits(acrossCut, mix(11, uint64(unit))); hit {
		if cut := s.toCut(); cut < 4*time.Minute {
			s.Faults[acrossCut]++
			wait = cut + d.within(0, 3*time.Second)
		}
	}
	s.after(wait, func() { s.pays(unit, a, 0) })
}

// because is what a refusal adds to a line of the story.
func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// toCut is how long the business day still runs.
func (s *sim) toCut() time.Duration {
	now := s.calendar.In(time.Now())
	return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location()).Sub(now)
}

// makesWay clears the screen for the next sale; it tells that this has to be waited for.
func (s *sim) makesWay(unit int, a *action, tries int) (waits bool) {
	sale, ok := s.current()
	if s.desk != nil && ok && !sale.Settled() && sale.MayHold() == nil && sale.Kept() > 0 {
		return s.puts() != nil && !s.up()
	}
	if !ok || sale.Settled() || sale.MayAsk() == nil || tries > 12 {
		return false
	}
	err := s.does(func(by ledger.Actor) error { return s.proc.book.SetAside(simCtx, by) })
	if err == nil {
		s.say("sets the sale before aside")
		s.Faults[loggedOff]++
		return false
	}
	if tries == 3 {
		s.stop()
	}
	s.after(4*time.Second, func() { s.sale(unit, a, tries+1) })
	return true
}

// pays has the customer pay the sale on the screen: by a code, or by a QR.
func (s *sim) pays(unit int, a *action, round int) {
	s.unit = unit
	if !s.up() {
		return
	}
	sale, ok := s.isCurrent(unit)
	if !ok || sale.Settled() {
		return
	}
	if s.desk != nil && s.paysOtherwise(unit, round) {
		if round < 3 {
			s.after(7*time.Second, func() { s.pays(unit, a, round+1) })
		}
		return
	}
	d := dice(mix(s.seed, 12, uint64(unit), uint64(round)))
	ch := simChannels[d.n(2)]
	if d.chance(0.62) {
		s.scan(unit, round, ch)
	} else {
		s.ask(ch)
	}
	if round < 3 && d.chance(0.8) {
		s.after(d.within(7*time.Second, 40*time.Second), func() { s.pays(unit, a, round+1) })
	} else if d.chance(0.5) {
		s.after(d.within(20*time.Second, 60*time.Second), func() { s.drop(unit) })
	}
}

func (s *sim) ask(ch ledger.Channel) {
	err := s.does(func(by ledger.Actor) error { return s.proc.book.Ask(simCtx, by, ch) })
	s.say("asks for a QR of %s%s", ch, because(err))
}

func (s *sim) drop(unit int) {
	if !s.up() {
		return
	}
	if _, ok := s.isCurrent(unit); ok {
		s.say("gives the sale up%s", because(s.does(func(by ledger.Actor) error { return s.proc.book.Drop(simCtx, by, "changed mind") })))
	}
}

func simCode(unit, round int, ch ledger.Channel) []byte {
	prefix := map[ledger.Channel]string{ledger.WeChat: "13", ledger.Alipay: "28"}[ch]
	return fmt.Appendf(nil, "%s%08d%08d", prefix, unit, round)
}

// scan holds a code out to the scanner, or does what scanners and customers do instead.
func (s *sim) scan(unit, round int, ch ledger.Channel) {
	key := mix(13, uint64(unit), uint64(round))
	scan := ledger.Scan{Text: simCode(unit, round, ch), At: time.Now()}
	if d, hit := s.hits(codeOfOther, key); hit && unit > 0 {
		s.Faults[codeOfOther]++
		scan.Text = simCode(d.n(unit), 0, ch)
	}
	if _, hit := s.hits(codeExpired, key); hit {
		s.Faults[codeExpired]++
		scan.At = scan.At.Add(-6 * time.Second)
		if s.scans(scan, "a code that was shown too long ago") == nil {
			s.breaks("F44", "a code was taken six seconds after its scan")
		}
		return
	}
	if _, hit := s.hits(scanNoise, key); hit {
		s.Faults[scanNoise]++
		for _, noise := range []string{"\x00\x01", "13", "https://x.invalid/1", "6901234567892", "131234567890123456 281234567890123456"} {
			if s.scans(ledger.Scan{Text: []byte(noise), At: time.Now()}, "noise") == nil {
				s.breaks("F43", "noise was charged")
			}
		}
	}
	if d, hit := s.hits(scanSuspect, key); hit {
		s.Faults[scanSuspect]++
		s.suspect(scan, d.chance(0.7))
		return
	}
	text := string(scan.Text)
	first := s.scans(scan, "an "+string(ch)+" code")
	if d, hit := s.hits(scanTwice, key); hit {
		s.Faults[scanTwice]++
		again := ledger.Scan{Text: []byte(text), At: time.Now()}
		if d.chance(0.5) {
			again.Text = simCode(unit, round+100, simChannels[d.n(2)])
		}
		if err := s.scans(again, "once more"); err == nil && first == nil {
			s.breaks("F41", "two scans were both charged")
		}
	}
}

func (s *sim) scans(scan ledger.Scan, what string) error {
	err := s.does(func(by ledger.Actor) error { return s.proc.book.Scan(simCtx, by, scan) })
	s.say("scans %s%s", what, because(err))
	return err
}

// suspect is half a code, or one that came slowly: it is sent only on Enter.
func (s *sim) suspect(scan ledger.Scan, agree bool) {
	scan.Suspect = true
	if s.scans(scan, "a code without an end") == nil {
		s.breaks("F42", "a suspect code was charged without Enter")
	}
	if !agree {
		s.proc.book.DropSuspect()
		return
	}
	s.say("Enter sends it%s", because(s.does(func(by ledger.Actor) error { return s.proc.book.AgreeSuspect(simCtx, by) })))
}

func (s *sim) stop() {
	err := s.does(func(by ledger.Actor) error { return s.proc.book.Stop(simCtx, by) })
	if err == nil {
		s.Faults[stopped]++
	}
	s.say("stops the payment%s", because(err))
}

// switchWay wants to pay another way while a QR is up.
func (s *sim) switchWay(unit int, a *action) {
	d := a.dice
	if _, ok := s.isCurrent(a.sale); !ok {
		return
	}
	if ch := simChannels[d.n(2)]; d.chance(0.5) {
		s.ask(ch)
	} else {
		s.scan(unit, 50, ch)
	}
}

// aside puts the sale away, whatever comes of it.
func (s *sim) aside(a *action) {
	if _, ok := s.isCurrent(a.sale); !ok {
		return
	}
	err := s.does(func(by ledger.Actor) error { return s.proc.book.SetAside(simCtx, by) })
	if err != nil {
		err = s.does(func(by ledger.Actor) error { return s.proc.book.Drop(simCtx, by, "shift ends") })
	}
	if err == nil {
		s.Faults[loggedOff]++
	}
	s.say("puts the sale away%s", because(err))
}

// logOff closes the till in the middle of whatever goes on, and opens it again.
func (s *sim) logOff() {
	s.say("closes the till and opens it again")
	s.Faults[loggedOff]++
	p := s.proc
	s.end()
	if p.dead.Load() {
		s.store = s.store.Reopen()
	}
	s.forgetsKnown()
	s.open()
}

func tail(order ledger.OrderNo) string     { return string(order[max(0, len(order)-16):]) }
func tailOf(refund ledger.RefundNo) string { return tail(ledger.OrderNo(refund)) }
