package ui

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// lookAt gives what a customer sees of a sale at noon.
func lookAt(sale ledger.Sale, keying bool) customerView {
	var v customerView
	v.take(sale.ForCustomer(keying, noon))
	return v
}

func TestCustomerStateOfEveryAttempt(t *testing.T) {
	for state, want := range map[ledger.AttemptState]customerState{
		ledger.Intent: customerWait, ledger.Asking: customerWait, ledger.Waiting: customerConfirm, ledger.Unknown: customerCheck,
		ledger.Paid: customerPaid, ledger.Refused: customerFailed, ledger.Unsent: customerFailed, ledger.Stopping: customerCheck,
		ledger.Withdrawn: customerCancelled, ledger.Closing: customerCheck, ledger.ClosedOff: customerCancelled,
		ledger.Reversed: customerReturned, ledger.Orphan: customerAsk,
	} {
		for _, qr := range []bool{false, true} {
			at := attemptIn(state)
			if qr {
				byQR(&at)
			}
			v := lookAt(saleOf(at), false)
			want := want
			if qr && state == ledger.Waiting {
				want = customerScan
			}
			if v.State != want || v.Fen != 1250 || v.Tail != "1234" {
				t.Errorf("%s, by qr %v: %+v, want %s", state, qr, v, want)
			}
			if (v.QR != "") != (want == customerScan) || (v.Expires != 0) != (want == customerScan) {
				t.Errorf("%s, by qr %v: the qr is %q until %d", state, qr, v.QR, v.Expires)
			}
		}
	}
	if v := lookAt(saleOf(), false); v.State != customerReady || v.Fen != 1250 {
		t.Errorf("nothing asked yet: %+v", v)
	}
}

