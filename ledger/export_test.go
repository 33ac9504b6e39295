package ledger

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// exportedDay is a day with a paid sale of which a part went back, one that nobody paid, and a refund of another day's sale, with
// hostile words wherever somebody from outside can put them.
func exportedDay(words string) (sales []Sale, refunds []RefundRow, find func(OrderNo) (Sale, bool, error)) {
	const day, before = Day(20261125), Day(20261124)
	sale := func(id SaleID, on Day, state AttemptState, back int64) Sale {
		order := OrderNo("T1" + string(id))
		refund := Refund{Number: newRefundNo(order, 1), Amount: Fen(back), Why: words, State: RefundReturned, Day: day, SinceAt: t0, Actor: Actor{Person: words}}
		s := Sale{ID: id, Amount: Fen(1250), OpenedAt: t0, Opened: on, Day: on, Actor: Actor{Person: words, Approver: words}}
		s.Attempts = []Attempt{{Order: order, Channel: WeChat, Way: ByCode, Amount: Fen(1250), State: state, Last4: "6789", Mark: Mark{9}, QR: "weixin://secret",
			ChannelNo: words, Message: words}}
		if back > 0 {
			s.Attempts[0].Refunds = []Refund{refund}
		}
		return s
	}
	other := sale("261124000010005", before, Paid, 70)
	sales = []Sale{sale("261125000017316", day, Paid, 250), sale("261125000020042", day, Refused, 0)}
	for _, s := range append([]Sale{other}, sales...) {
		refunds = append(refunds, RefundRows(&s, day)...)
	}
	return sales, refunds, func(order OrderNo) (Sale, bool, error) { return other, order == other.Attempts[0].Order, nil }
}

