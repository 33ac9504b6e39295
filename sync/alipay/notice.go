package alipay

import (
	"cmp"
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/smartwalle/alipay/v3"

	"guitai/ledger"
	"guitai/sync/channel"
)

// noticeFields are the parameters of a notice that the till reads (Alipay, asynchronous notice).
var noticeFields = []string{
	"notify_id", "notify_type", "app_id", "seller_id", "trade_no", "out_trade_no", "out_biz_no", "trade_status", "total_amount",
	"trans_currency", "refund_fee", "gmt_payment", "gmt_refund",
}

// Notice implements channel.Notifier: a form whose sorted parameters are signed. The header is not signed and not looked
// at. Alipay signs no time that would bound a notice's age, so an old one can come again under its own notify_id.
func (c *Connector) Notice(_ http.Header, body []byte) (channel.Notice, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return channel.Notice{}, channel.ErrNoticeShape
	}
	for _, all := range values {
		if len(all) != 1 {
			return channel.Notice{}, channel.ErrNoticeShape // a repeated parameter has no agreed meaning
		}
	}
	if !c.signedNotice(values) {
		return channel.Notice{}, channel.ErrNoticeSignature
	}
	if values.Get("notify_id") == "" || values.Get("out_trade_no") == "" {
		return channel.Notice{}, channel.ErrNoticeShape
	}
	now := time.Now()
	answer := ledger.Answer{Order: ledger.OrderNo(values.Get("out_trade_no")), Request: ledger.RequestNotice,
		Class: ledger.ClassUnknown, Verified: true, BeganAt: now, EndedAt: now, Code: channel.Words(values.Get("trade_status"))}
	c.judgeNotice(&answer, values)
	return channel.Notice{ID: values.Get("notify_id"), Answer: answer}, nil
}

// signedNotice checks the signature over the parameters. sign_type and the certificate's number are outside it, and have
// one value in key mode.
func (c *Connector) signedNotice(values url.Values) bool {
	if _, canonical := channel.Canonical(values.Get("sign")); !canonical || values.Get("sign_type") != "RSA2" || values.Get("alipay_cert_sn") != "" || !unambiguous(values) {
		return false
	}
	if c.client.VerifySign(context.Background(), values) == nil {
		return true
	}
	// The rule leaves empty parameters out, the library signs them. To the till an empty one and none are the same.
	maps.DeleteFunc(values, func(_ string, all []string) bool { return all[0] == "" })
	return c.client.VerifySign(context.Background(), values) == nil
}

// unambiguous refuses parameters that could be cut in two ways. What is signed is k=v joined by & without any escape, so a
// value with "&total_amount=0.01" in it could be sent as a parameter of its own under the same signature.
func unambiguous(values url.Values) bool {
	for _, all := range values {
		for _, field := range noticeFields {
			if strings.Contains(all[0], "&"+field+"=") {
				return false
			}
		}
	}
	for name := range values {
		if strings.ContainsAny(name, "&=") {
			return false
		}
	}
	return true
}

// judgeNotice classes a verified notice. A refund is announced under the trade's status, TRADE_SUCCESS while a part is
// left, with the refund's number in out_biz_no; its refund_fee is the sum of all refunds, so that it does not tell that
// this one is done: ClassAccepted has the till ask.
func (c *Connector) judgeNotice(a *ledger.Answer, values url.Values) {
	if values.Get("notify_type") != "trade_status_sync" {
		return
	}
	refunded := values.Get("gmt_refund")+values.Get("refund_fee")+values.Get("out_biz_no") != ""
	switch status := alipay.TradeStatus(values.Get("trade_status")); {
	case refunded && (status == alipay.TradeStatusSuccess || status == alipay.TradeStatusFinished || status == alipay.TradeStatusClosed):
		a.Refund = ledger.RefundNo(values.Get("out_biz_no"))
		if a.Refund != "" {
			a.Class = ledger.ClassAccepted
		} else if status == alipay.TradeStatusClosed {
			a.Class = ledger.ClassReversed
		}
	case status == alipay.TradeStatusSuccess, status == alipay.TradeStatusFinished:
		a.Class, a.Named = ledger.ClassPaid, namedIn(values)
		return // judged, and named, by the ledger
	case status == alipay.TradeStatusClosed && values.Get("gmt_payment") != "":
		a.Class = ledger.ClassReversed
	case status == alipay.TradeStatusClosed:
		a.Class = ledger.ClassClosed
	case status == alipay.TradeStatusWaitBuyerPay:
		a.Class = ledger.ClassWaiting
	}
	if values.Get("app_id") != c.keys.AppID || values.Get("seller_id") != c.keys.SellerID {
		a.Class, a.Refund = ledger.ClassUnknown, "" // about somebody else's trade: nothing is learnt
	}
}

// namedIn is what a notice itself says about a payment. Unlike an answer it names app and seller, and is taken at its word.
func namedIn(values url.Values) ledger.Named {
	at, _ := time.ParseInLocation(time.DateTime, values.Get("gmt_payment"), ledger.Shanghai)
	currency := ledger.Currency(cmp.Or(values.Get("trans_currency"), string(ledger.CNY)))
	return ledger.Named{
		Order: ledger.OrderNo(values.Get("out_trade_no")), Amount: ledger.Money{Fen: fen(values.Get("total_amount")), Currency: currency},
		Merchant: values.Get("seller_id"), App: values.Get("app_id"), ChannelNo: values.Get("trade_no"), PaidAt: at,
	}
}

// Acknowledge implements channel.Notifier: the body is exactly the word (Alipay, asynchronous notice). Without success the
// notice comes again, up to eight times in a day.
func (c *Connector) Acknowledge(w http.ResponseWriter, taken bool) {
	word := "fail"
	if taken {
		word = "success"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, word) // who has gone asks again
}
