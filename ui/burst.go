package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// This file tells a scanner that types (a keyboard wedge) from a person. Characters that follow one another faster than
// any hand are held back and not acted on until the burst is over: only then is it known whether they were an amount,
// a command, or a code. The first digit of a burst goes into the amount at once, so that a person's keys show without
// delay; it is taken back when the burst turns out to be a code.

const (
	wedgeGap      = 30 * time.Millisecond  // scanners type with 1 to 20 ms between characters, hands with 60 and more
	wedgePatience = 100 * time.Millisecond // once four characters came that fast, one hesitation does not end the code
	wedgeSure     = 4
	codeDigits    = 8 // an amount has at most seven digits before its point: eight in one burst are a code
	burstMax      = 64
	dialogGrace   = 425 * time.Millisecond // an Enter this soon after an unasked question was meant for something else
)

// burst is what is being typed at scanner speed. The App's goroutine alone uses it.
type burst struct {
	chars   [burstMax]byte // ASCII only; overwritten as soon as it is known what they were
	n       int            // characters seen; those beyond burstMax are only counted
	letters bool
	point   bool
	secret  bool // typed where a PIN belongs: nothing this fast is one
	last    time.Time
	passed  bool         // the first digit went into the amount
	before  ledger.Keyed // the amount before it
	waiting bool         // a timer runs; one is enough, however much is typed
}

// burstMsg tells that it is time to see whether the burst is over.
type burstMsg struct{}

func (b *burst) patience() time.Duration {
	if b.n >= wedgeSure {
		return wedgePatience
	}
	return wedgeGap
}

// code reports whether the burst cannot have been an amount or commands.
func (b *burst) code() bool {
	return (b.letters || b.secret) && b.n >= wedgeSure || b.n >= codeDigits && !b.point
}

func (b *burst) add(char rune, now time.Time) {
	if b.n < burstMax {
		c := byte('?')
		if char < 0x80 {
			c = byte(char)
		}
		b.chars[b.n] = c
	}
	b.n++
	digit := char >= '0' && char <= '9'
	b.point = b.point || char == '.'
	b.letters = b.letters || !digit && char != '.'
	b.last = now
}

func low(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// take empties the burst and gives what was held back: the characters as presses, or one scan.
func (b *burst) take(ended bool) (held []press) {
	n := min(b.n, burstMax)
	switch {
	case b.code():
		text := make([]byte, n)
		copy(text, b.chars[:n])
		held = []press{{scan: &ledger.Scan{Text: text, At: b.last, Suspect: !ended}}}
	default:
		for i := range n {
			if i > 0 || !b.passed {
				c := b.chars[i]
				held = append(held, press{key: string(low(c)), char: rune(low(c)), text: string(c)})
			}
		}
	}
	*b = burst{waiting: b.waiting}
	return held
}

// typed takes one printable character on its way to the screen.
func (a *App) typed(p press) tea.Cmd {
	b := &a.burst
	if b.n > 0 && a.now.Sub(b.last) >= b.patience() {
		return tea.Batch(a.release(false), a.typed(p))
	}
	first := b.n == 0
	b.secret = a.top().place()&atWho != 0
	raw := p.char
	if len(p.text) == 1 {
		raw = rune(p.text[0]) // numbers on bills have capitals
	}
	b.add(raw, a.now)
	if first && !b.letters && !a.flying() && !a.again.waits(a.now) && a.top().place() == atSale {
		b.passed, b.before = true, a.scene.draft
		return a.press(p)
	}
	if b.passed && b.code() {
		a.unkey()
	}
	return a.burstWait(b.patience())
}

// burstWait looks at the burst again after a pause that would end it.
func (a *App) burstWait(pause time.Duration) tea.Cmd {
	if a.burst.waiting {
		return nil
	}
	a.burst.waiting = true
	return tea.Tick(pause+5*time.Millisecond, func(time.Time) tea.Msg { return burstMsg{} })
}

// burstOver acts on a burst that has ended, and waits on for one that goes on.
func (a *App) burstOver() tea.Cmd {
	b := &a.burst
	b.waiting = false
	if b.n == 0 {
		return nil
	}
	if left := b.patience() - a.now.Sub(b.last); left > 0 {
		return a.burstWait(left)
	}
	return a.release(false)
}

// unkey takes the first digit of a code out of the amount.
func (a *App) unkey() {
	a.burst.passed = false
	if a.book.Draft().Keyed == a.burst.before {
		return
	}
	a.book.ClearDraft()
	for _, r := range a.burst.before.String() {
		if err := a.book.Key(r); err != nil {
			break // a payment began meanwhile: its amount is settled, and what was keyed is gone
		}
	}
	a.scene.draft = a.book.Draft().Keyed
}

// release acts on what a burst held back. ended tells that an Enter ended it.
func (a *App) release(ended bool) tea.Cmd {
	var cmds []tea.Cmd
	for _, p := range a.burst.take(ended) {
		cmds = append(cmds, a.press(p))
	}
	return tea.Batch(cmds...)
}

// enter decides what an Enter means: the end of a scan, which confirms nothing, or a person's key.
func (a *App) enter(p press) tea.Cmd {
	b := &a.burst
	fast := b.n > 0 && a.now.Sub(b.last) < b.patience()
	switch {
	case fast && b.code():
		return a.release(true)
	case fast && b.n >= wedgeSure && !b.point:
		cmd := a.release(true)
		a.say(note{sentence: a.words.FastEnter})
		return cmd
	}
	return tea.Batch(a.release(false), a.press(p))
}
