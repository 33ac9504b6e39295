package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// caller is a visitor with a model of their own, in the bubble of a robot's till.
type caller struct {
	t     *testing.T
	v     *visiting
	msgs  chan tea.Msg
	quit  bool
	visit uint64
}

// comesIn begins a visit and its model.
func comesIn(t *testing.T, ctx context.Context, r *robot, hub *Hub, role ledger.Role) *caller {
	t.Helper()
	visit, err := r.book.BeginVisit(ctx, ledger.VisitWish{Person: "chen", Role: role, Key: "SHA256:" + strings.Repeat("c", 43), From: "192.0.2.7:50022"})
	if err != nil {
		t.Fatal(err)
	}
	c := &caller{t: t, msgs: make(chan tea.Msg, 4096), visit: visit}
	c.v = newVisiting(ctx, Config{Lang: assets.En}, GuestOptions{Book: r.book, Hub: hub, Visit: visit, Role: role, Getenv: getenv(""),
		Health: func() Health { return aSupport().health }}, terminal{colors: 256})
	c.run(c.v.Init())
	c.send(sizeMsg(80, 24))
	return c
}

func (c *caller) run(cmd tea.Cmd) {
	if cmd != nil {
		go func() {
			if msg := cmd(); msg != nil {
				c.msgs <- msg
			}
		}()
	}
}

func (c *caller) update(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.BatchMsg:
		for _, cmd := range msg {
			c.run(cmd)
		}
	case tea.QuitMsg:
		c.quit = true
	default:
		_, cmd := c.v.Update(msg)
		c.run(cmd)
		c.v.View()
		if f := c.v.failure(); f != nil {
			c.t.Fatalf("%v\n%s", f, f.Stack)
		}
	}
}

func (c *caller) send(msgs ...tea.Msg) {
	for _, msg := range msgs {
		c.update(msg)
		c.pump()
	}
}

func (c *caller) pump() {
	for {
		synctest.Wait()
		select {
		case msg := <-c.msgs:
			c.update(msg)
		default:
			return
		}
	}
}

// key presses keys at a person's speed; a word is typed.
func (c *caller) key(names ...string) {
	for _, name := range names {
		keys := []string{name}
		if _, ok := named[name]; !ok {
			keys = strings.Split(name, "")
		}
		for _, key := range keys {
			c.send(keyMsg(key))
			time.Sleep(150 * time.Millisecond)
			c.pump()
		}
	}
}

// rest waits until a visitor's look has come.
func (c *caller) rest() {
	for range 4 { // one look may be on its way already
		time.Sleep(guestBehind)
		c.pump()
	}
}

func (c *caller) frame() string { return ansi.Strip(c.v.View().Content) }

func (c *caller) sees(texts ...string) {
	c.t.Helper()
	c.rest()
	for _, text := range texts {
		if frame := c.frame(); !strings.Contains(frame, text) {
			c.t.Fatalf("%q is not seen:\n%s", text, frame)
		}
	}
}

// atTill is all that a visitor must not change.
type atTill struct {
	draft   ledger.Draft
	suspect string
	board   ledger.BoardView // with its version: nobody has posted anything
	current ledger.SaleID
	sale    ledger.Sale
}

func tillOf(b *ledger.Book) (now atTill, head uint64) {
	now.draft, now.board = b.Draft(), b.Board().View()
	now.suspect, _ = b.Suspect()
	b.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale != nil {
			now.current, now.sale = sale.ID, copied(sale)
		}
		head = s.Head.Seq
	})
	return now, head
}

