package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"guitai/ledger"
)

// engine makes what it is given durable, as one commit, before put returns.
type engine interface {
	put(group []item) error
	settle() error // waits until nothing is left to do that would burden who comes next
	close() error
}

// peer is an engine that ours is compared with, and the largest share of its time that ours may take.
type peer struct {
	name   string
	open   func(dir string) (engine, error)
	target float64
}

// The peers that keep rows get what ours derives by itself, encoded before the clock starts; they neither encrypt nor chain.
var peers = []peer{
	{"Badger, SyncWrites", openBadger, 0.6},
	{"SQLite, WAL, FULL", openSQLite, 0.6},
	{"bbolt", openBolt, 0.3},
	{"immudb, Synced", openImmu, 0.17},
}

// pair is a key with its value.
type pair struct{ key, value []byte }

// keysOf gives what an engine with keys stores for an event: the event, its sale's row, its order's place, the head.
func keysOf(it item) []pair {
	seq := binary.BigEndian.AppendUint64(nil, it.seq)
	place := binary.BigEndian.AppendUint32(nil, uint32(it.sale.Day))
	place = append(place, it.sale.ID...)
	pairs := []pair{
		{append([]byte("e|"), seq...), it.record},
		{append([]byte("d|"), place...), it.sale.Encode()},
		{[]byte("m|head"), append(seq, make([]byte, len(ledger.Hash{}))...)},
	}
	if last := it.sale.Last(); last != nil {
		pairs = append(pairs, pair{append([]byte("o|"), last.Order...), place})
	}
	return pairs
}

// bare is the limit: a pwrite into space that was written before, and one fdatasync.
type bare struct {
	file *os.File
	at   int64
	buf  []byte
}

const bareSpace = 32 << 20

func openBare(path string) (engine, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the bare file: %w", err)
	}
	if _, err := file.Write(make([]byte, bareSpace)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &bare{file: file}, file.Sync()
}

func (b *bare) put(group []item) error {
	b.buf = b.buf[:0]
	for _, it := range group {
		b.buf = append(b.buf, it.record...)
	}
	if b.at+int64(len(b.buf)) > bareSpace {
		b.at = 0
	}
	if _, err := b.file.WriteAt(b.buf, b.at); err != nil {
		return err
	}
	b.at += int64(len(b.buf))
	return datasync(b.file)
}

func (b *bare) settle() error { return nil }
func (b *bare) close() error  { return b.file.Close() }
