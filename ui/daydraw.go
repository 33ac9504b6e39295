package ui

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
)

// The columns, in cells; the state takes the rest. The tender's name says the channel.
const (
	markWide, timeWide, tailWide, amountWide, channelWide, wayWide, truthWide = 2, 9, 6, 10, 9, 7, 10
	cashierWide                                                               = 9
	manyColumns                                                               = 80      // a narrower window shows the state instead of cashier and truth
	allColumns                                                                = 100     // the way, too, and longer names
	wholeTruth, wholeTruthWide                                                = 120, 20 // and the longest truth in full
)

func (d *dayScreen) draw(a *App, width, height int) []string {
	w := &a.words.Daybook
	rows := append(d.top(a, width, height), a.palette.bold.Render(cut(d.title(a), width)), d.drawFilter(a, width))
	head := len(rows)
	switch {
	case d.err != nil:
		return append(rows, "", cut(a.put(w.Failed, "text", clean(d.err.Error(), width)), width))
	case d.day == 0 && d.want == 0:
		return []string{a.words.DayLoading}
	case d.day == 0:
		return append(rows, "", a.words.DayLoading)
	case d.only.long():
		return rows
	case len(d.items) == 0 && d.begun: // whether one of the others fits is not known
	case len(d.items) == 0 && len(d.rows)+len(d.refunds) > 0:
		rows = append(rows, "", w.NoneFits)
	case len(d.items) == 0 && d.want == 0:
		return append(rows, "", a.words.DayEmpty)
	case len(d.items) == 0:
		return append(rows, "", w.Empty)
	}
	foot := []string{a.words.DayLoading}
	if !d.begun {
		foot = flow(d.sums(a), " · ", width, 3)
	}
	if len(d.items) > 0 {
		rows = append(rows[:head], d.list(a, width, height-head-len(foot))...)
	}
	return append(fit(rows, height-len(foot)), foot...)
}

// title names the day, and how many of its lines are shown where that is not all of them.
func (d *dayScreen) title(a *App) string {
	title := a.words.Daybook.Title
	if d.want == 0 {
		title = a.words.DayTitle
	}
	day := d.day
	if d.want != 0 { // also before its rows are read
		day = d.want
	}
	text := a.put(title, "date", day.String())
	if !d.only.empty() && !d.only.long() && !d.begun {
		text += " · " + a.put(a.words.Daybook.Of, "n", strconv.Itoa(len(d.items)), "number", strconv.Itoa(d.whole))
	}
	return text
}

// top says which exceptions are open and what comes next, and how many alerts there are. The newest exception is named above it on
// every screen; its step is told whole.
func (d *dayScreen) top(a *App, width, height int) (rows []string) {
	most := max(1, height/8)
	for i := range d.open[:min(len(d.open), most)] {
		e := &d.open[i]
		text := a.put(a.words.Daybook.Open, "tail", cleanCode(e.Sale.Tail(), 4), "amount", e.amount().String(),
			"note", a.words.Notes[e.Note], "next", a.entryStep(e))
		if e.stated() {
			text = a.put(a.words.Statement.Top, "channel", a.words.Channels[e.From.Channel], "date", monthDay(e.From.Day), "note", a.words.Notes[e.Note], "next", a.entryStep(e))
		}
		lines := []string{cut(text, width)}
		switch {
		case i > 0 || e.ID != a.scene.warning.id:
		case a.guest != nil: // nothing is above it on a visitor's screens
			lines = wrap(text, width, 3)
		default:
			lines = wrap("→ "+a.entryStep(e), width, 2)
		}
		for _, row := range lines {
			rows = append(rows, a.palette.alarm.Render(row))
		}
	}
	return append(rows, d.alerts.top(a, cmp.Or(d.want, d.day), width)...)
}

