package ledger

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

var statementDay = StatementKey{WeChat, 20261124, StatementTrades}

// statementNoon is noon in Shanghai on the day of the statement.
var statementNoon = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

// ownOrder is a number that the till T1 could have made.
func ownOrder(n uint64) OrderNo { return newOrderNo("T1", 1, 20261124, n, "11111111") }

// boughtSale is a sale paid by code, and the row that its statement has of it.
func boughtSale() (*Sale, StatementRow) {
	order := ownOrder(1)
	sale := &Sale{ID: "261124000017316", Amount: Fen(1250), OpenedAt: statementNoon, Opened: 20261124, Day: 20261124}
	sale.Attempts = []Attempt{{Order: order, Channel: WeChat, Way: ByCode, Amount: Fen(1250), Merchant: "M-wechat", App: "A-wechat", State: Paid,
		OpenedAt: statementNoon, PaidAt: statementNoon, ChannelNo: "4200001", Booked: 20261124}}
	return sale, StatementRow{Line: 2, Kind: RowTrade, Order: order, ChannelNo: "4200001", Merchant: "M-wechat", App: "A-wechat", Currency: CNY,
		Amount: 1250, Fee: 8, Rate: 6000, Done: true, At: statementNoon}
}

// backSale is the same with a refund that has returned, and the row of that.
func backSale() (*Sale, StatementRow) {
	sale, row := boughtSale()
	a := &sale.Attempts[0]
	number := newRefundNo(a.Order, 1)
	a.Refunds = []Refund{{Number: number, Amount: Fen(250), State: RefundReturned, OpenedAt: statementNoon, ReturnedAt: statementNoon, Booked: 20261124, Day: 20261124}}
	row.Kind, row.Refund, row.RefundNo, row.Amount, row.Fee = RowRefund, number, "5030", 250, 2
	return sale, row
}

