package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"guitai/assets"
	"guitai/ledger"
)

// teller turns a sale's events into sentences. It remembers which attempt and which refund is which.
type teller struct {
	a       *App
	sale    *ledger.Sale
	orders  []ledger.OrderNo
	refunds []ledger.RefundNo
	states  map[ledger.OrderNo]ledger.AttemptState
	backs   map[ledger.RefundNo]ledger.RefundState
}

func newTeller(a *App, sale *ledger.Sale) *teller {
	return &teller{a: a, sale: sale, states: map[ledger.OrderNo]ledger.AttemptState{}, backs: map[ledger.RefundNo]ledger.RefundState{}}
}

// nth counts what is new and gives the place of what is known, from 1.
func nth[T comparable](list *[]T, what T) int {
	at := slices.Index(*list, what)
	if at < 0 {
		*list, at = append(*list, what), len(*list)
	}
	return at + 1
}

// tell says in a sentence what an event has written down, and who agreed to it.
func (t *teller) tell(e *ledger.Event) string {
	text := t.what(e.Body)
	if e.Actor.Approver != "" {
		text += " (" + t.a.put(t.a.words.Story.Approved, "person", clean(e.Actor.Approver, 16)) + ")"
	}
	return text
}

// what is the sentence of an event. A kind that is not known here is named, because nothing may be left out.
func (t *teller) what(body ledger.Body) string {
	a, w := t.a, &t.a.words.Story
	switch b := body.(type) {
	case *ledger.SaleOpened:
		keyed := w.Keyed
		if b.Quiet {
			keyed = w.Quiet
		}
		return a.put(keyed, "amount", b.Amount.String())
	case *ledger.SaleDropped:
		return a.put(w.Dropped, "text", t.dropWhy(b.Why))
	case *ledger.SaleSetAside:
		return w.Aside
	case *ledger.SaleRecalled:
		t.know(&b.Sale)
		return w.Recalled
	case *ledger.CodeRefused:
		return a.put(w.CodeRefused, "text", a.words.Reasons[b.Why].Says)
	case *ledger.AttemptOpened:
		return t.opened(b)
	case *ledger.AttemptAsked:
		return t.nth(b.Order) + a.put(w.Sent, "text", w.Requests[b.Request]) + t.became(b.Order, ledger.Asking, b.Request != ledger.RequestClose)
	case *ledger.AttemptAnswered:
		return t.nth(b.Order) + t.answer(&b.Answer) + t.became(b.Order, b.Became, true)
	case *ledger.AttemptStopped:
		return t.nth(b.Order) + a.words.StopWhys[b.Why] + t.became(b.Order, b.Became, true)
	case *ledger.RefundOpened:
		return t.wanted(b)
	case *ledger.RefundSent:
		return t.nthRefund(b.Refund) + w.RefundSent + t.back(b.Refund, ledger.RefundAsked)
	case *ledger.RefundAnswered:
		return t.nthRefund(b.Refund) + t.answer(&b.Answer) + t.back(b.Refund, b.Became)
	case *ledger.Resolved:
		if b.Returned.Fen > 0 {
			return a.put(w.ByHand, "amount", b.Returned.String(), "text", clean(b.Note, noteMax))
		}
		return a.put(w.Resolved, "text", clean(b.Note, noteMax))
	}
	if text := t.tender(body); text != "" {
		return text
	}
	if text := t.statement(body); text != "" {
		return text
	}
	return a.put(w.Other, "text", strings.TrimPrefix(fmt.Sprintf("%T", body), "*ledger."))
}

// tender is the sentence of an event about money without a channel, or about a sale that waits; empty for any other.
func (t *teller) tender(body ledger.Body) string {
	a, w := t.a, &t.a.words.Story
	switch b := body.(type) {
	case *ledger.TenderTaken:
		return t.took(b)
	case *ledger.TenderProven:
		amount := ""
		if at := t.sale.Tender(b.Tender); at != nil {
			amount = at.Amount.String()
		}
		return strings.Join(present(a.put(w.Proven, "amount", amount), cleanCode(b.Number, numberMax)), w.Join)
	case *ledger.TenderReturned:
		return a.put(w.GaveBack, "kind", a.words.Tender.Kinds[b.By], "amount", b.Amount.String(), "text", clean(b.Why, whyMax))
	case *ledger.SaleNoted:
		said := ""
		if b.Wrong {
			said = w.Wrong
		}
		if b.Note == "" {
			return said
		}
		return strings.Join(present(said, a.put(w.Noted, "text", clean(b.Note, noteMax))), w.Join)
	case *ledger.SaleHeld:
		return w.Held
	case *ledger.SaleResumed:
		return w.Back
	case *ledger.DrawerOpened:
		return strings.Join(present(w.Drawer, clean(b.Why, whyMax)), w.Join)
	case *ledger.Reprinted:
		return a.put(w.Copy, "n", strconv.FormatUint(uint64(b.Copy), 10))
	}
	return ""
}

