package ui

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/ledger"
)

// This file is the line mode's way to give money back. A refund is a talk of a few lines.

const (
	wordAll   = "all"
	wordHand  = "hand"
	wordLast  = "last"
	pickMost  = 9
	dateBytes = len(time.DateOnly)
)

// letterOf is the letter of an action, as line mode has it.
func (p *plain) letterOf(do action) string {
	for i := range p.app.keys {
		if b := &p.app.keys[i]; b.do == do && b.at&atSale != 0 {
			return b.letter()
		}
	}
	return ""
}

// asksFor reports whether a line is a letter and more, though it has as many digits as a code: the number on a bill, or words.
func (p *plain) asksFor(line *typed) bool {
	for _, do := range []action{actRefund, actExceptions, actShift, actDay, actCash} {
		if letter := p.letterOf(do); len(letter) == 1 && len(line.text) > 1 && low(line.text[0]) == letter[0] && line.text[1] == ' ' {
			return true
		}
	}
	return false
}

// spoken joins the parts of a row as a sentence. Signs that stand before a word on the screen say nothing to an ear.
func (p *plain) spoken(text string) string {
	return strings.Join(strings.Fields(p.unsigned(text)), " ")
}

// unsigned takes colours and drawn signs away, and ends a row's blanks.
func (p *plain) unsigned(text string) string {
	text = strings.TrimSpace(drawnSigns.Replace(ansi.Strip(text)))
	return strings.ReplaceAll(strings.TrimPrefix(text, "- "), " · ", p.comma())
}

var drawnSigns = strings.NewReplacer("✔ ", "", "✖ ", "", "↩ ", "", "… ", "", "! ", "", "? ", "", "▶ ", "", "→ ", "", "■ ", "", "◆ ", "", "● ", "", "○ ", "")

// refund begins a talk, with what stood behind the letter.
func (p *plain) refund(rest string) {
	p.talk = &talk{}
	if rest == "" {
		p.tellTalk()
		return
	}
	p.find(strings.ToUpper(rest))
}

// find looks for the sale: today's by tail, amount or time, those of another day behind its date, any by a long number.
func (p *plain) find(text string) {
	a, t := p.app, p.talk
	if _, code := a.payCode([]byte(text)); code {
		p.tellNote(note{sentence: a.words.Refund.Stray})
		return
	}
	var day ledger.Day
	if d, err := ledger.ParseDay(text[:min(len(text), dateBytes)]); err == nil {
		day, text = d, strings.TrimSpace(text[dateBytes:])
	}
	var sale ledger.Sale
	var order ledger.OrderNo
	var rows []ledger.Row
	p.intendThen(actRefund, func(ctx context.Context) (_ []string, err error) {
		if len(text) >= findLong && !strings.ContainsAny(text, ".:") {
			sale, order, err = saleOfNumber(ctx, a.book, text)
			return nil, err
		}
		read := readDay(ctx, a.book, day, headOf(a.book), 0)
		day = read.day
		for i := len(read.rows) - 1; i >= 0 && len(rows) < pickMost; i-- {
			r := read.rows[i]
			if last := strings.EqualFold(text, wordLast); (r.Paid != "" || r.Tender != 0) && (last || fits(&r, text, a.book.Calendar())) {
				rows = append(rows, r)
				if last {
					break
				}
			}
		}
		if len(rows) != 1 {
			return nil, found(len(rows) > 0, read.err)
		}
		sale, err = p.rowSale(ctx, day, rows[0].Sale)
		return nil, err
	}, func(err error) {
		switch {
		case p.talk != t:
		case err != nil: // it is said; the next line can try again, or end this
			ask := a.words.Plain.RefundFind
			p.say(ask.Says, p.next(ask.Next))
		case sale.ID != "":
			p.refundOf(sale, order)
		default:
			t.day, t.rows = day, rows
			p.turn(talkPick)
		}
	})
}

func (p *plain) rowSale(ctx context.Context, day ledger.Day, id ledger.SaleID) (ledger.Sale, error) {
	sale, ok, err := saleOfRow(ctx, p.app.book, day, id)
	return sale, found(ok, err)
}

// choose takes the number before one of several sales.
func (p *plain) choose(word string) {
	t := p.talk
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > len(t.rows) {
		p.tellTalk()
		return
	}
	var sale ledger.Sale
	p.intendThen(actRefund, func(ctx context.Context) (_ []string, err error) {
		sale, err = p.rowSale(ctx, t.day, t.rows[n-1].Sale)
		return nil, err
	}, func(err error) {
		if err == nil && p.talk == t {
			p.refundOf(sale, "")
		}
	})
}

