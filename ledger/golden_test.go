package ledger

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden bytes anew; only for a kind that has never been released")

var t0 = time.Date(2026, 11, 25, 3, 4, 5, 678_000_000, time.UTC)

// fullEvents has one event of every kind with every field set.
func fullEvents() []Event {
	mark := Mark{1, 2, 3, 4, 5, 6, 7, 8}
	answer := Answer{
		Order: "T101261125000011111111A", Request: RequestQuery, Class: ClassPaid, Verified: true, Began: 41, BeganAt: t0, EndedAt: t0.Add(time.Second),
		Named: Named{Order: "T101261125000011111111A", Amount: Fen(1250), Merchant: "M1", App: "A1", ChannelNo: "4200", PaidAt: t0},
		QR:    "https://qr.example.invalid/x", Code: "SUCCESS", Message: "支付成功", Returned: true, Note: NoteFasterThanCancel,
	}
	returned := answer
	returned.Refund, returned.Request, returned.Class = newRefundNo(answer.Order, 2), RequestRefundQuery, ClassReturned
	returned.Named.Refund, returned.Named.Amount = returned.Refund, Fen(250)
	bodies := []Body{
		&Opened{Till: "T1", Mode: "training", Version: "1.0", Salt: "ABCDEFGH"},
		&Closed{Why: "signal"},
		&SaleOpened{Sale: "261125000017316", Amount: Fen(1250), Quiet: true},
		&SaleDropped{Sale: "261125000017316", Why: "cashier"},
		&SaleSetAside{Sale: "261125000017316"},
		&CodeRefused{Why: ReasonNoAmount, Looks: LooksProduct, Last4: "6789", Mark: mark, Sale: "261125000017316"},
		&AttemptOpened{Order: answer.Order, Sale: "261125000017316", Channel: WeChat, Way: ByCode, Amount: Fen(1250), Merchant: "M1", App: "A1", Last4: "6789", Mark: mark, Expires: t0.Add(90 * time.Second)},
		&AttemptAsked{Order: answer.Order, Request: RequestPay},
		&AttemptAnswered{Answer: answer, Became: Paid},
		&AttemptStopped{Order: answer.Order, Why: StopTimeout, Became: Stopping},
		&Maintained{Work: WorkRepair, File: "journal/00000002.seg", From: 5, To: 9, What: "event 5 is damaged"},
		&EpochBegun{Why: "restored", Outside: Head{Seq: 77, Hash: HashOf([]byte("x"))}},
		&DaySealed{Seal{Day: 20261124, First: 11, Last: 77, Root: HashOf([]byte("y"))}},
		&SaleRecalled{Sale: firstSale()},
		&RefundOpened{Refund: newRefundNo(answer.Order, 2), Order: answer.Order, Amount: Fen(250), Cause: CauseSecond, Why: "brought back"},
		&RefundSent{Refund: newRefundNo(answer.Order, 2), Order: answer.Order},
		&RefundAnswered{Answer: returned, Became: RefundReturned},
		&Resolved{Exception: 12, Note: "paid out in cash", Returned: Fen(250), Order: answer.Order, Refund: newRefundNo(answer.Order, 2)},
		&StaffSet{Person: "wang", Role: RoleSupervisor, Learner: true, Gone: true, Badge: mark},
		&PINSet{Person: "wang", Check: PINCheck{Salt: []byte("sixteen bytes..."), Passes: 2, Memory: 19456, Threads: 1, Hash: []byte("hash"), Pepper: mark}},
		&SignedIn{},
		&SignedOut{Person: "wang", Why: SignOutIdle},
		&ScreenLocked{Person: "wang", Why: SignOutKey},
		&PINFailed{Person: "wang", What: "sign in"},
		&TenderTaken{Sale: "261125000017316", By: Cash, Amount: Fen(1252), Given: Fen(2000), Change: Fen(750), Rounding: -2, Number: "000123", Instead: answer.Order},
		&TenderProven{Sale: "261125000017316", Tender: 77, Number: "2026112500012345"},
		&TenderReturned{Sale: "261125000017316", Tender: 77, By: Transfer, Amount: Fen(250), Why: "brought back"},
		&SaleNoted{Sale: "261125000017316", Note: "the customer waits outside", Wrong: true},
		&SaleHeld{Sale: "261125000017316"},
		&SaleResumed{Sale: "261125000017316"},
		&ShiftOpened{Shift: 7, Person: "wang", Float: Fen(50000), After: 6},
		&CashMoved{Shift: 7, In: true, Amount: Fen(10000), Why: "change"},
		&DrawerOpened{Shift: 7, Sale: "261125000017316", Why: "stuck"},
		&CashCounted{Shift: 7, Nth: 2, Pieces: []Pieces{{Fen: 10000, Count: 5}, {Fen: 50, Count: 300}}, Sum: Fen(65000)},
		&ShiftClosed{Shift: 7, Expected: Fen(65500), Counted: Fen(65000), First: Fen(-700), Note: "a coin roll", Automatic: true, To: "zhao"},
		&Reported{X: 3},
		&DayClosed{Z: 9, Day: 20261125, Report: fullReport()},
		&Reprinted{Sale: "261125000017316", Copy: 2},
		&PINsLost{}, &TrainingBegan{}, &TrainingEnded{Sales: Tally{3, 1350}, Lost: true},
	}
	bodies = append(append(bodies, statementBodies()...), supportBodies()...)
	var events []Event
	for i, body := range bodies {
		events = append(events, Event{
			Seq: uint64(i + 1), Epoch: 2, Actor: Actor{"wang", RoleCashier, "console", "li"}, At: t0, Day: 20261125,
			Prev: HashOf([]byte{byte(i)}), Tasks: []Task{{Kind: TaskQuery, Order: answer.Order}}, Body: body,
		})
	}
	return events
}

