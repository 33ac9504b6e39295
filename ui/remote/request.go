package remote

import (
	"strings"

	"golang.org/x/crypto/ssh"
)

// This file reads what a session asks for. All of it is pure, and whatever is not exactly as it should be is refused.

// ptyRequest is pty-req (RFC 4254, section 6.2). The modes are those of a line discipline, and there is none here.
type ptyRequest struct {
	Term                      string
	Cols, Rows, Width, Height uint32
	Modes                     string
}

// windowChange is window-change (RFC 4254, section 6.7).
type windowChange struct{ Cols, Rows, Width, Height uint32 }

// LargestSide is the largest side of a window that is taken, in cells: no screen has as many.
const LargestSide = 1000

const (
	longestTerm = 64
	usualCols   = 80
	usualRows   = 24
)

// readPTY gives the terminal's name and size.
func readPTY(payload []byte) (term string, size Size, ok bool) {
	var r ptyRequest
	if ssh.Unmarshal(payload, &r) != nil || r.Term == "" || len(r.Term) > longestTerm || !made(r.Term, nameSigns) {
		return "", Size{}, false
	}
	size, ok = sizeOf(r.Cols, r.Rows)
	if r.Cols == 0 && r.Rows == 0 { // a client without a window
		size, ok = Size{Cols: usualCols, Rows: usualRows}, true
	}
	return r.Term, size, ok
}

// readSize gives a window's new size.
func readSize(payload []byte) (Size, bool) {
	var r windowChange
	if ssh.Unmarshal(payload, &r) != nil {
		return Size{}, false
	}
	return sizeOf(r.Cols, r.Rows)
}

func sizeOf(cols, rows uint32) (Size, bool) {
	return Size{Cols: int(cols), Rows: int(rows)}, cols > 0 && rows > 0 && cols <= LargestSide && rows <= LargestSide
}

const (
	nameSigns    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+"
	wordSigns    = nameSigns + ":=/@,%"
	longestLine  = 512 // bytes
	longestWords = 16
)

// readCommand splits a command into words. There is no shell: a line with a sign that would mean something to one is refused, so that
// nobody believes that it did.
func readCommand(payload []byte) (words []string, ok bool) {
	var r struct{ Line string }
	if ssh.Unmarshal(payload, &r) != nil || len(r.Line) > longestLine || !made(r.Line, wordSigns+" ") {
		return nil, false
	}
	words = strings.Fields(r.Line)
	return words, len(words) > 0 && len(words) <= longestWords
}

// made reports whether a text has no other signs.
func made(text, signs string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(signs, r) })
}

// known reports whether a command is one of the list, whose entries are first words: "statement show" lets "statement show 2026-01-31"
// through, and neither "statement" nor "statement showing".
func known(words, list []string) bool {
	for _, entry := range list {
		first := strings.Fields(entry)
		if len(first) > 0 && len(words) >= len(first) && strings.Join(words[:len(first)], " ") == strings.Join(first, " ") {
			return true
		}
	}
	return false
}

// RestoreTerminal gives what makes a visitor's terminal as it was. torn: whoever drew was cut off, so its picture is still there; else
// nothing is sent that would move the cursor, because the last words may already stand behind it.
func RestoreTerminal(term string, torn bool) []byte {
	switch {
	case term == "":
		return nil
	case term == "dumb":
		return []byte("\r\n")
	}
	// Mouse, focus, pastes and synchronized output off; plain characters; lines wrap; a cursor.
	all := "\x1b[?1000;1002;1003;1006;1004;2004;2026l\x1b[0m\x1b(B\x0f\x1b[?7h\x1b[?25h"
	if torn {
		all += "\x1b[r\x1b[?1049l\r\n" // the whole window scrolls, and the other screen is left
	}
	return []byte(all)
}
