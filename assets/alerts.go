package assets

import "guitai/ledger"

// AlertPhrases are those of the patterns of trades that a supervisor should look at. An alert accuses nobody, and neither do its words.
type AlertPhrases struct {
	Top, TopFailed      string // above a day's sales: how many, and the next key
	Title, Empty        string
	Reading, Failed     string
	Line                string // when, who, how often, and from when on the rule speaks
	Difference          string // by how much a count was wrong
	WholeTill           string // in the place of a person
	Next, NextEmpty     string
	NextEvidence        string
	Last                string // only the last ones of the evidence are kept
	NoStory             Sentence
	WrongPIN, Stranger  string // events that are about no sale
	Counted, NotCounted string
	First               string
	Rules               map[ledger.AlertRule]string // what the rule looks at, with its threshold
	Steps               map[ledger.AlertRule]string // what to do about it
}

var enAlerts = AlertPhrases{
	Top: "! Alerts: {n} on this day, {number} on other days → {alerts} lists them", TopFailed: "! The alerts cannot be read: {text}",
	Title: "Alerts of the last five weeks: {n}", Empty: "No alert. The rules and their thresholds stand in the configuration, [alerts].",
	Reading: "The last weeks are being read …", Failed: "The alerts cannot be read: {text}",
	Line: "{date} {time} · {person} · count {n} (from {number} on)", Difference: "off by ¥{amount}", WholeTill: "the till as a whole",
	Next: "{up} {down} choose, {enter} what it rests on; {esc} back", NextEmpty: "{esc} back",
	NextEvidence: "{up} {down} choose, {enter} the sale's story; {esc} back",
	Last:         "the last {n} of {number}",
	NoStory:      Sentence{"This is about no sale: there is no story of one.", "{up} {down} choose another; {esc} back"},
	WrongPIN:     "a wrong PIN for {person}", Stranger: "a wrong PIN, for nobody who works here",
	Counted: "counted ¥{amount}, ¥{number} should be there", NotCounted: "nobody has counted", First: "the first count differed by ¥{amount}",
	Rules: map[ledger.AlertRule]string{
		ledger.AlertWatched:    "said that something was wrong with a sale",
		ledger.AlertFastRefund: "refunds within {minutes} min of the payment",
		ledger.AlertOwnRefund:  "refunds of the person's own sales",
		ledger.AlertVoids:      "given up or stopped, above {n} % of the sales",
		ledger.AlertTiny:       "sales below ¥{amount}",
		ledger.AlertHours:      "while the shop is closed (open {hours})",
		ledger.AlertRepeat:     "same amount again within {minutes} min of giving it up",
		ledger.AlertBand:       "above {number} times the person's usual largest amount",
		ledger.AlertNoSale:     "drawer opened without a sale",
		ledger.AlertDifference: "drawer's count off by more than ¥{amount}",
		ledger.AlertLeftOpen:   "left to the till to close: not counted, or off",
		ledger.AlertReprints:   "receipts printed again",
		ledger.AlertLooseCode:  "customers' codes scanned with nothing to pay",
		ledger.AlertWrongPIN:   "wrong PINs",
	},
	Steps: map[ledger.AlertRule]string{
		ledger.AlertWatched:    "Ask the person what was wrong; settle the exception",
		ledger.AlertFastRefund: "Compare with the goods that came back",
		ledger.AlertOwnRefund:  "Compare with the goods that came back",
		ledger.AlertVoids:      "Ask what was paid instead; count the drawer",
		ledger.AlertTiny:       "Compare with what has left the shop",
		ledger.AlertHours:      "Find out who was in the shop, and why",
		ledger.AlertRepeat:     "Look whether one customer has paid twice",
		ledger.AlertBand:       "Look whether the amount was keyed right",
		ledger.AlertNoSale:     "Count the drawer while the person is there",
		ledger.AlertDifference: "Count again with the person; look at the shift's cash",
		ledger.AlertLeftOpen:   "Compare with the next float; ask for a count each day",
		ledger.AlertReprints:   "Ask for whom the copies were",
		ledger.AlertLooseCode:  "Show the card on fraud; first amount, then code",
		ledger.AlertWrongPIN:   "Ask the person; if it was not they, reset the PIN",
	},
}

var zhAlerts = AlertPhrases{
	Top: "! 警报：本日 {n} 条，其他日 {number} 条 → {alerts} 列出", TopFailed: "! 读不出警报：{text}",
	Title: "近五周的警报：{n} 条", Empty: "没有警报。规则和界限在配置的 [alerts] 里。",
	Reading: "正在读近几周的记录……", Failed: "读不出警报：{text}",
	Line: "{date} {time} · {person} · {n} 次（{number} 次起报）", Difference: "相差 ¥{amount}", WholeTill: "整台收银机",
	Next: "{up} {down} 选择，{enter} 看依据；{esc} 返回", NextEmpty: "{esc} 返回",
	NextEvidence: "{up} {down} 选择，{enter} 看这笔的全过程；{esc} 返回",
	Last:         "共 {number} 条，这是最后 {n} 条",
	NoStory:      Sentence{"这一条不属于哪笔交易，没有全过程。", "{up} {down} 另选一条；{esc} 返回"},
	WrongPIN:     "{person} 的密码输错", Stranger: "密码输错，本店没有这个人",
	Counted: "清点 ¥{amount}，应有 ¥{number}", NotCounted: "没有人清点", First: "第一次清点相差 ¥{amount}",
	Rules: map[ledger.AlertRule]string{
		ledger.AlertWatched:    "说某笔交易有问题",
		ledger.AlertFastRefund: "付款后 {minutes} 分钟内退款",
		ledger.AlertOwnRefund:  "退自己收的款",
		ledger.AlertVoids:      "放弃或停止，超过销售的 {n}%",
		ledger.AlertTiny:       "低于 ¥{amount} 的销售",
		ledger.AlertHours:      "营业时间（{hours}）之外",
		ledger.AlertRepeat:     "放弃后 {minutes} 分钟内又输同一金额",
		ledger.AlertBand:       "金额超过本人平时最大额的 {number} 倍",
		ledger.AlertNoSale:     "无销售开钱箱",
		ledger.AlertDifference: "清点相差超过 ¥{amount}",
		ledger.AlertLeftOpen:   "没有结班，由收银机结束：未清点或有差额",
		ledger.AlertReprints:   "重打小票",
		ledger.AlertLooseCode:  "没有应收款时扫顾客的码",
		ledger.AlertWrongPIN:   "密码输错",
	},
	Steps: map[ledger.AlertRule]string{
		ledger.AlertWatched:    "问清哪里有问题，再了结那条异常",
		ledger.AlertFastRefund: "核对退回的货",
		ledger.AlertOwnRefund:  "核对退回的货",
		ledger.AlertVoids:      "问清改用什么付的；清点钱箱",
		ledger.AlertTiny:       "核对拿走的货",
		ledger.AlertHours:      "查清谁在店里、为什么",
		ledger.AlertRepeat:     "看是不是同一位顾客付了两次",
		ledger.AlertBand:       "看金额是不是输错了",
		ledger.AlertNoSale:     "当面清点钱箱",
		ledger.AlertDifference: "当面再清点；看本班的现金进出",
		ledger.AlertLeftOpen:   "与下一班备用金核对；要求每天清点",
		ledger.AlertReprints:   "问清小票给了谁",
		ledger.AlertLooseCode:  "讲应急卡里的骗局；先定金额，再扫码",
		ledger.AlertWrongPIN:   "问本人；不是本人就重设密码",
	},
}
