package disk

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strconv"
	"sync"
	"time"

	"guitai/ledger"
)

// A recording is lines of JSON on a tape: a RecordingHead, then rows of [milliseconds since the start, kind, text] in the order of time.
// Each begins with its kind's letter in mind of asciicast, of which it is no dialect: what a terminal is sent need not be text, so it
// stands in base64.
const (
	RowOut  = "o"    // bytes that the visitor was sent, in base64
	RowSize = "r"    // COLUMNSxROWS: the visitor's window from now on
	RowGap  = "gap"  // so many bytes are missing here: the disk was too slow
	RowFull = "full" // nothing more was recorded: the recording is as long as one may be
)

const (
	maxRecording = 16 << 20  // bytes of a recording
	recordQueue  = 512 << 10 // bytes that wait for the disk
	fullRow      = 64        // bytes that are kept free for the row that says so
	// maxTape bounds what is read of a tape: a chunk of a few bytes has more around it.
	maxTape = 4 * maxRecording
)

// RecordingHead is the first line of a recording.
type RecordingHead struct {
	Version int       `json:"version"`
	Visit   uint64    `json:"visit"`
	Person  string    `json:"person"`
	Role    string    `json:"role"`
	Term    string    `json:"term,omitempty"`
	Columns int       `json:"columns,omitempty"`
	Rows    int       `json:"rows,omitempty"`
	Start   time.Time `json:"start"`
	Command string    `json:"command,omitempty"` // its name; what was said after it is the visitor's, and is not kept
}

// Recorder records a visit. It never holds up the visitor: a goroutine of its own writes, and what the disk does not take in time is left
// out and noted. Its methods may be called from any goroutine.
type Recorder struct {
	began time.Time
	wake  chan struct{}
	ended chan struct{} // closed when nothing more is written
	tape  *tape         // of run
	sum   hash.Hash     // of run: over what the tape has taken

	mu         sync.Mutex
	queue      []byte // rows for the tape
	spare      []byte
	size       uint64 // bytes of all rows so far
	lost       uint64 // bytes of rows that were left out since the last one
	gap        bool   // a row was left out since the last one
	over       bool   // no row is taken any more
	stop       bool   // End was called
	err        error
	sent, keys uint64
	escape     int // how far into an escape sequence the visitor's keys are
}

// Record begins a recording of a visit. Where it cannot be begun, End tells why; what is sent and pressed is counted in any case.
func (s *Store) Record(head RecordingHead) *Recorder {
	tape, err := s.newTape(head.Visit)
	return newRecorder(tape, err, head)
}

func newRecorder(tape *tape, err error, head RecordingHead) *Recorder {
	r := &Recorder{began: time.Now(), wake: make(chan struct{}, 1), ended: make(chan struct{}), tape: tape, err: err, sum: sha256.New()}
	if err != nil {
		r.over = true
		close(r.ended)
		return r
	}
	head.Version, head.Start = 1, r.began.UTC()
	first, err := json.Marshal(head)
	if err != nil {
		panic(err) // texts and numbers
	}
	r.queue = append(first, '\n')
	r.size = uint64(len(r.queue))
	go r.run()
	r.poke()
	return r
}

// Writer gives a writer that records whatever w has taken.
func (r *Recorder) Writer(w io.Writer) io.Writer { return recordedWriter{r, w} }

type recordedWriter struct {
	r *Recorder
	w io.Writer
}

// Write implements io.Writer.
func (w recordedWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.r.shown(p[:max(n, 0)])
	return n, err
}

// Reader gives a reader that counts the keys that come through it.
func (r *Recorder) Reader(in io.Reader) io.Reader { return countedReader{r, in} }

type countedReader struct {
	r  *Recorder
	in io.Reader
}

// Read implements io.Reader.
func (c countedReader) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.r.pressed(p[:max(n, 0)])
	return n, err
}

