package ledger

import (
	"context"
	"math/rand/v2"
	"testing"
)

// inCoins is an amount in the smallest coins there are, to the nearest, halves in the customer's favour; found by looking, so that it
// shares no arithmetic with the till.
func inCoins(fen, step int64) int64 {
	below := int64(0)
	for below+step <= fen {
		below += step
	}
	if above := below + step; above-fen < fen-below {
		return above
	}
	return below
}

// TestCashOfAnySale: whatever is due, whatever the smallest coin is, and however a sale is split: nobody pays a coin that there is not,
// change is what was given over what was to pay, only what settles a sale is rounded, by half a coin at most and never against the
// customer by more than the nearest; the parts are the sale; and the drawer, the day's totals and the report say what was in hand.
func TestCashOfAnySale(t *testing.T) {
	ctx := context.Background()
	met := map[string]int{}
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 11))
		step := []int64{1, 10, 50, 100}[random.IntN(4)]
		store := NewMemory()
		b := testBook(t, store, func(c *BookConfig) { c.CashStep, c.Shifts = step, true })
		const float = 100_00
		openShift(t, b, Trainee, float)
		inHand, sold := int64(0), map[TenderKind]int64{}
		for range 15 {
			settle(t, b, Fen(1+random.Int64N(500_00)).String())
			for sale := current(t, b); !sale.Settled(); sale = current(t, b) {
				due := sale.Due()
				wish := TenderWish{Kind: TenderKinds[random.IntN(len(TenderKinds))], Number: "1"}
				amount := due
				if part := random.Int64N(due+1) / step * step; random.IntN(2) == 0 && part > 0 {
					wish.Amount, amount = Fen(part), part
				}
				pays := amount
				if wish.Kind == Cash {
					if amount == due {
						pays = inCoins(due, step)
					}
					if random.IntN(2) == 0 {
						wish.Given = Fen(pays + random.Int64N(100_00))
					}
					if pays > 1 && random.IntN(4) == 0 { // a fen too little is not taken
						short := wish
						short.Given = Fen(pays - 1)
						wants(t, tender(b, short), ReasonTenderGiven)
						met["too little"]++
					}
				}
				wants(t, tender(b, wish), "")
				took := current(t, b).Tenders
				got := took[len(took)-1]
				sold[wish.Kind] += amount
				if got.Amount.Fen != amount {
					t.Fatalf("seed %d: %d of %d due: %+v", seed, amount, due, got)
				}
				if wish.Kind != Cash {
					continue
				}
				given := wish.Given.Fen
				if given == 0 {
					given = pays
				}
				inHand += given - got.Change.Fen
				if got.Given.Fen-got.Change.Fen != pays || got.Change.Fen != given-pays || got.Rounding != pays-amount || pays%step != 0 && amount == due || 2*max(got.Rounding, -got.Rounding) > step {
					t.Fatalf("seed %d, coins of %d: %d of %d due, to pay %d, given %d: %+v", seed, step, amount, due, pays, given, got)
				}
				for what, is := range map[string]bool{"rounded up": got.Rounding > 0, "rounded down": got.Rounding < 0, "change": got.Change.Fen > 0, "a part": amount < due, "nothing to pay": pays == 0} {
					if is {
						met[what]++
					}
				}
			}
			sum := int64(0)
			sale := current(t, b)
			for i := range sale.Tenders {
				sum += sale.Tenders[i].Amount.Fen
			}
			if sum != sale.Amount.Fen {
				t.Fatalf("seed %d: %d for a sale of %s", seed, sum, sale.Amount)
			}
			if len(sale.Tenders) > 1 {
				met["split"]++
			}
		}
		wantTotals(t, b)
		shift, _ := shiftOf(b)
		count(t, b, Trainee, shift.Number, 0) // before it the report would be blind
		report, err := b.XReport(ctx, supervisor, nil)
		wants(t, err, "")
		expected, err := b.Expected(supervisor)
		if wants(t, err, ""); expected.Fen != float+inHand || report.Cash != inHand || report.Total().Fen != sold[Cash]+sold[CardSlip]+sold[Transfer] {
			t.Fatalf("seed %d: %v in the drawer, %d in hand, %+v, sold %v", seed, expected, inHand, report.Total(), sold)
		}
		for _, line := range report.Tenders {
			for _, kind := range TenderKinds {
				if line.Name == kind.String() && line.Fen != sold[kind] {
					t.Fatalf("seed %d: %+v, sold %v", seed, line, sold)
				}
			}
		}
		again := foldOf(t, store)
		if got := again.shift.expects(); got != float+inHand {
			t.Fatalf("seed %d: folded anew, %d should be in the drawer", seed, got)
		}
		b.Close("test")
	}
	for _, what := range []string{"rounded up", "rounded down", "change", "a part", "split", "too little"} {
		if met[what] < 20 {
			t.Errorf("%s was met %d times", what, met[what])
		}
	}
	t.Logf("%v", met)
}
