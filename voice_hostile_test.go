package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"guitai/hardware"
	"guitai/hardware/hwtest"
	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// TestHostileThePhoneStaysUnderTheScanner: a scanner that stands on the counter reads the phone that has just paid again after reread_ms. That is
// no code that "cannot pay": the announcement of it cuts PAID, which is being said at that moment, and tells the customer the contrary.
func TestHostileThePhoneStaysUnderTheScanner(t *testing.T) {
	book := ledgertest.BookOn(t, ledger.NewMemory())
	defer book.Close("test")
	gun := hwtest.NewGun(t)
	var refused atomic.Int32
	scanner := newScanner(hardware.Config{Serial: gun.Path(), RereadMS: 300}, book, func() { refused.Add(1) }, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = scanner.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	until := func(what string, is func() bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal(what)
			}
		}
	}
	until("no scanner", func() bool { return book.Board().View().Devices[ledger.DeviceScanner].State == ledger.DeviceReady })
	for _, r := range "12.5" {
		if err := book.Key(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.Settle(ctx, ledger.Trainee, false); err != nil {
		t.Fatal(err)
	}
	gun.Type("130000000000000001\r")
	var order ledger.OrderNo
	until("no attempt", func() bool {
		book.Read(func(s *ledger.State) {
			if a := s.CurrentSale().Last(); a != nil {
				order = a.Order
			}
		})
		return order != ""
	})
	began, err := book.Asking(ctx, order, ledger.RequestPay)
	if err == nil {
		err = ledgertest.Answer(book, order, began, ledger.RequestPay, ledger.ClassPaid)
	}
	if err != nil || unpaid(book) {
		t.Fatal(err)
	}
	time.Sleep(400 * time.Millisecond)
	gun.Type("130000000000000001\r") // the phone is still there
	time.Sleep(500 * time.Millisecond)
	if refused.Load() != 0 {
		t.Error("the code that has just paid is announced as one that cannot pay, over PAID")
	}
}
