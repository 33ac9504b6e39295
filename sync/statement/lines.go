package statement

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// maxLine bounds a line: a row of a statement has less than one KiB.
const maxLine = 64 << 10

// lines reads a text line by line, and knows which of the two encodings it is in: the first line with a character beyond ASCII tells,
// and every statement has one before its first row. Neither encoding has a byte of ASCII punctuation below 0x30 inside a character, so
// lines and fields are told apart without decoding.
type lines struct {
	in    *bufio.Reader
	n     uint64 // the line that was read last
	known bool
	gbk   bool
}

func newLines(in io.Reader) *lines { return &lines{in: bufio.NewReaderSize(in, maxLine)} }

// next gives the next line without its end, good until the call after. At the end it is io.EOF.
func (l *lines) next() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	switch {
	case err == nil:
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, faultAt(l.n+1, FaultLine, "more than 64 KiB")
	case !errors.Is(err, io.EOF):
		return nil, l.unreadable(err)
	case len(line) == 0:
		return nil, io.EOF
	}
	if l.n++; l.n == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if !l.known {
		l.look(line)
	}
	return line, nil
}

// unreadable keeps a fault of an unpacker, and makes one of anything else.
func (l *lines) unreadable(err error) error {
	var known *FaultError
	if errors.As(err, &known) {
		return known
	}
	return &FaultError{Line: l.n + 1, Code: FaultRead, Cause: err}
}

func (l *lines) look(line []byte) {
	for _, c := range line {
		if c >= utf8.RuneSelf {
			l.known, l.gbk = true, !utf8.Valid(line)
			return
		}
	}
}

// text decodes a line of the file's frame: what is above the header, the header, sums. Rows are not decoded.
func (l *lines) text(line []byte) string {
	if !l.gbk {
		return string(line)
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(line)
	if err != nil {
		return ""
	}
	return string(decoded)
}

// word is a value that a field can have, in both encodings.
type word struct{ utf8, gbk []byte }

func newWord(text string) word {
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(text))
	if err != nil {
		panic("statement: " + text + " is not in GBK")
	}
	return word{utf8: []byte(text), gbk: gbk}
}

func (l *lines) raw(w *word) []byte {
	if l.gbk {
		return w.gbk
	}
	return w.utf8
}

func (l *lines) is(field []byte, w *word) bool { return bytes.Equal(field, l.raw(w)) }

// has reports whether a field has the word in it. It is asked about words of Chinese characters alone: a match could begin in the middle
// of another character of GBK only where that gives two wrong characters in a row.
func (l *lines) has(field []byte, w *word) bool { return bytes.Contains(field, l.raw(w)) }

func blank(line []byte) bool { return len(bytes.Trim(line, " \t")) == 0 }
