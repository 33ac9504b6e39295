package ui

import (
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// says types lines at the sign-in of somebody.
func (p *plainRobot) signsIn(number, person string) {
	p.t.Helper()
	p.line(number, pins[person])
	p.hears("SIGN IN", person+" works here now.")
}

// noPINs looks that nobody's PIN is on the paper.
func (p *plainRobot) noPINs() {
	p.t.Helper()
	for person, pin := range pins {
		if strings.Contains(p.paper.all(), pin) {
			p.t.Errorf("%s's PIN is on the paper", person)
		}
	}
}

// TestPlainDayAtTheDrawer: a float, cash in and out, a blind count, its difference with a second person, the hand-over with the other
// one's PIN, the X report and the end of the period, by lines alone.
func TestPlainDayAtTheDrawer(t *testing.T) {
	withStaff(t, Config{}, func(b *ledger.BookConfig, o *Options) {
		b.Shifts, b.Seconds.DifferenceAbove, o.LockAfter = true, 100, 0
	}, func(r *robot) {
		p, end := onPaper(r, Options{})
		defer end()
		p.signsIn("3", "wang")
		p.line("8")
		p.hears("NOT DONE", "Nobody has opened a shift. [NO-SHIFT]", "k opens one")
		p.line("k 5")
		p.hears("NOT DONE", "[NO-SHIFT]")
		p.line("k")
		p.hears("DRAWER", "No shift is open.", "What is to be done?", "x ends this")
		p.line("12")
		p.hears("NOT DONE", "nothing of that number", "x ends this")
		p.line("1", "20x")
		p.hears("NOT DONE", "[AMOUNT-SHAPE]")
		p.line("200")
		p.hears("DRAWER", "The shift is open.", "¥200.00.", "Shift 1 of wang", "not counted yet", "k goes on at the drawer")
		p.line("8", "m 10")
		p.hears("PAID", "¥8.00", "Change ¥2.00")
		p.line("d", "d only cash", "d only 8")
		if news := strings.Join(strings.Fields(strings.Join(p.news(), " ")), " "); strings.Count(news, "cash and total: after the count") != 3 {
			t.Fatalf("the day before the count: %s", news)
		}
		p.line("k 7")
		p.hears("CONSENT", "X report")
		p.line("1", pins["chen"])
		p.hears("DRAWER", "This X report is written down.")
		if text := p.paper.all(); strings.Contains(text, "for ¥8.00") || !strings.Contains(text, "Cash: 1, once counted.") {
			t.Fatalf("the day or the report tells the cash before the count:\n%s", text)
		}
		p.line("k 3 50 from bank")
		p.hears("DRAWER", "Cash was put in.", "¥50.00.")
		p.line("k 4", "0")
		p.hears("NOT DONE", "[CASH-AMOUNT]")
		p.line("20")
		p.hears("DRAWER", "Take cash out. ¥20.00. Why? 1 to the safe", "x ends this")
		p.line("1")
		p.hears("DRAWER", "Cash was taken out.")

		p.line("k 6")
		p.hears("NOT DONE", "[COUNT-FIRST]")
		p.line("k 2")
		p.hears("COUNT", "How many of ¥100.00?", "x ends this, and nothing is written")
		p.line("1", "2x", "123456", "0 0 0 0 0 0 0 0 0 0 0")
		p.hears("NOT DONE", "That is no number of pieces.", "back corrects")
		p.line("9", "back", "2 0 0 2")
		p.hears("COUNT", "2 of ¥5.00 noted. How many of ¥1.00?", "a number or 0; back corrects; x ends this")
		if text := p.paper.all(); strings.Contains(text, "238.00") || strings.Contains(strings.ReplaceAll(text, "Expected: once counted", ""), "Expected") {
			t.Fatalf("the count was not blind:\n%s", text)
		}
		p.line("0 1", "0 0 0 0")
		p.hears("QUESTION", "Counted ¥210.50. Write this count down? The first one stays for ever.", "yes does it; any other line does not")
		p.line("yes")
		p.hears("DRAWER", "The count is written down.", "Counted: 210.50. Expected: 238.00. Difference: -27.50.", "k 5 closes, k 6 hands over, k 2 counts again")
		p.line("d")
		p.hears("TODAY", "Cash 1 for ¥8.00, total 1 for ¥8.00")

		p.line("k 6")
		p.hears("DRAWER", "Hand over. Who takes over?", "type the number before the name")
		p.line("x")
		p.line("k 6", "nobody")
		p.hears("NOT DONE", "Nobody of that name")
		p.line("2")
		p.hears("DRAWER", "li: the next line is your PIN; it is not shown.", "x ends this")
		p.line("86a")
		p.hears("NOT DONE", "[PIN-SHAPE]")
		p.line(pins["li"])
		p.hears("QUESTION", "Difference -27.50. Hand this drawer over to li?")
		p.line("yes")
		p.hears("CONSENT", "Hand over. Difference -27.50. Name li.", "A second person has to agree")
		p.line("1", "1111")
		p.hears("NOT DONE", "[PIN-WRONG]")
		p.line(pins["chen"])
		p.hears("DRAWER", "The drawer was handed over.")
		if at := r.book.At(placeConsole); at.Person != "li" {
			t.Fatalf("%+v works here", at)
		}
		p.line("k 7")
		news := strings.Join(p.news(), "\n")
		for _, want := range []string{"DRAWER This X report is written down.", "X report.", "Cash: 1, once counted.", "All sales: 1, once counted.", "Shift 1 wang.", "more lines wait. Next: more reads on"} {
			if !strings.Contains(news, want) {
				t.Errorf("the X report lacks %q:\n%s", want, news)
			}
		}
		p.line("more", "more", "more")
		p.hears("Since", "the beginning: 1, once counted.") // li has the drawer, and has not counted it
		p.line("k 0", "1")
		p.hears("DRAWER", "The drawer was let open, and that is written down.")

		p.line("k 2 2 0 0 1 0 0 1 0 0 0 0", "yes", "k 5")
		p.hears("QUESTION", "Difference 0.00. Close this shift?")
		p.line("no")
		p.line("k 5", "yes")
		p.hears("DRAWER", "The shift is closed.")
		p.line("k 8")
		p.hears("QUESTION", "Make a Z report? It ends the period for ever.")
		p.line("yes")
		p.hears("DRAWER", "This Z report is written down.")
		p.line("k 9")
		p.hears("Z", "report 1.")
		p.noPINs()
	})
}

// TestPlainTakerMayTryAgain: a wrong PIN of whoever takes over loses neither the count nor the name.
func TestPlainTakerMayTryAgain(t *testing.T) {
	withStaff(t, Config{}, func(b *ledger.BookConfig, o *Options) { b.Shifts, o.LockAfter = true, 0 }, func(r *robot) {
		p, end := onPaper(r, Options{})
		defer end()
		p.signsIn("3", "wang")
		p.line("k 1 0", "k 2 0 0 0 0 0 0 0 0 0 0 0", "yes", "k 6 li", "1111", "yes")
		p.hears("NOT DONE", "[PIN-WRONG]")
		p.hearsNothing()
		p.line(pins["li"], "yes")
		p.hears("DRAWER", "The drawer was handed over.")
		p.noPINs()
	})
}

// TestPlainLockKeepsACount: whoever unlocks their own screen goes on counting where they were; somebody else does not.
func TestPlainLockKeepsACount(t *testing.T) {
	for _, tc := range []struct{ number, person, word string }{{"3", "wang", "COUNT"}, {"2", "li", "READY."}} {
		withStaff(t, Config{}, func(b *ledger.BookConfig, o *Options) { b.Shifts, o.LockAfter = true, 0 }, func(r *robot) {
			p, end := onPaper(r, Options{LockAfter: lockSoon})
			defer end()
			p.signsIn("3", "wang")
			p.line("k 1 0", "k 2 7")
			p.hears("COUNT", "7 of ¥100.00 noted. How many of ¥50.00?")
			p.sleep(lockSoon + lockSoon/10)
			p.hears("LOCKED", "wang: the next line is the PIN")
			p.line("", tc.number, pins[tc.person])
			p.hears(tc.word)
		})
	}
}

const lockSoon = 10 * time.Minute

// TestPlainPartsOfASale: cash and a slip go back part by part with a second person, and a transfer is proven by somebody with the right.
func TestPlainPartsOfASale(t *testing.T) {
	withStaff(t, Config{}, func(_ *ledger.BookConfig, o *Options) { o.LockAfter = 0 }, func(r *robot) {
		p, end := onPaper(r, Options{})
		defer end()
		p.signsIn("3", "wang")
		p.line("30", "m 10", "m card 4217001234 5", "m transfer")
		p.hears("TRANSFER NOT SEEN", "¥30.00")
		p.line("r last")
		news := strings.Join(p.news(), "\n")
		for _, want := range []string{"REFUND ¥30.00", "Which part goes back?", "\n1: Cash ¥10.00", "\n2: Card ¥5.00", "4217001234", "\n3: Transfer ¥15.00", "p 1 where transfer 1 has arrived", "x ends this"} {
			if !strings.Contains(news, want) {
				t.Errorf("the list lacks %q:\n%s", want, news)
			}
		}
		p.line("4")
		p.hears("NOT DONE", "no such part")
		p.line("p 1")
		p.hears("NOT DONE", "[PROVEN]")
		p.line("1")
		p.hears("REFUND", "Cash, at most ¥10.00", "all")
		p.line("11")
		p.hears("NOT DONE", "[REFUND-AMOUNT]")
		p.line("4", "broken cup")
		p.hears("QUESTION", "Give back Cash ¥4.00", `"broken cup"`, "yes does it")
		p.line("yes")
		p.hears("CONSENT", "Give back Cash ¥4.00", "A second person has to agree")
		p.line("2", pins["li"])
		p.hears("REFUND", "Written down. Now give back ¥4.00: Cash.")
		sale, _ := r.sale()
		if back := sale.Tenders[0].Returns; len(back) != 1 || back[0].Amount != ledger.Fen(400) || back[0].Why != "broken cup" || back[0].Actor.Approver != "li" {
			t.Fatalf("%+v", back)
		}
		p.line("r last", "p 3")
		p.hears("QUESTION", "Has the transfer of ¥15.00", "arrived")
		p.line("yes")
		p.hears("CONSENT", "Has the transfer of ¥15.00")
		p.line("2", pins["li"])
		p.hears("TILL", "It is written down that the transfer has arrived.")
		if sale, _ = r.sale(); !sale.Tenders[2].Proven {
			t.Fatalf("%+v", sale.Tenders[2])
		}
		p.noPINs()
	})
}

// TestPlainDayBook: a day's list, what it is narrowed to with its totals, other days, and a sale's story.
func TestPlainDayBook(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.pay("12.5", wechatPay)
		p.line("8", "m 10", "b for Mr Li", "30", "m card 99")
		p.line("d")
		p.hears("TODAY", "Cash 1 for ¥8.00", "total 3 for ¥50.50", "d list reads the sales")
		p.line("d list")
		news := strings.Join(p.news(), "\n")
		for _, want := range []string{"\n1: 08:0", "¥30.00, tail ", "Card, trainee, ", "\n3: ", "WeChat, trainee, confirmed, paid."} {
			if !strings.Contains(news, want) {
				t.Errorf("the list lacks %q:\n%s", want, news)
			}
		}
		p.line("d only")
		p.hears("TODAY", "Narrow to what?")
		p.line("d only trouble")
		p.hears("TODAY", "0 of 3", "No sale fits.", "d all shows all again")
		p.line("d only cash 5-10")
		p.hears("TODAY", "1 of 3", "Only: Cash, 5-10", "total 1 for ¥8.00")
		p.line("d list", "d tell 1")
		p.hears("STORY", "¥8.00", "keyed 2000-01-01", "r 2000-01-01", "gives money back")
		p.line("d tell 1")
		if news := strings.Join(p.news(), "\n"); !strings.Contains(news, "trainee: took Cash, ¥8.00; ¥10.00 given, ¥2.00 change.") || !strings.Contains(news, "note: for Mr Li") {
			t.Errorf("the story:\n%s", news)
		}
		p.line("d tell 2")
		p.hears("NOT DONE", "No such sale was listed.")
		p.line("d only nobody")
		p.hears("NOT DONE", "Nothing of this day is called that: nobody.")
		p.line("d list")
		p.hears("TODAY", "Only: Cash, 5-10")
		p.line("d only " + aCode)
		p.hears("NOT DONE", "thrown away")
		p.line("d tell " + aCode)
		p.hears("NOT DONE", "thrown away")
		p.line("d back")
		p.hears("TODAY", "1999-12-31")
		p.line("d on")
		p.hears("TODAY", "2000-01-01", "total 1 for ¥8.00")
		p.line("d on")
		p.hears("NOT DONE", "That day has not begun.")
		p.line("d back")
		p.hears("TODAY", "1999-12-31", "No sale on this day.")
		p.line("d 1")
		p.hears("TODAY", "2000-01-01")
		p.line("d x")
		p.hears("NOT DONE", "There is no such day.")
		p.line("d all")
		p.hears("TODAY")
		p.line("d 2000-1-1")
		p.hears("TODAY", "total 3 for ¥50.50")
	})
}

