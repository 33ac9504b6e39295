package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"
)

var supervisor = Actor{Person: "li", Role: RoleSupervisor, Place: "console"}

// refundAnswer is a verified answer about a refund that names it as the channels do.
func refundAnswer(order OrderNo, number RefundNo, amount Money, request Request, class Class, began uint64) Answer {
	ans := Answer{Order: order, Refund: number, Request: request, Class: class, Began: began, Verified: class != ClassUnknown && class != ClassUnsent}
	if ans.names() {
		ans.Named = Named{Order: order, Refund: number, Amount: amount, ChannelNo: "R" + string(number)}
	}
	return ans
}

// longDay does a bit of everything at the Book. It goes on whatever is refused, so that it can be cut anywhere.
func longDay(b *Book) {
	ctx := context.Background()
	last := func() (a Attempt) {
		b.Read(func(s *State) {
			if sale := s.CurrentSale(); sale != nil && sale.Last() != nil {
				a = *sale.Last()
			}
		})
		return a
	}
	settle := func(digits string) {
		for _, r := range digits {
			_ = b.Key(r)
		}
		_ = b.Settle(ctx, Trainee, false)
	}
	says := func(a Attempt, request Request, class Class) {
		var head uint64
		b.Read(func(s *State) { head = s.Head.Seq })
		ans := Answer{Order: a.Order, Request: request, Class: class, Verified: true, QR: "qr", Began: head}
		if class == ClassPaid {
			ans = paidAnswer(&a, request, head)
		}
		_ = b.Report(ctx, ans)
	}
	asks := func(a Attempt, request Request) {
		b.TakeCode(a.Order)
		_, _ = b.Asking(ctx, a.Order, request)
	}
	gives := func(order OrderNo, number RefundNo, amount Money, class Class) {
		began, err := b.Sending(ctx, order, number)
		request := RequestRefund
		if err != nil { // it is a question that is owed
			b.Read(func(s *State) { began = s.Head.Seq })
			request = RequestRefundQuery
		}
		_ = b.Report(ctx, refundAnswer(order, number, amount, request, class, began))
	}
	_ = b.Scan(ctx, Trainee, scanOf("6901234567892"))
	settle("12.5") // paid at once
	_ = b.Scan(ctx, Trainee, scanOf(wechatCode))
	asks(last(), RequestPay)
	says(last(), RequestPay, ClassPaid)
	first := last().Order
	settle("8") // a QR, withdrawn for a code, paid late; the code is paid too
	_ = b.Ask(ctx, Trainee, Alipay)
	qr := last()
	asks(qr, RequestOrder)
	says(qr, RequestOrder, ClassShown)
	_ = b.Scan(ctx, Trainee, scanOf(alipayCode))
	says(qr, RequestQuery, ClassAbsent)
	asks(last(), RequestPay)
	says(last(), RequestPay, ClassPaid)
	says(qr, RequestQuery, ClassPaid)
	says(qr, RequestQuery, ClassPaid) // still there: it goes back
	second := newRefundNo(qr.Order, 1)
	gives(qr.Order, second, Fen(800), ClassUnknown)
	gives(qr.Order, second, Fen(800), ClassAbsent)
	gives(qr.Order, second, Fen(800), ClassAccepted)
	gives(qr.Order, second, Fen(800), ClassReturned)
	settle("3") // stopped while the customer keys a password; reversed
	_ = b.Scan(ctx, Trainee, scanOf("130000000000000003"))
	asks(last(), RequestPay)
	says(last(), RequestPay, ClassWaiting)
	_ = b.Stop(ctx, Trainee)
	says(last(), RequestQuery, ClassWaiting)
	says(last(), RequestClose, ClassAccepted)
	says(last(), RequestQuery, ClassReversed)
	visit, _ := b.BeginVisit(ctx, zhou) // somebody looks in, asks, and is thrown out
	_ = b.SayVisitor(ctx, visit, "is it slow?")
	hand, _ := b.AskHand(ctx, visit, HandWish{What: HandRestart, Device: DeviceScanner})
	_ = b.Say(ctx, Trainee, "yes")
	_ = b.AnswerHand(ctx, Trainee, hand, true)
	_, _ = b.AskHand(ctx, visit, HandWish{What: HandBundle})
	_ = b.LockDoor(ctx, "console", time.Hour)
	_ = b.EndVisit(ctx, visit, VisitEnd{Why: VisitThrownOut})
	_ = opensDoor(b, supervisor, nil)
	_, _ = b.BeginVisit(ctx, zhou)
	settle("4") // dropped; then one unknown, set aside; then one left as an intent
	_ = b.Drop(ctx, Trainee, "cashier")
	settle("5")
	_ = b.Scan(ctx, Trainee, scanOf("130000000000000005"))
	asks(last(), RequestPay)
	says(last(), RequestPay, ClassUnknown)
	_ = b.SetAside(ctx, Trainee)
	part, _ := b.Refund(ctx, Trainee, RefundWish{Order: first, Amount: Fen(250), Why: "one was broken"}) // of a sale of the past
	gives(first, part, Fen(250), ClassAccepted)
	gives(first, part, Fen(250), ClassReturned)
	abnormal, _ := b.Refund(ctx, Trainee, RefundWish{Order: first, Amount: Fen(1000), Why: "brought back", Seen: 1})
	gives(first, abnormal, Fen(1000), ClassHeld)
	gives(first, abnormal, Fen(1000), ClassAccepted)
	gives(first, abnormal, Fen(1000), ClassAbnormal)
	var id uint64
	b.Read(func(s *State) {
		for _, x := range s.Exceptions {
			if x.Refund == abnormal {
				id = x.ID
			}
		}
	})
	_ = b.Resolve(ctx, supervisor, Resolution{Exception: id, Note: "in cash", Returned: true})
	settle("7") // refunded, and the channel has not answered yet
	_ = b.Scan(ctx, Trainee, scanOf("130000000000000007"))
	asks(last(), RequestPay)
	says(last(), RequestPay, ClassPaid)
	open, _ := b.Refund(ctx, Trainee, RefundWish{Order: last().Order, Amount: Fen(700), Why: "brought back"})
	gives(last().Order, open, Fen(700), ClassUnknown)
	settle("6")
	_ = b.Scan(ctx, Trainee, scanOf("130000000000000006"))
}

