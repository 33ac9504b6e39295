// Package alipay is the connector to Alipay's face-to-face payment (当面付) over the gateway protocol, on
// smartwalle/alipay. It turns answers into classes and nothing else.
package alipay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/smartwalle/alipay/v3"

	"guitai/ledger"
	"guitai/sync/channel"
)

// Connector implements channel.Connector.
type Connector struct {
	client   *alipay.Client
	download *http.Client
	keys     Keys
}

// FromKeys gives the connector for keys in memory.
func FromKeys(keys Keys) (*Connector, error) {
	keys.QRLife = cmp.Or(keys.QRLife, channel.DefaultQRLife*time.Second)
	keys.RefundWindow = cmp.Or(keys.RefundWindow, defaultRefundDays*day)
	// "Not production" only keeps the library from downloading certificates it does not know; the gateway is ours.
	client, err := alipay.New(keys.AppID, keys.PrivateKey, false,
		alipay.WithSandboxGateway(keys.GatewayURL),
		alipay.WithHTTPClient(channel.NewHTTPClient(keys.Transport)),
		alipay.WithTimeLocation(ledger.Shanghai), // the gateway reads timestamps as Beijing time
	)
	if err != nil {
		return nil, errors.New("the app's private key cannot be read: PEM, RSA") // the library's error may quote it
	}
	if err := client.LoadAliPayPublicKey(keys.PublicKey); err != nil {
		return nil, errors.New("the public key of Alipay cannot be read: PEM, RSA")
	}
	return &Connector{client: client, download: channel.NewDownloadClient(keys.Transport), keys: keys}, nil
}

// Channel implements channel.Connector.
func (c *Connector) Channel() ledger.Channel { return ledger.Alipay }

// Account implements channel.Connector.
func (c *Connector) Account() ledger.Account {
	return ledger.Account{Merchant: c.keys.SellerID, App: c.keys.AppID, QRLife: c.keys.QRLife, RefundWindow: c.keys.RefundWindow}
}

// Schedule implements channel.Connector: query every 3 to 6 s for about a minute, then cancel without a gap, again
// every 2 s (Alipay, polling; the official face-to-face demo), later every quarter of an hour. A refund is asked about
// after 10 s (alipay.trade.fastpay.refund.query); between two of one order no distance is documented: 3 s keep a broken
// line from being flooded.
func (c *Connector) Schedule(ledger.Way) channel.Schedule {
	return channel.Schedule{
		FirstQuery: 3 * time.Second, AfterFault: time.Second, Every: 5 * time.Second, GiveUp: time.Minute,
		CloseEvery: 2 * time.Second, CloseSlowly: 15 * time.Minute, Timeout: 10 * time.Second,
		RefundFirst: 10 * time.Second, RefundApart: 3 * time.Second,
	}
}

// Pay implements channel.Connector: alipay.trade.pay with scene bar_code.
func (c *Connector) Pay(ctx context.Context, o channel.Order, code ledger.PayCode) ledger.Answer {
	request := c.order("alipay.trade.pay", o).
		AddBizField("scene", "bar_code").
		AddBizField("auth_code", code.Reveal()).
		AddBizField("product_code", "FACE_TO_FACE_PAYMENT").
		AddBizField("timeout_express", "2m") // the trade closes by itself soon after the till has given up
	var r reply
	answer := c.call(ctx, ledger.RequestPay, o, request, &r, func(a *ledger.Answer) {
		switch {
		case alipay.Code(r.Code) == alipay.CodeOrderSuccessPayInProcess:
			a.Class = ledger.ClassWaiting
		case alipay.Code(r.Code) != alipay.CodeSuccess:
			a.Class = r.failure()
		case r.GmtPayment != "":
			// The method's name is outside the signature. A time of payment is in no other method's answer, so the
			// signed answer to a query ("waiting", same order, same amount) does not pass for a payment.
			a.Class = ledger.ClassPaid
			a.Named = c.named(&r, r.GmtPayment)
		}
	})
	return channel.HideCode(answer, code)
}

