package statement

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"guitai/ledger"
)

// Facts is what a file says of itself beside its rows.
type Facts struct {
	Channel  ledger.Channel
	Kind     ledger.StatementKind
	Merchant string              // empty where the file names none: WeChat Pay's fund flow, and its trades of a day without any
	Day      ledger.Day          // 0 where the file names none: WeChat Pay's of a day without rows
	Rows     uint64              // also of what has not happened
	Whole    ledger.StatementSum // of a statement of trades
	Funds    ledger.FundsSum     // of a statement of funds
}

// File is a whole file that can be read more than once: a sealed one, or one that somebody brings.
type File interface {
	io.ReaderAt
	Size() int64
}

// Read reads a file of either channel from end to end and gives its rows; the format is recognised from its content. Whether the file is
// whole and agrees with itself is known at its end only: until Read has returned without an error, no row may be booked, so a file is
// read once with each nil before its rows are compared. An error of each ends the reading and is returned as it is; every other one is a
// *FaultError. Memory does not grow with the file.
func Read(file File, each func(ledger.StatementRow) error) (Facts, error) {
	facts, err := read(file, each)
	var own stopped
	if errors.As(err, &own) {
		err = own.err
	}
	if err != nil {
		return Facts{}, err
	}
	return facts, nil
}

func read(file File, each func(ledger.StatementRow) error) (Facts, error) {
	magic := make([]byte, 4)
	n, err := file.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Facts{}, &FaultError{Code: FaultRead, Cause: err}
	}
	switch magic = magic[:n]; {
	case bytes.HasPrefix(magic, []byte("PK")):
		return readZIP(file, each)
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		text, err := gunzip(file)
		if err != nil {
			return Facts{}, err
		}
		return readText(text, each)
	}
	if file.Size() > maxPlain {
		return Facts{}, &FaultError{Code: FaultSize, Cause: errors.New("more than 2 GiB")}
	}
	return readText(io.NewSectionReader(file, 0, file.Size()), each)
}

// give hands a row on.
func give(each func(ledger.StatementRow) error, row ledger.StatementRow) error {
	if each == nil {
		return nil
	}
	if err := each(row); err != nil {
		return stopped{err}
	}
	return nil
}

func readZIP(file File, each func(ledger.StatementRow) error) (Facts, error) {
	bill, summary, err := members(file)
	if err != nil {
		return Facts{}, err
	}
	closer, text, err := open(bill, file.Size())
	if err != nil {
		return Facts{}, err
	}
	defer closer.Close()
	a := &alipay{in: newLines(text), each: each}
	if err := a.read(); err != nil || summary == nil {
		return a.facts, err
	}
	closer, text, err = open(summary, file.Size())
	if err != nil {
		return Facts{}, err
	}
	defer closer.Close()
	return a.facts, (&aliSummary{in: newLines(text)}).read(a)
}

// readText reads a text of either channel: its first line tells which.
func readText(text io.Reader, each func(ledger.StatementRow) error) (Facts, error) {
	peeked := bufio.NewReaderSize(text, maxLine)
	start, err := peeked.Peek(maxFirst)
	if err != nil && !errors.Is(err, io.EOF) {
		return Facts{}, newLines(nil).unreadable(err)
	}
	in := newLines(peeked)
	switch first := firstLine(start); {
	case strings.HasPrefix(first, "#") || strings.Contains(first, "支付宝交易号"):
		a := &alipay{in: in, each: each}
		err := a.read()
		return a.facts, err
	case strings.Contains(first, "微信订单号"):
		return readWechat(in, ledger.StatementTrades, &wxTrades{each: each})
	case strings.Contains(first, "资金流水单号"):
		return readWechat(in, ledger.StatementFunds, &wxFunds{})
	}
	return Facts{}, faultAt(1, FaultFormat, "neither a bill of Alipay nor one of WeChat Pay begins so")
}

func readWechat(in *lines, kind ledger.StatementKind, table wechatTable) (Facts, error) {
	w := &wechat{in: in, table: table}
	w.facts.Channel, w.facts.Kind = ledger.WeChat, kind
	err := w.read()
	return w.facts, err
}

// maxFirst is how much of a text is looked at to recognise it: a header has less than one KiB.
const maxFirst = 4 << 10

// firstLine decodes the first line of a text that is not blank.
func firstLine(start []byte) string {
	l := newLines(bytes.NewReader(start))
	for {
		line, err := l.next()
		if err != nil {
			return ""
		}
		if !blank(line) {
			return l.text(line)
		}
	}
}
