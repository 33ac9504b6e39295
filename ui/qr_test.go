package ui

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"rsc.io/qr"
)

const (
	alipayCode  = "https://qr.alipay.com/bax04827kqzh2mvw7xyn30a1"                    // 46
	alipayLong  = "https://qr.alipay.com/bax04827kqzh2mvw7xyn30a1b2c"                 // 49
	wechatCode  = "weixin://wxpay/bizpayurl?pr=k7Qm2ZtVx"                             // 37
	unionCode   = "https://qr.95516.com/00010000/01234567890123456789012345678901234" // 65
	emvcoLength = 225
)

// theme is what a terminal paints for the colours that a program may leave
// open or that a user may redefine.
type theme struct {
	name                             string
	text, ground, black, brightWhite color.Gray
}

var themes = []theme{
	{"light", color.Gray{0x20}, color.Gray{0xFA}, color.Gray{0}, color.Gray{0xFF}},
	{"dark", color.Gray{0xD0}, color.Gray{0x10}, color.Gray{0}, color.Gray{0xFF}},
	{"solarized", color.Gray{0x83}, color.Gray{0x2B}, color.Gray{0x36}, color.Gray{0xF6}},
}

// cell is one terminal cell with its SGR numbers; 0 means "the default colour".
type cell struct {
	text   string
	fg, bg int
}

// colours from the 256 cube are told from the first 16 by this offset.
const cube = 1000

// readCells parses a row of text and SGR as a terminal would.
func readCells(t *testing.T, row string) []cell {
	t.Helper()
	var cells []cell
	fg, bg := 0, 0
	for row != "" {
		if rest, ok := strings.CutPrefix(row, "\x1b["); ok {
			params, after, ok := strings.Cut(rest, "m")
			if !ok {
				t.Fatalf("not an SGR sequence: %q", row)
			}
			switch params {
			case "":
				fg, bg = 0, 0
			case "97;40", "30;107":
				if _, err := fmt.Sscanf(params, "%d;%d", &fg, &bg); err != nil {
					t.Fatal(err)
				}
			default:
				if _, err := fmt.Sscanf(params, "38;5;%d;48;5;%d", &fg, &bg); err != nil {
					t.Fatalf("unknown SGR %q: %v", params, err)
				}
				fg, bg = fg+cube, bg+cube
			}
			row = after
			continue
		}
		r, size := utf8.DecodeRuneInString(row)
		cells = append(cells, cell{string(r), fg, bg})
		row = row[size:]
	}
	if fg != 0 || bg != 0 {
		t.Error("row does not end in a reset")
	}
	return cells
}

func (th theme) shade(t *testing.T, sgr int, background bool) color.Gray {
	t.Helper()
	switch sgr {
	case 0:
		if background {
			return th.ground
		}
		return th.text
	case 30, 40:
		return th.black
	case 97, 107:
		return th.brightWhite
	case cube + 16:
		return color.Gray{0}
	case cube + 231:
		return color.Gray{0xFF}
	}
	t.Fatalf("unexpected colour %d", sgr)
	return color.Gray{}
}

// screenshot draws rows in cells of 8×16 pixels. Half blocks start at half the
// height and end short pixels above the bottom, as in fonts that do not fill
// their line.
func screenshot(t *testing.T, rows []string, th theme, short int) *image.Gray {
	t.Helper()
	const w, h = 8, 16
	img := image.NewGray(image.Rect(0, 0, w*ansi.StringWidth(rows[0]), h*len(rows)))
	for y, row := range rows {
		for x, c := range readCells(t, row) {
			fg, bg := th.shade(t, c.fg, false), th.shade(t, c.bg, true)
			for py := range h {
				ink := bg
				switch c.text {
				case " ":
				case "▄":
					if py >= h/2 && py < h-short {
						ink = fg
					}
				default:
					t.Fatalf("unexpected glyph %q", c.text)
				}
				for px := range w {
					img.SetGray(x*w+px, y*h+py, ink)
				}
			}
		}
	}
	return img
}

func decodeQR(img image.Image) (string, error) {
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", err
	}
	res, err := qrcode.NewQRCodeReader().Decode(bmp, nil)
	if err != nil {
		return "", err
	}
	return res.GetText(), nil
}

