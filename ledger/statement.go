package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A channel's live answers say what it believes now; its statement of a day is what it pays out. This file has what the ledger
// knows of statements: rows as they are compared, what each comparison has confirmed, and one line of money for each channel and day.

// StatementKind is which of a channel's files of a day.
type StatementKind uint8

// The kinds. Numbers are on disk.
const (
	StatementTrades StatementKind = 1 // what was paid and given back, with the fees
	StatementFunds  StatementKind = 2 // what moved on the shop's balance at the channel
)

// StatementSource is how a file came to the till.
type StatementSource uint8

// The sources. Numbers are on disk. The higher one counts for more.
const (
	SourceImported StatementSource = 1 // somebody brought it: it is compared, and moves no money
	SourceFetched  StatementSource = 2 // the till has asked the channel for it
)

// StatementKey names a statement. Its day is the channel's: the calendar day in Beijing on which a payment succeeded
// (WeChat Pay v3 trade bill; Alipay bill by completion time).
type StatementKey struct {
	Channel Channel
	Day     Day
	Kind    StatementKind
}

func (k StatementKey) compare(other StatementKey) int {
	return cmp.Or(cmp.Compare(k.Day, other.Day), cmp.Compare(k.Channel, other.Channel), cmp.Compare(k.Kind, other.Kind))
}

// RowKind is what a row of a statement is about.
type RowKind uint8

// The kinds of rows. Numbers are on disk.
const (
	RowTrade    RowKind = 1 // a payment
	RowRefund   RowKind = 2 // money back under a refund number
	RowReversal RowKind = 3 // an order taken back as a whole, under its own number
)

// StatementRow is one row of a channel's statement of trades, in the till's own terms. Amounts are fen and never negative: the kind
// says which way the money went.
type StatementRow struct {
	Line      uint64 // in the file, from 1
	Kind      RowKind
	Order     OrderNo
	Refund    RefundNo // of a refund
	ChannelNo string   // the channel's number of the payment
	RefundNo  string   // the channel's number of the refund, where the file has one
	Merchant  string   // empty where a row names none
	App       string   // the same
	Currency  Currency // the same
	Amount    int64    // of the order, or of the refund: what the customer's side was asked for
	Discount  int64    // the part of it that the shop bears, and is not paid out
	Aside     int64    // what the row's own parts do not add up by: 0 where they do
	Fee       int64    // taken for a payment, given back for a refund
	Rate      int64    // of the fee, in millionths; -1 where the file names none
	Done      bool     // the row says that it happened: false for a refund that has failed or is still under way
	At        time.Time
}

// number is what the row is about: the refund's number, or the order's.
func (r *StatementRow) number() string {
	switch r.Kind {
	case RowRefund:
		return string(r.Refund)
	case RowReversal:
		return string(r.Order) + reversalMark
	}
	return string(r.Order)
}

// reversalMark tells an order's reversal from its payment: no number has a letter in lower case.
const reversalMark = "v"

// StatementSum is the money of rows, in fen.
type StatementSum struct {
	Trades, Returns uint64 // rows
	Gross           int64  // order amounts of payments
	Returned        int64  // amounts of refunds and reversals
	Discounts       int64  // borne by the shop: of payments, without those of what went back
	Fees            int64  // taken, without those given back
}

// Net is what the channel owes for the rows.
func (m StatementSum) Net() int64 { return m.Gross - m.Returned - m.Discounts - m.Fees }

// Add counts a row. One that has not happened moves nothing.
func (m *StatementSum) Add(r *StatementRow) {
	if r.Done {
		m.add(r.Kind, r.Amount, r.Discount, r.Fee)
	}
}

func (m *StatementSum) add(kind RowKind, amount, discount, fee int64) {
	if kind == RowTrade {
		m.Trades, m.Gross, m.Discounts, m.Fees = m.Trades+1, m.Gross+amount, m.Discounts+discount, m.Fees+fee
		return
	}
	m.Returns, m.Returned, m.Discounts, m.Fees = m.Returns+1, m.Returned+amount, m.Discounts-discount, m.Fees-fee
}

// FundsSum is what a channel's statement of the balance says, in fen.
type FundsSum struct {
	Rows        uint64
	In, Out     int64 // of trades: what came and went for payments, refunds and fees
	PaidOut     int64 // brought to the shop's bank
	Other       int64 // everything else, in less out
	Opens, Ends int64 // the balance before the first row and after the last
}

// Net is what the trades of the day have moved on the balance.
func (f FundsSum) Net() int64 { return f.In - f.Out }

// StatementMatch is a row that agrees with the ledger. It is durable, once for each number; a row of a fetched statement counts in the
// place of one of an imported one.
type StatementMatch struct {
	Sale     SaleID
	Number   string // the order's, the refund's, or the order's with the mark of a reversal
	Kind     RowKind
	Source   StatementSource
	Day      Day // of the statement
	Line     uint64
	Amount   int64 // fen, as are the next two
	Discount int64
	Fee      int64
	Booked   Day // of the purse in which the channel owed it; 0: it stood in none
	How      MatchHow
	Taken    uint64 // the event of the file
}

// MatchHow is in what a row that agrees is not the plain case.
type MatchHow uint8

