package ledger

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// forms gives the ways in which digits could stand in bytes: plain, hex, base64 at each of its three alignments, printed
// as numbers, packed two to a byte. The last four digits may be kept, so the forms are of the rest.
func forms(code string) map[string][]byte {
	secret := []byte(code[:len(code)-4])
	out := map[string][]byte{
		"plain": secret, "hex": []byte(hex.EncodeToString(secret)),
		"numbers": []byte(strings.Trim(fmt.Sprint(secret), "[]")), "go": []byte(strings.TrimPrefix(strings.Trim(fmt.Sprintf("%#v", secret), "}"), "[]byte{")),
	}
	for shift := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), secret...))
		out[fmt.Sprintf("base64 at %d", shift)] = []byte(text[(shift*8+5)/6 : len(text)-1])
	}
	if packed, err := hex.DecodeString(code[:len(code)/2*2]); err == nil {
		out["packed"] = packed[:len(packed)-2]
	}
	return out
}

// TestFormsFindWhatTheyLookFor: the net below has no hole.
func TestFormsFindWhatTheyLookFor(t *testing.T) {
	code := wechatCode
	for name, hay := range map[string]string{
		"plain": "x" + code, "hex": fmt.Sprintf("%x", code), "numbers": fmt.Sprint([]byte(code)), "go": fmt.Sprintf("%#v", []byte(code)),
		"base64 at 0": base64.StdEncoding.EncodeToString([]byte(code)),
		"base64 at 1": base64.StdEncoding.EncodeToString([]byte("x" + code)), "base64 at 2": base64.URLEncoding.EncodeToString([]byte("xy" + code)),
	} {
		if !bytes.Contains([]byte(hay), forms(code)[name]) {
			t.Errorf("%s: %q is not found in %q", name, forms(code)[name], hay)
		}
	}
}

// TestDigitsAreNowhere: whatever is scanned, and however that ends, its digits are in no record, snapshot, row, log line,
// error or board; and the caller's buffer is wiped.
func TestDigitsAreNowhere(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	var out bytes.Buffer
	logs := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b := testBook(t, store, func(c *BookConfig) { c.SnapshotEvery, c.Log, c.QuietSettle = 1, logs, true })
	scanned := map[string]bool{}
	scan := func(code string, change func(*Scan)) {
		s := Scan{Text: []byte(code), At: time.Now()}
		if change != nil {
			change(&s)
		}
		scanned[code] = true
		err := b.Scan(ctx, Trainee, s)
		logs.Info("scan", "scan", s, "error", err, "board", b.Board().View().BadScan)
		fmt.Fprintf(&out, "%v %+v %#v %v", err, err, s, b.Board().View().BadScan)
		if strings.Trim(string(s.Text), "\x00") != "" {
			t.Errorf("the scanner still holds %q", s.Text)
		}
	}
	for _, code := range []string{wechatCode, alipayCode, "6901234567892", "11010519491231002X", "110105194912310021", "6212345678901234567", "0112345678901234567",
		"517890123456789012", "13800138000", "http://pay.example.invalid/87654321", "hQVDUFYwMWFPB6AAAAMzAQE", "13456789012345678900123456"} {
		scan(code, nil) // no amount: refused, all of them
	}
	settle(t, b, "5")
	scan("130000000000000011", func(s *Scan) { s.Suspect = true })
	wants(t, b.AgreeSuspect(ctx, Trainee), "")
	wants(t, b.Stop(ctx, Trainee), "")
	scan("130000000000000012", func(s *Scan) { s.Suspect = true })
	b.ClearDraft()
	scan("130000000000000013", func(s *Scan) { s.At = s.At.Add(-time.Hour) })
	scan("130000000000000014", nil)
	a := stateOf(t, b, new(current(t, b)).Last().Order)
	b.TakeCode(a.Order)
	_, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	answer(t, b, a.Order, RequestPay, ClassPaid)
	settle(t, b, "6")
	scan("130000000000000014", nil) // used
	if len(store.records) < 18 || len(store.snapshot) == 0 || len(store.sales) == 0 {
		t.Fatalf("too little was kept to look at: %d records", len(store.records))
	}
	wants(t, b.Close("test"), "")
	kept := append(append([][]byte{}, store.records...), store.snapshot, out.Bytes())
	for _, sale := range store.sales {
		kept = append(kept, sale.Encode())
	}
	for code := range scanned {
		for name, form := range forms(code) {
			for i, data := range kept {
				if bytes.Contains(data, form) {
					t.Errorf("%s of a scanned text, %q, is in %d of %d: %q", name, form, i, len(kept), data)
				}
			}
		}
	}
}

