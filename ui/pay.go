package ui

import (
	"errors"
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
	head := []string{between(a.palette.bold.Render(a.words.ToPay), "", a.palette.bold.Render(a.put(a.words.Tail, "tail", s.ID.Tail())), width)}
	at := s.Shown()
	if at == nil {
		rows := append(head, a.amount("¥"+s.Amount.String(), width, min(height-3, 5))...)
		ready := a.words.Ready
		return append(append(rows, ""), wrap(ready.Says, width, 2)...)
	}
	look, words := faces[at.State], a.outcome(at)
	banner := append(look.banner(words.Word, width, &a.palette), wrap(words.Says, width, 3)...)
	details := a.details(at, width)
	room := height - len(head) - len(banner) - min(len(details), 5)
	rows := append(head, a.amount("¥"+s.Amount.String(), width, max(1, min(room, 5)))...)
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

// details tell, most important first: what happens now, how far the payment is known, what the channel says.
func (a *App) details(at *ledger.Attempt, width int) []string {
	var rows []string
	add := func(text string) {
		if text != "" {
			rows = append(rows, wrap(text, width, 2)...)
		}
	}
	add(a.doing(at))
	if at.State.Live() {
		add(strings.Join(present(a.put(a.words.Elapsed, "seconds", seconds(a.now.Sub(at.OpenedAt))), a.qrLeft(at)), " · "))
	}
	rows = append(rows, a.ladder(at, width)...)
	add(a.channelSays(at))
	if at.ChannelNo != "" {
		add(a.put(a.words.ChannelNo, "number", cleanCode(at.ChannelNo, 40)))
	}
	if at.Note != ledger.NoteNone {
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
		pieces = append(pieces, sign+a.words.Truths[level])
	}
	return flow(pieces, " ", width, 2)
}

// doing says what the till does about the attempt now; empty when nothing is owed.
func (a *App) doing(at *ledger.Attempt) string {
	if at.Task == ledger.TaskNone {
		return ""
	}
	channel := a.words.Channels[at.Channel]
	now, ok := a.scene.board.Doing[at.Order]
	if !ok {
		return a.words.DoingSoon
	}
	var text string
	left := now.Next.Sub(a.now)
	switch {
	case now.Next.IsZero() || left <= 0:
		text = a.put(a.words.DoingNow[now.Request], "channel", channel)
	case at.Channel == ledger.WeChat && at.Way == ledger.ByCode && at.Task == ledger.TaskClose && a.now.Before(at.OpenedAt.Add(reverseFrom)):
		return a.put(a.words.ReverseWait, "seconds", secondsLeft(left))
	default:
		text = a.put(a.words.DoingNext[now.Request], "channel", channel, "seconds", secondsLeft(left))
	}
	if now.Tries > 1 {
		text += a.put(a.words.DoingTries, "n", strconv.Itoa(now.Tries))
	}
	return text
}

// channelSays gives the channel's reason in the cashier's language, else its own words cleaned, with its code.
func (a *App) channelSays(at *ledger.Attempt) string {
	if at.State == ledger.Paid || at.Code == "" && at.Message == "" {
		return ""
	}
	text, known := assets.CodeSays(a.lang, at.Code)
	if !known {
		text = clean(at.Message, 60)
	}
	if code := cleanCode(at.Code, 40); code != "" {
		text = strings.TrimSpace(text + " [" + code + "]")
	}
	return a.put(a.words.ChannelSays, "channel", a.words.Channels[at.Channel], "text", text)
}

// The QR.

// qrUp is the attempt whose QR belongs on the screen now, or nil. It is gone in the very frame in which the state is no
// longer "waiting", and when its life is over.
func (a *App) qrUp() *ledger.Attempt {
	live := a.scene.live()
	if live == nil || live.State != ledger.Waiting || live.Way != ledger.ByQR || live.QR == "" || !a.now.Before(live.Expires) ||
		!a.scene.draft.Empty() || a.scene.broken != nil {
		return nil
	}
	return live
}

// qrPicture gives the code to draw beside the panel; shown is false when there is none or it does not fit.
func (a *App) qrPicture() (pic qrPicture, shown bool) {
	at := a.qrUp()
	if at == nil || a.top().place() != atSale {
		if at == nil {
			a.qr = qrCache{}
		}
		return qrPicture{}, false
	}
	pic, err := a.qr.render(at.QR, a.qrRoom())
	return pic, err == nil
}

// chrome is how many rows header, warning and status take.
func (a *App) chrome() int {
	if a.scene.warnings > 0 {
		return 3
	}
	return 2
}

func (a *App) qrRoom() qrOptions {
	return qrOptions{
		MaxWidth: a.width - panelMin - 1, MaxHeight: a.height - a.chrome(), Colors: a.term.colors, BlocksOnly: a.term.linux,
	}
}

// qrTrouble says why the QR is not on the screen, and what to do instead.
func (a *App) qrTrouble(at *ledger.Attempt) string {
	if a.qrUp() != at {
		return ""
	}
	_, err := a.qr.render(at.QR, a.qrRoom())
	var small errQRTooSmall
	switch {
	case err == nil:
		return ""
	case errors.As(err, &small):
		return a.put(a.words.QRSmall, "width", strconv.Itoa(small.NeedWidth+panelMin+1),
			"height", strconv.Itoa(small.NeedHeight+a.chrome()))
	case errors.Is(err, errQRNoColors):
		return a.put(a.words.QRNoColor, "order", cleanCode(string(at.Order), 32))
	}
	return a.put(a.words.QRFailed)
}

func (a *App) qrLeft(at *ledger.Attempt) string {
	if a.qrUp() != at {
		return ""
	}
	return a.put(a.words.QRLeft, "seconds", secondsLeft(at.Expires.Sub(a.now)))
}
