package statement

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"strings"
	"testing"

	"guitai/ledger"
)

func golden(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// change replaces one part of a text, which has to be there.
func change(t testing.TB, text, old, with string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("the golden file has no %q", old)
	}
	return strings.Replace(text, old, with, 1)
}

// personal is what stands in the golden files about customers, and must be in no error.
var personal = []string{"138****0071", "*三", "oPAYER", "豆浆", "当面付收款", "OTHERS", "A1B2C3D4X"}

func wantFault(t *testing.T, file File, line uint64, code string) {
	t.Helper()
	rows := 0
	facts, err := Read(file, func(ledger.StatementRow) error { rows++; return nil })
	var fault *FaultError
	if !errors.As(err, &fault) || fault.Code != code || fault.Line != line {
		t.Fatalf("got %+v and %v, want %s in line %d", facts, err, code, line)
	}
	if facts != (Facts{}) {
		t.Error("a file that is not read has facts:", facts)
	}
	for _, word := range personal {
		if strings.Contains(err.Error(), word) {
			t.Errorf("the error has %q: %v", word, err)
		}
	}
	if _, again := Read(file, nil); again == nil || again.Error() != err.Error() {
		t.Errorf("read again without rows: %v, first: %v", again, err)
	}
}

// hostile is a golden file with one thing changed. Lines 6 to 8 of Alipay's are rows, 2 to 4 of WeChat Pay's; 1, 9 to 12, 5 and 6 frame them.
var hostile = []struct {
	name, file, old, with string
	line                  uint64
	code                  string
}{
	{"a needed column is missing", "alipay-trade", "完成时间", "结束时间", 5, FaultColumn},
	{"a column twice", "alipay-trade", "商品名称", "订单金额（元）", 5, FaultColumn},
	{"no account", "alipay-trade", "#账号：[20880000000000010156]\n", "", 4, FaultHead},
	{"an account of nobody", "alipay-trade", "[20880000000000010156]", "[1234]", 2, FaultHead},
	{"two accounts", "alipay-trade", "#导出时间：[2026年11月28日 09:12:01]", "#账号：[20880000000000020156]", 12, FaultMerchant},
	{"no days", "alipay-trade", "#起始日期", "#日期", 5, FaultHead},
	{"a day that is none", "alipay-trade", "2026年11月27日 00:00:00", "2026年11月31日 00:00:00", 3, FaultHead},
	{"a month", "alipay-trade", "终止日期：[2026年11月28日", "终止日期：[2026年12月28日", 3, FaultDay},
	{"half a day", "alipay-trade", "2026年11月27日 00:00:00", "2026年11月27日 12:00:00", 3, FaultDay},
	{"a day from noon to noon", "alipay-trade", "[2026年11月27日 00:00:00]   终止日期：[2026年11月28日 00:00:00]", "[2026年11月27日 12:00:00]   终止日期：[2026年11月28日 12:00:00]", 3, FaultDay},
	{"a day to its last second", "alipay-trade", "终止日期：[2026年11月28日 00:00:00]", "终止日期：[2026年11月27日 23:59:59]", 0, ""},
	{"days that run backwards", "alipay-trade", "终止日期：[2026年11月28日", "终止日期：[2026年11月26日", 3, FaultDay},
	{"a row of another week", "alipay-trade", "2026-11-27 08:30:11,S01", "2026-11-20 08:30:11,S01", 7, FaultDay},
	{"a time that is none", "alipay-trade", "2026-11-27 08:30:11,S01", "2026-11-27 24:30:11,S01", 7, FaultTime},
	{"a time as a spreadsheet has it", "alipay-trade", "2026-11-27 08:30:11,S01", "2026/11/27 8:30,S01", 7, FaultTime},
	{"another kind", "alipay-trade", "交易\t,豆浆", "转账\t,豆浆", 8, FaultKind},
	{"a number with a space", "alipay-trade", "K10726112700002A1B2C3D4X", "K107261127 0002A1B2C3D4X", 7, FaultNumber},
	{"a number in Chinese", "alipay-trade", "K10726112700002A1B2C3D4X", "订单二", 7, FaultNumber},
	{"a number too long", "alipay-trade", "K10726112700002A1B2C3D4X", strings.Repeat("K", 65), 7, FaultNumber},
	{"no number of the channel", "alipay-trade", "2026112722001400000000000002\t", "\t", 7, FaultNumber},
	{"two points", "alipay-trade", "1299.02", "12.99.02", 8, FaultAmount},
	{"a space in an amount", "alipay-trade", "1299.02", "1299.02 ", 8, FaultAmount},
	{"a thousands separator", "alipay-trade", "1299.02", "1'299.02", 8, FaultAmount},
	{"a thousands comma", "alipay-trade", "1299.02,1299.02", "1,299.02,1299.02", 8, FaultFields},
	{"three decimals", "alipay-trade", "1299.02", "1299.020", 8, FaultAmount},
	{"an exponent", "alipay-trade", "1299.02", "1e3", 8, FaultAmount},
	{"no digits before the point", "alipay-trade", "1299.02", ".02", 8, FaultAmount},
	{"a plus", "alipay-trade", "1299.02", "+1299.02", 8, FaultAmount},
	{"wide digits", "alipay-trade", "1299.02", "１299.02", 8, FaultAmount},
	{"no amount", "alipay-trade", "1299.02,1299.02", ",1299.02", 8, FaultAmount},
	{"a negative payment", "alipay-trade", "1299.02,1299.02", "-1299.02,-1299.02", 8, FaultAmount},
	{"a negative order", "alipay-trade", "1299.02,1299.02", "-1299.02,1299.02", 8, FaultAmount},
	{"a negative receipt", "alipay-trade", "1299.02,1299.02", "1299.02,-1299.02", 8, FaultAmount},
	{"a fee that the shop gets", "alipay-trade", "-7.79", "7.79", 8, FaultAmount},
	{"an amount beyond int64", "alipay-trade", "1299.02", "99999999999999999999999.02", 8, FaultAmount},
	{"an amount beyond any", "alipay-trade", "1299.02", "1000000000.01", 8, FaultAmount},
	{"a positive refund", "alipay-refund", "-2.50,-2.50", "2.50,2.50", 7, FaultAmount},
	{"a field less", "alipay-trade", "*三(138****0071)\t,0.01", "0.01", 7, FaultFields},
	{"a field of text more is a comma", "alipay-trade", "交易\t,豆浆", "交易\t,豆浆,油条", 0, ""},
	{"a comma that may be in two places", "alipay-commas", "满20,减5,0.00\t,0.00,\t,-0.09,0.00,", "满20,0.00,0.00,0.00,0.00,0.00,0.00,", 7, FaultFields},
	{"very many commas", "alipay-trade", "交易\t,豆浆", "交易\t,豆浆" + strings.Repeat(",", 1000), 8, FaultFields},
	{"a payment too few", "alipay-trade", "交易合计：3笔", "交易合计：4笔", 10, FaultTotals},
	{"a fen too few", "alipay-trade", "商家实收共1311.53元", "商家实收共1311.54元", 10, FaultTotals},
	{"a discount of nobody", "alipay-trade", "商家优惠共0.00元", "商家优惠共0.01元", 10, FaultTotals},
	{"a refund of nobody", "alipay-trade", "商家实收退款共0.00元", "商家实收退款共-0.01元", 11, FaultTotals},
	{"a sum that is no number", "alipay-trade", "交易合计：3笔", "交易合计：三笔", 10, FaultTotals},
	{"the sums twice", "alipay-trade", "#退款合计", "#交易合计", 11, FaultTotals},
	{"the line behind the rows is missing", "alipay-trade", "列表结束", "", 12, FaultCut},
	{"a row behind the end", "alipay-trade", "#导出时间", "导出时间", 12, FaultAfterEnd},
	{"a line without end", "alipay-trade", "交易\t,豆浆", "交易\t," + strings.Repeat("豆浆", maxLine), 8, FaultLine},

	{"a needed column is missing", "wechat-trade", "商户退款单号", "退款单", 1, FaultColumn},
	{"a column twice", "wechat-trade", "商品名称", "手续费", 1, FaultColumn},
	{"the same column under two names", "wechat-trade", "商品名称", "子商户号", 1, FaultColumn},
	{"one of the two amounts of an order", "wechat-trade", "应结订单金额,代金券金额", "甲,代金券金额", 0, ""},
	{"a time that is none", "wechat-trade", "`2026-11-27 12:00:00", "`2026-11-27T12:00:00", 3, FaultTime},
	{"a time before time", "wechat-trade", "`2026-11-27 12:00:00", "`0000-11-27 12:00:00", 3, FaultTime},
	{"a row of another week", "wechat-trade", "`2026-11-27 12:00:00", "`2026-11-20 12:00:00", 3, FaultDay},
	{"another merchant", "wechat-trade", "`1900000001,`0,`T1,`4200000000000000000000000002", "`1900000002,`0,`T1,`4200000000000000000000000002", 3, FaultMerchant},
	{"another merchant below it", "wechat-trade", "`1900000001,`0,`T1,`4200000000000000000000000002", "`1900000001,`1900000009,`T1,`4200000000000000000000000002", 3, FaultMerchant},
	{"no merchant", "wechat-trade", "`1900000001,`0,`T1,`4200000000000000000000000001", "`,`0,`T1,`4200000000000000000000000001", 2, FaultNumber},
	{"another state", "wechat-trade", "`SUCCESS,`OTHERS", "`NOTPAY,`OTHERS", 2, FaultKind},
	{"another state of a refund", "wechat-refund", "`PROCESSING", "`MAYBE", 4, FaultKind},
	{"no currency", "wechat-trade", "`CNY", "`cny", 2, FaultKind},
	{"a currency of four letters", "wechat-trade", "`CNY", "`CNYX", 2, FaultKind},
	{"a number with a space", "wechat-trade", "K10726112700002A1B2C3D4X", "K107261127 0002A1B2C3D4X", 3, FaultNumber},
	{"a number with a control character", "wechat-trade", "K10726112700002A1B2C3D4X", "K107261127\x1b[2JB2C3D4X", 3, FaultNumber},
	{"a number as a spreadsheet has it", "wechat-trade", "`4200000000000000000000000002", "`4.2 E+27", 3, FaultNumber},
	{"a negative amount", "wechat-trade", "`1299.02,`0.00", "`-1299.02,`0.00", 4, FaultAmount},
	{"two points", "wechat-trade", "`1299.02,`0.00", "`1299.0.2,`0.00", 4, FaultAmount},
	{"a thousands separator", "wechat-trade", "`1299.02,`0.00", "`1,299.02,`0.00", 4, FaultAmount},
	{"an amount beyond int64", "wechat-trade", "`1299.02,`0.00", "`9223372036854775808,`0.00", 4, FaultAmount},
	{"a fee that the shop gets", "wechat-trade", "`7.79412", "`-7.79412", 4, FaultAmount},
	{"a fee beyond any", "wechat-trade", "`7.79412", "`1000000000.00001", 4, FaultAmount},
	{"fees added up as they are rounded", "wechat-trade", "`7.86918", "`7.87000", 0, ""},
	{"a fee with six decimals", "wechat-trade", "`7.79412", "`7.794120", 4, FaultAmount},
	{"a fee of a refund", "wechat-refund", "`-0.01500", "`0.01500", 3, FaultAmount},
	{"a rate that is none", "wechat-trade", "`0.60%", "`0.60", 2, FaultAmount},
	{"a rate of more than everything", "wechat-trade", "`0.60%", "`100.01%", 2, FaultAmount},
	{"a row without back-quotes", "wechat-trade", "`2026-11-27 12:00:00", "2026-11-27 12:00:00", 3, FaultFields},
	{"a field less", "wechat-trade", ",`MICROPAY", "", 2, FaultFields},
	{"a comma and a back-quote inside a name", "wechat-trade", "豆浆,油条", "豆浆,`油条", 0, ""},
	{"a count too high", "wechat-trade", "`3,`1311.53", "`4,`1311.53", 6, FaultTotals},
	{"a fen too much", "wechat-trade", "`7.86918,`1311.53", "`7.86918,`1311.54", 6, FaultTotals},
	{"a fee too much", "wechat-trade", "`7.86918", "`7.86919", 6, FaultTotals},
	{"a refund of nobody", "wechat-trade", "`1311.53,`0.00,`0.00", "`1311.53,`0.01,`0.00", 6, FaultTotals},
	{"a sum less", "wechat-trade", "`3,`1311.53,", "`3,", 6, FaultTotals},
	{"no sums", "wechat-trade", "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\n`3,`1311.53,`0.00,`0.00,`7.86918,`1311.53,`0.00\n", "", 4, FaultCut},
	{"a line behind the sums", "wechat-trade", "`7.86918,`1311.53,`0.00\n", "`7.86918,`1311.53,`0.00\n`1\n", 7, FaultAfterEnd},
	{"refunds alone", "wechat-empty", "代金券金额,", "代金券金额,退款申请时间,", 0, ""},

	{"a needed column is missing", "wechat-funds", "账户结余", "结余", 1, FaultColumn},
	{"another way", "wechat-funds", "`收入,`12.50", "`借,`12.50", 2, FaultKind},
	{"a negative amount", "wechat-funds", "`收入,`12.50", "`收入,`-12.50", 2, FaultAmount},
	{"a balance that is none", "wechat-funds", "`112.42", "`一百", 3, FaultAmount},
	{"a count too high", "wechat-funds", "`6,`3,", "`7,`3,", 9, FaultTotals},
	{"a fen too much", "wechat-funds", "`62.52", "`62.53", 9, FaultTotals},
	{"no sums", "wechat-funds", "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`6,`3,`62.52,`3,`102.58\n", "", 7, FaultCut},
}

