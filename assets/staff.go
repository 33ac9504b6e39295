package assets

import "guitai/ledger"

// StaffPhrases are those of signing in, of the locked screen, and of a second person's consent.
type StaffPhrases struct {
	Roles map[ledger.Role]string

	SignIn, Locked, Switch     string   // heads of the screen; who works here in the last two
	Nobody                     []string // the till has no people: what to do
	Row                        string   // a person in the list
	Learner                    string   // behind a person who may work in training only
	NoPIN                      string   // behind a person who has no PIN yet
	Name, PIN, Code            string   // before what is keyed
	InHand                     string   // the sale that waits under a locked screen
	LockedFor                  string   // wrong PINs: how long nobody can try
	Working                    string   // of the status row
	PickNext, PINNext          string
	SwitchNext, CodeNext       string
	Empty                      Sentence // Enter without digits
	Scanned                    Sentence // a scan, or digits as fast as one, where a PIN is keyed
	Again                      Sentence // a PIN's digits once more, where something else belongs
	NotStaff                   Sentence // a badge of nobody
	Welcome                    Sentence
	WelcomeLearner             Sentence
	ApproveTitle, ApproveWhat  string
	ApproveNext, ApproveNobody string
	Trainer                    string // the trainer's PIN, in training

	// The line mode.
	SignInWord, LockWord, ConsentWord string // a line's first word
	PlainPick, PlainPIN, PlainCode    Sentence
	PlainWhat                         Sentence // who agrees to this?
	PlainGone                         Sentence // nothing was done
}

var enStaff = StaffPhrases{
	Roles: map[ledger.Role]string{ledger.RoleCashier: "cashier", ledger.RoleSupervisor: "supervisor", ledger.RoleSupport: "support"},

	SignIn: "Sign in", Locked: "Locked · {person} works here", Switch: "Change of cashier · {person} works here",
	Nobody: []string{"Nobody works at this till yet.", "Leave it ({leave} twice) and make it a shop's till:", "guitai init --config FILE",
		"It asks for the first supervisor's name and PIN, and checks the channels' keys."},
	Row: "{mark}  {person} · {role}", Learner: "in training until a supervisor lifts it", NoPIN: "no PIN yet",
	Name: "Name", PIN: "PIN", Code: "Code of the authenticator",
	InHand: "The sale in hand waits: tail {tail} · {state}", LockedFor: "Too many wrong PINs: the next try in {seconds} s.",
	Working:    "{person} ({role})",
	PickNext:   "The sign before your name picks it, or {up} {down} and {enter}, or scan your badge",
	PINNext:    "Your PIN, then {enter}; {up} {down} another name",
	SwitchNext: "The sign before your name picks it, or scan your badge; {esc} back",
	CodeNext:   "The six digits, then {enter}; {esc} back",
	Empty:      Sentence{"Nothing is keyed yet.", "Your PIN, then {enter}"},
	Scanned:    Sentence{"That came as fast as a scan: it is no PIN, and was thrown away.", "Key the PIN by hand"},
	Again:      Sentence{"That came too fast after a PIN and was thrown away.", "If it was meant, key it again"},
	NotStaff:   Sentence{"This badge is nobody's here, or not of somebody who can do this.", "Pick the name instead"},
	Welcome:    Sentence{"{person} works here now.", "Key the next amount"}, WelcomeLearner: Sentence{"{person} is in training: this till takes nothing yet.", "{train} trains on this screen; a supervisor lifts it (guitai staff lift)"},
	ApproveTitle: "A second person has to agree", ApproveWhat: "To be agreed to, and nothing else:",
	ApproveNext: "The second person's PIN, then {enter}; {esc} gives up, nothing happens", ApproveNobody: "Nobody else here may agree to this. {esc} gives up",
	Trainer: "In training the trainer agrees. PIN: {pin}",

	SignInWord: "SIGN IN", LockWord: "LOCKED", ConsentWord: "CONSENT",
	PlainPick: Sentence{"Who works here?", "type the number before the name, or scan the badge"},
	PlainPIN:  Sentence{"{person}: the next line is the PIN; it is not shown.", "type it by hand, then {enter}; an empty line goes back"},
	PlainCode: Sentence{"{person}: the next line is the authenticator's code.", "type its six digits; an empty line goes back"},
	PlainWhat: Sentence{"A second person has to agree.", "type the number before the name, or scan the badge; an empty line gives up"},
	PlainGone: Sentence{"Nothing was done.", "go on"},
}

var zhStaff = StaffPhrases{
	Roles: map[ledger.Role]string{ledger.RoleCashier: "收银员", ledger.RoleSupervisor: "主管", ledger.RoleSupport: "技术支持"},

	SignIn: "登录", Locked: "已锁定 · 当班 {person}", Switch: "换收银员 · 当班 {person}",
	Nobody: []string{"本机还没有人员。", "请离开（{leave} 两次），把本机设为门店收银台：", "guitai init --config FILE", "它会询问第一位主管的姓名和密码，并核对各渠道的密钥。"},
	Row:    "{mark}  {person} · {role}", Learner: "练习中，待主管放行", NoPIN: "还没有密码",
	Name: "姓名", PIN: "密码", Code: "动态验证码",
	InHand: "手上的交易等着：尾号 {tail} · {state}", LockedFor: "密码错得太多：{seconds} 秒后再试。",
	Working:    "{person}（{role}）",
	PickNext:   "按姓名前的字符选择，或用 {up} {down} 和 {enter}，或扫工牌",
	PINNext:    "输入密码，然后 {enter}；{up} {down} 换人",
	SwitchNext: "按姓名前的字符选择，或扫工牌；{esc} 返回",
	CodeNext:   "输入六位数字，然后 {enter}；{esc} 返回",
	Empty:      Sentence{"还没有输入。", "输入密码，然后 {enter}"},
	Scanned:    Sentence{"输入快得像扫码：不是密码，已丢弃。", "请用手输入密码"},
	Again:      Sentence{"这几位数字紧跟在密码后面，已丢弃。", "如确要输入，请再输一次"},
	NotStaff:   Sentence{"这张工牌在这里无人使用，或其持有人不能办这一步。", "请选择姓名"},
	Welcome:    Sentence{"现在由 {person} 当班。", "请输入金额"}, WelcomeLearner: Sentence{"{person} 还在练习：本机暂不受理。", "{train} 在这块屏上练习；由主管放行（guitai staff lift）"},
	ApproveTitle: "需要第二个人同意", ApproveWhat: "只同意这一件事：",
	ApproveNext: "第二个人输入密码，然后 {enter}；{esc} 放弃，什么都不做", ApproveNobody: "这里没有别人可以同意。{esc} 放弃",
	Trainer: "练习中由培训员同意。密码：{pin}",

	SignInWord: "登录 SIGN IN", LockWord: "已锁定 LOCKED", ConsentWord: "同意 CONSENT",
	PlainPick: Sentence{"谁当班？", "输入姓名前的数字，或扫工牌"},
	PlainPIN:  Sentence{"{person}：下一行是密码；不显示。", "用手输入，然后按 {enter}；空行返回"},
	PlainCode: Sentence{"{person}：下一行是动态验证码。", "输入六位数字；空行返回"},
	PlainWhat: Sentence{"需要第二个人同意。", "输入姓名前的数字，或扫工牌；空行放弃"},
	PlainGone: Sentence{"什么都没有做。", "继续"},
}
