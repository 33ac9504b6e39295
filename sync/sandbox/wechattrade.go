package sandbox

import (
	"net/http"
	"net/url"
	"regexp"
	"time"
	"unicode/utf8"
)

// otherMchID is the merchant that behaviour 91 names.
const otherMchID = "1900000999"

var wechatNumber = regexp.MustCompile(`^[0-9A-Za-z_\-*|]{6,32}$`)

// wechatTrade is an order as queries and paid codepay answers tell it.
type wechatTrade struct {
	AppID         string        `json:"appid"`
	MchID         string        `json:"mchid"`
	OutTradeNo    string        `json:"out_trade_no"`
	TransactionID string        `json:"transaction_id,omitempty"`
	TradeType     string        `json:"trade_type,omitempty"`
	TradeState    string        `json:"trade_state"`
	StateDesc     string        `json:"trade_state_desc"`
	BankType      string        `json:"bank_type,omitempty"`
	Attach        string        `json:"attach"`
	SuccessTime   string        `json:"success_time,omitempty"`
	Payer         *wechatPayer  `json:"payer,omitempty"`
	Amount        wechatAmount  `json:"amount"`
	Promotion     []struct{}    `json:"promotion_detail"`
	SceneInfo     *wechatDevice `json:"scene_info,omitempty"`
}

type wechatPayer struct {
	OpenID string `json:"openid"`
}

type wechatDevice struct {
	DeviceID string `json:"device_id"`
}

type wechatAmount struct {
	Total         int64  `json:"total"` // fen
	PayerTotal    int64  `json:"payer_total,omitempty"`
	Currency      string `json:"currency"`
	PayerCurrency string `json:"payer_currency"`
}

func wechatFacts(o *order) wechatTrade {
	number, amount := o.told()
	state, desc := wechatState(o)
	t := wechatTrade{AppID: WechatAppID, MchID: MchID, OutTradeNo: number, TradeState: state, StateDesc: desc,
		Amount:    wechatAmount{Total: amount, Currency: "CNY", PayerCurrency: "CNY"},
		Promotion: []struct{}{}}
	if o.Behaviour == otherMerchant && o.Paid > 0 {
		t.MchID = otherMchID
	}
	if o.Terminal != "" {
		t.SceneInfo = &wechatDevice{DeviceID: o.Terminal}
	}
	if o.Paid > 0 {
		t.TransactionID, t.BankType = o.Transaction, "OTHERS"
		t.TradeType = "NATIVE"
		if o.Kind == KindCode {
			t.TradeType = "MICROPAY"
		}
		t.SuccessTime = o.PaidAt.In(beijing).Format(time.RFC3339)
		t.Payer = &wechatPayer{OpenID: "oSANDBOX00000000000000000071"}
		t.Amount.PayerTotal = amount
	}
	return t
}

// wechatState names the state. A customer who has scanned a QR and not paid is still NOTPAY: USERPAYING is for codes.
// From the first refund that was taken on, of whatever part, a trade is REFUND.
func wechatState(o *order) (state, desc string) {
	for _, r := range o.Refunds {
		if r.State != RefundHeld && r.State != RefundClosed {
			return "REFUND", "转入退款"
		}
	}
	switch o.State {
	case Paid:
		return "SUCCESS", "支付成功"
	case Waiting:
		if o.Kind == KindCode {
			return "USERPAYING", "需要用户输入支付密码"
		}
		return "NOTPAY", "订单未支付"
	case Failed:
		return "PAYERROR", "支付失败，请撤销订单后重新支付"
	case Closed:
		return "CLOSED", "订单已关闭"
	case Reversed:
		return "REVOKED", "订单已撤销"
	default:
		return "NOTPAY", "订单未支付"
	}
}

// wechatCodepay is the customer-presented code. While the customer keys the password the answer holds the state and
// nothing else.
func (s *Server) wechatCodepay(now time.Time, c wechatCall) answer {
	q, wrong := c.asked(now, KindCode)
	store := c.body.SceneInfo.StoreInfo
	switch {
	case wrong != nil:
		return *wrong
	case store.ID == "" && store.OutID == "":
		return paramError("scene_info.store_info needs id or out_id")
	case c.body.Payer.AuthCode == "":
		return paramError("payer.auth_code is missing")
	}
	o, err := s.pay(now, q)
	if err == errFailed {
		err = nil // a repeat hears PAYERROR as a state, like the first request and the query
	}
	if err != nil {
		return s.wechatRefusal(err)
	}
	if o.State == Waiting {
		return wechatAnswer(http.StatusOK, struct {
			TradeState string `json:"trade_state"`
		}{"USERPAYING"})
	}
	return wechatAnswer(http.StatusOK, wechatFacts(o))
}

// wechatNative gives out a code_url.
func (s *Server) wechatNative(now time.Time, c wechatCall) answer {
	q, wrong := c.asked(now, KindQR)
	notify, err := url.Parse(c.body.NotifyURL)
	switch {
	case wrong != nil:
		return *wrong
	case err != nil || notify.Scheme != "https" || notify.Host == "" || notify.RawQuery != "":
		return paramError("notify_url must be an https address without a query")
	}
	q.qrLife = unscannedLife
	o, err := s.open(now, q)
	if err != nil {
		return s.wechatRefusal(err)
	}
	return wechatAnswer(http.StatusOK, struct {
		CodeURL string `json:"code_url"`
	}{o.QR})
}