// firstSale has the fields set that a sale had when its golden bytes were first written.
func firstSale() Sale {
	s := fullSale()
	s.Tenders, s.Held, s.Note, s.Wrong, s.Attempts[0].ReturnIfPaid = nil, false, "", false, false
	return s
}

// fullReport has every field of a report and its parts set.
func fullReport() Report {
	line := Line{Name: "alipay", Count: 3, Fen: 3750, Refunds: 1, Returned: 250}
	shift := Shift{Number: 7, Person: "wang", OpenedAt: t0, ClosedAt: t0.Add(time.Hour), Float: 50000, In: Tally{1, 10000}, Out: Tally{2, 300}, Cash: 5800,
		Counts: 2, First: 64800, FirstExpected: 65500, Counted: 65000, Current: true, Expected: 65500, Automatic: true, By: "wang", Accepted: "li", To: "zhao",
		After: 6, Drawer: 4, NoSale: 2}
	item := OpenItem{ID: 12, Sale: "261125000017316", Order: "T101261125000011111111A", Refund: "T101261125000011111111AR01", Channel: Alipay, Fen: 250,
		State: uint8(RefundAsked), Note: NoteRefundSlow, Since: t0}
	return Report{Z: 9, Till: "T1", Mode: "sandbox", From: 41, Since: t0, FirstDay: 20261124, At: t0.Add(time.Hour), Head: Head{Seq: 77, Hash: HashOf([]byte("z"))},
		Counts: Counts{Channels: []Line{line}, Tenders: []Line{line, line},
			People:      []PersonLine{{Line: line, Cash: 5800, Dropped: 1, Stopped: 2, Drawer: 4, NoSale: 2, Copies: 3, WrongPINs: 5}},
			Corrections: []DayCorrection{{Day: 20261123, Line: line}}, Shifts: []Shift{shift}, MoreShifts: 1, Late: Tally{1, 100}, LateBack: Tally{2, 200},
			ByHand: Tally{3, 300}, CashIn: Tally{4, 400}, CashOut: Tally{5, 500}, Cash: 5800, OverShort: -500, Uncounted: 1, Strangers: 6, Refused: 7, Xs: 8},
		Grand: Line{Name: "all", Count: 300, Fen: 375000, Refunds: 10, Returned: 2500}, Running: shift, Unresolved: []OpenItem{item}, MoreUnresolved: 1,
		Exceptions: []OpenItem{item, item}, MoreExceptions: 2, Trained: Tally{9, 900}, Trainings: 3, TrainingsLost: 1}
}

// statementBodies are those about statements.
func statementBodies() []Body {
	key := StatementKey{WeChat, 20261124, StatementTrades}
	sum := StatementSum{Trades: 300, Returns: 2, Gross: 375000, Returned: 2500, Discounts: 150, Fees: 2235}
	match := StatementMatch{Sale: "261125000017316", Number: "T101261125000011111111A", Kind: RowTrade, Source: SourceFetched, Day: 20261124, Line: 17,
		Amount: 1250, Discount: 50, Fee: 7, Booked: 20261124, How: MatchedMidnight, Taken: 4711}
	differs := Difference{Why: NoteStatementBackAmount, Kind: RowRefund, Sale: "261125000017316", Order: "T101261125000011111111A",
		Refund: "T101261125000011111111AR01", ChannelNo: "4200", Ours: Fen(100), Theirs: Fen(10), At: t0, Line: 18, Event: 4713}
	return []Body{
		&StatementTaken{Key: key, Source: SourceFetched, Merchant: "1900000109", File: "statements/wechat-20261124-1.sealed", Hash: HashOf([]byte("file")),
			Bytes: 123456, Rows: 302, Whole: sum, Funds: FundsSum{Rows: 12, In: 375000, Out: 4735, PaidOut: 360000, Other: -10, Opens: 1, Ends: 2}},
		&StatementMatched{Key: key, Source: SourceImported, Rows: []StatementMatch{match, match}},
		&StatementDiffered{Key: key, Source: SourceFetched, Difference: differs},
		&StatementCompared{Key: key, Others: 4, Differences: 3, Pending: 2, Complete: true, Missing: 1,
			Awaited: []OrderNo{"T101261125000011111111A", "T101261125000022222222B"}},
	}
}

