package hardware

import (
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// readable gives scanned bytes as text that a person can look at: UTF-8 where they are valid, GB18030 where they are that,
// hexadecimal otherwise. It is for display alone and never for deciding anything. Digits that may be a customer's code
// are hidden as in hide, and what would move a cursor or turn the line around is replaced.
func readable(data []byte) (text, charset string) {
	switch {
	case utf8.Valid(data):
		text, charset = string(data), "UTF-8"
	default:
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || strings.ContainsRune(string(decoded), utf8.RuneError) {
			return hex.EncodeToString(hide(data, '.')), "hex"
		}
		text, charset = string(decoded), "GB18030"
	}
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, text)
	return string(hide([]byte(text), '*')), charset
}

// secretRun is from how many letters and digits in a row on something may be a credential or half of one. Customers' codes are
// digits, and some are letters and digits (Alipay's "fp…", EMVCo's base64).
const secretRun = 5

// hide gives a copy in which each row of secretRun letters and digits or more keeps its first two and last two, and the
// rest is the mark. A byte with bit 7 set over a digit is a digit whose parity was misread.
func hide(data []byte, mark byte) []byte {
	out := append([]byte(nil), data...)
	for i, h := range hidden(data) {
		if h {
			out[i] = mark
		}
	}
	return out
}

// hidden tells of each byte whether hide hides it.
func hidden(data []byte) []bool {
	out := make([]bool, len(data))
	valid := utf8.Valid(data)
	for from := 0; from < len(data); {
		to := from
		for to < len(data) && isSecret(data[to], valid) {
			to++
		}
		if to-from >= secretRun {
			for i := from + 2; i < to-2; i++ {
				out[i] = true
			}
		}
		from = max(to, from+1)
	}
	return out
}

// hiddenDigits tells of each byte whether it is of a digit that is hidden because all the digits together may be a code, whatever stands
// between them: zeros of UTF-16, dashes, blanks. Of minDigits or more the first two and the last two are kept. A digit is one of ASCII, also
// under a parity bit or as half of UTF-16, or a full-width one of UTF-8, GB18030 or UTF-16.
func hiddenDigits(data []byte) []bool {
	out := make([]bool, len(data))
	text := utf8.Valid(data)
	var from, to []int // of each digit
	for i := 0; i < len(data); {
		if n := digitLen(data[i:], text); n > 0 {
			from, to = append(from, i), append(to, i+n)
			i += n
			continue
		}
		i++
	}
	if len(from) < minDigits {
		return out
	}
	for d := 2; d < len(from)-2; d++ {
		for i := from[d]; i < to[d]; i++ {
			out[i] = true
		}
	}
	return out
}

// digitLen is how many bytes the digit takes with which data begins; 0: it begins with none. In text a byte above ASCII is
// part of a character, and no digit under a parity bit.
func digitLen(data []byte, text bool) int {
	is := func(at int, low, high byte) bool { return at < len(data) && low <= data[at] && data[at] <= high }
	switch {
	case is(0, 0xEF, 0xEF) && is(1, 0xBC, 0xBC) && is(2, 0x90, 0x99): // UTF-8
		return 3
	case text && data[0] >= 0x80:
		return 0
	case is(0, 0xA3, 0xA3) && is(1, 0xB0, 0xB9): // GB18030
		return 2
	case is(0, 0xFF, 0xFF) && is(1, 0x10, 0x19), is(0, 0x10, 0x19) && is(1, 0xFF, 0xFF): // UTF-16
		return 2
	case isDigit(data[0] & 0x7F):
		return 1
	}
	return 0
}

func isSecret(b byte, text bool) bool {
	if b >= 0x80 {
		return !text && isDigit(b&0x7F)
	}
	return isDigit(b) || isLetter(b) || b == '+' || b == '/' || b == '='
}
