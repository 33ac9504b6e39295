// Package assets holds what is compiled into the program and is no code: here, every sentence that a person at the till
// can read, in Chinese and English. One field is one phrase, so a missing phrase is a compiler's or a test's error and
// never an empty place on the screen.
//
// Phrases hold names in braces: {amount} is yuan with two decimals, {tail} a sale's four digits, {seconds} whole
// seconds, {enter} or {stop} the key of that name as the key table has it. Both languages name the same things.
package assets

import (
	"errors"
	"strings"

	"guitai/ledger"
)

// Lang is a language of the screen.
type Lang string

// The languages.
const (
	Zh Lang = "zh"
	En Lang = "en"
)

// Langs lists the languages.
var Langs = []Lang{Zh, En}

// For gives the phrases of a language; an unknown one reads English. The caller must not change them.
func For(lang Lang) *Phrases {
	if lang == Zh {
		return &zh
	}
	return &en
}

// Fill puts values into a phrase: pairs of a name without braces and its value.
func Fill(phrase string, pairs ...string) string {
	if !strings.Contains(phrase, "{") {
		return phrase
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		phrase = strings.ReplaceAll(phrase, "{"+pairs[i]+"}", pairs[i+1])
	}
	return phrase
}

// Refusal turns an error into one line for a terminal without a screen: the sentence, the next step, the code for
// support and the cause. An error that is no refusal is given as it is.
func (p *Phrases) Refusal(err error) string {
	reason := ledger.ReasonOf(err)
	sentence, ok := p.Reasons[reason]
	if !ok {
		return err.Error()
	}
	line := sentence.Says
	if !strings.Contains(sentence.Next, "{") { // the screen's keys mean nothing here
		line += " " + sentence.Next
	}
	line += " [" + string(reason) + "]"
	var refusal *ledger.Refusal
	errors.As(err, &refusal)
	if cause := refusal.Unwrap(); cause != nil {
		line += " " + cause.Error()
	}
	return line
}

// Sentence is what happened and which key comes next.
type Sentence struct{ Says, Next string }

// Outcome is how one attempt state reads: its word on the banner, a short word for lists, one sentence of what it means
// for the cashier, and the next key.
type Outcome struct{ Word, Short, Says, Next string }

