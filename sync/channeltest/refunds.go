package channeltest

import (
	"fmt"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/sandbox"
)

// refundStories are told in a bubble like the others: refunds take seconds, and lie a minute apart.
var refundStories = []story{
	{"refund in full", storyRefundFull},
	{"refund in parts", storyRefundParts},
	{"refund of more than is left", storyRefundTooMuch},
	{"refund that is repeated", storyRefundRepeated},
	{"refund number with another amount", storyRefundDiscord},
	{"refund of an order that is not there", storyRefundNoOrder},
	{"refund of an order that is not paid", storyRefundUnpaid},
	{"61 the shop's balance is too low", storyRefundHeld},
	{"62 63 69 the refund's answer proves nothing", storyRefundUnproven},
	{"64 the customer's account takes nothing", storyRefundAbnormal},
	{"65 the refund fails", storyRefundFails},
	{"66 the refund is slow", storyRefundSlow},
	{"67 the refund is refused for good", storyRefundDenied},
	{"68 the channel names another amount", storyRefundLess},
	{"refund answers that are spoiled", storyRefundSpoiled},
	{"what a refund says about its order", storyRefundTold},
	{"refund after a year", storyRefundLate},
	{"51 refunds", storyRefundMany},
}

// paid gives an order that is paid.
func (b *bench) paid(fen int64) channel.Order {
	b.t.Helper()
	o := b.order(ledger.ByCode, fen)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassPaid)
	return o
}

func refundOf(o channel.Order, nth int, fen int64) channel.Refund {
	return channel.Refund{Number: ledger.RefundNo(fmt.Sprintf("%sR%02d", o.Number, nth)), Amount: ledger.Fen(fen), Why: "退货"}
}

// refund sends a refund and checks what comes back.
func (b *bench) refund(o channel.Order, r channel.Refund, classes ...ledger.Class) ledger.Answer {
	b.t.Helper()
	a := b.conn.Refund(b.ctx(), o, r)
	return b.ofRefund(a, o, r, ledger.RequestRefund, classes)
}

// asked asks how a refund stands.
func (b *bench) asked(o channel.Order, r channel.Refund, classes ...ledger.Class) ledger.Answer {
	b.t.Helper()
	a := b.conn.QueryRefund(b.ctx(), o, r)
	b.ofRefund(a, o, r, ledger.RequestRefundQuery, classes)
	if a.Class == ledger.ClassReturned {
		b.namesRefund(a, o, r)
	}
	return a
}

// ofRefund checks the parts that every answer about a refund must have.
func (b *bench) ofRefund(a ledger.Answer, o channel.Order, r channel.Refund, request ledger.Request, classes []ledger.Class) ledger.Answer {
	b.t.Helper()
	b.oneOf(a, classes...)
	b.is(a, o, request, a.Class)
	if a.Refund != r.Number {
		b.t.Errorf("the answer is about refund %q, asked was %s", a.Refund, r.Number)
	}
	return a
}

// namesRefund checks what the ledger compares.
func (b *bench) namesRefund(a ledger.Answer, o channel.Order, r channel.Refund) {
	b.t.Helper()
	account := b.conn.Account()
	want := ledger.Named{Order: o.Number, Refund: r.Number, Amount: r.Amount, Merchant: account.Merchant, App: account.App,
		ChannelNo: a.Named.ChannelNo, PaidAt: a.Named.PaidAt}
	if a.Named != want || a.Named.ChannelNo == "" || a.Named.PaidAt.After(time.Now()) || a.Named.PaidAt.IsZero() {
		b.t.Errorf("named %+v, want %+v", a.Named, want)
	}
}

// back checks how much the channel has given back.
func (b *bench) back(o channel.Order, fen int64) {
	b.t.Helper()
	if held := b.held(o); held.Refunded != fen {
		b.t.Errorf("the channel has given back %d fen of %s, want %d", held.Refunded, o.Number, fen)
	}
}

// soon waits until a plain refund is done.
func (b *bench) soon() { time.Sleep(b.conn.Schedule(ledger.ByCode).RefundFirst) }

