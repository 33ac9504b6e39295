package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// The people of these stories. Nobody's PIN is in anything that a screen shows.
var (
	pins      = map[string]string{"li": "860412", "chen": "594713", "wang": "7391", "zhao": "4815"}
	twoPeople = []colleague{{name: "li", role: ledger.RoleSupervisor}, {name: "wang", role: ledger.RoleCashier}}
)

const wangBadge = "B-00000017"

// withStaff tells a story at a real till: chen and li are supervisors, wang and zhao cashiers; zhao is in training. Nobody has signed in.
func withStaff(t *testing.T, cfg Config, change func(*ledger.BookConfig, *Options), story func(r *robot)) {
	t.Helper()
	withRobotOn(t, ledger.NewMemory(), cfg, func(b *ledger.BookConfig, o *Options) {
		b.Mode, b.Staffed, b.Pepper = "sandbox", true, []byte("sixteen pepper b")
		b.Seconds = ledger.Seconds{OwnSale: true, RefundAbove: 20000, Resolve: true}
		o.Training, o.Actor, o.LockAfter = false, ledger.Actor{}, 10*time.Minute
		if change != nil {
			change(b, o)
		}
	}, func(r *robot) {
		r.sees("Nobody works at this till yet.", "guitai init")
		hire(t, r.book)
		r.pump()
		r.app.popTo(1) // a till is opened with its people
		r.app.atDoor(&scene{})
		story(r)
	})
}

// hire makes the people.
func hire(t *testing.T, book *ledger.Book) {
	t.Helper()
	ctx := context.Background()
	actor := ledger.Actor{Person: "installer", Role: ledger.RoleSupervisor, Place: ledger.PlaceCommand}
	set := func(wish ledger.StaffWish) {
		t.Helper()
		pin := ledger.NewPIN([]byte(pins[wish.Person]))
		wish.PIN = &pin
		if err := book.SetStaff(ctx, actor, wish); err != nil {
			t.Fatal(err)
		}
	}
	set(ledger.StaffWish{Person: "li", Role: ledger.RoleSupervisor})
	var err error
	if actor, err = book.SignIn(ctx, ledger.PlaceCommand, "li", ledger.NewPIN([]byte(pins["li"])), ""); err != nil {
		t.Fatal(err)
	}
	set(ledger.StaffWish{Person: "chen", Role: ledger.RoleSupervisor})
	set(ledger.StaffWish{Person: "wang", Role: ledger.RoleCashier, Badge: []byte(wangBadge)})
	set(ledger.StaffWish{Person: "zhao", Role: ledger.RoleCashier, Learner: true})
	if err := book.SignOut(ctx, ledger.PlaceCommand, ledger.SignOutDone); err != nil {
		t.Fatal(err)
	}
}

// keysFor counts the keys of a story without the digits of PINs.
func (r *robot) keysFor(story func()) int {
	before, secret := r.keys, r.secret
	story()
	return r.keys - before - (r.secret - secret)
}

// pin keys somebody's PIN, and looks that no frame has it.
func (r *robot) pin(person string) {
	r.t.Helper()
	for i, digit := range pins[person] {
		r.key(string(digit))
		r.secret++
		r.sees(strings.Repeat("*", i+1) + "_")
	}
	r.seesNot(pins[person])
}

// signIn picks somebody by their sign in the list, which is by name: chen, li, wang, zhao.
func (r *robot) signIn(sign, person string) {
	r.t.Helper()
	r.key(sign)
	r.pin(person)
	r.key("enter")
}

func TestNobodySellsBeforeSigningIn(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.sees("Sign in", "1 chen · supervisor", "2 li · supervisor", "3 wang · cashier", "4 zhao · cashier · in training until a supervisor lifts it")
		head := r.head()
		r.key("esc", "x", "f2", "esc", "3", "12.5", "esc", "esc")
		r.sees("Sign in")
		if _, sold := r.sale(); sold || r.head() != head {
			t.Fatal("something was written before anybody signed in")
		}
		if err := r.scan(wechatPay); ledger.ReasonOf(err) != ledger.ReasonSignedOut {
			t.Fatalf("a scan: %v", err)
		}
		r.key("3")
		r.sees("Name: wang", "PIN: _")
		r.key("0000", "enter")
		r.sees("This name and this PIN do not belong together. [PIN-WRONG]", "PIN: _")
		r.pin("wang")
		r.key("enter")
		r.sees("wang works here now.", "Key the amount", "wang (cashier)", "o change cashier", "l lock the screen")
		r.key("12.5", "enter")
		if sale, _ := r.sale(); sale.Amount != ledger.Fen(1250) || sale.Actor != (ledger.Actor{Person: "wang", Role: ledger.RoleCashier, Place: "console"}) {
			t.Fatalf("%+v", sale)
		}
	})
}

