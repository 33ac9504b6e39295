package ledger

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// trainer is the second person of training, with the PIN.
func trainer() *Consent { return &Consent{Person: Trainer.Person, PIN: pinOf(TrainerPIN)} }

// tender takes money for the sale on the screen.
func tender(b *Book, wish TenderWish) error {
	b.Read(func(s *State) {
		if sale := s.CurrentSale(); sale != nil {
			wish.Sale, wish.Seen = sale.ID, len(sale.Tenders)
		}
	})
	return b.Tender(context.Background(), Trainee, wish)
}

// scans charges the sale on the screen, and lets the worker ask.
func scans(t *testing.T, b *Book) (Attempt, uint64) {
	t.Helper()
	wants(t, b.Scan(context.Background(), Trainee, scanOf(wechatCode)), "")
	a := lastAttempt(t, b)
	began, err := b.Asking(context.Background(), a.Order, RequestPay)
	wants(t, err, "")
	return a, began
}

// TestTenders: what each wish takes, gives as change and rounds, and why it is refused.
func TestTenders(t *testing.T) {
	for name, tt := range map[string]struct {
		due  string
		step int64
		wish TenderWish
		want Reason
		take Tender // kind, amount, given, change, rounding, number
	}{
		"cash, exact":                    {"12.34", 0, TenderWish{Kind: Cash}, "", Tender{Kind: Cash, Amount: Fen(1234), Given: Fen(1234), Change: Fen(0)}},
		"cash, change":                   {"12.34", 0, TenderWish{Kind: Cash, Given: Fen(5000)}, "", Tender{Kind: Cash, Amount: Fen(1234), Given: Fen(5000), Change: Fen(3766)}},
		"cash, a part":                   {"12.34", 0, TenderWish{Kind: Cash, Amount: Fen(1000), Given: Fen(1000)}, "", Tender{Kind: Cash, Amount: Fen(1000), Given: Fen(1000), Change: Fen(0)}},
		"cash, too little":               {"12.34", 0, TenderWish{Kind: Cash, Given: Fen(1233)}, ReasonTenderGiven, Tender{}},
		"cash, the most":                 {"12.34", 0, TenderWish{Kind: Cash, Given: Fen(MaxFen)}, "", Tender{Kind: Cash, Amount: Fen(1234), Given: Fen(MaxFen), Change: Fen(MaxFen - 1234)}},
		"cash, more than a till takes":   {"12.34", 0, TenderWish{Kind: Cash, Given: Fen(MaxFen + 1)}, ReasonTenderAmount, Tender{}},
		"cash, below zero":               {"12.34", 0, TenderWish{Kind: Cash, Given: Fen(-1)}, ReasonTenderGiven, Tender{}},
		"cash, other money":              {"12.34", 0, TenderWish{Kind: Cash, Given: Money{5000, "USD"}}, ReasonTenderGiven, Tender{}},
		"cash, more than is due":         {"12.34", 0, TenderWish{Kind: Cash, Amount: Fen(1235)}, ReasonTenderAmount, Tender{}},
		"cash, a part below zero":        {"12.34", 0, TenderWish{Kind: Cash, Amount: Fen(-5)}, ReasonTenderAmount, Tender{}},
		"cash, rounded down":             {"12.34", 10, TenderWish{Kind: Cash, Given: Fen(2000)}, "", Tender{Kind: Cash, Amount: Fen(1234), Given: Fen(2000), Change: Fen(770), Rounding: -4}},
		"cash, the half is let off":      {"12.35", 10, TenderWish{Kind: Cash}, "", Tender{Kind: Cash, Amount: Fen(1235), Given: Fen(1230), Change: Fen(0), Rounding: -5}},
		"cash, rounded up":               {"12.36", 10, TenderWish{Kind: Cash}, "", Tender{Kind: Cash, Amount: Fen(1236), Given: Fen(1240), Change: Fen(0), Rounding: 4}},
		"cash, up to the yuan":           {"12.60", 100, TenderWish{Kind: Cash, Given: Fen(1300)}, "", Tender{Kind: Cash, Amount: Fen(1260), Given: Fen(1300), Change: Fen(0), Rounding: 40}},
		"cash, rounded up and short":     {"12.36", 10, TenderWish{Kind: Cash, Given: Fen(1236)}, ReasonTenderGiven, Tender{}},
		"cash, a part that no coins are": {"12.34", 10, TenderWish{Kind: Cash, Amount: Fen(604)}, ReasonTenderAmount, Tender{}},
		"cash, a part is not rounded":    {"12.34", 10, TenderWish{Kind: Cash, Amount: Fen(600)}, "", Tender{Kind: Cash, Amount: Fen(600), Given: Fen(600), Change: Fen(0)}},
		"slip":                           {"12.34", 10, TenderWish{Kind: CardSlip, Number: " 000123 "}, "", Tender{Kind: CardSlip, Amount: Fen(1234), Number: "000123"}},
		"slip without its number":        {"12.34", 0, TenderWish{Kind: CardSlip, Number: " "}, ReasonTenderNumber, Tender{}},
		"slip with change":               {"12.34", 0, TenderWish{Kind: CardSlip, Number: "1", Given: Fen(2000)}, ReasonTenderAmount, Tender{}},
		"transfer":                       {"12.34", 0, TenderWish{Kind: Transfer}, "", Tender{Kind: Transfer, Amount: Fen(1234)}},
		"transfer of more than is due":   {"12.34", 0, TenderWish{Kind: Transfer, Amount: Fen(2000)}, ReasonTenderAmount, Tender{}},
		"no kind":                        {"12.34", 0, TenderWish{}, ReasonTenderAmount, Tender{}},
		"a kind that is none":            {"12.34", 0, TenderWish{Kind: 4}, ReasonTenderAmount, Tender{}},
	} {
		b := testBook(t, NewMemory(), func(c *BookConfig) { c.CashStep = tt.step })
		settle(t, b, tt.due)
		err := tender(b, tt.wish)
		sale := current(t, b)
		if ReasonOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		} else if err == nil {
			got := sale.Tenders[0]
			got.ID, got.Actor, got.At, got.Day = 0, Actor{}, time.Time{}, 0
			if !reflect.DeepEqual(got, tt.take) || sale.Due() != sale.Amount.Fen-tt.take.Amount.Fen || sale.Settled() != (sale.Due() == 0) {
				t.Errorf("%s: %+v, due %d", name, got, sale.Due())
			}
		}
		b.Close("test")
	}
}

