package main

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

// This file has the stories of money that goes back, by a Book, a worker and both channels in memory.

var supervisor = ledger.Actor{Person: "li", Role: ledger.RoleSupervisor, Place: "console"}

// order is an order as the ledger's rows have it now.
func (w *world) order(number ledger.OrderNo) ledger.Attempt {
	w.t.Helper()
	sale, ok, err := w.store.SaleOf(number)
	if err != nil || !ok {
		w.t.Fatalf("order %s: %v", number, err)
	}
	return *sale.Attempt(number)
}

// paid takes a payment by code and gives its order.
func (w *world) paid(digits string, ch ledger.Channel) ledger.OrderNo {
	w.t.Helper()
	w.settle(digits)
	w.scan(ch)
	w.after(time.Second).wants(ledger.Paid)
	return w.last().Order
}

// giveBack refunds some of an order.
func (w *world) giveBack(order ledger.OrderNo, fen int64) ledger.RefundNo {
	w.t.Helper()
	number, err := w.book.Refund(context.Background(), ledger.Trainee,
		ledger.RefundWish{Order: order, Amount: ledger.Fen(fen), Why: "brought back", Seen: len(w.order(order).Refunds)})
	if err != nil {
		w.t.Fatal(err)
	}
	return number
}

func (w *world) refundIs(order ledger.OrderNo, number ledger.RefundNo, state ledger.RefundState) {
	w.t.Helper()
	a := w.order(order)
	if r := a.Refund(number); r == nil || r.State != state {
		w.t.Fatalf("refund %s: %+v, wanted %s", number, r, state)
	}
}

// TestRefundOfThePast: a sale that left the working set long ago is refunded in parts; another process carries on.
func TestRefundOfThePast(t *testing.T) {
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		inWorld(t, func(w *world) {
			order := w.paid("12.5", ch)
			w.paid("1", ch)
			w.crash()
			w.after(26 * time.Hour)
			part := w.giveBack(order, 250)
			w.after(30*time.Second).refundIs(order, part, ledger.RefundReturned)
			if held := w.banks[ch].Orders()[order]; held.Returned != 250 {
				t.Errorf("%s: the channel has given %d back", ch, held.Returned)
			}
			rest := w.giveBack(order, 1000)
			w.crash()
			w.after(3*time.Minute).refundIs(order, rest, ledger.RefundReturned)
			a := w.order(order)
			if left, back := a.Left(), a.Back(); left != 0 || back != 1250 {
				t.Errorf("%s: %d left, %d back", ch, left, back)
			}
			_, err := w.book.Refund(context.Background(), ledger.Trainee, ledger.RefundWish{Order: order, Amount: ledger.Fen(1), Why: "again", Seen: 2})
			if ledger.ReasonOf(err) != ledger.ReasonNothingLeft {
				t.Errorf("%s: one fen more: %v", ch, err)
			}
			w.book.Read(func(s *ledger.State) {
				i := slices.IndexFunc(s.Totals(), func(total ledger.Total) bool { return total.Channel == ch })
				if total := s.Totals()[i]; total.Refunds != 2 || total.Returned.Fen != 1250 || total.Count != 0 {
					t.Errorf("%s: %+v", ch, total)
				}
			})
		})
	}
}

// TestRefundWhoseAnswersAreLost is sent again under its number, and gives nothing back twice.
func TestRefundWhoseAnswersAreLost(t *testing.T) {
	inWorld(t, func(w *world) {
		order := w.paid("20", ledger.WeChat)
		lost := 0
		w.banks[ledger.WeChat].Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
			if lost++; lost > 5 {
				return channeltest.Fault{}
			}
			return channeltest.Fault{Forget: r == ledger.RequestRefund, Lose: r != ledger.RequestRefund}
		}
		number := w.giveBack(order, 2000)
		w.after(20*time.Minute).refundIs(order, number, ledger.RefundReturned)
		if held := w.banks[ledger.WeChat].Orders()[order]; held.Returned != 2000 || len(held.Refunds) != 1 {
			t.Errorf("%+v", held)
		}
	})
}

