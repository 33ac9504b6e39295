// Package disk keeps the journal and its ledger in a folder: a ledger.Store.
//
// The journal is the durability point: sealed, chained, preallocated segments (segment.go, journal.go). Badger stands
// behind it and answers every question. Append is the only way in (commit.go); behind.go carries the same events, and the
// rows that follow from them, over to Badger in the same order and never before. Either copy repairs the other (repair.go).
//
// The data folder:
//
//	lock          held by flock while a process has the ledger; names that process
//	ledger.key    32 bytes, the master key: it wraps the data key
//	data.key      the wrapped data key; every segment of the journal carries it, too
//	till.key      32 bytes, key of the marks by which a used customer code is known again
//	journal/      the segments
//	ledger/       Badger's files
//	ledger.clean  written at a tidy end: Badger's files are whole; while the ledger is open, the machine's boot
//	place         where this folder is at home; elsewhere it is a copy
//	damaged       the mark of damage found while the ledger was open: the next opening mends everything
//	ballast       zeros to throw away when the disk is nearly full
//	maintained.jsonl  work on these files that is not an event yet
//	aside/        what was moved out of the way: damaged files, empty logs, tables that Badger's list does not name
//	*.new         beginnings that did not come to their end
package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"guitai/ledger"
)

// The key layout. Numbers are big-endian, so that keys sort as they count.
//
//	key              value                       written
//	e| seq8          stored event bytes          once
//	d| day4 saleID   ledger.Sale.Encode          again at every change; moves when the sale is paid on a later day
//	r| day4 saleID   ledger.Row.Encode           with d|: what a day's list shows, 32 bytes and a name
//	t| day4          ledger.EncodeTotals         with the event that changes them
//	o| order         day4 saleID                 with its row; a sale's own number, too, where it may have no order
//	c| channel's no 0 order  day4 saleID         with its row: nobody promises that a channel's numbers are never used twice
//	f| day4 refund   ledger.RefundRow.Encode     with its row, once the money has gone back; and for a split sale's parts
//	k| saleID 0 number   ledger.StatementMatch.Encode   what a statement has confirmed of a sale, under the number it stands by
//	x| day4 kind1 channel 0 place   ledger.Difference.Encode   what does not agree with a statement
//	s| day4 kind1 channel 0   seq8   the event that has taken the statement's present file: differences before it count no more
//	m|head           seq8 hash32                 with every transaction: the last event that is applied
//	m|snapshot       head, sealed State.Snapshot when an append carries one
//	m|archived       seq8                        with the events that leave: the last that is in the journal and the backup alone
//	m|schema         one byte                    once, with the first head
const (
	prefixEvent     = "e|"
	prefixRow       = "d|"
	prefixBrief     = "r|"
	prefixTotal     = "t|"
	prefixOrder     = "o|"
	prefixChannelNo = "c|"
	prefixRefund    = "f|"
	prefixMatch     = "k|"
	prefixDiffer    = "x|"
	prefixTaken     = "s|"
	keyHead         = "m|head"
	keySnapshot     = "m|snapshot"
	keySchema       = "m|schema"
	keyArchived     = "m|archived"
)

// schemaVersion is raised whenever the layout or the form of a row changes.
const schemaVersion = 8

// valueLimit is Badger's ValueThreshold: a value of this length would go to the value log, whose sync errors Badger
// v4.9.6 logs and swallows. No value may be as long.
const valueLimit = 1 << 20

func eventKey(seq uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(prefixEvent), seq)
}

// seqOf reads an event's key; ok is false for a key that no append has written.
func seqOf(key []byte) (seq uint64, ok bool) {
	if len(key) != len(prefixEvent)+8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(key[len(prefixEvent):]), true
}

func dayPrefix(day ledger.Day) []byte {
	return binary.BigEndian.AppendUint32([]byte(prefixRow), uint32(day))
}

func rowKey(day ledger.Day, id ledger.SaleID) []byte { return append(dayPrefix(day), id...) }

// briefKey is where a sale's short row stands.
func briefKey(day ledger.Day, id ledger.SaleID) []byte {
	return append([]byte(prefixBrief), placeOf(day, id)...)
}

