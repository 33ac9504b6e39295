package ui

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// scene is one look at the till: everything a screen is drawn from, beside the keys and the time. It is never changed
// after it was made, except for draft, which follows the keys at once.
type scene struct {
	turn       uint64 // looks are numbered, so that a late one cannot put an old picture back
	head       uint64
	till, mode string
	practice   bool
	draft      ledger.Keyed
	hasSale    bool
	sale       ledger.Sale // the sale on the screen, a copy
	suspect    string      // last four digits of a scan that waits for Enter
	hasSuspect bool
	open       int          // other sales whose end is not known
	held       int          // sales that wait
	toAsk      ledger.Money // what the next scan asks for on the sale
	openSale   ledger.Sale  // the oldest of them, a copy
	warnings   int          // exceptions
	warning    warning
	missed     map[ledger.Channel]ledger.Day // the newest day of which a channel has given no statement in time
	board      ledger.BoardView
	broken     error
	mended     bool // the ledger's files were repaired today

	staffed bool         // people sign in here
	actor   ledger.Actor // who works at the console; no person: nobody
	locked  bool         // and the screen waits for their PIN
	learner bool         // who may work in training only
	people  []colleague  // who can sign in, by name

	visits []ledger.Visit // who looks in from outside
	wishes []wish         // what they ask for
	talk   []ledger.TalkLine
	shutTo time.Time // until when nobody is let in; may be past
}

// warning is the newest exception, with what is needed to name it.
type warning struct {
	note   ledger.Note
	tail   string
	amount ledger.Money        // of the sale
	named  ledger.Money        // what the channel said was paid; zero where it named nothing
	state  ledger.AttemptState // of the attempt now; zero when it cannot be read
	refund ledger.RefundState  // of the refund now, where it is about one
	goes   bool                // the till is giving the money back by itself
	owner  ledger.Role
	id     uint64              // of the entry
	from   ledger.StatementKey // the statement that has brought it; zero where none has
}

// live is the attempt on which money may still move, or nil.
func (s *scene) live() *ledger.Attempt {
	if !s.hasSale {
		return nil
	}
	return s.sale.Live()
}

// shown is the attempt that speaks for the sale, or nil.
func (s *scene) shown() *ledger.Attempt {
	if !s.hasSale {
		return nil
	}
	return s.sale.Shown()
}

// standing is which attempt is shown, in which state, and how far its money has gone back.
type standing struct {
	order ledger.OrderNo
	state ledger.AttemptState
	back  backKind
	taken int // tenders of the sale
}

// paidAs reports whether both are one order that is paid, whatever has gone back of it.
func (s standing) paidAs(other standing) bool {
	return s.order == other.order && s.state == other.state && s.state == ledger.Paid && s.back != other.back
}

func (s *scene) standing() standing {
	stands := standing{}
	if at := s.shown(); at != nil {
		stands = standing{order: at.Order, state: at.State, back: backOf(at)}
	}
	if s.hasSale {
		stands.taken = len(s.sale.Tenders)
	}
	return stands
}

// sceneMsg brings a new look, and the channels that close at the next change.
type sceneMsg struct {
	scene       scene
	book, board <-chan struct{}
}

// feed turns the Book's and the Board's changes into messages. Its commands run in their own goroutines; it keeps no
// state but the number of looks.
type feed struct {
	ctx      context.Context
	book     *ledger.Book
	practice bool
	behind   time.Duration // how long a look waits after a change, and up to twice as long; 0: not at all
	turns    atomic.Uint64
}

// wait gives the next look once something has changed, or nothing when the screen ends.
func (f *feed) wait(after sceneMsg) tea.Cmd {
	return func() tea.Msg {
		select {
		case <-after.book:
		case <-after.board:
		case <-f.ctx.Done():
			return nil
		}
		if f.behind > 0 {
			pause(f.ctx, f.behind+rand.N(f.behind))
		}
		return f.look()
	}
}

// look takes the change channels first, so that nothing that happens meanwhile is missed.
func (f *feed) look() sceneMsg {
	board := f.book.Board()
	msg := sceneMsg{book: f.book.Changed(), board: board.Changed()}
	s := scene{turn: f.turns.Add(1), practice: f.practice, broken: f.book.Err(), draft: f.book.Draft().Keyed, board: board.View()}
	s.suspect, s.hasSuspect = f.book.Suspect()
	s.staffed = f.book.Staffed()
	var last *ledger.Exception
	f.book.Read(func(state *ledger.State) { last = s.read(state) })
	if last != nil {
		s.warning.about(last)
		if s.warning.state == 0 { // not in the working set any more
			if sale, ok, err := f.book.Lookup().SaleOf(keyOf(last)); keyOf(last) != "" && err == nil && ok {
				s.warning.of(&sale, last)
			}
		}
	}
	if s.hasSale {
		s.toAsk = f.book.ToAsk(&s.sale)
	}
	msg.scene = s
	return msg
}

// read copies what it needs and gives the newest exception.
func (s *scene) read(state *ledger.State) (last *ledger.Exception) {
	s.head, s.till, s.mode = state.Head.Seq, state.Till, state.Mode
	if sale := state.CurrentSale(); sale != nil {
		s.hasSale, s.sale = true, copied(sale)
	}
	for _, sale := range state.Open() {
		if sale.ID != state.Current && sale.Live() != nil {
			if s.open == 0 {
				s.openSale = copied(sale)
			}
			s.open++
		}
	}
	s.held = len(state.Held())
	s.readVisits(state)
	s.mended = state.Mended > 0
	if s.staffed {
		s.readStaff(state)
	}
	s.warnings, s.missed = len(state.Exceptions), missedDays(state.Exceptions)
	if s.warnings > 0 {
		newest := state.Exceptions[s.warnings-1]
		last = &newest
		if sale := state.Sale(newest.Sale); sale != nil {
			s.warning.of(sale, &newest)
		}
	}
	return last
}

// missedDays gives the newest day of each channel of which there is no statement; nil where none is missed.
func missedDays(entries []ledger.Exception) (days map[ledger.Channel]ledger.Day) {
	for i := range entries {
		if x := &entries[i]; x.Note == ledger.NoteStatementMissing {
			if days == nil {
				days = map[ledger.Channel]ledger.Day{}
			}
			days[x.From.Channel] = max(days[x.From.Channel], x.From.Day)
		}
	}
	return days
}

// about takes what the entry itself says. Of a refund the amount is its own, and not one that a channel has named.
func (w *warning) about(x *ledger.Exception) {
	w.id, w.tail, w.note, w.owner = x.ID, x.Sale.Tail(), x.Note, x.Owner()
	w.from = x.From
	if x.Refund != "" || x.Note == ledger.NoteTransferPending || x.Note == ledger.NoteWrong { // no channel has said anything
		w.amount = x.Named
	} else {
		w.named = x.Named
	}
}

func (w *warning) of(sale *ledger.Sale, x *ledger.Exception) {
	if x.Refund == "" && x.Note != ledger.NoteTransferPending {
		w.amount = sale.Amount
	}
	if at := sale.Attempt(x.Order); at != nil {
		w.state, w.goes = at.State, backOf(at) == backLateGoing
		if r := at.Refund(x.Refund); r != nil {
			w.refund = r.State
		}
	}
}

// keyOf is by what the sale of an entry is found: its order, or its own number where the entry is about no order.
func keyOf(x *ledger.Exception) ledger.OrderNo {
	if x.Order == "" {
		return ledger.OrderNo(x.Sale)
	}
	return x.Order
}
