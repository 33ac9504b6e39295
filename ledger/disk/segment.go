package disk

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"guitai/ledger"
)

// A segment is one file of the journal: a header, then frames, then zeros that were written before there was anything
// to say, so that a commit overwrites and never extends. This file has its bytes and nothing of files. They are frozen:
// golden bytes stand in testdata.
//
//	header, 4096 bytes
//	  0  8   "GUITAIJ" and the format's version
//	  8  8   the segment's number, from 1 without gaps
//	 16  8   sequence number of the first event in it
//	 24 32   hash of the event before
//	 56 32   salt of the segment's key, drawn anew for each segment, so that no key meets a nonce twice
//	 88 69   the data key, wrapped by the master key (keys.go)
//	157 32   HMAC-SHA-256 over the bytes before, under a key made of the data key
//	    ..   zeros: a torn sector of the first frame cannot touch the header
//
//	frame: what one append made durable, whole or not at all
//	  0  4   bytes of the sealed body
//	  4  4   how many events
//	  8  8   sequence number of the first; also the nonce
//	 16  ..  AES-256-GCM over, for each event, its length in four bytes and its stored bytes; the head is authenticated too
const (
	segmentMagic = "GUITAIJ\x01"
	headerBytes  = 4096
	signedBytes  = 157
	frameHead    = 16
	frameMax     = 4 << 20 // bytes of a sealed body: several times the largest append
	sealBytes    = 16
)

// segmentHeader says where a segment begins.
type segmentHeader struct {
	Number  uint64
	First   uint64      // sequence number of its first event
	Prev    ledger.Hash // of the event before
	Salt    [32]byte
	Wrapped [wrappedBytes]byte
}

func newHeader(number uint64, after ledger.Head, wrapped [wrappedBytes]byte) segmentHeader {
	h := segmentHeader{Number: number, First: after.Seq + 1, Prev: after.Hash, Wrapped: wrapped}
	rand.Read(h.Salt[:])
	return h
}

func (h *segmentHeader) signed() []byte {
	b := make([]byte, 0, headerBytes)
	b = append(b, segmentMagic...)
	b = binary.BigEndian.AppendUint64(b, h.Number)
	b = binary.BigEndian.AppendUint64(b, h.First)
	b = append(b, h.Prev[:]...)
	b = append(b, h.Salt[:]...)
	return append(b, h.Wrapped[:]...)
}

// encode gives the header's bytes.
func (h *segmentHeader) encode(data dataKey) []byte {
	b := h.signed()
	b = append(b, data.mac(b)...)
	return b[:headerBytes]
}

var errNotASegment = errors.New("its header is not a segment's")

// decodeHeader reads and authenticates a header.
func decodeHeader(b []byte, data dataKey) (h segmentHeader, err error) {
	if len(b) < headerBytes || string(b[:8]) != segmentMagic {
		return h, errNotASegment
	}
	h.Number = binary.BigEndian.Uint64(b[8:])
	h.First = binary.BigEndian.Uint64(b[16:])
	copy(h.Prev[:], b[24:])
	copy(h.Salt[:], b[56:])
	copy(h.Wrapped[:], b[88:])
	rest := b[signedBytes+sha256.Size : headerBytes]
	if !hmac.Equal(b[signedBytes:signedBytes+sha256.Size], data.mac(b[:signedBytes])) || !bytes.Equal(rest, make([]byte, len(rest))) {
		return h, errors.New("its header is not what was written")
	}
	return h, nil
}

// sealer gives the cipher of the segment's frames.
func (h *segmentHeader) sealer(data dataKey) cipher.AEAD {
	return newSealer(data.derive(h.Salt[:], fmt.Sprintf("guitai segment %d", h.Number)))
}

