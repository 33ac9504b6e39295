package ledger

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// Each test here fails: it names something that the comparison of statements does wrongly, and why that is wrong.

var statementNext = StatementKey{WeChat, 20261125, StatementTrades}

func keyOn(day Day) StatementKey { return StatementKey{WeChat, day, StatementTrades} }

// TestADuplicateAfterAnImportIsBookedOnce: a row that stands twice in the channel's own file is a named class (duplicate row) and moves
// its money once (totals are the fold of events: promise 7). After an import the comparison looks at the imported confirmation of the
// number first, and so books the second row, too, and names nothing.
func TestADuplicateAfterAnImportIsBookedOnce(t *testing.T) {
	trade(t, func(w *trading) {
		row := w.sells(1250, true)
		w.compares(statementDay, SourceImported, row)
		twice := row
		twice.Line = 9
		st := w.compares(statementDay, SourceFetched, row, twice)
		if !slices.Equal(w.listed(), []Note{NoteStatementTwice}) || st.Matched != 1 {
			t.Errorf("%d rows agree, listed %v: the second is a duplicate", st.Matched, w.listed())
		}
		if owed, net := w.fen(AccountSettlement), row.Amount-row.Fee; owed != net || w.fen(AccountReceivable) != 0 {
			t.Errorf("the channel owes %d fen by its statement and %d beside, want %d and 0", owed, w.fen(AccountReceivable), net)
		}
	})
}

// TestAnImportedFileDoesNotHideAShortage: an imported file only compares, and the channel's own takes its place. What stood in the
// imported file alone is lacking in the channel's, and has to be named (class "only in the ledger"); it is never named.
func TestAnImportedFileDoesNotHideAShortage(t *testing.T) {
	trade(t, func(w *trading) {
		there, missing := w.sells(1250, true), w.sells(700, true)
		w.compares(statementDay, SourceImported, there, missing)
		w.compares(statementDay, SourceFetched, there)
		w.compares(statementNext, SourceFetched)
		if st, _ := w.state().Statement(statementDay); !slices.Equal(w.listed(), []Note{NoteStatementLacks}) || st.Missing != 1 {
			t.Errorf("listed %v, %d missing: the channel's own file lacks %s", w.listed(), st.Missing, missing.Order)
		}
	})
}

// TestAnImportedFileTakesNothingOffTheList: the channel's own statements of D-1…D+1 lack a payment; a file that somebody has brought of
// a later day has it. It only compares: the shortage in what the channel pays out is still there.
func TestAnImportedFileTakesNothingOffTheList(t *testing.T) {
	trade(t, func(w *trading) {
		there, missing := w.sells(1250, true), w.sells(700, true)
		w.compares(statementDay, SourceFetched, there)
		w.compares(statementNext, SourceFetched)
		if !slices.Equal(w.listed(), []Note{NoteStatementLacks}) {
			t.Fatal(w.listed())
		}
		w.compares(keyOn(20261126), SourceImported, missing)
		if !slices.Contains(w.listed(), NoteStatementLacks) {
			t.Errorf("listed %v: a file that somebody has brought has taken the shortage off the list", w.listed())
		}
	})
}

// retried makes a sale whose first attempt was paid and taken back, and whose second one has settled it.
func (w *trading) retried(fen int64) (first, second StatementRow) {
	w.Helper()
	ctx := context.Background()
	settle(w.T, w.b, Fen(fen).String())
	code := 0
	attempt := func() Attempt {
		code++
		if err := w.b.Scan(ctx, Trainee, scanOf(fmt.Sprintf("1311111111%08d", code))); err != nil {
			w.Fatal(err)
		}
		a := lastAttempt(w.T, w.b)
		w.b.TakeCode(a.Order)
		return a
	}
	a := attempt()
	began, err := w.b.Asking(ctx, a.Order, RequestPay)
	if err != nil {
		w.Fatal(err)
	}
	says(w.T, w.b, a, RequestPay, ClassReversed, began)
	b := attempt()
	if began, err = w.b.Asking(ctx, b.Order, RequestPay); err != nil {
		w.Fatal(err)
	}
	says(w.T, w.b, b, RequestPay, ClassPaid, began)
	row := func(line uint64, a Attempt, no string) StatementRow {
		return StatementRow{Line: line, Kind: RowTrade, Order: a.Order, ChannelNo: no, Amount: fen, Fee: feeOf(fen, 6000), Rate: 6000, Done: true, At: time.Now()}
	}
	return row(1, a, "4300001"), row(2, b, "4200001")
}

