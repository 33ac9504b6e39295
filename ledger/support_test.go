package ledger

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"
)

// zhou is from the support; Li looks in from home.
var (
	zhou     = VisitWish{Person: "zhou", Role: RoleSupport, Key: "SHA256:" + strings.Repeat("z", 43), Cert: "zhou@support #18446744073709551615", From: "192.0.2.7:50022"}
	remoteLi = VisitWish{Person: "li", Role: RoleSupervisor, Key: "SHA256:" + strings.Repeat("l", 43), From: "socket"}
)

// comesIn begins a visit.
func comesIn(t *testing.T, b *Book, wish VisitWish) uint64 {
	t.Helper()
	visit, err := b.BeginVisit(context.Background(), wish)
	wants(t, err, "")
	return visit
}

// insideOf gives what is known of visitors.
func insideOf(b *Book) (i inside) {
	b.Read(func(s *State) { i = inside{s.Visits(), s.Hands(), s.Talk(), s.DoorLockedUntil()} })
	return i
}

// opensDoor wants the door opened whose lock is seen now.
func opensDoor(b *Book, by Actor, second *Consent) error {
	return b.UnlockDoor(context.Background(), by, DoorWish{Until: insideOf(b).lockedUntil, Second: second})
}

// eventsOf decodes all that a store has.
func eventsOf(t *testing.T, store *Memory) (events []Event) {
	t.Helper()
	err := store.Read(1, func(_ uint64, stored []byte) error {
		e, err := DecodeEvent(stored)
		events = append(events, e)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// TestAVisitFromComingToGoing: who came, what was said and asked, and who answered, stand in the journal with their names.
func TestAVisitFromComingToGoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b, li := shop(t, store)
		defer b.Close("end")
		wants(t, b.Say(ctx, li, "hello?"), ReasonNoVisit)
		visit := comesIn(t, b, zhou)
		if at := insideOf(b); visit != headOf(b) || len(at.visits) != 1 || at.visits[0].VisitWish != zhou || at.visits[0].Number != visit || at.visits[0].Since.IsZero() {
			t.Fatalf("%d: %+v", visit, at)
		}
		wants(t, b.SayVisitor(ctx, visit, "  the\tprinter\u202e is mute\n"), "")
		wants(t, b.Say(ctx, li, "sale 7316 has no receipt"), "")
		asked, err := b.AskHand(ctx, visit, HandWish{What: HandReprint, Sale: "261125000017316", Why: "no paper"})
		wants(t, err, "")
		if asked != headOf(b) {
			t.Fatal(asked)
		}
		wants(t, b.AnswerHand(ctx, li, asked+1, true), ReasonNoHand)
		wang := signIn(t, b, "wang", wangPIN)
		wants(t, b.AnswerHand(ctx, wang, asked, true), "")
		wants(t, b.AnswerHand(ctx, wang, asked, false), ReasonNoHand) // once
		end := VisitEnd{Why: VisitLeft, Recording: HashOf([]byte("r")), Bytes: 5, Keys: 6}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		wants(t, b.EndVisit(gone, visit, end), "")
		wants(t, b.EndVisit(ctx, visit, end), ReasonNoVisit)
		wants(t, b.SayVisitor(ctx, visit, "still here"), ReasonNoVisit)
		if at := insideOf(b); !at.nothing() {
			t.Fatalf("%+v", at)
		}

		visitor := Actor{Person: "zhou", Role: RoleSupport, Place: fmt.Sprint("ssh ", visit)}
		want := []struct {
			by   Actor
			body Body
		}{
			{visitor, &VisitBegan{zhou}},
			{visitor, &VisitSaid{Visit: visit, Text: "the printer is mute"}},
			{li, &VisitSaid{Text: "sale 7316 has no receipt"}},
			{visitor, &HandAsked{visit, HandWish{What: HandReprint, Sale: "261125000017316", Why: "no paper"}}},
			{wang, &SignedIn{}},
			{wang, &HandAnswered{asked, true}},
			{visitor, &VisitEnded{visit, end}},
		}
		got := slices.DeleteFunc(eventsOf(t, store)[visit-1:], func(e Event) bool { return e.Body.Kind() == KindSignedOut })
		for i, w := range want {
			if i >= len(got) || got[i].Actor != w.by || !reflect.DeepEqual(got[i].Body, w.body) {
				t.Fatalf("event %d of %d: %+v, not %+v %+v", i, len(got), got[i], w.by, w.body)
			}
		}
	})
}

