package hwtest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"golang.org/x/text/encoding/simplifiedchinese"
	"rsc.io/qr"
)

// This file shows a slip to a person: as text, and as a picture.

// bytesOf gives text in the printer's set, a byte a column.
func bytesOf(text string) []byte {
	b, _ := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text)) // it was decoded from there
	return b
}

// Text is the paper as text of so many columns.
func (p Paper) Text(columns int) string {
	var out strings.Builder
	for _, item := range p.Items {
		text := item.Text
		switch item.Kind {
		case QR:
			text = "[QR " + text + "]"
		case Code128:
			text = "[|| " + text + " ||]"
		case Cut:
			text = strings.Repeat("- ", columns/2)
		case Pulse:
			text = "(the drawer opens)"
		case Feed:
			text = strings.Repeat("\n", max(0, item.Dot-1))
		}
		if item.Big {
			text = spread(text)
		}
		room := max(0, columns-len(bytesOf(text)))
		out.WriteString(strings.TrimRight(strings.Repeat(" ", []int{0, room / 2, room}[item.Align%3])+text, " ") + "\n")
	}
	return out.String()
}

func spread(text string) string {
	var out []string
	for _, r := range text {
		out = append(out, string(r))
	}
	return strings.Join(out, " ")
}

const (
	cellWidth, cellHeight = 12, 24
	lineHeight            = 30
	margin                = 8
)

// Picture is the paper as a PNG of so many columns, at the printer's own dots. Characters come from the X server's bitmap fonts where
// they are installed (Debian's xfonts-base), and are boxes elsewhere.
func (p Paper) Picture(columns int) ([]byte, error) {
	width := columns*cellWidth + 2*margin
	var rows []*image.Gray
	height := 2 * margin
	for _, item := range p.Items {
		row, err := pictureOf(item, columns*cellWidth)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
		height += row.Bounds().Dy()
	}
	all := blank(width, height)
	y := margin
	for _, row := range rows {
		draw.Draw(all, row.Bounds().Add(image.Pt(margin, y)), row, image.Point{}, draw.Src)
		y += row.Bounds().Dy()
	}
	var out bytes.Buffer
	err := png.Encode(&out, all)
	return out.Bytes(), err
}

func blank(width, height int) *image.Gray {
	all := image.NewGray(image.Rect(0, 0, width, height))
	draw.Draw(all, all.Bounds(), image.White, image.Point{}, draw.Src)
	return all
}

func pictureOf(item Item, dots int) (*image.Gray, error) {
	switch item.Kind {
	case QR:
		code, err := qr.Encode(item.Text, qr.M)
		if err != nil {
			return nil, err
		}
		side := (code.Size + 8) * item.Dot
		return placed(item, dots, side, side, func(x, y int) bool { return code.Black(x/item.Dot-4, y/item.Dot-4) })
	case Code128:
		code, err := oned.NewCode128Writer().Encode(item.Text, gozxing.BarcodeFormat_CODE_128, 1, 1, nil)
		if err != nil {
			return nil, err
		}
		return placed(item, dots, code.GetWidth()*2, 64+cellHeight, func(x, y int) bool { return y > 2 && y < 64 && code.Get(x/2, 0) })
	case Cut:
		return placed(item, dots, dots, lineHeight, func(x, y int) bool { return y == lineHeight/2 && x/8%2 == 0 })
	case Feed:
		return blank(dots, item.Dot*lineHeight), nil
	case Pulse:
		return blank(dots, 1), nil
	}
	scale := 1
	if item.Big {
		scale = 2
	}
	b := bytesOf(item.Text)
	return placed(item, dots, len(b)*cellWidth*scale, lineHeight*scale, func(x, y int) bool {
		black := dotOf(b, x/scale, y/scale)
		return black || item.Bold && x > 0 && dotOf(b, x/scale-1, y/scale)
	})
}

// placed draws a thing at its place on the line. One that does not fit is an error: a printer would cut it off, or print nothing.
func placed(item Item, dots, width, height int, black func(x, y int) bool) (*image.Gray, error) {
	if width > dots {
		return nil, fmt.Errorf("%s of %d dots on paper of %d", item.Kind, width, dots)
	}
	row := blank(dots, height)
	from := []int{0, (dots - width) / 2, dots - width}[item.Align%3]
	for y := range height {
		for x := range width {
			if black(x, y) {
				row.SetGray(from+x, y, color.Gray{})
			}
		}
	}
	return row, nil
}

// dotOf tells whether a dot of a line of text is black.
func dotOf(text []byte, x, y int) bool {
	if x < 0 || y >= cellHeight {
		return false
	}
	for i, at := 0, 0; i < len(text); {
		n := 1
		if text[i] >= 0x81 && i+1 < len(text) {
			n = 2
		}
		if x < at+n*cellWidth {
			return glyph(text[i:i+n], x-at, y)
		}
		i, at = i+n, at+n*cellWidth
	}
	return false
}

