package statement

import (
	"errors"
	"io"
	"strings"
	"time"

	"guitai/ledger"
)

// Alipay's columns (业务明细, the documented twenty-five), as far as they are read or help to tell fields apart.
const (
	aliChannelNo = iota
	aliOrder
	aliKind
	aliOpened
	aliDone
	aliAmount
	aliReceived
	aliDiscount
	aliCoupon
	aliRed
	aliRefund
	aliFee
	aliOther // the first of those that only have a form
)

var aliColumns = []column{
	aliChannelNo: {[]string{"支付宝交易号"}, numberForm, true},
	aliOrder:     {[]string{"商户订单号"}, numberForm, true},
	aliKind:      {[]string{"业务类型"}, kindForm, true},
	aliOpened:    {[]string{"创建时间"}, clockForm, false},
	aliDone:      {[]string{"完成时间"}, clockForm, true},
	aliAmount:    {[]string{"订单金额"}, amountForm, true},
	aliReceived:  {[]string{"商家实收"}, amountForm, true},
	aliDiscount:  {[]string{"商家优惠"}, amountForm, false},
	aliCoupon:    {[]string{"券核销金额"}, amountForm, false},
	aliRed:       {[]string{"商家红包消费金额"}, amountForm, false},
	aliRefund:    {[]string{"退款批次号/请求号"}, numberForm, true},
	aliFee:       {[]string{"服务费"}, amountForm, true},
	aliOther:     {[]string{"支付宝红包"}, amountForm, false},
	aliOther + 1: {[]string{"集分宝", "集分宝抵扣"}, amountForm, false},
	aliOther + 2: {[]string{"支付宝优惠"}, amountForm, false},
	aliOther + 3: {[]string{"卡消费金额"}, amountForm, false},
	aliOther + 4: {[]string{"分润"}, amountForm, false},
}

var wordTrade, wordRefund = newWord("交易"), newWord("退款")

// alipay reads a bill of trades of Alipay.
type alipay struct {
	in    *lines
	each  func(ledger.StatementRow) error
	facts Facts
	day   dayNumber
	head  *header
	row   [][]byte
	sums  [2]aliSum // of payments, of refunds
	said  [2]aliSaid
	ended bool
}

// aliSum is what rows of a kind add up to, in fen, with the signs that the file prints.
type aliSum struct {
	rows                                 uint64
	amount, received, discount, net, fee int64 // net: order amounts less what the shop has received
}

func (a *alipay) read() error {
	a.facts = Facts{Channel: ledger.Alipay, Kind: ledger.StatementTrades}
	for {
		line, err := a.in.next()
		if errors.Is(err, io.EOF) {
			return a.end()
		}
		if err == nil {
			err = a.line(line)
		}
		if err != nil {
			return err
		}
	}
}

func (a *alipay) line(line []byte) error {
	switch {
	case blank(line):
		return nil
	case line[0] == '#':
		return a.note(a.in.text(line))
	case a.ended:
		return a.fault(FaultAfterEnd, "a row behind the end of the rows")
	case a.head == nil:
		return a.header(a.in.text(line))
	}
	return a.take(line)
}

func (a *alipay) fault(code, why string) error { return faultAt(a.in.n, code, why) }

func (a *alipay) header(text string) (err error) {
	if a.head, err = readHeader(a.in.n, text, aliColumns, []*word{&wordTrade, &wordRefund}); err != nil {
		return err
	}
	switch {
	case a.facts.Merchant == "":
		return a.fault(FaultHead, "missing above the header: 账号")
	case a.day == 0:
		return a.fault(FaultHead, "missing above the header: 起始日期")
	}
	return nil
}

// end checks what the file says of itself.
func (a *alipay) end() error {
	switch {
	case a.head == nil:
		return a.fault(FaultCut, "no header")
	case !a.ended:
		return a.fault(FaultCut, "the line that ends the rows is missing")
	}
	for i := range a.said {
		if err := a.said[i].check(&a.sums[i]); err != nil {
			return err
		}
	}
	return nil
}

func (a *alipay) take(line []byte) error {
	a.row = splitCommas(a.row[:0], line)
	row, ok := a.head.resolve(a.in, a.row)
	if !ok {
		return a.fault(FaultFields, "its fields are not the header's, or commas in it can be read in more than one way")
	}
	out := ledger.StatementRow{Line: a.in.n, Rate: -1, Done: true}
	err := a.what(row, &out)
	if err == nil {
		err = a.when(row, &out)
	}
	if err == nil {
		err = a.numbers(row, &out)
	}
	if err == nil {
		err = a.money(row, &out)
	}
	if err != nil {
		return err
	}
	a.facts.Rows++
	a.facts.Whole.Add(&out)
	return give(a.each, out)
}

func (a *alipay) what(row [][]byte, out *ledger.StatementRow) error {
	switch kind := a.head.field(row, aliKind); {
	case a.in.is(kind, &wordTrade):
		out.Kind = ledger.RowTrade
	case a.in.is(kind, &wordRefund):
		out.Kind = ledger.RowRefund
	default:
		return a.fault(FaultKind, "业务类型 is neither 交易 nor 退款")
	}
	return nil
}

func (a *alipay) when(row [][]byte, out *ledger.StatementRow) (err error) {
	at, ok := clock(a.head.field(row, aliDone))
	if !ok {
		return a.fault(FaultTime, "完成时间 is not a time")
	}
	if d := dayOfTime(at) - a.day; d < -1 || d > 1 {
		return a.fault(FaultDay, "the row is of a day far from the file's")
	}
	out.At = at
	return nil
}

