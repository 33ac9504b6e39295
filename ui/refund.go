package ui

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// refundStep is how far a refund has come on its form.
type refundStep int

const (
	stepAmount refundStep = iota
	stepReason
	stepAsk
	stepWatch // nothing is asked for; the refunds so far are shown
)

// whyMax bounds a person's reason in bytes; the Book cuts longer ones (RefundWish).
const whyMax = 200

// refundScreen gives money back on one order, and shows live what becomes of it. The Book alone decides; what is checked here
// only saves a question that would be refused.
type refundScreen struct {
	order   ledger.OrderNo
	sale    ledger.Sale // a copy, read again whenever the ledger has grown
	head    uint64
	reading bool

	step   refundStep
	keyed  ledger.Keyed // empty: all that is left
	why    string
	own    bool              // the reason is the person's own words
	wish   ledger.RefundWish // what is asked about, with the refunds that were shown then
	turned time.Time         // when the step came
}

// soon reports whether so little time has passed that an Enter bounces, or was typed ahead of what it would agree to.
func (a *App) soon(since time.Time) bool { return a.now.Sub(since).Abs() < dialogGrace }

// saleMsg brings a sale that was read again.
type saleMsg struct {
	of   *refundScreen
	sale ledger.Sale
	head uint64
	err  error
}

// openRow opens the sale of a day's row.
func (a *App) openRow(day ledger.Day, id ledger.SaleID) tea.Cmd {
	book := a.book
	return a.openSale(func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) {
		sale, ok, err := saleOfRow(ctx, book, day, id)
		return sale, "", found(ok, err)
	})
}

// openSale looks for a sale and shows it. An order that was never paid is not what a refund is about: the sale's own money is.
func (a *App) openSale(find func(context.Context) (ledger.Sale, ledger.OrderNo, error)) tea.Cmd {
	var sale ledger.Sale
	var order ledger.OrderNo
	return a.intendThen(actRefund, func(ctx context.Context) (err error) {
		sale, order, err = find(ctx)
		return err
	}, func(a *App, err error) tea.Cmd {
		if err != nil {
			return nil
		}
		at := sale.Attempt(order)
		if len(sale.Tenders) > 0 && (at == nil || at.State == ledger.Paid) {
			a.openTaken(sale)
			return nil
		}
		if at == nil {
			at = sale.Shown()
		}
		if at == nil {
			a.say(a.noteFor(ledger.ReasonNotPaid, ""))
			return nil
		}
		if f, ok := a.top().(*findScreen); ok && f.long() { // the number has done its work
			f.forget()
			f.narrow(a)
		}
		a.push(newRefundScreen(sale, at.Order, a.scene.head, a.now))
		return nil
	})
}

func newRefundScreen(sale ledger.Sale, order ledger.OrderNo, head uint64, now time.Time) *refundScreen {
	f := &refundScreen{order: order, sale: sale, head: head, step: stepWatch}
	if mayMore(f.attempt(), now) == nil {
		f.step = stepAmount
	}
	return f
}

func (f *refundScreen) attempt() *ledger.Attempt { return f.sale.Attempt(f.order) }

func (f *refundScreen) place() place {
	if f.step == stepReason {
		return atReason
	}
	return atRefund
}

func (*refundScreen) leave() {}

// sees takes scans away: none belongs here, and a reason is written down for ever.
func (f *refundScreen) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan == nil {
		return false, nil
	}
	a.stray(p.scan)
	return true, nil
}

func (f *refundScreen) suspected(a *App) { a.say(note{sentence: a.words.Refund.Stray}) }

// stray throws a scan away and says so.
func (a *App) stray(scan *ledger.Scan) {
	says, ok := a.payCode(scan.Text)
	scan.Wipe()
	if !ok {
		says = a.words.Refund.Stray
	}
	says.Next = a.words.Refund.Stray.Next
	a.say(note{sentence: says})
}

// asks is the question before money goes back.
func (f *refundScreen) asks(a *App) (assets.Sentence, bool) {
	if f.step != stepAsk {
		return assets.Sentence{}, false
	}
	return a.askRefund(&f.wish, &f.sale), true
}

// askRefund is the question about a wish.
func (a *App) askRefund(wish *ledger.RefundWish, sale *ledger.Sale) assets.Sentence {
	says := a.words.Refund.Ask
	says.Says = a.put(says.Says, "amount", wish.Amount.String(), "tail", cleanCode(sale.ID.Tail(), 4),
		"channel", a.words.Channels[sale.Attempt(wish.Order).Channel])
	return says
}

// stepBack goes one step back; from the first one, and from what is only looked at, the screen closes.
func (f *refundScreen) stepBack(*App) (stepped bool) {
	switch f.step {
	case stepAsk:
		f.step = stepReason
	case stepReason:
		f.step = stepAmount
	default:
		return false
	}
	return true
}

func (f *refundScreen) typed(a *App, char rune) tea.Cmd {
	switch f.step {
	case stepAsk: // any other key goes back
		f.step = stepReason
	case stepAmount:
		keyed, err := f.keyed.Key(char)
		if err != nil && (char == '.' || char >= '0' && char <= '9') {
			a.say(a.noteOf(err))
		}
		f.keyed = keyed
	}
	return nil
}

