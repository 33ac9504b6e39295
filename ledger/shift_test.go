package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func shiftOf(b *Book) (shift Shift, open bool) {
	b.Read(func(s *State) { shift, open = s.Shift() })
	return shift, open
}

// piecesOf lays an amount out in the largest notes and coins.
func piecesOf(fen int64) (pieces []Pieces) {
	for _, d := range Denominations {
		if n := fen / d; n > 0 {
			pieces = append(pieces, Pieces{Fen: d, Count: uint64(n)})
			fen -= n * d
		}
	}
	return pieces
}

func openShift(t *testing.T, b *Book, actor Actor, fen int64) uint64 {
	t.Helper()
	shift, err := b.OpenShift(context.Background(), actor, Fen(fen))
	wants(t, err, "")
	return shift
}

func count(t *testing.T, b *Book, actor Actor, shift uint64, fen int64) {
	t.Helper()
	wants(t, b.CountCash(context.Background(), actor, shift, piecesOf(fen)), "")
}

// foldOf folds a store's events anew.
func foldOf(t *testing.T, store *Memory) *State {
	t.Helper()
	s := NewState()
	for _, stored := range store.records {
		event, err := DecodeEvent(stored)
		if err == nil {
			_, err = s.Apply(&event, HashOf(stored))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestShiftSums: whatever is put in, taken out, counted, closed and handed over, in any order and across restarts, what is expected is
// the float with what went in and without what went out; the first count stays; and a fold of the events says the same.
func TestShiftSums(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 6))
		store := NewMemory()
		small := func(c *BookConfig) { c.SnapshotEvery = 1 + random.Uint64N(7) }
		b, ctx := testBook(t, store, small), context.Background()
		var open, counted bool
		var expected, first, last int64
		var shift uint64
		var counts uint32
		var ended []Shift
		for range 60 {
			amount := 1 + random.Int64N(50_000)
			switch random.IntN(8) {
			case 0:
				got, err := b.OpenShift(ctx, Trainee, Fen(amount))
				if wants(t, err, map[bool]Reason{true: ReasonShiftOpen}[open]); !open {
					if got != shift+1 {
						t.Fatalf("shift %d follows %d", got, shift)
					}
					shift, open, counted, expected, counts = got, true, false, amount, 0
				}
			case 1, 2, 3:
				in := random.IntN(2) == 0
				err := b.MoveCash(ctx, Trainee, CashWish{Shift: shift, In: in, Amount: Fen(amount), Why: "w"})
				if wants(t, err, map[bool]Reason{false: ReasonNoShift}[open]); open {
					counted = false
					if expected += amount; !in {
						expected -= 2 * amount
					}
				}
			case 4:
				sum := max(expected, 0) + random.Int64N(3)*10
				if err := b.CountCash(ctx, Trainee, shift, piecesOf(sum)); open {
					wants(t, err, "")
					if counts++; counts == 1 {
						first = sum - expected
					}
					counted, last = true, sum
				}
			case 5, 6:
				wish, to := CloseWish{Shift: shift, Counts: counts, Note: "n"}, ""
				want := map[bool]Reason{false: ReasonNoShift}[open]
				if open && !counted {
					want = ReasonCountFirst
				}
				var err error
				if random.IntN(2) == 0 {
					err = b.CloseShift(ctx, Trainee, wish)
				} else {
					to = "wang"
					_, err = b.HandOver(ctx, Trainee, HandOverWish{CloseWish: wish, To: to})
				}
				if wants(t, err, want); want == "" {
					ended = append(ended, Shift{Number: shift, Expected: expected, Counted: last, First: first, Counts: counts, To: to})
					open, counted, counts = to != "", false, 0
					if open {
						shift, expected = shift+1, last
						if now, _ := shiftOf(b); now.Person != to || now.After != shift-1 || now.Float != last {
							t.Fatalf("handed over: %+v", now)
						}
						_, err := b.HandOver(ctx, supervisor, HandOverWish{CloseWish: CloseWish{Shift: shift}, To: "x"}) // uncounted
						wants(t, err, ReasonCountFirst)
						count(t, b, supervisor, shift, last)
						wants(t, b.CloseShift(ctx, supervisor, CloseWish{Shift: shift, Counts: 1}), "")
						ended = append(ended, Shift{Number: shift, Expected: last, Counted: last, Counts: 1})
						open = false
					}
				}
			case 7:
				wants(t, b.Close("restart"), "")
				store = store.Reopen()
				b = testBook(t, store, small)
			}
			if got, err := b.Expected(supervisor); open != (err == nil) || open && got.Fen != expected {
				t.Fatalf("seed %d: expected %v %v, not %d", seed, got, err, expected)
			}
		}
		s := foldOf(t, store)
		b.Read(func(seen *State) {
			if !bytes.Equal(seen.Snapshot(), s.Snapshot()) {
				t.Fatal("the state is not the fold")
			}
		})
		closed := s.period.Counts.Shifts
		if len(closed) != len(ended) {
			t.Fatalf("%d shifts ended, %d listed", len(ended), len(closed))
		}
		sum := int64(0)
		for i, want := range ended {
			got := closed[i]
			if got.Number != want.Number || got.Expected != want.Expected || got.Counted != want.Counted || got.Counts != want.Counts || got.To != want.To ||
				got.First-got.FirstExpected != want.First {
				t.Fatalf("seed %d: %+v\nnot %+v", seed, got, want)
			}
			sum += want.Counted - want.Expected
		}
		if s.period.Counts.OverShort != sum || s.period.Counts.Uncounted != 0 {
			t.Fatalf("over and short %d, not %d", s.period.Counts.OverShort, sum)
		}
		b.Close("test")
	}
}

