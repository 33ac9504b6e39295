package powercut

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"guitai/ledger"
)

const strictName = "strict"

// stage is a file system on which writers run, one after the other, while everything goes on a tape.
type stage struct {
	dir      string // where it is mounted
	disk     *recorder
	device   string
	note     func(...entry)
	recorded func() *tape
	promised map[uint64]ledger.Hash // what has been acknowledged

	once sync.Once
	down []func() error // what was put up, to be taken down in reverse
}

// setting is what a stage stands on.
type setting struct {
	kind    *kindOfFS // nil: the strict file system
	options string    // of the mount, beside the kind's own, each with a comma before it
	before  *past     // nil: a file system made anew

	slowTables bool // of the strict file system, see tableDelay
}

// past is what a cut has left of another stage.
type past struct {
	tape *tape
	cut  cut
}

// raise puts a file system up below root and mounts it.
func raise(root string, set setting) (*stage, error) {
	s := &stage{dir: filepath.Join(root, "stage"), promised: map[uint64]ledger.Hash{}}
	err := s.raise(root, set)
	if err != nil {
		err = errors.Join(err, s.close())
	}
	return s, err
}

func (s *stage) raise(root string, set setting) error {
	if set.kind == nil {
		strict := newStrictFS(set.slowTables)
		s.note, s.recorded = strict.note, strict.recorded
		if set.before != nil {
			strict.restore(set.before)
		}
		return s.up(mountFUSE(s.dir, strict.root()))
	}
	s.disk = newRecorder(set.kind.size)
	s.note, s.recorded = s.disk.note, s.disk.recorded
	if set.before != nil {
		if err := s.disk.restore(set.before); err != nil {
			return err
		}
	}
	under := filepath.Join(root, "under")
	if err := s.up(mountFUSE(under, s.disk)); err != nil {
		return err
	}
	return s.onDisk(filepath.Join(under, diskName), set)
}

// onDisk mounts the disk.
func (s *stage) onDisk(file string, set setting) (err error) {
	if s.device, err = attach(file); err != nil {
		return err
	}
	s.down = append(s.down, func() error { return detach(s.device) })
	if set.before == nil {
		err = set.kind.make(s.device)
	}
	if err = errors.Join(err, set.kind.mount(s.device, s.dir, set.options)); err != nil {
		return err
	}
	s.down = append(s.down, func() error { return unmount(s.dir) })
	if _, err := run("sync", "-f", s.dir); err != nil {
		return err
	}
	s.disk.start()
	return nil
}

func (s *stage) up(down func() error, err error) error {
	if err == nil {
		s.down = append(s.down, down)
	}
	return err
}

func (s *stage) close() (err error) {
	s.once.Do(func() {
		for _, down := range slices.Backward(s.down) {
			err = errors.Join(err, down())
		}
		s.down, s.disk, s.note, s.recorded = nil, nil, nil, nil // a disk is large, and who holds the stage may live long
	})
	return err
}

// errKilled: the writer was killed as it should be.
var errKilled = errors.New("killed")

// perform runs one writer to its end, or until listen says that it is to be killed. listen hears each word before the
// writer goes on.
func (s *stage) perform(j job, listen func(heard) (kill bool)) error {
	j.Role, j.Dir = roleWrite, s.dir
	cmd, err := j.command(context.Background())
	if err != nil {
		return err
	}
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := errors.Join(inErr, outErr); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = s.converse(in, out, listen)
	if errors.Is(err, errKilled) {
		time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
	}
	if err != nil {
		_ = cmd.Process.Kill()
	}
	waitErr := cmd.Wait()
	if err == nil && waitErr != nil {
		err = fmt.Errorf("the writer: %w: %s", waitErr, strings.TrimSpace(complaint.String()))
	}
	return err
}

func (s *stage) converse(in io.Writer, out io.Reader, listen func(heard) bool) error {
	lines := lineReader(out)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		h, err := hear(line)
		if err != nil {
			return err
		}
		if err := s.take(h); err != nil {
			return err
		}
		kill := listen(h)
		if _, err := in.Write([]byte{'\n'}); err != nil {
			return err
		}
		if kill {
			return errKilled
		}
	}
}

// take puts a word on the tape, and notices what needs no cut to be wrong.
func (s *stage) take(h heard) error {
	kinds := map[string]kind{wordTry: tried, wordAck: acked, wordOpen: opening, wordOpened: opened}
	var entries []entry
	if len(h.hashes) == 0 && kinds[h.word] != 0 {
		entries = append(entries, entry{Kind: kinds[h.word]})
	}
	for i, hash := range h.hashes {
		seq := h.seq + uint64(i)
		if known, ok := s.promised[seq]; h.word == wordAck && ok && known != hash {
			return fmt.Errorf("event %d was acknowledged as %s and now is %s", seq, known, hash)
		}
		if h.word == wordAck {
			s.promised[seq] = hash
		}
		entries = append(entries, entry{Kind: kinds[h.word], Seq: seq, Hash: hash})
	}
	s.note(entries...)
	if h.word == wordOpened && h.seq != uint64(len(s.promised)) {
		return fmt.Errorf("an opening without a cut shows %d events of %d", h.seq, len(s.promised))
	}
	return nil
}

// killing gives a listener that has the writer killed after so many tries; 0 never.
func killing(tries int) func(heard) bool {
	return func(h heard) bool {
		if h.word == wordTry {
			tries--
		}
		return tries == 0 && h.word == wordTry
	}
}

// firstDay is the first writer's; each later one writes the next day's events, so that no sale's number comes twice.
const firstDay = ledger.Day(20261101)

// story runs writers on a stage: the first ones are killed somewhere, the last comes to its end.
func (s *stage) story(j job, writers int) error {
	rng := rand.New(rand.NewPCG(j.Seed, 1))
	for n := range writers {
		j.Seed, j.Day = j.Seed+1, firstDay+ledger.Day(n)
		tries := 0
		if n+1 < writers {
			tries = j.Count/2 + rng.IntN(j.Count/2)
		}
		err := s.perform(j, killing(tries))
		if err != nil && !errors.Is(err, errKilled) {
			return err
		}
	}
	return nil
}
