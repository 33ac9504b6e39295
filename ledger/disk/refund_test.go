package disk

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// fillRefunds is fill with a refund, on the next day, of a sale that has left the working set; change may alter the sale that is
// brought back for it.
func fillRefunds(t *testing.T, change func(*ledger.Sale)) (dir string) {
	t.Helper()
	dir, pen := t.TempDir(), ledgertest.NewPen(monday)
	s := openAt(t, dir)
	write := func(entries ...ledgertest.Entry) {
		t.Helper()
		wantNil(t, s.Append(context.Background(), pen.Write(t, entries...)))
	}
	_, order, payment := pen.Payment()
	write(payment...)
	_, _, next := pen.Payment()
	write(next...)
	pen.Day = monday + 1
	sale, ok, err := s.SaleOf(order)
	if err != nil || !ok {
		t.Fatal(err)
	}
	change(&sale)
	_, entries := pen.Refund(sale, order, 250)
	write(entries...)
	wantNil(t, s.Close())
	return dir
}

// TestVerifyKnowsRefunds: what stands in the ledger because of a refund is compared like everything else, and mended.
func TestVerifyKnowsRefunds(t *testing.T) {
	for name, test := range map[string]struct {
		harm func(*badger.Txn) error
		says string
	}{
		"nothing":                {func(*badger.Txn) error { return nil }, ""},
		"refund removed":         {only(prefixRefund, func(txn *badger.Txn, key []byte) error { return txn.Delete(key) }), `entry "f|`},
		"refund changed":         {only(prefixRefund, func(txn *badger.Txn, key []byte) error { return txn.Set(key, []byte{10, 1, 'x'}) }), `entry "f|`},
		"refund added":           {func(txn *badger.Txn) error { return txn.Set(refundKey(monday, "R"), []byte{10, 1, 'x'}) }, "the indexes have"},
		"channel number removed": {only(prefixChannelNo, func(txn *badger.Txn, key []byte) error { return txn.Delete(key) }), `entry "c|`},
		"totals of the day":      {func(txn *badger.Txn) error { return txn.Delete(totalsKey(monday + 1)) }, "the totals of 2026-11-24"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := fillRefunds(t, func(*ledger.Sale) {})
			inBadger(t, dir, test.harm)
			report := verified(t, dir)
			if report.Damaged() != (test.says != "") || report.BadLink != nil || !strings.Contains(report.First, test.says) {
				t.Fatalf("%+v, want %q", report, test.says)
			}
			if _, err := Mend(dir, Config{}); err != nil {
				t.Fatal(err)
			}
			if report := verified(t, dir); report.Damaged() {
				t.Errorf("mended: %+v", report)
			}
		})
	}
}

// TestVerifyComparesWhatWasBroughtBack: whoever writes an event that brings a sale back with more money than it had is named.
func TestVerifyComparesWhatWasBroughtBack(t *testing.T) {
	dir := fillRefunds(t, func(s *ledger.Sale) { s.Attempts[0].Amount.Fen = 999_999 })
	if report := verified(t, dir); !strings.Contains(report.First, "otherwise than its events have left it") {
		t.Errorf("%+v", report)
	}
}

// only does something to the first key under a prefix.
func only(prefix string, do func(*badger.Txn, []byte) error) func(*badger.Txn) error {
	return func(txn *badger.Txn) error {
		it := rowIterator(txn, prefix)
		it.Rewind()
		key := bytes.Clone(it.Item().Key())
		it.Close()
		return do(txn, key)
	}
}
