package console

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// sellsCash opens the till of a folder, takes eight yuan in cash, and gives the sale's number.
func sellsCash(t *testing.T, dir string) ledger.SaleID { return sellsIn(t, dir, nil) }

func sellsIn(t *testing.T, dir string, epoch *ledger.NewEpoch) (id ledger.SaleID) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store, err := disk.Open(dir, disk.Config{})
	must(err)
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey(), Receipts: store, NewEpoch: epoch,
	})
	must(err)
	_ = book.Drop(ctx, ledger.Trainee, "x") // what shop has left on the screen, or nothing
	must(book.Key('8'))
	must(book.Settle(ctx, ledger.Trainee, false))
	book.Read(func(s *ledger.State) { id = s.Current })
	must(book.Tender(ctx, ledger.Trainee, ledger.TenderWish{Sale: id, Kind: ledger.Cash}))
	text, err := book.Receipt(ctx, id)
	must(err)
	if r, err := disk.CheckReceipt(text, store.VerifierKey()); err != nil || r.Sale != id || r.Amount != 800 {
		t.Fatalf("%+v, %v", r, err)
	}
	must(errors.Join(book.Close("test"), store.Close()))
	return id
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	_ = filepath.WalkDir(to, func(path string, entry os.DirEntry, err error) error { // keys are read only where nobody else may
		if err == nil && !entry.IsDir() {
			err = os.Chmod(path, 0o600)
		}
		return err
	})
	return to
}

// TestReceiptAgainstTheLedger: a receipt is checked with the key alone, and proves a ledger that was cut before it, written anew since,
// or is another one.
func TestReceiptAgainstTheLedger(t *testing.T) {
	dir, find := shop(t)
	run := func(args ...string) (int, string, string) {
		t.Helper()
		var out, errs bytes.Buffer
		code := Receipt(context.Background(), args, find, strings.NewReader(args[len(args)-1]), &out, &errs)
		return code, out.String(), errs.String()
	}
	key, err := disk.PublicKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	order := paidIn(t, dir)
	code, paid, errs := run("show", "--data-dir", dir, "--sale", string(order))
	paid = strings.TrimSpace(paid)
	if code != exitGood || !strings.HasPrefix(paid, "GUITAI1:") || len(paid) > 200 {
		t.Fatalf("exit %d, %q, %s", code, paid, errs)
	}
	before := copyOf(t, dir)
	number := sellsCash(t, dir)
	code, cash, errs := run("show", "--data-dir", dir, "--sale", string(number))
	cash = strings.TrimSpace(cash)
	if code != exitGood {
		t.Fatalf("exit %d, %s", code, errs)
	}
	anew := copyOf(t, before)
	sellsCash(t, anew)
	sellsCash(t, anew)
	goesOn := copyOf(t, before)
	report, err := disk.VerifyChain(dir)
	if err != nil {
		t.Fatal(err)
	}
	sellsIn(t, goesOn, &ledger.NewEpoch{Actor: ledger.Actor{Person: "LI", Role: ledger.RoleSupervisor}, EpochBegun: ledger.EpochBegun{Why: "a backup", Outside: report.Head}})
	other, _ := shop(t)

	for name, tt := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"with the key alone": {[]string{"verify", paid, "--key", key}, exitGood, []string{"was paid: 8.00 CNY", "TRAINING", "T1", string(order), "wechat 8.00", "no ledger was compared"}},
		"from a pipe":        {[]string{"verify", "--key", key, "-", "\n" + cash[:40] + "\n " + strings.ToLower(cash[40:])}, exitCannot, nil},
		"as it was typed":    {[]string{"verify", "--key", key, " " + cash[:40] + "\n " + strings.ToLower(cash[40:])}, exitGood, []string{"sale " + string(number), "cash 8.00"}},
		"with its ledger":    {[]string{"verify", cash, "--data-dir", dir}, exitGood, []string{"still has event"}},
		"and the key":        {[]string{"verify", cash, "--data-dir", dir, "--key", key}, exitGood, []string{"still has event"}},
		"an older one":       {[]string{"verify", paid, "--data-dir", anew}, exitGood, []string{"still has event"}},
		"cut":                {[]string{"verify", cash, "--data-dir", before}, exitDamaged, []string{"it holds", "STANDS AGAINST", "was CUT"}},
		"written anew":       {[]string{"verify", cash, "--data-dir", anew}, exitDamaged, []string{"it holds", "STANDS AGAINST", "WRITTEN ANEW"}},
		"given up":           {[]string{"verify", cash, "--data-dir", goesOn}, exitDamaged, []string{"STANDS AGAINST", "epoch 2, begun with event", "goes on without"}},
		"no epoch":           {[]string{"verify", paid, "--data-dir", goesOn}, exitGood, []string{"still has event"}},
		"another ledger":     {[]string{"verify", cash, "--data-dir", other}, exitDamaged, []string{"DOES NOT HOLD", "of this key"}},
		"both keys":          {[]string{"verify", cash, "--key", key, "--data-dir", other}, exitCannot, []string{"has another key"}},
		"changed":            {[]string{"verify", strings.Replace(paid, ":", ":5", 1)[:len(paid)], "--key", key}, exitDamaged, []string{"DOES NOT HOLD"}},
		"another version":    {[]string{"verify", "GUITAI2:00", "--key", key}, exitCannot, []string{"of version 2"}},
		"no receipt":         {[]string{"verify", "\x1b[2JGUITAI1:", "--key", key}, exitDamaged, []string{"no receipt"}},
		"no key":             {[]string{"verify", paid, "--key", "abc"}, exitCannot, []string{"begins with guitai-ledger/"}},
		"no sale":            {[]string{"show", "--data-dir", dir, "--sale", "000101000010000"}, exitCannot, []string{"NO-SALE"}},
		"nothing":            {[]string{"verify"}, exitCannot, []string{"a receipt's text"}},
		"too much":           {[]string{"verify", "a", "b"}, exitCannot, []string{"too many"}},
		"no such":            {[]string{"\x1bx"}, exitCannot, []string{`"\x1bx"`}},
	} {
		code, out, errs := run(tt.args...)
		if name == "from a pipe" { // the last argument is what comes on it
			var o, e bytes.Buffer
			code = Receipt(context.Background(), tt.args[:4], find, strings.NewReader(tt.args[4]), &o, &e)
			tt.code, out, errs = exitGood, o.String(), e.String()
		}
		if code != tt.code || strings.Contains(out+errs, "\x1b") {
			t.Errorf("%s: exit %d\n%s%s", name, code, out, errs)
		}
		for _, says := range tt.says {
			if !strings.Contains(out+errs, says) {
				t.Errorf("%s does not say %q:\n%s%s", name, says, out, errs)
			}
		}
	}
}

