package ledger

import (
	"bytes"
	"log/slog"
	"reflect"
	"testing"
	"time"
)

// folded writes bodies as a chain of events, one minute apart, and gives the state and the stored records.
func folded(tb testing.TB, entries ...entry) (*State, [][]byte) {
	tb.Helper()
	s := NewState()
	var records [][]byte
	for i, en := range entries {
		event := Event{Seq: s.Head.Seq + 1, Epoch: 1, Actor: Trainee, At: t0.Add(time.Duration(i) * time.Minute), Day: 20261125, Prev: s.Head.Hash, Body: en.body}
		if en.by != (Actor{}) {
			event.Actor = en.by
		}
		if z, closes := en.body.(*DayClosed); closes {
			z.Day, z.Report = event.Day, s.report(event.At)
			z.Z, z.Report.Z = s.Z+1, s.Z+1
		}
		if en.task.Kind != TaskNone {
			event.Tasks = []Task{en.task}
		}
		stored := event.Encode()
		if _, err := s.Apply(&event, HashOf(stored)); err != nil {
			tb.Fatal(err)
		}
		records = append(records, stored)
	}
	return s, records
}

func busyEntries() []entry {
	attempt := func(order OrderNo, sale SaleID, way Way) *AttemptOpened {
		return &AttemptOpened{Order: order, Sale: sale, Channel: Alipay, Way: way, Amount: Fen(1250), Merchant: "M", App: "A",
			Last4: "0001", Mark: Mark{byte(len(order)), order[0]}, Expires: t0.Add(time.Hour)}
	}
	named := func(order OrderNo) Named {
		return Named{Order: order, Amount: Fen(1250), Merchant: "M", App: "A", ChannelNo: "42", PaidAt: t0}
	}
	return []entry{
		{body: &Opened{Till: "T1", Mode: "training", Version: "1", Salt: "SALTSALT"}, task: Task{}},
		{body: &SaleOpened{Sale: "s1", Amount: Fen(1250)}, task: Task{}},
		{body: attempt("a1", "s1", ByQR), task: Task{Kind: TaskOrder, Order: "a1"}},
		{body: &AttemptAsked{Order: "a1", Request: RequestOrder}, task: Task{Kind: TaskOrder, Order: "a1"}},
		{body: &AttemptAnswered{Answer: Answer{Order: "a1", Request: RequestOrder, Class: ClassShown, Verified: true, QR: "qr"}, Became: Waiting}, task: Task{Kind: TaskQuery, Order: "a1"}},
		{body: &AttemptStopped{Order: "a1", Why: StopSwitched, Became: Stopping}, task: Task{Kind: TaskQuery, Order: "a1"}},
		{body: &AttemptAnswered{Answer: Answer{Order: "a1", Request: RequestQuery, Class: ClassAbsent, Verified: true}, Became: Withdrawn}, task: Task{Kind: TaskQuery, Order: "a1"}},
		{body: attempt("b22", "s1", ByCode), task: Task{Kind: TaskPay, Order: "b22"}},
		{body: &AttemptAsked{Order: "b22", Request: RequestPay}, task: Task{Kind: TaskQuery, Order: "b22"}},
		{body: &AttemptAnswered{Answer: Answer{Order: "b22", Request: RequestPay, Class: ClassPaid, Verified: true, Named: named("b22")}, Became: Paid}, task: Task{}},
		{body: &AttemptAnswered{Answer: Answer{Order: "a1", Request: RequestQuery, Class: ClassWaiting, Verified: true}, Became: Withdrawn}, task: Task{Kind: TaskClose, Order: "a1"}},
		{body: &AttemptAnswered{Answer: Answer{Order: "a1", Request: RequestClose, Class: ClassDenied, Returned: true, Verified: true, Note: NoteOtherApp}, Became: Withdrawn}, task: Task{Kind: TaskQuery, Order: "a1"}},
		{body: &SaleOpened{Sale: "s2", Amount: Fen(1250)}, task: Task{}},
		{body: attempt("c333", "s2", ByCode), task: Task{Kind: TaskPay, Order: "c333"}},
		{body: &AttemptAsked{Order: "c333", Request: RequestPay}, task: Task{Kind: TaskQuery, Order: "c333"}},
		{body: &AttemptAnswered{Answer: Answer{Order: "c333", Request: RequestPay, Class: ClassUnknown, Code: FaultTimeout, Message: "504"}, Became: Unknown}, task: Task{Kind: TaskQuery, Order: "c333"}},
		{body: &SaleSetAside{Sale: "s2"}, task: Task{}},
		{body: &CodeRefused{Why: ReasonNoAmount, Last4: "0001"}, task: Task{}},
		{body: &ShiftOpened{Shift: 1, Person: "trainee", Float: Fen(20000)}},
		{body: &CashMoved{Shift: 1, In: true, Amount: Fen(5000), Why: "change"}},
		{body: &CashMoved{Shift: 1, Amount: Fen(700), Why: "stamps"}},
		{body: &DrawerOpened{Shift: 1, Why: "stuck"}},
		{body: &DrawerOpened{Shift: 1, Sale: "s1"}},
		{body: &Reprinted{Sale: "s1", Copy: 1}},
		{body: &Reported{X: 1}},
		{body: &CashCounted{Shift: 1, Nth: 1, Pieces: []Pieces{{Fen: 10000, Count: 2}, {Fen: 100, Count: 40}}, Sum: Fen(24000)}},
		{body: &CashCounted{Shift: 1, Nth: 2, Pieces: []Pieces{{Fen: 10000, Count: 2}, {Fen: 100, Count: 43}}, Sum: Fen(24300)}},
		{body: &ShiftClosed{Shift: 1, Expected: Fen(24300), Counted: Fen(24300), First: Fen(-300), To: "wang"}},
		{body: &ShiftOpened{Shift: 2, Person: "wang", Float: Fen(24300), After: 1}},
		{body: &DayClosed{}},
		{body: &CashMoved{Shift: 2, Amount: Fen(20000), Why: "to the safe"}},
		{body: &PINFailed{What: "sign in"}},
		{body: &DoorLocked{Until: t0.Add(33 * time.Minute)}},
		{body: &VisitBegan{zhou}, by: (&Visit{Number: 34, VisitWish: zhou}).Actor()},
		{body: &VisitSaid{Visit: 34, Text: "good morning"}, by: (&Visit{Number: 34, VisitWish: zhou}).Actor()},
		{body: &VisitSaid{Text: "the printer again"}},
		{body: &HandAsked{34, HandWish{What: HandRestart, Device: DevicePrinter, Why: "it is mute"}}, by: (&Visit{Number: 34, VisitWish: zhou}).Actor()},
		{body: &VisitBegan{remoteLi}, by: (&Visit{Number: 38, VisitWish: remoteLi}).Actor()},
	}
}