// TestATakenBackPaymentConfirmsNoOtherOne: of a sale's two attempts the statement has the one that was taken back and not the one that
// was paid. The day's row of the sale must not stand at the top truth level, and the paid one must be named as lacking.
func TestATakenBackPaymentConfirmsNoOtherOne(t *testing.T) {
	trade(t, func(w *trading) {
		first, second := w.retried(1250)
		back := first
		back.Kind, back.Line = RowReversal, 3
		w.compares(statementDay, SourceFetched, first, back)
		w.compares(statementNext, SourceFetched)
		rows, _ := w.b.Lookup().DayRows(20261124, 0)
		if len(rows) != 1 || rows[0].State != Paid || rows[0].Confirmed != 0 {
			t.Errorf("the row of a payment that no statement has is confirmed: %+v", rows)
		}
		if !slices.Contains(w.listed(), NoteStatementLacks) {
			t.Errorf("listed %v: no statement has the paid order %s", w.listed(), second.Order)
		}
	})
}

// TestAReversalAfterMidnightIsWaitedFor: paid a moment before midnight and taken back after it, the reversal's row is on the next day's
// statement. D-1…D+1 have to be looked at before anything is declared, and a day with nothing wrong makes no entry.
func TestAReversalAfterMidnightIsWaitedFor(t *testing.T) {
	trade(t, func(w *trading) {
		time.Sleep(12*time.Hour - 5*time.Second)
		first, second := w.retried(1250)
		w.compares(statementDay, SourceFetched, first, second)
		if len(w.listed()) != 0 {
			t.Errorf("listed %v before the next day's statement, which has the reversal", w.listed())
		}
	})
}

// TestLateMoneyThatGoesBackLeavesNoDebt: late money was in D's statement while the till still had it; then the late cancel took it back,
// and D+1's statement says so. Both sides agree, so the channel owes nothing: promise 7, "to the fen".
func TestLateMoneyThatGoesBackLeavesNoDebt(t *testing.T) {
	trade(t, func(w *trading) {
		ctx := context.Background()
		row := w.sells(700, false)
		row.ChannelNo = "4200001"
		sale, _, _ := w.b.Lookup().SaleOf(row.Order)
		says(t, w.b, sale.Attempts[0], RequestQuery, ClassPaid, w.state().Head.Seq)
		if a := stateOf(t, w.b, row.Order); a.State != Orphan {
			t.Fatal(a.State)
		}
		w.compares(statementDay, SourceFetched, row)
		time.Sleep(24 * time.Hour)
		a := stateOf(t, w.b, row.Order)
		answer := Answer{Order: a.Order, Request: RequestQuery, Class: ClassReversed, Verified: true, Began: w.state().Head.Seq}
		wants(t, w.b.Report(ctx, answer), "")
		if a := stateOf(t, w.b, row.Order); a.State != Reversed {
			t.Fatal(a.State)
		}
		back := row
		back.Kind = RowReversal
		w.compares(statementNext, SourceFetched, back)
		if w.fen(AccountReceivable) != 0 || w.fen(AccountSettlement) != 0 || w.fen(AccountFees) != 0 {
			t.Errorf("all is back and both sides agree, and yet: %v", w.state().Balances())
		}
	})
}

