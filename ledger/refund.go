package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// RefundState is where one refund stands.
//
//	owed ──► asked ──► pending ──► returned     the channel says that the money has gone back
//	           │ ▲        ├──► abnormal ──► returned | failed | by hand
//	           ▼ │        └──► failed ──► by hand   ended without money: what it held may be asked for under a new number
//	           held ──► …                       the shop's balance is too low: the same number, later
//	asked, denied, and then not known to the channel ──► failed
//	held, or another refund under its number ──► by hand
//
// Its number is fixed before the first send and is the only one that is ever sent for it. All states but failed count
// against what may still be given back.
type RefundState uint8

// The states. Numbers are on disk.
const (
	RefundOwed     RefundState = 1 // durable; nothing has left
	RefundAsked    RefundState = 2 // it may have reached the channel
	RefundPending  RefundState = 3 // the channel has accepted it
	RefundHeld     RefundState = 4 // the shop's balance at the channel is too low
	RefundReturned RefundState = 5
	RefundFailed   RefundState = 6
	RefundAbnormal RefundState = 7 // the channel cannot bring it to the customer
	RefundByHand   RefundState = 8 // a person has given the money back another way
)

var refundStateNames = [...]string{"", "owed", "asked", "pending", "held", "returned", "failed", "abnormal", "by hand"}

// String gives the word used in reports.
func (s RefundState) String() string {
	if int(s) >= len(refundStateNames) {
		return "?"
	}
	return refundStateNames[s]
}

// refundArrows is the drawing above as a table; staying is always allowed.
var refundArrows = map[RefundState][]RefundState{
	RefundOwed:     {RefundAsked},
	RefundAsked:    {RefundPending, RefundHeld, RefundReturned, RefundFailed, RefundAbnormal, RefundByHand},
	RefundPending:  {RefundAsked, RefundReturned, RefundFailed, RefundAbnormal, RefundByHand},
	RefundHeld:     {RefundAsked, RefundPending, RefundReturned, RefundFailed, RefundAbnormal, RefundByHand},
	RefundAbnormal: {RefundPending, RefundReturned, RefundFailed, RefundByHand},
	RefundFailed:   {RefundReturned, RefundByHand},
}

func refundArrow(from, to RefundState) bool {
	return from == to || slices.Contains(refundArrows[from], to)
}

// RefundCause is who wanted the money to go back.
type RefundCause uint8

// The causes. Numbers are on disk.
const (
	CausePerson RefundCause = 1 // somebody at the till, for a reason of their own
	CauseLate   RefundCause = 2 // the till: the payment came after its attempt had ended
	CauseSecond RefundCause = 3 // the till: the sale is paid already
)

// Refund is money back against one attempt, under one number.
type Refund struct {
	Number        RefundNo
	Amount        Money
	Cause         RefundCause
	Why           string // the person's reason
	Actor         Actor
	State         RefundState
	Task          TaskKind // what is owed to the channel now
	OpenedAt      time.Time
	SinceAt       time.Time // of the present state
	AskedAt       time.Time // of the latest send
	Asks          uint64    // how often it was sent
	AskSeq        uint64    // event of the latest send: a query that began before it does not tell what became of that
	Denied        bool      // the latest send was refused for good; a query has to say that nothing was done
	Code, Message string    // the channel's last words
	ChannelNo     string    // the channel's own number of the refund, where it has one
	ReturnedAt    time.Time // the channel's time, else the till's
	Note          Note
	Booked        Day // the business day on which it was opened
	Day           Day // the business day on which the money went back, to which the refund belongs; 0 before

	Confirmed StatementSource // as of an Attempt
}

// refundMove is a decision about one answer.
type refundMove struct {
	to     RefundState
	task   TaskKind
	note   Note
	record bool
}

// slowRefund is how long a refund may be under way before it is put on the list of exceptions. The till goes on asking.
const slowRefund = 24 * time.Hour

// Final reports whether nothing the channel says changes the refund any more.
func (s RefundState) Final() bool { return s == RefundReturned || s == RefundByHand }

