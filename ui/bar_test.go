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
