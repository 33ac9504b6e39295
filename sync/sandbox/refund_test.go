package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smartwalle/alipay/v3"
)

func (w *world) alipayRefund(number, refund string, fen int64) string {
	w.t.Helper()
	reply, err := w.alipay.TradeRefund(w.t.Context(), alipay.TradeRefund{OutTradeNo: number, OutRequestNo: refund, RefundAmount: formatYuan(fen), RefundReason: "退货"})
	if err != nil {
		return heard(err, "")
	}
	return join(string(reply.Code), reply.SubCode, reply.FundChange, reply.RefundFee)
}

func (w *world) alipayRefunded(number, refund string) string {
	w.t.Helper()
	reply, err := w.alipay.TradeFastPayRefundQuery(w.t.Context(), alipay.TradeFastPayRefundQuery{OutTradeNo: number, OutRequestNo: refund})
	if err != nil {
		return heard(err, "")
	}
	return join(string(reply.Code), reply.SubCode, reply.RefundStatus, reply.RefundAmount)
}

func (w *world) wechatRefund(number, refund string, fen, total int64) string {
	w.t.Helper()
	reply, text := w.wechatPost("/v3/refund/domestic/refunds", fields{"out_trade_no": number, "out_refund_no": refund, "reason": "退货",
		"amount": fields{"refund": fen, "total": total, "currency": "CNY"}})
	return w.wechatRefundText(reply, text)
}

func (w *world) wechatRefunded(refund string) string {
	w.t.Helper()
	reply, text := w.wechatRead(w.wechat.Get(w.t.Context(), w.base+"/v3/refund/domestic/refunds/"+refund))
	return w.wechatRefundText(reply, text)
}

func (w *world) wechatRefundText(reply fields, text string) string {
	if reply == nil {
		return text
	}
	return join(text, fmt.Sprint(reply["status"]), fmt.Sprint(reply["amount"].(map[string]any)["refund"]))
}

// refundRow is one behaviour of a refund of 8 yuan and the row's number in fen: what the request hears, what a query hears
// at once and after the channel's usual time, what a repeat hears then, a query after that, and a query after ten minutes.
type refundRow struct {
	number                                         int
	refund, query, later, again, after, last       string // Alipay
	wrefund, wquery, wlater, wagain, wafter, wlast string
}

