package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// drawnDisplay is a display of the given window at noon that has heard v just now.
func drawnDisplay(lang assets.Lang, term terminal, width, height int, v customerView) *display {
	d := newDisplay(context.Background(), "", DisplayOptions{Lang: lang, Getenv: func(string) string { return "" }}, term)
	d.width, d.height, d.now = width, height, noon
	d.hear(v)
	return d
}

func viewIn(state customerState) customerView {
	v := customerView{
		Version: viewVersion, At: noon.UnixMilli(), Shop: "龙井茶庄 Longjing Tea", Lang: assets.Zh, Mode: "training", State: state,
		Channel: ledger.Alipay, Fen: 1250, Tail: "1234", Since: noon.Add(-2 * time.Second).UnixMilli(),
	}
	switch state {
	case customerScan:
		v.QR, v.Expires = testQR, noon.Add(95*time.Second).UnixMilli()
	case customerIdle, customerClosed, customerOther:
		v.Fen, v.Tail = 0, ""
	}
	return v
}

var customerStates = []customerState{customerIdle, customerReady, customerWait, customerScan, customerConfirm, customerCheck, customerPaid,
	customerFailed, customerCancelled, customerReturned, customerAsk, customerClosed, customerOther}

func TestDisplayFrames(t *testing.T) {
	if len(customerStates) != len(customerFaces) {
		t.Fatal("not every state is drawn")
	}
	for _, lang := range assets.Langs {
		for _, size := range sizes {
			name := fmt.Sprintf("display-%dx%d-%s", size[0], size[1], lang)
			t.Run(name, func(t *testing.T) {
				var all strings.Builder
				add := func(name string, d *display) {
					frame := d.frame()
					checkDisplay(t, name, d, frame)
					fmt.Fprintf(&all, "=== %s ===\n", name)
					for row := range strings.SplitSeq(ansi.Strip(frame), "\n") {
						all.WriteString(strings.TrimRight(row, " ") + "\n")
					}
				}
				for _, state := range customerStates {
					add(string(state), drawnDisplay(lang, terminal{colors: 256, mono: true}, size[0], size[1], viewIn(state)))
				}
				receipted := viewIn(customerPaid)
				receipted.Receipt = testReceipt
				add("paid, with its receipt", drawnDisplay(lang, terminal{colors: 256, mono: true}, size[0], size[1], receipted))
				most := viewIn(customerPaid)
				most.Fen, most.Mode = ledger.MaxFen, "production"
				add("the largest amount", drawnDisplay(lang, terminal{colors: 256, mono: true}, size[0], size[1], most))
				add("qr without colours", drawnDisplay(lang, terminal{mono: true}, size[0], size[1], viewIn(customerScan)))
				compareGolden(t, name, all.String())
			})
		}
	}
}

// checkDisplay holds for every frame of the display: what checkRows says, both languages, the watermark.
func checkDisplay(t *testing.T, name string, d *display, frame string) {
	t.Helper()
	plain := checkRows(t, fmt.Sprintf("%s at %dx%d", name, d.width, d.height), frame, d.width, d.height)
	for _, lang := range assets.Langs {
		if word := d.shown().notice(assets.For(lang)).Word; !strings.Contains(squeeze(plain), squeeze(word)) {
			t.Errorf("%s at %dx%d does not say %q:\n%s", name, d.width, d.height, word, plain)
		}
	}
	if amount := d.shown().amount(); amount != "" && d.big.text != amount {
		t.Errorf("%s at %dx%d: the amount is not there", name, d.width, d.height)
	}
	first, _ := d.words()
	if mark := d.watermark(first); !strings.Contains(squeeze(plain), squeeze(mark)) {
		t.Errorf("%s at %dx%d: no watermark", name, d.width, d.height)
	}
}

// TestDisplayAtEverySize: nothing is ever wider or higher than the window, and an amount is whole or not there.
func TestDisplayAtEverySize(t *testing.T) {
	t.Parallel()
	for _, lang := range assets.Langs {
		for _, state := range customerStates {
			d := drawnDisplay(lang, terminal{colors: 256}, 80, 24, viewIn(state))
			for _, w := range []int{1, 23, 24, 40, 59, 63, 64, 80, 400} {
				for _, h := range []int{1, 7, 8, 12, 20, 24, 40, 120} {
					d.Update(sizeMsg(w, h))
					d.now = noon
					rows := strings.Split(d.frame(), "\n")
					if len(rows) > h || w >= displayMinWidth && h >= displayMinHeight && len(rows) != h {
						t.Fatalf("%s at %dx%d: %d rows", state, w, h, len(rows))
					}
					for _, row := range rows {
						if ansi.StringWidth(row) > w {
							t.Fatalf("%s at %dx%d: %q is too wide", state, w, h, row)
						}
					}
					word := squeeze(d.shown().notice(assets.For(lang)).Word)
					if w >= 40 && h >= 12 && !strings.Contains(squeeze(ansi.Strip(d.frame())), word) {
						t.Fatalf("%s at %dx%d does not say %q:\n%s", state, w, h, word, ansi.Strip(d.frame()))
					}
				}
			}
			if d.Update(sizeMsg(0, 0)); d.width != 400 || d.height != 120 {
				t.Fatalf("0x0 was taken for a size: %dx%d", d.width, d.height)
			}
		}
	}
}

