package ui

import (
	"fmt"
	"runtime/debug"

	tea "charm.land/bubbletea/v2"
)

// This file catches the panics of Update, View and every command, and ends the program in order. Bubble Tea catches
// them too, but it then prints the stack over the cashier's screen and closes its input under its own reader.

// PanicError is a bug in the screen. The terminal is as before when Run returns it.
type PanicError struct {
	Value string
	Stack string // for the log
}

func (e *PanicError) Error() string { return "the screen failed: " + e.Value }

func panicError(value any) *PanicError {
	return &PanicError{Value: fmt.Sprint(value), Stack: string(debug.Stack())}
}

// Init implements tea.Model.
func (a *App) Init() tea.Cmd { return guard(a.init()) }

// Update implements tea.Model. It does no I/O: the Book's memory-only keys apart, everything that takes time is a
// command.
func (a *App) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer func() {
		if value := recover(); value != nil {
			a.fail(panicError(value))
		}
		if a.failed != nil {
			model, cmd = a, tea.Quit
		}
	}()
	if failure, ok := msg.(*PanicError); ok {
		a.fail(failure)
		return a, nil
	}
	return a, guard(tea.Batch(a.update(msg), a.ringing()))
}

// View implements tea.Model. After a panic the window is empty and the program ends: our painter asks for that at once,
// the stock renderer's program with the next message, a second later at most.
func (a *App) View() (view tea.View) {
	view.AltScreen = true
	defer func() {
		if value := recover(); value != nil {
			a.fail(panicError(value))
		}
	}()
	if a.failed == nil {
		view.SetContent(a.frame())
	}
	return view
}

// fail keeps the first failure.
func (a *App) fail(failure *PanicError) {
	if a.failed == nil {
		a.failed = failure
	}
}

// guard turns a command's panic into a message.
func guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if value := recover(); value != nil {
				msg = panicError(value)
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = guard(batch[i])
			}
		}
		return msg
	}
}
