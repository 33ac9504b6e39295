package console

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func reversed(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}

// percent writes every byte of a text as a URL can have it.
func percent(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteString("%" + hex.EncodeToString([]byte{c}))
	}
	return b.String()
}

// disguises are the ways in which a secret may stand in a text: plain, hex, base64 behind up to two other bytes, as a URL has it, and
// each of them backwards.
func disguises(secret string) map[string]string {
	all := map[string]string{
		"plain": secret, "hex": hex.EncodeToString([]byte(secret)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"query": url.QueryEscape(secret), "percent": percent(secret), "PERCENT": strings.ToUpper(percent(secret)),
		"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64 url": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"base64 at 1": base64.StdEncoding.EncodeToString([]byte("x" + secret)), "base64 at 2": base64.StdEncoding.EncodeToString([]byte("xy" + secret)),
	}
	for name, text := range all {
		all[name+" backwards"] = reversed(text)
	}
	return all
}

// TestScrubTakesSecrets: in every disguise, alone and within a line, and nothing of one is left beside what says that it was there.
func TestScrubTakesSecrets(t *testing.T) {
	for kind, secret := range map[string]string{
		"an Alipay code": "287654321098765432", "a WeChat code": "134567890123456789", "a long code": "309876543210987654321098",
		"a PIN of four": "3917", "a PIN": "391748", "a long PIN": "391748265013",
		"a key": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", "an APIv3 key": "k7Gh2Lm9Qw4Er8Ty1Ui6Op3As5Df0Zx2", "an authenticator's": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
		"a recovery code": "0FYX-9K2M-TT5E-3WQA-77ZB-PQ4R-C8HN-5V6D-2GJS-XK1M-A3B4-C5D6-E7F8-G9H0",
		"an age key":      "AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQS5L0K2Z",
		"a PEM":           "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\\n-----END PRIVATE KEY-----",
	} {
		for how, text := range disguises(secret) {
			for _, line := range []string{text, "time=2026-11-29T05:14:00.123+08:00 level=WARN msg=\"was keyed\" cause=" + text, "note: " + text + ", and then", text + " 2026-11-29"} {
				if got := (scrubber{}).clean(line, textMost); strings.Contains(got, text) || strings.Contains(strings.ToLower(got), strings.ToLower(text)) {
					t.Errorf("%s, %s: %q is left as %q", kind, how, line, got)
				}
			}
		}
	}
}

// TestScrubSpacedDigits: a code is one however its digits are kept apart.
func TestScrubSpacedDigits(t *testing.T) {
	for _, text := range []string{
		"28 76 54 32 10 98 76 54 32", "2876-5432-1098-7654-32", "2.8.7.6.5.4.3.2.1.0.9.8.7.6.5.4.3.2", "２８７６５４３２１０９８７６５４３２", "٢٨٧٦٥٤٣٢١٠٩٨٧٦٥٤٣٢",
		"28\u200b76\u200b54\u200b32\u200b10\u200b98\u200b76\u200b54\u200b32", "[50 56 55 54 53 52 51 50 49 48 57 56]", "0x32, 0x38, 0x37, 0x36, 0x35, 0x34",
		`\x32\x38\x37\x36\x35`, `2\u003287\u0036`, "&#50;&#56;&#55;&#54;", "20261129123456789012", "②⑧⑦⑥⑤④③②①",
	} {
		got := scrubber{}.clean("a "+text+" b", textMost)
		digits := 0
		for _, r := range got {
			if r >= '0' && r <= '9' {
				digits++
			}
		}
		if digits > 4 || !strings.HasPrefix(got, "a ") {
			t.Errorf("%q is left as %q", text, got)
		}
	}
}

// TestScrubTakesPieces: pieces of secrets, and short ones, by what each looks like.
func TestScrubTakesPieces(t *testing.T) {
	for text, want := range map[string]string{
		"AGE-SECRET-KEY-1QYQ": "[age key]", "QYQ1-YEK-TERCES-EGA": "[age key]", "0FYX 9K2M TT5E 3WQA": "[groups]", "0FYX-9K2M-TT5E-3WQA": "[groups]",
		"0fyx-9k2m-tt5e-3wqa-7": "[groups]", "c0ffeeab12cdef": "[hex]", "ab:cd:ef:0a:1b:2c": "[hex]", "JBSWY3DPEHPK3PXP": "[base32]", "MzkxNw": "[base64]", "[51 57 49 55]": "[[bytes]]", "{51, 57, 49, 55}": "{[bytes]}",
	} {
		if got := (scrubber{}).clean("a "+text+" b", textMost); got != "a "+want+" b" {
			t.Errorf("%q is left as %q", text, got)
		}
	}
}

// TestScrubLeavesTheRest: what support reads a log for.
func TestScrubLeavesTheRest(t *testing.T) {
	for _, line := range []string{
		"time=2026-11-29T05:14:00.123+08:00 level=INFO msg=\"the till opens\" version=dev",
		"time=2026-11-29T05:14:00.000Z level=WARN msg=\"the backup\" cause=\"open /mnt/stick/guitai/backup: no such file or directory\"",
		"msg=\"the line is back\" channel=alipay latency=120ms tries=17", "dial tcp: lookup openapi.alipay.com: i/o timeout", "收款 120 ms",
		"goroutine 17 [running]:", "guitai/ledger.(*Book).commit(...)", "main.go:345",
	} {
		if got := (scrubber{}).clean(line, textMost); got != line {
			t.Errorf("%q became %q", line, got)
		}
	}
	if got := (scrubber{}).clean("at 2026-11-29T05:14:00.391748265013Z", textMost); strings.Contains(got, "3917") { // a time has no such fraction
		t.Errorf("%q", got)
	}
	if got := (scrubber{}).clean("a\x1b[2Jb\nc", textMost); got != "a?[2Jb c" {
		t.Errorf("%q", got)
	}
}

// TestScrubCutsNoSecret: a text that is too long is cut so that no piece of a secret is left at its end.
func TestScrubCutsNoSecret(t *testing.T) {
	const key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"
	for pad := range 60 {
		for _, most := range []int{textMost, cleanedMost} {
			got := scrubber{}.clean(strings.Repeat("word ", (most-pad)/5)+key, textMost)
			if strings.Contains(got, key[:8]) {
				t.Fatalf("%d before the end of %d: %q", pad, most, got[len(got)-60:])
			}
		}
	}
}

// TestScrubIsStable: what was cleaned stays as it is.
func TestScrubIsStable(t *testing.T) {
	for _, text := range disguises("287654321098765432") {
		once := scrubber{}.clean("a "+text+" b", textMost)
		if twice := (scrubber{}).clean(once, textMost); twice != once {
			t.Errorf("%q became %q", once, twice)
		}
	}
}

// TestScrubBlocks: lines between the marks of a PEM block go, however short they are.
func TestScrubBlocks(t *testing.T) {
	s := scrubber{}
	got := s.lines([]string{"before", "x -----BEGIN EC PRIVATE KEY-----", "MHcCAQ", "Zg==", "-----END EC PRIVATE KEY-----", "after"}, textMost)
	if strings.Join(got, "|") != "before|x [pem]|after" || s["pem"] != 1 {
		t.Errorf("%q, %v", got, s)
	}
}
