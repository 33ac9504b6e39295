package alipay_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

const (
	refundNo        = ledger.RefundNo("T1GATEWAY0001R01")
	refundContent   = `{"code":"10000","out_trade_no":"T1GATEWAY0001","trade_no":"2026","fund_change":"Y","refund_fee":"9.00"}`
	returnedContent = `{"code":"10000","out_trade_no":"T1GATEWAY0001","out_request_no":"T1GATEWAY0001R01","trade_no":"2026",` +
		`"total_amount":"12.50","refund_amount":"3.00","refund_status":"REFUND_SUCCESS","gmt_refund_pay":"2026-11-26 09:00:00"}`
)

// askRefund asks both questions and gives both answers to the same bytes.
func askRefund(t testing.TB, content string) (refund, query ledger.Answer, sent [2]map[string]any) {
	t.Helper()
	conn := connect(t)
	o := channel.Order{Number: order, Way: ledger.ByCode, Amount: ledger.Fen(1250)}
	r := channel.Refund{Number: refundNo, Amount: ledger.Fen(300), Why: "退货"}
	for i, method := range []string{"alipay_trade_refund", "alipay_trade_fastpay_refund_query"} {
		g := &gateway{status: 200, body: answer(t, method, content)}
		wire.gateway = g
		if i == 0 {
			refund = conn.Refund(t.Context(), o, r)
		} else {
			query = conn.QueryRefund(t.Context(), o, r)
		}
		if err := json.Unmarshal([]byte(g.asked.Get("biz_content")), &sent[i]); err != nil {
			t.Fatal(err)
		}
		sent[i]["method"] = g.asked.Get("method")
	}
	return refund, query, sent
}

