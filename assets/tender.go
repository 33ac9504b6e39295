package assets

import "guitai/ledger"

// TenderPhrases are what the screens say about money that comes without a channel, and about sales that wait.
type TenderPhrases struct {
	Kinds     map[ledger.TenderKind]string // as short as a channel's name
	Scan      string                       // the part that is paid by scan
	Title     string
	Due       string // above the amount of a sale that is paid in part
	Given     string
	Exact     string // nothing is keyed: it is given exactly
	Part      string // less than is due is given
	Change    string
	NoChange  string
	Rounded   string
	Amount    string
	Number    string
	Pending   string
	ToAsk     string
	Taken     string // one tender, with its truth level
	Change1   string // beside it
	Kept      string // cash that was rounded: what stays in the drawer
	TakenScan string // the part that came by scan
	Back      string // beside it: what has gone back
	IfPaid    string // a payment whose end is not known goes back if it comes

	Paid      Outcome // settled, the last of it without a channel
	PartPaid  Outcome
	NotSeen   Outcome // settled, and a transfer of it has not been seen
	Undone    Outcome // some of it has gone back before it was settled
	PartDay   string  // a part of another day's sale, in a day's list
	Settled   string  // in a day's list
	Half      string
	Held      string
	Wrong     string
	NextCash  string
	NextSlip  string
	NextMoney string
	NextScan  string
	HeldTitle string
	HeldLine  string
	HeldNone  string
	HeldNext  string
	HeldCount string // on the status row
	IsHeld    Sentence
	Noted     Sentence
	IsWrong   Sentence
	MemoWhat  string
	MemoNext  string
	PartSet   Sentence

	DropTitle, DropNext string
	DropWhys            []string // why a sale is given up, by digit
	DropReplaced        string

	TakenTitle string
	TakenNext  string
	MemoWas    string
	BackTitle  string
	BackOf     string // the sale it is of
	BackNext   string
	Why        string
	Gives      Sentence

	TakenProve           string   // a transfer that nobody has seen is chosen
	AskProve, IsProven   Sentence // whether it has arrived
	AgreeTake, AgreeBack string   // what a second person agrees to
	AskCash              Sentence // of the line mode
}