// refold checks a store against itself: the chain, the fold, and the rows.
func refold(t *testing.T, store *Memory, name string) *State {
	t.Helper()
	s, v, rows := NewState(), Verifier{}, map[SaleID]Sale{}
	err := store.Read(1, func(_ uint64, stored []byte) error {
		event, err := v.Next(stored)
		if err != nil {
			return err
		}
		changed, err := s.Apply(&event, HashOf(stored))
		for _, sale := range changed {
			rows[sale.ID], _ = DecodeSale(sale.Encode())
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(rows) != len(store.sales) {
		t.Fatalf("%s: %d rows for %d sales", name, len(store.sales), len(rows))
	}
	var all []Sale
	for id, row := range rows {
		if !reflect.DeepEqual(row, store.sales[id]) {
			t.Fatalf("%s: the row of %s\n%+v\nis not the fold\n%+v", name, id, store.sales[id], row)
		}
		all = append(all, row)
	}
	if sum := SumDay(all, s.Day); !reflect.DeepEqual(sum, s.Totals()) {
		t.Fatalf("%s: totals %+v, rows sum to %+v", name, s.Totals(), sum)
	}
	return s
}

// opens takes a store up and checks what every opening promises.
func opens(t *testing.T, store *Memory, name string) {
	t.Helper()
	before := refold(t, store, name)
	b := testBook(t, store, nil)
	after := refold(t, store, name+", reopened")
	for _, sale := range before.Open() {
		for _, was := range sale.Attempts {
			_, now := after.Attempt(was.Order)
			switch {
			case now == nil:
				t.Fatalf("%s: %s, %s, is forgotten", name, was.Order, was.State)
			case was.State == Intent && (now.State != Unknown || now.Note != NoteRestart || now.Task != map[Way]TaskKind{ByCode: TaskQuery, ByQR: TaskOrder}[was.Way]):
				t.Fatalf("%s: an intent becomes %s owing %s", name, now.State, now.Task)
			case was.State != Intent && !reflect.DeepEqual(was, *now):
				t.Fatalf("%s: opening changes %+v\nto %+v", name, was, *now)
			}
		}
	}
	var seen []byte
	b.Read(func(s *State) { seen = s.Snapshot() })
	if !bytes.Equal(seen, after.Snapshot()) {
		t.Fatalf("%s: the Book's state is not the fold", name)
	}
	if salt := after.Salt; salt == before.Salt {
		t.Fatalf("%s: two openings share the random part %q", name, salt)
	}
	wants(t, b.Close("test"), "")
	refold(t, store, name+", closed")
}

// TestReopenAtEveryEvent: power fails after each event of a long day, even inside a group.
func TestReopenAtEveryEvent(t *testing.T) {
	store := NewMemory()
	b := testBook(t, store, nil)
	longDay(b)
	s := refold(t, store, "whole")
	if len(store.records) < 60 || len(s.Exceptions) != 0 || len(s.Totals()) != 2 || len(s.Open()) != 3 || s.Totals()[1].Refunds != 1 {
		t.Fatalf("the day has become idle: %d events, %+v", len(store.records), s)
	}
	for cut := range len(store.records) + 1 {
		part := rowsOf(t, store.records[:cut])
		opens(t, part, fmt.Sprintf("cut after %d", cut))
	}
	b.Close("test")
}

// rowsOf gives a store with these records and the rows that belong to them.
func rowsOf(t *testing.T, records [][]byte) *Memory {
	t.Helper()
	store, s := NewMemory(), NewState()
	for _, stored := range records {
		event, err := DecodeEvent(stored)
		if err != nil {
			t.Fatal(err)
		}
		sales, err := s.Apply(&event, HashOf(stored))
		if err != nil {
			t.Fatal(err)
		}
		store.keep(Batch{Records: [][]byte{stored}, Sales: sales})
	}
	return store
}

// TestEveryAppendMayFail, leaving its batch behind or not. What was acknowledged stays, nothing more is taken, no code
// outlives it, and the ledger opens whole.
func TestEveryAppendMayFail(t *testing.T) {
	for _, happens := range []bool{false, true} {
		failed := 0
		for nth := 2; ; nth++ { // the first is the opening
			name := fmt.Sprintf("append %d fails, left behind: %v", nth, happens)
			store, appends := NewMemory(), 0
			store.FailAppend = func(Batch) (bool, error) {
				if appends++; appends == nth {
					return happens, errors.New("no space left on device")
				}
				return true, nil
			}
			b := testBook(t, store, func(c *BookConfig) { c.SnapshotEvery = 5 })
			longDay(b)
			if b.Err() == nil {
				b.Close("test")
				break
			}
			failed++
			if appends != nth || len(b.codes) != 0 || b.waiting != nil || b.suspect != nil {
				t.Fatalf("%s: %d appends were tried, %d codes kept", name, appends, len(b.codes))
			}
			_ = b.Key('7')
			for intent, err := range map[string]error{
				"settle": b.Settle(context.Background(), Trainee, true), "scan": b.Scan(context.Background(), Trainee, Scan{Text: []byte(alipayCode), At: time.Now()}),
				"report": b.Report(context.Background(), Answer{}), "close": b.Close("test"),
			} {
				if ReasonOf(err) != ReasonLedgerStopped {
					t.Errorf("%s: then %s gives %v", name, intent, err)
				}
			}
			var acknowledged Head
			b.Read(func(s *State) { acknowledged = s.Head })
			left := store.Reopen()
			if extra := uint64(len(left.records)) - acknowledged.Seq; (extra > 0) != happens || HashOf(left.records[acknowledged.Seq-1]) != acknowledged.Hash {
				t.Fatalf("%s: %d events on disk after %d acknowledged", name, len(left.records), acknowledged.Seq)
			}
			opens(t, left, name)
		}
		if failed < 25 {
			t.Fatalf("only %d appends failed", failed)
		}
	}
}

// TestOpeningMayFail: the Book is not given out, and nothing is left running.
func TestOpeningMayFail(t *testing.T) {
	store := NewMemory()
	store.FailAppend = func(Batch) (bool, error) { return false, errors.New("no space left on device") }
	cfg := BookConfig{Till: "T1", Mode: "training", Codes: DefaultCodes(), TillKey: []byte("0123456789abcdef")}
	if _, err := OpenBook(context.Background(), store, NewBoard(), cfg); ReasonOf(err) != ReasonLedgerStopped {
		t.Errorf("%v", err)
	}
	again := testBook(t, store.Reopen(), nil)
	wants(t, again.Close("test"), "")
	wants(t, again.Close("test"), "")
	wants(t, again.Settle(context.Background(), Trainee, false), ReasonClosedLedger)
}

// TestDamagedOrForeignLedgerIsNotOpened.
func TestDamagedOrForeignLedgerIsNotOpened(t *testing.T) {
	whole := NewMemory()
	b := testBook(t, whole, nil)
	longDay(b)
	for name, tt := range map[string]struct {
		change func(*Memory, *BookConfig)
		reason Reason
	}{
		"edited": {func(m *Memory, _ *BookConfig) {
			m.records[5] = bytes.Replace(m.records[5], []byte("T1"), []byte("T2"), 1)
			m.records[5][20] ^= 1
		}, ReasonLedgerDamaged},
		"removed":       {func(m *Memory, _ *BookConfig) { m.records = append(m.records[:7:7], m.records[8:]...) }, ReasonLedgerDamaged},
		"another mode":  {func(_ *Memory, c *BookConfig) { c.Mode = "production" }, ""},
		"bad till name": {func(_ *Memory, c *BookConfig) { c.Till = "till-1" }, ""},
	} {
		store := whole.Reopen()
		for i := range store.records {
			store.records[i] = bytes.Clone(store.records[i])
		}
		cfg := BookConfig{Till: "T1", Mode: "training", Codes: DefaultCodes(), TillKey: []byte("0123456789abcdef")}
		tt.change(store, &cfg)
		before := len(store.records)
		if _, err := OpenBook(context.Background(), store, NewBoard(), cfg); err == nil || ReasonOf(err) != tt.reason || len(store.records) != before {
			t.Errorf("%s: %v, %d events written", name, err, len(store.records)-before)
		}
	}
	b.Close("test")
}
