package ui

import (
	"bytes"
	"time"

	"golang.org/x/text/width"
)

// This file makes lines out of bytes. Nothing of a line is shown while it is typed: what begins like an amount may go on
// as a customer's code, and what was printed cannot be taken back from a terminal's memory or from paper.

// typedMax is how many bytes of a line are kept: a code of 24 full-width digits has 72. More are only counted.
const typedMax = 128

// typed is one line.
type typed struct {
	text []byte    // full-width characters are the ones under them; wiped by whoever is done with it
	long bool      // there was more
	fast bool      // no hand types like that: a scanner did
	from time.Time // when its first byte came
	at   time.Time
	key  bool // no line but Ctrl-C, or Ctrl-D
}

// wipe overwrites the text.
func (t *typed) wipe() {
	clear(t.text)
	t.text = nil
}

// lineReader collects a line. One goroutine uses it.
type lineReader struct {
	paced bool // bytes come as they are typed, so that their pace tells a scanner from a hand

	buf    [typedMax]byte
	kept   int           // of buf
	long   bool          // there were more than fit
	bytes  int           // since the last line's end
	pauses int           // gaps that a scanner does not make
	widest time.Duration // of these gaps
	first  time.Time     // when the line's first byte came
	last   time.Time     // when the last byte came
	ended  time.Time     // when a scanner's last line ended: a second end that follows it is the scanner's, too
	skip   skipping
}

// skipping is how far an escape sequence, an arrow for example, has come. It asks for nothing here.
type skipping int

const (
	skipNothing  skipping = iota
	skipEscape            // an ESC has come
	skipFinal             // until the sequence's last byte
	skipOneMore           // SS3: one byte
	escapeWithin = 50 * time.Millisecond
)

// add takes one byte and gives a line when it ends one.
func (r *lineReader) add(c byte, now time.Time) (line typed, ok bool) {
	gap := now.Sub(r.last)
	if r.bytes > 0 && gap >= wedgeGap {
		r.pauses++
		r.widest = max(r.widest, gap)
	}
	r.last = now
	if r.escaped(c, gap) {
		return typed{}, false
	}
	switch c {
	case '\r', '\n':
		return r.end(now)
	case 0x03, 0x04: // Ctrl-C, Ctrl-D
		r.clear()
		return typed{key: true, at: now}, true
	case 0x15: // Ctrl-U
		r.clear()
		return typed{}, false
	case 0x08, 0x7F:
		r.back()
		return typed{}, false
	case '\t':
		c = ' '
	}
	if c < ' ' {
		return typed{}, false
	}
	if r.bytes == 0 {
		r.first = now
	}
	r.bytes++
	if r.kept == typedMax {
		r.long = true
		return typed{}, false
	}
	r.buf[r.kept] = c
	r.kept++
	return typed{}, false
}

// escaped reports whether a byte belongs to an escape sequence. An ESC alone is a key; the next byte is only its when
// it comes at once and begins a sequence, so no digit of a scan is lost after an Esc.
func (r *lineReader) escaped(c byte, gap time.Duration) bool {
	if gap >= escapeWithin && r.paced {
		r.skip = skipNothing
	}
	was := r.skip
	r.skip = skipNothing
	switch {
	case c == 0x1B:
		r.skip = skipEscape
		return true
	case was == skipEscape && c == '[':
		r.skip = skipFinal
		return true
	case was == skipEscape && c == 'O':
		r.skip = skipOneMore
		return true
	case was == skipOneMore:
		return c >= ' '
	case was == skipFinal && c >= ' ' && c < 0x40:
		r.skip = skipFinal
		return true
	case was == skipFinal:
		return c >= 0x40
	}
	return false
}

// end gives the line. An end that follows a scanner's line at a scanner's pace (CR LF) is not a line of its own.
func (r *lineReader) end(now time.Time) (typed, bool) {
	if r.paced && r.bytes == 0 && now.Sub(r.ended) < wedgePatience {
		return typed{}, false
	}
	line := typed{
		text: narrow(r.buf[:r.kept]), long: r.long, from: r.first, at: now,
		fast: r.paced && r.bytes >= wedgeSure && r.pauses <= 1 && r.widest < wedgePatience,
	}
	fast := line.fast
	r.clear()
	if fast {
		r.ended = now
	}
	return line, true
}

// back takes the last character away, all bytes of it.
func (r *lineReader) back() {
	for r.kept > 0 {
		r.kept--
		c := r.buf[r.kept]
		r.buf[r.kept] = 0
		if c < 0x80 || c >= 0xC0 { // not a later byte of a character
			break
		}
	}
}

// clear forgets the line, and overwrites it.
func (r *lineReader) clear() {
	*r = lineReader{paced: r.paced, last: r.last, ended: r.ended, skip: r.skip}
}

// narrow gives a copy of a line without blanks at its ends, with the plain characters that a Chinese input method wrote
// full-width.
func narrow(text []byte) []byte {
	plain := width.Narrow.Bytes(text)
	line := make([]byte, 0, len(plain)) // growing would leave copies behind
	for rest := bytes.TrimSpace(plain); len(rest) > 0; {
		switch {
		case bytes.HasPrefix(rest, []byte("。")):
			line, rest = append(line, '.'), rest[len("。"):]
		case bytes.HasPrefix(rest, []byte("｡")):
			line, rest = append(line, '.'), rest[len("｡"):]
		case len(line) == 0 && bytes.HasPrefix(rest, []byte("、")): // the command, and no comma of a person's words
			line, rest = append(line, '/'), rest[len("、"):]
		case len(line) == 0 && bytes.HasPrefix(rest, []byte("､")):
			line, rest = append(line, '/'), rest[len("､"):]
		default:
			line, rest = append(line, rest[0]), rest[1:]
		}
	}
	clear(plain)
	return line
}

// kind is what a line is by its looks.
type kind int

const (
	isEmpty kind = iota
	isAmount
	isTooFast // an amount, but a scanner typed it
	isCode    // a customer's code, or something else that a scanner read: the Book names it
	isWord
)

// looks classifies a line by the rules of the screen (burst.go), without making a copy of what may be a code. awaited
// tells that a code was announced: then all digits are one.
func (t *typed) looks(awaited bool) kind {
	digits, points, others := 0, 0, 0
	for _, c := range t.text {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
		case c != ' ':
			others++
		}
	}
	switch {
	case len(t.text) == 0:
		return isEmpty
	case t.long, digits >= codeDigits && points == 0, awaited && digits > 0 && points+others == 0:
		return isCode
	case others == 0 && t.fast && points == 0:
		return isTooFast
	case others == 0:
		return isAmount
	}
	return isWord
}

// code gives the line as a scan. Blanks between digits are how people write long numbers.
func (t *typed) code() []byte {
	code := make([]byte, 0, len(t.text))
	for _, c := range t.text {
		if c != ' ' {
			code = append(code, c)
		}
	}
	t.wipe()
	return code
}
