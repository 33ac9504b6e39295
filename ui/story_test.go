package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

const (
	wechatPay = "130000000000000042"
	alipayPay = "280000000000000042"
)

func TestSaleByCodeTakesFiveKeysAndAScan(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.sees("Key the amount", "12.50"[:0])
		r.key("12.5", "enter")
		if r.keys != 5 {
			t.Fatalf("%d keys", r.keys)
		}
		r.sees("To pay", "Scan the customer's code")
		if err := r.scan(wechatPay); err != nil {
			t.Fatal(err)
		}
		r.sees("STARTING", "code …0042", "12.50"[:0])
		r.asked(ledger.RequestPay)
		r.sees("ASKING")
		r.answered(ledger.RequestPay, ledger.ClassPaid, nil)
		sale, _ := r.sale()
		r.sees("PAID", "tail "+sale.ID.Tail(), "Channel's number 42000077", "■confirmed", "Key the next amount")

		r.key("8") // the next digit begins the next sale, and the last result is still in sight
		r.sees("Keying", "Last sale: tail "+sale.ID.Tail(), "PAID")
		r.key("enter")
		r.seesNot("PAID")
		if next, ok := r.sale(); !ok || next.ID == sale.ID || next.Amount != ledger.Fen(800) {
			t.Fatalf("the next sale is %+v", next)
		}
	})
}

func TestSaleByQR(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("1", "enter", "f2")
		if at := r.last(); at.Way != ledger.ByQR || at.Channel != ledger.Alipay {
			t.Fatalf("F2 opened %+v", at)
		}
		r.asked(ledger.RequestOrder)
		r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		r.sees("WAITING", "The customer scans the QR", "the QR is good for")
		if !hasQR(r.app.frame()) {
			t.Fatal("no qr on the screen")
		}
		r.key("w") // the plain twin of F3: the other channel, after the first is withdrawn
		if at := r.last(); at.State != ledger.Stopping || hasQR(r.app.frame()) {
			t.Fatalf("the first qr is %s, on the screen: %v", at.State, hasQR(r.app.frame()))
		}
		r.answered(ledger.RequestQuery, ledger.ClassAbsent, nil)
		if at := r.last(); at.Channel != ledger.WeChat || at.Way != ledger.ByQR {
			t.Fatalf("after the withdrawal: %+v", at)
		}
		r.asked(ledger.RequestOrder)
		r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		r.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
		r.sees("PAID")
		if hasQR(r.app.frame()) {
			t.Fatal("the qr outlives the payment")
		}
	})
}

func TestDefaultChannelIsShownOnEnter(t *testing.T) {
	withRobot(t, Config{DefaultChannel: ledger.WeChat}, func(r *robot) {
		r.key("2", "enter")
		if at := r.last(); at.Channel != ledger.WeChat || at.Way != ledger.ByQR {
			t.Fatalf("%+v", at)
		}
	})
}

func TestDoubleEnterMakesOneSale(t *testing.T) {
	for _, cfg := range []Config{{}, {DefaultChannel: ledger.Alipay}} {
		withRobot(t, cfg, func(r *robot) {
			r.key("7")
			r.update(keyMsg("enter"))
			r.update(keyMsg("enter")) // before the first has come back
			r.pump()
			r.key("enter")
			var sales uint64
			r.book.Read(func(s *ledger.State) { sales = s.SaleCount })
			sale, _ := r.sale()
			if sales != 1 || sale.Dropped || len(sale.Attempts) > 1 {
				t.Fatalf("%d sales, %d attempts", sales, len(sale.Attempts))
			}
		})
	}
}

func TestKeysTypedAheadOfTheDiskKeepTheirOrder(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("3")
		for _, name := range []string{"enter", "f2"} { // no waiting between them
			r.update(keyMsg(name))
		}
		r.pump()
		if at := r.last(); at.Channel != ledger.Alipay || at.Amount != ledger.Fen(300) {
			t.Fatalf("%+v", at)
		}
	})
}

// Looks are built in goroutines and may arrive late: an old one puts nothing back, neither a key nor a sale.
func TestLateLooksPutNothingBack(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("3")
		early := r.app.feed.look()
		r.update(keyMsg("4"))
		r.update(early)
		r.sees("Keying")
		if got := r.app.scene.draft.String(); got != "34" {
			t.Fatalf("the screen shows %q", got)
		}
		r.sleep(100 * time.Millisecond)
		late := r.app.feed.look()
		r.key("enter")
		r.update(late)
		r.sees("To pay")
	})
}

