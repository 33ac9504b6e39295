package ledger

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestClassesAddUp splits payments and refunds over some days' statements, shuffles the rows of each, repeats some, cuts some out, and has
// the days compared in any order, and once more. Whatever was done to them, each row either agrees once or is named, what was cut out is
// named as missing, nothing else is named, and the books add up to the fen.
func TestClassesAddUp(t *testing.T) {
	for seed := range uint64(150) {
		trade(t, func(w *trading) { addUp(w, rand.New(rand.NewPCG(seed, 3))) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// dealt is what was done to the rows of a few days.
type dealt struct {
	days          map[Day][]StatementRow
	cut, repeated map[string]bool
	owed, settled int64 // fen: of what was cut out, and what the other rows come to
}

func addUp(w *trading, random *rand.Rand) {
	d := dealt{days: map[Day][]StatementRow{}, cut: map[string]bool{}, repeated: map[string]bool{}}
	first := shanghaiDay(time.Now())
	const days = 2 // with the days beside, no more than anybody waits for a statement
	for day := range days {
		for range 3 + random.IntN(8) {
			time.Sleep(time.Duration(random.IntN(20)) * time.Minute)
			row := w.sells(int64(100+random.IntN(100_000)), true)
			d.deal(random, row, days-day > 1)
			if random.IntN(3) == 0 {
				d.deal(random, w.givesBack(row, random), days-day > 1)
			}
		}
		for shanghaiDay(time.Now()) == first.Plus(day) {
			time.Sleep(time.Hour)
		}
	}
	order := make([]Day, 0, days+2)
	for day := range days + 2 { // the days before and after have statements, too
		order = append(order, first.Plus(day-1))
	}
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for _, day := range order {
		rows := d.days[day]
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for i := range rows {
			rows[i].Line = uint64(i + 1)
		}
		w.compares(StatementKey{WeChat, day, StatementTrades}, SourceFetched, rows...)
	}
	head := w.state().Head
	for _, day := range order {
		w.again(StatementKey{WeChat, day, StatementTrades}, d.days[day]...)
	}
	if w.state().Head != head {
		w.Errorf("comparing again has written %d events", w.state().Head.Seq-head.Seq)
	}
	d.judge(w, order)
}

// deal puts a row into its day's statement, or not, or twice; a refund can stand on a neighbour day's.
func (d *dealt) deal(random *rand.Rand, row StatementRow, later bool) {
	day := shanghaiDay(row.At)
	sign := int64(1)
	if row.Kind == RowRefund {
		sign = -1
		if later && random.IntN(4) == 0 {
			day = day.Plus(1)
		}
	}
	switch random.IntN(8) {
	case 0:
		d.cut[row.number()] = true
		d.owed += sign * row.Amount
		return
	case 1:
		d.repeated[row.number()] = true
		again := day
		if later && random.IntN(2) == 0 {
			again = day.Plus(1)
		}
		d.days[again] = append(d.days[again], row)
	}
	d.days[day] = append(d.days[day], row)
	d.settled += sign * (row.Amount - row.Discount - row.Fee)
}

func (d *dealt) judge(w *trading, order []Day) {
	s := w.state()
	named := map[Note]map[string]bool{}
	for _, day := range order {
		key := StatementKey{WeChat, day, StatementTrades}
		st, _ := s.Statement(key)
		edge := day == slices.Min(order) || day == slices.Max(order) // nothing was traded on these two, and one has no day after it
		if !st.Compared || st.Complete == (day == slices.Max(order)) && !edge {
			w.Errorf("%+v", st)
		}
		differs, err := w.b.Lookup().DayDifferences(key)
		if err != nil {
			w.Fatal(err)
		}
		inFile := 0
		for _, x := range differs {
			if named[x.Why] == nil {
				named[x.Why] = map[string]bool{}
			}
			number := string(x.Order)
			if x.Refund != "" {
				number = string(x.Refund)
			}
			named[x.Why][number] = true
			if x.Line > 0 {
				inFile++
			}
		}
		if int(st.Matched)+inFile != len(d.days[day]) {
			w.Errorf("%s: %d agree and %d are named of %d rows", day, st.Matched, inFile, len(d.days[day]))
		}
	}
	missing := map[string]bool{}
	for _, note := range []Note{NoteStatementLacks, NoteStatementLacksRefund} {
		for number := range named[note] {
			missing[number] = true
		}
		delete(named, note)
	}
	if !sameSet(missing, d.cut) || !sameSet(named[NoteStatementTwice], d.repeated) || len(named) > 1 || len(named) == 1 && named[NoteStatementTwice] == nil {
		w.Errorf("missing %v, cut out %v; twice %v, repeated %v; all %v", missing, d.cut, named[NoteStatementTwice], d.repeated, named)
	}
	if w.fen(AccountReceivable) != d.owed || w.fen(AccountSettlement) != d.settled {
		w.Errorf("owed %d, want %d; settled %d, want %d", w.fen(AccountReceivable), d.owed, w.fen(AccountSettlement), d.settled)
	}
	balanced(w.T, s, "after all statements")
}

func sameSet(a, b map[string]bool) bool {
	for key := range a {
		if !b[key] {
			return false
		}
	}
	return len(a) == len(b)
}

// givesBack gives a part of a paid row back, and the row of that.
func (w *trading) givesBack(paid StatementRow, random *rand.Rand) StatementRow {
	w.Helper()
	ctx := context.Background()
	amount := 1 + random.Int64N(paid.Amount)
	number, err := w.b.Refund(ctx, Trainee, RefundWish{Order: paid.Order, Amount: Fen(amount), Why: "brought back"})
	if err != nil {
		w.Fatal(err)
	}
	began, err := w.b.Sending(ctx, paid.Order, number)
	if err != nil {
		w.Fatal(err)
	}
	answer := Answer{Order: paid.Order, Refund: number, Request: RequestRefundQuery, Class: ClassReturned, Verified: true, Began: began,
		Named: Named{Order: paid.Order, Refund: number, Amount: Fen(amount), PaidAt: time.Now()}}
	if err := w.b.Report(ctx, answer); err != nil {
		w.Fatal(err)
	}
	row := paid
	row.Kind, row.Refund, row.Amount, row.Fee, row.At = RowRefund, number, amount, feeOf(amount, 6000), time.Now()
	return row
}
