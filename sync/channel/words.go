package channel

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxWords = 200 // characters of a channel's text that are worth keeping
	minCode  = 16  // digits of the shortest customer code (Alipay, trade.pay auth_code: 16 to 24; WeChat Pay, codepay: 18)
)

// Words makes a text that came over the wire fit to keep. Nobody may have signed it, so it has at most 200 characters
// and no control characters (it is written into the ledger and shown on a terminal), and a row of digits as long as a
// customer code keeps its last four only: channels quote a field that they refuse.
func Words(text string) string {
	var out strings.Builder
	var row []byte
	room := maxWords
	put := func(r rune) {
		if room > 0 {
			out.WriteRune(r)
			room--
		}
	}
	flush := func() {
		if len(row) >= minCode {
			put('…')
			row = row[len(row)-4:]
		}
		for _, digit := range row {
			put(rune(digit))
		}
		row = row[:0]
	}
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			row = append(row, byte(r))
			continue
		case room == 0:
			return out.String()
		}
		flush()
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.C, r):
			put(' ')
		default:
			put(r)
		}
	}
	flush()
	return out.String()
}
