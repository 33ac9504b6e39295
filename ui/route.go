package ui

import (
	"bytes"
	"context"
	"strings"
	"time"
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
	case a.guest != nil: // no scan means anything there, and a far line brings a word's letters all at once
		return a.press(p)
	case a.top().place() == atCode: // a code being typed is a code at any speed
		return a.press(p)
	case p.char != 0 && !a.writes(p):
		return a.typed(p)
	case p.key == "enter", p.key == "tab": // either may end a scan
		return a.enter(p)
	}
	a.digits = digitRun{}
	return tea.Batch(a.release(false), a.press(p))
}

// press acts on a key, or keeps it while an intent or a list is on its way, so that typing ahead means the same on a slow disk.
func (a *App) press(p press) tea.Cmd {
	if p.scan == nil {
		switch a.keys.find(a.top().place(), p.key) {
		case actLeave:
			return a.leave()
		case actRepaint: // something else wrote over the screen
			return tea.ClearScreen
		case actThrowOut:
			return a.throwOut()
		}
	}
	if !a.busy() {
		return a.meet(p)
	}
	if len(a.pending) < pendingMax {
		a.pending = append(a.pending, p)
	} else if p.scan != nil {
		p.scan.Wipe()
	} else {
		clear(p.pasted)
	}
	return nil
}

func (a *App) flying() bool { return a.flight != 0 }

// busy reports whether keys have to wait for their turn.
func (a *App) busy() bool {
	w, ok := a.top().(waiter)
	return a.flying() || ok && w.waits()
}

// catchUp acts on the keys that have waited.
func (a *App) catchUp() tea.Cmd {
	var cmds []tea.Cmd
	for len(a.pending) > 0 && !a.busy() {
		p := a.pending[0]
		a.pending[0] = press{}
		a.pending = a.pending[1:]
		cmds = append(cmds, a.meet(p))
	}
	return tea.Batch(cmds...)
}

// act does what a key asks for: first what the till has asked, then what every screen has, then the screen on top.
func (a *App) act(p press) tea.Cmd {
	if a.bounces(p) {
		return nil
	}
	asked, askedAt, pasted := a.asked, a.askedAt, a.pasted
	a.pasted = nil
	a.quiet()
	if !a.admits(p) {
		return nil
	}
	if w, ok := a.top().(watcher); ok {
		if taken, cmd := w.sees(a, p); taken {
			return cmd
		}
	}
	if p.scan != nil {
		return a.send(*p.scan)
	}
	do := a.keys.find(a.top().place(), p.key)
	if asked != askPaste || p.key != "enter" {
		clear(pasted)
	}
	if p.pasted != nil {
		a.dropSuspect()
		a.offer(p.pasted)
		return nil
	}
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
	case asked == askPaste && p.key == "enter":
		return a.usePaste(pasted, askedAt)
	case asked != askNothing && do == actEsc, asked == askLeave && do == actEnter: // they close the question and do no more
		return nil
	case do == actEsc && len(a.stack) > 1:
		if s, ok := a.top().(stepper); !ok || !s.stepBack(a) {
			a.pop()
		}
	case do == actHelp:
		a.push(newHelp(a))
	case do == actTalk:
		return a.openTalk()
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
	return takes && a.top().place()&(atReason|atNote|atMemo|atTalk) != 0
}

// writes reports whether a key is text that no scanner types: an input method's own characters may come many at once.
func (a *App) writes(p press) bool {
	return a.wording() && strings.ContainsFunc(p.text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// quiet takes away what was said: everything the till says stays until the next key.
func (a *App) quiet() {
	a.quieted = a.note.code
	if bad := a.scene.board.BadScan; bad != nil && a.quieted == "" {
		a.quieted = bad.Reason
	}
	a.note, a.asked = note{}, askNothing
	clear(a.pasted)
	a.pasted = nil
	if a.scene.board.BadScan != nil {
		a.scene.board.BadScan = nil
		a.desk.post(func(v *ledger.BoardView) { v.BadScan = nil })
	}
}

func (a *App) dropSuspect() {
	if a.scene.hasSuspect {
		a.desk.DropSuspect()
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
	if a.asked == askLeave || a.guest != nil { // a visitor leaves nothing behind
		return tea.Quit
	}
	a.quiet()
	a.dropSuspect()
	a.asked, a.askedAt = askLeave, a.now
	return nil
}

// paste never reaches the amount, and is never a scan: nobody held anything out. Screens that look at scans themselves, to find a
// sale by its number, look at it as at one.
func (a *App) paste(text string) tea.Cmd {
	if a.guest != nil && a.wording() && !a.flying() {
		a.quiet()
		return a.top().(writer).wrote(a, clean(strings.Join(strings.Fields(text), " "), 4*talkMax)) // more than there is room for is refused
	}
	trimmed := bytes.TrimSpace([]byte(text))
	if len(text) > burstMax {
		a.say(note{sentence: a.words.Pasted})
		return nil
	}
	if _, ok := a.top().(watcher); ok {
		return a.press(press{scan: &ledger.Scan{Text: trimmed, At: a.now, Suspect: true}})
	}
	return a.press(press{pasted: trimmed})
}

// offer asks whether pasted text is the customer's code, where an amount waits for one, and says what it is otherwise.
func (a *App) offer(text []byte) {
	code, _, err := a.codes.Classify(text)
	code.Wipe()
	switch {
	case err != nil:
		a.say(a.noteOf(err))
	case !mayScan(&a.scene):
		a.say(a.noteFor(ledger.ReasonNoAmount, ""))
	default:
		a.asked, a.askedAt, a.pasted = askPaste, a.now, text
		return
	}
	clear(text)
}

// usePaste sends the pasted code, because the cashier pressed Enter on the question. The Book wipes it.
func (a *App) usePaste(text []byte, askedAt time.Time) tea.Cmd {
	if a.now.Sub(askedAt) < dialogGrace {
		a.asked, a.askedAt, a.pasted = askPaste, askedAt, text
		return nil
	}
	return a.send(ledger.Scan{Text: text, At: askedAt})
}
