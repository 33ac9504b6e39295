package statement

// maxCommas is how many commas inside names a row may have.
const maxCommas = 64

// resolve gives a row's fields in the header's places where names with commas inside have made more fields of it: a column of a fixed
// form takes one field that has this form, and each column of free text one or more. There has to be exactly one such way; which of
// several columns of free text side by side a comma belongs to does not matter. What it gives is good until the next call.
func (h *header) resolve(l *lines, row [][]byte) ([][]byte, bool) {
	n := len(h.forms)
	if len(row) == n {
		return row, true
	}
	if len(row) < n || len(row) > n+maxCommas {
		return nil, false
	}
	runs := h.runs()
	h.count(l, runs, row)
	if h.ways[0][0] != 1 {
		return nil, false
	}
	return h.follow(runs, row), true
}

// run is one column of a fixed form, or columns of free text side by side.
type run struct{ from, columns int }

func (h *header) free(r run) bool { return h.forms[r.from] == freeForm }

func (h *header) runs() (runs []run) {
	for i, f := range h.forms {
		if last := len(runs) - 1; f == freeForm && last >= 0 && h.free(runs[last]) {
			runs[last].columns++
			continue
		}
		runs = append(runs, run{i, 1})
	}
	return runs
}

// count sets in how many ways the runs from one on can take the fields from one on: none, one, or more.
func (h *header) count(l *lines, runs []run, row [][]byte) {
	h.ways = h.ways[:0]
	for range len(runs) + 1 {
		h.ways = append(h.ways, make([]uint8, len(row)+1))
	}
	h.ways[len(runs)][len(row)] = 1
	for i := len(runs) - 1; i >= 0; i-- {
		r, after := runs[i], h.ways[i+1]
		for at := len(row) - r.columns; at >= 0; at-- {
			switch {
			case h.free(r): // it ends where it can at the earliest, or it takes one field more
				h.ways[i][at] = min(2, after[at+r.columns]+h.ways[i][at+1])
			case h.fits(l, h.forms[r.from], row[at]):
				h.ways[i][at] = after[at+1]
			}
		}
	}
}

// follow goes the one way.
func (h *header) follow(runs []run, row [][]byte) [][]byte {
	h.out = h.out[:0]
	at := 0
	for i, r := range runs {
		h.out = append(h.out, row[at:at+r.columns]...)
		at += r.columns
		for h.free(r) && h.ways[i+1][at] == 0 {
			at++
		}
	}
	return h.out
}

// fits reports whether a field has a form.
func (h *header) fits(l *lines, f form, field []byte) bool {
	field = trimTabs(field)
	ok := true
	switch f {
	case numberForm:
		ok = isNumber(field)
	case clockForm:
		_, ok = clock(field)
	case amountForm:
		_, ok = decimal(field, 2)
	case feeForm:
		_, ok = decimal(field, feeDecimal)
	case kindForm:
		ok = false
		for _, w := range h.kinds {
			ok = ok || l.is(field, w)
		}
	}
	return ok
}
