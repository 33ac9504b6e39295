package sandbox

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// shop is a simulator whose days a test can fill without the wire.
type shop struct {
	t *testing.T
	*Server
	serial int
}

func openShop(t *testing.T) *shop {
	t.Helper()
	server, err := Open(Config{Dir: t.TempDir(), Keys: testKeys()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return &shop{t: t, Server: server}
}

// sells makes a paid order and gives its number.
func (s *shop) sells(channel string, fen int64) string {
	s.t.Helper()
	s.serial++
	number := fmt.Sprintf("ORDER%06d", s.serial)
	q := codeRequest(channel, number, s.NewCode(channel, payAtOnce))
	q.amount, q.store, q.terminal = fen, "S1", "T1"
	if _, err := s.pay(time.Now(), q); err != nil {
		s.t.Fatal(err)
	}
	return number
}

func (s *shop) gives(channel, order, number string, fen int64) {
	s.t.Helper()
	if _, _, _, err := s.refund(time.Now(), refundAsked{channel: channel, order: order, number: number, amount: fen}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) reverses(channel, order string) {
	s.t.Helper()
	how := map[string]ending{Alipay: cancelling, WechatPay: reversing}[channel]
	if _, _, err := s.end(time.Now(), how, channel, order, ""); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) file(channel, kind string, day time.Time) []byte {
	s.t.Helper()
	var text bytes.Buffer
	if err := s.WriteBill(&text, channel, kind, day.In(beijing).Format(time.DateOnly)); err != nil {
		s.t.Fatal(err)
	}
	return text.Bytes()
}

// until waits until a time of the day in Beijing, so many days from now.
func until(days int, clock string) {
	at, err := time.ParseInLocation(time.TimeOnly, clock, beijing)
	if err != nil {
		panic(err)
	}
	midnight := beijingDay(time.Now()).AddDate(0, 0, days)
	time.Sleep(time.Until(midnight.Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second)))
}

// table is a bill as a reader of columns sees it: rows by column name, and what stands around them.
type table struct {
	rows  []map[string]string
	total map[string]string
	marks []string // lines that begin with #
}

// wechatTable reads one of WeChat Pay's bills by its documented form.
func wechatTable(t *testing.T, text []byte) (out table) {
	t.Helper()
	rest, marked := strings.CutPrefix(string(text), byteOrderMark)
	lines := strings.Split(rest, crlf)
	if !marked || lines[len(lines)-1] != "" || len(lines) < 4 {
		t.Fatalf("not the form of a bill: %q", text)
	}
	lines = lines[:len(lines)-1]
	names := strings.Split(lines[0], ",")
	read := func(names []string, line string) map[string]string {
		values := strings.Split(line, ",`")
		if !strings.HasPrefix(line, "`") || len(values) != len(names) {
			t.Fatalf("%d values under %d names: %q", len(values), len(names), line)
		}
		row := map[string]string{}
		for i, value := range values {
			row[names[i]] = strings.TrimPrefix(value, "`")
		}
		return row
	}
	for _, line := range lines[1 : len(lines)-2] {
		out.rows = append(out.rows, read(names, line))
	}
	out.total = read(strings.Split(lines[len(lines)-2], ","), lines[len(lines)-1])
	return out
}

// alipayTables reads Alipay's ZIP: the rows, and their sums.
func alipayTables(t *testing.T, text []byte) (rows, sums table) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil || len(archive.File) != 2 {
		t.Fatalf("not a ZIP of two files: %v", err)
	}
	for i, ending := range []string{"_业务明细.csv", "_业务明细(汇总).csv"} {
		name, err := simplifiedchinese.GBK.NewDecoder().String(archive.File[i].Name)
		if err != nil || !strings.HasSuffix(name, ending) || !strings.HasPrefix(name, "2088") {
			t.Errorf("file %d is called %q", i, name)
		}
		file, err := archive.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(simplifiedchinese.GBK.NewDecoder().Reader(file))
		if err != nil {
			t.Fatal(err)
		}
		read := alipayTable(t, string(plain))
		if i == 0 {
			rows = read
		} else {
			sums = read
		}
	}
	return rows, sums
}

func alipayTable(t *testing.T, text string) (out table) {
	t.Helper()
	var names []string
	for line := range strings.SplitSeq(strings.TrimSuffix(text, crlf), crlf) {
		values := strings.Split(strings.ReplaceAll(line, billSubject, "subject"), ",")
		switch {
		case strings.HasPrefix(line, "#"):
			out.marks = append(out.marks, line)
		case names == nil:
			names = strings.Split(line, ",")
		case len(values) != len(names):
			t.Fatalf("%d values under %d names: %q", len(values), len(names), line)
		default:
			row := map[string]string{}
			for i, value := range values {
				row[names[i]] = strings.TrimSpace(value)
			}
			out.rows = append(out.rows, row)
		}
	}
	return out
}

// pick gives chosen columns of every row, for a table of what is wanted.
func (t table) pick(names ...string) string {
	var out strings.Builder
	for _, row := range t.rows {
		for _, name := range names {
			value, ok := row[name]
			if !ok {
				value = "no column " + name
			}
			out.WriteString(value + "|")
		}
		out.WriteString("\n")
	}
	return out.String()
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got = strings.TrimSpace(got); got != strings.TrimSpace(want) {
		t.Errorf("%s:\n%s\nwant\n%s", what, got, strings.TrimSpace(want))
	}
}

// midnight fills two days: a payment in the last second, one in the first, refunds and reversals on both sides.
func (s *shop) midnight(channel string) (first, second time.Time) {
	s.t.Helper()
	first = beijingDay(time.Now())
	until(0, "12:00:00")
	a := s.sells(channel, 129902)
	until(0, "13:00:00")
	b := s.sells(channel, 1000)
	s.gives(channel, b, "R1", 400)
	until(0, "23:59:00")
	c := s.sells(channel, 5000)
	until(0, "23:59:58")
	s.gives(channel, a, "R2", 29902) // WeChat Pay's takes 5 s
	s.sells(channel, 200)
	until(1, "00:00:00")
	s.sells(channel, 300)
	s.reverses(channel, c)
	s.gives(channel, b, "R3", 66) // done after ten minutes
	until(0, "00:05:00")
	s.gives(channel, a, "R4", 50065) // WeChat Pay: fails. Alipay: accepted and not carried out
	return first, first.AddDate(0, 0, 1)
}

func TestWechatBill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t)
		first, second := s.midnight(WechatPay)
		until(1, "10:00:00")
		columns := []string{"交易时间", "商户号", "商户订单号", "交易类型", "交易状态", "应结订单金额", "代金券金额", "商户退款单号", "退款金额", "退款类型", "退款状态",
			"手续费", "费率", "订单金额", "申请退款金额"}
		one := wechatTable(t, s.file(WechatPay, BillTrades, first))
		same(t, "the first day", one.pick(columns...), `
2000-01-01 12:00:00|1900000071|ORDER000001|MICROPAY|SUCCESS|1299.02|0.00|0|0.00|||7.79000|0.60%|1299.02|0.00|
2000-01-01 13:00:00|1900000071|ORDER000002|MICROPAY|SUCCESS|10.00|0.00|0|0.00|||0.06000|0.60%|10.00|0.00|
2000-01-01 13:00:00|1900000071|ORDER000002|MICROPAY|REFUND|0.00|0.00|R1|4.00|ORIGINAL|SUCCESS|-0.02000|0.60%|0.00|4.00|
2000-01-01 23:59:00|1900000071|ORDER000003|MICROPAY|SUCCESS|50.00|0.00|0|0.00|||0.30000|0.60%|50.00|0.00|
2000-01-01 23:59:58|1900000071|ORDER000001|MICROPAY|REFUND|0.00|0.00|R2|299.02|ORIGINAL|SUCCESS|-1.79000|0.60%|0.00|299.02|
2000-01-01 23:59:58|1900000071|ORDER000004|MICROPAY|SUCCESS|2.00|0.00|0|0.00|||0.01000|0.60%|2.00|0.00|`)
		same(t, "its sums", table{rows: []map[string]string{one.total}}.pick(strings.Split(wechatTotals, ",")...),
			"6|1361.02|303.02|0.00|6.35000|1361.02|303.02|")
		two := wechatTable(t, s.file(WechatPay, BillTrades, second))
		same(t, "the second day", two.pick(columns...), `
2000-01-02 00:00:00|1900000071|ORDER000002|MICROPAY|REFUND|0.00|0.00|R3|0.66|ORIGINAL|SUCCESS|-0.01000|0.60%|0.00|0.66|
2000-01-02 00:00:00|1900000071|ORDER000003|MICROPAY|REVOKED|0.00|0.00|0|50.00|ORIGINAL|SUCCESS|-0.30000|0.60%|0.00|50.00|
2000-01-02 00:00:00|1900000071|ORDER000005|MICROPAY|SUCCESS|3.00|0.00|0|0.00|||0.02000|0.60%|3.00|0.00|
2000-01-02 00:05:00|1900000071|ORDER000001|MICROPAY|REFUND|0.00|0.00|R4|500.65|ORIGINAL|FAIL|0.00000|0.60%|0.00|500.65|`)
	})
}

