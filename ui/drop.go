package ui

import (
	"context"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// dropScreen asks why a sale is given up: one digit gives it up, Esc keeps it.
type dropScreen struct{ sale ledger.SaleID }

// dropWhys are what can be chosen, by digit; the phrases have their words in the same order.
var dropWhys = []string{ledger.DropUnwanted, ledger.DropAmount, ledger.DropOther, ledger.DropTest}

// openDrop asks, where the sale could be given up.
func (a *App) openDrop() tea.Cmd {
	err := error(ledger.Refuse(ledger.ReasonNoSale))
	if a.scene.hasSale {
		err = a.scene.sale.MayDrop()
	}
	if err != nil {
		a.say(a.noteOf(err))
		return nil
	}
	a.push(&dropScreen{sale: a.scene.sale.ID})
	return nil
}

func (*dropScreen) place() place             { return atDrop }
func (*dropScreen) leave()                   {}
func (*dropScreen) next(a *App) string       { return a.words.Tender.DropNext }
func (*dropScreen) act(*App, action) tea.Cmd { return nil }

// sees lets a code through to the sale, which then is not given up.
func (d *dropScreen) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan != nil {
		a.pop()
	}
	return false, nil
}

func (d *dropScreen) suspected(a *App) { a.say(note{sentence: a.words.Refund.Stray}) }

// hear closes the question when its sale has left the screen or is being paid.
func (d *dropScreen) hear(a *App, _ tea.Msg) tea.Cmd {
	if a.top() == screen(d) && (!a.scene.hasSale || a.scene.sale.ID != d.sale || a.scene.sale.MayDrop() != nil) {
		a.pop()
	}
	return nil
}

func (d *dropScreen) typed(a *App, char rune) tea.Cmd {
	choice := int(char - '1')
	if choice < 0 || choice >= len(dropWhys) {
		return nil
	}
	a.pop()
	return a.drop(dropWhys[choice])
}

func (a *App) drop(why string) tea.Cmd {
	actor := a.actor
	return a.intend(actDrop, func(ctx context.Context) error { return a.book.Drop(ctx, actor, why) })
}

func (d *dropScreen) draw(a *App, width, height int) []string {
	w := &a.words.Tender
	rows := []string{a.palette.bold.Render(cut(a.put(w.DropTitle, "tail", d.sale.Tail(), "amount", a.scene.sale.Amount.String()), width)), ""}
	for i, why := range w.DropWhys {
		rows = append(rows, cut("  "+strconv.Itoa(i+1)+"  "+why, width))
	}
	return rows[:min(len(rows), height)]
}

// dropWhy is why a sale was given up, in words.
func (t *teller) dropWhy(why string) string {
	w := &t.a.words.Tender
	if i := slices.Index(dropWhys, why); i >= 0 {
		return w.DropWhys[i]
	}
	if why == ledger.DropReplaced {
		return w.DropReplaced
	}
	return clean(why, whyMax)
}
