package ui

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// dayScreen shows a day's sales and totals, live, narrows them, and opens a chosen one. Its totals are the fold of the very rows it
// shows, whatever they are narrowed to. Above them stand the newest exceptions with what comes next.
type dayScreen struct {
	dayRows
	alerts alertFeed
	only   dayFilter
	dating *dateBox // a date is being typed
	totals []ledger.Total
	items  []dayItem // newest first
	pick   picked
	whole  int // how many lines the day has
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

// openMost is how many exceptions stand above the day's sales, in the highest window. The list itself has all of them. dayPage is
// how many of the newest sales are read before the rest: a high window's worth.
const openMost, dayPage = 4, 50

func (a *App) openDay() tea.Cmd {
	d := &dayScreen{dayRows: dayRows{most: openMost, page: dayPage}}
	a.push(d)
	return tea.Batch(d.load(a), d.alerts.load(a))
}

func (*dayScreen) place() place { return atDay }
func (d *dayScreen) leave()     { d.only.forget() }

func (d *dayScreen) next(a *App) string {
	w := &a.words.Daybook
	switch {
	case d.dating != nil:
		return w.GoToNext
	case d.only.long():
		return a.words.Refund.FindLong
	case !d.only.empty():
		return w.NextOnly
	}
	return w.Next
}

// stepBack closes the date, then takes the filter away.
func (d *dayScreen) stepBack(*App) (stepped bool) {
	switch {
	case d.dating != nil:
		d.dating = nil
	case !d.only.empty():
		d.only.clear()
		d.sort()
	default:
		return false
	}
	return true
}

func (d *dayScreen) typed(a *App, char rune) tea.Cmd {
	if d.dating != nil {
		d.dating.add(char)
		return nil
	}
	if d.only.add(a, char) {
		d.sort()
	}
	return nil
}

func (d *dayScreen) act(a *App, do action) tea.Cmd {
	if d.dating != nil {
		switch do {
		case actEnter:
			return d.goTo(a)
		case actBack:
			d.dating.back()
			return nil
		}
		d.dating = nil
	}
	switch do {
	case actEnter:
		return d.enter(a)
	case actRefund:
		return d.refund(a)
	case actExceptions:
		return a.openExceptions()
	case actAlerts:
		return a.openAlerts()
	case actStatements:
		return a.openStatements()
	case actGoTo:
		d.dating = &dateBox{}
	case actDayBack:
		return d.turnTo(a, shift(d.shown(a), -1))
	case actDayOn:
		return d.turnTo(a, shift(d.shown(a), 1))
	case actByChannel, actByCashier, actByState, actBack:
		d.only.act(do, &d.dayRows)
		d.sort()
	default:
		d.pick.move(do, a.page(), d.keys())
	}
	return nil
}

// turnTo goes to another day.
func (d *dayScreen) turnTo(a *App, to ledger.Day) tea.Cmd {
	cmd, ok := d.turn(a, to)
	if !ok {
		a.say(note{sentence: a.words.Daybook.Future})
		return nil
	}
	d.pick = picked{}
	d.sort()
	return cmd
}

// goTo goes to the day that was typed.
func (d *dayScreen) goTo(a *App) tea.Cmd {
	to, ok := d.dating.day(runningDay(a.book))
	if !ok {
		a.say(note{sentence: a.words.Daybook.NoDay})
		return nil
	}
	d.dating = nil
	return d.turnTo(a, to)
}

// enter tells the chosen sale's story, or looks up the number on a bill that was typed.
func (d *dayScreen) enter(a *App) tea.Cmd {
	if says, is := a.payCode(d.only.text); is { // typed by hand, and only now known to be whole
		d.only.forget()
		d.sort()
		a.say(note{sentence: says})
		return nil
	}
	if d.only.long() {
		return d.lookUp(a)
	}
	find := d.chosen(a)
	if find == nil {
		return nil
	}
	return a.openStory(find)
}

// lookUp tells the story of the sale of a number on a bill, of whatever day.
func (d *dayScreen) lookUp(a *App) tea.Cmd {
	number, book := string(d.only.text), a.book // not a payment code: that was asked before
	d.only.forget()
	d.sort()
	return a.openStory(func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) { return saleOfNumber(ctx, book, number) })
}

// sees takes scans of numbers on bills. A customer's payment code goes on to the sale that waits for it, as on every list.
func (d *dayScreen) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan == nil {
		return false, nil
	}
	if _, is := a.payCode(p.scan.Text); is || len(p.scan.Text) < findLong {
		return false, nil
	}
	defer p.scan.Wipe()
	d.only.forget()
	for _, c := range p.scan.Text {
		if c = low(c); isNumberChar(c) && len(d.only.text) < findMax {
			d.only.text = append(d.only.text, upper(c))
		}
	}
	return true, d.lookUp(a)
}

// suspected: a serial scanner has read half a payment code.
func (d *dayScreen) suspected(a *App) { a.say(note{sentence: a.words.Refund.Stray}) }

// refund opens the form by which the chosen sale's money goes back.
func (d *dayScreen) refund(a *App) tea.Cmd {
	find := d.chosen(a)
	if find == nil {
		return nil
	}
	return a.openSale(find)
}

// saleFinder looks for one sale, and for the order of it that is meant; it belongs into a command.
type saleFinder func(context.Context) (ledger.Sale, ledger.OrderNo, error)

// chosen is the way to the chosen line's sale; nil where no line is.
func (d *dayScreen) chosen(a *App) saleFinder {
	if int(d.pick.at) >= len(d.items) {
		return nil
	}
	book, day := a.book, d.day
	if r := d.items[d.pick.at].refund; r != nil {
		order := r.Of()
		return func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) {
			sale, ok, err := saleOfOrder(ctx, book, order)
			return sale, order, found(ok, err)
		}
	}
	id := d.items[d.pick.at].sale.Sale
	return func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) {
		sale, ok, err := saleOfRow(ctx, book, day, id)
		return sale, "", found(ok, err)
	}
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
	_, alerts := d.alerts.hears(a, msg)
	return tea.Batch(cmd, alerts)
}

// sort makes the lines and the totals of what was read, as far as the filter leaves it.
func (d *dayScreen) sort() {
	rows, refunds := d.only.Pick(d.rows, d.refunds)
	d.totals = ledger.SumRows(rows, refunds)
	d.items = d.items[:0]
	for i := len(rows) - 1; i >= 0; i-- {
		d.items = append(d.items, dayItem{sale: &rows[i]})
	}
	sales, own := len(d.items), map[ledger.SaleID]bool{}
	for i := 0; i < len(d.rows) && len(d.refunds) > 0; i++ {
		own[d.rows[i].Sale] = true
	}
	for i := range refunds {
		if !own[refunds[i].Sale] {
			d.items = append(d.items, dayItem{refund: &refunds[i]})
		}
	}
	if len(d.items) > sales {
		slices.SortStableFunc(d.items, func(x, y dayItem) int { return y.at().Compare(x.at()) })
	}
	d.pick.keep(d.keys())
	d.whole = len(d.rows)
	for i := range d.refunds {
		if !own[d.refunds[i].Sale] {
			d.whole++
		}
	}
}

// found makes an error of a sale that is not there.
func found(ok bool, err error) error {
	if ok || err != nil {
		return err
	}
	return errNotFound
}
