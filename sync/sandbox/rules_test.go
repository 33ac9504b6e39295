package sandbox

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/smartwalle/alipay/v3"
)

// inBubble runs f in a world of its own under fake time.
func inBubble(t *testing.T, config Config, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newWorld(t, config)) })
}

func TestRepeatIsIdempotentAndChangesAreRefused(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		code := w.server.NewCode(Alipay, 0)
		for range 3 {
			w.same("alipay", w.alipayPay("A00001", "12.50", code), "10000")
		}
		w.same("other amount", w.alipayPay("A00001", "12.51", code), "40004 ACQ.CONTEXT_INCONSISTENT")
		w.same("other code", w.alipayPay("A00001", "12.50", w.server.NewCode(Alipay, 0)), "40004 ACQ.CONTEXT_INCONSISTENT")
		_, text := w.alipayOrder("A00001", "12.50", nil)
		w.same("QR under the same number", text, "40004 ACQ.CONTEXT_INCONSISTENT")
		w.same("record", w.order("A00001"), "paid 1250-0")

		code = w.server.NewCode(WechatPay, 0)
		for range 3 {
			w.same("wechat", w.wechatPay("W00001", 1250, code), "SUCCESS")
		}
		w.same("other amount", w.wechatPay("W00001", 1251, code), "403 OUT_TRADE_NO_USED")
		w.same("other code", w.wechatPay("W00001", 1250, w.server.NewCode(WechatPay, 0)), "403 OUT_TRADE_NO_USED")
		w.same("record", w.order("W00001"), "paid 1250-0")
	})
}

func TestQRRepeat(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		first, _ := w.alipayOrder("A00001", "12.50", nil)
		again, _ := w.alipayOrder("A00001", "12.50", nil)
		w.same("alipay gives the same QR", again, first)
		one, _ := w.wechatOrder("W00001", 1250)
		two, _ := w.wechatOrder("W00001", 1250)
		if one == two || len(one) != len("weixin-sandbox://wxpay/bizpayurl?pr=")+9 || !strings.HasPrefix(first, "https://qr.alipay.invalid/bax") {
			w.t.Errorf("QRs %q %q %q", first, one, two)
		}
		if _, err := w.server.Scan(one, 0); err != nil {
			w.t.Error(err) // the older one is still good
		}
		if _, err := w.server.Scan(two, 0); !errors.Is(err, errPaid) {
			w.t.Errorf("second scan: %v", err)
		}
		_, text := w.wechatOrder("W00001", 1250)
		w.same("order again when paid", text, "400 ORDER_PAID")
		_, text = w.wechatOrder("W00001", 1251)
		w.same("other amount", text, "403 OUT_TRADE_NO_USED")
	})
}

func TestCodeIsGoodForOneOrder(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		code := w.server.NewCode(Alipay, 0)
		w.same("first", w.alipayPay("A00001", "1.00", code), "10000")
		w.same("second", w.alipayPay("A00002", "1.00", code), "40004 ACQ.PAYMENT_AUTH_CODE_INVALID")
		w.same("other channel's", w.alipayPay("A00003", "1.00", w.server.NewCode(WechatPay, 0)), "40004 ACQ.PAYMENT_AUTH_CODE_INVALID")
		w.same("a real phone's", w.alipayPay("A00004", "1.00", "287654321098765432"), "40004 ACQ.PAYMENT_AUTH_CODE_INVALID")
		w.same("a real phone's", w.wechatPay("W00001", 100, "134567890123456789"), "400 AUTH_CODE_INVALID")
		// A refused code is used up too, and a request that was never executed uses up nothing.
		code = w.server.NewCode(WechatPay, 71)
		w.same("no balance", w.wechatPay("W00002", 100, code), "403 NOT_ENOUGH")
		w.same("again", w.wechatPay("W00002", 100, code), "403 NOT_ENOUGH")
		w.same("elsewhere", w.wechatPay("W00003", 100, code), "400 AUTH_CODE_INVALID")
		code = w.server.NewCode(WechatPay, 77)
		w.same("dropped before", w.wechatPay("W00004", 100, code), "!")
		w.same("amount wins", w.wechatPay("W00005", 173, code), "USERPAYING")
	})
}

