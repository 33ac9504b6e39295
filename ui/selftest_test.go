package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// TestTheSelfTestTakesEverything: keys are shown and do nothing, and a code that a scanner types there is counted,
// charged to nobody and shown nowhere.
func TestTheSelfTestTakesEverything(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("8", "enter", "i")
		r.sees("Self-test of this terminal")
		r.key("f4", "f8", "5")
		r.sees("Keys: F4 stop · F8 next customer · 0-9")
		r.hears("enter", 1, func() { r.key("enter") })
		r.burst("130000000000000042", "enter", 3*time.Millisecond)
		r.sleep(time.Second)
		r.sees("A scanner typed 18 characters and Enter: right.")
		r.burst("130000000000000042", "", 3*time.Millisecond)
		r.sleep(time.Second)
		r.sees("18 characters without an Enter")
		r.seesNot("0042", "1300")
		if sale, ok := r.sale(); !ok || len(sale.Attempts) != 0 {
			t.Fatalf("the self-test touched the sale: %+v", sale)
		}
		r.key("esc")
		r.sees("The amount is settled.")
	})
}

// TestTheSelfTestsCodeIsRead: the code on the screen is one that a phone reads, at every size that has a place for it.
func TestTheSelfTestsCodeIsRead(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}} {
		a := drawnApp(t, assets.En, false, size[0], size[1])
		a.scene = baseScene()
		a.push(&selfTest{})
		if got, err := readOff(t, a.frame()); err != nil || got != testPayload {
			t.Errorf("%v: %q, %v", size, got, err)
		}
	}
}

// TestTheRulersBarsStandUnderOneAnother in cells, as the till counts them.
func TestTheRulersBarsStandUnderOneAnother(t *testing.T) {
	for _, lang := range assets.Langs {
		rows := ruler(lang, false)
		if wide(rows[0]) != wide(rows[1]) || !strings.HasSuffix(rows[0], "│") || !strings.HasSuffix(rows[1], "│") {
			t.Errorf("%s: %q", lang, rows)
		}
	}
}

// TestTheSelfTestChargesNobody: what would be a question elsewhere is an answer here, and a letter with Alt stays one key.
func TestTheSelfTestChargesNobody(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("8", "enter", "i")
		err := r.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte("130000000000000042"), At: time.Now(), Suspect: true})
		if ledger.ReasonOf(err) != ledger.ReasonCodeSuspect {
			t.Fatal(err)
		}
		r.pump()
		r.sleep(time.Second)
		r.sees("The serial scanner sent a code without an end")
		r.seesNot("0042")
		r.key("enter")
		for _, letter := range "asxwn" {
			r.send(tea.KeyPressMsg{Code: letter, Mod: tea.ModAlt})
		}
		r.send(tea.KeyPressMsg{Code: tea.KeyExtended, Text: "130000000000000042"})
		r.sleep(time.Second)
		r.seesNot("1300")
		if sale, ok := r.sale(); !ok || len(sale.Attempts) != 0 {
			t.Fatalf("the self-test touched the sale: %+v", sale)
		}
		r.sees("Alt+s")
	})
}
