package assets

// Card is one emergency card: a symptom, and at most six steps against it.
type Card string

// The cards, by symptom.
const (
	CardChannel Card = "channel"  // one channel is down, another is not
	CardAllDown Card = "all-down" // every channel is down
	CardUnknown Card = "unknown"  // a payment whose end is not known
	CardClaims  Card = "claims"   // the customer says that it is paid
	CardScanner Card = "scanner"
	CardPrinter Card = "printer"
	CardClock   Card = "clock"
	CardDisk    Card = "disk"
	CardLedger  Card = "ledger"
	CardFraud   Card = "fraud"
)

// Cards lists the cards in the order of their numbers, from 1.
var Cards = []Card{CardChannel, CardAllDown, CardUnknown, CardClaims, CardScanner, CardPrinter, CardClock, CardDisk, CardLedger, CardFraud}

// CardStep is one thing to do, and the name of the value that stands beside it, in braces; empty where there is none.
type CardStep struct{ Do, Live string }

// CardText is one card. Its steps follow the acceptance rules of the channels and the frauds seen at counters: nothing is
// handed over for a screenshot, a sound or a word, nothing is charged anew while an end is not known, money goes back only
// the way it came.
type CardText struct {
	Title string
	Steps []CardStep
}

// Misstep is something a drill counts against the cashier.
type Misstep string

// The missteps.
const (
	MissAgain   Misstep = "again"   // charging once more while the end of the payment was not known
	MissSame    Misstep = "same"    // charging once more at the channel that takes nothing
	MissScanner Misstep = "scanner" // going to the scanner that is dead
)

// Missteps lists them.
var Missteps = []Misstep{MissAgain, MissSame, MissScanner}

// DrillEnd is how the sale of a drill ended.
type DrillEnd string

// The ends.
const (
	EndOtherWay DrillEnd = "other-way" // paid, and not by the attempt with the fault
	EndItself   DrillEnd = "itself"    // the attempt with the fault turned out to be paid
	EndAside    DrillEnd = "aside"     // set aside, the till goes on asking
	EndGivenUp  DrillEnd = "given-up"  // given up, or replaced by another amount
	EndTime     DrillEnd = "time"      // nothing of it for a long while
)

// DrillEnds lists them.
var DrillEnds = []DrillEnd{EndOtherWay, EndItself, EndAside, EndGivenUp, EndTime}

// CardPhrases are the emergency cards and what is said about them.
type CardPhrases struct {
	Title, TitleNow, Now     string // of the list, with and without symptoms; before a card whose symptom is there
	Hint                     string // on the last row, while any symptom is there
	ListNext, CardNext       string
	ListTrain, CardTrain     string // the same in training
	Texts                    map[Card]CardText
	Since                    string // a link's state and since when
	Unknown, NoUnknown       string // the payment whose end is not known
	Aside, NoAside           string
	Standing, NoStanding     string // the sale on the screen
	Idle                     string // nothing is owed for it
	Owed, NoOwed             string
	Slow, Fast, InTime       string // the machine's clock beside the channels'
	Room                     string
	Sells, Full, Stopped     string
	Whole                    string // no damage is known
	Entries, NoEntries       string // exceptions
	Forged                   string // notices that no channel has signed
	ScannerSince, NoPrinting string

	Drill DrillPhrases
}

// DrillPhrases are those of a drill.
type DrillPhrases struct {
	Soon, Runs          string          // on the last row, before and after the symptom
	Stories             map[Card]string // what the trainee is told
	None, Running, Busy Sentence
	Title               string
	Ends                map[DrillEnd]string
	Wrong               map[Misstep]string
	Clean               string // no misstep
	Took, Late, Unended string
	Score               string
	Next                string
}

