package assets

// PlainPhrases are the sentences of the plain line mode alone. It uses those of the screen wherever they fit; the keys
// named in them are then its commands.
type PlainPhrases struct {
	// The first word of a line that tells no payment's state. None is, or begins like, the word of a state.
	Ready, ToPay, NotSettled, NotDone, Ask, Code, Busy, Till, Aside, Exception, Refund, Card, Alert, Statement, Device string
	Help, Today, Customers, Left                                                                                       string

	Hello       string // what the mode is
	Sale        string // a sale's amount and tail
	Next        string // around the next commands
	NextSettle  string // the next commands while an amount stands unsettled
	NextLeave   string
	NextBand    string
	NextSuspect string
	NextAgree   string // after the question about a refund or an exception
	NextEntry   string // after the list of exceptions
	NextCard    string // after the list of emergency cards
	NextTrainee string // added where a simulated customer can pay

	Shape                                              Sentence // an amount that does not fit
	Fast                                               Sentence // an amount that came at a scanner's speed
	Unknown                                            Sentence // a line that is no command
	TypeCode                                           Sentence
	Drawn                                              Sentence // in place of a QR: lines have no colours, and cannot be taken back
	NoQR                                               Sentence // q without a QR that waits
	RefundFind, RefundPick, RefundAmount, RefundReason Sentence // the lines of a refund
	Nobody                                             Sentence // t with a number that is no customer

	Desk PlainDesk

	Commands []string // of the help: what is no single letter of the key table
	Trainee  string   // of the help: simulated customers
}

var plainEn = PlainPhrases{
	Ready: "READY", ToPay: "TO PAY", NotSettled: "NOT SETTLED", NotDone: "NOT DONE", Ask: "QUESTION", Code: "CODE", Busy: "BUSY", Till: "TILL",
	Aside: "SET ASIDE", Exception: "EXCEPTION", Refund: "REFUND", Card: "CARD", Alert: "ALERT", Statement: "STATEMENT", Device: "DEVICES", Help: "HELP", Today: "TODAY", Customers: "CUSTOMERS", Left: "LEFT",

	Hello:       "Plain lines. What is typed is not shown, because it may be a customer's code. {help} lists the commands.",
	Sale:        "¥{amount}, tail {tail}.",
	Next:        "Next: {next}.",
	NextSettle:  "type the amount again; {drop} clears it",
	NextLeave:   "{leave} once more leaves; any other line stays",
	NextBand:    "yes agrees; or type the amount again; {drop} clears it",
	NextSuspect: "yes sends it; any other line drops it",
	NextAgree:   "yes does it; any other line does not",
	NextEntry:   "{exceptions} 1 tells all of the first; {exceptions} 1 and your words settles it; {exceptions} 1 hand and your words: money was given back by hand",
	NextCard:    "{cards} 3 tells card 3",
	NextTrainee: "{practice} lists simulated customers",

	Shape:        Sentence{"This amount does not fit.", "7 digits and 2 decimals at most; type it again; {drop} clears it"},
	Fast:         Sentence{"Keyed as fast as a scanner: not taken as an amount.", "type it by hand, or with a point: 1234.0"},
	Unknown:      Sentence{"This line is no command, no amount and no code.", "{help} lists the commands"},
	TypeCode:     Sentence{"The next line is the customer's code; it is not shown.", "type its digits, then {enter}"},
	Drawn:        Sentence{"No QR is drawn in plain lines, order {order}. The customer's display shows it.", "let it be scanned there, or scan the customer's code; {stop} stops"},
	NoQR:         Sentence{"No QR is waiting to be scanned.", "{alipay} or {wechat} asks for one once an amount is settled"},
	RefundFind:   Sentence{"Which sale?", "type digits of its tail, its amount, the long number on the bill, or last; {drop} ends this"},
	RefundPick:   Sentence{"Several sales fit.", "type the number before one of these; {drop} ends this"},
	RefundAmount: Sentence{"How much?", "type the amount, or all; {drop} ends this"},
	RefundReason: Sentence{"Why?", "type a number, or your own words; {drop} ends this"},
	Nobody:       Sentence{"There is no such customer.", "{practice} lists simulated customers"},
	Desk:         plainDeskEn,

	Commands: []string{
		"12.50: settles this amount",
		"8 digits or more: a customer's code; not shown",
		"{enter} alone: how it stands now",
		"yes: agrees to a question",
		"q: the order number of the QR, and why it is not drawn",
		"{refund} 1234: gives money back on the sale with this tail, amount, or number on a bill; {refund} 2026-03-01 1234: on one of that day",
		"{exceptions} 1 and words: settles the first exception",
		"{cards} 3: tells emergency card 3",
		"{cash}: takes all that is due in cash; {cash} 50: what is given; {cash} card 4217: a card slip; {cash} transfer",
		"{memo} and words: a note on the sale; {held}: brings a held sale back, or lists them",
		"{leave}, twice: leaves",
	},
	Trainee: "{practice} 73: customer 73 scans the QR, or holds out an Alipay code; {practice} 73 {wechat}: a WeChat code",
}

