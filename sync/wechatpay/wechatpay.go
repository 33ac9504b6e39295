// Package wechatpay is the connector to WeChat Pay's API v3 (native, codepay, query, close, reverse, refund, notices), on the signing
// and verifying core of wechatpay-go. Requests and answers are our own, so that the address is ours. It turns answers into
// classes and nothing else.
package wechatpay

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/credentials"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/signers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"guitai/ledger"
	"guitai/sync/channel"
)

// Connector implements channel.Connector.
type Connector struct {
	client     *core.Client
	validator  auth.Validator
	credential auth.Credential // signs what the library cannot: a request whose answer is not signed
	download   *http.Client
	keys       Keys
}

// FromKeys gives the connector for keys in memory.
func FromKeys(keys Keys) (*Connector, error) {
	keys.QRLife = cmp.Or(keys.QRLife, channel.DefaultQRLife*time.Second)
	private, err := utils.LoadPrivateKey(keys.PrivateKey)
	if err != nil {
		return nil, errors.New("the merchant's private key cannot be read: PEM, PKCS#8") // the library's error may quote it
	}
	public, err := utils.LoadPublicKey(keys.PublicKey)
	if err != nil {
		return nil, errors.New("the public key of WeChat Pay cannot be read: PEM, PKIX")
	}
	if keys.APIv3Key != "" && apiv3Key(keys.APIv3Key) != nil {
		return nil, errors.New("the APIv3 key cannot be used: 32 characters")
	}
	verifier := verifiers.NewSHA256WithRSAPubkeyVerifier(keys.PublicKeyID, *public)
	client, err := core.NewClient(context.Background(),
		option.WithMerchantCredential(keys.MchID, keys.MerchantSerial, private),
		option.WithVerifier(verifier),
		option.WithHTTPClient(channel.NewHTTPClient(keys.Transport)),
	)
	if err != nil {
		return nil, errors.New("the merchant's credentials are not complete")
	}
	return &Connector{
		client: client, validator: validators.NewWechatPayResponseValidator(verifier), keys: keys,
		credential: &credentials.WechatPayCredentials{
			Signer: &signers.SHA256WithRSASigner{MchID: keys.MchID, CertificateSerialNo: keys.MerchantSerial, PrivateKey: private},
		},
		download: channel.NewDownloadClient(keys.Transport),
	}, nil
}

// Channel implements channel.Connector.
func (c *Connector) Channel() ledger.Channel { return ledger.WeChat }

// WeChat Pay v3, refund: up to 50 of one order, within a year after the payment.
const (
	refundMost   = 50
	refundWindow = 365 * 24 * time.Hour
)

// Account implements channel.Connector.
func (c *Connector) Account() ledger.Account {
	return ledger.Account{Merchant: c.keys.MchID, App: c.keys.AppID, QRLife: c.keys.QRLife, RefundMost: refundMost, RefundWindow: refundWindow}
}

// Schedule implements channel.Connector: after an error wait 5 s, then query; give up after 45 s, when WeChat Pay itself
// revokes an unpaid code order; reverse no earlier than 15 s after the payment (WeChat Pay, codepay and reverse). Two
// refunds of one order lie a minute apart, and so do two tries of one (WeChat Pay, refund).
func (c *Connector) Schedule(way ledger.Way) channel.Schedule {
	s := channel.Schedule{
		FirstQuery: 3 * time.Second, AfterFault: 5 * time.Second, Every: 5 * time.Second, GiveUp: 45 * time.Second,
		CloseEvery: 3 * time.Second, CloseSlowly: 15 * time.Minute, Timeout: 10 * time.Second,
		RefundFirst: 10 * time.Second, RefundApart: time.Minute,
	}
	if way == ledger.ByCode {
		s.FirstQuery, s.CloseFrom = 5*time.Second, 15*time.Second
	}
	return s
}

const orders = "/v3/pay/transactions/"

type amount struct {
	Total    int64  `json:"total"`            // fen, of the order
	Refund   int64  `json:"refund,omitempty"` // fen
	Currency string `json:"currency,omitempty"`
}

