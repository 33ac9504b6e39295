package hardware

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"
)

// sounds are what one family of scanners is sent for a good and a bad code, as its makers' manuals give it.
type sounds struct {
	good, bad []byte
	// answer is what the scanner says to each of them, in the middle of what it scans; nil: nothing.
	answer []byte
	// waits tells that the scanner is deaf until it has heard one of them, for 10 s at most: a reading that the till
	// passes over has to be answered too.
	waits bool
}

// profiles: Datalogic Magellan and QD: B is the good-read beep, F "not on file"; the Magellan 800i stops reading after F
// until E. SSI (Zebra, Symbol): BEEP with code 0 (one short high) and 6 (two short low), behind the wake-up that a host
// without RTS/CTS owes; the decoder acknowledges. Honeywell Host ACK: 7 is the good-read beep, 8 the razz, each with its comma.
// CipherLab 166x: one beep, or three.
var profiles = map[string]sounds{
	"":          {},
	"datalogic": {good: []byte("B"), bad: []byte("FE")},
	"ssi":       {good: ssiBeep(0), bad: ssiBeep(6), answer: ssi(0xD0, 0x00)},
	"honeywell": {good: []byte("\x1B7,"), bad: []byte("\x1B8,\x1B8,"), waits: true},
	"cipherlab": {good: []byte("#@////\r"), bad: bytes.Repeat([]byte("#@////\r"), 3)},
}

func (c Config) checkBeeps() error {
	if _, ok := profiles[c.Beeps]; !ok {
		return fmt.Errorf("beeps = %q: allowed are %q", c.Beeps, slices.Sorted(maps.Keys(profiles)))
	}
	return nil
}

func ssiBeep(code byte) []byte { return append([]byte{0x00}, ssi(0xE6, 0x04, code)...) }

// ssi writes a packet of the Simple Serial Interface: length without checksum, opcode, source (4 is the host), status, data,
// and the two's complement of the sum of all of it in 16 bits. An answer of the decoder has the source 0.
func ssi(opcode, source byte, data ...byte) []byte {
	packet := append([]byte{byte(4 + len(data)), opcode, source, 0}, data...)
	var sum uint16
	for _, b := range packet {
		sum -= uint16(b)
	}
	return append(packet, byte(sum>>8), byte(sum))
}

// Good has the scanner sound that its code was taken, and Bad that it was not, where the configuration names its family.
// They never wait: one sound at most is kept while the scanner is busy, and the newest wins. Nothing is sent to a scanner
// whose family is not named. A sound that cannot be sent is dropped: the till's own sound is the real signal.
func (s *Scanner) Good() { s.sound(s.beeps.good) }

// Bad is Good's opposite.
func (s *Scanner) Bad() { s.sound(s.beeps.bad) }

func (s *Scanner) sound(bytes []byte) {
	if len(bytes) == 0 {
		return
	}
	s.mu.Lock()
	s.toSound, s.lastSound = bytes, bytes
	s.mu.Unlock()
	nudge(s.beep)
}

// repeatSound answers a reading that is passed over, where the scanner would stay deaf without an answer.
func (s *Scanner) repeatSound() {
	if !s.beeps.waits {
		return
	}
	s.mu.Lock()
	last := s.lastSound
	s.mu.Unlock()
	if last == nil {
		last = s.beeps.bad
	}
	s.sound(last)
}

// sendSound writes the sound that is due. The port's write does not wait: a scanner that takes no bytes gets none.
func (s *Scanner) sendSound() {
	s.mu.Lock()
	due, p := s.toSound, s.port
	s.toSound = nil
	if due != nil && p != nil && s.beeps.answer != nil {
		s.answers.expect(s.beeps.answer, time.Now())
	}
	s.mu.Unlock()
	if due == nil || p == nil {
		return
	}
	_ = p.write(due) // stuck: no sound; a hang-up is for the reader to find
}

// answerWithin is how long a scanner may take to answer a command: SSI's response time-out is 2 s.
const answerWithin = 2 * time.Second

// answers takes a scanner's answers to commands out of what it scans. Without that, an SSI acknowledge (04 D0 00 00 FF 2C)
// would make the next code unreadable. It is pure. What may be the beginning of an answer is held back until it is known.
type answers struct {
	want  []byte
	owed  int // answers that may still come
	until time.Time
	held  int // bytes of want that were held back
}

func (a *answers) expect(want []byte, now time.Time) {
	a.want, a.until = want, now.Add(answerWithin)
	a.owed = min(a.owed+1, 4)
}

// strip returns the data without answers. The result may be longer than the data by what was held back.
func (a *answers) strip(data []byte, now time.Time) []byte {
	if a.owed > 0 && now.After(a.until) {
		data = append(a.release(), data...)
		a.owed = 0
	}
	if a.owed == 0 {
		return data
	}
	out := make([]byte, 0, len(data)+a.held)
	for i, b := range data {
		if a.owed == 0 {
			return append(out, data[i:]...)
		}
		if b != a.want[a.held] {
			out = append(out, a.release()...)
		}
		switch {
		case b != a.want[a.held]:
			out = append(out, b)
		default:
			a.held++
		}
		if a.held == len(a.want) {
			a.held = 0
			a.owed--
		}
	}
	return out
}

// release gives up what was held back: it was no answer.
func (a *answers) release() []byte {
	held := bytes.Clone(a.want[:a.held])
	a.held = 0
	return held
}