// TestAVisitorHasNoRight walks every intent for visitors of both roles, on tills with staff and without: a supervisor who looks in is
// somebody who looks. Not even a PIN is tried from there.
func TestAVisitorHasNoRight(t *testing.T) {
	for name, change := range map[string]func(*BookConfig){
		"staffed": staffed, "without staff": func(c *BookConfig) { c.Mode = "sandbox" }, "training": func(*BookConfig) {},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := testBook(t, NewMemory(), change)
			defer b.Close("end")
			if name == "staffed" {
				setStaff(t, b, command, "li", RoleSupervisor, liPIN)
				signIn(t, b, "li", liPIN) // the same person, at the counter
			}
			keyAmount(t, b, "8")
			wants(t, b.Settle(context.Background(), b.At("console"), false), "")
			for _, wish := range []VisitWish{zhou, remoteLi} {
				visit := comesIn(t, b, wish)
				visitor := Actor{Person: wish.Person, Role: wish.Role, Place: VisitPlace(visit)}
				asked, err := b.AskHand(context.Background(), visit, HandWish{What: HandBundle})
				wants(t, err, "")
				if at := b.At(visitor.Place); at != visitor || b.At(VisitPlace(visit+100)) != (Actor{Place: VisitPlace(visit + 100)}) {
					t.Errorf("%s: %+v is at %s", name, at, visitor.Place)
				}
				before := headOf(b)
				for intent, w := range walks {
					if reason := ReasonOf(w.call(b, visitor)); reason != ReasonNotAllowed && reason != ReasonSignedOut {
						t.Errorf("%s: %s as a visiting %s: %q", name, intent, wish.Role, reason)
					}
				}
				wants(t, b.LockDoor(context.Background(), visitor.Place, time.Hour), ReasonNotAllowed)
				if err := b.AnswerHand(context.Background(), visitor, asked, true); err == nil {
					t.Errorf("%s: a visiting %s says yes to themselves", name, wish.Role)
				}
				if _, err := b.SignIn(context.Background(), visitor.Place, "li", pinOf(liPIN), ""); ReasonOf(err) != ReasonNotAllowed {
					t.Errorf("%s: sign in as a visiting %s: %v", name, wish.Role, err)
				}
				for right := range permissions {
					if visitor.May(right) == nil {
						t.Errorf("a visiting %s may %s", wish.Role, right)
					}
				}
				if headOf(b) != before {
					t.Errorf("%s: a visiting %s has written something", name, wish.Role)
				}
			}
		})
	}
}

// TestNoHandMovesMoney: there are four, and what moves money, opens the drawer, or lets anybody work is none of them, neither for the
// Book nor for the fold.
func TestNoHandMovesMoney(t *testing.T) {
	if want := []HandKind{"query", "reprint", "restart", "bundle"}; !slices.Equal(HandKinds, want) {
		t.Fatalf("%v: is %v a money action?", HandKinds, want)
	}
	never := []string{"", "pay", "charge", "ask", "code", "cancel", "close", "reverse", "refund", "return", "resolve", "tender", "cash", "drawer",
		"open drawer", "void", "amount", "count", "shift", "z report", "sign in", "staff", "pin", "unlock", "exec", "shell", "config", "QUERY"}
	for name := range walks {
		if name != "Reprint" {
			never = append(never, strings.ToLower(name))
		}
	}
	synctest.Test(t, func(t *testing.T) {
		b := testBook(t, NewMemory(), nil)
		defer b.Close("end")
		visit := comesIn(t, b, zhou)
		for _, what := range never {
			for _, wish := range []HandWish{{}, {Order: "T1"}, {Sale: "261125000017316"}, {Device: DevicePrinter}} {
				wish.What = HandKind(what)
				if _, err := b.AskHand(context.Background(), visit, wish); ReasonOf(err) != ReasonHand {
					t.Errorf("%+v: %v", wish, err)
				}
				b.Read(func(s *State) {
					refusesToFold(t, s, s.inside.visits[0].Actor(), &HandAsked{visit, wish})
				})
			}
		}
	})
}

// refusesToFold checks that an event cannot follow, and that the try has changed nothing.
func refusesToFold(t *testing.T, s *State, by Actor, body Body) {
	t.Helper()
	before := s.Snapshot()
	copied, err := RestoreState(before)
	if err != nil {
		t.Fatal(err)
	}
	e := Event{Seq: s.Head.Seq + 1, Epoch: s.Epoch, Actor: by, At: t0.Add(time.Hour), Day: s.Day, Prev: s.Head.Hash, Body: body}
	if _, err := copied.Apply(&e, HashOf(e.Encode())); ReasonOf(err) != ReasonStateForbidden {
		t.Errorf("%+v by %+v: %v", body, by, err)
	}
	if !bytes.Equal(copied.Snapshot(), before) {
		t.Errorf("%+v was refused, and has changed something", body)
	}
}

