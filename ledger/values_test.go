package ledger

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestKeyedAmounts(t *testing.T) {
	for keys, want := range map[string]string{
		"12.5": "12.50", "0.01": "0.01", ".5": "0.50", "007": "7.00", "1234567.89": "1234567.89", "9.": "9.00",
	} {
		var k Keyed
		for _, r := range keys {
			k, _ = k.Key(r)
		}
		if m, err := k.Money(); err != nil || m.String() != want {
			t.Errorf("%q gives %v %v, want %s", keys, m, err, want)
		}
	}
	for _, keys := range []string{"1..", "1.234", "12345678", "1a", "1-"} {
		var k Keyed
		var err error
		for _, r := range keys {
			before := k
			if k, err = k.Key(r); err != nil && k != before {
				t.Errorf("%q: a refused key changes the amount", keys)
			}
		}
		if err == nil {
			t.Errorf("%q is taken", keys)
		}
	}
	for _, keys := range []string{"", "0", "0.00", "."} {
		var k Keyed
		for _, r := range keys {
			k, _ = k.Key(r)
		}
		if _, err := k.Money(); ReasonOf(err) != ReasonAmountZero {
			t.Errorf("%q: %v", keys, err)
		}
	}
	if m := Fen(-5); m.String() != "-0.05" {
		t.Errorf("%s", m)
	}
}

// TestNoFloatInTheDomain: no floating-point type or number can reach money, because there is none here.
func TestNoFloatInTheDomain(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if n.Name == "float64" || n.Name == "float32" {
					t.Errorf("%s uses %s", name, n.Name)
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT {
					t.Errorf("%s has the number %s", name, n.Value)
				}
			}
			return true
		})
	}
}

// TestOrderNumbersNeverRepeat over openings, days and copies of one ledger that nobody noticed. GUITAI_LONG=1 makes it
// twenty million.
func TestOrderNumbersNeverRepeat(t *testing.T) {
	openings := 200
	if os.Getenv("GUITAI_LONG") != "" {
		openings = 20_000
	}
	seen := make(map[OrderNo]struct{}, openings*1000)
	for opening := range openings {
		salt := newSalt(rand.Reader)
		for counter := range 1000 { // every opening counts from the same number, as copies do
			n := newOrderNo("T1", 1, 20261125+Day(opening%3), uint64(counter+1), salt)
			if _, twice := seen[n]; twice || !n.Valid() || len(n) > orderNoMax {
				t.Fatalf("%s: twice %v, valid %v", n, twice, n.Valid())
			}
			seen[n] = struct{}{}
		}
	}
}

func TestCheckCharacterFindsSlips(t *testing.T) {
	n := newOrderNo("T1", 1, 20261125, 42, "ABCDEFGH")
	missed := 0
	for i := range len(n) {
		for _, c := range alphabet36 {
			wrong := n[:i] + OrderNo(c) + n[i+1:]
			if wrong != n && wrong.Valid() {
				t.Errorf("%s passes for %s", wrong, n)
			}
		}
		if i > 0 && n[i] != n[i-1] {
			swapped := []byte(n)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			if OrderNo(swapped).Valid() {
				missed++
			}
		}
	}
	if missed > 1 { // the system finds almost every swap, not each
		t.Errorf("%d swaps are not found", missed)
	}
}

