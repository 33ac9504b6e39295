package ui

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// This file is line mode's side of visitors: who has come and gone, what they say and ask for, the counter's answers, and the word that
// throws everybody out.

// The words behind the letter of talk, and the one that stands alone.
const (
	wordThrow   = "throw"
	wordRing    = "ring"
	wordSupport = "support"
	wordOpen    = "open"
	wordYes     = "yes"
	wordNo      = "no"
)

// insideTold is what was said of visitors.
type insideTold struct {
	visits map[uint64]string // their names
	heard  uint64            // the last line of talk
	wishes uint64            // the last wish
	asks   map[uint64]*wish  // what each of them waits for
}

// tellInside says what differs. What is said and asked for while nobody works here waits for whoever signs in.
func (p *plain) tellInside(was *insideTold) (now insideTold) {
	s, a := &p.app.scene, p.app
	w := &a.words.Guest
	now = insideTold{visits: map[uint64]string{}, heard: was.heard, wishes: was.wishes, asks: map[uint64]*wish{}}
	for i := range s.wishes {
		now.asks[s.wishes[i].Visit] = &s.wishes[i]
	}
	for i := range s.visits {
		v := &s.visits[i]
		now.visits[v.Number] = v.Person
		if _, known := was.visits[v.Number]; !known {
			p.say(w.PlainWord, a.put(w.Came, "person", clean(v.Person, 24), "role", a.words.Staff.Roles[v.Role]), p.next(a.put(w.PlainNext)))
		}
	}
	for number, person := range was.visits {
		if _, inside := now.visits[number]; inside {
			continue
		}
		if one := was.asks[number]; one != nil {
			p.say(w.PlainWord, a.about(assets.Sentence{Says: w.LeftAsking}, one).Says)
		} else {
			p.say(w.PlainWord, a.put(w.Left, "person", clean(person, 24)))
		}
	}
	if s.shut() {
		return now
	}
	for i := range s.talk {
		l := &s.talk[i]
		if l.Event > was.heard && !a.mine(l) {
			p.say(w.PlainWord, a.put(w.Says, "person", clean(l.Person, 24), "text", clean(l.Text, 400)))
		}
		now.heard = max(now.heard, l.Event)
	}
	told := len(p.wishes)
	for i := range s.wishes {
		if asked := s.wishes[i].Asked; asked > was.wishes {
			p.wishes = append(p.wishes, s.wishes[i])
			now.wishes = max(now.wishes, asked)
		}
	}
	p.tellWishes(told)
	return now
}

// tellWishes says what waits for a yes or a no, from one of them on. A number means the same wish until somebody asks for the list again:
// a line that is being typed answers no other one, whoever has gone and come meanwhile.
func (p *plain) tellWishes(from int) {
	a := p.app
	w := &a.words.Guest
	for i := from; i < len(p.wishes); i++ {
		one, number := &p.wishes[i], strconv.Itoa(i+1)
		p.say(w.PlainWord, a.put(w.PlainAskHand, "number", number, "person", clean(one.Person, 24), "text", a.wishSays(one),
			"note", sentence(clean(one.Why, 400), p.stop())), p.next(a.put(w.PlainHandNext, "number", number)))
	}
}

// inside does what the letter of talk asks for.
func (p *plain) inside(rest string) {
	a := p.app
	word, number, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	switch answer := strings.ToLower(word); {
	case rest == "":
		p.tellVisitors()
	case strings.EqualFold(rest, wordRing):
		p.ring()
	case strings.EqualFold(rest, wordOpen):
		p.openAgain()
	case strings.EqualFold(rest, wordSupport):
		p.tellSupport()
	case (answer == wordYes || answer == wordNo) && err == nil:
		p.answerHand(n, answer == wordYes)
	default:
		p.intend(actTalk, func(ctx context.Context) ([]string, error) {
			err := a.saying(rest)(ctx)
			if err != nil {
				return nil, err
			}
			return []string{a.words.Guest.PlainWord + " " + a.put(a.words.Guest.Says, "person", a.words.Guest.TalkCounter, "text", clean(rest, 400))}, nil
		})
	}
}

// tellVisitors says who is inside and what they see, what was said last, and what they ask for.
func (p *plain) tellVisitors() {
	a, s := p.app, &p.app.scene
	w := &a.words.Guest
	if until := a.lockedTo(); !until.IsZero() {
		p.say(w.PlainWord, sentence(a.put(w.DoorLocked, "time", a.clockOf(until)), p.stop()), p.next(a.put(w.PlainOpen)))
	}
	if len(s.visits) == 0 {
		p.say(w.PlainWord, w.PlainNobody, p.next(a.put(w.PlainRing, "text", a.ringText())))
		return
	}
	for i := range s.visits {
		v := &s.visits[i]
		says, sees := w.PlainInside, a.hub.sightOf(v.Number).what
		if sees == "" { // a command
			says = sentence(w.Inside, p.stop())
		}
		p.say(w.PlainWord, a.put(says, "person", clean(v.Person, 24), "role", a.words.Staff.Roles[v.Role], "time", a.clockOf(v.Since), "text", w.Sights[string(sees)]))
	}
	for i := max(0, len(s.talk)-5); i < len(s.talk); i++ {
		l := &s.talk[i]
		p.say("", a.book.Calendar().In(l.At).Format(time.TimeOnly), a.put(w.Says, "person", clean(l.Person, 24), "text", clean(l.Text, 400)))
	}
	p.wishes = s.wishes
	p.tellWishes(0)
	p.say(p.next(a.put(w.PlainNext)))
}

