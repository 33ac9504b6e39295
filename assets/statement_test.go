package assets

import (
	"testing"

	"guitai/ledger"
)

// TestStatementsHaveEveryWord of the ledger that their pages and a sale's story can show.
func TestStatementsHaveEveryWord(t *testing.T) {
	for _, lang := range Langs {
		w := &For(lang).Statement
		for state, is := range map[ledger.StatementsState]struct{ doing, trouble bool }{
			ledger.StatementsFetching: {doing: true}, ledger.StatementsComparing: {doing: true}, ledger.StatementsGood: {}, ledger.StatementsAwaited: {doing: true},
			ledger.StatementsRefused: {true, true}, ledger.StatementsFault: {true, true},
		} {
			if (w.Doing[state] != "") != is.doing || (w.Trouble[state] != "") != is.trouble {
				t.Errorf("%s: %s is %q, and on the status line %q", lang, state, w.Doing[state], w.Trouble[state])
			}
		}
		for _, source := range []ledger.StatementSource{ledger.SourceImported, ledger.SourceFetched} {
			if w.Sources[source] == "" {
				t.Errorf("%s: no word for source %d", lang, source)
			}
		}
		for kind := ledger.RowTrade; kind <= ledger.RowReversal; kind++ {
			if w.Has[kind] == "" {
				t.Errorf("%s: no sentence for rows of kind %d", lang, kind)
			}
		}
		for how := ledger.MatchedPlain; how <= ledger.MatchedReversed; how++ {
			if w.How[how] == "" {
				t.Errorf("%s: no words for rows that agree by %d", lang, how)
			}
		}
	}
}
