package ui

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// TestAskingReadsBesideTheScreen: what can be asked about is read by commands, and no list is drawn before it has come.
func TestAskingReadsBesideTheScreen(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		r.book.Board().Post(func(v *ledger.BoardView) {
			v.Devices[ledger.DevicePrinter] = ledger.Device{State: ledger.DeviceReady}
		})
		r.key("8", "enter")
		sale, _ := r.sale()
		if err := r.book.Tender(ctx, ledger.Trainee, ledger.TenderWish{Sale: sale.ID, Kind: ledger.Cash}); err != nil {
			t.Fatal(err)
		}
		c := comesIn(t, ctx, r, nil, ledger.RoleSupport)
		c.key("5", "down", "enter")
		c.sees("Which sale of today?", sale.ID.Tail())
		c.key(sale.ID.Tail()[:2], "enter")
		c.sees("print the receipt of sale " + sale.ID.Tail())
		if c.v.sight() != sightAsk {
			t.Errorf("the counter is told %q", c.v.sight())
		}
		c.key("f11")
		c.sees("Talk with the counter")
		c.key("esc", "esc", "up", "enter")
		c.sees("The till works on no payment now.")
		cancel()
	})
}

// TestSupportIsShownNoAmounts where it picks a sale.
func TestSupportIsShownNoAmounts(t *testing.T) {
	all := []ledger.Row{{Settled: true, Amount: ledger.Fen(800), Returned: ledger.Fen(500)}, {Amount: ledger.Fen(100)}}
	a := drawnApp(t, assets.En, false, 80, 24)
	asGuest(a, ledger.RoleSupport)
	s := &askScreen{step: askSale, rows: printable(all), stop: func() {}}
	s.narrow()
	a.push(s)
	if frame := a.frame(); len(s.fits) != 1 || strings.Contains(frame, "¥") || strings.Contains(frame, "5.00") {
		t.Errorf("%d sales:\n%s", len(s.fits), frame)
	}
	if all[0].Returned != ledger.Fen(500) {
		t.Error("the day's own rows are another's")
	}
}

// TestWhatCannotWorkIsNotAskedFor: it is said why, and the counter is not troubled.
func TestWhatCannotWorkIsNotAskedFor(t *testing.T) {
	for _, lang := range []assets.Lang{assets.En, assets.Zh} {
		a := drawnApp(t, lang, false, 80, 24)
		asGuest(a, ledger.RoleSupport)
		a.guest.noBundle = true
		delete(a.scene.board.Devices, ledger.DevicePrinter)
		for what, why := range map[ledger.HandKind]string{ledger.HandReprint: a.words.Device.NoPrinter.Says, ledger.HandBundle: a.words.Guest.NoBundle.Says} {
			s := newAsk()
			s.at = list(slices.Index(ledger.HandKinds, what))
			a.push(s)
			if cmd := s.act(a, actEnter); cmd != nil || s.step != askKind || !strings.Contains(a.frame(), why[:20]) {
				t.Errorf("%s:\n%s", what, a.frame())
			}
			a.pop()
		}
	}
}

// TestAWishThatWasAnsweredWaitsNoMore: that the counter has an earlier one is not said any longer.
func TestAWishThatWasAnsweredWaitsNoMore(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		c := comesIn(t, ctx, r, nil, ledger.RoleSupport)
		asked, err := r.book.AskHand(ctx, c.visit, ledger.HandWish{What: ledger.HandBundle})
		if err != nil {
			t.Fatal(err)
		}
		c.key("5", "down", "down", "down", "enter", "enter")
		c.sees("[HAND-OPEN]")
		if err := r.book.AnswerHand(ctx, ledger.Trainee, asked, false); err != nil {
			t.Fatal(err)
		}
		c.rest()
		if strings.Contains(c.frame(), "HAND-OPEN") {
			t.Errorf("it is still said:\n%s", c.frame())
		}
		cancel()
	})
}