func TestUnusualAmountAsksOnce(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("1000.01")
		before := r.head()
		r.update(keyMsg("enter"))
		r.update(keyMsg("enter")) // a bouncing key agrees to nothing
		r.pump()
		r.sees("¥1000.01 is more than usual")
		r.key("esc")
		r.seesNot("more than usual")
		r.key("enter", "backspace") // another key goes back
		if r.head() != before {
			t.Fatal("something was written")
		}
		r.key("1", "enter")
		r.sleep(time.Second)
		r.key("enter")
		if sale, ok := r.sale(); !ok || sale.Amount != ledger.Fen(100_001) {
			t.Fatalf("after agreeing: %+v", sale)
		}
	})
}

func TestSuspectScan(t *testing.T) {
	for _, tc := range []struct {
		key      string
		attempts int
	}{{"enter", 1}, {"esc", 0}, {"f10", 0}, {"q", 0}} {
		withRobot(t, Config{}, func(r *robot) {
			r.key("5", "enter")
			err := r.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte(wechatPay), At: time.Now(), Suspect: true})
			if ledger.ReasonOf(err) != ledger.ReasonCodeSuspect {
				t.Fatal(err)
			}
			r.pump()
			r.sees("Code …0042 had no proper end", "Enter sends it")
			r.seesNot(wechatPay)
			r.send(keyMsg("enter")) // too soon: it was meant for something else
			if _, held := r.book.Suspect(); !held {
				t.Fatal("an Enter within the grace sent it")
			}
			r.sleep(time.Second)
			r.key(tc.key)
			if _, held := r.book.Suspect(); held {
				t.Fatalf("%s left the suspect", tc.key)
			}
			if sale, _ := r.sale(); len(sale.Attempts) != tc.attempts {
				t.Fatalf("%s: %d attempts", tc.key, len(sale.Attempts))
			}
		})
	}
}

func TestRefusedScanIsNamedUntilTheNextKey(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		if err := r.scan("6901234567892"); err == nil {
			t.Fatal("a product was charged")
		}
		r.sees("a product barcode", "CODE-UNKNOWN")
		r.key("1")
		r.seesNot("CODE-UNKNOWN")
		if r.book.Board().View().BadScan != nil {
			t.Fatal("the board still holds it")
		}
	})
}

func TestTypedCode(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("9", "enter", "c")
		c := r.app.top().(*codeScreen)
		r.key(wechatPay[:10], "backspace", wechatPay[9:])
		buffer := c.digits
		if string(buffer) != wechatPay {
			t.Fatalf("typed %d digits", len(buffer))
		}
		r.sees("18 digits, last four 0042")
		r.seesNot("1300")
		r.key("enter")
		if at := r.last(); at.Way != ledger.ByCode || at.Last4 != "0042" {
			t.Fatalf("%+v", at)
		}
		if !bytes.Equal(buffer, make([]byte, len(buffer))) {
			t.Fatal("the typed digits are still in memory")
		}
		code, _, ok := r.book.TakeCode(r.last().Order)
		if !ok || code.Reveal() != wechatPay {
			t.Fatal("the worker got another code")
		}
	})
}

func TestTypedCodeIsForgotten(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("9", "enter", "f5", "13000")
		buffer := r.app.top().(*codeScreen).digits[:codeMax]
		before := r.head()
		r.key("esc")
		if !bytes.Equal(buffer, make([]byte, codeMax)) {
			t.Fatal("the digits are still in memory")
		}
		if r.head() != before {
			t.Fatal("Esc wrote something")
		}
		r.key("f5", strings.Repeat("1", codeMax+1))
		r.sees("No payment code is that long")
	})
}

// state brings the robot's sale into a state by the worker's door.
func (r *robot) bring(state ledger.AttemptState) {
	r.t.Helper()
	ctx := context.Background()
	r.key("4.2", "enter")
	if err := r.scan(wechatPay); err != nil {
		r.t.Fatal(err)
	}
	if state == ledger.Intent {
		return
	}
	if state == ledger.Unsent {
		r.answered(ledger.RequestPay, ledger.ClassUnsent, nil)
		return
	}
	r.asked(ledger.RequestPay)
	classes := map[ledger.AttemptState]ledger.Class{
		ledger.Waiting: ledger.ClassWaiting, ledger.Unknown: ledger.ClassUnknown, ledger.Paid: ledger.ClassPaid,
		ledger.Refused: ledger.ClassRefused, ledger.Orphan: ledger.ClassRefused, ledger.ClosedOff: ledger.ClassClosed,
		ledger.Reversed: ledger.ClassReversed, ledger.Closing: ledger.ClassFailed,
	}
	if class, ok := classes[state]; ok {
		r.answered(ledger.RequestPay, class, func(a *ledger.Answer) { a.Message = "m\x1b[31m" })
	}
	switch state {
	case ledger.Orphan:
		r.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
	case ledger.Stopping:
		if err := r.book.Stop(ctx, ledger.Trainee); err != nil {
			r.t.Fatal(err)
		}
	case ledger.Withdrawn:
		r.t.Fatal("a code is never withdrawn")
	}
	r.pump()
	if at := r.last(); at.State != state {
		r.t.Fatalf("wanted %s, is %s", state, at.State)
	}
}

