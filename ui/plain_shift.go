package ui

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"guitai/assets"
	"guitai/ledger"
)

// This file is the drawer by lines: its shifts, counts and reports. What a job is, what it asks for and what it sends is the screen's
// (shift.go); here a line answers each question, and words behind the letter answer them in advance.

// wordBack goes one kind of a count back; in a day's ledger, one day.
const wordBack = "back"

// drawer begins with the list of jobs, or with the one whose number stands behind the letter.
func (p *plain) drawer(rest string) {
	s := &shiftScreen{}
	s.look(p.app)
	p.talk = &talk{step: talkDrawer, desk: s, at: p.app.now}
	if rest == "" {
		p.tellDesk()
		return
	}
	p.deskOn(rest)
}

// deskOn takes a line that answers what the job asks for.
func (p *plain) deskOn(text string) {
	a, s := p.app, p.talk.desk
	switch s.step {
	case shiftMenu:
		p.job(text)
	case shiftAmount:
		p.deskAmount(text)
	case shiftWhy:
		whys := s.whys(a)
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(whys) {
			text = whys[n-1]
		}
		if a.namesCode(text) {
			p.tellNote(note{sentence: a.words.Refund.CodeTyped})
			return
		}
		if s.why = cutWords(text); s.why == "" {
			p.tellNote(a.noteFor(ledger.ReasonCashReason, ""))
			return
		}
		p.deskDo()
	case shiftCount:
		p.countOn(text)
	case shiftTo:
		p.taker(text)
	}
}

// cutWords bounds a person's words as the screen does, at whole characters.
func cutWords(text string) string {
	text = strings.TrimSpace(text)
	for len(text) > whyMax {
		text = less(text)
	}
	return text
}

// job begins what a number stands for. What else is on the line answers its first questions.
func (p *plain) job(text string) {
	a, s := p.app, p.talk.desk
	number, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	if len(number) != 1 || number[0] < '0' || number[0] > '9' {
		p.tellNote(note{sentence: a.words.Plain.Desk.NoJob})
		return
	}
	job := shiftJob((number[0]-'0'+9)%10 + 1)
	if job == jobX || job == jobLastZ { // nothing is asked
		*s = shiftScreen{job: job}
		s.look(a)
		p.deskDo()
		return
	}
	a.note = note{}
	s.begin(a, job)
	if refused := a.note; refused.sentence.Says != "" {
		a.note = note{}
		p.endTalk()
		p.tellNote(refused)
		return
	}
	if s.step == shiftAsk {
		p.turn(talkDrawerAsk)
		return
	}
	if rest = strings.TrimSpace(rest); rest != "" && s.step != shiftAsk {
		p.deskOn(rest)
		return
	}
	p.tellDesk()
}

// deskAmount takes an amount, and the reason where it stands behind it. A float may be nothing.
func (p *plain) deskAmount(text string) {
	a, s := p.app, p.talk.desk
	amount, why, _ := strings.Cut(strings.TrimSpace(text), " ")
	keyed, err := keyedOf(amount)
	if err == nil && strings.Trim(amount, "0.") != "" {
		_, err = keyed.Money()
	}
	switch {
	case err != nil:
		p.refuse(err)
		return
	case s.job == jobOpen:
		s.keyed = keyed
		p.deskDo()
		return
	case strings.Trim(amount, "0.") == "":
		p.tellNote(a.noteFor(ledger.ReasonCashAmount, ""))
		return
	}
	s.keyed, s.step = keyed, shiftWhy
	if why = strings.TrimSpace(why); why != "" {
		p.deskOn(why)
		return
	}
	p.tellDesk()
}

// countOn takes the pieces of a kind, or of several that follow one another. What is wrong on a line changes nothing.
func (p *plain) countOn(text string) {
	s := p.talk.desk
	fields := strings.Fields(text)
	if len(fields) == 1 && strings.EqualFold(fields[0], wordBack) {
		s.at = max(s.at-1, 0)
		s.pieces[s.at] = ""
		p.tellDesk()
		return
	}
	for _, field := range fields {
		if len(field) > digitsMost || strings.Trim(field, "0123456789") != "" || len(fields) > len(s.pieces)-s.at {
			p.tellNote(note{sentence: p.app.words.Plain.Desk.NoPieces})
			return
		}
	}
	for _, field := range fields {
		s.pieces[s.at] = field
		s.at++
	}
	if s.at < len(s.pieces) {
		p.tellDesk()
		return
	}
	s.step = shiftAsk
	p.turn(talkDrawerAsk)
}

