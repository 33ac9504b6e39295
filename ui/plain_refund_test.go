package ui

import (
	"context"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

func TestPlainRefund(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		order := p.pay("12.5", wechatPay).Order
		sale, _ := p.sale()
		p.line("r")
		p.hears("REFUND", "Which sale?", "x ends this")
		p.line("0000000000")
		p.hears("NOT DONE", "This till has no sale of that number")
		p.line(sale.ID.Tail())
		p.hears("REFUND", "¥12.50, tail "+sale.ID.Tail(), "WeChat", "left ¥12.50", "type the amount, or all")
		p.line("13")
		p.hears("NOT DONE", "[REFUND-AMOUNT]")
		p.line("2.50")
		p.hears("REFUND", "1 brought back, 2 wrong amount")
		p.line("Broken cup")
		p.hears("QUESTION", "Give ¥2.50 back by WeChat, sale with tail "+sale.ID.Tail()+"?", "yes does it; any other line does not")
		p.refunds(order, 0)
		p.line("yes")
		if refund := p.refunds(order, 1)[0]; refund.Amount != ledger.Fen(250) || refund.Why != "Broken cup" {
			t.Fatalf("%+v", refund)
		}
		p.hears("REFUND", "¥2.50, tail "+sale.ID.Tail(), "WRITTEN DOWN", "Nothing has left yet")
		p.sendRefund(order)
		p.hears("REFUND", "SENT, NO ANSWER YET")
		p.refundAnswered(order, ledger.RequestRefund, ledger.ClassAccepted)
		p.hears("REFUND", "UNDER WAY AT THE CHANNEL", "NOT back yet")
		p.refundAnswered(order, ledger.RequestRefundQuery, ledger.ClassReturned)
		p.hears("REFUND", "MONEY IS BACK")
		p.line("")
		p.hears("READY.", "Last sale: tail "+sale.ID.Tail(), "PAID · ¥2.50 WENT BACK")
		p.line("d")
		p.hears("TODAY", "WeChat 1 for ¥12.50, back 1 for ¥2.50", "net ¥10.00")
	})
}

// TestPlainRefundOfThePast: by the number on the bill, and by day and amount. One that has left the working set ends aloud, too.
func TestPlainRefundOfThePast(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		order := p.pay("12.5", wechatPay).Order
		p.line("1")
		time.Sleep(26 * time.Hour)
		p.line("r 2000-01-01 12.5", "x", "r "+billNo)
		p.hears("REFUND", "¥12.50", "left ¥12.50")
		p.line("all", "1", "yes")
		p.refunds(order, 1)
		p.news()
		p.sendRefund(order)
		p.refundAnswered(order, ledger.RequestRefundQuery, ledger.ClassReturned)
		p.hears("REFUND", "¥12.50", "MONEY IS BACK")
		p.line("r " + billNo)
		p.hears("NOT DONE", "[NOTHING-LEFT]")
	})
}

// TestPlainRefundNeedsAYes: whatever else is typed at the question gives nothing back, and a yes before it agrees to nothing.
func TestPlainRefundNeedsAYes(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		order := p.pay("12.5", wechatPay).Order
		for _, no := range []string{"no", "x", "8", "d", aCode} {
			p.line("r 12", "all", "1", no, "yes")
			p.refunds(order, 0)
			if at := p.order(order); at.State != ledger.Paid {
				t.Fatalf("%q: %s", no, at.State)
			}
		}
		p.line("r 12", "all")
		for _, char := range "1\ryes\r" { // the yes was begun before the question was heard
			p.keys.Write([]byte(string(char)))
			p.sleep(60 * time.Millisecond)
		}
		p.refunds(order, 0)
		p.hears("QUESTION", "Give ¥12.50 back")
		p.line("yes")
		p.refunds(order, 1)
	})
}

// TestPlainPaymentCodeFindsNothing: typed or scanned within a refund it is refused by name, and neither printed nor charged.
func TestPlainPaymentCodeFindsNothing(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		order := p.pay("12.5", wechatPay).Order
		p.line("6")
		before := p.head()
		p.line("r " + aCode)
		p.hears("NOT DONE", "thrown away, nothing charged")
		p.line(aCode)
		p.hears("NOT DONE", "thrown away")
		p.line("12.5", aCode)
		p.hears("NOT DONE", "thrown away")
		p.line("all")
		p.swipe(aCode, "\r")
		p.hears("NOT DONE", "thrown away")
		p.line("gave " + aCode)
		p.hears("NOT DONE", "must not stand there")
		p.refunds(order, 0)
		if sale, _ := p.sale(); len(sale.Attempts) != 0 || p.head() != before {
			t.Fatal("the code was charged, or written down")
		}
	})
}

func TestPlainExceptions(t *testing.T) {
	limit := func(b *ledger.BookConfig) { b.ReturnUpTo = 100 }
	withPlain(t, plainWith{books: limit}, func(p *plainRobot) {
		p.line("e")
		p.hears("EXCEPTION", "No exception")
		p.bring(ledger.Orphan)
		p.hears("EXCEPTION", "e lists them, tell the supervisor", "late money")
		p.line("e")
		p.hears("EXCEPTION", "Exceptions: 1.", "e 1 and your words settles it")
		p.line("e 1")
		p.hears("EXCEPTION", "for supervisor", "¥4.20", "Money came after the order had ended", "a supervisor does, with r")
		p.line("e 1 hand Gave 4.20 in cash, order 123456789")
		p.hears("QUESTION", "with ¥4.20 given back by hand, outside the channel?")
		p.line("yes")
		p.hears("CONSENT", "with ¥4.20 given back by hand", "PIN: 2580", "trainer: the next line is the PIN; it is not shown")
		p.line("1111")
		p.hears("NOT DONE", "do not belong together", "[PIN-WRONG]")
		p.line("")
		p.hears("NOT DONE", "Nothing was done")
		p.line("e", "e 1 hand Gave 4.20 in cash, order 123456789", "yes", "2580")
		p.hears("EXCEPTION", "Taken off the list")
	})
}

func TestPlainRefundInChinese(t *testing.T) {
	withPlain(t, plainWith{cfg: Config{Lang: assets.Zh}}, func(p *plainRobot) {
		order := p.pay("12.5", wechatPay).Order
		p.line("r 12.5", "all", "杯子碎了")
		p.hears("请确认 QUESTION", "由微信退回 ¥12.50")
		p.line("是")
		if refund := p.refunds(order, 1)[0]; refund.Why != "杯子碎了" {
			t.Fatalf("%+v", refund)
		}
		p.hears("退款 RETURN", "已记下，未发出 OWED")
		if err := p.book.Resolve(context.Background(), chief, ledger.Resolution{Exception: 1, Note: "x"}); ledger.ReasonOf(err) != ledger.ReasonNoException {
			t.Fatal(err)
		}
	})
}
