package ui

import (
	"slices"
	"strings"
	"time"
)

// This file tells by the pace of the keys alone who has typed them. It is pure: runes and times go in.
//
// Measured through terminals and over SSH (also on lines that stall, and with OpenSSH 9.5 and later, which hands keys on in
// steps of 20 ms): the median of the gaps tells scanners from hands on every line, the mean and the longest do not.

const (
	wedgeGap   = 30 * time.Millisecond // scanners have 1 to 20 ms between characters, hands 60 and more
	wedgeLeast = 6                     // characters: fewer come as close from a hand when a line has stalled
	heldLeast  = 4                     // times the same one: a key that is held down
)

// keystroke is one character and when it arrived.
type keystroke struct {
	char rune
	at   time.Time
}

// pace is who types like that.
type pace int

const (
	byHand pace = iota
	byScanner
	byHeldKey // its auto-repeat has a scanner's pace, from 17 ms on
)

// paceOf tells who typed a row of characters that followed one another closely.
func paceOf(keys []keystroke) pace {
	if len(keys) >= heldLeast && !slices.ContainsFunc(keys, func(k keystroke) bool { return k.char != keys[0].char }) {
		return byHeldKey
	}
	if len(keys) >= wedgeLeast && medianGap(keys) < wedgeGap {
		return byScanner
	}
	return byHand
}

// medianGap is the middle one of the gaps, the later one of two.
func medianGap(keys []keystroke) time.Duration {
	var room [burstMax]time.Duration
	gaps := room[:0]
	for i := 1; i < len(keys); i++ {
		gaps = append(gaps, keys[i].at.Sub(keys[i-1].at))
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// garbling is what the keyboard's settings do to the letters of a scanner that types. Digits pass them all unharmed.
type garbling int

const (
	unharmed     garbling = iota
	capsLocked            // capitals and small letters are the wrong way round
	methodActive          // an input method has made other characters of them
)

// garbled recognises it, where it can be seen: by characters that no scanner types, and by beginnings that are known: of
// web addresses, and of EMV codes.
func garbled(text string, foreign bool) garbling {
	switch {
	case foreign:
		return methodActive
	case strings.HasPrefix(text, "hTTP") || strings.HasPrefix(text, "HqvdufyWm"):
		return capsLocked
	}
	return unharmed
}
