package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// tenderWay is what is chosen on the form: a kind of tender, or a part that the next scan is to ask for.
type tenderWay int

const (
	wayCash tenderWay = iota
	waySlip
	wayTransfer
	wayScan
	tenderWays
)

var tenderKinds = [...]ledger.TenderKind{wayCash: ledger.Cash, waySlip: ledger.CardSlip, wayTransfer: ledger.Transfer, wayScan: 0}

// tenderScreen takes money that comes without a channel for the sale on the screen. The Book alone decides; what is shown here only
// saves a wish that would be refused.
type tenderScreen struct {
	way    tenderWay
	keyed  ledger.Keyed // cash: what is given; else a part of what is due. Empty: just all of it
	number string       // of a card slip
	amount bool         // of a card slip: the amount is being keyed, and not the number
	turned time.Time    // when money was taken last: an Enter that bounces takes no more
}

// numberMax bounds a slip's number, in digits; the Book cuts longer ones.
const numberMax = 32

// openTender shows the form for the sale on the screen. An amount that is being keyed is settled first, so that cash needs no Enter
// of its own.
func (a *App) openTender() tea.Cmd {
	if a.scene.draft.Empty() {
		a.pushTender()
		return nil
	}
	actor := a.actor
	return a.intendThen(actCash, func(ctx context.Context) error { return a.book.Settle(ctx, actor, false) },
		func(a *App, err error) tea.Cmd {
			if err == nil {
				a.pushTender()
			}
			return nil
		})
}

func (a *App) pushTender() {
	switch err := a.scene.sale.MayTender(true); {
	case !a.scene.hasSale:
		a.say(a.noteFor(ledger.ReasonNoSale, ""))
	case err != nil:
		a.say(a.noteOf(err))
	default:
		a.push(&tenderScreen{})
	}
}

func (*tenderScreen) place() place { return atTender }
func (*tenderScreen) leave()       {}

// sees takes scans away: a customer's code belongs to the sale's own screen, where its amount can be seen.
func (t *tenderScreen) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan == nil {
		return false, nil
	}
	a.stray(p.scan)
	return true, nil
}

func (t *tenderScreen) suspected(a *App) { a.say(note{sentence: a.words.Refund.Stray}) }

// hear closes the form when the sale is not there any more, or takes no more money: it was settled, or paid after all.
func (t *tenderScreen) hear(a *App, _ tea.Msg) tea.Cmd {
	if a.top() == screen(t) && (!a.scene.hasSale || a.scene.sale.MayTender(true) != nil) {
		a.pop()
	}
	return nil
}

func (t *tenderScreen) typed(a *App, char rune) tea.Cmd {
	digit := char >= '0' && char <= '9'
	if t.way == waySlip && !t.amount {
		if digit && len(t.number) < numberMax {
			t.number += string(char)
		}
		return nil
	}
	keyed, err := t.keyed.Key(char)
	if err != nil && (digit || char == '.') {
		a.say(a.noteOf(err))
	}
	t.keyed = keyed
	return nil
}

// quickNotes are the notes with a key of their own, in yuan.
var quickNotes = map[action]string{actNote10: "10", actNote20: "20", actNote50: "50", actNote100: "100"}

func (t *tenderScreen) act(a *App, do action) tea.Cmd {
	switch do {
	case actKindOn, actKindBack:
		step := 1
		if do == actKindBack {
			step = int(tenderWays) - 1
		}
		*t = tenderScreen{way: (t.way + tenderWay(step)) % tenderWays, turned: t.turned}
		if t.way == wayScan && a.scene.sale.MayAsk() != nil { // there is one scan payment at most
			t.way = (t.way + tenderWay(step)) % tenderWays
		}
	case actField:
		t.amount = t.way == waySlip && !t.amount
	case actBack:
		if t.way == waySlip && !t.amount {
			t.number = less(t.number)
		} else {
			t.keyed = t.keyed.Back()
		}
	case actEnter:
		return t.enter(a)
	}
	if yuan, ok := quickNotes[do]; ok && t.way == wayCash {
		t.keyed = ledger.Keyed{}
		for _, r := range yuan {
			t.keyed, _ = t.keyed.Key(r)
		}
	}
	return nil
}

// plan is what Enter would take now.
func (t *tenderScreen) plan(a *App) (wish ledger.TenderWish, err error) {
	sale := &a.scene.sale
	wish = ledger.TenderWish{Sale: sale.ID, Kind: tenderKinds[t.way], Number: t.number, Seen: len(sale.Tenders)}
	if t.keyed.Empty() {
		return wish, nil
	}
	keyed, err := t.keyed.Money()
	switch {
	case err != nil:
		return wish, err
	case t.way != wayCash:
		wish.Amount = keyed
	case keyed.Fen < a.book.CashDue(sale, sale.Due()):
		wish.Amount, wish.Given = keyed, keyed
	default:
		wish.Given = keyed
	}
	return wish, nil
}

