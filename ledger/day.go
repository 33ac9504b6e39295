package ledger

import (
	"fmt"
	"time"
)

// Day is a business day as the number YYYYMMDD.
type Day uint32

// String gives the day as 2006-01-02.
func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d/10000, d/100%100, d%100) }

// ParseDay reads 2006-01-02.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("a day is written 2006-01-02: %w", err)
	}
	return dayOf(t), nil
}

func dayOf(t time.Time) Day {
	year, month, day := t.Date()
	return Day(year*10000 + int(month)*100 + day)
}

// Calendar tells which business day an instant belongs to.
type Calendar struct {
	Zone *time.Location // the shop's zone; nil means Shanghai time
	Cut  time.Duration  // how long after midnight the day before still runs; 0 is the channels' own cut
}

// Shanghai is the channels' zone: UTC+8 all year (Alipay and WeChat Pay bills are cut at Beijing midnight).
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Day gives the business day of an instant.
func (c Calendar) Day(t time.Time) Day { return dayOf(t.In(c.zone()).Add(-c.Cut)) }

// Today gives the business day of now.
func (c Calendar) Today() Day { return c.Day(time.Now()) }

// In gives the instant on the shop's clock.
func (c Calendar) In(t time.Time) time.Time { return t.In(c.zone()) }

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return Shanghai
	}
	return c.Zone
}

// Total is what one channel, or one kind of tender, took on one day, and what it gave back of what was sold on any day.
type Total struct {
	Channel  Channel    // empty for money that came without one
	Tender   TenderKind // of that money
	Count    int        // of payments: a split sale counts once for each
	Amount   Money      // of sales that was settled so
	Refunds  int
	Returned Money
}

func (t *Total) key() totalKey { return totalKey{t.Channel, t.Tender} }

// SumDay folds sales into totals by channel and kind of tender, in a fixed order. It is the definition of a day's total:
// every screen and report that shows one must equal it. Money counts on the day on which it came, and on which it has gone back,
// whatever day the sale belongs to in the end: so sales has to have those of other days of which money came or went on this one.
func SumDay(sales []Sale, day Day) []Total {
	totals := newTotals()
	for i := range sales {
		totals.add(&sales[i], day)
	}
	return totals.list()
}

// Counts reports whether the sale has a part in a day's totals.
func (s *Sale) Counts(day Day) bool {
	return s.Day == day && s.Settled() || len(RefundRows(s, day)) > 0
}

type totalKey struct {
	channel Channel
	tender  TenderKind
}

type totals map[totalKey]*Total

func newTotals() totals { return make(totals) }

// add counts what came of a sale on a day, and what went back.
func (t totals) add(s *Sale, day Day) {
	if row := RowOf(s); s.Day == day {
		t.row(&row)
	}
	t.refunds(RefundRows(s, day))
}

// row counts a sale that was settled by one payment: it belongs to the day of that.
func (t totals) row(r *Row) {
	switch {
	case r.Split:
	case r.Paid != "":
		t.take(totalKey{channel: r.Paid}, r.Amount.Fen)
	case r.Tender != 0:
		t.take(totalKey{tender: r.Tender}, r.Amount.Fen)
	}
}

func (t totals) take(key totalKey, fen int64) {
	t.of(key).Count++
	t.of(key).Amount.Fen += fen
}

func (t totals) minus(key totalKey, fen int64) {
	t.of(key).Refunds++
	t.of(key).Returned.Fen += fen
}

func (t totals) refunds(rows []RefundRow) {
	for i := range rows {
		key := totalKey{rows[i].Channel, rows[i].Tender}
		switch {
		case rows[i].Part:
			t.take(key, rows[i].Amount.Fen)
		case rows[i].counts():
			t.minus(key, rows[i].Amount.Fen)
		}
	}
}

func (t totals) of(key totalKey) *Total {
	if t[key] == nil {
		t[key] = &Total{Channel: key.channel, Tender: key.tender, Amount: Fen(0), Returned: Fen(0)}
	}
	return t[key]
}

func (t totals) list() []Total {
	var out []Total
	for _, channel := range Channels {
		if total := t[totalKey{channel: channel}]; total != nil {
			out = append(out, *total)
		}
	}
	for _, kind := range TenderKinds {
		if total := t[totalKey{tender: kind}]; total != nil {
			out = append(out, *total)
		}
	}
	return out
}

// EncodeTotals gives the bytes of a day's totals, for a ledger that keeps them beside the rows. Like a row they are no promise.
func EncodeTotals(all []Total) []byte { return encode(&totalList{all}) }

// DecodeTotals reads them.
func DecodeTotals(data []byte) ([]Total, error) {
	var l totalList
	err := decode(data, &l)
	return l.all, err
}

type totalList struct{ all []Total }

func (l *totalList) fields(c *codec) { list(c, 1, &l.all) }
