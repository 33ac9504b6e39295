package ui

import (
	"context"
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
)

// alerts lists the patterns of trades that a supervisor should look at, for whoever may see them. A number of the list as it was told
// last says what that one rests on, and a second number tells the story of a sale in it.
func (p *plain) alerts(rest string) {
	number, nth, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(number)
	at, atErr := strconv.Atoi(nth)
	switch {
	case rest == "" || err != nil || n < 1 || n > len(p.alerted):
		p.tellAlerts()
	case nth == "":
		p.tellEvidence(n, p.alerted[n-1])
	case atErr != nil || at < 1 || at > len(p.alerted[n-1].Evidence):
		p.tellNote(note{sentence: p.app.words.Plain.Desk.NoEvidence})
	default:
		alert := p.alerted[n-1]
		found := alert.Evidence[len(alert.Evidence)-at]
		if found.Sale == "" {
			p.say(p.app.words.Plain.NotDone, p.app.words.Alert.NoStory.Says, p.next(p.app.words.Plain.Desk.NextAlert))
			return
		}
		p.storyOf(saleOfEvidence(p.app.book, alert.Day, found))
	}
}

// tellAlerts reads the list and says it.
func (p *plain) tellAlerts() {
	a := p.app
	w := &a.words.Alert
	var list ledger.AlertList
	actor := a.actor
	p.intendThen(actAlerts, func(ctx context.Context) (_ []string, err error) {
		list, err = a.book.Alerts(ctx, actor, 0)
		return nil, err
	}, func(err error) {
		p.alerted = list.Alerts
		lead, next := a.words.Plain.Alert, p.next(a.words.Plain.Desk.Gone)
		switch {
		case err != nil: // it is said
			return
		case list.Err != nil:
			p.say(lead, a.put(w.Failed, "text", clean(list.Err.Error(), 200)), next)
		case list.Head == 0:
			p.say(lead, w.Reading, next)
		case len(list.Alerts) == 0:
			p.say(lead, w.Empty, next)
		default:
			p.say(lead, sentence(a.put(w.Title, "n", strconv.Itoa(len(list.Alerts))), p.stop()), p.next(a.words.Plain.Desk.NextAlert))
		}
		var lines []string
		for i := range list.Alerts {
			alert := &list.Alerts[i]
			lines = append(lines, strings.Join([]string{strconv.Itoa(i+1) + ":", p.alertLine(alert), sentence(a.alertRule(alert), p.stop()), sentence(w.Steps[alert.Rule], p.stop())}, " "))
		}
		p.tellPage(lines)
	})
}

func (p *plain) alertLine(alert *ledger.Alert) string {
	return sentence(p.spoken(p.app.alertLine(alert)), p.stop())
}

// tellEvidence says what an alert rests on, the newest first.
func (p *plain) tellEvidence(n int, alert ledger.Alert) {
	a := p.app
	var events []ledger.Event
	actor := a.actor
	p.intendThen(actAlerts, func(context.Context) (_ []string, err error) {
		events, err = a.book.Evidence(actor, &alert)
		return nil, err
	}, func(err error) {
		if err != nil {
			return
		}
		last := ""
		if kept := len(alert.Evidence); kept < alert.Count {
			last = sentence(a.put(a.words.Alert.Last, "n", strconv.Itoa(kept), "number", strconv.Itoa(alert.Count)), p.stop())
		}
		p.say(a.words.Plain.Alert, strconv.Itoa(n)+":", p.alertLine(&alert), sentence(a.alertRule(&alert), p.stop()), last,
			p.next(a.put(a.words.Plain.Desk.NextEvidence, "n", strconv.Itoa(n))))
		var lines []string
		for i := len(events) - 1; i >= 0; i-- {
			e, found, which := &events[i], &alert.Evidence[i], ""
			if found.Sale != "" {
				which = p.amountTail(ledger.Fen(found.Fen).String(), found.Sale)
			}
			lines = append(lines, strconv.Itoa(len(events)-i)+": "+p.listing(a.book.Calendar().In(e.At).Format(time.TimeOnly), a.who(e.Actor), which, p.unsigned(a.tellEvidence(e))))
		}
		p.tellPage(lines)
	})
}
