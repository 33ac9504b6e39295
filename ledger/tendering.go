package ledger

import (
	"context"
	"time"
)

// This file is the Book's side of money that comes without a channel, and of sales that wait for their customer.

// part is how much of a sale the next attempt asks for. Like the draft it is not on disk: after a restart it is all that is due.
type part struct {
	sale SaleID
	fen  int64
}

// SetPart chooses how much of the sale on the screen the next QR or code is to ask for; zero is all that is due. Refusals: those of
// MayAsk, NO-SALE, TENDER-AMOUNT for more than is due.
func (b *Book) SetPart(amount Money) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	sale := b.seen.CurrentSale()
	if sale == nil {
		return Refuse(ReasonNoSale)
	}
	if err := sale.MayAsk(); err != nil {
		return err
	}
	if amount.Fen < 0 || amount.Fen > sale.Due() || amount.Fen > 0 && amount.Currency != sale.Amount.Currency {
		return Refuse(ReasonTenderAmount)
	}
	b.part = part{sale: sale.ID, fen: amount.Fen}
	b.wake()
	return nil
}

// ToAsk is what the next QR or code will ask for on a sale.
func (b *Book) ToAsk(sale *Sale) Money {
	b.mu.RLock()
	defer b.mu.RUnlock()
	fen := sale.Due()
	if b.part.sale == sale.ID && b.part.fen > 0 {
		fen = min(fen, b.part.fen)
	}
	return Money{fen, sale.Amount.Currency}
}

// TenderWish is money that a person has been given for the sale on the screen.
type TenderWish struct {
	Sale   SaleID // which must be on the screen
	Kind   TenderKind
	Amount Money  // what it settles of the sale; zero: all that is due
	Given  Money  // cash: what the customer has handed over; zero: just what is to pay
	Number string // of a card slip, required; of a transfer, where there is one
	Seen   int    // how many tenders of this sale the person was shown: with another one since then the wish is refused
	Second *Consent
}

// maxNumber bounds a slip's or transfer's number, in characters.
const maxNumber = 32

// Tender takes money that comes without a channel for the sale on the screen. Change and rounding follow from the wish. Refusals are
// those of MayTender, and NO-SALE, NO-SHIFT, TENDER-SEEN, TENDER-AMOUNT, TENDER-GIVEN, TENDER-NUMBER; NO-AMOUNT while another amount stands
// keyed. While a payment's end is not known it needs a second person, SECOND-PERSON, always; that payment is then stopped, and what
// comes of it goes back.
func (b *Book) Tender(ctx context.Context, actor Actor, wish TenderWish) error {
	defer b.forget(wish.Second)
	if err := b.mayNow(actor, RightSell); err != nil {
		return err
	}
	wish.Number = cutText(maskCodes(wish.Number), maxNumber)
	w, err := b.witnessed(ctx, actor, RightSell, wish.Kind.String()+" "+wish.Amount.String(), wish.Second)
	if err != nil {
		return err
	}
	return b.commitAs(ctx, w, func(s *State, _ time.Time) (plan, error) {
		var p plan
		if err := b.may(s, actor, RightSell); err != nil {
			return p, err
		}
		sale := s.CurrentSale()
		switch {
		case sale == nil || sale.ID != wish.Sale:
			return p, Refuse(ReasonNoSale)
		case !b.Draft().Keyed.Empty():
			return p, Refuse(ReasonNoAmount)
		case b.cfg.Shifts && wish.Kind == Cash && s.shift == nil: // a held sale may outlive the shift in which it was keyed
			return p, Refuse(ReasonNoShift)
		}
		taken, err := b.take(sale, wish)
		if err == nil {
			err = b.mayTender(&p, s, sale, taken, w)
		}
		return p, err
	})
}

// mayTender adds the event, and the end of a payment whose end is not known.
func (b *Book) mayTender(p *plan, s *State, sale *Sale, taken *TenderTaken, w witness) error {
	err := sale.MayTender(false)
	if reason := ReasonOf(err); reason == ReasonUnresolved || reason == ReasonLateMoney {
		if err := b.agreed(s, w, RightSell, true); err != nil {
			return err
		}
		err = sale.MayTender(true)
	}
	if err != nil {
		return err
	}
	live := sale.Live()
	if live != nil && !live.ReturnIfPaid {
		taken.Instead = live.Order
	}
	p.add(taken, Task{})
	if live != nil {
		if to, task, err := live.stop(); err == nil {
			p.add(&AttemptStopped{Order: live.Order, Why: StopOtherWay, Became: to}, Task{Kind: task, Order: live.Order})
		}
	}
	return nil
}

