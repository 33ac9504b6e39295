package ledger

import "time"

// AttemptState is where one attempt stands.
//
//	intent ──► asking ──► paid          verified answer, five fields equal
//	  │          ├──────► refused       verified and final
//	  │          ├──────► waiting       QR shown, or the customer keys a password
//	  │          └──────► unknown       no trustworthy answer: a query of the same number is owed
//	  ├──► unsent                       not one byte left this process
//	  └─ waiting, unknown, asking ──► stopping ── one last query
//	           ├──► paid                the customer was faster: no cancel is sent
//	           ├──► withdrawn           Alipay QR that no one scanned: off the screen, on the watch list
//	           └──► closing             close or cancel is owed until the channel confirms
//	                  ├──► closed       confirmed by a query begun after the final answer
//	                  ├──► reversed     money had moved and is confirmed back
//	                  └──► paid         the cancel was finally refused, and a later query says so
//	closed, reversed, refused, withdrawn, unsent ── late money ──► orphan ──► returned (refund.go) | named
//	orphan ──► reversed                     a late cancel was faster than the refund
//	any ── paid, and refunded by somebody else since ──► orphan
type AttemptState uint8

// The states. Numbers are on disk.
const (
	Intent    AttemptState = 1
	Asking    AttemptState = 2
	Waiting   AttemptState = 3
	Unknown   AttemptState = 4
	Paid      AttemptState = 5
	Refused   AttemptState = 6
	Unsent    AttemptState = 7
	Stopping  AttemptState = 8
	Withdrawn AttemptState = 9
	Closing   AttemptState = 10
	ClosedOff AttemptState = 11
	Reversed  AttemptState = 12
	Orphan    AttemptState = 13
)

var stateNames = [...]string{"", "intent", "asking", "waiting", "unknown", "paid", "refused", "unsent", "stopping",
	"withdrawn", "closing", "closed", "reversed", "orphan"}

// String gives the word used in reports.
func (s AttemptState) String() string {
	if int(s) >= len(stateNames) {
		return "?"
	}
	return stateNames[s]
}

// arrows is the drawing above as a table; staying is always allowed. The fold refuses an event without an arrow, so a
// later version can decide differently but can never rewrite what an old event meant.
var arrows = map[AttemptState][]AttemptState{
	Intent:    {Asking, Unsent, Unknown},
	Asking:    {Paid, Refused, Waiting, Unknown, Unsent, Stopping, Closing, ClosedOff, Reversed, Orphan},
	Waiting:   {Paid, Refused, Stopping, Closing, ClosedOff, Reversed, Orphan},
	Unknown:   {Asking, Paid, Refused, Waiting, Stopping, Closing, ClosedOff, Reversed, Orphan},
	Stopping:  {Paid, Refused, Unsent, Withdrawn, Closing, ClosedOff, Reversed, Orphan},
	Closing:   {Paid, Withdrawn, ClosedOff, Reversed, Orphan},
	Refused:   {Orphan},
	Unsent:    {Orphan},
	Withdrawn: {Orphan, ClosedOff},
	ClosedOff: {Orphan},
	Reversed:  {Orphan},
	Orphan:    {Reversed},
}

func arrow(from, to AttemptState) bool {
	if from == to {
		return true
	}
	for _, allowed := range arrows[from] {
		if allowed == to {
			return true
		}
	}
	return false
}

// Live reports whether money may still move on the order by what the till or the customer is doing now.
func (s AttemptState) Live() bool {
	switch s {
	case Intent, Asking, Waiting, Unknown, Stopping, Closing:
		return true
	}
	return false
}

