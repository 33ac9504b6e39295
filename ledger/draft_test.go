package ledger

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// lastAttempt gives a copy of the newest attempt of the sale on the screen.
func lastAttempt(t *testing.T, b *Book) Attempt {
	t.Helper()
	sale := current(t, b)
	if len(sale.Attempts) == 0 {
		t.Fatal("no attempt")
	}
	return *sale.Last()
}

// holdCommitter keeps the committer busy with an append until release, so that what comes next waits in one group.
func holdCommitter(store *Memory, b *Book) (release func()) {
	entered, gate := make(chan struct{}), make(chan struct{})
	store.FailAppend = func(Batch) (bool, error) {
		close(entered)
		<-gate
		return true, nil
	}
	done := make(chan struct{})
	go func() {
		b.Scan(context.Background(), Trainee, Scan{Text: []byte("hello"), At: time.Now()})
		close(done)
	}()
	<-entered
	store.FailAppend = nil // read again only under the next append
	return func() { close(gate); <-done }
}

// TestTwoEntersInOneAppendAreOneSale: the second one was pressed before the first was durable.
func TestTwoEntersInOneAppendAreOneSale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory()
		b := testBook(t, store, nil)
		defer b.Close("test")
		keyAmount(t, b, "12.5")
		release := holdCommitter(store, b)
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			all.Go(func() { errs[i] = b.Settle(context.Background(), Trainee, false) })
		}
		synctest.Wait()
		release()
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("both Enters end the same: %v, %v", errs[0], errs[1])
		}
		b.Read(func(s *State) {
			if s.SaleCount != 1 || s.CurrentSale().Amount != Fen(1250) {
				t.Errorf("%d sales", s.SaleCount)
			}
		})
	})
}

// TestKeyAfterEnterIsNotSettled: an amount that changed before Enter was decided is not settled, neither the old nor the new.
func TestKeyAfterEnterIsNotSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory()
		b := testBook(t, store, nil)
		defer b.Close("test")
		keyAmount(t, b, "12.5")
		release := holdCommitter(store, b)
		done := make(chan error, 1)
		go func() { done <- b.Settle(context.Background(), Trainee, false) }()
		synctest.Wait()
		keyAmount(t, b, "3")
		release()
		wants(t, <-done, ReasonAmountZero)
		if b.Draft().Keyed.String() != "12.53" {
			t.Errorf("the amount on the screen is lost: %s", b.Draft().Keyed)
		}
	})
}

// TestScanRightBehindEnterIsCharged although Enter was not durable yet when it came.
func TestScanRightBehindEnterIsCharged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory()
		b := testBook(t, store, nil)
		defer b.Close("test")
		keyAmount(t, b, "12.5")
		release := holdCommitter(store, b)
		var all sync.WaitGroup
		var settled, scanned error
		all.Go(func() { settled = b.Settle(context.Background(), Trainee, false) })
		synctest.Wait()
		all.Go(func() { scanned = b.Scan(context.Background(), Trainee, scanOf(wechatCode)) })
		synctest.Wait()
		release()
		all.Wait()
		wants(t, settled, "")
		wants(t, scanned, "")
		if a := lastAttempt(t, b); a.Amount != Fen(1250) {
			t.Errorf("%+v", a)
		}
	})
}

// TestKeyedAmountIsNotPassedOver: while another amount stands keyed, the settled sale is charged neither by QR nor by code.
func TestKeyedAmountIsNotPassedOver(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	settle(t, b, "5")
	keyAmount(t, b, "99")
	wants(t, b.Ask(ctx, Trainee, Alipay), ReasonNoAmount)
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonNoAmount)
	b.ClearDraft()
	wants(t, b.Ask(ctx, Trainee, Alipay), "")
}

// TestSuspectScanIsDropped by everything that means something else, and its digits are gone; the scanner's buffer may be
// used again while it waits.
func TestSuspectScanIsDropped(t *testing.T) {
	ctx := context.Background()
	for name, other := range map[string]func(*testing.T, *Book){
		"key":      func(t *testing.T, b *Book) { wants(t, b.Key('7'), "") },
		"esc":      func(_ *testing.T, b *Book) { b.ClearDraft() },
		"whole":    func(t *testing.T, b *Book) { wants(t, b.Scan(ctx, Trainee, scanOf(alipayCode)), "") },
		"closing":  func(t *testing.T, b *Book) { wants(t, b.Close("test"), "") },
		"dropping": func(_ *testing.T, b *Book) { b.DropSuspect() },
	} {
		b := testBook(t, NewMemory(), nil)
		settle(t, b, "5")
		buffer := []byte(wechatCode)
		wants(t, b.Scan(ctx, Trainee, Scan{Text: buffer, At: time.Now(), Suspect: true}), ReasonCodeSuspect)
		copy(buffer, "139999999999999999")
		held := b.suspect.Text
		if last4, ok := b.Suspect(); !ok || last4 != "0001" {
			t.Errorf("%s: the suspect scan reads %q %v", name, last4, ok)
		}
		other(t, b)
		if _, ok := b.Suspect(); ok || string(held) == wechatCode {
			t.Errorf("%s: the suspect scan is kept", name)
		}
		b.Close("test")
	}
}

// TestSetAsideIsPaidLater: the next customer is served, and the sale is paid all the same.
func TestSetAsideIsPaidLater(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	settle(t, b, "5")
	wants(t, b.SetAside(ctx, Trainee), ReasonNothingToStop)
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	a := lastAttempt(t, b)
	began, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	wants(t, b.SetAside(ctx, Trainee), ReasonLiveAttempt)
	wants(t, b.Report(ctx, Answer{Order: a.Order, Request: RequestPay, Class: ClassUnknown, Began: began}), "")
	wants(t, b.Drop(ctx, Trainee, "x"), ReasonUnresolved)
	wants(t, b.Key('6'), ReasonUnresolved)
	wants(t, b.SetAside(ctx, Trainee), "")
	settle(t, b, "6")
	wants(t, b.Report(ctx, paidAnswer(&a, RequestQuery, began)), "")
	b.Read(func(s *State) {
		if s.CurrentSale().Amount != Fen(600) || s.CurrentSale().Paid() != nil {
			t.Error("the money is booked to the sale on the screen")
		}
		if totals := s.Totals(); len(totals) != 1 || totals[0].Amount != Fen(500) {
			t.Errorf("%+v", totals)
		}
	})
	if sale, ok, _ := b.Lookup().SaleOf(a.Order); !ok || sale.Paid() == nil || !sale.Aside {
		t.Errorf("%+v", sale)
	}
}
