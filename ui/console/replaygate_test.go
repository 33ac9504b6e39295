package console

import (
	"strings"
	"testing"
)

// hostile is what a replay must not hand on, between words that it does.
var hostile = map[string]string{
	"clipboard":                "\x1b]52;c;cm0gLXJmIH4=\x07",
	"clipboard, ST":            "\x1b]52;c;cm0gLXJmIH4=\x1b\\",
	"title":                    "\x1b]0;owned\x07",
	"title, 8 bits":            "\x9d0;owned\x9c",
	"title, C1 as UTF-8":       "\u009d0;owned\u009c",
	"hyperlink":                "\x1b]8;;http://evil.invalid\x1b\\",
	"device status":            "\x1b[6n",
	"device status, 8 bits":    "\x9b6n",
	"device status, UTF-8":     "\u009b6n",
	"device attributes":        "\x1b[c\x1b[>c\x1b[=c\x1bZ",
	"window's title back":      "\x1b[21t",
	"answerback":               "\x05",
	"DECRQSS":                  "\x1bP$qm\x1b\\",
	"sixel":                    "\x1bPq#0;2;0;0;0#0~~\x1b\\",
	"DCS, 8 bits":              "\x90$qm\x9c",
	"APC":                      "\x1b_Ga=T;AAAA\x1b\\",
	"PM and SOS":               "\x1b^secret\x1b\\\x1bXsecret\x1b\\",
	"huge numbers":             "\x1b[99999999999999999999;1H\x1b[1;501H\x1b[0;1H\x1b[2147483647X\x1b[999999m",
	"long":                     "\x1b[" + strings.Repeat("1;", 10_000) + "1m",
	"too many for a place":     "\x1b[1;2;3H\x1b[1H",
	"other private modes":      "\x1b[?1000h\x1b[?1004h\x1b[?47h\x1b[?25;1000h\x1b[?2026;1000h\x1b[?2004;1000h",
	"reset":                    "\x1bc\x1b[!p\x1b#8",
	"scrolling":                "\x1b[5;10r\x1bM\x1bD\x1b[5S",
	"insert, delete, repeat":   "\x1b[4h\x1b[5L\x1b[5M\x1b[5P\x1b[999b",
	"other erasing":            "\x1b[J\x1b[3J\x1b[1K",
	"other charsets":           "\x1b(0\x1b)0\x0e\x1bn",
	"keys":                     "\x1b[>4;2m\x1b[=1;1u\x1b=",
	"bell, backspace, DEL":     "\a\b\x7f\v\f",
	"cancelled":                "\x1b[31\x18\x1b[3\x1a",
	"an escape in an escape":   "\x1b[3\x1b\x1b]2;x\a",
	"the paste mode":           "\x1b[?2004h\x1b[?2026$p",
	"turned round":             "\u202e\u2066\u200f\u05d0",
	"unseen":                   "\u200b\u200d\ufeff\U000e0041",
	"halves of characters":     "\xe6\x9c\xff\xc0\xaf\xed\xa0\x80",
	"a control in a sequence":  "\x1b[3\r\x05",
	"colour by another name":   "\x1b[38:2::1:2:3m\x1b[>1m\x1b[?1m",
	"a string that never ends": "\x1b]0;",
}

// TestNothingHostileIsReplayed: of none of it one byte reaches the terminal, in whatever pieces it was recorded.
func TestNothingHostileIsReplayed(t *testing.T) {
	for name, evil := range hostile {
		for _, plain := range []bool{false, true} {
			for _, step := range []int{1, 2, 3, 1 << 20} {
				gate := replayGate{plain: plain}
				var out []byte
				for rest := []byte("before" + evil); len(rest) > 0; {
					n := min(step, len(rest))
					out, rest = gate.pass(out, rest[:n]), rest[n:]
				}
				quietly := name == "the paste mode"
				got := string(out)
				if name == "cancelled" || name == "a control in a sequence" { // what a terminal would have taken for its end is a letter then
					got = strings.TrimRight(got, "\r")
				}
				if got != "before" || (gate.dropped == 0) != quietly {
					t.Errorf("%s, %d bytes at a time, plain %v: %q, %d left out", name, step, plain, got, gate.dropped)
				}
				if name == "a string that never ends" || name == "an escape in an escape" {
					continue
				}
				if after := string(gate.pass(nil, []byte("after柜"))); after != "after柜" {
					t.Errorf("%s: behind it %q is left of a word", name, after)
				}
			}
		}
	}
}

// TestTheGateLetsOurOwnPass: what the painter makes is not touched, in whatever pieces it comes.
func TestTheGateLetsOurOwnPass(t *testing.T) {
	own := "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b(B\x0f\x1b[?2026h\x1b[m\x1b[H\x1b[2J\x1b[3;500H\x1b[1;7;38;5;231;48;2;255;0;9m￥12.34 柜台 ▀█│é\x1b[m\x1b[40X\x1b[2;1H\x1b[K" +
		"\x1b[?2026l\x1b[?7h\x1b[?25h\x1b[?1049l\r\n"
	for step := 1; step <= len(own); step++ {
		var gate replayGate
		var out []byte
		for rest := []byte(own); len(rest) > 0; {
			n := min(step, len(rest))
			out, rest = gate.pass(out, rest[:n]), rest[n:]
		}
		if string(out) != own || gate.dropped != 0 {
			t.Fatalf("%d bytes at a time: %q, %d left out", step, out, gate.dropped)
		}
	}
	gate := replayGate{plain: true}
	if got := string(gate.line(gate.pass(nil, []byte(own)))); got != "￥12.34 柜台 ▀█│é\n" {
		t.Errorf("as lines: %q", got)
	}
}

// FuzzReplayGate: whatever comes, each sequence that goes out is one of the painter's.
func FuzzReplayGate(f *testing.F) {
	for _, evil := range hostile {
		f.Add([]byte(evil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var gate replayGate
		out := gate.pass(nil, data)
		for i, piece := range strings.Split(string(out), "\x1b") {
			if i > 0 && !begins(piece) {
				t.Fatalf("%q makes %q", data, piece)
			}
			if strings.ContainsFunc(piece, func(r rune) bool {
				return r < 0x20 && r != '\r' && r != '\n' && r != '\t' && r != 0x0f || r >= 0x7f && r < 0xa0
			}) {
				t.Fatalf("%q makes the control character of %q", data, piece)
			}
		}
		told := string(newReplayScreen(7, 3).frame(nil, out, 0))
		if strings.ContainsFunc(told, func(r rune) bool { return r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 }) {
			t.Fatalf("%q makes a screen tell %q", data, told)
		}
		var lines replayGate
		lines.plain = true
		if text := string(lines.pass(nil, data)); strings.Contains(text, "\x1b") {
			t.Fatalf("%q makes lines of %q", data, text)
		}
	})
}

// begins reports whether a text begins with one of the painter's sequences.
func begins(piece string) bool {
	for end := 1; end <= min(len(piece), gateMost); end++ {
		if ours([]byte(piece[:end])) {
			return true
		}
	}
	return false
}
