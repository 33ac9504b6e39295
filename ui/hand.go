package ui

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// handScreen is what a visitor asks the counter for. Enter means nothing here: yes is a key of its own, and only some time after the
// question has come up.
type handScreen struct {
	wish   wish      // does not change while it is looked at, whoever else asks
	opened time.Time // or when the last letter of a word came that was meant for the talk
}

// handMsg brings the end of what was agreed to.
type handMsg struct {
	wish wish
	made string // the name of the file that was made, for people; empty: none
	err  error
}

// errCannot means that nothing here carries such a thing out, errNoPrinter that there is nothing to print with.
var (
	errCannot    = errors.New("this till cannot do it by itself")
	errNoPrinter = errors.New("there is no printer")
)

func (*handScreen) place() place { return atHand }
func (*handScreen) leave()       {}

func (h *handScreen) typed(a *App, _ rune) tea.Cmd {
	h.opened = a.now
	return nil
}

func (h *handScreen) next(a *App) string {
	if h.gone(a) {
		return a.words.Guest.HandGone.Next
	}
	return a.words.Guest.HandAsk.Next
}

func (h *handScreen) gone(a *App) bool {
	return !slices.ContainsFunc(a.scene.wishes, func(w wish) bool { return w.Asked == h.wish.Asked })
}

func (h *handScreen) act(a *App, do action) tea.Cmd {
	if do != actYes && do != actNo || a.soon(h.opened) {
		return nil
	}
	book, actor, asked, yes := a.book, a.actor, h.wish.Asked, do == actYes
	return a.intendThen(do, func(ctx context.Context) error { return book.AnswerHand(ctx, actor, asked, yes) }, func(a *App, err error) tea.Cmd {
		if err != nil && ledger.ReasonOf(err) != ledger.ReasonNoHand {
			return nil
		}
		if a.top() == screen(h) {
			a.pop()
		}
		a.answered = a.now
		switch {
		case err != nil:
			return nil
		case !yes:
			a.sayOnly(a.about(a.words.Guest.HandNo, &h.wish))
			return nil
		}
		return a.carryOut(&h.wish)
	})
}

// answeredFor is how long the keys of yes and no mean nothing more after an answer: at the sale, which has come back under the finger,
// they are others.
const answeredFor = time.Second

// bounces reports whether a key is the answer to a wish once more. One that is held down goes on bouncing.
func (a *App) bounces(p press) bool {
	do := a.keys.find(atHand, p.key)
	if do != actYes && do != actNo || a.top().place() == atHand || a.wording() || a.now.Sub(a.answered) >= answeredFor {
		return false
	}
	a.answered = a.now
	return true
}

// carryOut does what was agreed to, as whoever agreed, with the rights that it takes.
func (a *App) carryOut(w *wish) tea.Cmd {
	book, actor, hand := a.book, a.actor, w.Hand
	switch w.What {
	case ledger.HandQuery:
		return a.intendThen(actYes, func(context.Context) error { return book.AskNow(actor, hand.Order) }, func(a *App, err error) tea.Cmd {
			end := handMsg{wish: *w, err: err}
			if err == nil {
				a.sayOnly(a.handEnd(end))
			}
			return a.tellEnd(end)
		})
	case ledger.HandReprint:
		var sale ledger.Sale
		return a.intendThen(actYes, func(ctx context.Context) (err error) {
			sale, err = saleToPrint(ctx, book, hand.Sale)
			return err
		}, func(a *App, err error) tea.Cmd {
			if err != nil {
				return a.tellEnd(handMsg{wish: *w, err: err})
			}
			return a.printAgain(ledger.ReprintWish{Sale: sale.ID, Order: leadsTo(&sale)}, &sale, func(err error) tea.Cmd { return a.tellEnd(handMsg{wish: *w, err: err}) })
		})
	}
	do, ctx, wish := a.hand, a.feed.ctx, *w
	return func() tea.Msg { // it may take long, and holds up no sale
		return handOver(ctx, do, actor, wish)
	}
}

