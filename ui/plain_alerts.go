package ui

import (
	"context"
	"strconv"

	"guitai/ledger"
)

// alerts lists the patterns of trades that a supervisor should look at, for whoever may see them.
func (p *plain) alerts() {
	a := p.app
	w := &a.words.Alert
	var list ledger.AlertList
	p.intendThen(actAlerts, func(ctx context.Context) (lines []string, err error) {
		list, err = a.book.Alerts(ctx, a.actor, 0)
		return nil, err
	}, func(error) {
		switch {
		case list.Err != nil:
			p.say(a.words.Plain.Alert, a.put(w.Failed, "text", clean(list.Err.Error(), 200)))
		case list.Head == 0:
			p.say(a.words.Plain.Alert, w.Reading)
		case len(list.Alerts) == 0:
			p.say(a.words.Plain.Alert, w.Empty)
		default:
			p.say(a.words.Plain.Alert, sentence(a.put(w.Title, "n", strconv.Itoa(len(list.Alerts))), p.stop()))
		}
		for i := range list.Alerts {
			alert := &list.Alerts[i]
			p.say(strconv.Itoa(i+1)+":", sentence(p.spoken(a.alertLine(alert)), p.stop()), sentence(a.alertRule(alert), p.stop()), sentence(w.Steps[alert.Rule], p.stop()))
		}
	})
}
