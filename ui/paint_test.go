package ui

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
)

var fuzzFrames = flag.Int("paint.frames", 120, "how many random frames are compared with tmux")

func newCanvas(term string, profile colorprofile.Profile) *canvas {
	can := abilitiesOf(func(name string) string { return map[string]string{"TERM": term}[name] })
	return &canvas{can: can, inks: inks{profile: profile, attrs: can.attrs, weaker: map[colour]colour{}}}
}

// fuzz makes frames of Chinese, Latin and drawing characters in styles, each a change of the one before.
type fuzz struct {
	random        *rand.Rand
	width, height int
	rows          []string
	qr            []string
}

var fuzzStyles = []string{"", "", "", "\x1b[1m", "\x1b[7m", "\x1b[90m", "\x1b[1;7;31m", "\x1b[4m", "\x1b[38;5;231;48;5;16m", "\x1b[30;107m", "\x1b[38;2;10;200;30m", "\x1b[2;36m", "\x1b[48;5;250m"}

var fuzzWords = []string{
	"收款", "等待顾客付款", "，", "。", "“支付宝”", "…", "12.50", "¥128.50", "PAID", " ", "    ", "                    ", "█", "▄▄", "─│┌", "✔", "▶ ",
	"é", "①", "微信支付 WeChat", "尾号0042", "·", "　", "全角ＡＢＣ", "~!@#",
}

// piece is up to so many cells of something.
func (f *fuzz) piece(cells int) string {
	var s strings.Builder
	for left := cells; left > 0; {
		style := fuzzStyles[f.random.IntN(len(fuzzStyles))]
		text := ansi.Truncate(strings.Repeat(fuzzWords[f.random.IntN(len(fuzzWords))], 1+f.random.IntN(4)), left, "")
		if text == "" {
			break
		}
		left -= wide(text)
		s.WriteString(style + text + "\x1b[m")
	}
	return s.String()
}

func (f *fuzz) next() string {
	at := f.random.IntN(f.height)
	switch n := f.random.IntN(20); {
	case n == 0:
		clear(f.rows)
	case n == 1:
		f.rows[at] = ""
	case n == 2:
		f.rows = append(f.rows[1:], f.piece(f.width))
	case n == 3:
		f.rows = append([]string{f.piece(f.width)}, f.rows[:f.height-1]...)
	case n == 4:
		f.rows[at] = f.piece(f.width + 20) // wider than the window
	case n == 5:
		for y := range min(len(f.qr), f.height) {
			f.rows[y] = pad(ansi.Truncate(f.rows[y], max(f.width-41, 0), ""), max(f.width-41, 0)) + f.qr[y]
		}
	case n == 6:
		for y := range f.rows {
			f.rows[y] = f.piece(f.random.IntN(f.width + 1))
		}
	case n < 14: // something in the middle of a row
		from := f.random.IntN(f.width)
		to := from + f.random.IntN(f.width-from+1)
		row := pad(f.rows[at], f.width)
		f.rows[at] = pad(ansi.Cut(row, 0, from)+"\x1b[m", from) + f.piece(to-from) + ansi.Cut(row, to, f.width) + "\x1b[m"
	default:
		f.rows[at] = f.piece(f.random.IntN(f.width + 1))
	}
	return strings.Join(f.rows, "\n")
}

func (f *fuzz) resize(width, height int) {
	f.width, f.height = width, height
	f.rows = append(f.rows, make([]string, height)...)[:height]
}

func TestPaintedFramesAreWhatTmuxShows(t *testing.T) {
	seed := rand.Uint64()
	w := newWindow(t, 100, 30)
	f := &fuzz{random: rand.New(rand.NewPCG(seed, 0))}
	f.resize(100, 30)
	code, err := renderQR(testQR, qrOptions{MaxWidth: 80, MaxHeight: 30, Colors: 256})
	if err != nil {
		t.Fatal(err)
	}
	f.qr = code.Rows
	c := newCanvas("xterm-256color", colorprofile.TrueColor)
	w.write([]byte(c.can.enter()))
	bytes := 0
	for i := range *fuzzFrames {
		if f.random.IntN(25) == 0 {
			f.resize(1+f.random.IntN(160), 1+f.random.IntN(50))
			w.resize(f.width, f.height)
		}
		frame := f.next()
		out := c.paint(nil, frame, f.width, f.height, f.random.IntN(40) == 0)
		bytes += len(out)
		w.write(out)
		if wrong := differ(w.shows(), read(frame, f.width, f.height)); wrong != "" {
			t.Fatalf("seed %d, frame %d: %s", seed, i, wrong)
		}
	}
	t.Logf("%d frames, %d bytes a frame", *fuzzFrames, bytes / *fuzzFrames)
}

// TestEveryScreenThroughAResizeStorm paints the till's own screens into windows that change their size all the time.
func TestEveryScreenThroughAResizeStorm(t *testing.T) {
	sizes := [][2]int{{120, 40}, {80, 24}, {1, 1}, {60, 20}, {400, 120}, {2, 3}, {59, 19}, {121, 41}, {400, 1}, {1, 120}, {80, 24}, {100, 30}}
	w := newWindow(t, 120, 40)
	c := newCanvas("xterm-256color", colorprofile.ANSI256)
	w.write([]byte(c.can.enter()))
	turn := 0
	for _, lang := range assets.Langs {
		a := drawnApp(t, lang, false, 120, 40)
		for i, pic := range pictures() {
			a.scene, a.stack, a.note, a.asked = baseScene(), []screen{&saleScreen{}}, note{}, askNothing
			pic.set(a)
			if i%2 == 0 {
				size := sizes[turn%len(sizes)]
				turn++
				a.width, a.height = size[0], size[1]
				w.resize(size[0], size[1])
			}
			frame := a.View().Content
			w.write(c.paint(nil, frame, a.width, a.height, false))
			if wrong := differ(w.shows(), read(frame, a.width, a.height)); wrong != "" {
				t.Fatalf("%s, %s at %dx%d: %s", pic.name, lang, a.width, a.height, wrong)
			}
		}
	}
	if turn < len(sizes) {
		t.Fatalf("only %d resizes", turn)
	}
}