func glyph(c []byte, x, y int) bool {
	font, number := fonts().ascii, int(c[0])
	if len(c) == 2 {
		font, number = fonts().chinese, int(c[0]&0x7F)<<8|int(c[1]&0x7F)
	}
	if len(c) == 1 && c[0] == ' ' {
		return false
	}
	if g, ok := font[number]; ok && (len(c) == 1 || c[1] >= 0xA1) {
		return y < len(g) && x < len(g[y]) && g[y][x]
	}
	edge := len(c)*cellWidth - 2
	return y > 2 && y < 22 && x > 0 && x <= edge && (x == 1 || x == edge || y == 3 || y == 21)
}

// fontSet has glyphs by their number: rows of dots.
type fontSet struct{ ascii, chinese map[int][][]bool }

// fonts are the X server's, in just a printer's sizes.
var fonts = sync.OnceValue(func() fontSet {
	const folder = "/usr/share/fonts/X11/misc/"
	var set fontSet
	set.ascii, _ = readPCF(folder + "12x24.pcf.gz") // without them there are boxes
	set.chinese, _ = readPCF(folder + "gb24st.pcf.gz")
	return set
})

const (
	pcfMetrics, pcfBitmaps, pcfEncodings = 1 << 2, 1 << 3, 1 << 5
	pcfCompressed                        = 0x100
)

// readPCF reads a bitmap font of the X Window System (its source, fontfile/pcfread.c, is the description of the format).
func readPCF(path string) (map[int][][]bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, err
	}
	tables := map[uint32][]byte{}
	little := binary.LittleEndian
	for i := range int(little.Uint32(b[4:])) {
		entry := b[8+16*i:]
		from, size := little.Uint32(entry[12:]), little.Uint32(entry[8:])
		tables[little.Uint32(entry)] = b[from : from+size]
	}
	metrics, bitmaps, encodings := tables[pcfMetrics], tables[pcfBitmaps], tables[pcfEncodings]
	if metrics == nil || bitmaps == nil || encodings == nil {
		return nil, errors.New("a table is missing")
	}
	return pcfGlyphs(metrics, bitmaps, encodings), nil
}

func pcfOrder(table []byte) (format uint32, order binary.ByteOrder) {
	format = binary.LittleEndian.Uint32(table)
	if format&4 != 0 {
		return format, binary.BigEndian
	}
	return format, binary.LittleEndian
}

func pcfGlyphs(metrics, bitmaps, encodings []byte) map[int][][]bool {
	glyphs := map[int][][]bool{}
	_, order := pcfOrder(encodings)
	at := func(i int) int { return int(order.Uint16(encodings[4+2*i:])) }
	columns := at(1) - at(0) + 1
	for row := at(2); row <= at(3); row++ {
		for column := at(0); column <= at(1); column++ {
			if n := at(5 + (row-at(2))*columns + column - at(0)); n != 0xFFFF {
				glyphs[row<<8|column] = pcfGlyph(metrics, bitmaps, n)
			}
		}
	}
	return glyphs
}

// pcfGlyph gives a glyph's rows in its cell: the fonts used here have a cell of one size, with an ascent of 22.
func pcfGlyph(metrics, bitmaps []byte, n int) [][]bool {
	const ascent = 22
	format, order := pcfOrder(metrics)
	var bearing, width, up, down int
	if format&pcfCompressed != 0 {
		m := metrics[6+5*n:]
		bearing, width, up, down = int(m[0])-0x80, int(m[1])-int(m[0]), int(m[3])-0x80, int(m[4])-0x80
	} else {
		m := metrics[8+12*n:]
		value := func(i int) int { return int(int16(order.Uint16(m[2*i:]))) }
		bearing, width, up, down = value(0), value(1)-value(0), value(3), value(4)
	}
	bits, bitOrder := pcfOrder(bitmaps)
	count := int(bitOrder.Uint32(bitmaps[4:]))
	from := int(bitOrder.Uint32(bitmaps[8+4*n:]))
	data := bitmaps[8+4*count+16:]
	pad := 1 << (bits & 3)
	stride := (width + 8*pad - 1) / (8 * pad) * pad
	rows := make([][]bool, max(0, ascent-up)+up+down)
	for y := range up + down {
		cells := make([]bool, max(0, bearing)+width)
		for x := range width {
			c := data[from+y*stride+x/8]
			if bits&8 != 0 { // the leftmost dot is the highest bit
				c <<= x % 8
			} else {
				c = c >> (x % 8) << 7
			}
			cells[max(0, bearing)+x] = c&0x80 != 0
		}
		rows[max(0, ascent-up)+y] = cells
	}
	return rows
}
