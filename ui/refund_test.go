package ui

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
)

const billNo = "4200002026030212345678901234"

var chief = ledger.Actor{Person: "li", Role: ledger.RoleSupervisor, Place: "console"}

// pay brings a paid sale whose bill has a long number.
func (r *robot) pay(amount, code string) ledger.Attempt {
	r.t.Helper()
	r.key(amount, "enter")
	if err := r.scan(code); err != nil {
		r.t.Fatal(err)
	}
	r.asked(ledger.RequestPay)
	r.answered(ledger.RequestPay, ledger.ClassPaid, func(a *ledger.Answer) { a.Named.ChannelNo = billNo })
	return r.last()
}

// order gives an order as the ledger has it now.
func (r *robot) order(order ledger.OrderNo) ledger.Attempt {
	r.t.Helper()
	sale, ok, err := saleOfOrder(context.Background(), r.book, order)
	if err != nil || !ok {
		r.t.Fatalf("order %s: %v, %v", order, ok, err)
	}
	return *sale.Attempt(order)
}

// refunds gives an order's refunds, of which there must be so many.
func (r *robot) refunds(order ledger.OrderNo, want int) []ledger.Refund {
	r.t.Helper()
	at := r.order(order)
	if len(at.Refunds) != want {
		r.t.Fatalf("%d refunds, not %d:\n%s", len(at.Refunds), want, r.frame())
	}
	return at.Refunds
}

// sendRefund is the worker that sends the order's newest refund.
func (r *robot) sendRefund(order ledger.OrderNo) {
	r.t.Helper()
	at := r.order(order)
	if _, err := r.book.Sending(context.Background(), order, at.Refunds[len(at.Refunds)-1].Number); err != nil {
		r.t.Fatal(err)
	}
	r.pump()
}

// refundAnswered is the channel's answer about the order's newest refund.
func (r *robot) refundAnswered(order ledger.OrderNo, request ledger.Request, class ledger.Class) {
	r.t.Helper()
	at := r.order(order)
	refund := at.Refunds[len(at.Refunds)-1]
	err := r.book.Report(context.Background(), ledger.Answer{
		Order: order, Refund: refund.Number, Request: request, Class: class, Verified: true, Began: r.head(),
		Named: ledger.Named{Order: order, Refund: refund.Number, Amount: refund.Amount, Merchant: at.Merchant, App: at.App},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.pump()
}

func TestRefundOfTheLastSale(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		order := r.pay("12.5", wechatPay).Order
		sale, _ := r.sale()
		r.key("r")
		r.sees("Find a paid sale · 2000-01-01", sale.ID.Tail(), "12.50", "WeChat")
		r.key("enter")
		r.sees("tail "+sale.ID.Tail(), billNo, "left ¥12.50", "Give back ¥12.50_ all that is left")
		r.key("enter", "2")
		r.sees("wrong amount")
		r.key("enter")
		r.sees("Give ¥12.50 back by WeChat, sale with tail "+sale.ID.Tail()+"?", "Enter gives it back")
		r.refunds(order, 0)
		r.sleep(time.Second)
		r.key("enter")
		if refund := r.refunds(order, 1)[0]; refund.Amount != ledger.Fen(1250) || refund.Why != "wrong amount" || refund.Actor != ledger.Trainee {
			t.Fatalf("%+v", refund)
		}
		r.sees("WRITTEN DOWN · ¥12.50", "on its way ¥12.50 · left ¥0.00")
		r.sendRefund(order)
		r.sees("SENT, NO ANSWER YET")
		r.book.Board().Post(func(v *ledger.BoardView) {
			v.Doing[string(order)+"R01"] = ledger.Doing{Request: ledger.RequestRefundQuery, Tries: 2, Next: time.Now().Add(7 * time.Second)}
		})
		r.refundAnswered(order, ledger.RequestRefund, ledger.ClassAccepted)
		r.sees("UNDER WAY AT THE CHANNEL", "NOT back yet", "Asking WeChat in 7 s if it is back (try 2)")
		r.seesNot("MONEY IS BACK")
		r.refundAnswered(order, ledger.RequestRefundQuery, ledger.ClassReturned)
		r.sees("MONEY IS BACK · ¥12.50", "back ¥12.50 · on its way ¥0.00 · left ¥0.00")
		r.sleep(time.Second)
		r.key("enter")
		r.sees("All of it was given back, or is on its way. [NOTHING-LEFT]")
		r.key("esc")
		r.sees("Find a paid sale", "↩ back 12.50")
		r.key("esc")
		r.sees("REFUNDED IN FULL", "Do not hand over", "All given back")
		r.seesNot("hand over.  ", "PAID")
		r.key("8")
		r.sees("Last sale: tail " + sale.ID.Tail() + " ¥12.50 REFUNDED IN FULL")
	})
}

