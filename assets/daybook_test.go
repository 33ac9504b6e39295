package assets

import (
	"testing"

	"guitai/ledger"
)

// TestDaybookHasEveryWord of the ledger that a day or a story can show.
func TestDaybookHasEveryWord(t *testing.T) {
	for _, lang := range Langs {
		p := For(lang)
		for s := ledger.AnyStanding; s <= ledger.StandingTrouble; s++ {
			if p.Daybook.Standings[s] == "" {
				t.Errorf("%s: no word for standing %s", lang, s)
			}
		}
		for r := ledger.RequestPay; r <= ledger.RequestStatement; r++ {
			if p.Story.Requests[r] == "" {
				t.Errorf("%s: no word for request %d", lang, r)
			}
		}
		for c := ledger.ClassUnknown; c <= ledger.ClassAbnormal; c++ {
			if p.Story.Classes[c] == "" {
				t.Errorf("%s: no word for class %d", lang, c)
			}
		}
	}
}