// TestTheCountIsBlind: nothing that a cashier can ask the till tells what should be in the drawer before it is counted, and again
// after cash has moved; a supervisor may know.
func TestTheCountIsBlind(t *testing.T) {
	ctx := context.Background()
	var views []Shift
	for _, out := range []int64{1, 99_900} {
		b := testBook(t, NewMemory(), nil)
		shift := openShift(t, b, Trainee, 100_00)
		wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift, Amount: Fen(out), Why: "out"}), "") // never refused: that would tell
		_, err := b.Expected(Trainee)
		wants(t, err, ReasonBlind)
		wants(t, b.CloseShift(ctx, Trainee, CloseWish{Shift: shift}), ReasonCountFirst)
		_, err = b.XReport(ctx, Trainee, nil)
		wants(t, err, ReasonSecondPerson)
		_, _, err = b.LastZ(Trainee)
		wants(t, err, ReasonNotAllowed)
		if got, err := b.Expected(supervisor); err != nil || got.Fen != 100_00-out {
			t.Fatalf("%v %v", got, err)
		}
		if today := b.Today(); !b.CashHidden(Trainee, today) || b.CashHidden(Trainee, today.Plus(-1)) || b.CashHidden(supervisor, today) {
			t.Fatal("the day's cash is a cashier's to know before the count, or not a supervisor's")
		}
		view, _ := shiftOf(b)
		view.OpenedAt = time.Time{}
		views = append(views, view)
		count(t, b, Trainee, shift, 500)
		if got, err := b.Expected(Trainee); err != nil || got.Fen != 100_00-out {
			t.Fatalf("after the count: %v %v", got, err)
		}
		wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift, In: true, Amount: Fen(7), Why: "in"}), "")
		_, err = b.Expected(Trainee)
		wants(t, err, ReasonBlind)
		wants(t, b.CloseShift(ctx, Trainee, CloseWish{Shift: shift, Counts: 1}), ReasonCountFirst)
		if view, _ = shiftOf(b); view.FirstExpected != 0 || view.First != 500 {
			t.Fatalf("%+v", view)
		}
		b.Close("test")
	}
	if views[0] != views[1] {
		t.Fatalf("a look tells two drawers apart:\n%+v\n%+v", views[0], views[1])
	}
}

// TestSaleCashMovesTheDrawer: the one function in which the cash of a sale enters.
func TestSaleCashMovesTheDrawer(t *testing.T) {
	s := NewState()
	s.cash(500, Trainee) // no shift is open: it counts in the period alone
	s.shift = &Shift{Float: 1000, Current: true}
	s.cash(300, Trainee)
	s.cash(-100, Actor{Person: "wang"})
	n := &s.period.Counts
	if s.shift.expects() != 1200 || s.shift.Current || n.Cash != 700 || n.by(Trainee.Person).Cash != 800 || n.by("wang").Cash != -100 {
		t.Fatalf("%+v %+v", s.shift, n)
	}
}

