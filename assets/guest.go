package assets

import "guitai/ledger"

// GuestPhrases are what is said about visitors who look in over SSH, at the counter and to them.
type GuestPhrases struct {
	// The counter's bar: who is inside and what they see.
	Inside, Many, Sees, SeesMany string
	Sights                       map[string]string // what somebody looks at
	Since                        string
	BarTalk, BarOut, BarOutShort string
	BarAnswer, BarAnswerShort    string // in place of BarTalk, while somebody asks for a hand
	Says, Asks                   string
	Thrown, ThrownOnly           Sentence // the second where the lock could not be written down
	NoDoor                       Sentence // nobody can look in at all
	Locked, OpenWhat             string   // while the door is locked: that it is, and what a second person agrees to
	Opened, NotLocked            Sentence

	Hands               map[ledger.HandKind]string // what is asked for, in words
	HandTitle, HandWhy  string
	HandPlain           string // that it moves no money
	HandAsk             Sentence
	HandGone, HandNo    Sentence
	HandDone, HandNever Sentence // it was done, and: this till cannot do it
	HandFailed          Sentence
	HandMade            Sentence // a file was made
	CameOf, CameDone    string   // the till's line in the talk: what came of what somebody has asked for

	TalkTitle, TalkGuest, TalkNone, TalkCounter string
	TalkNext, TalkHand                          string
	TalkGone, TalkGoneNext                      string // of those who have gone
	LeftAsking, LeftSaid                        string // somebody has gone before they were answered, or read
	TalkLeft                                    string // near the end of a line

	RingTitle, RingNext, RingSending     string
	RingText, RingSale, RingCode         string
	RingLocked, RingLockedNext           string
	RingSent, RingFailed                 Sentence
	Row, RowShort, RowBrief, RowNew      string                        // over every screen of a visitor
	KeyLeave, KeyAsk                     string                        // what keys of theirs do
	Scanners                             map[ledger.DeviceState]string // without the keys that are the cashier's
	MenuTitle, MenuNext, LeaveNext       string
	Menu                                 map[string]string
	NoInput, NotHere                     Sentence
	AskTitle, AskNext                    string
	AskKinds                             map[ledger.HandKind]string
	AskOrders, AskSales, AskDevices      string
	NoOrders, NoSales, NoDevices         string
	NoBundle                             Sentence // nobody is named who could open it
	AskWhy, AskWhyNext                   string
	Waits, WaitsNext, Yes, No, Dropped   string
	AnsweredNext, Support, Came, Left    string
	Ended                                map[ledger.VisitWhy]string // to a visitor who did not leave by themselves
	SupportTitle, SupportNext            string
	Link, LinkLast, LinkRate             string
	Owed, OwedSince, Exceptions          string
	Disk, Outside, OutsideNone           string
	Backup, BackupGood, BackupOff        string
	Statement                            string
	Clock, ClockGood, Displays, Notices  string
	Version, Memory, Ledger, DoorLocked  string
	Crash, NoCrash, Log, NoLog, Reading  string
	PlainWord, PlainNobody, PlainRing    string // of line mode
	PlainOpen                            string
	PlainInside, PlainNext, PlainAskHand string
	PlainHandNext                        string
	PlainCommands                        []string
}