// TestRowsAreCompared: every way in which a row and the ledger can agree or not, by name.
func TestRowsAreCompared(t *testing.T) {
	type want struct {
		note  Note
		match bool
		how   MatchHow
		want  wanted
		other bool
		owed  bool // the match posts money
	}
	plain := want{match: true, owed: true}
	past := func(note Note) want { return want{note: note, match: true, owed: true, how: MatchedPast} }
	nobodys := want{match: true, owed: true, how: MatchedNobodys}
	is := func(note Note) want { return want{note: note} }
	asked := func(note Note, what wanted) want { return want{note: note, want: what} }
	both := func(note Note) want { return want{note: note, match: true, owed: true} }
	for name, tt := range map[string]struct {
		of     func() (*Sale, StatementRow)
		change func(s *Sale, a *Attempt, r *StatementRow)
		want   want
	}{
		"paid": {change: func(*Sale, *Attempt, *StatementRow) {}, want: plain},
		"paid just after midnight": {change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.OpenedAt = statementNoon.Add(-13 * time.Hour) },
			want: want{match: true, owed: true, how: MatchedMidnight}},
		"late money":                      {change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.State = Orphan }, want: plain},
		"refunded elsewhere":              {change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.State, a.Elsewhere = Orphan, true }, want: nobodys},
		"taken back":                      {change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.State = Reversed }, want: want{match: true}},
		"lost answer":                     {change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.State = Unknown }, want: asked(NoteStatementPaid, wantOrder)},
		"late payment, closed":            {change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.State = ClosedOff }, want: asked(NoteStatementPaid, wantOrder)},
		"late payment, withdrawn":         {change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.State = Withdrawn }, want: asked(NoteStatementPaid, wantOrder)},
		"late payment, refused":           {change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.State = Refused }, want: asked(NoteStatementPaid, wantOrder)},
		"late payment, never sent":        {change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.State = Unsent }, want: asked(NoteStatementPaid, wantOrder)},
		"another till's":                  {change: func(s *Sale, _ *Attempt, r *StatementRow) { r.Order = newOrderNo("B7", 1, 20261124, 5, "22222222") }, want: want{other: true}},
		"this till's, and not known":      {change: func(s *Sale, _ *Attempt, r *StatementRow) { r.Order = ownOrder(99) }, want: is(NoteStatementOwn)},
		"nobody's":                        {change: func(s *Sale, _ *Attempt, r *StatementRow) { r.Order = "WEBSHOP-0001" }, want: is(NoteStatementUnknown)},
		"a number with a slip":            {change: func(s *Sale, _ *Attempt, r *StatementRow) { r.Order = ownOrder(1)[:20] }, want: is(NoteStatementUnknown)},
		"another amount":                  {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Amount = 1240 }, want: is(NoteStatementAmount)},
		"a discount":                      {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Discount, r.Fee = 250, 6 }, want: plain},
		"a discount that does not add up": {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Aside = 10 }, want: both(NoteStatementDiscount)},
		"a fee one fen off":               {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Fee = 9 }, want: plain},
		"a fee two fen off":               {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Fee = 10 }, want: both(NoteStatementFee)},
		"another rate than agreed":        {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Rate, r.Fee = 10000, 13 }, want: both(NoteStatementFee)},
		"another currency":                {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Currency = "USD" }, want: is(NoteStatementCurrency)},
		"another merchant":                {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Merchant = "M2" }, want: is(NoteStatementMerchant)},
		"another app":                     {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.App = "A2" }, want: is(NoteStatementMerchant)},
		"another channel":                 {change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.Channel = Alipay }, want: is(NoteStatementMerchant)},
		"another number":                  {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.ChannelNo = "4200002" }, want: is(NoteStatementNumber)},
		"twice in the file":               {change: func(s *Sale, _ *Attempt, r *StatementRow) { s.Join(seenAt(r, 20261124, 7, 1)) }, want: is(NoteStatementTwice)},
		"on two days":                     {change: func(s *Sale, _ *Attempt, r *StatementRow) { s.Join(seenAt(r, 20261123, 2, 0)) }, want: is(NoteStatementTwice)},
		"seen already":                    {change: func(s *Sale, _ *Attempt, r *StatementRow) { s.Join(seenAt(r, 20261124, 2, 1)) }, want: want{}},
		"seen in an earlier file":         {change: func(s *Sale, _ *Attempt, r *StatementRow) { s.Join(seenAt(r, 20261124, 9, 0)) }, want: want{}},
		"reversed, both":                  {change: func(_ *Sale, a *Attempt, r *StatementRow) { a.State, r.Kind = Reversed, RowReversal }, want: want{match: true, how: MatchedReversed}},
		"reversed, only there":            {change: func(_ *Sale, a *Attempt, r *StatementRow) { r.Kind = RowReversal }, want: is(NoteStatementState)},
		"reversed, under way here":        {change: func(_ *Sale, a *Attempt, r *StatementRow) { a.State, r.Kind = Closing, RowReversal }, want: asked(NoteStatementPaid, wantOrder)},
		"a payment that failed":           {change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Done = false }, want: want{}},

		"back": {of: backSale, change: func(*Sale, *Attempt, *StatementRow) {}, want: plain},
		"back, on the day it was started": {of: backSale, change: func(_ *Sale, a *Attempt, _ *StatementRow) {
			a.Refunds[0].ReturnedAt = statementNoon.Add(20 * time.Hour)
		}, want: want{match: true, owed: true, how: MatchedStarted}},
		"back, another amount":        {of: backSale, change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Amount = 240 }, want: is(NoteStatementBackAmount)},
		"back, lost answer":           {of: backSale, change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.Refunds[0].State = RefundPending }, want: want{}},
		"back, failed here":           {of: backSale, change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.Refunds[0].State = RefundFailed }, want: asked(NoteStatementRefundOpen, wantRefund)},
		"back, failed there":          {of: backSale, change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Done = false }, want: is(NoteStatementRefundState)},
		"back, failed on both sides":  {of: backSale, change: func(_ *Sale, a *Attempt, r *StatementRow) { r.Done, a.Refunds[0].State = false, RefundFailed }, want: want{}},
		"back, by hand, too":          {of: backSale, change: func(_ *Sale, a *Attempt, _ *StatementRow) { a.Refunds[0].State = RefundByHand }, want: is(NoteStatementRefundState)},
		"back, past the till":         {of: backSale, change: func(_ *Sale, a *Attempt, r *StatementRow) { a.Refunds, r.Refund = nil, "PORTAL1" }, want: past(NoteStatementRefund)},
		"back, more than was paid":    {of: backSale, change: func(_ *Sale, a *Attempt, r *StatementRow) { r.Refund, r.Amount, r.Fee = "PORTAL1", 1250, 8 }, want: past(NoteStatementTooMuch)},
		"back, known to be elsewhere": {of: backSale, change: func(_ *Sale, a *Attempt, r *StatementRow) { a.State, a.Elsewhere, r.Refund = Orphan, true, "PORTAL1" }, want: nobodys},
		"back, of nobody's order":     {of: backSale, change: func(_ *Sale, _ *Attempt, r *StatementRow) { r.Order = "WEBSHOP-0001" }, want: is(NoteStatementUnknown)},
		"back, a cancel without number": {of: backSale, change: func(_ *Sale, a *Attempt, r *StatementRow) {
			a.State, a.Refunds, r.Refund, r.Amount, r.Fee = Reversed, nil, "", 1250, 8
		}, want: want{match: true, how: MatchedReversed}},
	} {
		of := tt.of
		if of == nil {
			of = boughtSale
		}
		sale, row := of()
		order := row.Order
		tt.change(sale, &sale.Attempts[0], &row)
		c := comparison{key: statementDay, source: SourceFetched, taken: 1, till: "T1", rate: 6000}
		found := sale
		if row.Order != order {
			found = nil
		}
		v := c.row(&row, found)
		got := want{match: v.match != nil && !v.down, want: v.want, other: v.other}
		if len(v.differs) > 0 {
			got.note = v.differs[0].Why
		}
		if got.match {
			got.how, got.owed = v.match.How, v.match.Booked != 0
		}
		if got != tt.want || len(v.differs) > 1 {
			t.Errorf("%s: %+v, want %+v (%v)", name, got, tt.want, v.differs)
		}
	}
}