// list is the head of the columns and the lines that fit.
func (d *dayScreen) list(a *App, width, height int) []string {
	w := a.words
	rows := []string{a.palette.faint.Render(cut(pad("", markWide)+pad(w.DayTime, timeWide)+pad(w.DayTail, tailWide)+padLeft(w.DayAmount, amountWide)+"  "+
		pad(w.Daybook.Tender, channelWide)+middle(width, w.DayWay, w.Daybook.Cashier, w.DayTruth)+w.DayState, width))}
	from, to, more := d.pick.at.window(a, len(d.items), height-len(rows), true)
	for i := from; i < to; i++ {
		rows = append(rows, a.chosen(i == int(d.pick.at), d.line(a, &d.items[i], width), width))
	}
	if more != "" && d.begun {
		more = "  …" // how many there are is not known yet
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

// chosen draws a row of a list from which one chooses.
func (a *App) chosen(is bool, row string, width int) string {
	if is {
		return a.palette.mark.Render(pad("▶ "+row, width))
	}
	return cut("  "+row, width)
}

// middle is what stands before the state, as far as there is room for it.
func middle(width int, way, cashier, truth string) string {
	switch {
	case width < manyColumns:
		return ""
	case width < allColumns:
		return pad(cut(cashier, cashierWide-1), cashierWide) + pad(truth, truthWide)
	}
	truths := truthWide
	if width >= wholeTruth {
		truths = wholeTruthWide
	}
	return pad(way, wayWide) + pad(cut(cashier, 2*cashierWide-1), 2*cashierWide) + pad(truth, truths)
}

func (d *dayScreen) line(a *App, item *dayItem, width int) string {
	w := a.words
	if r := item.refund; r != nil {
		if r.Part {
			return a.columns(r.At, r.Sale, r.Amount.String(), a.came(r.Channel, r.Tender)) + a.put(w.Tender.PartDay, "date", dayOfSale(r.Sale))
		}
		text := "↩ " + w.Refund.States[r.State].Short + " · " + a.put(w.Refund.OfOther, "date", dayOfSale(r.Sale))
		if r.Late {
			text += " · " + w.Refund.OfLate
		}
		if r.Cashier != "" && r.Cashier != ledger.Till.Person {
			text += " · " + clean(r.Cashier, 2*cashierWide)
		}
		return a.columns(r.At, r.Sale, "-"+r.Amount.String(), a.came(r.Channel, r.Tender)) + text // over way and truth, too
	}
	r := item.sale
	channel, way, truth := "", "", ""
	if at, ok := r.Shown(); r.Tender != 0 && (r.Settled || !ok) {
		channel, truth = a.kindsOf(r), w.Truths[tenderTruth(r)]
	} else if ok {
		channel, way, truth = w.Channels[at.Channel], w.ByCode, a.truthFor(&at, width)
		if at.Way == ledger.ByQR {
			way = w.ByQR
		}
	}
	return a.columns(r.OpenedAt, r.Sale, r.Amount.String(), channel) + middle(width, way, clean(r.Cashier, 2*cashierWide), truth) + a.rowState(r)
}

// truthFor is how far a payment is known, in a word that its column has room for.
func (a *App) truthFor(at *ledger.Attempt, width int) string {
	if truth := at.Truth(); truth != ledger.TruthImported || width >= wholeTruth {
		return a.words.Truths[truth]
	}
	return a.words.Daybook.Imported
}

// came names the channel by which money came, or its kind without one.
func (a *App) came(channel ledger.Channel, kind ledger.TenderKind) string {
	if kind != 0 {
		return a.words.Tender.Kinds[kind]
	}
	return a.words.Channels[channel]
}

// tenderOf is the kind of a sale that no channel was paid for.
func tenderOf(r *ledger.Row) ledger.TenderKind {
	if r.Paid != "" {
		return 0
	}
	return r.Tender
}

// kindsOf names what a sale was paid by; a plus stands for whatever else it was.
func (a *App) kindsOf(r *ledger.Row) string {
	name := a.words.Tender.Kinds[r.Tender]
	if r.Split && r.Settled {
		name += " +"
	}
	return name
}

// tenderTruth is how far a row's tender is known; of a split sale, the least known of its transfers.
func tenderTruth(r *ledger.Row) ledger.Truth {
	t := ledger.Tender{Kind: r.Tender, Proven: !r.Pending}
	if r.Pending {
		t.Kind = ledger.Transfer
	}
	return t.Truth()
}

// dayOfSale is the month and day on which a sale was keyed, as its number has them.
func dayOfSale(id ledger.SaleID) string {
	if len(id) < 6 {
		return ""
	}
	return string(id[2:4]) + "-" + string(id[4:6])
}

// columns are those that every line has.
func (a *App) columns(at time.Time, sale ledger.SaleID, amount, channel string) string {
	return pad(a.book.Calendar().In(at).Format(time.TimeOnly), timeWide) + pad(sale.Tail(), tailWide) +
		padLeft(amount, amountWide) + "  " + pad(channel, channelWide)
}

// rowState is the sale's end in words, with a sign before the word, and what has gone back since.
func (a *App) rowState(r *ledger.Row) string {
	var text string
	switch at, ok := r.Shown(); {
	case r.Tender != 0 && r.Settled:
		text = faces[ledger.Paid].sign + " " + a.words.Tender.Settled
	case r.Split && !r.Settled:
		text = faces[ledger.Stopping].sign + " " + a.words.Tender.Half
	case r.Held:
		text = "- " + a.words.DayUnpaid
	case ok:
		text = faces[at.State].sign + " " + a.words.States[at.State].Short
		if at.State == ledger.Orphan && at.Elsewhere {
			text = faces[at.State].sign + " " + a.words.Refunded.Short
		}
	case r.Dropped:
		text = "- " + a.words.DayDropped
	default:
		text = "- " + a.words.DayUnpaid
	}
	if r.Late {
		text += " ! " + a.words.States[ledger.Orphan].Short
	}
	if back := a.rowBack(r); back != "" {
		text += " · " + back
	}
	for _, mark := range []struct {
		has  bool
		text string
	}{{r.Held, " · " + a.words.Tender.Held}, {r.Wrong, " ! " + a.words.Tender.Wrong}, {r.Aside, " · " + a.words.DayAside}} {
		if mark.has {
			text += mark.text
		}
	}
	return text
}

// rowBack says what has gone back, is on its way, or does not get there.
func (a *App) rowBack(r *ledger.Row) string {
	w := &a.words.Refund
	var parts []string
	if r.Stuck {
		parts = append(parts, "! "+w.Stuck)
	}
	if r.Going && !r.Stuck { // the till goes on asking about a stuck one, too
		parts = append(parts, "… "+w.Going)
	}
	if r.Returned.Fen > 0 {
		parts = append(parts, "↩ "+a.put(w.Back, "returned", r.Returned.String()))
	}
	return strings.Join(parts, " · ")
}

// sums gives each channel's total and the whole, with what was given back of it. Where it would tell what the count of the drawer has
// to find out, the cash is left out, and the whole with it.
func (d *dayScreen) sums(a *App) []string {
	var texts []string
	all := ledger.Total{Amount: ledger.Fen(0), Returned: ledger.Fen(0)}
	hidden := a.book.CashHidden(a.actor, d.shown(a))
	for _, total := range d.totals {
		if hidden && total.Tender == ledger.Cash {
			continue
		}
		texts = append(texts, a.put(a.words.DayTotal, "channel", a.came(total.Channel, total.Tender),
			"n", strconv.Itoa(total.Count), "amount", total.Amount.String())+a.returned(&total))
		all.Count += total.Count
		all.Amount.Fen += total.Amount.Fen
		all.Refunds += total.Refunds
		all.Returned.Fen += total.Returned.Fen
	}
	if hidden { // also where there is none: that there is none would be known
		return append(texts, a.words.Daybook.CashAfter)
	}
	texts = append(texts, a.put(a.words.DayAll, "n", strconv.Itoa(all.Count), "amount", all.Amount.String())+a.returned(&all))
	if all.Refunds > 0 {
		texts = append(texts, a.put(a.words.Refund.DayNet, "amount", ledger.Fen(all.Amount.Fen-all.Returned.Fen).String()))
	}
	return texts
}

// returned is what a total has given back; empty when it is nothing.
func (a *App) returned(total *ledger.Total) string {
	if total.Refunds == 0 {
		return ""
	}
	return a.put(a.words.Refund.DayBack, "n", strconv.Itoa(total.Refunds), "returned", total.Returned.String())
}
