package statement

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"guitai/ledger"
)

// columnsOf is the header of a golden file.
func columnsOf(t testing.TB, name string) string {
	for line := range strings.SplitSeq(golden(t, name), "\n") {
		if strings.Contains(line, "商户订单号") {
			return line
		}
	}
	t.Fatal("no header in", name)
	return ""
}

func yuan(fen int64) string { return ledger.Fen(fen).String() }

// writeAlipay writes a bill of payments at the given times.
func writeAlipay(t testing.TB, w io.Writer, day time.Time, times []time.Time) {
	const words = "2006年01月02日 15:04:05"
	fmt.Fprintf(w, "#支付宝业务明细查询\r\n#账号：[20880000000000010156]\r\n#起始日期：[%s]   终止日期：[%s]\r\n%s\r\n", day.Format(words),
		day.AddDate(0, 0, 1).Format(words), columnsOf(t, "alipay-trade.csv"))
	sum := int64(0)
	for i, at := range times {
		fen, clock := int64(i%9000+1), at.Format(time.DateTime)
		sum += fen
		fmt.Fprintf(w, "2026112722001400%012d\t,K1072611%07dA1B2C3D4X\t,交易\t,当面付收款,%s,%s,S01\t,人民路店\t,\t,T1\t,*三(138****%04d)\t,%s,%s,0.00,0.00,0.00,0.00,0.00,\t,0.00,0.00,\t,%s,0.00,\t\r\n",
			i, i, clock, clock, i%10000, yuan(fen), yuan(fen), yuan(-(fen*6+500)/1000))
	}
	fmt.Fprintf(w, "#----业务明细列表结束----\r\n#交易合计：%d笔，商家实收共%s元，商家优惠共0.00元\r\n#退款合计：0笔，商家实收退款共0.00元，商家优惠退款共0.00元\r\n", len(times), yuan(sum))
}

// writeWechat does so for WeChat Pay.
func writeWechat(t testing.TB, w io.Writer, _ time.Time, times []time.Time) {
	fmt.Fprintf(w, "\ufeff%s\r\n", columnsOf(t, "wechat-trade.csv"))
	sum, fees := int64(0), int64(0)
	for i, at := range times {
		fen := int64(i%9000 + 1)
		fee := fen * 6 // in the fee's smallest unit
		sum, fees = sum+fen, fees+fee
		fmt.Fprintf(w, "`%s,`wx0000000000000071,`1900000001,`0,`T1,`42000000%020d,`K1072611%07dA1B2C3D4X,`oPAYER%020d,`MICROPAY,`SUCCESS,`OTHERS,`CNY,`%s,`0.00,`0,`0,`0.00,`0.00,`,`,`当面付收款,`,`%d.%05d,`0.60%%,`%s,`0.00,`\r\n",
			at.Format(time.DateTime), i, i, i, yuan(fen), fee/100_000, fee%100_000, yuan(fen))
	}
	fmt.Fprintf(w, "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`%d,`%s,`0.00,`0.00,`%d.%05d,`%s,`0.00\r\n",
		len(times), yuan(sum), fees/100_000, fees%100_000, yuan(sum))
}

var writers = map[string]func(testing.TB, io.Writer, time.Time, []time.Time){"alipay": writeAlipay, "wechat": writeWechat}

// TestMidnights: over a month, and over the ends of a leap February and a year, rows at both ends of the day belong to it, one beside it
// is given on, and one two days off is a fault.
func TestMidnights(t *testing.T) {
	start := time.Date(2027, 12, 15, 0, 0, 0, 0, ledger.Shanghai)
	for n := range 31 + 60 {
		day := start.AddDate(0, 0, n)
		next := day.AddDate(0, 0, 1)
		inside := []time.Time{day, day.Add(time.Second), day.Add(12 * time.Hour), next.Add(-time.Second)}
		for channel, write := range writers {
			for _, c := range []struct {
				odd time.Time
				bad bool
			}{{day.Add(-time.Second), false}, {next, false}, {next.Add(24*time.Hour - time.Second), false}, {day.AddDate(0, 0, -1), false},
				{day.AddDate(0, 0, -1).Add(-time.Second), true}, {next.AddDate(0, 0, 1), true}} {
				var text bytes.Buffer
				times := append([]time.Time{c.odd}, inside...)
				write(t, &text, day, times)
				var got []time.Time
				facts, err := Read(bytes.NewReader(text.Bytes()), func(r ledger.StatementRow) error { got = append(got, r.At); return nil })
				switch {
				case c.bad:
					line := map[string]uint64{"alipay": 5, "wechat": 2}[channel]
					wantFault(t, bytes.NewReader(text.Bytes()), line, FaultDay)
				case err != nil || facts.Day.String() != day.Format(time.DateOnly):
					t.Fatalf("%s of %s with a row at %s: %s, %v", channel, day, c.odd, facts.Day, err)
				case len(got) != len(times):
					t.Fatalf("%d rows of %d", len(got), len(times))
				default:
					for i := range got {
						if !got[i].Equal(times[i]) {
							t.Fatalf("row %d is of %s, want %s", i, got[i], times[i])
						}
					}
				}
			}
		}
	}
}

