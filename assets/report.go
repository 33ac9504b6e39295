package assets

import (
	"slices"
	"strconv"
	"time"

	"guitai/ledger"
)

// ReportText is an X or Z report in words, as every room tells it; each draws it in its own columns.
type ReportText struct {
	Title, Period, Foot string
	Rows                []ReportRow
}

// ReportRow is one figure. Count and Amount are texts, and empty where there is none.
type ReportRow struct {
	Label, Count, Amount string
	Shift                bool             // of the shift whose name is the last row without figures
	Open                 *ledger.OpenItem // nil, or what is not settled: then the rest is empty
}

// reportRows makes the rows of a report.
type reportRows struct {
	words *Phrases
	r     *ledger.Report
	name  func(string) string
	paper bool
	blind bool // nothing that tells what cash should be in the drawer
	rows  []ReportRow
}

// Report tells a report. name makes the name of a person or a shift's person fit to be shown. Paper stays on the counter, so it also
// leaves out what a shift should have that was closed by the hour and that nobody has counted.
func (p *Phrases) Report(r *ledger.Report, calendar ledger.Calendar, paper bool, name func(string) string) ReportText {
	w := &p.Shift
	stamp := func(t time.Time) string { return calendar.In(t).Format(time.DateTime) }
	text := ReportText{Title: w.X, Period: Fill(w.Period, "time", stamp(r.Since), "date", stamp(r.At)),
		Foot: Fill(w.Head, "id", strconv.FormatUint(r.Head.Seq, 10)+" "+r.Head.Hash.String())}
	if r.Z > 0 {
		text.Title = Fill(w.Z, "n", strconv.FormatUint(r.Z, 10))
	}
	t := &reportRows{words: p, r: r, name: name, paper: paper, blind: r.Blind || paper && r.DrawerUncounted()}
	t.sales()
	t.shifts()
	t.counts()
	t.lineCash(w.Grand, r.Grand)
	text.Rows = t.rows
	return text
}

func (t *reportRows) add(label, count, amount string) {
	t.rows = append(t.rows, ReportRow{Label: label, Count: count, Amount: amount})
}

func (t *reportRows) amount(label string, count uint64, fen int64) {
	t.add(label, strconv.FormatUint(count, 10), ledger.Fen(fen).String())
}

func (t *reportRows) number(label string, count uint64) {
	t.add(label, strconv.FormatUint(count, 10), "")
}

// cash is amount for what cash is a part of: before the count it says when it can be seen.
func (t *reportRows) cash(label string, count uint64, fen int64) {
	if t.blind {
		t.add(label, strconv.FormatUint(count, 10), t.words.Shift.AfterCount)
		return
	}
	t.amount(label, count, fen)
}

func (t *reportRows) line(label string, l ledger.Line) {
	t.amount(label, l.Count, l.Fen)
	if l.Refunds > 0 {
		t.amount("  "+t.words.Shift.Refunds, l.Refunds, -l.Returned)
	}
}

func (t *reportRows) lineCash(label string, l ledger.Line) {
	if t.blind {
		t.cash(label, l.Count, 0)
		return
	}
	t.line(label, l)
}

// sales has what was sold and given back, by channel, by tender, by person, and of earlier days.
func (t *reportRows) sales() {
	w := &t.words.Shift
	for _, l := range t.r.Channels {
		t.line(t.words.Channels[ledger.Channel(l.Name)], l)
	}
	for _, kind := range ledger.TenderKinds {
		for _, l := range t.r.Tenders {
			switch {
			case l.Name != kind.String():
			case kind == ledger.Cash:
				t.lineCash(t.words.Tender.Kinds[kind], l)
			default:
				t.line(t.words.Tender.Kinds[kind], l)
			}
		}
	}
	t.lineCash(w.Sales, t.r.Total())
	for _, l := range t.r.People {
		t.lineCash(Fill(w.By, "person", t.name(l.Name)), l.Line)
		if l.NoSale > 0 {
			t.number("  "+w.NoSale, l.NoSale)
		}
	}
	for _, l := range t.r.Corrections {
		day := l.Day.String()
		t.lineCash(Fill(w.Corrections, "date", day[min(5, len(day)):]), l.Line)
	}
}

