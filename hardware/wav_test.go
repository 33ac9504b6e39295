package hardware

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestTonesAreTheSameEverywhere: a change of these numbers is a change of what cashiers know by ear.
func TestTonesAreTheSameEverywhere(t *testing.T) {
	for tone, want := range map[Tone]string{ToneGood: "5040 6a9e3c31", ToneBad: "6720 abd48b9a", ToneWait: "6720 0f1a40c8", ToneAttention: "8960 ae454efa"} {
		samples := tone.Samples(toneRate)
		if got := fmt.Sprintf("%d %08x", len(samples), crc32.ChecksumIEEE(formatWAV(toneRate, samples))); got != want {
			t.Errorf("tone %d is %s, want %s", tone, got, want)
		}
		if samples[0] != 0 || samples[len(samples)-1] != 0 {
			t.Errorf("tone %d clicks", tone)
		}
		if top := slices.Max(samples); top < toneTop*9/10 || top > toneTop {
			t.Errorf("tone %d is as loud as %d", tone, top)
		}
		for i := 1; i < len(samples); i++ {
			if step := int(samples[i]) - int(samples[i-1]); max(step, -step) > toneTop*4/5 {
				t.Errorf("tone %d jumps by %d at %d", tone, step, i)
			}
		}
		if other := tone.Samples(8000); len(other) != len(samples)/2 {
			t.Errorf("tone %d has %d samples at 8 kHz", tone, len(other))
		}
	}
}

// wavWith is a good small file, changed.
func wavWith(change func(b []byte) []byte) []byte {
	return change(formatWAV(toneRate, []int16{0, 100, -100, 32767, -32768}))
}

func put16(at int, v uint16) func([]byte) []byte {
	return func(b []byte) []byte { binary.LittleEndian.PutUint16(b[at:], v); return b }
}

func put32(at int, v uint32) func([]byte) []byte {
	return func(b []byte) []byte { binary.LittleEndian.PutUint32(b[at:], v); return b }
}

var hostileClips = map[string]struct {
	change func([]byte) []byte
	want   string
}{
	"empty":          {func([]byte) []byte { return nil }, "not a WAV"},
	"text":           {func([]byte) []byte { return []byte("RIFF and nothing of it") }, "not a WAV"},
	"head alone":     {func(b []byte) []byte { return b[:12] }, "without sound"},
	"no data":        {func(b []byte) []byte { return b[:36] }, "without sound"},
	"empty data":     {func(b []byte) []byte { return put32(40, 0)(b[:44]) }, "without sound"},
	"truncated":      {func(b []byte) []byte { return b[:50] }, `cut short: its part "data" should have 10 bytes and has 6`},
	"half a sample":  {func(b []byte) []byte { return put32(40, 9)(b) }, "half a sample"},
	"huge header":    {put32(16, 0xFFFFFFFF), `cut short: its part "fmt "`},
	"huge data":      {put32(40, 0x7FFFFFFE), `cut short: its part "data"`},
	"short format":   {func(b []byte) []byte { return append(put32(16, 4)(b[:24]), b[36:]...) }, "format is cut short"},
	"no format":      {func(b []byte) []byte { return append(b[:12], b[36:]...) }, "sound before its format"},
	"8 bits":         {put16(34, 8), "8 bits per sample"},
	"24 bits":        {put16(34, 24), "24 bits per sample"},
	"stereo":         {put16(22, 2), "2 channels"},
	"floating point": {put16(20, 3), "floating point"},
	"MP3":            {put16(20, 0x55), "MP3"},
	"unheard of":     {put16(20, 0x1234), "format 0x1234"},
	"no rate":        {put32(24, 0), "0 samples a second"},
	"rate":           {put32(24, 192_000), "192000 samples a second"},
	"long": {func(b []byte) []byte {
		return append(put32(40, 2*maxClipSeconds*toneRate+2)(b[:44]), make([]byte, 2*maxClipSeconds*toneRate+2)...)
	}, "longer than 15 s"},
}

func TestHostileClips(t *testing.T) {
	for name, tc := range hostileClips {
		if _, _, err := parseWAV(wavWith(tc.change)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestWAV(t *testing.T) {
	want := []int16{0, 100, -100, 32767, -32768}
	list := []byte("LIST\x03\x00\x00\x00abc\x00") // an odd part and its padding
	for name, b := range map[string][]byte{
		"plain":      wavWith(func(b []byte) []byte { return b }),
		"more parts": wavWith(func(b []byte) []byte { return slices.Concat(b[:12], list, b[12:36], list, b[36:], list) }),
		"extensible": wavWith(func(b []byte) []byte {
			long := append(put16(20, wavExtensible)(slices.Clone(b[:36])), make([]byte, 24)...)
			return slices.Concat(put16(44, wavPCM)(put32(16, 40)(long)), b[36:])
		}),
	} {
		rate, samples, err := parseWAV(b)
		if rate != toneRate || !slices.Equal(samples, want) || err != nil {
			t.Errorf("%s: %d %v %v", name, rate, samples, err)
		}
	}
}

// FuzzWAV: whatever is in a clip's place is refused with a sentence, or read and written again without a change.
func FuzzWAV(f *testing.F) {
	for _, tc := range hostileClips {
		if b := wavWith(tc.change); len(b) < 1000 {
			f.Add(b)
		}
	}
	f.Add(wavWith(func(b []byte) []byte { return b }))
	f.Fuzz(func(t *testing.T, b []byte) {
		rate, samples, err := parseWAV(b)
		if err != nil {
			if err.Error() == "" || samples != nil {
				t.Fatalf("refused with %q and %d samples", err, len(samples))
			}
			return
		}
		if len(samples) == 0 || 2*len(samples) > len(b) || rate < minRate || rate > maxRate {
			t.Fatalf("%d samples at %d out of %d bytes", len(samples), rate, len(b))
		}
		r, again, err := parseWAV(formatWAV(rate, samples))
		if r != rate || !slices.Equal(again, samples) || err != nil {
			t.Fatalf("written again: %d, %v", r, err)
		}
	})
}

func writeClip(t testing.TB, folder, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".wav"), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestJoinClips(t *testing.T) {
	dir := t.TempDir()
	writeClip(t, dir, "a", formatWAV(8000, []int16{1, 2}))
	writeClip(t, dir, "b", formatWAV(8000, []int16{3}))
	writeClip(t, dir, "fast", formatWAV(16000, []int16{4}))
	writeClip(t, dir, "stereo", wavWith(put16(22, 2)))
	writeClip(t, dir, "large", bytes.Repeat([]byte("x"), maxClipBytes+1))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.wav"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.wav"), 0o755); err != nil {
		t.Fatal(err)
	}
	rate, joined, err := joinClips(dir, []string{"a", "b"})
	if want := slices.Concat([]int16{1, 2}, make([]int16, 200), []int16{3}); rate != 8000 || !slices.Equal(joined, want) || err != nil {
		t.Errorf("joined %d %d samples %v", rate, len(joined), err)
	}
	for name, want := range map[string]string{"missing": "missing.wav is missing", "fast": "fast.wav has 16000 samples a second and", "stereo": "stereo.wav: 2 channels",
		"large": "too large", "pipe": "no file", "folder": "no file"} {
		if _, joined, err := joinClips(dir, []string{"a", name}); joined != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %d samples, %v", name, len(joined), err)
		}
	}
}
