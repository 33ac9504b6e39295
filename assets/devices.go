package assets

import "guitai/ledger"

// DevicePhrases are what the screens say about what stands on the counter. {device} is one of Names.
type DevicePhrases struct {
	Title, Next string
	Names       map[ledger.DeviceKind]string
	States      map[ledger.DeviceState]string // with what to do about it; the scanner has its own
	Voice       map[ledger.DeviceState]string // of the voice, where it says something else
	Since       string
	Hushed      string // the voice was told to be silent
	Tested      string // a test went well
	Failed      string // it did not
	Testing     string
	NotHere     Sentence // a test of what is not configured, or not there in training on a till that sells
	NoPrinter   Sentence // a copy is wanted without a printer
	Copy        Sentence // a copy goes to the printer
	CopyWaits   Sentence // the printer prints nothing now
	DrawerStays Sentence // nor does it open the drawer
	AgreeCopy   string   // what a second person agrees to
	Speaks      Sentence // the voice is on again
	Silent      Sentence // the voice is off
	Line, Pick  string   // of line mode
}

var enDevices = DevicePhrases{
	Title: "On the counter", Next: "↑ ↓ a device, {enter} tests it, {mute} voice off or on, {esc} back",
	Names: map[ledger.DeviceKind]string{
		ledger.DeviceScanner: "Scanner", ledger.DevicePrinter: "Printer", ledger.DeviceVoice: "Voice", ledger.DevicePole: "Customer display",
		ledger.DevicePage: "Customer page",
	},
	States: map[ledger.DeviceState]string{
		ledger.DeviceOff: "{device}: none", ledger.DeviceReady: "{device} ready", ledger.DeviceAbsent: "{device} gone: check cable and power",
		ledger.DeviceNoAccess: "{device} forbidden: call support", ledger.DeviceBusy: "{device} taken: close the other program",
		ledger.DeviceNoise: "{device} noise: check the baud rate", ledger.DeviceNoPaper: "{device}: no paper; put a roll in, it goes on",
		ledger.DeviceLowPaper: "{device}: paper is low, have a roll at hand", ledger.DeviceOpen: "{device}: close its cover",
		ledger.DeviceOffline: "{device} off line: press its feed or on-line button", ledger.DeviceMute: "{device} ready, tells no faults",
		ledger.DeviceFailed: "{device} fails: switch it off and on, then test it",
	},
	Voice: map[ledger.DeviceState]string{
		ledger.DeviceAbsent: "no program to play sound: call support", ledger.DeviceFailed: "no sound: check the loudspeaker, then test it",
	},
	Since: "since {time}", Hushed: "voice off: {mute}", Tested: "{device}: the test was sent. Look and listen.", Failed: "{device}: {text}", Testing: "Testing {device} …",
	NotHere:     Sentence{"There is nothing to test: this till has none.", "[{device}] in the configuration switches one on."},
	NoPrinter:   Sentence{"This till has no printer.", "Show the sale on the screen: {refund} finds it again."},
	Copy:        Sentence{"Copy {n} goes to the printer.", "Look at the paper."},
	CopyWaits:   Sentence{"Copy {n} waits for the printer.", "The last row says what it lacks; it prints by itself then."},
	DrawerStays: Sentence{"It is written down; the printer that opens the drawer does not work now.", "Open the drawer with its key."},
	AgreeCopy:   "A further copy of the receipt of sale {tail}, {amount}",
	Speaks:      Sentence{"The voice is on.", "{mute} switches it off."},
	Silent:      Sentence{"The voice is off: look at the screen.", "{mute} switches it on."}, Line: "{n}: {text}", Pick: "{devices} 2 tests the second; {mute} voice off or on.",
}

var zhDevices = DevicePhrases{
	Title: "柜台设备", Next: "↑ ↓ 选设备，{enter} 测试，{mute} 语音关或开，{esc} 返回",
	Names: map[ledger.DeviceKind]string{
		ledger.DeviceScanner: "扫码枪", ledger.DevicePrinter: "打印机", ledger.DeviceVoice: "语音", ledger.DevicePole: "客显", ledger.DevicePage: "顾客网页",
	},
	States: map[ledger.DeviceState]string{
		ledger.DeviceOff: "没有{device}", ledger.DeviceReady: "{device}好", ledger.DeviceAbsent: "{device}断开：查线和电源",
		ledger.DeviceNoAccess: "{device}无权限：找支持", ledger.DeviceBusy: "{device}被占用：关掉别的程序",
		ledger.DeviceNoise: "{device}乱码：查波特率", ledger.DeviceNoPaper: "{device}缺纸：装上一卷，接着打",
		ledger.DeviceLowPaper: "{device}纸快完：备好一卷", ledger.DeviceOpen: "{device}：合上盖子",
		ledger.DeviceOffline: "{device}脱机：按走纸或联机键", ledger.DeviceMute: "{device}好，不报故障",
		ledger.DeviceFailed: "{device}出错：关电再开，再测试",
	},
	Voice: map[ledger.DeviceState]string{
		ledger.DeviceAbsent: "没有放音程序：找支持", ledger.DeviceFailed: "放不出声音：查音箱，再测试",
	},
	Since: "自 {time}", Hushed: "语音已关：{mute}", Tested: "{device}：测试已送出，请看、请听。", Failed: "{device}：{text}", Testing: "正在测试{device}…",
	NotHere:     Sentence{"没有可测试的：本机没有接。", "在配置里打开 [{device}]。"},
	NoPrinter:   Sentence{"本机没有打印机。", "给顾客看屏幕：{refund} 能再找到这笔。"},
	Copy:        Sentence{"第 {n} 份重打送去打印。", "看纸。"},
	CopyWaits:   Sentence{"第 {n} 份重打等打印机。", "最下一行写着缺什么；好了会自己打。"},
	DrawerStays: Sentence{"已记下；开钱箱的打印机现在不行。", "用钥匙开钱箱。"},
	AgreeCopy:   "再打一份小票：尾号 {tail}，{amount}",
	Speaks:      Sentence{"语音开着。", "{mute} 关掉。"},
	Silent:      Sentence{"语音关了：看屏幕。", "{mute} 打开。"}, Line: "{n}：{text}", Pick: "{devices} 2 测试第二个；{mute} 语音关或开。",
}
