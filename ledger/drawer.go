package ledger

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"
)

// This file is the Book's side of the drawer: shifts, counts, cash that moves, receipts printed again. Every wish says which shift
// its person has seen, so that of two who close one, only the first does.

// OpenShift begins a shift with a float: the actor answers for the drawer from now on. It gives the shift's number. Refusals:
// SHIFT-OPEN, CASH-AMOUNT.
func (b *Book) OpenShift(ctx context.Context, actor Actor, float Money) (shift uint64, err error) {
	if err := b.mayNow(actor, RightShift); err != nil {
		return 0, err
	}
	if cashOf(float, 0) != nil {
		return 0, Refuse(ReasonCashAmount)
	}
	err = b.intend(ctx, actor, RightShift, func(s *State, _ time.Time) (plan, error) {
		var p plan
		if s.shift != nil {
			return p, Refuse(ReasonShiftOpen)
		}
		shift = s.Shifts + 1
		p.add(&ShiftOpened{Shift: shift, Person: actor.Person, Float: float}, Task{})
		return p, nil
	})
	if err != nil {
		shift = 0
	}
	return shift, err
}

// CashWish is cash to be put into the drawer or taken out, for no sale.
type CashWish struct {
	Shift  uint64
	In     bool
	Amount Money
	Why    string   // required
	Second *Consent // a second person's, where one is needed; its PIN is wiped
}

// MoveCash puts cash in or takes it out. It is not refused because too little should be there: that would tell how much is.
// Refusals: NO-SHIFT, SHIFT-OTHER, CASH-AMOUNT, CASH-REASON, SECOND-PERSON.
func (b *Book) MoveCash(ctx context.Context, actor Actor, wish CashWish) error {
	defer b.forget(wish.Second)
	if err := b.mayNow(actor, RightShift); err != nil {
		return err
	}
	wish.Why = cutText(maskCodes(wish.Why), maxReason)
	switch {
	case cashOf(wish.Amount, 1) != nil:
		return Refuse(ReasonCashAmount)
	case wish.Why == "":
		return Refuse(ReasonCashReason)
	}
	limit := b.cfg.Seconds.PayOutAbove
	ask := !wish.In && limit > 0 && wish.Amount.Fen > limit
	return b.intendWith(ctx, actor, RightShift, consentTo{"take out " + wish.Amount.String(), wish.Second}, func(s *State, _ time.Time, w witness) (plan, error) {
		var p plan
		shift, err := s.shiftSeen(wish.Shift)
		if err == nil {
			err = b.lent(s, w, RightShift, ask)
		}
		if err != nil {
			return p, err
		}
		p.add(&CashMoved{Shift: shift.Number, In: wish.In, Amount: wish.Amount, Why: wish.Why}, Task{})
		return p, nil
	})
}

// CountCash writes down what somebody has counted in the drawer. Kinds of which there are none may be left out, or be zero. Once it
// returns, what should be there is no secret any more, until cash moves again. Refusals: NO-SHIFT, SHIFT-OTHER, COUNT-SHAPE, and
// NOT-ALLOWED for a cashier whose shift it is not.
func (b *Book) CountCash(ctx context.Context, actor Actor, number uint64, pieces []Pieces) error {
	if err := b.mayNow(actor, RightShift); err != nil {
		return err
	}
	pieces = slices.DeleteFunc(slices.Clone(pieces), func(p Pieces) bool { return p.Count == 0 })
	slices.SortFunc(pieces, func(a, b Pieces) int { return cmp.Compare(b.Fen, a.Fen) })
	sum, ok := sumPieces(pieces)
	if !ok || slices.ContainsFunc(pieces, func(p Pieces) bool { return !slices.Contains(Denominations, p.Fen) }) {
		return Refuse(ReasonCountShape)
	}
	return b.intend(ctx, actor, RightShift, func(s *State, _ time.Time) (plan, error) {
		var p plan
		shift, err := s.shiftSeen(number)
		if err == nil {
			err = b.may(s, actor, b.shiftRight(s, actor))
		}
		if err != nil {
			return p, err
		}
		p.add(&CashCounted{Shift: number, Nth: shift.Counts + 1, Pieces: pieces, Sum: Fen(sum)}, Task{})
		return p, nil
	})
}

