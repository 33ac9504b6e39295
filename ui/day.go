package ui

import (
	"context"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// dayScreen shows today's sales and totals, live. Its rows are read by a command whenever the ledger has grown, one
// reading at a time; its totals are the fold of the very rows it shows.
type dayScreen struct {
	day     ledger.Day
	rows    []ledger.Row // in the order they were keyed; drawn newest first
	refunds []ledger.RefundRow
	totals  []ledger.Total
	err     error
	head    uint64 // what the rows are of
	reading bool
	first   list
}

// dayMsg brings the rows.
type dayMsg struct {
	day     ledger.Day
	head    uint64
	rows    []ledger.Row
	refunds []ledger.RefundRow
	err     error
}

func (a *App) openDay() tea.Cmd {
	d := &dayScreen{}
	a.push(d)
	return d.read(a)
}

func (*dayScreen) place() place             { return atDay }
func (*dayScreen) leave()                   {}
func (*dayScreen) typed(*App, rune) tea.Cmd { return nil }
func (d *dayScreen) next(a *App) string     { return a.words.DayNext }

func (d *dayScreen) act(a *App, do action) tea.Cmd {
	d.first.move(do, len(d.rows)-a.page()+1, a.page())
	return nil
}

// hear reads again when the ledger has grown since the rows were read.
func (d *dayScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(dayMsg); ok {
		d.reading = false
		d.day, d.head, d.rows, d.refunds, d.err = msg.day, msg.head, msg.rows, msg.refunds, msg.err
		d.totals = ledger.SumRows(msg.rows, msg.refunds)
	}
	if d.reading || d.head >= a.scene.head {
		return nil
	}
	return d.read(a)
}

func (d *dayScreen) read(a *App) tea.Cmd {
	d.reading = true
	book, head, ctx := a.book, a.scene.head, a.feed.ctx
	return func() tea.Msg {
		msg := dayMsg{head: head}
		book.Read(func(s *ledger.State) { msg.day = max(s.Day, book.Today()) })
		if msg.err = waitApplied(ctx, book.Lookup(), head); msg.err == nil {
			msg.rows, msg.err = book.Lookup().DayRows(msg.day, 0)
		}
		if msg.err == nil {
			msg.refunds, msg.err = book.Lookup().DayRefunds(msg.day)
		}
		return msg
	}
}

// waitApplied bounds the wait for the ledger behind the journal: a screen that is a little old beats one that hangs.
func waitApplied(ctx context.Context, lookup ledger.Lookup, seq uint64) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return lookup.WaitApplied(ctx, seq)
}

// The columns, in cells; the state takes the rest.
const (
	timeWide, tailWide, amountWide, channelWide, wayWide, truthWide = 9, 6, 13, 10, 8, 11
	allColumns                                                      = 80 // a narrower window shows the state instead of way and truth
)

func (d *dayScreen) draw(a *App, width, height int) []string {
	w := a.words
	rows := []string{a.palette.bold.Render(cut(a.put(w.DayTitle, "date", d.day.String()), width))}
	switch {
	case d.err != nil:
		return append(rows, "", cut(a.put(w.DayFailed, "text", clean(d.err.Error(), width)), width))
	case d.day == 0:
		return append(rows[:0], w.DayLoading)
	case len(d.rows) == 0:
		return append(rows, "", w.DayEmpty)
	}
	foot := flow(d.sums(a), " · ", width, 2)
	rows = append(rows, a.palette.faint.Render(cut(pad(w.DayTime, timeWide)+pad(w.DayTail, tailWide)+padLeft(w.DayAmount, amountWide)+"  "+
		pad(w.DayChannel, channelWide)+middle(width, w.DayWay, w.DayTruth)+w.DayState, width)))
	from, to, more := d.first.window(a, len(d.rows), height-len(rows)-len(foot), false)
	for i := from; i < to; i++ {
		rows = append(rows, cut(d.row(a, &d.rows[len(d.rows)-1-i], width), width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return append(fit(rows, height-len(foot)), foot...)
}

// middle is what stands before the state, as far as there is room for it.
func middle(width int, way, truth string) string {
	if width < allColumns {
		return ""
	}
	return pad(way, wayWide) + pad(truth, truthWide)
}

func (d *dayScreen) row(a *App, r *ledger.Row, width int) string {
	w := a.words
	channel, way, truth := "", "", ""
	if at, ok := r.Shown(); ok {
		channel, way, truth = w.Channels[at.Channel], w.ByCode, w.Truths[at.Truth()]
		if at.Way == ledger.ByQR {
			way = w.ByQR
		}
	}
	return pad(a.book.Calendar().In(r.OpenedAt).Format(time.TimeOnly), timeWide) + pad(r.Sale.Tail(), tailWide) +
		padLeft(r.Amount.String(), amountWide) + "  " +
		pad(channel, channelWide) + middle(width, way, truth) + d.state(a, r)
}

// state is the sale's end in words, with a sign before the word.
func (d *dayScreen) state(a *App, r *ledger.Row) string {
	var text string
	switch at, ok := r.Shown(); {
	case ok:
		text = faces[at.State].sign + " " + a.outcome(&at).Short
	case r.Dropped:
		return "- " + a.words.DayDropped
	default:
		return "- " + a.words.DayUnpaid
	}
	if r.Late {
		text += " ! " + a.words.States[ledger.Orphan].Short
	}
	if r.Aside {
		text += " · " + a.words.DayAside
	}
	return text
}

// sums gives each channel's total and the whole.
func (d *dayScreen) sums(a *App) []string {
	var texts []string
	count, fen := 0, int64(0)
	for _, total := range d.totals {
		texts = append(texts, a.put(a.words.DayTotal, "channel", a.words.Channels[total.Channel],
			"n", strconv.Itoa(total.Count), "amount", total.Amount.String()))
		count += total.Count
		fen += total.Amount.Fen
	}
	return append(texts, a.put(a.words.DayAll, "n", strconv.Itoa(count), "amount", ledger.Fen(fen).String()))
}
