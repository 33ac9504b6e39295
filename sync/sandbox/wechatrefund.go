package sandbox

import (
	"net/http"
	"net/url"
	"regexp"
	"time"
	"unicode/utf8"
)

var wechatRefundNumber = regexp.MustCompile(`^[0-9A-Za-z_\-|*@]{1,64}$`)

// wechatRefundReply is a refund as both calls tell it.
type wechatRefundReply struct {
	RefundID      string             `json:"refund_id"`
	OutRefundNo   string             `json:"out_refund_no"`
	TransactionID string             `json:"transaction_id"`
	OutTradeNo    string             `json:"out_trade_no"`
	Channel       string             `json:"channel"`
	Account       string             `json:"user_received_account"`
	SuccessTime   string             `json:"success_time,omitempty"`
	CreateTime    string             `json:"create_time"`
	Status        string             `json:"status"`
	FundsAccount  string             `json:"funds_account"`
	Amount        wechatRefundAmount `json:"amount"`
}

type wechatRefundAmount struct {
	Total            int64  `json:"total"` // fen
	Refund           int64  `json:"refund"`
	PayerTotal       int64  `json:"payer_total"`
	PayerRefund      int64  `json:"payer_refund"`
	SettlementRefund int64  `json:"settlement_refund"`
	SettlementTotal  int64  `json:"settlement_total"`
	DiscountRefund   int64  `json:"discount_refund"`
	Currency         string `json:"currency"`
}

var wechatRefundStates = map[RefundState]string{
	RefundProcessing: "PROCESSING", RefundDone: "SUCCESS", RefundClosed: "CLOSED", RefundAbnormal: "ABNORMAL",
}

func wechatRefundFacts(o *order, r Refund) wechatRefundReply {
	fen := r.told()
	reply := wechatRefundReply{RefundID: r.ID, OutRefundNo: r.Number, TransactionID: o.Transaction, OutTradeNo: o.Number,
		Channel: "ORIGINAL", Account: "支付用户零钱", CreateTime: r.Accepted.In(beijing).Format(time.RFC3339),
		Status: wechatRefundStates[r.State], FundsAccount: "AVAILABLE",
		Amount: wechatRefundAmount{Total: o.Amount, Refund: fen, PayerTotal: o.Amount, PayerRefund: fen, SettlementRefund: fen,
			SettlementTotal: o.Amount, Currency: "CNY"}}
	if r.State == RefundDone {
		reply.SuccessTime = r.Done.In(beijing).Format(time.RFC3339)
	}
	return reply
}

// wechatRefunds is POST refunds: accepted is not done.
func (s *Server) wechatRefunds(now time.Time, c wechatCall) answer {
	b := c.body
	notify, err := url.Parse(b.NotifyURL)
	switch {
	case b.OutTradeNo == "" && b.TransactionID == "":
		return paramError("out_trade_no or transaction_id is missing")
	case !wechatRefundNumber.MatchString(b.OutRefundNo):
		return paramError("out_refund_no must be 1 to 64 of digits, letters, _ - | * @")
	case b.Amount.Refund < 1 || b.Amount.Total < 1:
		return paramError("amount.refund and amount.total must be at least 1 fen")
	case b.Amount.Currency != "CNY":
		return paramError("amount.currency must be CNY")
	case utf8.RuneCountInString(b.Reason) > 80:
		return paramError("reason has more than 80 characters")
	case b.NotifyURL != "" && (err != nil || notify.Scheme != "https" || notify.Host == "" || notify.RawQuery != ""):
		return paramError("notify_url must be an https address without a query")
	}
	o, r, _, err := s.refund(now, refundAsked{channel: WechatPay, order: b.OutTradeNo, transaction: b.TransactionID,
		number: b.OutRefundNo, amount: b.Amount.Refund, total: b.Amount.Total})
	if err != nil {
		return s.wechatRefundError(err)
	}
	return wechatAnswer(http.StatusOK, wechatRefundFacts(o, r))
}

// wechatRefundQuery is GET refunds/{out_refund_no}.
func (s *Server) wechatRefundQuery(now time.Time, c wechatCall) answer {
	o, r, err := s.queryRefund(now, refundAsked{channel: WechatPay, number: c.refund})
	if err != nil {
		return s.wechatRefundError(err)
	}
	return wechatAnswer(http.StatusOK, wechatRefundFacts(o, r))
}

// refundOrder gives the number of the order that a WeChat Pay refund belongs to, for faults that name one.
func (s *Server) refundOrder(refund string) string {
	o, _, err := s.queryRefund(time.Now(), refundAsked{channel: WechatPay, number: refund})
	if o == nil || err != nil {
		return ""
	}
	return o.Number
}

var wechatRefundErrors = map[refusal]struct {
	status int
	code   string
}{
	errNotExist: {http.StatusNotFound, "RESOURCE_NOT_EXISTS"}, errNoRefund: {http.StatusNotFound, "RESOURCE_NOT_EXISTS"},
	errUnpaid: {http.StatusBadRequest, "INVALID_REQUEST"}, errAllBack: {http.StatusBadRequest, "INVALID_REQUEST"},
	errTooMuch: {http.StatusBadRequest, "INVALID_REQUEST"}, errDiscord: {http.StatusBadRequest, "INVALID_REQUEST"},
	errTotal: {http.StatusBadRequest, "INVALID_REQUEST"}, errTooMany: {http.StatusBadRequest, "INVALID_REQUEST"},
	errPoor: {http.StatusForbidden, "NOT_ENOUGH"}, errAccount: {http.StatusForbidden, "USER_ACCOUNT_ABNORMAL"},
	errTooSoon: {http.StatusTooManyRequests, "INVALID_REQ_TOO_MUCH"}, errRefundEnd: {http.StatusBadRequest, "TRADE_OVERDUE"},
}

func (s *Server) wechatRefundError(err error) answer {
	if why, ok := err.(refusal); ok {
		known := wechatRefundErrors[why]
		return wechatError(known.status, known.code, string(why))
	}
	return s.wechatRefusal(err)
}
