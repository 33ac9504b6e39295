package ui

import (
	"strconv"
	"strings"
	"time"

	"rsc.io/qr"

	"guitai/assets"
	"guitai/ledger"
)

// pageFrame is all that the page shows at one moment: words as they stand there, and the QR as a path.
type pageFrame struct {
	Page  string        `json:"page"` // which page shows it; another one loads itself anew
	At    int64         `json:"at"`   // when the till looked, in milliseconds
	State customerState `json:"state"`
	Shop  string        `json:"shop"`
	Clock string        `json:"clock"`
	Mark  string        `json:"mark,omitempty"`

	Label  string `json:"label,omitempty"`
	Amount string `json:"amount,omitempty"`
	Word   string `json:"word"`
	Other  string `json:"other"` // the word in the second language
	First  string `json:"first"`
	Second string `json:"second"`
	Left   string `json:"left,omitempty"`

	QR   string `json:"qr,omitempty"`   // the black modules, one unit each, within
	Size int    `json:"size,omitempty"` // so many units, the quiet zone included
}

// pageScreen turns what the till tells into frames for one viewer. What a view means by now is decided by the display's own model.
type pageScreen struct {
	page    string
	model   *display
	payload string // whose path is remembered
	path    string
	size    int
}

func newPageScreen(page string, calendar ledger.Calendar) *pageScreen {
	return &pageScreen{page: page, model: &display{tillLang: assets.En, calendar: calendar, view: customerView{State: customerClosed}}}
}

func (s *pageScreen) frame(view customerView, now time.Time) pageFrame {
	d := s.model
	d.now = now
	d.hear(view)
	v := d.shown()
	first, second := d.words()
	f := pageFrame{Page: s.page, At: now.UnixMilli(), State: v.State, Shop: d.shop, Clock: d.calendar.In(now).Format(time.TimeOnly), Amount: v.amount()}
	if f.Shop == "" {
		f.Shop = first.Title
	}
	if f.Mark = d.watermark(first); f.Mark != "" {
		f.Mark += " · " + d.watermark(second)
	}
	trouble := s.draw(v, &f)
	face := customerFaces[v.State]
	f.Word, f.Other = strings.TrimSpace(face.sign+" "+v.notice(first).Word), v.notice(second).Word
	f.First, f.Second = saysIn(first, v, trouble), saysIn(second, v, trouble)
	if f.Amount != "" {
		f.Label = assets.Fill(first.Tail, "tail", cleanCode(v.Tail, 4))
		if face.owes {
			f.Label = first.Display.Amount + " " + second.Display.Amount + " · " + f.Label
		}
	}
	switch {
	case f.QR == "":
	case v.QR != "":
		f.Left = assets.Fill(first.QRLeft, "seconds", secondsLeft(time.UnixMilli(v.Expires).Sub(now)))
	default:
		f.Left = first.Receipt.Scan + "\n" + second.Receipt.Scan
	}
	return f
}

// draw fills in the QR of what is to be paid, or of what was paid. The error is what to say instead of a payment's.
func (s *pageScreen) draw(v customerView, f *pageFrame) error {
	payload := v.QR
	if payload == "" {
		payload = v.Receipt
	}
	if payload == "" {
		s.payload, s.path = "", ""
		return nil
	}
	if payload != s.payload {
		code, err := qr.Encode(payload, qr.M)
		if err != nil {
			code, err = qr.Encode(payload, qr.L)
		}
		if err != nil {
			if v.QR == "" {
				return nil
			}
			return errQRUnencodable
		}
		s.payload, s.path, s.size = payload, qrPath(code), code.Size+2*qrQuiet
	}
	f.QR, f.Size = s.path, s.size
	return nil
}

// qrPath draws a code's black modules as an SVG path, a run in a row at a time, with the quiet zone around them.
func qrPath(code *qr.Code) string {
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				n := strconv.Itoa(run)
				path.WriteString("M" + strconv.Itoa(x+qrQuiet) + " " + strconv.Itoa(y+qrQuiet) + "h" + n + "v1h-" + n + "z")
				x += run
			}
		}
	}
	return path.String()
}
