package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ledger/ledgertest"
)

var statementRows = flag.Int("statement.rows", 4000, "how many rows TestPlantedDifferences compares")

const (
	plantedDay  = ledger.Day(20261124)
	plantedNext = ledger.Day(20261125)
)

// planter writes a ledger, the statements that a channel would give of it, and what of them has to be named.
type planter struct {
	tb      testing.TB
	pen     *ledgertest.Pen
	entries []ledgertest.Entry
	rows    map[ledger.Day][]ledger.StatementRow
	want    map[planted]ledger.Note // what has to be named
	asked   map[ledger.OrderNo]bool // about which the channel may be asked
	matched int
	append  func(ledger.Batch)
}

// planted is a difference's place: which day's statement, which number, which line kind.
type planted struct {
	day    ledger.Day
	number string
}

func newPlanter(tb testing.TB, store ledger.Store) *planter {
	p := &planter{tb: tb, pen: ledgertest.NewPen(plantedDay), rows: map[ledger.Day][]ledger.StatementRow{}, want: map[planted]ledger.Note{}, asked: map[ledger.OrderNo]bool{}}
	p.append = func(batch ledger.Batch) {
		if err := store.Append(context.Background(), batch); err != nil {
			tb.Fatal(err)
		}
	}
	p.entries = append(p.entries, p.pen.Opening())
	return p
}

// flush writes what was gathered.
func (p *planter) flush(least int) {
	if len(p.entries) < least || len(p.entries) == 0 {
		return
	}
	p.append(p.pen.Write(p.tb, p.entries...))
	p.entries = nil
}

// pays gives a paid sale and the row that a statement has of it, which is not in any statement yet.
func (p *planter) pays() ledger.StatementRow {
	_, order, payment := p.pen.Payment()
	p.entries = append(p.entries, payment...)
	return rowOf(order)
}

func rowOf(order ledger.OrderNo) ledger.StatementRow {
	return ledger.StatementRow{Kind: ledger.RowTrade, Order: order, ChannelNo: "4200001", Merchant: "1900000001", App: "wx0000000001", Currency: ledger.CNY,
		Amount: 1250, Fee: 8, Rate: 6000, Done: true, At: time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)}
}

// ends gives an attempt that has ended in some state without money.
func (p *planter) ends(events ...func(ledger.OrderNo) ledger.Body) ledger.StatementRow {
	id, opened := p.pen.Sale()
	order, attempt := p.pen.Attempt(id)
	p.entries = append(p.entries, opened, attempt, p.pen.Asked(order))
	for _, event := range events {
		p.entries = append(p.entries, ledgertest.Entry{Body: event(order)})
	}
	return rowOf(order)
}

func comes(class ledger.Class, became ledger.AttemptState) func(ledger.OrderNo) ledger.Body {
	return func(order ledger.OrderNo) ledger.Body {
		return &ledger.AttemptAnswered{Answer: ledger.Answer{Order: order, Request: ledger.RequestQuery, Class: class, Verified: true}, Became: became}
	}
}

// refunds gives a paid sale with a refund of ¥2.50 as the events leave it, and the rows of both.
func (p *planter) refunds(class ledger.Class, became ledger.RefundState) (trade, back ledger.StatementRow) {
	trade = p.pays()
	number := ledger.RefundNo(string(trade.Order) + "R01")
	task := func(kind ledger.TaskKind) ledger.Task {
		return ledger.Task{Kind: kind, Order: trade.Order, Refund: number}
	}
	answer := ledger.Answer{Order: trade.Order, Refund: number, Request: ledger.RequestRefundQuery, Class: class, Verified: true,
		Named: ledger.Named{Order: trade.Order, Refund: number, Amount: ledger.Fen(250), ChannelNo: "5030001"}}
	ended := ledgertest.Entry{Body: &ledger.RefundAnswered{Answer: answer, Became: became}}
	if became == ledger.RefundPending {
		ended.Task = task(ledger.TaskRefundQuery)
	}
	p.entries = append(p.entries,
		ledgertest.Entry{Body: &ledger.RefundOpened{Refund: number, Order: trade.Order, Amount: ledger.Fen(250), Cause: ledger.CausePerson, Why: "test"}, Task: task(ledger.TaskRefund)},
		ledgertest.Entry{Body: &ledger.RefundSent{Refund: number, Order: trade.Order}, Task: task(ledger.TaskRefundQuery)}, ended)
	back = trade
	back.Kind, back.Refund, back.RefundNo, back.Amount, back.Fee = ledger.RowRefund, number, "5030001", 250, 2
	return trade, back
}