var reachable = []ledger.AttemptState{
	ledger.Intent, ledger.Asking, ledger.Waiting, ledger.Unknown, ledger.Paid, ledger.Refused, ledger.Unsent,
	ledger.Stopping, ledger.Closing, ledger.ClosedOff, ledger.Reversed, ledger.Orphan,
}

// TestEscNeverTouchesMoney: in every state and on every screen Esc writes nothing.
func TestEscNeverTouchesMoney(t *testing.T) {
	for _, state := range reachable {
		t.Run(state.String(), func(t *testing.T) {
			withRobot(t, Config{}, func(r *robot) {
				r.bring(state)
				before := r.head()
				for _, open := range []string{"", "f1", "f5", "f10", "r", "e", "1", "ctrl+c"} {
					if open != "" {
						r.key(open)
					}
					r.key("esc", "esc", "esc")
					if len(r.app.stack) != 1 {
						t.Fatalf("after %s, Esc leaves a screen open", open)
					}
				}
				if !r.app.scene.draft.Empty() {
					t.Fatal("Esc leaves an unsettled amount")
				}
				if r.head() != before || r.quit {
					t.Fatalf("Esc moved the ledger from %d to %d", before, r.head())
				}
				if at := r.last(); at.State != state {
					t.Fatalf("Esc made %s of %s", at.State, state)
				}
			})
		})
	}
}

// TestEveryStateHasItsScreen: word and next key, whoever brought the sale there.
func TestEveryStateHasItsScreen(t *testing.T) {
	for _, state := range reachable {
		t.Run(state.String(), func(t *testing.T) {
			withRobot(t, Config{}, func(r *robot) {
				r.bring(state)
				words := r.app.words.States[state]
				r.sees(words.Word, "▶")
				checkFrame(t, state.String(), r.app, r.app.frame())
			})
		})
	}
}

func TestKeysDuringALiveAttempt(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.bring(ledger.Waiting)
		r.key("7")
		r.sees("a payment is under way. [LIVE]")
		if !r.book.Draft().Keyed.Empty() {
			t.Fatal("an amount was keyed under a live payment")
		}
		before := r.head()
		for _, name := range []string{"enter", "f2", "f3", "x", "n", "backspace", "5"} {
			r.key(name)
			if at := r.last(); at.State != ledger.Waiting {
				t.Fatalf("%s made it %s", name, at.State)
			}
		}
		if r.head() != before {
			t.Fatal("a refused key wrote something")
		}
	})
}

func TestStopAndSetAside(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.bring(ledger.Waiting)
		r.key("s")
		r.sees("STOPPING", "stopped by the cashier")
		r.key("f4")
		r.sees("STOPPING", "It is being stopped already")
		r.answered(ledger.RequestQuery, ledger.ClassWaiting, nil)
		r.sees("CLOSING", "Do not hand over")
		r.seesNot("unknown 1")
		r.key("f8")
		if _, ok := r.sale(); ok {
			t.Fatal("the sale is still on the screen")
		}
		r.sees("Key the amount", "unknown 1")
	})
}

func TestDropGivesUpAnUnpaidSale(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.bring(ledger.Refused)
		r.key("5", "f6") // the keyed amount goes first
		if _, ok := r.sale(); !ok || !r.book.Draft().Keyed.Empty() {
			t.Fatal("F6 on a keyed amount touched the sale")
		}
		r.key("x", "1")
		if _, ok := r.sale(); ok {
			t.Fatal("the sale is still there")
		}
	})
}

func TestQRKeyWithAnUnsettledAmountChargesNothing(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("1", "enter", "2", "f2")
		r.sees("The amount is not settled yet")
		if sale, _ := r.sale(); len(sale.Attempts) != 0 {
			t.Fatal("the sale before was charged")
		}
	})
}

func TestTodayIsLive(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("d")
		r.sees("Today's sales 2000-01-01", "No sale today yet")
		r.key("esc")
		r.bring(ledger.Waiting)
		r.key("f10")
		sale, _ := r.sale()
		r.sees(sale.ID.Tail(), "4.20", "waiting", "total 0 for ¥0.00")
		r.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
		r.sees("✔ paid", "confirmed", "WeChat 1 for ¥4.20", "total 1 for ¥4.20")
	})
}

func TestTodayFollowsTheCalendar(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.bring(ledger.Paid)
		time.Sleep(16 * time.Hour) // past midnight in the shop, and nothing has happened since
		r.key("d")
		r.sees("Today's sales 2000-01-02", "No sale today yet")
	})
}

