package ledger

import (
	"bytes"
)

// A badge is what a scanner reads off a person's card. It has so many characters that it is neither an amount nor keys.
const minBadge, maxBadge = 8, 64

// codeShape is how many digits customers' payment codes and cards have (paycode.go): no badge may look like one.
const codeShapeFrom, codeShapeTo = 16, 24

// goodBadge refuses a badge that could be taken for something else.
func goodBadge(text []byte) error {
	text = bytes.TrimSpace(text)
	digits := len(bytes.Trim(text, "0123456789")) == 0
	if len(text) < minBadge || len(text) > maxBadge || digits && len(text) >= codeShapeFrom && len(text) <= codeShapeTo {
		return Refuse(ReasonBadge)
	}
	return nil
}

// badgeMark is how a badge is known again: what it reads as is not kept.
func badgeMark(text, key []byte) Mark {
	return markOf(append([]byte("badge "), bytes.TrimSpace(text)...), key)
}

// BadgeOf gives the person whose badge was scanned; ok is false when it is nobody's. It names somebody and proves nothing.
func (b *Book) BadgeOf(text []byte) (person string, ok bool) {
	mark := badgeMark(text, b.cfg.TillKey)
	b.Read(func(s *State) {
		for _, p := range s.people {
			if p.Badge == mark && p.Badge != (Mark{}) && !p.Gone {
				person, ok = p.Name, true
			}
		}
	})
	return person, ok
}

// leftBadge reports whether this is the badge of somebody who has left.
func (b *Book) leftBadge(text []byte) (left bool) {
	mark := badgeMark(text, b.cfg.TillKey)
	b.Read(func(s *State) {
		for _, p := range s.people {
			left = left || p.Gone && p.Badge == mark
		}
	})
	return left
}

// badgeTaken reports whether somebody else has the badge.
func (s *State) badgeTaken(set *StaffSet) bool {
	for _, p := range s.people {
		if p.Badge == set.Badge && p.Name != set.Person && !p.Gone {
			return true
		}
	}
	return false
}
