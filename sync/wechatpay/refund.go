package wechatpay

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

const refunds = "/v3/refund/domestic/refunds"

// Refund implements channel.Connector: POST refunds. Whatever status the answer shows, it says no more than that the
// refund was taken.
func (c *Connector) Refund(ctx context.Context, o channel.Order, refund channel.Refund) ledger.Answer {
	body := map[string]any{
		"out_trade_no": string(o.Number), "out_refund_no": string(refund.Number),
		"amount": amount{Refund: refund.Amount.Fen, Total: o.Amount.Fen, Currency: string(refund.Amount.Currency)},
	}
	if refund.Why != "" {
		body["reason"] = refund.Why
	}
	if c.keys.NotifyURL != "" {
		body["notify_url"] = c.keys.NotifyURL
	}
	answer := c.call(ctx, ledger.RequestRefund, o, http.MethodPost, refunds, body, func(a *ledger.Answer, t *transaction) {
		a.Code = channel.Words(t.Status)
		if t.Status != "" && t.OutTradeNo == string(o.Number) && t.OutRefundNo == string(refund.Number) {
			a.Class = ledger.ClassAccepted
		}
	})
	answer.Refund = refund.Number
	return answer
}

// QueryRefund implements channel.Connector: GET by our own refund number.
func (c *Connector) QueryRefund(ctx context.Context, o channel.Order, refund channel.Refund) ledger.Answer {
	path := refunds + "/" + url.PathEscape(string(refund.Number))
	answer := c.call(ctx, ledger.RequestRefundQuery, o, http.MethodGet, path, nil, func(a *ledger.Answer, t *transaction) {
		a.Code = channel.Words(t.Status)
		a.Class = refundClass(t.Status)
		a.Named = c.namedRefund(t)
		mine := t.OutTradeNo == string(o.Number) && t.OutRefundNo == string(refund.Number)
		if !mine && a.Class != ledger.ClassReturned { // a "returned" is judged, and named, by the ledger
			a.Class, a.Named = ledger.ClassUnknown, ledger.Named{}
		}
	})
	answer.Refund = refund.Number
	return answer
}

// refundClass classes a refund by its state (WeChat Pay v3, refund, status).
func refundClass(status string) ledger.Class {
	switch status {
	case "SUCCESS":
		return ledger.ClassReturned
	case "PROCESSING":
		return ledger.ClassAccepted
	case "CLOSED": // it has failed, and no money has moved
		return ledger.ClassClosed
	case "ABNORMAL": // the customer's account cannot take it; the shop has to act
		return ledger.ClassAbnormal
	}
	return ledger.ClassUnknown
}

// namedRefund is what a message says about a refund. Answers name neither merchant nor app, and notices no app: they are
// bound by the key, because WeChat Pay signs for each merchant with that merchant's own key pair, and a refund's number is
// looked up among that merchant's. A message that does name one is taken at its word.
func (c *Connector) namedRefund(t *transaction) ledger.Named {
	at, _ := time.Parse(time.RFC3339, t.SuccessTime)
	return ledger.Named{
		Order: ledger.OrderNo(t.OutTradeNo), Refund: ledger.RefundNo(t.OutRefundNo),
		Amount:   ledger.Money{Fen: t.Amount.Refund, Currency: ledger.Currency(t.Amount.Currency)},
		Merchant: cmp.Or(t.MchID, c.keys.MchID), App: cmp.Or(t.AppID, c.keys.AppID), ChannelNo: t.RefundID, PaidAt: at,
	}
}