var enCards = CardPhrases{
	Title: "Emergency cards", TitleNow: "Emergency cards · {n} of them now", Now: "NOW", Hint: "{cards} emergency",
	ListNext: "A digit opens its card (0 is 10), {enter} the marked one; {esc} back", CardNext: "Do the steps in this order; {esc} back",
	ListTrain: "A digit opens its card (0 is 10), {enter} the marked one; {esc} back", CardTrain: "Do the steps in this order; {drill} is its drill; {esc} back",
	Since: "{channel} {state} since {time}", Unknown: "tail {tail} ¥{amount}, {state}, {time}", NoUnknown: "none now",
	Aside: "{n} set aside, still asked about", NoAside: "none set aside",
	Standing: "tail {tail} ¥{amount}: {state}", NoStanding: "no sale on the screen", Idle: "nothing to ask now", Owed: "{n} still to ask about", NoOwed: "nothing owed",
	Slow: "this till is {seconds} s behind", Fast: "this till is {seconds} s ahead", InTime: "no difference seen", Room: "room enough",
	Sells: "it sells", Full: "no new sale", Stopped: "sells nothing [{text}]", Whole: "no damage known",
	Entries: "exceptions {n}, newest tail {tail} ¥{amount}", NoEntries: "no exception", Forged: "{n} forged notices",
	ScannerSince: "{text} (since {time})", NoPrinting: "this till has no printer",
	Texts: map[Card]CardText{
		CardChannel: {"One channel is down", []CardStep{
			{"See which channel is down.", "{links}"},
			{"This sale still waits? {stop} stops it; let it end.", "{standing}"},
			{"UNKNOWN? Do not charge again: see card 3.", "{unknown}"},
			{"Not paid, and ended? Use the other channel: {alipay} Alipay, {wechat} WeChat.", ""},
			{"The till tries the line again by itself.", "{owed}"},
			{"Ten minutes gone? Check the cable, tell the supervisor.", ""},
		}},
		CardAllDown: {"All channels are down", []CardStep{
			{"Hand over only where this till says PAID.", "{standing}"},
			{"UNKNOWN? Do not charge again: see card 3.", "{unknown}"},
			{"Check the network cable and the router's lights.", "{links}"},
			{"New customers wait, or pay cash if the shop allows it: write time and amount on paper.", ""},
			{"The till comes back by itself when a line is up.", "{owed}"},
			{"Tell the supervisor.", ""},
		}},
		CardUnknown: {"Payment unknown", []CardStep{
			{"Do not hand over, do not charge again, take no cash.", "{unknown}"},
			{"Ask the customer to wait. The till finds out by itself.", "{doing}"},
			{"PAID: hand over. REFUSED or CLOSED: you may charge again.", ""},
			{"No time? {stop} stops it: one last look, then it is closed.", ""},
			{"Others wait? {aside} serves the next; the till goes on asking.", "{aside}"},
			{"Write down the tail. Look later with {day}.", ""},
		}},
		CardClaims: {"Customer says: I have paid", []CardStep{
			{"Only PAID on this till counts. No screenshot, no sound.", "{standing}"},
			{"Not PAID yet: wait. Do not charge again.", "{doing}"},
			{"Have the bill opened. {refund}: type its long number, {enter}.", ""},
			{"It says paid, with this sale's tail: hand over.", ""},
			{"Else do not hand over. {stop} stops the sale; charge again only when it has ended.", ""},
			{"Customer insists: call the supervisor.", "{entries}"},
		}},
		CardScanner: {"Scanner dead", []CardStep{
			{"Sell on: {alipay} or {wechat} shows a QR for the customer.", ""},
			{"Or {code}: type the digits of the customer's code, {enter}.", ""},
			{"See what the till says of the scanner.", "{scanner}"},
			{"Pull its plug, wait 5 s, plug it in. The till finds it.", ""},
			{"Wipe its window. Have the phone made brighter.", ""},
			{"Still dead: tell support. {test} tests one that types.", ""},
		}},
		CardPrinter: {"Printer dead", []CardStep{
			{"Sell on. No sale needs a slip.", "{printer}"},
			{"Hand over when this till says PAID.", ""},
			{"Proof wanted? Write time, tail and amount by hand.", "{standing}"},
			{"Every sale is on the day's list: {day}.", ""},
			{"The customer's own bill shows the payment, too.", ""},
		}},
		CardClock: {"Clock wrong", []CardStep{
			{"See how far it is off.", "{skew}"},
			{"Do not set the clock yourself. Tell support.", ""},
			{"Sell on. Minutes off, the channels refuse.", "{links}"},
			{"Do they refuse? See cards 1 and 2.", ""},
			{"Support: let the machine set its time by the network.", ""},
			{"Tell the supervisor: times on the list are wrong.", ""},
		}},
		CardDisk: {"Disk nearly full", []CardStep{
			{"Finish the sale in hand.", "{standing}"},
			{"See how much room is left.", "{free}"},
			{"Call support now: make room on this disk.", ""},
			{"Delete nothing yourself.", ""},
			{"No new sale here? Use another till, or cash if the shop allows it, written on paper.", "{selling}"},
			{"Room made? It goes on; if not, leave ({leave} twice), open again.", ""},
		}},
		CardLedger: {"Ledger damaged", []CardStep{
			{"See whether this till still sells.", "{selling}"},
			{"It sells nothing? Use another till. Charge nothing here.", ""},
			{"Never charge again what was PAID.", ""},
			{"Told to reopen? End this sale, {leave} twice, open again.", "{fault}"},
			{"Delete, copy and restore no files.", ""},
			{"Tell support the code, and tell the supervisor.", ""},
		}},
		CardFraud: {"Fraud suspected", []CardStep{
			{"Only PAID on this till counts, with amount and tail.", "{standing}"},
			{"A screenshot, a transfer page or a sound is no money.", ""},
			{"Show, read or send the shop's own payment code to nobody.", ""},
			{"Money back only with {refund}: no cash, no other account.", ""},
			{"Do not argue. Do not hand over. Call the supervisor.", ""},
			{"Write down time, tail and amount.", "{entries}"},
		}},
	},
	Drill: DrillPhrases{
		Soon: "DRILL begins · {text}", Runs: "DRILL {seconds} s of {n} · {text}",
		Stories: map[Card]string{
			CardChannel: "Alipay takes nothing: get this one paid another way",
			CardUnknown: "the end is unknown, and others wait",
			CardClaims:  "the customer says \"paid\", and others wait",
			CardScanner: "the scanner is dead: get this one paid another way",
		},
		None:    Sentence{"This card has no drill; cards 1, 3, 4 and 5 have one.", "{esc} back"},
		Running: Sentence{"A drill is under way.", "End it first: {esc} back to the sale"},
		Busy:    Sentence{"A sale is on the screen, or an amount.", "{esc} back; finish it or give it up ({drop}), then begin"},
		Title:   "Drill: {text}",
		Ends: map[DrillEnd]string{
			EndOtherWay: "paid another way", EndItself: "waited, and the till found the payment", EndAside: "set aside; the till goes on asking",
			EndGivenUp: "given up", EndTime: "not finished within {seconds} s",
		},
		Wrong: map[Misstep]string{
			MissAgain:   "charged again while the end was not known: {n}",
			MissSame:    "went back to the channel that takes nothing: {n}",
			MissScanner: "went to the dead scanner: {n}",
		},
		Clean: "no wrong step",
		Took:  "{time} s, {n} s are allowed", Late: "{time} s, more than {n} s", Unended: "no time counts",
		Score: "Score {n} of 100", Next: "{drill} once more; {esc} back to the sale",
	},
}

