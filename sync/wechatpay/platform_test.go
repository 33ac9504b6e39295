package wechatpay_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
	"guitai/sync/wechatpay"
)

const (
	mchID  = "1900000001"
	appID  = "wx0000000000000001"
	serial = "3775B6A45ACD588826D15E583A95F5DD00000001"
	apiv3  = "0123456789abcdef0123456789abcdef"
	keyID  = "PUB_KEY_ID_0000000000000001"
	order  = ledger.OrderNo("T1PLATFORM0001")
)

// platform answers every request with the same bytes and keeps the last request.
type platform struct {
	status int
	header http.Header
	body   string
	asked  *http.Request
	sent   string
}

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	p.asked = r
	if r.Body != nil {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		p.sent = string(sent)
	}
	return &http.Response{StatusCode: p.status, Header: p.header.Clone(), Body: io.NopCloser(strings.NewReader(p.body)), Request: r}, nil
}

// signed is an answer of the platform that was signed at a time.
func signed(t testing.TB, status int, body string, at time.Time) *platform {
	t.Helper()
	stamp := strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256([]byte(stamp + "\nnonce\n" + body + "\n"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, channeltest.Keys()[1], crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	header.Set("Wechatpay-Serial", keyID)
	header.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signature))
	header.Set("Wechatpay-Timestamp", stamp)
	header.Set("Wechatpay-Nonce", "nonce")
	header.Set("Request-Id", "08")
	return &platform{status: status, header: header, body: body}
}

// line leads to the platform that answers now. One connector serves all tests: reading its keys is the slow part.
type line struct{ platform *platform }

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) { return l.platform.RoundTrip(r) }

var (
	wire      line
	connector *wechatpay.Connector
)

func connect(t testing.TB) *wechatpay.Connector {
	t.Helper()
	if connector != nil {
		return connector
	}
	conn, err := wechatpay.FromKeys(wechatpay.Keys{
		BaseURL: "http://platform.invalid", MchID: mchID, AppID: appID, MerchantSerial: serial, PublicKeyID: keyID, StoreID: "S1", APIv3Key: apiv3,
		NotifyURL: "https://notify.invalid/", PrivateKey: channeltest.PrivatePEM(t, channeltest.Keys()[0]), PublicKey: channeltest.PublicPEM(t, channeltest.Keys()[1]), Transport: &wire,
	})
	if err != nil {
		t.Fatal(err)
	}
	connector = conn
	return connector
}

func ask(t testing.TB, p *platform, request ledger.Request, way ledger.Way) ledger.Answer {
	t.Helper()
	conn := connect(t)
	wire.platform = p
	o := channel.Order{Number: order, Way: way, Amount: ledger.Fen(1250), Subject: "tea", Expires: time.Now().Add(90 * time.Second)}
	switch request {
	case ledger.RequestPay:
		return conn.Pay(t.Context(), o, ledger.NewPayCode([]byte("130000000000000071"), time.Now()))
	case ledger.RequestOrder:
		return conn.Show(t.Context(), o)
	case ledger.RequestQuery:
		return conn.Query(t.Context(), o)
	}
	return conn.Close(t.Context(), o)
}

const paid = `{"appid":"wx0000000000000001","mchid":"1900000001","out_trade_no":"T1PLATFORM0001","transaction_id":"4200",` +
	`"trade_state":"SUCCESS","success_time":"2026-11-25T12:00:00+08:00","amount":{"total":1250,"currency":"CNY"}}`

// state is the trade in another state, as a query tells it.
func state(name, time string) string {
	text := strings.Replace(paid, "SUCCESS", name, 1)
	return strings.Replace(text, "2026-11-25T12:00:00+08:00", time, 1)
}