// supportBodies are those about visitors.
func supportBodies() []Body {
	return []Body{
		&VisitBegan{VisitWish{Person: "zhou", Role: RoleSupport, Key: "SHA256:" + strings.Repeat("k", 43), Cert: "zhou@support #17", From: "192.0.2.7:50022"}},
		&VisitEnded{Visit: 4711, VisitEnd: VisitEnd{Why: VisitThrownOut, Recording: HashOf([]byte("recording")), Bytes: 123456, Keys: 789}},
		&VisitSaid{Visit: 4711, Text: "please look at sale 7316"},
		&HandAsked{Visit: 4711, HandWish: HandWish{What: HandQuery, Order: "T101261125000011111111A", Sale: "261125000017316", Device: DevicePrinter, Why: "no answer"}},
		&HandAnswered{Asked: 4713, Yes: true},
		&DoorLocked{Until: t0.Add(time.Hour)},
		&DoorUnlocked{},
	}
}

// fullSale has every field of a sale, an attempt, a refund and a tender set.
func fullSale() Sale {
	who := Actor{"wang", RoleCashier, "console", "li"}
	refund := Refund{Number: "T101261125000011111111AR01", Amount: Fen(100), Cause: CausePerson, Why: "brought back", Actor: who,
		State: RefundReturned, Task: TaskRefundQuery, OpenedAt: t0, SinceAt: t0, AskedAt: t0, Asks: 2, AskSeq: 31, Denied: true, Code: "C", Message: "m",
		ChannelNo: "5030", ReturnedAt: t0, Note: NoteRefundSlow, Booked: 20261124, Day: 20261125}
	attempt := Attempt{Order: "T101261125000011111111A", Channel: WeChat, Way: ByQR, Amount: Fen(1250), Merchant: "M1", App: "A1", Last4: "6789",
		Mark: Mark{1}, Expires: t0, State: Orphan, Task: TaskQuery, OpenedAt: t0, SinceAt: t0, Asks: 3, QR: "qr", ChannelNo: "4200", PaidAt: t0,
		Code: "SUCCESS", Message: "m", Note: NoteLateMoney, StopWhy: StopTimeout, StopSeq: 12, CloseSeq: 14, Accepted: true, Denied: true, Returned: true,
		Booked: 20261124, Refunds: []Refund{refund}, ByHand: 5, Elsewhere: true, ReturnIfPaid: true}
	tender := Tender{ID: 299, Kind: Transfer, Amount: Fen(1252), Given: Fen(2000), Change: Fen(750), Rounding: -2, Number: "000123", Proven: true,
		Actor: who, At: t0, Day: 20261124, Returns: []TenderReturn{{Amount: Fen(50), Why: "brought back", Actor: who, At: t0, Day: 20261125}}}
	return Sale{ID: "261125000017316", Amount: Fen(1250), OpenedAt: t0, Opened: 20261124, Day: 20261125, Actor: who,
		Attempts: []Attempt{attempt}, Tenders: []Tender{tender}, Dropped: true, Aside: true, Held: true, Note: "waits", Wrong: true, Trail: []uint64{3, 4, 300}}
}

// TestGoldenBytes: bytes on disk are a promise. A kind without golden bytes, or whose bytes change, fails.
func TestGoldenBytes(t *testing.T) {
	seen := map[Kind]bool{}
	for _, event := range fullEvents() {
		kind := event.Body.Kind()
		seen[kind] = true
		path := filepath.Join("testdata", "golden", fmt.Sprintf("%02d-%s.hex", kind, strings.ToLower(reflect.TypeOf(event.Body).Elem().Name())))
		got := hex.EncodeToString(event.Encode()) + "\n"
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("kind %d has no golden bytes: %v", kind, err)
		}
		if got != string(want) {
			t.Errorf("kind %d is written differently than it was promised:\n%s%s", kind, got, want)
		}
		stored, _ := hex.DecodeString(strings.TrimSpace(string(want)))
		back, err := DecodeEvent(stored)
		if err != nil {
			t.Fatalf("kind %d: %v", kind, err)
		}
		if !reflect.DeepEqual(back, event) {
			t.Errorf("kind %d reads back as\n%+v\nnot\n%+v", kind, back, event)
		}
	}
	for kind := Kind(1); kind < 1000; kind++ { // numbers may be left out
		if _, err := newBody(kind); err == nil && !seen[kind] {
			t.Errorf("kind %d has no golden bytes", kind)
		}
	}
}

