package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/unicode/norm"
)

// This file is the one gate for text that the till did not write itself:
// messages of a channel, scanned text, names. What passes can move no cursor,
// hide no character, turn no reading direction round, imitate no frame or sign
// of the till, and takes exactly the cells that it is measured with (CWE-150).

// maxMarks is how many combining marks one character may carry: enough for
// every living orthography, too few to paint over the rows above and below.
const maxMarks = 4

// maxBytesPerCell bounds the work on a long string before it is looked at: a
// character with four marks has at most 20 bytes, the rest is room for what
// will be left out.
const maxBytesPerCell = 64

const ellipsis = "…"

// rightToLeft holds the blocks whose letters or digits read from the right.
// A terminal that reorders them would also move an amount that stands beside.
var rightToLeft = &unicode.RangeTable{
	R16: []unicode.Range16{{0x0590, 0x08FF, 1}, {0xFB1D, 0xFDFF, 1}, {0xFE70, 0xFEFF, 1}},
	R32: []unicode.Range32{{0x10800, 0x10FFF, 1}, {0x1E800, 0x1EFFF, 1}},
}

// plainSymbols holds the symbols of category So that occur in Chinese and
// English prose (° ® № ℃ ㈱). The others are boxes, blocks, check marks and
// emoji: the till draws its own frames and signs with them.
var plainSymbols = &unicode.RangeTable{
	R16:         []unicode.Range16{{0x00A0, 0x00FF, 1}, {0x2100, 0x214F, 1}, {0x3200, 0x33FF, 1}},
	LatinOffset: 1,
}

// clean makes one line of prose out of a foreign string, at most maxCells
// cells wide, cut between characters with an ellipsis. Text is composed (NFC),
// every kind of space becomes a single blank, and none stands at either end.
// ASCII control characters show as ^[ and the like, each run of anything else
// that may not pass shows as one U+FFFD, and variation selectors, which only
// choose a shape, are left out. Cleaning twice changes nothing.
func clean(s string, maxCells int) string {
	s = strings.ToValidUTF8(bound(s, maxCells), string(unicode.ReplacementChar))
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, s)
	var g gate
	for _, r := range norm.NFC.String(s) {
		switch {
		case isASCIIControl(r):
			g.control(r)
		case unicode.Is(unicode.Zs, r):
			g.space()
		case unicode.Is(unicode.Mn, r):
			g.mark(r)
		case isProse(r):
			g.character(r)
		default:
			g.replace()
		}
	}
	return cut(g.out.String(), maxCells)
}

// cleanCode is clean for what a machine wrote and a person compares sign by
// sign: order numbers, error codes, text from the scanner. Only printable
// ASCII passes, so no other alphabet can imitate it, and blanks stay.
func cleanCode(s string, maxCells int) string {
	var g gate
	for _, r := range strings.ToValidUTF8(bound(s, maxCells), string(unicode.ReplacementChar)) {
		switch {
		case isASCIIControl(r):
			g.control(r)
		case r < utf8.RuneSelf:
			g.put(string(r))
		default:
			g.replace()
		}
	}
	return cut(g.out.String(), maxCells)
}

// gate collects what may be shown.
type gate struct {
	out      strings.Builder
	last     string // the last character with its marks; empty when a mark may not follow
	marks    int    // combining marks in last
	blank    bool   // a space was seen since the last output
	replaced bool   // the last output is U+FFFD
}

func (g *gate) put(s string) {
	if g.blank && g.out.Len() > 0 {
		g.out.WriteByte(' ')
	}
	g.out.WriteString(s)
	g.last, g.marks, g.blank, g.replaced = "", 0, false, false
}

func (g *gate) control(r rune) {
	g.put("^" + string(r^0x40))
}

func (g *gate) replace() {
	if !g.replaced || g.blank {
		g.put(string(unicode.ReplacementChar))
		g.replaced = true
	}
}

func (g *gate) space() {
	g.last, g.marks, g.blank = "", 0, true
}

// mark adds a combining mark to the last character. One too many is left out;
// one that has nothing to stand on, or that no one could see, is replaced.
func (g *gate) mark(r rune) {
	switch {
	case g.marks == maxMarks:
	case g.last == "" || !mayStand(r):
		g.replace()
	default:
		g.out.WriteRune(r)
		g.last += string(r)
		g.marks++
	}
}

// character adds a character that keeps its own cells. One that would melt
// into its neighbour is replaced, because terminals disagree about the width
// of such a pair.
func (g *gate) character(r rune) {
	s := string(r)
	width := ansi.StringWidth(s)
	if ansi.StringWidth("a"+s+"b") != width+2 ||
		ansi.StringWidth(g.last+s) != ansi.StringWidth(g.last)+width {
		g.replace()
		return
	}
	g.put(s)
	g.last = s
}

func isASCIIControl(r rune) bool {
	return r < ' ' || r == 0x7F
}

// isProse reports whether r is a visible sign of a text read from the left:
// letter, digit, punctuation, currency or mathematical sign, or one of
// plainSymbols. Unassigned, private and format characters are none of these.
func isProse(r rune) bool {
	return mayStand(r) && (unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.Sc, unicode.Sm, unicode.Sk) ||
		unicode.Is(unicode.So, r) && unicode.Is(plainSymbols, r))
}

// mayStand reports whether a letter or mark can be seen and reads from the left.
func mayStand(r rune) bool {
	return !unicode.In(r, rightToLeft, unicode.Other_Default_Ignorable_Code_Point)
}

// bound cuts a string that is far too long for maxCells, so that a message of
// a megabyte costs no more than one line. The ellipsis says that it was cut.
func bound(s string, maxCells int) string {
	if maxCells <= 0 {
		return ""
	}
	if len(s)/maxBytesPerCell <= maxCells {
		return s
	}
	end := maxCells * maxBytesPerCell
	for back := 0; back < utf8.UTFMax && !utf8.RuneStart(s[end]); back++ {
		end--
	}
	return s[:end] + ellipsis
}

// cut shortens a harmless line to maxCells cells.
func cut(s string, maxCells int) string {
	if maxCells <= 0 {
		return ""
	}
	return ansi.Truncate(s, maxCells, ellipsis)
}
