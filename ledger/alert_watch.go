package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Watch is the follower behind the alerts: a fold over events, kept by whoever shows them, and bounded by one day's trades, by the
// sales that wait, and by how many people there are. It starts anywhere in the journal; usual amounts are known after some days of it.
type Watch struct {
	limits   Thresholds
	calendar Calendar
	day      Day
	sales    map[SaleID]*watched
	orders   map[OrderNo]SaleID
	counts   map[alertKey]*Alert // also of those below their threshold
	counted  map[saleKey]bool
	shift    ShiftOpened    // the open one, where its beginning was seen
	sold     map[string]int // sales of the day, by person
	ended    map[repeat]time.Time
	usual    map[string]*amounts
	past     []Alert // of days that are over, the newest last
}

type alertKey struct {
	rule   AlertRule
	person string
}

// saleKey is a sale that counts for a rule.
type saleKey struct {
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
	asked    []int64 // for each of them, in fen
	due      int64   // fen that are still to pay
	ended    Day     // on which it was settled or dropped; 0: it waits
}

// typo is how soon after it was settled an amount that is keyed anew was only keyed wrongly.
const typo = 10 * time.Second

// maxWaiting bounds the sales kept that have not ended.
const maxWaiting = 2000

// maxPast bounds the alerts kept of days that are over.
const maxPast = 500

// NewWatch starts a watch at the next event it is given.
func NewWatch(limits Thresholds, calendar Calendar) *Watch {
	return &Watch{
		limits: limits, calendar: calendar, sales: map[SaleID]*watched{}, orders: map[OrderNo]SaleID{}, counts: map[alertKey]*Alert{},
		counted: map[saleKey]bool{}, sold: map[string]int{}, ended: map[repeat]time.Time{}, usual: map[string]*amounts{},
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
		defer w.ends(b.Sale)
		if s := w.sales[b.Sale]; b.Why != DropReplaced || s == nil || e.At.Sub(s.openedAt) >= typo {
			w.voided(e, b.Sale)
		}
	case *SaleSetAside:
		w.voided(e, b.Sale)
	case *AttemptOpened:
		w.orders[b.Order] = b.Sale
		if s := w.sales[b.Sale]; s != nil {
			s.orders, s.asked = append(s.orders, b.Order), append(s.asked, b.Amount.Fen)
		}
	case *AttemptStopped:
		if b.Why == StopCashier {
			w.voided(e, w.orders[b.Order])
		}
	case *AttemptAnswered:
		if b.Became == Paid {
			w.paid(e, w.orders[b.Order], w.askedOn(b.Order))
		}
	case *TenderTaken:
		w.paid(e, b.Sale, b.Amount.Fen)
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
	default:
		w.drawer(e)
	}
}

// drawer looks at what happens to the cash drawer, and at receipts printed again.
func (w *Watch) drawer(e *Event) {
	switch b := e.Body.(type) {
	case *ShiftOpened:
		w.shift = *b
	case *ShiftClosed:
		w.closed(e, b)
	case *DrawerOpened:
		if b.Sale == "" {
			w.count(AlertNoSale, e.Actor.Person, e, "")
		}
	case *Reprinted:
		w.count(AlertReprints, e.Actor.Person, e, b.Sale)
	}
}

// closed compares the counts of a shift with what should have been in the drawer. The first one counts too: who counts until it fits
// has seen what is missing. A shift that the till has closed is told of without a limit: whoever counts, and leaves a difference to the
// till, has nobody asked to accept it. It is told of whoever answered for the drawer.
func (w *Watch) closed(e *Event, b *ShiftClosed) {
	person, most := e.Actor.Person, b.First.Fen
	if w.shift.Shift == b.Shift {
		person = w.shift.Person
	}
	last, counted := b.Counted.Fen-b.Expected.Fen, b.Counted != (Money{})
	if counted && abs(last) >= abs(most) {
		most = last
	}
	if b.Automatic && (!counted || last != 0) {
		w.differs(AlertLeftOpen, person, e, most)
	}
	if abs(most) > w.limits.Difference {
		w.differs(AlertDifference, person, e, most)
	}
}

// differs counts a shift, and keeps the largest difference.
func (w *Watch) differs(rule AlertRule, person string, e *Event, fen int64) {
	w.count(rule, person, e, "")
	if a := w.counts[alertKey{rule, person}]; abs(fen) > abs(a.Fen) {
		a.Fen = fen
	}
}

func abs(fen int64) int64 { return max(fen, -fen) }

func (w *Watch) nextDay(day Day) {
	w.past = append(w.past, w.Today()...)
	w.past = w.past[max(0, len(w.past)-maxPast):]
	w.forget()
	w.day = day
	clear(w.counts)
	clear(w.counted)
	clear(w.sold)
	clear(w.ended)
	for _, usual := range w.usual {
		usual.age()
	}
}

// forget lets go of the sales that ended before the day that is over: until then some are still on a screen, or given back in the
// night. One that waits, held or paid in part, stays until it ends; of too many the oldest go.
func (w *Watch) forget() {
	var waiting []SaleID
	for id, sale := range w.sales {
		switch {
		case sale.ended == 0:
			waiting = append(waiting, id)
		case sale.ended < w.day:
			w.lose(id)
		}
	}
	slices.SortFunc(waiting, func(a, b SaleID) int {
		return cmp.Or(w.sales[a].openedAt.Compare(w.sales[b].openedAt), cmp.Compare(a, b))
	})
	for _, id := range waiting[:max(0, len(waiting)-maxWaiting)] {
		w.lose(id)
	}
}