// Phrases are all sentences of one language.
type Phrases struct {
	Title, Training, Sandbox string   // of the header; the last two are watermarks
	InTraining               Sentence // training is wanted where it is on already
	AgreeTrain               string   // what a second person agrees to
	Cashier                  string
	TooSmall                 string // the one sentence below the smallest window

	Keying, ToPay, NothingKeyed string // labels of the big amount
	Tail, LastSale, Order       string
	NoSale, Draft, Ready        Sentence // nothing keyed, an amount keyed, an amount settled
	ReadyDefault                Sentence // settled, and Enter shows the default channel's QR

	States      map[ledger.AttemptState]Outcome
	WaitingQR   Outcome                        // Waiting, while the customer scans the till's QR
	Refunded    Outcome                        // Orphan, when the money has been given back by somebody else
	Heads       map[ledger.AttemptState]string // above the amount, where it is not, or no longer, simply to be paid
	Truths      map[ledger.Truth]string
	Channels    map[ledger.Channel]string
	Notes       map[ledger.Note]string
	Doubted     map[ledger.Note]string // an answer that said paid and was not believed, in place of the channel's own words
	StopWhys    map[ledger.StopWhy]string
	Reasons     map[ledger.Reason]Sentence
	Looks       map[ledger.Looks]string
	LooksLike   string // sentence around one of Looks
	Links       map[ledger.LinkState]string
	Mended      string // the ledger's files were repaired today
	DiskLow     string // little room is left
	LedgerFault string // damage was found while the till is open
	NoOutside   string // the newest checkpoint could not be kept outside
	NoBackup    string // the backup is not up to date
	Dark        string // no customer display follows the till any more
	Scanners    map[ledger.DeviceState]string
	DoingNow    map[ledger.Request]string // a request is in flight
	DoingNext   map[ledger.Request]string // a request is due in some seconds
	DoingTries  string
	DoingSoon   string // owed, and the worker has not said when
	ReverseWait string // WeChat Pay takes a reverse only 15 s after the charge
	Elapsed     string
	AgoSeconds  string // since the money came
	AgoMinutes  string
	AtMost      string // how long the till goes on by itself
	LastPay     string // after which no payment can begin
	CodeOf      string
	QRLeft      string
	ChannelNo   string
	ChannelSays string

	QRBeside                      string // it fits into the whole window, and not beside the amount
	QRSmall, QRNoColor, QRFailed  string
	QRNext                        string // the next key while the QR cannot be drawn
	QRWholeNext                   string // the same where it can be drawn in the whole window
	Pair                          PairPhrases
	TestTitle, TestTerm, TestNext string // the installer's self-test: what the till knows of the terminal
	TestKeys                      string // before the keys that were pressed
	TestScanPort                  string // the serial scanner's code had no end
	TestScan, TestScanOpen        string // a scanner that types, with and without an Enter at the end
	TestQR, TestNoQR, TestRuler   string // what an eye or a phone has to judge
	QRSeconds                     string // there
	QRBack                        string // at the top of a QR in the whole window
	NoQRNow                       string
	Suspect, AskBand, AskLeave    Sentence
	FastEnter, Pasted, TooLong    Sentence
	AskPaste                      Sentence                   // is what was pasted the customer's code?
	WedgePieces                   Sentence                   // more digits than an amount has, and Enter
	WedgeCaps, WedgeMethod        Sentence                   // a scanner typed through locked capitals, or through an input method
	NotADigit                     Sentence                   // a letter in the box for a typed code
	NotKeyed                      string                     // a key that would have changed the amount under a running payment
	Writing                       Sentence                   // the disk takes its time
	Failed                        Sentence                   // an error that is no refusal
	Stopped                       map[ledger.Reason][]string // nothing may be written; the whole window

	Backlog  string
	Open     string // sales whose end is not known
	Clock    string // the channels' clock differs from ours
	Warnings string // exceptions, with the newest one named; the next four follow it, as far as they are known
	Named    string // the amount the channel named
	NowIs    string // how the sale stands now
	Stays    string // how an exception leaves the list
	Resists  string // the same for an order that the channel does not let end
	GoesBack string // the same for money that the till gives back by itself
	Settles  string // the same for a refund

	CodeTitle, CodeCount, CodeNone string
	CodeNext                       string

	DayTitle, DayLoading, DayEmpty, DayFailed        string
	DayTime, DayTail, DayAmount, DayChannel, DayWay  string
	DayTruth                                         string
	DayState, DayTotal, DayAll, DayDropped, DayAside string
	DayNext, ByCode, ByQR, DayUnpaid                 string

	HelpTitle, HelpCustomers, HelpNext string
	HelpWords                          []string // the first is their title
	PracticeTitle                      string
	PracticeNext, PracticeQR           string // without and with a QR on the screen
	MoreAbove, MoreBelow               string // rows of a list that are not in sight

	Refund    RefundPhrases
	Exception ExceptionPhrases
	Shift     ShiftPhrases
	Card      CardPhrases
	Daybook   DaybookPhrases
	Story     StoryPhrases
	Staff     StaffPhrases
	Tender    TenderPhrases
	Alert     AlertPhrases
	Statement StatementPhrases
	Device    DevicePhrases
	Watch     WatchPhrases
	Attach    AttachPhrases
	Guest     GuestPhrases
	Voice     VoicePhrases // what the till says aloud

	Keys    KeyPhrases
	Display DisplayPhrases // the customer's screen
	Receipt ReceiptPhrases // the e-receipt
	Page    PagePhrases    // the customer's page
	Slip    SlipPhrases    // what the receipt printer prints
	Plain   PlainPhrases   // the line mode
}

// KeyPhrases say what each key does, short enough for the footer.
type KeyPhrases struct {
	Digits, Enter, Back, Esc                 string
	Help, Alipay, WeChat, Code, Stop, Drop   string
	Zoom, Test, Ring                         string
	Aside, Practice, Day, Repaint, Leave     string
	Up, Down, PageUp, PageDown               string
	SendCode, CustomerAlipay, CustomerWeChat string
	PickCustomer, CloseList, DropCode        string
	Refund, Exceptions, OpenSale             string
	Narrow, DayBack, DayOn                   string
	OpenStory, DayDigits, GoTo               string
	ByChannel, ByCashier, ByState            string
	RefundAmount, RefundWords, RefundOn      string
	OpenEntry, Resolve, ByHand               string
	Shift, ShiftDigits, ShiftOn              string
	Cards, PickCard, OpenCard, Drill         string
	Switch, Lock, PickPerson, KeyPIN         string
	GoOn, OtherPerson                        string
	Cash, Hold, Held, Memo, Wrong, KeepMemo  string
	Given, Take, KindBack, KindOn, Field     string
	Note10, Note20, Note50, Note100, Resume  string
	Prove, Repeat, DropWhy, Train            string
	Alerts, OpenAlert                        string
	Statements, OpenStatement                string
	Devices, TryDevice, Mute, Print          string
	Talk, ThrowOut, SayLine, HandYes, HandNo string
	OpenDoor                                 string
	PickMenu, AskOn, RingNow                 string
}