// tellEnd says in the talk what came of what was agreed to, as the till: whoever asked for it sees no other screen, and it is kept with the
// visit.
func (a *App) tellEnd(end handMsg) tea.Cmd {
	tell, ctx := a.toldInTalk(end), a.feed.ctx
	return func() tea.Msg {
		tell(ctx)
		return nil
	}
}

// toldInTalk is tellEnd as a call that waits for the disk. A cause that looks like a customer's code is left out. Nobody may be inside any
// more.
func (a *App) toldInTalk(end handMsg) func(context.Context) {
	w, desk := &a.words.Guest, a.desk
	says := func(note string) string {
		return a.put(w.CameOf, "person", clean(end.wish.Person, 24), "text", a.wishSays(&end.wish), "note", note)
	}
	note := w.CameDone
	if end.err != nil || end.made != "" {
		note = a.handEnd(end).Says
	}
	return func(ctx context.Context) {
		if err := desk.Tell(ctx, says(note)); ledger.ReasonOf(err) == ledger.ReasonTextSecret {
			_ = desk.Tell(ctx, says(a.put(w.HandFailed.Says, "text", "")))
		}
	}
}

// saleToPrint finds a sale of the running day, where there is a printer.
func saleToPrint(ctx context.Context, book *ledger.Book, id ledger.SaleID) (ledger.Sale, error) {
	board := book.Board().View()
	if board.Device(ledger.DevicePrinter).State == ledger.DeviceOff {
		return ledger.Sale{}, errNoPrinter
	}
	sale, ok, err := saleOfRow(ctx, book, runningDay(book), id)
	return sale, found(ok, err)
}

func handOver(ctx context.Context, do func(context.Context, ledger.Actor, ledger.Hand) (string, error), actor ledger.Actor, w wish) handMsg {
	if do == nil {
		return handMsg{wish: w, err: errCannot}
	}
	made, err := do(ctx, actor, w.Hand)
	return handMsg{w, made, err}
}

// handEnd says what came of what was agreed to.
func (a *App) handEnd(msg handMsg) assets.Sentence {
	w := &a.words.Guest
	switch {
	case errors.Is(msg.err, errCannot):
		return a.about(w.HandNever, &msg.wish)
	case msg.err != nil:
		says := a.about(w.HandFailed, &msg.wish)
		says.Says = a.put(w.HandFailed.Says, "text", a.causeOf(msg.err))
		return says
	case msg.made != "":
		return assets.Sentence{Says: a.put(w.HandMade.Says, "text", clean(msg.made, 80)), Next: w.HandMade.Next}
	}
	return a.about(w.HandDone, &msg.wish)
}

// sayOnly says what has happened, and leaves the next key to the screen: the customer at the counter comes first.
func (a *App) sayOnly(s assets.Sentence) { a.say(note{sentence: assets.Sentence{Says: s.Says}}) }

// about fills a sentence about a wish.
func (a *App) about(s assets.Sentence, w *wish) assets.Sentence {
	fill := func(text string) string { return a.put(text, "person", clean(w.Person, 24), "text", a.wishSays(w)) }
	return assets.Sentence{Says: fill(s.Says), Next: fill(s.Next)}
}

func (h *handScreen) draw(a *App, width, height int) []string {
	w := &a.words.Guest
	rows := []string{a.palette.bold.Render(cut(a.put(w.HandTitle, "person", clean(h.wish.Person, 24), "role", a.words.Staff.Roles[h.wish.role]), width)), ""}
	rows = append(rows, a.palette.inside.Render(pad("? "+a.wishSays(&h.wish), width)))
	if h.wish.Why != "" {
		rows = append(rows, wrap(a.put(w.HandWhy, "text", clean(h.wish.Why, 6*width)), width, 4)...)
	}
	says := w.HandAsk.Says
	if h.gone(a) {
		says = w.HandGone.Says
	} else {
		rows = append(append(rows, ""), wrap(w.HandPlain, width, 2)...)
	}
	return fit(append(append(rows, ""), wrap(says, width, 2)...), height)
}
