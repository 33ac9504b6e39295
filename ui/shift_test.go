package ui

import (
	"strings"
	"testing"
	"time"

	"guitai/ledger"
)

// This file has the pictures of the drawer, its counts and reports, and the story of a day at it.

// aShift is the drawer's screen at a step of a job.
func aShift(job shiftJob, step shiftStep, change func(*shiftScreen)) func(*App) {
	return func(a *App) {
		s := &shiftScreen{head: 99, open: true, job: job, step: step, items: someItems(), pieces: make([]string, len(ledger.Denominations)),
			shift: ledger.Shift{Number: 41, Person: "wang", OpenedAt: noon.Add(-4 * time.Hour), Float: 500_00}}
		if change != nil {
			change(s)
		}
		a.push(s)
	}
}

func someItems() []ledger.OpenItem {
	return []ledger.OpenItem{{Sale: "26030200071234", Order: testOrder, Fen: 12_50, State: uint8(ledger.Unknown)},
		{Sale: "26030200085678", Order: testOrder, Refund: "R", Fen: 3_00, State: uint8(ledger.RefundAsked)},
		{Sale: "26030200091111", Fen: 49_00, State: uint8(ledger.Paid)}, {Sale: "26030200092222", Fen: 7_00},
		{ID: 9, Sale: "26030200071234", Order: testOrder, Fen: 30_00, State: uint8(ledger.Orphan), Note: ledger.NoteLateMoney}}
}

func aReport(z uint64) *ledger.Report {
	line := func(name string, n uint64, fen int64) ledger.Line { return ledger.Line{Name: name, Count: n, Fen: fen} }
	back := line(string(ledger.WeChat), 31, 987_60)
	back.Refunds, back.Returned = 2, 45_00
	scan, wang := line(ledger.TenderScan, 73, 2_222_20), line("wang", 73, 2_222_20)
	scan.Refunds, scan.Returned, wang.Refunds, wang.Returned = 2, 45_00, 2, 45_00
	grand := line("", 123456, 9_876_543_21)
	grand.Refunds, grand.Returned = 321, 12_345_00
	return &ledger.Report{Z: z, From: 41, Since: noon.Add(-24 * time.Hour), At: noon, Head: ledger.Head{Seq: 5678, Hash: ledger.HashOf([]byte("x"))},
		Counts: ledger.Counts{Channels: []ledger.Line{line(string(ledger.Alipay), 42, 1_234_60), back}, Tenders: []ledger.Line{scan},
			People:      []ledger.PersonLine{{Line: wang, Drawer: 3, NoSale: 2, Copies: 1, Dropped: 4, Stopped: 2, WrongPINs: 1}, {Line: ledger.Line{Name: "li"}, WrongPINs: 2}},
			Corrections: []ledger.DayCorrection{{Day: 20260301, Line: line("", 1, 8_00)}},
			Shifts: []ledger.Shift{{Number: 40, Person: "wang", Float: 500_00, Counts: 2, Current: true, Counted: 498_00, Expected: 500_00, ClosedAt: noon.Add(-5 * time.Hour)},
				{Number: 41, Person: "zhao", Float: 498_00, Expected: 498_00, Automatic: true, ClosedAt: noon.Add(-time.Hour)}},
			CashIn: ledger.Tally{Count: 1, Fen: 100_00}, CashOut: ledger.Tally{Count: 2, Fen: 300_00}, Late: ledger.Tally{Count: 1, Fen: 30_00}},
		Running: ledger.Shift{Number: 42, Person: "wang", Float: 500_00, Expected: 520_00}, Unresolved: someItems()[:4], Exceptions: someItems()[4:], Grand: grand}
}

