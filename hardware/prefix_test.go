package hardware

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDressIsTakenOff(t *testing.T) {
	tests := []struct {
		name, in, want, aim string
		cfg                 Config
	}{
		{name: "bare", in: code18, want: code18},
		{name: "Code 128", in: "]C0" + code18, want: code18, aim: "]C0"},
		{name: "QR", in: "]Q1" + code18, want: code18, aim: "]Q1"},
		{name: "EAN", in: "]E06901234567892", want: "6901234567892", aim: "]E0"},
		{name: "GS1-128", in: "]C10112345678901231\x1D17", want: "0112345678901231\x1D17", aim: "]C1"},
		{name: "GS1 DataMatrix", in: "]d201", want: "01", aim: "]d2"},
		{name: "a bracket that begins none", in: "]1" + code18, want: "]1" + code18},
		{name: "only one is taken", in: "]C0]C0X", want: "]C0X", aim: "]C0"},
		{name: "preamble", cfg: Config{Prefix: "POS1:"}, in: "POS1:" + code18, want: code18},
		{name: "preamble before the identifier", cfg: Config{Prefix: "P"}, in: "P]Q1" + code18, want: code18, aim: "]Q1"},
		{name: "and behind it", cfg: Config{Prefix: "P"}, in: "]Q1P" + code18, want: code18, aim: "]Q1"},
		{name: "none this time", cfg: Config{Prefix: "P"}, in: code18, want: code18},
		{name: "suffix", cfg: Config{Suffix: ";"}, in: code18 + ";", want: code18},
		{name: "letter", cfg: Config{CodeIDs: "jQ"}, in: "j" + code18, want: code18},
		{name: "not one of its letters", cfg: Config{CodeIDs: "jQ"}, in: "M00012345", want: "M00012345"},
		{name: "no letters configured", in: "j" + code18, want: "j" + code18},
		{name: "all at once", cfg: Config{Prefix: "<", CodeIDs: "Q", Suffix: ">"}, in: "<Q" + code18 + ">", want: code18},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.cfg.framer()
			got := f.Push([]byte(tt.in+"\r"), t0)
			if len(got) != 1 || string(got[0].Data) != tt.want || got[0].AIM != tt.aim {
				t.Errorf("%q, want %q with %q", got, tt.want, tt.aim)
			}
		})
	}
}

func TestNothingInADress(t *testing.T) {
	for _, in := range []string{"]C0", "%%NoRead", "NOREAD", "no read", "]X0NoRead", "*NoRead*"} {
		f := Config{}.framer()
		if got := f.Push([]byte(in+"\r"), t0); len(got) != 0 || f.Dropped != 1 {
			t.Errorf("%q: %d frames, %d dropped", in, len(got), f.Dropped)
		}
	}
	f := Config{}.framer()
	if got := f.Push([]byte("noreader\r"), t0); len(got) != 1 {
		t.Error("a word that begins like it is dropped")
	}
}

