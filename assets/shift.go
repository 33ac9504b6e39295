package assets

// ShiftPhrases are those of the drawer: shifts, counts, and the reports.
type ShiftPhrases struct {
	Title, None, Open    string   // without, and with a shift
	Float                string   // what lay in the drawer at the beginning
	NotCounted, Recount  string   // the count is missing; cash has moved since it
	Jobs                 []string // what can be done, by digit; the tenth is 0
	Next, NextAmount     string
	NextWhy, NextCount   string
	NextTo, NextPIN      string
	NextReport           string
	Amount, Why, To, PIN string // labels
	Own                  string
	WhysIn, WhysOut      []string // reasons to pick from, by digit
	WhysDrawer           []string
	CountTitle, Piece    string
	Counted, First       string // labels of what was counted last, and first
	Expected, Difference string
	AskCount, AskClose   Sentence
	AskHand, AskZ        Sentence
	Done                 []Sentence // what has been done, by digit
	NoZ                  Sentence

	X, Z                     string // titles of the reports
	Period                   string
	Sales, Refunds           string
	By, Corrections          string // heads of the parts
	Shift, ShiftOpen         string
	Uncounted                string
	AfterCount               string // for a figure that would tell what the count has to find out
	Cash, In, Out            string
	Late, LateBack, ByHand   string
	Drawer, NoSale, Reprints string
	Dropped, Stopped, PINs   string
	Unresolved, Exceptions   string
	Trained, Grand           string
	Trainings, TrainingsLost string
	Rounded                  string
	Head                     string
}

var enShift = ShiftPhrases{
	Title: "Drawer and shift", None: "No shift is open.", Open: "Shift {n} of {person}, since {time}", Float: "Float",
	NotCounted: "not counted yet", Recount: "cash has moved since the count: count again",
	Jobs: []string{"Open a shift", "Count the drawer", "Put cash in", "Take cash out", "Close the shift", "Hand over", "X report (so far)", "Z report (end of period)",
		"Last Z report", "Open the drawer, no sale"},
	Next: "A digit chooses; {esc} back to selling", NextAmount: "Key the amount, then {enter}; {esc} back", NextWhy: "A digit picks a reason, or type your own; then {enter}",
	NextCount: "Key how many pieces, {enter} next; {up} {down} move; {esc} back", NextTo: "Type the name, then {enter}; {esc} back", NextPIN: "Key the PIN, then {enter}; {esc} back",
	NextReport: "{up} {down} scroll; {esc} back", Amount: "Amount", Why: "Reason", To: "Name", PIN: "PIN", Own: "or your own words",
	WhysIn: []string{"change", "brought back", "other"}, WhysOut: []string{"to the safe", "to the bank", "small purchase", "other"},
	WhysDrawer: []string{"change a note", "check the drawer", "stuck", "other"},
	CountTitle: "Count what is in the drawer", Piece: "pieces", Counted: "Counted", First: "First count", Expected: "Expected", Difference: "Difference",
	AskCount: Sentence{"Write this count down? The first one stays for ever.", "{enter} writes it; any other key goes back"},
	AskClose: Sentence{"Close this shift?", "{enter} closes it; any other key goes back"},
	AskHand:  Sentence{"Hand this drawer over to {person}?", "{enter} goes on; any other key goes back"},
	AskZ:     Sentence{"Make a Z report? It ends the period for ever. {n} unresolved or exceptions will be listed.", "{enter} makes it; any other key goes back"},
	Done: []Sentence{{"The shift is open.", "A digit chooses; {esc} back to selling"}, {"The count is written down.", "5 closes, 6 hands over, 2 counts again"},
		{"Cash was put in.", "A digit chooses; {esc} back to selling"}, {"Cash was taken out.", "A digit chooses; {esc} back to selling"},
		{"The shift is closed.", "A digit chooses; {esc} back to selling"}, {"The drawer was handed over.", "A digit chooses; {esc} back to selling"},
		{"This X report is written down.", "{up} {down} scroll; {esc} back"}, {"This Z report is written down.", "{up} {down} scroll; {esc} back"},
		{"This is the last Z report.", "{up} {down} scroll; {esc} back"}, {"The drawer was let open, and that is written down.", "A digit chooses; {esc} back to selling"}},
	NoZ: Sentence{"There is no Z report yet.", "8 makes the first one"},

	X: "X report", Z: "Z report {n}", Period: "from {time} to {date}", Sales: "All sales", Refunds: "refunds", By: "by {person}", Corrections: "of these, keyed {date}",
	Shift: "Shift {n} {person}", ShiftOpen: "open", Uncounted: "not counted", AfterCount: "once counted", Cash: "Cash of sales, net", In: "Put in", Out: "Taken out", Late: "Late money", LateBack: "Late money gone back",
	ByHand: "Given back by hand", Drawer: "Drawer opened", NoSale: "without a sale", Reprints: "Receipts again", Dropped: "Sales given up", Stopped: "Payments stopped",
	PINs: "Wrong PINs", Unresolved: "Unresolved", Exceptions: "Exceptions open", Trained: "Training, in no total", Trainings: "Training begun here", Rounded: "of it by rounding", TrainingsLost: "of it without an end", Grand: "Since the beginning", Head: "Ledger {id}",
}

