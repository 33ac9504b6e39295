package hardware

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
)

// TestAttendEvents: each kind of event, and what follows from it.
func TestAttendEvents(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(*bookTill)
		want []string
	}{
		"paid by code": {func(x *bookTill) { x.settle("12.5"); x.pays() }, []string{"paid wechat 12.50", "receipt 12.50"}},
		"paid by QR": {func(x *bookTill) {
			x.settle("12.5")
			x.answers(x.asksQR(ledger.Alipay), ledger.RequestQuery, ledger.ClassPaid, nil)
		}, []string{"paid alipay 12.50", "receipt 12.50"}},
		"keyed, asked, and nothing more": {func(x *bookTill) { x.settle("12.5"); x.scan() }, nil},
		"refused":                        {func(x *bookTill) { x.settle("12.5"); x.answers(x.scan(), ledger.RequestPay, ledger.ClassRefused, nil) }, []string{"failed"}},
		"unknown":                        {func(x *bookTill) { x.settle("12.5"); x.answers(x.scan(), ledger.RequestPay, ledger.ClassUnknown, nil) }, []string{"unknown"}},
		"unknown, and then paid": {func(x *bookTill) {
			x.settle("12.5")
			a := x.scan()
			x.answers(a, ledger.RequestPay, ledger.ClassUnknown, nil)
			synctest.Wait()
			x.answers(a, ledger.RequestQuery, ledger.ClassPaid, nil)
		}, []string{"unknown", "paid wechat 12.50", "receipt 12.50"}},
		"paid, without a signature": {func(x *bookTill) {
			x.settle("12.5")
			x.answers(x.scan(), ledger.RequestPay, ledger.ClassPaid, func(ans *ledger.Answer) { ans.Verified = false })
		}, []string{"unknown"}},
		"late money": {func(x *bookTill) {
			x.settle("12.5")
			a := x.scan()
			x.answers(a, ledger.RequestPay, ledger.ClassRefused, nil)
			synctest.Wait()
			x.answers(a, ledger.RequestNotice, ledger.ClassPaid, nil)
		}, []string{"failed", "attention"}},
		"paid, and said again with another amount": {func(x *bookTill) {
			x.settle("12.5")
			a := x.pays()
			time.Sleep(time.Second)
			x.answers(a, ledger.RequestQuery, ledger.ClassPaid, func(ans *ledger.Answer) { ans.Named.Amount = ledger.Fen(1) })
		}, []string{"paid wechat 12.50", "receipt 12.50"}},
		"and in the same millisecond": {func(x *bookTill) {
			x.settle("12.5")
			a := x.pays()
			x.answers(a, ledger.RequestQuery, ledger.ClassPaid, func(ans *ledger.Answer) { ans.Named.Amount = ledger.Fen(1) })
		}, []string{"paid wechat 12.50", "receipt 12.50"}},
		"cash":         {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 0, 2000) }, []string{"kick", "receipt 12.50"}},
		"a card slip":  {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.CardSlip, 0, 0) }, []string{"receipt 12.50"}},
		"a transfer":   {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Transfer, 0, 0) }, []string{"receipt 12.50"}},
		"part in cash": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0) }, []string{"kick"}},
		"cash, and the rest by code": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0); synctest.Wait(); x.pays() },
			[]string{"kick", "paid 12.50", "receipt 12.50"}},
		"a part by code, and the rest in cash": {func(x *bookTill) {
			x.settle("12.5")
			x.must(x.book.SetPart(ledger.Fen(400)))
			x.pays()
			synctest.Wait()
			x.tender(ledger.Cash, 0, 0)
		}, []string{"kick", "receipt 12.50"}},
		"two parts in cash, at once": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0); x.tender(ledger.Cash, 0, 0) },
			[]string{"kick", "kick", "receipt 12.50"}},
		"cash that goes back": {func(x *bookTill) {
			x.settle("12.5")
			id := x.tender(ledger.Cash, 0, 0)
			sale := x.sale()
			x.must(x.book.ReturnTender(bg, ledger.Trainee, ledger.TenderReturnWish{Sale: sale.ID, Tender: id, Amount: ledger.Fen(300), Why: "broken"}))
		}, []string{"kick", "receipt 12.50", "kick", "refund 3.00"}},
		"a card slip that goes back": {func(x *bookTill) {
			x.settle("12.5")
			id := x.tender(ledger.CardSlip, 0, 0)
			sale := x.sale()
			x.must(x.book.ReturnTender(bg, ledger.Trainee, ledger.TenderReturnWish{Sale: sale.ID, Tender: id, Amount: ledger.Fen(300), Why: "broken"}))
		}, []string{"receipt 12.50", "refund 3.00"}},
		"a refund on its way": {func(x *bookTill) { x.settle("12.5"); x.refund(x.pays(), 300, 0) }, []string{"paid wechat 12.50", "receipt 12.50"}},
		"a refund that is back": {func(x *bookTill) {
			x.settle("12.5")
			a := x.pays()
			x.back(a, x.refund(a, 300, 0), 300, ledger.RequestRefund, ledger.ClassReturned)
		}, []string{"paid wechat 12.50", "receipt 12.50", "refunded", "refund 3.00"}},
		"two refunds in one millisecond": {func(x *bookTill) {
			x.settle("12.5")
			a := x.pays()
			first, second := x.refund(a, 300, 0), x.refund(a, 200, 1)
			x.back(a, first, 300, ledger.RequestRefund, ledger.ClassReturned)
			x.back(a, second, 200, ledger.RequestRefund, ledger.ClassReturned)
		}, []string{"paid wechat 12.50", "receipt 12.50", "refunded", "refund 3.00", "refunded", "refund 2.00"}},
		"a refund that is refused": {func(x *bookTill) {
			x.settle("12.5")
			a := x.pays()
			number := x.refund(a, 300, 0)
			x.back(a, number, 300, ledger.RequestRefund, ledger.ClassDenied)
			x.back(a, number, 300, ledger.RequestRefundQuery, ledger.ClassAbsent)
		}, []string{"paid wechat 12.50", "receipt 12.50"}},
		"set aside with its end unknown": {func(x *bookTill) {
			x.settle("12.5")
			x.answers(x.scan(), ledger.RequestPay, ledger.ClassUnknown, nil)
			x.must(x.book.SetAside(bg, ledger.Trainee))
		}, []string{"unknown", "notice 12.50"}},
		"the drawer": {func(x *bookTill) { x.must(x.book.OpenDrawer(bg, ledger.Trainee, ledger.DrawerWish{Why: "change"})) }, []string{"kick"}},
		"a shift, and cash put in": {func(x *bookTill) {
			shift, err := x.book.OpenShift(bg, ledger.Trainee, ledger.Fen(10000))
			x.must(err)
			x.must(x.book.MoveCash(bg, ledger.Trainee, ledger.CashWish{Shift: shift, In: true, Amount: ledger.Fen(500), Why: "coins"}))
		}, []string{"kick", "kick"}},
		"a copy": {func(x *bookTill) {
			x.settle("12.5")
			_, err := x.book.Reprint(bg, ledger.Trainee, ledger.ReprintWish{Order: x.pays().Order})
			x.must(err)
		}, []string{"paid wechat 12.50", "receipt 12.50", "receipt 12.50, copy 1"}},
		"an X report": {func(x *bookTill) { _, err := x.book.XReport(bg, boss, nil); x.must(err) }, []string{"x report"}},
		"a Z report":  {func(x *bookTill) { _, err := x.book.CloseDay(bg, boss, ledger.DayWish{}); x.must(err) }, []string{"z report"}},
	} {
		t.Run(name, func(t *testing.T) {
			inTill(t, func(t *testing.T, x *bookTill) {
				x.attend()
				tt.do(x)
				x.wants(tt.want...)
				for i := range x.rolls.slips {
					if s := &x.rolls.slips[i]; s.Mode != "training" || s.Till != "T1" {
						t.Errorf("a slip of till %q in mode %q", s.Till, s.Mode)
					}
				}
			})
		})
	}
}

