package alipay_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/alipay"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

const (
	appID  = "2021000000000001"
	seller = "2088000000000001"
	order  = ledger.OrderNo("T1GATEWAY0001")
)

// gateway answers every request with the same bytes and keeps the last request.
type gateway struct {
	status int
	body   string
	asked  url.Values
}

func (g *gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if g.asked, err = url.ParseQuery(string(sent)); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: g.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(g.body)), Request: r}, nil
}

// line leads to the gateway that answers now. One connector serves all tests: reading its keys is the slow part.
type line struct{ gateway *gateway }

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) { return l.gateway.RoundTrip(r) }

var (
	wire      line
	connector *alipay.Connector
)

func connect(t testing.TB) *alipay.Connector {
	t.Helper()
	if connector != nil {
		return connector
	}
	conn, err := alipay.FromKeys(alipay.Keys{
		GatewayURL: "http://gateway.invalid/gateway.do", AppID: appID, SellerID: seller, Transport: &wire,
		PrivateKey: channeltest.PrivatePEM(t, channeltest.Keys()[0]), PublicKey: channeltest.PublicPEM(t, channeltest.Keys()[1]),
	})
	if err != nil {
		t.Fatal(err)
	}
	connector = conn
	return connector
}

func sign(t testing.TB, content string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(content))
	signature, err := rsa.SignPKCS1v15(rand.Reader, channeltest.Keys()[1], crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// answer is what the gateway sends: the content under the method's name, and its signature.
func answer(t testing.TB, method, content string) string {
	t.Helper()
	return `{"` + method + `_response":` + content + `,"sign":"` + sign(t, content) + `"}`
}

func ask(t testing.TB, g *gateway, request ledger.Request, way ledger.Way) ledger.Answer {
	t.Helper()
	conn := connect(t)
	wire.gateway = g
	o := channel.Order{Number: order, Way: way, Amount: ledger.Fen(1250), Subject: "tea", Person: "07", Expires: time.Now().Add(90 * time.Second)}
	switch request {
	case ledger.RequestPay:
		return conn.Pay(t.Context(), o, ledger.NewPayCode([]byte("280000000000000071"), time.Now()))
	case ledger.RequestOrder:
		return conn.Show(t.Context(), o)
	case ledger.RequestQuery:
		return conn.Query(t.Context(), o)
	}
	return conn.Close(t.Context(), o)
}

const (
	paidContent    = `{"code":"10000","out_trade_no":"T1GATEWAY0001","trade_no":"2026","total_amount":"12.50","gmt_payment":"2026-11-25 12:00:00"}`
	queryContent   = `{"code":"10000","out_trade_no":"T1GATEWAY0001","trade_no":"2026","total_amount":"12.50","trade_status":"TRADE_SUCCESS","send_pay_date":"2026-11-25 12:00:00"}`
	waitingContent = `{"code":"10000","out_trade_no":"T1GATEWAY0001","trade_no":"2026","total_amount":"12.50","trade_status":"WAIT_BUYER_PAY"}`
)

func TestPaidIsReadAsTheGatewayWritesIt(t *testing.T) {
	want := ledger.Named{Order: order, Amount: ledger.Fen(1250), Merchant: seller, App: appID, ChannelNo: "2026",
		PaidAt: time.Date(2026, 11, 25, 12, 0, 0, 0, ledger.Shanghai)}
	other := want
	other.Merchant = "2088999999999999"
	dollars := want
	dollars.Amount.Currency = "USD"
	for name, tt := range map[string]struct {
		request ledger.Request
		method  string
		content string
		want    ledger.Named
	}{
		"pay":            {ledger.RequestPay, "alipay_trade_pay", paidContent, want},
		"query":          {ledger.RequestQuery, "alipay_trade_query", queryContent, want},
		"finished":       {ledger.RequestQuery, "alipay_trade_query", strings.Replace(queryContent, "TRADE_SUCCESS", "TRADE_FINISHED", 1), want},
		"pretty":         {ledger.RequestPay, "alipay_trade_pay", strings.ReplaceAll(paidContent, `,`, ",\n\t "), want},
		"another seller": {ledger.RequestQuery, "alipay_trade_query", strings.Replace(queryContent, `"code"`, `"seller_id":"2088999999999999","code"`, 1), other},
		"dollars":        {ledger.RequestQuery, "alipay_trade_query", strings.Replace(queryContent, `"code"`, `"trans_currency":"USD","code"`, 1), dollars},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, &gateway{status: 200, body: answer(t, tt.method, tt.content)}, tt.request, ledger.ByCode)
			if a.Class != ledger.ClassPaid || !a.Verified || a.Named.Order != tt.want.Order || a.Named.Amount != tt.want.Amount ||
				a.Named.Merchant != tt.want.Merchant || a.Named.App != tt.want.App || !a.Named.PaidAt.Equal(tt.want.PaidAt) {
				t.Errorf("%+v, want %+v", a, tt.want)
			}
		})
	}
}

