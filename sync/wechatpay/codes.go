package wechatpay

import (
	"strings"

	"guitai/ledger"
)

// The channel spells its codes in several ways (v2 without underscores, v3 with): they are compared without.

// refusals are final for an order number: nothing was charged and nothing will be (WeChat Pay v3, codepay and native,
// error codes). What is not here is unknown and is asked about.
var refusals = set(
	"AUTH_CODE_INVALID", "AUTH_CODE_EXPIRE", "AUTH_CODE_ERROR", "NOT_ENOUGH", "NOT_SUPORT_CARD",
	"PARAM_ERROR", "NO_AUTH", "APPID_MCHID_NOT_MATCH", "MCH_NOT_EXISTS",
)

// closings say that the order is over already.
var closings = set("ORDER_CLOSED", "ORDER_REVERSED")

// denials are refusals that no repetition changes: a QR order that is paid cannot be closed, a code order is too old to
// be reversed. They are kept apart: after a denied reverse a "paid" is believed, so only what reverse documents as final
// may count.
var denials = map[ledger.Way]map[string]bool{
	ledger.ByQR:   set("ORDER_PAID", "TRADE_STATE_ERROR"),
	ledger.ByCode: set("REVERSE_EXPIRE"),
}

// refundDenials are refusals of a refund that no repetition changes (WeChat Pay v3, refund, error codes): the year is over,
// the customer's account cannot take it, or there is no such order. INVALID_REQUEST is not among them: it stands for every
// rule of the business at once, and some of those pass with time. Nor are those that somebody can put right (NO_AUTH).
var refundDenials = set(
	"TRADE_OVERDUE", "USER_ACCOUNT_ABNORMAL", "PARAM_ERROR", "RESOURCE_NOT_EXISTS", "ORDER_NOT_EXIST",
)

func set(codes ...string) map[string]bool {
	m := make(map[string]bool, len(codes))
	for _, code := range codes {
		m[plain(code)] = true
	}
	return m
}

func plain(code string) string { return strings.ToUpper(strings.ReplaceAll(code, "_", "")) }

// faultClass classes a verified error code by what was asked.
func faultClass(request ledger.Request, way ledger.Way, code string) ledger.Class {
	code = plain(code)
	absent := code == plain("ORDER_NOT_EXIST")
	switch request {
	case ledger.RequestPay, ledger.RequestOrder:
		switch {
		case refusals[code]:
			return ledger.ClassRefused
		case closings[code]:
			return ledger.ClassClosed
		case code == plain("TRADE_ERROR"): // risk or account: reverse it, then a new number
			return ledger.ClassFailed
		case code == plain("USERPAYING"):
			return ledger.ClassWaiting
		}
	case ledger.RequestQuery:
		if absent {
			return ledger.ClassAbsent
		}
	case ledger.RequestClose:
		switch {
		case absent:
			return ledger.ClassAbsent
		case closings[code]:
			return ledger.ClassAccepted
		case denials[way][code]:
			return ledger.ClassDenied
		}
	case ledger.RequestRefund:
		switch {
		case code == plain("NOT_ENOUGH"):
			return ledger.ClassHeld
		case refundDenials[code]:
			return ledger.ClassDenied
		}
	case ledger.RequestRefundQuery:
		if code == plain("RESOURCE_NOT_EXISTS") {
			return ledger.ClassAbsent
		}
	}
	return ledger.ClassUnknown
}
