package wechatpay_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

const refundNo = ledger.RefundNo("T1PLATFORM0001R01")

const returned = `{"refund_id":"5030","out_refund_no":"T1PLATFORM0001R01","transaction_id":"4200","out_trade_no":"T1PLATFORM0001",` +
	`"status":"SUCCESS","success_time":"2026-11-26T09:00:00+08:00","amount":{"total":1250,"refund":300,"currency":"CNY"}}`

func askRefund(t testing.TB, p *platform, request ledger.Request) ledger.Answer {
	t.Helper()
	conn := connect(t)
	wire.platform = p
	o := channel.Order{Number: order, Way: ledger.ByCode, Amount: ledger.Fen(1250)}
	r := channel.Refund{Number: refundNo, Amount: ledger.Fen(300), Why: "退货"}
	if request == ledger.RequestRefund {
		return conn.Refund(t.Context(), o, r)
	}
	return conn.QueryRefund(t.Context(), o, r)
}

// TestRefundStates: a signed state of a refund, and what it amounts to when it answers a refund, a question about it, and
// either where it is another order's or another refund's.
func TestRefundStates(t *testing.T) {
	const unknown = ledger.ClassUnknown
	for _, tt := range []struct {
		body                 string
		refund, query, other ledger.Class
	}{
		{returned, ledger.ClassAccepted, ledger.ClassReturned, ledger.ClassReturned},
		{strings.Replace(returned, "SUCCESS", "PROCESSING", 1), ledger.ClassAccepted, ledger.ClassAccepted, unknown},
		{strings.Replace(returned, "SUCCESS", "CLOSED", 1), ledger.ClassAccepted, ledger.ClassClosed, unknown},
		{strings.Replace(returned, "SUCCESS", "ABNORMAL", 1), ledger.ClassAccepted, ledger.ClassAbnormal, unknown},
		{strings.Replace(returned, "SUCCESS", "NEW_IDEA", 1), ledger.ClassAccepted, unknown, unknown},
		{strings.Replace(returned, `"status":"SUCCESS",`, "", 1), unknown, unknown, unknown},
		{`{"status":"PROCESSING"}`, unknown, unknown, unknown},
		{`{}`, unknown, unknown, unknown},
		{``, unknown, unknown, unknown},
		{`null`, unknown, unknown, unknown},
		{paid, unknown, unknown, unknown},
		{state("REFUND", "2026-11-26T09:00:00+08:00"), unknown, unknown, unknown},
	} {
		for body, want := range map[string][2]ledger.Class{
			tt.body: {tt.refund, tt.query},
			strings.Replace(tt.body, "0001R01", "0001R02", 1):                                                 {unknown, tt.other},
			strings.Replace(tt.body, `"out_trade_no":"T1PLATFORM0001"`, `"out_trade_no":"T1PLATFORM0002"`, 1): {unknown, tt.other},
		} {
			if body != tt.body && !strings.Contains(tt.body, "R01") {
				continue
			}
			for i, request := range []ledger.Request{ledger.RequestRefund, ledger.RequestRefundQuery} {
				a := askRefund(t, signed(t, 200, body, time.Now()), request)
				if a.Class != want[i] || !a.Verified || a.Refund != refundNo || a.Order != order || a.Request != request || a.Returned {
					t.Errorf("%s to request %d: %+v, want class %d", body, request, a, want[i])
				}
			}
		}
	}
}

// TestReturnedNames: what the ledger compares comes from the answer, also where it is not what was asked about.
func TestReturnedNames(t *testing.T) {
	want := ledger.Named{Order: order, Refund: refundNo, Amount: ledger.Fen(300), Merchant: mchID, App: appID, ChannelNo: "5030"}
	for old, change := range map[string]struct {
		new  string
		want func(*ledger.Named)
	}{
		"":                                {"", func(*ledger.Named) {}},
		"0001R01":                         {"0001R02", func(n *ledger.Named) { n.Refund = "T1PLATFORM0001R02" }},
		`"refund":300`:                    {`"refund":301`, func(n *ledger.Named) { n.Amount.Fen = 301 }},
		`"CNY"`:                           {`"USD"`, func(n *ledger.Named) { n.Amount.Currency = "USD" }},
		`"out_trade_no":"T1PLATFORM0001"`: {`"out_trade_no":"T1OTHER"`, func(n *ledger.Named) { n.Order = "T1OTHER" }},
		`"status"`:                        {`"mchid":"1900000009","status"`, func(n *ledger.Named) { n.Merchant = "1900000009" }},
	} {
		a := askRefund(t, signed(t, 200, strings.Replace(returned, old, change.new, 1), time.Now()), ledger.RequestRefundQuery)
		want := want
		change.want(&want)
		if !a.Named.PaidAt.Equal(time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC)) || a.Class != ledger.ClassReturned {
			t.Errorf("%q: %+v", change.new, a)
		}
		if a.Named.PaidAt = want.PaidAt; a.Named != want {
			t.Errorf("%q: named %+v, want %+v", change.new, a.Named, want)
		}
	}
}

