package ui

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mdp/qrterminal/v3"
	"rsc.io/qr"
)

// qrMode is a way to draw modules, the small squares of a QR code, in
// terminal cells.
type qrMode int

const (
	// qrHybrid puts two modules into one cell: a blank on black or on white
	// when both are equal, a lower half block only when they differ. Blanks
	// always fill their cell, block glyphs leave seams in many fonts, so the
	// finder patterns stay whole.
	qrHybrid qrMode = iota
	// qrBlocks draws each module as two blanks on a background. It needs
	// twice the width and height and no glyph at all, so it reads best and is
	// the only mode for console fonts without half blocks.
	qrBlocks
)

// qrQuiet is the light border in modules. Phones want all four (ISO/IEC
// 18004, quiet zone), so it is never shrunk to make a code fit.
const qrQuiet = 4

// qrOptions says where a code may be drawn.
type qrOptions struct {
	MaxWidth, MaxHeight int // the free window part, in cells

	// Colors is what the terminal can show: from 256 on, two colours of the
	// fixed cube that no theme changes; from 16 on, black and bright white.
	// Below 16 a code cannot be drawn with a known polarity.
	Colors int

	// Prefer is qrBlocks for a full-screen code: hybrid is then only drawn
	// when two columns per module do not fit.
	Prefer qrMode

	// BlocksOnly forbids half blocks (TERM=linux).
	BlocksOnly bool
}

// qrPicture is a drawn code. Each row sets its own colours for every cell and
// ends in a reset, so rows can stand beside panels but must not be rendered
// through a style again.
type qrPicture struct {
	Rows          []string
	Width, Height int // cells
}

var (
	// errQRUnencodable means that no QR code holds the payload, or that there is none.
	errQRUnencodable = errors.New("payload cannot be drawn as a qr code")
	// errQRNoColors means that black on white cannot be promised on this terminal.
	errQRNoColors = errors.New("terminal has too few colours for a qr code")
)

// errQRTooSmall says that the window part is too small for the whole code, and
// which size in cells is the smallest that would do.
type errQRTooSmall struct {
	NeedWidth, NeedHeight int
}

func (e errQRTooSmall) Error() string {
	return fmt.Sprintf("qr code needs %d columns and %d rows", e.NeedWidth, e.NeedHeight)
}

// renderQR draws payload whole and dark on light, or not at all. Error
// correction is level M and falls to L when only that fits. Errors are
// errQRTooSmall, errQRUnencodable and errQRNoColors; none holds the payload.
func renderQR(payload string, opt qrOptions) (qrPicture, error) {
	if payload == "" {
		return qrPicture{}, errQRUnencodable
	}
	if opt.Colors < 16 {
		return qrPicture{}, errQRNoColors
	}
	modes := []qrMode{qrHybrid}
	switch {
	case opt.BlocksOnly:
		modes = []qrMode{qrBlocks}
	case opt.Prefer == qrBlocks:
		modes = []qrMode{qrBlocks, qrHybrid}
	}
	var need errQRTooSmall
	for _, mode := range modes {
		for _, level := range []qr.Level{qr.M, qr.L} {
			// qrterminal ignores this error and then panics.
			code, err := qr.Encode(payload, level)
			if err != nil {
				continue
			}
			width, height := mode.cells(code.Size)
			if width <= opt.MaxWidth && height <= opt.MaxHeight {
				rows := paintQR(layoutQR(payload, mode, level), mode, opt.Colors)
				return qrPicture{Rows: rows, Width: width, Height: height}, nil
			}
			need = errQRTooSmall{width, height} // the last one tried is the smallest
		}
	}
	if need == (errQRTooSmall{}) {
		return qrPicture{}, errQRUnencodable
	}
	return qrPicture{}, need
}

// cells is the size in columns and rows of a code with size modules a side,
// quiet zone included.
func (m qrMode) cells(size int) (width, height int) {
	size += 2 * qrQuiet
	if m == qrBlocks {
		return 2 * size, size
	}
	return size, (size + 1) / 2
}

// What a cell shows, as one byte each in the rows of layoutQR.
const (
	qrWhite    = 'w'
	qrBlack    = 'b'
	qrLowWhite = 'l' // black above white
	qrLowBlack = 'd' // white above black
)

// layoutQR lets qrterminal lay the code out, one byte per cell (qrHybrid) or
// per module (qrBlocks). The payload must be known to be encodable at level.
func layoutQR(payload string, mode qrMode, level qr.Level) []string {
	var out strings.Builder
	qrterminal.GenerateWithConfig(payload, qrterminal.Config{
		Level:          level,
		Writer:         &out,
		HalfBlocks:     mode == qrHybrid,
		QuietZone:      qrQuiet,
		WhiteChar:      string(qrWhite),
		BlackChar:      string(qrBlack),
		BlackWhiteChar: string(qrLowWhite),
		WhiteBlackChar: string(qrLowBlack),
	})
	rows := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if mode == qrHybrid {
		// With an even quiet zone qrterminal leaves the lower half of the
		// last row dark: a black bar under the code.
		rows[len(rows)-1] = rows[0]
	}
	return rows
}

// paintQR turns laid-out cells into text with colours. Two pens are enough,
// because a half block on black needs the same two colours as a blank on
// black; a pen is written only where it changes.
func paintQR(layout []string, mode qrMode, colors int) []string {
	onBlack, onWhite := "\x1b[97;40m", "\x1b[30;107m"
	if colors >= 256 {
		onBlack, onWhite = "\x1b[38;5;231;48;5;16m", "\x1b[38;5;16;48;5;231m"
	}
	blank := " "
	if mode == qrBlocks {
		blank = "  "
	}
	rows := make([]string, len(layout))
	for i, cells := range layout {
		var row strings.Builder
		row.WriteString("\x1b[m") // no bold or reverse from the left
		pen := ""
		for _, cell := range cells {
			want, text := onWhite, blank
			if cell == qrBlack || cell == qrLowWhite {
				want = onBlack
			}
			if cell == qrLowWhite || cell == qrLowBlack {
				text = "▄"
			}
			if want != pen {
				row.WriteString(want)
				pen = want
			}
			row.WriteString(text)
		}
		row.WriteString("\x1b[m")
		rows[i] = row.String()
	}
	return rows
}

// qrCache remembers the last code drawn, so that a frame costs nothing while
// the code stays the same. The zero value is empty; setting it to the zero
// value forgets the payload. One goroutine (the model's) uses it.
type qrCache struct {
	payload string
	opt     qrOptions
	pic     qrPicture
	err     error
}

// render is renderQR, remembered. The caller must not change the rows.
func (c *qrCache) render(payload string, opt qrOptions) (qrPicture, error) {
	if c.payload != payload || c.opt != opt || payload == "" {
		pic, err := renderQR(payload, opt)
		*c = qrCache{payload, opt, pic, err}
	}
	return c.pic, c.err
}
