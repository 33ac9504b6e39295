package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ledger/ledgertest"
	"guitai/sync/channel"
	"guitai/sync/statement"
)

var (
	statementEvents = flag.Int("statement.events", 40_000, "how many events the ledger of BenchmarkStatement has")
	statementDir    = flag.String("statement.dir", "", "a folder that keeps that ledger for the next run; empty: it is made anew")
	statementLive   = flag.Bool("statement.live", false, "look at the memory in use every 300 ms, after a collection each time, which makes everything slower")
	statementSales  = flag.Int("statement.sales", 5000, "how many payments its last day has, and rows the statement of it")
)

// BenchmarkStatement fetches, seals, parses and compares the statement of a day against a long ledger, once: what it has confirmed cannot
// be confirmed again. parse is the statement parsed as a multiple of the same file through encoding/csv in the same run; more is by how
// much the process grew at its largest.
func BenchmarkStatement(b *testing.B) {
	debug.SetMemoryLimit(memoryLimit)
	store, last := longTrading(b)
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { book.Close("benchmark") })
	day, file := fresh(b, book, store, last)
	worker := statement.New(book, archiveOf(store), statement.Config{Days: 1})
	worker.Add(&filed{account: ledger.Account{Merchant: "1900000001", App: "wx0000000001"}, day: day, file: file})
	debug.FreeOSMemory()
	before := peakMemory(b, true)
	for range 1 {
		live := watchLive()
		began := time.Now()
		now := time.Date(int(day/10000), time.Month(day/100%100), int(day%100)+1, 4, 0, 0, 0, time.UTC)
		if !worker.Step(context.Background(), now) {
			b.Fatal("nothing was due")
		}
		took := time.Since(began)
		b.ReportMetric(live(), "MB-live")
		b.ReportMetric(took.Seconds(), "s/statement")
		b.ReportMetric(float64(peakMemory(b, false)-before)/(1<<20), "MB-more")
		book.Read(func(s *ledger.State) {
			st, _ := s.Statement(ledger.StatementKey{Channel: ledger.WeChat, Day: day, Kind: ledger.StatementTrades})
			if int(st.Matched) != *statementSales || st.Differences != 0 {
				b.Fatalf("%+v", st)
			}
		})
		parsed := time.Now()
		if _, err := statement.Read(bytes.NewReader(file), func(ledger.StatementRow) error { return nil }); err != nil {
			b.Fatal(err)
		}
		parse := time.Since(parsed)
		parsed = time.Now()
		plain := csv.NewReader(bytes.NewReader(file))
		plain.FieldsPerRecord, plain.LazyQuotes, plain.ReuseRecord = -1, true, true
		for {
			if _, err := plain.Read(); err == io.EOF {
				break
			}
		}
		b.ReportMetric(float64(parse)/float64(time.Since(parsed)), "parse/csv")
	}
}

// watchLive begins to look at the memory in use; the function it gives ends that and tells by how many megabytes it grew at most.
func watchLive() func() float64 {
	var stats runtime.MemStats
	look := func() float64 {
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return float64(stats.HeapAlloc) / (1 << 20)
	}
	if !*statementLive {
		return func() float64 { return 0 }
	}
	before, most := look(), 0.0
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(300 * time.Millisecond):
				most = max(most, look()-before)
			}
		}
	}()
	return func() float64 { close(stop); <-ended; return most }
}

// peakMemory is the most that this process has had in memory since it was last asked to begin anew, in bytes.
func peakMemory(b *testing.B, anew bool) int64 {
	b.Helper()
	if anew {
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
			b.Skip("no peak of memory is told here: ", err)
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	var kb int64
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmHWM:") {
			fmt.Sscan(strings.TrimPrefix(line, "VmHWM:"), &kb)
		}
	}
	return kb << 10
}

// filed is a channel that has one statement.
type filed struct {
	channel.Connector
	account ledger.Account
	day     ledger.Day
	file    []byte
}

