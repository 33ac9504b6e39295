package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Sale is one thing to be paid.
type Sale struct {
	ID       SaleID
	Amount   Money
	OpenedAt time.Time
	Opened   Day // the day it was keyed
	Day      Day // the day it belongs to: that on which it was settled, until then the day it was keyed
	Actor    Actor
	Attempts []Attempt
	Tenders  []Tender // money that came another way
	Dropped  bool     // given up before anything was paid on it
	Aside    bool     // taken off the screen before its end was known
	Held     bool     // taken off the screen for later, before it was paid
	Note     string   // what a person has written about it last
	Wrong    bool     // somebody has said that something was not right with it
	Copies   uint32   // receipts that were printed again
	Trail    []uint64 // the events that have made it, in order; a sale can be told from them again

	// Matches is what statements have confirmed of it. It is set where a sale is looked up, and is no part of its own bytes: one event
	// confirms the rows of many sales.
	Matches []StatementMatch
}

// Paid is the attempt that settled the sale or its part of it, or nil. There is never more than one.
func (s *Sale) Paid() *Attempt { return s.find(func(a *Attempt) bool { return a.State == Paid }) }

// Live is the attempt on which money may still move, or nil. There is never more than one.
func (s *Sale) Live() *Attempt { return s.find(func(a *Attempt) bool { return a.State.Live() }) }

// Last is the newest attempt, or nil.
func (s *Sale) Last() *Attempt {
	if len(s.Attempts) == 0 {
		return nil
	}
	return &s.Attempts[len(s.Attempts)-1]
}

// Shown is the attempt that speaks for the sale's scan-to-pay: the paid one, else one on which money came too late, because the newest
// would say that none has come, else the newest.
func (s *Sale) Shown() *Attempt {
	if paid := s.Paid(); paid != nil {
		return paid
	}
	if late := s.find(func(a *Attempt) bool { return a.State == Orphan && a.Back() < a.Amount.Fen }); late != nil {
		return late
	}
	return s.Last()
}

// Attempt finds an attempt by its number, or nil.
func (s *Sale) Attempt(order OrderNo) *Attempt {
	return s.find(func(a *Attempt) bool { return a.Order == order })
}

func (s *Sale) find(is func(*Attempt) bool) *Attempt {
	for i := range s.Attempts {
		if is(&s.Attempts[i]) {
			return &s.Attempts[i]
		}
	}
	return nil
}

// MayAsk tells whether a new attempt may be opened, and if not, why: every earlier order number must be proven closed,
// reversed, refused, never sent, or withdrawn and not scanned since, and no money may have arrived by a channel.
func (s *Sale) MayAsk() error {
	settled := s.Settled()
	if settled && s.Paid() == nil {
		return Refuse(ReasonAlreadyPaid)
	}
	var late error
	for i := range s.Attempts {
		a := &s.Attempts[i]
		if a.State == Paid && settled {
			return Refuse(ReasonAlreadyPaid)
		}
		switch err := a.blocks(); {
		case ReasonOf(err) == ReasonLateMoney: // a later attempt may still be under way, and is stopped first
			late = err
		case err != nil:
			return err
		}
	}
	switch {
	case late != nil:
		return late
	case s.Dropped:
		return Refuse(ReasonNoSale)
	case s.Undone():
		return Refuse(ReasonUndone)
	case s.Paid() != nil:
		return Refuse(ReasonPartPaid)
	}
	return nil
}

// blocked is why nothing else may be done with the sale's money now: something is under way, else late money is not back yet.
func (s *Sale) blocked() (late error) {
	for i := range s.Attempts {
		switch err := s.Attempts[i].blocks(); {
		case ReasonOf(err) == ReasonLateMoney:
			late = err
		case err != nil:
			return err
		}
	}
	return late
}

// blocks is why an attempt stands in the way of another one: its end is not known, or its money came too late and is not back yet.
func (a *Attempt) blocks() error {
	switch {
	case a.State == Orphan && a.Back() < a.Amount.Fen:
		return Refuse(ReasonLateMoney)
	case a.State == Unknown, a.State == Stopping, a.State == Closing, a.inDoubt():
		return Refuse(ReasonUnresolved)
	case a.State.Live():
		return Refuse(ReasonLiveAttempt)
	}
	return nil
}

// Owes reports whether anything about the sale is still owed to a channel.
func (s *Sale) Owes() bool {
	return s.find((*Attempt).owes) != nil
}

// owes reports whether anything about the attempt or one of its refunds is owed to its channel.
func (a *Attempt) owes() bool {
	return a.Task != TaskNone || slices.ContainsFunc(a.Refunds, func(r Refund) bool { return r.Task != TaskNone })
}

