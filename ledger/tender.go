package ledger

import (
	"fmt"
	"slices"
	"time"
)

// TenderKind is a way of paying that asks no channel: the till takes a person's word for it, and says whose.
type TenderKind uint8

// The kinds. Numbers are on disk.
const (
	Cash     TenderKind = 1 // counted by the cashier
	CardSlip TenderKind = 2 // a bank card on a terminal of its own, by the number on its slip
	Transfer TenderKind = 3 // a bank transfer: pending until somebody has seen it arrive
)

// TenderKinds in the order of every list and total.
var TenderKinds = []TenderKind{Cash, CardSlip, Transfer}

var tenderNames = [...]string{"", "cash", "card slip", "transfer"}

// String gives the word used in reports.
func (k TenderKind) String() string {
	if int(k) >= len(tenderNames) {
		return "?"
	}
	return tenderNames[k]
}

// Tender is money for a sale that came without a channel.
type Tender struct {
	ID       uint64 // the event that has taken it
	Kind     TenderKind
	Amount   Money  // what it settles of the sale
	Given    Money  // cash: what the customer has handed over
	Change   Money  // cash: what went back over the counter at once
	Rounding int64  // fen of cash above Amount that stay, or below zero that are let off: there is no coin for them
	Number   string // of the slip, or of the transfer
	Proven   bool   // a transfer that somebody has seen arrive
	Actor    Actor  // who has taken it
	At       time.Time
	Day      Day // the business day on which it was taken
	Returns  []TenderReturn
}

// TenderReturn is money of a tender that went back the way it came.
type TenderReturn struct {
	Amount Money
	Why    string
	Actor  Actor
	At     time.Time
	Day    Day
}

// Kept is what the shop has got by the tender before anything goes back, in fen: of cash, what stayed in the drawer.
func (t *Tender) Kept() int64 { return t.Amount.Fen + t.Rounding }

// Returned is what has gone back of it, in fen.
func (t *Tender) Returned() (fen int64) {
	for i := range t.Returns {
		fen += t.Returns[i].Amount.Fen
	}
	return fen
}

// Left is what may still go back, in fen: never more than was taken.
func (t *Tender) Left() int64 { return t.Kept() - t.Returned() }

// Pending reports whether nobody has seen the money yet.
func (t *Tender) Pending() bool { return t.Kind == Transfer && !t.Proven }

// Truth is how far the tender is known.
func (t *Tender) Truth() Truth {
	switch {
	case t.Kind == Cash:
		return TruthCounted
	case t.Kind == CardSlip:
		return TruthNumbered
	case t.Proven:
		return TruthProven
	}
	return TruthPending
}

// Tender finds one of the sale's tenders, or nil.
func (s *Sale) Tender(id uint64) *Tender {
	for i := range s.Tenders {
		if s.Tenders[i].ID == id {
			return &s.Tenders[i]
		}
	}
	return nil
}

// Due is what is still to pay, in fen. Money that goes back does not make a sale due again: one that was settled stays so, and one
// that was not takes no more money (Undone).
func (s *Sale) Due() int64 {
	due := s.Amount.Fen
	if paid := s.Paid(); paid != nil {
		due -= paid.Amount.Fen
	}
	for i := range s.Tenders {
		due -= s.Tenders[i].Amount.Fen
	}
	return max(0, due)
}

// Settled reports whether tenders and the paid attempt have reached the sale's amount.
func (s *Sale) Settled() bool { return (s.Paid() != nil || len(s.Tenders) > 0) && s.Due() == 0 }

// SettledAt is when the last of the money came that has settled the sale, by the wall clock: of a sale in parts its wallet's part may
// have come long before its cash. Zero: it is not settled.
func (s *Sale) SettledAt() (at time.Time) {
	if !s.Settled() {
		return at
	}
	if paid := s.Paid(); paid != nil {
		at = paid.SinceAt
	}
	if n := len(s.Tenders); n > 0 && s.Tenders[n-1].At.After(at) {
		at = s.Tenders[n-1].At
	}
	return at
}

// Kept is what the shop has of the sale now, in fen, with what is on its way back: late money, which is none of the sale's, is not
// in it.
func (s *Sale) Kept() (fen int64) {
	if paid := s.Paid(); paid != nil {
		fen = paid.Amount.Fen - paid.Back()
	}
	for i := range s.Tenders {
		fen += s.Tenders[i].Left()
	}
	return fen
}