// TestDisplayQRIsRead decodes the code out of the finished frame: beside the panel, below it, in both renderings.
func TestDisplayQRIsRead(t *testing.T) {
	for _, tc := range []struct {
		w, h, colors int
		rendering    string
	}{
		{60, 20, 256, "▄"}, {80, 24, 256, "▄"}, {80, 24, 16, "▄"}, {44, 36, 256, "▄"}, {120, 40, 256, ""}, {80, 50, 256, ""}, {200, 60, 256, ""},
	} {
		d := drawnDisplay(assets.Zh, terminal{colors: tc.colors}, tc.w, tc.h, viewIn(customerScan))
		white := "\x1b[38;5;16;48;5;231m"
		if tc.colors == 16 {
			white = "\x1b[30;107m"
		}
		var rows []string
		for row := range strings.SplitSeq(d.frame(), "\n") {
			if from := strings.Index(row, "\x1b[m"+white); from >= 0 {
				rows = append(rows, row[from:])
			}
		}
		if len(rows) == 0 {
			t.Errorf("no qr at %dx%d:\n%s", tc.w, tc.h, ansi.Strip(d.frame()))
			continue
		}
		got, err := decodeQR(screenshot(t, rows, themes[0], 0))
		if err != nil || got != testQR || strings.Contains(strings.Join(rows, ""), "▄") != (tc.rendering == "▄") {
			t.Errorf("%dx%d: %q, %v", tc.w, tc.h, got, err)
		}
	}
}

// TestDisplayQRThatDoesNotFit names the window it needs; in that window it is there.
func TestDisplayQRThatDoesNotFit(t *testing.T) {
	d := drawnDisplay(assets.En, terminal{colors: 256}, 59, 20, viewIn(customerScan))
	if hasQR(d.frame()) || !strings.Contains(squeeze(ansi.Strip(d.frame())), "needs60x19") {
		t.Fatalf("at 59x20:\n%s", ansi.Strip(d.frame()))
	}
	d.Update(sizeMsg(60, 19))
	d.now = noon
	if !hasQR(d.frame()) {
		t.Fatalf("at 60x19:\n%s", ansi.Strip(d.frame()))
	}
}

// TestDisplayQRIsBlank in the first frame after whatever ends it.
func TestDisplayQRIsBlank(t *testing.T) {
	for name, end := range map[string]func(d *display){
		"paid":       func(d *display) { d.hear(viewIn(customerPaid)) },
		"withdrawal": func(d *display) { d.hear(viewIn(customerCheck)) },
		"no till":    func(d *display) { d.hear(customerView{State: customerClosed}) },
		"silence":    func(d *display) { d.now = noon.Add(viewFresh) },
		"its life": func(d *display) {
			d.now = time.UnixMilli(d.view.Expires)
			d.heardAt = d.now // the till still says so
		},
	} {
		d := drawnDisplay(assets.En, terminal{colors: 256}, 80, 24, viewIn(customerScan))
		if !hasQR(d.frame()) {
			t.Fatal("no qr")
		}
		if end(d); hasQR(d.frame()) {
			t.Errorf("%s does not end the qr", name)
		}
		if d.qrs[0].payload != "" || d.qrs[1].payload != "" {
			t.Errorf("%s: the payload is remembered", name)
		}
	}
}

// TestPaidLives: it moves even where its clock is cut off, ends by itself, is not prolonged by hearing it again, and a
// second payment has its own time.
func TestPaidLives(t *testing.T) {
	d := drawnDisplay(assets.En, terminal{colors: 256}, 80, 24, viewIn(customerPaid))
	seen := map[string]bool{}
	for i := range 12 {
		d.now = noon.Add(time.Duration(i) * markEvery)
		seen[strings.Join(strings.Split(d.frame(), "\n")[3:], "\n")] = true
	}
	if len(seen) != 12 {
		t.Errorf("of 12 frames %d differ", len(seen))
	}
	at := func(after time.Duration, v customerView) customerState {
		d.now = noon.Add(after)
		d.hear(v)
		return d.shown().State
	}
	paid := viewIn(customerPaid) // it is 2 s old at noon
	if got := at(paidFor-2*time.Second-time.Millisecond, paid); got != customerPaid {
		t.Errorf("it ends early: %s", got)
	}
	if got := at(paidFor-2*time.Second, paid); got != customerIdle {
		t.Errorf("it does not end: %s", got)
	}
	next := paid
	next.Tail, next.At, next.Since = "5678", paid.At+60_000, paid.At+60_000
	if got := at(time.Minute, next); got != customerPaid {
		t.Errorf("the next one: %s", got)
	}
	if got := at(time.Minute+time.Second, viewIn(customerReady)); got != customerReady {
		t.Errorf("the next sale does not end it: %s", got)
	}
	old := paid
	old.Tail, old.Since = "9999", paid.At-int64(paidFor/time.Millisecond)
	if got := at(2*time.Minute, old); got != customerIdle {
		t.Errorf("a display that comes late shows an old payment: %s", got)
	}
	back := paid
	back.Tail, back.Since = "1111", paid.At+3_600_000 // the clock was set back by an hour
	if got := at(3*time.Minute, back); got != customerPaid {
		t.Errorf("a clock that was set back hides it: %s", got)
	}
	if got := at(3*time.Minute+paidFor, back); got != customerIdle {
		t.Errorf("a clock that was set back keeps it: %s", got)
	}
}