var enGuest = GuestPhrases{
	Inside: "{person} ({role}) inside", Many: "{n} inside: {text}", Sees: "sees {text}", SeesMany: "{n} on this screen",
	Sights: map[string]string{"menu": "the menu", "screen": "this screen", "support": "the support screen", "day": "the day's sales",
		"exceptions": "the exceptions", "talk": "the talk", "ask": "what to ask for"},
	Since: "{text} since {time}", BarTalk: "{talk} talk", BarOut: "{throwout} throws out", BarOutShort: "{throwout} out",
	BarAnswer: "{talk}, then {yes} or {no}", BarAnswerShort: "{talk} {yes}/{no}",
	Says: "{person}: {text}", Asks: "{person} asks: {text}",
	Thrown:     Sentence{"Everybody is thrown out. Nobody comes in before {time}.", "Go on selling."},
	ThrownOnly: Sentence{"Everybody is thrown out. The lock could not be written down: {text}", "Go on selling."},
	NoDoor:     Sentence{"Nobody can look in at this till.", "[remote] in the configuration opens a door."},
	Locked:     "The door is locked until {time}: nobody comes in before. {opendoor} opens it; a supervisor has to agree.", OpenWhat: "Open the door for visitors, which is locked until {time}.",
	Opened: Sentence{"The door is open again.", "Go on selling."}, NotLocked: Sentence{"The door is not locked.", "Go on."},

	Hands: map[ledger.HandKind]string{ledger.HandQuery: "ask the channel about sale {tail} again", ledger.HandReprint: "print the receipt of sale {tail} again",
		ledger.HandRestart: "restart: {device}", ledger.HandBundle: "make a support bundle"},
	HandTitle: "{person} ({role}) asks for a hand", HandWhy: "Why: {text}", HandPlain: "No money moves by this. It is written down with both names.",
	HandAsk:    Sentence{"Shall the till do this?", "{yes} does it, {no} does not; {esc} decides later"},
	HandGone:   Sentence{"That was answered, or whoever asked has gone.", "Go on."},
	HandNo:     Sentence{"{person} is told no.", "Go on."},
	HandDone:   Sentence{"Done: {text}.", "Go on."},
	HandNever:  Sentence{"Yes was said, but this till cannot do it by itself.", "Go on."},
	HandFailed: Sentence{"It did not work: {text}", "Go on."},
	HandMade:   Sentence{"The bundle is {text}, in the till's data folder.", "Go on."},
	CameOf:     "For {person}: {text}. {note}", CameDone: "Done.",

	TalkTitle: "Talk with {person}", TalkGuest: "Talk with the counter", TalkNone: "Nothing was said yet.", TalkCounter: "counter",
	TalkNext: "Type a line, {enter} says it; {esc} back", TalkHand: "{person} asks: {text} · {talk} answers",

	TalkGone: "Nobody is inside any more. This was said:", TalkGoneNext: "{talk} rings for support; {esc} back",
	LeftAsking: "{person} has gone; nobody waits any more for: {text}.", LeftSaid: "{person} has gone; {talk} shows what was said.",
	TalkLeft: "room for {n} more characters",

	RingTitle: "Ring for support. This is what they get:", RingNext: "{enter} sends it; {esc} back", RingSending: "Ringing …",
	RingText: "Till {id}, {time}: the counter rings for support.", RingSale: "Sale {tail}: {state}.", RingCode: "The screen says {text}.",
	RingLocked: "The door is locked until {time}; the counter can open it.", RingLockedNext: "{enter} sends it; {opendoor} opens the door; {esc} back",
	RingSent:   Sentence{"Support was rung.", "Go on; {talk} when they are inside."},
	RingFailed: Sentence{"Support was not rung: {text}", "Call them by telephone."},

	Row: "{person} ({role}) looks in · {minutes} min · the till can only be looked at from here", RowNew: "{talk}: {n} new",
	RowShort: "{person} ({role}) · {minutes} min · looking only", RowBrief: "{person} · looking only",
	KeyLeave: "leave", KeyAsk: "ask the counter",
	Scanners:  map[ledger.DeviceState]string{ledger.DeviceOff: "no scanner", ledger.DeviceAbsent: "scanner gone", ledger.DeviceNoAccess: "scanner: no permission"},
	MenuTitle: "Looking in at till {id}", MenuNext: "A number opens it; q leaves", LeaveNext: "{esc} once more leaves; a number opens something",
	Menu: map[string]string{"screen": "the cashier's screen, live", "support": "the support screen: lines, devices, log", "day": "the day's sales",
		"exceptions": "the exceptions", "ask": "ask the counter for a hand", "talk": "talk with the counter ({talk})"},
	NoInput:  Sentence{"Scans and pastes go nowhere from here.", "Type words on the screens that ask for them."},
	NotHere:  Sentence{"That cannot be done from here.", "The menu's 5 asks the counter for a hand."},
	AskTitle: "Ask the counter for what?", AskNext: "{up} {down} choose, {enter} goes on, {esc} back",
	AskKinds: map[ledger.HandKind]string{ledger.HandQuery: "ask a channel about a payment again", ledger.HandReprint: "print a receipt again",
		ledger.HandRestart: "restart a device", ledger.HandBundle: "make a support bundle"},
	AskOrders: "About which payment?", AskSales: "Which sale of today? Digits narrow by tail: {text}", AskDevices: "Which device?",
	NoOrders: "The till works on no payment now.", NoSales: "No sale of today fits.", NoDevices: "This till has no devices.",
	NoBundle: Sentence{"This till makes no bundles: nobody is named who could open one.", "[support] recipient in the till's configuration names somebody."},
	AskWhy:   "Why? The counter reads this with the question: {text}", AskWhyNext: "{enter} asks, with or without words; {esc} back",
	Waits: "The counter is asked: {text}", WaitsNext: "Waiting for the counter; {talk} talks, {esc} back (the question stays)",
	Yes: "{person} said yes at {time}.", No: "{person} said no at {time}.", Dropped: "It is dropped: the counter has locked the door.",
	AnsweredNext: "{esc} back; what comes of a yes stands here and in the talk ({talk})", Support: "For support: lines, log, version",
	Came: "{person} ({role}) has come in.", Left: "{person} has gone.",
	Ended: map[ledger.VisitWhy]string{
		ledger.VisitIdle: "the visit is over: five minutes without a key", ledger.VisitTime: "the visit is over: a visit lasts an hour at most",
		ledger.VisitThrownOut: "the counter has thrown everybody out and locked the door for an hour", ledger.VisitTill: "the till was closed",
		ledger.VisitCut: "the till has cut this visit; its log says why"},

	SupportTitle: "Support", SupportNext: "{up} {down} {pagedown} scroll; {esc} back",
	Link: "{channel}: {state}", LinkLast: "last answer after {seconds} s", LinkRate: "{n} answers in the 15 min to {time}, {number} bad",
	Owed: "Owed to the channels: {n}", OwedSince: "the oldest from {time}", Exceptions: "Exceptions: {n}",
	Disk: "Disk: {n} MiB free", Outside: "Heads outside: to event {n} at {time}", OutsideNone: "Heads outside: none since the start",
	Backup: "Backup: {text}", BackupGood: "Backup: no fault", BackupOff: "Backup: none is kept", Statement: "{channel}, statement of {date}: {state}",
	Clock: "Clock: {seconds} s (the channels' less ours)", ClockGood: "Clock: as the channels'", Displays: "Customer displays: {n}",
	Notices: "Notices: {n} taken, {number} not believed or failed",
	Version: "Version {text}, running since {time}", Memory: "Memory: {n} MiB in use, {number} goroutines",
	Ledger: "Ledger: event {n}, epoch {number}, day {date}", DoorLocked: "The door is locked until {time}",
	Crash: "Last crash {time}: {name}: {text}", NoCrash: "No crash is on record", Log: "Log, newest first", NoLog: "Nothing is in the log.", Reading: "Reading …",

	PlainWord: "VISITOR", PlainNobody: "Nobody is inside.", PlainRing: "{talk} ring rings for support: {text}",
	PlainOpen:   "{talk} open opens it; a supervisor has to agree",
	PlainInside: "{person} ({role}) since {time}, sees {text}.", PlainNext: "{talk} and words says them; {throwout} throws everybody out",
	PlainAskHand: "{number}: {person} asks: {text}. Why: {note}", PlainHandNext: "{talk} yes {number} does it, {talk} no {number} does not", PlainCommands: []string{
		"{talk}: who is inside, what they see and ask for, what was said last",
		"{talk} and words: says them to whoever is inside",
		"{talk} yes 1: does the first thing that was asked for; {talk} no 1: does not",
		"{talk} ring: rings for support",
		"{throwout}: throws everybody out and locks the door for an hour",
		"{talk} open: opens the locked door again; a supervisor has to agree",
		"{talk} support: lines, devices, log and version",
	},
}

