package ui

import (
	"context"
	"strings"

	"guitai/ledger"
)

// This file is the line mode's side of money that comes without a channel, and of sales that wait.

// moreWords are the commands that take more than their letter; those that keep words have them as they were typed.
var moreWords = map[action]bool{actPractice: true, actCards: true, actRefund: true, actExceptions: true, actCash: true, actMemo: true}

// cash takes money for the sale on the screen: just what is due, what is given in cash (a part where it is less), or by another kind,
// "card 004217" or "transfer".
func (p *plain) cash(rest string) {
	a := p.app
	wish := ledger.TenderWish{Kind: ledger.Cash, Sale: a.scene.sale.ID, Seen: len(a.scene.sale.Tenders)}
	kind, number, _ := strings.Cut(strings.TrimSpace(rest), " ")
	form := tenderScreen{}
	switch {
	case kind == wordCard || kind == "刷卡":
		wish.Kind, wish.Number = ledger.CardSlip, number
	case kind == wordTransfer || kind == "转账":
		wish.Kind, wish.Number = ledger.Transfer, number
	default:
		for _, r := range kind {
			keyed, err := form.keyed.Key(r)
			if err != nil {
				p.refuse(err)
				return
			}
			form.keyed = keyed
		}
		planned, err := form.plan(a)
		if err != nil {
			p.refuse(err)
			return
		}
		wish = planned
	}
	book, actor := a.book, a.actor
	p.consented(approval{do: actCash, what: []string{a.agreesTender(&wish)}, call: func(ctx context.Context, second *ledger.Consent) error {
		wish.Second = second
		return book.Tender(ctx, actor, wish)
	}}, "", a.scene.hasSale && a.scene.sale.MayTender(false) != nil && a.scene.sale.MayTender(true) == nil)
}

// The words of cash.
const (
	wordCard     = "card"
	wordTransfer = "transfer"
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

// resume brings the sale back that has waited longest.
func (p *plain) resume() {
	a := p.app
	var id ledger.SaleID
	a.book.Read(func(s *ledger.State) {
		if held := s.Held(); len(held) > 0 {
			id = held[0].ID
		}
	})
	p.intend(actHeld, func(ctx context.Context) ([]string, error) { return nil, a.book.Resume(ctx, a.actor, id) })
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