// TestWrongPINsCountDown: after five nobody can try for half a minute, and the screen says how long.
func TestWrongPINsCountDown(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.key("3")
		for range 5 {
			r.key("0000", "enter")
		}
		r.sees("Too many wrong PINs: the next try in 30 s.")
		r.sleep(11 * time.Second)
		r.sees("the next try in 19 s.")
		r.key("7391", "enter")
		r.sees("[PIN-LOCKED]")
		r.key("down") // another person is not locked
		r.sees("Name: zhao", "PIN: _")
		r.key("up")
		r.sees("Too many wrong PINs")
		r.sleep(20 * time.Second)
		r.sees("Name: wang", "PIN: _")
		r.pin("wang")
		r.key("enter")
		r.sees("wang works here now.")
	})
}

// TestChangeOfCashierTakesThreeKeys and the PIN; Esc goes back to whoever works; what had been begun is not the next one's.
func TestChangeOfCashierTakesThreeKeys(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.signIn("3", "wang")
		r.key("5", "enter")
		sale, _ := r.sale()
		r.key("o")
		r.sees("Change of cashier · wang works here", "Esc back")
		r.key("esc")
		r.sees("To pay")
		keys := r.keysFor(func() { r.key("o"); r.signIn("2", "li") })
		if keys > 3 {
			t.Fatalf("%d keys", keys)
		}
		r.sees("li works here now.", "li (supervisor)", "To pay")
		if now, _ := r.sale(); now.ID != sale.ID {
			t.Fatal("the sale in hand is gone")
		}
		r.key("o")
		r.key("2") // himself
		r.pin("li")
		r.key("enter")
		r.sees("li works here now.", "To pay")
	})
}

// TestTheLockedScreenSaysThatCashWasTaken: "to pay" over a sale that cash has settled would ask a second customer's money for it.
func TestTheLockedScreenSaysThatCashWasTaken(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.signIn("3", "wang")
		r.key("43.21", "enter", "m", "enter")
		sale, _ := r.sale()
		if !sale.Settled() {
			t.Fatal("the cash was not taken")
		}
		r.key("l")
		r.sees("The sale in hand waits: tail " + sale.ID.Tail() + " · Paid")
	})
}

// TestTheScreenLocks: by a key, and by itself; the sale in hand stays, its amount is hidden; whoever worked here, or another
// one, opens it.
func TestTheScreenLocks(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.signIn("3", "wang")
		r.key("43.21", "enter")
		sale, _ := r.sale()
		r.key("l")
		r.sees("Locked · wang works here", "Name: wang", "PIN: _", "The sale in hand waits: tail "+sale.ID.Tail()+" · To pay")
		r.seesNot("43.21")
		r.key("esc", "esc", "f2")
		r.sees("Locked · wang works here")
		if err := r.scan(wechatPay); ledger.ReasonOf(err) != ledger.ReasonLocked {
			t.Fatal(err)
		}
		r.key("3")
		r.pin("wang")
		r.key("enter")
		r.sees("To pay", "43.21"[:0])
		r.key("r") // a screen of wang's
		r.sleep(9 * time.Minute)
		r.key("8") // somebody is here
		r.sleep(9 * time.Minute)
		r.sees("Find a paid sale")
		r.sleep(70 * time.Second)
		r.sees("Locked · wang works here")
		r.pin("wang")
		r.key("enter")
		r.sees("Find a paid sale") // he finds it as it was
		r.sleep(11 * time.Minute)
		r.key("esc")
		r.signIn("2", "li")
		r.sees("To pay", "li (supervisor)")
		r.seesNot("Find a paid sale")
	})
}