// TestEveryOrderOfAStatementIsAskedAbout: comparing asks about 50 orders, "the others are asked about by the next one". When the channel
// has nothing new to say about the first 50, the others are never asked about: their money is neither adopted nor given back (promise 5).
func TestEveryOrderOfAStatementIsAskedAbout(t *testing.T) {
	trade(t, func(w *trading) {
		var rows []StatementRow
		for range askedMost + 1 {
			row := w.sells(700, false)
			row.ChannelNo = ""
			rows = append(rows, row)
			settle(t, w.b, "1")
			wants(t, w.b.Drop(context.Background(), Trainee, ""), "")
		}
		asked := map[OrderNo]bool{}
		w.compares(statementDay, SourceFetched, rows...)
		for range 10 {
			for _, row := range rows {
				if _, a := w.state().Attempt(row.Order); a != nil && a.Task == TaskQuery {
					asked[row.Order] = true
					w.answers(row.Order, ClassClosed)
				}
			}
			w.again(statementDay, rows...)
		}
		if len(asked) != len(rows) {
			t.Errorf("%d of %d orders were asked about in ten comparisons", len(asked), len(rows))
		}
	})
}

// TestComparingAgainWithoutNewsWritesNothing: "matching twice changes nothing". The channel sticks to its word that the order is closed
// while its statement has it paid: every comparison, one each ten minutes for a month, writes the same doubt again.
func TestComparingAgainWithoutNewsWritesNothing(t *testing.T) {
	trade(t, func(w *trading) {
		row := w.sells(700, false)
		settle(t, w.b, "1")
		w.compares(statementDay, SourceFetched, row)
		before := w.state().Head.Seq
		for range 10 {
			if _, a := w.state().Attempt(row.Order); a != nil && a.Task == TaskQuery {
				w.answers(row.Order, ClassClosed)
			}
			w.again(statementDay, row)
		}
		if grown := w.state().Head.Seq - before; grown > 5 {
			t.Errorf("ten comparisons that have told nothing new have written %d events", grown)
		}
	})
}

// TestARefundUnderWayIsNoDifference: a refund that the till and the channel both have under way (WeChat Pay: PROCESSING, on the day on
// which it was started) agrees. A day with nothing wrong makes no entry.
func TestARefundUnderWayIsNoDifference(t *testing.T) {
	sale, row := backSale()
	sale.Attempts[0].Refunds[0].State = RefundPending
	row.Done = true // sync/statement reads PROCESSING so
	c := comparison{key: statementDay, source: SourceFetched, taken: 1, till: "T1", rate: 6000}
	if v := c.row(&row, sale); len(v.differs) != 0 {
		t.Errorf("%+v", v.differs)
	}
}

// TestTheChannelsOwnFileSaysWhatDiffers: what an imported file said of a day counts no more once the channel's own is there: an entry of
// it that the channel's does not have leaves the list, and one about which the channel's says something else is put down anew.
func TestTheChannelsOwnFileSaysWhatDiffers(t *testing.T) {
	trade(t, func(w *trading) {
		row := w.sells(1250, true)
		wrong := row
		wrong.Amount = 1240
		w.compares(statementDay, SourceImported, wrong)
		st := w.compares(statementDay, SourceFetched, row)
		differs, _ := w.b.Lookup().DayDifferences(statementDay)
		if st.Matched != 1 || st.Differences != 0 || len(w.listed()) != 0 || len(differs) != 0 {
			t.Errorf("all agrees (%d, %d), and yet listed %v and shown %v", st.Matched, st.Differences, w.listed(), differs)
		}
	})
	trade(t, func(w *trading) {
		row := w.sells(1250, true)
		wrong := row
		wrong.Amount = 1240
		w.compares(statementDay, SourceImported, wrong)
		wants(t, w.b.Resolve(context.Background(), Trainer, Resolution{Exception: w.state().Exceptions[0].ID, Note: "a wrong file"}), "")
		wrong.Amount = 1000
		w.compares(statementDay, SourceFetched, wrong)
		differs, _ := w.b.Lookup().DayDifferences(statementDay)
		if !slices.Equal(w.listed(), []Note{NoteStatementAmount}) || len(differs) != 1 || differs[0].Theirs != Fen(1000) {
			t.Errorf("listed %v, shown %+v: the channel's own statement has 10.00", w.listed(), differs)
		}
	})
}

