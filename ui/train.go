package ui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// ErrTraining means that the screen is to be given to training mode: somebody with the right has asked for it, and it is in the
// ledger. Whoever runs the screen brings it back afterwards.
var ErrTraining = errors.New("the screen goes to training")

// train gives the screen to training mode, with a second person where the shop wants one.
func (a *App) train() tea.Cmd {
	if a.training {
		a.say(note{sentence: a.words.InTraining})
		return nil
	}
	return a.consented(approval{actTrain, []string{a.words.AgreeTrain}, func(ctx context.Context, second *ledger.Consent) error {
		return a.book.BeginTraining(ctx, a.actor, second)
	}, func(a *App, err error) tea.Cmd {
		if err != nil {
			return nil
		}
		a.trains = true
		return tea.Quit
	}}, false)
}
