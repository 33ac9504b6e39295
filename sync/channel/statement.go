package channel

import (
	"context"
	"errors"
	"io"

	"guitai/ledger"
)

// Why a channel gave no statement. Whatever else goes wrong is another error: the same request may be tried again.
var (
	// ErrNotReady: the statement is not made yet. Both channels make the one of a day on the next morning (fetch from 10:00).
	ErrNotReady = errors.New("the channel has not made this statement yet")
	// ErrNoTrades: the channel says that nothing was traded on the day, and has no file.
	ErrNoTrades = errors.New("the channel has no trades on this day")
	// ErrNoStatement: the channel will not give this statement: the day is too long ago, or has not ended, or the shop lacks the right.
	ErrNoStatement = errors.New("the channel does not give this statement")
	// ErrStatementHash: the file is not the one that the channel's signed answer names. Nothing of it may be read.
	ErrStatementHash = errors.New("the statement is not the file that the channel has announced")
)

// StatementFile is a file as the channel sent it.
type StatementFile struct {
	Bytes uint64
	Hash  ledger.Hash // SHA-256 over the bytes that were written
}

// Statements is a connector whose channel gives a file of each day's trades.
type Statements interface {
	Connector
	// StatementKinds lists the files that the channel has of a day.
	StatementKinds() []ledger.StatementKind
	// Statement asks where a day's file is and fetches it at once, because its address lives for seconds (Alipay: 30 s; WeChat
	// Pay: 5 min). The bytes go to file as they come; only when it returns nil are they whole, and the channel's own (a hash
	// out of a signed answer where the channel gives one, else the channel's own host). It makes one request for the address and
	// one for the file, and follows no redirect. Errors are those above, or tell of a fault; they hold no address.
	Statement(ctx context.Context, day ledger.Day, kind ledger.StatementKind, file io.Writer) (StatementFile, error)
}

// MaxStatement bounds a statement, in bytes as it comes: far more than a shop can fill in a day.
const MaxStatement = 512 << 20