// UsedCode remembers one customer code by its mark, so that the same code is not charged twice.
type UsedCode struct {
	Mark  Mark
	Order OrderNo
}

// rememberedCodes bounds how many marks are kept: far more than are shown within one code's life.
const rememberedCodes = 256

// State is all that is known for working on: a fold over events, bounded by what is open now. Older sales come through
// Lookup. It is changed by Apply alone.
type State struct {
	Head       Head
	Till, Mode string
	Epoch      uint32
	Salt       string
	Day        Day
	SaleCount  uint64 // sales keyed on Day
	OrderCount uint64 // order numbers made on Day
	Current    SaleID // the sale on the screen
	Last       Money  // what was to be paid on the sale that was settled last
	Used       []UsedCode
	Exceptions []Exception
	GaveUp     Head   // the head outside that an epoch has given up last, and
	EpochFrom  uint64 // the event that began it; 0 when none has
	Mended     uint64 // repairs of the ledger's files that Day has seen
	Shifts     uint64 // shifts opened so far
	Z, ZSeq    uint64 // number and event of the last Z report; 0 when there is none
	recalled   SaleID // a sale that was just brought back, and stays for the event that follows

	people   map[string]*Person
	sessions map[string]Session // by place

	training string // the place whose screen is given to training mode; empty: none

	inside inside // visitors

	shift  *Shift // the open one, or nil
	period period // since the last Z report
	grand  Line   // of all that was ever sold and given back

	telling bool // one sale is being told from its own events: the entries of the list that others have closed are not known
	sales   map[SaleID]*Sale
	orders  map[OrderNo]SaleID
	today   totals
	tree    tree // of the running day's events
	purses  map[Purse]int64

	statements map[StatementKey]*Statement
}

// NewState is the state before the first event.
func NewState() *State {
	return &State{sales: make(map[SaleID]*Sale), orders: make(map[OrderNo]SaleID), today: newTotals(), purses: make(map[Purse]int64),
		statements: make(map[StatementKey]*Statement), people: make(map[string]*Person), sessions: make(map[string]Session), period: period{From: 1}}
}

// Sale gives a sale of the working set, or nil. The caller must not change it.
func (s *State) Sale(id SaleID) *Sale { return s.sales[id] }

// CurrentSale gives the sale on the screen, or nil.
func (s *State) CurrentSale() *Sale { return s.sales[s.Current] }

// Attempt gives an attempt of the working set with its sale, or nils.
func (s *State) Attempt(order OrderNo) (*Sale, *Attempt) {
	sale := s.sales[s.orders[order]]
	if sale == nil {
		return nil, nil
	}
	return sale, sale.Attempt(order)
}

// Open lists the working set's sales in the order they were keyed.
func (s *State) Open() []*Sale {
	open := make([]*Sale, 0, len(s.sales))
	for _, sale := range s.sales {
		open = append(open, sale)
	}
	slices.SortFunc(open, func(a, b *Sale) int {
		return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.ID, b.ID))
	})
	return open
}

// Grand is all that was ever sold and given back at this till.
func (s *State) Grand() Line { return s.grand }

// Totals gives the running day's totals by channel.
func (s *State) Totals() []Total { return s.today.list() }

// Apply folds one event in and returns the sales it changed. On an error nothing has changed.
func (s *State) Apply(e *Event, hash Hash) ([]*Sale, error) {
	if e.Seq != s.Head.Seq+1 || e.Prev != s.Head.Hash {
		return nil, &BadLink{s.Head.Seq + 1, fmt.Sprintf("event %d does not follow", e.Seq)}
	}
	changed, err := s.applyEpoch(e)
	if err != nil {
		return nil, fmt.Errorf("event %d: %w", e.Seq, err)
	}
	if _, seals := e.Body.(*DaySealed); seals {
		s.tree = tree{}
	}
	s.tree.add(e.Seq, hash)
	s.consented(e.Actor)
	s.countOther(e)
	s.Head = Head{Seq: e.Seq, Hash: hash}
	s.Epoch = e.Epoch
	if changed == nil {
		return nil, nil
	}
	if _, recalls := e.Body.(*SaleRecalled); recalls {
		s.recalled = changed.ID
		return []*Sale{changed}, nil
	}
	s.recalled = ""
	changed.Trail = append(changed.Trail, e.Seq)
	s.forget()
	return []*Sale{changed}, nil
}

// forget drops sales that are over and no longer on the screen: the working set stays small whatever the ledger's age.
func (s *State) forget() {
	for id, sale := range s.sales {
		if id == s.Current || id == s.recalled || sale.Owes() || sale.stays() {
			continue
		}
		for i := range sale.Attempts {
			delete(s.orders, sale.Attempts[i].Order)
		}
		delete(s.sales, id)
	}
}