// darkModules samples the picture in the middle of each module.
func darkModules(img *image.Gray, mode qrMode) [][]bool {
	step := 8
	if mode == qrBlocks {
		step = 16
	}
	b := img.Bounds()
	var out [][]bool
	for y := step / 2; y < b.Dy(); y += step {
		var row []bool
		for x := step / 2; x < b.Dx(); x += step {
			row = append(row, img.GrayAt(x, y).Y < 0x80)
		}
		out = append(out, row)
	}
	return out
}

func TestQRSizes(t *testing.T) {
	emvco := strings.Repeat("00020101021226a", emvcoLength/15)
	for _, tc := range []struct {
		name, payload string
		length        int
		width, height int // window
		prefer        qrMode
		wantW, wantH  int
	}{
		{"alipay short M", alipayCode, 46, 80, 24, qrHybrid, 41, 21},
		{"alipay long M", alipayLong, 49, 80, 24, qrHybrid, 41, 21},
		{"alipay long falls to L", alipayLong, 49, 40, 24, qrHybrid, 37, 19},
		{"alipay long falls to L by rows", alipayLong, 49, 80, 20, qrHybrid, 37, 19},
		{"wechat M", wechatCode, 37, 80, 24, qrHybrid, 37, 19},
		{"wechat exact window", wechatCode, 37, 37, 19, qrHybrid, 37, 19},
		{"unionpay M", unionCode, 65, 80, 24, qrHybrid, 45, 23},
		{"unionpay L", unionCode, 65, 80, 22, qrHybrid, 41, 21},
		{"emvco M", emvco, 225, 120, 40, qrHybrid, 69, 35},
		{"emvco L", emvco, 225, 120, 33, qrHybrid, 61, 31},
		{"wechat blocks", wechatCode, 37, 120, 40, qrBlocks, 74, 37},
		{"alipay blocks M", alipayLong, 49, 120, 50, qrBlocks, 82, 41},
		{"alipay blocks L before hybrid", alipayLong, 49, 120, 40, qrBlocks, 74, 37},
		{"alipay blocks preferred, hybrid drawn", alipayLong, 49, 80, 24, qrBlocks, 41, 21},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if len(tc.payload) != tc.length {
				t.Fatalf("payload has %d characters, want %d", len(tc.payload), tc.length)
			}
			pic, err := renderQR(tc.payload, qrOptions{MaxWidth: tc.width, MaxHeight: tc.height, Colors: 256, Prefer: tc.prefer})
			if err != nil {
				t.Fatal(err)
			}
			if pic.Width != tc.wantW || pic.Height != tc.wantH || len(pic.Rows) != tc.wantH {
				t.Errorf("%d×%d with %d rows, want %d×%d", pic.Width, pic.Height, len(pic.Rows), tc.wantW, tc.wantH)
			}
			for i, row := range pic.Rows {
				if w := ansi.StringWidth(row); w != tc.wantW {
					t.Errorf("row %d is %d wide, want %d", i, w, tc.wantW)
				}
			}
		})
	}
}

func TestQRTooSmall(t *testing.T) {
	for _, tc := range []struct {
		payload      string
		opt          qrOptions
		needW, needH int
	}{
		{alipayLong, qrOptions{MaxWidth: 36, MaxHeight: 40, Colors: 256}, 37, 19},
		{alipayLong, qrOptions{MaxWidth: 80, MaxHeight: 18, Colors: 16}, 37, 19},
		{alipayLong, qrOptions{MaxWidth: 36, MaxHeight: 18, Colors: 16, Prefer: qrBlocks}, 37, 19},
		{alipayLong, qrOptions{MaxWidth: 80, MaxHeight: 36, Colors: 16, BlocksOnly: true}, 74, 37},
		{unionCode, qrOptions{MaxWidth: 40, MaxHeight: 40, Colors: 256}, 41, 21},
		{wechatCode, qrOptions{Colors: 256}, 37, 19},
		{wechatCode, qrOptions{MaxWidth: -5, MaxHeight: -1, Colors: 256}, 37, 19},
	} {
		pic, err := renderQR(tc.payload, tc.opt)
		var small errQRTooSmall
		if !errors.As(err, &small) {
			t.Fatalf("%+v: error %v, want errQRTooSmall", tc.opt, err)
		}
		if small.NeedWidth != tc.needW || small.NeedHeight != tc.needH || pic.Rows != nil {
			t.Errorf("%+v: needs %+v with %d rows, want %d×%d and none", tc.opt, small, len(pic.Rows), tc.needW, tc.needH)
		}
		if strings.Contains(err.Error(), tc.payload) {
			t.Error("the error holds the payload")
		}
		tc.opt.MaxWidth, tc.opt.MaxHeight = small.NeedWidth, small.NeedHeight
		if _, err := renderQR(tc.payload, tc.opt); err != nil {
			t.Errorf("%+v: the promised size does not do: %v", tc.opt, err)
		}
	}
}

