package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// This file throws a PIN away that is keyed once more after it was taken: while it is looked at, or just after the door has closed.
// What comes next on the screen would take its digits for an amount, a part of a sale or the words of a reason, show
// them, and might write them down.
//
// The rule is the least that keeps a PIN off the screen. Only digits are meant that are the very first thing after a PIN; they are
// held back until it is known what they are, and dropped when they are as many as a PIN has and no point follows. "12.5", "5 Enter",
// a command, a choice from a list and everything after them mean what they always do. What it costs: whoever signs in and keys 1000 or
// more without a point within that second keys it again.

const (
	afterPIN             = time.Second // a PIN keyed once more begins within this, and goes on with no longer pause
	pinLeast, pinLongest = 4, 12       // digits of a PIN (ledger.PIN)
)

// atWritten is where digits are written and shown. On a list they choose, and the drawer, where they do both, is one.
const atWritten = atSale | atFind | atMoney | atNote | atTender | atMemo

// again holds back the digits that may be a PIN once more. The App's goroutine alone uses it.
type again struct {
	until  time.Time // zero: nothing is held back
	digits pinPad
}

// againMsg tells that it is time to see whether more digits came.
type againMsg struct{}

// waits reports whether digits are held back now.
func (g *again) waits(now time.Time) bool { return !g.until.IsZero() && !now.After(g.until) }

func (g *again) stop() {
	g.until = time.Time{}
	g.digits.wipe()
}

// proved begins to hold digits back, when a PIN was taken and what lies on top now would show them.
func (a *App) proved() {
	if a.top().place()&atWritten != 0 {
		a.again = again{until: a.now.Add(afterPIN), digits: newPinPad()}
	}
}

// meet acts on a key, unless it may be one of a PIN once more.
func (a *App) meet(p press) tea.Cmd {
	g := &a.again
	n := len(g.digits.digits)
	switch digit := p.scan == nil && p.char >= '0' && p.char <= '9'; {
	case g.until.IsZero():
		return a.act(p)
	case a.now.After(g.until):
		return tea.Batch(a.unheld(), a.press(p))
	case digit && n < pinLongest && a.top().place()&atWritten != 0:
		g.digits.add(p.char)
		g.until = a.now.Add(afterPIN)
		return tea.Tick(afterPIN+5*time.Millisecond, func(time.Time) tea.Msg { return againMsg{} })
	case p.key == "backspace" && n > 0:
		g.digits.back()
		return nil
	case p.key == "enter" && n >= pinLeast:
		return a.unheld()
	case p.char == '.' || digit || n < pinLeast:
		return tea.Batch(a.held(), a.press(p))
	}
	return tea.Batch(a.unheld(), a.press(p))
}

// againOver ends the wait when no more digits have come.
func (a *App) againOver() tea.Cmd {
	if a.again.until.IsZero() || !a.now.After(a.again.until) {
		return nil
	}
	return a.unheld()
}

// unheld ends the wait: what may be a PIN is dropped with a word, and anything shorter is acted on.
func (a *App) unheld() tea.Cmd {
	if len(a.again.digits.digits) < pinLeast {
		return a.held()
	}
	a.again.stop()
	a.say(note{sentence: a.words.Staff.Again})
	return nil
}

// held acts on the digits that were held back.
func (a *App) held() tea.Cmd {
	digits := string(a.again.digits.digits)
	a.again.stop()
	var cmds []tea.Cmd
	for _, char := range digits {
		cmds = append(cmds, a.press(press{key: string(char), char: char, text: string(char)}))
	}
	return tea.Batch(cmds...)
}

// pinAgain reports whether a line may be a PIN once more: as many digits as one has, and nothing else, that came while a PIN was looked at
// or were begun just after it was taken. A shorter line is none, a longer one a code.
func (p *plain) pinAgain(line *typed) (again bool) {
	n := len(line.text)
	defer func() {
		if !again && n > 0 { // whatever follows is no first thing any more
			p.proof = time.Time{}
		}
	}()
	if n < pinLeast || n > pinLongest || line.fast || line.long {
		return false
	}
	for _, c := range line.text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return line.from.Before(p.proof.Add(afterPIN))
}
