package main

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

// This file has channels that answer, and whose answers lead nowhere, and customers who do what nobody expected.

// counted counts the requests of a channel by kind, and lets answer decide what comes of each, one at a time.
func counted(bank *channeltest.Bank, answer func(ledger.Request) channeltest.Fault) (count func(ledger.Request) int) {
	seen, mu := map[ledger.Request]int{}, sync.Mutex{}
	bank.Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
		mu.Lock()
		defer mu.Unlock()
		seen[r]++
		return answer(r)
	}
	return func(r ledger.Request) int {
		mu.Lock()
		defer mu.Unlock()
		return seen[r]
	}
}

func never(channel.Order) channeltest.Customer { return channeltest.Customer{Never: true} }

func (w *world) head() (seq uint64) {
	w.book.Read(func(s *ledger.State) { seq = s.Head.Seq })
	return seq
}

func (w *world) notes() (notes []ledger.Note) {
	w.book.Read(func(s *ledger.State) {
		for _, x := range s.Exceptions {
			notes = append(notes, x.Note)
		}
	})
	return notes
}

// TestOldQRPaidWhileTheNextIsUp: the QR of one channel was switched to the other's, and the customer pays the old one. The
// new one leaves the screen and ends before it can be paid too.
func TestOldQRPaidWhileTheNextIsUp(t *testing.T) {
	inWorld(t, func(w *world) {
		w.settle("66")
		w.ask(ledger.Alipay)
		w.after(time.Second).wants(ledger.Waiting)
		old := w.last().QR
		w.ask(ledger.WeChat)
		w.after(time.Second).wants(ledger.Waiting)
		next := w.last().QR
		if err := w.banks[ledger.Alipay].ScanQR(old); err != nil {
			t.Fatal(err)
		}
		w.after(10 * time.Second).wants(ledger.ClosedOff)
		if w.last().StopWhy != ledger.StopOtherWay {
			t.Errorf("stopped because %d", w.last().StopWhy)
		}
		w.book.Read(func(s *ledger.State) {
			if shown := s.CurrentSale().Shown(); shown.State != ledger.Orphan {
				t.Errorf("%s speaks for the sale: the cashier would charge again", shown.State)
			}
		})
		if err := w.banks[ledger.WeChat].ScanQR(next); err == nil {
			t.Error("the second QR can still be paid")
		}
		w.after(time.Minute)
		if sum := w.net(ledger.WeChat) + w.net(ledger.Alipay); sum != 0 {
			t.Errorf("the customer paid %d fen", sum)
		}
	})
}

// TestOldQRScannedWhileACodeIsCharged: somebody keys a password for the old QR while another customer's code is being
// charged. The code's attempt is stopped; the old order is closed.
func TestOldQRScannedWhileACodeIsCharged(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, bank := range w.banks {
			bank.Customer = never
		}
		w.settle("66")
		w.ask(ledger.Alipay)
		w.after(time.Second)
		old := w.last().QR
		w.scan(ledger.WeChat)
		w.after(2 * time.Second).wants(ledger.Waiting)
		if err := w.banks[ledger.Alipay].ScanQR(old); err != nil {
			t.Fatal(err)
		}
		w.after(40 * time.Second).wants(ledger.ClosedOff)
		if owed := w.book.Owed(); len(owed) != 0 {
			t.Errorf("still owed: %+v", owed)
		}
	})
}

// TestQRThatCannotBeMade is asked for at a pace and given up in time.
func TestQRThatCannotBeMade(t *testing.T) {
	for name, fault := range map[string]channeltest.Fault{
		"nonsense":   {Twist: func(a *ledger.Answer) { a.Class, a.Verified, a.Code = ledger.ClassUnknown, false, ledger.FaultHTTP }},
		"no line":    {Unsent: true},
		"empty word": {Twist: func(a *ledger.Answer) { a.QR = "" }},
	} {
		inWorld(t, func(w *world) {
			first := true
			count := counted(w.banks[ledger.Alipay], func(r ledger.Request) channeltest.Fault {
				if first {
					first = false
					return channeltest.Fault{Twist: func(a *ledger.Answer) { a.Class, a.Verified = ledger.ClassUnknown, false }}
				}
				if r != ledger.RequestOrder {
					return channeltest.Fault{}
				}
				return fault
			})
			w.settle("66")
			w.ask(ledger.Alipay)
			w.after(10 * time.Second)
			if n := count(ledger.RequestOrder); n < 2 || n > 12 || w.head() > 60 {
				t.Errorf("%s: %d requests and %d events in 10 s", name, n, w.head())
			}
			w.after(time.Minute)
			if a := w.last(); a.State.Live() {
				t.Errorf("%s: after a minute it is %s", name, a.State)
			}
		})
	}
}

