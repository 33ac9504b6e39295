package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// alipayBiz is biz_content of all the methods together; fields that the rules do not look at still count in the
// comparison of repeated requests.
type alipayBiz struct {
	OutTradeNo           string      `json:"out_trade_no"`
	TradeNo              string      `json:"trade_no"`
	TotalAmount          json.Number `json:"total_amount"`
	Subject              string      `json:"subject"`
	Scene                string      `json:"scene"`
	AuthCode             string      `json:"auth_code"`
	StoreID              string      `json:"store_id"`
	TerminalID           string      `json:"terminal_id"`
	TimeExpire           string      `json:"time_expire"`
	TimeoutExpress       string      `json:"timeout_express"`
	QRCodeTimeoutExpress string      `json:"qr_code_timeout_express"`
	OutRequestNo         string      `json:"out_request_no"`
	RefundAmount         json.Number `json:"refund_amount"`
	BillType             string      `json:"bill_type"`
	BillDate             string      `json:"bill_date"`

	base string // the address under which the request came
}

var alipayNumber = regexp.MustCompile(`^[0-9A-Za-z_]{1,64}$`)

// alipayPay is trade.pay.
func (s *Server) alipayPay(now time.Time, biz alipayBiz, raw string) (alipayReply, bool) {
	q, sub := biz.asked(now, KindCode, raw)
	switch {
	case sub != "":
	case biz.Scene != "bar_code" || biz.AuthCode == "":
		sub = "ACQ.INVALID_PARAMETER"
	}
	if sub != "" {
		return alipayRefusal(sub), false
	}
	o, err := s.pay(now, q)
	if err != nil {
		return s.alipayError(err), false
	}
	reply := alipayFacts(o)
	reply.TradeStatus = ""
	if o.State == Waiting {
		reply.Code = "10003"
		return reply, false
	}
	reply.GmtPayment, reply.SendPayDate = reply.SendPayDate, ""
	return reply, false
}

// alipayPrecreate is trade.precreate. It leaves no trade behind until somebody scans.
func (s *Server) alipayPrecreate(now time.Time, biz alipayBiz, raw string) (alipayReply, bool) {
	q, sub := biz.asked(now, KindQR, raw)
	if sub != "" {
		return alipayRefusal(sub), false
	}
	o, err := s.open(now, q)
	if err != nil {
		return s.alipayError(err), false
	}
	return alipayReply{Code: "10000", OutTradeNo: o.Number, QRCode: o.QR}, false
}

// alipayQuery is trade.query, by either number.
func (s *Server) alipayQuery(now time.Time, biz alipayBiz, _ string) (alipayReply, bool) {
	o, err := s.query(now, Alipay, biz.OutTradeNo, biz.TradeNo)
	if err != nil {
		return s.alipayError(err), false
	}
	return alipayFacts(o), false
}

// alipayCancel is trade.cancel: success for unknown numbers too, so its answer proves nothing without a query.
func (s *Server) alipayCancel(now time.Time, biz alipayBiz, _ string) (alipayReply, bool) {
	o, lost, err := s.end(now, cancelling, Alipay, biz.OutTradeNo, biz.TradeNo)
	if err == errTooLate {
		return alipayRefusal("ACQ.TRADE_CANCEL_TIME_OUT"), false
	}
	if err != nil {
		return s.alipayError(err), false
	}
	reply := alipayReply{Code: "10000", OutTradeNo: biz.OutTradeNo, RetryFlag: "N", Action: "close"}
	if o != nil {
		reply.OutTradeNo, reply.TradeNo = o.Number, o.Transaction
		if o.Refunded > 0 {
			reply.Action = "refund"
		}
	}
	return reply, lost
}

// alipayClose is trade.close, for trades that wait for their payer.
func (s *Server) alipayClose(now time.Time, biz alipayBiz, _ string) (alipayReply, bool) {
	o, lost, err := s.end(now, closing, Alipay, biz.OutTradeNo, biz.TradeNo)
	switch err {
	case nil:
		return alipayReply{Code: "10000", OutTradeNo: o.Number, TradeNo: o.Transaction}, lost
	case errPaid:
		return alipayRefusal("ACQ.TRADE_STATUS_ERROR"), false
	case errClosed:
		return alipayRefusal("ACQ.REASON_TRADE_STATUS_INVALID"), false
	default:
		return s.alipayError(err), false
	}
}