func TestPaid(t *testing.T) {
	for name, body := range map[string]string{"plain": paid, "pretty": strings.ReplaceAll(paid, ",", ",\n  ")} {
		for _, request := range []ledger.Request{ledger.RequestPay, ledger.RequestQuery} {
			a := ask(t, signed(t, 200, body, time.Now()), request, ledger.ByCode)
			want := ledger.Named{Order: order, Amount: ledger.Fen(1250), Merchant: mchID, App: appID, ChannelNo: "4200", PaidAt: a.Named.PaidAt}
			if a.Class != ledger.ClassPaid || !a.Verified || a.Named != want || !a.Named.PaidAt.Equal(time.Date(2026, 11, 25, 4, 0, 0, 0, time.UTC)) {
				t.Errorf("%s: %+v", name, a)
			}
		}
	}
}

// TestStates: a signed state of a trade, and what it amounts to for this order and for another.
func TestStates(t *testing.T) {
	other := strings.NewReplacer("T1PLATFORM0001", "T1PLATFORM0002")
	const when = "2026-11-25T12:00:00+08:00"
	for _, tt := range []struct {
		body        string
		mine, other ledger.Class
	}{
		{state("USERPAYING", ""), ledger.ClassWaiting, ledger.ClassUnknown},
		{state("ACCEPT", ""), ledger.ClassWaiting, ledger.ClassUnknown},
		{state("NOTPAY", ""), ledger.ClassOpen, ledger.ClassUnknown},
		{state("CLOSED", ""), ledger.ClassClosed, ledger.ClassUnknown},
		{state("REVOKED", ""), ledger.ClassClosed, ledger.ClassUnknown},
		{state("REVOKED", when), ledger.ClassReversed, ledger.ClassUnknown},
		{state("PAYERROR", ""), ledger.ClassFailed, ledger.ClassUnknown},
		{state("REFUND", when), ledger.ClassRefunded, ledger.ClassUnknown},
		{state("NEW_IDEA", ""), ledger.ClassUnknown, ledger.ClassUnknown},
		{`{"trade_state":"USERPAYING"}`, ledger.ClassWaiting, ledger.ClassWaiting},
		{`{"trade_state":"CLOSED"}`, ledger.ClassUnknown, ledger.ClassUnknown},
		{`{}`, ledger.ClassUnknown, ledger.ClassUnknown},
		{``, ledger.ClassUnknown, ledger.ClassUnknown},
		{`[]`, ledger.ClassUnknown, ledger.ClassUnknown},
		{`null`, ledger.ClassUnknown, ledger.ClassUnknown},
	} {
		for body, want := range map[string]ledger.Class{tt.body: tt.mine, other.Replace(tt.body): tt.other} {
			a := ask(t, signed(t, 200, body, time.Now()), ledger.RequestQuery, ledger.ByCode)
			if a.Class != want {
				t.Errorf("%s is class %d, want %d", body, a.Class, want)
			}
		}
	}
}

// TestSignature: each way in which a paid answer is not quite signed.
func TestSignature(t *testing.T) {
	set := func(name, value string) func(*platform) { return func(p *platform) { p.header.Set(name, value) } }
	for name, spoil := range map[string]func(*platform){
		"another key":  set("Wechatpay-Serial", "PUB_KEY_ID_0000000000000002"),
		"no serial":    func(p *platform) { p.header.Del("Wechatpay-Serial") },
		"no signature": func(p *platform) { p.header.Del("Wechatpay-Signature") },
		"no timestamp": func(p *platform) { p.header.Del("Wechatpay-Timestamp") },
		"no nonce":     func(p *platform) { p.header.Del("Wechatpay-Nonce") },
		"a second later": func(p *platform) {
			stamp, err := strconv.ParseInt(p.header.Get("Wechatpay-Timestamp"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			p.header.Set("Wechatpay-Timestamp", strconv.FormatInt(stamp+1, 10))
		},
		"another nonce": set("Wechatpay-Nonce", "once"),
		"probe": func(p *platform) {
			p.header.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+p.header.Get("Wechatpay-Signature"))
		},
		"loose base64":     func(p *platform) { p.header.Set("Wechatpay-Signature", loosen(p.header.Get("Wechatpay-Signature"))) },
		"a space in front": func(p *platform) { p.body = " " + p.body },
		"a line at its end": func(p *platform) {
			p.body += "\n"
		},
		"another amount": func(p *platform) { p.body = strings.Replace(p.body, "1250", "1251", 1) },
		"status 500":     func(p *platform) { p.status = 500 },
		"status 302":     func(p *platform) { p.status = 302 },
		"status 404":     func(p *platform) { p.status = 404 },
		"ten minutes old": func(p *platform) {
			old := signed(t, 200, paid, time.Now().Add(-10*time.Minute))
			p.header = maps.Clone(old.header)
		},
		"ten minutes ahead": func(p *platform) {
			p.header = signed(t, 200, paid, time.Now().Add(10*time.Minute)).header
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := signed(t, 200, paid, time.Now())
			spoil(p)
			a := ask(t, p, ledger.RequestPay, ledger.ByCode)
			if a.Class != ledger.ClassUnknown || a.Verified || a.Code == "" {
				t.Errorf("class %d, verified %v, %s", a.Class, a.Verified, a.Code)
			}
		})
	}
}

