package statement

import (
	"errors"
	"io"
	"strings"
)

// aliSaid is what one of the lines below Alipay's rows says:
//
//	#交易合计：6笔，商家实收共0.06元，商家优惠共0.00元
//	#退款合计：4笔，商家实收退款共-0.04元，商家优惠退款共0.00元
type aliSaid struct {
	line               uint64 // 0: the file has none
	rows               int64
	received, discount int64 // fen, without their signs; -1: not said
}

// total reads such a line. What it does not say is passed over; what it says has to be a number.
func (a *alipay) total(i int, text string) error {
	s := &a.said[i]
	if s.line != 0 {
		return a.fault(FaultTotals, "a sum stands there twice")
	}
	*s = aliSaid{line: a.in.n}
	ok := true
	read := func(decimals int, unit string, keys ...string) int64 {
		for _, key := range keys {
			_, rest, found := strings.Cut(text, key)
			value, _, ended := strings.Cut(rest, unit)
			if !found || !ended {
				continue
			}
			n, good := decimal([]byte(strings.TrimLeft(value, "：: ")), decimals)
			ok = ok && good
			return abs(n)
		}
		return -1
	}
	s.rows = read(0, "笔", "合计")
	s.received = read(2, "元", "商家实收共", "商家实收退款共")
	s.discount = read(2, "元", "商家优惠共", "商家优惠退款共")
	if !ok {
		return a.fault(FaultTotals, "a sum is not a number")
	}
	return nil
}

// check compares it with the rows. 商家优惠 may count the column of that name, or all that the shop bears.
func (s *aliSaid) check(rows *aliSum) error {
	switch {
	case s.line == 0:
	case s.rows >= 0 && s.rows != int64(rows.rows):
		return faultAt(s.line, FaultTotals, "the number of rows differs")
	case s.received >= 0 && s.received != abs(rows.received):
		return faultAt(s.line, FaultTotals, "商家实收 differs")
	case s.discount >= 0 && s.discount != abs(rows.discount) && s.discount != abs(rows.net):
		return faultAt(s.line, FaultTotals, "商家优惠 differs")
	}
	return nil
}

// The columns of Alipay's summary (业务明细(汇总)) that can be checked. It has a row for each store, and one (合计) for all.
const (
	sumTrades = iota
	sumRefunds
	sumAmount
	sumReceived
	sumFee
)

var aliSumColumns = []column{
	sumTrades:   {[]string{"交易订单总笔数", "交易订单数"}, amountForm, false},
	sumRefunds:  {[]string{"退款订单总笔数", "退款订单数"}, amountForm, false},
	sumAmount:   {[]string{"订单金额"}, amountForm, false},
	sumReceived: {[]string{"商家实收"}, amountForm, false},
	sumFee:      {[]string{"服务费"}, amountForm, false},
}

var wordAll = newWord("合计")

// aliSummary is the second file of the ZIP.
type aliSummary struct {
	in      *lines
	head    *header
	stores  [sumFee + 1]int64
	all     *[sumFee + 1]int64
	rows    int
	strange bool // it has something that cannot be read: then it says nothing
}

// read compares the summary with the rows of the bill, as far as it can be read. It is read to its end in every case, because a ZIP's
// check sum is there.
func (s *aliSummary) read(bill *alipay) error {
	for {
		line, err := s.in.next()
		switch {
		case errors.Is(err, io.EOF):
			return s.check(&bill.sums[0], &bill.sums[1])
		case err != nil:
			return err
		case blank(line), line[0] == '#', s.strange:
		case s.head == nil:
			s.head, err = readHeader(s.in.n, s.in.text(line), aliSumColumns, nil)
			s.strange = err != nil
		default:
			s.row(line)
		}
	}
}

func (s *aliSummary) row(line []byte) {
	row, ok := s.head.resolve(s.in, splitCommas(nil, line))
	if s.strange = !ok; s.strange {
		return
	}
	var values [sumFee + 1]int64
	for c := range values {
		decimals := 2
		if c == sumTrades || c == sumRefunds {
			decimals = 0
		}
		n, ok := decimal(s.head.field(row, c), decimals)
		if s.head.has(c) && !ok || !add(&s.stores[c], n) {
			s.strange = true
			return
		}
		values[c] = n
	}
	s.rows++
	if s.in.is(trimTabs(row[0]), &wordAll) {
		s.all = &values
	}
}

// check: whether the sums of money count payments alone or with what went back the documents do not say.
func (s *aliSummary) check(trades, refunds *aliSum) error {
	if s.strange || s.head == nil {
		return nil
	}
	said := &s.stores
	if s.all != nil {
		said = s.all
	}
	differs := func(c int, trades, refunds int64) bool {
		return s.head.has(c) && said[c] != trades && said[c] != trades+refunds
	}
	switch {
	case s.head.has(sumTrades) && said[sumTrades] != int64(trades.rows):
		return s.fault("the number of payments differs")
	case s.head.has(sumRefunds) && said[sumRefunds] != int64(refunds.rows):
		return s.fault("the number of refunds differs")
	case differs(sumAmount, trades.amount, refunds.amount):
		return s.fault("订单金额 differs")
	case differs(sumReceived, trades.received, refunds.received):
		return s.fault("商家实收 differs")
	case differs(sumFee, trades.fee, refunds.fee):
		return s.fault("服务费 differs")
	}
	return nil
}

func (s *aliSummary) fault(why string) error {
	return &FaultError{Code: FaultTotals, Cause: errors.New("the summary (汇总) of the ZIP: " + why)}
}
