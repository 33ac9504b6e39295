package ui

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// glyphs is the drawing of each big character in five lines of pixels.
var glyphs = map[rune][5]string{
	'0': {"###", "# #", "# #", "# #", "###"},
	'1': {" # ", "## ", " # ", " # ", "###"},
	'2': {"###", "  #", "###", "#  ", "###"},
	'3': {"###", "  #", "###", "  #", "###"},
	'4': {"# #", "# #", "###", "  #", "  #"},
	'5': {"###", "#  ", "###", "  #", "###"},
	'6': {"###", "#  ", "###", "# #", "###"},
	'7': {"###", "  #", "  #", "  #", "  #"},
	'8': {"###", "# #", "###", "# #", "###"},
	'9': {"###", "# #", "###", "  #", "###"},
	'.': {" ", " ", " ", " ", "#"},
	'-': {"   ", "   ", "###", "   ", "   "},
	'¥': {"# #", "# #", " # ", "###", " # "},
	' ': {" ", " ", " ", " ", " "},
}

// bigFace is one size of the big characters.
type bigFace struct {
	columns [3]int // cells that each pixel column takes
	gap     int    // cells between two characters
	halves  bool   // two pixel lines in one row, by half blocks
}

// bigFaces is ordered from the one that reads farthest. The first two are five
// rows high and need full blocks only, the last is three rows high.
var bigFaces = []bigFace{
	{columns: [3]int{2, 2, 2}, gap: 2},
	{columns: [3]int{1, 2, 1}, gap: 1},
	{columns: [3]int{1, 1, 1}, gap: 1, halves: true},
}

// bigText draws an amount (digits, point, minus, ¥ and blank) for reading at
// two metres, as rows of equal width in the largest face that fits into
// maxWidth columns and maxHeight rows: five or three rows. Where none fits, or
// s holds another character, it is s itself in one row, to be set in bold. A
// wrapped or clipped amount is a wrong amount: when not even one row fits the
// result is nil.
func bigText(s string, maxWidth, maxHeight int) []string {
	return bigTextIn(bigFaces, s, maxWidth, maxHeight)
}

// bigTextFull is bigText without half blocks, for the many console fonts that
// lack them: five rows or one.
func bigTextFull(s string, maxWidth, maxHeight int) []string {
	return bigTextIn(bigFaces[:2], s, maxWidth, maxHeight)
}

func bigTextIn(faces []bigFace, s string, maxWidth, maxHeight int) []string {
	if s == "" || maxHeight < 1 || ansi.StringWidth(s) > maxWidth || strings.ContainsFunc(s, unicode.IsControl) {
		return nil
	}
	for _, r := range s {
		if _, ok := glyphs[r]; !ok {
			return []string{s}
		}
	}
	for _, face := range faces {
		rows := face.draw(s)
		if len(rows) <= maxHeight && ansi.StringWidth(rows[0]) <= maxWidth {
			return rows
		}
	}
	return []string{s}
}

// draw draws s, of which every character is in glyphs.
func (f bigFace) draw(s string) []string {
	var lines [6]string // the sixth is blank, the lower half of the last row
	for i, r := range []rune(s) {
		if i > 0 {
			for l := range lines {
				lines[l] += strings.Repeat(" ", f.gap)
			}
		}
		for l, pixels := range glyphs[r] {
			for column, pixel := range pixels {
				lines[l] += strings.Repeat(string(pixel), f.columns[column])
			}
		}
	}
	if !f.halves {
		rows := make([]string, 5)
		for i := range rows {
			rows[i] = strings.ReplaceAll(lines[i], "#", "█")
		}
		return rows
	}
	lines[5] = strings.Repeat(" ", len(lines[0]))
	rows := make([]string, 3)
	for i := range rows {
		rows[i] = joinHalves(lines[2*i], lines[2*i+1])
	}
	return rows
}

// joinHalves puts two lines of pixels into one row of cells.
func joinHalves(upper, lower string) string {
	var row strings.Builder
	for i := range len(upper) {
		switch {
		case upper[i] == '#' && lower[i] == '#':
			row.WriteString("█")
		case upper[i] == '#':
			row.WriteString("▀")
		case lower[i] == '#':
			row.WriteString("▄")
		default:
			row.WriteByte(' ')
		}
	}
	return row.String()
}
