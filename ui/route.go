package ui

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// This file is the way of a key: what a key message means, when it is acted on, and who acts.

// key routes one key. An Esc and a key that arrived within 50 ms come as one message with Alt: they are two keys.
func (a *App) key(p press) tea.Cmd {
	a.touched = a.now
	if _, tested := a.top().(*selfTest); tested && p.alt { // it has to arrive as what it is
		p.alt, p.key = false, "alt+"+p.key
		return a.press(p)
	}
	if p.alt {
		p.alt = false
		return tea.Batch(a.key(press{key: "esc"}), a.key(p))
	}
	switch {
	case a.top().place() == atCode: // a code being typed is a code at any speed
		return a.press(p)
	case p.char != 0 && !a.writes(p):
		return a.typed(p)
	case p.key == "enter":
		return a.enter(p)
	}
	return tea.Batch(a.release(false), a.press(p))
}

// press acts on a key, or keeps it while an intent is on its way, so that typing ahead means the same on a slow disk.
func (a *App) press(p press) tea.Cmd {
	if p.scan == nil {
		switch a.keys.find(a.top().place(), p.key) {
		case actLeave:
			return a.leave()
		case actRepaint: // something else wrote over the screen
			return tea.ClearScreen
		}
	}
	if !a.flying() {
		return a.meet(p)
	}
	if len(a.pending) < pendingMax {
		a.pending = append(a.pending, p)
	} else if p.scan != nil {
		p.scan.Wipe()
	}
	return nil
}

func (a *App) flying() bool { return a.flight != 0 }

// act does what a key asks for: first what the till has asked, then what every screen has, then the screen on top.
func (a *App) act(p press) tea.Cmd {
	asked, askedAt := a.asked, a.askedAt
	a.quiet()
	if w, ok := a.top().(watcher); ok {
		if taken, cmd := w.sees(a, p); taken {
			return cmd
		}
	}
	if p.scan != nil {
		return a.send(*p.scan)
	}
	do := a.keys.find(a.top().place(), p.key)
	if a.scene.hasSuspect {
		if p.key == "enter" {
			return a.agreeSuspect()
		}
		a.dropSuspect()
		asked = askLeave // a question was up: an Esc does nothing more
	}
	switch {
	case asked == askBand && do == actEnter:
		if a.now.Sub(askedAt) < dialogGrace {
			a.asked, a.askedAt = asked, askedAt
			return nil
		}
		return a.settle(true)
	case asked != askNothing && do == actEsc, asked == askLeave && do == actEnter: // they close the question and do no more
		return nil
	case do == actEsc && len(a.stack) > 1:
		if s, ok := a.top().(stepper); !ok || !s.stepBack(a) {
			a.pop()
		}
	case do == actHelp:
		a.push(newHelp(a))
	case do == actCards:
		a.push(&cardsScreen{})
	case do != 0:
		return a.top().act(a, do)
	case p.text != "" && a.wording():
		return a.top().(writer).wrote(a, p.text)
	case p.char != 0:
		return a.top().typed(a, p.char)
	}
	return nil
}

// wording reports whether the screen on top takes words now.
func (a *App) wording() bool {
	_, takes := a.top().(writer)
	return takes && a.top().place()&(atReason|atNote|atMemo) != 0
}

// writes reports whether a key is text that no scanner types: an input method's own characters may come many at once.
func (a *App) writes(p press) bool {
	return a.wording() && strings.ContainsFunc(p.text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// quiet takes away what was said: everything the till says stays until the next key.
func (a *App) quiet() {
	a.note, a.asked = note{}, askNothing
	if a.scene.board.BadScan != nil {
		a.scene.board.BadScan = nil
		a.book.Board().Post(func(v *ledger.BoardView) { v.BadScan = nil })
	}
}

func (a *App) dropSuspect() {
	if a.scene.hasSuspect {
		a.book.DropSuspect()
		a.scene.hasSuspect = false
	}
}

func (a *App) agreeSuspect() tea.Cmd {
	if a.now.Sub(a.suspectAt) < dialogGrace {
		return nil
	}
	a.scene.hasSuspect = false
	actor := a.actor
	return a.intend(actCode, func(ctx context.Context) error { return a.book.AgreeSuspect(ctx, actor) })
}

// leave asks once and leaves the second time. It works while the disk hangs.
func (a *App) leave() tea.Cmd {
	if a.asked == askLeave {
		return tea.Quit
	}
	a.quiet()
	a.dropSuspect()
	a.asked, a.askedAt = askLeave, a.now
	return nil
}

// paste never reaches the amount. Digits may be a customer's code: they are offered as a suspect scan, which is shown
// and sent only on Enter.
func (a *App) paste(text string) tea.Cmd {
	if len(text) > burstMax {
		a.say(note{sentence: a.words.Pasted})
		return nil
	}
	return a.press(press{scan: &ledger.Scan{Text: bytes.TrimSpace([]byte(text)), At: a.now, Suspect: true}})
}