// Attempt is one request to one channel for one sale, under one order number.
type Attempt struct {
	Order         OrderNo
	Channel       Channel
	Way           Way
	Amount        Money
	Merchant, App string
	By            string // the person who asked for it
	Last4         string
	Mark          Mark
	Expires       time.Time // no payment can begin afterwards
	State         AttemptState
	Task          TaskKind  // what is owed to the channel now
	OpenedAt      time.Time // all times are wall clock, for people and for limits of seconds
	SinceAt       time.Time // of the present state
	Asks          uint64    // how often a request that can move money was begun
	QR            string
	ChannelNo     string
	PaidAt        time.Time
	Code, Message string // the channel's last words
	Note          Note
	StopWhy       StopWhy
	StopSeq       uint64 // event of the stop: the last query must begin after it
	CloseSeq      uint64 // event of the last cancel's beginning or answer: what began before it is stale
	Accepted      bool   // the last close was accepted
	Denied        bool   // the last close was refused for good
	Returned      bool   // a cancel's answer said that money was moved back
	Booked        Day    // the business day its money stands on in the accounts
	Refunds       []Refund
	ByHand        int64 // fen of late money that a person has given back another way
	Elsewhere     bool  // somebody has refunded it at the channel, past the till, wholly or in part
	ReturnIfPaid  bool  // the sale was settled another way while its end was not known: what comes of it goes back

	Confirmed StatementSource // by which a statement has it; set where the sale is looked up, as Sale.Matches is
}

// move is a decision about one answer: where the attempt goes, what it owes then, and whether it is worth an event.
type move struct {
	to     AttemptState
	task   TaskKind
	note   Note
	record bool
	back   bool // the late money is still there: give it back
}

// The waits below are measured by Answer.InState and Answer.Known and never by the wall clock: one that is set forward
// must not close an order early, one that is set back must not hold it open.
const (
	// stopPatience is how long the last query is repeated for a trustworthy answer before the cancel is sent without
	// one: a customer who has paid is not refunded because one query was lost, and a channel that never answers
	// queries does not hold the order open for ever.
	stopPatience = time.Minute
	// watchMargin is added to an order's life before the till believes that nothing can come any more.
	watchMargin = 30 * time.Second
	// stubbornAfter is how long an order may resist its end before it is put on the list of exceptions. The till goes on
	// trying; the entry goes when the channel says how the order ended.
	stubbornAfter = 10 * time.Minute
)

// next is the one place where an answer changes an attempt. It is pure and total: every state meets every class.
func (a *Attempt) next(ans Answer) move {
	if ans.Began < a.CloseSeq && ans.Request != RequestClose {
		return a.stale(ans)
	}
	if !ans.Verified && ans.Class != ClassPaid && ans.Class != ClassUnsent {
		ans.Class = ClassUnknown // a "refused" or "closed" that anybody may have said would allow a second charge
	}
	if ans.Class == ClassPaid {
		if note := a.disagreement(ans); note != NoteNone {
			doubted := ans
			doubted.Class = ClassUnknown
			m := a.next(doubted)
			m.note, m.record = note, m.record || a.Note != note
			return m
		}
	}
	var m move
	switch a.State {
	case Intent, Asking, Waiting, Unknown:
		m = a.whileLive(ans)
	case Stopping:
		m = a.whileStopping(ans)
	case Closing:
		m = a.whileClosing(ans)
	default:
		m = a.afterEnd(ans)
	}
	if m.to == Paid && a.ReturnIfPaid {
		m = move{to: Orphan, note: NoteSecondPayment}
	}
	if m.note == NoteNone && a.stubborn(m, ans) && a.Note != NoteStubborn {
		m.note, m.record = NoteStubborn, true
	}
	m.record = m.record || m.to != a.State || m.task != a.Task
	return m
}

// stale: the answer is older than the last cancel, and decides nothing. One that says paid of an order that has ended may be
// true all the same: the channel is asked again.
func (a *Attempt) stale(ans Answer) move {
	m := a.stay(NoteStale, ans.Class == ClassPaid && a.State != Orphan && a.Note != NoteStale)
	if a.over() && ans.Class == ClassPaid && a.disagreement(ans) == NoteNone && a.Task == TaskNone {
		m.task, m.record = TaskQuery, true
	}
	return m
}