// loosen sets spare bits of the last character: 256 bytes end in ==, so it has four.
func loosen(signature string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	text := []byte(signature)
	last := len(text) - 3
	text[last] = alphabet[strings.IndexByte(alphabet, text[last])|1]
	return string(text)
}

// TestErrors: what an error amounts to, by what was asked, signed and unsigned.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		status           int
		code             string
		pay, query, shut ledger.Class
	}{
		{403, "NOT_ENOUGH", ledger.ClassRefused, ledger.ClassUnknown, ledger.ClassUnknown},
		{403, "NOTENOUGH", ledger.ClassRefused, ledger.ClassUnknown, ledger.ClassUnknown},
		{400, "AUTH_CODE_INVALID", ledger.ClassRefused, ledger.ClassUnknown, ledger.ClassUnknown},
		{400, "AUTHCODEEXPIRE", ledger.ClassRefused, ledger.ClassUnknown, ledger.ClassUnknown},
		{400, "ORDER_CLOSED", ledger.ClassClosed, ledger.ClassUnknown, ledger.ClassAccepted},
		{400, "ORDERREVERSED", ledger.ClassClosed, ledger.ClassUnknown, ledger.ClassAccepted},
		{403, "TRADE_ERROR", ledger.ClassFailed, ledger.ClassUnknown, ledger.ClassUnknown},
		{400, "USERPAYING", ledger.ClassWaiting, ledger.ClassUnknown, ledger.ClassUnknown},
		{404, "ORDER_NOT_EXIST", ledger.ClassUnknown, ledger.ClassAbsent, ledger.ClassAbsent},
		{400, "ORDER_PAID", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{400, "TRADE_STATE_ERROR", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{400, "REVERSE_EXPIRE", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassDenied},
		{403, "OUT_TRADE_NO_USED", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{429, "FREQUENCY_LIMITED", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{500, "SYSTEM_ERROR", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{500, "NOT_ENOUGH", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{502, "ORDER_NOT_EXIST", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{401, "SIGN_ERROR", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{400, "NEVER_HEARD_OF", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
	} {
		body := `{"code":"` + tt.code + `","message":"so it is"}`
		for request, want := range map[ledger.Request]ledger.Class{
			ledger.RequestPay: tt.pay, ledger.RequestQuery: tt.query, ledger.RequestClose: tt.shut,
		} {
			p := signed(t, tt.status, body, time.Now())
			if a := ask(t, p, request, ledger.ByCode); a.Class != want || !a.Verified || a.Code != tt.code || a.Message != "so it is" {
				t.Errorf("%d %s to request %d: %+v, want class %d", tt.status, tt.code, request, a, want)
			}
			p.header.Del("Wechatpay-Signature")
			if a := ask(t, p, request, ledger.ByCode); a.Class != ledger.ClassUnknown || a.Verified || a.Code != tt.code {
				t.Errorf("%d %s to request %d, unsigned: %+v", tt.status, tt.code, request, a)
			}
		}
	}
}

// TestRequests: what is asked, by name.
func TestRequests(t *testing.T) {
	const base, number = "/v3/pay/transactions/", "out-trade-no/T1PLATFORM0001"
	for name, tt := range map[string]struct {
		request   ledger.Request
		way       ledger.Way
		method    string
		path      string
		body      []string
		goodReply string
		status    int
		want      ledger.Class
	}{
		"pay": {ledger.RequestPay, ledger.ByCode, "POST", base + "codepay", []string{`"auth_code":"130000000000000071"`, `"total":1250`,
			`"currency":"CNY"`, `"out_id":"S1"`, `"mchid":"1900000001"`, `"description":"tea"`}, paid, 200, ledger.ClassPaid},
		"show": {ledger.RequestOrder, ledger.ByQR, "POST", base + "native", []string{`"notify_url":"https://notify.invalid/"`, `"time_expire":"20`, `+08:00"`},
			`{"code_url":"weixin://wxpay/bizpayurl?pr=x"}`, 200, ledger.ClassShown},
		"query":   {ledger.RequestQuery, ledger.ByCode, "GET", base + number + "?mchid=1900000001", nil, paid, 200, ledger.ClassPaid},
		"reverse": {ledger.RequestClose, ledger.ByCode, "POST", base + number + "/reverse", []string{`"appid"`, `"mchid"`}, `{}`, 200, ledger.ClassAccepted},
		"close":   {ledger.RequestClose, ledger.ByQR, "POST", base + number + "/close", []string{`"mchid"`}, ``, 204, ledger.ClassAccepted},
	} {
		t.Run(name, func(t *testing.T) {
			p := signed(t, tt.status, tt.goodReply, time.Now())
			if a := ask(t, p, tt.request, tt.way); a.Class != tt.want {
				t.Errorf("%+v", a)
			}
			if p.asked.Method != tt.method || p.asked.URL.RequestURI() != tt.path {
				t.Errorf("%s %s", p.asked.Method, p.asked.URL.RequestURI())
			}
			if tt.body != nil && !json.Valid([]byte(p.sent)) {
				t.Errorf("not JSON: %s", p.sent)
			}
			for _, part := range tt.body {
				if !strings.Contains(p.sent, part) {
					t.Errorf("%s is not in %s", part, p.sent)
				}
			}
		})
	}
	if a := ask(t, signed(t, 200, `{}`, time.Now()), ledger.RequestOrder, ledger.ByQR); a.Class != ledger.ClassUnknown {
		t.Errorf("a QR order without a QR: %+v", a)
	}
}

// FuzzStranger: whatever answers without the key is unknown, and nothing falls over.
func FuzzStranger(f *testing.F) {
	good := signed(f, 200, paid, time.Now())
	f.Add(200, paid, "", "")
	f.Add(200, "null", "AA==", good.header.Get("Wechatpay-Timestamp"))
	f.Add(404, `{"code":"ORDER_NOT_EXIST"}`, "WECHATPAY/SIGNTEST/AA==", good.header.Get("Wechatpay-Timestamp"))
	f.Add(500, `{"code":null,"message":7}`, "", "-1")
	f.Add(307, "<html>", "\r\n", "9999999999999999999")
	f.Fuzz(func(t *testing.T, status int, body, signature, stamp string) {
		if status < 100 || status > 999 {
			return
		}
		p := &platform{status: status, header: good.header.Clone(), body: body}
		p.header.Set("Wechatpay-Signature", signature)
		p.header.Set("Wechatpay-Timestamp", stamp)
		for _, request := range []ledger.Request{ledger.RequestPay, ledger.RequestClose} {
			if a := ask(t, p, request, ledger.ByQR); a.Verified || a.Class != ledger.ClassUnknown || a.Code == "" {
				t.Errorf("%+v", a)
			}
		}
	})
}