// take makes the event of a wish.
func (b *Book) take(sale *Sale, wish TenderWish) (*TenderTaken, error) {
	currency := sale.Amount.Currency
	t := &TenderTaken{Sale: sale.ID, By: wish.Kind, Amount: Money{sale.Due(), currency}, Number: wish.Number}
	if wish.Amount.Fen != 0 {
		t.Amount = wish.Amount
	}
	if err := sale.MayTender(true); err != nil {
		return nil, err
	}
	if wish.Seen != len(sale.Tenders) {
		return nil, Refuse(ReasonTenderSeen)
	}
	if wish.Kind < Cash || wish.Kind > Transfer || t.Amount.Fen <= 0 || t.Amount.Fen > sale.Due() || t.Amount.Currency != currency {
		return nil, Refuse(ReasonTenderAmount)
	}
	switch {
	case wish.Kind == CardSlip && wish.Number == "":
		return nil, Refuse(ReasonTenderNumber)
	case wish.Kind != Cash && wish.Given.Fen != 0: // more than the amount comes in cash alone
		return nil, Refuse(ReasonTenderAmount)
	case wish.Kind != Cash:
		return t, nil
	}
	t.Number = ""
	return t, b.cash(sale, t, wish.Given)
}

// cash works out rounding and change.
func (b *Book) cash(sale *Sale, t *TenderTaken, given Money) error {
	if step := b.cfg.CashStep; step > 1 && t.Amount.Fen < sale.Due() && t.Amount.Fen%step != 0 {
		return Refuse(ReasonTenderAmount)
	}
	pays := b.CashDue(sale, t.Amount.Fen)
	t.Rounding = pays - t.Amount.Fen
	if given.Fen == 0 {
		given = Money{pays, t.Amount.Currency}
	}
	if given.Fen < pays || given.Currency != t.Amount.Currency {
		return Refuse(ReasonTenderGiven)
	}
	if given.Fen > max(pays, MaxFen) { // nobody counts out more over a counter
		return Refuse(ReasonTenderAmount)
	}
	t.Given, t.Change = given, Money{given.Fen - pays, given.Currency}
	return nil
}

// TenderReturnWish is money of a tender that a person gives back.
type TenderReturnWish struct {
	Sale   SaleID
	Tender uint64
	Amount Money
	Why    string   // the reason
	Seen   int      // how many returns of this tender the person was shown
	Second *Consent // a second person's, where one is needed; its PIN is wiped
}

// ReturnTender gives money back the way it came: cash in cash, a card slip over the card, a transfer by transfer. It needs the second
// person that a refund needs, and always one for a transfer that nobody has seen arrive. Refusals: REFUND-REASON, NO-TENDER,
// REFUND-SEEN, NOTHING-LEFT, REFUND-AMOUNT, SECOND-PERSON, NO-SHIFT for cash.
func (b *Book) ReturnTender(ctx context.Context, actor Actor, wish TenderReturnWish) error {
	defer b.forget(wish.Second)
	if err := b.mayNow(actor, RightRefund); err != nil {
		return err
	}
	wish.Why = cutText(maskCodes(wish.Why), maxReason)
	if wish.Why == "" {
		return Refuse(ReasonRefundReason)
	}
	w, err := b.witnessed(ctx, actor, RightRefund, "return "+wish.Amount.String(), wish.Second)
	if err != nil {
		return err
	}
	return b.onTender(ctx, w, wish.Sale, wish.Tender, func(s *State, sale *Sale, t *Tender) (Body, error) {
		if err := b.may(s, actor, RightRefund); err != nil {
			return nil, err
		}
		switch blocks := sale.awaits(); {
		case blocks != nil:
			return nil, blocks
		case b.cfg.Shifts && t.Kind == Cash && s.shift == nil: // nobody answers for the drawer it would come from
			return nil, Refuse(ReasonNoShift)
		case wish.Seen != len(t.Returns):
			return nil, Refuse(ReasonRefundSeen)
		case t.Left() <= 0:
			return nil, Refuse(ReasonNothingLeft)
		case wish.Amount.Fen <= 0 || wish.Amount.Fen > t.Left() || wish.Amount.Currency != t.Amount.Currency:
			return nil, Refuse(ReasonRefundAmount)
		}
		second := b.ReturnNeedsSecond(actor, sale, t, wish.Amount)
		return &TenderReturned{Sale: sale.ID, Tender: t.ID, By: t.Kind, Amount: wish.Amount, Why: wish.Why}, b.agreed(s, w, RightRefund, second)
	})
}

// ReturnNeedsSecond is NeedsSecond for money that came without a channel.
func (b *Book) ReturnNeedsSecond(actor Actor, sale *Sale, t *Tender, amount Money) bool {
	rule := b.cfg.Seconds
	own := rule.OwnSale && (sale.Actor.Person == actor.Person || t.Actor.Person == actor.Person)
	sum := amount.Fen + sale.given() // all that has gone back of the sale counts
	return own || rule.RefundAbove > 0 && sum > rule.RefundAbove || t.Pending()
}

// ProveWish is somebody's word that a transfer has arrived.
type ProveWish struct {
	Sale   SaleID
	Tender uint64
	Number string   // of the transfer at the bank, where it is known
	Second *Consent // of somebody with the right to it, where the actor lacks it; its PIN is wiped
}