func TestAlipayBill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t)
		first, second := s.midnight(Alipay)
		until(1, "10:00:00")
		columns := []string{"商户订单号", "业务类型", "创建时间", "完成时间", "门店编号", "终端号", "订单金额（元）", "商家实收（元）", "退款批次号/请求号", "服务费（元）"}
		one, sums := alipayTables(t, s.file(Alipay, BillTrades, first))
		same(t, "the first day", one.pick(columns...), `
ORDER000001|交易|2000-01-01 12:00:00|2000-01-01 12:00:00|S1|T1|1299.02|1299.02||-7.79|
ORDER000002|交易|2000-01-01 13:00:00|2000-01-01 13:00:00|S1|T1|10.00|10.00||-0.06|
ORDER000002|退款|2000-01-01 13:00:00|2000-01-01 13:00:00|S1|T1|-4.00|-4.00|R1|0.02|
ORDER000003|交易|2000-01-01 23:59:00|2000-01-01 23:59:00|S1|T1|50.00|50.00||-0.30|
ORDER000001|退款|2000-01-01 12:00:00|2000-01-01 23:59:58|S1|T1|-299.02|-299.02|R2|1.79|
ORDER000004|交易|2000-01-01 23:59:58|2000-01-01 23:59:58|S1|T1|2.00|2.00||-0.01|`)
		same(t, "what stands around it", strings.Join(one.marks, "\n"), `
#支付宝业务明细查询
#账号：[20880000000000710156]
#起始日期：[2000年01月01日 00:00:00]   终止日期：[2000年01月02日 00:00:00]
#-----------------------------------------业务明细列表----------------------------------------
#-----------------------------------------业务明细列表结束------------------------------------
#交易合计：4笔，商家实收共1361.02元，商家优惠共0.00元
#退款合计：2笔，商家实收退款共-303.02元，商家优惠退款共0.00元
#导出时间：[2000年01月02日 09:00:00]`)
		same(t, "its sums", sums.pick(strings.Split(alipaySummary, ",")...), `
S1||4|2|1058.00|1058.00|0.00|0.00|0.00|-6.35|0.00|1051.65|
合计||4|2|1058.00|1058.00|0.00|0.00|0.00|-6.35|0.00|1051.65|`)
		two, _ := alipayTables(t, s.file(Alipay, BillTrades, second))
		same(t, "the second day", two.pick(columns...), `
ORDER000003|退款|2000-01-01 23:59:00|2000-01-02 00:00:00|S1|T1|-50.00|-50.00||0.30|
ORDER000005|交易|2000-01-02 00:00:00|2000-01-02 00:00:00|S1|T1|3.00|3.00||-0.02|
ORDER000002|退款|2000-01-01 13:00:00|2000-01-02 00:10:00|S1|T1|-0.66|-0.66|R3|0.01|`)
	})
}

