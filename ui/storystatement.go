package ui

import (
	"strconv"
	"strings"

	"guitai/ledger"
)

// This file has the sentences of a story that are about the channels' statements.

// statement is the sentence of an event about a statement; empty for any other.
func (t *teller) statement(body ledger.Body) string {
	a, w := t.a, &t.a.words.Statement
	put := func(phrase string, key ledger.StatementKey, pairs ...string) string {
		return a.put(phrase, append(pairs, "channel", a.words.Channels[key.Channel], "date", key.Day.String())...)
	}
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	switch b := body.(type) {
	case *ledger.StatementTaken:
		return put(w.Taken, b.Key, "n", number(b.Rows), "text", w.Sources[b.Source])
	case *ledger.StatementMatched:
		return put(w.Matched, b.Key, "n", strconv.Itoa(len(b.Rows)))
	case *ledger.StatementDiffered:
		return put(w.Differs, b.Key, "note", a.words.Notes[b.Why])
	case *ledger.StatementCompared:
		return put(w.Ended, b.Key, "n", number(b.Differences+b.Missing))
	}
	return ""
}

// match says that a statement has a payment, a refund or a reversal of the sale, with what the channel has kept of it.
func (t *teller) match(m *ledger.StatementMatch) string {
	a, w := t.a, &t.a.words.Statement
	parts := []string{a.put(w.Has[m.Kind], "channel", a.words.Channels[t.channelOf(m)], "date", m.Day.String(), "amount", ledger.Fen(m.Amount).String())}
	if m.Fee != 0 {
		parts = append(parts, a.put(w.Fee, "amount", ledger.Fen(m.Fee).String()))
	}
	if m.Discount != 0 {
		parts = append(parts, a.put(w.Let, "amount", ledger.Fen(m.Discount).String()))
	}
	if m.How != ledger.MatchedPlain {
		parts = append(parts, w.How[m.How])
	}
	if m.Source == ledger.SourceImported {
		parts = append(parts, w.Sources[m.Source])
	}
	return strings.Join(parts, a.words.Story.Join)
}

// channelOf is the channel of the payment that a row is about: its number is the order's, a refund's, or begins with the order's.
func (t *teller) channelOf(m *ledger.StatementMatch) ledger.Channel {
	for i := range t.sale.Attempts {
		at := &t.sale.Attempts[i]
		if strings.HasPrefix(m.Number, string(at.Order)) || at.Refund(ledger.RefundNo(m.Number)) != nil || len(t.sale.Attempts) == 1 {
			return at.Channel
		}
	}
	return ""
}