// TestRefundBehaviours: # stands for the refund's amount in fen, $ in yuan.
func TestRefundBehaviours(t *testing.T) {
	const done, absent, no = "10000 REFUND_SUCCESS $", "10000", "404 RESOURCE_NOT_EXISTS"
	rows := []refundRow{
		{0, "10000 Y $", done, done, "10000 N $", done, done, "PROCESSING #", "PROCESSING #", "SUCCESS #", "SUCCESS #", "SUCCESS #", "SUCCESS #"},
		{61, "40004 ACQ.SELLER_BALANCE_NOT_ENOUGH", absent, absent, "10000 Y $", done, done, "403 NOT_ENOUGH", no, no, "PROCESSING #", "PROCESSING #", "SUCCESS #"},
		{62, "!", done, done, "!", done, done, "!", "PROCESSING #", "SUCCESS #", "!", "SUCCESS #", "SUCCESS #"},
		{63, "40004 ACQ.SYSTEM_ERROR", done, done, "40004 ACQ.SYSTEM_ERROR", done, done, "500 SYSTEM_ERROR", "PROCESSING #", "SUCCESS #", "500 SYSTEM_ERROR", "SUCCESS #", "SUCCESS #"},
		{64, "10000 Y $", done, done, "10000 N $", done, done, "PROCESSING #", "PROCESSING #", "ABNORMAL #", "ABNORMAL #", "ABNORMAL #", "ABNORMAL #"},
		{65, "10000 N 0.00", absent, absent, "10000 Y $", done, done, "PROCESSING #", "PROCESSING #", "CLOSED #", "CLOSED #", "CLOSED #", "CLOSED #"},
		{66, "10000 N 0.00", absent, absent, "10000 N 0.00", absent, done, "PROCESSING #", "PROCESSING #", "PROCESSING #", "PROCESSING #", "PROCESSING #", "SUCCESS #"},
		{67, "40004 ACQ.TRADE_NOT_ALLOW_REFUND", absent, absent, "40004 ACQ.TRADE_NOT_ALLOW_REFUND", absent, absent, "403 USER_ACCOUNT_ABNORMAL", no, no, "403 USER_ACCOUNT_ABNORMAL", no, no},
		{68, "10000 Y $", "10000 REFUND_SUCCESS 8.67", "10000 REFUND_SUCCESS 8.67", "10000 N $", "10000 REFUND_SUCCESS 8.67", "10000 REFUND_SUCCESS 8.67",
			"PROCESSING #", "PROCESSING #", "SUCCESS 867", "SUCCESS 867", "SUCCESS 867", "SUCCESS 867"},
		{69, "!", done, done, "!", done, done, "!", "PROCESSING #", "SUCCESS #", "!", "SUCCESS #", "SUCCESS #"},
	}
	if len(rows) != len(RefundBehaviours) {
		t.Fatalf("%d rows for %d behaviours", len(rows), len(RefundBehaviours))
	}
	for _, r := range rows {
		t.Run(fmt.Sprintf("%02d", r.number), func(t *testing.T) {
			inBubble(t, Config{}, func(w *world) {
				fen := int64(800 + r.number)
				same := func(what, got, want string) {
					w.t.Helper()
					w.same(what, got, strings.NewReplacer("#", fmt.Sprint(fen), "$", formatYuan(fen)).Replace(want))
				}
				w.same("pay", w.alipayPay("A00001", formatYuan(fen), w.server.NewCode(Alipay, 0)), "10000")
				w.same("pay", w.wechatPay("W00001", fen, w.server.NewCode(WechatPay, 0)), "SUCCESS")
				same("refund", w.alipayRefund("A00001", "R1", fen), r.refund)
				same("query", w.alipayRefunded("A00001", "R1"), r.query)
				same("wechat refund", w.wechatRefund("W00001", "R1", fen, fen), r.wrefund)
				same("wechat query", w.wechatRefunded("R1"), r.wquery)
				time.Sleep(heldFor)
				same("later", w.alipayRefunded("A00001", "R1"), r.later)
				same("again", w.alipayRefund("A00001", "R1", fen), r.again)
				same("after", w.alipayRefunded("A00001", "R1"), r.after)
				same("wechat later", w.wechatRefunded("R1"), r.wlater)
				same("wechat again", w.wechatRefund("W00001", "R1", fen, fen), r.wagain)
				same("wechat after", w.wechatRefunded("R1"), r.wafter)
				time.Sleep(refundSlow)
				same("last", w.alipayRefunded("A00001", "R1"), r.last)
				same("wechat last", w.wechatRefunded("R1"), r.wlast)
			})
		})
	}
}