// TestSettledSaleTakesNothingMore, by any way, and the till is ready for the next amount.
func TestSettledSaleTakesNothingMore(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	wants(t, tender(b, TenderWish{Kind: Cash}), ReasonNoSale)
	settle(t, b, "5")
	first := current(t, b).ID
	wants(t, b.Tender(ctx, Trainee, TenderWish{Kind: Cash}), ReasonNoSale) // bound to no sale
	keyAmount(t, b, "6")
	wants(t, tender(b, TenderWish{Kind: Cash}), ReasonNoAmount)
	b.ClearDraft()
	wants(t, b.Tender(ctx, Trainee, TenderWish{Sale: first, Kind: Cash, Amount: Fen(200)}), "")
	wants(t, b.Tender(ctx, Trainee, TenderWish{Sale: first, Kind: Cash, Amount: Fen(200)}), ReasonTenderSeen) // Enter twice
	wants(t, tender(b, TenderWish{Kind: CardSlip, Number: "1"}), "")
	for name, err := range map[string]error{
		"cash": tender(b, TenderWish{Kind: Cash}), "qr": b.Ask(ctx, Trainee, WeChat), "drop": b.Drop(ctx, Trainee, "x"), "hold": b.Hold(ctx, Trainee),
	} {
		if ReasonOf(err) != ReasonAlreadyPaid {
			t.Errorf("%s: %v", name, err)
		}
	}
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonNoAmount)
	settle(t, b, "7")
	if sale := current(t, b); sale.ID == first || sale.Amount != Fen(700) {
		t.Errorf("%+v", sale)
	}
	wantTotals(t, b)
}

// TestPartByScan: first a chosen part by scan and the rest in cash, or cash first and what is due by scan. The channel is asked for
// the part, and no second attempt is opened.
func TestPartByScan(t *testing.T) {
	ctx := context.Background()
	for _, scanFirst := range []bool{true, false} {
		b := testBook(t, NewMemory(), nil)
		settle(t, b, "10")
		if scanFirst {
			wants(t, b.SetPart(Fen(1001)), ReasonTenderAmount)
			wants(t, b.SetPart(Fen(400)), "")
		} else {
			wants(t, tender(b, TenderWish{Kind: Cash, Amount: Fen(600), Given: Fen(1000)}), "")
		}
		wants(t, b.Drop(ctx, Trainee, "x"), map[bool]Reason{true: "", false: ReasonPartPaid}[scanFirst])
		if scanFirst { // the part was of the sale that was given up
			settle(t, b, "10")
			if sale := current(t, b); b.ToAsk(&sale) != Fen(1000) {
				t.Errorf("a new sale asks for %s", b.ToAsk(&sale))
			}
			wants(t, b.SetPart(Fen(400)), "")
		}
		a, began := scans(t, b)
		if a.Amount != Fen(400) {
			t.Fatalf("asked for %s", a.Amount)
		}
		wants(t, tender(b, TenderWish{Kind: Cash}), ReasonLiveAttempt)
		wants(t, b.SetPart(Fen(1)), ReasonLiveAttempt)
		wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
		if scanFirst {
			sale := current(t, b)
			if sale.Settled() || sale.Due() != 600 {
				t.Fatalf("due %d", sale.Due())
			}
			wants(t, b.Ask(ctx, Trainee, Alipay), ReasonPartPaid)
			wants(t, b.Scan(ctx, Trainee, scanOf(alipayCode)), ReasonPartPaid)
			wants(t, b.Drop(ctx, Trainee, "x"), ReasonPartPaid)
			keyAmount(t, b, "3")
			wants(t, b.Settle(ctx, Trainee, false), ReasonPartPaid)
			b.ClearDraft()
			wants(t, tender(b, TenderWish{Kind: Cash, Given: Fen(1000)}), "")
		}
		if sale := current(t, b); !sale.Settled() || sale.Due() != 0 || sale.Tenders[0].Change != Fen(400) {
			t.Errorf("%+v", sale)
		}
		wantTotals(t, b)
		b.Read(func(s *State) {
			if got := s.Totals(); len(got) != 2 || got[0].Amount != Fen(400) || got[1].Amount != Fen(600) || got[1].Tender != Cash {
				t.Errorf("%+v", got)
			}
		})
		b.Close("test")
	}
}