// TestAttendWithout: every device can be missing.
func TestAttendWithout(t *testing.T) {
	sells := func(x *bookTill) {
		x.attend()
		x.settle("5")
		synctest.Wait()
		x.tender(ledger.Cash, 0, 0)
		x.settle("6")
		x.pays()
	}
	for name, tt := range map[string]struct {
		without func(*Counter)
		want    []string
		views   bool
		arms    bool
	}{
		"nothing missing": {func(*Counter) {}, []string{"kick", "receipt 5.00", "paid wechat 6.00", "receipt 6.00"}, true, true},
		"no printer":      {func(c *Counter) { c.Printer = nil }, []string{"paid wechat 6.00"}, true, true},
		"no voice":        {func(c *Counter) { c.Voice = nil }, []string{"kick", "receipt 5.00", "receipt 6.00"}, true, true},
		"no pole":         {func(c *Counter) { c.Pole = nil }, []string{"kick", "receipt 5.00", "paid wechat 6.00", "receipt 6.00"}, false, true},
		"no scanner":      {func(c *Counter) { c.Scanner = nil }, []string{"kick", "receipt 5.00", "paid wechat 6.00", "receipt 6.00"}, true, false},
		"nothing":         {func(c *Counter) { c.Scanner, c.Printer, c.Voice, c.Pole = nil, nil, nil, nil }, nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			inTill(t, func(t *testing.T, x *bookTill) {
				tt.without(x.counter)
				sells(x)
				if x.wants(tt.want...); len(x.rolls.views) > 0 != tt.views || x.rolls.arms > 0 != tt.arms {
					t.Errorf("%d views, armed %d times", len(x.rolls.views), x.rolls.arms)
				}
			})
		})
	}
	inTill(t, func(t *testing.T, x *bookTill) { // a voice alone says nothing of what was before it
		x.counter.Printer = nil
		x.settle("6")
		x.pays()
		x.attend()
		x.wants()
	})
}

