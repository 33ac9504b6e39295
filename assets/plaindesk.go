package assets

// PlainDesk are the line mode's sentences about the drawer, the day's ledger, and what has come of a sale.
type PlainDesk struct {
	Drawer, Count, Test, Drill, Held, Story string // a line's first word

	More                   Sentence // behind a page, how many lines wait
	Part, NoPart           Sentence // which part of a sale goes back; a number that is none
	Gone                   string   // what comes next when money has gone back in another way
	Job, NoJob             Sentence // what is to be done at the drawer
	Float, Amount, Why     Sentence
	Pieces, Taken          string // how many of a kind; before it: what was understood
	NextPieces, NextFirst  string
	NoPieces               Sentence
	To, NoTo, PIN          Sentence // who takes the drawer over
	Sum                    string   // of a count
	NextAsk                string   // after a question at the drawer
	NextCounted, NextDone  string
	Listed                 string // how far a list has been told
	NextDay, NextList      string
	NextStory, NextOnly    string
	Only                   Sentence // what a day's list can be narrowed to
	Cashiers, States       string
	NoOnly, NoLine, NoStep Sentence
	HeldList               string
	NextHeld, NextDrill    string
	TestAsk, TestHand      Sentence
	NextAlert              string // after the list of alerts
	NextEvidence           string // after what one rests on
	NoEvidence             Sentence
	NextStatement          string // after the list of statements
	NextDifference         string // after what differs
	NoDifference           Sentence
	NextDrop               string   // after the question why a sale is given up
	Commands               []string // of the help
}