// ended reports whether the till does nothing about the refund any more.
func (r *Refund) ended() bool { return r == nil || r.Task == TaskNone }

// Holds reports whether the refund counts against what may still be given back.
func (r *Refund) Holds() bool { return r.State != RefundFailed }

// next is the one place where an answer changes a refund. It is pure and total.
func (r *Refund) next(a *Attempt, ans Answer, now time.Time) refundMove {
	if !ans.Verified && ans.Class != ClassUnsent {
		ans.Class = ClassUnknown
	}
	m := refundMove{to: r.State, task: r.Task}
	switch {
	case r.State == RefundReturned:
		return m
	case ans.names() && r.disagrees(a, ans):
		m.note = NoteOtherRefund
	case r.State == RefundByHand: // given back by a person, and by the channel, too
		if ans.Class == ClassReturned {
			m.note = NoteReturnedAfterAll
		}
	case ans.Class == ClassReturned:
		m.to, m.task = RefundReturned, TaskNone
		if r.State == RefundFailed {
			m.note = NoteReturnedAfterAll
		}
	case r.State == RefundFailed:
		m = r.afterFailure(ans)
	case ans.Request == RequestRefund:
		m = r.afterSend(ans)
	default:
		m = r.afterQuery(ans)
	}
	if m.note == NoteNone && !m.to.Final() && m.to != RefundFailed && m.to != RefundAbnormal && now.Sub(r.OpenedAt) > slowRefund {
		m.note = NoteRefundSlow
	}
	if m.note == r.Note && m.to == r.State {
		m.note = NoteNone
	}
	m.record = m.to != r.State || m.task != r.Task || m.note != NoteNone || ans.Class == ClassDenied && !r.Denied
	return m
}

// names reports whether an answer tells of a refund by its number.
func (a *Answer) names() bool {
	switch a.Class {
	case ClassReturned, ClassClosed, ClassAbnormal:
		return true
	}
	return false
}

// disagrees reports whether an answer names another refund than the one that was asked for.
func (r *Refund) disagrees(a *Attempt, ans Answer) bool {
	n := ans.Named
	return n.Order != a.Order || n.Refund != r.Number || n.Amount != r.Amount ||
		n.Merchant != "" && n.Merchant != a.Merchant || n.App != "" && n.App != a.App
}

// afterSend: whatever the channel says to a refund, a query has the last word. An answer that comes when the channel is known
// to work on it is late.
func (r *Refund) afterSend(ans Answer) refundMove {
	stay := refundMove{to: r.State, task: r.Task}
	if r.State == RefundPending || r.State == RefundAbnormal || ans.Began < r.AskSeq {
		return stay
	}
	switch ans.Class {
	case ClassAccepted:
		return refundMove{to: RefundPending, task: TaskRefundQuery}
	case ClassHeld:
		return refundMove{to: RefundHeld, task: TaskRefund, note: NoteRefundHeld}
	case ClassUnsent:
		return refundMove{to: r.State, task: TaskRefund}
	}
	return refundMove{to: RefundAsked, task: TaskRefundQuery} // denied, too
}

func (r *Refund) afterQuery(ans Answer) refundMove {
	switch ans.Class {
	case ClassAccepted:
		return refundMove{to: RefundPending, task: TaskRefundQuery}
	case ClassClosed:
		return refundMove{to: RefundFailed, note: NoteRefundFailed}
	case ClassAbnormal:
		return refundMove{to: RefundAbnormal, task: TaskRefundQuery, note: NoteRefundAbnormal}
	case ClassAbsent:
		return r.absent(ans)
	}
	return refundMove{to: r.State, task: r.Task}
}

// afterFailure: a refund that has ended without money is over, unless the channel itself says that it works on it: then it is
// asked about until that is known.
func (r *Refund) afterFailure(ans Answer) refundMove {
	switch {
	case ans.Class == ClassAccepted:
		return refundMove{to: RefundFailed, task: TaskRefundQuery}
	case ans.Request == RequestRefundQuery && (ans.Class == ClassClosed || ans.Class == ClassAbsent):
		return refundMove{to: RefundFailed}
	}
	return refundMove{to: RefundFailed, task: r.Task}
}