// refundOf goes on with the sale that was found.
func (p *plain) refundOf(sale ledger.Sale, order ledger.OrderNo) {
	at := sale.Attempt(order)
	if len(sale.Tenders) > 0 && (at == nil || at.State == ledger.Paid) {
		p.partsOf(sale)
		return
	}
	if at == nil {
		at = sale.Shown()
	}
	if at == nil {
		p.endTalk()
		p.tellNote(p.app.noteFor(ledger.ReasonNotPaid, ""))
		return
	}
	if err := mayMore(at, p.app.now); err != nil {
		p.endTalk()
		p.say(p.app.words.Plain.Refund, p.sale(&sale), sentence(p.spoken(p.app.refundFacts(at)), p.stop()), sentence(p.spoken(p.app.refundSums(at)), p.stop()))
		p.refuse(err)
		return
	}
	p.talk.sale, p.talk.wish = sale, ledger.RefundWish{Order: at.Order, Seen: len(at.Refunds)}
	p.turn(talkAmount)
}

// left is what of the chosen part may still go back.
func (t *talk) left() ledger.Money {
	if t.part != nil {
		return ledger.Money{Fen: t.part.Left(), Currency: t.part.Amount.Currency}
	}
	at := t.sale.Attempt(t.wish.Order)
	return ledger.Money{Fen: at.Left(), Currency: at.Amount.Currency}
}

func (p *plain) refundAmount(word string) {
	left := p.talk.left()
	amount := left
	if word != wordAll {
		var keyed ledger.Keyed
		var err error
		for _, char := range strings.ReplaceAll(word, " ", "") {
			if keyed, err = keyed.Key(char); err != nil {
				break
			}
		}
		if err == nil {
			amount, err = keyed.Money()
		}
		if err != nil || amount.Fen > left.Fen {
			p.tellNote(p.app.noteFor(ledger.ReasonRefundAmount, ""))
			return
		}
	}
	p.talk.wish.Amount = amount
	p.turn(talkReason)
}

func (p *plain) refundReason(text string) {
	whys := p.app.words.Refund.Whys
	switch n, err := strconv.Atoi(text); {
	case err == nil && n >= 1 && n <= len(whys):
		text = whys[n-1]
	case p.app.namesCode(text):
		p.tellNote(note{sentence: p.app.words.Refund.CodeTyped})
		return
	}
	p.talk.wish.Why = text
	if p.talk.part != nil {
		p.turn(talkReturn)
		return
	}
	p.turn(talkRefund)
}

// refundTold is what was said of a refund that is under way.
type refundTold struct {
	order  ledger.OrderNo
	state  ledger.RefundState
	sale   ledger.SaleID
	amount ledger.Money
}

// refunds gives those of the working set, which has all that are under way.
func (p *plain) refunds() map[ledger.RefundNo]refundTold {
	all := map[ledger.RefundNo]refundTold{}
	p.app.book.Read(func(s *ledger.State) {
		for _, sale := range s.Open() {
			for i := range sale.Attempts {
				for _, r := range sale.Attempts[i].Refunds {
					all[r.Number] = refundTold{sale.Attempts[i].Order, r.State, sale.ID, r.Amount}
				}
			}
		}
	})
	return all
}

// tellRefunds says how refunds have moved. One that has left the working set has ended: the ledger knows how.
func (p *plain) tellRefunds(was map[ledger.RefundNo]refundTold) {
	for number, now := range p.told.refunds {
		if before, known := was[number]; !known && now.state == ledger.RefundOwed || known && before.state != now.state {
			p.say(p.refundLine(&now))
		}
	}
	ctx, book := p.app.feed.ctx, p.app.book
	for number, before := range was {
		if _, still := p.told.refunds[number]; still || before.state.Final() {
			continue
		}
		go func() {
			sale, ok, err := saleOfOrder(ctx, book, before.order)
			if err != nil || !ok || sale.Attempt(before.order) == nil || sale.Attempt(before.order).Refund(number) == nil {
				return
			}
			if now := sale.Attempt(before.order).Refund(number).State; now != before.state {
				before.state = now
				select {
				case p.news <- p.refundLine(&before):
				case <-ctx.Done():
				}
			}
		}()
	}
}

// refundLine says how a refund stands.
func (p *plain) refundLine(r *refundTold) string {
	words := p.app.words.Refund.States[r.state]
	return strings.Join([]string{p.app.words.Plain.Refund, p.app.put(p.app.words.Plain.Sale, "amount", r.amount.String(), "tail", cleanCode(r.sale.Tail(), 4)),
		sentence(words.Word, p.stop()), words.Says, sentence(words.Next, p.stop())}, " ")
}

// mayMore tells whether more of an order can go back, as far as the screen can know.
func mayMore(at *ledger.Attempt, now time.Time) error {
	return at.MayRefund(ledger.Fen(1), ledger.Account{}, now)
}