func shiftPictures() []picture {
	count := func(s *shiftScreen) { s.pieces[0], s.pieces[2], s.pieces[6], s.at = "4", "3", "17", 6 }
	return []picture{
		{"the drawer, no shift", aShift(0, shiftMenu, func(s *shiftScreen) { s.open = false })},
		{"the drawer, a shift", aShift(0, shiftMenu, nil)},
		{"the drawer, counted", aShift(0, shiftMenu, func(s *shiftScreen) {
			s.shift.Counts, s.shift.Current, s.shift.First, s.shift.Counted, s.shift.Expected = 2, true, 480_00, 498_00, 500_00
		})},
		{"the drawer, counted, and cash has moved", aShift(0, shiftMenu, func(s *shiftScreen) { s.shift.Counts, s.shift.First = 1, 480_00 })},
		{"an X report before the count", aShift(jobX, shiftReport, func(s *shiftScreen) {
			s.report = aReport(0)
			s.report.Blind, s.report.Running.Expected, s.report.CashIn.Fen, s.report.CashOut.Fen = true, 0, 0, 0
		})},
		{"a float", aShift(jobOpen, shiftAmount, func(s *shiftScreen) { s.open, s.keyed = false, keyedAmount("500") })},
		{"cash out, its reason", aShift(jobOut, shiftWhy, func(s *shiftScreen) { s.keyed = keyedAmount("200") })},
		{"a count", aShift(jobCount, shiftCount, count)},
		{"a count, asked", aShift(jobCount, shiftAsk, count)},
		{"closing, asked", aShift(jobClose, shiftAsk, func(s *shiftScreen) { s.shift.Counts, s.shift.Current = 1, true })},
		{"a second person for a difference", func(a *App) {
			aShift(jobClose, shiftAsk, func(s *shiftScreen) {
				s.shift.Counts, s.shift.Current, s.shift.Counted, s.shift.Expected = 1, true, 498_00, 500_00
			})(a)
			approving(true, a.top().(*shiftScreen).agreed(a)...)(a)
		}},
		{"handing over, the PIN", aShift(jobHand, shiftToPIN, func(s *shiftScreen) { s.to, s.pin = "zhao", []byte("48") })},
		{"a Z report, asked", aShift(jobZ, shiftAsk, nil)},
		{"an X report", aShift(jobX, shiftReport, func(s *shiftScreen) { s.report = aReport(0) })},
		{"a Z report, its end", aShift(jobZ, shiftReport, func(s *shiftScreen) { s.report, s.first = aReport(17), 99 })},
		{"handing over, the code", aShift(jobHand, shiftToCode, func(s *shiftScreen) { s.to, s.code = "zhao", []byte("4815") })},
		{"handing over, the name", aShift(jobHand, shiftTo, func(s *shiftScreen) { s.to = "zh" })},
	}
}

// TestTheCountSheetTellsNothing: what a cashier sees before the count holds no figure that the count has to find out.
func TestTheCountSheetTellsNothing(t *testing.T) {
	for _, pic := range shiftPictures()[1:9] {
		a := drawnApp(t, "en", true, 80, 24)
		a.scene = baseScene()
		pic.set(a)
		s := a.top().(*shiftScreen)
		s.shift.Expected = 777_77
		if text := a.frame(); strings.Contains(text, "777.77") != s.shift.Current {
			t.Errorf("%s:\n%s", pic.name, text)
		}
	}
}

// TestADayAtTheDrawer: a float, cash in and out, a blind count, a difference that a second person accepts, reports, and the end of the
// period; keys only.
func TestADayAtTheDrawer(t *testing.T) {
	change := func(c *ledger.BookConfig, _ *Options) { c.Shifts, c.Seconds.DifferenceAbove = true, 100 }
	withRobotOn(t, ledger.NewMemory(), Config{}, change, func(r *robot) {
		agree := func() {
			r.sleep(time.Second)
			r.key(ledger.TrainerPIN, "enter")
		}
		r.key("8", "enter")
		r.sees("Nobody has opened a shift", "[NO-SHIFT]")
		r.key("esc", "k")
		r.sees("No shift is open", "Open a shift")
		r.key("5")
		r.sees("[NO-SHIFT]")
		r.key("1", "500", "enter")
		r.sees("The shift is open", "Shift 1 of trainee", "500.00", "not counted yet")
		r.key("4", "120", "enter", "1", "enter")
		r.sees("Cash was taken out")
		r.key("3", "20", "enter")
		r.key("from bank", "enter")
		r.sees("Cash was put in")
		r.key("6") // uncounted
		r.sees("[COUNT-FIRST]")
		r.key("2")
		r.sees("Count what is in the drawer")
		r.key("3", "enter", "1", "enter", "2", "enter")
		r.seesNot("400.00")
		for range len(ledger.Denominations) - 3 {
			r.key("enter")
		}
		r.sees("Write this count down?", "390.00")
		r.sleep(time.Second)
		r.key("enter")
		r.sees("The count is written down", "Counted", "390.00", "Expected", "400.00", "-10.00")
		r.key("5")
		r.sleep(time.Second)
		r.key("enter")
		r.sees("A second person has to agree", "Close the shift", "Difference -10.00", "PIN: "+ledger.TrainerPIN)
		r.sleep(time.Second)
		r.key("2581", "enter")
		r.sees("[PIN-WRONG]")
		agree()
		r.sees("The shift is closed", "No shift is open")
		r.key("7")
		r.sees("A second person has to agree")
		agree()
		r.sees("X report", "Shift 1 trainee", "390.00", "-10.00")
		r.key("esc", "9")
		r.sees("NOT-ALLOWED")
		r.key("8")
		r.sleep(time.Second)
		r.key("enter")
		r.sees("A second person has to agree", "Z report (end of period)")
		agree()
		r.sees("Z report 1")
		r.key("esc", "esc", "8", "enter")
		r.sees("[NO-SHIFT]")
		var z uint64
		r.book.Read(func(s *ledger.State) { z = s.Z })
		if z != 1 {
			t.Fatalf("Z %d", z)
		}
	})
}