// TestABalanceThatAgreesLeavesTheList: what moved on the balance differs from an imported statement of trades, and not from the
// channel's own that takes its place. The entry never leaves.
func TestABalanceThatAgreesLeavesTheList(t *testing.T) {
	trade(t, func(w *trading) {
		ctx := context.Background()
		row, other := w.sells(1250, true), w.sells(800, true)
		w.compares(statementDay, SourceImported, row)
		funds := StatementKey{WeChat, 20261124, StatementFunds}
		net := row.Amount - row.Fee + other.Amount - other.Fee
		wants(t, w.b.TakeStatement(ctx, Till, StatementTaken{Key: funds, Source: SourceFetched, File: "b", Funds: FundsSum{Rows: 2, In: net}}), "")
		wants(t, w.b.CompareFunds(ctx, Till, WeChat, 20261124), "")
		w.compares(statementDay, SourceFetched, row, other)
		wants(t, w.b.CompareFunds(ctx, Till, WeChat, 20261124), "")
		if st, _ := w.state().Statement(funds); st.Differences != 0 || len(w.listed()) != 0 {
			t.Errorf("%d differences, listed %v", st.Differences, w.listed())
		}
	})
}

// TestAPayoutForOtherTillsIsNotThisOnes: a channel pays the shop's whole balance out; of it this till's books may take what its own
// rows come to. Every till of a shop books all of it.
func TestAPayoutForOtherTillsIsNotThisOnes(t *testing.T) {
	trade(t, func(w *trading) {
		row := w.sells(1250, true)
		other := row
		other.Order, other.ChannelNo, other.Line = newOrderNo("B7", 1, 20261124, 5, "22222222"), "4299999", 8
		st := w.compares(statementDay, SourceFetched, row, other)
		if st.Others != 1 {
			t.Fatalf("%+v", st)
		}
		funds := StatementKey{WeChat, 20261125, StatementFunds}
		wants(t, w.b.TakeStatement(context.Background(), Till, StatementTaken{Key: funds, Source: SourceFetched, File: "b",
			Funds: FundsSum{Rows: 1, PaidOut: st.Whole.Net()}}), "")
		if owed := w.fen(AccountSettlement); owed != 0 {
			t.Errorf("the channel has paid all and owes this till %d fen", owed)
		}
	})
}

// TestAnOldStatementCanBeBrought: the working set holds a hundred days. A file of an older day (channels give years by hand) is taken
// into the journal, falls out of the working set in the same event, and cannot be compared.
func TestAnOldStatementCanBeBrought(t *testing.T) {
	trade(t, func(w *trading) {
		for back := range keptStatements {
			w.compares(keyOn(Day(20261124).Plus(-back)), SourceFetched)
		}
		ctx, old := context.Background(), keyOn(Day(20261124).Plus(-keptStatements))
		err := w.b.TakeStatement(ctx, Till, StatementTaken{Key: old, Source: SourceImported, File: "old"})
		if err == nil {
			err = w.b.CompareStatement(ctx, Till, old, -1, func(func(StatementRow) error) error { return nil })
		}
		wants(t, err, "")
	})
}

// TestAPaymentThatHasTurnedUpIsNotMissing: the count of what a day lacks goes down when a later statement has the payment.
func TestAPaymentThatHasTurnedUpIsNotMissing(t *testing.T) {
	trade(t, func(w *trading) {
		there, missing := w.sells(1250, true), w.sells(700, true)
		w.compares(statementDay, SourceFetched, there)
		w.compares(statementNext, SourceFetched)
		w.compares(keyOn(20261126), SourceFetched, missing)
		w.again(statementDay, there)
		if st, _ := w.state().Statement(statementDay); len(w.listed()) != 0 || st.Missing != 0 || st.Differing() != 0 {
			t.Errorf("listed %v, and yet %d missing", w.listed(), st.Missing)
		}
	})
}

