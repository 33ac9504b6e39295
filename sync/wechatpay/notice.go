package wechatpay

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// envelope is a notice as it arrives (WeChat Pay v3, notices).
type envelope struct {
	ID        string `json:"id"`
	EventType string `json:"event_type"`
	Resource  struct {
		Algorithm  string `json:"algorithm"`
		Ciphertext string `json:"ciphertext"` // base64
		Nonce      string `json:"nonce"`      // 12 bytes
		Associated string `json:"associated_data"`
	} `json:"resource"`
}

// Notice implements channel.Notifier: the signature over the received bytes first, within five minutes of their time, then
// the seal, then what it says.
func (c *Connector) Notice(header http.Header, body []byte) (channel.Notice, error) {
	if !c.verified(context.Background(), &channel.Exchange{Header: header, Body: body}) {
		return channel.Notice{}, channel.ErrNoticeSignature
	}
	var e envelope
	if json.Unmarshal(body, &e) != nil || e.ID == "" {
		return channel.Notice{}, channel.ErrNoticeShape
	}
	plain, err := c.unseal(&e)
	if err != nil {
		return channel.Notice{}, err
	}
	var t transaction
	if json.Unmarshal(plain, &t) != nil || t.OutTradeNo == "" {
		return channel.Notice{}, channel.ErrNoticeShape
	}
	now := time.Now()
	answer := ledger.Answer{Order: ledger.OrderNo(t.OutTradeNo), Request: ledger.RequestNotice, Class: ledger.ClassUnknown,
		Verified: true, BeganAt: now, EndedAt: now, Code: channel.Words(e.EventType)}
	c.judgeNotice(&answer, e.EventType, &t)
	return channel.Notice{ID: e.ID, Answer: answer}, nil
}

// unseal opens what only the holder of the APIv3 key can read (AEAD_AES_256_GCM).
func (c *Connector) unseal(e *envelope) ([]byte, error) {
	sealed, canonical := channel.Canonical(e.Resource.Ciphertext)
	if !canonical || e.Resource.Algorithm != "AEAD_AES_256_GCM" {
		return nil, channel.ErrNoticeSealed
	}
	block, err := aes.NewCipher([]byte(c.keys.APIv3Key))
	if err != nil { // none is configured
		return nil, channel.ErrNoticeSealed
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil || len(e.Resource.Nonce) != gcm.NonceSize() { // Open would panic
		return nil, channel.ErrNoticeSealed
	}
	plain, err := gcm.Open(nil, []byte(e.Resource.Nonce), sealed, []byte(e.Resource.Associated))
	if err != nil {
		return nil, channel.ErrNoticeSealed
	}
	return plain, nil
}

// judgeNotice classes a verified notice. The event's name and the state in it must agree.
func (c *Connector) judgeNotice(a *ledger.Answer, event string, t *transaction) {
	switch event {
	case "TRANSACTION.SUCCESS":
		if t.TradeState == "SUCCESS" && !t.aboutRefund() {
			c.trade(a, t)
		}
	case "REFUND.SUCCESS", "REFUND.CLOSED", "REFUND.ABNORMAL":
		if event == "REFUND."+t.RefundStatus && t.OutRefundNo != "" {
			a.Refund, a.Class = ledger.RefundNo(t.OutRefundNo), refundClass(t.RefundStatus)
			if t.Amount.Currency == "" {
				t.Amount.Currency = string(ledger.CNY) // a notice of a refund names none
			}
			a.Named = c.namedRefund(t)
		}
	}
	judged := a.Class == ledger.ClassPaid || a.Class == ledger.ClassReturned
	if t.MchID != c.keys.MchID && !judged {
		// About somebody else's: nothing is learnt. A "paid" or "returned" is judged, and named, by the ledger.
		a.Class, a.Refund, a.Named = ledger.ClassUnknown, "", ledger.Named{}
	}
}

// Acknowledge implements channel.Notifier: 204, or 500 with a reason that says nothing (WeChat Pay v3, notices). Without
// 204 the notice comes again, up to fifteen times in a day.
func (c *Connector) Acknowledge(w http.ResponseWriter, taken bool) {
	if taken {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(w, `{"code":"FAIL","message":"try again later"}`) // who has gone asks again
}
