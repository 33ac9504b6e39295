package hardware

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"rsc.io/qr"
)

// This file turns text and codes into ESC/POS, the language of receipt printers; it is pure. Text that somebody else has written
// enters a job through escpos.text alone, and comes out as printable characters of the printer's set and nothing else.

// slipAlign is where a line stands on the paper; the values are those of ESC a.
type slipAlign byte

const (
	alignLeft   slipAlign = 0
	alignCentre slipAlign = 1
	alignRight  slipAlign = 2
)

const (
	// maxQR is the longest text of a QR, in bytes. It keeps the command's length field below the values that some printers take for
	// a real-time command.
	maxQR = 512
	// barcodeDot is the width of a Code 128 module in dots: 2 is the least that the common printers take.
	barcodeDot = 2
	// barcodeDots is the height of a Code 128: 8 mm at 8 dots a millimetre.
	barcodeDots = 64
	// maxQRDot bounds a QR module in dots; above it a short code fills the paper and reads no better.
	maxQRDot = 6
	// minQRDot is what a phone still reads from thermal paper.
	minQRDot = 3
	// dotsPerColumn is the width of one ASCII character.
	dotsPerColumn = 12
)

// escpos collects the bytes of a job. Each entry of parts is a whole command or a whole line: a drawer pulse may be put between two
// of them and never inside one.
type escpos struct {
	ascii bool // the printer has no Chinese characters
	parts [][]byte
}

func (e *escpos) put(b ...byte) { e.parts = append(e.parts, b) }

// start brings the printer to its defaults, and into Chinese mode: without FS & some print the first line as rubbish.
func (e *escpos) start() {
	e.put(0x1B, '@')
	if !e.ascii {
		e.put(0x1C, '&')
	}
}

// style sets alignment, weight and size for what follows.
func (e *escpos) style(at slipAlign, bold, big bool) {
	weight, size := byte(0), byte(0)
	if bold {
		weight = 1
	}
	if big {
		size = 0x11
	}
	e.put(0x1B, 'a', byte(at), 0x1B, 'E', weight, 0x1D, '!', size)
}

// text prints a line.
func (e *escpos) text(s string) { e.put(append(encodeText(s, e.ascii), '\n')...) }

// qr prints text as a QR (model 2, level M) with modules of so many dots. Text that is too long, or not plain ASCII, prints nothing.
func (e *escpos) qr(text string, dot byte) {
	if !codeable(text, maxQR) {
		return
	}
	function := func(fn byte, rest ...byte) []byte {
		n := len(rest) + 2
		return append([]byte{0x1D, '(', 'k', byte(n), byte(n >> 8), '1', fn}, rest...)
	}
	var b []byte
	b = append(b, function('A', '2', 0)...)
	b = append(b, function('C', dot)...)
	b = append(b, function('E', '1')...)
	b = append(b, function('P', append([]byte{'0'}, text...)...)...)
	b = append(b, function('Q', '0')...)
	e.put(b...)
}

// code128 prints text as a barcode with the text below it. Text that is too long, or not plain ASCII, prints nothing.
func (e *escpos) code128(text string) {
	data, _ := code128(text)
	if data == nil {
		return
	}
	b := []byte{0x1D, 'H', 2, 0x1D, 'h', barcodeDots, 0x1D, 'w', barcodeDot, 0x1D, 'k', 73, byte(len(data))}
	e.put(append(b, data...)...)
}

// cut feeds past the knife and cuts, leaving a bridge.
func (e *escpos) cut() { e.put(0x1D, 'V', 66, 0) }

// askInOrder asks for the paper's state once everything before has been worked off; the answer is that of inOrder.
func (e *escpos) askInOrder() { e.put(0x1D, 'r', 1) }

// drawerPulse lets the drawer on connector 0 or 1 open. The times are in steps of 2 ms; a solenoid needs about 100 ms.
func drawerPulse(connector int) []byte { return []byte{0x1B, 'p', byte(connector), 50, 250} }

// askStatus is the real-time request of one of the status bytes 1 to 4.
func askStatus(n byte) []byte { return []byte{0x10, 0x04, n} }

// resync is what a job begins with that follows a broken one. The printer may still wait for the rest of a command that was cut in
// half: it takes the missing bytes from here. Where it waits for none it passes over them.
func resync() []byte { return make([]byte, maxQR+16) }

// paper is what the status bytes tell. The zero value is a printer that is well.
type paper struct {
	Offline, CoverOpen, Out, NearEnd bool
}

// realTime takes the answer to askStatus(n) in. ok is false when b cannot be one: its fixed bits differ.
func (p *paper) realTime(n, b byte) (ok bool) {
	if !isRealTime(b) {
		return false
	}
	switch n {
	case 1:
		p.Offline = b&0x08 != 0 // 0x04 is the drawer's sensor: which way round differs by model
	case 2:
		p.CoverOpen = b&0x04 != 0
		p.Out = p.Out || b&0x20 != 0
	case 4:
		p.NearEnd = b&0x0C != 0
		p.Out = p.Out || b&0x60 != 0
	}
	return true
}

