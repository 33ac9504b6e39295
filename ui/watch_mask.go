package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/colorprofile"

	"guitai/ledger"
)

// This file is the one place where secrets are taken out of a frame before anybody but the cashier sees it. It closes by three locks:
// what a screen draws of a secret it marks (secret); a screen on which a secret is typed says so (secretive), and if no mark is on its
// frame all of it is withheld; and a row of digits that reads as a customer's code is hidden, marked or not.

// A mark is a pair of SGR parameters that no terminal knows and the painter leaves out: proportional spacing on and off (ECMA-48,
// 8.3.117). What ends a pen does not end it, so a row that was cut within a mark is hidden to its end.
const (
	secretOn  = "\x1b[26m"
	secretOff = "\x1b[50m"
)

// marked is the attribute that a mark gives to a cell. It is in no terminal's abilities.
const marked attrs = 1 << 10

// secret marks text that nobody but the cashier may see. Empty text says that nothing secret is on the screen just now.
func secret(text string) string { return secretOn + text + secretOff }

// wordsMost is how many digits a person's words, dates and numbers may have before they may be a customer's code: a date has eight.
const wordsMost = 8

// shy marks a drawn text that was typed where a customer's code does not belong, once it has too many digits to be sure of that. Where
// it is wrapped, it is drawn first and marked row by row.
func shy(text, drawn string) string {
	if digits(text) > wordsMost {
		return secret(drawn)
	}
	return drawn
}

// secretive is a screen on which a secret is typed, now or always.
type secretive interface{ secretive() bool }

// secretive tells the painter whether a secret is being typed.
func (a *App) secretive() bool {
	s, ok := a.top().(secretive)
	return ok && s.secretive()
}

func (*codeScreen) secretive() bool { return true }
func (w *who) secretive() bool      { return w.step != whoPick && len(w.people) > 0 }
func (s *shiftScreen) secretive() bool {
	return s.step == shiftToPIN || s.step == shiftToCode
}

// masker turns shots into views. It remembers the last one's rows, because most of them are the same in the next.
type masker struct {
	width int
	rows  map[string]maskedRow
	line  []glyph
}

type maskedRow struct {
	text  string
	marks bool
}

// allInks keep every colour as it came, and the marks.
var allInks = inks{profile: colorprofile.TrueColor, attrs: everyAttr | marked}

func (m *masker) view(s *shot) view {
	v := view{of: s, shows: s.shows, width: s.width, height: s.height, behind: s.behind}
	if s.text == "" {
		return v
	}
	if m.width != s.width {
		*m = masker{width: s.width, line: make([]glyph, s.width)}
	}
	rows := make(map[string]maskedRow, s.height)
	marks := false
	for raw := range strings.SplitSeq(s.text, "\n") {
		row, known := m.rows[raw]
		if !known {
			row = m.row(raw)
		}
		rows[raw], marks = row, marks || row.marks
		v.rows = append(v.rows, row.text)
	}
	m.rows = rows
	if s.secret && !marks {
		v.rows, v.withheld = nil, true
	}
	return v
}

// row hides what is secret in a row; a row without any stays the same string.
func (m *masker) row(raw string) maskedRow {
	marks := strings.Contains(raw, secretOn)
	allInks.cells(m.line, raw)
	hides := false
	for x := range m.line {
		if g := &m.line[x]; g.pen.attrs&marked != 0 {
			*g, hides = hiddenCell(*g), true
		}
	}
	if hidesCodes(m.line) || hides {
		raw = textOf(m.line)
	}
	return maskedRow{raw, marks}
}

// hiddenCell is what stands in place of a secret cell. All look the same: not even the number of digits is told.
func hiddenCell(g glyph) glyph {
	g.pen.attrs &^= marked
	return glyph{"*", g.pen}
}

// hidesCodes hides rows of digits that are a customer's code, and reports whether there are any.
func hidesCodes(line []glyph) (hides bool) {
	codes := ledger.DefaultCodes()
	for x := 0; x < len(line); x++ {
		if line[x].text == "" { // half of what stands before it
			continue
		}
		end, run := digitsFrom(line, x)
		if run != "" && codes.Names(run) {
			for i := x; i < end; i++ {
				line[i] = hiddenCell(line[i])
			}
			hides = true
		}
		x = max(x, end-1)
	}
	return hides
}

// digitsFrom gives the digits that stand from a column on, whatever their pens, and the column after them.
func digitsFrom(line []glyph, x int) (end int, run string) {
	end = x
	for end < len(line) {
		text := line[end].text
		if first, _ := utf8.DecodeRuneInString(text); text != "" && !unicode.IsDigit(first) {
			break
		}
		run += text
		end++
	}
	return end, run
}

// textOf writes cells as a row.
func textOf(line []glyph) string {
	b := brush{}
	for _, g := range line {
		if g.text != "" {
			b.write(g)
		}
	}
	b.use(pen{})
	return string(b.out)
}