// seenAt is what a statement has confirmed of a row already.
func seenAt(r *StatementRow, day Day, line, taken uint64) []StatementMatch {
	return []StatementMatch{{Number: r.number(), Kind: r.Kind, Source: SourceFetched, Day: day, Line: line, Taken: taken}}
}

// trading is a till that sells on the day of a statement, and a channel's rows of it.
type trading struct {
	*testing.T
	b     *Book
	store *Memory
	sales int
}

func trade(t *testing.T, run func(*trading)) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory()
		time.Sleep(time.Until(statementNoon)) // synctest begins in 2000
		b := testBook(t, store, func(c *BookConfig) { c.Till = "T1" })
		defer b.Close("end")
		run(&trading{t, b, store, 0})
	})
}

// sells gives the row of a sale that is paid now; without paid it is closed without money.
func (w *trading) sells(fen int64, paid bool) StatementRow {
	w.Helper()
	ctx := context.Background()
	w.sales++
	settle(w.T, w.b, Fen(fen).String())
	if err := w.b.Scan(ctx, Trainee, scanOf(fmt.Sprintf("1300000000%08d", w.sales))); err != nil {
		w.Fatal(err)
	}
	a := lastAttempt(w.T, w.b)
	w.b.TakeCode(a.Order)
	began, err := w.b.Asking(ctx, a.Order, RequestPay)
	if err != nil {
		w.Fatal(err)
	}
	answer := paidAnswer(&a, RequestPay, began)
	answer.Named.ChannelNo = fmt.Sprintf("42%06d", w.sales)
	answer.Named.PaidAt = time.Now()
	if !paid {
		answer.Class = ClassRefused
	}
	if err := w.b.Report(ctx, answer); err != nil {
		w.Fatal(err)
	}
	return StatementRow{Line: uint64(w.sales), Kind: RowTrade, Order: a.Order, ChannelNo: answer.Named.ChannelNo, Amount: fen, Fee: feeOf(fen, 6000), Rate: 6000,
		Done: true, At: time.Now()}
}

// compares takes a file with these rows and compares it.
func (w *trading) compares(key StatementKey, source StatementSource, rows ...StatementRow) Statement {
	w.Helper()
	taken := StatementTaken{Key: key, Source: source, Merchant: "M-wechat", File: "f", Hash: HashOf([]byte(fmt.Sprint(rows))), Rows: uint64(len(rows))}
	for i := range rows {
		taken.Whole.Add(&rows[i])
	}
	if err := w.b.TakeStatement(context.Background(), Till, taken); err != nil {
		w.Fatal(err)
	}
	w.again(key, rows...)
	st, _ := w.state().Statement(key)
	return st
}

