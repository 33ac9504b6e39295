package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// everythingAtOnce is a till on which everything that it can see is wrong: only one channel is up, for a while.
func everythingAtOnce(a *App) {
	withSale(func(at *ledger.Attempt) { at.Note = ledger.NoteOtherAmount }, ledger.Unknown)(a)
	board := &a.scene.board
	board.Doing[string(testOrder)] = ledger.Doing{Request: ledger.RequestQuery, Tries: 2, Next: noon.Add(3 * time.Second)}
	board.Links[ledger.Alipay] = ledger.Link{State: ledger.LinkDown, Since: noon.Add(-4 * time.Minute)}
	board.Links[ledger.WeChat] = ledger.Link{State: ledger.LinkSlow, Since: noon.Add(-2 * time.Minute)}
	board.Devices[ledger.DeviceScanner] = ledger.Device{State: ledger.DeviceAbsent, Since: noon.Add(-time.Minute)}
	board.Backlog, board.ClockSkew = 3, -95*time.Second
	board.Disk = ledger.Disk{Free: 123 << 20, Low: true, Full: true}
	board.LedgerFault, board.Notices.Forged = "damage", 3
	a.scene.open, a.scene.openSale = 2, saleOf(attemptIn(ledger.Unknown))
	a.scene.warnings, a.scene.warning = 1, warning{note: ledger.NoteOtherAmount, tail: "1234", amount: ledger.Fen(1250), named: ledger.Fen(1249), state: ledger.Unknown, owner: ledger.RoleSupervisor}
}

// aDrill is one that has ended.
func aDrill(card assets.Card, end assets.DrillEnd, took time.Duration, wrong map[assets.Misstep]int) *drill {
	return &drill{card: card, does: exercises[card], sale: "26030200071234", shown: noon.Add(-took), ended: noon, end: end, wrong: wrong}
}

// cardPictures are the emergency cards and the drill.
func cardPictures() []picture {
	pics := []picture{
		{"emergency cards", func(a *App) { a.push(&cardsScreen{}) }},
		{"emergency cards, everything at once", func(a *App) { everythingAtOnce(a); a.push(&cardsScreen{}) }},
		{"emergency cards, a stopped ledger and all channels down", func(a *App) {
			a.scene.broken = ledger.Refuse(ledger.ReasonLedgerStopped)
			for channel := range a.scene.board.Links {
				a.scene.board.Links[channel] = ledger.Link{State: ledger.LinkDown, Since: noon.Add(-time.Minute)}
			}
			a.push(&cardsScreen{})
		}},
		{"unknown, set aside", func(a *App) {
			a.scene.open, a.scene.openSale = 1, saleOf(attemptIn(ledger.Unknown))
			a.push(&cardScreen{card: assets.CardUnknown})
		}},
		{"card on a calm till", func(a *App) { a.push(&cardScreen{card: assets.CardFraud}) }},
		{"drill begins", func(a *App) { a.drill = &drill{card: assets.CardUnknown}; withSale(nil, ledger.Asking)(a) }},
		{"drill goes on", func(a *App) {
			a.drill = &drill{card: assets.CardScanner, shown: noon.Add(-7 * time.Second)}
			withSale(byQR, ledger.Waiting)(a)
		}},
		{"drill, well done", func(a *App) {
			a.push(&drillScreen{aDrill(assets.CardUnknown, assets.EndAside, 7400*time.Millisecond, nil)})
		}},
		{"drill, late and wrong", func(a *App) {
			wrong := map[assets.Misstep]int{assets.MissAgain: 2, assets.MissSame: 1, assets.MissScanner: 1}
			a.push(&drillScreen{aDrill(assets.CardChannel, assets.EndOtherWay, 19*time.Second, wrong)})
		}},
		{"drill, not finished", func(a *App) {
			a.push(&drillScreen{aDrill(assets.CardScanner, assets.EndTime, time.Minute, nil)})
		}},
	}
	for i, card := range assets.Cards {
		pics = append(pics, picture{fmt.Sprintf("card %d", i+1), func(a *App) { everythingAtOnce(a); a.push(&cardScreen{card: card}) }})
	}
	return pics
}

