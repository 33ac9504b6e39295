package assets

import "guitai/ledger"

// DaybookPhrases are those of the day's screen beyond its columns: any day, the filter, and what is open on top.
type DaybookPhrases struct {
	Title, Empty, NoneFits, Failed string // of a day that is over
	CashAfter                      string // instead of the cash and the whole, before the drawer is counted
	Tender, Cashier, Imported      string // columns, and what the truth's says in short
	Hint                           string // what narrows the list, while nothing does
	Only, Of                       string // what it is narrowed to, and how many of how many
	Next, NextOnly                 string
	Standings                      map[ledger.Standing]string
	GoTo, GoToNext                 string // a date is being typed
	NoDay, Future                  Sentence
	Open                           string // an exception on top: which, how much, what, and the next step
}

// StoryPhrases tell what happened to one sale, event by event.
type StoryPhrases struct {
	Title, Sold, Next, Failed string
	Till                      string // the till itself, as the one who did something
	Approved                  string // with somebody's consent
	Nth, NthRefund            string // which attempt, which refund
	Keyed, Quiet              string // the amount was settled: with Enter, by a scan
	Dropped, Aside, Recalled  string
	CodeRefused               string
	Attempt, ByCode, ByQR     string
	Sent                      string // before a request leaves
	Answer                    string // what came of a request
	Join                      string // between what an answer says
	Became                    string // what the attempt or refund is now
	Refund, RefundSent        string
	ByHand, Resolved          string
	Took, Change, Instead     string // money without a channel: what came, what of it went back at once, and which payment goes back for it
	Proven, GaveBack          string
	Noted, Wrong, Held, Back  string
	Drawer, Copy              string // the drawer let open for it; a copy of its receipt
	Other                     string // a kind of event that this screen has no words for
	Requests                  map[ledger.Request]string
	Classes                   map[ledger.Class]string
}

var enDaybook = DaybookPhrases{
	Title: "Sales of {date}", Empty: "No sale on this day.", NoneFits: "No sale fits.", CashAfter: "cash and total: after the count", Failed: "This day's sales cannot be read: {text}",
	Tender: "tender", Cashier: "cashier", Imported: "imported",
	Hint: "{bychannel} tender  {bycashier} cashier  {bystate} state  {goto} go to a day; type a tail, 12.5, 10-20",
	Only: "Only: {text}", Of: "{n} of {number}",
	Next:     "{up} {down} choose, {enter} its story; {dayback} {dayon} another day; {esc} back",
	NextOnly: "{enter} its story; {back} takes one back, {esc} shows all again",
	Standings: map[ledger.Standing]string{
		ledger.AnyStanding: "all", ledger.StandingPaid: "paid", ledger.StandingOpen: "under way or unknown", ledger.StandingUnpaid: "not paid",
		ledger.StandingBack: "with refunds", ledger.StandingTrouble: "late money, stuck refunds",
	},
	GoTo:     "Go to day: {text}_",
	GoToNext: "Type 5, 3-5 or 20260305, then {enter}; {enter} alone: today; {esc} stays here",
	NoDay:    Sentence{"There is no such day.", "A day is typed as 5, 3-5, 305 or 20260305"},
	Future:   Sentence{"That day has not begun.", "{dayback} a day back; {goto} another one"},
	Open:     "! …{tail} ¥{amount} {note} → {next}",
}

var zhDaybook = DaybookPhrases{
	Title: "{date} 流水", Empty: "这一天没有交易。", NoneFits: "没有符合的交易。", CashAfter: "现金与合计：清点后可见", Failed: "读不出这一天的流水：{text}",
	Tender: "支付", Cashier: "收银员", Imported: "导入",
	Hint: "{bychannel} 支付方式  {bycashier} 收银员  {bystate} 状态  {goto} 选日期；直接输入尾号、12.5、10-20",
	Only: "只看：{text}", Of: "{number} 笔中的 {n} 笔",
	Next:     "{up} {down} 选择，{enter} 看全过程；{dayback} {dayon} 换一天；{esc} 返回",
	NextOnly: "{enter} 看全过程；{back} 删一位，{esc} 恢复全部",
	Standings: map[ledger.Standing]string{
		ledger.AnyStanding: "全部", ledger.StandingPaid: "已收款", ledger.StandingOpen: "进行中或未知", ledger.StandingUnpaid: "未收款",
		ledger.StandingBack: "有退款", ledger.StandingTrouble: "迟到款、退款不到",
	},
	GoTo:     "转到日期：{text}_",
	GoToNext: "输入 5、3-5 或 20260305 再按 {enter}；直接按 {enter} 是今天；{esc} 不换",
	NoDay:    Sentence{"没有这一天。", "日期写作 5、3-5、305 或 20260305"},
	Future:   Sentence{"这一天还没有开始。", "{dayback} 前一天；{goto} 另选日期"},
	Open:     "! …{tail} ¥{amount} {note} → {next}",
}

