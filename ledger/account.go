package ledger

import (
	"cmp"
	"slices"
)

// Money moves between accounts: every posting debits one and credits another by the same amount, so all balances together
// are zero after every event. What has not cleared yet (a channel has not paid it out, nobody has decided on it) is a
// balance with an age, and not a flag that somebody forgot.

// LedgerAccount is a kind of account. Those that no event moves yet are added with the events that do.
type LedgerAccount string

// The accounts.
const (
	AccountReceivable LedgerAccount = "receivable" // what a channel has taken for the shop and not paid out yet; a debit balance
	AccountSales      LedgerAccount = "sales"      // what was sold; a credit balance
	AccountSuspense   LedgerAccount = "suspense"   // money that came late and belongs to no sale; a credit balance until it has gone back
)

// Purse is an account of one channel and one business day.
type Purse struct {
	Account LedgerAccount
	Channel Channel
	Day     Day
}

// Posting moves an amount from the credited to the debited purse.
type Posting struct {
	Debit, Credit Purse
	Amount        Money
}

// holds is the account whose money an attempt has brought; empty when it has brought none, or has given it back.
func (a *Attempt) holds() LedgerAccount {
	switch {
	case a.State == Paid:
		return AccountSales
	case a.State == Orphan && a.Note != NoteRefunded:
		return AccountSuspense
	}
	return ""
}

// postings are what an event on an attempt moves: what it held is taken back, what it holds now is booked.
func postings(was, is *Attempt, day Day) (moved []Posting) {
	before, after := was.holds(), is.holds()
	if before == after {
		return nil
	}
	if before != "" {
		moved = append(moved, Posting{
			Debit: Purse{before, was.Channel, was.Booked}, Credit: Purse{AccountReceivable, was.Channel, was.Booked}, Amount: was.Amount,
		})
	}
	if after != "" {
		moved = append(moved, Posting{
			Debit: Purse{AccountReceivable, is.Channel, day}, Credit: Purse{after, is.Channel, day}, Amount: is.Amount,
		})
	}
	return moved
}

// post books postings.
func (s *State) post(moved []Posting) {
	for _, p := range moved {
		s.move(p.Debit, p.Amount.Fen)
		s.move(p.Credit, -p.Amount.Fen)
	}
}

func (s *State) move(purse Purse, fen int64) {
	s.purses[purse] += fen
	if s.purses[purse] == 0 {
		delete(s.purses, purse)
	}
}

// Balance is what stands on a purse: fen, debits above zero.
type Balance struct {
	Purse
	Fen int64
}

func (b *Balance) fields(c *codec) {
	text(c, 1, &b.Account)
	text(c, 2, &b.Channel)
	number(c, 3, &b.Day)
	c.int64(4, &b.Fen)
}

// Balances lists every purse that is not empty, by account, then by age, then by channel. Their sum is zero.
func (s *State) Balances() []Balance {
	var all []Balance
	for purse, fen := range s.purses {
		all = append(all, Balance{purse, fen})
	}
	slices.SortFunc(all, func(a, b Balance) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Channel, b.Channel))
	})
	return all
}

// Uncleared lists what has not cleared, the oldest first: what channels owe, and what nobody has decided on.
func (s *State) Uncleared() []Balance {
	all := slices.DeleteFunc(s.Balances(), func(b Balance) bool { return b.Account == AccountSales })
	slices.SortStableFunc(all, func(a, b Balance) int { return cmp.Compare(a.Day, b.Day) })
	return all
}
