package alipay_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/alipay"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

// office answers the question where a statement is, and then with the file.
type office struct {
	link  *gateway
	file  []byte
	clock time.Time // of the gateway; zero: it tells none
	got   []*http.Request
}

func (o *office) RoundTrip(r *http.Request) (*http.Response, error) {
	o.got = append(o.got, r)
	if len(o.got) > 1 {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(o.file)), Request: r}, nil
	}
	response, err := o.link.RoundTrip(r)
	if err == nil && !o.clock.IsZero() {
		response.Header.Set("Date", o.clock.UTC().Format(http.TimeFormat))
	}
	return response, err
}

func statement(t *testing.T, o *office, day ledger.Day) (string, channel.StatementFile, error) {
	t.Helper()
	conn, err := alipay.FromKeys(alipay.Keys{
		GatewayURL: "https://openapi.example.com/gateway.do", AppID: appID, SellerID: seller,
		PrivateKey: channeltest.PrivatePEM(t, channeltest.Keys()[0]), PublicKey: channeltest.PublicPEM(t, channeltest.Keys()[1]), Transport: o,
	})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	file, err := conn.Statement(t.Context(), day, ledger.StatementTrades, &text)
	return text.String(), file, err
}

const billMethod = "alipay_data_dataservice_bill_downloadurl_query"

// archive is a ZIP with a comment and one file of random length.
func archive(t *testing.T, comment string) string {
	t.Helper()
	var text bytes.Buffer
	w := zip.NewWriter(&text)
	file, err := w.Create("rows.csv")
	if err == nil {
		_, err = file.Write(bytes.Repeat([]byte("row after row\r\n"), 9000))
	}
	if err == nil {
		err = w.SetComment(comment)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestStatement: what is asked, and what is believed of the answer.
func TestStatement(t *testing.T) {
	place := "https://dwbillcenter.example.com/downloadBillFile.resource?token=abc"
	link := func(url string) string { return `{"code":"10000","msg":"Success","bill_download_url":"` + url + `"}` }
	whole := archive(t, "")
	for name, tt := range map[string]struct {
		link, file string
		asks       int
		fails      bool
	}{
		"a ZIP":                {link(place), whole, 2, false},
		"written with http":    {link("http" + strings.TrimPrefix(place, "https")), whole, 2, false},
		"escaped":              {link(strings.ReplaceAll(place, "/", `\/`)), whole, 2, false},
		"with a comment":       {link(place), archive(t, "made on request"), 2, false},
		"an empty one":         {link(place), "PK\x05\x06" + strings.Repeat("\x00", 18), 2, false},
		"a byte is missing":    {link(place), whole[:len(whole)-1], 2, true},
		"a comment is cut":     {link(place), archive(t, "made on request")[:len(archive(t, "made on request"))-1], 2, true},
		"the end is missing":   {link(place), whole[:len(whole)-22], 2, true},
		"something behind":     {link(place), whole + "x", 2, true},
		"a page":               {link(place), "<html>log in</html>", 2, true},
		"nothing":              {link(place), "", 2, true},
		"two bytes":            {link(place), "PK", 2, true},
		"an address elsewhere": {link("https://dwbillcenter.example.org/x?token=abc"), whole, 1, true},
		"this machine":         {link("https://127.0.0.1/x?token=abc"), whole, 1, true},
		"no address":           {`{"code":"10000","msg":"Success"}`, whole, 1, true},
		"of a payment":         {paidContent, whole, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := &office{link: &gateway{status: 200, body: answer(t, billMethod, tt.link)}, file: []byte(tt.file)}
			text, file, err := statement(t, o, 20200101)
			if (err != nil) != tt.fails || len(o.got) != tt.asks {
				t.Fatalf("%v after %d requests", err, len(o.got))
			}
			if err != nil {
				if strings.Contains(err.Error(), "abc") || strings.Contains(err.Error(), "example") || file != (channel.StatementFile{}) {
					t.Errorf("%v, %+v", err, file)
				}
				return
			}
			if text != tt.file || file.Bytes != uint64(len(text)) || file.Hash != sha256.Sum256([]byte(text)) {
				t.Errorf("%d bytes, %+v", len(text), file)
			}
			var biz map[string]string
			if err := json.Unmarshal([]byte(o.link.asked.Get("biz_content")), &biz); err != nil || biz["bill_type"] != "trade" || biz["bill_date"] != "2020-01-01" {
				t.Errorf("asked was %v", o.link.asked)
			}
			if o.got[1].URL.String() != place || o.got[1].Method != "GET" {
				t.Errorf("fetched was %s", o.got[1].URL)
			}
		})
	}
	o := &office{link: &gateway{status: 200, body: strings.Replace(answer(t, billMethod, link(place)), "token=abc", "token=abd", 1)}, file: []byte(whole)}
	if _, _, err := statement(t, o, 20200101); err == nil || len(o.got) != 1 {
		t.Errorf("an address that nobody has signed: %v", err)
	}
}

// TestNoStatement: what an error amounts to.
func TestNoStatement(t *testing.T) {
	ready := time.Date(2020, 1, 2, 10, 0, 0, 0, ledger.Shanghai)
	missing := `{"code":"40004","msg":"Business Failed","sub_code":"isp.bill_not_exist"}`
	for _, tt := range []struct {
		content string
		clock   time.Time
		want    error
	}{
		{missing, time.Time{}, channel.ErrNoTrades}, // the day is long over, by the till's own clock
		{missing, ready, channel.ErrNoTrades},
		{missing, ready.Add(-time.Second), channel.ErrNotReady},
		{strings.Replace(missing, "isp.bill_not_exist", "BILL_NOT_EXIST", 1), ready, channel.ErrNoTrades},
		{strings.Replace(missing, "isp.bill_not_exist", "isv.invalid-arguments", 1), ready, channel.ErrNoStatement},
		{strings.Replace(missing, "isp.bill_not_exist", "INVALID_PARAMETER", 1), ready, channel.ErrNoStatement},
		{strings.Replace(missing, "isp.bill_not_exist", "ACCESS_FORBIDDEN", 1), ready, channel.ErrNoStatement},
		{`{"code":"40006","msg":"Insufficient Permissions","sub_code":"isv.insufficient-isv-permissions"}`, ready, channel.ErrNoStatement},
		{strings.Replace(missing, "isp.bill_not_exist", "isp.unknow-error", 1), ready, nil},
		{`{"code":"20000","msg":"Service Currently Unavailable"}`, ready, nil},
		{`{}`, ready, nil},
	} {
		const day = 20200101
		o := &office{link: &gateway{status: 200, body: answer(t, billMethod, tt.content)}, clock: tt.clock}
		_, _, err := statement(t, o, day)
		var fault *channel.FetchError
		if tt.want != nil && !errors.Is(err, tt.want) || tt.want == nil && !errors.As(err, &fault) || len(o.got) != 1 {
			t.Errorf("%s: %v", tt.content, err)
		}
		o = &office{link: &gateway{status: 200, body: `{"` + billMethod + `_response":` + tt.content + `}`}, clock: tt.clock}
		if _, _, err = statement(t, o, day); !errors.As(err, &fault) {
			t.Errorf("%s, unsigned: %v", tt.content, err)
		}
	}
}