var zhShift = ShiftPhrases{
	Title: "钱箱与班次", None: "没有人开班。", Open: "第 {n} 班 {person}，{time} 开始", Float: "备用金",
	NotCounted: "还没有清点", Recount: "清点后现金有变动：请重新清点",
	Jobs: []string{"开班", "清点钱箱", "放入现金", "取出现金", "结班", "交班", "X 报表（到目前）", "Z 日结（结束本期）", "上一张 Z 日结", "无销售开钱箱"},
	Next: "按数字选择；{esc} 回到收款", NextAmount: "输入金额，再按 {enter}；{esc} 返回", NextWhy: "按数字选原因，或自己输入；再按 {enter}",
	NextCount: "输入张数，{enter} 下一种；{up} {down} 移动；{esc} 返回", NextTo: "输入姓名，再按 {enter}；{esc} 返回", NextPIN: "输入密码，再按 {enter}；{esc} 返回",
	NextReport: "{up} {down} 翻看；{esc} 返回", Amount: "金额", Why: "原因", To: "姓名", PIN: "密码", Own: "或自己输入",
	WhysIn: []string{"补零钱", "退回的钱", "其他"}, WhysOut: []string{"存保险柜", "存银行", "小额采购", "其他"}, WhysDrawer: []string{"换零钱", "查看钱箱", "卡住", "其他"},
	CountTitle: "清点钱箱里的现金", Piece: "张/枚", Counted: "清点", First: "首次清点", Expected: "应有", Difference: "差额",
	AskCount: Sentence{"写下这次清点吗？首次清点永远保留。", "{enter} 写下；其他键返回"},
	AskClose: Sentence{"结束这一班吗？", "{enter} 结班；其他键返回"},
	AskHand:  Sentence{"把钱箱交给 {person} 吗？", "{enter} 继续；其他键返回"},
	AskZ:     Sentence{"做 Z 日结吗？本期从此结束，不能更改。会列出 {n} 项未决或异常。", "{enter} 日结；其他键返回"},
	Done: []Sentence{{"已开班。", "按数字选择；{esc} 回到收款"}, {"清点已写下。", "5 结班，6 交班，2 再清点"},
		{"现金已放入。", "按数字选择；{esc} 回到收款"}, {"现金已取出。", "按数字选择；{esc} 回到收款"}, {"已结班。", "按数字选择；{esc} 回到收款"},
		{"钱箱已交接。", "按数字选择；{esc} 回到收款"}, {"X 报表已记下。", "{up} {down} 翻看；{esc} 返回"}, {"Z 日结已记下。", "{up} {down} 翻看；{esc} 返回"},
		{"这是上一张 Z 日结。", "{up} {down} 翻看；{esc} 返回"}, {"钱箱已打开，已计数。", "按数字选择；{esc} 回到收款"}},
	NoZ: Sentence{"还没有 Z 日结。", "按 8 做第一张"},

	X: "X 报表", Z: "Z 日结 第 {n} 号", Period: "{time} 至 {date}", Sales: "销售合计", Refunds: "退款", By: "人员 {person}", Corrections: "其中 {date} 输入的",
	Shift: "第 {n} 班 {person}", ShiftOpen: "进行中", Uncounted: "未清点", AfterCount: "清点后可见", Cash: "销售现金（已减退还）", In: "放入", Out: "取出", Late: "迟到款", LateBack: "迟到款已退回",
	ByHand: "人工退回", Drawer: "开钱箱", NoSale: "无销售开箱", Reprints: "重打小票", Dropped: "放弃的销售", Stopped: "停止的付款",
	PINs: "密码错误", Unresolved: "未决", Exceptions: "未处理异常", Trained: "训练（不计入合计）", Trainings: "本机转入训练", Rounded: "其中取整", TrainingsLost: "其中未正常结束", Grand: "开机以来累计", Head: "账本 {id}",
}
