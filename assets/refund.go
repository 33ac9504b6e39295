package assets

import "guitai/ledger"

// RefundPhrases are the sentences about money that goes back, on every screen that speaks of it.
type RefundPhrases struct {
	// Finding a past sale.
	FindTitle, FindHint, FindText, FindLong, FindNone, FindEmpty, FindNext string

	NotFound  Sentence // no sale has this number
	PayCode   Sentence // a customer's payment code where a bill's number belongs
	Stray     Sentence // a scan where none belongs
	LongText  Sentence
	CodeTyped Sentence // a payment code within a person's own words

	// What a row of a list adds to a sale's state, and a day's foot to its totals.
	Back, Going, Stuck           string
	OfOther, OfLate              string // a refund of a sale of another day, named by month and day; of money that belonged to no sale
	DayBack, DayNet, DayNextOpen string

	// The form.
	Title, Facts, Sums, SumStuck, Earlier, NoEarlier, Unpaid string
	Amount, All, Most, Reason, Own                           string
	Whys                                                     []string // the reasons to pick from, by digit
	NextAmount, NextReason, NextWatch, NextMore, NextIdle    string
	Ask                                                      Sentence
	Reading                                                  string

	States    map[ledger.RefundState]Outcome // one refund
	Causes    map[ledger.RefundCause]string  // why, where no person has said it
	AgoHours  string
	AgoDays   string
	ByTheHand string // late money that a person has given back

	// The sale's own screen, when money has gone back or is going.
	PaidGoing, PaidPart, PaidFull, PaidStuck Outcome
	LateGoing, LateBack                      Outcome
	HeadFull, HeadGoing, HeadBack            string
	FoundPaid, FoundOrphan, FoundNo          string // how an opened sale stands, in a word
}

// ExceptionPhrases are those of the list of what the till cannot settle by itself.
type ExceptionPhrases struct {
	Title, Empty, Failed, Next, NextEmpty string
	Owners                                map[ledger.Role]string
	Line                                  string                 // age, owner, tail and amount
	Wrong                                 map[ledger.Note]string // what has happened
	Steps                                 map[ledger.Note]string // what comes next
	Returning                             string                 // what comes next while the till gives late money back by itself
	Above                                 string                 // and where it does not, because somebody has to agree
	Payment                               string                 // heads the attempts of the sale
	EntryNext, EntryLate                  string
	What                                  string // heads the note
	HandOn, HandOff                       string
	NoteNext, NoteHandNext                string
	Ask, AskHand                          Sentence
	Done                                  Sentence
	Gone                                  string // the entry has left the list meanwhile
}

