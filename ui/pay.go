package ui

import (
	"strconv"
	"strings"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// reverseFrom is how long after the charge WeChat Pay takes a reverse (WeChat Pay, payment code: reverse order).
const reverseFrom = 15 * time.Second

// drawSale draws the sale on the screen: its amount, tail, and how the payment stands. The banner's place depends on
// the state: money on top, what is going on under the amount, what has ended at the foot.
func (a *App) drawSale(width, height int) []string {
	s := &a.scene.sale
	head := []string{between(a.palette.bold.Render(a.headOf(s)), "", a.palette.bold.Render(a.put(a.words.Tail, "tail", s.ID.Tail())), width)}
	at := s.Shown()
	if a.tendered(s) {
		return append(head, a.drawTendered(s, width, height-len(head))...)
	}
	if at == nil {
		rows := append(head, a.amount("¥"+s.Amount.String(), width, min(height-3, 5))...)
		ready := a.words.Ready
		return append(append(rows, ""), wrap(ready.Says, width, 2)...)
	}
	look, words := faceOf(at), a.outcome(at)
	banner := append(look.banner(words.Word+a.age(at), width, &a.palette, a.lived(at)), wrap(words.Says, width, 3)...)
	details := append(a.takenRows(s, at, width), a.details(at, width)...)
	room := height - len(head) - len(banner) - min(len(details), 5)
	asks := s.Amount
	if !s.Settled() && len(s.Tenders) > 0 || at.Amount.Fen < s.Amount.Fen && at.State.Live() { // the channel is asked for a part
		asks = at.Amount
	}
	rows := append(head, a.amount("¥"+asks.String(), width, max(1, min(room, 5)))...)
	switch look.spot {
	case onTop:
		rows = append(banner, rows...)
	case inside:
		rows = append(rows, banner...)
	default:
		keep := max(height-len(banner), len(rows))
		return append(fit(append(rows, details...), keep), banner...)
	}
	return append(rows, details...)
}

// age says how long ago the money came, so that the last customer's PAID is not taken for this one's. Like the edges it
// moves often at first, and rarely later.
func (a *App) age(at *ledger.Attempt) string {
	if at.State != ledger.Paid || backOf(at) != backNone {
		return ""
	}
	since := a.now.Sub(at.SinceAt)
	switch {
	case since < -time.Second: // the machine's clock was set back
		return ""
	case since < 0:
		since = 0
	case since >= livesFor:
		since = since.Truncate(10 * time.Second)
	}
	if since < 2*time.Minute {
		return " · " + a.put(a.words.AgoSeconds, "seconds", seconds(since))
	}
	return " · " + a.put(a.words.AgoMinutes, "minutes", strconv.Itoa(int(since/time.Minute)))
}

// lived is the instant PAID's edges show: they move for livesFor and then stand.
func (a *App) lived(at *ledger.Attempt) time.Time {
	if since := a.now.Sub(at.SinceAt); since < -time.Second || since > livesFor {
		return at.SinceAt.Add(livesFor)
	}
	return a.now
}

// headOf is what stands above a sale's amount: nobody must read "to pay" where it was paid, or may have been.
func (a *App) headOf(s *ledger.Sale) string {
	if a.tendered(s) {
		if s.Settled() {
			return a.words.Heads[ledger.Paid]
		}
		return a.words.Tender.Due
	}
	if at := s.Shown(); at != nil {
		if head := a.headBack(at); head != "" {
			return head
		}
		if at.State == ledger.Waiting && doubted(at) {
			return a.words.Heads[ledger.Unknown]
		}
		if head, ok := a.words.Heads[at.State]; ok {
			return head
		}
	}
	return a.words.ToPay
}

// details tell, most important first: what is doubted, what happens now, how far the payment is known, what the channel
// says.
func (a *App) details(at *ledger.Attempt, width int) []string {
	var rows []string
	add := func(text string) {
		if text != "" {
			rows = append(rows, wrap(text, width, 2)...)
		}
	}
	if doubted(at) {
		add("! " + a.words.Doubted[at.Note])
	}
	for _, text := range a.refundDetails(at) {
		add(text)
	}
	add(a.doing(at))
	if at.State.Live() {
		add(strings.Join(present(a.put(a.words.Elapsed, "seconds", seconds(a.now.Sub(at.OpenedAt))), a.qrLeft(at), a.limit(at)), " · "))
	}
	rows = append(rows, a.ladder(at, width)...)
	add(a.channelSays(at))
	if at.ChannelNo != "" {
		add(a.put(a.words.ChannelNo, "number", cleanCode(at.ChannelNo, 40)))
	}
	if at.Note != ledger.NoteNone && !doubted(at) {
		add("! " + a.words.Notes[at.Note])
	}
	if at.StopWhy != 0 && at.State != ledger.Paid {
		add(a.words.StopWhys[at.StopWhy])
	}
	way := a.words.Channels[at.Channel]
	if at.Last4 != "" {
		way += " · " + a.put(a.words.CodeOf, "last4", cleanCode(at.Last4, 4))
	}
	add(way)
	add(a.put(a.words.Order, "order", cleanCode(string(at.Order), 32)))
	return rows
}

// present leaves the empty ones out.
func present(texts ...string) []string {
	var kept []string
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

// ladder shows the five truth levels; reached ones carry a filled sign, so that no colour is needed.
func (a *App) ladder(at *ledger.Attempt, width int) []string {
	reached := at.Truth()
	pieces := make([]string, 0, ledger.TruthMatched)
	for level := ledger.TruthAsked; level <= ledger.TruthMatched; level++ {
		sign := "□"
		if level <= reached {
			sign = "■"
		}
		if level == ledger.TruthMatched && reached == ledger.TruthImported {
			level = reached
		}
		pieces = append(pieces, sign+a.words.Truths[level])
	}
	return flow(pieces, " ", width, 2)
}

// doing says what the till does about the attempt now; empty when nothing is owed.
func (a *App) doing(at *ledger.Attempt) string {
	if at.Task == ledger.TaskNone {
		return ""
	}
	early := at.OpenedAt.Add(reverseFrom).Sub(a.now)
	ending := at.State == ledger.Stopping || at.State == ledger.Closing
	now, ok := a.scene.board.Doing[string(at.Order)]
	if at.Channel == ledger.WeChat && at.Way == ledger.ByCode && ending && early > 0 && !(ok && (now.Next.IsZero() || !now.Next.After(a.now))) {
		return a.put(a.words.ReverseWait, "seconds", secondsLeft(early))
	}
	return a.doingOf(string(at.Order), at.Channel)
}

// doingOf says what the worker does about what is owed under a key (ledger.Owed.Key).
func (a *App) doingOf(key string, of ledger.Channel) string {
	channel := a.words.Channels[of]
	now, ok := a.scene.board.Doing[key]
	left := now.Next.Sub(a.now)
	var text string
	switch {
	case ok && (now.Next.IsZero() || left <= 0):
		text = a.put(a.words.DoingNow[now.Request], "channel", channel)
	case !ok:
		return a.words.DoingSoon
	default:
		text = a.put(a.words.DoingNext[now.Request], "channel", channel, "seconds", secondsLeft(left))
	}
	if now.Tries > 1 {
		text += a.put(a.words.DoingTries, "n", strconv.Itoa(now.Tries))
	}
	return text
}

// limit says how long this can go on at most, where that is known: a QR's life is, a code's patience is the channel's.
func (a *App) limit(at *ledger.Attempt) string {
	left := at.Expires.Sub(a.now)
	switch {
	case left <= 0:
		return ""
	case at.Way == ledger.ByQR && (at.State == ledger.Unknown || at.State == ledger.Waiting && a.qrUp() != at):
		return a.put(a.words.AtMost, "seconds", secondsLeft(left))
	case at.State == ledger.Stopping || at.State == ledger.Closing:
		return a.put(a.words.LastPay, "seconds", secondsLeft(left))
	}
	return ""
}

// doubted reports whether an answer said paid and was not believed, nor confirmed by a later one.
func doubted(at *ledger.Attempt) bool {
	switch at.Note {
	case ledger.NoteStale, ledger.NoteUnverified, ledger.NoteOtherOrder, ledger.NoteOtherAmount, ledger.NoteOtherMerchant, ledger.NoteOtherApp:
		return at.State != ledger.Paid
	}
	return false
}

// ownWords are the states under which a channel may speak in words that are not in the till's table: those that ended
// without money. Elsewhere such a word can be a "success" that was not believed, and would be read as a reason to hand
// the goods over.
var ownWords = map[ledger.AttemptState]bool{
	ledger.Refused: true, ledger.Unsent: true, ledger.Withdrawn: true, ledger.ClosedOff: true, ledger.Reversed: true,
}

// channelSays gives the channel's reason in the cashier's language, else its own words cleaned, with its code. A code that
// reads like a success is left out, and nothing is repeated of an answer that said paid and was not believed.
func (a *App) channelSays(at *ledger.Attempt) string {
	text, known := assets.CodeSays(a.lang, at.Code)
	if !known && ownWords[at.State] {
		text = clean(at.Message, 60)
	}
	code := cleanCode(at.Code, 40)
	switch success := strings.Contains(strings.ToUpper(code), "SUCCESS"); {
	case doubted(at) && (success || !known):
		return ""
	case code != "" && !success:
		text = strings.TrimSpace(text + " [" + code + "]")
	}
	if text == "" || at.State == ledger.Paid || at.State == ledger.Orphan {
		return ""
	}
	return a.put(a.words.ChannelSays, "channel", a.words.Channels[at.Channel], "text", text)
}
