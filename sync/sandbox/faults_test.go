package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// onTCP is a world behind a real socket, as another process would meet it.
func onTCP(t *testing.T) *world {
	t.Helper()
	server, err := Open(Config{Dir: t.TempDir(), Keys: testKeys()})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	t.Cleanup(func() { web.Close(); _ = server.Close() })
	w := connect(t, web.URL, server.Client(), &http.Transport{})
	w.server = server
	return w
}

func (w *world) control(path, body string) (int, string) {
	w.t.Helper()
	reply, err := http.Post(w.base+path, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return reply.StatusCode, string(text)
}

func TestInjectedFaults(t *testing.T) {
	for _, c := range []struct{ kind, alipay, wechat, record string }{
		{FaultDelay, "10000", "SUCCESS", "paid 1250-0"},
		{FaultDropBefore, "!", "!", "none"},
		{FaultCommitDrop, "!", "!", "paid 1250-0"},
		{Fault500, "!", "!", "paid 1250-0"},
		{FaultHTML, "!", "!", "none"},
		{FaultTruncated, "!", "!", "paid 1250-0"},
		{FaultBadSign, "!", "!", "paid 1250-0"},
		{FaultNoSign, "unsigned 10000", "!", "paid 1250-0"},
		{FaultProbeSign, "!", "!", "paid 1250-0"},
		{FaultSkew, "10000", "!", "paid 1250-0"},
		{FaultDown, "!", "!", "none"},
		{FaultSystemError, "40004 ACQ.SYSTEM_ERROR", "500 SYSTEM_ERROR", "paid 1250-0"},
		{FaultSystemErrorBefore, "20000 aop.ACQ.SYSTEM_ERROR", "500 SYSTEM_ERROR", "none"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			w := onTCP(t)
			for _, channel := range []string{Alipay, WechatPay} {
				if err := w.server.Fault(Fault{Channel: channel, Operation: opPay, Fault: c.kind, DelayMs: 1, Count: 1}); err != nil {
					t.Fatal(err)
				}
			}
			w.same("alipay", w.alipayPay("A00001", "12.50", w.server.NewCode(Alipay, 0)), c.alipay)
			w.same("alipay record", w.order("A00001"), c.record)
			w.same("used up", w.alipayPay("A00002", "12.50", w.server.NewCode(Alipay, 0)), "10000")
			w.same("wechat", w.wechatPay("W00001", 1250, w.server.NewCode(WechatPay, 0)), c.wechat)
			w.same("wechat record", w.order("W00001"), c.record)
			w.same("used up", w.wechatPay("W00002", 1250, w.server.NewCode(WechatPay, 0)), "SUCCESS")
		})
	}
}

func TestFaultsChooseTheirRequests(t *testing.T) {
	w := onTCP(t)
	w.alipayPay("A00001", "1.00", w.server.NewCode(Alipay, 0))
	w.wechatPay("W00001", 100, w.server.NewCode(WechatPay, 0))
	arm := func(f Fault) {
		t.Helper()
		w.server.ClearFaults()
		if err := w.server.Fault(f); err != nil {
			t.Fatal(err)
		}
	}
	arm(Fault{Channel: Alipay, Operation: opQuery, Fault: FaultBadSign})
	for range 3 {
		w.same("until cleared", w.alipayQuery("A00001"), "!")
	}
	w.same("other channel", w.wechatQuery("W00001", 100), "SUCCESS")
	arm(Fault{Channel: "*", Operation: "*", Order: "A00001", Fault: FaultDown, Count: 2})
	w.same("other order", w.alipayQuery("A00002"), "ACQ.TRADE_NOT_EXIST")
	w.same("one", w.alipayQuery("A00001"), "!")
	w.same("two", w.alipayCancel("A00001"), "!")
	w.same("three", w.alipayQuery("A00001"), "TRADE_SUCCESS")
	arm(Fault{Channel: "*", Operation: opClose, Fault: FaultCommitDrop, Count: 2})
	w.same("reverse", w.wechatEnd("W00001", "reverse"), "!")
	w.same("executed", w.order("W00001"), "reversed 100-100")
	w.same("cancel", w.alipayCancel("A00001"), "!")
	w.same("executed", w.order("A00001"), "reversed 100-100")
	arm(Fault{Channel: "*", Operation: opOrder, Fault: FaultHTML})
	_, text := w.wechatOrder("W00002", 100)
	w.same("order", text, "!")
	w.server.ClearFaults()
	_, text = w.wechatOrder("W00002", 100)
	w.same("cleared", text, "")
	// A fault wins over the order's own behaviour.
	arm(Fault{Channel: Alipay, Operation: opPay, Fault: FaultDropBefore, Count: 1})
	w.same("fault before behaviour", w.alipayPay("A00003", "1.76", w.server.NewCode(Alipay, 0)), "!")
	w.same("not executed", w.order("A00003"), "none")
}

func TestControl(t *testing.T) {
	w := onTCP(t)
	for body, want := range map[string]int{
		`{"channel":"alipay","operation":"pay","fault":"500"}`: 200,
		`{"clear":true}`: 200,
		`{"channel":"unionpay","operation":"pay","fault":"500"}`:                   400,
		`{"channel":"alipay","operation":"bank","fault":"500"}`:                    400,
		`{"channel":"alipay","operation":"pay","fault":"fire"}`:                    400,
		`{"channel":"alipay","operation":"pay","fault":"delay"}`:                   400,
		`{"channel":"alipay","operation":"pay","fault":"500","count":-1}`:          400,
		`{"channel":"alipay","operation":"pay","fault":"delay","delay_ms":999999}`: 400,
		`{"chanel":"alipay"}`:   400,
		`{"clear":true} {}`:     400,
		`not JSON`:              400,
		`{"clear":true,"a":[]}`: 400,
	} {
		status, text := w.control("/sandbox/faults", body)
		var reply map[string]string
		if err := json.Unmarshal([]byte(text), &reply); status != want || err != nil || want == 400 && len(reply["error"]) < 20 {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
	w.server.ClearFaults()

	alipayQR, _ := w.alipayOrder("A00001", "12.50", nil)
	wechatQR, _ := w.wechatOrder("W00001", 1273)
	for body, want := range map[string]int{
		`{"qr":"` + alipayQR + `"}`:                 200,
		`{"qr":"` + wechatQR + `","behaviour":74}`:  200,
		`{"qr":"https://qr.alipay.com/baxreal"}`:    404,
		`{"qr":"` + wechatQR + `","behaviour":12}`:  400,
		`{"qr":"` + wechatQR + `","behaviour":"x"}`: 400,
	} {
		if status, text := w.control("/sandbox/scan", body); status != want {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
	if status, text := w.control("/sandbox/scan", `{"qr":"`+alipayQR+`"}`); status != 409 || !strings.Contains(text, "paid") {
		t.Errorf("paid twice: %d %s", status, text)
	}

	reply, err := http.Get(w.base + "/sandbox/orders")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	var orders []Order
	if err := json.NewDecoder(reply.Body).Decode(&orders); err != nil || len(orders) != 2 {
		t.Fatal(orders, err)
	}
	first := orders[0]
	if first.Channel != Alipay || first.Number != "A00001" || first.Amount != 1250 || first.State != Paid || first.Paid != 1250 ||
		len(first.Changes) != 2 || first.Changes[0].State != Issued || first.Changes[1].State != Paid || first.Changes[1].Time.IsZero() {
		t.Errorf("first order %+v", first)
	}
	if second := orders[1]; second.State != Waiting || second.Behaviour != password {
		t.Errorf("second order %+v", second) // the magic amount won over the scan's choice
	}
}