// shifts has a few rows for each shift of the report.
func (t *reportRows) shifts() {
	shifts := t.r.Shifts
	if t.r.Running.Number > 0 {
		shifts = append(slices.Clone(shifts), t.r.Running)
	}
	for i := range shifts {
		t.shift(&shifts[i])
	}
}

func (t *reportRows) shift(s *ledger.Shift) {
	w, running := &t.words.Shift, s.ClosedAt.IsZero()
	difference, counted := s.Difference()
	add := func(label, amount string) {
		t.rows = append(t.rows, ReportRow{Label: label, Amount: amount, Shift: true})
	}
	head := Fill(w.Shift, "n", strconv.FormatUint(s.Number, 10), "person", t.name(s.Person))
	if running {
		head += " · " + w.ShiftOpen
	}
	add(head, "")
	add("  "+w.Float, ledger.Fen(s.Float).String())
	expected := ledger.Fen(s.Expected).String()
	if t.blind && running || t.paper && !counted && !running {
		expected = w.AfterCount
	}
	add("  "+w.Expected, expected)
	switch {
	case t.blind && running:
	case !counted:
		add("  "+w.Counted, w.Uncounted)
	default:
		add("  "+w.Counted, ledger.Fen(s.Counted).String())
		add("  "+w.Difference, Signed(difference))
	}
}

// counts has everything else that is counted, and what is not settled.
func (t *reportRows) counts() {
	w, r, people := &t.words.Shift, t.r, t.r.Of()
	cash := ledger.Fen(r.Cash).String()
	if t.blind {
		cash = w.AfterCount
	}
	t.add(w.Cash, "", cash)
	if rounded := r.Rounded(); rounded != 0 && !t.blind {
		t.add(w.Rounded, "", ledger.Fen(rounded).String())
	}
	t.cash(w.In, r.CashIn.Count, r.CashIn.Fen)
	t.cash(w.Out, r.CashOut.Count, r.CashOut.Fen)
	t.amount(w.Late, r.Late.Count, r.Late.Fen)
	t.amount(w.LateBack, r.LateBack.Count, r.LateBack.Fen)
	t.amount(w.ByHand, r.ByHand.Count, r.ByHand.Fen)
	t.amount(w.Trained, r.Trained.Count, r.Trained.Fen)
	t.number(w.Trainings, r.Trainings)
	if r.TrainingsLost > 0 {
		t.number(w.TrainingsLost, r.TrainingsLost)
	}
	t.number(w.Drawer, people.Drawer)
	t.number(w.NoSale, people.NoSale)
	t.number(w.Reprints, people.Copies)
	t.number(w.Dropped, people.Dropped)
	t.number(w.Stopped, people.Stopped)
	t.number(w.PINs, people.WrongPINs)
	t.open(w.Unresolved, r.Unresolved, r.MoreUnresolved)
	t.open(w.Exceptions, r.Exceptions, r.MoreExceptions)
}

func (t *reportRows) open(label string, items []ledger.OpenItem, more uint64) {
	t.number(label, uint64(len(items))+more)
	for i := range items {
		t.rows = append(t.rows, ReportRow{Open: &items[i]})
	}
}

// OpenState is how an open item stands, or what is wrong with it, in a word or two.
func (p *Phrases) OpenState(item *ledger.OpenItem) string {
	switch {
	case item.ID != 0:
		return p.Notes[item.Note]
	case item.Order == "" && item.State == 0:
		return p.Tender.Held
	case item.Order == "":
		return p.Tender.PartPaid.Short
	case item.Refund != "":
		return p.Refund.States[ledger.RefundState(item.State)].Short
	}
	return p.States[ledger.AttemptState(item.State)].Short
}

// Signed gives an amount that may be too much or too little, with its sign.
func Signed(fen int64) string {
	if fen > 0 {
		return "+" + ledger.Fen(fen).String()
	}
	return ledger.Fen(fen).String()
}