func (t *tenderScreen) enter(a *App) tea.Cmd {
	if a.soon(t.turned) {
		return nil
	}
	wish, err := t.plan(a)
	switch {
	case err != nil:
		a.say(a.noteOf(err))
	case t.way == wayScan:
		t.part(a, wish.Amount)
	case t.way == waySlip && wish.Number == "":
		a.say(a.noteFor(ledger.ReasonTenderNumber, ""))
	default:
		return t.send(a, wish)
	}
	return nil
}

// part chooses what the next scan asks for.
func (t *tenderScreen) part(a *App, amount ledger.Money) {
	if err := a.desk.SetPart(amount); err != nil {
		a.say(a.noteOf(err))
		return
	}
	a.scene.toAsk = a.book.ToAsk(&a.scene.sale)
	a.pop()
	says := a.words.Tender.PartSet
	says.Says = a.put(says.Says, "part", a.scene.toAsk.String())
	a.say(note{sentence: says})
}

// send asks the Book to take it, with a second person while a payment's end is not known.
func (t *tenderScreen) send(a *App, wish ledger.TenderWish) tea.Cmd {
	book, actor := a.book, a.actor
	return a.consented(approval{actCash, []string{a.agreesTender(&wish)}, func(ctx context.Context, second *ledger.Consent) error {
		wish.Second = second
		return book.Tender(ctx, actor, wish)
	}, func(a *App, err error) tea.Cmd {
		t.turned = a.now
		if err == nil {
			*t = tenderScreen{way: t.way, turned: a.now}
		}
		return t.hear(a, nil)
	}}, a.scene.sale.MayTender(false) != nil)
}

// agreesTender is what a second person agrees to.
func (a *App) agreesTender(wish *ledger.TenderWish) string {
	amount := wish.Amount
	if amount.Fen == 0 {
		amount = ledger.Fen(a.scene.sale.Due())
	}
	return a.put(a.words.Tender.AgreeTake, "kind", a.words.Tender.Kinds[wish.Kind], "amount", amount.String(), "tail", cleanCode(wish.Sale.Tail(), 4))
}

func (t *tenderScreen) next(a *App) string {
	w := &a.words.Tender
	return [...]string{wayCash: w.NextCash, waySlip: w.NextSlip, wayTransfer: w.NextMoney, wayScan: w.NextScan}[t.way]
}

func (t *tenderScreen) draw(a *App, width, height int) []string {
	w, sale := &a.words.Tender, &a.scene.sale
	rows := []string{between(a.palette.bold.Render(a.put(w.Title, "amount", ledger.Fen(sale.Due()).String())), "",
		a.palette.bold.Render(a.put(a.words.Tail, "tail", sale.ID.Tail())), width), t.ways(a, width), ""}
	taken := a.takenRows(sale, nil, width)
	switch t.way {
	case wayCash:
		rows = append(rows, t.cash(a, width, max(height-len(taken)-6, 1))...)
	case waySlip:
		rows = append(rows, t.field(w.Number, shy(t.number, clean(t.number, numberMax)), !t.amount), t.field(w.Amount, "¥"+t.all(sale), t.amount))
	case wayTransfer:
		rows = append(rows, t.field(w.Amount, "¥"+t.all(sale), true), "")
		rows = append(rows, wrap(w.Pending, width, 2)...)
	case wayScan:
		rows = append(rows, t.field(w.Amount, "¥"+t.all(sale), true))
	}
	return append(append(rows, ""), taken...)
}

// all is the keyed part, or all that is due.
func (t *tenderScreen) all(sale *ledger.Sale) string {
	if t.keyed.Empty() {
		return ledger.Fen(sale.Due()).String()
	}
	return t.keyed.String()
}

func (*tenderScreen) field(label, value string, here bool) string {
	mark, end := "  ", ""
	if here {
		mark, end = "▶ ", "_"
	}
	return mark + pad(label, 20) + value + end
}

// ways is the row of what can be chosen; the chosen one stands in brackets, so that no colour is needed.
func (t *tenderScreen) ways(a *App, width int) string {
	row := ""
	for way := range tenderWays {
		name := a.words.Tender.Scan
		if way != wayScan {
			name = a.words.Tender.Kinds[tenderKinds[way]]
		}
		if way == t.way {
			row += "[" + name + "] "
		} else {
			row += " " + name + "  "
		}
	}
	return cut(row, width)
}

