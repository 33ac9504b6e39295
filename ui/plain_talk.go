package ui

import (
	"context"
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
)

// This file is a talk of several lines: each says what the next one is for, and the letter that gives a sale up ends it.

// talkStep is what the next line is for.
type talkStep int

const (
	talkFind talkStep = iota // which sale
	talkPick                 // which of several
	talkPart                 // which part of what has come of it
	talkAmount
	talkReason
	talkDrop      // why a sale is given up
	talkDrawer    // what a job at the drawer asks for
	talkRefund    // yes gives money back
	talkReturn    // the same, of a tender
	talkProve     // yes says that a transfer has arrived
	talkResolve   // yes takes an entry off the list
	talkDrawerAsk // yes does the job
)

// talk is what was said so far.
type talk struct {
	step  talkStep
	day   ledger.Day
	rows  []ledger.Row // to pick from
	sale  ledger.Sale
	wish  ledger.RefundWish
	part  *ledger.Tender // of the sale: it goes back, or is proven; nil: the part by scan
	entry entry
	word  ledger.Resolution
	desk  *shiftScreen // the job at the drawer
	at    time.Time    // of the question
}

// forget wipes what nobody else may find in a talk; whoever goes on with it keys it again.
func (t *talk) forget() {
	if t == nil || t.desk == nil {
		return
	}
	t.desk.wipe()
	if t.desk.step == shiftToPIN || t.desk.step == shiftToCode || t.desk.step == shiftAsk && t.desk.job == jobHand {
		t.step, t.desk.step = talkDrawer, shiftTo
	}
}

func (p *plain) endTalk() {
	p.talk.forget()
	p.talk = nil
}

// talkOn takes a line of a talk; taken is false when the talk is over and the line means what it always does.
func (p *plain) talkOn(line *typed, looks kind) (taken bool) {
	t, w := p.talk, p.app.words
	if t.desk != nil && (t.desk.step == shiftToPIN || t.desk.step == shiftToCode) {
		p.takerPIN(line)
		return true
	}
	word := ""
	if looks != isCode {
		word = strings.ToLower(string(line.text))
	}
	if t.step >= talkRefund {
		return p.agreeTalk(word, line.at)
	}
	_, code := p.app.payCode(line.text)
	if t.step == talkDrop && (code || line.fast) { // the sale is paid after all, and not given up
		p.endTalk()
		return false
	}
	switch {
	case word == p.letterOf(actDrop):
		p.endTalk()
		p.tellStanding()
	case line.fast && t.desk != nil && t.desk.step == shiftTo && p.takerBadge(line.text):
	case code || line.long || line.fast && t.step != talkFind:
		p.tellNote(note{sentence: w.Refund.Stray})
	case t.step == talkFind:
		p.find(strings.ToUpper(string(line.code())))
	case t.step == talkPick:
		p.choose(word)
	case t.step == talkPart:
		p.choosePart(word)
	case t.step == talkDrop:
		p.dropFor(word)
	case t.step == talkDrawer:
		p.deskOn(string(line.text))
	case t.step == talkAmount:
		p.refundAmount(word)
	default:
		p.refundReason(string(line.text))
	}
	return true
}

// agreeTalk does what the talk's question is about on a yes that was given to it. Any other line is a no.
func (p *plain) agreeTalk(word string, at time.Time) (taken bool) {
	t := p.talk
	switch {
	case !wordsYes[word]:
		p.endTalk()
		return false
	case at.Sub(t.at) < dialogGrace:
		p.tellTalk()
	case t.step == talkRefund:
		p.talk = nil
		book, actor, wish := p.app.book, p.app.actor, t.wish
		p.consented(approval{do: actRefund, what: []string{p.app.askRefund(&t.wish, &t.sale).Says}, call: func(ctx context.Context, second *ledger.Consent) error {
			wish.Second = second
			_, err := book.Refund(ctx, actor, wish)
			return err
		}}, book.NeedsSecond(actor, &t.sale, wish), func(error) {})
	case t.step == talkReturn:
		p.returnPart()
	case t.step == talkProve:
		p.provePart()
	case t.step == talkDrawerAsk:
		p.deskDo()
	default:
		p.talk, p.entries = nil, nil
		book, actor, word := p.app.book, p.app.actor, t.word
		done := p.app.words.Plain.Exception + " " + p.app.words.Exception.Done.Says
		what := []string{p.entryLine(&t.entry), p.app.askResolve(&t.entry, t.word.Returned).Says}
		p.consented(approval{do: actResolve, what: what, call: func(ctx context.Context, second *ledger.Consent) error {
			word.Second = second
			return book.Resolve(ctx, actor, word)
		}}, actor.May(ledger.RightResolve) != nil, func(err error) {
			if err == nil {
				p.say(done)
			}
		})
	}
	return true
}

// tellTalk says what the next line is for.
func (p *plain) tellTalk() {
	t, w := p.talk, p.app.words
	switch t.step {
	case talkFind:
		p.say(w.Plain.Refund, w.Plain.RefundFind.Says, p.next(w.Plain.RefundFind.Next))
	case talkPick:
		p.say(w.Plain.Refund, w.Plain.RefundPick.Says, p.next(w.Plain.RefundPick.Next))
		for i := range t.rows {
			r := &t.rows[i]
			p.say(strconv.Itoa(i+1)+":", p.app.book.Calendar().In(r.OpenedAt).Format(time.TimeOnly),
				strings.TrimSpace(p.app.put(w.Plain.Sale, "amount", r.Amount.String(), "tail", cleanCode(r.Sale.Tail(), 4))+" "+p.app.rowBack(r)))
		}
	case talkPart:
		p.tellParts()
	case talkDrop:
		p.tellDrop()
	case talkDrawer, talkDrawerAsk:
		p.tellDesk()
	case talkReturn, talkProve:
		p.tellPart()
	case talkAmount:
		if t.part != nil {
			p.tellPart()
			return
		}
		at := t.sale.Attempt(t.wish.Order)
		p.say(w.Plain.Refund, p.sale(&t.sale), sentence(p.spoken(p.app.refundFacts(at)), p.stop()), sentence(p.spoken(p.app.refundSums(at)), p.stop()), p.next(w.Plain.RefundAmount.Next))
	case talkReason:
		var whys []string
		for i, why := range w.Refund.Whys {
			whys = append(whys, strconv.Itoa(i+1)+" "+why)
		}
		p.say(w.Plain.Refund, w.Plain.RefundReason.Says, strings.Join(whys, p.comma())+p.stop(), p.next(w.Plain.RefundReason.Next))
	case talkRefund:
		p.say(w.Plain.Ask, p.app.askRefund(&t.wish, &t.sale).Says, p.next(w.Plain.NextAgree))
	case talkResolve:
		p.say(w.Plain.Ask, p.entryLine(&t.entry), w.Exception.Wrong[t.entry.Note], p.app.askResolve(&t.entry, t.word.Returned).Says, p.next(w.Plain.NextAgree))
	}
}

func (p *plain) turn(step talkStep) {
	p.talk.step, p.talk.at = step, p.app.now
	p.tellTalk()
}