var plainDeskEn = PlainDesk{
	Drawer: "DRAWER", Count: "COUNT", Test: "TEST", Drill: "DRILL", Held: "HELD", Story: "STORY",

	More:   Sentence{"{n} more lines wait.", "more reads on"},
	Part:   Sentence{"Which part goes back?", "type its number; or {prove} 1 where transfer 1 has arrived; {drop} ends this"},
	NoPart: Sentence{"There is no such part.", "type a number of the list; {drop} ends this"},
	Gone:   "key the next amount",
	Job:    Sentence{"What is to be done?", "type a number; {drop} ends this"},
	NoJob:  Sentence{"There is nothing of that number to do here.", "type a number from 0 to 9; {drop} ends this"},
	Float:  Sentence{"How much lies in the drawer now?", "type the float, or 0; {drop} ends this"},
	Amount: Sentence{"How much?", "type the amount; {drop} ends this"},
	Why:    Sentence{"Why?", "type a number, or your own words; {drop} ends this"},
	Pieces: "How many of ¥{amount}?", Taken: "{n} of ¥{amount} noted.",
	NextPieces: "a number or 0; back corrects; {drop} ends this",
	NextFirst:  "type the number of pieces, 0 for none; several numbers go on to the next kinds; back corrects; {drop} ends this, and nothing is written",
	NoPieces:   Sentence{"That is no number of pieces.", "type whole numbers of 5 digits at most, one for each kind, 0 for none; back corrects; {drop} ends this"},
	To:         Sentence{"Who takes over?", "type the number before the name, the name, or scan the badge; {drop} ends this"},
	NoTo:       Sentence{"Nobody of that name can take over here.", "type a number of the list; {drop} ends this"},
	PIN:        Sentence{"{person}: the next line is your PIN; it is not shown.", "type it by hand, then {enter}; {drop} ends this"},
	Sum:        "Counted ¥{amount}.", NextAsk: "yes does it; any other line does not",
	NextCounted: "{shift} 5 closes, {shift} 6 hands over, {shift} 2 counts again; or key the next amount", NextDone: "{shift} goes on at the drawer; or key the next amount",
	Listed:    "lines {n} to {number} of {text}",
	NextDay:   "{day} list reads the sales; {day} only narrows; {day} back and {day} on: another day; {day} 3-5: that day; or key the next amount",
	NextList:  "{day} tell 1 tells the first one's story; {day} more reads on; {day} only narrows; or key the next amount",
	NextStory: "{refund} {text} gives money back; {day} list reads the sales; or key the next amount", NextOnly: "{day} all shows all again",
	Only:     Sentence{"Narrow to what?", "{day} only and a tender, cashier, state, tail, 12.5 or 10-20; {day} all takes it away"},
	Cashiers: "Cashiers", States: "States",
	NoOnly:   Sentence{"Nothing of this day is called that: {text}.", "{day} only lists what can be chosen"},
	NoLine:   Sentence{"No such sale was listed.", "{day} list, then {day} tell and its number; or the long number on a bill"},
	NoStep:   Sentence{"That day has not begun.", "{day} back goes a day back; {day} is today"},
	HeldList: "Held sales: {n}.", NextHeld: "{held} 2 brings the second back", NextDrill: "{cards} 3 drill is the drill of card 3",
	TestAsk:   Sentence{"The next line is a test: it is counted and goes nowhere.", "scan, or type something, then {enter}"},
	TestHand:  Sentence{"{n} characters, typed by hand; a scanner is faster, and ends with CR.", "{test} tests again; or go on"},
	NextAlert: "{alerts} 1 tells what the first rests on; or key the next amount", NextEvidence: "{alerts} {n} 1 tells the first sale's story; or key the next amount",
	NoEvidence:    Sentence{"This alert rests on nothing of that number.", "{alerts} 1 lists what the first rests on"},
	NextStatement: "{statements} 1 tells what differs in the first; or key the next amount", NextDifference: "{statements} {n} 1 tells the first one's sale; {exceptions} settles; or key the next amount",
	NoDifference: Sentence{"This statement has no difference of that number.", "{statements} 1 lists those of the first"},
	NextDrop:     "type the number; {drop} keeps the sale",
	Commands: []string{
		"{drop} 1: gives the sale up for the first reason; {repeat}: settles the last amount again; {train}: training on this terminal",
		"{shift}: the drawer and its jobs; {shift} 1 200: a shift with a float; {shift} 3 50 change: cash in; {shift} 4: cash out; {shift} 2: count; {shift} 5: close; {shift} 6: hand over; {shift} 7: X; {shift} 8: Z",
		"{day} list, {day} more, {day} tell 1: a day's sales and a sale's story; {day} only cash, {day} only 10-20, {day} all: narrow; {day} back, {day} on, {day} 3-5: other days",
		"more: reads on where a list was long",
		"{cash} scan 5: the next scan asks for ¥5; {cash} card 4217 5: ¥5 of a slip; {cash} transfer 5",
		"{refund} last: gives money back on the sale before; a transfer that has arrived is proven there, too",
		"{held} 2: brings the second held sale back; {exceptions} 1 hand and words: money was given back by hand",
		"{alerts} 1: what the first alert rests on; {alerts} 1 2: the story of its second sale",
		"{statements}: the channels' statements, money by day; {statements} 1: what differs in the first; {statements} 1 2: its second sale's story",
	},
}