// TestReturnIfPaid: cash for a payment whose end is not known needs a second person; what comes of the payment afterwards is none of
// the sale's, is named, and goes back by itself.
func TestReturnIfPaid(t *testing.T) {
	ctx := context.Background()
	for _, paidAfter := range []string{"last query", "close denied", "ended"} {
		store := NewMemory()
		b := testBook(t, store, nil)
		settle(t, b, "8")
		a, began := scans(t, b)
		wants(t, b.Report(ctx, Answer{Order: a.Order, Request: RequestPay, Class: ClassUnknown, Began: began}), "")
		wants(t, tender(b, TenderWish{Kind: Cash}), ReasonSecondPerson)
		wants(t, tender(b, TenderWish{Kind: Cash, Second: &Consent{Person: Trainer.Person, PIN: pinOf("1111")}}), ReasonPINWrong)
		wants(t, tender(b, TenderWish{Kind: Cash, Given: Fen(1000), Second: trainer()}), "")
		sale := current(t, b)
		if now := sale.Attempts[0]; !sale.Settled() || !now.ReturnIfPaid || now.State != Stopping || now.Task != TaskQuery {
			t.Fatalf("%+v", sale)
		}
		settle(t, b, "9") // the next customer need not wait
		switch paidAfter {
		case "close denied":
			answer(t, b, a.Order, RequestQuery, ClassWaiting)
			answer(t, b, a.Order, RequestClose, ClassDenied)
		case "ended":
			answer(t, b, a.Order, RequestQuery, ClassRefused)
		}
		store = store.Reopen()
		b.Close("test")
		b = testBook(t, store, nil)
		pays := func() { wants(t, b.Report(ctx, paidAnswer(&a, RequestQuery, head(b))), "") }
		pays()
		if now := stateOf(t, b, a.Order); now.State != Orphan || now.Note != NoteSecondPayment || now.Task != TaskQuery {
			t.Fatalf("%s: %s, note %d", paidAfter, now.State, now.Note)
		}
		if notes := exceptions(b, a.Order); len(notes) != 1 || notes[0] != NoteSecondPayment {
			t.Errorf("%s: named %v", paidAfter, notes)
		}
		pays()
		now := stateOf(t, b, a.Order)
		if len(now.Refunds) != 1 || now.Refunds[0].Cause != CauseSecond || now.Refunds[0].Amount != Fen(800) {
			t.Fatalf("%s: %+v", paidAfter, now.Refunds)
		}
		sent, err := b.Sending(ctx, a.Order, now.Refunds[0].Number)
		wants(t, err, "")
		wants(t, b.Report(ctx, refundAnswer(a.Order, now.Refunds[0].Number, Fen(800), RequestRefund, ClassAccepted, sent)), "")
		wants(t, b.Report(ctx, refundAnswer(a.Order, now.Refunds[0].Number, Fen(800), RequestRefundQuery, ClassReturned, head(b))), "")
		b.Read(func(s *State) {
			if got := s.Totals(); len(got) != 1 || got[0].Tender != Cash || got[0].Amount != Fen(800) || got[0].Refunds != 0 || len(s.Exceptions) != 0 {
				t.Errorf("%s: %+v, open %+v", paidAfter, got, s.Exceptions)
			}
			if fen := s.Drawer(s.Day); fen != 800 {
				t.Errorf("%s: %d fen in the drawer", paidAfter, fen)
			}
		})
		refold(t, store, paidAfter)
		b.Close("test")
	}
}

