package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rsc.io/qr"
)

// testSigner signs with a key that is the same in every run, so that the bytes of a receipt are.
type testSigner struct{ key ed25519.PrivateKey }

func newTestSigner() testSigner {
	return testSigner{ed25519.NewKeyFromSeed([]byte("0123456789abcdef0123456789abcdef"))}
}

func (s testSigner) ReceiptKey() uint32 {
	sum := sha256.Sum256(s.key.Public().(ed25519.PublicKey))
	return binary.BigEndian.Uint32(sum[:])
}

func (s testSigner) SignReceipt(message []byte) ([]byte, error) {
	return ed25519.Sign(s.key, message), nil
}

func receipting(cfg *BookConfig) { cfg.Receipts = newTestSigner() }

// verified parses a receipt and verifies its signature.
func verified(t *testing.T, text string) Receipt {
	t.Helper()
	r, signature, err := ParseReceipt(text)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	message, err := r.Signed()
	if err != nil || !ed25519.Verify(newTestSigner().key.Public().(ed25519.PublicKey), message, signature) {
		t.Fatalf("the signature does not hold (%v): %s", err, text)
	}
	return r
}

// standing checks that a receipt names an event of the store by its hash, and gives the event.
func standing(t *testing.T, store *Memory, r Receipt) Event {
	t.Helper()
	stored, event, err := storedAt(store, r.Seq)
	if err != nil || HashOf(stored).Fingerprint() != r.Hash || !event.At.Truncate(time.Second).Equal(r.At) {
		t.Fatalf("event %d is not the receipt's (%v): %+v", r.Seq, err, r)
	}
	return event
}

func goldenReceipts() map[string]Receipt {
	at := time.Date(2026, 11, 25, 4, 30, 15, 0, time.UTC)
	order := newOrderNo("T1", 1, 20261125, 7, "AB12CD34")
	hash := HashOf([]byte("an event")).Fingerprint()
	return map[string]Receipt{
		"sale": {Kind: ReceiptSale, Mode: "production", Key: 0x6b3de0ae, Till: "T1", Sale: "261125000071234", Order: order, Amount: 1250,
			Parts: []ReceiptPart{{Channel: Alipay, Fen: 1250}}, At: at, Seq: 4711, Hash: hash},
		"cash": {Kind: ReceiptSale, Mode: "training", Key: 1, Till: "Z", Sale: "261125000080000", Amount: 5,
			Parts: []ReceiptPart{{Tender: Cash, Fen: 5}}, At: at, Seq: 1, Hash: hash},
		"split": {Kind: ReceiptSale, Mode: "sandbox", Key: 2, Till: "AB12", Sale: "261125999999999", Order: newOrderNo("AB12", 31, 20261125, 9, "00000000"), Amount: MaxFen,
			Parts: []ReceiptPart{{Channel: WeChat, Fen: MaxFen - 6}, {Tender: Cash, Fen: 1}, {Tender: CardSlip, Fen: 2}, {Tender: Transfer, Fen: 3}}, At: at, Seq: 5_000_000, Hash: hash},
		"refund": {Kind: ReceiptRefund, Mode: "production", Key: 0x6b3de0ae, Till: "T1", Sale: "261125000071234", Order: order, Amount: 250,
			Parts: []ReceiptPart{{Channel: Alipay, Fen: 250}}, At: at, Seq: 4720, Hash: hash},
	}
}

// TestReceiptBytes: what a receipt of version 1 looks like is a promise, and each fits a QR of version 10.
func TestReceiptBytes(t *testing.T) {
	promised, err := os.ReadFile("testdata/receipts.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range goldenReceipts() {
		message, err := r.Signed()
		if err != nil {
			t.Fatal(name, err)
		}
		signature, _ := newTestSigner().SignReceipt(message)
		text, err := r.Text(signature)
		if err != nil || !bytes.Contains(promised, []byte(name+" "+text+"\n")) {
			t.Errorf("%s is not what was promised (%v):\n%s %s", name, err, name, text)
		}
		back, _, err := ParseReceipt(text)
		if again, _ := back.Text(signature); err != nil || again != text || back.Order != r.Order || back.Sale != r.Sale || !back.At.Equal(r.At) || back.Hash != r.Hash {
			t.Errorf("%s is read otherwise (%v): %+v", name, err, back)
		}
		code, err := qr.Encode(text, qr.M)
		if err != nil || code.Size > 17+4*10 || strings.Trim(text, alphabet36+":") != "" {
			t.Errorf("%s, %d characters: no QR of version 10 with letters alone (%v)", name, len(text), err)
		}
		if len(text) > 200 && name != "split" {
			t.Errorf("%s has %d characters", name, len(text))
		}
	}
}