// cash is what is given, and what goes back, as large as it fits.
func (t *tenderScreen) cash(a *App, width, height int) []string {
	w, sale := &a.words.Tender, &a.scene.sale
	pays := a.book.CashDue(sale, sale.Due())
	given := a.put(w.Exact, "amount", ledger.Fen(pays).String())
	if !t.keyed.Empty() {
		given = "¥" + t.keyed.String()
	}
	rows := []string{t.field(w.Given, given, true)}
	if pays != sale.Due() {
		rows = append(rows, cut("  "+a.put(w.Rounded, "given", ledger.Fen(pays).String()), width))
	}
	keyed, err := t.keyed.Money()
	switch {
	case t.keyed.Empty() || err != nil:
		return rows
	case keyed.Fen < pays:
		return append(rows, cut("  "+a.put(w.Part, "amount", keyed.String(), "left", ledger.Fen(sale.Due()-keyed.Fen).String()), width))
	case keyed.Fen == pays:
		return append(rows, "  "+w.NoChange)
	}
	rows = append(rows, "", a.palette.bold.Render(w.Change))
	return append(rows, a.amount("¥"+ledger.Fen(keyed.Fen-pays).String(), width, min(height, 5))...)
}

// tendered reports whether tenders speak for the sale, and not an attempt: they have settled it, or a part of it is paid and nothing
// is under way.
func (a *App) tendered(s *ledger.Sale) bool {
	switch {
	case s.Settled():
		return s.Paid() == nil || s.SettledAt().After(s.Paid().SinceAt)
	case s.Kept() == 0 && len(s.Tenders) == 0:
		return false
	}
	at := s.Last()
	return at == nil || at.State == ledger.Paid || at.ReturnIfPaid
}

// tenderOutcome is the words for such a sale.
func (a *App) tenderOutcome(s *ledger.Sale) assets.Outcome {
	switch w := &a.words.Tender; {
	case s.Settled() && s.Pending():
		return w.NotSeen
	case s.Settled():
		return w.Paid
	case s.Undone():
		return w.Undone
	default:
		return w.PartPaid
	}
}

// drawTendered draws such a sale: what is still to pay, or the change, is what the cashier looks for.
func (a *App) drawTendered(s *ledger.Sale, width, height int) []string {
	w, words := &a.words.Tender, a.tenderOutcome(s)
	look, big, label := faces[ledger.Paid], s.Amount.Fen, ""
	if !s.Settled() {
		look, big = faces[ledger.Stopping], s.Due()
	} else if s.Pending() {
		look = faces[ledger.Stopping]
	} else if change := s.Tenders[len(s.Tenders)-1].Change.Fen; change > 0 {
		big, label = change, w.Change
	}
	rows := append(look.banner(words.Word, width, &a.palette, a.now.Truncate(time.Hour)), wrap(words.Says, width, 2)...)
	details := a.takenRows(s, nil, width)
	if label != "" {
		rows = append(rows, a.palette.bold.Render(label))
	}
	rows = append(rows, a.amount("¥"+ledger.Fen(big).String(), width, max(1, min(height-len(rows)-len(details), 5)))...)
	return append(rows, details...)
}

// takenRows tell what has come of a sale, each with how far it is known. shown is the attempt that is told about elsewhere.
func (a *App) takenRows(s *ledger.Sale, shown *ledger.Attempt, width int) (rows []string) {
	w := &a.words.Tender
	if at := s.Paid(); at != nil && at != shown {
		rows = append(rows, cut("✔ "+a.put(w.TakenScan, "channel", a.words.Channels[at.Channel], "amount", at.Amount.String(), "truth", a.words.Truths[at.Truth()])+
			a.backAfter(at.Back()), width))
	}
	for i := range s.Tenders {
		t := &s.Tenders[i]
		sign := "✔ "
		if t.Pending() {
			sign = "? "
		}
		text := sign + a.put(w.Taken, "kind", w.Kinds[t.Kind], "amount", t.Amount.String(), "truth", a.words.Truths[t.Truth()])
		if t.Kind == ledger.Cash && t.Change.Fen > 0 {
			text += " · " + a.put(w.Change1, "given", t.Given.String(), "change", t.Change.String())
		} else if t.Number != "" {
			text += " · " + clean(t.Number, numberMax)
		}
		if t.Rounding != 0 {
			text += " · " + a.put(w.Kept, "amount", ledger.Fen(t.Kept()).String())
		}
		rows = append(rows, cut(text+a.backAfter(t.Returned()), width))
	}
	for i := range s.Attempts {
		if at := &s.Attempts[i]; at.ReturnIfPaid && at.State.Live() {
			rows = append(rows, cut("? "+w.IfPaid, width))
		}
	}
	if left := a.scene.toAsk.Fen; shown == nil && !s.Settled() && left > 0 && left < s.Due() && s.MayAsk() == nil {
		rows = append(rows, cut("▶ "+a.put(w.ToAsk, "amount", a.scene.toAsk.String()), width))
	}
	return rows
}

// backAfter is what stands beside money that has gone back.
func (a *App) backAfter(fen int64) string {
	if fen == 0 {
		return ""
	}
	return " · ↩ " + a.put(a.words.Tender.Back, "returned", ledger.Fen(fen).String())
}
