package ui

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// selfTest is the installer's screen: what the till knows of this terminal, what an eye or a phone has to judge, and
// each key as it arrives. A scan that comes through the keyboard is counted here and goes nowhere, a typed digit is
// shown as one of ten, so that no code is ever on this screen.
type selfTest struct {
	keys    []string // the last ones, as they are written for people
	scanned string   // what to say about the last scan
	qr      qrCache
}

const (
	testPayload = "GUITAI OK"
	testKeys    = 6  // shown at once
	testPanel   = 30 // the narrowest panel beside the code
)

func (*selfTest) place() place             { return atTest }
func (*selfTest) leave()                   {}
func (*selfTest) typed(*App, rune) tea.Cmd { return nil }
func (*selfTest) next(a *App) string       { return a.words.TestNext }

func (*selfTest) act(a *App, do action) tea.Cmd {
	if do == actEnter {
		a.rings = faces[ledger.Paid].rings
	}
	return nil
}

// sees takes every key and scan before it means anything, and reports whether it means nothing more.
func (s *selfTest) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan != nil {
		text := a.words.TestScan
		if p.scan.Suspect {
			text = a.words.TestScanOpen
		}
		s.scanned = a.put(text, "n", strconv.Itoa(len(p.scan.Text)))
		p.scan.Wipe()
		return true, nil
	}
	label := keyLabel(p.key)
	if p.key != "up" && p.key != "down" { // those are arrows already
		label = cleanCode(label, 12)
	}
	switch {
	case p.char >= '0' && p.char <= '9':
		label = "0-9"
	case digits(label) > 2: // no key's name; text that came as one key
		label = ellipsis
	}
	for i := range a.keys {
		if b := &a.keys[i]; b.at&atSale != 0 && slices.Contains(b.keys, p.key) {
			label += " " + b.phrase(&a.words.Keys)
			break
		}
	}
	s.keys = append(s.keys, label)
	s.keys = s.keys[max(0, len(s.keys)-testKeys):]
	return a.keys.find(atTest, p.key) == 0, nil
}

// digits counts a text's digits.
func digits(s string) (n int) {
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

func (s *selfTest) suspected(a *App) { s.scanned = a.words.TestScanPort }

func (s *selfTest) draw(a *App, width, height int) []string {
	pic, err := s.qr.render(testPayload, qrOptions{MaxWidth: width, MaxHeight: height, Colors: a.term.colors, BlocksOnly: a.term.linux})
	if err == nil && width-pic.Width-1 >= testPanel {
		width -= pic.Width + 1
	} else {
		pic = qrPicture{}
	}
	rows := s.panel(a, width, len(pic.Rows) > 0)
	if len(pic.Rows) > 0 {
		rows = fit(rows, max(len(rows), len(pic.Rows)))
		for i, row := range pic.Rows {
			rows[i] = pad(rows[i], width) + " " + row
		}
	}
	return rows
}

func (s *selfTest) panel(a *App, width int, qr bool) []string {
	w := a.words
	theme := cmp.Or(string(a.cfg.Theme), "auto")
	if a.term.mono { // NO_COLOR, or a terminal without colours
		theme = string(ThemeMono)
	}
	rows := []string{a.palette.bold.Render(w.TestTitle)}
	add := func(text string) { rows = append(rows, wrap(text, width, 3)...) }
	add(a.put(w.TestTerm, "term", cleanCode(a.term.name, 20), "colors", strconv.Itoa(a.term.colors), "theme", theme,
		"width", strconv.Itoa(a.width), "height", strconv.Itoa(a.height)))
	add(w.TestKeys + " " + strings.Join(s.keys, " · "))
	if s.scanned != "" {
		add(s.scanned)
	}
	if qr {
		add(w.TestQR)
	} else {
		add(w.TestNoQR)
	}
	rows = append(rows, ruler(a.lang, a.term.linux)...)
	add(w.TestRuler)
	var samples []string
	for _, state := range []ledger.AttemptState{ledger.Paid, ledger.Waiting, ledger.Unknown, ledger.Refused, ledger.Withdrawn} {
		samples = append(samples, faces[state].style(&a.palette).Render(faces[state].sign+" "+w.States[state].Short))
	}
	samples = append(samples, a.palette.alarm.Render(" ! "), a.palette.mark.Render(" ▶ "), a.palette.faint.Render(w.Channels[ledger.Alipay]))
	return append(rows, flow(samples, "  ", width, 3)...)
}

// ruler is two rows whose ends stand under one another where the terminal counts characters as the till does.
func ruler(lang assets.Lang, linux bool) []string {
	upper := "✔█▄─¥…·"
	switch {
	case linux: // most of its fonts have no more
		return []string{"█¥·|", "123|"}
	case lang == assets.Zh:
		upper += "收款，柜台"
	}
	return []string{upper + "│", strings.Repeat("1234567890", 3)[:wide(upper)] + "│"}
}
