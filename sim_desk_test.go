package main

import (
	"slices"
	"time"

	"guitai/ledger"
)

// desk is the counter's own small book: who stands there, what lies in the drawer, what was sold and given back since the last Z
// report. It is kept by hand from what people wanted and what was written of it, never from what the till adds up. Its rules:
//
//	C1  nobody acts who is not signed in at that place, on a screen that is not locked, with the right or a second person
//	C2  a consent is a second, different supervisor's right PIN, handed in with this very wish; it serves once
//	C3  what somebody is told to be done is durable, and what is refused is not
//	C4  after five wrong PINs in a row nobody gets in for half a minute, also after a restart
//	M12 tenders and the paid attempt are never more than the price; change is what is left of what was given; nothing goes back twice;
//	    a payment that was to go back is never PAID; the drawer has float + in − out + cash − change − cash given back
//	K1  nobody is told what should be in the drawer before a count is durable; afterwards it is this book's figure
//	K2  shifts follow one another; a shift ends counted, or by itself at the shop's hour and not before
//	Z1  Z reports are numbered without gap or repeat, and stay as they were
//	Z2  a report's figures are this book's; the totals for ever are the sum of all Z reports
//	Z3  what a sealed day has taken and given back never changes
type desk struct {
	sim      *sim
	wish     *wishing
	spent    *ledger.Consent
	turns    uint64
	dirty    bool
	rules    ledger.Seconds
	step     int64         // of coins
	closeAt  time.Duration // when a forgotten shift is closed
	seats    map[string]seat
	tries    map[string]tries
	sales    map[ledger.SaleID]*deskSale
	orders   map[ledger.OrderNo]*deskOrder
	refunds  map[ledger.RefundNo]*deskRefund
	tenders  []*deskTender
	part     deskPart
	shift    *deskShift
	shifts   uint64
	due      time.Time // when the shift is forgotten
	period   deskPeriod
	sold     int64 // ever
	returned int64 // ever
	zs       []madeZ
	sealing  []ledger.Day // days that were sealed since the last look
	sealed   map[ledger.Day][]ledger.Total
}

type seat struct {
	person string
	locked bool
}

type tries struct {
	wrong int
	until time.Time
}

type deskSale struct {
	amount  int64
	taken   int64 // tenders and the paid attempt
	undone  int64 // of it, given back
	seq     uint64
	day     ledger.Day
	by      string
	tenders []*deskTender
	orders  []*deskOrder
}

type deskOrder struct {
	sale     ledger.SaleID
	amount   int64
	state    ledger.AttemptState
	goesBack bool // cash was taken in its place
}

type deskRefund struct {
	order  ledger.OrderNo
	amount int64
	person bool
	back   bool
}

type deskTender struct {
	id     uint64
	sale   ledger.SaleID
	kind   ledger.TenderKind
	kept   int64
	back   int64
	times  int // it was given back from
	by     string
	proven bool
}

type deskPart struct {
	sale ledger.SaleID
	fen  int64
}

// deskShift is a shift as its person would keep it on paper.
type deskShift struct {
	number               uint64
	person               string
	float, in, out, cash int64
	counts               uint32
	first, firstExpected int64
	counted              int64
	current              bool
}

func (k *deskShift) expects() int64 { return k.float + k.in - k.out + k.cash }

// sums is what came and what went.
type sums struct{ sold, back int64 }

type deskPeriod struct {
	from          uint64
	all           sums
	tenders       map[string]sums
	days          map[ledger.Day]sums // of sales that an earlier period has seen
	cash, in, out int64
	shifts        uint64
	xs            uint64
}

type madeZ struct {
	seq    uint64
	hash   ledger.Hash
	period deskPeriod
	sold   int64
}

func newDesk(s *sim, d *dice) *desk {
	k := &desk{
		sim: s, seats: map[string]seat{}, tries: map[string]tries{}, sales: map[ledger.SaleID]*deskSale{}, sealed: map[ledger.Day][]ledger.Total{},
		orders: map[ledger.OrderNo]*deskOrder{}, refunds: map[ledger.RefundNo]*deskRefund{}, period: newDeskPeriod(1),
	}
	k.rules = ledger.Seconds{RefundAbove: int64(1 + d.n(40000)), OwnSale: d.chance(0.4), Resolve: d.chance(0.3), NoSale: d.chance(0.5),
		DifferenceAbove: int64(1 + d.n(2000)), PayOutAbove: int64(1 + d.n(20000))}
	k.step = []int64{0, 10, 100}[d.n(3)]
	return k
}

func newDeskPeriod(from uint64) deskPeriod {
	return deskPeriod{from: from, tenders: map[string]sums{}, days: map[ledger.Day]sums{}}
}

// turn numbers what people decide one after the other.
func (k *desk) turn() uint64 { k.turns++; return k.turns }

func (k *desk) breaks(invariant, format string, args ...any) {
	k.sim.breaks(invariant, format, args...)
}

// hears takes note of a durable event, in its order.
func (k *desk) hears(e *ledger.Event, hash ledger.Hash) {
	k.dirty = true
	k.forgotten(e)
	if e.Actor.Role != ledger.RoleTill {
		k.mayAct(e)
	}
	switch b := e.Body.(type) {
	case *ledger.Opened: // whoever stood here before has to say so again
		clear(k.seats)
	case *ledger.SignedIn, *ledger.SignedOut, *ledger.ScreenLocked, *ledger.PINFailed:
		k.staff(e)
	case *ledger.DaySealed:
		k.sealing = append(k.sealing, e.Day)
	case *ledger.ShiftOpened, *ledger.CashMoved, *ledger.CashCounted, *ledger.ShiftClosed:
		k.drawer(e)
	case *ledger.Reported:
		if k.period.xs++; b.X != k.period.xs {
			k.breaks("Z1", "X report %d of the period is its %d.", b.X, k.period.xs)
		}
	case *ledger.DayClosed:
		k.closes(e, b, hash)
	default:
		k.money(e)
	}
}

