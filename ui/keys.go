package ui

import (
	"fmt"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/text/width"

	"guitai/assets"
	"guitai/ledger"
)

// action is what a key asks for.
type action int

const (
	actDigits action = iota + 1 // in the table for the help alone: digits go through the burst collector
	actEnter
	actBack
	actEsc
	actHelp
	actAlipay
	actWeChat
	actCode
	actStop
	actZoom
	actDrop
	actAside
	actPractice
	actDay
	actTest
	actRepaint
	actLeave
	actUp
	actDown
	actPageUp
	actPageDown
	actRefund
	actExceptions
	actDayBack
	actDayOn
	actResolve
	actByHand
	actShift
	actCards
	actDrill
	actGoTo
	actByChannel
	actByCashier
	actByState
	actSwitch
	actLock
	actCash
	actHold
	actHeld
	actMemo
	actWrong
	actKindBack
	actKindOn
	actField
	actNote10
	actNote20
	actNote50
	actNote100
	actProve
	actRepeat
	actTrain
	actAlerts
	actStatements
	actDevices
	actMute
	actPrint
	actTalk
	actThrowOut
	actOpenDoor
	actYes
	actNo
)

// place is a screen as the key table sees it; places combine.
type place uint64

const (
	atSale place = 1 << iota
	atCode
	atDay
	atHelp
	atPractice
	atTest
	atFind       // looking for a past sale
	atRefund     // an amount to give back, and what became of it
	atReason     // a person's reason for it
	atExceptions // the list of exceptions
	atEntry      // one of them
	atNote       // a person's words about it
	atCards      // the list of emergency cards
	atCard       // one of them, and what came of a drill
	atStory      // all that happened to a sale
	atPick       // who somebody is
	atPIN        // and the proof of it
	atTender     // money that comes without a channel
	atHeld       // the sales that wait
	atMemo       // a note on the sale
	atTaken      // what has come of a sale, piece by piece
	atShift      // the drawer, its shifts and reports
	atDrop       // why a sale is given up
	atAlerts     // patterns of trades to look at
	atEvidence   // what one of them rests on
	atStatements // the channels' statements, day by day
	atDiffers    // what one of them and the ledger do not agree on
	atDevices    // what stands on the counter
	atTalk       // words to whoever looks in, and theirs
	atHand       // what a visitor asks for
	atRing       // support is to be rung
	atSupport    // what support wants to know
	atGuest      // a visitor's menu
	atAsk        // what a visitor asks the counter for

	atLists    = atDay | atHelp | atPractice | atExceptions | atEntry | atCards | atCard | atStory | atHeld | atTaken | atShift | atAlerts | atEvidence | atStatements | atDiffers | atDevices | atSupport | atAsk
	atTyping   = atCode | atFind | atReason | atNote | atMemo | atWho | atTalk // characters are text there and no commands
	atMoney    = atRefund | atReason
	atWho      = atPick | atPIN
	everywhere = atSale | atCode | atLists | atTest | atFind | atMoney | atNote | atTender | atMemo | atWho | atDrop | atTalk | atHand | atRing | atGuest
)

// binding is one row of the key table.
type binding struct {
	do     action
	name   string   // in phrases: {stop}
	keys   []string // the first is shown in sentences, all of them in the help
	at     place
	phrase func(*assets.KeyPhrases) string
	footer func(*scene) bool // whether the footer shows it now; nil never does
}

// keyTable is every key of the till. Help, footer and the keys named in sentences are drawn from it.
type keyTable []binding

func always(*scene) bool { return true }