// TestReceiptBesideAnOpenTill: whoever checks a receipt does not stop the till.
func TestReceiptBesideAnOpenTill(t *testing.T) {
	dir, find := shop(t)
	order := paidIn(t, dir)
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	sale, _, err := store.SaleOf(order)
	if err != nil {
		t.Fatal(err)
	}
	text, err := ledger.ReceiptsFrom{Journal: store, Till: "T1", Mode: "training", Signer: store}.Of(&sale)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := Receipt(context.Background(), []string{"verify", text, "--data-dir", dir}, find, nil, &out, &errs); code != exitGood {
		t.Errorf("exit %d\n%s%s", code, out.String(), errs.String())
	}
	damaged := copyOf(t, dir)
	segments, _ := filepath.Glob(filepath.Join(damaged, "journal", "*"))
	content, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/1000+400] ^= 1
	if err := os.WriteFile(segments[0], content, 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if code := Receipt(context.Background(), []string{"verify", text, "--data-dir", damaged}, find, nil, &out, &errs); code != exitDamaged || !strings.Contains(out.String(), "STANDS AGAINST") {
		t.Errorf("a flipped bit: exit %d\n%s%s", code, out.String(), errs.String())
	}
}

// TestReceiptOnATerminalIsRead decodes the code as a phone would, from what the terminal is told to paint.
func TestReceiptOnATerminalIsRead(t *testing.T) {
	text := "GUITAI1:" + strings.Repeat("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 6)
	rows := strings.Split(strings.TrimSpace(terminalQR(text)), "\n")
	const scale = 4
	picture := image.NewGray(image.Rect(0, 0, strings.Count(rows[0], "▄")*scale, len(rows)*2*scale))
	for y, row := range rows {
		cells := strings.Split(row, "▄")
		for x, cell := range cells[:len(cells)-1] {
			for half, white := range []bool{strings.Contains(cell, ";107m"), strings.Contains(cell, "[97;")} {
				for i := range scale * scale {
					if white {
						picture.SetGray(x*scale+i%scale, (2*y+half)*scale+i/scale, color.Gray{255})
					}
				}
			}
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil || read.GetText() != text {
		t.Errorf("%v", err)
	}
}
