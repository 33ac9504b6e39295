package disk

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"guitai/ledger"
)

// journal is the durability point: a folder of segments, of which the last one is written. What append returned nil for
// survives a power cut. After any error of a write or a sync nothing more is written to that file, ever.
type journal struct {
	folder  string
	keys    *folderKeys
	log     *slog.Logger
	headers []segmentHeader // of all segments, in order; changed by opening and appending, under listing
	listing sync.Mutex      // for those who read meanwhile

	head ledger.Head // of what is durable
	seal cipher.AEAD // of the segment that is written
	file *os.File    // nil until the first append after an opening
	used int64       // bytes of it that are frames
	size int64       // bytes of it that are written, with zeros at least

	frame []byte // reused
}

const (
	journalFolder = "journal"
	segmentStep   = 1 << 20  // bytes by which a segment grows: one longer wait in some thousand payments
	segmentMax    = 16 << 20 // bytes after which the next one begins
)

func segmentName(number uint64) string { return fmt.Sprintf("%08d.seg", number) }

// segmentFiles lists the segments' files in order. A folder that is not there has none; one that cannot be read is an
// error, because an empty journal is written anew.
func segmentFiles(folder string) (found []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the journal's folder: %w", err)
	}
	for _, entry := range entries {
		if ok, _ := filepath.Match("????????.seg", entry.Name()); ok {
			found = append(found, filepath.Join(folder, entry.Name()))
		}
	}
	return found, nil
}

// wrappedInJournal gives the wrapped data keys of all segments, the newest first.
func wrappedInJournal(dir string) (all [][]byte) {
	files, _ := segmentFiles(filepath.Join(dir, journalFolder)) // without them the key is not found, which is said
	for _, path := range slices.Backward(files) {
		if b, err := readStart(path); err == nil && string(b[:8]) == segmentMagic {
			all = append(all, b[88:88+wrappedBytes])
		}
	}
	return all
}

func readStart(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b := make([]byte, headerBytes)
	n, err := file.ReadAt(b, 0)
	if n == headerBytes {
		err = nil
	}
	return b, errors.Join(err, file.Close())
}

// append makes records durable as one frame. If power fails before fdatasync has returned: the frame is there whole, or
// torn, or not at all. Torn means not there; nobody had been told. If it fails afterwards: it is there.
func (j *journal) append(first uint64, records [][]byte) error {
	if j.file == nil || j.used+frameBytes(records) > segmentMax {
		if err := j.next(); err != nil {
			return err
		}
	}
	j.frame = appendFrame(j.frame[:0], j.seal, first, records)
	if err := j.grow(int64(len(j.frame))); err != nil {
		return err
	}
	if _, err := j.file.WriteAt(j.frame, j.used); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	ledger.Failpoint("disk: frame written")
	if err := datasync(j.file); err != nil {
		return fmt.Errorf("syncing the journal: %w", err)
	}
	j.used += int64(len(j.frame))
	for _, record := range records {
		j.head = ledger.Head{Seq: j.head.Seq + 1, Hash: ledger.HashOf(record)}
	}
	return nil
}

// next begins a new segment: written beside its place, durable, and then named, so that a file of that name always has
// a header. The one before is cut to what is used.
func (j *journal) next() error {
	if err := j.closeSegment(); err != nil {
		return err
	}
	number := uint64(1)
	if n := len(j.headers); n > 0 {
		number = j.headers[n-1].Number + 1
	}
	header := newHeader(number, j.head, j.keys.wrapped)
	path := filepath.Join(j.folder, segmentName(number))
	content := append(header.encode(j.keys.data), make([]byte, segmentStep-headerBytes)...)
	err := writeWhole(path, content)
	ledger.Failpoint("disk: segment begun")
	if err == nil {
		err = syncFolder(j.folder)
	}
	if err == nil {
		j.file, err = os.OpenFile(path, os.O_RDWR, 0)
	}
	if err != nil {
		return fmt.Errorf("beginning a segment: %w", err)
	}
	j.listing.Lock()
	j.headers = append(j.headers, header)
	j.listing.Unlock()
	j.seal, j.used = header.sealer(j.keys.data), headerBytes
	j.size = segmentStep
	return nil
}

