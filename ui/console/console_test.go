package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// shop makes a ledger with one paid and one open sale, and gives what finds it.
func shop(t *testing.T) (string, Find) {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey(),
	})
	if err != nil {
		t.Fatal(err)
	}
	book.SetAccount(ledger.WeChat, ledger.Account{Merchant: "M", App: "A", QRLife: time.Minute})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(book.Key('8'))
	must(book.Settle(ctx, ledger.Trainee, false))
	must(book.Scan(ctx, ledger.Trainee, ledger.Scan{Text: []byte("134567890123456789"), At: time.Now()}))
	var a ledger.Attempt
	book.Read(func(s *ledger.State) { a = s.CurrentSale().Attempts[0] })
	began, err := book.Asking(ctx, a.Order, ledger.RequestPay)
	must(err)
	must(book.Report(ctx, ledger.Answer{Order: a.Order, Request: ledger.RequestPay, Class: ledger.ClassPaid, Verified: true, Began: began,
		Named: ledger.Named{Order: a.Order, Amount: a.Amount, Merchant: "M", App: "A", ChannelNo: "4200"}}))
	must(book.Key('9'))
	must(book.Settle(ctx, ledger.Trainee, false))
	must(book.Close("test"))
	must(store.Close())
	return dir, func(_, dataDir string) (Place, error) { return Place{Dir: dataDir}, nil }
}

func TestDay(t *testing.T) {
	dir, find := shop(t)
	var out, errs bytes.Buffer
	if code := Day([]string{"--data-dir", dir, "--json"}, find, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	var report dayReport
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Sales) != 2 || report.Sales[0].State != "paid" || report.Sales[0].Truth != "confirmed" || report.Sales[0].Amount != 800 ||
		report.Sales[0].Attempts[0].ChannelNo != "4200" || report.Sales[1].State != "open" {
		t.Errorf("sales: %+v", report.Sales)
	}
	if want := []dayTotal{{Channel: "wechat", Count: 1, Amount: 800, Net: 800}}; len(report.Totals) != 1 || report.Totals[0] != want[0] {
		t.Errorf("totals: %+v", report.Totals)
	}
	if strings.Contains(out.String(), "134567890123456789") {
		t.Error("a customer code is in the report")
	}
	out.Reset()
	if code := Day([]string{"--data-dir", dir, "--date", "2001-02-03"}, find, &out, &errs); code != 0 || !strings.Contains(out.String(), "2001-02-03  0 sales") {
		t.Errorf("an empty day: exit %d, %q", code, out.String())
	}
}

func TestVerifyTellsGoodDamagedAndCannot(t *testing.T) {
	dir, find := shop(t)
	var out, errs bytes.Buffer
	if code := Verify([]string{"--data-dir", dir}, find, &out, &errs); code != exitGood || !strings.Contains(out.String(), "good") {
		t.Errorf("a good ledger: exit %d, %q %q", code, out.String(), errs.String())
	}
	manifest := filepath.Join(dir, "ledger", "MANIFEST")
	if err := os.WriteFile(manifest, []byte("this is no list of tables"), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if code := Verify([]string{"--data-dir", dir, "--json"}, find, &out, &errs); code != exitDamaged {
		t.Errorf("a damaged ledger: exit %d, %q %q", code, out.String(), errs.String())
	}
	var report verifyReport
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || report.Good || len(report.Damage) == 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if code := Verify([]string{"--data-dir", t.TempDir()}, find, &out, &errs); code != exitCannot {
		t.Errorf("no ledger: exit %d", code)
	}
}

func TestWrongCallsAreNamed(t *testing.T) {
	dir, find := shop(t)
	broken := func(string, string) (Place, error) {
		return Place{}, errors.New("guitai.toml:3: wrong")
	}
	for _, tt := range []struct {
		args []string
		find Find
		says string
	}{
		{[]string{"--data-dir", dir, "more"}, find, "more"},
		{[]string{"--nonsense"}, find, "nonsense"},
		{[]string{"--data-dir", dir, "--date", "today"}, find, "--date"},
		{nil, broken, "guitai.toml:3: wrong"},
	} {
		var out, errs bytes.Buffer
		if code := Day(tt.args, tt.find, &out, &errs); code != exitCannot || !strings.Contains(errs.String(), tt.says) {
			t.Errorf("day %q: exit %d, %q", tt.args, code, errs.String())
		}
	}
	var out, errs bytes.Buffer
	if Config([]string{"example"}, "text", &out, &errs) != 0 || out.String() != "text" || Config(nil, "text", &out, &errs) != exitCannot {
		t.Error("config example")
	}
}

// TestFaultsAreSentences: what is wrong is said in our words, as the user wrote it, with what to do.
func TestFaultsAreSentences(t *testing.T) {
	dir, find := shop(t)
	empty := t.TempDir()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--data-dir", dir, "--bogus"}, "there is no flag --bogus\nguitai day"},
		{[]string{"--data-dir", dir, "-bogus"}, "there is no flag -bogus\nguitai day"},
		{[]string{"--data-dir", dir, "---json"}, "there is no flag ---json\nguitai day"},
		{[]string{"--data-dir"}, "--data-dir needs a value"},
		{[]string{"--data-dir", empty, "--date", "2026-13-40"}, "guitai day: --date: 2026-13-40 is not a date: write it as 2026-11-25\n"},
		{[]string{"--data-dir", empty}, "guitai day: there is no ledger in " + empty + ": name the till's folder"},
		{[]string{"--data-dir", empty + "/gone"}, "guitai day: there is no ledger in " + empty + "/gone: name the till's folder"},
		{[]string{"--data-dir", file}, "guitai day: " + file + " cannot be looked into: not a directory"},
	} {
		var out, errs bytes.Buffer
		if code := Day(tt.args, find, &out, &errs); code != 2 || !strings.Contains(errs.String(), tt.want) || out.Len() > 0 {
			t.Errorf("%v: exit %d, %q", tt.args, code, errs.String())
		}
	}
	var out, errs bytes.Buffer
	if code := Verify([]string{"--help"}, find, &out, &errs); code != 0 || !strings.HasPrefix(out.String(), "guitai verify") || errs.Len() > 0 {
		t.Errorf("--help: exit %d, %q %q", code, out.String(), errs.String())
	}
}

// TestDayTellsWhenASaleInPartsWasPaid: with its last part, whichever that was.
func TestDayTellsWhenASaleInPartsWasPaid(t *testing.T) {
	last := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	first := last.Add(-time.Hour)
	for name, tc := range map[string]struct{ wallet, cash time.Time }{"cash last": {first, last}, "wallet last": {last, first}} {
		sale := ledger.Sale{ID: "26030200071234", Amount: ledger.Fen(1250),
			Attempts: []ledger.Attempt{{Channel: ledger.WeChat, Amount: ledger.Fen(500), State: ledger.Paid, SinceAt: tc.wallet}},
			Tenders:  []ledger.Tender{{ID: 1, Kind: ledger.Cash, Amount: ledger.Fen(750), At: tc.cash}}}
		if out := newDaySale(ledger.Calendar{}, &sale); out.State != "paid" || out.Paid != stamp(ledger.Calendar{}, last) {
			t.Errorf("%s: %s at %s", name, out.State, out.Paid)
		}
	}
}