// took says what came, and what of it went back at once.
func (t *teller) took(b *ledger.TenderTaken) string {
	a, w := t.a, &t.a.words.Story
	parts := []string{a.put(w.Took, "kind", a.words.Tender.Kinds[b.By], "amount", b.Amount.String())}
	if b.Change.Fen > 0 {
		parts = append(parts, a.put(w.Change, "given", b.Given.String(), "change", b.Change.String()))
	}
	if b.Number != "" {
		parts = append(parts, clean(b.Number, numberMax))
	}
	if b.Instead != "" {
		parts = append(parts, w.Instead)
	}
	return strings.Join(parts, w.Join)
}

// know takes up a sale whose beginning has other events.
func (t *teller) know(sale *ledger.Sale) {
	for i := range sale.Attempts {
		at := &sale.Attempts[i]
		nth(&t.orders, at.Order)
		t.states[at.Order] = at.State
		for j := range at.Refunds {
			nth(&t.refunds, at.Refunds[j].Number)
			t.backs[at.Refunds[j].Number] = at.Refunds[j].State
		}
	}
}

func (t *teller) opened(b *ledger.AttemptOpened) string {
	a, w := t.a, &t.a.words.Story
	way := a.put(w.ByCode, "last4", cleanCode(b.Last4, 4))
	if b.Way == ledger.ByQR {
		way = w.ByQR
	}
	t.states[b.Order] = ledger.Intent
	return t.nth(b.Order) + a.put(w.Attempt, "channel", a.words.Channels[b.Channel], "text", way, "amount", b.Amount.String(), "order", cleanCode(string(b.Order), 32))
}

func (t *teller) wanted(b *ledger.RefundOpened) string {
	a := t.a
	why := clean(b.Why, whyMax)
	if b.Cause != ledger.CausePerson || why == "" {
		why = a.words.Refund.Causes[b.Cause]
	}
	t.backs[b.Refund] = ledger.RefundOwed
	return t.nthRefund(b.Refund) + a.put(a.words.Story.Refund, "amount", b.Amount.String(), "text", why)
}

// answer is what came of a request: its meaning, the channel's own code in words, its number, and what was noticed about it.
func (t *teller) answer(ans *ledger.Answer) string {
	a, w := t.a, &t.a.words.Story
	if ans.Request == ledger.RequestStatement {
		return a.words.Statement.Doubts
	}
	parts := []string{a.put(w.Answer, "text", w.Requests[ans.Request], "note", w.Classes[ans.Class])}
	if says := t.code(ans); says != "" {
		parts = append(parts, says)
	}
	if ans.Named.ChannelNo != "" {
		parts = append(parts, a.put(a.words.ChannelNo, "number", cleanCode(ans.Named.ChannelNo, 40)))
	}
	if note := a.words.Notes[ans.Note]; note != "" {
		parts = append(parts, "! "+note)
	}
	return strings.Join(parts, w.Join)
}

// code is the channel's own code in words, where it adds to what the answer amounts to: why something did not come about.
func (t *teller) code(ans *ledger.Answer) string {
	switch ans.Class {
	case ledger.ClassPaid, ledger.ClassShown, ledger.ClassWaiting, ledger.ClassOpen, ledger.ClassAbsent, ledger.ClassAccepted, ledger.ClassReturned:
		return ""
	}
	if says, ok := assets.CodeSays(t.a.lang, ans.Code); ok {
		return says
	}
	return cleanCode(ans.Code, 40)
}

// became says what an attempt is now, where that is something else than before.
func (t *teller) became(order ledger.OrderNo, state ledger.AttemptState, moves bool) string {
	if !moves || t.states[order] == state {
		return ""
	}
	t.states[order] = state
	return " " + t.a.put(t.a.words.Story.Became, "state", t.a.words.States[state].Short)
}

func (t *teller) back(refund ledger.RefundNo, state ledger.RefundState) string {
	if t.backs[refund] == state {
		return ""
	}
	t.backs[refund] = state
	return " " + t.a.put(t.a.words.Story.Became, "state", t.a.words.Refund.States[state].Short)
}

// nth names an attempt where the sale has several.
func (t *teller) nth(order ledger.OrderNo) string {
	n := nth(&t.orders, order)
	if len(t.sale.Attempts) < 2 {
		return ""
	}
	return t.a.put(t.a.words.Story.Nth, "n", strconv.Itoa(n))
}

func (t *teller) nthRefund(refund ledger.RefundNo) string {
	return t.a.put(t.a.words.Story.NthRefund, "n", strconv.Itoa(nth(&t.refunds, refund)))
}