// TestBadges: one names its person on every screen that asks who, by either kind of scanner, and over a sale it begins a change;
// it is never a PIN, and neither is anything else that is typed as fast.
func TestBadges(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		head := r.head()
		r.burst(wangBadge, "enter", 5*time.Millisecond)
		r.sleep(200 * time.Millisecond)
		r.sees("Name: wang", "PIN: _")
		r.key("73")
		r.burst("91", "", 5*time.Millisecond) // two keys of a fast hand
		r.sleep(200 * time.Millisecond)
		r.sees("PIN: ****_")
		r.key("esc", "3")
		for _, scan := range []string{"7391", "860412", wechatPay, "6901234567892"} {
			r.burst(scan, "enter", 5*time.Millisecond)
			r.sleep(200 * time.Millisecond)
			r.sees("it is no PIN, and was thrown away", "PIN: _")
		}
		if r.head() != head {
			t.Fatal("a scan was tried as a PIN, or charged")
		}
		r.pin("wang")
		r.key("enter")
		r.sees("wang works here now.")
		r.key("o", "2")
		r.pin("li")
		r.key("enter")
		keys := r.keysFor(func() {
			if err := r.scan(wangBadge); err != nil {
				t.Fatal(err)
			}
			r.sees("Change of cashier · li works here", "Name: wang")
			r.pin("wang")
			r.key("enter")
		})
		if keys != 1 {
			t.Fatalf("%d keys beside a badge and a PIN", keys)
		}
		r.sees("wang works here now.")
		if err := r.scan(wangBadge); err != nil {
			t.Fatal(err)
		}
		r.seesNot("Change of cashier")
	})
}

// TestALearnerIsToldWhereToTrain, and sells nothing here.
func TestALearnerIsToldWhereToTrain(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.signIn("4", "zhao")
		r.sees("zhao is in training: this till takes nothing yet.", "y trains on this screen")
		r.key("5", "enter")
		r.sees("[LEARNER]")
	})
}

// TestRefundOfTheLastSaleWithApprovalTakesSixKeys and the PIN: the second person agrees on the same screen to this amount of this
// sale; a change of the person clears the PIN, Esc gives up, a bounce agrees to nothing, and one word serves once.
func TestRefundOfTheLastSaleWithApprovalTakesSixKeys(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.signIn("3", "wang")
		order := r.pay("12.5", wechatPay).Order
		sale, _ := r.sale()
		what := "Give ¥12.50 back by WeChat, sale with tail " + sale.ID.Tail() + "?"
		r.sleep(time.Second)
		r.key("r", "enter")
		r.sleep(time.Second)
		r.key("enter", "1")
		r.sees("A second person has to agree", what, "1 chen · supervisor", "2 li · supervisor")
		r.seesNot("wang · cashier", "zhao")
		r.key("2", "8604")
		r.sees("Name: li", "PIN: ****_")
		r.key("up")
		r.sees("Name: chen", "PIN: _")
		r.key("esc", "esc")
		r.sees("Refund", "Give back")
		r.refunds(order, 0)
		r.key("esc", "esc", "esc")
		keys := r.keysFor(func() {
			r.key("r", "enter")
			r.sleep(time.Second)
			r.key("enter", "1", "2")
			r.pin("li")
			r.key("enter")
		})
		refund := r.refunds(order, 1)[0]
		if keys > 6 || refund.Amount != ledger.Fen(1250) || refund.Actor.Person != "wang" || refund.Actor.Approver != "li" {
			t.Fatalf("%d keys, %+v", keys, refund)
		}
		r.sees("WRITTEN DOWN · ¥12.50")
	})
}

// TestTheDialogTakesNoBouncingEnter, a wrong word leaves it open, and a lock closes nothing of it.
func TestTheDialogTakesNoBouncingEnter(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.signIn("3", "wang")
		order := r.pay("12.5", wechatPay).Order
		r.sleep(time.Second)
		r.key("r", "enter")
		r.sleep(time.Second)
		r.key("enter", "1")
		r.update(keyMsg("enter"))
		r.pump()
		r.sees("1 chen · supervisor", "The sign before your name picks it")
		r.sleep(time.Second)
		r.key("1", "enter")
		r.sees("Nothing is keyed yet.")
		r.key("0000", "enter")
		r.sees("[PIN-WRONG]", "A second person has to agree", "PIN: _")
		r.refunds(order, 0)
		r.sleep(11 * time.Minute)
		r.sees("Locked · wang works here")
		r.pin("wang")
		r.key("enter")
		r.sees("A second person has to agree", "Name: chen")
		r.pin("chen")
		r.key("enter")
		if refund := r.refunds(order, 1)[0]; refund.Actor.Approver != "chen" {
			t.Fatalf("%+v", refund)
		}
	})
}

// TestACodeBesideThePIN: where somebody has an authenticator, its code is asked for, and what it says decides.
func TestACodeBesideThePIN(t *testing.T) {
	withStaff(t, Config{}, func(b *ledger.BookConfig, o *Options) {
		b.SecondFactor = func(person, code string) error {
			if person == "chen" && code != "123456" {
				return ledger.Refuse(ledger.ReasonPINWrong)
			}
			return nil
		}
		o.NeedsCode = func(person string) bool { return person == "chen" }
	}, func(r *robot) {
		r.key("1")
		r.pin("chen")
		r.key("enter")
		r.sees("Code of the authenticator: _")
		r.key("111111", "enter")
		r.sees("[PIN-WRONG]", "PIN: _")
		r.pin("chen")
		r.key("enter", "123456")
		r.seesNot("123456")
		r.key("enter")
		r.sees("chen works here now.")
	})
}

