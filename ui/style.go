package ui

import (
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"

	"guitai/ledger"
)

// terminal is what the till knows about what it draws on.
type terminal struct {
	name   string // TERM
	colors int    // what the terminal shows: 0, 16, 256 or more
	mono   bool   // no colours at all, or a wish for none: everything but the QR is drawn without
	linux  bool   // the Linux console: most of its fonts lack half blocks and signs
}

// terminalFor reads the terminal from its profile and its environment. NO_COLOR is a wish about the till's own colours;
// the QR keeps its black and white, without which no phone reads it.
func terminalFor(profile colorprofile.Profile, getenv func(string) string) terminal {
	t := terminal{name: getenv("TERM"), linux: getenv("TERM") == "linux"}
	switch {
	case strings.HasPrefix(getenv("TERM"), "vt"): // the library believes in 16 colours here
	case profile >= colorprofile.TrueColor:
		t.colors = 1 << 24
	case profile >= colorprofile.ANSI256:
		t.colors = 256
	case profile >= colorprofile.ANSI:
		t.colors = 16
	}
	t.mono = t.colors == 0 || getenv("NO_COLOR") != ""
	return t
}

// spot is where on the panel a banner stands.
type spot int

const (
	onTop   spot = iota // above the amount
	inside              // under the amount
	atFoot              // at the end of the panel
	toRight             // at the end of the panel, pushed to the right edge
)

// face is how a state looks beside its word: sign, edge, height and place differ, so that nothing hangs on colour.
type face struct {
	sign  string // one cell
	edge  string // one cell, repeated along the banner
	tall  bool   // three rows instead of one
	spot  spot
	rings int  // how often the bell rings when the state comes
	lives bool // the edges move
	style func(*palette) *lipgloss.Style
}

var faces = map[ledger.AttemptState]face{
	ledger.Intent:    {"…", "·", false, inside, 0, false, waitStyle},
	ledger.Asking:    {"…", "·", false, inside, 0, false, waitStyle},
	ledger.Waiting:   {"…", "·", false, inside, 0, false, waitStyle},
	ledger.Unknown:   {"?", "?", true, inside, 2, false, doubtStyle},
	ledger.Paid:      {"✔", "█", true, onTop, 1, true, func(p *palette) *lipgloss.Style { return &p.good }},
	ledger.Refused:   {"✖", "x", false, atFoot, 2, false, badStyle},
	ledger.Unsent:    {"✖", "o", false, atFoot, 2, false, badStyle},
	ledger.Stopping:  {"▼", "~", false, inside, 0, false, doubtStyle},
	ledger.Withdrawn: {"■", "-", false, atFoot, 0, false, ebbStyle},
	ledger.Closing:   {"▼", "~", true, inside, 0, false, doubtStyle},
	ledger.ClosedOff: {"■", "=", false, atFoot, 0, false, ebbStyle},
	ledger.Reversed:  {"↩", "<", false, toRight, 2, false, badStyle},
	ledger.Orphan:    {"⚠", "!", true, onTop, 3, false, doubtStyle},
}

// refundFaces are those of a refund: what is on its way is never drawn like what has arrived.
var refundFaces = map[ledger.RefundState]face{
	ledger.RefundOwed:     {"…", "·", false, inside, 0, false, waitStyle},
	ledger.RefundAsked:    {"?", ">", false, inside, 0, false, waitStyle},
	ledger.RefundPending:  {"▼", "~", false, inside, 0, false, doubtStyle},
	ledger.RefundHeld:     {"■", "-", true, inside, 0, false, doubtStyle},
	ledger.RefundReturned: {"✔", "<", true, onTop, 0, false, func(p *palette) *lipgloss.Style { return &p.good }},
	ledger.RefundFailed:   {"✖", "x", true, atFoot, 0, false, badStyle},
	ledger.RefundAbnormal: {"⚠", "!", true, atFoot, 0, false, doubtStyle},
	ledger.RefundByHand:   {"↩", "=", false, toRight, 0, false, ebbStyle},
}

// backFaces are a sale's, when its money is no longer what its state alone says.
var backFaces = map[backKind]face{
	backGoing:     {"↩", "~", false, onTop, 0, false, doubtStyle},
	backPart:      {"↩", "█", false, onTop, 0, false, func(p *palette) *lipgloss.Style { return &p.good }},
	backFull:      {"↩", "<", true, toRight, 1, false, ebbStyle},
	backStuck:     {"⚠", "x", true, onTop, 2, false, doubtStyle},
	backLateGoing: {"⚠", "~", true, onTop, 2, false, doubtStyle},
	backLate:      {"↩", "-", true, toRight, 2, false, ebbStyle},
}

func waitStyle(p *palette) *lipgloss.Style  { return &p.wait }
func doubtStyle(p *palette) *lipgloss.Style { return &p.doubt }
func badStyle(p *palette) *lipgloss.Style   { return &p.bad }
func ebbStyle(p *palette) *lipgloss.Style   { return &p.ebb }

// banner draws a state's word with its sign and edges, width cells wide. Money that came has living edges.
func (f face) banner(word string, width int, p *palette, now time.Time) []string {
	text := cut(" "+f.sign+" "+word+" ", max(width-6, 0))
	lead := 3
	switch {
	case f.spot == onTop:
		lead = (width - wide(text)) / 2
	case f.spot == toRight:
		lead = width - wide(text) - 3
	}
	style := f.style(p)
	row := style.Render(strings.Repeat(f.edge, max(lead, 0)) + text + strings.Repeat(f.edge, max(width-lead-wide(text), 0)))
	if !f.tall {
		return []string{row}
	}
	top, foot := strings.Repeat(f.edge, width), strings.Repeat(f.edge, width)
	if f.lives {
		top, foot = livingEdge(f.edge, width, 1, now), livingEdge(f.edge, width, -1, now)
	}
	return []string{style.Render(top), row, style.Render(foot)}
}

const (
	markCells = 4                      // of the gap that moves along PAID's edges
	markEvery = 250 * time.Millisecond // how long it stays in one place
)

// livingEdge is a row of edges along which a gap moves: a picture of an older payment stands still.
func livingEdge(edge string, width, direction int, now time.Time) string {
	at := int(now.UnixMilli()/markEvery.Milliseconds()) * markCells % width
	if direction < 0 {
		at = width - 1 - at
	}
	var row strings.Builder
	for i := range width {
		if (i-at+width)%width < markCells {
			row.WriteByte(' ')
		} else {
			row.WriteString(edge)
		}
	}
	return row.String()
}

// consoleSigns puts plain characters in place of signs that most fonts of the Linux console lack, cell for cell.
var consoleSigns = strings.NewReplacer("▶", ">", "■", "#", "□", "-", "…", ".", "↑", "^", "↓", "v", "←", "<", "→", ">", "✔", "+", "✖", "x",
	"↩", "<", "⚠", "!", "▼", "v", "▲", "^")
