package ui

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
)

// helpScreen lists the keys of the screen under it, from the key table, the words that need an explanation, and in
// training the simulated customers.
type helpScreen struct {
	about place
	over  screen
	first list
}

func newHelp(a *App) *helpScreen { return &helpScreen{about: a.top().place(), over: a.top()} }

func (*helpScreen) place() place             { return atHelp }
func (*helpScreen) leave()                   {}
func (*helpScreen) typed(*App, rune) tea.Cmd { return nil }
func (h *helpScreen) next(a *App) string     { return a.words.HelpNext }

func (h *helpScreen) act(a *App, do action) tea.Cmd {
	h.first.move(do, len(h.lines(a))-a.page()+1, a.page())
	return nil
}

// page is how many rows of a list are certainly seen.
func (a *App) page() int { return max(a.height-10, 1) }

// lines is the whole text.
func (h *helpScreen) lines(a *App) []string {
	var lines []string
	for i := range a.keys {
		b := &a.keys[i]
		if b.at&h.about == 0 || b.do == actPractice && a.practice == nil || !a.may(h.about, b.do) {
			continue
		}
		phrase := a.phraseOf(h.over, b)
		if phrase == "" {
			continue
		}
		lines = append(lines, indented(pad("  "+strings.Join(a.labelsOf(b), "  "), 16), phrase, a.width)...)
	}
	lines = append(lines, "", a.words.HelpWords[0])
	for _, text := range a.words.HelpWords[1:] {
		lines = append(lines, indented("  ", text, a.width)...)
	}
	if a.practice == nil {
		return lines
	}
	lines = append(lines, "")
	lines = append(lines, wrap(a.words.HelpCustomers, a.width, 2)...)
	for _, c := range a.practice.Customers() {
		lines = append(lines, indented(fmt.Sprintf("  %02d  ", c.Number), c.says(a.lang), a.width)...)
	}
	return lines
}

// labelsOf are a binding's keys for people. Of a menu they are the numbers that open something.
func (a *App) labelsOf(b *binding) (labels []string) {
	if b.do == actDigits && b.at == atGuest && a.guest != nil && !a.guest.supervises {
		for i, what := range menu {
			if a.guest.offers(what) {
				labels = append(labels, strconv.Itoa(i+1))
			}
		}
		return labels
	}
	for _, key := range b.keys {
		labels = append(labels, keyLabel(key))
	}
	return labels
}

// phraseOf is what a key does on a screen; empty: nothing. A visitor leaves without a question, and where they write why they ask for
// something Enter says no line of talk.
func (a *App) phraseOf(top screen, b *binding) string {
	w := &a.words.Guest
	ask, asks := top.(*askScreen)
	switch {
	case a.guest != nil && b.do == actLeave:
		return w.KeyLeave
	case asks && b.do == actEnter && ask.step == askReason:
		return w.KeyAsk
	case asks && b.do == actEnter && ask.step == askWaits:
		return ""
	}
	return b.phrase(&a.words.Keys)
}

// indented wraps a sentence beside what stands before it.
func indented(before, text string, width int) []string {
	rows := wrap(text, width-wide(before), 4)
	for i := range rows {
		rows[i] = before + rows[i]
		before = strings.Repeat(" ", wide(before))
	}
	return rows
}

func (h *helpScreen) draw(a *App, width, height int) []string {
	lines := h.lines(a)
	rows := []string{a.palette.bold.Render(a.words.HelpTitle), ""}
	from, to, more := h.first.window(a, len(lines), height-len(rows), false)
	for _, line := range lines[from:to] {
		rows = append(rows, cut(line, width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

// says gives the customer's sentence.
func (c Customer) says(lang assets.Lang) string {
	if lang == assets.Zh {
		return clean(c.Zh, 120)
	}
	return clean(c.En, 120)
}
