package ui

import (
	"strconv"
	"strings"
)

// This file turns the frame that a terminal holds into the next one. Every run of cells begins with an absolute move
// (CUP), so a terminal that is of another opinion about a character's width is wrong up to the next run and no further.

const (
	// gapMax is how many columns that are right already are written again, because a move costs as many bytes.
	gapMax = 4
	// eraseMin is from how many blanks on erasing them is shorter than writing them.
	eraseMin = 14
)

// canvas is what a terminal holds, as far as the till has written it.
type canvas struct {
	inks          inks
	can           abilities
	width, height int
	rows          []string // the rows as they came; a row that is the same string is the same row
	held, spare   [][]glyph
}

// paint appends to out what makes the terminal show frame, and nothing when it does. whole clears the window first. A
// frame with more rows or columns than the window is cut, one with less leaves the rest blank.
func (c *canvas) paint(out []byte, text string, width, height int, whole bool) []byte {
	b := brush{out: out, can: &c.can}
	if whole || width != c.width || height != c.height {
		c.clear(width, height)
		b.out = append(b.out, "\x1b[m\x1b[H\x1b[2J"...)
	}
	for y := range height {
		var row string
		row, text, _ = strings.Cut(text, "\n")
		if row == c.rows[y] {
			continue
		}
		c.inks.cells(c.spare[y], row)
		b.row(y, c.held[y], c.spare[y])
		c.rows[y], c.held[y], c.spare[y] = row, c.spare[y], c.held[y]
	}
	b.use(pen{})
	return b.out
}

// clear makes the canvas one of blanks.
func (c *canvas) clear(width, height int) {
	if width != c.width || height != c.height {
		c.width, c.height = width, height
		c.held, c.spare = make([][]glyph, height), make([][]glyph, height)
		for y := range height {
			c.held[y], c.spare[y] = make([]glyph, width), make([]glyph, width)
		}
	}
	c.rows = make([]string, height)
	for _, line := range c.held {
		for x := range line {
			line[x] = blank
		}
	}
}

// brush writes cells.
type brush struct {
	out []byte
	pen pen // the one in the terminal's hand
	can *abilities
}

// row turns the cells of held into those of want. A wide character differs in both of its columns or in none, so a run
// begins and ends at whole characters of both.
func (b *brush) row(y int, held, want []glyph) {
	last, tail := -1, 0 // the last column that differs; from where on want is blank
	for x := range want {
		if held[x] != want[x] {
			last = x
		}
		if want[x] != blank {
			tail = x + 1
		}
	}
	for x := 0; x <= last; x++ {
		switch {
		case held[x] == want[x]:
			continue
		case x >= tail && last-x >= len("\x1b[K"):
			b.move(y, x)
			b.use(pen{})
			b.out = append(b.out, "\x1b[K"...)
			return
		}
		end := x + 1
		for i := end; i <= last && i-end <= gapMax; i++ {
			if held[i] != want[i] {
				end = i + 1
			}
		}
		if x < tail {
			end = min(end, tail)
		}
		b.run(y, x, want[x:end])
		x = end - 1
	}
}

// run writes cells from a column on.
func (b *brush) run(y, x int, cells []glyph) {
	b.move(y, x)
	for i := 0; i < len(cells); i++ {
		if n := blanks(cells[i:]); n >= eraseMin && b.can.erase {
			b.use(pen{}) // what erasing leaves has the pen's background on some terminals and not on others
			b.number("\x1b[", n, 'X')
			if i += n - 1; i+1 < len(cells) {
				b.move(y, x+i+1)
			}
			continue
		}
		if cells[i].text != "" {
			b.write(cells[i])
		}
	}
}

// write writes one character. For a blank the pen's ink may stay as it is.
func (b *brush) write(g glyph) {
	if g.text == " " && g.pen.attrs == 0 && b.pen.attrs&seenOnBlank == 0 {
		b.use(pen{b.pen.fg, g.pen.bg, b.pen.attrs})
	} else {
		b.use(g.pen)
	}
	b.out = append(b.out, g.text...)
}

// blanks counts the blanks at the start of cells.
func blanks(cells []glyph) int {
	n := 0
	for n < len(cells) && cells[n] == blank {
		n++
	}
	return n
}

// move sets the cursor: CUP, which counts from one.
func (b *brush) move(y, x int) {
	b.number("\x1b[", y+1, ';')
	b.number("", x+1, 'H')
}

func (b *brush) number(lead string, n int, end byte) {
	b.out = append(strconv.AppendInt(append(b.out, lead...), int64(n), 10), end)
}
