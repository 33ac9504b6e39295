package ui

import (
	"context"
	"strconv"
	"strings"

	"guitai/ledger"
)

// This file gives money back that came without a channel, part by part, and takes the word that a transfer has arrived.

// partsOf goes on with a sale that took such money. The only part that can go back is chosen by itself.
func (p *plain) partsOf(sale ledger.Sale) {
	t := p.talk
	t.sale, t.part = sale, nil
	if len(sale.Tenders) == 1 && sale.Paid() == nil && !sale.Tenders[0].Pending() {
		p.choosePart("1")
		return
	}
	p.turn(talkPart)
}

// scans is how many rows the part by scan has in the list: it stands first.
func (t *talk) scans() int { return (&takenScreen{sale: t.sale}).scans() }

// tellParts lists what has come of the sale.
func (p *plain) tellParts() {
	t, a := p.talk, p.app
	w := &a.words.Plain
	p.say(w.Refund, p.sale(&t.sale), w.Desk.Part.Says, p.next(w.Desk.Part.Next))
	for i, row := range a.takenRows(&t.sale, nil, a.width) {
		number := ""
		if i < t.scans()+len(t.sale.Tenders) {
			number = strconv.Itoa(i+1) + ":"
		}
		p.say(number, sentence(p.spoken(row), p.stop()))
	}
	if t.sale.Note != "" {
		p.say(sentence(a.put(a.words.Tender.MemoWas, "text", clean(t.sale.Note, noteMax)), p.stop()))
	}
}

// choosePart takes a part's number, or the letter that proves a transfer and its number.
func (p *plain) choosePart(word string) {
	t, a := p.talk, p.app
	number, proves := word, false
	if rest, is := strings.CutPrefix(word, anyLetter(a, actProve)+" "); is {
		number, proves = rest, true
	}
	n, err := strconv.Atoi(strings.TrimSpace(number))
	at := n - 1 - t.scans()
	if err != nil || n < 1 || at >= len(t.sale.Tenders) {
		p.tellNote(note{sentence: a.words.Plain.Desk.NoPart})
		return
	}
	if at < 0 && !proves {
		p.refundPaid()
		return
	}
	if at < 0 || proves && (!t.sale.Tenders[at].Pending() || t.sale.Tenders[at].Left() <= 0) {
		p.tellNote(a.noteFor(ledger.ReasonProven, ""))
		return
	}
	part := t.sale.Tenders[at]
	switch {
	case proves:
		t.part = &part
		p.turn(talkProve)
	case part.Left() <= 0:
		p.refuse(ledger.Refuse(ledger.ReasonNothingLeft))
		if len(t.sale.Tenders) == 1 {
			p.endTalk()
		}
	default:
		t.part = &part
		p.turn(talkAmount)
	}
}

// anyLetter is the letter of an action at any place, as sentences name it.
func anyLetter(a *App, do action) string {
	for i := range a.keys {
		if a.keys[i].do == do {
			return a.keys[i].letter()
		}
	}
	return ""
}

// refundPaid goes on with the part that came by scan.
func (p *plain) refundPaid() {
	t := p.talk
	at := t.sale.Paid()
	if err := mayMore(at, p.app.now); err != nil {
		p.refuse(err)
		return
	}
	t.part, t.wish = nil, ledger.RefundWish{Order: at.Order, Seen: len(at.Refunds)}
	p.turn(talkAmount)
}

// tellPart says what the next line is for, once a part is chosen.
func (p *plain) tellPart() {
	t, a := p.talk, p.app
	w := &a.words.Plain
	switch t.step {
	case talkReturn:
		p.say(w.Ask, p.backOf(t), `"`+clean(t.wish.Why, whyMax)+`"`, p.next(w.NextAgree))
	case talkProve:
		says := a.put(a.words.Tender.AskProve.Says, "amount", t.part.Amount.String(), "tail", cleanCode(t.sale.ID.Tail(), 4))
		p.say(w.Ask, says, p.next(w.NextAgree))
	default:
		says := a.put(a.words.Tender.BackTitle, "kind", a.words.Tender.Kinds[t.part.Kind], "left", ledger.Fen(t.part.Left()).String())
		p.say(w.Refund, p.sale(&t.sale), sentence(says, p.stop()), p.next(w.RefundAmount.Next))
	}
}

// backOf is what is agreed to: how much of which kind.
func (p *plain) backOf(t *talk) string {
	return p.app.put(p.app.words.Tender.AgreeBack, "kind", p.app.words.Tender.Kinds[t.part.Kind], "amount", t.wish.Amount.String(), "tail", cleanCode(t.sale.ID.Tail(), 4))
}

// returnPart asks the Book to write down that a part has gone back.
func (p *plain) returnPart() {
	t, a := p.talk, p.app
	p.talk = nil
	book, actor := a.book, a.actor
	wish := ledger.TenderReturnWish{Sale: t.sale.ID, Tender: t.part.ID, Amount: t.wish.Amount, Why: t.wish.Why, Seen: len(t.part.Returns)}
	p.consented(approval{do: actRefund, what: []string{p.backOf(t), `"` + clean(t.wish.Why, whyMax) + `"`},
		call: func(ctx context.Context, second *ledger.Consent) error {
			wish.Second = second
			return book.ReturnTender(ctx, actor, wish)
		}}, book.ReturnNeedsSecond(actor, &t.sale, t.part, wish.Amount), func(err error) {
		if err == nil {
			says := a.put(a.words.Tender.Gives.Says, "amount", wish.Amount.String(), "kind", a.words.Tender.Kinds[t.part.Kind])
			p.say(a.words.Plain.Refund, says, p.next(a.words.Plain.Desk.Gone))
		}
	})
}

// provePart tells the Book that a transfer has arrived. Somebody who has not the right to say so can be lent it.
func (p *plain) provePart() {
	t, a := p.talk, p.app
	p.talk = nil
	book, actor := a.book, a.actor
	wish := ledger.ProveWish{Sale: t.sale.ID, Tender: t.part.ID}
	what := a.put(a.words.Tender.AskProve.Says, "amount", t.part.Amount.String(), "tail", cleanCode(t.sale.ID.Tail(), 4))
	p.consented(approval{do: actProve, what: []string{what}, call: func(ctx context.Context, second *ledger.Consent) error {
		wish.Second = second
		return book.Prove(ctx, actor, wish)
	}}, actor.May(ledger.RightProve) != nil, func(err error) {
		if err == nil {
			p.say(a.words.Plain.Till, a.words.Tender.IsProven.Says, p.next(a.words.Plain.Desk.Gone))
		}
	})
}
