package ui

import (
	"strconv"
	"strings"

	"guitai/assets"
	"guitai/ledger"
)

// This file has the columns and sentences of the page of statements.

// statementColumn is a column of it: an amount, or how many rows agree.
type statementColumn struct {
	name  func(*assets.StatementPhrases) string
	wide  int // with the blank before it
	value func(*statementDay) string
}

// statementColumns are those between the channel and the state, from left to right.
var statementColumns = []statementColumn{
	{func(w *assets.StatementPhrases) string { return w.Gross }, 12, func(d *statementDay) string { return d.fen(d.trades.Whole.Gross) }},
	{func(w *assets.StatementPhrases) string { return w.Refunds }, 11, func(d *statementDay) string { return d.fen(d.trades.Whole.Returned) }},
	{func(w *assets.StatementPhrases) string { return w.Discounts }, 10, func(d *statementDay) string { return d.fen(d.trades.Whole.Discounts) }},
	{func(w *assets.StatementPhrases) string { return w.Fees }, 9, func(d *statementDay) string { return d.fen(d.trades.Whole.Fees) }},
	{func(w *assets.StatementPhrases) string { return w.Net }, 12, func(d *statementDay) string { return d.fen(d.trades.Whole.Net()) }},
	{func(w *assets.StatementPhrases) string { return w.Due }, 7, func(d *statementDay) string {
		if !d.traded {
			return ""
		}
		return monthDay(d.day.Plus(1))
	}},
	{func(w *assets.StatementPhrases) string { return w.PaidOut }, 12, func(d *statementDay) string {
		if !d.told {
			return ""
		}
		return ledger.Fen(d.paidOut).String()
	}},
	{func(w *assets.StatementPhrases) string { return w.Off }, 12, func(d *statementDay) string {
		fen, ok := d.off()
		if !ok {
			return ""
		}
		return ledger.Fen(fen).String()
	}},
	{func(w *assets.StatementPhrases) string { return w.Rows }, rowsWide, func(d *statementDay) string {
		if !d.traded {
			return ""
		}
		matched := strconv.FormatUint(d.trades.Matched, 10)
		if text := matched + "/" + strconv.FormatUint(d.trades.Rows, 10); len(text) < rowsWide {
			return text
		}
		return matched // the chosen row tells both
	}},
}

// givesWay is the order in which columns go where the window is too narrow, by their place: discounts, due, refunds, fees, paid out,
// off, gross. The net amount, how many rows agree, and the state stay.
var givesWay = []int{2, 5, 1, 3, 6, 7, 0}

const (
	statementDate = 6  // the column of the month and day
	rowsWide      = 10 // the column of the rows that agree
	stateLeft     = 17 // the least that the state has, with the blank before it
)

// columnsFor gives the columns that a window of this width shows.
func columnsFor(width int) (shown []int) {
	left := width - markWide - statementDate - channelWide - stateLeft
	gone := map[int]bool{}
	for i := range statementColumns {
		left -= statementColumns[i].wide
	}
	for _, at := range givesWay {
		if left >= 0 {
			break
		}
		gone[at] = true
		left += statementColumns[at].wide
	}
	for i := range statementColumns {
		if !gone[i] {
			shown = append(shown, i)
		}
	}
	return shown
}

func monthDay(day ledger.Day) string { return day.String()[len("2006-"):] }

// fen writes an amount of the statement; nothing where there is none.
func (d *statementDay) fen(fen int64) string {
	if !d.traded {
		return ""
	}
	return ledger.Fen(fen).String()
}

func (a *App) statementHead(shown []int) string {
	w := &a.words.Statement
	text := pad(w.Day, statementDate) + pad(w.Channel, channelWide)
	for _, i := range shown {
		text += padLeft(statementColumns[i].name(w), statementColumns[i].wide)
	}
	return text + " " + w.State
}

func (a *App) statementLine(d *statementDay, shown []int) string {
	text := pad(monthDay(d.day), statementDate) + pad(a.words.Channels[d.channel], channelWide)
	for _, i := range shown {
		value := statementColumns[i].value(d)
		if wide(value) >= statementColumns[i].wide { // part of an amount is another amount; the chosen row tells it whole
			value = ellipsis
		}
		text += padLeft(value, statementColumns[i].wide)
	}
	return text + " " + a.statementState(d)
}

