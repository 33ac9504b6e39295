package ui

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"guitai/ledger/disk"
	"guitai/ui/console"
)

// TestReplaysLookAsTheScreenDid: what the painter makes of any frame, with what it begins and ends with, comes through a recording and
// the gate of a replay as it was, but for the modes that whoever looks at a replay has no use for.
func TestReplaysLookAsTheScreenDid(t *testing.T) {
	for _, term := range []string{"xterm-256color", "xterm-kitty", "vt100", "vt220", "linux", "tmux-256color"} {
		c := newCanvas(term, colorprofile.TrueColor)
		f := &fuzz{random: rand.New(rand.NewPCG(1, 2)), width: 120, height: 40, rows: make([]string, 40)}
		sent := []byte(c.can.enter())
		for i := range 200 {
			f.next()
			sent = c.paint(sent, strings.Join(f.rows, "\n"), f.width, f.height, i == 0)
		}
		sent = append(sent, c.can.leave()...)
		wanted := strings.NewReplacer("\x1b[?2004h", "", "\x1b[?2004l", "", "\x1b[?2026$p", "").Replace(string(sent))
		var out bytes.Buffer
		if dropped := console.Replay(&out, []disk.RecordingRow{{Kind: disk.RowOut, Data: sent}}); dropped != 0 {
			t.Errorf("%s: %d sequences or characters of our own are left out", term, dropped)
		}
		if out.String() != wanted {
			t.Errorf("%s: %d bytes of %d come through", term, out.Len(), len(wanted))
		}
	}
}
