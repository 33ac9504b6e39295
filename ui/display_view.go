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
type customerState = ledger.CustomerState

const (
	customerIdle      = ledger.CustomerIdle
	customerReady     = ledger.CustomerReady
	customerWait      = ledger.CustomerWait
	customerScan      = ledger.CustomerScan
	customerConfirm   = ledger.CustomerConfirm
	customerCheck     = ledger.CustomerCheck
	customerPaid      = ledger.CustomerPaid
	customerFailed    = ledger.CustomerFailed
	customerCancelled = ledger.CustomerCancelled
	customerReturned  = ledger.CustomerReturned
	customerAsk       = ledger.CustomerAsk
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
		sees := s.ForCustomer(keying, now)
		if v.take(sees); v.State == customerPaid {
			v.Receipt = receipts.of(sees.Sale)
		}
	})
	if broken && v.State != customerPaid { // what was PAID is in the ledger; nothing else can be told any more
		v = customerView{Version: v.Version, At: v.At, Mode: v.Mode, State: customerAsk}
	}
	return v
}

// take fills in what a customer may see.
func (v *customerView) take(sees ledger.CustomerSees) {
	v.State, v.Channel, v.Fen, v.QR = sees.State, sees.Channel, sees.Fen, sees.QR
	v.Expires, v.Since = millis(sees.Expires), millis(sees.Since)
	if sees.Sale != "" {
		v.Tail = sees.Sale.Tail()
	}
}

// millis is a time of a message; 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
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
