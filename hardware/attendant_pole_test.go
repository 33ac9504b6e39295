package hardware

import (
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
)

// TestPoleOf: what the pole display shows for everything that a customer can see.
func TestPoleOf(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(*bookTill)
		want PoleView // without tail and training
		tail bool
	}{
		"idle":              {func(*bookTill) {}, PoleView{}, false},
		"keying":            {func(x *bookTill) { x.key("12.5") }, PoleView{Kind: PoleKeying, Fen: 1250}, false},
		"half an amount":    {func(x *bookTill) { x.key("0.") }, PoleView{}, false},
		"due":               {func(x *bookTill) { x.settle("12.5") }, PoleView{Kind: PoleDue, Fen: 1250}, true},
		"due, after a part": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0) }, PoleView{Kind: PoleDue, Fen: 750}, true},
		"waits":             {func(x *bookTill) { x.settle("12.5"); x.scan() }, PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"waits, and the next is keyed": {func(x *bookTill) { x.settle("12.5"); x.scan(); _ = x.book.Key('7') },
			PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"a QR":             {func(x *bookTill) { x.settle("12.5"); x.asksQR(ledger.WeChat) }, PoleView{Kind: PoleScan, Fen: 1250}, true},
		"a QR that is old": {func(x *bookTill) { x.settle("12.5"); x.asksQR(ledger.WeChat); time.Sleep(3 * time.Minute) }, PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"the customer keys a password": {func(x *bookTill) { x.settle("12.5"); x.answers(x.scan(), ledger.RequestPay, ledger.ClassWaiting, nil) },
			PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"unknown":              {func(x *bookTill) { x.settle("12.5"); x.answers(x.scan(), ledger.RequestPay, ledger.ClassUnknown, nil) }, PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"refused":              {func(x *bookTill) { x.settle("12.5"); x.answers(x.scan(), ledger.RequestPay, ledger.ClassRefused, nil) }, PoleView{Kind: PoleFailed, Fen: 1250}, true},
		"paid":                 {func(x *bookTill) { x.settle("12.5"); x.pays() }, PoleView{Kind: PolePaid, Fen: 1250}, true},
		"paid, the next keyed": {func(x *bookTill) { x.settle("12.5"); x.pays(); x.key("3") }, PoleView{Kind: PoleKeying, Fen: 300}, false},
		"cash":                 {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 0, 0) }, PoleView{Kind: PolePaid, Fen: 1250}, true},
		"paid long ago":        {func(x *bookTill) { x.settle("12.5"); x.pays(); time.Sleep(paidFor) }, PoleView{}, false},
		"paid just now": {func(x *bookTill) {
			x.settle("12.5")
			x.pays()
			time.Sleep(paidFor - time.Millisecond)
		}, PoleView{Kind: PolePaid, Fen: 1250}, true},
		"change, long after the wallet's part": {func(x *bookTill) {
			x.settle("12.5")
			x.must(x.book.SetPart(ledger.Fen(400)))
			x.pays()
			time.Sleep(time.Minute)
			x.tender(ledger.Cash, 0, 1000)
		}, PoleView{Kind: PoleChange, Fen: 150}, true},
		"change": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 0, 2000) }, PoleView{Kind: PoleChange, Fen: 750}, true},
		"late money": {func(x *bookTill) {
			x.settle("12.5")
			a := x.scan()
			x.answers(a, ledger.RequestPay, ledger.ClassRefused, nil)
			x.answers(a, ledger.RequestNotice, ledger.ClassPaid, nil)
		}, PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"cancelled": {func(x *bookTill) {
			x.settle("12.5")
			a := x.asksQR(ledger.WeChat)
			x.must(x.book.Stop(bg, ledger.Trainee))
			x.answers(a, ledger.RequestQuery, ledger.ClassOpen, nil)
			x.answers(a, ledger.RequestClose, ledger.ClassAccepted, nil)
			x.answers(a, ledger.RequestQuery, ledger.ClassClosed, nil)
		}, PoleView{Kind: PoleFailed, Fen: 1250}, true},
		"given up": {func(x *bookTill) { x.settle("12.5"); x.must(x.book.Drop(bg, ledger.Trainee, "x")) }, PoleView{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			inTill(t, func(t *testing.T, x *bookTill) {
				tt.do(x)
				want := tt.want
				want.Training = true
				if tt.tail {
					want.Tail = x.sale().ID.Tail()
				}
				if got, _ := poleUntil(x.book, time.Now()); got != want {
					t.Errorf("%+v, want %+v", got, want)
				}
			})
		})
	}
}

// TestPoleWakes: the line display forgets PAID and takes a QR's words away by itself, at the moment, and the counter sleeps otherwise.
func TestPoleWakes(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.counter.Printer, x.counter.Voice, x.counter.Scanner = nil, nil, nil
		x.attend()
		last := func() PoleKind {
			synctest.Wait()
			x.rolls.mu.Lock()
			defer x.rolls.mu.Unlock()
			return x.rolls.views[len(x.rolls.views)-1].Kind
		}
		turns := func(before, after PoleKind, in time.Duration) {
			t.Helper()
			time.Sleep(in - time.Millisecond)
			if got := last(); got != before {
				t.Errorf("just before: %d, want %d", got, before)
			}
			time.Sleep(time.Millisecond)
			if got := last(); got != after {
				t.Errorf("then: %d, want %d", got, after)
			}
		}
		x.settle("5")
		x.pays()
		turns(PolePaid, PoleIdle, paidFor)
		x.settle("6")
		x.asksQR(ledger.WeChat)
		turns(PoleScan, PoleUnknown, time.Until(x.sale().Attempts[0].Expires))
		shown := len(x.rolls.views)
		time.Sleep(24 * time.Hour)
		if last(); len(x.rolls.views) != shown {
			t.Errorf("%d more pictures in a day without an event", len(x.rolls.views)-shown)
		}
	})
}

// TestPoleKinds: no state of a customer's is without a word, and PAID is the word of one alone.
func TestPoleKinds(t *testing.T) {
	for _, state := range []ledger.CustomerState{ledger.CustomerIdle, ledger.CustomerReady, ledger.CustomerWait, ledger.CustomerScan, ledger.CustomerConfirm,
		ledger.CustomerCheck, ledger.CustomerPaid, ledger.CustomerFailed, ledger.CustomerCancelled, ledger.CustomerReturned, ledger.CustomerAsk} {
		kind, ok := poleKindOf[state]
		if paid := state == ledger.CustomerPaid; !ok || (kind == PolePaid) != paid || kind == PoleIdle && state != ledger.CustomerIdle {
			t.Errorf("%s: %d, %v", state, kind, ok)
		}
	}
}