// situations are what a cashier may be in the middle of.
var situations = map[string]func(t *testing.T, r *robot){
	"keyed": func(_ *testing.T, r *robot) { r.key("12.5") },
	"waiting": func(_ *testing.T, r *robot) {
		r.key("12.5", "enter", "f2")
		r.asked(ledger.RequestOrder)
		r.answered(ledger.RequestOrder, ledger.ClassWaiting, func(a *ledger.Answer) { a.QR = testQR })
	},
	"suspect": func(t *testing.T, r *robot) {
		r.key("8", "enter")
		if err := r.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte("130000000000000042"), At: time.Now(), Suspect: true}); ledger.ReasonOf(err) != ledger.ReasonCodeSuspect {
			t.Fatal(err)
		}
		r.pump()
	},
	"paid": func(t *testing.T, r *robot) {
		r.key("8", "enter")
		sale, _ := r.sale()
		if err := r.book.Tender(context.Background(), ledger.Trainee, ledger.TenderWish{Sale: sale.ID, Kind: ledger.Cash}); err != nil {
			t.Fatal(err)
		}
		r.book.Board().Post(func(v *ledger.BoardView) { v.BadScan = &ledger.BadScan{Reason: ledger.ReasonNoAmount, At: time.Now()} })
	},
}

// someKey is any input of a visitor: keys, digits at a scanner's speed, text that is pasted, another window.
func (c *caller) someInput(rnd *rand.Rand) (keys int) {
	pick := func(list []string) string { return list[rnd.IntN(len(list))] }
	switch n := rnd.IntN(102); {
	case n >= 100: // what leads into the ledger
		keys := [][]string{{"f11", "so", "enter"}, {"5", "down", "down", "down", "enter", "so", "enter"}, {"5", "enter", "enter", "so", "enter"}}[rnd.IntN(3)]
		c.key(keys...)
		return len(keys)
	case n < 3:
		code := pick([]string{"130000000000000042", "281234567890123456", "6901234567892", "wang-badge", "https://x"})
		for _, char := range code {
			c.update(keyMsg(string(char)))
			time.Sleep(5 * time.Millisecond)
		}
		c.send(keyMsg("enter"))
		return len(code) + 1
	case n < 5:
		c.send(tea.PasteMsg{Content: pick([]string{"130000000000000042", "12.5", "words", strings.Repeat("9", 600)})})
	case n < 6:
		c.send(sizeMsg(1+rnd.IntN(140), 1+rnd.IntN(50)), sizeMsg(80, 24))
	case n < 45:
		c.send(keyMsg(pick([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "0"})))
	case n < 75:
		c.send(keyMsg(pick([]string{"enter", "enter", "esc", "up", "down", "left", "right", "backspace", "pgdown", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12"})))
	case n < 77:
		c.send(tea.KeyPressMsg{Code: rune("xdtlpn"[rnd.IntN(6)]), Mod: tea.ModCtrl})
	case n < 79:
		c.send(tea.KeyPressMsg{Code: rune('a' + rnd.IntN(26)), Mod: tea.ModAlt})
	default:
		c.send(keyMsg(string(rune(' ' + rnd.IntN('~'-' '+1)))))
	}
	return 1
}

// TestAVisitorChangesNothing: 20,000 keys, scans and pastes on every screen of a visitor, while a sale is keyed, waits, has a suspect
// code, and is paid. What comes into the ledger is talk and what the counter is asked for, and nothing at the till is touched.
func TestAVisitorChangesNothing(t *testing.T) {
	const keys = 20_000 // under the race detector a fifth is enough, once every screen was seen
	for name, begin := range situations {
		for _, role := range []ledger.Role{ledger.RoleSupport, ledger.RoleSupervisor} {
			t.Run(name+"/"+string(role), func(t *testing.T) {
				withRobot(t, Config{}, func(r *robot) {
					ctx, cancel := context.WithCancel(context.Background())
					defer cancel()
					begin(t, r)
					hub := &Hub{}
					hub.publish(&shot{turn: hub.turn(), shows: showsScreen, text: r.app.frame(), width: 80, height: 24})
					c := comesIn(t, ctx, r, hub, role)
					before, from := tillOf(r.book)
					places, looked := map[place]bool{}, 0
					want := []place{atGuest, atSupport, atAsk, atTalk, atHelp}
					if role == ledger.RoleSupervisor {
						want = append(want, atDay, atExceptions)
					}
					never := func(at place) bool { return !places[at] }
					most := keys / len(situations) / 2
					rnd := rand.New(rand.NewPCG(7, uint64(len(name))))
					for pressed := 0; pressed < most && (!underRace || pressed < most/5 || slices.ContainsFunc(want, never)); {
						pressed += c.someInput(rnd)
						c.quit = false // pressed again, as if they had stayed
						time.Sleep(time.Duration(rnd.IntN(200)) * time.Millisecond)
						c.pump()
						if c.v.looking != nil {
							looked++
						} else {
							places[c.v.app.top().place()] = true
						}
						if rnd.IntN(40) == 0 { // or a deep stack is all there is
							c.v.looked()
							c.v.app.popTo(1)
						}
					}
					after, head := tillOf(r.book)
					if !reflect.DeepEqual(before, after) {
						t.Errorf("the till is another:\nbefore %+v\nafter  %+v", before, after)
					}
					for _, at := range want {
						if !places[at] {
							t.Errorf("place %b was never reached", at)
						}
					}
					if role == ledger.RoleSupport && (places[atDay] || places[atExceptions] || places[atStory]) {
						t.Error("support has seen what is a supervisor's")
					}
					if looked == 0 || head == from {
						t.Errorf("looked %d times, %d events", looked, head-from)
					}
					onlyTalk(t, r.book, c.visit, from)
					cancel()
					time.Sleep(2 * healthEvery) // the last timers end
					c.v.looked()
				})
			})
		}
	}
}

// onlyTalk fails where anything else than a visitor's words and wishes came into the ledger.
func onlyTalk(t *testing.T, book *ledger.Book, visit, from uint64) {
	t.Helper()
	ended := errors.New("that was the last")
	var head uint64
	book.Read(func(s *ledger.State) { head = s.Head.Seq })
	kinds := map[ledger.Kind]int{}
	_ = book.Follow(context.Background(), from, func(e *ledger.Event) error {
		kinds[e.Body.Kind()]++
		if k := e.Body.Kind(); k != ledger.KindVisitSaid && k != ledger.KindHandAsked || e.Actor.Place != ledger.VisitPlace(visit) {
			t.Errorf("event %d: %T by %+v", e.Seq, e.Body, e.Actor)
		}
		if e.Seq == head {
			return ended
		}
		return nil
	})
	t.Logf("%v", kinds)
}

// TestAVisitorsDeskRefuses: what asks for no actor is refused, and every intent of a visitor's App by the Book.
func TestAVisitorsDeskRefuses(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("12.5")
		c := comesIn(t, context.Background(), r, nil, ledger.RoleSupervisor)
		a := c.v.app
		before, head := tillOf(r.book)
		for name, err := range map[string]error{"key": a.desk.Key('1'), "back": a.desk.Back(), "repeat": a.desk.Repeat(), "part": a.desk.SetPart(ledger.Fen(1)),
			"lock": a.desk.LockScreen(context.Background(), placeConsole, ledger.SignOutKey), "door": a.desk.LockDoor(context.Background(), placeConsole, time.Hour), "tell": a.desk.Tell(context.Background(), "done")} {
			if ledger.ReasonOf(err) != ledger.ReasonNotAllowed {
				t.Errorf("%s: %v", name, err)
			}
		}
		a.desk.ClearDraft()
		a.desk.DropSuspect()
		a.desk.post(func(v *ledger.BoardView) { v.Hushed = true })
		for name, cmd := range map[string]tea.Cmd{"settle": a.settle(true), "ask": a.ask(actAlipay, ledger.Alipay), "scan": a.intend(actStop, func(ctx context.Context) error { return r.book.Stop(ctx, a.actor) })} {
			if done := cmd().(doneMsg); ledger.ReasonOf(done.err) != ledger.ReasonNotAllowed {
				t.Errorf("%s: %v", name, done.err)
			}
		}
		if after, now := tillOf(r.book); !reflect.DeepEqual(before, after) || now != head {
			t.Errorf("%+v, then %+v", before, after)
		}
	})
}

// TestAVisitAtTheCounter: a visitor asks, the counter sees it, says yes, and the visitor reads the answer; they talk; and then the
// counter throws them out.
func TestAVisitAtTheCounter(t *testing.T) {
	door := &testDoor{}
	var handed []ledger.Hand
	withRobotOn(t, ledger.NewMemory(), Config{}, func(_ *ledger.BookConfig, o *Options) {
		o.Hub, o.Door = &Hub{}, door
		o.Hand = func(_ context.Context, _ ledger.Actor, hand ledger.Hand) (string, error) {
			handed = append(handed, hand)
			return "bundles/20261129-091856.age", nil
		}
	}, func(r *robot) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		c := comesIn(t, ctx, r, r.app.hub, ledger.RoleSupport)
		c.key("5", "down", "down", "down", "enter")
		c.key("the log please", "enter")
		c.sees("The counter is asked: make a support bundle")
		r.pump()
		r.key("12.5")
		r.sees("? chen asks: make a support bundle", "Keying")
		r.key("enter", "y", "n") // meant for the sale: nothing is agreed to
		r.sees("? chen asks")
		if sale, ok := r.sale(); !ok || sale.Amount != ledger.Fen(1250) || len(handed) > 0 {
			t.Fatalf("%+v, %v", sale, handed)
		}
		r.send(keyMsg("f11"), keyMsg("y"))
		time.Sleep(100 * time.Millisecond)
		r.pump()
		r.sees("chen (support) asks for a hand", "Why: the log please")
		r.sleep(dialogGrace)
		r.key("enter")
		r.sees("chen (support) asks for a hand")
		r.key("y")
		r.sees("The bundle is bundles/20261129-091856.age")
		if len(handed) != 1 || handed[0].What != ledger.HandBundle {
			t.Fatalf("%+v", handed)
		}
		c.sees("trainee said yes at", "For chen: make a support bundle. The bundle is bundles/20261129-091856.age")
		c.key("f11")
		for _, char := range "are you " { // all at once, as a far line brings them
			c.update(keyMsg(string(char)))
		}
		c.send(tea.PasteMsg{Content: "there\r\n"}, keyMsg("enter"))
		r.pump()
		r.sees("▲ chen: are you there")
		r.key("f11", "yes @ 12", "enter")
		r.sees("□ trainee", "yes @ 12")
		c.sees("□ trainee", "yes @ 12")
		c.key("esc", "esc", "1")
		c.sees("looking on")
		r.sleep(time.Second)
		r.key("esc")
		r.sees("sees this screen since")
		r.key("7")
		r.send(tea.KeyPressMsg{Code: 'x', Mod: tea.ModCtrl})
		r.sees("Everybody is thrown out.")
		if door.out != 1 {
			t.Error("the door has thrown nobody out")
		}
		if err := r.book.SayVisitor(ctx, c.visit, "still here"); ledger.ReasonOf(err) != ledger.ReasonDoorLocked {
			t.Errorf("%v", err)
		}
		if err := r.book.EndVisit(ctx, c.visit, ledger.VisitEnd{Why: ledger.VisitThrownOut}); err != nil {
			t.Fatal(err)
		}
		c.rest()
		if !c.quit || strings.TrimSpace(c.frame()) != "" {
			t.Errorf("a visit that is over shows:\n%s", c.frame())
		}
		r.pump()
		r.sees("Everybody is thrown out.")
		r.key("f11")
		r.sees("Nobody is inside any more.", "are you there")
		r.key("f11")
		r.sees("Ring for support", "Till T1")
		r.sleep(dialogGrace)
		r.key("enter")
		r.sees("Support was rung.")
		if len(door.rung) != 1 || !strings.Contains(door.rung[0], "the counter rings") {
			t.Errorf("%q", door.rung)
		}
		cancel()
		c.v.looked()
		time.Sleep(2 * healthEvery)
	})
}

type testDoor struct {
	out    int
	opened int
	rung   []string
	fails  error // of ringing
	breaks bool
}

func (d *testDoor) ThrowOut() { d.out++ }
func (d *testDoor) Open(write func() error) error {
	err := write()
	if err == nil {
		d.opened++
	}
	return err
}
func (d *testDoor) Ring(_ context.Context, text string) error {
	if d.breaks {
		panic(planted)
	}
	d.rung = append(d.rung, text)
	return d.fails
}

// TestThrownOutWhileTheDiskHangs: the key waits for no intent, and works where nobody has signed in.
func TestThrownOutWhileTheDiskHangs(t *testing.T) {
	door := &testDoor{}
	withStaff(t, Config{}, func(_ *ledger.BookConfig, o *Options) { o.Door = door }, func(r *robot) {
		r.app.flight = actEnter // on its way for ever
		r.send(tea.KeyPressMsg{Code: 'x', Mod: tea.ModCtrl})
		if door.out != 1 {
			t.Error("it waits")
		}
		r.sees("Everybody is thrown out.")
		if _, err := r.book.BeginVisit(context.Background(), ledger.VisitWish{Person: "zhou", Role: ledger.RoleSupport, Key: "SHA256:z", From: "socket"}); ledger.ReasonOf(err) != ledger.ReasonDoorLocked {
			t.Errorf("the door is open: %v", err)
		}
	})
}

// TestReceive: on a line that is no file, from coming to leaving, and for a visit that the ledger does not have.
func TestReceive(t *testing.T) {
	book := bookOn(t, ledger.NewMemory())
	defer book.Close("test")
	ctx := t.Context()
	visit, err := book.BeginVisit(ctx, ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:c", From: "socket"})
	if err != nil {
		t.Fatal(err)
	}
	opts := GuestOptions{Book: book, Hub: &Hub{}, Visit: visit, Role: ledger.RoleSupport, Getenv: getenv("TERM=xterm-256color"), Size: Size{80, 24}, Resized: make(chan Size)}
	for name, end := range map[string]string{"q": "q", "escape twice": "\x1b[27u\x1b[27u", "ctrl-c": "\x03", "end": ""} {
		in, keys := io.Pipe()
		var out lockedBuffer
		opts.In, opts.Out = in, &out
		ended := make(chan error, 1)
		go func() { ended <- Receive(ctx, Config{Lang: assets.En}, opts) }()
		for !strings.Contains(out.String(), "looks in") {
			time.Sleep(10 * time.Millisecond)
		}
		if end == "" {
			keys.Close()
		} else {
			io.WriteString(keys, end)
		}
		if err := wait(t, ended); err != nil || !strings.HasSuffix(out.String(), leaveAltScreen) {
			t.Errorf("%s: %v, %q", name, err, out.String()[max(0, len(out.String())-40):])
		}
		keys.Close()
	}
	in, keys := io.Pipe()
	defer keys.Close()
	var out bytes.Buffer
	opts.In, opts.Out, opts.Visit = in, &out, visit+1
	if err := Receive(ctx, Config{}, opts); !errors.Is(err, ErrVisitOver) || out.Len() > 0 {
		t.Errorf("%v, %q", err, out.String())
	}
	if opts.Hub.looks.Load() != 0 || opts.Hub.sightOf(visit).what != "" {
		t.Error("the visitor is still seen to look")
	}
}

// visited lets somebody in who asks for a bundle.
func (p *plainRobot) visited(t *testing.T) (visit uint64) {
	t.Helper()
	ctx := context.Background()
	visit, err := p.book.BeginVisit(ctx, ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:c", From: "socket"})
	if err == nil {
		_, err = p.book.AskHand(ctx, visit, ledger.HandWish{What: ledger.HandBundle, Why: "the log"})
	}
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return visit
}

// TestPlainVisitors: line mode says who has come, what they say and ask for, and who has gone; it speaks, answers and throws out.
func TestPlainVisitors(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		visit := p.visited(t)
		p.hears("VISITOR", "1: chen asks: make a support bundle. Why: the log.", "@ yes 1 does it, @ no 1 does not")
		if said := p.paper.all(); !strings.Contains(said, "VISITOR chen (support) has come in. Next: @ and words says them; throw throws") {
			t.Errorf("%s", said)
		}
		if err := p.book.SayVisitor(context.Background(), visit, "are you there"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		p.hears("VISITOR", "chen: are you there")
		p.line("@ Yes, I am")
		p.hears("VISITOR", "counter: Yes, I am")
		p.line("@")
		p.hears("VISITOR", "chen (support) inside.")
		p.line("@ yes 2")
		p.hears("NOT DONE", "That was answered")
		p.line("yes") // agrees to nothing
		p.line("@ support")
		p.hears("Ledger: event")
		p.line("throw")
		p.hears("VISITOR", "Everybody is thrown out.")
		if err := p.book.EndVisit(context.Background(), visit, ledger.VisitEnd{Why: ledger.VisitThrownOut}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		p.hears("VISITOR", "chen has gone.")
		p.line("@ ring")
		p.hears("NOT DONE", "Nobody can look in at this till.")
	})
}

// TestWhatWasAgreedToIsDone: a payment is asked about at once, a receipt is printed once more as whoever said yes, and a sale that is not
// of today is said not to be there. No is said too, and nothing happens.
func TestWhatWasAgreedToIsDone(t *testing.T) {
	withRobotOn(t, ledger.NewMemory(), Config{}, func(_ *ledger.BookConfig, o *Options) { o.Hub = &Hub{} }, func(r *robot) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		r.book.Board().Post(func(v *ledger.BoardView) {
			v.Devices[ledger.DevicePrinter] = ledger.Device{State: ledger.DeviceReady}
		})
		r.key("8", "enter")
		paid, _ := r.sale()
		if err := r.book.Tender(ctx, ledger.Trainee, ledger.TenderWish{Sale: paid.ID, Kind: ledger.Cash}); err != nil {
			t.Fatal(err)
		}
		r.key("12.5", "enter", "f2")
		r.asked(ledger.RequestOrder)
		r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		order := r.last().Order
		c := comesIn(t, ctx, r, r.app.hub, ledger.RoleSupport)
		answer := func(wish ledger.HandWish, key string, says ...string) {
			t.Helper()
			if _, err := r.book.AskHand(ctx, c.visit, wish); err != nil {
				t.Fatal(err)
			}
			r.pump()
			r.key("f11")
			r.sleep(dialogGrace)
			r.key(key)
			r.sees(says...)
		}
		copies := func() (n int) {
			var head uint64
			r.book.Read(func(s *ledger.State) { head = s.Head.Seq })
			stop := errors.New("the last")
			_ = r.book.Follow(ctx, 0, func(e *ledger.Event) error {
				if e.Body.Kind() == ledger.KindReprinted && e.Actor == ledger.Trainee {
					n++
				}
				if e.Seq == head {
					return stop
				}
				return nil
			})
			return n
		}
		answer(ledger.HandWish{What: ledger.HandQuery, Order: order}, "n", "chen is told no.")
		if asked := r.book.AskedNow(); len(asked) > 0 {
			t.Errorf("no was said, and %v is asked", asked)
		}
		cameOf := func(want string) {
			t.Helper()
			r.pump()
			r.book.Read(func(s *ledger.State) {
				talk := s.Talk()
				if last := talk[len(talk)-1]; last.Person != ledger.Till.Person || !strings.Contains(last.Text, want) {
					t.Errorf("the till says %+v, not %q", last, want)
				}
			})
		}
		answer(ledger.HandWish{What: ledger.HandQuery, Order: order}, "y", "Done: ask the channel about sale", "Wait for the scan")
		cameOf("For chen: ask the channel about sale ")
		if asked := r.book.AskedNow(); len(asked) != 1 || asked[0] != order {
			t.Errorf("%v is asked", asked)
		}
		answer(ledger.HandWish{What: ledger.HandReprint, Sale: paid.ID}, "y", "Copy 1 goes to the printer.")
		cameOf("again. Done.")
		if copies() != 1 {
			t.Errorf("%d copies", copies())
		}
		answer(ledger.HandWish{What: ledger.HandReprint, Sale: "250101000011111"}, "y", "This till has no sale of that")
		cameOf("again. It did not work: This till has no sale of that")
		answer(ledger.HandWish{What: ledger.HandBundle}, "y", "Yes was said, but this till cannot do")
		cameOf("make a support bundle. Yes was said, but")
		r.book.Board().Post(func(v *ledger.BoardView) { delete(v.Devices, ledger.DevicePrinter) })
		answer(ledger.HandWish{What: ledger.HandReprint, Sale: paid.ID}, "y", "This till has no printer.")
		cameOf("again. It did not work: This till has no printer.")
		if copies() != 1 {
			t.Errorf("%d copies", copies())
		}
		cancel()
		time.Sleep(2 * healthEvery)
	})
}

// TestALineOfTalkIsKeptWhole: what the screen takes the Book keeps to the last character, and what it does not take it says.
func TestALineOfTalkIsKeptWhole(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		c := comesIn(t, ctx, r, nil, ledger.RoleSupport)
		long := strings.Repeat("长", talkMax)
		c.key("f11")
		c.send(tea.PasteMsg{Content: long + "x"})
		c.sees("There is no room for more.")
		c.send(tea.PasteMsg{Content: long[:len(long)-3*len("长")]})
		c.sees("room for 3 more characters")
		c.send(tea.PasteMsg{Content: "abc"})
		c.key("d")
		c.sees("There is no room for more.", "room for 0 more characters")
		c.key("enter", "esc", "5", "down", "down", "down", "enter")
		c.send(tea.PasteMsg{Content: strings.Repeat("y", askMax)})
		c.sees("room for 0 more")
		c.key("z", "enter")
		r.book.Read(func(s *ledger.State) {
			if said := s.Talk(); len(said) != 1 || !strings.HasSuffix(said[0].Text, "长abc") {
				t.Errorf("%+v", said)
			}
			if asked := s.Hands(); len(asked) != 1 || asked[0].Why != strings.Repeat("y", askMax) {
				t.Errorf("%+v", asked)
			}
		})
		cancel()
	})
}