// TestTheFoldRefusesWhatCannotBe, whoever has written it.
func TestTheFoldRefusesWhatCannotBe(t *testing.T) {
	s := busyState(t) // Zhou is visit 34, and the hand of event 37 waits; Li is visit 38
	z, l := s.inside.visits[0].Actor(), s.inside.visits[1].Actor()
	next := VisitPlace(s.Head.Seq + 1)
	printer := HandWish{What: HandRestart, Device: DevicePrinter}
	for _, tt := range []struct {
		by   Actor
		body Body
	}{
		{Actor{"zhou", RoleSupport, "ssh 34", ""}, &VisitBegan{zhou}}, // another visit's place
		{Actor{"zhou", RoleSupport, "console", ""}, &VisitBegan{zhou}},
		{Actor{"li", RoleSupport, next, ""}, &VisitBegan{zhou}},
		{Actor{"zhou", RoleSupervisor, next, ""}, &VisitBegan{zhou}},
		{Actor{"zhou", RoleCashier, next, ""}, &VisitBegan{VisitWish{Person: "zhou", Role: RoleCashier}}},
		{Actor{"", RoleSupport, next, ""}, &VisitBegan{VisitWish{Role: RoleSupport}}},
		{z, &VisitEnded{Visit: 35}}, {z, &VisitEnded{}},
		{z, &VisitSaid{Visit: 34}}, {z, &VisitSaid{Visit: 38, Text: "x"}}, {Trainee, &VisitSaid{Visit: 34, Text: "x"}}, {z, &VisitSaid{Text: "x"}},
		{l, &VisitSaid{Visit: 33, Text: "x"}},
		{z, &HandAsked{34, printer}}, // the one before has no answer
		{l, &HandAsked{33, printer}}, {z, &HandAsked{38, printer}}, {l, &HandAsked{38, HandWish{What: HandQuery}}},
		{l, &HandAsked{38, HandWish{What: HandBundle, Device: DevicePrinter}}}, {l, &HandAsked{38, HandWish{What: HandQuery, Order: "o", Sale: "s"}}},
		{Trainee, &HandAnswered{Asked: 36}}, {Trainee, &HandAnswered{}}, {z, &HandAnswered{Asked: 37, Yes: true}}, {l, &HandAnswered{Asked: 37, Yes: true}},
		{Trainee, &DoorLocked{}}, {Trainee, &DoorLocked{Until: t0.Add(time.Hour)}}, {z, &DoorUnlocked{}},
	} {
		refusesToFold(t, s, tt.by, tt.body)
	}
	idle := NewState()
	refusesToFold(t, idle, Trainee, &VisitSaid{Text: "x"})
	refusesToFold(t, idle, Trainee, &DoorUnlocked{})
	idle.inside.lockedUntil = t0.Add(2 * time.Hour)
	refusesToFold(t, idle, Actor{"zhou", RoleSupport, "ssh 1", ""}, &VisitBegan{zhou})
}

// TestARestartEndsVisits, without an event for each; a lock of the door outlives it, and nothing of the talk does.
func TestARestartEndsVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, nil)
		visit := comesIn(t, b, zhou)
		wants(t, b.SayVisitor(ctx, visit, "hello"), "")
		_, err := b.AskHand(ctx, visit, HandWish{What: HandBundle})
		wants(t, err, "")
		b.Close("pulled") // with a snapshot that has the visit
		kept, err := LoadState(store)
		if err != nil || len(kept.Visits()) != 1 || len(kept.Hands()) != 1 || len(kept.Talk()) != 1 {
			t.Fatalf("%v %+v", err, kept.inside)
		}
		b = testBook(t, store, nil)
		if at := insideOf(b); !at.nothing() {
			t.Fatalf("%+v", at)
		}
		wants(t, b.EndVisit(ctx, visit, VisitEnd{Why: VisitTill}), ReasonNoVisit)
		wants(t, b.LockDoor(ctx, "console", time.Hour), "")
		b.Close("end")
		b = testBook(t, store, nil)
		defer b.Close("end")
		_, err = b.BeginVisit(ctx, zhou)
		wants(t, err, ReasonDoorLocked)
		for _, e := range eventsOf(t, store) {
			if e.Body.Kind() == KindVisitEnded {
				t.Fatalf("%+v", e)
			}
		}
	})
}