// pressed counts keys: an escape sequence is one, and so is a character of several bytes.
func (r *Recorder) pressed(typed []byte) {
	const (
		none = iota
		escaped
		inCSI
		inSS3
	)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range typed {
		switch {
		case b == 0x1b:
			r.keys, r.escape = r.keys+1, escaped
		case r.escape == escaped && b == '[':
			r.escape = inCSI
		case r.escape == escaped && b == 'O':
			r.escape = inSS3
		case r.escape == inCSI && b < 0x40: // a parameter
		case r.escape != none:
			r.escape = none
		case b&0xc0 != 0x80:
			r.keys++
		}
	}
}

// shown takes what the visitor was sent.
func (r *Recorder) shown(p []byte) {
	if len(p) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent += uint64(len(p))
	if r.room(base64.StdEncoding.EncodedLen(len(p)), len(p)) {
		r.row(RowOut, func(row []byte) []byte { return base64.StdEncoding.AppendEncode(row, p) })
	}
}

// Resized notes another window.
func (r *Recorder) Resized(columns, rows int) {
	text := fmt.Sprintf("%dx%d", columns, rows)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.room(len(text), 0) {
		r.row(RowSize, func(row []byte) []byte { return append(row, text...) })
	}
}

// room reports whether there is room for a row with a text of so many bytes, and notes what is left out for want of it.
func (r *Recorder) room(text, shown int) bool {
	need := text + fullRow
	switch {
	case r.over:
		return false
	case r.size+uint64(need)+2*fullRow > maxRecording:
		r.noteGap()
		r.row(RowFull, func(row []byte) []byte { return row })
		r.over = true
		return false
	case len(r.queue) > 0 && len(r.queue)+need > recordQueue:
		r.lost, r.gap = r.lost+uint64(shown), true
		return false
	}
	r.noteGap()
	return true
}

// noteGap writes down what was left out.
func (r *Recorder) noteGap() {
	if r.gap {
		lost := r.lost
		r.lost, r.gap = 0, false
		r.row(RowGap, func(row []byte) []byte { return strconv.AppendUint(row, lost, 10) })
	}
}

// row adds a row, whose text needs no escapes.
func (r *Recorder) row(kind string, text func([]byte) []byte) {
	before := len(r.queue)
	r.queue = strconv.AppendInt(append(r.queue, '['), time.Since(r.began).Milliseconds(), 10)
	r.queue = append(append(append(r.queue, `,"`...), kind...), `","`...)
	r.queue = append(text(r.queue), `"]`+"\n"...)
	r.size += uint64(len(r.queue) - before)
	r.poke()
}

func (r *Recorder) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run writes what waits, until the end or the first fault.
func (r *Recorder) run() {
	defer close(r.ended)
	for range r.wake {
		r.mu.Lock()
		if r.stop && !r.over {
			r.noteGap()
		}
		batch, stop := r.queue, r.stop
		r.queue = r.spare[:0]
		r.mu.Unlock()
		_, err := r.tape.Write(batch)
		r.sum.Write(batch)
		r.spare = batch
		switch {
		case err != nil:
			_ = r.tape.file.Close() // what stands there can be read up to the fault
		case stop:
			err = r.tape.keep()
		default:
			continue
		}
		r.mu.Lock()
		r.over, r.err, r.queue, r.spare = true, err, nil, nil
		r.mu.Unlock()
		return
	}
}

// End ends the recording, makes it durable, and tells what the ledger keeps of the visit. With an error there is no hash, and what stands
// on the disk may be read up to the fault. It may be called again.
func (r *Recorder) End() (end ledger.VisitEnd, err error) {
	r.mu.Lock()
	r.stop = true
	r.mu.Unlock()
	r.poke()
	<-r.ended
	r.mu.Lock()
	defer r.mu.Unlock()
	end.Bytes, end.Keys = r.sent, r.keys
	if r.err == nil {
		end.Recording = ledger.Hash(r.sum.Sum(nil))
	}
	return end, r.err
}