func TestQRRefusals(t *testing.T) {
	big := qrOptions{MaxWidth: 1000, MaxHeight: 1000, Colors: 256}
	for _, tc := range []struct {
		name, payload string
		opt           qrOptions
		want          error
	}{
		{"empty", "", big, errQRUnencodable},
		{"too long for L", strings.Repeat("a", 2954), big, errQRUnencodable},
		{"a megabyte", strings.Repeat("码", 1<<20/3), big, errQRUnencodable},
		{"no colours", wechatCode, qrOptions{MaxWidth: 80, MaxHeight: 24}, errQRNoColors},
		{"eight colours", wechatCode, qrOptions{MaxWidth: 80, MaxHeight: 24, Colors: 8}, errQRNoColors},
	} {
		if _, err := renderQR(tc.payload, tc.opt); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	// Longer than level M holds, still within level L.
	pic, err := renderQR(strings.Repeat("a", 2953), big)
	if err != nil || pic.Width != 177+8 {
		t.Errorf("longest text: width %d, error %v", pic.Width, err)
	}
}

// TestQRScans reads the code back from a picture of the cells, and each module
// from its place: dark on light, four light modules around, on every theme.
func TestQRScans(t *testing.T) {
	for _, payload := range []string{alipayCode, alipayLong, wechatCode, unionCode} {
		for _, mode := range []qrMode{qrHybrid, qrBlocks} {
			for _, colors := range []int{16, 256} {
				t.Run(fmt.Sprintf("%d characters, mode %d, %d colours", len(payload), mode, colors), func(t *testing.T) {
					pic, err := renderQR(payload, qrOptions{MaxWidth: 200, MaxHeight: 60, Colors: colors, Prefer: mode})
					if err != nil {
						t.Fatal(err)
					}
					for _, th := range themes {
						img := screenshot(t, pic.Rows, th, 0)
						got, err := decodeQR(img)
						if err != nil || got != payload {
							t.Errorf("%s: decoded %q, error %v", th.name, got, err)
						}
						compareModules(t, payload, darkModules(img, mode))
					}
				})
			}
		}
	}
}

// compareModules holds the picture against the encoder, module by module.
func compareModules(t *testing.T, payload string, got [][]bool) {
	t.Helper()
	code, err := qr.Encode(payload, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	// The last half row of an odd height is one more light line.
	if len(got) < code.Size+8 || len(got) > code.Size+9 || len(got[0]) != code.Size+8 {
		t.Fatalf("%d×%d modules, want %d", len(got[0]), len(got), code.Size+8)
	}
	for y, row := range got {
		for x, dark := range row {
			if want := code.Black(x-4, y-4); dark != want {
				t.Fatalf("module %d,%d is dark: %v, want %v", x-4, y-4, dark, want)
			}
		}
	}
}

// TestQRSurvivesShortGlyphs takes a font whose half blocks end above the
// bottom of the cell; with plain half blocks the finder patterns would tear.
func TestQRSurvivesShortGlyphs(t *testing.T) {
	for _, payload := range []string{alipayCode, wechatCode, unionCode} {
		pic, err := renderQR(payload, qrOptions{MaxWidth: 80, MaxHeight: 24, Colors: 256})
		if err != nil {
			t.Fatal(err)
		}
		for short := range 3 {
			if got, err := decodeQR(screenshot(t, pic.Rows, themes[0], short)); err != nil || got != payload {
				t.Errorf("%d characters, glyphs %d pixels short: decoded %q, error %v", len(payload), short, got, err)
			}
		}
	}
}

func TestQRColorsAreExplicit(t *testing.T) {
	for _, mode := range []qrMode{qrHybrid, qrBlocks} {
		for _, colors := range []int{16, 256, 1 << 24} {
			pic, err := renderQR(alipayLong, qrOptions{MaxWidth: 200, MaxHeight: 60, Colors: colors, Prefer: mode})
			if err != nil {
				t.Fatal(err)
			}
			bytes := 0
			for y, row := range pic.Rows {
				bytes += len(row)
				if !strings.HasPrefix(row, "\x1b[m\x1b[") || !strings.HasSuffix(row, "\x1b[m") {
					t.Errorf("row %d is not enclosed in resets: %q", y, row)
				}
				for x, c := range readCells(t, row) {
					if c.fg == 0 || c.bg == 0 || c.fg == c.bg {
						t.Fatalf("mode %d, %d colours: cell %d,%d leaves a colour open: %+v", mode, colors, x, y, c)
					}
					if wantCube := colors >= 256; wantCube != (c.fg >= cube) || wantCube != (c.bg >= cube) {
						t.Fatalf("mode %d, %d colours: cell %d,%d has %+v", mode, colors, x, y, c)
					}
					if mode == qrBlocks && c.text != " " {
						t.Fatalf("blocks use the glyph %q", c.text)
					}
				}
			}
			if mode == qrHybrid && bytes > 9000 {
				t.Errorf("%d colours: %d bytes, budget 9000", colors, bytes)
			}
			if colors >= 256 {
				light, dark := screenshot(t, pic.Rows, themes[0], 0), screenshot(t, pic.Rows, themes[1], 0)
				if string(light.Pix) != string(dark.Pix) {
					t.Errorf("mode %d: the theme changes the picture", mode)
				}
			}
		}
	}
}

func TestQRCache(t *testing.T) {
	var c qrCache
	opt := qrOptions{MaxWidth: 80, MaxHeight: 24, Colors: 256}
	first, err := c.render(alipayCode, opt)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = c.render(alipayCode, opt) }); n != 0 {
		t.Errorf("a second frame allocates %v times", n)
	}
	other, err := c.render(wechatCode, opt)
	if err != nil || other.Rows[4] == first.Rows[4] {
		t.Errorf("another payload shows the old code (error %v)", err)
	}
	opt.MaxHeight = 5
	if pic, err := c.render(wechatCode, opt); err == nil || pic.Rows != nil {
		t.Error("a smaller window still shows the old code")
	}
	if _, err := c.render("", opt); err == nil {
		t.Error("an empty payload is drawn")
	}
	var fresh qrCache
	if _, err := fresh.render("", qrOptions{}); err == nil {
		t.Error("the zero cache draws an empty payload")
	}
}