func TestFundBill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t)
		first, second := s.midnight(WechatPay)
		until(1, "10:00:00")
		columns := []string{"记账时间", "业务类型", "收支类型", "收支金额(元)", "账户结余(元)", "业务凭证号"}
		one := wechatTable(t, s.file(WechatPay, BillFunds, first))
		same(t, "the first day", one.pick(columns...), `
2000-01-01 12:00:00|交易|收入|1299.02|1299.02|ORDER000001|
2000-01-01 12:00:00|扣除交易手续费|支出|7.79|1291.23|ORDER000001|
2000-01-01 13:00:00|交易|收入|10.00|1301.23|ORDER000002|
2000-01-01 13:00:00|扣除交易手续费|支出|0.06|1301.17|ORDER000002|
2000-01-01 13:00:00|退款|支出|4.00|1297.17|R1|
2000-01-01 13:00:00|退还交易手续费|收入|0.02|1297.19|R1|
2000-01-01 23:59:00|交易|收入|50.00|1347.19|ORDER000003|
2000-01-01 23:59:00|扣除交易手续费|支出|0.30|1346.89|ORDER000003|
2000-01-01 23:59:58|退款|支出|299.02|1047.87|R2|
2000-01-01 23:59:58|退还交易手续费|收入|1.79|1049.66|R2|
2000-01-01 23:59:58|交易|收入|2.00|1051.66|ORDER000004|
2000-01-01 23:59:58|扣除交易手续费|支出|0.01|1051.65|ORDER000004|`)
		same(t, "its sums", table{rows: []map[string]string{one.total}}.pick(strings.Split(fundTotals, ",")...), "12|6|1362.83|6|311.18|")
		two := wechatTable(t, s.file(WechatPay, BillFunds, second))
		same(t, "the second day pays out the first, and what failed moves nothing", two.pick(columns...), `
2000-01-02 00:00:00|退款|支出|0.66|1050.99|R3|
2000-01-02 00:00:00|退还交易手续费|收入|0.01|1051.00|R3|
2000-01-02 00:00:00|退款|支出|50.00|1001.00|ORDER000003|
2000-01-02 00:00:00|退还交易手续费|收入|0.30|1001.30|ORDER000003|
2000-01-02 00:00:00|交易|收入|3.00|1004.30|ORDER000005|
2000-01-02 00:00:00|扣除交易手续费|支出|0.02|1004.28|ORDER000005|
2000-01-02 08:00:00|提现|支出|1051.65|-47.37||`)
		s.sells(WechatPay, 10000) // what is missing is made up before anything is paid out
		until(2, "10:00:00")
		third := wechatTable(t, s.file(WechatPay, BillFunds, second.AddDate(0, 0, 1)))
		same(t, "the day after pays out nothing", third.pick(columns...), `
2000-01-03 10:00:00|交易|收入|100.00|52.63|ORDER000006|
2000-01-03 10:00:00|扣除交易手续费|支出|0.60|52.03|ORDER000006|`)
		fourth := wechatTable(t, s.file(WechatPay, BillFunds, second.AddDate(0, 0, 2)))
		same(t, "the one after that pays out the rest", fourth.pick(columns...), `2000-01-04 08:00:00|提现|支出|52.03|0.00||`)
	})
}

