package ui

import (
	"testing"
	"time"

	"guitai/ledger"
)

// TestKeysUnderALivePaymentAreRefusedAloud: the moment the key is pressed, and still when the payment has moved on: the
// states before "waiting" follow one another faster than anyone reads.
func TestKeysUnderALivePaymentAreRefusedAloud(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("1", "enter", "f2")
		r.update(keyMsg("5"))
		refusal := []string{"Not keyed: a payment is under way.", "[LIVE]", "F4 stops it"}
		r.sees(refusal...)
		r.asked(ledger.RequestOrder)
		r.sees(refusal...)
		r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		r.sees("WAITING")
		r.sees(refusal...)
		if !r.book.Draft().Keyed.Empty() {
			t.Fatal("it was keyed after all")
		}
		r.key("s") // the key that was named ends it
		r.seesNot("Not keyed")
		r.key("7")
		r.sees("Not keyed: a payment is under way. [UNRESOLVED]", "F8 next customer")
		r.answered(ledger.RequestQuery, ledger.ClassAbsent, nil)
		r.sees("WITHDRAWN")
		r.seesNot("Not keyed")
	})
}

// TestRefusedScanGoesWithItsMoment: what a refused scan says is not carried over into another state of the sale.
func TestRefusedScanGoesWithItsMoment(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("5", "enter")
		if err := r.scan(wechatPay); err != nil {
			t.Fatal(err)
		}
		r.asked(ledger.RequestPay)
		if err := r.scan("6901234567892"); err == nil {
			t.Fatal("a product was charged")
		}
		r.sees("a product barcode", "[CODE-UNKNOWN]")
		r.answered(ledger.RequestPay, ledger.ClassWaiting, nil)
		r.seesNot("CODE-UNKNOWN")
		if err := r.scan("6901234567892"); err == nil {
			t.Fatal("a product was charged")
		}
		r.sees("[CODE-UNKNOWN]") // a new one is told in the new state
	})
}

// TestMessagesGoWithTime: long enough to be read, and then no longer; a refusal whose reason still holds stays.
func TestMessagesGoWithTime(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		if err := r.scan("6901234567892"); err == nil {
			t.Fatal("a product was charged")
		}
		r.sleep(saidFor - time.Second)
		r.sees("[CODE-UNKNOWN]")
		r.sleep(2 * time.Second)
		r.seesNot("CODE-UNKNOWN")
		r.key("f2")
		r.sees("[NO-SALE]")
		r.sleep(saidFor + time.Second)
		r.seesNot("NO-SALE")
		r.bring(ledger.Waiting)
		r.key("7")
		r.sleep(saidFor + time.Second)
		r.sees("Not keyed", "[LIVE]")
		r.key("ctrl+c")
		r.sleep(saidFor + time.Second)
		r.sees("Leave the till?") // a question waits for its answer
	})
}

// TestAmountQuestionStays: it waits for an answer, however long that takes.
func TestAmountQuestionStays(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("1000.01", "enter")
		r.sleep(saidFor + time.Second)
		r.sees("¥1000.01 is more than usual")
		r.key("enter")
		if _, ok := r.sale(); !ok {
			t.Fatal("the answer came too late")
		}
	})
}
