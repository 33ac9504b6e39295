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

// Total is what one channel took on one day, and what it gave back of what was sold on any day.
type Total struct {
	Channel  Channel
	Count    int
	Amount   Money
	Refunds  int
	Returned Money
}

// SumDay folds sales into totals by channel, in the channels' fixed order. It is the definition of a day's total:
// every screen and report that shows one must equal it. A refund counts on the day on which it has gone back, so sales has to
// have those of earlier days that a refund of this one is about.
func SumDay(sales []Sale, day Day) []Total {
	totals := newTotals()
	for i := range sales {
		if sales[i].Day == day {
			totals.add(&sales[i])
		}
		totals.refunds(RefundRows(&sales[i], day))
	}
	return totals.list()
}

// Counts reports whether the sale has a part in a day's totals.
func (s *Sale) Counts(day Day) bool {
	return s.Day == day && s.Paid() != nil || len(RefundRows(s, day)) > 0
}

type totals map[Channel]*Total

func newTotals() totals { return make(totals) }

func (t totals) add(s *Sale) {
	if paid := s.Paid(); paid != nil {
		t.plus(paid.Channel, paid.Amount.Fen)
	}
}

func (t totals) plus(channel Channel, fen int64) {
	t.of(channel).Count++
	t.of(channel).Amount.Fen += fen
}

func (t totals) minus(channel Channel, fen int64) {
	t.of(channel).Refunds++
	t.of(channel).Returned.Fen += fen
}

func (t totals) refunds(rows []RefundRow) {
	for i := range rows {
		if rows[i].counts() {
			t.minus(rows[i].Channel, rows[i].Amount.Fen)
		}
	}
}

func (t totals) of(channel Channel) *Total {
	if t[channel] == nil {
		t[channel] = &Total{Channel: channel, Amount: Fen(0), Returned: Fen(0)}
	}
	return t[channel]
}

func (t totals) list() []Total {
	var out []Total
	for _, channel := range Channels {
		if total := t[channel]; total != nil {
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
