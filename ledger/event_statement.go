package ledger

import "strings"

// This file has the events about the channels' statements.

// StatementTaken is a file of a channel that the till has read from end to end, and keeps sealed.
type StatementTaken struct {
	Key      StatementKey
	Source   StatementSource
	Merchant string       // the shop's number at the channel, as the file names it
	File     string       // in the data folder; empty where there was none because nothing was traded
	Hash     Hash         // SHA-256 of the file as it came
	Bytes    uint64       // of it
	Rows     uint64       // that are trades or movements
	Whole    StatementSum // of a statement of trades
	Funds    FundsSum     // of a statement of the balance
}

// StatementMatched is rows that agree with the ledger.
type StatementMatched struct {
	Key    StatementKey
	Source StatementSource
	Rows   []StatementMatch // at most statementRows
}

// StatementDiffered is something that does not agree.
type StatementDiffered struct {
	Key    StatementKey
	Source StatementSource
	Difference
}

// StatementCompared ends a comparison: every row of the file has been looked at.
type StatementCompared struct {
	Key         StatementKey
	Others      uint64    // rows of other tills of the shop
	Differences uint64    // of rows
	Pending     uint64    // rows about money that the channel is being asked about
	Complete    bool      // the ledger's side has been looked at, too: the statements of the days around are there
	Missing     uint64    // what the ledger has and no statement: known when Complete
	Awaited     []OrderNo // taken back here, and not in the statement yet
}

func (*StatementTaken) Kind() Kind    { return KindStatementTaken }
func (*StatementMatched) Kind() Kind  { return KindStatementMatched }
func (*StatementDiffered) Kind() Kind { return KindStatementDiffered }
func (*StatementCompared) Kind() Kind { return KindStatementCompared }

// newStatementBody is newBody for this file; nil for a kind of another.
func newStatementBody(kind Kind) Body {
	switch kind {
	case KindStatementTaken:
		return new(StatementTaken)
	case KindStatementMatched:
		return new(StatementMatched)
	case KindStatementDiffered:
		return new(StatementDiffered)
	case KindStatementCompared:
		return new(StatementCompared)
	}
	return nil
}

func (k *StatementKey) fields(c *codec) {
	text(c, 1, &k.Channel)
	number(c, 2, &k.Day)
	number(c, 3, &k.Kind)
}

func (b *StatementTaken) fields(c *codec) {
	c.nested(1, &b.Key, true)
	number(c, 2, &b.Source)
	text(c, 3, &b.Merchant)
	text(c, 4, &b.File)
	c.fixed(5, b.Hash[:])
	number(c, 6, &b.Bytes)
	number(c, 7, &b.Rows)
	c.nested(8, &b.Whole, b.Whole != (StatementSum{}))
	c.nested(9, &b.Funds, b.Funds != (FundsSum{}))
}

func (b *StatementMatched) fields(c *codec) {
	c.nested(1, &b.Key, true)
	number(c, 2, &b.Source)
	list(c, 3, &b.Rows)
}

func (b *StatementDiffered) fields(c *codec) {
	c.nested(1, &b.Key, true)
	number(c, 2, &b.Source)
	c.nested(3, &b.Difference, true)
}

func (b *StatementCompared) fields(c *codec) {
	c.nested(1, &b.Key, true)
	number(c, 2, &b.Others)
	number(c, 3, &b.Differences)
	number(c, 4, &b.Pending)
	c.bool(5, &b.Complete)
	number(c, 6, &b.Missing)
	orders(c, 7, &b.Awaited)
}

// orders writes and reads a list of numbers.
func orders(c *codec, number int, v *[]OrderNo) {
	joined := ""
	for i, order := range *v {
		if i > 0 {
			joined += " "
		}
		joined += string(order)
	}
	text(c, number, &joined)
	if !c.wiring && joined != "" {
		for _, order := range strings.Split(joined, " ") {
			*v = append(*v, OrderNo(order))
		}
	}
}

func (m *StatementSum) fields(c *codec) {
	number(c, 1, &m.Trades)
	number(c, 2, &m.Returns)
	c.int64(3, &m.Gross)
	c.int64(4, &m.Returned)
	c.int64(5, &m.Discounts)
	c.int64(6, &m.Fees)
}

func (f *FundsSum) fields(c *codec) {
	number(c, 1, &f.Rows)
	c.int64(2, &f.In)
	c.int64(3, &f.Out)
	c.int64(4, &f.PaidOut)
	c.int64(5, &f.Other)
	c.int64(6, &f.Opens)
	c.int64(7, &f.Ends)
}

func (m *StatementMatch) fields(c *codec) {
	text(c, 1, &m.Sale)
	text(c, 2, &m.Number)
	number(c, 3, &m.Kind)
	number(c, 4, &m.Source)
	number(c, 5, &m.Day)
	number(c, 6, &m.Line)
	c.int64(7, &m.Amount)
	c.int64(8, &m.Discount)
	c.int64(9, &m.Fee)
	number(c, 10, &m.Booked)
	number(c, 11, &m.How)
	number(c, 12, &m.Taken)
}

func (d *Difference) fields(c *codec) {
	number(c, 1, &d.Why)
	number(c, 2, &d.Kind)
	text(c, 3, &d.Sale)
	text(c, 4, &d.Order)
	text(c, 5, &d.Refund)
	text(c, 6, &d.ChannelNo)
	c.money(7, &d.Ours)
	c.money(8, &d.Theirs)
	c.time(9, &d.At)
	number(c, 10, &d.Line)
	number(c, 11, &d.Event)
}

func (st *Statement) fields(c *codec) {
	c.nested(1, &st.StatementKey, true)
	number(c, 2, &st.Source)
	text(c, 3, &st.Merchant)
	number(c, 4, &st.Taken)
	c.fixed(5, st.Hash[:])
	c.time(6, &st.At)
	c.nested(7, &st.Whole, st.Whole != (StatementSum{}))
	c.nested(8, &st.Ours, st.Ours != (StatementSum{}))
	c.nested(9, &st.Funds, st.Funds != (FundsSum{}))
	number(c, 10, &st.Rows)
	number(c, 11, &st.Matched)
	number(c, 12, &st.Others)
	number(c, 13, &st.Differences)
	number(c, 14, &st.Pending)
	c.bool(15, &st.Compared)
	c.bool(16, &st.Complete)
	text(c, 17, &st.File)
	number(c, 18, &st.Missing)
	orders(c, 19, &st.Awaited)
	c.int64(20, &st.Posted)
}

// Encode gives the bytes of a match for a ledger that keeps it by its number; like a row they are no promise.
func (m *StatementMatch) Encode() []byte { return encode(m) }

// DecodeMatch reads one.
func DecodeMatch(data []byte) (m StatementMatch, err error) {
	err = decode(data, &m)
	return m, err
}

// Encode is the same for a difference.
func (d *Difference) Encode() []byte { return encode(d) }

// DecodeDifference reads one.
func DecodeDifference(data []byte) (d Difference, err error) {
	err = decode(data, &d)
	return d, err
}