// TestCustomerIsNeverAskedTwice: money or a late scan on any attempt takes the QR of every other one off the display.
func TestCustomerIsNeverAskedTwice(t *testing.T) {
	up := attemptIn(ledger.Waiting)
	byQR(&up)
	scanned := attemptIn(ledger.Withdrawn)
	scanned.Task = ledger.TaskClose
	for name, tc := range map[string]struct {
		before ledger.Attempt
		want   customerState
	}{
		"paid":         {attemptIn(ledger.Paid), customerPaid},
		"late money":   {attemptIn(ledger.Orphan), customerAsk},
		"late, back":   {refundedSale(ledger.Orphan, whole(ledger.RefundReturned)).Attempts[0], customerScan},
		"late, going":  {refundedSale(ledger.Orphan, whole(ledger.RefundPending)).Attempts[0], customerAsk},
		"scanned late": {scanned, customerCheck},
		"refused":      {attemptIn(ledger.Refused), customerScan},
		"withdrawn":    {attemptIn(ledger.Withdrawn), customerScan},
	} {
		if v := lookAt(saleOf(tc.before, up), false); v.State != tc.want || (v.QR != "") != (tc.want == customerScan) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestCustomerWhileTheTillIsBusy(t *testing.T) {
	qr := attemptIn(ledger.Waiting)
	byQR(&qr)
	over, none, switched := qr, qr, attemptIn(ledger.Withdrawn)
	over.Expires, none.QR, switched.StopWhy = noon, "", ledger.StopSwitched
	for name, tc := range map[string]struct {
		sale   ledger.Sale
		keying bool
		want   customerState
	}{
		"the qr's life is over":             {saleOf(over), false, customerCheck},
		"the qr was lost":                   {saleOf(none), false, customerCheck},
		"an amount stands beside the qr":    {saleOf(qr), true, customerCheck},
		"another way follows":               {saleOf(switched), false, customerReady},
		"keying after paid":                 {saleOf(attemptIn(ledger.Paid)), true, customerPaid},
		"keying after refused":              {saleOf(attemptIn(ledger.Refused)), true, customerIdle},
		"keying over an amount not charged": {saleOf(), true, customerIdle},
	} {
		if v := lookAt(tc.sale, tc.keying); v.State != tc.want || v.QR != "" || (v.Fen != 0) != (tc.want != customerIdle) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// TestPaidInPartsBeginsWithItsLastPart: the customer who has paid by phone an hour ago and in cash just now reads PAID from now on, on the
// second terminal and on the page.
func TestPaidInPartsBeginsWithItsLastPart(t *testing.T) {
	long, now := noon.Add(-time.Hour), noon.Add(-3*time.Second)
	for name, tc := range map[string]struct{ wallet, cash time.Time }{"cash last": {long, now}, "wallet last": {now, long}} {
		wallet := attemptIn(ledger.Paid)
		wallet.Amount, wallet.SinceAt = ledger.Fen(500), tc.wallet
		sale := saleOf(wallet)
		sale.Tenders = []ledger.Tender{{ID: 1, Kind: ledger.Cash, Amount: ledger.Fen(750), Given: ledger.Fen(1000), Change: ledger.Fen(250), At: tc.cash}}
		v := lookAt(sale, false)
		if v.State != customerPaid || v.Fen != 1250 || v.Since != millis(now) {
			t.Errorf("%s: %+v, want PAID since %d", name, v, millis(now))
		}
		v.At = noon.UnixMilli()
		d := drawnDisplay(assets.En, terminal{colors: 256}, 80, 24, viewIn(customerIdle))
		if d.hear(v); d.shown().State != customerPaid {
			t.Errorf("%s: the second terminal shows %s", name, d.shown().State)
		}
		if f := newPageScreen("", ledger.Calendar{}).frame(v, noon); f.State != customerPaid {
			t.Errorf("%s: the page shows %s", name, f.State)
		}
	}
}

// sentKeys is all that a message may hold.
var sentKeys = strings.Fields("v at shop lang mode state channel fen tail qr expires since")

func TestMessageHoldsFactsOnly(t *testing.T) {
	v := viewIn(customerScan)
	line, err := v.encode()
	if err != nil || line[len(line)-1] != '\n' || strings.Count(string(line), "\n") != 1 {
		t.Fatalf("%q, %v", line, err)
	}
	var keys map[string]any
	if err := json.Unmarshal(line, &keys); err != nil || len(keys) != len(sentKeys) {
		t.Fatalf("%v, %v", keys, err)
	}
	for _, key := range sentKeys {
		if _, ok := keys[key]; !ok {
			t.Errorf("no %s", key)
		}
	}
	if back, err := decodeView(line); err != nil || back != v {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestMessageIsBounded(t *testing.T) {
	v := viewIn(customerScan)
	v.Shop = clean("店\n\x1b[2J"+strings.Repeat("<", 4000), shopCells)
	for _, length := range []int{2048, 6000, viewMax, 1 << 20} {
		for _, char := range []string{"a", "\x00", "<"} { // JSON writes the last two in six bytes
			v.QR = strings.Repeat(char, length)
			line, err := v.encode()
			if err != nil || len(line) > viewMax {
				t.Errorf("a QR of %d: %d bytes, %v", length, len(line), err)
			}
			back, err := decodeView(line)
			if err != nil || back.QR != "" && back.QR != v.QR {
				t.Errorf("a QR of %d: it is cut: %v", length, err)
			}
		}
	}
	v.QR, v.Shop = "", strings.Repeat("s", viewMax)
	if line, err := v.encode(); err == nil {
		t.Errorf("%d bytes", len(line))
	}
}

func TestDisplayRefusesWhatNoTillSays(t *testing.T) {
	for name, change := range map[string]func(*customerView){
		"no state":        func(v *customerView) { v.State = "" },
		"unknown state":   func(v *customerView) { v.State = "paid!" },
		"its own state":   func(v *customerView) { v.State = customerClosed },
		"negative amount": func(v *customerView) { v.Fen = -1 },
		"huge amount":     func(v *customerView) { v.Fen = ledger.MaxFen + 1 },
		"qr when paid":    func(v *customerView) { v.State = customerPaid },
	} {
		v := viewIn(customerScan)
		change(&v)
		line, err := v.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeView(line); err == nil || errors.Is(err, errOtherVersion) {
			t.Errorf("%s is taken: %v", name, err)
		}
	}
	for _, line := range []string{"", "\n", "nil", "[]", "{}", `{"v":0}`, `{"v":3,"state":"paid","new":1}`} {
		_, err := decodeView([]byte(line))
		if other := strings.HasPrefix(line, "{"); err == nil || errors.Is(err, errOtherVersion) != other {
			t.Errorf("%q: %v", line, err)
		}
	}
	if _, err := decodeView([]byte(`{"v":1,"state":"idle","cells":"x"}`)); err == nil {
		t.Error("a message with something new is taken under the old version")
	}
}

func FuzzDecodeView(f *testing.F) {
	for _, state := range customerStates {
		line, _ := viewIn(state).encode()
		f.Add(line)
	}
	f.Add([]byte(`{"v":1,"state":"scan","fen":1,"qr":"\u0000","tail":"\u001b[2J","expires":9e18}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		v, err := decodeView(line)
		if err != nil {
			return
		}
		d := drawnDisplay("", terminal{colors: 256}, 80, 24, v)
		d.now = time.UnixMilli(v.At)
		d.heardAt = d.now
		rows := strings.Split(d.frame(), "\n")
		if len(rows) != 24 || d.View().Content == "" {
			t.Errorf("%d rows of %q", len(rows), line)
		}
		for _, row := range rows {
			if wide(row) > 80 {
				t.Errorf("%q is too wide", row)
			}
		}
		_ = d.shown().notice(assets.For(assets.En))
	})
}