// TestCardsAreShortAndFit: at most six steps, all of it in sight at every size, in both languages, on a calm till and on one
// on which everything is wrong. The exceptions' row takes up to three rows of the smallest window.
func TestCardsAreShortAndFit(t *testing.T) {
	scenes := map[string]func(*App){
		"calm": func(*App) {}, "everything": everythingAtOnce,
		"stopped": func(a *App) { everythingAtOnce(a); a.scene.broken = ledger.Refuse(ledger.ReasonLedgerStopped) },
		"a long sale": func(a *App) {
			everythingAtOnce(a)
			a.scene.sale.Amount = ledger.Fen(999999999)
			a.scene.sale.Attempts[0].State = ledger.Closing
		},
	}
	for _, lang := range assets.Langs {
		for _, card := range assets.Cards {
			text := assets.For(lang).Card.Texts[card]
			if n := len(text.Steps); n == 0 || n > 6 {
				t.Errorf("%s: %s has %d steps", lang, card, n)
			}
			for _, size := range sizes {
				for name, set := range scenes {
					a := drawnApp(t, lang, true, size[0], size[1])
					a.scene = baseScene()
					set(a)
					a.push(&cardScreen{card: card})
					frame := squeeze(ansi.Strip(a.frame()))
					for i, step := range text.Steps {
						for _, want := range append([]string{strconv.Itoa(i+1) + a.fill(step.Do)}, present(a.live(step.Live))...) {
							if !strings.Contains(frame, squeeze(want)) {
								t.Errorf("%s at %v, %s: %q of card %s is not whole:\n%s", lang, size, name, want, card, ansi.Strip(a.frame()))
							}
						}
					}
				}
			}
		}
	}
}

// TestEveryCardIsListedAtEverySize, with its number, those of now in front.
func TestEveryCardIsListedAtEverySize(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, size := range sizes {
			a := drawnApp(t, lang, true, size[0], size[1])
			a.scene = baseScene()
			everythingAtOnce(a)
			a.push(&cardsScreen{})
			frame := ansi.Strip(a.frame())
			for i, card := range assets.Cards {
				if row := fmt.Sprintf("%2d  %s", i+1, a.words.Card.Texts[card].Title); !strings.Contains(frame, row) {
					t.Errorf("%s at %v: %q is not listed:\n%s", lang, size, row, frame)
				}
			}
		}
	}
}

// TestEveryStepsValueIsOneThatTheTillHas: a name that nobody fills would be a step without its value.
func TestEveryStepsValueIsOneThatTheTillHas(t *testing.T) {
	a := drawnApp(t, assets.En, true, 80, 24)
	a.scene = baseScene()
	everythingAtOnce(a)
	for _, card := range assets.Cards {
		zh, en := assets.For(assets.Zh).Card.Texts[card].Steps, assets.For(assets.En).Card.Texts[card].Steps
		if len(zh) != len(en) {
			t.Fatalf("%s has %d and %d steps", card, len(zh), len(en))
		}
		for i := range en {
			if headlines[card] != "" && a.live(headlines[card]) == "" || zh[i].Live != en[i].Live || en[i].Live != "" && a.live(en[i].Live) == "" {
				t.Errorf("%s, step %d: %q and %q", card, i+1, zh[i].Live, en[i].Live)
			}
		}
	}
}

