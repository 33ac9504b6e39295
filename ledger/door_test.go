package ledger

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestCodeIsSentFromAnIntentAlone: whoever asks later, or for the other way of paying, is told no before a byte leaves.
func TestCodeIsSentFromAnIntentAlone(t *testing.T) {
	ctx := context.Background()
	for _, way := range []Way{ByCode, ByQR} {
		for _, request := range allRequests {
			for _, again := range []string{"intent", "asking", "unknown"} {
				b := testBook(t, NewMemory(), nil)
				settle(t, b, "5")
				first := RequestPay
				if way == ByCode {
					wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
				} else {
					wants(t, b.Ask(ctx, Trainee, WeChat), "")
					first = RequestOrder
				}
				order := lastAttempt(t, b).Order
				if again != "intent" {
					began, err := b.Asking(ctx, order, first)
					wants(t, err, "")
					if again == "unknown" {
						wants(t, b.Report(ctx, Answer{Order: order, Request: first, Class: ClassUnknown, Began: began}), "")
					}
				}
				_, err := b.Asking(ctx, order, request)
				want := request == RequestOrder && way == ByQR || request == RequestPay && way == ByCode && again == "intent"
				if (err == nil) != want {
					t.Errorf("way %d, %s: request %d gives %v", way, again, request, err)
				}
				b.Close("test")
			}
		}
	}
}

// TestChannelsWordsAreBounded: whatever a channel says, the event that holds it can be read again, and a QR is whole or none.
func TestChannelsWordsAreBounded(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, nil)
	settle(t, b, "5")
	wants(t, b.Ask(ctx, Trainee, WeChat), "")
	order := lastAttempt(t, b).Order
	began, err := b.Asking(ctx, order, RequestOrder)
	wants(t, err, "")
	long := strings.Repeat("付", 1<<20)
	wants(t, b.Report(ctx, Answer{
		Order: order, Request: RequestOrder, Class: ClassShown, Verified: true, Began: began, QR: long, Code: long, Message: long,
		Named: Named{Order: OrderNo(long), Merchant: long, App: long, ChannelNo: long},
	}), "")
	if a := lastAttempt(t, b); a.State != Unknown || a.Task != TaskOrder || a.QR != "" || !strings.HasPrefix(long, a.Message) {
		t.Errorf("%s owes %s, QR of %d bytes, message of %d", a.State, a.Task, len(a.QR), len(a.Message))
	}
	b.Close("test")
	again := testBook(t, store.Reopen(), nil)
	again.Close("test")
}

// TestManyOpenSalesFitASnapshot: a day without a line is no reason that the till cannot be opened again.
func TestManyOpenSalesFitASnapshot(t *testing.T) {
	s := NewState()
	for i := range 4000 {
		id := SaleID(fmt.Sprintf("261125%05d0000", i))
		a := attemptIn(Unknown, ByQR)
		a.Order, a.Message = OrderNo(fmt.Sprintf("T1X%05d", i)), strings.Repeat("x", 300)
		s.sales[id] = &Sale{ID: id, Amount: Fen(1), OpenedAt: t0, Attempts: []Attempt{a}, Aside: true}
	}
	data := s.Snapshot()
	if len(data) <= maxEvent {
		t.Fatalf("only %d bytes", len(data))
	}
	back, err := RestoreState(data)
	if err != nil || len(back.Open()) != 4000 {
		t.Fatal(err)
	}
}

// TestAnswerBelongsToItsOrder: an unknown order is refused, and a channel's number that stands beside another order is not taken.
func TestAnswerBelongsToItsOrder(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	settle(t, b, "5")
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	a := lastAttempt(t, b)
	began, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	stranger := paidAnswer(&a, RequestQuery, began)
	stranger.Order = "T1STRANGER"
	wants(t, b.Report(ctx, stranger), ReasonUnknownOrder)
	other := paidAnswer(&a, RequestQuery, began)
	other.Named.Order = "T1OTHER"
	wants(t, b.Report(ctx, other), "")
	if a := lastAttempt(t, b); a.State != Unknown || a.Note != NoteOtherOrder || a.ChannelNo != "" || !a.PaidAt.IsZero() {
		t.Errorf("%+v", a)
	}
	b.Read(func(s *State) {
		if len(s.Exceptions) != 1 || s.Exceptions[0].Note != NoteOtherOrder {
			t.Errorf("%+v", s.Exceptions)
		}
	})
}

// TestLateMoneyIsListedOnce however often it is told, and the sale is not charged again.
func TestLateMoneyIsListedOnce(t *testing.T) {
	ctx, b := context.Background(), testBook(t, NewMemory(), nil)
	defer b.Close("test")
	qr := qrUp(t, b, Alipay)
	wants(t, b.Stop(ctx, Trainee), "")
	answer(t, b, qr.Order, RequestQuery, ClassAbsent)
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
	a := lastAttempt(t, b)
	began, err := b.Asking(ctx, a.Order, RequestPay)
	wants(t, err, "")
	wants(t, b.Report(ctx, paidAnswer(&a, RequestPay, began)), "")
	for range 3 {
		wants(t, b.Report(ctx, paidAnswer(&qr, RequestQuery, began)), "")
	}
	b.Read(func(s *State) {
		if len(s.Exceptions) != 1 || s.Exceptions[0].Note != NoteSecondPayment || s.Exceptions[0].Order != qr.Order {
			t.Errorf("%+v", s.Exceptions)
		}
		if totals := s.Totals(); len(totals) != 1 || totals[0].Count != 1 {
			t.Errorf("the second payment is booked in silence: %+v", totals)
		}
	})
	wants(t, b.Scan(ctx, Trainee, Scan{Text: []byte("139999999999999999"), At: time.Now()}), ReasonNoAmount)
}

// TestCodesPrintNowhere, not even inside foreign structs whose fields fmt prints without asking them.
func TestCodesPrintNowhere(t *testing.T) {
	code := NewPayCode([]byte(wechatCode), time.Now())
	inside := struct {
		code PayCode
		more map[string]PayCode
	}{code, map[string]PayCode{"x": code}}
	scan := scanOf(wechatCode)
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{inside, &inside, []any{code}, scan, &scan, []Scan{scan}, fmt.Errorf("wrapped: %v", code)} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	for _, form := range []string{wechatCode, "49 51 48 48 48", "0x31, 0x33", fmt.Sprintf("%x", wechatCode)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("a code is printed as %q:\n%s", form, out.String())
		}
	}
}
