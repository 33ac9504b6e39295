package ui

import (
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// testSigner signs receipts with a key that is the same in every run.
type testSigner struct{}

func (testSigner) ReceiptKey() uint32 { return 7 }

func (testSigner) SignReceipt(message []byte) ([]byte, error) {
	return ed25519.Sign(ed25519.NewKeyFromSeed([]byte("0123456789abcdef0123456789abcdef")), message), nil
}

var testReceipt = func() string {
	r := ledger.Receipt{Kind: ledger.ReceiptSale, Mode: "training", Key: 7, Till: "T1", Sale: "261125000071234", Amount: 1250,
		Parts: []ledger.ReceiptPart{{Tender: ledger.Cash, Fen: 1250}}, At: time.Date(2026, 11, 25, 4, 0, 0, 0, time.UTC), Seq: 4711}
	message, err := r.Signed()
	if err != nil {
		panic(err)
	}
	signature, _ := testSigner{}.SignReceipt(message)
	text, err := r.Text(signature)
	if err != nil {
		panic(err)
	}
	return text
}()

// TestDisplayReceiptIsRead: where there is room for PAID and the receipt, its code is decoded out of the finished frame, and the frame
// says what it is; where there is none, nothing is said of it, and PAID has the whole window.
func TestDisplayReceiptIsRead(t *testing.T) {
	for _, tc := range []struct {
		w, h  int
		shown bool
	}{{60, 20, false}, {80, 24, false}, {80, 30, false}, {100, 30, true}, {120, 40, true}, {60, 46, true}, {200, 60, true}, {24, 8, false}} {
		for _, lang := range assets.Langs {
			v := viewIn(customerPaid)
			v.Receipt = testReceipt
			d := drawnDisplay(lang, terminal{colors: 256}, tc.w, tc.h, v)
			frame := d.frame()
			plain := checkRows(t, "paid", frame, tc.w, tc.h)
			for _, of := range assets.Langs {
				if !strings.Contains(squeeze(plain), squeeze(assets.For(of).Display.Paid.Word)) {
					t.Errorf("%dx%d in %s does not say PAID:\n%s", tc.w, tc.h, of, plain)
				}
			}
			says := squeeze(assets.For(lang).Receipt.Scan)
			if hasQR(frame) != tc.shown || strings.Contains(squeeze(ansi.Strip(frame)), says) != tc.shown {
				t.Errorf("%dx%d: shown %v, want %v:\n%s", tc.w, tc.h, hasQR(frame), tc.shown, plain)
			}
			if !tc.shown {
				v.Receipt = ""
				if without := drawnDisplay(lang, terminal{colors: 256}, tc.w, tc.h, v).frame(); without != frame {
					t.Errorf("%dx%d: a receipt that does not fit changes the frame:\n%s", tc.w, tc.h, plain)
				}
				continue
			}
			var rows []string
			for row := range strings.SplitSeq(frame, "\n") {
				if from := strings.Index(row, "\x1b[m\x1b[38;5;16;48;5;231m"); from >= 0 {
					rows = append(rows, row[from:])
				}
			}
			if got, err := decodeQR(screenshot(t, rows, themes[0], 0)); err != nil || got != testReceipt {
				t.Errorf("%dx%d: %q, %v", tc.w, tc.h, got, err)
			}
		}
	}
}

// TestForeignReceiptIsNotShown: what stands in its place must be a receipt, of what is paid.
func TestForeignReceiptIsNotShown(t *testing.T) {
	for name, change := range map[string]func(*customerView){
		"an address": func(v *customerView) { v.Receipt = "https://example.com" },
		"another":    func(v *customerView) { v.Receipt = testReceipt + "0" },
		"not paid":   func(v *customerView) { v.State = customerCheck },
	} {
		v := viewIn(customerPaid)
		v.Receipt = testReceipt
		line, err := v.encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := decodeView(line); err != nil || back != v {
			t.Fatalf("%+v, %v", back, err)
		}
		change(&v)
		if line, err = v.encode(); err != nil {
			t.Fatal(err)
		}
		if _, err := decodeView(line); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
