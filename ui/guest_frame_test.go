package ui

import (
	"strings"
	"time"

	"guitai/ledger"
)

// chen is inside, and so may be zhou.
var chen = ledger.Visit{Number: 7, Since: noon.Add(-12 * time.Minute), VisitWish: ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport}}

func withVisitor(a *App) {
	a.scene.visits = []ledger.Visit{chen}
	a.hub = &Hub{}
	a.hub.sees(chen.Number, sightScreen, noon.Add(-3*time.Minute))
}

func withTalk(a *App) {
	withVisitor(a)
	a.scene.talk = []ledger.TalkLine{
		{Event: 8, Visit: 7, Person: "chen", At: noon.Add(-2 * time.Minute), Text: "Can you see whether the printer's lamp is on?"},
		{Event: 9, Person: "wang", At: noon.Add(-time.Minute), Text: "It is off. 打印机没有电。"},
		{Event: 10, Visit: 7, Person: "chen", At: noon, Text: "Please switch it on; evil \x1b[2J\u202e text, and a long one that has to be wrapped into several rows of the narrowest panel"},
	}
}

func aWish() wish {
	return wish{Hand: ledger.Hand{Asked: 11, Visit: 7, Person: "chen", At: noon, HandWish: ledger.HandWish{What: ledger.HandReprint, Sale: "260302000714943", Why: "the customer has no paper"}},
		role: ledger.RoleSupport, tail: "4943"}
}

func withWish(a *App) {
	withTalk(a)
	a.scene.wishes = []wish{aWish()}
}

// insidePictures are the counter's, while somebody is inside.
func insidePictures() []picture {
	return []picture{
		{"somebody looks in", func(a *App) { withVisitor(a); a.scene.draft = keyedAmount("12.5") }},
		{"somebody looks in at a paid sale", func(a *App) { withSale(nil, ledger.Paid)(a); withVisitor(a) }},
		{"somebody looks in at a qr, with exceptions", func(a *App) {
			withSale(byQR, ledger.Waiting)(a)
			withVisitor(a)
			a.scene.warnings, a.scene.warning = 2, warning{note: ledger.NoteLateMoney, tail: "9876", amount: ledger.Fen(3000), named: ledger.Fen(3000), state: ledger.Orphan, owner: ledger.RoleSupervisor}
		}},
		{"somebody looks in at a qr in the whole window", func(a *App) { withSale(byQR, ledger.Waiting)(a); a.zoomed(true); withVisitor(a) }},
		{"two look in", func(a *App) {
			withVisitor(a)
			a.scene.visits = append(a.scene.visits, ledger.Visit{Number: 8, VisitWish: ledger.VisitWish{Person: "zhou", Role: ledger.RoleSupervisor}})
		}},
		{"a line was said in foreign words", withTalk},
		{"a hand is asked for", func(a *App) { withSale(byQR, ledger.Waiting)(a); withWish(a) }},
		{"a hand is asked for at a locked till", func(a *App) {
			withWish(a)
			a.scene.staffed, a.scene.locked, a.scene.actor = true, true, ledger.Actor{Person: "wang", Role: ledger.RoleCashier}
			a.scene.people = twoPeople
			a.push(newLogin(a, ""))
		}},
		{"talk, foreign words", func(a *App) { withWish(a); a.listened(); a.push(&talkScreen{text: "我去看看"}) }},
		{"talk, nothing said", func(a *App) { withVisitor(a); a.push(&talkScreen{}) }},
		{"talk, everybody has gone, foreign words", func(a *App) {
			withTalk(a)
			was := a.scene
			a.scene.visits, a.scene.talk = nil, nil
			a.seeGone(&was)
			a.push(&talkScreen{})
		}},
		{"yes or no", func(a *App) { withWish(a); a.push(&handScreen{wish: aWish(), opened: noon}) }},
		{"yes or no, answered already", func(a *App) { withVisitor(a); a.push(&handScreen{wish: aWish(), opened: noon}) }},
		{"ring for support", func(a *App) {
			withSale(func(at *ledger.Attempt) { at.Code = "SYSTEM_ERROR" }, ledger.Unknown)(a)
			a.quieted = ledger.ReasonUnresolved
			a.push(&ringScreen{text: a.ringText()})
		}},
		{"ring for support, the door is locked", func(a *App) {
			a.scene.shutTo = noon.Add(time.Hour)
			a.push(newRing(a))
		}},
		{"a second person opens the door", func(a *App) {
			a.scene.staffed, a.scene.actor, a.scene.people = true, ledger.Actor{Person: "wang", Role: ledger.RoleCashier}, twoPeople
			a.scene.shutTo, a.door = noon.Add(time.Hour), &testDoor{}
			a.push(newRing(a))
			a.openAgain()
		}},
		{"support at the counter", func(a *App) { supportBoard(a); a.push(aSupport()) }},
		{"everybody was thrown out", func(a *App) { a.sayOnly(a.thrown(thrownMsg{until: noon.Add(time.Hour)})) }},
	}
}

