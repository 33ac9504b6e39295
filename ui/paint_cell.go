package ui

import (
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// This file reads a row of text with SGR sequences into cells.

// glyph is one column of a row. The second column of a wide character holds no text.
type glyph struct {
	text string // one character with its marks
	pen  pen
}

var blank = glyph{text: " "}

// on gives the glyph of a character. A blank shows no ink, so only its ground counts, and what is drawn over it.
func (p pen) on(text string) glyph {
	if text == " " && p.attrs&(seenOnBlank|marked) == 0 {
		p = pen{bg: p.bg}
	}
	return glyph{text, p}
}

// cells reads row into line, one cell for each column, and fills the rest of line with blanks. What does not fit is left
// out; a wide character of which only half would fit is a blank. Sequences other than SGR and control characters are
// left out as well, so no row can move the cursor.
func (k *inks) cells(line []glyph, row string) {
	at, last := 0, -1
	var with pen
	for len(row) > 0 {
		if row[0] == ansi.ESC {
			var end int
			with, end = k.sequence(with, row)
			row = row[end:]
			continue
		}
		text, width := row[:1], 1
		if row[0] >= utf8.RuneSelf {
			text, width = ansi.FirstGraphemeCluster(row, ansi.GraphemeWidth)
		}
		row = row[len(text):]
		switch first, size := utf8.DecodeRuneInString(text); {
		case first == utf8.RuneError && size == 1:
			text, width = string(utf8.RuneError), 1
		case width == 0 && unicode.Is(unicode.M, first) && last >= 0: // a mark belongs to the character before it
			line[last].text += text
			continue
		case width == 0 || unicode.IsControl(first):
			continue
		}
		if at+width > len(line) {
			for ; at < len(line); at++ {
				line[at] = with.on(" ")
			}
			return
		}
		last, line[at] = at, with.on(text)
		for i := 1; i < width; i++ {
			line[at+i] = glyph{pen: with}
		}
		at += width
	}
	for ; at < len(line); at++ {
		line[at] = blank
	}
}

// sequence reads the escape sequence at the start of row and gives the pen after it and the sequence's length.
func (k *inks) sequence(with pen, row string) (pen, int) {
	seq, _, n, _ := ansi.DecodeSequence(row, ansi.NormalState, nil)
	if len(seq) < 3 || seq[1] != '[' || seq[len(seq)-1] != 'm' || seq[2] >= '<' && seq[2] <= '?' {
		return with, max(n, 1)
	}
	return k.apply(with, numbers(seq[2:len(seq)-1])), n
}

// numbers splits SGR parameters. A missing one is 0; what follows a colon refines the parameter before it and is left
// out, except that 4:0 takes the underline away (24).
func numbers(params string) []int {
	list := make([]int, 1, 8)
	refines := false
	for i := range len(params) {
		last := len(list) - 1
		switch c := params[i]; {
		case c == ';':
			list, refines = append(list, 0), false
		case c == ':':
			if refines = true; list[last] == 4 && params[i+1:] != "" && params[i+1] == '0' {
				list[last] = 24
			}
		case c >= '0' && c <= '9' && !refines && list[last] < 1<<16:
			list[last] = 10*list[last] + int(c-'0')
		}
	}
	return list
}