// TestPlainPages: a long list stops, and goes on where it stopped.
func TestPlainPages(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		for range pageLines + 3 {
			p.line("8", "m 8")
		}
		p.line("d list")
		p.hears("TILL", "3 more lines wait.", "more reads on")
		p.line("more")
		news := p.news()
		if len(news) != 3 || !strings.HasPrefix(news[0], "13: ") {
			t.Fatalf("%q", news)
		}
		p.line("more")
		p.hears("NOT DONE", "no command")
	})
}

// TestPlainHeldSales: several are listed, and one is brought back by its number.
func TestPlainHeldSales(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("v")
		p.hears("HELD", "No sale is held.")
		p.line("8", "b red bag", "g", "9", "g", "v")
		news := strings.Join(p.news(), "\n")
		for _, want := range []string{"HELD Held sales: 2. Next: v 2 brings the second back.", "\n1: ", "¥8.00, to pay ¥8.00, red bag.", "\n2: "} {
			if !strings.Contains(news, want) {
				t.Errorf("the list lacks %q:\n%s", want, news)
			}
		}
		p.line("v 3")
		p.hears("HELD", "Held sales: 2.")
		p.line("v 2")
		p.hears("TO PAY", "¥9.00")
	})
}

// TestPlainDrill: a card's drill by lines, to its score.
func TestPlainDrill(t *testing.T) {
	customers := &drillCustomers{}
	with := plainWith{practice: customers, books: func(b *ledger.BookConfig) { b.Codes = ledger.TrainingCodes(ledger.DefaultCodes()) }}
	withPlain(t, with, func(p *plainRobot) {
		p.line("! 4 dance")
		p.hears("CARD", "Emergency cards", "! 3 drill is the drill of card 3")
		p.line("! 9 drill")
		p.hears("NOT DONE")
		p.line("! 5 drill")
		p.hears("DRILL")
		p.hearsNothing()
		p.line("a")
		p.asked(ledger.RequestOrder)
		p.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		p.sleep(drillLook)
		if customers.scanned() != 1 {
			t.Fatal("nobody scanned the QR")
		}
		p.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
		p.hears("DRILL", "100")
	})
}