// TestPartWhileUnknown: cash for a part of it makes the payment return-if-paid, too, and the sale goes on without that.
func TestPartWhileUnknown(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	settle(t, b, "8")
	a, began := scans(t, b)
	wants(t, b.Report(ctx, Answer{Order: a.Order, Request: RequestPay, Class: ClassUnknown, Began: began}), "")
	wants(t, tender(b, TenderWish{Kind: Cash, Amount: Fen(300), Second: trainer()}), "")
	wants(t, b.Ask(ctx, Trainee, Alipay), ReasonUnresolved)
	wants(t, b.Report(ctx, paidAnswer(&a, RequestQuery, head(b))), "")
	if sale := current(t, b); sale.Settled() || sale.Due() != 500 {
		t.Fatalf("the payment is booked to the sale: due %d", sale.Due())
	}
	wants(t, tender(b, TenderWish{Kind: CardSlip, Number: "77"}), "") // somebody has agreed already
	if sale := current(t, b); !sale.Settled() {
		t.Fatal("not settled")
	}
	wantTotals(t, b)
}

// TestReturnAboveTheLimit: what went back counts against the limit of refunds, and not what cash was rounded by.
func TestReturnAboveTheLimit(t *testing.T) {
	b := testBook(t, NewMemory(), func(c *BookConfig) { c.CashStep, c.Seconds.RefundAbove = 100, 500 })
	defer func() { _ = b.Close("test") }()
	settle(t, b, "12.60")
	wants(t, tender(b, TenderWish{Kind: Cash, Given: Fen(1300)}), "") // 0.40 more than the price stays
	sale := current(t, b)
	back := TenderReturnWish{Sale: sale.ID, Tender: sale.Tenders[0].ID, Amount: Fen(501), Why: "broken"}
	wants(t, b.ReturnTender(context.Background(), Trainee, back), ReasonSecondPerson)
	back.Amount = Fen(500)
	wants(t, b.ReturnTender(context.Background(), Trainee, back), "")
	back.Amount, back.Seen = Fen(1), 1
	wants(t, b.ReturnTender(context.Background(), Trainee, back), ReasonSecondPerson)
}

// TestReturnTender: back the way it came, never more than was taken, with a reason, and with the second person that the shop wants.
func TestReturnTender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b, _ := shop(t, store)
		defer func() { b.Close("test") }()
		wang := signIn(t, b, "wang", wangPIN)
		keyAmount(t, b, "250")
		wants(t, b.Settle(ctx, wang, false), "")
		sale := current(t, b).ID
		wants(t, b.Tender(ctx, wang, TenderWish{Sale: sale, Kind: Cash, Given: Fen(30000)}), "")
		cash := current(t, b).Tenders[0]
		keyAmount(t, b, "1")
		wants(t, b.Settle(ctx, wang, false), "") // the sale leaves the working set
		back := TenderReturnWish{Sale: sale, Tender: cash.ID, Amount: Fen(5000), Why: "broken"}
		wants(t, b.ReturnTender(ctx, wang, back), ReasonSecondPerson) // it is her own
		with := func(amount int64, seen int) TenderReturnWish {
			wish := back
			wish.Amount, wish.Seen, wish.Second = Fen(amount), seen, &Consent{Person: "li", PIN: pinOf(liPIN)}
			return wish
		}
		wants(t, b.ReturnTender(ctx, wang, with(25001, 0)), ReasonRefundAmount)
		wants(t, b.ReturnTender(ctx, wang, with(5000, 0)), "")
		wants(t, b.ReturnTender(ctx, wang, with(5000, 0)), ReasonRefundSeen)
		wants(t, b.ReturnTender(ctx, wang, with(20001, 1)), ReasonRefundAmount)
		wants(t, b.ReturnTender(ctx, wang, with(20000, 1)), "")
		wants(t, b.ReturnTender(ctx, wang, with(1, 2)), ReasonNothingLeft)
		nothing := back
		nothing.Why = " "
		wants(t, b.ReturnTender(ctx, wang, nothing), ReasonRefundReason)
		nothing = back
		nothing.Tender++
		wants(t, b.ReturnTender(ctx, wang, nothing), ReasonNoTender)
		nothing.Sale = "no such sale"
		wants(t, b.ReturnTender(ctx, wang, nothing), ReasonNoTender)
		b.Read(func(s *State) {
			if got := s.Totals(); len(got) != 1 || got[0].Refunds != 2 || got[0].Returned != Fen(25000) || s.Drawer(s.Day) != 0 {
				t.Errorf("%+v, %d in the drawer", got, s.Drawer(s.Day))
			}
		})
		row, _, _ := store.SaleOf(OrderNo(sale))
		if len(row.Tenders[0].Returns) != 2 || row.Tenders[0].Returns[0].Actor.Approver != "li" || !row.Settled() || row.Kept() != 0 {
			t.Errorf("%+v", row)
		}
		refold(t, store, "returned")
	})
}

