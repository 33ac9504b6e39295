package main

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

// Whole-till stories. The numbers are those of the hard failure cases in sync/DESIGN.md.

func TestCodeSaleIsPaidAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.settle("12.5")
		w.scan(ledger.WeChat)
		w.after(0).wants(ledger.Paid)
		if w.net(ledger.WeChat) != 1250 {
			t.Fatalf("charged %d fen", w.net(ledger.WeChat))
		}
	})
}

// Case 1: the pay call times out although it was carried out. The same number is asked for; nobody is charged twice.
func TestCase01LostAnswerIsFoundByAQuery(t *testing.T) {
	inWorld(t, func(w *world) {
		w.banks[ledger.Alipay].Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
			return channeltest.Fault{Forget: r == ledger.RequestPay}
		}
		w.settle("8")
		w.scan(ledger.Alipay)
		w.after(0).wants(ledger.Asking)
		w.after(10 * time.Second).wants(ledger.Unknown)
		w.after(2 * time.Second).wants(ledger.Paid)
	})
}

// A request that never arrived is cancelled, and believed closed only when the code's life is over.
func TestLostRequestEndsClosed(t *testing.T) {
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		t.Run(string(ch), func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.banks[ch].Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
					return channeltest.Fault{Lose: r == ledger.RequestPay}
				}
				w.banks[ch].Tombstones = false
				w.settle("8")
				w.scan(ch)
				w.after(75 * time.Second).wants(ledger.Closing)
				w.after(30 * time.Second).wants(ledger.ClosedOff)
				if w.net(ch) != 0 {
					t.Fatal("money moved")
				}
			})
		})
	}
}

// Case 10: the customer walks away while keying the password.
func TestCase10CustomerWalksAway(t *testing.T) {
	inWorld(t, func(w *world) {
		w.banks[ledger.WeChat].Customer = func(channel.Order) channeltest.Customer { return channeltest.Customer{Never: true} }
		w.settle("8")
		w.scan(ledger.WeChat)
		w.after(44 * time.Second).wants(ledger.Waiting)
		w.after(5 * time.Second).wants(ledger.ClosedOff)
	})
}

func TestStopWaitsForTheChannelsEarliestReverse(t *testing.T) {
	inWorld(t, func(w *world) {
		w.banks[ledger.WeChat].Customer = func(channel.Order) channeltest.Customer { return channeltest.Customer{Never: true} }
		w.settle("8")
		w.scan(ledger.WeChat)
		w.after(3 * time.Second).wants(ledger.Waiting)
		if err := w.book.Stop(context.Background(), ledger.Trainee); err != nil {
			t.Fatal(err)
		}
		w.after(11 * time.Second).wants(ledger.Stopping)
		w.after(2 * time.Second).wants(ledger.ClosedOff)
	})
}

// The customer pays just before the stop takes effect: no cancel is sent.
func TestCustomerFasterThanTheStop(t *testing.T) {
	inWorld(t, func(w *world) {
		bank := w.banks[ledger.Alipay]
		bank.Customer = func(channel.Order) channeltest.Customer { return channeltest.Customer{PaysAfter: 2 * time.Second} }
		bank.Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
			if r == ledger.RequestClose {
				t.Error("a cancel was sent to a paid order")
			}
			return channeltest.Fault{}
		}
		w.settle("8")
		w.scan(ledger.Alipay)
		w.after(2500 * time.Millisecond).wants(ledger.Waiting)
		if err := w.book.Stop(context.Background(), ledger.Trainee); err != nil {
			t.Fatal(err)
		}
		w.after(time.Millisecond).wants(ledger.Paid)
		if a := w.last(); a.Note != ledger.NoteFasterThanCancel {
			t.Fatalf("note %d", a.Note)
		}
	})
}

// Cases 6 and 7: the cancel races the payment and its answer is lost; it is repeated, and a query confirms.
func TestCase06And07CancelIsRepeatedUntilAQueryConfirms(t *testing.T) {
	inWorld(t, func(w *world) {
		bank, cancels := w.banks[ledger.Alipay], 0
		bank.Customer = func(channel.Order) channeltest.Customer { return channeltest.Customer{PaysAfter: 61 * time.Second} }
		bank.Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
			if r == ledger.RequestClose {
				cancels++
				return channeltest.Fault{Forget: cancels <= 2, Delay: 2 * time.Second}
			}
			return channeltest.Fault{}
		}
		w.settle("8")
		w.scan(ledger.Alipay)
		w.after(61 * time.Second).wants(ledger.Closing)
		w.after(59 * time.Second).wants(ledger.Reversed)
		if w.net(ledger.Alipay) != 0 || cancels < 3 {
			t.Fatalf("net %d after %d cancels", w.net(ledger.Alipay), cancels)
		}
	})
}

