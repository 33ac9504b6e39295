package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// TestCashExactTakesSixKeys with an amount of four.
func TestCashExactTakesSixKeys(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("12.5", "m", "enter")
		if r.keys != 6 {
			t.Fatalf("%d keys", r.keys)
		}
		sale, _ := r.sale()
		if !sale.Settled() || sale.Tenders[0].Kind != ledger.Cash || sale.Amount != ledger.Fen(1250) {
			t.Fatalf("%+v", sale)
		}
		r.sees("PAID", "Cash ¥12.50 · counted", "Key the next amount")
		r.key("8") // the till is ready without another key
		r.sees("Keying", "Last sale: tail "+sale.ID.Tail(), "PAID")
	})
}

// TestChangeIsBig: with a note's own key, with digits, and after it was taken.
func TestChangeIsBig(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		change := func() {
			t.Helper()
			if big := r.app.amount("¥37.50", 76, 5); len(big) < 3 || !strings.Contains(r.frame(), strings.TrimRight(big[1], " ")) {
				t.Fatalf("the change is not big:\n%s", r.frame())
			}
		}
		r.key("12.5", "enter", "m", "d")
		r.sees("[Cash]", "Change", "¥50")
		change()
		r.key("f8")
		r.sees("¥100")
		r.key("backspace", "backspace", "backspace", "5", "0", "enter")
		r.sees("PAID", "Change", "given ¥50.00, change ¥37.50")
		change()
	})
}

// TestSplitOverWays: a part in cash, the number of a slip, and the rest by scan; each with what is known of it.
func TestSplitOverWays(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("30", "enter", "m", "5")
		r.sees("Takes ¥5.00 as a part; ¥25.00 are then still to pay")
		r.key("enter")
		r.sees("to pay ¥25.00", "Cash ¥5.00")
		r.key("enter") // it bounces
		r.sees("to pay ¥25.00")
		r.sleep(time.Second)
		r.key("right", "enter")
		r.sees("TENDER-NUMBER")
		r.key("004217", "down", "10", "enter")
		r.sees("to pay ¥15.00", "Card ¥10.00 · by number · 004217")
		r.key("esc")
		r.sees("PART PAID", "Still to pay", "do not hand over")
		r.key("x")
		r.sees("PART-PAID")
		if err := r.scan(wechatPay); err != nil {
			t.Fatal(err)
		}
		if at := r.last(); at.Amount != ledger.Fen(1500) {
			t.Fatalf("the channel is asked for %s", at.Amount)
		}
		r.asked(ledger.RequestPay)
		r.sees("Cash ¥5.00")
		r.answered(ledger.RequestPay, ledger.ClassPaid, func(a *ledger.Answer) { a.Named.Amount = ledger.Fen(1500) })
		sale, _ := r.sale()
		if !sale.Settled() {
			t.Fatalf("%+v", sale)
		}
		r.sees("PAID", "Cash ¥5.00", "Card ¥10.00")
		r.key("d")
		r.sees("Cash 1 for ¥5.00", "Card 1 for ¥10.00", "Cash +")
	})
}

// TestPartByScanFirst: the amount for the scan is chosen on the form, and cash takes what is left.
func TestPartByScanFirst(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("30", "enter", "m", "left", "12", "enter")
		r.sees("The next scan asks for ¥12.00")
		if err := r.scan(wechatPay); err != nil {
			t.Fatal(err)
		}
		r.asked(ledger.RequestPay)
		r.answered(ledger.RequestPay, ledger.ClassPaid, func(a *ledger.Answer) { a.Named.Amount = ledger.Fen(1200) })
		r.sees("PART PAID", "Still to pay", "WeChat ¥12.00 · confirmed")
		r.key("m", "enter")
		r.sees("PAID", "Cash ¥18.00", "WeChat ¥12.00")
	})
}