// TestPayNeverTakesAnotherMethodsAnswer: what is signed does not say which method it answers.
func TestPayNeverTakesAnotherMethodsAnswer(t *testing.T) {
	for name, content := range map[string]string{
		"query, waiting": waitingContent,
		"query, closed":  strings.Replace(waitingContent, "WAIT_BUYER_PAY", "TRADE_CLOSED", 1),
		"precreate":      `{"code":"10000","out_trade_no":"T1GATEWAY0001","qr_code":"https://qr.alipay.com/x"}`,
		"cancel":         `{"code":"10000","out_trade_no":"T1GATEWAY0001","trade_no":"2026","retry_flag":"N","action":"close"}`,
	} {
		a := ask(t, &gateway{status: 200, body: answer(t, "alipay_trade_pay", content)}, ledger.RequestPay, ledger.ByCode)
		if a.Class != ledger.ClassUnknown {
			t.Errorf("%s passes for the answer to a payment: class %d, %+v", name, a.Class, a.Named)
		}
	}
	a := ask(t, &gateway{status: 200, body: answer(t, "alipay_trade_query", paidContent)}, ledger.RequestQuery, ledger.ByCode)
	if a.Class != ledger.ClassUnknown {
		t.Errorf("an answer without a state passes for a query's: class %d", a.Class)
	}
}

// TestBodies: other ways to write an answer. None is paid without the one canonical signature over the very bytes.
func TestBodies(t *testing.T) {
	good, signature := answer(t, "alipay_trade_pay", paidContent), sign(t, paidContent)
	loose := []byte(signature) // 256 bytes end in ==, so the character before has four spare bits
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := len(loose) - 3
	loose[last] = alphabet[strings.IndexByte(alphabet, loose[last])|1]
	slashed := strings.ReplaceAll(signature, "/", `\/`)
	unpaid := strings.Replace(waitingContent, "WAIT", "X", 1)
	with := func(content, sign string) string {
		return `{"alipay_trade_pay_response":` + content + `,"sign":"` + sign + `"}`
	}
	for name, tt := range map[string]struct {
		status   int
		body     string
		verified bool
		code     string
	}{
		"good":                       {200, good, true, ""},
		"spaced":                     {200, " { \"alipay_trade_pay_response\" :\n" + paidContent + ` , "sign" : "` + signature + "\" }\n", true, ""},
		"with the certificate":       {200, strings.Replace(good, `"sign"`, `"alipay_cert_sn":"","sign"`, 1), true, ""},
		"status 500":                 {500, good, false, ledger.FaultHTTP},
		"status 204":                 {204, good, false, ledger.FaultHTTP},
		"loose base64":               {200, with(paidContent, string(loose)), false, ledger.FaultBadSignature},
		"loose base64, decoy":        {200, strings.TrimSuffix(with(paidContent, string(loose)), "}") + `,"SIGN":"` + signature + `"}`, false, ledger.FaultBadSignature},
		"slashes escaped":            {200, with(paidContent, slashed), !strings.Contains(signature, "/"), ledger.FaultBadSignature},
		"a line end in it":           {200, with(paidContent, signature[:40]+`\n`+signature[40:]), false, ledger.FaultBadSignature},
		"signed, then changed":       {200, with(strings.Replace(paidContent, "12.50", "12.51", 1), signature), false, ledger.FaultBadSignature},
		"another content's":          {200, with(paidContent, sign(t, unpaid)), false, ledger.FaultBadSignature},
		"no signature":               {200, `{"alipay_trade_pay_response":` + paidContent + `}`, false, ledger.FaultBadSignature},
		"empty signature":            {200, with(paidContent, ""), false, ledger.FaultBadSignature},
		"another method":             {200, answer(t, "alipay_trade_query", paidContent), false, ledger.FaultNotJSON},
		"the last of two is changed": {200, strings.TrimSuffix(good, "}") + `,"alipay_trade_pay_response":` + strings.Replace(paidContent, "12.50", "12.51", 1) + `}`, false, ledger.FaultBadSignature},
		"null":                       {200, "null", false, ledger.FaultNotJSON},
		"encrypted":                  {200, `{"alipay_trade_pay_response":"AAAA","sign":"` + sign(t, `"AAAA"`) + `"}`, false, ledger.FaultBadSignature},
		"two documents":              {200, good + good, false, ledger.FaultNotJSON},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, &gateway{status: tt.status, body: tt.body}, ledger.RequestPay, ledger.ByCode)
			if a.Verified != tt.verified || (a.Class == ledger.ClassPaid) != tt.verified {
				t.Errorf("verified %v, class %d, %s", a.Verified, a.Class, a.Code)
			}
			if !tt.verified && tt.code != "" && a.Code != tt.code {
				t.Errorf("%s, want %s", a.Code, tt.code)
			}
		})
	}
}

