package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash links the journal: SHA-256 over an event's stored bytes, which contain the hash of the event before.
type Hash [sha256.Size]byte

// String gives the first eight bytes in hex, enough to compare by eye.
func (h Hash) String() string { return hex.EncodeToString(h[:8]) }

// Head is the journal's end: how many events there are and the hash of the last.
type Head struct {
	Seq  uint64
	Hash Hash
}

func (h *Head) fields(c *codec) {
	number(c, 1, &h.Seq)
	c.fixed(2, h.Hash[:])
}

// HashOf is the hash of an event's stored bytes.
func HashOf(stored []byte) Hash { return sha256.Sum256(stored) }

// BadLink is the first place where a journal does not hold together.
type BadLink struct {
	Seq  uint64 // the sequence number expected there
	What string
}

func (b *BadLink) Error() string { return fmt.Sprintf("event %d: %s", b.Seq, b.What) }

// Verifier walks stored events in order and checks numbering, links and encoding. Its zero value starts at the first.
type Verifier struct{ head Head }

// Next checks one stored event and returns it decoded, or a *BadLink.
func (v *Verifier) Next(stored []byte) (Event, error) {
	expected := v.head.Seq + 1
	event, err := DecodeEvent(stored)
	switch {
	case err != nil:
		return Event{}, &BadLink{expected, err.Error()}
	case event.Seq != expected:
		return Event{}, &BadLink{expected, fmt.Sprintf("the record here calls itself event %d", event.Seq)}
	case event.Prev != v.head.Hash:
		return Event{}, &BadLink{expected, fmt.Sprintf("it follows %s, but the event before is %s", event.Prev, v.head.Hash)}
	}
	v.head = Head{Seq: event.Seq, Hash: HashOf(stored)}
	return event, nil
}

// Head is where the walk stands.
func (v *Verifier) Head() Head { return v.head }

// VerifierAt starts behind a known head.
func VerifierAt(head Head) Verifier { return Verifier{head} }

// Link checks a stored event's number and link like Next, without reading what it says.
func (v *Verifier) Link(stored []byte) error {
	expected := v.head.Seq + 1
	if len(stored) == 0 || len(stored) > maxEvent || stored[0] != formatVersion {
		return &BadLink{expected, "it is not an event"}
	}
	seq, prev, err := linkOf(stored[1:])
	switch {
	case err != nil:
		return &BadLink{expected, err.Error()}
	case seq != expected:
		return &BadLink{expected, fmt.Sprintf("the record here calls itself event %d", seq)}
	case prev != v.head.Hash:
		return &BadLink{expected, fmt.Sprintf("it follows %s, but the event before is %s", prev, v.head.Hash)}
	}
	v.head = Head{Seq: seq, Hash: HashOf(stored)}
	return nil
}

// linkOf reads the two fields of an envelope that make the chain, and passes over the rest. It is what a walk over millions of
// events spends its time in, and allocates nothing.
func linkOf(data []byte) (seq uint64, prev Hash, err error) {
	for len(data) > 0 {
		f, rest, err := nextField(data)
		if err != nil {
			return 0, prev, err
		}
		data = rest
		switch {
		case f.number == 1 && f.bytes == nil:
			seq = f.varint
		case f.number == 7 && len(f.bytes) == len(prev):
			prev = Hash(f.bytes)
		case f.number == 1 || f.number == 7:
			return 0, prev, fmt.Errorf("%w: field %d: wrong length or wire type", errEncoding, f.number)
		}
	}
	return seq, prev, nil
}