func TestConcurrentPaysWithOneCode(t *testing.T) {
	for _, channel := range []string{Alipay, WechatPay} {
		inBubble(t, Config{}, func(w *world) {
			code := w.server.NewCode(channel, 0)
			var group sync.WaitGroup
			for i := range 16 {
				group.Go(func() {
					if number := fmt.Sprintf("N%05d", i); channel == Alipay {
						w.alipayPay(number, "1.00", code)
					} else {
						w.wechatPay(number, 100, code)
					}
				})
			}
			group.Wait()
			count := map[State]int{}
			for _, o := range w.server.Orders() {
				count[o.State]++
			}
			if count[Paid] != 1 || count[Refused] != 15 {
				w.t.Errorf("%s: %v", channel, count)
			}
		})
	}
}

func TestAlipayCancelAndClose(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		code := func(b int) string { return w.server.NewCode(Alipay, b) }
		w.alipayPay("PAID01", "1.00", code(0))
		w.same("close of paid", w.alipayClose("PAID01"), "40004 ACQ.TRADE_STATUS_ERROR")
		for range 2 {
			w.same("cancel of paid", w.alipayCancel("PAID01"), "10000 refund N")
			w.same("then", w.order("PAID01"), "reversed 100-100")
		}
		w.same("query", w.alipayQuery("PAID01"), "TRADE_CLOSED")

		w.alipayPay("WAIT01", "1.00", code(74))
		w.same("cancel of waiting", w.alipayCancel("WAIT01"), "10000 close N")
		w.same("then", w.order("WAIT01"), "closed 0-0")
		w.alipayPay("WAIT02", "1.00", code(73))
		w.same("close of waiting", w.alipayClose("WAIT02"), "10000")
		w.same("close of closed", w.alipayClose("WAIT02"), "40004 ACQ.REASON_TRADE_STATUS_INVALID")
		time.Sleep(time.Minute)
		w.same("the customer's password comes too late", w.order("WAIT02"), "closed 0-0")

		w.same("close of unknown", w.alipayClose("NONE01"), "40004 ACQ.TRADE_NOT_EXIST")
		w.same("cancel of unknown", w.alipayCancel("NONE01"), "10000 close N")
		w.same("query of unknown", w.alipayQuery("NONE01"), "ACQ.TRADE_NOT_EXIST")
		w.same("pay after it", w.alipayPay("NONE01", "1.00", code(0)), "40004 ACQ.TRADE_HAS_CLOSE")
		w.same("record", w.order("NONE01"), "voided 0-0")

		w.alipayPay("LAST01", "1.89", code(0))
		w.same("query", w.alipayQuery("LAST01"), "WAIT_BUYER_PAY")
		w.same("paid at the cancel", w.alipayCancel("LAST01"), "10000 refund N")
		w.same("record", w.order("LAST01"), "reversed 189-189")
		w.alipayPay("LAST02", "1.89", code(0))
		w.same("paid at the close", w.alipayClose("LAST02"), "40004 ACQ.TRADE_STATUS_ERROR")
		w.same("record", w.order("LAST02"), "paid 189-0")

		w.alipayPay("LOST01", "1.88", code(0))
		w.same("lost", w.alipayCancel("LOST01"), "!")
		w.same("executed", w.alipayQuery("LOST01"), "TRADE_CLOSED")
		w.same("lost", w.alipayCancel("LOST01"), "!")
		w.same("third", w.alipayCancel("LOST01"), "10000 close N")

		w.alipayPay("OLD001", "1.00", code(0))
		time.Sleep(25 * time.Hour)
		w.same("cancel after a day", w.alipayCancel("OLD001"), "40004 ACQ.TRADE_CANCEL_TIME_OUT")
	})
}

func TestAlipayUnscannedQR(t *testing.T) {
	for _, noTombstone := range []bool{false, true} {
		inBubble(t, Config{NoTombstone: noTombstone}, func(w *world) {
			qr, _ := w.alipayOrder("QR0001", "1.00", nil)
			w.same("query", w.alipayQuery("QR0001"), "ACQ.TRADE_NOT_EXIST")
			w.same("close", w.alipayClose("QR0001"), "40004 ACQ.TRADE_NOT_EXIST")
			w.same("cancel", w.alipayCancel("QR0001"), "10000 close N")
			_, err := w.server.Scan(qr, 0)
			if (err == nil) != noTombstone {
				w.t.Errorf("scan after the cancel, noTombstone %v: %v", noTombstone, err)
			}
			code := w.server.NewCode(Alipay, 0)
			w.alipayCancel("EARLY1")
			want := map[bool]string{false: "40004 ACQ.TRADE_HAS_CLOSE", true: "10000"}[noTombstone]
			w.same("pay overtaken by its cancel", w.alipayPay("EARLY1", "1.00", code), want)
		})
	}
}

