package hardware

import (
	"strings"
	"testing"
	"time"
)

// TestHostilePairingShowsNoCode: no customer's code can be read off the pairing page, however the scanner is set. A scanner that sends UTF-16
// (a setting of common imagers), one that types full-width digits, and one that puts something between the digits show all of them.
func TestHostilePairingShowsNoCode(t *testing.T) {
	const code = "281234567890123456"
	between := func(sep string) []byte { return []byte(strings.Join(strings.Split(code, ""), sep)) }
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
	groups := strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:16], code[16:]}, " ")
	for name, sent := range map[string][]byte{
		"UTF-16LE": append(between("\x00"), 0), "UTF-16BE": append([]byte{0}, between("\x00")...), "full width": []byte(wide),
		"a dash between": between("-"), "groups of four": []byte(groups),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHeard(Config{Serial: "x"})
			h.push(append(sent, '\r'), time.Now())
			view := h.look(time.Now().Add(time.Second))
			var read strings.Builder
			for _, c := range view.Readings[0].Cells {
				if len(c.Hex) == 2 && c.Hex[0] == '3' && c.Hex[1] >= '0' && c.Hex[1] <= '9' {
					read.WriteByte(c.Hex[1])
				}
				if name == "full width" && strings.HasPrefix(c.Hex, "9") { // EF BC 9x
					read.WriteByte(c.Hex[1])
				}
			}
			if read.String() == code {
				t.Errorf("the page shows the whole code: %s", read.String())
			}
		})
	}
}
