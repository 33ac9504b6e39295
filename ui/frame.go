package ui

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// skewWorth is from when the status line speaks of the clock: requests signed with a clock minutes off are refused.
const skewWorth = 30 * time.Second

// frame is the whole window as text: exactly height rows, none wider than the window.
func (a *App) frame() string { return a.palette.lay(a.draw(), a.width, a.height) }

func (a *App) draw() string {
	switch {
	case a.width == 0:
		return ""
	case a.width < minWidth || a.height < minHeight:
		return a.tooSmall()
	}
	var rows []string
	if pic, whole := a.qrWhole(); whole {
		rows = a.drawWhole(pic)
	} else {
		rows = a.rows()
	}
	frame := strings.Join(rows, "\n")
	if a.term.linux {
		return consoleSigns.Replace(frame)
	}
	return frame
}

// rows is the window with header, the screen on top, foot and status, and a QR beside them.
func (a *App) rows() []string {
	rows := make([]string, 0, a.height)
	rows = append(rows, a.header())
	if a.guest != nil {
		rows = append(rows, a.guestRow(a.width))
	}
	pic, shown := a.qrPicture()
	if a.scene.warnings > 0 && !a.scene.shut() && a.guest == nil {
		rows = append(rows, a.warning(shown)...)
	}
	height := a.height - len(rows) - 1
	width := a.width
	if shown {
		width -= pic.Width + 1
	}
	foot := a.foot(width)
	var body []string
	if a.scene.broken != nil && a.top().place() == atSale {
		body = a.stopped(width)
	} else {
		body = a.top().draw(a, width, height-len(foot))
	}
	panel := append(fit(body, height-len(foot)), foot...)
	for i, row := range panel {
		switch {
		case shown && i < len(pic.Rows):
			row = pad(row, width) + " " + pic.Rows[i]
		case wide(row) > a.width:
			row = cut(row, a.width)
		}
		rows = append(rows, row)
	}
	return append(rows, a.status())
}

// tooSmall is the one sentence for a window in which nothing can be done.
func (a *App) tooSmall() string {
	rows := wrap(a.words.TooSmall, a.width, a.height)
	if mark := a.watermark(); mark != "" && len(rows) < a.height {
		rows = append(rows, cut(mark, a.width))
	}
	if sign := a.barSign(); sign != "" && len(rows) < a.height && a.width >= wide(sign) {
		rows = append(rows, sign)
	}
	return strings.Join(rows, "\n")
}

// watermark says that the money is not real; empty where it is.
func (a *App) watermark() string {
	switch {
	case a.training:
		return a.words.Training
	case a.scene.mode == "sandbox":
		return a.words.Sandbox
	}
	return ""
}

func (a *App) header() string {
	left := a.words.Title + " " + cleanCode(a.scene.till, 4)
	if a.guest == nil {
		left += " · " + a.put(a.words.Cashier, "person", clean(a.actor.Person, 16))
	}
	mark := a.watermark()
	if mark != "" {
		mark = a.palette.mark.Render(" " + mark + " ")
	}
	return between(left, mark, a.book.Calendar().In(a.now).Format(time.TimeOnly), a.width)
}

// warning names the newest exception: which sale, what was said about it and with which amount, how it stands now, and
// how it leaves the list. Beside a QR, for which every row counts, it has one row.
func (a *App) warning(besideQR bool) []string {
	w := a.scene.warning
	text := a.put(a.words.Warnings, "n", strconv.Itoa(a.scene.warnings), "note", a.words.Notes[w.note],
		"amount", w.amount.String(), "tail", cleanCode(w.tail, 4), "owner", a.words.Exception.Owners[w.owner])
	if w.named.Fen != 0 {
		text += a.put(a.words.Named, "named", w.named.String())
	}
	now := a.words.States[w.state].Short
	if w.refund != 0 {
		now = a.words.Refund.States[w.refund].Short
	}
	if now != "" && !w.saysItself() {
		text += a.put(a.words.NowIs, "state", now)
	}
	switch {
	case w.note == ledger.NoteStubborn:
		text += a.words.Resists
	case w.goes:
		text += a.words.GoesBack
	case w.settles():
		text += a.words.Settles
	default:
		text += a.words.Stays
	}
	if w.from != (ledger.StatementKey{}) {
		text = a.put(a.words.Statement.Warns, "n", strconv.Itoa(a.scene.warnings), "note", a.words.Notes[w.note], "owner", a.words.Exception.Owners[w.owner],
			"channel", a.words.Channels[w.from.Channel], "date", monthDay(w.from.Day)) + a.words.Stays
	}
	rows := wrap("! "+text, a.width, 3)
	if besideQR {
		rows = []string{cut("! "+text, a.width)}
	}
	for i := range rows {
		rows[i] = a.palette.alarm.Render(pad(rows[i], a.width))
	}
	return rows
}

// settles reports whether the entry leaves when the channel has brought the money back. One about a refund that has ended
// without money stays, because the next refund has another number.
func (w *warning) settles() bool {
	switch w.note {
	case ledger.NoteRefundAbnormal, ledger.NoteRefundHeld, ledger.NoteRefundSlow, ledger.NoteOtherRefund:
		return w.refund != 0 && w.refund != ledger.RefundFailed && !w.refund.Final()
	}
	return false
}

// saysItself reports whether what was noted is how the refund still stands.
func (w *warning) saysItself() bool {
	switch w.note {
	case ledger.NoteRefundAbnormal:
		return w.refund == ledger.RefundAbnormal
	case ledger.NoteRefundFailed:
		return w.refund == ledger.RefundFailed
	case ledger.NoteRefundHeld:
		return w.refund == ledger.RefundHeld
	}
	return false
}

