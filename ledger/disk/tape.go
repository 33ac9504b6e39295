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
	"slices"
	"strconv"
	"strings"
	"time"
)

// A tape is a sealed file that grows: a recording of what a visitor was shown. What was written before a crash can be read, up to the cut.
//
//	magic 8   salt 16   chunk 0   chunk 1   …   chunk n
//
// A chunk is the length of its content in 4 bytes, whose highest bit marks the last one, the content, and 16 bytes that authenticate it
// under a key of this file and its name alone. Its nonce is as a sealed file's. A tape without a last chunk was cut off, by a crash or by
// somebody: which of the two, the ledger knows.
const (
	tapeFolder = "visits"
	tapeSuffix = ".visit"
	tapeMagic  = "guitaiV1"
	tapeLast   = 1 << 31
	tapeLook   = 256 << 10 // bytes after which the disk is asked how much room it has
)

// TapesKept is how long a recording is kept in any case. An older one goes when those behind it need its room.
const TapesKept = 30 * 24 * time.Hour

const (
	tapesMost = 1 << 30  // bytes of all recordings; an eighth of a disk that is smaller than eight times that
	tapeLeast = 64 << 10 // bytes that each counts for: there is an end to their number, too
)

var (
	errTapeRoom  = errors.New("room is scarce on the disk: nothing more is recorded")
	errTapesFull = errors.New("the recordings of the last 30 days fill their folder: nothing more is recorded")
)

// tapeFile is the part of a file that a tape needs.
type tapeFile interface {
	io.Writer
	Sync() error
	Close() error
}

// tape is being written.
type tape struct {
	dir    string // the data folder
	file   tapeFile
	aead   cipher.AEAD
	head   []byte
	number uint64
	since  int // bytes since the disk was asked
	out    []byte
}

func tapePath(dir string, visit uint64) string {
	return filepath.Join(dir, tapeFolder, strconv.FormatUint(visit, 10)+tapeSuffix)
}

// newTape begins a visit's tape, for the owner's eyes alone. One that is there already stays.
func (s *Store) newTape(visit uint64) (*tape, error) {
	most := uint64(tapesMost)
	if free, total, err := lookRoom(s.dir); err == nil { // a disk that cannot tell is not stopped for it
		if most = min(most, total/8); !roomOn(total).forTapes(free) {
			return nil, errTapeRoom
		}
	}
	path := tapePath(s.dir, visit)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("the folder of recordings: %w", err)
	}
	if err := thinTapes(filepath.Dir(path), most, time.Now()); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("beginning a recording: %w", err)
	}
	return startTape(s.dir, file, &s.keys, filepath.Base(path))
}