// TestRefundErrors: what an error amounts to, signed and unsigned.
func TestRefundErrors(t *testing.T) {
	const unknown = ledger.ClassUnknown
	for _, tt := range []struct {
		status        int
		code          string
		refund, query ledger.Class
	}{
		{403, "NOT_ENOUGH", ledger.ClassHeld, unknown},
		{403, "NOTENOUGH", ledger.ClassHeld, unknown},
		{400, "TRADE_OVERDUE", ledger.ClassDenied, unknown},
		{403, "USER_ACCOUNT_ABNORMAL", ledger.ClassDenied, unknown},
		{400, "PARAM_ERROR", ledger.ClassDenied, unknown},
		{404, "RESOURCE_NOT_EXISTS", ledger.ClassDenied, ledger.ClassAbsent},
		{404, "ORDER_NOT_EXIST", ledger.ClassDenied, unknown},
		{400, "INVALID_REQUEST", unknown, unknown},
		{403, "NO_AUTH", unknown, unknown},
		{429, "FREQUENCY_LIMITED", unknown, unknown},
		{429, "INVALID_REQ_TOO_MUCH", unknown, unknown},
		{500, "BIZERR_NEED_RETRY", unknown, unknown},
		{500, "SYSTEM_ERROR", unknown, unknown},
		{502, "RESOURCE_NOT_EXISTS", unknown, unknown},
		{401, "SIGN_ERROR", unknown, unknown},
	} {
		body := `{"code":"` + tt.code + `","message":"so it is"}`
		for request, want := range map[ledger.Request]ledger.Class{ledger.RequestRefund: tt.refund, ledger.RequestRefundQuery: tt.query} {
			p := signed(t, tt.status, body, time.Now())
			if a := askRefund(t, p, request); a.Class != want || !a.Verified || a.Code != tt.code || a.Refund != refundNo {
				t.Errorf("%d %s to request %d: %+v, want class %d", tt.status, tt.code, request, a, want)
			}
			p.header.Del("Wechatpay-Signature")
			if a := askRefund(t, p, request); a.Class != unknown || a.Verified || a.Code != tt.code {
				t.Errorf("%d %s to request %d, unsigned: %+v", tt.status, tt.code, request, a)
			}
		}
	}
}

// TestRefundRequests: what is asked, by name.
func TestRefundRequests(t *testing.T) {
	p := signed(t, 200, returned, time.Now())
	askRefund(t, p, ledger.RequestRefund)
	var sent map[string]any
	if err := json.Unmarshal([]byte(p.sent), &sent); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprint(map[string]any{"amount": map[string]any{"currency": "CNY", "refund": 300, "total": 1250}, "notify_url": "https://notify.invalid/",
		"out_refund_no": refundNo, "out_trade_no": order, "reason": "退货"})
	if got := fmt.Sprint(sent); got != want || p.asked.Method != "POST" || p.asked.URL.Path != "/v3/refund/domestic/refunds" {
		t.Errorf("%s %s %s, want %s", p.asked.Method, p.asked.URL, got, want)
	}
	askRefund(t, p, ledger.RequestRefundQuery)
	if p.asked.Method != "GET" || p.asked.URL.RequestURI() != "/v3/refund/domestic/refunds/T1PLATFORM0001R01" {
		t.Errorf("%s %s", p.asked.Method, p.asked.URL)
	}
}

// TestAnotherQuestionsAnswer: a good signature under what answers another question closes nothing.
func TestAnotherQuestionsAnswer(t *testing.T) {
	for _, body := range []string{paid, state("NOTPAY", ""), returned, `{"code_url":"weixin://wxpay/bizpayurl?pr=x"}`} {
		for _, way := range []ledger.Way{ledger.ByCode, ledger.ByQR} {
			if a := ask(t, signed(t, 200, body, time.Now()), ledger.RequestClose, way); a.Class != ledger.ClassUnknown {
				t.Errorf("%s closes: class %d", body, a.Class)
			}
		}
	}
}