// TestCashThatCannotBe is refused, and leaves nothing behind.
func TestCashThatCannotBe(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, nil)
	defer b.Close("test")
	for _, bad := range []Money{{}, Fen(-1), Fen(maxCash + 1), {100, "USD"}} {
		_, err := b.OpenShift(ctx, Trainee, bad)
		wants(t, err, ReasonCashAmount)
	}
	shift := openShift(t, b, Trainee, 0)
	before := len(store.records)
	for _, bad := range []Money{{}, Fen(0), Fen(-1), Fen(maxCash + 1), {100, "USD"}} {
		wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift, Amount: bad, Why: "w"}), ReasonCashAmount)
	}
	wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift, Amount: Fen(1), Why: "  "}), ReasonCashReason)
	wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift + 1, Amount: Fen(1), Why: "w"}), ReasonShiftOther)
	for name, bad := range map[string][]Pieces{
		"a kind there is not": {{Fen: 300, Count: 1}}, "worth less than nothing": {{Fen: -100, Count: 5}}, "of nothing": {{Fen: 0, Count: 5}},
		"twice": {{Fen: 100, Count: 1}, {Fen: 100, Count: 1}}, "too many": {{Fen: 100, Count: maxPieces + 1}}, "fewer than none": {{Fen: 100, Count: ^uint64(0)}},
	} {
		if err := b.CountCash(ctx, Trainee, shift, bad); ReasonOf(err) != ReasonCountShape {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(store.records) != before {
		t.Fatal("something was written")
	}
	wants(t, b.CountCash(ctx, Trainee, shift, []Pieces{{Fen: 1, Count: 3}, {Fen: 100, Count: 0}, {Fen: 50, Count: 2}}), "") // in any order
	if got, _ := shiftOf(b); got.Counted != 103 {
		t.Fatalf("%+v", got)
	}
	wants(t, b.CountCash(ctx, Trainee, shift, nil), "") // an empty drawer is a count
	wants(t, b.CloseShift(ctx, Trainee, CloseWish{Shift: shift, Counts: 1}), ReasonShiftOther)
	wants(t, b.CloseShift(ctx, Trainee, CloseWish{Shift: shift, Counts: 2}), "")
	wants(t, b.CloseShift(ctx, Trainee, CloseWish{Shift: shift, Counts: 2}), ReasonNoShift)
}

// TestTwoHandOversAtOnce: of people who take one drawer over at the same moment, one does.
func TestTwoHandOversAtOnce(t *testing.T) {
	for range 20 {
		b, ctx := testBook(t, NewMemory(), nil), context.Background()
		shift := openShift(t, b, Trainee, 100)
		count(t, b, Trainee, shift, 90)
		var wait sync.WaitGroup
		results := make(chan error, 8)
		for i := range cap(results) {
			wait.Go(func() {
				var err error
				if wish := (CloseWish{Shift: shift, Counts: 1}); i%2 == 0 {
					_, err = b.HandOver(ctx, Trainee, HandOverWish{CloseWish: wish, To: "wang"})
				} else {
					err = b.CloseShift(ctx, Trainee, wish)
				}
				results <- err
			})
		}
		wait.Wait()
		done := 0
		for range cap(results) {
			switch err := <-results; ReasonOf(err) {
			case "":
				done++
			case ReasonNoShift, ReasonShiftOther:
			default:
				t.Fatal(err)
			}
		}
		b.Read(func(s *State) {
			if len(s.period.Counts.Shifts) != 1 || done != 1 {
				t.Fatalf("%d went through, %d shifts ended", done, len(s.period.Counts.Shifts))
			}
		})
		b.Close("test")
	}
}

// TestHandOverOfAStaffedTill: who takes over proves it, is signed in, and answers for what was counted; nobody else can.
func TestHandOverOfAStaffedTill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b, li := shop(t, NewMemory())
		defer b.Close("end")
		b.cfg.Seconds.DifferenceAbove = 100
		setStaff(t, b, li, "zhao", RoleCashier, "4815")
		setStaff(t, b, li, "chen", RoleSupport, "5270")
		wang := signIn(t, b, "wang", wangPIN)
		shift := openShift(t, b, wang, 100_00)
		count(t, b, wang, shift, 98_00)
		hand := func(counts uint32, to, digits string, second *Consent) (Actor, error) {
			return b.HandOver(ctx, wang, HandOverWish{CloseWish: CloseWish{Shift: shift, Counts: counts, Second: second}, To: to, PIN: pinOf(digits)})
		}
		by := func() *Consent { return &Consent{Person: "li", PIN: pinOf(liPIN)} }
		pin := pinOf("4815")
		_, err := b.HandOver(ctx, wang, HandOverWish{CloseWish: CloseWish{Shift: shift, Counts: 1}, To: "zhao", PIN: pin})
		wantReason(t, err, ReasonSecondPerson) // two yuan are missing
		if string(pin.digits()) != "4815" {
			t.Fatal("the PIN is gone before it was tried")
		}
		_, err = hand(1, "wang", wangPIN, by())
		wantReason(t, err, ReasonSamePerson)
		_, err = hand(1, "zhao", "0000", by())
		wantReason(t, err, ReasonPINWrong)
		_, err = hand(1, "chen", "5270", by())
		wantReason(t, err, ReasonNotAllowed)
		_, err = b.HandOver(ctx, Actor{"zhao", RoleCashier, "console", ""}, HandOverWish{CloseWish: CloseWish{Shift: shift, Counts: 1}, To: "li", PIN: pinOf(liPIN)})
		wantReason(t, err, ReasonSignedOut)
		zhao, err := b.HandOver(ctx, wang, HandOverWish{CloseWish: CloseWish{Shift: shift, Counts: 1, Second: by()}, To: "zhao", PIN: pin})
		if err != nil || zhao.Person != "zhao" || string(pin.digits()) != "\x00\x00\x00\x00" {
			t.Fatalf("%+v %v %q", zhao, err, pin.digits())
		}
		wantReason(t, b.CountCash(ctx, wang, shift+1, nil), ReasonSignedOut)
		now, _ := shiftOf(b)
		if now.Person != "zhao" || now.Float != 98_00 || now.After != shift {
			t.Fatalf("%+v", now)
		}
		b.Read(func(s *State) {
			old := s.period.Counts.Shifts[0]
			if d, ok := old.Difference(); d != -2_00 || !ok || old.Accepted != "li" || old.To != "zhao" || old.By != "wang" {
				t.Errorf("%+v", old)
			}
		})
		wang = signIn(t, b, "wang", wangPIN) // who sells for a while in somebody else's shift
		wantReason(t, b.CountCash(ctx, wang, now.Number, nil), ReasonNotAllowed)
		count(t, b, signIn(t, b, "zhao", "4815"), now.Number, 98_00)
		wang = signIn(t, b, "wang", wangPIN)
		wantReason(t, b.CloseShift(ctx, wang, CloseWish{Shift: now.Number, Counts: 1}), ReasonSecondPerson)
		wantReason(t, b.CloseShift(ctx, wang, CloseWish{Shift: now.Number, Counts: 1, Second: by()}), "")
	})
}

