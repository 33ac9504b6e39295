package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// locks presses the key that locks the door.
func (r *robot) locks() { r.send(tea.KeyPressMsg{Code: 'x', Mod: tea.ModCtrl}) }

// comes tries to come in, and goes.
func (r *robot) comes() ledger.Reason {
	ctx := context.Background()
	visit, err := r.book.BeginVisit(ctx, ledger.VisitWish{Person: "zhou", Role: ledger.RoleSupport, Key: "SHA256:z", From: "socket"})
	if err == nil {
		err = r.book.EndVisit(ctx, visit, ledger.VisitEnd{Why: ledger.VisitLeft})
		r.pump()
	}
	return ledger.ReasonOf(err)
}

// TestTheDoorIsOpenedAgain: F11 says until when it is locked, and so does what support gets; a cashier opens it with a supervisor's PIN, a
// supervisor alone, and nobody else.
func TestTheDoorIsOpenedAgain(t *testing.T) {
	door := &testDoor{}
	withStaff(t, Config{}, func(_ *ledger.BookConfig, o *Options) { o.Door, o.LockAfter = door, 0 }, func(r *robot) {
		r.signIn("3", "wang")
		r.key("f11")
		r.seesNot("locked", "opens")
		r.sleep(dialogGrace)
		r.key("o")
		r.sees("The door is not locked.")
		r.locks() // while the page is open: what will be sent says so
		r.sees("The door is locked until", "nobody comes in before", "o opens the door", "the counter can open it")
		r.key("o") // at once: a letter of a word
		r.seesNot("second person")
		r.sleep(dialogGrace)
		r.key("o")
		r.sees("A second person has to agree", "Open the door for visitors, which is locked until")
		r.sleep(dialogGrace)
		r.key("2", "000000", "enter")
		r.sees("[PIN-WRONG]")
		if reason := r.comes(); reason != ledger.ReasonDoorLocked || door.opened != 0 {
			t.Fatalf("the door is open: %q", reason)
		}
		r.pin("li")
		r.key("enter")
		r.sees("The door is open again.", "Ring for support")
		r.seesNot("locked")
		if reason := r.comes(); reason != "" || door.opened != 1 {
			t.Fatalf("opened %d times, %q", door.opened, reason)
		}
		r.sleep(dialogGrace)
		r.key("enter")
		if len(door.rung) != 1 || strings.Contains(door.rung[0], "locked") {
			t.Errorf("%q", door.rung)
		}
		r.key("esc", "l")
		r.key("esc")
		r.signIn("2", "li")
		r.locks()
		r.key("f11")
		r.sleep(dialogGrace)
		r.key("o")
		r.sees("The door is open again.")
		if reason := r.comes(); reason != "" || door.opened != 2 {
			t.Fatalf("opened %d times, %q", door.opened, reason)
		}
		r.locks()
		r.sleep(doorLock + time.Second)
		r.key("esc", "f11")
		r.seesNot("locked until", "opens the door")
	})
}

// TestALockOfJustNowStays: somebody locks the door while a second person is asked whether it may be opened.
func TestALockOfJustNowStays(t *testing.T) {
	door := &testDoor{}
	withRobotOn(t, ledger.NewMemory(), Config{}, func(_ *ledger.BookConfig, o *Options) { o.Door = door }, func(r *robot) {
		r.locks()
		r.sleep(time.Minute)
		r.key("f11")
		r.sleep(dialogGrace)
		r.key("o")
		r.sees("In training the trainer agrees. PIN: 2580")
		r.locks()
		r.sleep(dialogGrace)
		r.key(ledger.TrainerPIN, "enter")
		r.sees("[DOOR-LOCKED]")
		if reason := r.comes(); reason != ledger.ReasonDoorLocked || door.opened != 0 {
			t.Fatalf("the door is open: %q", reason)
		}
		r.key("o")
		r.sleep(dialogGrace)
		r.key(ledger.TrainerPIN, "enter")
		r.sees("The door is open again.")
		if reason := r.comes(); reason != "" || door.opened != 1 {
			t.Fatalf("opened %d times, %q", door.opened, reason)
		}
	})
}

// TestAVisitorOpensNoDoor: not by the key, not on the screen that has it, and not by the intent itself.
func TestAVisitorOpensNoDoor(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		c := comesIn(t, ctx, r, nil, ledger.RoleSupervisor)
		if err := r.book.LockDoor(ctx, placeConsole, time.Hour); err != nil {
			t.Fatal(err)
		}
		c.rest()
		a, door := c.v.app, &testDoor{}
		a.door = door
		a.push(newRing(a))
		c.key("o")
		c.sees("That cannot be done from here.")
		if cmd := a.openAgain(); cmd != nil || a.may(atRing, actOpenDoor) {
			t.Error("the key does something")
		}
		do, ok := a.opening()
		if !ok {
			t.Fatal("nothing is locked")
		}
		for _, second := range []*ledger.Consent{nil, {Person: ledger.Trainer.Person, PIN: ledger.NewPIN([]byte(ledger.TrainerPIN))}} {
			if err := do.call(ctx, second); ledger.ReasonOf(err) != ledger.ReasonNotAllowed {
				t.Errorf("with %v: %v", second, err)
			}
		}
		if reason := r.comes(); reason != ledger.ReasonDoorLocked || door.opened != 0 {
			t.Fatalf("the door is open: %q", reason)
		}
	})
}

// TestPlainTheDoorIsOpenedAgain by lines.
func TestPlainTheDoorIsOpenedAgain(t *testing.T) {
	withStaff(t, Config{}, func(_ *ledger.BookConfig, o *Options) { o.LockAfter = 0 }, func(r *robot) {
		door := &testDoor{}
		p, end := onPaper(r, Options{Door: door})
		defer end()
		p.signsIn("3", "wang")
		p.line("throw")
		p.hears("VISITOR", "Everybody is thrown out.")
		p.line("@")
		if said := strings.Join(p.news(), "\n"); !strings.Contains(said, "The door is locked until") || !strings.Contains(said, "@ open opens it") || !strings.Contains(said, "the counter can open it") {
			t.Errorf("%s", said)
		}
		p.line("@ open")
		p.hears("CONSENT", "Open the door for visitors", "A second person has to agree")
		p.line("2", "860412")
		p.hears("VISITOR", "The door is open again.")
		if reason := r.comes(); reason != "" || door.opened != 1 {
			t.Fatalf("opened %d times, %q", door.opened, reason)
		}
	})
}
