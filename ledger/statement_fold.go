package ledger

import (
	"fmt"
	"maps"
	"slices"
)

// This file folds what is put down about statements.

// listedMost bounds how many entries of the list of exceptions one statement makes: a file of another shop must not bury the list, and
// the working set is small. All of them are with the statement.
const (
	listedMost = 200
	listedAll  = 4 * listedMost // of all statements together
)

func (s *State) applyStatement(e *Event) error {
	switch b := e.Body.(type) {
	case *StatementTaken:
		return s.statementTaken(e, b)
	case *StatementMatched:
		return s.statementMatched(e, b)
	case *StatementDiffered:
		s.startDay(e.Day)
		s.listDifference(e, b)
	case *StatementCompared:
		st := s.statements[b.Key]
		if st == nil {
			return RefuseBecause(ReasonStateForbidden, fmt.Errorf("the statement %v was not taken", b.Key))
		}
		s.startDay(e.Day)
		st.Others, st.Differences, st.Pending, st.Compared, st.Complete, st.Missing = b.Others, b.Differences, b.Pending, true, b.Complete, b.Missing
		st.Awaited = b.Awaited
		if b.Key.Kind == StatementFunds && b.Differences == 0 {
			s.unlist(func(x *Exception) bool { return x.From == b.Key && x.Note == NoteStatementFunds })
		}
	}
	return nil
}

// statementTaken puts a file in the place of what was known of its day. What earlier files of the same source have confirmed stays.
func (s *State) statementTaken(e *Event, b *StatementTaken) error {
	old := s.statements[b.Key]
	if old != nil && old.Source > b.Source {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("the statement %v was fetched already", b.Key))
	}
	s.startDay(e.Day)
	st := &Statement{StatementKey: b.Key, Source: b.Source, Merchant: b.Merchant, Taken: e.Seq, Hash: b.Hash, File: b.File, At: e.At,
		Whole: b.Whole, Funds: b.Funds, Rows: b.Rows}
	if old != nil && old.Source == SourceFetched {
		st.Ours, st.Matched, st.Posted = old.Ours, old.Matched, old.Posted
	}
	if b.Source == SourceFetched {
		s.paysOut(st)
	}
	s.statements[b.Key] = st
	s.unlist(func(x *Exception) bool { return x.From == b.Key }) // an earlier file's entries; this one's are put down anew
	s.forgetStatements()
	return nil
}

// paysOut books what was brought to the bank. What is paid out on a day is what the day before came to (T+1). A channel pays the whole
// shop; where the day before has other tills' rows, too, no more than this till's come to is taken out of its books.
func (s *State) paysOut(st *Statement) {
	before := st.Day.Plus(-1)
	paid := st.Funds.PaidOut
	if trades := s.statements[StatementKey{st.Channel, before, StatementTrades}]; trades != nil && trades.Others > 0 {
		paid = min(paid, max(0, trades.Ours.Net()))
	}
	s.post(Purse{AccountPaidOut, st.Channel, before}, Purse{AccountSettlement, st.Channel, before}, paid-st.Posted)
	st.Posted = paid
}

// post moves fen from one purse to another.
func (s *State) post(debit, credit Purse, fen int64) {
	if fen != 0 {
		s.move(debit, fen)
		s.move(credit, -fen)
	}
}

// forgetStatements drops the oldest days.
func (s *State) forgetStatements() {
	days := map[Day]bool{}
	for key := range s.statements {
		days[key.Day] = true
	}
	if len(days) <= keptStatements {
		return
	}
	for key, st := range s.statements { // one that is being compared stays until that has ended
		if !st.Compared {
			delete(days, key.Day)
		}
	}
	if len(days) == 0 {
		return
	}
	first := slices.Min(slices.Collect(maps.Keys(days)))
	for key := range s.statements {
		if key.Day == first {
			delete(s.statements, key)
		}
	}
}

// statementMatched: what a channel was believed to owe is what its statement says that it owes, without its fee and what the shop has let
// the customer off. A file that somebody has brought moves nothing.
func (s *State) statementMatched(e *Event, b *StatementMatched) error {
	st := s.statements[b.Key]
	if st == nil || st.Source != b.Source {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("the statement %v was not taken", b.Key))
	}
	s.startDay(e.Day)
	for i := range b.Rows {
		m := &b.Rows[i]
		st.Matched++
		st.Ours.add(m.Kind, m.Amount, m.Discount, m.Fee)
		if b.Source == SourceFetched {
			s.settle(b.Key, m)
		}
		s.unlist(func(x *Exception) bool { return m.settles(x) && s.turnsUp(x, b.Source) })
	}
	return nil
}

// turnsUp counts an entry that a row of a source takes off the list; a file that somebody has brought takes off none of the channel's own.
func (s *State) turnsUp(x *Exception, source StatementSource) bool {
	from := s.statements[x.From]
	if from == nil {
		return source == SourceFetched
	}
	if source < from.Source {
		return false
	}
	if x.Note != NoteStatementPaid && x.Note != NoteStatementRefundOpen && from.Missing > 0 {
		from.Missing--
	}
	return true
}

// settle moves a row's money between the accounts.
func (s *State) settle(key StatementKey, m *StatementMatch) {
	if m.Booked == 0 {
		return
	}
	sign := int64(1)
	if m.Kind != RowTrade {
		sign = -1
	}
	owed := Purse{AccountReceivable, key.Channel, m.Booked}
	switch m.How {
	case MatchedPast:
		owed.Account = AccountReturns
	case MatchedNobodys:
		owed.Account = AccountSuspense
	}
	s.post(Purse{AccountSettlement, key.Channel, key.Day}, owed, sign*(m.Amount-m.Discount-m.Fee))
	s.post(Purse{AccountDiscounts, key.Channel, key.Day}, owed, sign*m.Discount)
	s.post(Purse{AccountFees, key.Channel, key.Day}, owed, sign*m.Fee)
}

// settles reports whether a row that agrees is what an entry of the list has missed.
func (m *StatementMatch) settles(x *Exception) bool {
	switch x.Note {
	case NoteStatementLacks, NoteStatementPaid:
		return m.Kind == RowTrade && string(x.Order) == m.Number
	case NoteStatementLacksRefund, NoteStatementRefundOpen:
		return m.Kind == RowRefund && string(x.Refund) == m.Number
	case NoteStatementNotReversed:
		return m.Kind == RowReversal && string(x.Order) == cutMark(m.Number)
	}
	return false
}

// listDifference puts what does not agree on the list, once, and no more than listedMost of one statement.
func (s *State) listDifference(e *Event, b *StatementDiffered) {
	x := Exception{ID: e.Seq, Sale: b.Sale, Order: b.Order, Refund: b.Refund, Note: b.Why, At: e.At, Named: b.Theirs, From: b.Key}
	listed, all := 0, 0
	for i := range s.Exceptions {
		known := &s.Exceptions[i]
		if known.From == b.Key {
			listed++
		}
		if known.From != (StatementKey{}) {
			all++
		}
		if known.Order == x.Order && known.Refund == x.Refund && known.Note == x.Note && known.From.Channel == x.From.Channel &&
			(x.Order != "" || known.From == x.From) {
			return
		}
	}
	switch {
	case listed > listedMost, all >= listedAll && slices.ContainsFunc(s.Exceptions, func(x Exception) bool { return x.From == b.Key && x.Note == NoteStatementMany }):
		return
	case listed == listedMost, all >= listedAll:
		x = Exception{ID: e.Seq, Note: NoteStatementMany, At: e.At, From: b.Key}
	}
	s.Exceptions = append(slices.Clip(s.Exceptions), x)
}
