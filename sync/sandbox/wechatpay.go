package sandbox

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	wechatScheme = "WECHATPAY2-SHA256-RSA2048"
	wechatClock  = 5 * time.Minute // how far a request's timestamp may be off, WeChat Pay v3
	probePrefix  = "WECHATPAY/SIGNTEST/"
)

// wechatCall is one verified request.
type wechatCall struct {
	number, transaction string // from the path
	refund              string // from the path
	mchid               string // from the query string
	query               url.Values
	base                string // the address under which the request came
	raw                 string
	body                wechatBody
}

// wechatBody is the body of all the requests together.
type wechatBody struct {
	AppID         string `json:"appid"`
	MchID         string `json:"mchid"`
	Description   string `json:"description"`
	OutTradeNo    string `json:"out_trade_no"`
	TransactionID string `json:"transaction_id"`
	OutRefundNo   string `json:"out_refund_no"`
	Reason        string `json:"reason"`
	TimeExpire    string `json:"time_expire"`
	NotifyURL     string `json:"notify_url"`
	Amount        struct {
		Total    int64  `json:"total"`
		Refund   int64  `json:"refund"`
		Currency string `json:"currency"`
	} `json:"amount"`
	Payer struct {
		AuthCode string `json:"auth_code"`
	} `json:"payer"`
	SceneInfo struct {
		DeviceID  string `json:"device_id"`
		StoreInfo struct {
			ID    string `json:"id"`
			OutID string `json:"out_id"`
		} `json:"store_info"`
	} `json:"scene_info"`
}

func (s *Server) routeWechat(mux *http.ServeMux) {
	const base = "/v3/pay/transactions/"
	mux.Handle("POST "+base+"codepay", s.wechat(opPay, s.wechatCodepay))
	mux.Handle("POST "+base+"native", s.wechat(opOrder, s.wechatNative))
	mux.Handle("GET "+base+"out-trade-no/{number}", s.wechat(opQuery, s.wechatQuery))
	mux.Handle("GET "+base+"id/{transaction}", s.wechat(opQuery, s.wechatQuery))
	mux.Handle("POST "+base+"out-trade-no/{number}/close", s.wechat(opClose, s.wechatClose))
	mux.Handle("POST "+base+"out-trade-no/{number}/reverse", s.wechat(opClose, s.wechatReverse))
	const refunds = "/v3/refund/domestic/refunds"
	mux.Handle("POST "+refunds, s.wechat(opRefund, s.wechatRefunds))
	mux.Handle("GET "+refunds+"/{refund}", s.wechat(opRefundQuery, s.wechatRefundQuery))
	mux.Handle("GET /v3/bill/tradebill", s.wechat(opBill, s.wechatBill(BillTrades)))
	mux.Handle("GET /v3/bill/fundflowbill", s.wechat(opBill, s.wechatBill(BillFunds)))
	mux.HandleFunc("GET /v3/billdownload/file", s.wechatDownload)
	mux.Handle("/v3/", s.wechat("", func(time.Time, wechatCall) answer {
		return wechatError(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "the simulator has no such interface")
	}))
}

// wechat verifies a request and runs it.
func (s *Server) wechat(operation string, run func(time.Time, wechatCall) answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, requestLimit))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		c := wechatCall{number: r.PathValue("number"), transaction: r.PathValue("transaction"),
			refund: r.PathValue("refund"), query: r.URL.Query(), base: baseOf(r), raw: string(raw)}
		c.mchid = c.query.Get("mchid")
		var bodyErr error
		if r.Method == http.MethodPost {
			bodyErr = json.Unmarshal(raw, &c.body)
		}
		number := c.number
		switch {
		case c.refund != "":
			number = s.refundOrder(c.refund)
		case number == "":
			number = cmp.Or(c.body.OutTradeNo, c.query.Get("bill_date"))
		}
		t := s.takeFault(WechatPay, operation, number)
		if t.kind == FaultDown {
			panic(http.ErrAbortHandler)
		}
		p := wechatProtocol{s}
		if err := s.checkWechat(r, raw, time.Now()); err != nil {
			a := wechatError(http.StatusUnauthorized, "SIGN_ERROR", err.Error())
			a.unsigned = true
			s.deliver(w, p, "", a)
			return
		}
		if operation == opPay || operation == opOrder {
			t = t.orElse(c.body.Amount.Total, c.body.Payer.AuthCode)
		}
		if operation == opRefund {
			t = t.orElseRefund(c.body.Amount.Refund)
		}
		s.exchange(w, r, p, t, func() answer {
			if bodyErr != nil {
				return wechatError(http.StatusBadRequest, "PARAM_ERROR", "the body is not the JSON of this interface")
			}
			return run(time.Now(), c)
		})
	})
}

