package ui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
)

// This file does what lines ask for. A letter is the plain twin of a key (keys.go); these words are the line mode's own.
const (
	wordLeave = "quit"
	wordQR    = "q"
)

var wordsYes = map[string]bool{"yes": true, "y": true, "是": true}

// act does what one line asks for. What was asked is answered by a word that no scanner and no bouncing key gives; any
// other line, but an empty one, is a no.
func (p *plain) act(line typed) (left bool) {
	if line.key {
		return p.leave()
	}
	defer line.wipe()
	if p.door != nil && p.asked == askNothing {
		return p.atDoor(&line)
	}
	if p.pinAgain(&line) {
		p.tellNote(note{sentence: p.app.words.Staff.Again})
		return false
	}
	awaited := p.awaits
	looks := line.looks(awaited)
	if looks == isCode && p.talk == nil && p.asksFor(&line) {
		looks = isWord
	}
	if looks == isEmpty {
		if p.talk != nil {
			p.tellTalk()
			return false
		}
		p.tellAll()
		return false
	}
	p.awaits = false
	if p.tests && !p.suspect && p.asked == askNothing {
		p.counted(&line)
		return false
	}
	word := ""
	if looks == isWord { // fewer digits than a code has: it may become a string
		word = strings.ToLower(string(line.text))
		if word == wordLeave {
			return p.leave()
		}
		if !p.suspect && p.asked == askNothing && p.wantsMore(word) {
			return false
		}
	}
	if p.talk != nil && !p.suspect && p.asked == askNothing {
		p.app.quiet()
		if p.talkOn(&line, looks) {
			return false
		}
	}
	p.answer(&line, looks, word)
	return false
}

// answer takes a line as the answer to what was asked, and otherwise for what it is.
func (p *plain) answer(line *typed, looks kind, word string) {
	suspect, asked := p.suspect, p.asked
	p.suspect, p.asked = false, askNothing
	p.app.quiet()
	if wordsYes[word] && (suspect || asked == askBand || asked == askCash || asked == askRing) {
		p.agree(suspect, asked, line.at)
		return
	}
	p.app.dropSuspect()
	p.told.hasSuspect = false
	if p.door != nil { // a question was up over the sign-in, and is answered with no
		p.tellDoor()
		return
	}
	switch looks {
	case isCode:
		p.scan(line.code(), line.at)
	case isTooFast:
		p.tellNote(note{sentence: p.app.words.Plain.Fast})
	case isAmount:
		p.amount(line.text)
	default:
		p.word(word, line)
	}
}

// agree does what was asked about, when the answer was given to that question and not typed before it.
func (p *plain) agree(suspect bool, asked question, at time.Time) {
	switch {
	case at.Sub(p.askedAt) < dialogGrace:
		p.suspect, p.asked = suspect, asked
		p.tellQuestion()
	case suspect:
		actor := p.app.actor
		p.intend(actCode, func(ctx context.Context) ([]string, error) {
			return nil, p.app.book.AgreeSuspect(ctx, actor)
		})
	case asked == askCash:
		p.tender(p.offer)
	case asked == askRing:
		p.ringNow()
	default:
		p.settle(true)
	}
}

// leave asks once and leaves the second time.
func (p *plain) leave() (left bool) {
	if p.asked == askLeave && !p.suspect {
		return true
	}
	p.suspect = false
	p.app.dropSuspect()
	p.told.hasSuspect = false
	p.question(askLeave)
	return false
}

// amount keys a whole amount and settles it. What does not fit stays keyed: as on the screen, the Book charges nothing
// while an unsettled amount stands.
func (p *plain) amount(text []byte) {
	p.app.desk.ClearDraft()
	for _, c := range text {
		if c == ' ' {
			continue
		}
		if err := p.app.desk.Key(rune(c)); err != nil {
			p.refuse(err)
			return
		}
	}
	p.app.scene.draft = p.app.book.Draft().Keyed
	p.settle(false)
}

func (p *plain) settle(agreed bool) {
	a := p.app
	actor := a.actor
	p.intend(actEnter, func(ctx context.Context) ([]string, error) { return nil, a.book.Settle(ctx, actor, agreed) })
}