// everyday are the kinds that may come of anything at the counter, or of a wish that waited.
var everyday = []ledger.Kind{
	ledger.KindSaleOpened, ledger.KindSaleDropped, ledger.KindSaleSetAside, ledger.KindCodeRefused, ledger.KindAttemptOpened,
	ledger.KindAttemptStopped, ledger.KindSaleRecalled, ledger.KindPINFailed, ledger.KindSaleHeld, ledger.KindSaleResumed, ledger.KindSaleNoted,
}

// mayAct is C1 and C2 for an event of a person.
func (k *desk) mayAct(e *ledger.Event) {
	kind, w := e.Body.Kind(), k.wish
	if kind == ledger.KindSignedIn || kind == ledger.KindSignedOut && w != nil && w.enters == e.Actor.Person && w.proves { // asked in staff
		return
	}
	seat := k.seats[e.Actor.Place]
	if seat.person != e.Actor.Person || seat.locked || e.Actor.Role != roleOf(e.Actor.Person) {
		k.breaks("C1", "%s (%s) does %T at the %s, where %q is signed in, locked: %v", e.Actor.Person, e.Actor.Role, e.Body, e.Actor.Place, seat.person, seat.locked)
	}
	if slices.Contains(everyday, kind) && (kind != ledger.KindSaleRecalled || w == nil) {
		return
	}
	by, approver := e.Actor, e.Actor.Approver
	by.Approver = ""
	switch {
	case w == nil:
		k.breaks("C1", "%s does %T, and has not wanted it", by.Person, e.Body)
	case w.enters == by.Person && kind == ledger.KindShiftOpened: // the other half of a hand-over
	case w.actor != by:
		k.breaks("C1", "%s does %T, which %s has wanted", by.Person, e.Body, w.actor.Person)
	case approver != "" && approver != w.second:
		k.breaks("C2", "%s does %T with the consent of %s, who has not agreed to this", by.Person, e.Body, approver)
	case approver != "" && k.lockedOut(approver, e.At):
		k.breaks("C4", "%s agrees, and nobody may try this PIN now", approver)
	case w.needs && approver == "":
		k.breaks("C2", "%s does %T alone", by.Person, e.Body)
	case kind != ledger.KindSaleRecalled && kind == w.kind:
		w.met++
		k.says(e.Body, w)
	}
	if approver != "" {
		k.tries[approver] = tries{}
	}
}

// says compares what an event says with what the person said.
func (k *desk) says(body ledger.Body, w *wishing) {
	same := true
	switch is := body.(type) {
	case *ledger.CashMoved:
		want, _ := w.body.(*ledger.CashMoved)
		same = want != nil && want.Amount == is.Amount && want.In == is.In
	case *ledger.CashCounted:
		want, _ := w.body.(*ledger.CashCounted)
		same = want != nil && want.Sum == is.Sum
	case *ledger.ShiftOpened:
		want, _ := w.body.(*ledger.ShiftOpened)
		same = want != nil && want.Float == is.Float
	case *ledger.RefundOpened:
		want, _ := w.body.(*ledger.RefundOpened)
		same = want != nil && want.Amount == is.Amount && want.Order == is.Order
	case *ledger.TenderReturned:
		want, _ := w.body.(*ledger.TenderReturned)
		same = want != nil && want.Amount == is.Amount && want.Tender == is.Tender
	}
	if !same {
		k.breaks("C3", "%s has wanted %+v, and %+v is written", w.actor.Person, w.body, body)
	}
}

// restarts: a new process counts every lock anew, and forgets how large the next part was to be.
func (k *desk) restarts() {
	k.part = deskPart{}
	for person, t := range k.tries {
		if t.wrong >= 5 {
			k.tries[person] = tries{t.wrong, time.Now().Add(30 * time.Second)}
		}
	}
}

func (k *desk) lockedOut(person string, at time.Time) bool {
	t := k.tries[person]
	return t.wrong >= 5 && at.Before(t.until.Add(-time.Millisecond))
}

// staff folds who stands where.
func (k *desk) staff(e *ledger.Event) {
	place, w := e.Actor.Place, k.wish
	switch b := e.Body.(type) {
	case *ledger.SignedIn:
		person := e.Actor.Person
		switch {
		case w == nil || w.enters != person || !w.proves:
			k.breaks("C1", "%s is signed in at the %s without the right PIN", person, place)
		case k.lockedOut(person, e.At):
			k.breaks("C4", "%s gets in after %d wrong PINs", person, k.tries[person].wrong)
		case w.kind == ledger.KindSignedIn:
			w.met++
		}
		k.seats[place], k.tries[person] = seat{person: person}, tries{}
	case *ledger.SignedOut:
		if k.seats[place].person != b.Person {
			k.breaks("C1", "%s is signed out at the %s, where %q was", b.Person, place, k.seats[place].person)
		}
		delete(k.seats, place)
	case *ledger.ScreenLocked:
		k.seats[place] = seat{k.seats[place].person, true}
	case *ledger.PINFailed:
		if w == nil || w.tries != b.Person {
			if _, known := staffPIN[b.Person]; known {
				k.breaks("C4", "a PIN of %s counts as a wrong one, and nobody has keyed a wrong one for this", b.Person)
			}
			return
		}
		t := k.tries[b.Person]
		k.tries[b.Person] = tries{t.wrong + 1, e.At.Add(30 * time.Second)}
	}
}