// TestOneKeyLocksTheDoor, whoever presses it and whether or not anybody is signed in; a supervisor at the counter opens it again.
func TestOneKeyLocksTheDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b, li := shop(t, store)
		defer b.Close("end")
		visit := comesIn(t, b, zhou)
		asked, err := b.AskHand(ctx, visit, HandWish{What: HandRestart, Device: DeviceVoice})
		wants(t, err, "")
		wang := signIn(t, b, "wang", wangPIN)
		by := []Actor{wang}
		wants(t, b.LockDoor(ctx, "console", time.Hour), "")
		until := insideOf(b).lockedUntil
		if left := time.Until(until); left > time.Hour || left < time.Hour-time.Second {
			t.Fatal(left)
		}
		wants(t, b.AnswerHand(ctx, wang, asked, true), ReasonNoHand) // it went with the lock
		wants(t, b.SayVisitor(ctx, visit, "wait"), ReasonDoorLocked)
		_, err = b.AskHand(ctx, visit, HandWish{What: HandBundle})
		wants(t, err, ReasonDoorLocked)
		_, err = b.BeginVisit(ctx, remoteLi)
		wants(t, err, ReasonDoorLocked)
		wants(t, b.EndVisit(ctx, visit, VisitEnd{Why: VisitThrownOut}), "") // a visit can end at any time
		wants(t, opensDoor(b, wang, nil), ReasonSecondPerson)

		time.Sleep(30 * time.Minute)
		wants(t, b.LockScreen(ctx, "console", SignOutIdle), "")
		nobody := Actor{Person: Till.Person, Role: RoleTill, Place: "console"}
		wants(t, b.LockDoor(ctx, "console", 0), "") // at least a minute, and the longer one stays
		if got := insideOf(b).lockedUntil; !got.Equal(until) {
			t.Fatalf("%v became %v", until, got)
		}
		wants(t, b.SignOut(ctx, "console", SignOutKey), "")
		wants(t, b.LockDoor(ctx, "console", 1000*time.Hour), "")
		if left := time.Until(insideOf(b).lockedUntil); left > 24*time.Hour {
			t.Fatal(left)
		}
		wants(t, b.LockDoor(ctx, "", time.Hour), ReasonNotAllowed)
		by = append(by, nobody, nobody)
		var got []Actor
		for _, e := range eventsOf(t, store) {
			switch b := e.Body.(type) {
			case *DoorLocked:
				got = append(got, e.Actor)
			case *VisitEnded:
				if e.Actor != (Actor{Person: Till.Person, Role: RoleTill, Place: VisitPlace(visit)}) {
					t.Errorf("%+v has ended %+v", e.Actor, b)
				}
			}
		}
		if !slices.Equal(got, by) {
			t.Fatalf("%+v, not %+v", got, by)
		}

		wants(t, opensDoor(b, li, nil), ReasonSignedOut)
		li = signIn(t, b, "li", liPIN)
		wants(t, b.UnlockDoor(ctx, li, DoorWish{Until: until}), ReasonDoorLocked) // another lock than the one that was seen
		wants(t, opensDoor(b, li, nil), "")
		before := headOf(b)
		wants(t, opensDoor(b, li, nil), "") // nothing to do
		if headOf(b) != before || !insideOf(b).lockedUntil.IsZero() {
			t.Fatal("an open door was opened")
		}
		comesIn(t, b, remoteLi)
		wants(t, b.LockDoor(ctx, "console", time.Hour), "")
		time.Sleep(time.Hour)
		comesIn(t, b, zhou) // it runs out by itself
	})
}

