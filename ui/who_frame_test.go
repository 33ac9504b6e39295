package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
)

// This file has the pictures of signing in, of the locked screen, and of a second person's consent.

var fourPeople = []colleague{
	{name: "chen", role: ledger.RoleSupervisor}, {name: "li", role: ledger.RoleSupervisor, noPIN: true},
	{name: "王小明", role: ledger.RoleCashier}, {name: "zhao", role: ledger.RoleCashier, learner: true},
}

// atRealTill is a till with people, at which a person works; empty: nobody.
func atRealTill(a *App, person string, people []colleague) {
	a.training, a.practice = false, nil
	s := &a.scene
	s.mode, s.practice, s.staffed, s.people = "sandbox", false, true, people
	s.actor = ledger.Actor{Person: person, Role: ledger.RoleCashier, Place: placeConsole}
	a.actor = s.actor
}

func signingIn(people []colleague, from string, change func(a *App, l *loginScreen)) func(*App) {
	return func(a *App) {
		atRealTill(a, from, people)
		l := newLogin(a, from)
		a.push(l)
		if change != nil {
			change(a, l)
		}
	}
}

// approving is the question about an action, with the second person's PIN half keyed.
func approving(training bool, what ...string) func(*App) {
	return func(a *App) {
		atRealTill(a, "王小明", fourPeople)
		if training {
			a.training, a.scene.mode, a.scene.staffed, a.actor = true, "training", false, ledger.Trainee
		}
		f := aRefund(stepReason)
		f.wish = ledger.RefundWish{Order: testOrder, Amount: ledger.Fen(1250)}
		a.push(f)
		if len(what) == 0 {
			what = []string{a.askRefund(&f.wish, &f.sale).Says}
		}
		d := newApproval(a, approval{what: what})
		a.push(d)
		d.choose(a, 0)
		for _, digit := range "5947" {
			d.typed(a, digit)
		}
	}
}

func staffPictures() []picture {
	return []picture{
		{"a till without people", signingIn(nil, "", nil)},
		{"signing in", signingIn(fourPeople, "", nil)},
		{"signing in, a PIN", signingIn(fourPeople, "", func(a *App, l *loginScreen) {
			l.choose(a, 2)
			for _, digit := range "73915" {
				l.typed(a, digit)
			}
		})},
		{"signing in, a wrong PIN", signingIn(fourPeople, "", func(a *App, l *loginScreen) {
			l.choose(a, 2)
			a.say(a.noteOf(ledger.Refuse(ledger.ReasonPINWrong)))
		})},
		{"signing in, too many wrong PINs", signingIn(fourPeople, "", func(a *App, l *loginScreen) {
			l.choose(a, 2)
			l.until = a.now.Add(27 * time.Second)
			a.say(a.noteOf(ledger.Refuse(ledger.ReasonPINLocked)))
		})},
		{"signing in, a scan for a PIN", signingIn(fourPeople, "", func(a *App, l *loginScreen) {
			l.choose(a, 0)
			l.suspected(a)
		})},
		{"signing in, an authenticator's code", signingIn(fourPeople, "", func(a *App, l *loginScreen) {
			l.choose(a, 0)
			l.step = whoCode
			l.typed(a, '1')
		})},
		{"signing in, many people", signingIn(manyPeople(), "", func(_ *App, l *loginScreen) { l.at = 17 })},
		{"a change of cashier over a sale", func(a *App) {
			withSale(nil, ledger.Paid)(a)
			signingIn(fourPeople, "王小明", nil)(a)
		}},
		{"locked over a payment, with exceptions", func(a *App) {
			withSale(nil, ledger.Unknown)(a)
			a.scene.warnings, a.scene.warning = 1, warning{note: ledger.NoteLateMoney, tail: "9876", amount: ledger.Fen(3000), state: ledger.Orphan, owner: ledger.RoleSupervisor}
			atRealTill(a, "王小明", fourPeople)
			a.scene.locked = true
			a.push(newLogin(a, ""))
		}},
		{"a sale at a till with people", func(a *App) {
			atRealTill(a, "王小明", fourPeople)
			a.scene.hasSale, a.scene.sale = true, saleOf()
		}},
		{"a second person for a refund", approving(false)},
		{"a second person in training", approving(true)},
		{"a second person for an exception", func(a *App) {
			x := anEntry(a, entryAsk)
			x.note = "中文 words of a cashier, so many that they need a row more than one of them has, and then some"
			approving(false, x.agreed(a)...)(a)
		}},
		{"nobody can agree", func(a *App) {
			approving(false)(a)
			a.top().(*approveScreen).people = nil
		}},
	}
}

func manyPeople() (people []colleague) {
	for i := range 40 {
		people = append(people, colleague{name: fmt.Sprintf("person %02d", i+1), role: ledger.RoleCashier})
	}
	return people
}

// TestNoFrameHasAPIN: nothing of what is keyed is in a frame, in either language and in any window, nor how the digits begin or end.
func TestNoFrameHasAPIN(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}} {
		a := drawnApp(t, "en", true, size[0], size[1])
		a.scene = baseScene()
		signingIn(fourPeople, "", func(a *App, l *loginScreen) {
			l.choose(a, 2)
			for i, digit := range "90909090" {
				l.typed(a, digit)
				if frame := a.frame(); strings.Contains(frame, "909") || !strings.Contains(frame, strings.Repeat("*", i+1)+"_") {
					t.Fatalf("after %d digits:\n%s", i+1, frame)
				}
			}
			pad := l.pin.digits
			l.leave()
			if whole := pad[:cap(pad)]; strings.ContainsAny(string(whole), "0123456789") {
				t.Fatal("the digits outlive the screen")
			}
		})(a)
	}
}
