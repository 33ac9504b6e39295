package ui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// codeMax is the longest text that is taken for a customer code; the longest documented code has 24 digits (Alipay
// trade.pay, auth_code).
const codeMax = 32

// codeScreen takes a customer's code by hand, when the scanner is broken or there is none. The digits are money: they
// are never shown beyond the last four, live in one buffer, and are wiped when they are sent or the screen goes.
type codeScreen struct {
	digits []byte // capacity codeMax from the start, so that growing leaves no copy behind
}

func newCodeScreen() *codeScreen { return &codeScreen{digits: make([]byte, 0, codeMax)} }

func (*codeScreen) place() place { return atCode }

func (c *codeScreen) leave() {
	clear(c.digits)
	c.digits = nil
}

func (c *codeScreen) typed(a *App, char rune) tea.Cmd {
	switch {
	case char < '0' || char > '9':
	case len(c.digits) == codeMax:
		a.say(note{sentence: a.words.TooLong})
	default:
		c.digits = append(c.digits, byte(char))
	}
	return nil
}

func (c *codeScreen) act(a *App, do action) tea.Cmd {
	switch do {
	case actBack:
		if n := len(c.digits); n > 0 {
			c.digits[n-1] = 0
			c.digits = c.digits[:n-1]
		}
	case actEnter:
		if len(c.digits) == 0 {
			return nil
		}
		scan := ledger.Scan{Text: c.digits, At: a.now}
		c.digits = nil // the Book wipes them
		a.pop()
		return a.send(scan)
	}
	return nil
}

func (c *codeScreen) next(a *App) string { return a.words.CodeNext }

func (c *codeScreen) draw(a *App, width, height int) []string {
	count := a.put(a.words.CodeNone, "n", strconv.Itoa(len(c.digits)))
	if n := len(c.digits); n >= 8 { // four of fewer would be half a code
		count = a.put(a.words.CodeCount, "n", strconv.Itoa(n), "last4", string(c.digits[n-4:]))
	}
	dots := make([]byte, len(c.digits))
	for i := range dots {
		dots[i] = '*'
	}
	rows := []string{"", a.palette.bold.Render(cut(a.words.CodeTitle, width)), ""}
	if a.scene.hasSale {
		rows = append(rows, a.words.ToPay+" ¥"+a.scene.sale.Amount.String()+"  "+a.put(a.words.Tail, "tail", a.scene.sale.ID.Tail()), "")
	}
	return append(rows, "  "+string(dots)+"_", "", count)
}
