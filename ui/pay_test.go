package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// TestDoubtedPaidIsNeverRepeated: an answer that says paid and was not believed is told in the till's words, in every
// state, and nothing the channel wrote in it is on the screen.
func TestDoubtedPaidIsNeverRepeated(t *testing.T) {
	for _, tc := range []struct {
		change func(*ledger.Answer)
		says   string
	}{
		{func(a *ledger.Answer) { a.Verified = false }, "its signature is not good: not believed"},
		{func(a *ledger.Answer) { a.Named.Order = "T1999" }, "it named another order: not believed"},
		{func(a *ledger.Answer) { a.Named.Amount = ledger.Fen(419) }, "it named another amount: not believed"},
		{func(a *ledger.Answer) { a.Named.Merchant = "N" }, "to another merchant: not believed"},
		{func(a *ledger.Answer) { a.Named.App = "B" }, "for another app: not believed"},
	} {
		for _, code := range []string{"SUCCESS", "", "PAYMENT_SUCCESS_2"} {
			for _, from := range []ledger.AttemptState{ledger.Asking, ledger.Waiting, ledger.Stopping, ledger.Closing, ledger.Refused, ledger.ClosedOff} {
				t.Run(fmt.Sprint(from, code, tc.says), func(t *testing.T) {
					withRobot(t, Config{}, func(r *robot) {
						r.bring(from)
						r.answered(ledger.RequestQuery, ledger.ClassPaid, func(a *ledger.Answer) {
							a.Code, a.Message = code, "支付成功 paid ok"
							tc.change(a)
						})
						r.sees("An answer said paid, but " + tc.says)
						r.seesNot("支付成功", "paid ok", "SUCCESS")
					})
				})
			}
		}
	}
}

// TestDoubtedPaidAsksNobodyToPay: the QR goes, and so does the word that invites to pay.
func TestDoubtedPaidAsksNobodyToPay(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("1", "enter", "f2")
		r.asked(ledger.RequestOrder)
		r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		r.sees("To pay")
		r.answered(ledger.RequestQuery, ledger.ClassPaid, func(a *ledger.Answer) { a.Named.Amount = ledger.Fen(99) })
		r.sees("WAITING", "Not known if paid", "Do not hand over, do not charge again.", "named another amount: not believed", "at most 120 s more")
		r.seesNot("To pay", "scans the QR", "F3 WeChat QR")
		if hasQR(r.app.frame()) {
			t.Fatal("the qr is still shown")
		}
		r.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
		r.sees("PAID")
		r.seesNot("not believed")
	})
}

// TestPaidDuringACloseIsNotRepeated: a cancel may be on its way, so the channel's "success" proves nothing yet.
func TestPaidDuringACloseIsNotRepeated(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.bring(ledger.Closing)
		r.answered(ledger.RequestClose, ledger.ClassAccepted, nil)
		r.answered(ledger.RequestQuery, ledger.ClassPaid, func(a *ledger.Answer) { a.Code, a.Message = "SUCCESS", "支付成功" })
		r.sees("CLOSING", "WeChat: said paid: not believed yet")
		r.seesNot("支付成功", "SUCCESS")
	})
}

// TestOpenEndsSpeakOurWords: while the end is open, words that are not in the till's table are not shown, their code is.
func TestOpenEndsSpeakOurWords(t *testing.T) {
	for state := ledger.Intent; state <= ledger.Orphan; state++ {
		a := drawnApp(t, assets.En, true, 80, 24)
		a.scene = baseScene()
		withSale(func(at *ledger.Attempt) { at.Code, at.Message = "NEW_CODE", "all is well" }, state)(a)
		frame := ansi.Strip(a.frame())
		if got := strings.Contains(frame, "all is well"); got != ownWords[state] {
			t.Errorf("%s: the channel's words on the screen: %v", state, got)
		}
		if (state.Live() || ownWords[state]) && !strings.Contains(frame, "[NEW_CODE]") {
			t.Errorf("%s: no code for support", state)
		}
	}
}

