package channel

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"guitai/ledger"
)

func TestStatementAddress(t *testing.T) {
	const alipay, wechat = "https://openapi.alipay.com/gateway.do", "https://api.mch.weixin.qq.com"
	for _, tt := range []struct{ base, address, want string }{ // want is empty: refused
		{alipay, "https://dwbillcenter.alipay.com/x?token=1", "https://dwbillcenter.alipay.com/x?token=1"},
		{alipay, "http://dwbillcenter.alipay.com/x?token=1", "https://dwbillcenter.alipay.com/x?token=1"},
		{alipay, "http://dwbillcenter.alipay.com:80/x", "https://dwbillcenter.alipay.com/x"},
		{alipay, "http://dwbillcenter.alipay.com:8080/x", ""},
		{alipay, "https://DWBILLCENTER.ALIPAY.COM/x#part", "https://DWBILLCENTER.ALIPAY.COM/x"},
		{alipay, "https://alipay.com/x", "https://alipay.com/x"},
		{alipay, "https://dwbillcenter.alipay.com.example.com/x", ""},
		{alipay, "https://evilalipay.com/x", ""},
		{alipay, "https://com/x", ""},
		{alipay, "https://example.com/?alipay.com", ""},
		{alipay, "https://alipay.com@example.com/x", ""},
		{alipay, "https://user@dwbillcenter.alipay.com/x", ""},
		{alipay, "https://127.0.0.1/x", ""},
		{alipay, "https://localhost/x", ""},
		{alipay, "https://1.2.3.4/x", ""},
		{alipay, "ftp://dwbillcenter.alipay.com/x", ""},
		{alipay, "//dwbillcenter.alipay.com/x", ""},
		{alipay, "/x", ""},
		{alipay, "", ""},
		{alipay, "https://dwbillcenter.alipay.com/%zz", ""},
		{"https://openapi-sandbox.dl.alipaydev.com/gateway.do", "https://bill.alipaydev.com/x", "https://bill.alipaydev.com/x"},
		{"https://openapi-sandbox.dl.alipaydev.com/gateway.do", "https://dwbillcenter.alipay.com/x", ""},
		{wechat, "https://api.mch.weixin.qq.com/v3/billdownload/file?token=1", "https://api.mch.weixin.qq.com/v3/billdownload/file?token=1"},
		{wechat, "https://api2.mch.weixin.qq.com/v3/billdownload/file?token=1", "https://api2.mch.weixin.qq.com/v3/billdownload/file?token=1"},
		{wechat, "https://api.mch.weixin.example.com/v3", ""},
		{"https://pay.shop.com.cn", "https://other.com.cn/x", ""},
		{"https://pay.shop.com.cn", "https://files.shop.com.cn/x", "https://files.shop.com.cn/x"},
		{"https://gateway", "https://gateway/x", "https://gateway/x"},
		{"https://gateway", "https://files/x", ""},
		{"https://10.0.0.7", "https://10.0.0.7/x", "https://10.0.0.7/x"},
		{"https://10.0.0.7", "https://10.0.0.8/x", ""},
		{"http://127.0.0.1:9710", "http://127.0.0.1:9710/x", "http://127.0.0.1:9710/x"},
		{"http://127.0.0.1:9710", "http://localhost:9711/x", "http://localhost:9711/x"},
		{"http://127.0.0.1:9710", "http://example.com/x", ""},
	} {
		got, err := StatementAddress(tt.base, tt.address)
		switch {
		case tt.want == "" && err == nil:
			t.Errorf("%s may name %s", tt.base, tt.address)
		case tt.want != "" && (err != nil || got.String() != tt.want):
			t.Errorf("%s names %s: %v %v", tt.base, tt.address, got, err)
		}
	}
}

// answering answers with a body, and keeps the request.
type answering struct {
	body  io.Reader
	asked *http.Request
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked = r
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(a.body), Request: r}, nil
}

// breaking breaks off with an error.
type breaking struct{}

func (breaking) Read([]byte) (int, error) { return 0, errors.New("https://example.com/?token=1") }

func TestDownload(t *testing.T) {
	address, err := StatementAddress("https://a.example.com", "https://a.example.com/file")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	copied := func(body io.Reader) error { _, err := io.Copy(&got, body); return err }
	whole := &answering{body: strings.NewReader("rows")}
	if err := Download(t.Context(), NewDownloadClient(whole), address, nil, copied); err != nil || got.String() != "rows" {
		t.Errorf("%q, %v", got.String(), err)
	}
	if whole.asked.Header.Get("Accept-Encoding") != "identity" {
		t.Error("the library may unpack the file by itself")
	}
	err = Download(t.Context(), NewDownloadClient(&answering{body: breaking{}}), address, nil, copied)
	var fault *FetchError
	if !errors.As(err, &fault) || fault.Code != ledger.FaultCutOff || strings.Contains(err.Error(), "token") {
		t.Errorf("a line that breaks: %v", err)
	}
	own := errors.New("own")
	if err := Download(t.Context(), NewDownloadClient(&answering{body: strings.NewReader("x")}), address, nil, func(io.Reader) error { return own }); err != own {
		t.Errorf("take's own error is %v", err)
	}
}

// TestBounds: neither what comes nor what it unpacks to goes on for ever.
func TestBounds(t *testing.T) {
	line := &bounded{from: strings.NewReader("ab"), read: MaxStatement - 1}
	if n, err := line.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("the last byte: %d, %v", n, err)
	}
	if n, err := line.Read(make([]byte, 1)); n != 0 || err != errTooLong || line.err != errTooLong {
		t.Errorf("one more: %d, %v", n, err)
	}
	var file bytes.Buffer
	keeper := NewKeeper(&file)
	keeper.bytes = MaxStatement - 1
	if _, err := keeper.Write([]byte("a")); err != nil {
		t.Error(err)
	}
	if _, err := keeper.Write([]byte("b")); err == nil || file.Len() != 1 {
		t.Errorf("one more is kept: %v", err)
	}
}

// TestFetchErrorTellsNoMoreThanACode: who answers may quote the request.
func TestFetchErrorTellsNoMoreThanACode(t *testing.T) {
	for code, want := range map[string]string{
		"NO_AUTH": "NO_AUTH", "isv.invalid-x": "isv.invalid-x", ledger.FaultHTTP + " 403": ledger.FaultHTTP + " 403",
		"https://a/?token=1": ledger.FaultNotJSON, strings.Repeat("A", 65): ledger.FaultNotJSON, "sign=abc": ledger.FaultNotJSON,
	} {
		if got := Refused(code).(*FetchError).Code; got != want {
			t.Errorf("%q is told as %q", code, got)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := fetchError(ended, "X"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
