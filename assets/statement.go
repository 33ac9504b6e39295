package assets

import "guitai/ledger"

// StatementPhrases are those of the channels' statements of a day, and of what they and the ledger do not agree on.
type StatementPhrases struct {
	Title, Empty, Failed, Next, NextEmpty string

	// The columns. The amounts' names stand before them in sentences, too.
	Day, Channel, Gross, Refunds, Discounts, Fees, Net, Due, PaidOut, Off, Rows, State string

	Doing                             map[ledger.StatementsState]string // what is done about it now; empty where nothing is
	Missing                           string                            // there is none
	Uncompared, Compared, Complete    string
	Differ, Asked                     string // how many rows do not agree, about how many the channel is asked
	Sources                           map[ledger.StatementSource]string
	RowsOf, Others, OursNet, Whole    string // of one statement: rows, rows of other tills, this till's part; and of all of them
	NoFunds                           string // nothing says what was paid out
	Differences, Nothing, NextDiffers string // of one statement
	Lacks, LacksNext                  string // of a day without one
	Line, NoLine, Ours, Theirs        string
	Open, Settled                     string
	NoStory                           Sentence

	Trouble      map[ledger.StatementsState]string // on the status line; empty where nothing is wrong
	TroubleDay   string                            // the same: two days are over, and there is none
	TroubleOf    string                            // behind the channel, or how its line is
	Entry, Warns string                            // an entry of the list of exceptions; the newest one above every screen
	Top          string                            // the same above a day's sales

	Has     map[ledger.RowKind]string // in a sale's story: a statement of a day has it
	By      string                    // who says so
	Fee     string
	Let     string                     // the discount that the shop bears
	How     map[ledger.MatchHow]string // in what it is not the plain case
	Doubts  string                     // a statement tells something else of it: the channel is asked
	Taken   string                     // the events about statements
	Matched string
	Differs string
	Ended   string
}

var enStatement = StatementPhrases{
	Title: "Statements of the channels: {n}", Empty: "No statement yet. The till fetches a day's the next day from 10:00; guitai statement import takes a file.",
	Failed: "The statements cannot be read: {text}",
	Next:   "{up} {down} choose, {enter} what differs; {esc} back", NextEmpty: "{esc} back",
	Day: "day", Channel: "channel", Gross: "gross", Refunds: "refunds", Discounts: "discounts", Fees: "fees", Net: "net", Due: "due", PaidOut: "paid out",
	Off: "off by", Rows: "matched", State: "state",
	Doing: map[ledger.StatementsState]string{
		ledger.StatementsFetching: "fetching", ledger.StatementsComparing: "comparing", ledger.StatementsGood: "",
		ledger.StatementsAwaited: "awaited", ledger.StatementsRefused: "refused", ledger.StatementsFault: "fault",
	},
	Missing: "missing", Uncompared: "not compared", Compared: "agrees so far", Complete: "agrees",
	Differ: "{n} differ", Asked: "{n} asked",
	Sources: map[ledger.StatementSource]string{ledger.SourceImported: "imported", ledger.SourceFetched: "fetched"},
	RowsOf:  "{n} of {number} rows matched", Others: "{n} of other tills", OursNet: "this till's net ¥{amount}", Whole: "statements {n}",
	NoFunds: "paid out: not known", Differences: "{channel}, statement of {date} · {text}", Nothing: "Nothing differs.",
	NextDiffers: "{up} {down} choose, {enter} the sale's story, {exceptions} settles; {esc} back",
	Lacks:       "There is no statement of this day.",
	LacksNext:   "The till asks again by itself. Else bring the file from the channel's portal: guitai statement import",
	Line:        "line {n}", NoLine: "not in it", Ours: "here {amount}", Theirs: "there {amount}",
	Open: "open", Settled: "settled",
	NoStory: Sentence{"This is about no sale of this till: there is no story of one.", "{up} {down} choose another; {esc} back"},
	Trouble: map[ledger.StatementsState]string{
		ledger.StatementsFetching: "", ledger.StatementsComparing: "", ledger.StatementsGood: "", ledger.StatementsAwaited: "",
		ledger.StatementsRefused: "statement refused", ledger.StatementsFault: "statement fails",
	},
	TroubleDay: "no statement of {date}", TroubleOf: "{text}, {note}",
	Entry: "{time} · {owner} · {channel} {date}",
	Warns: "exceptions {n}, {exceptions} lists them, tell the {owner} · {channel} {date}: {note}",
	Top:   "! {channel} {date} {note} → {next}",
	Has: map[ledger.RowKind]string{
		ledger.RowTrade:    "{channel}'s statement of {date} has this payment, ¥{amount}",
		ledger.RowRefund:   "{channel}'s statement of {date} has this refund, ¥{amount}",
		ledger.RowReversal: "{channel}'s statement of {date} has it taken back, ¥{amount}",
	},
	By: "statement", Fee: "fee ¥{amount}", Let: "discount ¥{amount}",
	How: map[ledger.MatchHow]string{
		ledger.MatchedPlain: "as here", ledger.MatchedMidnight: "on another day than that of its beginning",
		ledger.MatchedStarted: "on another day than that on which it was back", ledger.MatchedReversed: "as a whole",
		ledger.MatchedPast: "given back past the till", ledger.MatchedNobodys: "of a payment that was refunded past the till",
	},
	Doubts: "the statement tells something else: the channel is asked",
	Taken:  "took {channel}'s statement of {date}, {n} rows, {text}", Matched: "{channel}'s statement of {date}: {n} rows agree",
	Differs: "{channel}'s statement of {date}: {note}", Ended: "compared {channel}'s statement of {date}: {n} differ",
}

