package ui

import (
	"errors"
	"strconv"

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