// TestScanWithoutAmountLeavesATrace: what kind of text, its last four digits, its mark; nothing of a text that is no code.
func TestScanWithoutAmountLeavesATrace(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, nil)
	defer b.Close("test")
	for text, want := range map[string]CodeRefused{
		wechatCode:                 {Why: ReasonNoAmount, Last4: "0001", Mark: markOf([]byte(wechatCode), b.cfg.TillKey)},
		"6901234567892":            {Why: ReasonCodeUnknown, Looks: LooksProduct},
		"https://qr.alipay.com/x1": {Why: ReasonCodeUnknown, Looks: LooksPayeeLink},
		"6212345678901234567":      {Why: ReasonNotSetUp, Looks: LooksUnionPay, Last4: "4567", Mark: markOf([]byte("6212345678901234567"), b.cfg.TillKey)},
	} {
		wants(t, b.Scan(ctx, Trainee, scanOf(text)), want.Why)
		event, err := DecodeEvent(store.records[len(store.records)-1])
		if got, ok := event.Body.(*CodeRefused); err != nil || !ok || *got != want || len(event.Tasks) != 0 || event.Actor != Trainee {
			t.Errorf("%q leaves %+v, %v", text, event.Body, err)
		}
		if bad := b.Board().View().BadScan; bad == nil || bad.Reason != want.Why || bad.Looks != want.Looks {
			t.Errorf("%q: the board shows %+v", text, bad)
		}
	}
}

// TestPayCodeUnderEveryVerb fmt could know, with and without flags, alone and inside foreign structs, and in every encoder.
func TestPayCodeUnderEveryVerb(t *testing.T) {
	code := NewPayCode([]byte(wechatCode), time.Now())
	inside := struct{ code PayCode }{code}
	var out bytes.Buffer
	for verb := rune(' '); verb <= '~'; verb++ {
		for _, flags := range []string{"", "+", "#", "-", "0", " ", "40", ".3"} {
			for _, value := range []any{code, &code, inside, &inside, []PayCode{code}, map[string]PayCode{"k": code}} {
				fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", value)
			}
		}
	}
	data, err := json.Marshal(map[string]any{"a": code, "b": &code, "c": inside, "d": map[string]PayCode{"e": code}})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(data)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "a", code, "b", inside, "c", []PayCode{code})
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "a", code, "b", inside, "c", []PayCode{code})
	for name, form := range forms(wechatCode) {
		if bytes.Contains(out.Bytes(), form) {
			t.Errorf("printed as %s: %q", name, form)
		}
	}
	if !bytes.Contains(out.Bytes(), []byte("…0001")) {
		t.Error("not even the last four digits are shown")
	}
	if short := NewPayCode([]byte("1234567"), time.Now()); short.Last4() != "" || (PayCode{}).String() != "…" {
		t.Error("four digits of seven are shown")
	}
}

// TestSuspectScanDiesAfterFiveSeconds even when Enter comes before anybody swept.
func TestSuspectScanDiesAfterFiveSeconds(t *testing.T) {
	for wait, reason := range map[time.Duration]Reason{5 * time.Second: "", 5*time.Second + 1: ReasonCodeStale} {
		synctest.Test(t, func(t *testing.T) {
			ctx, b := context.Background(), testBook(t, NewMemory(), nil)
			defer b.Close("test")
			settle(t, b, "5")
			wants(t, b.Scan(ctx, Trainee, Scan{Text: []byte(wechatCode), At: time.Now(), Suspect: true}), ReasonCodeSuspect)
			time.Sleep(wait)
			wants(t, b.AgreeSuspect(ctx, Trainee), reason)
			if n := len(current(t, b).Attempts); (n == 1) != (reason == "") {
				t.Errorf("after %v: %d attempts", wait, n)
			}
		})
	}
}