// sellKeys is the one table. Function keys have plain twins because terminals and SSH clients swallow some.
var sellKeys = keyTable{
	{actDigits, "digits", []string{"0-9", "."}, atSale, func(p *assets.KeyPhrases) string { return p.Digits }, nil},
	{actDigits, "digits", []string{"0-9"}, atCode, func(p *assets.KeyPhrases) string { return p.Code }, nil},
	{actEnter, "enter", []string{"enter"}, atSale, func(p *assets.KeyPhrases) string { return p.Enter }, func(s *scene) bool { return !s.draft.Empty() }},
	{actEnter, "enter", []string{"enter"}, atCode, func(p *assets.KeyPhrases) string { return p.SendCode }, always},
	{actEnter, "enter", []string{"enter"}, atPractice, func(p *assets.KeyPhrases) string { return p.PickCustomer }, nil},
	{actBack, "back", []string{"backspace"}, atSale | atCode | atDay | atFind | atMoney | atNote | atTender | atMemo | atShift, func(p *assets.KeyPhrases) string { return p.Back }, nil},
	{actEsc, "esc", []string{"esc"}, atSale, func(p *assets.KeyPhrases) string { return p.Esc }, nil},
	{actEsc, "esc", []string{"esc"}, atCode, func(p *assets.KeyPhrases) string { return p.DropCode }, always},
	{actDigits, "digits", []string{"0-9", ".", "-"}, atDay, func(p *assets.KeyPhrases) string { return p.DayDigits }, nil},
	{actEnter, "enter", []string{"enter"}, atDay, func(p *assets.KeyPhrases) string { return p.OpenStory }, always},
	{actByChannel, "bychannel", []string{"t"}, atDay, func(p *assets.KeyPhrases) string { return p.ByChannel }, nil},
	{actByCashier, "bycashier", []string{"c"}, atDay, func(p *assets.KeyPhrases) string { return p.ByCashier }, nil},
	{actByState, "bystate", []string{"z"}, atDay, func(p *assets.KeyPhrases) string { return p.ByState }, nil},
	{actDayBack, "dayback", []string{"left", "["}, atDay, func(p *assets.KeyPhrases) string { return p.DayBack }, nil},
	{actDayOn, "dayon", []string{"right", "]"}, atDay, func(p *assets.KeyPhrases) string { return p.DayOn }, nil},
	{actGoTo, "goto", []string{"g"}, atDay, func(p *assets.KeyPhrases) string { return p.GoTo }, nil},
	{actEnter, "enter", []string{"enter"}, atFind, func(p *assets.KeyPhrases) string { return p.OpenSale }, always},
	{actEnter, "enter", []string{"enter"}, atMoney | atEntry | atNote, func(p *assets.KeyPhrases) string { return p.RefundOn }, nil},
	{actEnter, "enter", []string{"enter"}, atExceptions, func(p *assets.KeyPhrases) string { return p.OpenEntry }, anyException},
	{actDigits, "digits", []string{"0-9"}, atCards, func(p *assets.KeyPhrases) string { return p.PickCard }, nil},
	{actEnter, "enter", []string{"enter"}, atCards, func(p *assets.KeyPhrases) string { return p.OpenCard }, always},
	{actEsc, "esc", []string{"esc"}, atLists, func(p *assets.KeyPhrases) string { return p.CloseList }, always},
	{actDigits, "digits", []string{"0-9", ".", ":"}, atFind, func(p *assets.KeyPhrases) string { return p.Narrow }, nil},
	{actDigits, "digits", []string{"0-9", "."}, atRefund, func(p *assets.KeyPhrases) string { return p.RefundAmount }, nil},
	{actDigits, "digits", []string{"1-5"}, atReason, func(p *assets.KeyPhrases) string { return p.RefundWords }, nil},
	{actEsc, "esc", []string{"esc"}, atFind | atMoney | atNote, func(p *assets.KeyPhrases) string { return p.CloseList }, always},
	{actDigits, "digits", []string{"0-9", "."}, atTender, func(p *assets.KeyPhrases) string { return p.Given }, nil},
	{actEnter, "enter", []string{"enter"}, atTender, func(p *assets.KeyPhrases) string { return p.Take }, always},
	{actEnter, "enter", []string{"enter"}, atMemo, func(p *assets.KeyPhrases) string { return p.KeepMemo }, always},
	{actEnter, "enter", []string{"enter"}, atHeld, func(p *assets.KeyPhrases) string { return p.Resume }, always},
	{actEsc, "esc", []string{"esc"}, atTender | atMemo, func(p *assets.KeyPhrases) string { return p.CloseList }, always},
	{actEnter, "enter", []string{"enter"}, atTaken, func(p *assets.KeyPhrases) string { return p.Refund }, always},
	{actProve, "prove", []string{"p"}, atTaken, func(p *assets.KeyPhrases) string { return p.Prove }, nil},
	{actKindBack, "kindback", []string{"left", "-"}, atTender, func(p *assets.KeyPhrases) string { return p.KindBack }, nil},
	{actKindOn, "kindon", []string{"right", "+"}, atTender, func(p *assets.KeyPhrases) string { return p.KindOn }, always},
	{actField, "field", []string{"down", "n"}, atTender, func(p *assets.KeyPhrases) string { return p.Field }, nil},
	{actNote10, "note10", []string{"f5", "a"}, atTender, func(p *assets.KeyPhrases) string { return p.Note10 }, nil},
	{actNote20, "note20", []string{"f6", "s"}, atTender, func(p *assets.KeyPhrases) string { return p.Note20 }, nil},
	{actNote50, "note50", []string{"f7", "d"}, atTender, func(p *assets.KeyPhrases) string { return p.Note50 }, nil},
	{actNote100, "note100", []string{"f8", "f"}, atTender, func(p *assets.KeyPhrases) string { return p.Note100 }, nil},
	{actDayBack, "dayback", []string{"left", "-"}, atFind, func(p *assets.KeyPhrases) string { return p.DayBack }, nil},
	{actDayOn, "dayon", []string{"right", "+"}, atFind, func(p *assets.KeyPhrases) string { return p.DayOn }, nil},
	{actResolve, "resolve", []string{"n"}, atEntry, func(p *assets.KeyPhrases) string { return p.Resolve }, always},
	{actByHand, "byhand", []string{"f2", "ctrl+t"}, atNote, func(p *assets.KeyPhrases) string { return p.ByHand }, nil},
	{actAlipay, "alipay", []string{"f2", "a"}, atSale, func(p *assets.KeyPhrases) string { return p.Alipay }, mayAskQR},
	{actAlipay, "alipay", []string{"f2", "a"}, atPractice, func(p *assets.KeyPhrases) string { return p.CustomerAlipay }, always},
	{actWeChat, "wechat", []string{"f3", "w"}, atSale, func(p *assets.KeyPhrases) string { return p.WeChat }, mayAskQR},
	{actWeChat, "wechat", []string{"f3", "w"}, atPractice, func(p *assets.KeyPhrases) string { return p.CustomerWeChat }, always},
	{actStop, "stop", []string{"f4", "s"}, atSale, func(p *assets.KeyPhrases) string { return p.Stop }, mayStop},
	{actCode, "code", []string{"f5", "c"}, atSale, func(p *assets.KeyPhrases) string { return p.Code }, mayScan},
	{actZoom, "zoom", []string{"f7", "z"}, atSale, func(p *assets.KeyPhrases) string { return p.Zoom }, mayZoom},
	{actDrop, "drop", []string{"f6", "x"}, atSale, func(p *assets.KeyPhrases) string { return p.Drop }, mayDrop},
	{actAside, "aside", []string{"f8", "n"}, atSale, func(p *assets.KeyPhrases) string { return p.Aside }, maySetAside},
	{actPractice, "practice", []string{"f9", "t"}, atSale, func(p *assets.KeyPhrases) string { return p.Practice }, func(s *scene) bool { return s.practice }},
	{actDay, "day", []string{"f10", "d"}, atSale, func(p *assets.KeyPhrases) string { return p.Day }, always},
	{actRefund, "refund", []string{"r"}, atSale, func(p *assets.KeyPhrases) string { return p.Refund }, mayRefund},
	{actRefund, "refund", []string{"r"}, atDay | atStory, func(p *assets.KeyPhrases) string { return p.Refund }, always},
	{actRefund, "refund", []string{"r"}, atEntry, func(p *assets.KeyPhrases) string { return p.Refund }, nil},
	{actExceptions, "exceptions", []string{"e"}, atSale | atDay | atStatements | atDiffers, func(p *assets.KeyPhrases) string { return p.Exceptions }, anyException},
	{actAlerts, "alerts", []string{"f9", "y"}, atDay, func(p *assets.KeyPhrases) string { return p.Alerts }, maySeeAlerts},
	{actAlerts, "alerts", []string{"j"}, atSale, func(p *assets.KeyPhrases) string { return p.Alerts }, nil},
	{actEnter, "enter", []string{"enter"}, atAlerts, func(p *assets.KeyPhrases) string { return p.OpenAlert }, always},
	{actEnter, "enter", []string{"enter"}, atEvidence, func(p *assets.KeyPhrases) string { return p.OpenStory }, always},
	{actStatements, "statements", []string{"f8", "m"}, atDay, func(p *assets.KeyPhrases) string { return p.Statements }, maySeeStatements},
	{actStatements, "statements", []string{"f"}, atSale, func(p *assets.KeyPhrases) string { return p.Statements }, nil},
	{actEnter, "enter", []string{"enter"}, atStatements, func(p *assets.KeyPhrases) string { return p.OpenStatement }, always},
	{actEnter, "enter", []string{"enter"}, atDiffers, func(p *assets.KeyPhrases) string { return p.OpenStory }, always},
	{actDevices, "devices", []string{"/"}, atSale, func(p *assets.KeyPhrases) string { return p.Devices }, nil},
	{actEnter, "enter", []string{"enter"}, atDevices, func(p *assets.KeyPhrases) string { return p.TryDevice }, always},
	{actMute, "mute", []string{"%"}, atSale | atDevices, func(p *assets.KeyPhrases) string { return p.Mute }, nil},
	{actPrint, "print", []string{"="}, atSale | atStory, func(p *assets.KeyPhrases) string { return p.Print }, mayPrint},
	{actShift, "shift", []string{"k"}, atSale, func(p *assets.KeyPhrases) string { return p.Shift }, nil},
	{actDigits, "digits", []string{"0-9", "."}, atShift, func(p *assets.KeyPhrases) string { return p.ShiftDigits }, nil},
	{actEnter, "enter", []string{"enter"}, atShift, func(p *assets.KeyPhrases) string { return p.ShiftOn }, nil},
	{actTalk, "talk", []string{"f11", "@"}, everywhere &^ (atTest | atTyping), func(p *assets.KeyPhrases) string { return p.Talk }, nil}, // the bar names it
	{actTalk, "talk", []string{"f11"}, atTyping &^ atWho, func(p *assets.KeyPhrases) string { return p.Talk }, nil},
	{actEnter, "enter", []string{"enter"}, atTalk, func(p *assets.KeyPhrases) string { return p.SayLine }, always},
	{actBack, "back", []string{"backspace"}, atTalk | atAsk, func(p *assets.KeyPhrases) string { return p.Back }, nil},
	{actYes, "yes", []string{"y"}, atHand, func(p *assets.KeyPhrases) string { return p.HandYes }, always},
	{actNo, "no", []string{"n"}, atHand, func(p *assets.KeyPhrases) string { return p.HandNo }, always},
	{actEnter, "enter", []string{"enter"}, atRing, func(p *assets.KeyPhrases) string { return p.RingNow }, always},
	{actOpenDoor, "opendoor", []string{"o"}, atRing, func(p *assets.KeyPhrases) string { return p.OpenDoor }, nil}, // the screen names it
	{actEsc, "esc", []string{"esc"}, atTalk | atHand | atRing, func(p *assets.KeyPhrases) string { return p.CloseList }, always},
	{actEsc, "esc", []string{"esc"}, atGuest, func(p *assets.KeyPhrases) string { return p.Leave }, nil},
	{actDigits, "digits", []string{"1-6"}, atGuest, func(p *assets.KeyPhrases) string { return p.PickMenu }, nil},
	{actDigits, "digits", []string{"0-9"}, atAsk, func(p *assets.KeyPhrases) string { return p.Narrow }, nil},
	{actEnter, "enter", []string{"enter"}, atAsk, func(p *assets.KeyPhrases) string { return p.AskOn }, always},
	{actTest, "test", []string{"i"}, atSale, func(p *assets.KeyPhrases) string { return p.Test }, nil},
	{actEnter, "enter", []string{"enter"}, atTest, func(p *assets.KeyPhrases) string { return p.Ring }, always},
	{actEsc, "esc", []string{"esc"}, atTest, func(p *assets.KeyPhrases) string { return p.CloseList }, always},
	{actHelp, "help", []string{"f1", "?", "h"}, atSale | atDay | atPractice | atExceptions | atEntry | atRefund | atCards | atCard | atStory | atTender | atHeld | atTaken | atShift | atAlerts | atEvidence | atStatements | atDiffers | atDevices | atHand | atRing | atSupport | atGuest | atAsk, func(p *assets.KeyPhrases) string { return p.Help }, always},
	{actCash, "cash", []string{"m"}, atSale, func(p *assets.KeyPhrases) string { return p.Cash }, mayTender},
	{actHold, "hold", []string{"g"}, atSale, func(p *assets.KeyPhrases) string { return p.Hold }, mayHold},
	{actHeld, "held", []string{"v"}, atSale, func(p *assets.KeyPhrases) string { return p.Held }, func(s *scene) bool { return s.held > 0 }},
	{actMemo, "memo", []string{"b"}, atSale, func(p *assets.KeyPhrases) string { return p.Memo }, nil},
	{actRepeat, "repeat", []string{"p"}, atSale, func(p *assets.KeyPhrases) string { return p.Repeat }, nil},
	{actTrain, "train", []string{"y"}, atSale, func(p *assets.KeyPhrases) string { return p.Train }, nil},
	{actDigits, "digits", []string{"1-4"}, atDrop, func(p *assets.KeyPhrases) string { return p.DropWhy }, nil},
	{actEsc, "esc", []string{"esc"}, atDrop, func(p *assets.KeyPhrases) string { return p.CloseList }, always},
	{actWrong, "wrong", []string{"u"}, atSale, func(p *assets.KeyPhrases) string { return p.Wrong }, nil},
	{actHelp, "help", []string{"f1"}, atTyping, func(p *assets.KeyPhrases) string { return p.Help }, always},
	{actDrill, "drill", []string{"f9", "t"}, atCard, func(p *assets.KeyPhrases) string { return p.Drill }, nil},
	{actCards, "cards", []string{"f12", "!"}, atSale | atDay | atHelp | atPractice | atExceptions | atEntry | atRefund | atTender | atHeld | atTaken | atAlerts | atEvidence | atStatements | atDiffers | atDevices, func(p *assets.KeyPhrases) string { return p.Cards }, nil}, // the status row names it
	{actCards, "cards", []string{"f12"}, atTyping, func(p *assets.KeyPhrases) string { return p.Cards }, nil},
	{actUp, "up", []string{"up", "k"}, atLists, func(p *assets.KeyPhrases) string { return p.Up }, nil},
	{actDown, "down", []string{"down", "j"}, atLists, func(p *assets.KeyPhrases) string { return p.Down }, nil},
	{actPageUp, "pageup", []string{"pgup", "b"}, atLists, func(p *assets.KeyPhrases) string { return p.PageUp }, nil},
	{actPageDown, "pagedown", []string{"pgdown", "f"}, atLists, func(p *assets.KeyPhrases) string { return p.PageDown }, nil},
	{actUp, "up", []string{"up", "ctrl+p"}, atFind, func(p *assets.KeyPhrases) string { return p.Up }, nil},
	{actDown, "down", []string{"down", "ctrl+n"}, atFind, func(p *assets.KeyPhrases) string { return p.Down }, nil},
	{actPageUp, "pageup", []string{"pgup", "ctrl+b"}, atFind, func(p *assets.KeyPhrases) string { return p.PageUp }, nil},
	{actPageDown, "pagedown", []string{"pgdown", "ctrl+f"}, atFind, func(p *assets.KeyPhrases) string { return p.PageDown }, nil},
	{actSwitch, "switch", []string{"o"}, atSale, func(p *assets.KeyPhrases) string { return p.Switch }, staffed},
	{actLock, "lock", []string{"l"}, atSale, func(p *assets.KeyPhrases) string { return p.Lock }, staffed},
	{actDigits, "digits", []string{"1-9", "a-z"}, atPick, func(p *assets.KeyPhrases) string { return p.PickPerson }, nil},
	{actDigits, "digits", []string{"0-9"}, atPIN, func(p *assets.KeyPhrases) string { return p.KeyPIN }, nil},
	{actEnter, "enter", []string{"enter"}, atWho, func(p *assets.KeyPhrases) string { return p.GoOn }, nil},
	{actBack, "back", []string{"backspace"}, atPIN, func(p *assets.KeyPhrases) string { return p.Back }, nil},
	{actEsc, "esc", []string{"esc"}, atWho, func(p *assets.KeyPhrases) string { return p.CloseList }, nil},
	{actUp, "up", []string{"up", "ctrl+p"}, atWho, func(p *assets.KeyPhrases) string { return p.OtherPerson }, nil},
	{actDown, "down", []string{"down", "ctrl+n"}, atWho, func(p *assets.KeyPhrases) string { return p.OtherPerson }, nil},
	{actRepaint, "repaint", []string{"ctrl+l"}, everywhere, func(p *assets.KeyPhrases) string { return p.Repaint }, nil},
	{actThrowOut, "throwout", []string{"ctrl+x"}, everywhere, func(p *assets.KeyPhrases) string { return p.ThrowOut }, nil}, // the bar names it
	{actLeave, "leave", []string{"ctrl+c"}, everywhere, func(p *assets.KeyPhrases) string { return p.Leave }, nil},
	{actLeave, "leave", []string{"q"}, atGuest, func(p *assets.KeyPhrases) string { return p.Leave }, nil},
}