// TestRefundWithoutBalance keeps its number and is done when there is money.
func TestRefundWithoutBalance(t *testing.T) {
	inWorld(t, func(w *world) {
		var empty atomic.Bool
		empty.Store(true)
		w.banks[ledger.Alipay].Refunds = func(channel.Order, channel.Refund) channeltest.RefundFate {
			return channeltest.RefundFate{Hold: empty.Load()}
		}
		order := w.paid("20", ledger.Alipay)
		number := w.giveBack(order, 2000)
		w.after(5*time.Minute).refundIs(order, number, ledger.RefundHeld)
		if notes := w.notes(); !slices.Contains(notes, ledger.NoteRefundHeld) {
			t.Errorf("named %v", notes)
		}
		empty.Store(false)
		w.after(20*time.Minute).refundIs(order, number, ledger.RefundReturned)
		if notes := w.notes(); len(notes) != 0 {
			t.Errorf("it is done and still listed: %v", notes)
		}
	})
}

// TestAbnormalRefund is named, and no other refund of the order is taken before a person has settled it.
func TestAbnormalRefund(t *testing.T) {
	inWorld(t, func(w *world) {
		w.banks[ledger.WeChat].Refunds = func(_ channel.Order, r channel.Refund) channeltest.RefundFate {
			return channeltest.RefundFate{Abnormal: r.Amount.Fen == 500}
		}
		order := w.paid("20", ledger.WeChat)
		number := w.giveBack(order, 500)
		w.after(time.Minute).refundIs(order, number, ledger.RefundAbnormal)
		wish := ledger.RefundWish{Order: order, Amount: ledger.Fen(300), Why: "another", Seen: 1}
		ctx := context.Background()
		if _, err := w.book.Refund(ctx, ledger.Trainee, wish); ledger.ReasonOf(err) != ledger.ReasonRefundAbnormal {
			t.Errorf("a second refund beside it: %v", err)
		}
		var entry ledger.Exception
		w.book.Read(func(s *ledger.State) { entry = s.Exceptions[0] })
		word := ledger.Resolution{Exception: entry.ID, Note: "paid out in cash", Returned: true}
		if err := w.book.Resolve(ctx, ledger.Trainee, word); ledger.ReasonOf(err) != ledger.ReasonNotAllowed {
			t.Errorf("a cashier resolves: %v", err)
		}
		if err := w.book.Resolve(ctx, supervisor, ledger.Resolution{Exception: entry.ID, Note: "  "}); ledger.ReasonOf(err) != ledger.ReasonNoNote {
			t.Errorf("without a note: %v", err)
		}
		if err := w.book.Resolve(ctx, supervisor, word); err != nil {
			t.Fatal(err)
		}
		if err := w.book.Resolve(ctx, supervisor, word); ledger.ReasonOf(err) != ledger.ReasonNoException {
			t.Errorf("twice: %v", err)
		}
		w.refundIs(order, number, ledger.RefundByHand)
		next := w.giveBack(order, 300)
		w.after(2*time.Minute).refundIs(order, next, ledger.RefundReturned)
		a := w.order(order)
		if a.Left() != 1200 || len(w.notes()) != 0 {
			t.Errorf("%d left, listed %v", a.Left(), w.notes())
		}
	})
}

// TestRefusedRefund frees what it held; ended without money, too.
func TestRefusedRefund(t *testing.T) {
	for name, fate := range map[string]channeltest.RefundFate{"denied": {Deny: "TRADE_NOT_ALLOW_REFUND"}, "closed": {Closed: true, Takes: 20 * time.Second}} {
		inWorld(t, func(w *world) {
			w.banks[ledger.Alipay].Refunds = func(_ channel.Order, r channel.Refund) channeltest.RefundFate {
				if r.Amount.Fen == 2000 {
					return fate
				}
				return channeltest.RefundFate{}
			}
			order := w.paid("20", ledger.Alipay)
			number := w.giveBack(order, 2000)
			w.after(2*time.Minute).refundIs(order, number, ledger.RefundFailed)
			if notes := w.notes(); len(notes) != 1 || notes[0] != ledger.NoteRefundFailed {
				t.Errorf("%s: named %v", name, notes)
			}
			next := w.giveBack(order, 1999)
			w.after(2*time.Minute).refundIs(order, next, ledger.RefundReturned)
		})
	}
}

