package wechatpay_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
	"guitai/sync/wechatpay"
)

const refundNotice = `{"mchid":"1900000001","out_trade_no":"T1PLATFORM0001","transaction_id":"4200","out_refund_no":"T1PLATFORM0001R01",` +
	`"refund_id":"5030","refund_status":"SUCCESS","success_time":"2026-11-26T09:00:00+08:00","amount":{"total":1250,"refund":300}}`

// sealed is a resource under an APIv3 key.
func sealed(t testing.TB, key, content string) map[string]string {
	t.Helper()
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	const nonce = "0123456789ab"
	return map[string]string{"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": "x",
		"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), []byte(content), []byte("x")))}
}

// notice is a signed one around a resource.
func notice(t testing.TB, event string, resource any) *platform {
	t.Helper()
	body, err := json.Marshal(map[string]any{"id": "n1", "event_type": event, "resource_type": "encrypt-resource", "resource": resource})
	if err != nil {
		t.Fatal(err)
	}
	return signed(t, 200, string(body), time.Now())
}

func read(t testing.TB, p *platform) (channel.Notice, error) {
	t.Helper()
	return connect(t).Notice(p.header, []byte(p.body))
}

func TestNotices(t *testing.T) {
	with := func(content, old, new string) string {
		if !strings.Contains(content, old) {
			t.Fatalf("%s is not in %s", old, content)
		}
		return strings.Replace(content, old, new, 1)
	}
	payment := ledger.Named{Order: order, Amount: ledger.Fen(1250), Merchant: mchID, App: appID, ChannelNo: "4200"}
	back := ledger.Named{Order: order, Refund: refundNo, Amount: ledger.Fen(300), Merchant: mchID, App: appID, ChannelNo: "5030"}
	but := func(n ledger.Named, change func(*ledger.Named)) ledger.Named { change(&n); return n }
	for name, tt := range map[string]struct {
		event, content string
		class          ledger.Class
		named          ledger.Named
	}{
		"paid":                   {"TRANSACTION.SUCCESS", paid, ledger.ClassPaid, payment},
		"paid to another":        {"TRANSACTION.SUCCESS", with(paid, mchID, "1900000009"), ledger.ClassPaid, but(payment, func(n *ledger.Named) { n.Merchant = "1900000009" })},
		"paid to another app":    {"TRANSACTION.SUCCESS", with(paid, appID, "wx9"), ledger.ClassPaid, but(payment, func(n *ledger.Named) { n.App = "wx9" })},
		"paid, other amount":     {"TRANSACTION.SUCCESS", with(paid, "1250", "1"), ledger.ClassPaid, but(payment, func(n *ledger.Named) { n.Amount.Fen = 1 })},
		"paid in dollars":        {"TRANSACTION.SUCCESS", with(paid, "CNY", "USD"), ledger.ClassPaid, but(payment, func(n *ledger.Named) { n.Amount.Currency = "USD" })},
		"not paid":               {"TRANSACTION.SUCCESS", state("NOTPAY", ""), ledger.ClassUnknown, ledger.Named{}},
		"closed":                 {"TRANSACTION.SUCCESS", state("CLOSED", ""), ledger.ClassUnknown, ledger.Named{}},
		"returned":               {"REFUND.SUCCESS", refundNotice, ledger.ClassReturned, back},
		"failed":                 {"REFUND.CLOSED", with(refundNotice, "SUCCESS", "CLOSED"), ledger.ClassClosed, back},
		"stuck":                  {"REFUND.ABNORMAL", with(refundNotice, "SUCCESS", "ABNORMAL"), ledger.ClassAbnormal, back},
		"returned by another":    {"REFUND.SUCCESS", with(refundNotice, mchID, "1900000009"), ledger.ClassReturned, but(back, func(n *ledger.Named) { n.Merchant = "1900000009" })},
		"another's has failed":   {"REFUND.CLOSED", with(with(refundNotice, "SUCCESS", "CLOSED"), mchID, "1900000009"), ledger.ClassUnknown, ledger.Named{}},
		"no merchant":            {"REFUND.CLOSED", with(with(refundNotice, "SUCCESS", "CLOSED"), `"mchid":"1900000001",`, ""), ledger.ClassUnknown, ledger.Named{}},
		"event and state differ": {"REFUND.SUCCESS", with(refundNotice, "SUCCESS", "CLOSED"), ledger.ClassUnknown, ledger.Named{}},
		"a refund as a payment":  {"TRANSACTION.SUCCESS", with(refundNotice, `"mchid"`, `"trade_state":"SUCCESS","mchid"`), ledger.ClassUnknown, ledger.Named{}},
		"a payment as a refund":  {"REFUND.SUCCESS", paid, ledger.ClassUnknown, ledger.Named{}},
		"under way":              {"REFUND.PROCESSING", with(refundNotice, "SUCCESS", "PROCESSING"), ledger.ClassUnknown, ledger.Named{}},
		"a new event":            {"COUPON.USE", paid, ledger.ClassUnknown, ledger.Named{}},
	} {
		n, err := read(t, notice(t, tt.event, sealed(t, apiv3, tt.content)))
		a := n.Answer
		a.Named.PaidAt = time.Time{}
		if err != nil || n.ID != "n1" || a.Class != tt.class || a.Named != tt.named || a.Order != order || !a.Verified || a.Request != ledger.RequestNotice {
			t.Errorf("%s: %+v %v", name, n, err)
		}
		if want := tt.named.Refund; a.Refund != want {
			t.Errorf("%s: about refund %q, want %q", name, a.Refund, want)
		}
	}
}

// TestNoticesRefused: signed as it should be, and still no notice; or a notice that is not signed as it should be. Nothing
// of it comes back, and nothing falls over.
func TestNoticesRefused(t *testing.T) {
	good := sealed(t, apiv3, paid)
	change := func(name, value string) *platform {
		r := maps.Clone(good)
		r[name] = value
		return notice(t, "TRANSACTION.SUCCESS", r)
	}
	old := func(by time.Duration) *platform {
		return signed(t, 200, notice(t, "TRANSACTION.SUCCESS", good).body, time.Now().Add(by))
	}
	spoiled := func(name, value string) *platform {
		p := notice(t, "TRANSACTION.SUCCESS", good)
		p.header.Set(name, value)
		return p
	}
	signature := notice(t, "TRANSACTION.SUCCESS", good).header.Get("Wechatpay-Signature")
	for name, p := range map[string]*platform{
		"another key's":     notice(t, "TRANSACTION.SUCCESS", sealed(t, strings.Repeat("k", 32), paid)),
		"another algorithm": change("algorithm", "AEAD_AES_128_GCM"),
		"a short nonce":     change("nonce", "0123456789a"),
		"a long nonce":      change("nonce", "0123456789abc"),
		"no nonce":          change("nonce", ""),
		"another nonce":     change("nonce", "0123456789ac"),
		"other data":        change("associated_data", "y"),
		"no ciphertext":     change("ciphertext", ""),
		"a short one":       change("ciphertext", "AAAA"),
		"no base64":         change("ciphertext", "%"),
		"no resource":       notice(t, "TRANSACTION.SUCCESS", nil),
		"a list":            notice(t, "TRANSACTION.SUCCESS", []int{1}),
		"no order":          notice(t, "TRANSACTION.SUCCESS", sealed(t, apiv3, `{"trade_state":"SUCCESS"}`)),
		"no JSON inside":    notice(t, "TRANSACTION.SUCCESS", sealed(t, apiv3, "T1PLATFORM0001")),
		"no JSON":           signed(t, 200, "T1PLATFORM0001", time.Now()),
		"empty":             signed(t, 200, "", time.Now()),
		"no id":             signed(t, 200, `{"event_type":"TRANSACTION.SUCCESS"}`, time.Now()),
		"old":               old(-301 * time.Second),
		"ahead":             old(302 * time.Second),
		"probe":             spoiled("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+signature),
		"loose":             spoiled("Wechatpay-Signature", loosen(signature)),
		"no signature":      spoiled("Wechatpay-Signature", ""),
		"another serial":    spoiled("Wechatpay-Serial", "PUB_KEY_ID_0000000000000002"),
		"the merchant's":    spoiled("Wechatpay-Serial", serial),
		"another time":      spoiled("Wechatpay-Timestamp", "1"),
		"no number":         spoiled("Wechatpay-Timestamp", "soon"),
		"no header":         {},
	} {
		n, err := read(t, p)
		if err == nil || n != (channel.Notice{}) || strings.Contains(err.Error(), "T1") || strings.Contains(err.Error(), "n1") || strings.Contains(err.Error(), apiv3) {
			t.Errorf("%s: %+v %v", name, n, err)
		}
	}
}

// TestAPIv3Key: without one no notice is read; a wrong one is no key.
func TestAPIv3Key(t *testing.T) {
	keys := wechatpay.Keys{BaseURL: "http://platform.invalid", MchID: mchID, AppID: appID, MerchantSerial: serial, PublicKeyID: keyID,
		PrivateKey: channeltest.PrivatePEM(t, channeltest.Keys()[0]), PublicKey: channeltest.PublicPEM(t, channeltest.Keys()[1])}
	conn, err := wechatpay.FromKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	p := notice(t, "TRANSACTION.SUCCESS", sealed(t, apiv3, paid))
	if n, err := conn.Notice(p.header, []byte(p.body)); err == nil {
		t.Errorf("%+v", n)
	}
	keys.APIv3Key = "short"
	if _, err := wechatpay.FromKeys(keys); err == nil || strings.Contains(err.Error(), "short") {
		t.Errorf("a short key: %v", err)
	}
}

// FuzzNotice: whatever is sealed and signed, nothing falls over.
func FuzzNotice(f *testing.F) {
	f.Add(notice(f, "TRANSACTION.SUCCESS", sealed(f, apiv3, paid)).body)
	f.Add(`{"id":"n1","resource":{"algorithm":"AEAD_AES_256_GCM","nonce":"","ciphertext":"AA=="}}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, body string) {
		n, err := read(t, signed(t, 200, body, time.Now()))
		if err != nil && n != (channel.Notice{}) || err == nil && (!n.Answer.Verified || n.ID == "") {
			t.Errorf("%+v %v", n, err)
		}
	})
}
