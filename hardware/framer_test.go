package hardware

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const code18 = "134567890123456789"

var t0 = time.Date(2025, 11, 11, 11, 11, 11, 0, time.UTC)

// show writes frames as the tables below do: "~" marks a suspect one.
func show(frames []Frame) []string {
	out := []string{}
	for _, f := range frames {
		s := string(f.Data)
		if f.End == Gap {
			s = "~" + s
		}
		out = append(out, s)
	}
	return out
}

func TestFramerCutsAtTerminators(t *testing.T) {
	tests := []struct {
		name, in     string
		want         []string
		bad, dropped int
	}{
		{name: "CR", in: "12\r", want: []string{"12"}},
		{name: "LF", in: "12\n", want: []string{"12"}},
		{name: "CRLF is one end", in: "12\r\n34\r\n", want: []string{"12", "34"}},
		{name: "TAB", in: "12\t34\t", want: []string{"12", "34"}},
		{name: "ETX, EOT", in: "12\x0334\x04", want: []string{"12", "34"}},
		{name: "STX and ETX", in: "\x0212\x03\x0234\x03", want: []string{"12", "34"}},
		{name: "STX begins anew", in: "99\x0212\r", want: []string{"12"}},
		{name: "empty frames", in: "\r\n\r\r\t\n12\r", want: []string{"12"}},
		{name: "unterminated", in: "12", want: []string{}},
		{name: "GS is content", in: "0112\x1D21\r", want: []string{"0112\x1D21"}},
		{name: "control byte", in: "1\x1B[2J2\r34\r", want: []string{"34"}, bad: 1},
		{name: "only a control byte", in: "\x00\r34\r", want: []string{"34"}, bad: 1},
		{name: "DEL", in: "1\x7F2\r", want: []string{}, bad: 1},
		{name: "spaces stay", in: " 12 \r", want: []string{" 12 "}},
		{name: "UTF-8", in: "柜台\r", want: []string{"柜台"}},
		{name: "GBK", in: "\xB9\xF1\xCC\xA8\r", want: []string{"\xB9\xF1\xCC\xA8"}},
		{name: "no-read text", in: "%%NoRead\r12\r", want: []string{"12"}, dropped: 1},
		{name: "longest", in: strings.Repeat("7", 512) + "\r", want: []string{strings.Repeat("7", 512)}},
		{name: "over-long", in: strings.Repeat("7", 513) + "\r12\r", want: []string{"12"}, dropped: 1},
		{name: "over-long with noise", in: strings.Repeat("7", 600) + "\x01\r12\r", want: []string{"12"}, bad: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := NewFramer(defaultIdle)
			got := f.Push([]byte(tt.in), t0)
			if !slices.Equal(show(got), tt.want) {
				t.Errorf("frames %q, want %q", show(got), tt.want)
			}
			if f.Bad != tt.bad || f.Dropped != tt.dropped {
				t.Errorf("bad %d, dropped %d, want %d, %d", f.Bad, f.Dropped, tt.bad, tt.dropped)
			}
			for _, g := range got {
				if g.At != t0 {
					t.Errorf("stamped %v, want %v", g.At, t0)
				}
			}
		})
	}
}

