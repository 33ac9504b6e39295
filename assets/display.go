package assets

// DisplayPhrases are what a customer reads on the second screen. It shows both languages at once, the chosen one first,
// so each phrase is short.
type DisplayPhrases struct {
	Amount    string // label of the big amount
	Idle      Notice // nothing to pay
	Ready     Notice // an amount to pay, and no way chosen yet
	Wait      Notice // a request is on its way
	Scan      Notice // the QR is up
	Confirm   Notice // the customer's phone asks for a confirmation
	Check     Notice // how it ended is being found out
	Paid      Notice
	Failed    Notice // refused or never sent
	Cancelled Notice // withdrawn or closed
	Returned  Notice // money had moved and went back
	Ask       Notice // only a person can settle it
	Closed    Notice // no till, or one that is silent
	Other     Notice // a till of another version
	QRSmall   string // the QR does not fit into this window
	QRNone    string // the QR cannot be drawn at all
}

// Notice is a word to be read from two metres and one sentence.
type Notice struct{ Word, Says string }

var zhDisplay = DisplayPhrases{
	Amount:    "应付",
	Idle:      Notice{"欢迎光临", "金额会显示在这里。"},
	Ready:     Notice{"请付款", "请出示支付宝或微信的付款码。"},
	Wait:      Notice{"请稍候", "正在办理付款。"},
	Scan:      Notice{"请扫码付款", "请用{channel}扫二维码。"},
	Confirm:   Notice{"请在手机上确认", "请确认付款或输入密码。"},
	Check:     Notice{"请稍候", "正在查询结果，请不要再付。"},
	Paid:      Notice{"付款成功", "谢谢惠顾！"},
	Failed:    Notice{"付款失败", "没有收款，请听收银员安排。"},
	Cancelled: Notice{"付款已取消", "没有收到付款，旧的码请不要再付。"},
	Returned:  Notice{"付款已退回", "钱会原路退回给您。"},
	Ask:       Notice{"请问收银员", "请不要再付，收银员会处理。"},
	Closed:    Notice{"本柜台暂停收款", "请问收银员。"},
	Other:     Notice{"请问收银员", "收银台与本屏版本不同，请重开本屏。"},
	QRSmall:   "本屏画不下二维码，请出示付款码，或扫收银台上的码（窗口至少 {width}×{height}）。",
	QRNone:    "本屏画不出二维码，请出示付款码，或扫收银台上的码。",
}

var enDisplay = DisplayPhrases{
	Amount:    "To pay",
	Idle:      Notice{"Welcome", "The amount appears here."},
	Ready:     Notice{"Please pay", "Show your Alipay or WeChat payment code."},
	Wait:      Notice{"Please wait", "The payment is under way."},
	Scan:      Notice{"Scan to pay", "Scan the QR with {channel}."},
	Confirm:   Notice{"Confirm on your phone", "Confirm, or key your password."},
	Check:     Notice{"Please wait", "The result is being checked: do not pay again."},
	Paid:      Notice{"PAID", "Thank you!"},
	Failed:    Notice{"FAILED", "No payment was taken. Please ask the cashier."},
	Cancelled: Notice{"CANCELLED", "No payment came. Do not pay with the old code."},
	Returned:  Notice{"RETURNED", "The money goes back to you."},
	Ask:       Notice{"Please ask the cashier", "Do not pay again: the cashier will help."},
	Closed:    Notice{"This till is closed", "Please ask the cashier."},
	Other:     Notice{"Please ask the cashier", "Till and display differ in version: restart this display."},
	QRSmall:   "The QR does not fit here: show your payment code, or scan at the till (this window needs {width}x{height}).",
	QRNone:    "The QR cannot be drawn here: show your payment code, or scan at the till.",
}