// put sets rows into a day's statement; good ones agree.
func (p *planter) put(day ledger.Day, rows ...ledger.StatementRow) {
	for _, row := range rows {
		row.Line = uint64(len(p.rows[day]) + 1)
		p.rows[day] = append(p.rows[day], row)
	}
}

func (p *planter) good(rows ...ledger.StatementRow) {
	p.put(plantedDay, rows...)
	p.matched += len(rows)
}

// bad sets a row that has to be named.
func (p *planter) bad(row ledger.StatementRow, note ledger.Note) {
	p.put(plantedDay, row)
	number := string(row.Order)
	if row.Kind == ledger.RowRefund && row.Refund != "" {
		number = string(row.Refund)
	}
	p.want[planted{plantedDay, number}] = note
}

// classes are the ways in which a statement and a ledger can differ, and the plain ways in which they agree.
var classes = []struct {
	name  string
	plant func(*planter, int)
}{
	{"agrees", func(p *planter, _ int) { p.good(p.pays()) }},
	{"agrees with a discount", func(p *planter, _ int) { r := p.pays(); r.Discount, r.Fee = 250, 6; p.good(r) }},
	{"refund agrees", func(p *planter, _ int) { p.good(second(p.refunds(ledger.ClassReturned, ledger.RefundReturned))...) }},
	{"reversed on both sides", func(p *planter, _ int) {
		r := p.ends(comes(ledger.ClassReversed, ledger.Reversed))
		back := r
		back.Kind = ledger.RowReversal
		p.good(r, back)
	}},
	{"on the next day's statement", func(p *planter, _ int) { p.put(plantedNext, p.pays()); p.matched++ }},
	{"another till's", func(p *planter, n int) {
		r := rowOf(orderOf("B7", n))
		p.put(plantedDay, r)
	}},
	{"lost answer", func(p *planter, _ int) {
		r := p.ends(comes(ledger.ClassUnknown, ledger.Unknown))
		p.asked[r.Order] = true
		p.bad(r, ledger.NoteStatementPaid)
	}},
	{"late, refused", func(p *planter, _ int) {
		r := p.ends(comes(ledger.ClassRefused, ledger.Refused))
		p.asked[r.Order] = true
		p.bad(r, ledger.NoteStatementPaid)
	}},
	{"late, closed", func(p *planter, _ int) {
		r := p.ends(comes(ledger.ClassClosed, ledger.ClosedOff))
		p.asked[r.Order] = true
		p.bad(r, ledger.NoteStatementPaid)
	}},
	{"nobody's", func(p *planter, n int) {
		p.bad(rowOf(ledger.OrderNo(fmt.Sprintf("WEB%08d", n))), ledger.NoteStatementUnknown)
	}},
	{"nobody's refund", func(p *planter, n int) {
		r := rowOf(ledger.OrderNo(fmt.Sprintf("WEC%08d", n)))
		r.Kind, r.Refund, r.Amount = ledger.RowRefund, ledger.RefundNo(fmt.Sprintf("WER%08d", n)), 100
		p.bad(r, ledger.NoteStatementUnknown)
	}},
	{"this till's, and lost", func(p *planter, n int) { p.bad(rowOf(orderOf("T1", n)), ledger.NoteStatementOwn) }},
	{"another amount, more", func(p *planter, _ int) { r := p.pays(); r.Amount = 1251; p.bad(r, ledger.NoteStatementAmount) }},
	{"another amount, less", func(p *planter, _ int) { r := p.pays(); r.Amount = 125; p.bad(r, ledger.NoteStatementAmount) }},
	{"another currency", func(p *planter, _ int) { r := p.pays(); r.Currency = "HKD"; p.bad(r, ledger.NoteStatementCurrency) }},
	{"another merchant", func(p *planter, _ int) {
		r := p.pays()
		r.Merchant = "1900000002"
		p.bad(r, ledger.NoteStatementMerchant)
	}},
	{"another app", func(p *planter, _ int) { r := p.pays(); r.App = "wx0000000002"; p.bad(r, ledger.NoteStatementMerchant) }},
	{"another number", func(p *planter, _ int) { r := p.pays(); r.ChannelNo = "4200002"; p.bad(r, ledger.NoteStatementNumber) }},
	{"parts that do not add up", func(p *planter, _ int) {
		r := p.pays()
		r.Aside = 3
		p.matched++
		p.bad(r, ledger.NoteStatementDiscount)
	}},
	{"a fee too high", func(p *planter, _ int) { r := p.pays(); r.Fee = 10; p.matched++; p.bad(r, ledger.NoteStatementFee) }},
	{"a fee too low", func(p *planter, _ int) { r := p.pays(); r.Fee = 0; p.matched++; p.bad(r, ledger.NoteStatementFee) }},
	{"another rate", func(p *planter, _ int) {
		r := p.pays()
		r.Rate, r.Fee = 10_000, 13
		p.matched++
		p.bad(r, ledger.NoteStatementFee)
	}},
	{"twice", func(p *planter, _ int) { r := p.pays(); p.good(r); p.bad(r, ledger.NoteStatementTwice) }},
	{"a refund twice", func(p *planter, _ int) {
		trade, back := p.refunds(ledger.ClassReturned, ledger.RefundReturned)
		p.good(trade, back)
		p.bad(back, ledger.NoteStatementTwice)
	}},
	{"reversed there alone", func(p *planter, _ int) {
		r := p.pays()
		p.good(r)
		r.Kind = ledger.RowReversal
		p.bad(r, ledger.NoteStatementState)
	}},
	{"reversed here alone", func(p *planter, _ int) {
		r := p.ends(comes(ledger.ClassReversed, ledger.Reversed))
		p.asked[r.Order] = true
		p.good(r)
		p.want[planted{plantedDay, string(r.Order)}] = ledger.NoteStatementNotReversed
	}},
	{"a refund past the till", func(p *planter, n int) {
		r := p.pays()
		p.good(r)
		r.Kind, r.Refund, r.Amount, r.Fee = ledger.RowRefund, ledger.RefundNo(fmt.Sprintf("PORTAL%06d", n)), 100, 1
		p.matched++
		p.bad(r, ledger.NoteStatementRefund)
	}},
	{"more back than was paid", func(p *planter, n int) {
		trade, back := p.refunds(ledger.ClassReturned, ledger.RefundReturned)
		p.good(trade, back)
		back.Refund, back.Amount, back.Fee = ledger.RefundNo(fmt.Sprintf("PORTBL%06d", n)), 1250, 8
		p.matched++
		p.bad(back, ledger.NoteStatementTooMuch)
	}},
	{"a refund, another amount", func(p *planter, _ int) {
		trade, back := p.refunds(ledger.ClassReturned, ledger.RefundReturned)
		p.good(trade)
		back.Amount = 25
		p.bad(back, ledger.NoteStatementBackAmount)
	}},
	{"a refund, under way here", func(p *planter, _ int) {
		trade, back := p.refunds(ledger.ClassAccepted, ledger.RefundPending)
		p.asked[trade.Order] = true
		p.good(trade)
		p.put(plantedDay, back) // the till is at it
	}},
	{"a refund, failed here", func(p *planter, _ int) {
		trade, back := p.refunds(ledger.ClassClosed, ledger.RefundFailed)
		p.asked[trade.Order] = true
		p.good(trade)
		p.bad(back, ledger.NoteStatementRefundOpen)
	}},
	{"a refund, failed there", func(p *planter, _ int) {
		trade, back := p.refunds(ledger.ClassReturned, ledger.RefundReturned)
		p.good(trade)
		back.Done = false
		p.bad(back, ledger.NoteStatementRefundState)
	}},
	{"only here", func(p *planter, _ int) {
		p.want[planted{plantedDay, string(p.pays().Order)}] = ledger.NoteStatementLacks
	}},
	{"a refund only here", func(p *planter, _ int) {
		trade, back := p.refunds(ledger.ClassReturned, ledger.RefundReturned)
		p.good(trade)
		p.want[planted{plantedDay, string(back.Refund)}] = ledger.NoteStatementLacksRefund
	}},
}