// Show implements channel.Connector: alipay.trade.precreate. No trade exists until the QR is scanned. The trade's end is
// an instant and the QR's life is the same on every repeat: a repeat with other parameters would be refused
// (CONTEXT_INCONSISTENT), and a trade's relative life would begin only at the scan, after the till has stopped looking.
func (c *Connector) Show(ctx context.Context, o channel.Order) ledger.Answer {
	minutes := (c.keys.QRLife + time.Minute - 1) / time.Minute
	request := c.order("alipay.trade.precreate", o).
		AddBizField("time_expire", o.Expires.In(ledger.Shanghai).Format(time.DateTime)).
		AddBizField("qr_code_timeout_express", fmt.Sprintf("%dm", minutes))
	var r reply
	return c.call(ctx, ledger.RequestOrder, o, request, &r, func(a *ledger.Answer) {
		switch {
		case alipay.Code(r.Code) != alipay.CodeSuccess:
			a.Class = r.failure()
		case r.QRCode != "" && r.OutTradeNo == string(o.Number):
			a.Class, a.QR = ledger.ClassShown, r.QRCode
		}
	})
}

// Query implements channel.Connector: alipay.trade.query. Only TRADE_SUCCESS and TRADE_FINISHED are money.
func (c *Connector) Query(ctx context.Context, o channel.Order) ledger.Answer {
	request := alipay.NewPayload("alipay.trade.query").AddBizField("out_trade_no", string(o.Number))
	var r reply
	return c.call(ctx, ledger.RequestQuery, o, request, &r, func(a *ledger.Answer) {
		if alipay.Code(r.Code) != alipay.CodeSuccess {
			a.Class = r.queryFailure()
			return
		}
		switch alipay.TradeStatus(r.TradeStatus) {
		case alipay.TradeStatusSuccess, alipay.TradeStatusFinished:
			a.Class = ledger.ClassPaid
			a.Named = c.named(&r, r.SendPayDate)
		case alipay.TradeStatusWaitBuyerPay:
			a.Class = ledger.ClassWaiting
		case alipay.TradeStatusClosed:
			a.Class = ledger.ClassClosed
			if r.SendPayDate != "" { // it had been paid: closed means that the money is back
				a.Class = ledger.ClassReversed
			}
		}
		if r.OutTradeNo == "" && a.Class != ledger.ClassPaid {
			a.Class = ledger.ClassUnknown
		}
	})
}

// Close implements channel.Connector: a code order is cancelled (a paid one is refunded by that), a QR order is closed.
func (c *Connector) Close(ctx context.Context, o channel.Order) ledger.Answer {
	method := "alipay.trade.cancel"
	if o.Way == ledger.ByQR {
		method = "alipay.trade.close"
	}
	request := alipay.NewPayload(method).AddBizField("out_trade_no", string(o.Number))
	var r reply
	return c.call(ctx, ledger.RequestClose, o, request, &r, func(a *ledger.Answer) {
		switch {
		case alipay.Code(r.Code) != alipay.CodeSuccess:
			a.Class = r.closeFailure(o.Way)
		case r.RetryFlag == "Y" || r.ofAnother():
			a.Class = ledger.ClassUnknown
		default:
			a.Class, a.Returned = ledger.ClassAccepted, r.Action == "refund"
		}
	})
}

// order is what every request that makes a trade says.
func (c *Connector) order(method string, o channel.Order) *alipay.Payload {
	payload := alipay.NewPayload(method).
		AddBizField("out_trade_no", string(o.Number)).
		AddBizField("total_amount", o.Amount.String()).
		AddBizField("subject", o.Subject).
		AddBizField("seller_id", c.keys.SellerID)
	if o.Person != "" {
		payload.AddBizField("operator_id", o.Person)
	}
	return payload
}