func totalsKey(day ledger.Day) []byte {
	return binary.BigEndian.AppendUint32([]byte(prefixTotal), uint32(day))
}

func orderKey(order ledger.OrderNo) []byte { return append([]byte(prefixOrder), order...) }

// channelNoKey is where a channel's number leads to an order; without an order, where its orders begin.
func channelNoKey(number string, order ledger.OrderNo) []byte {
	return []byte(prefixChannelNo + number + "\x00" + string(order))
}

// refundKey is where a day's refund stands; without a number, where the day's begin.
func refundKey(day ledger.Day, number ledger.RefundNo) []byte {
	return append(binary.BigEndian.AppendUint32([]byte(prefixRefund), uint32(day)), number...)
}

// placeOf is where a sale's row stands: the value of the order index, and the row's key without its prefix.
func placeOf(day ledger.Day, id ledger.SaleID) []byte { return rowKey(day, id)[len(prefixRow):] }

// headBytes is the length of an encoded head.
const headBytes = 8 + sha256.Size

func encodeHead(head ledger.Head) []byte {
	return append(binary.BigEndian.AppendUint64(nil, head.Seq), head.Hash[:]...)
}

func decodeHead(value []byte) (head ledger.Head, err error) {
	if len(value) != headBytes {
		return head, fmt.Errorf("the head's record has %d bytes", len(value))
	}
	head.Seq = binary.BigEndian.Uint64(value)
	copy(head.Hash[:], value[8:])
	return head, nil
}

// badgerOptions states every option that matters, with its reason. Figures were measured with Badger v4.9.6 on one
// million events of about 500 bytes with their keys.
func badgerOptions(folder string, key []byte, log *slog.Logger) badger.Options {
	opts := badger.DefaultOptions(folder)
	opts.SyncWrites = false                                // the journal is the durability point; what a power cut takes, the next opening applies again
	opts.DetectConflicts = false                           // one committer: nothing to conflict with
	opts.MemTableSize = 8 << 20                            // replaying a full log after a kill takes 100-200 ms, not 400; a transaction holds 15 % of it
	opts.ValueThreshold = valueLimit                       // nothing ever in the value log: no garbage collection, no swallowed errors
	opts.ValueLogFileSize = 1 << 20                        // the default shows a sparse file of 2 GiB, which frightens backups
	opts.NumMemtables = 2                                  // memory
	opts.NumCompactors = 2                                 // the fewest that Badger takes, on two cores
	opts.NumGoroutines = 2                                 // of streams, which are not used
	opts.Compression = options.Snappy                      // none costs 38 % more disk, ZSTD twice the time and seconds at Close
	opts.BlockSize = 8 << 10                               // index 37 % smaller than with 4 KiB at the same reading time
	opts.BlockCacheSize = 16 << 20                         // enough for the screens; zero panics with compression
	opts.IndexCacheSize = 64 << 20                         // holds the indexes of five million events; too small costs 50 times per read
	opts.EncryptionKey = key                               // AES-256-CTR: confidential, not authentic; the hash chain is what authenticates
	opts.ChecksumVerificationMode = options.NoVerification // tables.go has done it, where a broken table is an error and no panic
	opts.NumVersionsToKeep = 1                             // history is in the events
	opts.CompactL0OnClose = false                          // closing takes milliseconds
	opts.MetricsEnabled = false                            // nobody reads them
	opts.Logger = badgerLog{log.With("from", "badger")}    // never stderr: that is the screen
	return opts
}

// badgerLog hands Badger's words on: what it does at debug, what worries it at warn.
type badgerLog struct{ log *slog.Logger }

func (l badgerLog) Errorf(format string, args ...any)   { l.log.Warn(line(format, args...)) }
func (l badgerLog) Warningf(format string, args ...any) { l.log.Warn(line(format, args...)) }
func (l badgerLog) Infof(format string, args ...any)    { l.log.Debug(line(format, args...)) }
func (l badgerLog) Debugf(format string, args ...any)   { l.log.Debug(line(format, args...)) }

// line puts Badger's words on one line.
func line(format string, args ...any) string {
	return strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
}