// The footer's questions: what makes sense now. They guard nothing; Book refuses what is not allowed.

func mayAskQR(s *scene) bool {
	live := s.live()
	return s.draft.Empty() && s.hasSale && (s.sale.MayAsk() == nil || live != nil && live.State == ledger.Waiting && live.Way == ledger.ByQR && !doubted(live))
}

func mayScan(s *scene) bool { return mayAskQR(s) }

func mayStop(s *scene) bool {
	live := s.live()
	return live != nil && live.State != ledger.Stopping && live.State != ledger.Closing
}

func mayZoom(s *scene) bool {
	live := s.live()
	return s.draft.Empty() && live != nil && live.State == ledger.Waiting && live.Way == ledger.ByQR && !doubted(live)
}

func staffed(s *scene) bool { return s.staffed && s.draft.Empty() && s.live() == nil }

func mayPrint(s *scene) bool {
	return s.hasSale && s.draft.Empty() && s.sale.Settled() && s.board.Device(ledger.DevicePrinter).State != ledger.DeviceOff
}

func anyException(s *scene) bool { return s.warnings > 0 }

func maySeeAlerts(s *scene) bool { return s.staffed && s.actor.May(ledger.RightAlerts) == nil }

func maySeeStatements(s *scene) bool { return s.staffed && seesStatements(s.actor) == nil }

