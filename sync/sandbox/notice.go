package sandbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const errNoNotice refusal = "the channel sends no notice about this"

// Notice gives the notice that a channel sends about an order, or about one of its refunds, as it stands now: signed, with
// the header and the body of the POST. A second one about the same thing has the same id. It is an error where the channel
// sends none: for an unknown number, a WeChat Pay code order, a refund under way.
func (s *Server) Notice(order, refund string) (http.Header, []byte, error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, channel := range []string{Alipay, WechatPay} {
		o, err := s.look(channel, order, now)
		if err != nil {
			return nil, nil, fmt.Errorf("notice: %w", err)
		}
		if o == nil || !o.exists() {
			continue
		}
		var r *Refund
		if refund != "" {
			i, known := o.findRefund(refund)
			if !known {
				return nil, nil, fmt.Errorf("notice: %w", errNoRefund)
			}
			r = &o.Refunds[i]
		}
		header, body, err := s.notice(now, o, r)
		if err != nil {
			return nil, nil, fmt.Errorf("notice: %w", err)
		}
		return header, body, nil
	}
	return nil, nil, fmt.Errorf("notice: %w", errNotExist)
}

func (s *Server) notice(now time.Time, o *order, r *Refund) (http.Header, []byte, error) {
	if o.Channel == Alipay {
		return s.alipayNotice(now, o, r)
	}
	return s.wechatNotice(now, o, r)
}

// noticeID is the same for every delivery of one piece of news.
func noticeID(o *order, r *Refund) string {
	text := o.Channel + o.Number + string(o.State)
	if r != nil {
		text += r.Number + string(r.State)
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:17])
}

// alipayNotice is the asynchronous notice: a form, signed over its sorted parameters without sign and sign_type. A refund
// is announced under the trade's own status, with the sum of all refunds.
func (s *Server) alipayNotice(now time.Time, o *order, r *Refund) (http.Header, []byte, error) {
	if r != nil && r.State != RefundDone {
		return nil, nil, errNoNotice
	}
	facts := alipayFacts(o)
	at := func(t time.Time) string { return t.In(beijing).Format(alipayTime) }
	form := url.Values{}
	for name, value := range map[string]string{
		"notify_time": at(now), "notify_type": "trade_status_sync", "notify_id": noticeID(o, r), "app_id": AppID, "charset": "utf-8",
		"version": "1.0", "trade_no": facts.TradeNo, "out_trade_no": facts.OutTradeNo, "trade_status": facts.TradeStatus,
		"buyer_id": facts.BuyerUserID, "buyer_logon_id": facts.BuyerLogonID, "seller_id": SellerID, "total_amount": facts.TotalAmount,
		"receipt_amount": facts.ReceiptAmount, "invoice_amount": facts.InvoiceAmount, "buyer_pay_amount": facts.BuyerPayAmount,
		"point_amount": facts.PointAmount, "gmt_create": at(o.Created), "gmt_payment": facts.SendPayDate,
		"fund_bill_list": `[{"amount":"` + facts.TotalAmount + `","fundChannel":"ALIPAYACCOUNT"}]`,
	} {
		if value != "" {
			form.Set(name, value)
		}
	}
	if r != nil {
		form.Set("out_biz_no", r.Number)
		form.Set("refund_fee", formatYuan(o.Refunded))
		form.Set("gmt_refund", at(r.Done)+".000")
	}
	if o.State == Closed || o.State == Reversed || o.State == Returned {
		form.Set("gmt_close", at(now))
	}
	signature, err := sign(s.keys.alipay, []byte(noticeText(form)))
	if err != nil {
		return nil, nil, err
	}
	form.Set("sign_type", "RSA2")
	form.Set("sign", signature)
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, []byte(form.Encode()), nil
}

func noticeText(form url.Values) string {
	pairs := make([]string, 0, len(form))
	for name, values := range form {
		pairs = append(pairs, name+"="+values[0])
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// wechatNotice is a payment's or a refund's notice: sealed with the APIv3 key, signed in the header.
func (s *Server) wechatNotice(now time.Time, o *order, r *Refund) (http.Header, []byte, error) {
	event, kind, facts := "TRANSACTION.SUCCESS", "transaction", any(nil)
	switch {
	case r != nil && wechatRefundStates[r.State] != "" && r.State != RefundProcessing:
		event, kind, facts = "REFUND."+wechatRefundStates[r.State], "refund", wechatRefundNotice(o, *r)
	case r == nil && o.Paid > 0 && o.Kind == KindQR:
		trade := wechatFacts(o)
		trade.TradeState, trade.StateDesc = "SUCCESS", "支付成功" // it tells of the payment, whatever came after
		facts = trade
	default:
		return nil, nil, errNoNotice
	}
	resource, err := s.seal(kind, facts)
	if err != nil {
		return nil, nil, err
	}
	body, err := json.Marshal(map[string]any{
		"id": noticeID(o, r), "create_time": now.In(beijing).Format(time.RFC3339), "resource_type": "encrypt-resource",
		"event_type": event, "summary": "通知", "resource": resource,
	})
	if err != nil {
		return nil, nil, err
	}
	header := http.Header{}
	_, err = wechatProtocol{s}.seal(header, answer{status: http.StatusOK, body: body}, "", now)
	return header, body, err
}

// seal is AEAD_AES_256_GCM under the APIv3 key.
func (s *Server) seal(kind string, facts any) (map[string]string, error) {
	plain, err := json.Marshal(facts)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher([]byte(s.keys.apiv3))
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	nonce := rand.Text()[:gcm.NonceSize()]
	sealed := gcm.Seal(nil, []byte(nonce), plain, []byte(kind))
	return map[string]string{"original_type": kind, "algorithm": "AEAD_AES_256_GCM", "associated_data": kind, "nonce": nonce,
		"ciphertext": base64.StdEncoding.EncodeToString(sealed)}, nil
}

// wechatRefundNotice is a refund as its notice tells it: with the merchant, without a currency.
func wechatRefundNotice(o *order, r Refund) any {
	facts := wechatRefundFacts(o, r)
	return struct {
		MchID         string           `json:"mchid"`
		TransactionID string           `json:"transaction_id"`
		OutTradeNo    string           `json:"out_trade_no"`
		RefundID      string           `json:"refund_id"`
		OutRefundNo   string           `json:"out_refund_no"`
		RefundStatus  string           `json:"refund_status"`
		SuccessTime   string           `json:"success_time,omitempty"`
		Account       string           `json:"user_received_account"`
		Amount        map[string]int64 `json:"amount"` // fen
	}{MchID, facts.TransactionID, facts.OutTradeNo, facts.RefundID, facts.OutRefundNo, facts.Status, facts.SuccessTime, facts.Account,
		map[string]int64{"total": facts.Amount.Total, "refund": facts.Amount.Refund, "payer_total": facts.Amount.Total, "payer_refund": facts.Amount.Refund}}
}
