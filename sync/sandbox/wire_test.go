package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/smartwalle/alipay/v3"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// tap stands between a library and the simulator: it can change a signed request, and keeps the last exchange.
type tap struct {
	next   http.RoundTripper
	change func(r *http.Request, body []byte) []byte
	sent   *http.Request
	body   []byte
	reply  *http.Response
	text   []byte
}

func (p *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	p.body = bytes.Clone(body)
	r = r.Clone(r.Context())
	p.sent = r.Clone(context.WithoutCancel(r.Context()))
	if p.change != nil {
		body = p.change(r, body)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	reply, err := p.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	p.reply = reply
	p.text, err = io.ReadAll(reply.Body)
	reply.Body = io.NopCloser(bytes.NewReader(p.text))
	return reply, err
}

// again sends the last request once more, byte for byte, and gives the status.
func (p *tap) again(t *testing.T) int {
	t.Helper()
	r := p.sent.Clone(p.sent.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(p.body)), int64(len(p.body))
	reply, err := p.next.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	return reply.StatusCode
}

// tapped puts a tap into a world.
func tapped(w *world) *tap {
	p := &tap{next: w.http.Transport}
	w.http.Transport = p
	return p
}

func TestAlipayRejectsEveryChangedParameter(t *testing.T) {
	w := newWorld(t, Config{})
	p := tapped(w)
	w.alipayPay("A00000", "1.00", w.server.NewCode(Alipay, 0))
	form, err := url.ParseQuery(string(p.body))
	if err != nil || len(form) < 9 {
		t.Fatal(form, err)
	}
	before := len(w.server.Orders())
	flips := 0
	for name := range form {
		for at := range len(form.Get(name)) {
			if name == "biz_content" && at%7 != 0 || name == "sign" && at%29 != 0 {
				continue // a sample of the long ones
			}
			p.change = func(_ *http.Request, body []byte) []byte {
				form, _ := url.ParseQuery(string(body))
				value := []byte(form.Get(name))
				if at < len(value) {
					value[at] ^= 1
				}
				form.Set(name, string(value))
				return []byte(form.Encode())
			}
			flips++
			if got := w.alipayPay("B00000", "1.00", w.server.NewCode(Alipay, 0)); !strings.HasPrefix(got, "unsigned 40002 isv.invalid-") {
				t.Errorf("%s byte %d changed: %q", name, at, got)
			}
		}
	}
	for what, change := range map[string]func(url.Values){
		"dropped":  func(v url.Values) { v.Del("format") },
		"added":    func(v url.Values) { v.Set("notify_url", "https://other.invalid") },
		"repeated": func(v url.Values) { v.Add("charset", "utf-8") },
		"unsigned": func(v url.Values) { v.Del("sign") },
		"MD5":      func(v url.Values) { v.Set("sign_type", "RSA") },
	} {
		p.change = func(_ *http.Request, body []byte) []byte {
			form, _ := url.ParseQuery(string(body))
			change(form)
			return []byte(form.Encode())
		}
		if got := w.alipayPay("B00000", "1.00", w.server.NewCode(Alipay, 0)); !strings.HasPrefix(got, "unsigned 40002") {
			t.Errorf("parameter %s: %q", what, got)
		}
	}
	if got := len(w.server.Orders()); got != before || flips < 60 {
		t.Errorf("%d orders before, %d after %d flips", before, got, flips)
	}
	if !bytes.HasPrefix(p.text, []byte(`{"error_response":{"code":"40002"`)) || bytes.Contains(p.text, []byte(`"sign":`)) {
		t.Errorf("gateway error is %s", p.text)
	}
}

func TestWechatRejectsEveryChangedByte(t *testing.T) {
	w := newWorld(t, Config{})
	p := tapped(w)
	code := w.server.NewCode(WechatPay, 0)
	w.wechatPay("A00000", 100, code)
	length := len(p.body)
	header := len(p.sent.Header.Get("Authorization"))
	before := len(w.server.Orders())
	check := func(what string, change func(r *http.Request, body []byte) []byte) {
		t.Helper()
		p.change = change
		w.same(what, w.wechatPay("B00000", 100, code), "401 SIGN_ERROR")
	}
	for at := 0; at < length; at += 3 {
		check("body", func(_ *http.Request, body []byte) []byte { body[at] ^= 1; return body })
	}
	check("trailing newline gone", func(_ *http.Request, body []byte) []byte { return bytes.TrimSuffix(body, []byte("\n")) })
	check("query added", func(r *http.Request, body []byte) []byte { r.URL.RawQuery = "mchid=1"; return body })
	check("other path", func(r *http.Request, body []byte) []byte {
		r.URL.Path = "/v3/pay/transactions/native"
		return body
	})
	for at := len(wechatScheme) + 1; at < header; at += 5 {
		check("authorization", func(r *http.Request, body []byte) []byte {
			text := []byte(r.Header.Get("Authorization"))
			text[at] ^= 1
			r.Header.Set("Authorization", string(text))
			return body
		})
	}
	p.change = nil
	if got := len(w.server.Orders()); got != before {
		t.Errorf("%d orders before, %d after", before, got)
	}
	w.same("unchanged", w.wechatPay("A00000", 100, code), "SUCCESS")
	w.same("replayed", strconv.Itoa(p.again(t)), "401")
	w.wechat = wechatClient(t, w.server.Client(), strings.Repeat("0", 40), w.http)
	w.same("unknown serial", w.wechatQuery("A00000", 100), "401 SIGN_ERROR")
}

func TestStaleRequests(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		p := tapped(w)
		held := func(d time.Duration) {
			p.change = func(_ *http.Request, body []byte) []byte { time.Sleep(d); return body }
		}
		held(301 * time.Second)
		w.same("wechat, 301 s on the way", w.wechatQuery("A00000", 1), "401 SIGN_ERROR")
		held(299 * time.Second)
		w.same("wechat, 299 s on the way", w.wechatQuery("A00000", 1), "404 ORDER_NOT_EXIST")
		held(31 * time.Minute)
		w.same("alipay, 31 min on the way", w.alipayQuery("A00000"), "unsigned 40002 isv.invalid-timestamp")
		held(29 * time.Minute)
		w.same("alipay, 29 min on the way", w.alipayQuery("A00000"), "ACQ.TRADE_NOT_EXIST")
	})
}

