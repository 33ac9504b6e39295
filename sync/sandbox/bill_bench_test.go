package sandbox

import (
	"fmt"
	"testing"
	"time"
)

// busy is a simulator with many orders of one day, made past its file.
func busy(b *testing.B, channel string, orders int) *Server {
	b.Helper()
	s, err := Open(Config{Dir: b.TempDir(), Keys: testKeys()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	at := time.Date(2020, 1, 1, 0, 0, 1, 0, beijing)
	for i := range orders {
		at = at.Add(20 * time.Hour / time.Duration(orders))
		amount := int64(100 + i%5000)
		s.index(&order{Order: Order{Channel: channel, Number: fmt.Sprintf("ORDER%09d", i), Kind: KindCode, Amount: amount, Paid: amount, State: Paid,
			Created: at, PaidAt: at, Transaction: fmt.Sprintf("2020010122001%015d", i)}, Store: "S1", Terminal: "T1"})
	}
	return s
}

// BenchmarkBill writes the bill of a day of 100,000 trades. What it keeps of it at once is the rows, never the text.
func BenchmarkBill(b *testing.B) {
	for _, channel := range []string{Alipay, WechatPay} {
		b.Run(channel, func(b *testing.B) {
			s := busy(b, channel, 100_000)
			count := &counted{}
			for b.Loop() {
				count.bytes = 0
				if err := s.WriteBill(count, channel, BillTrades, "2020-01-01"); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(count.bytes), "file-bytes")
			b.ReportMetric(float64(count.largest), "largest-write-bytes")
		})
	}
}

// counted counts what is written to it.
type counted struct{ bytes, largest int }

func (c *counted) Write(p []byte) (int, error) {
	c.bytes, c.largest = c.bytes+len(p), max(c.largest, len(p))
	return len(p), nil
}