// over reports whether the attempt has ended without money.
func (a *Attempt) over() bool {
	switch a.State {
	case Refused, Unsent, Withdrawn, ClosedOff, Reversed:
		return true
	}
	return false
}

// stubborn tells that an order stays where it is though its end has been asked for long enough.
func (a *Attempt) stubborn(m move, ans Answer) bool {
	ending := a.State == Closing || a.over()
	return ending && m.to == a.State && m.task != TaskNone && ans.InState >= stubbornAfter
}

// life is how long after its opening the order can be paid.
func (a *Attempt) life() time.Duration { return max(0, a.Expires.Sub(a.OpenedAt)) }

// disagreement names the first of the five fields in which a "paid" differs from what was asked.
func (a *Attempt) disagreement(ans Answer) Note {
	switch {
	case !ans.Verified:
		return NoteUnverified
	case ans.Named.Order != a.Order:
		return NoteOtherOrder
	case ans.Named.Amount != a.Amount:
		return NoteOtherAmount
	case ans.Named.Merchant != a.Merchant:
		return NoteOtherMerchant
	case ans.Named.App != a.App:
		return NoteOtherApp
	}
	return NoteNone
}

func (a *Attempt) stay(note Note, record bool) move {
	return move{to: a.State, task: a.Task, note: note, record: record}
}

// whileLive: nobody has asked for an end yet. An intent has sent nothing, so whatever else is said about it is first
// asked about.
func (a *Attempt) whileLive(ans Answer) move {
	if a.State == Intent && ans.Class != ClassUnsent {
		return a.stillUnknown()
	}
	switch ans.Class {
	case ClassPaid:
		return move{to: Paid}
	case ClassRefused:
		return move{to: Refused}
	case ClassClosed:
		return move{to: ClosedOff}
	case ClassReversed:
		return move{to: Reversed}
	case ClassRefunded:
		return move{to: Orphan, note: NoteRefunded}
	case ClassFailed:
		return move{to: Closing, task: TaskClose}
	case ClassShown:
		return move{to: Waiting, task: TaskQuery}
	case ClassWaiting:
		return move{to: Waiting, task: TaskQuery}
	case ClassOpen:
		if a.Way == ByQR && a.QR == "" && a.State != Waiting { // made at the channel, but the answer with the QR was lost
			return move{to: Unknown, task: TaskOrder}
		}
		return move{to: Waiting, task: TaskQuery}
	case ClassUnsent:
		if a.State == Intent || a.State == Asking && a.Asks == 1 && ans.Request != RequestQuery {
			return move{to: Unsent}
		}
	}
	return a.stillUnknown()
}

// stillUnknown: nothing trustworthy was learnt. A customer who is keying a password goes on keying it.
func (a *Attempt) stillUnknown() move {
	switch {
	case a.State == Waiting:
		return a.stay(NoteNone, false)
	case a.Way == ByQR && a.QR == "":
		return move{to: Unknown, task: TaskOrder} // nobody can have scanned it: the same order may be asked for again
	}
	return move{to: Unknown, task: TaskQuery}
}

// whileStopping: the last query is under way; the cancel follows directly after it (Alipay, WeChat Pay: no gap).
func (a *Attempt) whileStopping(ans Answer) move {
	switch ans.Class {
	case ClassPaid:
		return move{to: Paid, note: NoteFasterThanCancel}
	case ClassRefused:
		return move{to: Refused}
	case ClassClosed:
		return move{to: ClosedOff}
	case ClassReversed:
		return move{to: Reversed}
	case ClassRefunded:
		return move{to: Orphan, note: NoteRefunded}
	case ClassUnsent:
		if ans.Request != RequestQuery && a.Asks == 1 {
			return move{to: Unsent}
		}
	}
	if ans.Request != RequestQuery || ans.Began < a.StopSeq {
		return a.stay(NoteNone, false) // not the last query: that one begins after the stop
	}
	switch ans.Class {
	case ClassAbsent:
		if a.Way == ByQR {
			return move{to: Withdrawn, task: a.watch()}
		}
		return move{to: Closing, task: TaskClose}
	case ClassWaiting, ClassOpen, ClassFailed:
		return move{to: Closing, task: TaskClose}
	}
	if ans.InState >= stopPatience {
		return move{to: Closing, task: TaskClose}
	}
	return a.stay(NoteNone, false)
}

