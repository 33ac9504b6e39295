package sandbox

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/smartwalle/alipay/v3"
	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// testKeys are made once: RSA-2048 keys are the only slow part of a world.
var testKeys = sync.OnceValue(func() *Keys {
	keys, err := GenerateKeys()
	if err != nil {
		panic(err)
	}
	return keys
})

// world is a running simulator with the unmodified client libraries pointed at it.
type world struct {
	t      *testing.T
	server *Server
	base   string
	http   *http.Client
	alipay *alipay.Client
	wechat *core.Client
}

// pipes is a listener whose connections exist in memory, so that a whole world fits into a synctest bubble.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func newWorld(t *testing.T, config Config) *world {
	t.Helper()
	if config.Dir == "" {
		config.Dir = t.TempDir()
	}
	config.Keys = testKeys()
	server, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	listener := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	web := &http.Server{Handler: server.Handler()}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = web.Serve(listener) }()
	transport := &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}
	w := connect(t, "http://127.0.0.1", server.Client(), transport)
	w.server = server
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = web.Close()
		<-ended
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// connect builds both libraries' clients for an address, as any third party would.
func connect(t *testing.T, base string, c Credentials, transport http.RoundTripper) *world {
	t.Helper()
	w := &world{t: t, base: base, http: &http.Client{Transport: transport}}
	var err error
	w.alipay, err = alipay.New(c.Alipay.AppID, c.Alipay.AppPrivateKey, true,
		alipay.WithProductionGateway(base+"/gateway.do"), alipay.WithHTTPClient(w.http), alipay.WithTimeLocation(beijing))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.alipay.LoadAliPayPublicKey(c.Alipay.AlipayPublicKey); err != nil {
		t.Fatal(err)
	}
	w.wechat = wechatClient(t, c, c.WechatPay.MerchantSerial, w.http)
	return w
}