// absent: the channel does not know the number. After a refusal for good that is the end; else it is sent again, under the same
// number: Alipay's word for a refund that has not arrived, has failed, or is under way is the same.
func (r *Refund) absent(ans Answer) refundMove {
	switch {
	case r.State == RefundAbnormal || r.Task != TaskRefundQuery || ans.Began < r.AskSeq:
		return refundMove{to: r.State, task: r.Task}
	case r.Denied:
		return refundMove{to: RefundFailed, note: NoteRefundFailed}
	}
	return refundMove{to: RefundAsked, task: TaskRefund}
}

// Refund finds one of the attempt's refunds, or nil.
func (a *Attempt) Refund(number RefundNo) *Refund {
	for i := range a.Refunds {
		if a.Refunds[i].Number == number {
			return &a.Refunds[i]
		}
	}
	return nil
}

// Back is what has gone back to the customer, in fen: returned, or given back by a person another way.
func (a *Attempt) Back() int64 {
	back := a.ByHand
	for i := range a.Refunds {
		if a.Refunds[i].State.Final() {
			back += a.Refunds[i].Amount.Fen
		}
	}
	return back
}

// Left is what may still be given back, in fen: the payment without everything that was asked for and has not failed.
func (a *Attempt) Left() int64 {
	if a.State != Paid && (a.State != Orphan || a.Elsewhere) {
		return 0
	}
	left := a.Amount.Fen - a.ByHand
	for i := range a.Refunds {
		if a.Refunds[i].Holds() {
			left -= a.Refunds[i].Amount.Fen
		}
	}
	return left
}

// Returning reports whether money is on its way back to the customer.
func (a *Attempt) Returning() bool {
	return a.returning() || slices.ContainsFunc(a.Refunds, func(r Refund) bool { return r.Task != TaskNone })
}

// refundStuck reports whether a refund needs somebody: the channel cannot bring it to the customer, or it has failed and nothing
// was given back since.
func (a *Attempt) refundStuck() bool {
	for i := range a.Refunds {
		r := &a.Refunds[i]
		holds := func(s RefundState) bool { return s != RefundFailed }
		if r.State == RefundAbnormal || r.State == RefundFailed && !a.givenAgain(r.Number, holds) && a.Left() >= r.Amount.Fen {
			return true
		}
	}
	return false
}

// givenAgain reports whether refunds after a failed one, those in states that count, make up for it.
func (a *Attempt) givenAgain(failed RefundNo, counts func(RefundState) bool) bool {
	r := a.Refund(failed)
	if r == nil {
		return false
	}
	missing := r.Amount.Fen
	for i := range a.Refunds {
		if later := &a.Refunds[i]; later.Number > failed && counts(later.State) {
			missing -= later.Amount.Fen
		}
	}
	return missing <= 0
}

// returning reports whether a late payment is being given back by the till: it is asked whether it is still there.
func (a *Attempt) returning() bool { return a.State == Orphan && a.Task == TaskQuery }

// MayRefund tells whether an amount may be given back, and if not, why. terms are the channel's.
func (a *Attempt) MayRefund(amount Money, terms Account, now time.Time) error {
	for i := range a.Refunds {
		if a.Refunds[i].State == RefundAbnormal {
			return Refuse(ReasonRefundAbnormal)
		}
	}
	switch {
	case a.State != Paid && a.State != Orphan:
		return Refuse(ReasonNotPaid)
	case a.returning():
		return Refuse(ReasonReturning)
	case a.Left() <= 0:
		return Refuse(ReasonNothingLeft)
	case amount.Fen <= 0 || amount.Currency != a.Amount.Currency || amount.Fen > a.Left():
		return Refuse(ReasonRefundAmount)
	case terms.RefundMost > 0 && len(a.Refunds) >= terms.RefundMost:
		return Refuse(ReasonRefundMost)
	case terms.RefundWindow > 0 && now.Sub(a.paidAt()) > terms.RefundWindow:
		return Refuse(ReasonRefundLate)
	}
	return nil
}