func storyRefundFull(b *bench) {
	o := b.paid(1250)
	r := refundOf(o, 1, 1250)
	b.asked(o, r, ledger.ClassAbsent)
	a := b.refund(o, r, ledger.ClassAccepted)
	if a.Returned != b.alipay() {
		b.t.Errorf("this request moved money: %v", a.Returned)
	}
	if !b.alipay() {
		b.asked(o, r, ledger.ClassAccepted)
	}
	b.soon()
	b.asked(o, r, ledger.ClassReturned)
	b.back(o, 1250)
}

func storyRefundParts(b *bench) {
	o, apart := b.paid(1000), b.conn.Schedule(ledger.ByCode).RefundApart
	for nth, fen := range []int64{300, 600, 100} {
		r := refundOf(o, nth+1, fen)
		if !b.alipay() && nth > 0 { // too soon is no refusal for good
			b.refund(o, r, ledger.ClassUnknown)
			b.asked(o, r, ledger.ClassAbsent)
		}
		time.Sleep(apart)
		b.refund(o, r, ledger.ClassAccepted)
		b.soon()
		b.asked(o, r, ledger.ClassReturned)
	}
	b.back(o, 1000)
}

func storyRefundTooMuch(b *bench) {
	o, apart := b.paid(1000), b.conn.Schedule(ledger.ByCode).RefundApart
	b.refund(o, refundOf(o, 1, 1001), ledger.ClassDenied, ledger.ClassUnknown)
	b.refund(o, refundOf(o, 2, 700), ledger.ClassAccepted) // under way counts, too
	time.Sleep(apart)
	for nth, fen := range []int64{301, 1000} {
		r := refundOf(o, 3+nth, fen)
		b.refund(o, r, ledger.ClassDenied, ledger.ClassUnknown)
		b.asked(o, r, ledger.ClassAbsent)
	}
	b.refund(o, refundOf(o, 5, 300), ledger.ClassAccepted)
	time.Sleep(apart)
	b.back(o, 1000)
	b.refund(o, refundOf(o, 6, 1), ledger.ClassDenied, ledger.ClassUnknown)
	b.back(o, 1000)
}

// storyRefundRepeated: the same number gives nothing back twice, at once, later, and after all is back.
func storyRefundRepeated(b *bench) {
	o := b.paid(1000)
	for nth, fen := range []int64{400, 600} {
		r := refundOf(o, nth+1, fen)
		for i := range 4 {
			a := b.refund(o, r, ledger.ClassAccepted)
			if i > 0 && a.Returned {
				b.t.Error("a repeat says that it has moved money")
			}
			time.Sleep(time.Duration(i) * time.Minute)
		}
		b.asked(o, r, ledger.ClassReturned)
		b.back(o, 400+int64(nth)*600)
	}
}

func storyRefundDiscord(b *bench) {
	o, other := b.paid(1000), b.paid(1000)
	r := refundOf(o, 1, 300)
	b.refund(o, r, ledger.ClassAccepted)
	time.Sleep(time.Minute)
	changed := r
	changed.Amount = ledger.Fen(400)
	b.refund(o, changed, ledger.ClassDenied, ledger.ClassUnknown)
	b.back(o, 300)
	a := b.asked(o, r, ledger.ClassReturned) // and what was asked for first stands
	b.namesRefund(a, o, r)
	if !b.alipay() { // a refund number is the merchant's, not the order's
		b.refund(other, r, ledger.ClassUnknown)
		b.back(other, 0)
		a := b.conn.QueryRefund(b.ctx(), other, r)
		if a.Class != ledger.ClassReturned || a.Named.Order != o.Number {
			b.t.Errorf("another order's refund is told as %+v", a)
		}
	}
}

func storyRefundNoOrder(b *bench) {
	o := b.order(ledger.ByCode, 1000)
	r := refundOf(o, 1, 1000)
	b.refund(o, r, ledger.ClassDenied)
	b.asked(o, r, ledger.ClassAbsent)
}

