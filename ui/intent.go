package ui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// This file is the way of an intent to the Book and back.

// intend sends an intent to the Book. Keys wait until it is back.
func (a *App) intend(do action, call func(context.Context) error) tea.Cmd {
	a.flight, a.flightAt = do, a.now
	feed := a.feed
	return func() tea.Msg {
		err := call(feed.ctx)
		return doneMsg{do: do, err: err, scene: feed.look().scene}
	}
}

// intendThen is intend for a screen that goes on with what came of it.
func (a *App) intendThen(do action, call func(context.Context) error, then func(*App, error) tea.Cmd) tea.Cmd {
	send := a.intend(do, call)
	return func() tea.Msg {
		done := send().(doneMsg)
		done.then = then
		return done
	}
}

// prove is intendThen for an intent that has somebody's PIN with it.
func (a *App) prove(do action, call func(context.Context) error, then func(*App, error) tea.Cmd) tea.Cmd {
	a.proving = true
	return a.intendThen(do, call, then)
}

// send charges a code.
func (a *App) send(scan ledger.Scan) tea.Cmd {
	actor := a.actor
	return a.intend(actCode, func(ctx context.Context) error { return a.book.Scan(ctx, actor, scan) })
}

func (a *App) settle(agreed bool) tea.Cmd {
	actor := a.actor
	return a.intend(actEnter, func(ctx context.Context) error { return a.book.Settle(ctx, actor, agreed) })
}

func (a *App) ask(do action, channel ledger.Channel) tea.Cmd {
	actor := a.actor
	return a.intend(do, func(ctx context.Context) error { return a.book.Ask(ctx, actor, channel) })
}

// done takes an intent's answer and goes on with the keys that waited for it.
func (a *App) done(msg doneMsg) tea.Cmd {
	proving := a.proving
	a.flight, a.proving = 0, false
	a.drill.heard(a, &msg)
	a.see(msg.scene)
	box, open := a.top().(*codeScreen)
	switch {
	case open && box.sent && msg.then == nil:
		box.answered(a, msg.err)
	case msg.err == nil:
		if msg.do == actEnter && a.cfg.DefaultChannel != "" {
			return a.ask(actAlipay, a.cfg.DefaultChannel)
		}
	case errors.Is(msg.err, context.Canceled): // the till is ending
	case ledger.ReasonOf(msg.err) == ledger.ReasonAmountBand:
		a.asked, a.askedAt = askBand, a.now
	default:
		a.say(a.noteOf(msg.err))
	}
	var cmds []tea.Cmd
	if msg.then != nil {
		cmds = append(cmds, msg.then(a, msg.err))
	}
	if proving {
		a.proved()
	}
	a.drillOver()
	return tea.Batch(append(cmds, a.catchUp())...)
}
