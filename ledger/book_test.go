package ledger

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

const (
	wechatCode = "130000000000000001"
	alipayCode = "280000000000000001"
)

// testBook opens a Book on a store with both channels ready.
func testBook(t *testing.T, store Store, change func(*BookConfig)) *Book {
	t.Helper()
	cfg := BookConfig{Till: "T1", Mode: "training", Version: "test", Codes: DefaultCodes(), TillKey: []byte("0123456789abcdef")}
	if change != nil {
		change(&cfg)
	}
	b, err := OpenBook(context.Background(), store, NewBoard(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range []Channel{Alipay, WeChat} {
		b.SetAccount(ch, Account{Merchant: "M-" + string(ch), App: "A-" + string(ch), QRLife: 2 * time.Minute})
	}
	return b
}

func keyAmount(t *testing.T, b *Book, digits string) {
	t.Helper()
	for _, r := range digits {
		if err := b.Key(r); err != nil {
			t.Fatalf("key %q: %v", r, err)
		}
	}
}

func settle(t *testing.T, b *Book, digits string) {
	t.Helper()
	keyAmount(t, b, digits)
	if err := b.Settle(context.Background(), Trainee, false); err != nil {
		t.Fatal(err)
	}
}

func scanOf(code string) Scan { return Scan{Text: []byte(code), At: time.Now()} }

// current gives a copy of the sale on the screen.
func current(t *testing.T, b *Book) Sale {
	t.Helper()
	var sale Sale
	b.Read(func(s *State) {
		if s.CurrentSale() == nil {
			t.Fatal("no sale on the screen")
		}
		sale = *s.CurrentSale()
		sale.Attempts = append([]Attempt(nil), sale.Attempts...)
	})
	return sale
}

// paidAnswer is a verified answer that names exactly what the attempt asked for.
func paidAnswer(a *Attempt, request Request, began uint64) Answer {
	return Answer{Order: a.Order, Request: request, Class: ClassPaid, Verified: true, Began: began,
		Named: Named{Order: a.Order, Amount: a.Amount, Merchant: a.Merchant, App: a.App, ChannelNo: "4200001"}}
}

func TestSaleByCodeIsPaidByOneVerifiedAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		defer b.Close("test")
		settle(t, b, "12.5")
		if err := b.Scan(ctx, Trainee, scanOf(wechatCode)); err != nil {
			t.Fatal(err)
		}
		a := current(t, b).Attempts[0]
		if a.State != Intent || a.Task != TaskPay || a.Channel != WeChat || a.Amount != Fen(1250) || a.Last4 != "0001" {
			t.Fatalf("after the scan: %+v", a)
		}
		code, fresh, ok := b.TakeCode(a.Order)
		if !ok || !fresh || code.Reveal() != wechatCode {
			t.Fatalf("the worker gets no code: %v %v", fresh, ok)
		}
		if _, _, again := b.TakeCode(a.Order); again {
			t.Fatal("the code is handed out twice")
		}
		began, err := b.Asking(ctx, a.Order, RequestPay)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Report(ctx, paidAnswer(&a, RequestPay, began)); err != nil {
			t.Fatal(err)
		}
		sale := current(t, b)
		if paid := sale.Paid(); paid == nil || paid.Task != TaskNone || paid.Truth() != TruthConfirmed {
			t.Fatalf("not paid: %+v", sale)
		}
		b.Read(func(s *State) {
			if totals := s.Totals(); len(totals) != 1 || totals[0].Amount != Fen(1250) || totals[0].Count != 1 {
				t.Fatalf("totals: %+v", totals)
			}
		})
	})
}