// TestRefundOfYesterday: a part of a sale that has left the working set, found by the number that a scanner reads off the
// customer's bill.
func TestRefundOfYesterday(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		order := r.pay("12.5", alipayPay).Order
		r.key("1", "enter")
		time.Sleep(26 * time.Hour)
		r.key("r")
		r.sees("Find a paid sale · 2000-01-02", "No paid sale on this day")
		r.burst(billNo, "enter", 2*time.Millisecond)
		r.sees("left ¥12.50", "paid 2000-01-01", "Alipay")
		r.key("2.5", "enter", "Cup ", "is broken 杯子", "enter")
		r.sees("Give ¥2.50 back by Alipay")
		r.sleep(time.Second)
		r.key("enter")
		if refund := r.refunds(order, 1)[0]; refund.Amount != ledger.Fen(250) || refund.Why != "Cup is broken 杯子" {
			t.Fatalf("%+v", refund)
		}
		r.sees("WRITTEN DOWN · ¥2.50", "left ¥10.00")
		r.sendRefund(order)
		r.refundAnswered(order, ledger.RequestRefundQuery, ledger.ClassReturned)
		r.sees("MONEY IS BACK · ¥2.50")
		r.key("esc")
		r.sees("Looking for: _")
		r.key("esc", "d") // it is a refund of today, of a sale of another day
		r.sees("-2.50 Alipay ↩ back · of 01-01", "Alipay 0 for ¥0.00, back 1 for ¥2.50", "net ¥-2.50")
		r.key("down", "r")
		r.sees("back ¥2.50 · on its way ¥0.00 · left ¥10.00")
	})
}

func TestFindingNarrows(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		first := r.pay("12.5", wechatPay)
		one, _ := r.sale()
		r.pay("8", "130000000000000043")
		two, _ := r.sale()
		r.key("r")
		r.sees("▶ 08:00:0", "12.50", "8.00")
		r.key("12.5")
		r.sees("12.50", one.ID.Tail())
		r.seesNot(" 8.00")
		r.key("0", "1")
		r.sees("No paid sale of this day fits")
		r.key("backspace", "backspace", "backspace", "backspace", "backspace", "backspace", two.ID.Tail())
		r.sees(two.ID.Tail(), "8.00")
		r.seesNot("12.50")
		r.key("backspace", "backspace", "backspace", "backspace", "8:0")
		r.sees("12.50", " 8.00")
		r.key("left")
		r.sees("Find a paid sale · 1999-12-31", "No paid sale of this day fits")
		r.key("right")
		r.sees("Find a paid sale · 2000-01-01")
		r.key("+")
		r.sees("Find a paid sale · 2000-01-01")
		r.key("backspace", "backspace", "backspace", strings.ToLower(string(first.Order)), "enter") // in whatever case
		r.sees("Refund", "left ¥12.50", one.ID.Tail())
		r.key("esc")
		for range first.Order {
			r.key("backspace")
		}
		r.key("4200009999999", "enter")
		r.sees("This till has no sale of that number")
	})
}

// TestKeysAheadOfASlowList: what is keyed before the list of paid sales has been read means what it means behind it.
func TestKeysAheadOfASlowList(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.pay("12.5", wechatPay)
		read := r.app.openFind()
		r.key("enter", "2")
		r.sees("Reading…")
		r.run(read)
		r.sleep(time.Second)
		r.sees("Refund", "left ¥12.50", "¥2_")
		r.key("esc")
		r.sees("Find a paid sale", "▶ 08:00:0")
		if len(r.app.pending) > 0 {
			t.Errorf("%d keys wait", len(r.app.pending))
		}
		r.key("esc")
		read = r.app.openFind()
		r.key("enter", "esc", "7")
		r.run(read)
		r.sleep(time.Second)
		r.sees("Find a paid sale", "Looking for: 7_") // the Esc closed what the Enter had opened
	})
}