func (a *alipay) numbers(row [][]byte, out *ledger.StatementRow) error {
	for _, c := range []int{aliChannelNo, aliOrder, aliRefund} {
		if !isNumber(a.head.field(row, c)) {
			return a.fault(FaultNumber, aliColumns[c].names[0])
		}
	}
	out.ChannelNo = string(a.head.field(row, aliChannelNo))
	out.Order = ledger.OrderNo(a.head.field(row, aliOrder))
	if out.Kind == ledger.RowRefund {
		out.Refund = ledger.RefundNo(a.head.field(row, aliRefund))
	}
	if out.ChannelNo == "" {
		return a.fault(FaultNumber, aliColumns[aliChannelNo].names[0])
	}
	return nil
}

// money: of a payment the amounts are not negative and the fee not positive, of a refund the other way round.
func (a *alipay) money(row [][]byte, out *ledger.StatementRow) error {
	sum, sign := &a.sums[0], int64(1)
	if out.Kind == ledger.RowRefund {
		sum, sign = &a.sums[1], -1
	}
	var printed [aliFee + 1]int64 // by column
	for _, c := range []int{aliAmount, aliReceived, aliDiscount, aliCoupon, aliRed, aliFee} {
		n, ok := decimal(a.head.field(row, c), 2)
		if a.head.has(c) && (!ok || abs(n) > maxRow) {
			return a.fault(FaultAmount, aliColumns[c].names[0])
		}
		printed[c] = n
	}
	out.Amount, out.Fee = sign*printed[aliAmount], -sign*printed[aliFee]
	received := sign * printed[aliReceived]
	switch {
	case out.Amount < 0:
		return a.fault(FaultAmount, "订单金额 has the wrong sign")
	case received < 0:
		return a.fault(FaultAmount, "商家实收 has the wrong sign")
	case out.Fee < 0:
		return a.fault(FaultAmount, "服务费 has the wrong sign")
	}
	out.Discount, out.Aside = a.discount(out.Amount-received, &printed)
	sum.rows++
	if !add(&sum.amount, printed[aliAmount]) || !add(&sum.received, printed[aliReceived]) || !add(&sum.fee, printed[aliFee]) ||
		!add(&sum.discount, printed[aliDiscount]) || !add(&sum.net, printed[aliAmount]-printed[aliReceived]) {
		return a.fault(FaultAmount, "the sum of the rows is out of range")
	}
	return nil
}

// discount tells what the shop bears of an order, and what of that the row's parts do not explain. The shop bears what it has not
// received. 商家优惠 is its own by name, so it is the least; with its coupons and the red packets that it has paid for it is the most:
// these may have been paid for by others, too (the documents do not say). Where a column is missing there is no most.
func (a *alipay) discount(borne int64, printed *[aliFee + 1]int64) (discount, aside int64) {
	least := abs(printed[aliDiscount])
	most := least + abs(printed[aliCoupon]) + abs(printed[aliRed])
	whole := a.head.has(aliDiscount) && a.head.has(aliCoupon) && a.head.has(aliRed)
	switch {
	case borne < least:
		return max(borne, 0), borne - least
	case whole && borne > most:
		return borne, borne - most
	}
	return borne, 0
}

// note reads a line above the header or below the rows.
func (a *alipay) note(text string) error {
	switch {
	case strings.Contains(text, "账号"):
		return a.account(text)
	case strings.Contains(text, "起始日期"):
		return a.days(text)
	case strings.Contains(text, "列表结束"):
		a.ended = true
	case strings.Contains(text, "交易合计"):
		return a.total(0, text)
	case strings.Contains(text, "退款合计"):
		return a.total(1, text)
	}
	return nil
}

// account reads "#账号：[20880211096256330156]": the shop's number at Alipay (2088 and twelve digits), followed by 0156.
func (a *alipay) account(text string) error {
	number, ok := within(text)
	if len(number) > 16 {
		number = strings.TrimSuffix(number, "0156")
	}
	switch {
	case !ok || len(number) != 16 || strings.Trim(number, "0123456789") != "" || !strings.HasPrefix(number, "2088"):
		return a.fault(FaultHead, "账号 is not one of Alipay's")
	case a.facts.Merchant != "" && a.facts.Merchant != number:
		return a.fault(FaultMerchant, "账号 stands there twice")
	}
	a.facts.Merchant = number
	return nil
}

const oneDay = 24 * time.Hour

// days reads "#起始日期：[2026年11月27日 00:00:00]   终止日期：[2026年11月28日 00:00:00]".
func (a *alipay) days(text string) error {
	_, end, _ := strings.Cut(text, "终止日期")
	first, _ := within(text)
	last, _ := within(end)
	from, ok := clockInWords(first)
	to, good := clockInWords(last)
	switch {
	case !ok || !good:
		return a.fault(FaultHead, "起始日期 and 终止日期 are not days")
	case to.Sub(from) < oneDay-time.Second || dayOfTime(to.Add(-1)) != dayOfTime(from):
		return a.fault(FaultDay, "the file is not of one day")
	case a.day != 0 && a.day != dayOfTime(from):
		return a.fault(FaultDay, "起始日期 stands there twice")
	}
	a.day = dayOfTime(from)
	a.facts.Day = a.day.day()
	return nil
}

// within gives what stands in the first brackets.
func within(text string) (string, bool) {
	_, text, open := strings.Cut(text, "[")
	text, _, closed := strings.Cut(text, "]")
	return text, open && closed
}
