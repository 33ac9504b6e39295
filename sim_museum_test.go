package main

import (
	"context"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

// This file keeps what the simulation has found, as the shortest story of it.

// TestNoticeAfterTheShopsOwnRefund (seed 520): the answer of a payment is lost, the shop refunds it at the channel, the till hears
// of that, and then a late notice says that it was paid. The money must not come back into the accounts, nor be given back again.
func TestNoticeAfterTheShopsOwnRefund(t *testing.T) {
	inWorld(t, func(w *world) {
		bank := w.banks[ledger.WeChat]
		bank.Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
			return channeltest.Fault{Forget: r == ledger.RequestPay}
		}
		w.settle("66")
		w.scan(ledger.WeChat)
		w.after(time.Second)
		order := w.last().Order
		if bank.GiveBack(order, 1000) != 1000 {
			t.Fatal("the shop cannot refund")
		}
		w.after(30 * time.Second).wants(ledger.Orphan)
		account := bank.Account()
		err := w.book.Report(context.Background(), ledger.Answer{
			Order: order, Request: ledger.RequestNotice, Class: ledger.ClassPaid, Verified: true,
			Named: ledger.Named{Order: order, Amount: ledger.Fen(6600), Merchant: account.Merchant, App: account.App},
		})
		if err != nil {
			t.Error(err)
		}
		w.book.Read(func(s *ledger.State) {
			if balances := s.Balances(); len(balances) > 0 {
				t.Errorf("the accounts say %+v", balances)
			}
		})
		wish := ledger.RefundWish{Order: order, Amount: ledger.Fen(1), Why: "again"}
		if _, err := w.book.Refund(context.Background(), supervisor, wish); ledger.ReasonOf(err) != ledger.ReasonNothingLeft {
			t.Errorf("it can be given back again: %v", err)
		}
		if notes := w.notes(); len(notes) != 1 || notes[0] != ledger.NoteRefunded {
			t.Errorf("named %v", notes)
		}
	})
}