// wrote takes the reason: a digit picks one while nothing is written.
func (f *refundScreen) wrote(a *App, text string) tea.Cmd {
	whys := a.words.Refund.Whys
	if n := len(text); !f.own && n == 1 && text[0] >= '1' && int(text[0]-'1') < len(whys) {
		f.why = whys[text[0]-'1']
		return f.ask(a) // a digit is the whole answer
	}
	if !f.own {
		f.why, f.own = "", true
	}
	f.why = a.more(f.why, text, whyMax)
	return nil
}

// more adds to a person's words while there is room.
func (a *App) more(words, text string, most int) string {
	if len(words)+len(text) > most {
		a.say(note{sentence: a.words.Refund.LongText})
		return words
	}
	return words + text
}

// less takes the last character of a person's words away.
func less(words string) string {
	_, size := utf8.DecodeLastRuneInString(words)
	return words[:len(words)-size]
}

func (f *refundScreen) act(a *App, do action) tea.Cmd {
	switch {
	case f.step == stepAsk && do == actEnter:
		if a.soon(f.turned) {
			return nil
		}
		return f.send(a, false)
	case f.step == stepAsk:
		f.step = stepReason
	case do == actEnter && f.step == stepReason:
		return f.ask(a)
	case do == actEnter:
		f.goOn(a)
	case do == actBack && f.step == stepReason:
		f.why = less(f.why)
		if !f.own || f.why == "" {
			f.why, f.own = "", false
		}
	case do == actBack:
		f.keyed = f.keyed.Back()
	}
	return nil
}

// goOn takes the amount, or begins another refund.
func (f *refundScreen) goOn(a *App) {
	at := f.attempt()
	switch amount, err := f.amount(); {
	case a.soon(f.turned):
	case f.step == stepWatch && mayMore(at, a.now) != nil:
		a.say(a.noteOf(mayMore(at, a.now)))
	case f.step == stepWatch:
		f.step, f.keyed, f.why, f.own = stepAmount, ledger.Keyed{}, "", false
	case err != nil:
		a.say(a.noteOf(err))
	case amount.Fen > at.Left():
		a.say(a.noteFor(ledger.ReasonRefundAmount, ""))
	default:
		f.step = stepReason
	}
}

// amount is what is to go back: what is keyed, else all that is left.
func (f *refundScreen) amount() (ledger.Money, error) {
	if f.keyed.Empty() {
		at := f.attempt()
		return ledger.Money{Fen: at.Left(), Currency: at.Amount.Currency}, nil
	}
	return f.keyed.Money()
}

// ask asks once whether all is right: whoever wants it, or the second person where one is needed.
func (f *refundScreen) ask(a *App) tea.Cmd {
	amount, err := f.amount()
	switch {
	case f.why == "":
		a.say(a.noteFor(ledger.ReasonRefundReason, ""))
	case a.namesCode(f.why):
		f.why, f.own = "", false
		a.say(note{sentence: a.words.Refund.CodeTyped})
	case err != nil:
		a.say(a.noteOf(err))
	default:
		f.wish = ledger.RefundWish{Order: f.order, Amount: amount, Why: f.why, Seen: len(f.attempt().Refunds)}
		if a.book.NeedsSecond(a.actor, &f.sale, f.wish) {
			return f.send(a, true)
		}
		f.step = stepAsk
		f.turned = a.now
	}
	return nil
}

// namesCode reports whether a person's words hold a customer's payment code.
func (a *App) namesCode(words string) bool { return a.codes.Names(words) }

// send asks the Book for the refund, with a second person where one is needed.
func (f *refundScreen) send(a *App, second bool) tea.Cmd {
	book, actor, wish := a.book, a.actor, f.wish
	return a.consented(approval{actRefund, []string{a.askRefund(&f.wish, &f.sale).Says}, func(ctx context.Context, word *ledger.Consent) error {
		wish.Second = word
		_, err := book.Refund(ctx, actor, wish)
		return err
	}, func(a *App, err error) tea.Cmd {
		f.turned = a.now
		switch reason := ledger.ReasonOf(err); {
		case err == nil:
			f.step = stepWatch
		case reason == ledger.ReasonRefundReason:
			f.step = stepReason
		default:
			f.step = stepAmount
		}
		return f.read(a)
	}}, second)
}

// hear reads the sale again when the ledger has grown.
func (f *refundScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(saleMsg); ok && msg.of == f {
		f.reading = false
		if f.head = max(f.head, msg.head); msg.err == nil {
			f.sale = msg.sale
		} else if !errors.Is(msg.err, context.Canceled) {
			a.say(a.noteOf(msg.err))
		}
	}
	if f.reading || f.head >= a.scene.head {
		return nil
	}
	return f.read(a)
}

func (f *refundScreen) read(a *App) tea.Cmd {
	f.reading = true
	book, ctx := a.book, a.feed.ctx
	msg := saleMsg{of: f, head: a.scene.head}
	order := f.order
	return func() tea.Msg {
		sale, ok, err := saleOfOrder(ctx, book, order)
		msg.sale, msg.err = sale, found(ok, err)
		return msg
	}
}

func (f *refundScreen) next(a *App) string {
	w := &a.words.Refund
	switch at := f.attempt(); {
	case f.step == stepAmount:
		return w.NextAmount
	case f.step == stepReason:
		return w.NextReason
	case mayMore(at, a.now) == nil:
		return w.NextMore
	case at.Returning():
		return w.NextWatch
	}
	return w.NextIdle
}
