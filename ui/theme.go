package ui

import (
	"fmt"
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
)

// Theme is how the screen is coloured. A QR is black on white in every one of them.
type Theme string

const (
	// ThemeAuto takes the terminal's own ground and its sixteen colours, which the user's theme defines.
	ThemeAuto Theme = ""
	// ThemeLight is dark ink on white, ThemeDark light ink on near black, whatever the terminal's ground is.
	ThemeLight Theme = "light"
	ThemeDark  Theme = "dark"
	// ThemeContrast is bold ink on black in few, far-apart colours.
	ThemeContrast Theme = "contrast"
	// ThemeMono has no colours: bold and reversed text alone. NO_COLOR chooses it whatever is configured.
	ThemeMono Theme = "mono"
)

// Themes lists what a shop may choose.
var Themes = []Theme{ThemeAuto, ThemeLight, ThemeDark, ThemeContrast, ThemeMono}

// palette is every style of the screen, made once: a style made while drawing costs more than the text in it.
type palette struct {
	mark, bold, faint, alarm    lipgloss.Style // watermark and cursor row, headings, labels, things that must be seen
	good, wait, doubt, bad, ebb lipgloss.Style // banners: paid, waiting, unknown and late, refused, ended without money
	inside                      lipgloss.Style // the bar that tells who looks in
	ground                      string         // the sequence for ink and ground of plain text; empty: the terminal's own
}

// inkSet is a theme's colours. Each ink has a contrast of at least 4.5 to 1 on the ground (WCAG 2.2, 1.4.3), of 7 to 1
// in ThemeContrast (1.4.6), also when a terminal with 256 or 16 colours shows the nearest it has.
type inkSet struct {
	ink, ground            color.RGBA
	good, wait, doubt, bad color.RGBA
}

var inkSets = map[Theme]inkSet{
	ThemeLight: {
		ink: rgbOf(0x000000), ground: rgbOf(0xffffff), good: rgbOf(0x005f00), wait: rgbOf(0x00005f), doubt: rgbOf(0x870087), bad: rgbOf(0xaf0000),
	},
	ThemeDark: {
		ink: rgbOf(0xe4e4e4), ground: rgbOf(0x121212), good: rgbOf(0x5fff5f), wait: rgbOf(0x5fffff), doubt: rgbOf(0xffff5f), bad: rgbOf(0xff8787),
	},
	ThemeContrast: {
		ink: rgbOf(0xffffff), ground: rgbOf(0x000000), good: rgbOf(0x00ff00), wait: rgbOf(0x00ffff), doubt: rgbOf(0xffff00), bad: rgbOf(0xeeeeee),
	},
}

func rgbOf(rgb uint32) color.RGBA {
	return color.RGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xff}
}

// newPalette makes a theme's styles; mono takes the colours of any theme away.
func newPalette(theme Theme, mono bool) palette {
	plain := lipgloss.NewStyle()
	strong := plain.Bold(true)
	p := palette{
		mark: plain.Reverse(true), bold: strong, faint: plain, alarm: strong.Reverse(true),
		good: strong, wait: strong, doubt: strong, bad: strong, ebb: plain,
		inside: strong.Reverse(true),
	}
	if mono || theme == ThemeMono {
		return p
	}
	if set, ok := inkSets[theme]; ok {
		p.alarm, p.inside = p.alarm.Foreground(set.bad), p.inside.Foreground(set.wait)
		p.good, p.wait = strong.Foreground(set.good), strong.Foreground(set.wait)
		p.doubt, p.bad = strong.Foreground(set.doubt), strong.Foreground(set.bad)
		if theme == ThemeContrast {
			p.faint, p.ebb = strong, strong
		}
		p.ground = fmt.Sprintf("\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm", set.ink.R, set.ink.G, set.ink.B, set.ground.R, set.ground.G, set.ground.B)
		return p
	}
	// The sixteen basic colours follow the user's theme, so they stand out on light and on dark grounds. Bright black is
	// not among them: some themes make it the ground.
	p.faint = plain.Faint(true)
	p.alarm, p.inside = p.alarm.Foreground(lipgloss.Red), p.inside.Foreground(lipgloss.Cyan)
	p.good = p.good.Foreground(lipgloss.Green)
	p.wait = p.wait.Foreground(lipgloss.Cyan)
	p.doubt = p.doubt.Foreground(lipgloss.Magenta)
	p.bad = p.bad.Foreground(lipgloss.Red)
	return p
}

// lay puts the theme's ground under a frame, to the last cell of the window.
func (p *palette) lay(frame string, width, height int) string {
	if p.ground == "" || height == 0 {
		return frame
	}
	rows := fit(strings.Split(frame, "\n"), height)
	for i, row := range rows {
		rows[i] = p.ground + strings.ReplaceAll(pad(row, width), "\x1b[m", "\x1b[m"+p.ground) + "\x1b[m"
	}
	return strings.Join(rows, "\n")
}
