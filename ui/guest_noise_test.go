package ui

import (
	"io"
	"strings"
	"testing"

	"guitai/assets"
	"guitai/ledger"
)

// TestAVisitorsNoiseIsTheEnd: a paste and a sequence without an end fill neither the till's memory nor its processor.
func TestAVisitorsNoiseIsTheEnd(t *testing.T) {
	book := bookOn(t, ledger.NewMemory())
	defer book.Close("test")
	visit, err := book.BeginVisit(t.Context(), ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:c", From: "socket"})
	if err != nil {
		t.Fatal(err)
	}
	for name, begin := range map[string]string{"paste": "\x1b[200~", "title": "\x1b]0;", "device": "\x1bP"} {
		in, keys := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			ended <- Receive(t.Context(), Config{Lang: assets.En}, GuestOptions{Book: book, Visit: visit, Role: ledger.RoleSupport, In: in, Out: io.Discard,
				Getenv: getenv("TERM=xterm-256color"), Size: Size{80, 24}, Resized: make(chan Size)})
			in.Close()
		}()
		if name == "paste" && !underRace { // each key may be a frame
			io.WriteString(keys, strings.Repeat("j", muteMost+4096)) // keys are none
		}
		select {
		case err := <-ended:
			t.Fatalf("%s: many keys are the end: %v", name, err)
		default:
		}
		io.WriteString(keys, begin)
		if n, err := io.WriteString(keys, strings.Repeat("x", 4*muteMost)); err == nil {
			t.Errorf("%s: %d bytes of it were taken", name, n)
		}
		if err := wait(t, ended); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
