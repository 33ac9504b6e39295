package wechatpay_test

import (
	"strings"
	"testing"
	"time"

	"guitai/ledger"
)

// TestWordsAreBounded: an answer that nobody signed may say anything; what is kept goes into the ledger.
func TestWordsAreBounded(t *testing.T) {
	long := "130000000000000071" + strings.Repeat("\xff\\u001b", 20_000)
	for _, status := range []int{200, 400, 500} {
		p := signed(t, status, `{"code":"`+long+`","message":"`+long+`","trade_state":"`+long+`","trade_state_desc":"`+long+`"}`, time.Now())
		if status != 200 {
			p.header.Del("Wechatpay-Signature")
		}
		a := ask(t, p, ledger.RequestQuery, ledger.ByCode)
		if words := a.Code + a.Message; len(words) > 2000 || strings.ContainsAny(words, "\x1b\ufffd") || strings.Contains(words, "130000000000000071") {
			t.Errorf("status %d: %d bytes are kept: %.60q", status, len(words), words)
		}
	}
}

// TestAnotherOrdersReverse: a reverse that names another order reverses nothing here.
func TestAnotherOrdersReverse(t *testing.T) {
	for number, want := range map[string]ledger.Class{string(order): ledger.ClassAccepted, "T1OTHER": ledger.ClassUnknown} {
		body := `{"appid":"` + appID + `","mchid":"` + mchID + `","out_trade_no":"` + number + `"}`
		if a := ask(t, signed(t, 200, body, time.Now()), ledger.RequestClose, ledger.ByCode); a.Class != want {
			t.Errorf("%s: class %d, want %d", number, a.Class, want)
		}
	}
}

// TestDeniedByWay: what ends a close does not end a reverse, and the other way round.
func TestDeniedByWay(t *testing.T) {
	for code, way := range map[string]ledger.Way{"ORDER_PAID": ledger.ByQR, "TRADE_STATE_ERROR": ledger.ByQR, "REVERSE_EXPIRE": ledger.ByCode} {
		for _, asked := range []ledger.Way{ledger.ByQR, ledger.ByCode} {
			a := ask(t, signed(t, 400, `{"code":"`+code+`","message":"x"}`, time.Now()), ledger.RequestClose, asked)
			if (a.Class == ledger.ClassDenied) != (way == asked) {
				t.Errorf("%s, way %d: class %d", code, asked, a.Class)
			}
		}
	}
}
