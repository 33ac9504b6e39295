package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// room plays the room of statements: a file has the name of what it is, and what the channels give is set by a test.
type room struct {
	book   *ledger.Book
	off    error
	faults map[ledger.StatementKey]error
	sets   map[ledger.StatementKey]roomFile
	missed []ledger.StatementKey
}

type roomFile struct {
	rows  []ledger.StatementRow
	funds ledger.FundsSum
}

func (r *room) Asks() error { return r.off }

func (r *room) Look(file StatementFile, day ledger.Day) (ledger.StatementKey, error) {
	text, _ := io.ReadAll(io.NewSectionReader(file, 0, file.Size()))
	for key := range r.sets {
		if fmt.Sprint(key) == string(text) {
			if day != 0 && day != key.Day {
				return key, errors.New("the file is of another day")
			}
			return key, nil
		}
	}
	return ledger.StatementKey{}, errors.New("statement: line 1: format: no bill begins so")
}

func (r *room) Open(_ *disk.Store, book *ledger.Book, _ bool) (StatementWork, error) {
	r.book = book
	return r, nil
}

func (r *room) Missed() ([]ledger.StatementKey, error) { return r.missed, nil }

func (r *room) Of(day ledger.Day) (keys []ledger.StatementKey) {
	for _, channel := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		keys = append(keys, ledger.StatementKey{Channel: channel, Day: day, Kind: ledger.StatementTrades})
	}
	return keys
}

func (r *room) take(ctx context.Context, who ledger.Actor, key ledger.StatementKey, source ledger.StatementSource) error {
	set := r.sets[key]
	taken := ledger.StatementTaken{Key: key, Source: source, Merchant: "M", File: "f", Rows: uint64(len(set.rows)), Funds: set.funds}
	for i := range set.rows {
		taken.Whole.Add(&set.rows[i])
	}
	if err := r.book.TakeStatement(ctx, who, taken); err != nil {
		return err
	}
	return r.Compare(ctx, who, key)
}

func (r *room) Fetch(ctx context.Context, who ledger.Actor, key ledger.StatementKey) (uint64, error) {
	known := ledger.Statement{}
	r.book.Read(func(s *ledger.State) { known, _ = s.Statement(key) })
	if known.Source == ledger.SourceFetched {
		return 0, nil
	}
	if err := r.faults[key]; err != nil {
		return 0, err
	}
	return uint64(100 * len(r.sets[key].rows)), r.take(ctx, who, key, ledger.SourceFetched)
}

func (r *room) Import(ctx context.Context, who ledger.Actor, file StatementFile, day ledger.Day) (ledger.StatementKey, error) {
	key, err := r.Look(file, day)
	if err != nil {
		return key, err
	}
	return key, r.take(ctx, who, key, ledger.SourceImported)
}