// TestRefundRules: what the channels refuse, in their own words, and that nothing moves then.
func TestRefundRules(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.same("pay", w.alipayPay("A00001", "10.00", w.server.NewCode(Alipay, 0)), "10000")
		w.same("part", w.alipayRefund("A00001", "R1", 400), "10000 Y 4.00")
		w.same("another amount", w.alipayRefund("A00001", "R1", 401), "40004 ACQ.DISCORDANT_REPEAT_REQUEST")
		w.same("too much", w.alipayRefund("A00001", "R2", 601), "40004 ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
		w.same("still paid", w.alipayQuery("A00001"), "TRADE_SUCCESS")
		w.same("cancel", w.alipayCancel("A00001"), "40004 ACQ.CANCEL_NOT_ALLOWED")
		w.same("rest", w.alipayRefund("A00001", "R2", 600), "10000 Y 10.00")
		w.same("all back", w.alipayQuery("A00001"), "TRADE_CLOSED")
		w.same("again", w.alipayRefund("A00001", "R1", 400), "10000 N 10.00")
		w.same("one more", w.alipayRefund("A00001", "R3", 1), "40004 ACQ.TRADE_HAS_CLOSE")
		w.same("no trade", w.alipayRefund("A00009", "R1", 1), "40004 ACQ.TRADE_NOT_EXIST")
		w.same("no trade", w.alipayRefunded("A00009", "R1"), "40004 ACQ.TRADE_NOT_EXIST")
		w.same("pay again", w.alipayPay("A00001", "10.00", w.server.NewCode(Alipay, 0)), "40004 ACQ.CONTEXT_INCONSISTENT")
		w.same("record", w.order("A00001"), "returned 1000-1000")

		w.same("pay", w.wechatPay("W00001", 1000, w.server.NewCode(WechatPay, 0)), "SUCCESS")
		w.same("other total", w.wechatRefund("W00001", "R1", 400, 999), "400 INVALID_REQUEST")
		w.same("part", w.wechatRefund("W00001", "R1", 400, 1000), "PROCESSING 400")
		w.same("trade", w.wechatQuery("W00001", 1000), "REFUND")
		w.same("too soon", w.wechatRefund("W00001", "R2", 600, 1000), "429 INVALID_REQ_TOO_MUCH")
		time.Sleep(refundApart)
		w.same("another amount", w.wechatRefund("W00001", "R1", 401, 1000), "400 INVALID_REQUEST")
		w.same("too much", w.wechatRefund("W00001", "R2", 601, 1000), "400 INVALID_REQUEST")
		w.same("reverse", w.wechatEnd("W00001", "reverse"), "400 INVALID_REQUEST")
		w.same("rest", w.wechatRefund("W00001", "R2", 600, 1000), "PROCESSING 600")
		time.Sleep(refundApart)
		w.same("one more", w.wechatRefund("W00001", "R3", 1, 1000), "400 INVALID_REQUEST")
		w.same("no order", w.wechatRefund("W00009", "R9", 1, 1000), "404 RESOURCE_NOT_EXISTS")
		w.same("no refund", w.wechatRefunded("R9"), "404 RESOURCE_NOT_EXISTS")
		w.same("record", w.order("W00001"), "returned 1000-1000")
		for what, body := range map[string]fields{
			"no number":     {"out_trade_no": "W00001", "amount": fields{"refund": 1, "total": 1000, "currency": "CNY"}},
			"no currency":   {"out_trade_no": "W00001", "out_refund_no": "R8", "amount": fields{"refund": 1, "total": 1000}},
			"zero":          {"out_trade_no": "W00001", "out_refund_no": "R8", "amount": fields{"refund": 0, "total": 1000, "currency": "CNY"}},
			"no order":      {"out_refund_no": "R8", "amount": fields{"refund": 1, "total": 1000, "currency": "CNY"}},
			"a long reason": {"out_trade_no": "W00001", "out_refund_no": "R8", "reason": strings.Repeat("茶", 81), "amount": fields{"refund": 1, "total": 1000, "currency": "CNY"}},
			"plain http":    {"out_trade_no": "W00001", "out_refund_no": "R8", "notify_url": "http://a.invalid/", "amount": fields{"refund": 1, "total": 1000, "currency": "CNY"}},
		} {
			_, got := w.wechatPost("/v3/refund/domestic/refunds", body)
			w.same(what, got, "400 PARAM_ERROR")
		}
	})
}

// TestRefundsOutliveTheProcess, and those under way come to their end behind a restart.
func TestRefundsOutliveTheProcess(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.same("pay", w.wechatPay("W00001", 1000, w.server.NewCode(WechatPay, 0)), "SUCCESS")
		w.same("part", w.wechatRefund("W00001", "R1", 400, 1000), "PROCESSING 400")
		s := reopen(w.t, w.server)
		w.server.file, _ = os.Open(os.DevNull) // closed by the world's end
		time.Sleep(refundTakes)
		list := s.Orders()
		if len(list) != 1 || list[0].Refunded != 400 || len(list[0].Refunds) != 1 || list[0].Refunds[0].State != RefundDone {
			w.t.Errorf("%+v", list)
		}
		if _, r, err := s.queryRefund(time.Now(), refundAsked{channel: WechatPay, number: "R1"}); err != nil || r.Amount != 400 {
			w.t.Errorf("%+v %v", r, err)
		}
		if _, _, _, err := s.refund(time.Now().Add(time.Hour), refundAsked{channel: WechatPay, order: "W00001", number: "R2", amount: 601, total: 1000}); err != errTooMuch {
			w.t.Errorf("more than is left, behind a restart: %v", err)
		}
	})
}

