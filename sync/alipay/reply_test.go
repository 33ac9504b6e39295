package alipay

import (
	"testing"

	"guitai/ledger"
)

func TestFen(t *testing.T) {
	for yuan, want := range map[string]int64{
		"12.50": 1250, "12.5": 1250, "12": 1200, "0.01": 1, "0": 0, "100000000.00": 10_000_000_000, "00.10": 10,
		"": -1, ".5": -1, "12.345": -1, "-1.00": -1, "+1.00": -1, "1,000.00": -1, "1e3": -1, " 1.00": -1, "1.0 ": -1, "1.-1": -1,
		"1.2.3": -1, "0x10": -1, "1_000": -1, "99999999999999999999": -1, "１.00": -1,
	} {
		if got := fen(yuan); got != want {
			t.Errorf("%q is %d fen, want %d", yuan, got, want)
		}
	}
}

// TestFailures: what a signed failure amounts to, by what was asked. What is not named here is unknown.
func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		code, sub                string
		pay, query, cancel, shut ledger.Class
	}{
		{"40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH", ledger.ClassRefused, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40004", "ACQ.PAYMENT_AUTH_CODE_INVALID", ledger.ClassRefused, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40004", "PAYMENT_AUTH_CODE_INVALID", ledger.ClassRefused, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40004", "AQC.TRADE_HAS_CLOSE", ledger.ClassClosed, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40004", "ACQ.TRADE_NOT_EXIST", ledger.ClassUnknown, ledger.ClassAbsent, ledger.ClassAbsent, ledger.ClassAbsent},
		{"40004", "ACQ.TRADE_HAS_SUCCESS", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40004", "ACQ.CONTEXT_INCONSISTENT", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40004", "ACQ.SYSTEM_ERROR", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40004", "AQC.SYSTEM_ERROR", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40004", "ACQ.TRADE_CANCEL_TIME_OUT", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassDenied, ledger.ClassUnknown},
		{"40004", "ACQ.TRADE_STATUS_ERROR", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassDenied},
		{"40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40004", "ACQ.NEVER_HEARD_OF", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40004", "", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"20000", "ACQ.BUYER_BALANCE_NOT_ENOUGH", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"20000", "ACQ.TRADE_NOT_EXIST", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40002", "isv.invalid-signature", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
		{"40005", "", ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown, ledger.ClassUnknown},
	} {
		r := &reply{Code: tt.code, SubCode: tt.sub}
		got := [...]ledger.Class{r.failure(), r.queryFailure(), r.closeFailure(ledger.ByCode), r.closeFailure(ledger.ByQR)}
		if want := [...]ledger.Class{tt.pay, tt.query, tt.cancel, tt.shut}; got != want {
			t.Errorf("%s %s: pay, query, cancel, close %v, want %v", tt.code, tt.sub, got, want)
		}
	}
}
