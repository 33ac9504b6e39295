package ui

import (
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
)

// This file has the words of alerts and of what they rest on.

// alertLine says when it was last, who it is about, how often, and from when on the rule speaks.
func (a *App) alertLine(alert *ledger.Alert) string {
	limits := a.book.Thresholds()
	line := a.put(a.words.Alert.Line, "date", alert.Day.String()[len("2006-"):], "time", a.book.Calendar().In(alert.At).Format("15:04"),
		"person", a.alertPerson(alert.Person), "n", strconv.Itoa(alert.Count), "number", strconv.Itoa(limits.From(alert.Rule)))
	if alert.Fen != 0 {
		line += " · " + a.put(a.words.Alert.Difference, "amount", ledger.Fen(alert.Fen).String())
	}
	return line
}

func (a *App) alertPerson(person string) string {
	switch person {
	case "":
		return a.words.Alert.WholeTill
	case ledger.Till.Person:
		return a.words.Story.Till
	}
	return clean(person, 16)
}

// alertRule says what a rule looks at, with the shop's thresholds.
func (a *App) alertRule(alert *ledger.Alert) string {
	limits := a.book.Thresholds()
	minutes, amount := limits.FastWithin, limits.TinyBelow
	switch alert.Rule {
	case ledger.AlertRepeat:
		minutes = limits.RepeatWithin
	case ledger.AlertDifference:
		amount = limits.Difference
	}
	return a.put(a.words.Alert.Rules[alert.Rule], "minutes", strconv.Itoa(int(minutes/time.Minute)), "amount", ledger.Fen(amount).String(),
		"n", strconv.Itoa(limits.VoidPercent), "number", strconv.FormatInt(limits.BandTimes, 10), "hours", clockOf(limits.Opens)+"-"+clockOf(limits.Closes))
}

// clockOf writes a time after midnight.
func clockOf(after time.Duration) string {
	if after == 24*time.Hour {
		return "24:00"
	}
	return time.Time{}.Add(after).Format("15:04")
}

// tellEvidence says in a sentence what an event has written down, also where it is about no sale.
func (a *App) tellEvidence(e *ledger.Event) string {
	w := &a.words.Alert
	switch b := e.Body.(type) {
	case *ledger.PINFailed:
		if b.Person == "" {
			return w.Stranger
		}
		return a.put(w.WrongPIN, "person", clean(b.Person, 16))
	case *ledger.ShiftClosed:
		text := w.NotCounted
		if b.Counted != (ledger.Money{}) {
			text = a.put(w.Counted, "amount", b.Counted.String(), "number", b.Expected.String())
		}
		if b.First.Fen == 0 {
			return text
		}
		return strings.Join([]string{text, a.put(w.First, "amount", b.First.String())}, a.words.Story.Join)
	case *ledger.AttemptAnswered:
		if b.Became == ledger.Paid {
			return a.words.States[ledger.Paid].Short
		}
	case *ledger.RefundOpened: // which of the sale's refunds it is, only its story knows
		return a.put(a.words.Story.Refund, "amount", b.Amount.String(), "text", clean(b.Why, whyMax))
	}
	return newTeller(a, &ledger.Sale{}).tell(e)
}
