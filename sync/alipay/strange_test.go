package alipay_test

import (
	"strings"
	"testing"

	"guitai/ledger"
)

// TestWordsAreBounded: an answer that nobody signed may say anything; what is kept goes into the ledger.
func TestWordsAreBounded(t *testing.T) {
	long := "280000000000000071" + strings.Repeat("\xff\\u001b", 20_000)
	a := ask(t, &gateway{status: 200, body: `{"error_response":{"code":"40002","sub_code":"` + long + `","sub_msg":"` + long + `"}}`},
		ledger.RequestQuery, ledger.ByCode)
	if words := a.Code + a.Message; len(words) > 2000 || strings.ContainsAny(words, "\x1b\ufffd") || strings.Contains(words, "280000000000000071") {
		t.Errorf("%d bytes are kept: %.60q", len(words), words)
	}
}

// TestAnotherOrdersAnswer: good signatures under answers about another order tell nothing about this one.
func TestAnotherOrdersAnswer(t *testing.T) {
	for _, tt := range []struct {
		request         ledger.Request
		method, content string
	}{
		{ledger.RequestPay, "alipay_trade_pay", `{"code":"10003","out_trade_no":"T1OTHER"}`},
		{ledger.RequestPay, "alipay_trade_pay", `{"code":"40004","sub_code":"ACQ.PAYMENT_FAIL","out_trade_no":"T1OTHER"}`},
		{ledger.RequestClose, "alipay_trade_cancel", `{"code":"10000","out_trade_no":"T1OTHER","retry_flag":"N","action":"refund"}`},
	} {
		a := ask(t, &gateway{status: 200, body: answer(t, tt.method, tt.content)}, tt.request, ledger.ByCode)
		if a.Class != ledger.ClassUnknown || a.Returned {
			t.Errorf("%s: class %d, returned %v", tt.content, a.Class, a.Returned)
		}
	}
}

// TestClosedWithMoney: a closed trade with a time of payment was paid, and the money is back.
func TestClosedWithMoney(t *testing.T) {
	closed := strings.Replace(queryContent, "TRADE_SUCCESS", "TRADE_CLOSED", 1)
	a := ask(t, &gateway{status: 200, body: answer(t, "alipay_trade_query", closed)}, ledger.RequestQuery, ledger.ByCode)
	if a.Class != ledger.ClassReversed {
		t.Errorf("class %d", a.Class)
	}
}
