package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The window, in cells. Header and status take a row each, warnings one more while there are any; what is between
// belongs to the screen on top of the stack. A QR takes the right side of it, from the first row to the last, because
// at 80 by 24 every row counts for a code that phones read.
const (
	minWidth, minHeight = 60, 20
	panelMin            = 38 // the narrowest panel beside a QR: the widest sentence wraps to two rows there
)

// wide is the one measure of width.
func wide(s string) int { return ansi.StringWidth(s) }

// pad makes s exactly width cells wide.
func pad(s string, width int) string {
	n := wide(s)
	switch {
	case n < width:
		return s + strings.Repeat(" ", width-n)
	case n > width:
		return pad(cut(s, width), width)
	}
	return s
}

// padLeft is pad with the blanks in front.
func padLeft(s string, width int) string {
	if n := wide(s); n < width {
		return strings.Repeat(" ", width-n) + s
	}
	return pad(s, width)
}

// wrap breaks a sentence into rows of at most width cells, and at most limit rows. It breaks at blanks and beside
// Chinese characters, but never before a closing mark and never inside a word or a code that fits on a row.
func wrap(s string, width, limit int) []string {
	if s == "" || width < 1 || limit < 1 {
		return nil
	}
	if wide(s) <= width {
		return []string{s}
	}
	var rows []string
	row, used, blank := "", 0, false
	for _, word := range words(s) {
		n := wide(word)
		switch {
		case word == " ":
			blank = true
			continue
		case used > 0 && blank && used+1+n <= width:
			row, used = row+" "+word, used+1+n
		case used > 0 && !blank && used+n <= width:
			row, used = row+word, used+n
		default:
			if used > 0 {
				rows = append(rows, row)
			}
			for ; n > width; n = wide(word) {
				head := ansi.Cut(word, 0, width)
				if head == "" { // a window of one column holds no wide character
					return rows
				}
				rows, word = append(rows, head), ansi.Cut(word, wide(head), n)
			}
			row, used = word, n
		}
		blank = false
	}
	rows = append(rows, row)
	if len(rows) > limit {
		rows = rows[:limit]
		rows[limit-1] = cut(rows[limit-1]+ellipsis+ellipsis, width)
	}
	return rows
}

// words splits a sentence where a row may end. A blank is a word of its own.
func words(s string) []string {
	var list []string
	joins := false // the next narrow character belongs to the last word
	for _, r := range s {
		char, last := string(r), len(list)-1
		n := wide(char)
		switch {
		case r == ' ':
			list = append(list, " ")
			joins = false
			continue
		case last >= 0 && list[last] != " " && (n == 0 || n == 1 && joins || strings.ContainsRune("，。；：！？、）”", r) || opens(list[last])):
			list[last] += char
		default:
			list = append(list, char)
		}
		joins = n < 2
	}
	return list
}

// opens reports whether a word ends in a mark that must not end a row.
func opens(word string) bool { return strings.HasSuffix(word, "（") || strings.HasSuffix(word, "“") }

// flow sets short pieces one after the other, a new row where the next one does not fit, at most limit rows.
func flow(pieces []string, gap string, width, limit int) []string {
	var rows []string
	row := ""
	for _, piece := range pieces {
		piece = cut(piece, width)
		switch {
		case row == "":
			row = piece
		case wide(row)+wide(gap)+wide(piece) <= width:
			row += gap + piece
		default:
			rows = append(rows, row)
			row = piece
		}
	}
	if row != "" {
		rows = append(rows, row)
	}
	if len(rows) > limit {
		rows = rows[:max(limit, 0)]
	}
	return rows
}

// fit cuts or fills rows to exactly height.
func fit(rows []string, height int) []string {
	height = max(height, 0)
	for len(rows) < height {
		rows = append(rows, "")
	}
	return rows[:height]
}

// between sets left, middle and right on one row of exactly width cells; what does not fit goes, the middle last.
func between(left, middle, right string, width int) string {
	l, m, r := wide(left), wide(middle), wide(right)
	switch {
	case m > width:
		return pad(middle, width)
	case l+m+r+2 > width:
		left, l = cut(left, max(width-m-r-2, 0)), 0
		l = wide(left)
		if l+m+r+2 > width {
			right, r = "", 0
		}
	}
	at := max((width-m)/2, l+1)
	at = min(at, max(width-r-1-m, 0))
	if l > at {
		left, l = cut(left, at), at
		left = pad(left, at)
	}
	row := left + strings.Repeat(" ", at-l) + middle
	return padLeft2(row, right, width)
}

// padLeft2 puts right at the end of a row of width cells.
func padLeft2(row, right string, width int) string {
	gap := width - wide(row) - wide(right)
	if gap < 0 {
		return pad(row, width)
	}
	return row + strings.Repeat(" ", gap) + right
}

// bigCache remembers the last big amount drawn. One goroutine (the model's) uses it.
type bigCache struct {
	text          string
	width, height int
	rows          []string
}

func (c *bigCache) render(text string, width, height int, linux bool) []string {
	if c.text != text || c.width != width || c.height != height {
		draw := bigText
		if linux {
			draw = bigTextFull
		}
		*c = bigCache{text, width, height, draw(text, width, height)}
	}
	return c.rows
}