var enRefund = RefundPhrases{
	FindTitle: "Find a paid sale · {date}", FindHint: "digits of the tail, the amount, or the time (14:3); or the long number on the customer's bill",
	FindText: "Looking for: {text}_", FindLong: "{enter} looks this number up, on whatever day it was.",
	FindNone: "No paid sale of this day fits.", FindEmpty: "No paid sale on this day.",
	FindNext: "{up} {down} choose, {enter} opens; {dayback} {dayon} another day; {esc} back",

	NotFound:  Sentence{"This till has no sale of that number.", "Compare it with the bill; the tail or the amount finds the sale too"},
	PayCode:   Sentence{"That is a customer's payment code ({channel}). It finds no sale: thrown away, nothing charged.", "Type the tail or the amount, or scan the number on the bill"},
	Stray:     Sentence{"A scan does not belong here: thrown away, nothing charged.", "Go on, or {esc} back"},
	LongText:  Sentence{"There is no room for more.", "{back} takes one back"},
	CodeTyped: Sentence{"A payment code must not stand there: thrown away.", "Use other words"},

	Back: "back {returned}", Going: "going back", Stuck: "refund fails",
	OfOther: "of {date}", OfLate: "late, in no total",
	DayBack: ", back {n} for ¥{returned}", DayNet: "net ¥{amount}", DayNextOpen: "{up} {down} choose, {enter} opens the sale, {esc} back to selling",

	Title: "Refund", Facts: "{state} {time} · {channel}", Sums: "back ¥{returned} · on its way ¥{going} · left ¥{rest}", SumStuck: "stuck ¥{amount}",
	Earlier: "Refunds so far:", NoEarlier: "No refund so far.", Unpaid: "Nothing was paid here that could be given back.",
	Amount: "Give back", All: "all that is left", Most: "¥{rest} at most", Reason: "Reason", Own: "or your own words",
	Whys:       []string{"brought back", "wrong amount", "charged twice", "not in stock", "other mistake"},
	NextAmount: "{enter} takes this amount, or type another; {esc} back",
	NextReason: "A digit picks a reason; or type your own, then {enter}; {esc} back",
	NextWatch:  "{esc} back; the till goes on by itself", NextMore: "{enter} another refund; {esc} back", NextIdle: "{esc} back",
	Ask:     Sentence{"Give ¥{amount} back by {channel}, sale with tail {tail}?", "{enter} gives it back; any other key goes back"},
	Reading: "Reading…",

	States: map[ledger.RefundState]Outcome{
		ledger.RefundOwed:     {"WRITTEN DOWN", "owed", "Nothing has left yet. A channel takes refunds of one sale at a distance of up to a minute.", "Wait, or serve the next customer."},
		ledger.RefundAsked:    {"SENT, NO ANSWER YET", "sent", "The channel is being asked what became of it. Give nothing by hand.", "Wait, or serve the next customer."},
		ledger.RefundPending:  {"UNDER WAY AT THE CHANNEL", "under way", "The money is NOT back yet. The till asks until it is.", "Wait, or serve the next customer."},
		ledger.RefundHeld:     {"WAITS: SHOP'S BALANCE TOO LOW", "waits", "The shop's balance at the channel is too low. The till sends the same refund again later.", "Have the supervisor pay into the balance."},
		ledger.RefundReturned: {"MONEY IS BACK", "back", "The channel has given this amount back to the customer.", "This one is done."},
		ledger.RefundFailed:   {"FAILED, NO MONEY WENT BACK", "failed", "The channel will not do it. The customer has nothing back.", "Try again, or call a supervisor."},
		ledger.RefundAbnormal: {"STUCK AT THE CHANNEL", "stuck", "The channel cannot bring the money to the customer: the account is closed or locked.", "Call a supervisor."},
		ledger.RefundByHand:   {"GIVEN BACK BY HAND", "by hand", "A supervisor has given this amount back another way.", "This one is done."},
	},
	Causes: map[ledger.RefundCause]string{
		ledger.CausePerson: "asked for at the till", ledger.CauseLate: "the till: money came too late", ledger.CauseSecond: "the till: the sale was paid already",
	},
	AgoHours: "{hours} h ago", AgoDays: "{days} days ago", ByTheHand: "¥{returned} given back by hand",

	PaidGoing: Outcome{"PAID · ¥{going} GOING BACK", "paid, going back", "Money is on its way back and not there yet.", "Key the next amount; {refund} shows the refund"},
	PaidPart:  Outcome{"PAID · ¥{returned} WENT BACK", "paid, part back", "Part of the money has gone back to the customer.", "Key the next amount; {refund} shows the refund"},
	PaidFull:  Outcome{"REFUNDED IN FULL", "paid, all back", "All of the money has gone back to the customer. Do not hand over.", "Key the next amount; {refund} shows the refund"},
	PaidStuck: Outcome{"PAID · A REFUND DID NOT ARRIVE", "paid, refund not there", "A refund of this sale has failed, or is stuck at the channel. Call a supervisor.", "Key the next amount; {exceptions} says what to do"},
	LateGoing: Outcome{"LATE MONEY GOING BACK", "late, going back", "Money came after the end. The till gives it back by itself. Do not hand over.", "{aside} next customer; or wait, then charge again"},
	LateBack:  Outcome{"LATE MONEY IS BACK", "late, back", "The late money has gone back to the customer. Nothing is paid.", "Scan again to charge anew, {alipay}/{wechat} shows a QR, or {drop} gives up"},
	HeadFull:  "All given back", HeadGoing: "No sale: the money goes back", HeadBack: "Not paid: the money is back",
	FoundPaid: "paid", FoundOrphan: "late money", FoundNo: "not paid",
}