func (p *plain) scan(code []byte, at time.Time) {
	a := p.app
	actor := a.actor
	p.intend(actCode, func(ctx context.Context) ([]string, error) {
		return nil, a.book.Scan(ctx, actor, ledger.Scan{Text: code, At: at})
	})
}

func (p *plain) ask(channel ledger.Channel) {
	a := p.app
	actor := a.actor
	p.intend(actAlipay, func(ctx context.Context) ([]string, error) { return nil, a.book.Ask(ctx, actor, channel) })
}

// word takes a line that is neither an amount nor a code.
func (p *plain) word(word string, line *typed) {
	letter, rest, more := strings.Cut(word, " ")
	do := p.app.keys.find(atSale, letter)
	talks := do == actRefund || do == actExceptions || do == actMemo || do == actDay || do == actShift || do == actTalk
	if talks { // as it was typed: words are kept
		_, rest, more = strings.Cut(string(line.text), " ")
	}
	if len(letter) != 1 || more && !moreWords[do] || do == actPractice && p.app.practice == nil {
		do = 0
	}
	switch {
	case word == wordQR:
		p.tellQR()
	case p.command(do, strings.TrimSpace(rest)):
	case line.fast: // some other barcode; the Book names what it looks like
		p.scan(line.code(), line.at)
	default:
		p.tellNote(note{sentence: p.app.words.Plain.Unknown})
	}
}

// command does what a letter asks for; done is false when it is no command.
func (p *plain) command(do action, rest string) (done bool) {
	a := p.app
	switch do {
	case actAlipay, actWeChat:
		switch {
		case !a.scene.draft.Empty():
			p.tellNote(note{sentence: a.words.Draft})
		case do == actAlipay:
			p.ask(ledger.Alipay)
		default:
			p.ask(ledger.WeChat)
		}
	case actStop:
		actor := a.actor
		p.intend(do, func(ctx context.Context) ([]string, error) { return nil, a.book.Stop(ctx, actor) })
	case actAside:
		actor := a.actor
		p.intend(do, func(ctx context.Context) ([]string, error) { return nil, a.book.SetAside(ctx, actor) })
	case actDrop:
		if !a.scene.draft.Empty() {
			a.desk.ClearDraft()
			a.scene.draft = ledger.Keyed{}
			p.tellStanding()
			return true
		}
		p.drop(rest)
	case actRepeat:
		p.repeat()
	case actTrain:
		p.train()
	case actCode:
		p.awaits = true
		p.say(a.words.Plain.Code, a.fill(a.words.Plain.TypeCode.Says), p.next(a.words.Plain.TypeCode.Next))
	case actPractice:
		p.practise(strings.Fields(rest))
	case actHelp:
		p.tellHelp()
	case actSwitch, actLock:
		if !a.scene.staffed {
			return false
		}
		if do == actLock {
			p.lock(ledger.SignOutKey)
		} else {
			p.openDoor(nil, nil)
		}
	default:
		return p.deskCommand(do, rest)
	}
	return true
}

// deskCommand is command for what is more than charging the sale on the screen.
func (p *plain) deskCommand(do action, rest string) (done bool) {
	a := p.app
	switch do {
	case actRefund:
		p.refund(rest)
	case actAlerts:
		p.alerts(rest)
	case actStatements:
		p.statements(rest)
	case actDevices:
		p.devices(rest)
	case actMute:
		if !a.mute() {
			p.tellNote(a.note)
			return true
		}
		p.say(a.words.Plain.Device, a.fill(a.note.sentence.Says), p.next(a.note.sentence.Next))
	case actPrint:
		p.printAgain()
	case actExceptions:
		p.exceptions(rest)
	case actCards:
		p.cards(rest)
	case actCash, actHold:
		if !a.scene.draft.Empty() { // the sale before is not what is meant
			p.tellNote(note{sentence: a.words.Draft})
			return true
		}
		if do == actCash {
			p.cash(rest)
			return true
		}
		actor := a.actor
		p.intend(do, func(ctx context.Context) ([]string, error) { return nil, a.book.Hold(ctx, actor) })
	case actHeld:
		p.held(rest)
	case actShift:
		p.drawer(rest)
	case actTest:
		p.tests = true
		says := a.words.Plain.Desk.TestAsk
		p.say(a.words.Plain.Desk.Test, says.Says, p.next(says.Next))
	case actMemo, actWrong:
		p.memo(do, rest)
	case actTalk:
		p.inside(rest)
	case actDay:
		p.day(rest)
	default:
		return false
	}
	return true
}

