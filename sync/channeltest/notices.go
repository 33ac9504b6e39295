package channeltest

import (
	"net/http/httptest"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

var noticeStories = []story{
	{"notice of a payment", storyNoticePaid},
	{"notice that names another amount or merchant", storyNoticeLies},
	{"notice of a refund", storyNoticeRefund},
	{"notice of a refund that does not arrive", storyNoticeStuck},
	{"notice of an order that nobody pays", storyNoticeUnpaid},
	{"what is answered to a notice", storyNoticeAnswered},
}

// notice has the channel send word of an order, or of a refund, and the connector read it.
func (b *bench) notice(o channel.Order, refund ledger.RefundNo) channel.Notice {
	b.t.Helper()
	header, body, err := b.server.Notice(string(o.Number), string(refund))
	if err != nil {
		b.t.Fatal(err)
	}
	n, err := b.conn.(channel.Notifier).Notice(header, body)
	if err != nil {
		b.t.Fatal(err)
	}
	a := n.Answer
	if a.Order != o.Number || a.Request != ledger.RequestNotice || !a.Verified || a.BeganAt.IsZero() || n.ID == "" {
		b.t.Errorf("%+v", n)
	}
	return n
}

// scanned gives a QR order that a customer has scanned.
func (b *bench) scanned(fen int64, behaviour int) channel.Order {
	b.t.Helper()
	o := b.order(ledger.ByQR, fen)
	shown := b.conn.Show(b.ctx(), o)
	b.is(shown, o, ledger.RequestOrder, ledger.ClassShown)
	if _, err := b.server.Scan(shown.QR, behaviour); err != nil {
		b.t.Fatal(err)
	}
	return o
}

func storyNoticePaid(b *bench) {
	o := b.scanned(1250, 0)
	n := b.notice(o, "")
	if n.Answer.Class != ledger.ClassPaid || n.Answer.Refund != "" {
		b.t.Errorf("%+v", n)
	}
	b.confirms(n.Answer, o)
	time.Sleep(4 * time.Minute)
	if again := b.notice(o, ""); again.ID != n.ID || again.Answer.Named != n.Answer.Named {
		b.t.Errorf("the second delivery is %+v, the first was %+v", again, n)
	}
}

func storyNoticeLies(b *bench) {
	less := b.scanned(1290, 0)
	if n := b.notice(less, ""); n.Answer.Class != ledger.ClassPaid || n.Answer.Named.Amount != ledger.Fen(1289) {
		b.t.Errorf("%+v", n)
	}
	if b.alipay() {
		return // names another order: whose it is, is not known
	}
	other := b.scanned(1291, 0)
	if n := b.notice(other, ""); n.Answer.Class != ledger.ClassPaid || n.Answer.Named.Merchant == b.conn.Account().Merchant {
		b.t.Errorf("%+v", n)
	}
}

// storyNoticeRefund: WeChat Pay says that it is done; Alipay's notice has the sum of all refunds, so the till asks.
func storyNoticeRefund(b *bench) {
	o := b.scanned(1250, 0)
	for nth, fen := range []int64{300, 950} {
		time.Sleep(time.Minute)
		r := refundOf(o, nth+1, fen)
		b.refund(o, r, ledger.ClassAccepted)
		b.soon()
		n := b.notice(o, r.Number)
		if n.Answer.Refund != r.Number {
			b.t.Errorf("%+v", n)
		}
		if b.alipay() {
			b.oneOf(n.Answer, ledger.ClassAccepted)
			continue
		}
		b.oneOf(n.Answer, ledger.ClassReturned)
		b.namesRefund(n.Answer, o, r)
	}
	if n := b.notice(o, ""); n.Answer.Class != map[bool]ledger.Class{true: ledger.ClassReversed, false: ledger.ClassPaid}[b.alipay()] {
		b.t.Errorf("of the payment itself, all given back: %+v", n)
	}
}

func storyNoticeStuck(b *bench) {
	if b.alipay() {
		return // has no such states
	}
	for fen, want := range map[int64]ledger.Class{864: ledger.ClassAbnormal, 865: ledger.ClassClosed} {
		o := b.scanned(fen, 0)
		r := refundOf(o, 1, fen)
		b.refund(o, r, ledger.ClassAccepted)
		if _, _, err := b.server.Notice(string(o.Number), string(r.Number)); err == nil {
			b.t.Error("a notice of a refund that is under way")
		}
		b.soon()
		n := b.notice(o, r.Number)
		if n.Answer.Class != want || n.Answer.Refund != r.Number || n.Answer.Named.Refund != r.Number || n.Answer.Named.Amount != r.Amount {
			b.t.Errorf("%+v", n)
		}
	}
}

func storyNoticeUnpaid(b *bench) {
	o := b.scanned(80074, 0)
	if !b.alipay() { // sends word of payments and refunds only
		if _, _, err := b.server.Notice(string(o.Number), ""); err == nil {
			b.t.Error("a notice of an order that is not paid")
		}
		return
	}
	b.oneOf(b.notice(o, "").Answer, ledger.ClassWaiting)
	b.is(b.conn.Close(b.ctx(), o), o, ledger.RequestClose, ledger.ClassAccepted)
	b.oneOf(b.notice(o, "").Answer, ledger.ClassClosed)
}

// storyNoticeAnswered: exactly the channels' own words.
func storyNoticeAnswered(b *bench) {
	for taken, want := range map[bool][2]string{true: {"200 success", "204 "}, false: {"200 fail", `500 {"code":"FAIL","message":"try again later"}`}} {
		w := httptest.NewRecorder()
		b.conn.(channel.Notifier).Acknowledge(w, taken)
		i := map[bool]int{true: 0, false: 1}[b.alipay()]
		if got := w.Result().Status[:3] + " " + w.Body.String(); got != want[i] {
			b.t.Errorf("taken %v is answered with %q, want %q", taken, got, want[i])
		}
	}
}
