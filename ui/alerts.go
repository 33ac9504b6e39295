package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// alertFeed keeps a screen's look at the alerts fresh. The Book gives them to supervisors alone.
type alertFeed struct {
	list    ledger.AlertList
	err     error
	read    bool
	head    uint64 // how far the ledger had grown when they were asked for
	reading bool
}

// alertsMsg brings the alerts.
type alertsMsg struct {
	of   *alertFeed
	head uint64
	list ledger.AlertList
	err  error
}

// load asks for the alerts of everything that has happened. It waits for the watch, in a command of its own: no list of sales does.
func (f *alertFeed) load(a *App) tea.Cmd {
	if f.reading || a.actor.May(ledger.RightAlerts) != nil {
		return nil
	}
	f.reading = true
	msg := alertsMsg{of: f, head: a.scene.head}
	book, actor, ctx := a.book, a.actor, a.feed.ctx
	return func() tea.Msg {
		msg.list, msg.err = book.Alerts(ctx, actor, msg.head)
		return msg
	}
}

// hears takes what came, and asks again when the ledger has grown. fresh tells that something new has come.
func (f *alertFeed) hears(a *App, msg tea.Msg) (fresh bool, cmd tea.Cmd) {
	if msg, ok := msg.(alertsMsg); ok && msg.of == f {
		f.reading, f.head = false, msg.head
		if fresh = !errors.Is(msg.err, context.Canceled); fresh {
			f.read, f.list, f.err = true, msg.list, errors.Join(msg.err, msg.list.Err)
		}
	}
	if f.head >= a.scene.head {
		return fresh, nil
	}
	return fresh, f.load(a)
}

// top says above a day's sales how many alerts there are, and the key that lists them; nothing where there are none.
func (f *alertFeed) top(a *App, day ledger.Day, width int) []string {
	w := &a.words.Alert
	if f.err != nil {
		return []string{a.palette.alarm.Render(cut(a.put(w.TopFailed, "text", clean(f.err.Error(), width)), width))}
	}
	today, others := f.list.Today(day)
	if today+others == 0 {
		return nil
	}
	text := cut(a.put(w.Top, "n", strconv.Itoa(today), "number", strconv.Itoa(others)), width)
	if today == 0 {
		return []string{text}
	}
	return []string{a.palette.alarm.Render(text)}
}

// alertsScreen lists the alerts, live.
type alertsScreen struct {
	feed alertFeed
	pick picked
}

func (a *App) openAlerts() tea.Cmd {
	if err := a.actor.May(ledger.RightAlerts); err != nil {
		a.say(a.noteOf(err))
		return nil
	}
	s := &alertsScreen{}
	a.push(s)
	return s.feed.load(a)
}

func (*alertsScreen) place() place             { return atAlerts }
func (*alertsScreen) leave()                   {}
func (*alertsScreen) typed(*App, rune) tea.Cmd { return nil }

func (s *alertsScreen) next(a *App) string {
	if len(s.feed.list.Alerts) == 0 {
		return a.words.Alert.NextEmpty
	}
	return a.words.Alert.Next
}

func (s *alertsScreen) act(a *App, do action) tea.Cmd {
	alerts := s.feed.list.Alerts
	if do != actEnter {
		s.pick.move(do, max(a.page()/alertRows, 1), s.keys())
	} else if int(s.pick.at) < len(alerts) {
		return a.openEvidence(s, alerts[s.pick.at])
	}
	return nil
}

func (s *alertsScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	fresh, cmd := s.feed.hears(a, msg)
	if fresh {
		s.pick.keep(s.keys())
	}
	return cmd
}

func (s *alertsScreen) keys() []string {
	keys := make([]string, len(s.feed.list.Alerts))
	for i := range s.feed.list.Alerts {
		keys[i] = alertKey(&s.feed.list.Alerts[i])
	}
	return keys
}

// find gives the alert as it is now; ok is false where it is not kept any more.
func (s *alertsScreen) find(key string) (alert ledger.Alert, ok bool) {
	at := slices.Index(s.keys(), key)
	if at < 0 {
		return alert, false
	}
	return s.feed.list.Alerts[at], true
}

// alertKey tells an alert from all others.
func alertKey(alert *ledger.Alert) string {
	return fmt.Sprintf("%d %s %s", alert.Day, alert.Rule, alert.Person)
}

// alertRows is how many rows an alert takes: who and how often, what, and what to do.
const alertRows = 3

func (s *alertsScreen) draw(a *App, width, height int) []string {
	w, f := &a.words.Alert, &s.feed
	rows := []string{a.palette.bold.Render(a.put(w.Title, "n", strconv.Itoa(len(f.list.Alerts))))}
	switch {
	case f.err != nil:
		return append(append(rows, ""), wrap(a.put(w.Failed, "text", clean(f.err.Error(), 4*width)), width, 4)...)
	case !f.read || f.list.Head == 0:
		return []string{w.Reading}
	case len(f.list.Alerts) == 0:
		return append(append(rows, ""), wrap(w.Empty, width, 3)...)
	}
	room := max((height-len(rows)-1)/alertRows, 1)
	if len(f.list.Alerts)*alertRows > height-len(rows) {
		room++ // window keeps one for its own row
	}
	from, to, more := s.pick.at.window(a, len(f.list.Alerts), room, true)
	for i := from; i < to; i++ {
		alert := &f.list.Alerts[i]
		rows = append(rows, a.chosen(i == int(s.pick.at), a.alertLine(alert), width),
			cut("    "+a.alertRule(alert), width), cut("    → "+w.Steps[alert.Rule], width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}
