package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
)

// canaries are what must reach no viewer: customers' codes of each channel as hands type them, and digits where a PIN belongs.
var canaries = []string{"134967850271864935", "2849673058164927", "286713495028374619502846", "6279485016394750263"}

// seenBy gives what a viewer sees of an App's frame, as one text without colours, blanks and row ends: a code that is broken or set
// apart is still the code.
func seenBy(hub *Hub, a *App) (text string, v view) {
	frame := a.frame()
	hub.publish(&shot{turn: hub.turn(), shows: showsScreen, text: frame, width: a.width, height: a.height, secret: a.secretive()})
	v = hub.look()
	return squeezed(strings.Join(v.rows, "\n")), v
}

func squeezed(text string) string {
	return strings.Join(strings.FieldsFunc(ansi.Strip(text), func(r rune) bool { return strings.ContainsRune(" \n-|.", r) }), "")
}

// partOf gives a part of a canary with so many digits that stands in text; empty where none does.
func partOf(text string, most int) string {
	for _, canary := range canaries {
		for i := 0; i+most <= len(canary); i++ {
			if strings.Contains(text, canary[i:i+most]) {
				return canary[i : i+most]
			}
		}
	}
	return ""
}

// typeInto gives the screen on top one character as a slow hand's, which no burst holds back.
func typeInto(a *App, char rune) {
	if a.wording() {
		a.top().(writer).wrote(a, string(char))
	} else {
		a.top().typed(a, char)
	}
}

// TestNoViewerSeesACode types each canary into every picture, plain and set apart, and looks over the viewer's shoulder at each digit.
func TestNoViewerSeesACode(t *testing.T) {
	hidden := map[string]bool{}
	frames := 0
	codes := append(slices.Clone(canaries), canaries[0][:6]+" "+canaries[0][6:12]+" "+canaries[0][12:], canaries[1])
	for i, canary := range codes {
		size := sizes[i%len(sizes)]
		for _, pic := range append(pictures(), picture{"a date, nothing typed", func(a *App) {
			a.push(&dayScreen{dayRows: dayRows{day: 20260302}, dating: &dateBox{}})
		}}) {
			a := drawnApp(t, assets.Langs[i/len(sizes)], false, size[0], size[1])
			a.scene = baseScene()
			pic.set(a)
			var hub Hub
			for n, char := range canary {
				typeInto(a, char)
				if n < wordsMost {
					continue
				}
				text, v := seenBy(&hub, a)
				frames++
				if part := partOf(text, wordsMost+1); part != "" {
					t.Fatalf("%s at %dx%d: a viewer sees %s:\n%s", pic.name, size[0], size[1], part, ansi.Strip(strings.Join(v.rows, "\n")))
				}
				if v.withheld {
					t.Fatalf("%s at %dx%d: no mark on the frame, so all of it is withheld", pic.name, size[0], size[1])
				}
				if partOf(squeezed(a.frame()), wordsMost+1) != "" {
					hidden[pic.name] = true // the cashier sees it
				}
			}
			a.forget()
		}
	}
	if len(hidden) < 5 {
		t.Errorf("only on %v was there anything to hide", hidden)
	}
	t.Logf("%d frames; something was hidden on %d pictures", frames, len(hidden))
}

// TestNoViewerSeesAPIN: where a PIN or an authenticator's code belongs a viewer's frame is the same whatever is keyed and however much.
func TestNoViewerSeesAPIN(t *testing.T) {
	walked := map[string]int{}
	for _, pic := range pictures() {
		a := drawnApp(t, assets.Zh, false, 80, 24)
		a.scene = baseScene()
		pic.set(a)
		if _, code := a.top().(*codeScreen); code || !a.secretive() {
			continue
		}
		walked[fmt.Sprintf("%T", a.top())]++
		var hub Hub
		a.note = note{}
		before, _ := seenBy(&hub, a)
		for _, char := range "5928" {
			a.top().typed(a, char)
			after, v := seenBy(&hub, a)
			if after != before && !strings.Contains(pic.name, "locked") || v.withheld {
				t.Fatalf("%s: after %c a viewer sees\n%s", pic.name, char, ansi.Strip(strings.Join(v.rows, "\n")))
			}
		}
		a.forget()
	}
	if walked["*ui.loginScreen"] < 4 || walked["*ui.approveScreen"] < 2 || walked["*ui.shiftScreen"] < 2 {
		t.Errorf("PINs were keyed on %v", walked)
	}
}

