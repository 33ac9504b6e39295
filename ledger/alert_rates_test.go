package ledger

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// months is a shop's simulated trade: honest people, and on some days one of them does something else beside.
type months struct {
	*rand.Rand
	seq    uint64
	at     time.Time
	events []Event
	sales  int
	shifts uint64
}

// The honest shop, per sale: shares of a thousand.
const (
	honestVoid    = 12 // given up or stopped
	honestRekey   = 4  // and keyed again with the same amount
	honestRefund  = 5  // given back, half of them by the seller, a third within minutes
	honestTiny    = 2  // below one yuan
	honestLoose   = 1  // a code before the amount
	honestLate    = 3  // of a thousand days: a customer after closing
	honestChange  = 10 // the drawer opened for no sale: a note is changed; three times as often on one day of twenty
	honestCopy    = 5  // a receipt again
	salesOfDay    = 180
	peopleOfShop  = 4
	daysOfMonths  = 180
	plantedChance = 12 // of a hundred days of a person
)

func (m *months) add(person string, body Body) {
	m.seq++
	m.events = append(m.events, Event{Seq: m.seq, Actor: Actor{Person: person, Role: RoleCashier}, At: m.at, Day: Calendar{}.Day(m.at), Body: body})
}

// sale keys one and gives its number and order.
func (m *months) sale(person string, fen int64) (SaleID, OrderNo) {
	m.sales++
	id, order := SaleID(fmt.Sprintf("S%d", m.sales)), OrderNo(fmt.Sprintf("O%d", m.sales))
	m.add(person, &SaleOpened{Sale: id, Amount: Fen(fen)})
	m.add(person, &AttemptOpened{Order: order, Sale: id, Amount: Fen(fen)})
	return id, order
}

func (m *months) paid(person string, fen int64) (SaleID, OrderNo) {
	id, order := m.sale(person, fen)
	m.at = m.at.Add(8 * time.Second)
	m.add(Till.Person, &AttemptAnswered{Answer: Answer{Order: order}, Became: Paid})
	return id, order
}

func (m *months) void(person string, fen int64) {
	id, order := m.sale(person, fen)
	m.at = m.at.Add(20 * time.Second)
	m.add(person, &AttemptStopped{Order: order, Why: StopCashier})
	m.add(person, &SaleDropped{Sale: id, Why: "cashier"})
}

func (m *months) refund(person string, order OrderNo, fen int64) {
	m.add(person, &RefundOpened{Refund: newRefundNo(order, 1), Order: order, Amount: Fen(fen), Cause: CausePerson})
}

// shift counts the drawer at the end of somebody's day: by how much the first and the last count differ from what should be there.
func (m *months) shift(person string, first, last int64) {
	m.shifts++
	m.add(person, &ShiftOpened{Shift: m.shifts, Person: person, Float: Fen(500_00)})
	m.add(person, &ShiftClosed{Shift: m.shifts, Expected: Fen(900_00), Counted: Fen(900_00 + last), First: Fen(first)})
}

// honestShift is most often right, or wrong by coins; on one day of a hundred a note was given too much or too little, and on three a
// count goes wrong and is made again.
func (m *months) honestShift(person string) {
	last := int64(0)
	switch n := m.IntN(100); {
	case n < 39:
		last = int64(m.NormFloat64() * 300)
	case n == 39:
		last = []int64{-50_00, -20_00, -10_00, 10_00, 20_00, 50_00}[m.IntN(6)]
	}
	first := last
	if m.often(30) {
		first += int64(10_00 + m.IntN(90_00))
	}
	m.shift(person, first, last)
}

// usual draws an honest amount: most of 10 to 100 yuan.
func (m *months) usual() int64 { return int64(math.Exp(m.NormFloat64()*0.8+8.1)) + 100 }

func (m *months) often(thousandths int) bool { return m.IntN(1000) < thousandths }

