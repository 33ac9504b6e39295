package ui

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"guitai/assets"
)

// The display's window, in cells.
const (
	displayMinWidth, displayMinHeight = 24, 8
	displayPanel                      = 22 // the narrowest panel beside a QR
	displayRows                       = 9  // the lowest panel above a QR
	receiptPanel                      = 40 // the same where PAID stands there: it is read from two metres, and the receipt may be missed
	receiptRows                       = 14
	shopCells                         = 40 // of the shop's name
)

// customerFace is how a customer's state looks and reads. Signs and edges differ, so that nothing hangs on colour.
type customerFace struct {
	sign, edge string // one cell each
	tall       bool   // edges above and below
	owes       bool   // the amount is still to be paid
	style      func(*palette) *lipgloss.Style
	notice     func(*assets.DisplayPhrases) assets.Notice
}

var customerFaces = map[customerState]customerFace{
	customerIdle:      {"", " ", false, false, boldStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Idle }},
	customerReady:     {"▶", " ", false, true, waitStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Ready }},
	customerWait:      {"…", "·", false, true, waitStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Wait }},
	customerScan:      {"▶", " ", false, true, waitStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Scan }},
	customerConfirm:   {"▶", "·", false, true, waitStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Confirm }},
	customerCheck:     {"?", "?", false, false, doubtStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Check }},
	customerPaid:      {"✔", "█", true, false, goodStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Paid }},
	customerFailed:    {"✖", "x", false, false, badStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Failed }},
	customerCancelled: {"■", "-", false, false, ebbStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Cancelled }},
	customerReturned:  {"↩", "<", false, false, badStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Returned }},
	customerAsk:       {"!", "!", true, false, doubtStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Ask }},
	customerClosed:    {"■", "=", true, false, ebbStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Closed }},
	customerOther:     {"!", "=", true, false, doubtStyle, func(p *assets.DisplayPhrases) assets.Notice { return p.Other }},
}

func boldStyle(p *palette) *lipgloss.Style { return &p.bold }
func goodStyle(p *palette) *lipgloss.Style { return &p.good }

// frame is the whole window as text: exactly height rows, none wider than the window.
func (d *display) frame() string { return d.palette.lay(d.draw(), d.width, d.height) }

func (d *display) draw() string {
	if d.width == 0 {
		return ""
	}
	if d.width < displayMinWidth || d.height < displayMinHeight {
		first, _ := d.words()
		return strings.Join(wrap(first.TooSmall, d.width, d.height), "\n")
	}
	v := d.shown()
	pic, below, trouble := d.picture(v)
	if pic.Height == 0 {
		v.Receipt = ""
	}
	var rows []string
	switch {
	case pic.Height == 0:
		rows = d.panel(v, trouble, d.width, d.height)
	case below:
		rows = d.panel(v, trouble, d.width, d.height-pic.Height)
		left := strings.Repeat(" ", (d.width-pic.Width)/2)
		for _, row := range pic.Rows {
			rows = append(rows, left+row)
		}
	default:
		rows = d.panel(v, trouble, d.width-pic.Width-1, d.height)
		from := (d.height - pic.Height) / 2
		for i, row := range pic.Rows {
			rows[from+i] += " " + row
		}
	}
	frame := strings.Join(rows, "\n")
	if d.term.linux {
		return consoleSigns.Replace(frame)
	}
	return frame
}

// picture gives the QR, as large as it fits beside the panel or below it, by the till's own rule; or what is in its way. A
// receipt's is left out where it does not fit: nobody waits for it.
func (d *display) picture(v customerView) (pic qrPicture, below bool, trouble error) {
	switch {
	case v.QR != "":
		return d.fitQR(v.QR, displayPanel, displayRows)
	case v.Receipt != "":
		pic, below, _ = d.fitQR(v.Receipt, receiptPanel, receiptRows)
		return pic, below, nil
	}
	d.qrs = [2]qrCache{}
	return qrPicture{}, false, nil
}

// fitQR keeps a panel of so many columns beside the QR, or of so many rows above it.
func (d *display) fitQR(payload string, columns, rows int) (pic qrPicture, below bool, trouble error) {
	opt := qrOptions{
		MaxWidth: d.width - columns - 1, MaxHeight: d.height,
		Colors: d.term.colors, Prefer: qrBlocks, BlocksOnly: d.term.linux,
	}
	pic, trouble = d.qrs[0].render(payload, opt)
	opt.MaxWidth, opt.MaxHeight = d.width, d.height-rows
	if other, err := d.qrs[1].render(payload, opt); err == nil && (trouble != nil || other.Width > pic.Width) {
		return other, true, nil
	}
	return pic, false, trouble
}

// panel draws everything but the QR: exactly height rows of exactly width cells. What happened stands in the middle.
func (d *display) panel(v customerView, trouble error, width, height int) []string {
	first, _ := d.words()
	shop := d.shop
	if shop == "" {
		shop = first.Title
	}
	rows := []string{between(d.palette.bold.Render(shop), "", d.calendar.In(d.now).Format(time.TimeOnly), width)}
	for _, row := range wrap(d.watermark(first), width, 2) {
		rows = append(rows, d.palette.mark.Render(centred(row, width)))
	}
	room := height - len(rows)
	body := d.body(v, trouble, width, room)
	rows = append(rows, make([]string, (room-len(body))/2)...)
	for _, row := range body {
		rows = append(rows, centred(row, width))
	}
	rows = fit(rows, height)
	for i := range rows {
		rows[i] = pad(rows[i], width)
	}
	return rows
}