// TestScanOnTheFormIsNoPayment: a customer's code is never charged while its amount is not what the screen shows.
func TestScanOnTheFormIsNoPayment(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("30", "enter", "m")
		r.burst(wechatPay, "enter", 2*time.Millisecond)
		if sale, _ := r.sale(); len(sale.Attempts) != 0 || len(sale.Tenders) != 0 {
			t.Fatalf("%+v", sale)
		}
		r.sees("[Cash]")
	})
}

// TestHoldAndBringBack, with a note on the sale, and the word that something was wrong.
func TestHoldAndBringBack(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("30", "enter", "b")
		r.key("w", "a", "i", "t", "s", "enter")
		r.sees("Your note is with the sale")
		r.key("g")
		r.sees("The sale is held", "1 held")
		r.key("8", "enter", "m", "enter")
		r.sees("PAID")
		r.key("v")
		r.sees("Held sales: 1", "¥30.00", "waits")
		r.key("enter")
		if sale, _ := r.sale(); sale.Amount != ledger.Fen(3000) || sale.Held {
			t.Fatalf("%+v", sale)
		}
		r.key("u")
		r.sees("something was wrong with this sale")
		r.key("e")
		r.sees("The cashier says that something was wrong", "supervisor")
	})
}

// TestCashGoesBackInCash, from the day's list.
func TestCashGoesBackInCash(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("30", "m", "enter", "d", "r")
		r.sees("Give back the way it came: Cash, at most ¥30.00")
		r.key("12", "enter", "1", "enter")
		r.sees("give back ¥12.00", "back ¥12.00", "paid by", "Cash ¥30.00")
		r.key("esc", "r", "esc") // from the list, the rest
		r.sees("paid by", "back ¥12.00")
		if sale, _ := r.sale(); sale.Tenders[0].Returned() != 1200 {
			t.Fatalf("%+v", sale.Tenders)
		}
	})
}

// TestCashForAnUnknownPaymentNeedsASecondPerson, who agrees on the same screen; the payment is stopped, and goes back if it comes.
func TestCashForAnUnknownPaymentNeedsASecondPerson(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.signIn("3", "wang")
		r.key("12.5", "enter")
		if err := r.scan(wechatPay); err != nil {
			t.Fatal(err)
		}
		r.asked(ledger.RequestPay)
		r.answered(ledger.RequestPay, ledger.ClassUnknown, nil)
		r.key("m", "enter")
		r.sees("A second person has to agree", "Take Cash ¥12.50", "If that comes, it goes back by itself")
		r.sleep(time.Second)
		r.key("esc")
		if sale, _ := r.sale(); len(sale.Tenders) != 0 {
			t.Fatalf("%+v", sale.Tenders)
		}
		r.sleep(time.Second)
		r.key("enter")
		r.sleep(time.Second)
		r.key("2")
		r.pin("li")
		r.key("enter")
		sale, _ := r.sale()
		if !sale.Settled() || sale.Tenders[0].Actor != (ledger.Actor{Person: "wang", Role: ledger.RoleCashier, Place: sale.Tenders[0].Actor.Place, Approver: "li"}) ||
			!sale.Attempts[0].ReturnIfPaid {
			t.Fatalf("%+v", sale)
		}
		r.sees("PAID", "A scan payment is not known yet")
		r.key("d", "enter")
		r.sees("took Cash, ¥12.50; the scan payment that was not known goes back if it comes (with li)")
	})
}

// TestATransferIsProven by a supervisor's word, and given back with one.
func TestATransferIsProven(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.signIn("3", "wang")
		for range 2 {
			r.key("30", "enter", "m", "right", "right", "enter")
			r.sleep(time.Second)
		}
		lend := func() {
			r.sees("A second person has to agree")
			r.sleep(time.Second)
			r.key("2")
			r.pin("li")
			r.key("enter")
		}
		r.key("d", "r", "p")
		r.sees("Has the transfer of ¥30.00")
		r.key("enter") // it bounces
		r.sees("Has the transfer of ¥30.00")
		r.sleep(time.Second)
		r.key("enter")
		lend()
		r.sees("Transfer ¥30.00 · proven")
		if sale, _ := r.sale(); sale.Tenders[0].Pending() {
			t.Fatalf("%+v", sale.Tenders)
		}
		r.key("p")
		r.sees("[PROVEN]")
		r.key("esc", "down", "r", "enter", "enter", "1", "enter")
		r.sees("Give back Transfer ¥30.00")
		lend()
		r.sees("Now give back ¥30.00: Transfer.", "back ¥30.00")
		r.key("esc", "enter")
		r.sees("gave back Transfer, ¥30.00: brought back (with li)")
	})
}

