package assets

// WatchPhrases are what those see who look at the cashier's screen from elsewhere.
type WatchPhrases struct {
	Row, Short WatchRow // their own row, and where the window is too narrow for it
	Help       []string // the keys
	NoScreen   string
	Stock      string // the other renderer draws: nothing can be seen
	Withheld   string // something secret is on the screen, and it is not known where
}

// WatchRow is the last row of a window in which somebody else's screen is looked at.
type WatchRow struct {
	Back    string // that this is somebody else's screen, and the key that leads back to the menu
	Columns string // which part of the screen is in a narrower window
	Rows    string // in a lower one
	Move    string // how to see the rest
	Hide    string // the row that says all this can go
	Lines   string // line mode: what was said last is all there is
	Behind  string // the cashier's terminal does not take what is shown here
}

var enWatch = WatchPhrases{
	Row: WatchRow{
		Back:    "looking on · q back",
		Columns: "columns {from}-{to} of {n}",
		Rows:    "rows {from}-{to} of {n}",
		Move:    "arrows move",
		Hide:    "b hides this row",
		Lines:   "line mode: there is no picture, these lines were said last",
		Behind:  "! the cashier's terminal takes nothing and does not show this yet",
	},
	Short: WatchRow{Back: "q back", Columns: "cols {from}-{to}/{n}", Rows: "rows {from}-{to}/{n}", Move: "arrows", Hide: "b hides",
		Lines: "line mode: what was said last", Behind: "! the cashier does not see this yet"},
	Help: []string{
		"This is the cashier's screen. Nothing that you type reaches it.", "",
		"q  Esc          back to the menu",
		"arrows          move, where it is larger than your window",
		"PgUp  PgDn      a page up or down",
		"Home  End       to the first corner, to the last",
		"b               hides the last row, or shows it",
		"Ctrl-L          paint the screen again",
		"", "Any key closes this.",
	},
	NoScreen: "The till shows no screen now.",
	Stock:    "The till runs with --renderer stock: its screen cannot be looked at.",
	Withheld: "The screen is hidden: something secret is being typed.",
}

var zhWatch = WatchPhrases{
	Row: WatchRow{
		Back:    "旁观 · q 返回",
		Columns: "列 {from}-{to} / {n}",
		Rows:    "行 {from}-{to} / {n}",
		Move:    "方向键移动",
		Hide:    "b 隐藏此行",
		Lines:   "行模式：没有画面，以下是最近的文字",
		Behind:  "! 收银员的终端没有接收，还没有显示这个画面",
	},
	Short: WatchRow{Back: "q 返回", Columns: "列 {from}-{to}/{n}", Rows: "行 {from}-{to}/{n}", Move: "方向键", Hide: "b 隐藏",
		Lines: "行模式：最近的文字", Behind: "! 收银员还看不到这个画面"},
	Help: []string{
		"这是收银员的画面。您按的键不会传过去。", "",
		"q  Esc          回到菜单",
		"方向键          移动画面（比您的窗口大时）",
		"PgUp  PgDn      上下翻页",
		"Home  End       到左上角、右下角",
		"b               隐藏或显示最后一行",
		"Ctrl-L          重画屏幕",
		"", "按任意键关闭。",
	},
	NoScreen: "收银台现在没有画面。",
	Stock:    "收银台以 --renderer stock 运行，画面无法旁观。",
	Withheld: "画面已隐藏：正在输入保密内容。",
}
