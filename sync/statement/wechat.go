package statement

import (
	"bytes"
	"errors"
	"io"

	"guitai/ledger"
)

// wechat reads what both bills of WeChat Pay have in common: a header, rows, a header of sums, sums.
type wechat struct {
	in      *lines
	facts   Facts
	head    *header
	days    days
	row     [][]byte
	sumHead []string // once the sums have begun
	done    bool
	table   wechatTable
}

// wechatTable is what they differ in.
type wechatTable interface {
	header(line uint64, text string) (*header, error)
	// take reads a row, whose fields are in the header's places.
	take(w *wechat, row [][]byte) error
	// sumsBegin is the first name in the header of the sums.
	sumsBegin() *word
	// sum checks one of the sums. Unknown ones, and those of a column that the file lacks, are passed over.
	sum(w *wechat, name string, value []byte) (agrees bool)
	// end checks the bill as a whole.
	end(w *wechat) error
}

func (w *wechat) read() error {
	for {
		line, err := w.in.next()
		if errors.Is(err, io.EOF) {
			return w.end()
		}
		if err == nil {
			err = w.line(line)
		}
		if err != nil {
			return err
		}
	}
}

func (w *wechat) line(line []byte) (err error) {
	switch {
	case blank(line):
		return nil
	case w.head == nil:
		w.head, err = w.table.header(w.in.n, w.in.text(line))
		return err
	case w.done:
		return w.fault(FaultAfterEnd, "a line behind the sums")
	case w.sumHead != nil:
		return w.sums(line)
	case bytes.HasPrefix(bytes.TrimPrefix(line, []byte("`")), w.in.raw(w.table.sumsBegin())):
		w.sumHead = headerNames(w.in.text(line))
		return nil
	}
	row, ok := splitQuotes(w.row[:0], line)
	w.row = row
	if ok {
		row, ok = w.head.resolve(w.in, row)
	}
	if !ok {
		return w.fault(FaultFields, "its fields are not the header's, or commas in it can be read in more than one way")
	}
	w.facts.Rows++
	return w.table.take(w, row)
}

func (w *wechat) fault(code, why string) error { return faultAt(w.in.n, code, why) }

// sums compares what the file says of itself with its rows.
func (w *wechat) sums(line []byte) error {
	w.done = true
	values, ok := splitQuotes(nil, line)
	if !ok || len(values) != len(w.sumHead) {
		return w.fault(FaultTotals, "the sums are not those of their header")
	}
	for i, name := range w.sumHead {
		if !w.table.sum(w, name, values[i]) {
			return w.fault(FaultTotals, "the sum in column "+columnText(i)+" of the sums differs, or is not a number")
		}
	}
	return nil
}

func (w *wechat) end() error {
	switch {
	case w.head == nil:
		return w.fault(FaultCut, "no header")
	case !w.done:
		return w.fault(FaultCut, "the sums at the end are missing")
	}
	day, err := w.days.most()
	if err != nil {
		return err
	}
	w.facts.Day = day
	return w.table.end(w)
}

// amount reads a column's amount, in fen; 0 where the file lacks it.
func (w *wechat) amount(row [][]byte, columns []column, c int) (int64, error) {
	n, ok := decimal(w.head.field(row, c), 2)
	if w.head.has(c) && (!ok || n < 0 || n > maxRow) {
		return 0, w.fault(FaultAmount, columns[c].names[0])
	}
	return n, nil
}

func (w *wechat) when(row [][]byte, columns []column, c int) (out ledger.StatementRow, err error) {
	at, ok := clock(w.head.field(row, c))
	if !ok {
		return out, w.fault(FaultTime, columns[c].names[0])
	}
	out.Line, out.At = w.in.n, at
	return out, w.days.add(w.in.n, dayOfTime(at))
}

// maxDays is how many different days the rows of a file are counted on. A good file has three at most.
const maxDays = 8

// days finds out of which day a file is that does not say so.
type days struct {
	n    int
	seen [maxDays]struct {
		day         dayNumber
		rows, first uint64
	}
}

func (d *days) add(line uint64, day dayNumber) error {
	for i := range d.seen[:d.n] {
		if d.seen[i].day == day {
			d.seen[i].rows++
			return nil
		}
	}
	if d.n == maxDays {
		return faultAt(line, FaultDay, "the rows are of many days")
	}
	d.seen[d.n].day, d.seen[d.n].rows, d.seen[d.n].first = day, 1, line
	d.n++
	return nil
}

// most gives the day that most rows have, of equals the later one: a row that was late stands among those of the next day. A row of a day
// that is not beside it is a fault.
func (d *days) most() (ledger.Day, error) {
	if d.n == 0 {
		return 0, nil
	}
	best := d.seen[0]
	for _, s := range d.seen[1:d.n] {
		if s.rows > best.rows || s.rows == best.rows && s.day > best.day {
			best = s
		}
	}
	for _, s := range d.seen[:d.n] {
		if s.day < best.day-1 || s.day > best.day+1 {
			return 0, faultAt(s.first, FaultDay, "the row is of a day far from the file's")
		}
	}
	return best.day.day(), nil
}