// The ways. Numbers are on disk.
const (
	MatchedPlain    MatchHow = 0
	MatchedMidnight MatchHow = 1 // the payment stands on another day than the one on which it was asked for
	MatchedStarted  MatchHow = 2 // the refund stands on another day than the one on which it ended (WeChat Pay: on that on which it was started)
	MatchedReversed MatchHow = 3 // the order was taken back as a whole
	MatchedPast     MatchHow = 4 // money that somebody has given back past the till: it is booked, and on the list
	MatchedNobodys  MatchHow = 5 // of a payment that was refunded past the till: what of it is left belongs to no sale
)

// Difference is something about a statement that does not agree, and who has to look at it is the list of exceptions' matter.
type Difference struct {
	Why       Note
	Kind      RowKind
	Sale      SaleID // empty where no sale here is concerned
	Order     OrderNo
	Refund    RefundNo
	ChannelNo string
	Ours      Money // what the ledger has; without a currency: nothing
	Theirs    Money // what the statement says; the same
	At        time.Time
	Line      uint64 // in the file; 0 where the file lacks it
	Event     uint64 // that has put it down; set when it is looked up
}

// number is what the difference is about, so that it is put down once.
func (d *Difference) number() string {
	return cmp.Or(string(d.Refund), string(d.Order), d.ChannelNo)
}

// Place tells a statement's differences apart.
func (d *Difference) Place() string { return fmt.Sprintf("%03d %d %s", d.Why, d.Kind, d.number()) }

// SortDifferences puts them in the order of the file's lines; what the file lacks comes first, in the order in which it was found.
func SortDifferences(all []Difference) {
	slices.SortFunc(all, func(a, b Difference) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Event, b.Event)) })
}

// Statement is what is known of one channel's day.
type Statement struct {
	StatementKey
	Source      StatementSource
	Merchant    string
	Taken       uint64 // the event that has taken the file
	Hash        Hash   // SHA-256 of the file as it came
	File        string // in the data folder
	At          time.Time
	Whole       StatementSum // of all rows, also of other tills of the shop
	Ours        StatementSum // of the rows that agree with this ledger
	Funds       FundsSum
	Rows        uint64
	Matched     uint64
	Others      uint64    // rows of other tills
	Differences uint64    // of rows
	Missing     uint64    // what the ledger has of the day and no statement
	Pending     uint64    // rows about money that the till is asking the channel about
	Compared    bool      // every row has been compared
	Awaited     []OrderNo // taken back here, and not in this statement: the next day's may have it
	Posted      int64     // fen of a payout that were taken for this till's
	Complete    bool      // and the ledger's side, too: what this day has here and no statement has is named
}

// truth is the level of a payment that a signed answer has confirmed.
func (s StatementSource) truth() Truth {
	switch s {
	case SourceFetched:
		return TruthMatched
	case SourceImported:
		return TruthImported
	}
	return TruthConfirmed
}

// Numbers gives those under which statements can have confirmed something of the sale; more tells that there may be others, which this
// ledger has not made.
func (s *Sale) Numbers() (numbers []string, more bool) {
	for i := range s.Attempts {
		a := &s.Attempts[i]
		numbers = append(numbers, string(a.Order))
		if a.State == Reversed || a.State == ClosedOff || a.Elsewhere {
			numbers = append(numbers, string(a.Order)+reversalMark)
		}
		for j := range a.Refunds {
			numbers = append(numbers, string(a.Refunds[j].Number))
		}
		more = more || a.Elsewhere
	}
	return numbers, more
}

// Join sets what statements have confirmed of a sale.
func (s *Sale) Join(matches []StatementMatch) {
	s.Matches = matches
	for i := range matches { // of one number the last counts
		m := &matches[i]
		for j := range s.Attempts {
			a := &s.Attempts[j]
			switch m.Kind {
			case RowTrade:
				if string(a.Order) == m.Number {
					a.Confirmed = m.Source
				}
			case RowRefund:
				if r := a.Refund(RefundNo(m.Number)); r != nil {
					r.Confirmed = m.Source
				}
			}
		}
	}
}

// Confirm sets what statements have confirmed of a row's sale.
func (r *Row) Confirm(matches []StatementMatch) {
	for i := range matches {
		if matches[i].Kind == RowTrade && matches[i].Booked != 0 && !r.Late && !r.Split { // of several payments the sale itself tells
			r.Confirmed = max(r.Confirmed, matches[i].Source)
		}
	}
}

// Differing is how much does not agree, on either side.
func (st *Statement) Differing() uint64 { return st.Differences + st.Missing }

// keptStatements is how many days of statements the working set holds: what channels give at all (WeChat Pay v3: three months).
const keptStatements = 100

// Statement gives what is known of a statement; ok is false when it was not taken, or long ago.
func (s *State) Statement(key StatementKey) (st Statement, ok bool) {
	if found := s.statements[key]; found != nil {
		return *found, true
	}
	return Statement{}, false
}

// Statements lists what is known, the newest day first.
func (s *State) Statements() []Statement {
	all := make([]Statement, 0, len(s.statements))
	for _, st := range s.statements {
		all = append(all, *st)
	}
	slices.SortFunc(all, func(a, b Statement) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), a.StatementKey.compare(b.StatementKey))
	})
	return all
}