// TestSignInInBothLanguages.
func TestSignInInBothLanguages(t *testing.T) {
	withRobotOn(t, ledger.NewMemory(), Config{Lang: assets.Zh}, func(b *ledger.BookConfig, o *Options) {
		b.Mode, b.Staffed, b.Pepper, o.Training, o.Actor = "production", true, []byte("sixteen pepper b"), false, ledger.Actor{}
	}, func(r *robot) {
		r.sees("登录", "本机还没有人员。", "guitai init --config FILE")
		hire(t, r.book)
		r.pump()
		r.app.popTo(1)
		r.app.atDoor(&scene{})
		r.sees("1 chen · 主管", "3 wang · 收银员")
		r.signIn("3", "wang")
		r.sees("现在由 wang 当班。", "wang（收银员）")
	})
}

// TestPINKeyedAgain: the PIN once more, just after the door has closed or while it was looked at, is nobody's amount and on no screen;
// what else is keyed there means what it always does.
func TestPINKeyedAgain(t *testing.T) {
	withStaff(t, Config{}, nil, func(r *robot) {
		r.signIn("3", "wang")
		r.pinOnNoScreen("wang", "enter")
		r.sees("That came too fast after a PIN and was thrown away.", "If it was meant, key it again")
		r.key("1250", "enter") // no PIN was keyed before it
		if sale, _ := r.sale(); sale.Amount != ledger.Fen(125000) && r.app.asked != askBand {
			t.Fatalf("%+v", sale)
		}
	})
	for keys, want := range map[string]int64{"5": 500, "125": 12500, "1250.5": 125050, "12.50": 1250} {
		withStaff(t, Config{}, func(b *ledger.BookConfig, _ *Options) { b.AskAbove = 0 }, func(r *robot) {
			r.signIn("3", "wang")
			r.key(keys, "enter")
			if sale, _ := r.sale(); sale.Amount != ledger.Fen(want) {
				t.Errorf("%s became %s", keys, sale.Amount)
			}
		})
	}
	withStaff(t, Config{}, nil, func(r *robot) {
		r.signIn("3", "wang")
		r.key("12")
		r.sleep(2 * afterPIN)
		r.sees("Keying")
		r.key("backspace", "5", "enter")
		if sale, _ := r.sale(); sale.Amount != ledger.Fen(1500) {
			t.Errorf("%+v", sale)
		}
		r.key("l")
		r.pin("wang")
		r.key("enter")
		r.pinOnNoScreen("wang", "") // and no Enter
		r.sleep(2 * afterPIN)
		r.sees("thrown away")
	})
}

// pinOnNoScreen keys a PIN where none is asked for.
func (r *robot) pinOnNoScreen(person, last string) {
	r.t.Helper()
	head := r.head()
	for _, digit := range pins[person] {
		r.key(string(digit))
		r.seesNot("Keying")
	}
	if last != "" {
		r.key(last)
	}
	if keyed := r.book.Draft().Keyed; !keyed.Empty() || r.head() != head {
		r.t.Fatalf("%s is keyed, and %d events are written", keyed, r.head()-head)
	}
}

// TestPINKeyedAheadOfItself: keys that came while the PIN was looked at.
func TestPINKeyedAheadOfItself(t *testing.T) {
	for keys, want := range map[string]int64{"7391\r": 0, "7391": 0, "12.5\r": 1250, "5\r": 500} {
		withStaff(t, Config{}, nil, func(r *robot) {
			r.key("3", pins["wang"])
			_, cmd := r.app.Update(keyMsg("enter"))
			for _, char := range keys {
				time.Sleep(120 * time.Millisecond)
				if char == '\r' {
					r.update(keyMsg("enter"))
				} else {
					r.update(keyMsg(string(char)))
				}
				time.Sleep(wedgePatience)
				r.update(burstMsg{})
			}
			r.run(cmd)
			r.pump()
			r.seesNot("7391")
			r.sleep(2 * afterPIN)
			r.seesNot("7391")
			if sale, _ := r.sale(); sale.Amount.Fen != want || !r.book.Draft().Keyed.Empty() {
				t.Errorf("%q became %s, and %s is keyed", keys, sale.Amount, r.book.Draft().Keyed)
			}
		})
	}
}