// TestTwoStrangeRowsAreTwoDifferences: a payment of nobody's order and its reversal are two rows, and both have to be named.
func TestTwoStrangeRowsAreTwoDifferences(t *testing.T) {
	trade(t, func(w *trading) {
		row := StatementRow{Line: 2, Kind: RowTrade, Order: "WEBSHOP-0001", ChannelNo: "42", Amount: 100, Rate: -1, Done: true, At: time.Now()}
		back := row
		back.Kind, back.Line = RowReversal, 3
		st := w.compares(statementDay, SourceFetched, row, back)
		differs, _ := w.b.Lookup().DayDifferences(statementDay)
		if st.Differences != uint64(len(differs)) {
			t.Errorf("%d differences, of which %d can be seen", st.Differences, len(differs))
		}
	})
}

// answers reports what the channel says of an order now.
func (w *trading) answers(order OrderNo, class Class) {
	w.Helper()
	wants(w.T, w.b.Report(context.Background(), Answer{Order: order, Request: RequestQuery, Class: class, Verified: true, Began: w.state().Head.Seq}), "")
}

// TestAShortageBesideAGapIsNamed: the last day before a gap in the statements (a holiday longer than the days that are asked for) and the
// first one behind it are never judged: the day beside them never comes. What is lacking there is named nowhere; the facts want an alarm
// after D+2 (channels.md 6, case 22).
func TestAShortageBesideAGapIsNamed(t *testing.T) {
	trade(t, func(w *trading) {
		there, _ := w.sells(1250, true), w.sells(700, true)
		w.compares(statementDay, SourceFetched, there)
		time.Sleep(60 * 24 * time.Hour)
		for days := 30; days < 60; days++ {
			w.compares(keyOn(Day(20261124).Plus(days)), SourceFetched)
		}
		if !slices.Contains(w.listed(), NoteStatementLacks) {
			t.Errorf("listed %v, two months later", w.listed())
		}
	})
}

// TestAPaymentThatIsLearntLateIsCompared: the channel says after five days that an order was paid on D. D's statement lacks it, and was
// judged before: the payment is in no statement and is never named.
func TestAPaymentThatIsLearntLateIsCompared(t *testing.T) {
	trade(t, func(w *trading) {
		ctx := context.Background()
		lost := w.sells(700, false)
		settle(t, w.b, "1")
		wants(t, w.b.Drop(ctx, Trainee, ""), "")
		at := time.Now()
		w.compares(statementDay, SourceFetched)
		w.compares(statementNext, SourceFetched)
		time.Sleep(5 * 24 * time.Hour)
		sale, _, _ := w.b.Lookup().SaleOf(lost.Order)
		answer := paidAnswer(&sale.Attempts[0], RequestQuery, w.state().Head.Seq)
		answer.Named.PaidAt = at
		wants(t, w.b.Report(ctx, answer), "")
		for days := 2; days < 10; days++ {
			w.compares(keyOn(Day(20261124).Plus(days)), SourceFetched)
		}
		w.again(statementDay)
		sale, _, _ = w.b.Lookup().SaleOf(lost.Order)
		if sale.Attempts[0].State != Orphan || !slices.Contains(w.listed(), NoteStatementLacks) {
			t.Errorf("%s, listed %v: no statement has the money", sale.Attempts[0].State, w.listed())
		}
	})
}

// TestLateMoneyOfAnOldSaleIsCompared: money comes on D+5 for a sale of D, and D+5's statement lacks it.
func TestLateMoneyOfAnOldSaleIsCompared(t *testing.T) {
	trade(t, func(w *trading) {
		ctx := context.Background()
		lost := w.sells(700, false)
		settle(t, w.b, "1")
		wants(t, w.b.Drop(ctx, Trainee, ""), "")
		time.Sleep(5 * 24 * time.Hour)
		sale, _, _ := w.b.Lookup().SaleOf(lost.Order)
		answer := paidAnswer(&sale.Attempts[0], RequestQuery, w.state().Head.Seq)
		answer.Named.PaidAt = time.Now()
		wants(t, w.b.Report(ctx, answer), "")
		for days := range 10 {
			w.compares(keyOn(Day(20261124).Plus(days)), SourceFetched)
		}
		if !slices.Contains(w.listed(), NoteStatementLacks) {
			t.Errorf("listed %v: no statement has the money", w.listed())
		}
	})
}