// TestReceiptIsReadToTheLetter: no changed, cut, lengthened or otherwise written text is a receipt with a good signature.
func TestReceiptIsReadToTheLetter(t *testing.T) {
	public := newTestSigner().key.Public().(ed25519.PublicKey)
	for name, r := range goldenReceipts() {
		message, _ := r.Signed()
		signature, _ := newTestSigner().SignReceipt(message)
		text, _ := r.Text(signature)
		bad := []string{text + "0", text[:len(text)-1], strings.ToLower(text), " " + text, text + "\n", text + "="}
		for i := range text {
			for _, other := range []string{"0", "7", "Z", "-", "é"} {
				bad = append(bad, text[:i]+other+text[i+1:])
			}
		}
		for _, changed := range bad {
			back, signature, err := ParseReceipt(changed)
			if err != nil || changed == text {
				continue
			}
			if message, err := back.Signed(); err == nil && ed25519.Verify(public, message, signature) {
				t.Errorf("%s holds when it is written\n%s", name, changed)
			}
		}
	}
	for text, want := range map[string]error{
		"GUITAI2:00": ErrReceiptVersion, "GUITAI65535:": ErrReceiptVersion, "GUITAI01:00": ErrNoReceipt, "GUITAI:00": ErrNoReceipt, "": ErrNoReceipt,
		"GUITAI1:": ErrNoReceipt, "guitai1:00": ErrNoReceipt, "GUITAI+1:00": ErrNoReceipt, "GUITAI1:" + strings.Repeat("0", 500): ErrNoReceipt,
	} {
		if _, _, err := ParseReceipt(text); !errors.Is(err, want) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, _, err := ParseReceipt("GUITAI2:00"); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("the version has no name: %v", err)
	}
}

// TestReceiptSaysWhatNoTillSays: each is refused before it is signed.
func TestReceiptSaysWhatNoTillSays(t *testing.T) {
	for name, change := range map[string]func(*Receipt){
		"no kind": func(r *Receipt) { r.Kind = 3 }, "no mode": func(r *Receipt) { r.Mode = "" }, "another mode": func(r *Receipt) { r.Mode = "test" },
		"no till": func(r *Receipt) { r.Till = "" }, "another till": func(r *Receipt) { r.Till = "T2" }, "a long till": func(r *Receipt) { r.Till = "T1234" },
		"no sale": func(r *Receipt) { r.Sale = "" }, "a short sale": func(r *Receipt) { r.Sale = "71234" }, "words for a sale": func(r *Receipt) { r.Sale = "2611250000712x4" },
		"no order": func(r *Receipt) { r.Order = "" }, "another order": func(r *Receipt) { r.Order += "0" }, "another sum": func(r *Receipt) { r.Amount++ },
		"no parts": func(r *Receipt) { r.Parts = nil }, "nothing": func(r *Receipt) { r.Amount, r.Parts = 0, []ReceiptPart{{Channel: Alipay}} },
		"parts out of order": func(r *Receipt) {
			r.Parts = []ReceiptPart{{Tender: Cash, Fen: 1}, {Channel: Alipay, Fen: 1249}}
		},
		"two channels": func(r *Receipt) { r.Parts = []ReceiptPart{{Channel: Alipay, Fen: 1}, {Channel: WeChat, Fen: 1249}} },
		"no event":     func(r *Receipt) { r.Seq = 0 }, "no time": func(r *Receipt) { r.At = time.Time{} }, "half a second": func(r *Receipt) { r.At = r.At.Add(time.Second / 2) },
	} {
		r := goldenReceipts()["sale"]
		change(&r)
		if _, err := r.Signed(); err == nil {
			t.Errorf("%s is signed", name)
		}
	}
}

