package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// customerState is what a customer needs to know about a payment, as a word of the socket's language.
type customerState string

const (
	customerIdle      customerState = "idle"
	customerReady     customerState = "ready" // an amount, and no way chosen yet
	customerWait      customerState = "wait"
	customerScan      customerState = "scan" // the QR is up
	customerConfirm   customerState = "confirm"
	customerCheck     customerState = "check" // how it ended is being found out
	customerPaid      customerState = "paid"
	customerFailed    customerState = "failed"
	customerCancelled customerState = "cancelled"
	customerReturned  customerState = "returned"
	customerAsk       customerState = "ask" // only a person can settle it
	// The next two are the display's own and never sent.
	customerClosed customerState = "closed" // no till, or a silent one
	customerOther  customerState = "other"  // a till of another version
)

// viewVersion numbers the meaning of customerView. A display refuses every other one.
const viewVersion = 2 // 1 had no receipt

// viewMax bounds one message in bytes, its newline included. A QR payload that would exceed it is left out.
const viewMax = 8 << 10

// viewFresh is how long a message counts: a display that was stopped must not show, when it goes on, what was true then.
const viewFresh = 3 * time.Second

// customerView is all that the till tells its customer displays: facts and no cells, so that each draws them at its own
// size. It holds nothing of the cashier, of the customer or of a customer's code, and order numbers only inside the receipt,
// which is the customer's own. Times are milliseconds since 1970 of the one clock that both processes read; zero means none.
type customerView struct {
	Version int            `json:"v"`
	At      int64          `json:"at"` // when the till looked
	Shop    string         `json:"shop"`
	Lang    assets.Lang    `json:"lang"`
	Mode    string         `json:"mode"` // training and sandbox carry a watermark
	State   customerState  `json:"state"`
	Channel ledger.Channel `json:"channel,omitempty"`
	Fen     int64          `json:"fen,omitempty"`
	Tail    string         `json:"tail,omitempty"`
	QR      string         `json:"qr,omitempty"`
	Expires int64          `json:"expires,omitempty"` // of the QR
	Since   int64          `json:"since,omitempty"`   // of the state
	Receipt string         `json:"receipt,omitempty"` // the e-receipt of what is PAID, as a text for a QR
}

// same reports whether two looks tell a customer the same.
func (v customerView) same(other customerView) bool {
	v.At = other.At
	return v == other
}

// lookForCustomer gives what a customer may see of the Book now.
func lookForCustomer(book *ledger.Book, receipts *receiptDesk, now time.Time) customerView {
	v := customerView{Version: viewVersion, At: now.UnixMilli(), State: customerIdle}
	keying := !book.Draft().Keyed.Empty()
	broken := book.Err() != nil
	book.Read(func(s *ledger.State) {
		v.Mode = s.Mode
		if sale := s.CurrentSale(); sale != nil {
			if v.show(sale, keying, now); v.State == customerPaid {
				v.Receipt = receipts.of(sale.ID)
			}
		}
	})
	if broken && v.State != customerPaid { // what was PAID is in the ledger; nothing else can be told any more
		v = customerView{Version: v.Version, At: v.At, Mode: v.Mode, State: customerAsk}
	}
	return v
}

// show fills in the sale on the till's screen. While the next amount is keyed an unpaid sale is no longer the
// customer's business, and half an amount is not yet.
func (v *customerView) show(sale *ledger.Sale, keying bool, now time.Time) {
	state, at := customerStateOf(sale)
	if keying && sale.Live() == nil && state != customerPaid {
		return
	}
	v.State, v.Fen, v.Tail = state, sale.Amount.Fen, sale.ID.Tail()
	if !sale.Settled() {
		v.Fen = sale.Due()
		if at != nil && at.State.Live() {
			v.Fen = at.Amount.Fen // the channel is asked for a part
		}
	}
	if at == nil {
		if n := len(sale.Tenders); n > 0 && state == customerPaid {
			v.Since = sale.Tenders[n-1].At.UnixMilli()
		}
		return
	}
	v.Channel, v.Since = at.Channel, at.SinceAt.UnixMilli()
	switch {
	case state != customerScan:
	case keying || at.QR == "" || !now.Before(at.Expires):
		v.State = customerCheck
	default:
		v.QR, v.Expires = at.QR, at.Expires.UnixMilli()
	}
}

// customerStateOf gives the state and the attempt that it is about, if any. Money that came on any attempt, or somebody
// who is paying a QR that was withdrawn, takes every other QR of the sale off the display.
func customerStateOf(sale *ledger.Sale) (customerState, *ledger.Attempt) {
	if sale.Settled() {
		return customerPaid, sale.Paid()
	}
	at := sale.Last()
	if at == nil || at.State == ledger.Paid { // a part of it was paid
		return customerReady, nil
	}
	for i := range sale.Attempts {
		if a := &sale.Attempts[i]; a.State == ledger.Orphan && a.Back() < a.Amount.Fen {
			return customerAsk, at
		}
	}
	if ledger.ReasonOf(sale.MayAsk()) == ledger.ReasonUnresolved {
		return customerCheck, at
	}
	switch at.State {
	case ledger.Intent, ledger.Asking:
		return customerWait, at
	case ledger.Waiting:
		if at.Way == ledger.ByQR {
			return customerScan, at
		}
		return customerConfirm, at
	case ledger.Refused, ledger.Unsent:
		return customerFailed, at
	case ledger.Reversed, ledger.Orphan:
		return customerReturned, at
	case ledger.Withdrawn, ledger.ClosedOff:
		if at.StopWhy == ledger.StopSwitched { // the other way follows at once
			return customerReady, at
		}
		return customerCancelled, at
	}
	return customerCheck, at
}

// encode gives the message: one line of JSON, at most viewMax bytes.
func (v customerView) encode() ([]byte, error) {
	line, err := json.Marshal(v)
	if err == nil && len(line) >= viewMax && v.QR != "" {
		v.QR = ""
		line, err = json.Marshal(v)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("writing a customer's view: %w", err)
	case len(line) >= viewMax:
		return nil, fmt.Errorf("writing a customer's view: %d bytes", len(line))
	}
	return append(line, '\n'), nil
}

// receipted reports whether the receipt, if there is one, is a receipt, and stands where one may.
func (v customerView) receipted() bool {
	if v.Receipt == "" {
		return true
	}
	_, _, err := ledger.ParseReceipt(v.Receipt)
	return err == nil && v.State == customerPaid
}

// errOtherVersion means that the till speaks another version.
var errOtherVersion = errors.New("the till is of another version")

// decodeView reads a message and refuses what no till of this version says. Its texts are still foreign.
func decodeView(line []byte) (customerView, error) {
	var version struct {
		Version int `json:"v"`
	}
	if err := json.Unmarshal(line, &version); err != nil {
		return customerView{}, fmt.Errorf("reading the till's message: %w", err)
	}
	if version.Version != viewVersion {
		return customerView{}, errOtherVersion
	}
	var v customerView
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		return customerView{}, fmt.Errorf("reading the till's message: %w", err)
	}
	if _, known := customerFaces[v.State]; !known || v.State == customerClosed || v.State == customerOther ||
		v.Fen < 0 || v.Fen > ledger.MaxFen || v.QR != "" && v.State != customerScan || !v.receipted() {
		return customerView{}, errors.New("reading the till's message: it makes no sense")
	}
	return v, nil
}
