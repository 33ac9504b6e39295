package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"guitai/ledger"
)

var aVisit = RecordingHead{Visit: 7, Person: "chen", Role: "support", Term: "xterm", Columns: 80, Rows: 24}

func recordings(t *testing.T, s *Store) *Recordings {
	t.Helper()
	r, err := OpenRecordings(s.dir)
	wantNil(t, err)
	return r
}

// shownIn is all that a recording says was shown.
func shownIn(r *Recording) string {
	var out strings.Builder
	for _, row := range r.Rows {
		if row.Kind == RowOut {
			out.Write(row.Data)
		}
	}
	return out.String()
}

func kindsIn(r *Recording) (kinds []string) {
	for _, row := range r.Rows {
		kinds = append(kinds, row.Kind)
	}
	return kinds
}

// TestARecording comes back as it was shown, whatever bytes those were, and is nobody else's to read.
func TestARecording(t *testing.T) {
	s := openAt(t, t.TempDir())
	defer s.Close()
	var screen bytes.Buffer
	r := s.Record(aVisit)
	out := r.Writer(&screen)
	big := bytes.Repeat([]byte("\x1b[31m柜台\x00\xff"), 20_000) // more than one chunk
	for _, piece := range [][]byte{[]byte("first "), big, []byte("last")} {
		n, err := out.Write(piece)
		if n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	r.Resized(120, 40)
	typed := "q\x1b[A\x1bOPä柜\x1b[1;5Cz" // q, up, F1, ä, 柜, right, z
	_, err := io.Copy(io.Discard, r.Reader(iotestOneByte{strings.NewReader(typed)}))
	wantNil(t, err)
	end, err := r.End()
	wantNil(t, err)
	if again, err := r.End(); again != end || err != nil {
		t.Errorf("a second End: %+v, %v", again, err)
	}
	if end.Keys != 7 || end.Bytes != uint64(screen.Len()) {
		t.Errorf("%d keys, %d of %d bytes", end.Keys, end.Bytes, screen.Len())
	}
	got, err := recordings(t, s).Recording(7)
	wantNil(t, err)
	if got.Cut || got.Hash != end.Recording || shownIn(got) != screen.String() || got.Head.Person != "chen" || got.Head.Columns != 80 {
		t.Errorf("%+v: %d bytes come back", got.Head, len(shownIn(got)))
	}
	if last := got.Rows[len(got.Rows)-1]; last.Kind != RowSize || string(last.Data) != "120x40" {
		t.Errorf("the last row is %q %q", last.Kind, last.Data)
	}
	info, err := os.Stat(tapePath(s.dir, 7))
	wantNil(t, err)
	folder, err := os.Stat(filepath.Dir(tapePath(s.dir, 7)))
	wantNil(t, err)
	if info.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700 {
		t.Errorf("others can read it: %v, %v", info.Mode(), folder.Mode())
	}
	for _, plain := range []string{"chen", "柜台", "first"} {
		if strings.Contains(readFile(t, tapePath(s.dir, 7)), plain) {
			t.Errorf("%q stands there in clear", plain)
		}
	}
	if _, err := recordings(t, s).Recording(8); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a visit without a recording: %v", err)
	}
	if end, err := s.Record(aVisit).End(); err == nil || end.Recording != (ledger.Hash{}) {
		t.Errorf("a recording is written over: %v", err)
	}
}

// iotestOneByte gives one byte at a time, as a slow line does.
type iotestOneByte struct{ in io.Reader }

func (o iotestOneByte) Read(p []byte) (int, error) { return o.in.Read(p[:min(len(p), 1)]) }