// TestOneRefundForManyEnters: bouncing keys and keys typed ahead agree to nothing, and give nothing twice.
func TestOneRefundForManyEnters(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		order := r.pay("5", wechatPay).Order
		r.key("r", "enter", "2", "enter", "1")
		r.update(keyMsg("enter"))
		r.update(keyMsg("enter")) // before the question can have been read
		r.pump()
		r.sees("Give ¥2.00 back")
		r.refunds(order, 0)
		r.sleep(time.Second)
		for range 4 {
			r.update(keyMsg("enter"))
		}
		r.pump()
		r.key("enter")
		r.refunds(order, 1)
		r.sees("WRITTEN DOWN · ¥2.00")
	})
}

// TestEscGivesNothingBack: at every step Esc goes one step back, and any other key answers the question with no.
func TestEscGivesNothingBack(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		order := r.pay("5", wechatPay).Order
		before := r.head()
		r.key("r", "enter", "enter", "1", "enter")
		r.sleep(time.Second)
		r.key("7")
		r.seesNot("Give ¥5.00 back")
		r.key("enter")
		r.sleep(time.Second)
		r.key("esc")
		r.sees("A digit picks a reason")
		r.key("esc")
		r.sees("Enter takes this amount")
		r.key("esc", "esc")
		r.sees("PAID")
		if r.refunds(order, 0); r.head() != before || len(r.app.stack) != 1 {
			t.Fatal("something was written, or is still open")
		}
	})
}

// TestRefundThatWasNotSeen: what somebody else has asked for meanwhile is shown before anything is done.
func TestRefundThatWasNotSeen(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		order := r.pay("5", wechatPay).Order
		r.key("r", "enter", "1", "enter", "1", "enter")
		r.sleep(time.Second)
		wish := ledger.RefundWish{Order: order, Amount: ledger.Fen(300), Why: "the other till's window"}
		if _, err := r.book.Refund(context.Background(), chief, wish); err != nil {
			t.Fatal(err)
		}
		r.pump()
		r.key("enter")
		r.refunds(order, 1)
		r.sees("There is a refund that was not shown to you. Nothing was done. [REFUND-SEEN]", "¥3.00", "left ¥2.00")
		r.sleep(time.Second)
		r.key("backspace", "3", "enter")
		r.sees("[REFUND-AMOUNT]")
		r.key("backspace", "1", "enter", "1", "enter")
		r.sleep(time.Second)
		r.key("enter")
		r.refunds(order, 2)
	})
}

// TestPaymentCodeFindsNothing: a customer's code at the screens of a refund is refused by name, wiped, and neither shown nor
// charged, though a settled sale would take it; whether it is scanned, half scanned, or typed by hand.
func TestPaymentCodeFindsNothing(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.pay("5", wechatPay)
		r.key("6", "enter", "r")
		before := r.head()
		unharmed := func(what string) {
			t.Helper()
			if sale, _ := r.sale(); len(sale.Attempts) != 0 || r.head() != before {
				t.Fatalf("%s: charged, or written down", what)
			}
			if _, held := r.book.Suspect(); held {
				t.Fatalf("%s: the Book holds a suspect code", what)
			}
			for i := 0; i+6 <= len(alipayPay); i++ {
				r.seesNot(alipayPay[i : i+6])
			}
		}
		r.burst(alipayPay, "enter", time.Millisecond)
		r.sees("That is a customer's payment code (Alipay)", "nothing charged")
		unharmed("scanned")
		r.burst(alipayPay, "", time.Millisecond)
		r.sleep(300 * time.Millisecond)
		r.sees("payment code (Alipay)")
		unharmed("half scanned")
		text := r.app.top().(*findScreen).text
		for i, char := range alipayPay {
			r.key(string(char))
			if i > 6 {
				unharmed("typed")
			}
		}
		r.sees(strings.Repeat("*", len(alipayPay)))
		r.key("enter")
		r.sees("payment code (Alipay)")
		unharmed("typed")
		if !bytes.Equal(text[:cap(text)], make([]byte, cap(text))) {
			t.Fatal("the typed digits are still in memory")
		}
		err := r.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte(alipayPay), At: time.Now(), Suspect: true})
		r.pump()
		if ledger.ReasonOf(err) != ledger.ReasonCodeSuspect {
			t.Fatal(err)
		}
		r.sees("payment code (half a code)")
		before = r.head()
		unharmed("suspect at the serial port")

		r.key("enter", "enter")
		r.burst(alipayPay, "enter", time.Millisecond)
		r.sees("payment code (Alipay)", "Go on, or Esc back")
		unharmed("scanned into the reason")
		r.key("gave " + alipayPay + " back")
		r.key("enter")
		r.sees("A payment code must not stand there")
		unharmed("typed into the reason")
	})
}

