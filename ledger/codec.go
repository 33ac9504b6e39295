package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The one byte encoding: the protobuf wire format (varint and length-delimited fields only), written and read by one
// description per type. A type's fields method visits its fields with their numbers; the same method writes and reads,
// so the two cannot drift apart. Rules for the future, because bytes on disk are a promise:
//
//   - a field number is never reused and never changes its meaning or wire type;
//   - a zero value is not written; a missing field reads as zero;
//   - readers pass over fields they do not know; stored bytes are kept and hashed as they are, never re-encoded.
type codec struct {
	out    []byte  // writing: what has been encoded so far
	in     []field // reading: the fields found, in their order
	err    error   // first error while reading
	depth  int     // nesting, bounded
	wiring bool    // true while writing
}

type field struct {
	number int
	varint uint64
	bytes  []byte // length-delimited value; nil for a varint
}

type message interface{ fields(c *codec) }

const (
	maxDepth    = 8
	maxEvent    = 1 << 20 // an event of more than 1 MiB is damage, not data; a snapshot may be larger
	wireVarint  = 0
	wireLen     = 2
	maxFieldTag = 1 << 10
)

var errEncoding = errors.New("damaged encoding")

// encode gives the message's bytes.
func encode(m message) []byte {
	c := &codec{wiring: true}
	m.fields(c)
	return c.out
}

// decode fills m, which must be zero, from bytes.
func decode(data []byte, m message) error {
	return decodeAt(data, m, 0)
}

// codecs are used again: a day's list decodes some ten thousand messages.
var codecs = sync.Pool{New: func() any { return new(codec) }}

func decodeAt(data []byte, m message, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: nested too deep", errEncoding)
	}
	c := codecs.Get().(*codec)
	in, err := scanFields(c.in[:0], data)
	*c = codec{in: in, depth: depth}
	if err == nil {
		m.fields(c)
		err = c.err
	}
	clear(c.in) // they point into data
	codecs.Put(c)
	return err
}

func scanFields(in []field, data []byte) ([]field, error) {
	for len(data) > 0 {
		f, rest, err := nextField(data)
		if err != nil {
			return nil, err
		}
		in, data = append(in, f), rest
	}
	return in, nil
}

// nextField reads the field that begins data, which is not empty.
func nextField(data []byte) (f field, rest []byte, err error) {
	key, n := binary.Uvarint(data)
	if n <= 0 || key>>3 == 0 || key>>3 > maxFieldTag {
		return f, nil, fmt.Errorf("%w: bad field key", errEncoding)
	}
	data = data[n:]
	value, n := binary.Uvarint(data)
	if n <= 0 {
		return f, nil, fmt.Errorf("%w: bad number in field %d", errEncoding, key>>3)
	}
	data = data[n:]
	f = field{number: int(key >> 3), varint: value}
	switch key & 7 {
	case wireVarint:
	case wireLen:
		if value > uint64(len(data)) {
			return f, nil, fmt.Errorf("%w: field %d runs past the end", errEncoding, key>>3)
		}
		f.bytes, data = data[:value:value], data[value:]
	default:
		return f, nil, fmt.Errorf("%w: wire type %d in field %d", errEncoding, key&7, key>>3)
	}
	return f, data, nil
}

func (c *codec) key(number, wire int) {
	c.out = binary.AppendUvarint(c.out, uint64(number<<3|wire))
}

func (c *codec) fail(number int, what string) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: field %d: %s", errEncoding, number, what)
	}
}

// last is the value that counts when a field stands more than once (protobuf: the last one wins).
func (c *codec) last(number int, wantBytes bool) (field, bool) {
	for i := len(c.in) - 1; i >= 0; i-- {
		f := c.in[i]
		if f.number != number {
			continue
		}
		if (f.bytes != nil) != wantBytes {
			c.fail(number, "wrong wire type")
			return field{}, false
		}
		return f, true
	}
	return field{}, false
}

func (c *codec) uint64(number int, v *uint64) {
	if c.wiring {
		if *v != 0 {
			c.key(number, wireVarint)
			c.out = binary.AppendUvarint(c.out, *v)
		}
		return
	}
	if f, ok := c.last(number, false); ok {
		*v = f.varint
	}
}

// blob writes and reads a length-delimited value; it is the base of strings, texts and fixed byte arrays.
func (c *codec) blob(number int, value []byte, set func([]byte)) {
	if c.wiring {
		if len(value) > 0 {
			c.key(number, wireLen)
			c.out = binary.AppendUvarint(c.out, uint64(len(value)))
			c.out = append(c.out, value...)
		}
		return
	}
	if f, ok := c.last(number, true); ok {
		set(f.bytes)
	}
}

func (c *codec) fixed(number int, v []byte) {
	zero := true
	for _, b := range v {
		zero = zero && b == 0
	}
	if c.wiring && zero {
		return
	}
	c.blob(number, v, func(b []byte) {
		if len(b) != len(v) {
			c.fail(number, "wrong length")
			return
		}
		copy(v, b)
	})
}

func (c *codec) int64(number int, v *int64) { // zigzag, so that negative amounts stay short
	z := uint64(*v<<1) ^ uint64(*v>>63)
	c.uint64(number, &z)
	*v = int64(z>>1) ^ -int64(z&1)
}

func (c *codec) bool(number int, v *bool) {
	var n uint64
	if *v {
		n = 1
	}
	c.uint64(number, &n)
	*v = n != 0
}

// time keeps milliseconds of UTC; the zero time is not written.
func (c *codec) time(number int, v *time.Time) {
	var ms int64
	if !v.IsZero() {
		ms = v.UnixMilli()
	}
	c.int64(number, &ms)
	if !c.wiring && ms != 0 {
		*v = time.UnixMilli(ms).UTC()
	}
}

func (c *codec) money(number int, v *Money) { c.nested(number, v, v.Currency != "") }

func (m *Money) fields(c *codec) {
	c.int64(1, &m.Fen)
	text(c, 2, &m.Currency)
}

// nested writes v when present is true; reading fills v when the field is there.
func (c *codec) nested(number int, v message, present bool) {
	if c.wiring {
		if present {
			body := encode(v)
			c.key(number, wireLen)
			c.out = binary.AppendUvarint(c.out, uint64(len(body)))
			c.out = append(c.out, body...)
		}
		return
	}
	if f, ok := c.last(number, true); ok {
		if err := decodeAt(f.bytes, v, c.depth+1); err != nil && c.err == nil {
			c.err = err
		}
	}
}

func text[T ~string](c *codec, number int, v *T) {
	c.blob(number, []byte(*v), func(b []byte) { *v = T(b) })
}

func number[T ~uint8 | ~uint16 | ~uint32 | ~uint64](c *codec, n int, v *T) {
	wide := uint64(*v)
	c.uint64(n, &wide)
	*v = T(wide)
	if uint64(*v) != wide {
		c.fail(n, "number out of range")
	}
}

// list writes each element as one nested field and reads them back in order.
func list[T any, P interface {
	*T
	message
}](c *codec, number int, v *[]T) {
	if c.wiring {
		for i := range *v {
			c.nested(number, P(&(*v)[i]), true)
		}
		return
	}
	for _, f := range c.in {
		if f.number != number {
			continue
		}
		var element T
		if err := decodeAt(f.bytes, P(&element), c.depth+1); err != nil {
			c.fail(number, err.Error())
			return
		}
		*v = append(*v, element)
	}
}