// Undone reports whether money has gone back, or goes, before the sale was settled. Such a sale takes no more money: what is due
// then would depend on what comes of a refund. The rest goes back, too, and the amount is keyed anew.
func (s *Sale) Undone() bool {
	if s.Settled() {
		return false
	}
	if paid := s.Paid(); paid != nil && paid.Left() < paid.Amount.Fen {
		return true
	}
	return slices.ContainsFunc(s.Tenders, func(t Tender) bool { return len(t.Returns) > 0 })
}

// awaits is why a part cannot go back now: the sale is not settled, and a payment may come that would settle it as if the part were
// still there. It is stopped first. What goes back by itself when it comes does not count.
func (s *Sale) awaits() error {
	if s.Settled() {
		return nil
	}
	for i := range s.Attempts {
		if err := s.Attempts[i].blocks(); err != nil && !s.Attempts[i].ReturnIfPaid && ReasonOf(err) != ReasonLateMoney {
			return err
		}
	}
	return nil
}

// Pending reports whether a transfer of the sale has not been seen by anybody.
func (s *Sale) Pending() bool {
	return slices.ContainsFunc(s.Tenders, func(t Tender) bool { return t.Pending() && t.Left() > 0 })
}

// ByNumber reports whether the sale can be found by its own number: it may have no order's.
func (s *Sale) ByNumber() bool { return len(s.Tenders) > 0 || s.Note != "" || s.Wrong }

// split reports whether the sale's money came in parts, or has not all come: then its parts stand in rows of their own, each on
// the day on which it came.
func (s *Sale) split() bool {
	parts := len(s.Tenders)
	if s.Paid() != nil {
		parts++
	}
	return parts > 1 || parts == 1 && !s.Settled()
}

// MayTender tells whether the sale takes money another way now, and if not, why. While a payment's end is not known, or late money
// of it is on its way back, a second person has to agree: agreed is their word. What was opened for that is return-if-paid.
func (s *Sale) MayTender(agreed bool) error {
	switch {
	case s.Settled():
		return Refuse(ReasonAlreadyPaid)
	case s.Dropped:
		return Refuse(ReasonNoSale)
	case s.Undone():
		return Refuse(ReasonUndone)
	}
	for i := range s.Attempts {
		a := &s.Attempts[i]
		if blocks := a.blocks(); ReasonOf(blocks) == ReasonLiveAttempt || blocks != nil && !a.ReturnIfPaid && !agreed {
			return blocks
		}
	}
	return nil
}

// MayHold tells whether the sale may be put away for later.
func (s *Sale) MayHold() error {
	switch err := s.blocked(); {
	case s.Settled():
		return Refuse(ReasonAlreadyPaid)
	case s.Dropped:
		return Refuse(ReasonNoSale)
	case err != nil:
		return err
	case s.Undone():
		return Refuse(ReasonUndone)
	}
	return nil
}

// MayDrop tells whether the sale may be given up: nothing may be under way, and the shop may have none of its money.
func (s *Sale) MayDrop() error {
	switch err := s.blocked(); {
	case s.Settled():
		return Refuse(ReasonAlreadyPaid)
	case err != nil && ReasonOf(err) != ReasonLateMoney:
		return err
	case s.Kept() > 0:
		return Refuse(ReasonPartPaid)
	case err != nil:
		return err
	case s.Dropped:
		return Refuse(ReasonNoSale)
	}
	return nil
}

// stays reports whether a sale that is not on the screen and owes nothing to a channel is kept at hand: it is held, or has been
// paid for in part.
func (s *Sale) stays() bool {
	if s.Settled() || s.Dropped {
		return false
	}
	return s.Held && !s.Undone() || s.Kept() > 0
}

// cashFor is what is paid in cash for an amount where the smallest coin is step fen, as the difference: to the nearest, halves in
// the customer's favour.
func cashFor(fen, step int64) (rounding int64) {
	if step <= 1 {
		return 0
	}
	over := fen % step
	if 2*over <= step {
		return -over
	}
	return step - over
}

// CashDue is what is to pay in cash for an amount of a sale, in fen: rounded only where it settles the sale.
func (b *Book) CashDue(sale *Sale, fen int64) int64 {
	if fen != sale.Due() {
		return fen
	}
	return fen + cashFor(fen, b.cfg.CashStep)
}

