package ui

import (
	"errors"
	"strconv"
	"strings"

	"guitai/assets"
	"guitai/ledger"
)

// This file decides when the QR is on the screen, and says why it is not.

// qrUp is the attempt whose QR belongs on the screen now, or nil. It is gone in the very frame in which the state is no
// longer "waiting", when its life is over, and when somebody may have paid it already.
func (a *App) qrUp() *ledger.Attempt {
	live := a.scene.live()
	if live == nil || live.State != ledger.Waiting || live.Way != ledger.ByQR || live.QR == "" || !a.now.Before(live.Expires) || doubted(live) ||
		!a.scene.draft.Empty() || a.scene.broken != nil {
		return nil
	}
	return live
}

// zoomChoice is whether one QR has the whole window.
type zoomChoice struct {
	order ledger.OrderNo
	whole bool
}

// qrWhole gives the QR that has the whole window: where the cashier wants it, and from the beginning where it fits no
// other way. The panel comes back for a question, which needs its sentences, and for a word that finds no row here.
func (a *App) qrWhole() (pic qrPicture, shown bool) {
	at := a.qrUp()
	if at == nil || a.top().place() != atSale || a.asked != askNothing || a.scene.hasSuspect {
		return qrPicture{}, false
	}
	pic, err := a.full.render(at.QR, a.qrWholeRoom())
	if says, _ := a.message(); err != nil || says != "" && pic.Height+2 > a.height {
		return qrPicture{}, false
	}
	if a.zoom.order == at.Order {
		return pic, a.zoom.whole
	}
	_, err = a.qr.render(at.QR, a.qrRoom())
	return pic, err != nil
}

// zoomed gives the whole window to the QR, or takes it back. Where it cannot be drawn the sale's own words say why.
func (a *App) zoomed(whole bool) {
	at := a.qrUp()
	if at == nil {
		a.say(note{sentence: assets.Sentence{Says: a.words.NoQRNow}})
		return
	}
	a.zoom = zoomChoice{at.Order, whole}
}

// drawWhole is the frame of a QR that has the whole window. The first row says what it is for; what has happened, else
// the newest exception, has a row where one is left.
func (a *App) drawWhole(pic qrPicture) []string {
	at, s := a.qrUp(), &a.scene.sale
	free := a.height - 1 - pic.Height
	says, next := a.message()
	spoken := says != "" || a.scene.warnings > 0 && free > 0
	barred := len(a.scene.visits) > 0 && (free > 1 || free > 0 && !spoken) // the bar has a row of its own
	var pieces []string
	if mark := a.watermark(); mark != "" {
		pieces = append(pieces, a.palette.mark.Render(" "+mark+" "))
	}
	pieces = append(pieces, a.palette.bold.Render("¥"+s.Amount.String()))
	if a.scene.warnings > 0 {
		pieces = append(pieces, a.palette.alarm.Render("! "+strconv.Itoa(a.scene.warnings)))
	}
	if sign := a.barSign(); sign != "" && !barred {
		pieces = append(pieces, sign)
	}
	pieces = append(pieces, a.put(a.words.QRSeconds, "seconds", secondsLeft(at.Expires.Sub(a.now))), a.put(a.words.Tail, "tail", s.ID.Tail()))
	back := a.put(a.words.QRBack)
	if must := strings.Join(pieces[:len(pieces)-1], "  "); wide(must)+1+wide(back) > a.width { // the seconds, and what stands before them
		back = ""
	}
	rows := flow(pieces, "  ", a.width-wide(back)-1, 1)
	rows[0] = padLeft2(rows[0], back, a.width)
	switch {
	case says != "":
		rows = append(rows, a.palette.alarm.Render(pad(says+" ▶ "+next, a.width)))
	case a.scene.warnings > 0 && free > 0:
		rows = append(rows, a.warning(true)...)
	}
	if barred {
		rows = append(rows, a.bar(a.width))
	}
	rows = fit(rows, max(len(rows), 1+free/2))
	indent := strings.Repeat(" ", (a.width-pic.Width)/2)
	for _, row := range pic.Rows {
		rows = append(rows, indent+row)
	}
	return fit(rows, a.height)
}

// qrPicture gives the code to draw beside the panel; shown is false when there is none or it does not fit.
func (a *App) qrPicture() (pic qrPicture, shown bool) {
	at := a.qrUp()
	if at == nil || a.top().place() != atSale {
		if at == nil {
			a.qr, a.full = qrCache{}, qrCache{}
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

func (a *App) qrWholeRoom() qrOptions {
	return qrOptions{
		MaxWidth: a.width, MaxHeight: a.height - 1, Colors: a.term.colors, BlocksOnly: a.term.linux, Prefer: qrBlocks,
	}
}

// qrTrouble says why the QR is not on the screen, and what to do instead; empty when it is.
func (a *App) qrTrouble(at *ledger.Attempt) (says, next string) {
	if a.qrUp() != at {
		return "", ""
	}
	_, err := a.qr.render(at.QR, a.qrRoom())
	_, inWhole := a.full.render(at.QR, a.qrWholeRoom())
	var small errQRTooSmall
	switch {
	case err == nil:
		return "", ""
	case inWhole == nil: // and the cashier took the window back
		return a.words.QRBeside, a.words.QRWholeNext
	case errors.As(inWhole, &small):
		return a.put(a.words.QRSmall, "width", strconv.Itoa(max(small.NeedWidth, minWidth)), "height", strconv.Itoa(max(small.NeedHeight+1, minHeight))), a.words.QRNext
	case errors.Is(err, errQRNoColors):
		return a.put(a.words.QRNoColor, "order", cleanCode(string(at.Order), 32)), a.words.QRNext
	}
	return a.put(a.words.QRFailed), a.words.QRNext
}

func (a *App) qrLeft(at *ledger.Attempt) string {
	if a.qrUp() != at {
		return ""
	}
	return a.put(a.words.QRLeft, "seconds", secondsLeft(at.Expires.Sub(a.now)))
}