// TestWhoOpensTheDoor: a cashier with a supervisor's PIN, and both names are in the journal; no visitor, whatever their role, and nobody
// who is no supervisor.
func TestWhoOpensTheDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b, li := shop(t, store)
		defer b.Close("end")
		setStaff(t, b, li, "help", RoleSupport, "5280")
		setStaff(t, b, li, "chen", RoleCashier, "5281")
		visit := comesIn(t, b, remoteLi)
		wants(t, b.LockDoor(ctx, "console", time.Hour), "")
		for _, who := range [][2]string{{"help", "5280"}, {"wang", wangPIN}} {
			reason := ReasonNotAllowed
			if who[0] == "wang" {
				reason = ReasonSecondPerson
			}
			wants(t, opensDoor(b, signIn(t, b, who[0], who[1]), nil), reason)
		}
		wang := signIn(t, b, "wang", wangPIN)
		before := headOf(b)
		for _, by := range []Actor{{"li", RoleSupervisor, VisitPlace(visit), ""}, {"li", RoleSupervisor, VisitPlace(visit), "li"}, Till, {}} {
			for _, second := range []*Consent{nil, {Person: "li", PIN: pinOf(liPIN)}} {
				if err := opensDoor(b, by, second); err == nil || ReasonOf(err) == ReasonSecondPerson {
					t.Errorf("%+v with %v: %v", by, second, err)
				}
			}
		}
		wants(t, opensDoor(b, wang, &Consent{Person: "chen", PIN: pinOf("5281")}), ReasonNotAllowed)
		if headOf(b) != before || insideOf(b).lockedUntil.IsZero() {
			t.Fatal("the door was opened")
		}
		wants(t, opensDoor(b, wang, &Consent{Person: "li", PIN: pinOf("860413")}), ReasonPINWrong)
		wants(t, opensDoor(b, wang, &Consent{Person: "li", PIN: pinOf(liPIN)}), "")
		events := eventsOf(t, store)
		last := events[len(events)-1]
		if by := (Actor{"wang", RoleCashier, "console", "li"}); last.Body.Kind() != KindDoorUnlocked || last.Actor != by {
			t.Fatalf("%+v, and not by %+v", last, by)
		}
		comesIn(t, b, zhou)
	})
}

// TestTheTraineeOpensTheDoor with the built-in second person.
func TestTheTraineeOpensTheDoor(t *testing.T) {
	b := testBook(t, NewMemory(), func(c *BookConfig) { c.Mode = training })
	defer b.Close("end")
	wants(t, b.LockDoor(context.Background(), "console", time.Hour), "")
	wants(t, opensDoor(b, Trainee, nil), ReasonSecondPerson)
	wants(t, opensDoor(b, Trainee, &Consent{Person: Trainer.Person, PIN: pinOf(TrainerPIN)}), "")
	if !insideOf(b).lockedUntil.IsZero() {
		t.Fatal("still locked")
	}
}

// TestWhoCannotComeIn: other roles, names of the till's own, and what is not seen on a screen.
func TestWhoCannotComeIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := testBook(t, NewMemory(), nil)
		defer b.Close("end")
		before := headOf(b)
		for _, change := range []func(*VisitWish){
			func(w *VisitWish) { w.Role = RoleCashier }, func(w *VisitWish) { w.Role = RoleTill }, func(w *VisitWish) { w.Role = "" },
			func(w *VisitWish) { w.Person = "" }, func(w *VisitWish) { w.Person = "Till" }, func(w *VisitWish) { w.Person = "trainee" },
			func(w *VisitWish) { w.Person = "trainer" }, func(w *VisitWish) { w.Person = "zhou\x1b[2J" }, func(w *VisitWish) { w.Person = " zhou" },
			func(w *VisitWish) { w.Person = "zhou\u202e" }, func(w *VisitWish) { w.Person = strings.Repeat("z", 25) }, func(w *VisitWish) { w.Person = "7391" },
			func(w *VisitWish) { w.Person = "\xff" }, func(w *VisitWish) { w.Person = wechatCode }, func(w *VisitWish) { w.Key = "" },
			func(w *VisitWish) { w.Key = "a\nb" }, func(w *VisitWish) { w.Key = strings.Repeat("k", 97) }, func(w *VisitWish) { w.Cert = "a\x00" },
			func(w *VisitWish) { w.From = "" }, func(w *VisitWish) { w.From = "x\u200b" },
		} {
			wish := zhou
			change(&wish)
			if _, err := b.BeginVisit(context.Background(), wish); ReasonOf(err) != ReasonVisitor {
				t.Errorf("%q: %v", wish, err)
			}
		}
		if headOf(b) != before {
			t.Error("somebody was let in")
		}
		for _, name := range []string{"周文", "support (Shenzhen)", "J. O'Neill"} {
			wish := zhou
			wish.Person = name
			comesIn(t, b, wish)
		}
	})
}

