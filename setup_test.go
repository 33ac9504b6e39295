package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/hardware/hwtest"
	"guitai/ledger"
)

const (
	liPIN     = "860412"
	wangPIN   = "7391"
	wangBadge = "B-00000017"
)

// answered runs a command of the program with what somebody types, a line each.
func answered(t testing.TB, lines []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(strings.Join(lines, "\n")+"\n"), &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// hand waits as long as a dialog that nobody has asked for takes no Enter.
func hand() { time.Sleep(500 * time.Millisecond) }

// wantsCode fails unless a command ended with an exit code and said something.
func wantsCode(t testing.TB, want int, says string, out, errs string, code int) {
	t.Helper()
	if code != want || !strings.Contains(out+errs, says) {
		t.Fatalf("exit %d, not %d with %q:\n%s%s", code, want, says, out, errs)
	}
}

// hired makes a real till at a gateway, with li as supervisor and wang as cashier, and gives the flags that name it.
func hired(t testing.TB, g *gateway, dir string) []string {
	t.Helper()
	named := []string{"--config", g.config(), "--data-dir", dir}
	out, errs, code := answered(t, []string{liPIN, liPIN}, append([]string{"init", "--supervisor", "li"}, named...)...)
	wantsCode(t, 0, "wechat: the keys are good", out, errs, code)
	if !strings.Contains(out, "alipay: the keys are good") || strings.Contains(out+errs, liPIN) {
		t.Fatal(out, errs)
	}
	out, errs, code = answered(t, []string{"li", liPIN, wangPIN, wangPIN}, append([]string{"staff", "add", "wang", "--trained"}, named...)...)
	wantsCode(t, 0, "wang: added", out, errs, code)
	return named
}

// TestARealTill: made by init, sold at by people, each step by its person; nothing that was keyed as a PIN is anywhere.
func TestARealTill(t *testing.T) {
	for _, lang := range assets.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			c := &counter{gateway: startGateway(t), gun: hwtest.NewGun(t), words: assets.For(lang), dir: filepath.Join(t.TempDir(), "till")}
			named := hired(t, c.gateway, c.dir)
			out, errs, exit := answered(t, []string{"li", liPIN, wangBadge}, append([]string{"staff", "badge", "wang"}, named...)...)
			wantsCode(t, 0, "wang: has a badge", out, errs, exit)

			c.robot = newRobot(t, 80, 24, append(named, "--lang", string(lang), "--serial", c.gun.Path())...)
			c.robot.start()
			c.sees(c.words.Staff.SignIn, "1  li", "2  wang", c.words.Scanners[ledger.DeviceReady])
			c.typed("2")
			c.typedPIN("0000")
			c.keys("Enter")
			c.sees(string(ledger.ReasonPINWrong))
			c.typedPIN(wangPIN)
			c.sees("****_")
			c.keys("Enter")
			c.sees(c.words.NoSale.Says)
			c.settle("8")
			c.scan(code("wechat", 0))
			c.seesState(ledger.Paid)
			tail := c.tail()
			out, errs, exit = answered(t, []string{"li", liPIN}, append([]string{"staff", "disable", "wang"}, named...)...)
			wantsCode(t, 2, "the till is open", out, errs, exit)

			c.typed("r")
			c.sees(tail)
			c.keys("Enter")
			c.sees(c.words.Refund.All)
			hand()
			c.keys("Enter")
			c.sees(c.words.Refund.Whys[0])
			c.typed("1")
			c.sees(c.words.Staff.ApproveTitle, tail, "8.00", "1  li")
			hand()
			c.typedPIN(liPIN)
			c.sees("******_")
			c.keys("Enter")
			c.sees(c.words.Refund.States[ledger.RefundReturned].Word)
			c.steppedBack()
			c.steppedBack()
			c.sees(c.words.Refund.PaidFull.Word)

			c.typed("l")
			c.sees(strings.Fields(c.words.Staff.Locked)[0], c.words.Staff.PIN+": _")
			c.gun.Type(wangBadge + "\r")
			c.typedPIN(wangPIN)
			c.sees("****_")
			c.keys("Enter")
			c.sees(strings.ReplaceAll(c.words.Staff.Welcome.Says, "{person}", "wang"))
			c.leave()
			c.again()
			c.sees(c.words.Staff.SignIn) // a restart asks again
			c.leave()

			c.verifies()
			events, _, _ := program(t, append([]string{"export"}, named...)...)
			for _, want := range []string{`"person":"wang"`, `"approver":"li"`} {
				if !strings.Contains(strings.ToLower(strings.ReplaceAll(events, " ", "")), want) {
					t.Errorf("no event has %s", want)
				}
			}
			for _, folder := range []string{filepath.Dir(c.dir), c.home} {
				for _, secret := range []string{liPIN, wangBadge} {
					if found, _ := exec.Command("grep", "-rlaF", secret, folder).Output(); len(found) > 0 {
						t.Errorf("a PIN or badge is in %s", found)
					}
				}
			}
		})
	}
}

