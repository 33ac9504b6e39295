package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"time"

	"guitai/ledger/disk"
)

// Some rows need a process of their own: one whose memory nothing else has used, or one to kill. The command starts
// itself again with these words.
const (
	childBuild = "child-build" // dir events: appends so many events in groups, closes
	childDay   = "child-day"   // dir sales: appends a day of sales, event by event, closes
	childKill  = "child-kill"  // dir events: appends so many events, says so, and waits for its end
)

// told is what a child says on its standard output.
type told struct {
	Events  uint64
	Seconds float64
	Heap    uint64 // bytes of Go heap in use at the end, after a collection
	Peak    uint64 // the most that was ever seen
}

// runChild is the other side; it gives false when the command was not started as a child.
func runChild(args []string) (bool, error) {
	if len(args) != 3 {
		return false, nil
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return false, nil
	}
	switch args[0] {
	case childBuild:
		return true, writeLedger(args[1], n, groupMax)
	case childDay:
		return true, writeLedger(args[1], n*eventsASale, 1)
	case childKill:
		return true, writeUnflushed(args[1], n)
	}
	return false, nil
}

// writeLedger makes a ledger of n events, of which so many share each append, and tells about its memory.
func writeLedger(dir string, n, group int) error {
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		return err
	}
	peak := watchHeap()
	start, pen := time.Now(), newPen()
	if err := pen.fill(store, n, group); err != nil {
		return errors.Join(err, store.Close())
	}
	t := told{Events: pen.state.Head.Seq, Seconds: time.Since(start).Seconds(), Peak: peak()}
	runtime.GC() // else the figure is the moment's between two collections
	t.Heap = heapInUse()
	return errors.Join(store.Close(), json.NewEncoder(os.Stdout).Encode(t))
}

// fill appends at least n events. The groups that need a snapshot get it where the pen stands.
func (p *pen) fill(store *disk.Store, n, group int) error {
	for end := p.state.Head.Seq + uint64(n); p.state.Head.Seq < end; {
		for some := range slices.Chunk(p.payments(group), group) {
			batch := batchOf(some)
			if some[len(some)-1].seq == p.state.Head.Seq {
				p.snapshot(&batch)
			}
			if err := store.Append(context.Background(), batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeUnflushed leaves events that Badger has in memory alone. It ends with its input, should nobody kill it.
func writeUnflushed(dir string, n int) error {
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		return err
	}
	pen, err := resume(store)
	if err == nil {
		err = pen.fill(store, n, groupMax)
	}
	if err == nil {
		err = store.WaitApplied(context.Background(), pen.state.Head.Seq)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(told{Events: pen.state.Head.Seq})
	}
	if err != nil {
		return errors.Join(err, store.Close())
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// start runs this command again; the child lives until its input is closed or it ends by itself.
func start(words ...string) (*exec.Cmd, io.Closer, told, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, told{}, err
	}
	cmd := exec.Command(self, words...)
	cmd.Stderr = os.Stderr
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		return nil, nil, told{}, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, told{}, err
	}
	var t told
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &t)
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("a child said nothing: %w", err), in.Close(), cmd.Wait())
	}
	return cmd, in, t, err
}

// child runs one to its end.
func child(kind, dir string, n int) (told, error) {
	cmd, in, t, err := start(kind, dir, strconv.Itoa(n))
	if err != nil {
		return t, err
	}
	return t, errors.Join(in.Close(), cmd.Wait())
}

// killedChild runs one until it has written and kills it: no defer runs, nothing is closed.
func killedChild(dir string, n int) (told, error) {
	cmd, _, t, err := start(childKill, dir, strconv.Itoa(n))
	if err != nil {
		return t, err
	}
	err = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed, and says so; its input is closed with it
	return t, err
}

// heapInUse is what the Go heap's live and not yet swept objects take, with the gaps between them.
func heapInUse() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}

// watchHeap looks at the heap a hundred times a second until the function it gives is called, which gives the peak.
func watchHeap() func() uint64 {
	quit, done := make(chan struct{}), make(chan uint64)
	go func() {
		var peak uint64
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			peak = max(peak, heapInUse())
			select {
			case <-tick.C:
			case <-quit:
				done <- peak
				return
			}
		}
	}()
	return func() uint64 { close(quit); return <-done }
}
