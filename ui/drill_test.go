package ui

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// drillCustomers are those of the exercises, without a simulator behind them: the robot is the worker.
type drillCustomers struct {
	mu    sync.Mutex
	codes int
	scans []string
}

func (*drillCustomers) Customers() []Customer {
	return []Customer{{payer, "付", "pays"}, {refusedOne, "拒", "is refused"}, {silentOne, "默", "is silent"}, {answerLost, "丢", "is lost"}}
}

func (c *drillCustomers) Code(channel ledger.Channel, customer int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.codes++
	prefix := map[ledger.Channel]string{ledger.Alipay: "28", ledger.WeChat: "13"}[channel]
	return fmt.Appendf(nil, "%s00000000%02d%06d", prefix, customer, c.codes)
}

func (c *drillCustomers) ScanQR(payload string, _ int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scans = append(c.scans, payload)
	return nil
}

func (c *drillCustomers) scanned() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.scans)
}

// withDrill begins a card's drill and tells a story of it.
func withDrill(t *testing.T, card int, story func(r *robot, customers *drillCustomers)) {
	t.Helper()
	customers := &drillCustomers{}
	change := func(_ *ledger.BookConfig, o *Options) { o.Practice = customers }
	withRobotOn(t, ledger.NewMemory(), Config{}, change, func(r *robot) {
		r.key("f12", fmt.Sprint(card), "t")
		story(r, customers)
	})
}

// charged is the worker's answer to the drill's code.
func (r *robot) charged(class ledger.Class) {
	r.t.Helper()
	r.asked(ledger.RequestPay)
	r.answered(ledger.RequestPay, class, nil)
}

// paysByQR has a channel's QR shown and paid.
func (r *robot) paysByQR(key string, customers *drillCustomers) {
	r.t.Helper()
	before := customers.scanned()
	r.key(key)
	r.asked(ledger.RequestOrder)
	r.answered(ledger.RequestOrder, ledger.ClassShown, nil)
	if customers.scanned() != before+1 {
		r.t.Fatalf("the QR was scanned %d times", customers.scanned()-before)
	}
	r.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
}

// TestDrillOfTheUnknown: set aside within the time, without charging again.
func TestDrillOfTheUnknown(t *testing.T) {
	withDrill(t, 3, func(r *robot, _ *drillCustomers) {
		r.sees("STARTING", "DRILL begins")
		r.sleep(5 * time.Second) // nothing to see yet, and no time runs
		r.charged(ledger.ClassUnknown)
		r.sees("UNKNOWN", "DRILL 0 s of 15")
		r.sleep(8200 * time.Millisecond)
		r.sees("DRILL 7 s of 15")
		r.key("n")
		r.sees("Drill: Payment unknown", "✔ set aside", "✔ no wrong step", "Score 100 of 100")
		r.seesNot("DRILL")
	})
}

// TestDrillChargedAgain: a second charge while the end is not known is refused by the Book, and counted.
func TestDrillChargedAgain(t *testing.T) {
	withDrill(t, 3, func(r *robot, _ *drillCustomers) {
		r.charged(ledger.ClassUnknown)
		r.key("a", "w", "n")
		r.sees("✔ set aside", "✖ charged again while the end was not known: 2", "Score 70 of 100")
		r.key("esc")
		if _, ok := r.sale(); ok {
			t.Error("the sale is on the screen again")
		}
	})
}

// TestDrillTooLate costs the points of the time alone.
func TestDrillTooLate(t *testing.T) {
	withDrill(t, 3, func(r *robot, _ *drillCustomers) {
		r.charged(ledger.ClassUnknown)
		r.sleep(16 * time.Second)
		r.key("n")
		r.sees("✔ set aside", "✔ no wrong step", "✖ 16.", "more than 15 s", "Score 80 of 100")
	})
}

