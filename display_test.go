package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"guitai/assets"
	"guitai/ledger"
)

// newDisplay opens a customer's screen in a terminal of its own, for the till of a data folder.
func newDisplay(t testing.TB, w, h int, dir string, args ...string) *robot {
	t.Helper()
	d := newRobot(t, w, h, append([]string{"display", "--data-dir", dir}, args...)...)
	d.start()
	return d
}

// seesNot looks once: what is gone must be gone when what ended it is seen.
func (r *robot) seesNot(texts ...string) {
	r.t.Helper()
	screen := r.screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			r.t.Errorf("%q is on the screen:\n%s", text, screen)
		}
	}
}

// TestSecondScreen: a customer follows a sale by QR and one by code on the real program, through the till's death.
func TestSecondScreen(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "till")
	zh, en := assets.For(assets.Zh), assets.For(assets.En)
	till := newRobot(t, 100, 30, "--data-dir", dir, "--lang", "en")
	d, wide := newDisplay(t, 80, 24, dir, "--lang", "zh"), newDisplay(t, 120, 40, dir)
	d.sees(zh.Display.Closed.Word, en.Display.Closed.Word)
	till.start()
	till.sees(en.Channels[ledger.Alipay] + " " + en.Links[ledger.LinkUp])
	d.sees(zh.Display.Idle.Word, zh.Training)
	till.typed("12.5")
	d.seesNot("█")
	till.keys("Enter")
	d.sees(zh.Display.Ready.Says, en.Display.Ready.Says, "█")
	till.typed("a")
	d.sees(zh.Display.Scan.Word, "▄")
	wide.sees(en.Display.Scan.Word)
	till.typed("t")
	till.sees(en.PracticeTitle)
	till.keys("Enter")
	d.sees(zh.Display.Paid.Word, en.Display.Paid.Word)
	wide.sees(en.Display.Paid.Word)
	d.seesNot("▄", zh.Display.Scan.Word)

	till.typed("8.73") // a customer who keys a password
	till.keys("Enter")
	d.sees(zh.Display.Ready.Says)
	d.signal(syscall.SIGSTOP) // a display that stands still holds nobody
	till.typed("t")
	till.sees(en.PracticeTitle)
	till.typed("w")
	wide.sees(en.Display.Confirm.Word)
	till.sees(en.States[ledger.Paid].Word)
	wide.sees(en.Display.Paid.Word)
	d.signal(syscall.SIGCONT)
	d.sees(zh.Display.Paid.Word)

	till.signal(syscall.SIGKILL)
	d.sees(zh.Display.Closed.Word, en.Display.Closed.Word)
	till.again()
	till.sees(en.Channels[ledger.Alipay] + " " + en.Links[ledger.LinkUp])
	till.typed("5")
	till.keys("Enter")
	d.sees(zh.Display.Ready.Says)
	d.keys("q")
	wide.keys("C-c")
	for _, r := range []*robot{d, wide} {
		if code := r.ended(); code != 0 {
			t.Errorf("leaving the display gives exit code %d", code)
		}
	}
}

func TestSecondScreenSaysWhatItNeeds(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("d", 100))
	for _, tc := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"display", "--serial", "/dev/null"}, "no scanner", 2},
		{[]string{"display", "x"}, "unexpected argument", 2},
		{[]string{"display", "--lang", "fr"}, "allowed are", 2},
		{[]string{"display"}, "needs a terminal", 1},
	} {
		if _, stderr, code := program(t, tc.args...); code != tc.code || !strings.Contains(stderr, tc.want) {
			t.Errorf("%v: %d, %q", tc.args, code, stderr)
		}
	}
	d := newDisplay(t, 80, 24, long)
	if code := d.ended(); code != 1 || !strings.Contains(strings.ReplaceAll(d.screen(), "\n", ""), "choose a shorter data folder") {
		t.Errorf("%d:\n%s", code, d.screen())
	}
}
