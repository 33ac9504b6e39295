package wechatpay_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
	"guitai/sync/wechatpay"
)

// office answers the question where a statement is, and then with the file.
type office struct {
	link *platform
	file []byte
	got  []*http.Request
}

func (o *office) RoundTrip(r *http.Request) (*http.Response, error) {
	o.got = append(o.got, r)
	if len(o.got) == 1 {
		return o.link.RoundTrip(r)
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(o.file)), Request: r}, nil
}

func statement(t *testing.T, base string, o *office, kind ledger.StatementKind) (string, channel.StatementFile, error) {
	t.Helper()
	conn, err := wechatpay.FromKeys(wechatpay.Keys{
		BaseURL: base, MchID: mchID, AppID: appID, MerchantSerial: serial, PublicKeyID: keyID, StoreID: "S1",
		PrivateKey: channeltest.PrivatePEM(t, channeltest.Keys()[0]), PublicKey: channeltest.PublicPEM(t, channeltest.Keys()[1]), Transport: o,
	})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	file, err := conn.Statement(t.Context(), 20200101, kind, &text)
	return text.String(), file, err
}

// TestStatement: what is asked, and what is believed of the answer.
func TestStatement(t *testing.T) {
	const rows, base, place = "交易时间,…\r\n`1,`2\r\n", "https://api.example.com", "https://api.example.com/v3/billdownload/file?token=abc"
	sum := sha1.Sum([]byte(rows))
	hash := hex.EncodeToString(sum[:])
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write([]byte(rows))
	_ = zip.Close()
	link := func(kind, hash, url string) string {
		return `{"hash_type":"` + kind + `","hash_value":"` + hash + `","download_url":"` + url + `"}`
	}
	good := link("SHA1", hash, place)
	for name, tt := range map[string]struct {
		base, link string
		file       string
		asks       int
		want       error // errors.Is; nil and !fails: it comes
		fails      bool
	}{
		"plain":                 {base, good, rows, 2, nil, false},
		"packed":                {base, good, packed.String(), 2, nil, false},
		"hash in capitals":      {base, link("sha1", strings.ToUpper(hash), place), rows, 2, nil, false},
		"one byte more":         {base, good, rows + " ", 2, channel.ErrStatementHash, true},
		"nothing":               {base, good, "", 2, channel.ErrStatementHash, true},
		"packed, and more":      {base, good, packed.String() + "x", 2, channel.ErrStatementHash, true},
		"packed, and less":      {base, good, packed.String()[:packed.Len()-1], 2, channel.ErrStatementHash, true},
		"packed is not packed":  {base, good, "\x1f\x8b" + rows, 2, channel.ErrStatementHash, true},
		"another kind of hash":  {base, link("SHA256", hash, place), rows, 1, nil, true},
		"no hash":               {base, link("SHA1", "", place), rows, 1, nil, true},
		"no address":            {base, link("SHA1", hash, ""), rows, 1, nil, true},
		"no answer":             {base, "{}", rows, 1, nil, true},
		"no JSON":               {base, "rows", rows, 1, nil, true},
		"an address elsewhere":  {base, link("SHA1", hash, "https://api.example.org/x?token=abc"), rows, 1, nil, true},
		"an address over http":  {base, link("SHA1", hash, "http://api.example.com/v3/billdownload/file?token=abc"), rows, 2, nil, false},
		"simulator's elsewhere": {"http://127.0.0.1:9710", good, rows, 1, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := &office{link: signed(t, 200, tt.link, time.Now()), file: []byte(tt.file)}
			text, file, err := statement(t, tt.base, o, ledger.StatementTrades)
			if (err != nil) != tt.fails || tt.want != nil && !errors.Is(err, tt.want) || len(o.got) != tt.asks {
				t.Fatalf("%v after %d requests", err, len(o.got))
			}
			if err != nil {
				if strings.Contains(err.Error(), "abc") || strings.Contains(err.Error(), "example") || file != (channel.StatementFile{}) {
					t.Errorf("%v, %+v", err, file)
				}
				return
			}
			if text != rows || file.Bytes != uint64(len(rows)) || file.Hash != sha256.Sum256([]byte(rows)) {
				t.Errorf("%q, %+v", text, file)
			}
			question, download := o.got[0], o.got[1]
			if question.URL.Path != "/v3/bill/tradebill" || question.URL.Query().Get("bill_date") != "2020-01-01" || question.URL.Query().Get("tar_type") != "GZIP" {
				t.Errorf("asked was %s", question.URL)
			}
			if download.URL.String() != place || !strings.HasPrefix(download.Header.Get("Authorization"), "WECHATPAY2-SHA256-RSA2048 ") || download.Method != "GET" {
				t.Errorf("fetched was %s %s", download.Method, download.URL)
			}
		})
	}
	o := &office{link: signed(t, 200, good, time.Now()), file: []byte(rows)}
	if _, _, err := statement(t, base, o, ledger.StatementFunds); err != nil || o.got[0].URL.Path != "/v3/bill/fundflowbill" || o.got[0].URL.Query().Get("account_type") != "BASIC" {
		t.Errorf("the balance: %v", err)
	}
}

// TestNoStatement: what an error amounts to, signed and unsigned. The day is long over.
func TestNoStatement(t *testing.T) {
	for _, tt := range []struct {
		status int
		code   string
		want   error
	}{
		{400, "STATEMENT_CREATING", channel.ErrNotReady}, {400, "NO_STATEMENT_EXIST", channel.ErrNoTrades}, {404, "NO_STATEMENT_EXIST", channel.ErrNoTrades},
		{400, "PARAM_ERROR", channel.ErrNoStatement}, {400, "INVALID_REQUEST", channel.ErrNoStatement}, {403, "NO_AUTH", channel.ErrNoStatement},
		{429, "FREQUENCY_LIMITED", nil}, {500, "SYSTEM_ERROR", nil}, {500, "NO_STATEMENT_EXIST", nil}, {401, "SIGN_ERROR", nil}, {400, "NEVER_HEARD_OF", nil},
	} {
		p := signed(t, tt.status, `{"code":"`+tt.code+`","message":"so it is"}`, time.Now())
		_, _, err := statement(t, "https://api.example.com", &office{link: p}, ledger.StatementTrades)
		var fault *channel.FetchError
		if tt.want != nil && !errors.Is(err, tt.want) || tt.want == nil && (!errors.As(err, &fault) || fault.Code != tt.code) {
			t.Errorf("%d %s: %v", tt.status, tt.code, err)
		}
		p.header.Del("Wechatpay-Signature")
		if _, _, err = statement(t, "https://api.example.com", &office{link: p}, ledger.StatementTrades); !errors.As(err, &fault) || fault.Code != tt.code {
			t.Errorf("%d %s, unsigned: %v", tt.status, tt.code, err)
		}
	}
}