// TestTheCommandsAskWhoCalls: on a till with people a supervisor's PIN is asked for; who has the keys of the folder alone is refused.
func TestTheCommandsAskWhoCalls(t *testing.T) {
	t.Parallel()
	g, dir := startGateway(t), filepath.Join(t.TempDir(), "till")
	named := hired(t, g, dir)
	run := func(want int, says string, lines []string, args ...string) {
		t.Helper()
		out, errs, code := answered(t, lines, append(args, named...)...)
		wantsCode(t, want, says, out, errs, code)
	}
	li := func(more ...string) []string { return append([]string{"li", liPIN}, more...) }
	run(1, "already", []string{wangPIN, wangPIN}, "init", "--supervisor", "mallory")
	run(1, "[NOT-ALLOWED]", []string{"wang", wangPIN, "4815", "4815"}, "staff", "add", "mallory")
	run(1, "[PIN-WRONG]", []string{"li", "0000", "4815", "4815"}, "staff", "add", "mallory")
	run(1, "[PIN-WRONG]", []string{"nobody", "0000", "4815", "4815"}, "staff", "add", "mallory")
	run(1, "[PIN-EASY]", li("1234", "1234"), "staff", "add", "zhao")
	run(2, "not the same", li("4815", "4816"), "staff", "add", "zhao")
	run(0, "until: guitai staff lift zhao", li("4815", "4815"), "staff", "add", "zhao")
	run(0, "training", nil, "staff", "list")
	run(0, "works here", li(), "staff", "lift", "zhao")
	run(0, "signs in no more", li(), "staff", "disable", "zhao")
	run(0, "disabled", nil, "staff", "list")
	run(0, "can sign in again", li(), "staff", "enable", "zhao")
	run(0, "new PIN", li("5280", "5280"), "staff", "reset", "zhao")
	run(1, "[LAST-SUPERVISOR]", li(), "staff", "disable", "li")
	run(2, "nobody here is called", li(), "staff", "lift", "nobody")
	run(1, "no such entry", nil, "exceptions", "--resolve", "7", "--note", "x")
	run(0, "at home", nil, "epoch") // whoever has the keys goes on without people

	out, _, _ := program(t, append([]string{"staff", "list", "--json"}, named...)...)
	var people []struct{ Name, Role, State string }
	if err := json.Unmarshal([]byte(out), &people); err != nil || len(people) != 3 || people[2].State != "working" {
		t.Fatal(err, out)
	}
	pepper := filepath.Join(dir+".staff", pepperName)
	if info, err := os.Stat(pepper); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	if err := os.Chmod(pepper, 0o644); err != nil {
		t.Fatal(err)
	}
	run(2, "can be read by others", li(), "staff", "lift", "zhao")
	if err := os.Rename(pepper, pepper+".gone"); err != nil {
		t.Fatal(err)
	}
	run(1, "[NO-PEPPER]", li(), "staff", "lift", "zhao")
	r := newRobot(t, 100, 30, append(named, "--lang", "en")...)
	r.start()
	r.sees("[NO-PEPPER]", "pepper.key")
	if code := r.ended(); code != 1 {
		t.Fatal(code)
	}
	lost := func(lines ...string) (string, string, int) {
		return answered(t, lines, append([]string{"init", "--lost-pepper", "--supervisor", "li"}, named...)...)
	}
	out, errs, code := lost("4815", "4816")
	wantsCode(t, 2, "not the same", out, errs, code)
	out, errs, code = lost("4815", "4815")
	wantsCode(t, 0, "nobody's PIN is valid any more", out, errs, code)
	out, errs, code = lost("4815", "4815")
	wantsCode(t, 1, "is there", out, errs, code)
	run(1, "[PIN-WRONG]", li("5280", "5280"), "staff", "reset", "zhao") // the old PIN
	run(0, "new PIN", []string{"li", "4815", "5280", "5280"}, "staff", "reset", "zhao")
	run(0, "", nil, "verify")
}

// TestInitChecksTheKeys: another's key and a dead line make no till; and what no file says is asked for.
func TestInitChecksTheKeys(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	text, err := os.ReadFile(g.config())
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(g.dir, "alipay")
	for name, change := range map[string][2]string{
		"another's key": {keys, filepath.Join(startGateway(t).dir, "alipay")},
		"a dead line":   {strings.TrimPrefix(g.base, "http://"), "127.0.0.1:1"},
	} {
		wrong := strings.ReplaceAll(string(text), change[0], change[1])
		dir, config := filepath.Join(t.TempDir(), "till"), filepath.Join(t.TempDir(), "guitai.toml")
		if err := os.WriteFile(config, []byte(wrong), 0o600); err != nil || wrong == string(text) {
			t.Fatal(name, err)
		}
		out, errs, code := answered(t, []string{liPIN, liPIN}, "init", "--supervisor", "li", "--config", config, "--data-dir", dir)
		wantsCode(t, 1, "alipay: no signed answer", out, errs, code)
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: a folder was made", name)
		}
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(keys, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	made := filepath.Join(t.TempDir(), "made.toml")
	lines := []string{"sandbox", "K7", "花店", "yes", g.base + "/gateway.do", read("app_id"), read("seller_id"),
		filepath.Join(keys, "app_private_key.pem"), filepath.Join(keys, "alipay_public_key.pem"), "no", "李", liPIN, liPIN}
	out, errs, code := answered(t, lines, "init", "--config", made, "--data-dir", filepath.Join(t.TempDir(), "till"))
	wantsCode(t, 0, "the till K7 of 花店 is ready", out, errs, code)
	if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	if text, _ := os.ReadFile(made); bytes.Contains(text, []byte(liPIN)) {
		t.Fatal("the PIN is in the configuration")
	}
}