// TestVisitorsAreToldTheirOwnKeys: sentences, footer and help of a visitor's screens name no key that is refused there.
func TestVisitorsAreToldTheirOwnKeys(t *testing.T) {
	for _, lang := range assets.Langs {
		a := drawnApp(t, lang, false, 80, 40)
		w := &a.words.Guest
		on := func(role ledger.Role, s ...screen) string {
			a.scene = baseScene()
			asGuest(a, role)
			a.scene.board.Devices[ledger.DeviceScanner] = ledger.Device{State: ledger.DeviceOff}
			for _, s := range s {
				a.push(s)
			}
			return ansi.Strip(a.frame())
		}
		help := func(about screen, role ledger.Role) string {
			asGuest(a, role)
			a.push(about)
			return strings.Join(newHelp(a).lines(a), "\n")
		}
		why, waits := &askScreen{step: askReason, wish: ledger.HandWish{What: ledger.HandBundle}}, &askScreen{step: askWaits, wish: ledger.HandWish{What: ledger.HandBundle}}
		scroll := a.fill(w.SupportNext)
		for name, tc := range map[string]struct{ shows, has, lacks string }{
			"story":          {on(ledger.RoleSupervisor, &storyScreen{}), scroll, a.fill(a.words.Story.Next)},
			"entry":          {on(ledger.RoleSupervisor, &entryScreen{list: &exceptionsScreen{}}), scroll, a.fill(a.words.Exception.EntryNext)},
			"scanner":        {on(ledger.RoleSupport), w.Scanners[ledger.DeviceOff], "F5"},
			"why":            {on(ledger.RoleSupport, why), w.KeyAsk, a.words.Keys.SayLine},
			"help of why":    {help(why, ledger.RoleSupport), "Enter         " + w.KeyAsk, "Enter         " + a.words.Keys.SayLine},
			"waits":          {on(ledger.RoleSupport, waits), w.Scanners[ledger.DeviceOff], "Enter"},
			"support's menu": {help(&guestHome{}, ledger.RoleSupport), "  1  2  5  6 ", "1-6"},
			"the menu":       {help(&guestHome{}, ledger.RoleSupervisor), "  1-6  ", "1  2"},
			"leaving":        {help(&guestHome{}, ledger.RoleSupport), "  q             " + w.KeyLeave, "Ctrl-C        " + a.words.Keys.Leave},
		} {
			if !strings.Contains(tc.shows, tc.has) || strings.Contains(tc.shows, tc.lacks) {
				t.Errorf("%s: want %q and no %q:\n%s", name, tc.has, tc.lacks, tc.shows)
			}
		}
	}
}

// TestAVisitorsRowFits: the narrowest window still says that there is nothing but looking.
func TestAVisitorsRowFits(t *testing.T) {
	for lang, says := range map[assets.Lang]string{assets.En: "looking only", assets.Zh: "只能看"} {
		a := drawnApp(t, lang, false, minWidth, minHeight)
		asGuest(a, ledger.RoleSupervisor)
		a.actor.Person = strings.Repeat("z", 24)
		a.scene.talk = []ledger.TalkLine{{Event: 9, Person: "wang", Text: "hello"}}
		if row := ansi.Strip(a.guestRow(minWidth)); !strings.Contains(row, says) || !strings.Contains(row, a.actor.Person) || strings.Contains(row, "…") {
			t.Errorf("%q", row)
		}
	}
}

// TestAVisitorsDayNamesTheException: above a visitor's screens nothing else does.
func TestAVisitorsDayNamesTheException(t *testing.T) {
	for _, lang := range assets.Langs {
		a := drawnApp(t, lang, false, 80, 24)
		a.scene = baseScene()
		asGuest(a, ledger.RoleSupervisor)
		d := dayOfSales()
		d.open = []entry{{Exception: ledger.Exception{ID: 5, Note: ledger.NoteLateMoney, Sale: "260302000714943"}}}
		a.scene.warning.id, a.scene.warnings = 5, 1
		a.push(d)
		if frame := ansi.Strip(a.frame()); !strings.Contains(frame, a.words.Notes[ledger.NoteLateMoney]) || !strings.Contains(frame, "4943") {
			t.Errorf("%s", frame)
		}
	}
}