var plainDeskZh = PlainDesk{
	Drawer: "钱箱 DRAWER", Count: "清点 COUNT", Test: "测试 TEST", Drill: "演练 DRILL", Held: "挂单 HELD", Story: "经过 STORY",

	More:   Sentence{"还有 {n} 行。", "more 接着读"},
	Part:   Sentence{"退哪一部分？", "输入前面的数字；转账 1 已到账：{prove} 1；{drop} 结束"},
	NoPart: Sentence{"没有这一部分。", "输入列表里的数字；{drop} 结束"},
	Gone:   "输入下一笔金额",
	Job:    Sentence{"要办什么？", "输入数字；{drop} 结束"},
	NoJob:  Sentence{"没有这一项。", "输入 0 到 9；{drop} 结束"},
	Float:  Sentence{"钱箱里现在有多少备用金？", "输入金额，没有就输入 0；{drop} 结束"},
	Amount: Sentence{"多少钱？", "输入金额；{drop} 结束"},
	Why:    Sentence{"什么原因？", "输入数字，或自己的话；{drop} 结束"},
	Pieces: "¥{amount} 有几张（枚）？", Taken: "已记 ¥{amount} {n} 张（枚）。",
	NextPieces: "数字或 0；back 改上一种；{drop} 结束",
	NextFirst:  "输入张数，没有就输入 0；几个数字依次是后面几种；back 改上一种；{drop} 结束，什么都不写",
	NoPieces:   Sentence{"这不是张数。", "输入整数，最多 5 位，每种一个，没有就输入 0；back 改上一种；{drop} 结束"},
	To:         Sentence{"谁接班？", "输入姓名前的数字、姓名，或扫工牌；{drop} 结束"},
	NoTo:       Sentence{"这里没有这个人可以接班。", "输入列表里的数字；{drop} 结束"},
	PIN:        Sentence{"{person}：下一行是您的密码；不显示。", "用手输入，然后按 {enter}；{drop} 结束"},
	Sum:        "清点 ¥{amount}。", NextAsk: "yes 就办；其他任何一行都不办",
	NextCounted: "{shift} 5 结班，{shift} 6 交班，{shift} 2 再清点；或输入下一笔金额", NextDone: "{shift} 继续办钱箱；或输入下一笔金额",
	Listed:    "第 {n} 到 {number} 行，共 {text} 行",
	NextDay:   "{day} list 读流水；{day} only 筛选；{day} back 前一天，{day} on 后一天；{day} 3-5 那一天；或输入下一笔金额",
	NextList:  "{day} tell 1 说第一笔的经过；{day} more 接着读；{day} only 筛选；或输入下一笔金额",
	NextStory: "{refund} {text} 退款；{day} list 读流水；或输入下一笔金额", NextOnly: "{day} all 恢复全部",
	Only:     Sentence{"只看什么？", "{day} only 加支付方式、收银员、状态、尾号、12.5 或 10-20；{day} all 取消"},
	Cashiers: "收银员", States: "状态",
	NoOnly:   Sentence{"这一天没有叫这个的：{text}。", "{day} only 列出可选的"},
	NoLine:   Sentence{"没有列出过这一笔。", "{day} list，然后 {day} tell 加数字；或账单上的长单号"},
	NoStep:   Sentence{"那一天还没有开始。", "{day} back 前一天；{day} 今天"},
	HeldList: "挂单：{n} 笔。", NextHeld: "{held} 2 取第二笔", NextDrill: "{cards} 3 drill 是第 3 张卡的演练",
	TestAsk:   Sentence{"下一行是测试：只数字符，不作它用。", "扫码，或输入一些字符，然后按 {enter}"},
	TestHand:  Sentence{"{n} 个字符，用手输入；扫码枪更快，并以回车（CR）结尾。", "{test} 再测一次；或继续"},
	NextAlert: "{alerts} 1 说第一条的依据；或输入下一笔金额", NextEvidence: "{alerts} {n} 1 说第一笔的经过；或输入下一笔金额",
	NoEvidence:    Sentence{"这条警报没有这一项依据。", "{alerts} 1 列出第一条的依据"},
	NextStatement: "{statements} 1 说第一份的差异；或输入下一笔金额", NextDifference: "{statements} {n} 1 说第一条的那笔交易；{exceptions} 了结；或输入下一笔金额",
	NoDifference: Sentence{"这份对账单没有这一条差异。", "{statements} 1 列出第一份的差异"},
	NextDrop:     "输入数字；{drop} 保留这笔",
	Commands: []string{
		"{drop} 1：按第一个原因放弃这笔；{repeat}：再收上一个金额；{train}：在这块屏上练习",
		"{shift}：钱箱；{shift} 1 200：开班，备用金 200；{shift} 3 50 零钱：放入；{shift} 4：取出；{shift} 2：清点；{shift} 5：结班；{shift} 6：交班；{shift} 7：X 报表；{shift} 8：Z 日结",
		"{day} list、{day} more、{day} tell 1：流水和一笔的经过；{day} only 现金、{day} only 10-20、{day} all：筛选；{day} back、{day} on、{day} 3-5：别的日子",
		"more：列表长时接着读",
		"{cash} scan 5：下一次扫码收 ¥5；{cash} 刷卡 4217 5：刷卡 ¥5；{cash} 转账 5",
		"{refund} last：退上一笔；转账到账也在那里确认",
		"{held} 2：取第二笔挂单；{exceptions} 1 hand 加话：钱已另行退还",
		"{alerts} 1：第一条警报的依据；{alerts} 1 2：其中第二笔的经过",
		"{statements}：渠道对账单，每天的钱；{statements} 1：第一份的差异；{statements} 1 2：其中第二笔的经过",
	},
}