// watch: a QR that was on a screen may still be scanned until its life is over; one that never was, cannot.
func (a *Attempt) watch() TaskKind {
	if a.QR == "" {
		return TaskNone
	}
	return TaskQuery
}

// whileClosing: a cancel may have reached the channel. A "paid" proves nothing until the cancel is finally refused,
// because a cancel on its way gives the money back. Every end needs a query begun after the cancel's answer.
func (a *Attempt) whileClosing(ans Answer) move {
	if ans.Request == RequestClose {
		switch ans.Class {
		case ClassAccepted, ClassDenied, ClassAbsent, ClassClosed, ClassReversed:
			return move{to: Closing, task: TaskQuery, record: true}
		}
		return a.stay(NoteNone, false)
	}
	switch ans.Class {
	case ClassClosed:
		if a.Returned {
			return move{to: Reversed}
		}
		return move{to: ClosedOff}
	case ClassReversed:
		return move{to: Reversed}
	case ClassRefunded:
		return move{to: Orphan, note: NoteRefunded}
	case ClassRefused:
		return move{to: ClosedOff}
	case ClassPaid:
		if a.Denied && a.Task == TaskQuery { // and no further cancel is on its way
			return move{to: Paid}
		}
		return move{to: Closing, task: TaskClose}
	case ClassWaiting, ClassOpen, ClassFailed:
		return move{to: Closing, task: TaskClose}
	case ClassAbsent:
		return a.absentWhileClosing(ans)
	}
	return a.stay(NoteNone, false)
}

// absentWhileClosing: the channel does not know the order. The request may still be on its way, so the order is believed
// closed only when a cancel has been answered and the customer code's life is over.
func (a *Attempt) absentWhileClosing(ans Answer) move {
	switch {
	case a.Way == ByQR:
		return move{to: Withdrawn, task: a.watch()}
	case a.Task == TaskQuery && ans.Known > a.life():
		return move{to: ClosedOff}
	}
	return a.stay(NoteNone, false)
}

// afterEnd: the attempt has ended. Money that still arrives is recorded and named, never booked to the sale in silence.
func (a *Attempt) afterEnd(ans Answer) move {
	switch {
	case a.State == Paid:
		gone := ans.Class == ClassClosed || ans.Class == ClassReversed || ans.Class == ClassAbsent || ans.Class == ClassRefunded
		if gone && ans.Verified && a.Note != NoteGoneAfterPaid && a.Left() == a.Amount.Fen { // else it is the till that has asked for it back
			return a.stay(NoteGoneAfterPaid, true)
		}
	case ans.Class == ClassPaid && a.State != Orphan:
		return move{to: Orphan, note: NoteLateMoney}
	case ans.Class == ClassRefunded && a.State != Orphan:
		return move{to: Orphan, note: NoteRefunded}
	case a.State == Withdrawn:
		return a.whileWatched(ans)
	case a.returning():
		return a.whileReturning(ans)
	case a.over() && a.Task != TaskNone:
		return a.whileAskedAgain(ans)
	}
	return a.stay(NoteNone, false)
}