// TestHeadsOfEndedStates: each its own, and "to pay" nowhere but where it is.
func TestHeadsOfEndedStates(t *testing.T) {
	toPay := map[ledger.AttemptState]bool{ledger.Intent: true, ledger.Asking: true, ledger.Waiting: true}
	for _, lang := range assets.Langs {
		seen := map[string]ledger.AttemptState{}
		for state := ledger.Intent; state <= ledger.Orphan; state++ {
			a := drawnApp(t, lang, true, 80, 24)
			a.scene = baseScene()
			withSale(nil, state)(a)
			head := a.headOf(&a.scene.sale)
			if frame := ansi.Strip(a.frame()); !strings.Contains(frame, head) || strings.Contains(frame, a.words.ToPay) != toPay[state] {
				t.Errorf("%s, %s: head %q:\n%s", lang, state, head, frame)
			}
			if other, twice := seen[head]; twice && !toPay[state] {
				t.Errorf("%s: %s and %s are headed %q", lang, state, other, head)
			}
			seen[head] = state
		}
	}
}

// TestLimits: where it is known how long this can go on, the screen says so and counts down.
func TestLimits(t *testing.T) {
	for _, tc := range []struct {
		state  ledger.AttemptState
		change func(*ledger.Attempt)
		want   string
	}{
		{ledger.Unknown, byQR, "at most 78 s more, then the till stops it by itself"},
		{ledger.Stopping, byQR, "no payment can begin after 78 s"},
		{ledger.Closing, byQR, "no payment can begin after 78 s"},
		{ledger.Stopping, nil, "no payment can begin after 78 s"},
		{ledger.Stopping, nil, "only 15 s after the charge: 3 s more"},
		{ledger.Closing, nil, "only 15 s after the charge: 3 s more"},
	} {
		a := drawnApp(t, assets.En, true, 80, 24)
		a.scene = baseScene()
		withSale(tc.change, tc.state)(a)
		a.scene.board.Doing[string(testOrder)] = ledger.Doing{Request: ledger.RequestQuery, Next: noon.Add(3 * time.Second)}
		if frame := ansi.Strip(a.frame()); !strings.Contains(frame, tc.want) {
			t.Errorf("%s: %q is missing:\n%s", tc.state, tc.want, frame)
		}
		a.now = noon.Add(2 * time.Minute)
		if frame := ansi.Strip(a.frame()); strings.Contains(frame, "at most") || strings.Contains(frame, "can begin") || strings.Contains(frame, "15 s after") {
			t.Errorf("%s: a limit that is over is on the screen:\n%s", tc.state, frame)
		}
	}
	a := drawnApp(t, assets.En, true, 80, 24)
	a.scene = baseScene()
	withSale(func(at *ledger.Attempt) { at.Channel = ledger.Alipay }, ledger.Closing)(a)
	if strings.Contains(ansi.Strip(a.frame()), "15 s after") {
		t.Error("WeChat Pay's rule is told of Alipay")
	}
}

// TestDetailsFitTheirPlace: what is doubted and how long it goes on are seen whole in every window.
func TestDetailsFitTheirPlace(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, size := range sizes {
			for note, doubt := range assets.For(lang).Doubted {
				for _, state := range []ledger.AttemptState{ledger.Unknown, ledger.Waiting, ledger.Stopping, ledger.Closing} {
					a := drawnApp(t, lang, true, size[0], size[1])
					a.scene = baseScene()
					withSale(func(at *ledger.Attempt) { byQR(at); at.Note = note }, state)(a)
					a.scene.warnings, a.scene.warning = 1, warning{note: note, tail: "1234", amount: ledger.Fen(1250), named: ledger.Fen(1249), state: state, owner: ledger.RoleSupervisor}
					frame := squeeze(ansi.Strip(a.frame()))
					at := &a.scene.sale.Attempts[0]
					for _, text := range []string{doubt, a.limit(at), a.doing(at)} {
						if _, beside := a.qrPicture(); !beside && !strings.Contains(frame, squeeze(text)) {
							t.Errorf("%s %v %s: %q is cut:\n%s", lang, size, state, text, a.frame())
						}
					}
				}
			}
		}
	}
}