// planted is what somebody does beside, by the rule that should speak. Most of it is done once to six times in the day, whatever the
// threshold: who does it less often than that is missed, and the rates say so.
var planted = map[AlertRule]func(*months, string){
	AlertFastRefund: func(m *months, person string) { // the customer has left; the money goes to a friend's phone
		for range 1 + m.IntN(6) {
			fen := m.usual()
			_, order := m.paid(other(person), fen)
			m.at = m.at.Add(time.Duration(1+m.IntN(7)) * time.Minute)
			m.refund(person, order, fen)
		}
	},
	AlertOwnRefund: func(m *months, person string) {
		for range 1 + m.IntN(6) {
			fen := m.usual()
			_, order := m.paid(person, fen)
			m.at = m.at.Add(time.Duration(20+m.IntN(60)) * time.Minute)
			m.refund(person, order, fen)
		}
	},
	AlertVoids: func(m *months, person string) { // cash is taken for what was given up
		for range 5 + m.IntN(30) {
			m.void(person, m.usual())
		}
	},
	AlertTiny: func(m *months, person string) { // one fen is charged for a friend's basket
		for range 1 + m.IntN(6) {
			m.paid(person, int64(1+m.IntN(50)))
		}
	},
	AlertRepeat: func(m *months, person string) {
		for range 1 + m.IntN(6) {
			fen := m.usual()
			m.void(person, fen)
			m.at = m.at.Add(time.Duration(1+m.IntN(4)) * time.Minute)
			m.paid(person, fen)
			m.at = m.at.Add(12 * time.Minute)
		}
	},
	AlertBand: func(m *months, person string) { m.paid(person, 50000+int64(m.IntN(300000))) },
	AlertLooseCode: func(m *months, person string) {
		for range 1 + m.IntN(6) {
			m.add(person, &CodeRefused{Why: ReasonNoAmount, Mark: Mark{1}})
		}
	},
	AlertHours: func(m *months, person string) { // after closing
		m.at = time.Date(m.at.Year(), m.at.Month(), m.at.Day(), 23, 10, 0, 0, Shanghai)
		m.paid(person, m.usual())
	},
	AlertNoSale: func(m *months, person string) { // cash of a sale that is not keyed goes in, and later out
		for range 4 + m.IntN(16) {
			m.add(person, &DrawerOpened{Why: "change"})
		}
	},
	AlertDifference: func(m *months, person string) { // taken out of the drawer; on half of these days put back when the count shows it
		taken := -int64(5_00 + m.IntN(195_00))
		m.shift(person, taken, taken*int64(m.IntN(2)))
	},
	AlertReprints: func(m *months, person string) { // receipts for somebody's expenses
		sale, _ := m.paid(person, m.usual())
		for n := range 1 + m.IntN(8) {
			m.add(person, &Reprinted{Sale: sale, Copy: uint32(n + 1)})
		}
	},
	AlertWrongPIN: func(m *months, person string) {
		for range 3 + m.IntN(6) {
			m.add(person, &PINFailed{Person: person})
		}
	},
}

func other(person string) string {
	if person == "P0" {
		return "P1"
	}
	return "P0"
}

// day is one person's day: honest, and perhaps with something planted in its middle.
func (m *months) day(person string, begins time.Time, plant func(*months, string)) {
	m.at = begins
	for range m.IntN(8) / 5 * (1 + m.IntN(2)) { // slips of the finger on one morning of three
		m.add(person, &PINFailed{Person: person})
	}
	change := honestChange
	if m.often(50) {
		change *= 3
	}
	for i := range salesOfDay {
		m.at = m.at.Add(time.Duration(60+m.IntN(180)) * time.Second)
		if i == salesOfDay/2 && plant != nil {
			plant(m, person)
			m.at = begins.Add(5 * time.Hour)
		}
		fen := m.usual()
		switch {
		case m.often(honestTiny):
			fen = int64(10 + m.IntN(89))
		case i == salesOfDay-1 && m.often(honestLate): // a late customer
			m.at = time.Date(m.at.Year(), m.at.Month(), m.at.Day(), 23, 5, 0, 0, Shanghai)
		case m.often(honestLoose):
			m.add(person, &CodeRefused{Why: ReasonNoAmount, Mark: Mark{2}})
		case m.often(honestVoid):
			m.void(person, fen)
			if !m.often(honestRekey * 1000 / honestVoid) {
				continue
			}
		}
		if m.often(change) {
			m.add(person, &DrawerOpened{Why: "change"})
		}
		sale, order := m.paid(person, fen)
		if m.often(honestCopy) {
			m.add(person, &Reprinted{Sale: sale, Copy: 1})
		}
		if m.often(honestRefund) {
			by, after := person, time.Duration(m.IntN(30))*time.Minute
			if m.IntN(2) == 0 {
				by = other(person)
			}
			was := m.at
			m.at = m.at.Add(after)
			m.refund(by, order, fen)
			m.at = was
		}
	}
	m.honestShift(person)
}