// TestRefundAnswers: what a signed answer amounts to when it comes to a refund, and when it comes to a question about one.
func TestRefundAnswers(t *testing.T) {
	with := func(content, old, new string) string {
		if !strings.Contains(content, old) {
			t.Fatalf("%s is not in %s", old, content)
		}
		return strings.Replace(content, old, new, 1)
	}
	failed := func(sub string) string { return `{"code":"40004","sub_code":"` + sub + `"}` }
	for _, tt := range []struct {
		content       string
		refund, query ledger.Class
	}{
		{refundContent, ledger.ClassAccepted, ledger.ClassUnknown},
		{with(refundContent, `"Y"`, `"N"`), ledger.ClassAccepted, ledger.ClassUnknown},
		{with(refundContent, `"fund_change":"Y",`, ""), ledger.ClassUnknown, ledger.ClassAbsent},
		{with(refundContent, "T1GATEWAY0001", "T1OTHER"), ledger.ClassUnknown, ledger.ClassUnknown},
		{with(refundContent, `"out_trade_no":"T1GATEWAY0001",`, ""), ledger.ClassUnknown, ledger.ClassUnknown},
		{returnedContent, ledger.ClassUnknown, ledger.ClassReturned},
		{with(returnedContent, "REFUND_SUCCESS", "REFUND_PROCESSING"), ledger.ClassUnknown, ledger.ClassAbsent},
		{with(returnedContent, `"refund_status":"REFUND_SUCCESS",`, ""), ledger.ClassUnknown, ledger.ClassAbsent},
		{with(returnedContent, `"out_request_no":"T1GATEWAY0001R01",`, ""), ledger.ClassUnknown, ledger.ClassUnknown},
		{with(returnedContent, `"out_trade_no":"T1GATEWAY0001",`, ""), ledger.ClassUnknown, ledger.ClassUnknown},
		{with(returnedContent, `"refund_amount":"3.00",`, ""), ledger.ClassUnknown, ledger.ClassUnknown},
		{with(with(returnedContent, `"refund_status":"REFUND_SUCCESS",`, ""), "0001R01", "0001R02"), ledger.ClassUnknown, ledger.ClassUnknown},
		{`{"code":"10000"}`, ledger.ClassUnknown, ledger.ClassAbsent},
		{queryContent, ledger.ClassUnknown, ledger.ClassUnknown},
		{paidContent, ledger.ClassUnknown, ledger.ClassUnknown},
		{`{"code":"10000","out_trade_no":"T1GATEWAY0001","retry_flag":"N","action":"refund"}`, ledger.ClassUnknown, ledger.ClassUnknown},
		{failed("ACQ.SELLER_BALANCE_NOT_ENOUGH"), ledger.ClassHeld, ledger.ClassUnknown},
		{failed("ACQ.TRADE_NOT_EXIST"), ledger.ClassDenied, ledger.ClassAbsent},
		{failed("ACQ.TRADE_NOT_ALLOW_REFUND"), ledger.ClassDenied, ledger.ClassUnknown},
		{failed("ACQ.TRADE_HAS_FINISHED"), ledger.ClassDenied, ledger.ClassUnknown},
		{failed("ACQ.TRADE_HAS_CLOSE"), ledger.ClassDenied, ledger.ClassUnknown},
		{failed("ACQ.NOT_ALLOW_PARTIAL_REFUND"), ledger.ClassDenied, ledger.ClassUnknown},
		{failed("ACQ.TRADE_STATUS_ERROR"), ledger.ClassDenied, ledger.ClassUnknown},
		{failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"), ledger.ClassDenied, ledger.ClassUnknown},
		{failed("ACQ.REFUND_FEE_ERROR"), ledger.ClassDenied, ledger.ClassUnknown},
		{failed("ACQ.DISCORDANT_REPEAT_REQUEST"), ledger.ClassDenied, ledger.ClassUnknown},
		{failed("ACQ.SYSTEM_ERROR"), ledger.ClassUnknown, ledger.ClassUnknown},
		{failed("ACQ.PAYMENT_AUTH_CODE_INVALID"), ledger.ClassUnknown, ledger.ClassUnknown},
		{`{"code":"20000","sub_code":"aop.ACQ.SYSTEM_ERROR"}`, ledger.ClassUnknown, ledger.ClassUnknown},
		{`{"code":"20000","sub_code":"ACQ.TRADE_NOT_EXIST"}`, ledger.ClassUnknown, ledger.ClassUnknown},
		{`{"code":"40005"}`, ledger.ClassUnknown, ledger.ClassUnknown},
	} {
		refund, query, _ := askRefund(t, tt.content)
		if refund.Class != tt.refund || query.Class != tt.query {
			t.Errorf("%s: refund %d, query %d, want %d, %d", tt.content, refund.Class, query.Class, tt.refund, tt.query)
		}
		if refund.Refund != refundNo || query.Refund != refundNo || refund.Request != ledger.RequestRefund || query.Request != ledger.RequestRefundQuery {
			t.Errorf("%s: %+v %+v", tt.content, refund, query)
		}
		if refund.Returned != (tt.content == refundContent) || query.Returned {
			t.Errorf("%s: returned %v, %v", tt.content, refund.Returned, query.Returned)
		}
	}
}

// TestReturnedNames: what the ledger compares comes from the answer, also where it is not what was asked about.
func TestReturnedNames(t *testing.T) {
	want := ledger.Named{Order: order, Refund: refundNo, Amount: ledger.Fen(300), Merchant: seller, App: appID, ChannelNo: "2026",
		PaidAt: time.Date(2026, 11, 26, 9, 0, 0, 0, ledger.Shanghai)}
	for old, change := range map[string]struct {
		new  string
		want func(*ledger.Named)
	}{
		"":              {"", func(*ledger.Named) {}},
		"0001R01":       {"0001R02", func(n *ledger.Named) { n.Refund = "T1GATEWAY0001R02" }},
		"3.00":          {"3.01", func(n *ledger.Named) { n.Amount.Fen = 301 }},
		"T1GATEWAY0001": {"T1OTHER", func(n *ledger.Named) { n.Order = "T1OTHER" }},
		`"code"`:        {`"seller_id":"2088999999999999","code"`, func(n *ledger.Named) { n.Merchant = "2088999999999999" }},
		`"trade_no"`:    {`"trans_currency":"USD","trade_no"`, func(n *ledger.Named) { n.Amount.Currency = "USD" }},
	} {
		_, query, _ := askRefund(t, strings.Replace(returnedContent, old, change.new, 1))
		want := want
		change.want(&want)
		if query.Class != ledger.ClassReturned || !query.Verified || !query.Named.PaidAt.Equal(want.PaidAt) {
			t.Errorf("%q: %+v", change.new, query)
		}
		if query.Named.PaidAt = want.PaidAt; query.Named != want {
			t.Errorf("%q: named %+v, want %+v", change.new, query.Named, want)
		}
	}
}

// TestRefundRequests: what is asked, by name.
func TestRefundRequests(t *testing.T) {
	_, _, sent := askRefund(t, refundContent)
	for i, want := range []map[string]string{
		{"method": "alipay.trade.refund", "out_trade_no": string(order), "out_request_no": string(refundNo), "refund_amount": "3.00", "refund_reason": "退货"},
		{"method": "alipay.trade.fastpay.refund.query", "out_trade_no": string(order), "out_request_no": string(refundNo)},
	} {
		for field, value := range want {
			if sent[i][field] != value {
				t.Errorf("%s: %s = %v, want %s", want["method"], field, sent[i][field], value)
			}
		}
	}
}