func TestQRIsShownScannedAndPaid(t *testing.T) {
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		t.Run(string(ch), func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.settle("66")
				w.ask(ch)
				w.after(time.Second).wants(ledger.Waiting)
				if err := w.banks[ch].ScanQR(w.last().QR); err != nil {
					t.Fatal(err)
				}
				w.after(6 * time.Second).wants(ledger.Paid)
			})
		})
	}
}

// Case 9: a withdrawn Alipay QR is scanned after all, and paid before the till sees it: named, never booked.
func TestCase09WithdrawnQRPaidLateIsNamed(t *testing.T) {
	inWorld(t, func(w *world) {
		w.settle("66")
		w.ask(ledger.Alipay)
		w.after(time.Second)
		qr := w.last().QR
		if err := w.book.Stop(context.Background(), ledger.Trainee); err != nil {
			t.Fatal(err)
		}
		w.after(time.Second).wants(ledger.Withdrawn)
		if err := w.banks[ledger.Alipay].ScanQR(qr); err != nil {
			t.Fatal(err)
		}
		w.after(10 * time.Second).wants(ledger.Orphan)
		w.book.Read(func(s *ledger.State) {
			if len(s.Exceptions) != 1 || s.Exceptions[0].Note != ledger.NoteLateMoney {
				t.Fatalf("exceptions: %+v", s.Exceptions)
			}
			if s.CurrentSale().Paid() != nil || s.CurrentSale().MayAsk() == nil {
				t.Fatal("late money was booked, or the sale may be charged again")
			}
		})
	})
}

// A QR nobody scanned gives way to a scanned code within the code's five seconds.
func TestCodeWhileQRIsUp(t *testing.T) {
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		t.Run(string(ch), func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.settle("66")
				w.ask(ch)
				w.after(time.Second).wants(ledger.Waiting)
				w.scan(ledger.WeChat)
				w.after(4 * time.Second).wants(ledger.Paid)
				if a := w.last(); a.Way != ledger.ByCode || w.net(ledger.WeChat)+w.net(ledger.Alipay) != 6600 {
					t.Fatalf("paid %+v", a)
				}
			})
		})
	}
}

func TestWatchListEndsWithTheQRsLife(t *testing.T) {
	inWorld(t, func(w *world) {
		w.settle("66")
		w.ask(ledger.Alipay)
		w.after(125 * time.Second).wants(ledger.Withdrawn)
		w.after(60 * time.Second)
		if a := w.last(); a.Task != ledger.TaskNone || len(w.book.Owed()) != 0 {
			t.Fatalf("still watched: %+v", a)
		}
	})
}

// Case 15: no connection. A scanned code is not sent later; the cashier knows at once.
func TestCase15NoConnectionIsUnsent(t *testing.T) {
	inWorld(t, func(w *world) {
		var down atomic.Bool
		down.Store(true)
		w.banks[ledger.WeChat].Before = func(ledger.Request, channel.Order) channeltest.Fault {
			return channeltest.Fault{Unsent: down.Load()}
		}
		for range 6 { // the breaker opens at the fifth
			w.settle("5")
			w.scan(ledger.WeChat)
			w.after(0).wants(ledger.Unsent)
		}
		down.Store(false)
		w.after(30 * time.Second)
		w.settle("5")
		w.scan(ledger.WeChat)
		w.after(0).wants(ledger.Paid)
	})
}

// One channel that never answers holds nobody else up.
func TestStuckPaymentBlocksNoOther(t *testing.T) {
	inWorld(t, func(w *world) {
		w.banks[ledger.Alipay].Before = func(ledger.Request, channel.Order) channeltest.Fault { return channeltest.Fault{Lose: true} }
		w.settle("5")
		w.scan(ledger.Alipay)
		w.after(12 * time.Second).wants(ledger.Unknown)
		if err := w.book.SetAside(context.Background(), ledger.Trainee); err != nil {
			t.Fatal(err)
		}
		w.settle("6")
		w.scan(ledger.WeChat)
		w.after(0).wants(ledger.Paid)
	})
}

// Case 16: a crash while the answer is on its way. The next process asks about the same number and never pays again.
func TestCase16CrashWhileAsking(t *testing.T) {
	inWorld(t, func(w *world) {
		pays := 0
		w.banks[ledger.WeChat].Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
			if r == ledger.RequestPay {
				pays++
				return channeltest.Fault{Forget: true}
			}
			return channeltest.Fault{}
		}
		w.settle("5")
		w.scan(ledger.WeChat)
		w.after(time.Second).wants(ledger.Asking)
		order := w.last().Order
		w.crash()
		w.after(10 * time.Second).wants(ledger.Paid)
		if w.last().Order != order || pays != 1 {
			t.Fatalf("%d pays, order %s became %s", pays, order, w.last().Order)
		}
	})
}