// shiftRight is the right to count and close a shift. Where the till has no staff nobody is told apart from anybody else.
func (b *Book) shiftRight(s *State, actor Actor) Right {
	if b.staffed(s) && s.shift.Person != actor.Person {
		return RightOthersShift
	}
	return RightShift
}

// Expected is what should lie in the drawer now, for whom it is no secret. Refusals: NO-SHIFT, BLIND, and COUNT-FIRST for a supervisor
// who has not counted her own drawer.
func (b *Book) Expected(actor Actor) (expected Money, err error) {
	b.Read(func(s *State) {
		if err = b.may(s, actor, RightShift); err == nil && s.shift == nil {
			err = Refuse(ReasonNoShift)
		}
		if err == nil {
			err = b.tells(s, actor)
		}
		if err == nil {
			expected = Fen(s.shift.expects())
		}
	})
	return expected, err
}

// CloseWish is the end of a shift.
type CloseWish struct {
	Shift  uint64
	Counts uint32 // how often the person has seen it counted
	Note   string
	Second *Consent // a second person's, who accepts a difference, or lends the right to close somebody else's shift; its PIN is wiped
}

// CloseShift ends a shift that was counted and in which no cash has moved since. Refusals: NO-SHIFT, SHIFT-OTHER, COUNT-FIRST,
// SECOND-PERSON.
func (b *Book) CloseShift(ctx context.Context, actor Actor, wish CloseWish) error {
	defer b.forget(wish.Second)
	return b.intendWith(ctx, actor, RightShift, consentTo{"close a shift", wish.Second}, func(s *State, _ time.Time, w witness) (plan, error) {
		return b.closes(s, w, wish, "")
	})
}

// closes decides about the end of a shift.
func (b *Book) closes(s *State, w witness, wish CloseWish, to string) (p plan, err error) {
	shift, err := s.shiftSeen(wish.Shift)
	switch {
	case err != nil:
		return p, err
	case !shift.Current:
		return p, Refuse(ReasonCountFirst)
	case shift.Counts != wish.Counts:
		return p, Refuse(ReasonShiftOther)
	}
	difference, limit := shift.Counted-shift.expects(), b.cfg.Seconds.DifferenceAbove
	if err := b.lent(s, w, b.shiftRight(s, w.Actor), limit > 0 && max(difference, -difference) > limit); err != nil {
		return p, err
	}
	closed := shift.closing()
	closed.Note, closed.To = cutText(maskCodes(wish.Note), maxNote), to
	p.add(&closed, Task{})
	return p, nil
}

// HandOverWish is the end of one shift and the beginning of the next, with what was counted as its float.
type HandOverWish struct {
	CloseWish
	To   string // who takes over
	PIN  PIN    // that person's own; wiped, unless it was not tried because a second person has to agree first
	Code string // of that person's authenticator, where the shop asks for one
}

// HandOver lets somebody take the drawer over without the till being closed: the count belongs to both. Where the till has staff, who
// takes over proves it with a PIN and is signed in at this place. It gives the actor of the new shift. Refusals are those of
// CloseShift and of SignIn, and SAME-PERSON.
func (b *Book) HandOver(ctx context.Context, actor Actor, wish HandOverWish) (taker Actor, err error) {
	defer b.forget(wish.Second)
	if err := b.mayHandOver(actor, wish); ReasonOf(err) == ReasonSecondPerson {
		return Actor{}, err
	}
	staffed := b.Staffed()
	w, err := b.witnessed(ctx, actor, RightShift, "hand a shift over", wish.Second)
	if err != nil { // the PIN of who takes over was not tried, and can serve with another word
		return Actor{}, err
	}
	to, err := b.taker(ctx, actor, wish)
	if err != nil {
		return Actor{}, err
	}
	err = b.intendAs(ctx, w, RightShift, func(s *State, _ time.Time, w witness) (plan, error) {
		p, err := b.closes(s, w, wish.CloseWish, to.Person)
		if err != nil {
			return p, err
		}
		if b.staffed(s) {
			if !staffed { // somebody was added meanwhile: nobody has proven who they are
				return plan{}, Refuse(ReasonSignedOut)
			}
			now, ok := s.Person(to.Person)
			if !ok || now.Gone || now.Learner || now.Role != to.Role || !bytes.Equal(now.Check.Hash, to.hash) {
				return plan{}, Refuse(ReasonNotAllowed)
			}
			p.add(&SignedOut{Person: actor.Person, Why: SignOutSwitched}, Task{})
			p.entries = append(p.entries, entry{body: &SignedIn{}, by: to.Actor})
			p.after = func() { b.leave(actor.Place, to.Person) }
		}
		p.entries = append(p.entries, entry{by: to.Actor, body: &ShiftOpened{
			Shift: s.Shifts + 1, Person: to.Person, Float: Fen(s.shift.Counted), After: s.shift.Number,
		}})
		return p, nil
	})
	if err != nil {
		return Actor{}, err
	}
	return to.Actor, nil
}