// TestEscapedQR: the gateway may write a slash as \/; what is shown has none of that.
func TestEscapedQR(t *testing.T) {
	content := `{"code":"10000","out_trade_no":"T1GATEWAY0001","qr_code":"https:\/\/qr.alipay.com\/bax01"}`
	a := ask(t, &gateway{status: 200, body: answer(t, "alipay_trade_precreate", content)}, ledger.RequestOrder, ledger.ByQR)
	if a.Class != ledger.ClassShown || a.QR != "https://qr.alipay.com/bax01" {
		t.Errorf("%+v", a)
	}
	for name, content := range map[string]string{
		"no qr":         `{"code":"10000","out_trade_no":"T1GATEWAY0001"}`,
		"another order": `{"code":"10000","out_trade_no":"T1GATEWAY0002","qr_code":"https://qr.alipay.com/bax01"}`,
	} {
		a := ask(t, &gateway{status: 200, body: answer(t, "alipay_trade_precreate", content)}, ledger.RequestOrder, ledger.ByQR)
		if a.Class != ledger.ClassUnknown || a.QR != "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// TestRequests: what is asked, by name.
func TestRequests(t *testing.T) {
	for name, tt := range map[string]struct {
		request ledger.Request
		way     ledger.Way
		method  string
		biz     map[string]string
	}{
		"pay": {ledger.RequestPay, ledger.ByCode, "alipay.trade.pay", map[string]string{"scene": "bar_code", "auth_code": "280000000000000071",
			"total_amount": "12.50", "subject": "tea", "product_code": "FACE_TO_FACE_PAYMENT", "seller_id": seller, "operator_id": "07"}},
		"show": {ledger.RequestOrder, ledger.ByQR, "alipay.trade.precreate", map[string]string{"total_amount": "12.50", "qr_code_timeout_express": "2m",
			"time_expire": time.Now().Add(90 * time.Second).In(ledger.Shanghai).Format(time.DateTime)}},
		"query":        {ledger.RequestQuery, ledger.ByCode, "alipay.trade.query", nil},
		"cancel":       {ledger.RequestClose, ledger.ByCode, "alipay.trade.cancel", nil},
		"close a qr's": {ledger.RequestClose, ledger.ByQR, "alipay.trade.close", nil},
	} {
		t.Run(name, func(t *testing.T) {
			g := &gateway{status: 200, body: "{}"}
			ask(t, g, tt.request, tt.way)
			var biz map[string]string
			if err := json.Unmarshal([]byte(g.asked.Get("biz_content")), &biz); err != nil {
				t.Fatal(err)
			}
			if g.asked.Get("method") != tt.method || g.asked.Get("app_id") != appID || biz["out_trade_no"] != string(order) {
				t.Errorf("%v", g.asked)
			}
			for field, want := range tt.biz {
				if field == "time_expire" { // computed twice, a second may lie between
					got, err := time.ParseInLocation(time.DateTime, biz[field], ledger.Shanghai)
					if until := time.Until(got); err != nil || until < 80*time.Second || until > 90*time.Second {
						t.Errorf("time_expire %q", biz[field])
					}
					continue
				}
				if biz[field] != want {
					t.Errorf("%s = %q, want %q", field, biz[field], want)
				}
			}
		})
	}
}

// FuzzStranger: whatever answers without the key is unknown, and nothing falls over.
func FuzzStranger(f *testing.F) {
	f.Add(200, answer(f, "alipay_trade_precreate", paidContent))
	f.Add(200, `{"alipay_trade_pay_response":"","sign":"AA=="}`)
	f.Add(200, `{"alipay_trade_pay_response":{"code":10000},"sign":1}`)
	f.Add(200, `{"error_response":null}`)
	f.Add(200, `{"error_response":{}}`)
	f.Add(200, `{"alipay_trade_pay_response":null}`)
	f.Add(200, `{"error_response":{"code":"20000"},"sign":""}`)
	f.Add(302, "<html>")
	good := answer(f, "alipay_trade_pay", paidContent)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 100 || status > 999 || strings.Contains(body, good[len(good)-60:len(good)-2]) {
			return
		}
		a := ask(t, &gateway{status: status, body: body}, ledger.RequestPay, ledger.ByCode)
		if a.Verified || a.Class != ledger.ClassUnknown || a.Code == "" {
			t.Errorf("%+v", a)
		}
	})
}
