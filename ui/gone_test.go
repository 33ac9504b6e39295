package ui

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"

	"guitai/assets"
	"guitai/ledger"
)

// TestVisitorsAreGoneWithTheTill: when the till stops, every visit ends and leaves nothing running: on the menu, on the cashier's screen,
// and one whose line takes nothing at all.
func TestVisitorsAreGoneWithTheTill(t *testing.T) {
	before := goleak.IgnoreCurrent()
	book, err := ledger.OpenBook(t.Context(), ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"),
	})
	if err != nil {
		t.Fatal(err)
	}
	till, stop := context.WithCancel(t.Context())
	hub, ended := &Hub{}, make(chan error)
	stalled, never := io.Pipe()
	outs := []io.Writer{&counter{}, &counter{}, never}
	for i, out := range outs {
		visit, err := book.BeginVisit(till, ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:c", From: "socket"})
		if err != nil {
			t.Fatal(err)
		}
		in, keys := io.Pipe()
		defer keys.Close()
		go func() {
			ended <- Receive(till, Config{Lang: assets.En}, GuestOptions{Book: book, Hub: hub, Visit: visit, Role: ledger.RoleSupport, In: in, Out: out,
				Getenv: getenv("TERM=xterm-256color"), Size: Size{80, 24}, Resized: make(chan Size)})
			in.Close()
		}()
		go io.WriteString(keys, []string{"", "1", "1"}[i])
	}
	for hub.looks.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	stop()
	for range outs {
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	stalled.Close()
	book.Close("the test is over")
	goleak.VerifyNone(t, before)
}
