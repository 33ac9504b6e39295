package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Exception is an entry of the one list of what the till cannot settle by itself. It goes when what it is about has settled
// after all, or when somebody with the right to it has settled it and says how.
type Exception struct {
	ID     uint64 // the event that has put it there
	Sale   SaleID
	Order  OrderNo
	Refund RefundNo // empty where it is about the payment
	Note   Note     // what is wrong
	At     time.Time
	Named  Money        // what the channel said was paid; zero where it named no amount
	From   StatementKey // the statement that does not agree; zero where it is about none
}

// Owner is who has to act on the entry. What the till is still working on belongs to the till until it has ended.
func (x *Exception) Owner() Role {
	switch x.Note {
	case NoteStubborn, NoteRefundSlow, NoteUnverified:
		return RoleSupport
	}
	return RoleSupervisor
}

// silent are the notes that are worth an event and no entry.
var silent = map[Note]bool{
	NoteNone: true, NoteStale: true, NoteCodeStale: true, NoteRestart: true, NoteFasterThanCancel: true,
}

// list puts an entry on the list, once for each order, refund and note.
func (s *State) list(e *Event, order OrderNo, refund RefundNo, note Note, named Money) {
	if silent[note] || slices.ContainsFunc(s.Exceptions, func(x Exception) bool {
		return x.Order == order && x.Refund == refund && x.Note == note
	}) {
		return
	}
	s.Exceptions = append(s.Exceptions, Exception{
		ID: e.Seq, Sale: s.orders[order], Order: order, Refund: refund, Note: note, At: e.At, Named: named,
	})
}

// unlist takes entries off the list.
func (s *State) unlist(is func(*Exception) bool) {
	s.Exceptions = slices.DeleteFunc(s.Exceptions, func(x Exception) bool { return is(&x) })
}

// except puts a payment that is not as it should be on the list, and takes off what has settled: an order that would not end
// and has ended, late money that is no longer there.
func (s *State) except(e *Event, a *Attempt, ans *Answer) {
	ended := a.State != Closing && !a.over() || a.Task == TaskNone
	s.unlist(func(x *Exception) bool {
		return x.Order == a.Order && (ended && x.Note == NoteStubborn || a.State == Reversed && lateNote(x.Note) ||
			x.Note == NoteStatementPaid && (a.State == Paid || a.State == Orphan))
	})
	s.list(e, a.Order, "", ans.Note, ans.Named.Amount)
}

// lateNote reports whether an entry is about money that came to an ended or paid sale.
func lateNote(note Note) bool { return note == NoteLateMoney || note == NoteSecondPayment }

// exceptRefund is except for a refund: when it has returned, what was said about it is settled, and so is the late money when
// all of it is back.
func (s *State) exceptRefund(e *Event, a *Attempt, r *Refund, note Note) {
	s.unlist(func(x *Exception) bool {
		switch {
		case x.Order != a.Order:
			return false
		case x.Refund == r.Number:
			return r.State.Final() || x.Note == NoteRefundHeld && r.State != RefundHeld && r.State != RefundAsked
		}
		return x.Note == NoteRefundFailed && a.givenAgain(x.Refund, RefundState.Final) || lateNote(x.Note) && a.Back() >= a.Amount.Fen
	})
	s.list(e, a.Order, r.Number, note, r.Amount)
}

// Exception finds an open entry, or nil.
func (s *State) Exception(id uint64) *Exception {
	for i := range s.Exceptions {
		if s.Exceptions[i].ID == id {
			return &s.Exceptions[i]
		}
	}
	return nil
}

// resolved takes the entry off the list. Money that was given back by hand leaves the accounts that held it.
func (s *State) resolved(e *Event, b *Resolved) (*Sale, error) {
	if s.Exception(b.Exception) == nil && !s.telling {
		return nil, RefuseBecause(ReasonNoException, fmt.Errorf("no entry %d is open", b.Exception))
	}
	sale, a := s.Attempt(b.Order)
	if returned := b.Returned != (Money{}); returned && a == nil {
		return nil, RefuseBecause(ReasonUnknownOrder, fmt.Errorf("order %s is not in the working set", b.Order))
	} else if returned {
		if err := a.mayByHand(b); err != nil {
			return nil, err
		}
	}
	s.startDay(e.Day)
	s.unlist(func(x *Exception) bool { return x.ID == b.Exception })
	if b.Returned == (Money{}) {
		return sale, nil
	}
	s.byHand(e, a, b)
	return sale, nil
}

// mayByHand tells whether a resolution's money can have been given back by hand.
func (a *Attempt) mayByHand(b *Resolved) error {
	r := a.Refund(b.Refund)
	switch {
	case r == nil && (b.Returned.Fen <= 0 || b.Returned.Fen > a.Left() || a.State != Orphan):
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("order %s has %d fen left", a.Order, a.Left()))
	case r != nil && (!refundArrow(r.State, RefundByHand) || r.State.Final() || r.Amount != b.Returned || !r.Holds() && a.Left() < r.Amount.Fen):
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("refund %s is %s", r.Number, r.State))
	}
	return nil
}

// byHand books what was given back by hand, and takes off the list what is settled by it.
func (s *State) byHand(e *Event, a *Attempt, b *Resolved) {
	was := booksOf(a)
	a.Refunds = slices.Clone(a.Refunds) // readers hold copies of the attempt
	if r := a.Refund(b.Refund); r != nil {
		r.State, r.Task, r.SinceAt, r.Day = RefundByHand, TaskNone, e.At, e.Day
		s.exceptRefund(e, a, r, NoteNone)
	} else {
		a.ByHand += b.Returned.Fen
		s.unlist(func(x *Exception) bool { return x.Order == a.Order && lateNote(x.Note) && a.Back() >= a.Amount.Fen })
	}
	s.rebook(was, a)
}

