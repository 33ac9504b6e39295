package ledger

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// This file tests a code scanned, or another QR wanted, while a QR is up.

// qrUp settles ¥5, has the channel's QR made, and shows it.
func qrUp(t *testing.T, b *Book, channel Channel) Attempt {
	t.Helper()
	ctx := context.Background()
	settle(t, b, "5")
	wants(t, b.Ask(ctx, Trainee, channel), "")
	a := *new(current(t, b)).Last()
	began, err := b.Asking(ctx, a.Order, RequestOrder)
	wants(t, err, "")
	wants(t, b.Report(ctx, Answer{Order: a.Order, Request: RequestOrder, Class: ClassShown, Verified: true, QR: "qr", Began: began}), "")
	return stateOf(t, b, a.Order)
}

// stateOf gives a copy of an attempt.
func stateOf(t *testing.T, b *Book, order OrderNo) (a Attempt) {
	t.Helper()
	b.Read(func(s *State) {
		_, found := s.Attempt(order)
		if found == nil {
			t.Fatalf("%s is not in the working set", order)
		}
		a = *found
	})
	return a
}

// answer reports what the channel says to a query begun now.
func answer(t *testing.T, b *Book, order OrderNo, request Request, class Class) {
	t.Helper()
	a := stateOf(t, b, order)
	var head uint64
	b.Read(func(s *State) { head = s.Head.Seq })
	ans := Answer{Order: order, Request: request, Class: class, Verified: class != ClassUnknown && class != ClassUnsent, Began: head}
	if class == ClassPaid {
		ans = paidAnswer(&a, request, head)
	}
	ans.InState, ans.Known = time.Since(a.SinceAt), time.Since(a.OpenedAt)
	wants(t, b.Report(context.Background(), ans), "")
}

func TestCodeWhileAQRIsUp(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	qr := qrUp(t, b, Alipay)
	scan := scanOf(wechatCode)
	wants(t, b.Scan(ctx, Trainee, scan), "")
	if a := stateOf(t, b, qr.Order); a.State != Stopping || a.Task != TaskQuery || a.StopWhy != StopSwitched {
		t.Fatalf("the QR is not withdrawn first: %+v", a)
	}
	wants(t, b.Scan(ctx, Trainee, scanOf(alipayCode)), ReasonUnresolved)
	answer(t, b, qr.Order, RequestQuery, ClassUnknown)
	if n := len(current(t, b).Attempts); n != 1 {
		t.Fatalf("%d attempts before the QR's end is known", n)
	}
	answer(t, b, qr.Order, RequestQuery, ClassAbsent)
	sale := current(t, b)
	if len(sale.Attempts) != 2 || sale.Attempts[0].State != Withdrawn || sale.Attempts[0].Task != TaskQuery {
		t.Fatalf("%+v", sale.Attempts)
	}
	code := sale.Attempts[1]
	if code.Way != ByCode || code.Channel != WeChat || code.Task != TaskPay || code.Order == qr.Order {
		t.Fatalf("%+v", code)
	}
	if c, fresh, ok := b.TakeCode(code.Order); !ok || !fresh || c.Reveal() != wechatCode {
		t.Fatal("the code did not come along")
	}
}

// TestCodeWaitsFiveSecondsForTheQR and is then refused, written down, and gone.
func TestCodeWaitsFiveSecondsForTheQR(t *testing.T) {
	for wait, attempts := range map[time.Duration]int{5 * time.Second: 2, 5*time.Second + time.Millisecond: 1} {
		synctest.Test(t, func(t *testing.T) {
			ctx, store := context.Background(), NewMemory()
			b := testBook(t, store, nil)
			defer b.Close("test")
			qr := qrUp(t, b, WeChat)
			wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
			waiting := b.waiting.code
			time.Sleep(wait)
			b.Sweep(ctx)
			answer(t, b, qr.Order, RequestQuery, ClassAbsent)
			if n := len(current(t, b).Attempts); n != attempts {
				t.Fatalf("after %v: %d attempts", wait, n)
			}
			if attempts == 2 {
				return
			}
			if bad := b.Board().View().BadScan; bad == nil || bad.Reason != ReasonCodeStale || b.waiting != nil {
				t.Fatalf("the cashier is not told: %+v", bad)
			}
			if bytes.Trim([]byte(waiting.Reveal()), "\x00") != nil {
				t.Error("the old code stays in memory")
			}
			wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "") // it was never sent: shown again, it may be charged
		})
	}
}

