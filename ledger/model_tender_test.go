package ledger

import (
	"context"
	"slices"
)

// This file is what people at the counter of model_test.go do beside scan-to-pay.

// counter is one wish about tenders; whether it is refused is the Book's business.
func (w *world) counter() {
	ctx, b := context.Background(), w.book
	var sale Sale
	var held []SaleID
	b.Read(func(s *State) {
		if now := s.CurrentSale(); now != nil {
			sale = now.copy()
		}
		for _, h := range s.Held() {
			held = append(held, h.ID)
		}
	})
	switch w.IntN(6) {
	case 0, 1:
		w.pays(&sale)
	case 2:
		w.note("part: %v", b.SetPart(Fen(w.Int64N(600))))
	case 3:
		w.note("hold: %v", b.Hold(ctx, Trainee))
	case 4:
		if len(held) > 0 {
			w.note("resume: %v", b.Resume(ctx, Trainee, held[w.IntN(len(held))]))
		}
	case 5:
		w.returns()
	}
}

func (w *world) pays(sale *Sale) {
	wish := TenderWish{Sale: sale.ID, Kind: TenderKinds[w.IntN(3)], Number: "1", Seen: len(sale.Tenders)}
	if w.IntN(2) == 0 {
		wish.Amount = Fen(w.Int64N(520) - 10)
	}
	if wish.Kind == Cash && w.IntN(2) == 0 {
		wish.Given = Fen(w.Int64N(1000))
	}
	if w.IntN(2) == 0 {
		wish.Second = trainer()
	}
	w.note("tender %+v: %v", wish, w.book.Tender(context.Background(), Trainee, wish))
}

// returns gives something of any sale's money back.
func (w *world) returns() {
	var all []TenderReturnWish
	store := w.book.store.(*Memory)
	for _, sale := range store.sales {
		for i := range sale.Tenders {
			t := &sale.Tenders[i]
			all = append(all, TenderReturnWish{Sale: sale.ID, Tender: t.ID, Amount: Fen(1), Why: "brought back", Seen: len(t.Returns)})
		}
	}
	if len(all) == 0 {
		return
	}
	slices.SortFunc(all, func(x, y TenderReturnWish) int { return int(x.Tender) - int(y.Tender) })
	wish := all[w.IntN(len(all))] // drawn from one order, so that a seed repeats
	wish.Amount = Fen(w.Int64N(600))
	if w.IntN(2) == 0 {
		wish.Second = trainer()
	}
	w.note("return %+v: %v", wish, w.book.ReturnTender(context.Background(), Trainee, wish))
}

// split holds at every instant: what settles a sale is never more than its amount, change is never below zero nor above what was
// given, and never more goes back than was taken.
func (w *world) split(sale *Sale) {
	sum := int64(0)
	if paid := sale.Paid(); paid != nil {
		sum = paid.Amount.Fen
	}
	for i := range sale.Tenders {
		t := &sale.Tenders[i]
		sum += t.Amount.Fen
		if t.Kind == Cash && (t.Change.Fen < 0 || t.Change.Fen > t.Given.Fen || t.Given.Fen-t.Change.Fen != t.Kept()) || t.Kept() < 0 {
			w.fails("sale %s: %+v", sale.ID, t)
		}
		if t.Left() < 0 {
			w.fails("sale %s: %d of %d are back", sale.ID, t.Returned(), t.Kept())
		}
	}
	if sum > sale.Amount.Fen || sale.Due() < 0 || sale.Settled() != (sum == sale.Amount.Fen) || sale.Due() != sale.Amount.Fen-sum {
		w.fails("sale %s of %s: %d were taken, %d are due", sale.ID, sale.Amount, sum, sale.Due())
	}
}

// retells folds a sale from its own events, and its row from its bytes.
func (w *world) retells(store *Memory, id SaleID) {
	row := store.sales[id]
	if _, err := retell(store, &row); err != nil {
		w.fails("sale %s: %v", id, err)
	}
	brief := RowOf(&row)
	if again, err := DecodeRow(id, brief.Encode()); err != nil || again != brief {
		w.fails("sale %s: %v\n%+v\n%+v", id, err, again, brief)
	}
}

func countTenders(n map[string]int, sale *Sale) {
	for i := range sale.Tenders {
		n[sale.Tenders[i].Kind.String()]++
		n["returned"] += len(sale.Tenders[i].Returns)
	}
	for _, a := range sale.Attempts {
		if a.ReturnIfPaid && a.State == Orphan {
			n["return if paid, and was"]++
		}
	}
	if sale.Paid() != nil && sale.split() && sale.Settled() {
		n["split by scan"]++
	}
	if sale.Held {
		n["held"]++
	}
	if sale.Undone() {
		n["undone"]++
	}
}
