package ui

import (
	"context"
	"strconv"
	"strings"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// This file is a supervisor's day by lines. The rows, what they are narrowed to, and their totals are those of the screen (day.go);
// what was read stays as it was told, so that a number names the same sale until the list is read again.

// The words behind the letter of the day.
const (
	wordList = "list"
	wordMore = "more"
	wordOnly = "only"
	wordOn   = "on"
	wordTell = "tell"
)

// dayWords are these words as a Chinese keyboard gives them.
var dayWords = map[string]string{"列表": wordList, "更多": wordMore, "只看": wordOnly, "全部": wordAll, "前一天": wordBack, "后一天": wordOn, "详情": wordTell}

// pageLines is how many lines are told at once; "more" reads on.
const pageLines = 12

// tellPage says the first of many lines, and keeps the others.
func (p *plain) tellPage(lines []string) {
	n := min(len(lines), pageLines)
	for _, line := range lines[:n] {
		p.say(line)
	}
	if p.rest = lines[n:]; len(p.rest) > 0 {
		more := &p.app.words.Plain.Desk.More
		p.say(p.app.words.Plain.Till, p.app.put(more.Says, "n", strconv.Itoa(len(p.rest))), p.next(more.Next))
	}
}

// wantsMore takes the word that reads on.
func (p *plain) wantsMore(word string) bool {
	if len(p.rest) == 0 || word != wordMore && dayWords[word] != wordMore {
		return false
	}
	p.tellPage(p.rest)
	return true
}

// day tells a day's totals, lists its sales, narrows them, tells one's story, or goes to another day.
func (p *plain) day(rest string) {
	a := p.app
	verb, words, _ := strings.Cut(strings.TrimSpace(rest), " ")
	verb, words = strings.ToLower(verb), strings.TrimSpace(words)
	if is := dayWords[verb]; is != "" {
		verb = is
	}
	if p.days == nil || verb == "" {
		p.days = &dayScreen{}
	}
	d := p.days
	switch verb {
	case "":
		p.turnTo(0)
	case wordList:
		p.listDay()
	case wordMore:
		if !p.wantsMore(wordMore) {
			p.listDay()
		}
	case wordAll:
		d.only.clear()
		p.readDay(p.tellDay)
	case wordOnly:
		p.narrow(words)
	case wordBack:
		p.turnTo(shift(d.shown(a), -1))
	case wordOn:
		p.turnTo(shift(d.shown(a), 1))
	case wordTell:
		p.tellSale(words)
	default:
		box := dateBox{[]byte(verb)}
		to, ok := ledger.Day(0), len(verb) <= dateMost && strings.Trim(verb, "0123456789-.") == "" && words == ""
		if ok {
			to, ok = box.day(runningDay(a.book))
		}
		if !ok {
			p.tellNote(note{sentence: a.words.Daybook.NoDay})
			return
		}
		p.turnTo(to)
	}
}

// turnTo goes to another day, and tells its totals.
func (p *plain) turnTo(to ledger.Day) {
	today := runningDay(p.app.book)
	if to > today {
		p.tellNote(note{sentence: p.app.words.Plain.Desk.NoStep})
		return
	}
	if to == today {
		to = 0
	}
	p.days.want = to
	p.readDay(p.tellDay)
}

// readDay reads the day anew, and goes on with it.
func (p *plain) readDay(then func()) {
	a, d := p.app, p.days
	want, read, alerts := d.want, dayRows{}, alertFeed{}
	p.intendThen(actDay, func(ctx context.Context) ([]string, error) {
		read = readDay(ctx, a.book, want, headOf(a.book), 0)
		if a.actor.May(ledger.RightAlerts) == nil && read.err == nil {
			alerts.list, alerts.err = a.book.Alerts(ctx, a.actor, 0)
		}
		return nil, read.err
	}, func(err error) {
		if err != nil || p.days != d {
			return
		}
		read.want = want
		d.dayRows = read
		d.alerts = alerts
		d.sort()
		then()
	})
}

// title names the day, what it is narrowed to, and how much of it that is.
func (p *plain) title() string {
	a, d := p.app, p.days
	title := p.spoken(d.title(a))
	if !d.only.empty() {
		title += p.comma() + strings.TrimSuffix(p.spoken(d.drawFilter(a, a.width)), "_")
	}
	return sentence(title, p.stop())
}

// tellDay says the totals of exactly the sales that a list would read.
func (p *plain) tellDay() {
	a, d := p.app, p.days
	w := &a.words.Plain
	next := []string{w.Desk.NextDay}
	if !d.only.empty() {
		next = append(next, w.Desk.NextOnly)
	}
	if len(d.items) == 0 {
		says := a.words.Daybook.Empty
		if d.want == 0 {
			says = a.words.DayEmpty
		}
		if len(d.rows)+len(d.refunds) > 0 {
			says = a.words.Daybook.NoneFits
		}
		p.say(w.Today, p.title(), says, p.next(next...))
	} else {
		p.say(w.Today, p.title(), strings.Join(d.sums(a), p.comma())+p.stop(), p.next(next...))
	}
	if a.scene.warnings > 0 {
		p.tellWarning()
	}
	for _, row := range d.alerts.top(a, d.shown(a), a.width) {
		p.say(w.Alert, sentence(p.spoken(row), p.stop()))
	}
}

// listDay reads the day's sales, the newest first.
func (p *plain) listDay() {
	p.readDay(func() {
		a, d := p.app, p.days
		if len(d.items) == 0 {
			p.tellDay()
			return
		}
		p.say(a.words.Plain.Today, p.title(), p.next(a.words.Plain.Desk.NextList))
		lines := make([]string, len(d.items))
		for i := range d.items {
			lines[i] = strconv.Itoa(i+1) + ": " + p.itemLine(&d.items[i])
		}
		p.tellPage(lines)
	})
}

// itemLine is a line of the day as a sentence: when, how much and which, by what, who, how far it is known, how it stands.
func (p *plain) itemLine(item *dayItem) string {
	a, w := p.app, p.app.words
	clock := a.book.Calendar().In(item.at()).Format(time.TimeOnly)
	if r := item.refund; r != nil {
		what, amount := a.put(w.Tender.PartDay, "date", dayOfSale(r.Sale)), r.Amount.String()
		if !r.Part {
			what, amount = w.Refund.States[r.State].Short+p.comma()+a.put(w.Refund.OfOther, "date", dayOfSale(r.Sale)), "-"+amount
			if r.Late {
				what += p.comma() + w.Refund.OfLate
			}
			if r.Cashier != "" && r.Cashier != ledger.Till.Person {
				what += p.comma() + clean(r.Cashier, 24)
			}
		}
		return p.listing(clock, p.amountTail(amount, r.Sale), a.came(r.Channel, r.Tender), what)
	}
	r := item.sale
	by, truth := "", ""
	if at, ok := r.Shown(); r.Tender != 0 && (r.Settled || !ok) {
		by, truth = a.kindsOf(r), w.Truths[tenderTruth(r)]
	} else if ok {
		by, truth = w.Channels[at.Channel], w.Truths[at.Truth()]
	}
	return p.listing(clock, p.amountTail(r.Amount.String(), r.Sale), by, clean(r.Cashier, 24), truth, p.spoken(a.rowState(r)))
}

func (p *plain) amountTail(amount string, id ledger.SaleID) string {
	return strings.TrimRight(p.app.put(p.app.words.Plain.Sale, "amount", amount, "tail", cleanCode(id.Tail(), 4)), ".。")
}

// listing is a sentence of parts.
func (p *plain) listing(parts ...string) string {
	return sentence(strings.Join(present(parts...), p.comma()), p.stop())
}

// narrow leaves those sales that fit all the words; without one it says what there is to choose.
func (p *plain) narrow(text string) {
	if p.app.namesCode(text) {
		p.tellNote(note{sentence: p.app.words.Refund.Stray})
		return
	}
	p.readDay(func() {
		if text == "" {
			p.tellChoices()
			return
		}
		only, wrong := p.chosen(text)
		if wrong != "" {
			says := p.app.words.Plain.Desk.NoOnly
			p.tellNote(note{sentence: assets.Sentence{Says: p.app.put(says.Says, "text", clean(wrong, 24)), Next: says.Next}})
			return
		}
		p.days.only = only
		p.days.sort()
		p.tellDay()
	})
}

// chosen makes a filter of words; wrong is the first that names nothing. A name of several words stands alone.
func (p *plain) chosen(text string) (only dayFilter, wrong string) {
	if p.pickOnly(&only, text) {
		return only, ""
	}
	for _, word := range strings.Fields(text) {
		if !p.pickOnly(&only, word) {
			return only, word
		}
	}
	return only, ""
}

// pickOnly takes one word: a way of paying, a cashier, a state, a tail, an amount or a range of amounts.
func (p *plain) pickOnly(only *dayFilter, word string) bool {
	a := p.app
	for _, way := range waysOf(p.days.rows) {
		if strings.EqualFold(word, a.came(way.channel, way.kind)) || strings.EqualFold(word, string(way.channel)) || strings.EqualFold(word, way.kind.String()) {
			only.Channel, only.Tender = way.channel, way.kind
			return true
		}
	}
	for _, name := range cashiersOf(&p.days.dayRows) {
		if strings.EqualFold(word, name) {
			only.Cashier = name
			return true
		}
	}
	for state := ledger.StandingPaid; state <= ledger.StandingTrouble; state++ {
		if strings.EqualFold(word, state.String()) || strings.EqualFold(word, a.words.Daybook.Standings[state]) {
			only.Standing = state
			return true
		}
	}
	if len(word) >= findLong || !only.Narrow(word) {
		return false
	}
	only.text = []byte(word)
	return true
}

// tellChoices says what this day can be narrowed to.
func (p *plain) tellChoices() {
	a := p.app
	desk := &a.words.Plain.Desk
	p.say(a.words.Plain.Today, desk.Only.Says, p.next(desk.Only.Next))
	var ways, states []string
	for _, way := range waysOf(p.days.rows) {
		ways = append(ways, a.came(way.channel, way.kind))
	}
	for state := ledger.StandingPaid; state <= ledger.StandingTrouble; state++ {
		states = append(states, state.String()+" ("+a.words.Daybook.Standings[state]+")")
	}
	people := cashiersOf(&p.days.dayRows)
	for i := range people {
		people[i] = clean(people[i], 24)
	}
	for _, choice := range []struct {
		label string
		names []string
	}{{a.words.Daybook.Tender, ways}, {desk.Cashiers, people}, {desk.States, states}} {
		if len(choice.names) > 0 {
			p.say(choice.label + p.colon() + strings.Join(choice.names, p.comma()) + p.stop())
		}
	}
}

// tellSale tells the story of a sale that was listed, or of the one of a long number on a bill.
func (p *plain) tellSale(text string) {
	a, d := p.app, p.days
	if _, code := a.payCode([]byte(text)); code {
		p.tellNote(note{sentence: a.words.Refund.Stray})
		return
	}
	var find saleFinder
	n, err := strconv.Atoi(text)
	switch {
	case len(text) >= findLong:
		number, book := strings.ToUpper(text), a.book
		find = func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) { return saleOfNumber(ctx, book, number) }
	case err == nil && n > 0 && n <= len(d.items):
		d.pick.at = list(n - 1)
		find = d.chosen(a)
	default:
		p.tellNote(note{sentence: a.words.Plain.Desk.NoLine})
		return
	}
	p.storyOf(find)
}

