package ui

import (
	"bytes"
	"strings"
	"testing"

	"guitai/ledger"
)

// TestWrongTypedCodeKeepsItsBox: a refused code stays where it was typed, with the reason beside it, and can be mended.
// Until Esc or a good code, no letter is a command.
func TestWrongTypedCodeKeepsItsBox(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("9", "enter", "f5", "6901234567892", "enter")
		r.sees("Type the customer's code", "13 digits, last four 7892", "This is no code that can pay. It looks like a product barcode. [CODE-UNKNOWN]")
		if n := strings.Count(r.frame(), "CODE-UNKNOWN"); n != 1 {
			t.Fatalf("the refusal is told %d times:\n%s", n, r.frame())
		}
		before := r.head()
		for _, letter := range []string{"a", "w", "s", "x", "n", "d", "t", "?"} {
			r.key(letter)
			r.sees("Type the customer's code", "13 digits, last four 7892", "not a digit")
		}
		if sale, ok := r.sale(); !ok || len(sale.Attempts) != 0 || r.head() != before {
			t.Fatalf("a letter did something: %+v", sale)
		}
		buffer := r.app.top().(*codeScreen).digits
		r.key("backspace")
		r.seesNot("CODE-UNKNOWN", "not a digit")
		r.key(strings.Split(strings.Repeat("backspace ", 12), " ")[:12]...)
		r.key(wechatPay, "enter")
		r.seesNot("Type the customer's code")
		if at := r.last(); at.Last4 != "0042" || at.Way != ledger.ByCode {
			t.Fatalf("%+v", at)
		}
		if !bytes.Equal(buffer[:codeMax], make([]byte, codeMax)) {
			t.Fatal("the typed digits are still in memory")
		}
	})
}

// Esc is the other way out, and takes the refusal with it.
func TestEscLeavesARefusedCode(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("9", "enter", "f5", "123", "enter")
		r.sees("Type the customer's code", "3 digits", "half a code")
		buffer := r.app.top().(*codeScreen).digits[:codeMax]
		r.key("esc")
		r.seesNot("Type the customer's code", "CODE-UNKNOWN")
		if !bytes.Equal(buffer, make([]byte, codeMax)) {
			t.Fatal("the digits are still in memory")
		}
	})
}

// A refusal that is not the code's fault keeps the box as well: the same digits can be sent when the way is free.
func TestTypedCodeBeforeAnAmount(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("f5", wechatPay, "enter")
		r.sees("Type the customer's code", "18 digits, last four 0042", "[NO-AMOUNT]")
		r.key("esc", "5", "enter")
		r.sees("To pay")
	})
}

// A till that has stopped says so over the box.
func TestStoppedLedgerTakesTheCodeBox(t *testing.T) {
	store := ledger.NewMemory()
	withRobotOn(t, store, Config{}, nil, func(r *robot) {
		r.key("5", "enter", "f5", wechatPay)
		store.FailAppend = func(ledger.Batch) (bool, error) { return false, bytes.ErrTooLarge }
		r.key("enter")
		r.sees("THIS TILL HAS STOPPED")
	})
}