// TestFeesGoBackWhole: however an order is given back in parts, its fee goes back to the fen, and no part's is off by more
// than one.
func TestFeesGoBackWhole(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 1))
	for range 2000 {
		o := &order{Order: Order{Channel: Alipay, Paid: 1 + dice.Int64N(100_000), PaidAt: time.Unix(0, 0)}}
		for left := o.Paid; left > 0; {
			part := 1 + dice.Int64N(left)
			o.Refunds = append(o.Refunds, Refund{Amount: part, State: RefundDone, Done: time.Unix(int64(len(o.Refunds)+1), 0)})
			left -= part
		}
		var fee int64
		o.billRows(func(r *billRow) {
			if r.kind == rowTrade {
				fee += r.fee
				return
			}
			fee -= r.fee
			if off := r.fee - billFee(r.amount); off < -1 || off > 1 {
				t.Errorf("a part of %d has a fee of %d", r.amount, r.fee)
			}
		})
		if fee != 0 {
			t.Fatalf("%d fen of the fee are left of %+v", fee, o)
		}
	}
}

// TestBillsNeverChange: what happens after a bill was made is in none that is fetched later, nor is a restart.
func TestBillsNeverChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t)
		days := map[string]time.Time{}
		for _, channel := range []string{Alipay, WechatPay} {
			days[channel], _ = s.midnight(channel)
		}
		until(1, "10:00:00")
		type key struct{ channel, kind string }
		keys := []key{{Alipay, BillTrades}, {WechatPay, BillTrades}, {WechatPay, BillFunds}}
		before := map[key][]byte{}
		for _, k := range keys {
			before[k] = s.file(k.channel, k.kind, days[k.channel])
		}
		s.gives(WechatPay, "ORDER000009", "LATE", 200) // the one of the last second
		s.reverses(WechatPay, "ORDER000010")
		time.Sleep(50 * time.Hour)
		s.Server = reopen(t, s.Server)
		for _, k := range keys {
			if after := s.file(k.channel, k.kind, days[k.channel]); !bytes.Equal(after, before[k]) {
				t.Errorf("%v has changed:\n%s\nwas\n%s", k, after, before[k])
			}
		}
	})
}

