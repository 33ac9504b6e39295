package ui

import (
	"context"
	"strconv"
	"strings"
)

// statements lists the money by channel and day as the channels' statements have it, for whoever may see it. A number of the list as it
// was told last says what differs in that one, and a second number tells the story of the sale that such a difference is about.
func (p *plain) statements(rest string) {
	if err := seesStatements(p.app.actor); err != nil {
		p.refuse(err)
		return
	}
	number, nth, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(number)
	at, atErr := strconv.Atoi(nth)
	switch {
	case rest == "" || err != nil || n < 1 || n > len(p.stated):
		p.tellStatements()
	case nth == "":
		p.tellDiffers(n, nil)
	default:
		p.tellDiffers(n, func() {
			switch {
			case atErr != nil || at < 1 || at > len(p.differs):
				p.tellNote(note{sentence: p.app.words.Plain.Desk.NoDifference})
			case p.differs[at-1].Sale == "":
				p.say(p.app.words.Plain.NotDone, p.app.words.Statement.NoStory.Says, p.next(p.app.words.Plain.Desk.NextStatement))
			default:
				p.storyOf(saleOfDifference(p.app.book, &p.differs[at-1]))
			}
		})
	}
}

func (p *plain) tellStatements() {
	a := p.app
	w := &a.words.Statement
	all, missed := readStatements(a.book)
	p.stated = statementDays(all, missed, a.scene.board.Statements)
	if len(p.stated) == 0 {
		p.say(a.words.Plain.Statement, w.Empty, p.next(a.words.Plain.Desk.Gone))
		return
	}
	p.say(a.words.Plain.Statement, sentence(a.put(w.Title, "n", strconv.Itoa(count(p.stated))), p.stop()),
		sentence(strings.Join(a.statementSums(p.stated)[1:], p.comma()), p.stop()), p.next(a.words.Plain.Desk.NextStatement))
	var lines []string
	for i := range p.stated {
		d := &p.stated[i]
		lines = append(lines, strconv.Itoa(i+1)+": "+sentence(p.spoken(strings.Join(a.statementFacts(d), " · ")), p.stop()))
	}
	p.tellPage(lines)
}

// tellDiffers reads what differs in a statement of the list, and says it, or goes on with it.
func (p *plain) tellDiffers(n int, then func()) {
	a, day := p.app, p.stated[n-1]
	var all []difference
	p.intendThen(actStatements, func(ctx context.Context) (_ []string, err error) {
		all, err = readDiffers(ctx, a.book, day.keys())
		return nil, err
	}, func(err error) {
		if err != nil { // it is said
			return
		}
		p.differs = all
		if then != nil {
			then()
			return
		}
		w, title := &a.words.Statement, sentence(p.spoken(a.differsTitle(&day)), p.stop())
		switch {
		case len(all) == 0 && !day.traded:
			p.say(a.words.Plain.Statement, title, w.Lacks, sentence(w.LacksNext, p.stop()))
		case len(all) == 0:
			p.say(a.words.Plain.Statement, title, w.Nothing, p.next(a.words.Plain.Desk.NextStatement))
		default:
			p.say(a.words.Plain.Statement, title, p.next(a.put(a.words.Plain.Desk.NextDifference, "n", strconv.Itoa(n))))
		}
		var lines []string
		for i := range all {
			line := sentence(p.spoken(a.differenceLine(&all[i])), p.stop()) + " " + a.words.Exception.Wrong[all[i].Why]
			if all[i].open {
				line += " " + sentence(a.words.Exception.Steps[all[i].Why], p.stop())
			}
			lines = append(lines, strconv.Itoa(i+1)+": "+line)
		}
		p.tellPage(lines)
	})
}
