package assets

// WatchPhrases are what those see who look at the cashier's screen from elsewhere.
type WatchPhrases struct {
	Back     string // that this is somebody else's screen, and the key that leads back to the menu
	Columns  string // which part of the screen is in a narrower window
	Rows     string // in a lower one
	Move     string // how to see the rest
	Hide     string // the row that says all this can go
	Lines    string // line mode: what was said last is all there is
	Behind   string // the cashier's terminal does not take what is shown here
	NoScreen string
	Stock    string // the other renderer draws: nothing can be seen
	Withheld string // something secret is on the screen, and it is not known where
}

var enWatch = WatchPhrases{
	Back:     "looking on · q back",
	Columns:  "columns {from}-{to} of {n}",
	Rows:     "rows {from}-{to} of {n}",
	Move:     "arrows move",
	Hide:     "b hides this row",
	Lines:    "line mode: there is no picture, these lines were said last",
	Behind:   "! the cashier's terminal takes nothing and does not show this yet",
	NoScreen: "The till shows no screen now.",
	Stock:    "The till runs with --renderer stock: its screen cannot be looked at.",
	Withheld: "The screen is hidden: something secret is being typed.",
}

var zhWatch = WatchPhrases{
	Back:     "旁观 · q 返回",
	Columns:  "列 {from}-{to} / {n}",
	Rows:     "行 {from}-{to} / {n}",
	Move:     "方向键移动",
	Hide:     "b 隐藏此行",
	Lines:    "行模式：没有画面，以下是最近的文字",
	Behind:   "! 收银员的终端没有接收，还没有显示这个画面",
	NoScreen: "收银台现在没有画面。",
	Stock:    "收银台以 --renderer stock 运行，画面无法旁观。",
	Withheld: "画面已隐藏：正在输入保密内容。",
}