// TestWhatWasSaidStaysForAWhile: whoever was with a customer reads it when the visitor has gone, and hears that nobody waits any more.
func TestWhatWasSaidStaysForAWhile(t *testing.T) {
	withRobotOn(t, ledger.NewMemory(), Config{}, func(_ *ledger.BookConfig, o *Options) { o.Door = &testDoor{} }, func(r *robot) {
		ctx := context.Background()
		leaves := func(visit uint64) {
			t.Helper()
			r.pump()
			if err := r.book.EndVisit(ctx, visit, ledger.VisitEnd{Why: ledger.VisitLeft}); err != nil {
				t.Fatal(err)
			}
			r.pump()
		}
		visit, _ := r.asksFor(t, "chen", ledger.HandWish{What: ledger.HandBundle})
		if err := r.book.SayVisitor(ctx, visit, "put in a new roll"); err != nil {
			t.Fatal(err)
		}
		leaves(visit)
		r.sees("chen has gone; nobody waits any more for: make a support bundle.")
		r.key("f11")
		r.sees("Nobody is inside any more. This was said:", "▲ chen", "put in a new roll", "F11 rings for support")
		r.key("f11")
		r.sees("Ring for support")
		r.key("esc", "esc")
		visit, asked := r.asksFor(t, "zhou", ledger.HandWish{What: ledger.HandBundle})
		if err := r.book.AnswerHand(ctx, ledger.Trainee, asked, false); err != nil {
			t.Fatal(err)
		}
		if err := r.book.SayVisitor(ctx, visit, "good bye"); err != nil {
			t.Fatal(err)
		}
		leaves(visit)
		r.sees("zhou has gone; F11 shows what was said.")
		r.key("f11")
		r.sees("good bye")
		r.seesNot("put in a new roll")
		r.key("esc")
		r.sleep(goneFor + time.Second)
		r.key("f11")
		r.sees("Ring for support")
	})
}

// TestPlainDropsTheWishOfWhoHasGone, and says so.
func TestPlainDropsTheWishOfWhoHasGone(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		visit := p.visited(t)
		if err := p.book.EndVisit(context.Background(), visit, ledger.VisitEnd{Why: ledger.VisitLeft}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		p.hears("VISITOR", "chen has gone; nobody waits any more for: make a support bundle.")
	})
}
