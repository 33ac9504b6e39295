package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/assets"
	"guitai/hardware/hwtest"
	"guitai/ledger"
)

// TestAlertsReachTheSupervisor: a cashier sells for next to nothing three times, and somebody keys a PIN wrongly as often as this shop
// puts up with. The cashier is told nothing; the supervisor sees both, what they rest on, and a sale's story; and a command tells the same.
func TestAlertsReachTheSupervisor(t *testing.T) {
	for _, lang := range assets.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			c := &counter{gateway: startGateway(t), gun: hwtest.NewGun(t), words: assets.For(lang), dir: filepath.Join(t.TempDir(), "till")}
			file, err := os.OpenFile(c.config(), os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, err = file.WriteString("\n[alerts]\nwrong_pins = 2\n")
				file.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			named := hired(t, c.gateway, c.dir)
			w := &c.words.Alert
			title, _, _ := strings.Cut(w.Title, "{")
			top, _, _ := strings.Cut(w.Top, "{")

			c.robot = newRobot(t, 80, 24, append(named, "--lang", string(lang), "--serial", c.gun.Path())...)
			c.robot.start()
			c.sees(c.words.Staff.SignIn, c.words.Scanners[ledger.DeviceReady])
			c.typed("2")
			for range 2 {
				c.typedPIN("0000")
				c.keys("Enter")
				c.sees(string(ledger.ReasonPINWrong))
			}
			c.typedPIN(wangPIN)
			c.sees("****_")
			c.keys("Enter")
			c.sees(c.words.NoSale.Says)
			var tail string
			for range 3 {
				c.settle("0.5")
				c.scan(code("wechat", 0))
				c.seesState(ledger.Paid)
				tail = c.tail()
			}
			c.keys("F10")
			c.sees(tail)
			c.keys("F9")
			if screen := c.sees(string(ledger.ReasonNotAllowed)); strings.Contains(screen, strings.TrimSpace(top)) {
				t.Fatalf("a cashier sees alerts:\n%s", screen)
			}
			c.steppedBack()
			c.typed("o")
			c.sees("1  li", "2  wang")
			c.typed("1")
			c.typedPIN(liPIN)
			c.sees("******_")
			c.keys("Enter")
			c.sees(strings.ReplaceAll(c.words.Staff.Welcome.Says, "{person}", "li"))
			c.keys("F10")
			c.sees(strings.TrimSpace(top), " 2 ")
			c.keys("F9")
			c.sees(strings.TrimSpace(title), "wang", w.Steps[ledger.AlertTiny], w.Steps[ledger.AlertWrongPIN])
			c.keys("Enter")
			c.sees("0.50", "…"+tail)
			c.keys("Enter")
			c.sees(c.words.Story.Title, tail)
			c.steppedBack()
			c.steppedBack()
			c.keys("Down", "Enter")
			c.sees(strings.ReplaceAll(w.WrongPIN, "{person}", "wang"))
			c.leave()
			c.verifies()

			out, errs, code := program(t, append([]string{"alerts", "--json"}, named...)...)
			var rows []struct {
				Rule, Person string
				Count        int
				Evidence     []struct{ Tail string }
			}
			if err := json.Unmarshal([]byte(out), &rows); err != nil || code != 0 || len(rows) != 2 {
				t.Fatalf("exit %d: %v\n%s%s", code, err, out, errs)
			}
			if r := rows[0]; r.Rule != "tiny" || r.Person != "wang" || r.Count != 3 || r.Evidence[2].Tail != tail {
				t.Errorf("%+v", r)
			}
		})
	}
}
