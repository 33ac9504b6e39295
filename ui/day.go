package ui

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// dayScreen shows today's sales and totals, live, and opens a chosen sale. Its totals are the fold of the very rows it shows.
type dayScreen struct {
	dayRows
	totals []ledger.Total
	items  []dayItem // newest first
	pick   picked
}

// dayItem is a line of the day: a sale, or a refund of another day's sale, which is in the totals, too.
type dayItem struct {
	sale   *ledger.Row
	refund *ledger.RefundRow
}

func (i *dayItem) at() time.Time {
	if i.refund != nil {
		return i.refund.At
	}
	return i.sale.OpenedAt
}

func (i *dayItem) key() string {
	if i.refund != nil {
		return string(i.refund.Number)
	}
	return string(i.sale.Sale)
}

// picked is the chosen row of a list that may grow while one looks at it: it stays on what it was put on.
type picked struct {
	at  list
	key string // of the chosen row; empty: nobody has moved, the newest is chosen
}

func (p *picked) move(do action, page int, keys []string) {
	p.at.move(do, len(keys), page)
	if p.key = ""; int(p.at) < len(keys) && p.at > 0 {
		p.key = keys[p.at]
	}
}

// keep finds the chosen row again among new ones.
func (p *picked) keep(keys []string) {
	at := 0
	if p.key != "" {
		at = slices.Index(keys, p.key)
	}
	if at < 0 {
		p.key, at = "", 0
	}
	p.at = list(at)
}

func (a *App) openDay() tea.Cmd {
	d := &dayScreen{}
	a.push(d)
	return d.load(a)
}

func (*dayScreen) place() place             { return atDay }
func (*dayScreen) leave()                   {}
func (*dayScreen) typed(*App, rune) tea.Cmd { return nil }
func (d *dayScreen) next(a *App) string     { return a.words.Refund.DayNextOpen }

func (d *dayScreen) act(a *App, do action) tea.Cmd {
	if do == actEnter {
		return d.open(a)
	}
	d.pick.move(do, a.page(), d.keys())
	return nil
}

// open shows the chosen sale.
func (d *dayScreen) open(a *App) tea.Cmd {
	if int(d.pick.at) >= len(d.items) {
		return nil
	}
	item := d.items[d.pick.at]
	if item.refund != nil {
		order := orderOf(item.refund.Number)
		return a.openSale(func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) {
			sale, ok, err := saleOfOrder(ctx, a.book, order)
			return sale, order, found(ok, err)
		})
	}
	return a.openRow(d.day, item.sale.Sale)
}

// orderOf is the order that a refund's number is made of.
func orderOf(refund ledger.RefundNo) ledger.OrderNo {
	at := strings.LastIndexByte(string(refund), 'R')
	return ledger.OrderNo(refund[:max(at, 0)])
}

func (d *dayScreen) keys() []string {
	keys := make([]string, len(d.items))
	for i := range d.items {
		keys[i] = d.items[i].key()
	}
	return keys
}

// hear takes the rows and keeps them fresh.
func (d *dayScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	fresh, cmd := d.hears(a, msg)
	if fresh {
		d.sort()
	}
	return cmd
}

// sort makes the lines and the totals of what was read.
func (d *dayScreen) sort() {
	d.totals = ledger.SumRows(d.rows, d.refunds)
	d.items = d.items[:0]
	own := map[ledger.SaleID]bool{}
	for i := len(d.rows) - 1; i >= 0; i-- {
		d.items = append(d.items, dayItem{sale: &d.rows[i]})
		own[d.rows[i].Sale] = true
	}
	sales := len(d.items)
	for i := range d.refunds {
		if !own[d.refunds[i].Sale] {
			d.items = append(d.items, dayItem{refund: &d.refunds[i]})
		}
	}
	if len(d.items) > sales {
		slices.SortStableFunc(d.items, func(x, y dayItem) int { return y.at().Compare(x.at()) })
	}
	d.pick.keep(d.keys())
}

// The columns, in cells; the state takes the rest.
const (
	markWide, timeWide, tailWide, amountWide, channelWide, wayWide, truthWide = 2, 9, 6, 10, 9, 7, 10
	allColumns                                                                = 80 // a narrower window shows the state instead of way and truth
)

