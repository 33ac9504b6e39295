package sandbox

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"
)

// WeChat Pay, API v3, fundflowbill with account_type BASIC.
const (
	fundColumns = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
	fundTotals  = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
)

// fundRow is one movement on the shop's balance.
type fundRow struct {
	at       time.Time
	business string // the channel's number of what it is about
	what     string // 业务类型
	in       bool
	amount   int64 // fen
	voucher  string
	garbage  bool
}

// net is what a row of trades moves on the balance, fen.
func (r *billRow) net() int64 {
	switch moved := r.amount - r.discount - r.aside - r.fee; {
	case !r.happened():
		return 0
	case r.kind == rowTrade:
		return moved
	default:
		return -moved
	}
}

// fund makes the bill of the balance. Every morning pays out what stood on the balance at midnight: the day before's net,
// less what was missing before it.
func (b *bill) fund(nets map[time.Time]int64) {
	var last time.Time
	for _, day := range slices.SortedFunc(maps.Keys(nets), time.Time.Compare) {
		b.opens, last = min(b.opens, 0)+nets[day], day // the morning has paid out what the days before have left
	}
	if !last.Equal(b.day.AddDate(0, 0, -1)) {
		b.opens = min(b.opens, 0)
	}
	for i := range b.rows {
		b.funds = append(b.funds, b.rows[i].funds()...)
	}
	b.rows = nil
	if b.opens > 0 {
		b.funds = append(b.funds, fundRow{at: b.day.Add(payoutHour), business: fundNumber("payout", b.day), what: "提现", amount: b.opens})
	}
	slices.SortStableFunc(b.funds, func(a, b fundRow) int { return a.at.Compare(b.at) })
}

// funds gives the movements of a row of trades: the amount and its fee.
func (r *billRow) funds() []fundRow {
	if !r.happened() {
		return nil
	}
	row := fundRow{at: r.at, business: r.business, what: "交易", in: true, amount: r.amount - r.discount - r.aside, voucher: r.order}
	fee := fundRow{at: r.at, business: r.business, what: "扣除交易手续费", amount: r.fee, voucher: r.order}
	if r.kind != rowTrade {
		row.what, row.in, fee.what, fee.in = "退款", false, "退还交易手续费", true
		if r.id != "" {
			row.business, fee.business, row.voucher, fee.voucher = r.id, r.id, r.refund, r.refund
		}
	}
	if fee.amount == 0 {
		return []fundRow{row}
	}
	return []fundRow{row, fee}
}

// fundNumber makes a number of the channel's own that is the same whenever the bill is made.
func fundNumber(of string, at time.Time) string {
	sum := fnv.New64a()
	_, _ = io.WriteString(sum, of+at.UTC().Format(time.RFC3339Nano))
	return MchID + at.In(beijing).Format("20060102") + fmt.Sprintf("%010d", sum.Sum64()%10_000_000_000)
}

// writeFunds writes the bill of the balance.
func (b *bill) writeFunds(to io.Writer) error {
	w := bufio.NewWriterSize(to, 64<<10)
	_, _ = w.WriteString(byteOrderMark + fundColumns + crlf)
	var q quoted
	var count, sum [2]int64 // in and out
	balance := b.opens
	for i := range b.funds {
		r := &b.funds[i]
		if b.ends(i) {
			break
		}
		if r.garbage {
			_, _ = w.WriteString(garbageLine + crlf)
			continue
		}
		way, side, moved := "收入", 0, r.amount
		if !r.in {
			way, side, moved = "支出", 1, -r.amount
		}
		balance, count[side], sum[side] = balance+moved, count[side]+1, sum[side]+r.amount
		q.put(r.at.In(beijing).Format(billTime), r.business, fundNumber(r.what+r.business, r.at), r.what, r.what, way, formatSigned(r.amount),
			formatSigned(balance), "system", "", r.voucher)
		q.end(w)
	}
	if b.cut {
		return firstError(w.Flush(), errCut)
	}
	_, _ = w.WriteString(fundTotals + crlf)
	q.put(strconv.FormatInt(count[0]+count[1], 10), strconv.FormatInt(count[0], 10), formatSigned(sum[0]+b.off), strconv.FormatInt(count[1], 10), formatSigned(sum[1]))
	q.end(w)
	return w.Flush()
}