// TestManyDays: rows that are spread over a month are a fault wherever most of them are.
func TestManyDays(t *testing.T) {
	var times []time.Time
	for n := range 31 {
		times = append(times, time.Date(2026, 11, 1+n, 12, 0, 0, 0, ledger.Shanghai))
	}
	var text bytes.Buffer
	writeWechat(t, &text, times[0], times)
	wantFault(t, bytes.NewReader(text.Bytes()), 2+maxDays, FaultDay)
}

// TestTwoDaysAlike: of as many rows of two days a late one is the earlier.
func TestTwoDaysAlike(t *testing.T) {
	late := time.Date(2026, 11, 26, 23, 0, 0, 0, ledger.Shanghai)
	for _, times := range [][]time.Time{{late, late.Add(2 * time.Hour)}, {late.Add(2 * time.Hour), late}} {
		var text bytes.Buffer
		writeWechat(t, &text, late, times)
		if facts, err := Read(bytes.NewReader(text.Bytes()), nil); err != nil || facts.Day != 20261127 {
			t.Errorf("%s, %v", facts.Day, err)
		}
	}
}

// TestFundsAnyWayRound: the balances are those of the first and the last moment, whichever stands first; what came back from the bank is
// taken off what was paid out; a payout is one by its name or by its kind.
func TestFundsAnyWayRound(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(golden(t, "wechat-funds.csv")), "\n")
	want, err := Read(strings.NewReader(strings.Join(lines, "\n")), nil)
	if err != nil {
		t.Fatal(err)
	}
	back := append([]string{}, lines...)
	slices.Reverse(back[1:7])
	got, err := Read(strings.NewReader(strings.Join(back, "\n")), nil)
	if got.Funds.Ends != want.Funds.Ends || got.Funds.PaidOut != want.Funds.PaidOut || err != nil {
		t.Errorf("%+v, %v, want %+v", got.Funds, err, want.Funds)
	}
	if got.Funds.Opens != want.Funds.Opens {
		t.Errorf("opens with %d, want %d", got.Funds.Opens, want.Funds.Opens)
	}
	text := strings.Join(lines, "\n")
	returned := change(t, text, "`充值,`充值", "`提现,`提现退回")
	named := change(t, text, "`提现,`自动提现", "`提现,`自动")
	for _, c := range []struct {
		text           string
		paidOut, other int64
	}{{returned, 5_000, 0}, {named, 10_000, 5_000}} {
		if facts, err := Read(strings.NewReader(c.text), nil); err != nil || facts.Funds.PaidOut != c.paidOut || facts.Funds.Other != c.other {
			t.Errorf("%+v, %v", facts.Funds, err)
		}
	}
}