// alipayFacts tells an existing trade as trade.query does.
func alipayFacts(o *order) alipayReply {
	number, fen := o.told()
	amount := formatYuan(fen)
	reply := alipayReply{Code: "10000", TradeNo: o.Transaction, OutTradeNo: number, TotalAmount: amount,
		BuyerLogonID: "138****0071", BuyerUserID: "2088000000000171", StoreID: o.Store, TerminalID: o.Terminal}
	switch o.State {
	case Waiting:
		reply.TradeStatus = "WAIT_BUYER_PAY"
	case Paid:
		reply.TradeStatus = "TRADE_SUCCESS"
	default:
		reply.TradeStatus = "TRADE_CLOSED"
	}
	reply.ReceiptAmount, reply.BuyerPayAmount, reply.InvoiceAmount, reply.PointAmount = "0.00", "0.00", "0.00", "0.00"
	if o.Paid > 0 {
		reply.ReceiptAmount, reply.BuyerPayAmount, reply.InvoiceAmount = amount, amount, amount
		reply.SendPayDate = o.PaidAt.In(beijing).Format(alipayTime)
		reply.FundBillList = []alipayFund{{FundChannel: "ALIPAYACCOUNT", Amount: amount}}
	}
	return reply
}

var alipaySubCodes = map[refusal]string{
	errConflict: "ACQ.CONTEXT_INCONSISTENT",
	errCode:     "ACQ.PAYMENT_AUTH_CODE_INVALID",
	errBalance:  "ACQ.BUYER_BALANCE_NOT_ENOUGH",
	errClosed:   "ACQ.TRADE_HAS_CLOSE",
	errReversed: "ACQ.TRADE_HAS_CLOSE",
	errPaid:     "ACQ.TRADE_HAS_SUCCESS",
	errNotExist: "ACQ.TRADE_NOT_EXIST",
	errRefunded: "ACQ.CANCEL_NOT_ALLOWED",
}

func alipayRefusal(sub string) alipayReply { return alipayReply{Code: "40004", SubCode: sub} }

func (s *Server) alipayError(err error) alipayReply {
	if why, ok := err.(refusal); ok {
		return alipayReply{Code: "40004", SubCode: alipaySubCodes[why], SubMsg: string(why)}
	}
	s.config.Log.Error("sandbox: alipay request failed", "err", err)
	return alipayRefusal("ACQ.SYSTEM_ERROR")
}

// asked reads what trade.pay and trade.precreate have in common, or gives the sub_code of what is wrong.
func (biz alipayBiz) asked(now time.Time, kind, raw string) (asked, string) {
	const invalid = "ACQ.INVALID_PARAMETER"
	amount, ok := parseYuan(biz.TotalAmount.String())
	if !ok || !alipayNumber.MatchString(biz.OutTradeNo) || biz.Subject == "" {
		return asked{}, invalid
	}
	q := asked{channel: Alipay, number: biz.OutTradeNo, kind: kind, amount: amount, digest: digestBody(raw, biz.AuthCode),
		code: biz.AuthCode, store: biz.StoreID, terminal: biz.TerminalID, qrLife: unscannedLife, tradeLife: tradeLife}
	if biz.TimeExpire != "" {
		end, err := time.ParseInLocation(alipayTime, biz.TimeExpire, beijing)
		if err != nil {
			return asked{}, invalid
		}
		if !end.After(now) {
			return asked{}, "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR"
		}
		q.expires = end
	}
	if life, ok := parseTimeout(biz.TimeoutExpress, now); ok {
		q.tradeLife = life
		q.qrLife = min(q.qrLife, life)
	} else if biz.TimeoutExpress != "" {
		return asked{}, invalid
	}
	if life, ok := parseTimeout(biz.QRCodeTimeoutExpress, now); ok {
		q.qrLife = life
	} else if biz.QRCodeTimeoutExpress != "" {
		return asked{}, invalid
	}
	return q, ""
}

// parseTimeout reads 1m to 15d, or 1c for the end of the day in Beijing (Alipay timeout_express).
func parseTimeout(text string, now time.Time) (time.Duration, bool) {
	if text == "1c" {
		day := now.In(beijing)
		return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, beijing).Sub(now), true
	}
	if len(text) < 2 || len(text) > 6 {
		return 0, false
	}
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 16)
	unit := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[text[len(text)-1]]
	life := time.Duration(n) * unit
	return life, err == nil && life >= time.Minute && life <= tradeLife
}

var yuan = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?$`)

// parseYuan reads 0.01 to 100000000.00 into fen.
func parseYuan(text string) (int64, bool) {
	if !yuan.MatchString(text) {
		return 0, false
	}
	whole, part, _ := strings.Cut(text, ".")
	fen, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	return fen, err == nil && fen > 0 && fen <= 10_000_000_000
}

func formatYuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }

// digestBody makes two JSON bodies with the same members equal, whatever their order and spacing. The customer code is
// part of it only where it is the simulator's own.
func digestBody(raw, code string) string {
	if code != "" && !OwnCode(code) {
		raw = strings.ReplaceAll(raw, code, "")
	}
	decoder := json.NewDecoder(strings.NewReader(raw))
	decoder.UseNumber()
	var members any
	if err := decoder.Decode(&members); err != nil {
		return ""
	}
	text, err := json.Marshal(members)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
