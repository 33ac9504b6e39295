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
	err  error
}

// errCannot means that nothing here carries such a thing out.
var errCannot = errors.New("this till cannot do it by itself")

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
			if err == nil {
				a.sayOnly(a.handEnd(handMsg{*w, nil}))
			}
			return nil
		})
	case ledger.HandReprint:
		var sale ledger.Sale
		return a.intendThen(actYes, func(ctx context.Context) (err error) {
			sale, err = saleToPrint(ctx, book, hand.Sale)
			return err
		}, func(a *App, err error) tea.Cmd {
			if err != nil {
				return nil
			}
			return a.printAgain(ledger.ReprintWish{Sale: sale.ID, Order: leadsTo(&sale)}, &sale)
		})
	}
	do, ctx, wish := a.hand, a.feed.ctx, *w
	return func() tea.Msg { // it may take long, and holds up no sale
		return handMsg{wish, handOver(ctx, do, actor, hand)}
	}
}

// saleToPrint finds a sale of the running day.
func saleToPrint(ctx context.Context, book *ledger.Book, id ledger.SaleID) (ledger.Sale, error) {
	sale, ok, err := saleOfRow(ctx, book, runningDay(book), id)
	return sale, found(ok, err)
}

func handOver(ctx context.Context, do func(context.Context, ledger.Actor, ledger.Hand) error, actor ledger.Actor, hand ledger.Hand) error {
	if do == nil {
		return errCannot
	}
	return do(ctx, actor, hand)
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
