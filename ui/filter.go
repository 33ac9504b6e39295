package ui

import (
	"slices"
	"strings"
	"time"

	"guitai/ledger"
)

// dayFilter is what a day's list is narrowed to: keys go round tenders, cashiers and states, digits are a tail, an amount, a range of
// amounts, or a number on a customer's bill.
type dayFilter struct {
	ledger.RowFilter
	text []byte // what is typed; findMax at most
}

// empty reports whether the list is whole.
func (f *dayFilter) empty() bool { return f.RowFilter == (ledger.RowFilter{}) && len(f.text) == 0 }

// forget wipes what was typed.
func (f *dayFilter) forget() {
	clear(f.text[:cap(f.text)])
	f.text = f.text[:0]
	f.Narrow("")
}

// clear takes all of it away.
func (f *dayFilter) clear() {
	f.forget()
	f.RowFilter = ledger.RowFilter{}
}

// long reports whether what is typed is a number on a bill, and narrows nothing.
func (f *dayFilter) long() bool {
	return len(f.text) >= findLong && digits(string(f.text)) == len(f.text)
}

// add takes a typed character; false where it changes nothing.
func (f *dayFilter) add(a *App, char rune) bool {
	switch {
	case char != '.' && char != '-' && (char < '0' || char > '9'):
		return false
	case len(f.text) == findMax:
		a.say(note{sentence: a.words.Refund.LongText})
		return false
	}
	if f.text == nil {
		f.text = make([]byte, 0, findMax) // never moved, so that wiping leaves no copy
	}
	f.text = append(f.text, byte(char))
	f.read()
	return true
}

// read makes a filter of what is typed. What is no amount yet leaves the last one that was.
func (f *dayFilter) read() {
	if len(f.text) < findLong {
		f.Narrow(string(f.text))
	} else {
		f.Narrow("")
	}
}

// act goes on to the next tender, cashier or state of the day, and after the last one to all of them; or takes a character back.
func (f *dayFilter) act(do action, day *dayRows) {
	switch do {
	case actByChannel:
		was := wayPaid{f.Channel, f.Tender}
		is := after(was, waysOf(day.rows))
		f.Channel, f.Tender = is.channel, is.kind
	case actByCashier:
		f.Cashier = after(f.Cashier, cashiersOf(day))
	case actByState:
		f.Standing = (f.Standing + 1) % (ledger.StandingTrouble + 1)
	case actBack:
		if n := len(f.text); n > 0 {
			f.text[n-1] = 0
			f.text = f.text[:n-1]
			f.read()
		}
	}
}

// after gives what follows in a ring that begins and ends with nothing.
func after[T comparable](now T, ring []T) (next T) {
	if at := slices.Index(ring, now) + 1; at < len(ring) {
		return ring[at]
	}
	return next
}

// wayPaid is what money comes by: a channel, or a kind without one.
type wayPaid struct {
	channel ledger.Channel
	kind    ledger.TenderKind
}

// waysOf are the channels and kinds of a day's rows, in their order.
func waysOf(rows []ledger.Row) (ways []wayPaid) {
	for _, channel := range ledger.Channels {
		if slices.ContainsFunc(rows, func(r ledger.Row) bool { return r.Channel == channel }) {
			ways = append(ways, wayPaid{channel: channel})
		}
	}
	for _, kind := range ledger.TenderKinds {
		if slices.ContainsFunc(rows, func(r ledger.Row) bool { return r.Has(kind) }) {
			ways = append(ways, wayPaid{kind: kind})
		}
	}
	return ways
}

// cashiersOf are those who have sold something on a day, or given something back.
func cashiersOf(day *dayRows) (people []string) {
	add := func(person string) {
		if at, known := slices.BinarySearch(people, person); !known && person != "" {
			people = slices.Insert(people, at, person)
		}
	}
	for i := range day.rows {
		add(day.rows[i].Cashier)
	}
	for i := range day.refunds {
		add(day.refunds[i].Cashier)
	}
	return people
}

