package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/sandbox"
)

// billOf writes a golden file of the parsers as one of the simulator's merchants, of another day, and gives its path.
func billOf(t *testing.T, name string, day ledger.Day) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("sync", "statement", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for back := -1; back <= 1; back++ { // the golden day, and those beside it
		was, is := ledger.Day(20261127).Plus(back).String(), day.Plus(back).String()
		chinese := strings.NewReplacer("-", "年")
		pairs = append(pairs, was, is, chinese.Replace(was[:5])+was[5:7]+"月"+was[8:]+"日", chinese.Replace(is[:5])+is[5:7]+"月"+is[8:]+"日")
	}
	pairs = append(pairs, "20880000000000010156", sandbox.SellerID+"0156", "`1900000001,", "`"+sandbox.MchID+",")
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.NewReplacer(pairs...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// statementTill is a till of the simulator's shop with people, at a command line.
type statementTill struct {
	t     *testing.T
	named []string
}

func (s *statementTill) run(want int, says string, lines []string, args ...string) string {
	s.t.Helper()
	out, errs, code := answered(s.t, lines, append(append([]string{"statement"}, args...), s.named...)...)
	wantsCode(s.t, want, says, out, errs, code)
	return out
}

// about gives the kinds of the events about statements.
func (s *statementTill) about() []string {
	s.t.Helper()
	events, _, _ := program(s.t, append([]string{"export"}, s.named...)...)
	return regexp.MustCompile(`"kind":"Statement\w+"`).FindAllString(events, -1)
}

// TestStatementsAreBrought: files of both channels into a till of theirs; everything else is refused, and nothing of it is booked.
func TestStatementsAreBrought(t *testing.T) {
	t.Parallel()
	s := &statementTill{t, hired(t, startGateway(t), filepath.Join(t.TempDir(), "till"))}
	li, today := []string{"li", liPIN}, ledger.Calendar{}.Day(time.Now())
	day := today.Plus(-3)
	golden := func(name string) string { return filepath.Join("sync", "statement", "testdata", name) }
	wechat, alipay := billOf(t, "wechat-trade.csv", day), billOf(t, "alipay-discount.csv", day)
	garbage := filepath.Join(t.TempDir(), "garbage.csv")
	if err := os.WriteFile(garbage, []byte("order,amount\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	s.run(1, "another merchant; nothing was booked", li, "import", golden("wechat-trade.csv"))
	s.run(1, "another merchant; nothing was booked", li, "import", golden("alipay-trade.csv"))
	s.run(1, "another day; nothing was booked", li, "import", wechat, "--day", day.Plus(1).String())
	s.run(1, "the day has not ended", li, "import", billOf(t, "wechat-trade.csv", today.Plus(1)))
	s.run(1, "the day has not ended", li, "import", billOf(t, "alipay-trade.csv", today.Plus(1)))
	s.run(1, "line 1: format: ", li, "import", garbage)
	s.run(1, "the file is of another day", li, "import", golden("wechat-empty.csv")) // it names none
	s.run(1, "[PIN-WRONG]", []string{"li", "0000"}, "import", wechat)
	s.run(1, "[NOT-ALLOWED]", []string{"wang", wangPIN}, "import", wechat)
	s.run(1, "[NOT-ALLOWED]", []string{"wang", wangPIN}, "match")
	if kinds := s.about(); len(kinds) != 0 {
		t.Fatal("what was refused is in the ledger:", kinds)
	}
	s.run(0, "no statement is here", nil, "show")

	s.run(0, "imported, 3 rows: 0 agree", li, "import", wechat)
	s.run(0, "imported, 6 rows: 0 agree", li, "import", "--day", day.String(), alipay)
	s.run(0, "imported, 0 rows: ", li, "import", golden("wechat-empty.csv"), "--day", day.Plus(1).String())
	before := s.about()
	for range 2 {
		s.run(0, day.String()+"  wechat   trades   3 rows", li, "match")
	}
	s.run(1, "[PIN-WRONG]", []string{"li", "0000"}, "match")
	s.run(0, "imported", li, "import", wechat)
	if after := s.about(); len(after) != len(before) {
		t.Errorf("once more has made events: %v", after[len(before):])
	}
	s.shows(day)
	s.run(0, "balance  imported, 6 rows; they do not come to what the statement of trades does", li, "import", billOf(t, "wechat-funds.csv", day.Plus(1)))
	s.run(0, "paid out 100.00, difference -1203.66", nil, "show", "--day", day.String(), "--channel", "wechat")
	s.run(0, "here 0.00  statement 9.94", nil, "show", "--day", day.Plus(1).String())
	list, errs, code := program(t, append([]string{"exceptions"}, s.named...)...)
	wantsCode(t, 0, "statement of wechat, "+day.Plus(1).String()+": here 0.00  statement 9.94", list, errs, code)
	id := regexp.MustCompile(`(?m)^(\d+) .*\n    statement of wechat`).FindStringSubmatch(list)
	if id == nil {
		t.Fatal(list)
	}
	out, errs, code := answered(t, append(li, "4815", "4815"), append([]string{"staff", "add", "zhao", "--role", "supervisor"}, s.named...)...)
	wantsCode(t, 0, "zhao: added", out, errs, code)
	list, errs, code = answered(t, append(li, "zhao", "4815"), append([]string{"exceptions", "--resolve", id[1], "--note", "the shop has drawn it"}, s.named...)...)
	wantsCode(t, 0, "is settled", list, errs, code)
	s.run(0, "\n        settled\n", nil, "show", "--day", day.Plus(1).String())
	out, _, code = program(t, append([]string{"verify"}, s.named...)...)
	wantsCode(t, 0, "good", out, "", code)
	if clearing, _, _ := program(t, append([]string{"clearing"}, s.named...)...); !strings.HasPrefix(clearing, "the channels owe 0.00;") {
		t.Error("an imported file has moved money:", clearing)
	}
}

// shows looks at what is shown of the golden files.
func (s *statementTill) shows(day ledger.Day) {
	s.t.Helper()
	text := s.run(0, "gross 1311.53  refunds 0.00  discounts 0.00  fees -7.87  net 1303.66\n    due "+day.Plus(1).String(), nil, "show")
	if !strings.Contains(text, "gross 100.00  refunds -20.00  discounts -9.00  fees -0.42  net 70.58") || !strings.Contains(text, "imported, compared") {
		s.t.Error(text)
	}
	var kinds []string
	for line := range strings.Lines(s.run(0, "", nil, "show", "--json", "--day", day.String())) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			s.t.Fatal(err)
		}
		kinds = append(kinds, row["kind"].(string))
		if row["kind"] == "statement" && row["channel"] == "wechat" && (row["net"] != 130366.0 || row["paid_out"] != nil || row["rows"] != 3.0) {
			s.t.Error(line)
		}
		if strings.Contains(line, "oPAYER") || strings.Contains(line, "138****") {
			s.t.Error("what is personal is shown:", line)
		}
	}
	if len(kinds) < 2 || kinds[0] != "statement" {
		s.t.Error(kinds)
	}
	table := s.run(0, "\ufeffday,channel,source,", nil, "show", "--csv", "--channel", "alipay")
	if !strings.Contains(table, day.String()+",alipay,imported,compared,'"+sandbox.SellerID+",100.00,20.00,9.00,0.42,70.58,"+day.Plus(1).String()+",,,6,") {
		s.t.Error(table)
	}
}

// TestStatementsAreAskedFor: of a real gateway, of a day on which it has traded nothing.
func TestStatementsAreAskedFor(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	s := &statementTill{t, hired(t, g, filepath.Join(t.TempDir(), "till"))}
	li, today := []string{"li", liPIN}, ledger.Calendar{}.Day(time.Now())
	day := today.Plus(-3).String()
	s.run(1, "[PIN-WRONG]", []string{"li", "0000"}, "fetch", "--day", day)
	s.run(1, "the day has not ended", li, "fetch", "--day", today.Plus(1).String())
	if kinds := s.about(); len(kinds) != 0 {
		t.Fatal(kinds)
	}
	out := s.run(0, day+"  alipay   trades   fetching", li, "fetch", "--day", day)
	if !strings.Contains(out, day+"  wechat   trades   fetching") {
		t.Error(out)
	}
	before := s.about()
	s.run(0, day+"  wechat   trades   here already", li, "fetch", "--day", day)
	s.run(0, "2", li, "match")
	if after := s.about(); len(before) == 0 || len(after) != len(before) {
		t.Errorf("%d events about statements, then %d", len(before), len(after))
	}
	s.run(0, "fetched, compared", nil, "show", "--day", day)
	s.run(1, "from the channel itself already", li, "import", billOf(t, "wechat-trade.csv", today.Plus(-3)))
}

// TestWhoAsksNoChannel: a trainee's till and one that is told not to; both take files.
func TestWhoAsksNoChannel(t *testing.T) {
	cfg := defaultConfig()
	cfg.Mode = modeSandbox
	if err := (&shopStatements{cfg: cfg}).Asks(); err != nil {
		t.Error(err)
	}
	cfg.Statements.Fetch = false
	if err := (&shopStatements{cfg: cfg}).Asks(); !errors.Is(err, errFetchOff) {
		t.Error(err)
	}
	cfg.Mode = modeTraining
	if err := (&shopStatements{cfg: cfg}).Asks(); !errors.Is(err, errTrainingFetches) {
		t.Error(err)
	}
	if ours := cfg.merchants(); ours[ledger.WeChat] != sandbox.MchID || ours[ledger.Alipay] != sandbox.SellerID {
		t.Error(ours)
	}
}
