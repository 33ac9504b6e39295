package sandbox

import "time"

// ending is the way in which a merchant takes an order back.
type ending int

const (
	closing    ending = iota // unpaid orders only (Alipay trade.close, WeChat close)
	cancelling               // unpaid closes, paid goes back (Alipay trade.cancel)
	reversing                // the same for WeChat code orders
)

// end takes an order back. It returns nil without an error for a number that the channel does not know and takes back
// all the same. lost tells that the answer must not arrive (behaviour 88).
func (s *Server) end(now time.Time, how ending, channel, number, transaction string) (o *order, lost bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err = s.find(now, channel, number, transaction)
	if err != nil {
		return nil, false, err
	}
	if o != nil && channel == WechatPay && o.exists() && (how == reversing) != (o.Kind == KindCode) {
		return nil, false, errWrongKind
	}
	if o != nil && o.Behaviour == paidAtCancel && (o.State == Issued || o.State == Waiting) {
		o.move(Paid, now, "the customer paid at the last moment")
		if err := s.put(o); err != nil {
			return nil, false, err
		}
	}
	if o == nil || !o.exists() {
		return s.endUnknown(now, how, channel, number, o)
	}
	if err := o.end(now, how); err != nil {
		return nil, false, err
	}
	if o.Behaviour == lostCancels && o.Lost < lostCancelsMax {
		o.Lost++
		o.note(now, "the answer to this is lost")
		lost = true
	}
	return o, lost, s.put(o)
}

// endUnknown is a cancel that overtakes its order, or withdraws a QR that nobody scanned. Alipay trade.close says that
// there is no such trade; the others answer success. With tombstones the number can never come into being afterwards.
func (s *Server) endUnknown(now time.Time, how ending, channel, number string, o *order) (*order, bool, error) {
	if how == closing && channel == Alipay || number == "" {
		return nil, false, errNotExist
	}
	if s.config.NoTombstone || o != nil && o.State != Issued {
		return nil, false, nil
	}
	if o == nil {
		o = &order{Order: Order{Channel: channel, Number: number, Created: now}}
	}
	o.move(Voided, now, "taken back before it existed")
	return nil, false, s.put(o)
}

func (o *order) end(now time.Time, how ending) error {
	switch o.State {
	case Issued:
		o.move(Closed, now, "closed by the merchant")
	case Waiting:
		if how == reversing && now.Before(o.Created.Add(reverseEarly)) {
			return errPaying
		}
		if how == reversing {
			o.move(Reversed, now, "reversed by the merchant, nothing had been paid")
		} else {
			o.move(Closed, now, "closed by the merchant")
		}
	case Failed:
		o.move(Reversed, now, "reversed by the merchant, nothing had been paid")
	case Paid, Returned:
		if how == closing {
			return errPaid
		}
		if o.promised() > 0 {
			return errRefunded
		}
		if how == cancelling && now.After(o.Created.Add(cancelWindow)) || now.After(o.Created.Add(reverseWindow)) {
			return errTooLate
		}
		o.Refunded = o.Paid
		o.move(Reversed, now, "taken back by the merchant, the money is returned")
	default:
		if how == closing && o.Channel == Alipay {
			return errClosed
		}
	}
	return nil
}