func storyRefundUnpaid(b *bench) {
	o := b.order(ledger.ByCode, 80074)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassWaiting)
	b.refund(o, refundOf(o, 1, 100), ledger.ClassDenied, ledger.ClassUnknown)
	time.Sleep(16 * time.Second)
	b.is(b.conn.Close(b.ctx(), o), o, ledger.RequestClose, ledger.ClassAccepted)
	b.refund(o, refundOf(o, 1, 100), ledger.ClassDenied, ledger.ClassUnknown)
	b.back(o, 0)
}

func storyRefundHeld(b *bench) {
	o := b.paid(861)
	r := refundOf(o, 1, 861)
	for range 2 {
		b.refund(o, r, ledger.ClassHeld)
		b.asked(o, r, ledger.ClassAbsent)
		b.back(o, 0)
	}
	time.Sleep(b.conn.Schedule(ledger.ByCode).RefundApart + 30*time.Second)
	b.refund(o, r, ledger.ClassAccepted)
	b.soon()
	b.asked(o, r, ledger.ClassReturned)
	b.back(o, 861)
}

// storyRefundUnproven: the refund was carried out and its answer says nothing. Asking tells.
func storyRefundUnproven(b *bench) {
	for _, fen := range []int64{862, 863, 869} {
		o := b.paid(fen)
		r := refundOf(o, 1, fen)
		for range 2 {
			a := b.refund(o, r, ledger.ClassUnknown)
			if a.Code == "" || fen != 863 && a.Verified {
				b.t.Errorf("%d: %+v", fen, a)
			}
		}
		b.soon()
		b.asked(o, r, ledger.ClassReturned)
		b.back(o, fen)
	}
}

func storyRefundAbnormal(b *bench) {
	o := b.paid(864)
	r := refundOf(o, 1, 864)
	b.refund(o, r, ledger.ClassAccepted)
	b.soon()
	if b.alipay() { // has no such state
		b.asked(o, r, ledger.ClassReturned)
		return
	}
	b.asked(o, r, ledger.ClassAbnormal)
	b.refund(o, r, ledger.ClassAccepted) // accepted, and nothing more, whatever it shows
	b.asked(o, r, ledger.ClassAbnormal)
	b.back(o, 0)
}

func storyRefundFails(b *bench) {
	o := b.paid(865)
	r := refundOf(o, 1, 865)
	a := b.refund(o, r, ledger.ClassAccepted)
	b.soon()
	if a.Returned {
		b.t.Error("nothing was moved, and it says so")
	}
	b.back(o, 0)
	if b.alipay() { // does not tell "failed" from "not received": the same number again
		b.asked(o, r, ledger.ClassAbsent)
		b.refund(o, r, ledger.ClassAccepted)
		b.asked(o, r, ledger.ClassReturned)
	} else { // over: another number
		b.asked(o, r, ledger.ClassClosed)
		time.Sleep(time.Minute)
		r = refundOf(o, 2, 800)
		b.refund(o, r, ledger.ClassAccepted)
		b.soon()
		b.asked(o, r, ledger.ClassReturned)
	}
	b.back(o, r.Amount.Fen)
}

func storyRefundSlow(b *bench) {
	o := b.paid(866)
	r := refundOf(o, 1, 866)
	b.refund(o, r, ledger.ClassAccepted)
	b.soon()
	underWay := ledger.ClassAccepted
	if b.alipay() { // does not tell "under way" from "not received"; a repeat joins it
		underWay = ledger.ClassAbsent
		b.refund(o, r, ledger.ClassAccepted)
	}
	b.asked(o, r, underWay)
	b.refund(o, refundOf(o, 2, 866), ledger.ClassDenied, ledger.ClassUnknown)
	b.back(o, 0)
	time.Sleep(10 * time.Minute)
	b.asked(o, r, ledger.ClassReturned)
	b.back(o, 866)
}