func (w *trading) again(key StatementKey, rows ...StatementRow) {
	w.Helper()
	err := w.b.CompareStatement(context.Background(), Till, key, 6000, func(each func(StatementRow) error) error {
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *trading) state() (s *State) {
	var data []byte
	w.b.Read(func(s *State) { data = s.Snapshot() })
	s, err := RestoreState(data)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// listed gives the notes on the list of exceptions.
func (w *trading) listed() (notes []Note) {
	for _, x := range w.state().Exceptions {
		notes = append(notes, x.Note)
	}
	return notes
}

func (w *trading) fen(account LedgerAccount) (sum int64) {
	for _, b := range w.state().Balances() {
		if b.Account == account {
			sum += b.Fen
		}
	}
	return sum
}

func TestADayWithNothingWrong(t *testing.T) {
	trade(t, func(w *trading) {
		rows := []StatementRow{w.sells(1250, true), w.sells(800, true), w.sells(99900, true)}
		rows[1].Discount, rows[1].Fee = 100, feeOf(700, 6000)
		before := w.state().Head.Seq
		st := w.compares(statementDay, SourceFetched, rows...)
		if st.Matched != 3 || st.Differences != 0 || st.Pending != 0 || !st.Compared || st.Ours != st.Whole || len(w.listed()) != 0 {
			t.Errorf("%+v, listed %v", st, w.listed())
		}
		if events := w.state().Head.Seq - before; events != 3 { // taken, matched, compared
			t.Errorf("%d events", events)
		}
		fees := feeOf(1250, 6000) + feeOf(700, 6000) + feeOf(99900, 6000)
		if w.fen(AccountReceivable) != 0 || w.fen(AccountFees) != fees || w.fen(AccountDiscounts) != 100 || w.fen(AccountSettlement) != st.Ours.Net() {
			t.Errorf("%v", w.state().Balances())
		}
		sale, _, _ := w.b.Lookup().SaleOf(rows[0].Order)
		if truth := sale.Paid().Truth(); truth != TruthMatched {
			t.Errorf("a matched payment is %s", truth)
		}
		found, _ := w.b.Lookup().DayRows(20261124, 0)
		if len(found) != 3 || found[2].Confirmed != SourceFetched {
			t.Errorf("%+v", found)
		}
		// Comparing again, and taking the same file again, changes nothing.
		head := w.state().Head
		w.compares(statementDay, SourceFetched, rows...)
		if w.state().Head != head {
			t.Errorf("comparing twice has written %d events", w.state().Head.Seq-head.Seq)
		}
		balanced(t, w.state(), "after statements")
	})
}

// TestTheStatementHasMoneyThatTheTillLacks: the channel is asked, and what it says is what counts.
func TestTheStatementHasMoneyThatTheTillLacks(t *testing.T) {
	trade(t, func(w *trading) {
		good, lost := w.sells(1250, true), w.sells(700, false)
		lost.ChannelNo = "4200001"
		settle(t, w.b, "1") // the next customer: the sale leaves the screen
		st := w.compares(statementDay, SourceFetched, good, lost)
		if st.Matched != 1 || st.Differences != 1 || st.Pending != 1 || !slices.Equal(w.listed(), []Note{NoteStatementPaid}) {
			t.Fatalf("%+v, listed %v", st, w.listed())
		}
		_, a := w.state().Attempt(lost.Order)
		if a == nil || a.Task != TaskQuery {
			t.Fatalf("the channel is not asked: %+v", a)
		}
		says(t, w.b, *a, RequestQuery, ClassPaid, w.state().Head.Seq)
		_, a = w.state().Attempt(lost.Order)
		if a == nil || a.State != Orphan || slices.Contains(w.listed(), NoteStatementPaid) || !slices.Contains(w.listed(), NoteLateMoney) {
			t.Fatalf("%+v, listed %v", a, w.listed())
		}
		w.again(statementDay, good, lost)
		st, _ = w.state().Statement(statementDay)
		if st.Matched != 2 || st.Differences != 0 || st.Pending != 0 {
			t.Errorf("%+v", st)
		}
		balanced(t, w.state(), "after late money")
	})
}

// TestAnImportedFileOnlyCompares: it marks, and neither asks nor books.
func TestAnImportedFileOnlyCompares(t *testing.T) {
	trade(t, func(w *trading) {
		good, lost := w.sells(1250, true), w.sells(700, false)
		settle(t, w.b, "1")
		owed := w.fen(AccountReceivable)
		w.compares(statementDay, SourceImported, good, lost)
		if _, a := w.state().Attempt(lost.Order); a != nil {
			t.Errorf("the channel is asked because of a file that somebody has brought: %+v", a)
		}
		sale, _, _ := w.b.Lookup().SaleOf(good.Order)
		if truth := sale.Paid().Truth(); truth != TruthImported || w.fen(AccountReceivable) != owed {
			t.Errorf("%s, %d fen owed of %d", truth, w.fen(AccountReceivable), owed)
		}
		// The channel's own comes later and takes its place; not the other way round.
		st := w.compares(statementDay, SourceFetched, good)
		if sale, _, _ = w.b.Lookup().SaleOf(good.Order); sale.Paid().Truth() != TruthMatched || st.Matched != 1 || w.fen(AccountReceivable) != 0 {
			t.Errorf("%s, %+v", sale.Paid().Truth(), st)
		}
		err := w.b.TakeStatement(context.Background(), Till, StatementTaken{Key: statementDay, Source: SourceImported})
		wants(t, err, ReasonStateForbidden)
	})
}

// TestTheStatementLacksMoney is judged when the statements of the days around are there, and taken off the list when it turns up.
func TestTheStatementLacksMoney(t *testing.T) {
	trade(t, func(w *trading) {
		there, missing := w.sells(1250, true), w.sells(700, true)
		time.Sleep(12*time.Hour - time.Second)
		late := w.sells(300, true) // a second before midnight
		next := StatementKey{WeChat, 20261125, StatementTrades}
		if st := w.compares(statementDay, SourceFetched, there); st.Complete || len(w.listed()) != 0 {
			t.Fatalf("judged before the next day's statement: %+v, %v", st, w.listed())
		}
		w.compares(next, SourceFetched, late)
		st, _ := w.state().Statement(statementDay)
		if !st.Complete || !slices.Equal(w.listed(), []Note{NoteStatementLacks}) {
			t.Fatalf("%+v, %v", st, w.listed())
		}
		differs, _ := w.b.Lookup().DayDifferences(statementDay)
		if len(differs) != 1 || differs[0].Order != missing.Order || differs[0].Ours != Fen(700) || differs[0].Event == 0 {
			t.Errorf("%+v", differs)
		}
		w.compares(statementDay, SourceFetched, there, missing)
		if len(w.listed()) != 0 {
			t.Errorf("it has turned up: %v", w.listed())
		}
	})
}

// TestTheListIsNotBuried: a file of a thousand strangers makes no more entries than a person can look at, and all of them are kept.
func TestTheListIsNotBuried(t *testing.T) {
	trade(t, func(w *trading) {
		var rows []StatementRow
		for i := range 1000 {
			rows = append(rows, StatementRow{Line: uint64(i + 1), Kind: RowTrade, Order: OrderNo(fmt.Sprintf("WEB%06d", i)), Amount: 100, Rate: -1, Done: true})
		}
		st := w.compares(statementDay, SourceFetched, rows...)
		listed := w.listed()
		if st.Differences != 1000 || len(listed) != listedMost+1 || listed[listedMost] != NoteStatementMany {
			t.Errorf("%+v, %d entries", st, len(listed))
		}
		differs, _ := w.b.Lookup().DayDifferences(statementDay)
		if len(differs) != 1000 || differs[999].Order != "WEB000999" {
			t.Errorf("%d are kept", len(differs))
		}
		head := w.state().Head
		w.again(statementDay, rows...)
		if w.state().Head != head {
			t.Error("comparing again has written events")
		}
		id := w.state().Exceptions[0].ID
		if err := w.b.Resolve(context.Background(), Trainer, Resolution{Exception: id, Note: "the web shop's"}); err != nil {
			t.Errorf("an entry about nobody's order cannot be settled: %v", err)
		}
	})
}

// TestAPayoutClearsTheDayBefore: what a channel owes for a day stands until its statement of the balance says that it was brought.
func TestAPayoutClearsTheDayBefore(t *testing.T) {
	trade(t, func(w *trading) {
		st := w.compares(statementDay, SourceFetched, w.sells(1250, true), w.sells(800, true))
		funds := StatementTaken{Key: StatementKey{WeChat, 20261125, StatementFunds}, Source: SourceFetched, File: "g", Funds: FundsSum{Rows: 1, PaidOut: st.Ours.Net()}}
		for range 2 { // the same file again pays nothing again
			if err := w.b.TakeStatement(context.Background(), Till, funds); err != nil {
				t.Fatal(err)
			}
		}
		if w.fen(AccountSettlement) != 0 || w.fen(AccountPaidOut) != st.Ours.Net() || len(w.state().Uncleared()) != 0 {
			t.Errorf("%v", w.state().Balances())
		}
	})
}

// TestStatementsSurviveARestart: the fold of all events is the state.
func TestStatementsSurviveARestart(t *testing.T) {
	trade(t, func(w *trading) {
		w.compares(statementDay, SourceFetched, w.sells(1250, true), w.sells(700, false))
		whole := foldOf(t, w.store)
		if !bytes.Equal(whole.Snapshot(), w.state().Snapshot()) {
			t.Error("the fold of the events is another state")
		}
	})
}