// TestUndoneSale: when money goes back before the sale is settled, it takes no more; when all is back it may be given up.
func TestUndoneSale(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	settle(t, b, "10")
	wants(t, tender(b, TenderWish{Kind: Cash, Amount: Fen(600)}), "")
	sale := current(t, b)
	back := TenderReturnWish{Sale: sale.ID, Tender: sale.Tenders[0].ID, Amount: Fen(200), Why: "changed their mind"}
	wants(t, b.ReturnTender(ctx, Trainee, back), "")
	wants(t, tender(b, TenderWish{Kind: Cash}), ReasonUndone)
	wants(t, b.Ask(ctx, Trainee, WeChat), ReasonUndone)
	wants(t, b.Drop(ctx, Trainee, "x"), ReasonPartPaid)
	back.Amount, back.Seen = Fen(400), 1
	wants(t, b.ReturnTender(ctx, Trainee, back), "")
	wants(t, b.Drop(ctx, Trainee, "x"), "")
	b.Read(func(s *State) {
		if len(s.Open()) != 0 || s.Drawer(s.Day) != 0 {
			t.Errorf("%d open, %d in the drawer", len(s.Open()), s.Drawer(s.Day))
		}
	})
	wantTotals(t, b)
}

// TestTransferIsPendingUntilProven: it is on the list until a supervisor, or a second person, has seen it, and has its own account.
func TestTransferIsPendingUntilProven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b, _ := shop(t, store)
		defer b.Close("test")
		wang := signIn(t, b, "wang", wangPIN)
		keyAmount(t, b, "30")
		wants(t, b.Settle(ctx, wang, false), "")
		sale := current(t, b).ID
		wants(t, b.Tender(ctx, wang, TenderWish{Sale: sale, Kind: Transfer}), "")
		paid := current(t, b).Tenders[0]
		keyAmount(t, b, "1")
		wants(t, b.Settle(ctx, wang, false), "")
		pending := func() (on bool, balance int64) {
			b.Read(func(s *State) {
				on = s.Exception(paid.ID) != nil
				for _, x := range s.Uncleared() {
					balance += x.Fen
				}
			})
			return on, balance
		}
		if on, fen := pending(); !on || fen != 3000 || paid.Truth() != TruthPending {
			t.Errorf("on the list: %v, %d uncleared, %s", on, fen, paid.Truth())
		}
		wish := ProveWish{Sale: sale, Tender: paid.ID, Number: "20261125"}
		wants(t, b.Prove(ctx, wang, wish), ReasonNotAllowed)
		wish.Second = &Consent{Person: "li", PIN: pinOf(liPIN)}
		wants(t, b.Prove(ctx, wang, wish), "")
		wish.Second = &Consent{Person: "li", PIN: pinOf(liPIN)}
		wants(t, b.Prove(ctx, wang, wish), ReasonProven)
		row, _, _ := store.SaleOf(OrderNo(sale))
		if on, fen := pending(); on || fen != 0 || row.Tenders[0].Truth() != TruthProven || row.Tenders[0].Number != "20261125" {
			t.Errorf("on the list: %v, %d uncleared, %+v", on, fen, row.Tenders[0])
		}
		refold(t, store, "proven")
	})
}

// TestHoldAndResume: several at once, over restarts, and none is lost or counts as given up.
func TestHoldAndResume(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, nil)
	wants(t, b.Hold(ctx, Trainee), ReasonNoSale)
	var ids []SaleID
	for _, digits := range []string{"1", "2", "3"} {
		settle(t, b, digits)
		ids = append(ids, current(t, b).ID)
		if digits == "2" {
			wants(t, tender(b, TenderWish{Kind: Cash, Amount: Fen(50)}), "")
		}
		wants(t, b.Hold(ctx, Trainee), "")
	}
	again := store.Reopen()
	b.Close("test")
	b = testBook(t, again, nil)
	defer b.Close("test")
	b.Read(func(s *State) {
		if held := s.Held(); len(held) != 3 || held[0].ID != ids[0] || held[1].Kept() != 50 || s.CurrentSale() != nil {
			t.Fatalf("held: %+v", held)
		}
	})
	wants(t, b.Resume(ctx, Trainee, "none"), ReasonNoSale)
	wants(t, b.Resume(ctx, Trainee, ids[1]), "")
	wants(t, b.Resume(ctx, Trainee, ids[0]), ReasonPartPaid) // a part of the one on the screen is paid
	keyAmount(t, b, "9")
	wants(t, b.Resume(ctx, Trainee, ids[0]), ReasonNoAmount)
	b.ClearDraft()
	a, _ := scans(t, b)
	wants(t, b.Hold(ctx, Trainee), ReasonLiveAttempt)
	wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, head(b))), "")
	wants(t, b.Resume(ctx, Trainee, ids[0]), "") // the one on the screen is paid
	wants(t, b.Resume(ctx, Trainee, ids[2]), "") // nothing was paid on that one: it is given up
	b.Read(func(s *State) {
		if held := s.Held(); len(held) != 0 || s.Current != ids[2] || len(s.Open()) != 1 {
			t.Errorf("current %s, held %+v", s.Current, held)
		}
	})
	if row, _ := again.DaySales(b.Today()); !row[0].Dropped || row[1].Dropped || !row[1].Settled() || row[2].Dropped {
		t.Errorf("%+v", row)
	}
	refold(t, again, "held")
}

