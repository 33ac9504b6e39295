package main

import (
	"path/filepath"
	"strings"
	"testing"

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
	c.typed(wangPIN)
	c.sees("****_")
	c.keys("Enter")
	c.sees(c.words.NoSale.Says, c.words.Scanners[ledger.DeviceReady])
	c.settle("8")
	c.scan(code("wechat", 0))
	c.seesState(ledger.Paid)

	c.typed("y")
	c.sees(c.words.Staff.ApproveTitle, c.words.AgreeTrain[:20], "1  li")
	hand()
	c.typed(liPIN)
	c.sees("******_")
	c.keys("Enter")
	c.sees(c.words.Training, c.words.Links[ledger.LinkUp])
	c.settle("3.5")
	c.typed("t")
	c.sees(c.words.PracticeTitle)
	c.keys("Enter")
	c.seesState(ledger.Paid)
	c.gun.Type(code("wechat", 0) + "\r") // the scanner belongs to the till that sells: nothing is charged anywhere
	c.keys("C-c", "C-c")
	c.sees("Locked", "wang", c.words.Sandbox)
	c.typed(wangPIN)
	c.sees("****_")
	c.keys("Enter")
	c.sees("wang (cashier)", c.words.States[ledger.Paid].Word)

	c.typed("k")
	c.sees(c.words.Shift.Title)
	c.typed("8")
	hand()
	c.keys("Enter")
	c.sees(c.words.Staff.ApproveTitle)
	hand()
	c.typed(liPIN)
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
