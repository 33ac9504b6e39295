package ui

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// TestDayNarrows: by keys and by digits, live, with totals of what is shown and of nothing else.
func TestDayNarrows(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.pay("5", wechatPay)
		r.pay("12.5", alipayPay)
		r.pay("20", "130000000000000043")
		r.key("7", "enter", "d")
		r.sees("Alipay 1 for ¥12.50", "WeChat 2 for ¥25.00", "total 3 for ¥37.50")
		r.key("t")
		r.sees("· 1 of 4", "Only: Alipay", "Alipay 1 for ¥12.50 · total 1 for ¥12.50")
		r.seesNot("20.00", "WeChat 2")
		r.key("t")
		r.sees("Only: WeChat", "total 2 for ¥25.00")
		r.key("10-", "30")
		r.sees("Only: WeChat · 10-30_", "· 1 of 4", "total 1 for ¥20.00")
		r.key("esc")
		r.sees("total 3 for ¥37.50", "t tender")
		r.key("z", "z", "z")
		r.sees("Only: not paid", "· 1 of 4", "7.00", "total 0 for ¥0.00")
		r.key("z", "z", "z", "12.")
		r.sees("Only: 12._", "total 1 for ¥12.50")
		r.key("backspace", "backspace", "backspace", "c")
		r.sees("Only: cashier trainee", "· 4 of 4")
		r.key("esc", "esc")
		r.sees("To pay")
	})
}

// TestAnyDay: back and forward, and by a date that is typed.
func TestAnyDay(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.pay("5", wechatPay)
		r.key("1", "enter")
		time.Sleep(400 * 24 * time.Hour) // the robot's clock starts on 2000-01-01
		r.pay("6", "130000000000000043")
		r.key("d")
		r.sees("Today's sales 2001-02-04", "6.00", "total 1 for ¥6.00")
		r.key("left")
		r.sees("Sales of 2001-02-03", "No sale on this day")
		r.key("]")
		r.sees("Today's sales 2001-02-04", "6.00")
		r.key("right")
		r.sees("That day has not begun", "Today's sales 2001-02-04")
		r.key("g", "2000-1-1")
		r.sees("Go to day: 2000-1-1_")
		r.key("enter")
		r.sees("Sales of 2000-01-01", "5.00", "total 1 for ¥5.00")
		r.key("down", "enter")
		r.sees("The story of a sale ¥5.00", "2000-01-01", "paid")
		r.key("esc", "g", "30-2", "enter")
		r.sees("There is no such day", "Go to day: 30-2_")
		r.key("esc", "g", "enter")
		r.sees("Today's sales 2001-02-04", "6.00")
	})
}

func TestDatesAsTheyAreTyped(t *testing.T) {
	const today = ledger.Day(20260305)
	for text, want := range map[string]ledger.Day{
		"": today, "5": today, "6": 20260206, "31": 20260131, "3-5": today, "305": today, "0305": today, "3.6": 20250306, "12-31": 20251231, "1231": 20251231,
		"29-2": 0, "2-29": 20240229, "260304": 20260304, "20260304": 20260304, "2026-3-4": 20260304, "26-3-4": 20260304, "20270101": 20270101,
		"0": 0, "32": 0, "13-1": 0, "2-30": 0, "20260230": 0, "1-2-3-4": 0, "-": 0, "--": 0, "3-": 0, "99999999": 0, "19991231": 0,
	} {
		box := dateBox{}
		for _, char := range text {
			box.add(char)
		}
		if got, ok := box.day(today); got != want || ok != (want != 0) {
			t.Errorf("%q is %v %v, want %v", text, got, ok, want)
		}
	}
	for n := range 4000 {
		box := dateBox{text: fmt.Append(nil, n)}
		if got, ok := box.day(today); ok && got > today {
			t.Errorf("%d goes to %s", n, got)
		}
	}
}

// TestStoryIsTold live: each event, who did it, and what it made, with nothing that must not be seen.
func TestStoryIsTold(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("12.5", "enter", "f2")
		r.asked(ledger.RequestOrder)
		r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		qr := r.last().QR
		r.key("w")
		r.answered(ledger.RequestQuery, ledger.ClassAbsent, nil)
		r.asked(ledger.RequestOrder)
		r.key("d", "enter")
		r.sees("The story of a sale ¥12.50", "trainee settled the amount of ¥12.50", "attempt 1: Alipay, QR on the till's screen, ¥12.50",
			"attempt 1: another way was chosen → stopping", "the channel does not know it → withdrawn", "the till attempt 2: sends the request for a QR → asking")
		r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		r.sees("the QR is made → waiting")
		r.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
		r.key("down", "down", "down", "down", "down", "down", "down", "down")
		r.sees("paid; Channel's number 42000077 → paid", "✔ paid · WeChat · confirmed")
		r.seesNot(qr)
		r.key("r")
		r.sees("Give back ¥12.50")
		r.key("enter", "1", "enter")
		r.sleep(time.Second)
		r.key("enter", "esc", "pgdown")
		r.sees("trainee refund 1: ¥12.50 wanted back: brought back", "paid · … going back")
	})
}

// TestNumberOnABillFromTheDay: typed, and read by a scanner that types. A customer's payment code is none, and charges nothing when it
// is typed.
func TestNumberOnABillFromTheDay(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.pay("12.5", wechatPay)
		r.key("1", "enter")
		time.Sleep(26 * time.Hour)
		r.key("d", billNo)
		r.sees("Enter looks this number up")
		r.key("enter")
		r.sees("The story of a sale ¥12.50", billNo)
		r.key("esc")
		r.seesNot("Only:")
		r.burst(billNo, "enter", 2*time.Millisecond)
		r.sees("The story of a sale ¥12.50")
		r.key("esc")
		head := r.head()
		r.key(wechatPay)
		r.sees("Only: " + strings.Repeat("*", len(wechatPay)))
		r.key("enter")
		r.sees("That is a customer's payment code")
		r.seesNot(wechatPay[:8], "Only:")
		r.key("4200002026030212345678901299", "enter")
		r.sees("This till has no sale of that number")
		if r.head() != head {
			t.Error("looking up has written something")
		}
	})
}

