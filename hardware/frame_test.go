package hardware

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestFrameNeverShowsItsData(t *testing.T) {
	f := Frame{Data: []byte(code18), At: t0, End: Terminated}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "% X", "%d", "%08b", "%c", "%T%v"} {
		for _, value := range []any{f, &f, []Frame{f}, map[string]Frame{"f": f}, struct{ F Frame }{f}} {
			if verb == "%T%v" {
				fmt.Fprintf(&out, verb, value, value)
			} else {
				fmt.Fprintf(&out, verb, value)
			}
			out.WriteByte('\n')
		}
	}
	fmt.Fprintln(&out, f, fmt.Errorf("refused: %v", f))
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("scan", "frame", f, "frames", []Frame{f}, "pointer", &f)
	}
	if err := json.NewEncoder(&out).Encode([]any{f, &f, struct{ F Frame }{f}}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, leak := range []string{"1345", "6789", "31 33", "313334", "49 51", "0x31", "[49", "MTM0NT"} {
		if strings.Contains(text, leak) {
			t.Errorf("%q is in the output:\n%s", leak, text)
		}
	}
	if !strings.Contains(text, "frame(18 bytes, terminated)") {
		t.Errorf("the output says nothing:\n%s", text)
	}
}

func TestWipe(t *testing.T) {
	data := []byte(code18)
	f := Frame{Data: data}
	f.Wipe()
	if f.Data != nil || !bytes.Equal(data, make([]byte, len(code18))) {
		t.Errorf("left %q", data)
	}
}

func TestRereads(t *testing.T) {
	type reading struct {
		ms   int
		code string
		end  End
		want bool // a re-read
	}
	tests := []struct {
		name     string
		within   time.Duration
		readings []reading
		armed    int // milliseconds
	}{
		{name: "before the arming does not count", within: 3 * time.Second, armed: 500,
			readings: []reading{{0, "A", Terminated, false}, {900, "A", Terminated, false}, {1000, "A", Terminated, true}}},
		{"inside the window", 3 * time.Second, []reading{{0, "A", Terminated, false}, {2999, "A", Terminated, true}}, 0},
		{"at its end", 3 * time.Second, []reading{{0, "A", Terminated, false}, {3000, "A", Terminated, false}}, 0},
		{"re-reads do not prolong it", 3 * time.Second, []reading{{0, "A", Terminated, false}, {2000, "A", Terminated, true}, {3500, "A", Terminated, false}}, 0},
		{"two phones side by side", 3 * time.Second, []reading{{0, "A", Terminated, false}, {100, "B", Terminated, false}, {200, "A", Terminated, true}, {300, "B", Terminated, true}}, 0},
		{"another code", 3 * time.Second, []reading{{0, "A", Terminated, false}, {1, "AA", Terminated, false}}, 0},
		{"whole after suspect is news", 3 * time.Second, []reading{{0, "A", Gap, false}, {500, "A", Terminated, false}, {900, "A", Terminated, true}}, 0},
		{"suspect after anything is not", 3 * time.Second, []reading{{0, "A", Gap, false}, {500, "A", Gap, true}, {600, "B", Terminated, false}, {700, "B", Gap, true}}, 0},
		{"off", 0, []reading{{0, "A", Terminated, false}, {0, "A", Terminated, false}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRereads(tt.within)
			for i, x := range tt.readings {
				f := Frame{Data: []byte(x.code), At: t0.Add(time.Duration(x.ms) * time.Millisecond), End: x.end}
				armed := t0.Add(time.Duration(tt.armed) * time.Millisecond)
				if got := r.again(f, armed); got != x.want {
					t.Errorf("reading %d: re-read is %t, want %t", i, got, x.want)
				}
			}
		})
	}
}

func TestConfigCheck(t *testing.T) {
	tests := []struct {
		cfg  Config
		want string // part of the error; empty: none
	}{
		{Config{}, ""},
		{Config{Serial: "/dev/serial/by-id/x", Baud: 115200, RereadMS: -1, IdleMS: 100}, ""},
		{Config{Baud: 9601}, "baud = 9601: allowed are 0 (the default, 9600)"},
		{Config{Baud: -1}, "baud"},
		{Config{RereadMS: -2}, "reread_ms = -2: allowed are 0 (the default, 3000), -1 (off)"},
		{Config{RereadMS: 60001}, "reread_ms"},
		{Config{IdleMS: -1}, "idle_ms = -1: allowed are 0 (the default, 30)"},
	}
	for _, tt := range tests {
		err := tt.cfg.Check()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.cfg, err, tt.want)
		}
	}
	zero := Config{}
	if zero.baud() != 9600 || zero.reread() != 3*time.Second || zero.idle() != 30*time.Millisecond {
		t.Errorf("defaults %d, %v, %v", zero.baud(), zero.reread(), zero.idle())
	}
	off := Config{RereadMS: -1}
	if off.reread() != 0 {
		t.Errorf("reread_ms = -1 gives %v", off.reread())
	}
}
