package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// someAlerts has one of every rule, of several days.
func someAlerts() ledger.AlertList {
	list := ledger.AlertList{Head: 99}
	for i, rule := range ledger.AlertRules {
		alert := ledger.Alert{Rule: rule, Person: []string{"wang", "王小明", ""}[i%3], Day: 20260302, At: noon.Add(-time.Duration(i) * time.Minute), Count: 3 + i}
		if i > 3 {
			alert.Day, alert.At = 20260228, alert.At.AddDate(0, 0, -2)
		}
		if rule == ledger.AlertDifference {
			alert.Fen = -45_00
		}
		alert.Evidence = append(alert.Evidence, ledger.Evidence{Seq: 7, Sale: "26030200071234", Order: testOrder, Fen: 1250}, ledger.Evidence{Seq: 9, Sale: "26030200089876", Fen: 88})
		list.Alerts = append(list.Alerts, alert)
	}
	return list
}

// shopHours are the usual thresholds of a shop that has opening hours.
func shopHours() ledger.Thresholds {
	limits := ledger.DefaultThresholds()
	limits.Opens, limits.Closes = 9*time.Hour, 22*time.Hour
	return limits
}

// asSupervisor is a real till with a supervisor at it.
func asSupervisor(a *App) {
	atRealTill(a, "chen", fourPeople)
	a.scene.actor.Role = ledger.RoleSupervisor
	a.actor = a.scene.actor
}

func theAlerts(change func(*alertsScreen)) func(*App) {
	return func(a *App) {
		asSupervisor(a)
		s := &alertsScreen{feed: alertFeed{read: true, head: 99, list: someAlerts()}}
		if change != nil {
			change(s)
		}
		a.push(s)
	}
}

// evidenceOf is what an alert rests on, with these events.
func evidenceOf(rule ledger.AlertRule, bodies ...ledger.Body) func(*App) {
	return func(a *App) {
		theAlerts(nil)(a)
		list := a.top().(*alertsScreen)
		s := &evidenceScreen{from: list}
		for _, alert := range list.feed.list.Alerts {
			if alert.Rule == rule {
				s.alert, s.key = alert, alertKey(&alert)
			}
		}
		s.alert.Evidence = s.alert.Evidence[:0:0]
		for i, body := range bodies {
			found := ledger.Evidence{Seq: uint64(i + 7)}
			if _, is := body.(*ledger.RefundOpened); is {
				found.Sale, found.Fen = "26030200071234", 1250
			}
			s.alert.Evidence = append(s.alert.Evidence, found)
			s.events = append(s.events, ledger.Event{Seq: found.Seq, At: noon.Add(time.Duration(i) * time.Minute), Actor: ledger.Actor{Person: "wang", Role: ledger.RoleCashier}, Body: body})
		}
		a.push(s)
	}
}

func alertPictures() []picture {
	refund := func(why string) ledger.Body {
		return &ledger.RefundOpened{Refund: "T1012603020000AB12CD34EKR01", Order: testOrder, Amount: ledger.Fen(1250), Cause: ledger.CausePerson, Why: why}
	}
	closed := &ledger.ShiftClosed{Shift: 41, Expected: ledger.Fen(500_00), Counted: ledger.Fen(500_00), First: ledger.Fen(-45_00)}
	return []picture{
		{"a supervisor's day with alerts and exceptions", func(a *App) {
			asSupervisor(a)
			aBusyDay(func(d *dayScreen) { d.alerts = alertFeed{read: true, head: 99, list: someAlerts()} })(a)
		}},
		{"a supervisor's day with old alerts", func(a *App) {
			asSupervisor(a)
			aBusyDay(func(d *dayScreen) {
				d.open, d.alerts = nil, alertFeed{read: true, head: 99, list: ledger.AlertList{Head: 99, Alerts: someAlerts().Alerts[5:]}}
			})(a)
			a.scene.warnings, a.scene.warning = 0, warning{}
		}},
		{"a supervisor's day, alerts failed", func(a *App) {
			asSupervisor(a)
			aBusyDay(func(d *dayScreen) { d.alerts.err = errors.New("disk \x1b[31mred") })(a)
		}},
		{"alerts", theAlerts(nil)},
		{"alerts, the last", theAlerts(func(s *alertsScreen) { s.pick.at = list(len(ledger.AlertRules) - 1) })},
		{"alerts, reading", theAlerts(func(s *alertsScreen) { s.feed = alertFeed{} })},
		{"alerts, none", theAlerts(func(s *alertsScreen) { s.feed.list.Alerts = nil })},
		{"alerts, failed", theAlerts(func(s *alertsScreen) { s.feed.err = errors.New("event 8 \x1b[31mred") })},
		{"an alert on refunds, foreign words", evidenceOf(ledger.AlertOwnRefund, refund("the cup is broken"), refund("杯子碎了 \x1b[31mbroken cup, and the saucer, and the customer has changed their mind too"), refund("wrong size"))},
		{"an alert on a count", evidenceOf(ledger.AlertDifference, closed)},
		{"an alert on wrong PINs", evidenceOf(ledger.AlertWrongPIN, &ledger.PINFailed{Person: "wang"}, &ledger.PINFailed{})},
		{"an alert about no sale", func(a *App) {
			evidenceOf(ledger.AlertNoSale, &ledger.DrawerOpened{Why: "change"})(a)
			a.say(note{sentence: a.words.Alert.NoStory})
		}},
	}
}

