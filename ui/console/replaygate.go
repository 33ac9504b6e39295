package console

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// This file is the gate through which a recording comes to a terminal. What was recorded is not believed: of sequences the few pass that
// the till's own painter makes, of everything else letters. A replay that hands on what it reads is a way to type on the terminal of
// whoever looks at it (CVE-2023-28487).

// gateMost bounds what is kept of a sequence, and gateCell a number in it: no painter of ours goes beyond 500 columns.
const (
	gateMost = 96
	gateCell = 500
	gatePen  = 255
)

// replayGate takes what was recorded, in pieces of any length. Its zero value is ready.
type replayGate struct {
	dropped int  // sequences and characters that were taken out
	plain   bool // lines instead of a picture: no sequence passes at all
	inLine  bool // something stands on the line, of plain

	state gateState
	seq   []byte // of the sequence that is being read, without ESC
	rune  []byte // of the character that is being read
}

// gateState is where in a sequence the gate is.
type gateState int

const (
	gateText   gateState = iota
	gateEscape           // behind ESC
	gateMiddle           // behind ESC and an intermediate byte
	gateCSI              // behind ESC [
	gateString           // in a string: OSC, DCS, SOS, PM, APC
	gateEnding           // in a string, behind ESC
)

// pass appends to out what of p may reach a terminal.
func (g *replayGate) pass(out, p []byte) []byte {
	for _, b := range p {
		out = g.take(out, b)
	}
	return out
}

func (g *replayGate) take(out []byte, b byte) []byte {
	switch {
	case g.state == gateString || g.state == gateEnding:
		g.inString(b)
		return out
	case b == 0x1b:
		if g.state != gateText || len(g.rune) > 0 { // the one before has no end
			g.drop()
		}
		g.state, g.seq, g.rune = gateEscape, g.seq[:0], g.rune[:0]
		return out
	case g.state == gateText:
		return g.text(out, b)
	case b == 0x18 || b == 0x1a: // CAN, SUB
		g.drop()
		return out
	case b < 0x20 || b >= 0x7f:
		g.drop()
		return g.text(out, b)
	}
	if g.seq = append(g.seq, b); len(g.seq) > gateMost {
		g.seq = append(g.seq[:gateMost], '!') // too long to be one of ours, whatever ends it
	}
	return g.sequence(out, b)
}

// drop counts what is taken out, and begins anew.
func (g *replayGate) drop() {
	g.dropped++
	g.state, g.rune = gateText, g.rune[:0]
}

// inString swallows a string up to its end.
func (g *replayGate) inString(b byte) {
	switch {
	case b == 0x1b:
		g.state = gateEnding
	case g.state == gateEnding && b == '\\', b == 0x07, b == 0x18, b == 0x1a, b == 0x9c:
		g.state = gateText
	default:
		g.state = gateString
	}
}

// sequence goes on with an escape sequence, whose last byte is b, and lets it pass when it is over.
func (g *replayGate) sequence(out []byte, b byte) []byte {
	switch {
	case g.state == gateEscape && b == '[':
		g.state = gateCSI
		return out
	case g.state == gateEscape && bytes.IndexByte([]byte("]PX^_"), b) >= 0:
		g.dropped++
		g.state = gateString
		return out
	case g.state != gateCSI && b < 0x30:
		g.state = gateMiddle
		return out
	case g.state == gateCSI && b < 0x40:
		return out
	}
	g.state = gateText
	switch {
	case quiet[string(g.seq)]:
	case !ours(g.seq):
		g.dropped++
	case g.plain:
		if b == 'H' {
			return g.line(out)
		}
	default:
		return append(append(out, 0x1b), g.seq...)
	}
	return out
}

// quiet are sequences of the till's own that whoever looks at a replay has no use for: pastes, a question to the terminal, its answer
// would be typed.
var quiet = map[string]bool{"[?2004h": true, "[?2004l": true, "[?2026$p": true}

// whole are sequences that the painter makes as they stand: another screen, the cursor, wrapping, synchronized output, clearing, letters.
var whole = map[string]bool{
	"[?1049h": true, "[?1049l": true, "[?25h": true, "[?25l": true, "[?7h": true, "[?7l": true, "[?2026h": true, "[?2026l": true,
	"[2J": true, "[K": true, "[H": true, "(B": true,
}

// ours reports whether the painter makes such a sequence.
func ours(seq []byte) bool {
	if whole[string(seq)] {
		return true
	}
	if len(seq) < 2 || seq[0] != '[' {
		return false
	}
	params, end := seq[1:len(seq)-1], seq[len(seq)-1]
	switch end {
	case 'm':
		return len(params) == 0 || numbers(params, 0, gatePen) > 0
	case 'H':
		return numbers(params, 1, gateCell) == 2
	case 'X':
		return numbers(params, 1, gateCell) == 1
	}
	return false
}

// numbers counts numbers with semicolons between them, all of them within bounds; 0 where there is anything else.
func numbers(params []byte, least, most int) (count int) {
	for part := range bytes.SplitSeq(params, []byte{';'}) {
		n, err := strconv.Atoi(string(part))
		if err != nil || n < least || n > most || part[0] == '+' || len(part) > 3 {
			return 0
		}
		count++
	}
	return count
}

// text takes a byte that is in no sequence.
func (g *replayGate) text(out []byte, b byte) []byte {
	if len(g.rune) > 0 && b&0xc0 != 0x80 || len(g.rune) == 0 && b < utf8.RuneSelf {
		if len(g.rune) > 0 {
			g.drop()
		}
		if b < utf8.RuneSelf {
			return g.ascii(out, b)
		}
	}
	g.rune = append(g.rune, b)
	if !utf8.FullRune(g.rune) {
		return out
	}
	r, size := utf8.DecodeRune(g.rune)
	character := g.rune
	g.rune = g.rune[:0]
	switch {
	case r >= 0x80 && r < 0xa0: // C1 as UTF-8
		g.control(r)
		return out
	case r == utf8.RuneError && size < 2: // in eight bits, or nothing at all
		g.control(rune(character[0]))
		return out
	case !unicode.IsGraphic(r), unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, readsFromTheRight):
		g.dropped++
		return out
	}
	g.inLine = true
	return append(out, character...)
}

// readsFromTheRight holds what no text of the till has: a terminal would turn an amount beside it round.
var readsFromTheRight = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x0590, Hi: 0x08ff, Stride: 1}, {Lo: 0xfb1d, Hi: 0xfdff, Stride: 1}, {Lo: 0xfe70, Hi: 0xfeff, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x10800, Hi: 0x10fff, Stride: 1}, {Lo: 0x1e800, Hi: 0x1efff, Stride: 1}},
}

// control takes a control character of the eight-bit set: it may begin what others take for a sequence.
func (g *replayGate) control(r rune) {
	g.dropped++
	switch r {
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f:
		g.state = gateString
	case 0x9b:
		g.state, g.seq = gateCSI, append(g.seq[:0], '!', '[') // none of ours begins so
	}
}

func (g *replayGate) ascii(out []byte, b byte) []byte {
	switch {
	case b == '\n' && g.plain:
		return g.line(out)
	case b == '\r' && g.plain, b == 0x0f && g.plain:
		return out
	case b >= 0x20 && b < 0x7f:
		g.inLine = true
		return append(out, b)
	case b == '\r', b == '\n', b == '\t', b == 0x0f:
		return append(out, b)
	}
	g.dropped++
	return out
}

// line ends a line of plain, where there is one.
func (g *replayGate) line(out []byte) []byte {
	if !g.inLine {
		return out
	}
	g.inLine = false
	return append(out, '\n')
}