// TestNobodySellsWithoutAShift, where the shop wants shifts.
func TestNobodySellsWithoutAShift(t *testing.T) {
	ctx := context.Background()
	b := testBook(t, NewMemory(), func(c *BookConfig) { c.Shifts, c.QuietSettle, c.QuietAfter = true, true, time.Nanosecond })
	defer b.Close("test")
	keyAmount(t, b, "5")
	wants(t, b.Settle(ctx, Trainee, false), ReasonNoShift)
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonNoShift)
	if b.Draft().Keyed.Empty() {
		t.Fatal("the amount is gone")
	}
	shift := openShift(t, b, Trainee, 0)
	wants(t, b.Settle(ctx, Trainee, false), "")
	count(t, b, Trainee, shift, 0)
	wants(t, b.CloseShift(ctx, Trainee, CloseWish{Shift: shift, Counts: 1}), "")
	wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "") // a sale that was begun goes on
}

// TestDrawerAndCopies: each is counted, by person and shift; for no sale, and beyond two copies, somebody else has to agree.
func TestDrawerAndCopies(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, func(c *BookConfig) { c.Seconds = Seconds{NoSale: true, CopiesAbove: 2, PayOutAbove: 100_00} })
	defer b.Close("test")
	agree := func() *Consent { return &Consent{Person: Trainer.Person, PIN: pinOf(TrainerPIN)} }
	id, order := sellOne(t, b, "5", wechatCode)
	wants(t, b.OpenDrawer(ctx, Trainee, DrawerWish{}), ReasonCashReason)
	wants(t, b.OpenDrawer(ctx, Trainee, DrawerWish{Why: "change a note"}), ReasonSecondPerson)
	wants(t, b.OpenDrawer(ctx, Trainee, DrawerWish{Sale: "261125000019999"}), ReasonNoSale)
	wants(t, b.OpenDrawer(ctx, Trainee, DrawerWish{Why: "change a note", Second: agree()}), "") // before any shift, too
	shift := openShift(t, b, Trainee, 0)
	wants(t, b.OpenDrawer(ctx, Trainee, DrawerWish{Sale: id}), ReasonCashReason) // no cash is in that sale
	wants(t, b.OpenDrawer(ctx, Trainee, DrawerWish{Sale: id, Why: "stuck"}), ReasonSecondPerson)
	wants(t, b.OpenDrawer(ctx, Trainee, DrawerWish{Why: "stuck", Second: agree()}), "")
	wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift, Amount: Fen(100_00), Why: "w"}), "")
	wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift, Amount: Fen(100_01), Why: "w"}), ReasonSecondPerson)
	wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift, Amount: Fen(100_01), In: true, Why: "w"}), "")
	wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift, Amount: Fen(100_01), Why: "w", Second: agree()}), "")
	reprint := func(second *Consent, want Reason, copy uint32) {
		t.Helper()
		nth, err := b.Reprint(ctx, Trainee, ReprintWish{Order: order, Second: second})
		if wants(t, err, want); nth != copy {
			t.Fatalf("copy %d, not %d", nth, copy)
		}
	}
	_, err := b.Reprint(ctx, Trainee, ReprintWish{Sale: id})
	wants(t, err, "")
	settle(t, b, "6") // the paid sale leaves the working set
	_, err = b.Reprint(ctx, Trainee, ReprintWish{Sale: current(t, b).ID})
	wants(t, err, ReasonNotPaid)
	settle(t, b, "7")
	reprint(nil, "", 2)
	reprint(nil, ReasonSecondPerson, 0)
	reprint(agree(), "", 3)
	_, err = b.Reprint(ctx, Trainee, ReprintWish{Order: "T1XXXX"})
	wants(t, err, ReasonUnknownOrder)
	sale, _, _ := store.SaleOf(order)
	if told, err := retell(store, &sale); err != nil || told.Copies != 3 {
		t.Fatalf("%+v %v", told, err)
	}
	if story, _ := Story(store, &sale); len(story) != 7 { // keyed, asked for, sent, paid, three copies
		t.Fatalf("%d events in its story", len(story))
	}
	got, _ := b.XReport(ctx, supervisor, nil)
	if me := got.Counts.by(Trainee.Person); me.Drawer != 2 || me.NoSale != 2 || me.Copies != 3 || got.Running.Drawer != 1 || got.Running.NoSale != 1 {
		t.Fatalf("%+v %+v", me, got.Running)
	}
}