func second(a, b ledger.StatementRow) []ledger.StatementRow { return []ledger.StatementRow{a, b} }

// orderOf is a number that a till with this name could have made, and this ledger has not.
func orderOf(till string, n int) ledger.OrderNo {
	body := fmt.Sprintf("%s01261124%05dZZZZZZZZ", till, n)
	for _, check := range "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		if order := ledger.OrderNo(body + string(check)); order.Valid() {
			return order
		}
	}
	panic("no check character")
}

// TestPlantedDifferences: every planted difference of a long statement is named with its reason, nothing else is, and nothing is acted on
// but the questions that the channel has to be asked. -statement.rows makes it longer.
func TestPlantedDifferences(t *testing.T) {
	for name, store := range map[string]func() (ledger.Store, []byte){
		"memory": func() (ledger.Store, []byte) { return ledger.NewMemory(), make([]byte, 32) },
		"disk": func() (ledger.Store, []byte) {
			s, err := disk.Open(t.TempDir(), disk.Config{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s, s.TillKey()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, key := store()
			p := newPlanter(t, s)
			for n := 0; len(p.rows[plantedDay]) < *statementRows; n++ {
				classes[0].plant(p, n)
				if n%10 == 0 { // nine in ten rows have nothing wrong, as on a bad day
					classes[n/10%len(classes)].plant(p, n)
				}
				p.flush(100)
			}
			p.flush(1)
			p.compare(t, s, key)
		})
	}
}

func (p *planter) compare(t *testing.T, store ledger.Store, key []byte) {
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: key})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close("end")
	before := refundsOpened(t, store)
	for _, day := range []ledger.Day{plantedDay, plantedNext} {
		take(t, book, day, p.rows[day])
	}
	got := map[planted]ledger.Note{}
	for _, day := range []ledger.Day{plantedDay, plantedNext} {
		differs, err := store.DayDifferences(trades(day))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range differs {
			at := planted{day, string(d.Order)}
			if d.Refund != "" {
				at.number = string(d.Refund)
			}
			got[at] = d.Why
		}
	}
	if !maps.Equal(got, p.want) {
		wrong := 0
		for at, note := range p.want {
			if got[at] != note {
				if wrong++; wrong < 10 {
					t.Errorf("%v is named %d, want %d", at, got[at], note)
				}
			}
		}
		t.Errorf("%d are named, want %d: %d wrong", len(got), len(p.want), wrong)
	}
	matched := 0
	for _, day := range []ledger.Day{plantedDay, plantedNext} {
		book.Read(func(s *ledger.State) {
			st, _ := s.Statement(trades(day))
			matched += int(st.Matched)
		})
	}
	if matched != p.matched {
		t.Errorf("%d rows agree, want %d", matched, p.matched)
	}
	if after := refundsOpened(t, store); after != before {
		t.Errorf("%d refunds were opened because of a statement", after-before)
	}
	asked := 0
	book.Read(func(s *ledger.State) {
		for _, sale := range s.Open() {
			for i := range sale.Attempts {
				a := &sale.Attempts[i]
				if a.Task != ledger.TaskNone || slices.ContainsFunc(a.Refunds, func(r ledger.Refund) bool { return r.Task != ledger.TaskNone }) {
					if asked++; !p.asked[a.Order] {
						t.Errorf("the channel is asked about %s", a.Order)
					}
				}
			}
		}
	})
	t.Logf("%d rows, %d differences of %d kinds of difference and agreement, %d asked about", len(p.rows[plantedDay]), len(p.want), len(classes), asked)
	if asked == 0 {
		t.Error("nothing is asked about")
	}
}

func trades(day ledger.Day) ledger.StatementKey {
	return ledger.StatementKey{Channel: ledger.WeChat, Day: day, Kind: ledger.StatementTrades}
}

func take(t *testing.T, book *ledger.Book, day ledger.Day, rows []ledger.StatementRow) {
	t.Helper()
	taken := ledger.StatementTaken{Key: trades(day), Source: ledger.SourceFetched, Rows: uint64(len(rows)), File: "f"}
	for i := range rows {
		taken.Whole.Add(&rows[i])
	}
	if err := book.TakeStatement(context.Background(), ledger.Till, taken); err != nil {
		t.Fatal(err)
	}
	err := book.CompareStatement(context.Background(), ledger.Till, trades(day), 6000, func(each func(ledger.StatementRow) error) error {
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// refundsOpened counts what was ever given back.
func refundsOpened(t *testing.T, store ledger.Journal) (n int) {
	t.Helper()
	err := store.Read(1, func(_ uint64, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		if _, opened := event.Body.(*ledger.RefundOpened); opened {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
