package ledger

import (
	"cmp"
	"slices"
)

// Money moves between accounts: each posting debits one and credits another by the same amount, so all balances together
// are zero after every event. What has not cleared yet (a channel has not paid it out, nobody has decided on it) is a
// balance with an age, and not a flag that somebody forgot.

// LedgerAccount is a kind of account. Those that no event moves yet are added with the events that do.
type LedgerAccount string

// The accounts.
const (
	AccountReceivable LedgerAccount = "receivable" // what a channel has taken for the shop and not paid out yet; a debit balance
	AccountSales      LedgerAccount = "sales"      // what was sold; a credit balance
	AccountSuspense   LedgerAccount = "suspense"   // money that came late and belongs to no sale; a credit balance until it has gone back
	AccountReturns    LedgerAccount = "returns"    // what was sold and is given back; a debit balance
	AccountPayable    LedgerAccount = "payable"    // what is on its way back to customers; a credit balance
	AccountHand       LedgerAccount = "by hand"    // what was given back outside the channels; a credit balance
	AccountDrawer     LedgerAccount = "drawer"     // cash that sales have brought, without what went back; a debit balance
	AccountSlips      LedgerAccount = "card slips" // what the bank owes for card slips; a debit balance
	AccountPending    LedgerAccount = "pending"    // transfers that nobody has seen arrive; a debit balance
	AccountBank       LedgerAccount = "bank"       // transfers that have arrived; a debit balance
	AccountRounding   LedgerAccount = "rounding"   // cash for which there is no coin; a credit balance where more was taken
	AccountSettlement LedgerAccount = "settlement" // what a channel's statement says that it owes, and has not brought to the bank; a debit balance
	AccountPaidOut    LedgerAccount = "paid out"   // what a channel has brought to the bank; a debit balance
	AccountFees       LedgerAccount = "fees"       // what channels have kept; a debit balance
	AccountDiscounts  LedgerAccount = "discounts"  // what customers were let off at the shop's cost; a debit balance
)

// Purse is an account of one channel and one business day. Channel is empty for what came without one.
type Purse struct {
	Account LedgerAccount
	Channel Channel
	Day     Day
}

// books is what stands in the accounts because of one attempt and its refunds. Its sum is zero, so that what an event moves,
// the difference between two of them, debits as much as it credits.
type books []Balance

func (b *books) post(debit, credit Purse, fen int64) {
	if fen != 0 {
		*b = append(*b, Balance{debit, fen}, Balance{credit, -fen})
	}
}

// holds is the account whose money an attempt has brought; empty when it has brought none, or has given it back.
func (a *Attempt) holds() LedgerAccount {
	switch {
	case a.State == Paid:
		return AccountSales
	case a.State == Orphan && !a.Elsewhere:
		return AccountSuspense
	}
	return ""
}

// booksOf: a payment is owed by its channel. What goes back is taken from what was sold, or from late money, and is owed to the
// customer until it has gone: by the channel, which then owes the shop less, or by hand.
func booksOf(a *Attempt) (b books) {
	held := a.holds()
	if held == "" {
		return nil
	}
	purse := func(account LedgerAccount, day Day) Purse { return Purse{account, a.Channel, day} }
	b.post(purse(AccountReceivable, a.Booked), purse(held, a.Booked), a.Amount.Fen)
	from := func(r *Refund) Purse {
		if held == AccountSales {
			return purse(AccountReturns, r.Booked)
		}
		return purse(held, a.Booked)
	}
	for i := range a.Refunds {
		switch r := &a.Refunds[i]; r.State {
		case RefundFailed:
		case RefundReturned:
			b.post(from(r), purse(AccountReceivable, r.Day), r.Amount.Fen)
		case RefundByHand:
			b.post(from(r), purse(AccountHand, r.Day), r.Amount.Fen)
		default:
			b.post(from(r), purse(AccountPayable, r.Booked), r.Amount.Fen)
		}
	}
	b.post(purse(held, a.Booked), purse(AccountHand, a.Booked), a.ByHand)
	return b
}

// account is where a tender's money is.
func (t *Tender) account() LedgerAccount {
	switch {
	case t.Kind == Cash:
		return AccountDrawer
	case t.Kind == CardSlip:
		return AccountSlips
	case t.Proven:
		return AccountBank
	}
	return AccountPending
}

// booksOfTender: what was taken is where its kind puts it, and was sold; the coins that there are none of are a posting of their own.
// What goes back leaves the same place on the day on which it does, and a transfer that nobody has seen the place where it waits.
func booksOfTender(t *Tender) (b books) {
	purse := func(account LedgerAccount, day Day) Purse { return Purse{Account: account, Day: day} }
	at := purse(t.account(), t.Day)
	b.post(at, purse(AccountSales, t.Day), t.Amount.Fen)
	b.post(at, purse(AccountRounding, t.Day), t.Rounding)
	for i := range t.Returns {
		r := &t.Returns[i]
		from := purse(t.account(), r.Day)
		if t.Pending() {
			from = at
		}
		b.post(purse(AccountReturns, r.Day), from, r.Amount.Fen)
	}
	return b
}

// rebookTender is rebook for a tender.
func (s *State) rebookTender(was books, t *Tender) {
	for _, b := range was {
		s.move(b.Purse, -b.Fen)
	}
	for _, b := range booksOfTender(t) {
		s.move(b.Purse, b.Fen)
	}
}

// rebook puts what an attempt stands for now in the place of what it stood for before.
func (s *State) rebook(was books, a *Attempt) {
	for _, b := range was {
		s.move(b.Purse, -b.Fen)
	}
	for _, b := range booksOf(a) {
		s.move(b.Purse, b.Fen)
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
	all := slices.DeleteFunc(s.Balances(), func(b Balance) bool {
		return slices.Contains([]LedgerAccount{AccountSales, AccountReturns, AccountHand, AccountDrawer, AccountBank, AccountRounding,
			AccountPaidOut, AccountFees, AccountDiscounts}, b.Account)
	})
	slices.SortStableFunc(all, func(a, b Balance) int { return cmp.Compare(a.Day, b.Day) })
	return all
}