// tellQR says which order's QR is waiting, and where it can be scanned.
func (p *plain) tellQR() {
	if at := p.app.qrUp(); at != nil {
		p.say(p.outcome(at).Word, p.sale(&p.app.scene.sale), p.outcome(at).Says, p.next(p.outcome(at).Next, p.trainee()))
		return
	}
	p.tellNote(note{sentence: p.app.words.Plain.NoQR})
}

// tellHelp lists the commands: the letters of the key table, and what is more than a letter.
func (p *plain) tellHelp() {
	w := p.app.words
	lead := w.Plain.Help
	for _, line := range w.Plain.Commands {
		p.say(lead, p.app.fill(line))
		lead = ""
	}
	for _, line := range append(slices.Clone(w.Plain.Desk.Commands), w.Guest.PlainCommands...) {
		p.say(p.app.fill(line))
	}
	for i := range p.app.keys {
		b := &p.app.keys[i]
		letter := b.letter()
		if b.at&atSale == 0 || len(letter) != 1 || b.do == actZoom || b.do == actPractice && p.app.practice == nil || b.do == actDigits ||
			(b.do == actSwitch || b.do == actLock) && !p.app.scene.staffed {
			continue
		}
		p.say(letter + ": " + b.phrase(&w.Keys))
	}
	if p.app.practice != nil {
		p.say(p.app.fill(w.Plain.Trainee))
	}
}

// headOf is how far the ledger has grown.
func headOf(book *ledger.Book) (head uint64) {
	book.Read(func(s *ledger.State) { head = s.Head.Seq })
	return head
}

// practise lists the simulated customers, or has one of them pay: number, and the channel of the code that is held out.
func (p *plain) practise(args []string) {
	a := p.app
	if len(args) == 0 {
		p.say(a.words.Plain.Customers, p.next(a.words.Plain.Trainee))
		for _, c := range a.practice.Customers() {
			p.say(fmt.Sprintf("%02d: %s", c.Number, c.says(a.lang)))
		}
		return
	}
	number, err := strconv.Atoi(args[0])
	known := false
	for _, c := range a.practice.Customers() {
		known = known || c.Number == number
	}
	if err != nil || !known || len(args) > 2 {
		p.tellNote(note{sentence: a.words.Plain.Nobody})
		return
	}
	channel := ledger.Alipay
	if len(args) == 2 {
		switch a.keys.find(atSale, args[1]) {
		case actAlipay:
		case actWeChat:
			channel = ledger.WeChat
		default:
			p.tellNote(note{sentence: a.words.Plain.Nobody})
			return
		}
	} else if at := a.qrUp(); at != nil {
		payload := at.QR
		p.intend(actPractice, func(context.Context) ([]string, error) { return nil, a.practice.ScanQR(payload, number) })
		return
	}
	p.intend(actPractice, func(ctx context.Context) ([]string, error) {
		code := a.practice.Code(channel, number)
		if code == nil {
			return nil, ledger.Refuse(ledger.ReasonNotReady)
		}
		return nil, a.book.Scan(ctx, a.actor, ledger.Scan{Text: code, At: time.Now()})
	})
}

// counted is the self-test of a scanner, or of a hand: how many characters came, and whether an end came with them.
func (p *plain) counted(line *typed) {
	w := p.app.words
	p.tests = false
	n := strconv.Itoa(len(line.text))
	if line.long {
		n = strconv.Itoa(typedMax) + "+"
	}
	if line.fast {
		p.say(w.Plain.Desk.Test, p.app.put(w.TestScan, "n", n), p.next(w.NoSale.Next))
		return
	}
	p.say(w.Plain.Desk.Test, p.app.put(w.Plain.Desk.TestHand.Says, "n", n), p.next(w.Plain.Desk.TestHand.Next))
}
