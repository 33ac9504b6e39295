package ui

import (
	"context"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// takenScreen lists what has come of a sale that took money without a channel: each goes back the way it came.
type takenScreen struct {
	sale ledger.Sale
	head uint64
	pick list

	proving *ledger.Tender // a transfer of which is asked whether it has arrived
	turned  time.Time      // when that was asked
}

// openTaken lists it. Where there is one thing to choose, and it has nothing to prove, what goes back of it is asked for at once.
func (a *App) openTaken(sale ledger.Sale) {
	t := &takenScreen{sale: sale, head: a.scene.head}
	a.push(t)
	if only := t.chosen(); t.rows() == 1 && only != nil && !only.Pending() && only.Left() > 0 {
		a.push(&tenderBack{list: t, tender: *only})
	}
}

func (*takenScreen) place() place { return atTaken }
func (*takenScreen) leave()       {}

func (t *takenScreen) typed(*App, rune) tea.Cmd {
	t.proving = nil // any other key is a no
	return nil
}

func (t *takenScreen) next(a *App) string {
	if at := t.chosen(); at != nil && at.Pending() && at.Left() > 0 {
		return a.words.Tender.TakenProve
	}
	return a.words.Tender.TakenNext
}

// asks is the question whether a transfer has arrived.
func (t *takenScreen) asks(a *App) (assets.Sentence, bool) {
	if t.proving == nil {
		return assets.Sentence{}, false
	}
	says := a.words.Tender.AskProve
	says.Says = a.put(says.Says, "amount", t.proving.Amount.String(), "tail", cleanCode(t.sale.ID.Tail(), 4))
	return says, true
}

func (t *takenScreen) stepBack(*App) (stepped bool) {
	stepped, t.proving = t.proving != nil, nil
	return stepped
}

// chosen is the tender on which one stands; nil on the part by scan.
func (t *takenScreen) chosen() *ledger.Tender {
	if at := int(t.pick) - t.scans(); at >= 0 && at < len(t.sale.Tenders) {
		return &t.sale.Tenders[at]
	}
	return nil
}

// rows is how many there are: the part by scan stands first.
func (t *takenScreen) rows() int { return len(t.sale.Tenders) + t.scans() }

func (t *takenScreen) scans() int {
	if t.sale.Paid() != nil {
		return 1
	}
	return 0
}

func (t *takenScreen) act(a *App, do action) tea.Cmd {
	at := t.chosen()
	switch {
	case t.proving != nil && do == actEnter:
		if a.soon(t.turned) {
			return nil
		}
		return t.prove(a)
	case t.proving != nil:
		t.proving = nil
	case do == actProve && (at == nil || !at.Pending() || at.Left() <= 0):
		a.say(a.noteFor(ledger.ReasonProven, ""))
	case do == actProve:
		t.proving, t.turned = at, a.now
	case do != actEnter:
		t.pick.move(do, t.rows(), a.page())
	case at == nil:
		a.push(newRefundScreen(t.sale, t.sale.Paid().Order, a.scene.head, a.now))
	case at.Left() <= 0:
		a.say(a.noteFor(ledger.ReasonNothingLeft, ""))
	default:
		a.push(&tenderBack{list: t, tender: *at})
	}
	return nil
}

// prove tells the Book that the transfer has arrived. Somebody who has not the right to say so can be lent it.
func (t *takenScreen) prove(a *App) tea.Cmd {
	book, actor := a.book, a.actor
	says, _ := t.asks(a)
	wish := ledger.ProveWish{Sale: t.sale.ID, Tender: t.proving.ID}
	t.proving = nil
	return a.consented(approval{actProve, []string{says.Says}, func(ctx context.Context, second *ledger.Consent) error {
		wish.Second = second
		return book.Prove(ctx, actor, wish)
	}, func(a *App, err error) tea.Cmd {
		if err == nil {
			a.say(note{sentence: a.words.Tender.IsProven})
		}
		return t.hear(a, nil)
	}}, a.actor.May(ledger.RightProve) != nil)
}

// hear reads the sale again when the ledger has grown.
func (t *takenScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(takenMsg); ok && msg.of == t && msg.ok {
		t.sale = msg.sale
	}
	if t.head >= a.scene.head {
		return nil
	}
	t.head = a.scene.head
	book, ctx, id := a.book, a.feed.ctx, t.sale.ID
	return func() tea.Msg {
		sale, ok, err := saleOfOrder(ctx, book, ledger.OrderNo(id))
		return takenMsg{t, sale, ok && err == nil}
	}
}

// takenMsg brings a sale that was read again.
type takenMsg struct {
	of   *takenScreen
	sale ledger.Sale
	ok   bool
}

func (t *takenScreen) draw(a *App, width, _ int) []string {
	w := &a.words.Tender
	rows := []string{between(a.palette.bold.Render(a.put(w.TakenTitle, "amount", t.sale.Amount.String())), "",
		a.palette.bold.Render(a.put(a.words.Tail, "tail", t.sale.ID.Tail())), width), ""}
	for i, row := range a.takenRows(&t.sale, nil, width-2) {
		if i < t.rows() {
			row = a.chosen(i == int(t.pick), row, width)
		}
		rows = append(rows, row)
	}
	if t.sale.Note != "" {
		rows = append(rows, "", cut(a.put(w.MemoWas, "text", clean(t.sale.Note, width)), width))
	}
	return rows
}

// tenderBack gives money of one tender back.
type tenderBack struct {
	list   *takenScreen
	tender ledger.Tender
	refundForm
}

// refundForm is how much goes back, and why.
type refundForm struct {
	step  refundStep
	keyed ledger.Keyed // empty: all that is left
	why   string
	own   bool // the reason is the person's own words
}

func (f *tenderBack) place() place {
	if f.step == stepReason {
		return atReason
	}
	return atRefund
}

func (*tenderBack) leave() {}

// sees takes scans away: none belongs here, and a reason is written down for ever.
func (f *tenderBack) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan == nil {
		return false, nil
	}
	a.stray(p.scan)
	return true, nil
}

