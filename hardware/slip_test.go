package hardware

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"guitai/assets"
	"guitai/hardware/hwtest"
	"guitai/ledger"
)

var updateSlips = flag.Bool("update.slips", false, "write the golden slips anew")

var noon = time.Date(2026, 11, 28, 12, 34, 56, 0, ledger.Shanghai)

var desk = Desk{Shop: "老王便利店 Corner Shop", Till: "T1", Mode: "production"}

const orderNo = "T101261128000012K8XM3PQZ7"

// scanned is a sale paid by a customer's code.
func scanned() *ledger.Sale {
	return &ledger.Sale{
		ID: "261128000010427", Amount: ledger.Fen(12850), OpenedAt: noon, Day: 20261128, Actor: ledger.Actor{Person: "张三"},
		Attempts: []ledger.Attempt{{
			Order: orderNo, Channel: ledger.WeChat, Way: ledger.ByCode, Amount: ledger.Fen(12850), Merchant: "1900000001", Last4: "6789",
			State: ledger.Paid, OpenedAt: noon.Add(-time.Minute), ChannelNo: "4200002026112812345678901234", PaidAt: noon, Booked: 20261128,
			Refunds: []ledger.Refund{{Number: orderNo + "R01", Amount: ledger.Fen(850), Why: "少一件", Actor: ledger.Actor{Person: "李四"}, State: ledger.RefundReturned,
				Cause: ledger.CausePerson, SinceAt: noon.Add(time.Hour), ChannelNo: "50300002026112812345", Day: 20261128}},
		}},
	}
}

// split is a sale paid by a QR, in cash with change, and by a transfer nobody has seen.
func split() *ledger.Sale {
	s := scanned()
	s.Attempts[0].Amount, s.Attempts[0].Way, s.Attempts[0].Channel, s.Attempts[0].Last4, s.Attempts[0].Refunds = ledger.Fen(10000), ledger.ByQR, ledger.Alipay, "", nil
	s.Tenders = []ledger.Tender{
		{ID: 7, Kind: ledger.Cash, Amount: ledger.Fen(1847), Given: ledger.Fen(2000), Change: ledger.Fen(150), Rounding: 3, At: noon.Add(time.Minute), Day: 20261128,
			Returns: []ledger.TenderReturn{{Amount: ledger.Fen(500), Why: "退货", Actor: ledger.Actor{Person: "李四"}, At: noon.Add(2 * time.Hour), Day: 20261128}}},
		{ID: 8, Kind: ledger.Transfer, Amount: ledger.Fen(1003), Number: "TR-20261128-1", At: noon.Add(2 * time.Minute), Day: 20261128},
	}
	return s
}

func report() *ledger.Report {
	return &ledger.Report{
		Z: 12, Till: "T1", Mode: "production", Since: noon.Add(-24 * time.Hour), At: noon, Head: ledger.Head{Seq: 4711},
		Counts: ledger.Counts{
			Channels: []ledger.Line{{Name: "alipay", Count: 3, Fen: 30_000}, {Name: "wechat", Count: 40, Fen: 1_234_567, Refunds: 2, Returned: 850}},
			Tenders:  []ledger.Line{{Name: "cash", Count: 2, Fen: 5000}, {Name: "card slip", Count: 1, Fen: 9900}},
			People:   []ledger.PersonLine{{Line: ledger.Line{Name: "张三", Count: 44, Fen: 1_244_567}, NoSale: 1, Drawer: 3}},
			Shifts: []ledger.Shift{{Number: 3, Person: "张三", OpenedAt: noon, ClosedAt: noon, Float: 50000, Expected: 55000, Counted: 54900, Counts: 1, Current: true},
				{Number: 4, Person: "一个名字非常非常长的收银员", OpenedAt: noon, ClosedAt: noon, Float: 100, Automatic: true}},
			CashIn: ledger.Tally{Count: 1, Fen: 10000}, Cash: 5000,
		},
		Grand:      ledger.Line{Count: 123_456, Fen: 99_999_999_99, Refunds: 77, Returned: 12_345_67},
		Unresolved: []ledger.OpenItem{{Sale: "261128000020999", Order: orderNo, Fen: 1250, State: uint8(ledger.Unknown)}},
	}
}

type slipCase struct {
	name  string
	slip  Slip
	again bool
}

