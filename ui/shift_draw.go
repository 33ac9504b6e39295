package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
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
	return cut("    "+a.put(a.words.Tail, "tail", cleanCode(item.Sale.Tail(), 4))+padLeft(ledger.Fen(item.Fen).String(), 14)+"  "+a.words.OpenState(item), width)
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
		a.palette.bold.Render(labelled(w.Difference, assets.Signed(difference), width)), "")
}

// labelWidth is the width of what stands before a figure.
const labelWidth = 26

// labelled sets a figure at the end of a short row, so that figures stand below one another.
func labelled(label, value string, width int) string {
	return cut(pad("  "+label, labelWidth)+padLeft(value, 14), width)
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
		text = shy(text, tailOf(text, width-at-4))
		if s.secretive() && here {
			text, cursor = secret(pad(text+cursor, pinMost+1)), ""
		}
		rows = append(rows, cut(mark+pad(label, at)+text+cursor, width))
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

// reportLines is a whole report, a figure to a row.
func (a *App) reportLines(r *ledger.Report, width int) []string {
	text := a.words.Report(r, a.book.Calendar(), false, func(name string) string { return clean(name, 12) })
	rows := []string{a.palette.bold.Render(text.Title), cut("  "+text.Period, width)}
	for i := range text.Rows {
		rows = append(rows, a.reportLine(&text.Rows[i], width))
	}
	return append(rows, cut("  "+text.Foot, width))
}

func (a *App) reportLine(r *assets.ReportRow, width int) string {
	switch {
	case r.Open != nil:
		return a.openItem(r.Open, width)
	case r.Count == "" && r.Amount == "":
		return cut("  "+r.Label, width)
	case r.Shift:
		return labelled(r.Label, r.Amount, width)
	case r.Count == "":
		return cut(pad("  "+r.Label, labelWidth+7)+padLeft(r.Amount, 16), width)
	}
	row := pad("  "+r.Label, labelWidth) + padLeft(r.Count, 7)
	if r.Amount != "" {
		row += padLeft(r.Amount, 16)
	}
	return cut(row, width)
}