var plainZh = PlainPhrases{
	Ready: "可以收款 READY", ToPay: "应收 TO PAY", NotSettled: "金额未定 NOT SETTLED", NotDone: "没有做 NOT DONE",
	Ask: "请确认 QUESTION", Code: "付款码 CODE", Busy: "请稍候 BUSY", Till: "本机 TILL", Aside: "搁置 SET ASIDE", Exception: "异常 EXCEPTION", Refund: "退款 RETURN", Card: "应急卡 CARD", Alert: "警报 ALERT", Statement: "对账单 STATEMENT", Device: "设备 DEVICES",
	Help: "帮助 HELP", Today: "今日 TODAY", Customers: "模拟顾客 CUSTOMERS", Left: "已离开 LEFT",

	Hello:       "逐行文字方式。输入的内容不显示，因为它可能是顾客的付款码。{help} 列出命令。",
	Sale:        "¥{amount}，尾号 {tail}。",
	Next:        "下一步：{next}。",
	NextSettle:  "重新输入金额；{drop} 清空",
	NextLeave:   "再输入一次 {leave} 就离开；其他任何一行都留下",
	NextBand:    "yes 同意；或重新输入金额；{drop} 清空",
	NextSuspect: "yes 发送；其他任何一行都丢弃",
	NextAgree:   "yes 就办；其他任何一行都不办",
	NextEntry:   "{exceptions} 1 说第一笔的全部；{exceptions} 1 加您的话就了结；{exceptions} 1 hand 加您的话：钱已另行退还",
	NextCard:    "{cards} 3 说第 3 张卡",
	NextTrainee: "{practice} 列出模拟顾客",

	Shape:        Sentence{"这个金额不对。", "最多 7 位整数和 2 位小数；重新输入；{drop} 清空"},
	Fast:         Sentence{"输入快得像扫码枪：没有当作金额。", "请用手输入，或带小数点：1234.0"},
	Unknown:      Sentence{"这一行不是命令，不是金额，也不是付款码。", "{help} 列出命令"},
	TypeCode:     Sentence{"下一行是顾客的付款码；不显示。", "输入数字，然后按 {enter}"},
	Drawn:        Sentence{"逐行文字方式不画二维码，单号 {order}。顾客屏上有。", "请顾客扫顾客屏，或扫顾客的付款码；{stop} 停止"},
	NoQR:         Sentence{"没有等待扫描的二维码。", "金额确定后 {alipay} 或 {wechat} 请求一个"},
	RefundFind:   Sentence{"哪一笔？", "输入尾号、金额、账单上的长单号，或 last 上一笔；{drop} 结束"},
	RefundPick:   Sentence{"有几笔相符。", "输入前面的数字选一笔；{drop} 结束"},
	RefundAmount: Sentence{"退多少？", "输入金额，或 all 全退；{drop} 结束"},
	RefundReason: Sentence{"什么原因？", "输入数字，或自己的话；{drop} 结束"},
	Nobody:       Sentence{"没有这个顾客。", "{practice} 列出模拟顾客"},
	Desk:         plainDeskZh,

	Commands: []string{
		"12.50：确定这个金额",
		"8 位或更多数字：顾客的付款码；不显示",
		"只按 {enter}：现在的情况",
		"yes：同意一个问题",
		"q：二维码的单号，以及为什么不画出来",
		"{refund} 1234：退款，按尾号、金额或账单上的单号；{refund} 2026-03-01 1234：那一天的",
		"{exceptions} 1 加话：了结第一笔异常",
		"{cards} 3：说第 3 张应急卡",
		"{cash}：现金收全部；{cash} 50：实收 50；{cash} 刷卡 4217：刷卡单；{cash} 转账",
		"{memo} 加话：这笔的备注；{held}：取挂单，或列出挂单",
		"{leave} 两次：离开",
	},
	Trainee: "{practice} 73：73 号顾客扫二维码，或出示支付宝付款码；{practice} 73 {wechat}：微信付款码",
}
