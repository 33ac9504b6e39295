package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// This file has the pictures of refunds and exceptions.

// refundOf is a refund in a state, of 2.50 unless changed.
func refundOf(nth int, state ledger.RefundState) ledger.Refund {
	r := ledger.Refund{
		Number: ledger.RefundNo(fmt.Sprintf("%sR%02d", testOrder, nth)), Amount: ledger.Fen(250), Cause: ledger.CausePerson, Why: "brought back",
		State: state, OpenedAt: noon.Add(-9 * time.Minute), SinceAt: noon.Add(-7 * time.Minute),
	}
	switch state {
	case ledger.RefundOwed, ledger.RefundHeld:
		r.Task = ledger.TaskRefund
	case ledger.RefundAsked, ledger.RefundPending, ledger.RefundAbnormal:
		r.Task = ledger.TaskRefundQuery
	}
	return r
}

// refundedSale is a sale of 12.50 with refunds.
func refundedSale(state ledger.AttemptState, refunds ...ledger.Refund) ledger.Sale {
	at := attemptIn(state)
	at.ChannelNo, at.PaidAt, at.Refunds = "4200002026030212345678901234", noon.Add(-10*time.Minute), refunds
	return saleOf(at)
}

// aRefund is the form at a step.
func aRefund(step refundStep, refunds ...ledger.Refund) *refundScreen {
	f := newRefundScreen(refundedSale(ledger.Paid, refunds...), testOrder, 99, noon)
	f.step = step
	return f
}

func anEntry(a *App, step entryTurn) *entryScreen {
	l := someExceptions()
	return &entryScreen{list: l, entry: l.entries[0], step: step}
}

// someExceptions is a list with one entry of every note that can be on it, newest first.
func someExceptions() *exceptionsScreen {
	l := &exceptionsScreen{read: true, head: 99}
	stuck := refundOf(1, ledger.RefundAbnormal)
	for note := ledger.NoteReturnedAfterAll; note >= ledger.NoteUnverified; note-- {
		if assets.For(assets.En).Exception.Wrong[note] == "" {
			continue
		}
		id := uint64(note)
		e := entry{Exception: ledger.Exception{ID: id, Sale: "26030200071234", Order: testOrder, Note: note, At: noon.Add(-time.Duration(21-id) * time.Hour), Named: ledger.Fen(1250)}}
		switch {
		case note >= ledger.NoteRefundAbnormal:
			e.Refund, e.Named, e.sale = stuck.Number, stuck.Amount, refundedSale(ledger.Paid, stuck)
		case note == ledger.NoteLateMoney:
			e.sale = refundedSale(ledger.Orphan)
		case note == ledger.NoteSecondPayment:
			e.sale = refundedSale(ledger.Orphan)
			e.sale.Attempts[0].Task = ledger.TaskQuery
		default:
			e.sale = saleOf(attemptIn(ledger.Unknown))
		}
		l.entries = append(l.entries, e)
	}
	return l
}

// dayWithRefunds has sales that were refunded in every way, and a refund of a sale of the day before.
func dayWithRefunds() *dayScreen {
	d := &dayScreen{dayRows: dayRows{day: 20260302, head: 99}}
	for i, refunds := range [][]ledger.Refund{
		nil, {refundOf(1, ledger.RefundReturned)}, {refundOf(1, ledger.RefundPending)}, {refundOf(1, ledger.RefundAbnormal)},
		{refundOf(1, ledger.RefundReturned), refundOf(2, ledger.RefundAsked)},
	} {
		s := refundedSale(ledger.Paid, refunds...)
		s.ID = ledger.SaleID(fmt.Sprintf("260302%05d%04d", i+1, 1111*(i+1)))
		s.OpenedAt = noon.Add(time.Duration(i-60) * time.Minute)
		for j := range s.Attempts[0].Refunds {
			if r := &s.Attempts[0].Refunds[j]; r.State.Final() {
				r.Day = 20260302
			}
		}
		d.rows = append(d.rows, ledger.RowOf(&s))
		d.refunds = append(d.refunds, ledger.RefundRows(&s, 20260302)...)
	}
	d.refunds = append(d.refunds, ledger.RefundRow{
		Number: "T1012603010000AB12CD34EKR01", Sale: "26030100429876", Channel: ledger.Alipay, Amount: ledger.Fen(3000),
		State: ledger.RefundReturned, Cause: ledger.CausePerson, At: noon.Add(-58*time.Minute - 30*time.Second),
	}, ledger.RefundRow{
		Number: "T1012603010000AB12CD34EKR02", Sale: "26030100435432", Channel: ledger.WeChat, Amount: ledger.Fen(100),
		State: ledger.RefundReturned, Cause: ledger.CauseLate, Late: true, At: noon.Add(-10 * time.Minute),
	})
	d.sort()
	return d
}