// TestBillAsOfItsMaking: a refund that is under way when the bill is made stays so in it.
func TestBillAsOfItsMaking(t *testing.T) {
	made := time.Date(2026, 11, 26, 9, 0, 0, 0, beijing)
	r := Refund{State: RefundDone, Accepted: made.Add(-10 * time.Hour), Done: made}
	if r.standing() != RefundDone {
		t.Error("done when it was made")
	}
	r.Done = made.Add(time.Second)
	if r.standing() != RefundProcessing {
		t.Error("not yet done when it was made")
	}
}

// TestBillDefects: each defect is there, and the file's own sums follow it.
func TestBillDefects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t)
		day := beijingDay(time.Now())
		for _, channel := range []string{Alipay, WechatPay} {
			o := s.sells(channel, 1000)
			time.Sleep(time.Second)
			s.gives(channel, o, "R1", 400)
			time.Sleep(time.Second)
			s.sells(channel, 5000)
		}
		until(1, "10:00:00")
		type columns []string
		wechat := columns{"商户号", "商户订单号", "交易状态", "应结订单金额", "代金券金额", "商户退款单号", "退款状态", "手续费", "订单金额", "申请退款金额"}
		alipay := columns{"商户订单号", "业务类型", "订单金额（元）", "商家实收（元）", "商家优惠（元）", "退款批次号/请求号", "服务费（元）"}
		read := func(channel string) table {
			if channel == Alipay {
				rows, _ := alipayTables(t, s.file(channel, BillTrades, day))
				return rows
			}
			return wechatTable(t, s.file(channel, BillTrades, day))
		}
		good := map[string][]map[string]string{Alipay: read(Alipay).rows, WechatPay: read(WechatPay).rows}
		for _, tt := range []struct {
			defect         BillDefect
			alipay, wechat string // what differs: "row column=value …", rows from 1
			rows           int
		}{
			{BillDefect{Defect: DefectDrop, Row: 2}, "", "", 2},
			{BillDefect{Defect: DefectDrop}, "", "", 0},
			{BillDefect{Defect: DefectTwice, Row: 3}, "", "", 4},
			{BillDefect{Defect: DefectAmount, Row: 1}, "1 订单金额（元）=10.01 商家实收（元）=10.01", "1 应结订单金额=10.01 订单金额=10.01", 3},
			{BillDefect{Defect: DefectFee, Row: 1, By: 2}, "1 服务费（元）=-0.08", "1 手续费=0.08000", 3},
			{BillDefect{Defect: DefectCoupon, Row: 3, By: 1000}, "3 商家实收（元）=40.00 商家优惠（元）=10.00 服务费（元）=-0.24",
				"3 应结订单金额=40.00 代金券金额=10.00 手续费=0.24000", 3},
			{BillDefect{Defect: DefectDiscount, Row: 3, By: 7}, "3 商家实收（元）=49.93", "3 应结订单金额=49.93", 3},
			{BillDefect{Defect: DefectOrder, Row: 1, To: "OTHER"}, "1 商户订单号=OTHER", "1 商户订单号=OTHER", 3},
			{BillDefect{Defect: DefectState, Row: 3}, "3 业务类型=退款 订单金额（元）=-50.00 商家实收（元）=-50.00 服务费（元）=0.30",
				"3 交易状态=REVOKED 应结订单金额=0.00 退款状态=SUCCESS 手续费=-0.30000 订单金额=0.00 申请退款金额=50.00", 3},
			{BillDefect{Defect: DefectState, Row: 2}, "2 退款批次号/请求号=", "2 退款状态=FAIL", 3},
			{BillDefect{Defect: DefectState, Row: 2, To: string(RefundAbnormal)}, "2 退款批次号/请求号=", "2 退款状态=CHANGE", 3},
			{BillDefect{Defect: DefectMerchant, Row: 1}, "", "1 商户号=" + otherMchID, 3},
			{BillDefect{Defect: DefectRefund, To: "NOBODY"}, "2 退款批次号/请求号=NOBODY", "2 商户退款单号=NOBODY", 3},
		} {
			for _, channel := range []string{Alipay, WechatPay} {
				s.ClearBillDefects()
				tt.defect.Channel, tt.defect.Day = channel, day.Format(time.DateOnly)
				if err := s.BillDefect(tt.defect); err != nil {
					t.Fatal(err)
				}
				names, want := alipay, tt.alipay
				if channel == WechatPay {
					names, want = wechat, tt.wechat
				}
				bad := read(channel)
				if len(bad.rows) != tt.rows {
					t.Errorf("%s, %s: %d rows", channel, tt.defect.Defect, len(bad.rows))
				}
				if len(bad.rows) == len(good[channel]) {
					same(t, channel+", "+tt.defect.Defect, changed(names, good[channel], bad.rows), want)
				}
				if channel == WechatPay {
					adds(t, tt.defect.Defect, bad)
				}
			}
		}
		s.ClearBillDefects()
		if !slices.EqualFunc(read(Alipay).rows, good[Alipay], func(a, b map[string]string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
			t.Error("a defect stays when all are cleared")
		}
	})
}

