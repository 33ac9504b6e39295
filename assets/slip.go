package assets

import "guitai/ledger"

// SlipPhrases are what the receipt printer prints. Paper has few columns: a label is at most eight Chinese characters, or sixteen
// letters.
type SlipPhrases struct {
	Scan, Sale, Refund, Unknown, Test string // titles
	Promised                          string // title of a slip of a transfer that nobody has seen arrive: no receipt
	Customer, Merchant                string // whose copy it is
	Again                             string // a copy that somebody has asked for
	Twice                             string // the same slip may have come out before

	MerchantNo, Till, Cashier, Type string // labels
	Ways                            map[ledger.Way]string
	Back                            string // as a type: a refund
	Method, Code, Order, ChannelNo  string
	SaleNo, Number, Time            string
	Amount, Discount, Paid, Part    string
	Returned                        string
	Given, Change, Rounded          string
	Tail                            string
	Pending                         string // a transfer that nobody has seen arrive
	RefundNo, Original, Why, Sign   string

	Keep        string // what the slip is good for
	ScanOrder   string // below the code of the order
	ScanReceipt string // below the code of the e-receipt
	NotKnown    string // what whoever gets the notice shall do
	NotSeen     string // the same, for a transfer that nobody has seen arrive
	TestSays    string
	TestEnd     string
}

var enSlip = SlipPhrases{
	Scan: "Scan-to-pay receipt", Sale: "Receipt", Refund: "Refund", Unknown: "RESULT PENDING", Test: "Printer test",
	Promised: "TRANSFER PENDING",
	Customer: "Customer copy", Merchant: "Merchant copy", Again: "REPRINT, copy {n}", Twice: "REPRINT (maybe printed before)",
	MerchantNo: "Merchant", Till: "Till", Cashier: "Cashier", Type: "Type",
	Ways: map[ledger.Way]string{ledger.ByCode: "Customer code", ledger.ByQR: "QR of the till"}, Back: "Refund",
	Method: "Paid with", Code: "Code", Order: "Order", ChannelNo: "Channel number", SaleNo: "Sale", Number: "Number", Time: "Time",
	Amount: "Amount", Discount: "Discount", Paid: "Paid", Part: "Of it", Returned: "Given back", Given: "Given", Change: "Change", Rounded: "Rounding", Tail: "Tail",
	Pending: "not seen to arrive yet", RefundNo: "Refund number", Original: "Original order", Why: "Reason", Sign: "Signature",
	Keep: "Please keep this receipt for a refund.", ScanOrder: "Scan for a refund", ScanReceipt: "E-receipt",
	NotKnown: "How the payment ended is not known yet. Do not pay again. Ask the cashier with this notice.",
	NotSeen:  "The transfer has not been seen to arrive. This is no receipt.",
	TestSays: "If you can read this, text is fine. The two rulers fill the paper from edge to edge.",
	TestEnd:  "The paper is cut below.",
}

var zhSlip = SlipPhrases{
	Scan: "扫码支付签购单", Sale: "收款小票", Refund: "退款单", Unknown: "付款待确认", Test: "打印测试",
	Promised: "转账待到账",
	Customer: "顾客存根", Merchant: "商户存根", Again: "重打印 第 {n} 次", Twice: "重打印（可能已打印过）",
	MerchantNo: "商户号", Till: "终端编号", Cashier: "收银员", Type: "交易类型",
	Ways: map[ledger.Way]string{ledger.ByCode: "付款码支付", ledger.ByQR: "扫码支付"}, Back: "退款",
	Method: "支付方式", Code: "付款码", Order: "商户单号", ChannelNo: "交易单号", SaleNo: "销售单号", Number: "凭单号", Time: "交易时间",
	Amount: "金额", Discount: "优惠", Paid: "实付", Part: "其中", Returned: "已退", Given: "收现金", Change: "找零", Rounded: "取整", Tail: "尾号",
	Pending: "还没有看到到账", RefundNo: "退款单号", Original: "原商户单号", Why: "原因", Sign: "顾客签名",
	Keep: "如需退款请出示本小票", ScanOrder: "退款时扫此码", ScanReceipt: "扫码看电子小票",
	NotKnown: "付款结果还没有查明，请不要再付。请凭本单问收银员。",
	NotSeen:  "转账还没有看到到账，本单不是收款凭证。",
	TestSays: "能读到这一行，说明中文可用。下面两把尺应从左边排满到右边。",
	TestEnd:  "下面应切纸。",
}
