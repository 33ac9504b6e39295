package ui

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// storyScreen tells all that happened to one sale, event by event, live. What it shows is what the ledger has written down: never a
// QR, and of a customer's code its last four digits.
type storyScreen struct {
	sale    ledger.Sale // a copy, read again whenever the ledger has grown
	order   ledger.OrderNo
	events  []ledger.Event
	find    saleFinder
	head    uint64
	reading bool
	err     error
	first   list
	seen    int // rows of the story in sight, when it was last drawn
}

// storyMsg brings a sale and its events.
type storyMsg struct {
	of     *storyScreen
	sale   ledger.Sale
	events []ledger.Event
	head   uint64
	err    error
}

// openStory looks for a sale and tells its story.
func (a *App) openStory(find saleFinder) tea.Cmd {
	t := &storyScreen{find: find, head: a.scene.head}
	book := a.book
	return a.intendThen(actDay, func(ctx context.Context) (err error) {
		if t.sale, t.order, err = find(ctx); err == nil {
			t.events, t.err = book.Story(&t.sale)
		}
		return err
	}, func(a *App, err error) tea.Cmd {
		if err == nil {
			a.push(t)
		}
		return nil
	})
}

func (*storyScreen) place() place             { return atStory }
func (*storyScreen) leave()                   {}
func (*storyScreen) typed(*App, rune) tea.Cmd { return nil }

func (t *storyScreen) next(a *App) string {
	if a.guest != nil {
		return a.words.Guest.SupportNext
	}
	return a.words.Story.Next
}

func (t *storyScreen) act(a *App, do action) tea.Cmd {
	switch do {
	case actRefund:
		return a.openSale(t.find)
	case actPrint:
		return a.printAgain(ledger.ReprintWish{Sale: t.sale.ID, Order: leadsTo(&t.sale)}, &t.sale, nil)
	}
	page := max(t.seen-1, 1)
	t.first.move(do, len(t.lines(a, a.width))-page+1, page)
	return nil
}

// hear reads the story again when the ledger has grown.
func (t *storyScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(storyMsg); ok && msg.of == t {
		t.reading, t.head = false, max(t.head, msg.head)
		switch {
		case msg.err == nil:
			t.sale, t.events, t.err = msg.sale, msg.events, nil
		case !errors.Is(msg.err, context.Canceled):
			t.err = msg.err
		}
	}
	if t.reading || t.head >= a.scene.head {
		return nil
	}
	return t.load(a)
}

// leadsTo is a number by which a sale of any day is found in one look; empty where there is none.
func leadsTo(sale *ledger.Sale) ledger.OrderNo {
	switch last := sale.Last(); {
	case last != nil:
		return last.Order
	case sale.ByNumber():
		return ledger.OrderNo(sale.ID)
	}
	return ""
}

// load reads the sale again, by an order where it has one, because that is one look; and its events, if there are more.
func (t *storyScreen) load(a *App) tea.Cmd {
	t.reading = true
	msg := storyMsg{of: t, events: t.events, head: a.scene.head}
	find, book, ctx := t.find, a.book, a.feed.ctx
	if order := leadsTo(&t.sale); order != "" {
		find = func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) {
			sale, ok, err := saleOfOrder(ctx, book, order)
			return sale, order, found(ok, err)
		}
	}
	return func() tea.Msg {
		if msg.sale, _, msg.err = find(ctx); msg.err == nil && len(msg.sale.Trail) != len(msg.events) {
			msg.events, msg.err = book.Story(&msg.sale)
		}
		return msg
	}
}

func (t *storyScreen) draw(a *App, width, height int) []string {
	w := &a.words.Story
	tail := a.put(a.words.Tail, "tail", cleanCode(t.sale.ID.Tail(), 4))
	rows := []string{between(a.palette.bold.Render(w.Title+"  ¥"+t.sale.Amount.String()), "", a.palette.bold.Render(tail), width)}
	row := rowOf(&t.sale)
	facts := a.rowState(&row)
	if at, ok := row.Shown(); row.Tender != 0 && (row.Settled || !ok) {
		facts += " · " + a.kindsOf(&row) + " · " + a.words.Truths[tenderTruth(&row)]
	} else if ok {
		facts += " · " + a.words.Channels[at.Channel] + " · " + a.words.Truths[at.Truth()]
	}
	facts += " · " + a.put(w.Sold, "time", a.book.Calendar().In(t.sale.OpenedAt).Format(time.DateTime), "person", a.who(t.sale.Actor))
	rows = append(append(rows, wrap(facts, width, 2)...), "")
	if t.err != nil {
		return append(rows, wrap(a.put(w.Failed, "text", clean(t.err.Error(), 4*width)), width, 4)...)
	}
	lines := t.lines(a, width)
	t.seen = height - len(rows)
	from, to, more := t.first.window(a, len(lines), t.seen, false)
	for _, line := range lines[from:to] {
		rows = append(rows, cut(line, width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

const (
	whoWide   = 10 // the column of those who did something, in cells
	storyMost = 12 // rows of one event: a person's longest words, in the narrowest window
)

// lines is the whole story: when, who, what. A day stands before the first event of it, where it is not the day of the sale.
func (t *storyScreen) lines(a *App, width int) (lines []string) {
	teller := newTeller(a, &t.sale)
	var date string
	for i := range t.events {
		e := &t.events[i]
		at := a.book.Calendar().In(e.At)
		if day := at.Format(time.DateOnly); day != date {
			date = day
			lines = append(lines, day)
		}
		before := at.Format(time.TimeOnly) + "  " + pad(cut(a.who(e.Actor), whoWide), whoWide) + "  "
		for _, row := range wrap(teller.tell(e), width-wide(before), storyMost) {
			lines = append(lines, before+row)
			before = strings.Repeat(" ", wide(before))
		}
	}
	for i := range t.sale.Matches {
		m := &t.sale.Matches[i]
		before := pad(monthDay(m.Day), len(time.TimeOnly)) + "  " + pad(cut(a.words.Statement.By, whoWide), whoWide) + "  "
		for _, row := range wrap(teller.match(m), width-wide(before), storyMost) {
			lines = append(lines, before+row)
			before = strings.Repeat(" ", wide(before))
		}
	}
	return lines
}

// who names whoever did something, and whoever agreed.
func (a *App) who(actor ledger.Actor) string {
	if actor.Role == ledger.RoleTill {
		return a.words.Story.Till
	}
	return clean(actor.Person, 16)
}
