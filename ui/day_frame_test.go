package ui

import (
	"fmt"
	"time"

	"guitai/ledger"
)

// aBusyDay has sales of two cashiers on two channels, and open exceptions.
func aBusyDay(set func(d *dayScreen)) func(*App) {
	return func(a *App) {
		d := dayOfSales()
		for i := range d.rows {
			d.rows[i].Cashier = []string{"li", "wang", "a name that is too long for its column"}[i%3]
			if i%2 == 1 && d.rows[i].Channel != "" {
				d.rows[i].Channel = ledger.Alipay
				if d.rows[i].Paid != "" {
					d.rows[i].Paid = ledger.Alipay
				}
			}
		}
		list := someExceptions()
		for _, e := range []int{0, 4, 9} {
			d.open = append(d.open, list.entries[e])
		}
		a.scene.warnings, a.scene.warning = 3, warning{id: d.open[0].ID, note: d.open[0].Note, tail: "1234", amount: ledger.Fen(1250), state: ledger.Unknown, owner: ledger.RoleSupervisor}
		d.sort()
		if set != nil {
			set(d)
			d.sort()
		}
		a.push(d)
	}
}

// narrowedBy types into a day's filter.
func narrowedBy(text string) func(d *dayScreen) {
	return func(d *dayScreen) {
		for _, char := range text {
			d.only.add(nil, char)
		}
	}
}

// storyEvents is the story of a sale that went through everything: a QR nobody paid, a code, a refund, another day.
func storyEvents() []ledger.Event {
	const first = ledger.OrderNo("T1012603020000AB12CD34EK")
	const second, refund = ledger.OrderNo("T1012603020001AB12CD34EX"), ledger.RefundNo("T1012603020001AB12CD34EXR01")
	cashier := ledger.Actor{Person: "wang", Role: ledger.RoleCashier}
	consent := ledger.Actor{Person: "li", Role: ledger.RoleCashier, Approver: "chief"}
	answer := func(order ledger.OrderNo, request ledger.Request, class ledger.Class, code string, note ledger.Note) ledger.Answer {
		return ledger.Answer{Order: order, Request: request, Class: class, Verified: true, Code: code, Note: note}
	}
	paid := answer(second, ledger.RequestQuery, ledger.ClassPaid, "SUCCESS", ledger.NoteNone)
	paid.Named.ChannelNo = "4200002026030212345678901234"
	stuck := answer(second, ledger.RequestRefundQuery, ledger.ClassAbnormal, "", ledger.NoteRefundAbnormal)
	stuck.Refund = refund
	bodies := []struct {
		who  ledger.Actor
		body ledger.Body
	}{
		{cashier, &ledger.SaleOpened{Amount: ledger.Fen(1250)}},
		{cashier, &ledger.AttemptOpened{Order: first, Channel: ledger.Alipay, Way: ledger.ByQR, Amount: ledger.Fen(1250)}},
		{ledger.Till, &ledger.AttemptAsked{Order: first, Request: ledger.RequestOrder}},
		{ledger.Till, &ledger.AttemptAnswered{Answer: answer(first, ledger.RequestOrder, ledger.ClassShown, "", ledger.NoteNone), Became: ledger.Waiting}},
		{cashier, &ledger.AttemptStopped{Order: first, Why: ledger.StopSwitched, Became: ledger.Stopping}},
		{ledger.Till, &ledger.AttemptAnswered{Answer: answer(first, ledger.RequestQuery, ledger.ClassAbsent, "ACQ.TRADE_NOT_EXIST", ledger.NoteNone), Became: ledger.Withdrawn}},
		{cashier, &ledger.AttemptOpened{Order: second, Channel: ledger.WeChat, Way: ledger.ByCode, Amount: ledger.Fen(1250), Last4: "0042"}},
		{ledger.Till, &ledger.AttemptAsked{Order: second, Request: ledger.RequestPay}},
		{ledger.Till, &ledger.AttemptAnswered{Answer: answer(second, ledger.RequestPay, ledger.ClassUnknown, ledger.FaultTimeout, ledger.NoteNone), Became: ledger.Unknown}},
		{ledger.Till, &ledger.AttemptAnswered{Answer: answer(second, ledger.RequestQuery, ledger.ClassPaid, "NEW_CODE\x1b[2J", ledger.NoteOtherAmount), Became: ledger.Unknown}},
		{cashier, &ledger.SaleSetAside{}},
		{ledger.Till, &ledger.AttemptAnswered{Answer: paid, Became: ledger.Paid}},
		{consent, &ledger.RefundOpened{Refund: refund, Order: second, Amount: ledger.Fen(250), Cause: ledger.CausePerson, Why: "the cup is broken"}},
		{ledger.Till, &ledger.RefundSent{Refund: refund, Order: second}},
		{ledger.Till, &ledger.RefundAnswered{Answer: stuck, Became: ledger.RefundAbnormal}},
		{consent, &ledger.Resolved{Order: second, Refund: refund, Note: "gave 2.50 in cash", Returned: ledger.Fen(250)}},
	}
	var events []ledger.Event
	for i, b := range bodies {
		at := noon.Add(time.Duration(i-60) * time.Second)
		if i >= 12 {
			at = at.Add(26 * time.Hour)
		}
		events = append(events, ledger.Event{Seq: uint64(i + 7), Actor: b.who, At: at, Body: b.body})
	}
	return events
}

