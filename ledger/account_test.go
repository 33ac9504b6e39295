package ledger

import "testing"

// TestBooksBalance: whatever an attempt becomes, debits equal credits; paid money is owed by its channel, late money is
// nobody's until it has gone back.
func TestBooksBalance(t *testing.T) {
	attempt := func(state AttemptState, note Note) Attempt {
		return Attempt{Channel: WeChat, Amount: Fen(800), State: state, Note: note, Elsewhere: note == NoteRefunded, Booked: 20261124}
	}
	purse := func(account LedgerAccount, day Day) Purse { return Purse{account, WeChat, day} }
	const today, before = Day(20261125), Day(20261124)
	for name, tt := range map[string]struct {
		was, is Attempt
		want    map[Purse]int64
	}{
		"paid":             {attempt(Asking, 0), attempt(Paid, 0), map[Purse]int64{purse(AccountReceivable, today): 800, purse(AccountSales, today): -800}},
		"paid stays paid":  {attempt(Paid, 0), attempt(Paid, NoteGoneAfterPaid), nil},
		"refused":          {attempt(Asking, 0), attempt(Refused, 0), nil},
		"late":             {attempt(Reversed, 0), attempt(Orphan, NoteLateMoney), map[Purse]int64{purse(AccountReceivable, today): 800, purse(AccountSuspense, today): -800}},
		"late, gone back":  {attempt(Orphan, NoteLateMoney), attempt(Reversed, NoteRefunded), map[Purse]int64{purse(AccountReceivable, before): -800, purse(AccountSuspense, before): 800}},
		"back before seen": {attempt(Reversed, 0), attempt(Orphan, NoteRefunded), nil},
	} {
		s, sum := NewState(), int64(0)
		if tt.is.holds() != tt.was.holds() {
			tt.is.Booked = today
		}
		s.rebook(booksOf(&tt.was), &tt.is)
		got := s.Balances()
		for _, b := range got {
			sum += b.Fen
			if tt.want[b.Purse] != b.Fen {
				t.Errorf("%s: %+v", name, b)
			}
		}
		if len(got) != len(tt.want) || sum != 0 {
			t.Errorf("%s: %+v, sum %d", name, got, sum)
		}
	}
}

// TestClearingHasAnAge: what a channel owes is listed by the day it was taken, the oldest first, and survives a snapshot.
func TestClearingHasAnAge(t *testing.T) {
	s := NewState()
	for _, day := range []Day{20261125, 20261123, 20261124} {
		s.rebook(nil, &Attempt{State: Paid, Channel: Alipay, Amount: Fen(int64(day % 100)), Booked: day})
	}
	again, err := RestoreState(s.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []*State{s, again} {
		list := state.Uncleared()
		if len(list) != 3 || list[0].Day != 20261123 || list[0].Fen != 23 || list[2].Day != 20261125 {
			t.Errorf("%+v", list)
		}
	}
}