// taker takes who is to have the drawer. Where the till has no people, any name is one.
func (p *plain) taker(text string) {
	a, s := p.app, p.talk.desk
	if a.namesCode(text) {
		p.tellNote(note{sentence: a.words.Refund.CodeTyped})
		return
	}
	if !a.scene.staffed {
		if s.to = a.more("", strings.TrimSpace(text), nameMost); s.to != "" {
			s.step = shiftAsk
			p.turn(talkDrawerAsk)
		}
		return
	}
	people := s.takers(a)
	n, err := strconv.Atoi(text)
	for i := range people {
		if err == nil && n == i+1 || strings.EqualFold(people[i].name, text) {
			s.to, s.step = people[i].name, shiftToPIN
			p.tellDesk()
			return
		}
	}
	p.tellNote(note{sentence: a.words.Plain.Desk.NoTo})
}

// takerBadge takes a badge for the person, and never for the PIN.
func (p *plain) takerBadge(text []byte) (taken bool) {
	name, ok := p.app.book.BadgeOf(text)
	if ok {
		p.taker(name)
	}
	return ok
}

// takerPIN takes the line that is a PIN, or the code beside it. It never becomes a string of ours, and is not said back.
func (p *plain) takerPIN(line *typed) {
	s := p.talk.desk
	switch {
	case len(line.text) == 1 && string(line.text) == p.letterOf(actDrop):
		p.endTalk()
		p.tellStanding()
	case line.fast || line.long:
		p.tellNote(note{sentence: p.app.words.Staff.Scanned})
	case len(bytes.Trim(line.text, "0123456789")) > 0, len(line.text) > pinMost:
		p.tellNote(p.app.noteFor(ledger.ReasonPINShape, ""))
	case s.step == shiftToCode:
		s.code = keptDigits(s.code, line.text)
		s.step = shiftAsk
		p.turn(talkDrawerAsk)
	default:
		s.wipe()
		s.pin = keptDigits(s.pin, line.text)
		if p.app.needsCode != nil && p.app.needsCode(s.to) {
			s.step = shiftToCode
			p.tellDesk()
			return
		}
		s.step = shiftAsk
		p.turn(talkDrawerAsk)
	}
}

// keptDigits puts digits into a buffer that is never moved, so that wiping it leaves no copy.
func keptDigits(buffer, digits []byte) []byte {
	if buffer == nil {
		buffer = make([]byte, 0, pinMost)
	}
	clear(buffer)
	return append(buffer[:0], digits...)
}

// deskDo asks the Book, with a second person where one is needed. What was keyed is kept where it can be mended.
func (p *plain) deskDo() {
	t, a := p.talk, p.app
	s, out := t.desk, &shiftOutcome{}
	step := s.step
	p.talk = nil
	p.consented(approval{do: actShift, what: s.agreed(a), call: s.call(a, out)}, false, func(err error) {
		s.wipe()
		switch {
		case err == nil:
			p.deskDone(s, out)
		case ledger.ReasonOf(err) == ledger.ReasonNotAllowed:
		case s.job == jobIn, s.job == jobOut:
			p.again(t, shiftAmount)
		case s.job == jobCount:
			s.at = 0
			p.again(t, shiftCount)
		case s.job == jobHand && step == shiftAsk && a.scene.staffed && mendable(err):
			p.again(t, shiftToPIN)
		}
	})
}

// mendable reports whether another PIN may help.
func mendable(err error) bool {
	reason := ledger.ReasonOf(err)
	return reason == ledger.ReasonPINWrong || reason == ledger.ReasonPINShape
}

// again takes a talk up at an earlier step.
func (p *plain) again(t *talk, step shiftStep) {
	t.desk.step = step
	p.talk = t
	p.turn(talkDrawer)
}

// deskDone says what was done: the report, what the count has found, and what can follow.
func (p *plain) deskDone(s *shiftScreen, out *shiftOutcome) {
	a := p.app
	w, desk := &a.words.Shift, &a.words.Plain.Desk
	if out.noZ {
		p.tellNote(note{sentence: w.NoZ})
		return
	}
	if out.actor.Person != "" && !a.training && !a.scene.staffed { // as on the screen
		a.actor = out.actor
	}
	amount, next := "", desk.NextDone
	if s.job == jobOpen || s.job == jobIn || s.job == jobOut {
		amount = "¥" + s.amount().String() + p.stop()
	}
	if s.job == jobCount {
		next = desk.NextCounted
	}
	s.look(a)
	found := ""
	if s.job == jobCount || s.job == jobOpen {
		found = p.standsAt(s)
	}
	p.say(desk.Drawer, a.fill(w.Done[s.job-1].Says), amount, found, p.next(next))
	if out.report == nil {
		return
	}
	var lines []string
	for _, row := range a.reportLines(out.report, a.width) {
		lines = append(lines, p.figures(row))
	}
	p.tellPage(lines)
}