// TestLateMoneyThatGoesBack: the till gives it back by itself, says so, and then the sale can be charged again.
func TestLateMoneyThatGoesBack(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.bring(ledger.Orphan)
		order := r.last().Order
		r.sees("LATE MONEY GOING BACK", "The till gives it back by itself", "exceptions 1", "the till gives it back")
		r.answered(ledger.RequestQuery, ledger.ClassPaid, nil) // it is still there
		r.sees("LATE MONEY GOING BACK", "WRITTEN DOWN · ¥4.20")
		r.sendRefund(order)
		r.refundAnswered(order, ledger.RequestRefund, ledger.ClassAccepted)
		r.sees("UNDER WAY AT THE CHANNEL · ¥4.20")
		r.key("enter")
		r.sees("[LATE-MONEY]")
		r.refundAnswered(order, ledger.RequestRefundQuery, ledger.ClassReturned)
		r.sees("LATE MONEY IS BACK", "Nothing is paid", "Scan again to charge anew")
		r.seesNot("GOING BACK", "exceptions 1", "[LATE-MONEY]")
		if err := r.scan(alipayPay); err != nil {
			t.Fatal(err)
		}
		r.sees("STARTING")
		r.seesNot("LATE MONEY")
	})
}

// lateAboveLimit is a robot with late money that the till does not give back by itself.
func lateAboveLimit(t *testing.T, actor ledger.Actor, story func(r *robot)) {
	t.Helper()
	withRobotOn(t, ledger.NewMemory(), Config{}, func(b *ledger.BookConfig, o *Options) {
		b.ReturnUpTo, o.Actor = 100, actor
	}, func(r *robot) {
		r.bring(ledger.Orphan)
		r.sees("LATE MONEY", "call a supervisor", "exceptions 1, e lists them, tell the supervisor")
		r.key("e")
		r.sees("Exceptions: 1", "for supervisor", "¥4.20", "Money came after the order had ended", "a supervisor does, with r")
		r.key("enter")
		r.sees("Payments of this sale:", string(r.last().Order))
		story(r)
	})
}

func TestExceptionsAreResolvedBySupervisors(t *testing.T) {
	lateAboveLimit(t, ledger.Trainee, func(r *robot) {
		order := r.last().Order
		before := r.head()
		r.key("r", "enter", "1")
		r.sees("A second person has to agree", "Give ¥4.20 back by WeChat", "In training the trainer agrees. PIN: 2580")
		r.key("esc", "esc", "esc")
		r.refunds(order, 0)
		r.key("n", "Gave 4.20 in cash", "f2", "enter")
		r.sleep(time.Second)
		r.key("enter")
		r.sees("A second person has to agree", "with ¥4.20 given back by hand", "\"Gave 4.20 in cash\"", "PIN: _")
		r.key("1111")
		r.sleep(time.Second)
		r.key("enter")
		r.sees("This name and this PIN do not belong together. [PIN-WRONG]", "PIN: _")
		if r.head() != before {
			t.Fatal("a cashier has written something")
		}
		r.key("2580", "enter")
		r.sees("Taken off the list; your words are in the ledger")
		if at := r.order(order); at.ByHand != 420 {
			t.Fatalf("%+v", at)
		}
	})
	lateAboveLimit(t, chief, func(r *robot) {
		order := r.last().Order
		r.key("n", "Gave 4.20 in cash, Li", "f2")
		r.sees("[x] The money was given back by hand")
		r.key("enter")
		r.sees("Take this off the list, with ¥4.20 given back by hand, outside the channel?")
		r.update(keyMsg("enter")) // too soon
		r.pump()
		r.sees("Take this off the list")
		r.sleep(time.Second)
		r.key("enter")
		r.sees("Taken off the list; your words are in the ledger")
		if at := r.order(order); at.ByHand != 420 {
			t.Fatalf("%+v", at)
		}
		r.key("esc")
		r.sees("Exceptions: 0", "No exception: everything agrees.")
		r.key("esc")
		r.sees("LATE MONEY IS BACK")
	})
	lateAboveLimit(t, chief, func(r *robot) { // or the refund itself settles it
		order := r.last().Order
		r.key("r", "enter", "1", "enter")
		r.sleep(time.Second)
		r.key("enter")
		r.sendRefund(order)
		r.refundAnswered(order, ledger.RequestRefundQuery, ledger.ClassReturned)
		r.sees("MONEY IS BACK")
		r.key("esc")
		r.sees("It has left the list meanwhile")
		r.key("n")
		r.sees("[NO-EXCEPTION]")
		r.key("esc")
		r.sees("No exception")
	})
}

