package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// AlertRule names a pattern of trades that a supervisor should look at. It accuses nobody: each alert carries the events it rests on.
type AlertRule string

// The rules. A person's events of one business day are looked at together.
const (
	AlertFastRefund AlertRule = "fast-refund"  // refunds soon after the payment: the customer may just have left
	AlertOwnRefund  AlertRule = "own-refund"   // refunds by whoever has sold
	AlertVoids      AlertRule = "voids"        // sales given up, or payments stopped, more than others do
	AlertTiny       AlertRule = "tiny"         // sales of next to nothing
	AlertHours      AlertRule = "hours"        // trades while the shop is closed
	AlertRepeat     AlertRule = "repeat"       // the same amount again soon after it was given up or given back
	AlertBand       AlertRule = "band"         // an amount far outside this person's usual ones
	AlertLooseCode  AlertRule = "loose-code"   // customers' codes scanned while nothing was to be paid
	AlertWrongPIN   AlertRule = "wrong-pin"    // wrong PINs
	AlertWatched    AlertRule = "watched-sale" // somebody at the till has said that something was wrong with a sale
)

// AlertRules lists the rules, in the order of a screen.
var AlertRules = []AlertRule{AlertWatched, AlertFastRefund, AlertOwnRefund, AlertVoids, AlertTiny, AlertHours, AlertRepeat, AlertBand, AlertLooseCode, AlertWrongPIN}

// Thresholds say from when on a rule speaks. Counts are of one person and one business day; a zero count switches a rule off.
// The defaults follow the starting values of published loss-prevention guides where there are any, and else the false alarms of
// simulated months (DESIGN.md has both rates for each rule).
type Thresholds struct {
	FastRefunds  int           // refunds within FastWithin of their payment
	FastWithin   time.Duration // default 10 minutes
	OwnRefunds   int           // refunds of one's own sales
	Voids        int           // sales given up or stopped, at least so many
	VoidPercent  int           // and more than this share of the sales
	Tiny         int           // sales below TinyBelow
	TinyBelow    int64         // fen
	Opens        time.Duration // after midnight; the shop is closed before
	Closes       time.Duration // and from here on; Opens == Closes: no hours are known
	Repeats      int           // same amount within RepeatWithin after it was given up or given back
	RepeatWithin time.Duration
	BandTimes    int64 // so many times this person's largest usual amount; 0: off
	BandAfter    int   // sales by which a person's usual amounts are known
	LooseCodes   int
	WrongPINs    int
}

// DefaultThresholds are those of a shop that has chosen none.
func DefaultThresholds() Thresholds {
	return Thresholds{
		FastRefunds: 3, FastWithin: 10 * time.Minute, OwnRefunds: 3, Voids: 5, VoidPercent: 5, Tiny: 3, TinyBelow: 100,
		Repeats: 3, RepeatWithin: 10 * time.Minute, BandTimes: 4, BandAfter: 100, LooseCodes: 3, WrongPINs: 5,
	}
}

// Alert is a rule that has spoken about one person on one day. It grows while the day goes on.
type Alert struct {
	Rule   AlertRule
	Person string
	Day    Day
	At     time.Time // of the last event
	Count  int       // events that count, of which Events has the last ones
	Events []uint64  // evidence: sequence numbers
	Sales  []SaleID  // the sales they are about, where there is one
}

// maxEvidence bounds what an alert carries.
const maxEvidence = 20

// Watch is the follower behind the alerts: a fold over events, kept by whoever shows them, and bounded by one day's trades and by
// how many people there are. It starts anywhere in the journal; usual amounts are known after some days of it.
type Watch struct {
	limits   Thresholds
	calendar Calendar
	day      Day
	sales    map[SaleID]*watched
	orders   map[OrderNo]SaleID
	before   []SaleID            // the sales of the day before, which go when this one is over: some are still on a screen at midnight
	counts   map[alertKey]*Alert // also of those below their threshold
	counted  map[evidence]bool
	sold     map[string]int // sales of the day, by person
	ended    map[repeat]time.Time
	usual    map[string]*amounts
	past     []Alert // of days that are over, the newest last
}

type alertKey struct {
	rule   AlertRule
	person string
}

// evidence is a sale that counts for a rule.
type evidence struct {
	alertKey
	sale SaleID
}

// repeat is an amount that a person has given up or given back.
type repeat struct {
	person string
	fen    int64
}

// watched is what the rules need of a sale.
type watched struct {
	person   string
	fen      int64
	openedAt time.Time
	paidAt   time.Time
	orders   []OrderNo
}

// typo is how soon after it was settled an amount that is keyed anew was only keyed wrongly.
const typo = 10 * time.Second

// maxPast bounds the alerts kept of days that are over.
const maxPast = 500

// NewWatch starts a watch at the next event it is given.
func NewWatch(limits Thresholds, calendar Calendar) *Watch {
	return &Watch{
		limits: limits, calendar: calendar, sales: map[SaleID]*watched{}, orders: map[OrderNo]SaleID{}, counts: map[alertKey]*Alert{},
		counted: map[evidence]bool{}, sold: map[string]int{}, ended: map[repeat]time.Time{}, usual: map[string]*amounts{},
	}
}