// TestExceptionSaysWhatWhichAndHowItStands, in every window and for every note, whole; beside a QR in one row.
func TestExceptionSaysWhatWhichAndHowItStands(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, size := range sizes {
			for note := ledger.NoteUnverified; note <= ledger.NoteGoneAfterPaid; note++ {
				a := drawnApp(t, lang, true, size[0], size[1])
				a.scene = baseScene()
				a.scene.warnings, a.scene.warning = 2, warning{
					note: note, tail: "9876", amount: ledger.Fen(12345), named: ledger.Fen(12344), state: ledger.Reversed, owner: ledger.RoleSupervisor,
				}
				got := squeeze(ansi.Strip(strings.Join(a.warning(false), "")))
				for _, want := range []string{a.words.Notes[note], "9876", "¥123.45", "¥123.44", a.words.States[ledger.Reversed].Short, a.words.Stays} {
					if !strings.Contains(got, squeeze(want)) {
						t.Errorf("%s %v: %q is not in %q", lang, size, want, got)
					}
				}
				if rows := a.warning(true); len(rows) != 1 || ansi.StringWidth(rows[0]) != size[0] {
					t.Errorf("%s %v: beside a QR %q", lang, size, rows)
				}
				a.scene.warning.named = ledger.Money{}
				if got := a.warning(false)[0]; strings.Contains(got, "¥0.00") {
					t.Errorf("an amount that nobody named: %q", got)
				}
			}
		}
	}
}

// TestExceptionOfADoubtedAmount follows one from the answer to the line, and to the end of its order.
func TestExceptionOfADoubtedAmount(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.bring(ledger.Asking)
		r.answered(ledger.RequestPay, ledger.ClassPaid, func(a *ledger.Answer) { a.Named.Amount = ledger.Fen(419) })
		sale, _ := r.sale()
		r.sees("exceptions 1, e lists them, tell the supervisor · …" + sale.ID.Tail() + " ¥4.20: says paid, other amount, channel named ¥4.19, now unknown; stays until settled")
		r.answered(ledger.RequestQuery, ledger.ClassReversed, nil)
		r.sees("channel named ¥4.19, now reversed; stays until settled")
	})
}

// TestRefundedElsewhereIsNoLateMoney: the two ends that need a supervisor are told apart.
func TestRefundedElsewhereIsNoLateMoney(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.bring(ledger.Waiting)
		r.answered(ledger.RequestQuery, ledger.ClassRefunded, func(a *ledger.Answer) { a.Code = "REFUND" })
		r.sees("REFUNDED", "refunded by somebody else. Do not hand over", "No sale: call a supervisor", "exceptions 1")
		r.seesNot("LATE MONEY", "after the end")
		r.key("f10")
		r.sees("⚠ refunded")
	})
}

// TestPaidMovesAndGrowsOld: a picture of an older PAID stands still, and says no age that fits.
func TestPaidMovesAndGrowsOld(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.charge()
		r.answered(ledger.RequestPay, ledger.ClassPaid, nil)
		r.sees("PAID · 0 s ago")
		r.sleep(time.Second) // the clock's last slow step
		for range 20 {
			before := r.frame()
			r.sleep(markEvery)
			if strings.Contains(before, r.frame()) {
				t.Fatalf("a new PAID stands still:\n%s", before)
			}
		}
		r.sees("PAID · 5 s ago")
		r.sleep(livesFor)
		r.sees("PAID · 30 s ago")
		r.sleep(4 * time.Minute)
		r.sees("PAID · 4 min ago")
	})
}

// TestPaidUnderAClockThatWasSetBack says no age and does not move.
func TestPaidUnderAClockThatWasSetBack(t *testing.T) {
	a := drawnApp(t, assets.En, true, 80, 24)
	a.scene = baseScene()
	withSale(func(at *ledger.Attempt) { at.SinceAt = noon.Add(time.Hour) }, ledger.Paid)(a)
	before := strings.Split(a.frame(), "\n")
	a.now = noon.Add(markEvery)
	after := strings.Split(a.frame(), "\n")
	if strings.Join(before[1:], "\n") != strings.Join(after[1:], "\n") || strings.Contains(a.frame(), "ago") {
		t.Errorf("\n%s\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}