// changed tells the columns of the rows that are not as before.
func changed(names []string, before, after []map[string]string) string {
	var out []string
	for i, row := range after {
		words := []string{fmt.Sprint(i + 1)}
		for _, name := range names {
			if row[name] != before[i][name] {
				words = append(words, name+"="+row[name])
			}
		}
		if len(words) > 1 {
			out = append(out, strings.Join(words, " "))
		}
	}
	return strings.Join(out, "; ")
}

// adds checks a WeChat Pay bill's last line against its rows.
func adds(t *testing.T, what string, bill table) {
	t.Helper()
	for _, pair := range [][2]string{{"应结订单金额", "应结订单总金额"}, {"退款金额", "退款总金额"}, {"手续费", "手续费总金额"}, {"订单金额", "订单总金额"}, {"申请退款金额", "申请退款总金额"}} {
		var sum int64
		for _, row := range bill.rows {
			var yuan, fen int64
			text, minus := strings.CutPrefix(row[pair[0]], "-")
			if _, err := fmt.Sscanf(text, "%d.%02d", &yuan, &fen); err != nil {
				t.Fatalf("%s: %q", pair[0], row[pair[0]])
			}
			if fen += 100 * yuan; minus {
				fen = -fen
			}
			sum += fen
		}
		if got := strings.TrimSuffix(bill.total[pair[1]], "000"); got != formatSigned(sum) {
			t.Errorf("%s: %s is %s, the rows make %s", what, pair[1], got, formatSigned(sum))
		}
	}
}

