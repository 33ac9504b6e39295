package hardware

import (
	"bytes"
	"time"
	"unicode/utf8"
)

const (
	maxFrame = 512 // bytes; the longest payment code has 24 digits, the longest useful QR payload about 300
	// rejoin is how long after a silence the next bytes may still be the rest of what the silence cut in two. Nobody
	// presents two codes within 100 ms; a busy machine does stall that long.
	rejoin = 100 * time.Millisecond
	// garbledRun unreadable frames in a row, none further than garbledWithin from the next, say that the line settings
	// are wrong; one or two are a plug being pushed in.
	garbledRun    = 3
	garbledWithin = time.Minute

	soh = 0x01
	stx = 0x02
	etx = 0x03
	eot = 0x04
	gs  = 0x1D // FNC1 inside GS1 data: the one control byte that is content
)

// Framer cuts a byte stream into frames. It is pure: bytes and times go in, frames come out, and how the bytes were
// chunked makes no difference. A frame ends with CR, LF, TAB, ETX or EOT (so CRLF ends one frame and an empty one, and
// empty ones are dropped), or with silence. Where one terminator is named, it alone ends a frame: a code with a line break
// in it is unreadable then, and does not come out as two. STX begins a frame anew; STX SOH begins a scanner's answer to a
// command (Newland), which is dropped. Any other control byte but GS makes its frame unreadable, and unreadable frames are
// counted and never come out. What the scanner puts around the data is taken off.
type Framer struct {
	// Bad counts frames with control bytes in them; Dropped counts frames that were over-long or a no-read text.
	Bad, Dropped int

	idle    time.Duration
	ends    []byte // the terminators
	dress   dress
	opened  bool // the frame in hand began with STX
	buf     [maxFrame]byte
	n       int
	bad     bool      // a control byte was seen in the frame in hand
	over    bool      // the frame in hand is longer than buf
	suspect bool      // the frame in hand began within rejoin of a cut
	skip    bool      // the frame in hand was cut off by Cut: nothing of it may come out
	last    time.Time // when the latest byte arrived
	cut     time.Time // the last byte before the latest silence or Cut that ended a frame; zero after a whole frame

	garbled   int // unreadable frames since the last readable one
	garbledAt time.Time
}

// NewFramer returns a Framer that calls a line silent after idle, ends frames with any terminator, and takes AIM
// identifiers off.
func NewFramer(idle time.Duration) *Framer { return &Framer{idle: idle, ends: terminators["auto"]} }

// framer returns the Framer for the configured scanner.
func (c Config) framer() *Framer {
	f := NewFramer(c.idle())
	if ends, err := terminatorBytes(c.Terminator); err == nil {
		f.ends = ends
	}
	f.dress = dress{prefix: c.Prefix, suffix: c.Suffix, codeIDs: c.CodeIDs}
	return f
}

// Push takes bytes that arrived at the given time and returns the frames they complete.
func (f *Framer) Push(data []byte, at time.Time) []Frame {
	if f.skip && at.Sub(f.last) >= f.idle {
		f.reset()
	}
	var out []Frame
	for _, b := range data {
		if frame, ok := f.step(b, at); ok {
			out = append(out, frame)
		}
	}
	return out
}

// Idle ends an unterminated rest as a Gap frame if no byte has arrived for the idle time. Without a rest, or before
// that time, it does nothing.
func (f *Framer) Idle(now time.Time) (Frame, bool) {
	if !f.pending() || now.Sub(f.last) < f.idle {
		return Frame{}, false
	}
	return f.end(Gap)
}

// Due returns when Idle is owed if no byte comes before, and false while no frame has begun.
func (f *Framer) Due() (time.Time, bool) { return f.last.Add(f.idle), f.pending() }

func (f *Framer) pending() bool { return f.n > 0 || f.bad || f.over || f.skip }

// Cut forgets what has arrived. If a frame was being sent, its rest is dropped too, up to its terminator or a silence:
// the tail of an old code must not pass for a new one.
func (f *Framer) Cut(now time.Time) {
	cutting := f.pending() && now.Sub(f.last) < f.idle
	if f.pending() {
		f.cut = f.last
	}
	f.reset()
	f.skip = cutting
}

// Restart is Cut for a new connection: the rest of what was being sent can no longer come. Counts stay.
func (f *Framer) Restart() {
	f.reset()
	f.cut = time.Time{}
	f.garbled = 0
}

// Garbled reports whether the line looks misconfigured: wrong speed, wrong parity.
func (f *Framer) Garbled() bool { return f.garbled >= garbledRun }

func (f *Framer) step(b byte, at time.Time) (Frame, bool) {
	if !f.pending() {
		f.suspect = !f.cut.IsZero() && at.Sub(f.cut) < rejoin
	}
	switch {
	case bytes.IndexByte(f.ends, b) >= 0:
		return f.end(Terminated)
	case b == stx:
		f.reset()
		f.opened = true
		f.cut = time.Time{}
	case !f.pending() && bytes.IndexByte(terminators["auto"], b) >= 0: // the LF of a CR LF whose CR alone was named
	case b == soh && f.opened && f.n == 0:
		f.skip = true
		f.last = at
	case f.skip:
		f.last = at
	case b != gs && (b < 0x20 || b == 0x7F):
		f.bad = true
		f.last = at
	case f.n == maxFrame:
		f.over = true
		f.last = at
	default:
		f.buf[f.n] = b
		f.n++
		f.last = at
	}
	return Frame{}, false
}

// end closes the frame in hand, counts it, and returns it if it may come out.
func (f *Framer) end(how End) (Frame, bool) {
	defer f.reset()
	suspect := f.suspect && f.pending()
	f.cut = time.Time{}
	if how == Gap {
		f.cut = f.last
	}
	data := f.buf[:f.n]
	switch {
	case f.skip:
		return Frame{}, false
	case f.bad:
		f.Bad++
		f.markGarbled()
		return Frame{}, false
	case f.over:
		f.Dropped++
		return Frame{}, false
	case f.n == 0:
		return Frame{}, false
	}
	if misread(data, how) {
		f.markGarbled()
	} else {
		f.garbled = 0
	}
	data, aim := f.dress.undress(data)
	if len(data) == 0 || isNoRead(data) {
		f.Dropped++
		return Frame{}, false
	}
	if suspect {
		how = Gap
	}
	return Frame{Data: bytes.Clone(data), AIM: aim, At: f.last, End: how}, true
}

func (f *Framer) markGarbled() {
	if f.last.Sub(f.garbledAt) > garbledWithin {
		f.garbled = 0
	}
	f.garbled++
	f.garbledAt = f.last
}

// reset leaves nothing of the frame in hand behind, in memory neither.
func (f *Framer) reset() {
	clear(f.buf[:f.n])
	f.n, f.bad, f.over, f.suspect, f.skip, f.opened = 0, false, false, false, false, false
}

// misread recognises line noise that holds no control byte. A wrong parity setting sets bit 7 on about half the bytes
// and leaves digits underneath, or turns the terminator into data; a wrong speed gives bytes that are no text and no
// terminator. Terminated GBK text is neither.
func misread(data []byte, how End) bool {
	high, digits := 0, 0
	for _, b := range data {
		if b >= 0x80 {
			high++
		}
		if c := b & 0x7F; c >= '0' && c <= '9' {
			digits++
		}
	}
	if high == 0 {
		return false
	}
	return digits == len(data) || how == Gap && !utf8.Valid(data)
}
