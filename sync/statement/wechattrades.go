package statement

import (
	"strconv"

	"guitai/ledger"
)

// The columns of WeChat Pay's bill of trades (the documented twenty-seven of the type ALL), as far as they are read. The state's form is
// that of a number: a word of ASCII letters.
const (
	wxTime = iota
	wxApp
	wxMerchant
	wxSubMerchant
	wxChannelNo
	wxOrder
	wxState
	wxCurrency
	wxSettled
	wxCoupon
	wxRefundNo
	wxRefund
	wxRefunded
	wxRefundState
	wxFee
	wxRate
	wxAmount
	wxAsked
	wxAskedAt
	wxOther // the first of those that only have a form
)

var wxColumns = []column{
	wxTime:        {[]string{"交易时间"}, clockForm, true},
	wxApp:         {[]string{"公众账号ID"}, numberForm, false},
	wxMerchant:    {[]string{"商户号"}, numberForm, true},
	wxSubMerchant: {[]string{"特约商户号", "子商户号"}, numberForm, false},
	wxChannelNo:   {[]string{"微信订单号"}, numberForm, true},
	wxOrder:       {[]string{"商户订单号"}, numberForm, true},
	wxState:       {[]string{"交易状态"}, numberForm, true},
	wxCurrency:    {[]string{"货币种类"}, numberForm, true},
	wxSettled:     {[]string{"应结订单金额"}, amountForm, false},
	wxCoupon:      {[]string{"代金券金额"}, amountForm, false},
	wxRefundNo:    {[]string{"微信退款单号"}, numberForm, true},
	wxRefund:      {[]string{"商户退款单号"}, numberForm, true},
	wxRefunded:    {[]string{"退款金额"}, amountForm, false},
	wxRefundState: {[]string{"退款状态"}, numberForm, true},
	wxFee:         {[]string{"手续费"}, feeForm, true},
	wxRate:        {[]string{"费率"}, numberForm, false},
	wxAmount:      {[]string{"订单金额"}, amountForm, false},
	wxAsked:       {[]string{"申请退款金额"}, amountForm, false},
	wxAskedAt:     {[]string{"退款申请时间"}, freeForm, false},
	wxOther:       {[]string{"充值券退款金额"}, amountForm, false},
}

// The states of a row, in the order in which sums of them are kept.
const (
	wxPaid = iota
	wxBack
	wxRevoked
	wxStates
)

var stateNames = [wxStates]string{"SUCCESS", "REFUND", "REVOKED"}

// refundDone tells which states of a refund mean that money goes back. A row stands on the day on which its refund was started and is
// never updated, so one under way counts.
var refundDone = map[string]bool{"SUCCESS": true, "PROCESSING": true,
	"FAIL": false, "FAILED": false, "CHANGE": false, "ABNORMAL": false, "CLOSED": false, "CLOSE": false, "REFUNDCLOSE": false, "NOTSURE": false}

// wxTrades reads a bill of trades of WeChat Pay.
type wxTrades struct {
	each    func(ledger.StatementRow) error
	same    texts
	rows    [wxStates]int64
	sums    [wxOther + 1][wxStates]int64 // as printed, by column: fen, of fees the smallest unit
	feesFen int64                        // of fees rounded row by row, as printed
}

// header demands one column of each pair of which a file may lack one.
func (t *wxTrades) header(line uint64, text string) (*header, error) {
	h, err := readHeader(line, text, wxColumns, nil)
	switch {
	case err != nil:
		return nil, err
	case !h.has(wxAmount) && !h.has(wxSettled):
		return nil, faultAt(line, FaultColumn, "missing: 订单金额")
	case !h.has(wxAsked) && !h.has(wxRefunded):
		return nil, faultAt(line, FaultColumn, "missing: 申请退款金额")
	}
	return h, nil
}