var zhRefund = RefundPhrases{
	FindTitle: "查找已收款的一笔 · {date}", FindHint: "输入尾号、金额或时间（14:3），或顾客账单上的长单号",
	FindText: "查找：{text}_", FindLong: "{enter} 按这个单号查找，不论哪一天。",
	FindNone: "这一天没有相符的已收款。", FindEmpty: "这一天没有已收款。",
	FindNext: "{up} {down} 选择，{enter} 打开；{dayback} {dayon} 换一天；{esc} 返回",

	NotFound:  Sentence{"本机没有这个单号的交易。", "请与顾客账单核对；也可用尾号或金额查找"},
	PayCode:   Sentence{"这是顾客的付款码（{channel}），查不到交易：已丢弃，没有收款。", "请输入尾号或金额，或扫账单上的单号"},
	Stray:     Sentence{"这里不能扫码：已丢弃，没有收款。", "请继续，或 {esc} 返回"},
	LongText:  Sentence{"放不下了。", "{back} 退一位"},
	CodeTyped: Sentence{"这里不能写付款码：已丢弃。", "请换别的话"},

	Back: "已退 {returned}", Going: "退款中", Stuck: "退款未到",
	OfOther: "{date} 的一笔", OfLate: "迟到款，不计合计",
	DayBack: "，已退 {n} 笔 ¥{returned}", DayNet: "净额 ¥{amount}", DayNextOpen: "{up} {down} 选择，{enter} 打开这一笔，{esc} 返回收款",

	Title: "退款", Facts: "{state} {time} · {channel}", Sums: "已退 ¥{returned} · 在途 ¥{going} · 可退 ¥{rest}", SumStuck: "卡住 ¥{amount}",
	Earlier: "已有的退款：", NoEarlier: "还没有退过款。", Unpaid: "这里没有收到可退的钱。",
	Amount: "退款金额", All: "全部可退金额", Most: "最多 ¥{rest}", Reason: "原因", Own: "或自己输入",
	Whys:       []string{"顾客退货", "金额有误", "重复收款", "缺货", "其他差错"},
	NextAmount: "{enter} 用这个金额，或输入别的；{esc} 返回",
	NextReason: "按数字选原因；或自己输入，然后 {enter}；{esc} 返回",
	NextWatch:  "{esc} 返回；本机会继续办理", NextMore: "{enter} 再退一笔；{esc} 返回", NextIdle: "{esc} 返回",
	Ask:     Sentence{"由{channel}退回 ¥{amount}，尾号 {tail}，对吗？", "{enter} 退款；其他键返回"},
	Reading: "正在读取…",

	States: map[ledger.RefundState]Outcome{
		ledger.RefundOwed:     {"已记下，未发出 OWED", "已记", "还没有发出。同一笔的退款，渠道要求最多隔一分钟。", "请等待，或先接待下一位。"},
		ledger.RefundAsked:    {"已发出，没有回答 SENT", "已发", "正在查询渠道怎么处理的。不要另外给钱。", "请等待，或先接待下一位。"},
		ledger.RefundPending:  {"渠道处理中 UNDER WAY", "处理中", "钱还没有退到。本机会一直查到退到为止。", "请等待，或先接待下一位。"},
		ledger.RefundHeld:     {"等待：商户余额不足 WAITS", "等余额", "本店在渠道的余额不足。本机以后用同一退款单号再发。", "请主管充值余额。"},
		ledger.RefundReturned: {"钱已退到 BACK", "已退", "渠道已把这笔金额退给顾客。", "这一笔已办完。"},
		ledger.RefundFailed:   {"失败，没有退钱 FAILED", "失败", "渠道不予退款，顾客没有收到钱。", "可以再试，或叫主管。"},
		ledger.RefundAbnormal: {"渠道退不进去 STUCK", "卡住", "渠道无法把钱退给顾客：顾客的账户已注销或冻结。", "请叫主管。"},
		ledger.RefundByHand:   {"已另行退还 BY HAND", "另行退还", "主管已用别的方式退了这笔金额。", "这一笔已办完。"},
	},
	Causes: map[ledger.RefundCause]string{
		ledger.CausePerson: "柜台发起", ledger.CauseLate: "本机：钱来得太迟", ledger.CauseSecond: "本机：这笔早已付过",
	},
	AgoHours: "{hours} 小时前", AgoDays: "{days} 天前", ByTheHand: "另行退还 ¥{returned}",

	PaidGoing: Outcome{"已收款 PAID · 退款中 ¥{going}", "已收，退款中", "有钱正在退回，还没有退到。", "直接输入下一笔金额；{refund} 看退款"},
	PaidPart:  Outcome{"已收款 PAID · 已退 ¥{returned}", "已收，部分已退", "一部分钱已经退给顾客。", "直接输入下一笔金额；{refund} 看退款"},
	PaidFull:  Outcome{"已全额退款 REFUNDED", "已收，全退", "钱已全部退给顾客。不要交货。", "直接输入下一笔金额；{refund} 看退款"},
	PaidStuck: Outcome{"已收款 PAID · 退款没有退到", "已收，退款未到", "这笔的退款失败了，或卡在渠道。请叫主管。", "直接输入下一笔金额；{exceptions} 说明怎么办"},
	LateGoing: Outcome{"迟到款退回中 GOING BACK", "迟到款退回中", "订单结束后钱才到。本机会自己退回。不要交货。", "{aside} 接待下一位；或等退到后再收"},
	LateBack:  Outcome{"迟到款已退回 BACK", "迟到款已退", "迟到的钱已退给顾客。这笔没有收款。", "要重新收款请再扫码，{alipay}/{wechat} 二维码，或 {drop} 放弃"},
	HeadFull:  "已全部退还", HeadGoing: "不算成交，钱正在退回", HeadBack: "没有收款，钱已退回",
	FoundPaid: "已收款", FoundOrphan: "迟到款", FoundNo: "没有收款",
}