// TestExportDefusesFormulas: no cell of the table begins as a formula does, whatever it holds, and amounts stay numbers.
func TestExportDefusesFormulas(t *testing.T) {
	for _, words := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\ufeff=1", "＝1", `=cmd|' /C calc'!A0`, "-2+3\"", "a,\"b\"\r\n=1"} {
		sales, refunds, find := exportedDay(words)
		lines, err := DayLines(Calendar{}, 20261125, sales, refunds, find, RowFilter{})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := WriteDayCSV(&out, lines); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 5 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		seen := false
		for _, row := range rows[1:] {
			for i, cell := range row {
				seen = seen || strings.HasPrefix(cell, "'")
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") || strings.HasPrefix(strings.TrimLeft(cell, " \ufeff"), "=") {
					t.Errorf("%q: column %s begins with a formula: %q", words, csvHead[i], cell)
				}
			}
		}
		if !seen {
			t.Errorf("%q was nowhere, or nothing was defused", words)
		}
	}
	for text, want := range map[string]string{
		"": "", "12.50": "12.50", "0.50": "0.50", "0042": "'0042", "7316": "7316", "4200002026030212345678901234": "'4200002026030212345678901234",
		"T101261125": "T101261125", "小王": "小王",
	} {
		if got := safeCell(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestExportAddsUp: the columns' sums are the day's totals, of everything and of a part.
func TestExportAddsUp(t *testing.T) {
	sales, refunds, find := exportedDay("x")
	for _, f := range []RowFilter{{}, {Standing: StandingPaid}, {Digits: "7316"}, {Channel: Alipay}, {Cashier: "x"}} {
		lines, err := DayLines(Calendar{}, 20261125, sales, refunds, find, f)
		if err != nil {
			t.Fatal(err)
		}
		sum := map[string]int64{}
		for _, l := range lines {
			sum[fmt.Sprint("taken", l.Kind == "total")] += l.Taken
			sum[fmt.Sprint("returned", l.Kind == "total")] += l.Returned
		}
		if sum["takenfalse"] != sum["takentrue"] || sum["returnedfalse"] != sum["returnedtrue"] {
			t.Errorf("%+v: %v", f, sum)
		}
		if f == (RowFilter{}) && (sum["takentrue"] != 1250 || sum["returnedtrue"] != 320) {
			t.Errorf("the day: %v", sum)
		}
	}
}

// TestExportKnowsTenders: money without a channel adds up like any other, its parts and its returns with it.
func TestExportKnowsTenders(t *testing.T) {
	const day = Day(20261125)
	tender := func(id uint64, kind TenderKind, fen int64) Tender {
		return Tender{ID: id, Kind: kind, Amount: Fen(fen), Given: Fen(0), Change: Fen(0), At: t0, Day: day, Actor: Actor{Person: "li"}}
	}
	cash := Sale{ID: "261125000017316", Amount: Fen(800), OpenedAt: t0, Day: day, Tenders: []Tender{tender(1, Cash, 800)}}
	cash.Tenders[0].Returns = []TenderReturn{{Amount: Fen(300), Why: "torn", Actor: Actor{Person: "wang", Approver: "li"}, At: t0, Day: day}}
	split := Sale{ID: "261125000020042", Amount: Fen(3000), OpenedAt: t0, Day: day, Tenders: []Tender{tender(2, Cash, 1000), tender(3, CardSlip, 2000)}}
	half := Sale{ID: "261125000030043", Amount: Fen(500), OpenedAt: t0, Opened: day, Day: day, Tenders: []Tender{tender(4, Transfer, 200)}}
	sales := []Sale{cash, split, half}
	var refunds []RefundRow
	for i := range sales {
		refunds = append(refunds, RefundRows(&sales[i], day)...)
	}
	for filter, want := range map[RowFilter]string{
		{}:                       "7 lines, taken 4000, back 300",
		{Tender: CardSlip}:       "3 lines, taken 3000, back 0", // a sale in parts stays whole
		{Tender: Cash}:           "5 lines, taken 3800, back 300",
		{Standing: StandingPaid}: "5 lines, taken 3800, back 300",
		{Standing: StandingOpen}: "2 lines, taken 200, back 0",
	} {
		lines, err := DayLines(Calendar{}, day, sales, refunds, nil, filter)
		if err != nil {
			t.Fatal(err)
		}
		n, sum := 0, map[string]int64{}
		for _, l := range lines {
			if l.Kind != "total" {
				n++
			}
			sum[fmt.Sprint("taken", l.Kind == "total")] += l.Taken
			sum[fmt.Sprint("returned", l.Kind == "total")] += l.Returned
		}
		if got := fmt.Sprintf("%d lines, taken %d, back %d", n, sum["takenfalse"], sum["returnedfalse"]); got != want ||
			sum["takenfalse"] != sum["takentrue"] || sum["returnedfalse"] != sum["returnedtrue"] {
			t.Errorf("%+v: %s and %v, want %s", filter, got, sum, want)
		}
	}
	lines, _ := DayLines(Calendar{}, day, sales, refunds, nil, RowFilter{})
	var out bytes.Buffer
	if err := WriteDayJSON(&out, lines); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"tender":"cash + card slip"`, `"kind":"part"`, `"tender":"transfer","state":"part paid","truth":"pending"`, `"cashier":"wang","approver":"li","tender":"cash","state":"returned"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in\n%s", want, out.String())
		}
	}
}

// TestExportHoldsNoSecrets: no QR, no mark, no whole customer code, also where somebody has typed one.
func TestExportHoldsNoSecrets(t *testing.T) {
	sales, refunds, find := exportedDay("code 134567890123456789")
	sales[0].Attempts[0].ChannelNo = "4200"
	for i := range sales {
		sales[i].Actor = Actor{Person: "li"}
	}
	lines, err := DayLines(Calendar{}, 20261125, sales[:1], refunds, find, RowFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		lines[i].Cashier = "li"
		if lines[i].Kind == "refund" {
			lines[i].ChannelNo = ""
		}
	}
	var out bytes.Buffer
	if err := WriteDayJSON(&out, lines); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "weixin") || strings.Contains(text, "134567890123456789") || !strings.Contains(text, "…6789") ||
		!strings.Contains(text, `"code":"6789"`) {
		t.Error(text)
	}
	for row := range bytes.Lines(out.Bytes()) {
		if !json.Valid(row) {
			t.Errorf("%s is no JSON", row)
		}
	}
	failed := errors.New("the disk")
	if _, err := DayLines(Calendar{}, 20261125, nil, refunds, func(OrderNo) (Sale, bool, error) { return Sale{}, false, failed }, RowFilter{}); !errors.Is(err, failed) {
		t.Errorf("a sale that cannot be read: %v", err)
	}
}
