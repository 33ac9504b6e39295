package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"
)

// Each business day is sealed: the last word on it is the root of a Merkle tree over the hashes of its events (RFC 6962
// section 2.1, with an event's hash as the leaf's data). The seal is the first event after the day and stands in the next
// day's tree, so the trees are a chain, too. Every event is in exactly one.

// Seal is the tree of one business day.
type Seal struct {
	Day         Day
	First, Last uint64 // sequence numbers
	Root        Hash
}

func (s *Seal) fields(c *codec) {
	number(c, 1, &s.Day)
	number(c, 2, &s.First)
	number(c, 3, &s.Last)
	c.fixed(4, s.Root[:])
}

// tree is a Merkle tree that only grows: the roots of its full subtrees, the largest first. Their sizes are the bits of the
// number of leaves.
type tree struct {
	first  uint64 // sequence number of the first leaf
	leaves uint64
	peaks  []Hash
}

func leafOf(event Hash) Hash { return sha256.Sum256(append([]byte{0}, event[:]...)) }

func nodeOf(left, right Hash) Hash {
	var node [1 + 2*sha256.Size]byte
	node[0] = 1
	copy(node[1:], left[:])
	copy(node[1+sha256.Size:], right[:])
	return sha256.Sum256(node[:])
}

// add takes the next event's hash. It changes no peaks that a copy of the tree holds.
func (t *tree) add(seq uint64, event Hash) {
	if t.leaves == 0 {
		t.first = seq
	}
	full := bits.TrailingZeros64(^t.leaves) // subtrees that the new leaf completes
	node, keep := leafOf(event), len(t.peaks)-full
	for i := range full {
		node = nodeOf(t.peaks[len(t.peaks)-1-i], node)
	}
	t.peaks = append(t.peaks[:keep:keep], node)
	t.leaves++
}

// onlySeal reports whether the day has no event but the seal of the one before, which every tree after the first begins with.
func (t *tree) onlySeal() bool { return t.leaves == 1 && t.first > 1 }

// root is the tree's head; of no leaves, the hash of nothing.
func (t *tree) root() Hash {
	if len(t.peaks) == 0 {
		return sha256.Sum256(nil)
	}
	node := t.peaks[len(t.peaks)-1]
	for i := len(t.peaks) - 2; i >= 0; i-- {
		node = nodeOf(t.peaks[i], node)
	}
	return node
}

// rootOf and pathOf are the definitions of RFC 6962 section 2.1 and 2.1.1.
func rootOf(events []Hash) Hash {
	switch len(events) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leafOf(events[0])
	}
	k := splitAt(len(events))
	return nodeOf(rootOf(events[:k]), rootOf(events[k:]))
}

func pathOf(events []Hash, index int) []Hash {
	if len(events) < 2 {
		return nil
	}
	k := splitAt(len(events))
	if index < k {
		return append(pathOf(events[:k], index), rootOf(events[k:]))
	}
	return append(pathOf(events[k:], index-k), rootOf(events[:k]))
}

// splitAt is the largest power of two below n.
func splitAt(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// rootFrom computes the root that a path leads to.
func rootFrom(event Hash, index, leaves uint64, path []Hash) (Hash, error) {
	if index >= leaves || leaves > 1<<32 {
		return Hash{}, errors.New("no such leaf")
	}
	sides, last := []bool{}, leaves-1 // true: the sibling is on the left; from the leaf up
	for ; last > 0; index, last = index/2, last/2 {
		switch {
		case index%2 == 1:
			sides = append(sides, true)
		case index < last:
			sides = append(sides, false)
		}
	}
	if len(sides) != len(path) {
		return Hash{}, fmt.Errorf("a path of %d hashes where there must be %d", len(path), len(sides))
	}
	node := leafOf(event)
	for i, left := range sides {
		if left {
			node = nodeOf(path[i], node)
		} else {
			node = nodeOf(node, path[i])
		}
	}
	return node, nil
}

// Proof shows one event to somebody who has nothing but the till's public key: the event, its way up the tree of its day,
// and the day's seal with its signature.
type Proof struct {
	Stored    []byte // the event's stored bytes
	Seal      Seal
	Path      []Hash
	Signature []byte // Ed25519 over Seal.Signed
}

// Signed is what the signature of a seal is over.
func (s *Seal) Signed() []byte { return append([]byte("guitai day seal 1\n"), encode(s)...) }

// Prove makes the proof of an event of a sealed day. events are the hashes of the day's events, from Seal.First on.
func Prove(seal Seal, events []Hash, stored []byte) (Proof, error) {
	event, err := DecodeEvent(stored)
	switch {
	case err != nil:
		return Proof{}, err
	case event.Seq < seal.First || event.Seq > seal.Last || uint64(len(events)) != seal.Last-seal.First+1:
		return Proof{}, fmt.Errorf("event %d is not in the seal of %s", event.Seq, seal.Day)
	case rootOf(events) != seal.Root:
		return Proof{}, fmt.Errorf("the events of %s do not make its seal's root", seal.Day)
	}
	return Proof{Stored: stored, Seal: seal, Path: pathOf(events, int(event.Seq-seal.First))}, nil
}

// Check verifies a proof, given what verifies a signature of the till, and gives the event it proves.
func (p *Proof) Check(verify func(message, signature []byte) bool) (Event, error) {
	if !verify(p.Seal.Signed(), p.Signature) {
		return Event{}, errors.New("the day's seal is not signed with this key")
	}
	event, err := DecodeEvent(p.Stored)
	if err != nil {
		return Event{}, err
	}
	root, err := rootFrom(HashOf(p.Stored), event.Seq-p.Seal.First, p.Seal.Last-p.Seal.First+1, p.Path)
	if err != nil {
		return Event{}, err
	}
	if root != p.Seal.Root {
		return Event{}, fmt.Errorf("event %d is not what was sealed", event.Seq)
	}
	return event, nil
}

// Encode gives a proof's bytes.
func (p *Proof) Encode() []byte { return encode(p) }

// DecodeProof reads a proof.
func DecodeProof(data []byte) (p Proof, err error) {
	if len(data) > 1<<16 {
		return p, errEncoding
	}
	return p, decode(data, &p)
}

func (p *Proof) fields(c *codec) {
	c.blob(1, p.Stored, func(b []byte) { p.Stored = b })
	c.nested(2, &p.Seal, true)
	path := make([]byte, 0, len(p.Path)*sha256.Size)
	for i := range p.Path {
		path = append(path, p.Path[i][:]...)
	}
	c.blob(3, path, func(b []byte) {
		if len(b)%sha256.Size != 0 {
			c.fail(3, "wrong length")
			return
		}
		for ; len(b) > 0; b = b[sha256.Size:] {
			p.Path = append(p.Path, Hash(b))
		}
	})
	c.blob(4, p.Signature, func(b []byte) { p.Signature = b })
}

// DaySealed is the seal of the day that has ended.
type DaySealed struct{ Seal }

// sealFolds refuses a seal that is not of what was folded.
func (s *State) sealFolds(b *DaySealed) error {
	if want := s.Sealing(); b.Seal != want {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("the seal of %s covers events %d to %d: the events are %d to %d of %s, or others",
			b.Day, b.First, b.Last, want.First, want.Last, want.Day))
	}
	return nil
}

// Sealing is the seal of the running day as it stands: what the event that ends the day has to say.
func (s *State) Sealing() Seal {
	return Seal{Day: s.Day, First: s.tree.first, Last: s.Head.Seq, Root: s.tree.root()}
}