// transaction is the part of a trade, or of a refund, that the till reads.
type transaction struct {
	AppID         string `json:"appid"`
	MchID         string `json:"mchid"`
	OutTradeNo    string `json:"out_trade_no"`
	TransactionID string `json:"transaction_id"`
	TradeState    string `json:"trade_state"`
	StateDesc     string `json:"trade_state_desc"`
	SuccessTime   string `json:"success_time"`
	Amount        amount `json:"amount"`
	CodeURL       string `json:"code_url"`
	Code          string `json:"code"` // of an error: its HTTP status is not signed
	OutRefundNo   string `json:"out_refund_no"`
	RefundID      string `json:"refund_id"`
	Status        string `json:"status"`        // of a refund, in an answer
	RefundStatus  string `json:"refund_status"` // of a refund, in a notice
}

// aboutRefund reports that the transaction is a refund.
func (t *transaction) aboutRefund() bool {
	return t.OutRefundNo+t.RefundID+t.Status+t.RefundStatus != ""
}

// Pay implements channel.Connector: POST codepay.
func (c *Connector) Pay(ctx context.Context, o channel.Order, code ledger.PayCode) ledger.Answer {
	body := map[string]any{
		"appid": c.keys.AppID, "mchid": c.keys.MchID, "description": o.Subject, "out_trade_no": string(o.Number),
		"payer":      map[string]any{"auth_code": code.Reveal()},
		"amount":     amount{Total: o.Amount.Fen, Currency: string(o.Amount.Currency)},
		"scene_info": map[string]any{"store_info": map[string]any{"out_id": c.keys.StoreID}},
	}
	return channel.HideCode(c.call(ctx, ledger.RequestPay, o, http.MethodPost, orders+"codepay", body, c.trade), code)
}

// Show implements channel.Connector: POST native. Repeating it with the same order gives a fresh code_url.
func (c *Connector) Show(ctx context.Context, o channel.Order) ledger.Answer {
	body := map[string]any{
		"appid": c.keys.AppID, "mchid": c.keys.MchID, "description": o.Subject, "out_trade_no": string(o.Number),
		"time_expire": o.Expires.In(ledger.Shanghai).Format(time.RFC3339), "notify_url": c.keys.NotifyURL,
		"amount": amount{Total: o.Amount.Fen, Currency: string(o.Amount.Currency)},
	}
	return c.call(ctx, ledger.RequestOrder, o, http.MethodPost, orders+"native", body, func(a *ledger.Answer, t *transaction) {
		if t.CodeURL != "" {
			a.Class, a.QR = ledger.ClassShown, t.CodeURL
		}
	})
}

// Query implements channel.Connector: GET by our own number.
func (c *Connector) Query(ctx context.Context, o channel.Order) ledger.Answer {
	path := orders + "out-trade-no/" + url.PathEscape(string(o.Number)) + "?mchid=" + url.QueryEscape(c.keys.MchID)
	return c.call(ctx, ledger.RequestQuery, o, http.MethodGet, path, nil, c.trade)
}

// Close implements channel.Connector: a code order is reversed (a paid one is refunded by that), a QR order is closed.
func (c *Connector) Close(ctx context.Context, o channel.Order) ledger.Answer {
	path := orders + "out-trade-no/" + url.PathEscape(string(o.Number))
	body := map[string]any{"mchid": c.keys.MchID}
	if o.Way == ledger.ByQR {
		path += "/close"
	} else {
		path += "/reverse"
		body["appid"] = c.keys.AppID
	}
	return c.call(ctx, ledger.RequestClose, o, http.MethodPost, path, body, func(a *ledger.Answer, t *transaction) {
		// Close answers with nothing, reverse with the number. What says more answers another question.
		mine := t.OutTradeNo == "" || t.OutTradeNo == string(o.Number)
		if mine && t.TradeState+t.CodeURL+t.Code == "" && !t.aboutRefund() {
			a.Class = ledger.ClassAccepted
		}
	})
}

