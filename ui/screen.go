package ui

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
)

// screen is one thing that can lie on top. Screens are plain children of the App: they keep what is theirs (a cursor,
// typed digits), ask the App for everything else, and never talk to each other.
type screen interface {
	// place is the screen's column in the key table.
	place() place
	// typed takes a printable character that is bound to nothing.
	typed(a *App, char rune) tea.Cmd
	// act does what a bound key asks for. Enter after a question the App has asked itself does not come here.
	act(a *App, do action) tea.Cmd
	// draw gives at most height rows of at most width cells.
	draw(a *App, width, height int) []string
	// next is the sentence about the next key, while the App has nothing more urgent to say.
	next(a *App) string
	// leave is told when the screen is taken away.
	leave()
}

// listener is a screen that wants to see messages, beside keys.
type listener interface {
	hear(a *App, msg tea.Msg) tea.Cmd
}

// waiter is a screen on which a key waits for what is being read. Those behind it wait, too; it lets them go on with catchUp.
type waiter interface {
	waits() bool
}

// watcher is a screen that sees every key and scan first. Those it takes mean nothing more. A suspect code that a serial
// scanner has read is dropped, and it is told.
type watcher interface {
	sees(a *App, p press) (taken bool, cmd tea.Cmd)
	suspected(a *App)
}

// writer is a screen that takes a person's words as they were typed, blanks and capitals and Chinese too, while its place
// is one of those for words.
type writer interface {
	wrote(a *App, text string) tea.Cmd
}

// stepper is a screen with steps of its own: Esc goes one of them back before it closes the screen.
type stepper interface {
	stepBack(a *App) (stepped bool)
}

// asker is a screen that asks something before it acts.
type asker interface {
	asks(a *App) (question assets.Sentence, asking bool)
}

// The stack: its first screen is the sale and never goes.

func (a *App) top() screen { return a.stack[len(a.stack)-1] }

func (a *App) push(s screen) { a.stack = append(a.stack, s) }

func (a *App) pop() {
	if len(a.stack) > 1 {
		a.top().leave()
		a.stack = a.stack[:len(a.stack)-1]
	}
}

// list is a row of a long list: the chosen one, or the first that is drawn.
type list int

// move follows the list keys; rows is how many there are, page how many are seen.
func (l *list) move(do action, rows, page int) {
	switch do {
	case actUp:
		*l--
	case actDown:
		*l++
	case actPageUp:
		*l -= list(page)
	case actPageDown:
		*l += list(page)
	}
	*l = list(max(0, min(int(*l), rows-1)))
}

// window gives the rows to draw in height rows, and the row that tells what is out of sight. That row is there when the
// list does not fit, and only then, so that nothing moves while one looks through.
func (l list) window(a *App, rows, height int, choose bool) (from, to int, more string) {
	if rows <= height {
		return 0, rows, ""
	}
	page := max(height-1, 1)
	from, to = l.from(rows, page)
	if choose {
		from, to = l.around(rows, page)
	}
	var marks []string
	if from > 0 {
		marks = append(marks, a.put(a.words.MoreAbove, "n", strconv.Itoa(from)))
	}
	if to < rows {
		marks = append(marks, a.put(a.words.MoreBelow, "n", strconv.Itoa(rows-to)))
	}
	return from, to, "  " + strings.Join(marks, " · ")
}

// around gives the rows to draw with the chosen one in the middle.
func (l list) around(rows, page int) (from, to int) {
	return (l - list(page/2)).from(rows, page)
}

// from gives the rows to draw with l as the first one.
func (l list) from(rows, page int) (from, to int) {
	from = max(0, min(int(l), rows-page))
	return from, max(from, min(rows, from+page))
}