func (d *display) watermark(p *assets.Phrases) string {
	switch d.mode {
	case "training":
		return p.Training
	case "sandbox":
		return p.Sandbox
	}
	return ""
}

// body gives at most height rows: the amount with its tail, how it stands, and what to do. Where they do not all fit, the
// second language's sentence goes first, then the amount shrinks. PAID stands above the amount, everything else below it.
func (d *display) body(v customerView, trouble error, width, height int) []string {
	banner := d.banner(v, width)
	for _, try := range []struct {
		big    int
		second bool
	}{{5, true}, {3, true}, {5, false}, {3, false}, {1, false}} {
		rows := d.assemble(v, banner, d.says(v, trouble, width, try.second), width, try.big)
		if len(rows) <= height || try.big == 1 {
			return fit(rows, min(len(rows), height))
		}
	}
	return nil
}

func (d *display) assemble(v customerView, banner, says []string, width, big int) []string {
	amount := d.amount(v, width, big)
	switch {
	case len(amount) == 0:
		return append(append(banner[:len(banner):len(banner)], ""), says...)
	case v.State == customerPaid:
		return append(append(append(banner[:len(banner):len(banner)], ""), amount...), append([]string{""}, says...)...)
	}
	return append(append(append(amount, ""), banner...), says...)
}

func (d *display) amount(v customerView, width, big int) []string {
	text := v.amount()
	if text == "" {
		return nil
	}
	first, second := d.words()
	labels := []string{assets.Fill(first.Tail, "tail", cleanCode(v.Tail, 4))}
	if customerFaces[v.State].owes {
		label := first.Display.Amount
		if second != nil {
			label += " " + second.Display.Amount
		}
		labels = append([]string{label}, labels...)
	}
	rows := flow(labels, " · ", width, 2)
	digits := d.big.render(text, width, big, d.term.linux)
	if len(digits) == 1 {
		digits = []string{d.palette.bold.Render(digits[0])}
	}
	return append(rows, digits...)
}

// says tells what to do, in the first language and, where there is room, in the second.
func (d *display) says(v customerView, trouble error, width int, withSecond bool) []string {
	first, second := d.words()
	rows := wrap(saysIn(first, v, trouble), width, 4)
	if second != nil && withSecond {
		for _, row := range wrap(saysIn(second, v, trouble), width, 4) {
			rows = append(rows, d.palette.faint.Render(row))
		}
	}
	if v.Receipt != "" {
		rows = append(rows, wrap(first.Receipt.Scan, width, 2)...)
		if second != nil && withSecond {
			for _, row := range wrap(second.Receipt.Scan, width, 2) {
				rows = append(rows, d.palette.faint.Render(row))
			}
		}
	}
	if v.QR != "" && trouble == nil {
		left := time.UnixMilli(v.Expires).Sub(d.now)
		rows = append(rows, wrap(assets.Fill(first.QRLeft, "seconds", secondsLeft(left)), width, 2)...)
	}
	return rows
}

func saysIn(p *assets.Phrases, v customerView, trouble error) string {
	var small errQRTooSmall
	switch {
	case trouble == nil:
		return v.notice(p).Says
	case errors.As(trouble, &small):
		return assets.Fill(p.Display.QRSmall, "width", strconv.Itoa(small.NeedWidth+displayPanel+1), "height", strconv.Itoa(small.NeedHeight))
	}
	return p.Display.QRNone
}

// banner draws the state's word in both languages between its edges.
func (d *display) banner(v customerView, width int) []string {
	face := customerFaces[v.State]
	style := face.style(&d.palette)
	first, second := d.words()
	lead := face.sign
	if lead != "" {
		lead += " "
	}
	words := wrap(lead+v.notice(first).Word, width-2, 2)
	if second != nil {
		other := v.notice(second).Word
		if both := words[0] + " " + other; len(words) == 1 && wide(both) <= width-2 {
			words[0] = both
		} else {
			words = append(words, wrap(other, width-2, 2)...)
		}
	}
	var rows []string
	for _, word := range words {
		rows = append(rows, style.Render(edged(" "+word+" ", face.edge, width)))
	}
	if !face.tall {
		return rows
	}
	top, foot := d.edge(v.State, face.edge, width, 1), d.edge(v.State, face.edge, width, -1)
	return append(append([]string{style.Render(top)}, rows...), style.Render(foot))
}

func (d *display) edge(state customerState, edge string, width, direction int) string {
	if state != customerPaid {
		return strings.Repeat(edge, width)
	}
	return livingEdge(edge, width, direction, d.now)
}

// edged sets text into the middle of a row of edges.
func edged(text, edge string, width int) string {
	text = cut(text, width)
	left := (width - wide(text)) / 2
	return strings.Repeat(edge, left) + text + strings.Repeat(edge, width-left-wide(text))
}

// centred sets text into the middle of a row of blanks.
func centred(text string, width int) string { return edged(text, " ", width) }
