package ledger

import (
	"context"
	"testing"
)

// TestNoPartGoesBackUnderAPayment: a payment that came afterwards would settle the sale as if the part were still there. It is stopped
// first; what takes no more money is not put away for later either.
func TestNoPartGoesBackUnderAPayment(t *testing.T) {
	ctx := context.Background()
	b := testBook(t, NewMemory(), nil)
	defer b.Close("test")
	settle(t, b, "37.4")
	wants(t, tender(b, TenderWish{Kind: Cash, Amount: Fen(2000)}), "")
	wants(t, b.Ask(ctx, Trainee, WeChat), "")
	back := func(want Reason) {
		t.Helper()
		sale := current(t, b)
		wants(t, b.ReturnTender(ctx, Trainee, TenderReturnWish{Sale: sale.ID, Tender: sale.Tenders[0].ID, Amount: Fen(2000), Why: "x"}), want)
	}
	back(ReasonLiveAttempt)
	wants(t, b.Stop(ctx, Trainee), "") // it had not been sent yet
	back("")
	wants(t, b.Hold(ctx, Trainee), ReasonUndone)
	wants(t, b.Ask(ctx, Trainee, WeChat), ReasonUndone)
	wants(t, b.Drop(ctx, Trainee, DropUnwanted), "")
}

// TestTheLimitIsOfTheSale: refunds in parts, by whatever ways, are one amount that people have given back.
func TestTheLimitIsOfTheSale(t *testing.T) {
	ctx := context.Background()
	b := testBook(t, NewMemory(), func(c *BookConfig) { c.Seconds.RefundAbove = 20000 })
	defer b.Close("test")
	settle(t, b, "400")
	wants(t, tender(b, TenderWish{Kind: Cash, Amount: Fen(20000)}), "")
	wants(t, tender(b, TenderWish{Kind: CardSlip, Number: "0042", Amount: Fen(20000)}), "")
	sale := current(t, b)
	returns := func(i int, fen int64) error {
		return b.ReturnTender(ctx, Trainee, TenderReturnWish{Sale: sale.ID, Tender: sale.Tenders[i].ID, Amount: Fen(fen), Why: "x"})
	}
	wants(t, returns(0, 15000), "")
	wants(t, returns(1, 5001), ReasonSecondPerson)
	wants(t, returns(1, 5000), "")
}
