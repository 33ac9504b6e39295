package powercut

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"guitai/ledger"
)

// sheet is a disk's image in memory.
type sheet []byte

func (s sheet) WriteAt(data []byte, off int64) (int, error) { return copy(s[off:], data), nil }

func imageOf(t *testing.T, tp *tape, point int, m mode, seed uint64) sheet {
	t.Helper()
	p, out := newPlatter(tp.Size), make(sheet, tp.Size)
	p.advance(tp, point)
	if err := p.image(out, cut{point: point, mode: m, rng: rand.New(rand.NewPCG(seed, 0))}); err != nil {
		t.Fatal(err)
	}
	return out
}

func fill(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

// TestWhatADiskKeeps: what a flush covers is there in every mode; the rest is, as the mode says, in its order.
func TestWhatADiskKeeps(t *testing.T) {
	tp := &tape{Size: 1 << 16, Entries: []entry{
		{Kind: wrote, Off: 0, Data: fill(1, 1024)},
		{Kind: wrote, Off: 8192, Data: fill(2, 1024)},
		{Kind: wrote, Off: 0, Data: fill(3, 512)},
		{Kind: flushed, Upto: 2}, // the third began before it has ended, and is not covered
		{Kind: wrote, Off: 8192, Data: fill(4, 512)},
		{Kind: wrote, Off: 16384, Data: fill(5, 1024)},
	}}
	for seed := range uint64(200) {
		for _, m := range []mode{none, all, prefix, subset, torn} {
			got := imageOf(t, tp, 6, m, seed)
			if got[512] != 1 || got[8192+512] != 2 {
				t.Fatalf("%s: what was flushed is gone", m)
			}
			if here := got[0]; here != 1 && here != 3 || m == none && here != 1 || m == all && here != 3 {
				t.Fatalf("%s: the first byte is %d", m, here)
			}
			if m == prefix && got[16384] == 5 && (got[0] != 3 || got[8192] != 4) {
				t.Fatal("prefix: the last write is there without those before")
			}
			if m != torn && got[16384] != got[16384+512] {
				t.Fatalf("%s: a write is torn", m)
			}
		}
	}
	if got := imageOf(t, tp, 2, none, 0); got[0] != 0 {
		t.Fatal("before its flush a write is durable")
	}
}

// TestEveryPartSurvivesSometimes: subset and torn reach each of the cases they are for.
func TestEveryPartSurvivesSometimes(t *testing.T) {
	tp := &tape{Size: 1 << 16, Entries: []entry{
		{Kind: wrote, Off: 0, Data: fill(1, 1024)}, {Kind: wrote, Off: 4096, Data: fill(1, 1024)},
	}}
	seen := map[mode]map[[4]byte]bool{subset: {}, torn: {}}
	for m, all := range seen {
		for seed := range uint64(500) {
			got := imageOf(t, tp, 2, m, seed)
			all[[4]byte{got[0], got[512], got[4096], got[4096+512]}] = true
		}
	}
	if len(seen[subset]) != 4 || len(seen[torn]) != 16 {
		t.Fatalf("%d and %d of 4 and 16 cases", len(seen[subset]), len(seen[torn]))
	}
}

// strictly lets entries happen and gives what a cut leaves, by path.
func strictly(m mode, seed uint64, entries ...entry) map[string]string {
	tr := newTree()
	tr.advance(&tape{Entries: entries}, len(entries))
	left := map[string]string{}
	for _, rem := range tr.remnants(cut{mode: m, rng: rand.New(rand.NewPCG(seed, 0))}) {
		if rem.folder {
			left[rem.path] = "/"
			continue
		}
		b := make([]byte, rem.content.size)
		rem.content.read(b, 0)
		left[rem.path] = string(b)
	}
	return left
}

// TestWhatStrictPOSIXKeeps: bytes after the file's fsync, names after the folder's, each by itself.
func TestWhatStrictPOSIXKeeps(t *testing.T) {
	file := entry{Kind: made, Node: 2, Dir: rootNode, Name: "a", Mode: 0o600}
	bytesOf := entry{Kind: wrote, Node: 2, Data: []byte("hello")}
	syncFile, syncRoot := entry{Kind: flushed, Node: 2}, entry{Kind: flushed, Node: rootNode}
	rename := entry{Kind: renamed, Dir: rootNode, Name: "a", ToDir: rootNode, ToName: "b"}
	for what, c := range map[string]struct {
		entries []entry
		want    map[string]string
	}{
		"a name that was not synced":  {[]entry{file, bytesOf, syncFile}, map[string]string{}},
		"bytes that were not":         {[]entry{file, bytesOf, syncRoot}, map[string]string{"a": ""}},
		"both":                        {[]entry{file, bytesOf, syncFile, syncRoot}, map[string]string{"a": "hello"}},
		"a rename that was not":       {[]entry{file, bytesOf, syncFile, syncRoot, rename}, map[string]string{"a": "hello"}},
		"a rename":                    {[]entry{file, bytesOf, syncFile, syncRoot, rename, syncRoot}, map[string]string{"b": "hello"}},
		"a removal that was not":      {[]entry{file, syncRoot, {Kind: removed, Dir: rootNode, Name: "a"}}, map[string]string{"a": ""}},
		"a length that was not":       {[]entry{file, bytesOf, syncFile, syncRoot, {Kind: resized, Node: 2, Size: 2}}, map[string]string{"a": "hello"}},
		"a length that was":           {[]entry{file, bytesOf, syncRoot, {Kind: resized, Node: 2, Size: 2}, syncFile}, map[string]string{"a": "he"}},
		"cut and lengthened is zeros": {[]entry{file, bytesOf, syncRoot, {Kind: resized, Node: 2, Size: 2}, {Kind: resized, Node: 2, Size: 3}, syncFile}, map[string]string{"a": "he\x00"}},
	} {
		if got := strictly(none, 0, c.entries...); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

// TestTheMiddleOfTheOlderLog: in mode middle all is there but pages of the log that another follows.
func TestTheMiddleOfTheOlderLog(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(50) {
		left := strictly(middle, seed,
			entry{Kind: made, Node: 2, Dir: rootNode, Name: "1.mem"}, entry{Kind: wrote, Node: 2, Data: []byte("one")},
			entry{Kind: made, Node: 3, Dir: rootNode, Name: "2.mem"}, entry{Kind: wrote, Node: 3, Data: []byte("two")})
		if len(left) != 2 || left["2.mem"] != "two" {
			t.Fatalf("%q", left)
		}
		seen[left["1.mem"]] = true
	}
	if len(seen) != 2 || !seen["one"] || !seen["\x00\x00\x00"] {
		t.Fatalf("the older log was %v", seen)
	}
}

// TestARenameIsWholeOrNot: in one folder a file never goes without coming.
func TestARenameIsWholeOrNot(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(100) {
		left := strictly(subset, seed,
			entry{Kind: made, Node: 2, Dir: rootNode, Name: "a"}, entry{Kind: flushed, Node: rootNode},
			entry{Kind: renamed, Dir: rootNode, Name: "a", ToDir: rootNode, ToName: "b"})
		for name := range left {
			seen[name] = true
		}
		if len(left) != 1 {
			t.Fatalf("%q", left)
		}
	}
	if len(seen) != 2 {
		t.Fatalf("only %v was ever left", seen)
	}
}

// TestACutIsDecidedByItsNumber: the same tape, seed and number are the same cut.
func TestACutIsDecidedByItsNumber(t *testing.T) {
	tp := &tape{Size: 1 << 16, Start: 3}
	for n := range 100 {
		tp.Entries = append(tp.Entries, entry{Kind: wrote, Off: int64(n) * 512, Data: fill(byte(n), 512)}, entry{Kind: acked, Seq: uint64(n + 1)})
	}
	path := filepath.Join(t.TempDir(), "tape")
	if err := tp.keep(path); err != nil {
		t.Fatal(err)
	}
	again, err := load(path)
	if err != nil || !reflect.DeepEqual(tp, again) {
		t.Fatalf("a tape that was kept is another: %v", err)
	}
	for number := range 50 {
		a, b := tp.cut(7, number, []mode{none, torn}), again.cut(7, number, []mode{none, torn})
		if a.point != b.point || a.point < tp.Start || a.point > len(tp.Entries) || a.mode != b.mode {
			t.Fatalf("%+v and %+v", a, b)
		}
		if x, y := imageOf(t, tp, a.point, a.mode, 1), imageOf(t, again, b.point, b.mode, 1); !bytes.Equal(x, y) {
			t.Fatal("two images of one cut")
		}
	}
}

// TestJudge: what is missing or other is lost, what nobody tried is invented.
func TestJudge(t *testing.T) {
	h := func(b byte) ledger.Hash { return ledger.Hash{b} }
	tp := &tape{Entries: []entry{
		{Kind: tried, Seq: 1, Hash: h(1)}, {Kind: acked, Seq: 1, Hash: h(1)}, {Kind: tried, Seq: 2, Hash: h(2)}, {Kind: tried, Seq: 2, Hash: h(22)},
	}}
	for _, c := range []struct {
		point          int
		found          map[uint64]ledger.Hash
		lost, invented int
	}{
		{4, map[uint64]ledger.Hash{1: h(1)}, 0, 0},
		{4, map[uint64]ledger.Hash{1: h(1), 2: h(22)}, 0, 0},
		{4, map[uint64]ledger.Hash{1: h(1), 2: h(3)}, 0, 1},
		{4, map[uint64]ledger.Hash{1: h(9)}, 1, 1},
		{4, nil, 1, 0},
		{1, nil, 0, 0},
		{1, map[uint64]ledger.Hash{1: h(1), 2: h(2)}, 0, 1},
	} {
		e := tp.expected(c.point)
		if lost, invented := e.judge(c.found); lost != c.lost || invented != c.invented {
			t.Errorf("%+v: lost %d, invented %d", c, lost, invented)
		}
		next := &tape{Entries: e.entries()}
		if again := next.expected(len(next.Entries)); !reflect.DeepEqual(again, e) {
			t.Errorf("carried over: %+v, was %+v", again, e)
		}
	}
	if !slices.IsSortedFunc(tp.expected(4).entries(), func(a, b entry) int { return int(a.Kind) - int(b.Kind) }) {
		t.Error("what was tried does not come first")
	}
}