// TestTheListOfExceptionsIsBounded: a web shop under the same merchant number brings two hundred entries with every day's statement.
// They never leave by themselves, and the working set is in memory and in every snapshot.
func TestTheListOfExceptionsIsBounded(t *testing.T) {
	trade(t, func(w *trading) {
		for day := range 20 {
			var rows []StatementRow
			for i := range 2 * listedMost {
				rows = append(rows, StatementRow{Line: uint64(i + 1), Kind: RowTrade, Order: OrderNo(fmt.Sprintf("WEB%03d%06d", day, i)), Amount: 100, Rate: -1, Done: true})
			}
			w.compares(keyOn(Day(20261124).Plus(day)), SourceFetched, rows...)
		}
		if n := len(w.listed()); n > 5*listedMost {
			t.Errorf("%d entries after 20 days", n)
		}
	})
}

// TestAMissedStatementIsSettledOnce: a supervisor has settled the entry about a day that the channel does not give. The worker forgets at
// each start that it has named it, and the entry comes back.
func TestAMissedStatementIsSettledOnce(t *testing.T) {
	trade(t, func(w *trading) {
		ctx := context.Background()
		wants(t, w.b.MissStatement(ctx, statementDay), "")
		wants(t, w.b.Resolve(ctx, Trainer, Resolution{Exception: w.state().Exceptions[0].ID, Note: "the channel has lost it"}), "")
		wants(t, w.b.MissStatement(ctx, statementDay), "") // sync/statement, after a restart
		if len(w.listed()) != 0 {
			t.Errorf("listed again: %v", w.listed())
		}
	})
}

// TestABalanceMovedAfterMidnightIsNoDifference: a payment a second before midnight moves the balance a second after it. Both days have
// everything, and a day with nothing wrong makes no entry.
func TestABalanceMovedAfterMidnightIsNoDifference(t *testing.T) {
	trade(t, func(w *trading) {
		ctx := context.Background()
		row, late := w.sells(1250, true), w.sells(800, true)
		w.compares(statementDay, SourceFetched, row, late)
		w.compares(statementNext, SourceFetched)
		for day, fen := range map[Day]int64{20261124: row.Amount - row.Fee, 20261125: late.Amount - late.Fee} {
			wants(t, w.b.TakeStatement(ctx, Till, StatementTaken{Key: StatementKey{WeChat, day, StatementFunds}, Source: SourceFetched, File: "b",
				Funds: FundsSum{Rows: 2, In: fen}}), "")
			wants(t, w.b.CompareFunds(ctx, Till, WeChat, day), "")
		}
		if len(w.listed()) != 0 {
			t.Errorf("listed %v", w.listed())
		}
	})
}

// TestASecondImportIsCompared: the second file of one day that somebody brings has another amount, and a row twice. What the first file
// has confirmed is not looked at again.
func TestASecondImportIsCompared(t *testing.T) {
	trade(t, func(w *trading) {
		row, other := w.sells(1250, true), w.sells(800, true)
		w.compares(statementDay, SourceImported, row, other)
		row.Amount = 1000
		twice := other
		twice.Line = 9
		w.compares(statementDay, SourceImported, row, other, twice)
		if !slices.Equal(w.listed(), []Note{NoteStatementAmount, NoteStatementTwice}) {
			t.Errorf("listed %v", w.listed())
		}
	})
}

