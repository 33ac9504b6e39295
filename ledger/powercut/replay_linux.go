package powercut

import (
	"bytes"
	"cmp"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"guitai/ledger"
)

// result is what one cut led to.
type result struct {
	cut     cut
	verdict verdict
	took    time.Duration
}

// replay makes each cut of a tape and gives what it led to. root is a folder in memory.
type replay struct {
	root  string
	kind  *kindOfFS // nil: the strict file system
	store string
	tape  *tape
}

const (
	atOnce    = 2                // cuts that are looked at at the same time
	checkTime = 60 * time.Second // in which an opening must come back, on a busy machine, too
)

// run makes the cuts in the order of the tape, so that it is walked once.
func (r replay) run(cuts []cut) ([]result, error) {
	slices.SortFunc(cuts, func(a, b cut) int { return cmp.Compare(a.point, b.point) })
	results, errs := make([]result, len(cuts)), make([]error, len(cuts))
	lay := r.layer()
	room := make(chan struct{}, atOnce)
	var working sync.WaitGroup
	for i, c := range cuts {
		room <- struct{}{}
		began := time.Now()
		place := filepath.Join(r.root, fmt.Sprintf("cut-%d", c.number))
		if errs[i] = errors.Join(os.MkdirAll(place, 0o700), lay(place, c)); errs[i] != nil {
			break
		}
		working.Go(func() {
			defer func() { <-room }()
			results[i].cut = c
			results[i].verdict, errs[i] = r.look(place, c)
			errs[i] = errors.Join(errs[i], os.RemoveAll(place))
			results[i].took = time.Since(began)
		})
	}
	working.Wait()
	return results, errors.Join(errs...)
}

const imageName = "image"

// layer gives the function that lays down in a folder what a cut leaves. Cuts must come in order.
func (r replay) layer() func(place string, c cut) error {
	if r.kind == nil {
		tree := newTree()
		return func(place string, c cut) error {
			tree.advance(r.tape, c.point)
			return layTree(filepath.Join(place, "left"), tree.remnants(c))
		}
	}
	platter := newPlatter(r.tape.Size)
	return func(place string, c cut) error {
		platter.advance(r.tape, c.point)
		file, err := os.Create(filepath.Join(place, imageName))
		if err != nil {
			return err
		}
		return errors.Join(file.Truncate(r.tape.Size), platter.image(file, c), file.Close())
	}
}

// layTree writes what the strict file system has left.
func layTree(root string, left []remnant) error {
	if err := os.Mkdir(root, 0o700); err != nil {
		return err
	}
	for _, rem := range left {
		path := filepath.Join(root, rem.path)
		err := error(nil)
		if rem.folder {
			err = os.Mkdir(path, os.FileMode(rem.mode))
		} else {
			err = layFile(path, rem)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func layFile(path string, rem remnant) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, os.FileMode(rem.mode))
	if err != nil {
		return err
	}
	errs := []error{file.Truncate(rem.content.size)}
	for number, page := range rem.content.pages {
		if off := number * pageBytes; off < rem.content.size {
			_, err := file.WriteAt(page[:min(pageBytes, rem.content.size-off)], off)
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, file.Close())...)
}

// look mounts what is left and has it checked. An error is the rig's own.
func (r replay) look(place string, c cut) (v verdict, err error) {
	left := filepath.Join(place, "left")
	if r.kind != nil {
		device, err := attach(filepath.Join(place, imageName))
		if err != nil {
			return v, err
		}
		defer func() { err = errors.Join(err, detach(device)) }()
		if err := r.kind.mount(device, left, ""); err != nil {
			return verdict{NotOpen: "the file system itself: " + err.Error()}, nil
		}
		defer func() { err = errors.Join(err, unmount(left)) }()
	}
	return job{Role: roleCheck, Dir: left, Store: r.store, Day: firstDay + ledger.Day(9)}.judged(place, r.tape.expected(c.point))
}

// judged has a store checked by a process of its own. One that dies or does not come back has not opened the store; it is
// asked where it stands.
func (j job) judged(temp string, e expectation) (v verdict, err error) {
	limit, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	cmd, err := j.command(limit)
	if err != nil {
		return v, err
	}
	cmd.Env = append(cmd.Env, "TMPDIR="+temp)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) } // Go prints its stacks and ends
	cmd.WaitDelay = 5 * time.Second
	var in, out, complaint bytes.Buffer
	if err := gob.NewEncoder(&in).Encode(e); err != nil {
		return v, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &complaint
	if err := cmd.Run(); err != nil {
		return verdict{NotOpen: fmt.Sprintf("the process: %v: %.8000s", err, strings.TrimSpace(complaint.String()))}, nil
	}
	return v, json.Unmarshal(out.Bytes(), &v)
}
