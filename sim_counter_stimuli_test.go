package main

import (
	"context"
	"time"

	"guitai/ledger"
)

// This file is what people do at the counter of the whole till beside scanning: cash, the drawer, slips on request.

// until lets something last up to so many seconds.
func (w *whole) until(what *time.Time, most int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*what = time.Now().Add(time.Duration(1+w.rand.IntN(most)) * time.Second)
}

// current is a copy of the sale on the screen, or nil.
func (w *whole) current() (sale *ledger.Sale) {
	w.till.book.Read(func(s *ledger.State) {
		if now := s.CurrentSale(); now != nil {
			own := *now
			sale = &own
		}
	})
	return sale
}

func (w *whole) takesCash(part bool) {
	sale := w.current()
	if sale == nil {
		return
	}
	wish := ledger.TenderWish{Sale: sale.ID, Kind: ledger.Cash, Seen: len(sale.Tenders)}
	pays := sale.Due()
	if part && pays > 1 {
		pays = 1 + int64(w.pick(int(pays-1)))
		wish.Amount = ledger.Fen(pays)
	}
	if w.chance(0.7) {
		wish.Given = ledger.Fen(min((pays+9999)/10000*10000, ledger.MaxFen))
	}
	w.say("  cash %s, %s given: %v", ledger.Fen(pays), wish.Given, w.till.book.Tender(context.Background(), ledger.Trainee, wish))
}

// takesTwoParts settles a sale twice over before the devices have heard of the first part: they are held up by the drawer.
func (w *whole) takesTwoParts() {
	if w.chance(0.5) {
		w.till.desk.holdsUp(simPrints, time.Duration(1+w.pick(5))*time.Second)
		w.opensDrawer()
		w.rest(time.Millisecond)
	}
	w.takesCash(true)
	w.takesCash(false)
}

// scansPart has the next code pay a part of what is due.
func (w *whole) scansPart() {
	sale := w.current()
	if sale == nil || sale.Due() < 2 {
		return
	}
	fen := 1 + int64(w.pick(int(sale.Due()-1)))
	err := w.till.book.SetPart(ledger.Fen(fen))
	w.say("  a part of %s: %v", ledger.Fen(fen), err)
	if err == nil {
		w.sides.parts[sale.ID] = true
		w.rest(200 * time.Millisecond)
		w.scansCode()
	}
}

func (w *whole) givesCashBack() {
	for _, sale := range w.sides.sales() {
		if len(sale.Tenders) == 0 || w.chance(0.5) {
			continue
		}
		t := &sale.Tenders[w.pick(len(sale.Tenders))]
		if t.Left() <= 0 {
			continue
		}
		wish := ledger.TenderReturnWish{Sale: sale.ID, Tender: t.ID, Amount: ledger.Fen(1 + int64(w.pick(int(t.Left())))), Why: "brought back", Seen: len(t.Returns)}
		w.say("  %s of cash back: %v", wish.Amount, w.till.book.ReturnTender(context.Background(), supervisor, wish))
		return
	}
}

func (w *whole) opensDrawer() {
	w.say("  the drawer: %v", w.till.book.OpenDrawer(context.Background(), ledger.Trainee, ledger.DrawerWish{Why: "change"}))
}

func (w *whole) reprints() {
	sales := w.sides.sales()
	for range 5 {
		if len(sales) == 0 {
			return
		}
		sale := &sales[w.pick(len(sales))]
		if !sale.Settled() {
			continue
		}
		wish := ledger.ReprintWish{Sale: sale.ID}
		if paid := sale.Paid(); paid != nil {
			wish = ledger.ReprintWish{Order: paid.Order}
		}
		nth, err := w.till.book.Reprint(context.Background(), ledger.Trainee, wish)
		w.say("  copy %d of sale %s: %v", nth, sale.ID.Tail(), err)
		return
	}
}

func (w *whole) reports() {
	_, err := w.till.book.XReport(context.Background(), supervisor, nil)
	w.say("  an X report: %v", err)
}

func (w *whole) setsAside() {
	w.say("  aside: %v", w.till.book.SetAside(context.Background(), ledger.Trainee))
}

// hearsAgain is a signed word about a payment that says it once more, and says it wrongly.
func (w *whole) hearsAgain() {
	sales := w.sides.sales()
	for i := range sales {
		paid := sales[i].Paid()
		if paid == nil || w.chance(0.3) {
			continue
		}
		account, head := w.banks[paid.Channel].Account(), uint64(0)
		w.till.book.Read(func(s *ledger.State) { head = s.Head.Seq })
		err := w.till.book.Report(context.Background(), ledger.Answer{
			Order: paid.Order, Request: ledger.RequestQuery, Class: ledger.ClassPaid, Verified: true, Began: head,
			Named: ledger.Named{Order: paid.Order, Amount: ledger.Fen(paid.Amount.Fen + 1), Merchant: account.Merchant, App: account.App},
		})
		w.say("  about sale %s: %v", sales[i].ID.Tail(), err)
		return
	}
}
