package ui

import (
	"cmp"
	"errors"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// note is something to say on the message line: a sentence, the code for support, and when.
type note struct {
	sentence assets.Sentence
	code     ledger.Reason
	at       time.Time
}

// saidFor is how long what happened is told: time enough to look up and read two sentences.
const saidFor = 20 * time.Second

func (a *App) say(n note) {
	n.at = a.now
	a.note = n
}

// tells reports whether something that happened is still worth its place: while it is new, and while its reason holds.
func (a *App) tells(at time.Time, reason ledger.Reason) bool {
	return a.now.Sub(at) < saidFor || a.scene.holds(reason)
}

// holds reports whether a reason for refusing is true of this scene, and not only of the moment of the refusal.
func (s *scene) holds(reason ledger.Reason) bool {
	switch reason {
	case ledger.ReasonLedgerStopped, ledger.ReasonClosedLedger, ledger.ReasonOf(s.broken):
		return s.broken != nil
	case ledger.ReasonLiveAttempt, ledger.ReasonUnresolved, ledger.ReasonAlreadyPaid, ledger.ReasonLateMoney:
		return s.hasSale && ledger.ReasonOf(s.sale.MayAsk()) == reason
	}
	return false
}

// moved takes away what was said about a state of the sale that is over. A refused scan that comes with the new state is
// about the new one.
func (a *App) moved(was, is *scene) {
	if was.standing() == is.standing() {
		return
	}
	if !is.holds(a.note.code) {
		a.note = note{}
	}
	if bad := is.board.BadScan; bad != nil && bad == was.board.BadScan && !is.holds(bad.Reason) {
		is.board.BadScan = nil
		a.desk.post(func(v *ledger.BoardView) {
			if v.BadScan == bad {
				v.BadScan = nil
			}
		})
	}
}

// noteOf turns an error into its sentence, with the next key.
func (a *App) noteOf(err error) note {
	var refusal *ledger.Refusal
	if errors.As(err, &refusal) {
		return a.noteFor(refusal.Reason, refusal.Looks)
	}
	switch {
	case errors.Is(err, errNotFound):
		return note{sentence: a.words.Refund.NotFound}
	case errors.Is(err, errNoPrinter):
		return note{sentence: a.words.Device.NoPrinter}
	}
	s := a.words.Failed
	s.Says = assets.Fill(s.Says, "text", clean(err.Error(), 200))
	return note{sentence: s}
}

func (a *App) noteFor(reason ledger.Reason, looks ledger.Looks) note {
	s, ok := a.words.Reasons[reason]
	if !ok {
		s = a.words.Failed
		s.Says = assets.Fill(s.Says, "text", cleanCode(string(reason), 40))
	}
	if looks != "" {
		s.Says += " " + assets.Fill(a.words.LooksLike, "looks", a.words.Looks[looks])
	}
	return note{sentence: s, code: reason}
}

// message gives what must be said now and the next key. says is empty while nothing has happened that the panel does
// not show already.
func (a *App) message() (says, next string) {
	s, code := a.urgent()
	says, next = a.fill(s.Says), a.fill(s.Next)
	if says != "" && code != "" {
		says += " [" + string(code) + "]"
	}
	if next == "" && a.scene.broken != nil {
		next = a.fill(a.words.Reasons[cmp.Or(ledger.ReasonOf(a.scene.broken), ledger.ReasonLedgerStopped)].Next)
	}
	if next == "" {
		next = a.fill(a.top().next(a))
	}
	return says, next
}

// urgent picks the most urgent thing: a question first, then whatever happened last.
func (a *App) urgent() (assets.Sentence, ledger.Reason) {
	bad := a.scene.board.BadScan
	question, asking := assets.Sentence{}, false
	if s, ok := a.top().(asker); ok {
		question, asking = s.asks(a)
	}
	switch {
	case a.asked == askLeave:
		return a.words.AskLeave, ""
	case a.scene.hasSuspect:
		s := a.words.Suspect
		s.Says = assets.Fill(s.Says, "last4", cleanCode(a.scene.suspect, 4))
		return s, ""
	case a.asked == askBand:
		return a.words.AskBand, ""
	case a.asked == askPaste:
		s := a.words.AskPaste
		s.Says = assets.Fill(s.Says, "last4", cleanCode(string(a.pasted[max(0, len(a.pasted)-4):]), 4))
		return s, ""
	case asking:
		return question, ""
	case bad != nil && bad.Reason != ledger.ReasonCodeSuspect && bad.At.After(a.note.at) && a.tells(bad.At, bad.Reason):
		n := a.noteFor(bad.Reason, bad.Looks)
		return n.sentence, n.code
	case a.note.sentence.Says != "" && a.tells(a.note.at, a.note.code):
		return a.note.sentence, a.note.code
	case a.flying() && a.now.Sub(a.flightAt) > slowWrite:
		return a.words.Writing, ""
	}
	return assets.Sentence{}, ""
}

// fill puts the keys' names and the keyed amount into a sentence.
func (a *App) fill(sentence string) string {
	sentence = assets.Fill(sentence, a.labels...)
	if amount, err := a.scene.draft.Money(); err == nil {
		sentence = assets.Fill(sentence, "amount", amount.String())
	}
	return sentence
}