// mayHandOver tells before anybody's PIN is tried whether a second person is needed.
func (b *Book) mayHandOver(actor Actor, wish HandOverWish) (err error) {
	if wish.Second != nil {
		return nil
	}
	b.Read(func(s *State) {
		if err = b.may(s, actor, RightShift); err == nil {
			_, err = b.closes(s, alone(actor), wish.CloseWish, wish.To)
		}
	})
	return err
}

// taker gives who takes over, proven where the till has staff.
func (b *Book) taker(ctx context.Context, actor Actor, wish HandOverWish) (witness, error) {
	b.trying.Lock()
	defer b.trying.Unlock()
	pin := wish.PIN.take()
	defer pin.Wipe()
	if err := b.mayNow(actor, RightShift); err != nil { // before anybody's PIN is tried
		return witness{}, err
	}
	if !b.Staffed() {
		return alone(Actor{Person: cmp.Or(wish.To, actor.Person), Role: actor.Role, Place: actor.Place}), nil
	}
	if wish.To == actor.Person {
		return witness{}, Refuse(ReasonSamePerson)
	}
	p, err := b.proven(ctx, actor, wish.To, pin, wish.Code, "take a shift over")
	if err != nil {
		return witness{}, err
	}
	to := Actor{Person: p.Name, Role: p.Role, Place: actor.Place}
	return witness{Actor: to, hash: p.Check.Hash}, to.May(RightShift)
}

// shiftSeen gives the open shift, when it is the one that somebody has seen.
func (s *State) shiftSeen(seen uint64) (*Shift, error) {
	switch {
	case s.shift == nil:
		return nil, Refuse(ReasonNoShift)
	case s.shift.Number != seen:
		return nil, Refuse(ReasonShiftOther)
	}
	return s.shift, nil
}

// consentTo is what a second person is asked for.
type consentTo struct {
	what   string
	second *Consent
}

// intendWith is intend for what may need a second person: decide is given the actor with the approver.
func (b *Book) intendWith(ctx context.Context, actor Actor, right Right, to consentTo, decide func(*State, time.Time, witness) (plan, error)) error {
	if err := b.mayNow(actor, right); err != nil {
		return err
	}
	w, err := b.witnessed(ctx, actor, right, to.what, to.second)
	if err != nil {
		return err
	}
	return b.intendAs(ctx, w, right, decide)
}

// intendAs is intendWith for somebody with whom a second person has agreed already, or nobody had to.
func (b *Book) intendAs(ctx context.Context, w witness, right Right, decide func(*State, time.Time, witness) (plan, error)) error {
	return b.commitAs(ctx, w, func(s *State, now time.Time) (plan, error) {
		if err := b.may(s, alone(w.Actor).Actor, right); err != nil {
			return plan{}, err
		}
		return decide(s, now, w)
	})
}

// lent is agreed for rights that a second person may lend: who lacks one is told to ask somebody.
func (b *Book) lent(s *State, w witness, right Right, second bool) error {
	return b.agreed(s, w, right, second || w.May(right) != nil)
}

