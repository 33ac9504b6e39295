package hardware

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// dress is what a scanner puts around the data of a code: its own preamble and suffix, an AIM identifier, a letter for
// the kind of barcode. All of it is taken off before a frame comes out.
type dress struct {
	prefix, suffix string
	codeIDs        string // the letters that stand for kinds of barcodes; empty: none are sent
}

// undress gives the data without its dress, and the AIM identifier that was in it ("]C0"); aim is empty where none was.
// Scanners put the preamble before the identifier or behind it; both are taken.
func (d dress) undress(data []byte) (rest []byte, aim string) {
	rest, aim = cutAIM(data)
	if d.prefix != "" {
		rest = bytes.TrimPrefix(rest, []byte(d.prefix))
	}
	if aim == "" {
		rest, aim = cutAIM(rest)
	}
	if aim == "" && len(rest) > 1 && strings.IndexByte(d.codeIDs, rest[0]) >= 0 {
		rest = rest[1:]
	}
	if d.suffix != "" {
		rest = bytes.TrimSuffix(rest, []byte(d.suffix))
	}
	return rest, aim
}

// cutAIM takes an AIM identifier off (ISO/IEC 15424): "]", the letter of the kind of barcode, a modifier.
func cutAIM(data []byte) (rest []byte, aim string) {
	if len(data) < 3 || data[0] != ']' || !isLetter(data[1]) || !isLetter(data[2]) && !isDigit(data[2]) {
		return data, ""
	}
	return data[3:], string(data[:3])
}

func isDigit(b byte) bool  { return b >= '0' && b <= '9' }
func isLetter(b byte) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' }

// isNoRead knows what presentation scanners send when they saw nothing: "%%NoRead", "NOREAD", "no read".
func isNoRead(data []byte) bool {
	if len(data) < 6 || len(data) > 12 { // no copy of a code is made
		return false
	}
	text := strings.ToLower(strings.Trim(string(data), "%*#!? "))
	return text == "noread" || text == "no read" || text == "no_read"
}

// terminators are the named ends of a code. Each ends it alone, so CR LF ends one code and an empty one.
var terminators = map[string][]byte{
	"": {'\r', '\n', '\t', etx, eot}, "auto": {'\r', '\n', '\t', etx, eot},
	"cr": {'\r'}, "lf": {'\n'}, "crlf": {'\r', '\n'}, "tab": {'\t'}, "etx": {etx}, "eot": {eot}, "space": {' '},
}

// terminatorBytes reads the setting: a name, or a byte such as 0x3b.
func terminatorBytes(setting string) ([]byte, error) {
	if ends, ok := terminators[setting]; ok {
		return ends, nil
	}
	hex, isHex := strings.CutPrefix(setting, "0x")
	b, err := strconv.ParseUint(hex, 16, 8)
	if !isHex || err != nil || isDigit(byte(b)) || isLetter(byte(b)) || b == stx || b == gs || b >= 0x80 {
		return nil, fmt.Errorf("terminator = %q: allowed are auto, cr, lf, crlf, tab, etx, eot, space, and a byte such as 0x3b that is no letter, no digit, no 0x02, no 0x1d", setting)
	}
	return []byte{byte(b)}, nil
}
