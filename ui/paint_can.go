package ui

import (
	"strings"

	"github.com/charmbracelet/colorprofile"
)

// abilities are what a terminal may be sent. They come from its name alone, because a terminal that is asked may not
// answer, or answer into the amount.
type abilities struct {
	place bool  // CUP, ED and EL, autowrap off (DECAWM): a VT100's, and the least that the painter needs
	erase bool  // cells can be erased (ECH), the cursor can be hidden (DECTCEM): a VT220's
	modes bool  // xterm's private modes: another screen (1049), bracketed paste (2004)
	attrs attrs // what of a pen is shown
	sync  bool  // synchronized output (2026) is known to work
	ask   bool  // whether it works may be asked (DECRQM)
}

// syncKinds are terminals whose name alone says that they know synchronized output.
var syncKinds = []string{"alacritty", "contour", "foot", "ghostty", "kitty", "wezterm"}

// abilitiesOf reads a terminal's name. An unknown name is taken for one of xterm's many descendants: private modes that
// they do not know they ignore.
func abilitiesOf(getenv func(string) string) abilities {
	term := getenv("TERM")
	switch {
	case term == "", term == "dumb", term == "unknown", term == "network", strings.HasPrefix(term, "vt5"):
		return abilities{}
	case strings.HasPrefix(term, "vt1"):
		return abilities{place: true, attrs: bold | underline | blinking | reversed}
	case strings.HasPrefix(term, "vt"):
		return abilities{place: true, erase: true, attrs: bold | underline | blinking | reversed | hidden}
	}
	can := abilities{place: true, erase: true, modes: true, attrs: everyAttr}
	for _, kind := range syncKinds {
		can.sync = can.sync || strings.Contains(term, kind)
	}
	can.ask = !can.sync && mayAskModes(term, getenv)
	return can
}

// mayAskModes reports whether the terminal is of a kind that answers DECRQM or ignores it. Others print its last letter
// (Apple's Terminal) or are not known to ignore it (the Linux console, GNU Screen). Over a network nobody knows what
// terminal is behind the name, and a reply that arrives in pieces would be keys.
func mayAskModes(term string, getenv func(string) string) bool {
	for _, remote := range []string{"SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"} {
		if getenv(remote) != "" {
			return false
		}
	}
	if strings.HasPrefix(getenv("TERM_PROGRAM"), "Apple") {
		return false
	}
	return getenv("TMUX") != "" || strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "xterm")
}

// profile is what of profile the terminal has: a VT100 and its kin have no colours, whatever the library believes.
func (can *abilities) profile(getenv func(string) string, profile colorprofile.Profile) colorprofile.Profile {
	if strings.HasPrefix(getenv("TERM"), "vt") {
		return min(profile, colorprofile.ASCII)
	}
	return profile
}

// enter makes the terminal the till's. Nothing in it tells what the till shows: no window title is ever set. The
// question about synchronized output stands before the clearing of the first frame, which takes away what a terminal
// may have printed for it.
func (can *abilities) enter() string {
	var s strings.Builder
	if can.modes {
		s.WriteString("\x1b[?1049h\x1b[?2004h")
	}
	if can.erase {
		s.WriteString("\x1b[?25l")
	}
	s.WriteString("\x1b[?7l\x1b(B\x0f") // no wrapping; letters are letters, whatever was shown before
	if can.ask {
		s.WriteString("\x1b[?2026$p")
	}
	return s.String()
}

// leave gives the terminal back. The window is cleared, so that amounts and codes stay on no screen, also where there is
// no other screen to go back to.
func (can *abilities) leave() string {
	var s strings.Builder
	if can.sync {
		s.WriteString("\x1b[?2026l")
	}
	s.WriteString("\x1b[m\x1b[H\x1b[2J\x1b[?7h")
	if can.erase {
		s.WriteString("\x1b[?25h")
	}
	if can.modes {
		s.WriteString("\x1b[?2004l\x1b[?1049l")
	}
	return s.String()
}