// latePayment has a withdrawn QR paid after all, on a sale that is otherwise given up.
func (w *world) latePayment(digits string) ledger.OrderNo {
	w.t.Helper()
	w.settle(digits)
	w.ask(ledger.Alipay)
	w.after(time.Second).wants(ledger.Waiting)
	order, qr := w.last().Order, w.last().QR
	if err := w.book.Stop(context.Background(), ledger.Trainee); err != nil {
		w.t.Fatal(err)
	}
	w.after(3 * time.Second).wants(ledger.Withdrawn)
	if err := w.banks[ledger.Alipay].ScanQR(qr); err != nil {
		w.t.Fatal(err)
	}
	return order
}

// TestLateMoneyGoesBack by itself, is named until it is back, and the sale may then be charged anew.
func TestLateMoneyGoesBack(t *testing.T) {
	inWorld(t, func(w *world) {
		order := w.latePayment("66")
		w.after(8 * time.Second).wants(ledger.Orphan)
		if notes := w.notes(); len(notes) != 1 || notes[0] != ledger.NoteLateMoney {
			t.Errorf("named %v", notes)
		}
		w.after(2 * time.Minute)
		a := w.order(order)
		if a.Back() != 6600 || len(w.notes()) != 0 || w.net(ledger.Alipay) != 0 {
			t.Errorf("%d are back, the channel keeps %d, listed %v", a.Back(), w.net(ledger.Alipay), w.notes())
		}
		w.scan(ledger.WeChat)
		w.after(time.Second).wants(ledger.Paid)
	})
}

// TestLateMoneyAboveTheLimit waits for a supervisor.
func TestLateMoneyAboveTheLimit(t *testing.T) {
	inWorld(t, func(w *world) {
		w.returnUpTo = 5000
		w.crash()
		order := w.latePayment("66")
		w.after(3 * time.Minute)
		a := w.order(order)
		if a.State != ledger.Orphan || len(a.Refunds) != 0 || len(w.notes()) != 1 {
			t.Fatalf("%s, %d refunds, listed %v", a.State, len(a.Refunds), w.notes())
		}
		wish := ledger.RefundWish{Order: order, Amount: ledger.Fen(6600), Why: "came late"}
		if _, err := w.book.Refund(context.Background(), ledger.Trainee, wish); ledger.ReasonOf(err) != ledger.ReasonNotAllowed {
			t.Errorf("a cashier gives it back: %v", err)
		}
		if _, err := w.book.Refund(context.Background(), supervisor, wish); err != nil {
			t.Fatal(err)
		}
		w.after(time.Minute)
		if w.net(ledger.Alipay) != 0 || len(w.notes()) != 0 {
			t.Errorf("the channel keeps %d, listed %v", w.net(ledger.Alipay), w.notes())
		}
	})
}

// TestSecondPaymentGoesBack: both QRs of a sale are paid.
func TestSecondPaymentGoesBack(t *testing.T) {
	inWorld(t, func(w *world) {
		w.settle("66")
		w.ask(ledger.Alipay)
		w.after(time.Second)
		old := w.last().QR
		w.scan(ledger.WeChat)
		w.after(2 * time.Second).wants(ledger.Paid)
		if err := w.banks[ledger.Alipay].ScanQR(old); err != nil {
			t.Fatal(err)
		}
		w.after(7 * time.Second)
		if notes := w.notes(); len(notes) != 1 || notes[0] != ledger.NoteSecondPayment {
			t.Errorf("named %v", notes)
		}
		w.after(2 * time.Minute)
		if w.net(ledger.Alipay) != 0 || w.net(ledger.WeChat) != 6600 || len(w.notes()) != 0 {
			t.Errorf("the channels keep %d and %d, listed %v", w.net(ledger.Alipay), w.net(ledger.WeChat), w.notes())
		}
	})
}
