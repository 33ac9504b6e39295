package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Defects that a bill can have. Sums that the file has of itself are made of the rows as they are written, except under
// DefectSummary.
const (
	DefectDrop     = "drop"     // the row is missing
	DefectTwice    = "twice"    // the row stands there twice
	DefectAmount   = "amount"   // By fen more
	DefectFee      = "fee"      // By fen more
	DefectCoupon   = "coupon"   // the shop bears By fen; the row's parts add up and the fee is of the rest
	DefectDiscount = "discount" // the shop gets By fen less; nothing in the row says why
	DefectOrder    = "order"    // the order number is To, or one that nobody has
	DefectState    = "state"    // WeChat Pay's refund has the state To (a RefundState), or has failed; any other row is a reversal
	DefectMerchant = "merchant" // the merchant is To, or another one (Alipay: of the file, it has none in its rows)
	DefectRefund   = "refund"   // the refund number is To, or one that nobody has
	DefectLate     = "late"     // five seconds after the day's end
	DefectSummary  = "summary"  // the file's own sum is off by By fen
	DefectCut      = "cut"      // the file ends after half of its rows
	DefectHash     = "hash"     // WeChat Pay: the signed answer names another hash
	DefectGarbage  = "garbage"  // bytes of no meaning stand in the row's place
)

var (
	tradeDefects = []string{DefectDrop, DefectTwice, DefectAmount, DefectFee, DefectCoupon, DefectDiscount, DefectOrder, DefectState,
		DefectMerchant, DefectRefund, DefectLate, DefectSummary, DefectCut, DefectHash, DefectGarbage}
	fundDefects = []string{DefectDrop, DefectTwice, DefectAmount, DefectLate, DefectSummary, DefectCut, DefectHash, DefectGarbage}
)

// BillDefect asks for something wrong in the bills that are yet to be fetched.
type BillDefect struct {
	Channel string `json:"channel"` // alipay or wechatpay
	Bill    string `json:"bill"`    // trades or funds; empty is trades
	Day     string `json:"day"`     // 2006-01-02; empty: of every day
	Defect  string `json:"defect"`  // one of the Defect… names
	Row     int    `json:"row"`     // which row, from 1; 0: every one that it can happen to
	By      int64  `json:"by"`      // fen; 0 is 1
	To      string `json:"to"`      // what stands there instead, where the defect puts something in its place
}

func (d BillDefect) check() error {
	allowed := tradeDefects
	if d.Bill == BillFunds {
		allowed = fundDefects
	}
	_, dayErr := time.Parse(time.DateOnly, cmp.Or(d.Day, "2006-01-02"))
	switch {
	case d.Channel != Alipay && d.Channel != WechatPay:
		return fmt.Errorf("channel is %q: it must be alipay or wechatpay", d.Channel)
	case d.Bill != "" && d.Bill != BillTrades && (d.Bill != BillFunds || d.Channel != WechatPay):
		return fmt.Errorf("bill is %q: it must be trades, or for wechatpay funds", d.Bill)
	case dayErr != nil:
		return fmt.Errorf("day is %q: it must be like 2006-01-02, or missing", d.Day)
	case !slices.Contains(allowed, d.Defect):
		return fmt.Errorf("defect is %q: it must be one of %v", d.Defect, allowed)
	case d.Defect == DefectHash && d.Channel == Alipay:
		return fmt.Errorf("alipay names no hash that could be wrong")
	case d.Row < 0:
		return fmt.Errorf("row is %d: it must be 0 (every row) or more", d.Row)
	}
	return nil
}

// BillDefect arms a defect. It stays until all are cleared.
func (s *Server) BillDefect(d BillDefect) error {
	if err := d.check(); err != nil {
		return err
	}
	d.Bill, d.By = cmp.Or(d.Bill, BillTrades), cmp.Or(d.By, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.defects = append(s.defects, d)
	return nil
}

// ClearBillDefects disarms everything that BillDefect has armed.
func (s *Server) ClearBillDefects() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.defects = nil
}

func (d BillDefect) concerns(b *bill) bool {
	return d.Channel == b.channel && d.Bill == b.kind && (d.Day == "" || d.Day == b.day.Format(time.DateOnly))
}

// spoil puts the defect into a bill.
func (d BillDefect) spoil(b *bill) {
	switch d.Defect {
	case DefectSummary:
		b.off += d.By
	case DefectCut:
		b.cut = true
	case DefectHash:
		b.wrongHash = true
	default:
		if d.Defect == DefectMerchant && b.channel == Alipay {
			b.merchant = cmp.Or(d.To, "2088000000000999")
		}
		b.rows = spread(d, b.rows, func(r *billRow) { d.row(r, b) })
		b.funds = spread(d, b.funds, func(r *fundRow) { d.fund(r, b) })
	}
}

// spread edits the rows that a defect names, or takes them away, or puts them there twice.
func spread[T any](d BillDefect, rows []T, edit func(*T)) []T {
	var out []T
	for i, row := range rows {
		named := d.Row == 0 || d.Row == i+1
		if named {
			edit(&row)
		}
		if !named || d.Defect != DefectDrop {
			out = append(out, row)
		}
		if named && d.Defect == DefectTwice {
			out = append(out, row)
		}
	}
	return out
}

func (d BillDefect) row(r *billRow, b *bill) {
	switch d.Defect {
	case DefectAmount:
		r.amount += d.By
	case DefectFee:
		r.fee += d.By
	case DefectCoupon:
		r.discount += d.By
		r.fee = billFee(r.amount - r.discount)
	case DefectDiscount:
		r.aside += d.By
	case DefectOrder:
		r.order = cmp.Or(d.To, "NOBODY"+r.business[len(r.business)-10:])
	case DefectState:
		if r.kind == rowRefund && b.channel == WechatPay {
			r.state = cmp.Or(RefundState(d.To), RefundClosed)
			return
		}
		r.kind, r.refund, r.id, r.state = rowReversal, "", "", RefundDone
	case DefectMerchant:
		r.merchant = cmp.Or(d.To, otherMchID)
	case DefectRefund:
		if r.kind == rowRefund {
			r.refund = cmp.Or(d.To, "NOBODY"+r.business[len(r.business)-10:])
		}
	case DefectLate:
		r.at = b.day.Add(24*time.Hour + 5*time.Second)
	case DefectGarbage:
		r.garbage = true
	}
}

func (d BillDefect) fund(r *fundRow, b *bill) {
	switch d.Defect {
	case DefectAmount:
		r.amount += d.By
	case DefectLate:
		r.at = b.day.Add(24*time.Hour + 5*time.Second)
	case DefectGarbage:
		r.garbage = true
	}
}