// TestEveryEvidenceHasWords: each kind of event that a rule counts is told, in both languages.
func TestEveryEvidenceHasWords(t *testing.T) {
	for _, lang := range assets.Langs {
		a := drawnApp(t, lang, true, 80, 24)
		other, _, _ := strings.Cut(a.words.Story.Other, "{")
		for _, body := range []ledger.Body{
			&ledger.SaleOpened{Amount: ledger.Fen(5)}, &ledger.SaleDropped{}, &ledger.SaleSetAside{}, &ledger.AttemptStopped{Why: ledger.StopCashier},
			&ledger.AttemptAnswered{Became: ledger.Paid}, &ledger.TenderTaken{By: ledger.Cash}, &ledger.RefundOpened{Why: "w"}, &ledger.TenderReturned{By: ledger.Cash, Why: "w"},
			&ledger.Resolved{Note: "n", Returned: ledger.Fen(5)}, &ledger.CodeRefused{Why: ledger.ReasonNoAmount}, &ledger.PINFailed{Person: "li"}, &ledger.PINFailed{},
			&ledger.SaleNoted{Wrong: true}, &ledger.ShiftClosed{Counted: ledger.Fen(5), First: ledger.Fen(-5)}, &ledger.ShiftClosed{}, &ledger.DrawerOpened{Why: "w"}, &ledger.Reprinted{Copy: 2},
		} {
			text := a.tellEvidence(&ledger.Event{Body: body})
			if text == "" || strings.ContainsAny(text, "{}") || strings.Contains(text, other) {
				t.Errorf("%s: %T is told as %q", lang, body, text)
			}
		}
	}
}

// withWatch tells a story at a real till whose alerts are followed.
func withWatch(t *testing.T, cfg Config, story func(r *robot)) {
	withStaff(t, cfg, func(b *ledger.BookConfig, _ *Options) {
		b.Alerts = ledger.DefaultThresholds()
		b.Alerts.Tiny = 2
	}, func(r *robot) {
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		go r.book.FollowAlerts(ctx)
		story(r)
	})
}

// TestASupervisorSeesAlerts: on the day's screen, live, with the evidence and the sale's story; a cashier sees none of it.
func TestASupervisorSeesAlerts(t *testing.T) {
	withWatch(t, Config{}, func(r *robot) {
		w := &r.app.words.Alert
		list := strings.TrimSpace(strings.SplitN(w.Title, "{", 2)[0])
		r.signIn("3", "wang")
		for range 2 {
			r.key("0", ".", "5", "enter", "m", "enter")
			r.sleep(time.Second)
		}
		r.key("f10")
		r.sleep(time.Second)
		r.seesNot("Alerts")
		r.key("f9")
		r.sees(string(ledger.ReasonNotAllowed))
		r.seesNot(list)
		r.key("esc", "j")
		r.seesNot(list)
		r.key("o")
		r.signIn("1", "chen")
		r.key("f10")
		r.sleep(time.Second)
		r.sees("Alerts: 1 on this day, 0 on other days", "F9 lists them", "F9 alerts")
		r.key("f9")
		r.sleep(time.Second)
		r.sees(list, "wang · count 2 (from 2 on)", "sales below ¥1.00", w.Steps[ledger.AlertTiny])
		r.key("enter")
		r.sees("sales below ¥1.00", "0.50", "took Cash")
		first := ansi.Strip(r.app.top().(*evidenceScreen).line(r.app, 1))
		r.key("enter")
		r.sees(r.app.words.Story.Title, r.app.top().(*storyScreen).sale.ID.Tail())
		if !strings.Contains(first, r.app.top().(*storyScreen).sale.ID.Tail()) {
			t.Errorf("the story of another sale than that of %q", first)
		}
	})
}

// TestTheEvidenceGrows while somebody looks at it.
func TestTheEvidenceGrows(t *testing.T) {
	withWatch(t, Config{}, func(r *robot) {
		r.signIn("1", "chen")
		open := func(n int) {
			for range n {
				if err := r.book.OpenDrawer(context.Background(), r.app.actor, ledger.DrawerWish{Why: "change"}); err != nil {
					t.Fatal(err)
				}
			}
			r.sleep(time.Second)
		}
		open(9)
		r.key("j")
		r.sleep(time.Second)
		r.key("enter")
		r.sees("chen · count 9 (from 9 on)", "let the drawer open; change")
		open(1)
		r.sees("chen · count 10 (from 9 on)")
		r.key("enter")
		r.sees(r.app.words.Alert.NoStory.Says)
		open(15)
		r.sees("chen · count 25 (from 9 on)", "the last 20 of 25")
	})
}

// TestPlainLinesTellAlerts to a supervisor, and to nobody else.
func TestPlainLinesTellAlerts(t *testing.T) {
	withWatch(t, Config{}, func(r *robot) {
		p, end := onPaper(r, Options{})
		defer end()
		p.hears("SIGN IN", "Who works here?")
		p.line("3", "7391")
		for range 2 {
			p.line("0.5", "m", "yes")
		}
		r.sleep(2 * time.Second)
		p.line("j")
		p.hears("NOT DONE", "[NOT-ALLOWED]")
		p.line("o", "1", pins["chen"])
		p.hears("SIGN IN", "chen works here now.")
		p.line("j")
		p.hears("ALERT", "Alerts of the last five weeks: 1.")
		if all := p.paper.all(); !strings.Contains(all, "wang, count 2 (from 2 on)") || !strings.Contains(all, "sales below ¥1.00.") {
			t.Error(all)
		}
		p.line("j 1")
		p.hears("ALERT", "1:", "wang", "j 1 1 tells the first sale's story")
		p.line("j 1 1")
		p.hears("STORY", "¥0.50")
		p.line("j 1 9")
		p.hears("NOT DONE", "nothing of that number")
		p.line("d")
		p.hears("ALERT", "Alerts: 1 on this day", "j lists them")
	})
}