func TestHostileFiles(t *testing.T) {
	for _, c := range hostile {
		t.Run(c.file+" "+c.name, func(t *testing.T) {
			text := change(t, golden(t, c.file+".csv"), c.old, c.with)
			if c.code == "" {
				if _, err := Read(strings.NewReader(text), nil); err != nil {
					t.Fatal(err)
				}
				return
			}
			wantFault(t, strings.NewReader(text), c.line, c.code)
			if !strings.Contains(text, "\x1b") && !strings.Contains(text, "１") {
				wantFault(t, strings.NewReader(gbk(t, text)), c.line, c.code)
			}
		})
	}
}

func TestWhatIsNoStatement(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "lines alone": "\n\n\n", "a web page": "<html><body>登录</body></html>", "an answer": `{"code":"NO_STATEMENT_EXIST"}`,
		"zeros": strings.Repeat("\x00", 100), "another table": "日期,金额\n2026-11-27,1.00\n",
	} {
		t.Run(name, func(t *testing.T) { wantFault(t, strings.NewReader(text), 1, FaultFormat) })
	}
	wantFault(t, strings.NewReader("#支付宝账务明细查询\n"), 1, FaultCut)
	funds := change(t, golden(t, "alipay-trade.csv"), "支付宝交易号,商户订单号", "账务流水号,业务流水号")
	wantFault(t, strings.NewReader(funds), 5, FaultColumn)
}