// TestDrawerForASale: only a sale with cash in it lets the drawer open without a reason and a second person.
func TestDrawerForASale(t *testing.T) {
	ctx, store := context.Background(), NewMemory()
	b := testBook(t, store, func(c *BookConfig) { c.Seconds.NoSale = true })
	defer b.Close("test")
	keyAmount(t, b, "5")
	wants(t, b.Settle(ctx, Trainee, false), "")
	wish := DrawerWish{Sale: current(t, b).ID}
	wants(t, b.OpenDrawer(ctx, Trainee, wish), ReasonCashReason)
	wants(t, b.Tender(ctx, Trainee, TenderWish{Sale: wish.Sale, Kind: CardSlip, Number: "4217", Amount: Fen(2_00)}), "")
	wants(t, b.OpenDrawer(ctx, Trainee, wish), ReasonCashReason)
	wants(t, b.OpenDrawer(ctx, Trainee, DrawerWish{Sale: wish.Sale, Why: "w", Second: &Consent{Person: Trainer.Person, PIN: pinOf(TrainerPIN)}}), "")
	wants(t, b.Tender(ctx, Trainee, TenderWish{Sale: wish.Sale, Kind: Cash, Seen: 1}), "")
	wants(t, b.OpenDrawer(ctx, Trainee, wish), "")
	if me := foldOf(t, store).period.Counts.by(Trainee.Person); me.Drawer != 2 || me.NoSale != 1 {
		t.Errorf("%+v", me)
	}
}

// TestReportsAreBlind: what is shown of the period before the count tells nothing of the drawer, and no sum that cash is a part of, to
// whoever asks; the event of a Z report has every figure, and the count opens it.
func TestReportsAreBlind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, nil)
		shift := openShift(t, b, Trainee, 200_00)
		for _, wish := range []TenderWish{{Kind: Cash}, {Kind: CardSlip, Number: "4217"}} {
			keyAmount(t, b, "37.5")
			wants(t, b.Settle(ctx, Trainee, false), "")
			wish.Sale = current(t, b).ID
			wants(t, b.Tender(ctx, Trainee, wish), "")
		}
		wants(t, b.MoveCash(ctx, Trainee, CashWish{Shift: shift, In: true, Amount: Fen(10_00), Why: "w"}), "")
		blind := func(what string, r Report) {
			t.Helper()
			run := r.Running
			if !r.Blind || run.Expected != 0 || run.Cash != 0 || run.In.Fen != 0 || r.Cash != 0 || r.CashIn.Fen != 0 || r.Grand.Fen != 0 || r.Total() != (Line{Count: 2, Fen: 37_50}) {
				t.Errorf("%s tells %+v", what, r)
			}
			for _, l := range r.People {
				if l.Fen != 0 || l.Cash != 0 {
					t.Errorf("%s tells of %s %+v", what, l.Name, l)
				}
			}
		}
		x, err := b.XReport(ctx, supervisor, nil)
		wants(t, err, "")
		blind("the X report", x)
		z, err := b.CloseDay(ctx, supervisor, DayWish{})
		wants(t, err, "")
		blind("the Z report", z)
		again, _, err := b.LastZ(supervisor)
		wants(t, err, "")
		blind("the Z report, seen again", again.Report)
		made, _, err := ZReport(store, zSeqOf(b))
		if r := made.Report; err != nil || r.Blind || r.Running.Expected != 247_50 || r.Cash != 37_50 || r.Total().Fen != 75_00 || r.Grand.Fen != 75_00 {
			t.Errorf("the event has %+v %v", r, err)
		}
		if _, last, _, err := LoadReport(store, time.Now()); err != nil || !last.Report.Blind || last.Report.Running.Expected != 0 {
			t.Errorf("from the folder: %+v %v", last.Report, err)
		}
		count(t, b, Trainee, shift, 247_50)
		if again, _, err = b.LastZ(supervisor); err != nil || again.Report.Blind || again.Report.Cash != 37_50 {
			t.Errorf("after the count: %+v %v", again.Report, err)
		}
		b.Close("test")
	})
}