// TestTypedDigitsAreWiped: what may be a payment code does not stay in memory.
func TestTypedDigitsAreWiped(t *testing.T) {
	d := &dayScreen{}
	narrowedBy(wechatPay)(d)
	held := d.only.text[:cap(d.only.text)]
	d.leave()
	if slices.ContainsFunc(held, func(c byte) bool { return c != 0 }) {
		t.Errorf("%q is left", held)
	}
}

// TestDayShowsWhatItSums: whatever keys are pressed, the totals are the fold of the lines on the list.
func TestDayShowsWhatItSums(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		a := drawnApp(t, assets.En, true, 80, 24)
		aBusyDay(nil)(a)
		d := a.top().(*dayScreen)
		more := dayWithRefunds()
		d.rows, d.refunds = append(d.rows, more.rows...), append(d.refunds, more.refunds...)
		for i := range d.rows {
			d.rows[i].Sale = ledger.SaleID(fmt.Sprintf("%.6s%05d%s", d.rows[i].Sale, i, d.rows[i].Sale.Tail()))
		}
		for i := range d.refunds { // they go with the sales of the same tail
			for j := range d.rows {
				if d.refunds[i].Sale.Tail() == d.rows[j].Sale.Tail() && d.refunds[i].Sale[:6] == d.rows[j].Sale[:6] {
					d.refunds[i].Sale = d.rows[j].Sale
				}
			}
		}
		for range random.IntN(12) {
			switch random.IntN(6) {
			case 0:
				d.act(a, actByChannel)
			case 1:
				d.act(a, actByCashier)
			case 2:
				d.act(a, actByState)
			case 3:
				d.act(a, actBack)
			default:
				d.typed(a, rune("0123459.-"[random.IntN(9)]))
			}
		}
		d.sort()
		var rows []ledger.Row
		var refunds []ledger.RefundRow
		shown := map[ledger.SaleID]bool{}
		for i := range d.items {
			if item := &d.items[i]; item.sale != nil {
				rows, shown[item.sale.Sale] = append(rows, *item.sale), true
			} else {
				refunds = append(refunds, *item.refund)
			}
		}
		for _, r := range d.refunds {
			if shown[r.Sale] {
				refunds = append(refunds, r)
			}
		}
		if want := ledger.SumRows(rows, refunds); !reflect.DeepEqual(d.totals, want) {
			t.Fatalf("%+v: the totals are %+v, the lines' %+v", d.only.RowFilter, d.totals, want)
		}
	}
}

// TestEveryEventHasWords: each kind that a sale's story can hold, each request and each class, in both languages, and no phrase that
// is left unfilled. A kind that is not known is named all the same.
func TestEveryEventHasWords(t *testing.T) {
	for _, lang := range assets.Langs {
		a := drawnApp(t, lang, true, 80, 24)
		story := aStory()
		tell := func(body ledger.Body) string { return newTeller(a, &story.sale).what(body) }
		events := storyEvents()
		bodies := []ledger.Body{&ledger.SaleDropped{Why: ledger.DropAmount}, &ledger.SaleDropped{Why: ledger.DropReplaced}, &ledger.SaleRecalled{Sale: story.sale}, &ledger.SaleOpened{Quiet: true}, &ledger.Resolved{Note: "n"},
			&ledger.CodeRefused{Why: ledger.ReasonCodeUsed}, &ledger.RefundOpened{Cause: ledger.CauseLate, Refund: "R"},
			&ledger.TenderProven{Number: "7"}, &ledger.TenderReturned{By: ledger.Transfer, Why: "w"}, &ledger.SaleNoted{Note: "n", Wrong: true}, &ledger.SaleNoted{Wrong: true},
			&ledger.SaleHeld{}, &ledger.SaleResumed{}, &ledger.DrawerOpened{Why: "w"}, &ledger.Reprinted{Copy: 2}}
		for _, kind := range ledger.TenderKinds {
			bodies = append(bodies, &ledger.TenderTaken{By: kind, Amount: ledger.Fen(5), Change: ledger.Fen(1), Number: "7", Instead: "T1"})
		}
		for i := range events {
			bodies = append(bodies, events[i].Body)
		}
		for request := ledger.RequestPay; request <= ledger.RequestNotice; request++ {
			for class := ledger.ClassUnknown; class <= ledger.ClassAbnormal; class++ {
				bodies = append(bodies, &ledger.AttemptAnswered{Answer: ledger.Answer{Request: request, Class: class}, Became: ledger.Unknown})
			}
		}
		other, _, _ := strings.Cut(a.words.Story.Other, "{")
		for _, body := range bodies {
			if text := tell(body); text == "" || strings.ContainsAny(text, "{}") || strings.Contains(text, other) || strings.HasSuffix(strings.TrimSpace(text), ":") {
				t.Errorf("%s: %T is told as %q", lang, body, text)
			}
		}
		if text := tell(&ledger.Closed{}); !strings.Contains(text, "Closed") {
			t.Errorf("%s: an unknown kind is told as %q", lang, text)
		}
		frame := ansi.Strip(strings.Join(story.lines(a, 60), "\n"))
		if strings.ContainsAny(frame, "\x1b\u202e") {
			t.Errorf("%s: the story has control characters", lang)
		}
	}
}