// maxNote bounds what a person writes, in characters.
const maxNote = 200

// Resolution is a person's word on one entry of the list of exceptions.
type Resolution struct {
	Exception uint64   // its ID
	Note      string   // what was done about it; required
	Returned  bool     // the money it is about was given back by hand, outside the channel
	Amount    Money    // that was given back, as the person was shown it: with another one now the word is refused as REFUND-SEEN; needed where somebody else agrees
	Second    *Consent // a second person's, who lends the right or whom the shop wants; its PIN is wiped
}

// Resolve takes an entry off the list of exceptions, because a person with the right to it has settled it and says how.
// Refusals: NO-NOTE, NO-EXCEPTION, RETURNING where the till is just giving the money back by itself, NOTHING-LEFT, and REFUND-OPEN
// where a refund is still under way: its entry leaves the list when that has ended, or with the word that the money was given back
// by hand where the channel will not do it any more.
func (b *Book) Resolve(ctx context.Context, actor Actor, word Resolution) error {
	defer b.forget(word.Second)
	if err := b.mayNow(actor, RightSell); err != nil { // somebody of this till; the right itself can be lent
		return err
	}
	word.Note = cutText(maskCodes(word.Note), maxNote)
	if word.Note == "" {
		return Refuse(ReasonNoNote)
	}
	w, err := b.witnessed(ctx, actor, RightSell, fmt.Sprintf("resolve %d %s", word.Exception, word.Amount), word.Second)
	if err == nil {
		err = b.agreedNow(w, RightResolve, b.cfg.Seconds.Resolve)
	}
	if err != nil {
		return err
	}
	return b.onSale(ctx, w, b.orderOf(word), func(s *State, _ time.Time, sale *Sale, a *Attempt) (plan, error) {
		var p plan
		if err := b.may(s, actor, RightSell); err != nil { // somebody of this till; the right itself can be lent
			return p, err
		}
		x := s.Exception(word.Exception)
		if x == nil {
			return p, Refuse(ReasonNoException)
		}
		resolved := &Resolved{Exception: x.ID, Note: word.Note, Order: x.Order, Refund: x.Refund}
		if word.Returned {
			var err error
			if resolved.Returned, err = byHand(x, a); err != nil {
				return p, err
			}
		} else if x.Refund != "" && a != nil && !a.Refund(x.Refund).ended() {
			return p, Refuse(ReasonRefundOpen)
		} else if lateNote(x.Note) && a != nil && a.Returning() { // it is named until it is back
			return p, Refuse(ReasonReturning)
		}
		if err := b.maySettle(s, w, word, sale, a, resolved.Returned); err != nil {
			return p, err
		}
		p.add(resolved, Task{})
		return p, nil
	})
}

// orderOf is the order whose sale has to be looked at for a resolution; empty where its entry is about no money.
func (b *Book) orderOf(word Resolution) (order OrderNo) {
	b.Read(func(s *State) {
		if x := s.Exception(word.Exception); x != nil && x.From == (StatementKey{}) && (word.Returned || x.Refund != "" || lateNote(x.Note)) {
			order = x.Order
		}
	})
	return order
}

// maySettle tells whether somebody may settle an entry in the way in which it would be settled now. Money that a person has given
// back by hand counts like a refund, and what was agreed to is an amount.
func (b *Book) maySettle(s *State, w witness, word Resolution, sale *Sale, a *Attempt, returned Money) error {
	second := b.cfg.Seconds.Resolve
	if returned != (Money{}) {
		if word.Amount != returned && (word.Amount != (Money{}) || w.Approver != "") {
			return Refuse(ReasonRefundSeen)
		}
		second = second || b.cfg.Seconds.refund(w.Actor, sale, a, returned)
	}
	return b.agreed(s, w, RightResolve, second)
}

// HandAmount is what a person can have given back by hand for an entry, on the attempt it is about; the zero Money when nothing.
func HandAmount(x *Exception, a *Attempt) Money {
	amount, _ := byHand(x, a)
	return amount
}

// byHand is how much a person can have given back for an entry.
func byHand(x *Exception, a *Attempt) (Money, error) {
	switch r := (*Refund)(nil); {
	case a == nil || a.Order != x.Order:
		return Money{}, Refuse(ReasonUnknownOrder)
	case a.returning():
		return Money{}, Refuse(ReasonReturning)
	case x.Refund != "":
		if r = a.Refund(x.Refund); r == nil || r.State.Final() {
			return Money{}, Refuse(ReasonNothingLeft)
		}
		if !r.ended() && r.State != RefundAbnormal && x.Note != NoteOtherRefund && x.Note != NoteRefundHeld {
			return Money{}, Refuse(ReasonRefundOpen)
		}
		if !r.Holds() && a.Left() < r.Amount.Fen {
			return Money{}, Refuse(ReasonNothingLeft)
		}
		return r.Amount, nil
	case a.State != Orphan || a.Left() <= 0:
		return Money{}, Refuse(ReasonNothingLeft)
	}
	return Money{Fen: a.Left(), Currency: a.Amount.Currency}, nil
}

// cutText gives at most so many characters of what a person wrote, without blanks around it, and without what nobody sees: control
// characters, and those that only turn the reading direction or join letters (Unicode Cc, Cf).
func cutText(text string, characters int) string {
	seen := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	runes := []rune(strings.TrimSpace(seen))
	return strings.TrimSpace(string(runes[:min(len(runes), characters)]))
}