// TestTheDayKnowsTenders: their names, their filter, and the totals of what is shown.
func TestTheDayKnowsTenders(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("8", "m", "enter")
		r.pay("12.5", wechatPay)
		r.key("30", "m", "10", "enter")
		r.sleep(time.Second)
		r.key("right", "4217", "enter", "d")
		r.sees("Cash 2 for ¥18.00", "Card 1 for ¥20.00", "Cash +")
		r.key("t")
		r.sees("Only: WeChat", "1 of 3")
		r.key("t")
		r.sees("Only: Cash", "2 of 3", "Cash 2 for ¥18.00", "Card 1 for ¥20.00")
		r.seesNot("WeChat")
		r.key("t") // a sale in parts is found by each of them
		r.sees("Only: Card", "1 of 3", "Cash 1 for ¥10.00", "Card 1 for ¥20.00")
		r.key("t")
		r.seesNot("Only")
	})
}

// TestTransferStaysPending on the screen and on the list.
func TestTransferStaysPending(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("30", "enter", "m", "right", "right")
		r.sees("[Transfer]", "Pending until a supervisor")
		r.key("enter")
		r.sees("TRANSFER NOT SEEN", "only if the shop takes that risk", "Transfer ¥30.00 · pending")
		r.key("e")
		r.sees("nobody has seen it arrive")
	})
}

