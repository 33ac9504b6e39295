package hardware

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/hardware/hwtest"
)

// hints plays pieces, each a pause in milliseconds and bytes, and gives the view at the end.
type piece struct {
	ms int
	in string
}

func played(cfg Config, pieces ...piece) assets.PairView {
	h := newHeard(cfg)
	at := t0
	for _, p := range pieces {
		at = at.Add(time.Duration(p.ms) * time.Millisecond)
		h.push([]byte(p.in), at)
	}
	return h.look(at.Add(time.Second))
}

func said(view assets.PairView) (out []string) {
	for _, p := range view.Proposals {
		out = append(out, strings.TrimSpace(string(p.Hint)+" "+p.Setting))
	}
	return out
}

func withParity(s string, odd bool) string {
	b := []byte(s)
	for i := range b {
		ones := 0
		for c := b[i]; c > 0; c &= c - 1 {
			ones++
		}
		if (ones%2 == 0) == odd {
			b[i] |= 0x80
		}
	}
	return string(b)
}

func TestPairingProposes(t *testing.T) {
	cr := code18 + "\r"
	other := "281234567890123456\r"
	tests := []struct {
		name   string
		cfg    Config
		pieces []piece
		want   []string
	}{
		{"nothing yet", Config{}, nil, []string{"nothing"}},
		{"good", Config{}, []piece{{0, "]C0" + cr}}, []string{"good", "aim"}},
		{"good twice", Config{}, []piece{{0, "]C0" + cr}, {2000, "]Q1" + other}}, []string{"good", `end terminator = "cr"`, "aim"}},
		{"that is set already", Config{Terminator: "cr"}, []piece{{0, cr}, {900, other}}, []string{"good", "no-aim"}},
		{"CR LF in two chunks", Config{}, []piece{{0, cr}, {1, "\n"}, {900, other}, {20, "\n"}}, []string{"good", `end terminator = "crlf"`, "no-aim"}},
		{"two kinds of ends", Config{}, []piece{{0, cr}, {900, code18 + "\t"}}, []string{"good", "no-aim"}},
		{"no end", Config{}, []piece{{0, code18}}, []string{"no-end", "no-aim"}},
		{"pauses", Config{}, []piece{{0, "1345"}, {45, "67890123456789\r"}}, []string{"slow idle_ms = 90", "no-aim"}},
		{"a pause that is allowed for", Config{IdleMS: 90}, []piece{{0, "1345"}, {45, "67890123456789\r"}}, []string{"good", "no-aim"}},
		{"even parity", Config{}, []piece{{0, withParity(cr, false)}}, []string{"parity"}},
		{"odd parity", Config{}, []piece{{0, withParity(cr, true)}}, []string{"parity"}},
		{"wrong speed", Config{}, []piece{{0, "\x98\x86\xE6\x9E\x80\xF8\xF8"}}, []string{"speed"}},
		{"wrong speed with control bytes", Config{}, []piece{{0, "\x01\x7E\x1E\x00\x06\x18"}}, []string{"speed"}},
		{"mended", Config{}, []piece{{0, "\x98\x86\xE6\x9E\x80\xF8\xF8"}, {900, cr}}, []string{"good", "no-aim"}},
		{"Chinese is no wrong speed", Config{}, []piece{{0, "柜台收款\r"}, {900, "\xB9\xF1\xCC\xA8\r"}}, []string{"good", `end terminator = "cr"`, "no-aim"}},
		{"preamble", Config{}, []piece{{0, "POS:" + cr}, {900, "POS:" + other}}, []string{`prefix prefix = "POS:"`, `end terminator = "cr"`, "no-aim"}},
		{"preamble once", Config{}, []piece{{0, "POS:" + cr}}, []string{"good", "no-aim"}},
		{"preamble that is set already", Config{Prefix: "POS:", Terminator: "cr"}, []piece{{0, "POS:" + cr}, {900, "POS:" + other}}, []string{"good", "no-aim"}},
		{"suffix", Config{Terminator: "cr"}, []piece{{0, code18 + ";\r"}, {900, "281234567890123456;\r"}}, []string{`suffix suffix = ";"`, "no-aim"}},
		{"letters", Config{Terminator: "cr"}, []piece{{0, "j" + cr}, {900, "Q" + other}}, []string{`letter code_ids = "jQ"`, "no-aim"}},
		{"ACK", Config{Terminator: "cr"}, []piece{{0, cr}, {2000, cr}, {2000, cr}}, []string{"ack", "no-aim"}},
		{"space", Config{Terminator: "space"}, []piece{{0, code18 + " "}, {900, code18 + " "}}, []string{"good", "no-aim"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := said(played(tt.cfg, tt.pieces...)); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func written(r assets.PairReading) (show, hex string) {
	for _, c := range r.Cells {
		show, hex = show+" "+c.Show, hex+" "+c.Hex
	}
	return strings.TrimSpace(show), strings.TrimSpace(hex)
}

func TestPairingShowsBytes(t *testing.T) {
	view := played(Config{}, piece{0, "\x02]C0" + code18}, piece{18, "\r\n"}, piece{900, "柜\x1D\x07"})
	if len(view.Readings) != 2 {
		t.Fatalf("%d readings", len(view.Readings))
	}
	newest, oldest := view.Readings[0], view.Readings[1]
	show, hex := written(oldest)
	if show != "STX ] C 0 1 3 * * * * * * * * * * * * * * 8 9 CR LF" || !strings.HasPrefix(hex, "02 5D 43 30 31 33 **") || !strings.HasSuffix(hex, "38 39 0D 0A") {
		t.Errorf("%s\n%s", show, hex)
	}
	if oldest.Bytes != 24 || oldest.End != "CR LF" || oldest.Took != 18*time.Millisecond {
		t.Errorf("%+v", oldest)
	}
	if show, hex = written(newest); show != "· · · GS BEL" || hex != "E6 9F 9C 1D 07" || newest.End != "" {
		t.Errorf("%s\n%s", show, hex)
	}
	view = played(Config{}, piece{0, strings.Repeat("x", 2000) + "\r"}, piece{700, strings.Repeat("1", 600)})
	if view.Readings[0].Bytes != 600 || len(view.Readings[0].Cells) != pairCells {
		t.Errorf("%d bytes, %d cells", view.Readings[0].Bytes, len(view.Readings[0].Cells))
	}
}

func TestPairingKeepsNothing(t *testing.T) {
	h := newHeard(Config{})
	for _, in := range []string{code18 + "\r", code18} {
		h.push([]byte(in), t0)
	}
	h.look(t0.Add(time.Minute))
	if slices.ContainsFunc(h.buf[:], func(b byte) bool { return b != 0 }) {
		t.Error("the code is still in the buffer")
	}
	if strings.Contains(fmt.Sprintf("%+v", h.readings), "4 5 6") {
		t.Error("the code is in the readings")
	}
}

// FuzzPairing: whatever surrounds a code and however it is cut, no more than its ends is on the screen.
func FuzzPairing(f *testing.F) {
	for _, seed := range []string{"\r", "]C0", "POS:", "\x02", "柜", "\xFF", "1"} {
		f.Add([]byte(seed), []byte("\r\n"), uint64(3), false)
		f.Add([]byte(seed), []byte(seed), ^uint64(0), true)
	}
	f.Fuzz(func(t *testing.T, before, after []byte, cuts uint64, parity bool) {
		code := code18
		if parity {
			code = withParity(code, false)
		}
		in := slices.Concat(before, []byte(code), after)
		h := newHeard(Config{})
		at := t0
		from := 0
		for i := range in {
			if cuts>>(i%64)&1 == 1 {
				h.push(in[from:i], at)
				at = at.Add(20 * time.Millisecond)
				from = i
			}
		}
		h.push(in[from:], at)
		view := h.look(at.Add(time.Minute))
		run := 0
		for _, r := range view.Readings {
			for _, c := range r.Cells {
				b := byte(0)
				_, err := fmt.Sscanf(c.Hex, "%02X", &b)
				if run++; err != nil || !isDigit(b&0x7F) {
					run = 0
				}
				if run > 8 && !slices.Contains(before, b) && !slices.Contains(after, b) {
					t.Fatalf("%d digits in a row are shown", run)
				}
			}
		}
		for _, p := range view.Proposals {
			if !slices.Contains(assets.PairHints, p.Hint) {
				t.Fatalf("hint %q", p.Hint)
			}
			if strings.Contains(p.Setting, code18[4:12]) {
				t.Fatalf("the code is in %q", p.Setting)
			}
		}
	})
}

// TestPairingOnALine: what is scanned while it is open is shown and not delivered; afterwards it is delivered again.
func TestPairingOnALine(t *testing.T) {
	gun := hwtest.NewGun(t)
	cfg := Config{Serial: gun.Path()}
	x := startTill(t, cfg)
	x.until(Open)
	p := NewPairing(cfg, x.scanner)
	p.Open()
	p.Open()
	gun.Type("]C0" + scan(1) + "\r")
	var view assets.PairView
	for end := time.Now().Add(patience); len(view.Readings) == 0; time.Sleep(time.Millisecond) {
		if view = p.Look(); time.Now().After(end) {
			t.Fatal("nothing is shown")
		}
	}
	if show, _ := written(view.Readings[0]); show != "] C 0 1 3 * * * * * * * * * * * * * * 0 1 CR" || !strings.Contains(view.Port, gun.Path()) {
		t.Errorf("%q on %q", show, view.Port)
	}
	p.Close()
	p.Close()
	gun.Type(scan(1) + "\r")
	x.want(scan(1))
	if view := p.Look(); len(view.Readings) != 0 {
		t.Error("it shows what was scanned after it was closed, or keeps what was before")
	}
}