// DrawerWish is the drawer to be let open.
type DrawerWish struct {
	Sale   SaleID   // of the working set; empty: for no sale. One in which there is no cash is none, either
	Why    string   // required where it is for no sale
	Second *Consent // a second person's, where one is needed; its PIN is wiped
}

// inCash reports whether cash has come for the sale. Only such a sale can have cash going back: a tender goes back the way it came.
func (s *Sale) inCash() bool {
	return slices.ContainsFunc(s.Tenders, func(t Tender) bool { return t.Kind == Cash })
}

// OpenDrawer notes that the drawer is let open; the hardware follows the event. Refusals: NO-SALE, CASH-REASON, SECOND-PERSON.
func (b *Book) OpenDrawer(ctx context.Context, actor Actor, wish DrawerWish) error {
	defer b.forget(wish.Second)
	if err := b.mayNow(actor, RightDrawer); err != nil {
		return err
	}
	wish.Why = cutText(maskCodes(wish.Why), maxReason)
	if wish.Sale == "" && wish.Why == "" {
		return Refuse(ReasonCashReason)
	}
	return b.intendWith(ctx, actor, RightDrawer, consentTo{"open the drawer", wish.Second}, func(s *State, _ time.Time, w witness) (plan, error) {
		var p plan
		opened := &DrawerOpened{Why: wish.Why}
		switch sale := s.sales[wish.Sale]; {
		case sale == nil && wish.Sale != "":
			return p, Refuse(ReasonNoSale)
		case sale != nil && sale.inCash():
			opened.Sale = wish.Sale
		case wish.Why == "":
			return p, Refuse(ReasonCashReason)
		}
		if err := b.lent(s, w, RightDrawer, opened.Sale == "" && b.cfg.Seconds.NoSale); err != nil {
			return p, err
		}
		if s.shift != nil {
			opened.Shift = s.shift.Number
		}
		p.add(opened, Task{})
		return p, nil
	})
}

// ReprintWish is a further copy of a receipt.
type ReprintWish struct {
	Sale   SaleID   // of the working set, or empty
	Order  OrderNo  // of one of the sale's payments, for a sale of any day
	Second *Consent // a second person's, where one is needed; its PIN is wiped
}

// keyOf is what leads to the sale of a copy: one of its orders, or its own number where it can be found by that. Empty where the sale
// has to be in the working set.
func (b *Book) keyOf(wish ReprintWish) (key OrderNo) {
	key = wish.Order
	b.Read(func(s *State) {
		if key == "" && s.sales[wish.Sale] == nil {
			key = OrderNo(wish.Sale)
		}
	})
	return key
}

// hasReceipt reports whether there is a receipt to be printed again.
func (s *Sale) hasReceipt() bool { return s.Settled() }

// Reprint notes a further copy of a sale's receipt and gives its number; the printer follows the event. Refusals: NOT-PAID,
// UNKNOWN-ORDER, SECOND-PERSON.
func (b *Book) Reprint(ctx context.Context, actor Actor, wish ReprintWish) (nth uint32, err error) {
	defer b.forget(wish.Second)
	if err := b.mayNow(actor, RightReprint); err != nil {
		return 0, err
	}
	w, err := b.witnessed(ctx, actor, RightReprint, "print a receipt again", wish.Second)
	if err != nil {
		return 0, err
	}
	err = b.onSale(ctx, w, b.keyOf(wish), func(s *State, _ time.Time, sale *Sale, _ *Attempt) (plan, error) {
		var p plan
		if err := b.may(s, actor, RightReprint); err != nil {
			return p, err
		}
		if sale == nil {
			sale = s.sales[wish.Sale]
		}
		if sale == nil || !sale.hasReceipt() {
			return p, Refuse(ReasonNotPaid)
		}
		limit := b.cfg.Seconds.CopiesAbove
		if err := b.lent(s, w, RightReprint, limit > 0 && sale.Copies >= limit); err != nil {
			return p, err
		}
		nth = sale.Copies + 1
		p.add(&Reprinted{Sale: sale.ID, Copy: nth}, Task{})
		return p, nil
	})
	if err != nil {
		nth = 0
	}
	return nth, err
}
