package ledger

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
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

// TestAlertsAreExact: at its threshold a rule speaks, one event before it does not, and what it shows is what happened.
func TestAlertsAreExact(t *testing.T) {
	limits := DefaultThresholds()
	limits.Voids, limits.VoidPercent = 3, 0
	for rule, one := range map[AlertRule]func(*months){
		AlertFastRefund: func(m *months) { _, o := m.paid("Q", 500); m.refund("P", o, 500) },
		AlertOwnRefund:  func(m *months) { _, o := m.paid("P", 500); m.at = m.at.Add(time.Hour); m.refund("P", o, 500) },
		AlertVoids:      func(m *months) { m.at = m.at.Add(time.Hour); m.void("P", 500) },
		AlertTiny:       func(m *months) { m.paid("P", 99) },
		AlertRepeat: func(m *months) {
			m.void("P", 500)
			m.paid("P", 500)
			m.at = m.at.Add(time.Hour)
		},
		AlertLooseCode: func(m *months) { m.add("P", &CodeRefused{Why: ReasonNoAmount, Mark: Mark{1}}) },
		AlertWrongPIN:  func(m *months) { m.add("P", &PINFailed{Person: "P"}) },
		AlertNoSale:    func(m *months) { m.add("P", &DrawerOpened{Why: "change"}) },
		AlertReprints:  func(m *months) { m.add("P", &Reprinted{Sale: "S", Copy: 1}) },
	} {
		from := map[AlertRule]int{
			AlertFastRefund: 3, AlertOwnRefund: 3, AlertVoids: 3, AlertTiny: 3, AlertRepeat: 3, AlertLooseCode: 3, AlertWrongPIN: 5, AlertNoSale: 9, AlertReprints: 5,
		}[rule]
		m, w := &months{at: time.Date(2026, 1, 1, 8, 0, 0, 0, Shanghai)}, NewWatch(limits, Calendar{})
		for n := 1; n <= from; n++ {
			was := len(m.events)
			one(m)
			for i := range m.events[was:] {
				w.Apply(&m.events[was+i])
			}
			alerts := slices.DeleteFunc(w.Today(), func(a Alert) bool { return a.Rule != rule || a.Person == "" })
			if (len(alerts) == 1) != (n == from) {
				t.Fatalf("%s after %d: %+v", rule, n, alerts)
			}
			if n == from && (alerts[0].Person != "P" || alerts[0].Count != from || len(alerts[0].Evidence) != from) {
				t.Errorf("%s: %+v", rule, alerts[0])
			}
		}
		m.at = m.at.AddDate(0, 0, 1)
		m.paid("R", 5000)
		for i := range m.events[len(m.events)-3:] {
			w.Apply(&m.events[len(m.events)-3+i])
		}
		if len(w.Today()) != 0 || !slices.ContainsFunc(w.Past(), func(a Alert) bool { return a.Rule == rule && a.Person == "P" }) {
			t.Errorf("%s: the next day has %+v, the past %+v", rule, w.Today(), w.Past())
		}
	}
}

// TestAlertsKnowASaleOfThePast: the event that brings it back has all that the rules need.
func TestAlertsKnowASaleOfThePast(t *testing.T) {
	m, w := &months{at: time.Date(2026, 1, 1, 8, 0, 0, 0, Shanghai)}, NewWatch(DefaultThresholds(), Calendar{})
	for n := range 3 {
		order := OrderNo(fmt.Sprintf("X%d", n))
		m.add("P", &SaleRecalled{Sale: Sale{ID: SaleID(order), Actor: Actor{Person: "P"}, Amount: Fen(500), Attempts: []Attempt{{Order: order, State: Paid, SinceAt: m.at.Add(-time.Hour)}}}})
		m.refund("P", order, 500)
	}
	for i := range m.events {
		w.Apply(&m.events[i])
	}
	if got := w.Today(); len(got) != 1 || got[0].Rule != AlertOwnRefund || len(got[0].Evidence) != 3 || got[0].Evidence[2].Order != "X2" || got[0].Evidence[2].Fen != 500 {
		t.Errorf("%+v", got)
	}
}

