package ui

import (
	"strconv"
	"strings"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// This file draws refunds: the form, and what has become of each one.

func (f *refundScreen) draw(a *App, width, height int) []string {
	at := f.attempt()
	rows := a.refundHead(&f.sale, at, width, height)
	if f.step == stepWatch {
		return f.drawWatch(a, rows, width, height)
	}
	form := f.form(a, width)
	rows = append(rows, a.refundList(at, width, height-len(rows)-len(form)-1)...)
	return append(append(rows, ""), form...)
}

// refundHead says which sale it is, large enough to compare, and how much of it is where.
func (a *App) refundHead(sale *ledger.Sale, at *ledger.Attempt, width, height int) []string {
	w := &a.words.Refund
	tail := a.put(a.words.Tail, "tail", sale.ID.Tail())
	amount := "¥" + sale.Amount.String()
	rows := []string{between(a.palette.bold.Render(w.Title), "", a.palette.bold.Render(tail), width)}
	big, number := bigText(amount, width, 3), bigText(sale.ID.Tail(), width, 3)
	if height < 15 || a.term.linux || len(big) != 3 || len(number) != 3 || wide(big[0])+wide(number[0])+6 > width {
		rows[0] = between(a.palette.bold.Render(w.Title+" "+amount), "", a.palette.bold.Render(tail), width)
	} else {
		for i := range big {
			rows = append(rows, between(big[i], "", number[i], width))
		}
	}
	rows = append(rows, wrap(a.refundFacts(at), width, 2)...)
	return append(rows, wrap(a.refundSums(at), width, 2)...)
}

// refundFacts are when and where the money came.
func (a *App) refundFacts(at *ledger.Attempt) string {
	w := &a.words.Refund
	state, came := w.FoundPaid, at.PaidAt
	switch at.State {
	case ledger.Paid:
	case ledger.Orphan:
		state = w.FoundOrphan
	default:
		return w.Unpaid
	}
	if came.IsZero() {
		came = at.SinceAt
	}
	facts := a.put(w.Facts, "state", state, "time", a.book.Calendar().In(came).Format(time.DateTime), "channel", a.words.Channels[at.Channel])
	if at.ChannelNo != "" {
		facts += " · " + cleanCode(at.ChannelNo, 40)
	}
	return facts
}

// refundSums are how much is back, on its way and left.
func (a *App) refundSums(at *ledger.Attempt) string {
	sums := a.put(a.words.Refund.Sums, "returned", ledger.Fen(at.Back()).String(),
		"going", ledger.Fen(goingOf(at)).String(), "rest", ledger.Fen(at.Left()).String())
	if stuck := abnormalOf(at); stuck > 0 {
		sums += " · ! " + a.put(a.words.Refund.SumStuck, "amount", ledger.Fen(stuck).String())
	}
	return sums
}

// goingOf is what has been asked for and is on its way, in fen.
func goingOf(at *ledger.Attempt) (fen int64) {
	for i := range at.Refunds {
		if r := &at.Refunds[i]; r.Holds() && !r.State.Final() && r.State != ledger.RefundAbnormal {
			fen += r.Amount.Fen
		}
	}
	return fen
}

// abnormalOf is what the channel cannot bring to the customer, in fen. It is neither back nor left.
func abnormalOf(at *ledger.Attempt) (fen int64) {
	for i := range at.Refunds {
		if r := &at.Refunds[i]; r.State == ledger.RefundAbnormal {
			fen += r.Amount.Fen
		}
	}
	return fen
}

// stuckOf is what the channel cannot bring to the customer, or will not, and nobody has asked for again, in fen.
func stuckOf(at *ledger.Attempt) (fen int64) {
	for i := range at.Refunds {
		if r := &at.Refunds[i]; r.State == ledger.RefundFailed && at.Left() >= r.Amount.Fen {
			fen += r.Amount.Fen
		}
	}
	return fen + abnormalOf(at)
}

// form is the amount and the reason, and which of them the keys go to.
func (f *refundScreen) form(a *App, width int) []string {
	w := &a.words.Refund
	amount, _ := f.amount()
	text := f.keyed.String()
	if f.keyed.Empty() {
		text = amount.String()
	}
	most := a.put(w.Most, "rest", ledger.Fen(f.attempt().Left()).String())
	if f.keyed.Empty() {
		most = w.All
	}
	label := max(wide(w.Amount), wide(w.Reason)) + 2
	cursor := func(step refundStep, is, not string) string {
		if f.step == step {
			return is
		}
		return not
	}
	rows := []string{cut(cursor(stepAmount, "▶ ", "  ")+pad(w.Amount, label)+"¥"+text+cursor(stepAmount, "_", "")+"  "+most, width)}
	if f.step == stepAmount {
		return rows
	}
	rows = append(rows, cut(cursor(stepReason, "▶ ", "  ")+pad(w.Reason, label)+shy(f.why, tailOf(clean(f.why, whyMax), width-label-4))+cursor(stepReason, "_", ""), width))
	if f.step == stepReason && !f.own {
		var whys []string
		for i, why := range w.Whys {
			whys = append(whys, strconv.Itoa(i+1)+" "+why)
		}
		for _, row := range flow(append(whys, w.Own), "  ", width-label-2, 3) {
			rows = append(rows, strings.Repeat(" ", label+2)+row)
		}
	}
	return rows
}

// tailOf keeps the end of a text that is being typed in sight.
func tailOf(text string, width int) string {
	for wide(text) > max(width, 1) {
		text = ellipsis + strings.TrimPrefix(text, ellipsis)[firstRune(strings.TrimPrefix(text, ellipsis)):]
	}
	return text
}

func firstRune(text string) int {
	for i := range text {
		if i > 0 {
			return i
		}
	}
	return len(text)
}

// drawWatch shows the newest refund with its banner, whose place is its state's, and the others under it.
func (f *refundScreen) drawWatch(a *App, head []string, width, height int) []string {
	at := f.attempt()
	if len(at.Refunds) == 0 {
		says := a.words.Refund.NoEarlier
		if doing := a.doing(at); doing != "" {
			says = a.words.Refund.LateGoing.Says + " " + doing
		}
		return append(append(head, ""), wrap(says, width, 3)...)
	}
	r := &at.Refunds[len(at.Refunds)-1]
	look, words := refundFaces[r.State], a.words.Refund.States[r.State]
	banner := look.banner(words.Word+" · ¥"+r.Amount.String(), width, &a.palette, a.now)
	banner = append(banner, wrap(words.Says+" "+words.Next, width, 3)...)
	banner = append(banner, wrap(a.doingRefund(at, r), width, 2)...)
	list := a.refundList(at, width, height-len(head)-len(banner)-1)
	switch look.spot {
	case onTop:
		return append(append(banner, head...), list...)
	case inside:
		return append(append(append(head, banner...), ""), list...)
	}
	return append(fit(append(head, list...), max(height-len(banner), len(head))), banner...)
}

// refundList is the order's refunds, the newest first, in at most height rows.
func (a *App) refundList(at *ledger.Attempt, width, height int) []string {
	w := &a.words.Refund
	if height < 2 || len(at.Refunds) == 0 && at.ByHand == 0 {
		return nil
	}
	rows := []string{a.palette.faint.Render(w.Earlier)}
	for i := len(at.Refunds) - 1; i >= 0; i-- {
		rows = append(rows, cut("  "+a.refundLine(&at.Refunds[i]), width))
	}
	if at.ByHand > 0 {
		rows = append(rows, cut("  ↩ "+a.put(w.ByTheHand, "returned", ledger.Fen(at.ByHand).String()), width))
	}
	if over := len(rows) - height; over > 0 {
		rows = append(rows[:height-1], a.palette.bold.Render("  "+a.put(a.words.MoreBelow, "n", strconv.Itoa(over+1))))
	}
	return rows
}

// refundLine is one refund: how it stands, how much, how long ago, and why.
func (a *App) refundLine(r *ledger.Refund) string {
	const stateWide = 12
	why := clean(r.Why, whyMax)
	if why == "" {
		why = a.words.Refund.Causes[r.Cause]
	}
	return pad(refundFaces[r.State].sign+" "+a.words.Refund.States[r.State].Short, stateWide) +
		padLeft("¥"+r.Amount.String(), amountWide) + "  " + a.ago(r.SinceAt) + " · " + why
}

// ago says how long ago something was. It moves often at first, and rarely later.
func (a *App) ago(at time.Time) string {
	since := max(a.now.Sub(at), 0)
	switch {
	case since < 2*time.Minute:
		if since >= livesFor {
			since = since.Truncate(10 * time.Second)
		}
		return a.put(a.words.AgoSeconds, "seconds", seconds(since))
	case since < 2*time.Hour:
		return a.put(a.words.AgoMinutes, "minutes", strconv.Itoa(int(since/time.Minute)))
	case since < 48*time.Hour:
		return a.put(a.words.Refund.AgoHours, "hours", strconv.Itoa(int(since/time.Hour)))
	}
	return a.put(a.words.Refund.AgoDays, "days", strconv.Itoa(int(since/(24*time.Hour))))
}

// doingRefund says what the till does about a refund now; empty when nothing is owed.
func (a *App) doingRefund(at *ledger.Attempt, r *ledger.Refund) string {
	_, known := a.scene.board.Doing[string(r.Number)]
	if r.Task == ledger.TaskNone || !known && r.State == ledger.RefundOwed { // the channel may want some time between two refunds
		return ""
	}
	return a.doingOf(string(r.Number), at.Channel)
}

// backKind is how far the money of a sale has gone back.
type backKind int

const (
	backNone backKind = iota
	backGoing
	backPart
	backFull
	backStuck // a refund needs somebody
	backLateGoing
	backLate
)

// backOf tells how far an attempt's money has gone back. A row's attempt has no amount and tells nothing.
func backOf(at *ledger.Attempt) backKind {
	back := at.Back()
	switch {
	case at.Amount.Fen <= 0:
		return backNone
	case at.State == ledger.Orphan && back >= at.Amount.Fen:
		return backLate
	case at.State == ledger.Orphan && !at.Elsewhere && at.Returning() && stuckOf(at) == 0:
		return backLateGoing
	case at.State != ledger.Paid:
		return backNone
	case stuckOf(at) > 0:
		return backStuck
	case back >= at.Amount.Fen:
		return backFull
	case goingOf(at) > 0:
		return backGoing
	case back > 0:
		return backPart
	}
	return backNone
}

// faceOf is how an attempt looks.
func faceOf(at *ledger.Attempt) face {
	if look, ok := backFaces[backOf(at)]; ok {
		return look
	}
	return faces[at.State]
}

// outcomeBack gives the words of a sale whose money has gone back, or is going; ok is false when none is.
func (a *App) outcomeBack(at *ledger.Attempt) (words assets.Outcome, ok bool) {
	w := &a.words.Refund
	switch backOf(at) {
	case backNone:
		return words, false
	case backGoing:
		words = w.PaidGoing
	case backPart:
		words = w.PaidPart
	case backFull:
		words = w.PaidFull
	case backStuck:
		words = w.PaidStuck
	case backLateGoing:
		words = w.LateGoing
	case backLate:
		words = w.LateBack
	}
	words.Word = a.put(words.Word, "returned", ledger.Fen(at.Back()).String(), "going", ledger.Fen(goingOf(at)).String())
	return words, true
}

// headBack stands above the amount of a sale whose money has gone back.
func (a *App) headBack(at *ledger.Attempt) string {
	switch backOf(at) {
	case backFull:
		return a.words.Refund.HeadFull
	case backLate:
		return a.words.Refund.HeadBack
	case backLateGoing:
		return a.words.Refund.HeadGoing
	}
	return ""
}

// refundDetails are what the sale's own panel says of its refunds: the sums, and what is happening to the newest.
func (a *App) refundDetails(at *ledger.Attempt) (texts []string) {
	if len(at.Refunds) == 0 {
		return nil
	}
	if at.State == ledger.Paid {
		texts = append(texts, a.refundSums(at))
	}
	r := &at.Refunds[len(at.Refunds)-1]
	states := a.words.Refund.States[r.State]
	texts = append(texts, refundFaces[r.State].sign+" "+states.Word+" · ¥"+r.Amount.String()+" · "+a.ago(r.SinceAt))
	if doing := a.doingRefund(at, r); doing != "" {
		texts = append(texts, doing)
	}
	return texts
}
