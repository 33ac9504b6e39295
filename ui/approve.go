package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// approval is an intent that may need a second person: what they would agree to, in words, and the intent itself, which is the same
// with their word and without it.
type approval struct {
	do   action
	what []string
	call func(ctx context.Context, second *ledger.Consent) error
	then func(*App, error) tea.Cmd // what the screen below makes of its end
}

// approveScreen asks for a second person on the same screen. What they agree to is bound to this one call; a change of the person
// clears the PIN, and Esc gives up.
type approveScreen struct {
	who
	approval
	opened time.Time
}

// consented sends an intent, and asks for a second person where one is needed: at once where that is known, else when the Book says so.
func (a *App) consented(do approval, needed bool) tea.Cmd {
	if needed {
		a.push(newApproval(a, do))
		return nil
	}
	return a.intendThen(do.do, func(ctx context.Context) error { return do.call(ctx, nil) }, func(a *App, err error) tea.Cmd {
		if ledger.ReasonOf(err) != ledger.ReasonSecondPerson {
			return do.then(a, err)
		}
		a.quiet() // the dialog says it
		a.push(newApproval(a, do))
		return nil
	})
}

func newApproval(a *App, do approval) *approveScreen {
	d := &approveScreen{who: newWho(a.approvers()), approval: do, opened: a.now}
	if len(d.people) == 1 {
		d.choose(a, 0)
	}
	return d
}

// approvers are those who can agree to what this person wants. The Book asks for the same, and for the PIN.
func (a *App) approvers() (people []colleague) {
	if a.training {
		return []colleague{{name: ledger.Trainer.Person, role: ledger.Trainer.Role}}
	}
	for _, p := range a.scene.people {
		if p.name != a.actor.Person && !p.learner && !p.noPIN && (ledger.Actor{Role: p.role}).May(ledger.RightApprove) == nil {
			people = append(people, p)
		}
	}
	return people
}

func (d *approveScreen) stepBack(*App) (stepped bool) { return d.who.stepBack() }

func (d *approveScreen) act(a *App, do action) tea.Cmd {
	if do != actEnter {
		d.edit(a, do)
		return nil
	}
	if a.soon(d.opened) || !d.enter(a) { // bouncing, or typed ahead of what it would mean here
		return nil
	}
	word, call := d.consent(), d.call
	return a.prove(d.do, func(ctx context.Context) error { return call(ctx, word) }, d.answered)
}

// answered keeps the dialog for another try where the word was not good; anything else is the end of the intent.
func (d *approveScreen) answered(a *App, err error) tea.Cmd {
	switch ledger.ReasonOf(err) {
	case ledger.ReasonPINWrong, ledger.ReasonPINLocked, ledger.ReasonNotAllowed, ledger.ReasonSamePerson, ledger.ReasonNoPepper:
		d.refused(a)
		return nil
	}
	for i, s := range a.stack {
		if s == screen(d) {
			a.popTo(i)
			break
		}
	}
	return d.then(a, err)
}

func (d *approveScreen) next(a *App) string {
	s := &a.words.Staff
	switch {
	case len(d.people) == 0:
		return s.ApproveNobody
	case d.step == whoPick:
		return s.SwitchNext
	case d.step == whoCode:
		return s.CodeNext
	}
	return s.ApproveNext
}

func (d *approveScreen) draw(a *App, width, height int) []string {
	s := &a.words.Staff
	rows := []string{a.palette.bold.Render(cut(s.ApproveTitle, width)), "", cut(s.ApproveWhat, width)}
	for _, text := range d.what {
		for _, row := range wrap(text, width-2, 3) {
			rows = append(rows, a.palette.bold.Render("  "+row))
		}
	}
	rows = append(rows, "")
	rows = append(rows, d.who.draw(a, width, height-len(rows)-2)...)
	if a.training {
		rows = append(rows, "", cut(a.put(s.Trainer, "pin", ledger.TrainerPIN), width))
	}
	return rows
}
