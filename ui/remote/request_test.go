package remote

import (
	"strings"
	"testing"
	"unicode"
)

func TestKnown(t *testing.T) {
	list := []string{"day", "statement show", ""}
	for line, want := range map[string]bool{
		"day": true, "day --json": true, "statement show": true, "statement show 2026-01-31": true,
		"": false, "days": false, "Day": false, "statement": false, "statement list": false, "show": false, "--json day": false,
	} {
		if known(strings.Fields(line), list) != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
}

// FuzzRequests: nothing that is taken has a sign that a terminal or a shell could act on, or a size that nobody has.
func FuzzRequests(f *testing.F) {
	f.Add(xterm.payload)
	f.Add(command("statement show 2026-01-31").payload)
	f.Add([]byte{0, 0, 0, 80, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, payload []byte) {
		term, size, ok := readPTY(payload)
		if ok && (term == "" || strings.ContainsFunc(term, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) || !sane(size)) {
			t.Errorf("%q %v", term, size)
		}
		if size, ok := readSize(payload); ok && !sane(size) {
			t.Error(size)
		}
		words, ok := readCommand(payload)
		if ok && (len(words) == 0 || len(words) > longestWords || strings.ContainsAny(strings.Join(words, " "), "\x00\x1b\r\n;|&<>$`'\"\\*?()[]{}~!#")) {
			t.Errorf("%q", words)
		}
	})
}

func sane(s Size) bool {
	return s.Cols > 0 && s.Rows > 0 && s.Cols <= LargestSide && s.Rows <= LargestSide
}

// TestRestoreTerminal: what was switched on is switched off, and words that already stand behind the picture are left alone.
func TestRestoreTerminal(t *testing.T) {
	if got := RestoreTerminal("", true); got != nil {
		t.Errorf("%q", got)
	}
	if got := string(RestoreTerminal("dumb", true)); strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
	calm, torn := string(RestoreTerminal("xterm", false)), string(RestoreTerminal("xterm", true))
	for _, mode := range []string{"1000", "1002", "1003", "1006", "1004", "2004"} {
		if !strings.Contains(calm, mode) {
			t.Error(mode)
		}
	}
	if !strings.Contains(calm, "\x1b[?25h") || !strings.Contains(calm, "\x1b[0m") || strings.Contains(calm, "1049") || !strings.HasSuffix(torn, "\x1b[?1049l\r\n") {
		t.Errorf("%q, %q", calm, torn)
	}
}