func FuzzQR(f *testing.F) {
	f.Add(alipayCode, 80, 24, true)
	f.Add(strings.Repeat("9", 7089), 200, 200, false)
	f.Add(strings.Repeat("9", 7090), 200, 200, false)
	f.Add("\xff\x00\x1b[2J", 40, 20, true)
	f.Add("", 0, 0, false)
	f.Add(strings.Repeat("A", 4297), 400, 200, true)
	f.Fuzz(func(t *testing.T, payload string, w, h int, blocks bool) {
		pic, err := renderQR(payload, qrOptions{MaxWidth: w, MaxHeight: h, Colors: 16, BlocksOnly: blocks})
		if err != nil {
			if pic.Rows != nil {
				t.Fatal("rows beside an error")
			}
			return
		}
		if pic.Width > w || pic.Height > h || len(pic.Rows) != pic.Height {
			t.Fatalf("%d×%d with %d rows in %d×%d", pic.Width, pic.Height, len(pic.Rows), w, h)
		}
		for i, row := range pic.Rows {
			if got := len(readCells(t, row)); got != pic.Width {
				t.Fatalf("row %s has %d cells, want %d", strconv.Itoa(i), got, pic.Width)
			}
		}
	})
}

func BenchmarkQR(b *testing.B) {
	for b.Loop() {
		if _, err := renderQR(alipayLong, qrOptions{MaxWidth: 80, MaxHeight: 24, Colors: 256}); err != nil {
			b.Fatal(err)
		}
	}
}