// thinTapes removes the oldest recordings of a folder until those that stay have at most so many bytes. No visitor can have a young one
// removed by coming again and again: where only those are left it fails with errTapesFull.
func thinTapes(folder string, most uint64, now time.Time) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("the folder of recordings: %w", err)
	}
	var sum uint64
	var old []fs.FileInfo
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // another visit has just removed it
		}
		sum += tapeBytes(info)
		if now.Sub(info.ModTime()) > TapesKept && strings.HasSuffix(info.Name(), tapeSuffix) {
			old = append(old, info)
		}
	}
	slices.SortFunc(old, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, info := range old {
		if sum <= most {
			break
		}
		if err := os.Remove(filepath.Join(folder, info.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing an old recording: %w", err)
		}
		sum -= tapeBytes(info)
	}
	if sum > most {
		return errTapesFull
	}
	return nil
}

func tapeBytes(info fs.FileInfo) uint64 { return max(uint64(info.Size()), tapeLeast) }

func startTape(dir string, file tapeFile, keys *folderKeys, name string) (*tape, error) {
	head := append([]byte(tapeMagic), make([]byte, 16)...)
	rand.Read(head[len(tapeMagic):])
	t := &tape{dir: dir, file: file, head: head, aead: keys.tape(head, name)}
	if _, err := file.Write(head); err != nil {
		return nil, errors.Join(fmt.Errorf("beginning a recording: %w", err), file.Close())
	}
	return t, nil
}

// tape is what opens one tape under its own name.
func (k *folderKeys) tape(head []byte, name string) cipher.AEAD {
	return newSealer(k.data.derive(head[len(tapeMagic):], "guitai recording "+name))
}

// Write implements io.Writer: what it has taken is with the system when it returns, and on the disk after keep.
func (t *tape) Write(p []byte) (int, error) {
	for at := 0; at < len(p); {
		if t.since >= tapeLook {
			t.since = 0
			if free, total, err := lookRoom(t.dir); err == nil && !roomOn(total).forTapes(free) {
				return at, errTapeRoom
			}
		}
		n := min(len(p)-at, sealedChunk)
		if err := t.chunk(p[at:at+n], false); err != nil {
			return at, err
		}
		at += n
	}
	return len(p), nil
}

func (t *tape) chunk(content []byte, last bool) error {
	length := uint32(len(content))
	if last {
		length |= tapeLast
	}
	t.out = binary.BigEndian.AppendUint32(t.out[:0], length)
	t.out = t.aead.Seal(t.out, chunkNonce(t.number, last), content, t.head)
	t.number, t.since = t.number+1, t.since+len(t.out)
	_, err := t.file.Write(t.out)
	return err
}

// keep ends the tape and makes it durable.
func (t *tape) keep() error {
	err := t.chunk(nil, true)
	if err == nil {
		err = t.file.Sync()
	}
	if err = errors.Join(err, t.file.Close()); err == nil {
		err = syncFolder(filepath.Join(t.dir, tapeFolder))
	}
	return err
}

// readTape gives all that a tape holds. cut: it has no end. It fails with ErrSealBroken, or as fs.ErrNotExist.
func (k *folderKeys) readTape(dir string, visit uint64) (content []byte, cut bool, err error) {
	path := tapePath(dir, visit)
	file, err := os.Open(path)
	if err != nil {
		return nil, false, fmt.Errorf("opening a recording: %w", err)
	}
	defer file.Close()
	sealed, err := io.ReadAll(io.LimitReader(file, maxTape+1))
	written := bytes.TrimRight(sealed, "\x00") // after a power cut a file's length may have reached the disk, and its content not
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("reading a recording: %w", err)
	case len(sealed) > maxTape:
		return nil, false, ErrSealBroken
	case len(written) < sealedHead && bytes.HasPrefix([]byte(tapeMagic), written[:min(len(written), len(tapeMagic))]):
		return nil, true, nil
	case len(sealed) < sealedHead || !bytes.HasPrefix(sealed, []byte(tapeMagic)):
		return nil, false, ErrSealBroken
	}
	head := sealed[:sealedHead]
	return playTape(k.tape(head, filepath.Base(path)), head, sealed[sealedHead:])
}

// playTape opens the chunks one after the other. What follows the last one, or does not open, is somebody else's; a chunk whose end, and
// all behind it, is zeros was cut off by a power cut.
func playTape(aead cipher.AEAD, head, rest []byte) (content []byte, cut bool, err error) {
	for number := uint64(0); ; number++ {
		if len(rest) < 4 {
			return content, true, nil
		}
		length := binary.BigEndian.Uint32(rest)
		last := length&tapeLast != 0
		size := 4 + int(length&^tapeLast) + sealBytes
		switch {
		case length == 0 && len(bytes.TrimRight(rest, "\x00")) == 0:
			return content, true, nil
		case size-4-sealBytes > sealedChunk:
			return content, false, ErrSealBroken
		case len(rest) < size:
			return content, true, nil
		}
		opened, err := aead.Open(content, chunkNonce(number, last), rest[4:size], head)
		switch {
		case err != nil && len(bytes.TrimRight(rest, "\x00")) < size:
			return content, true, nil
		case err != nil:
			return nil, false, ErrSealBroken
		}
		content = opened
		if rest = rest[size:]; last && len(rest) > 0 {
			return nil, false, ErrSealBroken
		}
		if last {
			return content, false, nil
		}
	}
}
