package main

import "time"

// dice gives numbers that follow from a seed and from what is being decided, and from nothing else. So a decision stays the same
// when other parts of the story are left out.
type dice uint64

func mix(parts ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		h ^= p
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 29
		h *= 0x94d049bb133111eb
		h ^= h >> 32
	}
	return h
}

func (d *dice) next() uint64 { // splitmix64
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (d *dice) float() float64        { return float64(d.next()>>11) / (1 << 53) }
func (d *dice) n(below int) int       { return int(d.next() % uint64(below)) }
func (d *dice) chance(p float64) bool { return d.float() < p }

// within gives a duration from one up to below another, in whole milliseconds.
func (d *dice) within(from, below time.Duration) time.Duration {
	return from + time.Duration(d.n(max(1, int((below-from)/time.Millisecond))))*time.Millisecond
}

// Read makes dice a source of order numbers and tails.
func (d *dice) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(d.next())
	}
	return len(p), nil
}