// TestComparingTwiceKeepsTheDifferences: "matching twice changes nothing". A row whose fee is off, or whose reversal is not there, is a
// difference at the first comparison and none at the second (which comes by itself ten minutes later when anything is being asked about,
// or after a kill): the day then shows no difference, and the missing reversal is not asked about any more.
func TestComparingTwiceKeepsTheDifferences(t *testing.T) {
	trade(t, func(w *trading) {
		row := w.sells(10000, true)
		row.Fee = 500
		first := w.compares(statementDay, SourceFetched, row)
		w.again(statementDay, row)
		if again, _ := w.state().Statement(statementDay); again.Differences != first.Differences || !slices.Contains(w.listed(), NoteStatementFee) {
			t.Errorf("the fee: %d differences, then %d; listed %v", first.Differences, again.Differences, w.listed())
		}
	})
	trade(t, func(w *trading) {
		first, second := w.retried(1250)
		w.compares(statementDay, SourceFetched, first, second)
		w.compares(statementNext, SourceFetched)
		once, _ := w.state().Statement(statementDay)
		w.again(statementDay, first, second)
		if again, _ := w.state().Statement(statementDay); again.Differing() != once.Differing() || once.Differing() != 1 || again.Pending != once.Pending || !slices.Contains(w.listed(), NoteStatementNotReversed) {
			t.Errorf("the reversal: %d differences, %d pending, then %d and %d; listed %v", once.Differences, once.Pending, again.Differences, again.Pending, w.listed())
		}
	})
}

// TestAFeeDifferenceIsFoundAfterAKill: the process is killed between the rows' event and the end of the comparison. What the next one
// says of the day is what it would have said without the kill.
func TestAFeeDifferenceIsFoundAfterAKill(t *testing.T) {
	trade(t, func(w *trading) {
		row := w.sells(10000, true)
		row.Fee = 500
		ctx := context.Background()
		taken := StatementTaken{Key: statementDay, Source: SourceFetched, Merchant: "M-wechat", File: "f", Rows: 1}
		wants(t, w.b.TakeStatement(ctx, Till, taken), "")
		gone := fmt.Errorf("killed")
		_ = w.b.CompareStatement(ctx, Till, statementDay, 6000, func(each func(StatementRow) error) error {
			for i := range statementRows { // a whole group is written
				r := row
				if i > 0 {
					r.Order = newOrderNo("B7", 1, 20261124, uint64(i), "22222222")
				}
				if err := each(r); err != nil {
					return err
				}
			}
			return gone
		})
		w.again(statementDay, row)
		if st, _ := w.state().Statement(statementDay); st.Differences != 1 {
			t.Errorf("%d differences, listed %v", st.Differences, w.listed())
		}
	})
}

