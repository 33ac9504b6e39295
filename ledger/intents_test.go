package ledger

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// wants fails the test unless the error has the reason; empty means no error.
func wants(t *testing.T, err error, reason Reason) {
	t.Helper()
	if ReasonOf(err) != reason || reason == "" && err != nil {
		t.Fatalf("got %v, want %q", err, reason)
	}
}

func TestQuietSettleNeedsThePause(t *testing.T) {
	for pause, reason := range map[time.Duration]Reason{399 * time.Millisecond: ReasonNoAmount, 400 * time.Millisecond: ""} {
		synctest.Test(t, func(t *testing.T) {
			b := testBook(t, NewMemory(), func(c *BookConfig) { c.QuietSettle = true })
			defer b.Close("test")
			keyAmount(t, b, "12.5")
			time.Sleep(pause)
			wants(t, b.Scan(context.Background(), Trainee, scanOf(wechatCode)), reason)
			if reason == "" && current(t, b).Amount != Fen(1250) {
				t.Fatal("another amount")
			}
		})
	}
}

func TestKeysAreRefusedUnderALiveAttempt(t *testing.T) {
	b := testBook(t, NewMemory(), nil)
	defer b.Close("test")
	settle(t, b, "5")
	wants(t, b.Scan(context.Background(), Trainee, scanOf(wechatCode)), "")
	wants(t, b.Key('7'), ReasonLiveAttempt)
	wants(t, b.Drop(context.Background(), Trainee, "x"), ReasonLiveAttempt)
	wants(t, b.Ask(context.Background(), Trainee, Alipay), ReasonLiveAttempt)
}

func TestDoubleEnterIsOneSale(t *testing.T) {
	b := testBook(t, NewMemory(), nil)
	defer b.Close("test")
	settle(t, b, "5")
	wants(t, b.Settle(context.Background(), Trainee, false), ReasonAmountZero)
	b.Read(func(s *State) {
		if s.SaleCount != 1 {
			t.Fatalf("%d sales", s.SaleCount)
		}
	})
}

func TestUnusualAmountIsAskedAboutOnce(t *testing.T) {
	b := testBook(t, NewMemory(), func(c *BookConfig) { c.AskAbove = 100_000 })
	defer b.Close("test")
	keyAmount(t, b, "1000.01")
	wants(t, b.Settle(context.Background(), Trainee, false), ReasonAmountBand)
	wants(t, b.Settle(context.Background(), Trainee, true), "")
}

// TestCodeIsNowhereInTheJournal: refused or charged, its digits are in no stored byte, in no form.
func TestCodeIsNowhereInTheJournal(t *testing.T) {
	store := NewMemory()
	b := testBook(t, store, nil)
	ctx := context.Background()
	early := scanOf(alipayCode)
	wants(t, b.Scan(ctx, Trainee, early), ReasonNoAmount)
	if !bytes.Equal(early.Text, make([]byte, len(early.Text))) {
		t.Error("the scan's text is not wiped")
	}
	settle(t, b, "5")
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	a := current(t, b).Attempts[0]
	wants(t, b.Stop(ctx, Trainee), "")
	if len(b.codes) != 0 {
		t.Error("the code of a stopped attempt stays in memory")
	}
	if a := current(t, b).Attempts[0]; a.State != Unsent {
		t.Errorf("stopped before it was sent: %s", a.State)
	}
	if _, err := b.Asking(ctx, a.Order, RequestPay); err == nil {
		t.Error("a stopped attempt may still be sent")
	}
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "") // never sent, so it may be used again
	b.Close("test")
	if len(b.codes) != 0 {
		t.Error("a code outlives the Book")
	}
	store.Read(1, func(_ uint64, stored []byte) error {
		for _, code := range []string{alipayCode, wechatCode} {
			for _, form := range []string{code, hex.EncodeToString([]byte(code)), base64.StdEncoding.EncodeToString([]byte(code))} {
				if bytes.Contains(stored, []byte(form)) {
					t.Errorf("the code is in the journal: %q", stored)
				}
			}
		}
		return nil
	})
}

func TestUsedCodeIsKnownAgain(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, nil)
	settle(t, b, "5")
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	a := current(t, b).Attempts[0]
	b.TakeCode(a.Order)
	began, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
	settle(t, b, "6")
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonCodeUsed)
	b.Close("test")
	b = testBook(t, store.Reopen(), nil)
	defer b.Close("test")
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonCodeUsed)
}

func TestSuspectScanWaitsForEnter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		defer b.Close("test")
		settle(t, b, "5")
		suspect := Scan{Text: []byte(wechatCode), At: time.Now(), Suspect: true}
		wants(t, b.Scan(ctx, Trainee, suspect), ReasonCodeSuspect)
		if last4, ok := b.Suspect(); !ok || last4 != "0001" || len(current(t, b).Attempts) != 0 {
			t.Fatalf("%q %v", last4, ok)
		}
		wants(t, b.AgreeSuspect(ctx, Trainee), "")
		if len(current(t, b).Attempts) != 1 {
			t.Fatal("not sent on Enter")
		}
		wants(t, b.Stop(ctx, Trainee), "")
		wants(t, b.Scan(ctx, Trainee, Scan{Text: []byte(alipayCode), At: time.Now(), Suspect: true}), ReasonCodeSuspect)
		time.Sleep(6 * time.Second)
		wants(t, b.Sweep(ctx), "")
		if _, ok := b.Suspect(); ok {
			t.Fatal("a suspect code is kept for ever")
		}
		wants(t, b.AgreeSuspect(ctx, Trainee), ReasonNothingToStop)
	})
}

func TestOldCodeIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := context.Background(), testBook(t, NewMemory(), nil)
		defer b.Close("test")
		settle(t, b, "5")
		old := scanOf(wechatCode)
		time.Sleep(5001 * time.Millisecond)
		wants(t, b.Scan(ctx, Trainee, old), ReasonCodeStale)
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
		a := current(t, b).Attempts[0]
		time.Sleep(5001 * time.Millisecond)
		if code, fresh, ok := b.TakeCode(a.Order); !ok || fresh || code.Reveal() != "" {
			t.Fatalf("an old code is handed out: %v %v", fresh, ok)
		}
	})
}

// TestRestartNeverPaysAgain: cut the journal after every event of a long scenario and open it. Nothing owes a payment,
// what was an intent is asked about, and one more restart changes nothing about that.
func TestRestartNeverPaysAgain(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, nil)
	for i, ch := range []Channel{WeChat, Alipay, WeChat} {
		settle(t, b, "5")
		if i == 1 {
			wants(t, b.Ask(ctx, Trainee, ch), "")
		} else {
			wants(t, b.Scan(ctx, Trainee, scanOf(fmt.Sprintf("13%016d", i))), "")
		}
		a := current(t, b).Attempts[0]
		began, err := b.Asking(ctx, a.Order, map[bool]Request{true: RequestOrder, false: RequestPay}[i == 1])
		wants(t, err, "")
		wants(t, b.Report(ctx, Answer{Order: a.Order, Request: RequestPay, Class: ClassUnknown, Began: began}), "")
		wants(t, b.Report(ctx, paidAnswer(&a, RequestQuery, began)), "")
	}
	b.Close("test")
	for cut := range len(store.records) {
		part := NewMemory()
		part.records = store.records[:cut]
		for range 2 {
			again := testBook(t, part, nil)
			for _, o := range again.Owed() {
				if o.Task == TaskPay || o.State == Intent {
					t.Fatalf("cut at %d: %s owes %s", cut, o.State, o.Task)
				}
			}
			part = part.Reopen()
			again.Close("test")
		}
	}
}

// TestFailedAppendStopsAllWriting, whether it happened or not; the reopened ledger is whole either way.
func TestFailedAppendStopsAllWriting(t *testing.T) {
	for _, happens := range []bool{false, true} {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, nil)
		settle(t, b, "5")
		store.FailAppend = func(Batch) (bool, error) { return happens, errors.New("the disk says no") }
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonLedgerStopped)
		if len(b.codes) != 0 {
			t.Error("the code stays in memory")
		}
		store.FailAppend = nil
		keyAmount(t, b, "7")
		wants(t, b.Settle(ctx, Trainee, false), ReasonLedgerStopped)
		wants(t, b.Err(), ReasonLedgerStopped)
		if n := len(current(t, b).Attempts); n != 0 {
			t.Errorf("%d attempts are shown that nobody knows to be durable", n)
		}
		b.Close("test")
		again := testBook(t, store.Reopen(), nil)
		want := 0
		if happens {
			want = 1
		}
		if n := len(current(t, again).Attempts); n != want {
			t.Errorf("happened %v: %d attempts after the restart", happens, n)
		}
		again.Close("test")
	}
}

func TestRightsAreAskedInTheBook(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	support := Actor{Person: "s", Role: RoleSupport}
	keyAmount(t, b, "5")
	for name, intent := range map[string]func(Actor) error{
		"settle": func(a Actor) error { return b.Settle(ctx, a, false) },
		"scan":   func(a Actor) error { return b.Scan(ctx, a, scanOf(wechatCode)) },
		"ask":    func(a Actor) error { return b.Ask(ctx, a, Alipay) },
		"stop":   func(a Actor) error { return b.Stop(ctx, a) },
		"drop":   func(a Actor) error { return b.Drop(ctx, a, "x") },
		"aside":  func(a Actor) error { return b.SetAside(ctx, a) },
	} {
		for _, actor := range []Actor{support, {}, Till} {
			if err := intent(actor); ReasonOf(err) != ReasonNotAllowed {
				t.Errorf("%s by %q: %v", name, actor.Role, err)
			}
		}
	}
}

// TestManyAtOnce: 64 goroutines key, settle and scan. The sequence has no gap and the state equals a fold from the first
// event.
func TestManyAtOnce(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, func(c *BookConfig) { c.SnapshotEvery = 7 })
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 3))
			for n := range 20 {
				b.Key(rune('1' + random.IntN(9)))
				b.Settle(ctx, Trainee, true)
				b.Scan(ctx, Trainee, scanOf(fmt.Sprintf("13%08d%08d", i, n)))
				b.Ask(ctx, Trainee, Alipay)
				b.Stop(ctx, Trainee)
				b.Drop(ctx, Trainee, "x")
			}
		})
	}
	all.Wait()
	var seen []byte
	b.Read(func(s *State) { seen = s.Snapshot() })
	fold, v := NewState(), Verifier{}
	err := store.Read(1, func(_ uint64, stored []byte) error {
		event, err := v.Next(stored)
		if err != nil {
			return err
		}
		_, err = fold.Apply(&event, HashOf(stored))
		return err
	})
	if err != nil || !bytes.Equal(fold.Snapshot(), seen) {
		t.Fatalf("the state is not the fold of its events: %v", err)
	}
	restored, err := RestoreState(seen)
	if err != nil || !bytes.Equal(restored.Snapshot(), seen) {
		t.Fatalf("a snapshot does not restore itself: %v", err)
	}
	b.Close("test")
}