// checkWechat verifies the Authorization header over exactly what was sent: method, request target with its query
// string, time, nonce, and the body with every byte of white space (WeChat Pay v3, request signature).
func (s *Server) checkWechat(r *http.Request, body []byte, now time.Time) error {
	scheme, list, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if scheme != wechatScheme {
		return errors.New("the Authorization header is not " + wechatScheme)
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(list, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = strings.Trim(value, `"`)
	}
	stamp, err := strconv.ParseInt(parts["timestamp"], 10, 64)
	switch {
	case err != nil || now.Sub(time.Unix(stamp, 0)).Abs() > wechatClock:
		return errors.New("the timestamp is more than 5 minutes off")
	case parts["mchid"] != MchID:
		return errors.New("the merchant is unknown")
	case parts["serial_no"] != s.keys.serial():
		return errors.New("the certificate serial is unknown")
	case parts["nonce_str"] == "":
		return errors.New("the nonce is missing")
	}
	var text bytes.Buffer
	for _, field := range []string{r.Method, r.RequestURI, parts["timestamp"], parts["nonce_str"], string(body)} {
		text.WriteString(field + "\n")
	}
	if err := verify(&s.keys.merchant.PublicKey, text.Bytes(), parts["signature"]); err != nil {
		return errors.New("the signature does not match")
	}
	return s.spendNonce(parts["nonce_str"], now)
}

// spendNonce accepts a nonce once. It is remembered for as long as its timestamp could be accepted, not over restarts.
func (s *Server) spendNonce(nonce string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until, seen := s.nonces[nonce]; seen && now.Before(until) {
		return errors.New("the nonce was used before")
	}
	if len(s.nonces) >= 4096 { // sweep now and then instead of on every request
		for old, until := range s.nonces {
			if !now.Before(until) {
				delete(s.nonces, old)
			}
		}
	}
	s.nonces[nonce] = now.Add(2 * wechatClock)
	return nil
}

// wechatProtocol signs answers with the platform's key in public-key mode.
type wechatProtocol struct{ s *Server }

func (wechatProtocol) systemError(bool) answer {
	return wechatError(http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请稍后重试")
}

func (p wechatProtocol) seal(header http.Header, a answer, kind string, now time.Time) ([]byte, error) {
	header.Set("Request-ID", strings.ToUpper(rand.Text()))
	if a.status != http.StatusNoContent {
		header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if a.unsigned || kind == FaultNoSign || p.s.config.UnsignedErrors && a.status >= 300 {
		return a.body, nil
	}
	stamp, nonce := strconv.FormatInt(now.Unix(), 10), rand.Text()
	signature, err := sign(p.s.keys.wechatpay, []byte(stamp+"\n"+nonce+"\n"+string(a.body)+"\n"))
	if err != nil {
		return nil, err
	}
	switch kind {
	case FaultBadSign:
		signature = spoil(signature)
	case FaultProbeSign:
		signature = probePrefix + spoil(signature)
	}
	header.Set("Wechatpay-Serial", PublicKeyID)
	header.Set("Wechatpay-Signature", signature)
	header.Set("Wechatpay-Signature-Type", wechatScheme)
	header.Set("Wechatpay-Timestamp", stamp)
	header.Set("Wechatpay-Nonce", nonce)
	return a.body, nil
}

func wechatError(status int, code, message string) answer {
	return wechatAnswer(status, struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{code, message})
}

func wechatAnswer(status int, reply any) answer {
	body, err := json.Marshal(reply)
	if err != nil {
		panic(err) // plain structs only
	}
	return answer{status: status, body: body}
}