// TestDisplayNothingHangsOnColour: mono and colour say the same, and all states differ in sign or edge or word.
func TestDisplayNothingHangsOnColour(t *testing.T) {
	frames := map[string]customerState{}
	for _, state := range customerStates {
		mono := drawnDisplay(assets.Zh, terminal{colors: 256, mono: true}, 80, 24, viewIn(state))
		colour := drawnDisplay(assets.Zh, terminal{colors: 256}, 80, 24, viewIn(state))
		if ansi.Strip(mono.frame()) != ansi.Strip(colour.frame()) {
			t.Errorf("%s: mono and colour differ", state)
		}
		face := customerFaces[state]
		for other, is := range customerFaces {
			if other != state && face.sign == is.sign && face.edge == is.edge && face.tall == is.tall && (face.tall || face.edge != " ") {
				t.Errorf("%s and %s share sign, edge and height", state, other)
			}
		}
		if first, twice := frames[ansi.Strip(mono.frame())]; twice {
			t.Errorf("%s looks like %s", state, first)
		}
		frames[ansi.Strip(mono.frame())] = state
	}
}

// TestDisplayOnTheLinuxConsole: English, no half blocks, no sign that its fonts lack.
func TestDisplayOnTheLinuxConsole(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {80, 24}, {160, 50}} {
		for _, state := range customerStates {
			v := viewIn(state)
			v.Shop = "Tea"
			d := drawnDisplay(assets.Zh, terminal{colors: 16, linux: true}, size[0], size[1], v)
			for _, r := range ansi.Strip(d.frame()) {
				if r > 0x7E && !strings.ContainsRune("█¥·", r) {
					t.Fatalf("%s: %q is on the console:\n%s", state, r, ansi.Strip(d.frame()))
				}
			}
			if state == customerScan && strings.Contains(d.frame(), "\x1b[97;40m") != (size[1] == 50) {
				t.Errorf("%v: qr %v", size, size[1] != 50)
			}
		}
	}
}

// TestDisplayOfForeignWords: a shop's name and a tail come from another process and can do nothing to the screen.
func TestDisplayOfForeignWords(t *testing.T) {
	v := viewIn(customerReady)
	v.Shop, v.Tail, v.Channel = "evil \x1b[2J\x1b]0;t\x07\u202e{tail}"+strings.Repeat("长", 500), "\x1b[31m", "\x1b[5m"
	d := drawnDisplay(assets.En, terminal{colors: 256}, 80, 24, v)
	frame := ansi.Strip(d.frame())
	if strings.ContainsAny(frame, "\x1b\x07\u202e") || strings.Count(d.frame(), "\x1b[2J") > 0 || len(strings.Split(frame, "\n")) != 24 {
		t.Errorf("%q", d.frame())
	}
}

// TestDisplayLanguages: the chosen one first, else the till's, and both stay while the till is away.
func TestDisplayLanguages(t *testing.T) {
	for _, tc := range []struct{ chosen, till, want assets.Lang }{
		{"", assets.Zh, assets.Zh}, {"", assets.En, assets.En}, {assets.En, assets.Zh, assets.En}, {assets.Zh, assets.En, assets.Zh}, {"", "fr", assets.En},
	} {
		v := viewIn(customerPaid)
		v.Lang = tc.till
		d := drawnDisplay(tc.chosen, terminal{colors: 256}, 80, 24, v)
		d.hear(customerView{State: customerClosed})
		first, second := d.words()
		if first != assets.For(tc.want) || second == nil || second == first {
			t.Errorf("%+v", tc)
		}
	}
}

func TestDisplayKeys(t *testing.T) {
	d := drawnDisplay(assets.En, terminal{colors: 256}, 80, 24, viewIn(customerIdle))
	for name, leaves := range map[string]bool{"q": true, "Q": true, "ctrl+c": true, "c": false, "enter": false, "5": false, "esc": false} {
		_, cmd := d.Update(keyMsg(name))
		quits := false
		if cmd != nil {
			_, quits = cmd().(tea.QuitMsg)
		}
		if quits != leaves {
			t.Errorf("%s leaves: %v", name, quits)
		}
	}
}

// TestDisplayFailsInOrder: a bug ends the program with what happened, and draws nothing more.
func TestDisplayFailsInOrder(t *testing.T) {
	d := drawnDisplay(assets.En, terminal{colors: 256}, 80, 24, viewIn(customerIdle))
	d.link = nil
	msg := guard(d.link.listen(context.Background()))()
	if _, cmd := d.Update(msg); d.failure() == nil || cmd == nil || d.View().Content != "" {
		t.Errorf("%v", msg)
	}
}