// TestADoubtKeepsTheChannelsWords: why an attempt was refused is evidence, and asking again because of a statement wipes it.
func TestADoubtKeepsTheChannelsWords(t *testing.T) {
	trade(t, func(w *trading) {
		ctx := context.Background()
		settle(t, w.b, "7")
		wants(t, w.b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
		a := lastAttempt(t, w.b)
		w.b.TakeCode(a.Order)
		began, err := w.b.Asking(ctx, a.Order, RequestPay)
		wants(t, err, "")
		wants(t, w.b.Report(ctx, Answer{Order: a.Order, Request: RequestPay, Class: ClassRefused, Verified: true, Began: began, Code: "NOTENOUGH", Message: "余额不足"}), "")
		w.compares(statementDay, SourceFetched, StatementRow{Line: 1, Kind: RowTrade, Order: a.Order, Amount: 700, Rate: -1, Done: true, At: time.Now()})
		if _, a := w.state().Attempt(a.Order); a == nil || a.Code != "NOTENOUGH" {
			t.Errorf("%+v", a)
		}
	})
}

// TestMoreWasGivenBackThanWasPaid is its own class, also where the till has given nothing back.
func TestMoreWasGivenBackThanWasPaid(t *testing.T) {
	sale, row := boughtSale()
	row.Kind, row.Refund, row.Amount, row.Fee = RowRefund, "PORTAL1", 2000, 12
	c := comparison{key: statementDay, source: SourceFetched, taken: 1, till: "T1", rate: 6000}
	if v := c.row(&row, sale); len(v.differs) != 1 || v.differs[0].Why != NoteStatementTooMuch {
		t.Errorf("20.00 back of 12.50: %+v", v.differs)
	}
}

// turning is a store whose sales change just after a comparison has looked at them.
type turning struct {
	*Memory
	after func()
}

func (s *turning) SalesOf(orders []OrderNo) ([]*Sale, error) {
	sales, err := s.Memory.SalesOf(orders)
	if after := s.after; after != nil {
		s.after = nil
		after()
	}
	return sales, err
}

// TestASaleThatChangesWhileItIsCompared: the worker's answer comes between the look at a sale and the event that confirms it. What is
// booked is decided from the state that the append is folded into (one door for change), not from an older one.
func TestASaleThatChangesWhileItIsCompared(t *testing.T) {
	trade(t, func(w *trading) {
		store := &turning{Memory: NewMemory()}
		w.b.Close("end")
		w.store, w.b = store.Memory, testBook(t, store, func(c *BookConfig) { c.Till = "T1" })
		row := w.sells(700, false)
		row.ChannelNo = "4200001"
		sale, _, _ := w.b.Lookup().SaleOf(row.Order)
		says(t, w.b, sale.Attempts[0], RequestQuery, ClassPaid, w.state().Head.Seq)
		store.after = func() { w.answers(row.Order, ClassReversed) }
		back := row
		back.Kind, back.Line = RowReversal, 9
		w.compares(statementDay, SourceFetched, row)
		w.compares(statementNext, SourceFetched, back)
		if a := stateOf(t, w.b, row.Order); a.State != Reversed {
			t.Fatal(a.State)
		}
		if w.fen(AccountReceivable) != 0 || w.fen(AccountSettlement) != 0 {
			t.Errorf("all is back, and yet: %v", w.state().Balances())
		}
		w.b.Close("end")
	})
}

// TestWhatTheChannelHasGivenBackIsNotOwed: somebody has given 2.50 back past the till. The statement says so, the entry is settled by a
// supervisor, and the channel has paid out everything else. The books go on saying that it owes 2.50 (promise 7, "to the fen"). The same
// where the till knows itself that the order was refunded elsewhere in part: then it owes less than nothing.
func TestWhatTheChannelHasGivenBackIsNotOwed(t *testing.T) {
	paysOut := func(w *trading, fen int64) {
		taken := StatementTaken{Key: StatementKey{WeChat, 20261125, StatementFunds}, Source: SourceFetched, File: "b", Funds: FundsSum{Rows: 1, PaidOut: fen}}
		wants(w.T, w.b.TakeStatement(context.Background(), Till, taken), "")
	}
	trade(t, func(w *trading) {
		row := w.sells(1250, true)
		back := row
		back.Kind, back.Line, back.Refund, back.Amount, back.Fee = RowRefund, 9, "PORTAL1", 250, 2
		st := w.compares(statementDay, SourceFetched, row, back)
		paysOut(w, st.Whole.Net())
		for _, x := range w.state().Exceptions {
			wants(t, w.b.Resolve(context.Background(), Trainer, Resolution{Exception: x.ID, Note: "given back at the merchant's page"}), "")
		}
		if owed := w.fen(AccountSettlement) + w.fen(AccountReceivable); owed != 0 {
			t.Errorf("given back past the till: the channel has paid everything and owes %d fen", owed)
		}
	})
	trade(t, func(w *trading) {
		row := w.sells(700, false)
		row.ChannelNo = "4200001"
		w.answers(row.Order, ClassRefunded)
		if a := stateOf(t, w.b, row.Order); a.State != Orphan || !a.Elsewhere {
			t.Fatal(a.State)
		}
		back := row
		back.Kind, back.Line, back.Refund, back.Amount, back.Fee = RowRefund, 9, "PORTAL1", 200, 1
		st := w.compares(statementDay, SourceFetched, row, back)
		if st.Matched != 2 {
			t.Fatalf("%+v", st)
		}
		paysOut(w, st.Whole.Net())
		if owed := w.fen(AccountSettlement) + w.fen(AccountReceivable); owed != 0 {
			t.Errorf("refunded elsewhere in part: the channel has paid everything and owes %d fen", owed)
		}
	})
}
