package alipay

import (
	"context"

	"github.com/smartwalle/alipay/v3"

	"guitai/ledger"
	"guitai/sync/channel"
)

// Refund implements channel.Connector: alipay.trade.refund, always with a number of its own (out_request_no), under which
// a repeat moves nothing.
func (c *Connector) Refund(ctx context.Context, o channel.Order, refund channel.Refund) ledger.Answer {
	request := alipay.NewPayload("alipay.trade.refund").
		AddBizField("out_trade_no", string(o.Number)).
		AddBizField("out_request_no", string(refund.Number)).
		AddBizField("refund_amount", refund.Amount.String())
	if refund.Why != "" {
		request.AddBizField("refund_reason", refund.Why)
	}
	var r reply
	answer := c.call(ctx, ledger.RequestRefund, o, request, &r, func(a *ledger.Answer) {
		switch {
		case alipay.Code(r.Code) != alipay.CodeSuccess:
			a.Class = r.refundFailure()
		case r.OutTradeNo == string(o.Number) && (r.FundChange == "Y" || r.FundChange == "N"):
			// fund_change is in no other method's answer. N: this very request moved nothing; an earlier one may have.
			a.Class, a.Returned = ledger.ClassAccepted, r.FundChange == "Y"
		}
	})
	answer.Refund = refund.Number
	return answer
}

// QueryRefund implements channel.Connector: alipay.trade.fastpay.refund.query. Code 10000 says that the question worked;
// only refund_status REFUND_SUCCESS is money.
//
// Without that status the refund was not received, has failed, or is under way: Alipay does not tell these apart, and its
// word is to repeat the refund with the same number. That is ClassAbsent, and it is right for all three, because a repeat
// under the same number joins the refund that is under way. It would be wrong to take it as leave for another number.
func (c *Connector) QueryRefund(ctx context.Context, o channel.Order, refund channel.Refund) ledger.Answer {
	request := alipay.NewPayload("alipay.trade.fastpay.refund.query").
		AddBizField("out_trade_no", string(o.Number)).
		AddBizField("out_request_no", string(refund.Number)).
		AddBizField("query_options", []string{"gmt_refund_pay"})
	var r reply
	answer := c.call(ctx, ledger.RequestRefundQuery, o, request, &r, func(a *ledger.Answer) {
		switch named := r.OutTradeNo != "" && r.OutRequestNo != "" && r.RefundAmount != ""; {
		case alipay.Code(r.Code) != alipay.CodeSuccess:
			a.Class = r.queryFailure()
		case r.RefundStatus == "REFUND_SUCCESS" && named:
			a.Class = ledger.ClassReturned
			a.Named = c.namedRefund(&r)
		case r.RefundStatus == "REFUND_SUCCESS", r.FundChange != "", r.RetryFlag != "", r.ofAnotherRefund(refund.Number):
			// About something else, or about something that it does not name: nothing is learnt.
		default:
			a.Class = ledger.ClassAbsent
		}
	})
	answer.Refund = refund.Number
	return answer
}

// ofAnotherRefund reports that an answer to a question about a refund names another one, or has a field that no such
// answer has.
func (r *reply) ofAnotherRefund(number ledger.RefundNo) bool {
	return r.OutRequestNo != "" && r.OutRequestNo != string(number) || r.TradeStatus+r.GmtPayment+r.QRCode != ""
}

// namedRefund is what an answer says about a refund that is done. Merchant and app are bound by the key, as in named. The
// channel has no number of its own for a refund: the trade's is what the customer's bill shows.
func (c *Connector) namedRefund(r *reply) ledger.Named {
	named := c.named(r, r.GmtRefundPay)
	named.Refund, named.Amount.Fen = ledger.RefundNo(r.OutRequestNo), fen(r.RefundAmount)
	return named
}

// refundDenials are the sub-codes of alipay.trade.refund that no repetition changes (its business error codes): the order
// cannot be refunded, not by so much, or not under this number.
var refundDenials = set(
	"TRADE_NOT_ALLOW_REFUND", "TRADE_HAS_FINISHED", "TRADE_HAS_CLOSE", "NOT_ALLOW_PARTIAL_REFUND", "TRADE_STATUS_ERROR",
	"TRADE_NOT_EXIST", "REFUND_AMT_NOT_EQUAL_TOTAL", "REFUND_FEE_ERROR", "DISCORDANT_REPEAT_REQUEST",
)

// refundFailure classes a verified answer to a refund that is not a success.
func (r *reply) refundFailure() ledger.Class {
	switch {
	case alipay.Code(r.Code) != alipay.CodeBusinessFailed:
		return ledger.ClassUnknown
	case r.sub() == "SELLER_BALANCE_NOT_ENOUGH":
		return ledger.ClassHeld
	case refundDenials[r.sub()]:
		return ledger.ClassDenied
	}
	return ledger.ClassUnknown
}
