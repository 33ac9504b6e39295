package ledger

import "time"

// CustomerState is what a customer needs to know about a payment. Displays on the counter and beside the till show it; the words travel
// on the socket of the displays.
type CustomerState string

// What a customer can be told.
const (
	CustomerIdle      CustomerState = "idle"
	CustomerReady     CustomerState = "ready" // an amount, and no way chosen yet
	CustomerWait      CustomerState = "wait"
	CustomerScan      CustomerState = "scan" // the QR is up
	CustomerConfirm   CustomerState = "confirm"
	CustomerCheck     CustomerState = "check" // how it ended is being found out
	CustomerPaid      CustomerState = "paid"
	CustomerFailed    CustomerState = "failed"
	CustomerCancelled CustomerState = "cancelled"
	CustomerReturned  CustomerState = "returned"
	CustomerAsk       CustomerState = "ask" // only a person can settle it
)

// CustomerSees is all that a customer may see: nothing of the cashier, of a customer's code, or of order numbers.
type CustomerSees struct {
	State   CustomerState
	Sale    SaleID
	Channel Channel
	Fen     int64  // what is to be paid now, or was
	Change  int64  // fen that the customer gets back of the cash given last, beside PAID
	QR      string // with CustomerScan alone
	Expires time.Time
	Since   time.Time // of the state, of PAID when the last of the money came; zero where nothing tells
}

// ForCustomer gives what a customer may see now. keying: the next amount is being keyed; then an unpaid sale is no longer the customer's
// business, and half an amount is not yet.
func (s *State) ForCustomer(keying bool, now time.Time) CustomerSees {
	if sale := s.CurrentSale(); sale != nil {
		return sale.ForCustomer(keying, now)
	}
	return CustomerSees{State: CustomerIdle}
}

// ForCustomer is State.ForCustomer of the sale on the screen.
func (s *Sale) ForCustomer(keying bool, now time.Time) (v CustomerSees) {
	v.State = CustomerIdle
	state, at := s.forCustomer()
	if keying && s.Live() == nil && state != CustomerPaid {
		return v
	}
	v.State, v.Sale, v.Fen = state, s.ID, s.Amount.Fen
	if !s.Settled() {
		v.Fen = s.Due()
		if at != nil && at.State.Live() {
			v.Fen = at.Amount.Fen // the channel is asked for a part
		}
	}
	if at != nil {
		v.Channel, v.Since = at.Channel, at.SinceAt
	}
	if state == CustomerPaid {
		v.Since = s.SettledAt()
		if n := len(s.Tenders); n > 0 {
			v.Change = s.Tenders[n-1].Change.Fen
		}
	}
	switch {
	case state != CustomerScan:
	case keying || at.QR == "" || !now.Before(at.Expires):
		v.State = CustomerCheck
	default:
		v.QR, v.Expires = at.QR, at.Expires
	}
	return v
}

// forCustomer gives the state and the attempt that it is about, if any. Money that came on any attempt, or somebody who is paying a QR
// that was withdrawn, takes every other QR of the sale off the display.
func (s *Sale) forCustomer() (CustomerState, *Attempt) {
	if s.Settled() {
		return CustomerPaid, s.Paid()
	}
	at := s.Last()
	if at == nil || at.State == Paid { // a part of it was paid
		return CustomerReady, nil
	}
	for i := range s.Attempts {
		if a := &s.Attempts[i]; a.State == Orphan && a.Back() < a.Amount.Fen {
			return CustomerAsk, at
		}
	}
	if ReasonOf(s.MayAsk()) == ReasonUnresolved {
		return CustomerCheck, at
	}
	switch at.State {
	case Intent, Asking:
		return CustomerWait, at
	case Waiting:
		if at.Way == ByQR {
			return CustomerScan, at
		}
		return CustomerConfirm, at
	case Refused, Unsent:
		return CustomerFailed, at
	case Reversed, Orphan:
		return CustomerReturned, at
	case Withdrawn, ClosedOff:
		if at.StopWhy == StopSwitched { // the other way follows at once
			return CustomerReady, at
		}
		return CustomerCancelled, at
	}
	return CustomerCheck, at
}