func TestWechatErrorsAreSigned(t *testing.T) {
	for _, unsigned := range []bool{false, true} {
		w := newWorld(t, Config{UnsignedErrors: unsigned})
		public, err := utils.LoadPublicKey(w.server.Client().WechatPay.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		validator := validators.NewWechatPayResponseValidator(verifiers.NewSHA256WithRSAPubkeyVerifier(PublicKeyID, *public))
		result, err := w.wechat.Get(t.Context(), w.base+"/v3/pay/transactions/out-trade-no/NONE01?mchid="+MchID)
		if heard(err, "") != "404 ORDER_NOT_EXIST" {
			t.Fatal(err)
		}
		if err := validator.Validate(t.Context(), result.Response); (err != nil) != unsigned {
			t.Errorf("unsigned %v: %v", unsigned, err)
		}
	}
}

func TestSpoiltAnswersAreSpoiltAsPromised(t *testing.T) {
	w := newWorld(t, Config{})
	p := tapped(w)
	w.wechatPay("W00083", 183, w.server.NewCode(WechatPay, 0))
	if !strings.HasPrefix(p.reply.Header.Get("Wechatpay-Signature"), "WECHATPAY/SIGNTEST/") {
		t.Error("probe signature does not look like one")
	}
	w.wechatPay("W00084", 184, w.server.NewCode(WechatPay, 0))
	stamp, _ := strconv.ParseInt(p.reply.Header.Get("Wechatpay-Timestamp"), 10, 64)
	if off := time.Since(time.Unix(stamp, 0)); off < 9*time.Minute || off > 11*time.Minute {
		t.Errorf("skewed by %v", off)
	}
	message := strconv.FormatInt(stamp, 10) + "\n" + p.reply.Header.Get("Wechatpay-Nonce") + "\n" + string(p.text) + "\n"
	if err := verify(&testKeys().wechatpay.PublicKey, []byte(message), p.reply.Header.Get("Wechatpay-Signature")); err != nil {
		t.Errorf("skewed answer is not correctly signed: %v", err)
	}
	w.alipayPay("A00084", "1.84", w.server.NewCode(Alipay, 0))
	date, err := http.ParseTime(p.reply.Header.Get("Date"))
	if off := time.Since(date); err != nil || off < 9*time.Minute {
		t.Errorf("Alipay Date off by %v, %v", off, err)
	}
	w.wechatPay("W00082", 182, w.server.NewCode(WechatPay, 0))
	if p.reply.StatusCode != 200 || p.reply.Header.Get("Wechatpay-Signature") != "" {
		t.Error("no_sign is signed or not 200")
	}
}

// The fields that a till compares, from both channels and for both kinds of order.
func TestFullAnswers(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		beforePay := time.Now().In(beijing)
		pay, err := w.alipay.TradePay(w.t.Context(), alipay.TradePay{Scene: "bar_code", AuthCode: w.server.NewCode(Alipay, 0), TerminalId: "T1",
			Trade: alipay.Trade{Subject: "茶 & <饼>", OutTradeNo: "A00001", TotalAmount: "12.50", StoreId: "S1"}})
		if err != nil || pay.TotalAmount != "12.50" || pay.ReceiptAmount != "12.50" || pay.BuyerPayAmount != "12.50" ||
			pay.OutTradeNo != "A00001" || pay.GmtPayment != beforePay.Format(alipayTime) || !strings.Contains(pay.BuyerLogonId, "*") ||
			len(pay.FundBillList) != 1 || !regexp.MustCompile(`^\d{28}$`).MatchString(pay.TradeNo) {
			w.t.Errorf("pay %+v %v", pay, err)
		}
		query, err := w.alipay.TradeQuery(w.t.Context(), alipay.TradeQuery{TradeNo: pay.TradeNo})
		if err != nil || query.OutTradeNo != "A00001" || query.TradeStatus != "TRADE_SUCCESS" || query.TotalAmount != "12.50" ||
			query.SendPayDate != pay.GmtPayment || query.StoreId != "S1" || query.TerminalId != "T1" {
			w.t.Errorf("query by trade_no %+v %v", query, err)
		}
		for kind, number := range map[string]string{"MICROPAY": "W00001", "NATIVE": "W00002"} {
			if kind == "MICROPAY" {
				w.wechatPay(number, 1250, w.server.NewCode(WechatPay, 0))
			} else {
				qr, _ := w.wechatOrder(number, 1250)
				if _, err := w.server.Scan(qr, 0); err != nil {
					w.t.Fatal(err)
				}
			}
			reply, _ := w.wechatRead(w.wechat.Get(w.t.Context(), w.base+"/v3/pay/transactions/out-trade-no/"+number+"?mchid="+MchID))
			id, _ := reply["transaction_id"].(string)
			byID, _ := w.wechatRead(w.wechat.Get(w.t.Context(), w.base+"/v3/pay/transactions/id/"+id+"?mchid="+MchID))
			one, _ := json.Marshal(reply)
			two, _ := json.Marshal(byID)
			w.same("by id", string(two), string(one))
			w.same("fields", string(one), `{"amount":{"currency":"CNY","payer_currency":"CNY","payer_total":1250,"total":1250},`+
				`"appid":"`+WechatAppID+`","attach":"","bank_type":"OTHERS","mchid":"`+MchID+`","out_trade_no":"`+number+`",`+
				`"payer":{"openid":"oSANDBOX00000000000000000071"},"promotion_detail":[],"success_time":"`+beforePay.Format(time.RFC3339)+
				`","trade_state":"SUCCESS","trade_state_desc":"支付成功","trade_type":"`+kind+`","transaction_id":"`+id+`"}`)
		}
		code := w.server.NewCode(WechatPay, 74)
		reply, _ := w.wechatPost("/v3/pay/transactions/codepay", codepayBody("W00003", 100, code))
		if len(reply) != 1 || reply["trade_state"] != "USERPAYING" {
			w.t.Errorf("USERPAYING body %v", reply)
		}
	})
}