// TestFramerInTime plays bytes at milliseconds. "." is a call of Idle, "!" a Cut.
func TestFramerInTime(t *testing.T) {
	type step struct {
		ms int
		in string
	}
	tests := []struct {
		name    string
		steps   []step
		want    []string
		bad     int
		pending bool
	}{
		{name: "silence ends a rest", steps: []step{{0, "12"}, {30, "."}}, want: []string{"~12"}},
		{name: "not a moment early", steps: []step{{0, "12"}, {29, "."}}, want: []string{}, pending: true},
		{name: "each byte starts the wait anew", steps: []step{{0, "1"}, {20, "2"}, {49, "."}, {50, "."}}, want: []string{"~12"}},
		{name: "idle without a rest", steps: []step{{0, "12\r"}, {99, "."}}, want: []string{"12"}},
		{name: "bytes alone do not end a rest", steps: []step{{0, "1"}, {500, "2\r"}}, want: []string{"12"}},
		{name: "noise ended by silence", steps: []step{{0, "\x00\x01"}, {30, "."}, {31, "12\r"}}, want: []string{"~12"}, bad: 1},
		{name: "the rest of a cut code is suspect", steps: []step{{0, "123"}, {30, "."}, {99, "456\r"}}, want: []string{"~123", "~456"}},
		{name: "one that begins later is not", steps: []step{{0, "123"}, {30, "."}, {100, "456\r"}}, want: []string{"~123", "456"}},
		{name: "nor the one after the rest", steps: []step{{0, "123"}, {30, "."}, {40, "456\r789\r"}}, want: []string{"~123", "~456", "789"}},
		{name: "a late terminator ends the doubt", steps: []step{{0, "123"}, {30, "."}, {40, "\r"}, {41, "456\r"}}, want: []string{"~123", "456"}},
		{name: "cut drops what is there and its rest", steps: []step{{0, "123"}, {5, "!"}, {6, "456\r"}, {7, "78\r"}}, want: []string{"78"}},
		{name: "cut between codes costs nothing", steps: []step{{0, "12\r"}, {5, "!"}, {6, "34\r"}}, want: []string{"12", "34"}},
		{name: "cut, silence, new code", steps: []step{{0, "123"}, {5, "!"}, {35, "."}, {200, "456\r"}}, want: []string{"456"}},
		{name: "cut, silence without a timer", steps: []step{{0, "123"}, {5, "!"}, {200, "456\r"}}, want: []string{"456"}},
		{name: "cut, stalled rest", steps: []step{{0, "123"}, {5, "!"}, {35, "."}, {60, "456\r"}}, want: []string{"~456"}},
		{name: "cut of an old rest skips nothing", steps: []step{{0, "123"}, {150, "!"}, {151, "456\r"}}, want: []string{"456"}},
		{name: "cut twice", steps: []step{{0, "123"}, {5, "!"}, {6, "!"}, {7, "4\r5\r"}}, want: []string{"5"}},
		{name: "cut, then STX", steps: []step{{0, "123"}, {5, "!"}, {6, "\x0245\x03"}}, want: []string{"45"}},
		{name: "cut forgets noise", steps: []step{{0, "1\x01"}, {50, "!"}, {200, "45\r"}}, want: []string{"45"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := NewFramer(defaultIdle)
			var got []Frame
			for _, s := range tt.steps {
				now := t0.Add(time.Duration(s.ms) * time.Millisecond)
				switch s.in {
				case ".":
					if g, ok := f.Idle(now); ok {
						got = append(got, g)
					}
				case "!":
					f.Cut(now)
				default:
					got = append(got, f.Push([]byte(s.in), now)...)
				}
			}
			if !slices.Equal(show(got), tt.want) {
				t.Errorf("frames %q, want %q", show(got), tt.want)
			}
			if _, pending := f.Due(); f.Bad != tt.bad || pending != tt.pending {
				t.Errorf("bad %d, pending %t, want %d, %t", f.Bad, pending, tt.bad, tt.pending)
			}
		})
	}
}

func TestFramerSeesWrongLineSettings(t *testing.T) {
	odd := []byte(code18 + "\r")
	even := []byte(code18 + "\r")
	for i := range odd { // what a scanner at 7 bits and odd or even parity looks like to a till at 8N1
		ones := 0
		for b := odd[i]; b > 0; b &= b - 1 {
			ones++
		}
		if ones%2 == 0 {
			odd[i] |= 0x80
		} else {
			even[i] |= 0x80
		}
	}
	tests := []struct {
		name string
		line []byte
		want bool
	}{
		{"codes", []byte(code18 + "\r"), false},
		{"Chinese in UTF-8", []byte("柜台收款\r"), false},
		{"Chinese in GBK", []byte("\xB9\xF1\xCC\xA8\r"), false},
		{"unterminated UTF-8", []byte("柜台收款"), false},
		{"odd parity", odd, true},
		{"even parity", even, true},
		{"wrong speed", []byte{0x98, 0x06, 0xE6, 0x1E, 0x80, 0x78, 0xF8, 0x00}, true},
		{"wrong speed without control bytes", []byte{0x98, 0x86, 0xE6, 0x9E, 0x80, 0xF8, 0xF8}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, now := NewFramer(defaultIdle), t0
			scan := func(line []byte) {
				now = now.Add(time.Second)
				f.Push(line, now)
				f.Idle(now.Add(defaultIdle))
			}
			scan(tt.line)
			scan(tt.line)
			if f.Garbled() {
				t.Fatal("complains after two")
			}
			scan(tt.line)
			if f.Garbled() != tt.want {
				t.Fatalf("garbled is %t after three, want %t", f.Garbled(), tt.want)
			}
			scan([]byte("ok\r"))
			if f.Garbled() {
				t.Error("still complains after a good one")
			}
			for range 5 {
				now = now.Add(garbledWithin)
				scan(tt.line)
			}
			if f.Garbled() {
				t.Error("complains about what happens once a minute")
			}
		})
	}
}