// TestSymptoms: which cards a scene puts in front.
func TestSymptoms(t *testing.T) {
	down := func(s *scene, channels ...ledger.Channel) {
		for _, channel := range channels {
			s.board.Links[channel] = ledger.Link{State: ledger.LinkDown}
		}
	}
	sale := func(s *scene, state ledger.AttemptState, note ledger.Note) {
		at := attemptIn(state)
		at.Note = note
		s.hasSale, s.sale = true, saleOf(at)
	}
	for _, tc := range []struct {
		name string
		set  func(*scene)
		want []assets.Card
	}{
		{"nothing", func(*scene) {}, nil},
		{"a line that starts", func(s *scene) { s.board.Links[ledger.Alipay] = ledger.Link{State: ledger.LinkStarting} }, nil},
		{"one down", func(s *scene) { down(s, ledger.Alipay) }, []assets.Card{assets.CardChannel}},
		{"both down", func(s *scene) { down(s, ledger.Alipay, ledger.WeChat) }, []assets.Card{assets.CardAllDown}},
		{"no channel at all", func(s *scene) { s.board.Links = nil }, nil},
		{"waiting", func(s *scene) { sale(s, ledger.Waiting, ledger.NoteNone) }, nil},
		{"unknown", func(s *scene) { sale(s, ledger.Unknown, ledger.NoteNone) }, []assets.Card{assets.CardUnknown}},
		{"closing", func(s *scene) { sale(s, ledger.Closing, ledger.NoteNone) }, []assets.Card{assets.CardUnknown}},
		{"closed, and asked about again", func(s *scene) {
			sale(s, ledger.ClosedOff, ledger.NoteNone)
			s.sale.Attempts[0].Task = ledger.TaskClose
		}, []assets.Card{assets.CardUnknown}},
		{"closed", func(s *scene) { sale(s, ledger.ClosedOff, ledger.NoteNone) }, nil},
		{"set aside", func(s *scene) { s.open = 1 }, []assets.Card{assets.CardUnknown}},
		{"paid", func(s *scene) { sale(s, ledger.Paid, ledger.NoteNone) }, nil},
		{"doubted", func(s *scene) { sale(s, ledger.Waiting, ledger.NoteUnverified) }, []assets.Card{assets.CardUnknown, assets.CardClaims}},
		{"late money", func(s *scene) { sale(s, ledger.Orphan, ledger.NoteLateMoney) }, []assets.Card{assets.CardClaims}},
		{"no scanner", func(s *scene) { s.board.Devices[ledger.DeviceScanner] = ledger.Device{State: ledger.DeviceOff} }, nil},
		{"scanner gone", func(s *scene) { s.board.Devices[ledger.DeviceScanner] = ledger.Device{State: ledger.DeviceAbsent} }, []assets.Card{assets.CardScanner}},
		{"scanner noise", func(s *scene) { s.board.Devices[ledger.DeviceScanner] = ledger.Device{State: ledger.DeviceNoise} }, []assets.Card{assets.CardScanner}},
		{"29 s off", func(s *scene) { s.board.ClockSkew = -29 * time.Second }, nil},
		{"30 s off", func(s *scene) { s.board.ClockSkew = -30 * time.Second }, []assets.Card{assets.CardClock}},
		{"low disk", func(s *scene) { s.board.Disk.Low = true }, []assets.Card{assets.CardDisk}},
		{"full disk", func(s *scene) { s.broken = ledger.Refuse(ledger.ReasonDiskFull) }, []assets.Card{assets.CardDisk}},
		{"stopped", func(s *scene) { s.broken = ledger.Refuse(ledger.ReasonLedgerStopped) }, []assets.Card{assets.CardLedger}},
		{"damage", func(s *scene) { s.board.LedgerFault = "x" }, []assets.Card{assets.CardLedger}},
		{"mended", func(s *scene) { s.mended = true }, nil},
		{"forged", func(s *scene) { s.board.Notices.Forged = 1 }, []assets.Card{assets.CardFraud}},
		{"an answer that was not believed", func(s *scene) { s.warnings, s.warning.note = 1, ledger.NoteOtherAmount }, []assets.Card{assets.CardFraud}},
		{"a slow refund", func(s *scene) { s.warnings, s.warning.note = 1, ledger.NoteRefundSlow }, nil},
	} {
		s := baseScene()
		tc.set(&s)
		order, now := s.cardOrder()
		if !slices.Equal(order[:now], tc.want) || anySymptom(&s) != (len(tc.want) > 0) {
			t.Errorf("%s: %v, want %v", tc.name, order[:now], tc.want)
		}
		rest := slices.Clone(order[now:])
		sorted := slices.SortedFunc(slices.Values(rest), func(a, b assets.Card) int { return numberOf(a) - numberOf(b) })
		if len(order) != len(assets.Cards) || !slices.Equal(rest, sorted) {
			t.Errorf("%s: the rest is %v", tc.name, rest)
		}
	}
}

