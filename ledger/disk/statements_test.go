package disk

import (
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// TestVerifyKnowsStatements: what is kept about statements is compared with the events like everything else, and mended.
func TestVerifyKnowsStatements(t *testing.T) {
	remove := func(txn *badger.Txn, key []byte) error { return txn.Delete(key) }
	change := func(txn *badger.Txn, key []byte) error { return txn.Set(key, []byte{10, 1, 'x'}) }
	for name, test := range map[string]struct {
		harm func(*badger.Txn) error
		says string
	}{
		"nothing":            {func(*badger.Txn) error { return nil }, ""},
		"match removed":      {only(prefixMatch, remove), `entry "k|`},
		"match changed":      {only(prefixMatch, change), `entry "k|`},
		"match added":        {func(txn *badger.Txn) error { return txn.Set(matchKey("s", "n"), []byte{10, 1, 'x'}) }, `entry "k|`},
		"difference removed": {only(prefixDiffer, remove), `entry "x|`},
		"difference changed": {only(prefixDiffer, change), `entry "x|`},
		"difference added":   {func(txn *badger.Txn) error { return txn.Set([]byte(prefixDiffer+"zzzzzzzz"), []byte{10, 1, 'x'}) }, `entry "x|`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := fillStatements(t)
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

// fillStatements gives a folder with a payment that a statement has, and a row that nobody knows.
func fillStatements(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s, pen := openAt(t, dir), ledgertest.NewPen(monday)
	id, order, payment := pen.Payment()
	wantNil(t, s.Append(t.Context(), pen.Write(t, payment...)))
	key := ledger.StatementKey{Channel: ledger.WeChat, Day: monday, Kind: ledger.StatementTrades}
	wantNil(t, s.Append(t.Context(), pen.Write(t,
		ledgertest.Entry{Body: &ledger.StatementTaken{Key: key, Source: ledger.SourceFetched, Rows: 2}},
		ledgertest.Entry{Body: &ledger.StatementMatched{Key: key, Source: ledger.SourceFetched, Rows: []ledger.StatementMatch{
			{Sale: id, Number: string(order), Kind: ledger.RowTrade, Source: ledger.SourceFetched, Day: monday, Line: 1, Amount: 1250, Booked: monday}}}},
		ledgertest.Entry{Body: &ledger.StatementDiffered{Key: key, Source: ledger.SourceFetched, Difference: ledger.Difference{
			Why: ledger.NoteStatementUnknown, Order: "WEB1", Line: 2}}},
	)))
	wantNil(t, s.Close())
	return dir
}
