package ledger

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
)

// TestNewEpoch: a supervisor's word raises the epoch once, durably, before any order number is made; a cashier's does not.
func TestNewEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		supervisor := Actor{Person: "li", Role: RoleSupervisor}
		b := testBook(t, store, nil)
		settle(t, b, "5")
		wants(t, b.Close("test"), "")
		cfg := b.cfg
		cfg.NewEpoch = &NewEpoch{Actor: Trainee}
		if _, err := OpenBook(ctx, store, NewBoard(), cfg); ReasonOf(err) != ReasonNotAllowed {
			t.Fatalf("a cashier has opened an epoch: %v", err)
		}
		b = testBook(t, store, func(c *BookConfig) { c.NewEpoch = &NewEpoch{supervisor, EpochBegun{Why: "restored"}} })
		defer func() { wants(t, b.Close("test"), "") }()
		b.Read(func(s *State) {
			if s.Epoch != 2 {
				t.Errorf("epoch %d", s.Epoch)
			}
		})
		wants(t, b.Ask(ctx, Trainee, WeChat), "")
		if order := lastAttempt(t, b).Order; !strings.HasPrefix(string(order), "T102") {
			t.Errorf("order %s", order)
		}
	})
}

// TestAnEpochNobodyBegan is no event that follows.
func TestAnEpochNobodyBegan(t *testing.T) {
	s := NewState()
	first := Event{Seq: 1, Epoch: 1, Day: 20261125, Body: &Opened{Till: "T1"}}
	if _, err := s.Apply(&first, HashOf(first.Encode())); err != nil {
		t.Fatal(err)
	}
	for _, next := range []Event{
		{Seq: 2, Epoch: 2, Body: &Closed{}}, {Seq: 2, Epoch: 0, Body: &Closed{}},
		{Seq: 2, Epoch: 1, Body: &EpochBegun{}}, {Seq: 2, Epoch: 3, Body: &EpochBegun{}},
	} {
		next.Prev = s.Head.Hash
		if _, err := s.Apply(&next, Hash{}); ReasonOf(err) != ReasonStateForbidden {
			t.Errorf("%T of epoch %d: %v", next.Body, next.Epoch, err)
		}
	}
}