// TestLiveValues follow the till while a card is open.
func TestLiveValues(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		board := r.book.Board()
		r.key("8", "enter", "f12", "1")
		r.sees("1 One channel is down", "¥8.00: To pay")
		r.seesNot("! NOW")
		since := time.Now()
		board.Post(func(v *ledger.BoardView) {
			v.Links[ledger.Alipay] = ledger.Link{State: ledger.LinkDown, Since: since}
			v.Links[ledger.WeChat] = ledger.Link{State: ledger.LinkUp}
			v.Backlog = 4
		})
		r.pump()
		r.sees("! NOW", "Alipay down since "+r.book.Calendar().In(since).Format("15:04")+" · WeChat up", "4 still to ask about")
		board.Post(func(v *ledger.BoardView) { v.Links[ledger.WeChat] = ledger.Link{State: ledger.LinkDown, Since: since} })
		r.pump()
		r.seesNot("! NOW")
		r.key("esc", "2")
		r.sees("2 All channels are down", "! NOW")

		r.key("esc", "esc", "a")
		r.asked(ledger.RequestOrder)
		r.answered(ledger.RequestOrder, ledger.ClassUnknown, nil)
		r.sleep(11 * time.Second)
		sale, _ := r.sale()
		r.key("!", "3")
		r.sees("3 Payment unknown", "! NOW", fmt.Sprintf("tail %s ¥8.00, unknown, 1", sale.ID.Tail()), "none set aside")
		r.key("esc", "esc", "n", "f12", "3")
		r.sees(fmt.Sprintf("tail %s ¥8.00, unknown, 1", sale.ID.Tail()), "1 set aside, still asked about", "Written down, done in a moment")

		r.key("esc", "5")
		r.sees("no scanner")
		board.Post(func(v *ledger.BoardView) {
			v.Devices[ledger.DeviceScanner] = ledger.Device{State: ledger.DeviceAbsent, Since: since}
		})
		r.pump()
		r.sees("scanner gone: plug in, or F5 (since")
		r.key("esc", "7")
		r.sees("no difference seen")
		board.Post(func(v *ledger.BoardView) { v.ClockSkew = 95 * time.Second })
		r.pump()
		r.sees("this till is 95 s behind")
		r.key("esc", "8")
		r.sees("room enough", "it sells")
		board.Post(func(v *ledger.BoardView) { v.Disk = ledger.Disk{Free: 77 << 20, Low: true, Full: true} })
		r.pump()
		r.sees("disk 77 MB left", "no new sale")
		r.key("esc", "9")
		r.sees("no damage known")
		board.Post(func(v *ledger.BoardView) { v.LedgerFault = "x" })
		r.pump()
		r.sees("ledger damaged, reopen the till to mend it")
		r.key("esc", "0")
		r.sees("10 Fraud suspected", "no exception")
	})
}