// TestVisitorsAreBounded: at once, in what they say and ask, and in what is kept of their talk; the counter may always speak.
func TestVisitorsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b := testBook(t, NewMemory(), nil)
		defer b.Close("end")
		visit := comesIn(t, b, zhou)
		for range maxVisits - 1 {
			comesIn(t, b, remoteLi)
		}
		_, err := b.BeginVisit(ctx, zhou)
		wants(t, err, ReasonVisitMost)
		early := insideOf(b)
		for i := range maxVisitSaid {
			wants(t, b.SayVisitor(ctx, visit, fmt.Sprint("line ", i)), "")
		}
		wants(t, b.SayVisitor(ctx, visit, "one more"), ReasonVisitMost)
		wants(t, b.Say(ctx, Trainee, "enough"), "")
		at := insideOf(b)
		if early.visits[0].Said != 0 || at.visits[0].Said != maxVisitSaid {
			t.Fatalf("what a reader keeps has changed: %+v %+v", early.visits[0], at.visits[0])
		}
		if len(at.talk) != keptTalk || at.talk[0].Text != fmt.Sprint("line ", maxVisitSaid-keptTalk+1) || at.talk[keptTalk-1].Text != "enough" ||
			at.talk[keptTalk-1].Visit != 0 || at.talk[0].Visit != visit {
			t.Fatalf("%+v", at.talk)
		}
		for i := range maxVisitAsked {
			asked, err := b.AskHand(ctx, visit, HandWish{What: HandBundle})
			wants(t, err, "")
			_, err = b.AskHand(ctx, visit, HandWish{What: HandRestart, Device: DevicePole})
			wants(t, err, ReasonHandOpen)
			wants(t, b.AnswerHand(ctx, Trainee, asked, i%2 == 0), "")
		}
		_, err = b.AskHand(ctx, visit, HandWish{What: HandBundle})
		wants(t, err, ReasonVisitMost)
		_, err = b.AskHand(ctx, visit+1, HandWish{What: HandBundle}) // somebody else
		wants(t, err, "")
		wants(t, b.EndVisit(ctx, visit, VisitEnd{Why: "whatever\x1b"}), "")
		if at := insideOf(b); len(at.visits) != maxVisits-1 || len(at.hands) != 1 || len(at.talk) != 1 {
			t.Fatalf("%+v", at)
		}
		comesIn(t, b, zhou)
		gone, cancel := context.WithCancel(ctx)
		cancel()
		for _, v := range insideOf(b).visits { // the session's context is over when the visit is
			wants(t, b.EndVisit(gone, v.Number, VisitEnd{Why: VisitTime}), "")
		}
		if at := insideOf(b); !at.nothing() {
			t.Fatalf("%+v", at)
		}
	})
}

// TestAHandNeedsWhatItIsAbout: a payment that the till works on, a sale's number, a device there is.
func TestAHandNeedsWhatItIsAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b := testBook(t, NewMemory(), nil)
		defer b.Close("end")
		a, _ := charged(t, b, wechatCode)
		visit := comesIn(t, b, zhou)
		for _, tt := range []struct {
			wish HandWish
			want Reason
		}{
			{HandWish{What: HandQuery}, ReasonHand}, {HandWish{What: HandQuery, Order: "T1"}, ReasonUnknownOrder}, {HandWish{What: HandReprint}, ReasonHand},
			{HandWish{What: HandReprint, Sale: "7316"}, ReasonHand}, {HandWish{What: HandReprint, Sale: wechatCode}, ReasonHand},
			{HandWish{What: HandReprint, Sale: "26112500001731x"}, ReasonHand}, {HandWish{What: HandReprint, Sale: current(t, b).ID, Order: a.Order}, ReasonHand},
			{HandWish{What: HandRestart, Device: "till"}, ReasonHand}, {HandWish{What: HandBundle, Device: DeviceVoice}, ReasonHand},
			{HandWish{What: HandBundle, Why: "PIN 7391"}, ReasonTextSecret},
			{HandWish{What: HandQuery, Order: a.Order}, ""}, {HandWish{What: HandReprint, Sale: current(t, b).ID}, ""},
			{HandWish{What: HandRestart, Device: DeviceScanner, Why: strings.Repeat("为", 100)}, ""}, {HandWish{What: HandBundle}, ""},
		} {
			asked, err := b.AskHand(ctx, visit, tt.wish)
			if ReasonOf(err) != tt.want || tt.want == "" && err != nil || (asked == 0) == (tt.want == "") {
				t.Errorf("%+v: %d %v", tt.wish, asked, err)
			}
			if err == nil {
				if why := insideOf(b).hands[0].Why; utf8.RuneCountInString(why) > maxReason {
					t.Errorf("%q", why)
				}
				wants(t, b.AnswerHand(ctx, Trainee, asked, false), "")
			}
		}
	})
}

