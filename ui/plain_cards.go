package ui

import (
	"context"
	"strconv"
	"strings"
	"time"

	"guitai/assets"
)

// wordDrill begins a card's drill.
const wordDrill = "drill"

// cards lists the emergency cards, those whose symptom is there first, or tells one, by its number; in training
// the word behind it begins its drill.
func (p *plain) cards(rest string) {
	a := p.app
	w := &a.words.Card
	number, words, more := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.Atoi(number)
	drills := words == wordDrill || words == "演练" || len(words) == 1 && a.keys.find(atCard, words) == actDrill
	if err != nil || n < 1 || n > len(assets.Cards) || more && !drills {
		p.tellCards()
		return
	}
	card := assets.Cards[n-1]
	if drills {
		p.beginDrill(card)
		return
	}
	title := w.Texts[card].Title
	if a.scene.shows(card) {
		title = w.Now + p.comma() + title
	}
	p.say(a.words.Plain.Card, strconv.Itoa(n)+":", sentence(title, p.stop()))
	for i, step := range w.Texts[card].Steps {
		parts := []string{strconv.Itoa(i+1) + ".", a.fill(step.Do)}
		if value := a.live(step.Live); value != "" {
			parts = append(parts, sentence(p.spoken(value), p.stop()))
		}
		p.say(parts...)
	}
}

func (p *plain) tellCards() {
	a := p.app
	w := &a.words.Card
	order, now := a.scene.cardOrder()
	title := w.Title
	if now > 0 {
		title = a.put(w.TitleNow, "n", strconv.Itoa(now))
	}
	p.say(a.words.Plain.Card, sentence(p.spoken(title), p.stop()), p.next(a.words.Plain.NextCard, p.drillable()))
	for i, card := range order {
		text := w.Texts[card].Title
		if i < now {
			text = strings.TrimSpace(w.Now + p.comma() + text)
		}
		p.say(strconv.Itoa(numberOf(card))+":", sentence(text, p.stop()))
	}
}

// drillable says how a drill begins, where there are any.
func (p *plain) drillable() string {
	if p.app.practice == nil {
		return ""
	}
	return p.app.words.Plain.Desk.NextDrill
}

// drillLook is how often a drill is looked at that nobody brings to an end.
const drillLook = time.Second

// beginDrill has the App open the practice sale; only the way of the intent is this mode's own.
func (p *plain) beginDrill(card assets.Card) {
	a := p.app
	a.note = note{}
	begin := a.beginDrill(card)
	if begin == nil {
		p.tellNote(a.note)
		return
	}
	a.flight = 0
	var done doneMsg
	p.drillSaid = false
	p.intendThen(actDrill, func(context.Context) ([]string, error) {
		done = begin().(doneMsg)
		return nil, done.err
	}, func(err error) {
		done.then(a, err)
		if a.drill != nil {
			p.tellDrill()
			p.drilled()
		}
	})
}

// tellDrill says what the trainee is told.
func (p *plain) tellDrill() {
	p.drillSaid = !p.app.drill.shown.IsZero()
	p.say(p.app.words.Plain.Desk.Drill, sentence(p.spoken(p.app.drill.bar(p.app)), p.stop()))
}

// drilled looks how far a drill is: its customer scans a QR that is up, its symptom is told when it is there, and its result.
func (p *plain) drilled() {
	a := p.app
	d := a.drill
	if d == nil || d.sale == "" {
		return
	}
	if scan := a.drillScan(); scan != nil {
		go scan()
	}
	if d.end == "" && a.now.Sub(d.from()) >= drillPatience {
		d.over(a, assets.EndTime)
	}
	switch {
	case d.end != "":
		a.drill = nil
		p.drills.Stop()
		for _, row := range (&drillScreen{d}).draw(a, a.width, 0) {
			if row = p.spoken(row); row != "" {
				p.say(a.words.Plain.Desk.Drill, sentence(row, p.stop()))
			}
		}
		p.say(p.next(a.words.NoSale.Next))
		return
	case !p.drillSaid && !d.shown.IsZero():
		p.tellDrill()
	}
	p.drills.Reset(drillLook)
}