func TestWechatReverseAndClose(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		code := func(b int) string { return w.server.NewCode(WechatPay, b) }
		w.wechatPay("PAID01", 100, code(0))
		w.same("close of a code order", w.wechatEnd("PAID01", "close"), "400 INVALID_REQUEST")
		for range 2 {
			w.same("reverse of paid", w.wechatEnd("PAID01", "reverse"), "200")
			w.same("then", w.order("PAID01"), "reversed 100-100")
		}
		w.same("query", w.wechatQuery("PAID01", 100), "REVOKED")

		w.wechatPay("WAIT01", 100, code(74))
		time.Sleep(14 * time.Second)
		w.same("too early", w.wechatEnd("WAIT01", "reverse"), "400 USERPAYING")
		time.Sleep(time.Second)
		w.same("reverse of waiting", w.wechatEnd("WAIT01", "reverse"), "200")
		w.same("then", w.order("WAIT01"), "reversed 0-0")

		w.wechatPay("AUTO01", 100, code(74))
		time.Sleep(44 * time.Second)
		w.same("before 45 s", w.wechatQuery("AUTO01", 100), "USERPAYING")
		time.Sleep(time.Second)
		w.same("after 45 s", w.wechatQuery("AUTO01", 100), "REVOKED")
		w.same("reverse", w.wechatEnd("AUTO01", "reverse"), "200")

		w.wechatPay("DECL01", 100, code(75))
		time.Sleep(6 * time.Second)
		w.same("declined", w.wechatQuery("DECL01", 100), "PAYERROR")
		w.same("reverse", w.wechatEnd("DECL01", "reverse"), "200")
		w.same("then", w.wechatQuery("DECL01", 100), "REVOKED")

		w.wechatPay("LAST01", 189, code(0))
		w.same("paid at the reverse", w.wechatEnd("LAST01", "reverse"), "200")
		w.same("record", w.order("LAST01"), "reversed 189-189")
		w.wechatPay("LOST01", 188, code(0))
		time.Sleep(20 * time.Second)
		w.same("lost", w.wechatEnd("LOST01", "reverse"), "!")
		w.same("executed", w.wechatQuery("LOST01", 188), "REVOKED")
		w.same("lost", w.wechatEnd("LOST01", "reverse"), "!")
		w.same("third", w.wechatEnd("LOST01", "reverse"), "200")

		w.wechatOrder("QR0001", 100)
		w.same("reverse of a QR order", w.wechatEnd("QR0001", "reverse"), "400 INVALID_REQUEST")
		w.same("close", w.wechatEnd("QR0001", "close"), "204")
		w.same("close again", w.wechatEnd("QR0001", "close"), "204")
		w.same("then", w.wechatQuery("QR0001", 100), "CLOSED")
		_, text := w.wechatOrder("QR0001", 100)
		w.same("order again", text, "400 ORDER_CLOSED")
		w.wechatOrder("QR0002", 189)
		w.same("paid at the close", w.wechatEnd("QR0002", "close"), "400 ORDER_PAID")
		w.same("then", w.wechatQuery("QR0002", 189), "SUCCESS")
		w.same("reverse of a paid QR order", w.wechatEnd("QR0002", "reverse"), "400 INVALID_REQUEST")
	})
}

func TestWechatUnknownNumber(t *testing.T) {
	for _, noTombstone := range []bool{false, true} {
		inBubble(t, Config{NoTombstone: noTombstone}, func(w *world) {
			w.same("reverse", w.wechatEnd("EARLY1", "reverse"), "200")
			w.same("query", w.wechatQuery("EARLY1", 100), "404 ORDER_NOT_EXIST")
			want := map[bool]string{false: "400 ORDER_CLOSED", true: "SUCCESS"}[noTombstone]
			w.same("pay", w.wechatPay("EARLY1", 100, w.server.NewCode(WechatPay, 0)), want)
		})
	}
}

