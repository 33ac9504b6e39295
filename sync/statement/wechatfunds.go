package statement

// The columns of WeChat Pay's bill of the basic account's fund flow (the documented eleven), as far as they are read.
const (
	fundTime = iota
	fundFlowNo
	fundName
	fundKind
	fundWay
	fundAmount
	fundBalance
)

var fundColumns = []column{
	fundTime:    {[]string{"记账时间"}, clockForm, true},
	fundFlowNo:  {[]string{"资金流水单号"}, numberForm, true},
	fundName:    {[]string{"业务名称"}, freeForm, true},
	fundKind:    {[]string{"业务类型"}, freeForm, true},
	fundWay:     {[]string{"收支类型"}, freeForm, true},
	fundAmount:  {[]string{"收支金额"}, amountForm, true},
	fundBalance: {[]string{"账户结余"}, amountForm, true},
}

var (
	wordIn, wordOut      = newWord("收入"), newWord("支出")
	wordFee, wordFeeBack = newWord("扣除交易手续费"), newWord("退还交易手续费")
	wordPaidOut          = newWord("提现")
	wordFundSums         = newWord("资金流水总笔数")
	fundTradeKinds       = []*word{&wordTrade, &wordFee, &wordRefund, &wordFeeBack}
)

// wxFunds reads a bill of the fund flow. It gives no rows on.
type wxFunds struct {
	rows        [2]int64 // that came, that went
	sums        [2]int64
	first, last fundPoint
}

// fundPoint is the balance before and after a row.
type fundPoint struct {
	at            int64
	before, after int64
}

func (f *wxFunds) header(line uint64, text string) (*header, error) {
	return readHeader(line, text, fundColumns, nil)
}

func (f *wxFunds) take(w *wechat, row [][]byte) error {
	out, err := w.when(row, fundColumns, fundTime)
	if err != nil {
		return err
	}
	if no := w.head.field(row, fundFlowNo); !isNumber(no) || len(no) == 0 {
		return w.fault(FaultNumber, fundColumns[fundFlowNo].names[0])
	}
	fen, err := w.amount(row, fundColumns, fundAmount)
	if err != nil {
		return err
	}
	balance, ok := decimal(w.head.field(row, fundBalance), 2)
	if !ok {
		return w.fault(FaultAmount, fundColumns[fundBalance].names[0])
	}
	way, signed := 0, fen
	switch field := w.head.field(row, fundWay); {
	case w.in.is(field, &wordIn):
	case w.in.is(field, &wordOut):
		way, signed = 1, -fen
	default:
		return w.fault(FaultKind, "收支类型 is neither 收入 nor 支出")
	}
	f.rows[way]++
	if !add(&f.sums[way], fen) {
		return w.fault(FaultAmount, "the sum of the rows is out of range")
	}
	f.book(w, row, fen, signed)
	f.last = fundPoint{at: out.At.Unix(), before: balance - signed, after: balance}
	if w.facts.Rows == 1 {
		f.first = f.last
	}
	return nil
}

// book puts a row where it belongs: payments, refunds and their fees; what was brought to the shop's bank, less what came back from
// there; everything else.
func (f *wxFunds) book(w *wechat, row [][]byte, fen, signed int64) {
	sum, kind := &w.facts.Funds, w.head.field(row, fundKind)
	sum.Rows++
	for _, known := range fundTradeKinds {
		switch {
		case !w.in.is(kind, known):
		case signed >= 0:
			sum.In += fen
			return
		default:
			sum.Out += fen
			return
		}
	}
	if w.in.has(kind, &wordPaidOut) || w.in.has(w.head.field(row, fundName), &wordPaidOut) {
		sum.PaidOut -= signed
		return
	}
	sum.Other += signed
}

func (f *wxFunds) sumsBegin() *word { return &wordFundSums }

func (f *wxFunds) sum(_ *wechat, name string, value []byte) bool {
	decimals, want := 0, int64(0)
	switch name {
	case "资金流水总笔数":
		want = f.rows[0] + f.rows[1]
	case "收入笔数":
		want = f.rows[0]
	case "支出笔数":
		want = f.rows[1]
	case "收入金额":
		decimals, want = 2, f.sums[0]
	case "支出金额":
		decimals, want = 2, f.sums[1]
	default:
		return true
	}
	n, ok := decimal(value, decimals)
	return ok && n == want
}

// end takes the balances from the first and the last row in time: no document says which of the two ways a file runs.
func (f *wxFunds) end(w *wechat) error {
	first, last := f.first, f.last
	if first.at > last.at {
		first, last = last, first
	}
	w.facts.Funds.Opens, w.facts.Funds.Ends = first.before, last.after
	return nil
}

var _, _ wechatTable = (*wxTrades)(nil), (*wxFunds)(nil)
