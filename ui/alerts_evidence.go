package ui

import (
	"context"
	"errors"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// evidenceScreen shows what an alert rests on: events, and the sales they are about. It grows with the alert.
type evidenceScreen struct {
	from    *alertsScreen
	key     string
	alert   ledger.Alert
	events  []ledger.Event // of the alert's evidence, in that order
	err     error
	reading bool
	pick    picked
}

// evidenceMsg brings an alert's events.
type evidenceMsg struct {
	of     *evidenceScreen
	alert  ledger.Alert
	events []ledger.Event
	err    error
}

// openEvidence reads what an alert rests on and shows it.
func (a *App) openEvidence(from *alertsScreen, alert ledger.Alert) tea.Cmd {
	s := &evidenceScreen{from: from, key: alertKey(&alert), alert: alert}
	book, actor := a.book, a.actor
	return a.intendThen(actAlerts, func(context.Context) (err error) {
		s.events, err = book.Evidence(actor, &s.alert)
		return err
	}, func(a *App, err error) tea.Cmd {
		if err == nil {
			a.push(s)
		}
		return nil
	})
}

func (*evidenceScreen) place() place             { return atEvidence }
func (*evidenceScreen) leave()                   {}
func (*evidenceScreen) typed(*App, rune) tea.Cmd { return nil }
func (*evidenceScreen) next(a *App) string       { return a.words.Alert.NextEvidence }

func (s *evidenceScreen) act(a *App, do action) tea.Cmd {
	if do != actEnter {
		s.pick.move(do, a.page(), s.keys())
		return nil
	}
	at := s.at()
	if at < 0 {
		return nil
	}
	found := s.alert.Evidence[at]
	if found.Sale == "" {
		a.say(note{sentence: a.words.Alert.NoStory})
		return nil
	}
	return a.openStory(saleOfEvidence(a.book, s.alert.Day, found))
}

// saleOfEvidence is the way to the sale of an alert's event: by its order, or its own number, or among the sales of that day.
func saleOfEvidence(book *ledger.Book, day ledger.Day, evidence ledger.Evidence) saleFinder {
	return func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) {
		for _, order := range []ledger.OrderNo{evidence.Order, ledger.OrderNo(evidence.Sale)} {
			if sale, ok, err := saleOfOrder(ctx, book, order); order != "" && (ok || err != nil) {
				return sale, evidence.Order, err
			}
		}
		sale, ok, err := saleOfRow(ctx, book, day, evidence.Sale)
		return sale, "", found(ok, err)
	}
}

// at is the chosen event's place in the evidence, whose newest stands on top; -1 where there is none.
func (s *evidenceScreen) at() int { return len(s.events) - 1 - int(s.pick.at) }

func (s *evidenceScreen) keys() []string {
	keys := make([]string, len(s.events))
	for i := range s.events {
		keys[len(keys)-1-i] = strconv.FormatUint(s.events[i].Seq, 10)
	}
	return keys
}

// hear reads the events again when the alert has grown: the list below has heard of it first.
func (s *evidenceScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(evidenceMsg); ok && msg.of == s {
		s.reading = false
		switch {
		case msg.err == nil:
			s.alert, s.events, s.err = msg.alert, msg.events, nil
			s.pick.keep(s.keys())
		case !errors.Is(msg.err, context.Canceled):
			s.err = msg.err
		}
	}
	now, ok := s.from.find(s.key)
	if s.reading || !ok || now.Count == s.alert.Count || s.err != nil {
		return nil
	}
	s.reading = true
	book, actor := a.book, a.actor
	return func() tea.Msg {
		events, err := book.Evidence(actor, &now)
		return evidenceMsg{s, now, events, err}
	}
}

// footRows are kept for the whole sentence of the chosen row.
const footRows = 2

func (s *evidenceScreen) draw(a *App, width, height int) []string {
	w := &a.words.Alert
	rows := append([]string{a.palette.bold.Render(cut(a.alertRule(&s.alert), width))}, wrap(a.alertLine(&s.alert), width, 2)...)
	rows = append(rows, cut("→ "+w.Steps[s.alert.Rule], width))
	if n := len(s.alert.Evidence); n < s.alert.Count {
		rows = append(rows, cut(a.put(w.Last, "n", strconv.Itoa(n), "number", strconv.Itoa(s.alert.Count)), width))
	}
	rows = append(rows, "")
	if s.err != nil {
		return append(rows, wrap(a.put(w.Failed, "text", clean(s.err.Error(), 4*width)), width, 4)...)
	}
	from, to, more := s.pick.at.window(a, len(s.events), height-len(rows)-footRows, true)
	for i := from; i < to; i++ {
		rows = append(rows, a.chosen(i == int(s.pick.at), s.line(a, len(s.events)-1-i), width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	var foot []string
	if at := s.at(); at >= 0 && wide(s.line(a, at))+2 > width {
		foot = wrap(a.tellEvidence(&s.events[at]), width, footRows)
	}
	return append(fit(rows, height-footRows), fit(foot, footRows)...)
}

// line is an event: when, who, which sale, what.
func (s *evidenceScreen) line(a *App, at int) string {
	e, found := &s.events[at], &s.alert.Evidence[at]
	line := a.book.Calendar().In(e.At).Format("15:04:05") + "  " + pad(cut(a.who(e.Actor), whoWide), whoWide) + "  "
	if found.Sale != "" {
		line += pad("…"+cleanCode(found.Sale.Tail(), 4), tailWide) + padLeft(ledger.Fen(found.Fen).String(), amountWide) + "  "
	}
	return line + a.tellEvidence(e)
}
