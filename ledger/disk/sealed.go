package disk

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A sealed file is something of the outside that the till keeps and nobody else is to read: a channel's statement, which names customers.
// It is written once, never in clear, and can be read at any place.
//
//	magic 8   salt 16   chunk 0   chunk 1   …   chunk n
//
// A chunk is 64 KiB of the file, and 16 bytes that authenticate it, under a key of this file alone (HKDF of the data key and the salt).
// Its nonce is its number and whether it is the last: one that is changed, moved, missing or cut off does not open.
const (
	sealedFolder = "statements"
	sealedMagic  = "guitaiS1"
	sealedHead   = len(sealedMagic) + 16
	sealedChunk  = 64 << 10
)

// ErrSealBroken: a sealed file is not what this ledger has written.
var ErrSealBroken = errors.New("a sealed file does not open: it was changed, cut off, or is another ledger's")

// SealedWriter writes a sealed file. It is there when Keep has returned nil, and not before.
type SealedWriter struct {
	path   string
	file   *os.File
	aead   cipher.AEAD
	head   []byte
	buffer []byte
	number uint64
}

// Seal begins a sealed file of the data folder. Its name has no folder.
func (s *Store) Seal(name string) (*SealedWriter, error) {
	path, err := sealedPath(s.dir, name)
	if err != nil {
		return nil, err
	}
	if !roomFor(s.dir) {
		return nil, fmt.Errorf("sealing %s: the disk is nearly full", name)
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("the folder of statements: %w", err)
	}
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("sealing %s: %w", name, err)
	}
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sealing %s: %w", name, err)
	}
	head := append([]byte(sealedMagic), make([]byte, 16)...)
	rand.Read(head[len(sealedMagic):])
	w := &SealedWriter{path: path, file: file, head: head, aead: s.keys.sealed(head, name), buffer: make([]byte, 0, sealedChunk+1)}
	if _, err := file.Write(head); err != nil {
		w.Drop()
		return nil, fmt.Errorf("sealing %s: %w", name, err)
	}
	return w, nil
}

func sealedPath(dir, name string) (string, error) {
	if name == "" || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".new") {
		return "", fmt.Errorf("%q cannot be a sealed file's name", name)
	}
	return filepath.Join(dir, sealedFolder, name), nil
}

// sealed is what opens one sealed file under its own name: another one in its place does not open.
func (k *folderKeys) sealed(head []byte, name string) cipher.AEAD {
	return newSealer(k.data.derive(head[len(sealedMagic):], "guitai sealed file "+name))
}

// chunkNonce is the chunk's number and whether it is the last.
func chunkNonce(number uint64, last bool) []byte {
	nonce := binary.BigEndian.AppendUint64(make([]byte, 3, 12), number)
	if last {
		return append(nonce, 1)
	}
	return append(nonce, 0)
}

// Write implements io.Writer.
func (w *SealedWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if len(w.buffer) == sealedChunk { // only now is it known that it is not the last
			if err := w.chunk(false); err != nil {
				return len(p) - len(rest), err
			}
		}
		n := min(sealedChunk-len(w.buffer), len(rest))
		w.buffer, rest = append(w.buffer, rest[:n]...), rest[n:]
	}
	return len(p), nil
}

func (w *SealedWriter) chunk(last bool) error {
	_, err := w.file.Write(w.aead.Seal(nil, chunkNonce(w.number, last), w.buffer, w.head))
	w.buffer, w.number = w.buffer[:0], w.number+1
	return err
}

// Keep makes the file durable under its name.
func (w *SealedWriter) Keep() error {
	err := w.chunk(true)
	if err == nil {
		err = w.file.Sync()
	}
	if err = errors.Join(err, w.file.Close()); err == nil {
		err = os.Rename(w.path+".new", w.path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(w.path))
	}
	if err != nil {
		_ = os.Remove(w.path + ".new")
		return fmt.Errorf("keeping a sealed file: %w", err)
	}
	return nil
}

// Drop forgets what was written. After Keep it does nothing.
func (w *SealedWriter) Drop() {
	if w.file.Close() == nil {
		_ = os.Remove(w.path + ".new")
	}
}

// SealedFile is a sealed file that can be read at any place. One goroutine reads at a time.
type SealedFile struct {
	file   *os.File
	aead   cipher.AEAD
	head   []byte
	size   int64 // of what is sealed
	chunks uint64
	at     uint64 // the chunk in plain
	plain  []byte
	sealed []byte
}

// Sealed opens a sealed file of the data folder. It fails with ErrSealBroken, or as fs.ErrNotExist.
func (s *Store) Sealed(name string) (*SealedFile, error) {
	path, err := sealedPath(s.dir, name)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a sealed file: %w", err)
	}
	f, err := s.keys.openSealed(file, name)
	if err != nil {
		file.Close()
		return nil, err
	}
	return f, nil
}

func (k *folderKeys) openSealed(file *os.File, name string) (*SealedFile, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening a sealed file: %w", err)
	}
	head := make([]byte, sealedHead)
	if _, err := io.ReadFull(file, head); err != nil || !bytes.HasPrefix(head, []byte(sealedMagic)) {
		return nil, ErrSealBroken
	}
	body := info.Size() - int64(sealedHead)
	chunks := (body + sealedChunk + sealBytes - 1) / (sealedChunk + sealBytes)
	if chunks == 0 || body < chunks*sealBytes {
		return nil, ErrSealBroken
	}
	f := &SealedFile{file: file, head: head, aead: k.sealed(head, name), size: body - chunks*sealBytes, chunks: uint64(chunks), at: uint64(chunks)}
	return f, f.load(f.chunks - 1) // the end: one that was cut off is found at once
}

// load brings a chunk into memory.
func (f *SealedFile) load(number uint64) error {
	if number == f.at {
		return nil
	}
	if f.sealed == nil {
		f.sealed = make([]byte, sealedChunk+sealBytes)
	}
	offset := int64(sealedHead) + int64(number)*(sealedChunk+sealBytes)
	n, err := f.file.ReadAt(f.sealed, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading a sealed file: %w", err)
	}
	f.at = f.chunks // none, should it not open
	plain, err := f.aead.Open(f.plain[:0], chunkNonce(number, number == f.chunks-1), f.sealed[:n], f.head)
	if err != nil {
		return ErrSealBroken
	}
	f.plain, f.at = plain, number
	return nil
}

// Size is the length of what is sealed.
func (f *SealedFile) Size() int64 { return f.size }

// ReadAt implements io.ReaderAt.
func (f *SealedFile) ReadAt(p []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, errors.New("a place before a file's beginning")
	}
	for n < len(p) {
		at := offset + int64(n)
		if at >= f.size {
			return n, io.EOF
		}
		if err := f.load(uint64(at / sealedChunk)); err != nil {
			return n, err
		}
		n += copy(p[n:], f.plain[at%sealedChunk:])
	}
	return n, nil
}

// Close closes the file.
func (f *SealedFile) Close() error { return f.file.Close() }