// isRealTime reports whether b may be an answer to askStatus: the fixed bits of all four.
func isRealTime(b byte) bool { return b&0x93 == 0x12 }

// inOrder takes the answer to askInOrder in. ok is false when b cannot be one.
func (p *paper) inOrder(b byte) (ok bool) {
	if b&0x90 != 0 {
		return false
	}
	p.NearEnd = p.NearEnd || b&0x03 != 0
	p.Out = p.Out || b&0x0C != 0
	return true
}

// encodeText gives the printer's bytes of a line, one per column. Characters that it does not have become a question mark; line ends and
// tabs become a blank; what has no width of its own is left out. No control byte ever comes out.
func encodeText(s string, ascii bool) []byte {
	var out []byte
	encoder := simplifiedchinese.GB18030.NewEncoder()
	for _, r := range s {
		out = append(out, encodeRune(r, ascii, encoder)...)
	}
	return out
}

func encodeRune(r rune, ascii bool, encoder *encoding.Encoder) []byte {
	switch {
	case r >= ' ' && r < 0x7F:
		return []byte{byte(r)}
	case unicode.IsSpace(r) && r != 0x3000:
		return []byte{' '}
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return nil
	case ascii:
		return []byte(asciiOf(r))
	case r == '¥':
		r = '￥' // the former takes four bytes
	}
	b, err := encoder.Bytes([]byte(string(r)))
	if err != nil || len(b) != 2 || b[0] < 0x81 || b[0] == 0xFF || b[1] < 0x40 || b[1] == 0x7F || b[1] == 0xFF {
		return []byte{'?'}
	}
	return b
}

// asciiOf writes what is often in a name without Chinese characters in ASCII.
func asciiOf(r rune) string {
	switch {
	case r == '¥' || r == '￥':
		return "CNY "
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		return string(r - 0xFF01 + '!')
	case r == 0x3000:
		return "  "
	case strings.ContainsRune("·‐‑–—−", r):
		return "-"
	case strings.ContainsRune("‘’", r):
		return "'"
	case strings.ContainsRune("“”", r):
		return `"`
	}
	return "?"
}

// codeable reports whether text may stand in a code: printable ASCII, so that no byte of it can be taken for a command.
func codeable(text string, most int) bool {
	return text != "" && len(text) <= most && strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// qrDot gives the size of a QR's modules on paper of so many columns, or 0 when it does not fit.
func qrDot(text string, columns int) byte {
	if !codeable(text, maxQR) {
		return 0
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return 0
	}
	dot := min(columns*dotsPerColumn/(code.Size+8), maxQRDot)
	if dot < minQRDot {
		return 0
	}
	return byte(dot)
}

// code128Fits reports whether text can stand as a barcode on paper of so many columns, with its quiet zones of ten modules.
func code128Fits(text string, columns int) bool {
	data, modules := code128(text)
	return data != nil && (modules+20)*barcodeDot <= columns*dotsPerColumn
}

// code128 chooses the shortest mix of the sets B (a character a symbol) and C (a pair of digits a symbol) and gives the data of GS k 73
// and the barcode's width in modules; nil when text cannot be one.
//
// The pair 16 is never written as a symbol of C: its byte is DLE, and with the next pair it could be a real-time command to a printer
// that looks for those in data too (16 20 opens the drawer).
func code128(text string) (data []byte, modules int) {
	if !codeable(text, 80) {
		return nil, 0
	}
	// cost[i][set] is the least number of symbols for text[i:], when the set is chosen already.
	n := len(text)
	cost := make([][2]int, n+3)
	cost[n+1] = [2]int{1 << 20, 1 << 20}
	for i := n - 1; i >= 0; i-- {
		asB, asC := 1+cost[i+1][0], 1<<20
		if pairAt(text, i) {
			asC = 1 + cost[i+2][1]
		}
		cost[i] = [2]int{min(asB, 1+asC), min(asC, 1+asB)}
	}
	const setB, setC = 0, 1
	set := setB
	if pairAt(text, 0) && cost[0][setC] < cost[0][setB] {
		set = setC
	}
	data = append(data, '{', "BC"[set])
	symbols := 1
	for i := 0; i < n; symbols++ {
		useC := pairAt(text, i) && (set == setC && cost[i][setC] == 1+cost[i+2][setC] || set == setB && cost[i][setB] == 2+cost[i+2][setC] && cost[i][setB] < 1+cost[i+1][setB])
		switch {
		case useC && set == setB:
			data, set = append(data, '{', 'C'), setC
		case useC:
			data, i = append(data, (text[i]-'0')*10+text[i+1]-'0'), i+2
		case set == setC:
			data, set = append(data, '{', 'B'), setB
		case text[i] == '{':
			data, i = append(data, '{', '{'), i+1
		default:
			data, i = append(data, text[i]), i+1
		}
	}
	return data, (symbols+1)*11 + 13 // with the check symbol; the stop is 13
}

// pairAt reports whether two digits stand at i that may be one symbol of set C.
func pairAt(text string, i int) bool {
	digit := func(i int) bool { return i < len(text) && text[i] >= '0' && text[i] <= '9' }
	return digit(i) && digit(i+1) && text[i:i+2] != "16"
}