// storyOf looks for a sale and tells its story.
func (p *plain) storyOf(find saleFinder) {
	a := p.app
	t := &storyScreen{}
	p.intendThen(actDay, func(ctx context.Context) (_ []string, err error) {
		if t.sale, _, err = find(ctx); err == nil {
			t.events, err = a.book.Story(&t.sale)
		}
		return nil, err
	}, func(err error) {
		if err == nil {
			p.tellStory(t)
		}
	})
}

// tellStory says how a sale stands, and each event: when, who, what.
func (p *plain) tellStory(t *storyScreen) {
	a := p.app
	row := rowOf(&t.sale)
	sold := a.put(a.words.Story.Sold, "time", a.book.Calendar().In(t.sale.OpenedAt).Format(time.DateTime), "person", a.who(t.sale.Actor))
	day := a.book.Calendar().In(t.sale.OpenedAt).Format(time.DateOnly)
	next := a.put(a.words.Plain.Desk.NextStory, "text", day+" "+cleanCode(t.sale.ID.Tail(), 4))
	p.say(a.words.Plain.Desk.Story, p.sale(&t.sale), sentence(p.spoken(a.rowState(&row)), p.stop()), sentence(sold, p.stop()), p.next(next))
	teller, date := newTeller(a, &t.sale), day
	var lines []string
	for i := range t.events {
		e := &t.events[i]
		at := a.book.Calendar().In(e.At)
		stamp := at.Format(time.TimeOnly)
		if on := at.Format(time.DateOnly); on != date {
			date, stamp = on, at.Format(time.DateTime)
		}
		lines = append(lines, stamp+p.comma()+a.who(e.Actor)+p.colon()+sentence(p.unsigned(teller.tell(e)), p.stop()))
	}
	for i := range t.sale.Matches {
		lines = append(lines, a.words.Statement.By+p.colon()+sentence(p.unsigned(teller.match(&t.sale.Matches[i])), p.stop()))
	}
	p.tellPage(lines)
}
