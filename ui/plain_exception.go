package ui

import (
	"context"
	"strconv"
	"strings"

	"guitai/ledger"
)

// exceptions lists the entries, shows one, or asks whether one is settled: a number of the list as it was told last, and what
// was done about it.
func (p *plain) exceptions(rest string) {
	number, words, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(number)
	switch {
	case rest == "", err != nil, n < 1, n > len(p.entries):
		p.tellEntries()
	case words == "":
		e := &p.entries[n-1]
		p.say(p.app.words.Plain.Exception, p.entryLine(e), p.app.words.Exception.Wrong[e.Note], p.app.fill(p.app.entryStep(e)))
		for _, row := range p.app.story(e) {
			p.say(sentence(p.spoken(row), p.stop()))
		}
		if facts := p.app.statedFacts(e); facts != "" {
			p.say(sentence(p.spoken(facts), p.stop()))
		}
	case p.app.namesCode(words):
		p.tellNote(note{sentence: p.app.words.Refund.CodeTyped})
	default:
		e := p.entries[n-1]
		hand, returned := strings.CutPrefix(words, wordHand+" ")
		p.talk = &talk{entry: e, word: ledger.Resolution{Exception: e.ID, Note: hand, Returned: returned}}
		if returned {
			p.talk.word.Amount = e.hand()
		}
		p.turn(talkResolve)
	}
}

// tellEntries reads the list and says it.
func (p *plain) tellEntries() {
	a := p.app
	var entries []entry
	p.intendThen(actExceptions, func(ctx context.Context) (lines []string, err error) {
		entries, err = readEntries(ctx, a.book)
		return nil, err
	}, func(error) {
		p.entries = entries
		if len(entries) == 0 {
			p.say(a.words.Plain.Exception, a.words.Exception.Empty)
			return
		}
		p.say(a.words.Plain.Exception, sentence(a.put(a.words.Exception.Title, "n", strconv.Itoa(len(entries))), p.stop()), p.next(a.words.Plain.NextEntry))
		var lines []string
		for i := range entries {
			lines = append(lines, strconv.Itoa(i+1)+": "+p.entryLine(&entries[i])+" "+a.words.Exception.Wrong[entries[i].Note])
		}
		p.tellPage(lines)
	})
}

func (p *plain) entryLine(e *entry) string { return sentence(p.spoken(p.app.entryLine(e)), p.stop()) }