// TestRefundsAlone: a bill of the type REFUND is whole and adds up, and would make every payment of its day look missing.
func TestRefundsAlone(t *testing.T) {
	text := golden(t, "wechat-refund.csv")
	rows := strings.SplitAfter(text, "\n")
	text = change(t, rows[0], "费率备注", "费率备注,退款申请时间")
	for _, row := range rows[2:5] {
		text += strings.TrimSuffix(row, "\n") + ",`2026-11-27 13:00:00\n"
	}
	text += rows[5] + "`3,`0.00,`4.50,`0.00,`-0.02100,`0.00,`4.50\n"
	wantFault(t, strings.NewReader(text), 0, FaultPart)
}

// TestNeededTogether: of some pairs of columns a file may lack one.
func TestNeededTogether(t *testing.T) {
	text := golden(t, "wechat-trade.csv")
	wantFault(t, strings.NewReader(change(t, change(t, text, "应结订单金额,", "甲,"), ",订单金额,", ",乙,")), 1, FaultColumn)
	wantFault(t, strings.NewReader(change(t, change(t, text, ",退款金额,", ",甲,"), "申请退款金额,", "乙,")), 1, FaultColumn)
}

// TestCutAnywhere: whatever is missing at the end of a file, it is noticed.
func TestCutAnywhere(t *testing.T) {
	for _, name := range []string{"alipay-day.zip", "wechat-day.csv.gz", "wechat-funds.csv", "wechat-trade.csv", "alipay-discount.csv"} {
		text := golden(t, name)
		end := len(text)
		switch name {
		case "alipay-discount.csv": // its sums are below its rows, and may be missing: the ZIP has a check sum, a CSV out of it has none
			end = strings.Index(text, "列表结束")
		case "wechat-funds.csv": // the last line may lack its end
			end--
		case "wechat-trade.csv": // and a zero its decimals
			end -= len(".00\n")
		}
		for cut := range end {
			if _, err := Read(strings.NewReader(text[:cut]), nil); err == nil {
				t.Fatalf("%s is read without its last %d bytes", name, len(text)-cut)
			}
		}
	}
}