// named is what an answer says about a payment. The gateway's answers to pay and query name neither app nor, as a rule,
// seller: both are bound by the key, because Alipay signs for each app with that app's own key pair. An answer that
// does name a seller is taken at its word.
func (c *Connector) named(r *reply, paidAt string) ledger.Named {
	currency := ledger.Currency(cmp.Or(r.TransCurrency, string(ledger.CNY)))
	at, _ := time.ParseInLocation(time.DateTime, paidAt, ledger.Shanghai)
	return ledger.Named{
		Order: ledger.OrderNo(r.OutTradeNo), Amount: ledger.Money{Fen: fen(r.TotalAmount), Currency: currency},
		Merchant: cmp.Or(r.SellerID, c.keys.SellerID), App: c.keys.AppID, ChannelNo: r.TradeNo, PaidAt: at,
	}
}

// call makes one request. judge is asked only about an answer whose signature is good.
func (c *Connector) call(ctx context.Context, request ledger.Request, o channel.Order, payload *alipay.Payload, r *reply, judge func(*ledger.Answer)) ledger.Answer {
	answer := ledger.Answer{Order: o.Number, Request: request, Class: ledger.ClassUnknown, BeganAt: time.Now()}
	ctx, exchange := channel.Watch(ctx)
	err := c.client.Request(ctx, payload, r)
	answer.EndedAt = time.Now()
	if !exchange.Answered() {
		answer.Class, answer.Code = exchange.Fault(err)
		return answer
	}
	answer.ChannelAt = exchange.Clock()
	if answer.Code, answer.Message, answer.Verified = verdict(exchange, err); !answer.Verified {
		return answer
	}
	if answer.Code = r.SubCode; answer.Code == "" && alipay.Code(r.Code) != alipay.CodeSuccess {
		answer.Code = r.Code
	}
	answer.Code, answer.Message = channel.Words(answer.Code), channel.Words(r.SubMsg)
	judge(&answer)
	judged := answer.Class == ledger.ClassPaid || answer.Class == ledger.ClassReturned
	if r.OutTradeNo != "" && r.OutTradeNo != string(o.Number) && !judged {
		// About another order: nothing is learnt, whatever was asked. A "paid" or "returned" is judged, and named, by the
		// ledger.
		answer.Class, answer.Returned, answer.QR = ledger.ClassUnknown, false, ""
	}
	return answer
}

// verdict tells whether an answer is signed as it should be, and gives the code and the words of one that is not.
func verdict(x *channel.Exchange, err error) (code, message string, signed bool) {
	switch {
	case x.Status != http.StatusOK: // the library ignores the status
		return ledger.FaultHTTP, fmt.Sprintf("HTTP %d", x.Status), false
	case err != nil:
		code, message = unverified(err)
		return code, message, false
	case !strictSignature(x.Body):
		return ledger.FaultBadSignature, "", false
	}
	return "", "", true
}

// unverified reads what a library error may tell. An unsigned error of the gateway keeps its own code; everything else
// is named by the till, because the library's texts may quote the answer.
func unverified(err error) (code, message string) {
	var gateway *alipay.Error
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	switch {
	case errors.As(err, &gateway) && gateway == nil: // {"error_response":null}
		return ledger.FaultNotJSON, ""
	case gateway != nil && gateway.Code != alipay.CodeSuccess:
		return channel.Words(cmp.Or(gateway.SubCode, string(gateway.Code), ledger.FaultBadSignature)), channel.Words(gateway.SubMsg)
	case errors.As(err, &syntax), errors.As(err, &shape), errors.Is(err, alipay.ErrBadResponse):
		return ledger.FaultNotJSON, ""
	}
	return ledger.FaultBadSignature, ""
}

// strictSignature refuses a signature that is written in another than its one canonical way: the library passes over
// line ends and the spare bits of its last character.
func strictSignature(body []byte) bool {
	var members map[string]json.RawMessage // not a struct: its names would match in any case
	var sign string
	if json.Unmarshal(body, &members) != nil || json.Unmarshal(members["sign"], &sign) != nil {
		return false
	}
	_, canonical := channel.Canonical(sign)
	return canonical
}