// standsAt says whose shift it is, and what its count has found.
func (p *plain) standsAt(s *shiftScreen) string {
	var parts []string
	for _, row := range s.headOf(p.app, p.app.width)[1:] {
		parts = append(parts, p.figures(row))
	}
	return strings.Join(present(parts...), " ")
}

// columns is what stands between the figures of a row.
var columns = regexp.MustCompile(`\s{2,}`)

// figures makes a sentence of a row of figures: what they are, a colon, and each of them.
func (p *plain) figures(row string) string {
	label, figures, has := strings.Cut(columns.ReplaceAllString(p.unsigned(row), "\n"), "\n")
	if has {
		label += p.colon() + strings.ReplaceAll(figures, "\n", p.comma())
	}
	return sentence(label, p.stop())
}

// tellDesk says what the next line is for.
func (p *plain) tellDesk() {
	t, a := p.talk, p.app
	s, desk := t.desk, &a.words.Plain.Desk
	if t.step == talkDrawerAsk {
		p.tellDeskAsk()
		return
	}
	job := ""
	if s.job > 0 {
		job = sentence(a.words.Shift.Jobs[s.job-1], p.stop())
	}
	switch s.step {
	case shiftMenu:
		p.say(desk.Drawer, p.standsAt(s), desk.Job.Says, p.next(desk.Job.Next))
		for i, name := range a.words.Shift.Jobs {
			p.say(strconv.Itoa((i+1)%10)+":", sentence(name, p.stop()))
		}
	case shiftAmount:
		asks := desk.Amount
		if s.job == jobOpen {
			asks = desk.Float
		}
		p.say(desk.Drawer, job, asks.Says, p.next(asks.Next))
	case shiftWhy:
		amount := ""
		if s.job != jobDrawer {
			amount = "¥" + s.amount().String() + p.stop()
		}
		var whys []string
		for i, why := range s.whys(a) {
			whys = append(whys, strconv.Itoa(i+1)+" "+why)
		}
		p.say(desk.Drawer, job, amount, desk.Why.Says, strings.Join(whys, p.comma())+p.stop(), p.next(desk.Why.Next))
	case shiftCount:
		p.tellCount()
	case shiftTo:
		p.tellTakers(job)
	case shiftToCode:
		ask := a.words.Staff.PlainCode
		p.say(desk.Drawer, job, a.put(ask.Says, "person", clean(s.to, nameMost)), p.next(ask.Next))
	case shiftToPIN:
		p.say(desk.Drawer, job, a.put(desk.PIN.Says, "person", clean(s.to, nameMost)), p.next(desk.PIN.Next))
	}
}

// tellCount asks for the next kind, and says what was understood of the one before. Nothing tells what should be there.
func (p *plain) tellCount() {
	a, s := p.app, p.talk.desk
	desk := &a.words.Plain.Desk
	before, next := "", desk.NextFirst
	if s.at > 0 {
		n, _ := strconv.Atoi(s.pieces[s.at-1])
		before, next = a.put(desk.Taken, "n", strconv.Itoa(n), "amount", ledger.Fen(ledger.Denominations[s.at-1]).String()), desk.NextPieces
	}
	p.say(desk.Count, before, a.put(desk.Pieces, "amount", ledger.Fen(ledger.Denominations[s.at]).String()), p.next(next))
}

func (p *plain) tellTakers(job string) {
	a := p.app
	desk := &a.words.Plain.Desk
	p.say(desk.Drawer, job, desk.To.Says, p.next(desk.To.Next))
	if !a.scene.staffed {
		return
	}
	for i, person := range p.talk.desk.takers(a) {
		p.say(strconv.Itoa(i+1)+":", clean(person.name, 24)+p.comma()+a.words.Staff.Roles[person.role]+p.stop())
	}
}

// tellDeskAsk asks before something that cannot be taken back: a count with its sum, a Z report with all that is not settled.
func (p *plain) tellDeskAsk() {
	a, s := p.app, p.talk.desk
	w, desk := &a.words.Shift, &a.words.Plain.Desk
	question, _ := s.asks(a)
	before := ""
	switch s.job {
	case jobCount:
		_, sum := s.counted()
		before = a.put(desk.Sum, "amount", ledger.Fen(sum).String())
	case jobClose, jobHand:
		difference, _ := s.shift.Difference()
		before = sentence(w.Difference+" "+assets.Signed(difference), p.stop())
	case jobZ:
		for i := range s.items {
			p.say(strconv.Itoa(i+1)+":", p.figures(a.openItem(&s.items[i], a.width)))
		}
	}
	p.say(a.words.Plain.Ask, before, question.Says, p.next(desk.NextAsk))
}