func (f *tenderBack) suspected(a *App) { a.say(note{sentence: a.words.Refund.Stray}) }

func (f *tenderBack) stepBack(*App) (stepped bool) {
	if f.step == stepReason {
		f.step = stepAmount
		return true
	}
	return false
}

func (f *tenderBack) typed(a *App, char rune) tea.Cmd {
	if f.step == stepAmount {
		keyed, err := f.keyed.Key(char)
		if err != nil && (char == '.' || char >= '0' && char <= '9') {
			a.say(a.noteOf(err))
		}
		f.keyed = keyed
	}
	return nil
}

// wrote takes the reason: a digit picks one while nothing is written, and goes on where a second person is asked anyway.
func (f *tenderBack) wrote(a *App, text string) tea.Cmd {
	whys := a.words.Refund.Whys
	if n := len(text); !f.own && n == 1 && text[0] >= '1' && int(text[0]-'1') < len(whys) {
		f.why = whys[text[0]-'1']
		if amount, err := f.amount(); err == nil && a.book.ReturnNeedsSecond(a.actor, &f.list.sale, &f.tender, amount) {
			return f.act(a, actEnter)
		}
		return nil
	}
	if !f.own {
		f.why, f.own = "", true
	}
	f.why = a.more(f.why, text, whyMax)
	return nil
}

// amount is what is to go back: what is keyed, else all that is left.
func (f *tenderBack) amount() (ledger.Money, error) {
	if f.keyed.Empty() {
		return ledger.Money{Fen: f.tender.Left(), Currency: f.tender.Amount.Currency}, nil
	}
	return f.keyed.Money()
}

func (f *tenderBack) act(a *App, do action) tea.Cmd {
	amount, err := f.amount()
	switch {
	case do == actBack && f.step == stepReason:
		if f.why = less(f.why); !f.own || f.why == "" {
			f.why, f.own = "", false
		}
	case do == actBack:
		f.keyed = f.keyed.Back()
	case do != actEnter:
	case err != nil:
		a.say(a.noteOf(err))
	case amount.Fen > f.tender.Left():
		a.say(a.noteFor(ledger.ReasonRefundAmount, ""))
	case f.step == stepAmount:
		f.step = stepReason
	case f.why == "":
		a.say(a.noteFor(ledger.ReasonRefundReason, ""))
	case a.namesCode(f.why):
		f.why, f.own = "", false
		a.say(note{sentence: a.words.Refund.CodeTyped})
	default:
		return f.send(a, amount)
	}
	return nil
}

// send asks the Book to write down that it has gone back.
func (f *tenderBack) send(a *App, amount ledger.Money) tea.Cmd {
	book, actor := a.book, a.actor
	wish := ledger.TenderReturnWish{Sale: f.list.sale.ID, Tender: f.tender.ID, Amount: amount, Why: f.why, Seen: len(f.tender.Returns)}
	what := a.put(a.words.Tender.AgreeBack, "kind", a.words.Tender.Kinds[f.tender.Kind], "amount", amount.String(), "tail", cleanCode(f.list.sale.ID.Tail(), 4))
	return a.consented(approval{actRefund, []string{what, `"` + clean(f.why, whyMax) + `"`}, func(ctx context.Context, second *ledger.Consent) error {
		wish.Second = second
		return book.ReturnTender(ctx, actor, wish)
	}, func(a *App, err error) tea.Cmd {
		if err != nil {
			f.step = stepAmount
			return nil
		}
		if a.top() == screen(f) {
			a.pop()
		}
		a.say(note{sentence: f.gives(a, amount)})
		return f.list.hear(a, nil)
	}}, book.ReturnNeedsSecond(actor, &f.list.sale, &f.tender, amount))
}

// gives is what the cashier does now.
func (f *tenderBack) gives(a *App, amount ledger.Money) assets.Sentence {
	says := a.words.Tender.Gives
	says.Says = a.put(says.Says, "amount", amount.String(), "kind", a.words.Tender.Kinds[f.tender.Kind])
	return says
}

func (f *tenderBack) next(a *App) string {
	if f.step == stepAmount {
		return a.words.Refund.NextAmount
	}
	return a.words.Tender.BackNext
}

func (f *tenderBack) draw(a *App, width, _ int) []string {
	w := &a.words.Tender
	amount := ledger.Fen(f.tender.Left()).String()
	if !f.keyed.Empty() {
		amount = f.keyed.String()
	}
	kind := w.Kinds[f.tender.Kind]
	rows := []string{a.palette.bold.Render(cut(a.put(w.BackTitle, "kind", kind, "left", ledger.Fen(f.tender.Left()).String()), width)),
		cut(a.put(w.BackOf, "amount", f.list.sale.Amount.String(), "tail", cleanCode(f.list.sale.ID.Tail(), 4), "time", a.clockOf(f.list.sale.OpenedAt)), width), ""}
	form := tenderScreen{}
	rows = append(rows, form.field(w.Amount, "¥"+amount, f.step == stepAmount), form.field(a.words.Tender.Why, shy(f.why, tailOf(clean(f.why, whyMax), width-24)), f.step == stepReason))
	if f.step == stepReason {
		for i, why := range a.words.Refund.Whys {
			rows = append(rows, cut("    "+strconv.Itoa(i+1)+"  "+why, width))
		}
	}
	return rows
}
