package ui

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// entryTurn is how far a person has come with an entry.
type entryTurn int

const (
	entryLook entryTurn = iota
	entryNote
	entryAsk
	entryGone // resolved from here
)

// noteMax bounds what a person writes about an entry, in bytes; the Book cuts longer words (Resolution).
const noteMax = 380

// entryScreen is one exception in full, and where a person says how it was settled.
type entryScreen struct {
	list   *exceptionsScreen // keeps it fresh
	entry  entry             // as it was last seen
	step   entryTurn
	note   string
	hand   bool
	turned time.Time
	first  list
}

func (x *entryScreen) place() place {
	if x.step == entryNote {
		return atNote
	}
	return atEntry
}

func (*entryScreen) leave() {}

// fresh is the entry as it is now; gone tells that it has left the list.
func (x *entryScreen) fresh() (e *entry, gone bool) {
	if now := x.list.find(x.entry.ID); now != nil {
		x.entry = *now
		return &x.entry, false
	}
	return &x.entry, x.list.read
}

// sees takes scans away while words are written: they are kept for ever.
func (x *entryScreen) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan == nil {
		return false, nil
	}
	a.stray(p.scan)
	return true, nil
}

func (x *entryScreen) suspected(a *App) { a.say(note{sentence: a.words.Refund.Stray}) }

func (x *entryScreen) asks(a *App) (assets.Sentence, bool) {
	if x.step != entryAsk {
		return assets.Sentence{}, false
	}
	return a.askResolve(&x.entry, x.hand), true
}

// askResolve is the question before an entry leaves the list.
func (a *App) askResolve(e *entry, hand bool) assets.Sentence {
	if !hand {
		return a.words.Exception.Ask
	}
	says := a.words.Exception.AskHand
	says.Says = a.put(says.Says, "amount", e.hand().String())
	return says
}

func (x *entryScreen) stepBack(*App) (stepped bool) {
	switch x.step {
	case entryAsk:
		x.step = entryNote
	case entryNote:
		x.step = entryLook
	default:
		return false
	}
	return true
}

func (x *entryScreen) typed(*App, rune) tea.Cmd {
	if x.step == entryAsk {
		x.step = entryNote
	}
	return nil
}

func (x *entryScreen) wrote(a *App, text string) tea.Cmd {
	x.note = a.more(x.note, text, noteMax)
	return nil
}

func (x *entryScreen) act(a *App, do action) tea.Cmd {
	e, gone := x.fresh()
	switch {
	case x.step == entryAsk && do == actEnter:
		if a.soon(x.turned) {
			return nil
		}
		return x.resolve(a)
	case x.step == entryAsk:
		x.step = entryNote
	case x.step == entryNote:
		x.write(a, do, e)
	case do == actResolve && gone:
		a.say(a.noteFor(ledger.ReasonNoException, ""))
	case do == actResolve:
		x.step, x.hand = entryNote, false
	case do == actRefund:
		order := keyOf(&e.Exception)
		return a.openSale(func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) {
			sale, ok, err := saleOfOrder(ctx, a.book, order)
			return sale, order, found(ok, err)
		})
	default:
		x.first.move(do, len(a.story(e))-a.page()+4, a.page())
	}
	return nil
}

// write edits the note; Enter goes on to the question.
func (x *entryScreen) write(a *App, do action, e *entry) {
	switch {
	case do == actBack:
		x.note = less(x.note)
	case do == actByHand && e.byHand():
		x.hand = !x.hand
	case do == actEnter && strings.TrimSpace(x.note) == "":
		a.say(a.noteFor(ledger.ReasonNoNote, ""))
	case do == actEnter && a.namesCode(x.note):
		x.note = ""
		a.say(note{sentence: a.words.Refund.CodeTyped})
	case do == actEnter:
		x.step, x.turned = entryAsk, a.now
	}
}