var enException = ExceptionPhrases{
	Title: "Exceptions: {n}", Empty: "No exception: everything agrees.", Failed: "The list cannot be read: {text}",
	Next: "{up} {down} choose, {enter} opens; {esc} back", NextEmpty: "{esc} back",
	Owners: map[ledger.Role]string{
		ledger.RoleCashier: "cashier", ledger.RoleSupervisor: "supervisor", ledger.RoleSupport: "support", ledger.RoleTill: "the till",
	},
	Line: "{time} · for {owner} · tail {tail} · ¥{amount}",
	Wrong: map[ledger.Note]string{
		ledger.NoteUnverified:    "An answer said paid, but its signature is not good. It was not believed.",
		ledger.NoteOtherOrder:    "An answer said paid, but named another order. It was not believed.",
		ledger.NoteOtherAmount:   "An answer said paid, but named another amount. It was not believed.",
		ledger.NoteOtherMerchant: "An answer said paid, but to another merchant. It was not believed.",
		ledger.NoteOtherApp:      "An answer said paid, but for another app. It was not believed.",
		ledger.NoteLateMoney:     "Money came after the order had ended. It belongs to no sale.",
		ledger.NoteSecondPayment: "The customer has paid this sale twice.",
		ledger.NoteGoneAfterPaid: "The sale was paid, and the channel no longer says so.",
		ledger.NoteRefunded:      "The order was paid, and somebody has refunded it at the channel.",
		ledger.NoteStubborn:      "The channel has not let the order end for ten minutes.",

		ledger.NoteRefundAbnormal:   "The channel cannot bring a refund to the customer: the account is closed or locked.",
		ledger.NoteRefundFailed:     "A refund has failed. The customer has nothing back.",
		ledger.NoteRefundHeld:       "A refund waits, because the shop's balance at the channel is too low.",
		ledger.NoteRefundSlow:       "A refund has been under way for more than a day.",
		ledger.NoteOtherRefund:      "The channel told of another refund or amount than was asked for. It was not believed.",
		ledger.NoteReturnedAfterAll: "A refund that had failed was done after all. The customer may have the money twice.",
		ledger.NoteTransferPending:  "A bank transfer was taken for paid, and nobody has seen it arrive.",
		ledger.NoteWrong:            "The cashier says that something was wrong with this sale.",

		ledger.NoteStatementPaid:        "The statement has a payment of a sale here that the till does not have.",
		ledger.NoteStatementUnknown:     "The statement has a payment under a number that no till has made.",
		ledger.NoteStatementOwn:         "The statement has a number of this till that its ledger does not have.",
		ledger.NoteStatementLacks:       "Paid here, and in no statement of the days around.",
		ledger.NoteStatementLacksRefund: "Given back here, and in no statement of the days around.",
		ledger.NoteStatementAmount:      "The statement has another amount for this order.",
		ledger.NoteStatementBackAmount:  "The statement has another amount for this refund.",
		ledger.NoteStatementDiscount:    "The parts of the statement's row do not add up to the order's amount.",
		ledger.NoteStatementFee:         "The fee in the statement is not the amount times the rate.",
		ledger.NoteStatementState:       "Paid here, and in the statement taken back as a whole.",
		ledger.NoteStatementNotReversed: "Taken back here, and in the statement it is still a payment.",
		ledger.NoteStatementTwice:       "One number stands in the statements more than once.",
		ledger.NoteStatementRefund:      "The statement has a refund of this sale that the till has not asked for.",
		ledger.NoteStatementRefundOpen:  "The statement says that a refund is done which has not ended well here.",
		ledger.NoteStatementRefundState: "The statement has another end for a refund than this till.",
		ledger.NoteStatementNumber:      "The statement has another number of the channel for this order.",
		ledger.NoteStatementCurrency:    "The statement has another currency for this order.",
		ledger.NoteStatementMerchant:    "The statement names another merchant or app for this order.",
		ledger.NoteStatementTooMuch:     "By the statement more was given back than was paid.",
		ledger.NoteStatementFunds:       "What moved on the shop's balance is not what the day's trades come to.",
		ledger.NoteStatementMissing:     "Two days after payments the channel has given no statement of that day.",
		ledger.NoteStatementMany:        "More differs than this list takes. All of it is with the statement.",
	},
	Steps: map[ledger.Note]string{
		ledger.NoteUnverified:    "Support checks the channel's keys and the line.",
		ledger.NoteOtherOrder:    "Compare the channel's bill with the ledger, then write down what was found.",
		ledger.NoteOtherAmount:   "Compare the channel's bill with the ledger, then write down what was found.",
		ledger.NoteOtherMerchant: "Compare the channel's bill with the ledger, then write down what was found.",
		ledger.NoteOtherApp:      "Compare the channel's bill with the ledger, then write down what was found.",
		ledger.NoteLateMoney:     "Give it back, then write down how.",
		ledger.NoteSecondPayment: "Give it back, then write down how.",
		ledger.NoteGoneAfterPaid: "Look the order up at the channel, then write down what was found.",
		ledger.NoteRefunded:      "Find out who has refunded it; charge the goods anew if they were handed over.",
		ledger.NoteStubborn:      "The till goes on asking; the entry leaves when the order has ended.",

		ledger.NoteRefundAbnormal:   "Give the money another way at the channel, or by hand, then write down how.",
		ledger.NoteRefundFailed:     "Refund again, or give the money by hand, then write down how.",
		ledger.NoteRefundHeld:       "Fill the balance up; the till sends the same refund again by itself.",
		ledger.NoteRefundSlow:       "Ask the channel; the till goes on asking, too.",
		ledger.NoteOtherRefund:      "Compare the channel's bill with the ledger, then write down what was found.",
		ledger.NoteReturnedAfterAll: "Find out if it was also given another way, then write down what was found.",
		ledger.NoteTransferPending:  "Look at the bank account; prove the transfer, or write down what was done.",
		ledger.NoteWrong:            "Read its note and talk with the cashier, then write down what was found.",

		ledger.NoteStatementPaid:        "The till asks the channel; if this stays, look the order up there.",
		ledger.NoteStatementUnknown:     "Find out who made it: another system, or a person at the portal.",
		ledger.NoteStatementOwn:         "Tell support: a part of this ledger may be missing.",
		ledger.NoteStatementLacks:       "Look the order up at the channel; if it is paid, ask why it is not listed.",
		ledger.NoteStatementLacksRefund: "Look the refund up at the channel; ask whether the customer has it.",
		ledger.NoteStatementAmount:      "Look the order up at the channel, then write down what was found.",
		ledger.NoteStatementBackAmount:  "Look the refund up at the channel, then write down what was found.",
		ledger.NoteStatementDiscount:    "Ask the channel who bears the discount, then write down what was found.",
		ledger.NoteStatementFee:         "Compare the rate with the contract; claim what was taken too much.",
		ledger.NoteStatementState:       "Find out who took it back; charge anew if the goods were handed over.",
		ledger.NoteStatementNotReversed: "Look the order up; if it is still paid, the customer has to get it back.",
		ledger.NoteStatementTwice:       "Look the number up at the channel: paid twice, or listed twice?",
		ledger.NoteStatementRefund:      "Find out who has refunded it at the channel's portal, and why.",
		ledger.NoteStatementRefundOpen:  "The till asks the channel; the entry leaves when the refund has ended.",
		ledger.NoteStatementRefundState: "Look the refund up: the customer may have nothing back, or twice.",
		ledger.NoteStatementNumber:      "Compare the customer's bill with both numbers; write down what was found.",
		ledger.NoteStatementCurrency:    "Tell support: this till takes yuan alone.",
		ledger.NoteStatementMerchant:    "Tell support: the till and the statement may be of different shops.",
		ledger.NoteStatementTooMuch:     "Find out who has refunded it twice, and ask for the money back.",
		ledger.NoteStatementFunds:       "Compare both statements: a row may be missing, or booked on another day.",
		ledger.NoteStatementMissing:     "Bring the file from the channel's portal: guitai statement import",
		ledger.NoteStatementMany:        "Look through the statement's page; if it is another shop's, tell support.",
	},
	Returning: "The till gives it back by itself; the entry leaves when it is back.",
	Above:     "The till does not give it back by itself: a supervisor does, with {refund}.",
	Payment:   "Payments of this sale:",
	EntryNext: "{resolve} writes what was done, and takes it off the list; {esc} back",
	EntryLate: "{refund} gives it back; {resolve} writes what was done, and takes it off; {esc} back",
	What:      "What was done about it:",
	HandOn:    "[x] The money was given back by hand ({byhand} changes it)", HandOff: "[ ] The money was given back by hand ({byhand} changes it)",
	NoteNext: "Type what was done; {enter} goes on; {esc} back", NoteHandNext: "Type what was done; {byhand} if money was given by hand; {enter} goes on; {esc} back",
	Ask:     Sentence{"Take this off the list, without money given by hand?", "{enter} takes it off; any other key goes back"},
	AskHand: Sentence{"Take this off the list, with ¥{amount} given back by hand, outside the channel?", "{enter} takes it off; any other key goes back"},
	Done:    Sentence{"Taken off the list; your words are in the ledger.", "{esc} back to the list"},
	Gone:    "It has left the list meanwhile.",
}