// applyTender folds what happens to money that comes without a channel, and to sales that wait.
func (s *State) applyTender(e *Event) (*Sale, error) {
	switch b := e.Body.(type) {
	case *TenderTaken:
		return s.tenderTaken(e, b)
	case *TenderProven:
		return s.tenderProven(e, b)
	case *TenderReturned:
		return s.tenderReturned(e, b)
	case *SaleNoted:
		return s.saleNoted(e, b)
	case *SaleHeld:
		return s.saleHeld(e, b)
	case *SaleResumed:
		return s.saleResumed(e, b)
	}
	return s.applyShift(e)
}

// checks refuses an event that no till may have written.
func (t *TenderTaken) checks(sale *Sale, actor Actor) error {
	wrong := func(why string) error {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("%s of %s on sale %s: %s", t.By, t.Amount, t.Sale, why))
	}
	given, change := t.Given.Fen, t.Change.Fen
	switch {
	case !slices.Contains(TenderKinds, t.By), t.Amount.Fen <= 0, t.Amount.Currency != sale.Amount.Currency, t.Amount.Fen > sale.Due():
		return wrong(fmt.Sprintf("%d fen are due", sale.Due()))
	case t.By == Cash && (change < 0 || given-change != t.Amount.Fen+t.Rounding || given < change):
		return wrong("the change is not what is left of the money given")
	case t.By != Cash && (given != 0 || change != 0 || t.Rounding != 0):
		return wrong("change or rounding without cash")
	case t.By == CardSlip && t.Number == "":
		return wrong("no number")
	case t.Instead != "" && actor.Approver == "":
		return wrong("nobody has agreed that the payment goes back")
	}
	return sale.MayTender(actor.Approver != "")
}

// tenderTaken folds money in that came another way.
func (s *State) tenderTaken(e *Event, b *TenderTaken) (*Sale, error) {
	sale := s.sales[b.Sale]
	if sale == nil {
		return nil, RefuseBecause(ReasonNoSale, fmt.Errorf("sale %s is not open", b.Sale))
	}
	if err := b.checks(sale, e.Actor); err != nil {
		return nil, err
	}
	live := sale.Live()
	if live != nil && !live.ReturnIfPaid && live.Order != b.Instead || live == nil && b.Instead != "" {
		return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("sale %s: order %q is not what goes back", b.Sale, b.Instead))
	}
	s.startDay(e.Day)
	if live != nil && live.Order == b.Instead {
		live.ReturnIfPaid = true
	}
	t := Tender{ID: e.Seq, Kind: b.By, Amount: b.Amount, Given: b.Given, Change: b.Change, Rounding: b.Rounding, Number: b.Number,
		Actor: e.Actor, At: e.At, Day: e.Day}
	sale.Tenders = append(slices.Clip(sale.Tenders), t)
	s.today.take(totalKey{tender: t.Kind}, t.Amount.Fen)
	s.countSale(sale, t.Kind.String(), "", t.Amount.Fen)
	if t.Kind == Cash {
		s.cash(t.Given.Fen-t.Change.Fen, e.Actor)
	}
	s.rebookTender(nil, &t)
	s.settles(e, sale)
	if t.Pending() {
		s.listSale(e, sale, NoteTransferPending, t.Amount)
	}
	return sale, nil
}

// settles moves a sale to the day on which it was settled.
func (s *State) settles(e *Event, sale *Sale) {
	if sale.Settled() {
		sale.Day, sale.Held = e.Day, false
	}
}

// onTender changes a tender of the working set, with its books.
func (s *State) onTender(e *Event, id SaleID, tender uint64, change func(*Tender) error) (*Sale, error) {
	sale := s.sales[id]
	if sale == nil || sale.Tender(tender) == nil {
		return nil, RefuseBecause(ReasonNoSale, fmt.Errorf("no tender %d of sale %q in the working set", tender, id))
	}
	was := *sale.Tender(tender)
	is := was
	if err := change(&is); err != nil {
		return nil, err
	}
	s.startDay(e.Day)
	sale.Tenders = slices.Clone(sale.Tenders) // readers hold copies of the sale
	*sale.Tender(tender) = is
	s.rebookTender(booksOfTender(&was), &is)
	if !is.Pending() || is.Left() <= 0 {
		s.unlist(func(x *Exception) bool { return x.Note == NoteTransferPending && x.ID == tender })
	}
	return sale, nil
}

