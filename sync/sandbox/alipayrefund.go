package sandbox

import "time"

// alipayRefundTrade is trade.refund. Without a refund number it is the whole order's, whose number serves for it.
func (s *Server) alipayRefundTrade(now time.Time, biz alipayBiz, _ string) (alipayReply, bool) {
	amount, ok := parseYuan(biz.RefundAmount.String())
	if !ok || biz.OutTradeNo == "" && biz.TradeNo == "" || len(biz.OutRequestNo) > 64 {
		return alipayRefusal("ACQ.INVALID_PARAMETER"), false
	}
	q := refundAsked{channel: Alipay, order: biz.OutTradeNo, transaction: biz.TradeNo, number: biz.OutRequestNo, amount: amount}
	if q.number == "" {
		q.number = biz.OutTradeNo
	}
	o, _, moved, err := s.refund(now, q)
	if err != nil {
		return s.alipayRefundError(err), false
	}
	reply := alipayReply{Code: "10000", TradeNo: o.Transaction, OutTradeNo: o.Number, BuyerLogonID: "138****0071",
		BuyerUserID: "2088000000000171", FundChange: "N", RefundFee: formatYuan(o.Refunded)}
	if moved {
		reply.FundChange = "Y"
	}
	return reply, false
}

// alipayRefundQuery is trade.fastpay.refund.query. A refund that is not done, and one that is not known, are told alike:
// by a success without refund_status.
func (s *Server) alipayRefundQuery(now time.Time, biz alipayBiz, _ string) (alipayReply, bool) {
	if biz.OutRequestNo == "" || biz.OutTradeNo == "" && biz.TradeNo == "" {
		return alipayRefusal("ACQ.INVALID_PARAMETER"), false
	}
	o, r, err := s.queryRefund(now, refundAsked{channel: Alipay, order: biz.OutTradeNo, transaction: biz.TradeNo, number: biz.OutRequestNo})
	if err == errNoRefund || err == nil && r.State != RefundDone {
		return alipayReply{Code: "10000"}, false
	}
	if err != nil {
		return s.alipayRefundError(err), false
	}
	return alipayReply{Code: "10000", TradeNo: o.Transaction, OutTradeNo: o.Number, OutRequestNo: r.Number,
		TotalAmount: formatYuan(o.Amount), RefundAmount: formatYuan(r.told()), RefundStatus: "REFUND_SUCCESS",
		GmtRefundPay: r.Done.In(beijing).Format(alipayTime)}, false
}

var alipayRefundCodes = map[refusal]string{
	errNotExist: "ACQ.TRADE_NOT_EXIST", errUnpaid: "ACQ.TRADE_STATUS_ERROR", errAllBack: "ACQ.TRADE_HAS_CLOSE",
	errTooMuch: "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", errDiscord: "ACQ.DISCORDANT_REPEAT_REQUEST",
	errPoor: "ACQ.SELLER_BALANCE_NOT_ENOUGH", errAccount: "ACQ.TRADE_NOT_ALLOW_REFUND", errRefundEnd: "ACQ.TRADE_HAS_FINISHED",
}

func (s *Server) alipayRefundError(err error) alipayReply {
	if why, ok := err.(refusal); ok {
		return alipayReply{Code: "40004", SubCode: alipayRefundCodes[why], SubMsg: string(why)}
	}
	return s.alipayError(err)
}