func zSeqOf(b *Book) (seq uint64) {
	b.Read(func(s *State) { seq = s.ZSeq })
	return seq
}

// TestOwnDrawerIsCountedFirst: a supervisor who has the drawer counts it before she may know.
func TestOwnDrawerIsCountedFirst(t *testing.T) {
	b := testBook(t, NewMemory(), nil)
	defer b.Close("test")
	shift := openShift(t, b, supervisor, 100_00)
	_, err := b.Expected(supervisor)
	wantReason(t, err, ReasonCountFirst)
	if !b.CashHidden(supervisor, b.Today()) {
		t.Error("the day tells her")
	}
	count(t, b, supervisor, shift, 99_00)
	if got, err := b.Expected(supervisor); err != nil || got.Fen != 100_00 || b.CashHidden(supervisor, b.Today()) {
		t.Errorf("after the count: %v %v", got, err)
	}
}

// TestDrawerRights: every intent for every role, at a till with staff: the intent itself is refused, whatever a screen shows.
func TestDrawerRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b, li := shop(t, NewMemory())
		defer b.Close("end")
		setStaff(t, b, li, "chen", RoleSupport, "5270")
		order := soldBy(t, b, li, "5")
		shift := openShift(t, b, li, 0)
		intents := map[string]struct {
			try                          func(Actor) error
			cashier, supervisor, support Reason
		}{
			"open": {func(a Actor) error { _, err := b.OpenShift(ctx, a, Fen(0)); return err }, ReasonShiftOpen, ReasonShiftOpen, ReasonNotAllowed},
			"move": {func(a Actor) error {
				return b.MoveCash(ctx, a, CashWish{Shift: shift, In: true, Amount: Fen(1), Why: "w"})
			}, "", "", ReasonNotAllowed},
			"count":    {func(a Actor) error { return b.CountCash(ctx, a, shift, nil) }, ReasonNotAllowed, "", ReasonNotAllowed},
			"expected": {func(a Actor) error { _, err := b.Expected(a); return err }, ReasonBlind, "", ReasonNotAllowed},
			"close":    {func(a Actor) error { return b.CloseShift(ctx, a, CloseWish{Shift: shift}) }, ReasonCountFirst, ReasonCountFirst, ReasonNotAllowed},
			"hand over": {func(a Actor) error {
				_, err := b.HandOver(ctx, a, HandOverWish{CloseWish: CloseWish{Shift: shift}, To: "li", PIN: pinOf("0000")})
				return err
			}, ReasonPINWrong, ReasonSamePerson, ReasonNotAllowed},
			"drawer":  {func(a Actor) error { return b.OpenDrawer(ctx, a, DrawerWish{Why: "w"}) }, "", "", ReasonNotAllowed},
			"reprint": {func(a Actor) error { _, err := b.Reprint(ctx, a, ReprintWish{Order: order}); return err }, "", "", ReasonNotAllowed},
			"X":       {func(a Actor) error { _, err := b.XReport(ctx, a, nil); return err }, ReasonSecondPerson, "", ReasonNotAllowed},
			"last Z":  {func(a Actor) error { _, _, err := b.LastZ(a); return err }, ReasonNotAllowed, "", ReasonNotAllowed},
			"Z":       {func(a Actor) error { _, err := b.CloseDay(ctx, a, DayWish{Last: zOf(b)}); return err }, ReasonSecondPerson, "", ReasonNotAllowed},
		}
		actors := map[string]Actor{}
		for person, digits := range map[string]string{"wang": wangPIN, "li": liPIN, "chen": "5270"} {
			actor, err := b.SignIn(ctx, "place of "+person, person, pinOf(digits), "")
			wants(t, err, "")
			actors[person] = actor
		}
		for name, tt := range intents {
			for person, want := range map[string]Reason{"wang": tt.cashier, "li": tt.supervisor, "chen": tt.support} {
				actor := actors[person]
				actor.Place = "elsewhere"
				if err := tt.try(actor); err == nil {
					t.Errorf("%s by %s, who is not signed in there", name, person)
				}
				wants(t, b.MoveCash(ctx, actors["li"], CashWish{Shift: shift, In: true, Amount: Fen(1), Why: "w"}), "") // what was counted counts no more
				var holder string
				b.Read(func(s *State) {
					if open, ok := s.Shift(); ok {
						holder = open.Person
					}
				})
				if err := tt.try(actors[person]); name == "expected" && person == holder && ReasonOf(err) == ReasonCountFirst { // her own drawer: she counts it first
				} else if ReasonOf(err) != want || want == "" && err != nil {
					t.Errorf("%s by %s: %v, not %q", name, person, err, want)
				}
			}
		}
		for person, actor := range actors {
			wants(t, b.LockScreen(ctx, actor.Place, SignOutKey), "")
			for name, tt := range intents {
				if err := tt.try(actor); err == nil {
					t.Errorf("%s by %s at a locked screen", name, person)
				}
			}
		}
		wang := signIn(t, b, "wang", wangPIN) // a supervisor lends the right for one report
		_, err := b.XReport(ctx, wang, &Consent{Person: "li", PIN: pinOf(liPIN)})
		wants(t, err, "")
		_, err = b.CloseDay(ctx, wang, DayWish{Last: zOf(b), Second: &Consent{Person: "li", PIN: pinOf(liPIN)}})
		wants(t, err, "")
	})
}

