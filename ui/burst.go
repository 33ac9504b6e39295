package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// This file holds back what a scanner may be typing (a keyboard wedge); who typed it is told in wedge.go. Characters that follow
// one another as fast as no hand usually does are held back and not acted on until the burst is over: only then is it known whether they were an amount,
// a command, or a code. The first digit of a burst goes into the amount at once, so that a person's keys show without
// delay; it is taken back when the burst turns out to be a code. While an amount waits for a code it is held back as well.

const (
	wedgeHold     = 45 * time.Millisecond  // a gap that may still be a scanner's: two of the 20 ms steps in which OpenSSH hands keys on
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
	at      [burstMax]time.Time
	letters bool
	foreign bool // characters that no scanner types
	point   bool
	secret  bool // typed where a PIN belongs: nothing this fast is one
	last    time.Time
	passed  bool         // the first digit went into the amount
	before  ledger.Keyed // the amount before it
	waiting bool         // a timer runs; one is enough, however much is typed
}

// digitRun is the digits since the last other key, however long ago. Where a machine or a line stalls in the middle of a scan, its
// pieces look like a hand's: but no amount has so many digits, and this needs no clock.
type digitRun struct {
	n      int
	point  bool
	before ledger.Keyed // the amount before them
}

// count takes one more character.
func (d *digitRun) count(char rune, amount ledger.Keyed) {
	switch {
	case char == '.':
		d.point = true
	case char < '0' || char > '9':
		*d = digitRun{}
	case d.n == 0:
		*d = digitRun{n: 1, point: d.point, before: amount}
	default:
		d.n++
	}
}

// pieces reports whether the digits cannot have been an amount.
func (d *digitRun) pieces() bool { return d.n >= codeDigits && !d.point }

// burstMsg tells that it is time to see whether the burst is over.
type burstMsg struct{}

func (b *burst) patience() time.Duration {
	if b.n >= wedgeSure {
		return wedgePatience
	}
	return wedgeHold
}

// pace tells who typed the burst, by wedge.go.
func (b *burst) pace() pace {
	var room [burstMax]keystroke
	n := min(b.n, burstMax)
	for i := range n {
		room[i] = keystroke{rune(b.chars[i]), b.at[i]}
	}
	return paceOf(room[:n])
}

// code reports whether the burst cannot have been an amount or commands.
func (b *burst) code() bool {
	if b.n < wedgeSure {
		return false
	}
	switch b.pace() {
	case byHeldKey:
		return false
	case byScanner:
		return b.letters || b.secret || b.n >= codeDigits && !b.point
	}
	return b.secret
}

func (b *burst) add(char rune, now time.Time) {
	if b.n < burstMax {
		c := byte('?')
		if char < 0x80 {
			c = byte(char)
		}
		b.chars[b.n], b.at[b.n] = c, now
	}
	b.foreign = b.foreign || char >= 0x80
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
	a.digits.count(p.char, a.scene.draft)
	first := b.n == 0
	b.secret = a.top().place()&atWho != 0
	raw := p.char
	if len(p.text) == 1 {
		raw = rune(p.text[0]) // numbers on bills have capitals
	}
	b.add(raw, a.now)
	// Where a code is waited for, even the first digit waits: a serial scanner's code that comes meanwhile must find the amount as it was.
	if first && !b.letters && !mayScan(&a.scene) && !a.flying() && !a.again.waits(a.now) && a.top().place() == atSale {
		b.passed, b.before = true, a.scene.draft
		return a.press(p)
	}
	if b.passed && b.code() {
		a.unkey()
	}
	if b.n == codeDigits && b.pace() == byHeldKey { // or nothing would be seen of it while it is held
		return a.release(false)
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
	a.rekey(a.burst.before)
}

// rekey makes the amount what it was.
func (a *App) rekey(before ledger.Keyed) {
	if a.book.Draft().Keyed == before {
		return
	}
	a.desk.ClearDraft()
	for _, r := range before.String() {
		if err := a.desk.Key(r); err != nil {
			break // a payment began meanwhile: its amount is settled, and what was keyed is gone
		}
	}
	a.scene.draft = a.book.Draft().Keyed
}

// release acts on what a burst held back. ended tells that an Enter ended it.
func (a *App) release(ended bool) tea.Cmd {
	var cmds []tea.Cmd
	foreign := a.burst.foreign
	for _, p := range a.burst.take(ended) {
		if p.scan != nil && a.harmed(p.scan, foreign) {
			continue
		}
		cmds = append(cmds, a.press(p))
	}
	return tea.Batch(cmds...)
}

// harmed refuses a scan whose letters the keyboard's settings have changed, and says which setting it is.
func (a *App) harmed(scan *ledger.Scan, foreign bool) bool {
	words := map[garbling]assets.Sentence{capsLocked: a.words.WedgeCaps, methodActive: a.words.WedgeMethod}
	says, harmed := words[garbled(string(scan.Text), foreign)]
	if harmed {
		scan.Wipe()
		a.say(note{sentence: says})
	}
	return harmed
}

// enter decides what an Enter or a Tab means: the end of a scan, which confirms nothing, or a person's key.
func (a *App) enter(p press) tea.Cmd {
	b, run := &a.burst, a.digits
	a.digits = digitRun{}
	fast := b.n > 0 && a.now.Sub(b.last) < b.patience()
	switch {
	case fast && b.code():
		return a.release(true)
	case fast && b.n >= wedgeSure && !b.point && p.key == "enter" && b.pace() != byHeldKey:
		cmd := a.release(true)
		a.say(note{sentence: a.words.FastEnter})
		return cmd
	case run.pieces() && a.top().place() == atSale:
		return a.inPieces(run.before)
	}
	return tea.Batch(a.release(false), a.press(p))
}

// inPieces drops an Enter behind more digits than an amount has, and makes the amount what it was before them. What may be a whole
// code at their end is shown as a suspect one.
func (a *App) inPieces(before ledger.Keyed) (cmd tea.Cmd) {
	code := a.burst.code()
	if code {
		cmd = a.release(false)
	} else {
		a.burst.take(false)
	}
	a.rekey(before)
	if !code {
		a.quiet()
		a.say(note{sentence: a.words.WedgePieces})
	}
	return cmd
}