func (s *State) tenderProven(e *Event, b *TenderProven) (*Sale, error) {
	return s.onTender(e, b.Sale, b.Tender, func(t *Tender) error {
		if !t.Pending() || t.Left() <= 0 {
			return RefuseBecause(ReasonStateForbidden, fmt.Errorf("tender %d waits for no proof", t.ID))
		}
		if t.Proven = true; b.Number != "" {
			t.Number = b.Number
		}
		return nil
	})
}

func (s *State) tenderReturned(e *Event, b *TenderReturned) (*Sale, error) {
	sale, err := s.onTender(e, b.Sale, b.Tender, func(t *Tender) error {
		if b.By != t.Kind || b.Amount.Fen <= 0 || b.Amount.Currency != t.Amount.Currency || b.Amount.Fen > t.Left() {
			return RefuseBecause(ReasonStateForbidden, fmt.Errorf("%s of %s back: %d fen of %s are left", b.Amount, b.By, t.Left(), t.Kind))
		}
		t.Returns = append(slices.Clip(t.Returns), TenderReturn{Amount: b.Amount, Why: b.Why, Actor: e.Actor, At: e.At, Day: e.Day})
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.today.minus(totalKey{tender: b.By}, b.Amount.Fen)
	s.countReturn(sale, e.Actor.Person, b.By.String(), "", b.Amount.Fen)
	if b.By == Cash {
		s.cash(-b.Amount.Fen, e.Actor)
	}
	return sale, nil
}

func (s *State) saleHeld(e *Event, b *SaleHeld) (*Sale, error) {
	sale := s.sales[b.Sale]
	if sale == nil || s.Current != b.Sale {
		return nil, RefuseBecause(ReasonNoSale, fmt.Errorf("sale %q is not on the screen", b.Sale))
	}
	if err := sale.MayHold(); err != nil {
		return nil, err
	}
	return s.saleEnds(e, b.Sale, func(sale *Sale) { sale.Held = true })
}

func (s *State) saleResumed(e *Event, b *SaleResumed) (*Sale, error) {
	sale := s.sales[b.Sale]
	if sale == nil || !sale.Resumable() {
		return nil, RefuseBecause(ReasonNoSale, fmt.Errorf("sale %q is not held", b.Sale))
	}
	s.startDay(e.Day)
	sale.Held, sale.Aside = false, false
	s.Current = sale.ID
	return sale, nil
}

// Resumable reports whether the sale can come back on the screen: it is held, or was set aside with a part of it paid.
func (s *Sale) Resumable() bool {
	return !s.Settled() && !s.Dropped && (s.Held || s.Aside && s.Kept() > 0)
}

func (s *State) saleNoted(e *Event, b *SaleNoted) (*Sale, error) {
	sale := s.sales[b.Sale]
	if sale == nil {
		return nil, RefuseBecause(ReasonNoSale, fmt.Errorf("sale %q is not in the working set", b.Sale))
	}
	s.startDay(e.Day)
	if b.Note != "" {
		sale.Note = b.Note
	}
	if b.Wrong {
		sale.Wrong = true
		s.listSale(e, sale, NoteWrong, sale.Amount)
	}
	return sale, nil
}

// listSale puts an entry on the list of exceptions that is about a sale and no order.
func (s *State) listSale(e *Event, sale *Sale, note Note, amount Money) {
	if note == NoteWrong && slices.ContainsFunc(s.Exceptions, func(x Exception) bool { return x.Sale == sale.ID && x.Note == note }) {
		return
	}
	s.Exceptions = append(s.Exceptions, Exception{ID: e.Seq, Sale: sale.ID, Note: note, At: e.At, Named: amount})
}

// Held lists the sales that can come back on the screen, in the order they were keyed.
func (s *State) Held() []*Sale {
	return slices.DeleteFunc(s.Open(), func(sale *Sale) bool { return sale.ID == s.Current || !sale.Resumable() })
}

// Drawer is what has entered the drawer by sales on a business day, in fen, without what went back out of it.
func (s *State) Drawer(day Day) int64 { return s.purses[Purse{AccountDrawer, "", day}] }
