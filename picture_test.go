package main

import (
	"flag"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// A captured terminal, cell by cell, and two ways to look at it: as a phone's camera does, and as a picture.

// cell is one character of a captured terminal. A colour is a CSS colour, or empty for the terminal's own.
type cell struct {
	char         rune
	width        int
	fg, bg       string
	bold, mirror bool // mirror: foreground and background change places
}

// readCells reads what tmux captured with colours.
func readCells(captured string) [][]cell {
	var rows [][]cell
	var pen cell // tmux lets it run on over line ends
	for _, line := range strings.Split(strings.TrimRight(captured, "\n"), "\n") {
		var row []cell
		for line != "" {
			if codes, rest, ok := cutSGR(line); ok {
				pen = pen.set(codes)
				line = rest
				continue
			}
			r, size := utf8.DecodeRuneInString(line)
			line = line[size:]
			c := pen
			c.char, c.width = r, ansi.StringWidth(string(r))
			row = append(row, c)
		}
		rows = append(rows, row)
	}
	return rows
}

func cutSGR(line string) (codes []string, rest string, ok bool) {
	body, found := strings.CutPrefix(line, "\x1b[")
	if !found {
		return nil, line, false
	}
	end := strings.IndexByte(body, 'm')
	return strings.FieldsFunc(body[:end], func(r rune) bool { return r == ';' || r == ':' }), body[end+1:], true
}

// set follows one colour sequence.
func (c cell) set(codes []string) cell {
	if len(codes) == 0 {
		return cell{}
	}
	for i := 0; i < len(codes); i++ {
		n, _ := strconv.Atoi(codes[i])
		switch {
		case n == 0:
			c = cell{}
		case n == 1:
			c.bold = true
		case n == 7:
			c.mirror = true
		case n == 22:
			c.bold = false
		case n == 27:
			c.mirror = false
		case (n == 38 || n == 48) && i+2 < len(codes) && codes[i+1] == "5":
			index, _ := strconv.Atoi(codes[i+2])
			c = c.paint(n == 38, colour256(index))
			i += 2
		case (n == 38 || n == 48) && i+4 < len(codes) && codes[i+1] == "2":
			c = c.paint(n == 38, fmt.Sprintf("rgb(%s,%s,%s)", codes[i+2], codes[i+3], codes[i+4]))
			i += 4
		case n >= 30 && n <= 37, n >= 90 && n <= 97:
			c = c.paint(true, colour256(n%10+8*(n/90)))
		case n >= 40 && n <= 47, n >= 100 && n <= 107:
			c = c.paint(false, colour256(n%10+8*(n/100)))
		case n == 39:
			c.fg = ""
		case n == 49:
			c.bg = ""
		}
	}
	return c
}

func (c cell) paint(foreground bool, colour string) cell {
	if foreground {
		c.fg = colour
	} else {
		c.bg = colour
	}
	return c
}

var sixteen = [16]string{"#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5",
	"#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff"}

func colour256(n int) string {
	switch {
	case n < 16:
		return sixteen[n]
	case n >= 232:
		level := 8 + 10*(n-232)
		return fmt.Sprintf("rgb(%d,%d,%d)", level, level, level)
	}
	step := func(v int) int {
		if v == 0 {
			return 0
		}
		return 55 + 40*v
	}
	n -= 16
	return fmt.Sprintf("rgb(%d,%d,%d)", step(n/36), step(n/6%6), step(n%6))
}

// inks gives what is painted in a cell's upper and lower half; ok is false for a character that is not made of halves.
func (c cell) inks() (upper, lower string, ok bool) {
	fg, bg := c.fg, c.bg
	if c.mirror {
		fg, bg = bg, fg
	}
	switch c.char {
	case ' ':
		return bg, bg, true
	case '▄':
		return bg, fg, true
	case '▀':
		return fg, bg, true
	case '█':
		return fg, fg, true
	}
	return bg, bg, false
}

// photograph paints cells as grey pixels, 8 wide and 16 high, on a grey terminal: a code that relies on the terminal's own
// colours cannot be read off it.
func photograph(rows [][]cell, w, h int) image.Image {
	shade := map[string]color.Gray{"rgb(0,0,0)": {0}, "#000000": {0}, "rgb(255,255,255)": {255}, "#ffffff": {255}}
	img := image.NewGray(image.Rect(0, 0, w*8, h*16))
	for i := range img.Pix {
		img.Pix[i] = 128
	}
	for y, row := range rows {
		x := 0
		for _, c := range row {
			upper, lower, _ := c.inks()
			for half, ink := range []string{upper, lower} {
				grey, ok := shade[ink]
				if !ok {
					continue
				}
				for dy := range 8 {
					for dx := range 8 * c.width {
						img.SetGray(x*8+dx, y*16+half*8+dy, grey)
					}
				}
			}
			x += c.width
		}
	}
	return img
}

// mendQuietZone puts back what tmux does not hand out: cells erased up to the end of a line. Beside a QR they are the
// white of its quiet zone.
func mendQuietZone(rows [][]cell, w int) {
	first, last, left := -1, -1, w
	for y, row := range rows {
		x := 0
		for _, c := range row {
			if c.bg == white {
				if first < 0 {
					first = y
				}
				last, left = y, min(left, x)
			}
			x += c.width
		}
	}
	for y := first; y <= last && y >= 0; y++ {
		x := 0
		for _, c := range rows[y] {
			x += c.width
		}
		for ; x < w; x++ {
			blank := cell{char: ' ', width: 1}
			if x >= left {
				blank.bg = white
			}
			rows[y] = append(rows[y], blank)
		}
	}
}

const (
	white        = "rgb(255,255,255)"
	cellW, cellH = 9, 19
	paper, ink   = "#1d1f21", "#d8dad6"
)

// draw gives cells as an SVG picture.
func draw(rows [][]cell, w, h int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace" font-size="15">`+"\n", w*cellW, h*cellH)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="%s"/>`+"\n", paper)
	for y, row := range rows {
		x := 0
		for _, c := range row {
			drawCell(&b, c, x*cellW, y*cellH)
			x += c.width
		}
	}
	return b.String() + "</svg>\n"
}

func drawCell(b *strings.Builder, c cell, x, y int) {
	or := func(colour, other string) string {
		if colour == "" {
			return other
		}
		return colour
	}
	if c.mirror {
		c.fg, c.bg, c.mirror = or(c.bg, paper), or(c.fg, ink), false
	}
	c.fg, c.bg = or(c.fg, ink), or(c.bg, paper)
	upper, lower, halves := c.inks()
	for half, colour := range []string{upper, lower} {
		if colour != paper {
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="10" fill="%s"/>`+"\n", x, y+half*cellH/2, c.width*cellW, colour)
		}
	}
	if halves || c.char == 0 {
		return
	}
	weight := ""
	if c.bold {
		weight = ` font-weight="bold"`
	}
	text := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(string(c.char))
	fmt.Fprintf(b, `<text x="%d" y="%d" fill="%s"%s textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text>`+"\n", x, y+15, c.fg, weight, c.width*cellW, text)
}

var pictures = flag.String("pictures", "", "the folder that TestPictures writes the README's pictures into: -pictures assets/screens")

// TestPictures takes the pictures of the README from the real binary.
func TestPictures(t *testing.T) {
	t.Parallel()
	folder := *pictures
	if folder == "" {
		folder = t.TempDir()
	}
	for _, lang := range assets.Langs {
		words := assets.For(lang)
		r := newRobot(t, 100, 30, "--lang", string(lang))
		r.env = []string{"TERM=tmux-256color"}
		shoot := func(name string) {
			t.Helper()
			time.Sleep(300 * time.Millisecond) // the frame after the one that was waited for
			captured, _ := r.tmux("capture-pane", "-p", "-e", "-N")
			rows := readCells(captured)
			mendQuietZone(rows, r.w)
			picture := draw(rows, r.w, r.h)
			if len(picture) < 10_000 {
				t.Errorf("%s is nearly empty", name)
			}
			path := filepath.Join(folder, name+"-"+string(lang)+".svg")
			if err := os.WriteFile(path, []byte(picture), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		r.start()
		r.sees(words.NoSale.Says, words.Channels[ledger.WeChat]+" "+words.Links[ledger.LinkUp])
		r.typed("12.5")
		shoot("amount")
		r.keys("Enter")
		r.sees(words.Ready.Says)
		r.typed("a")
		r.sees(words.WaitingQR.Word)
		shoot("qr")
		r.typed("t")
		r.sees(words.PracticeTitle)
		r.keys("Enter")
		r.sees(words.States[ledger.Paid].Word)
		shoot("paid")
		r.typed("8.76")
		r.keys("Enter")
		r.sees(words.Ready.Says)
		r.typed("t")
		r.sees(words.PracticeTitle)
		r.typed("w")
		r.sees(words.States[ledger.Unknown].Word)
		shoot("unknown")
		r.sees(words.States[ledger.Paid].Word)
		r.keys("F10")
		r.sees("8.76", "12.50")
		shoot("day")
		r.keys("Enter")
		r.sees(words.Story.Title)
		shoot("story")
		r.steppedBack()
		r.steppedBack()
		r.sees(words.States[ledger.Paid].Word)
		r.typed("!")
		r.sees(words.Card.Title)
		shoot("cards")
		r.steppedBack()
		r.typed("328.50")
		r.typed("m")
		r.sees("328.50")
		r.typed("400")
		r.sees(words.Tender.Change, "¥400_")
		shoot("cash")
		r.keys("Enter")
		r.sees(words.Tender.Kinds[ledger.Cash] + " ¥328.50")
		r.typed("r")
		r.sees(strings.Split(words.Refund.FindTitle, "{")[0], " 328.50 ")
		r.keys("Enter")
		r.sees(strings.Split(words.Tender.BackTitle, "{")[0])
		hand()
		r.keys("Enter")
		r.sees(words.Refund.Whys[0])
		r.typed("1")
		r.sees(words.Staff.ApproveTitle)
		hand()
		r.typedPIN(ledger.TrainerPIN)
		r.sees("****_")
		shoot("approval")
		for !strings.Contains(r.screen(), words.States[ledger.Paid].Word) {
			r.steppedBack()
		}
		r.typed("k")
		r.sees(words.Shift.Title)
		r.typed("1")
		r.sees(words.Shift.Amount)
		r.typed("500")
		r.keys("Enter")
		r.sees(strings.Split(words.Shift.Float, "{")[0], "500.00")
		r.typed("2")
		r.sees(words.Shift.CountTitle)
		for _, pieces := range []string{"3", "2", "4", "3"} {
			r.typed(pieces)
			r.keys("Enter")
		}
		shoot("count")
		r.signal(9)
	}
}
