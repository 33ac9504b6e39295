package alipay

import (
	"strconv"
	"strings"

	"github.com/smartwalle/alipay/v3"

	"guitai/ledger"
)

// reply is the part of the gateway's answers that the till reads, for all methods at once.
type reply struct {
	Code          string `json:"code"`
	SubCode       string `json:"sub_code"`
	SubMsg        string `json:"sub_msg"`
	OutTradeNo    string `json:"out_trade_no"`
	TradeNo       string `json:"trade_no"`
	TradeStatus   string `json:"trade_status"`
	TotalAmount   string `json:"total_amount"`
	TransCurrency string `json:"trans_currency"`
	SellerID      string `json:"seller_id"`
	GmtPayment    string `json:"gmt_payment"`
	SendPayDate   string `json:"send_pay_date"`
	QRCode        string `json:"qr_code"`
	RetryFlag     string `json:"retry_flag"`
	Action        string `json:"action"`
	OutRequestNo  string `json:"out_request_no"`
	FundChange    string `json:"fund_change"`
	RefundStatus  string `json:"refund_status"`
	RefundAmount  string `json:"refund_amount"`
	GmtRefundPay  string `json:"gmt_refund_pay"`
	BillURL       string `json:"bill_download_url"`
}

// ofAnother reports that an answer to cancel or close has a field that no such answer has. The method's name is outside
// the signature, so the answer to another question may be put under it.
func (r *reply) ofAnother() bool {
	return r.TradeStatus+r.GmtPayment+r.QRCode+r.OutRequestNo+r.FundChange != ""
}

// refusals are the sub-codes of alipay.trade.pay and precreate that are final for an order number: no money moved and
// none will (alipay.trade.pay, business error codes). What is not here is unknown and is asked about.
var refusals = set(
	"PAYMENT_AUTH_CODE_INVALID",
	"BUYER_BALANCE_NOT_ENOUGH", "BUYER_BANKCARD_BALANCE_NOT_ENOUGH", "NO_PAYMENT_INSTRUMENTS_AVAILABLE", "ERROR_BALANCE_PAYMENT_DISABLE",
	"BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR", "BEYOND_PAY_RESTRICTION",
	"BEYOND_PER_RECEIPT_SINGLE_RESTRICTION", "BEYOND_PER_RECEIPT_DAY_RESTRICTION", "TOTAL_FEE_EXCEED",
	"MERCHANT_PERM_RECEIPT_SUSPEND_LIMIT", "MERCHANT_PERM_RECEIPT_SINGLE_LIMIT", "MERCHANT_PERM_RECEIPT_DAY_LIMIT",
	"BUYER_ENABLE_STATUS_FORBID", "ERROR_BUYER_CERTIFY_LEVEL_LIMIT", "PAYMENT_REQUEST_HAS_RISK",
	"MOBILE_PAYMENT_SWITCH_OFF", "USER_FACE_PAYMENT_SWITCH_OFF", "BUYER_SELLER_EQUAL", "TRADE_BUYER_NOT_MATCH",
	"PULL_MOBILE_CASHIER_FAIL", "PAYMENT_FAIL", "SELLER_BEEN_BLOCKED", "ACCESS_FORBIDDEN", "PARTNER_ERROR", "INVALID_STORE_ID",
	"INVALID_PARAMETER", "EXIST_FORBIDDEN_WORD", "RISK_MERCHANT_IP_NOT_EXIST", "AUTH_TOKEN_IS_NOT_EXIST",
	"NOW_TIME_AFTER_EXPIRE_TIME_ERROR",
)

// denials are the sub-codes that no repetition changes: of alipay.trade.cancel for a code, of alipay.trade.close for a
// QR (paid, or gone). They are kept apart: after a denied cancel a "paid" is believed, so only what that method
// documents as final may count.
var denials = map[ledger.Way]map[string]bool{
	ledger.ByCode: set("TRADE_CANCEL_TIME_OUT", "TRADE_HAS_FINISHED", "CANCEL_NOT_ALLOWED", "REASON_TRADE_BEEN_FREEZEN"),
	ledger.ByQR:   set("TRADE_STATUS_ERROR", "REASON_TRADE_STATUS_INVALID", "REASON_ILLEGAL_STATUS", "TRADE_HAS_FINISHED"),
}

func set(codes ...string) map[string]bool {
	m := make(map[string]bool, len(codes))
	for _, code := range codes {
		m[code] = true
	}
	return m
}

// sub is the sub-code without its prefix. The official SDK itself spells the prefix in two ways.
func (r *reply) sub() string {
	return r.SubCode[strings.LastIndexByte(r.SubCode, '.')+1:]
}

// failure classes a verified answer to pay or precreate that is not a success.
func (r *reply) failure() ledger.Class {
	switch {
	case alipay.Code(r.Code) != alipay.CodeBusinessFailed:
		return ledger.ClassUnknown // 20000 and the rest: the order may exist
	case r.sub() == "TRADE_HAS_CLOSE":
		return ledger.ClassClosed
	case refusals[r.sub()]:
		return ledger.ClassRefused
	}
	return ledger.ClassUnknown // among them TRADE_HAS_SUCCESS and CONTEXT_INCONSISTENT: a query decides
}

func (r *reply) queryFailure() ledger.Class {
	if alipay.Code(r.Code) == alipay.CodeBusinessFailed && r.sub() == "TRADE_NOT_EXIST" {
		return ledger.ClassAbsent
	}
	return ledger.ClassUnknown
}

func (r *reply) closeFailure(way ledger.Way) ledger.Class {
	switch {
	case alipay.Code(r.Code) != alipay.CodeBusinessFailed:
		return ledger.ClassUnknown
	case r.sub() == "TRADE_NOT_EXIST":
		return ledger.ClassAbsent
	case denials[way][r.sub()]:
		return ledger.ClassDenied
	}
	return ledger.ClassUnknown
}

// fen reads yuan with at most two decimals without a floating-point number; what it cannot read is -1, which equals no
// amount.
func fen(yuan string) int64 {
	whole, decimals, _ := strings.Cut(yuan, ".")
	if len(decimals) > 2 {
		return -1
	}
	n, err := strconv.ParseUint(whole+(decimals + "00")[:2], 10, 62)
	if err != nil || whole == "" {
		return -1
	}
	return int64(n)
}