// TestGrownBytes: fields that an old kind has got since its golden bytes were written are a promise, too, and stand in a file of
// their own.
func TestGrownBytes(t *testing.T) {
	event := Event{Seq: 14, Epoch: 2, Actor: Actor{"wang", RoleCashier, "console", "li"}, At: t0, Day: 20261125, Body: &SaleRecalled{Sale: fullSale()}}
	path := filepath.Join("testdata", "grown", "14-salerecalled.hex")
	got := hex.EncodeToString(event.Encode()) + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Fatalf("%v: it is written differently than it was promised:\n%s%s", err, got, want)
	}
	stored, _ := hex.DecodeString(strings.TrimSpace(string(want)))
	if back, err := DecodeEvent(stored); err != nil || !reflect.DeepEqual(back, event) {
		t.Fatalf("%v: it reads back as\n%+v\nnot\n%+v", err, back, event)
	}
}

// TestUnknownFieldsArePassedOver: a later version may add fields; this one reads the rest.
func TestUnknownFieldsArePassedOver(t *testing.T) {
	event := fullEvents()[2]
	later := append(event.Encode(), 0xa0, 0x06, 0x07, 0xaa, 0x06, 0x02, 'h', 'i') // fields 100 and 101
	back, err := DecodeEvent(later)
	if err != nil || !reflect.DeepEqual(back, event) {
		t.Fatalf("%+v, %v", back, err)
	}
}

func TestDamagedBytesAreRefused(t *testing.T) {
	for _, event := range fullEvents() {
		stored := event.Encode()
		for cut := range len(stored) {
			if back, err := DecodeEvent(stored[:cut]); err == nil && reflect.DeepEqual(back, event) {
				t.Fatalf("%T cut at %d reads as whole", event.Body, cut)
			}
		}
	}
	for _, bad := range [][]byte{nil, {}, {2}, {1, 0x18, 0x63}, {1, 0x0b}, {1, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f}} {
		if _, err := DecodeEvent(bad); err == nil {
			t.Errorf("% x reads as an event", bad)
		}
	}
}

func FuzzDecodeEvent(f *testing.F) {
	for _, event := range fullEvents() {
		f.Add(event.Encode())
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		event, err := DecodeEvent(stored)
		if err != nil {
			return
		}
		again, err := DecodeEvent(event.Encode())
		if err != nil || !bytes.Equal(again.Encode(), event.Encode()) {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
	})
}

// TestVerifierFindsWhatWasDone: edited, removed, inserted, swapped records, and a cut in the middle.
func TestVerifierFindsWhatWasDone(t *testing.T) {
	journal := func() (records [][]byte) {
		var head Head
		for i, event := range fullEvents() {
			event.Seq, event.Prev = uint64(i+1), head.Hash
			stored := event.Encode()
			head = Head{event.Seq, HashOf(stored)}
			records = append(records, stored)
		}
		return records
	}
	for name, tt := range map[string]struct {
		harm func([][]byte) [][]byte
		at   uint64
	}{
		"edited":   {func(r [][]byte) [][]byte { r[4][len(r[4])-1] ^= 1; return r }, 6},
		"removed":  {func(r [][]byte) [][]byte { return append(r[:4:4], r[5:]...) }, 5},
		"doubled":  {func(r [][]byte) [][]byte { return append(append(r[:5:5], r[4]), r[5:]...) }, 6},
		"swapped":  {func(r [][]byte) [][]byte { r[3], r[4] = r[4], r[3]; return r }, 4},
		"garbled":  {func(r [][]byte) [][]byte { r[6] = r[6][:9]; return r }, 7},
		"no start": {func(r [][]byte) [][]byte { return r[1:] }, 1},
	} {
		var v Verifier
		var bad *BadLink
		for _, stored := range tt.harm(journal()) {
			if _, err := v.Next(stored); err != nil {
				bad = err.(*BadLink)
				break
			}
		}
		if bad == nil || bad.Seq != tt.at {
			t.Errorf("%s: %v, want event %d", name, bad, tt.at)
		}
	}
}
