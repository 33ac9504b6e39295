package statement

import (
	"bytes"
	"strings"
)

// form is what the fields of a column look like. Only a column of free text can have a comma inside.
type form uint8

const (
	freeForm form = iota
	numberForm
	clockForm
	amountForm // two decimals
	feeForm    // five
	kindForm   // one of the format's words
)

// column is one that a format knows. Names are without the unit that some carry behind them.
type column struct {
	names  []string // the first is the documented one
	form   form
	needed bool
}

// maxColumns bounds a header: the widest that is documented has 29.
const maxColumns = 128

// header is where a file has the columns that its format knows.
type header struct {
	at    []int // for each known column; -1: the file lacks it
	forms []form
	kinds []*word
	ways  [][]uint8 // for resolve
	out   [][]byte
}

// readHeader finds the columns of a format in a header line. Unknown ones are passed over.
func readHeader(line uint64, text string, known []column, kinds []*word) (*header, error) {
	names := headerNames(text)
	if len(names) > maxColumns {
		return nil, faultAt(line, FaultColumn, "more than 128 columns")
	}
	h := &header{at: make([]int, len(known)), forms: make([]form, len(names)), kinds: kinds}
	for i := range known {
		h.at[i] = -1
		for _, name := range known[i].names {
			for at, n := range names {
				switch {
				case n != name:
				case h.at[i] >= 0:
					return nil, faultAt(line, FaultColumn, "twice: "+known[i].names[0])
				default:
					h.at[i], h.forms[at] = at, known[i].form
				}
			}
		}
		if h.at[i] < 0 && known[i].needed {
			return nil, faultAt(line, FaultColumn, "missing: "+known[i].names[0])
		}
	}
	return h, nil
}

// headerNames splits a line of names, of columns or of sums, and takes off what some files put around them.
func headerNames(text string) []string {
	names := strings.Split(text, ",")
	for i, n := range names {
		n = strings.Trim(n, "` \t\ufeff")
		names[i] = strings.TrimSuffix(strings.TrimSuffix(n, "（元）"), "(元)")
	}
	return names
}

// has reports whether the file has a known column.
func (h *header) has(c int) bool { return h.at[c] >= 0 }

// field is a known column's field of a row, without the TABs that pad it; nothing where the file lacks the column.
func (h *header) field(row [][]byte, c int) []byte {
	if h.at[c] < 0 {
		return nil
	}
	return trimTabs(row[h.at[c]])
}

// splitCommas puts a row's fields into the room that it is given: no more than resolve takes, and one.
func splitCommas(room [][]byte, line []byte) [][]byte {
	for {
		at := bytes.IndexByte(line, ',')
		if at < 0 || len(room) > maxColumns+maxCommas {
			return append(room, line)
		}
		room, line = append(room, line[:at]), line[at+1:]
	}
}

// splitQuotes does so for WeChat Pay, which puts a back-quote before each value; without its first one a line is no row.
func splitQuotes(room [][]byte, line []byte) ([][]byte, bool) {
	line, ok := bytes.CutPrefix(line, []byte("`"))
	if !ok {
		return room, false
	}
	for from := 0; ; { // a comma without a back-quote behind it belongs to the value
		at := bytes.IndexByte(line[from:], ',')
		if at < 0 || len(room) > maxColumns+maxCommas {
			return append(room, line), true
		}
		if at += from; at+1 == len(line) || line[at+1] != '`' {
			from = at + 1
			continue
		}
		room, line, from = append(room, line[:at]), line[at+2:], 0
	}
}