// TestPicturesAreSeenAsTheyAre: what is not secret a viewer sees cell for cell, and no picture is withheld.
func TestPicturesAreSeenAsTheyAre(t *testing.T) {
	same, starred := 0, 0
	for _, pic := range pictures() {
		a := drawnApp(t, assets.Zh, false, 120, 40)
		a.scene = baseScene()
		pic.set(a)
		var hub Hub
		_, v := seenBy(&hub, a)
		if v.withheld {
			t.Errorf("%s is withheld", pic.name)
		}
		for y, row := range strings.Split(a.frame(), "\n") {
			switch marks := strings.Contains(row, secretOn); {
			case !marks && row == v.rows[y]:
				same++
			case !marks:
				t.Errorf("%s: row %d is not as at the till:\n%q\n%q", pic.name, y, row, v.rows[y])
			default:
				starred++
				before, _, _ := strings.Cut(row, secretOn)
				if seen := ansi.Strip(v.rows[y]); wide(seen) != a.width && seen != "" || !strings.HasPrefix(seen, ansi.Strip(before)) {
					t.Errorf("%s: row %d is not as at the till:\n%q\n%q", pic.name, y, row, v.rows[y])
				}
			}
		}
		a.forget()
	}
	if same < 1000 || starred < 10 {
		t.Errorf("%d rows are the same, %d have something secret", same, starred)
	}
}

// TestAFrameWithoutItsMarkIsWithheld: a screen on which a secret is typed and that marks nothing shows nobody anything.
func TestAFrameWithoutItsMarkIsWithheld(t *testing.T) {
	var hub Hub
	for _, tc := range []struct {
		text     string
		secret   bool
		withheld bool
	}{
		{"PIN: 1234", true, true}, {"PIN: " + secret("1234"), true, false}, {"PIN: none" + secret(""), true, false}, {"12.50", false, false},
	} {
		hub.publish(&shot{turn: hub.turn(), shows: showsScreen, text: tc.text, width: 20, height: 1, secret: tc.secret})
		v := hub.look()
		if v.withheld != tc.withheld || v.withheld && v.rows != nil || strings.Contains(strings.Join(v.rows, ""), "1234") {
			t.Errorf("%q: %+v", tc.text, v)
		}
	}
}

func TestRowsAreMasked(t *testing.T) {
	for _, tc := range []struct{ row, want string }{
		{"tail 1234 · ¥12.50", "tail 1234 · ¥12.50"},
		{"\x1b[1mnumber 4200002026030212345678901234\x1b[m", "number 4200002026030212345678901234"}, // a channel's: no code is as long
		{string(testOrder), string(testOrder)},
		{"a 134967850271864935 b", "a ****************** b"},
		{"a 13496785\x1b[1m0271\x1b[m864935 b", "a ****************** b"},
		{"１３４９６７８５０２７１８６４９３５", strings.Repeat("*", 36)},
		{"码134967850271864935 b", "码****************** b"},
		{"PIN " + secret("12") + "34", "PIN **34"},
		{"PIN \x1b[1m" + secretOn + "1\x1b[m2\x1b[0;1m3" + secretOff + "\x1b[m4", "PIN ***4"}, // a mark outlives a pen
		{"PIN " + secretOn + "1234", "PIN ****"},                                              // and a row that lost its end
		{"码" + secret("码 a") + "码", "码****码"},
	} {
		m := masker{width: 40, line: make([]glyph, 40)}
		if got := strings.TrimRight(ansi.Strip(m.row(tc.row).text), " "); got != tc.want {
			t.Errorf("%q:\n%q\n%q is wanted", tc.row, got, tc.want)
		}
	}
}

// TestMarksReachNoTerminal: the cashier's own painter leaves them out, so that they cost nothing and harm no terminal.
func TestMarksReachNoTerminal(t *testing.T) {
	marks := 0
	for _, pic := range pictures() {
		a, c, _ := drawnIn(t, pic)
		with := a.frame()
		marked := string(c.paint(nil, with, a.width, a.height, true))
		without := strings.NewReplacer(secretOn, "", secretOff, "").Replace(with)
		if plain := string(c.paint(nil, without, a.width, a.height, true)); plain != marked {
			t.Errorf("%s: a mark is painted", pic.name)
		}
		if with != without {
			marks++
		}
	}
	if marks < 10 {
		t.Errorf("only %d pictures have marks", marks)
	}
}

// TestWhatMayBeginACodeIsMarked from its first digit on, where sales are found by numbers.
func TestWhatMayBeginACodeIsMarked(t *testing.T) {
	a := drawnApp(t, assets.En, false, 80, 24)
	for text, want := range map[string]bool{"": false, "1": true, "13": true, "28673": true, "4200": false, "99": false, "12.5": false, "420000000": true} {
		if got := strings.Contains(a.shownNumber([]byte(text)), secretOn); got != want {
			t.Errorf("%q: marked %v", text, got)
		}
	}
}