func mayRefund(s *scene) bool { return s.draft.Empty() && s.live() == nil }

func mayDrop(s *scene) bool { return s.draft.Empty() && s.hasSale && s.sale.MayDrop() == nil }

func mayTender(s *scene) bool { return !s.draft.Empty() || s.hasSale && s.sale.MayTender(false) == nil }

func mayHold(s *scene) bool { return s.draft.Empty() && s.hasSale && s.sale.MayHold() == nil }

func maySetAside(s *scene) bool {
	if !s.hasSale {
		return false
	}
	reason := ledger.ReasonOf(s.sale.MayAsk())
	return reason == ledger.ReasonUnresolved || reason == ledger.ReasonLateMoney
}

// find gives the action of a key at a place, or 0.
func (t keyTable) find(at place, key string) action {
	for i := range t {
		if t[i].at&at == 0 || t[i].do == actDigits {
			continue
		}
		for _, k := range t[i].keys {
			if k == key {
				return t[i].do
			}
		}
	}
	return 0
}

// check refuses a table in which one key means two things at one place, or an action has no key.
func (t keyTable) check() error {
	for at := atSale; at < everywhere; at <<= 1 {
		taken := map[string]string{}
		for _, b := range t {
			if b.at&at == 0 {
				continue
			}
			if len(b.keys) == 0 {
				return fmt.Errorf("%s has no key", b.name)
			}
			for _, key := range b.keys {
				if other, twice := taken[key]; twice {
					return fmt.Errorf("key %s is bound to %s and to %s", key, other, b.name)
				}
				taken[key] = b.name
			}
		}
	}
	return nil
}

