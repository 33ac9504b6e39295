package sandbox

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// row is one behaviour of a code order: what the pay request hears, what a query hears at once and after 30 s, and
// what the channel holds then.
type row struct {
	number                    int
	pay, query, later, record string
}

var alipayRows = []row{
	{0, "10000", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{71, "40004 ACQ.BUYER_BALANCE_NOT_ENOUGH", "ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_NOT_EXIST", "refused 0-0"},
	{72, "40004 ACQ.PAYMENT_AUTH_CODE_INVALID", "ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_NOT_EXIST", "refused 0-0"},
	{73, "10003", "WAIT_BUYER_PAY", "TRADE_SUCCESS", "paid 1-0"},
	{74, "10003", "WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "waiting 0-0"},
	{75, "10003", "WAIT_BUYER_PAY", "TRADE_CLOSED", "closed 0-0"},
	{76, "!", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{77, "!", "ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_NOT_EXIST", "none"},
	{78, "!", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{79, "!", "ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_NOT_EXIST", "none"},
	{80, "!", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{81, "!", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{82, "unsigned 10000", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{83, "!", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{84, "10000", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{85, "40004 ACQ.SYSTEM_ERROR", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{86, "20000 aop.ACQ.SYSTEM_ERROR", "ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_NOT_EXIST", "none"},
	{87, "10000", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{88, "10003", "WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "waiting 0-0"},
	{89, "10003", "WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "waiting 0-0"},
	{90, "10000 other amount", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
	{91, "10000 other order", "TRADE_SUCCESS", "TRADE_SUCCESS", "paid 1-0"},
}

var wechatRows = []row{
	{0, "SUCCESS", "SUCCESS", "SUCCESS", "paid 1-0"},
	{71, "403 NOT_ENOUGH", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "refused 0-0"},
	{72, "400 AUTH_CODE_INVALID", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "refused 0-0"},
	{73, "USERPAYING", "USERPAYING", "SUCCESS", "paid 1-0"},
	{74, "USERPAYING", "USERPAYING", "USERPAYING", "waiting 0-0"},
	{75, "USERPAYING", "USERPAYING", "PAYERROR", "failed 0-0"},
	{76, "!", "SUCCESS", "SUCCESS", "paid 1-0"},
	{77, "!", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "none"},
	{78, "!", "SUCCESS", "SUCCESS", "paid 1-0"},
	{79, "!", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "none"},
	{80, "!", "SUCCESS", "SUCCESS", "paid 1-0"},
	{81, "!", "SUCCESS", "SUCCESS", "paid 1-0"},
	{82, "!", "SUCCESS", "SUCCESS", "paid 1-0"},
	{83, "!", "SUCCESS", "SUCCESS", "paid 1-0"},
	{84, "!", "SUCCESS", "SUCCESS", "paid 1-0"},
	{85, "500 SYSTEM_ERROR", "SUCCESS", "SUCCESS", "paid 1-0"},
	{86, "500 SYSTEM_ERROR", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "none"},
	{87, "SUCCESS", "SUCCESS", "SUCCESS", "paid 1-0"},
	{88, "USERPAYING", "USERPAYING", "USERPAYING", "waiting 0-0"},
	{89, "USERPAYING", "USERPAYING", "USERPAYING", "waiting 0-0"},
	{90, "SUCCESS other amount", "SUCCESS other amount", "SUCCESS other amount", "paid 1-0"},
	{91, "SUCCESS other merchant", "SUCCESS other merchant", "SUCCESS other merchant", "paid 1-0"},
}

// eachRow runs a row twice: chosen by the customer code, and by the amount against the code's own choice.
func eachRow(t *testing.T, rows []row, channel string, run func(w *world, number string, fen int64, code string, r row)) {
	if len(rows) != len(Behaviours) {
		t.Fatalf("%d rows for %d behaviours", len(rows), len(Behaviours))
	}
	for _, r := range rows {
		for _, by := range []string{"code", "amount"} {
			t.Run(fmt.Sprintf("%02d by %s", r.number, by), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w, r := newWorld(t, Config{}), r
					fen, code := int64(1250), w.server.NewCode(channel, r.number)
					if by == "amount" {
						fen, code = int64(1200+r.number), w.server.NewCode(channel, 74)
						if r.number == 0 {
							code = w.server.NewCode(channel, 0)
						}
					}
					r.record = strings.Replace(r.record, "paid 1-", fmt.Sprintf("paid %d-", fen), 1)
					run(w, fmt.Sprintf("ORDER%03d", r.number), fen, code, r)
					w.same("record", w.order(fmt.Sprintf("ORDER%03d", r.number)), r.record)
				})
			})
		}
	}
}

func TestAlipayCodeBehaviours(t *testing.T) {
	eachRow(t, alipayRows, Alipay, func(w *world, number string, fen int64, code string, r row) {
		start := time.Now()
		got := w.alipayPay(number, formatYuan(fen), code)
		if r.number == otherAmount {
			r.pay += " " + formatYuan(fen-1)
		}
		w.same("pay", got, r.pay)
		if took := time.Since(start); (took >= 8*time.Second) != (r.number == 87) {
			w.t.Errorf("the answer took %v", took)
		}
		w.same("query", w.alipayQuery(number), r.query)
		time.Sleep(30 * time.Second)
		w.same("later query", w.alipayQuery(number), r.later)
	})
}

func TestWechatCodeBehaviours(t *testing.T) {
	eachRow(t, wechatRows, WechatPay, func(w *world, number string, fen int64, code string, r row) {
		if r.number == otherAmount {
			for _, text := range []*string{&r.pay, &r.query, &r.later} {
				*text += fmt.Sprint(" ", fen-1)
			}
		}
		w.same("pay", w.wechatPay(number, fen, code), r.pay)
		w.same("query", w.wechatQuery(number, fen), r.query)
		time.Sleep(30 * time.Second)
		w.same("later query", w.wechatQuery(number, fen), r.later)
	})
}

// A QR order: what the order request hears, what a query hears before the scan, after a scan, and after 30 s more.
func TestQRBehaviours(t *testing.T) {
	const no = "ACQ.TRADE_NOT_EXIST"
	for _, r := range []struct {
		number                                int
		order, before, after, later, record   string // Alipay
		worder, wbefore, wafter, wlater, wrec string // WeChat
	}{
		{0, "10000", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "", "NOTPAY", "SUCCESS", "SUCCESS", "paid"},
		{71, "10000", no, "WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "waiting", "", "NOTPAY", "NOTPAY", "NOTPAY", "issued"},
		{72, "10000", no, no, no, "issued", "", "NOTPAY", "NOTPAY", "NOTPAY", "issued"},
		{73, "10000", no, "WAIT_BUYER_PAY", "TRADE_SUCCESS", "paid", "", "NOTPAY", "NOTPAY", "SUCCESS", "paid"},
		{74, "10000", no, "WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "waiting", "", "NOTPAY", "NOTPAY", "NOTPAY", "waiting"},
		{75, "10000", no, "WAIT_BUYER_PAY", "TRADE_CLOSED", "closed", "", "NOTPAY", "NOTPAY", "NOTPAY", "waiting"},
		{76, "!", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "!", "NOTPAY", "SUCCESS", "SUCCESS", "paid"},
		{77, "!", no, no, no, "none", "!", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "none"},
		{78, "!", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "!", "NOTPAY", "SUCCESS", "SUCCESS", "paid"},
		{79, "!", no, no, no, "none", "!", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "none"},
		{80, "!", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "!", "NOTPAY", "SUCCESS", "SUCCESS", "paid"},
		{81, "!", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "!", "NOTPAY", "SUCCESS", "SUCCESS", "paid"},
		{82, "unsigned 10000", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "!", "NOTPAY", "SUCCESS", "SUCCESS", "paid"},
		{83, "!", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "!", "NOTPAY", "SUCCESS", "SUCCESS", "paid"},
		{84, "10000", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "!", "NOTPAY", "SUCCESS", "SUCCESS", "paid"},
		{85, "40004 ACQ.SYSTEM_ERROR", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "500 SYSTEM_ERROR", "NOTPAY", "SUCCESS", "SUCCESS", "paid"},
		{86, "20000 aop.ACQ.SYSTEM_ERROR", no, no, no, "none", "500 SYSTEM_ERROR", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "404 ORDER_NOT_EXIST", "none"},
		{87, "10000", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "", "NOTPAY", "SUCCESS", "SUCCESS", "paid"},
		{88, "10000", no, "WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "waiting", "", "NOTPAY", "NOTPAY", "NOTPAY", "waiting"},
		{89, "10000", no, "WAIT_BUYER_PAY", "WAIT_BUYER_PAY", "waiting", "", "NOTPAY", "NOTPAY", "NOTPAY", "waiting"},
		{90, "10000", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "", "NOTPAY", "SUCCESS other amount 1289", "SUCCESS other amount 1289", "paid"},
		{91, "10000", no, "TRADE_SUCCESS", "TRADE_SUCCESS", "paid", "", "NOTPAY", "SUCCESS other merchant", "SUCCESS other merchant", "paid"},
	} {
		t.Run(fmt.Sprintf("%02d", r.number), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, Config{})
				fen := int64(1200 + r.number)
				scan := func(channel string) {
					for _, o := range w.server.Orders() {
						if o.Channel == channel {
							if _, err := w.server.Scan(o.QR, 0); err != nil {
								t.Error(err)
							}
						}
					}
				}
				_, text := w.alipayOrder("ALIPAY01", formatYuan(fen), nil)
				w.same("order", text, r.order)
				w.same("before", w.alipayQuery("ALIPAY01"), r.before)
				scan(Alipay)
				w.same("after", w.alipayQuery("ALIPAY01"), r.after)
				time.Sleep(30 * time.Second)
				w.same("later", w.alipayQuery("ALIPAY01"), r.later)
				w.same("record", strings.Fields(w.order("ALIPAY01"))[0], r.record)

				_, text = w.wechatOrder("WECHAT01", fen)
				w.same("wechat order", text, r.worder)
				w.same("wechat before", w.wechatQuery("WECHAT01", fen), r.wbefore)
				scan(WechatPay)
				w.same("wechat after", w.wechatQuery("WECHAT01", fen), r.wafter)
				time.Sleep(30 * time.Second)
				w.same("wechat later", w.wechatQuery("WECHAT01", fen), r.wlater)
				w.same("wechat record", strings.Fields(w.order("WECHAT01"))[0], r.wrec)
			})
		})
	}
}

// The package comment must say what the table says.
func TestPackageCommentHoldsTheTable(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range slices.Concat(Behaviours, RefundBehaviours) {
		if line := fmt.Sprintf("//\t%02d  %s\n", b.Number, b.En); !strings.Contains(string(text), line) {
			t.Errorf("doc.go lacks %q", line)
		}
		if b.Zh == "" || b.Name == "" {
			t.Errorf("behaviour %d has no Chinese sentence or no name", b.Number)
		}
	}
}

// TestReadmeShowsTheRefunds: the table a trainee reads is the one the simulator follows.
func TestReadmeShowsTheRefunds(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range RefundBehaviours {
		digits := fmt.Sprint(b.Number)
		if b.Number == refundPlain {
			digits = "other"
		}
		if row := fmt.Sprintf("| %s | %s |\n", digits, b.En); !strings.Contains(string(readme), row) {
			t.Errorf("README.md lacks the row %s", row)
		}
	}
}

func TestCodes(t *testing.T) {
	w := newWorld(t, Config{})
	seen := map[string]bool{}
	for _, channel := range []string{Alipay, WechatPay} {
		for _, b := range Behaviours {
			code := w.server.NewCode(channel, b.Number)
			got, number, ok := readCode(code)
			if !OwnCode(code) || !ok || got != channel || number != b.Number || seen[code] {
				t.Errorf("code %q for %s %d", code, channel, b.Number)
			}
			seen[code] = true
		}
	}
	for _, code := range []string{"", "130000000000000001 ", "134567890123456789", "28123456789012345678", "130000000070000001",
		"13000000000000000", "1300000000000000001", "13000000009200000１", "6212345678901234567", "280000000001000001"} {
		if OwnCode(code) {
			t.Errorf("%q taken for the simulator's own", code)
		}
	}
	typed, err := makeCode(Alipay, 0, w.server.serial+1)
	if err != nil {
		t.Fatal(err)
	}
	w.same("typed by hand", w.alipayPay("A00001", "1.00", typed), "10000")
	if w.server.NewCode(Alipay, 0) == typed {
		t.Error("a used code was given out")
	}
	if w.server.NewCode("unionpay", 0) != "" || w.server.NewCode(Alipay, 70) != "" {
		t.Error("a code for nothing")
	}
}