// TestTalkCarriesNoCodeAndNoPIN, from either side, in whatever way its digits are written; sales, amounts and times are said as ever.
func TestTalkCarriesNoCodeAndNoPIN(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		store := NewMemory()
		b := testBook(t, store, nil)
		defer b.Close("end")
		visit := comesIn(t, b, zhou)
		before := headOf(b)
		for words, want := range map[string]Reason{
			"": ReasonTextEmpty, " \t\u200b": ReasonTextEmpty, "\xff": ReasonTextEmpty,
			wechatCode: ReasonTextSecret, "code " + wechatCode: ReasonTextSecret, "１３４６２３７８９０１２３４５６７８": ReasonTextSecret,
			"134\u200b623\u202e789012345678": ReasonTextSecret, "134 623-789 012 345 678": ReasonTextSecret, strings.Repeat("x", 190) + " " + alipayCode: ReasonTextSecret,
			"7391": ReasonTextSecret, " 860412 ": ReasonTextSecret, "8604 12": ReasonTextSecret, "7-3-9-1": ReasonTextSecret, "7391.": ReasonTextSecret,
			"７３９１": ReasonTextSecret, "73\u200b91": ReasonTextSecret, "my PIN is 7391": ReasonTextSecret, "密码是7391": ReasonTextSecret, "口令 7 3 9 1": ReasonTextSecret,
			"ＰＩＮ：7391": ReasonTextSecret, "Password=860412": ReasonTextSecret, "7391 mima": ReasonTextSecret,
		} {
			if err := b.SayVisitor(ctx, visit, words); ReasonOf(err) != want || strings.Contains(fmt.Sprint(err), "7391") {
				t.Errorf("%q from outside: %v", words, err)
			}
			if err := b.Say(ctx, Trainee, words); ReasonOf(err) != want {
				t.Errorf("%q from the counter: %v", words, err)
			}
		}
		if headOf(b) != before {
			t.Error("something was written")
		}
		for words, want := range map[string]string{
			"sale 7316": "sale 7316", "第7316笔没有小票": "第7316笔没有小票", "12.50": "12.50", "¥1250": "¥1250", "10:30": "10:30", "#7316": "#7316", "ok": "ok", "123": "123",
			"two wrong PINs at 10:30": "two wrong PINs at 10:30", "shipping 1250": "shipping 1250", "6901234567892": "6901234567892", "PIN 密码 are locked": "PIN 密码 are locked",
			"a\x1b[31mb\r\nc": "a [31mb  c", strings.Repeat("长", 300): strings.Repeat("长", maxTalk), strings.Repeat("x", 1<<20): strings.Repeat("x", maxTalk),
		} {
			wants(t, b.Say(ctx, Trainee, words), "")
			talk := insideOf(b).talk
			if got := talk[len(talk)-1].Text; got != want {
				t.Errorf("%q became %q", words, got)
			}
		}
	})
}

// FuzzHarmless: what is let through is short, is seen whole, and would be let through again.
func FuzzHarmless(f *testing.F) {
	for _, seed := range []string{"sale 7316", wechatCode, "PIN 7391", "a\x1b[31m", "134\u200b623\u202e789012345678", "\xff\xfe", "7 3 9 1", "密码 是 ７３９１"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, words string) {
		kept, err := harmless(words, maxTalk)
		if err != nil {
			if ReasonOf(err) != ReasonTextSecret || kept != "" {
				t.Fatalf("%q: %v", kept, err)
			}
			return
		}
		if utf8.RuneCountInString(kept) > maxTalk || !utf8.ValidString(kept) || maskCodes(kept) != kept ||
			strings.ContainsFunc(kept, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Fatalf("%q became %q", words, kept)
		}
	})
}

// TestVisitsAgreeWithAModel: whatever visitors and the counter do, in whatever order, and however often the till is opened anew, what the
// Book knows is what a small model knows, and what a fold from the first event knows.
func TestVisitsAgreeWithAModel(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) { visitsAgree(t, seed) })
	}
}

// visitModel is who is inside, with what each has asked for (0: nothing), and until when the door is locked.
type visitModel struct {
	hands  map[uint64]uint64
	locked time.Time
}