func TestNamedTerminators(t *testing.T) {
	tests := []struct {
		setting, in string
		want        []string
		bad         int
	}{
		{"auto", "1\r2\n3\t4\x035\x04", []string{"1", "2", "3", "4", "5"}, 0},
		{"cr", "1\r2\r", []string{"1", "2"}, 0},
		{"cr", "1\r\n2\r\n", []string{"1", "2"}, 0},
		{"cr", "1\n2\r3\r", []string{"3"}, 1}, // a QR with a line break is not two codes
		{"lf", "1\n2\n", []string{"1", "2"}, 0},
		{"crlf", "1\r\n2\r\n", []string{"1", "2"}, 0},
		{"tab", "1\t2\t", []string{"1", "2"}, 0},
		{"etx", "\x021\x03\x022\x03", []string{"1", "2"}, 0},
		{"etx", "\x021\x03\r\x022\x03\r", []string{"1", "2"}, 0},
		{"eot", "1\x042\x04", []string{"1", "2"}, 0},
		{"space", "1 2 ", []string{"1", "2"}, 0},
		{"0x3b", "1;2;\r3;", []string{"1", "2", "3"}, 0},
	}
	for _, tt := range tests {
		cfg := Config{Terminator: tt.setting}
		if err := cfg.Check(); err != nil {
			t.Errorf("%s: %v", tt.setting, err)
		}
		f := cfg.framer()
		if got := show(f.Push([]byte(tt.in), t0)); !slices.Equal(got, tt.want) || f.Bad != tt.bad {
			t.Errorf("%s, %q: %q and %d bad, want %q and %d", tt.setting, tt.in, got, f.Bad, tt.want, tt.bad)
		}
	}
	for _, wrong := range []string{"CR", "0x31", "0x41", "0x02", "0x1d", "0x", "0xfff", "0x80", ";", "none"} {
		if err := (Config{Terminator: wrong}).Check(); err == nil || !strings.HasPrefix(err.Error(), "terminator = ") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestAnswersToCommandsAreNoScans(t *testing.T) {
	f := NewFramer(defaultIdle)
	got := f.Push([]byte("\x02\x010000BEPGRD1\x06;\x03"+code18+"\r"), t0) // as Newland answers
	if !slices.Equal(show(got), []string{code18}) || f.Bad != 0 {
		t.Errorf("%q, %d bad", show(got), f.Bad)
	}
}

func TestResendingScannerIsNoticed(t *testing.T) {
	play := func(r *rereads, pauses ...int) {
		at := t0
		for i, ms := range append([]int{0}, pauses...) {
			at = at.Add(time.Duration(ms) * time.Millisecond)
			code := "A"
			if ms >= 10_000 {
				code = "B" + string(rune('0'+i))
			}
			r.again(Frame{Data: []byte(code), At: at}, time.Time{})
		}
	}
	tests := []struct {
		name   string
		pauses []int
		want   bool
	}{
		{"three times, 2 s apart", []int{2000, 2050}, true},
		{"twice", []int{2000}, false},
		{"a phone that is held out", []int{300, 300, 300, 300}, false},
		{"by hand", []int{2000, 3100, 2000}, false},
		{"stays through the next code", []int{2000, 2000, 10_000}, true},
		{"ends with a code that comes once", []int{2000, 2000, 10_000, 10_001}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRereads(defaultReread)
			play(r, tt.pauses...)
			if r.resent != tt.want {
				t.Errorf("noticed: %t", r.resent)
			}
		})
	}
}

func TestReadable(t *testing.T) {
	tests := []struct{ in, text, charset string }{
		{"柜台 shop", "柜台 shop", "UTF-8"},
		{"\xB9\xF1\xCC\xA8", "柜台", "GB18030"},
		{"\xFF\xFE\x80", "fffe80", "hex"},
		{"a\x1B[2Jb\u202E", "a\uFFFD[2Jb\uFFFD", "UTF-8"},
		{code18, "13**************89", "UTF-8"},
		{"柜台" + code18, "柜台13**************89", "UTF-8"},
		{"fp0123456789abcdef0123456789abcdef01", "fp********************************01", "UTF-8"},
		{"", "", "UTF-8"},
	}
	for _, tt := range tests {
		if text, charset := readable([]byte(tt.in)); text != tt.text || charset != tt.charset {
			t.Errorf("%q: %q in %s, want %q in %s", tt.in, text, charset, tt.text, tt.charset)
		}
	}
}

// FuzzReadable holds that nothing of a code's middle is shown, and nothing that moves a cursor.
func FuzzReadable(f *testing.F) {
	for _, seed := range []string{"柜台", "\xB9\xF1\xCC\xA8", "\xFF", "]C0", "\x1B[2J", "1", "+/="} {
		f.Add([]byte(seed), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, before, after []byte) {
		text, _ := readable(slices.Concat(before, []byte(code18), after))
		if strings.Contains(text, code18[2:16]) {
			t.Fatalf("the code is in %q", text)
		}
		for _, r := range text {
			if r < ' ' || r == 0x7F || r >= 0x80 && r < 0xA0 || r == 0x202E {
				t.Fatalf("%U came through", r)
			}
		}
	})
}

// FuzzDress holds that what a scanner puts around the data comes off, whatever the data are.
func FuzzDress(f *testing.F) {
	f.Add("P", ";", []byte(code18))
	f.Add("", "", []byte("]C0"))
	f.Add("]", "0", []byte{})
	f.Fuzz(func(t *testing.T, prefix, suffix string, data []byte) {
		d := dress{prefix: prefix, suffix: suffix}
		rest, _ := d.undress(data)
		if len(rest) > len(data) {
			t.Fatal("data were added")
		}
		if (Config{Prefix: prefix, Suffix: suffix}).Check() != nil || strings.HasPrefix(prefix, "]") {
			return
		}
		got, aim := d.undress(slices.Concat([]byte(prefix+"]C0"), data, []byte(suffix)))
		if prefix == "" && suffix == "" && (string(got) != string(data) || aim != "]C0") {
			t.Fatalf("%q with %q, want %q", got, aim, data)
		}
		if aim != "]C0" || string(got) != string(data) {
			t.Fatalf("%q with %q, want %q", got, aim, data)
		}
	})
}