// resolve tells the Book how the entry was settled. Somebody who has not the right to it can be lent it.
func (x *entryScreen) resolve(a *App) tea.Cmd {
	book, actor := a.book, a.actor
	word := ledger.Resolution{Exception: x.entry.ID, Note: x.note, Returned: x.hand}
	if x.hand {
		word.Amount = x.entry.hand()
	}
	return a.consented(approval{actResolve, x.agreed(a), func(ctx context.Context, second *ledger.Consent) error {
		word.Second = second
		return book.Resolve(ctx, actor, word)
	}, func(a *App, err error) tea.Cmd {
		if x.step = entryNote; err == nil {
			x.step = entryGone
			a.say(note{sentence: a.words.Exception.Done})
		}
		return x.list.load(a)
	}}, a.actor.May(ledger.RightResolve) != nil)
}

// agreed is what a second person agrees to: which entry, and what is said to have been done about it.
func (x *entryScreen) agreed(a *App) []string {
	says := a.askResolve(&x.entry, x.hand).Says
	return []string{a.entryLine(&x.entry), a.words.Exception.Wrong[x.entry.Note], says, `"` + clean(x.note, noteMax) + `"`}
}

func (x *entryScreen) next(a *App) string {
	w := &a.words.Exception
	switch e, gone := x.fresh(); {
	case a.guest != nil:
		return a.words.Guest.SupportNext
	case x.step == entryNote && e.byHand():
		return w.NoteHandNext
	case x.step == entryNote:
		return w.NoteNext
	case gone || x.step == entryGone:
		return w.NextEmpty
	case e.late():
		return w.EntryLate
	}
	return w.EntryNext
}

func (x *entryScreen) draw(a *App, width, height int) []string {
	w := &a.words.Exception
	e, gone := x.fresh()
	var rows []string
	for _, row := range wrap(a.entryLine(e), width, 2) {
		rows = append(rows, a.palette.bold.Render(row))
	}
	add := func(text string) { rows = append(rows, wrap(text, width, 3)...) }
	add("! " + w.Wrong[e.Note])
	add(a.statedFacts(e))
	switch {
	case x.step == entryGone:
	case gone:
		add(w.Gone)
	default:
		add("→ " + a.entryStep(e))
	}
	var form []string
	if x.step == entryNote || x.step == entryAsk {
		form = x.form(a, e, width)
	}
	story := a.story(e)
	if len(story) > 0 || !e.stated() {
		rows = append(rows, a.palette.faint.Render(w.Payment))
	}
	from, to, more := x.first.window(a, len(story), height-len(rows)-len(form), false)
	for _, row := range story[from:to] {
		rows = append(rows, cut(row, width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return append(fit(rows, height-len(form)), form...)
}

// form is the note, and whether money was given by hand.
func (x *entryScreen) form(a *App, e *entry, width int) []string {
	w := &a.words.Exception
	rows := []string{a.palette.bold.Render(w.What)}
	note := wrap("▶ "+clean(x.note, noteMax)+"_", width, 6)
	for _, row := range note[max(0, len(note)-3):] {
		rows = append(rows, shy(x.note, row))
	}
	if e.byHand() {
		box := w.HandOff
		if x.hand {
			box = w.HandOn
		}
		rows = append(rows, cut(a.fill(box), width))
	}
	return rows
}

// story is the sale's payments and what has gone back of each.
func (a *App) story(e *entry) (rows []string) {
	for i := range e.sale.Attempts {
		at := &e.sale.Attempts[i]
		mark := "  "
		if at.Order == e.Order {
			mark = "! "
		}
		rows = append(rows, mark+faceOf(at).sign+" "+a.outcome(at).Short+" · ¥"+at.Amount.String()+" · "+a.words.Channels[at.Channel]+" · "+
			a.book.Calendar().In(at.OpenedAt).Format(time.DateTime), "    "+a.put(a.words.Order, "order", cleanCode(string(at.Order), 32)))
		if at.ChannelNo != "" {
			rows = append(rows, "    "+a.put(a.words.ChannelNo, "number", cleanCode(at.ChannelNo, 40)))
		}
		for j := range at.Refunds {
			rows = append(rows, "    "+a.refundLine(&at.Refunds[j]))
		}
	}
	return rows
}