var zhStatement = StatementPhrases{
	Title: "渠道对账单：{n} 份", Empty: "还没有对账单。本机在次日 10:00 起下载；也可用 guitai statement import 导入文件。",
	Failed: "读不出对账单：{text}",
	Next:   "{up} {down} 选择，{enter} 看差异；{esc} 返回", NextEmpty: "{esc} 返回",
	Day: "日期", Channel: "渠道", Gross: "流水", Refunds: "退款", Discounts: "优惠", Fees: "手续费", Net: "应结", Due: "到账日", PaidOut: "已出款",
	Off: "相差", Rows: "相符", State: "状态",
	Doing: map[ledger.StatementsState]string{
		ledger.StatementsFetching: "正在下载", ledger.StatementsComparing: "正在核对", ledger.StatementsGood: "",
		ledger.StatementsAwaited: "渠道还在出账", ledger.StatementsRefused: "渠道不给", ledger.StatementsFault: "下载失败",
	},
	Missing: "缺", Uncompared: "未核对", Compared: "目前相符", Complete: "全部相符",
	Differ: "{n} 处不符", Asked: "在查 {n} 处",
	Sources: map[ledger.StatementSource]string{ledger.SourceImported: "导入", ledger.SourceFetched: "下载"},
	RowsOf:  "{number} 行中 {n} 行相符", Others: "其他收银机 {n} 行", OursNet: "本机应结 ¥{amount}", Whole: "{n} 份",
	NoFunds: "已出款：不知道", Differences: "{channel} {date} 对账单 · {text}", Nothing: "没有差异。",
	NextDiffers: "{up} {down} 选择，{enter} 看这笔的全过程，{exceptions} 了结；{esc} 返回",
	Lacks:       "没有这一天的对账单。",
	LacksNext:   "本机会自己再下载；也可从渠道商户平台取文件：guitai statement import",
	Line:        "第 {n} 行", NoLine: "账单里没有", Ours: "本机 {amount}", Theirs: "账单 {amount}",
	Open: "未了结", Settled: "已了结",
	NoStory: Sentence{"这一条不属于本机的哪笔交易，没有全过程。", "{up} {down} 另选一条；{esc} 返回"},
	Trouble: map[ledger.StatementsState]string{
		ledger.StatementsFetching: "", ledger.StatementsComparing: "", ledger.StatementsGood: "", ledger.StatementsAwaited: "",
		ledger.StatementsRefused: "不给对账单", ledger.StatementsFault: "对账单失败",
	},
	TroubleDay: "缺 {date} 对账单", TroubleOf: "{text}，{note}",
	Entry: "{time} · {owner} · {channel} {date}",
	Warns: "异常 {n} 笔，{exceptions} 列出，请告诉{owner} · {channel} {date}：{note}",
	Top:   "! {channel} {date} {note} → {next}",
	Has: map[ledger.RowKind]string{
		ledger.RowTrade:    "{channel} {date} 的对账单里有这笔付款，¥{amount}",
		ledger.RowRefund:   "{channel} {date} 的对账单里有这笔退款，¥{amount}",
		ledger.RowReversal: "{channel} {date} 的对账单里有这笔撤销，¥{amount}",
	},
	By: "对账单", Fee: "手续费 ¥{amount}", Let: "优惠 ¥{amount}",
	How: map[ledger.MatchHow]string{
		ledger.MatchedPlain: "与本机相同", ledger.MatchedMidnight: "与发起不在同一天",
		ledger.MatchedStarted: "与退到不在同一天", ledger.MatchedReversed: "整单",
		ledger.MatchedPast: "不是经本机退的", ledger.MatchedNobodys: "这笔付款在别处退过",
	},
	Doubts: "对账单说法不同，正在向渠道查询",
	Taken:  "收下{channel} {date} 对账单，{n} 行，{text}", Matched: "{channel} {date} 对账单：{n} 行相符",
	Differs: "{channel} {date} 对账单：{note}", Ended: "核对完{channel} {date} 对账单：{n} 处不符",
}