func (r *room) Compare(ctx context.Context, who ledger.Actor, key ledger.StatementKey) error {
	if key.Kind == ledger.StatementTrades {
		err := r.book.CompareStatement(ctx, who, key, 6000, func(each func(ledger.StatementRow) error) error {
			for _, row := range r.sets[key].rows {
				if err := each(row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return r.book.CompareFunds(ctx, who, key.Channel, key.Day)
}

func of(channel ledger.Channel, day ledger.Day, kind ledger.StatementKind) ledger.StatementKey {
	return ledger.StatementKey{Channel: channel, Day: day, Kind: kind}
}

var (
	firstTrades  = of(ledger.WeChat, 20000101, ledger.StatementTrades)
	secondTrades = of(ledger.WeChat, 20000102, ledger.StatementTrades)
	secondFunds  = of(ledger.WeChat, 20000102, ledger.StatementFunds)
	fourthTrades = of(ledger.WeChat, 20000104, ledger.StatementTrades)
)

// statementShop is the shop of refunds with the statements of its days: the first has a row that no till has made; the second has done
// the refund that had not ended here, and its balance has paid out 2 fen too few of the first; the third is missing; the fourth has no trades.
type statementShop struct {
	*refundShop
	room *room
}

func inStatementShop(t *testing.T, story func(*statementShop)) {
	inRefundShop(t, func(s *refundShop) {
		time.Sleep(5 * 24 * time.Hour)
		row := func(line uint64, kind ledger.RowKind, order ledger.OrderNo, refund int, fen, fee int64) ledger.StatementRow {
			r := ledger.StatementRow{Line: line, Kind: kind, Order: order, ChannelNo: "4200", Amount: fen, Fee: fee, Rate: 6000, Done: true, At: time.Now()}
			if refund > 0 {
				r.Refund = ledger.RefundNo(fmt.Sprintf("%sR%02d", order, refund))
			}
			return r
		}
		first := []ledger.StatementRow{row(2, ledger.RowTrade, s.sold, 0, 2000, 12), row(3, ledger.RowRefund, s.sold, 1, 500, 3),
			row(4, ledger.RowTrade, "=WEBSHOP-1", 0, 800, 5)}
		second := []ledger.StatementRow{row(2, ledger.RowTrade, s.late, 0, 6600, 40), row(3, ledger.RowRefund, s.sold, 2, 600, 4),
			row(4, ledger.RowRefund, s.sold, 3, 400, 2)}
		story(&statementShop{s, &room{faults: map[ledger.StatementKey]error{}, sets: map[ledger.StatementKey]roomFile{
			firstTrades: {rows: first}, secondTrades: {rows: second}, fourthTrades: {},
			secondFunds: {funds: ledger.FundsSum{Rows: 9, In: 6560, Out: 994, PaidOut: 2284}},
		}}})
	})
}

// statement calls the command with what somebody types, and wants its exit code.
func (s *statementShop) statement(want int, args ...string) (stdout, stderr string) {
	s.t.Helper()
	var out, errs bytes.Buffer
	find := func(config, dir string) (Place, error) {
		place, err := s.find(config, dir)
		place.Statements = s.room
		return place, err
	}
	if code := Statement(context.Background(), append(args, "--data-dir", s.dir), find, strings.NewReader(""), &out, &errs); code != want {
		s.t.Fatalf("statement %v: exit %d, want %d\n%s%s", args, code, want, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func (s *statementShop) has(text string, wants ...string) {
	s.t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			s.t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// about counts the events that say anything about statements.
func (s *statementShop) about() (n int) {
	s.events(func(event *ledger.Event) {
		switch event.Body.(type) {
		case *ledger.StatementTaken, *ledger.StatementMatched, *ledger.StatementDiffered, *ledger.StatementCompared:
			n++
		}
	})
	return n
}

func (s *statementShop) fetchAll() {
	s.t.Helper()
	s.room.missed = []ledger.StatementKey{firstTrades, secondTrades, secondFunds, fourthTrades}
	out, _ := s.statement(0, "fetch")
	s.has(out, "2000-01-01  wechat   trades   fetching, kept 300 bytes, 3 rows: 2 agree, 0 of other tills, 1 differences\n",
		"2000-01-02  wechat   trades   fetching, kept 300 bytes, 3 rows: 2 agree, 0 of other tills, 1 differences; about 1 of them the open till asks the channel\n",
		"2000-01-04  wechat   trades   fetching: no trades\n")
}

// TestStatementsAreFetched: each has a line that says how it stands, what is here is not asked for again, and the exit code says the worst.
func TestStatementsAreFetched(t *testing.T) {
	inStatementShop(t, func(s *statementShop) {
		s.fetchAll()
		before := s.about()
		s.room.missed = []ledger.StatementKey{firstTrades}
		out, _ := s.statement(0, "fetch")
		if s.has(out, "here already; 3 rows"); before != s.about() {
			t.Error("what is here has made events")
		}
	})
}

// TestFetchSaysTheWorst of what has happened, and goes on behind it.
func TestFetchSaysTheWorst(t *testing.T) {
	inStatementShop(t, func(s *statementShop) {
		slow := of(ledger.Alipay, 20000101, ledger.StatementTrades)
		s.room.faults[slow] = &StatementFault{NotReady: true, Again: 10 * time.Minute, Cause: errors.New("not made")}
		out, _ := s.statement(3, "fetch", "--day", "2000-01-01")
		s.has(out, "alipay   trades   fetching: not ready yet; ask again in 10 min\n", "wechat   trades   fetching, kept 300 bytes, ")
		out, _ = s.statement(0, "fetch", "--day", "2000-01-01", "--channel", "wechat")
		s.has(out, "wechat   trades   here already; 3 rows: 2 agree")
		if strings.Contains(out, "alipay") || strings.Contains(out, "fetching") {
			t.Error(out)
		}
		before := s.about()
		s.room.missed = []ledger.StatementKey{slow, secondTrades, fourthTrades}
		s.room.faults[secondTrades] = &StatementFault{Again: time.Minute, Cause: errors.New("statement: line 7: totals: a fen too few")}
		out, _ = s.statement(1, "fetch")
		s.has(out, "not ready yet", "2000-01-02  wechat   trades   fetching: line 7: totals: a fen too few; try again in 1 min\n", "no trades")
		if n := s.about() - before; n != 2 { // the day without trades: taken, compared
			t.Errorf("%d events about statements", n)
		}
		s.room.faults[slow] = errors.New("the day has not ended")
		out, _ = s.statement(1, "fetch", "--day", "2000-01-01", "--channel", "alipay")
		s.has(out, "the day has not ended\n")
		s.room.missed = nil
		out, _ = s.statement(0, "fetch")
		s.has(out, "nothing is missing\n")
		s.room.off = errors.New("the till itself does it")
		_, errs := s.statement(2, "fetch")
		s.has(errs, "the till itself does it")
	})
}

// TestStatementsAreShown as text, as lines for machines, and as a table.
func TestStatementsAreShown(t *testing.T) {
	inStatementShop(t, func(s *statementShop) {
		out, _ := s.statement(0, "show")
		s.has(out, "no statement is here")
		s.fetchAll()
		out, _ = s.statement(0, "show")
		s.has(out, "2000-01-04  wechat   fetched, compared\n    gross 0.00", "2000-01-03  wechat   MISSING\n",
			"2000-01-01  wechat   fetched, complete\n    gross 28.00  refunds -5.00  discounts 0.00  fees -0.14  net 22.86\n"+
				"    due 2000-01-02: paid out 22.84, difference -0.02\n    3 rows: 2 agree, 0 of other tills, 1 differences, 0 being asked about\n",
			"due 2000-01-03: what was paid out is not known", "days that are missing: 1; guitai statement fetch --data-dir "+s.dir, "show --data-dir "+s.dir+" --day 2000-01-02\n")
		if strings.Index(out, "2000-01-04") > strings.Index(out, "2000-01-01") {
			t.Error("the newest day is not first")
		}
		out, _ = s.statement(0, "show", "--day", "2000-01-01")
		s.has(out, "line 4  the statement has an order number that no till has made\n        here nothing  statement 8.00  order =WEBSHOP-1  channel's number 4200\n        open: entry ")
		if strings.Contains(out, "2000-01-04") {
			t.Error(out)
		}
		out, _ = s.statement(0, "show", "--day", "2000-01-02")
		s.has(out, "refund done that has not ended with money here", "here 4.00  statement 4.00", "R03")

		out, _ = s.statement(0, "show", "--json")
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if len(lines) != 4 || lines[1] != `{"channel":"wechat","day":"2000-01-03","kind":"missing"}` {
			t.Fatal(out)
		}
		var day statementDay
		s.must(json.Unmarshal([]byte(lines[3]), &day))
		if day.Gross != 2800 || day.Refunds != 500 || day.Fees != 14 || day.Net != 2286 || *day.PaidOut != 2284 || *day.Missing != -2 || day.Due != "2000-01-02" ||
			day.Moved != nil || day.Rows != 3 || day.Matched != 2 || day.Source != "fetched" {
			t.Errorf("%+v", day)
		}
		out, _ = s.statement(0, "show", "--json", "--day", "2000-01-01")
		var d statementDifference
		s.must(json.Unmarshal([]byte(strings.Split(out, "\n")[1]), &d))
		if d.Class != "unknown-order" || d.Ours != nil || *d.Theirs != 800 || d.Line != 4 || !d.Open || d.Exception == 0 || d.Row != "payment" {
			t.Errorf("%+v", d)
		}
		s.run(0, "exceptions", "--resolve", fmt.Sprint(d.Exception), "--note", "the web shop sells under this number, too")
		out, _ = s.statement(0, "show", "--json", "--day", "2000-01-01")
		s.has(out, `"open":false,"event":`)
		out, _ = s.statement(0, "show", "--day", "2000-01-01")
		s.has(out, "\n        settled\n")

		out, _ = s.statement(0, "show", "--csv")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out, "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 5 || len(rows[0]) != len(rows[2]) || rows[2][3] != "missing" || strings.Join(rows[4], " ") !=
			"2000-01-01 wechat fetched complete M 28.00 5.00 0.00 0.14 22.86 2000-01-02 22.84 -0.02 3 2 0 1 0" {
			t.Errorf("%v %q", err, rows)
		}
	})
}

// TestCellsAreDefused: a merchant's number out of a file stays text, and is no formula.
func TestCellsAreDefused(t *testing.T) {
	for text, want := range map[string]string{"2088000000000001": "'2088000000000001", "1900000001": "1900000001", "=1+1": "'=1+1", " @x": "' @x",
		"＝x": "'＝x", "007": "'007", "": "", "wx1": "wx1"} {
		d := statementDay{Kind: "statement", Merchant: text}
		if got := d.cells()[4]; got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestAFileIsImported: it only compares, and a second time changes nothing; what is no statement of this shop is refused before anything
// is written.
func TestAFileIsImported(t *testing.T) {
	inStatementShop(t, func(s *statementShop) {
		file := func(text string) string {
			path := filepath.Join(s.t.TempDir(), "bill.csv")
			s.must(os.WriteFile(path, []byte(text), 0o600))
			return path
		}
		good, before := file(fmt.Sprint(firstTrades)), s.head()
		_, errs := s.statement(1, "import", file("garbage"))
		s.has(errs, "bill.csv: line 1: format: no bill begins so; nothing was booked")
		_, errs = s.statement(1, "import", good, "--day", "2000-01-02")
		s.has(errs, "another day; nothing was booked")
		s.statement(2, "import", filepath.Join(s.dir, "absent"))
		s.statement(2, "import", s.dir)
		if s.head() != before {
			t.Error("a file that was refused has written events")
		}
		balance, _ := s.run(0, "clearing")
		out, _ := s.statement(0, "import", good)
		s.has(out, "2000-01-01  wechat   trades   imported, 3 rows: 2 agree, 0 of other tills, 1 differences\n",
			"guitai statement show --data-dir "+s.dir+" --day 2000-01-01 --channel wechat")
		if now, _ := s.run(0, "clearing"); now != balance {
			t.Errorf("an imported file has moved money:\n%s%s", balance, now)
		}
		if truth := s.day("2000-01-01").Sales[0].Truth; truth != "matched (imported)" {
			t.Error(truth)
		}
		n := s.about()
		for _, again := range [][]string{{"import", "--day", "2000-01-01", good}, {"match"}, {"match", "--day", "2000-01-01", "--channel", "wechat"}} {
			if s.statement(0, again...); s.about() != n {
				t.Errorf("%v has written events", again)
			}
		}
		s.statement(1, "match", "--day", "2000-01-03")
		s.statement(0, "fetch", "--day", "2000-01-01")
		if sale := s.day("2000-01-01").Sales[0]; sale.Truth != "matched" || sale.Attempts[0].Truth != "matched" {
			t.Errorf("%+v", sale)
		}
		_, errs = s.statement(1, "import", good)
		s.has(errs, "from the channel itself already")
		var table bytes.Buffer
		if code := Export([]string{"--csv", "--day", "2000-01-01", "--data-dir", s.dir}, s.find, &table, io.Discard); code != 0 || !strings.Contains(table.String(), ",matched,") {
			t.Error(table.String())
		}
	})
}

// TestClearingAfterStatements: what is settled is owed by its own day, and a payout pays the oldest.
func TestClearingAfterStatements(t *testing.T) {
	inStatementShop(t, func(s *statementShop) {
		s.room.missed = []ledger.StatementKey{firstTrades}
		s.statement(0, "fetch")
		out, _ := s.run(0, "clearing")
		s.has(out, "2000-01-01  settlement  wechat             14.91  due 2000-01-02\n",
			"by the channels' statements: owed 14.91; brought to the bank 0.00; kept as fees 0.09; discounts 0.00\n")
		s.room.missed = []ledger.StatementKey{secondTrades, secondFunds}
		s.statement(0, "fetch")
		out, _ = s.run(0, "clearing")
		if s.has(out, "brought to the bank 22.84"); strings.Contains(out, "2000-01-01  settlement") {
			t.Error(out)
		}
		out, _ = s.run(0, "clearing", "--json")
		s.has(out, `"account": "settlement"`, `"due": "2000-01-03"`)
	})
}

// TestOwedByDay: sums stay what the books have, whatever was paid out when.
func TestOwedByDay(t *testing.T) {
	purse := func(account ledger.LedgerAccount, day ledger.Day, fen int64) ledger.Balance {
		return ledger.Balance{Purse: ledger.Purse{Account: account, Channel: ledger.WeChat, Day: day}, Fen: fen}
	}
	for want, balances := range map[string][]ledger.Balance{
		"[20000101 100] [20000102 50]": {purse("settlement", 20000101, 100), purse("settlement", 20000102, 50)},
		"[20000102 80]":                {purse("settlement", 20000101, 100), purse("settlement", 20000102, -20), purse("paid out", 20000102, 100)},
		"[20000101 40] [20000102 80]":  {purse("settlement", 20000101, 100), purse("settlement", 20000102, 20), purse("paid out", 20000102, 60)},
		"[20000102 -30]":               {purse("settlement", 20000101, 100), purse("settlement", 20000102, -130), purse("paid out", 20000102, 130)},
		"":                             {purse("settlement", 20000101, 100), purse("settlement", 20000102, -100), purse("paid out", 20000102, 100)},
	} {
		var got []string
		for _, b := range owedByDay(balances) {
			got = append(got, fmt.Sprintf("[%d %d]", b.Day, b.Fen))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%v: %s, want %s", balances, text, want)
		}
	}
	alipay := []ledger.Balance{purse("settlement", 20000101, 100), purse("settlement", 20000103, 50)}
	for i := range alipay {
		alipay[i].Channel = ledger.Alipay
	}
	if owed := owedByDay(alipay); len(owed) != 1 || owed[0].Day != 20000103 || owed[0].Fen != 150 {
		t.Errorf("a channel that tells of no payout: %v", owed)
	}
}

// TestExceptionsOfStatements: channel, day, both amounts and the reason, also where no sale is concerned; and they can be settled.
func TestExceptionsOfStatements(t *testing.T) {
	inStatementShop(t, func(s *statementShop) {
		s.fetchAll()
		out, _ := s.run(0, "exceptions")
		s.has(out, "supervisor  wechat\n    order =WEBSHOP-1\n    statement of wechat, 2000-01-01, line 4: here nothing  statement 8.00\n    the statement has an order number that no till has made\n",
			"statement of wechat, 2000-01-02, line 4: here 4.00  statement 4.00\n")
		var rows []exceptionRow
		list, _ := s.run(0, "exceptions", "--json")
		s.must(json.Unmarshal([]byte(list), &rows))
		open := 0
		for _, row := range rows {
			if row.Statement == "" {
				continue
			}
			open++
			if row.Channel != "wechat" || row.Kind == "" || row.Theirs == nil {
				t.Errorf("%+v", row)
			}
			if row.Kind == "unknown-order" {
				s.run(0, "exceptions", "--resolve", fmt.Sprint(row.ID), "--note", "the web shop's")
			}
		}
		if open != 2 {
			t.Error(list)
		}
		if out, _ = s.run(0, "exceptions"); strings.Contains(out, "WEBSHOP") {
			t.Error(out)
		}
	})
}

// TestAFileAsksNothing: what a fetched statement has the channel asked about, one that was brought leaves to people.
func TestAFileAsksNothing(t *testing.T) {
	inStatementShop(t, func(s *statementShop) {
		path := filepath.Join(s.t.TempDir(), "bill.csv")
		s.must(os.WriteFile(path, []byte(fmt.Sprint(secondTrades)), 0o600))
		out, _ := s.statement(0, "import", path)
		if s.has(out, "1 differences"); strings.Contains(out, "asks") {
			t.Error(out)
		}
		out, _ = s.run(0, "exceptions")
		s.has(out, "next: nothing was asked because of a file that was brought: look the order up")
		s.statement(0, "fetch", "--day", "2000-01-02")
		out, _ = s.run(0, "exceptions")
		s.has(out, "next: nothing: the till asks the channel")
	})
}

// TestTheManualHasEveryClass of differences, as guitai statement and guitai exceptions name it.
func TestTheManualHasEveryClass(t *testing.T) {
	manual, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for note := ledger.NoteStatementPaid; note <= ledger.NoteStatementMany; note++ {
		if word := statementWords[note]; word.kind == "" || !strings.Contains(string(manual), "`"+word.kind+"`") {
			t.Errorf("note %d, %q, is not in README.md", note, word.kind)
		}
	}
}

// TestStatementCommandLine: what is wrong is said, and nothing is done beside an open till.
func TestStatementCommandLine(t *testing.T) {
	inStatementShop(t, func(s *statementShop) {
		for _, tt := range []struct{ args, says string }{
			{"", "it takes fetch, import, match or show"}, {"steal", "there is no guitai statement steal"}, {"import", "import needs a file"},
			{"show --json --csv", "ask for one of them"}, {"fetch --day 11-25", "it takes no such value"}, {"show --channel paypal", "it takes no such value"},
			{"match --json", "there is no flag --json"}, {"fetch more", "unexpected argument"},
		} {
			var out, errs bytes.Buffer
			code := Statement(context.Background(), strings.Fields(tt.args), s.find, strings.NewReader(""), &out, &errs)
			if code != 2 || out.Len() > 0 || !strings.Contains(errs.String(), tt.says) || !strings.Contains(errs.String(), "guitai statement fetch") {
				t.Errorf("%s: exit %d, %s", tt.args, code, errs.String())
			}
		}
		out, _ := s.statement(0, "--help")
		s.has(out, "guitai statement import FILE")
		s.open()
		for _, do := range [][]string{{"fetch"}, {"match"}, {"show"}} {
			_, errs := s.statement(2, do...)
			if s.has(errs, "the till is open", "leave it first"); strings.Contains(errs, "by itself") != (do[0] == "fetch") {
				t.Error(errs)
			}
		}
		s.close()
	})
}
