package statement

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"guitai/ledger"
)

// sound reads a file of any bytes. Whatever they are: every row is given once and in order, has what a row may have, and the rows add up to
// what the facts say; or there is a fault, the same one when it is read again.
func sound(t *testing.T, text []byte) (rows []ledger.StatementRow, err error) {
	t.Helper()
	var sum ledger.StatementSum
	last := uint64(0)
	facts, err := Read(bytes.NewReader(text), func(r ledger.StatementRow) error {
		if r.Line <= last {
			t.Fatalf("line %d is given after line %d", r.Line, last)
		}
		last = r.Line
		if r.Amount < 0 || r.Fee < 0 || r.Discount < 0 || r.Amount > maxRow || r.At.IsZero() || r.ChannelNo == "" {
			t.Fatalf("no row of a statement: %+v", r)
		}
		for _, number := range []string{string(r.Order), string(r.Refund), r.ChannelNo, r.RefundNo, r.Merchant, r.App} {
			if !isNumber([]byte(number)) {
				t.Fatalf("no number: %q", number)
			}
		}
		sum.Add(&r)
		rows = append(rows, r)
		return nil
	})
	again, err2 := Read(bytes.NewReader(text), nil)
	if again != facts || (err == nil) != (err2 == nil) || err != nil && err.Error() != err2.Error() {
		t.Fatalf("%+v %v, read again: %+v %v", facts, err, again, err2)
	}
	var fault *FaultError
	switch {
	case err != nil && (!errors.As(err, &fault) || facts != Facts{}):
		t.Fatalf("%+v, %v", facts, err)
	case err == nil && facts.Kind == ledger.StatementTrades && (facts.Whole != sum || facts.Rows != uint64(len(rows))):
		t.Fatalf("the facts have %+v, the rows %+v", facts, sum)
	}
	return rows, err
}

// named checks that a text in the place of one that stands in a golden file, whatever it is, changes nothing of the rows: they are the
// same, or the file is a fault.
func named(t *testing.T, file, old, text string) {
	t.Helper()
	if strings.ContainsAny(text, "\r\n") || len(text) > 1000 {
		return
	}
	whole := golden(t, file)
	want, err := sound(t, []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	got, err := sound(t, []byte(change(t, whole, old, text)))
	if err != nil {
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("with %q a row is\n%+v\nwithout\n%+v", text, got[i], want[i])
		}
	}
}

func seeds(f *testing.F, pattern string, more ...string) {
	files, err := filepath.Glob("testdata/" + pattern)
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		f.Add([]byte(golden(f, filepath.Base(file))))
	}
	for _, text := range more {
		f.Add([]byte(text))
	}
}

func FuzzAlipay(f *testing.F) {
	seeds(f, "alipay-*", gbk(f, golden(f, "alipay-commas.csv")), "豆浆,油条", "a,2026-11-27 08:00:00,2026-11-27 08:00:00,,,,,,1.00,1.00,0.00,0.00,0.00,0.00,0.00,,0.00,0.00,,0.00,0.00,")
	f.Fuzz(func(t *testing.T, text []byte) {
		sound(t, text)
		sound(t, []byte(zipped(t, "业务明细.csv", string(text))))
		sound(t, []byte(zipped(t, "业务明细.csv", golden(t, "alipay-trade.csv"), "业务明细(汇总).csv", string(text))))
		named(t, "alipay-trade.csv", "豆浆", string(text))
		named(t, "alipay-discount.csv", "满20减2", string(text))
	})
}

func FuzzWechat(f *testing.F) {
	seeds(f, "wechat-*", "豆浆,油条", "a,`,`0.07500,`0.60%,`12.50,`0.00,`,`b")
	f.Fuzz(func(t *testing.T, text []byte) {
		sound(t, text)
		sound(t, []byte(gzipped(t, string(text))))
		named(t, "wechat-trade.csv", "豆浆,油条", string(text))
	})
}
