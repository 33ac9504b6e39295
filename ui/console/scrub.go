package console

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// This file takes out of a text whatever could be a customer's code, a PIN, or a key. It does not know them: it goes by what they look
// like, and rather takes too much.

// scrubber counts what it has taken out, by kind.
type scrubber map[string]int

// wipe is one look of a secret: each run that fits becomes its kind in brackets. unless lets a run stay.
type wipe struct {
	kind   string
	looks  *regexp.Regexp
	unless func(run string) bool
}

// wipes are tried in this order: the longer looks first, so that no part of one is left by another.
var wipes = []wipe{
	{"pem", regexp.MustCompile(`-----.*`), nil}, // PEM, also backwards; what stands behind it may be its content
	{"age key", regexp.MustCompile(`(?i)AGE-SECRET-KEY-\S*|\S*-YEK-TERCES-EGA`), nil},
	{"escaped", regexp.MustCompile(`\S*(?:(?:%[0-9A-Fa-f]{2}|[0-9A-Fa-f]{2}%|\\+x[0-9A-Fa-f]{2}|\\+u\{?[0-9A-Fa-f]{4,6}\}?|\\+[0-7]{3}|&#x?[0-9A-Fa-f]+;|=[0-9A-F]{2}).?){3,}\S*`), nil},
	{"bytes", regexp.MustCompile(`(?:0x[0-9A-Fa-f]{1,2}[, ]{1,2}){3,}(?:0x[0-9A-Fa-f]{1,2})?|(?:[0-9]{2,3}[, ]{1,2}){3,}[0-9]{2,3}`), nil},
	{"long text", regexp.MustCompile(`[A-Za-z0-9+/_=-]{24,}`), plainWords},                                           // base64 of 18 bytes or more, keys, numbers of orders
	{"groups", regexp.MustCompile(`(?:[0-9A-Z]{4}[-_ .:]){3,}[0-9A-Z]{1,4}|(?:[0-9a-z]{4}-){4,}[0-9a-z]{1,4}`), nil}, // the recovery code, also cut off
	{"hex", regexp.MustCompile(`[0-9A-Fa-f]{12,}|(?:[0-9A-Fa-f]{2}[-: .]){5,}[0-9A-Fa-f]{2}`), nil},
	{"base32", regexp.MustCompile(`[A-Z2-7]{16,}`), nil},
	{"number", regexp.MustCompile(`[0-9](?:[^\pL\pN]{0,3}[0-9]){11,}`), nil}, // customer codes have 16 to 24 digits, however they are spaced
	{"base64", regexp.MustCompile(`[A-Za-z0-9+/_-]{6,}`), func(run string) bool { return !hidesDigits(run) }},
	{"digits", regexp.MustCompile(`[0-9]{4,}`), nil}, // a PIN has four to twelve
}

// stamps are times as logs and events have them: they stay. Nothing else of their shape is a time of this century.
var stamps = regexp.MustCompile(`20[2-9][0-9]-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,3})?(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5]0)?)?`)

// clean gives a text with nothing in it that may not leave, and nothing that a terminal could obey, on one line of at most most characters.
func (s scrubber) clean(text string, most int) string {
	text = harmlessTo(asciiDigits(norm.NFKC.String(strings.ToValidUTF8(bounded(text), "?"))), cleanedMost)
	var out strings.Builder
	for text != "" {
		at := s.stamp(text)
		if at == nil {
			out.WriteString(s.wipe(text))
			break
		}
		out.WriteString(s.wipe(text[:at[0]]))
		out.WriteString(text[at[0]:at[1]])
		text = text[at[1]:]
	}
	return harmlessTo(out.String(), most) // only now: a secret that is cut is not known any more
}

// cleanedMost bounds the work on one text, in bytes.
const cleanedMost = 16 << 10

// bounded cuts a text that is too long between two words, so that no piece of one is left.
func bounded(text string) string {
	if len(text) <= cleanedMost {
		return text
	}
	text = text[:cleanedMost]
	return text[:strings.LastIndexByte(text, ' ')+1]
}

// stamp finds the next time that stands for itself: digits or letters beside it make it a part of something else.
func (s scrubber) stamp(text string) []int {
	for _, at := range stamps.FindAllStringIndex(text, -1) {
		if !wordRuneAt(text[:at[0]], true) && !wordRuneAt(text[at[1]:], false) {
			return at
		}
	}
	return nil
}

// wordRuneAt reports whether a text ends (or begins) with what could go on a number.
func wordRuneAt(text string, end bool) bool {
	runes := []rune(text)
	if len(runes) == 0 {
		return false
	}
	r := runes[0]
	if end {
		r = runes[len(runes)-1]
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-.:+/_%", r)
}

func (s scrubber) wipe(text string) string {
	for _, w := range wipes {
		text = w.looks.ReplaceAllStringFunc(text, func(run string) string {
			if w.unless != nil && w.unless(run) {
				return run
			}
			s[w.kind]++
			return "[" + w.kind + "]"
		})
	}
	return text
}

// plainWords reports whether a long run is a path or a name of small letters: no encoding of a code or a key is without a capital and a
// digit for so long.
func plainWords(run string) bool {
	return strings.Trim(run, "abcdefghijklmnopqrstuvwxyz/-_=") == "" && strings.Count(run, "=") < 2
}

// hidesDigits reports whether a run is base64 of at least four digits in a row, at any alignment, also backwards.
func hidesDigits(run string) bool {
	run = strings.NewReplacer("-", "+", "_", "/").Replace(run)
	backwards := []rune(run)
	slices.Reverse(backwards)
	for _, text := range []string{run, string(backwards)} {
		for skip := 0; skip < 4 && skip < len(text); skip++ {
			whole := (len(text) - skip) / 4 * 4
			if rest := (len(text) - skip) % 4; rest > 1 {
				whole += rest
			}
			decoded, err := base64.RawStdEncoding.DecodeString(text[skip : skip+whole])
			if err == nil && fourDigits.Match(decoded) {
				return true
			}
		}
	}
	return false
}

var fourDigits = regexp.MustCompile(`[0-9]{4}`)

// asciiDigits writes the digits of every script as ours, so that none is overlooked; which one it was does not matter.
func asciiDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= unicode.MaxASCII && unicode.IsDigit(r) {
			return '0'
		}
		return r
	}, text)
}

// lines cleans lines that follow one another: what stands between the two marks of a PEM block goes as a whole.
func (s scrubber) lines(lines []string, most int) []string {
	cleaned, within := make([]string, 0, len(lines)), false
	for _, line := range lines {
		begins, ends := strings.Contains(line, "-----BEGIN"), strings.Contains(line, "-----END")
		switch {
		case within:
			within = !ends
			continue
		case begins && !ends:
			within = true
		}
		cleaned = append(cleaned, s.clean(line, most))
	}
	return cleaned
}