// TestAttendAsked: receipts on request alone, but for the shop's own; the first is the original. Of a sale from before the counter each one
// is a copy: it may have had its original.
func TestAttendAsked(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.counter.Asked, x.counter.Twice = true, true
		x.attend()
		x.settle("5")
		a := x.pays()
		x.wants("paid wechat 5.00", "receipt 5.00, shop")
		asks := func(want string) {
			t.Helper()
			_, err := x.book.Reprint(bg, ledger.Trainee, ledger.ReprintWish{Order: a.Order})
			x.must(err)
			x.wants(want)
		}
		asks("receipt 5.00")
		asks("receipt 5.00, copy 1")
		x.stop()
		x.attend()
		x.wants()
		asks("receipt 5.00, copy 3")
		x.settle("6")
		a = x.pays()
		x.wants("paid wechat 6.00", "receipt 6.00, shop")
		asks("receipt 6.00")
	})
}

// TestAttendTwice: the shop's slip is of payments and refunds, and of nothing else.
func TestAttendTwice(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.counter.Twice = true
		x.attend()
		x.settle("5")
		a := x.pays()
		x.wants("paid wechat 5.00", "receipt 5.00", "receipt 5.00, shop")
		x.back(a, x.refund(a, 300, 0), 300, ledger.RequestRefund, ledger.ClassReturned)
		x.wants("refunded", "refund 3.00", "refund 3.00, shop")
		_, err := x.book.Reprint(bg, ledger.Trainee, ledger.ReprintWish{Order: a.Order})
		x.must(err)
		_, err = x.book.XReport(bg, boss, nil)
		x.must(err)
		x.wants("receipt 5.00, copy 1", "x report")
	})
}

// TestAttendBlindReport: before the count no figure of cash is on paper, whichever report it is; after the count they are.
func TestAttendBlindReport(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.attend()
		shift, err := x.book.OpenShift(bg, ledger.Trainee, ledger.Fen(100_00))
		x.must(err)
		x.settle("43.21")
		x.tender(ledger.Cash, 0, 0)
		x.settle("8.76")
		x.pays()
		x.must(x.book.MoveCash(bg, ledger.Trainee, ledger.CashWish{Shift: shift, Amount: ledger.Fen(11_11), Why: "bread"}))
		cash := []string{"43.21", "51.97", "132.10", "11.11"} // sold in cash, sold at all, expected, taken out
		paper := func() (kind SlipKind, text string) {
			synctest.Wait()
			slip := x.rolls.slips[len(x.rolls.slips)-1]
			return slip.Kind, fmt.Sprintf("%+v", slip.Rows)
		}
		has := func(text string) (n int) {
			for _, sum := range cash {
				if strings.Contains(text, sum) {
					n++
				}
			}
			return n
		}
		_, err = x.book.XReport(bg, boss, nil)
		x.must(err)
		if kind, text := paper(); kind != SlipX || has(text) != 0 || !strings.Contains(text, "8.76") {
			t.Errorf("before the count an X report (%d) says %s", kind, text)
		}
		x.must(x.book.CountCash(bg, ledger.Trainee, shift, []ledger.Pieces{{Fen: 10000, Count: 1}}))
		_, err = x.book.XReport(bg, boss, nil)
		x.must(err)
		if kind, text := paper(); kind != SlipX || has(text) != len(cash) {
			t.Errorf("after the count an X report (%d) says %s", kind, text)
		}
		x.must(x.book.OpenDrawer(bg, ledger.Trainee, ledger.DrawerWish{Why: "x"}))
		x.settle("1")
		x.tender(ledger.Cash, 0, 0) // the count is old
		_, err = x.book.CloseDay(bg, boss, ledger.DayWish{})
		x.must(err)
		if kind, text := paper(); kind != SlipZ || strings.Contains(text, "44.21") || strings.Contains(text, "52.97") || strings.Contains(text, "133.10") {
			t.Errorf("before the count a Z report (%d) says %s", kind, text)
		}
	})
}