// listed gives the headers as they are now.
func (j *journal) listed() []segmentHeader {
	j.listing.Lock()
	defer j.listing.Unlock()
	return j.headers[:len(j.headers):len(j.headers)]
}

// grow makes room for n more bytes: zeros, written and synced, so that no commit has to change the file's length.
func (j *journal) grow(n int64) error {
	for j.used+n > j.size {
		if _, err := j.file.WriteAt(make([]byte, segmentStep), j.size); err != nil {
			return fmt.Errorf("making room in the journal: %w", err)
		}
		if err := j.file.Sync(); err != nil {
			return fmt.Errorf("making room in the journal: %w", err)
		}
		j.size += segmentStep
		ledger.Failpoint("disk: room made")
	}
	return nil
}

// closeSegment cuts the written segment to what is used. That is tidiness: zeros at its end mean nothing.
func (j *journal) closeSegment() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Truncate(j.used)
	ledger.Failpoint("disk: segment cut")
	if err == nil {
		err = j.file.Sync()
	}
	err = errors.Join(err, j.file.Close())
	j.file, j.seal = nil, nil
	if err != nil {
		return fmt.Errorf("closing a segment: %w", err)
	}
	return nil
}

// abandon leaves the written segment as it is, after an error.
func (j *journal) abandon() {
	if j.file != nil {
		_ = j.file.Close()
		j.file, j.seal = nil, nil
	}
}

// openJournal reads the headers and walks the last segment to the journal's end. A folder that is not there is an empty
// journal. A segment that does not hold together is a *badSegment.
func openJournal(dir string, keys *folderKeys, log *slog.Logger) (*journal, error) {
	j := &journal{folder: filepath.Join(dir, journalFolder), keys: keys, log: log}
	if err := os.MkdirAll(j.folder, 0o700); err != nil {
		return nil, fmt.Errorf("the journal's folder: %w", err)
	}
	if err := syncFolder(dir); err != nil {
		return nil, err
	}
	half, _ := filepath.Glob(filepath.Join(j.folder, "*.new"))
	for _, path := range half { // beginnings that power or a kill cut short; nothing was ever written to them
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("removing half a segment: %w", err)
		}
	}
	var err error
	if j.headers, err = readHeaders(j.folder, keys.data); err != nil {
		return nil, err
	}
	if n := len(j.headers); n > 0 {
		last := &j.headers[n-1]
		var used int64
		j.head, used, err = walkSegment(j.folder, last, keys.data, nil, func(ledger.Head, []byte) error { return nil })
		if err == nil {
			err = j.settle(last, used)
		}
	}
	return j, err
}

// settle makes the end of the journal that was found what the disk holds, too. After a kill, or a sync that failed, events
// can be readable that are in the machine's memory alone; were the next segment to follow them, a power cut would leave a
// hole. So what is used of a segment that was not closed is written once more, the same bytes at the same place, and the
// rest, torn or zeros, is cut off.
func (j *journal) settle(last *segmentHeader, used int64) error {
	path := filepath.Join(j.folder, segmentName(last.Number))
	info, err := os.Stat(path)
	if err != nil || info.Size() == used {
		return err
	}
	j.log.Info("the journal was not closed: its last segment is settled", "segment", last.Number, "bytes", used)
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(content[:used], 0)
	ledger.Failpoint("open: journal's end written again")
	if err == nil {
		err = file.Truncate(used)
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("settling the journal's end: %w", err)
	}
	return nil
}

// badSegment is a segment that is missing or does not hold together.
type badSegment struct {
	number uint64
	after  ledger.Head // what is good before the damage
	cause  error
}

func (b *badSegment) Error() string {
	return fmt.Sprintf("journal segment %s after event %d: %v", segmentName(b.number), b.after.Seq, b.cause)
}

func (b *badSegment) Unwrap() error { return b.cause }

// unknown tells a file whose content is not known from one that is missing or holds something wrong. Nothing may be put
// in its place unless the chain proves that it is the same.
func unknown(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && errno != syscall.ENOENT
}

// passing tells a file that may be read another time from one on a bad sector.
func passing(err error) bool { return unknown(err) && !errors.Is(err, syscall.EIO) }