// statementState says how far a day's statement is, with a sign before the word.
func (a *App) statementState(d *statementDay) string {
	w := &a.words.Statement
	var parts []string
	now := a.scene.board.Statements[d.channel]
	if doing := w.Doing[now.State]; now.Day == d.day && doing != "" {
		parts = append(parts, doingSign(now.State)+doing)
	}
	switch {
	case !d.traded && len(parts) == 0:
		return "! " + w.Missing
	case !d.traded:
		return parts[0]
	case d.differs > 0:
		parts = append(parts, "! "+a.put(w.Differ, "n", strconv.FormatUint(d.differs, 10)))
	case !d.trades.Compared && len(parts) == 0:
		parts = append(parts, "- "+w.Uncompared)
	case d.trades.Complete:
		parts = append(parts, "✔ "+w.Complete)
	case d.trades.Compared:
		parts = append(parts, "✔ "+w.Compared)
	}
	if d.trades.Source == ledger.SourceImported { // before the rest of it, because that is what a narrow window cuts
		last := &parts[len(parts)-1]
		sign, text, _ := strings.Cut(*last, " ")
		*last = sign + " " + w.Sources[ledger.SourceImported] + " · " + text
	}
	if d.trades.Pending > 0 {
		parts = append(parts, a.put(w.Asked, "n", strconv.FormatUint(d.trades.Pending, 10)))
	}
	return strings.Join(parts, " · ")
}

func doingSign(state ledger.StatementsState) string {
	if state == ledger.StatementsRefused || state == ledger.StatementsFault {
		return "! "
	}
	return "… "
}

// statementFacts is all that is known of a day's statement, piece by piece.
func (a *App) statementFacts(d *statementDay) []string {
	w := &a.words.Statement
	facts := []string{a.words.Channels[d.channel] + " " + d.day.String(), a.statementState(d)}
	if !d.traded {
		return facts
	}
	facts = append(facts, a.statementAmounts(&d.trades.Whole)...)
	facts = append(facts, w.Due+" "+d.day.Plus(1).String())
	if off, ok := d.off(); ok {
		facts = append(facts, w.PaidOut+" ¥"+ledger.Fen(d.paidOut).String(), w.Off+" ¥"+ledger.Fen(off).String())
	} else {
		facts = append(facts, w.NoFunds)
	}
	facts = append(facts, a.put(w.RowsOf, "n", strconv.FormatUint(d.trades.Matched, 10), "number", strconv.FormatUint(d.trades.Rows, 10)))
	if d.trades.Others > 0 {
		facts = append(facts, a.put(w.Others, "n", strconv.FormatUint(d.trades.Others, 10)))
	}
	if d.trades.Ours != d.trades.Whole {
		facts = append(facts, a.put(w.OursNet, "amount", ledger.Fen(d.trades.Ours.Net()).String()))
	}
	if d.trades.Source == ledger.SourceFetched { // that it was brought stands with its state
		facts = append(facts, w.Sources[d.trades.Source])
	}
	return facts
}

func (a *App) statementAmounts(sum *ledger.StatementSum) []string {
	w := &a.words.Statement
	return []string{w.Gross + " ¥" + ledger.Fen(sum.Gross).String(), w.Refunds + " ¥" + ledger.Fen(sum.Returned).String(),
		w.Discounts + " ¥" + ledger.Fen(sum.Discounts).String(), w.Fees + " ¥" + ledger.Fen(sum.Fees).String(), w.Net + " ¥" + ledger.Fen(sum.Net()).String()}
}

// statementSums is the money of all that is shown. What was paid out, and how far that is off, is of the days of which it is known.
func (a *App) statementSums(days []statementDay) []string {
	w := &a.words.Statement
	var sum ledger.StatementSum
	paid, off, told := int64(0), int64(0), false
	for i := range days {
		whole := &days[i].trades.Whole
		sum.Gross, sum.Returned, sum.Discounts, sum.Fees = sum.Gross+whole.Gross, sum.Returned+whole.Returned, sum.Discounts+whole.Discounts, sum.Fees+whole.Fees
		if fen, ok := days[i].off(); ok {
			paid, off, told = paid+days[i].paidOut, off+fen, true
		}
	}
	sums := append([]string{a.put(w.Whole, "n", strconv.Itoa(count(days)))}, a.statementAmounts(&sum)...)
	if told {
		sums = append(sums, w.PaidOut+" ¥"+ledger.Fen(paid).String(), w.Off+" ¥"+ledger.Fen(off).String())
	}
	return sums
}

// statementTrouble says what is wrong with a channel's statements; empty where nothing is.
func (a *App) statementTrouble(channel ledger.Channel) string {
	w := &a.words.Statement
	if text := w.Trouble[a.scene.board.Statements[channel].State]; text != "" {
		return text
	}
	if missed := a.scene.missed[channel]; missed != 0 {
		return a.put(w.TroubleDay, "date", monthDay(missed))
	}
	return ""
}

// withTrouble adds what is wrong with a channel's statements to what is said of it; nothing is said where text is empty and all is well.
func (a *App) withTrouble(text string, channel ledger.Channel) string {
	trouble := a.statementTrouble(channel)
	switch {
	case trouble == "":
		return text
	case text == "":
		text = a.words.Channels[channel]
	}
	return a.put(a.words.Statement.TroubleOf, "text", text, "note", trouble)
}