func TestStoppedLedger(t *testing.T) {
	store := ledger.NewMemory()
	withRobotOn(t, store, Config{}, nil, func(r *robot) {
		r.key("5")
		store.FailAppend = func(ledger.Batch) (bool, error) { return false, errors.New("no space") }
		r.key("enter")
		r.sees("THIS TILL HAS STOPPED", "[LEDGER-STOPPED]", "Charge nothing")
		r.key("enter", "f2", "esc")
		r.sees("THIS TILL HAS STOPPED")
	})
}

func TestLeavingAsksOnce(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("ctrl+c")
		r.sees("Leave the till?")
		r.key("1", "ctrl+c")
		if r.quit {
			t.Fatal("another key between did not count")
		}
		r.key("ctrl+c")
		if !r.quit {
			t.Fatal("the second Ctrl-C stayed")
		}
	})
}

// After Ctrl-C an Enter stays and does nothing else: neither the amount nor a suspect scan goes through with it.
func TestEnterAfterCtrlCOnlyStays(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("5", "ctrl+c", "enter")
		if _, ok := r.sale(); ok || r.quit {
			t.Fatal("the Enter settled the amount, or left")
		}
		r.seesNot("Leave the till?")
		r.key("enter")
		err := r.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte(wechatPay), At: time.Now(), Suspect: true})
		if err == nil {
			t.Fatal("a suspect scan was charged")
		}
		r.pump()
		r.sleep(time.Second)
		r.key("ctrl+c", "enter")
		if sale, _ := r.sale(); len(sale.Attempts) != 0 {
			t.Fatal("the Enter sent the suspect scan")
		}
	})
}

func TestPaste(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("5", "enter")
		r.send(tea.PasteMsg{Content: strings.Repeat("9", 1<<20)})
		r.sees("What was pasted is no payment code")
		r.send(tea.PasteMsg{Content: "12.50"})
		r.sees("CODE-UNKNOWN")
		if !r.book.Draft().Keyed.Empty() {
			t.Fatal("a paste went into the amount")
		}
		r.send(tea.PasteMsg{Content: wechatPay + "\n"})
		r.sees("Use the pasted text (…0042) as the customer's code?")
		r.send(keyMsg("enter")) // too soon: it was meant for something else
		r.sees("Use the pasted text (…0042) as the customer's code?")
		r.sleep(time.Second)
		r.key("enter")
		if at := r.last(); at.Last4 != "0042" {
			t.Fatalf("%+v", at)
		}
	})
}

// customers is a simulator that notes what it was asked.
type customers struct {
	twoCustomers
	scanned string
	number  int
}

func (c *customers) Code(channel ledger.Channel, number int) []byte {
	if channel == ledger.Alipay {
		return []byte(fmt.Sprintf("2800000000%02d000001", number))
	}
	return []byte(fmt.Sprintf("1300000000%02d000001", number))
}

func (c *customers) ScanQR(payload string, number int) error {
	c.scanned, c.number = payload, number
	return nil
}

func TestPracticeCustomers(t *testing.T) {
	sim := &customers{}
	withRobotOn(t, ledger.NewMemory(), Config{}, func(b *ledger.BookConfig, o *Options) {
		o.Practice, b.Codes = sim, ledger.TrainingCodes(ledger.DefaultCodes())
	}, func(r *robot) {
		r.key("6", "enter", "t")
		r.sees("Simulated customers", "▶ 00 pays at once")
		r.key("j", "w")
		if at := r.last(); at.Channel != ledger.WeChat || at.Way != ledger.ByCode {
			t.Fatalf("%+v", at)
		}
		r.asked(ledger.RequestPay)
		r.answered(ledger.RequestPay, ledger.ClassRefused, nil)
		r.key("f2")
		r.asked(ledger.RequestOrder)
		r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		r.key("f9", "down", "enter")
		if sim.scanned != testQR || sim.number != 73 {
			t.Fatalf("scanned %q as %d", sim.scanned, sim.number)
		}
	})
}

func TestFirstFrameIsTold(t *testing.T) {
	told := 0
	withRobotOn(t, ledger.NewMemory(), Config{}, func(_ *ledger.BookConfig, o *Options) { o.FirstFrame = func() { told++ } }, func(r *robot) {
		r.sleep(time.Second)
		r.send(sizeMsg(100, 30))
		r.sleep(time.Second)
		synctest.Wait()
		if told != 1 {
			t.Fatalf("told %d times", told)
		}
	})
}

// A refusal is about a moment: when the payment it was about has ended, the line under the screen must not say that one
// is under way.
func TestRefusalGoesWithItsMoment(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("5", "enter")
		if err := r.scan(wechatPay); err != nil {
			t.Fatal(err)
		}
		r.asked(ledger.RequestPay)
		r.key("7")
		r.sees("[LIVE]")
		r.answered(ledger.RequestPay, ledger.ClassRefused, nil)
		r.sees("REFUSED", "Scan again")
		r.seesNot("[LIVE]")
	})
}