// TestReceiptOfAPaymentByCode: right after PAID, again after more has happened to the sale, and again when it has left the working set:
// the same text. It names the event that says paid, and none is made before that.
func TestReceiptOfAPaymentByCode(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, receipting)
	defer b.Close("test")
	settle(t, b, "12.5")
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	sale := current(t, b)
	if _, err := b.Receipt(ctx, sale.ID); ReasonOf(err) != ReasonNotPaid {
		t.Fatalf("before it is paid: %v", err)
	}
	a := sale.Attempts[0]
	began, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
	text, err := b.Receipt(ctx, sale.ID)
	wants(t, err, "")
	r := verified(t, text)
	if r.Kind != ReceiptSale || r.Mode != "training" || r.Till != "T1" || r.Sale != sale.ID || r.Order != a.Order || r.Amount != 1250 ||
		len(r.Parts) != 1 || r.Parts[0] != (ReceiptPart{Channel: WeChat, Fen: 1250}) || r.Seq != head(b) {
		t.Errorf("%+v", r)
	}
	if event := standing(t, store, r); event.Body.(*AttemptAnswered).Became != Paid {
		t.Errorf("%+v", event)
	}
	gone := Answer{Order: a.Order, Request: RequestQuery, Class: ClassClosed, Verified: true, Began: head(b)}
	wants(t, b.Report(ctx, gone), "") // a later answer says paid once more, and that something is wrong
	settle(t, b, "1")
	again, err := b.Receipt(ctx, sale.ID)
	if wants(t, err, ""); again != text {
		t.Errorf("made again it is another:\n%s\n%s", text, again)
	}
	for _, none := range []SaleID{"", "261125", "000101000010000", "991231000010000", "x"} {
		if _, err := b.Receipt(ctx, none); ReasonOf(err) != ReasonNoSale {
			t.Errorf("sale %q: %v", none, err)
		}
	}
	plain := testBook(t, NewMemory(), nil)
	defer plain.Close("test")
	if _, err := plain.Receipt(ctx, sale.ID); !errors.Is(err, ErrNoSigner) {
		t.Errorf("without a key: %v", err)
	}
}

func FuzzParseReceipt(f *testing.F) {
	for _, r := range goldenReceipts() {
		message, _ := r.Signed()
		signature, _ := newTestSigner().SignReceipt(message)
		text, _ := r.Text(signature)
		f.Add(text)
		f.Add(text[:len(text)/2])
	}
	f.Add("GUITAI2:00")
	f.Fuzz(func(t *testing.T, text string) {
		r, signature, err := ParseReceipt(text)
		if err != nil {
			if !errors.Is(err, ErrNoReceipt) && !errors.Is(err, ErrReceiptVersion) {
				t.Errorf("%v", err)
			}
			return
		}
		if again, err := r.Text(signature); err != nil || again != text {
			t.Errorf("%q is written %q (%v)", text, again, err)
		}
		sum := int64(0)
		for _, p := range r.Parts {
			sum += p.Fen
		}
		if sum != r.Amount || (r.Order != "") != r.asked() || r.Order != "" && !r.Order.Valid() || !ValidTillName(r.Till) {
			t.Errorf("%+v", r)
		}
	})
}

// madeFrom makes receipts of a sale as the store has it now.
func madeFrom(t *testing.T, store *Memory, id SaleID) (ReceiptsFrom, *Sale) {
	t.Helper()
	sale, err := FindSale(context.Background(), store, id, 99991231)
	wants(t, err, "")
	return ReceiptsFrom{store, "T1", "training", newTestSigner()}, sale
}