func storyRefundDenied(b *bench) {
	o := b.paid(867)
	r := refundOf(o, 1, 867)
	for range 2 {
		a := b.refund(o, r, ledger.ClassDenied)
		if a.Code == "" || a.Message == "" {
			b.t.Error("no reason")
		}
	}
	b.asked(o, r, ledger.ClassAbsent)
	b.back(o, 0)
}

// storyRefundLess: the answer must say what the channel named, for the ledger to refuse it.
func storyRefundLess(b *bench) {
	o := b.paid(868)
	r := refundOf(o, 1, 868)
	b.refund(o, r, ledger.ClassAccepted)
	b.soon()
	a := b.conn.QueryRefund(b.ctx(), o, r)
	if a.Class != ledger.ClassReturned || a.Named.Amount != ledger.Fen(867) {
		b.t.Errorf("one fen less is told as %+v", a)
	}
}

// storyRefundSpoiled: unsigned, badly signed, cut or not answered at all, both calls say nothing.
func storyRefundSpoiled(b *bench) {
	o, nth := b.paid(5000), 0
	for _, kind := range []string{sandbox.FaultNoSign, sandbox.FaultBadSign, sandbox.FaultProbeSign, sandbox.FaultTruncated,
		sandbox.Fault500, sandbox.FaultHTML, sandbox.FaultCommitDrop, sandbox.FaultDropBefore} {
		nth++
		r := refundOf(o, nth, 100)
		for _, operation := range []string{"refund", "refundquery"} {
			fault := sandbox.Fault{Channel: b.h.Channel, Operation: operation, Order: string(o.Number), Fault: kind, Count: 1}
			if operation == "refundquery" {
				fault.Order = "" // a number that is not there has no order
			}
			if err := b.server.Fault(fault); err != nil {
				b.t.Fatal(err)
			}
		}
		for _, a := range []ledger.Answer{b.conn.Refund(b.ctx(), o, r), b.conn.QueryRefund(b.ctx(), o, r)} {
			b.ofRefund(a, o, r, a.Request, []ledger.Class{ledger.ClassUnknown})
			b.unproven(a)
		}
		b.refund(o, r, ledger.ClassAccepted)
		time.Sleep(time.Minute)
		b.asked(o, r, ledger.ClassReturned)
		b.back(o, int64(nth)*100)
	}
}

// storyRefundTold: WeChat Pay calls a trade REFUND from the first part on; Alipay says paid until all is back.
func storyRefundTold(b *bench) {
	o, apart := b.paid(1000), b.conn.Schedule(ledger.ByCode).RefundApart
	told := map[bool][2]ledger.Class{
		true: {ledger.ClassPaid, ledger.ClassReversed}, false: {ledger.ClassRefunded, ledger.ClassRefunded},
	}[b.alipay()]
	for nth, fen := range []int64{400, 600} {
		b.refund(o, refundOf(o, nth+1, fen), ledger.ClassAccepted)
		time.Sleep(apart)
		b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, told[nth])
	}
	b.oneOf(b.conn.Close(b.ctx(), o), ledger.ClassDenied, ledger.ClassUnknown)
	b.back(o, 1000)
}

func storyRefundLate(b *bench) {
	o := b.paid(1000)
	time.Sleep(b.conn.Account().RefundWindow - time.Hour)
	first := refundOf(o, 1, 400)
	b.refund(o, first, ledger.ClassAccepted)
	time.Sleep(2 * time.Hour)
	b.refund(o, refundOf(o, 2, 400), ledger.ClassDenied)
	b.asked(o, first, ledger.ClassReturned)
	b.back(o, 400)
}

func storyRefundMany(b *bench) {
	o, most := b.paid(5100), b.conn.Account().RefundMost
	for nth := range 51 {
		time.Sleep(b.conn.Schedule(ledger.ByCode).RefundApart)
		want := []ledger.Class{ledger.ClassAccepted}
		if most != 0 && nth >= most {
			want = []ledger.Class{ledger.ClassDenied, ledger.ClassUnknown}
		}
		b.refund(o, refundOf(o, nth+1, 100), want...)
	}
	b.soon()
	if most == 0 {
		most = 51
	}
	b.back(o, int64(most)*100)
}