// alertRates plays the months and counts: planted days found, honest days on which the rule spoke.
func alertRates(seed uint64) (found, all, false_, honest map[AlertRule]int) {
	found, all, false_, honest = map[AlertRule]int{}, map[AlertRule]int{}, map[AlertRule]int{}, map[AlertRule]int{}
	limits := DefaultThresholds()
	limits.Opens, limits.Closes = 7*time.Hour, 23*time.Hour
	w := NewWatch(limits, Calendar{})
	m := &months{Rand: rand.New(rand.NewPCG(seed, 7))}
	first := time.Date(2026, 1, 1, 8, 0, 0, 0, Shanghai)
	rules := slices.DeleteFunc(slices.Clone(AlertRules), func(r AlertRule) bool { return planted[r] == nil })
	for d := range daysOfMonths {
		did := map[string]AlertRule{}
		for p := range peopleOfShop {
			person, plant := fmt.Sprintf("P%d", p), (func(*months, string))(nil)
			if d > 10 && m.IntN(100) < plantedChance {
				did[person] = rules[m.IntN(len(rules))]
				plant = planted[did[person]]
			}
			m.day(person, first.AddDate(0, 0, d), plant)
		}
		for i := range m.events {
			w.Apply(&m.events[i])
		}
		m.events = m.events[:0]
		spoke := map[alertKey]bool{}
		for _, a := range w.Today() {
			spoke[alertKey{a.Rule, a.Person}] = true
		}
		for p := range peopleOfShop {
			person := fmt.Sprintf("P%d", p)
			for _, rule := range rules {
				switch said := spoke[alertKey{rule, person}]; {
				case did[person] == rule:
					all[rule]++
					if said {
						found[rule]++
					}
				case did[person] == "":
					honest[rule]++
					if said {
						false_[rule]++
					}
				}
			}
		}
	}
	return found, all, false_, honest
}

// TestAlertRates plants fraud in five half-years of a shop of four: each rule finds at least half of what it is for, and does not cry wolf.
// The table
// in DESIGN.md is what it prints with -v.
func TestAlertRates(t *testing.T) {
	found, all, wrong, honest := map[AlertRule]int{}, map[AlertRule]int{}, map[AlertRule]int{}, map[AlertRule]int{}
	for seed := range uint64(5) {
		f, a, w, h := alertRates(seed)
		for _, rule := range AlertRules {
			found[rule] += f[rule]
			all[rule] += a[rule]
			wrong[rule] += w[rule]
			honest[rule] += h[rule]
		}
	}
	for _, rule := range AlertRules {
		if all[rule] == 0 {
			continue
		}
		t.Logf("| %s | %d of %d | %.2f of 100 |", rule, found[rule], all[rule], float64(wrong[rule])*100/float64(honest[rule]))
		if found[rule]*2 < all[rule] || wrong[rule]*100 > honest[rule]*4 {
			t.Errorf("%s: found %d of %d, spoke on %d of %d honest days", rule, found[rule], all[rule], wrong[rule], honest[rule])
		}
	}
}