// applyEpoch refuses an epoch that nobody has begun.
func (s *State) applyEpoch(e *Event) (*Sale, error) {
	want := s.Epoch
	if _, begins := e.Body.(*EpochBegun); begins {
		want++
	}
	if s.Epoch > 0 && e.Epoch != want {
		return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("epoch %d follows %d", e.Epoch, s.Epoch))
	}
	return s.apply(e)
}

func (s *State) startDay(day Day) {
	if day <= s.Day { // a clock that runs back does not reopen a day
		return
	}
	s.Day, s.SaleCount, s.OrderCount, s.Mended, s.today = day, 0, 0, 0, newTotals()
}

func (s *State) apply(e *Event) (*Sale, error) {
	switch b := e.Body.(type) {
	case *Opened:
		s.startDay(e.Day)
		s.Till, s.Mode, s.Salt = b.Till, b.Mode, b.Salt
		clear(s.sessions) // who stood here before the restart has to say so again
		s.trainingEnds(Tally{}, s.training != "")
		s.visitsEnd()
		return nil, nil
	case *TrainingBegan:
		s.startDay(e.Day)
		s.training = e.Actor.Place
		s.period.Trainings++
		return nil, nil
	case *TrainingEnded:
		s.startDay(e.Day)
		return nil, s.trainingEnded(b)
	case *Closed, *CodeRefused:
		s.startDay(e.Day)
		return nil, nil
	case *Maintained:
		s.startDay(e.Day)
		if b.Work == WorkRepair {
			s.Mended++
		}
		return nil, nil
	case *EpochBegun:
		s.startDay(e.Day)
		if b.Outside != (Head{}) { // else what an earlier one has given up stays given up
			s.GaveUp, s.EpochFrom = b.Outside, e.Seq
		}
		return nil, nil
	case *DaySealed:
		return nil, s.sealFolds(b)
	case *SaleOpened:
		return s.saleOpened(e, b)
	case *SaleDropped:
		if sale := s.sales[b.Sale]; sale != nil && (sale.Live() != nil || sale.Settled() || sale.Kept() > 0) {
			return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("sale %s cannot be dropped", b.Sale))
		}
		return s.saleEnds(e, b.Sale, func(sale *Sale) { sale.Dropped = true })
	case *SaleSetAside:
		return s.saleEnds(e, b.Sale, func(sale *Sale) { sale.Aside = true })
	case *AttemptOpened:
		return s.attemptOpened(e, b)
	case *AttemptAsked:
		return s.onAttempt(e, b.Order, Asking, func(a *Attempt) { a.Asks++ })
	case *AttemptStopped:
		return s.onAttempt(e, b.Order, b.Became, func(a *Attempt) { a.StopWhy, a.StopSeq = b.Why, e.Seq })
	case *AttemptAnswered:
		return s.answered(e, b)
	case *SaleRecalled:
		return s.saleRecalled(e, b)
	case *RefundOpened:
		return s.refundOpened(e, b)
	case *RefundSent:
		return s.onRefund(e, b.Order, b.Refund, RefundAsked, func(r *Refund) {
			r.Asks, r.AskedAt, r.AskSeq, r.Denied = r.Asks+1, e.At, e.Seq, false
		})
	case *RefundAnswered:
		return s.refundAnswered(e, b)
	case *Resolved:
		return s.resolved(e, b)
	case *StatementTaken, *StatementMatched, *StatementDiffered, *StatementCompared:
		return nil, s.applyStatement(e)
	case *VisitBegan, *VisitEnded, *VisitSaid, *HandAsked, *HandAnswered, *DoorLocked, *DoorUnlocked:
		return nil, s.applySupport(e)
	}
	return s.applyTender(e)
}

func (s *State) saleOpened(e *Event, b *SaleOpened) (*Sale, error) {
	if s.sales[b.Sale] != nil {
		return nil, fmt.Errorf("sale %s is open already", b.Sale)
	}
	s.startDay(e.Day)
	sale := &Sale{ID: b.Sale, Amount: b.Amount, OpenedAt: e.At, Opened: e.Day, Day: e.Day, Actor: e.Actor}
	s.sales[b.Sale] = sale
	s.Current, s.Last = b.Sale, b.Amount
	s.SaleCount++
	return sale, nil
}

func (s *State) saleEnds(e *Event, id SaleID, mark func(*Sale)) (*Sale, error) {
	sale := s.sales[id]
	if sale == nil {
		return nil, fmt.Errorf("sale %s is not open", id)
	}
	s.startDay(e.Day)
	mark(sale)
	if s.Current == id {
		s.Current = ""
	}
	return sale, nil
}