func finding(text string, say func(a *App, f *findScreen)) func(*App) {
	return func(a *App) {
		d := dayWithRefunds()
		f := &findScreen{dayRows: d.dayRows, text: make([]byte, 0, findMax)}
		a.push(f)
		for _, char := range text {
			f.typed(a, char)
		}
		f.narrow(a)
		if say != nil {
			say(a, f)
		}
	}
}

func refunding(step refundStep, set func(f *refundScreen), refunds ...ledger.Refund) func(*App) {
	return func(a *App) {
		f := aRefund(step, refunds...)
		if set != nil {
			set(f)
		}
		a.push(f)
	}
}

func resolving(set func(a *App, x *entryScreen)) func(*App) {
	return func(a *App) {
		x := anEntry(a, entryLook)
		a.push(x)
		if set != nil {
			set(a, x)
		}
	}
}

func ofNote(note ledger.Note) func(a *App, x *entryScreen) {
	return func(_ *App, x *entryScreen) { x.entry = *x.list.find(uint64(note)) }
}

func soldAndRefunded(state ledger.AttemptState, refunds ...ledger.Refund) func(*App) {
	return func(a *App) { a.scene.hasSale, a.scene.sale = true, refundedSale(state, refunds...) }
}

func whole(state ledger.RefundState) ledger.Refund {
	r := refundOf(1, state)
	r.Amount, r.Cause, r.Why = ledger.Fen(1250), ledger.CauseLate, ""
	return r
}

// refundPictures are what is new with refunds.
func refundPictures() []picture {
	pics := []picture{
		{"finding, reading", func(a *App) { a.push(&findScreen{}) }},
		{"finding", finding("", nil)},
		{"finding an amount", finding("12.5", nil)},
		{"finding, none fits", finding("99", nil)},
		{"finding a number on a bill", finding("4200002026030212345678901234", nil)},
		{"finding, a payment code half typed", finding(wechatPay[:16], nil)},
		{"finding, a payment code was typed", finding(wechatPay, func(a *App, f *findScreen) { f.act(a, actEnter) })},
		{"finding, not found", finding("4200002026030212345678901299", func(a *App, _ *findScreen) { a.say(a.noteOf(errNotFound)) })},
		{"finding on an empty day", func(a *App) { a.push(&findScreen{dayRows: dayRows{day: 20260301, want: 20260301}}) }},
		{"refund, the amount", refunding(stepAmount, nil)},
		{"refund, the amount of a second one", refunding(stepAmount, func(f *refundScreen) { f.keyed = keyedAmount("3.5") }, refundOf(1, ledger.RefundReturned), refundOf(2, ledger.RefundPending))},
		{"refund, the reason", refunding(stepReason, nil)},
		{"refund, own foreign words", refunding(stepReason, func(f *refundScreen) { f.own, f.why = true, "杯子碎了 broken \x1b[31mcup" }, refundOf(1, ledger.RefundFailed))},
		{"refund, asking", refunding(stepAsk, func(f *refundScreen) {
			f.keyed, f.why = keyedAmount("3.5"), "brought back"
			f.wish = ledger.RefundWish{Order: testOrder, Amount: ledger.Fen(350), Why: f.why}
		})},
		{"refund, refused", func(a *App) { refunding(stepAmount, nil)(a); a.say(a.noteOf(ledger.Refuse(ledger.ReasonRefundSeen))) }},
		{"refund of what was never paid", func(a *App) {
			a.push(newRefundScreen(refundedSale(ledger.ClosedOff), testOrder, 99, noon))
		}},
		{"sale, going back", doingFor("R01", ledger.Doing{Request: ledger.RequestRefundQuery, Next: noon.Add(4 * time.Second)}, soldAndRefunded(ledger.Paid, refundOf(1, ledger.RefundPending)))},
		{"sale, a part is back", soldAndRefunded(ledger.Paid, refundOf(1, ledger.RefundReturned))},
		{"sale, all is back", soldAndRefunded(ledger.Paid, whole(ledger.RefundReturned))},
		{"sale, a refund is stuck", soldAndRefunded(ledger.Paid, refundOf(1, ledger.RefundAbnormal))},
		{"sale, late money going back", doingFor("R01", ledger.Doing{Request: ledger.RequestRefund}, soldAndRefunded(ledger.Orphan, whole(ledger.RefundOwed)))},
		{"sale, late money is back", soldAndRefunded(ledger.Orphan, whole(ledger.RefundReturned))},
		{"a stuck refund among the warnings", func(a *App) {
			a.scene.warnings, a.scene.warning = 3, warning{note: ledger.NoteRefundAbnormal, tail: "9876", amount: ledger.Fen(250), state: ledger.Paid,
				refund: ledger.RefundAbnormal, owner: ledger.RoleSupervisor}
		}},
		{"exceptions, reading", func(a *App) { a.push(&exceptionsScreen{}) }},
		{"exceptions, none", func(a *App) { a.push(&exceptionsScreen{read: true}) }},
		{"exceptions", func(a *App) { a.push(someExceptions()) }},
		{"exceptions, further down", func(a *App) { l := someExceptions(); l.pick.at = 8; a.push(l) }},
		{"exception, a stuck refund", resolving(ofNote(ledger.NoteRefundAbnormal))},
		{"exception, late money above the limit", resolving(ofNote(ledger.NoteLateMoney))},
		{"exception, going back by itself", resolving(ofNote(ledger.NoteSecondPayment))},
		{"exception, the foreign note", resolving(func(a *App, x *entryScreen) {
			ofNote(ledger.NoteRefundAbnormal)(a, x)
			x.step, x.note, x.hand = entryNote, "gave 2.50 in cash, 李", true
		})},
		{"exception, asking", resolving(func(a *App, x *entryScreen) {
			ofNote(ledger.NoteRefundAbnormal)(a, x)
			x.step, x.note, x.hand = entryAsk, "gave 2.50 in cash", true
		})},
		{"exception, not allowed", resolving(func(a *App, x *entryScreen) {
			x.step, x.note = entryNote, "seen"
			a.say(a.noteOf(ledger.Refuse(ledger.ReasonNotAllowed)))
		})},
		{"exception, resolved", resolving(func(a *App, x *entryScreen) {
			x.step, x.list.entries = entryGone, nil
			a.say(note{sentence: a.words.Exception.Done})
		})},
		{"today, with refunds", func(a *App) { a.push(dayWithRefunds()) }},
	}
	for state := ledger.RefundOwed; state.String() != "?"; state++ {
		pics = append(pics, picture{"refund, " + state.String(),
			doingFor("R02", ledger.Doing{Request: ledger.RequestRefundQuery, Tries: 2, Next: noon.Add(9 * time.Second)},
				refunding(stepWatch, nil, refundOf(1, ledger.RefundReturned), refundOf(2, state)))})
	}
	return pics
}

