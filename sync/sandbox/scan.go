package sandbox

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"
)

// scan lets a customer scan a payload and act on it.
func (s *Server) scan(now time.Time, payload string, wanted int) (*order, error) {
	if _, ok := behaviour(wanted); !ok {
		return nil, fmt.Errorf("no such behaviour %d: 0 or 71 to 91", wanted)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key, ok := s.payloads[payload]
	if !ok {
		return nil, errNotExist
	}
	channel, number, _ := strings.Cut(key, "/")
	o, err := s.look(channel, number, now)
	if err != nil {
		return nil, err
	}
	if err := o.scannable(now, payload); err != nil {
		return nil, err
	}
	o.Behaviour = choose(o.Amount, wanted)
	switch {
	case o.Behaviour == badCode:
		o.note(now, "scanned, the phone says that the code is invalid")
	case o.Behaviour == noBalance && o.Channel == WechatPay:
		o.note(now, "scanned, the balance is not enough")
	default:
		o.meet(now)
	}
	return o, s.put(o)
}

func (o *order) scannable(now time.Time, payload string) error {
	switch o.State {
	case Issued, Waiting:
	case Paid:
		return errPaid
	default:
		return errClosed
	}
	for _, q := range o.QRs {
		if q.Payload == payload && now.After(q.Until) {
			return errExpired
		}
	}
	if !o.Expires.IsZero() && now.After(o.Expires) {
		return errExpired
	}
	return nil
}

// payload makes a QR text that has the length of a real one and that no wallet can pay.
func payload(channel string) string {
	if channel == Alipay {
		return "https://qr.alipay.invalid/bax" + strings.ToLower(rand.Text()[:20])
	}
	return "weixin-sandbox://wxpay/bizpayurl?pr=" + rand.Text()[:9]
}

// transaction makes the channel's own number, 28 digits as on the customer's bill.
func transaction(channel string, now time.Time) string {
	day := now.In(beijing).Format("20060102")
	if channel == Alipay {
		return day + "22001" + digits(15)
	}
	return "4200000071" + day + digits(10)
}

func digits(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, crypto/rand
	for i := range b {
		b[i] = '0' + b[i]%10
	}
	return string(b)
}
