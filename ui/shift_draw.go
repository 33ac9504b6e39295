package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/ledger"
)

// This file draws the drawer's screen and the reports.

func (s *shiftScreen) draw(a *App, width, height int) []string {
	switch s.step {
	case shiftReport:
		return s.drawReport(a, width, height)
	case shiftCount:
		return s.drawCount(a, width, height)
	case shiftMenu:
		head := s.headOf(a, width)
		return append(head, s.menu(a, width, height-len(head))...)
	}
	if s.step == shiftAsk && s.job == jobCount {
		return s.drawCount(a, width, height)
	}
	rows := append(s.headOf(a, width), s.form(a, width)...)
	if s.job == jobZ && s.step == shiftAsk { // what is not settled is seen before the period ends
		from, to, more := list(0).window(a, len(s.items), height-len(rows), false)
		for _, item := range s.items[from:to] {
			rows = append(rows, a.openItem(&item, width))
		}
		if more != "" {
			rows = append(rows, more)
		}
	}
	return rows
}

// openItem is a row about something that is not settled: which sale, how much, and how it stands or what is wrong.
func (a *App) openItem(item *ledger.OpenItem, width int) string {
	state := a.words.States[ledger.AttemptState(item.State)].Short
	if item.Refund != "" {
		state = a.words.Refund.States[ledger.RefundState(item.State)].Short
	}
	switch {
	case item.ID != 0:
		state = a.words.Notes[item.Note]
	case item.Order == "" && item.State == 0:
		state = a.words.Tender.Held
	case item.Order == "":
		state = a.words.Tender.PartPaid.Short
	}
	return cut("    "+a.put(a.words.Tail, "tail", cleanCode(item.Sale.Tail(), 4))+padLeft(ledger.Fen(item.Fen).String(), 14)+"  "+state, width)
}

// headOf says whose shift it is, and what its count has found.
func (s *shiftScreen) headOf(a *App, width int) []string {
	w := &a.words.Shift
	rows := []string{a.palette.bold.Render(w.Title)}
	if !s.open {
		return append(rows, w.None, "")
	}
	rows = append(rows, cut(a.put(w.Open, "n", strconv.FormatUint(s.shift.Number, 10), "person", clean(s.shift.Person, 16),
		"time", a.book.Calendar().In(s.shift.OpenedAt).Format(time.DateTime)), width))
	rows = append(rows, labelled(w.Float, ledger.Fen(s.shift.Float).String(), width))
	if s.shift.Counts == 0 {
		return append(rows, w.NotCounted, "")
	}
	if s.shift.Counts > 1 || !s.shift.Current {
		rows = append(rows, labelled(w.First, ledger.Fen(s.shift.First).String(), width))
	}
	if !s.shift.Current {
		return append(rows, cut(w.Recount, width), "")
	}
	difference, _ := s.shift.Difference()
	return append(rows, labelled(w.Counted, ledger.Fen(s.shift.Counted).String(), width), labelled(w.Expected, ledger.Fen(s.shift.Expected).String(), width),
		a.palette.bold.Render(labelled(w.Difference, signed(difference), width)), "")
}

// labelWidth is the width of what stands before a figure.
const labelWidth = 26

// labelled sets a figure at the end of a short row, so that figures stand below one another.
func labelled(label, value string, width int) string {
	return cut(pad("  "+label, labelWidth)+padLeft(value, 14), width)
}

// signed gives an amount that may be too much or too little, with its sign.
func signed(fen int64) string {
	if fen > 0 {
		return "+" + ledger.Fen(fen).String()
	}
	return ledger.Fen(fen).String()
}

// menu has a row for each job; in a low window two of them share one.
func (s *shiftScreen) menu(a *App, width, height int) (rows []string) {
	for i, job := range a.words.Shift.Jobs {
		rows = append(rows, "  "+strconv.Itoa((i+1)%10)+"  "+job)
	}
	if half := (len(rows) + 1) / 2; len(rows) > height {
		for i, row := range rows[half:] {
			rows[i] = pad(cut(rows[i], width/2), width/2) + cut(row, width/2)
		}
		rows = rows[:half]
	}
	for i := range rows {
		rows[i] = cut(rows[i], width)
	}
	return rows
}