// whileAskedAgain: an order that had ended is said to be paid. If somebody is only paying it now, it is closed again.
func (a *Attempt) whileAskedAgain(ans Answer) move {
	switch ans.Class {
	case ClassWaiting, ClassOpen, ClassFailed:
		return move{to: a.State, task: TaskClose}
	case ClassAccepted, ClassDenied:
		return move{to: a.State, task: TaskQuery}
	case ClassClosed, ClassReversed, ClassRefused, ClassAbsent:
		if ans.Request == RequestClose {
			return move{to: a.State, task: TaskQuery}
		}
		return move{to: a.State}
	}
	return a.stay(NoteNone, false)
}

// whileReturning: before late money is given back the channel is asked once more whether it is still there: a cancel that
// arrived late, or somebody else, may have given it back.
func (a *Attempt) whileReturning(ans Answer) move {
	switch ans.Class {
	case ClassPaid:
		return move{to: Orphan, back: true}
	case ClassClosed, ClassReversed:
		return move{to: Reversed}
	case ClassRefunded:
		return move{to: Orphan, note: NoteRefunded}
	}
	return a.stay(NoteNone, false)
}

// inDoubt tells that somebody may be paying, or may have paid, an order that was over: it is being closed once more, or asked about
// because of an old word that it is paid. A withdrawn QR is asked about all its life without such a word.
func (a *Attempt) inDoubt() bool {
	return a.over() && (a.Task == TaskClose || a.Task == TaskQuery && a.State != Withdrawn)
}

// whileWatched: a withdrawn QR. If somebody scans it after all, the order is closed at once.
func (a *Attempt) whileWatched(ans Answer) move {
	switch ans.Class {
	case ClassClosed, ClassReversed, ClassRefused:
		return move{to: ClosedOff}
	case ClassWaiting, ClassOpen, ClassFailed:
		return move{to: Withdrawn, task: TaskClose}
	case ClassAccepted, ClassDenied:
		return move{to: Withdrawn, task: TaskQuery}
	case ClassAbsent:
		if ans.Request == RequestClose {
			return move{to: Withdrawn, task: TaskQuery}
		}
		if ans.Known > a.life()+watchMargin {
			return move{to: Withdrawn, task: TaskNone}
		}
	}
	return a.stay(NoteNone, false)
}

// stop decides what the wish to end the attempt makes of it.
func (a *Attempt) stop() (AttemptState, TaskKind, error) {
	switch a.State {
	case Intent: // asking is durable before the first byte leaves, so nothing has left
		return Unsent, TaskNone, nil
	case Asking, Waiting, Unknown:
		return Stopping, TaskQuery, nil
	case Stopping, Closing:
		return a.State, a.Task, Refuse(ReasonStopping)
	}
	return a.State, a.Task, Refuse(ReasonNothingToStop)
}

// Truth is how far a payment is known.
type Truth uint8

// The levels of payments, lowest first, and then those of money that came without a channel.
const (
	TruthAsked     Truth = 1 // the intent is durable
	TruthSent      Truth = 2 // a request left; no trustworthy answer yet
	TruthAnswered  Truth = 3 // the channel answered, not yet or no longer with money
	TruthConfirmed Truth = 4 // signed answer, five fields equal
	TruthMatched   Truth = 5 // found in the channel's statement
	TruthCounted   Truth = 6 // cash: counted by the cashier
	TruthNumbered  Truth = 7 // a card slip: known by its number
	TruthPending   Truth = 8 // a transfer that nobody has seen arrive
	TruthProven    Truth = 9 // a transfer that somebody has seen arrive

	TruthImported Truth = 10 // a payment found in a statement that somebody has brought; above confirmed, below matched
)

var truthNames = [...]string{"", "asked", "sent", "answered", "confirmed", "matched", "counted", "by number", "pending", "proven", "matched (imported)"}

func (t Truth) String() string { return truthNames[t] }

// Truth gives the attempt's level.
func (a *Attempt) Truth() Truth {
	switch a.State {
	case Paid, Orphan:
		return a.Confirmed.truth()
	case Intent, Unsent:
		return TruthAsked
	case Asking, Unknown:
		return TruthSent
	}
	return TruthAnswered
}
