package sandbox

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// scanned gives an order on each channel that a customer has scanned.
func (w *world) scanned(fen int64) {
	w.t.Helper()
	qr, _ := w.alipayOrder("A00001", formatYuan(fen), nil)
	other, _ := w.wechatOrder("W00001", fen)
	for _, payload := range []string{qr, other} {
		if _, err := w.server.Scan(payload, 0); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestNoticesAreTheLibraries: the unmodified libraries take the notices for the channels'.
func TestNoticesAreTheLibraries(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.scanned(1250)
		w.same("refund", w.alipayRefund("A00001", "R1", 300), "10000 Y 3.00")
		w.same("refund", w.wechatRefund("W00001", "R1", 300, 1250), "PROCESSING 300")
		if _, _, err := w.server.Notice("W00001", "R1"); err == nil {
			w.t.Error("a notice of a refund that is under way")
		}
		time.Sleep(refundTakes)
		for refund, want := range map[string][2]string{"": {"", ""}, "R1": {"R1", "3.00"}} {
			_, body, err := w.server.Notice("A00001", refund)
			if err != nil {
				w.t.Fatal(err)
			}
			form, err := url.ParseQuery(string(body))
			if err != nil {
				w.t.Fatal(err)
			}
			n, err := w.alipay.DecodeNotification(w.t.Context(), form)
			if err != nil || n.OutTradeNo != "A00001" || n.TradeStatus != "TRADE_SUCCESS" || n.TotalAmount != "12.50" || n.AppId != AppID ||
				n.SellerId != SellerID || n.OutBizNo != want[0] || n.RefundFee != want[1] || n.NotifyId == "" {
				w.t.Errorf("%+v %v", n, err)
			}
		}
		w.wechatNotice("", "TRANSACTION.SUCCESS", `"trade_state":"SUCCESS"`)
		w.wechatNotice("R1", "REFUND.SUCCESS", `"out_refund_no":"R1","refund_status":"SUCCESS"`)
	})
}

func (w *world) wechatNotice(refund, event, part string) {
	w.t.Helper()
	c := w.server.Client().WechatPay
	public, err := utils.LoadPublicKey(c.PublicKey)
	if err != nil {
		w.t.Fatal(err)
	}
	handler, err := notify.NewRSANotifyHandler(c.APIv3Key, verifiers.NewSHA256WithRSAPubkeyVerifier(c.PublicKeyID, rsa.PublicKey(*public)))
	if err != nil {
		w.t.Fatal(err)
	}
	header, body, err := w.server.Notice("W00001", refund)
	if err != nil {
		w.t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	request.Header = header
	var content map[string]any
	n, err := handler.ParseNotifyRequest(w.t.Context(), request, &content)
	if err != nil || n.EventType != event || !strings.Contains(n.Resource.Plaintext, part) || content["out_trade_no"] != "W00001" || content["mchid"] != MchID {
		w.t.Errorf("%+v %v", n, err)
	}
}

// TestNoNotice: what the channels send no word of.
func TestNoNotice(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.same("pay", w.wechatPay("W00002", 1250, w.server.NewCode(WechatPay, 0)), "SUCCESS")
		w.alipayOrder("A00002", "12.50", nil)
		for order, refund := range map[string]string{"X00001": "", "W00002": "", "A00002": "", "": ""} {
			if header, body, err := w.server.Notice(order, refund); err == nil {
				w.t.Errorf("%s: %v %s", order, header, body)
			}
		}
	})
}

// TestNotify: the control interface delivers as often as it is asked to, each copy signed anew under one id, and nowhere
// but on this machine.
func TestNotify(t *testing.T) {
	w := newWorld(t, Config{})
	w.scanned(1250)
	var ids, signatures []string
	shop := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var envelope struct {
			ID string `json:"id"`
		}
		_ = json.Unmarshal(body, &envelope)
		ids, signatures = append(ids, envelope.ID), append(signatures, r.Header.Get("Wechatpay-Signature"))
		http.Redirect(rw, r, "http://127.0.0.1:1/", http.StatusFound)
	}))
	defer shop.Close()
	for body, want := range map[string]int{
		`{"order":"W00001","url":"` + shop.URL + `","copies":3}`:                   200,
		`{"order":"W00001","url":"http://notify.example/"}`:                        400,
		`{"order":"W00001","url":"http://localhost/"}`:                             400,
		`{"order":"W00001","url":"https://127.0.0.1/"}`:                            400,
		`{"order":"W00001","url":"file:///etc/passwd"}`:                            400,
		`{"order":"W00001"}`:                                                       400,
		`{"order":"W00001","url":"` + shop.URL + `","copies":101}`:                 400,
		`{"order":"W00009","url":"` + shop.URL + `"}`:                              404,
		`{"order":"W00001","refund":"R9","url":"` + shop.URL + `"}`:                404,
		`{"order":"A00001","refund":"R9","url":"` + shop.URL + `","colour":"red"}`: 400,
	} {
		response, err := w.http.Post(w.base+"/sandbox/notify", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != want || want == 200 && strings.Count(string(text), `"status":302`) != 3 {
			t.Errorf("%s: %d %s", body, response.StatusCode, text)
		}
	}
	if len(ids) != 3 || ids[0] == "" || ids[0] != ids[2] || signatures[0] == signatures[1] {
		t.Errorf("ids %v, signatures %v", ids, signatures)
	}
}