// paidAt is the channel's time of payment, or the till's where the channel told none.
func (a *Attempt) paidAt() time.Time {
	if a.PaidAt.IsZero() {
		return a.SinceAt
	}
	return a.PaidAt
}

// RefundRow is money as a day's list shows it beside the sales: what went back on that day, and what came on it for a sale that
// several payments settle, or have not settled yet (Part).
type RefundRow struct {
	Number  RefundNo // of money without a channel, one that only tells rows apart
	Sale    SaleID
	Channel Channel
	Tender  TenderKind // of money without a channel
	Amount  Money
	State   RefundState
	Cause   RefundCause
	Late    bool   // of money that belonged to no sale: it is in no total
	Part    bool   // it came
	Cashier string // who has given it back, or taken the part; the till where it went back by itself
	At      time.Time
	Day     Day
}

// Of is the order that the row is about, or what else leads to its sale: money without a channel has no order, and is found by the
// number of its sale.
func (r *RefundRow) Of() OrderNo {
	switch {
	case r.Tender != 0:
		return OrderNo(r.Sale)
	case r.Part:
		return OrderNo(strings.TrimSuffix(string(r.Number), "P"))
	}
	return r.Number.Order()
}

// RefundRows gives what of a sale's money stands on a day beside the sale's row.
func RefundRows(s *Sale, day Day) []RefundRow {
	if day == 0 {
		return nil
	}
	return slices.DeleteFunc(AllRefundRows(s), func(r RefundRow) bool { return r.Day != day })
}

// AllRefundRows gives those of every day.
func AllRefundRows(s *Sale) (rows []RefundRow) {
	split := s.split()
	for i := range s.Attempts {
		a := &s.Attempts[i]
		if split && a.State == Paid {
			rows = append(rows, RefundRow{Number: RefundNo(a.Order + "P"), Sale: s.ID, Channel: a.Channel, Amount: a.Amount, Part: true,
				Cashier: s.Actor.Person, At: a.paidAt(), Day: a.Booked})
		}
		for j := range a.Refunds {
			if r := &a.Refunds[j]; r.Day != 0 {
				rows = append(rows, RefundRow{
					Number: r.Number, Sale: s.ID, Channel: a.Channel, Amount: r.Amount, State: r.State, Cause: r.Cause,
					Late: a.State != Paid, Cashier: r.Actor.Person, At: r.SinceAt, Day: r.Day,
				})
			}
		}
	}
	for i := range s.Tenders {
		t := &s.Tenders[i]
		row := RefundRow{Number: partNo(s.ID, i), Sale: s.ID, Tender: t.Kind, Amount: t.Amount, Part: true, Cashier: t.Actor.Person, At: t.At, Day: t.Day}
		if split {
			rows = append(rows, row)
		}
		for j := range t.Returns {
			r := &t.Returns[j]
			back := RefundRow{Number: returnNo(s.ID, i, j), Sale: s.ID, Tender: t.Kind, Amount: r.Amount,
				State: RefundReturned, Cause: CausePerson, Cashier: r.Actor.Person, At: r.At, Day: r.Day}
			rows = append(rows, back)
		}
	}
	return rows
}

// partNo and returnNo tell the rows of a sale's tenders apart, and of what has gone back of them; both count from 0.
func partNo(sale SaleID, tender int) RefundNo {
	return RefundNo(fmt.Sprintf("%sT%02d", sale, tender+1))
}

func returnNo(sale SaleID, tender, back int) RefundNo {
	return RefundNo(fmt.Sprintf("%sR%02d", partNo(sale, tender), back+1))
}

// tenderReturn is what has gone back under a number of returnNo, or nil.
func (s *Sale) tenderReturn(number RefundNo) *TenderReturn {
	for i := range s.Tenders {
		for j := range s.Tenders[i].Returns {
			if returnNo(s.ID, i, j) == number {
				return &s.Tenders[i].Returns[j]
			}
		}
	}
	return nil
}

// counts reports whether the refund is in the totals of its day: those of its channel, which has not paid out what was given back by
// hand.
func (r *RefundRow) counts() bool { return !r.Late && r.State == RefundReturned }