func aStory() *storyScreen {
	old, paid := attemptIn(ledger.Withdrawn), attemptIn(ledger.Paid)
	paid.Order = "T1012603020001AB12CD34EX"
	paid.Refunds = []ledger.Refund{refundOf(1, ledger.RefundAbnormal)}
	sale := saleOf(old, paid)
	sale.Actor = ledger.Actor{Person: "wang", Role: ledger.RoleCashier}
	return &storyScreen{sale: sale, events: storyEvents(), head: 99}
}

// dayPictures are the day's screen on any day, narrowed, with exceptions on top, and a sale's story.
func dayPictures() []picture {
	return []picture{
		{"a day with exceptions on top", aBusyDay(nil)},
		{"a day, one tender, cashier and state", aBusyDay(func(d *dayScreen) {
			d.only.Channel, d.only.Cashier, d.only.Standing = ledger.WeChat, "li", ledger.StandingPaid
		})},
		{"a day, a range of amounts", aBusyDay(narrowedBy("10-12.5"))},
		{"a day, none fits", aBusyDay(narrowedBy("99"))},
		{"a day, a number on a bill", aBusyDay(narrowedBy(billNo))},
		{"a day, a date is typed", aBusyDay(func(d *dayScreen) { d.dating = &dateBox{text: []byte("3-5")} })},
		{"a day, no such date", func(a *App) {
			aBusyDay(func(d *dayScreen) { d.dating = &dateBox{text: []byte("30-2")} })(a)
			a.say(note{sentence: a.words.Daybook.NoDay})
		}},
		{"a day, its first page", aBusyDay(func(d *dayScreen) { d.begun = true })},
		{"a day, its first page, none fits", aBusyDay(func(d *dayScreen) { d.begun = true; narrowedBy("99")(d) })},
		{"a day that has not begun", func(a *App) { aBusyDay(nil)(a); a.say(note{sentence: a.words.Daybook.Future}) }},
		{"another day", func(a *App) {
			aBusyDay(func(d *dayScreen) { d.day, d.want = 20260228, 20260228 })(a)
		}},
		{"another day, reading", func(a *App) { a.push(&dayScreen{dayRows: dayRows{want: 20260228}}) }},
		{"another day, empty", func(a *App) { a.push(&dayScreen{dayRows: dayRows{day: 20260228, want: 20260228}}) }},
		{"a day, foreign names", aBusyDay(func(d *dayScreen) {
			d.rows[0].Cashier, d.rows[1].Cashier, d.only.Cashier = "王小明\x1b[2J", "王小明和他的许多同事们", "王小明和他的许多同事们"
		})},
		{"a story in foreign words", func(a *App) {
			t := aStory()
			t.sale.Actor.Person, t.events[0].Actor.Person = "王小明", "王小明\u202e"
			t.events[12].Body.(*ledger.RefundOpened).Why = "杯子碎了 broken \x1b[31mcup"
			a.push(t)
		}},
		{"the story of a sale", func(a *App) { a.push(aStory()) }},
		{"the end of a story", func(a *App) { t := aStory(); t.first = list(len(t.lines(a, a.width))); a.push(t) }},
		{"a story that cannot be read", func(a *App) { t := aStory(); t.err = fmt.Errorf("event 8 \x1b[31mred"); a.push(t) }},
	}
}