// TestClosingResisted: the channel takes every cancel, and its queries go on saying "waiting". The till keeps the
// channel's pace, then a slow one, and names the order.
func TestClosingResisted(t *testing.T) {
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		inWorld(t, func(w *world) {
			var yields atomic.Bool
			w.banks[ch].Customer = never
			count := counted(w.banks[ch], func(r ledger.Request) channeltest.Fault {
				f := channeltest.Fault{Delay: 20 * time.Millisecond}
				if r == ledger.RequestQuery && !yields.Load() {
					f.Twist = func(a *ledger.Answer) { a.Class = ledger.ClassWaiting }
				}
				return f
			})
			w.settle("66")
			w.scan(ch)
			w.after(70 * time.Second).wants(ledger.Closing)
			head := w.head()
			w.after(10 * time.Minute)
			if closes := count(ledger.RequestClose); closes < 20 || closes > 60 {
				t.Errorf("%s: %d cancels in ten minutes", ch, closes)
			}
			if events := w.head() - head; events > 200 {
				t.Errorf("%s: %d events in ten minutes", ch, events)
			}
			w.after(time.Hour)
			if notes := w.notes(); len(notes) != 1 || notes[0] != ledger.NoteStubborn {
				t.Errorf("%s: named %v", ch, notes)
			}
			yields.Store(true)
			w.after(time.Hour).wants(ledger.ClosedOff)
			if notes := w.notes(); len(notes) != 0 {
				t.Errorf("%s: it has ended and is still listed: %v", ch, notes)
			}
		})
	}
}

// TestPaidThoughCancelled: every cancel is accepted, and the channel goes on saying "paid". A cancel may still give that
// money back, so it is not PAID; it is not over either; it is named.
func TestPaidThoughCancelled(t *testing.T) {
	inWorld(t, func(w *world) {
		bank := w.banks[ledger.Alipay]
		bank.Customer = never
		counted(bank, func(r ledger.Request) channeltest.Fault {
			return channeltest.Fault{Twist: func(a *ledger.Answer) {
				account := bank.Account()
				if r == ledger.RequestQuery && w.last().State == ledger.Closing {
					a.Class = ledger.ClassPaid
					a.Named = ledger.Named{Order: w.last().Order, Amount: ledger.Fen(6600), Merchant: account.Merchant, App: account.App}
				}
			}}
		})
		w.settle("66")
		w.scan(ledger.Alipay)
		w.after(time.Second)
		if err := w.book.Stop(context.Background(), ledger.Trainee); err != nil {
			t.Fatal(err)
		}
		w.after(2 * time.Hour).wants(ledger.Closing)
		if notes := w.notes(); len(notes) != 1 || notes[0] != ledger.NoteStubborn {
			t.Errorf("named %v", notes)
		}
	})
}

// TestWatchedQRResisted: a withdrawn QR that somebody is paying, and every close is refused.
func TestWatchedQRResisted(t *testing.T) {
	inWorld(t, func(w *world) {
		var resist atomic.Bool
		bank := w.banks[ledger.Alipay]
		bank.Customer = never
		count := counted(bank, func(r ledger.Request) channeltest.Fault {
			f := channeltest.Fault{Delay: 20 * time.Millisecond}
			switch {
			case r == ledger.RequestQuery && resist.Load():
				f.Twist = func(a *ledger.Answer) { a.Class = ledger.ClassWaiting }
			case r == ledger.RequestClose:
				f.Twist = func(a *ledger.Answer) { a.Class = ledger.ClassDenied }
			}
			return f
		})
		w.settle("66")
		w.ask(ledger.Alipay)
		w.after(time.Second)
		w.ask(ledger.WeChat)
		w.after(time.Second)
		resist.Store(true)
		w.after(5 * time.Minute)
		if closes := count(ledger.RequestClose); closes < 10 || closes > 60 {
			t.Errorf("%d closes in five minutes", closes)
		}
		w.after(30 * time.Minute)
		if notes := w.notes(); len(notes) != 1 || notes[0] != ledger.NoteStubborn {
			t.Errorf("named %v", notes)
		}
	})
}

