package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// sold is a sale that is paid by a code, and the row that a statement has of it.
func (r *robot) sold(amount string, n int) ledger.StatementRow {
	r.t.Helper()
	ctx := context.Background()
	r.key(append(strings.Split(amount, ""), "enter")...)
	if err := r.book.Scan(ctx, r.app.actor, ledger.Scan{Text: fmt.Appendf(nil, "1300000000%08d", n), At: time.Now()}); err != nil {
		r.t.Fatal(err)
	}
	sale, _ := r.sale()
	at := *sale.Last()
	r.book.TakeCode(at.Order)
	began, err := r.book.Asking(ctx, at.Order, ledger.RequestPay)
	if err != nil {
		r.t.Fatal(err)
	}
	number := fmt.Sprintf("42%06d", n)
	err = r.book.Report(ctx, ledger.Answer{Order: at.Order, Request: ledger.RequestPay, Class: ledger.ClassPaid, Verified: true, Began: began, BeganAt: time.Now(), EndedAt: time.Now(),
		Named: ledger.Named{Order: at.Order, Amount: at.Amount, Merchant: at.Merchant, App: at.App, ChannelNo: number, PaidAt: time.Now()}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.sleep(time.Second)
	return ledger.StatementRow{Line: uint64(n), Kind: ledger.RowTrade, Order: at.Order, ChannelNo: number, Amount: at.Amount.Fen, Fee: (at.Amount.Fen*6 + 500) / 1000, Rate: 6000, Done: true, At: time.Now()}
}

// states has the till take a statement with these rows and compare it.
func (r *robot) states(key ledger.StatementKey, source ledger.StatementSource, rows ...ledger.StatementRow) {
	r.t.Helper()
	ctx := context.Background()
	taken := ledger.StatementTaken{Key: key, Source: source, Merchant: "M", File: "f", Rows: uint64(len(rows))}
	copy(taken.Hash[:], fmt.Sprint(rows))
	for i := range rows {
		taken.Whole.Add(&rows[i])
	}
	if err := r.book.TakeStatement(ctx, ledger.Till, taken); err != nil {
		r.t.Fatal(err)
	}
	err := r.book.CompareStatement(ctx, ledger.Till, key, 6000, func(each func(ledger.StatementRow) error) error {
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.sleep(time.Second)
}

// traded is a day at a real till: two sales, of which its WeChat statement has one right and one with another amount, and a stranger's.
func (r *robot) traded() (key ledger.StatementKey, rows []ledger.StatementRow) {
	r.t.Helper()
	r.signIn("1", "chen")
	rows = []ledger.StatementRow{r.sold("12.5", 1), r.sold("8", 2)}
	rows[0].Discount, rows[0].Fee = 100, 7
	rows[1].Amount = 790
	rows = append(rows, ledger.StatementRow{Line: 3, Kind: ledger.RowTrade, Order: "WEBSHOP-0001", ChannelNo: "4299", Amount: 300_00, Fee: 180, Rate: 6000, Done: true, At: time.Now()})
	return ledger.StatementKey{Channel: ledger.WeChat, Day: ledger.Calendar{}.Day(time.Now()), Kind: ledger.StatementTrades}, rows
}

// TestASupervisorSeesStatements: from the day's screen to what differs, the sale's story, and the entry that is settled, live.
func TestASupervisorSeesStatements(t *testing.T) {
	withStaff(t, Config{}, func(b *ledger.BookConfig, o *Options) { b.Seconds, o.LockAfter = ledger.Seconds{}, 0 }, func(r *robot) {
		w := &r.app.words.Statement
		key, rows := r.traded()
		r.key("f10")
		r.sleep(time.Second)
		r.sees("F8 statements", "confirmed")
		r.key("f8")
		r.sleep(time.Second)
		r.sees("No statement yet")
		r.states(key, ledger.SourceFetched, rows...)
		r.sees("Statements of the channels: 1", "320.40", "1/3", "! 2 differ", "net ¥317.48", "due "+key.Day.Plus(1).String(), "paid out: not known")
		r.book.Board().Post(func(v *ledger.BoardView) {
			v.Statements[ledger.WeChat] = ledger.Statements{State: ledger.StatementsComparing, Day: key.Day}
		})
		r.sleep(time.Second)
		r.sees("… comparing")
		r.key("enter")
		r.sleep(time.Second)
		r.sees("line 2", "here ¥8.00 · there ¥7.90 · open", "line 3", "WEBSHOP-0001 · there ¥300.00 · open", r.app.words.Exception.Wrong[ledger.NoteStatementUnknown])
		r.key("down", "enter")
		r.sees(w.NoStory.Says)
		r.key("up", "enter")
		r.sees(r.app.words.Story.Title, "¥8.00")
		r.seesNot("has this payment")
		r.key("esc", "e")
		r.sleep(time.Second)
		r.sees("Exceptions: 2", "WeChat "+monthDay(key.Day)+" · there ¥300.00 · WEBSHOP-0001", "here ¥8.00 · there ¥7.90")
		r.key("enter", "n")
		r.key(strings.Split("theweb", "")...)
		r.key("enter")
		r.sleep(time.Second)
		r.key("enter")
		r.sleep(time.Second)
		r.sees(r.app.words.Exception.Done.Says)
		r.key("esc", "esc")
		r.sleep(time.Second)
		r.sees("WEBSHOP-0001 · there ¥300.00 · settled", "here ¥8.00 · there ¥7.90 · open")
		r.key("esc", "esc")
		r.sleep(time.Second)
		r.sees("matched", "confirmed")
		r.key("down", "enter")
		r.sleep(time.Second)
		r.sees("matched", "WeChat's statement of "+key.Day.String()+" has this payment, ¥12.50; fee", "¥0.07; discount ¥1.00")
	})
}

// TestACashierSeesNoStatements: neither from the sale nor from the day, nor does the list of exceptions tell a day's money.
func TestACashierSeesNoStatements(t *testing.T) {
	withStaff(t, Config{}, func(_ *ledger.BookConfig, o *Options) { o.LockAfter = 0 }, func(r *robot) {
		key, rows := r.traded()
		r.states(key, ledger.SourceFetched, rows...)
		funds := ledger.StatementKey{Channel: key.Channel, Day: key.Day, Kind: ledger.StatementFunds}
		err := r.book.TakeStatement(context.Background(), ledger.Till, ledger.StatementTaken{Key: funds, Source: ledger.SourceFetched, Funds: ledger.FundsSum{Rows: 1, In: 54321}})
		if err == nil {
			err = r.book.CompareFunds(context.Background(), ledger.Till, key.Channel, key.Day)
		}
		if err != nil {
			t.Fatal(err)
		}
		r.key("e")
		r.sleep(time.Second)
		r.sees("there ¥543.21")
		r.key("esc", "o")
		r.signIn("3", "wang")
		for _, keys := range [][]string{{"f"}, {"f10", "f8"}, {"esc", "f10", "m"}} {
			r.key(keys...)
			r.sleep(time.Second)
			r.sees(string(ledger.ReasonNotAllowed))
			r.seesNot("320.40", "Statements of")
		}
		r.key("esc", "e")
		r.sleep(time.Second)
		r.sees(r.app.words.Exception.Wrong[ledger.NoteStatementFunds], "there ¥300.00")
		r.seesNot("543.21")
	})
}

// TestTheStatusLineSaysWhatIsWrongWithStatements, and nothing else of them.
func TestTheStatusLineSaysWhatIsWrongWithStatements(t *testing.T) {
	a := drawnApp(t, assets.En, true, 120, 40)
	a.scene = baseScene()
	quiet := a.status()
	a.scene.board.Statements = map[ledger.Channel]ledger.Statements{}
	for state, want := range map[ledger.StatementsState]string{ledger.StatementsFetching: "", ledger.StatementsComparing: "", ledger.StatementsGood: "", ledger.StatementsAwaited: "",
		ledger.StatementsRefused: "WeChat slow, statement refused", ledger.StatementsFault: "WeChat slow, statement fails"} {
		a.scene.board.Statements[ledger.WeChat] = ledger.Statements{State: state, Day: 20260301, Cause: "secret cause"}
		got := a.status()
		if want == "" && got != quiet || !strings.Contains(got, want) || strings.Contains(got, "secret") {
			t.Errorf("%s: %q", state, got)
		}
	}
	a.scene.board.Statements[ledger.WeChat] = ledger.Statements{State: ledger.StatementsAwaited}
	a.scene.missed = missedDays([]ledger.Exception{{Note: ledger.NoteStatementMissing, From: ledger.StatementKey{Channel: ledger.WeChat, Day: 20260228}}, {Note: ledger.NoteLateMoney}})
	if got := a.status(); !strings.Contains(got, "WeChat slow, no statement of 02-28") {
		t.Error(got)
	}
}

// TestStatementDays: the newest first, in the channels' order, with the days between that are missing, and what was paid out a day later.
func TestStatementDays(t *testing.T) {
	all := someStatements()
	missed := []ledger.StatementKey{{Channel: ledger.UnionPay, Day: 20260224, Kind: ledger.StatementTrades}}
	board := map[ledger.Channel]ledger.Statements{ledger.WeChat: {State: ledger.StatementsAwaited, Day: 20260303}}
	days := statementDays(all, missed, board)
	var keys []string
	for i := range days {
		keys = append(keys, days[i].key())
	}
	want := []string{"20260303 wechat", "20260302 wechat", "20260301 alipay", "20260301 wechat", "20260228 alipay", "20260228 wechat", "20260227 alipay", "20260227 wechat",
		"20260226 alipay", "20260224 unionpay"}
	if !slices.Equal(keys, want) {
		t.Fatalf("%q", keys)
	}
	for i := range days {
		off, ok := days[i].off()
		switch d := &days[i]; d.key() {
		case "20260228 wechat":
			if !ok || off != -1 || d.differs != 1 {
				t.Errorf("%s is off by %d, %v, %d differ", d.key(), off, ok, d.differs)
			}
		case "20260227 wechat":
			if !ok || off != 0 {
				t.Errorf("%s is off by %d, %v", d.key(), off, ok)
			}
		default:
			if ok {
				t.Errorf("%s is off by %d, of which nothing says what was paid out", d.key(), off)
			}
		}
	}
	if len(statementDays(nil, nil, nil)) != 0 {
		t.Error("days out of nothing")
	}
	old := statementDays([]ledger.Statement{{StatementKey: ledger.StatementKey{Channel: ledger.Alipay, Day: 20200101, Kind: ledger.StatementTrades}}, all[0]}, nil, nil)
	if len(old) > lookBack+2 {
		t.Errorf("a file of years ago makes %d rows", len(old))
	}
}

// TestStatementColumnsGiveWay in their order, and no amount is ever cut.
func TestStatementColumnsGiveWay(t *testing.T) {
	gone := func(shown []int) (gone []int) {
		for i := range statementColumns {
			if !slices.Contains(shown, i) {
				gone = append(gone, i)
			}
		}
		return gone
	}
	before := len(statementColumns)
	for width := 160; width >= minWidth; width-- {
		shown := columnsFor(width)
		went := slices.Clone(givesWay[:len(statementColumns)-len(shown)])
		slices.Sort(went)
		if len(shown) > before || !slices.Equal(gone(shown), went) {
			t.Errorf("at %d: %v is gone", width, gone(shown))
		}
		before = len(shown)
	}
	for _, at := range []int{4, 8} {
		if !slices.Contains(columnsFor(minWidth), at) {
			t.Errorf("column %d is gone", at)
		}
	}
	for _, lang := range assets.Langs {
		for _, size := range sizes {
			a := drawnApp(t, lang, true, size[0], size[1])
			a.scene = baseScene()
			theStatements(nil)(a)
			d := statementDay{channel: ledger.WeChat, day: 20260301, traded: true, told: true, paidOut: 0}
			d.trades.Rows, d.trades.Matched = 100_000, 99_999
			d.trades.Whole = ledger.StatementSum{Gross: 9_999_999_99, Returned: 123_456_78, Discounts: 99_999_99, Fees: 59_999_99}
			line := ansi.Strip(a.statementLine(&d, columnsFor(size[0])))
			head := ansi.Strip(a.statementHead(columnsFor(size[0])))
			if strings.Contains(line, ellipsis) || strings.Contains(head, ellipsis) || !strings.Contains(line, ledger.Fen(d.trades.Whole.Net()).String()) {
				t.Errorf("%s at %v:\n%s\n%s", lang, size, head, line)
			}
			d.trades.Whole.Gross = 123_456_789_012_34
			if line = ansi.Strip(a.statementLine(&d, columnsFor(size[0]))); strings.Contains(line, "1234567") {
				t.Errorf("%s at %v: an amount without its end:\n%s", lang, size, line)
			}
		}
	}
}

// TestEveryStatementEventHasWords, and what a statement has of a sale is told with what the channel has kept.
func TestEveryStatementEventHasWords(t *testing.T) {
	key := ledger.StatementKey{Channel: ledger.Alipay, Day: 20260301, Kind: ledger.StatementTrades}
	for _, lang := range assets.Langs {
		a := drawnApp(t, lang, true, 80, 24)
		sale := saleOf(attemptIn(ledger.Paid))
		teller := newTeller(a, &sale)
		other, _, _ := strings.Cut(a.words.Story.Other, "{")
		for _, body := range []ledger.Body{
			&ledger.StatementTaken{Key: key, Source: ledger.SourceImported, Rows: 3}, &ledger.StatementMatched{Key: key, Source: ledger.SourceFetched, Rows: make([]ledger.StatementMatch, 3)},
			&ledger.StatementDiffered{Key: key, Difference: ledger.Difference{Why: ledger.NoteStatementFee}}, &ledger.StatementCompared{Key: key, Differences: 3},
			&ledger.AttemptAnswered{Answer: ledger.Answer{Order: testOrder, Request: ledger.RequestStatement, Class: ledger.ClassUnknown}, Became: ledger.Paid},
		} {
			if text := teller.what(body); text == "" || strings.ContainsAny(text, "{}") || strings.Contains(text, other) {
				t.Errorf("%s: %T is told as %q", lang, body, text)
			}
		}
		for kind := ledger.RowTrade; kind <= ledger.RowReversal; kind++ {
			for how := ledger.MatchedPlain; how <= ledger.MatchedReversed; how++ {
				m := ledger.StatementMatch{Number: string(testOrder), Kind: kind, How: how, Day: 20260301, Amount: 1250, Fee: 8, Discount: 100, Source: ledger.SourceImported}
				text := teller.match(&m)
				for _, part := range []string{a.words.Channels[ledger.WeChat], "2026-03-01", "¥12.50", "¥0.08", "¥1.00", a.words.Statement.Sources[ledger.SourceImported]} {
					if !strings.Contains(text, part) || strings.ContainsAny(text, "{}") {
						t.Errorf("%s: %q lacks %q", lang, text, part)
					}
				}
			}
		}
		for state := range a.words.Statement.Doing {
			if (a.words.Statement.Doing[state] == "") != (state == ledger.StatementsGood) {
				t.Errorf("%s: %s is %q", lang, state, a.words.Statement.Doing[state])
			}
		}
	}
}

// TestTheTruthColumnSaysMatched: in full where there is room, in a short word where there is not.
func TestTheTruthColumnSaysMatched(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, size := range sizes[1:] {
			a := drawnApp(t, lang, true, size[0], size[1])
			a.scene = baseScene()
			d := dayOfSales()
			d.rows[0].Confirmed, d.rows[5].Confirmed = ledger.SourceFetched, ledger.SourceImported
			d.sort()
			a.push(d)
			want := a.words.Truths[ledger.TruthImported]
			if size[0] < wholeTruth {
				want = a.words.Daybook.Imported
			}
			if frame := ansi.Strip(a.frame()); !strings.Contains(frame, " "+want+" ") || !strings.Contains(frame, " "+a.words.Truths[ledger.TruthMatched]+" ") {
				t.Errorf("%s at %v:\n%s", lang, size, frame)
			}
		}
	}
}

// TestPlainLinesTellStatements to a supervisor, and to nobody else.
func TestPlainLinesTellStatements(t *testing.T) {
	withStaff(t, Config{}, func(b *ledger.BookConfig, o *Options) { b.Seconds, o.LockAfter = ledger.Seconds{}, 0 }, func(r *robot) {
		key, rows := r.traded()
		r.states(key, ledger.SourceImported, rows...)
		p, end := onPaper(r, Options{})
		defer end()
		p.line("f")
		p.hears("STATEMENT", "Statements of the channels: 1.", "gross ¥320.40", "f 1 tells what differs")
		if all := p.paper.all(); !strings.Contains(squeeze(all), squeeze("1: WeChat "+key.Day.String()+", imported, 2 differ, gross ¥320.40")) {
			t.Error(all)
		}
		p.line("f 1")
		p.hears("STATEMENT", "2 differ", "f 1 1 tells the first one's sale")
		p.line("f 1 1")
		p.hears("STORY", "¥8.00")
		p.line("f 1 2")
		p.hears("NOT DONE", "about no sale of this till")
		p.line("f 1 9")
		p.hears("NOT DONE", "no difference of that number")
		p.line("d tell 2")
		p.line("d list")
		p.line("d tell 2")
		p.hears("STORY", "¥12.50")
		if all := p.paper.all(); !strings.Contains(all, "matched (imported)") || !strings.Contains(squeeze(all), squeeze("statement: WeChat's statement of "+key.Day.String()+" has this payment, ¥12.50; fee ¥0.07; discount ¥1.00; imported.")) {
			t.Error(all)
		}
		p.line("e", "e 1")
		p.hears("EXCEPTION", "WEBSHOP-0001")
		p.line("e 1 the web shop", "yes")
		r.book.Board().Post(func(v *ledger.BoardView) {
			v.Statements[ledger.Alipay] = ledger.Statements{State: ledger.StatementsFault, Day: key.Day}
		})
		p.hears("TILL", "Alipay, statement fails")
	})
}

// TestADifferenceIsOpen while the list of exceptions has it: as its own entry, as an earlier one of that order, or under the entry that
// stands for all that the list does not take.
func TestADifferenceIsOpen(t *testing.T) {
	from := ledger.StatementKey{Channel: ledger.WeChat, Day: 20260301, Kind: ledger.StatementTrades}
	before := ledger.StatementKey{Channel: ledger.WeChat, Day: 20260228, Kind: ledger.StatementTrades}
	other := ledger.StatementKey{Channel: ledger.Alipay, Day: 20260301, Kind: ledger.StatementTrades}
	d := difference{from: from, Difference: ledger.Difference{Why: ledger.NoteStatementTwice, Order: testOrder, Event: 50}}
	for name, tt := range map[string]struct {
		entry ledger.Exception
		open  bool
	}{
		"its own":                     {ledger.Exception{ID: 50, From: from, Note: d.Why, Order: testOrder}, true},
		"of the day before":           {ledger.Exception{ID: 9, From: before, Note: d.Why, Order: testOrder}, true},
		"of another channel":          {ledger.Exception{ID: 9, From: other, Note: d.Why, Order: testOrder}, false},
		"about something else":        {ledger.Exception{ID: 9, From: from, Note: ledger.NoteStatementAmount, Order: testOrder}, false},
		"about a refund":              {ledger.Exception{ID: 9, From: from, Note: d.Why, Order: testOrder, Refund: "R"}, false},
		"for all beyond the list":     {ledger.Exception{ID: 50, From: from, Note: ledger.NoteStatementMany}, true},
		"for what comes after it":     {ledger.Exception{ID: 51, From: from, Note: ledger.NoteStatementMany}, false},
		"for another statement's all": {ledger.Exception{ID: 40, From: before, Note: ledger.NoteStatementMany}, false},
	} {
		if got := d.listed([]ledger.Exception{tt.entry}); got != tt.open {
			t.Errorf("an entry %s: open is %v", name, got)
		}
	}
	if d.listed(nil) {
		t.Error("open without an entry")
	}
}
