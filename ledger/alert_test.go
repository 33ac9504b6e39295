package ledger

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

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

// TestASaleThatWaitsIsKnown: one that is held for days, with nothing paid on it or a part, is known until some time after it was settled;
// of too many the oldest are lost.
func TestASaleThatWaitsIsKnown(t *testing.T) {
	m, w := &months{at: time.Date(2026, 1, 1, 9, 0, 0, 0, Shanghai)}, NewWatch(DefaultThresholds(), Calendar{})
	apply := func() {
		for i := range m.events {
			w.Apply(&m.events[i])
		}
		m.events = m.events[:0]
	}
	open := func(n int) (ids []SaleID) {
		for range n {
			m.seq++
			m.at = m.at.Add(time.Millisecond)
			ids = append(ids, SaleID(fmt.Sprint("W", m.seq)))
			m.add("P", &SaleOpened{Sale: ids[len(ids)-1], Amount: Fen(50)})
		}
		return ids
	}
	pay := func(id SaleID, fen int64) { m.add("P", &TenderTaken{Sale: id, By: Cash, Amount: Fen(fen)}) }
	ids := open(3)
	pay(ids[0], 20)
	for day := range 5 {
		m.at = time.Date(2026, 1, 2+day, 9, 0, 0, 0, Shanghai)
		m.paid("Q", 5000)
		apply()
	}
	for i, id := range ids {
		pay(id, map[bool]int64{true: 30, false: 50}[i == 0])
		m.add("P", &TenderReturned{Sale: id, By: Cash, Amount: Fen(30)})
	}
	apply()
	rules := map[AlertRule]int{}
	for _, a := range w.Today() {
		rules[a.Rule] = a.Count
	}
	if rules[AlertOwnRefund] != 3 || w.counts[alertKey{AlertTiny, "P"}].Count != 2 { // the third was tiny on the day of its part
		t.Errorf("%v", rules)
	}
	for day := range 2 {
		m.at = time.Date(2026, 1, 7+day, 9, 0, 0, 0, Shanghai)
		m.paid("Q", 5000)
		apply()
	}
	if len(w.sales) != 2 {
		t.Errorf("%d sales are kept", len(w.sales))
	}
	ids = open(maxWaiting + 1)
	apply()
	m.at = m.at.AddDate(0, 0, 1)
	m.paid("Q", 5000)
	apply()
	if w.sales[ids[0]] != nil || w.sales[ids[1]] == nil {
		t.Error("not the oldest is lost")
	}
}

// TestAShiftLeftToTheTillIsTold: one that nobody has counted, and one that differs by however little; of whoever had the drawer.
func TestAShiftLeftToTheTillIsTold(t *testing.T) {
	for name, shift := range map[string]struct {
		counted Money
		fen     int64
		told    []AlertRule
	}{
		"not counted":     {told: []AlertRule{AlertLeftOpen}},
		"a little is off": {counted: Fen(99_00), fen: -1_00, told: []AlertRule{AlertLeftOpen}},
		"much is off":     {counted: Fen(1_00), fen: -99_00, told: []AlertRule{AlertDifference, AlertLeftOpen}},
		"right":           {counted: Fen(100_00)},
	} {
		m, w := &months{at: time.Date(2026, 1, 1, 8, 0, 0, 0, Shanghai)}, NewWatch(DefaultThresholds(), Calendar{})
		m.add("P", &ShiftOpened{Shift: 1, Person: "P", Float: Fen(100_00)})
		m.add(Till.Person, &ShiftClosed{Shift: 1, Expected: Fen(100_00), Counted: shift.counted, Automatic: true})
		for i := range m.events {
			w.Apply(&m.events[i])
		}
		var told []AlertRule
		for _, a := range w.Today() {
			if told = append(told, a.Rule); a.Person != "P" || a.Fen != shift.fen {
				t.Errorf("%s: %+v", name, a)
			}
		}
		if !slices.Equal(told, shift.told) {
			t.Errorf("%s: %v", name, told)
		}
	}
}

// TestAWrongPINCountsForWhoTried: where somebody works, theirs are the tries of another person's PIN.
func TestAWrongPINCountsForWhoTried(t *testing.T) {
	for by, want := range map[string]string{Till.Person: "boss", "P": "P"} {
		m, w := &months{at: time.Date(2026, 1, 1, 8, 0, 0, 0, Shanghai)}, NewWatch(DefaultThresholds(), Calendar{})
		for range 5 {
			m.add(by, &PINFailed{Person: "boss", What: "open the drawer"})
		}
		for i := range m.events {
			w.Apply(&m.events[i])
		}
		if got := w.Today(); len(got) != 1 || got[0].Rule != AlertWrongPIN || got[0].Person != want {
			t.Errorf("tried by %s: %+v", by, got)
		}
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
