package main

import (
	"syscall"
	"testing"
	"time"

	"guitai/assets"
	"guitai/hardware/hwtest"
	"guitai/ledger"
)

// TestHostileKilledTillOpensTheDrawerAgain: the real program. A sale in cash opens the drawer; whoever ends the till hard and begins it again within
// half a minute has the drawer open once more, and the ledger knows of one opening.
func TestHostileKilledTillOpensTheDrawerAgain(t *testing.T) {
	t.Parallel()
	printer := hwtest.NewPrinter(t)
	h := openShop(t, assets.En, 100, 30, "\n[printer]\nto = \""+printer.To()+"\"\ncharset = \"ascii\"\ncolumns = 48\ndrawer = \"1\"\n")
	h.signIn("3", "wang", wangPIN, ledger.RoleCashier)
	h.settle("8")
	h.typed("m")
	h.keys("Enter")
	h.sees(h.words.Tender.Paid.Word)
	printer.WaitCuts(1)
	printer.WaitFor("pulse", func(paper hwtest.Paper) bool { return paper.Count(hwtest.Pulse) == 1 })
	h.signal(syscall.SIGKILL)
	h.ended()
	h.again()
	h.sees(h.words.Staff.SignIn) // nobody has even signed in
	time.Sleep(3 * time.Second)
	if n := printer.Paper().Count(hwtest.Pulse); n != 1 {
		t.Errorf("%d pulses for one sale in cash, the last one before anybody has signed in", n)
	}
	h.leave()
}
