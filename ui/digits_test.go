package ui

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

func TestBigTextShapes(t *testing.T) {
	for _, tc := range []struct {
		name          string
		width, height int
		full          bool
		want          string
	}{
		{"wide", 80, 24, false, `
██████              ██████
    ██              ██
██████  ██████      ██████
██                      ██
██████          ██  ██████`},
		{"narrow", 23, 5, false, `
████        ████
   █        █
████ ████   ████
█              █
████      █ ████`},
		{"three rows", 80, 3, false, `
▀▀█       █▀▀
█▀▀ ▀▀▀   ▀▀█
▀▀▀     ▀ ▀▀▀`},
		{"one row", 80, 2, false, `
2-.5`},
		{"no half blocks, three rows high", 80, 4, true, `
2-.5`},
		{"no half blocks", 23, 5, true, `
████        ████
   █        █
████ ████   ████
█              █
████      █ ████`},
		{"exactly one row", 4, 1, false, `
2-.5`},
	} {
		draw := bigText
		if tc.full {
			draw = bigTextFull
		}
		rows := draw("2-.5", tc.width, tc.height)
		trimmed := make([]string, len(rows))
		for i, row := range rows {
			trimmed[i] = strings.TrimRight(row, " ")
		}
		if got := "\n" + strings.Join(trimmed, "\n"); got != tc.want {
			t.Errorf("%s: got%s\nwant%s", tc.name, got, tc.want)
		}
	}
}

func TestBigTextWidths(t *testing.T) {
	for _, s := range []string{"12.50", "¥128.50", "-1234567.89", "0", "¥ 8"} {
		previous := 0
		for width := 1; width < 120; width++ {
			for _, full := range []bool{false, true} {
				for height := 1; height <= 6; height++ {
					draw := bigText
					if full {
						draw = bigTextFull
					}
					checkBig(t, s, draw(s, width, height), width, height, full)
				}
			}
			if rows := bigText(s, width, 9); len(rows) < previous {
				t.Errorf("%s: %d columns give %d rows, fewer than a narrower window", s, width, len(rows))
			} else {
				previous = len(rows)
			}
		}
		if previous != 5 {
			t.Errorf("%s never reaches five rows", s)
		}
	}
}

// checkBig checks what holds for every result: equal rows, inside the window,
// only the glyphs allowed.
func checkBig(t *testing.T, s string, rows []string, width, height int, full bool) {
	t.Helper()
	if len(rows) == 0 {
		if ansi.StringWidth(s) <= width {
			t.Errorf("%q is missing in %d×%d", s, width, height)
		}
		return
	}
	if len(rows) == 1 {
		if rows[0] != s {
			t.Errorf("one row shows %q, want %q", rows[0], s)
		}
	} else if n := len(rows); n != 5 && (n != 3 || full) {
		t.Errorf("%q has %d rows", s, n)
	}
	for _, row := range rows {
		if ansi.StringWidth(row) != ansi.StringWidth(rows[0]) {
			t.Errorf("%q: rows differ in width: %q", s, rows)
		}
		if len(rows) > 1 {
			allowed := "█▀▄ "
			if full || len(rows) == 5 {
				allowed = "█ "
			}
			if rest := strings.Trim(row, allowed); rest != "" {
				t.Errorf("%q uses %q", s, rest)
			}
		}
	}
	if len(rows) > height || ansi.StringWidth(rows[0]) > width {
		t.Errorf("%q leaves %d×%d: %q", s, width, height, rows)
	}
}

func TestBigGlyphsAreDistinct(t *testing.T) {
	for i, face := range bigFaces {
		seen := map[string]rune{}
		for _, r := range "0123456789.-¥ " {
			drawn := strings.Join(face.draw(string(r)), "\n")
			if other, ok := seen[drawn]; ok {
				t.Errorf("face %d: %c looks like %c", i, r, other)
			}
			seen[drawn] = r
		}
		if len(seen) != len(glyphs) {
			t.Errorf("face %d: %d glyphs drawn, %d in the table", i, len(seen), len(glyphs))
		}
		width := ansi.StringWidth(face.draw("0")[0])
		for _, r := range "123456789¥" {
			if w := ansi.StringWidth(face.draw(string(r))[0]); w != width {
				t.Errorf("face %d: %c is %d wide, 0 is %d", i, r, w, width)
			}
		}
	}
}

func TestBigTextFallback(t *testing.T) {
	for _, tc := range []struct {
		s             string
		width, height int
		want          int // rows
	}{
		{"12.50", 5, 9, 1},
		{"12.50", 4, 9, 0}, // not even one row: never clipped
		{"12.50", 80, 0, 0},
		{"12.50", -1, -1, 0},
		{"", 80, 9, 0},
		{"已收款 12.50", 80, 9, 1},
		{"已收款 12.50", 11, 9, 0},
		{"12\n50", 80, 9, 0}, // would be two rows
		{"12\x1b[2J", 80, 9, 0},
	} {
		rows := bigText(tc.s, tc.width, tc.height)
		if len(rows) != tc.want || len(rows) == 1 && rows[0] != tc.s {
			t.Errorf("bigText(%q, %d, %d) = %q, want %d rows", tc.s, tc.width, tc.height, rows, tc.want)
		}
	}
}

func FuzzBigText(f *testing.F) {
	f.Add("¥1234.50", 80, 24)
	f.Add("\xff..", 10, 3)
	f.Fuzz(func(t *testing.T, s string, width, height int) {
		rows := bigText(s, width, height)
		for _, row := range rows {
			if len(rows) > height || ansi.StringWidth(row) > width || ansi.StringWidth(row) != ansi.StringWidth(rows[0]) {
				t.Fatalf("%q in %d×%d: %q", s, width, height, rows)
			}
			if len(rows) > 1 && !utf8.ValidString(row) {
				t.Fatalf("%q: %q", s, row)
			}
		}
	})
}
