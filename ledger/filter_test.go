package ledger

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// randomDay has rows in every state, and refunds of them and of other days' sales.
func randomDay(r *rand.Rand) (rows []Row, refunds []RefundRow) {
	people := []string{"", "li", "wang", "小王"}
	for i := range 1 + r.IntN(60) {
		row := Row{
			Sale: SaleID(fmt.Sprintf("260302%05d%04d", i+1, r.IntN(10_000))), Amount: Fen(1 + r.Int64N(5000)), OpenedAt: time.UnixMilli(int64(i)).UTC(),
			Cashier: people[r.IntN(len(people))], Dropped: r.IntN(9) == 0, Late: r.IntN(9) == 0, Returned: Fen(0),
		}
		if r.IntN(5) > 0 {
			row.Channel, row.Way, row.State = Channels[r.IntN(len(Channels))], Way(1+r.IntN(2)), AttemptState(1+r.IntN(int(Orphan)))
		}
		if row.State == Paid {
			row.Paid = row.Channel
			if r.IntN(3) == 0 {
				row.Returned = Fen(1 + r.Int64N(row.Amount.Fen))
				refunds = append(refunds, RefundRow{Number: RefundNo(fmt.Sprintf("T1%05dR01", i)), Sale: row.Sale, Channel: row.Paid,
					Amount: row.Returned, State: RefundReturned})
			}
		}
		rows = append(rows, row)
	}
	for i := range r.IntN(6) {
		refunds = append(refunds, RefundRow{
			Number: RefundNo(fmt.Sprintf("T0%05dR01", i)), Sale: SaleID(fmt.Sprintf("260301%05d%04d", i, r.IntN(10_000))), Channel: Channels[r.IntN(len(Channels))],
			Amount: Fen(1 + r.Int64N(5000)), State: []RefundState{RefundReturned, RefundByHand}[r.IntN(2)], Late: r.IntN(3) == 0,
		})
	}
	return rows, refunds
}

// plainly is SumRows written another way: what came in, and what went back, one by one.
func plainly(rows []Row, refunds []RefundRow) map[Channel][4]int64 {
	sums := map[Channel][4]int64{}
	add := func(c Channel, n ...int64) {
		was := sums[c]
		for i := range was {
			was[i] += n[i]
		}
		sums[c] = was
	}
	for _, row := range rows {
		if row.Paid != "" {
			add(row.Paid, 1, row.Amount.Fen, 0, 0)
		}
	}
	for _, back := range refunds {
		if !back.Late && back.State == RefundReturned {
			add(back.Channel, 0, 0, 1, back.Amount.Fen)
		}
	}
	return sums
}

func sumsOf(totals []Total) map[Channel][4]int64 {
	sums := map[Channel][4]int64{}
	for _, t := range totals {
		sums[t.Channel] = [4]int64{int64(t.Count), t.Amount.Fen, int64(t.Refunds), t.Returned.Fen}
	}
	return sums
}

// TestTotalsAreTheFoldOfWhatIsShown: whatever is chosen, each shown row fits and each that fits is shown, a refund goes with its
// sale, the totals are the sum of exactly these; and choices that divide the day have totals that add up to the day's.
func TestTotalsAreTheFoldOfWhatIsShown(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 8))
	for range 3000 {
		rows, refunds := randomDay(r)
		f := RowFilter{Standing: Standing(r.IntN(int(StandingTrouble) + 1))}
		if r.IntN(2) == 0 {
			f.Channel = Channels[r.IntN(len(Channels))]
		}
		if r.IntN(3) == 0 {
			f.Cashier = rows[r.IntN(len(rows))].Cashier
		}
		texts := []string{"", "1", "12", "0.5", "10-20", "-15", "7.5-"}
		if !f.Narrow(texts[r.IntN(len(texts))]) {
			t.Fatal("a filter that is typed is not read")
		}
		some, back := f.Pick(rows, refunds)
		shown := map[SaleID]bool{}
		for _, row := range some {
			shown[row.Sale] = true
		}
		for i := range rows {
			if f.Fits(&rows[i]) != shown[rows[i].Sale] {
				t.Fatalf("%+v is shown: %v, of %+v", f, shown[rows[i].Sale], rows[i])
			}
			for _, x := range refunds {
				if x.Sale == rows[i].Sale && slices.Contains(back, x) != shown[x.Sale] {
					t.Fatalf("%+v: refund %+v does not go with its sale", f, x)
				}
			}
		}
		if got, want := sumsOf(SumRows(some, back)), plainly(some, back); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v: %v, want %v", f, got, want)
		}
		whole := map[Channel][4]int64{}
		for _, channel := range Channels {
			part := RowFilter{Channel: channel}
			for c, n := range sumsOf(SumRows(part.Pick(rows, refunds))) {
				if c != channel {
					t.Fatalf("%s has a total of %s", channel, c)
				}
				whole[c] = n
			}
		}
		if want := plainly(rows, refunds); !reflect.DeepEqual(whole, want) {
			t.Fatalf("the channels' totals are %v, the day's %v", whole, want)
		}
	}
}

func TestFilterReadsWhatIsTyped(t *testing.T) {
	row := Row{Sale: "260302000011234", Amount: Fen(1250), State: Paid, Channel: WeChat, Paid: WeChat, Returned: Fen(0)}
	for text, fits := range map[string]bool{
		"": true, "234": true, "12": true, "12.5": true, "12.50": true, "2.5": false, "9": false, "12.50-12.50": true, "12.51-": false, "-12.49": false,
		"10-20": true, "-20": true, "10-": true, "13-20": false, "1234567": false,
	} {
		f := RowFilter{Channel: WeChat}
		if !f.Narrow(text) || f.Fits(&row) != fits {
			t.Errorf("%q: %+v fits %v", text, f, f.Fits(&row))
		}
	}
	for _, text := range []string{"1-2-3", "a", "1.234", "12345678", "1..2", "=1", "-", "+5"} {
		f := RowFilter{Digits: "7"}
		if ok := f.Narrow(text); ok != (text == "-") || !ok && f.Digits != "7" {
			t.Errorf("%q is read as %+v", text, f)
		}
	}
	for standing := AnyStanding; standing <= StandingTrouble; standing++ {
		if f := (RowFilter{Standing: standing}); f.Fits(&row) != (standing == AnyStanding || standing == StandingPaid) {
			t.Errorf("a paid sale is %s", standing)
		}
	}
	if !strings.Contains(row.Sale.Tail(), "1234") {
		t.Error("the test's sale has another tail")
	}
}

// TestRowKeepsItsCashier: also one with a name that is no ASCII, and nobody's.
func TestRowKeepsItsCashier(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rows, _ := randomDay(r)
	for _, row := range rows {
		back, err := DecodeRow(row.Sale, row.Encode())
		if err != nil || !reflect.DeepEqual(back, row) {
			t.Fatalf("%+v came back as %+v, %v", row, back, err)
		}
	}
	if b := rows[0].Encode(); b[22] != 0 || b[23] != 0 {
		t.Error("the free bytes are used")
	}
	if _, err := DecodeRow("x", make([]byte, rowBytes-1)); err == nil {
		t.Error("a row that is too short is read")
	}
}