// form draws what a job asks for: each line that has been filled in, and the one that is.
func (s *shiftScreen) form(a *App, width int) []string {
	w := &a.words.Shift
	rows := []string{a.palette.bold.Render(w.Jobs[s.job-1])}
	line := func(label, text string, here bool) {
		mark, cursor := "  ", ""
		if here {
			mark, cursor = "▶ ", "_"
		}
		at := max(10, ansi.StringWidth(label)+2)
		rows = append(rows, cut(mark+pad(label, at)+tailOf(text, width-at-4)+cursor, width))
	}
	if s.job == jobOpen || s.job == jobIn || s.job == jobOut {
		line(w.Amount, "¥"+s.keyed.String(), s.step == shiftAmount)
	}
	if s.why != "" || s.step == shiftWhy {
		line(w.Why, clean(s.why, whyMax), s.step == shiftWhy)
	}
	if s.step == shiftWhy && !s.own {
		var whys []string
		for i, why := range s.whys(a) {
			whys = append(whys, strconv.Itoa(i+1)+" "+why)
		}
		for _, row := range flow(append(whys, w.Own), "  ", width-12, 3) {
			rows = append(rows, strings.Repeat(" ", 12)+row)
		}
	}
	if s.job == jobHand {
		line(w.To, clean(s.to, nameMost), s.step == shiftTo)
	}
	if s.step == shiftTo && a.scene.staffed && s.to == "" {
		for i, person := range s.takers(a) {
			rows = append(rows, cut(strings.Repeat(" ", 12)+a.put(a.words.Staff.Row, "mark", strconv.Itoa(i+1), "person", clean(person.name, 24), "role", a.words.Staff.Roles[person.role]), width))
		}
	}
	if s.step == shiftToPIN {
		line(w.PIN, strings.Repeat("*", len(s.pin)), true)
	}
	if s.step == shiftToCode {
		line(a.words.Staff.Code, strings.Repeat("*", len(s.code)), true)
	}
	return rows
}

// drawCount is the sheet of notes and coins. What should be there is nowhere on it.
func (s *shiftScreen) drawCount(a *App, width, height int) []string {
	w := &a.words.Shift
	_, sum := s.counted()
	rows := []string{between(a.palette.bold.Render(w.CountTitle), "", a.palette.bold.Render("¥"+ledger.Fen(sum).String()), width)}
	for i, text := range s.pieces {
		count, _ := strconv.ParseInt(text, 10, 64)
		row := padLeft("¥"+ledger.Fen(ledger.Denominations[i]).String(), 9) + "  x  " + padLeft(text, digitsMost)
		if i == s.at && s.step == shiftCount {
			row += "_ "
		} else {
			row += "  "
		}
		if count > 0 {
			row += padLeft(ledger.Fen(count*ledger.Denominations[i]).String(), 14)
		}
		rows = append(rows, a.chosen(i == s.at && s.step == shiftCount, row, width))
	}
	return rows[:min(len(rows), height)]
}