// TestDecimals compares the reading of amounts with a slow and plain definition of them.
func TestDecimals(t *testing.T) {
	plain := func(text string, decimals int) (int64, bool) {
		digits := strings.TrimPrefix(text, "-")
		whole, rest, point := strings.Cut(digits, ".")
		if whole == "" || point && rest == "" || len(rest) > decimals || strings.Trim(whole+rest, "0123456789") != "" {
			return 0, false
		}
		n := int64(0)
		for _, c := range whole + rest + strings.Repeat("0", decimals-len(rest)) {
			n = n*10 + int64(c-'0')
		}
		if digits != text {
			n = -n
		}
		return n, true
	}
	rng := rand.New(rand.NewPCG(7, 2))
	good := 0
	for range 200_000 {
		text := make([]byte, rng.IntN(10))
		for i := range text {
			text[i] = "0123456789.-, "[rng.IntN(14)*rng.IntN(14)/14]
		}
		for _, decimals := range []int{0, 2, 5} {
			got, ok := decimal(text, decimals)
			want, fine := plain(string(text), decimals)
			if got != want || ok != fine {
				t.Fatalf("%q with %d decimals: %d %v, want %d %v", text, decimals, got, ok, want, fine)
			}
			if ok {
				good++
			}
		}
	}
	if good < 1000 {
		t.Fatal("the texts are hardly ever amounts:", good)
	}
	for text, ok := range map[string]bool{"1000000000000000.00": true, "1000000000000000.01": false, "-1000000000000000.00": true, strings.Repeat("9", 40): false, strings.Repeat("0", 40) + "1": true} {
		if _, got := decimal([]byte(text), 2); got != ok {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestFrameIsNotUTF8: the first lines of statements in GBK are never taken for UTF-8, whose test decides.
func TestFrameIsNotUTF8(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.csv")
	for _, file := range files {
		text := golden(t, filepath.Base(file))
		first, _, _ := strings.Cut(text, "\n")
		l := newLines(strings.NewReader(gbk(t, first)))
		if line, err := l.next(); err != nil || !l.gbk || l.text(line) != first {
			t.Errorf("%s: %q", file, l.text(line))
		}
	}
}

// oneDayOf spreads rows over a day.
func oneDayOf(rows int) (time.Time, []time.Time) {
	day := time.Date(2026, 11, 27, 0, 0, 0, 0, ledger.Shanghai)
	times := make([]time.Time, rows)
	for i := range times {
		times[i] = day.Add(time.Duration(i) * 24 * time.Hour / time.Duration(rows)).Truncate(time.Second)
	}
	return day, times
}

// onDisk is a file of so many rows.
type onDisk struct {
	*os.File
	size int64
}

func (f onDisk) Size() int64 { return f.size }

// dayFile writes a bill of so many payments, packed as its channel does.
func dayFile(t testing.TB, channel string, rows int) onDisk {
	t.Helper()
	var text bytes.Buffer
	day, times := oneDayOf(rows)
	writers[channel](t, &text, day, times)
	content := text.String()
	if channel == "alipay" {
		content = zipped(t, "业务明细.csv", gbk(t, content))
	} else {
		content = gzipped(t, content)
	}
	name := filepath.Join(t.TempDir(), "bill")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return onDisk{f, int64(len(content))}
}

// TestMemoryDoesNotGrow: what is held while a file of 100,000 rows is read is what is held with 1,000, and a row costs no more.
func TestMemoryDoesNotGrow(t *testing.T) {
	for channel := range writers {
		var held, spent [2]float64
		for i, rows := range []int{1_000, 100_000} {
			file := dayFile(t, channel, rows)
			held[i], spent[i] = measure(t, file, rows)
		}
		t.Logf("%s: held %.0f and %.0f bytes, spent %.0f and %.0f bytes a row", channel, held[0], held[1], spent[0], spent[1])
		if held[1] > 1.5*max(held[0], maxLine) {
			t.Errorf("%s: %.0f bytes are held at 1,000 rows, %.0f at 100,000", channel, held[0], held[1])
		}
		if spent[1] > 1.5*spent[0] {
			t.Errorf("%s: a row of 1,000 costs %.0f bytes, one of 100,000 %.0f", channel, spent[0], spent[1])
		}
	}
}

// measure reads a file and gives the most that was held at any of five looks, and what each row has cost in all.
func measure(t *testing.T, file File, rows int) (held, spent float64) {
	t.Helper()
	var before, now, after runtime.MemStats
	for range 3 { // pools let go of what they hold at the second
		runtime.GC()
	}
	runtime.ReadMemStats(&before)
	n, most := 0, uint64(0)
	if _, err := Read(file, func(ledger.StatementRow) error {
		if n++; n%(rows/5) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return float64(most) - float64(before.HeapAlloc), float64(after.TotalAlloc-before.TotalAlloc) / float64(rows)
}

// BenchmarkRead reads 100,000 rows, and the same bytes through the decoder and encoding/csv alone. The metric "ratio" is how many times
// as long the parser takes.
func BenchmarkRead(b *testing.B) {
	day, times := oneDayOf(100_000)
	var utf8, wechat bytes.Buffer
	writeAlipay(b, &utf8, day, times)
	writeWechat(b, &wechat, day, times)
	bill := gbk(b, utf8.String())
	for _, c := range []struct {
		name, file, text string
		gbk              bool
	}{{"AlipayCSV", bill, bill, true}, {"AlipayZIP", zipped(b, "业务明细.csv", bill), bill, true}, {"Wechat", wechat.String(), wechat.String(), false}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			var ours, plain time.Duration
			for b.Loop() {
				start := time.Now()
				facts, err := Read(strings.NewReader(c.file), func(ledger.StatementRow) error { return nil })
				if err != nil || facts.Rows != 100_000 {
					b.Fatal(facts, err)
				}
				ours += time.Since(start)
				b.StopTimer()
				start = time.Now()
				plainly(b, c.text, c.gbk)
				plain += time.Since(start)
				b.StartTimer()
			}
			b.ReportMetric(float64(ours)/float64(plain), "ratio")
		})
	}
}

func plainly(b *testing.B, text string, gbk bool) {
	var in io.Reader = strings.NewReader(text)
	if gbk {
		in = simplifiedchinese.GB18030.NewDecoder().Reader(in)
	}
	rows := csv.NewReader(in)
	rows.LazyQuotes, rows.FieldsPerRecord, rows.ReuseRecord = true, -1, true
	for {
		if _, err := rows.Read(); err == io.EOF {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}