func (w *Watch) lose(id SaleID) {
	for _, order := range w.sales[id].orders {
		delete(w.orders, order)
	}
	delete(w.sales, id)
}

// ends notes that a sale was settled or dropped.
func (w *Watch) ends(id SaleID) {
	if s := w.sales[id]; s != nil {
		s.ended = w.day
	}
}

// askedOn is how much was asked for by an order, in fen.
func (w *Watch) askedOn(order OrderNo) int64 {
	if s := w.sales[w.orders[order]]; s != nil {
		if i := slices.Index(s.orders, order); i >= 0 {
			return s.asked[i]
		}
	}
	return 0
}

// recalled: a sale of the past comes whole, with the event that brings it back. What the watch has seen itself it knows better.
func (w *Watch) recalled(s *Sale) {
	if w.sales[s.ID] != nil {
		return
	}
	sale := &watched{person: s.Actor.Person, fen: s.Amount.Fen, openedAt: s.OpenedAt, ended: w.day}
	for i := range s.Attempts {
		w.orders[s.Attempts[i].Order] = s.ID
		if s.Attempts[i].State == Paid {
			sale.paidAt = s.Attempts[i].SinceAt
		}
		sale.orders, sale.asked = append(sale.orders, s.Attempts[i].Order), append(sale.asked, s.Attempts[i].Amount.Fen)
	}
	w.sales[s.ID] = sale
}

func (w *Watch) opened(e *Event, b *SaleOpened) {
	person, fen := e.Actor.Person, b.Amount.Fen
	w.sales[b.Sale] = &watched{person: person, fen: fen, openedAt: e.At, due: fen}
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
func (w *Watch) paid(e *Event, id SaleID, fen int64) {
	sale := w.sales[id]
	if sale == nil {
		return
	}
	if sale.due -= fen; sale.due <= 0 && sale.ended == 0 {
		w.ends(id)
	}
	if !sale.paidAt.IsZero() {
		return
	}
	sale.paidAt = e.At
	if sale.fen < w.limits.TinyBelow {
		w.count(AlertTiny, sale.person, e, id)
	}
}

// soon reports whether so little time lies between two events; a clock that was set back tells nothing.
func soon(between, within time.Duration) bool { return between >= 0 && between <= within }

// wrongPIN counts for who tried: the person who works there when somebody else's PIN is asked for. At a sign-in nobody knows who
// tries, and it counts for whose PIN it was. It counts for the till as a whole, too: who tries one person's after another's keeps each
// below a threshold.
func (w *Watch) wrongPIN(e *Event, b *PINFailed) {
	w.count(AlertWrongPIN, "", e, "")
	person := b.Person
	if e.Actor.Person != Till.Person {
		person = e.Actor.Person
	}
	if person != "" {
		w.count(AlertWrongPIN, person, e, "")
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

// count adds evidence for a rule. The same sale counts once, but for each further copy of its receipt.
func (w *Watch) count(rule AlertRule, person string, e *Event, sale SaleID) {
	key := alertKey{rule, person}
	a := w.counts[key]
	if a == nil {
		a = &Alert{Rule: rule, Person: person, Day: w.day}
		w.counts[key] = a
	}
	if sale != "" && rule != AlertReprints && w.counted[saleKey{key, sale}] {
		return
	}
	w.counted[saleKey{key, sale}] = true
	a.Count++
	a.At = e.At
	a.Evidence = append(a.Evidence, w.evidence(e, sale))
	a.Evidence = a.Evidence[max(0, len(a.Evidence)-maxEvidence):]
}

// evidence is an event with what is known of its sale.
func (w *Watch) evidence(e *Event, sale SaleID) Evidence {
	found := Evidence{Seq: e.Seq, Sale: sale}
	if s := w.sales[sale]; s != nil {
		found.Fen = s.fen
		if n := len(s.orders); n > 0 {
			found.Order = s.orders[n-1]
		}
	}
	return found
}

// speaks reports whether an alert has reached its rule's threshold.
func (w *Watch) speaks(a *Alert) bool {
	from := w.limits.From(a.Rule)
	if from == 0 || a.Count < from || a.Person == "" && w.allOfOne(a) {
		return false
	}
	return a.Rule != AlertVoids || a.Count*100 > w.limits.VoidPercent*max(1, w.sold[a.Person])
}

// allOfOne reports whether what counts for the till as a whole was all about one person, who has an alert of their own.
func (w *Watch) allOfOne(whole *Alert) bool {
	for key, a := range w.counts {
		if key.rule == whole.Rule && key.person != "" && a.Count == whole.Count {
			return true
		}
	}
	return false
}

// Today gives the running day's alerts, by rule and person.
func (w *Watch) Today() (alerts []Alert) {
	for a := range maps.Values(w.counts) {
		if w.speaks(a) {
			copied := *a
			copied.Evidence = slices.Clone(a.Evidence)
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