var enStory = StoryPhrases{
	Title: "The story of a sale", Sold: "keyed {time} by {person}", Next: "{up} {down} look through, {refund} gives money back; {esc} back",
	Failed: "Its events cannot be read: {text}", Till: "the till", Approved: "with {person}",
	Nth: "attempt {n}: ", NthRefund: "refund {n}: ",
	Keyed: "settled the amount of ¥{amount}", Quiet: "settled the amount of ¥{amount} by a scan",
	Dropped: "gave the sale up: {text}", Aside: "set it aside for the next customer; the till goes on finding out", Recalled: "took the sale up again, because something is to be done about it",
	CodeRefused: "refused a code: {text}",
	Attempt:     "{channel}, {text}, ¥{amount}, order {order}", ByCode: "customer's code …{last4}", ByQR: "QR on the till's screen",
	Sent: "sends {text}", Answer: "{text}: {note}", Became: "→ {state}", Join: "; ",
	Refund: "¥{amount} wanted back: {text}", RefundSent: "sends the refund",
	ByHand: "settled by hand, ¥{amount} given back outside the channel: {text}", Resolved: "settled: {text}",
	Took: "took {kind}, ¥{amount}", Change: "¥{given} given, ¥{change} change", Instead: "the scan payment that was not known goes back if it comes",
	Proven: "saw the transfer of ¥{amount} arrive", GaveBack: "gave back {kind}, ¥{amount}: {text}",
	Noted: "note: {text}", Wrong: "says that something was wrong", Held: "held it for later", Back: "brought it back on the screen",
	Drawer: "let the drawer open", Copy: "printed copy {n} of the receipt",
	Other: "something else is written down ({text})",
	Requests: map[ledger.Request]string{
		ledger.RequestPay: "the charge", ledger.RequestOrder: "the request for a QR", ledger.RequestQuery: "the question how it stands",
		ledger.RequestClose: "the request to close or cancel", ledger.RequestRefund: "the refund", ledger.RequestRefundQuery: "the question how the refund stands",
		ledger.RequestNotice: "word of the channel", ledger.RequestStatement: "the channel's statement",
	},
	Classes: map[ledger.Class]string{
		ledger.ClassUnknown: "no answer to rely on", ledger.ClassUnsent: "nothing left the till", ledger.ClassPaid: "paid",
		ledger.ClassWaiting: "the customer is keying a password", ledger.ClassOpen: "nobody is paying it yet", ledger.ClassShown: "the QR is made",
		ledger.ClassAbsent: "the channel does not know it", ledger.ClassRefused: "refused for good", ledger.ClassFailed: "failed, to be cancelled",
		ledger.ClassClosed: "ended without money", ledger.ClassReversed: "the money went back", ledger.ClassAccepted: "accepted",
		ledger.ClassDenied: "refused", ledger.ClassRefunded: "paid, and refunded since", ledger.ClassReturned: "the money is back with the customer",
		ledger.ClassHeld: "not now, the shop's balance is too low", ledger.ClassAbnormal: "it cannot be brought to the customer",
	},
}

var zhStory = StoryPhrases{
	Title: "一笔交易的全过程", Sold: "{person} 于 {time} 录入", Next: "{up} {down} 翻看，{refund} 退款；{esc} 返回",
	Failed: "读不出它的记录：{text}", Till: "本机", Approved: "{person} 同意",
	Nth: "第 {n} 次付款：", NthRefund: "第 {n} 次退款：",
	Keyed: "确定金额 ¥{amount}", Quiet: "扫码确定金额 ¥{amount}",
	Dropped: "放弃了这一笔：{text}", Aside: "搁置，先接待下一位；本机继续查清", Recalled: "重新取出这一笔，有事要办",
	CodeRefused: "没有收这个码：{text}",
	Attempt:     "{channel}，{text}，¥{amount}，单号 {order}", ByCode: "顾客付款码 …{last4}", ByQR: "本机屏幕上的二维码",
	Sent: "发出{text}", Answer: "{text}：{note}", Became: "→ {state}", Join: "；",
	Refund: "要退 ¥{amount}：{text}", RefundSent: "发出退款",
	ByHand: "另行处理，渠道之外退了 ¥{amount}：{text}", Resolved: "已处理：{text}",
	Took: "收了{kind} ¥{amount}", Change: "实收 ¥{given}，找零 ¥{change}", Instead: "结果未知的扫码付款如果到账就退回",
	Proven: "看到转账 ¥{amount} 到账", GaveBack: "退还{kind} ¥{amount}：{text}",
	Noted: "备注：{text}", Wrong: "说这笔有问题", Held: "挂单", Back: "取回挂单",
	Drawer: "打开了钱箱", Copy: "重打小票，第 {n} 份",
	Other: "另有记录（{text}）",
	Requests: map[ledger.Request]string{
		ledger.RequestPay: "扣款请求", ledger.RequestOrder: "二维码请求", ledger.RequestQuery: "查询",
		ledger.RequestClose: "关单或撤销请求", ledger.RequestRefund: "退款请求", ledger.RequestRefundQuery: "退款查询",
		ledger.RequestNotice: "渠道通知", ledger.RequestStatement: "渠道对账单",
	},
	Classes: map[ledger.Class]string{
		ledger.ClassUnknown: "没有可信的回答", ledger.ClassUnsent: "没有发出去", ledger.ClassPaid: "已付款",
		ledger.ClassWaiting: "顾客在输密码", ledger.ClassOpen: "还没有人付", ledger.ClassShown: "二维码已生成",
		ledger.ClassAbsent: "渠道没有这个单号", ledger.ClassRefused: "明确拒绝", ledger.ClassFailed: "失败，需要撤销",
		ledger.ClassClosed: "已结束，没有收款", ledger.ClassReversed: "钱已退回", ledger.ClassAccepted: "已受理",
		ledger.ClassDenied: "不受理", ledger.ClassRefunded: "付过款，后来被退", ledger.ClassReturned: "钱已退到顾客",
		ledger.ClassHeld: "暂时不行，本店余额不足", ledger.ClassAbnormal: "无法退到顾客",
	},
}