// status is the last row: lines, scanner, what is owed, what is not known.
func (a *App) status() string {
	board := &a.scene.board
	var parts []string
	if a.scene.staffed && a.actor.Person != "" && a.guest == nil {
		parts = append(parts, a.put(a.words.Staff.Working, "person", clean(a.actor.Person, 24), "role", a.words.Staff.Roles[a.actor.Role]))
	}
	if a.drill != nil {
		parts = append(parts, a.drill.bar(a))
	}
	if at := a.top().place(); a.guest == nil && at&(atCards|atCard|atTest|atWho) == 0 && anySymptom(&a.scene) {
		parts = append(parts, a.fill(a.words.Card.Hint))
	}
	for _, channel := range ledger.Channels {
		text := ""
		if link, ok := board.Links[channel]; ok {
			text = a.words.Channels[channel] + " " + a.words.Links[link.State]
		}
		parts = append(parts, present(a.withTrouble(text, channel))...)
	}
	if a.scene.open > 0 {
		parts = append(parts, a.put(a.words.Open, "n", strconv.Itoa(a.scene.open)))
	}
	if a.scene.held > 0 {
		parts = append(parts, a.put(a.words.Tender.HeldCount, "n", strconv.Itoa(a.scene.held)))
	}
	if board.Backlog > 0 {
		parts = append(parts, a.put(a.words.Backlog, "n", strconv.Itoa(board.Backlog)))
	}
	parts = append(parts, a.deviceSays(ledger.DeviceScanner))
	parts = append(parts, a.troubles()...)
	if board.ClockSkew.Abs() >= skewWorth {
		parts = append(parts, a.put(a.words.Clock, "seconds", seconds(board.ClockSkew.Abs())))
	}
	if a.scene.mended {
		parts = append(parts, a.words.Mended)
	}
	if board.LedgerFault != "" {
		parts = append(parts, a.words.LedgerFault)
	}
	if board.Disk.Low {
		parts = append(parts, a.put(a.words.DiskLow, "n", strconv.FormatUint(board.Disk.Free>>20, 10)))
	}
	if board.Outside.Fault != "" {
		parts = append(parts, a.words.NoOutside)
	}
	if board.BackupFault != "" {
		parts = append(parts, a.words.NoBackup)
	}
	if board.Dark {
		parts = append(parts, a.words.Dark)
	}
	return a.palette.faint.Render(pad(strings.Join(parts, " · "), a.width))
}

// foot is what stands under every screen: what happened, the next key, and the keys that make sense now.
func (a *App) foot(width int) []string {
	says, next := a.message()
	var rows []string
	for _, row := range wrap(says, width, 3) {
		rows = append(rows, a.palette.alarm.Render(row))
	}
	lead := "▶ "
	for _, row := range wrap(next, width-2, 3) {
		rows = append(rows, a.palette.bold.Render(lead+row))
		lead = "  "
	}
	var keys []string
	at := a.top().place()
	for i := range a.keys {
		b := &a.keys[i]
		if b.at&at != 0 && b.footer != nil && b.footer(&a.scene) && a.may(at, b.do) && (a.scene.broken == nil || b.do == actDay || b.do == actHelp || at != atSale) {
			if phrase := a.phraseOf(a.top(), b); phrase != "" {
				keys = append(keys, keyLabel(b.keys[0])+" "+phrase)
			}
		}
	}
	rows = append(rows, flow(keys, "  ", width, 3)...)
	if bar := a.bar(width); bar != "" {
		rows = append(rows, bar)
	}
	return rows
}

// stopped is the panel of a till that can write nothing down any more.
func (a *App) stopped(width int) []string {
	bar := a.palette.alarm.Render(strings.Repeat("!", width))
	rows := []string{bar}
	code := ledger.ReasonOf(a.scene.broken)
	for i, text := range stopWords(a.words, code) {
		for _, row := range wrap(a.fill(text), width, 4) {
			if i == 0 {
				row = a.palette.alarm.Render(pad("!!! "+row, width))
			}
			rows = append(rows, row)
		}
		rows = append(rows, "")
	}
	rows = append(rows, wrap("["+string(code)+"]"+a.stopCause(code), width, 6)...)
	return append(rows, bar)
}

// stopWords is what the whole window says about a till that can write nothing down.
func stopWords(words *assets.Phrases, code ledger.Reason) []string {
	if text := words.Stopped[code]; text != nil {
		return text
	}
	return words.Stopped[ledger.ReasonLedgerStopped]
}

// stopCause is for support: where a till only shows, a person has to find what is wrong. A failed write has its cause in
// the log, and changes by itself.
func (a *App) stopCause(code ledger.Reason) string {
	var refusal *ledger.Refusal
	if code == ledger.ReasonLedgerStopped || !errors.As(a.scene.broken, &refusal) || refusal.Unwrap() == nil {
		return ""
	}
	return " " + clean(refusal.Unwrap().Error(), 6*a.width)
}

// put fills a phrase with values first and the keys' names last, so that no value can name a key.
func (a *App) put(phrase string, pairs ...string) string {
	return assets.Fill(assets.Fill(phrase, a.labels...), pairs...)
}

// seconds gives whole seconds, never below zero.
func seconds(d time.Duration) string { return strconv.Itoa(int(max(d, 0) / time.Second)) }

// secondsLeft counts down and ends at zero only when nothing is left.
func secondsLeft(d time.Duration) string { return seconds(d + time.Second - 1) }
