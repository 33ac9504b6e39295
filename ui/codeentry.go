package ui

import (
	"bytes"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// codeMax is the longest text that is taken for a customer code; the longest documented code has 24 digits (Alipay
// trade.pay, auth_code).
const codeMax = 32

// codeScreen takes a customer's code by hand, when the scanner is broken or there is none. The digits are money: they
// are never shown beyond the last four, live in one buffer, and are wiped when they are sent or the screen goes.
// A refused code stays, with the reason under it, to be mended: a box that closed by itself would leave the rest of the
// typing to the keys of the sale.
type codeScreen struct {
	digits  []byte // capacity codeMax from the start, so that growing leaves no copy behind
	sent    bool   // the intent on its way is this box's
	refused note   // why these digits were refused, until one changes
}

func newCodeScreen() *codeScreen { return &codeScreen{digits: make([]byte, 0, codeMax)} }

func (*codeScreen) place() place { return atCode }

func (c *codeScreen) leave() {
	clear(c.digits[:cap(c.digits)]) // what was taken back too
	c.digits = nil
}

func (c *codeScreen) typed(a *App, char rune) tea.Cmd {
	switch {
	case char < '0' || char > '9':
		s := a.words.NotADigit
		s.Says = assets.Fill(s.Says, "char", clean(string(char), 2))
		a.say(note{sentence: s})
	case len(c.digits) == codeMax:
		a.say(note{sentence: a.words.TooLong})
	default:
		c.digits, c.refused = append(c.digits, byte(char)), note{}
	}
	return nil
}

func (c *codeScreen) act(a *App, do action) tea.Cmd {
	switch do {
	case actBack:
		c.refused = note{}
		if n := len(c.digits); n > 0 {
			c.digits[n-1] = 0
			c.digits = c.digits[:n-1]
		}
	case actEnter:
		if len(c.digits) == 0 {
			return nil
		}
		c.sent = true
		return a.send(ledger.Scan{Text: bytes.Clone(c.digits), At: a.now}) // the Book wipes the copy
	}
	return nil
}

// answered closes the box over a code that was taken, and keeps it open over one that was not.
func (c *codeScreen) answered(a *App, err error) {
	c.sent = false
	if err == nil || a.scene.broken != nil {
		a.pop()
		return
	}
	a.quiet() // the reason stands in the box and nowhere else
	c.refused = a.noteOf(err)
}

func (c *codeScreen) next(a *App) string { return a.words.CodeNext }

func (c *codeScreen) draw(a *App, width, height int) []string {
	count := a.put(a.words.CodeNone, "n", strconv.Itoa(len(c.digits)))
	if n := len(c.digits); n >= 8 { // four of fewer would be half a code
		count = a.put(a.words.CodeCount, "n", strconv.Itoa(n), "last4", secret(string(c.digits[n-4:])))
	}
	dots := make([]byte, len(c.digits))
	for i := range dots {
		dots[i] = '*'
	}
	rows := []string{"", a.palette.bold.Render(cut(a.words.CodeTitle, width)), ""}
	if a.scene.hasSale {
		rows = append(rows, a.headOf(&a.scene.sale)+" ¥"+a.scene.sale.Amount.String()+"  "+a.put(a.words.Tail, "tail", a.scene.sale.ID.Tail()), "")
	}
	rows = append(rows, "  "+secret(string(dots)+"_"), "", count)
	if says := a.fill(c.refused.sentence.Says); says != "" {
		if c.refused.code != "" {
			says += " [" + string(c.refused.code) + "]"
		}
		rows = append(rows, "")
		for _, row := range wrap(says, width, 3) {
			rows = append(rows, a.palette.alarm.Render(row))
		}
	}
	return rows
}