func TestClassify(t *testing.T) {
	table, training := DefaultCodes(), TrainingCodes(DefaultCodes())
	for _, tt := range []struct {
		text    string
		channel Channel
		looks   Looks
	}{
		{"134567890123456789", WeChat, ""}, {"104567890123456789", WeChat, ""}, {"164567890123456789", WeChat, ""},
		{"2812345678901234", Alipay, ""}, {"301234567890123456789012", Alipay, ""}, {"]Q1281234567890123456", Alipay, ""},
		{"6212345678901234567", UnionPay, ""}, {"0112345678901234567", "", LooksECNY}, {"511234567890123456", "", LooksOther},
		{"6901234567892", "", LooksProduct}, {"13456789", "", LooksShort}, {"https://qr.alipay.com/x", "", LooksPayeeLink},
		{"hQVDUFYwMWF3", "", LooksEMVCo}, {"hello", "", LooksText}, {"", "", LooksNothing}, {"44030719900101001X", "", LooksIDCard},
		{"2088123456789012", "", LooksNothing},
		{"https://example.com/pay", "", LooksWeb}, {"WWW.EXAMPLE.COM", "", LooksWeb}, {"wxp://f2f0abc", "", LooksPayeeLink},
		{"http://qr.alipay.com/x", "", LooksPayeeLink}, {"HTTPS://QR.95516.COM/1", "", LooksPayeeLink}, {"https://evil.example/qr.alipay.com/", "", LooksWeb},
		{"96385074", "", LooksProduct}, {"036000291452", "", LooksProduct}, {"036000291453", "", LooksShort}, {"16901234567899", "", LooksCarton},
		{"]E0134567890123456789", "", LooksProduct}, {"]E4281234567890123456", "", LooksProduct}, {"]C1134567890123456789", "", LooksGS1},
		{"]Q3281234567890123456", "", LooksGS1}, {"]e0134567890123456789", "", LooksGS1}, {"]C0134567890123456789", WeChat, ""}, {"]d1134567890123456789", WeChat, ""},
		{"134567890123456789\x1d", "", LooksGS1}, {"0116901234567899", "", LooksGS1}, {"00106141411234567897", "", LooksGS1}, {"(01)16901234567899", "", LooksGS1},
		{"]C1", "", LooksGS1}, {"]E0", "", LooksProduct}, {"]C0", "", LooksNothing},
	} {
		code, channel, err := table.Classify([]byte(tt.text))
		var refusal *Refusal
		if errors.As(err, &refusal); channel != tt.channel || err != nil && refusal.Looks != tt.looks || err == nil && tt.looks != "" {
			t.Errorf("%q: %s %v, want %s %s", tt.text, channel, err, tt.channel, tt.looks)
		}
		if err == nil && !strings.HasSuffix(tt.text, code.Reveal()) {
			t.Errorf("%q gives other digits", tt.text)
		}
	}
	for text, reason := range map[string]Reason{
		"134567890123456789": ReasonCodeReal, "281234567890123456": ReasonCodeReal, wechatCode: "", alipayCode: "",
	} {
		if _, _, err := training.Classify([]byte(text)); ReasonOf(err) != reason {
			t.Errorf("training, %q: %v", text, err)
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{"134567890123456789", "]Q1281234567890123456", "6901234567892", "hQVDUFYwMW", "\x1d\x00", "１３４５"} {
		f.Add([]byte(s))
	}
	table := DefaultCodes()
	f.Fuzz(func(t *testing.T, text []byte) {
		code, channel, err := table.Classify(text)
		if (err == nil) != (channel != "") || err == nil && strings.Trim(code.Reveal(), "0123456789") != "" {
			t.Fatalf("%q: %v %v", text, channel, err)
		}
	})
}

// TestPayCodeNeverPrints: no verb, logger or encoder shows more than four digits.
func TestPayCodeNeverPrints(t *testing.T) {
	secret := NewPayCode([]byte(wechatCode), time.Now())
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "code", secret, "in", struct{ C PayCode }{secret})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "code", secret, "scan", scanOf(wechatCode))
	data, _ := json.Marshal(map[string]any{"code": secret, "in": []PayCode{secret}})
	log.Write(data)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		fmt.Fprintf(&log, verb, secret)
		fmt.Fprintf(&log, verb, &secret)
		fmt.Fprintf(&log, verb, []PayCode{secret})
	}
	if text := log.String(); strings.Contains(text, wechatCode[:10]) || strings.Contains(text, fmt.Sprintf("%x", wechatCode[:8])) {
		t.Errorf("a code shows itself: %s", text)
	}
	copied := secret
	copied.Wipe()
	if strings.Trim(secret.Reveal(), "\x00") != "" {
		t.Error("a wiped code can still be read from another copy")
	}
}

func TestDayBelongsToTheShop(t *testing.T) {
	late := time.Date(2026, 11, 25, 16, 30, 0, 0, time.UTC) // half past midnight in Shanghai
	if d := (Calendar{}).Day(late); d != 20261126 {
		t.Errorf("%s", d)
	}
	if d := (Calendar{Cut: 4 * time.Hour}).Day(late); d != 20261125 {
		t.Errorf("with a cut at four: %s", d)
	}
	if _, err := ParseDay("2026-13-01"); err == nil {
		t.Error("month 13 is a day")
	}
}