// doingFor puts what the worker does for a refund of the order on the board.
func doingFor(suffix string, d ledger.Doing, set func(*App)) func(*App) {
	return func(a *App) {
		set(a)
		a.scene.board.Doing[string(testOrder)+suffix] = d
	}
}

// TestRefundStatesDiffer: each state of a refund has its own word, sign and shape, and what has arrived has a place that
// nothing on its way has.
func TestRefundStatesDiffer(t *testing.T) {
	for _, lang := range assets.Langs {
		words := assets.For(lang).Refund.States
		for s := ledger.RefundOwed; s.String() != "?"; s++ {
			for o := s + 1; o.String() != "?"; o++ {
				one, two := refundFaces[s], refundFaces[o]
				if words[s].Word == words[o].Word || words[s].Short == words[o].Short {
					t.Errorf("%s: %s and %s share a word", lang, s, o)
				}
				if one.sign == two.sign || one.edge == two.edge {
					t.Errorf("%s and %s share sign or edge", s, o)
				}
			}
			if back := s == ledger.RefundReturned; (refundFaces[s].spot == onTop) != back {
				t.Errorf("%s stands where money that is back does", s)
			}
		}
	}
}

// TestQuestionsOfMoneyAreWhole: which amount, which sale and which channel are read before Enter, at every width.
func TestQuestionsOfMoneyAreWhole(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, size := range sizes {
			a := drawnApp(t, lang, true, size[0], size[1])
			a.scene = baseScene()
			for _, pic := range refundPictures() {
				if pic.name != "refund, asking" && pic.name != "exception, asking" {
					continue
				}
				pic.set(a)
				question, _ := a.urgent()
				frame := squeeze(ansi.Strip(a.frame()))
				for _, text := range []string{question.Says, a.fill(question.Next)} {
					if text == "" || !strings.Contains(frame, squeeze(text)) {
						t.Errorf("%s %v: %q is cut", lang, size, text)
					}
				}
				a.pop()
			}
		}
	}
}

// TestExceptionsSayWhatToDo: for every note, what has happened and what comes next are seen whole on the entry's own screen.
func TestExceptionsSayWhatToDo(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, size := range sizes {
			a := drawnApp(t, lang, true, size[0], size[1])
			a.scene = baseScene()
			list := someExceptions()
			for i := range list.entries {
				e := &list.entries[i]
				a.push(&entryScreen{list: list, entry: *e})
				frame := squeeze(ansi.Strip(a.frame()))
				for _, text := range []string{a.words.Exception.Wrong[e.Note], a.entryStep(e), a.words.Exception.Owners[e.Owner()], "1234", e.amount().String()} {
					if text == "" || !strings.Contains(frame, squeeze(text)) {
						t.Errorf("%s %v, note %d: %q is cut:\n%s", lang, size, e.Note, text, ansi.Strip(a.frame()))
					}
				}
				a.pop()
			}
		}
	}
}