var zhException = ExceptionPhrases{
	Title: "异常：{n} 笔", Empty: "没有异常，一切相符。", Failed: "读不出异常：{text}",
	Next: "{up} {down} 选择，{enter} 打开；{esc} 返回", NextEmpty: "{esc} 返回",
	Owners: map[ledger.Role]string{
		ledger.RoleCashier: "收银员", ledger.RoleSupervisor: "主管", ledger.RoleSupport: "支持人员", ledger.RoleTill: "本机",
	},
	Line: "{time} · 由{owner}处理 · 尾号 {tail} · ¥{amount}",
	Wrong: map[ledger.Note]string{
		ledger.NoteUnverified:    "有回答说已付，但签名不对，没有采信。",
		ledger.NoteOtherOrder:    "有回答说已付，但写着别的单号，没有采信。",
		ledger.NoteOtherAmount:   "有回答说已付，但金额不符，没有采信。",
		ledger.NoteOtherMerchant: "有回答说已付，但收款商户不符，没有采信。",
		ledger.NoteOtherApp:      "有回答说已付，但应用号不符，没有采信。",
		ledger.NoteLateMoney:     "订单结束后钱才到，不属于任何一笔交易。",
		ledger.NoteSecondPayment: "顾客为这一笔付了两次。",
		ledger.NoteGoneAfterPaid: "这笔已收款，渠道又说没有收款。",
		ledger.NoteRefunded:      "这个订单付过款，又有人在渠道退了。",
		ledger.NoteStubborn:      "渠道十分钟都不肯关单。",

		ledger.NoteRefundAbnormal:   "渠道无法把退款给顾客：顾客的账户已注销或冻结。",
		ledger.NoteRefundFailed:     "退款失败，顾客没有收到钱。",
		ledger.NoteRefundHeld:       "退款在等待：本店在渠道的余额不足。",
		ledger.NoteRefundSlow:       "退款一天多还没有退到。",
		ledger.NoteOtherRefund:      "渠道说的退款单号或金额与所要的不符，没有采信。",
		ledger.NoteReturnedAfterAll: "失败的退款后来又退成了，顾客可能拿到两次钱。",
		ledger.NoteTransferPending:  "转账已当作收款，但没有人看到到账。",
		ledger.NoteWrong:            "收银员说这笔有问题。",

		ledger.NoteStatementPaid:        "对账单里有本店一笔交易的付款，本机没有。",
		ledger.NoteStatementUnknown:     "对账单里有一笔付款，单号不是任何收银机的。",
		ledger.NoteStatementOwn:         "对账单里有本机的单号，账本里却没有。",
		ledger.NoteStatementLacks:       "本机已收款，前后几天的对账单里都没有。",
		ledger.NoteStatementLacksRefund: "本机已退款，前后几天的对账单里都没有。",
		ledger.NoteStatementAmount:      "对账单里这个订单的金额不同。",
		ledger.NoteStatementBackAmount:  "对账单里这笔退款的金额不同。",
		ledger.NoteStatementDiscount:    "对账单这一行的各项加起来不等于订单金额。",
		ledger.NoteStatementFee:         "对账单的手续费不等于金额乘费率。",
		ledger.NoteStatementState:       "本机已收款，对账单里整单撤销了。",
		ledger.NoteStatementNotReversed: "本机已撤销，对账单里仍是付款。",
		ledger.NoteStatementTwice:       "同一个单号在对账单里不止一次。",
		ledger.NoteStatementRefund:      "对账单里有这笔交易的退款，本机没有要过。",
		ledger.NoteStatementRefundOpen:  "对账单说退款已完成，本机还没有完成。",
		ledger.NoteStatementRefundState: "这笔退款在对账单里的结果与本机不同。",
		ledger.NoteStatementNumber:      "对账单里这个订单的渠道单号不同。",
		ledger.NoteStatementCurrency:    "对账单里这个订单的币种不同。",
		ledger.NoteStatementMerchant:    "对账单里这个订单的商户或应用不同。",
		ledger.NoteStatementTooMuch:     "按对账单，退的比收的多。",
		ledger.NoteStatementFunds:       "余额的变动与当天的交易合计不符。",
		ledger.NoteStatementMissing:     "有收款的一天过了两天，渠道还没有给对账单。",
		ledger.NoteStatementMany:        "差异太多，这里列不下；全部在对账单那一页。",
	},
	Steps: map[ledger.Note]string{
		ledger.NoteUnverified:    "支持人员检查渠道密钥和线路。",
		ledger.NoteOtherOrder:    "把渠道账单与账本核对，写下查到的情况。",
		ledger.NoteOtherAmount:   "把渠道账单与账本核对，写下查到的情况。",
		ledger.NoteOtherMerchant: "把渠道账单与账本核对，写下查到的情况。",
		ledger.NoteOtherApp:      "把渠道账单与账本核对，写下查到的情况。",
		ledger.NoteLateMoney:     "把钱退还，写下怎么退的。",
		ledger.NoteSecondPayment: "把钱退还，写下怎么退的。",
		ledger.NoteGoneAfterPaid: "在渠道查这个订单，写下查到的情况。",
		ledger.NoteRefunded:      "查明是谁退的；货已交出的，重新收款。",
		ledger.NoteStubborn:      "本机会继续查询；订单结束后自动消失。",

		ledger.NoteRefundAbnormal:   "在渠道改用别的方式退，或另行退还，写下怎么退的。",
		ledger.NoteRefundFailed:     "再退一次，或另行退还，写下怎么退的。",
		ledger.NoteRefundHeld:       "请充值余额；本机会自己再发同一笔退款。",
		ledger.NoteRefundSlow:       "请问渠道；本机也在继续查询。",
		ledger.NoteOtherRefund:      "把渠道账单与账本核对，写下查到的情况。",
		ledger.NoteReturnedAfterAll: "查明是否已另行退还，写下查到的情况。",
		ledger.NoteTransferPending:  "查银行账户，确认到账；或写下做了什么。",
		ledger.NoteWrong:            "看备注，问收银员，再写下查到的情况。",

		ledger.NoteStatementPaid:        "本机会向渠道查询；一直不消失，就在渠道查这个订单。",
		ledger.NoteStatementUnknown:     "查明是谁收的：别的系统，或有人在商户平台操作。",
		ledger.NoteStatementOwn:         "请告诉支持人员：账本可能缺了一部分。",
		ledger.NoteStatementLacks:       "在渠道查这个订单；若已付款，问为什么没有列出。",
		ledger.NoteStatementLacksRefund: "在渠道查这笔退款，问顾客有没有收到。",
		ledger.NoteStatementAmount:      "在渠道查这个订单，写下查到的情况。",
		ledger.NoteStatementBackAmount:  "在渠道查这笔退款，写下查到的情况。",
		ledger.NoteStatementDiscount:    "问渠道优惠由谁承担，写下查到的情况。",
		ledger.NoteStatementFee:         "与合同费率核对，多收的要回来。",
		ledger.NoteStatementState:       "查明是谁撤销的；货已交出的，重新收款。",
		ledger.NoteStatementNotReversed: "查这个订单；若仍是已付，要退给顾客。",
		ledger.NoteStatementTwice:       "在渠道查这个单号：是付了两次，还是列了两次。",
		ledger.NoteStatementRefund:      "查明是谁在商户平台退的、为什么。",
		ledger.NoteStatementRefundOpen:  "本机会向渠道查询；退款结束后自动消失。",
		ledger.NoteStatementRefundState: "查这笔退款：顾客可能没收到，或拿了两次。",
		ledger.NoteStatementNumber:      "用顾客账单核对两个单号，写下查到的情况。",
		ledger.NoteStatementCurrency:    "请告诉支持人员：本机只收人民币。",
		ledger.NoteStatementMerchant:    "请告诉支持人员：本机与对账单可能不是同一家店。",
		ledger.NoteStatementTooMuch:     "查明是谁多退的，把钱要回来。",
		ledger.NoteStatementFunds:       "核对两份对账单：可能缺一行，或记在别的日子。",
		ledger.NoteStatementMissing:     "从渠道商户平台取文件：guitai statement import",
		ledger.NoteStatementMany:        "翻看对账单那一页；若是别家店的，请告诉支持人员。",
	},
	Returning: "本机正在自己退回；退到后自动消失。",
	Above:     "超过本机自动退款的限额：请主管按 {refund} 退款。",
	Payment:   "这一笔的付款：",
	EntryNext: "{resolve} 写下怎么处理的并了结；{esc} 返回",
	EntryLate: "{refund} 退款；{resolve} 写下怎么处理的并了结；{esc} 返回",
	What:      "怎么处理的：",
	HandOn:    "[x] 钱已另行退还（{byhand} 改变）", HandOff: "[ ] 钱已另行退还（{byhand} 改变）",
	NoteNext: "写下怎么处理的；{enter} 继续；{esc} 返回", NoteHandNext: "写下怎么处理的；钱已另行退还按 {byhand}；{enter} 继续；{esc} 返回",
	Ask:     Sentence{"了结这笔异常，没有另行退钱，对吗？", "{enter} 了结；其他键返回"},
	AskHand: Sentence{"了结这笔异常，已在渠道之外另行退还 ¥{amount}，对吗？", "{enter} 了结；其他键返回"},
	Done:    Sentence{"已了结，您写的话记在账本里。", "{esc} 返回列表"},
	Gone:    "它已不在异常之列。",
}