// TestDrillNobodyEnds: after a minute it is over, and nothing counts.
func TestDrillNobodyEnds(t *testing.T) {
	withDrill(t, 3, func(r *robot, _ *drillCustomers) {
		r.charged(ledger.ClassUnknown)
		r.sleep(59 * time.Second)
		r.sees("DRILL 58 s of 15")
		r.sleep(3 * time.Second)
		r.sees("✖ not finished within 60 s", "✖ no time counts", "Score 0 of 100")
	})
}

// TestDrillEndedBeforeItsSymptom counts from the beginning, so that nobody is faster than the fault.
func TestDrillEndedBeforeItsSymptom(t *testing.T) {
	withDrill(t, 3, func(r *robot, _ *drillCustomers) {
		r.asked(ledger.RequestPay)
		r.sleep(18 * time.Second)
		r.key("s", "n")
		r.sees("✔ set aside", "✖ 18.", "Score 80 of 100")
	})
	withDrill(t, 3, func(r *robot, _ *drillCustomers) {
		r.sleep(61 * time.Second)
		r.sees("✖ not finished within 60 s")
	})
}

// TestDrillWaitedFor: the till finds out that it was paid after all.
func TestDrillWaitedFor(t *testing.T) {
	withDrill(t, 3, func(r *robot, _ *drillCustomers) {
		r.charged(ledger.ClassUnknown)
		r.sleep(4 * time.Second)
		r.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
		r.sees("✔ waited, and the till found the payment", "Score 100 of 100")
	})
}

// TestDrillOfTheChannel: the other channel brings the money.
func TestDrillOfTheChannel(t *testing.T) {
	withDrill(t, 1, func(r *robot, customers *drillCustomers) {
		r.charged(ledger.ClassRefused)
		r.sees("REFUSED", "DRILL 0 s of 15")
		r.paysByQR("w", customers)
		r.sees("✔ paid another way", "✔ no wrong step", "Score 100 of 100")
		r.key("t") // once more
		r.charged(ledger.ClassRefused)
		r.paysByQR("a", customers)
		r.sees("✖ went back to the channel that takes nothing: 1", "Score 70 of 100")
	})
}

// TestDrillGivenUp: where the sale could have been paid another way, giving it up is no end.
func TestDrillGivenUp(t *testing.T) {
	withDrill(t, 1, func(r *robot, _ *drillCustomers) {
		r.charged(ledger.ClassRefused)
		r.key("x", "2")
		r.sees("✖ given up", "✖ no time counts", "Score 0 of 100")
	})
}

// TestDrillOfTheScanner: a QR instead of the scanner.
func TestDrillOfTheScanner(t *testing.T) {
	withDrill(t, 5, func(r *robot, customers *drillCustomers) {
		r.sees("DRILL 0 s of 15 · the scanner is dead")
		if sale, _ := r.sale(); len(sale.Attempts) != 0 {
			t.Fatal("somebody held out a code")
		}
		r.paysByQR("a", customers)
		r.sees("✔ paid another way", "Score 100 of 100")
	})
	withDrill(t, 5, func(r *robot, customers *drillCustomers) {
		r.key("t", "enter") // to the dead scanner
		r.charged(ledger.ClassPaid)
		r.sees("✔ paid another way", "✖ went to the dead scanner: 1", "Score 70 of 100")
	})
}

// TestDrillOfTheClaim: the customer says paid, the screen does not.
func TestDrillOfTheClaim(t *testing.T) {
	withDrill(t, 4, func(r *robot, _ *drillCustomers) {
		r.charged(ledger.ClassWaiting)
		r.key("a") // not a second time
		r.key("s", "n")
		r.sees("✔ set aside", "✖ charged again while the end was not known: 1", "Score 70 of 100")
	})
	withDrill(t, 4, func(r *robot, _ *drillCustomers) {
		r.charged(ledger.ClassWaiting)
		r.key("s")
		r.answered(ledger.RequestQuery, ledger.ClassClosed, nil)
		r.key("x", "4")
		r.sees("✔ given up", "Score 100 of 100")
	})
}

