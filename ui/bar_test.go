package ui

import (
	"strings"
	"testing"

	"guitai/assets"
	"guitai/ledger"
)

// TestTheBarTellsWhoSeesTheScreen, also where the first who came in has no screen of their own.
func TestTheBarTellsWhoSeesTheScreen(t *testing.T) {
	for _, tc := range []struct {
		sights []sight
		want   string
	}{
		{[]sight{sightScreen}, "sees this screen since"}, {[]sight{sightSupport}, "sees the support screen since"}, {[]sight{""}, ""},
		{[]sight{"", sightScreen}, "1 on this screen"}, {[]sight{sightScreen, sightScreen}, "2 on this screen"},
		{[]sight{sightSupport, sightMenu}, ""}, {[]sight{"", ""}, ""},
	} {
		a := drawnApp(t, assets.En, false, 120, 40)
		a.scene = baseScene()
		a.hub = &Hub{}
		for i, what := range tc.sights {
			a.scene.visits = append(a.scene.visits, ledger.Visit{Number: uint64(i), VisitWish: chen.VisitWish})
			a.hub.sees(uint64(i), what, noon)
		}
		bar := a.bar(120)
		if told := strings.Contains(bar, "sees") || strings.Contains(bar, "this screen"); !strings.Contains(bar, tc.want) || told != (tc.want != "") {
			t.Errorf("%q: %s", tc.sights, bar)
		}
	}
}

// TestTheBarNamesTheKeysOfAnAnswer: at a sale y and n are the sale's, so the bar says what comes before them; where they answer at once
// the screen itself says so.
func TestTheBarNamesTheKeysOfAnAnswer(t *testing.T) {
	for _, lang := range []assets.Lang{assets.En, assets.Zh} {
		for _, tc := range []struct {
			width int
			want  map[assets.Lang]string
		}{{120, map[assets.Lang]string{assets.En: "F11, then y or n", assets.Zh: "先按 F11，再按 y 或 n"}}, {60, map[assets.Lang]string{assets.En: "F11 y/n", assets.Zh: "F11 y/n"}}} {
			a := drawnApp(t, lang, false, tc.width, 24)
			a.scene = baseScene()
			withWish(a)
			a.scene.wishes[0].Person = strings.Repeat("c", 24)
			if bar := a.bar(tc.width); !strings.Contains(bar, tc.want[lang]) || !strings.Contains(bar, "Ctrl-X") {
				t.Errorf("%s", bar)
			}
			a.push(&handScreen{wish: aWish(), opened: noon})
			if bar := a.bar(tc.width); strings.Contains(bar, tc.want[lang]) {
				t.Errorf("where they answer: %s", bar)
			}
		}
	}
}