// TestHeldSalesAreBounded.
func TestHeldSalesAreBounded(t *testing.T) {
	b := testBook(t, NewMemory(), nil)
	defer b.Close("test")
	for range maxHeld {
		settle(t, b, "1")
		wants(t, b.Hold(context.Background(), Trainee), "")
	}
	settle(t, b, "1")
	wants(t, b.Hold(context.Background(), Trainee), ReasonHeldMost)
}

// TestNotes: on the sale on the screen and on one of the past; "something was wrong" is one entry for the supervisor, whose note
// settles it.
func TestNotes(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, nil)
	defer b.Close("test")
	id, order := sellOne(t, b, "5", wechatCode)
	wants(t, b.Note(ctx, Trainee, NoteWish{Sale: id}), ReasonNoNote)
	wants(t, b.Note(ctx, Trainee, NoteWish{Sale: id, Wrong: true}), "")
	settle(t, b, "6")
	for range 2 {
		wants(t, b.Note(ctx, Trainee, NoteWish{Sale: id, Order: order, Text: "paid twice? 130000000000000001", Wrong: true}), "")
	}
	wants(t, b.Note(ctx, Trainee, NoteWish{Sale: "other", Order: order, Text: "x"}), ReasonNoSale)
	wants(t, b.Note(ctx, Trainee, NoteWish{Sale: "other", Text: "x"}), ReasonNoSale)
	row, _, _ := store.SaleOf(order)
	if !row.Wrong || row.Note == "" || bytes.Contains([]byte(row.Note), []byte(wechatCode)) {
		t.Errorf("%+v", row)
	}
	var entries []Exception
	b.Read(func(s *State) { entries = append(entries, s.Exceptions...) })
	if len(entries) != 1 || entries[0].Note != NoteWrong || entries[0].Sale != id || entries[0].Owner() != RoleSupervisor {
		t.Fatalf("%+v", entries)
	}
	wants(t, b.Resolve(ctx, supervisor, Resolution{Exception: entries[0].ID, Note: "looked at it"}), "")
	wants(t, b.Note(ctx, Trainee, NoteWish{Sale: id, Text: "all well"}), "") // it can be found by its own number now
	refold(t, store, "noted")
}

// TestSplitOverMidnight: each part counts on the day on which it came, the sale belongs to the day on which it was settled, and the
// day before does not change.
func TestSplitOverMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, nil)
		defer b.Close("test")
		midnight := time.Now().In(Shanghai).Truncate(24 * time.Hour).Add(40 * time.Hour)
		time.Sleep(time.Until(midnight.Add(-time.Minute)))
		before := b.Today()
		settle(t, b, "10")
		wants(t, b.SetPart(Fen(400)), "")
		a, began := scans(t, b)
		wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
		was, err := store.DayTotals(before)
		wants(t, err, "")
		time.Sleep(2 * time.Minute)
		wants(t, tender(b, TenderWish{Kind: Cash}), "")
		sale, today := current(t, b), b.Today()
		if before == today || sale.Opened != before || sale.Day != today {
			t.Fatalf("%s, %s: %s", before, today, sale.Day)
		}
		is, err := store.DayTotals(before)
		wants(t, err, "")
		if !reflect.DeepEqual(was, is) || len(is) != 1 || is[0].Channel != WeChat || is[0].Amount != Fen(400) {
			t.Errorf("the day before: %+v, then %+v", was, is)
		}
		if now, _ := store.DayTotals(today); len(now) != 1 || now[0].Tender != Cash || now[0].Amount != Fen(600) {
			t.Errorf("today: %+v", now)
		}
		wantTotals(t, b)
	})
}

