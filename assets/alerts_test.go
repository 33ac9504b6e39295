package assets

import (
	"testing"

	"guitai/ledger"
)

// TestEveryAlertHasWords: what it looks at, and what to do about it.
func TestEveryAlertHasWords(t *testing.T) {
	for _, lang := range Langs {
		w := &For(lang).Alert
		for _, rule := range ledger.AlertRules {
			if w.Rules[rule] == "" || w.Steps[rule] == "" {
				t.Errorf("%s: %s is %q, and then %q", lang, rule, w.Rules[rule], w.Steps[rule])
			}
		}
		if len(w.Rules) != len(ledger.AlertRules) || len(w.Steps) != len(ledger.AlertRules) {
			t.Errorf("%s: words for rules that there are not", lang)
		}
	}
}
