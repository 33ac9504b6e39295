package ui

import (
	"strconv"
	"strings"

	"guitai/assets"
)

// cards lists the emergency cards, those whose symptom is there first, or tells one, by its number.
func (p *plain) cards(rest string) {
	a := p.app
	w := &a.words.Card
	n, err := strconv.Atoi(rest)
	if err != nil || n < 1 || n > len(assets.Cards) {
		p.tellCards()
		return
	}
	card := assets.Cards[n-1]
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
	p.say(a.words.Plain.Card, sentence(p.spoken(title), p.stop()), p.next(a.words.Plain.NextCard))
	for i, card := range order {
		text := w.Texts[card].Title
		if i < now {
			text = strings.TrimSpace(w.Now + p.comma() + text)
		}
		p.say(strconv.Itoa(numberOf(card))+":", sentence(text, p.stop()))
	}
}