func (f *filed) Channel() ledger.Channel { return ledger.WeChat }
func (f *filed) Account() ledger.Account { return f.account }
func (f *filed) StatementKinds() []ledger.StatementKind {
	return []ledger.StatementKind{ledger.StatementTrades}
}

func (f *filed) Statement(_ context.Context, day ledger.Day, _ ledger.StatementKind, file io.Writer) (channel.StatementFile, error) {
	if day != f.day {
		return channel.StatementFile{}, channel.ErrNoStatement
	}
	_, err := io.Copy(file, bytes.NewReader(f.file))
	return channel.StatementFile{Bytes: uint64(len(f.file)), Hash: ledger.Hash(sha256.Sum256(f.file))}, err
}

const firstTrading = ledger.Day(20261001)

// longTrading makes, or finds, a ledger whose days have -statement.sales payments each, and gives the last of them.
func longTrading(b *testing.B) (*disk.Store, ledger.Day) {
	b.Helper()
	dir := *statementDir
	if dir == "" {
		dir = b.TempDir()
	}
	had := disk.Holds(dir)
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	days := max(*statementEvents/4 / *statementSales, 1)
	last := firstTrading.Plus(days - 1)
	if !had {
		fillTrading(b, store, firstTrading, days)
	}
	return store, last
}

// fresh gives the first day whose statement was not compared yet, and that statement.
func fresh(b *testing.B, book *ledger.Book, store *disk.Store, last ledger.Day) (ledger.Day, []byte) {
	b.Helper()
	book.Read(func(s *ledger.State) {
		for day := firstTrading; day < last; day = day.Plus(1) {
			if _, taken := s.Statement(trades(day)); !taken {
				last = day
			}
		}
	})
	sales, err := store.DaySales(last)
	if err != nil || len(sales) != *statementSales {
		b.Fatalf("%d sales on %s, %v", len(sales), last, err)
	}
	var rows []ledger.StatementRow
	for i := range sales {
		rows = append(rows, rowOf(sales[i].Attempts[0].Order))
	}
	return last, wechatFile(last, rows)
}

func fillTrading(b *testing.B, store *disk.Store, first ledger.Day, days int) {
	const group = 50 // sales in an append
	pen := ledgertest.NewPen(first)
	entries := []ledgertest.Entry{pen.Opening()}
	for n := range days * *statementSales {
		if n > 0 && n%*statementSales == 0 {
			pen.Day = pen.Day.Plus(1)
		}
		_, _, payment := pen.Payment()
		entries = append(entries, payment...)
		if len(entries) < group*4 && n < days**statementSales-1 {
			continue
		}
		batch := pen.Write(b, entries...)
		entries = entries[:0]
		if n%20_000 < group || n == days**statementSales-1 {
			batch.Snapshot = pen.State.Snapshot()
		}
		if err := store.Append(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

// wechatFile is the statement of a day in WeChat Pay's form. Every row is a payment.
func wechatFile(day ledger.Day, rows []ledger.StatementRow) []byte {
	var file bytes.Buffer
	file.WriteString("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额," +
		"微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n")
	var sum ledger.StatementSum
	for i := range rows {
		r := &rows[i]
		sum.Add(r)
		fmt.Fprintf(&file, "`%s 12:00:00,`%s,`%s,`0,`,`%s,`%s,`oUser,`MICROPAY,`SUCCESS,`OTHERS,`CNY,`%s,`0.00,`0,`0,`0.00,`0.00,`,`,`Guitai,`,`%s000,`0.60%%,`%s,`0.00,`\r\n",
			day, r.App, r.Merchant, r.ChannelNo, r.Order, ledger.Fen(r.Amount), ledger.Fen(r.Fee), ledger.Fen(r.Amount))
	}
	file.WriteString("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n")
	fmt.Fprintf(&file, "`%d,`%s,`0.00,`0.00,`%s000,`%s,`0.00\r\n", len(rows), ledger.Fen(sum.Gross), ledger.Fen(sum.Fees), ledger.Fen(sum.Gross))
	return file.Bytes()
}