// TestTenderRights: every intent of this file's for every role, with somebody who works here and somebody who only says so.
func TestTenderRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b, li := shop(t, NewMemory())
		defer b.Close("test")
		setStaff(t, b, li, "sun", RoleSupport, "5937")
		intents := map[string]func(Actor) error{
			"tender": func(a Actor) error { return b.Tender(ctx, a, TenderWish{Kind: Cash}) },
			"return": func(a Actor) error { return b.ReturnTender(ctx, a, TenderReturnWish{Why: "x"}) },
			"prove":  func(a Actor) error { return b.Prove(ctx, a, ProveWish{}) },
			"hold":   func(a Actor) error { return b.Hold(ctx, a) },
			"resume": func(a Actor) error { return b.Resume(ctx, a, "x") },
			"note":   func(a Actor) error { return b.Note(ctx, a, NoteWish{Sale: "x", Text: "x"}) },
		}
		allowed := map[string]Reason{"tender": ReasonNoSale, "return": ReasonNoTender, "prove": ReasonNoTender, "hold": ReasonNoSale, "resume": ReasonNoSale, "note": ReasonNoSale}
		for person, pin := range map[string]string{"li": liPIN, "wang": wangPIN, "sun": "5937"} {
			actor := signIn(t, b, person, pin)
			for name, intent := range intents {
				want := allowed[name]
				if actor.Role == RoleSupport || name == "prove" && actor.Role == RoleCashier {
					want = ReasonNotAllowed
				}
				if err := intent(actor); ReasonOf(err) != want {
					t.Errorf("%s as %s: %v, want %s", name, actor.Role, err, want)
				}
			}
		}
		wants(t, b.SignOut(ctx, "console", SignOutKey), "")
		for name, intent := range intents {
			if err := intent(Till); ReasonOf(err) != ReasonNotAllowed {
				t.Errorf("%s by the till: %v", name, err)
			}
			want := []Reason{ReasonSignedOut} // or nothing is told of what is not there
			if name == "return" || name == "prove" || name == "note" {
				want = append(want, allowed[name])
			}
			if err := intent(li); !slices.Contains(want, ReasonOf(err)) {
				t.Errorf("%s by somebody who has left: %v", name, err)
			}
		}
	})
}