func (t *wxTrades) take(w *wechat, row [][]byte) error {
	out, err := w.when(row, wxColumns, wxTime)
	if err != nil {
		return err
	}
	state := -1
	for i, name := range stateNames {
		if string(w.head.field(row, wxState)) == name {
			state = i
		}
	}
	if state < 0 {
		return w.fault(FaultKind, "交易状态 is none of SUCCESS, REFUND, REVOKED")
	}
	if err = t.names(w, row, state, &out); err == nil {
		err = t.money(w, row, state, &out)
	}
	if err != nil {
		return err
	}
	t.rows[state]++
	w.facts.Whole.Add(&out)
	return give(t.each, out)
}

// names reads who was paid under which numbers.
func (t *wxTrades) names(w *wechat, row [][]byte, state int, out *ledger.StatementRow) error {
	for _, c := range []int{wxApp, wxMerchant, wxSubMerchant, wxChannelNo, wxOrder, wxRefundNo, wxRefund} {
		if !isNumber(w.head.field(row, c)) {
			return w.fault(FaultNumber, wxColumns[c].names[0])
		}
	}
	merchant := w.head.field(row, wxMerchant)
	if sub := someNumber(w.head.field(row, wxSubMerchant)); sub != nil {
		merchant = sub
	}
	out.Merchant, out.App = t.same.text(0, merchant), t.same.text(1, w.head.field(row, wxApp))
	switch {
	case out.Merchant == "":
		return w.fault(FaultNumber, wxColumns[wxMerchant].names[0])
	case w.facts.Merchant == "":
		w.facts.Merchant = out.Merchant
	case w.facts.Merchant != out.Merchant:
		return w.fault(FaultMerchant, "the row is of another merchant than the first one")
	}
	out.ChannelNo, out.Order = string(w.head.field(row, wxChannelNo)), ledger.OrderNo(w.head.field(row, wxOrder))
	if out.ChannelNo == "" {
		return w.fault(FaultNumber, wxColumns[wxChannelNo].names[0])
	}
	if state != wxPaid {
		out.RefundNo = string(someNumber(w.head.field(row, wxRefundNo)))
	}
	out.Kind, out.Done = ledger.RowTrade, true
	switch state {
	case wxBack:
		return t.refund(w, row, out)
	case wxRevoked:
		out.Kind = ledger.RowReversal
	}
	return nil
}

func (t *wxTrades) refund(w *wechat, row [][]byte, out *ledger.StatementRow) error {
	out.Kind, out.Refund = ledger.RowRefund, ledger.RefundNo(someNumber(w.head.field(row, wxRefund)))
	done, known := refundDone[string(w.head.field(row, wxRefundState))]
	if !known {
		return w.fault(FaultKind, "退款状态 is none that is known")
	}
	out.Done = done
	return nil
}

// money: amounts are not negative; the fee is positive where it was taken, negative where it is given back.
func (t *wxTrades) money(w *wechat, row [][]byte, state int, out *ledger.StatementRow) (err error) {
	var printed [wxOther + 1]int64
	for _, c := range []int{wxSettled, wxCoupon, wxRefunded, wxAmount, wxAsked, wxOther} {
		if printed[c], err = w.amount(row, wxColumns, c); err != nil {
			return err
		}
	}
	fee, ok := decimal(w.head.field(row, wxFee), feeDecimal)
	if state != wxPaid {
		fee = -fee
	}
	if !ok || fee < 0 || fee > maxRow*feeInFen {
		return w.fault(FaultAmount, wxColumns[wxFee].names[0])
	}
	currency := w.head.field(row, wxCurrency)
	if !isCurrency(currency) {
		return w.fault(FaultKind, "货币种类 is no currency")
	}
	out.Currency, out.Fee = ledger.Currency(t.same.text(2, currency)), fenOfFee(fee)
	if out.Rate, err = t.rate(w, row); err != nil {
		return err
	}
	t.order(w, state, &printed, out)
	printed[wxFee] = fee
	rounded := out.Fee
	if state != wxPaid {
		printed[wxFee], rounded = -fee, -rounded
	}
	ok = add(&t.feesFen, rounded)
	for c := range printed {
		ok = add(&t.sums[c][state], printed[c]) && ok
	}
	if !ok {
		return w.fault(FaultAmount, "the sum of the rows is out of range")
	}
	return nil
}