// TestNothingOfACardTouchesMoney presses every key of the table on the list and on each card, in every state of a sale: the
// ledger has no event more, and the keyed amount is as it was.
func TestNothingOfACardTouchesMoney(t *testing.T) {
	var pressed []string
	for _, b := range sellKeys {
		for _, key := range b.keys {
			if _, ok := named[key]; ok || len(key) == 1 {
				pressed = append(pressed, key)
			}
		}
	}
	pressed = slices.Compact(slices.Sorted(slices.Values(pressed)))
	pressed = slices.DeleteFunc(pressed, func(key string) bool { return key == "esc" })
	for name, before := range map[string]func(r *robot){
		"nothing keyed": func(*robot) {}, "keying": func(r *robot) { r.key("8", "5") }, "settled": func(r *robot) { r.key("8", "enter") },
		"asking":  func(r *robot) { r.key("8", "enter", "a"); r.asked(ledger.RequestOrder) },
		"waiting": func(r *robot) { shownQR(r) },
		"unknown": func(r *robot) {
			r.key("8", "enter", "a")
			r.asked(ledger.RequestOrder)
			r.answered(ledger.RequestOrder, ledger.ClassUnknown, nil)
		},
		"paid":     func(r *robot) { shownQR(r); r.answered(ledger.RequestQuery, ledger.ClassPaid, nil) },
		"stopping": func(r *robot) { shownQR(r); r.key("s") },
	} {
		t.Run(name, func(t *testing.T) {
			withRobot(t, Config{}, func(r *robot) {
				before(r)
				head, draft := r.head(), r.book.Draft().Keyed
				for n := range len(assets.Cards) + 1 {
					r.key("f12")
					if n > 0 {
						r.key(strconv.Itoa(n % 10))
					}
					depth := len(r.app.stack)
					for i, key := range pressed {
						if underRace && (i+n)%4 != 0 {
							continue
						}
						r.key(key)
						for len(r.app.stack) > depth { // the help, or a card from the list
							r.app.pop()
						}
						if len(r.app.stack) < depth {
							t.Fatalf("%s closes the card", key)
						}
					}
					for len(r.app.stack) > 1 {
						r.key("esc")
					}
				}
				if r.head() != head || r.book.Draft().Keyed != draft {
					t.Fatalf("%d events more; keyed %q, was %q", r.head()-head, r.book.Draft().Keyed, draft)
				}
			})
		})
	}
}

func shownQR(r *robot) {
	r.key("8", "enter", "a")
	r.asked(ledger.RequestOrder)
	r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
}

// TestTheCardsAreFoundEverywhere: F12 opens them from every screen but the self-test, and Esc leads back there.
func TestTheCardsAreFoundEverywhere(t *testing.T) {
	for name, open := range map[string]func(a *App){
		"sale": func(*App) {}, "code": func(a *App) { a.push(newCodeScreen()) }, "day": func(a *App) { a.push(&dayScreen{}) },
		"help": func(a *App) { a.push(newHelp(a)) }, "customers": func(a *App) { a.push(newPracticeScreen(a)) },
		"find": func(a *App) { a.push(&findScreen{}) }, "exceptions": func(a *App) { a.push(&exceptionsScreen{}) },
		"refund": func(a *App) { a.push(aRefund(stepAmount)) }, "reason": func(a *App) { a.push(aRefund(stepReason)) },
		"entry": func(a *App) { a.push(anEntry(a, entryLook)) }, "note": func(a *App) { a.push(anEntry(a, entryNote)) },
	} {
		a := drawnApp(t, assets.En, true, 80, 24)
		a.scene = baseScene()
		open(a)
		was := a.top()
		a.Update(keyMsg("f12"))
		if a.top().place() != atCards {
			t.Errorf("%s: F12 opens no cards", name)
			continue
		}
		a.act(press{key: "esc"})
		if a.top() != was {
			t.Errorf("%s: Esc does not lead back", name)
		}
	}
	a := drawnApp(t, assets.En, true, 80, 24)
	a.scene = baseScene()
	a.scene.broken = ledger.Refuse(ledger.ReasonLedgerStopped)
	if frame := ansi.Strip(a.frame()); !strings.Contains(frame, "F12 emergency") {
		t.Errorf("a stopped till does not name the cards:\n%s", frame)
	}
	a.Update(keyMsg("f12"))
	if frame := ansi.Strip(a.frame()); !strings.Contains(frame, "!  9  Ledger damaged") {
		t.Errorf("a stopped till's cards:\n%s", frame)
	}
}