// names gives the pairs for assets.Fill that put each key's label into a sentence.
func (t keyTable) names() []string {
	var pairs []string
	for _, b := range t {
		pairs = append(pairs, b.name, keyLabel(b.keys[0]))
	}
	return pairs
}

// keyLabel is how a key is written for people.
func keyLabel(key string) string {
	switch key {
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "pgup":
		return "PgUp"
	case "pgdown":
		return "PgDn"
	case "left":
		return "←"
	case "right":
		return "→"
	}
	if letter, ok := strings.CutPrefix(key, "ctrl+"); ok {
		return "Ctrl-" + strings.ToUpper(letter)
	}
	if utf8.RuneCountInString(key) < 2 {
		return key
	}
	return strings.ToUpper(key[:1]) + key[1:]
}

// press is one key as the till reads it, or a whole scan that was keyed in.
type press struct {
	key  string // "f2", "a", "7", "enter"
	char rune   // the printable character, or 0
	text string // what was typed, as it was typed; for screens that take words
	alt  bool   // it came glued to an Esc
	scan *ledger.Scan
	// pasted is text that was pasted, which is neither.
	pasted []byte
}

// readKey translates a key message: keypad keys are ordinary ones, full-width characters of a Chinese input method are
// the keys under them, and capitals are small letters.
func readKey(k tea.KeyPressMsg) press {
	p := press{alt: k.Mod.Contains(tea.ModAlt), text: k.Text}
	k.Mod &^= tea.ModAlt | tea.ModShift | tea.ModCapsLock | tea.ModNumLock
	p.key = k.Keystroke()
	switch {
	case p.key == "period":
		p.key = "."
	case k.Text != "":
		p.key = strings.ToLower(width.Narrow.String(k.Text))
		switch p.key { // as a Chinese input method writes them, narrowed or not
		case "。", "｡":
			p.key = "."
		case "、", "､":
			p.key = "/"
		}
	}
	if r, size := utf8.DecodeRuneInString(p.key); size == len(p.key) && r > ' ' && r != utf8.RuneError {
		p.char = r
	}
	return p
}