func (s *Server) wechatQuery(now time.Time, c wechatCall) answer {
	if c.mchid != MchID {
		return paramError("mchid in the query string is missing or wrong")
	}
	o, err := s.query(now, WechatPay, c.number, c.transaction)
	if err != nil {
		return s.wechatRefusal(err)
	}
	return wechatAnswer(http.StatusOK, wechatFacts(o))
}

// wechatClose is for QR orders; it answers 204, also for a number that WeChat never saw.
func (s *Server) wechatClose(now time.Time, c wechatCall) answer {
	if c.body.MchID != MchID {
		return paramError("mchid is missing or wrong")
	}
	_, lost, err := s.end(now, closing, WechatPay, c.number, "")
	if err != nil {
		return s.wechatRefusal(err)
	}
	return answer{status: http.StatusNoContent, lost: lost}
}

// wechatReverse is for code orders; it answers success also for a number that WeChat never saw.
func (s *Server) wechatReverse(now time.Time, c wechatCall) answer {
	if c.body.MchID != MchID || c.body.AppID != WechatAppID {
		return paramError("appid or mchid is missing or wrong")
	}
	_, lost, err := s.end(now, reversing, WechatPay, c.number, "")
	if err != nil {
		return s.wechatRefusal(err)
	}
	a := wechatAnswer(http.StatusOK, struct {
		AppID      string `json:"appid"`
		MchID      string `json:"mchid"`
		OutTradeNo string `json:"out_trade_no"`
	}{WechatAppID, MchID, c.number})
	a.lost = lost
	return a
}

// asked reads what codepay and native have in common.
func (c wechatCall) asked(now time.Time, kind string) (asked, *answer) {
	b := c.body
	bad := func(status int, code, message string) (asked, *answer) {
		a := wechatError(status, code, message)
		return asked{}, &a
	}
	switch length := utf8.RuneCountInString(b.Description); {
	case b.MchID != MchID:
		return bad(http.StatusBadRequest, "MCH_NOT_EXISTS", "mchid is missing or not the one that signed")
	case b.AppID != WechatAppID:
		return bad(http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "appid does not belong to mchid")
	case length == 0 || length > 127:
		return bad(http.StatusBadRequest, "PARAM_ERROR", "description must have 1 to 127 characters")
	case !wechatNumber.MatchString(b.OutTradeNo):
		return bad(http.StatusBadRequest, "PARAM_ERROR", "out_trade_no must be 6 to 32 of digits, letters, _ - * |")
	case b.Amount.Total < 1:
		return bad(http.StatusBadRequest, "PARAM_ERROR", "amount.total must be at least 1 fen")
	case b.Amount.Currency != "" && b.Amount.Currency != "CNY":
		return bad(http.StatusBadRequest, "PARAM_ERROR", "amount.currency must be CNY")
	}
	q := asked{channel: WechatPay, number: b.OutTradeNo, kind: kind, amount: b.Amount.Total, code: b.Payer.AuthCode,
		digest: digestBody(c.raw, b.Payer.AuthCode), store: b.SceneInfo.StoreInfo.OutID, terminal: b.SceneInfo.DeviceID}
	if kind == KindCode {
		return q, nil
	}
	q.expires = now.Add(nativeLife)
	if b.TimeExpire != "" {
		end, err := time.Parse(time.RFC3339, b.TimeExpire)
		if err != nil {
			return bad(http.StatusBadRequest, "PARAM_ERROR", "time_expire must be RFC 3339")
		}
		if first := now.Add(time.Minute); end.Before(first) {
			end = first // shorter ones are raised, WeChat Pay v3 native
		}
		q.expires = end
	}
	return q, nil
}

func paramError(message string) answer {
	return wechatError(http.StatusBadRequest, "PARAM_ERROR", message)
}

var wechatErrors = map[refusal]struct {
	status int
	code   string
}{
	errConflict:  {http.StatusForbidden, "OUT_TRADE_NO_USED"},
	errCode:      {http.StatusBadRequest, "AUTH_CODE_INVALID"},
	errBalance:   {http.StatusForbidden, "NOT_ENOUGH"},
	errClosed:    {http.StatusBadRequest, "ORDER_CLOSED"},
	errReversed:  {http.StatusBadRequest, "ORDER_REVERSED"},
	errPaid:      {http.StatusBadRequest, "ORDER_PAID"},
	errNotExist:  {http.StatusNotFound, "ORDER_NOT_EXIST"},
	errPaying:    {http.StatusBadRequest, "USERPAYING"},
	errWrongKind: {http.StatusBadRequest, "INVALID_REQUEST"},
	errTooLate:   {http.StatusBadRequest, "REVERSE_EXPIRE"},
	errRefunded:  {http.StatusBadRequest, "INVALID_REQUEST"},
}

func (s *Server) wechatRefusal(err error) answer {
	if why, ok := err.(refusal); ok {
		known := wechatErrors[why]
		return wechatError(known.status, known.code, string(why))
	}
	s.config.Log.Error("sandbox: wechatpay request failed", "err", err)
	return wechatProtocol{}.systemError(false)
}