// TestCardsAreReadInADrill: looking at the card is no fault, and costs time alone.
func TestCardsAreReadInADrill(t *testing.T) {
	withDrill(t, 3, func(r *robot, _ *drillCustomers) {
		r.charged(ledger.ClassUnknown)
		r.key("f12")
		r.sees("! 3 Payment unknown")
		r.key("3", "t")
		r.sees("A drill is under way.")
		r.key("esc", "esc", "n")
		r.sees("Score 100 of 100")
	})
}

// TestWhereNoDrillBegins: outside training, for a card without one, and over a sale that is not finished.
func TestWhereNoDrillBegins(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) { // no simulator
		head := r.head()
		r.key("f12", "3")
		r.seesNot("drill", "F9")
		r.key("t")
		if r.head() != head || r.app.drill != nil {
			t.Error("a drill on a till without a simulator")
		}
	})
	withDrill(t, 9, func(r *robot, _ *drillCustomers) {
		r.sees("This card has no drill")
		r.key("esc", "esc", "8", "enter")
		head := r.head()
		r.key("f12", "3", "t")
		r.sees("A sale is on the screen")
		if r.head() != head || r.app.drill != nil {
			t.Error("a drill threw a sale away")
		}
	})
	withRobotOn(t, ledger.NewMemory(), Config{}, func(_ *ledger.BookConfig, o *Options) { o.Practice = twoCustomers{} }, func(r *robot) {
		r.key("f12", "5", "t") // needs no code
		r.sees("the scanner is dead")
		r.key("x", "1", "esc", "esc", "esc")
		head := r.head()
		r.key("f12", "3", "t") // this simulator has not its customer
		r.sees("This card has no drill")
		if r.head() != head {
			t.Error("events without a drill")
		}
	})
}

// TestScore in all its parts.
func TestScore(t *testing.T) {
	wrong := map[assets.Misstep]int{assets.MissAgain: 1}
	for _, tc := range []struct {
		drill *drill
		want  int
	}{
		{aDrill(assets.CardUnknown, assets.EndAside, 15*time.Second, nil), 100},
		{aDrill(assets.CardUnknown, assets.EndAside, 15*time.Second+time.Millisecond, nil), 80},
		{aDrill(assets.CardUnknown, assets.EndAside, time.Second, wrong), 70},
		{aDrill(assets.CardUnknown, assets.EndAside, time.Minute, wrong), 50},
		{aDrill(assets.CardUnknown, assets.EndGivenUp, time.Second, nil), 0},
		{aDrill(assets.CardChannel, assets.EndAside, time.Second, nil), 0},
		{aDrill(assets.CardClaims, assets.EndGivenUp, time.Second, nil), 100},
		{aDrill(assets.CardScanner, assets.EndTime, time.Minute, nil), 0},
	} {
		if got := tc.drill.score(); got != tc.want {
			t.Errorf("%s, %s after %v, %v: %d, want %d", tc.drill.card, tc.drill.end, tc.drill.took(), tc.drill.wrong, got, tc.want)
		}
	}
}

// TestEveryWordOfADrillIsThere in both languages.
func TestEveryWordOfADrillIsThere(t *testing.T) {
	for _, lang := range assets.Langs {
		w := assets.For(lang).Card
		for _, card := range assets.Cards {
			if w.Texts[card].Title == "" || (exercises[card].right != nil) != (w.Drill.Stories[card] != "") {
				t.Errorf("%s: card %s", lang, card)
			}
			if _, has := exercises[card]; has && !strings.Contains(w.Drill.None.Says, fmt.Sprint(numberOf(card))) {
				t.Errorf("%s: %q does not name card %d", lang, w.Drill.None.Says, numberOf(card))
			}
		}
		for _, end := range assets.DrillEnds {
			if w.Drill.Ends[end] == "" {
				t.Errorf("%s: no phrase for the end %s", lang, end)
			}
		}
		for _, miss := range assets.Missteps {
			if w.Drill.Wrong[miss] == "" {
				t.Errorf("%s: no phrase for the misstep %s", lang, miss)
			}
		}
	}
}
