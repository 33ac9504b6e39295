package ui

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// TestEveryTerminalGetsOnlyWhatItKnows makes a sale on terminals of many names and looks at every sequence.
func TestEveryTerminalGetsOnlyWhatItKnows(t *testing.T) {
	const (
		least  = " H J m K ?7h ?7l (B"
		vt220  = least + " ?25h ?25l X"
		modern = vt220 + " ?1049h ?1049l ?2004h ?2004l"
		asked  = modern + " ?2026$p"
	)
	for _, tc := range []struct {
		env     string
		allowed string
		colours int // the most that a parameter of SGR shows: 0, 16, 256
	}{
		{"TERM=vt100", least, 0},
		{"TERM=vt220", vt220, 0},
		{"TERM=linux", modern, 16},
		{"TERM=screen", modern, 256},
		{"TERM=tmux-256color", asked, 256},
		{"TERM=xterm", asked, 16},
		{"TERM=xterm-256color", asked, 256},
		{"TERM=xterm-256color SSH_TTY=/dev/pts/1", modern, 256},
		{"TERM=xterm-256color TERM_PROGRAM=Apple_Terminal", modern, 256},
		{"TERM=xterm-kitty", modern + " ?2026h ?2026l", 1 << 24},
	} {
		t.Run(tc.env, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			master, screen, before, tty, ended := runOnPty(t, ctx, func(o *Options) { o.Getenv = getenv(tc.env) })
			screen.waitFor(t, "Guitai")
			master.WriteString("12.5\r")
			screen.waitFor(t, "tail")
			master.WriteString("\x1bOP") // F1
			screen.waitFor(t, "Backspace")
			cancel()
			if err := wait(t, ended); err != nil {
				t.Fatal(err)
			}
			screen.waitFor(t, "\x1b[?7h")
			if termios(t, tty) != before {
				t.Error("the terminal is not as before")
			}
			if !strings.Contains(screen.String(), "\x1b[?7l") {
				t.Error("rows that are too long for a window that became smaller would scroll it")
			}
			for rest := screen.String(); rest != ""; {
				seq, _, n, _ := ansi.DecodeSequence(rest, ansi.NormalState, nil)
				rest = rest[n:]
				switch {
				case seq[0] >= ' ', seq == "\x0f":
					continue
				case seq[0] != ansi.ESC:
					t.Fatalf("a control character %q", seq)
				}
				kind := strings.TrimLeft(strings.TrimPrefix(seq[1:], "["), "0123456789;")
				if !strings.Contains(tc.allowed+" ", " "+kind+" ") {
					t.Fatalf("%q is sent", seq)
				}
				if kind == "m" && coloursOf(seq) > tc.colours {
					t.Fatalf("%q is sent to a terminal with %d colours", seq, tc.colours)
				}
			}
		})
	}
}

// coloursOf gives how many colours a terminal needs for an SGR sequence.
func coloursOf(seq string) int {
	switch params := ";" + strings.Trim(seq, "\x1b[m") + ";"; {
	case strings.Contains(params, "8;2;"):
		return 1 << 24
	case strings.Contains(params, "8;5;"):
		return 256
	case regexp.MustCompile(`;([34][0-7]|9[0-7]|10[0-7]);`).MatchString(params):
		return 16
	}
	return 0
}

// getenv reads an environment from "NAME=value NAME=value".
func getenv(env string) func(string) string {
	return func(name string) string {
		for pair := range strings.FieldsSeq(env) {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestATerminalWithoutACursorIsLeftAlone(t *testing.T) {
	for _, env := range []string{"", "TERM=dumb"} {
		_, screen, before, tty, ended := runOnPty(t, t.Context(), func(o *Options) { o.Getenv = getenv(env) })
		if err := wait(t, ended); !errors.Is(err, ErrNoCursor) {
			t.Errorf("%q: %v", env, err)
		}
		if termios(t, tty) != before || screen.String() != "" {
			t.Errorf("%q: the terminal was touched", env)
		}
	}
}