func (s *State) attemptOpened(e *Event, b *AttemptOpened) (*Sale, error) {
	sale := s.sales[b.Sale]
	if sale == nil {
		return nil, fmt.Errorf("sale %s is not open", b.Sale)
	}
	if err := sale.MayAsk(); err != nil {
		return nil, err
	}
	if b.Amount.Fen <= 0 || b.Amount.Fen > sale.Due() {
		return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("order %s asks for %s: %d fen are due", b.Order, b.Amount, sale.Due()))
	}
	if s.orders[b.Order] != "" {
		return nil, fmt.Errorf("order number %s is used already", b.Order)
	}
	s.startDay(e.Day)
	sale.Attempts = append(sale.Attempts, Attempt{
		Order: b.Order, Channel: b.Channel, Way: b.Way, Amount: b.Amount, Merchant: b.Merchant, App: b.App, By: e.Actor.Person,
		Last4: b.Last4, Mark: b.Mark, Expires: b.Expires,
		State: Intent, Task: taskFor(e, b.Order), OpenedAt: e.At, SinceAt: e.At,
	})
	s.orders[b.Order] = b.Sale
	s.OrderCount++
	if b.Mark != (Mark{}) {
		s.Used = append(s.Used, UsedCode{Mark: b.Mark, Order: b.Order})
		s.Used = s.Used[max(0, len(s.Used)-rememberedCodes):]
	}
	return sale, nil
}

// onAttempt moves an attempt along an arrow; change sets what the event knows beside.
func (s *State) onAttempt(e *Event, order OrderNo, to AttemptState, change func(*Attempt)) (*Sale, error) {
	sale, a := s.Attempt(order)
	if a == nil {
		return nil, RefuseBecause(ReasonUnknownOrder, fmt.Errorf("order %s is not in the working set", order))
	}
	if !arrow(a.State, to) {
		return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("order %s: %s to %s", order, a.State, to))
	}
	if to == Paid && a.ReturnIfPaid {
		return nil, RefuseBecause(ReasonStateForbidden, fmt.Errorf("order %s was to go back", order))
	}
	s.startDay(e.Day)
	if a.State != to {
		a.SinceAt = e.At
	}
	was, held, from := booksOf(a), a.holds(), a.State
	a.State, a.Task = to, taskFor(e, order)
	change(a)
	if a.holds() != held {
		a.Booked = e.Day
	}
	s.rebook(was, a)
	s.afterMove(e, sale, a, from)
	return sale, nil
}

// afterMove keeps what other rooms read in step with an attempt's new state.
func (s *State) afterMove(e *Event, sale *Sale, a *Attempt, from AttemptState) {
	s.countMove(sale, a, from)
	switch {
	case a.State == Paid && from != Paid:
		s.today.take(totalKey{channel: a.Channel}, a.Amount.Fen)
		s.settles(e, sale)
	case a.State == Unsent && from != Unsent:
		s.Used = slices.DeleteFunc(s.Used, func(u UsedCode) bool { return u.Order == a.Order }) // it was never shown to a channel
	case a.State == Closing && from != Closing, a.State == Orphan && from != Orphan:
		a.CloseSeq = e.Seq // an older answer does not say whether the money is still there
	}
}

func (s *State) answered(e *Event, b *AttemptAnswered) (*Sale, error) {
	return s.onAttempt(e, b.Order, b.Became, func(a *Attempt) {
		if b.Request != RequestStatement { // which nobody was asked
			a.Code, a.Message = b.Code, b.Message
		}
		if b.Note != NoteNone {
			a.Note = b.Note
		}
		a.Elsewhere = a.Elsewhere || b.Class == ClassRefunded && b.Became == Orphan
		if b.Class == ClassShown && b.Became == Waiting {
			a.QR = b.QR
		}
		if a.ChannelNo == "" && (b.Became == Paid || b.Became == Orphan) && b.Named.Order == b.Order && b.Verified {
			a.ChannelNo, a.PaidAt = b.Named.ChannelNo, b.Named.PaidAt
		}
		if b.Request == RequestClose {
			a.CloseSeq = e.Seq
			a.Accepted = b.Class == ClassAccepted
			a.Denied = b.Class == ClassDenied
			a.Returned = a.Returned || b.Returned
		}
		s.except(e, a, &b.Answer)
	})
}

func taskFor(e *Event, order OrderNo) TaskKind { return refundTask(e, order, "") }

func refundTask(e *Event, order OrderNo, refund RefundNo) TaskKind {
	for _, task := range e.Tasks {
		if task.Order == order && task.Refund == refund {
			return task.Kind
		}
	}
	return TaskNone
}
