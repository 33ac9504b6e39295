package assets

import "time"

// PairView is what the pairing page shows of a serial scanner: the last readings, newest first, and what they propose. No
// digits that may be a customer's code are in it, but the first two and the last two of each reading.
type PairView struct {
	Port      string // the configured port, its speed and line settings
	Readings  []PairReading
	Proposals []PairProposal
}

// PairReading is one thing that was scanned.
type PairReading struct {
	At    time.Time     // of the last byte
	Took  time.Duration // from the first byte to the last, as they arrived
	Bytes int
	End   string // the control characters that ended it ("CR LF"); empty: a silence did
	Cells []PairCell
}

// PairCell is one byte: how it is written for people, and in hexadecimal.
type PairCell struct{ Show, Hex string }

// PairHint is one thing that readings tell about a scanner's settings.
type PairHint string

// The hints. Each needs a sentence in every language.
const (
	HintNothing  PairHint = "nothing"  // heard yet
	HintGood     PairHint = "good"     // nothing has to change
	HintEnd      PairHint = "end"      // always the same one: it can be named
	HintNoEnd    PairHint = "no-end"   // none: every code would wait for Enter
	HintSpeed    PairHint = "speed"    // no text at all
	HintParity   PairHint = "parity"   // digits with a bit too many
	HintPrefix   PairHint = "prefix"   // the same text before each code
	HintSuffix   PairHint = "suffix"   // and behind it
	HintLetter   PairHint = "letter"   // a letter for the kind of barcode
	HintAIM      PairHint = "aim"      // AIM identifiers are on
	HintNoAIM    PairHint = "no-aim"   // and off
	HintACK      PairHint = "ack"      // it sends again after 2 s
	HintSlow     PairHint = "slow"     // it pauses within a code
	HintKeyboard PairHint = "keyboard" // it types instead
)

// PairHints lists them.
var PairHints = []PairHint{HintNothing, HintGood, HintEnd, HintNoEnd, HintSpeed, HintParity, HintPrefix, HintSuffix, HintLetter, HintAIM, HintNoAIM, HintACK, HintSlow, HintKeyboard}

// PairProposal is a hint with the line for the configuration that it proposes (empty: something is to be set on the
// scanner, or nothing), and a number for its sentence.
type PairProposal struct {
	Hint    PairHint
	Setting string
	N       int
}

// PairPhrases are those of the pairing page.
type PairPhrases struct {
	Title, Next      string
	NotCharged       string // what is scanned here pays nothing
	NoPort           string // no serial scanner is configured
	Read, ReadOpen   string // a reading with and without an end
	More             string // bytes that are not shown
	Hints            map[PairHint]string
	Setting          string // around a line for the configuration
	Proposes, Before string // headings
}

var enPair = PairPhrases{
	Title: "What the scanner sends", Next: "Scan a code; {esc} back", NotCharged: "Nothing scanned here is charged. Customers' digits are hidden.",
	NoPort: "No serial scanner is configured.",
	Read:   "{time}  {n} bytes in {seconds} s, ends with {text}", ReadOpen: "{time}  {n} bytes in {seconds} s, no end", More: "and {n} more bytes",
	Setting: "in the file, under [scanner]:  {text}", Proposes: "What follows from it", Before: "Before",
	Hints: map[PairHint]string{
		HintNothing:  "Nothing has arrived yet. Does the scanner beep? Then it may be set to keyboard: set it to USB virtual COM port.",
		HintGood:     "This works as it is.",
		HintEnd:      "Each code ends the same way; the till can insist on it:",
		HintNoEnd:    "Codes have no end, so each waits for Enter. Set the scanner to send CR (Enter) behind a code.",
		HintSpeed:    "This is no text: the speed differs. Set scanner and till to the same; 9600 is usual.",
		HintParity:   "Digits came with parity bits. Set the scanner to 8 data bits, no parity, 1 stop bit (8N1).",
		HintPrefix:   "The scanner puts a text before each code; the till can take it off:",
		HintSuffix:   "The scanner puts a text behind each code; the till can take it off:",
		HintLetter:   "The scanner puts a letter for the kind of barcode before each code; the till can take it off:",
		HintAIM:      "AIM identifiers are on: good, they tell products from customers' codes.",
		HintNoAIM:    "Advice: switch AIM identifiers on at the scanner; they tell products from customers' codes.",
		HintACK:      "It sends each code again after 2 s, waiting for an ACK. Switch ACK/NAK off on the scanner.",
		HintSlow:     "It pauses up to {n} ms within a code. Set the scanner's character delay to 0, or:",
		HintKeyboard: "A scanner typed {n} characters as a keyboard does. Set it to USB virtual COM port (serial).",
	},
}

var zhPair = PairPhrases{
	Title: "扫码枪发来了什么", Next: "请扫一个码；{esc} 返回", NotCharged: "在这里扫的码不会收款。顾客的数字已遮住。",
	NoPort: "没有设置串口扫码枪。",
	Read:   "{time}  {n} 字节，{seconds} 秒，结尾 {text}", ReadOpen: "{time}  {n} 字节，{seconds} 秒，没有结尾", More: "还有 {n} 字节",
	Setting: "写进配置文件 [scanner]：  {text}", Proposes: "由此可见", Before: "之前",
	Hints: map[PairHint]string{
		HintNothing:  "还没有收到任何内容。枪响了吗？那它可能是键盘模式：请设成 USB 虚拟串口。",
		HintGood:     "这样就可以用。",
		HintEnd:      "每个码的结尾都一样；可以只认这一种：",
		HintNoEnd:    "码没有结尾，每次都要按回车确认。请把扫码枪设成码后发 CR（回车）。",
		HintSpeed:    "这不是文字：波特率不对。请把扫码枪和本机设成一样，常用 9600。",
		HintParity:   "数字带着校验位。请把扫码枪设成 8 位数据、无校验、1 位停止（8N1）。",
		HintPrefix:   "扫码枪在每个码前加了一段字符；本机可以去掉：",
		HintSuffix:   "扫码枪在每个码后加了一段字符；本机可以去掉：",
		HintLetter:   "扫码枪在每个码前加了一个表示条码种类的字母；本机可以去掉：",
		HintAIM:      "AIM 标识已打开：很好，能分清商品条码和付款码。",
		HintNoAIM:    "建议：在扫码枪上打开 AIM 标识，能分清商品条码和付款码。",
		HintACK:      "它隔 2 秒重发同一个码，在等 ACK。请在扫码枪上关掉 ACK/NAK。",
		HintSlow:     "它在一个码中间会停 {n} 毫秒。请把扫码枪的字符间隔设成 0，或者：",
		HintKeyboard: "扫码枪像键盘一样打了 {n} 个字符。请把它设成 USB 虚拟串口。",
	},
}
