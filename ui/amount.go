package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// saleScreen is where the till lives: the amount being keyed, else the sale on the screen. It keeps nothing itself; the
// amount belongs to the Book, so that a scanned code meets the right one.
type saleScreen struct{}

func (*saleScreen) place() place { return atSale }
func (*saleScreen) leave()       {}

// typed keys the amount. Letters without a meaning are passed over.
func (*saleScreen) typed(a *App, char rune) tea.Cmd {
	if char != '.' && (char < '0' || char > '9') {
		return nil
	}
	a.keyed(a.desk.Key(char))
	return nil
}

func (a *App) keyed(err error) {
	if err != nil {
		n := a.noteOf(err)
		if n.code == ledger.ReasonLiveAttempt || n.code == ledger.ReasonUnresolved {
			n.sentence.Says = a.words.NotKeyed
		}
		a.say(n)
	}
	a.scene.draft = a.book.Draft().Keyed
}

func (s *saleScreen) act(a *App, do action) tea.Cmd {
	keying := !a.scene.draft.Empty()
	switch do {
	case actEnter:
		return s.enter(a)
	case actBack:
		a.keyed(a.desk.Back())
	case actZoom:
		_, whole := a.qrWhole()
		a.zoomed(!whole)
	case actEsc:
		if _, whole := a.qrWhole(); whole {
			a.zoomed(false)
			return nil
		}
		a.desk.ClearDraft()
		a.keyed(nil)
	case actAlipay, actWeChat:
		if keying { // the QR would be for the sale before
			a.say(note{sentence: a.words.Draft})
			return nil
		}
		if do == actAlipay {
			return a.ask(do, ledger.Alipay)
		}
		return a.ask(do, ledger.WeChat)
	case actCode:
		if err := a.scene.sale.MayAsk(); !keying && a.scene.hasSale && ledger.ReasonOf(err) == ledger.ReasonAlreadyPaid {
			a.say(a.noteOf(err))
			return nil
		}
		a.push(newCodeScreen())
	case actDrop:
		if keying {
			a.desk.ClearDraft()
			a.keyed(nil)
			return nil
		}
		return a.openDrop()
	case actTrain:
		return a.train()
	case actRepeat:
		a.keyed(a.desk.Repeat())
	case actStop:
		actor := a.actor
		return a.intend(do, func(ctx context.Context) error { return a.book.Stop(ctx, actor) })
	case actAside:
		actor := a.actor
		return a.intend(do, func(ctx context.Context) error { return a.book.SetAside(ctx, actor) })
	case actPractice:
		if a.practice != nil {
			a.push(newPracticeScreen(a))
		}
	case actTest:
		a.push(&selfTest{})
	case actRefund:
		return a.openFind()
	case actShift:
		return a.openShift()
	case actAlerts:
		return a.openAlerts()
	case actStatements:
		return a.openStatements()
	case actDevices:
		a.openDevices()
	case actMute:
		a.mute()
	case actPrint:
		return a.printShown()
	case actExceptions:
		return a.openExceptions()
	case actSwitch:
		a.changeCashier("")
	case actLock:
		return a.lock(ledger.SignOutKey)
	case actCash:
		return a.openTender()
	case actHold:
		return a.hold()
	case actHeld:
		a.openHeld()
	case actMemo:
		a.openMemo()
	case actWrong:
		return a.saysWrong()
	case actDay:
		return a.openDay()
	}
	return nil
}

// enter settles the keyed amount. On a settled sale it shows the default channel's QR, if the shop has one; it never
// stops, repeats or gives up anything.
func (s *saleScreen) enter(a *App) tea.Cmd {
	if !a.scene.draft.Empty() || !a.scene.hasSale {
		return a.settle(false)
	}
	err := a.scene.sale.MayAsk()
	switch {
	case err != nil:
		a.say(a.noteOf(err))
	case a.cfg.DefaultChannel != "":
		return a.ask(actAlipay, a.cfg.DefaultChannel)
	}
	return nil
}

func (s *saleScreen) next(a *App) string {
	switch {
	case !a.scene.draft.Empty():
		return a.words.Draft.Next
	case !a.scene.hasSale:
		return a.words.NoSale.Next
	case a.tendered(&a.scene.sale):
		return a.tenderOutcome(&a.scene.sale).Next
	case len(a.scene.sale.Attempts) > 0:
		return a.outcome(a.scene.shown()).Next
	case a.cfg.DefaultChannel != "":
		return a.words.ReadyDefault.Next
	}
	return a.words.Ready.Next
}

func (s *saleScreen) draw(a *App, width, height int) []string {
	if a.scene.draft.Empty() && a.scene.hasSale {
		return a.drawSale(width, height)
	}
	label, text, says := a.words.NothingKeyed, "0.00", a.words.NoSale.Says
	if !a.scene.draft.Empty() {
		label, text, says = a.words.Keying, a.scene.draft.String(), a.words.Draft.Says
	}
	rows := []string{"", a.palette.bold.Render(label), ""}
	rows = append(rows, a.amount("¥"+text, width, min(height-6, 5))...)
	rows = append(rows, "", says)
	if s := &a.scene.sale; a.scene.hasSale && a.tendered(s) {
		rows = append(rows, "", cut(a.put(a.words.LastSale, "tail", s.ID.Tail(), "amount", s.Amount.String(), "state", a.tenderOutcome(s).Word), width))
	} else if last := a.scene.shown(); last != nil { // the sale before stays in sight until this one is settled
		rows = append(rows, "", cut(a.put(a.words.LastSale, "tail", a.scene.sale.ID.Tail(),
			"amount", a.scene.sale.Amount.String(), "state", a.outcome(last).Word), width))
	}
	return rows
}

// amount draws an amount as large as it fits.
func (a *App) amount(text string, width, height int) []string {
	rows := a.big.render(text, width, max(height, 1), a.term.linux)
	if len(rows) == 1 {
		return []string{a.palette.bold.Render(rows[0])}
	}
	return rows
}

// outcome gives the words of an attempt's state. Where the QR cannot be drawn they say why and what to do instead.
func (a *App) outcome(at *ledger.Attempt) assets.Outcome {
	if words, ok := a.outcomeBack(at); ok {
		return words
	}
	if at.State == ledger.Orphan && at.Elsewhere {
		return a.words.Refunded
	}
	if at.State == ledger.Waiting && doubted(at) { // nobody is asked to pay, nor is anything handed over
		words := a.words.States[ledger.Waiting]
		words.Says, words.Next = a.words.States[ledger.Unknown].Says, a.words.States[ledger.Asking].Next
		return words
	}
	if at.State != ledger.Waiting || at.Way != ledger.ByQR {
		return a.words.States[at.State]
	}
	words := a.words.WaitingQR
	if says, next := a.qrTrouble(at); says != "" {
		words.Says, words.Next = says, next
	}
	return words
}