func TestRequestsThatAreRefused(t *testing.T) {
	w := newWorld(t, Config{})
	code := func() string { return w.server.NewCode(WechatPay, 0) }
	for what, change := range map[string]func(fields){
		"PARAM_ERROR no store":      func(b fields) { delete(b, "scene_info") },
		"PARAM_ERROR empty store":   func(b fields) { b["scene_info"] = fields{"store_info": fields{}} },
		"PARAM_ERROR no code":       func(b fields) { delete(b, "payer") },
		"PARAM_ERROR no text":       func(b fields) { delete(b, "description") },
		"PARAM_ERROR long text":     func(b fields) { b["description"] = strings.Repeat("茶", 128) },
		"PARAM_ERROR zero":          func(b fields) { b["amount"] = fields{"total": 0} },
		"PARAM_ERROR fraction":      func(b fields) { b["amount"] = fields{"total": 1.5} },
		"PARAM_ERROR currency":      func(b fields) { b["amount"] = fields{"total": 1, "currency": "USD"} },
		"PARAM_ERROR short number":  func(b fields) { b["out_trade_no"] = "12345" },
		"MCH_NOT_EXISTS merchant":   func(b fields) { b["mchid"] = "1" },
		"APPID_MCHID_NOT_MATCH app": func(b fields) { b["appid"] = "wx1" },
	} {
		body := codepayBody("W00001", 100, code())
		change(body)
		_, got := w.wechatPost("/v3/pay/transactions/codepay", body)
		w.same(what, got, "400 "+strings.Fields(what)[0])
	}
	for what, change := range map[string]func(fields){
		"no notify_url":   func(b fields) { delete(b, "notify_url") },
		"http notify_url": func(b fields) { b["notify_url"] = "http://a.invalid/x" },
		"query in it":     func(b fields) { b["notify_url"] = "https://a.invalid/x?y=1" },
		"bad time_expire": func(b fields) { b["time_expire"] = "2026-01-02 03:04:05" },
	} {
		body := nativeBody("W00002", 100)
		change(body)
		_, got := w.wechatPost("/v3/pay/transactions/native", body)
		w.same(what, got, "400 PARAM_ERROR")
	}
	_, got := w.wechatRead(w.wechat.Get(t.Context(), w.base+"/v3/pay/transactions/out-trade-no/W00001"))
	w.same("query without mchid", got, "400 PARAM_ERROR")
	_, got = w.wechatRead(w.wechat.Get(t.Context(), w.base+"/v3/certificates"))
	w.same("certificates in public-key mode", got, "404 RESOURCE_NOT_EXISTS")

	for what, amount := range map[string]string{"zero": "0.00", "three decimals": "1.001", "too much": "100000000.01"} {
		w.same(what, w.alipayPay("A00001", amount, w.server.NewCode(Alipay, 0)), "40004 ACQ.INVALID_PARAMETER")
	}
	w.same("no number", w.alipayPay("A 1", "1.00", w.server.NewCode(Alipay, 0)), "40004 ACQ.INVALID_PARAMETER")
	_, got = w.alipayOrder("A00002", "1.00", func(q *alipay.TradePreCreate) { q.TimeExpire = "2001-01-01 00:00:00" })
	w.same("expired", got, "40004 ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR")
	var reply alipay.TradeQueryRsp
	if err := w.alipay.Request(t.Context(), alipay.NewPayload("alipay.trade.create"), &reply); err != nil || reply.SubCode != "isv.invalid-method" {
		t.Errorf("unknown method: %+v %v", reply, err)
	}
	if n := len(w.server.Orders()); n != 0 {
		t.Errorf("%d orders out of refused requests", n)
	}
}