// TestOldFilesAreRead: a folder that was written before there were refunds.
func TestOldFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	line := `{"changes":[{"time":"2026-11-25T12:00:00+08:00","state":"paid","what":"the customer paid"}],"order":{"channel":"wechatpay",` +
		`"order":"W00001","kind":"code","amount":1000,"state":"paid","paid":1000,"refunded":0,"behaviour":0,"transaction":"42","created":` +
		`"2026-11-25T12:00:00+08:00","paid_at":"2026-11-25T12:00:00+08:00","asked":"d"}}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "orders.jsonl"), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Config{Dir: dir, Keys: testKeys()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, beijing)
	if _, r, _, err := s.refund(at, refundAsked{channel: WechatPay, order: "W00001", number: "R1", amount: 1000, total: 1000}); err != nil || r.State != RefundProcessing {
		t.Errorf("%+v %v", r, err)
	}
}

// TestConcurrentRefunds: whatever arrives together, no more goes back than was paid.
func TestConcurrentRefunds(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.same("pay", w.alipayPay("A00001", "10.00", w.server.NewCode(Alipay, 0)), "10000")
		done := make(chan string)
		for i := range 16 {
			go func() { done <- w.alipayRefund("A00001", fmt.Sprintf("R%d", i%8), 300) }()
		}
		moved := 0
		for range 16 {
			if text := <-done; strings.HasPrefix(text, "10000 Y") {
				moved++
			}
		}
		if moved != 3 {
			w.t.Errorf("%d refunds moved money, want 3", moved)
		}
		w.same("record", w.order("A00001"), "paid 1000-900")
	})
}

// TestRefundFaults: a fault that names an order meets the questions about its refunds, too.
func TestRefundFaults(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.same("pay", w.wechatPay("W00001", 1000, w.server.NewCode(WechatPay, 0)), "SUCCESS")
		w.same("refund", w.wechatRefund("W00001", "R1", 400, 1000), "PROCESSING 400")
		for _, operation := range []string{opRefund, opRefundQuery} {
			if err := w.server.Fault(Fault{Channel: WechatPay, Operation: operation, Order: "W00001", Fault: Fault500, Count: 1}); err != nil {
				w.t.Fatal(err)
			}
		}
		if got := w.wechatRefunded("R1"); got != "!" {
			w.t.Errorf("query: %s", got)
		}
		w.same("query", w.wechatRefunded("R1"), "PROCESSING 400")
		if got := w.wechatRefund("W00001", "R1", 400, 1000); got != "!" {
			w.t.Errorf("refund: %s", got)
		}
	})
}

// TestRefundOfFailedWrite: what could not be written has not happened, also to a refund that was under way.
func TestRefundOfFailedWrite(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.same("pay", w.wechatPay("W00001", 1000, w.server.NewCode(WechatPay, 0)), "SUCCESS")
		w.same("refund", w.wechatRefund("W00001", "R1", 400, 1000), "PROCESSING 400")
		readOnly, err := os.Open(filepath.Join(w.server.config.Dir, "orders.jsonl"))
		if err != nil {
			w.t.Fatal(err)
		}
		defer readOnly.Close()
		writable := w.server.file
		w.server.file = readOnly
		time.Sleep(refundTakes)
		w.same("query", w.wechatRefunded("R1"), "500 SYSTEM_ERROR")
		w.server.file = writable
		known := w.server.orders[WechatPay+"/W00001"]
		if known.Refunds[0].State != RefundProcessing || known.Refunded != 0 {
			w.t.Errorf("%+v", known.Refunds[0])
		}
	})
}
