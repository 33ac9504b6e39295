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

func isSecret(b byte, text bool) bool {
	if b >= 0x80 {
		return !text && isDigit(b&0x7F)
	}
	return isDigit(b) || isLetter(b) || b == '+' || b == '/' || b == '='
}
