package powercut

import (
	"encoding/gob"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"guitai/ledger"
)

// kind says what an entry of a tape is.
type kind uint8

const (
	tried   kind = iota + 1 // an event is about to be appended
	acked                   // Append has returned nil for an event, or an opening has shown it
	wrote                   // bytes of a disk, or of a file
	flushed                 // a disk's flush, or a file's or a folder's fsync, has succeeded
	made                    // a file or a folder was made and named
	removed                 // a name was removed
	renamed                 // a name was given to what had another
	resized                 // a file was cut or lengthened
	opening                 // the store is about to be opened
	opened                  // it is
)

// entry is one thing that happened. A disk knows no names and no nodes: they are of the strict file system.
type entry struct {
	Kind kind

	Seq  uint64 // of an event
	Hash ledger.Hash

	Off  int64 // of bytes that were written
	Data []byte
	Upto int // of a disk's flush: how many entries there were when it began; later writes are not covered

	Node, Dir, ToDir uint64
	Name, ToName     string
	Mode             uint32
	Folder           bool
	Size             int64
}

// tape is everything that happened, in order. A disk is all zeros before it.
type tape struct {
	Size    int64 // of the disk; 0 for the strict file system
	Start   int   // from here on power may fail: before, the file system was being made
	Entries []entry
}

// expectation is what must be there, and what may be there, after a cut.
type expectation struct {
	Acked map[uint64]ledger.Hash
	Tried map[uint64][]ledger.Hash // may be more than one: a killed writer's next one tries another event
}

func (t *tape) expected(point int) expectation {
	e := expectation{Acked: map[uint64]ledger.Hash{}, Tried: map[uint64][]ledger.Hash{}}
	for i := range t.Entries[:point] {
		switch en := &t.Entries[i]; en.Kind {
		case tried:
			e.Tried[en.Seq] = append(e.Tried[en.Seq], en.Hash)
		case acked:
			e.Acked[en.Seq] = en.Hash
		}
	}
	return e
}

// entries gives the expectation as entries of another tape, which goes on where this one was cut.
func (e expectation) entries() (all []entry) {
	for _, seq := range slices.Sorted(maps.Keys(e.Tried)) {
		for _, hash := range e.Tried[seq] {
			all = append(all, entry{Kind: tried, Seq: seq, Hash: hash})
		}
	}
	for _, seq := range slices.Sorted(maps.Keys(e.Acked)) {
		all = append(all, entry{Kind: acked, Seq: seq, Hash: e.Acked[seq]})
	}
	return all
}

// judge compares what is there with what must and may be there.
func (e expectation) judge(found map[uint64]ledger.Hash) (lost, invented int) {
	for seq, want := range e.Acked {
		if found[seq] != want {
			lost++
		}
	}
	for seq, hash := range found {
		known := hash == e.Acked[seq]
		for _, candidate := range e.Tried[seq] {
			known = known || candidate == hash
		}
		if !known {
			invented++
		}
	}
	return lost, invented
}

// mode says what survives of that which was not flushed.
type mode int

const (
	none   mode = iota // nothing
	all                // everything
	prefix             // what came first
	subset             // a random part, each write whole
	torn               // a random part, some writes only in some of their sectors
	middle             // of the strict file system: everything, but a random part of the older of two of Badger's logs
)

func (m mode) String() string {
	return [...]string{"none", "all", "prefix", "subset", "torn", "middle"}[m]
}

// cut is one moment at which power fails.
type cut struct {
	number int
	point  int // entries that had happened
	mode   mode
	rng    *rand.Rand // decides what survives
}

// cut gives the cut of a number: anywhere, in an opening, right behind an acknowledgement, or right behind a flush, which
// is where a store that promises too early is caught; in mode middle, while Badger has two logs.
func (t *tape) cut(seed uint64, number int, modes []mode) cut {
	rng := rand.New(rand.NewPCG(seed, uint64(number)))
	c := cut{number: number, point: t.Start + rng.IntN(len(t.Entries)-t.Start+1), mode: modes[number%len(modes)], rng: rng}
	switch aim := rng.IntN(4); {
	case c.mode == middle:
		c.point = min(len(t.Entries), t.behind(c.point, secondLog)+rng.IntN(600))
	case aim == 0:
		c.point = t.behind(c.point, is(acked))
	case aim == 1:
		c.point = t.behind(c.point, is(flushed))
	case aim == 2:
		began := t.behind(c.point, is(opening))
		c.point = began + rng.IntN(max(1, t.behind(began, is(opened))-began))
	}
	return c
}

func is(k kind) func(*entry) bool { return func(en *entry) bool { return en.Kind == k } }

// secondLog: Badger begins a log while the one before is still needed.
func secondLog(en *entry) bool {
	return en.Kind == made && strings.HasSuffix(en.Name, ".mem") && en.Name != "00001.mem"
}

// behind gives the place right behind the next such entry, from the tape's start on if need be.
func (t *tape) behind(point int, such func(*entry) bool) int {
	for _, from := range []int{point, t.Start} {
		for i := from; i < len(t.Entries); i++ {
			if such(&t.Entries[i]) {
				return i + 1
			}
		}
	}
	return point
}

// keep writes the tape into a file for load.
func (t *tape) keep(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(file).Encode(t), file.Close())
}

func load(path string) (*tape, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t := new(tape)
	if err := errors.Join(gob.NewDecoder(file).Decode(t), file.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// summary tells what is on the tape.
func (t *tape) summary() string {
	counts, bytes, events := map[kind]int{}, 0, uint64(0)
	for i := range t.Entries {
		en := &t.Entries[i]
		counts[en.Kind]++
		bytes += len(en.Data)
		if en.Kind == acked {
			events = max(events, en.Seq)
		}
	}
	return fmt.Sprintf("%d entries, %d writes of %d MB, %d flushes, %d events acknowledged",
		len(t.Entries), counts[wrote], bytes>>20, counts[flushed], events)
}