func (d *dayScreen) draw(a *App, width, height int) []string {
	w := a.words
	rows := []string{a.palette.bold.Render(cut(a.put(w.DayTitle, "date", d.day.String()), width))}
	switch {
	case d.err != nil:
		return append(rows, "", cut(a.put(w.DayFailed, "text", clean(d.err.Error(), width)), width))
	case d.day == 0:
		return append(rows[:0], w.DayLoading)
	case len(d.items) == 0:
		return append(rows, "", w.DayEmpty)
	}
	foot := flow(d.sums(a), " · ", width, 3)
	rows = append(rows, a.palette.faint.Render(cut(pad("", markWide)+pad(w.DayTime, timeWide)+pad(w.DayTail, tailWide)+padLeft(w.DayAmount, amountWide)+"  "+
		pad(w.DayChannel, channelWide)+middle(width, w.DayWay, w.DayTruth)+w.DayState, width)))
	from, to, more := d.pick.at.window(a, len(d.items), height-len(rows)-len(foot), true)
	for i := from; i < to; i++ {
		rows = append(rows, a.chosen(i == int(d.pick.at), d.line(a, &d.items[i], width), width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return append(fit(rows, height-len(foot)), foot...)
}

// chosen draws a row of a list from which one chooses.
func (a *App) chosen(is bool, row string, width int) string {
	if is {
		return a.palette.mark.Render(pad("▶ "+row, width))
	}
	return cut("  "+row, width)
}

// middle is what stands before the state, as far as there is room for it.
func middle(width int, way, truth string) string {
	if width < allColumns {
		return ""
	}
	return pad(way, wayWide) + pad(truth, truthWide)
}

func (d *dayScreen) line(a *App, item *dayItem, width int) string {
	w := a.words
	if r := item.refund; r != nil {
		text := "↩ " + w.Refund.States[r.State].Short + " · " + a.put(w.Refund.OfOther, "date", dayOfSale(r.Sale))
		if r.Late {
			text += " · " + w.Refund.OfLate
		}
		return a.columns(r.At, r.Sale, "-"+r.Amount.String(), w.Channels[r.Channel]) + text // over way and truth, too
	}
	r := item.sale
	channel, way, truth := "", "", ""
	if at, ok := r.Shown(); ok {
		channel, way, truth = w.Channels[at.Channel], w.ByCode, w.Truths[at.Truth()]
		if at.Way == ledger.ByQR {
			way = w.ByQR
		}
	}
	return a.columns(r.OpenedAt, r.Sale, r.Amount.String(), channel) + middle(width, way, truth) + a.rowState(r)
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
	case ok:
		text = faces[at.State].sign + " " + a.words.States[at.State].Short
		if at.State == ledger.Orphan && at.Elsewhere {
			text = faces[at.State].sign + " " + a.words.Refunded.Short
		}
	case r.Dropped:
		return "- " + a.words.DayDropped
	default:
		return "- " + a.words.DayUnpaid
	}
	if r.Late {
		text += " ! " + a.words.States[ledger.Orphan].Short
	}
	if back := a.rowBack(r); back != "" {
		text += " · " + back
	}
	if r.Aside {
		text += " · " + a.words.DayAside
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

// sums gives each channel's total and the whole, with what was given back of it.
func (d *dayScreen) sums(a *App) []string {
	var texts []string
	all := ledger.Total{Amount: ledger.Fen(0), Returned: ledger.Fen(0)}
	for _, total := range d.totals {
		texts = append(texts, a.put(a.words.DayTotal, "channel", a.words.Channels[total.Channel],
			"n", strconv.Itoa(total.Count), "amount", total.Amount.String())+a.returned(&total))
		all.Count += total.Count
		all.Amount.Fen += total.Amount.Fen
		all.Refunds += total.Refunds
		all.Returned.Fen += total.Returned.Fen
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

// found makes an error of a sale that is not there.
func found(ok bool, err error) error {
	if ok || err != nil {
		return err
	}
	return errNotFound
}