func TestArchives(t *testing.T) {
	bill, summary := gbk(t, golden(t, "alipay-trade.csv")), gbk(t, golden(t, "alipay-summary.txt"))
	const name, sums = "1_业务明细.csv", "1_业务明细(汇总).csv"
	good := zipped(t, name, bill, sums, summary)
	for what, text := range map[string]string{"both": good, "the summary first": zipped(t, sums, summary, name, bill), "a summary that cannot be read": zipped(t, name, bill, sums, "?")} {
		if _, err := Read(strings.NewReader(text), nil); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	flipped := []byte(good)
	flipped[len(flipped)/4] ^= 1
	for what, c := range map[string]struct{ text, code string }{
		"a summary alone":       {zipped(t, sums, summary), FaultArchive},
		"two bills":             {zipped(t, name, bill, "2_业务明细.csv", bill), FaultArchive},
		"three files":           {zipped(t, name, bill, sums, summary, "readme", ""), FaultArchive},
		"no file":               {zipped(t), FaultArchive},
		"a folder":              {zipped(t, "业务明细/", ""), FaultArchive},
		"a bit flipped":         {string(flipped), FaultArchive},
		"something behind":      {good + "x", FaultArchive},
		"something before":      {"PK" + good, FaultArchive},
		"another sum of orders": {zipped(t, name, bill, sums, strings.ReplaceAll(summary, "1311.53,1311.53", "1311.52,1311.53")), FaultTotals},
		"another number":        {zipped(t, name, bill, sums, strings.ReplaceAll(summary, ",3,0,", ",2,0,")), FaultTotals},
		"another fee":           {zipped(t, name, bill, sums, strings.ReplaceAll(summary, "-7.87", "-7.86")), FaultTotals},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text), nil)
			var fault *FaultError
			if !errors.As(err, &fault) || what != "a bit flipped" && fault.Code != c.code {
				t.Fatal(err)
			}
		})
	}
}