// answerHand says yes or no to a wish by the number under which it was told.
func (p *plain) answerHand(n int, yes bool) {
	a := p.app
	if n < 1 || n > len(p.wishes) {
		p.tellNote(note{sentence: a.words.Guest.HandGone})
		return
	}
	book, actor, wish := a.book, a.actor, p.wishes[n-1]
	p.intendThen(actYes, func(ctx context.Context) ([]string, error) { return nil, book.AnswerHand(ctx, actor, wish.Asked, yes) }, func(err error) {
		switch {
		case err != nil: // it was said
		case yes:
			p.carryOut(&wish)
		default:
			p.tellHand(a.about(a.words.Guest.HandNo, &wish).Says, a.words.Guest.HandNo.Next)
		}
	})
}

func (p *plain) tellHand(says, next string) {
	p.say(p.app.words.Guest.PlainWord, says, p.next(next))
}

// carryOut is the screen's.
func (p *plain) carryOut(w *wish) {
	a := p.app
	book, actor, hand := a.book, a.actor, w.Hand
	switch w.What {
	case ledger.HandQuery:
		p.intend(actYes, func(ctx context.Context) ([]string, error) {
			err := book.AskNow(actor, hand.Order)
			a.toldInTalk(handMsg{wish: *w, err: err})(ctx)
			if err != nil {
				return nil, err
			}
			return []string{a.words.Guest.PlainWord + " " + a.about(a.words.Guest.HandDone, w).Says}, nil
		})
	case ledger.HandReprint:
		var sale ledger.Sale
		p.intendThen(actYes, func(ctx context.Context) (_ []string, err error) {
			if sale, err = saleToPrint(ctx, book, hand.Sale); err != nil {
				a.toldInTalk(handMsg{wish: *w, err: err})(ctx)
			}
			return nil, err
		}, func(err error) {
			if err == nil {
				p.printCopy(ledger.ReprintWish{Sale: sale.ID, Order: leadsTo(&sale)}, &sale, func(err error) { p.tellEnd(handMsg{wish: *w, err: err}) })
			}
		})
	default:
		ctx, do, end := a.feed.ctx, a.hand, handMsg{wish: *w}
		p.beside(func() error {
			end = handOver(ctx, do, actor, end.wish)
			a.toldInTalk(end)(ctx)
			return end.err
		}, func(err error) string {
			end.err = err
			return a.handEnd(end).Says
		})
	}
}

// tellEnd is the screen's.
func (p *plain) tellEnd(end handMsg) {
	tell := p.app.toldInTalk(end)
	p.intend(actYes, func(ctx context.Context) ([]string, error) {
		tell(ctx)
		return nil, nil
	})
}

// besideEnd is the end of what was done beside the lines.
type besideEnd struct {
	err  error
	says func(error) string
}

// beside does what may take long without holding up the lines. What it says of its end is made by the goroutine of the lines.
func (p *plain) beside(do func() error, says func(error) string) {
	ctx, ends := p.app.feed.ctx, p.ends
	go func() {
		end := besideEnd{says: says}
		defer func() {
			if value := recover(); value != nil {
				end.err = panicError(value)
			}
			select {
			case ends <- end:
			case <-ctx.Done():
			}
		}()
		end.err = do()
	}()
}

// besides says such an end. Only a bug is an error here.
func (p *plain) besides(end besideEnd) error {
	var failure *PanicError
	if errors.As(end.err, &failure) {
		return failure
	}
	p.app.now = time.Now()
	p.say(p.app.words.Guest.PlainWord, end.says(end.err))
	return nil
}

// ring asks before support is rung: it says what they get.
func (p *plain) ring() {
	if p.app.door == nil {
		p.tellNote(note{sentence: p.app.words.Guest.NoDoor})
		return
	}
	p.rings = p.app.ringText()
	p.question(askRing)
}

func (p *plain) ringNow() {
	a, door, ctx, text := p.app, p.app.door, p.app.feed.ctx, p.rings
	p.say(a.words.Guest.PlainWord, a.words.Guest.RingSending)
	p.beside(func() error { return ring(ctx, door, text) }, func(err error) string { return a.rang(err).Says })
}

// openAgain is the screen's.
func (p *plain) openAgain() {
	a := p.app
	do, ok := a.opening()
	if !ok {
		p.tellNote(note{sentence: a.words.Guest.NotLocked})
		return
	}
	p.consented(do, a.actor.May(ledger.RightDoor) != nil, func(err error) {
		if err == nil {
			p.say(a.words.Guest.PlainWord, a.words.Guest.Opened.Says)
		}
	})
}

// throwOut throws everybody out at once, whatever else is going on.
func (p *plain) throwOut() {
	a := p.app
	if a.door == nil && len(a.scene.visits) == 0 {
		p.tellNote(note{sentence: a.words.Guest.NoDoor})
		return
	}
	door, desk, ctx, until := a.door, a.desk, a.feed.ctx, a.now.Add(doorLock)
	p.beside(func() error { return shutDoor(ctx, door, desk) }, func(err error) string { return a.thrown(thrownMsg{until, err}).Says })
}

// tellSupport says what the support screen shows, the log last.
func (p *plain) tellSupport() {
	a := p.app
	s := &supportScreen{}
	load := s.load(a)
	p.intendThen(actTalk, func(context.Context) ([]string, error) {
		msg := load().(healthMsg)
		s.read, s.health, s.extra = true, msg.health, msg.extra
		return nil, nil
	}, func(error) {
		var lines []string
		for _, line := range s.lines(a, a.width) {
			if line = ansi.Strip(line); line != "" {
				lines = append(lines, line)
			}
		}
		p.tellPage(lines)
	})
}