// readHeaders reads and checks all headers: numbered without gaps, events without gaps. The first segment begins with
// the first event.
func readHeaders(folder string, data dataKey) (headers []segmentHeader, err error) {
	want, at := uint64(1), ledger.Head{}
	files, err := segmentFiles(folder)
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		if filepath.Base(path) != segmentName(want) {
			return headers, &badSegment{want, at, fs.ErrNotExist}
		}
		b, err := readStart(path)
		if passing(err) {
			return headers, fmt.Errorf("reading the journal: %w", err)
		}
		if err != nil {
			return headers, &badSegment{want, at, err}
		}
		h, err := decodeHeader(b, data)
		switch {
		case err != nil:
			return headers, &badSegment{want, at, err}
		case h.Number != want || h.First <= at.Seq && want > 1, want == 1 && h.First != 1:
			return headers, &badSegment{want, at, fmt.Errorf("it calls itself segment %d with event %d", h.Number, h.First)}
		}
		headers = append(headers, h)
		want, at = want+1, ledger.Head{Seq: h.First - 1, Hash: h.Prev}
	}
	return headers, nil
}

// walkSegment gives a segment's events, checks their numbers and links, and returns where they end, as an event and in
// bytes. until is the header of the next segment: the events must lead up to it, and what stands behind them is an end
// that was abandoned. Without one they go on to the segment's end.
func walkSegment(folder string, h *segmentHeader, data dataKey, until *segmentHeader, each func(at ledger.Head, stored []byte) error) (ledger.Head, int64, error) {
	at := ledger.Head{Seq: h.First - 1, Hash: h.Prev}
	content, err := os.ReadFile(filepath.Join(folder, segmentName(h.Number)))
	if passing(err) {
		return at, 0, fmt.Errorf("reading the journal: %w", err)
	}
	if err == nil && len(content) < headerBytes {
		err = errNotASegment
	}
	if err != nil {
		return at, 0, &badSegment{h.Number, at, err}
	}
	w := segmentWalk{h: h, until: until, seal: h.sealer(data), chain: ledger.VerifierAt(at), rest: content[headerBytes:]}
	err = w.run(each)
	return w.chain.Head(), int64(len(content) - len(w.rest)), err
}

// segmentWalk is the walk through one segment.
type segmentWalk struct {
	h, until *segmentHeader
	seal     cipher.AEAD
	chain    ledger.Verifier
	rest     []byte // not walked yet
	buffer   []byte
}

func (w *segmentWalk) run(each func(at ledger.Head, stored []byte) error) error {
	for w.until == nil || w.chain.Head().Seq+1 < w.until.First {
		body, count, size, err := frameAt(w.rest, w.seal, w.chain.Head().Seq+1, w.buffer)
		if size == 0 {
			return w.end(err)
		}
		w.buffer = body
		err = eachRecord(body, count, func(stored []byte) error {
			if err := w.chain.Link(stored); err != nil {
				return w.bad(err)
			}
			return each(w.chain.Head(), stored)
		})
		if err != nil {
			return err
		}
		w.rest = w.rest[size:]
	}
	if end := w.chain.Head(); end.Seq+1 != w.until.First || end.Hash != w.until.Prev {
		return w.bad(errors.New("the next segment follows another event"))
	}
	return nil
}

func (w *segmentWalk) bad(cause error) error { return &badSegment{w.h.Number, w.chain.Head(), cause} }

// end tells an end from damage.
func (w *segmentWalk) end(err error) error {
	next := w.chain.Head().Seq + 1
	switch {
	case w.until != nil:
		return w.bad(errors.Join(fmt.Errorf("events %d to %d are missing", next, w.until.First-1), err))
	case frameBehind(w.rest, w.seal, next):
		return w.bad(fmt.Errorf("event %d is damaged: later ones stand behind it", next))
	}
	return nil
}

// read gives the events from a sequence number on, from the segments alone.
func (j *journal) read(from uint64, each func(at ledger.Head, stored []byte) error) error {
	for i := range j.headers {
		var until *segmentHeader
		if i+1 < len(j.headers) {
			until = &j.headers[i+1]
			if until.First <= from {
				continue
			}
		}
		_, _, err := walkSegment(j.folder, &j.headers[i], j.keys.data, until, func(at ledger.Head, stored []byte) error {
			if at.Seq < from {
				return nil
			}
			return each(at, stored)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