// drawFilter is the row that says what the list is narrowed to and how much of it that is; else which keys narrow it.
func (d *dayScreen) drawFilter(a *App, width int) string {
	w := &a.words.Daybook
	switch {
	case d.dating != nil:
		return a.palette.bold.Render(cut(a.put(w.GoTo, "text", shy(string(d.dating.text), string(d.dating.text))), width))
	case d.only.empty():
		return a.palette.faint.Render(cut(a.fill(w.Hint), width))
	}
	var parts []string
	if d.only.Channel != "" || d.only.Tender != 0 {
		parts = append(parts, a.came(d.only.Channel, d.only.Tender))
	}
	if d.only.Cashier != "" {
		parts = append(parts, w.Cashier+" "+clean(d.only.Cashier, 16))
	}
	if d.only.Standing != ledger.AnyStanding {
		parts = append(parts, w.Standings[d.only.Standing])
	}
	if len(d.only.text) > 0 {
		parts = append(parts, a.shownNumber(d.only.text)+"_")
	}
	return a.palette.bold.Render(cut(a.put(w.Only, "text", strings.Join(parts, " · ")), width))
}

// dateBox is a date that is being typed.
type dateBox struct{ text []byte }

// dateMost is the longest date: 2026-03-05.
const dateMost = 10

func (b *dateBox) add(char rune) {
	if (char == '-' || char == '.' || char >= '0' && char <= '9') && len(b.text) < dateMost {
		b.text = append(b.text, byte(char))
	}
}

func (b *dateBox) back() { b.text = b.text[:max(len(b.text)-1, 0)] }

// day reads 5, 3-5, 305, 0305, 260305, 20260305 and 2026-3-5. Without a year, or a month, it is the latest such day that has begun.
// Nothing at all is today.
func (b *dateBox) day(today ledger.Day) (ledger.Day, bool) {
	text := strings.ReplaceAll(string(b.text), ".", "-")
	if text == "" {
		return today, true
	}
	parts := strings.Split(text, "-")
	if len(parts) == 1 {
		parts = cutDate(text)
	}
	var n []int
	for _, part := range parts {
		value, ok := dateNumber(part)
		if !ok {
			return 0, false
		}
		n = append(n, value)
	}
	switch len(n) {
	case 1:
		return latest(today, func(back int) (int, int, int) { return int(today / 10000), int(today/100%100) - back, n[0] })
	case 2:
		return latest(today, func(back int) (int, int, int) { return int(today/10000) - back, n[0], n[1] })
	case 3:
		if n[0] < 100 {
			n[0] += int(today/1_000_000) * 100
		}
		return dayFrom(n[0], n[1], n[2])
	}
	return 0, false
}

// cutDate takes digits without a dash apart, from their end.
func cutDate(text string) []string {
	switch n := len(text); {
	case n <= 2:
		return []string{text}
	case n <= 4:
		return []string{text[:n-2], text[n-2:]}
	default:
		return []string{text[:n-4], text[n-4 : n-2], text[n-2:]}
	}
}

// dateNumber reads a part of a date.
func dateNumber(text string) (n int, ok bool) {
	if text == "" || len(text) > 4 {
		return 0, false
	}
	for _, c := range text {
		n = n*10 + int(c-'0')
	}
	return n, true
}

// latest is the newest day of a row of candidates, each further back, that exists and has begun: the 31st, or 29 February, may be some
// steps away.
func latest(today ledger.Day, candidate func(back int) (year, month, day int)) (ledger.Day, bool) {
	for back := range 9 {
		year, month, day := candidate(back)
		if month < 1 {
			year, month = year-1, month+12
		}
		if d, ok := dayFrom(year, month, day); ok && d <= today {
			return d, true
		}
	}
	return 0, false
}

// dayFrom makes a day of its parts, if there is such a day.
func dayFrom(year, month, day int) (ledger.Day, bool) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if y, m, d := t.Date(); y != year || int(m) != month || d != day || year < 2000 {
		return 0, false
	}
	return ledger.Day(year*10000 + month*100 + day), true
}
