package ui

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// This file is the way of a line to the terminal.

// printer writes lines in a goroutine of its own, so that a terminal that takes nothing (XOFF) holds nobody.
type printer struct {
	lines chan string
	ended chan struct{} // closed when write has ended
	end   string        // of a line
	ascii bool
	width func() int // of the terminal in cells, 0 unknown; nil without one
	first func()
	hub   *Hub     // of those who look on; nil: nobody can
	said  []string // the last rows, where somebody may look on
	err   error    // after ended
}

func (w *printer) write(out io.Writer) {
	defer close(w.ended)
	defer w.hub.dark(showsNothing)
	buffer := bufio.NewWriter(out)
	for line := range w.lines {
		rows := w.rows(harmless(line, w.ascii))
		w.tell(rows)
		_, err := buffer.WriteString(rows)
		if err == nil && len(w.lines) == 0 {
			err = buffer.Flush()
		}
		if err != nil {
			w.err = fmt.Errorf("writing lines: %w", err)
			return
		}
		if w.first != nil {
			go w.first()
			w.first = nil
		}
	}
}

// tell gives the last rows to those who look on.
func (w *printer) tell(rows string) {
	if w.hub == nil {
		return
	}
	w.said = append(w.said, strings.Split(strings.TrimSuffix(rows, w.end), w.end)...)
	w.said = slices.Clone(w.said[max(0, len(w.said)-linesSeen):])
	w.hub.publish(&shot{turn: w.hub.turn(), shows: showsLines, text: strings.Join(w.said, "\n"), width: lineMost, height: linesSeen})
}

// linesSeen is how many of the last rows those who look on see.
const linesSeen = 24

// lineMost is the longest row in cells: what braille displays and serial consoles show without breaking a word.
const lineMost = 80

// rows breaks a line between its words, at the terminal's width where that is known, and at 80 cells everywhere. The later rows are
// indented: none but a line's first row begins with a state's word.
func (w *printer) rows(line string) string {
	const indent, least = "  ", 20
	width := 0
	if w.width != nil {
		width = w.width()
	}
	if width < least || width > lineMost {
		width = lineMost
	}
	rows := wrap(line, width-len(indent)-1, len(line)+1) // one cell less, because some terminals break a row that is full
	return strings.Join(rows, w.end+indent) + w.end
}

// close waits for the last lines, but not for ever.
func (w *printer) close() {
	close(w.lines)
	select {
	case <-w.ended:
	case <-time.After(killAfter):
	}
}

// say prints one line, whose parts stand apart by a blank.
func (p *plain) say(parts ...string) {
	line := strings.Join(present(parts...), " ")
	select {
	case p.out.lines <- line:
		return
	default:
	}
	select {
	case p.out.lines <- line:
	case <-p.out.ended:
	case <-p.app.feed.ctx.Done():
	}
}
