package console

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// sealedShop makes a ledger with one paid sale on a day that is over, and gives its order number.
func sealedShop(t *testing.T, dir string) (order ledger.OrderNo) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		store, err := disk.Open(dir, disk.Config{})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(err)
		book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{
			Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey(),
		})
		must(err)
		book.SetAccount(ledger.WeChat, ledger.Account{Merchant: "M", App: "A", QRLife: time.Minute})
		must(book.Key('8'))
		must(book.Settle(ctx, ledger.Trainee, false))
		must(book.Scan(ctx, ledger.Trainee, ledger.Scan{Text: []byte("134567890123456789"), At: time.Now()}))
		book.Read(func(s *ledger.State) { order = s.CurrentSale().Attempts[0].Order })
		began, err := book.Asking(ctx, order, ledger.RequestPay)
		must(err)
		must(book.Report(ctx, ledger.Answer{Order: order, Request: ledger.RequestPay, Class: ledger.ClassPaid, Verified: true, Began: began,
			Named: ledger.Named{Order: order, Amount: ledger.Fen(800), Merchant: "M", App: "A", ChannelNo: "4200"}}))
		time.Sleep(24 * time.Hour)
		must(errors.Join(book.Close("test"), store.Close()))
	})
	return order
}

// TestProofOfAPayment: made from the ledger, checked with the public key alone; a changed one, and one under another key, do
// not hold; a payment of today waits for its seal.
func TestProofOfAPayment(t *testing.T) {
	dir := t.TempDir()
	order := sealedShop(t, dir)
	find := func(_, dataDir string) (Place, error) { return Place{Dir: dataDir}, nil }
	run := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := Proof(args, find, nil, &out, &errs)
		return code, out.String(), errs.String()
	}
	code, proof, errs := run("--data-dir", dir, "--order", string(order))
	if code != exitGood || len(proof) > 1400 {
		t.Fatalf("exit %d, %d bytes, %s", code, len(proof), errs)
	}
	key := strings.TrimSpace(errs[strings.Index(errs, "guitai-ledger/"):])
	file := filepath.Join(t.TempDir(), "proof")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(proof)
	if code, out, _ := run("--check", file, "--key", key); code != exitGood || !strings.Contains(out, "order "+string(order)+" was paid: 8.00 CNY, the channel's number 4200") {
		t.Errorf("exit %d, %q", code, out)
	}
	for i := len(proofPrefix); i < len(proof)-2; i += 7 {
		changed := []byte(proof)
		if changed[i]++; changed[i] > 'z' {
			changed[i] = 'A'
		}
		write(string(changed))
		if code, out, _ := run("--check", file, "--key", key); code == exitGood {
			t.Fatalf("character %d may change: %q", i, out)
		}
	}
	write(proof)
	other, _ := shop(t)
	store, err := disk.Open(other, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	key = store.VerifierKey()
	store.Close()
	if code, out, _ := run("--check", file, "--key", key); code != exitDamaged || !strings.Contains(out, "not signed with this key") {
		t.Errorf("another key: exit %d, %q", code, out)
	}
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"--data-dir", dir, "--order", "T1NOSUCH"}, "no payment under this order number"},
		{[]string{"--data-dir", other, "--order", string(paidIn(t, other))}, "its day is not sealed yet"},
		{[]string{"--check", file, "--key", "abc"}, "begins with guitai-ledger/"},
		{[]string{"--check", file}, "--key"},
		{[]string{}, "--order"},
	} {
		if code, out, errs := run(tt.args...); code == exitGood || !strings.Contains(out+errs, tt.says) {
			t.Errorf("%q: exit %d, %q %q", tt.args, code, out, errs)
		}
	}
}

// paidIn is the order of the paid sale of shop.
func paidIn(t *testing.T, dir string) (order ledger.OrderNo) {
	t.Helper()
	found, err := disk.Salvage(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, stored := range found.Records {
		if event, err := ledger.DecodeEvent(stored); err == nil {
			if b, ok := event.Body.(*ledger.AttemptAnswered); ok {
				order = b.Order
			}
		}
	}
	return order
}
