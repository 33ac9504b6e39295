package main

import (
	"regexp"
	"strings"
	"syscall"
	"testing"

	"guitai/assets"
	"guitai/hardware/hwtest"
	"guitai/ledger"
)

// TestCountertop: what stands on the counter follows the real program. Whoever pays gets one slip, one announcement and one look at the
// display; cash opens the drawer; paper that runs out is named and printed on when it is back; a copy says that it is one; a till that is
// killed prints what it owed, once; and the e-receipt on the slip proves itself against the ledger, and against a cut one.
func TestCountertop(t *testing.T) {
	t.Parallel()
	printer, player, pole := hwtest.NewPrinter(t), hwtest.NewPlayer(t), hwtest.NewPole(t)
	h := openShop(t, assets.En, 100, 30, "\n[printer]\nto = \""+printer.To()+"\"\ncharset = \"ascii\"\ncolumns = 48\ndrawer = \"1\"\n"+
		"\n[voice]\non = true\nplayer = \""+player.Path()+"\"\n\n[pole]\nserial = \""+pole.Path()+"\"\nkind = \"epson\"\n")
	h.signIn("3", "wang", wangPIN, ledger.RoleCashier)

	h.settle("12.50")
	pole.Shows("TRAINING       12.50\nTOTAL")
	h.scan(code("wechat", 0))
	h.seesState(ledger.Paid)
	tail := h.tail()
	first := printer.WaitCuts(1).Slips()[0]
	wantsText(t, "the slip", first.Text(48), wide("12.50"), tail, "WeChat")
	pole.Shows("TRAINING       12.50\nPAID           #" + tail)
	player.Run(1, "wav")

	// Cash opens the drawer.
	h.settle("8")
	h.typed("m")
	h.keys("Enter")
	h.sees(h.words.Tender.Paid.Word)
	printer.WaitCuts(2)
	printer.WaitFor("pulse", func(paper hwtest.Paper) bool { return paper.Count(hwtest.Pulse) == 1 })

	// A copy is one.
	h.typed("=")
	h.sees("Copy 1 goes to the printer")
	if text := printer.WaitCuts(3).Slips()[2].Text(48); !strings.Contains(strings.ToUpper(text), "COPY") || !strings.Contains(text, wide("8.00")) {
		t.Errorf("the copy says\n%s", text)
	}

	// Paper runs out in the middle of a slip, and comes back.
	printer.PaperOutAfter(120)
	h.settle("3.21")
	h.scan(code("alipay", 0))
	h.seesState(ledger.Paid)
	h.sees("no paper")
	printer.PaperBack()
	slips := printer.WaitCuts(5).Slips() // the printer had the rest of it in its memory; what may be there twice says so
	if text := slips[4].Text(48); !strings.Contains(text, wide("3.21")) || !strings.Contains(text, "REPRINT") {
		t.Errorf("after the paper came back:\n%s", text)
	}

	// A till that dies while the printer is away prints what it owes when both are back.
	printer.Unplug()
	h.settle("7.40")
	h.scan(code("wechat", 0))
	h.seesState(ledger.Paid)
	h.signal(syscall.SIGKILL)
	h.ended()
	printer.Plug()
	h.again()
	h.sees(h.words.Staff.SignIn)
	paper := printer.WaitCuts(6)
	if n := strings.Count(paper.Text(48), wide("7.40")); n == 0 || len(paper.Slips()) != 6 {
		t.Errorf("%d slips:\n%s", len(paper.Slips()), paper.Text(48))
	}
	if len(paper.Faults) > 0 {
		t.Errorf("the printer was sent what it does not know: %q", paper.Faults)
	}
	h.leave()

	// What the slips prove.
	var receipts []string
	for _, item := range paper.Items {
		if item.Kind == hwtest.QR && strings.HasPrefix(item.Text, "GUITAI1:") {
			receipts = append(receipts, item.Text)
		}
	}
	if len(receipts) < 4 {
		t.Fatalf("%d e-receipts on paper", len(receipts))
	}
	out, errs, exit := program(t, "key", "show", "--data-dir", h.dir)
	key := regexp.MustCompile(`[A-Za-z0-9+/_=-]{40,}`).FindString(out)
	if exit != 0 || key == "" {
		t.Fatalf("key show: %d %s%s", exit, out, errs)
	}
	out, errs, exit = program(t, "receipt", "verify", receipts[0], "--key", key)
	wantsCode(t, 0, "12.50", out, errs, exit)
	out, errs, exit = program(t, "receipt", "verify", receipts[0], "--data-dir", h.dir)
	wantsCode(t, 0, "12.50", out, errs, exit)
	forged := strings.Replace(receipts[0], receipts[0][40:44], "AAAA", 1)
	out, errs, exit = program(t, "receipt", "verify", forged, "--key", key)
	if exit != 1 {
		t.Errorf("a forged receipt: exit %d, %s%s", exit, out, errs)
	}
}

// wide is an amount as it stands in double width.
func wide(amount string) string { return strings.Join(strings.Split(amount, ""), " ") }

func wantsText(t *testing.T, what, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%s", what, want, text)
		}
	}
}