// TestFoldRefusesTenders that no till may have written.
func TestFoldRefusesTenders(t *testing.T) {
	ok := func() *TenderTaken {
		return &TenderTaken{Sale: "s1", By: Cash, Amount: Fen(600), Given: Fen(1000), Change: Fen(400)}
	}
	for name, change := range map[string]func(*TenderTaken){
		"right":             func(*TenderTaken) {},
		"more than is due":  func(b *TenderTaken) { b.Amount, b.Given = Fen(1251), Fen(1651) },
		"nothing":           func(b *TenderTaken) { b.Amount, b.Given, b.Change = Fen(0), Fen(0), Fen(0) },
		"too much change":   func(b *TenderTaken) { b.Change = Fen(401) },
		"change below zero": func(b *TenderTaken) { b.Given, b.Change = Fen(500), Fen(-100) },
		"rounding unbooked": func(b *TenderTaken) { b.Rounding = 1 },
		"no kind":           func(b *TenderTaken) { b.By = 0 },
		"slip with change":  func(b *TenderTaken) { b.By, b.Number = CardSlip, "1" },
		"slip, no number":   func(b *TenderTaken) { b.By, b.Given, b.Change = CardSlip, Money{}, Money{} },
		"other sale":        func(b *TenderTaken) { b.Sale = "s2" },
		"other currency":    func(b *TenderTaken) { b.Amount.Currency = "USD" },
		"nobody agreed":     func(b *TenderTaken) { b.Instead = "a1" },
	} {
		s, _ := folded(t, entry{body: &Opened{Till: "T1", Mode: "training", Salt: "SALTSALT"}}, entry{body: &SaleOpened{Sale: "s1", Amount: Fen(1250)}})
		was, body := s.Snapshot(), ok()
		change(body)
		event := Event{Seq: s.Head.Seq + 1, Epoch: 1, Actor: Trainee, At: t0, Day: 20261125, Prev: s.Head.Hash, Body: body}
		_, err := s.Apply(&event, HashOf(event.Encode()))
		if (err == nil) != (name == "right") || err != nil && !bytes.Equal(was, s.Snapshot()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// tenderDay is a day of events about tenders, each of which leaves the state different.
func tenderDay() []entry {
	attempt := func(order OrderNo, sale SaleID, fen int64) entry {
		return entry{&AttemptOpened{Order: order, Sale: sale, Channel: Alipay, Way: ByCode, Amount: Fen(fen), Merchant: "M", App: "A", Mark: Mark{order[0]}, Expires: t0.Add(time.Hour)},
			Task{Kind: TaskPay, Order: order}, Task{}, Actor{}}
	}
	asked := func(order OrderNo) entry {
		return entry{&AttemptAsked{Order: order, Request: RequestPay}, Task{Kind: TaskQuery, Order: order}, Task{}, Actor{}}
	}
	said := func(order OrderNo, fen int64, class Class, became AttemptState, task TaskKind) entry {
		return entry{&AttemptAnswered{Answer: Answer{Order: order, Request: RequestQuery, Class: class, Verified: true, Began: 99,
			Named: Named{Order: order, Amount: Fen(fen), Merchant: "M", App: "A", ChannelNo: "4" + string(order)}}, Became: became}, Task{Kind: task, Order: order}, Task{}, Actor{}}
	}
	plain := func(body Body) entry { return entry{body: body} }
	return []entry{
		plain(&Opened{Till: "T1", Mode: "training", Version: "1", Salt: "SALTSALT"}),
		plain(&SaleOpened{Sale: "s1", Amount: Fen(1250)}),
		plain(&TenderTaken{Sale: "s1", By: Cash, Amount: Fen(250), Given: Fen(500), Change: Fen(250)}),
		plain(&SaleHeld{Sale: "s1"}),
		plain(&SaleOpened{Sale: "s2", Amount: Fen(700)}),
		plain(&SaleNoted{Sale: "s2", Note: "waits outside", Wrong: true}),
		plain(&SaleHeld{Sale: "s2"}),
		plain(&SaleResumed{Sale: "s1"}),
		attempt("a", "s1", 500), asked("a"), said("a", 500, ClassPaid, Paid, TaskNone),
		plain(&TenderTaken{Sale: "s1", By: CardSlip, Amount: Fen(300), Number: "12"}),
		plain(&TenderTaken{Sale: "s1", By: Transfer, Amount: Fen(200)}),
		plain(&SaleResumed{Sale: "s2"}),
		attempt("b", "s2", 700), asked("b"), said("b", 700, ClassUnknown, Unknown, TaskQuery),
		plain(&TenderTaken{Sale: "s2", By: Cash, Amount: Fen(700), Given: Fen(1000), Change: Fen(304), Rounding: -4, Instead: "b"}),
		plain(&TenderReturned{Sale: "s2", Tender: 18, By: Cash, Amount: Fen(300), Why: "broken"}),
		said("b", 700, ClassPaid, Orphan, TaskQuery),
		plain(&TenderReturned{Sale: "s2", Tender: 18, By: Cash, Amount: Fen(396), Why: "broken"}),
	}
}

// foldedTenders folds tenderDay, all of it with a second person.
func foldedTenders(t *testing.T, n int) (*State, [][]byte) {
	t.Helper()
	s := NewState()
	var records [][]byte
	for i, en := range tenderDay()[:n] {
		event := Event{Seq: s.Head.Seq + 1, Epoch: 1, Actor: Actor{"wang", RoleCashier, "console", "li"}, At: t0.Add(time.Duration(i) * time.Minute),
			Day: 20261125, Prev: s.Head.Hash, Body: en.body}
		if en.task.Kind != TaskNone {
			event.Tasks = []Task{en.task}
		}
		stored := event.Encode()
		event, err := DecodeEvent(stored)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Apply(&event, HashOf(stored)); err != nil {
			t.Fatalf("event %d: %v", i+1, err)
		}
		records = append(records, stored)
	}
	return s, records
}

// TestTendersSurvive: after each event of such a day, a snapshot restores the same state, every sale can be told again from its own
// events, and what is booked has its other side.
func TestTendersSurvive(t *testing.T) {
	for n := range len(tenderDay()) + 1 {
		s, records := foldedTenders(t, n)
		back, err := RestoreState(s.Snapshot())
		if err != nil || !reflect.DeepEqual(back, s) || !bytes.Equal(back.Snapshot(), s.Snapshot()) {
			t.Fatalf("after %d events: %v\n%+v\n%+v", n, err, back, s)
		}
		store := rowsOf(t, records)
		for id, row := range store.sales {
			if _, err := retell(store, &row); err != nil {
				t.Fatalf("after %d events, %s: %v", n, id, err)
			}
			brief := RowOf(&row)
			if again, err := DecodeRow(id, brief.Encode()); err != nil || !reflect.DeepEqual(again, brief) {
				t.Fatalf("after %d events: %v\n%+v\n%+v", n, err, again, brief)
			}
		}
		balanced(t, s, fmt.Sprintf("after %d events", n))
	}
	s, _ := foldedTenders(t, len(tenderDay()))
	if got := s.Totals(); len(got) != 4 || s.Drawer(20261125) != 250 || len(s.Exceptions) != 2 {
		t.Errorf("%+v, %d in the drawer, %+v", got, s.Drawer(20261125), s.Exceptions)
	}
}

// balanced checks that debit equals credit.
func balanced(t *testing.T, s *State, name string) {
	t.Helper()
	sum := int64(0)
	for _, b := range s.Balances() {
		sum += b.Fen
	}
	if sum != 0 {
		t.Fatalf("%s: the books differ by %d fen: %+v", name, sum, s.Balances())
	}
}
