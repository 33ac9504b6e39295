package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/hardware/hwtest"
	"guitai/ledger"
)

// TestTrainingOnARealTill: the screen goes to training with a second person's consent and comes back locked; a payment of before is
// asked about meanwhile, and what was paid in training stands on the report and in no total.
func TestTrainingOnARealTill(t *testing.T) {
	t.Parallel()
	c := &counter{gateway: startGateway(t), gun: hwtest.NewGun(t), words: assets.For(assets.En), dir: filepath.Join(t.TempDir(), "till")}
	named := hired(t, c.gateway, c.dir)
	c.robot = newRobot(t, 80, 24, append(named, "--lang", "en", "--serial", c.gun.Path())...)
	c.robot.start()
	c.sees("2  wang")
	c.typed("2")
	c.typedPIN(wangPIN)
	c.sees("****_")
	c.keys("Enter")
	c.sees(c.words.NoSale.Says, c.words.Scanners[ledger.DeviceReady])
	c.settle("8")
	c.scan(code("wechat", 0))
	c.seesState(ledger.Paid)
	c.settle("6") // and is not paid yet

	c.typed("y")
	c.sees(c.words.Staff.ApproveTitle, c.words.AgreeTrain[:20], "1  li")
	hand()
	c.typedPIN(liPIN)
	c.sees("******_")
	c.keys("Enter")
	pid := c.pid()
	for range 30 { // while the terminal changes hands no key ends a program
		c.tmux("send-keys", `C-\`)
		time.Sleep(10 * time.Millisecond)
	}
	if c.pid() != pid {
		t.Fatal("the till has ended")
	}
	c.sees(c.words.Training, c.words.Links[ledger.LinkUp])
	c.settle("3.5")
	c.typed("t")
	c.sees(c.words.PracticeTitle)
	c.keys("Enter")
	c.seesState(ledger.Paid)
	c.gun.Type(code("wechat", 0) + "\r") // the scanner belongs to the till that sells, which charges nobody now
	hand()
	c.keys("C-c", "C-c")
	c.sees("Locked", "wang", c.words.Sandbox)
	c.typedPIN(wangPIN)
	c.sees("****_")
	c.keys("Enter")
	c.sees("wang (cashier)", c.words.Ready.Says)
	if orders := c.gateway.orders(); len(orders) != 1 {
		t.Fatalf("a customer was charged behind training: %+v", orders)
	}

	c.typed("k")
	c.sees(c.words.Shift.Title)
	c.typed("8")
	hand()
	c.keys("Enter")
	c.sees(c.words.Staff.ApproveTitle)
	hand()
	c.typedPIN(liPIN)
	c.sees("******_")
	c.keys("Enter")
	c.sees(c.words.Shift.Done[7].Says)
	c.leave()
	c.verifies()
	out, errs, exit := program(t, append([]string{"day", "--json"}, named...)...)
	if exit != 0 || !strings.Contains(strings.Join(strings.Fields(out), ""), `"training":{"count":1,"amount":350}`) {
		t.Fatal(out, errs)
	}
}