func wechatClient(t *testing.T, c Credentials, serial string, client *http.Client) *core.Client {
	t.Helper()
	private, err := utils.LoadPrivateKey(c.WechatPay.MerchantPrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	var public *rsa.PublicKey
	if public, err = utils.LoadPublicKey(c.WechatPay.PublicKey); err != nil {
		t.Fatal(err)
	}
	wechat, err := core.NewClient(t.Context(),
		option.WithWechatPayPublicKeyAuthCipher(c.WechatPay.MchID, serial, private, c.WechatPay.PublicKeyID, public),
		option.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	return wechat
}

// heard is an answer in one line: what a test table can spell. "!" stands for an answer that the library rejects.
func heard(err error, text string) string {
	var api *core.APIError
	var gateway *alipay.Error
	switch {
	case err == nil:
		return text
	case errors.As(err, &api) && api.Code != "":
		return fmt.Sprint(api.StatusCode, " ", api.Code)
	case errors.As(err, &gateway):
		return join("unsigned", string(gateway.Code), gateway.SubCode)
	default:
		return "!"
	}
}

func (w *world) alipayPay(number, amount, code string) string {
	w.t.Helper()
	reply, err := w.alipay.TradePay(w.t.Context(), alipay.TradePay{
		Trade: alipay.Trade{Subject: "tea", OutTradeNo: number, TotalAmount: amount, StoreId: "S1"},
		Scene: "bar_code", AuthCode: code, TerminalId: "T1"})
	if err != nil {
		return heard(err, "")
	}
	return join(string(reply.Code), reply.SubCode, paidText(reply.OutTradeNo, number, reply.TotalAmount, amount))
}

// paidText names what differs from what was asked.
func paidText(number, wantNumber, amount, wantAmount string) string {
	switch {
	case number != "" && number != wantNumber:
		return "other order"
	case amount != "" && amount != wantAmount:
		return "other amount " + amount
	}
	return ""
}

func join(words ...string) string {
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

func (w *world) alipayOrder(number, amount string, change func(*alipay.TradePreCreate)) (qr, text string) {
	w.t.Helper()
	q := alipay.TradePreCreate{Trade: alipay.Trade{Subject: "tea", OutTradeNo: number, TotalAmount: amount}}
	if change != nil {
		change(&q)
	}
	reply, err := w.alipay.TradePreCreate(w.t.Context(), q)
	if err != nil {
		return "", heard(err, "")
	}
	return reply.QRCode, join(string(reply.Code), reply.SubCode)
}

func (w *world) alipayQuery(number string) string {
	w.t.Helper()
	reply, err := w.alipay.TradeQuery(w.t.Context(), alipay.TradeQuery{OutTradeNo: number})
	if err != nil {
		return heard(err, "")
	}
	return join(string(reply.TradeStatus), reply.SubCode)
}

func (w *world) alipayCancel(number string) string {
	w.t.Helper()
	reply, err := w.alipay.TradeCancel(w.t.Context(), alipay.TradeCancel{OutTradeNo: number})
	if err != nil {
		return heard(err, "")
	}
	return join(string(reply.Code), reply.SubCode, reply.Action, reply.RetryFlag)
}

func (w *world) alipayClose(number string) string {
	w.t.Helper()
	reply, err := w.alipay.TradeClose(w.t.Context(), alipay.TradeClose{OutTradeNo: number})
	if err != nil {
		return heard(err, "")
	}
	return join(string(reply.Code), reply.SubCode)
}

type fields = map[string]any

func (w *world) wechatPost(path string, body fields) (fields, string) {
	w.t.Helper()
	result, err := w.wechat.Post(w.t.Context(), w.base+path, body)
	return w.wechatRead(result, err)
}

func (w *world) wechatRead(result *core.APIResult, err error) (fields, string) {
	w.t.Helper()
	if err != nil {
		return nil, heard(err, "")
	}
	raw, err := io.ReadAll(result.Response.Body)
	if err != nil {
		return nil, "!"
	}
	_ = result.Response.Body.Close()
	if len(raw) == 0 {
		return nil, fmt.Sprint(result.Response.StatusCode)
	}
	var reply fields
	if json.Unmarshal(raw, &reply) != nil {
		return nil, "!"
	}
	state, _ := reply["trade_state"].(string)
	return reply, state
}

func codepayBody(number string, amount int64, code string) fields {
	return fields{"appid": WechatAppID, "mchid": MchID, "description": "tea", "out_trade_no": number,
		"amount": fields{"total": amount, "currency": "CNY"}, "payer": fields{"auth_code": code},
		"scene_info": fields{"store_info": fields{"out_id": "S1"}}}
}

func nativeBody(number string, amount int64) fields {
	return fields{"appid": WechatAppID, "mchid": MchID, "description": "tea", "out_trade_no": number,
		"amount": fields{"total": amount, "currency": "CNY"}, "notify_url": "https://notify.guitai.invalid/wechatpay"}
}

func (w *world) wechatPay(number string, amount int64, code string) string {
	w.t.Helper()
	reply, text := w.wechatPost("/v3/pay/transactions/codepay", codepayBody(number, amount, code))
	return join(text, wechatDifference(reply, number, amount))
}

func wechatDifference(reply fields, number string, amount int64) string {
	if reply["out_trade_no"] == nil {
		return ""
	}
	total := reply["amount"].(map[string]any)["total"].(float64)
	switch {
	case reply["mchid"] != MchID:
		return "other merchant"
	case reply["out_trade_no"] != number:
		return "other order"
	case int64(total) != amount:
		return fmt.Sprint("other amount ", total)
	}
	return ""
}

func (w *world) wechatOrder(number string, amount int64) (qr, text string) {
	w.t.Helper()
	reply, text := w.wechatPost("/v3/pay/transactions/native", nativeBody(number, amount))
	qr, _ = reply["code_url"].(string)
	return qr, text
}

func (w *world) wechatQuery(number string, amount int64) string {
	w.t.Helper()
	reply, text := w.wechatRead(w.wechat.Get(w.t.Context(), w.base+"/v3/pay/transactions/out-trade-no/"+number+"?mchid="+MchID))
	return join(text, wechatDifference(reply, number, amount))
}

func (w *world) wechatEnd(number, how string) string {
	w.t.Helper()
	reply, text := w.wechatPost("/v3/pay/transactions/out-trade-no/"+number+"/"+how, fields{"appid": WechatAppID, "mchid": MchID})
	if reply != nil {
		return "200"
	}
	return text
}

// order is the channel's own record, "none" where there is none.
func (w *world) order(number string) string {
	w.t.Helper()
	for _, o := range w.server.Orders() {
		if o.Number == number {
			return fmt.Sprintf("%s %d-%d", o.State, o.Paid, o.Refunded)
		}
	}
	return "none"
}

func (w *world) same(what, got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}