// TestBillDefectsOfTheFile: what is wrong with a file as a whole.
func TestBillDefectsOfTheFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openShop(t)
		day := beijingDay(time.Now())
		for _, channel := range []string{Alipay, WechatPay} {
			s.sells(channel, 1000)
			s.sells(channel, 2000)
		}
		until(1, "10:00:00")
		arm := func(d BillDefect) {
			t.Helper()
			s.ClearBillDefects()
			if err := s.BillDefect(d); err != nil {
				t.Fatal(err)
			}
		}
		good := s.file(WechatPay, BillTrades, day)
		for _, tt := range []struct {
			defect BillDefect
			broken func(text []byte) bool
		}{
			{BillDefect{Defect: DefectSummary, By: 5}, func(text []byte) bool { return wechatTable(t, text).total["订单总金额"] == "30.05" }},
			{BillDefect{Defect: DefectCut}, func(text []byte) bool { return bytes.HasPrefix(good, text) && bytes.Count(text, []byte(crlf)) == 2 }},
			{BillDefect{Defect: DefectGarbage, Row: 1}, func(text []byte) bool { return bytes.Contains(text, []byte(garbageLine)) }},
			{BillDefect{Defect: DefectLate, Row: 2}, func(text []byte) bool {
				return wechatTable(t, text).rows[1]["交易时间"] == "2000-01-02 00:00:05"
			}},
			{BillDefect{Defect: DefectSummary, Bill: BillFunds}, func([]byte) bool {
				return wechatTable(t, s.file(WechatPay, BillFunds, day)).total["收入金额"] == "30.01"
			}},
			{BillDefect{Defect: DefectAmount, Bill: BillFunds, Row: 1}, func([]byte) bool {
				return wechatTable(t, s.file(WechatPay, BillFunds, day)).rows[0]["收支金额(元)"] == "10.01"
			}},
			{BillDefect{Defect: DefectAmount, Day: "2000-01-02"}, func(text []byte) bool { return bytes.Equal(text, good) }},
		} {
			tt.defect.Channel = WechatPay
			arm(tt.defect)
			if !tt.broken(s.file(WechatPay, BillTrades, day)) {
				t.Errorf("%+v shows nowhere", tt.defect)
			}
		}
		arm(BillDefect{Channel: Alipay, Defect: DefectSummary, By: 5})
		rows, sums := alipayTables(t, s.file(Alipay, BillTrades, day))
		if !strings.Contains(strings.Join(rows.marks, ""), "商家实收共30.05元") || sums.rows[1]["订单金额（元）"] != "30.05" {
			t.Errorf("Alipay's sums are right: %v %v", rows.marks, sums.rows)
		}
		arm(BillDefect{Channel: Alipay, Defect: DefectMerchant})
		var text bytes.Buffer
		if err := s.WriteBill(&text, Alipay, BillTrades, day.Format(time.DateOnly)); err != nil || bytes.Contains(text.Bytes(), []byte(SellerID)) {
			t.Errorf("Alipay's file is still the shop's: %v", err)
		}
		arm(BillDefect{Channel: Alipay, Defect: DefectCut})
		cut := s.file(Alipay, BillTrades, day)
		if _, err := zip.NewReader(bytes.NewReader(cut), int64(len(cut))); err == nil || len(cut) == 0 {
			t.Error("a ZIP that is cut opens")
		}
	})
}

func TestBillDefectIsChecked(t *testing.T) {
	s := openShop(t)
	for _, d := range []BillDefect{
		{Channel: "cash", Defect: DefectDrop}, {Channel: Alipay, Bill: BillFunds, Defect: DefectDrop}, {Channel: Alipay, Defect: "worse"},
		{Channel: Alipay, Defect: DefectHash}, {Channel: WechatPay, Bill: BillFunds, Defect: DefectFee}, {Channel: WechatPay, Defect: DefectDrop, Day: "soon"},
		{Channel: WechatPay, Defect: DefectDrop, Row: -1}, {Channel: WechatPay, Bill: "month", Defect: DefectDrop},
	} {
		if s.BillDefect(d) == nil {
			t.Errorf("%+v is taken", d)
		}
	}
}

// TestPlainCSV: a reader that knows nothing but CSV finds the documented number of columns in Alipay's header.
func TestPlainCSV(t *testing.T) {
	for header, want := range map[string]int{alipayColumns: 25, alipaySummary: 12, wechatColumns: 27, wechatTotals: 7, fundColumns: 11, fundTotals: 5} {
		names, err := csv.NewReader(strings.NewReader(header)).Read()
		if err != nil || len(names) != want {
			t.Errorf("%d columns, want %d: %v", len(names), want, err)
		}
	}
}