var enTender = TenderPhrases{
	Kinds: map[ledger.TenderKind]string{ledger.Cash: "Cash", ledger.CardSlip: "Card", ledger.Transfer: "Transfer"},
	Scan:  "Part by scan", Title: "Take money · to pay ¥{amount}", Due: "Still to pay",
	Given: "Given", Exact: "just ¥{amount}", Part: "Takes ¥{amount} as a part; ¥{left} are then still to pay", Change: "Change", NoChange: "No change",
	Rounded: "In cash ¥{given}: rounded to the smallest coin", Amount: "Amount", Number: "Number on the slip",
	Pending: "Pending until a supervisor has seen it arrive", ToAsk: "The next scan asks for ¥{amount}",
	Taken: "{kind} ¥{amount} · {truth}", Kept: "rounded to ¥{amount}", Change1: "given ¥{given}, change ¥{change}", TakenScan: "{channel} ¥{amount} · {truth}", Back: "back ¥{returned}",
	IfPaid:   "A scan payment is not known yet: it goes back if it comes",
	Paid:     Outcome{"PAID", "paid", "All of it is settled: hand over.", "Key the next amount"},
	NotSeen:  Outcome{"TRANSFER NOT SEEN", "not seen", "A transfer of it has not arrived yet: hand over only if the shop takes that risk.", "{refund}, then {prove}: it has arrived; or key the next amount"},
	Undone:   Outcome{"GOING BACK", "going back", "Money of this sale has gone back: it takes no more. Do not hand over.", "{refund} gives the rest back; then {drop} gives it up"},
	PartPaid: Outcome{"PART PAID", "part paid", "Not all is paid yet: do not hand over.", "{cash} takes the rest; {hold} holds the sale"},
	PartDay:  "part of the sale of {date}", Settled: "paid", Half: "part paid", Held: "held", Wrong: "something was wrong",
	NextCash:  "Key what is given; {enter} takes it; {note10} {note20} {note50} {note100} are ¥10 20 50 100; {kindon} other way",
	NextSlip:  "Key the number of the slip; {enter} takes it; {field} to the amount; {kindon} other way",
	NextMoney: "Key a part, or take all; {enter} takes it; {kindon} other way; {esc} back",
	NextScan:  "Key how much the scan is to ask; {enter}, then scan; {kindon} other way; {esc} back",
	HeldTitle: "Held sales: {n}", HeldLine: "{time} · tail {tail} · ¥{amount} · to pay ¥{due}", HeldNone: "No sale is held.",
	HeldNext: "{up} {down} choose, {enter} brings it back; {esc} back", HeldCount: "{n} held",
	IsHeld:   Sentence{"The sale is held. It is kept, also over a restart.", "{held} brings it back; or key the next amount"},
	Noted:    Sentence{"Your note is with the sale.", "Go on as before"},
	IsWrong:  Sentence{"The supervisor will see that something was wrong with this sale.", "{memo} writes what it was"},
	MemoWhat: "Note on the sale with tail {tail}:", MemoNext: "Type the note; {enter} keeps it; {esc} back",
	PartSet: Sentence{"The next scan asks for ¥{part}.", "Scan, or {alipay}/{wechat} QR"},

	DropTitle: "Why is the sale of ¥{amount} (tail {tail}) given up?", DropNext: "A digit gives it up; {esc} keeps it",
	DropWhys: []string{"the customer does not want it", "wrong amount", "paid in another place", "a test, or something else"}, DropReplaced: "another amount was keyed in its place",

	TakenTitle: "Sale of ¥{amount}, paid by", TakenNext: "{up} {down} choose what goes back, {enter} opens it; {esc} back", MemoWas: "Note: {text}",
	BackTitle: "Give back the way it came: {kind}, at most ¥{left}", BackOf: "Sale of ¥{amount} · tail {tail} · {time}", BackNext: "Pick or type the reason; {enter} writes that it goes back", Why: "Reason",
	Gives: Sentence{"Written down. Now give back ¥{amount}: {kind}.", "{esc} back to the sale"},

	TakenProve: "{prove} it has arrived; {enter} gives it back; {up} {down} choose; {esc} back",
	AskProve:   Sentence{"Has the transfer of ¥{amount}, sale with tail {tail}, arrived at the shop's account?", "{enter} it has arrived; any other key goes back"},
	IsProven:   Sentence{"It is written down that the transfer has arrived.", "{esc} back"},
	AgreeTake:  "Take {kind} ¥{amount} for the sale with tail {tail}, though a scan payment of it is not known. If that comes, it goes back by itself.",
	AskCash:    Sentence{"Take just ¥{amount} in cash?", "yes takes it; m 50 is what is given; anything else takes nothing"},
	AgreeBack:  "Give back {kind} ¥{amount}, sale with tail {tail}.",
}