// TestBombs: what unpacks to far more than it is, and a ZIP whose directory is larger than it says, are refused.
func TestBombs(t *testing.T) {
	head := golden(t, "alipay-empty.csv")
	bomb := strings.Repeat(strings.Repeat(" ", 1000)+"\n", 4000)
	wantFault(t, strings.NewReader(gzipped(t, bomb)), 1, FaultFormat)
	wantFault(t, strings.NewReader(gzipped(t, golden(t, "wechat-trade.csv")+bomb)), 0, FaultSize)
	wantFault(t, strings.NewReader(zipped(t, "业务明细.csv", head+bomb)), 0, FaultSize)
	wantFault(t, strings.NewReader(zipped(t, "业务明细.csv", head, "业务明细(汇总).csv", bomb)), 0, FaultSize)
	wantFault(t, strings.NewReader(crowded(t, 65536+1)), 0, FaultArchive)
}

// crowded is a ZIP of many entries, whose end says, as far as its two bytes go, that there are few.
func crowded(t *testing.T, entries int) string {
	var out, packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	local := make([]byte, 30)
	copy(local, "PK\x03\x04")
	binary.LittleEndian.PutUint16(local[8:], 8)
	binary.LittleEndian.PutUint32(local[14:], crc32.ChecksumIEEE(nil))
	binary.LittleEndian.PutUint32(local[18:], uint32(packed.Len()))
	out.Write(append(local, packed.Bytes()...))
	start := out.Len()
	entry := make([]byte, 46)
	copy(entry, "PK\x01\x02")
	for range entries {
		out.Write(entry)
	}
	end := make([]byte, endLength)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint16(end[8:], uint16(entries))
	binary.LittleEndian.PutUint16(end[10:], uint16(entries))
	binary.LittleEndian.PutUint32(end[12:], 46)
	binary.LittleEndian.PutUint32(end[16:], uint32(start))
	out.Write(end)
	return out.String()
}

// TestCallersError: what each returns ends the reading and comes back as it is.
func TestCallersError(t *testing.T) {
	mine := errors.New("mine")
	for _, name := range []string{"alipay-trade.csv", "wechat-trade.csv", "alipay-day.zip"} {
		rows := 0
		_, err := Read(strings.NewReader(golden(t, name)), func(ledger.StatementRow) error { rows++; return mine })
		if err != mine || rows != 1 {
			t.Errorf("%s: %v after %d rows", name, err, rows)
		}
	}
}

// broken is a file on a disk that fails.
type broken struct{ *strings.Reader }

func (b broken) ReadAt(p []byte, at int64) (int, error) {
	if at > 0 || len(p) > 4 {
		return 0, errors.New("the disk fails")
	}
	return b.Reader.ReadAt(p, at)
}

func TestBrokenDisk(t *testing.T) {
	for name, code := range map[string]string{"alipay-trade.csv": FaultRead, "wechat-trade.csv": FaultRead, "alipay-day.zip": FaultRead, "wechat-day.csv.gz": FaultArchive} {
		_, err := Read(broken{strings.NewReader(golden(t, name))}, nil)
		var fault *FaultError
		if !errors.As(err, &fault) || fault.Code != code {
			t.Errorf("%s: %v", name, err)
		}
	}
}