// TestReceiptOfASplitSale: it says each way with its sum, and stands on the event that came last; a transfer that nobody has seen
// arrive is no payment yet, and its receipt stands on the same event once it is proven.
func TestReceiptOfASplitSale(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, receipting)
	defer b.Close("test")
	settle(t, b, "100")
	sale := current(t, b)
	for _, wish := range []TenderWish{{Kind: Cash, Amount: Fen(1000), Given: Fen(1000)}, {Kind: Cash, Amount: Fen(500), Given: Fen(500)}, {Kind: CardSlip, Amount: Fen(500), Number: "7"}} {
		wants(t, tender(b, wish), "")
	}
	if _, err := b.Receipt(ctx, sale.ID); ReasonOf(err) != ReasonNotPaid {
		t.Fatalf("80 are due: %v", err)
	}
	a, began := scans(t, b)
	wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
	text, err := b.Receipt(ctx, sale.ID)
	wants(t, err, "")
	r := verified(t, text)
	want := []ReceiptPart{{Channel: WeChat, Fen: 8000}, {Tender: Cash, Fen: 1500}, {Tender: CardSlip, Fen: 500}}
	if !slices.Equal(r.Parts, want) || r.Order != a.Order || r.Amount != 10000 || r.Seq != head(b) {
		t.Errorf("%+v", r)
	}
	standing(t, store, r)

	settle(t, b, "10")
	sale = current(t, b)
	wants(t, tender(b, TenderWish{Kind: Transfer}), "")
	settled := head(b)
	if _, err := b.Receipt(ctx, sale.ID); ReasonOf(err) != ReasonNotPaid {
		t.Fatalf("a pending transfer: %v", err)
	}
	settle(t, b, "1") // the sale has to be found by its number alone
	wants(t, b.Prove(ctx, Trainee, ProveWish{Sale: sale.ID, Tender: settled, Number: "N1", Second: trainer()}), "")
	text, err = b.Receipt(ctx, sale.ID)
	wants(t, err, "")
	if r := verified(t, text); r.Seq != settled || r.Order != "" || r.Parts[0].Tender != Transfer {
		t.Errorf("%+v", r)
	}
}

// TestReceiptOfMoneyBack: each sum that is back has one receipt of its own, whatever else is said about it later, and the sale's
// stays as it was. What is only on its way has none.
func TestReceiptOfMoneyBack(t *testing.T) {
	b, store, order, number := hostile(t, 3000)
	defer b.Close("test")
	found, _, err := store.SaleOf(order)
	wants(t, err, "")
	from, sale := madeFrom(t, store, found.ID)
	paid, err := from.Of(sale)
	wants(t, err, "")
	if back, err := from.Refunds(sale); err != nil || len(back) > 0 {
		t.Fatalf("on its way: %q, %v", back, err)
	}
	hears(t, b, order, number, 3000, RequestRefundQuery, ClassReturned)
	returned := head(b)
	hears(t, b, order, number, 3000, RequestRefundQuery, ClassReturned)
	from, sale = madeFrom(t, store, found.ID)
	back, err := from.Refunds(sale)
	wants(t, err, "")
	if len(back) != 1 {
		t.Fatalf("%q", back)
	}
	r := verified(t, back[0])
	if r.Kind != ReceiptRefund || r.Amount != 3000 || r.Order != order || r.Seq != returned || r.Parts[0].Channel != WeChat {
		t.Errorf("%+v", r)
	}
	standing(t, store, r)
	if again, err := from.Of(sale); err != nil || again != paid {
		t.Errorf("the sale's is another (%v):\n%s\n%s", err, paid, again)
	}

	settle(t, b, "5")
	cash := current(t, b).ID
	wants(t, tender(b, TenderWish{Kind: Cash}), "")
	taken := head(b)
	for _, fen := range []int64{200, 300} {
		back := TenderReturnWish{Sale: cash, Tender: taken, Amount: Fen(fen), Why: "torn", Second: trainer(), Seen: int(fen / 300)}
		wants(t, b.ReturnTender(context.Background(), Trainee, back), "")
	}
	from, sale = madeFrom(t, store, cash)
	back, err = from.Refunds(sale)
	if wants(t, err, ""); len(back) != 2 || verified(t, back[0]).Amount != 200 || verified(t, back[1]).Amount != 300 || verified(t, back[1]).Seq != head(b) {
		t.Errorf("%q", back)
	}
}

// TestReceiptOfAHeldSale is found on the day on which it was paid, not on that on which it was keyed.
func TestReceiptOfAHeldSale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, receipting)
		defer b.Close("test")
		settle(t, b, "5")
		id := current(t, b).ID
		wants(t, b.Hold(ctx, Trainee), "")
		time.Sleep(50 * time.Hour)
		wants(t, b.Resume(ctx, Trainee, id), "")
		a, began := scans(t, b)
		wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
		text, err := b.Receipt(ctx, id)
		wants(t, err, "")
		settle(t, b, "6")
		if sale := b.seen.sales[id]; sale != nil {
			t.Fatal("it is still in the working set")
		}
		time.Sleep(400 * 24 * time.Hour)
		if again, err := b.Receipt(ctx, id); err != nil || again != text {
			t.Errorf("%v: %q %q", err, text, again)
		}
	})
}
