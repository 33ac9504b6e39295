package ui

import (
	"context"
	"errors"
	"testing"
	"time"

	"guitai/ledger"
)

// asksFor lets somebody in who asks for a thing.
func (r *robot) asksFor(t *testing.T, person string, wish ledger.HandWish) (visit, asked uint64) {
	t.Helper()
	ctx := context.Background()
	visit, err := r.book.BeginVisit(ctx, ledger.VisitWish{Person: person, Role: ledger.RoleSupport, Key: "SHA256:c", From: "socket"})
	if err == nil {
		asked, err = r.book.AskHand(ctx, visit, wish)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.pump()
	return visit, asked
}

func (r *robot) waits(asked uint64) (waits bool) {
	r.book.Read(func(s *ledger.State) {
		for _, hand := range s.Hands() {
			waits = waits || hand.Asked == asked
		}
	})
	return waits
}

// TestWordsAnswerNoWish: whoever types a line that was meant for the talk has not said yes with the y in it.
func TestWordsAnswerNoWish(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		_, asked := r.asksFor(t, "chen", ledger.HandWish{What: ledger.HandBundle})
		r.key("f11")
		r.sees("asks for a hand")
		r.sleep(200 * time.Millisecond)
		r.key("my lamp is on, any", "enter")
		if !r.waits(asked) {
			t.Fatal("a y in a word was a yes, or an n a no")
		}
		r.sleep(dialogGrace)
		r.key("n")
		if r.waits(asked) {
			t.Fatal("the answer means nothing")
		}
	})
}

// TestAnAnswerThatBouncesIsNotTheSales: at the sale, which comes back at once, y is training and n sets aside.
func TestAnAnswerThatBouncesIsNotTheSales(t *testing.T) {
	for _, key := range []string{"y", "n"} {
		withRobot(t, Config{}, func(r *robot) {
			r.bring(ledger.Unknown)
			_, asked := r.asksFor(t, "chen", ledger.HandWish{What: ledger.HandBundle})
			r.key("f11")
			r.sleep(dialogGrace)
			r.send(keyMsg(key))
			r.sleep(60 * time.Millisecond) // a letter may be a scanner's
			said := r.app.note.sentence
			for range 3 {
				r.key(key)
			}
			r.sleep(100 * time.Millisecond)
			if sale, _ := r.sale(); r.waits(asked) || r.app.note.sentence != said || sale.Aside {
				t.Errorf("%s: it waits: %v; set aside: %v; %q", key, r.waits(asked), sale.Aside, r.app.note.sentence.Says)
			}
			r.key("f5") // everything else is the sale's at once
			r.sleep(answeredFor)
			r.key(key)
			if r.app.note.sentence == said {
				t.Errorf("%s means nothing for ever", key)
			}
		})
	}
}

// TestARingLeavesTheSaleAlone: its screen goes when it is closed and not by itself, or the second half of a double Enter would settle
// what is keyed; and an Enter that comes with it sends nothing.
func TestARingLeavesTheSaleAlone(t *testing.T) {
	door := &testDoor{fails: errors.New("nobody is named")}
	withRobotOn(t, ledger.NewMemory(), Config{}, func(_ *ledger.BookConfig, o *Options) { o.Door = door }, func(r *robot) {
		r.key("7")
		r.send(keyMsg("f11"), keyMsg("enter"))
		if len(door.rung) > 0 {
			t.Fatal("an Enter for something else has rung")
		}
		r.sleep(dialogGrace)
		r.key("enter", "enter")
		r.sees("Support was not rung", "Ring for support")
		door.fails = nil
		r.key("enter")
		r.sees("Support was rung", "Ring for support")
		r.key("enter", "enter")
		if _, sold := r.sale(); sold || len(door.rung) != 3 {
			t.Errorf("sold: %v; rung %d times", sold, len(door.rung))
		}
		r.key("esc")
		r.seesNot("Ring for support")
		if r.book.Draft().Keyed.String() != "7" {
			t.Error("what was keyed is gone")
		}
	})
}
