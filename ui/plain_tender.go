package ui

import (
	"context"
	"strconv"
	"strings"

	"guitai/ledger"
)

// This file is the line mode's side of money that comes without a channel, and of sales that wait.

// moreWords are the commands that take more than their letter; those that keep words have them as they were typed.
var moreWords = map[action]bool{actPractice: true, actCards: true, actRefund: true, actExceptions: true, actCash: true, actMemo: true,
	actShift: true, actDay: true, actHeld: true, actDrop: true, actAlerts: true, actStatements: true, actDevices: true, actTalk: true}

// cash takes money for the sale on the screen: just what is due (it asks first), what is given in cash (a part where it is less), or by another kind,
// "card 004217" or "transfer", of a part with its amount behind it. "scan 5" is what the next scan asks for.
func (p *plain) cash(rest string) {
	a := p.app
	words := strings.Fields(rest)
	form, text := tenderScreen{}, ""
	switch kind := strings.Join(words[:min(len(words), 1)], ""); {
	case kind == wordCard || kind == "刷卡":
		form.way, words = waySlip, words[1:]
		if len(words) > 0 {
			form.number, words = words[0], words[1:]
		}
	case kind == wordTransfer || kind == "转账":
		form.way, words = wayTransfer, words[1:]
	case kind == wordScan || kind == "扫码":
		form.way, words = wayScan, words[1:]
	}
	if a.namesCode(form.number) { // a slip's number is written down for ever
		p.tellNote(note{sentence: a.words.Refund.CodeTyped})
		return
	}
	text = strings.Join(words, "")
	keyed, err := keyedOf(text)
	form.keyed = keyed
	var wish ledger.TenderWish
	if err == nil {
		wish, err = form.plan(a)
	}
	switch {
	case err != nil:
		p.refuse(err)
	case form.way == wayScan:
		p.part(wish.Amount)
	case rest == "" && a.scene.hasSale && a.scene.sale.MayTender(false) == nil: // one letter takes no money
		p.offer = wish
		p.question(askCash)
	default:
		p.tender(wish)
	}
}

// keyedOf keys a whole text.
func keyedOf(text string) (keyed ledger.Keyed, err error) {
	for _, char := range text {
		if keyed, err = keyed.Key(char); err != nil {
			return ledger.Keyed{}, err
		}
	}
	return keyed, nil
}

// tender asks the Book to take it, with a second person while a payment's end is not known.
func (p *plain) tender(wish ledger.TenderWish) {
	a := p.app
	book, actor := a.book, a.actor
	p.consented(approval{do: actCash, what: []string{a.agreesTender(&wish)}, call: func(ctx context.Context, second *ledger.Consent) error {
		wish.Second = second
		return book.Tender(ctx, actor, wish)
	}}, a.scene.hasSale && a.scene.sale.MayTender(false) != nil && a.scene.sale.MayTender(true) == nil, func(error) {})
}

// part chooses what the next scan asks for.
func (p *plain) part(amount ledger.Money) {
	a := p.app
	if !a.scene.hasSale {
		p.refuse(ledger.Refuse(ledger.ReasonNoSale))
		return
	}
	if err := a.desk.SetPart(amount); err != nil {
		p.refuse(err)
		return
	}
	a.scene.toAsk = a.book.ToAsk(&a.scene.sale)
	says := a.words.Tender.PartSet
	p.say(a.words.Plain.Till, a.put(says.Says, "part", a.scene.toAsk.String()), p.next(says.Next, p.trainee()))
}

// The words of cash.
const (
	wordCard     = "card"
	wordTransfer = "transfer"
	wordScan     = "scan"
)

// tellTendered says how a sale stands for which tenders speak, and the change.
func (p *plain) tellTendered() {
	a, s := p.app, &p.app.scene.sale
	w := a.tenderOutcome(s)
	change := ""
	if s.Settled() {
		if fen := s.Tenders[len(s.Tenders)-1].Change.Fen; fen > 0 {
			change = sentence(a.words.Tender.Change+" ¥"+ledger.Fen(fen).String(), p.stop())
		}
	} else {
		change = sentence(a.words.Tender.Due+" ¥"+ledger.Fen(s.Due()).String(), p.stop())
	}
	p.say(w.Word, p.sale(s), change, w.Says, p.next(w.Next))
}

// held brings a sale back that waits: the only one, or a number of the list as it was told last. Several are listed.
func (p *plain) held(rest string) {
	a := p.app
	var sales []ledger.Sale
	a.book.Read(func(s *ledger.State) {
		for _, sale := range s.Held() {
			sales = append(sales, copied(sale))
		}
	})
	n, err := strconv.Atoi(rest)
	switch {
	case rest == "" && len(sales) == 1:
		p.resume(sales[0].ID)
	case err == nil && n > 0 && n <= len(p.waiting):
		p.resume(p.waiting[n-1])
	default:
		p.tellHeld(sales)
	}
}

func (p *plain) resume(id ledger.SaleID) {
	a := p.app
	actor := a.actor
	p.intend(actHeld, func(ctx context.Context) ([]string, error) { return nil, a.book.Resume(ctx, actor, id) })
}

func (p *plain) tellHeld(sales []ledger.Sale) {
	a, w := p.app, &p.app.words.Tender
	p.waiting = nil
	if len(sales) == 0 {
		p.say(a.words.Plain.Desk.Held, w.HeldNone, p.next(a.words.NoSale.Next))
		return
	}
	p.say(a.words.Plain.Desk.Held, a.put(a.words.Plain.Desk.HeldList, "n", strconv.Itoa(len(sales))), p.next(a.words.Plain.Desk.NextHeld))
	var lines []string
	for i := range sales {
		s := &sales[i]
		p.waiting = append(p.waiting, s.ID)
		text := a.put(w.HeldLine, "time", a.ago(s.OpenedAt), "tail", s.ID.Tail(), "amount", s.Amount.String(), "due", ledger.Fen(s.Due()).String())
		if s.Note != "" {
			text += p.comma() + clean(s.Note, noteMax)
		}
		lines = append(lines, strconv.Itoa(i+1)+": "+sentence(p.spoken(text), p.stop()))
	}
	p.tellPage(lines)
}

// memo writes a note on the sale on the screen, or says that something was wrong with it.
func (p *plain) memo(do action, text string) {
	a := p.app
	wish, ok := a.noteWish()
	says := a.words.Tender.Noted
	switch {
	case !ok:
		p.refuse(ledger.Refuse(ledger.ReasonNoSale))
		return
	case a.namesCode(text):
		p.tellNote(note{sentence: a.words.Refund.CodeTyped})
		return
	case do == actWrong:
		wish.Wrong, says = true, a.words.Tender.IsWrong
	default:
		wish.Text = text
	}
	p.intend(do, func(ctx context.Context) ([]string, error) {
		return []string{a.words.Plain.Till + " " + a.fill(says.Says)}, a.book.Note(ctx, a.actor, wish)
	})
}