// asGuest makes a visitor's App of one.
func asGuest(a *App, role ledger.Role) {
	visit := chen
	visit.Role = role
	a.scene.visits = []ledger.Visit{visit}
	a.actor, a.desk, a.practice = visit.Actor(), noDesk{}, nil
	a.guest = &guest{visit: visit.Number, role: role, since: visit.Since, supervises: role == ledger.RoleSupervisor}
	a.stack = []screen{&guestHome{}}
}

func supportBoard(a *App) {
	b := &a.scene.board
	b.Links[ledger.Alipay] = ledger.Link{State: ledger.LinkUp, Since: noon.Add(-time.Hour), Latency: 214 * time.Millisecond, At: noon, Answers: 42, Failed: 3}
	b.Links[ledger.WeChat] = ledger.Link{State: ledger.LinkDown, Since: noon.Add(-5 * time.Minute), Latency: 15 * time.Second, At: noon, Answers: 9, Failed: 9, Cause: ledger.FaultNoConnection}
	b.Devices[ledger.DevicePrinter] = ledger.Device{State: ledger.DeviceNoPaper, Since: noon.Add(-time.Minute), Cause: "status 0x20 \x1b]0;evil\x07"}
	b.Backlog, b.ClockSkew, b.Disk.Free, b.BackupFault = 3, -95*time.Second, 4096<<20, "the folder /mnt/usb is not there"
	b.Outside = ledger.Outside{Seq: 1200, At: noon.Add(-time.Hour)}
	b.Statements = map[ledger.Channel]ledger.Statements{ledger.Alipay: {State: ledger.StatementsFault, Day: 20260301, Cause: "HTTP 500"}}
}

func aSupport() *supportScreen {
	s := &supportScreen{read: true, extra: supportExtra{oldest: noon.Add(-time.Minute), epoch: 2, day: 20260302}}
	s.health = Health{Version: "1.8.0", Opened: noon.Add(-30 * time.Hour), Heap: 21 << 20, Goroutines: 44, Disk: ledger.Disk{Free: 27_427 << 20}, Backup: true,
		Crash: &CrashNote{Name: "crash-20260301.txt", At: noon.Add(-20 * time.Hour), First: "panic: runtime error: index out of range [3] with length 3"}}
	for i := range 60 {
		s.health.Log = append(s.health.Log, LogLine{noon.Add(time.Duration(i-60) * time.Second), "WARN", "an answer was not taken \x1b[31m order=T1012603020000AB12CD34EK " + strings.Repeat("x", i)})
	}
	return s
}

