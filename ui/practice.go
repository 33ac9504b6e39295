package ui

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// Practice is the simulated customer of training mode. Its methods are called from commands and may take time.
type Practice interface {
	// Customers lists what can be asked for. It is constant and quick.
	Customers() []Customer
	// Code gives a fresh customer code for a channel; nil while the simulator is starting.
	Code(channel ledger.Channel, customer int) []byte
	// ScanQR has the customer scan what the till shows.
	ScanQR(payload string, customer int) error
}

// Customer is one way in which a simulated customer behaves.
type Customer struct {
	Number int
	Zh, En string // one sentence
}

// practiceScreen lets a trainee pick the customer who pays next.
type practiceScreen struct {
	customers []Customer
	at        list
}

func newPracticeScreen(a *App) *practiceScreen {
	return &practiceScreen{customers: a.practice.Customers()}
}

func (*practiceScreen) place() place             { return atPractice }
func (*practiceScreen) leave()                   {}
func (*practiceScreen) typed(*App, rune) tea.Cmd { return nil }

// next names for each key the channel whose code it holds out, and what Enter does now.
func (p *practiceScreen) next(a *App) string {
	if a.qrUp() != nil {
		return a.words.PracticeQR
	}
	return a.words.PracticeNext
}

func (p *practiceScreen) act(a *App, do action) tea.Cmd {
	if len(p.customers) == 0 {
		return nil
	}
	switch do {
	case actEnter:
		if up := a.qrUp(); up != nil {
			return p.scanQR(a, up.QR)
		}
		return p.holdOut(a, ledger.Alipay)
	case actAlipay:
		return p.holdOut(a, ledger.Alipay)
	case actWeChat:
		return p.holdOut(a, ledger.WeChat)
	default:
		p.at.move(do, len(p.customers), a.page())
	}
	return nil
}

func (p *practiceScreen) scanQR(a *App, payload string) tea.Cmd {
	a.pop()
	customer := p.customers[p.at].Number
	return a.intend(actPractice, func(context.Context) error { return a.practice.ScanQR(payload, customer) })
}

// holdOut is what a scanner would do: the simulator's code goes to the same door.
func (p *practiceScreen) holdOut(a *App, channel ledger.Channel) tea.Cmd {
	a.pop()
	customer := p.customers[p.at].Number
	return a.intend(actPractice, func(ctx context.Context) error {
		code := a.practice.Code(channel, customer)
		if code == nil {
			return ledger.Refuse(ledger.ReasonNotReady)
		}
		return a.book.Scan(ctx, a.actor, ledger.Scan{Text: code, At: time.Now()})
	})
}

func (p *practiceScreen) draw(a *App, width, height int) []string {
	rows := []string{a.palette.bold.Render(a.words.PracticeTitle), ""}
	from, to, more := p.at.window(a, len(p.customers), height-len(rows), true)
	for i := from; i < to; i++ {
		c := p.customers[i]
		row := fmt.Sprintf("%02d  %s", c.Number, c.says(a.lang))
		if i == int(p.at) {
			row = a.palette.mark.Render(pad("▶ "+row, width))
		} else {
			row = cut("  "+row, width)
		}
		rows = append(rows, row)
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}