// TestStuckRefundIsAnException: it is named at once, listed with its next step, and its sale says so in words.
func TestStuckRefundIsAnException(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		order := r.pay("5", wechatPay).Order
		r.key("r", "enter", "2", "enter", "1", "enter")
		r.sleep(time.Second)
		r.key("enter")
		r.sendRefund(order)
		rung := r.rung
		r.refundAnswered(order, ledger.RequestRefundQuery, ledger.ClassAbnormal)
		r.sleep(2 * time.Second)
		if r.rung-rung != 3 {
			t.Errorf("the bell rang %d times", r.rung-rung)
		}
		r.sees("¥2.00: a refund is stuck at the channel; goes when the customer has the money", "STUCK AT THE CHANNEL", "! stuck ¥2.00")
		r.seesNot("channel named")
		r.key("enter")
		r.sees("An earlier refund of this order is stuck and comes first. [REFUND-ABNORMAL]")
		r.key("esc", "esc")
		r.sees("PAID · A REFUND DID NOT ARRIVE")
		r.key("d")
		r.sees("✔ paid · ! refund fails")
		r.key("esc", "e")
		r.sees("for supervisor", "¥2.00", "The channel cannot bring a refund to the customer")
	})
}

// TestDayKeepsItsChoice: a sale that comes in while one looks does not move the mark to another one.
func TestDayKeepsItsChoice(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.pay("5", wechatPay)
		first, _ := r.sale()
		r.pay("6", "130000000000000043")
		r.key("d", "down")
		chosen := func() string {
			for row := range strings.SplitSeq(r.frame(), "\n") {
				if strings.HasPrefix(row, "▶ 0") {
					return row
				}
			}
			return ""
		}
		if row := chosen(); !strings.Contains(row, first.ID.Tail()) {
			t.Fatalf("chosen is %q", row)
		}
		for _, digit := range "7" {
			if err := r.book.Key(digit); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.book.Settle(context.Background(), ledger.Trainee, false); err != nil {
			t.Fatal(err)
		}
		r.pump()
		r.sees("7.00")
		if row := chosen(); !strings.Contains(row, first.ID.Tail()) {
			t.Fatalf("chosen is now %q", row)
		}
		r.key("enter")
		r.sees("The story of a sale ¥5.00", "tail "+first.ID.Tail(), "settled the amount of ¥5.00")
		r.key("r")
		r.sees("tail "+first.ID.Tail(), "left ¥5.00")
	})
}

// TestCodeTypedIntoANote is thrown away with a word, in whatever way a hand sets its digits apart; so it is in lines.
func TestCodeTypedIntoANote(t *testing.T) {
	typed := []string{"１３４８６２７５９１３０４６８２５７", "134.862.759.130.468.257", "134_862 759/130,468、257"}
	for _, code := range typed {
		withRobot(t, Config{}, func(r *robot) {
			r.key("5", "enter", "b", code, "enter")
			r.sees("payment code")
			if sale, _ := r.sale(); sale.Note != "" {
				t.Fatalf("%q became %q", code, sale.Note)
			}
			r.key("two boxes, 12.50", "enter")
			if sale, _ := r.sale(); sale.Note != "two boxes, 12.50" {
				t.Fatalf("%q", sale.Note)
			}
		})
		withPlain(t, plainWith{}, func(p *plainRobot) {
			p.line("5", "b "+code)
			p.hears("NOT DONE", "payment code")
			if sale, _ := p.sale(); sale.Note != "" {
				t.Fatalf("%q became %q", code, sale.Note)
			}
		})
	}
}