func busyState(tb testing.TB) *State {
	tb.Helper()
	s, _ := folded(tb, busyEntries()...)
	return s
}

// TestSnapshotHoldsTheWholeState: after every event of a busy day, what is restored equals what was kept.
func TestSnapshotHoldsTheWholeState(t *testing.T) {
	entries := busyEntries()
	for n := range len(entries) + 1 {
		s, _ := folded(t, entries[:n]...)
		restored, err := RestoreState(s.Snapshot())
		if err != nil {
			t.Fatalf("after %d events: %v", n, err)
		}
		if !reflect.DeepEqual(restored, s) || !bytes.Equal(restored.Snapshot(), s.Snapshot()) {
			t.Fatalf("after %d events:\n%+v\n%+v", n, restored, s)
		}
	}
	s := busyState(t)
	if s.shift == nil || s.Z != 1 || s.period.From != s.ZSeq+1 || s.period.Counts.Strangers != 1 || s.grand.Count != 1 || s.Sale("s1").Copies != 1 {
		t.Fatalf("the drawer has become idle: %+v", s)
	}
	if len(s.Visits()) != 2 || len(s.Hands()) != 1 || len(s.Talk()) != 2 || s.DoorLockedUntil().IsZero() {
		t.Fatalf("visitors have become idle: %+v", s.inside)
	}
	if len(s.Open()) != 2 || len(s.Exceptions) != 1 || len(s.Totals()) != 1 || len(s.Used) != 3 {
		t.Fatalf("the scenario has become idle: %+v", s)
	}
}

// TestFoldGoesOnFromASnapshot: folding the rest onto a snapshot taken anywhere gives the state of a whole fold.
func TestFoldGoesOnFromASnapshot(t *testing.T) {
	whole, records := folded(t, busyEntries()...)
	for cut := range len(records) {
		s, _ := folded(t, busyEntries()[:cut]...)
		store := NewMemory()
		store.records, store.snapshot = records, s.Snapshot()
		got, err := load(store, slog.New(slog.DiscardHandler))
		if err != nil || !bytes.Equal(got.Snapshot(), whole.Snapshot()) {
			t.Fatalf("from a snapshot after %d events: %v", cut, err)
		}
	}
}

// TestRowsHoldEveryField of a sale and an attempt.
func TestRowsHoldEveryField(t *testing.T) {
	sale := fullSale()
	sale.Copies, sale.Attempts[0].By = 3, "wang" // younger than the bytes of a recalled sale that were promised
	for name, value := range map[string]any{"Sale": sale, "Attempt": sale.Attempts[0], "Refund": sale.Attempts[0].Refunds[0],
		"Tender": sale.Tenders[0], "TenderReturn": sale.Tenders[0].Returns[0]} {
		if zero := zeroFields(reflect.ValueOf(value), name); len(zero) > 0 {
			t.Fatalf("not set: %v", zero)
		}
	}
	back, err := DecodeSale(sale.Encode())
	if err != nil || !reflect.DeepEqual(back, sale) {
		t.Fatalf("%v\n%+v\n%+v", err, back, sale)
	}
}