func visitsAgree(t *testing.T, seed uint64) {
	ctx, dice, store := context.Background(), rand.New(rand.NewPCG(seed, 9)), NewMemory()
	open := func() *Book {
		return testBook(t, store, func(c *BookConfig) { c.Mode, c.SnapshotEvery = "sandbox", 5 })
	}
	b, m := open(), visitModel{hands: map[uint64]uint64{}}
	defer func() { b.Close("end") }()
	for step := range 120 {
		visit := uint64(dice.IntN(int(headOf(b)) + 2)) // somebody's, or nobody's
		if len(m.hands) > 0 && dice.IntN(4) > 0 {
			visit = insideOf(b).visits[dice.IntN(len(m.hands))].Number
		}
		hand, here := m.hands[visit]
		locked := time.Now().Before(m.locked)
		is := func(what string, err error, want Reason) {
			if ReasonOf(err) != want || want == "" && err != nil {
				t.Fatalf("seed %d, step %d: %s of %d: %v, not %q", seed, step, what, visit, err, want)
			}
		}
		switch dice.IntN(9) {
		case 0:
			got, err := b.BeginVisit(ctx, zhou)
			is("begin", err, either(locked, ReasonDoorLocked, either(len(m.hands) >= maxVisits, ReasonVisitMost, "")))
			if err == nil {
				m.hands[got] = 0
			}
		case 1:
			is("end", b.EndVisit(ctx, visit, VisitEnd{Why: VisitIdle}), either(!here, ReasonNoVisit, ""))
			delete(m.hands, visit)
		case 2:
			is("say", b.SayVisitor(ctx, visit, "hi"), either(!here, ReasonNoVisit, either(locked, ReasonDoorLocked, "")))
		case 3:
			is("say to all", b.Say(ctx, Trainee, "hi"), either(len(m.hands) == 0, ReasonNoVisit, ""))
		case 4:
			asked, err := b.AskHand(ctx, visit, HandWish{What: HandBundle})
			is("ask", err, either(!here, ReasonNoVisit, either(locked, ReasonDoorLocked, either(hand != 0, ReasonHandOpen, ""))))
			if err == nil {
				m.hands[visit] = asked
			}
		case 5:
			is("answer", b.AnswerHand(ctx, Trainee, max(hand, 1), dice.IntN(2) == 0), either(hand == 0, ReasonNoHand, ""))
			if here {
				m.hands[visit] = 0
			}
		case 6:
			if dice.IntN(3) > 0 {
				continue
			}
			is("lock", b.LockDoor(ctx, "console", 10*time.Minute), "")
			m.locked = later(m.locked, time.Now().Add(10*time.Minute).Truncate(time.Millisecond))
			for v := range m.hands {
				m.hands[v] = 0
			}
		case 7:
			is("unlock", opensDoor(b, supervisor, nil), "")
			m.locked = either(locked, time.Time{}, m.locked)
		case 8:
			time.Sleep(time.Duration(dice.IntN(300)) * time.Second)
			if dice.IntN(4) == 0 {
				b.Close("end")
				b = open()
				clear(m.hands)
			}
		}
		agrees(t, b, m, store)
	}
}

func later(a, b time.Time) time.Time { return either(a.After(b), a, b) }

func either[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

// agrees compares the Book with the model, and with a fold of all that was written.
func agrees(t *testing.T, b *Book, m visitModel, store *Memory) {
	t.Helper()
	at, hands := insideOf(b), map[uint64]uint64{}
	for _, v := range at.visits {
		hands[v.Number] = 0
	}
	for _, h := range at.hands {
		hands[h.Visit] = h.Asked
	}
	if !reflect.DeepEqual(hands, m.hands) || !at.lockedUntil.Equal(m.locked) || len(at.talk) > keptTalk || len(at.visits) == 0 && len(at.talk) > 0 {
		t.Fatalf("%+v\n%+v", at, m)
	}
	whole := NewState()
	err := store.Read(1, func(_ uint64, stored []byte) error {
		e, err := DecodeEvent(stored)
		if err == nil {
			_, err = whole.Apply(&e, HashOf(stored))
		}
		return err
	})
	if restored, err := RestoreState(whole.Snapshot()); err != nil || !reflect.DeepEqual(restored.inside, whole.inside) {
		t.Fatalf("%v: a snapshot of %+v gives %+v", err, whole.inside, restored.inside)
	}
	b.Read(func(s *State) {
		if err != nil || !bytes.Equal(s.Snapshot(), whole.Snapshot()) {
			t.Fatalf("a fold of everything gives another state: %v", err)
		}
	})
}

// TestTheTillSpeaksForItself: to whoever is inside, and to nobody otherwise; what looks like a code or a PIN it does not say either.
func TestTheTillSpeaksForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b, _ := shop(t, store)
		defer b.Close("end")
		wants(t, b.Tell(ctx, "done"), ReasonNoVisit)
		comesIn(t, b, zhou)
		wants(t, b.Tell(ctx, " "), ReasonTextEmpty)
		wants(t, b.Tell(ctx, "read 130000000000000042"), ReasonTextSecret)
		wants(t, b.Tell(ctx, "For zhou: make a support bundle. The bundle is bundles/20261129-091856.age, in the till's data folder."), "")
		if said := insideOf(b).talk; len(said) != 1 || said[0].Person != Till.Person || said[0].Visit != 0 {
			t.Errorf("%+v", said)
		}
		if events := eventsOf(t, store); events[len(events)-1].Actor != Till {
			t.Errorf("%+v", events[len(events)-1])
		}
	})
}
