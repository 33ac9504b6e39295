package powercut

import (
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
)

const (
	sector    = 512  // bytes that reach a disk whole or not at all
	pageBytes = 4096 // bytes of memory that are handled together
)

// platter is a disk during a replay: what was flushed, and what waits in its cache.
type platter struct {
	durable []byte
	touched []bool // pages of durable that are not zeros any more
	pending []pending
	at      int // entries that have happened
}

// pending is a write in the cache, with its place on the tape.
type pending struct {
	at   int
	off  int64
	data []byte
}

func newPlatter(size int64) *platter {
	return &platter{durable: make([]byte, size), touched: make([]bool, (size+pageBytes-1)/pageBytes)}
}

// advance lets the entries up to a point happen.
func (p *platter) advance(t *tape, point int) {
	for ; p.at < point; p.at++ {
		switch en := &t.Entries[p.at]; en.Kind {
		case wrote:
			p.pending = append(p.pending, pending{p.at, en.Off, en.Data})
		case flushed:
			p.flush(en.Upto)
		}
	}
}

func (p *platter) flush(upto int) {
	left := p.pending[:0]
	for _, w := range p.pending {
		if w.at < upto {
			p.write(w)
		} else {
			left = append(left, w)
		}
	}
	p.pending = left
}

func (p *platter) write(w pending) {
	copy(p.durable[w.off:], w.data)
	for page := w.off / pageBytes; page*pageBytes < w.off+int64(len(w.data)); page++ {
		p.touched[page] = true
	}
}

// image writes the disk as a cut leaves it. out is a file of zeros.
func (p *platter) image(out io.WriterAt, c cut) error {
	for start := 0; start < len(p.touched); start++ {
		end := start
		for end < len(p.touched) && p.touched[end] && end-start < 256 {
			end++
		}
		if end == start {
			continue
		}
		part := p.durable[start*pageBytes : min(end*pageBytes, len(p.durable))]
		if !bytes.Equal(part, make([]byte, len(part))) {
			if _, err := out.WriteAt(part, int64(start)*pageBytes); err != nil {
				return err
			}
		}
		start = end - 1
	}
	for _, w := range survivors(p.pending, c.mode, c.rng) {
		if _, err := out.WriteAt(w.data, w.off); err != nil {
			return err
		}
	}
	return nil
}

// survivors gives what a cut leaves of the writes in the cache, in their order.
func survivors(waiting []pending, m mode, rng *rand.Rand) []pending {
	switch m {
	case none:
		return nil
	case all:
		return waiting
	case prefix:
		return waiting[:rng.IntN(len(waiting)+1)]
	}
	var left []pending
	for _, w := range waiting {
		switch fate := rng.IntN(3); {
		case m == subset && fate > 0 || m == torn && fate == 1:
			left = append(left, w)
		case m == torn && fate == 2:
			left = append(left, tear(w, rng)...)
		}
	}
	return left
}

// tear keeps some sectors of a write.
func tear(w pending, rng *rand.Rand) (left []pending) {
	off := w.off
	for part := range slices.Chunk(w.data, sector) {
		if rng.IntN(2) == 0 {
			left = append(left, pending{w.at, off, part})
		}
		off += int64(len(part))
	}
	return left
}
