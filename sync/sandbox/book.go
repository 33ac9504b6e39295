package sandbox

import (
	"errors"
	"strings"
	"time"
)

// refusal is a "no" in words that both protocols translate. Any other error means that the simulator itself failed.
type refusal string

func (r refusal) Error() string { return string(r) }

const (
	errConflict  refusal = "this order number was used with other parameters"
	errCode      refusal = "the customer code is not one of this simulator's, used up, or expired"
	errBalance   refusal = "the customer's balance is not enough"
	errClosed    refusal = "the order is closed"
	errReversed  refusal = "the order is reversed"
	errPaid      refusal = "the order is paid"
	errFailed    refusal = "the customer declined"
	errNotExist  refusal = "there is no such order"
	errPaying    refusal = "the customer is paying"
	errWrongKind refusal = "reverse is for code orders, close is for QR orders"
	errTooLate   refusal = "the time for taking the order back is over"
	errExpired   refusal = "the QR has expired"
)

// asked is a pay or order request in neutral words. Durations of zero mean the channel's default.
type asked struct {
	channel, number, kind string
	amount                int64 // fen
	digest                string
	code                  string
	store, terminal       string
	expires               time.Time
	qrLife, tradeLife     time.Duration
}

// look returns a copy of the order as it is now, nil when the number was never seen. Callers hold s.mu.
func (s *Server) look(channel, number string, now time.Time) (*order, error) {
	known, ok := s.orders[channel+"/"+number]
	if !ok {
		return nil, nil
	}
	o := known.clone()
	o.settle(now)
	return o, s.put(o)
}

// pay is the customer-presented code: Alipay trade.pay, WeChat codepay. An identical repeat answers what is true now.
func (s *Server) pay(now time.Time, q asked) (*order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.look(q.channel, q.number, now)
	if err != nil {
		return nil, err
	}
	if o != nil {
		return o, o.repeat(q)
	}
	channel, wanted, own := readCode(q.code)
	o = s.create(now, q, choose(q.amount, wanted))
	digest := digestOf(q.code)
	switch {
	case !own || channel != q.channel || s.codes[digest] != "":
		o.refuse(errCode, now)
	case o.Behaviour == noBalance:
		o.Code = digest
		o.refuse(errBalance, now)
	case o.Behaviour == badCode:
		o.Code = digest
		o.refuse(errCode, now)
	default:
		o.Code = digest
		o.meet(now)
	}
	if err := s.put(o); err != nil {
		return nil, err
	}
	return o, o.standing()
}

// open gives out a QR: Alipay trade.precreate, WeChat native. A repeat with the same parameters is answered with the
// same QR by Alipay and with a fresh one by WeChat; older ones stay payable until their own time is over.
func (s *Server) open(now time.Time, q asked) (*order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.look(q.channel, q.number, now)
	if err != nil {
		return nil, err
	}
	if o != nil {
		if err := o.repeat(q); err != nil {
			return nil, err
		}
		if o.State == Paid {
			return nil, errPaid
		}
		if q.channel == Alipay {
			return o, nil
		}
		o.note(now, "given out again")
	} else {
		o = s.create(now, q, choose(q.amount, payAtOnce))
		o.move(Issued, now, "QR given out")
	}
	o.QR = payload(q.channel)
	o.QRs = append(o.QRs, qr{Payload: o.QR, Until: now.Add(q.qrLife)})
	return o, s.put(o)
}

func (s *Server) create(now time.Time, q asked, behaviour int) *order {
	return &order{
		Order: Order{Channel: q.channel, Number: q.number, Kind: q.kind, Amount: q.amount, Behaviour: behaviour,
			State: Waiting, Created: now, Transaction: transaction(q.channel, now)},
		Asked: q.digest, Store: q.store, Terminal: q.terminal, Expires: q.expires, TradeLife: q.tradeLife,
	}
}

func (o *order) refuse(why refusal, now time.Time) {
	o.Reason = why
	o.move(Refused, now, "refused: "+string(why))
}

// repeat answers a request whose number is known already.
func (o *order) repeat(q asked) error {
	if o.State != Voided && (o.Kind != q.kind || o.Asked != q.digest) {
		return errConflict
	}
	return o.standing()
}

// standing is what a pay request hears about the state that the order has now.
func (o *order) standing() error {
	switch o.State {
	case Refused:
		return o.Reason
	case Closed, Voided:
		return errClosed
	case Reversed:
		return errReversed
	case Returned:
		if o.Channel == Alipay {
			return errClosed
		}
		return errPaid
	case Failed:
		return errFailed
	default:
		return nil
	}
}

// query finds an order by number, or by the channel's own number where number is empty.
func (s *Server) query(now time.Time, channel, number, transaction string) (*order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.find(now, channel, number, transaction)
	if err != nil {
		return nil, err
	}
	if o == nil || !o.exists() {
		return nil, errNotExist
	}
	return o, nil
}

func (s *Server) find(now time.Time, channel, number, transaction string) (*order, error) {
	if number == "" {
		key := s.transactions[transaction]
		if !strings.HasPrefix(key, channel+"/") {
			return nil, nil
		}
		number = strings.TrimPrefix(key, channel+"/")
	}
	return s.look(channel, number, now)
}

func isRefusal(err error) bool {
	var r refusal
	return errors.As(err, &r)
}