// Apply looks at the next event.
func (w *Watch) Apply(e *Event) {
	if e.Day > w.day {
		w.nextDay(e.Day)
	}
	switch b := e.Body.(type) {
	case *SaleRecalled:
		w.recalled(&b.Sale)
	case *SaleOpened:
		w.opened(e, b)
	case *SaleDropped:
		if s := w.sales[b.Sale]; b.Why != DropReplaced || s == nil || e.At.Sub(s.openedAt) >= typo {
			w.voided(e, b.Sale)
		}
	case *SaleSetAside:
		w.voided(e, b.Sale)
	case *AttemptOpened:
		w.orders[b.Order] = b.Sale
		if s := w.sales[b.Sale]; s != nil {
			s.orders = append(s.orders, b.Order)
		}
	case *AttemptStopped:
		if b.Why == StopCashier {
			w.voided(e, w.orders[b.Order])
		}
	case *AttemptAnswered:
		if b.Became == Paid {
			w.paid(e, w.orders[b.Order])
		}
	case *TenderTaken:
		w.paid(e, b.Sale)
	case *RefundOpened:
		if b.Cause == CausePerson {
			w.returned(e, w.orders[b.Order], b.Amount.Fen)
		}
	case *TenderReturned:
		w.returned(e, b.Sale, b.Amount.Fen)
	case *Resolved:
		if b.Returned != (Money{}) {
			w.returned(e, w.orders[b.Order], b.Returned.Fen)
		}
	case *CodeRefused:
		if b.Why == ReasonNoAmount && b.Mark != (Mark{}) {
			w.count(AlertLooseCode, e.Actor.Person, e, "")
		}
	case *PINFailed:
		w.wrongPIN(e, b)
	case *SaleNoted:
		if b.Wrong {
			w.count(AlertWatched, e.Actor.Person, e, b.Sale)
		}
	}
}

func (w *Watch) nextDay(day Day) {
	w.past = append(w.past, w.Today()...)
	w.past = w.past[max(0, len(w.past)-maxPast):]
	w.day = day
	for _, id := range w.before {
		for _, order := range w.sales[id].orders {
			delete(w.orders, order)
		}
		delete(w.sales, id)
	}
	w.before = slices.Collect(maps.Keys(w.sales))
	clear(w.counts)
	clear(w.counted)
	clear(w.sold)
	clear(w.ended)
	for _, usual := range w.usual {
		usual.age()
	}
}

// recalled: a sale of the past comes whole, with the event that brings it back. What the watch has seen itself it knows better.
func (w *Watch) recalled(s *Sale) {
	if w.sales[s.ID] != nil {
		return
	}
	sale := &watched{person: s.Actor.Person, fen: s.Amount.Fen, openedAt: s.OpenedAt}
	for i := range s.Attempts {
		w.orders[s.Attempts[i].Order] = s.ID
		if s.Attempts[i].State == Paid {
			sale.paidAt = s.Attempts[i].SinceAt
		}
		sale.orders = append(sale.orders, s.Attempts[i].Order)
	}
	w.sales[s.ID] = sale
}

func (w *Watch) opened(e *Event, b *SaleOpened) {
	person, fen := e.Actor.Person, b.Amount.Fen
	w.sales[b.Sale] = &watched{person: person, fen: fen, openedAt: e.At}
	w.sold[person]++
	w.hours(e, b.Sale)
	if at, again := w.ended[repeat{person, fen}]; again && soon(e.At.Sub(at), w.limits.RepeatWithin) {
		w.count(AlertRepeat, person, e, b.Sale)
		delete(w.ended, repeat{person, fen}) // one that was given up is keyed again once
	}
	usual := w.usual[person]
	if usual == nil {
		usual = new(amounts)
		w.usual[person] = usual
	}
	if w.limits.BandTimes > 0 && usual.known >= w.limits.BandAfter && fen > w.limits.BandTimes*usual.most() {
		w.count(AlertBand, person, e, b.Sale)
	}
	usual.add(fen)
}

// hours counts a trade while the shop is closed.
func (w *Watch) hours(e *Event, sale SaleID) {
	if w.limits.Opens == w.limits.Closes {
		return
	}
	at := w.calendar.In(e.At)
	clock := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	open := clock >= w.limits.Opens && clock < w.limits.Closes
	if w.limits.Closes < w.limits.Opens { // open past midnight
		open = clock >= w.limits.Opens || clock < w.limits.Closes
	}
	if !open {
		w.count(AlertHours, e.Actor.Person, e, sale)
	}
}

func (w *Watch) voided(e *Event, sale SaleID) {
	w.count(AlertVoids, e.Actor.Person, e, sale)
	if s := w.sales[sale]; s != nil {
		w.ended[repeat{e.Actor.Person, s.fen}] = e.At
	}
}