// TestAHandOverIsProven: who takes over keys the name and the PIN, which is nowhere on the screen and wiped when it is given up; a
// second person agrees to the difference, and the taker works here from then on.
func TestAHandOverIsProven(t *testing.T) {
	change := func(c *ledger.BookConfig, _ *Options) { c.Shifts, c.Seconds.DifferenceAbove = true, 100 }
	withStaff(t, Config{}, change, func(r *robot) {
		r.signIn("3", "wang")
		r.key("k", "1", "500", "enter", "2")
		for range ledger.Denominations {
			r.key("enter")
		}
		r.sleep(time.Second)
		r.key("enter", "6", "li", "enter", "8", "6", "0", "4")
		r.sees("****_")
		r.seesNot("8604")
		s := r.app.top().(*shiftScreen)
		pin := s.pin
		r.key("esc")
		if strings.Trim(string(pin), "\x00") != "" || len(s.pin) != 0 {
			t.Fatalf("%q", pin)
		}
		r.key("6", "li", "enter")
		r.pin("li")
		r.key("enter")
		r.sees("Hand this drawer over to li?")
		r.sleep(time.Second)
		r.key("enter")
		r.sees("A second person has to agree", "Difference -500.00", "1 chen")
		r.sleep(time.Second)
		r.key("1", "0000", "enter")
		r.sees("[PIN-WRONG]")
		r.pin("chen")
		r.key("enter")
		r.sees("li (supervisor)")
		var shift ledger.Shift
		r.book.Read(func(s *ledger.State) { shift, _ = s.Shift() })
		if shift.Person != "li" || shift.Number != 2 || r.app.actor.Person != "li" {
			t.Fatalf("%+v, %+v", shift, r.app.actor)
		}
	})
}

// TestAHandOverTakesACode: where authenticators are asked for, the taker's goes with the PIN; a digit or a badge picks the person.
func TestAHandOverTakesACode(t *testing.T) {
	var asked []string
	change := func(c *ledger.BookConfig, o *Options) {
		c.Shifts = true
		o.NeedsCode = func(person string) bool { return person == "li" }
		c.SecondFactor = func(person, code string) error {
			asked = append(asked, person+" "+code)
			if person == "li" && code != "" && code != "314159" { // who is hired has none yet
				return ledger.Refuse(ledger.ReasonPINWrong)
			}
			return nil
		}
	}
	withStaff(t, Config{}, change, func(r *robot) {
		r.signIn("3", "wang")
		r.key("k", "1", "enter", "0", "enter", "2")
		for range ledger.Denominations {
			r.key("enter")
		}
		r.sleep(time.Second)
		r.key("enter", "6")
		r.sees("1 chen · supervisor", "2 li · supervisor")
		r.seesNot("zhao", "wang ·")
		r.key("2")
		r.sees("Name li", "PIN _")
		r.key("esc", "6", "nobody", "enter")
		r.sees("Pick the name instead")
		r.key("esc", "6", "2", "enter")
		r.sees("Nothing is keyed yet.")
		r.pin("li")
		r.key("enter")
		r.sees("Code of the authenticator", "The six digits")
		r.key("314159", "enter")
		r.sees("Hand this drawer over to li?")
		r.seesNot("314159")
		r.sleep(time.Second)
		r.key("enter")
		r.sees("li (supervisor)")
		if last := asked[len(asked)-1]; last != "li 314159" {
			t.Fatal(asked)
		}
	})
}

// TestCashMakesACountOld: what a sale brings in cash is not what was counted before.
func TestCashMakesACountOld(t *testing.T) {
	withRobotOn(t, ledger.NewMemory(), Config{}, func(c *ledger.BookConfig, _ *Options) { c.Shifts = true }, func(r *robot) {
		r.key("k", "1", "100", "enter", "2")
		for range ledger.Denominations {
			r.key("enter")
		}
		r.sleep(time.Second)
		r.key("enter")
		r.sees("Difference", "-100.00")
		r.key("esc", "8", "m", "50", "enter", "f10")
		r.sees("Today's sales", "cash and total: after the count")
		r.seesNot("for ¥8.00")
		r.key("esc", "k")
		r.sees("cash has moved since the count")
		r.key("7")
		r.sleep(time.Second)
		r.key(ledger.TrainerPIN, "enter", "down", "down", "down")
		r.sees("Cash", "once counted", "Cash of sales, net")
		r.seesNot("8.00")
	})
}