// TestPlainSelfTest: a line is counted, and goes nowhere.
func TestPlainSelfTest(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("8", "i")
		p.hears("TEST", "it is counted and goes nowhere")
		p.swipe(aCode, "\r")
		p.hears("TEST", "A scanner typed 18 characters and Enter: right.")
		p.line("i", "hello")
		p.hears("TEST", "5 characters, typed by hand")
		if sale, _ := p.sale(); len(sale.Attempts) != 0 {
			t.Fatal("the test was charged")
		}
	})
}

// TestPlainPartByScan: what the next scan asks for, and a part by another kind with its amount.
func TestPlainPartByScan(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("m scan 5")
		p.hears("NOT DONE", "[NO-SALE]")
		p.line("30", "m scan 5")
		p.hears("TILL", "The next scan asks for ¥5.00.")
		p.line("m card 12345678901 10")
		p.hears("PART PAID", "Still to pay ¥20.00")
		p.line("m card " + aCode)
		p.hears("NOT DONE", "must not stand there")
		if sale, _ := p.sale(); len(sale.Tenders) != 1 || sale.Tenders[0].Amount != ledger.Fen(1000) {
			t.Fatalf("%+v", sale)
		}
	})
}

// TestPlainDeskInChinese: the drawer and the day's words in the other language.
func TestPlainDeskInChinese(t *testing.T) {
	withPlain(t, plainWith{cfg: Config{Lang: assets.Zh}, books: func(b *ledger.BookConfig) { b.Shifts = true }}, func(p *plainRobot) {
		p.line("k 1 200")
		p.hears("钱箱 DRAWER", "已开班。", "¥200.00。")
		p.line("8", "m 8", "k 2")
		p.hears("清点 COUNT", "¥100.00 有几张", "什么都不写")
		p.line("2 0 0 0 1 3 0 0 0 0 0", "是")
		p.hears("钱箱 DRAWER", "清点已写下。", "差额：0.00。")
		p.line("d 只看 现金")
		p.hears("今日 TODAY", "只看：现金")
		p.line("d 列表", "d 详情 1")
		p.hears("经过 STORY", "¥8.00")
	})
}