// tenderPictures are the frames of these screens.
func tenderPictures() []picture {
	sale := func(tenders ...ledger.Tender) ledger.Sale {
		s := saleOf()
		s.Tenders = tenders
		return s
	}
	cash := ledger.Tender{ID: 1, Kind: ledger.Cash, Amount: ledger.Fen(500), Given: ledger.Fen(500), Change: ledger.Fen(0), At: noon}
	slip := ledger.Tender{ID: 2, Kind: ledger.CardSlip, Amount: ledger.Fen(250), Number: "004217", At: noon}
	transfer := ledger.Tender{ID: 3, Kind: ledger.Transfer, Amount: ledger.Fen(500), At: noon}
	change := ledger.Tender{ID: 4, Kind: ledger.Cash, Amount: ledger.Fen(1250), Given: ledger.Fen(5000), Change: ledger.Fen(3750), At: noon}
	form := func(way tenderWay, keyed, number string) func(*App) {
		return func(a *App) {
			a.scene.hasSale, a.scene.sale = true, sale()
			if way != wayCash {
				a.scene.sale = sale(cash)
			}
			a.push(&tenderScreen{way: way, keyed: keyedAmount(keyed), number: number})
		}
	}
	show := func(s ledger.Sale) func(*App) {
		return func(a *App) { a.scene.hasSale, a.scene.sale = true, s }
	}
	return []picture{
		{"cash, exact", form(wayCash, "", "")},
		{"cash, change", form(wayCash, "50", "")},
		{"cash, a part", form(wayCash, "5", "")},
		{"card slip", form(waySlip, "", "004217")},
		{"transfer", form(wayTransfer, "3.5", "")},
		{"part by scan", form(wayScan, "3.5", "")},
		{"part paid", show(sale(cash, slip))},
		{"paid in cash, change", show(sale(change))},
		{"paid in three ways", show(sale(cash, slip, transfer))},
		{"cash for an unknown payment", func(a *App) {
			at := attemptIn(ledger.Stopping)
			at.ReturnIfPaid = true
			a.scene.hasSale, a.scene.sale = true, saleOf(at)
			a.scene.sale.Tenders = []ledger.Tender{change}
		}},
		{"a part is asked for, a part is paid", func(a *App) {
			at := attemptIn(ledger.Asking)
			at.Amount = ledger.Fen(750)
			a.scene.hasSale, a.scene.sale = true, saleOf(at)
			a.scene.sale.Tenders = []ledger.Tender{cash}
		}},
		{"held sales", func(a *App) {
			s := sale(cash)
			s.Note = "the customer fetches money"
			a.scene.held = 1
			a.push(&heldScreen{sales: []ledger.Sale{s, saleOf()}, head: 99})
		}},
		{"note on a sale", func(a *App) {
			a.push(&memoScreen{wish: ledger.NoteWish{Sale: saleOf().ID, Text: "waits outside"}})
		}},
		{"what a sale was paid by", func(a *App) { a.push(&takenScreen{sale: sale(cash, slip, transfer), head: 99}) }},
		{"a transfer is chosen", func(a *App) { a.push(&takenScreen{sale: sale(cash, slip, transfer), head: 99, pick: 2}) }},
		{"has it arrived", func(a *App) {
			a.push(&takenScreen{sale: sale(cash, slip, transfer), head: 99, pick: 2, proving: &transfer})
		}},
		{"a second person for cash", func(a *App) {
			a.scene.hasSale, a.scene.sale = true, saleOf(attemptIn(ledger.Unknown))
			approving(true, a.agreesTender(&ledger.TenderWish{Sale: a.scene.sale.ID, Kind: ledger.Cash}))(a)
		}},
		{"a day with every tender", func(a *App) {
			d := dayOfSales()
			for i, s := range []ledger.Sale{sale(change), sale(cash, slip, transfer), sale(cash)} {
				s.ID = ledger.SaleID(fmt.Sprintf("260302000%02d1234", 50+i))
				if i == 2 {
					s.Held, s.Wrong = true, true
				}
				d.rows, d.refunds = append(d.rows, ledger.RowOf(&s)), append(d.refunds, ledger.AllRefundRows(&s)...)
			}
			other := sale(cash, slip)
			other.ID = "260301000051234"
			d.refunds = append(d.refunds, ledger.AllRefundRows(&other)...)
			d.sort()
			a.push(d)
		}},
		{"the story of a sale in parts", func(a *App) {
			cashier := ledger.Actor{Person: "wang", Role: ledger.RoleCashier}
			t := &storyScreen{sale: sale(cash, slip, transfer), head: 99}
			for i, body := range []ledger.Body{&ledger.SaleOpened{Amount: ledger.Fen(1250)}, &ledger.SaleHeld{}, &ledger.SaleResumed{},
				&ledger.TenderTaken{By: ledger.Cash, Amount: ledger.Fen(500), Given: ledger.Fen(1000), Change: ledger.Fen(500)},
				&ledger.TenderTaken{By: ledger.CardSlip, Amount: ledger.Fen(250), Number: "004217"}, &ledger.TenderTaken{By: ledger.Transfer, Amount: ledger.Fen(500)},
				&ledger.SaleNoted{Note: "the customer was in a hurry", Wrong: true}, &ledger.TenderProven{Tender: 3, Number: "8812"},
				&ledger.TenderReturned{Tender: 1, By: ledger.Cash, Amount: ledger.Fen(200), Why: "brought back"}} {
				t.events = append(t.events, ledger.Event{Seq: uint64(i + 1), Actor: cashier, At: noon.Add(time.Duration(i) * time.Second), Body: body})
			}
			a.push(t)
		}},
		{"cash goes back", func(a *App) {
			a.push(&tenderBack{list: &takenScreen{sale: sale(cash)}, tender: cash, refundForm: refundForm{step: stepReason, why: "x"}})
		}},
	}
}

// TestTenderFormsShowTheirKeys in both languages.
func TestTenderFormsShowTheirKeys(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, p := range tenderPictures() {
			a := drawnApp(t, lang, false, 80, 24)
			a.scene = baseScene()
			p.set(a)
			if _, next := a.message(); next == "" {
				t.Errorf("%s, %s: no next key", lang, p.name)
			}
		}
	}
}
