package ledger

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// This file has what must hold between a decision and its becoming durable.

// slowStore lets each append wait for a word.
type slowStore struct {
	*Memory
	gate chan struct{} // nil: open
}

func (s *slowStore) Append(ctx context.Context, batch Batch) error {
	if s.gate != nil {
		<-s.gate
	}
	return s.Memory.Append(ctx, batch)
}

// TestRefusalIsToldWhenItsReasonIsDurable: "this sale is paid" must not be heard before PAID can no longer disappear.
func TestRefusalIsToldWhenItsReasonIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), &slowStore{Memory: NewMemory()}
		b := testBook(t, store, nil)
		qr := qrUp(t, b, WeChat)
		store.gate = make(chan struct{})
		go b.Scan(ctx, Trainee, Scan{Text: []byte("hello"), At: time.Now()}) // keeps the committer in an append; the next two make one group
		synctest.Wait()
		paid := paidAnswer(&qr, RequestQuery, head(b))
		go b.Report(ctx, paid)
		synctest.Wait()
		told := make(chan error, 1)
		go func() { told <- b.Ask(ctx, Trainee, WeChat) }()
		synctest.Wait()
		store.gate <- struct{}{}
		synctest.Wait()
		select {
		case err := <-told:
			t.Errorf("told %v while the attempt is durably %s", err, stateOf(t, b, qr.Order).State)
		default:
		}
		close(store.gate)
		wants(t, <-told, ReasonAlreadyPaid)
		synctest.Wait()
		store.gate = nil
		wants(t, b.Close("test"), "")
	})
}

// TestMidnightInsideAGroup: a group has one time, so the day in an order's number and the day it is counted on agree.
func TestMidnightInsideAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, func(c *BookConfig) { c.Calendar = Calendar{Zone: time.UTC} })
		defer b.Close("test")
		settle(t, b, "5")
		time.Sleep(time.Until(time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC)) - time.Microsecond)
		err := b.commit(ctx, Trainee, func(s *State, now time.Time) (plan, error) {
			time.Sleep(2 * time.Microsecond) // what the decisions before it in the group cost
			return b.openOrSwitch(s, now, s.CurrentSale(), &waitingAsk{sale: s.Current, actor: Trainee, channel: WeChat})
		})
		wants(t, err, "")
		first := lastAttempt(t, b).Order
		wants(t, b.Stop(ctx, Trainee), "")
		wants(t, b.Ask(ctx, Trainee, WeChat), "")
		second := lastAttempt(t, b).Order
		if first == second {
			t.Fatalf("one order number twice: %s", first)
		}
	})
}

// TestNoCodeIsHeldWithoutALedger: neither one that has stopped nor one that is closed keeps a suspect scan.
func TestNoCodeIsHeldWithoutALedger(t *testing.T) {
	ctx := context.Background()
	for want, end := range map[Reason]func(*Book){
		ReasonLedgerStopped: func(b *Book) { b.stop(errors.New("the disk says no")) },
		ReasonClosedLedger:  func(b *Book) { wants(t, b.Close("test"), "") },
	} {
		b := testBook(t, NewMemory(), nil)
		settle(t, b, "5")
		end(b)
		scan := Scan{Text: []byte(wechatCode), At: time.Now(), Suspect: true}
		wants(t, b.Scan(ctx, Trainee, scan), want)
		if _, held := b.Suspect(); held || string(scan.Text) == wechatCode {
			t.Errorf("%s: the code is still in memory", want)
		}
		b.end()
	}
}

// TestUnreadableSnapshotCostsTimeOnly: the journal is folded from its first event.
func TestUnreadableSnapshotCostsTimeOnly(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, nil)
	_, order := sellOne(t, b, "5", wechatCode)
	wants(t, b.Close("test"), "")
	again := store.Reopen()
	if again.snapshot == nil {
		t.Fatal("closing wrote no snapshot")
	}
	again.snapshot = []byte{0xff, 0xff, 0xff}
	b = testBook(t, again, nil)
	defer b.Close("test")
	if a := stateOf(t, b, order); a.State != Paid {
		t.Errorf("the sale is %s", a.State)
	}
	wants(t, b.SetAside(ctx, Trainee), ReasonNothingToStop)
}

// TestTillKeyIsLongEnough: with a short one, whoever has the ledger could search for the codes behind the marks.
func TestTillKeyIsLongEnough(t *testing.T) {
	for _, key := range [][]byte{nil, {}, make([]byte, minTillKey-1)} {
		if b, err := OpenBook(context.Background(), NewMemory(), NewBoard(), BookConfig{Till: "T1", Mode: "training", TillKey: key}); err == nil {
			b.Close("test")
			t.Errorf("a key of %d bytes is taken", len(key))
		}
	}
}

// TestReadersSeeWhatARestartWillSee: no finer times, no longer words.
func TestReadersSeeWhatARestartWillSee(t *testing.T) {
	store := NewMemory()
	b := testBook(t, store, nil)
	a, began := charged(t, b, wechatCode)
	paid := paidAnswer(&a, RequestPay, began)
	paid.Named.PaidAt = time.Now().Add(123 * time.Nanosecond)
	wants(t, b.Report(context.Background(), paid), "")
	var seen string
	b.Read(func(s *State) { seen = string(s.Snapshot()) })
	folded, err := load(store.Reopen(), b.cfg.Log)
	if err != nil {
		t.Fatal(err)
	}
	if sale, restarted := current(t, b), folded.CurrentSale(); !sale.Attempts[0].PaidAt.Equal(restarted.Attempts[0].PaidAt) ||
		!sale.Attempts[0].Expires.Equal(restarted.Attempts[0].Expires) || seen != string(folded.Snapshot()) {
		t.Errorf("%+v\n%+v", sale.Attempts[0], restarted.Attempts[0])
	}
	b.Close("test")
}