// TestRefundedAtTheChannel: the merchant's own app gave the money back before the till had its answer.
func TestRefundedAtTheChannel(t *testing.T) {
	inWorld(t, func(w *world) {
		counted(w.banks[ledger.WeChat], func(r ledger.Request) channeltest.Fault {
			if r == ledger.RequestQuery {
				return channeltest.Fault{Twist: func(a *ledger.Answer) { a.Class, a.Code = ledger.ClassRefunded, "REFUND" }}
			}
			return channeltest.Fault{Forget: r == ledger.RequestPay}
		})
		w.settle("66")
		w.scan(ledger.WeChat)
		w.after(time.Minute).wants(ledger.Orphan)
		if notes := w.notes(); len(notes) != 1 || notes[0] != ledger.NoteRefunded {
			t.Errorf("named %v", notes)
		}
	})
}

// TestCounterComesFirst: four hundred sales that were set aside and whose channel says nothing do not make the customer at
// the counter wait.
func TestCounterComesFirst(t *testing.T) {
	inWorld(t, func(w *world) {
		bank := w.banks[ledger.Alipay]
		bank.Before = func(_ ledger.Request, o channel.Order) channeltest.Fault {
			if o.Amount.Fen != 500 {
				return channeltest.Fault{}
			}
			return channeltest.Fault{Twist: func(a *ledger.Answer) { a.Class, a.Code = ledger.ClassUnknown, "SYSTEM_ERROR" }}
		}
		bank.Customer = func(o channel.Order) channeltest.Customer {
			if o.Amount.Fen == 500 {
				return channeltest.Customer{}
			}
			return channeltest.Customer{PaysAfter: 6 * time.Second}
		}
		for range 400 {
			w.settle("5")
			w.scan(ledger.Alipay)
			w.after(20 * time.Millisecond)
			if err := w.book.SetAside(context.Background(), ledger.Trainee); err != nil {
				t.Fatal(err)
			}
		}
		w.settle("7")
		w.scan(ledger.Alipay)
		w.after(9 * time.Second).wants(ledger.Paid) // asked after 3 s and 8 s
	})
}

// TestStopIsTakenAtOnce although a query is on its way: the last query follows it directly.
func TestStopIsTakenAtOnce(t *testing.T) {
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		inWorld(t, func(w *world) {
			counted(w.banks[ch], func(r ledger.Request) channeltest.Fault {
				if r == ledger.RequestQuery {
					return channeltest.Fault{Delay: 500 * time.Millisecond}
				}
				return channeltest.Fault{}
			})
			w.settle("66")
			w.ask(ch)
			for {
				doing := w.book.Board().View().Doing[string(w.last().Order)]
				if doing.Request == ledger.RequestQuery && doing.Next.IsZero() {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if err := w.book.Stop(context.Background(), ledger.Trainee); err != nil {
				t.Fatal(err)
			}
			w.after(1600 * time.Millisecond) // the rest of that query, the last one, the query after the close
			if a := w.last(); a.State.Live() {
				t.Errorf("%s: 1.6 s after the stop it is %s", ch, a.State)
			}
		})
	}
}

// TestScanIsTakenAtOnce although a query about the QR is on its way: the code must not grow stale behind it.
func TestScanIsTakenAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		counted(w.banks[ledger.Alipay], func(r ledger.Request) channeltest.Fault {
			if r == ledger.RequestQuery {
				return channeltest.Fault{Delay: 500 * time.Millisecond}
			}
			return channeltest.Fault{}
		})
		w.settle("66")
		w.ask(ledger.Alipay)
		w.after(3200 * time.Millisecond).wants(ledger.Waiting)
		w.scan(ledger.WeChat)
		w.after(2 * time.Second).wants(ledger.Paid)
		if w.last().Channel != ledger.WeChat || w.net(ledger.Alipay) != 0 {
			t.Errorf("paid by %s", w.last().Channel)
		}
	})
}
