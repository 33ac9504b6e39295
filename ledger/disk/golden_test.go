package disk

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/ledger"
)

var update = flag.Bool("update", false, "write the golden bytes anew; only for a format that has never been released")

// goldenSegment is a segment with everything that is drawn at random written out: header, a frame of one event, a frame of two.
func goldenSegment() []byte {
	data := dataKey{1, 2, 3}
	h := segmentHeader{Number: 2, First: 5, Prev: ledger.HashOf([]byte("the event before")), Salt: [32]byte{4, 5, 6}}
	copy(h.Wrapped[:], bytes.Repeat([]byte{7}, wrappedBytes))
	b := h.encode(data)
	b = appendFrame(b, h.sealer(data), 5, [][]byte{[]byte("event 5")})
	return appendFrame(b, h.sealer(data), 6, [][]byte{[]byte("event 6"), []byte("event 7")})
}

// golden compares bytes with what was promised.
func golden(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	text := hex.EncodeToString(got) + "\n"
	if *update {
		wantNil(t, os.WriteFile(path, []byte(text), 0o644))
	}
	promised, err := os.ReadFile(path)
	wantNil(t, err)
	if string(promised) != text {
		t.Errorf("%s is written differently than it was promised:\n%s%s", name, text, promised)
	}
	content, err := hex.DecodeString(strings.TrimSpace(string(promised)))
	wantNil(t, err)
	return content
}

// TestGoldenSegment: the journal's bytes are a promise, and what was promised is read.
func TestGoldenSegment(t *testing.T) {
	content := golden(t, "segment.hex", goldenSegment())
	h, err := decodeHeader(content, dataKey{1, 2, 3})
	if err != nil || h.Number != 2 || h.First != 5 {
		t.Fatalf("%+v, %v", h, err)
	}
	var events []string
	seal, rest, next := h.sealer(dataKey{1, 2, 3}), content[headerBytes:], uint64(5)
	for len(rest) > 0 {
		body, count, size, err := frameAt(rest, seal, next, nil)
		wantNil(t, err)
		wantNil(t, eachRecord(body, count, func(stored []byte) error { events = append(events, string(stored)); return nil }))
		rest, next = rest[size:], next+uint64(count)
	}
	if strings.Join(events, ",") != "event 5,event 6,event 7" {
		t.Errorf("%q", events)
	}
}

// TestGoldenKeys: a wrapped key, a recovery code and a checkpoint of earlier versions open for ever.
func TestGoldenKeys(t *testing.T) {
	master, data := bytes.Repeat([]byte{9}, keyLength), dataKey{1, 2, 3}
	var wrapped []byte
	if *update {
		w := wrap(data, master)
		wrapped = golden(t, "wrapped.hex", w[:])
	} else {
		content, err := os.ReadFile(filepath.Join("testdata", "wrapped.hex"))
		wantNil(t, err)
		wrapped, err = hex.DecodeString(strings.TrimSpace(string(content)))
		wantNil(t, err)
	}
	if back, err := unwrap(wrapped, master); err != nil || back != data {
		t.Errorf("the wrapped key: %v", err)
	}
	if back, err := readCode(string(golden(t, "recovery.hex", []byte(recoveryCode(data))))); err != nil || back != data {
		t.Errorf("the recovery code: %v", err)
	}
	keys := folderKeys{data: data}
	c := Checkpoint{"T1", 3, ledger.Head{Seq: 4711, Hash: ledger.HashOf([]byte("x"))}, noonUTC}
	signed, err := c.sign(keys.headSigner())
	wantNil(t, err)
	if back, err := readCheckpoint(golden(t, "checkpoint.hex", signed), keys.headSigner()); err != nil || back != c {
		t.Errorf("the checkpoint: %+v, %v", back, err)
	}
}

// FuzzFrame reads hostile bytes where frames are expected. Only what was sealed opens.
func FuzzFrame(f *testing.F) {
	segment := goldenSegment()
	f.Add(segment[headerBytes:], uint64(5))
	f.Add(make([]byte, 64), uint64(1))
	h, err := decodeHeader(segment, dataKey{1, 2, 3})
	if err != nil {
		f.Fatal(err)
	}
	seal := h.sealer(dataKey{1, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte, want uint64) {
		body, count, size, err := frameAt(data, seal, want, nil)
		if size > len(data) || err == nil && size > 0 && !bytes.Contains(segment, data[:size]) {
			t.Fatalf("%d bytes open that nobody has sealed", size)
		}
		_ = eachRecord(body, count, func([]byte) error { return nil })
		_ = eachRecord(data, uint32(want), func([]byte) error { return nil })
		frameBehind(data[:min(len(data), 4096)], seal, want)
	})
}

func FuzzHeader(f *testing.F) {
	f.Add(goldenSegment()[:headerBytes])
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := decodeHeader(b, dataKey{1, 2, 3}); err == nil && !bytes.Equal(b[:headerBytes], goldenSegment()[:headerBytes]) {
			t.Fatal("another header passes")
		}
	})
}

func FuzzCheckpoints(f *testing.F) {
	keys := folderKeys{data: dataKey{1, 2, 3}}
	signed, err := Checkpoint{"T1", 3, ledger.Head{Seq: 4711}, noonUTC}.sign(keys.headSigner())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add(append(append(bytes.Clone(signed), '\n'), signed...))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, one := range splitNotes(content) {
			if c, err := readCheckpoint(one, keys.headSigner()); err == nil && c.Head.Seq != 4711 {
				t.Fatalf("a checkpoint that nobody has signed: %+v", c)
			}
		}
		_, _ = readCode(string(content))
	})
}
