package ui

import (
	"image/color"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// This file knows SGR, the sequences that choose a pen (ECMA-48, section 8.3.117).

// pen is how a cell is drawn. The zero value is the terminal's default, to which every frame returns.
type pen struct {
	fg, bg colour
	attrs  attrs
}

// colour is 0 for the terminal's default, or one of three kinds with its value in the low bits.
type colour uint32

const (
	basic   colour = (iota + 1) << 24 // 0 to 15, as the user's theme has them
	indexed                           // 0 to 255
	rgb                               // 24 bits
	kinds   colour = 0xff << 24
)

// attrs holds one bit for each SGR parameter from 1 (bold) to 9 (struck out).
type attrs uint16

const (
	bold attrs = 1 << (iota + 1)
	dim
	italic
	underline
	blinking
	_
	reversed
	hidden
	struck
	everyAttr   = bold | dim | italic | underline | blinking | reversed | hidden | struck
	seenOnBlank = underline | reversed | struck
)

// inks is what a terminal shows of a pen. It remembers the colours that it has turned into weaker ones.
type inks struct {
	profile colorprofile.Profile
	attrs   attrs
	weaker  map[colour]colour
}

// apply changes a pen by SGR parameters.
func (k *inks) apply(with pen, list []int) pen {
	for i := 0; i < len(list); i++ {
		switch n := list[i]; {
		case n == 0:
			with = pen{attrs: with.attrs & marked}
		case n <= 9:
			with.attrs |= 1 << n & k.attrs
		case n == 26: // a mark; the screen's own painter has no ink for it
			with.attrs |= marked & k.attrs
		case n == 50:
			with.attrs &^= marked
		case n == 22:
			with.attrs &^= bold | dim
		case n >= 21 && n <= 29:
			with.attrs &^= 1 << (n - 20)
		case n >= 30 && n <= 37:
			with.fg = k.show(basic + colour(n-30))
		case n >= 90 && n <= 97:
			with.fg = k.show(basic + colour(n-90+8))
		case n >= 40 && n <= 47:
			with.bg = k.show(basic + colour(n-40))
		case n >= 100 && n <= 107:
			with.bg = k.show(basic + colour(n-100+8))
		case n == 39:
			with.fg = 0
		case n == 49:
			with.bg = 0
		case n == 38 || n == 48 || n == 58:
			c, used := extended(list[i+1:])
			i += used
			switch n {
			case 38:
				with.fg = k.show(c)
			case 48:
				with.bg = k.show(c)
			}
		}
	}
	return with
}

// extended reads what follows 38 or 48: 5 and an index, or 2 and three parts. It gives how many parameters it used.
func extended(list []int) (colour, int) {
	switch {
	case len(list) >= 2 && list[0] == 5:
		return indexed + colour(list[1]&0xff), 2
	case len(list) >= 4 && list[0] == 2:
		return rgb + colour(list[1]&0xff)<<16 + colour(list[2]&0xff)<<8 + colour(list[3]&0xff), 4
	}
	return 0, len(list)
}

// show gives the colour nearest to c that the terminal has.
func (k *inks) show(c colour) colour {
	if c == 0 || k.profile >= colorprofile.TrueColor {
		return c
	}
	if near, ok := k.weaker[c]; ok {
		return near
	}
	var near colour
	switch found := k.profile.Convert(c.color()).(type) {
	case ansi.BasicColor:
		near = basic + colour(found)
	case ansi.IndexedColor:
		near = indexed + colour(found)
	}
	k.weaker[c] = near
	return near
}

func (c colour) color() color.Color {
	switch c & kinds {
	case basic:
		return ansi.BasicColor(c)
	case indexed:
		return ansi.IndexedColor(c)
	}
	return color.RGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: 0xff}
}

// use takes another pen: by its differences where that is possible, else from the default on.
func (b *brush) use(p pen) {
	from := b.pen
	if from == p {
		return
	}
	b.pen = p
	if p == (pen{}) {
		b.out = append(b.out, "\x1b[m"...)
		return
	}
	b.out = append(b.out, "\x1b["...)
	if from.attrs&^p.attrs != 0 {
		b.out = append(b.out, "0;"...)
		from = pen{}
	}
	for n := 1; n <= 9; n++ {
		if p.attrs&^from.attrs&(1<<n) != 0 {
			b.number("", n, ';')
		}
	}
	if p.fg != from.fg {
		b.colour(p.fg, 30)
	}
	if p.bg != from.bg {
		b.colour(p.bg, 40)
	}
	b.out[len(b.out)-1] = 'm' // in place of the last semicolon
}

// colour writes the parameters of a colour, for the foreground (from is 30) or the background (40).
func (b *brush) colour(c colour, from int) {
	value := int(c &^ kinds)
	switch c & kinds {
	case 0:
		b.number("", from+9, ';')
	case basic:
		if value >= 8 {
			value += 60 - 8
		}
		b.number("", from+value, ';')
	case indexed:
		b.number("", from+8, ';')
		b.number("5;", value, ';')
	case rgb:
		b.number("", from+8, ';')
		b.number("2;", value>>16, ';')
		b.number("", value>>8&0xff, ';')
		b.number("", value&0xff, ';')
	}
}
