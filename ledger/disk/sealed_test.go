package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

func seal(t *testing.T, s *Store, name string, content []byte) {
	t.Helper()
	w, err := s.Seal(name)
	wantNil(t, err)
	for rest := content; len(rest) > 0; { // in pieces of any length
		n := min(len(rest), 1+rand.IntN(100_000))
		_, err := w.Write(rest[:n])
		wantNil(t, err)
		rest = rest[n:]
	}
	wantNil(t, w.Keep())
	w.Drop()
}

func unsealed(s *Store, name string) ([]byte, error) {
	f, err := s.Sealed(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
}

func TestSealedFiles(t *testing.T) {
	s := openAt(t, t.TempDir())
	defer s.Close()
	random := rand.NewChaCha8([32]byte{1})
	for _, size := range []int{0, 1, sealedChunk - 1, sealedChunk, sealedChunk + 1, 2 * sealedChunk, 3*sealedChunk + 17} {
		content := make([]byte, size)
		random.Read(content)
		seal(t, s, "a.sealed", content)
		got, err := unsealed(s, "a.sealed")
		if err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes: %d come back, %v", size, len(got), err)
		}
		f, err := s.Sealed("a.sealed")
		wantNil(t, err)
		for range 50 {
			at := int64(rand.IntN(size + 1))
			piece := make([]byte, rand.IntN(2*sealedChunk))
			n, err := f.ReadAt(piece, at)
			if !bytes.Equal(piece[:n], content[at:at+int64(n)]) || n < len(piece) && !errors.Is(err, io.EOF) {
				t.Fatalf("%d bytes at %d of %d: %v", n, at, size, err)
			}
		}
		wantNil(t, f.Close())
	}
}

// TestSealedFilesTellHarm: a bit, a cut at any chunk, chunks that were swapped, another ledger's file.
func TestSealedFilesTellHarm(t *testing.T) {
	s := openAt(t, t.TempDir())
	defer s.Close()
	secret := bytes.Repeat([]byte("6222 0202 0001 2345 678 "), 10_000)
	seal(t, s, "a.sealed", secret)
	path := filepath.Join(s.dir, sealedFolder, "a.sealed")
	good := []byte(readFile(t, path))
	if bytes.Contains(good, secret[:24]) {
		t.Fatal("it is in clear")
	}
	whole := sealedChunk + sealBytes
	swapped := append(bytes.Clone(good[:sealedHead]), good[sealedHead+whole:sealedHead+2*whole]...)
	swapped = append(append(swapped, good[sealedHead:sealedHead+whole]...), good[sealedHead+2*whole:]...)
	harms := map[string][]byte{
		"empty": {}, "half a head": good[:10], "no chunk": good[:sealedHead], "cut at a chunk": good[:sealedHead+whole],
		"cut in a chunk": good[:sealedHead+whole+100], "swapped": swapped, "longer": append(bytes.Clone(good), 0),
	}
	for _, at := range []int{0, 9, sealedHead, sealedHead + whole - 1, len(good) - 1} {
		flipped := bytes.Clone(good)
		flipped[at] ^= 1
		harms[string(rune('a'+at%26))] = flipped
	}
	for name, content := range harms {
		wantNil(t, os.WriteFile(path, content, 0o600))
		if got, err := unsealed(s, "a.sealed"); !errors.Is(err, ErrSealBroken) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	other := openAt(t, t.TempDir())
	defer other.Close()
	wantNil(t, os.MkdirAll(filepath.Join(other.dir, sealedFolder), 0o700))
	wantNil(t, os.WriteFile(filepath.Join(other.dir, sealedFolder, "a.sealed"), good, 0o600))
	if _, err := unsealed(other, "a.sealed"); !errors.Is(err, ErrSealBroken) {
		t.Errorf("another ledger opens it: %v", err)
	}
}

// TestASealedFileIsThereWholeOrNot: what was not kept leaves nothing, and what was kept before stays.
func TestASealedFileIsThereWholeOrNot(t *testing.T) {
	s := openAt(t, t.TempDir())
	defer s.Close()
	seal(t, s, "a.sealed", []byte("first"))
	w, err := s.Seal("a.sealed")
	wantNil(t, err)
	_, err = w.Write([]byte("second"))
	wantNil(t, err)
	w.Drop()
	if got, err := unsealed(s, "a.sealed"); err != nil || string(got) != "first" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := s.Sealed("b.sealed"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	for _, name := range []string{"", "../x", "a/b", ".hidden", "a.new", `a\b`} {
		if _, err := s.Seal(name); err == nil {
			t.Errorf("%q is taken as a name", name)
		}
	}
}