var zhCards = CardPhrases{
	Title: "应急卡", TitleNow: "应急卡 · 现在有 {n} 项", Now: "现在", Hint: "{cards} 应急",
	ListNext: "按数字打开（0 是第 10 张），{enter} 打开选中的；{esc} 返回", CardNext: "按顺序做；{esc} 返回",
	ListTrain: "按数字打开（0 是第 10 张），{enter} 打开选中的；{esc} 返回", CardTrain: "按顺序做；{drill} 演练这张卡；{esc} 返回",
	Since: "{channel} {state}，自 {time}", Unknown: "尾号 {tail} ¥{amount}，{state}，{time}", NoUnknown: "现在没有",
	Aside: "搁置 {n} 笔，还在查", NoAside: "没有搁置的",
	Standing: "尾号 {tail} ¥{amount}：{state}", NoStanding: "屏幕上没有交易", Idle: "现在没有要查的", Owed: "还要查 {n} 笔", NoOwed: "没有待办",
	Slow: "本机慢 {seconds} 秒", Fast: "本机快 {seconds} 秒", InTime: "没有发现误差", Room: "空间够",
	Sells: "可以收款", Full: "不开新的一笔", Stopped: "不能收款 [{text}]", Whole: "没有发现损坏",
	Entries: "异常 {n} 笔，最新尾号 {tail} ¥{amount}", NoEntries: "没有异常", Forged: "伪造的通知 {n} 条",
	ScannerSince: "{text}（自 {time}）", NoPrinting: "本机没有打印机",
	Texts: map[Card]CardText{
		CardChannel: {"一个渠道断了", []CardStep{
			{"看哪个渠道断了。", "{links}"},
			{"这笔还在等？按 {stop} 停止，等它结束。", "{standing}"},
			{"结果未知？不要再收，看第 3 张卡。", "{unknown}"},
			{"没收到钱，也已结束？换渠道：{alipay} 支付宝，{wechat} 微信。", ""},
			{"本机自己会重试线路。", "{owed}"},
			{"过了十分钟？查网线，告诉主管。", ""},
		}},
		CardAllDown: {"全部渠道断了", []CardStep{
			{"本机显示“已收款”才交货。", "{standing}"},
			{"结果未知？不要再收，看第 3 张卡。", "{unknown}"},
			{"查网线，看路由器的灯。", "{links}"},
			{"新顾客请稍等；店里允许就收现金，在纸上记下时间和金额。", ""},
			{"线路通了，本机自动恢复。", "{owed}"},
			{"告诉主管。", ""},
		}},
		CardUnknown: {"付款结果未知", []CardStep{
			{"不要交货，不要再收款，也不收现金。", "{unknown}"},
			{"请顾客稍等，本机自己会查清。", "{doing}"},
			{"“已收款”：交货。“未成交”“已关闭”：可以重新收。", ""},
			{"等不及？{stop} 停止：最后查一次，再关单。", ""},
			{"有人排队？{aside} 接待下一位，本机继续查。", "{aside}"},
			{"在纸上记下尾号，以后按 {day} 看结果。", ""},
		}},
		CardClaims: {"顾客说“我付了”", []CardStep{
			{"只认本机的“已收款”。截图、声音都不算。", "{standing}"},
			{"还没显示就等，不要再收款。", "{doing}"},
			{"请顾客打开账单。{refund}，输入账单上的长单号，{enter}。", ""},
			{"显示已收款，尾号也是这笔：交货。", ""},
			{"不是就不交货。{stop} 停止这笔，结束后才能重新收。", ""},
			{"顾客坚持：叫主管。", "{entries}"},
		}},
		CardScanner: {"扫码枪坏了", []CardStep{
			{"照常收款：{alipay} 或 {wechat} 出示二维码，请顾客扫。", ""},
			{"或按 {code}，输入顾客付款码的数字，{enter}。", ""},
			{"看本机说扫码枪怎么了。", "{scanner}"},
			{"拔下插头，等 5 秒，再插好。本机会找到它。", ""},
			{"擦净扫码窗，请顾客把手机调亮。", ""},
			{"还不行：告诉支持。{test} 检测键盘式扫码枪。", ""},
		}},
		CardPrinter: {"打印机坏了", []CardStep{
			{"照常收款，不用等小票。", "{printer}"},
			{"本机显示“已收款”就交货。", ""},
			{"顾客要凭证？手写时间、尾号、金额。", "{standing}"},
			{"每一笔都在流水里：{day}。", ""},
			{"顾客手机的账单里也有这笔付款。", ""},
		}},
		CardClock: {"时钟不对", []CardStep{
			{"看差多少。", "{skew}"},
			{"不要自己改时间，告诉支持。", ""},
			{"照常收款。差几分钟，渠道会拒绝。", "{links}"},
			{"渠道拒绝了？看第 1、2 张卡。", ""},
			{"支持人员：让机器按网络自动对时。", ""},
			{"告诉主管：流水上的时间不准。", ""},
		}},
		CardDisk: {"磁盘快满了", []CardStep{
			{"先做完手上这笔。", "{standing}"},
			{"看还剩多少。", "{free}"},
			{"马上叫支持腾出空间。", ""},
			{"自己不要删任何东西。", ""},
			{"不开新的一笔？用另一台，或店里允许就收现金，记在纸上。", "{selling}"},
			{"有空间就恢复；没恢复就退出（{leave} 两次），重新打开。", ""},
		}},
		CardLedger: {"账本损坏", []CardStep{
			{"看本机还能不能收款。", "{selling}"},
			{"不能？用另一台，本机不要收款。", ""},
			{"已收款的，不要再收一次。", ""},
			{"要你重开？做完这笔，{leave} 两次退出，重新打开。", "{fault}"},
			{"不要删除、复制、恢复任何文件。", ""},
			{"把代码报给支持，告诉主管。", ""},
		}},
		CardFraud: {"怀疑有人骗", []CardStep{
			{"只认本机的“已收款”，金额、尾号都要对。", "{standing}"},
			{"截图、转账页面、声音都不是钱。", ""},
			{"不给任何人看、念、发本店的付款码。", ""},
			{"退钱只用 {refund} 原路退：不给现金，不换账户。", ""},
			{"不争吵，不交货，叫主管。", ""},
			{"记下时间、尾号、金额。", "{entries}"},
		}},
	},
	Drill: DrillPhrases{
		Soon: "演练 DRILL 开始 · {text}", Runs: "演练 DRILL {seconds} 秒，限 {n} 秒 · {text}",
		Stories: map[Card]string{
			CardChannel: "支付宝收不了：换别的方式收到这笔",
			CardUnknown: "结果未知，后面有人排队",
			CardClaims:  "顾客说“付了”，后面有人排队",
			CardScanner: "扫码枪坏了：换别的方式收到这笔",
		},
		None:    Sentence{"这张卡没有演练；第 1、3、4、5 张有。", "{esc} 返回"},
		Running: Sentence{"正在演练。", "先做完：{esc} 返回收款"},
		Busy:    Sentence{"屏幕上还有一笔，或有金额。", "{esc} 返回；做完或放弃（{drop}），再开始"},
		Title:   "演练：{text}",
		Ends: map[DrillEnd]string{
			EndOtherWay: "换别的方式收到了", EndItself: "等到了，本机查清已付", EndAside: "已搁置，本机继续查",
			EndGivenUp: "放弃了", EndTime: "{seconds} 秒内没有做完",
		},
		Wrong: map[Misstep]string{
			MissAgain:   "没查清就再收款：{n} 次",
			MissSame:    "又去收不了的渠道：{n} 次",
			MissScanner: "又去用坏的扫码枪：{n} 次",
		},
		Clean: "没有做错",
		Took:  "{time} 秒，限 {n} 秒", Late: "{time} 秒，超过 {n} 秒", Unended: "不计时间",
		Score: "得分 {n}，满分 100", Next: "{drill} 再练一次；{esc} 返回收款",
	},
}
