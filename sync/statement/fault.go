package statement

import (
	"errors"
	"fmt"
)

// What can be wrong with a file.
const (
	FaultFormat   = "format"    // it is no statement that is known here
	FaultArchive  = "archive"   // the ZIP or gzip is damaged, or does not hold what a statement's does
	FaultSize     = "size"      // unpacked it is too large, or far too large for what came
	FaultRead     = "read"      // it could not be read
	FaultLine     = "line"      // a line is longer than any of a statement
	FaultColumn   = "column"    // a needed column is missing, or there twice
	FaultHead     = "head"      // the lines above the header lack the account or the days, or cannot be read
	FaultFields   = "fields"    // a row does not have the header's fields
	FaultAmount   = "amount"    // not an amount, out of range, or negative where none may be
	FaultTime     = "time"      // not a time
	FaultNumber   = "number"    // an order's, a refund's or another number that no channel gives
	FaultKind     = "kind"      // a kind or state of row that is not known
	FaultDay      = "day"       // a row of a day far from the file's, or a file of more than one day
	FaultMerchant = "merchant"  // rows of more than one merchant
	FaultPart     = "part"      // a bill of the refunds alone: it would make every payment of the day look missing
	FaultTotals   = "totals"    // the file's own sums are not those of its rows
	FaultCut      = "cut"       // the end is missing
	FaultAfterEnd = "after-end" // something follows behind the end
)

// FaultError is why a file is not read. Its text holds names of columns and bounds that this package knows, and nothing out of the file.
type FaultError struct {
	Line  uint64 // in the text, from 1; 0 where the fault is in no line
	Code  string // one of the constants
	Cause error
}

func (e *FaultError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("statement: %s: %v", e.Code, e.Cause)
	}
	return fmt.Sprintf("statement: line %d: %s: %v", e.Line, e.Code, e.Cause)
}

func (e *FaultError) Unwrap() error { return e.Cause }

func faultAt(line uint64, code, why string) error {
	return &FaultError{Line: line, Code: code, Cause: errors.New(why)}
}

var errPart = errors.New("the bill has refunds alone; that of everything is needed")

// stopped carries an error of the caller's own past those that turn errors of reading into faults.
type stopped struct{ err error }

func (s stopped) Error() string { return s.err.Error() }