// TestARecordingIsThereUpToTheCut: whatever byte a crash cuts it at, what stands before the chunk comes back, and it says that it was cut;
// also where a power cut has left zeros behind that byte.
// With any bit turned, in another visit's place, or with something behind its end, nothing comes back.
func TestARecordingIsThereUpToTheCut(t *testing.T) {
	s := openAt(t, t.TempDir())
	defer s.Close()
	r := s.Record(aVisit)
	out := r.Writer(io.Discard)
	for range 5 {
		_, err := out.Write([]byte("row\n"))
		wantNil(t, err)
	}
	_, err := r.End()
	wantNil(t, err)
	path, look := tapePath(s.dir, 7), recordings(t, s)
	whole := []byte(readFile(t, path))
	before := 0
	for length := range len(whole) {
		wantNil(t, os.WriteFile(path, whole[:length], 0o600))
		got, err := look.Recording(7)
		if err != nil || !got.Cut {
			t.Fatalf("cut at %d of %d: %+v, %v", length, len(whole), got, err)
		}
		text := shownIn(got)
		if len(text) < before || !strings.HasPrefix(strings.Repeat("row\n", 5), text) {
			t.Fatalf("cut at %d: %q after %d bytes", length, text, before)
		}
		before = len(text)
		if len(bytes.TrimRight(whole, "\x00")) <= length {
			continue // what is cut off is zeros itself
		}
		wantNil(t, os.WriteFile(path, append(bytes.Clone(whole[:length]), make([]byte, 100)...), 0o600))
		if got, err := look.Recording(7); err != nil || !got.Cut || shownIn(got) != text {
			t.Fatalf("cut at %d and filled with zeros: %+v, %v", length, got, err)
		}
	}
	if before != 20 {
		t.Errorf("only %d bytes come back of what was cut at the very end", before)
	}
	harms := map[string][]byte{"something behind": append(bytes.Clone(whole), 1), "another file": []byte("guitaiS1 and what else there may be")}
	for at := range whole {
		harmed := bytes.Clone(whole)
		harmed[at] ^= 1
		wantNil(t, os.WriteFile(path, harmed, 0o600))
		if got, err := look.Recording(7); err == nil && !got.Cut { // a length that was turned may look as a cut, which the ledger tells apart
			t.Fatalf("a bit at %d of %d is turned, and nobody says so", at, len(whole))
		}
	}
	for name, content := range harms {
		wantNil(t, os.WriteFile(path, content, 0o600))
		if got, err := look.Recording(7); !errors.Is(err, ErrSealBroken) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	wantNil(t, os.WriteFile(tapePath(s.dir, 9), whole, 0o600))
	if _, err := look.Recording(9); !errors.Is(err, ErrSealBroken) {
		t.Errorf("another visit's recording: %v", err)
	}
}

// flaky is a file of a disk that is slow or full.
type flaky struct {
	mu sync.Mutex
	bytes.Buffer
	hold  chan struct{} // nil: it is quick
	wants chan struct{} // told of each write that waits
	room  int           // what fits; 0: everything
}

func (f *flaky) Write(p []byte) (int, error) {
	if f.hold != nil {
		select {
		case f.wants <- struct{}{}:
		default:
		}
		<-f.hold
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.room > 0 && f.Len()+len(p) > f.room {
		n, _ := f.Buffer.Write(p[:f.room-f.Len()])
		return n, syscall.ENOSPC
	}
	return f.Buffer.Write(p)
}

func (f *flaky) Sync() error  { return nil }
func (f *flaky) Close() error { return nil }

// onto records onto a file, and gives what puts it into its place.
func onto(t *testing.T, s *Store, file *flaky) (*Recorder, func() *Recording) {
	t.Helper()
	wantNil(t, os.MkdirAll(filepath.Join(s.dir, tapeFolder), 0o700))
	hold := file.hold
	file.hold = nil // its head is written
	tape, err := startTape(s.dir, file, &s.keys, filepath.Base(tapePath(s.dir, 7)))
	wantNil(t, err)
	file.hold = hold
	return newRecorder(tape, nil, aVisit), func() *Recording {
		t.Helper()
		wantNil(t, os.WriteFile(tapePath(s.dir, 7), file.Bytes(), 0o600))
		got, err := recordings(t, s).Recording(7)
		wantNil(t, err)
		return got
	}
}

// TestASlowDiskHoldsNobody: while the disk takes nothing the visitor's bytes go on, and what is missing is noted, to the byte.
func TestASlowDiskHoldsNobody(t *testing.T) {
	s := openAt(t, t.TempDir())
	defer s.Close()
	file := &flaky{hold: make(chan struct{}), wants: make(chan struct{}, 1)}
	r, read := onto(t, s, file)
	<-file.wants // the disk stands still now
	var screen bytes.Buffer
	out := r.Writer(&screen)
	for range 3000 {
		_, err := out.Write(bytes.Repeat([]byte("x"), 1000))
		wantNil(t, err)
	}
	if screen.Len() != 3_000_000 {
		t.Fatalf("the visitor was sent %d bytes", screen.Len())
	}
	r.mu.Lock()
	waits := len(r.queue)
	r.mu.Unlock()
	if waits > recordQueue {
		t.Errorf("%d bytes wait for the disk", waits)
	}
	close(file.hold)
	end, err := r.End()
	wantNil(t, err)
	got := read()
	lost := 0
	for _, row := range got.Rows {
		if row.Kind == RowGap {
			for _, c := range row.Data {
				lost = lost*10 + int(c-'0')
			}
		}
	}
	if lost == 0 || len(shownIn(got))+lost != 3_000_000 || end.Bytes != 3_000_000 || got.Hash != end.Recording || got.Cut {
		t.Errorf("%d bytes recorded and %d noted as missing, of %d", len(shownIn(got)), lost, end.Bytes)
	}
}

// TestAFullDisk: End tells, there is no hash, and what was written before can be read.
func TestAFullDisk(t *testing.T) {
	s := openAt(t, t.TempDir())
	defer s.Close()
	file := &flaky{room: 2000}
	r, read := onto(t, s, file)
	out := r.Writer(io.Discard)
	for range 100 {
		_, err := out.Write([]byte(strings.Repeat("y", 100)))
		wantNil(t, err) // it is no matter of the visitor's
	}
	end, err := r.End()
	if !errors.Is(err, syscall.ENOSPC) || end.Recording != (ledger.Hash{}) || end.Bytes != 10_000 {
		t.Fatalf("%+v, %v", end, err)
	}
	if got := read(); !got.Cut || strings.Trim(shownIn(got), "y") != "" {
		t.Errorf("%q comes back", shownIn(got))
	}
}

// TestARecordingHasAnEnd: it says that it is full, and no more is written.
func TestARecordingHasAnEnd(t *testing.T) {
	s := openAt(t, t.TempDir())
	defer s.Close()
	r := s.Record(aVisit)
	out := r.Writer(io.Discard)
	piece := bytes.Repeat([]byte("z"), 1<<20)
	for range 20 {
		_, err := out.Write(piece)
		wantNil(t, err)
		for waits := 1; waits > 0; time.Sleep(time.Millisecond) { // a visitor who does not outrun the disk
			r.mu.Lock()
			waits = len(r.queue)
			r.mu.Unlock()
		}
	}
	end, err := r.End()
	wantNil(t, err)
	got, err := recordings(t, s).Recording(7)
	wantNil(t, err)
	kinds := kindsIn(got)
	if got.Cut || got.Hash != end.Recording || kinds[len(kinds)-1] != RowFull || end.Bytes != 20<<20 {
		t.Errorf("%d rows, the last is %q; %d bytes", len(kinds), kinds[len(kinds)-1], end.Bytes)
	}
	if info, err := os.Stat(tapePath(s.dir, 7)); err != nil || info.Size() > maxRecording+maxRecording/100 {
		t.Errorf("it takes %d bytes, %v", info.Size(), err)
	}
}

// TestRecordingsGiveWay: nothing is recorded any more long before the till takes no new sale.
func TestRecordingsGiveWay(t *testing.T) {
	for _, total := range []uint64{256 << 20, 1 << 30, 16 << 30, 1 << 40} {
		r := roomOn(total)
		if r.forTapes(r.low-1) || !r.forTapes(r.low) || r.low-r.full < maxRecording {
			t.Errorf("%d MiB: %+v", total>>20, r)
		}
	}
}

// TestTheFolderOfRecordingsHasAnEnd: of ten thousand visits the oldest recordings go, never one of the last thirty days; where those fill
// the folder nothing more is recorded, and what is recorded stays.
func TestTheFolderOfRecordingsHasAnEnd(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	put := func(visit int, age time.Duration) {
		path := filepath.Join(folder, strconv.Itoa(visit)+tapeSuffix)
		wantNil(t, os.WriteFile(path, []byte(tapeMagic), 0o600))
		wantNil(t, os.Chtimes(path, now.Add(-age), now.Add(-age)))
	}
	left := func() []string {
		t.Helper()
		entries, err := os.ReadDir(folder)
		wantNil(t, err)
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return names
	}
	for visit := range 10_000 {
		put(visit, TapesKept+time.Hour-time.Duration(visit)*time.Second) // the last 6,400 are young
	}
	wantNil(t, thinTapes(folder, 10_000*tapeLeast, now))
	if got := len(left()); got != 10_000 {
		t.Fatalf("%d are left, and there was room for all", got)
	}
	wantNil(t, thinTapes(folder, 9_000*tapeLeast, now))
	names := left()
	if len(names) != 9_000 || slices.Contains(names, "999.visit") || !slices.Contains(names, "1000.visit") {
		t.Fatalf("%d are left, not the newest 9,000", len(names))
	}
	for range 2 {
		if err := thinTapes(folder, 5_000*tapeLeast, now); !errors.Is(err, errTapesFull) {
			t.Fatalf("young ones fill it: %v", err)
		}
		if names = left(); len(names) != 6_400 || !slices.Contains(names, "3600.visit") {
			t.Fatalf("%d are left", len(names))
		}
	}
}

// TestAFullFolderOfRecordings: a visit goes on without one, and its end tells why.
func TestAFullFolderOfRecordings(t *testing.T) {
	s := openAt(t, t.TempDir())
	defer s.Close()
	wantNil(t, os.Mkdir(filepath.Join(s.dir, tapeFolder), 0o700))
	big, err := os.Create(tapePath(s.dir, 1))
	wantNil(t, err)
	wantNil(t, errors.Join(big.Truncate(tapesMost+1), big.Close())) // a hole: it takes no room
	r := s.Record(aVisit)
	_, err = r.Writer(io.Discard).Write([]byte("shown"))
	wantNil(t, err)
	if end, err := r.End(); !errors.Is(err, errTapesFull) || end.Bytes != 5 || end.Recording != (ledger.Hash{}) {
		t.Errorf("%+v, %v", end, err)
	}
	long := time.Now().Add(-TapesKept - time.Hour)
	wantNil(t, os.Chtimes(tapePath(s.dir, 1), long, long))
	_, err = s.Record(aVisit).End()
	wantNil(t, err)
}

// TestAPassphraseIsTypedOnce for all that is read beside an open till.
func TestAPassphraseIsTypedOnce(t *testing.T) {
	dir, pen := fill(t, 1)
	asked(t, "correct horse")
	wantNil(t, Rekey(dir, Master{Passphrase: []byte("correct horse")}))
	times := 0
	AskPassphrase = func(bool) ([]byte, error) { times++; return []byte("correct horse"), nil }
	look, err := OpenRecordings(dir)
	wantNil(t, err)
	found, err := look.Journal(func(ledger.Head, []byte) error { return nil })
	if err != nil || found.Head != pen.State.Head || times != 1 {
		t.Errorf("%+v, %v, asked %d times", found, err, times)
	}
	if _, err := look.Recording(7); !errors.Is(err, fs.ErrNotExist) || times != 1 {
		t.Errorf("%v, asked %d times", err, times)
	}
}
