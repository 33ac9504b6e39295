package ui

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
)

var profiles = []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI}

// themed is drawnApp in a theme, with a picture set.
func themed(t testing.TB, theme Theme, pic picture, width, height int) *App {
	a := drawnApp(t, assets.Zh, false, width, height)
	a.cfg.Theme, a.palette = theme, newPalette(theme, false)
	a.scene = baseScene()
	pic.set(a)
	return a
}

// TestInksStandOutOnTheirGround measures every ink of a theme against its ground, as each kind of terminal shows them
// (the sixteen colours with xterm's values).
func TestInksStandOutOnTheirGround(t *testing.T) {
	for theme, set := range inkSets {
		least := 4.5
		if theme == ThemeContrast {
			least = 7
		}
		for _, profile := range profiles {
			ground := profile.Convert(set.ground)
			inks := map[string]color.RGBA{"ink": set.ink, "good": set.good, "wait": set.wait, "doubt": set.doubt, "bad": set.bad}
			for name, ink := range inks {
				if got := contrast(profile.Convert(ink), ground); got < least {
					t.Errorf("%s, %s on %s: contrast %.1f, want %.1f", theme, name, profile, got, least)
				}
			}
		}
	}
}

// contrast is the ratio of WCAG 2.2.
func contrast(a, b color.Color) float64 {
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	part := func(v uint32) float64 {
		x := float64(v) / 0xffff
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}

// TestThemesSayTheSame: a theme changes no character, and one with a ground leaves no cell to the terminal's own.
func TestThemesSayTheSame(t *testing.T) {
	for _, theme := range Themes {
		for _, pic := range pictures() {
			for _, size := range [][2]int{{80, 24}, {40, 10}} {
				plain, a := themed(t, ThemeMono, pic, size[0], size[1]), themed(t, theme, pic, size[0], size[1])
				frame := a.frame()
				if got, want := trimmed(frame), trimmed(plain.frame()); got != want && !strings.HasPrefix(pic.name, "self-test") { // which names it
					t.Fatalf("%s in %q differs from mono:\n%s\n%s", pic.name, theme, got, want)
				}
				if _, grounded := inkSets[theme]; !grounded {
					continue
				}
				k := inks{profile: colorprofile.TrueColor, attrs: everyAttr}
				line := make([]glyph, a.width)
				for y, row := range strings.Split(frame, "\n") {
					k.cells(line, row)
					for x, g := range line {
						if g.pen.bg == 0 || g.pen.fg == 0 && strings.TrimSpace(g.text) != "" {
							t.Fatalf("%s in %s: column %d of row %d has the terminal's colours", pic.name, theme, x, y)
						}
					}
				}
			}
		}
	}
}

// trimmed is a frame's text without colours and blanks at its rows' ends.
func trimmed(frame string) string {
	rows := strings.Split(ansi.Strip(frame), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

// TestNoColorWinsOverAnyTheme: what remains of colour is the QR's.
func TestNoColorWinsOverAnyTheme(t *testing.T) {
	env := func(name string) string { return map[string]string{"TERM": "xterm-256color", "NO_COLOR": "1"}[name] }
	if !terminalFor(colorprofile.ANSI256, env).mono {
		t.Fatal("NO_COLOR is not seen")
	}
	for _, theme := range Themes {
		p := newPalette(theme, true)
		for _, text := range []string{p.good.Render("x"), p.bad.Render("x"), p.alarm.Render("x"), p.lay("x", 3, 1)} {
			k := inks{profile: colorprofile.TrueColor, attrs: everyAttr}
			line := make([]glyph, 1)
			k.cells(line, text)
			if line[0].pen.fg != 0 || line[0].pen.bg != 0 {
				t.Errorf("theme %q is coloured in spite of NO_COLOR: %q", theme, text)
			}
		}
	}
}