// Prove says that a bank transfer has arrived. It needs a supervisor, or a second person. Refusals: NO-TENDER, PROVEN.
func (b *Book) Prove(ctx context.Context, actor Actor, wish ProveWish) error {
	defer b.forget(wish.Second)
	if err := b.mayNow(actor, RightSell); err != nil { // somebody of this till; the right itself can be lent
		return err
	}
	wish.Number = cutText(maskCodes(wish.Number), maxNumber)
	w, err := b.witnessed(ctx, actor, RightSell, "prove a transfer", wish.Second)
	if err == nil {
		err = b.agreedNow(w, RightProve, false)
	}
	if err != nil {
		return err
	}
	return b.onTender(ctx, w, wish.Sale, wish.Tender, func(s *State, sale *Sale, t *Tender) (Body, error) {
		if err := b.may(s, actor, RightSell); err != nil {
			return nil, err
		}
		if !t.Pending() || t.Left() <= 0 {
			return nil, Refuse(ReasonProven)
		}
		return &TenderProven{Sale: sale.ID, Tender: t.ID, Number: wish.Number}, b.agreed(s, w, RightProve, false)
	})
}

// onTender is onSale for a tender of a sale, which may be one of the past.
func (b *Book) onTender(ctx context.Context, w witness, id SaleID, tender uint64, decide func(*State, *Sale, *Tender) (Body, error)) error {
	err := b.onSale(ctx, w, OrderNo(id), func(s *State, _ time.Time, sale *Sale, _ *Attempt) (plan, error) {
		var p plan
		if sale == nil || sale.Tender(tender) == nil {
			return p, Refuse(ReasonNoTender)
		}
		body, err := decide(s, sale, sale.Tender(tender))
		if err == nil {
			p.add(body, Task{})
		}
		return p, err
	})
	if ReasonOf(err) == ReasonUnknownOrder {
		return Refuse(ReasonNoTender)
	}
	return err
}

// maxHeld bounds how many sales wait at once: each is kept in memory, and somebody has to look through them.
const maxHeld = 50

// Hold takes the sale on the screen away for later. Refusals are those of MayHold, and HELD-MOST.
func (b *Book) Hold(ctx context.Context, actor Actor) error {
	return b.onCurrent(ctx, actor, func(s *State, _ time.Time, sale *Sale) (plan, error) {
		var p plan
		if err := sale.MayHold(); err != nil {
			return p, err
		}
		if len(s.Held()) >= maxHeld {
			return p, Refuse(ReasonHeldMost)
		}
		p.add(&SaleHeld{Sale: sale.ID}, Task{})
		return p, nil
	})
}

// Resume brings a held sale back on the screen. One that stands there and is not paid gives way as it does to a new amount, or the
// wish is refused.
func (b *Book) Resume(ctx context.Context, actor Actor, id SaleID) error {
	return b.intend(ctx, actor, RightSell, func(s *State, _ time.Time) (plan, error) {
		var p plan
		sale := s.Sale(id)
		switch {
		case sale == nil || !sale.Resumable() || s.Current == id:
			return p, Refuse(ReasonNoSale)
		case !b.Draft().Keyed.Empty():
			return p, Refuse(ReasonNoAmount)
		}
		if err := makeWay(&p, s); err != nil {
			return p, err
		}
		p.add(&SaleResumed{Sale: id}, Task{})
		return p, nil
	})
}

// makeWay gives up the sale on the screen when nothing has come of it, and refuses when something may. Late money alone does not
// keep the screen: it is named on the list.
func makeWay(p *plan, s *State) error {
	sale := s.CurrentSale()
	if sale == nil || sale.Settled() {
		return nil
	}
	err := sale.MayDrop()
	if err == nil {
		p.add(&SaleDropped{Sale: sale.ID, Why: DropReplaced}, Task{})
	} else if ReasonOf(err) == ReasonLateMoney {
		return nil
	}
	return err
}

// NoteWish is what somebody says about a sale.
type NoteWish struct {
	Sale  SaleID
	Order OrderNo // one of its orders, where it has one: a sale of the past is found by it
	Text  string
	Wrong bool // something was not right with it: the supervisor sees it on the list
}

// Note writes a note on a sale, or tells the supervisor that something was not right with it. Refusals: NO-NOTE without either,
// NO-SALE.
func (b *Book) Note(ctx context.Context, actor Actor, wish NoteWish) error {
	if err := b.mayNow(actor, RightSell); err != nil {
		return err
	}
	wish.Text = cutText(maskCodes(wish.Text), maxNote)
	if wish.Text == "" && !wish.Wrong {
		return Refuse(ReasonNoNote)
	}
	key := wish.Order
	if key == "" {
		key = OrderNo(wish.Sale)
	}
	err := b.onSale(ctx, alone(actor), key, func(s *State, _ time.Time, sale *Sale, _ *Attempt) (plan, error) {
		var p plan
		if err := b.may(s, actor, RightSell); err != nil {
			return p, err
		}
		if sale == nil || sale.ID != wish.Sale {
			return p, Refuse(ReasonNoSale)
		}
		p.add(&SaleNoted{Sale: sale.ID, Note: wish.Text, Wrong: wish.Wrong}, Task{})
		return p, nil
	})
	if ReasonOf(err) == ReasonUnknownOrder {
		return Refuse(ReasonNoSale)
	}
	return err
}