func newSealer(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // a key of 32 bytes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

// dataKey is what everything on the disk is encrypted with, through keys made of it. It never changes; the master key
// that wraps it may.
type dataKey [keyLength]byte

func (k dataKey) derive(salt []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, k[:], salt, purpose, keyLength)
	if err != nil {
		panic(err) // a length within bounds
	}
	return key
}

func (k dataKey) mac(b []byte) []byte {
	h := hmac.New(sha256.New, k.derive(nil, "guitai segment header"))
	h.Write(b)
	return h.Sum(nil)
}

// frameBytes is how many bytes the records take as a frame.
func frameBytes(records [][]byte) int64 {
	size := frameHead + sealBytes
	for _, record := range records {
		size += 4 + len(record)
	}
	return int64(size)
}

// appendFrame adds one append's frame to dst.
func appendFrame(dst []byte, seal cipher.AEAD, first uint64, records [][]byte) []byte {
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(frameBytes(records)-frameHead))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(records)))
	dst = binary.BigEndian.AppendUint64(dst, first)
	body := len(dst)
	for _, record := range records {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(record)))
		dst = append(dst, record...)
	}
	return seal.Seal(dst[:body], nonceOf(first), dst[body:], dst[start:body])
}

func nonceOf(first uint64) []byte {
	var nonce [12]byte
	binary.BigEndian.PutUint64(nonce[4:], first)
	return nonce[:]
}

// frameAt reads the frame that begins data into buffer, which it may grow. size is how many bytes the frame takes; 0
// with a nil error is the end: zeros, or nothing.
func frameAt(data []byte, seal cipher.AEAD, want uint64, buffer []byte) (body []byte, count uint32, size int, err error) {
	if len(data) < frameHead || bytes.Equal(data[:frameHead], make([]byte, frameHead)) {
		return nil, 0, 0, nil
	}
	length, first := binary.BigEndian.Uint32(data), binary.BigEndian.Uint64(data[8:])
	if length < sealBytes || length > frameMax || int(length) > len(data)-frameHead || first != want {
		return nil, 0, 0, errBadFrame
	}
	sealed := data[frameHead : frameHead+int(length)]
	body, err = seal.Open(buffer[:0], nonceOf(first), sealed, data[:frameHead])
	if err != nil {
		return nil, 0, 0, errBadFrame
	}
	return body, binary.BigEndian.Uint32(data[4:]), frameHead + int(length), nil
}

var errBadFrame = errors.New("a frame does not open")

// eachRecord gives the events of a frame's body. They are parts of body.
func eachRecord(body []byte, count uint32, each func(stored []byte) error) error {
	for range count {
		if len(body) < 4 || uint32(len(body)-4) < binary.BigEndian.Uint32(body) {
			return errBadFrame
		}
		n := 4 + int(binary.BigEndian.Uint32(body))
		if err := each(body[4:n:n]); err != nil {
			return err
		}
		body = body[n:]
	}
	if len(body) > 0 {
		return errBadFrame
	}
	return nil
}

// frameBehind tells whether a good frame of later events stands anywhere in data: then what comes before it is damage,
// and not the torn end of a write that nobody was told about.
func frameBehind(data []byte, seal cipher.AEAD, want uint64) bool {
	for at := 1; at+frameHead+sealBytes <= len(data); at++ {
		first := firstOf(data[at:])
		if first <= want || first > want+1<<32 {
			continue
		}
		if _, _, size := anyFrame(data[at:], seal); size > 0 {
			return true
		}
	}
	return false
}

// anyFrame opens the frame that begins data, whatever events it has; size is 0 when none does.
func anyFrame(data []byte, seal cipher.AEAD) (body []byte, count uint32, size int) {
	body, count, size, err := frameAt(data, seal, firstOf(data), nil)
	if err != nil {
		return nil, 0, 0
	}
	return body, count, size
}

// firstOf is the sequence number in a frame's head.
func firstOf(data []byte) uint64 {
	if len(data) < frameHead {
		return 0
	}
	return binary.BigEndian.Uint64(data[8:])
}