// trade classes a verified transaction by its state (WeChat Pay v3, trade_state).
func (c *Connector) trade(a *ledger.Answer, t *transaction) {
	a.Code, a.Message = channel.Words(t.TradeState), channel.Words(t.StateDesc)
	switch t.TradeState {
	case "SUCCESS":
		at, _ := time.Parse(time.RFC3339, t.SuccessTime)
		a.Class = ledger.ClassPaid
		a.Named = ledger.Named{
			Order: ledger.OrderNo(t.OutTradeNo), Amount: ledger.Money{Fen: t.Amount.Total, Currency: ledger.Currency(t.Amount.Currency)},
			Merchant: t.MchID, App: t.AppID, ChannelNo: t.TransactionID, PaidAt: at,
		}
		return
	case "USERPAYING": // the answer to codepay may hold nothing but this field
		a.Class = ledger.ClassWaiting
		if t.OutTradeNo == "" {
			return
		}
	case "ACCEPT":
		a.Class = ledger.ClassWaiting
	case "NOTPAY":
		a.Class = ledger.ClassOpen
	case "CLOSED":
		a.Class = ledger.ClassClosed
	case "REVOKED": // with a time of payment, money had moved and is back
		a.Class = ledger.ClassClosed
		if t.SuccessTime != "" {
			a.Class = ledger.ClassReversed
		}
	case "PAYERROR": // final only after a reverse, as its own description says
		a.Class = ledger.ClassFailed
	case "REFUND": // some refund exists, perhaps of a part: ask about each
		a.Class = ledger.ClassRefunded
	}
	if t.OutTradeNo != string(a.Order) {
		a.Class = ledger.ClassUnknown
	}
}

// call makes one request. judge is asked only about a successful answer whose signature is good.
func (c *Connector) call(ctx context.Context, request ledger.Request, o channel.Order, method, path string, body any,
	judge func(*ledger.Answer, *transaction)) ledger.Answer {
	answer := ledger.Answer{Order: o.Number, Request: request, Class: ledger.ClassUnknown, BeganAt: time.Now()}
	ctx, exchange := channel.Watch(ctx)
	_, err := c.client.Request(ctx, method, c.keys.BaseURL+path, nil, nil, body, "")
	answer.EndedAt = time.Now()
	if !exchange.Answered() {
		answer.Class, answer.Code = exchange.Fault(err)
		return answer
	}
	answer.ChannelAt = exchange.Clock()
	answer.Verified = c.verified(ctx, exchange)
	if exchange.Status/100 != 2 {
		refused(&answer, o.Way, exchange)
		return answer
	}
	if err != nil || !answer.Verified {
		answer.Verified, answer.Code = false, ledger.FaultBadSignature
		return answer
	}
	var t transaction
	if len(exchange.Body) > 0 && json.Unmarshal(exchange.Body, &t) != nil {
		answer.Code = ledger.FaultNotJSON
		return answer
	}
	judge(&answer, &t)
	return answer
}

// verified checks the signature over the received bytes, whatever the status: the library verifies successes only. A
// signature that is not written in its one canonical way is refused, too.
func (c *Connector) verified(ctx context.Context, x *channel.Exchange) bool {
	if _, canonical := channel.Canonical(x.Header.Get("Wechatpay-Signature")); !canonical {
		return false
	}
	response := &http.Response{Header: x.Header, Body: io.NopCloser(bytes.NewReader(x.Body))}
	return c.validator.Validate(ctx, response) == nil
}

// refused classes an answer that is no success. Without a good signature it proves nothing: its code and words are kept
// for support, and a query decides.
func refused(a *ledger.Answer, way ledger.Way, x *channel.Exchange) {
	var fault struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(x.Body, &fault) != nil || fault.Code == "" {
		a.Verified, a.Code, a.Message = false, ledger.FaultHTTP, fmt.Sprintf("HTTP %d", x.Status)
		return
	}
	a.Code, a.Message = channel.Words(fault.Code), channel.Words(fault.Message)
	if a.Verified && x.Status < http.StatusInternalServerError {
		a.Class = faultClass(a.Request, way, fault.Code)
	}
}