func (t *wxTrades) rate(w *wechat, row [][]byte) (int64, error) {
	field := w.head.field(row, wxRate)
	if len(field) == 0 {
		return -1, nil
	}
	rate, ok := percent(field)
	if !ok {
		return 0, w.fault(FaultAmount, wxColumns[wxRate].names[0])
	}
	return rate, nil
}

// order sets the amount that was asked for, and what of it the shop bears: what it is not paid out (应结), or what it is not charged of a
// refund (退款金额 against 申请退款金额). 代金券金额 has the coupons of both kinds, those that the shop bears and those that were paid for
// beforehand: so the shop bears no more than that. An order that was taken back as a whole has its amount in the columns of refunds or in
// those of orders.
func (t *wxTrades) order(w *wechat, state int, printed *[wxOther + 1]int64, out *ledger.StatementRow) {
	asked, settled := wxAmount, wxSettled
	if state == wxBack || state == wxRevoked && printed[wxAsked]+printed[wxRefunded] > 0 {
		asked, settled = wxAsked, wxRefunded
	}
	if !w.head.has(asked) {
		asked = settled
	}
	out.Amount = printed[asked]
	if !w.head.has(asked) || !w.head.has(settled) {
		return
	}
	borne := printed[asked] - printed[settled]
	switch {
	case borne < 0:
		out.Aside = borne
		return
	case asked == wxAmount && w.head.has(wxCoupon) && borne > printed[wxCoupon]:
		out.Aside = borne - printed[wxCoupon]
	}
	out.Discount = borne
}

var wordTradeSums = newWord("总交易单数")

func (t *wxTrades) sumsBegin() *word { return &wordTradeSums }

// sum: whether a sum of orders counts the columns of rows about refunds, too, and a sum of refunds those of reversed orders, the documents
// do not say; most of those columns are 0 there.
func (t *wxTrades) sum(w *wechat, name string, value []byte) bool {
	c, main := 0, wxPaid
	switch name {
	case "总交易单数":
		n, ok := decimal(value, 0)
		return ok && combines(n, &t.rows, wxPaid)
	case "手续费总金额":
		n, ok := decimal(value, feeDecimal)
		sums := &t.sums[wxFee]
		return ok && (n == sums[wxPaid]+sums[wxBack]+sums[wxRevoked] || n == t.feesFen*feeInFen)
	case "应结订单总金额":
		c = wxSettled
	case "订单总金额":
		c = wxAmount
	case "退款总金额":
		c, main = wxRefunded, wxBack
	case "申请退款总金额":
		c, main = wxAsked, wxBack
	case "充值券退款总金额":
		c, main = wxOther, wxBack
	default:
		return true
	}
	n, ok := decimal(value, 2)
	return ok && combines(n, &t.sums[c], main) || !w.head.has(c)
}

// combines reports whether a number is the sum of the main state's, with or without each of the others'.
func combines(n int64, sums *[wxStates]int64, main int) bool {
	for with := range 1 << wxStates {
		if with&(1<<main) == 0 {
			continue
		}
		total := int64(0)
		for s, sum := range sums {
			if with&(1<<s) != 0 {
				total += sum
			}
		}
		if total == n {
			return true
		}
	}
	return false
}

// end refuses a bill of refunds alone, which has a column that the bill of everything lacks.
func (t *wxTrades) end(w *wechat) error {
	if w.head.has(wxAskedAt) && t.rows[wxPaid] == 0 && w.facts.Rows > 0 {
		return &FaultError{Code: FaultPart, Cause: errPart}
	}
	return nil
}

// someNumber is a number, or nothing where the file prints 0 in the place of none.
func someNumber(field []byte) []byte {
	if len(field) == 0 || string(field) == "0" {
		return nil
	}
	return field
}

// texts keeps what is the same in almost every row.
type texts [3]string

func (t *texts) text(i int, field []byte) string {
	if t[i] != string(field) {
		t[i] = string(field)
	}
	return t[i]
}

func columnText(i int) string { return strconv.Itoa(i + 1) }