// When a line comes back, what waited out the fault is asked at once.
func TestDueTimesAreResetWhenTheLineRecovers(t *testing.T) {
	inWorld(t, func(w *world) {
		var lost atomic.Bool
		lost.Store(true)
		w.banks[ledger.Alipay].Before = func(ledger.Request, channel.Order) channeltest.Fault { return channeltest.Fault{Lose: lost.Load()} }
		for range 2 {
			w.settle("5")
			w.scan(ledger.Alipay)
			w.after(12 * time.Second)
			if err := w.book.SetAside(context.Background(), ledger.Trainee); err != nil {
				t.Fatal(err)
			}
		}
		w.after(10 * time.Minute)
		lost.Store(false)
		w.after(31 * time.Second)
		if left := len(w.book.Owed()); left != 0 {
			t.Fatalf("%d orders still owe something after the line came back: %+v", left, w.book.Owed())
		}
	})
}

// Case 17: the channel's clock is minutes away from the till's. The board says so; the sale goes on.
func TestCase17ClockSkewIsShown(t *testing.T) {
	inWorld(t, func(w *world) {
		w.banks[ledger.WeChat].Clock = -7 * time.Minute
		w.settle("5")
		w.scan(ledger.WeChat)
		w.after(0).wants(ledger.Paid)
		if skew := w.book.Board().View().ClockSkew; skew != -7*time.Minute {
			t.Fatalf("the board says %v", skew)
		}
	})
}

// Case 2: an answer that says paid without a good signature is neither paid nor refused.
func TestCase02UnsignedPaidIsUnknown(t *testing.T) {
	inWorld(t, func(w *world) {
		w.banks[ledger.Alipay].Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
			if r != ledger.RequestPay {
				return channeltest.Fault{}
			}
			return channeltest.Fault{Twist: func(a *ledger.Answer) { a.Verified = false }}
		}
		w.settle("5")
		w.scan(ledger.Alipay)
		w.after(0).wants(ledger.Unknown)
		w.after(2 * time.Second).wants(ledger.Paid)
	})
}

// Case 4: the same code scanned twice, and a second code on a live sale, charge once.
func TestCase04DoubleScanChargesOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.banks[ledger.WeChat].Customer = func(channel.Order) channeltest.Customer {
			return channeltest.Customer{PaysAfter: 4 * time.Second}
		}
		w.settle("5")
		w.scan(ledger.WeChat)
		w.after(time.Second).wants(ledger.Waiting)
		for _, digits := range []string{"130000000000000001", "130000000000000009"} {
			err := w.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte(digits), At: time.Now()})
			if reason := ledger.ReasonOf(err); reason != ledger.ReasonCodeUsed && reason != ledger.ReasonLiveAttempt {
				t.Errorf("a second scan: %v", err)
			}
		}
		w.after(10 * time.Second).wants(ledger.Paid)
		if w.net(ledger.WeChat) != 500 {
			t.Fatalf("charged %d fen", w.net(ledger.WeChat))
		}
	})
}

// Case 5: two channels paid for one sale, the withdrawn QR late. The sale is paid once; the second payment has a name.
func TestCase05SecondPaymentIsNamed(t *testing.T) {
	inWorld(t, func(w *world) {
		w.settle("66")
		w.ask(ledger.Alipay)
		w.after(time.Second)
		qr := w.last().QR
		w.scan(ledger.WeChat)
		w.after(2 * time.Second).wants(ledger.Paid)
		if err := w.banks[ledger.Alipay].ScanQR(qr); err != nil {
			t.Fatal(err)
		}
		w.after(10 * time.Second)
		w.book.Read(func(s *ledger.State) {
			if len(s.Exceptions) != 1 || s.Exceptions[0].Note != ledger.NoteSecondPayment {
				t.Errorf("exceptions: %+v", s.Exceptions)
			}
			if totals := s.Totals(); len(totals) != 1 || totals[0].Amount != ledger.Fen(6600) {
				t.Errorf("the second payment was booked: %+v", totals)
			}
		})
	})
}

// Case 8: a request that was lost on its way is carried out after its cancel, because the channel keeps no tombstone.
func TestCase08PaidAfterTheCloseIsNamed(t *testing.T) {
	inWorld(t, func(w *world) {
		bank := w.banks[ledger.Alipay]
		bank.Tombstones = false
		bank.Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
			if r == ledger.RequestPay {
				return channeltest.Fault{Late: 80 * time.Second}
			}
			return channeltest.Fault{}
		}
		w.settle("5")
		w.scan(ledger.Alipay)
		w.after(70 * time.Second).wants(ledger.Closing) // the code's life is not over
		w.after(30 * time.Second)
		if a := w.last(); a.State != ledger.Reversed && a.State != ledger.ClosedOff || w.net(ledger.Alipay) != 0 {
			t.Fatalf("the late payment stays: %s, net %d", a.State, w.net(ledger.Alipay))
		}
	})
}