func slipCases(t *testing.T, words *assets.Phrases) []slipCase {
	must := func(s Slip, ok bool) Slip {
		t.Helper()
		if !ok {
			t.Fatal("no slip")
		}
		return s
	}
	payment := must(desk.Payment(scanned()))
	payment.Receipt = "GT1:" + strings.Repeat("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ:", 4)
	gift := payment
	gift.Discount, gift.Paid, gift.Copy, gift.MerchantCopy, gift.Receipt = 500, 12350, 2, true, ""
	training := desk
	training.Mode = "training"
	unknown := scanned()
	unknown.Attempts[0].State = ledger.Unknown
	blind := report()
	blind.Z, blind.Blind, blind.Running = 0, true, ledger.Shift{Number: 5, Person: "李四", OpenedAt: noon, Float: 30000}
	var refunds []Slip
	for _, row := range ledger.AllRefundRows(split()) {
		if !row.Part {
			refunds = append(refunds, must(desk.Refund(split(), row.Number)))
		}
	}
	return []slipCase{
		{"payment", payment, false}, {"payment-again", gift, true}, {"payment-split", must(training.Payment(split())), false},
		{"refund", must(desk.Refund(scanned(), orderNo+"R01")), false}, {"refund-cash", refunds[0], false},
		{"unknown", must(desk.Unknown(unknown)), false},
		{"z", desk.Report(report(), "李四", words), false}, {"x-blind", desk.Report(blind, "李四", words), false},
		{"test", training.Test(noon), false},
	}
}

// everyFace runs f for every way of printing.
func everyFace(t *testing.T, f func(t *testing.T, name string, face typeface)) {
	for _, face := range []struct {
		name    string
		columns int
		ascii   bool
		lang    assets.Lang
	}{{"zh-32", 32, false, assets.Zh}, {"zh-48", 48, false, assets.Zh}, {"en-32-ascii", 32, true, assets.En}, {"en-48", 48, false, assets.En}} {
		t.Run(face.name, func(t *testing.T) {
			f(t, face.name, typeface{columns: face.columns, ascii: face.ascii, words: assets.For(face.lang)})
		})
	}
}

// TestSlips: every slip in every width and language, as it stands on the paper; the bytes for one of each.
func TestSlips(t *testing.T) {
	everyFace(t, func(t *testing.T, name string, face typeface) {
		for _, c := range slipCases(t, face.words) {
			b := slices.Concat(face.bytes(&c.slip, c.again)...)
			paper := hwtest.Read(b)
			if len(paper.Faults) > 0 {
				t.Errorf("%s: %v", c.name, paper.Faults)
			}
			golden(t, fmt.Sprintf("%s.%s.txt", c.name, name), []byte(paper.Text(face.columns)))
			for _, item := range paper.Items {
				if width := len(encodeText(item.Text, false)); item.Kind == hwtest.Text && (width > face.columns || item.Big && 2*width > face.columns) {
					t.Errorf("%s: a line of %d columns: %s", c.name, width, item)
				}
			}
			if name == "zh-32" {
				golden(t, c.name+".bytes", hexLines(face.bytes(&c.slip, c.again)))
			}
		}
	})
}

func hexLines(parts [][]byte) []byte {
	var out bytes.Buffer
	for _, part := range parts {
		fmt.Fprintf(&out, "% X\n", part)
	}
	return out.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "slips", name)
	if *updateSlips {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; it is now\n%s", name, got)
	}
}

// TestSlipsSayWhatTheyMust: what a golden file could lose unseen.
func TestSlipsSayWhatTheyMust(t *testing.T) {
	everyFace(t, func(t *testing.T, _ string, face typeface) {
		for _, c := range slipCases(t, face.words) {
			var text string
			for _, l := range face.layout(&c.slip, c.again) {
				text += l.text + "\n"
			}
			w := &face.words.Slip
			has := func(what string, want bool) {
				t.Helper()
				if strings.Contains(text, what) != want {
					t.Errorf("%s: %q in it: %v\n%s", c.name, what, !want, text)
				}
			}
			has("成功", false)
			has(w.Twice, c.again)
			has(face.words.Training, c.slip.Mode == "training")
			if c.slip.Kind == SlipPayment || c.slip.Kind == SlipRefund || c.slip.Kind == SlipUnknown {
				has(ledger.Fen(c.slip.Amount).String(), true)
				has(c.slip.Tail, true)
				has("****", c.slip.Parts[0].Last4 != "")
			}
		}
	})
}