// TestQRPaidWhileACodeWaits: the sale is paid once, by the QR, and the code is refused.
func TestQRPaidWhileACodeWaits(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	qr := qrUp(t, b, Alipay)
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	answer(t, b, qr.Order, RequestQuery, ClassPaid)
	sale := current(t, b)
	if paid := sale.Paid(); len(sale.Attempts) != 1 || paid == nil || paid.Note != NoteFasterThanCancel {
		t.Fatalf("%+v", sale.Attempts)
	}
	if bad := b.Board().View().BadScan; bad == nil || bad.Reason != ReasonAlreadyPaid || b.waiting != nil || len(b.codes) != 0 {
		t.Fatalf("the cashier is not told what became of the code: %+v", bad)
	}
}

// TestStopAlsoStopsWhatWaits behind a QR's withdrawal.
func TestStopAlsoStopsWhatWaits(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	qr := qrUp(t, b, Alipay)
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	wants(t, b.Stop(ctx, Trainee), ReasonStopping)
	answer(t, b, qr.Order, RequestQuery, ClassAbsent)
	if n := len(current(t, b).Attempts); n != 1 || b.waiting != nil {
		t.Fatalf("%d attempts after the cashier's stop", n)
	}
}

func TestAnotherChannelsQR(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	qr := qrUp(t, b, Alipay)
	wants(t, b.Ask(ctx, Trainee, Alipay), ReasonLiveAttempt)
	wants(t, b.Ask(ctx, Trainee, UnionPay), ReasonNotSetUp)
	if a := stateOf(t, b, qr.Order); a.State != Waiting {
		t.Fatalf("a refused wish took the QR away: %s", a.State)
	}
	wants(t, b.Ask(ctx, Trainee, WeChat), "")
	answer(t, b, qr.Order, RequestQuery, ClassOpen)
	answer(t, b, qr.Order, RequestClose, ClassAccepted)
	if n := len(current(t, b).Attempts); n != 1 {
		t.Fatal("the next QR comes before a query has confirmed the end of this one")
	}
	answer(t, b, qr.Order, RequestQuery, ClassClosed)
	last := new(current(t, b)).Last()
	if last.Channel != WeChat || last.Task != TaskOrder || last.State != Intent {
		t.Fatalf("%+v", last)
	}
	wants(t, b.Ask(ctx, Trainee, Alipay), "") // an intent has asked nobody: it ends at once, and the wish follows
	wants(t, b.Sweep(ctx), "")
	sale := current(t, b)
	if len(sale.Attempts) != 3 || sale.Attempts[1].State != Unsent || sale.Attempts[2].Channel != Alipay {
		t.Fatalf("%+v", sale.Attempts)
	}
}

// TestWithdrawnQRScannedLate: nothing new is asked for while somebody may be paying the old QR.
func TestWithdrawnQRScannedLate(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	qr := qrUp(t, b, Alipay)
	wants(t, b.Stop(ctx, Trainee), "")
	answer(t, b, qr.Order, RequestQuery, ClassAbsent)
	answer(t, b, qr.Order, RequestQuery, ClassWaiting)
	if a := stateOf(t, b, qr.Order); a.State != Withdrawn || a.Task != TaskClose {
		t.Fatalf("not closed at once: %+v", a)
	}
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonUnresolved)
	answer(t, b, qr.Order, RequestClose, ClassAccepted)
	answer(t, b, qr.Order, RequestQuery, ClassClosed)
	if a := stateOf(t, b, qr.Order); a.State != ClosedOff || a.Task != TaskNone {
		t.Fatalf("%+v", a)
	}
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
}