// guestPictures are a visitor's.
func guestPictures() []picture {
	ask := func(set func(*App, *askScreen)) func(*App) {
		return func(a *App) {
			asGuest(a, ledger.RoleSupport)
			s := newAsk()
			set(a, s)
			a.push(s)
		}
	}
	return []picture{
		{"a visitor's menu", func(a *App) { asGuest(a, ledger.RoleSupport) }},
		{"a supervisor's menu from outside, leaving", func(a *App) {
			asGuest(a, ledger.RoleSupervisor)
			a.stack[0].(*guestHome).leaving = true
			a.scene.talk = []ledger.TalkLine{{Event: 9, Person: "wang", At: noon, Text: "hello"}}
		}},
		{"support, from outside", func(a *App) { asGuest(a, ledger.RoleSupport); supportBoard(a); a.push(aSupport()) }},
		{"support, the log", func(a *App) {
			asGuest(a, ledger.RoleSupport)
			supportBoard(a)
			s := aSupport()
			s.first = 30
			a.push(s)
		}},
		{"support, reading", func(a *App) { asGuest(a, ledger.RoleSupport); a.push(&supportScreen{}) }},
		{"today, from outside", func(a *App) { asGuest(a, ledger.RoleSupervisor); a.push(dayOfSales()) }},
		{"help of a visitor's day", func(a *App) { asGuest(a, ledger.RoleSupervisor); a.push(dayOfSales()); a.push(newHelp(a)) }},
		{"a visitor's key that does nothing", func(a *App) {
			asGuest(a, ledger.RoleSupervisor)
			a.push(dayOfSales())
			a.admits(press{key: "r", char: 'r'})
		}},
		{"a visitor talks", func(a *App) {
			asGuest(a, ledger.RoleSupport)
			a.scene.talk = []ledger.TalkLine{{Event: 9, Person: "wang", At: noon, Text: "it is off"}, {Event: 10, Visit: 7, Person: "chen", At: noon, Text: "switch it on"}}
			a.push(&talkScreen{text: "and then 130000000000000042"})
		}},
		{"asks for what", ask(func(*App, *askScreen) {})},
		{"asks about which payment", ask(func(_ *App, s *askScreen) {
			at := attemptIn(ledger.Unknown)
			s.step, s.wish.What, s.orders = askOrder, ledger.HandQuery, []ledger.Owed{{Attempt: at, Sale: "260302000714943"}}
		})},
		{"asks about no payment", ask(func(_ *App, s *askScreen) { s.step = askOrder })},
		{"asks about which sale", ask(func(_ *App, s *askScreen) {
			s.step, s.digits, s.rows = askSale, "1", printable(dayOfSales().rows)
			s.narrow()
		})},
		{"asks about which device", ask(func(_ *App, s *askScreen) { s.step = askDevice })},
		{"asks why", ask(func(_ *App, s *askScreen) {
			s.step, s.tail, s.wish = askReason, "4943", ledger.HandWish{What: ledger.HandReprint, Sale: "260302000714943", Why: "no paper"}
		})},
		{"asks and waits", ask(func(_ *App, s *askScreen) {
			s.step, s.tail, s.wish = askWaits, "4943", ledger.HandWish{What: ledger.HandReprint, Sale: "260302000714943"}
		})},
		{"asked, and yes", ask(func(_ *App, s *askScreen) {
			s.step, s.wish, s.answer = askWaits, ledger.HandWish{What: ledger.HandBundle}, answered{known: true, yes: true, event: 11, person: "wang", at: noon}
		})},
		{"asked, and what came of it", ask(func(a *App, s *askScreen) {
			s.step, s.wish, s.answer = askWaits, ledger.HandWish{What: ledger.HandBundle}, answered{known: true, yes: true, event: 11, person: "wang", at: noon}
			a.scene.talk = []ledger.TalkLine{{Event: 12, Person: ledger.Till.Person, At: noon, Text: a.put(a.words.Guest.CameOf, "person", "chen", "text", a.words.Guest.Hands[ledger.HandBundle],
				"note", a.put(a.words.Guest.HandMade.Says, "text", "bundles/20260302-040000.age"))}}
		})},
		{"asked, and no", ask(func(_ *App, s *askScreen) {
			s.step, s.wish, s.answer = askWaits, ledger.HandWish{What: ledger.HandBundle}, answered{known: true, person: "wang", at: noon}
		})},
		{"asked, and dropped", ask(func(_ *App, s *askScreen) {
			s.step, s.wish, s.answer = askWaits, ledger.HandWish{What: ledger.HandBundle}, answered{known: true, dropped: true}
		})},
	}
}
