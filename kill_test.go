package main

import (
	"flag"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

var kills = flag.Int("kills", 20, "how often TestKilledAtAnyInstant kills the till")

// TestKilledAtAnyInstant ends the till with SIGKILL at random instants of a payment, again and again, on one ledger.
// Afterwards ledger and channels are compared order by order: no sale is charged twice without its return being named,
// none is lost, and no PAID that was on the screen is gone.
func TestKilledAtAnyInstant(t *testing.T) {
	t.Parallel()
	c := newCounter(t, assets.En, 100, 30)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	shown := map[string]bool{} // tails of sales that were PAID on the screen
	for i := range *kills {
		if i > 0 {
			c.again()
			c.sees(c.words.Title + " T1")
		}
		c.oneMoreSale(random)
		time.Sleep(time.Duration(random.IntN(700)) * time.Millisecond)
		if screen := c.screen(); strings.Contains(screen, c.words.States[ledger.Paid].Says) {
			shown[c.tail()] = true
		}
		c.signal(syscall.SIGKILL)
		c.ended()
	}
	c.again()
	c.settled()
	c.leave()
	c.verifies()
	day := c.day()
	c.agrees(day)
	paid := map[string]bool{}
	for _, sale := range day.Sales {
		paid[sale.Tail] = paid[sale.Tail] || sale.State == "paid"
		for _, a := range sale.Attempts {
			if a.Owes != "none" {
				t.Errorf("sale %s still owes a %s", sale.Tail, a.Owes)
			}
		}
	}
	for tail := range shown {
		if !paid[tail] {
			t.Errorf("sale %s was PAID on the screen and is not any more", tail)
		}
	}
	t.Logf("%d kills, %d sales, %d shown as PAID before a kill, totals %+v", *kills, len(day.Sales), len(shown), day.Totals)
}

// oneMoreSale hastens through a sale without looking: whatever is in the way is set aside or given up first.
func (c *counter) oneMoreSale(random *rand.Rand) {
	c.robot.t.Helper()
	c.keys("F4", "F8", "F6")
	time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
	c.typed("1" + string(rune('0'+random.IntN(10))))
	c.keys("Enter")
	time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
	behaviours := []int{0, 0, 0, 73, 76, 78, 80, 81, 85, 71}
	ch := []string{"alipay", "wechat"}[random.IntN(2)]
	if random.IntN(4) == 0 {
		c.keys(map[string]string{"alipay": "F2", "wechat": "F3"}[ch])
		return
	}
	c.gun.Type(code(ch, behaviours[random.IntN(len(behaviours))]) + "\r")
}

// settled waits until nothing is owed to the channels any more.
func (c *counter) settled() {
	c.robot.t.Helper()
	owes := strings.Split(c.words.Backlog, "{")[0]
	open := strings.Split(c.words.Open, "{")[0]
	for deadline := time.Now().Add(4 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		screen := c.screen()
		if strings.Contains(screen, c.words.Title+" T1") && !strings.Contains(screen, owes) && !strings.Contains(screen, open) {
			return
		}
		if time.Now().After(deadline) {
			c.robot.t.Fatalf("the till still owes something:\n%s", screen)
		}
	}
}