func TestFramerKeepsNothing(t *testing.T) {
	for name, end := range map[string]func(*Framer){
		"terminated": func(f *Framer) { f.Push([]byte("\r"), t0) },
		"gap":        func(f *Framer) { f.Idle(t0.Add(time.Second)) },
		"cut":        func(f *Framer) { f.Cut(t0) },
		"restart":    func(f *Framer) { f.Restart() },
	} {
		t.Run(name, func(t *testing.T) {
			f := NewFramer(defaultIdle)
			f.Push([]byte(code18), t0)
			end(f)
			if bytes.ContainsFunc(f.buf[:], func(r rune) bool { return r != 0 }) {
				t.Error("the code is still in the buffer")
			}
		})
	}
}

// FuzzFramer holds that chunk borders change nothing, and that what comes out went in and is clean.
func FuzzFramer(f *testing.F) {
	for _, seed := range []string{
		code18 + "\r", code18 + "\r\n" + code18 + "\n", "\x02" + code18 + "\x03", "12\x1D34\t%%NoRead\r", "\x00\xFF\x80\r1",
		strings.Repeat("5", 511) + "\r\n", strings.Repeat("5", 1100) + "\r1\r", "1\x7F2\r柜台\r\r\n\t\x04", "",
	} {
		f.Add([]byte(seed), uint64(1))
		f.Add([]byte(seed), uint64(0xA5A5_1234_9876_F00F))
	}
	f.Fuzz(func(t *testing.T, in []byte, cuts uint64) {
		whole, pieces := NewFramer(defaultIdle), NewFramer(defaultIdle)
		want := whole.Push(in, t0)
		var got []Frame
		from := 0
		for i := range in {
			if cuts>>(i%64)&1 == 1 {
				got = append(got, pieces.Push(in[from:i], t0)...)
				from = i
			}
		}
		got = append(got, pieces.Push(in[from:], t0)...)
		late := t0.Add(defaultIdle)
		if g, ok := whole.Idle(late); ok {
			want = append(want, g)
		}
		if g, ok := pieces.Idle(late); ok {
			got = append(got, g)
		}
		if !slices.Equal(show(got), show(want)) {
			t.Fatalf("in pieces %q, as one %q", show(got), show(want))
		}
		if whole.Bad != pieces.Bad || whole.Dropped != pieces.Dropped {
			t.Fatalf("in pieces %d bad, %d dropped; as one %d, %d", pieces.Bad, pieces.Dropped, whole.Bad, whole.Dropped)
		}
		rest := in
		for _, g := range got {
			i := bytes.Index(rest, g.Data)
			if i < 0 || len(g.Data) == 0 || len(g.Data) > maxFrame {
				t.Fatalf("frame %q of %d bytes is not in the input after the ones before it", g.Data, len(g.Data))
			}
			rest = rest[i+len(g.Data):]
			for _, b := range g.Data {
				if b < 0x20 && b != gs || b == 0x7F {
					t.Fatalf("control byte %#x came through", b)
				}
			}
		}
	})
}

func BenchmarkFramer(b *testing.B) {
	f, in := NewFramer(defaultIdle), []byte(code18+"\r")
	b.ReportAllocs()
	for b.Loop() {
		if len(f.Push(in, t0)) != 1 {
			b.Fatal("no frame")
		}
	}
}

func ExampleFramer() {
	f := NewFramer(30 * time.Millisecond)
	now := time.Now()
	fmt.Println(f.Push([]byte("134567890"), now))
	fmt.Println(f.Push([]byte("123456789\r\n13"), now))
	fmt.Println(f.Idle(now.Add(30 * time.Millisecond)))
	// Output:
	// []
	// [frame(18 bytes, terminated)]
	// frame(2 bytes, gap) true
}