// TestAlertsStayBounded: whatever somebody does all day.
func TestAlertsStayBounded(t *testing.T) {
	m, w := &months{at: time.Date(2026, 1, 1, 8, 0, 0, 0, Shanghai)}, NewWatch(DefaultThresholds(), Calendar{})
	for range 5000 {
		m.paid("P", 1)
	}
	for i := range m.events {
		w.Apply(&m.events[i])
	}
	for _, a := range w.Today() {
		if len(a.Evidence) > maxEvidence {
			t.Errorf("%s carries %d events", a.Rule, len(a.Evidence))
		}
		if a.Rule == AlertTiny && a.Count != 5000 {
			t.Errorf("%d of 5000", a.Count)
		}
	}
	if n := strings.Count(fmt.Sprint(w.usual), "P"); n != 1 {
		t.Errorf("%d people", n)
	}
}

// TestAmountClasses: every amount is below the top of its class, and at least four fifths of it.
func TestAmountClasses(t *testing.T) {
	for fen := int64(4); fen < MaxFen; fen += 1 + fen/97 {
		if top := topOf(classOf(fen)); fen >= top || fen*5 < top*4 {
			t.Fatalf("%d fen: class %d ends at %d", fen, classOf(fen), top)
		}
	}
}

// TestAlertsSeeWhatIsDoneAnotherWay: amounts that are settled and then keyed over, money given back in cash, PINs of one person after
// another's.
func TestAlertsSeeWhatIsDoneAnotherWay(t *testing.T) {
	m, w := &months{at: time.Date(2026, 1, 1, 8, 0, 0, 0, Shanghai)}, NewWatch(DefaultThresholds(), Calendar{})
	for i := range 12 {
		id, _ := m.sale("over", m.seqFen())
		m.at = m.at.Add(time.Minute)
		m.add("over", &SaleDropped{Sale: id, Why: "replaced"})
		m.add(Till.Person, &PINFailed{Person: []string{"a", "b", "c"}[i%3]})
		id, _ = m.sale("typo", m.seqFen())
		m.at = m.at.Add(time.Second)
		m.add("typo", &SaleDropped{Sale: id, Why: "replaced"})
	}
	for range 3 {
		id, _ := m.sale("cash", m.seqFen())
		m.add("cash", &TenderTaken{Sale: id, By: Cash, Amount: Fen(500)})
		m.at = m.at.Add(time.Minute)
		m.add("cash", &TenderReturned{Sale: id, By: Cash, Amount: Fen(500)})
	}
	for i := range m.events {
		w.Apply(&m.events[i])
	}
	got := map[alertKey]bool{}
	for _, a := range w.Today() {
		got[alertKey{a.Rule, a.Person}] = true
	}
	want := map[alertKey]bool{{AlertVoids, "over"}: true, {AlertWrongPIN, ""}: true, {AlertFastRefund, "cash"}: true, {AlertOwnRefund, "cash"}: true}
	if !maps.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

// seqFen is an amount that was not keyed before.
func (m *months) seqFen() int64 { return 1000 + int64(m.seq) }

// TestASaleOverMidnightIsKnown on the day on which it ends.
func TestASaleOverMidnightIsKnown(t *testing.T) {
	m, w := &months{at: time.Date(2026, 1, 1, 23, 58, 0, 0, Shanghai)}, NewWatch(DefaultThresholds(), Calendar{})
	for range 3 {
		_, order := m.sale("P", m.seqFen())
		was := m.at
		m.at = time.Date(2026, 1, 2, 0, 3, 0, 0, Shanghai)
		m.add(Till.Person, &AttemptAnswered{Answer: Answer{Order: order}, Became: Paid})
		m.refund("P", order, 500)
		m.at = was
	}
	slices.SortStableFunc(m.events, func(a, b Event) int { return a.At.Compare(b.At) })
	for i := range m.events {
		w.Apply(&m.events[i])
	}
	if got := w.Today(); len(got) != 2 || got[0].Rule != AlertFastRefund || got[1].Rule != AlertOwnRefund {
		t.Errorf("%+v", got)
	}
	m.at = m.at.AddDate(0, 0, 3)
	m.paid("Q", 5000)
	m.at = m.at.AddDate(0, 0, 1)
	m.paid("Q", 5001)
	for i := range m.events[len(m.events)-6:] {
		w.Apply(&m.events[len(m.events)-6+i])
	}
	if len(w.sales) != 2 || len(w.orders) != 2 {
		t.Errorf("%d sales and %d orders are kept", len(w.sales), len(w.orders))
	}
}

// TestADifferenceIsThatOfTheWorstCount: also where the last count fits; of whoever answered for the drawer, and neither of coins nor of
// a drawer that nobody has counted.
func TestADifferenceIsThatOfTheWorstCount(t *testing.T) {
	for name, shift := range map[string]struct {
		first, last, fen int64
		uncounted        bool
	}{
		"right":           {},
		"at the limit":    {first: -20_00, last: -20_00},
		"short":           {first: -20_01, last: -20_01, fen: -20_01},
		"over":            {first: 30_00, last: 30_00, fen: 30_00},
		"made to fit":     {first: -45_00, fen: -45_00},
		"worse each time": {first: -30_00, last: -60_00, fen: -60_00},
		"not counted":     {uncounted: true},
	} {
		m, w := &months{at: time.Date(2026, 1, 1, 8, 0, 0, 0, Shanghai)}, NewWatch(DefaultThresholds(), Calendar{})
		m.shift("P", shift.first, shift.last)
		closed := m.events[1].Body.(*ShiftClosed)
		m.events[1].Actor.Person = "Q" // a supervisor, or the till, has closed it
		if shift.uncounted {
			closed.Counted, closed.First = Money{}, Money{}
		}
		for i := range m.events {
			w.Apply(&m.events[i])
		}
		got := w.Today()
		if shift.fen == 0 && len(got) != 0 || shift.fen != 0 && (len(got) != 1 || got[0].Rule != AlertDifference || got[0].Person != "P" || got[0].Fen != shift.fen) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestZeroSwitchesARuleOff, each of them.
func TestZeroSwitchesARuleOff(t *testing.T) {
	limits := DefaultThresholds()
	limits.Opens, limits.Closes = 7*time.Hour, 23*time.Hour
	for _, rule := range AlertRules {
		if limits.From(rule) == 0 || (&Thresholds{}).From(rule) != 0 {
			t.Errorf("%s: from %d on, and switched off from %d on", rule, limits.From(rule), (&Thresholds{}).From(rule))
		}
	}
}

// TestOnePersonsWrongPINsAreToldOnce: the till as a whole has an alert of its own where several people's PINs were tried.
func TestOnePersonsWrongPINsAreToldOnce(t *testing.T) {
	m, w := &months{at: time.Date(2026, 1, 1, 8, 0, 0, 0, Shanghai)}, NewWatch(DefaultThresholds(), Calendar{})
	for n := range 6 {
		m.add(Till.Person, &PINFailed{Person: "P"})
		if n == 5 {
			m.add(Till.Person, &PINFailed{Person: "Q"})
		}
		for i := range m.events {
			w.Apply(&m.events[i])
		}
		m.events = m.events[:0]
		want := map[bool]int{true: 1}[n >= 4]
		if n == 5 {
			want = 2
		}
		if got := w.Today(); len(got) != want || want > 0 && got[want-1].Person != "P" {
			t.Errorf("after %d: %+v", n+1, got)
		}
	}
}
