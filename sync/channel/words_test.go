package channel_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"guitai/sync/channel"
)

const code = "280000000000000001"

func TestWords(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "余额不足", "余额不足"},
		{"short numbers stay", "HTTP 500, 15 s, 2088000000", "HTTP 500, 15 s, 2088000000"},
		{"a customer code", "auth_code " + code + " is wrong", "auth_code …0001 is wrong"},
		{"at the end", "value:" + code, "value:…0001"},
		{"glued to letters", "isv.bad" + code + "x", "isv.bad…0001x"},
		{"fifteen digits", "123456789012345", "123456789012345"},
		{"sixteen digits", "1234567890123456", "…3456"},
		{"escape sequences", "a\x1b[2J\u202eb\nc", "a [2J b c"},
		{"bytes that are no text", "a\xff\xfeb", "a  b"},
		{"long", strings.Repeat("长", 5000), strings.Repeat("长", 200)},
		{"a code across the end", strings.Repeat("x", 195) + code, strings.Repeat("x", 195) + "…0001"},
		{"a code cut by the end", strings.Repeat("x", 198) + code, strings.Repeat("x", 198) + "…0"},
	} {
		if got := channel.Words(tt.text); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// FuzzWords: whatever came, what is kept is short, printable, and holds no customer code.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{"", code, "a" + code + "b" + code, "\x00\xff" + code, strings.Repeat("9", 400)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kept := channel.Words(text)
		if n := utf8.RuneCountInString(kept); n > 200 {
			t.Fatalf("%d characters", n)
		}
		digits := 0
		for _, r := range kept {
			if unicode.Is(unicode.C, r) {
				t.Fatalf("%q has a control character", kept)
			}
			if digits++; r < '0' || r > '9' {
				digits = 0
			}
			if digits >= 16 {
				t.Fatalf("%q has a row of digits as long as a customer code", kept)
			}
		}
	})
}