var zhTender = TenderPhrases{
	Kinds: map[ledger.TenderKind]string{ledger.Cash: "现金", ledger.CardSlip: "刷卡单", ledger.Transfer: "转账"},
	Scan:  "扫码付一部分", Title: "收款 · 应付 ¥{amount}", Due: "还需付",
	Given: "实收", Exact: "正好 ¥{amount}", Part: "先收 ¥{amount}，还差 ¥{left}", Change: "找零", NoChange: "不用找零",
	Rounded: "现金收 ¥{given}：按最小面值取整", Amount: "金额", Number: "签购单号",
	Pending: "待确认：主管看到到账后才算确认", ToAsk: "下一次扫码收 ¥{amount}",
	Taken: "{kind} ¥{amount} · {truth}", Kept: "取整为 ¥{amount}", Change1: "实收 ¥{given}，找零 ¥{change}", TakenScan: "{channel} ¥{amount} · {truth}", Back: "已退 ¥{returned}",
	IfPaid:   "扫码付款结果未知：如果到账，本机自己退回",
	Paid:     Outcome{"已收款 PAID", "已收", "这笔已收齐，可以交货。", "直接输入下一笔金额"},
	NotSeen:  Outcome{"转账未到账", "未到账", "有一笔转账还没有人看到到账：店里愿担风险才交货。", "{refund} 再 {prove}：已到账；或输入下一笔金额"},
	Undone:   Outcome{"正在退回", "退回中", "这笔已有钱退回，不能再收，不要交货。", "{refund} 退回其余；再 {drop} 放弃"},
	PartPaid: Outcome{"只收了一部分", "部分已收", "还没有收齐，不要交货。", "{cash} 收余款；{hold} 挂单"},
	PartDay:  "{date} 那笔的一部分", Settled: "已收", Half: "部分已收", Held: "挂单", Wrong: "有问题",
	NextCash:  "输入实收，{enter} 收款；{note10} {note20} {note50} {note100} 为 ¥10 20 50 100；{kindon} 换方式",
	NextSlip:  "输入签购单号，{enter} 收款；{field} 改金额；{kindon} 换方式",
	NextMoney: "输入部分金额，或收全部；{enter} 收款；{kindon} 换方式；{esc} 返回",
	NextScan:  "输入扫码收多少，{enter} 后扫码；{kindon} 换方式；{esc} 返回",
	HeldTitle: "挂单：{n} 笔", HeldLine: "{time} · 尾号 {tail} · ¥{amount} · 还需付 ¥{due}", HeldNone: "没有挂单。",
	HeldNext: "{up} {down} 选择，{enter} 取单；{esc} 返回", HeldCount: "挂单 {n} 笔",
	IsHeld:   Sentence{"已挂单，重启也不会丢。", "{held} 取单；或直接输入下一笔金额"},
	Noted:    Sentence{"备注已记在这一笔上。", "可以继续"},
	IsWrong:  Sentence{"已记下这笔有问题，主管会看到。", "{memo} 写明是什么问题"},
	MemoWhat: "尾号 {tail} 这笔的备注：", MemoNext: "输入备注，{enter} 保存；{esc} 返回",
	PartSet: Sentence{"下一次扫码收 ¥{part}。", "扫码，或 {alipay}/{wechat} 二维码"},

	DropTitle: "¥{amount}（尾号 {tail}）为什么放弃？", DropNext: "按数字放弃这笔；{esc} 保留",
	DropWhys: []string{"顾客不要了", "金额不对", "在别处付了", "测试或其他"}, DropReplaced: "改输了别的金额",

	TakenTitle: "这笔 ¥{amount} 的收款", TakenNext: "{up} {down} 选择要退的，{enter} 打开；{esc} 返回", MemoWas: "备注：{text}",
	BackTitle: "原路退还：{kind}，最多 ¥{left}", BackOf: "这笔 ¥{amount} · 尾号 {tail} · {time}", BackNext: "选原因或自己输入；{enter} 记下并退还", Why: "原因",
	Gives: Sentence{"已记下。现在退还 ¥{amount}：{kind}。", "{esc} 返回这一笔"},

	TakenProve: "{prove} 已到账；{enter} 退还；{up} {down} 选择；{esc} 返回",
	AskProve:   Sentence{"尾号 {tail} 的转账 ¥{amount} 已经到本店账户了吗？", "{enter} 已到账；其他键返回"},
	IsProven:   Sentence{"已记下：转账已到账。", "{esc} 返回"},
	AgreeTake:  "尾号 {tail} 的扫码付款结果未知，另收{kind} ¥{amount}。扫码如果到账，本机自己退回。",
	AskCash:    Sentence{"收现金 ¥{amount}，正好？", "yes 收下；输入实收金额如 m 50；其他都不收"},
	AgreeBack:  "退还{kind} ¥{amount}，尾号 {tail}。",
}