// paid: money has come, all of it or a part.
func (w *Watch) paid(e *Event, id SaleID) {
	sale := w.sales[id]
	if sale == nil || !sale.paidAt.IsZero() {
		return
	}
	sale.paidAt = e.At
	if sale.fen < w.limits.TinyBelow {
		w.count(AlertTiny, sale.person, e, id)
	}
}

// soon reports whether so little time lies between two events; a clock that was set back tells nothing.
func soon(between, within time.Duration) bool { return between >= 0 && between <= within }

// wrongPIN counts for whose PIN it was, and for the till as a whole: who tries one person's after another's keeps each below a
// threshold. At a sign-in nobody knows who tries.
func (w *Watch) wrongPIN(e *Event, b *PINFailed) {
	w.count(AlertWrongPIN, "", e, "")
	if b.Person != "" {
		w.count(AlertWrongPIN, b.Person, e, "")
	}
}

// returned: a person has given money back, by whatever way.
func (w *Watch) returned(e *Event, id SaleID, fen int64) {
	person := e.Actor.Person
	w.hours(e, id)
	sale := w.sales[id]
	if sale == nil {
		return
	}
	w.ended[repeat{person, fen}] = e.At
	if !sale.paidAt.IsZero() && soon(e.At.Sub(sale.paidAt), w.limits.FastWithin) {
		w.count(AlertFastRefund, person, e, id)
	}
	if sale.person == person {
		w.count(AlertOwnRefund, person, e, id)
	}
}

// count adds evidence for a rule. The same sale counts once.
func (w *Watch) count(rule AlertRule, person string, e *Event, sale SaleID) {
	key := alertKey{rule, person}
	a := w.counts[key]
	if a == nil {
		a = &Alert{Rule: rule, Person: person, Day: w.day}
		w.counts[key] = a
	}
	if sale != "" && w.counted[evidence{key, sale}] {
		return
	}
	w.counted[evidence{key, sale}] = true
	a.Count++
	a.At = e.At
	a.Events = append(a.Events, e.Seq)
	a.Events = a.Events[max(0, len(a.Events)-maxEvidence):]
	if sale != "" {
		a.Sales = append(a.Sales, sale)
		a.Sales = a.Sales[max(0, len(a.Sales)-maxEvidence):]
	}
}

// speaks reports whether an alert has reached its rule's threshold.
func (w *Watch) speaks(a *Alert) bool {
	from := map[AlertRule]int{
		AlertFastRefund: w.limits.FastRefunds, AlertOwnRefund: w.limits.OwnRefunds, AlertVoids: w.limits.Voids, AlertTiny: w.limits.Tiny,
		AlertHours: 1, AlertRepeat: w.limits.Repeats, AlertBand: 1, AlertLooseCode: w.limits.LooseCodes, AlertWrongPIN: w.limits.WrongPINs, AlertWatched: 1,
	}[a.Rule]
	if from == 0 || a.Count < from {
		return false
	}
	return a.Rule != AlertVoids || a.Count*100 > w.limits.VoidPercent*max(1, w.sold[a.Person])
}

// Today gives the running day's alerts, by rule and person.
func (w *Watch) Today() (alerts []Alert) {
	for a := range maps.Values(w.counts) {
		if w.speaks(a) {
			copied := *a
			copied.Events, copied.Sales = slices.Clone(a.Events), slices.Clone(a.Sales)
			alerts = append(alerts, copied)
		}
	}
	slices.SortFunc(alerts, func(a, b Alert) int {
		return cmp.Or(cmp.Compare(slices.Index(AlertRules, a.Rule), slices.Index(AlertRules, b.Rule)), cmp.Compare(a.Person, b.Person))
	})
	return alerts
}

// Past gives the alerts of days that are over, the newest last.
func (w *Watch) Past() []Alert { return slices.Clone(w.past) }

// amounts are a person's usual ones, as counts by size: each class is a quarter of a doubling wide, so that a hundred numbers hold
// a life's sales.
type amounts struct {
	classes [120]uint64 // thousandths of a sale
	known   int
}

func (a *amounts) add(fen int64) {
	a.classes[classOf(fen)] += 1000
	a.known++
}

// age lets older days count less, by half in about a month.
func (a *amounts) age() {
	for i := range a.classes {
		a.classes[i] -= min(a.classes[i], max(a.classes[i]/44, 1))
	}
}

// most is about the amount that one sale of a hundred exceeds.
func (a *amounts) most() int64 {
	total, above := uint64(0), uint64(0)
	for _, n := range a.classes {
		total += n
	}
	for i := len(a.classes) - 1; i >= 0; i-- {
		if above += a.classes[i]; above > total/100 {
			return topOf(i)
		}
	}
	return 0
}

// classOf and topOf go between an amount and its class, in whole numbers.
func classOf(fen int64) int {
	class := 0
	for fen >= 8 {
		fen /= 2
		class += 4
	}
	return min(class+int(max(fen, 4)-4), 119)
}

func topOf(class int) int64 { return int64(5+class%4) << (class / 4) }
