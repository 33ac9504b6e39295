package ui

import (
	"bytes"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

func TestScanTypedByAWedgeIsACode(t *testing.T) {
	for _, gap := range []time.Duration{0, time.Millisecond, 12 * time.Millisecond, 25 * time.Millisecond} {
		withRobot(t, Config{}, func(r *robot) {
			r.key("12.5", "enter")
			r.burst(wechatPay, "enter", gap)
			if at := r.last(); at.Way != ledger.ByCode || at.Last4 != "0042" || at.Amount != ledger.Fen(1250) {
				t.Fatalf("gap %v: %+v", gap, at)
			}
			if !r.book.Draft().Keyed.Empty() {
				t.Fatalf("gap %v: digits of the code are in the amount", gap)
			}
			if !bytes.Equal(r.app.burst.chars[:], make([]byte, burstMax)) {
				t.Fatal("digits are left in the collector")
			}
			r.seesNot(wechatPay)
		})
	}
}

// The code comes while an amount is only keyed: the amount is as before, the code is refused by name, nothing settles.
func TestWedgeScanOnAnUnsettledAmount(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("3.50")
		r.burst(wechatPay, "enter", 2*time.Millisecond)
		r.sees("A code came before the amount was settled")
		if got := r.book.Draft().Keyed.String(); got != "3.50" {
			t.Fatalf("the amount is %q", got)
		}
		if _, ok := r.sale(); ok {
			t.Fatal("the Enter of a scan settled an amount")
		}
	})
}

func TestWedgeScanOverOtherScreens(t *testing.T) {
	for _, open := range []string{"f1", "f10", "f9"} {
		withRobotOn(t, ledger.NewMemory(), Config{}, func(_ *ledger.BookConfig, o *Options) { o.Practice = &customers{} }, func(r *robot) {
			r.key("2", "enter", open)
			r.burst(wechatPay, "enter", time.Millisecond)
			if at := r.last(); at.Last4 != "0042" {
				t.Fatalf("under %s: %+v", open, at)
			}
			if len(r.app.stack) != 2 {
				t.Fatalf("the scan's Enter closed the screen of %s", open)
			}
		})
	}
}

func TestWedgeScanWithoutAnEndIsSuspect(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("2", "enter")
		r.burst(wechatPay, "", time.Millisecond)
		r.sleep(300 * time.Millisecond)
		r.sees("Code …0042 had no proper end")
	})
}

func TestWedgeScanOfSomethingElse(t *testing.T) {
	for _, text := range []string{"6901234567892", "https://qr.example/swx4nd", "]C1ABCDEF"} {
		withRobot(t, Config{}, func(r *robot) {
			r.bring(ledger.Waiting) // where s would stop it and a would show a QR
			r.burst(text, "enter", 3*time.Millisecond)
			r.sees("CODE-UNKNOWN")
			if at := r.last(); at.State != ledger.Waiting {
				t.Fatalf("%q made it %s", text, at.State)
			}
			if len(r.app.stack) != 1 {
				t.Fatalf("%q opened a screen", text)
			}
		})
	}
}

func TestEnterOfAShortScanConfirmsNothing(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.burst("1234567", "enter", 2*time.Millisecond)
		r.sees("Keyed as fast as a scanner")
		if _, ok := r.sale(); ok {
			t.Fatal("it settled")
		}
		r.key("enter")
		r.sleep(time.Second)
		r.key("enter") // 1,234,567 yuan are asked about as well
		if sale, ok := r.sale(); !ok || sale.Amount != ledger.Fen(123_456_700) {
			t.Fatalf("%+v", sale)
		}
	})
}

// A fast hand, a slow line that delivers keys in one piece, a robot: an amount is an amount.
func TestFastAmountIsAnAmount(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.burst("12.5", "enter", 0)
		if sale, ok := r.sale(); !ok || sale.Amount != ledger.Fen(1250) {
			t.Fatalf("%+v", sale)
		}
		r.burst("12345.67", "", 0)
		r.sleep(200 * time.Millisecond)
		if got := r.book.Draft().Keyed.String(); got != "12345.67" {
			t.Fatalf("the amount is %q", got)
		}
	})
}

func TestScanWhileTheDiskIsSlow(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("8")
		r.update(keyMsg("enter"))
		for _, char := range alipayPay {
			r.update(keyMsg(string(char)))
		}
		r.update(keyMsg("enter"))
		r.pump()
		if at := r.last(); at.Channel != ledger.Alipay || at.Amount != ledger.Fen(800) {
			t.Fatalf("%+v", at)
		}
	})
}

func TestEscGluedToADigit(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("5")
		r.send(tea.KeyPressMsg{Code: '7', Mod: tea.ModAlt})
		r.sleep(100 * time.Millisecond)
		if got := r.book.Draft().Keyed.String(); got != "7" {
			t.Fatalf("the amount is %q", got)
		}
		r.key("esc")
		r.key("2", "enter")
		r.send(tea.KeyPressMsg{Code: '1', Mod: tea.ModAlt}) // Esc, then a whole scan
		r.burst(wechatPay[1:], "enter", time.Millisecond)
		if at := r.last(); at.Last4 != "0042" {
			t.Fatalf("%+v", at)
		}
	})
}

func TestKeysOfOtherKeyboards(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.send(tea.KeyPressMsg{Code: '１', Text: "１"}) // a Chinese input method in full-width mode
		r.sleep(100 * time.Millisecond)
		r.send(tea.KeyPressMsg{Code: tea.KeyKp2, Text: "2"})
		r.sleep(100 * time.Millisecond)
		r.send(tea.KeyPressMsg{Code: '。', Text: "。"})
		r.sleep(100 * time.Millisecond)
		r.send(tea.KeyPressMsg{Code: tea.KeyKp5})
		r.sleep(100 * time.Millisecond)
		r.send(tea.KeyPressMsg{Code: tea.KeyKpEnter})
		if sale, ok := r.sale(); !ok || sale.Amount != ledger.Fen(1250) {
			t.Fatalf("%+v", sale)
		}
		r.send(tea.KeyPressMsg{Code: 'D', Text: "D", Mod: tea.ModShift})
		r.sleep(100 * time.Millisecond)
		r.sees("Today's sales")
	})
}

func TestTwentyScansInOnePiece(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("2", "enter")
		for range 20 {
			for _, char := range wechatPay {
				r.update(keyMsg(string(char)))
			}
			r.update(keyMsg("enter"))
		}
		r.pump()
		sale, _ := r.sale()
		if len(sale.Attempts) != 1 || !r.book.Draft().Keyed.Empty() {
			t.Fatalf("%d attempts, amount %q", len(sale.Attempts), r.book.Draft().Keyed)
		}
		if n := strings.Count(r.frame(), "code …0042"); n != 1 {
			t.Fatalf("the code is shown %d times", n)
		}
	})
}