// TestNothingIsPrintedBeforeItsTime: a receipt of a sale that is not settled, a refund that has not come back, a notice of what is known.
func TestNothingIsPrintedBeforeItsTime(t *testing.T) {
	s := scanned()
	if _, ok := desk.Unknown(s); ok {
		t.Error("a notice of a paid sale")
	}
	s.Attempts[0].Refunds[0].State = ledger.RefundPending
	if _, ok := desk.Refund(s, orderNo+"R01"); ok {
		t.Error("a slip of a refund under way")
	}
	if _, ok := desk.Refund(s, "nothing"); ok {
		t.Error("a slip of no refund")
	}
	s.Attempts[0].State = ledger.Unknown
	if _, ok := desk.Payment(s); ok {
		t.Error("a receipt of an unknown payment")
	}
	s = split()
	s.Tenders = s.Tenders[:1]
	if _, ok := desk.Payment(s); ok {
		t.Error("a receipt of half a sale")
	}
	s = split()
	for _, row := range ledger.AllRefundRows(s) {
		if _, ok := desk.Refund(s, row.Number); ok == row.Part {
			t.Errorf("row %s: %v", row.Number, ok)
		}
	}
}

// TestCodesOnPaperCanBeRead: by two readers that know nothing of this one, from the picture of the paper.
func TestCodesOnPaperCanBeRead(t *testing.T) {
	face := typeface{columns: 48, words: assets.For(assets.Zh)}
	slip, _ := desk.Payment(scanned())
	slip.Receipt = ""
	b := slices.Concat(face.bytes(&slip, false)...)
	picture, err := hwtest.Read(b).Picture(48)
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil || result.GetText() != orderNo {
		t.Errorf("the QR reads %v, %v", result, err)
	}
	path := filepath.Join(t.TempDir(), "slip.png")
	if err := os.WriteFile(path, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	if keep := os.Getenv("GUITAI_SLIP_PNG"); keep != "" {
		if err := os.WriteFile(keep, picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed: the barcode was not read")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, zbarimg, "-q", path).Output()
	if err != nil || !strings.Contains(string(out), "CODE-128:"+orderNo+"\n") || !strings.Contains(string(out), "QR-Code:"+orderNo+"\n") {
		t.Errorf("zbarimg reads %q, %v", out, err)
	}
}

// TestDoubtfulText: what a shop may be called.
func TestDoubtfulText(t *testing.T) {
	for _, c := range []struct{ text, chinese, ascii string }{
		{"¥12", "\xA3\xA412", "CNY 12"}, {"中a", "\xD6\xD0a", "?a"}, {"\x1Bp\x00", "?p?", "?p?"}, {"a\tb\nc", "a b c", "a b c"},
		{"😀", "?", "?"}, {"𠀀", "?", "?"}, {"€", "\xA2\xE3", "?"}, {"a\u0301", "a", "a"}, {"\u202Ea\u200B", "a", "a"}, {"Ａ！", "\xA3\xC1\xA3\xA1", "A!"},
		{"\x7F\u0080\u009B", "???", "???"}, {"\xFF\xFE", "??", "??"}, {"·", "\xA1\xA4", "-"}, {"\u3000", "\xA1\xA1", "  "},
	} {
		if got := string(encodeText(c.text, false)); got != c.chinese {
			t.Errorf("%q: % X, want % X", c.text, got, c.chinese)
		}
		if got := string(encodeText(c.text, true)); got != c.ascii {
			t.Errorf("%q: %q, want %q", c.text, got, c.ascii)
		}
	}
}

// TestEveryCharacterIsHarmless: of all there are.
func TestEveryCharacterIsHarmless(t *testing.T) {
	for r := range rune(0x110000) {
		for _, ascii := range []bool{false, true} {
			b := encodeText(string(r), ascii)
			for i := range b {
				double := len(b) == 2 && b[0] >= 0x81 && !ascii
				if b[i] < ' ' || b[i] == 0x7F || b[i] == 0xFF || b[i] >= 0x80 && !double {
					t.Fatalf("%U: % X", r, b)
				}
			}
		}
	}
}

// TestCode128NeverHoldsDLE: every pair of digits, at both places, and the pulse that digits could spell.
func TestCode128NeverHoldsDLE(t *testing.T) {
	texts := []string{orderNo, "1620010001", "01620010001", "{{16", "1604", "a1604b", "{"}
	for n := range 10000 {
		texts = append(texts, fmt.Sprintf("12%04d34", n), fmt.Sprintf("x%04d16", n))
	}
	for _, text := range texts {
		data, _ := code128(text)
		if bytes.IndexByte(data, 0x10) >= 0 {
			t.Fatalf("%s: % X", text, data)
		}
		e := &escpos{}
		e.code128(text)
		paper := hwtest.Read(e.parts[0])
		if len(paper.Faults) > 0 || len(paper.Items) != 1 || paper.Items[0].Text != text {
			t.Fatalf("%s: %v %v", text, paper.Items, paper.Faults)
		}
	}
	if data, modules := code128("12345678901234567890123456"); len(data) != 15 || modules != 15*11+13 {
		t.Errorf("26 digits take %d bytes and %d modules", len(data), modules)
	}
	for _, text := range []string{"", "中", "a\n", strings.Repeat("1", 81)} {
		if data, _ := code128(text); data != nil {
			t.Errorf("%q is % X", text, data)
		}
	}
}

// TestStatusBytes: examples of the makers' manuals.
func TestStatusBytes(t *testing.T) {
	for _, c := range []struct {
		n, b byte
		want paper
		ok   bool
	}{
		{1, 0x12, paper{}, true}, {1, 0x1A, paper{Offline: true}, true}, {1, 0x16, paper{}, true}, {2, 0x32, paper{Out: true}, true},
		{2, 0x16, paper{CoverOpen: true}, true}, {4, 0x72, paper{Out: true}, true}, {4, 0x7E, paper{Out: true, NearEnd: true}, true},
		{4, 0x1E, paper{NearEnd: true}, true}, {1, 0x00, paper{}, false}, {1, 0x11, paper{}, false}, {1, 0x13, paper{}, false}, {4, 0xFF, paper{}, false},
	} {
		var got paper
		if ok := got.realTime(c.n, c.b); ok != c.ok || got != c.want {
			t.Errorf("%d %02X: %+v %v", c.n, c.b, got, ok)
		}
	}
	for b, want := range map[byte]paper{0x00: {}, 0x03: {NearEnd: true}, 0x0F: {NearEnd: true, Out: true}, 0x0C: {Out: true}} {
		var got paper
		if !got.inOrder(b) || got != want {
			t.Errorf("%02X: %+v", b, got)
		}
	}
	var p paper
	if p.inOrder(0x12) || p.inOrder(0x80) {
		t.Error("a real-time answer passes for one in order")
	}
}

// FuzzSlip: whatever somebody writes into a name, a note or a number, the printer gets the commands of a slip and no others.
func FuzzSlip(f *testing.F) {
	for _, hostile := range []string{"店", "\x1Bp\x00\x32\xFA", "\x10\x14\x01\x00\x01", "{C\x10\x14", "1620010001", "\x1D(k\x03\x00", "¥\xF0\x9F\x98\x80", "{amount}", strings.Repeat("长", 500)} {
		f.Add(hostile, hostile, uint8(1), false)
		f.Add(hostile, "", uint8(5), true)
	}
	f.Fuzz(func(t *testing.T, a, b string, kind uint8, wide bool) {
		columns := 32
		if wide {
			columns = 48
		}
		slip := Slip{Kind: SlipKind(kind%6 + 1), Shop: a, Till: b, Mode: a, Cashier: a, Time: noon, Sale: b, Tail: a, Order: b, Original: a, Why: b, Receipt: a, Title: a, Period: b, Foot: a,
			Parts: []SlipPart{{Channel: ledger.Channel(a), Merchant: b, Order: a, ChannelNo: b, Last4: a, Number: b}}, Rows: []SlipRow{{a, b, a}, {b, "", a}}}
		for _, ascii := range []bool{false, true} {
			face := typeface{columns: columns, ascii: ascii, words: assets.For(assets.En)}
			paper := hwtest.Read(slices.Concat(face.bytes(&slip, true)...))
			if len(paper.Faults) > 0 || paper.Count(hwtest.Pulse) > 0 || paper.Count(hwtest.Cut) != 1 || paper.Items[len(paper.Items)-1].Kind != hwtest.Cut {
				t.Fatalf("%v\n%s", paper.Faults, paper.Text(columns))
			}
			if paper.Count(hwtest.QR) > 2 || paper.Count(hwtest.Code128) > 1 || len(paper.Items) > 300 {
				t.Fatalf("%d items", len(paper.Items))
			}
			for _, item := range paper.Items {
				if item.Kind == hwtest.Text && len(item.Text) > 3*columns {
					t.Fatalf("a long line: %s", item)
				}
			}
		}
	})
}

// TestACopyTellsWhatHasGoneBack: nobody takes the slip of a sale that was given back for one that still holds.
func TestACopyTellsWhatHasGoneBack(t *testing.T) {
	sale := scanned()
	sale.Attempts[0].Refunds = []ledger.Refund{{Number: "R1", Amount: ledger.Fen(500), State: ledger.RefundReturned, Day: 20260302}}
	slip, ok := Desk{Shop: "S", Till: "T1"}.Payment(sale)
	if !ok || slip.Returned != 500 {
		t.Fatalf("%v, %d given back", ok, slip.Returned)
	}
	everyFace(t, func(t *testing.T, _ string, face typeface) {
		for _, line := range face.layout(&slip, false) {
			if strings.Contains(line.text, "-5.00") {
				return
			}
		}
		t.Error("the slip does not tell")
	})
}