var zhGuest = GuestPhrases{
	Inside: "{person}（{role}）在里面", Many: "{n} 人在里面：{text}", Sees: "看到{text}", SeesMany: "{n} 人看到画面",
	Sights: map[string]string{"menu": "菜单", "screen": "本画面", "support": "支持页", "day": "当日流水", "exceptions": "异常清单", "talk": "对话", "ask": "求助页"},
	Since:  "{text}，自 {time}", BarTalk: "{talk} 对话", BarOut: "{throwout} 请出", BarOutShort: "{throwout} 请出",
	BarAnswer: "先按 {talk}，再按 {yes} 或 {no}", BarAnswerShort: "{talk} {yes}/{no}",
	Says: "{person}：{text}", Asks: "{person} 请求：{text}",
	Thrown:     Sentence{"已全部请出。{time} 之前谁也进不来。", "继续收款。"},
	ThrownOnly: Sentence{"已全部请出。锁门没能记下：{text}", "继续收款。"},
	NoDoor:     Sentence{"本机没有开放远程查看。", "在配置的 [remote] 里打开。"},
	Locked:     "门锁到 {time}，之前谁也进不来。按 {opendoor} 打开，须主管同意。", OpenWhat: "为来访者开门（门锁到 {time}）。",
	Opened: Sentence{"门又开了。", "继续收款。"}, NotLocked: Sentence{"门没有锁。", "继续。"},

	Hands: map[ledger.HandKind]string{ledger.HandQuery: "再向渠道查一次尾号 {tail}", ledger.HandReprint: "重打尾号 {tail} 的小票",
		ledger.HandRestart: "重启{device}", ledger.HandBundle: "制作支持包"},
	HandTitle: "{person}（{role}）请您帮个忙", HandWhy: "原因：{text}", HandPlain: "这不动钱。会连同双方姓名记下。",
	HandAsk:    Sentence{"要做吗？", "{yes} 做，{no} 不做；{esc} 以后再说"},
	HandGone:   Sentence{"已经答复过，或请求的人已离开。", "继续。"},
	HandNo:     Sentence{"已答复 {person}：不做。", "继续。"},
	HandDone:   Sentence{"已做：{text}。", "继续。"},
	HandNever:  Sentence{"已答应，但本机自己做不了。", "继续。"},
	HandFailed: Sentence{"没有做成：{text}", "继续。"},
	HandMade:   Sentence{"支持包在收银台数据目录的 {text}。", "继续。"},
	CameOf:     "{person} 的请求：{text}。{note}", CameDone: "已做。",

	TalkTitle: "与 {person} 对话", TalkGuest: "与柜台对话", TalkNone: "还没有人说话。", TalkCounter: "柜台",
	TalkNext: "输入一行，{enter} 发出；{esc} 返回", TalkHand: "{person} 请求：{text} · {talk} 答复",

	TalkGone: "里面已经没有人。刚才说的是：", TalkGoneNext: "{talk} 呼叫技术支持；{esc} 返回",
	LeftAsking: "{person} 离开了，请求作废：{text}。", LeftSaid: "{person} 离开了，按 {talk} 看刚才的话。",
	TalkLeft: "还能写 {n} 个字",

	RingTitle: "呼叫技术支持。对方收到的是：", RingNext: "{enter} 发出；{esc} 返回", RingSending: "正在呼叫…",
	RingText: "收银台 {id}，{time}：柜台呼叫技术支持。", RingSale: "尾号 {tail}：{state}。", RingCode: "画面提示 {text}。",
	RingLocked: "门锁到 {time}，柜台可以打开。", RingLockedNext: "{enter} 发出；{opendoor} 开门；{esc} 返回",
	RingSent:   Sentence{"已呼叫技术支持。", "继续；对方进来后按 {talk}。"},
	RingFailed: Sentence{"没有呼叫成功：{text}", "请打电话。"},

	Row: "{person}（{role}）查看中 · {minutes} 分钟 · 只能看，不能操作收银台", RowNew: "{talk}：{n} 条新话",
	RowShort: "{person}（{role}）· {minutes} 分钟 · 只能看", RowBrief: "{person} · 只能看",
	KeyLeave: "离开", KeyAsk: "请求柜台",
	Scanners:  map[ledger.DeviceState]string{ledger.DeviceOff: "未接扫码枪", ledger.DeviceAbsent: "扫码枪断开", ledger.DeviceNoAccess: "扫码枪无权限"},
	MenuTitle: "查看收银台 {id}", MenuNext: "按数字打开；q 离开", LeaveNext: "再按 {esc} 离开；按数字打开",
	Menu: map[string]string{"screen": "收银员的画面（实时）", "support": "支持页：线路、设备、日志", "day": "当日流水", "exceptions": "异常清单",
		"ask": "请柜台帮忙", "talk": "与柜台对话（{talk}）"},
	NoInput:  Sentence{"扫码和粘贴在这里无效。", "在要求文字的页面上打字。"},
	NotHere:  Sentence{"从这里不能这样做。", "菜单的 5 可以请柜台帮忙。"},
	AskTitle: "请柜台做什么？", AskNext: "{up} {down} 选择，{enter} 下一步，{esc} 返回",
	AskKinds:  map[ledger.HandKind]string{ledger.HandQuery: "再向渠道查一笔付款", ledger.HandReprint: "重打小票", ledger.HandRestart: "重启设备", ledger.HandBundle: "制作支持包"},
	AskOrders: "哪一笔付款？", AskSales: "今天的哪一笔？输入尾号缩小范围：{text}", AskDevices: "哪个设备？",
	NoOrders: "本机现在没有在办的付款。", NoSales: "今天没有相符的交易。", NoDevices: "本机没有设备。",
	NoBundle: Sentence{"本机不能做支持包：没有指定谁能打开。", "在收银台配置的 [support] recipient 里指定。"},
	AskWhy:   "为什么？柜台会看到：{text}", AskWhyNext: "{enter} 提出请求，可不写；{esc} 返回",
	Waits: "已请求柜台：{text}", WaitsNext: "等柜台答复；{talk} 对话，{esc} 返回（请求还在）",
	Yes: "{person} 于 {time} 答应了。", No: "{person} 于 {time} 没有答应。", Dropped: "请求已作废：柜台锁了门。",
	AnsweredNext: "{esc} 返回；答应后的结果写在这里和对话里（{talk}）", Support: "技术支持：线路、日志、版本",
	Came: "{person}（{role}）进来了。", Left: "{person} 离开了。",
	Ended: map[ledger.VisitWhy]string{
		ledger.VisitIdle: "查看已结束：五分钟没有按键", ledger.VisitTime: "查看已结束：每次最多一小时",
		ledger.VisitThrownOut: "柜台已请出所有来访者，并锁门一小时", ledger.VisitTill: "收银台已关闭",
		ledger.VisitCut: "收银台中断了这次查看；原因见它的日志"},

	SupportTitle: "技术支持", SupportNext: "{up} {down} {pagedown} 滚动；{esc} 返回",
	Link: "{channel}：{state}", LinkLast: "上次答复用了 {seconds} 秒", LinkRate: "到 {time} 的 15 分钟内答复 {n} 次，不好 {number} 次",
	Owed: "还欠渠道：{n}", OwedSince: "最早的从 {time}", Exceptions: "异常：{n}",
	Disk: "磁盘：剩 {n} MiB", Outside: "外部校验点：到第 {n} 条，{time}", OutsideNone: "外部校验点：开机后还没有",
	Backup: "备份：{text}", BackupGood: "备份：没有故障", BackupOff: "备份：没有设置", Statement: "{channel} {date} 对账单：{state}",
	Clock: "时钟：{seconds} 秒（渠道减本机）", ClockGood: "时钟：与渠道一致", Displays: "顾客屏：{n}",
	Notices: "通知：收下 {n}，不信或失败 {number}",
	Version: "版本 {text}，自 {time} 运行", Memory: "内存：{n} MiB，协程 {number}",
	Ledger: "账本：第 {n} 条，纪元 {number}，营业日 {date}", DoorLocked: "门锁到 {time}",
	Crash: "上次崩溃 {time}：{name}：{text}", NoCrash: "没有崩溃记录", Log: "日志，新的在前", NoLog: "日志里没有内容。", Reading: "正在读…",

	PlainWord: "来访 VISITOR", PlainNobody: "没有人在里面。", PlainRing: "{talk} ring 呼叫技术支持：{text}", PlainOpen: "{talk} open 打开，须主管同意",
	PlainInside: "{person}（{role}），自 {time}，看到{text}。", PlainNext: "{talk} 加话就说；{throwout} 全部请出",
	PlainAskHand: "{number}：{person} 请求：{text}。原因：{note}", PlainHandNext: "{talk} yes {number} 做，{talk} no {number} 不做", PlainCommands: []string{
		"{talk}：谁在里面，看到什么，请求什么，刚说了什么",
		"{talk} 加话：说给里面的人",
		"{talk} yes 1：做第一件请求；{talk} no 1：不做",
		"{talk} ring：呼叫技术支持",
		"{throwout}：全部请出，锁门一小时",
		"{talk} open：打开锁着的门，须主管同意",
		"{talk} support：线路、设备、日志、版本",
	},
}