func (s *shiftScreen) drawReport(a *App, width, height int) []string {
	lines := a.reportLines(s.report, width)
	from, to, more := s.first.window(a, len(lines), height, false)
	rows := slices.Clone(lines[from:to])
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

// sheet is a report being drawn, a figure to a row.
type sheet struct {
	a     *App
	width int
	rows  []string
}

func (t *sheet) amount(label string, count uint64, fen int64) {
	t.rows = append(t.rows, cut(pad("  "+label, labelWidth)+padLeft(strconv.FormatUint(count, 10), 7)+padLeft(ledger.Fen(fen).String(), 16), t.width))
}

func (t *sheet) number(label string, count uint64) {
	t.rows = append(t.rows, cut(pad("  "+label, labelWidth)+padLeft(strconv.FormatUint(count, 10), 7), t.width))
}

// cash is amount for what cash is a part of: before the count it says when it can be seen.
func (t *sheet) cash(r *ledger.Report, label string, count uint64, fen int64) {
	if r.Blind {
		t.number(label, count)
		t.rows[len(t.rows)-1] = cut(t.rows[len(t.rows)-1]+padLeft(t.a.words.Shift.AfterCount, 16), t.width)
		return
	}
	t.amount(label, count, fen)
}

// bothCash is both for sums that cash is a part of.
func (t *sheet) bothCash(r *ledger.Report, label string, l ledger.Line) {
	if r.Blind {
		t.cash(r, label, l.Count, 0)
		return
	}
	t.both(label, l)
}

func (t *sheet) both(label string, l ledger.Line) {
	t.amount(label, l.Count, l.Fen)
	if l.Refunds > 0 {
		t.amount("  "+t.a.words.Shift.Refunds, l.Refunds, -l.Returned)
	}
}

func (t *sheet) open(label string, items []ledger.OpenItem, more uint64) {
	t.number(label, uint64(len(items))+more)
	for i := range items {
		t.rows = append(t.rows, t.a.openItem(&items[i], t.width))
	}
}

// reportLines is a whole report.
func (a *App) reportLines(r *ledger.Report, width int) []string {
	w, calendar := &a.words.Shift, a.book.Calendar()
	title := w.X
	if r.Z > 0 {
		title = a.put(w.Z, "n", strconv.FormatUint(r.Z, 10))
	}
	stamp := func(t time.Time) string { return calendar.In(t).Format(time.DateTime) }
	t := &sheet{a: a, width: width}
	t.rows = append(t.rows, a.palette.bold.Render(title), cut("  "+a.put(w.Period, "time", stamp(r.Since), "date", stamp(r.At)), width))
	t.sales(r)
	t.rows = append(t.rows, a.reportShifts(r, width)...)
	t.counts(r)
	t.bothCash(r, w.Grand, r.Grand)
	return append(t.rows, cut("  "+a.put(w.Head, "id", strconv.FormatUint(r.Head.Seq, 10)+" "+r.Head.Hash.String()), width))
}

// sales has what was sold and given back, by channel, by person, and of earlier days.
func (t *sheet) sales(r *ledger.Report) {
	w := &t.a.words.Shift
	for _, l := range r.Channels {
		t.both(t.a.words.Channels[ledger.Channel(l.Name)], l)
	}
	for _, kind := range ledger.TenderKinds {
		for _, l := range r.Tenders {
			if l.Name == kind.String() {
				t.tender(r, kind, l)
			}
		}
	}
	t.bothCash(r, w.Sales, r.Total())
	for _, l := range r.People {
		t.bothCash(r, t.a.put(w.By, "person", clean(l.Name, 12)), l.Line)
		if l.NoSale > 0 {
			t.number("  "+w.NoSale, l.NoSale)
		}
	}
	for _, l := range r.Corrections {
		t.bothCash(r, t.a.put(w.Corrections, "date", l.Day.String()[5:]), l.Line)
	}
}

func (t *sheet) tender(r *ledger.Report, kind ledger.TenderKind, l ledger.Line) {
	if kind == ledger.Cash {
		t.bothCash(r, t.a.words.Tender.Kinds[kind], l)
		return
	}
	t.both(t.a.words.Tender.Kinds[kind], l)
}

// counts has everything else that is counted, and what is not settled.
func (t *sheet) counts(r *ledger.Report) {
	w, people := &t.a.words.Shift, r.Of()
	cash := ledger.Fen(r.Cash).String()
	if r.Blind {
		cash = w.AfterCount
	}
	t.rows = append(t.rows, cut(pad("  "+w.Cash, labelWidth+7)+padLeft(cash, 16), t.width))
	if rounded := r.Rounded(); rounded != 0 && !r.Blind {
		t.rows = append(t.rows, cut(pad("  "+w.Rounded, labelWidth+7)+padLeft(ledger.Fen(rounded).String(), 16), t.width))
	}
	t.cash(r, w.In, r.CashIn.Count, r.CashIn.Fen)
	t.cash(r, w.Out, r.CashOut.Count, r.CashOut.Fen)
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

// reportShifts has a few rows for each shift of a report.
func (a *App) reportShifts(r *ledger.Report, width int) (rows []string) {
	w := &a.words.Shift
	shifts := r.Shifts
	if r.Running.Number > 0 {
		shifts = append(slices.Clone(shifts), r.Running)
	}
	for i := range shifts {
		s := &shifts[i]
		head := a.put(w.Shift, "n", strconv.FormatUint(s.Number, 10), "person", clean(s.Person, 12))
		if s.ClosedAt.IsZero() {
			head += " · " + w.ShiftOpen
		}
		rows = append(rows, cut("  "+head, width), labelled("  "+w.Float, ledger.Fen(s.Float).String(), width))
		if r.Blind && s.ClosedAt.IsZero() {
			rows = append(rows, labelled("  "+w.Expected, w.AfterCount, width))
			continue
		}
		rows = append(rows, labelled("  "+w.Expected, ledger.Fen(s.Expected).String(), width))
		difference, counted := s.Difference()
		if !counted {
			rows = append(rows, labelled("  "+w.Counted, w.Uncounted, width))
			continue
		}
		rows = append(rows, labelled("  "+w.Counted, ledger.Fen(s.Counted).String(), width), labelled("  "+w.Difference, signed(difference), width))
	}
	return rows
}