func zOf(b *Book) (z uint64) {
	b.Read(func(s *State) { z = s.Z })
	return z
}

// TestCopiesOfARecalledSale: the bytes of a field that is younger than the golden ones of its kind.
func TestCopiesOfARecalledSale(t *testing.T) {
	sale := Sale{ID: "s", Copies: 3}
	if got := hex.EncodeToString(sale.Encode()); got != "0a0173"+"3200"+"800103" {
		t.Fatal(got)
	}
}

// TestWrongDrawerEvents have no place in a journal: the fold refuses them, and nothing has changed.
func TestWrongDrawerEvents(t *testing.T) {
	pieces := []Pieces{{Fen: 100, Count: 2}}
	s, _ := folded(t, append(busyEntries(), entry{body: &CashCounted{Shift: 2, Nth: 1, Pieces: pieces, Sum: Fen(200)}})...)
	report := s.report(t0)
	report.Z = 2
	other := func(change func(*Report)) *DayClosed {
		r := report
		change(&r)
		return &DayClosed{Z: r.Z, Day: 20261125, Report: r}
	}
	for name, body := range map[string]Body{
		"a second shift":         &ShiftOpened{Shift: 3, Person: "x", Float: Fen(0)},
		"out of another shift":   &CashMoved{Shift: 1, Amount: Fen(1), Why: "w"},
		"nothing moves":          &CashMoved{Shift: 2, Amount: Fen(0), Why: "w"},
		"a drawer of no shift":   &DrawerOpened{Shift: 7, Why: "w"},
		"a count of no shift":    &CashCounted{Shift: 3, Nth: 1},
		"a count twice":          &CashCounted{Shift: 2, Nth: 1, Pieces: pieces, Sum: Fen(200)},
		"a count of other money": &CashCounted{Shift: 2, Nth: 2, Pieces: pieces, Sum: Fen(201)},
		"a count out of order":   &CashCounted{Shift: 2, Nth: 2, Pieces: []Pieces{{Fen: 1, Count: 1}, {Fen: 2, Count: 1}}, Sum: Fen(3)},
		"closed: another":        &ShiftClosed{Shift: 1, Expected: Fen(4300), Counted: Fen(200), First: Fen(-4100)},
		"closed: expected":       &ShiftClosed{Shift: 2, Expected: Fen(4301), Counted: Fen(200), First: Fen(-4100)},
		"closed: counted":        &ShiftClosed{Shift: 2, Expected: Fen(4300), Counted: Fen(4300), First: Fen(-4100)},
		"closed: first":          &ShiftClosed{Shift: 2, Expected: Fen(4300), Counted: Fen(200)},
		"an X left out":          &Reported{X: 2},
		"a Z left out":           other(func(r *Report) { r.Z = 3 }),
		"a Z again":              other(func(r *Report) { r.Z = 1 }),
		"a Z of other events":    other(func(r *Report) { r.From-- }),
		"a Z of another past":    other(func(r *Report) { r.Head.Hash[0] ^= 1 }),
		"a copy left out":        &Reprinted{Sale: "s1", Copy: 3},
		"a copy of nothing":      &Reprinted{Sale: "s9", Copy: 1},
	} {
		before := s.Snapshot()
		event := Event{Seq: s.Head.Seq + 1, Epoch: 1, Actor: Trainee, At: t0, Day: 20261125, Prev: s.Head.Hash, Body: body}
		if _, err := s.Apply(&event, HashOf(event.Encode())); ReasonOf(err) != ReasonStateForbidden || !bytes.Equal(before, s.Snapshot()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := Event{Seq: s.Head.Seq + 1, Epoch: 1, At: t0, Day: 20261125, Prev: s.Head.Hash, Body: other(func(*Report) {})}
	if _, err := s.Apply(&good, HashOf(good.Encode())); err != nil {
		t.Fatal(err)
	}
}

// TestCashOfSalesIsInTheDrawer: what was given less the change comes in, what goes back goes out, and a count before either is one of
// another time. A sale in parts counts once, each part in the line of its tender.
func TestCashOfSalesIsInTheDrawer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b, _ := shop(t, NewMemory())
		defer b.Close("end")
		b.cfg.Shifts, b.cfg.CashStep = true, 10
		wang := signIn(t, b, "wang", wangPIN)
		sell := func(fen int64, wishes ...TenderWish) (sale Sale) {
			t.Helper()
			for _, digit := range Fen(fen).String() {
				wants(t, b.Key(digit), "")
			}
			wants(t, b.Settle(ctx, wang, false), "")
			for i, wish := range wishes {
				b.Read(func(s *State) { sale = *s.CurrentSale() })
				wish.Sale, wish.Seen = sale.ID, i
				wants(t, b.Tender(ctx, wang, wish), "")
			}
			b.Read(func(s *State) { sale = *s.sales[sale.ID] })
			return sale
		}
		wants(t, b.Key('5'), "")
		wants(t, b.Settle(ctx, wang, false), ReasonNoShift)
		b.ClearDraft()
		shift := openShift(t, b, wang, 100_00)
		expects := func(want int64) {
			t.Helper()
			b.Read(func(s *State) {
				if got := s.shift.expects(); got != want {
					t.Fatalf("%d fen should be in the drawer, not %d", got, want)
				}
			})
		}
		count(t, b, wang, shift, 100_00)
		sale := sell(12_34, TenderWish{Kind: Cash, Given: Fen(50_00)}) // pays 12.30
		expects(112_30)
		_, err := b.Expected(wang)
		wantReason(t, err, ReasonBlind) // it was counted before the cash came
		sell(30_00, TenderWish{Kind: CardSlip, Number: "4217", Amount: Fen(20_00)}, TenderWish{Kind: Cash})
		expects(122_30)
		sell(5_00, TenderWish{Kind: Transfer})
		expects(122_30)
		wants(t, b.ReturnTender(ctx, wang, TenderReturnWish{Sale: sale.ID, Tender: sale.Tenders[0].ID, Amount: Fen(2_30), Why: "torn", Second: &Consent{Person: "li", PIN: pinOf(liPIN)}}), "")
		expects(120_00)
		if nth, err := b.Reprint(ctx, wang, ReprintWish{Sale: sale.ID}); err != nil || nth != 1 {
			t.Fatalf("copy %d, %v", nth, err)
		}
		liAt, err := b.SignIn(ctx, "office", "li", pinOf(liPIN), "")
		wants(t, err, "")
		count(t, b, wang, shift, 120_00)
		report, err := b.XReport(ctx, liAt, nil)
		wants(t, err, "")
		if total := report.Total(); total != (Line{Count: 3, Fen: 47_34, Refunds: 1, Returned: 2_30}) || report.Grand != (Line{Count: 3, Fen: 47_34, Refunds: 1, Returned: 2_30}) || report.Cash != 20_00 {
			t.Fatalf("%+v, %+v, %d", total, report.Grand, report.Cash)
		}
		if want := []Line{{Name: "card slip", Count: 1, Fen: 20_00}, {Name: "cash", Count: 2, Fen: 22_34, Refunds: 1, Returned: 2_30}, {Name: "transfer", Count: 1, Fen: 5_00}}; !slices.Equal(report.Tenders, want) {
			t.Fatalf("%+v", report.Tenders)
		}
		if by := report.People; len(by) != 1 || by[0].Count != 3 || by[0].Cash != 20_00 || by[0].Copies != 1 {
			t.Fatalf("%+v", by)
		}
		wants(t, b.CloseShift(ctx, wang, CloseWish{Shift: shift, Counts: 2}), "")
		wants(t, b.ReturnTender(ctx, wang, TenderReturnWish{Sale: sale.ID, Tender: sale.Tenders[0].ID, Amount: Fen(1_00), Why: "torn", Seen: 1}), ReasonNoShift)
	})
}