// Nobody pays after the QR's or the trade's own end.
func TestTimeLimits(t *testing.T) {
	express := func(q *alipay.TradePreCreate) { q.TimeoutExpress = "5m" }
	for _, c := range []struct {
		name   string
		change func(*alipay.TradePreCreate)
		life   time.Duration
	}{
		{"default", nil, 2 * time.Hour},
		{"timeout_express", express, 5 * time.Minute},
		{"time_expire", func(q *alipay.TradePreCreate) {
			q.TimeExpire = time.Now().Add(10 * time.Minute).In(beijing).Format(alipayTime)
		}, 10 * time.Minute},
	} {
		for _, late := range []bool{false, true} {
			inBubble(t, Config{}, func(w *world) {
				qr, text := w.alipayOrder("QR0001", "1.00", c.change)
				w.same(c.name, text, "10000")
				time.Sleep(c.life)
				if late {
					time.Sleep(time.Second)
				}
				if _, err := w.server.Scan(qr, 0); (err != nil) != late {
					w.t.Errorf("%s, late %v: %v", c.name, late, err)
				}
			})
		}
	}
	inBubble(t, Config{}, func(w *world) {
		qr, _ := w.alipayOrder("QR0001", "1.74", express)
		for range 2 { // scanned, and looked at again, which starts no new time
			time.Sleep(2 * time.Minute)
			if _, err := w.server.Scan(qr, 0); err != nil {
				w.t.Fatal(err)
			}
		}
		time.Sleep(3*time.Minute - time.Second)
		w.same("the trade has its own time", w.alipayQuery("QR0001"), "WAIT_BUYER_PAY")
		time.Sleep(time.Second)
		w.same("and its end", w.alipayQuery("QR0001"), "TRADE_CLOSED")

		reply, err := w.alipay.TradePay(w.t.Context(), alipay.TradePay{Scene: "bar_code", AuthCode: w.server.NewCode(Alipay, 74),
			Trade: alipay.Trade{Subject: "tea", OutTradeNo: "CODE01", TotalAmount: "1.00", TimeoutExpress: "1m"}})
		if err != nil || reply.Code != "10003" {
			w.t.Fatal(reply, err)
		}
		time.Sleep(time.Minute)
		w.same("code order's end", w.alipayQuery("CODE01"), "TRADE_CLOSED")
	})
	inBubble(t, Config{}, func(w *world) {
		q := alipay.NewPayload("alipay.trade.precreate").AddBizField("out_trade_no", "QR0001").AddBizField("subject", "tea").
			AddBizField("total_amount", 1.25).AddBizField("qr_code_timeout_express", "3m")
		var reply alipay.TradePreCreateRsp
		if err := w.alipay.Request(w.t.Context(), q, &reply); err != nil || reply.Code != "10000" {
			w.t.Fatal(reply, err)
		}
		time.Sleep(3*time.Minute + time.Second)
		if _, err := w.server.Scan(reply.QRCode, 0); !errors.Is(err, errExpired) {
			w.t.Errorf("scan after qr_code_timeout_express: %v", err)
		}
	})
	inBubble(t, Config{}, func(w *world) {
		body := nativeBody("QR0001", 100)
		body["time_expire"] = time.Now().Add(3 * time.Minute).In(beijing).Format(time.RFC3339)
		reply, _ := w.wechatPost("/v3/pay/transactions/native", body)
		time.Sleep(3*time.Minute + time.Second)
		w.same("not closed by itself", w.wechatQuery("QR0001", 100), "NOTPAY")
		if _, err := w.server.Scan(reply["code_url"].(string), 0); err == nil {
			w.t.Error("paid after time_expire")
		}
		body["out_trade_no"], body["time_expire"] = "QR0002", time.Now().Add(3*time.Minute).In(beijing).Format(time.RFC3339)
		reply, _ = w.wechatPost("/v3/pay/transactions/native", body)
		time.Sleep(3*time.Minute - 2*time.Second)
		if _, err := w.server.Scan(reply["code_url"].(string), password); err != nil {
			w.t.Error(err)
		}
		time.Sleep(time.Minute)
		w.same("the password came after time_expire", w.wechatQuery("QR0002", 100), "NOTPAY")
	})
}

func TestParseTimeoutAndYuan(t *testing.T) {
	now := time.Date(2026, 3, 1, 23, 0, 0, 0, beijing)
	for text, want := range map[string]time.Duration{"1m": time.Minute, "90m": 90 * time.Minute, "2h": 2 * time.Hour,
		"15d": tradeLife, "1c": time.Hour, "": 0, "0m": 0, "16d": 0, "1.5h": 0, "5": 0, "m": 0, "5s": 0, "-5m": 0, "+5m": 0} {
		if got, ok := parseTimeout(text, now); ok != (want > 0) || ok && got != want {
			t.Errorf("%q: %v %v", text, got, ok)
		}
	}
	for text, want := range map[string]int64{"0.01": 1, "1": 100, "12.5": 1250, "100000000.00": 10_000_000_000, "100000000.01": 0,
		"0": 0, "0.00": 0, "01.00": 0, "1.001": 0, "-1": 0, "1e2": 0, ".5": 0, "1.": 0, "999999999": 0} {
		if got, ok := parseYuan(text); ok != (want > 0) || ok && got != want {
			t.Errorf("%q: %d %v", text, got, ok)
		}
	}
}
