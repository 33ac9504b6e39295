package ui

import (
	"context"
	"strconv"
	"strings"

	"guitai/ledger"
)

// This file gives a sale up for a reason, keys the last amount again, and hands the terminal to training mode.

// drop asks why the sale on the screen is given up; the number of the reason behind the letter answers at once.
func (p *plain) drop(rest string) {
	s := &p.app.scene
	err := error(ledger.Refuse(ledger.ReasonNoSale))
	if s.hasSale {
		err = s.sale.MayDrop()
	}
	if err != nil {
		p.refuse(err)
		return
	}
	p.talk = &talk{step: talkDrop, sale: copied(&s.sale), at: p.app.now}
	if rest == "" {
		p.tellDrop()
		return
	}
	p.dropFor(rest)
}

func (p *plain) tellDrop() {
	t, a := p.talk, p.app
	var whys []string
	for i, why := range a.words.Tender.DropWhys {
		whys = append(whys, strconv.Itoa(i+1)+" "+why)
	}
	title := a.put(a.words.Tender.DropTitle, "tail", t.sale.ID.Tail(), "amount", t.sale.Amount.String())
	p.say(a.words.Plain.Ask, title, strings.Join(whys, p.comma())+p.stop(), p.next(a.words.Plain.Desk.NextDrop))
}

// dropFor takes the number of the reason. A sale that has left the screen meanwhile stays as it is.
func (p *plain) dropFor(word string) {
	t, a := p.talk, p.app
	n, err := strconv.Atoi(word)
	switch {
	case !a.scene.hasSale || a.scene.sale.ID != t.sale.ID:
		p.endTalk()
		p.refuse(ledger.Refuse(ledger.ReasonNoSale))
		return
	case err != nil || n < 1 || n > len(dropWhys):
		p.tellDrop()
		return
	}
	p.endTalk()
	actor := a.actor
	p.intend(actDrop, func(ctx context.Context) ([]string, error) { return nil, a.book.Drop(ctx, actor, dropWhys[n-1]) })
}

// repeat settles the last amount again: a line has its end, so none is left to key.
func (p *plain) repeat() {
	a := p.app
	if !a.scene.draft.Empty() {
		p.tellNote(note{sentence: a.words.Draft})
		return
	}
	if err := a.desk.Repeat(); err != nil {
		p.refuse(err)
		return
	}
	a.scene.draft = a.book.Draft().Keyed
	p.settle(false)
}

// train ends this mode for training mode's on the same terminal, with a second person where the shop wants one.
func (p *plain) train() {
	a := p.app
	if a.training {
		p.tellNote(note{sentence: a.words.InTraining})
		return
	}
	book, actor := a.book, a.actor
	p.consented(approval{do: actTrain, what: []string{a.words.AgreeTrain}, call: func(ctx context.Context, second *ledger.Consent) error {
		return book.BeginTraining(ctx, actor, second)
	}}, false, func(err error) { p.trains = err == nil })
}
