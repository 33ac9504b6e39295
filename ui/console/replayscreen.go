package console

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"guitai/ledger/disk"
)

// This file reads a recording as lines: what was sent goes onto a screen in memory, and of each frame the rows that it has changed are
// told. A frame is one row of the recording, because the painter writes one at once.

// replayMost bounds a window that a recording claims, in cells: no screen of the till's is larger.
const replayMostColumns, replayMostRows = 500, 200

// windowOf is the least window in which all of a recording can be seen; nothing where it has no picture, but a command's lines.
func windowOf(r *disk.Recording) (columns, rows int) {
	if r.Head.Command != "" {
		return 0, 0
	}
	columns, rows = r.Head.Columns, r.Head.Rows
	for _, row := range r.Rows {
		var c, l int
		if row.Kind == disk.RowSize {
			if n, _ := fmt.Sscanf(string(row.Data), "%dx%d", &c, &l); n == 2 {
				columns, rows = max(columns, c), max(rows, l)
			}
		}
	}
	if columns <= 0 || rows <= 0 {
		return 0, 0
	}
	return min(columns, replayMostColumns), min(rows, replayMostRows)
}

// replayScreen is what the visitor's terminal showed, without its colours.
type replayScreen struct {
	cells   *uv.Buffer
	parser  *ansi.Parser
	x, y    int
	wraps   bool
	changed []bool   // by row, since the last frame
	told    []string // by row: what was told last, its clock stopped
	second  int64    // that was told last
}

func newReplayScreen(columns, rows int) *replayScreen {
	return &replayScreen{cells: uv.NewBuffer(columns, rows), parser: ansi.NewParser(), wraps: true,
		changed: make([]bool, rows), told: make([]string, rows), second: -1}
}

// stopped is the face of a screen's clock, which stands at the end of a row, for comparing: one that goes on tells nothing.
const stopped = "0:00:00"

var clockFace = regexp.MustCompile(`\d{1,2}:\d\d:\d\d( *│)?$`)

// frame takes a frame, which has come through the gate, and appends to out the rows that it has changed.
func (s *replayScreen) frame(out, sent []byte, at time.Duration) []byte {
	for state := byte(0); len(sent) > 0; {
		piece, width, n, next := ansi.DecodeSequence(sent, state, s.parser)
		if width > 0 {
			s.put(string(piece), width)
		} else {
			out = s.obey(out, piece, at)
		}
		sent, state = sent[n:], next
	}
	return s.tell(out, at)
}

// put writes a character.
func (s *replayScreen) put(character string, width int) {
	if s.x+width > s.cells.Width() {
		if !s.wraps {
			return
		}
		s.x = 0
		s.lineFeed()
	}
	s.cells.SetCell(s.x, s.y, &uv.Cell{Content: character, Width: width})
	s.changed[s.y] = true
	s.x += width
}

// obey follows what is no character. The gate lets nothing pass but what stands here, and what changes no letter.
func (s *replayScreen) obey(out, piece []byte, at time.Duration) []byte {
	switch string(piece) {
	case "\r":
		s.x = 0
	case "\n":
		out = s.tell(out, at) // a row that is pushed out is told before
		s.lineFeed()
	case "\t":
		s.x = min(s.x/8*8+8, s.cells.Width()-1)
	case "\x1b[?7h", "\x1b[?7l":
		s.wraps = piece[len(piece)-1] == 'h'
	case "\x1b[2J", "\x1b[?1049h", "\x1b[?1049l":
		for y := range s.changed {
			s.erase(y, 0, s.cells.Width())
		}
	case "\x1b[K":
		s.erase(s.y, s.x, s.cells.Width())
	default:
		if !bytes.HasPrefix(piece, []byte("\x1b[")) {
			return out
		}
		first, _ := s.parser.Param(0, 1)
		second, _ := s.parser.Param(1, 1)
		switch piece[len(piece)-1] {
		case 'H':
			s.y, s.x = min(first, s.cells.Height())-1, min(second, s.cells.Width())-1
		case 'X':
			s.erase(s.y, s.x, s.x+first)
		}
	}
	return out
}

func (s *replayScreen) erase(y, from, to int) {
	for x := from; x < min(to, s.cells.Width()); x++ {
		s.cells.SetCell(x, y, nil)
	}
	s.changed[y] = true
}

func (s *replayScreen) lineFeed() {
	if s.y+1 < s.cells.Height() {
		s.y++
		return
	}
	s.cells.DeleteLine(0, 1, nil)
	s.told, s.changed = append(s.told[1:], ""), append(s.changed[1:], true)
}

// tell appends the rows that are others than they were told last, with the time over them.
func (s *replayScreen) tell(out []byte, at time.Duration) []byte {
	for y, changed := range s.changed {
		if !changed {
			continue
		}
		s.changed[y] = false
		text := strings.TrimRight(s.cells.Line(y).String(), " ")
		still := clockFace.ReplaceAllString(text, stopped)
		if still == s.told[y] {
			continue
		}
		s.told[y] = still
		if text == "" {
			continue
		}
		if second := int64(at / time.Second); second != s.second {
			s.second = second
			out = fmt.Appendf(out, "--- %s\n", time.Duration(second)*time.Second)
		}
		out = append(append(out, text...), '\n')
	}
	return out
}