// TestTheMarkStaysOnItsCard when a symptom comes and the order changes.
func TestTheMarkStaysOnItsCard(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("f12", "down", "down")
		r.sees("▶ 3 Payment unknown")
		r.book.Board().Post(func(v *ledger.BoardView) { v.ClockSkew = time.Minute })
		r.pump()
		r.sees("▶ 3 Payment unknown", "! 7 Clock wrong")
		r.key("enter")
		r.sees("3 Payment unknown", "Do not hand over,")
	})
}

// TestPlainCards: lines of text tell the same.
func TestPlainCards(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		head := p.head()
		news := func(lines ...string) {
			t.Helper()
			told := strings.Join(p.news(), "\n")
			for _, want := range lines {
				if !strings.Contains(told, want) {
					t.Fatalf("%q is not said:\n%s", want, told)
				}
			}
		}
		p.line("!")
		news("CARD Emergency cards. Next: ! 3 tells card 3.", "\n3: Payment unknown.")
		p.line("! 5")
		news("CARD 5: Scanner dead.", "\n3. See what the till says of the scanner. no scanner, c types a code.")
		p.book.Board().Post(func(v *ledger.BoardView) { v.ClockSkew = time.Minute })
		p.pump()
		p.line("!")
		news("CARD Emergency cards, 1 of them now.", "\n7: NOW, Clock wrong.\n1: One channel")
		p.line("! 77")
		news("CARD Emergency cards")
		if p.head() != head {
			t.Error("a card made an event")
		}
	})
}

// TestBytesOfTheCards holds the budgets of the screens (TestBytesOnAThinLine) on the Chinese cards at 120×40.
func TestBytesOfTheCards(t *testing.T) {
	practice := func(_ *ledger.BookConfig, o *Options) { o.Practice = &drillCustomers{} }
	withRobotOn(t, ledger.NewMemory(), Config{Lang: assets.Zh}, practice, func(r *robot) {
		board := r.book.Board()
		board.Post(func(v *ledger.BoardView) {
			v.Links[ledger.Alipay] = ledger.Link{State: ledger.LinkDown, Since: time.Now()}
			v.Links[ledger.WeChat] = ledger.Link{State: ledger.LinkUp}
			v.Disk = ledger.Disk{Free: 77 << 20, Low: true}
		})
		r.key("8", "enter", "a")
		r.asked(ledger.RequestOrder)
		r.answered(ledger.RequestOrder, ledger.ClassUnknown, nil)
		l := onThinLine(r, 120, 40)
		within := func(what string, most int, do func()) {
			t.Helper()
			l.within(t, what, most, do)
		}
		press := func(names ...string) func() { return func() { l.key(names...) } }
		within("the cards", 5_000, press("f12"))
		within("one row further", 1_000, press("down"))
		for n := range assets.Cards {
			within(fmt.Sprintf("card %d", n+1), 5_000, press(strconv.Itoa((n+1)%10)))
			within("back", 5_000, press("esc"))
		}
		l.key("3")
		for range map[bool]int{false: 40, true: 8}[underRace] {
			within("a second of card 3", 100, func() { l.rest(time.Second) })
		}
		l.key("esc", "esc", "n", "f12", "3")
		within("the drill", 9_000, press("t"))
		r.charged(ledger.ClassUnknown)
		l.rest(time.Second)
		for range 10 {
			within("a second of a drill", 160, func() { l.rest(time.Second) })
		}
		within("its result", 5_000, press("n"))
		if !l.screen.painter.close(time.Second) {
			t.Error("the painter does not end")
		}
	})
}

// BenchmarkCard builds frames of the fullest list and card.
func BenchmarkCard(b *testing.B) {
	for name, top := range map[string]screen{"list": &cardsScreen{}, "card": &cardScreen{card: assets.CardUnknown}} {
		b.Run(name, func(b *testing.B) {
			a := drawnApp(b, assets.Zh, false, 120, 40)
			a.scene = baseScene()
			everythingAtOnce(a)
			a.push(top)
			b.ReportAllocs()
			for b.Loop() {
				a.View()
			}
		})
	}
}
